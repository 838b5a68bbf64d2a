//! What a file that is shipped is made of, as CycloneDX has it: the same list of crates that is written into the file
//! (`auditable.rs`), and of each where it is from, its licence and its checksum. No time, no random number and no folder of
//! this machine is in it, so that two runs give the same bytes.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use cyclonedx_bom::models::bom::Bom;
use cyclonedx_bom::models::component::{Classification, Component, Components};
use cyclonedx_bom::models::dependency::{Dependencies, Dependency};
use cyclonedx_bom::models::hash::{Hash, HashAlgorithm, HashValue, Hashes};
use cyclonedx_bom::models::license::{LicenseChoice, Licenses};
use cyclonedx_bom::models::metadata::Metadata;
use cyclonedx_bom::prelude::{NormalizedString, Purl, SpdxExpression, SpecVersion, Validate};
use serde::Deserialize;

use crate::artefact::{self, VERSION};
use crate::auditable::Crates;
use crate::fault::{Fault, Result};
use crate::published;
use crate::run::root;
use crate::sources;

/// What is known of a crate beside its place in the tree.
#[derive(Default)]
struct Known {
    licence: Option<String>,
    description: Option<String>,
    /// Of the file that crates.io gives.
    sha256: Option<String>,
    /// Whether crates.io has it, or is to have it.
    published: bool,
}

#[derive(Deserialize)]
struct Lock {
    package: Vec<Locked>,
}

#[derive(Deserialize)]
struct Locked {
    name: String,
    version: String,
    checksum: Option<String>,
}

/// Writes what a package of the workspace is made of, with its default features; gives the file.
pub(crate) fn write(folder: &Path, artefact: &str, package: &str) -> Result<PathBuf> {
    let list = Crates::of(package)?;
    let bom = bom(&list, &known()?)?;
    let mut bytes = Vec::new();
    bom.output_as_json(&mut bytes, SpecVersion::V1_5)
        .map_err(|error| Fault::new(format!("the SBOM of {package} cannot be written: {error}")))?;
    bytes.push(b'\n');
    let file = folder.join(format!(
        "{artefact}-{VERSION}-{}.cdx.json",
        std::env::consts::ARCH
    ));
    artefact::make_folder(&file)?;
    fs::write(&file, bytes).map_err(|error| Fault::path(&file, "written", &error))?;
    Ok(file)
}

/// What cargo and the lock know of every crate, by name and version.
fn known() -> Result<BTreeMap<String, Known>> {
    let mut checksums = locked(&root()?.join("Cargo.lock"))?;
    let all = published::packages("--locked")?.into_iter();
    let known = all.map(|package| {
        let key = format!("{} {}", package.name, package.version);
        let known = Known {
            published: package.is_published(),
            licence: package.license,
            description: package.description,
            sha256: checksums.remove(&key).flatten(),
        };
        (key, known)
    });
    Ok(known.collect())
}

/// The crates of a lock by name and version, each with its checksum if it is not of this tree.
pub(crate) fn locked(lock: &Path) -> Result<BTreeMap<String, Option<String>>> {
    let all: Lock = toml::from_str(&sources::text(lock)?)
        .map_err(|error| Fault::new(format!("{}: {error}", lock.display())))?;
    let all = all.package.into_iter();
    Ok(all
        .map(|it| (format!("{} {}", it.name, it.version), it.checksum))
        .collect())
}

fn bom(list: &Crates, known: &BTreeMap<String, Known>) -> Result<Bom> {
    let mut parts = Vec::new();
    let mut whole = None;
    for key in list.all.keys() {
        let nothing = Known::default();
        let component = component(key, known.get(key).unwrap_or(&nothing))?;
        if *key == list.root {
            whole = Some(component);
        } else {
            parts.push(component);
        }
    }
    let needs = list.all.iter().map(|(key, part)| Dependency {
        dependency_ref: key.clone(),
        dependencies: part.needs.iter().cloned().collect(),
    });
    let bom = Bom {
        version: 1,
        serial_number: None,
        spec_version: SpecVersion::V1_5,
        metadata: Some(Metadata {
            component: whole,
            ..Metadata::default()
        }),
        dependencies: Some(Dependencies(needs.collect())),
        components: Some(Components(parts)),
        ..Bom::default()
    };
    match bom.validate_version(SpecVersion::V1_5) {
        told if told.passed() => Ok(bom),
        told => Err(Fault::new(format!("the SBOM of {}: {told:?}", list.root))),
    }
}

fn component(key: &str, known: &Known) -> Result<Component> {
    let (name, version) = key.split_once(' ').unwrap_or((key, ""));
    let mut component =
        Component::new(Classification::Library, name, version, Some(key.to_owned()));
    component.description = known
        .description
        .as_deref()
        .map(|text| NormalizedString::new(&text.split_whitespace().collect::<Vec<_>>().join(" ")));
    if let Some(licence) = &known.licence {
        let expression = SpdxExpression::parse_lax(licence.clone())
            .map_err(|error| Fault::new(format!("{key} is under `{licence}`: {error}")))?;
        component.licenses = Some(Licenses(vec![LicenseChoice::Expression(expression)]));
    }
    if let Some(sha256) = &known.sha256 {
        component.hashes = Some(Hashes(vec![Hash {
            alg: HashAlgorithm::SHA_256,
            content: HashValue(sha256.clone()),
        }]));
    }
    if known.published {
        let purl = Purl::new("cargo", name, version)
            .map_err(|error| Fault::new(format!("{key} has no package URL: {error}")))?;
        component.purl = Some(purl);
    }
    Ok(component)
}

/// The crates that a written list names, what it is of among them.
pub(crate) fn names(file: &Path) -> Result<BTreeSet<String>> {
    let text = sources::text(file)?;
    let bom = Bom::parse_from_json(text.as_bytes())
        .map_err(|error| Fault::new(format!("{}: {error}", file.display())))?;
    let whole = bom.metadata.and_then(|about| about.component);
    let parts = bom.components.map(|all| all.0).unwrap_or_default();
    Ok(whole
        .into_iter()
        .chain(parts)
        .map(|part| {
            let version = part.version.map(|it| it.to_string()).unwrap_or_default();
            format!("{} {version}", part.name)
        })
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    const TREE: &str = "0 a v0.1.0 (/there/a)\n1 b v2.0.0\n2 c v3.0.0+1.2\n";

    fn all(licence: &str) -> BTreeMap<String, Known> {
        let known = |published: bool| Known {
            licence: Some(licence.to_owned()),
            description: Some("It\n does.".to_owned()),
            sha256: published.then(|| "0".repeat(64)),
            published,
        };
        BTreeMap::from([
            ("a 0.1.0".to_owned(), known(false)),
            ("b 2.0.0".to_owned(), known(true)),
            ("c 3.0.0+1.2".to_owned(), known(true)),
        ])
    }

    #[test]
    fn what_is_written_is_read_again_and_tells_where_all_is_from() {
        let list = Crates::read(TREE).unwrap();
        let mut bytes = Vec::new();
        bom(&list, &all("MIT/Apache-2.0"))
            .unwrap()
            .output_as_json(&mut bytes, SpecVersion::V1_5)
            .unwrap();
        let text = String::from_utf8(bytes).unwrap();
        let value: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(value["metadata"]["component"]["name"], "a");
        assert!(value["metadata"]["component"]["purl"].is_null());
        let part = &value["components"][0];
        assert_eq!(part["purl"], "pkg:cargo/b@2.0.0");
        assert_eq!(part["description"], "It does.");
        assert_eq!(part["licenses"][0]["expression"], "MIT OR Apache-2.0");
        assert_eq!(part["hashes"][0]["alg"], "SHA-256");
        let needs = &value["dependencies"][0];
        assert_eq!(
            (&needs["ref"], &needs["dependsOn"][0]),
            (&"a 0.1.0".into(), &"b 2.0.0".into())
        );
        for random in ["timestamp", "serialNumber", "/there"] {
            assert!(!text.contains(random), "{random}");
        }
        let folder = artefact::scratch().unwrap();
        let file = folder.path().join("a.cdx.json");
        artefact::write(&file, &text).unwrap();
        assert_eq!(names(&file).unwrap(), list.names());
    }

    #[test]
    fn a_licence_that_is_none_is_told() {
        let list = Crates::read(TREE).unwrap();
        let told = bom(&list, &all("As you like")).unwrap_err().to_string();
        assert!(told.contains("As you like"), "{told}");
    }
}
