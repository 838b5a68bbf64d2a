//! The examples beside the command line, each judged by a program that knows its kind, and a broken one refused by it.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::fault::{Fault, Result};
use crate::referee_tools::{HERE, install_python, write};
use crate::run::{program, quiet, text};
use crate::sources;

const EXAMPLES: &str = "bindings/cli/packaging";

/// A file, and a way to break it that its judge must see.
pub(crate) struct Example {
    pub(crate) file: &'static str,
    pub(crate) right: &'static str,
    pub(crate) wrong: &'static str,
}

const CRONJOB: Example = Example {
    file: "cronjob.yaml",
    right: "restartPolicy:",
    wrong: "restartPolcy:",
};

const CONTAINER: Example = Example {
    file: "Containerfile",
    right: "ENTRYPOINT [",
    wrong: "ENTRYPIONT [",
};

pub(crate) fn run() -> Result<()> {
    let installed = |tool: &str| install_python("examples", "requirements-examples.txt", tool);
    let validate = installed("kubernetes-validate")?;
    judged(&CRONJOB, "the schemas of Kubernetes", |file| {
        let mut command = program(&validate, ["--strict", "--no-warn"]);
        command.arg(file);
        command
    })?;
    let hadolint = installed("hadolint")?;
    judged(&CONTAINER, "hadolint", |file| {
        let mut command = program(&hadolint, ["--no-color"]);
        command.arg(file);
        command
    })
}

/// Has a program judge an example, which it must take, and the same broken, which it must not.
fn judged(example: &Example, judge: &str, command: impl Fn(&Path) -> Command) -> Result<()> {
    let file = Path::new(EXAMPLES).join(example.file);
    quiet(
        &format!("hold {} against {judge}", text(&file)),
        &mut command(&file),
    )?;
    refused(Path::new(EXAMPLES), example, judge, command)
}

/// Has a program judge a file of a folder that was broken, which it must not take.
pub(crate) fn refused(
    folder: &Path,
    example: &Example,
    judge: &str,
    command: impl Fn(&Path) -> Command,
) -> Result<()> {
    let sound = sources::text(&folder.join(example.file))?;
    let broken: PathBuf = Path::new(HERE).join(example.file);
    write(&broken, &sound.replace(example.right, example.wrong))?;
    let output = command(&broken)
        .output()
        .map_err(|error| Fault::path(&broken, "judged", &error))?;
    match output.status.success() {
        false => Ok(()),
        true => Err(Fault::new(format!(
            "{judge} takes {} for sound, in which `{}` is `{}`",
            text(&broken),
            example.right,
            example.wrong
        ))),
    }
}
