//! Waits: what `x-snapline-waiters` says, as the IR has it (B17).

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{Builder, Placement, extension, sentence};
use crate::document::join;
use crate::error::Result;
use crate::ir::{
    ById, Link, Location, Method, Origin, Param, Resource, Resume, Returns, Type, Waiter,
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Facts {
    name: String,
    status: String,
    ready: Vec<String>,
    #[serde(default)]
    failed: Vec<String>,
    #[serde(default)]
    gone: bool,
    #[serde(default = "ten_minutes")]
    timeout: u64,
    #[serde(default)]
    require: Vec<String>,
    pick: Option<String>,
    created: Option<String>,
    origin: Option<OriginFacts>,
    parent: Option<LinkFacts>,
    resume: Option<ResumeFacts>,
    summary: String,
}

fn ten_minutes() -> u64 {
    600
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OriginFacts {
    argument: String,
    schema: String,
    #[serde(default)]
    arguments: BTreeMap<String, String>,
    since: Option<String>,
    by_id: Option<ByIdFacts>,
    summary: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ByIdFacts {
    operation: String,
    arguments: BTreeMap<String, String>,
    when: BTreeMap<String, Vec<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LinkFacts {
    operation: String,
    arguments: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ResumeFacts {
    wait: String,
    argument: String,
    field: String,
}

impl Builder<'_> {
    /// The waits that an operation is polled for.
    pub(super) fn waiters(
        &self,
        pointer: &str,
        object: &Map<String, Value>,
        resource: &Resource,
        place: &Placement,
    ) -> Result<Vec<Waiter>> {
        let entries = object.get("x-snapline-waiters").and_then(Value::as_array);
        entries
            .into_iter()
            .flatten()
            .enumerate()
            .map(|(index, facts)| {
                let at = join(pointer, &["x-snapline-waiters", &index.to_string()]);
                let facts = extension(self.document, &at, facts)?;
                let method = resource
                    .methods
                    .iter()
                    .find(|method| method.name == place.verb);
                Wait {
                    builder: self,
                    at,
                    facts,
                }
                .build(method, place)
            })
            .collect()
    }
}

/// One entry on its way into the IR.
struct Wait<'a> {
    builder: &'a Builder<'a>,
    at: String,
    facts: Facts,
}

impl Wait<'_> {
    fn fault<T>(&self, what: impl Into<String>, help: &str) -> Result<T> {
        Err(self
            .builder
            .document
            .error(self.at.clone(), what.into(), help))
    }

    fn build(self, method: Option<&Method>, place: &Placement) -> Result<Waiter> {
        let Some(method) = method else {
            return self.fault(
                "the operation became no method",
                "wait on a plain operation",
            );
        };
        if self.facts.ready.is_empty() && !self.facts.gone {
            return self.fault(
                "nothing ends the wait well",
                "name a state in `ready`, or say `gone: true`",
            );
        }
        let model = self.model(method)?;
        let pending = self.pending(&model)?;
        self.picks(&model)?;
        let params = self.params(method, &model)?;
        let Self { facts, .. } = self;
        let link = |facts: LinkFacts| Link {
            operation: facts.operation,
            arguments: facts.arguments.into_iter().collect(),
        };
        Ok(Waiter {
            name: facts.name,
            resource: place.resource.clone(),
            method: place.verb.clone(),
            params,
            pick: facts.pick,
            created: facts.created,
            origin: facts.origin.map(|origin| Origin {
                param: origin.argument,
                model: origin.schema,
                arguments: origin.arguments.into_iter().collect(),
                since: origin.since,
                by_id: origin.by_id.map(|by_id| ById {
                    link: Link {
                        operation: by_id.operation,
                        arguments: by_id.arguments.into_iter().collect(),
                    },
                    when: by_id.when.into_iter().collect(),
                }),
            }),
            parent: facts.parent.map(link),
            resume: facts.resume.map(|resume| Resume {
                wait: resume.wait,
                argument: resume.argument,
                field: resume.field,
            }),
            timeout: facts.timeout,
            model,
            status: facts.status,
            ready: facts.ready,
            failed: facts.failed,
            pending,
            gone: facts.gone,
            summary: sentence(&facts.summary),
        })
    }

    /// The model of the object that is waited for.
    fn model(&self, method: &Method) -> Result<String> {
        let single = !matches!(method.returns, Returns::Page { .. });
        match (method.returns.ty().filter(|_| single), &self.facts.pick) {
            (Some(Type::Model(model)), None) => Ok(model.clone()),
            (Some(Type::List(item)), Some(_)) => match item.as_ref() {
                Type::Model(model) => Ok(model.clone()),
                _ => self.fault(
                    "the list's items are no objects",
                    "wait on a list of objects",
                ),
            },
            _ => self.fault(
                "the operation does not give the object to wait for",
                "wait on one that gives an object, or on a list with `pick`",
            ),
        }
    }

    /// The listed states that end nothing.
    fn pending(&self, model: &str) -> Result<Vec<String>> {
        let facts = &self.facts;
        let status = self
            .builder
            .field_at(model, std::slice::from_ref(&facts.status));
        let known = match status.map(|field| &field.ty) {
            Some(Type::Enum(name)) => self.builder.enums.get(name),
            _ => {
                return self.fault(
                    format!("`{model}.{}` is no enum", facts.status),
                    "name the field that holds the state",
                );
            }
        };
        let known: Vec<&String> = known
            .into_iter()
            .flat_map(|item| &item.values)
            .map(|value| &value.wire)
            .collect();
        let ending = || facts.ready.iter().chain(&facts.failed);
        if let Some(stray) = ending().find(|state| !known.contains(state)) {
            return self.fault(
                format!("`{stray}` is no state of `{model}.{}`", facts.status),
                "name states that the document lists",
            );
        }
        Ok(known
            .into_iter()
            .filter(|state| !ending().any(|other| other == *state))
            .cloned()
            .collect())
    }

    /// An item of a list is the newest of those that are wanted, which needs its time.
    fn picks(&self, model: &str) -> Result<()> {
        let facts = &self.facts;
        let time = facts.created.as_ref().map(|created| {
            let field = self.builder.field_at(model, std::slice::from_ref(created));
            field.is_some_and(|field| field.ty == Type::Timestamp)
        });
        match (&facts.pick, time) {
            (Some(_), Some(true)) | (None, None) => Ok(()),
            (None, Some(_)) => self.fault("`created` goes with `pick`", "remove it"),
            (Some(_), _) => self.fault(
                format!("nothing says which of several `{model}` is the newest"),
                "name a time of the list's items in `created`",
            ),
        }
    }

    /// What the wait takes: the object it goes by, then the method's arguments, then what picks.
    fn params(&self, method: &Method, model: &str) -> Result<Vec<Param>> {
        let facts = &self.facts;
        let mut params = method.params.clone();
        for wanted in &facts.require {
            match params.iter_mut().find(|param| param.wire == *wanted) {
                Some(param) => param.required = true,
                None => {
                    return self.fault(
                        format!("the operation has no parameter `{wanted}`"),
                        "require one it takes",
                    );
                }
            }
        }
        if let Some(pick) = &facts.pick {
            let Some(field) = self
                .builder
                .field_at(model, std::slice::from_ref(pick))
                .filter(|field| matches!(field.ty, Type::String | Type::Integer))
            else {
                return self.fault(
                    format!("`{model}` has no text or integer field `{pick}`"),
                    "pick by a field of the list's items",
                );
            };
            params.push(Param {
                wire: field.wire.clone(),
                name: field.name.clone(),
                ty: field.ty.clone(),
                required: true,
                nullable: false,
                secret: field.secret,
                location: Location::Pick,
                separator: None,
                rules: Vec::new(),
                doc: field.doc.clone(),
                example: field.example.clone(),
            });
        }
        params.sort_by_key(|param| (param.location != Location::Path, !param.required));
        if let Some(origin) = &facts.origin {
            self.origin(origin, &params)?;
            params.retain(|param| !origin.arguments.contains_key(&param.wire));
            params.insert(
                0,
                Param {
                    wire: origin.argument.clone(),
                    name: origin.argument.clone(),
                    ty: Type::Model(origin.schema.clone()),
                    required: true,
                    nullable: false,
                    secret: false,
                    location: Location::Origin,
                    separator: None,
                    rules: Vec::new(),
                    doc: sentence(&origin.summary),
                    example: self.builder.example(&json!({
                        "$ref": format!("#/components/schemas/{}", origin.schema)
                    })),
                },
            );
        }
        Ok(params)
    }

    fn origin(&self, origin: &OriginFacts, params: &[Param]) -> Result<()> {
        let field = |name: &String| {
            self.builder
                .field_at(&origin.schema, std::slice::from_ref(name))
        };
        let by_id = origin.by_id.iter();
        let named = origin
            .arguments
            .values()
            .chain(&origin.since)
            .chain(by_id.clone().flat_map(|by_id| by_id.arguments.values()))
            .chain(by_id.flat_map(|by_id| by_id.when.keys()));
        for name in named {
            if field(name).is_none() {
                return self.fault(
                    format!("`{}` has no field `{name}`", origin.schema),
                    "name a schema as `x-snapline-name` has it, and its fields",
                );
            }
        }
        for (argument, name) in &origin.arguments {
            let param = params.iter().find(|param| param.wire == *argument);
            let fits = param
                .zip(field(name))
                .is_some_and(|(param, field)| param.ty == field.ty);
            if !fits {
                return self.fault(
                    format!(
                        "`{}.{name}` is no `{argument}` of the operation",
                        origin.schema
                    ),
                    "name a parameter and a field of one type",
                );
            }
        }
        Ok(())
    }
}
