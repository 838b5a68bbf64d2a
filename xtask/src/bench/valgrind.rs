//! Counts instructions and allocations of calls, by valgrind: no clock and no other process is in them.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use super::client::Server;
use super::plan::Workload;
use crate::fault::{Fault, Result};
use crate::run::{program, under};

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unit {
    Instructions,
    Allocations,
}

impl Unit {
    fn options(self) -> Vec<String> {
        let options: &[&str] = match self {
            Self::Instructions => &["--tool=callgrind", "--callgrind-out-file=/dev/null"],
            Self::Allocations => &[
                "--tool=memcheck",
                "--leak-check=no",
                "--undef-value-errors=no",
            ],
        };
        options.iter().map(|option| (*option).to_owned()).collect()
    }

    /// The number in what valgrind says at its end.
    fn read(self, told: &str) -> Option<u64> {
        let mark = match self {
            Self::Instructions => "Collected : ",
            Self::Allocations => "total heap usage: ",
        };
        let (_, rest) = told.rsplit_once(mark)?;
        rest.split_whitespace()
            .next()?
            .replace(',', "")
            .parse()
            .ok()
    }
}

/// Whether it can be counted on this machine.
pub(super) fn is_there() -> bool {
    program("valgrind", ["--version"]).output().is_ok()
}

/// What one call takes: the difference of a run with all `calls` and one with a tenth of them, so that the start of the
/// program and its first connection are not in it.
pub(super) fn each(
    unit: Unit,
    command: &Command,
    server: &Server,
    workload: &Workload,
    order: &str,
    calls: u64,
) -> Result<f64> {
    let few = (calls / 10).max(1);
    let many = few + calls;
    let count = |calls| {
        run(
            unit,
            command,
            server,
            &server.order(workload, order, calls, 1),
        )
    };
    let difference = count(many)?.saturating_sub(count(few)?);
    Ok(difference as f64 / calls as f64)
}

fn run(unit: Unit, of: &Command, server: &Server, order: &str) -> Result<u64> {
    let title = Path::new(of.get_program()).display().to_string();
    let mut command = under(program("valgrind", unit.options()), of);
    server.introduce(&mut command);
    // Seeds of hashes would differ from run to run; Python's own allocator would hide what it takes.
    command.env("PYTHONHASHSEED", "0").env(
        "PYTHONMALLOC",
        if unit == Unit::Allocations {
            "malloc"
        } else {
            "pymalloc"
        },
    );
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| {
            Fault::new(format!(
                "valgrind cannot be started: {error}; install valgrind"
            ))
        })?;
    if let Some(mut input) = child.stdin.take() {
        let written = input.write_all(order.as_bytes());
        written.map_err(|error| Fault::new(format!("{title} took no order: {error}")))?;
    }
    let output = child
        .wait_with_output()
        .map_err(|error| Fault::new(format!("{title} was lost: {error}")))?;
    let told = String::from_utf8_lossy(&output.stderr);
    let answered = String::from_utf8_lossy(&output.stdout).contains("items=");
    match unit.read(&told) {
        Some(count) if output.status.success() && answered => Ok(count),
        _ => Err(Fault::new(format!(
            "{title} failed under valgrind:\n{told}"
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_valgrind_says_is_read() {
        let told = "==1== Events    : Ir\n==1== Collected : 123456\n==1== I refs: 123,456\n";
        assert_eq!(Unit::Instructions.read(told), Some(123_456));
        let told = "==1==   total heap usage: 1,024 allocs, 1,000 frees, 9 bytes allocated\n";
        assert_eq!(Unit::Allocations.read(told), Some(1024));
        assert_eq!(Unit::Allocations.read("nothing"), None);
    }
}
