//! The mock as a child process that cannot outlive this one.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::thread;
use std::time::Duration;

use crate::fault::{Fault, Result};
use crate::http::ask;
use crate::run::{build, program, quiet};

/// Where the cases lie that every language runs.
pub(crate) const CASES: &str = "tests/conformance/cases";

/// Longer than any of the test programs takes on a slow machine.
pub(crate) const LIMIT: Duration = Duration::from_secs(300);

/// A share for the example to take a snapshot of.
const SHARE: &str = r#"{"name": "example", "size_gib": 50, "region": "atl1", "vpc_ids": ["796c6fe3-2a1d-4da2-9f3e-38239827dc91"]}"#;

/// A running `snapline-mock`; it ends when this is dropped, or when this process dies, since it
/// watches its standard input.
pub(crate) struct MockServer {
    child: Child,
    stdin: Option<ChildStdin>,
    url: String,
    environments: Vec<Environment>,
}

/// What a provider's client needs in its environment to use the mock.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Environment {
    /// The provider's name.
    pub(crate) provider: String,
    variables: Vec<(String, String)>,
}

impl Environment {
    fn parse(line: &str) -> Option<Self> {
        let mut words = line.split_whitespace();
        let provider = words.next()?.to_owned();
        let variables = words
            .map(|word| {
                word.split_once('=')
                    .map(|(name, value)| (name.to_owned(), value.to_owned()))
            })
            .collect::<Option<_>>()?;
        Some(Self {
            provider,
            variables,
        })
    }

    /// Sends a program to the mock, whatever else the caller's own environment says of the provider.
    pub(crate) fn apply(&self, command: &mut Command) {
        let family = |name: &str| name.split_once('_').map(|(family, _)| family.to_owned());
        let ours: Vec<_> = self
            .variables
            .iter()
            .filter_map(|(name, _)| family(name))
            .collect();
        for (name, _) in std::env::vars_os() {
            if family(&name.to_string_lossy()).is_some_and(|family| ours.contains(&family)) {
                command.env_remove(name);
            }
        }
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
    }
}

impl MockServer {
    /// Builds the mock.
    pub(crate) fn build() -> Result<()> {
        quiet("build the mock", &mut build(["--bin", "snapline-mock"]))
    }

    /// Starts it on a free loopback port. What the document does not name it refuses, since a client
    /// of ours that sends it is wrong.
    pub(crate) fn start(arguments: &[&str]) -> Result<Self> {
        Self::start_of(Path::new("target/debug/snapline-mock"), arguments)
    }

    /// The same with the mock that lies there.
    pub(crate) fn start_of(mock: &Path, arguments: &[&str]) -> Result<Self> {
        let mut command: Command = program(mock, ["--port", "0", "--exit-with-stdin", "--strict"]);
        command
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped());
        let mut child = command
            .spawn()
            .map_err(|error| Fault::new(format!("the mock cannot be started: {error}")))?;
        let stdin = child.stdin.take();
        let mut lines = Vec::new();
        if let Some(stdout) = child.stdout.take() {
            let mut reader = BufReader::new(stdout);
            // A mock that cannot start closes its output, which ends this too.
            while let Some(line) = read_line(&mut reader) {
                lines.push(line);
            }
            // Whatever it says later is read on, or its next line would end it.
            thread::spawn(move || std::io::copy(&mut reader, &mut std::io::sink()));
        }
        // The second line is for people.
        let url = lines
            .first()
            .and_then(|line| line.strip_prefix("listening on "));
        let environments = lines
            .iter()
            .skip(2)
            .map(|line| Environment::parse(line))
            .collect();
        let (Some(url), Some(environments)) = (url, environments) else {
            let _ = child.kill();
            let _ = child.wait();
            return Err(Fault::new("the mock did not start; its message is above"));
        };
        Ok(Self {
            child,
            stdin,
            url: url.to_owned(),
            environments,
        })
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
            // Programs may be met by faults, and what looks after them may not.
            ("x-mock-fault", "delay:0"),
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

    /// For each provider what its client needs.
    pub(crate) fn environments(&self) -> &[Environment] {
        &self.environments
    }
}

/// The next line, unless it is empty or there is none.
fn read_line(reader: &mut impl BufRead) -> Option<String> {
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let line = line.trim_end();
    (!line.is_empty()).then(|| line.to_owned())
}

impl Drop for MockServer {
    fn drop(&mut self) {
        drop(self.stdin.take());
        // It ends by itself; killing it as well costs nothing and leaves nothing running.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A share that can be snapshotted.
pub(crate) fn new_share(mock: &MockServer) -> Result<String> {
    let share = mock.create("/v2/nfs", SHARE)?;
    // One that is still being made refuses a snapshot; the mock settles it in 300 ms.
    std::thread::sleep(Duration::from_millis(600));
    Ok(share)
}

/// Sends a program to the mock.
pub(crate) fn with_server<'a>(command: &'a mut Command, mock: &MockServer) -> &'a mut Command {
    for environment in mock.environments() {
        environment.apply(command);
    }
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_environment_is_read_from_its_line() {
        let read = Environment::parse("acme ACME_URL=http://[::1]/?a=b ACME_TOKEN=");
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let wanted = Environment {
            provider: "acme".to_owned(),
            variables: vec![
                pair("ACME_URL", "http://[::1]/?a=b"),
                pair("ACME_TOKEN", ""),
            ],
        };
        assert_eq!(read, Some(wanted));
        assert_eq!(Environment::parse("acme ACME_URL"), None);
        assert_eq!(Environment::parse(""), None);
    }
}
