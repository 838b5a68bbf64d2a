//! Tags, and what carries them.
use serde_json::{Value, json};

use super::pages::page;
use super::{Call, Outcome, State, wrap};
use crate::respond::Refusal;

impl State {
    fn tag_named(&self, name: &str) -> Result<&String, Refusal> {
        let known = self.tags.iter().find(|tag| *tag == name);
        known.ok_or_else(|| Refusal::not_found("tag", name))
    }

    fn shown_tag(&self, name: &str) -> Value {
        let carries = |tags: &[String]| tags.iter().any(|tag| tag == name);
        let droplets = self
            .droplets
            .iter()
            .filter(|one| carries(&one.tags))
            .count();
        let volumes = self.volumes.iter().filter(|one| carries(&one.tags)).count();
        let snapshots = self
            .snapshots
            .iter()
            .filter(|one| carries(&one.tags))
            .count();
        json!({
            "name": name,
            "resources": {
                "count": droplets + volumes + snapshots,
                "droplets": {"count": droplets},
                "volumes": {"count": volumes},
                "volume_snapshots": {"count": snapshots},
            },
        })
    }

    pub(super) fn list_tags(&mut self, call: &Call<'_>) -> Outcome {
        page(
            call,
            "tags",
            self.tags.iter().map(|tag| self.shown_tag(tag)),
        )
    }

    pub(super) fn create_tag(&mut self, call: &Call<'_>) -> Outcome {
        let name = call.needed("/name")?;
        if !self.tags.contains(&name) {
            self.tags.push(name.clone());
        }
        call.success(&wrap("tag", self.shown_tag(&name)))
    }

    pub(super) fn get_tag(&mut self, call: &Call<'_>) -> Outcome {
        let name = self.tag_named(call.text("tag_id"))?;
        call.success(&wrap("tag", self.shown_tag(name)))
    }

    /// What carried it goes on without it.
    pub(super) fn delete_tag(&mut self, call: &Call<'_>) -> Outcome {
        let name = self.tag_named(call.text("tag_id"))?.clone();
        self.tags.retain(|tag| *tag != name);
        let all = self.droplets.iter_mut().map(|one| &mut one.tags);
        let all = all.chain(self.volumes.iter_mut().map(|one| &mut one.tags));
        for tags in all.chain(self.snapshots.iter_mut().map(|one| &mut one.tags)) {
            tags.retain(|tag| *tag != name);
        }
        call.done()
    }

    /// Puts a tag on what the request names, or takes it off.
    pub(super) fn tag_resources(&mut self, call: &Call<'_>, on: bool) -> Outcome {
        let name = self.tag_named(call.text("tag_id"))?.clone();
        let asked = call.checked.body.get("resources").and_then(Value::as_array);
        let asked: Vec<(String, String)> = asked
            .into_iter()
            .flatten()
            .map(|one| {
                let text = |key: &str| {
                    one.get(key)
                        .and_then(Value::as_str)
                        .unwrap_or_default()
                        .to_owned()
                };
                (text("resource_type"), text("resource_id"))
            })
            .collect();
        for (kind, id) in &asked {
            let Some(tags) = self.tags_of(kind, id) else {
                return Err(Refusal::not_found(&kind.replace('_', " "), id));
            };
            tags.retain(|tag| *tag != name);
            if on {
                tags.push(name.clone());
            }
        }
        call.done()
    }

    fn tags_of(&mut self, kind: &str, id: &str) -> Option<&mut Vec<String>> {
        match kind {
            "droplet" => {
                let droplet = self
                    .droplets
                    .iter_mut()
                    .find(|one| one.id.to_string() == id);
                droplet.map(|one| &mut one.tags)
            }
            "volume" => self
                .volumes
                .iter_mut()
                .find(|one| one.id == id)
                .map(|one| &mut one.tags),
            _ => self
                .snapshots
                .iter_mut()
                .find(|one| one.id == id)
                .map(|one| &mut one.tags),
        }
    }
}
