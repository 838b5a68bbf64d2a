//! Conformance cases: for every call what must be sent, what is answered, and what comes out.
//!
//! The cases are data, free of any language; emitters turn them into files or into test code.

mod sample;
mod variations;

use std::collections::{BTreeMap, BTreeSet};
use std::slice::from_ref;

use serde_json::{Map, Value, json};

pub(crate) use sample::exchanges;
use variations::Seen;

use crate::ir::bytes::{SOME_BYTES, bytes};
use crate::ir::{
    Api, Body, By, CallId, Field, FindCall, Given, Link, Location, Next, Operation, Origin, Pages,
    Param, RequestCall, Resource, Returns, Rule, Source, Step, Surround, TakeCall, Turn, Type,
    WaitCall, Within, deepest,
};
use crate::normalise::media::{self, Raw};

/// How long a wait goes on in a case where nothing happens.
const NEVER_MS: u64 = 250;

/// One case.
#[derive(Debug, Clone)]
pub struct Case {
    /// Unique name, fit for a URL: `do.nfs.snapshot.full`.
    pub name: String,
    /// The provider's name.
    pub provider: String,
    /// The resource the method belongs to.
    pub resource: Vec<String>,
    /// The method or waiter.
    pub method: String,
    /// What is done with it.
    pub kind: Kind,
    /// The operation that is sent.
    pub operation: String,
    /// Arguments by name; null is an explicit null.
    pub arguments: Map<String, Value>,
    /// What goes over the wire, in order.
    pub exchanges: Vec<Exchange>,
    /// The bound of a wait, in milliseconds, where it is what the case is about.
    pub timeout_ms: Option<u64>,
    /// What comes out.
    pub expect: Expect,
}

/// What is done with a method.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// It is called once.
    Call,
    /// All items are walked, page by page.
    Items,
    /// It is waited for.
    Wait,
}

/// One request that must arrive, and its answer.
#[derive(Debug, Clone)]
pub struct Exchange {
    /// HTTP method.
    pub method: String,
    /// Encoded path without the base URL.
    pub path: String,
    /// Query values as they stand in the URL, decoded; a list where a name comes several times.
    pub query: Map<String, Value>,
    /// JSON body, where there is one; where it has a type text or bytes, or the fields of a form.
    pub body: Option<Value>,
    /// The media type of a body that is no JSON.
    pub body_type: Option<String>,
    /// Status of the answer.
    pub status: u16,
    /// JSON body of the answer, where there is one. `{base}` stands for the base URL.
    pub answer: Option<Value>,
    /// The media type of an answer that is no JSON.
    pub answer_type: Option<String>,
    /// The header `Link` of the answer, where it has one.
    pub answer_link: Option<String>,
    /// Whether it may come again and again.
    pub repeat: bool,
}

/// What a case must come to.
#[derive(Debug, Clone)]
pub enum Expect {
    /// Success without a value.
    Nothing,
    /// This value, as JSON, of this type.
    Value(Value, Type),
    /// One page: its items, of this type, the total and where the next page begins.
    Page {
        /// The items.
        items: Vec<Value>,
        /// Their type.
        item: Type,
        /// The number of items in all pages.
        total: Option<i64>,
        /// Where the next page begins: a number, or a cursor.
        next: Option<Value>,
    },
    /// These items of all pages, of this type.
    Items(Vec<Value>, Type),
    /// An error.
    Error {
        /// Its kind, `api` or `wait_failed`.
        kind: String,
        /// HTTP status, where there is one.
        status: Option<u16>,
        /// The service's code.
        code: Option<String>,
        /// The service's message.
        message: Option<String>,
        /// What had been begun: the request, and the id in its answer.
        started: Option<(String, Option<String>)>,
    },
}

impl Expect {
    /// An error that no answer of the service is.
    fn failure(kind: &str, started: Option<(String, Option<String>)>) -> Self {
        Self::Error {
            kind: kind.to_owned(),
            status: None,
            code: None,
            message: None,
            started,
        }
    }
}

/// What is sent as files have it, and under which key: JSON, a form's names and values, or text or bytes by themselves.
pub(crate) fn as_sent(body: &Value, media: Option<&str>) -> (&'static str, Value) {
    match media {
        None => ("body", body.clone()),
        Some(media::FORM) => ("form", pairs(body)),
        Some(_) => ("raw", body.clone()),
    }
}

/// The names and values of a form whose fields these are.
fn pairs(fields: &Value) -> Value {
    let mut all = Vec::new();
    for (name, value) in fields.as_object().into_iter().flatten() {
        let items = match value {
            Value::Array(items) => items.as_slice(),
            one => from_ref(one),
        };
        let sent = items.iter().filter(|item| !item.is_null());
        all.extend(sent.map(|item| json!([name, plain(item)])));
    }
    Value::Array(all)
}

impl Exchange {
    /// The exchange as the file of its case holds it.
    pub(crate) fn to_json(&self) -> Value {
        let mut request = json!({
            "method": self.method,
            "path": self.path,
            "query": self.query,
        });
        let mut response = json!({"status": self.status});
        if let (Some(response), Some(link)) = (response.as_object_mut(), &self.answer_link) {
            response.insert("headers".to_owned(), json!({"link": link}));
        }
        let media = self.body_type.as_deref();
        let asked = self.body.as_ref().map(|body| as_sent(body, media));
        let key = self.answer_type.as_ref().map_or("body", |_| "raw");
        let answered = self.answer.clone().map(|answer| (key, answer));
        for (holder, body, media) in [
            (&mut request, asked, &self.body_type),
            (&mut response, answered, &self.answer_type),
        ] {
            let (Some(holder), Some((key, body))) = (holder.as_object_mut(), body) else {
                continue;
            };
            if let Some(media) = media {
                holder.insert("type".to_owned(), json!(media));
            }
            holder.insert(key.to_owned(), body);
        }
        let mut whole = json!({"request": request, "response": response});
        if let (Some(whole), true) = (whole.as_object_mut(), self.repeat) {
            whole.insert("repeat".to_owned(), json!(true));
        }
        whole
    }
}

impl Case {
    /// The case as the file holds it.
    pub fn to_json(&self) -> Value {
        let exchanges: Vec<Value> = self.exchanges.iter().map(Exchange::to_json).collect();
        let expect = match &self.expect {
            Expect::Nothing => json!({"nothing": true}),
            Expect::Value(value, _) => json!({"value": value}),
            Expect::Page {
                items, total, next, ..
            } => {
                json!({"page": {"items": items, "total": total, "next": next}})
            }
            Expect::Items(items, _) => json!({"items": items}),
            Expect::Error {
                kind,
                status,
                code,
                message,
                started,
            } => {
                let mut error =
                    json!({"kind": kind, "status": status, "code": code, "message": message});
                if let (Some(error), Some((call, id))) = (error.as_object_mut(), started) {
                    error.insert("started".to_owned(), json!({"call": call, "id": id}));
                }
                json!({"error": error})
            }
        };
        let mut whole = json!({
            "name": self.name,
            "provider": self.provider,
            "resource": self.resource,
            "method": self.method,
            "kind": match self.kind { Kind::Call => "call", Kind::Items => "items", Kind::Wait => "wait" },
            "operation": self.operation,
            "arguments": self.arguments,
            "exchanges": exchanges,
            "expect": expect,
        });
        if let (Some(whole), Some(timeout)) = (whole.as_object_mut(), self.timeout_ms) {
            whole.insert("timeout_ms".to_owned(), json!(timeout));
        }
        whole
    }
}

/// Every case of an API, in the order of its resources.
pub fn cases(api: &Api) -> Vec<Case> {
    let mut all = Vec::new();
    let mut seen = Seen::default();
    for resource in api.all_resources() {
        for method in resource.requests() {
            Maker::new(api, resource, method).add(&mut seen, &mut all);
        }
        for waiter in resource.waits() {
            let polled = api.request(&waiter.wait.polls.call);
            Maker::new(api, resource, polled).add_waits(waiter, &mut all);
        }
        for find in resource.finds() {
            let list = api.request(&find.find.list.call);
            Maker::new(api, resource, list).add_finds(find, &mut all);
        }
        for take in resource.takes() {
            let begins = api.request(&take.take.begins);
            Maker::new(api, resource, begins).add_takes(take, &mut all);
        }
    }
    // Values that differ by their signs alone have names that are fit for a URL, and the same.
    let mut names = BTreeSet::new();
    for case in &mut all {
        let whole = std::mem::take(&mut case.name);
        let mut all = (1..).map(|index| match index {
            1 => whole.clone(),
            index => format!("{whole}_{index}"),
        });
        // There is always one more.
        case.name = all
            .find(|name| names.insert(name.clone()))
            .unwrap_or_default();
    }
    all
}

/// What a request with waits behind it sends, well and badly, and what it gives.
struct Taken {
    before: Vec<Exchange>,
    well: Vec<Exchange>,
    badly: Option<Vec<Exchange>>,
    after: Vec<Exchange>,
    last: Value,
}

impl Taken {
    /// All of it, between what leads into a state and out of it.
    fn around(&self, exchanges: Vec<Exchange>) -> Vec<Exchange> {
        [self.before.clone(), exchanges, self.after.clone()].concat()
    }
}

/// One wait of several.
struct StepCase {
    ready: Exchange,
    failed: Option<Exchange>,
    object: Value,
}

#[derive(Clone, Copy)]
struct Maker<'a> {
    api: &'a Api,
    resource: &'a Resource,
    method: RequestCall<'a>,
    operation: &'a Operation,
}

impl<'a> Maker<'a> {
    fn new(api: &'a Api, resource: &'a Resource, method: RequestCall<'a>) -> Self {
        Self {
            api,
            resource,
            method,
            operation: api.operation(&method.call.operation),
        }
    }
}

impl Maker<'_> {
    fn case(
        &self,
        method: &str,
        suffix: &str,
        arguments: Map<String, Value>,
        exchanges: Vec<Exchange>,
        expect: Expect,
    ) -> Case {
        let provider = &self.api.provider;
        let expect = self.with_next(expect, &arguments);
        // The name stands in the path that the case is played on.
        let suffix = suffix.replace(|c: char| !c.is_ascii_alphanumeric() && c != '-', "_");
        Case {
            name: format!(
                "{}.{}.{method}.{suffix}",
                provider.prefix,
                self.resource.path.join(".")
            ),
            provider: provider.name.clone(),
            resource: self.resource.path.clone(),
            method: method.to_owned(),
            kind: Kind::Call,
            operation: self.operation.id.to_string(),
            arguments,
            exchanges,
            timeout_ms: None,
            expect,
        }
    }

    /// The argument that says where a page begins.
    fn page_param(&self, pages: &Pages) -> Option<&Param> {
        let mut params = self.method.params.iter();
        params.find(|param| param.wire == pages.page)
    }

    /// What is expected of a page of which no answer says where the next one begins.
    fn with_next(&self, mut expect: Expect, arguments: &Map<String, Value>) -> Expect {
        // It goes by the items, which are varied.
        if let (Returns::Page { pages, .. }, Expect::Page { items, next, .. }) =
            (&self.method.request.returns, &mut expect)
            && let Next::Last { id, .. } = &pages.next
        {
            *next = behind(items, id).filter(|_| next.is_some());
        }
        if let (
            Returns::Page { pages, .. },
            Expect::Page {
                items, total, next, ..
            },
        ) = (&self.method.request.returns, &mut expect)
            && pages.next == Next::Untold
        {
            let here = self
                .page_param(pages)
                .and_then(|param| arguments.get(&param.name)?.as_i64())
                .unwrap_or(0);
            let behind = here + i64::try_from(items.len()).unwrap_or(i64::MAX);
            let more = !items.is_empty() && total.is_none_or(|total| behind < total);
            *next = more.then(|| json!(behind));
        }
        expect
    }

    fn add(&self, seen: &mut Seen, all: &mut Vec<Case>) {
        let name = &self.method.name;
        let full = arguments(&self.method.params, |_| true);
        let minimal = arguments(&self.method.params, |param| param.required);
        if minimal != full {
            all.push(self.case(
                name,
                "minimal",
                minimal.clone(),
                vec![self.success(&minimal)],
                self.expected(),
            ));
        }
        all.push(self.case(
            name,
            "full",
            full.clone(),
            vec![self.success(&full)],
            self.expected(),
        ));
        for param in self.method.params.iter().filter(|param| param.nullable) {
            let mut with_null = minimal.clone();
            with_null.insert(param.name.clone(), Value::Null);
            let suffix = format!("{}_null", param.name);
            all.push(self.case(
                name,
                &suffix,
                with_null.clone(),
                vec![self.success(&with_null)],
                self.expected(),
            ));
        }
        if let Returns::Page { item, pages, .. } = &self.method.request.returns {
            let (exchanges, items) = self.two_pages(&minimal);
            // The walk begins where it would by itself: some languages walk on from a page that was asked for.
            let mut from_first = minimal.clone();
            let first = self.page_param(pages).zip(place_of(pages, 1, 0));
            from_first.extend(first.map(|(param, first)| (param.name.clone(), first)));
            let mut case = self.case(
                name,
                "items",
                from_first.clone(),
                exchanges,
                Expect::Items(items, item.clone()),
            );
            case.kind = Kind::Items;
            all.push(case);
            let mut exchange = self.only_page(&minimal);
            if let Some(answer) = &mut exchange.answer {
                self.set_items(answer, Vec::new());
            }
            let nothing = Expect::Items(Vec::new(), item.clone());
            let mut case = self.case(name, "items_empty", from_first, vec![exchange], nothing);
            case.kind = Kind::Items;
            all.push(case);
        }
        if self.operation.maybe_nothing {
            let mut exchange = self.exchange(&minimal);
            match self.operation.empty_success {
                Some(status) => exchange.status = status,
                None => exchange.answer = Some(Value::Null),
            }
            let expect = match self.expected() {
                Expect::Page { item, .. } => Expect::Page {
                    items: Vec::new(),
                    item,
                    total: None,
                    next: None,
                },
                Expect::Value(_, ty) => Expect::Value(Value::Null, ty),
                other => other,
            };
            all.push(self.case(name, "nothing", minimal.clone(), vec![exchange], expect));
        }
        self.add_arguments(&minimal, &full, all);
        // A value of a union shares its operation's errors with the general form.
        if matches!(self.method.request.body, Body::Variant { .. }) {
            return;
        }
        self.add_answers(&minimal, seen, all);
        for (status, example) in &self.operation.errors {
            let (Ok(status), Some(example)) = (status.parse::<u16>(), example) else {
                continue;
            };
            let mut exchange = self.exchange(&minimal);
            exchange.status = status;
            exchange.answer = Some(example.clone());
            // Cases are run with a single attempt; what is tried again is the fault scenarios' matter.
            let kind = if status == 429 { "rate_limited" } else { "api" };
            let expect = self.error(kind, Some(status), example);
            all.push(self.case(
                name,
                &format!("error_{status}"),
                minimal.clone(),
                vec![exchange],
                expect,
            ));
        }
    }

    /// Arguments that are awkward, and every value of every enum among them.
    fn add_arguments(
        &self,
        minimal: &Map<String, Value>,
        full: &Map<String, Value>,
        all: &mut Vec<Case>,
    ) {
        let name = &self.method.name;
        let mut push = |suffix: &str, given: Map<String, Value>| {
            let exchanges = vec![self.success(&given)];
            all.push(self.case(name, suffix, given, exchanges, self.expected()));
        };
        let mut awkward = full.clone();
        for (index, param) in self.method.params.iter().enumerate() {
            // What a header cannot hold is refused before it is sent.
            if param.ty == Type::String
                && param.location != Location::Header
                && let Some(text) = awkward_argument(param, index)
            {
                awkward.insert(param.name.clone(), json!(text));
            }
        }
        if awkward != *full {
            push("awkward_arguments", awkward);
        }
        for param in &self.method.params {
            if param.ty == Type::StringOrInteger {
                for (suffix, value) in [("text", json!("a-1")), ("integer", json!(190_288_552))] {
                    let mut given = minimal.clone();
                    given.insert(param.name.clone(), value);
                    push(&format!("{}_{suffix}", param.name), given);
                }
            }
            let Type::Enum(enumeration) = &param.ty else {
                continue;
            };
            for value in &self.api.enumeration(enumeration).values {
                let mut given = minimal.clone();
                given.insert(param.name.clone(), json!(value.wire));
                if given != *minimal && given != *full {
                    push(&format!("{}_{}", param.name, value.wire), given);
                }
            }
        }
    }

    /// The documented answer, varied.
    fn add_answers(&self, minimal: &Map<String, Value>, seen: &mut Seen, all: &mut Vec<Case>) {
        let Some(whole) = self.method.request.returns.ty() else {
            return;
        };
        let (ty, value) = match (&self.method.request.returns, self.expected()) {
            (Returns::Page { item, .. }, Expect::Page { items, .. }) => {
                (Type::List(Box::new(item.clone())), Value::Array(items))
            }
            (_, Expect::Value(value, _)) => (whole.clone(), value),
            _ => return,
        };
        for variation in variations::of(self.api, &ty, &value, seen) {
            // Text or bytes of no length are no body.
            let bare = [json!(""), bytes(&[])].contains(&variation.value);
            if bare && self.operation.maybe_nothing && self.operation.raw_success {
                continue;
            }
            let mut exchange = self.success(minimal);
            let expect = match (&self.method.request.returns, self.expected()) {
                (
                    Returns::Page { .. },
                    Expect::Page {
                        item, total, next, ..
                    },
                ) => {
                    let items = variation.value.as_array().cloned().unwrap_or_default();
                    if let Some(answer) = &mut exchange.answer {
                        self.set_items(answer, items.clone());
                    }
                    Expect::Page {
                        items,
                        item,
                        total,
                        next,
                    }
                }
                _ => {
                    exchange.answer =
                        exchange
                            .answer
                            .map(|answer| match &self.method.request.returns {
                                Returns::Field { field, .. } => {
                                    let mut answer = answer;
                                    let place = std::slice::from_ref(field);
                                    set_at(&mut answer, place, variation.value.clone());
                                    answer
                                }
                                _ => variation.value.clone(),
                            });
                    Expect::Value(variation.value, ty.clone())
                }
            };
            all.push(self.case(
                &self.method.name,
                &format!("answer_{}", variation.name),
                minimal.clone(),
                vec![exchange],
                expect,
            ));
        }
    }

    fn add_waits(&self, waiter: WaitCall<'_>, all: &mut Vec<Case>) {
        let given = arguments(&waiter.params, |param| param.required);
        let by_id = waiter.wait.origin.as_ref().and_then(|origin| {
            let by_id = origin.by_id.as_ref()?;
            let method = self.api.request(&by_id.link.call);
            Some((origin, by_id, Maker::new(self.api, self.resource, method)))
        });
        let mut own = given.clone();
        if let Some((origin, by_id, maker)) = by_id {
            let mut named = given.clone();
            for (field, values) in &by_id.when {
                let other = self.other_value(field, values);
                set_in(&mut own, &origin.param.name, &field.wire, other);
                set_in(
                    &mut named,
                    &origin.param.name,
                    &field.wire,
                    json!(values.first()),
                );
            }
            let sent = sent(&named, origin, &by_id.link);
            maker.add_wait(waiter, "by_id_", &named, &sent, false, all);
        }
        let sent = match &waiter.wait.origin {
            Some(origin) => sent(&own, origin, &waiter.wait.polls),
            None => own.clone(),
        };
        self.add_wait(waiter, "", &own, &sent, waiter.wait.pick.is_some(), all);
    }

    /// A value of a field that is none of these.
    fn other_value(&self, field: &Field, values: &[String]) -> Value {
        let listed = match &field.ty {
            Type::Enum(name) => self.api.enumeration(name).values.as_slice(),
            _ => &[],
        };
        listed
            .iter()
            .find(|value| !values.contains(&value.wire))
            .map_or_else(|| json!("other"), |value| json!(value.wire))
    }

    /// The cases of a wait that polls this method: with `picks` it looks for the object in a list.
    fn add_wait(
        &self,
        waiter: WaitCall<'_>,
        prefix: &str,
        given: &Map<String, Value>,
        sent: &Map<String, Value>,
        picks: bool,
        all: &mut Vec<Case>,
    ) {
        let Some(mut object) = self.waited_object(picks) else {
            return;
        };
        let (mut given, sent) = (given.clone(), sent.clone());
        // The wait looks for the object that the example describes.
        for param in waiter
            .params
            .iter()
            .filter(|param| param.location == Location::Pick)
        {
            if let Some(value) = object.get(&param.wire) {
                given.insert(param.name.clone(), value.clone());
            }
        }
        since_origin(waiter, &given, &mut object);
        let set = |state: &str| in_state(waiter, &object, state);
        let polls = |lists: &[&[Value]]| -> Vec<Exchange> {
            lists
                .iter()
                .map(|objects| self.poll(picks, &sent, objects))
                .collect()
        };
        let mut add = |suffix: &str, exchanges: Vec<Exchange>, expect: Expect| {
            let suffix = format!("{prefix}{suffix}");
            let never = matches!(&expect, Expect::Error { kind, .. } if kind == "wait_timeout");
            let mut case = self.case(&waiter.name, &suffix, given.clone(), exchanges, expect);
            case.kind = Kind::Wait;
            case.timeout_ms = never.then_some(NEVER_MS);
            all.push(case);
        };
        let pending = set(&pending_state(waiter));
        // What has no state is not there before it is ready.
        let unready: &[Value] = match &waiter.wait.status {
            Some(_) => from_ref(&pending),
            None => &[],
        };
        let not_yet = |picks: bool| match (&waiter.wait.status, picks) {
            (None, false) => self.not_found(&sent),
            _ => self.poll(picks, &sent, unready),
        };
        let mut never = vec![not_yet(picks)];
        for exchange in &mut never {
            exchange.repeat = true;
        }
        let failure = |kind: &str| Expect::failure(kind, None);
        let done = |object: Value| {
            if waiter.wait.gone {
                Expect::Nothing
            } else {
                Expect::Value(object, Type::Model(waiter.wait.model.clone()))
            }
        };
        add("never", never, failure("wait_timeout"));
        // Every spelling of a state that is known ends the wait.
        let there = [String::new()];
        let states = match &waiter.wait.status {
            Some(_) => waiter.wait.ready.as_slice(),
            None => &there,
        };
        for (index, state) in states.iter().enumerate() {
            let ready = set(state);
            let mut exchanges = vec![not_yet(picks)];
            exchanges.extend(polls(&[from_ref(&ready)]));
            if picks && index == 0 {
                exchanges.insert(0, self.poll(picks, &sent, &[]));
                exchanges.splice(1..1, self.parent_poll(waiter, &given));
            }
            add(&numbered("ready", index), exchanges, done(ready));
        }
        for (index, state) in waiter.wait.failed.iter().enumerate() {
            let exchanges = polls(&[from_ref(&pending), &[set(state)]]);
            add(
                &numbered("failed", index),
                exchanges,
                failure("wait_failed"),
            );
        }
        if let (true, Some(pick), Some(state)) = (picks, &waiter.wait.pick, states.first()) {
            let ready = set(state);
            let mut older = ready.clone();
            if let Some(fields) = older.as_object_mut() {
                fields.insert(pick.created.wire.clone(), json!("2001-02-03T04:05:06Z"));
            }
            let mut both = vec![older.clone()];
            both.extend(unready.iter().cloned());
            let exchanges = polls(&[&[older.clone()], &both, &[older, ready.clone()]]);
            add("newest", exchanges, done(ready));
        }
        if waiter.wait.gone {
            let mut exchanges = polls(&[&[pending]]);
            exchanges.push(self.not_found(&sent));
            add("gone", exchanges, Expect::Nothing);
        }
    }

    /// A poll of what is not there.
    fn not_found(&self, sent: &Map<String, Value>) -> Exchange {
        let mut errors = self.operation.errors.iter();
        let example = errors.find(|(status, _)| status == "404");
        let mut exchange = self.exchange(sent);
        exchange.status = 404;
        exchange.answer = example.and_then(|(_, example)| example.clone());
        exchange
    }

    /// The cases of a request with waits behind it: all goes well, the request is refused, a wait ends badly.
    fn add_takes(&self, call: TakeCall<'_>, all: &mut Vec<Case>) {
        let given = arguments(&call.params, |param| param.required);
        let Some(taken) = self.taken(call, &given) else {
            return;
        };
        let mut add = |suffix: &str, exchanges: Vec<Exchange>, expect: Expect| {
            let exchanges = taken.around(exchanges);
            let mut case = self.case(&call.name, suffix, given.clone(), exchanges, expect);
            case.kind = Kind::Wait;
            all.push(case);
        };
        let ty = Type::Model(call.take.model.clone());
        let last = taken.last.clone();
        add("ready", taken.well.clone(), Expect::Value(last, ty));
        if let Some(exchanges) = &taken.badly {
            let answer = self.unwrapped();
            let id = at_fields(&answer, &call.take.id).filter(|_| !call.take.id.is_empty());
            let started = (self.method.dotted(), id.map(plain));
            let failed = Expect::failure("wait_failed", Some(started));
            add("failed", exchanges.clone(), failed);
        }
        let refusal = self.operation.errors.iter().find_map(|(status, example)| {
            let code = status.parse::<u16>().ok()?;
            ((400..500).contains(&code) && code != 429).then(|| (code, example.clone()))
        });
        if let Some((status, example)) = refusal {
            let mut refused = self.success(&given);
            refused.status = status;
            let body = example.clone().unwrap_or_default();
            refused.answer = example;
            refused.answer_type = None;
            let expect = self.error("api", Some(status), &body);
            add("refused", vec![refused], expect);
        }
    }

    /// What a request with waits behind it sends.
    fn taken(&self, call: TakeCall<'_>, given: &Map<String, Value>) -> Option<Taken> {
        let (before, after) = match &call.take.surround {
            Some(surround) => self.around(surround, given)?,
            None => (Vec::new(), Vec::new()),
        };
        let answer = self.unwrapped();
        let mut taken = Taken {
            before,
            well: vec![self.success(given)],
            badly: None,
            after,
            last: Value::Null,
        };
        for step in &call.take.steps {
            let done = self.step(step, given, &answer, &taken.last)?;
            if let (Some(failed), None) = (done.failed, &taken.badly) {
                let mut exchanges = taken.well.clone();
                exchanges.push(failed);
                taken.badly = Some(exchanges);
            }
            taken.last = done.object;
            taken.well.push(done.ready);
        }
        Some(taken)
    }

    /// The same for another request.
    fn of_request(&self, call: &CallId) -> Maker<'_> {
        Maker::new(self.api, self.resource, self.api.request(call))
    }

    /// What a thing is brought into a state by, and out of it again.
    fn around(
        &self,
        surround: &Surround,
        given: &Map<String, Value>,
    ) -> Option<(Vec<Exchange>, Vec<Exchange>)> {
        let look = self.of_request(&surround.look.call);
        let seen = |state: &str| {
            let mut object = look.waited_object(false)?;
            let fields = object.as_object_mut()?;
            fields.insert(surround.status.wire.clone(), json!(state));
            Some(look.poll(false, given, &[object]))
        };
        let turn = |turn: &Turn| {
            let request = self.of_request(&turn.request.call);
            let answer = request.unwrapped();
            let done = self.step(&turn.step, given, &answer, &Value::Null)?;
            Some([request.success(given), done.ready])
        };
        let (state, way) = (surround.wanted.first()?, surround.enter.first()?);
        let mut before = vec![seen("a-state-nobody-knows")?];
        before.extend(turn(way)?);
        before.push(seen(state)?);
        Some((before, turn(&surround.leave)?.to_vec()))
    }

    /// The documented answer as users see it.
    fn unwrapped(&self) -> Value {
        let answer = self.answer();
        match &self.method.request.returns {
            Returns::Field { field, .. } => answer.get(field).cloned().unwrap_or_default(),
            _ => answer,
        }
    }

    /// One wait of several: what ends it, well and badly, and the object that it gives.
    fn step(
        &self,
        step: &Step,
        given: &Map<String, Value>,
        answer: &Value,
        last: &Value,
    ) -> Option<StepCase> {
        let wait = self.api.wait(&step.wait);
        let own: Map<String, Value> = step
            .arguments
            .iter()
            .filter_map(|(param, source)| {
                let value = match source {
                    Given::Argument(source) => given.get(&source.name)?.clone(),
                    Given::Answer(path) => at_fields(answer, path)?.clone(),
                    Given::Last(path) => at_fields(last, path)?.clone(),
                };
                Some((param.name.clone(), value))
            })
            .collect();
        self.ended(wait, &own)
    }

    /// A wait with these arguments: what ends it, well and badly, and the object that it gives.
    fn ended(&self, wait: WaitCall<'_>, own: &Map<String, Value>) -> Option<StepCase> {
        let (polled, sent, picks) = self.step_poll(wait, own);
        let mut object = polled.waited_object(picks)?;
        if let (Some(fields), Some(pick)) = (object.as_object_mut(), &wait.wait.pick)
            && let Some(wanted) = own.get(&pick.param.name)
        {
            fields.insert(pick.field.wire.clone(), wanted.clone());
        }
        since_origin(wait, own, &mut object);
        let failed = wait.wait.failed.first().map(|state| {
            let failed = in_state(wait, &object, state);
            polled.poll(picks, &sent, &[failed])
        });
        if let Some(state) = wait.wait.ready.first() {
            object = in_state(wait, &object, state);
        }
        Some(StepCase {
            ready: polled.poll(picks, &sent, from_ref(&object)),
            failed,
            object,
        })
    }

    /// The cases of a look for what a request may have made: it is there, it is not, and two that fit.
    fn add_finds(&self, call: FindCall<'_>, all: &mut Vec<Case>) {
        let given = arguments(&call.params, |param| param.required);
        let Some((object, sent)) = self.found(call, &given) else {
            return;
        };
        let mut older = object.clone();
        set_below(
            &mut older,
            &call.find.created,
            json!("2001-02-03T04:05:06Z"),
        );
        let timed = !call.find.created.is_empty();
        let two = [object.clone(), object.clone()];
        // Of two with one id a walk would give one.
        let paged = matches!(self.method.request.returns, Returns::Page { .. });
        let ty = Type::List(Box::new(Type::Model(call.find.model.clone())));
        let mut add = |suffix: &str, listed: &[Value], found: &[Value]| {
            let exchange = self.poll(true, &sent, listed);
            let expect = Expect::Value(json!(found), ty.clone());
            let mut case = self.case(&call.name, suffix, given.clone(), vec![exchange], expect);
            case.kind = Kind::Wait;
            all.push(case);
        };
        add("found", from_ref(&object), from_ref(&object));
        add("nothing", &[], &[]);
        if timed {
            add("older", from_ref(&older), &[]);
        }
        if !paged {
            add("several", &two, &two);
        }
    }

    /// What a look finds, and with which arguments it lists.
    fn found(
        &self,
        call: FindCall<'_>,
        given: &Map<String, Value>,
    ) -> Option<(Value, Map<String, Value>)> {
        let mut object = self.waited_object(true)?;
        for (param, path) in &call.find.same {
            if let Some(value) = given.get(&param.name) {
                set_below(&mut object, path, value.clone());
            }
        }
        for (path, text) in &call.find.fixed {
            set_below(&mut object, path, json!(text));
        }
        let since = given.get(&call.find.since.name).cloned();
        set_below(&mut object, &call.find.created, since.unwrap_or_default());
        let mut sent = Map::new();
        for (param, source) in &call.find.list.arguments {
            let value = match source {
                Source::Argument(own) => given.get(&own.name).cloned(),
                Source::True => Some(json!(true)),
                Source::Origin(_) => None,
            };
            if let Some(value) = value {
                sent.insert(param.name.clone(), value);
            }
        }
        Some((object, sent))
    }

    /// What a wait with these arguments polls: whose answer, with what, and whether it looks through a list.
    fn step_poll<'b>(
        &'b self,
        wait: WaitCall<'b>,
        own: &Map<String, Value>,
    ) -> (Maker<'b>, Map<String, Value>, bool) {
        let maker = |call| self.of_request(call);
        let Some(origin) = &wait.wait.origin else {
            let picks = wait.wait.pick.is_some();
            return (maker(&wait.wait.polls.call), own.clone(), picks);
        };
        let named = origin.by_id.as_ref().filter(|by_id| {
            by_id.when.iter().all(|(field, values)| {
                let object = own.get(&origin.param.name);
                let value = object.and_then(|object| object.get(&field.wire)?.as_str());
                value.is_some_and(|value| values.iter().any(|one| one == value))
            })
        });
        match named {
            Some(by_id) => (
                maker(&by_id.link.call),
                sent(own, origin, &by_id.link),
                false,
            ),
            None => (
                maker(&wait.wait.polls.call),
                sent(own, origin, &wait.wait.polls),
                wait.wait.pick.is_some(),
            ),
        }
    }

    /// The question whether what an empty list belongs to is there.
    fn parent_poll(&self, waiter: WaitCall<'_>, given: &Map<String, Value>) -> Option<Exchange> {
        let link = waiter.wait.parent.as_ref()?;
        let mut sent = Map::new();
        for (param, source) in &link.arguments {
            if let Source::Argument(source) = source
                && let Some(value) = given.get(&source.name)
            {
                sent.insert(param.name.clone(), value.clone());
            }
        }
        let parent = Maker::new(self.api, self.resource, self.api.request(&link.call));
        Some(parent.success(&sent))
    }

    /// The object that the documented answer holds; of a list, its first.
    fn waited_object(&self, picks: bool) -> Option<Value> {
        let answer = self.answer();
        let value = match &self.method.request.returns {
            Returns::Field { field, .. } => answer.get(field)?.clone(),
            Returns::Whole(_) => answer,
            Returns::Page { within, .. } => json!(items_of(&answer, within.as_ref())),
            Returns::Nothing => return None,
        };
        if picks {
            value.get(0).cloned()
        } else {
            Some(value)
        }
    }

    /// One poll of a wait, and what is there: of a list all of it, else the object.
    fn poll(&self, picks: bool, sent: &Map<String, Value>, objects: &[Value]) -> Exchange {
        if let Returns::Page { pages, .. } = &self.method.request.returns {
            let mut exchange = self.only_page(sent);
            if let Some(answer) = &mut exchange.answer {
                if let Some(total) = &pages.total {
                    set_at(answer, total, json!(objects.len()));
                }
                self.set_items(answer, objects.to_vec());
            }
            return exchange;
        }
        let mut exchange = self.success(sent);
        let value = if picks {
            json!(objects)
        } else {
            objects.first().cloned().unwrap_or(Value::Null)
        };
        exchange.answer = Some(match &self.method.request.returns {
            Returns::Field { field, .. } => {
                let mut whole = Map::new();
                whole.insert(field.clone(), value);
                Value::Object(whole)
            }
            _ => value,
        });
        exchange
    }

    fn exchange(&self, arguments: &Map<String, Value>) -> Exchange {
        let mut path = self.operation.path.clone();
        let mut query = Map::new();
        let mut body = match &self.method.request.body {
            Body::None => None,
            Body::Whole(_) | Body::Model(_) => Some(json!({})),
            Body::Variant { union, value } => {
                let tag = &self.api.union(union).tag;
                Some(json!({ tag: value }))
            }
        };
        for param in &self.method.params {
            let Some(value) = arguments.get(&param.name) else {
                continue;
            };
            match &param.location {
                Location::Path => {
                    path = path.replace(&format!("{{{}}}", param.wire), &encode(&plain(value)));
                }
                Location::Query => {
                    if let Some(value) = in_query(param, value) {
                        query.insert(param.wire.clone(), value);
                    }
                }
                Location::WholeBody => body = Some(value.clone()),
                Location::Body(place) => {
                    if let Some(body) = &mut body {
                        set_at(body, place, value.clone());
                    }
                }
                Location::Header | Location::Pick | Location::Origin => {}
            }
        }
        if let Returns::Page { pages, .. } = &self.method.request.returns
            && let Some(largest) = pages.largest
        {
            query
                .entry(pages.size.clone())
                .or_insert_with(|| json!(largest.to_string()));
        }
        Exchange {
            method: self.operation.method.clone(),
            path,
            query,
            body_type: self
                .operation
                .sends
                .clone()
                .filter(|media| self.operation.raw_body || media == media::FORM),
            body,
            status: self.operation.success,
            answer: None,
            answer_type: None,
            answer_link: None,
            repeat: false,
        }
    }

    fn success(&self, arguments: &Map<String, Value>) -> Exchange {
        let mut exchange = self.exchange(arguments);
        exchange.answer = self.operation.success_type.as_ref().map(|_| self.answer());
        exchange.answer_type = self.answer_type();
        exchange
    }

    /// The media type that an answer which is no JSON has, of those that are asked for.
    fn answer_type(&self) -> Option<String> {
        let accepts = self.operation.accepts.as_deref();
        let all = accepts.filter(|_| self.operation.raw_success)?.split(", ");
        let raw = match self.operation.success_type {
            Some(Type::Bytes) => Raw::Bytes,
            _ => Raw::Text,
        };
        Some(media::first_of(all, raw).to_owned())
    }

    /// The documented success body, else one made of the models' examples.
    fn answer(&self) -> Value {
        match (&self.operation.example, &self.operation.success_type) {
            (Some(example), _) => example.clone(),
            (None, Some(ty)) => {
                let mut known = BTreeMap::new();
                let levels = deepest(LEVELS, |levels| values_of(self.api, ty, levels, &mut known));
                example_of(self.api, ty, levels)
            }
            (None, None) => Value::Null,
        }
    }

    fn expected(&self) -> Expect {
        let answer = self.answer();
        match &self.method.request.returns {
            Returns::Nothing => Expect::Nothing,
            Returns::Whole(ty) => Expect::Value(answer, ty.clone()),
            Returns::Field { field, ty, .. } => Expect::Value(
                answer.get(field).cloned().unwrap_or(Value::Null),
                ty.clone(),
            ),
            Returns::Page {
                within,
                item,
                pages,
            } => Expect::Page {
                items: items_of(&answer, within.as_ref()),
                item: item.clone(),
                total: pages
                    .total
                    .as_ref()
                    .and_then(|total| at(&answer, total)?.as_i64()),
                next: match &pages.next {
                    Next::Last { id, more } => {
                        let more = at(&answer, more) == Some(&json!(true));
                        behind(&items_of(&answer, within.as_ref()), id).filter(|_| more)
                    }
                    _ => next_of(pages, &answer),
                },
            },
        }
    }

    /// A walk over two pages, and the items that it gives.
    fn two_pages(&self, arguments: &Map<String, Value>) -> (Vec<Exchange>, Vec<Value>) {
        let Returns::Page { within, pages, .. } = &self.method.request.returns else {
            return (Vec::new(), Vec::new());
        };
        let first = items_of(&self.answer(), within.as_ref());
        // The second page is shorter, so that a page walked twice is seen.
        let mut second: Vec<Value> = first.iter().take(1).cloned().collect();
        // An item that was given on the first page would not be given again.
        let id = pages.id.as_ref();
        for id in second.iter_mut().filter_map(|item| item.get_mut(id?)) {
            *id = match id.as_i64() {
                Some(number) => json!(number + 1000),
                None => json!(format!("{}-2", plain(id))),
            };
        }
        let items = [first.clone(), second.clone()].concat();
        let [here, there] = [1, 2].map(|number| place_of(pages, number, first.len()));
        let there = match &pages.next {
            Next::Last { id, .. } => behind(&first, id),
            _ => there,
        };
        let mut exchanges = Vec::new();
        for (here, next, items_here) in [(here, there.clone(), first), (there, None, second)] {
            let mut exchange = self.one_page(arguments, here, next);
            if let Some(answer) = &mut exchange.answer {
                if let (Next::Untold, Some(total)) = (&pages.next, &pages.total) {
                    set_at(answer, total, json!(items.len()));
                }
                self.set_items(answer, items_here);
            }
            exchanges.push(exchange);
        }
        // Where no total is told a walk looks once more for what moved to a page that it has passed.
        if pages.total.is_none() && pages.id.is_some() && pages.by != By::Cursor {
            exchanges.extend_from_within(..);
        }
        (exchanges, items)
    }

    /// The one page of a list.
    fn only_page(&self, arguments: &Map<String, Value>) -> Exchange {
        let first = match &self.method.request.returns {
            Returns::Page { pages, .. } => place_of(pages, 1, 0),
            _ => None,
        };
        self.one_page(arguments, first, None)
    }

    /// The exchange of one page of several: what says where it begins, and what says so of the next.
    fn one_page(
        &self,
        arguments: &Map<String, Value>,
        here: Option<Value>,
        next: Option<Value>,
    ) -> Exchange {
        let mut exchange = self.success(arguments);
        let Returns::Page { pages, .. } = &self.method.request.returns else {
            return exchange;
        };
        if let Some(here) = here {
            let sent = json!(plain(&here));
            exchange.query.insert(pages.page.clone(), sent);
        }
        let mut answer = exchange.answer.take().unwrap_or_default();
        let list = format!("{{base}}{}", exchange.path);
        let link = |next: Value| {
            let mut query = form_urlencoded::Serializer::new(String::new());
            let query = query.append_pair(&pages.page, &plain(&next)).finish();
            format!("{list}?{query}")
        };
        let (path, next) = match &pages.next {
            Next::Untold => (None, None),
            Next::Header => {
                // Another relation comes first.
                let links = |link| format!("<{list}>; rel=\"first\", <{link}>; rel=\"next\"");
                exchange.answer_link = next.map(link).map(links);
                (None, None)
            }
            Next::Value(path) => (Some(path), next),
            Next::Last { more, .. } => (Some(more), Some(json!(next.is_some()))),
            Next::Link(path) => (Some(path), next.map(link).map(Value::from)),
        };
        if let Some(path) = path {
            match next {
                Some(next) => set_at(&mut answer, path, next),
                None => remove_at(&mut answer, path),
            }
        }
        exchange.answer = Some(answer);
        exchange
    }

    /// Puts items into a page.
    fn set_items(&self, answer: &mut Value, items: Vec<Value>) {
        if let Returns::Page { within, .. } = &self.method.request.returns {
            let field = within.as_ref().map(|within| from_ref(&within.field));
            set_at(answer, field.unwrap_or_default(), Value::Array(items));
        }
    }

    fn error(&self, kind: &str, status: Option<u16>, body: &Value) -> Expect {
        let first = |names: &[String]| {
            names
                .iter()
                .find_map(|name| body.get(name)?.as_str())
                .map(str::to_owned)
        };
        Expect::Error {
            kind: kind.to_owned(),
            status,
            code: first(&self.api.provider.errors.code),
            message: first(&self.api.provider.errors.message),
            started: None,
        }
    }
}

/// An awkward text that an argument may have.
fn awkward_argument(param: &Param, index: usize) -> Option<String> {
    let mut most = usize::MAX;
    for rule in &param.rules {
        match rule {
            Rule::MaxLength(length) => most = usize::try_from(*length).unwrap_or(usize::MAX),
            Rule::MinLength(0 | 1) => {}
            // What it has to look like is not to be guessed.
            _ => return None,
        }
    }
    let fits = |text: &&&str| {
        // A C string ends at a NUL, a path has no empty part, and a key of a list is no text.
        !text.contains('\u{0}') && !text.is_empty() && text.chars().count() <= most
    };
    let texts: Vec<&&str> = variations::AWKWARD.iter().filter(fits).collect();
    let text = texts.get(index % texts.len().max(1))?;
    Some((**text).to_owned())
}

fn arguments(params: &[Param], wanted: impl Fn(&Param) -> bool) -> Map<String, Value> {
    params
        .iter()
        .filter(|param| wanted(param))
        .map(|param| (param.name.clone(), param.example.clone()))
        .collect()
}

/// A case's name where several are of one sort.
fn numbered(name: &str, index: usize) -> String {
    if index == 0 {
        name.to_owned()
    } else {
        format!("{name}_{}", index + 1)
    }
}

/// Sets a field of an argument that is an object.
fn set_in(arguments: &mut Map<String, Value>, argument: &str, field: &str, value: Value) {
    if let Some(object) = arguments.get_mut(argument).and_then(Value::as_object_mut) {
        object.insert(field.to_owned(), value);
    }
}

/// A scalar as it stands in a URL.
fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// A value as it stands in a query, decoded: a list is its items under one name or, where the name is
/// repeated for each, what comes with each. Nothing for an empty list.
fn in_query(param: &Param, value: &Value) -> Option<Value> {
    let Value::Array(items) = value else {
        return Some(json!(plain(value)));
    };
    let items: Vec<String> = items.iter().map(plain).collect();
    match (items.as_slice(), param.separator.as_deref()) {
        ([], _) => None,
        (items, Some(separator)) => {
            let separator = match separator {
                "%20" => " ",
                "%7C" => "|",
                plain => plain,
            };
            Some(json!(items.join(separator)))
        }
        ([only], None) => Some(json!(only)),
        (items, None) => Some(json!(items)),
    }
}

/// Percent-encodes all but unreserved characters (RFC 3986).
fn encode(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                char::from(byte).to_string()
            }
            byte => format!("%{byte:02X}"),
        })
        .collect()
}

fn at<'a>(value: &'a Value, path: &[String]) -> Option<&'a Value> {
    path.iter().try_fold(value, |value, name| value.get(name))
}

fn list_at(value: &Value, field: &str) -> Vec<Value> {
    value
        .get(field)
        .and_then(Value::as_array)
        .cloned()
        .unwrap_or_default()
}

/// The items of a page.
fn items_of(answer: &Value, within: Option<&Within>) -> Vec<Value> {
    match within {
        Some(Within { field, .. }) => list_at(answer, field),
        None => answer.as_array().cloned().unwrap_or_default(),
    }
}

/// Takes away a value some levels down.
fn remove_at(target: &mut Value, path: &[String]) {
    if let (Some((first, rest)), Some(object)) = (path.split_first(), target.as_object_mut()) {
        match (rest, object.get_mut(first)) {
            ([], _) => {
                object.shift_remove(first);
            }
            (rest, Some(below)) => remove_at(below, rest),
            (_, None) => {}
        }
    }
}

/// Sets a value some levels down, making the objects on the way.
fn set_at(target: &mut Value, path: &[String], value: Value) {
    let Some((first, rest)) = path.split_first() else {
        *target = value;
        return;
    };
    if !target.is_object() {
        *target = json!({});
    }
    if let Some(object) = target.as_object_mut() {
        set_at(
            object.entry(first.clone()).or_insert_with(|| json!({})),
            rest,
            value,
        );
    }
}

/// What says where the first or second page of a list begins, if anything does; the first has so many items.
fn place_of(pages: &Pages, number: u64, first: usize) -> Option<Value> {
    match pages.by {
        By::Number(first) => Some(json!(first + number - 1)),
        By::Offset if number == 1 => Some(json!(0)),
        // A page that has none is the last, or would be its own next one.
        By::Offset => Some(json!(first.max(1))),
        By::Cursor => (number > 1).then(|| json!("next page/+=")),
    }
}

/// What a page begins with that stands behind these items: a field of the last one.
fn behind(items: &[Value], id: &str) -> Option<Value> {
    let id = items.last()?.get(id).filter(|id| !id.is_null())?;
    Some(json!(plain(id)))
}

/// What an answer says of where the next page begins.
fn next_of(pages: &Pages, answer: &Value) -> Option<Value> {
    let said = match &pages.next {
        Next::Header | Next::Untold | Next::Last { .. } => return None,
        Next::Value(path) => at(answer, path)?.clone(),
        Next::Link(path) => {
            let (_, query) = at(answer, path)?.as_str()?.split_once('?')?;
            let mut pairs = form_urlencoded::parse(query.as_bytes());
            let (_, value) = pairs.find(|(name, _)| *name == pages.page)?;
            match pages.by {
                By::Cursor => json!(value),
                By::Number(_) | By::Offset => json!(value.parse::<u64>().ok()?),
            }
        }
    };
    match pages.by {
        By::Cursor => {
            Some(said).filter(|said| said.as_str().is_some_and(|said| !said.trim().is_empty()))
        }
        By::Number(_) | By::Offset => said.as_u64().map(Value::from),
    }
}

/// How many levels deep an example is made.
const LEVELS: usize = 8;

/// How many values an example has, made to so many levels.
fn values_of<'a>(
    api: &'a Api,
    ty: &'a Type,
    levels: usize,
    known: &mut BTreeMap<(&'a str, usize), usize>,
) -> usize {
    let Some(inner) = levels.checked_sub(1) else {
        return 1;
    };
    match ty {
        Type::Model(name) => {
            let key = (&**name, levels);
            if let Some(values) = known.get(&key) {
                return *values;
            }
            let mut sum: usize = 1;
            for field in &api.model(name).fields {
                sum = sum.saturating_add(values_of(api, &field.ty, inner, known));
            }
            known.insert(key, sum);
            sum
        }
        Type::List(item) => values_of(api, item, inner, known).saturating_add(1),
        _ => 1,
    }
}

fn example_of(api: &Api, ty: &Type, levels: usize) -> Value {
    match ty {
        Type::Model(name) if levels > 0 => Value::Object(
            api.model(name)
                .fields
                .iter()
                .map(|field| {
                    let value = match &field.ty {
                        Type::Model(_) | Type::List(_) if !field.example.is_array() => {
                            example_of(api, &field.ty, levels - 1)
                        }
                        _ => field.example.clone(),
                    };
                    (field.wire.clone(), value)
                })
                .collect(),
        ),
        Type::List(item) if levels > 0 => json!([example_of(api, item, levels - 1)]),
        Type::Enum(name) => {
            json!(
                api.enumeration(name)
                    .values
                    .first()
                    .map(|value| value.wire.clone())
            )
        }
        Type::Integer => json!(7),
        // The upper half is what a signed one has not.
        Type::Unsigned => json!(u64::MAX),
        Type::Number => json!(1.5),
        Type::Boolean => json!(true),
        Type::Timestamp => json!("2026-03-04T05:06:07Z"),
        Type::String | Type::StringOrInteger => json!("text"),
        Type::Map(item) if levels > 0 => json!({"key": example_of(api, item, levels - 1)}),
        Type::Json => json!({"key": "value"}),
        Type::Bytes => bytes(&SOME_BYTES),
        _ => Value::Null,
    }
}

/// An object in a state, where its kind has one.
fn in_state(waiter: WaitCall<'_>, object: &Value, state: &str) -> Value {
    let mut object = object.clone();
    if let (Some(fields), Some(status)) = (object.as_object_mut(), &waiter.wait.status) {
        fields.insert(status.field.wire.clone(), json!(state));
    }
    object
}

/// Makes an object of a list as new as the object that a wait goes by.
fn since_origin(waiter: WaitCall<'_>, given: &Map<String, Value>, object: &mut Value) {
    let since = waiter.wait.origin.as_ref().and_then(|origin| {
        let since = &origin.since.as_ref()?.wire;
        given.get(&origin.param.name)?.get(since).cloned()
    });
    if let (Some(object), Some(pick), Some(since)) =
        (object.as_object_mut(), &waiter.wait.pick, since)
    {
        object.insert(pick.created.wire.clone(), since);
    }
}

/// Sets what stands below fields of an object; an object on the way that is not there is made.
fn set_below(object: &mut Value, path: &[Field], value: Value) {
    if !path.is_empty() {
        let path: Vec<String> = path.iter().map(|field| field.wire.clone()).collect();
        set_at(object, &path, value);
    }
}

/// What stands below fields of a value.
fn at_fields<'a>(value: &'a Value, path: &[Field]) -> Option<&'a Value> {
    path.iter()
        .try_fold(value, |value, field| value.get(&field.wire))
}

/// A state that neither ends the wait well nor badly.
fn pending_state(waiter: WaitCall<'_>) -> String {
    let pending = waiter.wait.pending.first().cloned();
    pending.unwrap_or_else(|| "a-state-nobody-knows".to_owned())
}

/// What is sent for a wait: its arguments, and those that come out of the object it goes by.
fn sent(given: &Map<String, Value>, origin: &Origin, link: &Link) -> Map<String, Value> {
    let mut sent = given.clone();
    for (param, field) in link.from_origin() {
        let object = given.get(&origin.param.name);
        if let Some(value) = object.and_then(|object| object.get(&field.wire)) {
            sent.insert(param.name.clone(), value.clone());
        }
    }
    sent
}
