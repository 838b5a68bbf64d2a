//! The story that `cargo xtask demo` tells, in Rust. Prints one line a step:
//! name, milliseconds, `ok` or `failed`, detail, with tabs between.
//!
//! Asks for `DIGITALOCEAN_TOKEN`, and `SNAPLINE_DIGITALOCEAN_URL` for a server of its own. With
//! `--read-only` nothing is made or deleted.

use std::process::ExitCode;
use std::time::{Duration, Instant};

use snapline::digitalocean::models::{NfsShare, NfsSnapshot, ResourceType, Snapshot};
use snapline::digitalocean::{Client, Error};

const REGION: &str = "atl1";
const SOON: Duration = Duration::from_millis(50);

type Told = Result<String, Error>;

/// Runs the steps and remembers what later ones need.
struct Story {
    client: Client,
    share: Option<NfsShare>,
    snapshot: Option<NfsSnapshot>,
    volume_snapshot: Option<Snapshot>,
    failed: bool,
    since: Instant,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let client = match Client::from_env() {
        Ok(client) => client,
        Err(error) => {
            eprintln!("{error}");
            return ExitCode::FAILURE;
        }
    };
    let mut story = Story {
        client,
        share: None,
        snapshot: None,
        volume_snapshot: None,
        failed: false,
        since: Instant::now(),
    };
    if std::env::args().any(|argument| argument == "--read-only") {
        story.tell("list the shares", story.list_shares().await);
        story.tell("page through the snapshots", story.page(0).await);
        story.tell("list the newest actions", story.list_actions().await);
        story.tell("meet a 404 as a typed error", story.not_found().await);
    } else {
        story.write().await;
    }
    if story.failed {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    }
}

impl Story {
    async fn write(&mut self) {
        let told = self.create_share().await;
        self.tell("create a share", told);
        let told = self.wait_for_share().await;
        self.tell("wait until it is ACTIVE", told);
        self.tell("snapshot it", self.take_snapshot().await);
        let told = self.wait_for_snapshot().await;
        self.tell("wait until the snapshot is ACTIVE", told);
        self.tell("list the share's snapshots", self.list_snapshots().await);
        self.tell("page through 1,000 snapshots", self.page(1000).await);
        self.tell(
            "snapshot a droplet and wait for the action",
            self.snapshot_droplet().await,
        );
        let told = self.snapshot_volume().await;
        self.tell("snapshot a volume", told);
        self.tell("delete the snapshots and the share", self.delete().await);
        self.tell("meet a 404 as a typed error", self.not_found().await);
    }

    /// Prints how a step went; its time is counted from the end of the step before.
    fn tell(&mut self, step: &str, told: Told) {
        let took = self.since.elapsed().as_millis();
        self.since = Instant::now();
        let (how, detail) = match told {
            Ok(detail) => ("ok", detail),
            Err(error) => {
                self.failed = true;
                ("failed", error.to_string())
            }
        };
        println!("{step}\t{took}\t{how}\t{detail}");
    }

    fn share_id(&self) -> String {
        self.share
            .as_ref()
            .map(|share| share.id.clone())
            .unwrap_or_default()
    }

    async fn create_share(&mut self) -> Told {
        let vpc = "796c6fe3-2a1d-4da2-9f3e-38239827dc91";
        let share = self
            .client
            .nfs()
            .create("rust-data", 100, REGION, [vpc])
            .send()
            .await?;
        let told = format!(
            "{} of {} GiB is {}",
            share.name, share.size_gib, share.status
        );
        self.share = Some(share);
        Ok(told)
    }

    async fn wait_for_share(&mut self) -> Told {
        let wait = self
            .client
            .nfs()
            .wait_until_active(self.share_id())
            .region(REGION);
        let share = wait.first_interval(SOON).await?;
        let told = format!("{} is {}", share.name, share.status);
        self.share = Some(share);
        Ok(told)
    }

    async fn take_snapshot(&self) -> Told {
        let action = self
            .client
            .nfs()
            .snapshot(self.share_id(), "nightly")
            .region(REGION)
            .send()
            .await?;
        Ok(format!("the action is {}", action.status))
    }

    async fn wait_for_snapshot(&mut self) -> Told {
        let wait = self
            .client
            .nfs()
            .snapshots()
            .wait_until_active(self.share_id(), "nightly");
        let snapshot = wait.region(REGION).first_interval(SOON).await?;
        let told = format!("{} is {}", snapshot.name, snapshot.status);
        self.snapshot = Some(snapshot);
        Ok(told)
    }

    async fn list_snapshots(&self) -> Told {
        let found = self
            .client
            .nfs()
            .snapshots()
            .list()
            .share_id(self.share_id())
            .region(REGION)
            .send()
            .await?;
        let names: Vec<&str> = found
            .iter()
            .map(|snapshot| snapshot.name.as_str())
            .collect();
        Ok(format!("{} found: {}", names.len(), names.join(", ")))
    }

    async fn page(&self, at_least: usize) -> Told {
        let mut items = self.client.snapshots().list().per_page(200).items();
        let (mut count, mut gigabytes) = (0, 0.0);
        while let Some(snapshot) = items.try_next().await? {
            count += 1;
            gigabytes += snapshot.size_gigabytes;
        }
        if count < at_least {
            return Err(Error::internal(format!("only {count} snapshots came")));
        }
        Ok(format!("{count} snapshots, {gigabytes:.1} GB"))
    }

    /// A droplet or volume that has a snapshot already.
    async fn resource(&self, kind: ResourceType) -> Result<String, Error> {
        let page = self
            .client
            .snapshots()
            .list()
            .resource_type(kind)
            .per_page(1)
            .send()
            .await?;
        let first = page.items.into_iter().next();
        first
            .map(|snapshot| snapshot.resource_id)
            .ok_or_else(|| Error::internal("there is nothing to snapshot"))
    }

    async fn snapshot_droplet(&self) -> Told {
        let id = self.resource(ResourceType::Droplet).await?;
        let droplet = id
            .parse()
            .map_err(|_| Error::internal(format!("`{id}` is no droplet id")))?;
        let actions = self.client.droplets().actions();
        let action = actions
            .snapshot(droplet)
            .name("rust-root-disk")
            .send()
            .await?;
        let id = action.id.unwrap_or_default();
        let done = actions
            .wait_until_completed(droplet, id)
            .first_interval(SOON)
            .await?;
        Ok(format!(
            "action {id} is {}",
            done.status
                .map(|status| status.to_string())
                .unwrap_or_default()
        ))
    }

    async fn snapshot_volume(&mut self) -> Told {
        let volume = self.resource(ResourceType::Volume).await?;
        let snapshot = self
            .client
            .volumes()
            .snapshots()
            .create(volume, "rust-before-upgrade")
            .send()
            .await?;
        let told = format!("{} of {} GB", snapshot.name, snapshot.size_gigabytes);
        self.volume_snapshot = Some(snapshot);
        Ok(told)
    }

    async fn delete(&self) -> Told {
        if let Some(snapshot) = &self.volume_snapshot {
            self.client
                .volumes()
                .snapshots()
                .delete(&snapshot.id)
                .send()
                .await?;
        }
        if let Some(snapshot) = &self.snapshot {
            self.client
                .nfs()
                .snapshots()
                .delete(&snapshot.id)
                .region(REGION)
                .send()
                .await?;
        }
        self.client
            .nfs()
            .delete(self.share_id())
            .region(REGION)
            .send()
            .await?;
        self.client
            .nfs()
            .wait_until_deleted(self.share_id())
            .region(REGION)
            .first_interval(SOON)
            .await?;
        Ok("gone".to_owned())
    }

    async fn not_found(&self) -> Told {
        match self.client.snapshots().get("1").send().await {
            Err(error) if error.is_not_found() => Ok(format!(
                "{} {}",
                error.status().unwrap_or_default(),
                error.code().unwrap_or_default()
            )),
            Err(error) => Err(error),
            Ok(snapshot) => Err(Error::internal(format!(
                "there is a snapshot 1: {}",
                snapshot.name
            ))),
        }
    }

    async fn list_shares(&self) -> Told {
        let shares = self.client.nfs().list().send().await?;
        Ok(format!("{} shares", shares.len()))
    }

    async fn list_actions(&self) -> Told {
        let page = self.client.actions().list().per_page(5).send().await?;
        Ok(format!(
            "{} of {} actions",
            page.items.len(),
            page.total.unwrap_or_default()
        ))
    }
}
