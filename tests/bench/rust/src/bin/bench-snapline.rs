//! The client that is ours.

use std::process::ExitCode;

use anyhow::Result;
use snapline::digitalocean::Client;
use snapline::digitalocean::models::{
    NfsActionRequest, NfsActionRequestSnapshotParams, NfsSnapshot,
};
use snapline_bench_rust::{Order, Peer, TOKEN, ca_file, main as carry_out, unknown};
use snapline_runtime::JsonText as _;

/// As the service writes one.
const SNAPSHOT: &str = r#"{"id":"43f6aa58-481a-4481-8032-567598ec0f13","name":"nightly-000000000001","size_gib":160,"region":"ams3","status":"ACTIVE","created_at":"2026-05-11T04:30:07Z","share_id":"4d0bee58-67b1-492d-abac-ade65f78418f"}"#;

struct Ours {
    client: Client,
    /// A list of 50 as the service writes it.
    text: String,
    request: NfsActionRequest,
}

impl Peer for Ours {
    fn new(order: &Order) -> Result<Self> {
        let mut builder = Client::builder().token(TOKEN).base_url(&order.base);
        if order.base.starts_with("https") {
            builder = builder.ca_file(ca_file()?);
        }
        Ok(Self {
            client: builder.build()?,
            text: format!("[{}]", [SNAPSHOT; 50].join(",")),
            request: NfsActionRequest::Snapshot {
                region: Some("atl1".to_owned()),
                params: NfsActionRequestSnapshotParams {
                    name: "nightly".to_owned(),
                },
            },
        })
    }

    async fn call(&self, order: &Order) -> Result<u64> {
        let nfs = self.client.nfs();
        Ok(match order.workload.as_str() {
            "get" | "connect" => u64::from(!nfs.get(order.id()?).send().await?.name.is_empty()),
            "post" => {
                let call = nfs.snapshot(order.id()?, "nightly").region("atl1");
                u64::from(!call.send().await?.status.as_str().is_empty())
            }
            "list" => u64::try_from(nfs.snapshots().list().send().await?.len())?,
            "page" => {
                let page = self.client.snapshots().list().per_page(200).page(1);
                u64::try_from(page.send().await?.items.len())?
            }
            "walk" => {
                let mut walked = 0;
                let mut items = self.client.snapshots().list().items();
                while let Some(snapshot) = items.try_next().await? {
                    walked += u64::from(!snapshot.name.is_empty());
                }
                walked
            }
            // Without a call.
            "decode" => u64::try_from(Vec::<NfsSnapshot>::from_json(&self.text)?.len())?,
            "encode" => u64::from(!self.request.to_json()?.is_empty()),
            _ => unknown(order)?,
        })
    }
}

fn main() -> ExitCode {
    carry_out::<Ours>()
}
