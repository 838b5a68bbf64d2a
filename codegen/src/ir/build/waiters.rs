//! Waits: what `x-snapline-waiters` says, as the IR has it (B17).

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::json;

use super::entries::{add, find, find_mut, waits};
use super::placement::Names;
use super::text::sentence;
use super::{Builder, names};
use crate::error::Result;
use crate::ir::{
    ById, Call, CallId, Field, Form, Kind, Link, Location, ModelId, Origin, Param, Pick,
    RequestCall, Resource, Resume, Source, Status, Type, Wait,
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Facts {
    name: String,
    status: Option<String>,
    #[serde(default)]
    ready: Vec<String>,
    #[serde(default)]
    failed: Vec<String>,
    pending: Option<Vec<String>>,
    #[serde(default)]
    gone: bool,
    #[serde(default = "ten_minutes")]
    timeout: u64,
    #[serde(default)]
    require: Vec<String>,
    pick: Option<String>,
    #[serde(default)]
    pick_optional: bool,
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
    /// Adds the waits to the resources, whose requests are all there.
    pub(super) fn waits(
        &self,
        resources: &mut [Resource],
        names: &mut Names,
        plain: &BTreeMap<String, CallId>,
    ) -> Result<()> {
        let entries = self.entries::<Facts>("x-snapline-waiters", plain)?;
        let mut built = Vec::new();
        for entry in &entries {
            let wait = Waiting {
                builder: self,
                resources,
                at: &entry.at,
                facts: &entry.facts,
            };
            let call = wait.build(entry.plain.as_ref())?;
            built.push(add(resources, names, call));
        }
        // A wait may go on in one that stands below it in the document.
        for (entry, id) in entries.iter().zip(&built) {
            let own = find(resources, id).and_then(Call::as_wait);
            let Some((resume, own)) = entry.facts.resume.as_ref().zip(own) else {
                continue;
            };
            let waiting = Waiting {
                builder: self,
                resources,
                at: &entry.at,
                facts: &entry.facts,
            };
            let resume = waiting.resume(resume, &own.wait.model)?;
            let own = own.id();
            let call = find_mut(resources, own.resource()).and_then(|resource| {
                resource
                    .calls
                    .iter_mut()
                    .find(|call| call.name == own.name())
            });
            if let Some(Kind::Wait(wait)) = call.map(|call| &mut call.kind) {
                wait.resume = Some(resume);
            }
        }
        Ok(())
    }
}

fn unlisted(states: &[String], known: &[String]) -> Vec<String> {
    let states = states.iter().filter(|state| !known.contains(state));
    states.cloned().collect()
}

/// One entry with all that is known when it is built.
struct Waiting<'a> {
    builder: &'a Builder<'a>,
    resources: &'a [Resource],
    at: &'a str,
    facts: &'a Facts,
}

impl Waiting<'_> {
    fn fault<T>(&self, what: impl Into<String>, help: &str) -> Result<T> {
        Err(self.builder.document.error(self.at, what.into(), help))
    }

    fn build(&self, polled: Option<&CallId>) -> Result<Call> {
        let facts = self.facts;
        let polled = polled.and_then(|id| find(self.resources, id)?.as_request());
        let Some(polled) = polled else {
            return self.fault(
                "the operation became no method",
                "wait on a plain operation",
            );
        };
        let nothing = facts.ready.is_empty() && !facts.gone;
        if nothing == facts.status.is_some() {
            return self.fault(
                "nothing ends the wait well",
                "name a state in `ready`, or say `gone: true`; what has no state is ready once it is there, \
                 without `status` and `ready`",
            );
        }
        let model = self.model(polled)?;
        let (status, pending) = match &facts.status {
            Some(wire) => {
                let (status, pending) = self.states(&model, wire)?;
                (Some(status), pending)
            }
            None => (None, Vec::new()),
        };
        let pick = self.pick(&model)?;
        let mut params = self.polled_params(polled)?;
        params.extend(pick.iter().map(|pick| pick.param.clone()));
        params.sort_by_key(|param| (param.location != Location::Path, !param.required));
        if let Some(origin) = &facts.origin {
            for (wire, field) in &origin.arguments {
                self.origin_field(&origin.schema, field)?;
                if !params.iter().any(|param| param.wire == *wire) {
                    return self.not_of(&origin.schema, field, wire);
                }
            }
            params.retain(|param| !origin.arguments.contains_key(&param.wire));
            params.insert(0, self.origin_param(origin)?);
        }
        names::settle(&mut params);
        let polls = self.link(
            polled,
            facts.origin.as_ref().map(|origin| &origin.arguments),
            &params,
        )?;
        let origin = match &facts.origin {
            Some(origin) => Some(self.origin(origin, &params, &model)?),
            None => None,
        };
        let parent = match &facts.parent {
            Some(parent) => Some(self.parent(parent, &params)?),
            None => None,
        };
        let pick = pick.map(|pick| Pick {
            param: Self::settled(Location::Pick, &params, pick.param),
            ..pick
        });
        Ok(Call {
            name: facts.name.clone(),
            resource: polled.resource.clone(),
            operation: polled.operation.clone(),
            form: if facts.gone {
                Form::Nothing
            } else {
                Form::One(Type::Model(model.clone()))
            },
            summary: sentence(&facts.summary),
            doc: String::new(),
            kind: Kind::Wait(Box::new(Wait {
                polls,
                pick,
                origin,
                parent,
                resume: None,
                timeout: facts.timeout,
                model,
                status,
                ready: facts.ready.clone(),
                failed: facts.failed.clone(),
                place: self.at.to_owned(),
                unknown: match &facts.pending {
                    Some(known) => unlisted(&pending, known),
                    None => Vec::new(),
                },
                pending,
                gone: facts.gone,
            })),
            params,
        })
    }

    /// The model of the object that is waited for.
    fn model(&self, polled: RequestCall<'_>) -> Result<ModelId> {
        match (&polled.form, &self.facts.pick) {
            (Form::One(Type::Model(model)), None) => Ok(model.clone()),
            (
                Form::List(Type::Model(model))
                | Form::Page {
                    item: Type::Model(model),
                    ..
                },
                Some(_),
            ) => Ok(model.clone()),
            (Form::List(_) | Form::Page { .. }, Some(_)) => self.fault(
                "the list's items are no objects",
                "wait on a list of objects",
            ),
            _ => self.fault(
                "the operation does not give the object to wait for",
                "wait on one that gives an object, or on a list with `pick`",
            ),
        }
    }

    fn field(&self, model: &str, wire: &str) -> Option<&Field> {
        self.builder.models.get(model)?.field(wire)
    }

    /// Where the state is, and the listed states that end nothing.
    fn states(&self, model: &ModelId, wire: &str) -> Result<(Status, Vec<String>)> {
        let facts = self.facts;
        let ending = || facts.ready.iter().chain(&facts.failed);
        let named = ending().chain(facts.pending.iter().flatten());
        let (status, mut states) = self.builder.status(self.at, model, wire, named)?;
        states.retain(|state| !ending().any(|other| other == state));
        Ok((status, states))
    }

    /// An item of a list is the newest of those that are wanted, which needs its time.
    fn pick(&self, model: &ModelId) -> Result<Option<Pick>> {
        let facts = self.facts;
        let Some(pick) = &facts.pick else {
            return match facts.created {
                Some(_) => self.fault("`created` goes with `pick`", "remove it"),
                None => Ok(None),
            };
        };
        let created = facts
            .created
            .as_deref()
            .and_then(|wire| self.field(model, wire));
        let Some(created) = created.filter(|field| field.ty == Type::Timestamp) else {
            return self.fault(
                format!("nothing says which of several `{model}` is the newest"),
                "name a time of the list's items in `created`",
            );
        };
        let field = self.field(model, pick);
        let Some(field) = field.filter(|field| field.ty == Type::String || field.ty.is_whole())
        else {
            return self.fault(
                format!("`{model}` has no text or integer field `{pick}`"),
                "pick by a field of the list's items",
            );
        };
        let param = Param {
            wire: field.wire.clone(),
            name: field.name.clone(),
            ty: field.ty.clone(),
            required: !facts.pick_optional,
            nullable: false,
            secret: field.secret,
            location: Location::Pick,
            separator: None,
            rules: Vec::new(),
            doc: field.doc.clone(),
            example: field.example.clone(),
        };
        Ok(Some(Pick {
            param,
            field: field.clone(),
            created: created.clone(),
        }))
    }

    /// The polled request's arguments, some of which a wait must have.
    fn polled_params(&self, polled: RequestCall<'_>) -> Result<Vec<Param>> {
        let mut params = polled.params.clone();
        if let Form::Page { pages, .. } = &polled.form {
            let ways = [&pages.page, &pages.size];
            if let Some(param) = params
                .iter()
                .find(|it| it.required && ways.contains(&&it.wire))
            {
                return self.fault(
                    format!(
                        "its list must be given `{}`, which a wait has not",
                        param.wire
                    ),
                    "wait by an operation that gives one object",
                );
            }
            // A wait looks at all pages.
            params.retain(|param| ![&pages.page, &pages.size].contains(&&param.wire));
        }
        for wanted in &self.facts.require {
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
        Ok(params)
    }

    /// The argument for the object that the wait goes by.
    fn origin_param(&self, facts: &OriginFacts) -> Result<Param> {
        if !self.builder.models.contains_key(&facts.schema) {
            return self.fault(
                format!("there is no schema `{}`", facts.schema),
                "name a schema as `x-snapline-name` has it, and its fields",
            );
        }
        Ok(Param {
            wire: facts.argument.clone(),
            name: facts.argument.clone(),
            ty: Type::Model(ModelId::new(&facts.schema)),
            required: true,
            nullable: false,
            secret: false,
            location: Location::Origin,
            separator: None,
            rules: Vec::new(),
            doc: sentence(&facts.summary),
            example: self.builder.example(&json!({
                "$ref": format!("#/components/schemas/{}", facts.schema)
            })),
        })
    }

    /// The argument as it is called beside the others.
    fn settled(location: Location, params: &[Param], param: Param) -> Param {
        let own = params.iter().find(|own| own.location == location);
        own.cloned().unwrap_or(param)
    }

    /// A field of the object that the wait goes by.
    fn origin_field(&self, schema: &str, wire: &str) -> Result<Field> {
        match self.field(schema, wire) {
            Some(field) => Ok(field.clone()),
            None => self.fault(
                format!("`{schema}` has no field `{wire}`"),
                "name a schema as `x-snapline-name` has it, and its fields",
            ),
        }
    }

    fn origin(&self, facts: &OriginFacts, params: &[Param], model: &ModelId) -> Result<Origin> {
        let since = match &facts.since {
            Some(since) => Some(self.origin_field(&facts.schema, since)?),
            None => None,
        };
        let by_id = match &facts.by_id {
            Some(by_id) => {
                let mut when = Vec::new();
                for (wire, values) in &by_id.when {
                    when.push((self.origin_field(&facts.schema, wire)?, values.clone()));
                }
                let call = self.request(&by_id.operation)?;
                if call.form != Form::One(Type::Model(model.clone())) {
                    return self.fault(
                        format!("`{}` does not give a `{model}`", by_id.operation),
                        "name the operation that gives what is waited for",
                    );
                }
                Some(ById {
                    link: self.link(call, Some(&by_id.arguments), params)?,
                    when,
                })
            }
            None => None,
        };
        Ok(Origin {
            param: Self::settled(Location::Origin, params, self.origin_param(facts)?),
            model: ModelId::new(&facts.schema),
            since,
            by_id,
        })
    }

    fn request(&self, operation: &str) -> Result<RequestCall<'_>> {
        self.builder
            .request_by_operation(self.resources, self.at, operation)
    }

    /// A request whose arguments are fields of the object that the wait goes by, or the wait's own.
    fn link(
        &self,
        call: RequestCall<'_>,
        fields: Option<&BTreeMap<String, String>>,
        params: &[Param],
    ) -> Result<Link> {
        let schema = self
            .facts
            .origin
            .as_ref()
            .map_or("", |origin| &origin.schema);
        self.builder
            .linked(self.at, call, fields, params, |param, wire| {
                let field = self.origin_field(schema, wire)?;
                if field.ty != param.ty {
                    return self.not_of(schema, wire, &param.wire);
                }
                Ok(Source::Origin(field))
            })
    }

    /// The request that tells whether what a list belongs to is there.
    fn parent(&self, facts: &LinkFacts, params: &[Param]) -> Result<Link> {
        let call = self.request(&facts.operation)?;
        self.builder.linked(
            self.at,
            call,
            Some(&facts.arguments),
            params,
            |param, wire| {
                let own = params.iter().find(|own| own.wire == wire);
                match own.filter(|own| own.ty == param.ty) {
                    Some(own) => Ok(Source::Argument(own.clone())),
                    None => self.fault(
                        format!("the wait has no argument `{wire}` for `{}`", param.wire),
                        "name an argument of the wait of the same type",
                    ),
                }
            },
        )
    }

    fn not_of<T>(&self, schema: &str, field: &str, argument: &str) -> Result<T> {
        self.fault(
            format!("`{schema}.{field}` is no `{argument}` of the operation"),
            "name a parameter and a field of one type",
        )
    }

    fn resume(&self, facts: &ResumeFacts, model: &ModelId) -> Result<Resume> {
        let found = waits(self.resources).find_map(|other| {
            let argument = other
                .params
                .iter()
                .find(|param| param.name == facts.argument)?;
            (other.dotted() == facts.wait).then(|| (other.id(), argument.clone()))
        });
        let Some((wait, argument)) = found else {
            return self.fault(
                format!(
                    "there is no wait `{}` with `{}`",
                    facts.wait, facts.argument
                ),
                "name a wait with its resource, and its argument",
            );
        };
        let Some(field) = self.field(model, &facts.field).cloned() else {
            return self.fault(
                format!("`{model}` has no field `{}`", facts.field),
                "name a field of the object that is waited for",
            );
        };
        Ok(Resume {
            wait,
            argument,
            field,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::tiny;
    use crate::ir::Source;

    const PATHS: &str = "
/things:
  get:
    operationId: things_list
    parameters: [{name: region, in: query, schema: {type: string}}]
    responses:
      '200': {description: All., content: {application/json: {schema: {type: array, items: {$ref: '#/components/schemas/thing'}}}}}
    x-snapline-waiters:
      - name: wait_until_made
        status: state
        ready: [made]
        pick: name
        created: at
        require: [region]
        parent: {operation: things_get, arguments: {id: name}}
        resume: {wait: things.wait_until_made_by_id, argument: id, field: id}
        summary: Waits
/things/{id}:
  get:
    operationId: things_get
    parameters:
      - {name: id, in: path, required: true, schema: {type: string}}
      - {name: region, in: query, schema: {type: string}}
    responses:
      '200': {description: One., content: {application/json: {schema: {$ref: '#/components/schemas/thing'}}}}
    x-snapline-waiters:
      - {name: wait_until_made_by_id, status: state, ready: [made], failed: [broken], summary: Waits}";
    const SCHEMAS: &str = "
thing:
  type: object
  required: [state]
  properties:
    id: {type: string}
    name: {type: string}
    at: {type: string, format: date-time}
    state: {type: string, enum: [making, made, broken]}";

    #[test]
    fn what_a_wait_refers_to_is_there_when_it_is_built() {
        let api = tiny::build(PATHS, SCHEMAS).unwrap();
        let waits: Vec<_> = api.calls().filter_map(crate::ir::Call::as_wait).collect();
        let [by_name, by_id] = waits.as_slice() else {
            panic!("{waits:?}");
        };
        let wait = by_name.wait;
        assert_eq!(wait.polls.call.to_string(), "things.list");
        assert!(
            matches!(wait.polls.source("region"), Some(Source::Argument(region)) if region.required)
        );
        // The region is not named, but both have one.
        let parent = wait.parent.as_ref().unwrap();
        let names: Vec<&str> = parent
            .arguments
            .iter()
            .map(|(param, _)| &*param.wire)
            .collect();
        assert_eq!(
            (parent.call.to_string().as_str(), names),
            ("things.get", vec!["id", "region"])
        );
        assert_eq!(wait.resume.as_ref().unwrap().wait, by_id.id());
        assert_eq!(wait.pending, ["making", "broken"]);
        let status = wait.status.as_ref().unwrap();
        assert_eq!(api.enumeration(&status.states).values.len(), 3);
    }

    #[test]
    fn what_is_missing_is_an_error_at_its_wait() {
        for (there, gone, wanted) in [
            (
                "status: state",
                "status: no_such",
                "`Thing.no_such` is no enum",
            ),
            (
                "ready: [made]",
                "ready: [no_such]",
                "`no_such` is no state of `Thing.state`",
            ),
            (
                "pick: name",
                "pick: no_such",
                "`Thing` has no text or integer field `no_such`",
            ),
            (
                "{id: name}",
                "{id: no_such}",
                "the wait has no argument `no_such` for `id`",
            ),
            (
                "operation: things_get",
                "operation: no_such",
                "there is no operation `no_such`",
            ),
            (
                "field: id",
                "field: no_such",
                "`Thing` has no field `no_such`",
            ),
            (
                "argument: id",
                "argument: no_such",
                "there is no wait `things.wait_until_made_by_id` with `no_such`",
            ),
        ] {
            let error = tiny::build(&PATHS.replacen(there, gone, 1), SCHEMAS).unwrap_err();
            let wanted = format!(
                "tiny.yaml at /paths/~1things/get/x-snapline-waiters/0 (operation things_list): {wanted}"
            );
            assert!(error.starts_with(&wanted), "{error}");
        }
    }
}
