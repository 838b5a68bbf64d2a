//! Samples in Python: whole files, with calls that wait and with calls that are awaited.

use serde_json::Value;

use super::view::{Call, Model, Provider, literal};
use super::{arguments, names};
use crate::emit::tree::{Style, Tree};
use crate::emit::variables::{Variables, last_word};
use crate::file_set::FileSet;
use crate::ir::bytes::BYTES;
use crate::ir::{Api, Field, Form, Location, Type};
use crate::samples::{Language, Look, Sample};

const STYLE: Style = Style {
    width: 89,
    last_comma: true,
};

/// A file for each sample of a provider in each way to call.
pub(crate) fn programs(api: &Api, samples: &[Sample<'_>]) -> FileSet {
    let provider = Provider::new(api);
    let mut files = FileSet::default();
    for sample in samples {
        for language in [Language::Python, Language::AsyncPython] {
            let call = sample.call.dotted();
            let path = format!("{}/{}/{call}.py", language.name(), provider.module);
            let awaited = language == Language::AsyncPython;
            files.add(path, text(&provider, sample, awaited));
        }
    }
    files
}

/// One sample.
pub(crate) fn text(provider: &Provider<'_>, sample: &Sample<'_>, awaited: bool) -> String {
    let mut writer = Writer {
        provider,
        awaited,
        classes: Vec::new(),
        depth: if awaited { 2 } else { 1 },
        taken: Variables::of(&["client", "error", "begun"]),
    };
    let lines = writer.body(sample);
    let mut classes = writer.classes;
    classes.sort();
    classes.dedup();
    let mut head = vec!["import snapline".to_owned()];
    if !classes.is_empty() {
        head.push(format!(
            "from snapline.{} import {}",
            provider.module,
            classes.join(", ")
        ));
    }
    let client = if awaited {
        names::awaited(&provider.client)
    } else {
        provider.client.clone()
    };
    let (before, margin, with, after) = if awaited {
        head.splice(0..0, ["import asyncio".to_owned(), String::new()]);
        let before = "\n\nasync def main() -> None:".to_owned();
        let after = "\n\n\nasyncio.run(main())";
        (before, "    ", "async with", after)
    } else {
        (String::new(), "", "with", "")
    };
    let mut all = head;
    all.push(before);
    all.push(format!("{margin}{with} snapline.{client}() as client:"));
    all.extend(lines);
    format!("{}{after}", all.join("\n"))
}

struct Writer<'a> {
    provider: &'a Provider<'a>,
    awaited: bool,
    /// Classes that it names.
    classes: Vec<String>,
    /// How far its lines stand in.
    depth: usize,
    taken: Variables,
}

impl Writer<'_> {
    fn body(&mut self, sample: &Sample<'_>) -> Vec<String> {
        let mut lines = Vec::new();
        let margin = "    ".repeat(self.depth);
        let wait = if self.awaited { "await " } else { "" };
        let mut put = |depth: usize, line: String| {
            lines.push(format!("{margin}{}{line}", "    ".repeat(depth)));
        };
        if let Some(begins) = &sample.begins {
            let call = self.call(begins, &format!("begun = {wait}"), 0, "");
            put(0, call);
        }
        let maybe = sample.call.form.is_maybe();
        let (loops, one) = match sample.call.form.something() {
            Form::Page { item, .. } | Form::List(item @ Type::Model(_)) => (true, item.clone()),
            Form::One(ty) => (false, ty.clone()),
            _ => (false, Type::Json),
        };
        let name = match &one {
            Type::Model(of) => last_word(of),
            _ => "answer".to_owned(),
        };
        let name = self.variable(&name);
        let shown = self.shown(sample, &one, &name);
        if let Form::Page { .. } = sample.call.form {
            let each = if self.awaited { "async for" } else { "for" };
            let call = self.call(sample, &format!("{each} {name} in "), 0, ":");
            put(0, call);
            put(1, format!("print({shown})"));
            return lines;
        }
        let nothing = sample.call.form == Form::Nothing;
        let (head, end) = if loops {
            let end = if maybe { " or []:" } else { ":" };
            (format!("for {name} in {wait}"), end)
        } else if nothing {
            (wait.to_owned(), "")
        } else {
            (format!("{name} = {wait}"), "")
        };
        let deep = usize::from(sample.error != Look::Message);
        if deep > 0 {
            put(0, "try:".to_owned());
        }
        let call = self.call(sample, &head, deep, end);
        put(deep, call);
        let inside = loops || maybe;
        if maybe && !loops {
            put(deep, format!("if {name} is not None:"));
        }
        if !nothing {
            put(deep + usize::from(inside), format!("print({shown})"));
        }
        match sample.error {
            Look::Message => {}
            Look::Missing => {
                put(0, "except snapline.NotFoundError as error:".to_owned());
                put(1, "print(\"there is none:\", error)".to_owned());
            }
            Look::Outcome => {
                put(0, "except snapline.SnaplineError as error:".to_owned());
                put(1, "if not error.outcome_unknown:".to_owned());
                put(2, "raise".to_owned());
                let told = "print(\"it may have been done, look before you ask again:\", error)";
                put(1, told.to_owned());
            }
        }
        lines
    }

    fn variable(&mut self, wanted: &str) -> String {
        self.taken.claim(names::python(wanted))
    }

    /// What is printed of what came.
    fn shown(&self, sample: &Sample<'_>, ty: &Type, name: &str) -> String {
        let fields = sample.fields();
        let of = |ty: &Type| match ty {
            Type::Model(of) => self.provider.models.iter().find(|it| it.model.name == *of),
            _ => None,
        };
        let Some(model) = of(ty).filter(|_| !fields.is_empty()) else {
            return name.to_owned();
        };
        let (name, model) = match sample.inside() {
            Some((field, _)) => {
                let name = format!("{name}.{}", attribute(model, field));
                (name, of(&field.ty).unwrap_or(model))
            }
            None => (name.to_owned(), model),
        };
        let parts: Vec<String> = fields
            .iter()
            .map(|field| format!("{name}.{}", attribute(model, field)))
            .collect();
        match sample.between() {
            " is " => parts.join(", \"is\", "),
            _ => parts.join(", "),
        }
    }

    /// The call with its arguments, on one line where it fits; the first line has no margin.
    fn call(&mut self, sample: &Sample<'_>, head: &str, deep: usize, end: &str) -> String {
        let mut path = "client".to_owned();
        let mut children = &self.provider.children;
        let mut found = None;
        for part in &sample.call.resource {
            let Some(child) = children.iter().find(|it| it.resource.name() == part) else {
                break;
            };
            path = format!("{path}.{}", child.name);
            let of = |it: &&super::view::Resource<'_>| it.resource.path == child.resource.path;
            if let Some(resource) = self.provider.resources.iter().find(of) {
                children = &resource.children;
                found = Some(resource);
            }
        }
        let calls = found.map(|resource| resource.calls.as_slice());
        let call = calls
            .unwrap_or_default()
            .iter()
            .find(|it| it.call.name == sample.call.name);
        let Some(call) = call else {
            // Every call of the IR is among them.
            return String::new();
        };
        let given = self.arguments(call, sample);
        let head = format!("{head}{path}.{}(", call.name);
        let indent = 4 * (self.depth + deep);
        Tree::group(head, given, format!("){end}")).laid_out(indent, STYLE)
    }

    fn arguments(&mut self, call: &Call<'_>, sample: &Sample<'_>) -> Vec<Tree> {
        let mut all = Vec::new();
        let (positional, named) = call.ordered();
        for argument in positional.into_iter().chain(named) {
            let param = argument.param;
            if param.location == Location::Origin {
                all.push(Tree::Text("begun".to_owned()));
                continue;
            }
            let given = sample.given.iter().find(|(one, _)| one.name == param.name);
            if let Some((_, value)) = given {
                let value = self.value(&param.ty, value);
                all.push(if arguments::positional(param) && param.required {
                    value
                } else {
                    value.behind(&format!("{}=", argument.name))
                });
            }
        }
        all
    }

    fn value(&mut self, ty: &Type, value: &Value) -> Tree {
        match (ty, value) {
            (Type::Model(of), Value::Object(fields)) => {
                let mut models = self.provider.models.iter();
                let Some(model) = models.find(|it| it.model.name == *of) else {
                    return plain(value);
                };
                self.classes.push(model.class.clone());
                let (required, optional) = model.given();
                let mut given = Vec::new();
                for attribute in required.into_iter().chain(optional) {
                    if let Some(value) = fields.get(&attribute.field.wire) {
                        let value = self.value(&attribute.field.ty, value);
                        given.push(value.behind(&format!("{}=", attribute.name)));
                    }
                }
                Tree::group(format!("{}(", model.class), given, ")")
            }
            (Type::List(item), Value::Array(items)) => {
                let items = items.iter().map(|one| self.value(item, one)).collect();
                Tree::group("[", items, "]")
            }
            (Type::Bytes, _) => {
                let hex = value.get(BYTES).and_then(Value::as_str);
                let hex = literal(hex.unwrap_or_default());
                Tree::Text(format!("bytes.fromhex({hex})"))
            }
            _ => plain(value),
        }
    }
}

/// An attribute's name.
fn attribute(model: &Model<'_>, field: &Field) -> String {
    let mut all = model.attributes.iter();
    let own = all.find(|it| it.field.wire == field.wire);
    own.map_or_else(|| names::python(&field.name), |own| own.name.clone())
}

/// JSON as Python writes it.
fn plain(value: &Value) -> Tree {
    Tree::Text(match value {
        Value::Null => "None".to_owned(),
        Value::Bool(true) => "True".to_owned(),
        Value::Bool(false) => "False".to_owned(),
        Value::Number(number) => number.to_string(),
        Value::String(text) => literal(text),
        Value::Array(items) => return Tree::group("[", items.iter().map(plain).collect(), "]"),
        Value::Object(fields) => {
            let fields = fields.iter();
            let fields =
                fields.map(|(name, value)| plain(value).behind(&format!("{}: ", literal(name))));
            return Tree::group("{", fields.collect(), "}");
        }
    })
}
