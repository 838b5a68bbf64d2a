//! Deletes the snapshots of an NFS share that a policy does not keep: the Rust of docs/retention.md, word for word.
//!
//! Usage: retention SHARE_ID. Only what is called `nightly-…` is ever deleted.

use std::error::Error;

use snapline::digitalocean::models::NfsSnapshotStatus;
use snapline::retention::{self, Item, Policy};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let share_id = std::env::args().nth(1).ok_or("give the id of a share")?;
    let client = snapline::digitalocean::Client::from_env()?;
    let usable = |status: &NfsSnapshotStatus| {
        use NfsSnapshotStatus::{Active, SnapshotActive, SnapshotAvailable};
        matches!(status, Active | SnapshotActive | SnapshotAvailable)
    };
    let policy = Policy {
        name_prefix: Some("nightly-".to_owned()),
        keep_daily: 7,
        keep_weekly: 4,
        keep_within: Some("1d12h".parse()?),
        ..Policy::default()
    };
    let snapshots = client
        .nfs()
        .snapshots()
        .list()
        .share_id(&share_id)
        .send()
        .await?;
    let items: Vec<Item> = snapshots
        .iter()
        .map(|snapshot| Item {
            name: snapshot.name.clone(),
            created_at: snapshot.created_at.unix_nanos(),
            group: snapshot.share_id.clone(),
            usable: usable(&snapshot.status),
            ..Item::new(&snapshot.id)
        })
        .collect();
    let plan = retention::plan(&policy, &items)?;
    for decision in plan.decisions() {
        println!("{decision}");
    }
    for id in plan.to_delete() {
        client.nfs().snapshots().delete(id).send().await?;
    }
    Ok(())
}
