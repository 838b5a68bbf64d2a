//! reqwest and serde, as one would use them by hand.

use std::process::ExitCode;

use anyhow::Result;
use reqwest::header::CONTENT_TYPE;
use snapline_bench_rust::models::decode;
use snapline_bench_rust::{Order, Peer, main as carry_out};

struct Raw(reqwest::Client);

impl Peer for Raw {
    fn new(order: &Order) -> Result<Self> {
        Ok(Self(snapline_bench_rust::http(order)?))
    }

    async fn call(&self, order: &Order) -> Result<u64> {
        let mut items = 0;
        for page in 1.. {
            let mut url = order.url();
            if order.workload == "walk" {
                url.push_str(&format!("{page}"));
            }
            let mut request = self.0.request(order.method.parse()?, url);
            if !order.body.is_empty() {
                request = request
                    .header(CONTENT_TYPE, "application/json")
                    .body(order.body.clone());
            }
            let answer = request.send().await?.error_for_status()?;
            let (seen, more) = decode(order, &answer.bytes().await?)?;
            items += seen;
            if order.workload != "walk" || !more {
                break;
            }
        }
        Ok(items)
    }
}

fn main() -> ExitCode {
    carry_out::<Raw>()
}
