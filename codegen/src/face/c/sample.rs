//! Samples in C: the body of a function that ends with a status.

use askama::Template;
use serde_json::Value;

use super::calls::direct_type;
use super::names::{Names, Part, constant_endings, handle, literal, parameter};
use super::view::{self, Gives};
use crate::emit::variables::Variables;
use crate::error::Result;
use crate::face::cpp::layout;
use crate::file_set::FileSet;
use crate::ir::bytes::{bytes_of, octal};
use crate::ir::{Api, Field, Location, Param, Type};
use crate::samples::{Function, Look, Sample, functions};

#[derive(Template)]
#[template(path = "face/c/program.c")]
struct Program<'a> {
    provider: &'a str,
    functions: Vec<Function>,
}

/// The program with all samples of a provider.
///
/// # Errors
/// When the template cannot be filled, which is a fault of this program.
pub(crate) fn programs(api: &Api, samples: &[Sample<'_>]) -> Result<FileSet> {
    let names = Names::new(api);
    let program = Program {
        provider: &api.provider.name,
        functions: functions(samples, |sample| Ok(text(&names, sample)))?,
    };
    let mut files = FileSet::default();
    files.render(format!("c/{}.c", program.provider), &program)?;
    Ok(files)
}

/// One sample.
pub(crate) fn text(names: &Names, sample: &Sample<'_>) -> String {
    let reserved = [
        "client", "error", "status", "iterator", "begun", "index", "options",
    ];
    let mut writer = Writer {
        names,
        api: sample.api,
        taken: Variables::of(&reserved),
        made: Vec::new(),
        set: Vec::new(),
        free: Vec::new(),
    };
    writer.body(sample)
}

struct Writer<'a> {
    names: &'a Names,
    api: &'a Api,
    taken: Variables,
    /// Variables and what they begin with.
    made: Vec<String>,
    /// What is set on them.
    set: Vec<String>,
    /// What is freed in the end, the last first.
    free: Vec<String>,
}

impl Writer<'_> {
    fn body(&mut self, sample: &Sample<'_>) -> String {
        let client = self.names.client();
        self.made.push(format!("{client} *client = NULL;"));
        self.free.push(format!("{client}_free(client);"));
        let mut steps = Vec::new();
        if let Some(begins) = &sample.begins {
            steps.push(self.call(begins, "begun"));
        }
        let view::Call { gives, maybe, .. } = view::Call::of(sample.call);
        let variable = match &gives {
            Gives::Nothing => String::new(),
            Gives::One(of) => self.variable(&handle(of)),
            Gives::List(_) => self.variable("list"),
            Gives::Page(..) => "iterator".to_owned(),
            Gives::Text | Gives::Json => self.variable("text"),
            Gives::Bytes => self.variable("bytes"),
        };
        steps.push(self.call(sample, &variable));
        self.made.push("snapline_error *error = NULL;".to_owned());
        self.free.push("snapline_error_free(error);".to_owned());
        let mut lines = std::mem::take(&mut self.made);
        lines.append(&mut self.set);
        lines.push(String::new());
        lines.push(format!(
            "snapline_status status = {client}_new(NULL, &client, &error);"
        ));
        for step in steps {
            lines.push("if (status == SNAPLINE_OK) {".to_owned());
            lines.push(format!("    status = {step}"));
            lines.push("}".to_owned());
        }
        lines.extend(self.used(sample, &gives, maybe, &variable));
        lines.push(String::new());
        lines.extend(self.free.iter().rev().cloned());
        lines.join("\n")
    }

    /// What is done with what comes, and with an error.
    fn used(
        &mut self,
        sample: &Sample<'_>,
        gives: &Gives,
        maybe: bool,
        variable: &str,
    ) -> Vec<String> {
        let mut lines = Vec::new();
        match gives {
            Gives::Page(of, _) => {
                let item = self.variable(&handle(of));
                let (ty, iter) = (self.names.model(of), self.names.iter(of));
                lines.extend([
                    format!("const {ty} *{item} = NULL;"),
                    "while (status == SNAPLINE_OK) {".to_owned(),
                    format!("    status = {iter}_next(iterator, &{item}, &error);"),
                    format!("    if (status != SNAPLINE_OK || {item} == NULL) {{"),
                    "        break;".to_owned(),
                    "    }".to_owned(),
                ]);
                lines.extend(indented(&self.told(sample, &ty, &item)));
                lines.push("}".to_owned());
                lines.push("if (status != SNAPLINE_OK) {".to_owned());
            }
            Gives::List(of) => {
                let item = self.variable(&handle(of));
                let (ty, list) = (self.names.model(of), self.names.list(of));
                lines.push(format!(
                    "for (size_t index = 0; index < {list}_count({variable}); index++) {{"
                ));
                lines.push(format!(
                    "    const {ty} *{item} = {list}_at({variable}, index);"
                ));
                lines.extend(indented(&self.told(sample, &ty, &item)));
                lines.push("}".to_owned());
                lines.push("if (status != SNAPLINE_OK) {".to_owned());
            }
            _ => {
                let told = match gives {
                    Gives::One(of) => {
                        let ty = self.names.model(of);
                        self.told(sample, &ty, variable)
                    }
                    Gives::Nothing => vec!["printf(\"done\\n\");".to_owned()],
                    Gives::Bytes => vec![format!(
                        "printf(\"%zu bytes\\n\", snapline_bytes_length({variable}));"
                    )],
                    _ => vec![format!("printf(\"%s\\n\", {variable});")],
                };
                lines.push("if (status == SNAPLINE_OK) {".to_owned());
                if maybe {
                    lines.push(format!("    if ({variable} != NULL) {{"));
                    lines.extend(indented(&indented(&told)));
                    lines.push("    }".to_owned());
                } else {
                    lines.extend(indented(&told));
                }
                lines.push("} else {".to_owned());
            }
        }
        lines.push("    fprintf(stderr, \"%s\\n\", snapline_error_message(error));".to_owned());
        match sample.error {
            Look::Outcome => lines.extend([
                "    if (snapline_error_outcome_unknown(error)) {".to_owned(),
                "        fprintf(stderr, \"it may have been done, look before you ask again\\n\");"
                    .to_owned(),
                "    }".to_owned(),
            ]),
            Look::Missing => lines.extend([
                "    if (snapline_error_http_status(error) == 404) {".to_owned(),
                "        fprintf(stderr, \"there is none\\n\");".to_owned(),
                "    }".to_owned(),
            ]),
            Look::Message => {}
        }
        lines.push("}".to_owned());
        lines
    }

    /// Shows an object.
    fn told(&mut self, sample: &Sample<'_>, ty: &str, variable: &str) -> Vec<String> {
        let fields = sample.fields();
        if fields.is_empty() {
            return vec![format!(
                "printf(\"%s\\n\", {variable} != NULL ? \"there\" : \"\");"
            )];
        }
        let (ty, variable) = match sample.inside() {
            Some((field, model)) => {
                let getter = self.names.part(ty, &field.name, Part::Get);
                let inside = format!("{getter}({variable})");
                (self.names.model(&model.name), inside)
            }
            None => (ty.to_owned(), variable.to_owned()),
        };
        let (mut marks, mut values, mut lines) = (Vec::new(), Vec::new(), Vec::new());
        for field in fields {
            let (mark, value, text) = self.shown(field, &ty, &variable);
            marks.push(mark);
            if text && field.can_be_absent() {
                let shown = self.variable(&format!("its_{}", field.name));
                lines.push(format!("const char *{shown} = {value};"));
                values.push(format!("{shown} != NULL ? {shown} : \"-\""));
            } else {
                values.push(value);
            }
        }
        let mut arguments = vec![format!("\"{}\\n\"", marks.join(sample.between()))];
        arguments.extend(values);
        let line = layout::list(8, "printf(", &arguments, ");");
        let line = line.replace(&format!("\n{}", " ".repeat(16)), "\n    ");
        lines.extend(line.lines().map(str::to_owned));
        lines
    }

    /// How a field is printed: its mark, its value, and whether that is a text.
    fn shown(&self, field: &Field, ty: &str, variable: &str) -> (String, String, bool) {
        let part = |part| format!("{}({variable})", self.names.part(ty, &field.name, part));
        match field.ty {
            Type::Integer => {
                let value = format!("(long long){}", part(Part::Get));
                ("%lld".to_owned(), value, false)
            }
            Type::Unsigned => {
                let value = format!("(unsigned long long){}", part(Part::Get));
                ("%llu".to_owned(), value, false)
            }
            Type::Enum(_) => ("%s".to_owned(), part(Part::Text), true),
            _ => ("%s".to_owned(), part(Part::Get), true),
        }
    }

    fn variable(&mut self, wanted: &str) -> String {
        self.taken.claim(parameter(wanted))
    }

    /// A call that puts what it gives into a variable, which is made for it.
    fn call(&mut self, sample: &Sample<'_>, variable: &str) -> String {
        let call = view::Call::of(sample.call);
        let mut given = vec!["client".to_owned()];
        for param in sample.call.direct() {
            if param.location == Location::Origin {
                given.push("begun".to_owned());
                continue;
            }
            let value = sample.direct().find(|(one, _)| one.name == param.name);
            let value = value.map(|(_, value)| value).unwrap_or(&Value::Null);
            given.push(match (&param.ty, value) {
                (Type::StringOrInteger, Value::Number(number)) => literal(&number.to_string()),
                _ => self
                    .value(&direct_type(param), &param.name, value)
                    .join(", "),
            });
        }
        if call.has_args() {
            let held: Vec<(&Param, &Value)> = sample.held().collect();
            given.push(if held.is_empty() {
                "NULL".to_owned()
            } else {
                self.args(sample, &held)
            });
        }
        given.push("NULL".to_owned());
        let (ty, free) = match &call.gives {
            Gives::Nothing => (None, String::new()),
            Gives::One(of) => self.owned(self.names.model(of), variable),
            Gives::List(of) => self.owned(self.names.list(of), variable),
            Gives::Page(of, _) => self.owned(self.names.iter(of), variable),
            Gives::Bytes => self.owned("snapline_bytes".to_owned(), variable),
            Gives::Text | Gives::Json => (
                Some("char".to_owned()),
                format!("snapline_string_free({variable});"),
            ),
        };
        let walks = matches!(call.gives, Gives::Page(..));
        if let Some(ty) = ty {
            self.made.push(format!("{ty} *{variable} = NULL;"));
            self.free.push(free);
            given.push(format!("&{variable}"));
        }
        if !walks && !sample.call.is_wait() {
            given.push("NULL".to_owned());
        }
        given.push("&error".to_owned());
        let function = if walks {
            self.names.call_form(sample.call, "iter")
        } else {
            self.names.call(sample.call)
        };
        let head = format!("{function}(");
        // It stands behind `status = ` below a condition, and goes on below that.
        let text = layout::list(17, head, &given, ");");
        text.replace(&format!("\n{}", " ".repeat(25)), "\n        ")
    }

    fn owned(&self, ty: String, variable: &str) -> (Option<String>, String) {
        let free = format!("{ty}_free({variable});");
        (Some(ty), free)
    }

    /// The handle of the arguments.
    fn args(&mut self, sample: &Sample<'_>, held: &[(&Param, &Value)]) -> String {
        let ty = self.names.args(sample.call);
        let variable = self.taken.claim("args".to_owned());
        let mut new = Vec::new();
        let mut later = Vec::new();
        for (param, value) in held {
            let name = &param.name;
            if param.required {
                // An integer where text stands too is set.
                if let (Type::StringOrInteger, Value::Number(number)) = (&param.ty, value) {
                    new.push("NULL".to_owned());
                    let set = self.names.part(&ty, name, Part::SetInteger);
                    later.push(format!("{set}({variable}, {number});"));
                } else {
                    new.extend(self.value(&param.ty, name, value));
                }
            } else {
                later.push(self.setter(&ty, &variable, name, &param.ty, value));
            }
        }
        self.handle(&ty, &variable, &new, later);
        variable
    }

    /// Makes a handle, and sets what it was not made with.
    fn handle(&mut self, ty: &str, variable: &str, new: &[String], later: Vec<String>) {
        let made = format!("{ty} *{variable} = {ty}_new(");
        self.made
            .push(layout::list(4, made, new, ");").replace("\n    ", "\n"));
        self.made.extend(later);
        self.free.push(format!("{ty}_free({variable});"));
    }

    fn setter(&mut self, ty: &str, variable: &str, name: &str, of: &Type, value: &Value) -> String {
        let integer = matches!((of, value), (Type::StringOrInteger, Value::Number(_)));
        let part = if integer { Part::SetInteger } else { Part::Set };
        let set = self.names.part(ty, name, part);
        let mut given = vec![variable.to_owned()];
        if let (true, Value::Number(number)) = (integer, value) {
            given.push(number.to_string());
        } else {
            given.extend(self.value(of, name, value));
        }
        let line = layout::list(4, format!("{set}("), &given, ");");
        line.replace("\n    ", "\n")
    }

    /// A value as the arguments that it is in C.
    fn value(&mut self, ty: &Type, name: &str, value: &Value) -> Vec<String> {
        let text = || literal(value.as_str().unwrap_or_default());
        vec![match ty {
            Type::String | Type::Timestamp | Type::StringOrInteger => text(),
            // Without it a number in the upper half is no number of C.
            Type::Unsigned => format!("{value}U"),
            Type::Integer | Type::Number | Type::Boolean => value.to_string(),
            Type::Enum(of) => {
                let item = self.api.enumeration(of);
                let endings = constant_endings(item);
                let mut all = item.values.iter().zip(&endings);
                let listed = all.find(|(one, _)| Some(&*one.wire) == value.as_str());
                listed.map_or_else(
                    || self.names.constant(of, "UNKNOWN"),
                    |(_, ending)| self.names.constant(of, ending),
                )
            }
            Type::Model(of) => {
                let variable = self.variable(name);
                self.model(of, &variable, value);
                variable
            }
            Type::List(item) => {
                let Some(ty) = self.item(item) else {
                    return vec![literal(&value.to_string())];
                };
                let items = value.as_array().cloned().unwrap_or_default();
                let one = item.name().map_or_else(|| name.to_owned(), handle);
                let given: Vec<String> = items
                    .iter()
                    .flat_map(|value| self.value(item, &one, value))
                    .collect();
                let variable = self.variable(name);
                let head = format!("{ty}{variable}[] = {{");
                let list = layout::list(4, head, &given, "};").replace("\n    ", "\n");
                self.made.push(list);
                return vec![variable, given.len().to_string()];
            }
            Type::Union(_) | Type::Map(_) | Type::Json => literal(&value.to_string()),
            Type::Bytes => {
                let bytes = bytes_of(value).unwrap_or_default();
                let text = format!("(const uint8_t *){}", octal(&bytes, '"'));
                return vec![text, bytes.len().to_string()];
            }
        }]
    }

    /// The type of a list's items, up to the name of an array; nothing where a list is JSON text.
    fn item(&self, item: &Type) -> Option<String> {
        Some(match item {
            Type::String => "const char *const ".to_owned(),
            Type::Integer => "const int64_t ".to_owned(),
            Type::Unsigned => "const uint64_t ".to_owned(),
            Type::Number => "const double ".to_owned(),
            Type::Boolean => "const bool ".to_owned(),
            Type::Enum(_) => "const int32_t ".to_owned(),
            Type::Model(of) => format!("const {} *", self.names.model(of)),
            _ => return None,
        })
    }

    /// The handle of an object.
    fn model(&mut self, of: &str, variable: &str, value: &Value) {
        let Some(model) = self.api.models.iter().find(|model| *model.name == *of) else {
            return;
        };
        let ty = self.names.model(of);
        let given = model.fields.iter().filter(|field| !field.read_only);
        let (required, optional): (Vec<&Field>, Vec<&Field>) =
            given.partition(|field| !field.can_be_absent());
        let null = Value::Null;
        let mut new = Vec::new();
        for field in required {
            let value = value.get(&field.wire).unwrap_or(&null);
            new.extend(self.value(&field.ty, &field.name, value));
        }
        let mut later = Vec::new();
        for field in optional {
            if let Some(value) = value.get(&field.wire).filter(|value| !value.is_null()) {
                later.push(self.setter(&ty, variable, &field.name, &field.ty, value));
            }
        }
        self.handle(&ty, variable, &new, later);
    }
}

fn indented(lines: &[String]) -> Vec<String> {
    lines.iter().map(|line| format!("    {line}")).collect()
}
