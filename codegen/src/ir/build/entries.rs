//! What waits, requests with waits behind them and looks have in common: their entries in the document, and the calls
//! that these lead to.

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::placement::Names;
use super::{Builder, extension};
use crate::document::join;
use crate::error::Result;
use crate::ir::{
    Call, CallId, Field, Link, Location, ModelId, Param, RequestCall, Resource, Source, Status,
    Type, WaitCall,
};

/// One entry on its way into the IR: where it stands, what it says, and the plain request of its operation.
pub(super) struct Entry<F> {
    pub(super) at: String,
    pub(super) facts: F,
    pub(super) plain: Option<CallId>,
}

impl Builder<'_> {
    /// All entries of an extension whose value is a list, in the document's order.
    pub(super) fn entries<F: DeserializeOwned>(
        &self,
        key: &str,
        plain: &BTreeMap<String, CallId>,
    ) -> Result<Vec<Entry<F>>> {
        let mut all = Vec::new();
        for (pointer, _, _, object) in self.document.operations() {
            let id = object.get("operationId").and_then(Value::as_str);
            let entries = object.get(key).and_then(Value::as_array);
            for (index, facts) in entries.into_iter().flatten().enumerate() {
                let at = join(&pointer, &[key, &index.to_string()]);
                all.push(Entry {
                    facts: extension(self.document, &at, facts)?,
                    plain: id.and_then(|id| plain.get(id)).cloned(),
                    at,
                });
            }
        }
        Ok(all)
    }

    /// The request that an entry is about: the plain one of its operation, or another of that by its name.
    pub(super) fn request_of<'r, F>(
        &self,
        resources: &'r [Resource],
        entry: &Entry<F>,
        of: Option<&str>,
    ) -> Result<RequestCall<'r>> {
        let plain = entry.plain.as_ref();
        let first = plain.and_then(|id| find(resources, id)?.as_request());
        let found = match (of, first) {
            (Some(name), Some(first)) => {
                let id = CallId::new(&first.resource, name);
                find(resources, &id).and_then(Call::as_request)
            }
            (_, first) => first,
        };
        found.ok_or_else(|| {
            self.document.error(
                &entry.at,
                "the operation became no such method",
                "name one of its methods in `of`",
            )
        })
    }

    /// The request of an operation; of several the general one, which stands first.
    pub(super) fn request_by_operation<'r>(
        &self,
        resources: &'r [Resource],
        at: &str,
        operation: &str,
    ) -> Result<RequestCall<'r>> {
        let mut requests = requests(resources);
        let found = requests.find(|request| request.operation == *operation);
        found.ok_or_else(|| {
            self.document.error(
                at,
                format!("there is no operation `{operation}`"),
                "name the id of an operation in sources.toml",
            )
        })
    }

    /// A request with its arguments: those that are `named` are what `source` makes of what they are named by, the
    /// others are the `params` of the same name and type.
    pub(super) fn linked(
        &self,
        at: &str,
        call: RequestCall<'_>,
        named: Option<&BTreeMap<String, String>>,
        params: &[Param],
        source: impl Fn(&Param, &str) -> Result<Source>,
    ) -> Result<Link> {
        let not_these = |wire: &str| {
            Err(self.document.error(
                at,
                format!("`{}` does not take just these: `{wire}`", call.operation),
                "give each parameter that it requires, and none that it does not have",
            ))
        };
        let known = |wire: &String| call.params.iter().any(|param| param.wire == *wire);
        let mut wires = named.into_iter().flat_map(BTreeMap::keys);
        if let Some(stray) = wires.find(|wire| !known(wire)) {
            return not_these(stray);
        }
        let named = |wire: &str| named.and_then(|named| named.get(wire));
        let mut arguments = Vec::new();
        for param in &call.params {
            let own = params.iter().find(|own| {
                own.wire == param.wire
                    && own.ty == param.ty
                    && !matches!(own.location, Location::Pick | Location::Origin)
            });
            match (named(&param.wire), own) {
                (Some(wire), _) => arguments.push((param.clone(), source(param, wire)?)),
                (None, Some(own)) => arguments.push((param.clone(), Source::Argument(own.clone()))),
                (None, None) if param.required => return not_these(&param.wire),
                (None, None) => {}
            }
        }
        Ok(Link {
            call: call.id(),
            arguments,
        })
    }

    /// Fields below a model, from one to the next; none for an empty path.
    pub(super) fn fields_below(
        &self,
        at: &str,
        model: Option<&ModelId>,
        dotted: &str,
    ) -> Result<Vec<Field>> {
        if dotted.is_empty() {
            return Ok(Vec::new());
        }
        let path: Vec<String> = dotted.split('.').map(str::to_owned).collect();
        let found = model.and_then(|model| self.fields_at(model, &path));
        match found {
            Some(fields) => Ok(fields.into_iter().cloned().collect()),
            None => Err(self.document.error(
                at,
                format!("there is no field `{dotted}`"),
                "name fields as the document has them, below what the call gives",
            )),
        }
    }

    /// The field of a model that holds its state, and all states that the document lists; each of `named` must be
    /// one of them.
    pub(super) fn status<'n>(
        &self,
        at: &str,
        model: &ModelId,
        wire: &str,
        named: impl IntoIterator<Item = &'n String>,
    ) -> Result<(Status, Vec<String>)> {
        let field = self.models.get(&**model).and_then(|it| it.field(wire));
        let Some((field, Type::Enum(id))) = field.map(|field| (field, &field.ty)) else {
            return Err(self.document.error(
                at,
                format!("`{model}.{wire}` is no enum"),
                "name the field that holds the state",
            ));
        };
        let values = self.enums.get(&**id).into_iter().flat_map(|it| &it.values);
        let known: Vec<String> = values.map(|value| value.wire.clone()).collect();
        if let Some(stray) = named.into_iter().find(|state| !known.contains(state)) {
            return Err(self.document.error(
                at,
                format!("`{stray}` is no state of `{model}.{wire}`"),
                "name states that the document lists",
            ));
        }
        let status = Status {
            field: field.clone(),
            states: id.clone(),
        };
        Ok((status, known))
    }
}

/// Adds a call to its resource, under a name that none there has.
pub(super) fn add(resources: &mut [Resource], names: &mut Names, mut call: Call) -> CallId {
    call.name = names.call(&call.resource, &call.name, None);
    let id = call.id();
    if let Some(resource) = find_mut(resources, id.resource()) {
        resource.calls.push(call);
    }
    id
}

/// All requests there are.
pub(super) fn requests(resources: &[Resource]) -> impl Iterator<Item = RequestCall<'_>> {
    let all = resources.iter().flat_map(Resource::walk);
    all.flat_map(Resource::requests)
}

/// All waits there are.
pub(super) fn waits(resources: &[Resource]) -> impl Iterator<Item = WaitCall<'_>> {
    let all = resources.iter().flat_map(Resource::walk);
    all.flat_map(Resource::waits)
}

/// A call, while the IR is not finished.
pub(super) fn find<'a>(resources: &'a [Resource], id: &CallId) -> Option<&'a Call> {
    let all = resources.iter().flat_map(Resource::walk);
    let resource = all
        .into_iter()
        .find(|resource| resource.path == id.resource())?;
    resource.calls.iter().find(|call| call.name == id.name())
}

pub(super) fn find_mut<'a>(
    resources: &'a mut [Resource],
    path: &[String],
) -> Option<&'a mut Resource> {
    resources.iter_mut().find_map(|resource| {
        if resource.path == path {
            Some(resource)
        } else {
            find_mut(&mut resource.children, path)
        }
    })
}
