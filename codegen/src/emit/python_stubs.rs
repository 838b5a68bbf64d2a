//! The Python face in Python: stubs of the extension, the enum classes, and what is exported.

use heck::ToShoutySnakeCase;
use quote::format_ident;

use crate::emit::prose::is_hidden;
use crate::emit::python::names::{class, client, python, resource};
use crate::emit::python::{
    CALL_KEYWORDS, CLIENT_KEYWORDS, Keyword, WAIT_KEYWORDS, docs, models,
    resources::{self, Face},
    visible,
};
use crate::emit::rust::BANNER;
use crate::file_set::FileSet;
use crate::ir::{Api, Enum, Field, Model, Param, Resource, Returns, Type, WaitCall};

/// Where the package is.
const FOLDER: &str = "bindings/python/python/snapline";

/// Writes a provider's stubs and Python files.
pub fn emit(api: &Api) -> FileSet {
    let name = &api.provider.name;
    let mut files = FileSet::default();
    files.add(format!("{FOLDER}/_native/{name}.pyi"), stub(api));
    let path = format!("{FOLDER}/_native/{name}_async.pyi");
    files.add(path, stub_async(api));
    files.add(format!("{FOLDER}/{name}/__init__.py"), package(api));
    files.add(format!("{FOLDER}/{name}/enums.py"), enums(api));
    files
}

/// Writes what `snapline` takes from the providers.
pub fn index(apis: &[Api]) -> FileSet {
    let mut text = File::new("\"\"\"The client of each provider, and its module.\"\"\"");
    let mut exported = Vec::new();
    for api in apis {
        let module = &api.provider.name;
        text.line(0, &format!("from . import {module}"));
        let clients = Face::ALL.map(|face| face.class(&client(api)).to_string());
        let [plain, awaited] = &clients;
        text.line(0, &format!("from .{module} import {awaited}, {plain}"));
        exported.extend(clients);
        exported.push(module.clone());
    }
    text.gap();
    text.all(&exported);
    let mut files = FileSet::default();
    files.add(format!("{FOLDER}/_providers.py"), text.0);
    files
}

/// Python source as it grows.
struct File(String);

impl File {
    fn new(title: &str) -> Self {
        Self(format!("# {BANNER}\n{title}\n\n"))
    }

    fn line(&mut self, level: usize, text: &str) {
        if !text.is_empty() {
            self.0.push_str(&"    ".repeat(level));
            self.0.push_str(text);
        }
        self.0.push('\n');
    }

    fn gap(&mut self) {
        self.0.push('\n');
    }

    fn docstring(&mut self, level: usize, lines: &[String]) {
        // A backslash or a quote at the end would change what the literal says.
        let lines: Vec<String> = lines
            .iter()
            .map(|line| line.replace('\\', "\\\\").replace("\"\"\"", "\\\"\\\"\\\""))
            .collect();
        match lines.as_slice() {
            [] => {}
            [line] if !line.ends_with('"') => self.line(level, &format!("\"\"\"{line}\"\"\"")),
            [first, rest @ ..] => {
                self.line(level, &format!("\"\"\"{first}"));
                for line in rest {
                    self.line(level, line);
                }
                self.line(level, "\"\"\"");
            }
        }
    }

    fn all(&mut self, names: &[String]) {
        let mut names = names.to_vec();
        names.sort();
        self.line(0, "__all__ = [");
        for name in names {
            self.line(1, &format!("\"{name}\","));
        }
        self.line(0, "]");
    }
}

/// `enums.py`.
fn enums(api: &Api) -> String {
    let title = format!(
        "\"\"\"The sets of strings that {} uses. They may grow.\"\"\"",
        api.provider.client
    );
    let mut text = File::new(&title);
    text.line(0, "from .._open_enum import OpenEnum");
    let exported: Vec<String> = api
        .enums
        .iter()
        .map(|item| class(&item.name).to_string())
        .collect();
    text.gap();
    text.all(&exported);
    for item in &api.enums {
        enumeration(&mut text, item);
    }
    text.0
}

fn enumeration(text: &mut File, item: &Enum) {
    text.gap();
    text.gap();
    text.line(0, &format!("class {}(OpenEnum):", class(&item.name)));
    text.docstring(1, &docs::text(&item.doc));
    for value in &item.values {
        text.gap();
        text.line(
            1,
            &format!("{} = {}", member(&value.name), literal(&value.wire)),
        );
        text.docstring(1, &docs::text(&value.doc));
    }
}

/// A member's name: `ACCESS_POINT_ACTIVE`.
fn member(name: &str) -> String {
    let name = name.to_shouty_snake_case();
    if name.starts_with(|c: char| c.is_ascii_digit()) {
        format!("V{name}")
    } else {
        name
    }
}

/// A string literal of Python.
fn literal(text: &str) -> String {
    // JSON's escapes are Python's too. A string cannot fail to serialise.
    let told = serde_json::to_string(text).unwrap_or_default();
    // A reader of the source sees what is there.
    told.chars()
        .map(|c| match u32::from(c) {
            _ if !is_hidden(c) => c.to_string(),
            number => format!("\\U{number:08x}"),
        })
        .collect()
}

/// `<provider>/__init__.py`.
fn package(api: &Api) -> String {
    let provider = &api.provider.name;
    let mut text = File::new(&format!(
        "\"\"\"{}: its client, objects and enums.\"\"\"",
        api.provider.client
    ));
    let client = client(api).to_string();
    let native = native_classes(api);
    let awaited = face_classes(api, Face::Async);
    let enums: Vec<String> = api
        .enums
        .iter()
        .map(|item| class(&item.name).to_string())
        .collect();
    text.line(0, &format!("from .._native.{provider} import ("));
    for name in &native {
        text.line(1, &format!("{name},"));
    }
    text.line(0, ")");
    text.line(0, &format!("from .._native.{provider}_async import ("));
    for name in &awaited {
        text.line(1, &format!("{name},"));
    }
    text.line(0, ")");
    // Without any there is nothing to load, and an empty import is no Python.
    if !enums.is_empty() {
        lazy_enums(&mut text, &enums);
    }
    text.gap();
    text.line(0, "# The same names in every provider's module.");
    text.line(0, &format!("Client = {client}"));
    text.line(0, &format!("AsyncClient = Async{client}"));
    text.gap();
    let mut exported = native;
    exported.extend(awaited);
    exported.extend(enums);
    exported.extend(["AsyncClient".to_owned(), "Client".to_owned()]);
    text.all(&exported);
    text.0
}

/// The enums of a provider's package, loaded when one is first used.
fn lazy_enums(text: &mut File, enums: &[String]) {
    text.gap();
    text.line(
        0,
        "# The enums are loaded when one is first used: `enum` is slow to import.",
    );
    text.line(0, "TYPE_CHECKING = False");
    text.line(0, "if TYPE_CHECKING:");
    text.line(1, "from .enums import (");
    for name in enums {
        text.line(2, &format!("{name},"));
    }
    text.line(1, ")");
    text.line(0, "else:");
    text.gap();
    for line in [
        "def __getattr__(name):",
        "    if name not in __all__:",
        "        raise AttributeError(f\"module {__name__!r} has no attribute {name!r}\")",
        "    from . import enums",
        "",
        "    value = globals()[name] = getattr(enums, name)",
        "    return value",
        "",
        "def __dir__():",
        "    return sorted({*globals(), *__all__})",
    ] {
        text.line(1, line);
    }
}

fn native_classes(api: &Api) -> Vec<String> {
    let mut names = face_classes(api, Face::Sync);
    names.extend(visible(api).map(|model| class(&model.name).to_string()));
    names
}

/// The client of a face, and its resources.
fn face_classes(api: &Api, face: Face) -> Vec<String> {
    let mut names = vec![face.class(&client(api)).to_string()];
    names.extend(
        api.all_resources()
            .into_iter()
            .map(|item| face.class(&resource(&item.path)).to_string()),
    );
    names
}

/// `_native/<provider>.pyi`.
fn stub(api: &Api) -> String {
    let mut text = File::new(&format!(
        "\"\"\"The classes of {}.\"\"\"",
        api.provider.client
    ));
    for line in [
        "import builtins",
        "from collections.abc import Callable, Iterable, Mapping",
        "from datetime import datetime",
        "from os import PathLike",
        "from types import TracebackType",
        "from typing import Any, Literal, final",
        "",
        "from typing_extensions import TypeAlias",
        "",
        "from . import Page, Poll, RateLimit, Response, Unset",
    ] {
        text.line(0, line);
    }
    if !api.enums.is_empty() {
        text.line(0, &format!("from ..{}.enums import (", api.provider.name));
        for item in &api.enums {
            text.line(1, &format!("{},", class(&item.name)));
        }
        text.line(0, ")");
        text.gap();
    }
    for item in &api.enums {
        let values: Vec<String> = item
            .values
            .iter()
            .map(|value| literal(&value.wire))
            .collect();
        let name = class(&item.name);
        text.line(
            0,
            &format!(
                "_{name}: TypeAlias = {name} | Literal[{}]",
                values.join(", ")
            ),
        );
    }
    client_stub(&mut text, api, Face::Sync);
    for model in visible(api) {
        model_stub(&mut text, model);
    }
    face_stubs(&mut text, api, Face::Sync);
    text.0
}

/// `_native/<provider>_async.pyi`.
fn stub_async(api: &Api) -> String {
    let provider = &api.provider;
    let mut text = File::new(&format!(
        "\"\"\"The classes of {} whose calls are awaited.\"\"\"",
        provider.client
    ));
    for line in [
        "import builtins",
        "from collections.abc import Callable, Coroutine, Iterable, Mapping",
        "from datetime import datetime",
        "from os import PathLike",
        "from types import TracebackType",
        "from typing import Any, Literal, final",
        "",
        "from . import AsyncPage, PageCall, Poll, RateLimit, Response, Unset",
    ] {
        text.line(0, line);
    }
    text.line(0, &format!("from .{} import (", provider.name));
    for model in visible(api) {
        text.line(1, &format!("{},", class(&model.name)));
    }
    for item in &api.enums {
        text.line(1, &format!("_{},", class(&item.name)));
    }
    text.line(0, ")");
    if !api.enums.is_empty() {
        text.line(0, &format!("from ..{}.enums import (", provider.name));
        for item in &api.enums {
            text.line(1, &format!("{},", class(&item.name)));
        }
        text.line(0, ")");
    }
    client_stub(&mut text, api, Face::Async);
    face_stubs(&mut text, api, Face::Async);
    text.0
}

/// The resources of a face, plain and as `with_raw_response` has them.
fn face_stubs(text: &mut File, api: &Api, face: Face) {
    for item in api.all_resources() {
        resource_stub(text, api, item, Kind { face, raw: false });
    }
    // At run time these are the plain classes; only type checkers see the difference.
    let raw = Kind { face, raw: true };
    let name = raw.class(&client(api).to_string());
    open(
        text,
        &name,
        &["A client whose methods give the whole answer.".to_owned()],
    );
    children(text, &api.resources, raw);
    for item in api.all_resources() {
        resource_stub(text, api, item, raw);
    }
}

/// What a method gives back: waited for or to await, the value or the whole answer.
#[derive(Clone, Copy)]
struct Kind {
    face: Face,
    raw: bool,
}

impl Kind {
    /// A class's name.
    fn class(self, name: &str) -> String {
        let name = self.face.class(&format_ident!("{name}")).to_string();
        if self.raw {
            format!("_{name}WithRawResponse")
        } else {
            name
        }
    }

    /// The type of a result.
    fn returned(self, returns: &Returns) -> String {
        let value = match returns {
            Returns::Nothing => "None".to_owned(),
            Returns::Whole(ty) | Returns::Field { ty, .. } => got(ty),
            Returns::Page { item, .. } => match (self.face, self.raw) {
                (Face::Sync, _) => format!("Page[{}]", got(item)),
                (Face::Async, true) => format!("AsyncPage[{}]", got(item)),
                (Face::Async, false) => return format!("PageCall[{}]", got(item)),
            },
        };
        if self.raw {
            self.awaited(format!("Response[{value}]"))
        } else {
            self.awaited(value)
        }
    }

    fn awaited(self, value: String) -> String {
        match self.face {
            Face::Sync => value,
            Face::Async => format!("Coroutine[Any, Any, {value}]"),
        }
    }
}

/// The type of what a caller may pass.
fn taken(ty: &Type) -> String {
    match ty {
        Type::String => "str".to_owned(),
        Type::Integer => "int".to_owned(),
        Type::Number => "float".to_owned(),
        Type::Boolean => "bool".to_owned(),
        Type::Timestamp => "datetime | str".to_owned(),
        Type::StringOrInteger => "str | int".to_owned(),
        Type::Enum(name) => format!("_{}", class(name)),
        Type::Model(name) => format!("{} | Mapping[str, Any]", class(name)),
        Type::Union(_) => "Mapping[str, Any]".to_owned(),
        Type::List(item) => format!("Iterable[{}]", taken(item)),
        Type::Map(item) => format!("Mapping[str, {}]", taken(item)),
        Type::Json => "Any".to_owned(),
    }
}

/// The type of what a caller gets.
fn got(ty: &Type) -> String {
    match ty {
        Type::String => "str".to_owned(),
        Type::Integer => "int".to_owned(),
        Type::Number => "float".to_owned(),
        Type::Boolean => "bool".to_owned(),
        Type::Timestamp => "datetime | None".to_owned(),
        Type::StringOrInteger => "str | int".to_owned(),
        Type::Enum(name) => class(name).to_string(),
        Type::Model(name) => class(name).to_string(),
        // A method `list` would stand for the type in the class that has it.
        Type::List(item) => format!("builtins.list[{}]", got(item)),
        Type::Map(item) => format!("dict[str, {}]", got(item)),
        Type::Union(_) | Type::Json => "Any".to_owned(),
    }
}

fn or_none(ty: String) -> String {
    if ty.ends_with("| None") || ty == "Any" {
        ty
    } else {
        format!("{ty} | None")
    }
}

/// One parameter with its type and default.
fn parameter(name: &str, ty: &Type, required: bool, nullable: bool) -> String {
    let (name, ty) = (python(name), taken(ty));
    match (required, nullable) {
        (true, false) => format!("{name}: {ty}"),
        (true, true) => format!("{name}: {}", or_none(ty)),
        (false, false) => format!("{name}: {} = None", or_none(ty)),
        (false, true) => format!("{name}: {} | Unset = ...", or_none(ty)),
    }
}

fn keyword((name, default, keyword): &(&str, &str, Keyword)) -> String {
    format!("{name}: {} = {default}", keyword.stub())
}

fn function(text: &mut File, name: &str, parameters: &[String], returns: &str, lines: &[String]) {
    text.line(1, &format!("def {name}("));
    text.line(2, "self,");
    for parameter in parameters {
        text.line(2, &format!("{parameter},"));
    }
    if lines.is_empty() {
        text.line(1, &format!(") -> {returns}: ..."));
    } else {
        text.line(1, &format!(") -> {returns}:"));
        text.docstring(2, lines);
    }
}

fn property(text: &mut File, name: &str, ty: &str, lines: &[String]) {
    text.line(1, "@property");
    if lines.is_empty() {
        text.line(1, &format!("def {name}(self) -> {ty}: ..."));
    } else {
        text.line(1, &format!("def {name}(self) -> {ty}:"));
        text.docstring(2, lines);
    }
}

fn open(text: &mut File, name: &str, lines: &[String]) {
    text.gap();
    text.line(0, "@final");
    text.line(0, &format!("class {name}:"));
    text.docstring(1, lines);
    text.gap();
}

fn client_stub(text: &mut File, api: &Api, face: Face) {
    let kind = Kind { face, raw: false };
    let plain = client(api).to_string();
    let name = kind.class(&plain);
    open(text, &name, &docs::client(api, face));
    let mut parameters = vec!["token: str | None = None".to_owned(), "*".to_owned()];
    let credentials = api.provider.credentials.iter();
    parameters.extend(credentials.map(|known| format!("{}: str | None = None", known.name)));
    parameters.extend(CLIENT_KEYWORDS.iter().map(keyword));
    text.line(1, "def __new__(");
    text.line(2, "cls,");
    for parameter in parameters {
        text.line(2, &format!("{parameter},"));
    }
    text.line(1, &format!(") -> {name}: ..."));
    children(text, &api.resources, kind);
    let raw = Kind { face, raw: true };
    property(text, "with_raw_response", &raw.class(&plain), &docs::raw());
    let keywords: Vec<String> = CALL_KEYWORDS.iter().map(keyword).collect();
    let mut parameters = vec!["*".to_owned()];
    parameters.extend(keywords.clone());
    function(
        text,
        "with_options",
        &parameters,
        &name,
        &docs::with_options(),
    );
    let told = ["The rate limit as the last answer gave it.".to_owned()];
    property(text, "rate_limit", "RateLimit | None", &told);
    let mut parameters: Vec<String> = ["method: str", "path: str", "json: Any | None = None", "*"]
        .map(str::to_owned)
        .to_vec();
    parameters.extend(keywords);
    let answer = kind.awaited("Response[Any]".to_owned());
    function(text, "request", &parameters, &answer, &docs::request());
    let nothing = kind.awaited("None".to_owned());
    function(text, "close", &[], &nothing, &docs::close());
    let (enter, exit) = match face {
        Face::Sync => ("__enter__", "__exit__"),
        Face::Async => ("__aenter__", "__aexit__"),
    };
    let entered = kind.awaited(name);
    text.line(1, &format!("def {enter}(self) -> {entered}: ..."));
    text.line(1, &format!("def {exit}("));
    text.line(2, "self,");
    for parameter in [
        "kind: type[BaseException] | None = ...",
        "error: BaseException | None = ...",
        "traceback: TracebackType | None = ...",
        "/",
    ] {
        text.line(2, &format!("{parameter},"));
    }
    text.line(1, &format!(") -> {nothing}: ..."));
}

fn children(text: &mut File, resources: &[Resource], kind: Kind) {
    for child in resources {
        let class = kind.class(&resource(&child.path).to_string());
        let told = if kind.raw {
            Vec::new()
        } else {
            docs::resource(child)
        };
        property(text, &python(child.name()), &class, &told);
    }
}

/// The type of an attribute.
fn attribute(field: &Field) -> String {
    let ty = got(&field.ty);
    if field.can_be_absent() {
        or_none(ty)
    } else {
        ty
    }
}

fn model_stub(text: &mut File, model: &Model) {
    let name = class(&model.name).to_string();
    open(text, &name, &docs::model(model));
    let names: Vec<String> = model
        .fields
        .iter()
        .map(|field| literal(&python(&field.name)))
        .collect();
    let types = vec!["str"; names.len()].join(", ");
    let types = if names.is_empty() {
        "()".to_owned()
    } else {
        types
    };
    text.line(1, &format!("__match_args__: tuple[{types}]"));
    text.line(1, "__hash__: None  # type: ignore[assignment]");
    if model.sent {
        let (required, optional) = models::given(model);
        text.line(1, "def __new__(");
        text.line(2, "cls,");
        if !required.is_empty() || !optional.is_empty() {
            text.line(2, "*,");
        }
        for field in required {
            text.line(
                2,
                &format!("{},", parameter(&field.name, &field.ty, true, false)),
            );
        }
        for field in optional {
            let nullable = model.tells_null(field);
            text.line(
                2,
                &format!("{},", parameter(&field.name, &field.ty, false, nullable)),
            );
        }
        text.line(1, &format!(") -> {name}: ..."));
    }
    for field in &model.fields {
        property(
            text,
            &python(&field.name),
            &attribute(field),
            &docs::text(&field.doc),
        );
    }
    function(
        text,
        "to_dict",
        &[],
        "dict[str, Any]",
        &["The object as a dictionary, as the service writes it.".to_owned()],
    );
    text.line(1, "@classmethod");
    text.line(
        1,
        &format!("def from_dict(cls, data: Mapping[str, Any], *, strict: bool = False) -> {name}:"),
    );
    text.docstring(2, &docs::from_dict(model));
    text.line(1, "def __eq__(self, other: object, /) -> bool: ...");
    text.line(1, &format!("def __copy__(self) -> {name}: ..."));
    text.line(
        1,
        &format!("def __deepcopy__(self, _memo: Any) -> {name}: ..."),
    );
}

fn resource_stub(text: &mut File, api: &Api, item: &Resource, kind: Kind) {
    let told = |lines: Vec<String>| if kind.raw { Vec::new() } else { lines };
    open(
        text,
        &kind.class(&resource(&item.path).to_string()),
        &docs::resource(item),
    );
    children(text, &item.children, kind);
    for method in item.requests() {
        let parameters = parameters(&method.call.params, CALL_KEYWORDS);
        function(
            text,
            &python(&method.call.name),
            &parameters,
            &kind.returned(&method.request.returns),
            &told(docs::method(api, method, kind.face)),
        );
    }
    for waiter in item.waits() {
        let parameters = parameters(&waiter.call.params, WAIT_KEYWORDS);
        function(
            text,
            &python(&waiter.call.name),
            &parameters,
            &kind.awaited(waited(waiter)),
            &told(docs::waiter(waiter)),
        );
    }
}

fn parameters(params: &[Param], keywords: &[(&str, &str, Keyword)]) -> Vec<String> {
    let (first, rest) = resources::ordered(params);
    let entry = |param: &&Param| parameter(&param.name, &param.ty, param.required, param.nullable);
    let mut all: Vec<String> = first.iter().map(entry).collect();
    all.push("*".to_owned());
    all.extend(rest.iter().map(entry));
    all.extend(keywords.iter().map(keyword));
    all
}

fn waited(waiter: WaitCall<'_>) -> String {
    if waiter.wait.gone {
        "None".to_owned()
    } else {
        class(&waiter.wait.model).to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn docstrings_say_what_the_text_says() {
        let mut text = File(String::new());
        text.docstring(1, &["One \\ line.".to_owned()]);
        text.docstring(0, &["It ends in \"quotes\"".to_owned()]);
        text.docstring(
            1,
            &[
                "First.".to_owned(),
                String::new(),
                "Has \"\"\" inside.".to_owned(),
            ],
        );
        assert_eq!(
            text.0,
            concat!(
                "    \"\"\"One \\\\ line.\"\"\"\n",
                "\"\"\"It ends in \"quotes\"\n\"\"\"\n",
                "    \"\"\"First.\n\n    Has \\\"\\\"\\\" inside.\n    \"\"\"\n",
            )
        );
    }

    #[test]
    fn parameters_tell_what_may_be_left_out() {
        let list = Type::List(Box::new(Type::String));
        assert_eq!(parameter("from", &Type::String, true, false), "from_: str");
        assert_eq!(
            parameter("a", &Type::Integer, false, false),
            "a: int | None = None"
        );
        assert_eq!(
            parameter("a", &list, false, true),
            "a: Iterable[str] | None | Unset = ..."
        );
        assert_eq!(parameter("a", &list, true, true), "a: Iterable[str] | None");
        assert_eq!(parameter("a", &Type::Json, false, false), "a: Any = None");
    }

    #[test]
    fn members_are_names_of_python() {
        assert_eq!(member("in_progress"), "IN_PROGRESS");
        assert_eq!(member("2_weeks"), "V2_WEEKS");
        assert_eq!(literal("a\"b\\\u{e9}\n"), "\"a\\\"b\\\\\u{e9}\\n\"");
    }

    #[test]
    fn what_is_taken_and_what_is_given_back() {
        let map = Type::Map(Box::new(Type::Enum(crate::ir::EnumId::of("disk_state"))));
        assert_eq!(taken(&map), "Mapping[str, _DiskState]");
        assert_eq!(got(&map), "dict[str, DiskState]");
        assert_eq!(taken(&Type::Timestamp), "datetime | str");
        assert_eq!(or_none(got(&Type::Timestamp)), "datetime | None");
    }
}
