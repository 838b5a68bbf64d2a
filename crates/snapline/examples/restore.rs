//! Makes a volume or a droplet from a snapshot, and waits until it can be used.

mod surely;

use std::process::ExitCode;

use snapline::digitalocean::models::{ResourceType, Snapshot};
use snapline::digitalocean::{Client, Error};

use surely::surely;

const USAGE: &str = "usage: restore SNAPSHOT_ID NAME [SIZE]

Makes a volume or a droplet called NAME, whichever SNAPSHOT_ID was taken of, in a region that has the snapshot. SIZE is
the slug of a droplet's size; unless given it is the cheapest that the snapshot fits on.
DIGITALOCEAN_TOKEN is the token; SNAPLINE_DIGITALOCEAN_URL points at another server, such as snapline-mock.";

/// Gives what was made, in words.
pub(crate) async fn restore(
    client: &Client,
    id: &str,
    name: &str,
    size: Option<&str>,
) -> Result<String, Error> {
    let snapshot = client.snapshots().get(id).send().await?;
    let nowhere = || Error::config(format!("snapshot {id} is in no region"));
    let region = snapshot.regions.first().ok_or_else(nowhere)?.as_str();
    eprintln!(
        "{} of {} GB, in {region}",
        snapshot.name, snapshot.size_gigabytes
    );
    match snapshot.resource_type {
        ResourceType::Volume => volume(client, &snapshot, region, name).await,
        ResourceType::Droplet => droplet(client, &snapshot, region, name, size).await,
        other => Err(Error::config(format!(
            "nothing can be made of a snapshot of a {other}"
        ))),
    }
}

async fn volume(
    client: &Client,
    from: &Snapshot,
    region: &str,
    name: &str,
) -> Result<String, Error> {
    let (volumes, size) = (client.volumes(), from.min_disk_size);
    let made = surely(
        async || {
            let made = volumes.create_and_wait(name, size, region);
            made.snapshot_id(&from.id).await
        },
        async |since| Ok(volumes.find_created(since, name, region, size).await?.pop()),
    )
    .await?;
    Ok(format!("volume {}", made.id))
}

async fn droplet(
    client: &Client,
    from: &Snapshot,
    region: &str,
    name: &str,
    size: Option<&str>,
) -> Result<String, Error> {
    let droplets = client.droplets();
    let wrong = || Error::config(format!("snapshot {} has no number for an id", from.id));
    let image: i64 = from.id.parse().map_err(|_| wrong())?;
    let size = match size {
        Some(size) => size.to_owned(),
        None => cheapest(client, from.min_disk_size, region).await?,
    };
    eprintln!("a droplet of size {size}");
    let made = surely(
        async || {
            let made = droplets.create_and_wait(name, &size, image);
            made.region(region).await
        },
        async |since| {
            let found = droplets.find_created(since, name, &size).region(region);
            let Some(found) = found.await?.pop() else {
                return Ok(None);
            };
            Ok(Some(droplets.wait_until_active(found.id).await?))
        },
    )
    .await?;
    Ok(format!("droplet {}", made.id))
}

/// The cheapest size with so much disk in a region.
async fn cheapest(client: &Client, disk: i64, region: &str) -> Result<String, Error> {
    let sizes = client.sizes().list().items().try_collect().await?;
    let fits = |regions: &[String]| regions.iter().any(|it| it == region);
    sizes
        .into_iter()
        .filter(|it| it.available && it.disk >= disk && fits(&it.regions))
        .min_by(|one, other| one.price_hourly.total_cmp(&other.price_hourly))
        .map(|it| it.slug)
        .ok_or_else(|| {
            Error::config(format!(
                "no size in {region} has a disk of {disk} GiB; name one"
            ))
        })
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (id, name, size) = match arguments.as_slice() {
        [id, name] => (id, name, None),
        [id, name, size] => (id, name, Some(size.as_str())),
        _ => {
            eprintln!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    let made = async { restore(&Client::from_env()?, id, name, size).await };
    match made.await {
        Ok(made) => {
            println!("{made} is ready");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("restore: {error}");
            ExitCode::FAILURE
        }
    }
}
