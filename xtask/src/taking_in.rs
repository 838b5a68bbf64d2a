//! What `update-spec` and `new-provider` share: how a provider's document comes in, and how it is told.

use std::io::IsTerminal;
use std::path::Path;

use clap::ValueEnum;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use snapline_codegen::bundle::bundle;
use snapline_codegen::finding::Kind;
use snapline_codegen::update::Words;
use snapline_codegen::{Finding, Source, openapi_3_1};

use crate::fault::{Fault, Result};
use crate::run;
use crate::tree::Tree;
use crate::underline::Texts;

/// What becomes of a provider's own sentences and examples.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub(crate) enum WordsArgument {
    /// They go: spec/ has structure alone, and words.yaml ours.
    Strip,
    /// They stay, for a document whose licence allows it.
    Keep,
}

impl WordsArgument {
    /// The same for the generator; these extensions stay in any case.
    pub(crate) fn words(self, extensions: &[String]) -> Words {
        match self {
            Self::Keep => Words::Keep,
            Self::Strip => Words::Strip {
                extensions: extensions.to_vec(),
            },
        }
    }
}

/// Reads a document with all that it refers to, and gives the tree that it was read from too.
pub(crate) fn whole(from: &str, root: Option<&str>, started_in: &Path) -> Result<(Tree, Value)> {
    let mut tree = Tree::open(from, root, started_in)?;
    let entry = tree.entry.clone();
    let mut whole = bundle(&entry, &mut tree)?;
    openapi_3_1::lower(&mut whole);
    Ok((tree, whole))
}

/// Today's date.
pub(crate) fn today() -> String {
    let now = jiff::Timestamp::now().to_string();
    now.chars().take(10).collect()
}

/// JSON as it is committed.
pub(crate) fn pretty(value: &impl Serialize) -> Result<String> {
    let text = serde_json::to_string_pretty(value);
    text.map(|text| text + "\n")
        .map_err(|error| Fault::new(format!("the document cannot be written as JSON: {error}")))
}

/// How many findings of a kind are shown.
const SHOWN: usize = 20;

/// Prints what was found, the worst first, and not all of what comes by the hundred.
pub(crate) fn show(sources: &[Source], findings: &[Finding]) {
    let mut kinds: Vec<Kind> = findings.iter().map(|finding| finding.kind).collect();
    kinds.dedup();
    let mut texts = Texts::of(sources, std::io::stdout().is_terminal());
    for kind in kinds {
        let all: Vec<&Finding> = findings.iter().filter(|one| one.kind == kind).collect();
        for finding in all.iter().take(SHOWN) {
            match kind {
                // Where words are missing is nothing to be seen.
                Kind::NoWords => println!("{} {finding}", run::mark("-->")),
                _ => {
                    let called = format!("{} {}", run::mark("-->"), kind.name());
                    println!("{}", texts.show(&called, &finding.error));
                }
            }
        }
        if let Some(more) = all.len().checked_sub(SHOWN).filter(|more| *more > 0) {
            println!(
                "    and {more} more of the kind `{}`; `--json` lists all",
                kind.name()
            );
        }
    }
}
