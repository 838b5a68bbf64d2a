//! The conformance cases as C++: straight-line calls with literal arguments, and a check of each value.

use serde_json::Value;

use crate::cases::{Case, Expect, Kind, cases};
use crate::emit::c::names::{constant_ending, word};
use crate::emit::c_tests::{function, literal};
use crate::emit::cpp::{args_class, as_json, class, getter, given_name, input_class, is_list_json};
use crate::emit::rust::BANNER;
use crate::file_set::FileSet;
use crate::ir::{Api, Field, Location, Param, Returns, Type};

const FOLDER: &str = "tests/conformance/cpp/generated";

/// Writes the cases of all providers, a file for each top-level resource, and the list of them all.
pub fn emit(apis: &[Api]) -> FileSet {
    let mut files = FileSet::default();
    let mut declared = String::new();
    let mut listed = String::new();
    for api in apis {
        let provider = &api.provider.name;
        let all = cases(api);
        for resource in &api.resources {
            let mut text = format!(
                "/* {BANNER} */\n\n#include \"cases.hpp\"\n\nnamespace api = snapline::{provider};\n"
            );
            for case in all
                .iter()
                .filter(|case| case.resource.first() == resource.path.first())
            {
                let name = function(&case.name);
                text.push_str(&format!("\nvoid {name}(Run& run) {{\n"));
                text.push_str(&Writer::new(api, case).body());
                text.push_str("}\n");
                declared.push_str(&format!("void {name}(Run& run);\n"));
                listed.push_str(&format!("    {{{}, {name}}},\n", literal(&case.name)));
            }
            files.add(format!("{FOLDER}/{provider}_{}.cpp", resource.name()), text);
        }
    }
    files.add(
        format!("{FOLDER}/cases.hpp"),
        format!(
            "/* {BANNER} */\n\n#ifndef SNAPLINE_CASES_HPP\n#define SNAPLINE_CASES_HPP\n\n#include \"../check.hpp\"\n\n{declared}\n#endif\n"
        ),
    );
    files.add(
        format!("{FOLDER}/cases.cpp"),
        format!(
            "/* {BANNER} */\n\n#include \"cases.hpp\"\n\nconst std::vector<Case> all_cases = {{\n{listed}}};\n"
        ),
    );
    files
}

struct Writer<'a> {
    api: &'a Api,
    case: &'a Case,
    text: String,
}

impl<'a> Writer<'a> {
    fn new(api: &'a Api, case: &'a Case) -> Self {
        Self {
            api,
            case,
            text: String::new(),
        }
    }

    fn line(&mut self, line: &str) {
        self.text.push_str(&format!("    {line}\n"));
    }

    fn called(&self) -> (Vec<Param>, Option<Returns>) {
        let resource = self
            .api
            .all_resources()
            .into_iter()
            .find(|resource| resource.path == self.case.resource);
        let Some(resource) = resource else {
            return (Vec::new(), None);
        };
        let method = resource
            .methods
            .iter()
            .find(|method| method.name == self.case.method);
        let waiter = resource
            .waiters
            .iter()
            .find(|waiter| waiter.name == self.case.method);
        match (method, waiter) {
            (Some(method), _) => (method.params.clone(), Some(method.returns.clone())),
            (None, Some(waiter)) => (waiter.params.clone(), None),
            (None, None) => (Vec::new(), None),
        }
    }

    fn body(mut self) -> String {
        let (params, returns) = self.called();
        self.line("const auto client = run.client<api::Client>();");
        let mut ids = Vec::new();
        let mut required = Vec::new();
        let mut optional = Vec::new();
        for param in params {
            let Some(value) = self.case.arguments.get(&param.name).cloned() else {
                continue;
            };
            match &param.location {
                Location::Path => ids.push(match &value {
                    Value::Number(_) => integer(&value),
                    other => literal(other.as_str().unwrap_or_default()),
                }),
                _ if param.required => required.push(self.value(&param.ty, &value)),
                _ => optional.push((param, value)),
            }
        }
        let args = args_class(&self.case.resource, &self.case.method);
        let braces = if required.is_empty() {
            "{}".to_owned()
        } else {
            format!("{{{}}}", required.join(", "))
        };
        self.line(&format!("api::{args} args{braces};"));
        for (param, value) in optional {
            let member = given_name(&param.name, &param.ty);
            let value = if value.is_null() {
                "nullptr".to_owned()
            } else {
                self.value(&param.ty, &value)
            };
            self.line(&format!("args.{member} = {value};"));
        }
        if self.case.kind == Kind::Wait {
            self.line("args.timeout = std::chrono::seconds(10);");
            self.line("args.first_interval = std::chrono::milliseconds(1);");
            self.line("args.max_interval = std::chrono::milliseconds(2);");
        }
        ids.push("args".to_owned());
        let resource: String = self
            .case
            .resource
            .iter()
            .map(|part| format!(".{}()", word(part)))
            .collect();
        let page = matches!(returns, Some(Returns::Page { .. }));
        let suffix = if page && self.case.kind == Kind::Call {
            "_page"
        } else {
            ""
        };
        let call = format!(
            "client{resource}.{}({})",
            word(&format!("{}{suffix}", self.case.method)),
            ids.join(", ")
        );
        let attempt = format!(
            "client{resource}.try_{}{suffix}({})",
            self.case.method,
            ids.join(", ")
        );
        self.expect(&call, &attempt);
        self.line("run.done(client);");
        self.text
    }

    /// An expression for a value that is given.
    fn value(&self, ty: &Type, value: &Value) -> String {
        if as_json(ty) {
            return literal(&value.to_string());
        }
        match ty {
            Type::Integer => integer(value),
            Type::Number => format!("{:?}", value.as_f64().unwrap_or_default()),
            Type::Boolean => value.to_string(),
            Type::StringOrInteger => match value {
                Value::String(text) => literal(text),
                other => integer(other),
            },
            Type::Enum(of) => self.enumerator(of, value),
            Type::Model(of) => self.input(of, value),
            Type::List(item) => {
                let items: Vec<String> = value
                    .as_array()
                    .into_iter()
                    .flatten()
                    .map(|value| self.value(item, value))
                    .collect();
                format!(
                    "std::vector<{}>{{{}}}",
                    self.item_type(item),
                    items.join(", ")
                )
            }
            _ => literal(value.as_str().unwrap_or_default()),
        }
    }

    fn item_type(&self, item: &Type) -> String {
        match item {
            Type::Integer => "std::int64_t".to_owned(),
            Type::Number => "double".to_owned(),
            Type::Boolean => "bool".to_owned(),
            Type::Enum(of) => format!("snapline::Open<api::{}>", class(of)),
            Type::Model(of) => format!("api::{}", input_class(of)),
            _ => "std::string".to_owned(),
        }
    }

    fn enumerator(&self, of: &str, value: &Value) -> String {
        let listed = self.api.enumeration(of).and_then(|item| {
            item.values
                .iter()
                .find(|listed| Some(listed.wire.as_str()) == value.as_str())
        });
        let name = listed.map_or_else(
            || "unknown".to_owned(),
            |value| word(&constant_ending(&value.name).to_lowercase()),
        );
        format!("api::{}::{name}", class(of))
    }

    fn input(&self, of: &str, value: &Value) -> String {
        let fields: Vec<Field> = self
            .api
            .model(of)
            .map(|model| model.fields.clone())
            .unwrap_or_default();
        let fields: Vec<&Field> = fields.iter().filter(|field| !field.read_only).collect();
        let required = fields.iter().filter(|field| !field.can_be_absent());
        let rest = fields.iter().filter(|field| field.can_be_absent());
        // In the order of the members; what is left out is `{}`.
        let members: Vec<String> = required
            .chain(rest)
            .map(|field| match value.get(&field.wire) {
                Some(Value::Null) => "nullptr".to_owned(),
                Some(value) => self.value(&field.ty, value),
                None => "{}".to_owned(),
            })
            .collect();
        format!("api::{}{{{}}}", input_class(of), members.join(", "))
    }

    fn expect(&mut self, call: &str, attempt: &str) {
        match self.case.expect.clone() {
            Expect::Nothing => self.line(&format!("{call};")),
            Expect::Value(value, ty) => {
                self.line(&format!("const auto got = {call};"));
                match &ty {
                    Type::Model(of) => {
                        self.object("got", of, &value, "");
                        self.line(&format!(
                            "run.check(\"JSON there and back\", api::{}::from_json(got.to_json()).to_json(), got.to_json());",
                            class(of)
                        ));
                    }
                    Type::List(item) => match item.as_ref() {
                        Type::Model(of) => {
                            self.objects("got", of, value.as_array().map_or(&[], Vec::as_slice))
                        }
                        _ => self.check("value", "got", &literal(&value.to_string())),
                    },
                    Type::String => {
                        self.check("value", "got", &literal(value.as_str().unwrap_or_default()));
                    }
                    _ => self.check("value", "got", &literal(&value.to_string())),
                }
            }
            Expect::Page {
                items,
                item,
                total,
                next,
            } => {
                let Type::Model(of) = &item else { return };
                self.line(&format!("const auto got = {call};"));
                self.objects("got", of, &items);
                self.optional(
                    "total",
                    "got.total()",
                    total.map(|it| format!("INT64_C({it})")),
                );
                self.optional(
                    "next",
                    "got.next_page()",
                    next.map(|it| format!("UINT64_C({it})")),
                );
            }
            Expect::Items(items, item) => {
                let Type::Model(of) = &item else { return };
                self.line("std::size_t count = 0;");
                self.line(&format!("for (const auto& item : {call}) {{"));
                for (index, value) in items.iter().enumerate() {
                    self.line(&format!("if (count == {index}) {{"));
                    self.object("item", of, value, &format!("[{index}]"));
                    self.line("}");
                }
                self.line("++count;");
                self.line("}");
                self.check("count", "count", &format!("std::size_t{{{}}}", items.len()));
            }
            Expect::Error {
                kind,
                status,
                code,
                message,
            } => {
                self.line(&format!("const auto failed = {attempt};"));
                self.line("run.check(\"it fails\", failed.has_value(), false);");
                self.line("if (failed) return;");
                self.line("const snapline::Error& error = failed.error();");
                self.check(
                    "kind",
                    "error.status()",
                    &format!("snapline::Status::{}", word(&kind)),
                );
                self.optional(
                    "http status",
                    "error.http_status()",
                    status.map(|it| it.to_string()),
                );
                self.optional("code", "error.code()", code.as_deref().map(text));
                if let Some(message) = message {
                    self.check("reason", "error.reason()", &text(&message));
                } else {
                    self.line("run.check(\"the last object\", error.last_object_json().has_value(), true);");
                }
            }
        }
    }

    fn check(&mut self, what: &str, got: &str, expected: &str) {
        self.line(&format!(
            "run.check({}, {got}, {expected});",
            literal(what.trim_start_matches('.'))
        ));
    }

    fn optional(&mut self, what: &str, got: &str, expected: Option<String>) {
        match expected {
            Some(expected) => self.line(&format!(
                "run.check_there({}, {got}, {expected});",
                literal(what.trim_start_matches('.'))
            )),
            None => self.check(what, &format!("{got}.has_value()"), "false"),
        }
    }

    fn objects(&mut self, list: &str, of: &str, values: &[Value]) {
        self.check(
            "count",
            &format!("{list}.size()"),
            &format!("std::size_t{{{}}}", values.len()),
        );
        for (index, value) in values.iter().enumerate() {
            self.object(
                &format!("{list}[{index}]"),
                of,
                value,
                &format!("[{index}]"),
            );
        }
    }

    fn object(&mut self, object: &str, of: &str, value: &Value, path: &str) {
        let Some(model) = self.api.model(of) else {
            return;
        };
        for field in model.fields.clone() {
            let value = value.get(&field.wire).filter(|value| !value.is_null());
            let path = format!("{path}.{}", field.name);
            self.field(object, &field, value, &path);
        }
    }

    fn field(&mut self, object: &str, field: &Field, value: Option<&Value>, path: &str) {
        let get = format!("{object}.{}()", getter(&field.name));
        let absent = field.can_be_absent();
        let scalar = |writer: &mut Self, get: &str, expected: Option<String>, zero: &str| {
            if absent {
                writer.optional(path, get, expected);
            } else {
                writer.check(path, get, &expected.unwrap_or_else(|| zero.to_owned()));
            }
        };
        let as_text = value.map(|value| text(value.as_str().unwrap_or_default()));
        match &field.ty {
            Type::String => scalar(self, &get, as_text, "std::string_view()"),
            Type::Timestamp => match (absent, as_text) {
                (true, None) => self.optional(path, &get, None),
                (true, Some(expected)) => {
                    self.line(&format!(
                        "run.check({}, run.there({}, {get}) ? {get}->text() : std::string_view(), {expected});",
                        literal(path), literal(path)
                    ));
                    self.line(&format!(
                        "run.check({}, {get} && {get}->time().has_value(), true);",
                        literal(path)
                    ));
                }
                (false, expected) => {
                    let known = expected.is_some();
                    let expected = expected.unwrap_or_else(|| "std::string_view()".to_owned());
                    self.check(path, &format!("{get}.text()"), &expected);
                    self.check(
                        path,
                        &format!("{get}.time().has_value()"),
                        &known.to_string(),
                    );
                }
            },
            Type::StringOrInteger => {
                let expected = value.map(|value| match value {
                    Value::String(given) => text(given),
                    other => text(&other.to_string()),
                });
                match (absent, expected) {
                    (true, None) => self.optional(path, &get, None),
                    (true, Some(expected)) => self.line(&format!(
                        "run.check({}, run.there({}, {get}) ? std::string({get}->text()) : std::string(), {expected});",
                        literal(path), literal(path)
                    )),
                    (false, expected) => self.check(
                        path,
                        &format!("{get}.text()"),
                        &expected.unwrap_or_else(|| "std::string()".to_owned()),
                    ),
                }
            }
            Type::Integer => scalar(self, &get, value.map(integer), "INT64_C(0)"),
            Type::Number => scalar(
                self,
                &get,
                value.map(|value| format!("{:?}", value.as_f64().unwrap_or_default())),
                "0.0",
            ),
            Type::Boolean => scalar(
                self,
                &get,
                value.map(|value| value.as_bool().unwrap_or_default().to_string()),
                "false",
            ),
            Type::Enum(of) => {
                let expected = self.enumerator(of, value.unwrap_or(&Value::Null));
                self.check(path, &get, &expected);
                scalar(
                    self,
                    &format!("{object}.{}_string()", field.name),
                    as_text,
                    "std::string_view()",
                );
            }
            Type::Model(of) => match (absent, value) {
                (true, None) => self.optional(path, &get, None),
                (true, Some(value)) => {
                    self.line(&format!("if (run.there({}, {get})) {{", literal(path)));
                    self.object(&format!("{get}.value()"), of, value, path);
                    self.line("}");
                }
                (false, value) => {
                    if let Some(value) = value {
                        self.object(&get, of, value, path);
                    }
                }
            },
            Type::List(item) if !is_list_json(item) => {
                let values = value.and_then(Value::as_array).cloned().unwrap_or_default();
                self.check(
                    path,
                    &format!("{get}.size()"),
                    &format!("std::size_t{{{}}}", values.len()),
                );
                for (index, value) in values.iter().enumerate() {
                    self.item(
                        object,
                        field,
                        item,
                        index,
                        value,
                        &format!("{path}[{index}]"),
                    );
                }
                if absent {
                    self.check(
                        path,
                        &format!("{object}.has_{}()", field.name),
                        &value.is_some().to_string(),
                    );
                }
            }
            Type::List(_) | Type::Map(_) | Type::Json | Type::Union(_) => {
                let there = value.is_some() || !absent;
                self.check(
                    path,
                    &format!("{object}.{}_json().has_value()", field.name),
                    &there.to_string(),
                );
            }
        }
    }

    fn item(
        &mut self,
        object: &str,
        field: &Field,
        item: &Type,
        index: usize,
        value: &Value,
        path: &str,
    ) {
        let at = format!("{object}.{}()[{index}]", getter(&field.name));
        match item {
            Type::Model(of) => self.object(&at, of, value, path),
            Type::Integer => self.check(path, &at, &integer(value)),
            Type::Number => self.check(
                path,
                &at,
                &format!("{:?}", value.as_f64().unwrap_or_default()),
            ),
            Type::Boolean => self.check(path, &at, &value.to_string()),
            Type::Enum(of) => {
                let expected = self.enumerator(of, value);
                self.check(path, &at, &expected);
                self.check(
                    path,
                    &format!("{object}.{}_strings()[{index}]", field.name),
                    &text(value.as_str().unwrap_or_default()),
                );
            }
            _ => {
                let given = value
                    .as_str()
                    .map_or_else(|| value.to_string(), str::to_owned);
                self.check(path, &at, &text(&given));
            }
        }
    }
}

/// A text with its length, so that a NUL inside counts.
fn text(given: &str) -> String {
    format!("std::string_view({}, {})", literal(given), given.len())
}

fn integer(value: &Value) -> String {
    format!("INT64_C({})", value.as_i64().unwrap_or_default())
}
