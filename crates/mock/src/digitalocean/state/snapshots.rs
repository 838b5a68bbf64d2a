//! Snapshots of volumes and droplets.
use std::time::{Duration, Instant};

use serde::Serialize;

use super::pages::page;
use super::shares::texts;
use super::{Call, Outcome, State, second, wrap};
use crate::respond::Refusal;

/// So many snapshots a volume has at most.
const MOST_SNAPSHOTS: usize = 25;
/// So long after a volume's last snapshot there may be a next one.
const INTERVAL: Duration = Duration::from_secs(600);

#[derive(Debug, Serialize)]
pub(super) struct Snapshot {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) created_at: String,
    pub(super) regions: Vec<String>,
    pub(super) min_disk_size: i64,
    pub(super) size_gigabytes: f64,
    pub(super) resource_id: String,
    pub(super) resource_type: &'static str,
    pub(super) tags: Vec<String>,
}

/// A snapshot as the list of one droplet shows it: the id is a number there.
#[derive(Serialize)]
struct DropletSnapshot<'a> {
    id: i64,
    name: &'a str,
    created_at: &'a str,
    regions: &'a [String],
    min_disk_size: i64,
    size_gigabytes: f64,
    #[serde(rename = "type")]
    kind: &'static str,
}

/// What all snapshots have that are there from the start.
fn seeded(created_at: String, resource_id: String, resource_type: &'static str) -> Snapshot {
    Snapshot {
        id: String::new(),
        name: String::new(),
        created_at,
        regions: vec!["fra1".to_owned()],
        min_disk_size: 80,
        size_gigabytes: 10.25,
        resource_id,
        resource_type,
        tags: vec!["seeded".to_owned()],
    }
}

impl State {
    /// Snapshots of volumes and droplets by turns, a minute apart.
    pub(super) fn seed_snapshots(&mut self, count: usize) {
        // 2026-01-01T00:00:00Z
        let mut time = 1_767_225_600;
        for index in 0..count {
            let of_volume = index % 2 == 0;
            let volume = self.volumes.get(index / 2 % self.volumes.len().max(1));
            let droplet = self.droplets.get(index / 2 % self.droplets.len().max(1));
            let (resource_id, resource_type, name) = match (volume, droplet) {
                (Some(volume), _) if of_volume => {
                    (volume.id.clone(), self.words.volume, &volume.name)
                }
                (_, Some(droplet)) => (droplet.id.to_string(), self.words.droplet, &droplet.name),
                _ => return,
            };
            let name = format!("{name}-{:05}", index + 1);
            let id = if of_volume {
                self.ids.uuid()
            } else {
                self.image_id().to_string()
            };
            self.snapshots.push(Snapshot {
                id,
                name,
                ..seeded(second(time), resource_id, resource_type)
            });
            time += 60;
        }
    }

    /// Snapshots of all volumes but the first few by turns, as a program takes them every night: those of yesterday
    /// first.
    pub(super) fn seed_nights(&mut self, but: usize, count: usize) {
        let volumes = self
            .volumes
            .iter()
            .skip(but)
            .map(|volume| volume.id.clone());
        let volumes: Vec<String> = volumes.collect();
        let nights = (1..).flat_map(|night| volumes.iter().map(move |volume| (night, volume)));
        for (night, volume) in nights.take(count) {
            let time = self.clock.days_ago(night);
            let day = time.split('T').next().unwrap_or_default();
            self.snapshots.push(Snapshot {
                id: self.ids.uuid(),
                name: format!("nightly-{day}"),
                ..seeded(time.clone(), volume.clone(), self.words.volume)
            });
        }
    }

    /// A number for a droplet's snapshot.
    pub(super) fn image_id(&mut self) -> u64 {
        190_000_000 + self.ids.number()
    }

    fn snapshot(&self, id: &str, kind: Option<&str>) -> Result<usize, Refusal> {
        self.snapshots
            .iter()
            .position(|one| one.id == id && kind.is_none_or(|kind| one.resource_type == kind))
            .ok_or_else(|| Refusal::not_found("snapshot", id))
    }

    fn show_snapshot(&self, call: &Call<'_>, kind: Option<&str>) -> Outcome {
        let id = call.text("snapshot_id");
        let place = self.snapshot(id, kind)?;
        call.success(&wrap("snapshot", self.snapshots.get(place)))
    }

    fn remove_snapshot(&mut self, call: &Call<'_>, kind: Option<&str>) -> Outcome {
        let place = self.snapshot(call.text("snapshot_id"), kind)?;
        self.snapshots.remove(place);
        call.done()
    }

    fn shown_snapshots(&self) -> impl Iterator<Item = &Snapshot> {
        self.snapshots
            .iter()
            .filter(|one| !self.unseen.hides(&one.id))
    }

    pub(super) fn list_snapshots(&mut self, call: &Call<'_>) -> Outcome {
        let kind = call.optional("resource_type");
        let wanted = |one: &&Snapshot| kind.is_none_or(|kind| one.resource_type == kind);
        page(call, "snapshots", self.shown_snapshots().filter(wanted))
    }

    pub(super) fn get_snapshot(&mut self, call: &Call<'_>) -> Outcome {
        self.show_snapshot(call, None)
    }

    pub(super) fn delete_snapshot(&mut self, call: &Call<'_>) -> Outcome {
        self.remove_snapshot(call, None)
    }

    pub(super) fn get_volume_snapshot(&mut self, call: &Call<'_>) -> Outcome {
        self.show_snapshot(call, Some(self.words.volume))
    }

    pub(super) fn delete_volume_snapshot(&mut self, call: &Call<'_>) -> Outcome {
        self.remove_snapshot(call, Some(self.words.volume))
    }

    pub(super) fn list_volume_snapshots(&mut self, call: &Call<'_>) -> Outcome {
        let volume = self.volume(call.text("volume_id"))?;
        let kind = self.words.volume;
        let wanted = |one: &&Snapshot| one.resource_type == kind && one.resource_id == volume.id;
        page(call, "snapshots", self.shown_snapshots().filter(wanted))
    }

    /// Whether a volume may have one more snapshot, after its last one of this server's. The text about the interval
    /// is the service's; the other and its status are made up.
    fn has_room(&self, volume: &str, last: Option<&Instant>) -> Result<(), Refusal> {
        let of_volume =
            |one: &&Snapshot| one.resource_type == self.words.volume && one.resource_id == volume;
        if self.snapshots.iter().filter(of_volume).count() >= MOST_SNAPSHOTS {
            let text = format!("The volume has {MOST_SNAPSHOTS} snapshots, which is the most.");
            return Err(Refusal::new(422, "unprocessable_entity", text));
        }
        if last.is_some_and(|last| self.clock.instant().saturating_duration_since(*last) < INTERVAL)
        {
            let text =
                "failed to create snapshot: this operation is rate-limited - one request per 10m0s";
            return Err(Refusal::new(429, "too_many_requests", text));
        }
        Ok(())
    }

    /// A volume's snapshot is finished when the answer comes.
    pub(super) fn create_volume_snapshot(&mut self, call: &Call<'_>) -> Outcome {
        let id = self.ids.uuid();
        let volume = self.volume(call.text("volume_id"))?;
        let name = call.needed("/name")?;
        if name.is_empty() {
            return Err(Refusal::bad_request("The name must not be empty."));
        }
        let owner = volume.id.clone();
        if let Some(taken) = &self.taken {
            self.has_room(&owner, taken.get(&owner))?;
        }
        let snapshot = Snapshot {
            id,
            name,
            created_at: self.clock.now(),
            regions: vec![volume.region.clone()],
            min_disk_size: volume.size_gigabytes,
            size_gigabytes: 41.5,
            resource_id: volume.id.clone(),
            resource_type: self.words.volume,
            tags: texts(call.checked.body.get("tags")),
        };
        if let Some(taken) = &mut self.taken {
            taken.insert(owner, self.clock.instant());
        }
        let answer = call.success(&wrap("snapshot", &snapshot));
        self.unseen.add(&snapshot.id);
        self.snapshots.push(snapshot);
        answer
    }

    pub(super) fn list_droplet_snapshots(&mut self, call: &Call<'_>) -> Outcome {
        let droplet = self.droplet(call.integer("droplet_id"))?.id.to_string();
        let (kind, by_hand) = (self.words.droplet, self.words.by_hand);
        let found = self
            .shown_snapshots()
            .filter(|one| one.resource_type == kind && one.resource_id == droplet)
            .map(|one| DropletSnapshot {
                id: one.id.parse().unwrap_or_default(),
                name: &one.name,
                created_at: &one.created_at,
                regions: &one.regions,
                min_disk_size: one.min_disk_size,
                size_gigabytes: one.size_gigabytes,
                kind: by_hand,
            });
        page(call, "snapshots", found)
    }
}
