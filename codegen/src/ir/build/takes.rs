//! Requests with waits behind them: what `x-snapline-takes` says, as the IR has it (B26).

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::Value;

use super::placement::Names;
use super::text::sentence;
use super::waiters::{find, find_mut};
use super::{Builder, extension};
use crate::document::join;
use crate::error::Result;
use crate::ir::{
    Call, CallId, Field, Form, Given, Kind, Location, ModelId, Param, RequestCall, Resource, Step,
    Surround, Take, Turn, Type, WaitCall,
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Facts {
    name: String,
    /// Which of the operation's requests begins it, where there are several.
    of: Option<String>,
    /// Where the answer has the id of what was begun, after `answer.`.
    id: Option<String>,
    steps: Vec<StepFacts>,
    #[serde(rename = "while")]
    surround: Option<SurroundFacts>,
    summary: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SurroundFacts {
    look: String,
    status: String,
    is: Vec<String>,
    enter: Vec<TurnFacts>,
    leave: TurnFacts,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TurnFacts {
    request: String,
    wait: String,
    seconds: u64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StepFacts {
    wait: String,
    #[serde(default)]
    arguments: BTreeMap<String, String>,
}

impl Builder<'_> {
    /// Adds the requests with waits behind them; both are there.
    pub(super) fn takes(
        &self,
        resources: &mut [Resource],
        names: &mut Names,
        plain: &BTreeMap<String, CallId>,
    ) -> Result<()> {
        for (pointer, _, _, object) in self.document.operations() {
            let id = object.get("operationId").and_then(Value::as_str);
            let entries = object.get("x-snapline-takes").and_then(Value::as_array);
            for (index, facts) in entries.into_iter().flatten().enumerate() {
                let at = join(&pointer, &["x-snapline-takes", &index.to_string()]);
                let facts: Facts = extension(self.document, &at, facts)?;
                let taking = Taking {
                    builder: self,
                    resources,
                    at: &at,
                    facts: &facts,
                };
                let mut call = taking.build(id.and_then(|id| plain.get(id)))?;
                call.name = names.call(&call.resource, &call.name, None);
                if let Some(resource) = find_mut(resources, &call.resource) {
                    resource.calls.push(call);
                }
            }
        }
        Ok(())
    }
}

impl Builder<'_> {
    /// Fields below a model; none for an empty path.
    pub(super) fn fields_below(
        &self,
        at: &str,
        model: Option<&ModelId>,
        dotted: &str,
    ) -> Result<Vec<Field>> {
        let mut fields = Vec::new();
        let mut model = model.cloned();
        for wire in dotted.split('.').filter(|wire| !wire.is_empty()) {
            let found = model
                .as_ref()
                .and_then(|model| self.models.get(&**model)?.field(wire));
            let Some(field) = found else {
                return Err(self.document.error(
                    at,
                    format!("there is no field `{dotted}`"),
                    "name fields as the document has them, below what the call gives",
                ));
            };
            model = match &field.ty {
                Type::Model(model) => Some(model.clone()),
                _ => None,
            };
            fields.push(field.clone());
        }
        Ok(fields)
    }

    /// The request of an operation that an entry is about: its plain one, or that of a name.
    pub(super) fn request_of<'r>(
        &self,
        resources: &'r [Resource],
        at: &str,
        plain: Option<&CallId>,
        of: Option<&str>,
    ) -> Result<RequestCall<'r>> {
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
                at,
                "the operation became no such method",
                "name one of its methods in `of`",
            )
        })
    }
}

/// One entry with all that is known when it is built.
struct Taking<'a> {
    builder: &'a Builder<'a>,
    resources: &'a [Resource],
    at: &'a str,
    facts: &'a Facts,
}

impl Taking<'_> {
    fn fault<T>(&self, what: impl Into<String>, help: &str) -> Result<T> {
        Err(self.builder.document.error(self.at, what.into(), help))
    }

    fn build(&self, plain: Option<&CallId>) -> Result<Call> {
        let facts = self.facts;
        let begins =
            self.builder
                .request_of(self.resources, self.at, plain, facts.of.as_deref())?;
        let answer = match &begins.form {
            Form::One(Type::Model(model)) => Some(model.clone()),
            _ => None,
        };
        let id = match &facts.id {
            Some(path) => self.path(answer.as_ref(), path)?,
            None => Vec::new(),
        };
        let mut steps = Vec::new();
        let mut last = None;
        let mut timeout = 0;
        for step in &facts.steps {
            let wait = self.wait(&step.wait)?;
            steps.push(Step {
                wait: wait.id(),
                arguments: self.arguments(begins, wait, step, answer.as_ref(), last.as_ref())?,
            });
            timeout += wait.wait.timeout;
            last = Some(wait.wait.model.clone());
        }
        let surround = match &facts.surround {
            Some(surround) => {
                let turns = surround.enter.iter().chain([&surround.leave]);
                timeout += turns.map(|turn| turn.seconds).sum::<u64>();
                Some(self.surround(begins, surround)?)
            }
            None => None,
        };
        let Some(model) = last else {
            return self.fault("nothing is waited for", "name a wait in `steps`");
        };
        Ok(Call {
            name: facts.name.clone(),
            resource: begins.resource.clone(),
            operation: begins.operation.clone(),
            params: begins.params.clone(),
            form: Form::One(Type::Model(model.clone())),
            summary: sentence(&facts.summary),
            doc: String::new(),
            kind: Kind::Take(Box::new(Take {
                begins: begins.id(),
                id,
                steps,
                model,
                timeout,
                surround,
            })),
        })
    }

    fn surround(&self, begins: RequestCall<'_>, facts: &SurroundFacts) -> Result<Surround> {
        let look = self.request(begins, &facts.look)?;
        let model = match &look.form {
            Form::One(Type::Model(model)) => Some(model),
            _ => None,
        };
        let path = self.path(model, &facts.status)?;
        let [status] = path.as_slice() else {
            return self.fault(
                "a state is a field of what `look` gives",
                "name that field in `status`",
            );
        };
        let Type::Enum(states) = &status.ty else {
            return self.fault(
                format!("`{}` is no enum", facts.status),
                "name the field that holds the state",
            );
        };
        let known = self
            .builder
            .enums
            .get(&**states)
            .map_or(&[][..], |states| &states.values);
        if let Some(stray) = facts
            .is
            .iter()
            .find(|is| !known.iter().any(|state| state.wire == **is))
        {
            return self.fault(
                format!("`{stray}` is no state of `{}`", facts.status),
                "name states that the document lists",
            );
        }
        let enter = facts.enter.iter().map(|turn| self.turn(begins, turn));
        Ok(Surround {
            look: look.id(),
            status: status.clone(),
            wanted: facts.is.clone(),
            enter: enter.collect::<Result<_>>()?,
            leave: self.turn(begins, &facts.leave)?,
        })
    }

    fn turn(&self, begins: RequestCall<'_>, facts: &TurnFacts) -> Result<Turn> {
        let request = self.request(begins, &facts.request)?;
        let answer = match &request.form {
            Form::One(Type::Model(model)) => Some(model.clone()),
            _ => None,
        };
        let wait = self.wait(&facts.wait)?;
        let origin = wait
            .params
            .iter()
            .find(|param| param.location == Location::Origin);
        let step = StepFacts {
            wait: facts.wait.clone(),
            arguments: origin
                .map(|param| (param.wire.clone(), "answer".to_owned()))
                .into_iter()
                .collect(),
        };
        Ok(Turn {
            request: request.id(),
            step: Step {
                wait: wait.id(),
                arguments: self.arguments(begins, wait, &step, answer.as_ref(), None)?,
            },
            seconds: facts.seconds,
        })
    }

    /// A request that takes arguments of the one that begins it all.
    fn request(&self, begins: RequestCall<'_>, name: &str) -> Result<RequestCall<'_>> {
        let mut requests = self
            .resources
            .iter()
            .flat_map(Resource::walk)
            .flat_map(Resource::requests);
        let Some(request) = requests.find(|request| request.dotted() == name) else {
            return self.fault(
                format!("there is no request `{name}`"),
                "name a request with its resource",
            );
        };
        let own = |param: &Param| {
            let same = |own: &&Param| own.wire == param.wire && own.ty == param.ty;
            begins.params.iter().any(|own| same(&own))
        };
        match request.required().find(|param| !own(param)) {
            Some(param) => self.fault(
                format!("nothing gives `{name}` its `{}`", param.wire),
                "name one that takes arguments of the request",
            ),
            None => Ok(request),
        }
    }

    fn wait(&self, name: &str) -> Result<WaitCall<'_>> {
        let mut waits = self
            .resources
            .iter()
            .flat_map(Resource::walk)
            .flat_map(Resource::waits);
        match waits.find(|wait| wait.dotted() == name) {
            Some(wait) if !wait.wait.gone => Ok(wait),
            Some(_) => self.fault(
                format!("`{name}` gives nothing"),
                "name a wait that gives an object",
            ),
            None => self.fault(
                format!("there is no wait `{name}`"),
                "name a wait with its resource",
            ),
        }
    }

    /// Where a wait's arguments come from: as the overlay says, else from the request's of the same name.
    fn arguments(
        &self,
        begins: RequestCall<'_>,
        wait: WaitCall<'_>,
        step: &StepFacts,
        answer: Option<&ModelId>,
        last: Option<&ModelId>,
    ) -> Result<Vec<(Param, Given)>> {
        let known: BTreeSet<&str> = wait.params.iter().map(|param| &*param.wire).collect();
        if let Some(stray) = step.arguments.keys().find(|wire| !known.contains(&***wire)) {
            return self.fault(
                format!("`{}` has no argument `{stray}`", step.wait),
                "name arguments of the wait",
            );
        }
        let mut arguments = Vec::new();
        for param in &wait.params {
            let named = step.arguments.get(&param.wire);
            let wire = named.map_or(param.wire.as_str(), String::as_str);
            let own = begins.params.iter().find(|own| own.wire == wire);
            let given = match (own, wire.split_once('.').unwrap_or((wire, ""))) {
                (Some(own), _)
                    if becomes(&own.ty, &param.ty) && (own.required || !param.required) =>
                {
                    Given::Argument(Box::new(own.clone()))
                }
                (None, ("answer", path)) => Given::Answer(self.path(answer, path)?),
                (None, ("last", path)) => Given::Last(self.path(last, path)?),
                (None, _) if named.is_none() && !param.required => continue,
                _ => {
                    return self.fault(
                        format!("nothing gives `{}` its `{}`", step.wait, param.wire),
                        "say in `arguments` which argument of the request, field of its `answer` or of what the \
                         `last` wait gave it is",
                    );
                }
            };
            let whole = |model: Option<&ModelId>| {
                model.is_some_and(|model| param.ty == Type::Model(model.clone()))
                    && param.location == Location::Origin
            };
            let sound = match &given {
                Given::Argument(_) => true,
                Given::Answer(path) if path.is_empty() => whole(answer),
                Given::Last(path) if path.is_empty() => whole(last),
                Given::Answer(path) | Given::Last(path) => path
                    .last()
                    .is_some_and(|field| !param.nullable && becomes(&field.ty, &param.ty)),
            };
            if !sound {
                return self.fault(
                    format!("`{wire}` cannot be the `{}` of `{}`", param.wire, step.wait),
                    "name something of the argument's type",
                );
            }
            arguments.push((param.clone(), given));
        }
        Ok(arguments)
    }

    fn path(&self, model: Option<&ModelId>, dotted: &str) -> Result<Vec<Field>> {
        self.builder.fields_below(self.at, model, dotted)
    }
}

/// Whether a field's value can be given for an argument.
fn becomes(field: &Type, wanted: &Type) -> bool {
    field == wanted
        || matches!(
            (field, wanted),
            (Type::Integer | Type::String, Type::StringOrInteger) | (Type::Integer, Type::String)
        )
}
