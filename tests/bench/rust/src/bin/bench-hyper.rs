//! hyper and serde: the least that a client can be made of.

use std::process::ExitCode;

use anyhow::{Result, ensure};
use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http_body_util::{BodyExt as _, Full};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use snapline_bench_rust::models::{Ask, call};
use snapline_bench_rust::{Order, Peer, TOKEN, main as carry_out};

struct Raw(Client<HttpConnector, Full<Bytes>>);

impl Peer for Raw {
    fn new(_: &Order) -> Result<Self> {
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        Ok(Self(Client::builder(TokioExecutor::new()).build(connector)))
    }

    async fn call(&self, order: &Order) -> Result<u64> {
        call(self, order).await
    }
}

impl Ask for Raw {
    async fn ask(&self, order: &Order, url: String) -> Result<Bytes> {
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
        Ok(answer.into_body().collect().await?.to_bytes())
    }
}

fn main() -> ExitCode {
    carry_out::<Raw>()
}
