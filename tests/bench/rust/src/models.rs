//! What one would write by hand for the answers of the workloads.

#![allow(dead_code, reason = "decoding the fields is what is measured")]
#![allow(missing_docs, reason = "the fields are the service's")]

use anyhow::{Context as _, Result};
use bytes::Bytes;
use serde::Deserialize;

use crate::Order;

#[derive(Deserialize)]
struct Share {
    id: String,
    name: String,
    size_gib: i64,
    region: String,
    status: String,
    created_at: String,
    vpc_ids: Option<Vec<String>>,
}

#[derive(Deserialize)]
struct Action {
    id: String,
    region_slug: String,
    resource_id: String,
    resource_type: String,
    started_at: String,
    status: String,
    #[serde(rename = "type")]
    kind: String,
}

#[derive(Deserialize)]
struct NfsSnapshot {
    id: String,
    name: String,
    size_gib: i64,
    region: String,
    status: String,
    created_at: String,
    share_id: String,
}

#[derive(Deserialize)]
struct Snapshot {
    id: String,
    name: String,
    created_at: String,
    regions: Vec<String>,
    resource_id: String,
    resource_type: String,
    min_disk_size: i64,
    size_gigabytes: f64,
    tags: Option<Vec<String>>,
}

#[derive(Deserialize)]
struct ShareAnswer {
    share: Share,
}

#[derive(Deserialize)]
struct ActionAnswer {
    action: Action,
}

#[derive(Deserialize)]
struct NfsSnapshots {
    snapshots: Vec<NfsSnapshot>,
}

#[derive(Deserialize)]
struct Page {
    snapshots: Vec<Snapshot>,
    links: Links,
    meta: Meta,
}

#[derive(Deserialize)]
struct Links {
    pages: Option<Pages>,
}

#[derive(Deserialize)]
struct Pages {
    next: Option<String>,
}

#[derive(Deserialize)]
struct Meta {
    total: u64,
}

/// What asks for the answers of the workloads by hand.
pub trait Ask: Sync {
    /// Sends the request of an order to an address, and gives the body of its answer.
    ///
    /// # Errors
    /// When there is none, or none of success.
    fn ask(&self, order: &Order, url: String) -> impl Future<Output = Result<Bytes>> + Send;
}

/// Makes the call of an order, of as many requests as it has pages, and gives how many things came.
///
/// # Errors
/// When an answer is none of the workload, or there is none.
pub async fn call(peer: &impl Ask, order: &Order) -> Result<u64> {
    let mut items = 0;
    for page in 1.. {
        let mut url = order.url();
        if order.workload == "walk" {
            url.push_str(&format!("{page}"));
        }
        let (seen, more) = decode(order, &peer.ask(order, url).await?)?;
        items += seen;
        if order.workload != "walk" || !more {
            break;
        }
    }
    Ok(items)
}

/// How many things an answer has, and whether another page follows.
///
/// # Errors
/// When it is none of the workload.
fn decode(order: &Order, body: &[u8]) -> Result<(u64, bool)> {
    let count = |length: usize| u64::try_from(length).context("a list of such a length");
    Ok(match order.workload.as_str() {
        "get" | "connect" => {
            let answer: ShareAnswer = serde_json::from_slice(body)?;
            (u64::from(!answer.share.name.is_empty()), false)
        }
        "post" => {
            let answer: ActionAnswer = serde_json::from_slice(body)?;
            (u64::from(!answer.action.status.is_empty()), false)
        }
        "list" => {
            let answer: NfsSnapshots = serde_json::from_slice(body)?;
            (count(answer.snapshots.len())?, false)
        }
        "page" | "walk" => {
            let answer: Page = serde_json::from_slice(body)?;
            let next = answer.links.pages.and_then(|pages| pages.next);
            (count(answer.snapshots.len())?, next.is_some())
        }
        _ => (crate::unknown(order)?, false),
    })
}
