//! Copies the snapshot of a droplet to other regions, one after the other, and waits for each.

mod surely;

use std::process::ExitCode;

use snapline::digitalocean::{Client, Error};

use surely::surely;

const USAGE: &str = "usage: move_region SNAPSHOT_ID REGION...

Copies the snapshot of a droplet to each REGION where it is not yet. It ends with 1 if one of them failed.
DIGITALOCEAN_TOKEN is the token; SNAPLINE_DIGITALOCEAN_URL points at another server, such as snapline-mock.";

/// Gives for each region whether it had the image before, or what went wrong.
pub(crate) async fn spread(
    client: &Client,
    image: i64,
    regions: &[String],
) -> Result<Vec<(String, Result<bool, Error>)>, Error> {
    let there = client.images().get(image).send().await?.regions;
    let there = there.unwrap_or_default();
    let mut told = Vec::new();
    // An image takes one transfer at a time.
    for region in regions {
        let result = if there.contains(region) {
            Ok(true)
        } else {
            eprintln!("{region}: begun");
            transfer(client, image, region).await.map(|()| false)
        };
        told.push((region.clone(), result));
    }
    Ok(told)
}

async fn transfer(client: &Client, image: i64, region: &str) -> Result<(), Error> {
    let actions = client.images().actions();
    surely(
        async || actions.transfer_and_wait(image, region).await.map(drop),
        async |since| {
            let Some(action) = actions.find_transfer(image, since, region).await?.pop() else {
                return Ok(None);
            };
            actions.wait_for(&action).await?;
            Ok(Some(()))
        },
    )
    .await
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (Some(Ok(image)), [_, regions @ ..]) =
        (arguments.first().map(|id| id.parse()), arguments.as_slice())
    else {
        eprintln!("{USAGE}");
        return ExitCode::from(2);
    };
    if regions.is_empty() {
        eprintln!("{USAGE}");
        return ExitCode::from(2);
    }
    let told = async { spread(&Client::from_env()?, image, regions).await };
    let told = match told.await {
        Ok(told) => told,
        Err(error) => {
            eprintln!("move_region: {error}");
            return ExitCode::FAILURE;
        }
    };
    let mut code = ExitCode::SUCCESS;
    for (region, result) in told {
        match result {
            Ok(true) => println!("{region}: it was there"),
            Ok(false) => println!("{region}: it is there"),
            Err(error) => {
                println!("{region}: FAILED: {error}");
                code = ExitCode::FAILURE;
            }
        }
    }
    code
}
