//! The conformance cases as C: straight-line calls with literal arguments, and a check of each value.

use serde_json::Value;

use crate::cases::{Case, Expect, Kind, cases};
use crate::emit::c::Names;
use crate::emit::c::names::constant_ending;
use crate::emit::rust::BANNER;
use crate::file_set::FileSet;
use crate::ir::{Api, Field, Location, Param, Type};

const FOLDER: &str = "tests/conformance/c/generated";

/// Writes the cases of all providers, a file for each top-level resource, and the list of them all.
pub fn emit(apis: &[Api]) -> FileSet {
    let mut files = FileSet::default();
    let mut declared = String::new();
    let mut listed = String::new();
    for api in apis {
        let names = Names::new(api);
        let all = cases(api);
        files.add(
            format!("{FOLDER}/{}.h", api.provider.name),
            client_header(api, &names),
        );
        for resource in &api.resources {
            let mut text = format!(
                "/* {BANNER} */\n\n#include \"{}.h\"\n#include \"cases.h\"\n",
                api.provider.name
            );
            for case in all
                .iter()
                .filter(|case| case.resource.first() == resource.path.first())
            {
                let function = function(&case.name);
                text.push_str(&format!("\nvoid {function}(check_run *run) {{\n"));
                text.push_str(&Writer::new(api, &names, case).body());
                text.push_str("}\n");
                declared.push_str(&format!("void {function}(check_run *run);\n"));
                listed.push_str(&format!("    {{{}, {function}}},\n", literal(&case.name)));
            }
            files.add(
                format!("{FOLDER}/{}_{}.c", api.provider.name, resource.name()),
                text,
            );
        }
    }
    files.add(
        format!("{FOLDER}/cases.h"),
        format!(
            "/* {BANNER} */\n\n#ifndef SNAPLINE_CASES_H\n#define SNAPLINE_CASES_H\n\n#include \"../check.h\"\n\n{declared}\n#endif\n"
        ),
    );
    files.add(
        format!("{FOLDER}/cases.c"),
        format!(
            "/* {BANNER} */\n\n#include \"cases.h\"\n\nconst check_case check_cases[] = {{\n{listed}}};\n\n\
             const size_t check_cases_count = sizeof check_cases / sizeof check_cases[0];\n"
        ),
    );
    files
}

/// How a case gets a client, and asks the mock whether all of it was seen.
fn client_header(api: &Api, names: &Names) -> String {
    let guard = format!("SNAPLINE_CASES_{}_H", api.provider.name.to_uppercase());
    let client = names.client();
    format!(
        "/* {BANNER} */\n\n#ifndef {guard}\n#define {guard}\n\n#include \"../check.h\"\n\n\
         static inline {client} *case_client(check_run *run) {{\n    \
             snapline_settings *settings = check_settings(run);\n    \
             {client} *client = NULL;\n    \
             snapline_error *error = NULL;\n    \
             check_status(run, \"client\", {client}_new(settings, &client, &error), SNAPLINE_OK, error);\n    \
             snapline_error_free(error);\n    \
             snapline_settings_free(settings);\n    \
             return client;\n\
         }}\n\n\
         static inline void case_done(check_run *run, {client} *client) {{\n    \
             snapline_response *response = NULL;\n    \
             snapline_error *error = NULL;\n    \
             snapline_status status = {client}_request(client, \"GET\", \"/_done\", NULL, NULL, &response, &error);\n    \
             check_status(run, \"every request was sent\", status, SNAPLINE_OK, error);\n    \
             snapline_error_free(error);\n    \
             snapline_response_free(response);\n    \
             {client}_free(client);\n\
         }}\n\n#endif\n"
    )
}

pub(crate) fn function(case: &str) -> String {
    let name: String = case
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '_' })
        .collect();
    format!("case_{name}")
}

/// A C string. Bytes beyond printable ASCII are written in octal, which cannot run on.
pub(crate) fn literal(text: &str) -> String {
    let mut out = String::from("\"");
    for byte in text.bytes() {
        match byte {
            b'"' | b'\\' | b'?' => out.push_str(&format!("\\{}", char::from(byte))),
            b'\n' => out.push_str("\\n"),
            0x20..=0x7e => out.push(char::from(byte)),
            other => out.push_str(&format!("\\{other:03o}")),
        }
    }
    out.push('"');
    out
}

fn integer(value: &Value) -> String {
    format!("INT64_C({})", value.as_i64().unwrap_or_default())
}

fn number(value: &Value) -> String {
    format!("{:?}", value.as_f64().unwrap_or_default())
}

struct Writer<'a> {
    api: &'a Api,
    names: &'a Names,
    case: &'a Case,
    text: String,
    frees: Vec<String>,
    made: usize,
}

impl<'a> Writer<'a> {
    fn new(api: &'a Api, names: &'a Names, case: &'a Case) -> Self {
        Self {
            api,
            names,
            case,
            text: String::new(),
            frees: Vec::new(),
            made: 0,
        }
    }

    fn line(&mut self, line: &str) {
        self.text.push_str(&format!("    {line}\n"));
    }

    fn fresh(&mut self, what: &str) -> String {
        self.made += 1;
        format!("{what}_{}", self.made)
    }

    fn params(&self) -> Vec<Param> {
        let resource = self
            .api
            .all_resources()
            .into_iter()
            .find(|resource| resource.path == self.case.resource);
        let Some(resource) = resource else {
            return Vec::new();
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
            (Some(method), _) => method.params.clone(),
            (None, Some(waiter)) => waiter.params.clone(),
            (None, None) => Vec::new(),
        }
    }

    fn body(mut self) -> String {
        let name = self.names.method(&self.case.resource, &self.case.method);
        self.line("snapline_error *error = NULL;");
        self.line(&format!(
            "{} *client = case_client(run);",
            self.names.client()
        ));
        let mut ids = vec!["client".to_owned()];
        let mut required = Vec::new();
        let mut optional = Vec::new();
        for param in self.params() {
            match (
                self.case.arguments.get(&param.name).cloned(),
                &param.location,
            ) {
                (Some(value), Location::Path) => ids.push(match &value {
                    Value::Number(_) => integer(&value),
                    other => literal(other.as_str().unwrap_or_default()),
                }),
                (Some(value), _) if param.required => {
                    required.extend(self.value(&param.name, &param.ty, &value))
                }
                (Some(value), _) => optional.push((param, value)),
                (None, _) => {}
            }
        }
        self.line(&format!(
            "{name}_args *args = {name}_args_new({});",
            required.join(", ")
        ));
        self.frees.push(format!("{name}_args_free(args);"));
        for (param, value) in optional {
            let set = format!("{name}_args_set_{}", param.name);
            self.set(&set, "args", &param.name, &param.ty, &value);
        }
        if self.case.kind == Kind::Wait {
            for (bound, milliseconds) in [
                ("timeout", 10_000),
                ("first_interval", 1),
                ("max_interval", 2),
            ] {
                self.line(&format!(
                    "check_status(run, \"{bound}\", {name}_args_set_{bound}_ms(args, {milliseconds}), SNAPLINE_OK, NULL);"
                ));
            }
        }
        ids.push("args".to_owned());
        self.call(&name, &ids);
        for free in std::mem::take(&mut self.frees).into_iter().rev() {
            self.line(&free);
        }
        self.line("snapline_error_free(error);");
        self.line("case_done(run, client);");
        self.text
    }

    fn set(&mut self, setter: &str, owner: &str, name: &str, ty: &Type, value: &Value) {
        if value.is_null() {
            self.line(&format!(
                "check_status(run, \"{name}\", {setter}_null({owner}), SNAPLINE_OK, NULL);"
            ));
            return;
        }
        let mut given = vec![owner.to_owned()];
        given.extend(self.value(name, ty, value));
        // An integer has a setter of its own where a text could stand as well.
        let form = match (ty, value) {
            (Type::StringOrInteger, Value::Number(_)) => "_integer",
            _ => "",
        };
        self.line(&format!(
            "check_status(run, \"{name}\", {setter}{form}({}), SNAPLINE_OK, NULL);",
            given.join(", ")
        ));
    }

    /// Expressions for the parameters of a value; what they refer to is declared before.
    fn value(&mut self, name: &str, ty: &Type, value: &Value) -> Vec<String> {
        match ty {
            Type::String | Type::Timestamp => vec![literal(value.as_str().unwrap_or_default())],
            Type::StringOrInteger => vec![match value {
                Value::String(text) => literal(text),
                other => integer(other),
            }],
            Type::Integer => vec![integer(value)],
            Type::Number => vec![number(value)],
            Type::Boolean => vec![value.to_string()],
            Type::Enum(of) => vec![self.constant(of, value)],
            Type::Model(of) => vec![self.model(of, value)],
            Type::List(item) => {
                let values = value.as_array().cloned().unwrap_or_default();
                if values.is_empty() {
                    return vec!["NULL".to_owned(), "0".to_owned()];
                }
                let element = match item.as_ref() {
                    Type::String | Type::Timestamp => "const char *const".to_owned(),
                    Type::Integer => "const int64_t".to_owned(),
                    Type::Number => "const double".to_owned(),
                    Type::Boolean => "const bool".to_owned(),
                    Type::Enum(_) => "const int32_t".to_owned(),
                    Type::Model(of) => format!("const {} *const", self.names.model(of)),
                    _ => return vec![literal(&value.to_string())],
                };
                let items: Vec<String> = values
                    .iter()
                    .flat_map(|value| self.value(name, item, value))
                    .collect();
                let array = self.fresh(name);
                self.line(&format!("{element} {array}[] = {{{}}};", items.join(", ")));
                vec![array, values.len().to_string()]
            }
            Type::Union(_) | Type::Map(_) | Type::Json => vec![literal(&value.to_string())],
        }
    }

    fn constant(&self, of: &str, value: &Value) -> String {
        let listed = self.api.enumeration(of).and_then(|item| {
            item.values
                .iter()
                .find(|listed| Some(listed.wire.as_str()) == value.as_str())
        });
        let ending = listed.map_or_else(
            || "UNKNOWN".to_owned(),
            |value| constant_ending(&value.name),
        );
        self.names.constant(of, &ending)
    }

    /// Makes an object of a model, and gives the variable that holds it.
    fn model(&mut self, of: &str, value: &Value) -> String {
        let fields = self
            .api
            .model(of)
            .map(|model| model.fields.clone())
            .unwrap_or_default();
        let ty = self.names.model(of);
        let mut given = Vec::new();
        let mut rest = Vec::new();
        for field in fields.into_iter().filter(|field| !field.read_only) {
            match value.get(&field.wire).cloned() {
                Some(value) if !field.can_be_absent() => {
                    given.extend(self.value(&field.name, &field.ty, &value))
                }
                Some(value) => rest.push((field, value)),
                None => {}
            }
        }
        let object = self.fresh("object");
        self.line(&format!("{ty} *{object} = {ty}_new({});", given.join(", ")));
        self.frees.push(format!("{ty}_free({object});"));
        for (field, value) in rest {
            self.set(
                &format!("{ty}_set_{}", field.name),
                &object,
                &field.name,
                &field.ty,
                &value,
            );
        }
        object
    }

    fn call(&mut self, name: &str, given: &[String]) {
        let given = given.join(", ");
        let expect = self.case.expect.clone();
        match expect {
            Expect::Nothing => {
                self.line(&format!(
                    "snapline_status status = {name}({given}, &error);"
                ));
                self.line("check_status(run, \"call\", status, SNAPLINE_OK, error);");
            }
            Expect::Value(value, ty) => self.returned(name, &given, &value, &ty),
            Expect::Page {
                items,
                item,
                total,
                next,
            } => {
                let Type::Model(of) = &item else { return };
                let ty = format!("{}_page", self.names.model(of));
                self.out(name, &given, &ty);
                self.line(&format!(
                    "check_size(run, \"count\", {ty}_count(out), {});",
                    items.len()
                ));
                self.line(&format!(
                    "check_integer(run, \"total\", {ty}_total(out), {});",
                    total.unwrap_or(-1)
                ));
                self.line(&format!(
                    "check_size(run, \"next\", (size_t){ty}_next_page(out), {});",
                    next.unwrap_or(0)
                ));
                for (index, value) in items.iter().enumerate() {
                    self.object(
                        &format!("{ty}_at(out, {index})"),
                        of,
                        value,
                        &format!("[{index}]"),
                    );
                }
            }
            Expect::Items(items, item) => {
                let Type::Model(of) = &item else { return };
                let ty = self.names.model(of);
                self.line(&format!("{ty}_iter *iterator = NULL;"));
                self.line(&format!("const {ty} *item = NULL;"));
                self.line(&format!(
                    "snapline_status status = {name}_iter({given}, &iterator, &error);"
                ));
                self.line("check_status(run, \"call\", status, SNAPLINE_OK, error);");
                self.frees.push(format!("{ty}_iter_free(iterator);"));
                for (index, value) in items.iter().enumerate() {
                    self.line(&format!(
                        "status = {ty}_iter_next(iterator, &item, &error);"
                    ));
                    self.line("check_status(run, \"next\", status, SNAPLINE_OK, error);");
                    self.object("item", of, value, &format!("[{index}]"));
                }
                self.line(&format!(
                    "status = {ty}_iter_next(iterator, &item, &error);"
                ));
                self.line("check_status(run, \"end\", status, SNAPLINE_OK, error);");
                self.line("check_true(run, \"no item is left\", item == NULL);");
            }
            Expect::Error {
                kind,
                status,
                code,
                message,
            } => {
                let out = self.error_out(name);
                if let Some(ty) = &out {
                    self.line(&format!("{ty} *out = NULL;"));
                }
                let place = if out.is_some() { ", &out" } else { "" };
                self.line(&format!(
                    "snapline_status status = {name}({given}{place}, &error);"
                ));
                self.line(&format!(
                    "check_status(run, \"call\", status, SNAPLINE_{}, error);",
                    kind.to_uppercase()
                ));
                if out.is_some() {
                    self.line("check_true(run, \"nothing is written\", out == NULL);");
                }
                self.line(&format!(
                    "check_integer(run, \"http status\", snapline_error_http_status(error), {});",
                    status.unwrap_or(0)
                ));
                let text = |text: &Option<String>| {
                    text.as_deref().map_or_else(|| "NULL".to_owned(), literal)
                };
                self.line(&format!(
                    "check_text(run, \"code\", snapline_error_code(error), {});",
                    text(&code)
                ));
                if message.is_some() {
                    self.line(&format!(
                        "check_text(run, \"reason\", snapline_error_reason(error), {});",
                        text(&message)
                    ));
                } else {
                    self.line("check_true(run, \"the last object\", snapline_error_last_object_json(error) != NULL);");
                }
            }
        }
    }

    /// What a call that fails would have given.
    fn error_out(&self, name: &str) -> Option<String> {
        use crate::ir::Returns;
        let resource = self
            .api
            .all_resources()
            .into_iter()
            .find(|resource| resource.path == self.case.resource)?;
        if let Some(waiter) = resource
            .waiters
            .iter()
            .find(|waiter| waiter.name == self.case.method)
        {
            return (!waiter.gone).then(|| self.names.model(&waiter.model));
        }
        let method = resource
            .methods
            .iter()
            .find(|method| name.ends_with(&method.name) && method.name == self.case.method)?;
        match &method.returns {
            Returns::Nothing => None,
            Returns::Page {
                item: Type::Model(of),
                ..
            } => Some(format!("{}_page", self.names.model(of))),
            Returns::Page { .. } => None,
            Returns::Whole(ty) | Returns::Field { ty, .. } => Some(match ty {
                Type::Model(of) => self.names.model(of),
                Type::List(item) => match item.as_ref() {
                    Type::Model(of) => format!("{}_list", self.names.model(of)),
                    _ => "char".to_owned(),
                },
                _ => "char".to_owned(),
            }),
        }
    }

    fn out(&mut self, name: &str, given: &str, ty: &str) {
        self.line(&format!("{ty} *out = NULL;"));
        self.line(&format!(
            "snapline_status status = {name}({given}, &out, &error);"
        ));
        self.line("check_status(run, \"call\", status, SNAPLINE_OK, error);");
        self.frees.push(if ty == "char" {
            "snapline_string_free(out);".to_owned()
        } else {
            format!("{ty}_free(out);")
        });
    }

    fn returned(&mut self, name: &str, given: &str, value: &Value, ty: &Type) {
        match ty {
            Type::Model(of) => {
                let handle = self.names.model(of);
                self.out(name, given, &handle);
                self.object("out", of, value, "");
                self.round_trip(&handle);
            }
            Type::List(item) if matches!(item.as_ref(), Type::Model(_)) => {
                let Type::Model(of) = item.as_ref() else {
                    return;
                };
                let list = format!("{}_list", self.names.model(of));
                self.out(name, given, &list);
                let values = value.as_array().cloned().unwrap_or_default();
                self.line(&format!(
                    "check_size(run, \"count\", {list}_count(out), {});",
                    values.len()
                ));
                for (index, value) in values.iter().enumerate() {
                    self.object(
                        &format!("{list}_at(out, {index})"),
                        of,
                        value,
                        &format!("[{index}]"),
                    );
                }
            }
            Type::String => {
                self.out(name, given, "char");
                self.line(&format!(
                    "check_text(run, \"value\", out, {});",
                    literal(value.as_str().unwrap_or_default())
                ));
            }
            _ => {
                self.out(name, given, "char");
                self.line(&format!(
                    "check_text(run, \"value\", out, {});",
                    literal(&value.to_string())
                ));
            }
        }
    }

    /// The object as JSON and back is the same object.
    fn round_trip(&mut self, ty: &str) {
        self.line("char *json = NULL;");
        self.line("char *json_again = NULL;");
        self.line(&format!("{ty} *again = NULL;"));
        self.line(&format!(
            "check_status(run, \"to_json\", {ty}_to_json(out, &json, &error), SNAPLINE_OK, error);"
        ));
        self.line(&format!("check_status(run, \"from_json\", {ty}_from_json(json, &again, &error), SNAPLINE_OK, error);"));
        self.line(&format!("check_status(run, \"to_json\", {ty}_to_json(again, &json_again, &error), SNAPLINE_OK, error);"));
        self.line("check_text(run, \"JSON there and back\", json_again, json);");
        self.line(&format!("{ty}_free(again);"));
        self.line("snapline_string_free(json);");
        self.line("snapline_string_free(json_again);");
    }

    fn object(&mut self, object: &str, of: &str, value: &Value, path: &str) {
        let Some(model) = self.api.model(of) else {
            return;
        };
        let ty = self.names.model(of);
        for field in model.fields.clone() {
            let value = value.get(&field.wire).filter(|value| !value.is_null());
            self.field(
                &ty,
                object,
                &field,
                value,
                &format!("{path}.{}", field.name),
            );
        }
    }

    fn field(&mut self, ty: &str, object: &str, field: &Field, value: Option<&Value>, path: &str) {
        let what = literal(path.trim_start_matches('.'));
        let get = format!("{ty}_{}", field.name);
        let absent = field.can_be_absent();
        let text = |value: Option<&Value>| match value {
            Some(value) => literal(value.as_str().unwrap_or_default()),
            None if absent => "NULL".to_owned(),
            None => "\"\"".to_owned(),
        };
        let has = |writer: &mut Self| {
            if absent {
                let there = value.is_some();
                writer.line(&format!(
                    "check_bool(run, {what}, {ty}_has_{}({object}), {there});",
                    field.name
                ));
            }
        };
        match &field.ty {
            Type::String => {
                self.line(&format!(
                    "check_text(run, {what}, {get}({object}), {});",
                    text(value)
                ));
                let length = value.and_then(Value::as_str).map_or(0, str::len);
                self.line(&format!(
                    "check_size(run, {what}, {get}_length({object}), {length});"
                ));
            }
            Type::Timestamp => {
                self.line(&format!(
                    "check_text(run, {what}, {get}({object}), {});",
                    text(value)
                ));
                let there = value
                    .and_then(Value::as_str)
                    .is_some_and(|text| !text.is_empty());
                self.line(&format!(
                    "check_bool(run, {what}, {get}_ns({object}, NULL), {there});"
                ));
            }
            Type::Integer => {
                let expected = value.map_or_else(|| "0".to_owned(), integer);
                self.line(&format!(
                    "check_integer(run, {what}, {get}({object}), {expected});"
                ));
                has(self);
            }
            Type::Number => {
                let expected = value.map_or_else(|| "0".to_owned(), number);
                self.line(&format!(
                    "check_number(run, {what}, {get}({object}), {expected});"
                ));
                has(self);
            }
            Type::Boolean => {
                let expected = value.and_then(Value::as_bool).unwrap_or_default();
                self.line(&format!(
                    "check_bool(run, {what}, {get}({object}), {expected});"
                ));
                has(self);
            }
            Type::Enum(of) => {
                let expected = self.constant(of, value.unwrap_or(&Value::Null));
                self.line(&format!(
                    "check_integer(run, {what}, {get}({object}), {expected});"
                ));
                self.line(&format!(
                    "check_text(run, {what}, {get}_string({object}), {});",
                    text(value)
                ));
            }
            Type::StringOrInteger => {
                let expected = match value {
                    Some(Value::Number(number)) => literal(&number.to_string()),
                    other => text(other),
                };
                self.line(&format!(
                    "check_text(run, {what}, {get}({object}), {expected});"
                ));
            }
            Type::Model(of) => {
                let part = format!("{get}({object})");
                match value {
                    Some(value) => self.object(&part, of, value, path),
                    None => self.line(&format!(
                        "check_bool(run, {what}, {part} != NULL, {});",
                        !absent
                    )),
                }
            }
            Type::List(item)
                if !matches!(
                    item.as_ref(),
                    Type::List(_) | Type::Map(_) | Type::Json | Type::Union(_)
                ) =>
            {
                let values = value.and_then(Value::as_array).cloned().unwrap_or_default();
                self.line(&format!(
                    "check_size(run, {what}, {get}_count({object}), {});",
                    values.len()
                ));
                for (index, value) in values.iter().enumerate() {
                    self.item(
                        &get,
                        object,
                        item,
                        index,
                        value,
                        &format!("{path}[{index}]"),
                    );
                }
                has(self);
            }
            Type::List(_) | Type::Map(_) | Type::Json | Type::Union(_) => {
                let there = value.is_some() || !absent;
                self.line(&format!(
                    "check_bool(run, {what}, {get}_json({object}) != NULL, {there});"
                ));
            }
        }
    }

    fn item(
        &mut self,
        get: &str,
        object: &str,
        item: &Type,
        index: usize,
        value: &Value,
        path: &str,
    ) {
        let what = literal(path.trim_start_matches('.'));
        let at = format!("{get}_at({object}, {index})");
        match item {
            Type::Model(of) => self.object(&at, of, value, path),
            Type::Integer => self.line(&format!(
                "check_integer(run, {what}, {at}, {});",
                integer(value)
            )),
            Type::Number => self.line(&format!(
                "check_number(run, {what}, {at}, {});",
                number(value)
            )),
            Type::Boolean => self.line(&format!("check_bool(run, {what}, {at}, {value});")),
            Type::Enum(of) => {
                let expected = self.constant(of, value);
                self.line(&format!("check_integer(run, {what}, {at}, {expected});"));
                let text = literal(value.as_str().unwrap_or_default());
                self.line(&format!(
                    "check_text(run, {what}, {get}_string_at({object}, {index}), {text});"
                ));
            }
            _ => {
                let text = value
                    .as_str()
                    .map_or_else(|| value.to_string(), str::to_owned);
                self.line(&format!(
                    "check_text(run, {what}, {at}, {});",
                    literal(&text)
                ));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_become_c_strings() {
        assert_eq!(literal("a\"b\\c"), "\"a\\\"b\\\\c\"");
        assert_eq!(literal("??="), "\"\\?\\?=\"");
        assert_eq!(literal("é1\n"), "\"\\303\\2511\\n\"");
    }
}
