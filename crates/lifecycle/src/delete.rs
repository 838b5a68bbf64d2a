//! A snapshot that is to go.

use crate::fill::Known;
use crate::look::Snapshot;
use crate::service::{Failure, Service};

/// Deletes a snapshot, of which `known` is known; one that is gone already is fine.
pub(crate) async fn delete(
    service: &impl Service,
    snapshot: &Snapshot,
    known: Known<'_>,
) -> Result<(), Failure> {
    let delete = &snapshot.kind.delete;
    let known = Known {
        snapshot: Some(&snapshot.object),
        ..known
    };
    match service.call(delete.call, known.arguments(delete)?).await {
        // Somebody else may have deleted it.
        Err(failure) if !failure.not_found => Err(failure),
        _ => Ok(()),
    }
}
