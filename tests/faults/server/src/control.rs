//! The control port: plain HTTP, so that a test in any language can use it.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use serde::Deserialize as _;
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use crate::run::Request;
use crate::script::{Script, Upstream};
use crate::{Shared, http1, listen, lock};

static NEXT: AtomicU64 = AtomicU64::new(1);

/// Takes orders until it is dropped.
pub(crate) async fn serve(listener: TcpListener, shared: Arc<Shared>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                if let Ok((stream, _)) = accepted {
                    connections.spawn(connection(stream, Arc::clone(&shared)));
                }
            }
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn connection(mut stream: TcpStream, shared: Arc<Shared>) {
    // An error here is a test that went away.
    let _ = orders(&mut stream, &shared).await;
}

async fn orders(stream: &mut TcpStream, shared: &Shared) -> io::Result<()> {
    let mut buffer = Vec::new();
    while let Some(request) = http1::read(stream, &mut buffer).await? {
        let (status, answer) = match order(&request, shared).await {
            Ok(answer) => (200, answer),
            Err((status, why)) => (status, json!({ "error": why })),
        };
        let body = answer.to_string();
        let answer = format!(
            "HTTP/1.1 {status} X\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        stream.write_all(answer.as_bytes()).await?;
    }
    Ok(())
}

async fn order(request: &Request, shared: &Shared) -> Result<Value, (u16, String)> {
    let (path, query) = request
        .target
        .split_once('?')
        .unwrap_or((request.target.as_str(), ""));
    let body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
    let named = |name: &str| {
        let in_query = query
            .split('&')
            .find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='));
        body.get(name)
            .and_then(Value::as_str)
            .or(in_query)
            .ok_or_else(|| (400, format!("`{name}` is missing")))
    };
    match (request.method.as_str(), path) {
        ("POST", "/open") => {
            let between;
            let script = if let Some(upstream) = body.get("upstream") {
                let upstream = Upstream::deserialize(upstream)
                    .map_err(|error| (400, format!("`upstream`: {error}")))?;
                between = Script {
                    upstream: Some(upstream),
                    ..Script::default()
                };
                &between
            } else {
                let name = named("scenario")?;
                let script = shared.scripts.get(name);
                script.ok_or_else(|| (404, format!("there is no scenario {name}")))?
            };
            let run = listen::open(script, named("token")?, &shared.certificates)
                .await
                .map_err(|error| (500, error.to_string()))?;
            let id = NEXT.fetch_add(1, Ordering::Relaxed).to_string();
            let mut opened = run.opened.clone();
            if let Some(opened) = opened.as_object_mut() {
                opened.insert("id".into(), json!(id));
            }
            lock(&shared.runs).insert(id, run);
            Ok(opened)
        }
        ("GET", "/report") => {
            let id = named("id")?;
            let runs = lock(&shared.runs);
            let run = runs.get(id).ok_or_else(|| unknown(id))?;
            Ok(run.state.report())
        }
        ("POST", "/close") => {
            let id = named("id")?;
            let run = lock(&shared.runs).remove(id).ok_or_else(|| unknown(id))?;
            Ok(run.state.report())
        }
        (method, path) => Err((404, format!("there is no {method} {path}"))),
    }
}

fn unknown(id: &str) -> (u16, String) {
    (404, format!("there is no run {id}"))
}
