//! Where the files of a provider's document are read from: a folder, or an https address. Both are bounded.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use snapline_codegen::bundle::{Files, Unread};
use ureq::Agent;
use ureq::tls::{RootCerts, TlsConfig};

use crate::fault::{Fault, Result};
use crate::run::program;

/// The most that one file, all files, and their number may be; the largest public document has a tenth of it.
const FILE: u64 = 16 << 20;
const ALL: u64 = 128 << 20;
const FILES: u64 = 20_000;
/// How long one file may take over the network.
const PATIENCE: Duration = Duration::from_secs(30);

/// The files of a document, and what was read of them.
pub(crate) struct Tree {
    place: Place,
    /// The path of the entry, seen from the folder of all files.
    pub(crate) entry: String,
    pub(crate) files: u64,
    bytes: u64,
}

enum Place {
    /// A folder without links in its path.
    Folder(PathBuf),
    /// An address that ends in a slash, and what asks there.
    Https(String, Agent),
}

impl Tree {
    /// The tree that an entry file is part of. `root` is the folder that holds all files, if that is not the entry's.
    pub(crate) fn open(from: &str, root: Option<&str>, started_in: &Path) -> Result<Self> {
        let (place, entry) = if from.starts_with("https://") {
            let (folder, entry) = split(from, root)?;
            (Place::Https(folder, agent()), entry)
        } else if from.contains("://") {
            return Err(Fault::new(format!(
                "{from} is neither a path nor an https address; documents are read over https alone"
            )));
        } else {
            let whole = |path: &Path| {
                let path = started_in.join(path);
                fs::canonicalize(&path).map_err(|error| Fault::path(&path, "read", &error))
            };
            let file = whole(Path::new(from))?;
            let folder = match root {
                Some(root) => whole(Path::new(root))?,
                None => file.parent().unwrap_or(&file).to_owned(),
            };
            let Ok(entry) = file.strip_prefix(&folder) else {
                return Err(Fault::new(format!(
                    "{from} does not lie below {}",
                    folder.display()
                )));
            };
            let parts: Vec<_> = entry.iter().map(|part| part.to_string_lossy()).collect();
            (Place::Folder(folder), parts.join("/"))
        };
        Ok(Self {
            place,
            entry,
            files: 0,
            bytes: 0,
        })
    }

    /// The commit that the files are of, where the entry is part of a checkout.
    pub(crate) fn commit(&self) -> Option<String> {
        let Place::Folder(folder) = &self.place else {
            return None;
        };
        let git = |arguments: &[&str]| {
            let output = program("git", ["-C"])
                .arg(folder)
                .args(arguments)
                .output()
                .ok()?;
            let said = String::from_utf8(output.stdout).ok()?;
            output.status.success().then(|| said.trim().to_owned())
        };
        git(&["ls-files", "--error-unmatch", "--", &self.entry])?;
        git(&["rev-parse", "--short=8", "HEAD"])
    }

    fn bytes(&self, path: &str) -> Result<Vec<u8>, Unread> {
        match &self.place {
            Place::Folder(folder) => {
                let missing = |error: std::io::Error| {
                    unread(
                        format!("it cannot be read: {error}"),
                        "check that the tree is complete",
                    )
                };
                let file = fs::canonicalize(folder.join(path)).map_err(missing)?;
                if !file.starts_with(folder) {
                    return Err(unread(
                        "it is a link that leads out of the folder of the document",
                        "put the file itself there",
                    ));
                }
                if fs::metadata(&file).map_err(missing)?.len() > FILE {
                    return Err(too_large());
                }
                fs::read(&file).map_err(missing)
            }
            Place::Https(folder, agent) => {
                let address = format!("{folder}{path}");
                let failed = |error: ureq::Error| match error {
                    ureq::Error::BodyExceedsLimit(_) => too_large(),
                    error => unread(
                        format!("{address} cannot be read: {error}"),
                        "try again later, or give a copy on disk by `--from PATH`",
                    ),
                };
                let mut response = agent.get(&address).call().map_err(failed)?;
                let body = response.body_mut().with_config().limit(FILE);
                body.read_to_vec().map_err(failed)
            }
        }
    }
}

impl Files for Tree {
    fn read(&mut self, path: &str) -> Result<String, Unread> {
        let bytes = self.bytes(path)?;
        self.files += 1;
        self.bytes += u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        if self.files > FILES || self.bytes > ALL {
            return Err(unread(
                format!(
                    "the document is more than {FILES} files or {} MiB",
                    ALL >> 20
                ),
                "bundle it first, or give a smaller part of it",
            ));
        }
        String::from_utf8(bytes).map_err(|_| unread("it is not UTF-8", "save it as UTF-8"))
    }
}

fn unread(what: impl Into<String>, help: &str) -> Unread {
    Unread {
        what: what.into(),
        help: help.to_owned(),
    }
}

fn too_large() -> Unread {
    unread(
        format!("it is larger than {} MiB", FILE >> 20),
        "a document is smaller: check that this is one",
    )
}

/// The address of the folder of all files, with a slash at its end, and the entry's path seen from there.
fn split(from: &str, root: Option<&str>) -> Result<(String, String)> {
    let folder = match root {
        Some(root) => format!("{}/", root.trim_end_matches('/')),
        None => from
            .rsplit_once('/')
            .map_or_else(String::new, |(folder, _)| format!("{folder}/")),
    };
    match from
        .strip_prefix(&folder)
        .filter(|entry| !entry.is_empty() && folder.len() > "https://".len())
    {
        Some(entry) => Ok((folder, entry.to_owned())),
        None => Err(Fault::new(format!(
            "{from} names no file below {folder}; give the address of the document's entry file"
        ))),
    }
}

fn agent() -> Agent {
    let tls = TlsConfig::builder()
        .root_certs(RootCerts::PlatformVerifier)
        .build();
    Agent::config_builder()
        .https_only(true)
        .max_redirects(3)
        .timeout_global(Some(PATIENCE))
        .user_agent(concat!("snapline-xtask/", env!("CARGO_PKG_VERSION")))
        .tls_config(tls)
        .build()
        .into()
}
