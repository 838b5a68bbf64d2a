//! `cargo xtask update-spec`: from a provider's tree to `upstream.json`, and what that changes for whom.

use std::path::{Path, PathBuf};

use serde_json::json;
use snapline_codegen::Source;
use snapline_codegen::update;
use toml_edit::{DocumentMut, value};

use crate::changelog::{self, CHANGELOG};
use crate::fault::{Fault, Result};
use crate::replace::replace;
use crate::sources::{self, existing, sha256};
use crate::taking_in::{WordsArgument, pretty, show, today, whole};

/// What `update-spec` takes.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The provider, as spec/sources.toml has it.
    provider: String,
    /// Where its document is: a file, whose references to others are followed, or an https address. Else the
    /// address that sources.toml has for it.
    #[arg(long, value_name = "PATH-or-URL")]
    from: Option<String>,
    /// The folder or address that holds all files, where the entry does not lie at its top; else the one that
    /// sources.toml has.
    #[arg(long, value_name = "DIR-or-URL")]
    root: Option<String>,
    /// What becomes of the provider's own sentences and examples; else what sources.toml says, or they go.
    #[arg(long, value_enum)]
    words: Option<WordsArgument>,
    /// The commit of upstream's that this is; found out by itself where the files lie in a checkout.
    #[arg(long, value_name = "HASH")]
    commit: Option<String>,
    /// The date of that commit; else today's.
    #[arg(long, value_name = "YYYY-MM-DD")]
    date: Option<String>,
    /// Write nothing; say what would change.
    #[arg(long)]
    dry_run: bool,
    /// Write nothing, and fail if something would change.
    #[arg(long, conflicts_with = "dry_run")]
    check: bool,
    /// Print everything as one JSON object, for tools.
    #[arg(long)]
    json: bool,
    /// The folder with sources.toml.
    #[arg(long, default_value = "spec", value_name = "DIR")]
    spec: PathBuf,
}

impl Arguments {
    /// The date that is noted.
    fn dated(&self) -> String {
        self.date.clone().unwrap_or_else(today)
    }
}

pub(crate) fn run(arguments: &Arguments, started_in: &Path) -> Result<()> {
    let (spec, name) = (&arguments.spec, &arguments.provider);
    let provider = sources::provider(spec, name)?;
    let from = arguments.from.as_ref().or(provider.from.as_ref());
    let Some(from) = from else {
        return Err(Fault::new(format!(
            "{} has no `from` for `{name}`; give the document's file or https address by `--from`",
            spec.join(sources::LIST).display()
        )));
    };
    let root = arguments.root.as_ref().or(provider.root.as_ref());
    let (tree, whole) = whole(from, root.map(String::as_str), started_in)?;

    let path = spec.join(provider.document(name));
    let old = existing(&path)?;
    let before = provider.source(spec, name, old.clone().unwrap_or_default())?;
    let words = arguments.words.or(provider.words);
    let words = words.unwrap_or(WordsArgument::Strip);
    let words = words.words(&provider.extensions);
    let taken = update::take(whole, &before, &words)?;
    let text = pretty(&taken.document.root)?;
    let after = Source {
        document: text.clone(),
        ..before.clone()
    };
    let mut findings = update::findings(&after);
    findings.extend(taken.left_out);
    findings.sort_by_key(|finding| finding.kind);

    let report = match &old {
        Some(_) => Some(update::changes(&before, &after)?),
        None => None,
    };
    let changed = old.as_ref() != Some(&text);
    let list = spec.join(sources::LIST);
    let commit = match &arguments.commit {
        Some(commit) => Some(commit.clone()),
        None => tree.commit(),
    };
    let noted = noted(&list, name, &sha256(&text), commit.as_deref(), arguments)?;
    let mut write = Vec::new();
    if changed {
        write.push((path.clone(), text.as_str()));
    }
    if let Some(noted) = &noted {
        write.push((list, noted.as_str()));
    }
    // The changelog of the tree that has these documents.
    let log = spec.parent().unwrap_or(Path::new("")).join(CHANGELOG);
    let told = match (&report, sources::existing(&log)?) {
        (Some(report), Some(text)) if changed => {
            changelog::with(&text, report, name, &arguments.dated())
        }
        _ => None,
    };
    if let Some(told) = &told {
        write.push((log.clone(), told.as_str()));
    }
    let dry = arguments.dry_run || arguments.check;
    if !dry {
        replace(&write, &[])?;
    }
    if arguments.json {
        let all = json!({
            "provider": name,
            "files": tree.files,
            "document": path,
            "changed": changed,
            "written": changed && !dry,
            "sha256": sha256(&text),
            "findings": findings,
            "changes": report,
        });
        print!("{}", pretty(&all)?);
    } else {
        println!("read {} files from {from}", tree.files);
        if let Some(report) = report.filter(|report| !report.is_empty()) {
            println!("{}", report.text());
        }
        show(&[after], &findings);
        let shown = path.display();
        match (changed, dry) {
            (false, _) => println!("{shown} is as it was"),
            (true, true) => println!("{shown} would be written; nothing was"),
            (true, false) => {
                if told.is_some() {
                    println!("{} has what it changes for users", log.display());
                }
                println!(
                    "{shown} is written; next: see what is found above, then `cargo xtask regenerate`"
                );
            }
        }
    }
    if arguments.check && changed {
        return Err(Fault::new(format!(
            "{} is not what {from} gives; take it in with `cargo xtask update-spec {name}`",
            path.display()
        )));
    }
    Ok(())
}

/// The list of providers with what is now known of this one; nothing where it says so already.
fn noted(
    list: &Path,
    name: &str,
    sum: &str,
    commit: Option<&str>,
    arguments: &Arguments,
) -> Result<Option<String>> {
    let text = sources::text(list)?;
    let mut document: DocumentMut = text
        .parse()
        .map_err(|error| Fault::new(format!("{}: {error}", list.display())))?;
    let Some(table) = document
        .get_mut(name)
        .and_then(|item| item.as_table_like_mut())
    else {
        return Err(Fault::new(format!(
            "{} has no table `{name}`",
            list.display()
        )));
    };
    let says = |key: &str| {
        table
            .get(key)
            .and_then(|item| item.as_str())
            .map(str::to_owned)
    };
    let same = says("sha256").as_deref() == Some(sum);
    let told = commit.is_none() || says("commit").as_deref() == commit;
    if same && told && arguments.date.is_none() {
        return Ok(None);
    }
    let date = arguments.dated();
    for (key, text) in [
        ("commit", commit),
        ("date", Some(&date)),
        ("sha256", Some(sum)),
    ] {
        match (text, table.get_mut(key)) {
            (Some(text), Some(item)) => {
                // What stands around the old value, such as a comment, stays.
                let decor = item.as_value().map(|old| old.decor().clone());
                *item = value(text);
                if let (Some(decor), Some(new)) = (decor, item.as_value_mut()) {
                    *new.decor_mut() = decor;
                }
            }
            (Some(text), None) => {
                table.insert(key, value(text));
            }
            // It is no longer that commit.
            (None, _) if !same => {
                table.remove(key);
            }
            (None, _) => {}
        }
    }
    let noted = document.to_string();
    Ok(Some(noted).filter(|noted| *noted != text))
}
