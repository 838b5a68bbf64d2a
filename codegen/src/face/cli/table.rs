//! The table of a provider: what it is, its calls and arguments, its models and enums.

use super::kinds;
use super::literal::Literal;
use super::names::{is_usual, kebab, long};
use crate::emit::prose;
use crate::ir::{
    Api, Body, Call, CallId, Contexts, Enum, Field, Find, Given, Kind, Link, Location, Model, Next,
    Operation, Param, Provider, Returns, Rule, Source, Step, Surround, Take, Turn, Type, Union,
    Wait, words,
};

/// The source of a provider's table.
pub(super) fn file(api: &Api) -> String {
    let table = Literal::object(
        "Api",
        [
            ("provider: ", provider(&api.provider)),
            (
                "resources: ",
                Literal::list(api.all_resources().iter().map(|resource| {
                    let path = Literal::texts(&resource.path);
                    Literal::call("resource", [path, printed(&resource.doc)])
                })),
            ),
            (
                "calls: ",
                Literal::list(api.calls().map(|call| self::call(api, call))),
            ),
            ("models: ", Literal::list(models(api).map(model))),
            ("unions: ", Literal::list(api.unions.iter().map(union))),
            ("enums: ", Literal::list(api.enums.iter().map(enumeration))),
            (
                "kinds: ",
                Literal::list(api.kinds.iter().map(|kind| kinds::kind(api, kind))),
            ),
        ],
    );
    let (name, module) = (&api.provider.client, &api.provider.name);
    let words = if api.kinds.is_empty() {
        ""
    } else {
        kinds::WORDS
    };
    format!(
        "//! The calls of {name}.\n\n\
         use std::time::Duration;\n\n\
         {words}use snapline_runtime::Rule::*;\n\n\
         use crate::table::{{Body, Kind, Returns, Type::*, *}};\n\n\
         use super::{module}_client as client;\n\n\
         /// The table.\n\
         pub(crate) static API: Api = {};\n",
        table.print(0, 30)
    )
}

fn provider(provider: &Provider) -> Literal {
    let credentials = provider.credentials.iter().map(|credential| {
        let texts = [&credential.name, &credential.variable];
        let secret = Literal::word(credential.secret);
        Literal::call(
            "credential",
            texts.map(Literal::text).into_iter().chain([secret]),
        )
    });
    Literal::object(
        "Provider",
        [
            ("name: ", Literal::text(&provider.name)),
            ("short: ", Literal::text(&provider.prefix)),
            ("title: ", Literal::text(&provider.client)),
            ("document: ", Literal::text(document(provider))),
            ("server_url: ", Literal::text(&provider.server_url)),
            ("url_variable: ", Literal::text(&provider.url_variable)),
            (
                "token_variables: ",
                Literal::texts(&provider.token_variables),
            ),
            (
                "of_token: ",
                Literal::text(words::of_token(provider).trim_start()),
            ),
            ("credentials: ", Literal::list(credentials)),
            (
                "contexts: ",
                Literal::option(provider.contexts.as_ref().map(contexts)),
            ),
            ("connect: ", Literal::word("client::connect")),
            ("operations: ", Literal::word("client::operations")),
        ],
    )
}

fn contexts(contexts: &Contexts) -> Literal {
    let Contexts {
        tool,
        file,
        variable,
        chosen,
        usual,
        token,
        named,
    } = contexts;
    Literal::object(
        "Contexts",
        [
            ("tool: ", Literal::text(tool)),
            ("file: ", Literal::text(file)),
            ("variable: ", Literal::text(variable)),
            ("chosen: ", Literal::text(chosen)),
            ("usual: ", Literal::text(usual)),
            ("token: ", Literal::text(token)),
            ("named: ", Literal::text(named)),
        ],
    )
}

/// Which document it is: its version, and the day from which it is.
fn document(provider: &Provider) -> String {
    match &provider.date {
        Some(date) => format!("{} of {date}", provider.version),
        None => provider.version.clone(),
    }
}

/// The models that users see, and those that a body is made of.
fn models(api: &Api) -> impl Iterator<Item = &Model> {
    let is_shown = |model: &&Model| !model.envelope && (model.received || model.sent);
    api.models
        .iter()
        .filter(move |model| is_shown(model) || model.requested)
}

fn model(model: &Model) -> Literal {
    let fields = Literal::list(model.fields.iter().map(field));
    let made = Literal::call("model", [Literal::text(&*model.name), fields]);
    if model.inline {
        made.with("inline", [])
    } else {
        made
    }
}

fn union(union: &Union) -> Literal {
    let variants = union.variants.iter().map(|variant| {
        let fields = Literal::list(variant.fields.iter().map(field));
        Literal::call("variant", [Literal::text(&variant.value), fields])
    });
    let [name, tag] = [&*union.name, &union.tag].map(Literal::text);
    Literal::call("union", [name, tag, Literal::list(variants)])
}

fn enumeration(item: &Enum) -> Literal {
    let values = Literal::texts(item.values.iter().map(|value| &value.wire));
    Literal::call("enumeration", [Literal::text(&*item.name), values])
}

fn field(field: &Field) -> Literal {
    let mut made = Literal::call("field", [Literal::text(&field.name), ty(&field.ty)]);
    if field.wire != field.name {
        made = made.with("wire", [Literal::text(&field.wire)]);
    }
    for (name, holds) in [
        ("required", field.required),
        ("nullable", field.nullable),
        ("read_only", field.read_only),
        ("secret", field.secret),
    ] {
        if holds {
            made = made.with(name, []);
        }
    }
    ruled(made, &field.rules)
}

fn param(operation: &Operation, param: &Param) -> Literal {
    let name = match &param.location {
        Location::Path => "path",
        Location::Query => "query",
        Location::Header => "header",
        Location::Body(_) => "body",
        Location::WholeBody => "whole",
        Location::Pick => "pick",
        Location::Origin => "origin",
    };
    let raw = operation.raw_body && param.location == Location::WholeBody;
    let mut made = Literal::call(name, [Literal::text(&param.name), raw_ty(raw, &param.ty)]);
    match &param.location {
        Location::Body(place) if *place != [param.name.clone()] => {
            made = made.with("place", [Literal::texts(place)]);
        }
        Location::Path | Location::Query | Location::Header if param.wire != param.name => {
            made = made.with("wire", [Literal::text(&param.wire)]);
        }
        _ => {}
    }
    let option = long(param);
    if option != kebab(&param.name) {
        made = made.with("long", [Literal::text(option)]);
    }
    for (name, holds) in [
        ("required", param.required),
        ("nullable", param.nullable),
        ("secret", param.secret),
    ] {
        if holds {
            made = made.with(name, []);
        }
    }
    if let Some(separator) = &param.separator {
        made = made.with("separator", [Literal::text(separator)]);
    }
    ruled(made, &param.rules).with(
        "doc",
        [printed(&words::with_bounds(&param.doc, &param.rules))],
    )
}

fn ruled(made: Literal, rules: &[Rule]) -> Literal {
    if rules.is_empty() {
        return made;
    }
    made.with("rules", [Literal::list(rules.iter().map(rule))])
}

fn rule(rule: &Rule) -> Literal {
    let number = |name: &str, n: &f64| Literal::call(name, [Literal::word(format!("{n:?}"))]);
    let count = |name: &str, n: &u64| Literal::call(name, [Literal::word(n)]);
    match rule {
        Rule::MinLength(n) => count("MinLength", n),
        Rule::MaxLength(n) => count("MaxLength", n),
        Rule::Pattern(pattern) => Literal::call("Pattern", [Literal::text(pattern)]),
        Rule::Minimum(n) => number("Minimum", n),
        Rule::Maximum(n) => number("Maximum", n),
        Rule::ExclusiveMinimum(n) => number("ExclusiveMinimum", n),
        Rule::ExclusiveMaximum(n) => number("ExclusiveMaximum", n),
        Rule::MultipleOf(n) => number("MultipleOf", n),
        Rule::OneOf(values) => {
            Literal::call("OneOf", [Literal::list(values.iter().map(Literal::word))])
        }
        Rule::MinItems(n) => count("MinItems", n),
        Rule::MaxItems(n) => count("MaxItems", n),
        Rule::UniqueItems => Literal::word("UniqueItems"),
    }
}

fn ty(ty: &Type) -> Literal {
    let word = match ty {
        Type::String => "Text",
        Type::Integer => "Integer",
        Type::Unsigned => "Unsigned",
        Type::Number => "Number",
        Type::Boolean => "Boolean",
        Type::Timestamp => "Timestamp",
        Type::StringOrInteger => "TextOrInteger",
        Type::Json => "Json",
        Type::Bytes => "Bytes",
        Type::Enum(name) => return Literal::call("Enum", [Literal::text(&**name)]),
        Type::Model(name) => return Literal::call("Model", [Literal::text(&**name)]),
        Type::Union(name) => return Literal::call("Union", [Literal::text(&**name)]),
        Type::List(inner) => return Literal::call("List", [borrowed(inner)]),
        Type::Map(inner) => return Literal::call("Map", [borrowed(inner)]),
    };
    Literal::word(word)
}

/// The type of a body or an answer that may be text by itself.
fn raw_ty(raw: bool, of: &Type) -> Literal {
    match (raw, of) {
        (true, Type::String) => Literal::word("RawText"),
        _ => ty(of),
    }
}

fn borrowed(inner: &Type) -> Literal {
    Literal::word(format!("&{}", ty(inner).print(0, 0)))
}

fn call(api: &Api, call: &Call) -> Literal {
    let operation = api.operation(&call.operation);
    let made = match &call.kind {
        Kind::Request(request) => {
            let body = body(&request.body);
            let returns = returns(operation.raw_success, &request.returns);
            let scopes = Literal::texts(&operation.scopes);
            let plain = operation.sends.is_none() && operation.accepts.is_none();
            if plain && !operation.maybe_nothing {
                Literal::call("request", [body, returns, scopes])
            } else {
                let request = Literal::object(
                    "Request",
                    [
                        ("body: ", body),
                        ("returns: ", returns),
                        ("maybe: ", Literal::word(operation.maybe_nothing)),
                        ("sends: ", optional_text(operation.sends.as_deref())),
                        ("accepts: ", optional_text(operation.accepts.as_deref())),
                        ("scopes: ", scopes),
                    ],
                );
                Literal::call("Kind::Request", [request])
            }
        }
        Kind::Wait(wait) => Literal::call("Kind::Wait", [self::wait(api, call, wait)]),
        Kind::Take(take) => Literal::call("Kind::Take", [self::take(api, call, take)]),
        Kind::Find(find) => Literal::call("Kind::Find", [self::find(api, call, find)]),
    };
    Literal::object(
        "Call",
        [
            ("resource: ", Literal::texts(&call.resource)),
            ("name: ", Literal::text(&call.name)),
            ("dotted: ", Literal::text(call.dotted())),
            ("operation: ", Literal::text(&*call.operation)),
            ("summary: ", printed(&call.summary)),
            ("doc: ", printed(&doc(call))),
            (
                "params: ",
                Literal::list(call.params.iter().map(|it| param(operation, it))),
            ),
            ("kind: ", made),
        ],
    )
}

/// A text of the document's that is shown.
fn printed(text: &str) -> Literal {
    Literal::text(prose::printed(text))
}

/// What there is to know beside the summary: of a wait, when it ends.
fn doc(call: &Call) -> String {
    let quoted = |state: &str| format!("`{state}`");
    let ends = words::ending(
        call,
        quoted,
        "ends it with an error that carries the last object",
    );
    let texts = [Some(call.doc.clone()).filter(|doc| !doc.is_empty()), ends];
    texts.into_iter().flatten().collect::<Vec<_>>().join(" ")
}

fn optional_text(text: Option<&str>) -> Literal {
    Literal::option(text.map(Literal::text))
}

fn body(body: &Body) -> Literal {
    match body {
        Body::None => Literal::word("Body::None"),
        Body::Model(model) => Literal::call("Body::Model", [Literal::text(&**model)]),
        Body::Variant { union, value } => {
            let texts = [&**union, value].map(Literal::text);
            Literal::call("Body::Variant", texts)
        }
        Body::Whole(Type::Union(union)) => Literal::call("Body::Union", [Literal::text(&**union)]),
        Body::Whole(_) => Literal::word("Body::Whole"),
    }
}

fn returns(raw: bool, returns: &Returns) -> Literal {
    match returns {
        Returns::Nothing => Literal::word("Returns::Nothing"),
        Returns::Whole(whole) => Literal::call("Returns::Whole", [raw_ty(raw, whole)]),
        Returns::Field {
            field, ty: inner, ..
        } => Literal::call("Returns::Field", [Literal::text(field), ty(inner)]),
        Returns::Page {
            within,
            item,
            pages,
        } => {
            let field = within.as_ref().map(|within| within.field.as_str());
            let largest = pages.largest.map(Literal::word);
            let next = match &pages.next {
                Next::Link(path) => Literal::call("Next::Link", [Literal::texts(path)]),
                Next::Value(path) => Literal::call("Next::Value", [Literal::texts(path)]),
                Next::Last { id, more } => {
                    Literal::call("Next::Last", [Literal::text(id), Literal::texts(more)])
                }
                Next::Header => Literal::word("Next::Header"),
                Next::Untold => Literal::word("Next::Untold"),
            };
            let pages = Literal::object(
                "Pages",
                [
                    ("field: ", optional_text(field)),
                    ("page: ", Literal::text(&pages.page)),
                    (
                        "first: ",
                        Literal::option(pages.by.first().map(Literal::word)),
                    ),
                    ("size: ", Literal::text(&pages.size)),
                    ("largest: ", Literal::option(largest)),
                    ("id: ", optional_text(pages.id.as_deref())),
                    ("next: ", next),
                    ("total: ", Literal::texts(pages.total.iter().flatten())),
                ],
            );
            Literal::call("Returns::Page", [pages, ty(item)])
        }
    }
}

fn wires(path: &[Field]) -> Literal {
    Literal::texts(path.iter().map(|field| &field.wire))
}

/// What a link's argument is called by the request that it leads to.
fn link(api: &Api, link: &Link) -> Literal {
    let request = api.request(&link.call);
    let arguments = request.params.iter().filter_map(|param| {
        let source = match link.source(&param.wire)? {
            Source::Argument(own) => Literal::call("Source::Argument", [Literal::text(&own.name)]),
            Source::Origin(field) => Literal::call("Source::Origin", [Literal::text(&field.wire)]),
            Source::True => Literal::word("Source::True"),
        };
        Some(pair(&param.name, source))
    });
    let to = dotted(&link.call);
    Literal::call("link", [to, Literal::list(arguments)])
}

fn dotted(id: &CallId) -> Literal {
    Literal::text(id.to_string())
}

fn pair(name: &str, value: Literal) -> Literal {
    Literal::call("", [Literal::text(name), value])
}

fn rule_of(name: &str, wait: &Wait) -> Literal {
    let ready = match &wait.status {
        Some(_) => Literal::texts(&wait.ready),
        None => Literal::list([Literal::word("snapline_runtime::THERE")]),
    };
    let resume = wait.resume.as_ref().map(|resume| {
        Literal::object(
            "snapline_runtime::Resume",
            [
                ("wait: ", dotted(&resume.wait)),
                ("argument: ", Literal::text(&resume.argument.name)),
                ("field: ", Literal::text(&resume.field.wire)),
            ],
        )
    });
    Literal::object(
        "snapline_runtime::WaitRule",
        [
            ("name: ", Literal::text(name)),
            ("ready: ", ready),
            ("failed: ", Literal::texts(&wait.failed)),
            ("pending: ", Literal::texts(&wait.pending)),
            ("gone: ", Literal::word(wait.gone)),
            ("timeout: ", seconds(wait.timeout)),
            ("resume: ", Literal::option(resume)),
        ],
    )
}

fn seconds(seconds: u64) -> Literal {
    Literal::call("Duration::from_secs", [Literal::word(seconds)])
}

fn wait(api: &Api, call: &Call, wait: &Wait) -> Literal {
    let pick = wait.pick.as_ref().map(|pick| {
        let names = [&pick.param.name, &pick.field.wire, &pick.created.wire];
        Literal::call("pick_by", names.map(Literal::text))
    });
    let origin = wait.origin.as_ref().map(|origin| {
        let since = origin
            .since
            .as_ref()
            .map(|field| Literal::text(&field.wire));
        let by_id = origin.by_id.as_ref().map(|by_id| {
            let when = by_id
                .when
                .iter()
                .map(|(field, values)| pair(&field.wire, Literal::texts(values)));
            Literal::call("by_id", [link(api, &by_id.link), Literal::list(when)])
        });
        Literal::object(
            "Origin",
            [
                ("argument: ", Literal::text(&origin.param.name)),
                ("since: ", Literal::option(since)),
                ("by_id: ", Literal::option(by_id)),
            ],
        )
    });
    let status = wait
        .status
        .as_ref()
        .map(|status| Literal::text(&status.field.wire));
    let parent = wait.parent.as_ref().map(|parent| link(api, parent));
    Literal::object(
        "Wait",
        [
            ("rule: ", rule_of(&call.dotted(), wait)),
            ("polls: ", link(api, &wait.polls)),
            ("pick: ", Literal::option(pick)),
            ("origin: ", Literal::option(origin)),
            ("parent: ", Literal::option(parent)),
            ("status: ", Literal::option(status)),
            ("model: ", Literal::text(&*wait.model)),
        ],
    )
}

fn step(step: &Step) -> Literal {
    let arguments = step.arguments.iter().map(|(param, given)| {
        let given = match given {
            Given::Argument(own) => Literal::call("Given::Argument", [Literal::text(&own.name)]),
            Given::Answer(path) => Literal::call("Given::Answer", [wires(path)]),
            Given::Last(path) => Literal::call("Given::Last", [wires(path)]),
        };
        pair(&param.name, given)
    });
    Literal::call("step", [dotted(&step.wait), Literal::list(arguments)])
}

fn take(api: &Api, call: &Call, take: &Take) -> Literal {
    let surround = take
        .surround
        .as_ref()
        .map(|surround| self::surround(api, surround));
    Literal::object(
        "Take",
        [
            ("begins: ", dotted(&take.begins)),
            ("usual: ", Literal::word(is_usual(call, &take.begins))),
            ("id: ", wires(&take.id)),
            ("steps: ", Literal::list(take.steps.iter().map(step))),
            ("model: ", Literal::text(&*take.model)),
            ("timeout: ", seconds(take.timeout)),
            ("surround: ", Literal::option(surround)),
        ],
    )
}

fn surround(api: &Api, surround: &Surround) -> Literal {
    let turn = |turn: &Turn| {
        Literal::call(
            "turn",
            [
                link(api, &turn.request),
                step(&turn.step),
                Literal::word(turn.seconds),
            ],
        )
    };
    Literal::object(
        "Surround",
        [
            ("look: ", link(api, &surround.look)),
            ("status: ", Literal::text(&surround.status.wire)),
            ("wanted: ", Literal::texts(&surround.wanted)),
            ("enter: ", Literal::list(surround.enter.iter().map(turn))),
            ("leave: ", turn(&surround.leave)),
        ],
    )
}

fn find(api: &Api, call: &Call, find: &Find) -> Literal {
    let same = find
        .same
        .iter()
        .map(|(param, path)| pair(&param.name, wires(path)));
    let fixed = find
        .fixed
        .iter()
        .map(|(path, text)| Literal::call("", [wires(path), Literal::text(text)]));
    Literal::object(
        "Find",
        [
            (
                "rule: ",
                Literal::call(
                    "there",
                    [
                        Literal::text(call.dotted()),
                        Literal::word(call.timeout().unwrap_or_default()),
                    ],
                ),
            ),
            ("list: ", link(api, &find.list)),
            ("same: ", Literal::list(same)),
            ("fixed: ", Literal::list(fixed)),
            ("created: ", wires(&find.created)),
            ("since: ", Literal::text(&find.since.name)),
            ("model: ", Literal::text(&*find.model)),
        ],
    )
}
