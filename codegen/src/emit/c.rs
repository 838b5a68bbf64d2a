//! The C face: plain Rust functions from which cbindgen makes `snapline.h`.
//!
//! Files are written as text, because the comments that say why an unsafe block is sound would be
//! lost in a token stream.

mod args;
mod client;
mod enums;
pub(crate) mod lock;
pub(crate) mod methods;
mod models;
pub(crate) mod names;
mod writer;

use crate::error::Result;
use crate::file_set::FileSet;
use crate::ir::{Api, Resource};

pub use lock::abi_lock;
pub(crate) use names::Names;

use enums::{status, version};
use lock::Lock;
use writer::{Claims, Writer};

const FOLDER: &str = "bindings/c/src/generated";

/// The sources by hand that have a part in the header, in its order.
const BY_HAND: &[&str] = &[
    "version",
    "error",
    "string",
    "cancel",
    "settings",
    "options",
    "response",
    "wait",
    "background",
    "log",
];

/// The C layer of all providers, with `previous` as the text of the `abi.lock` to go on from.
///
/// # Errors
/// When two functions or types get the same name, a shape has no form in C, or the lock is not one.
pub fn emit(apis: &[Api], previous: Option<&str>) -> Result<FileSet> {
    let lock = abi_lock(previous, apis)?;
    let mut claims = Claims::default();
    let mut files = FileSet::default();
    let mut modules = vec!["status".to_owned(), "version".to_owned()];
    files.add("bindings/c/abi.lock", lock.to_text());
    files.add(format!("{FOLDER}/status.rs"), status(&lock, &mut claims)?);
    files.add(format!("{FOLDER}/version.rs"), version());
    for api in apis {
        modules.push(api.provider.name.clone());
        files.merge(provider(api, &lock, &mut claims)?);
    }
    modules.sort();
    files.add(
        format!("{FOLDER}/mod.rs"),
        index(
            "Everything here follows from the documents in `spec`.",
            &modules,
        ),
    );
    Ok(files)
}

/// Types that the header must have though no function names them: C code passes the values of an enum
/// as numbers, so one that is only sent would be left out.
pub fn header_types(files: &FileSet) -> Vec<String> {
    files
        .iter()
        .filter(|(path, _)| path.starts_with(FOLDER) && path.ends_with("/enums.rs"))
        .flat_map(|(_, text)| text.lines())
        .filter_map(|line| line.strip_prefix("pub enum ")?.split(' ').next())
        .map(str::to_owned)
        .collect()
}

/// The files of the header in its order, as paths from the repository's root.
pub fn header_sources(files: &FileSet) -> Vec<String> {
    let by_hand = BY_HAND
        .iter()
        .map(|name| format!("bindings/c/src/{name}.rs"));
    let generated = files
        .iter()
        .map(|(path, _)| path.to_owned())
        .filter(|path| path.starts_with(FOLDER) && !path.ends_with("/mod.rs"));
    by_hand.chain(generated).collect()
}

/// The enums that the header holds, whether or not a function names them: some are only sent, and
/// setters take any number.
pub fn header_enums(files: &FileSet) -> Vec<String> {
    files
        .iter()
        .filter(|(path, _)| path.starts_with(FOLDER) && path.ends_with("/enums.rs"))
        .flat_map(|(_, text)| text.lines())
        .filter_map(|line| line.strip_prefix("pub enum ")?.strip_suffix(" {"))
        .map(str::to_owned)
        .collect()
}

/// Finishes what cbindgen makes: the version text, a banner before each section, and short comments
/// on one line.
///
/// A section begins at a declaration whose comment has a line `@section Title`.
pub fn finish_header(raw: &str) -> String {
    let mut finished: Vec<String> = Vec::new();
    // Where the last comment begins.
    let mut comment = 0;
    let mut handles = false;
    for line in raw.lines() {
        if line.trim_start() == "/**" {
            comment = finished.len();
        }
        if let Some(title) = line.trim().strip_prefix("* @section ") {
            finished.insert(comment, banner(title));
            comment += 1;
            continue;
        }
        if line.starts_with("typedef struct") && !handles {
            handles = true;
            finished.insert(comment, banner("Handles"));
            comment += 1;
        }
        // The empty line after a section's title goes with it.
        let opened = finished.last().is_some_and(|last| last.trim() == "/**");
        if opened && line.trim() == "*" {
            continue;
        }
        if line.trim() == "*/"
            && let [.., start, text] = finished.as_slice()
            && start.trim() == "/**"
            && let Some(text) = text.trim().strip_prefix("* ")
        {
            let indent = line.len() - line.trim_start().len() - 1;
            let short = format!("{:indent$}/** {text} */", "");
            if short.len() <= 104 {
                finished.truncate(finished.len() - 2);
                finished.push(short);
                continue;
            }
        }
        finished.push(line.replace("@VERSION@", env!("CARGO_PKG_VERSION")));
    }
    finished.push(String::new());
    finished.join("\n")
}

fn banner(title: &str) -> String {
    let rule = "-".repeat(92usize.saturating_sub(title.len()));
    format!("/* --- {title} {rule} */\n")
}

fn provider(api: &Api, lock: &Lock, claims: &mut Claims) -> Result<FileSet> {
    let names = Names::new(api);
    let folder = format!("{FOLDER}/{}", api.provider.name);
    let mut files = FileSet::default();
    files.add(
        format!("{folder}/client.rs"),
        client::client(api, &names, claims)?,
    );
    files.add(
        format!("{folder}/enums.rs"),
        enums::enums(api, &names, lock, claims)?,
    );
    let groups = models::groups(api);
    for (group, members) in &groups {
        files.add(
            format!("{folder}/models/{group}.rs"),
            models::models(api, &names, members, claims)?,
        );
    }
    let mut resources = Vec::new();
    for resource in api.resources.iter().flat_map(Resource::walk) {
        if resource.calls.is_empty() {
            continue;
        }
        let name = resource.path.join("_");
        files.add(
            format!("{folder}/resources/{name}.rs"),
            methods::resource(api, &names, resource, claims)?,
        );
        resources.push(name);
    }
    let groups: Vec<String> = groups.into_iter().map(|(group, _)| group).collect();
    files.add(
        format!("{folder}/models/mod.rs"),
        gathered("Objects as C sees them.", &groups),
    );
    files.add(
        format!("{folder}/resources/mod.rs"),
        gathered("A function for every call and wait.", &resources),
    );
    let parts = ["client", "enums", "models", "resources"].map(str::to_owned);
    files.add(format!("{folder}/mod.rs"), index(&api.provider.doc, &parts));
    Ok(files)
}

fn index(text: &str, modules: &[String]) -> String {
    let mut out = Writer::file(text);
    for module in modules {
        out.line(&format!("pub mod {};", crate::emit::rust::ident(module)));
    }
    out.into_text()
}

fn gathered(text: &str, modules: &[String]) -> String {
    let mut out = Writer::file(text);
    let mut modules = modules.to_vec();
    modules.sort();
    for module in &modules {
        out.line(&format!("pub mod {};", crate::emit::rust::ident(module)));
    }
    out.line("");
    for module in &modules {
        out.line(&format!("pub use {}::*;", crate::emit::rust::ident(module)));
    }
    out.into_text()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_gets_sections_version_and_short_comments() {
        let raw = "#define V \"@VERSION@\"\n/**\n * A handle.\n */\ntypedef struct a a;\n/**\n * @section Things\n *\n \
                   * Makes one.\n */\na *a_new(void);\n/**\n * Long.\n *\n * More.\n */\nvoid a_free(a *it);\n";
        let version = env!("CARGO_PKG_VERSION");
        let expected = format!(
            "#define V \"{version}\"\n{}\n/** A handle. */\ntypedef struct a a;\n{}\n/** Makes one. */\na *a_new(void);\n\
             /**\n * Long.\n *\n * More.\n */\nvoid a_free(a *it);\n",
            banner("Handles"),
            banner("Things")
        );
        assert_eq!(finish_header(raw), expected);
    }

    #[test]
    fn the_header_is_made_of_all_but_the_indexes() {
        let mut files = FileSet::default();
        files.add(format!("{FOLDER}/mod.rs"), "");
        files.add(format!("{FOLDER}/status.rs"), "");
        files.add("crates/other/src/lib.rs", "");
        let sources = header_sources(&files);
        assert_eq!(sources.len(), BY_HAND.len() + 1);
        assert_eq!(
            sources.last().map(String::as_str),
            Some("bindings/c/src/generated/status.rs")
        );
    }
}
