//! Headers with the structs of which objects that are sent are made: a program compiles those that its calls take.

use std::collections::{BTreeMap, BTreeSet};

use askama::Template;

use super::head::Head;
use super::layout;
use super::names::{Face, is_given_as_json, members};
use crate::emit::prose;
use crate::face::c::{self, names::Part, names::constant_endings};
use crate::ir::{Api, Field, Model, Param, Rule, Type, words};

/// Which header has which struct.
pub(super) struct Files<'a> {
    files: BTreeMap<String, Vec<&'a Model>>,
    of: BTreeMap<&'a str, String>,
}

impl<'a> Files<'a> {
    /// Structs whose names begin alike are in one file, and so are those of all files that need each other in a circle.
    pub(super) fn new(api: &'a Api) -> Self {
        let sent: Vec<&Model> = api.visible().filter(|model| model.sent).collect();
        let mut groups: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for model in &sent {
            let needs = groups.entry(c::model_group(&model.name)).or_default();
            needs.extend(parts(model).map(c::model_group));
        }
        let reached: BTreeMap<&str, BTreeSet<&str>> = groups
            .keys()
            .map(|group| (group.as_str(), all_behind(group, &groups)))
            .collect();
        let reaches = |from: &str, to: &str| {
            let behind = reached.get(from);
            behind.is_some_and(|behind| behind.contains(to))
        };
        // The groups are in order, so that all of a circle find the same first one.
        let file = |group: &str| {
            let first = groups
                .keys()
                .find(|first| reaches(group, first) && reaches(first, group));
            first.map_or_else(|| group.to_owned(), String::clone)
        };
        let mut files: BTreeMap<String, Vec<&Model>> = BTreeMap::new();
        let mut of = BTreeMap::new();
        for model in sent {
            let file = file(&c::model_group(&model.name));
            files.entry(file.clone()).or_default().push(model);
            of.insert(&*model.name, file);
        }
        Self { files, of }
    }

    pub(super) fn files(&self) -> impl Iterator<Item = (&str, &[&'a Model])> {
        let files = self.files.iter();
        files.map(|(name, models)| (name.as_str(), models.as_slice()))
    }

    /// The header with a model's struct; nothing where it has none.
    pub(super) fn of(&self, model: &str) -> Option<&str> {
        self.of.get(model).map(String::as_str)
    }
}

/// All groups that one needs, by way of others too.
fn all_behind<'a>(
    group: &str,
    groups: &'a BTreeMap<String, BTreeSet<String>>,
) -> BTreeSet<&'a str> {
    let mut all = BTreeSet::new();
    let mut next: Vec<&str> = vec![group];
    while let Some(group) = next.pop() {
        for need in groups.get(group).into_iter().flatten() {
            if all.insert(need.as_str()) {
                next.push(need);
            }
        }
    }
    all
}

/// The models of which one is made when it is sent.
fn parts(model: &Model) -> impl Iterator<Item = &str> {
    let sent = model.fields.iter().filter(|field| !field.read_only);
    sent.filter_map(|field| part(&field.ty))
}

#[derive(Template)]
#[template(path = "face/cpp/structs.hpp")]
pub(super) struct Header {
    head: Head,
    /// The headers in C.
    c_files: BTreeSet<String>,
    /// Other headers with structs of which these are made.
    others: BTreeSet<String>,
    structs: Vec<Struct>,
}

impl Header {
    pub(super) fn new(face: &Face<'_>, files: &Files<'_>, name: &str, models: &[&Model]) -> Self {
        let models = ordered(models.to_vec());
        let needs = models.iter().flat_map(|model| parts(model));
        let others = needs.filter_map(|part| files.of(part));
        Self {
            head: Head::below(face.api, "structs", name),
            c_files: models
                .iter()
                .map(|model| c::model_group(&model.name))
                .collect(),
            others: others
                .filter(|other| *other != name)
                .map(str::to_owned)
                .collect(),
            structs: models.iter().map(|model| input(face, model)).collect(),
        }
    }
}

/// A struct of values, and how a handle of the C library is made of them.
pub(super) struct Struct {
    pub(super) doc: Vec<String>,
    pub(super) class: String,
    pub(super) handle: String,
    pub(super) members: Vec<Member>,
    /// Arguments of the handle's `_new`.
    pub(super) new: Vec<String>,
    /// What is set on the handle then.
    pub(super) sets: Vec<String>,
    /// Whether some value goes through `detail::Input`.
    pub(super) takes_texts: bool,
}

impl Struct {
    /// The parameters of the function that makes a handle.
    pub(super) fn parameters(&self) -> String {
        let unused = "[[maybe_unused]] ";
        let from = if self.members.is_empty() { unused } else { "" };
        let input = if self.takes_texts { "" } else { unused };
        format!(
            "{from}const {}& from, {input}detail::Input& input",
            self.class
        )
    }
}

pub(super) struct Member {
    pub(super) doc: Vec<String>,
    pub(super) ty: String,
    pub(super) name: String,
    /// What it is while nobody sets it.
    pub(super) initial: &'static str,
}

/// A value that goes into a struct.
pub(super) struct Value<'a> {
    pub(super) name: &'a str,
    pub(super) ty: &'a Type,
    pub(super) required: bool,
    pub(super) nullable: bool,
    doc: &'a str,
    rules: &'a [Rule],
}

impl<'a> From<&'a Field> for Value<'a> {
    fn from(field: &'a Field) -> Self {
        Self {
            name: &field.name,
            ty: &field.ty,
            required: !field.can_be_absent(),
            nullable: field.nullable,
            doc: &field.doc,
            rules: &field.rules,
        }
    }
}

impl<'a> From<&'a Param> for Value<'a> {
    fn from(param: &'a Param) -> Self {
        Self {
            name: &param.name,
            ty: &param.ty,
            required: param.required,
            nullable: param.nullable,
            doc: &param.doc,
            rules: &param.rules,
        }
    }
}

impl Value<'_> {
    /// The type of the member.
    fn member(&self, face: &Face<'_>) -> String {
        let value = given(face, self.ty);
        match (self.required, self.nullable) {
            (_, true) => format!("Nullable<{value}>"),
            // Its own members see to what must be given.
            (true, false) if matches!(self.ty, Type::Model(_)) => value,
            (true, false) => format!("Required<{value}>"),
            (false, false) => format!("std::optional<{value}>"),
        }
    }

    /// What stands in the handle's `_new` for a value that is set afterwards.
    fn placeholder(&self, face: &Face<'_>) -> Option<String> {
        match self.ty {
            // The number of some listed value; the setter of the text tells which one it really is.
            Type::Enum(of) => constant_endings(face.api.enumeration(of))
                .first()
                .map(|ending| face.c.constant(of, ending)),
            Type::List(_) if !is_given_as_json(self.ty) => Some("nullptr, 0".to_owned()),
            Type::StringOrInteger => Some("nullptr".to_owned()),
            Type::Integer | Type::Unsigned | Type::Number if self.nullable => Some("0".to_owned()),
            Type::Boolean if self.nullable => Some("false".to_owned()),
            _ if self.nullable => Some("nullptr".to_owned()),
            _ => None,
        }
    }

    /// The value as an argument of the C library.
    fn argument(&self, value: &str) -> String {
        match self.ty {
            ty if ty.is_by_value() => value.to_owned(),
            Type::Model(_) => format!("input.make({value}).get()"),
            Type::Bytes => format!("detail::first({value}), ({value}).size()"),
            _ => format!("input.text({value}, {:?})", self.name),
        }
    }

    /// A statement that sets the value on a handle.
    fn set(
        &self,
        setter: &dyn Fn(Part) -> String,
        member: &str,
        condition: Option<&str>,
    ) -> String {
        let value = format!("*{member}");
        let call = |head: &str, arguments: Vec<String>| {
            let head = format!("{head}(");
            match condition {
                Some(condition) => layout::when(condition, &head, &arguments, ");"),
                None => layout::list(4, head, arguments, ");"),
            }
        };
        let helper = |name: &str, part: Part, named: bool| {
            let mut arguments = vec!["to".to_owned(), setter(part), value.clone()];
            if named {
                arguments.push(format!("{:?}", self.name));
            }
            call(&format!("input.{name}"), arguments)
        };
        match self.ty {
            ty if is_given_as_json(ty) => call(
                &setter(Part::Set),
                vec!["to".to_owned(), self.argument(&value)],
            ),
            Type::Enum(_) => {
                let text = format!("input.text({member}->text(), {:?})", self.name);
                call(&setter(Part::SetText), vec!["to".to_owned(), text])
            }
            Type::StringOrInteger => call(
                "input.set_either",
                vec![
                    "to".to_owned(),
                    setter(Part::Set),
                    setter(Part::SetInteger),
                    value.clone(),
                    format!("{:?}", self.name),
                ],
            ),
            Type::List(item) => match item.as_ref() {
                Type::Enum(_) => helper("set_texts", Part::SetTexts, true),
                Type::Model(_) => helper("set_objects", Part::Set, false),
                Type::Boolean => helper("set_flags", Part::Set, false),
                Type::Integer | Type::Unsigned | Type::Number => call(
                    &setter(Part::Set),
                    vec![
                        "to".to_owned(),
                        format!("{member}->data()"),
                        format!("{member}->size()"),
                    ],
                ),
                _ => helper("set_texts", Part::Set, true),
            },
            _ => call(
                &setter(Part::Set),
                vec!["to".to_owned(), self.argument(&value)],
            ),
        }
    }
}

/// The type of a value that is given, as the provider's own headers have it.
pub(super) fn given(face: &Face<'_>, ty: &Type) -> String {
    input_type(face, ty, "", "")
}

/// The same with the namespaces of what all providers share and of what is the provider's own.
pub(super) fn input_type(face: &Face<'_>, ty: &Type, shared: &str, own: &str) -> String {
    if is_given_as_json(ty) {
        return "std::string".to_owned();
    }
    match ty {
        Type::Integer => "std::int64_t".to_owned(),
        Type::Unsigned => "std::uint64_t".to_owned(),
        Type::Number => "double".to_owned(),
        Type::Boolean => "bool".to_owned(),
        Type::StringOrInteger => format!("{shared}StringOrInteger"),
        Type::Enum(of) => format!("{shared}Open<{own}{}>", face.class(of)),
        Type::Model(of) => format!("{own}{}", face.input(of)),
        Type::List(item) => format!("std::vector<{}>", input_type(face, item, shared, own)),
        _ => "std::string".to_owned(),
    }
}

pub(super) fn structure(
    face: &Face<'_>,
    class: String,
    handle: String,
    doc: &str,
    values: &[Value<'_>],
) -> Struct {
    let mut new = Vec::new();
    let mut sets = Vec::new();
    let mut shown = Vec::new();
    let names = members(values.iter().map(|value| (value.name, value.ty)));
    for (value, name) in values.iter().zip(names) {
        let member = format!("from.{name}");
        let setter = |part: Part| face.c.part(&handle, value.name, part);
        let ty = value.member(face);
        let wrapped = ty != given(face, value.ty);
        let direct = value.required && !value.nullable;
        let placeholder = value.placeholder(face);
        if value.required {
            new.push(placeholder.clone().unwrap_or_else(|| {
                let star = if wrapped { "*" } else { "" };
                value.argument(&format!("{star}{member}"))
            }));
        }
        if value.nullable {
            sets.push(value.set(&setter, &member, Some(&format!("{member}.has_value()"))));
            let null = ["to".to_owned()];
            sets.push(layout::when(
                &format!("{member}.is_null()"),
                &format!("{}(", setter(Part::SetNull)),
                &null,
                ");",
            ));
        } else if !direct {
            sets.push(value.set(&setter, &member, Some(&member)));
        } else if placeholder.is_some() {
            sets.push(value.set(&setter, &member, None));
        }
        shown.push(Member {
            doc: prose::cpp(&words::with_bounds(value.doc, value.rules)),
            initial: if wrapped && !direct { "{}" } else { "" },
            ty,
            name,
        });
    }
    Struct {
        doc: prose::cpp(doc),
        class,
        handle,
        members: shown,
        new,
        sets,
        takes_texts: values.iter().any(|value| !is_plain(value.ty)),
    }
}

/// Whether a value goes to the C library as it is.
fn is_plain(ty: &Type) -> bool {
    match ty {
        Type::List(item) => matches!(item.as_ref(), Type::Integer | Type::Unsigned | Type::Number),
        ty => ty.is_by_value() || *ty == Type::Bytes,
    }
}

pub(super) fn input(face: &Face<'_>, model: &Model) -> Struct {
    let fields = model.fields.iter().filter(|field| !field.read_only);
    let (required, optional): (Vec<Value<'_>>, Vec<Value<'_>>) =
        fields.map(Value::from).partition(|value| value.required);
    let doc = format!("What a {} is made of.", face.class(&model.name));
    let values: Vec<Value<'_>> = required.into_iter().chain(optional).collect();
    let handle = face.c.model(&model.name);
    structure(face, face.input(&model.name), handle, &doc, &values)
}

/// The model that a type is made of.
pub(super) fn part(ty: &Type) -> Option<&str> {
    match ty {
        Type::Model(of) => Some(of),
        Type::List(item) => part(item),
        _ => None,
    }
}

/// Models, each behind those that are parts of it unless they are parts of each other.
pub(crate) fn ordered(models: Vec<&Model>) -> Vec<&Model> {
    fn visit<'a>(
        models: &[&'a Model],
        model: &'a Model,
        seen: &mut BTreeSet<&'a str>,
        all: &mut Vec<&'a Model>,
    ) {
        if !seen.insert(&model.name) {
            return;
        }
        for part in model.fields.iter().filter_map(|field| part(&field.ty)) {
            if let Some(part) = models.iter().find(|model| model.name == part) {
                visit(models, part, seen, all);
            }
        }
        all.push(model);
    }
    let (mut seen, mut all) = (BTreeSet::new(), Vec::new());
    for model in &models {
        visit(&models, model, &mut seen, &mut all);
    }
    all
}
