//! The mock as a child process that cannot outlive this one.

use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStdin, Command, Stdio};

use crate::fault::{Fault, Result};
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
            // A mock that cannot start closes its output, which ends this read too.
            let _ = BufReader::new(stdout).read_line(&mut line);
        }
        let Some(url) = line.trim().strip_prefix("listening on ").map(str::to_owned) else {
            let _ = child.kill();
            let _ = child.wait();
            return Err(Fault::new("the mock did not start; its message is above"));
        };
        Ok(Self { child, stdin, url })
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
