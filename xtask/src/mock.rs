//! The mock as a child process that cannot outlive this one.

use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::thread;

use crate::fault::{Fault, Result};
use crate::http::ask;
use crate::run::{cargo, program, quiet};

/// A running `snapline-mock`; it ends when this is dropped, or when this process dies, since it
/// watches its standard input.
pub(crate) struct MockServer {
    child: Child,
    stdin: Option<ChildStdin>,
    url: String,
}

impl MockServer {
    /// Builds the mock.
    pub(crate) fn build() -> Result<()> {
        quiet(
            "build the mock",
            &mut cargo([
                "build",
                "--quiet",
                "-p",
                "snapline-mock",
                "--bin",
                "snapline-mock",
            ]),
        )
    }

    /// Starts it on a free loopback port.
    pub(crate) fn start(arguments: &[&str]) -> Result<Self> {
        let mut command: Command = program(
            "target/debug/snapline-mock",
            ["--port", "0", "--exit-with-stdin"],
        );
        command
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped());
        let mut child = command
            .spawn()
            .map_err(|error| Fault::new(format!("the mock cannot be started: {error}")))?;
        let stdin = child.stdin.take();
        let mut line = String::new();
        if let Some(stdout) = child.stdout.take() {
            let mut reader = BufReader::new(stdout);
            // A mock that cannot start closes its output, which ends this read too.
            let _ = reader.read_line(&mut line);
            // Whatever it says later is read on, or its next line would end it.
            thread::spawn(move || std::io::copy(&mut reader, &mut std::io::sink()));
        }
        let Some(url) = line.trim().strip_prefix("listening on ").map(str::to_owned) else {
            let _ = child.kill();
            let _ = child.wait();
            return Err(Fault::new("the mock did not start; its message is above"));
        };
        Ok(Self { child, stdin, url })
    }

    /// Makes an object by a plain POST and gives its id.
    pub(crate) fn create(&self, path: &str, body: &str) -> Result<String> {
        let made = self.json("POST", path, body)?;
        let whole = made.as_object().and_then(|whole| whole.values().next());
        // Some wrap an object in an envelope, some do not.
        let id = made
            .get("id")
            .or_else(|| whole.and_then(|object| object.get("id")));
        match id {
            Some(serde_json::Value::String(id)) => Ok(id.clone()),
            Some(serde_json::Value::Number(id)) => Ok(id.to_string()),
            _ => Err(Fault::new(format!(
                "the mock made nothing of POST {path}: {made}"
            ))),
        }
    }

    /// Makes a request and gives the JSON that is answered.
    pub(crate) fn json(&self, method: &str, path: &str, body: &str) -> Result<serde_json::Value> {
        let headers = [
            ("authorization", "Bearer test"),
            ("content-type", "application/json"),
        ];
        let answer = ask(&self.url, method, path, headers, body)
            .map_err(|error| Fault::new(format!("the mock does not answer: {error}")))?;
        serde_json::from_str(&answer.body).map_err(|_| {
            Fault::new(format!(
                "the mock answers {method} {path} with {} and no JSON: {}",
                answer.status, answer.body
            ))
        })
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }
}

impl Drop for MockServer {
    fn drop(&mut self) {
        drop(self.stdin.take());
        // It ends by itself; killing it as well costs nothing and leaves nothing running.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
