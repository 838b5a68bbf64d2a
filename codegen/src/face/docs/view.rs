//! What the pages show of an API.

use std::collections::BTreeSet;

use askama::Template;

use super::names;
use crate::emit::errors::{ERRORS, ErrorClass, ROOT, of_status};
use crate::emit::prose;
use crate::emit::rust::{ident, type_ident};
use crate::error::Result;
use crate::face::c::{self, Names};
use crate::face::cpp::names::Face;
use crate::face::python::view::Provider;
use crate::face::{cli, cpp, python, rust};
use crate::ir::words;
use crate::ir::{
    Api, Call, CallId, Enum, Field, Form, Kind, Location, Model, Operation, Param, Resource, Rule,
    Type, Union,
};
use crate::samples::{Language, Sample};
use crate::surface::{self, Setting};

/// A provider as each language sees it.
pub(crate) struct Faces<'a> {
    api: &'a Api,
    python: Provider<'a>,
    c: Names,
    cpp: Face<'a>,
}

impl<'a> Faces<'a> {
    pub(crate) fn new(api: &'a Api) -> Self {
        Self {
            api,
            python: Provider::new(api),
            c: Names::new(api),
            cpp: Face::new(api),
        }
    }

    /// A sample in a language.
    fn text(&self, sample: &Sample<'_>, language: Language) -> Result<String> {
        Ok(match language {
            Language::Rust => rust::sample::text(sample)?,
            Language::Python => python::sample::text(&self.python, sample, false),
            Language::AsyncPython => python::sample::text(&self.python, sample, true),
            Language::C => c::sample::text(&self.c, sample),
            Language::Cpp => cpp::sample::text(&self.cpp, sample),
            Language::Cli => cli::sample::text(sample),
        })
    }
}

/// The calls of a resource.
#[derive(Template)]
#[template(path = "face/docs/resource.md")]
pub(crate) struct Page {
    title: String,
    client: String,
    doc: String,
    children: Vec<(String, String)>,
    calls: Vec<CallView>,
}

struct CallView {
    name: String,
    anchor: String,
    summary: String,
    /// The same as one cell of a table.
    brief: String,
    doc: String,
    /// What it sends: method and path.
    wire: String,
    scopes: String,
    facts: Vec<String>,
    arguments: Vec<Row>,
    errors: Vec<ErrorRow>,
    limits: Vec<String>,
    related: Vec<String>,
    /// The same call's names in the references of the languages.
    called: Vec<(String, String)>,
    samples: Vec<SampleView>,
}

/// A value by its name.
struct Row {
    name: String,
    ty: String,
    required: &'static str,
    doc: String,
}

struct ErrorRow {
    status: String,
    code: String,
    class: &'static str,
    doc: &'static str,
}

struct SampleView {
    language: Language,
    text: String,
}

impl Page {
    pub(crate) fn new(
        faces: &Faces<'_>,
        resource: &Resource,
        samples: &[Sample<'_>],
    ) -> Result<Self> {
        let api = faces.api;
        let mut calls = Vec::new();
        for call in &resource.calls {
            let of = |sample: &&Sample<'_>| sample.call.id() == call.id();
            let sample = samples.iter().find(of);
            let mut shown = Vec::new();
            for language in Language::ALL {
                if let Some(sample) = sample {
                    let text = faces.text(sample, language)?;
                    shown.push(SampleView { language, text });
                }
            }
            calls.push(call_view(faces, resource, call, shown));
        }
        let children = resource.children.iter().map(|child| {
            let link = format!(
                "[{}]({}.md)",
                child.path.join("."),
                names::file(&child.path)
            );
            (link, cell(&child.doc))
        });
        Ok(Self {
            title: resource.path.join("."),
            client: api.provider.client.clone(),
            doc: prose::page(&resource.doc),
            children: children.collect(),
            calls,
        })
    }
}

fn call_view(
    faces: &Faces<'_>,
    resource: &Resource,
    call: &Call,
    samples: Vec<SampleView>,
) -> CallView {
    let api = faces.api;
    let operation = api.operation(&call.operation);
    let scopes: Vec<String> = operation.scopes.iter().map(|scope| code(scope)).collect();
    let limits = operation.limits.iter().map(|limit| {
        let again = limit.again_after.map_or_else(String::new, |seconds| {
            format!(" There is room again after {seconds} s.")
        });
        format!("`{}`: {}.{again}", limit.name, prose::page(&limit.says))
    });
    CallView {
        name: call.dotted(),
        anchor: call.name.clone(),
        summary: prose::page(&call.summary),
        brief: cell(&call.summary),
        doc: prose::page(&call.doc),
        wire: code(&format!(
            "{} {}{}",
            operation.method,
            operation.server.as_deref().unwrap_or_default(),
            operation.path
        )),
        scopes: scopes.join(", "),
        facts: facts(call, operation),
        arguments: call.params.iter().map(argument).collect(),
        errors: errors(api, operation),
        limits: limits.collect(),
        related: related(api, call),
        called: called(faces, resource, call),
        samples,
    }
}

/// What else there is to know of a call, each in a sentence or two.
fn facts(call: &Call, operation: &Operation) -> Vec<String> {
    let mut all = vec![format!("Gives {}.", gives(&call.form))];
    if let Form::Page { pages, .. } = &call.form {
        let most = pages.largest.map_or_else(String::new, |largest| {
            format!(" A page has at most {largest} items, which is what is asked for unless the call says less.")
        });
        all.push(format!("{}{most}", words::walking(pages)));
    }
    let raised = "raises an error";
    if let Some(ending) = words::ending(call, |state| format!("`{state}`"), raised) {
        all.push(ending);
    }
    if let Some(longest) = words::longest(call) {
        all.push(format!(
            "It may take {longest}, unless its options say otherwise."
        ));
    }
    if matches!(call.kind, Kind::Request(_) | Kind::Take(_)) {
        all.push(if operation.idempotent {
            "It is sent again where an answer is lost.".to_owned()
        } else {
            "Once it may have reached the service it is never sent again; where the answer is lost, its error says \
             that the outcome is unknown."
                .to_owned()
        });
    }
    all
}

fn gives(form: &Form) -> String {
    match form {
        Form::Nothing => "nothing".to_owned(),
        Form::One(ty) => ty_text(ty),
        Form::List(ty) => format!("a list of {}", ty_text(ty)),
        Form::Page { item, .. } => format!("pages of {}", ty_text(item)),
        Form::Json => "JSON as the service has it".to_owned(),
        Form::Maybe(form) => format!("{}, or nothing", gives(form)),
    }
}

/// A type as a reader of no language knows it.
fn ty_text(ty: &Type) -> String {
    match ty {
        Type::String => "text".to_owned(),
        Type::Integer | Type::Unsigned => "whole number".to_owned(),
        Type::Number => "number".to_owned(),
        Type::Boolean => "true or false".to_owned(),
        Type::Timestamp => "time".to_owned(),
        Type::StringOrInteger => "text or whole number".to_owned(),
        Type::Enum(of) => names::of_type(of),
        Type::Model(of) => names::of_type(of),
        Type::Union(of) => names::of_type(of),
        Type::List(item) => format!("list of {}", ty_text(item)),
        Type::Map(item) => format!("{} by name", ty_text(item)),
        Type::Json => "JSON".to_owned(),
        Type::Bytes => "bytes".to_owned(),
    }
}

fn argument(param: &Param) -> Row {
    let null = if param.nullable { " May be null." } else { "" };
    let place = match param.location {
        Location::Pick => " Not sent: it picks among what is listed.",
        Location::Origin => " Not sent: it is what the wait goes by.",
        _ => "",
    };
    row(
        &param.name,
        &param.ty,
        param.required,
        &format!("{}{null}{place}", described(&param.doc, &param.rules)),
    )
}

fn described(doc: &str, rules: &[Rule]) -> String {
    words::with_bounds(doc, rules)
}

fn row(name: &str, ty: &Type, required: bool, doc: &str) -> Row {
    Row {
        name: code(name),
        ty: cell_of(&ty_text(ty)),
        required: if required { "yes" } else { "" },
        doc: cell(doc),
    }
}

/// A name or value as code in a cell.
fn code(text: &str) -> String {
    let text = cell_of(&prose::visible(text));
    // More marks than any run of them inside.
    let longest = text.split(|c| c != '`').map(str::len).max();
    match longest {
        None | Some(0) => format!("`{text}`"),
        Some(run) => {
            let marks = "`".repeat(run + 1);
            format!("{marks} {text} {marks}")
        }
    }
}

/// A text as one cell of a table.
fn cell(text: &str) -> String {
    cell_of(&prose::page(text))
}

fn cell_of(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    words.join(" ").replace('|', "\\|")
}

fn errors(api: &Api, operation: &Operation) -> Vec<ErrorRow> {
    let row = |(status, example): &(String, Option<serde_json::Value>)| {
        // What a range of statuses shows is one of many.
        let code = api
            .provider
            .errors
            .code
            .iter()
            .filter(|_| !status.contains('X'));
        let code = code
            .filter_map(|name| example.as_ref()?.get(name)?.as_str())
            .next();
        let class = of_status(status);
        ErrorRow {
            status: status.clone(),
            code: code.map_or_else(String::new, self::code),
            class: class.name,
            doc: class.doc,
        }
    };
    operation.errors.iter().map(row).collect()
}

/// Calls that have to do with one, and how.
fn related(api: &Api, call: &Call) -> Vec<String> {
    let id = call.id();
    let mut all = Vec::new();
    let mut tell = |how: &str, calls: Vec<CallId>| {
        if !calls.is_empty() {
            let links: Vec<String> = calls.iter().map(names::link).collect();
            all.push(format!("{how}: {}.", links.join(", ")));
        }
    };
    match &call.kind {
        Kind::Request(_) => {
            let takes = || api.calls().filter_map(Call::as_take);
            let own: Vec<CallId> = takes()
                .filter(|take| take.take.begins == id)
                .map(|take| take.call.id())
                .collect();
            let mut waits: Vec<CallId> = takes()
                .filter(|take| take.take.begins == id)
                .flat_map(|take| take.take.steps.iter().map(|step| step.wait.clone()))
                .collect();
            let polls = api.calls().filter_map(Call::as_wait);
            waits.extend(
                polls
                    .filter(|wait| wait.wait.polls.call == id)
                    .map(|wait| wait.call.id()),
            );
            let mut once = Vec::new();
            for wait in waits {
                if !once.contains(&wait) {
                    once.push(wait);
                }
            }
            tell("Waits", once);
            tell("With its waits in one call", own);
            let finds = api.calls().filter_map(Call::as_find);
            let finds = finds.filter(|find| find.find.begins == id);
            tell(
                "What became of it, where the answer was lost",
                finds.map(|find| find.call.id()).collect(),
            );
        }
        Kind::Wait(wait) => tell("Asks", vec![wait.polls.call.clone()]),
        Kind::Take(take) => {
            tell("Begins with", vec![take.begins.clone()]);
            tell(
                "Waits as",
                take.steps.iter().map(|step| step.wait.clone()).collect(),
            );
        }
        Kind::Find(find) => {
            tell(
                "Looks for what this may have made",
                vec![find.begins.clone()],
            );
            tell("Asks", vec![find.list.call.clone()]);
        }
    }
    all
}

/// The call as each language names it.
fn called(faces: &Faces<'_>, resource: &Resource, call: &Call) -> Vec<(String, String)> {
    let api = faces.api;
    let rust_path: Vec<String> = resource
        .path
        .iter()
        .map(|part| format!("{}()", ident(part)))
        .collect();
    let python = faces.python.resources.iter();
    let python = python
        .filter(|it| it.resource.path == resource.path)
        .find_map(|it| {
            let own = it.calls.iter().find(|one| one.call.name == call.name)?;
            Some((it.class.clone(), own.name.clone()))
        });
    let (class, method) = python.unwrap_or_default();
    let functions = cpp::names::Functions::of(resource).calls;
    let cpp = resource.calls.iter().zip(functions);
    let cpp = cpp
        .filter(|(one, _)| one.name == call.name)
        .map(|(_, it)| it);
    let cpp: String = cpp.collect();
    let provider = &api.provider.name;
    let command = match cli::names::command(api, call) {
        (command, true) => format!("{command} --wait"),
        (command, false) => command,
    };
    vec![
        (
            "Rust".to_owned(),
            format!("client.{}.{}()", rust_path.join("."), ident(&call.name)),
        ),
        (
            "Python".to_owned(),
            format!("snapline.{provider}.{class}.{method}"),
        ),
        ("C".to_owned(), faces.c.call(call)),
        (
            "C++".to_owned(),
            format!(
                "snapline::{provider}::{}::{cpp}",
                faces.cpp.resource(resource)
            ),
        ),
        (Language::Cli.title().to_owned(), command),
    ]
}

/// The objects and values of a provider.
#[derive(Template)]
#[template(path = "face/docs/types.md")]
pub(crate) struct Types {
    client: String,
    models: Vec<TypeView>,
    enums: Vec<TypeView>,
    unions: Vec<UnionView>,
}

struct TypeView {
    name: String,
    doc: String,
    called: String,
    rows: Vec<Row>,
    helpers: Vec<String>,
}

struct UnionView {
    name: String,
    doc: String,
    tag: String,
    shapes: Vec<TypeView>,
}

impl Types {
    pub(crate) fn new(faces: &Faces<'_>) -> Self {
        let api = faces.api;
        Self {
            client: api.provider.client.clone(),
            models: shown(api).map(|model| model_view(faces, model)).collect(),
            enums: api
                .enums
                .iter()
                .map(|item| enum_view(faces, item))
                .collect(),
            unions: api.unions.iter().map(union_view).collect(),
        }
    }
}

/// The objects that users see, and those that only stand in bodies of several shapes.
fn shown(api: &Api) -> impl Iterator<Item = &Model> {
    let mut parts = BTreeSet::new();
    let shapes = api.unions.iter().flat_map(|union| &union.variants);
    for field in shapes.flat_map(|variant| &variant.fields) {
        reach(api, &field.ty, &mut parts);
    }
    let visible: BTreeSet<&str> = api.visible().map(|model| &*model.name).collect();
    let wanted =
        move |model: &&Model| visible.contains(&*model.name) || parts.contains(&*model.name);
    api.models.iter().filter(wanted)
}

fn reach<'a>(api: &'a Api, ty: &'a Type, found: &mut BTreeSet<&'a str>) {
    match ty {
        Type::Model(of) if found.insert(of) => {
            for field in &api.model(of).fields {
                reach(api, &field.ty, found);
            }
        }
        Type::List(item) | Type::Map(item) => reach(api, item, found),
        _ => {}
    }
}

fn model_view(faces: &Faces<'_>, model: &Model) -> TypeView {
    let provider = &faces.api.provider.name;
    let python = faces.python.models.iter();
    let python = python.filter(|it| it.model.name == model.name);
    let python: String = python.map(|it| it.class.clone()).collect();
    let helpers = model.helpers().iter();
    let rust = type_ident(&model.name).to_string();
    let called = if python.is_empty() {
        format!(
            "Rust `snapline::{provider}::models::{rust}`; the other languages take it as a part of a body."
        )
    } else {
        of_languages(
            provider,
            &rust,
            &python,
            &faces.c.model(&model.name),
            &faces.cpp.class(&model.name),
        )
    };
    TypeView {
        name: model.name.to_string(),
        doc: prose::page(&model.doc),
        called,
        rows: fields(&model.fields),
        helpers: helpers
            .map(|helper| format!("`{}`: {} {}", helper.name, helper.doc, helper.more))
            .collect(),
    }
}

/// What a type is called.
fn of_languages(provider: &str, rust: &str, python: &str, c: &str, cpp: &str) -> String {
    format!(
        "Rust `snapline::{provider}::models::{rust}`, Python `snapline.{provider}.{python}`, C `{c}`, \
         C++ `snapline::{provider}::{cpp}`"
    )
}

fn fields(fields: &[Field]) -> Vec<Row> {
    fields
        .iter()
        .map(|field| {
            let secret = if field.secret {
                " It is never shown."
            } else {
                ""
            };
            let null = if field.nullable { " May be null." } else { "" };
            let doc = described(&field.doc, &field.rules);
            row(
                &field.name,
                &field.ty,
                !field.can_be_absent(),
                &format!("{doc}{null}{secret}"),
            )
        })
        .collect()
}

fn enum_view(faces: &Faces<'_>, item: &Enum) -> TypeView {
    let provider = &faces.api.provider.name;
    let python = faces.python.enums.iter();
    let python = python.filter(|it| it.item.name == item.name);
    let python: String = python.map(|it| it.class.clone()).collect();
    let value = |value: &crate::ir::EnumValue| Row {
        name: code(&value.wire),
        ty: String::new(),
        required: "",
        doc: cell(&value.doc),
    };
    TypeView {
        name: item.name.to_string(),
        doc: prose::page(&item.doc),
        called: of_languages(
            provider,
            &type_ident(&item.name).to_string(),
            &python,
            &faces.c.enumeration(&item.name),
            &faces.cpp.class(&item.name),
        ),
        rows: item.values.iter().map(value).collect(),
        helpers: Vec::new(),
    }
}

fn union_view(union: &Union) -> UnionView {
    let shapes = union.variants.iter().map(|variant| TypeView {
        name: code(&variant.value),
        doc: prose::page(&variant.doc),
        called: String::new(),
        rows: fields(&variant.fields),
        helpers: Vec::new(),
    });
    UnionView {
        name: union.name.to_string(),
        doc: prose::page(&union.doc),
        tag: code(&union.tag),
        shapes: shapes.collect(),
    }
}

/// A provider, and how its client is made.
#[derive(Template)]
#[template(path = "face/docs/index.md")]
pub(crate) struct Index {
    client: String,
    doc: String,
    server: String,
    url_variable: String,
    token_variables: Vec<String>,
    of_token: &'static str,
    credentials: Vec<(String, String, String)>,
    authentication: String,
    resources: Vec<(String, String)>,
}

impl Index {
    pub(crate) fn new(api: &Api) -> Self {
        let provider = &api.provider;
        let credentials = provider
            .credentials
            .iter()
            .map(|known| (known.name.clone(), known.variable.clone(), cell(&known.doc)));
        let resources = api.all_resources().into_iter().map(|resource| {
            let file = names::file(&resource.path);
            let link = format!("[{}]({file}.md)", resource.path.join("."));
            (link, cell(&resource.doc))
        });
        let authentication = provider.authentication.as_deref().unwrap_or_default();
        Self {
            client: provider.client.clone(),
            doc: prose::page(&provider.doc),
            server: provider.server_url.clone(),
            url_variable: provider.url_variable.clone(),
            token_variables: provider.token_variables.clone(),
            of_token: words::of_token(provider),
            credentials: credentials.collect(),
            authentication: prose::page(authentication),
            resources: resources.collect(),
        }
    }
}

/// What a client, a call and a wait take beside their arguments.
#[derive(Template)]
#[template(path = "face/docs/options.md")]
pub(crate) struct Options {
    groups: Vec<Group>,
}

struct Group {
    title: &'static str,
    doc: &'static str,
    settings: &'static [Setting],
}

impl Options {
    pub(crate) fn new() -> Self {
        let group = |title, doc, settings| Group {
            title,
            doc,
            settings,
        };
        Self {
            groups: vec![
                group(
                    "Of a client",
                    "Rust: methods of `Client::builder()`. Python: keywords of the client. C: functions \
                     `snapline_settings_set_…`. C++: members of `Settings`. Command line: options of its name.",
                    surface::CLIENT,
                ),
                group(
                    "Of a call",
                    "Rust: methods of the call. Python: its keywords. C: functions `snapline_options_set_…`. C++: members \
                     of `CallOptions`. Command line: options of its name.",
                    surface::CALL,
                ),
                group(
                    "Of a wait",
                    "Rust: methods of the wait. Python: its keywords. C: functions `snapline_wait_options_set_…`. C++: \
                     members of `WaitOptions`. Command line: options `--wait-…`.",
                    surface::WAIT,
                ),
            ],
        }
    }
}

/// The classes of errors.
#[derive(Template)]
#[template(path = "face/docs/errors.md")]
pub(crate) struct Errors {
    root: &'static str,
    classes: &'static [ErrorClass],
}

impl Errors {
    pub(crate) fn new() -> Self {
        Self {
            root: ROOT,
            classes: ERRORS,
        }
    }
}

/// The list of all pages.
#[derive(Template)]
#[template(path = "face/docs/summary.md")]
pub(crate) struct Summary {
    lines: Vec<String>,
}

impl Summary {
    pub(crate) fn new(apis: &[Api]) -> Self {
        let line = |depth: usize, title: &str, path: &str| {
            format!("{}- [{title}]({path})", "  ".repeat(depth))
        };
        let mut lines = Vec::new();
        for api in apis {
            let provider = &api.provider.name;
            lines.push(line(
                0,
                &api.provider.client,
                &names::own(provider, "index"),
            ));
            for resource in api.all_resources() {
                let depth = resource.path.len();
                let page = names::page(provider, &resource.path);
                lines.push(line(depth, &resource.path.join("."), &page));
            }
            lines.push(line(
                1,
                "Objects and values",
                &names::own(provider, "types"),
            ));
        }
        lines.push(line(0, "Options", &names::shared("options")));
        lines.push(line(0, "Errors", &names::shared("errors")));
        Self { lines }
    }
}
