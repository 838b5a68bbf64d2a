//! Runs the real program, in a folder of its own and with nothing of the caller's environment.

#![allow(dead_code, reason = "not every file of tests needs all of it")]

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use snapline_mock::Mock;
use tempfile::TempDir;

/// The words that make a share of this name and size, and more of them.
pub(crate) fn create<'a>(name: &'a str, size: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    let words = ["do", "nfs", "create", "--name", name, "--size-gib", size];
    let network = ["--vpc-ids", "febd81cf-0477-4f83-b7cf-93a6d568cf5f"];
    [&words[..], &network, more].concat()
}

/// What the program printed, and how it ended.
pub(crate) struct Ran {
    pub(crate) stdout: String,
    /// The same, byte by byte.
    pub(crate) bytes: Vec<u8>,
    pub(crate) stderr: String,
    pub(crate) code: i32,
}

impl From<Output> for Ran {
    fn from(output: Output) -> Self {
        Self {
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            bytes: output.stdout,
            stderr: String::from_utf8(output.stderr).unwrap(),
            code: output.status.code().unwrap_or(-1),
        }
    }
}

impl Ran {
    /// The same, which ended well.
    #[track_caller]
    pub(crate) fn ok(self) -> Self {
        assert_eq!(self.code, 0, "{}{}", self.stdout, self.stderr);
        self
    }

    #[track_caller]
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout)
            .unwrap_or_else(|error| panic!("{error}: {} {}", self.stdout, self.stderr))
    }

    pub(crate) fn error(&self) -> serde_json::Value {
        // What is told on the way stands before it.
        let last = self.stderr.lines().last().unwrap_or_default();
        let told: serde_json::Value = serde_json::from_str(last)
            .unwrap_or_else(|error| panic!("{error}: {} {}", self.stdout, self.stderr));
        told["error"].clone()
    }
}

/// A home directory, and the environment in which the program runs.
pub(crate) struct Home {
    folder: TempDir,
    variables: Vec<(String, String)>,
}

impl Home {
    pub(crate) fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
            variables: Vec::new(),
        }
    }

    /// One in whose environment every provider is the mock.
    pub(crate) fn at(mock: &Mock) -> Self {
        let mut home = Self::new();
        let all = mock
            .environments()
            .into_iter()
            .flat_map(|(_, variables)| variables);
        home.variables
            .extend(all.map(|(name, value)| (name.to_owned(), value)));
        home
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn set(&mut self, name: &str, value: &str) -> &mut Self {
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Writes a file into it.
    pub(crate) fn write(&self, name: &str, text: impl AsRef<[u8]>) -> String {
        let path = self.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_snapline"));
        command
            .args(arguments)
            .env_clear()
            .env("HOME", self.path())
            .envs(self.variables.iter().cloned())
            .current_dir(self.path());
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        self.command(arguments)
            .stdin(Stdio::null())
            .output()
            .unwrap()
            .into()
    }

    pub(crate) fn run_with(&self, arguments: &[&str], stdin: &str) -> Ran {
        let mut child = self
            .command(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child
            .stdin
            .take()
            .unwrap()
            .write_all(stdin.as_bytes())
            .unwrap();
        child.wait_with_output().unwrap().into()
    }
}
