//! Actions: work on droplets, volumes and images.
use serde::Serialize;

use super::pages::page;
use super::snapshots::Snapshot;
use super::{Call, Change, Outcome, State, fails, wrap};
use crate::respond::Refusal;

/// What an action works on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Target {
    Droplet(i64),
    Volume(String),
    Image(String),
}

#[derive(Debug, Clone, Serialize)]
struct Region {
    name: &'static str,
    slug: String,
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
    /// A number, and so none for a volume.
    resource_id: Option<i64>,
    resource_type: &'static str,
    region: Region,
    region_slug: String,
    #[serde(skip)]
    target: Target,
    /// The droplet of a volume, or its size, where the action says one.
    #[serde(skip)]
    number: Option<i64>,
    /// What the snapshot or the droplet shall be called or where the image shall be, where the action says so.
    #[serde(skip)]
    name: Option<String>,
}

impl State {
    /// Starts an action.
    pub(super) fn begin(
        &mut self,
        kind: String,
        target: Target,
        region: &str,
        number: Option<i64>,
        name: Option<String>,
    ) {
        let id = 2_200_000_000 + i64::try_from(self.ids.number()).unwrap_or_default();
        let (resource_id, resource_type) = match &target {
            Target::Droplet(id) => (Some(*id), self.words.droplet),
            Target::Volume(_) => (None, self.words.volume),
            Target::Image(id) => (id.parse().ok(), "image"),
        };
        self.actions.push(Action {
            id,
            status: self.words.action_running,
            kind,
            started_at: self.clock.now(),
            completed_at: None,
            resource_id,
            resource_type,
            region_slug: region.to_owned(),
            region: Region {
                name: "Frankfurt 1",
                slug: region.to_owned(),
                features: ["backups", "ipv6", "metadata"],
                available: true,
                sizes: ["c-2", "g-2vcpu-8gb"],
            },
            target,
            number,
            name,
        });
        self.unseen.add(&id.to_string());
        self.pending.add(&id.to_string(), Change::ActionDone);
    }

    /// Starts an action on a droplet and gives its place.
    fn start(&mut self, droplet: i64, call: &Call<'_>) -> Result<usize, Refusal> {
        let kind = call.needed("/type")?;
        let region = self.droplet(droplet)?.region.clone();
        let name = call.field("/name").map(str::to_owned);
        self.begin(kind, Target::Droplet(droplet), &region, None, name);
        Ok(self.actions.len() - 1)
    }

    /// The answer to a request that started an action, in an envelope where the document has one.
    pub(super) fn show_last_action(&self, call: &Call<'_>) -> Outcome {
        let action = self.actions.last();
        if call.example().get("action").is_some() {
            return call.success(&wrap("action", action));
        }
        call.success(&action)
    }

    /// Ends an action, with what it does.
    pub(super) fn action_done(&mut self, id: &str, time: String) {
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
        action.completed_at = Some(time.clone());
        if action.name.as_deref().is_some_and(fails) {
            action.status = failed;
            return;
        }
        action.status = done;
        let Action {
            kind,
            target,
            name,
            number,
            ..
        } = action.clone();
        match target {
            Target::Droplet(droplet) => self.droplet_done(droplet, id, &kind, name, time),
            Target::Volume(volume) => self.volume_done(&volume, &kind, number),
            Target::Image(image) => self.image_done(&image, &kind, name),
        }
    }

    /// What an action on a droplet comes to.
    fn droplet_done(
        &mut self,
        droplet: i64,
        action: &str,
        kind: &str,
        name: Option<String>,
        time: String,
    ) {
        let (on, off) = (self.words.droplet_ready, self.words.droplet_off);
        let Some(droplet) = self.droplets.iter_mut().find(|one| one.id == droplet) else {
            return;
        };
        match (kind, name) {
            ("rename", Some(name)) => droplet.name = name,
            ("power_off" | "shutdown", _) => droplet.status = off,
            ("power_on", _) => droplet.status = on,
            ("snapshot", name) => {
                let name = name.unwrap_or_else(|| format!("{}-{action}", droplet.name));
                let (region, disk, id) = (droplet.region.clone(), droplet.disk, droplet.id);
                let snapshot = Snapshot {
                    id: self.image_id().to_string(),
                    name,
                    created_at: time,
                    regions: vec![region],
                    min_disk_size: disk,
                    size_gigabytes: 13.75,
                    resource_id: id.to_string(),
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
        let tagged =
            |droplet: &&super::droplets::Droplet| droplet.tags.iter().any(|known| known == tag);
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

    fn show_action(&mut self, call: &Call<'_>, target: Option<&Target>) -> Outcome {
        let id = call.integer("action_id");
        self.look_at(&id.to_string());
        let found = self
            .actions
            .iter()
            .find(|action| action.id == id && target.is_none_or(|target| action.target == *target));
        let action = found.ok_or_else(|| Refusal::not_found("action", &id.to_string()))?;
        let mut shown = action.clone();
        if matches!(target, Some(Target::Droplet(_))) && self.words.live {
            // On this way alone the service leaves out when the work ended.
            shown.completed_at = None;
        }
        if call.example().get("action").is_some() {
            return call.success(&wrap("action", shown));
        }
        call.success(&shown)
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
        let target = self.droplet_of(call)?;
        self.show_action(call, Some(&target))
    }

    pub(super) fn get_volume_action(&mut self, call: &Call<'_>) -> Outcome {
        let target = self.volume_of(call)?;
        self.show_action(call, Some(&target))
    }

    pub(super) fn get_image_action(&mut self, call: &Call<'_>) -> Outcome {
        let target = self.image_of(call)?;
        self.show_action(call, Some(&target))
    }

    pub(super) fn list_actions(&mut self, call: &Call<'_>) -> Outcome {
        page(call, "actions", self.shown_actions())
    }

    pub(super) fn list_droplet_actions(&mut self, call: &Call<'_>) -> Outcome {
        let target = self.droplet_of(call)?;
        self.list_of(call, &target)
    }

    pub(super) fn list_volume_actions(&mut self, call: &Call<'_>) -> Outcome {
        let target = self.volume_of(call)?;
        self.list_of(call, &target)
    }

    pub(super) fn list_image_actions(&mut self, call: &Call<'_>) -> Outcome {
        let target = self.image_of(call)?;
        self.list_of(call, &target)
    }

    fn image_of(&self, call: &Call<'_>) -> Result<Target, Refusal> {
        let id = call.integer("image_id").to_string();
        self.image(&id).map(|_| Target::Image(id))
    }

    fn volume_of(&self, call: &Call<'_>) -> Result<Target, Refusal> {
        let volume = self.volume(call.text("volume_id"))?;
        Ok(Target::Volume(volume.id.clone()))
    }

    fn droplet_of(&self, call: &Call<'_>) -> Result<Target, Refusal> {
        Ok(Target::Droplet(
            self.droplet(call.integer("droplet_id"))?.id,
        ))
    }

    /// Those on one thing; the whole list where the document gives it no pages.
    fn list_of(&self, call: &Call<'_>, target: &Target) -> Outcome {
        let actions = self
            .shown_actions()
            .filter(|action| action.target == *target);
        if call.operation.pages.is_some() {
            return page(call, "actions", actions);
        }
        let actions: Vec<&Action> = actions.collect();
        let meta = serde_json::json!({"total": actions.len()});
        call.success(&serde_json::json!({"actions": actions, "links": {}, "meta": meta}))
    }
}
