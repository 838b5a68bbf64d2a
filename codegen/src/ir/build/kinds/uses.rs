//! The calls of a kind: which they are, where their arguments come from, and where the answers have what is wanted.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{Known, Telling, UseFacts};
use crate::document::join;
use crate::error::Result;
use crate::ir::build::entries::find;
use crate::ir::build::takes::becomes;
use crate::ir::kind::{Asked, From, Make, Object, Use};
use crate::ir::{Call, CallId, Field, Form, Given, ModelId, Param, Resource, TakeCall, Type};

impl<'a> Telling<'a> {
    /// A call with waits behind it.
    pub(super) fn make(
        &self,
        place: &str,
        call: &str,
        arguments: &BTreeMap<String, String>,
        known: &Known<'a>,
    ) -> Result<(Use, TakeCall<'a>)> {
        let Some(take) = self.call(place, call)?.as_take() else {
            return self.fault(
                place,
                format!("`{call}` waits for nothing"),
                "name a call of x-snapline-takes",
            );
        };
        let call = self.resolved(place, take.call, arguments, &BTreeMap::new(), known)?;
        Ok((call, take))
    }

    /// What looks for what such a call may have made, and the waits for that.
    pub(super) fn found(
        &self,
        (call, take): (Use, TakeCall<'a>),
        name: &str,
        waits: Option<&[UseFacts]>,
        known: &Known<'a>,
    ) -> Result<(Make, TakeCall<'a>)> {
        let place = "find";
        let found = self.call(place, name)?.as_find();
        let Some(look) = found.filter(|look| look.find.begins == take.take.begins) else {
            return self.fault(
                place,
                format!(
                    "`{name}` does not look for what `{}` begins",
                    take.call.dotted()
                ),
                "name a call of x-snapline-finds of the same request",
            );
        };
        let mut arguments = vec![(look.find.since.clone(), From::Asked(Asked::Since))];
        for param in look
            .params
            .iter()
            .filter(|param| param.wire != look.find.since.wire)
        {
            let given = call
                .arguments
                .iter()
                .find(|(own, _)| own.wire == param.wire);
            match given {
                Some((_, from)) => arguments.push((param.clone(), from.clone())),
                None if param.required => return self.missing(place, look.call, param),
                None => {}
            }
        }
        let find = Use {
            call: look.call.id(),
            arguments,
        };
        let mut steps = Vec::new();
        let mut last = &look.find.model;
        let known = known.with(Object::Found, last);
        match waits {
            Some(waits) => {
                for wait in waits {
                    steps.push(self.using(place, wait, &known.with(Object::Last, last))?);
                    last = self.wait(&wait.call)?;
                }
            }
            None => {
                for step in &take.take.steps {
                    let wait = step.wait.to_string();
                    let given = |given: &Given| match given {
                        Given::Argument(own) => {
                            let own = call.arguments.iter().find(|(it, _)| it.wire == own.wire);
                            own.map(|(_, from)| from.clone())
                        }
                        Given::Answer(path) => Some(From::Field(Object::Found, path.clone())),
                        Given::Last(path) => Some(From::Field(Object::Last, path.clone())),
                    };
                    let arguments = step.arguments.iter();
                    let arguments = arguments
                        .filter_map(|(param, it)| Some((param.clone(), given(it)?)))
                        .collect();
                    steps.push(Use {
                        call: step.wait.clone(),
                        arguments,
                    });
                    last = self.wait(&wait)?;
                }
                let begins = find_request(self.resources, &take.take.begins);
                if begins.is_none_or(|answer| *answer != look.find.model) {
                    return self.fault(
                        place,
                        format!("`{name}` does not find what the request answers"),
                        "say in `found` which waits go by what it finds",
                    );
                }
            }
        }
        if *last != take.take.model {
            return self.fault(
                place,
                format!("what is found does not become a `{}`", take.take.model),
                "end `found` with a wait that gives what the call gives",
            );
        }
        let begun = look.find.model != take.take.model;
        Ok((
            Make {
                call,
                find,
                found: steps,
                begun,
            },
            take,
        ))
    }

    pub(super) fn wait(&self, name: &str) -> Result<&'a ModelId> {
        match self.call("find", name)?.as_wait() {
            Some(wait) => Ok(&wait.wait.model),
            None => self.fault("find", format!("`{name}` is no wait"), "name a wait"),
        }
    }

    pub(super) fn call(&self, place: &str, name: &str) -> Result<&'a Call> {
        let all = self.resources.iter().flat_map(Resource::walk);
        let mut calls = all.flat_map(|resource| &resource.calls);
        match calls.find(|call| call.dotted() == name) {
            Some(call) => Ok(call),
            None => self.fault(
                place,
                format!("there is no call `{name}`"),
                "name a call with its resource",
            ),
        }
    }

    pub(super) fn using(&self, place: &str, facts: &UseFacts, known: &Known<'a>) -> Result<Use> {
        let call = self.call(place, &facts.call)?;
        self.resolved(place, call, &facts.arguments, &facts.fixed, known)
    }

    /// A call that gives a list of objects, and their model.
    pub(super) fn list(
        &self,
        place: &str,
        facts: &UseFacts,
        known: &Known<'a>,
    ) -> Result<(Use, &'a ModelId)> {
        let call = self.call(place, &facts.call)?;
        let using = self.using(place, facts, known)?;
        match &call.form {
            Form::List(Type::Model(model))
            | Form::Page {
                item: Type::Model(model),
                ..
            } => Ok((using, model)),
            _ => self.fault(
                place,
                format!("`{}` gives no list of objects", facts.call),
                "name a call that does",
            ),
        }
    }

    pub(super) fn resolved(
        &self,
        place: &str,
        call: &Call,
        arguments: &BTreeMap<String, String>,
        fixed: &BTreeMap<String, Value>,
        known: &Known<'a>,
    ) -> Result<Use> {
        let has = |wire: &&String| call.params.iter().any(|param| param.wire == **wire);
        if let Some(stray) = arguments.keys().chain(fixed.keys()).find(|wire| !has(wire)) {
            return self.fault(
                place,
                format!("`{}` has no argument `{stray}`", call.dotted()),
                "name arguments of the call",
            );
        }
        let mut all = Vec::new();
        for param in &call.params {
            let from = match (arguments.get(&param.wire), fixed.get(&param.wire)) {
                (Some(said), None) => {
                    let (from, ty) = self.from(place, said, known)?;
                    // An id is text in one place and a number in another.
                    let id = |ty: &Type| *ty == Type::String || ty.is_whole();
                    let fits = ty
                        .as_ref()
                        .is_none_or(|ty| becomes(ty, &param.ty) || (id(ty) && id(&param.ty)));
                    if !fits {
                        return self.fault(
                            place,
                            format!(
                                "`{said}` cannot be the `{}` of `{}`",
                                param.wire,
                                call.dotted()
                            ),
                            "name something of the argument's type",
                        );
                    }
                    from
                }
                (None, Some(Value::Bool(true))) if param.ty == Type::Boolean => From::True,
                (None, Some(Value::String(text)))
                    if matches!(param.ty, Type::String | Type::Enum(_)) =>
                {
                    From::Text(text.clone())
                }
                (None, None) if param.required => return self.missing(place, call, param),
                (None, None) => continue,
                _ => {
                    return self.fault(
                        place,
                        format!("`{}` of `{}` cannot be that", param.wire, call.dotted()),
                        "give it a text or `true` in `with`, or say in `arguments` where it comes from",
                    );
                }
            };
            all.push((param.clone(), from));
        }
        Ok(Use {
            call: call.id(),
            arguments: all,
        })
    }

    pub(super) fn missing<T>(&self, place: &str, call: &Call, param: &Param) -> Result<T> {
        self.fault(
            place,
            format!("nothing gives `{}` its `{}`", call.dotted(), param.wire),
            "say in `arguments` where it comes from",
        )
    }

    /// What `thing.id` or `name` stands for, and its type where that is known.
    pub(super) fn from(
        &self,
        place: &str,
        said: &str,
        known: &Known<'a>,
    ) -> Result<(From, Option<Type>)> {
        if let Some((_, asked)) = Asked::ALL.iter().find(|(name, _)| *name == said) {
            return Ok((From::Asked(*asked), None));
        }
        let (root, path) = said.split_once('.').unwrap_or((said, ""));
        let object = Object::ALL.iter().find(|(name, _)| *name == root);
        let model = object.and_then(|(_, object)| {
            let known = known.0.iter().find(|(known, _)| known == object);
            known.map(|(object, model)| (*object, *model))
        });
        let Some((object, model)) = model else {
            return self.fault(
                place,
                format!("nothing is known of `{said}`"),
                "name a field below `parent`, `thing`, `snapshot`, `found` or `last`, or `name`, `region` or `size`",
            );
        };
        let fields = self
            .builder
            .fields_below(&join(self.at, &[place]), Some(model), path)?;
        let ty = match fields.last() {
            Some(field) => field.ty.clone(),
            None => Type::Model(model.clone()),
        };
        Ok((From::Field(object, fields), Some(ty)))
    }

    pub(super) fn field(
        &self,
        place: &str,
        model: &ModelId,
        dotted: &str,
        wanted: &[Type],
    ) -> Result<Vec<Field>> {
        let at = join(self.at, &[place]);
        let fields = self.builder.fields_below(&at, Some(model), dotted)?;
        match fields.last() {
            Some(field) if wanted.contains(&field.ty) => Ok(fields),
            _ => self.fault(
                place,
                format!("`{dotted}` of `{model}` is of another type"),
                "name a field with what is wanted there",
            ),
        }
    }

    pub(super) fn maybe(
        &self,
        place: &str,
        model: &ModelId,
        dotted: Option<&String>,
        wanted: &[Type],
    ) -> Result<Option<Vec<Field>>> {
        let field = dotted.map(|dotted| self.field(place, model, dotted, wanted));
        field.transpose()
    }

    pub(super) fn id(&self, place: &str, model: &ModelId, dotted: &str) -> Result<Vec<Field>> {
        self.field(
            place,
            model,
            dotted,
            &[Type::String, Type::Integer, Type::Unsigned],
        )
    }
}

/// The model of what a request gives.
fn find_request<'a>(resources: &'a [Resource], id: &CallId) -> Option<&'a ModelId> {
    match &find(resources, id)?.form {
        Form::One(Type::Model(model)) => Some(model),
        _ => None,
    }
}
