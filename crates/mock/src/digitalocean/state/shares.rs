//! NFS shares and the actions on them.
use serde::Serialize;
use serde_json::Value;

use super::access_points::AccessPoint;
use super::nfs_snapshots::NfsSnapshot;
use super::{Call, Change, Outcome, State, fails, wrap};
use crate::respond::Refusal;

#[derive(Debug, Serialize)]
pub(super) struct Share {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) size_gib: i64,
    pub(super) region: String,
    pub(super) status: &'static str,
    created_at: String,
    pub(super) vpc_ids: Vec<String>,
    performance_tier: String,
    mount_path: String,
    host: String,
    pub(super) access_points: Vec<AccessPoint>,
}

/// Work on a share or an access point, as the answer tells of it.
#[derive(Debug, Serialize)]
pub(super) struct NfsAction {
    id: Value,
    region_slug: String,
    resource_id: String,
    resource_type: &'static str,
    started_at: String,
    status: &'static str,
    #[serde(rename = "type")]
    kind: String,
}

impl State {
    pub(super) fn nfs_action(
        &mut self,
        kind: &str,
        resource: (&'static str, &str),
        region: &str,
        status: &'static str,
    ) -> NfsAction {
        NfsAction {
            id: match self.words.nfs_action_numbers {
                true => Value::from(self.ids.number()),
                false => Value::from(self.ids.uuid()),
            },
            region_slug: region.to_owned(),
            resource_id: resource.1.to_owned(),
            resource_type: resource.0,
            started_at: self.clock.now(),
            status,
            kind: kind.to_owned(),
        }
    }

    /// The share, if it is there and in the region asked for.
    pub(super) fn share(&mut self, id: &str, region: Option<&str>) -> Result<&mut Share, Refusal> {
        self.shares
            .iter_mut()
            .find(|share| share.id == id && region.is_none_or(|region| share.region == region))
            .ok_or_else(|| Refusal::not_found("share", id))
    }

    pub(super) fn create_share(&mut self, call: &Call<'_>) -> Outcome {
        let id = self.ids.uuid();
        let number = self.shares.len() % 250 + 4;
        let vpc_ids = texts(call.checked.body.get("vpc_ids"));
        let default_point = AccessPoint {
            id: self.ids.uuid(),
            name: "default".to_owned(),
            share_id: id.clone(),
            path: "/".to_owned(),
            status: self.words.point_creating,
            access_policy: self.policy.clone(),
            created_at: self.clock.now(),
            updated_at: String::new(),
            is_default: true,
            vpc_id: vpc_ids.first().cloned(),
        };
        let name = call.needed("/name")?;
        let share = Share {
            name: name.clone(),
            size_gib: call
                .checked
                .body
                .get("size_gib")
                .and_then(Value::as_i64)
                .unwrap_or_default(),
            region: call.needed("/region")?,
            status: self.words.share_creating,
            created_at: self.clock.now(),
            vpc_ids,
            performance_tier: call
                .field("/performance_tier")
                .unwrap_or("standard")
                .to_owned(),
            mount_path: format!("/702114/{id}"),
            host: format!("10.114.16.{number}"),
            access_points: vec![default_point],
            id,
        };
        self.unseen.add(&share.id);
        self.pending.add(&share.id, Change::ShareReady);
        for point in &share.access_points {
            self.pending.add(&point.id, Change::PointReady);
        }
        let answer = call.success(&wrap("share", &share));
        self.shares.push(share);
        answer
    }

    pub(super) fn share_ready(&mut self, id: &str) {
        let words = (
            self.words.share_ready,
            self.words.share_detached,
            self.words.share_failed,
        );
        if let Ok(share) = self.share(id, None) {
            share.status = match () {
                () if fails(&share.name) => words.2,
                () if share.vpc_ids.is_empty() => words.1,
                () => words.0,
            };
        }
    }

    pub(super) fn list_shares(&mut self, call: &Call<'_>) -> Outcome {
        let ids: Vec<String> = self
            .shares_for(call)
            .map(|share| share.id.clone())
            .collect();
        for id in &ids {
            self.look_at(id);
        }
        let shares: Vec<&Share> = self.shares_for(call).collect();
        call.success(&wrap("shares", shares))
    }

    fn shares_for(&self, call: &Call<'_>) -> impl Iterator<Item = &Share> {
        let region = call.optional("region");
        self.shares.iter().filter(move |share| {
            region.is_none_or(|region| share.region == region) && !self.unseen.hides(&share.id)
        })
    }

    pub(super) fn get_share(&mut self, call: &Call<'_>) -> Outcome {
        let id = call.text("nfs_id");
        self.look_at(id);
        let share = self.share(id, call.optional("region"))?;
        call.success(&wrap("share", share))
    }

    pub(super) fn delete_share(&mut self, call: &Call<'_>) -> Outcome {
        let id = call.text("nfs_id");
        let (gone, point_gone) = (self.words.share_gone, self.words.point_gone);
        let share = self.share(id, call.optional("region"))?;
        if share.status == gone {
            return Err(Refusal::not_found("share", id));
        }
        share.status = gone;
        let mut ids = vec![id.to_owned()];
        for point in &mut share.access_points {
            point.status = point_gone;
            ids.push(point.id.clone());
        }
        for id in &ids {
            self.pending.forget(id);
        }
        self.pending.add(id, Change::ShareGone);
        call.done()
    }

    pub(super) fn act_on_share(&mut self, call: &Call<'_>) -> Outcome {
        let id = call.text("nfs_id").to_owned();
        let (ready, detached) = (self.words.share_ready, self.words.share_detached);
        let (gone, on_share) = (self.words.share_gone, self.words.on_share);
        let running = self.words.nfs_action_running;
        let share = self.share(&id, call.field("/region"))?;
        if share.status == gone {
            return Err(Refusal::not_found("share", &id));
        }
        if share.status != ready && share.status != detached {
            return Err(Refusal::conflict(format!(
                "The share {id} is {}; wait until it is {ready}.",
                share.status
            )));
        }
        let region = share.region.clone();
        let kind = call.needed("/type")?;
        match kind.as_str() {
            "resize" => {
                let size = call
                    .checked
                    .body
                    .pointer("/params/size_gib")
                    .and_then(Value::as_i64);
                let size = size.unwrap_or_default();
                if size < share.size_gib {
                    return Err(Refusal::bad_request(format!(
                        "The share has {} GiB; it cannot shrink to {size}.",
                        share.size_gib
                    )));
                }
                share.size_gib = size;
            }
            "attach" => share.attach(call.needed("/params/vpc_id")?)?,
            "detach" => share.detach(&call.needed("/params/vpc_id")?)?,
            "reassign" => {
                let (old, new) = (
                    call.needed("/params/old_vpc_id")?,
                    call.needed("/params/new_vpc_id")?,
                );
                share.move_between(&old, new)?;
            }
            "switch_performance_tier" => {
                share.performance_tier = call.needed("/params/performance_tier")?;
            }
            "snapshot" => {
                let name = call.needed("/params/name")?;
                let size_gib = share.size_gib;
                let snapshot = NfsSnapshot {
                    id: self.ids.uuid(),
                    name,
                    size_gib,
                    region: region.clone(),
                    status: self.words.snapshot_creating,
                    created_at: self.clock.now(),
                    share_id: id,
                };
                self.unseen.add(&snapshot.id);
                self.pending.add(&snapshot.id, Change::SnapshotReady);
                let taken = self.words.snapshot_taken;
                let on = match self.words.on_snapshot {
                    Some(on) => (on, snapshot.id.as_str()),
                    None => (on_share, snapshot.share_id.as_str()),
                };
                let action = self.nfs_action(taken, on, &region, running);
                self.nfs_snapshots.push(snapshot);
                return call.success(&wrap("action", action));
            }
            // A type added to the document since: it is accepted and changes nothing.
            _ => {}
        }
        share.status = if share.vpc_ids.is_empty() {
            detached
        } else {
            ready
        };
        let kind = match self.words.nfs_action_numbers {
            true => kind,
            false => kind.to_ascii_uppercase(),
        };
        let action = self.nfs_action(&kind, (on_share, &id), &region, running);
        call.success(&wrap("action", action))
    }
}

impl Share {
    fn attach(&mut self, vpc: String) -> Result<(), Refusal> {
        if self.vpc_ids.contains(&vpc) {
            return Err(Refusal::conflict(format!(
                "The share is attached to {vpc} already."
            )));
        }
        self.vpc_ids.push(vpc);
        Ok(())
    }

    fn detach(&mut self, vpc: &str) -> Result<(), Refusal> {
        if !self.vpc_ids.iter().any(|known| known == vpc) {
            return Err(Refusal::conflict(format!(
                "The share is not attached to {vpc}."
            )));
        }
        self.vpc_ids.retain(|known| known != vpc);
        Ok(())
    }

    fn move_between(&mut self, old: &str, new: String) -> Result<(), Refusal> {
        if self.vpc_ids.contains(&new) {
            return Err(Refusal::conflict(format!(
                "The share is attached to {new} already."
            )));
        }
        self.detach(old)?;
        self.attach(new)
    }
}

/// The texts of a list.
pub(super) fn texts(list: Option<&Value>) -> Vec<String> {
    let items = list.and_then(Value::as_array).into_iter().flatten();
    items.filter_map(Value::as_str).map(str::to_owned).collect()
}
