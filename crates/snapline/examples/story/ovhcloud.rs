//! OVHcloud: the life of a snapshot of a file share, which its pages call a volume.

use snapline::ovhcloud::models::{
    NetappProtocol, NetappShare, NetappShareStatus, NetappSnapshot, NetappSnapshotStatus,
    NetappSnapshotType,
};
use snapline::ovhcloud::{Client, Error};

use crate::telling::{SOON, Telling, Told, check, not_found};

const NAME: &str = "rust-nightly";
/// What no snapshot is called.
const NOBODY: &str = "00000000-0000-4000-8000-000000000000";

/// What later steps need of earlier ones.
struct Story {
    client: Client,
    service: String,
    share: String,
    snapshot: String,
}

pub(crate) async fn tell(telling: &mut Telling, read_only: bool) -> Result<(), Error> {
    let mut story = Story {
        client: Client::from_env()?,
        service: String::new(),
        share: String::new(),
        snapshot: String::new(),
    };
    telling.begin();
    telling.tell("find the service", story.find_service().await);
    if read_only {
        telling.tell("list the shares", story.list_shares().await);
        telling.tell("list a share's snapshots", story.list_any().await);
        telling.tell(
            "meet a 404 as a typed error",
            not_found(story.get(NOBODY).await),
        );
        return Ok(());
    }
    telling.tell("create a share", story.create_share().await);
    telling.tell("wait until it is available", story.wait_for_share().await);
    telling.tell(
        "list its snapshots: the policy's",
        story.see_snapshots(false).await,
    );
    telling.tell("create a snapshot", story.create_snapshot().await);
    telling.tell(
        "wait until the snapshot is available",
        story.wait_for_snapshot().await,
    );
    telling.tell("get the snapshot", story.get_snapshot().await);
    telling.tell(
        "list the share's snapshots: it is there",
        story.see_snapshots(true).await,
    );
    telling.tell("delete the snapshot", story.delete_snapshot().await);
    telling.tell("wait until the snapshot is gone", story.wait_gone().await);
    telling.tell(
        "get it: a 404 as a typed error",
        not_found(story.get(&story.snapshot).await),
    );
    telling.tell(
        "list the share's snapshots: it is gone",
        story.see_snapshots(false).await,
    );
    telling.tell(
        "delete the share and wait until it is gone",
        story.delete_share().await,
    );
    Ok(())
}

fn shown<T: ToString>(value: Option<T>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}

fn told_of(share: &NetappShare) -> String {
    let name = share.name.clone().unwrap_or_default();
    format!("{name} is {}", shown(share.status.clone()))
}

fn told_of_snapshot(snapshot: &NetappSnapshot) -> String {
    let name = snapshot.name.clone().unwrap_or_default();
    format!("{name} is {}", shown(snapshot.status.clone()))
}

impl Story {
    async fn find_service(&mut self) -> Told {
        let services = self.client.netapp().list().send().await?;
        let first = services.first().map(|service| service.id.clone());
        self.service = first.unwrap_or_default();
        check(
            !self.service.is_empty(),
            format!("{} found", services.len()),
        )
    }

    async fn create_share(&mut self) -> Told {
        let shares = self.client.netapp().shares();
        let share = shares
            .create(&self.service, NetappProtocol::Nfs, 100)
            .name("rust-media")
            .send()
            .await?;
        self.share.clone_from(&share.id);
        check(
            share.status == Some(NetappShareStatus::Creating),
            told_of(&share),
        )
    }

    async fn wait_for_share(&self) -> Told {
        let shares = self.client.netapp().shares();
        let share = shares
            .wait_until_available(&self.service, &self.share)
            .first_interval(SOON)
            .await?;
        check(
            share.status == Some(NetappShareStatus::Available),
            told_of(&share),
        )
    }

    /// The snapshots of the share, whole.
    async fn list(&self) -> Result<Vec<NetappSnapshot>, Error> {
        let snapshots = self.client.netapp().snapshots();
        let list = snapshots.list(&self.service, &self.share);
        list.detail(true).send().await
    }

    /// Lists the snapshots; the one that was made must be among them, or must not.
    async fn see_snapshots(&self, there: bool) -> Told {
        let found = self.list().await?;
        let names: Vec<String> = found
            .iter()
            .map(|snapshot| snapshot.name.clone().unwrap_or_default())
            .collect();
        check(
            names.iter().any(|name| name == NAME) == there && !names.is_empty(),
            format!("{} found: {}", names.len(), names.join(", ")),
        )
    }

    async fn create_snapshot(&mut self) -> Told {
        let snapshots = self.client.netapp().snapshots();
        let snapshot = snapshots
            .create(&self.service, &self.share)
            .name(NAME)
            .send()
            .await?;
        self.snapshot.clone_from(&snapshot.id);
        check(
            snapshot.status == Some(NetappSnapshotStatus::Creating)
                && snapshot.type_ == Some(NetappSnapshotType::Manual),
            told_of_snapshot(&snapshot),
        )
    }

    async fn wait_for_snapshot(&self) -> Told {
        let snapshots = self.client.netapp().snapshots();
        let snapshot = snapshots
            .wait_until_available(&self.service, &self.share, &self.snapshot)
            .first_interval(SOON)
            .await?;
        check(
            snapshot.status == Some(NetappSnapshotStatus::Available),
            told_of_snapshot(&snapshot),
        )
    }

    async fn get(&self, snapshot: &str) -> Result<NetappSnapshot, Error> {
        let snapshots = self.client.netapp().snapshots();
        // Who has no share asks for one that there is not.
        let share = if self.share.is_empty() {
            NOBODY
        } else {
            &self.share
        };
        snapshots.get(&self.service, share, snapshot).send().await
    }

    async fn get_snapshot(&self) -> Told {
        let snapshot = self.get(&self.snapshot).await?;
        let path = snapshot.path.clone().unwrap_or_default();
        check(
            snapshot.id == self.snapshot && path.ends_with(NAME),
            format!("{}, in {path}", told_of_snapshot(&snapshot)),
        )
    }

    async fn delete_snapshot(&self) -> Told {
        let snapshots = self.client.netapp().snapshots();
        snapshots
            .delete(&self.service, &self.share, &self.snapshot)
            .send()
            .await?;
        let snapshot = self.get(&self.snapshot).await?;
        check(
            snapshot.status == Some(NetappSnapshotStatus::Deleting),
            told_of_snapshot(&snapshot),
        )
    }

    async fn wait_gone(&self) -> Told {
        let snapshots = self.client.netapp().snapshots();
        snapshots
            .wait_until_deleted(&self.service, &self.share, &self.snapshot)
            .first_interval(SOON)
            .await?;
        Ok("gone".to_owned())
    }

    async fn delete_share(&self) -> Told {
        let shares = self.client.netapp().shares();
        shares.delete(&self.service, &self.share).send().await?;
        shares
            .wait_until_deleted(&self.service, &self.share)
            .first_interval(SOON)
            .await?;
        not_found(shares.get(&self.service, &self.share).send().await)
    }

    async fn list_shares(&mut self) -> Told {
        let shares = self.client.netapp().shares();
        let shares = shares.list(&self.service).send().await?;
        let first = shares.first().map(|share| share.id.clone());
        self.share = first.unwrap_or_default();
        Ok(format!("{} shares", shares.len()))
    }

    /// Lists the snapshots of the first share, if there is one.
    async fn list_any(&self) -> Told {
        if self.share.is_empty() {
            return Ok("there is no share".to_owned());
        }
        let found = self.list().await?;
        Ok(format!("{} snapshots", found.len()))
    }
}
