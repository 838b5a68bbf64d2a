//! `cargo xtask new-provider`: everything that a provider needs so that `regenerate` and `test` pass, of its
//! document alone; what was guessed is told.

mod manifests;
mod names;
mod texts;

use std::path::{Path, PathBuf};

use serde_json::json;
use snapline_codegen::document::Document;
use snapline_codegen::finding::Kind;
use snapline_codegen::ir::TokenPlace;
use snapline_codegen::select::Criteria;
use snapline_codegen::{Finding, Selector, Source, guess, parse, update};
use toml_edit::{Array, DocumentMut, InlineTable, Item, Table, Value, value};

use crate::fault::{Fault, Result};
use crate::replace::replace;
use crate::sources::{self, existing, sha256, text};
use crate::taking_in::{WordsArgument, pretty, show, today, whole};

/// What `new-provider` takes.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// What to call the provider: a lower-case word. It names its module, its feature and its folders.
    name: String,
    /// Where its document is: a file, whose references to others are followed, or an https address.
    #[arg(long, value_name = "PATH-or-URL")]
    from: String,
    /// The folder or address that holds all files, where the entry does not lie at its top.
    #[arg(long, value_name = "DIR-or-URL")]
    root: Option<String>,
    /// What its names in C begin with; else the first letters of the name that are free.
    #[arg(long, value_name = "xy")]
    prefix: Option<String>,
    /// What to call its client; else the name with a capital first.
    #[arg(long, value_name = "Pascal")]
    client: Option<String>,
    /// Which operations are taken: `tag=…`, `path=…` or an operation's id, and given more than once, all of them.
    /// Else every operation.
    #[arg(long, value_name = "tag=…|path=…|ID")]
    select: Vec<String>,
    /// What becomes of the provider's own sentences and examples.
    #[arg(long, value_enum, default_value = "strip")]
    words: WordsArgument,
    /// Write nothing; say what would be written.
    #[arg(long)]
    dry_run: bool,
    /// Print everything as one JSON object, for tools.
    #[arg(long)]
    json: bool,
    /// The checkout to write into.
    #[arg(long, default_value = ".", value_name = "DIR")]
    out: PathBuf,
}

pub(crate) fn run(arguments: &Arguments, started_in: &Path) -> Result<()> {
    let (out, name) = (&arguments.out, arguments.name.as_str());
    let who = names::who(
        out,
        name,
        arguments.prefix.as_deref(),
        arguments.client.as_deref(),
    )?;
    let selected: Vec<Selector> = arguments.select.iter().map(|text| selector(text)).collect();
    let (tree, whole) = whole(&arguments.from, arguments.root.as_deref(), started_in)?;

    let spec = Path::new("spec").join(name);
    let file = |name: &str| spec.join(name).display().to_string();
    let mut source = Source {
        document_file: file("upstream.json"),
        words_file: file("words.yaml"),
        overlay_file: file("overlay.yaml"),
        operations: selected,
        ..Source::default()
    };
    parse::check_version(&source.document_file, &whole)?;
    let raw = Document::new(&source.document_file, whole);
    let ids = guess::ids(&raw);
    let words = arguments.words.words(&[]);
    let mut findings = Vec::new();
    let (left_out, guessed) = loop {
        source.overlay = guess::with_ids(&who, &ids);
        let taken = update::take(raw.root.clone(), &source, &words)
            .map_err(|errors| selection(errors, &arguments.select))?;
        source.document = pretty(&taken.document.root)?;
        let guessed = guess::guess(&taken.document, &ids, &who, &source);
        // What is refused is left out, and guessed is by what is taken alone.
        match without(&source.operations, &guessed.refused) {
            Some(fewer) => {
                source.operations = fewer;
                findings.extend(refused(guessed.refusals));
            }
            None => break (taken.left_out, guessed),
        }
    };
    source.overlay = guessed.overlay;
    source.words = Some(texts::words(&who));
    let found = update::findings(&source).into_iter().chain(left_out);
    let told = guessed.findings.into_iter().chain(guessed.refusals);
    for finding in told.chain(found) {
        if !findings.contains(&finding) {
            findings.push(finding);
        }
    }
    findings.sort_by_key(|finding| finding.kind);

    let provider = New {
        out,
        who: &who,
        token_place: &guessed.token_place,
    };
    let table = table(arguments, tree.commit().as_deref(), &source);
    let mut files = vec![
        (
            PathBuf::from("spec").join(sources::LIST),
            listed(out, name, table)?,
        ),
        (spec.join("upstream.json"), source.document.clone()),
        (spec.join("overlay.yaml"), source.overlay.clone()),
        (
            spec.join("words.yaml"),
            source.words.clone().unwrap_or_default(),
        ),
    ];
    files.extend(texts::files(&provider)?);
    files.extend(manifests::files(&provider)?);
    let write: Vec<(PathBuf, &str)> = files
        .iter()
        .map(|(path, text)| (out.join(path), text.as_str()))
        .collect();
    if !arguments.dry_run {
        replace(&write, &[])?;
    }
    let paths: Vec<&PathBuf> = files.iter().map(|(path, _)| path).collect();
    if arguments.json {
        let all = json!({
            "provider": name,
            "files": tree.files,
            "written": !arguments.dry_run,
            "paths": paths,
            "findings": findings,
        });
        print!("{}", pretty(&all)?);
    } else {
        println!("read {} files from {}", tree.files, arguments.from);
        tell(arguments, &source, &findings, &paths);
    }
    Ok(())
}

/// A provider on its way into the tree.
struct New<'n> {
    /// The checkout.
    out: &'n Path,
    who: &'n guess::Who,
    /// Where a request has its token.
    token_place: &'n TokenPlace,
}

impl New<'_> {
    /// A file of the checkout as it is.
    fn read(&self, path: &str) -> Result<String> {
        text(&self.out.join(path))
    }
}

fn tell(arguments: &Arguments, source: &Source, findings: &[Finding], paths: &[&PathBuf]) {
    let (wordless, others): (Vec<Finding>, Vec<Finding>) = findings
        .iter()
        .cloned()
        .partition(|one| one.kind == Kind::NoWords);
    show(std::slice::from_ref(source), &others);
    if !wordless.is_empty() {
        println!(
            "{} places have no words yet, and are described by their names; `cargo xtask regenerate` lists them",
            wordless.len()
        );
    }
    let done = match arguments.dry_run {
        true => "would be written:",
        false => "written:",
    };
    for path in paths {
        println!("{done} {}", path.display());
    }
    if arguments.dry_run {
        println!("nothing was written");
        return;
    }
    let name = &arguments.name;
    let is_refused = findings.iter().any(|one| one.kind == Kind::Error);
    if is_refused {
        println!(
            "\n`cargo xtask regenerate` refuses the document yet, by what is listed first: correct it in \
             spec/{name}/overlay.yaml, or leave operations out by `except` in spec/{} and take it in again with \
             `cargo xtask update-spec {name} --from {}`",
            sources::LIST,
            arguments.from
        );
    }
    println!(
        "\nnext:\n  cargo xtask regenerate    # every generated file of {name}, and what has no words yet\n  \
         cargo xtask test          # its cases, in every language\n  \
         then look at each guess in spec/{name}/overlay.yaml, write spec/{name}/words.yaml, and see \
         docs/add-a-provider.md"
    );
}

/// What is selected by one `--select`.
fn selector(text: &str) -> Selector {
    let criteria = match text.split_once('=') {
        Some(("tag", tag)) => Criteria {
            tag: Some(tag.to_owned()),
            ..Criteria::default()
        },
        Some(("path", path)) => Criteria {
            path: Some(path.to_owned()),
            ..Criteria::default()
        },
        _ => return Selector::from(text),
    };
    Selector::All(criteria)
}

/// The same selection without these operations; nothing where that changes nothing. One that is asked for by its
/// id stays, so that its error is told.
fn without(selected: &[Selector], refused: &[String]) -> Option<Vec<Selector>> {
    if refused.is_empty() {
        return None;
    }
    let all = [Selector::All(Criteria {
        path: Some("/**".to_owned()),
        ..Criteria::default()
    })];
    let selected = if selected.is_empty() { &all } else { selected };
    let mut fewer = selected.to_vec();
    for one in &mut fewer {
        if let Selector::All(criteria) = one {
            let new = refused.iter().filter(|id| !criteria.except.contains(id));
            let new: Vec<String> = new.cloned().collect();
            criteria.except.extend(new);
        }
    }
    (fewer != selected).then_some(fewer)
}

/// What is said of operations that are left out.
fn refused(findings: Vec<Finding>) -> impl Iterator<Item = Finding> {
    findings.into_iter().map(|one| {
        let mut error = one.error;
        error.help = format!(
            "it is left out by `except` in spec/{}; to have it, {}",
            sources::LIST,
            error.help
        )
        .into();
        Finding::new(Kind::Refused, error)
    })
}

/// An error about what is selected names the option, since there is no list yet to correct.
fn selection(errors: snapline_codegen::Errors, select: &[String]) -> Fault {
    let mut all = errors.iter();
    match all.find(|error| error.pointer == "/paths" && !select.is_empty()) {
        Some(error) => Fault::new(format!(
            "{}; correct `--select`, which takes `tag=…`, `path=…` or an operation's id",
            error.what
        )),
        None => errors.into(),
    }
}

/// The provider's table in the list of all.
fn table(arguments: &Arguments, commit: Option<&str>, source: &Source) -> Table {
    let mut table = Table::new();
    if arguments.from.starts_with("https://") {
        table.insert("from", value(&arguments.from));
        if let Some(root) = &arguments.root {
            table.insert("root", value(root));
        }
    }
    if let Some(commit) = commit {
        table.insert("commit", value(commit));
    }
    table.insert("date", value(today()));
    table.insert("sha256", value(sha256(&source.document)));
    if arguments.words == WordsArgument::Keep {
        table.insert("words", value("keep"));
    }
    let selected = &source.operations;
    if !selected.is_empty() {
        let mut operations: Array = selected.iter().map(as_toml).collect();
        if operations.len() > 1 {
            for one in operations.iter_mut() {
                one.decor_mut().set_prefix("\n    ");
            }
            operations.set_trailing("\n");
            operations.set_trailing_comma(true);
        }
        table.insert("operations", value(operations));
    }
    table
}

fn as_toml(selector: &Selector) -> Value {
    match selector {
        Selector::Id(id) => id.into(),
        Selector::All(criteria) => {
            let mut table = InlineTable::new();
            for (key, said) in [("tag", &criteria.tag), ("path", &criteria.path)] {
                if let Some(said) = said {
                    table.insert(key, said.into());
                }
            }
            if !criteria.except.is_empty() {
                let except: Array = criteria.except.iter().collect();
                table.insert("except", except.into());
            }
            table.into()
        }
    }
}

/// The list of providers with one more, behind all that it says.
fn listed(out: &Path, name: &str, table: Table) -> Result<String> {
    let list = existing(&out.join("spec").join(sources::LIST))?.unwrap_or_default();
    let mut added = DocumentMut::new();
    added.insert(name, Item::Table(table));
    Ok(format!("{}\n\n{added}", list.trim_end()))
}
