//! A new thing out of a snapshot.

use serde::Serialize;
use serde_json::{Map, Value};

use crate::fill::{self, Known, field, items, texts};
use crate::kind::{Object, Restore, Sizes};
use crate::look::{Snapshot, State, Thing};
use crate::make::make;
use crate::service::{Failure, Service};

/// What is wanted.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// What the new thing is called.
    pub name: String,
    /// Where it is; the snapshot's first region unless given.
    pub region: Option<String>,
    /// How large it is, or the name of its size; the smallest that the snapshot fits on unless given.
    pub size: Option<String>,
    /// Further arguments of the call that makes it.
    pub further: Map<String, Value>,
}

/// What would be made, and what was.
#[derive(Debug, Clone, Serialize)]
pub struct Restored {
    /// The kind of thing.
    pub kind: &'static str,
    /// The snapshot.
    pub snapshot: String,
    /// What it is called.
    pub snapshot_name: String,
    /// What the new thing is called.
    pub name: String,
    /// Where it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// How large it is, or the name of its size.
    pub size: Value,
    /// Further arguments of the call that makes it.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub further: Map<String, Value>,
    /// Its id; nothing where it was not made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// All that the service says of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub thing: Option<Value>,
}

/// The newest snapshot that can be used and begins with a prefix.
#[must_use]
pub fn newest<'s>(
    all: impl IntoIterator<Item = &'s Snapshot>,
    prefix: &str,
) -> Option<&'s Snapshot> {
    let usable = |it: &&Snapshot| it.state == State::Usable && it.name.starts_with(prefix);
    all.into_iter()
        .filter(usable)
        .filter(|it| it.created.is_some())
        .max_by_key(|it| it.created)
}

/// Makes a thing out of a snapshot and waits until it can be used, or says what would be made. `thing` is what the
/// snapshot is of, where that is there still.
///
/// # Errors
/// Where none can be made, and what the service says.
pub async fn restore(
    service: &impl Service,
    snapshot: &Snapshot,
    thing: Option<&Thing>,
    wanted: &Wanted,
    dry_run: bool,
) -> Result<Restored, Failure> {
    let kind = snapshot.kind;
    let Some(how) = &kind.restore else {
        return Err(Failure::new(format!(
            "snapshots of a {}: {}",
            kind.name, kind.instead
        )));
    };
    if snapshot.state != State::Usable {
        return Err(Failure::not_usable(format!(
            "snapshot {} ({}) cannot be used: it is {:?}",
            snapshot.id, snapshot.name, snapshot.state
        )));
    }
    if let (Some(region), false) = (&wanted.region, snapshot.regions.is_empty())
        && !snapshot.regions.contains(region)
    {
        let message = format!(
            "snapshot {} is not in {region}, but in {}; copy it there first",
            snapshot.id,
            snapshot.regions.join(", ")
        );
        return Err(Failure::new(message));
    }
    let region = wanted
        .region
        .clone()
        .or_else(|| snapshot.regions.first().cloned());
    let size = size(service, how, snapshot, thing, wanted, region.as_deref()).await?;
    let mut restored = Restored {
        kind: kind.name,
        snapshot: snapshot.id.clone(),
        snapshot_name: snapshot.name.clone(),
        name: wanted.name.clone(),
        region: region.clone(),
        size: size.clone(),
        further: wanted.further.clone(),
        id: None,
        thing: None,
    };
    if dry_run {
        return Ok(restored);
    }
    let known = Known {
        snapshot: Some(&snapshot.object),
        name: Some(&wanted.name),
        region: region.as_deref(),
        size: Some(&size),
        further: Some(&wanted.further),
        ..thing.map(Thing::known).unwrap_or_default()
    };
    let made = make(service, &how.make, how.make.call.call, known).await?;
    restored.id = fill::text(&made, kind.things.id);
    restored.thing = Some(made);
    Ok(restored)
}

/// The size that was asked for, or the smallest that will do.
async fn size(
    service: &impl Service,
    how: &Restore,
    snapshot: &Snapshot,
    thing: Option<&Thing>,
    wanted: &Wanted,
    region: Option<&str>,
) -> Result<Value, Failure> {
    if let (Some(text), Some(_)) = (&wanted.size, &how.sizes) {
        return Ok(Value::from(text.as_str()));
    }
    let (object, at) = how.least;
    let object = match object {
        Object::Thing => thing.map(|thing| &thing.object),
        _ => Some(&snapshot.object),
    };
    let least = object
        .and_then(|object| field(object, at))
        .and_then(Value::as_f64);
    if let Some(text) = &wanted.size {
        let number: i64 = text.parse().map_err(|_| {
            Failure::new(format!("`{text}` is no size: give a number of gigabytes"))
        })?;
        // No size that matters is beyond what a float holds.
        if least.is_some_and(|least| (number as f64) < least) {
            return Err(Failure::new(format!(
                "snapshot {} does not fit on {number} GB; it needs {}",
                snapshot.id,
                least.unwrap_or_default()
            )));
        }
        return Ok(Value::from(number));
    }
    let Some(least) = least else {
        return Err(Failure::new(
            "nothing says how large it must be; give a size",
        ));
    };
    match &how.sizes {
        Some(sizes) => cheapest(service, sizes, least, region).await,
        // A size is a whole number of gigabytes.
        None => Ok(Value::from(least.ceil() as i64)),
    }
}

/// The cheapest size with so much disk in a region.
async fn cheapest(
    service: &impl Service,
    sizes: &Sizes,
    disk: f64,
    region: Option<&str>,
) -> Result<Value, Failure> {
    let listed = service.call(sizes.list.call, Map::new()).await?;
    let all = items(sizes.list.call, listed)?;
    let number = |size: &Value, at: &str| field(size, at).and_then(Value::as_f64);
    let fits = |size: &&Value| {
        let there = texts(size, Some(sizes.regions));
        field(size, sizes.available) == Some(&Value::Bool(true))
            && number(size, sizes.disk).is_some_and(|has| has >= disk)
            && region.is_none_or(|region| there.iter().any(|it| it == region))
    };
    let price = |size: &Value| number(size, sizes.price).unwrap_or(f64::INFINITY);
    let fitting = all.iter().filter(fits);
    let best = fitting.min_by(|one, other| price(one).total_cmp(&price(other)));
    match best.and_then(|size| fill::text(size, sizes.id)) {
        Some(name) => Ok(Value::from(name)),
        None => Err(Failure::new(format!(
            "no size{} has a disk of {disk} GB; name one",
            region.map_or_else(String::new, |region| format!(" in {region}"))
        ))),
    }
}
