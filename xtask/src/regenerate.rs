//! `cargo xtask regenerate`: every generated file, or with `--check` what is not as it should be.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use similar::TextDiff;
use snapline_codegen::emit::rust::BANNER;
use snapline_codegen::face::c::Header;
use snapline_codegen::{FileSet, generate_with_lock};
use tempfile::NamedTempFile;

use crate::abi;
use crate::c_header::{self, CHeader};
use crate::fault::{Fault, Result};
use crate::run::timed;
use crate::sources;

/// What `regenerate` takes.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Write nothing; list every stale, missing and orphaned file and fail if there is one.
    #[arg(long)]
    check: bool,
    /// The folder with sources.toml and the documents.
    #[arg(long, default_value = "spec", value_name = "DIR")]
    spec: PathBuf,
    /// The folder to write below.
    #[arg(long, default_value = ".", value_name = "DIR")]
    out: PathBuf,
}

/// How many lines of a difference are shown.
const SHOWN: usize = 12;

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let sources = timed("read the documents", || sources::read(&arguments.spec))?;
    let lock = existing(&arguments.out.join("bindings/c/abi.lock"))?;
    let (mut files, headers) = timed("generate", || {
        Ok(generate_with_lock(&sources, lock.as_deref())?)
    })?;
    let abi = existing(&arguments.out.join(abi::PATH))?;
    timed("make the C headers with cbindgen", || {
        add_headers(&mut files, &headers, abi.as_deref())
    })?;
    let changes = timed("compare with what is there", || {
        compare(&files, &arguments.out)
    })?;
    if arguments.check {
        return report(&changes, &files);
    }
    let written = changes.stale.len() + changes.missing.len();
    apply(&changes, &files, &arguments.out)?;
    for path in &changes.orphaned {
        println!("removed: {path}");
    }
    println!(
        "{} generated files: {written} written, {} removed, {} unchanged",
        files.iter().count(),
        changes.orphaned.len(),
        files.iter().count() - written
    );
    Ok(())
}

/// A file's text, or nothing where there is no such file yet.
fn existing(path: &Path) -> Result<Option<String>> {
    if path.exists() {
        sources::text(path).map(Some)
    } else {
        Ok(None)
    }
}

/// The check that `cargo xtask check` makes too.
pub(crate) fn check() -> Result<()> {
    run(&Arguments {
        check: true,
        spec: "spec".into(),
        out: ".".into(),
    })
}

/// Writes below a folder what the documents of another make.
pub(crate) fn into(spec: &str, out: &str) -> Result<()> {
    run(&Arguments {
        check: false,
        spec: spec.into(),
        out: out.into(),
    })
}

/// What is not as it should be.
#[derive(Default)]
struct Changes {
    stale: Vec<(String, String)>,
    missing: Vec<String>,
    orphaned: Vec<String>,
}

fn compare(files: &FileSet, out: &Path) -> Result<Changes> {
    let mut changes = Changes::default();
    for (path, contents) in files.iter() {
        let full = out.join(path);
        match fs::read(&full) {
            Ok(bytes) if bytes == contents.as_bytes() => {}
            Ok(bytes) => changes.stale.push((
                path.to_owned(),
                String::from_utf8_lossy(&bytes).into_owned(),
            )),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                changes.missing.push(path.to_owned())
            }
            Err(error) => return Err(Fault::path(&full, "read", &error)),
        }
    }
    let known: BTreeSet<&str> = files.iter().map(|(path, _)| path).collect();
    // JSON has no comments to say in that it is generated; these folders hold nothing else.
    let json: BTreeSet<&str> = known
        .iter()
        .filter_map(|path| path.strip_suffix(".json")?.rsplit_once('/'))
        .map(|(folder, _)| folder)
        .filter(|folder| folder.ends_with("/cases"))
        .collect();
    find_generated(out, out, &json, &mut |path| {
        if !known.contains(path.as_str()) {
            changes.orphaned.push(path);
        }
    })?;
    changes.orphaned.sort();
    Ok(changes)
}

/// Calls `found` for every file that says it is generated, or lies where only such files do.
fn find_generated(
    root: &Path,
    folder: &Path,
    json: &BTreeSet<&str>,
    found: &mut dyn FnMut(String),
) -> Result<()> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(Fault::path(folder, "read", &error)),
    };
    for entry in entries.filter_map(std::result::Result::ok) {
        let path = entry.path();
        let name = entry.file_name();
        let kind = entry
            .file_type()
            .map_err(|error| Fault::path(&path, "read", &error))?;
        if kind.is_dir() {
            if name != "target" && name != "__pycache__" && !name.to_string_lossy().starts_with('.')
            {
                find_generated(root, &path, json, found)?;
            }
        } else if kind.is_file() {
            let relative = path.strip_prefix(root).unwrap_or(&path);
            let text = relative
                .components()
                .map(|part| part.as_os_str().to_string_lossy())
                .collect::<Vec<_>>()
                .join("/");
            let placed = text.split('/').any(|part| part == "generated")
                || text
                    .strip_suffix(".json")
                    .and_then(|text| text.rsplit_once('/'))
                    .is_some_and(|(folder, _)| json.contains(folder));
            if placed || starts_with_banner(&path) {
                found(text);
            }
        }
    }
    Ok(())
}

fn starts_with_banner(path: &Path) -> bool {
    use std::io::Read;
    let mut start = Vec::new();
    let read = fs::File::open(path).and_then(|file| file.take(300).read_to_end(&mut start));
    read.is_ok()
        && String::from_utf8_lossy(&start)
            .lines()
            .take(2)
            .any(|line| line.contains(BANNER) && !line.contains('='))
}

fn report(changes: &Changes, files: &FileSet) -> Result<()> {
    let count = changes.stale.len() + changes.missing.len() + changes.orphaned.len();
    if count == 0 {
        println!(
            "{} generated files are as the documents say",
            files.iter().count()
        );
        return Ok(());
    }
    for (path, old) in &changes.stale {
        println!("stale:    {path}");
        let new = files.get(path).unwrap_or_default();
        let diff = TextDiff::from_lines(old.as_str(), new)
            .unified_diff()
            .context_radius(0)
            .to_string();
        for line in diff
            .lines()
            .filter(|line| !line.starts_with("@@"))
            .take(SHOWN)
        {
            println!("          {line}");
        }
        if diff.lines().filter(|line| !line.starts_with("@@")).count() > SHOWN {
            println!("          …");
        }
    }
    for path in &changes.missing {
        println!("missing:  {path}");
    }
    for path in &changes.orphaned {
        println!("orphaned: {path}");
    }
    Err(Fault::new(format!(
        "{count} generated files are not as the documents say; run `cargo xtask regenerate`"
    )))
}

/// Writes everything beside its place first, then moves it there; a failure puts back what was.
fn apply(changes: &Changes, files: &FileSet, out: &Path) -> Result<()> {
    let mut done = Vec::new();
    let result = apply_all(changes, files, out, &mut done);
    if result.is_err() {
        for (path, old) in done.into_iter().rev() {
            // The way back is tried for each; the error that led here is the one to report.
            let _ = match old {
                Some(bytes) => fs::write(&path, bytes),
                None => fs::remove_file(&path),
            };
        }
    }
    result
}

/// A file that was changed, and the bytes it held before, if it was there.
type Step = (PathBuf, Option<Vec<u8>>);

fn apply_all(changes: &Changes, files: &FileSet, out: &Path, done: &mut Vec<Step>) -> Result<()> {
    let mut staged: Vec<(NamedTempFile, PathBuf, Option<Vec<u8>>)> = Vec::new();
    let stale = changes.stale.iter().map(|(path, _)| (path, true));
    for (path, was_there) in stale.chain(changes.missing.iter().map(|path| (path, false))) {
        let target = out.join(path);
        let folder = target.parent().unwrap_or(out).to_owned();
        fs::create_dir_all(&folder).map_err(|error| Fault::path(&folder, "made", &error))?;
        let mut file = NamedTempFile::new_in(&folder)
            .map_err(|error| Fault::path(&folder, "written", &error))?;
        file.write_all(files.get(path).unwrap_or_default().as_bytes())
            .and_then(|()| set_mode(file.as_file()))
            .map_err(|error| Fault::path(&target, "written", &error))?;
        let old = if was_there {
            Some(read(&target)?)
        } else {
            None
        };
        staged.push((file, target, old));
    }
    for (file, target, old) in staged {
        file.persist(&target)
            .map_err(|error| Fault::path(&target, "written", &error.error))?;
        done.push((target, old));
    }
    for path in &changes.orphaned {
        let path = out.join(path);
        let old = read(&path)?;
        fs::remove_file(&path).map_err(|error| Fault::path(&path, "removed", &error))?;
        done.push((path, Some(old)));
    }
    Ok(())
}

fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).map_err(|error| Fault::path(path, "read", &error))
}

/// A temporary file is private; a source file is not.
#[cfg(unix)]
fn set_mode(file: &fs::File) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    file.set_permissions(fs::Permissions::from_mode(0o644))
}

#[cfg(not(unix))]
fn set_mode(_file: &fs::File) -> std::io::Result<()> {
    Ok(())
}

/// Makes the headers that `headers` describes from the C layer's sources, and what programs rely on in
/// them. cbindgen reads files, so the generated ones go to a folder of their own first: `--check` must not
/// touch the tree.
fn add_headers(files: &mut FileSet, headers: &[Header], previous: Option<&str>) -> Result<()> {
    let scratch = tempfile::tempdir()
        .map_err(|error| Fault::new(format!("no temporary folder can be made: {error}")))?;
    let path = Path::new("bindings/c/cbindgen.toml");
    let config = cbindgen::Config::from_file(path)
        .map_err(|error| Fault::new(format!("{}: {error}", path.display())))?;
    let mut whole = String::new();
    for header in headers {
        let text = match header.sources.as_slice() {
            [] => header.index(),
            sources => header_text(files, header, sources, config.clone(), scratch.path())?,
        };
        whole.push_str(&text);
        files.add(header.path.clone(), text);
    }
    let described = abi::describe(previous, &CHeader::parse(&whole), env!("CARGO_PKG_VERSION"))?;
    files.add(abi::PATH, described);
    Ok(())
}

fn header_text(
    files: &FileSet,
    header: &Header,
    sources: &[String],
    mut config: cbindgen::Config,
    scratch: &Path,
) -> Result<String> {
    config.include_guard = Some(header.guard());
    config.export.include = header.types.clone();
    if header.includes.is_empty() {
        // The first of all has the rules, which stand in cbindgen's own file, and the version.
        config.after_includes = config
            .after_includes
            .map(|text| text.replace("@VERSION@", env!("CARGO_PKG_VERSION")));
    } else {
        config.header = Some(header.comment());
        config.after_includes = None;
        config.sys_includes = header.includes.clone();
    }
    let mut builder = cbindgen::Builder::new().with_config(config);
    for (number, source) in sources.iter().enumerate() {
        builder = match files.get(source) {
            None => builder.with_src(source),
            Some(text) => {
                let path = scratch.join(format!("{number}.rs"));
                fs::write(&path, text).map_err(|error| Fault::path(&path, "written", &error))?;
                builder.with_src(path)
            }
        };
    }
    let bindings = builder.generate().map_err(|error| {
        Fault::new(format!(
            "cbindgen cannot make {}: {error}; the C layer's sources are at fault",
            header.path
        ))
    })?;
    let mut raw = Vec::new();
    bindings.write(&mut raw);
    Ok(c_header::reflowed(&String::from_utf8_lossy(&raw)))
}
