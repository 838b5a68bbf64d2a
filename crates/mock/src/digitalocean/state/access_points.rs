//! Access points of NFS shares.
use serde::Serialize;
use serde_json::Value;

use super::shares::NfsAction;
use super::{Call, Change, Outcome, State, fails, wrap};
use crate::respond::Refusal;

#[derive(Debug, Clone, Serialize)]
pub(super) struct AccessPoint {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) share_id: String,
    pub(super) path: String,
    pub(super) status: &'static str,
    pub(super) access_policy: Value,
    pub(super) created_at: String,
    /// Empty as long as it never changed.
    pub(super) updated_at: String,
    pub(super) is_default: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) vpc_id: Option<String>,
}

#[derive(Serialize)]
struct PointAndAction {
    access_point: AccessPoint,
    action: NfsAction,
}

impl State {
    fn access_point(&mut self, id: &str) -> Result<&mut AccessPoint, Refusal> {
        self.shares
            .iter_mut()
            .flat_map(|share| &mut share.access_points)
            .find(|point| point.id == id)
            .ok_or_else(|| Refusal::not_found("access point", id))
    }

    pub(super) fn access_point_ready(&mut self, id: &str, time: String) {
        let (ready, failed) = (self.words.point_ready, self.words.point_failed);
        // The default access point fails with its share.
        let share_fails = self.shares.iter().any(|share| {
            fails(&share.name)
                && share
                    .access_points
                    .iter()
                    .any(|p| p.id == id && p.is_default)
        });
        if let Ok(point) = self.access_point(id) {
            point.status = if share_fails || fails(&point.name) {
                failed
            } else {
                ready
            };
            point.updated_at = time;
        }
    }

    pub(super) fn create_access_point(&mut self, call: &Call<'_>) -> Outcome {
        let share_id = call.text("share_id").to_owned();
        let (name, path) = (call.needed("/name")?, call.needed("/path")?);
        let (share_gone, point_gone) = (self.words.share_gone, self.words.point_gone);
        let (on_share, running) = (self.words.on_share, self.words.nfs_action_running);
        let share = self.share(&share_id, None)?;
        if share.status == share_gone {
            return Err(Refusal::not_found("share", &share_id));
        }
        if !path.starts_with('/') {
            let message = format!("the path must begin with a slash, unlike {path}");
            return Err(Refusal::new(400, "invalid_path", message));
        }
        for known in share
            .access_points
            .iter()
            .filter(|point| point.status != point_gone)
        {
            let (id, what) = match () {
                () if known.name == name => ("name_taken", format!("named {name}")),
                () if known.path == path => ("path_taken", format!("for {path}")),
                () => continue,
            };
            let message = format!("the share already has an access point {what}");
            return Err(Refusal::new(409, id, message));
        }
        let region = share.region.clone();
        let point = AccessPoint {
            id: self.ids.uuid(),
            name,
            share_id: share_id.clone(),
            path,
            status: self.words.point_creating,
            access_policy: call
                .checked
                .body
                .get("access_policy")
                .cloned()
                .unwrap_or_default(),
            created_at: self.clock.now(),
            updated_at: String::new(),
            is_default: false,
            vpc_id: call.field("/vpc_id").map(str::to_owned),
        };
        self.unseen.add(&point.id);
        self.pending.add(&point.id, Change::PointReady);
        self.share(&share_id, None)?
            .access_points
            .push(point.clone());
        let action = self.nfs_action(
            "CREATE_ACCESS_POINT",
            (on_share, &point.id),
            &region,
            running,
        );
        call.success(&PointAndAction {
            access_point: point,
            action,
        })
    }

    pub(super) fn list_access_points(&mut self, call: &Call<'_>) -> Outcome {
        let share_id = call.text("share_id");
        let status = call.optional("status");
        let ids: Vec<String> = self
            .share(share_id, None)?
            .access_points
            .iter()
            .map(|p| p.id.clone())
            .collect();
        let ids: Vec<String> = ids
            .into_iter()
            .filter(|id| !self.unseen.hides(id))
            .collect();
        for id in &ids {
            self.look_at(id);
        }
        let points = &self.share(share_id, None)?.access_points;
        let found: Vec<&AccessPoint> = points
            .iter()
            .filter(|p| status.is_none_or(|status| p.status == status) && ids.contains(&p.id))
            .collect();
        call.success(&wrap("access_points", found))
    }

    pub(super) fn get_access_point(&mut self, call: &Call<'_>) -> Outcome {
        let id = call.text("access_point_id");
        self.look_at(id);
        let point = self.access_point(id)?;
        call.success(&wrap("access_point", point))
    }

    pub(super) fn delete_access_point(&mut self, call: &Call<'_>) -> Outcome {
        let id = call.text("access_point_id");
        let (gone, done) = (self.words.point_gone, self.words.nfs_action_done);
        let (on_share, now) = (self.words.on_share, self.clock.now());
        let point = self.access_point(id)?;
        if point.status == gone {
            return Err(Refusal::not_found("access point", id));
        }
        if point.is_default {
            return Err(Refusal::new(
                400,
                "default_access_point",
                "the access point that the share was made with cannot be deleted",
            ));
        }
        point.status = gone;
        point.updated_at = now;
        let point = point.clone();
        let region = self.share(&point.share_id, None)?.region.clone();
        self.pending.forget(id);
        self.pending.add(id, Change::PointGone);
        let action = self.nfs_action("DELETE_ACCESS_POINT", (on_share, id), &region, done);
        call.success(&PointAndAction {
            access_point: point,
            action,
        })
    }
}
