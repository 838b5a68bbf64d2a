//! How the runners are called.

use std::path::PathBuf;

/// What a runner is told.
#[derive(Clone, Debug, Default)]
pub struct RunnerOptions {
    /// A part of the names of what is run; empty for all.
    pub only: String,
    /// Whether the first failure is enough.
    pub first: bool,
    /// Whether calls give their answers with what came beside the value.
    pub raw: bool,
    /// How many agents run at once.
    pub jobs: Option<usize>,
    /// The server of cases.
    pub server: Option<String>,
    /// The name of the face.
    pub face: String,
    /// Where the counts are written.
    pub results: Option<PathBuf>,
    /// What starts an agent; empty for Rust.
    pub command: Vec<String>,
}

impl RunnerOptions {
    /// Reads the words of a command line; nothing when they are wrong.
    pub fn parse(mut words: impl Iterator<Item = String>) -> Option<Self> {
        let mut options = Self {
            face: "rust".to_owned(),
            ..Self::default()
        };
        while let Some(word) = words.next() {
            match word.as_str() {
                "--first" => options.first = true,
                "--raw" => options.raw = true,
                "--only" => options.only = words.next()?,
                "--jobs" => {
                    let jobs = words.next()?.parse().ok()?;
                    options.jobs = (jobs > 0).then_some(Some(jobs))?;
                }
                "--server" => options.server = Some(words.next()?.trim_end_matches('/').to_owned()),
                "--face" => options.face = words.next()?,
                "--results" => options.results = Some(words.next()?.into()),
                "--" => {
                    options.command = words.collect();
                    return (!options.command.is_empty()).then_some(options);
                }
                _ => return None,
            }
        }
        Some(options)
    }
}
