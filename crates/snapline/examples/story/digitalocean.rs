//! DigitalOcean: a share and its snapshots, a droplet's and a volume's, and a thousand in pages.

use snapline::digitalocean::models::{
    ActionStatus, NfsAction, NfsActionStatus, NfsShare, NfsShareStatus, NfsSnapshot,
    NfsSnapshotStatus, ResourceType, Snapshot,
};
use snapline::digitalocean::{Client, Error};

use crate::telling::{SOON, Telling, Told, check, not_found};

const REGION: &str = "atl1";

/// What later steps need of earlier ones.
struct Story {
    client: Client,
    share: Option<NfsShare>,
    action: Option<NfsAction>,
    snapshot: Option<NfsSnapshot>,
    volume_snapshot: Option<Snapshot>,
}

pub(crate) async fn tell(telling: &mut Telling, read_only: bool) -> Result<(), Error> {
    let mut story = Story {
        client: Client::from_env()?,
        share: None,
        action: None,
        snapshot: None,
        volume_snapshot: None,
    };
    telling.begin();
    if read_only {
        telling.tell("list the shares", story.list_shares().await);
        telling.tell("page through the snapshots", story.page(0).await);
        telling.tell("list the newest actions", story.list_actions().await);
        telling.tell("meet a 404 as a typed error", story.not_found().await);
        return Ok(());
    }
    telling.tell("create a share", story.create_share().await);
    telling.tell("wait until it is ACTIVE", story.wait_for_share().await);
    telling.tell("snapshot it", story.take_snapshot().await);
    telling.tell(
        "wait until the snapshot is ACTIVE",
        story.wait_for_snapshot().await,
    );
    telling.tell("list the share's snapshots", story.list_snapshots().await);
    telling.tell("page through 1,000 snapshots", story.page(1000).await);
    telling.tell(
        "snapshot a droplet and wait for the action",
        story.snapshot_droplet().await,
    );
    telling.tell("snapshot a volume", story.snapshot_volume().await);
    telling.tell("delete the snapshots and the share", story.delete().await);
    telling.tell("meet a 404 as a typed error", story.not_found().await);
    Ok(())
}

impl Story {
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
        let holds = share.status == NfsShareStatus::Creating && share.size_gib == 100;
        self.share = Some(share);
        check(holds, told)
    }

    async fn wait_for_share(&mut self) -> Told {
        let wait = self
            .client
            .nfs()
            .wait_until_active(self.share_id())
            .region(REGION);
        let share = wait.first_interval(SOON).await?;
        let told = format!("{} is {}", share.name, share.status);
        let holds = share.status == NfsShareStatus::Active;
        self.share = Some(share);
        check(holds, told)
    }

    async fn take_snapshot(&mut self) -> Told {
        let action = self
            .client
            .nfs()
            .snapshot(self.share_id(), "nightly")
            .region(REGION)
            .send()
            .await?;
        let told = format!("the action is {}", action.status);
        let holds = action.status != NfsActionStatus::ActionFailed;
        self.action = Some(action);
        check(holds, told)
    }

    async fn wait_for_snapshot(&mut self) -> Told {
        let Some(action) = &self.action else {
            return check(false, "there is no action".to_owned());
        };
        let snapshots = self.client.nfs().snapshots();
        let wait = snapshots.wait_until_active(action, self.share_id(), "nightly");
        let snapshot = wait.region(REGION).first_interval(SOON).await?;
        let told = format!("{} is {}", snapshot.name, snapshot.status);
        let holds = matches!(
            snapshot.status,
            NfsSnapshotStatus::Active | NfsSnapshotStatus::SnapshotAvailable
        );
        self.snapshot = Some(snapshot);
        check(holds, told)
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
        check(
            names == ["nightly"],
            format!("{} found: {}", names.len(), names.join(", ")),
        )
    }

    async fn page(&self, at_least: usize) -> Told {
        let mut items = self.client.snapshots().list().per_page(200).items();
        let (mut count, mut gigabytes) = (0, 0.0);
        while let Some(snapshot) = items.try_next().await? {
            count += 1;
            gigabytes += snapshot.size_gigabytes;
        }
        check(
            count >= at_least,
            format!("{count} snapshots, {gigabytes:.1} GB"),
        )
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
        let done = actions.wait_for(&action).first_interval(SOON).await?;
        let id = done.id;
        let status = done.status.unwrap_or(ActionStatus::InProgress);
        check(
            status == ActionStatus::Completed,
            format!("action {id} is {status}"),
        )
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
        let holds = snapshot.name == "rust-before-upgrade";
        self.volume_snapshot = Some(snapshot);
        check(holds, told)
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
        // A share that is gone may still be seen, as DELETED; a snapshot may not.
        let id = self.volume_snapshot.as_ref().map(|snapshot| &snapshot.id);
        let snapshots = self.client.volumes().snapshots();
        not_found(snapshots.get(id.cloned().unwrap_or_default()).send().await)?;
        Ok("gone".to_owned())
    }

    async fn not_found(&self) -> Told {
        not_found(self.client.snapshots().get("1").send().await)
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
