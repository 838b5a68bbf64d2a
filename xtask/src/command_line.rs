//! `cargo xtask package cli --out DIR`: the command line as its users get it, and each way to install it tried.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::archive::{self, Deb, Packed};
use crate::artefact::{self, VERSION, copy, size_of};
use crate::auditable;
use crate::c_library::MOCK_HELPER;
use crate::documentation;
use crate::fault::{Fault, Result};
use crate::mock::{LIMIT, MockServer, with_server};
use crate::mock_package;
use crate::native;
use crate::run::{CLI, limited, program, quiet, shell_with, text, timed};
use crate::sources::entries;
use crate::wheel::{self, Made, Package};

/// The program in a wheel.
const WHEEL: Package = Package {
    name: "snapline_cli",
    folder: "bindings/cli",
    // No Python at all, on any Linux with that glibc or a later one.
    tag: "py3-none-manylinux2014_x86_64.manylinux_2_17_x86_64",
    most_bytes: 3_600_000,
};

/// How large the program may be.
const MOST_BYTES: u64 = 7_500_000;

/// What is there for whoever runs it by a timer.
const EXAMPLES: &str = "bindings/cli/packaging";

/// The page that says how to begin: what it shows is done with each that was installed.
const QUICK_START: &str = "docs/start/cli.md";

/// A shell that completes commands, where the prefix has what it reads, and where Debian has it.
struct Shell {
    name: &'static str,
    file: &'static str,
    debian: &'static str,
}

const SHELLS: [Shell; 3] = [
    Shell {
        name: "bash",
        file: "share/bash-completion/completions/snapline",
        debian: "share/bash-completion/completions/snapline",
    },
    Shell {
        name: "zsh",
        file: "share/zsh/site-functions/_snapline",
        debian: "share/zsh/vendor-completions/_snapline",
    },
    Shell {
        name: "fish",
        file: "share/fish/vendor_completions.d/snapline.fish",
        debian: "share/fish/vendor_completions.d/snapline.fish",
    },
];

const MANUAL: &str = "share/man/man1";
const DOC: &str = "share/doc/snapline-cli";
/// What tests in C start the stand-in by.
const HELPER: &str = "share/snapline-mock";

/// Makes the packages of Python in one folder, and all others in another one. The mock beside the program is one that is
/// there, or is built for it.
pub(crate) fn run(out: &Path, archives: &Path, mock: Option<&Path>) -> Result<()> {
    let made = WHEEL.make(out)?;
    let installed = made.installed()?;
    let snapline = installed.join("snapline");
    artefact::sound("snapline", &snapline, MOST_BYTES)?;
    let mock = match mock {
        Some(mock) => mock.to_owned(),
        None => built_mock(&made)?,
    };
    artefact::sound("snapline-mock", &mock, mock_package::MOST_BYTES)?;
    let prefix = made.scratch.path().join("prefix");
    lay_out(&prefix, &snapline, &mock)?;
    auditable::embed(&prefix.join("bin/snapline"), CLI)?;
    let packed = Packed {
        archive: &format!("snapline-cli-{VERSION}-{}", std::env::consts::ARCH),
        summary: "Cloud storage snapshots from the command line",
        binary: Path::new("bin/snapline"),
        packages: &[Deb {
            name: "snapline-cli",
            section: "utils",
            description: &[
                "Every call of every provider that it knows as a command, and",
                "snapshots by a policy, with a lock, a report and a year tried out before.",
            ],
            depends: None,
            control: &[],
            lay_out: &debian,
        }],
    };
    fs::create_dir_all(archives).map_err(|error| Fault::path(archives, "made", &error))?;
    let archives = packed.archives(&prefix, archives)?;

    let tries = Tries {
        home: made.scratch.path().join("home"),
        mock: MockServer::start_of(&mock, &["--settle-ms", "0"])?,
    };
    fs::create_dir_all(&tries.home).map_err(|error| Fault::path(&tries.home, "made", &error))?;
    tries.begins("wheel", &installed)?;
    made.same_licences(&installed.join("python"))?;

    let unpacked = archives.unpacked(&made.scratch.path().join("unpacked"))?;
    tries.of(".tar.gz", &unpacked)?;
    let (helper, mock) = (unpacked.join(HELPER), unpacked.join("bin/snapline-mock"));
    native::use_mock_helper(&helper, &mock, made.scratch.path())?;
    let usr = archives.installed(&made.scratch.path().join("root"))?;
    tries.of(".deb", &usr)?;
    println!("    {}\n    {}", made.sdist.display(), made.wheel.display());
    Ok(())
}

/// The stand-in for the providers, built as the program is, so that both can be tried without an account.
fn built_mock(made: &Made) -> Result<PathBuf> {
    let folder = made.scratch.path().join("mock");
    let mut build = program(made.env.bin("maturin"), ["build", "--release", "--locked"]);
    build
        .args(["--quiet", "--bindings", "bin", "--manifest-path"])
        .arg("crates/mock/Cargo.toml")
        .arg("--out")
        .arg(&folder);
    if cfg!(target_os = "linux") {
        build.args(wheel::OLD_GLIBC.split(' '));
    }
    build.env("PATH", crate::run::path_with(&made.env.bin(""))?);
    artefact::shippable(&mut build)?;
    quiet("build the mock for release (minutes)", &mut build)?;
    let wheel = wheel::only("snapline_mock", &folder, ".whl")?;
    wheel::unzipped(&made.env, &wheel, &folder)?;
    let built = folder.join(format!(
        "snapline_mock-{VERSION}.data/scripts/snapline-mock"
    ));
    quiet("let it be run", program("chmod", ["755"]).arg(&built))?;
    Ok(built)
}

/// Puts everything where a prefix has it.
fn lay_out(prefix: &Path, snapline: &Path, mock: &Path) -> Result<()> {
    copy(snapline, &prefix.join("bin/snapline"))?;
    copy(mock, &prefix.join("bin/snapline-mock"))?;
    for shell in SHELLS {
        let text = told(
            prefix,
            Command::new(snapline).args(["completion", shell.name]),
        )?;
        artefact::write(&prefix.join(shell.file), &text)?;
    }
    let manual = prefix.join(MANUAL);
    fs::create_dir_all(&manual).map_err(|error| Fault::path(&manual, "made", &error))?;
    told(prefix, Command::new(snapline).arg("man").arg(&manual))?;
    let doc = prefix.join(DOC);
    for file in ["LICENSE-APACHE", "LICENSE-MIT"] {
        copy(Path::new(file), &doc.join(file))?;
    }
    copy(Path::new("bindings/cli/README.md"), &doc.join("README.md"))?;
    for file in ["snapline_mock.h", "snapline_mock.c"] {
        let from = Path::new(MOCK_HELPER).join(file);
        copy(&from, &prefix.join(HELPER).join(file))?;
    }
    for example in entries(Path::new(EXAMPLES))? {
        let name = example.file_name().unwrap_or_default();
        copy(&example, &doc.join("examples").join(name))?;
    }
    Ok(())
}

/// A prefix as Debian has it: some of it elsewhere, packed, or not at all.
fn debian(prefix: &Path, usr: &Path) -> Result<()> {
    archive::copied(prefix, usr)?;
    for shell in SHELLS.iter().filter(|shell| shell.file != shell.debian) {
        let (from, to) = (usr.join(shell.file), usr.join(shell.debian));
        copy(&from, &to)?;
        let folder = from.parent().unwrap_or(usr);
        fs::remove_dir_all(folder).map_err(|error| Fault::path(folder, "removed", &error))?;
    }
    // A machine that takes snapshots needs no stand-in; of licences Debian has one file.
    for file in [
        "bin/snapline-mock".to_owned(),
        format!("{DOC}/LICENSE-APACHE"),
        format!("{DOC}/LICENSE-MIT"),
    ] {
        let file = usr.join(file);
        fs::remove_file(&file).map_err(|error| Fault::path(&file, "removed", &error))?;
    }
    let helper = usr.join(HELPER);
    fs::remove_dir_all(&helper).map_err(|error| Fault::path(&helper, "removed", &error))?;
    archive::gzipped(&usr.join(MANUAL))
}

/// Runs the program in an environment without anything of the caller's, and gives what it prints.
fn told(home: &Path, command: &mut Command) -> Result<String> {
    let name = text(Path::new(command.get_program()));
    let output = command
        .env_clear()
        .env("HOME", home)
        .output()
        .map_err(|error| Fault::path(Path::new(&name), "started", &error))?;
    match output.status.success() {
        true => Ok(String::from_utf8_lossy(&output.stdout).into_owned()),
        false => Err(Fault::new(format!(
            "{name} failed: {}",
            String::from_utf8_lossy(&output.stderr).trim()
        ))),
    }
}

/// A home of nobody, and a server for what is tried.
struct Tries {
    home: PathBuf,
    mock: MockServer,
}

impl Tries {
    /// Uses a prefix, and all that came along with the program.
    fn of(&self, what: &str, prefix: &Path) -> Result<()> {
        timed(&format!("complete a command by the {what}"), || {
            self.completes(prefix)
        })?;
        timed(&format!("read the manual of the {what}"), || {
            manual_is_read(&prefix.join(MANUAL))
        })?;
        self.begins(what, &prefix.join("bin"))
    }

    /// Begins with a program as its users do.
    fn begins(&self, what: &str, programs: &Path) -> Result<()> {
        let mut asked = Command::new(programs.join("snapline"));
        let version = told(&self.home, asked.arg("--version"))?;
        if !version.starts_with(&format!("snapline {VERSION} ")) {
            return Err(Fault::new(format!(
                "the {what} has another version: {version}"
            )));
        }
        for block in documentation::of_a_shell(QUICK_START)? {
            let file = self.home.join("start.sh");
            artefact::write(&file, &block)?;
            let mut command = shell_with(programs, &file)?;
            command.env("HOME", &self.home).stdout(Stdio::null());
            limited(
                &format!("begin as {QUICK_START} says, by the {what}"),
                LIMIT,
                with_server(&mut command, &self.mock),
            )?;
        }
        Ok(())
    }

    /// Has bash complete a word, by the file that bash itself would look for.
    fn completes(&self, prefix: &Path) -> Result<()> {
        for shell in SHELLS {
            let file = match prefix.join(shell.file) {
                file if file.exists() => file,
                _ => prefix.join(shell.debian),
            };
            if size_of(&file)? == 0 {
                return Err(Fault::new(format!("{} is empty", file.display())));
            }
        }
        let script = format!(
            "source '{}'; COMP_WORDS=(snapline do vol); COMP_CWORD=2; _snapline snapline vol do; \
             echo \"${{COMPREPLY[@]}}\"",
            prefix
                .join("share/bash-completion/completions/snapline")
                .display()
        );
        let said = told(
            &self.home,
            &mut program("bash", ["--norc", "--noprofile", "-c", &script]),
        )?;
        match said.split_whitespace().any(|word| word == "volumes") {
            true => Ok(()),
            false => Err(Fault::new(format!("bash completes `vol` to `{said}`"))),
        }
    }
}

/// Every page is read without a complaint, where there is something that reads such pages.
fn manual_is_read(folder: &Path) -> Result<()> {
    let pages = entries(folder)?;
    if !pages
        .iter()
        .any(|page| text(page).contains("snapline-rotate.1"))
    {
        return Err(Fault::new(format!(
            "{} has no page of a command",
            folder.display()
        )));
    }
    if program("man", ["--version"]).output().is_err() {
        println!("    there is no man here that could read them");
        return Ok(());
    }
    let output = program("man", ["--local-file", "--warnings=w"])
        .args(&pages)
        .env("MANPAGER", "cat")
        .env("LC_ALL", "C.UTF-8")
        .output()
        .map_err(|error| Fault::new(format!("man cannot be started: {error}")))?;
    let complaint = String::from_utf8_lossy(&output.stderr);
    if !output.status.success() || !complaint.trim().is_empty() {
        return Err(Fault::new(format!("man says of the manual: {complaint}")));
    }
    Ok(())
}
