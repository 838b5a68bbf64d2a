//! Waits, requests with waits behind them, and looks for what a request may have made: each becomes a `Waiter`, as it
//! does in the generated clients.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use serde_json::Value;
use snapline_runtime::{
    Begun, BoxFuture, CallOptions, Error, Polled, Response, Started, THERE, Timestamp, Turn,
    Waiter, since,
};

use super::check::needed;
use super::values::{below, converted, shown, timestamp};
use super::{Engine, Named};
use crate::table::{self, Call, Find, Given, Kind, Link, Place, Source, Step, Take, Wait};

type Looked<T> = BoxFuture<'static, Result<Polled<T>, Error>>;

fn failed<T: Send + 'static>(error: Error) -> BoxFuture<'static, Result<T, Error>> {
    Box::pin(std::future::ready(Err(error)))
}

impl Engine {
    /// The waiter of a call that waits. `body` is a body in whole, of a request that begins something.
    pub(super) fn waiter(
        &self,
        call: &'static Call,
        arguments: Named,
        body: Option<Value>,
    ) -> Result<Waiter<Value>, Error> {
        for param in call.params.iter().filter(|param| param.required) {
            let in_body = body.is_some() && matches!(param.place, Place::Body(_));
            if !in_body && !arguments.contains_key(param.name) {
                return Err(needed(param.name));
            }
        }
        match &call.kind {
            Kind::Wait(wait) => Ok(self.wait(call, wait, arguments)),
            Kind::Take(take) => self.take(call, take, arguments, body),
            Kind::Request(_) | Kind::Find(_) => Err(Error::internal(format!(
                "{} gives nothing to wait for",
                call.dotted
            ))),
        }
    }

    fn wait(&self, call: &'static Call, wait: &'static Wait, arguments: Named) -> Waiter<Value> {
        let told = told(call, wait, &arguments);
        let origin = wait.origin.as_ref();
        let object = origin.and_then(|origin| arguments.get(origin.argument));
        let since = match origin.and_then(|origin| origin.since) {
            Some(field) => since(object.and_then(|object| time(object, &[field])).as_ref()),
            None => SystemTime::UNIX_EPOCH,
        };
        let (engine, own) = (self.clone(), arguments.clone());
        let poll = move |options| engine.poll(wait, &own, since, options);
        let status = move |object: &Value| match wait.status {
            Some(field) => object.get(field).map(shown).unwrap_or_default(),
            None => THERE.to_owned(),
        };
        let waiter = Waiter::new(&wait.rule, poll, status).arguments(told);
        let Some(parent) = &wait.parent else {
            return waiter;
        };
        let (engine, own) = (self.clone(), arguments);
        waiter.parent(move |options| {
            let answer = engine.follow(parent, &own, None, options);
            Box::pin(async move { answer.await.map(drop) })
        })
    }

    /// One look of a wait.
    fn poll(
        &self,
        wait: &'static Wait,
        arguments: &Named,
        since: SystemTime,
        options: CallOptions,
    ) -> Looked<Value> {
        let origin = wait.origin.as_ref();
        let object = origin.and_then(|origin| arguments.get(origin.argument));
        if let Some(by_id) = origin.and_then(|origin| origin.by_id.as_ref())
            && let Some(object) = object
        {
            let holds = by_id.when.iter().all(|(field, values)| {
                let own = object.get(field).map(shown).unwrap_or_default();
                values.iter().any(|value| value.eq_ignore_ascii_case(&own))
            });
            if holds && self.missing(&by_id.link, object).is_none() {
                let answer = self.follow(&by_id.link, arguments, Some(object), options);
                return Box::pin(async move { answer.await.map(Polled::object) });
            }
        }
        if let (Some(origin), Some(object)) = (origin, object)
            && let Some(field) = self.missing(&wait.polls, object)
        {
            return failed(Error::nothing_to_wait_by(origin.argument, field));
        }
        let Some(pick) = &wait.pick else {
            let answer = self.follow(&wait.polls, arguments, object, options);
            return Box::pin(async move { answer.await.map(Polled::object) });
        };
        let wanted = arguments.get(pick.argument).map(shown);
        let call = match self.api.call(wait.polls.call) {
            Ok(call) => call,
            Err(error) => return failed(error),
        };
        let engine = self.clone();
        let arguments = linked(&wait.polls, arguments, object);
        Box::pin(async move {
            let answer = engine.listed(call, arguments, options).await?;
            let fits = |item: &Value| {
                let own = item.get(pick.field).map(shown);
                wanted
                    .as_ref()
                    .is_none_or(|wanted| own.as_ref() == Some(wanted))
            };
            let created = |item: &Value| time(item, &[pick.created])?.to_system_time();
            Ok(Polled::newest(answer, fits, created, since))
        })
    }

    /// The field of an object that a link needs and that is not there.
    fn missing(&self, link: &Link, object: &Value) -> Option<&'static str> {
        let call = self.api.call(link.call).ok()?;
        link.arguments
            .iter()
            .find_map(|(name, source)| match source {
                Source::Origin(field) => {
                    let required = call.param(name).is_some_and(|param| param.required);
                    (required && below(object, &[field]).is_none()).then_some(*field)
                }
                Source::Argument(_) | Source::True => None,
            })
    }

    /// Sends the request of a link.
    fn follow(
        &self,
        link: &'static Link,
        arguments: &Named,
        object: Option<&Value>,
        options: CallOptions,
    ) -> BoxFuture<'static, Result<Response<Value>, Error>> {
        let call = match self.api.call(link.call) {
            Ok(call) => call,
            Err(error) => return failed(error),
        };
        let engine = self.clone();
        let arguments = linked(link, arguments, object);
        Box::pin(async move { engine.answer(call, &arguments, None, options).await })
    }

    fn take(
        &self,
        call: &'static Call,
        take: &'static Take,
        arguments: Named,
        body: Option<Value>,
    ) -> Result<Waiter<Value>, Error> {
        let begins = self.api.call(take.begins)?;
        let (engine, own) = (self.clone(), arguments.clone());
        let waiter = Waiter::begin(call.dotted, take.timeout, move |options| {
            Box::pin(async move {
                let answer = engine
                    .answer(begins, &own, body, options)
                    .await?
                    .into_value();
                let id = match take.id {
                    [] => None,
                    path => below(&answer, path).map(shown),
                };
                let started = Started::new(begins.dotted, &answer, id);
                let waiter = engine.steps(take.steps, Arc::new(own), Arc::new(answer));
                Ok(Begun { started, waiter })
            })
        });
        match &take.surround {
            Some(surround) => Ok(waiter.surrounded(self.surround(surround, arguments)?)),
            None => Ok(waiter),
        }
    }

    /// The waits for what a request began, one after the other.
    fn steps(
        &self,
        steps: &'static [Step],
        arguments: Arc<Named>,
        answer: Arc<Value>,
    ) -> Result<Waiter<Value>, Error> {
        let Some((first, rest)) = steps.split_first() else {
            return Err(Error::internal("a call has nothing to wait for"));
        };
        let mut waiter = self.step(first, &arguments, &answer, None)?;
        for step in rest {
            let (engine, arguments, answer) =
                (self.clone(), Arc::clone(&arguments), Arc::clone(&answer));
            waiter = waiter.then(move |last| engine.step(step, &arguments, &answer, Some(&last)));
        }
        Ok(waiter)
    }

    fn step(
        &self,
        step: &Step,
        arguments: &Named,
        answer: &Value,
        last: Option<&Value>,
    ) -> Result<Waiter<Value>, Error> {
        let call = self.api.call(step.wait)?;
        let mut own = Named::new();
        for (name, given) in step.arguments {
            let Some(param) = call.param(name) else {
                return Err(Error::internal(format!(
                    "{} has no argument `{name}`",
                    call.dotted
                )));
            };
            let (found, path) = match given {
                Given::Argument(source) => (arguments.get(*source), &[][..]),
                Given::Answer(path) => (below(answer, path), *path),
                Given::Last(path) => (last.and_then(|last| below(last, path)), *path),
            };
            match found {
                Some(value) => {
                    own.insert((*name).to_owned(), converted(value.clone(), param.ty));
                }
                None if param.required => return Err(Error::missing(&path.join("."))),
                None => {}
            }
        }
        self.waiter(call, own, None)
    }

    fn surround(
        &self,
        surround: &'static table::Surround,
        arguments: Named,
    ) -> Result<snapline_runtime::Surround, Error> {
        let arguments = Arc::new(arguments);
        let (engine, own) = (self.clone(), Arc::clone(&arguments));
        let look = move |options| -> BoxFuture<'static, Result<String, Error>> {
            let answer = engine.follow(&surround.look, &own, None, options);
            Box::pin(async move {
                let object = answer.await?.into_value();
                Ok(object.get(surround.status).map(shown).unwrap_or_default())
            })
        };
        let enter = surround
            .enter
            .iter()
            .map(|turn| self.turn(turn, &arguments))
            .collect();
        let leave = self.turn(&surround.leave, &arguments);
        Ok(snapline_runtime::Surround::new(
            look,
            surround.wanted,
            enter,
            leave,
        ))
    }

    fn turn(&self, turn: &'static table::Turn, arguments: &Arc<Named>) -> Turn {
        let (engine, own) = (self.clone(), Arc::clone(arguments));
        Turn::new(
            turn.request.call,
            Duration::from_secs(turn.seconds),
            move |options| {
                let (engine, own) = (engine.clone(), Arc::clone(&own));
                Box::pin(async move {
                    let answer = engine.follow(&turn.request, &own, None, options).await?;
                    engine.step(&turn.step, &own, answer.value(), None)
                })
            },
        )
    }

    /// The look of a call that looks for what a request may have made.
    pub(super) fn finder(
        &self,
        find: &'static Find,
        arguments: Named,
    ) -> Result<Waiter<Vec<Value>>, Error> {
        let sent_at = arguments
            .get(find.since)
            .ok_or_else(|| needed(find.since))?;
        let sent_at = since(timestamp(sent_at).as_ref());
        let list = self.api.call(find.list.call)?;
        let engine = self.clone();
        let poll = move |options| -> Looked<Vec<Value>> {
            let (engine, arguments) = (engine.clone(), arguments.clone());
            Box::pin(async move {
                let own = linked(&find.list, &arguments, None);
                let answer = engine.listed(list, own, options).await?;
                let fits = |item: &Value| {
                    // A field that the service leaves out speaks against nothing.
                    let same = find.same.iter().all(|(name, path)| {
                        let (wanted, own) = (arguments.get(*name), below(item, path));
                        wanted
                            .is_none_or(|wanted| own.is_none_or(|own| shown(own) == shown(wanted)))
                    });
                    let fixed = |(path, text): &(&[&str], &str)| {
                        below(item, path).is_some_and(|own| shown(own) == *text)
                    };
                    same && find.fixed.iter().all(fixed)
                };
                let created = |item: &Value| match find.created {
                    // What says nothing of its time is found by all else.
                    [] => Some(sent_at),
                    path => time(item, path)?.to_system_time(),
                };
                Ok(Polled::since(answer, fits, created, sent_at))
            })
        };
        let waiter = Waiter::new(&find.rule, poll, |_: &Vec<Value>| THERE.to_owned());
        Ok(waiter.absent(sent_at, Vec::new))
    }
}

fn time(object: &Value, path: &[&str]) -> Option<Timestamp> {
    timestamp(below(object, path)?)
}

/// The arguments of a link's request; what has no source is left out.
fn linked(link: &Link, arguments: &Named, object: Option<&Value>) -> Named {
    let found = link.arguments.iter().filter_map(|(name, source)| {
        let value = match source {
            Source::Argument(own) => arguments.get(*own)?.clone(),
            Source::Origin(field) => below(object?, &[field])?.clone(),
            Source::True => Value::Bool(true),
        };
        Some(((*name).to_owned(), value))
    });
    found.collect()
}

/// What a wait was told to wait for, as the error when it ends too early says it.
fn told(
    call: &'static Call,
    wait: &'static Wait,
    arguments: &Named,
) -> Vec<(&'static str, String)> {
    let quoted = |value: &Value| match value {
        Value::String(text) => format!("{text:?}"),
        other => other.to_string(),
    };
    let required = call
        .params
        .iter()
        .filter(|param| param.required && !param.secret && !matches!(param.place, Place::Origin));
    let mut all: Vec<(&'static str, String)> = required
        .filter_map(|param| Some((param.name, quoted(arguments.get(param.name)?))))
        .collect();
    if let Some(origin) = &wait.origin {
        let object = arguments.get(origin.argument);
        for (name, source) in wait.polls.arguments {
            if let Source::Origin(field) = source {
                let value = object.and_then(|object| object.get(field)).map(quoted);
                all.push((name, value.unwrap_or_default()));
            }
        }
    }
    all
}
