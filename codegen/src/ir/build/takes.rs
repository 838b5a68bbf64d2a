//! Requests with waits behind them: what `x-snapline-takes` says, as the IR has it (B26).

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use super::Builder;
use super::entries::{add, requests, waits};
use super::placement::Names;
use super::text::sentence;
use crate::error::Result;
use crate::ir::{
    Call, CallId, Field, Form, Given, Kind, Link, Location, ModelId, Param, RequestCall, Resource,
    Source, Step, Surround, Take, Turn, Type, WaitCall,
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
        for entry in self.entries::<Facts>("x-snapline-takes", plain)? {
            let taking = Taking {
                builder: self,
                resources,
                at: &entry.at,
                facts: &entry.facts,
            };
            let of = entry.facts.of.as_deref();
            let call = taking.build(self.request_of(resources, &entry, of)?)?;
            add(resources, names, call);
        }
        Ok(())
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

    fn build(&self, begins: RequestCall<'_>) -> Result<Call> {
        let facts = self.facts;
        let answer = given(begins);
        let id = match &facts.id {
            Some(path) => self.path(answer, path)?,
            None => Vec::new(),
        };
        let mut steps = Vec::new();
        let mut last = None;
        let mut timeout = 0;
        for step in &facts.steps {
            let wait = self.wait(&step.wait)?;
            steps.push(Step {
                wait: wait.id(),
                arguments: self.arguments(begins, wait, step, answer, last)?,
            });
            timeout += wait.wait.timeout;
            last = Some(&wait.wait.model);
        }
        let surround = match &facts.surround {
            Some(surround) => {
                let turns = surround.enter.iter().chain([&surround.leave]);
                timeout += turns.map(|turn| turn.seconds).sum::<u64>();
                Some(self.surround(begins, surround)?)
            }
            None => None,
        };
        let Some(model) = last.cloned() else {
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
        let (shows, look) = self.request(begins, &facts.look)?;
        let Some(model) = given(shows) else {
            return self.fault(
                format!("`{}` gives no object", facts.look),
                "name the request that shows the state",
            );
        };
        let (status, _) = self
            .builder
            .status(self.at, model, &facts.status, &facts.is)?;
        let enter = facts.enter.iter().map(|turn| self.turn(begins, turn));
        Ok(Surround {
            look,
            status: status.field,
            wanted: facts.is.clone(),
            enter: enter.collect::<Result<_>>()?,
            leave: self.turn(begins, &facts.leave)?,
        })
    }

    fn turn(&self, begins: RequestCall<'_>, facts: &TurnFacts) -> Result<Turn> {
        let (turns, request) = self.request(begins, &facts.request)?;
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
            request,
            step: Step {
                wait: wait.id(),
                arguments: self.arguments(begins, wait, &step, given(turns), None)?,
            },
            seconds: facts.seconds,
        })
    }

    /// A request with arguments of the one that begins it all.
    fn request(&self, begins: RequestCall<'_>, name: &str) -> Result<(RequestCall<'_>, Link)> {
        let found = requests(self.resources).find(|request| request.dotted() == name);
        let Some(request) = found else {
            return self.fault(
                format!("there is no request `{name}`"),
                "name a request with its resource",
            );
        };
        // Nothing is named otherwise, so that each argument is the one of its name.
        let own = |param: &Param, _: &str| Ok(Source::Argument(param.clone()));
        let params = &begins.call.params;
        let link = self.builder.linked(self.at, request, None, params, own)?;
        Ok((request, link))
    }

    fn wait(&self, name: &str) -> Result<WaitCall<'_>> {
        match waits(self.resources).find(|wait| wait.dotted() == name) {
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

/// The model of what a request gives, if that is one object.
fn given(request: RequestCall<'_>) -> Option<&ModelId> {
    match &request.call.form {
        Form::One(Type::Model(model)) => Some(model),
        _ => None,
    }
}

/// Whether a field's value can be given for an argument.
pub(super) fn becomes(field: &Type, wanted: &Type) -> bool {
    field == wanted
        || matches!(
            (field, wanted),
            (Type::Integer | Type::String, Type::StringOrInteger)
                | (Type::Integer | Type::Unsigned, Type::String)
        )
}

#[cfg(test)]
mod tests {
    use super::super::tiny;
    use crate::ir::{Given, Source};

    const TAKES: &str = "{name: make_and_wait, id: thing.id, steps: [{wait: things.wait_until_made, \
        arguments: {thing_id: answer.thing.id}}], summary: Makes one}";
    const WHILE: &str = "while: {look: things.get, status: state, is: [down], \
        enter: [{request: things.stop, wait: things.wait_until_made, seconds: 5}], \
        leave: {request: things.stop, wait: things.wait_until_made, seconds: 7}}";

    fn built(takes: &str) -> Result<crate::ir::Api, String> {
        built_while(takes, WHILE)
    }

    fn built_while(takes: &str, around: &str) -> Result<crate::ir::Api, String> {
        let paths = format!(
            "
/things:
  post:
    operationId: things_make
    responses: {{'200': {{description: It., content: {{application/json: {{schema: {{$ref: '#/components/schemas/made'}}}}}}}}}}
    x-snapline-takes: [{takes}]
/things/{{thing_id}}:
  get:
    operationId: things_get
    parameters: [{{name: thing_id, in: path, required: true, schema: {{type: string}}}}]
    responses: {{'200': {{description: It., content: {{application/json: {{schema: {{$ref: '#/components/schemas/thing'}}}}}}}}}}
    x-snapline-waiters:
      - {{name: wait_until_made, status: state, ready: [down], timeout: 60, summary: Waits}}
      - {{name: wait_until_gone, status: state, ready: [], gone: true, summary: Waits}}
/things/{{thing_id}}/stop:
  post:
    operationId: things_stop
    x-snapline-resource: things
    x-snapline-verb: stop
    parameters: [{{name: thing_id, in: path, required: true, schema: {{type: string}}}}]
    responses: {{'200': {{description: It., content: {{application/json: {{schema: {{$ref: '#/components/schemas/thing'}}}}}}}}}}
    x-snapline-takes:
      - {{name: stop_and_wait, steps: [{{wait: things.wait_until_made}}], {around}, summary: Stops one}}"
        );
        let schemas = "
made: {type: object, properties: {thing: {$ref: '#/components/schemas/thing'}, more: {type: string}}}
thing: {type: object, properties: {id: {type: string}, size: {type: integer}, state: {type: string, enum: [up, down]}}}";
        tiny::build(&paths, schemas)
    }

    #[test]
    fn b26_arguments_come_from_the_answer_and_from_what_was_asked() {
        let api = built(TAKES).unwrap();
        let takes: Vec<_> = api.calls().filter_map(|call| call.as_take()).collect();
        let [make, stop] = takes.as_slice() else {
            panic!("{takes:?}");
        };
        let (_, source) = &make.take.steps[0].arguments[0];
        assert!(matches!(source, Given::Answer(path) if path.len() == 2 && path[1].wire == "id"));
        assert_eq!((make.take.timeout, make.take.id.len()), (60, 2));
        let (_, source) = &stop.take.steps[0].arguments[0];
        assert!(matches!(source, Given::Argument(own) if own.wire == "thing_id"));
        // What is done before and after counts.
        assert_eq!(stop.take.timeout, 60 + 5 + 7);
        let surround = stop.take.surround.as_ref().unwrap();
        assert_eq!(surround.look.call.to_string(), "things.get");
        let (_, source) = &surround.look.arguments[0];
        assert!(matches!(source, Source::Argument(own) if own.wire == "thing_id"));
    }

    #[test]
    fn b26_what_leads_nowhere_is_refused() {
        let place =
            "tiny.yaml at /paths/~1things/post/x-snapline-takes/0 (operation things_make): ";
        let around = |is: &str, by: &str| {
            let around = WHILE
                .replace("is: [down]", is)
                .replace("request: things.stop", by);
            TAKES.replace("summary", &format!("{around}, summary"))
        };
        for (takes, wanted) in [
            (
                TAKES.replace("name", "of: take, name"),
                "the operation became no such method",
            ),
            (
                TAKES.replace("id: thing.id", "id: thing.other"),
                "there is no field `thing.other`",
            ),
            (
                TAKES.replace("id: thing.id", "id: more.id"),
                "there is no field `more.id`",
            ),
            (
                TAKES.replace("until_made", "until_lost"),
                "there is no wait `things.wait_until_lost`",
            ),
            (
                TAKES.replace("until_made", "until_gone"),
                "`things.wait_until_gone` gives nothing",
            ),
            (
                TAKES.replace("thing_id:", "id:"),
                "`things.wait_until_made` has no argument `id`",
            ),
            (
                TAKES.replace("answer.thing.id", "last.id"),
                "there is no field `id`",
            ),
            (
                TAKES.replace("answer.thing.id", "other"),
                "nothing gives `things.wait_until_made` its `thing_id`",
            ),
            (TAKES.replace("answer.thing.id", "answer.thing.size"), ""),
            (
                TAKES.replace("answer.thing.id", "answer"),
                "`answer` cannot be the `thing_id`",
            ),
            (
                TAKES.replace(
                    "[{wait: things.wait_until_made, arguments: {thing_id: answer.thing.id}}]",
                    "[]",
                ),
                "nothing is waited for",
            ),
            (
                around("is: [down]", "request: things.stop"),
                "`things_get` does not take just these: `thing_id`",
            ),
        ] {
            match built(&takes) {
                // A number becomes a text.
                Ok(_) => assert_eq!(wanted, "", "{takes}"),
                Err(error) => {
                    assert!(error.starts_with(place), "{error}");
                    assert!(
                        !wanted.is_empty() && error.contains(wanted),
                        "{wanted}: {error}"
                    );
                }
            }
        }
    }

    #[test]
    fn b26_a_state_that_is_none_is_refused() {
        for (old, new, wanted) in [
            ("down", "gone", "`gone` is no state of `Thing.state`"),
            ("status: state", "status: size", "`Thing.size` is no enum"),
            (
                "look: things.get",
                "look: things.look",
                "there is no request `things.look`",
            ),
        ] {
            let error = built_while(TAKES, &WHILE.replace(old, new)).unwrap_err();
            assert!(error.contains("stop/post/x-snapline-takes/0"), "{error}");
            assert!(error.contains(wanted), "{wanted}: {error}");
        }
    }
}
