//! Droplets: made, shown, deleted; the work on them is in `actions.rs`.
use serde_json::{Value, json};

use super::pages::page;
use super::shares::texts;
use super::{Call, Change, Outcome, State, fails, like, wrap};
use crate::document::Document;
use crate::respond::Refusal;

#[derive(Debug)]
pub(super) struct Droplet {
    pub(super) id: i64,
    pub(super) name: String,
    pub(super) tags: Vec<String>,
    pub(super) status: &'static str,
    pub(super) region: String,
    pub(super) disk: i64,
    created_at: String,
    /// What it was made from, as the answer shows it.
    image: Value,
}

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
        self.tags.push(tag.to_owned());
        for (offset, name) in (0..).zip(["encoder-01", "encoder-02", "website"]) {
            let tags = if offset < 2 {
                vec![tag.to_owned()]
            } else {
                Vec::new()
            };
            self.droplets.push(Droplet {
                id: first + offset,
                name: name.to_owned(),
                tags,
                status: self.words.droplet_ready,
                region: "fra1".to_owned(),
                disk: 80,
                created_at: self.clock.now(),
                image: self
                    .examples
                    .droplet
                    .get("image")
                    .cloned()
                    .unwrap_or_default(),
            });
        }
    }

    pub(super) fn droplet(&self, id: i64) -> Result<&Droplet, Refusal> {
        self.droplets
            .iter()
            .find(|droplet| droplet.id == id)
            .ok_or_else(|| Refusal::not_found("droplet", &id.to_string()))
    }

    /// A droplet as its answers show it.
    pub(super) fn shown_droplet(&self, droplet: &Droplet) -> Value {
        let id = droplet.id.to_string();
        let snapshots = self.snapshots.iter().filter(|one| one.resource_id == id);
        let numbers: Vec<i64> = snapshots.filter_map(|one| one.id.parse().ok()).collect();
        let volumes = self
            .volumes
            .iter()
            .filter(|one| one.droplets.contains(&droplet.id));
        let volumes: Vec<&str> = volumes.map(|one| one.id.as_str()).collect();
        let mut shown = like(
            &self.examples.droplet,
            json!({
                "id": droplet.id,
                "name": droplet.name,
                "tags": droplet.tags,
                "status": droplet.status,
                "disk": droplet.disk,
                "created_at": droplet.created_at,
                "image": droplet.image,
                "snapshot_ids": numbers,
                "volume_ids": volumes,
            }),
        );
        if let Some(region) = shown.get_mut("region") {
            *region = like(region, json!({"slug": droplet.region}));
        }
        shown
    }

    pub(super) fn list_droplets(&mut self, call: &Call<'_>) -> Outcome {
        let (tag, name) = (call.optional("tag_name"), call.optional("name"));
        let wanted = |droplet: &&Droplet| {
            tag.is_none_or(|tag| droplet.tags.iter().any(|own| own == tag))
                && name.is_none_or(|name| droplet.name == name)
                && !self.unseen.hides(&droplet.id.to_string())
        };
        let droplets = self.droplets.iter().filter(wanted);
        page(
            call,
            "droplets",
            droplets.map(|one| self.shown_droplet(one)),
        )
    }

    pub(super) fn get_droplet(&mut self, call: &Call<'_>) -> Outcome {
        let id = call.integer("droplet_id");
        self.look_at(&id.to_string());
        let droplet = self.droplet(id)?;
        call.success(&wrap("droplet", self.shown_droplet(droplet)))
    }

    pub(super) fn create_droplet(&mut self, call: &Call<'_>) -> Outcome {
        let image = call.checked.body.get("image").cloned().unwrap_or_default();
        let number = image.as_i64().map(|id| id.to_string());
        let number = number
            .or_else(|| image.as_str().map(str::to_owned))
            .unwrap_or_default();
        let taken = self.snapshots.iter().find(|one| one.id == number);
        let is_id = !number.is_empty() && number.chars().all(|c| c.is_ascii_digit());
        if is_id && taken.is_none() {
            return Err(Refusal::new(
                422,
                "unprocessable_entity",
                format!("there is no image {number} to make a droplet from"),
            ));
        }
        let own = match taken {
            Some(snapshot) => {
                json!({"id": number.parse::<i64>().ok(), "name": snapshot.name, "slug": null})
            }
            None => json!({"slug": number}),
        };
        let template = self
            .examples
            .droplet
            .get("image")
            .cloned()
            .unwrap_or_default();
        let disk = taken.map_or(80, |snapshot| snapshot.min_disk_size);
        let droplet = Droplet {
            id: 490_000_000 + i64::try_from(self.ids.number()).unwrap_or_default(),
            name: call.needed("/name")?,
            tags: texts(call.checked.body.get("tags")),
            status: self.words.droplet_new,
            region: call.field("/region").unwrap_or("fra1").to_owned(),
            disk,
            created_at: self.clock.now(),
            image: like(&template, own),
        };
        let id = droplet.id.to_string();
        self.unseen.add(&id);
        self.pending.add(&id, Change::DropletReady);
        let shown = self.shown_droplet(&droplet);
        self.droplets.push(droplet);
        call.success(&like(
            &call.example(),
            json!({"droplet": shown, "links": {"actions": []}}),
        ))
    }

    pub(super) fn droplet_ready(&mut self, id: &str) {
        let (ready, off) = (self.words.droplet_ready, self.words.droplet_off);
        if let Some(droplet) = self
            .droplets
            .iter_mut()
            .find(|one| one.id.to_string() == id)
        {
            // One that shall fail comes up and goes down at once.
            droplet.status = if fails(&droplet.name) { off } else { ready };
        }
    }

    pub(super) fn delete_droplet(&mut self, call: &Call<'_>) -> Outcome {
        let id = self.droplet(call.integer("droplet_id"))?.id;
        self.droplets.retain(|droplet| droplet.id != id);
        for volume in &mut self.volumes {
            volume.droplets.retain(|droplet| *droplet != id);
        }
        self.pending.forget(&id.to_string());
        call.done()
    }
}
