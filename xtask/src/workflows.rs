//! `cargo xtask check workflows`: programs that are not ours read what a forge runs, and must refuse it when it is broken.

use std::path::Path;

use crate::example_referees::{Example, refused};
use crate::fault::Result;
use crate::referee_tools::install_python;
use crate::run::{path_with, program, silent, timed};
use crate::sources::entries;

const FOLDER: &str = ".github/workflows";

/// What is wrong for actionlint: a script that shellcheck would correct, a job that waits for none, no such runner.
const SPELLED: [Example; 3] = [
    Example {
        file: "test.yml",
        right: "\"$PWD:/src\"",
        wrong: "$PWD:/src",
    },
    Example {
        file: "release.yml",
        right: "needs: [attest]",
        wrong: "needs: [atest]",
    },
    Example {
        file: "test.yml",
        right: "runs-on: windows-2025",
        wrong: "runs-on: windows-205",
    },
];

/// What is wrong for zizmor: an action that its owner may change, a token left in the checkout, what may write all, a text
/// of strangers in a script.
const SAFE: [Example; 4] = [
    Example {
        file: "test.yml",
        right: "checkout@08c6903cd8c0fde910a37f88322edcfb5dd907a8",
        wrong: "checkout@v5",
    },
    Example {
        file: "test.yml",
        right: "persist-credentials: false",
        wrong: "fetch-depth: 1",
    },
    Example {
        file: "test.yml",
        right: "permissions: {}",
        wrong: "permissions: write-all",
    },
    Example {
        file: "test.yml",
        right: "- run: bash .ci/run",
        wrong: "- run: bash .ci/run ${{ github.head_ref }}",
    },
];

pub(crate) fn run() -> Result<()> {
    let installed = |tool: &str| install_python("workflows", "requirements-workflows.txt", tool);
    let actionlint = installed("actionlint")?;
    let zizmor = installed("zizmor")?;
    // It finds shellcheck there.
    let beside = actionlint.parent().map(Path::to_owned).unwrap_or_default();
    let path = path_with(&beside)?;
    let spelled = |file: &Path| {
        let mut command = program(&actionlint, ["-no-color"]);
        command.arg(file).env("PATH", &path);
        command
    };
    let safe = |file: &Path| {
        let mut command = program(&zizmor, ["--offline", "--no-progress", "--quiet"]);
        command.args(["--persona", "auditor"]).arg(file);
        command
    };
    timed("actionlint and zizmor on the workflows", || {
        for file in entries(Path::new(FOLDER))? {
            silent("actionlint", &mut spelled(&file))?;
            silent("zizmor", &mut safe(&file))?;
        }
        for example in &SPELLED {
            refused(Path::new(FOLDER), example, "actionlint", spelled)?;
        }
        SAFE.iter()
            .try_for_each(|example| refused(Path::new(FOLDER), example, "zizmor", safe))
    })
}
