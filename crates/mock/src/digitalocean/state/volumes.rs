//! Block storage volumes, and the work on them.
use serde_json::{Value, json};

use super::actions::Target;
use super::pages::page;
use super::shares::texts;
use super::{Call, Outcome, State, like, wrap};
use crate::document::Document;
use crate::respond::Refusal;

#[derive(Debug)]
pub(super) struct Volume {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) region: String,
    pub(super) size_gigabytes: i64,
    pub(super) droplets: Vec<i64>,
    pub(super) tags: Vec<String>,
    description: String,
    created_at: String,
}

impl State {
    /// A few volumes; the first has the id of the document's example.
    pub(super) fn seed_volumes(&mut self, document: &Document) {
        let example = document
            .parameter_example("volumeSnapshots_create", "volume_id")
            .and_then(Value::as_str)
            .map(str::to_owned);
        for (index, name) in ["ledger", "media", "scratch"].into_iter().enumerate() {
            let made = self.ids.uuid();
            let id = example.clone().filter(|_| index == 0).unwrap_or(made);
            self.seed_volume(id, name.to_owned(), Vec::new());
        }
    }

    /// As many more, with the tag that droplets carry.
    pub(super) fn seed_tagged_volumes(&mut self, count: usize) {
        for number in 1..=count {
            let (id, tags) = (self.ids.uuid(), self.tag().into_iter().collect());
            self.seed_volume(id, format!("tagged-{number:04}"), tags);
        }
    }

    fn seed_volume(&mut self, id: String, name: String, tags: Vec<String>) {
        self.volumes.push(Volume {
            id,
            name,
            region: "fra1".to_owned(),
            size_gigabytes: 120,
            droplets: Vec::new(),
            tags,
            description: String::new(),
            created_at: self.clock.now(),
        });
    }

    pub(super) fn volume(&self, id: &str) -> Result<&Volume, Refusal> {
        self.volumes
            .iter()
            .find(|volume| volume.id == id)
            .ok_or_else(|| Refusal::not_found("volume", id))
    }

    pub(super) fn shown_volume(&self, volume: &Volume) -> Value {
        let mut shown = like(
            &self.examples.volume,
            json!({
                "id": volume.id,
                "name": volume.name,
                "description": volume.description,
                "size_gigabytes": volume.size_gigabytes,
                "droplet_ids": volume.droplets,
                "tags": volume.tags,
                "created_at": volume.created_at,
            }),
        );
        if let Some(region) = shown.get_mut("region") {
            *region = like(region, json!({"slug": volume.region}));
        }
        shown
    }

    pub(super) fn list_volumes(&mut self, call: &Call<'_>) -> Outcome {
        let (name, region) = (call.optional("name"), call.optional("region"));
        let wanted = |volume: &&Volume| {
            name.is_none_or(|name| volume.name == name)
                && region.is_none_or(|region| volume.region == region)
                && !self.unseen.hides(&volume.id)
        };
        let volumes = self.volumes.iter().filter(wanted);
        page(call, "volumes", volumes.map(|one| self.shown_volume(one)))
    }

    pub(super) fn get_volume(&mut self, call: &Call<'_>) -> Outcome {
        let volume = self.volume(call.text("volume_id"))?;
        call.success(&wrap("volume", self.shown_volume(volume)))
    }

    pub(super) fn create_volume(&mut self, call: &Call<'_>) -> Outcome {
        let asked = call
            .checked
            .body
            .get("size_gigabytes")
            .and_then(Value::as_i64);
        let smallest = match call.field("/snapshot_id") {
            Some(id) => {
                let kind = self.words.volume;
                let known =
                    |one: &&super::snapshots::Snapshot| one.id == id && one.resource_type == kind;
                let snapshot = self.snapshots.iter().find(known);
                snapshot
                    .ok_or_else(|| Refusal::not_found("snapshot", id))?
                    .min_disk_size
            }
            None => 1,
        };
        let size_gigabytes = asked.unwrap_or(smallest);
        if size_gigabytes < smallest {
            return Err(Refusal::bad_request(format!(
                "the snapshot needs {smallest} GiB; a volume of {size_gigabytes} is too small"
            )));
        }
        let name = call.needed("/name")?;
        let region = call.field("/region").unwrap_or("fra1").to_owned();
        if self
            .volumes
            .iter()
            .any(|one| one.name == name && one.region == region)
        {
            return Err(Refusal::conflict(format!(
                "a volume called {name} is there already"
            )));
        }
        let volume = Volume {
            id: self.ids.uuid(),
            name,
            region,
            size_gigabytes,
            droplets: Vec::new(),
            tags: texts(call.checked.body.get("tags")),
            description: call.field("/description").unwrap_or_default().to_owned(),
            created_at: self.clock.now(),
        };
        self.unseen.add(&volume.id);
        let answer = call.success(&wrap("volume", self.shown_volume(&volume)));
        self.volumes.push(volume);
        answer
    }

    pub(super) fn delete_volume(&mut self, call: &Call<'_>) -> Outcome {
        let volume = self.volume(call.text("volume_id"))?;
        if !volume.droplets.is_empty() {
            return Err(Refusal::conflict("the volume is attached; detach it first"));
        }
        let id = volume.id.clone();
        self.volumes.retain(|volume| volume.id != id);
        call.done()
    }

    pub(super) fn act_on_volume(&mut self, call: &Call<'_>) -> Outcome {
        let volume = self.volume(call.text("volume_id"))?;
        let (id, region, attached) = (
            volume.id.clone(),
            volume.region.clone(),
            !volume.droplets.is_empty(),
        );
        let kind = call.needed("/type")?;
        let droplet = call.checked.body.get("droplet_id").and_then(Value::as_i64);
        match kind.as_str() {
            "attach" | "detach" => {
                let droplet = self.droplet(droplet.unwrap_or_default())?.id;
                if kind == "attach" && attached {
                    return Err(Refusal::conflict("the volume is attached already"));
                }
                self.begin(kind, Target::Volume(id), &region, Some(droplet), None);
            }
            _ => {
                let size = call
                    .checked
                    .body
                    .get("size_gigabytes")
                    .and_then(Value::as_i64);
                self.begin(kind, Target::Volume(id), &region, size, None);
            }
        }
        self.show_last_action(call)
    }

    /// What an action on a volume comes to.
    pub(super) fn volume_done(&mut self, id: &str, kind: &str, number: Option<i64>) {
        let (Some(volume), Some(number)) =
            (self.volumes.iter_mut().find(|one| one.id == id), number)
        else {
            return;
        };
        match kind {
            "attach" => volume.droplets.push(number),
            "detach" => volume.droplets.retain(|droplet| *droplet != number),
            "resize" => volume.size_gigabytes = volume.size_gigabytes.max(number),
            // A type added to the document since: it is accepted and changes nothing.
            _ => {}
        }
    }
}
