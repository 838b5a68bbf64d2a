//! What there is: things, and their snapshots.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde_json::Value;

use crate::fill::{self, Known, items, texts};
use crate::kind::{Kind, Object};
use crate::service::{Failure, Service};

/// Something that snapshots are taken of.
///
/// ```
/// # use snapline_lifecycle::Thing;
/// fn told(thing: &Thing) {
///     println!("{} {} ({})", thing.kind.name, thing.name, thing.id);
///     if thing.has_tag("nightly") {
///         println!("  is in the rotation");
///     }
/// }
/// ```
#[derive(Debug, Clone)]
pub struct Thing {
    /// What kind it is of.
    pub kind: &'static Kind,
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its tags.
    pub tags: Vec<String>,
    /// What it is listed by.
    pub(crate) parent: Option<Value>,
    /// All that the service said of it.
    pub object: Value,
}

impl Thing {
    /// Whether it has a tag.
    #[must_use]
    pub fn has_tag(&self, tag: &str) -> bool {
        self.tags.iter().any(|own| match self.kind.things.any_case {
            true => own.eq_ignore_ascii_case(tag),
            false => own == tag,
        })
    }

    pub(crate) fn known(&self) -> Known<'_> {
        Known {
            parent: self.parent.as_ref(),
            thing: Some(&self.object),
            ..Known::default()
        }
    }
}

/// Whether a snapshot can be used.
///
/// ```
/// # use snapline_lifecycle::{Snapshot, State};
/// fn usable(snapshots: &[Snapshot]) -> impl Iterator<Item = &Snapshot> {
///     snapshots.iter().filter(|snapshot| snapshot.state == State::Usable)
/// }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// It can.
    Usable,
    /// Not yet.
    Making,
    /// It will not be.
    Failed,
}

/// A snapshot.
///
/// ```
/// # use snapline_lifecycle::Snapshot;
/// fn told(snapshot: &Snapshot) {
///     let size = snapshot.size.unwrap_or_default();
///     println!("{} of {}: {size} GB in {:?}", snapshot.name, snapshot.of, snapshot.regions);
/// }
/// ```
#[derive(Debug, Clone)]
pub struct Snapshot {
    /// What kind of thing it is of.
    pub kind: &'static Kind,
    /// The id of the thing.
    pub of: String,
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// When it was taken.
    pub created: Option<Timestamp>,
    /// Its size in gigabytes.
    pub size: Option<f64>,
    /// The regions it is in.
    pub regions: Vec<String>,
    /// Its tags.
    pub tags: Vec<String>,
    /// Whether it can be used.
    pub state: State,
    /// All that the service said of it.
    pub object: Value,
}

impl Snapshot {
    /// Whether it is a snapshot of this thing.
    #[must_use]
    pub fn is_of(&self, thing: &Thing) -> bool {
        self.kind.name == thing.kind.name && self.of == thing.id
    }

    /// A snapshot out of what a call gave; `of` is the thing, where that is known.
    pub(crate) fn read(
        kind: &'static Kind,
        object: Value,
        of: Option<&str>,
    ) -> Result<Self, Failure> {
        let facts = &kind.snapshots;
        let Some(id) = fill::text(&object, facts.id) else {
            return Err(Failure::unreadable(format!(
                "a snapshot of a {} has no `{}`",
                kind.name, facts.id
            )));
        };
        let told = facts.of.and_then(|of| fill::text(&object, of));
        let state = facts.state.as_ref().map_or(State::Usable, |states| {
            let now = fill::text(&object, states.field).unwrap_or_default();
            let among = |listed: &[&str]| listed.iter().any(|it| same_state(it, &now));
            match () {
                () if among(states.ready) => State::Usable,
                () if among(states.failed) => State::Failed,
                () => State::Making,
            }
        });
        let created = fill::text(&object, facts.created);
        Ok(Self {
            of: of.map(str::to_owned).or(told).unwrap_or_default(),
            name: fill::text(&object, facts.name).unwrap_or_default(),
            created: created.and_then(|text| text.parse().ok()),
            size: facts.size.and_then(|at| fill::field(&object, at)?.as_f64()),
            regions: texts(&object, facts.regions),
            tags: texts(&object, facts.tags),
            kind,
            id,
            state,
            object,
        })
    }
}

/// Whether two states are one, in whatever spelling.
fn same_state(one: &str, other: &str) -> bool {
    let plain = |text: &str| text.to_ascii_lowercase().replace('-', "_");
    plain(one) == plain(other)
}

/// All things of a kind; of several tags those that have one of them, of none all.
///
/// ```
/// # use snapline_lifecycle::{Failure, Kind, Service, things};
/// async fn tagged(service: &impl Service, kind: &'static Kind) -> Result<(), Failure> {
///     for thing in things(service, kind, &["nightly".to_owned()]).await? {
///         println!("{}", thing.name);
///     }
///     Ok(())
/// }
/// ```
///
/// # Errors
/// What a list says.
pub async fn things(
    service: &impl Service,
    kind: &'static Kind,
    tags: &[String],
) -> Result<Vec<Thing>, Failure> {
    if !tags.is_empty() && kind.things.tags.is_none() {
        return Ok(Vec::new());
    }
    let parents = match &kind.parents {
        Some(parents) => {
            let arguments = Known::default().arguments(&parents.list)?;
            let listed = service.call(parents.list.call, arguments).await?;
            items(parents.list.call, listed)?
                .into_iter()
                .map(Some)
                .collect()
        }
        None => vec![None],
    };
    // Where the list takes a tag, it is asked for each.
    let asked: Vec<Option<&String>> = match kind.things.tagged {
        Some(_) if !tags.is_empty() => tags.iter().map(Some).collect(),
        _ => vec![None],
    };
    let mut all: Vec<Thing> = Vec::new();
    let mut seen = BTreeSet::new();
    for parent in parents {
        for tag in &asked {
            let known = Known {
                parent: parent.as_ref(),
                ..Known::default()
            };
            let mut arguments = known.arguments(&kind.things.list)?;
            if let (Some(name), Some(tag)) = (kind.things.tagged, tag) {
                arguments.insert(name.to_owned(), Value::from(tag.as_str()));
            }
            let call = kind.things.list.call;
            for object in items(call, service.call(call, arguments).await?)? {
                let thing = read(kind, object, parent.clone())?;
                let wanted = tags.is_empty() || tags.iter().any(|tag| thing.has_tag(tag));
                // What has several of the tags is listed for each.
                if wanted && seen.insert(thing.id.clone()) {
                    all.push(thing);
                }
            }
        }
    }
    Ok(all)
}

fn read(kind: &'static Kind, object: Value, parent: Option<Value>) -> Result<Thing, Failure> {
    let Some(id) = fill::text(&object, kind.things.id) else {
        return Err(Failure::unreadable(format!(
            "a {} has no `{}`",
            kind.name, kind.things.id
        )));
    };
    Ok(Thing {
        name: fill::text(&object, kind.things.name).unwrap_or_default(),
        tags: texts(&object, kind.things.tags),
        kind,
        id,
        parent,
        object,
    })
}

/// The snapshots of things of one kind. Where one list has those of all things, it has those of others too.
///
/// ```
/// # use snapline_lifecycle::{Failure, Kind, Service, snapshots, things};
/// async fn count(service: &impl Service, kind: &'static Kind) -> Result<usize, Failure> {
///     let all = things(service, kind, &[]).await?;
///     Ok(snapshots(service, kind, &all, 8).await?.len())
/// }
/// ```
///
/// # Errors
/// What a list says.
pub async fn snapshots(
    service: &impl Service,
    kind: &'static Kind,
    of: &[Thing],
    parallel: usize,
) -> Result<Vec<Snapshot>, Failure> {
    let list = &kind.snapshots.list;
    let mut all = Vec::new();
    if !list.takes(Object::Thing) {
        let arguments = Known::default().arguments(list)?;
        for object in items(list.call, service.call(list.call, arguments).await?)? {
            all.push(Snapshot::read(kind, object, None)?);
        }
        return Ok(all);
    }
    let mut listing = snapline::each(of, parallel, async |thing: &Thing| {
        snapshots_of(service, thing).await
    });
    while let Some((_, listed)) = listing.next().await {
        all.extend(listed?);
    }
    Ok(all)
}

/// The snapshots of one thing.
pub(crate) async fn snapshots_of(
    service: &impl Service,
    thing: &Thing,
) -> Result<Vec<Snapshot>, Failure> {
    let list = &thing.kind.snapshots.list;
    let arguments = thing.known().arguments(list)?;
    let listed = items(list.call, service.call(list.call, arguments).await?)?;
    let of_one = list.takes(Object::Thing).then_some(&*thing.id);
    let mut all = Vec::new();
    for object in listed {
        let snapshot = Snapshot::read(thing.kind, object, of_one)?;
        if snapshot.of == thing.id {
            all.push(snapshot);
        }
    }
    Ok(all)
}

/// What says from where a thing is mounted, the preferred first; nothing for a kind that is not mounted.
///
/// ```
/// # use snapline_lifecycle::{Failure, Service, Thing, mount_sources};
/// async fn told(service: &impl Service, share: &Thing) -> Result<(), Failure> {
///     match mount_sources(service, share).await?.first() {
///         Some(source) => println!("mount it by {source}"),
///         None => println!("it is not mounted"),
///     }
///     Ok(())
/// }
/// ```
///
/// # Errors
/// What the list says.
pub async fn mount_sources(service: &impl Service, thing: &Thing) -> Result<Vec<Value>, Failure> {
    let Some(mount) = &thing.kind.mount else {
        return Ok(Vec::new());
    };
    let Some(list) = &mount.list else {
        return Ok(vec![thing.object.clone()]);
    };
    let arguments = thing.known().arguments(list)?;
    let mut sources = items(list.call, service.call(list.call, arguments).await?)?;
    let preferred = |source: &Value| {
        let at = mount.prefer.and_then(|at| fill::field(source, at));
        at == Some(&Value::Bool(true))
    };
    sources.sort_by_key(|source| !preferred(source));
    Ok(sources)
}
