//! Images: the snapshots of droplets under another name, and the work on them.
use serde_json::{Value, json};

use super::actions::Target;
use super::pages::page;
use super::snapshots::Snapshot;
use super::{Call, Outcome, State, like, wrap};
use crate::respond::Refusal;

impl State {
    /// The snapshot of a droplet that an image is.
    pub(super) fn image(&self, id: &str) -> Result<usize, Refusal> {
        let kind = self.words.droplet;
        let is = |one: &Snapshot| one.id == id && one.resource_type == kind;
        let place = self.snapshots.iter().position(is);
        place.ok_or_else(|| Refusal::not_found("image", id))
    }

    fn shown_image(&self, snapshot: &Snapshot) -> Value {
        like(
            &self.examples.image,
            json!({
                "id": snapshot.id.parse::<i64>().unwrap_or_default(),
                "name": snapshot.name,
                "type": self.words.by_hand,
                "slug": null,
                "public": false,
                "regions": snapshot.regions,
                "created_at": snapshot.created_at,
                "min_disk_size": snapshot.min_disk_size,
                "size_gigabytes": snapshot.size_gigabytes,
                "tags": snapshot.tags,
            }),
        )
    }

    /// What the path names: an id, or a name that no image of the account has.
    fn asked_image(&self, call: &Call<'_>) -> Result<usize, Refusal> {
        let id = match call.value("image_id") {
            Some(Value::String(text)) => text.clone(),
            Some(other) => other.to_string(),
            None => String::new(),
        };
        self.image(&id)
    }

    pub(super) fn list_images(&mut self, call: &Call<'_>) -> Outcome {
        let (kind, tag) = (self.words.droplet, call.optional("tag_name"));
        let wanted = |one: &&Snapshot| {
            one.resource_type == kind
                && tag.is_none_or(|tag| one.tags.iter().any(|own| own == tag))
                && !self.unseen.hides(&one.id)
        };
        let images = self.snapshots.iter().filter(wanted);
        page(call, "images", images.map(|one| self.shown_image(one)))
    }

    pub(super) fn get_image(&mut self, call: &Call<'_>) -> Outcome {
        let place = self.asked_image(call)?;
        let shown = self.snapshots.get(place).map(|one| self.shown_image(one));
        call.success(&wrap("image", shown))
    }

    pub(super) fn update_image(&mut self, call: &Call<'_>) -> Outcome {
        let place = self.asked_image(call)?;
        let name = call.field("/name").map(str::to_owned);
        if let (Some(snapshot), Some(name)) = (self.snapshots.get_mut(place), name) {
            snapshot.name = name;
        }
        self.get_image(call)
    }

    pub(super) fn delete_image(&mut self, call: &Call<'_>) -> Outcome {
        let place = self.asked_image(call)?;
        self.snapshots.remove(place);
        call.done()
    }

    pub(super) fn act_on_image(&mut self, call: &Call<'_>) -> Outcome {
        let place = self.asked_image(call)?;
        let id = self
            .snapshots
            .get(place)
            .map(|one| one.id.clone())
            .unwrap_or_default();
        let kind = call.needed("/type")?;
        let to = call.field("/region").map(str::to_owned);
        let region = to.clone().unwrap_or_else(|| "fra1".to_owned());
        self.begin(kind, Target::Image(id), &region, None, to);
        self.show_last_action(call)
    }

    /// What an action on an image comes to.
    pub(super) fn image_done(&mut self, id: &str, kind: &str, region: Option<String>) {
        let snapshot = self.snapshots.iter_mut().find(|one| one.id == id);
        if let (Some(snapshot), "transfer", Some(region)) = (snapshot, kind, region)
            && !snapshot.regions.contains(&region)
        {
            snapshot.regions.push(region);
        }
    }
}
