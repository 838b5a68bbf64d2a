//! One night: what is missing is taken, and only where it can be used what no rule keeps is deleted.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use snapline::retention::{self, Item};

use crate::delete::delete;
use crate::fill::Known;
use crate::kind::Kind;
use crate::look::{Snapshot, State, Thing, snapshots, snapshots_of, things};
use crate::make::{follow, make};
use crate::policy::Rotation;
use crate::progress::{Entry, Progress};
use crate::report::{Failed, Kept, Named, Outcome};
use crate::service::{Failure, Service};

/// Does one rotation over the kinds of its provider, or says what it would do. What comes of it is told to `progress` as
/// it comes, so that it is known also where this is dropped before its end.
///
/// ```
/// # use snapline_lifecycle::policy::Rotation;
/// # use snapline_lifecycle::{Kind, Progress, Service, rotate};
/// async fn night(service: &impl Service, kinds: &'static [Kind], rotation: &Rotation) {
///     let progress = Progress::new(rotation);
///     rotate(service, kinds, rotation, true, &progress).await;
///     for failure in &progress.end().failures {
///         eprintln!("{failure:?}");
///     }
/// }
/// ```
pub async fn rotate(
    service: &impl Service,
    kinds: &'static [Kind],
    rotation: &Rotation,
    dry_run: bool,
    progress: &Progress,
) {
    let kinds = match rotation.kinds_of(kinds) {
        Ok(kinds) => kinds,
        Err(error) => return progress.failed(Failure::new(error.message)),
    };
    let (mut wanted, failures) = wanted(service, &kinds, rotation).await;
    progress.all_failed(failures);
    let night = Night {
        service,
        rotation,
        dry_run,
        now: service.now(),
    };
    let (there, failures) = night.snapshots(&wanted).await;
    progress.all_failed(failures);
    wanted.retain(|thing| there.contains_key(&key(thing)));
    wanted.sort_by(|one, other| (one.kind.name, &one.id).cmp(&(other.kind.name, &other.id)));
    let known = progress.is_for(&wanted);
    let work = wanted.iter().zip(known);
    let mut working = snapline::each(
        work,
        rotation.parallel,
        async |(thing, told): (&Thing, Entry<'_>)| {
            let there = there.get(&key(thing)).cloned();
            night.of(thing, there.unwrap_or_default(), &told).await;
        },
    );
    while working.next().await.is_some() {}
}

/// What tells a thing from those of other kinds.
fn key(thing: &Thing) -> (&'static str, String) {
    (thing.kind.name, thing.id.clone())
}

/// The things that a rotation is for.
async fn wanted(
    service: &impl Service,
    kinds: &[&'static Kind],
    rotation: &Rotation,
) -> (Vec<Thing>, Vec<Failed>) {
    let mut failures = Vec::new();
    let mut all: Vec<Thing> = Vec::new();
    let named = !rotation.of.ids.is_empty() || !rotation.of.names.is_empty();
    for kind in kinds {
        // By id or name anything is found; else the service may be asked for the tags alone.
        let tags: &[String] = if named { &[] } else { &rotation.of.tags };
        match things(service, kind, tags).await {
            Ok(things) => all.extend(things),
            Err(failure) => failures.push(Failed::from(Failure {
                message: format!("{}: {failure}", kind.name),
                ..failure
            })),
        }
    }
    let has = |texts: &[String], text: &str| texts.iter().any(|it| it == text);
    for id in &rotation.of.ids {
        if all.iter().all(|thing| thing.id != *id) && failures.is_empty() {
            failures
                .push(Failure::not_there(format!("there is nothing with the id `{id}`")).into());
        }
    }
    for name in &rotation.of.names {
        if all.iter().all(|thing| thing.name != *name) && failures.is_empty() {
            failures.push(Failure::not_there(format!("there is nothing called `{name}`")).into());
        }
    }
    all.retain(|thing| {
        let by_tag = rotation.of.tags.iter().any(|tag| thing.has_tag(tag));
        let wanted =
            by_tag || has(&rotation.of.ids, &thing.id) || has(&rotation.of.names, &thing.name);
        let excluded = rotation.of.exclude_tag.as_ref();
        wanted && !excluded.is_some_and(|tag| thing.has_tag(tag))
    });
    if all.is_empty() && failures.is_empty() && !rotation.of.allow_nothing {
        // Somebody believes that something is kept safe.
        let message = "there is nothing that it is for; `allow_nothing` says that this is fine";
        failures.push(Failure::not_there(message).into());
    }
    (all, failures)
}

/// How long after the newest snapshot nothing else is taken to have begun.
const MARGIN: SignedDuration = SignedDuration::from_mins(10);

type There = BTreeMap<(&'static str, String), Vec<Snapshot>>;

/// What is the same for all things of a night.
struct Night<'n, S> {
    service: &'n S,
    rotation: &'n Rotation,
    dry_run: bool,
    now: Timestamp,
}

impl<S: Service> Night<'_, S> {
    /// The snapshots of each thing; a kind whose list fails has none, not even empty ones, so that nothing is done.
    async fn snapshots(&self, wanted: &[Thing]) -> (There, Vec<Failed>) {
        let mut there = There::new();
        let mut failures = Vec::new();
        // They come kind by kind.
        for things in wanted.chunk_by(|one, other| one.kind.name == other.kind.name) {
            let Some(kind) = things.first().map(|thing| thing.kind) else {
                continue;
            };
            match snapshots(self.service, kind, things, self.rotation.parallel).await {
                Ok(all) => {
                    for thing in things {
                        there.insert(key(thing), Vec::new());
                    }
                    for snapshot in all {
                        let key = (kind.name, snapshot.of.clone());
                        if let Some(of_thing) = there.get_mut(&key) {
                            of_thing.push(snapshot);
                        }
                    }
                }
                Err(failure) => failures.push(Failed::from(Failure {
                    message: format!("snapshots of {}: {failure}", kind.name),
                    ..failure
                })),
            }
        }
        (there, failures)
    }

    /// The night of one thing.
    async fn of(&self, thing: &Thing, mut there: Vec<Snapshot>, told: &Entry<'_>) {
        let began = self.service.now();
        let name = self.rotation.snapshot_name(self.now, &thing.name);
        told.begins();
        match self
            .one_that_can_be_used(thing, &name, &mut there, told)
            .await
        {
            Ok(outcome) => {
                told.write(|it| it.outcome = outcome);
                self.prune(thing, &there, outcome, told).await;
            }
            // Nothing older goes without one of tonight.
            Err(failure) => {
                self.say(thing, &format!("FAILED: {failure}"));
                told.write(|it| it.outcome = Outcome::Failed);
                told.failed(failure);
                self.keep_all(&there, told);
            }
        }
        told.ends((self.service.now().duration_since(began)).as_secs_f64());
    }

    fn say(&self, thing: &Thing, what: &str) {
        let line = format!("{} {} ({}): {what}", thing.kind.name, thing.id, thing.name);
        self.service.tell(&line);
    }

    fn is_ours(&self, snapshot: &Snapshot) -> bool {
        snapshot.name.starts_with(self.rotation.prefix())
    }

    /// Sees to it that there is a snapshot of tonight, and that it can be used.
    async fn one_that_can_be_used(
        &self,
        thing: &Thing,
        name: &str,
        there: &mut Vec<Snapshot>,
        told: &Entry<'_>,
    ) -> Result<Outcome, Failure> {
        let kind = thing.kind;
        if let Some(most) = kind
            .longest_name
            .filter(|most| name.chars().count() > *most)
        {
            return Err(Failure::new(format!(
                "`{name}` has more than the {most} characters that the name of a snapshot of a {} has",
                kind.name
            )));
        }
        if let Some(tonights) = usable(there, name) {
            told.has(named(tonights));
            return Ok(Outcome::There);
        }
        if let Some(young) = self.too_young(there) {
            told.has(named(young));
            return Ok(Outcome::NotDue);
        }
        let making = there
            .iter()
            .find(|it| it.name == name && it.state == State::Making);
        if let (Some(making), false, false) = (making, self.dry_run, kind.take.begun) {
            // A run before this one began it.
            self.say(thing, &format!("{name} is being made; waiting for it"));
            let making = making.clone();
            let known = Known {
                name: Some(name),
                ..thing.known()
            };
            let made = follow(self.service, &kind.take, known, &making.object).await?;
            there.retain(|it| it.id != making.id);
            return self.checked(thing, name, made, there, told);
        }
        if self.dry_run {
            self.foresee(thing, there, told);
            told.has(Named {
                id: String::new(),
                name: name.to_owned(),
            });
            return Ok(Outcome::WouldTake);
        }
        if kind.take.begun && self.under_way(thing, name, there).await? {
            *there = snapshots_of(self.service, thing).await?;
            if let Some(tonights) = usable(there, name) {
                told.has(named(tonights));
                return Ok(Outcome::There);
            }
        }
        let call = match kind.powered_off {
            Some(call) if self.rotation.of.powered_off => call,
            _ => kind.take.call.call,
        };
        let known = Known {
            name: Some(name),
            ..thing.known()
        };
        let made = make(self.service, &kind.take, call, known).await?;
        self.checked(thing, name, made, there, told)
    }

    /// Whether what was made is what was asked for, and can be used.
    fn checked(
        &self,
        thing: &Thing,
        name: &str,
        made: serde_json::Value,
        there: &mut Vec<Snapshot>,
        told: &Entry<'_>,
    ) -> Result<Outcome, Failure> {
        let made = Snapshot::read(thing.kind, made, Some(&thing.id))?;
        let stands = named(&made);
        let sound = made.name == name && made.state == State::Usable;
        let what = format!(
            "snapshot {} is called `{}` and is {:?}",
            made.id, made.name, made.state
        );
        there.push(made);
        if !sound {
            return Err(Failure::not_usable(format!(
                "{what}, and not `{name}` and usable"
            )));
        }
        self.say(thing, &format!("{name} is there"));
        told.has(stands);
        Ok(Outcome::Taken)
    }

    /// The newest of ours that can be used, if it is too young for another.
    fn too_young<'s>(&self, there: &'s [Snapshot]) -> Option<&'s Snapshot> {
        let least = self.rotation.min_interval?;
        let ours = there
            .iter()
            .filter(|it| self.is_ours(it) && it.state == State::Usable);
        let newest = ours.max_by_key(|it| it.created)?;
        let age = self.now.duration_since(newest.created?);
        (age < least).then_some(newest)
    }

    /// Whether a run before this one has begun something, which is waited for. While it runs the service would refuse
    /// another one anyway, so that nothing which began before the newest snapshot can be under way.
    async fn under_way(
        &self,
        thing: &Thing,
        name: &str,
        there: &[Snapshot],
    ) -> Result<bool, Failure> {
        let how = &thing.kind.take;
        let Some(wait) = how.found.first() else {
            return Ok(false);
        };
        let day = SignedDuration::from_hours(24);
        let a_day_ago = self.now.saturating_sub(day).unwrap_or(Timestamp::MIN);
        // A margin, so that what made the newest one is not found again: then all would be listed anew for it.
        let newest = there.iter().filter_map(|it| it.created).max();
        let after = newest.and_then(|newest| newest.checked_add(MARGIN).ok());
        let over =
            |after: &Timestamp| *after > a_day_ago && self.now.duration_since(*after) > MARGIN;
        let since = after.filter(over).unwrap_or(a_day_ago);
        let known = Known {
            name: Some(name),
            since: Some(since),
            ..thing.known()
        };
        let found = self
            .service
            .call(how.find.call, known.arguments(&how.find)?)
            .await?;
        let found = crate::fill::items(how.find.call, found)?;
        for begun in &found {
            let known = Known {
                found: Some(begun),
                last: Some(begun),
                ..known
            };
            // One that failed has made nothing.
            if let Err(failure) = self.service.call(wait.call, known.arguments(wait)?).await {
                self.say(
                    thing,
                    &format!("what was begun before came to nothing: {failure}"),
                );
            }
        }
        Ok(!found.is_empty())
    }

    /// What the service would say to one more.
    fn foresee(&self, thing: &Thing, there: &[Snapshot], told: &Entry<'_>) {
        let count = u32::try_from(there.len()).unwrap_or(u32::MAX);
        if let Some(most) = thing.kind.most.filter(|most| count >= *most) {
            told.warns(format!(
                "it has {count} snapshots, and the service lets it have {most}"
            ));
        }
        let newest = there.iter().filter_map(|it| it.created).max();
        if let (Some(seconds), Some(newest)) = (thing.kind.interval, newest) {
            let least = SignedDuration::from_secs(i64::try_from(seconds).unwrap_or(i64::MAX));
            if self.now.duration_since(newest) < least {
                told.warns(format!(
                    "the last one is younger than the {seconds} s after which the service takes another"
                ));
            }
        }
    }

    fn keep_all(&self, there: &[Snapshot], told: &Entry<'_>) {
        let (ours, others): (Vec<_>, Vec<_>) = there.iter().partition(|it| self.is_ours(it));
        let kept = ours.iter().map(|it| kept(it, vec!["no_new_one"]));
        told.write(|it| {
            it.others = others.len();
            it.kept = kept.collect();
        });
    }

    /// Deletes what no rule keeps, the oldest first.
    async fn prune(&self, thing: &Thing, there: &[Snapshot], outcome: Outcome, told: &Entry<'_>) {
        let mut items: Vec<Item> = there.iter().map(|it| item(it, &thing.id)).collect();
        if outcome == Outcome::WouldTake {
            items.push(Item {
                name: self.rotation.snapshot_name(self.now, &thing.name),
                created_at: Some(self.now.as_nanosecond()),
                group: thing.id.clone(),
                ..Item::new("(new)")
            });
        }
        // What was made just now is not yet to come, whatever this machine's clock says.
        let newest = items.iter().filter_map(|it| it.created_at).max();
        let now = newest.map(|newest| newest.max(self.now.as_nanosecond()));
        let keep = retention::Policy {
            now,
            ..self.rotation.keep.clone()
        };
        let plan = match retention::plan(&keep, &items) {
            Ok(plan) => plan,
            Err(error) => {
                return told.failed(Failure::new(error.to_string()));
            }
        };
        told.write(|it| it.others = there.iter().filter(|it| !self.is_ours(it)).count());
        let by_id = |id: &str| there.iter().find(|it| it.id == id);
        for decision in plan.decisions() {
            let ours = by_id(decision.id()).filter(|it| self.is_ours(it));
            if let (Some(it), false) = (ours, decision.is_delete()) {
                let why = decision
                    .reasons()
                    .iter()
                    .map(|reason| reason.rule().as_str());
                let kept = kept(it, why.collect());
                told.write(|it| it.kept.push(kept));
            }
        }
        for id in plan.to_delete() {
            let Some(snapshot) = by_id(id) else { continue };
            let deleted = match self.dry_run {
                true => Ok(()),
                false => delete(self.service, snapshot, thing.known()).await,
            };
            match deleted {
                Ok(()) => told.write(|it| it.deleted.push(named(snapshot))),
                Err(failure) => {
                    self.say(thing, &format!("FAILED: {failure}"));
                    told.failed(failure);
                }
            }
        }
    }
}

fn usable<'s>(there: &'s [Snapshot], name: &str) -> Option<&'s Snapshot> {
    there
        .iter()
        .find(|it| it.name == name && it.state == State::Usable)
}

fn named(snapshot: &Snapshot) -> Named {
    Named {
        id: snapshot.id.clone(),
        name: snapshot.name.clone(),
    }
}

fn kept(snapshot: &Snapshot, why: Vec<&'static str>) -> Kept {
    Kept {
        id: snapshot.id.clone(),
        name: snapshot.name.clone(),
        why,
    }
}

fn item(snapshot: &Snapshot, group: &str) -> Item {
    Item {
        name: snapshot.name.clone(),
        created_at: snapshot.created.map(Timestamp::as_nanosecond),
        tags: snapshot.tags.clone(),
        group: group.to_owned(),
        usable: snapshot.state == State::Usable,
        ..Item::new(&snapshot.id)
    }
}
