//! reqwest and serde, as one would use them by hand.

use std::process::ExitCode;

use anyhow::Result;
use bytes::Bytes;
use reqwest::header::CONTENT_TYPE;
use snapline_bench_rust::models::{Ask, call};
use snapline_bench_rust::{Order, Peer, main as carry_out};

struct Raw(reqwest::Client);

impl Peer for Raw {
    fn new(order: &Order) -> Result<Self> {
        Ok(Self(snapline_bench_rust::http(order)?))
    }

    async fn call(&self, order: &Order) -> Result<u64> {
        call(self, order).await
    }
}

impl Ask for Raw {
    async fn ask(&self, order: &Order, url: String) -> Result<Bytes> {
        let mut request = self.0.request(order.method.parse()?, url);
        if !order.body.is_empty() {
            request = request
                .header(CONTENT_TYPE, "application/json")
                .body(order.body.clone());
        }
        let answer = request.send().await?.error_for_status()?;
        Ok(answer.bytes().await?)
    }
}

fn main() -> ExitCode {
    carry_out::<Raw>()
}
