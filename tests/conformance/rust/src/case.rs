//! The conformance cases: read, run through a face, compared.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;

use crate::compare;
use crate::face::{Face, PATIENCE};
use crate::order::{Mode, Named, Order};

/// A case as its file holds it; what goes over the wire is the server's business.
#[derive(Clone, Debug, Deserialize)]
pub struct Case {
    /// Its name, fit for a URL.
    pub name: String,
    /// The provider.
    pub provider: String,
    /// The resource that the method belongs to.
    pub resource: Vec<String>,
    /// The method or waiter.
    pub method: String,
    /// `call`, `items` or `wait`.
    pub kind: String,
    /// Arguments by name.
    pub arguments: Named,
    /// The bound of a wait, where it is what the case is about.
    #[serde(default)]
    pub timeout_ms: Option<u64>,
    /// What comes out.
    pub expect: Value,
}

impl Case {
    /// All cases, by name.
    ///
    /// # Errors
    /// When a file cannot be read or holds no cases.
    pub fn load() -> Result<Vec<Self>, String> {
        let folder = folder();
        let bad =
            |path: &Path, error: &dyn std::fmt::Display| format!("{}: {error}", path.display());
        let entries = std::fs::read_dir(&folder).map_err(|e| bad(&folder, &e))?;
        let mut all: Vec<Self> = Vec::new();
        for entry in entries {
            let path = entry.map_err(|e| bad(&folder, &e))?.path();
            if path.extension().is_none_or(|end| end != "json") {
                continue;
            }
            let text = std::fs::read_to_string(&path).map_err(|e| bad(&path, &e))?;
            all.extend(serde_json::from_str::<Vec<Self>>(&text).map_err(|e| bad(&path, &e))?);
        }
        all.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(all)
    }

    /// The method as a face is told it: `nfs.snapshots.list`.
    #[must_use]
    pub fn call(&self) -> String {
        format!("{}.{}", self.resource.join("."), self.method)
    }

    /// Runs it against a server of cases; `run` tells this run from others.
    ///
    /// # Errors
    /// What is not as it should be.
    pub fn run(
        &self,
        face: &mut dyn Face,
        server: &str,
        run: &str,
        mode: Mode,
    ) -> Result<(), String> {
        let base_url = format!("{server}/case/{}/{run}", self.name);
        let mut settings = Named::new();
        settings.insert("base_url".to_owned(), base_url.as_str().into());
        settings.insert("max_attempts".to_owned(), 1.into());
        let mut order = Order {
            method: self.call(),
            arguments: self.arguments.clone(),
            mode: if self.kind == "items" {
                Mode::Items
            } else {
                mode
            },
            ..Order::default()
        };
        if self.kind == "wait" {
            for name in ["first_interval_ms", "max_interval_ms"] {
                order.wait.insert(name.to_owned(), 5.into());
            }
            let patience = u64::try_from(PATIENCE.as_millis()).unwrap_or(u64::MAX);
            let bound = self.timeout_ms.unwrap_or(patience);
            order.wait.insert("timeout_ms".to_owned(), bound.into());
        }
        face.open(
            &self.provider,
            &settings,
            "conformance-7f3a",
            &mut String::new(),
        )
        .map_err(|failure| format!("there is no client: {failure:?}"))?;
        let mut outcomes = face.call(&order);
        face.end()?;
        let Some((made, _)) = outcomes.pop() else {
            return Err("nothing came out".to_owned());
        };
        compare(&self.expect, made.as_ref().map(|done| &done.outcome))?;
        done(&base_url)
    }
}

/// Where the cases lie.
#[must_use]
pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../cases")
}

/// Asks the server whether every exchange of a case was used.
fn done(base_url: &str) -> Result<(), String> {
    let bad = |error: &dyn std::fmt::Display| format!("the server of cases: {error}");
    let rest = base_url.trim_start_matches("http://");
    let (host, path) = rest.split_once('/').ok_or_else(|| bad(&"no URL"))?;
    let mut stream = TcpStream::connect(host).map_err(|e| bad(&e))?;
    stream
        .set_read_timeout(Some(Duration::from_secs(20)))
        .map_err(|e| bad(&e))?;
    let request =
        format!("GET /{path}/_done HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).map_err(|e| bad(&e))?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).map_err(|e| bad(&e))?;
    if answer.starts_with("HTTP/1.1 200") {
        Ok(())
    } else {
        Err(answer)
    }
}
