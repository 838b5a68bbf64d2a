//! `cargo xtask regenerate`: every generated file, or with `--check` what is not as it should be.

use std::collections::BTreeSet;
use std::fs;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};

use rayon::prelude::*;
use serde_json::json;
use similar::TextDiff;
use snapline_codegen::emit::rust::BANNER;
use snapline_codegen::face::c::Header;
use snapline_codegen::finding::Kind;
use snapline_codegen::{
    Errors, Feature, FileSet, Finding, Generated, Reading, Refusal, generate_of,
};
use toml_edit::{Array, DocumentMut, Item, Table, value};

use crate::abi;
use crate::c_header::{self, CHeader};
use crate::fault::{Fault, Result};
use crate::replace::replace;
use crate::run::timed;
use crate::sources::{self, existing};
use crate::taking_in::{pretty, show};
use crate::underline;

/// What `regenerate` takes.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Write nothing; list every stale, missing and orphaned file and fail if there is one.
    #[arg(long)]
    check: bool,
    /// Print what was found in the documents and what was done as one JSON object, for tools.
    #[arg(long)]
    json: bool,
    /// The folder with sources.toml and the documents.
    #[arg(long, default_value = "spec", value_name = "DIR")]
    spec: PathBuf,
    /// The folder to write below.
    #[arg(long, default_value = ".", value_name = "DIR")]
    out: PathBuf,
}

/// What stands above the features of a provider's crate.
const FEATURES: &str = "\n# A feature for each resource, kept by `cargo xtask regenerate`: a program compiles those that it names.\n";

/// How many lines of a difference are shown.
const SHOWN: usize = 12;

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let quiet = arguments.json;
    let sources = step(quiet, "read the documents", || {
        sources::read(&arguments.spec)
    })?;
    let readings = step(quiet, "read what they say", || Ok(Reading::all(&sources)))?;
    let findings: Vec<Finding> = readings
        .iter()
        .flat_map(|reading| reading.findings.clone())
        .collect();
    if !quiet {
        // What cannot be made files of is the error below.
        let warnings = findings.iter().filter(|one| !one.kind.is_error());
        show(&sources, &warnings.cloned().collect::<Vec<_>>());
    }
    let without: Vec<Refusal> = readings
        .iter()
        .flat_map(|reading| reading.refused.clone())
        .collect();
    let lock = existing(&arguments.out.join("bindings/c/abi.lock"))?;
    let Generated {
        mut files,
        headers,
        features,
    } = step(quiet, "generate", || {
        generate_of(readings, lock.as_deref()).map_err(|errors| {
            let color = std::io::stderr().is_terminal();
            let fault = underline::fault(&sources, &errors, color);
            match quiet.then(|| refused(&findings, errors, &without)) {
                Some(Err(fault)) => return fault,
                Some(Ok(told)) => print!("{told}"),
                None => {}
            }
            fault
        })
    })?;
    for (provider, features) in &features {
        if let Some((path, text)) = manifest(&arguments.out, provider, features)? {
            files.add(path, text);
        }
    }
    let abi = existing(&arguments.out.join(abi::PATH))?;
    step(quiet, "make the C headers with cbindgen", || {
        add_headers(&mut files, &headers, abi.as_deref())
    })?;
    let changes = step(quiet, "compare with what is there", || {
        compare(&files, &arguments.out)
    })?;
    if quiet {
        changes.print(&findings, files.iter().count())?;
    }
    if arguments.check {
        return report(&changes, &files, quiet);
    }
    changes.make(&files, &arguments.out)?;
    if !quiet {
        for path in &changes.orphaned {
            println!("removed: {path}");
        }
        let (all, written) = (files.iter().count(), changes.written().count());
        println!(
            "{all} generated files: {written} written, {} removed, {} unchanged",
            changes.orphaned.len(),
            all - written
        );
    }
    Ok(())
}

/// The manifest of a provider's crate with the features that it has; nothing where there is no manifest.
fn manifest(out: &Path, provider: &str, features: &[Feature]) -> Result<Option<(String, String)>> {
    let path = format!("crates/{provider}/Cargo.toml");
    let Some(text) = existing(&out.join(&path))? else {
        return Ok(None);
    };
    let mut document: DocumentMut = text
        .parse()
        .map_err(|error| Fault::new(format!("{path}: {error}")))?;
    document.remove("features");
    let names = |names: &mut dyn Iterator<Item = &String>| value(names.collect::<Array>());
    if !features.is_empty() {
        let mut table = Table::new();
        table.decor_mut().set_prefix(FEATURES);
        table.insert("default", value(Array::from_iter(["all"])));
        table.insert("all", names(&mut features.iter().map(|it| &it.name)));
        for feature in features {
            table.insert(&feature.name, names(&mut feature.needs.iter()));
        }
        document.insert("features", Item::Table(table));
    }
    Ok(Some((path, document.to_string())))
}

/// What tools are told where no files can be made: all that was found, also while making them, and the operations
/// that cannot be had as they are.
fn refused(findings: &[Finding], errors: Errors, without: &[Refusal]) -> Result<String> {
    let mut findings = findings.to_vec();
    for error in errors {
        if findings.iter().all(|one| one.error != error) {
            findings.push(Finding::new(Kind::Error, error));
        }
    }
    pretty(&json!({ "files": 0, "findings": findings, "refused": without }))
}

/// Does a step, and says so unless only tools listen.
fn step<T>(quiet: bool, title: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    if quiet { work() } else { timed(title, work) }
}

/// The check that `cargo xtask check` makes too.
pub(crate) fn check() -> Result<()> {
    run(&Arguments {
        check: true,
        json: false,
        spec: "spec".into(),
        out: ".".into(),
    })
}

/// Writes below a folder what the documents of another make.
pub(crate) fn into(spec: &str, out: &str) -> Result<()> {
    run(&Arguments {
        check: false,
        json: false,
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

impl Changes {
    /// The paths of the files to write.
    fn written(&self) -> impl Iterator<Item = &String> {
        let stale = self.stale.iter().map(|(path, _)| path);
        stale.chain(&self.missing)
    }

    /// Makes them, all or none.
    fn make(&self, files: &FileSet, out: &Path) -> Result<()> {
        let write: Vec<(PathBuf, &str)> = self
            .written()
            .map(|path| (out.join(path), files.get(path).unwrap_or_default()))
            .collect();
        let remove: Vec<PathBuf> = self.orphaned.iter().map(|path| out.join(path)).collect();
        replace(&write, &remove)
    }

    /// Prints them and what was found in the documents, for tools.
    fn print(&self, findings: &[Finding], files: usize) -> Result<()> {
        let stale: Vec<&String> = self.stale.iter().map(|(path, _)| path).collect();
        let all = json!({
            "files": files,
            "stale": stale,
            "missing": self.missing,
            "orphaned": self.orphaned,
            "findings": findings,
        });
        print!("{}", pretty(&all)?);
        Ok(())
    }
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

/// Whether a file says that it is generated.
pub(crate) fn starts_with_banner(path: &Path) -> bool {
    use std::io::Read;
    let mut start = Vec::new();
    let read = fs::File::open(path).and_then(|file| file.take(300).read_to_end(&mut start));
    read.is_ok()
        && String::from_utf8_lossy(&start)
            .lines()
            .take(2)
            .any(|line| line.contains(BANNER) && !line.contains('='))
}

fn report(changes: &Changes, files: &FileSet, quiet: bool) -> Result<()> {
    let count = changes.stale.len() + changes.missing.len() + changes.orphaned.len();
    if !quiet {
        tell(changes, files, count);
    }
    if count == 0 {
        return Ok(());
    }
    Err(Fault::new(format!(
        "{count} generated files are not as the documents say; run `cargo xtask regenerate`"
    )))
}

fn tell(changes: &Changes, files: &FileSet, count: usize) {
    if count == 0 {
        println!(
            "{} generated files are as the documents say",
            files.iter().count()
        );
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
    let texts: Vec<Result<String>> = headers
        .par_iter()
        .enumerate()
        .map(|(number, header)| {
            let scratch = scratch.path().join(number.to_string());
            match header.sources.as_slice() {
                [] => Ok(header.index()),
                sources => header_text(files, header, sources, config.clone(), &scratch),
            }
        })
        .collect();
    let mut whole = String::new();
    for (header, text) in headers.iter().zip(texts) {
        let text = text?;
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
    fs::create_dir_all(scratch).map_err(|error| Fault::path(scratch, "made", &error))?;
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
