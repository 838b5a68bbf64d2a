//! The files of a new provider that a person goes on with, and the page that lists its variables.

use std::path::PathBuf;

use snapline_codegen::guess::Who;
use snapline_codegen::ir::TokenPlace;

use super::New;
use crate::fault::{Fault, Result};

/// The first words: those of the whole, and how others are written.
pub(super) fn words(who: &Who) -> String {
    let Who { name, client, .. } = who;
    format!(
        "# Our sentences and examples for {client}, over the structure in upstream.json: an OpenAPI Overlay that may add\n\
         # nothing else. All of it is our own wording. What has no words here is described by its name, and\n\
         # `cargo xtask regenerate` lists it.\n\
         overlay: 1.0.0\n\
         info:\n  title: snapline's words for {client}\n  version: 1.0.0\n\
         extends: upstream.json\n\
         actions:\n  \
         - target: $.info\n    update:\n      title: {client}\n      \
         description: The part of the API of {client} that is offered here.\n\n  \
         # To fill, an action each; two examples of how:\n  \
         #\n  \
         # - target: $.paths['/things'].get\n  \
         #   update:\n  \
         #     summary: List things\n  \
         #     description: Gives the things of the account, page by page.\n  \
         #\n  \
         # - target: $.components.schemas.thing\n  \
         #   update:\n  \
         #     description: A thing.\n  \
         #     properties:\n  \
         #       id: {{description: Its id., example: 0a1b2c3d}}\n  \
         #       state: {{description: How far it is., example: ready}}\n  \
         #\n  \
         # Operations (summary, description), their parameters and answers, the fields of schemas (description,\n  \
         # example), and one whole example of the body of each success, of which the cases are made: let no two\n  \
         # fields of an object share a value. `cargo xtask update-spec {name} --dry-run --json` lists what is missing.\n"
    )
}

/// All of them but those in spec/, each with its path in the checkout.
pub(super) fn files(new: &New<'_>) -> Result<Vec<(PathBuf, String)>> {
    let name = &new.who.name;
    Ok(vec![
        (
            format!("crates/{name}/Cargo.toml").into(),
            manifest(new.who),
        ),
        (format!("crates/{name}/README.md").into(), readme(new.who)),
        (
            format!("crates/{name}/LICENSE-APACHE").into(),
            include_str!("../../../LICENSE-APACHE").to_owned(),
        ),
        (
            format!("crates/{name}/LICENSE-MIT").into(),
            include_str!("../../../LICENSE-MIT").to_owned(),
        ),
        (format!("crates/{name}/src/lib.rs").into(), library(new.who)),
        (
            format!("crates/mock/src/{name}/mod.rs").into(),
            mock(new.who),
        ),
        (format!("tests/referees/{name}.toml").into(), referee(new)),
        ("docs/surroundings.md".into(), surroundings(new)?),
    ])
}

fn manifest(who: &Who) -> String {
    let Who { name, client, .. } = who;
    format!(
        "[package]\n\
         name = \"snapline-{name}\"\n\
         description = \"The client of {client}\"\n\
         version.workspace = true\n\
         edition.workspace = true\n\
         rust-version.workspace = true\n\
         license.workspace = true\n\
         repository.workspace = true\n\
         authors.workspace = true\n\
         documentation = \"https://docs.rs/snapline-{name}\"\n\
         keywords = [\"snapshots\", \"storage\", \"cloud\"]\n\
         categories = [\"api-bindings\", \"asynchronous\"]\n\
         include.workspace = true\n\n\
         [package.metadata.docs.rs]\n\
         all-features = true\n\n\
         [lints]\n\
         workspace = true\n\n\
         [dependencies]\n\
         # What progenitor's client calls.\n\
         progenitor-client.workspace = true\n\
         # Requests, as progenitor's client builds them.\n\
         reqwest.workspace = true\n\
         serde.workspace = true\n\
         serde_json.workspace = true\n\
         snapline-runtime.workspace = true\n"
    )
}

fn readme(who: &Who) -> String {
    let Who { name, client, .. } = who;
    let repository = env!("CARGO_PKG_REPOSITORY");
    format!(
        "# snapline-{name}\n\n\
         The client of {client}. Programs have it as [`snapline::{name}`](https://crates.io/crates/snapline).\n\n\
         [Documentation](https://docs.rs/snapline-{name}); [the project]({repository}).\n\
         MIT or Apache-2.0, as you like.\n"
    )
}

fn library(who: &Who) -> String {
    let Who { name, client, .. } = who;
    format!(
        "//! The client of {client}.\n\
         //!\n\
         //! ```no_run\n\
         //! # async fn run() -> Result<(), snapline_{name}::Error> {{\n\
         //! let client = snapline_{name}::Client::from_env()?;\n\
         //! # drop(client);\n\
         //! # Ok(())\n\
         //! # }}\n\
         //! ```\n\n\
         #[rustfmt::skip]\n\
         mod generated;\n\n\
         pub use generated::entry::{{Client, ClientBuilder}};\n\
         pub use generated::{{models, resources}};\n\
         {GIVEN_ON}"
    )
}

/// What each provider's crate gives on of the runtime.
const GIVEN_ON: &str = "\
pub use snapline_runtime::{
    Attempted, Bytes, CallOptions, Error, ErrorKind, Hook, HookError, Items, Nullable, Outgoing,
    Page, RateLimit, Response, StringOrInteger, Timestamp, Trail,
};
";

fn mock(who: &Who) -> String {
    let Who { name, client, .. } = who;
    format!(
        "//! {client}, without a state yet: every operation answers with the document's example.\n\
         use crate::document::Document;\n\
         use crate::error::Error;\n\
         use crate::options::Options;\n\
         use crate::provider::Provider;\n\
         use crate::stateless::Stateless;\n\n\
         /// The document this crate was built with.\n\
         const DOCUMENT: &str = include_str!(\"../generated/{name}.json\");\n\n\
         static SERVICE: Stateless = Stateless::new(DOCUMENT);\n\n\
         /// The document this crate was built with.\n\
         ///\n\
         /// # Errors\n\
         /// When the document has a shape that this server does not know.\n\
         pub fn document() -> Result<&'static Document, Error> {{\n    \
         SERVICE.document()\n\
         }}\n\n\
         /// A new service.\n\
         pub(crate) fn service(asked: &Options) -> Result<Box<dyn Provider>, Error> {{\n    \
         SERVICE.service(asked)\n\
         }}\n"
    )
}

fn referee(new: &New<'_>) -> String {
    let Who { name, .. } = new.who;
    let header = match new.token_place {
        TokenPlace::Header(header) => format!("{header}: test"),
        // `test` is the user name, and the password is empty.
        TokenPlace::Basic => "Authorization: Basic dGVzdDo=".to_owned(),
        TokenPlace::Bearer => "Authorization: Bearer test".to_owned(),
    };
    format!(
        "# What the referees need to know of the provider beside its document; the files of the others say what each means.\n\n\
         base = \"/{name}\"\n\
         upstream = \"{name}.json\"\n\
         header = \"{header}\"\n\
         things = []\n"
    )
}

/// The page of variables with those of this provider.
fn surroundings(new: &New<'_>) -> Result<String> {
    const PAGE: &str = "docs/surroundings.md";
    /// What the row of the variables for a server's address says.
    const ADDRESS: &str = "` | the base URL |";
    let Who { name, client, .. } = new.who;
    let shouting = name.to_uppercase();
    let page = new.read(PAGE)?;
    let mut lines = Vec::new();
    let mut found = false;
    for line in page.lines() {
        match line.split_once(ADDRESS).filter(|_| !found) {
            Some((before, after)) => {
                found = true;
                lines.push(format!(
                    "| `{shouting}_TOKEN` | the token of {client} | | an error that names it | refused if it holds a \
                     control character |"
                ));
                lines.push(format!(
                    "{before}`, `SNAPLINE_{shouting}_URL{ADDRESS}{after}"
                ));
            }
            None => lines.push(line.to_owned()),
        }
    }
    if !found {
        return Err(Fault::new(format!(
            "{PAGE} has no row of the base URL's variables; write one with `{}` in it",
            ADDRESS.trim_start_matches('`').trim()
        )));
    }
    Ok(lines.join("\n") + "\n")
}

#[cfg(test)]
mod tests {
    use super::GIVEN_ON;

    #[test]
    fn every_provider_gives_on_the_same_of_the_runtime() {
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).parent();
        let root = root.expect("the crate lies in the workspace");
        let providers = crate::sources::names(&root.join("spec")).expect("there are providers");
        for provider in providers {
            let path = root.join(format!("crates/{provider}/src/lib.rs"));
            let text = std::fs::read_to_string(&path).expect("a provider has a crate");
            assert!(text.contains(GIVEN_ON), "{}", path.display());
        }
    }
}
