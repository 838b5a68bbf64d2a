//! What every emitter takes for granted of a finished IR, whatever its language: names that are words, and objects of
//! a bounded size.

use std::collections::{BTreeMap, BTreeSet};

use crate::document::Document;
use crate::error::{Collected, Errors, Result};
use crate::ir::{Api, Type};
use crate::spelling::word;
use crate::surface::CLIENT;

/// Checks an API before any emitter sees it.
pub(super) fn check(document: &Document, api: &Api) -> Result<(), Errors> {
    let mut faults = Collected::default();
    for check in [provider, circles, names] {
        faults.part(check(document, api));
    }
    faults.done()
}

fn provider(document: &Document, api: &Api) -> Result<()> {
    let at = "/info/x-snapline-provider";
    let provider = &api.provider;
    for (field, name) in [("name", &provider.name), ("prefix", &provider.prefix)] {
        if !is_word(name) {
            return Err(document.error(
                format!("{at}/{field}"),
                format!("`{name}` cannot name a module"),
                "use lower-case letters and digits, a letter first",
            ));
        }
    }
    if !provider.credentials.is_empty() && provider.authentication.is_none() {
        return Err(document.error(
            format!("{at}/credentials"),
            "nothing says what is done with them",
            "say it in a sentence under `authentication` beside them, and write `authorize` in the crate's `auth.rs`",
        ));
    }
    let mut seen = BTreeSet::from(["token".to_owned()]);
    for credential in &provider.credentials {
        let name = &credential.name;
        let what = if !is_word(name) {
            format!("`{name}` cannot name an argument")
        } else if is_setting(name) {
            format!("every client has a setting `{name}` of its own")
        } else if !seen.insert(name.clone()) {
            format!("two credentials are called `{name}`")
        } else {
            continue;
        };
        return Err(document.error(
            format!("{at}/credentials"),
            what,
            "give the credential another name, in lower-case letters; `token` is one that every client takes",
        ));
    }
    if !is_pascal(&provider.client) {
        return Err(document.error(
            format!("{at}/client"),
            format!("`{}` cannot name a type", provider.client),
            "use letters and digits, a capital first",
        ));
    }
    Ok(())
}

/// Whether every client has a setting of this name, in any language.
fn is_setting(name: &str) -> bool {
    name == "language" || CLIENT.iter().any(|setting| setting.is_named(name))
}

fn is_pascal(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_uppercase())
        && name.chars().all(|c| c.is_ascii_alphanumeric())
}

/// An object may hold itself in a list or a map, where it ends, but not directly; and what is sent
/// not at all, since its bounds are checked all the way down.
fn circles(document: &Document, api: &Api) -> Result<()> {
    let mut direct: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    let mut any: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    let models = api
        .models
        .iter()
        .map(|model| (&*model.name, model.fields.iter().collect()));
    let unions = api.unions.iter().map(|union| {
        let fields: Vec<_> = union
            .variants
            .iter()
            .flat_map(|variant| &variant.fields)
            .collect();
        (&*union.name, fields)
    });
    for (name, fields) in models.chain(unions) {
        direct.insert(
            name,
            fields.iter().filter_map(|field| named(&field.ty)).collect(),
        );
        any.insert(
            name,
            fields
                .iter()
                .filter_map(|field| named(innermost(&field.ty)))
                .collect(),
        );
    }
    let sent = |name: &str| {
        let model = api.models.iter().find(|model| model.name == *name);
        model.is_none_or(|model| model.requested)
    };
    for name in direct.keys() {
        let fault = |what: String, help: &str| {
            Err(document.error(format!("/components/schemas/{name}"), what, help))
        };
        if reaches_itself(&direct, name) {
            return fault(
                format!("`{name}` holds itself without a list or a map between"),
                "remove the field in the overlay, or make it free-form JSON there",
            );
        }
        if sent(name) && reaches_itself(&any, name) {
            return fault(
                format!("`{name}` holds itself, which is not supported in what is sent"),
                "remove the field in the overlay, or make it free-form JSON there",
            );
        }
    }
    Ok(())
}

fn named(ty: &Type) -> Option<&str> {
    match ty {
        Type::Model(_) | Type::Union(_) => ty.name(),
        _ => None,
    }
}

fn innermost(ty: &Type) -> &Type {
    match ty {
        Type::List(inner) | Type::Map(inner) => innermost(inner),
        ty => ty,
    }
}

fn reaches_itself(holds: &BTreeMap<&str, Vec<&str>>, start: &str) -> bool {
    let mut seen = BTreeSet::new();
    let mut waiting: Vec<&str> = holds.get(start).cloned().unwrap_or_default();
    while let Some(name) = waiting.pop() {
        if name == start {
            return true;
        }
        if seen.insert(name) {
            waiting.extend(holds.get(name).into_iter().flatten());
        }
    }
    false
}

fn names(document: &Document, api: &Api) -> Result<()> {
    let check = |parts: &[&str], of: &str| match parts.iter().find(|part| !is_word(part)) {
        Some(bad) => Err(document.error(
            place(document, of),
            format!("no name can be made of `{bad}` in `{}`", parts.join(".")),
            "give the operation an `x-snapline-resource` or `x-snapline-verb` in the overlay",
        )),
        None => Ok(()),
    };
    for resource in api.all_resources() {
        let below = resource
            .walk()
            .into_iter()
            .find_map(|inner| inner.calls.first());
        let path: Vec<&str> = resource.path.iter().map(String::as_str).collect();
        check(&path, below.map_or("", |call| &call.operation))?;
        for call in &resource.calls {
            let whole: Vec<&str> = path.iter().copied().chain([&*call.name]).collect();
            check(&whole, &call.operation)?;
        }
    }
    Ok(())
}

fn is_word(text: &str) -> bool {
    word(text).as_deref() == Some(text)
}

fn place(document: &Document, operation: &str) -> String {
    document
        .operations()
        .into_iter()
        .find(|(_, _, _, object)| object.get("operationId").is_some_and(|id| id == operation))
        .map_or_else(|| "/paths".to_owned(), |(pointer, ..)| pointer)
}
