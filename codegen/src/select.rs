//! Cuts the document down to the wanted operations and what they reach.

use std::collections::HashSet;

use serde_json::Value;

use crate::document::{Document, METHODS, each_reference, join, mapping_reference};
use crate::error::{Error, Result};

/// Keeps the operations named, or all where none is named, and the components they reach.
pub fn select(document: &mut Document, operations: &[String]) -> Result<()> {
    let known: HashSet<String> = document
        .operations()
        .iter()
        .filter_map(|(_, _, _, operation)| operation.get("operationId"))
        .filter_map(Value::as_str)
        .map(str::to_owned)
        .collect();
    if let Some(missing) = operations.iter().find(|id| !known.contains(*id)) {
        return Err(Error::new(
            &document.file,
            "/paths",
            format!("the operation `{missing}` is asked for, but not in the document"),
            "correct the list of operations in spec/sources.toml, or add the operation",
        ));
    }
    if !operations.is_empty()
        && let Some(paths) = document
            .root
            .get_mut("paths")
            .and_then(Value::as_object_mut)
    {
        for item in paths.values_mut().filter_map(Value::as_object_mut) {
            item.retain(|method, operation| {
                !METHODS.contains(&method.as_str())
                    || operation
                        .get("operationId")
                        .and_then(Value::as_str)
                        .is_some_and(|id| operations.iter().any(|wanted| wanted == id))
            });
        }
        paths.retain(|_, item| METHODS.iter().any(|method| item.get(method).is_some()));
    }
    prune(document)
}

/// Drops every component that no operation reaches.
pub fn prune(document: &mut Document) -> Result<()> {
    let mut reached: HashSet<String> = HashSet::new();
    let mut waiting: Vec<String> = Vec::new();
    if let Some(paths) = document.root.get("paths") {
        collect(&document.root, paths, &mut waiting)?;
    }
    while let Some(pointer) = waiting.pop() {
        if reached.insert(pointer.clone())
            && let Some(target) = document.root.pointer(&pointer)
        {
            collect(&document.root, target, &mut waiting)?;
        }
    }
    let Some(components) = document
        .root
        .get_mut("components")
        .and_then(Value::as_object_mut)
    else {
        return Ok(());
    };
    for (kind, members) in components.iter_mut() {
        // Security schemes are named by security requirements, not by reference.
        if kind == "securitySchemes" {
            continue;
        }
        if let Some(members) = members.as_object_mut() {
            members.retain(|name, _| reached.contains(&join("/components", &[kind, name])));
        }
    }
    components.retain(|_, members| {
        members
            .as_object()
            .is_none_or(|members| !members.is_empty())
    });
    Ok(())
}

fn collect(root: &Value, value: &Value, into: &mut Vec<String>) -> Result<()> {
    each_reference(value, "", &mut |_, reference| {
        if let Some(pointer) = reference.strip_prefix('#') {
            into.push(pointer.to_owned());
        }
        Ok(())
    })?;
    mapping_targets(root, value, into);
    Ok(())
}

/// A discriminator names its targets by plain strings.
fn mapping_targets(root: &Value, value: &Value, into: &mut Vec<String>) {
    match value {
        Value::Object(object) => {
            if let Some(mapping) = object
                .get("discriminator")
                .and_then(|discriminator| discriminator.get("mapping"))
                .and_then(Value::as_object)
            {
                into.extend(
                    mapping
                        .values()
                        .filter_map(Value::as_str)
                        .filter_map(|target| {
                            mapping_reference(root, target)
                                .strip_prefix('#')
                                .map(str::to_owned)
                        }),
                );
            }
            for inner in object.values() {
                mapping_targets(root, inner, into);
            }
        }
        Value::Array(items) => {
            for inner in items {
                mapping_targets(root, inner, into);
            }
        }
        _ => {}
    }
}
