//! A run that stands before another server: what is asked there, and what happens on the way.

use std::io;
use std::sync::Mutex;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http1::handshake;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use crate::body::{Reply, Words};
use crate::lock;
use crate::run::Request;
use crate::script::{Fault, Step, Upstream, When};

/// Headers that concern one connection, or the length of a body that may be spoilt.
const OWN: [&str; 4] = [
    "connection",
    "content-length",
    "keep-alive",
    "transfer-encoding",
];

/// The way to another server.
#[derive(Debug)]
pub(crate) struct Passage {
    script: Upstream,
    /// For each fault how many requests came that it is about.
    came: Mutex<Vec<u64>>,
}

impl Passage {
    pub(crate) fn new(script: Upstream) -> Self {
        let came = Mutex::new(vec![0; script.faults.len()]);
        Self { script, came }
    }

    /// What a request is answered with, by the other server or by the fault that it meets.
    pub(crate) async fn meet(
        &self,
        request: &Request,
        words: &Words,
    ) -> io::Result<(Step, Option<Reply>)> {
        let Some(Fault { when, step, .. }) = self.fault(request) else {
            return Ok((Step::default(), Some(self.ask(request).await?)));
        };
        let answer = match when {
            When::Before => None,
            When::After | When::Spoilt => Some(self.ask(request).await?),
        };
        let reply = match (when, answer) {
            (When::Spoilt, Some(answer)) => Some(answer.spoilt(step, words)),
            _ => Reply::of(step, words),
        };
        Ok((step.clone(), reply))
    }

    /// How many requests met each fault.
    pub(crate) fn met(&self) -> Vec<u64> {
        let came = lock(&self.came);
        let met = came.iter().zip(&self.script.faults);
        met.map(|(came, fault)| came.saturating_sub(fault.nth - 1).min(fault.times))
            .collect()
    }

    /// The fault that is due; every one that the request is about counts it.
    fn fault(&self, request: &Request) -> Option<&Fault> {
        let mut due = None;
        for (came, fault) in lock(&self.came).iter_mut().zip(&self.script.faults) {
            if request.method == fault.method && request.target.contains(&fault.path) {
                *came += 1;
                let first = fault.nth;
                if (first..first.saturating_add(fault.times)).contains(came) {
                    due = due.or(Some(fault));
                }
            }
        }
        due
    }

    /// Asks the other server, over a connection of the request's own.
    async fn ask(&self, request: &Request) -> io::Result<Reply> {
        let address = self.script.url.trim_start_matches("http://");
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let (mut sender, connection) = handshake(TokioIo::new(stream))
            .await
            .map_err(io::Error::other)?;
        let mut asked = http::Request::builder()
            .method(request.method.as_str())
            .uri(&request.target);
        for (name, value) in &request.headers {
            if !OWN.contains(&name.as_str()) {
                asked = asked.header(name, value);
            }
        }
        let asked = asked
            .body(Full::new(Bytes::copy_from_slice(&request.body)))
            .map_err(io::Error::other)?;
        // It ends with the sender.
        tokio::spawn(connection);
        let answer = sender.send_request(asked).await.map_err(io::Error::other)?;
        let (head, body) = answer.into_parts();
        let body = body.collect().await.map_err(io::Error::other)?.to_bytes();
        let headers = head.headers.iter().map(|(name, value)| {
            let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
            (name.to_string(), value)
        });
        Ok(Reply {
            status: head.status.as_u16(),
            headers: headers
                .filter(|(name, _)| !OWN.contains(&name.as_str()))
                .collect(),
            body,
        })
    }
}
