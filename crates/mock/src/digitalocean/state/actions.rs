//! Droplets and the actions on them.
use serde::Serialize;
use serde_json::Value;

use super::pages::page;
use super::snapshots::Snapshot;
use super::{Call, Change, Outcome, State, fails, now, wrap};
use crate::document::Document;
use crate::respond::Refusal;

#[derive(Debug)]
pub(super) struct Droplet {
    pub(super) id: i64,
    pub(super) name: String,
    pub(super) tags: Vec<String>,
    region: Region,
    disk: i64,
}

#[derive(Debug, Clone, Serialize)]
struct Region {
    name: &'static str,
    slug: &'static str,
    features: [&'static str; 3],
    available: bool,
    sizes: [&'static str; 2],
}

#[derive(Debug, Clone, Serialize)]
pub(super) struct Action {
    id: i64,
    status: &'static str,
    #[serde(rename = "type")]
    kind: String,
    started_at: String,
    completed_at: Option<String>,
    resource_id: i64,
    resource_type: &'static str,
    region: Region,
    region_slug: &'static str,
    /// What the snapshot or the droplet shall be called, where the action names something.
    #[serde(skip)]
    name: Option<String>,
}

const REGION: Region = Region {
    name: "Frankfurt 1",
    slug: "fra1",
    features: ["backups", "ipv6", "metadata"],
    available: true,
    sizes: ["c-2", "g-2vcpu-8gb"],
};

impl State {
    /// Three droplets; the first has the id, and two have the tag, of the document's examples.
    pub(super) fn seed_droplets(&mut self, document: &Document) {
        let first = document
            .parameter_example("dropletActions_post", "droplet_id")
            .and_then(Value::as_i64)
            .unwrap_or(481_516_234);
        let tag = document
            .parameter_example("dropletActions_post_byTag", "tag_name")
            .and_then(Value::as_str)
            .unwrap_or("team:video");
        for (offset, name) in (0..).zip(["encoder-01", "encoder-02", "website"]) {
            let tags = if offset < 2 {
                vec![tag.to_owned()]
            } else {
                Vec::new()
            };
            let id = first + offset;
            self.droplets.push(Droplet {
                id,
                name: name.to_owned(),
                tags,
                region: REGION,
                disk: 80,
            });
        }
    }

    pub(super) fn droplet(&self, id: i64) -> Result<&Droplet, Refusal> {
        self.droplets
            .iter()
            .find(|droplet| droplet.id == id)
            .ok_or_else(|| Refusal::not_found("droplet", &id.to_string()))
    }

    /// Starts an action on a droplet and gives its place.
    fn start(&mut self, droplet: i64, call: &Call<'_>) -> Result<usize, Refusal> {
        let kind = call.needed("/type")?;
        let region = self.droplet(droplet)?.region.clone();
        let number = i64::try_from(self.ids.number()).unwrap_or_default();
        let id = 2_200_000_000 + number;
        self.actions.push(Action {
            id,
            status: self.words.action_running,
            kind,
            started_at: now(),
            completed_at: None,
            resource_id: droplet,
            resource_type: self.words.droplet,
            region_slug: region.slug,
            region,
            name: call.field("/name").map(str::to_owned),
        });
        self.unseen.add(&id.to_string());
        self.pending.add(&id.to_string(), Change::ActionDone);
        Ok(self.actions.len() - 1)
    }

    /// Ends an action, with what it does.
    pub(super) fn action_done(&mut self, id: &str) {
        let (done, failed) = (self.words.action_done, self.words.action_failed);
        let Some(place) = self
            .actions
            .iter()
            .position(|action| action.id.to_string() == id)
        else {
            return;
        };
        let Some(action) = self.actions.get_mut(place) else {
            return;
        };
        action.completed_at = Some(now());
        if action.name.as_deref().is_some_and(fails) {
            action.status = failed;
            return;
        }
        action.status = done;
        let (kind, resource, name) = (action.kind.clone(), action.resource_id, action.name.clone());
        let Some(droplet) = self
            .droplets
            .iter_mut()
            .find(|droplet| droplet.id == resource)
        else {
            return;
        };
        match (kind.as_str(), name) {
            ("rename", Some(name)) => droplet.name = name,
            ("snapshot", name) => {
                let name = name.unwrap_or_else(|| format!("{}-{id}", droplet.name));
                let (region, disk) = (droplet.region.slug, droplet.disk);
                let snapshot = Snapshot {
                    id: self.image_id().to_string(),
                    name,
                    created_at: now(),
                    regions: vec![region.to_owned()],
                    min_disk_size: disk,
                    size_gigabytes: 13.75,
                    resource_id: resource.to_string(),
                    resource_type: self.words.droplet,
                    tags: Vec::new(),
                };
                self.unseen.add(&snapshot.id);
                self.snapshots.push(snapshot);
            }
            // Nothing else shows in what this server can be asked for.
            _ => {}
        }
    }

    pub(super) fn act_on_droplet(&mut self, call: &Call<'_>) -> Outcome {
        let place = self.start(call.integer("droplet_id"), call)?;
        call.success(&wrap("action", self.actions.get(place)))
    }

    /// One action for each droplet with the tag; none where nothing carries it.
    pub(super) fn act_by_tag(&mut self, call: &Call<'_>) -> Outcome {
        let tag = call.text("tag_name");
        let tagged = |droplet: &&Droplet| droplet.tags.iter().any(|known| known == tag);
        let ids: Vec<i64> = self
            .droplets
            .iter()
            .filter(tagged)
            .map(|one| one.id)
            .collect();
        let first = self.actions.len();
        for id in ids {
            self.start(id, call)?;
        }
        call.success(&wrap(
            "actions",
            self.actions.get(first..).unwrap_or_default(),
        ))
    }

    fn show_action(&mut self, call: &Call<'_>, droplet: Option<i64>) -> Outcome {
        let id = call.integer("action_id");
        self.look_at(&id.to_string());
        let found = self.actions.iter().find(|action| {
            action.id == id && droplet.is_none_or(|droplet| action.resource_id == droplet)
        });
        let action = found.ok_or_else(|| Refusal::not_found("action", &id.to_string()))?;
        if droplet.is_some() && self.words.live {
            // On this way alone the service leaves out when the work ended.
            let completed_at = None;
            return call.success(&wrap(
                "action",
                Action {
                    completed_at,
                    ..action.clone()
                },
            ));
        }
        call.success(&wrap("action", action))
    }

    /// Those that show, newest first.
    fn shown_actions(&self) -> impl Iterator<Item = &Action> {
        let shows = |action: &&Action| !self.unseen.hides(&action.id.to_string());
        self.actions.iter().rev().filter(shows)
    }

    pub(super) fn get_action(&mut self, call: &Call<'_>) -> Outcome {
        self.show_action(call, None)
    }

    pub(super) fn get_droplet_action(&mut self, call: &Call<'_>) -> Outcome {
        let droplet = self.droplet(call.integer("droplet_id"))?.id;
        self.show_action(call, Some(droplet))
    }

    pub(super) fn list_actions(&mut self, call: &Call<'_>) -> Outcome {
        page(call, "actions", self.shown_actions())
    }

    pub(super) fn list_droplet_actions(&mut self, call: &Call<'_>) -> Outcome {
        let droplet = self.droplet(call.integer("droplet_id"))?.id;
        let wanted = |action: &&Action| action.resource_id == droplet;
        page(call, "actions", self.shown_actions().filter(wanted))
    }
}
