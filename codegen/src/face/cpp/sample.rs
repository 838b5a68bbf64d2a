//! Samples in C++20: the body of a function that may throw.

use askama::Template;
use serde_json::Value;

use super::names::{Face, Functions, getters, is_given_as_json, members, of_client};
use crate::emit::tree::{Style, Tree};
use crate::emit::variables::Variables;
use crate::error::Result;
use crate::face::c::names::{handle, literal, parameter};
use crate::file_set::FileSet;
use crate::ir::bytes::{bytes_of, octal};
use crate::ir::{Api, Field, Form, Location, Resource, Type};
use crate::samples::{Function, Look, Sample, functions};

const STYLE: Style = Style {
    width: 101,
    last_comma: false,
};

#[derive(Template)]
#[template(path = "face/cpp/program.cpp")]
struct Program<'a> {
    provider: &'a str,
    functions: Vec<Function>,
}

/// The program with all samples of a provider.
///
/// # Errors
/// When the template cannot be filled, which is a fault of this program.
pub(crate) fn programs(api: &Api, samples: &[Sample<'_>]) -> Result<FileSet> {
    let face = Face::new(api);
    let program = Program {
        provider: &api.provider.name,
        functions: functions(samples, |sample| Ok(text(&face, sample)))?,
    };
    let mut files = FileSet::default();
    files.render(format!("cpp/{}.cpp", program.provider), &program)?;
    Ok(files)
}

/// One sample.
pub(crate) fn text(face: &Face<'_>, sample: &Sample<'_>) -> String {
    let mut writer = Writer {
        face,
        taken: Variables::of(&["client", "error", "begun"]),
    };
    writer.body(sample).join("\n")
}

struct Writer<'a> {
    face: &'a Face<'a>,
    taken: Variables,
}

impl Writer<'_> {
    fn body(&mut self, sample: &Sample<'_>) -> Vec<String> {
        let provider = &self.face.api.provider.name;
        let mut lines = vec![
            format!("using namespace snapline::{provider};"),
            "const auto client = Client::from_env();".to_owned(),
        ];
        if let Some(begins) = &sample.begins {
            lines.push(self.call(begins, "const auto begun = ", 4, ";"));
        }
        let one = match sample.call.form.item() {
            Some(Type::Model(of)) => handle(of),
            _ => "answer".to_owned(),
        };
        let one = self.variable(&one);
        let deep = if sample.error == Look::Message { 0 } else { 4 };
        let mut inside = Vec::new();
        let maybe = sample.call.form.is_maybe();
        match sample.call.form.something() {
            Form::Page { .. } | Form::List(Type::Model(_)) => {
                // What a call gives must outlive the loop over it; a walk fetches while it is gone over.
                let constant = match sample.call.form {
                    Form::Page { .. } => "",
                    _ => "const ",
                };
                let items = self.variable("items");
                let head = format!("{constant}auto {items} = ");
                inside.push(self.call(sample, &head, 4 + deep, ";"));
                let (all, margin) = match maybe {
                    true => (format!("*{items}"), "    "),
                    false => (items.clone(), ""),
                };
                inside.extend(maybe.then(|| format!("if ({items}) {{")));
                inside.push(format!("{margin}for (const auto& {one} : {all}) {{"));
                let told = self.told(sample, &one, &format!("{one}."));
                inside.push(format!("{margin}    {told}"));
                inside.push(format!("{margin}}}"));
                inside.extend(maybe.then(|| "}".to_owned()));
            }
            Form::Nothing => inside.push(self.call(sample, "", 4 + deep, ";")),
            _ => {
                inside.push(self.call(sample, &format!("const auto {one} = "), 4 + deep, ";"));
                match maybe {
                    true => {
                        let told = self.told(sample, &format!("(*{one})"), &format!("{one}->"));
                        inside.push(format!("if ({one}) {{"));
                        inside.push(format!("    {told}"));
                        inside.push("}".to_owned());
                    }
                    false => inside.push(self.told(sample, &one, &format!("{one}."))),
                }
            }
        }
        let caught: &[&str] = match sample.error {
            Look::Message => {
                lines.extend(inside);
                return lines;
            }
            Look::Missing => &[
                "} catch (const snapline::NotFoundError& error) {",
                "    std::cerr << \"there is none: \" << error.what() << '\\n';",
                "}",
            ],
            Look::Outcome => &[
                "} catch (const snapline::Error& error) {",
                "    if (!error.outcome_unknown()) throw;",
                "    std::cerr << \"it may have been done, look before you ask again: \" << error.what() << '\\n';",
                "}",
            ],
        };
        lines.push("try {".to_owned());
        let inside = inside.iter().flat_map(|part| part.lines());
        lines.extend(inside.map(|line| format!("    {line}")));
        lines.extend(caught.iter().map(|&line| line.to_owned()));
        lines
    }

    fn variable(&mut self, wanted: &str) -> String {
        self.taken.claim(parameter(wanted))
    }

    /// Shows what came: a value, whose members are reached by what stands before their names.
    fn told(&self, sample: &Sample<'_>, value: &str, members: &str) -> String {
        let fields = sample.fields();
        let model = match sample.call.form.item() {
            Some(Type::Model(of)) => Some(self.face.api.model(of)),
            _ => None,
        };
        let Some(model) = model.filter(|_| !fields.is_empty()) else {
            let value = match model {
                Some(_) => format!("{members}to_json()"),
                None => value.to_owned(),
            };
            return format!("std::cout << {value} << '\\n';");
        };
        let (members, model) = match sample.inside() {
            Some((field, inside)) => {
                let names = getters(model);
                let own = names.iter().find(|own| own.field.wire == field.wire);
                let get = own.map_or("", |own| own.get.as_str());
                (format!("{members}{get}()."), inside)
            }
            None => (members.to_owned(), model),
        };
        let names = getters(model);
        let shown = |field: &&Field| {
            let own = names.iter().find(|own| own.field.wire == field.wire);
            let name = own.map_or("", |own| match field.ty {
                Type::Enum(_) => own.text.as_str(),
                _ => own.get.as_str(),
            });
            let rest = match (field.can_be_absent(), &field.ty) {
                (false, _) => "",
                (true, Type::Integer | Type::Unsigned) => ".value_or(0)",
                (true, _) => ".value_or(\"-\")",
            };
            format!("{members}{name}(){rest}")
        };
        let parts: Vec<String> = fields.iter().map(shown).collect();
        let between = match sample.between() {
            " " => " << ' ' << ".to_owned(),
            text => format!(" << \"{text}\" << "),
        };
        format!("std::cout << {} << '\\n';", parts.join(&between))
    }

    /// The call with its arguments; the first line has no margin.
    fn call(&mut self, sample: &Sample<'_>, head: &str, indent: usize, end: &str) -> String {
        let call = sample.call;
        let mut path = "client".to_owned();
        let tops = of_client(self.face.api);
        let mut at: Option<&Resource> = None;
        for part in &call.resource {
            let (children, names): (&[Resource], Vec<String>) = match at {
                None => (&self.face.api.resources, tops.clone()),
                Some(above) => (&above.children, Functions::of(above).children),
            };
            let mut named = children.iter().zip(names);
            if let Some((child, name)) = named.find(|(child, _)| child.name() == part) {
                path = format!("{path}.{name}()");
                at = Some(child);
            }
        }
        let Some(resource) = at else {
            // Every call of the IR is of a resource.
            return String::new();
        };
        let functions = Functions::of(resource).calls;
        let mut named = resource.calls.iter().zip(functions);
        let function = named.find(|(one, _)| one.name == call.name);
        let function = function.map(|(_, function)| match call.form {
            Form::Page { .. } => Functions::walking(&function),
            _ => function,
        });
        let mut given = Vec::new();
        for param in call.direct() {
            if param.location == Location::Origin {
                given.push(Tree::Text("begun".to_owned()));
                continue;
            }
            if let Some((_, value)) = sample.direct().find(|(one, _)| one.name == param.name) {
                given.push(self.value(&param.ty, value));
            }
        }
        let held = call.held().map(|param| (param.name.as_str(), &param.ty));
        let names = members(held);
        let mut args = Vec::new();
        for (param, member) in call.held().zip(names) {
            if let Some((_, value)) = sample.held().find(|(one, _)| one.name == param.name) {
                let value = self.value(&param.ty, value);
                args.push(value.behind(&format!(".{member} = ")));
            }
        }
        if !args.is_empty() {
            given.push(Tree::group("{", args, "}"));
        }
        let function = function.unwrap_or_default();
        let head = format!("{head}{path}.{function}(");
        let text = Tree::group(head, given, format!("){end}")).laid_out(indent, STYLE);
        // The margin of what stands around it is put there by whoever writes it.
        text.replace(&format!("\n{}", " ".repeat(indent)), "\n")
    }

    fn value(&self, ty: &Type, value: &Value) -> Tree {
        if is_given_as_json(ty) {
            return Tree::Text(raw(&value.to_string()));
        }
        match (ty, value) {
            (Type::Model(of), Value::Object(fields)) => {
                let model = self.face.api.model(of);
                let given = model.fields.iter().filter(|field| !field.read_only);
                let (required, optional): (Vec<&Field>, Vec<&Field>) =
                    given.partition(|field| !field.can_be_absent());
                let all: Vec<&Field> = required.into_iter().chain(optional).collect();
                let names = members(all.iter().map(|field| (field.name.as_str(), &field.ty)));
                let set = all.iter().zip(names).filter_map(|(field, name)| {
                    let value = fields.get(&field.wire)?;
                    let value = self.value(&field.ty, value);
                    Some(value.behind(&format!(".{name} = ")))
                });
                Tree::group(format!("{}{{", self.face.input(of)), set.collect(), "}")
            }
            (Type::List(item), Value::Array(items)) => {
                let inner = super::structs::input_type(self.face, item, "snapline::", "");
                let items = items.iter().map(|one| self.value(item, one)).collect();
                Tree::group(format!("std::vector<{inner}>{{"), items, "}")
            }
            (Type::Bytes, _) => {
                let bytes = bytes_of(value).unwrap_or_default();
                let (text, length) = (octal(&bytes, '"'), bytes.len());
                Tree::Text(format!("std::string({text}, {length})"))
            }
            (_, Value::String(text)) => Tree::Text(literal(text)),
            (_, other) => Tree::Text(other.to_string()),
        }
    }
}

/// JSON text as it is.
fn raw(text: &str) -> String {
    format!("R\"({text})\"")
}
