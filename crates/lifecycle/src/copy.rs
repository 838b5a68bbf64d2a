//! Snapshots in other regions.

use serde::Serialize;

use crate::fill::Known;
use crate::look::Snapshot;
use crate::make::make;
use crate::report::Failed;
use crate::service::{Failure, Service};

/// What became of one region of one snapshot.
#[derive(Debug, Clone, Serialize)]
pub struct Copied {
    /// The snapshot.
    pub snapshot: String,
    /// What it is called.
    pub name: String,
    /// The region.
    pub region: String,
    /// What was done.
    pub outcome: Outcome,
    /// What failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure: Option<Failed>,
}

/// What was done about a region.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It is there now.
    Copied,
    /// It was there.
    There,
    /// It would be copied.
    WouldCopy,
    /// It is not there.
    Failed,
}

/// Copies snapshots to regions where they are not yet, and waits for each: of one snapshot one copy after the other,
/// since a service takes one at a time, and of so many snapshots at once.
pub async fn copy(
    service: &impl Service,
    snapshots: &[Snapshot],
    regions: &[String],
    parallel: usize,
    dry_run: bool,
) -> Vec<Copied> {
    let mut all = Vec::new();
    let mut copying = snapline::each(snapshots, parallel, async |snapshot: &Snapshot| {
        let mut told = Vec::new();
        for region in regions {
            told.push(to(service, snapshot, region, dry_run).await);
        }
        told
    });
    while let Some((_, told)) = copying.next().await {
        all.extend(told);
    }
    all
}

async fn to(service: &impl Service, snapshot: &Snapshot, region: &str, dry_run: bool) -> Copied {
    let mut copied = Copied {
        snapshot: snapshot.id.clone(),
        name: snapshot.name.clone(),
        region: region.to_owned(),
        outcome: Outcome::Failed,
        failure: None,
    };
    if snapshot.regions.iter().any(|there| there == region) {
        copied.outcome = Outcome::There;
        return copied;
    }
    let Some(how) = &snapshot.kind.copy else {
        let message = format!(
            "snapshots of a {} cannot be copied to another region",
            snapshot.kind.name
        );
        copied.failure = Some(Failure::new(message).into());
        return copied;
    };
    if dry_run {
        copied.outcome = Outcome::WouldCopy;
        return copied;
    }
    service.tell(&format!(
        "{} ({}): on its way to {region}",
        snapshot.id, snapshot.name
    ));
    let known = Known {
        snapshot: Some(&snapshot.object),
        region: Some(region),
        ..Known::default()
    };
    match make(service, how, how.call.call, known).await {
        Ok(_) => copied.outcome = Outcome::Copied,
        Err(failure) => copied.failure = Some(failure.into()),
    }
    copied
}
