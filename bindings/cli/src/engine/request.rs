//! One request: its parts out of the arguments, and what its answer is unwrapped to.

use serde_json::{Map, Value};
use snapline_runtime::{
    CallOptions, Error, Items, Listed, Page, Parts, Reads, Response, Sent, check,
};

use super::check::{Checked, fields, needed, union};
use super::values::{below, shown};
use super::{Engine, Named, Order, Outcome, Preview};
use crate::table::{Body, Call, Kind, Next, Pages, Param, Place, Request, Returns, Type};

/// A request that is ready to be sent.
struct Ready {
    call: &'static Call,
    request: &'static Request,
    parts: Parts,
}

impl Request {
    /// Whether an answer holds nothing where others hold something.
    fn gives_nothing(&self, answer: &Response<Value>) -> bool {
        let bare = answer.body().trim_ascii().is_empty();
        self.maybe && (bare || (answer.value().is_null() && answer.body().trim_ascii() == b"null"))
    }
}

/// A body as it is sent.
fn sent(call: &Call, body: Value) -> Sent {
    let whole = call
        .params
        .iter()
        .find(|param| matches!(param.place, Place::Whole));
    match (whole.map(|param| param.ty), body) {
        (Some(Type::RawText), Value::String(text)) => Sent::Raw(text.into()),
        (Some(Type::Bytes), Value::String(text)) => {
            let bytes = text.chars().filter_map(|c| u8::try_from(c).ok());
            Sent::Raw(bytes.collect())
        }
        (_, body) => Sent::Json(body),
    }
}

impl Engine {
    pub(super) async fn request(
        &self,
        call: &'static Call,
        order: Order,
    ) -> Result<Outcome, Error> {
        let pages = call.pages();
        if let Some(pages) = pages.filter(|_| order.all || order.limit.is_some()) {
            let mut items = self.items(call, pages, order.arguments, self.options.clone())?;
            if let Some(limit) = order.limit {
                items = items.limit(limit);
            }
            return items.try_collect().await.map(Outcome::List);
        }
        let ready = self.ready(call, &order.arguments, order.body, &self.options)?;
        if let Some(pages) = pages {
            let page = self.page(ready, pages, self.options.clone()).await?;
            let page = page.into_value();
            return Ok(Outcome::Page {
                next: page.next_place().and_then(|next| next.to_json()),
                total: page.total,
                items: page.items,
            });
        }
        let reads = ready.parts.reads;
        let answer = self.value(ready, self.options.clone()).await?;
        let body = answer.body().clone();
        Ok(match answer.into_value() {
            _ if reads == Reads::Nothing => Outcome::Nothing,
            _ if reads != Reads::Json => Outcome::Raw(body),
            Value::Array(mut items) if call.gives_list() => {
                items.truncate(order.limit.map_or(usize::MAX, |limit| {
                    usize::try_from(limit).unwrap_or(usize::MAX)
                }));
                Outcome::List(items)
            }
            other => Outcome::One(other),
        })
    }

    /// What would be sent; for a call that begins something and waits, by the request that begins it.
    pub(crate) fn preview(
        &self,
        call: &'static Call,
        arguments: &Named,
        body: Option<Value>,
    ) -> Result<Preview, Error> {
        let call = match &call.kind {
            Kind::Take(take) => self.api.call(take.begins)?,
            _ => call,
        };
        let ready = self.ready(call, arguments, body, &self.options)?;
        let operation = self.api.operation(call.operation)?;
        let url = self.core.address(operation, &ready.parts)?;
        Ok(Preview {
            method: operation.method,
            url,
            body: ready.parts.body.map(|body| match body {
                Sent::Json(body) => body,
                Sent::Raw(body) => match std::str::from_utf8(&body) {
                    Ok(text) => text.into(),
                    Err(_) => format!("{} bytes", body.len()).into(),
                },
            }),
        })
    }

    /// The value that a request gives, for what looks at it itself.
    pub(super) async fn answer(
        &self,
        call: &'static Call,
        arguments: &Named,
        body: Option<Value>,
        options: CallOptions,
    ) -> Result<Response<Value>, Error> {
        let ready = self.ready(call, arguments, body, &options)?;
        self.value(ready, options).await
    }

    /// All items of a list, of all its pages where it has such.
    pub(super) async fn listed(
        &self,
        call: &'static Call,
        arguments: Named,
        options: CallOptions,
    ) -> Result<Listed<Value>, Error> {
        if let Some(pages) = call.pages() {
            return self
                .items(call, pages, arguments, options)?
                .try_listed()
                .await;
        }
        let answer = self.answer(call, &arguments, None, options).await?;
        let no_list = || Error::internal(format!("{} gives no list", call.dotted));
        Ok(answer.try_map(|value| items(Some(value), no_list))?.into())
    }

    fn items(
        &self,
        call: &'static Call,
        pages: &'static Pages,
        arguments: Named,
        options: CallOptions,
    ) -> Result<Items<Value>, Error> {
        let Some(param) = call.params.iter().find(|param| param.wire == pages.page) else {
            return Err(Error::internal(format!(
                "{}: no argument is its page",
                call.dotted
            )));
        };
        let start = pages.place(arguments.get(param.name));
        let engine = self.clone();
        Ok(Items::new(start, move |place| {
            let (engine, options) = (engine.clone(), options.clone());
            let mut arguments = arguments.clone();
            if let Some(argument) = place.to_json() {
                arguments.insert(param.name.to_owned(), argument);
            }
            Box::pin(async move {
                let ready = engine.ready(call, &arguments, None, &options)?;
                engine.page(ready, pages, options).await.map(Page::of)
            })
        }))
    }

    async fn value(&self, ready: Ready, options: CallOptions) -> Result<Response<Value>, Error> {
        let operation = self.api.operation(ready.call.operation)?;
        let answer = self.core.send(operation, ready.parts, options).await?;
        if ready.request.gives_nothing(&answer) {
            return Ok(answer.map(|_| Value::Null));
        }
        answer.try_map(|mut answer| match ready.request.returns {
            Returns::Whole(Type::List(_)) => {
                list(Some(answer), || Error::decode("the answer is no list"))
            }
            Returns::Field(field, Type::List(_)) => {
                list(taken(&mut answer, field), || Error::missing(field))
            }
            Returns::Field(field, _) => taken(&mut answer, field)
                .filter(|value| !value.is_null())
                .ok_or_else(|| Error::missing(field)),
            Returns::Nothing | Returns::Whole(_) | Returns::Page(..) => Ok(answer),
        })
    }

    async fn page(
        &self,
        ready: Ready,
        pages: &'static Pages,
        options: CallOptions,
    ) -> Result<Response<Page<Value>>, Error> {
        let mut sent = ready.parts.query.iter();
        let sent = sent.find(|(name, ..)| *name == pages.page);
        let place = pages.place(sent.map(|(_, value, _)| value));
        let operation = self.api.operation(ready.call.operation)?;
        let answer = self.core.send(operation, ready.parts, options).await?;
        let header = match pages.next {
            Next::Header => snapline_runtime::next_link(answer.headers()),
            _ => None,
        };
        if ready.request.gives_nothing(&answer) {
            let end = snapline_runtime::Next::Link(None, pages.page);
            return Ok(answer.map(|_| Page::from_parts(Vec::new(), place, end, None)));
        }
        answer.try_map(|mut envelope| {
            let items = match pages.field {
                Some(field) => items(taken(&mut envelope, field), || Error::missing(field))?,
                None => items(Some(envelope.take()), || {
                    Error::decode("the answer is no list")
                })?,
            };
            let told = |path| below(&envelope, path);
            let text;
            let next = match pages.next {
                Next::Link(path) => {
                    text = told(path).map(shown);
                    snapline_runtime::Next::Link(text.as_deref(), pages.page)
                }
                Next::Value(path) if pages.first.is_none() => {
                    text = told(path).map(shown);
                    snapline_runtime::Next::Cursor(text.as_deref())
                }
                Next::Value(path) => {
                    snapline_runtime::Next::Number(told(path).and_then(Value::as_i64))
                }
                Next::Last(id, more) => {
                    let more = told(more).and_then(Value::as_bool) == Some(true);
                    text = items.last().and_then(|last| below(last, &[id])).map(shown);
                    snapline_runtime::Next::Last(more, text.as_deref())
                }
                Next::Header => snapline_runtime::Next::Link(header.as_deref(), pages.page),
                Next::Untold => snapline_runtime::Next::Untold,
            };
            let total = Some(pages.total).filter(|path| !path.is_empty());
            let total = total
                .and_then(|path| {
                    path.iter()
                        .try_fold(&envelope, |value, field| value.get(field))
                })
                .and_then(Value::as_i64);
            let page = Page::from_parts(items, place, next, total);
            Ok(match pages.id {
                Some(id) => page.with_ids(|item| below(item, &[id])),
                None => page,
            })
        })
    }

    fn ready(
        &self,
        call: &'static Call,
        arguments: &Named,
        body: Option<Value>,
        options: &CallOptions,
    ) -> Result<Ready, Error> {
        let Kind::Request(request) = &call.kind else {
            return Err(Error::internal(format!("{} is no request", call.dotted)));
        };
        let bounds = self.core.checks_bounds(options);
        let mut parts = Parts {
            sends: request.sends,
            accepts: request.accepts,
            reads: match request.returns {
                Returns::Nothing => Reads::Nothing,
                Returns::Whole(Type::RawText) => Reads::Text,
                Returns::Whole(Type::Bytes) => Reads::Bytes,
                _ => Reads::Json,
            },
            ..Parts::default()
        };
        for param in call.params {
            let value = arguments.get(param.name);
            if matches!(param.place, Place::Path) {
                let text = value.map(shown).ok_or_else(|| needed(param.name))?;
                check::segment(param.name, &text)?;
                parts.path.push((param.wire, text));
            }
            if !matches!(param.place, Place::Path | Place::Query | Place::Header) {
                continue;
            }
            match value {
                Some(value) => {
                    if bounds {
                        let Param {
                            name: place,
                            ty,
                            rules,
                            secret,
                            ..
                        } = *param;
                        Checked {
                            place,
                            ty,
                            rules,
                            secret,
                        }
                        .check(self.api, value)?;
                    }
                    if matches!(param.place, Place::Header) {
                        parts.headers.push((param.wire, value.clone()));
                    }
                    if matches!(param.place, Place::Query) {
                        parts
                            .query
                            .push((param.wire, value.clone(), param.separator));
                    }
                }
                None if param.required => return Err(needed(param.name)),
                None => {}
            }
        }
        if let Returns::Page(
            Pages {
                size,
                largest: Some(largest),
                ..
            },
            _,
        ) = request.returns
            && !parts.query.iter().any(|(name, ..)| *name == size)
        {
            parts.query.push((size, largest.into(), None));
        }
        let body = self.body(call, request.body, arguments, body, bounds)?;
        parts.body = body.map(|body| sent(call, body));
        Ok(Ready {
            call,
            request,
            parts,
        })
    }

    fn body(
        &self,
        call: &'static Call,
        kind: Body,
        arguments: &Named,
        given: Option<Value>,
        bounds: bool,
    ) -> Result<Option<Value>, Error> {
        let whole = || {
            call.params
                .iter()
                .find(|param| matches!(param.place, Place::Whole))
        };
        if let (Body::Whole, Some(param)) = (kind, whole()) {
            return match given.or_else(|| arguments.get(param.name).cloned()) {
                Some(body) => Ok(Some(body)),
                None => Err(needed(param.name)),
            };
        }
        let mut object = match (kind, given) {
            (Body::None, None) => return Ok(None),
            (Body::None, Some(_)) => {
                let message = format!("{} takes no body", call.dotted);
                return Err(Error::invalid_argument("body", "none", message));
            }
            (Body::Union(_), None) => match whole().and_then(|param| arguments.get(param.name)) {
                Some(body) => body.clone(),
                None => return Err(needed(whole().map_or("body", |param| param.name))),
            },
            (_, given) => given.unwrap_or_else(|| Value::Object(Map::new())),
        };
        let Value::Object(fields_of_it) = &mut object else {
            let message = "`body` must be an object in JSON";
            return Err(Error::invalid_argument("body", "an object", message));
        };
        if let Body::Variant(name, value) = kind
            && let Some(union) = self.api.union(name)
        {
            fields_of_it.insert(union.tag.to_owned(), value.into());
        }
        for param in call.params {
            let Place::Body(place) = param.place else {
                continue;
            };
            let own = [param.wire];
            let place = if place.is_empty() { &own[..] } else { place };
            match arguments.get(param.name) {
                Some(value) => lay(fields_of_it, place, value.clone()),
                None if param.required && at(fields_of_it, place).is_none() => {
                    return Err(needed(param.name));
                }
                None => {}
            }
        }
        let known = self.fields_of(kind);
        self.complete(known, fields_of_it);
        if bounds {
            match kind {
                Body::None | Body::Whole => {}
                Body::Union(name) | Body::Variant(name, _) => {
                    union(self.api, name, fields_of_it, "")?;
                }
                Body::Model(_) => fields(self.api, known, fields_of_it, "", None)?,
            }
        }
        Ok(Some(object))
    }

    fn fields_of(&self, body: Body) -> &'static [crate::table::Field] {
        match body {
            Body::None | Body::Union(_) | Body::Whole => &[],
            Body::Model(name) => self.api.model(name).map_or(&[], |model| model.fields),
            Body::Variant(name, value) => {
                let variants = self.api.union(name).map_or(&[][..], |union| union.variants);
                let found = variants.iter().find(|variant| variant.value == value);
                found.map_or(&[], |variant| variant.fields)
            }
        }
    }

    /// An object whose fields are arguments is there, if it must be, whatever was given.
    fn complete(&self, known: &'static [crate::table::Field], object: &mut Map<String, Value>) {
        for field in known
            .iter()
            .filter(|field| field.required && !field.read_only)
        {
            let Type::Model(name) = field.ty else {
                continue;
            };
            let Some(model) = self.api.model(name).filter(|model| model.inline) else {
                continue;
            };
            let inner = object
                .entry(field.wire)
                .or_insert_with(|| Value::Object(Map::new()));
            if let Value::Object(inner) = inner {
                self.complete(model.fields, inner);
            }
        }
    }
}

/// A field of an envelope.
fn taken(envelope: &mut Value, field: &str) -> Option<Value> {
    envelope.get_mut(field).map(Value::take)
}

/// The items of a list. One that is null has none; an answer without it does not say that there is nothing (B12).
fn items(list: Option<Value>, missing: impl FnOnce() -> Error) -> Result<Vec<Value>, Error> {
    match list {
        Some(Value::Array(items)) => Ok(items),
        Some(Value::Null) => Ok(Vec::new()),
        _ => Err(missing()),
    }
}

/// The same as a value.
fn list(list: Option<Value>, missing: impl FnOnce() -> Error) -> Result<Value, Error> {
    items(list, missing).map(Value::Array)
}

fn at<'a>(object: &'a Map<String, Value>, place: &[&str]) -> Option<&'a Value> {
    let (first, rest) = place.split_first()?;
    rest.iter()
        .try_fold(object.get(*first)?, |value, field| value.get(field))
}

/// Puts a value where it belongs in a body, and the objects around it.
fn lay(object: &mut Map<String, Value>, place: &[&str], value: Value) {
    let Some((first, rest)) = place.split_first() else {
        return;
    };
    if rest.is_empty() {
        object.insert((*first).to_owned(), value);
        return;
    }
    let inner = object
        .entry(*first)
        .or_insert_with(|| Value::Object(Map::new()));
    if !inner.is_object() {
        *inner = Value::Object(Map::new());
    }
    if let Value::Object(inner) = inner {
        lay(inner, rest, value);
    }
}
