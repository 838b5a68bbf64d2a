//! hyper and serde: the least that a client can be made of.

use std::process::ExitCode;

use anyhow::{Result, ensure};
use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http_body_util::{BodyExt as _, Full};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use snapline_bench_rust::models::decode;
use snapline_bench_rust::{Order, Peer, TOKEN, main as carry_out};

struct Raw(Client<HttpConnector, Full<Bytes>>);

impl Peer for Raw {
    fn new(_: &Order) -> Result<Self> {
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        Ok(Self(Client::builder(TokioExecutor::new()).build(connector)))
    }

    async fn call(&self, order: &Order) -> Result<u64> {
        let mut items = 0;
        for page in 1.. {
            let mut url = order.url();
            if order.workload == "walk" {
                url.push_str(&format!("{page}"));
            }
            let mut request = http::Request::builder()
                .method(order.method.as_str())
                .uri(url)
                .header(AUTHORIZATION, format!("Bearer {TOKEN}"));
            if !order.body.is_empty() {
                request = request.header(CONTENT_TYPE, "application/json");
            }
            let body = Full::new(Bytes::from(order.body.clone()));
            let answer = self.0.request(request.body(body)?).await?;
            ensure!(answer.status().is_success(), "{}", answer.status());
            let body = answer.into_body().collect().await?.to_bytes();
            let (seen, more) = decode(order, &body)?;
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
