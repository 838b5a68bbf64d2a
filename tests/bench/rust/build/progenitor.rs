//! progenitor's plain client of the vendored document, cut down to what the workloads ask.

use std::collections::BTreeSet;
use std::error::Error;
use std::path::PathBuf;

use serde_json::{Map, Value};

const DOCUMENT: &str = "../../../spec/digitalocean/normalised.json";

/// What the workloads ask.
const PATHS: [&str; 4] = [
    "/v2/nfs/{nfs_id}",
    "/v2/nfs/{nfs_id}/actions",
    "/v2/nfs/snapshots",
    "/v2/snapshots",
];

/// Writes it where the program takes it from.
pub(crate) fn make() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed={DOCUMENT}");
    let mut document: Value = serde_json::from_slice(&std::fs::read(DOCUMENT)?)?;
    let paths = object(&mut document, "paths")?;
    paths.retain(|path, _| PATHS.contains(&path.as_str()));
    if paths.len() != PATHS.len() {
        return Err(format!("{DOCUMENT} lacks one of {PATHS:?}").into());
    }
    for item in paths.values_mut().filter_map(Value::as_object_mut) {
        item.retain(|method, _| ["get", "post"].contains(&method.as_str()));
        for operation in item.values_mut() {
            // Progenitor takes one type of answer, and of refusals only those without one.
            object(operation, "responses")?.retain(|status, _| status.starts_with('2'));
        }
    }
    keep_what_is_used(&mut document)?;
    let spec: openapiv3::OpenAPI = serde_json::from_value(document)?;
    let tokens = progenitor::Generator::default().generate_tokens(&spec)?;
    let out = PathBuf::from(std::env::var_os("OUT_DIR").ok_or("cargo sets OUT_DIR")?);
    std::fs::write(
        out.join("progenitor.rs"),
        prettyplease::unparse(&syn::parse2(tokens)?),
    )?;
    Ok(())
}

fn object<'a>(
    value: &'a mut Value,
    name: &str,
) -> Result<&'a mut Map<String, Value>, Box<dyn Error>> {
    value
        .get_mut(name)
        .and_then(Value::as_object_mut)
        .ok_or_else(|| format!("{DOCUMENT} has no {name} where they belong").into())
}

/// Leaves the schemas out that no path leads to.
fn keep_what_is_used(document: &mut Value) -> Result<(), Box<dyn Error>> {
    let mut used = BTreeSet::new();
    let mut waiting = vec![document.get("paths").cloned().unwrap_or_default()];
    let components = document
        .get_mut("components")
        .ok_or("there are no components")?;
    let schemas = object(components, "schemas")?;
    while let Some(value) = waiting.pop() {
        match value {
            Value::Array(all) => waiting.extend(all),
            Value::Object(all) => waiting.extend(all.into_iter().map(|(_, value)| value)),
            Value::String(text) => {
                if let Some(name) = text.strip_prefix("#/components/schemas/")
                    && used.insert(name.to_owned())
                {
                    waiting.extend(schemas.get(name).cloned());
                }
            }
            _ => {}
        }
    }
    schemas.retain(|name, _| used.contains(name));
    Ok(())
}
