//! The server and the clients as child processes; each ends with its standard input.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use super::plan::Workload;
use crate::fault::{Fault, Result};
use crate::run::program;

/// What `tests/bench/server` answers with.
const ANSWERS: &str = "tests/bench/answers.json";

/// The running server.
pub(super) struct Server {
    process: Process,
    plain: String,
    secure: String,
    ca_file: String,
}

impl Server {
    pub(super) fn start(built: &Path) -> Result<Self> {
        let mut process = Process::start("the server", &mut program(built, [ANSWERS]))?;
        let line = process.line()?;
        let mut words = line.split_whitespace().map(str::to_owned);
        match (words.next(), words.next(), words.next()) {
            (Some(plain), Some(secure), Some(ca_file)) => Ok(Self {
                process,
                plain,
                secure,
                ca_file,
            }),
            _ => Err(Fault::new(format!(
                "the server said `{line}` where its addresses were expected"
            ))),
        }
    }

    /// Where a workload is asked.
    fn url(&self, workload: &Workload) -> &str {
        if workload.tls {
            &self.secure
        } else {
            &self.plain
        }
    }

    /// What a program is told for some calls.
    pub(super) fn order(
        &self,
        workload: &Workload,
        name: &str,
        calls: u64,
        at_once: u64,
    ) -> String {
        workload.order(name, calls, at_once, self.url(workload))
    }

    /// Lets a program trust the server, and ask no proxy for it.
    pub(super) fn introduce(&self, command: &mut Command) {
        command.env("BENCH_CA", &self.ca_file);
        for name in ["http_proxy", "https_proxy", "all_proxy"] {
            command.env_remove(name).env_remove(name.to_uppercase());
        }
    }

    /// Most of its memory is not of interest; that it still runs is.
    pub(super) fn check(&mut self) -> Result<()> {
        match self.process.child.try_wait() {
            Ok(None) => Ok(()),
            _ => Err(Fault::new("the server ended while it was measured against")),
        }
    }
}

/// What some calls cost.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Cost {
    pub(super) cpu_us: f64,
    pub(super) wall_us: f64,
    /// The most memory that the process had by then.
    pub(super) rss_kb: f64,
    items: u64,
}

impl Cost {
    fn parse(line: &str) -> Option<Self> {
        let word = |name: &str| {
            line.split_whitespace()
                .filter_map(|word| word.split_once('='))
                .find_map(|(key, value)| (key == name).then_some(value))
        };
        Some(Self {
            cpu_us: word("cpu_us")?.parse().ok()?,
            wall_us: word("wall_us")?.parse().ok()?,
            rss_kb: 0.0,
            items: word("items")?.parse().ok()?,
        })
    }
}

/// A running client.
pub(super) struct Client(Process);

impl Client {
    pub(super) fn start(title: &str, command: &mut Command, server: &Server) -> Result<Self> {
        server.introduce(command);
        Process::start(title, command).map(Self)
    }

    /// Lets it make some calls.
    pub(super) fn calls(
        &mut self,
        server: &Server,
        workload: &Workload,
        calls: u64,
        at_once: u64,
    ) -> Result<Cost> {
        let order = server.order(workload, &workload.name, calls, at_once);
        let line = self.0.ask(&order)?;
        let mut cost = Cost::parse(&line).ok_or_else(|| {
            self.0
                .fault(&format!("said `{line}` where its cost was expected"))
        })?;
        cost.rss_kb = self.0.most_memory()?;
        // A call that fails must not look quick.
        let wanted = calls * workload.items;
        if cost.items != wanted {
            return Err(self.0.fault(&format!(
                "got {} things of {wanted} from `{}`",
                cost.items, workload.title
            )));
        }
        Ok(cost)
    }
}

/// A child that answers lines with lines.
struct Process {
    title: String,
    child: Child,
    input: Option<ChildStdin>,
    output: Option<BufReader<ChildStdout>>,
}

impl Process {
    fn start(title: &str, command: &mut Command) -> Result<Self> {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| Fault::new(format!("{title} cannot be started: {error}")))?;
        Ok(Self {
            title: title.to_owned(),
            input: child.stdin.take(),
            output: child.stdout.take().map(BufReader::new),
            child,
        })
    }

    fn fault(&self, what: &str) -> Fault {
        Fault::new(format!("{} {what}", self.title))
    }

    /// In kB. What getrusage tells begins with the memory of the process that started it.
    fn most_memory(&self) -> Result<f64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()));
        let status = status.unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let number = line.and_then(|line| line.split_whitespace().next()?.parse().ok());
        number.ok_or_else(|| self.fault("has no memory that /proc tells of"))
    }

    fn ask(&mut self, order: &str) -> Result<String> {
        let sent = self.input.as_mut().map(|input| {
            input
                .write_all(order.as_bytes())
                .and_then(|()| input.flush())
        });
        match sent {
            Some(Ok(())) => self.line(),
            _ => Err(self.fault("ended; what it said stands above")),
        }
    }

    fn line(&mut self) -> Result<String> {
        let mut line = String::new();
        match self.output.as_mut().map(|it| it.read_line(&mut line)) {
            Some(Ok(length)) if length > 0 => Ok(line.trim_end().to_owned()),
            _ => Err(self.fault("ended without an answer; what it said stands above")),
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Closing its input ends it.
        self.input = None;
        let _ = self.child.wait();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_client_says_is_read() {
        let cost = Cost::parse("cpu_us=120 wall_us=300.5 items=50").unwrap();
        assert_eq!((cost.cpu_us, cost.wall_us, cost.items), (120.0, 300.5, 50));
        assert_eq!(Cost::parse("cpu_us=120 wall_us=300"), None);
    }
}
