//! The Rust of README.md, word for word, around a share that is there to be snapshotted.

use std::error::Error;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let share_id = std::env::args().nth(1).ok_or("give the id of a share")?;
    let client = snapline::digitalocean::Client::from_env()?;
    let nfs = client.nfs();
    let action = nfs
        .snapshot(&share_id, "nightly")
        .region("atl1")
        .send()
        .await?;
    let snapshot = nfs
        .snapshots()
        .wait_until_active(&action, &share_id, "nightly")
        .region("atl1")
        .await?;
    println!("{} is {}", snapshot.name, snapshot.status);
    Ok(())
}
