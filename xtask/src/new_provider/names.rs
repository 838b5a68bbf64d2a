//! What a new provider can be called.

use std::path::Path;

use serde_json::Value;
use snapline_codegen::guess::Who;
use snapline_codegen::parse::parse_value;

use crate::fault::{Fault, Result};
use crate::sources::{self, existing, text};

/// Words that Rust, Python, C or C++ keep for themselves, and names that packages and features of ours have.
const RESERVED: [&str; 96] = [
    "abstract",
    "all",
    "alignas",
    "alignof",
    "and",
    "as",
    "assert",
    "async",
    "auto",
    "await",
    "become",
    "bool",
    "box",
    "break",
    "c",
    "case",
    "catch",
    "char",
    "class",
    "client",
    "codegen",
    "concept",
    "conformance",
    "const",
    "continue",
    "core",
    "crate",
    "def",
    "default",
    "del",
    "delete",
    "do",
    "double",
    "dyn",
    "elif",
    "else",
    "enum",
    "except",
    "explicit",
    "export",
    "extern",
    "false",
    "faults",
    "final",
    "finally",
    "float",
    "fn",
    "for",
    "friend",
    "from",
    "fuzz",
    "generated",
    "global",
    "goto",
    "if",
    "impl",
    "import",
    "in",
    "inline",
    "int",
    "is",
    "lambda",
    "let",
    "long",
    "loop",
    "macro",
    "match",
    "mock",
    "mod",
    "move",
    "mut",
    "namespace",
    "new",
    "none",
    "not",
    "operator",
    "or",
    "pass",
    "private",
    "pub",
    "public",
    "python",
    "raise",
    "ref",
    "return",
    "runtime",
    "self",
    "snapline",
    "static",
    "std",
    "struct",
    "super",
    "test",
    "true",
    "type",
    "xtask",
];

/// The longest name: it stands in names of everything that is generated.
const LONGEST: usize = 24;

/// Where something of a provider's name may be already.
const PLACES: [&str; 8] = [
    "spec/{}",
    "crates/{}",
    "crates/mock/src/{}",
    "crates/mock/src/{}.rs",
    "bindings/c/src/{}.rs",
    "bindings/c/include/snapline/{}.h",
    "bindings/cpp/include/snapline/{}.hpp",
    "bindings/python/python/snapline/{}",
];

/// Who the provider is, once nothing of it is another's.
pub(super) fn who(
    out: &Path,
    name: &str,
    prefix: Option<&str>,
    client: Option<&str>,
) -> Result<Who> {
    if !is_word(name) || name.len() > LONGEST {
        return Err(Fault::new(format!(
            "`{name}` cannot name a provider; give a word of lower-case letters and digits, a letter first, and \
             {LONGEST} at most"
        )));
    }
    if RESERVED.contains(&name) {
        return Err(Fault::new(format!(
            "`{name}` cannot name a provider: it is a word of a language or a name of ours; give another one"
        )));
    }
    if sources::names(&out.join("spec"))?
        .iter()
        .any(|known| known == name)
    {
        return Err(Fault::new(format!(
            "there is a provider `{name}` already; `cargo xtask update-spec {name}` takes its newest document in"
        )));
    }
    for place in PLACES {
        let place = place.replace("{}", name);
        if out.join(&place).exists() {
            return Err(Fault::new(format!(
                "{place} is there already; give the provider another name, or remove it if it is a left-over"
            )));
        }
    }
    let others = others(out)?;
    Ok(Who {
        name: name.to_owned(),
        prefix: prefix_of(out, &others, name, prefix)?,
        client: client_of(out, &others, name, client)?,
    })
}

fn is_word(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_lowercase())
        && text
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit())
}

/// What the other providers' documents say of themselves.
fn others(out: &Path) -> Result<Vec<Value>> {
    let spec = out.join("spec");
    let mut found = Vec::new();
    for name in sources::names(&spec)? {
        let said = match existing(&spec.join(&name).join("normalised.json"))? {
            Some(text) => generated(&text),
            None => begun(&spec.join(&name).join("overlay.yaml"))?,
        };
        found.extend(said);
    }
    Ok(found)
}

fn generated(text: &str) -> Option<Value> {
    let document: Value = serde_json::from_str(text).ok()?;
    document.pointer("/info/x-snapline-provider").cloned()
}

/// The overlay says it of one that was not generated yet.
fn begun(overlay: &Path) -> Result<Option<Value>> {
    let Some(text) = existing(overlay)? else {
        return Ok(None);
    };
    let overlay = parse_value(&overlay.to_string_lossy(), &text)?;
    let actions = overlay.get("actions").and_then(Value::as_array);
    let mut said = actions
        .into_iter()
        .flatten()
        .filter_map(|action| action.pointer("/update/x-snapline-provider"));
    Ok(said.next().cloned())
}

fn prefix_of(out: &Path, others: &[Value], name: &str, asked: Option<&str>) -> Result<String> {
    // Every function of C begins with `snapline_`, and one that is not a provider's goes on with what it is about.
    let functions = existing(&out.join("bindings/c/abi.txt"))?.unwrap_or_default();
    let is_free = |prefix: &str| {
        !others
            .iter()
            .any(|other| other.get("prefix").is_some_and(|it| it == prefix))
            && !functions.contains(&format!(" snapline_{prefix}_"))
            && !functions.contains(&format!(" snapline_{prefix} "))
    };
    if let Some(prefix) = asked {
        if !is_word(prefix) {
            return Err(Fault::new(format!(
                "`{prefix}` cannot be a prefix; give lower-case letters and digits, a letter first"
            )));
        }
        if !is_free(prefix) {
            return Err(Fault::new(format!(
                "names in C begin with `snapline_{prefix}_` already; give another `--prefix`"
            )));
        }
        return Ok(prefix.to_owned());
    }
    let first: String = name.chars().take(1).collect();
    let pairs = name
        .chars()
        .skip(1)
        .map(|letter| format!("{first}{letter}"));
    let mut all = pairs
        .chain([name.to_owned()])
        .filter(|prefix| prefix.len() > 1 || name.len() == 1);
    all.find(|prefix| is_free(prefix)).ok_or_else(|| {
        Fault::new(format!(
            "no short prefix for names in C is left for `{name}`; give one by `--prefix`"
        ))
    })
}

fn client_of(out: &Path, others: &[Value], name: &str, asked: Option<&str>) -> Result<String> {
    let mut letters = name.chars();
    let first = letters.next().map(|first| first.to_ascii_uppercase());
    let usual = first.into_iter().chain(letters).collect();
    let client = asked.map_or(usual, str::to_owned);
    let fits = client.starts_with(|first: char| first.is_ascii_uppercase())
        && client.chars().all(|c| c.is_ascii_alphanumeric());
    if !fits {
        return Err(Fault::new(format!(
            "`{client}` cannot name a client; give `--client` letters and digits, a capital first"
        )));
    }
    // Clients stand beside what the Python package has for all providers.
    let package = out.join("bindings/python/python/snapline/__init__.py");
    let package = match package.exists() {
        true => text(&package)?,
        false => String::new(),
    };
    let is_another = others
        .iter()
        .any(|other| other.get("client").is_some_and(|it| *it == client));
    let mut words = package.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    if is_another || words.any(|word| word == client) {
        return Err(Fault::new(format!(
            "there is a `{client}` already; give the client another name by `--client`"
        )));
    }
    Ok(client)
}
