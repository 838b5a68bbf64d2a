//! What the server remembers, and what each operation does to it.
mod access_points;
mod actions;
mod droplets;
mod images;
mod nfs_snapshots;
mod pages;
mod shares;
mod snapshots;
mod tags;
mod volumes;
mod words;

use std::collections::HashMap;
use std::time::Instant;

use serde::Serialize;
use serde_json::{Value, json};

use crate::clock::{Clock, second};
use crate::document::{Document, Place};
use crate::error::Error;
use crate::ids::Ids;
use crate::options::Options;
use crate::pending::{Pending, fails};
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
    DropletReady,
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

    /// The documented example of a success; nothing where there is none.
    fn example(&self) -> Value {
        let example = self.operation.example(self.operation.success);
        example.cloned().unwrap_or_default()
    }

    fn done(&self) -> Outcome {
        Ok(Answer::empty(self.operation.success))
    }
}

/// Things as the document's examples have them, over which come their own values.
#[derive(Debug)]
struct Examples {
    droplet: Value,
    volume: Value,
    image: Value,
    /// Those that the list shows.
    vpcs: Vec<Value>,
}

impl Examples {
    fn read(document: &Document) -> Self {
        let of = |operation: &str, field: &str| {
            document
                .field_example(operation, &[field])
                .unwrap_or_default()
        };
        let listed = document
            .operation("vpcs_list")
            .and_then(|list| list.example(list.success)?.get("vpcs")?.as_array());
        Self {
            vpcs: listed.cloned().unwrap_or_default(),
            droplet: of("droplets_get", "droplet"),
            volume: of("volumes_get", "volume"),
            image: of("images_get", "image"),
        }
    }
}

/// All that the server remembers.
#[derive(Debug)]
pub(super) struct State {
    words: Words,
    clock: Clock,
    ids: Ids,
    pending: Pending<Change>,
    unseen: Unseen,
    policy: Value,
    shares: Vec<shares::Share>,
    nfs_snapshots: Vec<nfs_snapshots::NfsSnapshot>,
    snapshots: Vec<snapshots::Snapshot>,
    volumes: Vec<volumes::Volume>,
    droplets: Vec<droplets::Droplet>,
    tags: Vec<String>,
    examples: Examples,
    actions: Vec<actions::Action>,
    /// When a volume's last snapshot was taken, by its id; nothing is noted where the limits are not kept.
    taken: Option<HashMap<String, Instant>>,
}

impl State {
    /// The state of a new server.
    pub(crate) fn new(document: &'static Document, asked: &Options) -> Result<Self, Error> {
        let policy = document
            .field_example("nfs_get_access_point", &["access_point", "access_policy"])
            .unwrap_or_default();
        let mut state = Self {
            words: Words::load(document, asked.states)?,
            clock: asked.clock.clone(),
            ids: Ids::new(),
            pending: Pending::new(asked.settle, &asked.clock),
            unseen: Unseen::new(asked.visible_after, &asked.clock),
            policy,
            shares: Vec::new(),
            nfs_snapshots: Vec::new(),
            snapshots: Vec::new(),
            volumes: Vec::new(),
            droplets: Vec::new(),
            tags: Vec::new(),
            examples: Examples::read(document),
            actions: Vec::new(),
            taken: asked.snapshot_limits.then(HashMap::new),
        };
        state.seed_droplets(document);
        state.seed_volumes(document);
        if asked.volumes == 0 {
            state.seed_snapshots(asked.snapshots);
        } else {
            let usual = state.volumes.len();
            state.seed_tagged_volumes(asked.volumes);
            state.seed_nights(usual, asked.snapshots);
        }
        Ok(state)
    }

    /// All that is remembered, as answers show it.
    pub(crate) fn whole(&mut self) -> Value {
        self.settle_due();
        let droplets = self.droplets.iter();
        let droplets: Vec<Value> = droplets.map(|one| self.shown_droplet(one)).collect();
        let volumes = self.volumes.iter();
        let volumes: Vec<Value> = volumes.map(|one| self.shown_volume(one)).collect();
        json!({
            "droplets": droplets,
            "volumes": volumes,
            "snapshots": self.snapshots,
            "shares": self.shares,
            "nfs_snapshots": self.nfs_snapshots,
            "actions": self.actions,
            "tags": self.tags,
        })
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
            "droplets_list" => self.list_droplets(call),
            "droplets_get" => self.get_droplet(call),
            "droplets_create" => self.create_droplet(call),
            "droplets_destroy" => self.delete_droplet(call),
            "volumes_list" => self.list_volumes(call),
            "volumes_get" => self.get_volume(call),
            "volumes_create" => self.create_volume(call),
            "volumes_delete" => self.delete_volume(call),
            "volumeActions_post_byId" => self.act_on_volume(call),
            "volumeActions_list" => self.list_volume_actions(call),
            "volumeActions_get" => self.get_volume_action(call),
            "images_list" => self.list_images(call),
            "images_get" => self.get_image(call),
            "images_update" => self.update_image(call),
            "images_delete" => self.delete_image(call),
            "imageActions_post" => self.act_on_image(call),
            "imageActions_list" => self.list_image_actions(call),
            "imageActions_get" => self.get_image_action(call),
            "tags_list" => self.list_tags(call),
            "tags_create" => self.create_tag(call),
            "tags_get" => self.get_tag(call),
            "tags_delete" => self.delete_tag(call),
            "tags_assign_resources" => self.tag_resources(call, true),
            "tags_unassign_resources" => self.tag_resources(call, false),
            "vpcs_get" => self.get_vpc(call),
            "vpcs_list" => list_of_example(call, "vpcs"),
            "sizes_list" => list_of_example(call, "sizes"),
            "regions_list" => list_of_example(call, "regions"),
            "actions_list" => self.list_actions(call),
            "actions_get" => self.get_action(call),
            _ => {
                let example = call.example();
                // It knows only the thing that its example shows.
                let mut ids = call.path_values();
                if let Some(id) = ids.find(|id| !shows(&example, id)) {
                    return Err(Refusal::not_found("resource", &id));
                }
                match example {
                    Value::Null => call.done(),
                    example => call.success(&example),
                }
            }
        }
    }

    fn get_vpc(&self, call: &Call<'_>) -> Outcome {
        let id = call.text("vpc_id");
        let has_id = |vpc: &&Value| vpc.get("id").and_then(Value::as_str) == Some(id);
        let found = self.examples.vpcs.iter().find(has_id);
        call.success(&wrap(
            "vpc",
            found.ok_or_else(|| Refusal::not_found("vpc", id))?,
        ))
    }

    /// Carries out the changes whose time has come.
    fn settle_due(&mut self) {
        while let Some((id, change, time)) = self.pending.take_due() {
            self.settle(&id, change, time);
        }
    }

    /// Counts one look at something; the last one that was waited for carries out its change.
    fn look_at(&mut self, id: &str) {
        while let Some(change) = self.pending.take_polled(id) {
            self.settle(id, change, self.clock.now());
        }
    }

    fn settle(&mut self, id: &str, change: Change, time: String) {
        match change {
            Change::ShareReady => self.share_ready(id),
            Change::ShareGone => self.shares.retain(|share| share.id != id),
            Change::SnapshotReady => self.nfs_snapshot_ready(id),
            Change::SnapshotGone => self.nfs_snapshots.retain(|snapshot| snapshot.id != id),
            Change::PointReady => self.access_point_ready(id, time),
            Change::PointGone => {
                for share in &mut self.shares {
                    share.access_points.retain(|point| point.id != id);
                }
            }
            Change::ActionDone => self.action_done(id, time),
            Change::DropletReady => self.droplet_ready(id),
        }
    }
}

/// What the documented example lists, in pages of its own: those of the example lead nowhere.
fn list_of_example(call: &Call<'_>, key: &'static str) -> Outcome {
    let example = call.example();
    let items = example.get(key).and_then(Value::as_array);
    pages::page(call, key, items.into_iter().flatten())
}

/// An object with one field, as most answers are.
fn wrap<T: Serialize>(key: &'static str, value: T) -> impl Serialize {
    std::collections::BTreeMap::from([(key, value)])
}

/// Whether a text stands anywhere in an answer.
fn shows(answer: &Value, text: &str) -> bool {
    match answer {
        Value::String(own) => own == text,
        Value::Number(own) => own.to_string() == text,
        Value::Array(items) => items.iter().any(|item| shows(item, text)),
        Value::Object(fields) => fields.values().any(|value| shows(value, text)),
        Value::Null | Value::Bool(_) => false,
    }
}

/// A thing like an example, with values of its own.
fn like(example: &Value, own: Value) -> Value {
    match (example.clone(), own) {
        (Value::Object(mut thing), Value::Object(own)) => {
            thing.extend(own);
            Value::Object(thing)
        }
        (_, own) => own,
    }
}
