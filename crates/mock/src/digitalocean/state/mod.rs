//! What the server remembers, and what each operation does to it.
mod access_points;
mod actions;
mod nfs_snapshots;
mod pages;
mod shares;
mod snapshots;
mod words;

use std::time::Instant;

use serde::Serialize;
use serde_json::Value;

use crate::document::{Document, Place};
use crate::error::Error;
use crate::ids::Ids;
use crate::options::Options;
use crate::pending::{Pending, fails, now, second};
use crate::provider::Call;
use crate::respond::{Answer, Refusal};
use crate::unseen::Unseen;

use words::Words;

/// What an operation comes to.
type Outcome = Result<Answer, Refusal>;

/// What happens to a thing when its time has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Change {
    ShareReady,
    ShareGone,
    SnapshotReady,
    SnapshotGone,
    PointReady,
    PointGone,
    ActionDone,
}

impl Call<'_> {
    fn value(&self, name: &str) -> Option<&Value> {
        self.checked
            .values
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value)
    }

    /// A text parameter; empty when it was left out.
    fn text(&self, name: &str) -> &str {
        self.value(name).and_then(Value::as_str).unwrap_or_default()
    }

    /// A text parameter that may be left out.
    fn optional(&self, name: &str) -> Option<&str> {
        self.value(name).and_then(Value::as_str)
    }

    /// What stands in the path, as text.
    fn path_values(&self) -> impl Iterator<Item = String> {
        let in_path = self
            .operation
            .parameters
            .iter()
            .filter(|parameter| parameter.place == Place::Path);
        in_path.filter_map(|parameter| match self.value(&parameter.name)? {
            Value::String(text) => Some(text.clone()),
            other => Some(other.to_string()),
        })
    }

    fn integer(&self, name: &str) -> i64 {
        self.value(name).and_then(Value::as_i64).unwrap_or_default()
    }

    /// A text at a JSON pointer in the body.
    fn field(&self, pointer: &str) -> Option<&str> {
        self.checked.body.pointer(pointer).and_then(Value::as_str)
    }

    /// A text at a JSON pointer in the body that the document requires.
    fn needed(&self, pointer: &str) -> Result<String, Refusal> {
        self.field(pointer)
            .map(str::to_owned)
            .ok_or_else(|| Refusal::bad_request(format!("body: {pointer}: it is missing.")))
    }

    fn success(&self, body: &impl Serialize) -> Outcome {
        Ok(Answer::json(self.operation.success, body))
    }

    fn done(&self) -> Outcome {
        Ok(Answer::empty(self.operation.success))
    }
}

/// All that the server remembers.
#[derive(Debug)]
pub(super) struct State {
    words: Words,
    ids: Ids,
    pending: Pending<Change>,
    unseen: Unseen,
    policy: Value,
    shares: Vec<shares::Share>,
    nfs_snapshots: Vec<nfs_snapshots::NfsSnapshot>,
    snapshots: Vec<snapshots::Snapshot>,
    volumes: Vec<snapshots::Volume>,
    droplets: Vec<actions::Droplet>,
    actions: Vec<actions::Action>,
}

impl State {
    /// The state of a new server.
    pub(crate) fn new(document: &'static Document, asked: &Options) -> Result<Self, Error> {
        let policy = document
            .field_example("nfs_get_access_point", &["access_point", "access_policy"])
            .unwrap_or_default();
        let mut state = Self {
            words: Words::load(document, asked.states)?,
            ids: Ids::new(),
            pending: Pending::new(asked.settle),
            unseen: Unseen::new(asked.visible_after),
            policy,
            shares: Vec::new(),
            nfs_snapshots: Vec::new(),
            snapshots: Vec::new(),
            volumes: Vec::new(),
            droplets: Vec::new(),
            actions: Vec::new(),
        };
        state.seed_droplets(document);
        state.seed_volumes(document);
        state.seed_snapshots(asked.snapshots);
        Ok(state)
    }

    /// Ids of the seeded droplets.
    pub(crate) fn droplet_ids(&self) -> Vec<i64> {
        self.droplets.iter().map(|droplet| droplet.id).collect()
    }

    /// Ids of the seeded volumes.
    pub(crate) fn volume_ids(&self) -> Vec<String> {
        self.volumes
            .iter()
            .map(|volume| volume.id.clone())
            .collect()
    }

    /// The tag that seeded droplets carry.
    pub(crate) fn tag(&self) -> Option<String> {
        self.droplets.first()?.tags.first().cloned()
    }

    /// Carries out an operation. One without behaviour answers the document's example.
    pub(crate) fn run(&mut self, call: &Call<'_>) -> Outcome {
        self.settle_due();
        self.unseen.show();
        for id in call.path_values() {
            if self.unseen.hides(&id) {
                return Err(Refusal::not_found("resource", &id));
            }
        }
        match call.operation.id.as_str() {
            "nfs_create" => self.create_share(call),
            "nfs_list" => self.list_shares(call),
            "nfs_get" => self.get_share(call),
            "nfs_delete" => self.delete_share(call),
            "nfs_create_action" => self.act_on_share(call),
            "nfs_list_snapshot" => self.list_nfs_snapshots(call),
            "nfs_get_snapshot" => self.get_nfs_snapshot(call),
            "nfs_delete_snapshot" => self.delete_nfs_snapshot(call),
            "nfs_create_access_point" => self.create_access_point(call),
            "nfs_list_access_points" => self.list_access_points(call),
            "nfs_get_access_point" => self.get_access_point(call),
            "nfs_delete_access_point" => self.delete_access_point(call),
            "snapshots_list" => self.list_snapshots(call),
            "snapshots_get" => self.get_snapshot(call),
            "snapshots_delete" => self.delete_snapshot(call),
            "volumeSnapshots_create" => self.create_volume_snapshot(call),
            "volumeSnapshots_list" => self.list_volume_snapshots(call),
            "volumeSnapshots_get_byId" => self.get_volume_snapshot(call),
            "volumeSnapshots_delete_byId" => self.delete_volume_snapshot(call),
            "droplets_list_snapshots" => self.list_droplet_snapshots(call),
            "dropletActions_list" => self.list_droplet_actions(call),
            "dropletActions_post" => self.act_on_droplet(call),
            "dropletActions_post_byTag" => self.act_by_tag(call),
            "dropletActions_get" => self.get_droplet_action(call),
            "actions_list" => self.list_actions(call),
            "actions_get" => self.get_action(call),
            _ => match call.operation.example(call.operation.success) {
                Some(example) => call.success(example),
                None => call.done(),
            },
        }
    }

    /// Carries out the changes whose time has come.
    fn settle_due(&mut self) {
        let now = Instant::now();
        while let Some((id, change)) = self.pending.take_due(now) {
            self.settle(&id, change);
        }
    }

    /// Counts one look at something; the last one that was waited for carries out its change.
    fn look_at(&mut self, id: &str) {
        while let Some(change) = self.pending.take_polled(id) {
            self.settle(id, change);
        }
    }

    fn settle(&mut self, id: &str, change: Change) {
        match change {
            Change::ShareReady => self.share_ready(id),
            Change::ShareGone => self.shares.retain(|share| share.id != id),
            Change::SnapshotReady => self.nfs_snapshot_ready(id),
            Change::SnapshotGone => self.nfs_snapshots.retain(|snapshot| snapshot.id != id),
            Change::PointReady => self.access_point_ready(id),
            Change::PointGone => {
                for share in &mut self.shares {
                    share.access_points.retain(|point| point.id != id);
                }
            }
            Change::ActionDone => self.action_done(id),
        }
    }
}

/// An object with one field, as most answers are.
fn wrap<T: Serialize>(key: &'static str, value: T) -> impl Serialize {
    std::collections::BTreeMap::from([(key, value)])
}
