//! The client that progenitor makes of the same document, without anything of ours.

use std::process::ExitCode;

use anyhow::Result;
use snapline_bench_rust::{Order, Peer, main as carry_out, unknown};

#[allow(
    clippy::all,
    clippy::pedantic,
    dead_code,
    missing_docs,
    unreachable_pub,
    unused_imports,
    clippy::unwrap_used,
    reason = "it is as progenitor makes it"
)]
mod client {
    include!(concat!(env!("OUT_DIR"), "/progenitor.rs"));
}

struct Plain(client::Client);

impl Peer for Plain {
    fn new(order: &Order) -> Result<Self> {
        let http = snapline_bench_rust::http(order)?;
        Ok(Self(client::Client::new_with_client(&order.base, http)))
    }

    async fn call(&self, order: &Order) -> Result<u64> {
        Ok(match order.workload.as_str() {
            "get" | "connect" => {
                let answer = self.0.nfs_get(order.id()?, None).await?;
                u64::from(
                    answer
                        .share
                        .as_ref()
                        .is_some_and(|share| !share.name.is_empty()),
                )
            }
            "post" => {
                let body = client::types::NfsActionRequest::Snapshot {
                    region: Some("atl1".to_owned()),
                    params: client::types::NfsActionRequestSnapshotParams {
                        name: "nightly".parse()?,
                    },
                };
                let answer = self.0.nfs_create_action(order.id()?, &body).await?;
                u64::from(!answer.action.region_slug.is_empty())
            }
            "list" => {
                let answer = self.0.nfs_list_snapshot(None, None).await?;
                u64::try_from(answer.snapshots.len())?
            }
            "page" => {
                let answer = self.0.snapshots_list(Some(1), Some(200), None).await?;
                u64::try_from(answer.snapshots.len())?
            }
            "walk" => {
                let mut walked = 0;
                for page in 1.. {
                    let answer = self.0.snapshots_list(Some(page), Some(200), None).await?;
                    walked += u64::try_from(answer.snapshots.len())?;
                    let pages = answer.links.as_ref().and_then(|links| links.pages.as_ref());
                    if pages.is_none_or(|pages| pages.next.is_none()) {
                        break;
                    }
                }
                walked
            }
            _ => unknown(order)?,
        })
    }
}

fn main() -> ExitCode {
    carry_out::<Plain>()
}
