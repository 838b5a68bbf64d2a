//! The normalised document becomes the IR: one file a fact.

mod entries;
mod examples;
mod finds;
mod kinds;
mod limits;
mod mounted;
mod names;
mod operations;
mod pages;
mod placement;
mod provider;
mod requests;
mod rules;
mod schema;
mod takes;
mod text;
#[cfg(test)]
mod tiny;
mod uses;
mod waiters;

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::document::Document;
use crate::error::{Errors, Result};
use crate::ir::{Api, CallId, Enum, Model, Resource, Union, sound};
use crate::words;
pub(crate) use examples::deepest;
pub(crate) use placement::custom_verb;
use placement::{Names, placement, resource_at};
use provider::provider_facts;
use text::sentence;

/// Where an operation hangs, and its verb: as its overlay says, else by path and method.
pub(crate) fn placed(
    path: &str,
    method: &str,
    operation: &Map<String, Value>,
) -> (Vec<String>, String) {
    let place = placement(path, method, operation);
    (place.resource, place.verb)
}

/// Reads the IR out of a normalised document.
pub fn build(document: &Document) -> Result<Api, Errors> {
    let facts = provider_facts(document)?;
    let mut builder = Builder {
        document,
        permissions: facts.permissions.clone(),
        models: BTreeMap::new(),
        enums: BTreeMap::new(),
        unions: BTreeMap::new(),
    };
    builder.components()?;
    let operations = document
        .operations()
        .into_iter()
        .map(|(pointer, path, method, object)| builder.operation(&pointer, path, method, object))
        .collect::<Result<Vec<_>>>()?;
    let mut resources: Vec<Resource> = Vec::new();
    let mut names = Names::default();
    // The call that sends an operation and no form of it in particular.
    let mut plain: BTreeMap<String, CallId> = BTreeMap::new();
    for ((pointer, path, method, object), operation) in
        document.operations().iter().zip(&operations)
    {
        let place = placement(path, method, object);
        if place.resource.is_empty() {
            let error = document.error(
                pointer.clone(),
                format!("the path `{path}` names no resource"),
                "give the operation an `x-snapline-resource` in the overlay",
            );
            return Err(error.into());
        }
        let path = names.resource(&place.resource);
        let resource = resource_at(&mut resources, &path, &place.resource, &facts.resources);
        let calls = builder.requests(pointer, object, operation, &place.verb)?;
        for (index, mut call) in calls.into_iter().enumerate() {
            let own = (index == 0).then_some(operation.id.as_ref());
            call.name = names.call(&path, &call.name, own);
            call.resource.clone_from(&path);
            if own.is_some() {
                plain.insert(operation.id.to_string(), call.id());
            }
            resource.calls.push(call);
        }
        builder.bare(pointer, object, operation)?;
    }
    builder.waits(&mut resources, &mut names, &plain)?;
    builder.takes(&mut resources, &mut names, &plain)?;
    builder.finds(&mut resources, &mut names, &plain)?;
    builder.mark_uses(&operations, &resources);
    builder.mounted()?;
    let kinds = builder.kinds(&resources, &operations)?;
    let mut api = Api {
        provider: facts.provider(document),
        resources,
        models: builder.models.into_values().collect(),
        enums: builder.enums.into_values().collect(),
        unions: builder.unions.into_values().collect(),
        operations,
        kinds,
    };
    say_something(&mut api);
    sound::check(document, &api)?;
    Ok(api)
}

/// Describes by its name what the document says nothing of, not even where it refers to.
fn say_something(api: &mut Api) {
    fn name(doc: &mut String, name: &str) {
        if doc.trim().is_empty() {
            *doc = sentence(&words::plain(name));
        }
    }
    fn arguments(resource: &mut Resource) {
        let params = resource.calls.iter_mut().flat_map(|call| &mut call.params);
        params.for_each(|param| name(&mut param.doc, &param.name));
        resource.children.iter_mut().for_each(arguments);
    }
    for model in &mut api.models {
        name(&mut model.doc, &model.name);
    }
    for listed in &mut api.enums {
        name(&mut listed.doc, &listed.name);
    }
    for union in &mut api.unions {
        name(&mut union.doc, &union.name);
    }
    let models = api.models.iter_mut().map(|model| &mut model.fields);
    let variants = api.unions.iter_mut().flat_map(|union| &mut union.variants);
    let variants = variants.map(|variant| &mut variant.fields);
    for field in models.chain(variants).flatten() {
        name(&mut field.doc, &field.name);
    }
    api.resources.iter_mut().for_each(arguments);
}

/// Reads one of our extensions, naming the place when it does not fit.
pub(super) fn extension<T: serde::de::DeserializeOwned>(
    document: &Document,
    at: &str,
    value: &Value,
) -> Result<T> {
    serde_json::from_value(value.clone()).map_err(|error| {
        document.error(
            at,
            format!("this extension cannot be read: {error}"),
            "see ARCHITECTURE.md for the fields it takes",
        )
    })
}

struct Builder<'a> {
    document: &'a Document,
    /// The extension of an operation that lists the permissions which it needs.
    permissions: Option<String>,
    models: BTreeMap<String, Model>,
    enums: BTreeMap<String, Enum>,
    unions: BTreeMap<String, Union>,
}
