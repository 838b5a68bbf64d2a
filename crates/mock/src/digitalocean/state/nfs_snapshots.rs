//! Snapshots of NFS shares.
use serde::Serialize;

use super::{Call, Change, Outcome, State, fails, wrap};
use crate::respond::Refusal;

#[derive(Debug, Serialize)]
pub(super) struct NfsSnapshot {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) size_gib: i64,
    pub(super) region: String,
    pub(super) status: &'static str,
    pub(super) created_at: String,
    pub(super) share_id: String,
}

impl State {
    fn nfs_snapshot(
        &mut self,
        id: &str,
        region: Option<&str>,
    ) -> Result<&mut NfsSnapshot, Refusal> {
        self.nfs_snapshots
            .iter_mut()
            .find(|one| one.id == id && region.is_none_or(|region| one.region == region))
            .ok_or_else(|| Refusal::not_found("NFS snapshot", id))
    }

    pub(super) fn nfs_snapshot_ready(&mut self, id: &str) {
        let (ready, failed) = (self.words.snapshot_ready, self.words.snapshot_failed);
        if let Ok(snapshot) = self.nfs_snapshot(id, None) {
            snapshot.status = if fails(&snapshot.name) { failed } else { ready };
        }
    }

    pub(super) fn list_nfs_snapshots(&mut self, call: &Call<'_>) -> Outcome {
        let ids: Vec<String> = self
            .nfs_snapshots_for(call)
            .map(|one| one.id.clone())
            .collect();
        for id in &ids {
            self.look_at(id);
        }
        let found: Vec<&NfsSnapshot> = self.nfs_snapshots_for(call).collect();
        call.success(&wrap("snapshots", found))
    }

    fn nfs_snapshots_for(&self, call: &Call<'_>) -> impl Iterator<Item = &NfsSnapshot> {
        let (region, share) = (call.optional("region"), call.optional("share_id"));
        self.nfs_snapshots.iter().filter(move |one| {
            region.is_none_or(|region| one.region == region)
                && share.is_none_or(|share| one.share_id == share)
                && !self.unseen.hides(&one.id)
        })
    }

    pub(super) fn get_nfs_snapshot(&mut self, call: &Call<'_>) -> Outcome {
        let id = call.text("nfs_snapshot_id");
        self.look_at(id);
        let snapshot = self.nfs_snapshot(id, call.optional("region"))?;
        call.success(&wrap("snapshot", snapshot))
    }

    pub(super) fn delete_nfs_snapshot(&mut self, call: &Call<'_>) -> Outcome {
        let id = call.text("nfs_snapshot_id");
        let gone = self.words.snapshot_gone;
        let snapshot = self.nfs_snapshot(id, call.optional("region"))?;
        if snapshot.status == gone {
            return Err(Refusal::not_found("NFS snapshot", id));
        }
        snapshot.status = gone;
        self.pending.forget(id);
        self.pending.add(id, Change::SnapshotGone);
        call.done()
    }
}
