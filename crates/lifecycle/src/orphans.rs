//! Snapshots of what is gone.

use std::collections::BTreeSet;

use serde::Serialize;
use serde_json::{Value, json};

use crate::delete;
use crate::fill::Known;
use crate::kind::{From, Kind, Object};
use crate::look::{Snapshot, Thing};
use crate::report::Failed;
use crate::service::{Failure, Service};

/// A snapshot of a thing that is gone.
#[derive(Debug, Clone, Serialize)]
pub struct Orphan {
    /// The kind of thing.
    pub kind: &'static str,
    /// The id of the thing.
    pub of: String,
    /// The snapshot.
    pub id: String,
    /// What it is called.
    pub name: String,
    /// When it was taken.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created: Option<jiff::Timestamp>,
    /// Its size in gigabytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gigabytes: Option<f64>,
    /// What it costs in a month.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub month: Option<f64>,
    /// Whether it was deleted.
    pub deleted: bool,
    /// What failed when it was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure: Option<Failed>,
    /// The snapshot itself.
    #[serde(skip)]
    snapshot: Snapshot,
}

/// The snapshots of a kind, of those of any kinds, whose thing is gone: it is in no list, and the service says that there is none of its id. A
/// kind whose snapshots are listed by thing has none.
///
/// # Errors
/// Where the service says neither that a thing is there nor that it is not.
pub async fn orphans(
    service: &impl Service,
    kind: &'static Kind,
    snapshots: &[Snapshot],
    things: &[Thing],
) -> Result<Vec<Orphan>, Failure> {
    let things = things.iter().filter(|it| it.kind.name == kind.name);
    let there: BTreeSet<&str> = things.map(|thing| thing.id.as_str()).collect();
    let snapshots = snapshots.iter().filter(|it| it.kind.name == kind.name);
    let lost: BTreeSet<&str> = snapshots
        .clone()
        .map(|snapshot| snapshot.of.as_str())
        .filter(|of| !of.is_empty() && !there.contains(of))
        .collect();
    let mut gone = BTreeSet::new();
    for of in lost {
        // A list may leave out what was made just now.
        if is_gone(service, kind, of).await? {
            gone.insert(of);
        }
    }
    let all = snapshots.filter(|snapshot| gone.contains(snapshot.of.as_str()));
    let all = all.map(|snapshot| Orphan {
        kind: kind.name,
        of: snapshot.of.clone(),
        id: snapshot.id.clone(),
        name: snapshot.name.clone(),
        created: snapshot.created,
        gigabytes: snapshot.size,
        month: snapshot
            .size
            .and_then(|size| Some(kind.price.as_ref()?.of(size))),
        deleted: false,
        failure: None,
        snapshot: snapshot.clone(),
    });
    Ok(all.collect())
}

async fn is_gone(service: &impl Service, kind: &'static Kind, id: &str) -> Result<bool, Failure> {
    let get = &kind.things.get;
    // All that is known of the thing is its id.
    let mut object = json!({});
    for argument in get.arguments {
        if let From::Field(Object::Thing, at) = argument.from {
            object = at
                .rsplit('.')
                .fold(Value::from(id), |inner, name| json!({ name: inner }));
        }
    }
    let known = Known {
        thing: Some(&object),
        ..Known::default()
    };
    match service.call(get.call, known.arguments(get)?).await {
        Ok(_) => Ok(false),
        Err(failure) if failure.not_found => Ok(true),
        Err(failure) => Err(failure),
    }
}

/// Deletes them, so many at once; what fails is noted with each.
pub async fn delete(service: &impl Service, orphans: &mut [Orphan], parallel: usize) {
    let all = orphans.iter().enumerate();
    let mut deleting = snapline::each(all, parallel, async |(_, orphan): (usize, &Orphan)| {
        delete::delete(service, &orphan.snapshot, Known::default()).await
    });
    let mut results = Vec::new();
    while let Some(((index, _), result)) = deleting.next().await {
        results.push((index, result));
    }
    drop(deleting);
    for (index, result) in results {
        let Some(orphan) = orphans.get_mut(index) else {
            continue;
        };
        match result {
            Ok(()) => orphan.deleted = true,
            Err(failure) => orphan.failure = Some(failure.into()),
        }
    }
}
