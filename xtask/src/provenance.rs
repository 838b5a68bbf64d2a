//! Of what and by what a release was made: an in-toto Statement with SLSA's predicate, version 1. It has no time and no folder
//! of this machine, so that whoever makes the same release of the same commit gets the same bytes. It is not signed: the
//! workflow's own attestation, which names a builder that is not us, stands beside it.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Serialize;
use serde_json::{Value, json};

use crate::artefact::{self, VERSION, one_day};
use crate::c_library::compiler;
use crate::fault::{Fault, Result};
use crate::python_env::PythonEnv;
use crate::run::{cargo, output};
use crate::sources::{self, sha256};

/// What `predicate` has, as its own page says.
const PREDICATE: &str = "https://slsa.dev/provenance/v1";
const STATEMENT: &str = "https://in-toto.io/Statement/v1";

/// What the parameters mean.
const BUILD_TYPE: &str = concat!(
    env!("CARGO_PKG_REPOSITORY"),
    "/blob/main/docs/release.md#provenance"
);

/// A thing by its content.
#[derive(Debug, Serialize)]
struct Resource {
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    uri: Option<String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    digest: BTreeMap<&'static str, String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    annotations: BTreeMap<&'static str, Value>,
}

impl Resource {
    fn file(name: &str, digest: &str) -> Self {
        Self {
            name: Some(name.to_owned()),
            uri: None,
            digest: BTreeMap::from([("sha256", digest.to_owned())]),
            annotations: BTreeMap::new(),
        }
    }
}

/// The commit that is checked out, and whether all files are as it has them.
pub(crate) struct Commit {
    pub(crate) hash: String,
    pub(crate) clean: bool,
}

impl Commit {
    pub(crate) fn of_here() -> Result<Self> {
        Ok(Self {
            hash: output("git", &["rev-parse", "HEAD"])?,
            clean: output("git", &["status", "--porcelain"])?.is_empty(),
        })
    }
}

/// Writes it for files, each by its name and checksum.
pub(crate) fn write(file: &Path, commit: &Commit, subjects: &[(String, String)]) -> Result<()> {
    let subjects: Vec<Resource> = subjects
        .iter()
        .map(|(name, digest)| Resource::file(name, digest))
        .collect();
    let repository = env!("CARGO_PKG_REPOSITORY");
    let mut sources = Resource {
        name: Some("sources".to_owned()),
        uri: Some(format!("git+{repository}")),
        digest: BTreeMap::new(),
        annotations: BTreeMap::new(),
    };
    match commit.clean {
        true => sources.digest.insert("gitCommit", commit.hash.clone()),
        // What is not committed has no name by which it can be had again.
        false => {
            let beside = json!(format!("{} and what is not committed", commit.hash));
            let _ = sources.annotations.insert("not a release", beside);
            None
        }
    };
    let mut made_of = vec![sources];
    for name in ["Cargo.lock", "bindings/python/requirements-package.lock"] {
        made_of.push(Resource::file(
            name,
            &sha256(&sources::text(Path::new(name))?),
        ));
    }
    made_of.extend(documents(Path::new("spec"))?);
    let statement = json!({
        "_type": STATEMENT,
        "subject": subjects,
        "predicateType": PREDICATE,
        "predicate": {
            "buildDefinition": {
                "buildType": BUILD_TYPE,
                "externalParameters": {
                    "command": "cargo xtask package all",
                    "version": VERSION,
                },
                "internalParameters": {
                    "machine": std::env::consts::ARCH,
                    "system": std::env::consts::OS,
                    "SOURCE_DATE_EPOCH": one_day(),
                },
                "resolvedDependencies": made_of,
            },
            "runDetails": {
                "builder": {
                    "id": format!("{repository}/tree/main/xtask"),
                    "version": tools()?,
                },
            },
        },
    });
    let text = serde_json::to_string_pretty(&statement)
        .map_err(|error| Fault::new(format!("the provenance cannot be written: {error}")))?;
    artefact::write(file, &format!("{text}\n"))
}

/// The documents that the clients are generated from, and where they are from.
fn documents(spec: &Path) -> Result<Vec<Resource>> {
    let mut all = Vec::new();
    for name in sources::names(spec)? {
        let provider = sources::provider(spec, &name)?;
        let path = spec.join(provider.document(&name));
        let text = sources::text(&path)?;
        let document: Value = serde_json::from_str(&text)
            .map_err(|error| Fault::new(format!("{}: {error}", path.display())))?;
        let mut resource = Resource::file(&path.display().to_string(), &sha256(&text));
        resource.uri = provider.from.clone();
        let version = document.pointer("/info/version");
        let version = version.and_then(Value::as_str).map(str::to_owned);
        for (key, value) in [
            ("version", version),
            ("date", provider.date.clone()),
            ("commit", provider.commit.clone()),
        ] {
            if let Some(value) = value {
                resource.annotations.insert(key, json!(value));
            }
        }
        all.push(resource);
        for words in ["overlay.yaml", "words.yaml"] {
            let beside = path.with_file_name(words);
            if let Some(text) = sources::existing(&beside)? {
                all.push(Resource::file(
                    &beside.display().to_string(),
                    &sha256(&text),
                ));
            }
        }
    }
    Ok(all)
}

/// What made it, in which version.
fn tools() -> Result<BTreeMap<&'static str, String>> {
    let env = PythonEnv::packager()?;
    let python = env.python();
    let of_pip = |name: &str| {
        let script = format!("import importlib.metadata as all; print(all.version('{name}'))");
        output(&python, &["-c", &script])
    };
    let rustc = std::env::var("RUSTC").unwrap_or_else(|_| "rustc".to_owned());
    Ok(BTreeMap::from([
        ("snapline-codegen", VERSION.to_owned()),
        ("rustc", output(rustc, &["--version"])?),
        (
            "cargo",
            output(cargo([""; 0]).get_program(), &["--version"])?,
        ),
        (
            "cc",
            first_line(&output(compiler("CC", "cc").get_program(), &["--version"])?),
        ),
        ("maturin", of_pip("maturin")?),
        ("ziglang", of_pip("ziglang")?),
    ]))
}

fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().to_owned()
}
