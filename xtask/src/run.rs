//! Runs other programs, says what runs and how long it took.

use std::ffi::{OsStr, OsString};
use std::io::{IsTerminal, Seek, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::fault::{Fault, Result};

/// The package of the command line.
pub(crate) const CLI: &str = "snapline-cli";

/// By this `.ci/run` has clippy compile what is ours.
pub(crate) const WRAPPER: &str = "RUSTC_WORKSPACE_WRAPPER";

/// Where the repository lies.
pub(crate) fn root() -> Result<&'static Path> {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .ok_or_else(|| Fault::new("xtask lies outside the repository"))
}

/// A program with its arguments.
pub(crate) fn program<I, S>(name: impl AsRef<OsStr>, arguments: I) -> Command
where
    I: IntoIterator<Item = S>,
    S: AsRef<OsStr>,
{
    let mut command = Command::new(name);
    command.args(arguments).stdin(Stdio::null());
    // Cargo tells the program that it runs about its package. Build scripts watch some of that (ring's does), so that a
    // cargo which is run from here would build anew what the one that runs this built, and the next one again.
    for (name, _) in std::env::vars_os() {
        let of_package = ["CARGO_MANIFEST_", "CARGO_PKG_"];
        let name = name.to_string_lossy();
        if of_package.iter().any(|begin| name.starts_with(begin)) {
            command.env_remove(&*name);
        }
    }
    command
}

/// The command that gives a file to a shell, which finds the programs built here as it finds every other.
pub(crate) fn shell(file: &Path) -> Result<Command> {
    shell_with(Path::new("target/debug"), file)
}

/// The same for the programs of a folder.
pub(crate) fn shell_with(programs: &Path, file: &Path) -> Result<Command> {
    let programs =
        std::fs::canonicalize(programs).map_err(|error| Fault::path(programs, "found", &error))?;
    let mut command = program("sh", ["-e".as_ref(), file.as_os_str()]);
    command.env("PATH", path_with(&programs)?);
    Ok(command)
}

/// What PATH is with one more folder before all others.
pub(crate) fn path_with(folder: &Path) -> Result<OsString> {
    path_with_all(&[folder])
}

/// The same with several.
pub(crate) fn path_with_all(folders: &[&Path]) -> Result<OsString> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let first = folders.iter().map(|folder| (*folder).to_owned());
    std::env::join_paths(first.chain(std::env::split_paths(&path)))
        .map_err(|error| Fault::new(format!("{folders:?} cannot be on PATH: {error}")))
}

/// The cargo that runs this command.
pub(crate) fn cargo<I, S>(arguments: I) -> Command
where
    I: IntoIterator<Item = S>,
    S: AsRef<OsStr>,
{
    program(
        std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()),
        arguments,
    )
}

/// The first program, told to run the second one where and as that would run.
pub(crate) fn under(mut first: Command, second: &Command) -> Command {
    first.arg(second.get_program()).args(second.get_args());
    for (name, value) in second.get_envs() {
        match value {
            Some(value) => first.env(name, value),
            None => first.env_remove(name),
        };
    }
    if let Some(folder) = second.get_current_dir() {
        first.current_dir(folder);
    }
    first
}

/// Cargo that builds targets of the workspace for trying them, such as `--bin snapline-mock`: with the features that all
/// packages ask for together, as their tests have them, so that what several need is compiled once.
pub(crate) fn build<I, S>(targets: I) -> Command
where
    I: IntoIterator<Item = S>,
    S: AsRef<OsStr>,
{
    let mut command = cargo(["build", "--quiet", "--workspace"]);
    command.args(targets);
    command
}

/// What a program prints, without blanks around it.
pub(crate) fn output<S: AsRef<OsStr>>(name: impl AsRef<OsStr>, arguments: &[S]) -> Result<String> {
    let mut command = program(name, arguments);
    let output = command
        .output()
        .map_err(|error| start_fault(&command, &error))?;
    if !output.status.success() {
        return Err(Fault::new(format!(
            "{} failed: {}",
            command.get_program().to_string_lossy(),
            String::from_utf8_lossy(&output.stderr).trim()
        )));
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// Lets cargo build something; gives what it says of each thing that was made.
pub(crate) fn made(command: &mut Command) -> Result<Vec<Value>> {
    let output = command
        .arg("--message-format=json-render-diagnostics")
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| start_fault(command, &error))?;
    if !output.status.success() {
        return Err(Fault::new(format!(
            "`{}` ended with {}",
            line(command),
            output.status
        )));
    }
    let messages = serde_json::Deserializer::from_slice(&output.stdout).into_iter::<Value>();
    let mut made = Vec::new();
    for message in messages {
        let message =
            message.map_err(|error| Fault::new(format!("cargo said what is no JSON: {error}")))?;
        if message.get("reason").and_then(Value::as_str) == Some("compiler-artifact") {
            made.push(message);
        }
    }
    Ok(made)
}

/// Runs a step with its output shown as it comes.
pub(crate) fn step(title: &str, command: &mut Command) -> Result<()> {
    let started = Instant::now();
    println!("{} {title}", mark("==>"));
    let status = command
        .status()
        .map_err(|error| start_fault(command, &error))?;
    if status.success() {
        println!("{} {title} ({})", mark("ok "), seconds(started.elapsed()));
        Ok(())
    } else {
        Err(Fault::new(format!(
            "{title} failed: `{}` ended with {status}",
            line(command)
        )))
    }
}

/// Runs a step that must end within a time, with its output shown as it comes; one that hangs is
/// ended and fails.
pub(crate) fn limited(title: &str, limit: Duration, command: &mut Command) -> Result<()> {
    let started = Instant::now();
    println!("{} {title}", mark("==>"));
    let mut child = command
        .spawn()
        .map_err(|error| start_fault(command, &error))?;
    loop {
        let ended = child
            .try_wait()
            .map_err(|error| Fault::new(format!("{title} was lost: {error}")))?;
        match ended {
            Some(status) if status.success() => {
                println!("{} {title} ({})", mark("ok "), seconds(started.elapsed()));
                return Ok(());
            }
            Some(status) => {
                return Err(Fault::new(format!(
                    "{title} failed: `{}` ended with {status}",
                    line(command)
                )));
            }
            None if started.elapsed() > limit => {
                let _ = child.kill();
                let _ = child.wait();
                return Err(Fault::new(format!(
                    "{title} did not end in {}: `{}`",
                    seconds(limit),
                    line(command)
                )));
            }
            None => std::thread::sleep(Duration::from_millis(20)),
        }
    }
}

/// Runs a step without its output, unless it fails.
pub(crate) fn quiet(title: &str, command: &mut Command) -> Result<()> {
    timed(title, || silent(title, command))
}

/// Runs a part of a step, of which nothing is told unless it fails.
pub(crate) fn silent(title: &str, command: &mut Command) -> Result<()> {
    let output = command
        .stdin(Stdio::null())
        .output()
        .map_err(|error| start_fault(command, &error))?;
    if output.status.success() {
        return Ok(());
    }
    print!("{}", String::from_utf8_lossy(&output.stdout));
    eprint!("{}", String::from_utf8_lossy(&output.stderr));
    Err(Fault::new(format!(
        "{title} failed: `{}` ended with {}",
        line(command),
        output.status
    )))
}

/// Does work while commands of this repository run beside it, one after the other: builds keep all cores busy, and tests
/// wait. What the commands print is shown once all has ended, also where one failed.
pub(crate) fn beside(commands: &[&[&str]], work: impl FnOnce() -> Result<()>) -> Result<()> {
    let mut printed = tempfile::tempfile()
        .map_err(|error| Fault::new(format!("no file for what runs beside: {error}")))?;
    let (here, there) = std::thread::scope(|scope| {
        let there: Vec<_> = commands.iter().map(|command| command.join(" ")).collect();
        println!("{} {}, beside what follows", mark("==>"), there.join(", "));
        let running = scope.spawn(|| {
            let done = commands.iter().map(|command| ours_into(command, &printed));
            done.collect::<Vec<Result<()>>>()
        });
        let here = work();
        let there = running
            .join()
            .unwrap_or_else(|_| vec![Err(Fault::new("what ran beside was lost"))]);
        (here, there)
    });
    println!("{} what ran beside", mark("==>"));
    let shown = printed
        .rewind()
        .and_then(|()| std::io::copy(&mut printed, &mut std::io::stdout()));
    shown.map_err(|error| Fault::new(format!("what ran beside cannot be shown: {error}")))?;
    let faults: Vec<String> = std::iter::once(here)
        .chain(there)
        .filter_map(|done| Some(done.err()?.to_string()))
        .collect();
    match faults.is_empty() {
        true => Ok(()),
        false => Err(Fault::new(faults.join("\n"))),
    }
}

/// Runs a command of this repository with its output in a file.
fn ours_into(arguments: &[&str], printed: &std::fs::File) -> Result<()> {
    let title = arguments.join(" ");
    let lost = |error: std::io::Error| Fault::new(format!("`{title}` was lost: {error}"));
    let started = Instant::now();
    // By cargo: the program that runs now may have been built anew by what ran before. As a program of the whole workspace,
    // as `build` has it: of its package alone, it and half of what it needs would be compiled once more.
    let mut command = cargo(["run", "--quiet", "--bin", "xtask", "--"]);
    command.current_dir(root()?).args(arguments);
    command.stdout(printed.try_clone().map_err(lost)?);
    command.stderr(printed.try_clone().map_err(lost)?);
    let status = command
        .status()
        .map_err(|error| start_fault(&command, &error))?;
    let ended = seconds(started.elapsed());
    match status.success() {
        true => writeln!(&mut &*printed, "{} {title} ({ended})", mark("ok ")).map_err(lost),
        false => Err(Fault::new(format!("`{title}` ended with {status}"))),
    }
}

/// Does a step of our own and says how long it took.
pub(crate) fn timed<T>(title: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    let started = Instant::now();
    println!("{} {title}", mark("==>"));
    let result = work()?;
    println!("{} {title} ({})", mark("ok "), seconds(started.elapsed()));
    Ok(result)
}

fn start_fault(command: &Command, error: &std::io::Error) -> Fault {
    Fault::new(format!(
        "`{}` cannot be started: {error}; install it, or put it on the PATH",
        command.get_program().to_string_lossy()
    ))
}

fn line(command: &Command) -> String {
    std::iter::once(command.get_program())
        .chain(command.get_args())
        .map(|part| part.to_string_lossy().into_owned())
        .collect::<Vec<_>>()
        .join(" ")
}

/// A duration as a person reads it.
pub(crate) fn seconds(duration: Duration) -> String {
    format!("{:.1} s", duration.as_secs_f64())
}

pub(crate) fn mark(text: &str) -> String {
    if std::io::stdout().is_terminal() {
        format!("\x1b[1;32m{text}\x1b[0m")
    } else {
        text.to_owned()
    }
}

/// A path as text for a command line.
pub(crate) fn text(path: &Path) -> String {
    path.display().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_is_told_nothing_of_our_package() {
        let told = |text: &str| text.contains("CARGO_MANIFEST_") || text.contains("CARGO_PKG_");
        // Cargo told these tests.
        assert!(std::env::vars().any(|(name, _)| told(&name)));
        let output = program("env", [] as [&str; 0]).output().unwrap();
        assert!(!told(&String::from_utf8_lossy(&output.stdout)));
    }

    #[test]
    fn what_fails_beside_fails_the_whole_and_ends_first() {
        let mut done = false;
        let lost = beside(&[&["no-such-command"], &["--version"]], || {
            done = true;
            Ok(())
        });
        assert!(done);
        assert!(lost.unwrap_err().to_string().contains("no-such-command"));
        let both = beside(&[&["no-such-command"]], || Err(Fault::new("here too")));
        let both = both.unwrap_err().to_string();
        assert!(
            both.contains("here too") && both.contains("no-such-command"),
            "{both}"
        );
        assert!(beside(&[&["--version"]], || Err(Fault::new("here"))).is_err());
        assert!(beside(&[&["--version"], &["--version"]], || Ok(())).is_ok());
    }
}
