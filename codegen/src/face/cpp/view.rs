//! What the templates of C++ are filled with: names and types of one provider, each written once.

use std::collections::BTreeSet;

use askama::Template;

use super::head::Head;
use super::layout;
use super::names::{
    Face, Functions, enumerators, files, getters, is_read_as_json, of_client, parameters,
};
use super::structs::{Files as StructFiles, Struct, Value, given, ordered, part, structure};
use crate::emit::prose;
use crate::face::c::names::{constant_endings, literal};
use crate::face::c::{self, names::Part};
use crate::ir::{Call, Enum, Form, Helper, Model, Resource, Type, words};

#[derive(Template)]
#[template(path = "face/cpp/enums.hpp")]
pub(super) struct Enums {
    head: Head,
    enums: Vec<EnumView>,
}

struct EnumView {
    doc: Vec<String>,
    class: String,
    unknown: String,
    values: Vec<ValueView>,
}

struct ValueView {
    name: String,
    constant: String,
    text: String,
    doc: Vec<String>,
}

impl ValueView {
    /// Its description behind it, where that is one short line.
    fn remark(&self) -> Option<&str> {
        match self.doc.as_slice() {
            [line]
                if 4 + self.name.len() + 3 + self.constant.len() + 7 + line.len()
                    <= layout::WIDTH =>
            {
                Some(line)
            }
            _ => None,
        }
    }
}

impl Enums {
    pub(super) fn new(face: &Face<'_>) -> Self {
        Self {
            head: Head::new(face.api, "enums"),
            enums: face
                .api
                .enums
                .iter()
                .map(|item| enumeration(face, item))
                .collect(),
        }
    }
}

fn enumeration(face: &Face<'_>, item: &Enum) -> EnumView {
    let endings = constant_endings(item);
    let named = endings.iter().zip(enumerators(&endings));
    let values = item
        .values
        .iter()
        .zip(named)
        .map(|(value, (ending, name))| {
            let doc = format!("\"{}\": {}", value.wire, value.doc);
            ValueView {
                name,
                constant: face.c.constant(&item.name, ending),
                text: literal(&value.wire),
                doc: prose::cpp(doc.trim_end_matches([' ', ':'])),
            }
        });
    EnumView {
        doc: prose::cpp(&item.doc),
        class: face.class(&item.name),
        unknown: face.c.constant(&item.name, "UNKNOWN"),
        values: values.collect(),
    }
}

#[derive(Template)]
#[template(path = "face/cpp/models.hpp")]
pub(super) struct Models {
    head: Head,
    /// The headers of groups of models, and of structs where there are any.
    files: Vec<String>,
}

impl Models {
    pub(super) fn new(face: &Face<'_>, files: Vec<String>) -> Self {
        Self {
            head: Head::new(face.api, "models"),
            files,
        }
    }
}

/// Models whose names begin alike. Groups hold each other, so that a header has its own classes first, then those of the
/// others, and then the functions that give those.
#[derive(Template)]
#[template(path = "face/cpp/group.hpp")]
pub(super) struct Group {
    head: Head,
    name: String,
    /// Views that are told of before they are there.
    ahead: Vec<String>,
    views: Vec<ModelView>,
    /// Other groups that have some of them.
    others: BTreeSet<String>,
    /// Owners by model.
    owners: Vec<Vec<Alias>>,
}

struct ModelView {
    doc: Vec<String>,
    class: String,
    handle: String,
    getters: Vec<Getter>,
    helpers: Vec<HelperView>,
}

/// A function that asks no service.
struct HelperView {
    doc: Vec<String>,
    name: &'static str,
    function: String,
    parameter: String,
    argument: &'static str,
    /// What is given behind the handle.
    given: String,
}

impl HelperView {
    fn new(handle: &str, helper: &Helper) -> Self {
        let (argument, about) = helper.argument.unwrap_or_default();
        let about = match argument {
            "" => String::new(),
            name => format!("`{name}`: {about}"),
        };
        let doc = [helper.doc, helper.more, &about].join(" ");
        let of = |before: &str, after: &str| match argument {
            "" => String::new(),
            name => format!("{before}{name}{after}"),
        };
        Self {
            doc: prose::cpp(doc.trim()),
            name: helper.name,
            function: format!("{handle}_{}", helper.name),
            parameter: of("const std::string& ", ""),
            argument,
            given: of(", ", ".c_str()"),
        }
    }
}

impl ModelView {
    fn later(&self) -> impl Iterator<Item = &Getter> {
        self.getters.iter().filter(|getter| getter.later)
    }
}

/// A function without arguments that returns what another gives.
struct Getter {
    doc: Vec<String>,
    ty: String,
    name: String,
    /// What is called, up to its parenthesis.
    calls: String,
    arguments: Vec<String>,
    /// Behind the arguments.
    end: &'static str,
    /// Whether it gives a view that stands behind it.
    later: bool,
}

impl Getter {
    /// Whether it fits on one line.
    fn fits(&self) -> bool {
        let head = self.ty.len() + self.name.len() + "     () const { return ; }".len();
        let body = self.calls.len() + self.arguments.join(", ").len() + self.end.len();
        head + body <= layout::WIDTH
    }

    /// The line that tells of one that is written elsewhere, or begins it there.
    fn head(&self, indent: usize, before: &str, class: &str, end: &str) -> String {
        let name = format!("{class}{}() const{end}", self.name);
        let parts = self.ty.strip_suffix('>');
        match parts.and_then(|ty| ty.split_once('<')) {
            Some((template, arguments)) => {
                let arguments: Vec<String> = arguments.split(", ").map(str::to_owned).collect();
                let template = format!("{before}{template}<");
                layout::list(indent, template, arguments, &format!("> {name}"))
            }
            None => format!("{before}{} {name}", self.ty),
        }
    }

    fn body(&self, indent: usize) -> String {
        let head = format!("return {}", self.calls);
        layout::list(indent, &head, &self.arguments, &format!("{};", self.end))
    }
}

struct Alias {
    doc: Vec<String>,
    name: String,
    template: &'static str,
    arguments: Vec<String>,
}

impl Alias {
    fn declared(&self) -> String {
        let doc: String = self.doc.iter().map(|line| format!("///{line}\n")).collect();
        let head = format!("using {} = {}<", self.name, self.template);
        doc + &layout::list(0, &head, &self.arguments, ">;")
    }
}

impl Group {
    pub(super) fn new(face: &Face<'_>, name: &str, models: &[&Model]) -> Self {
        let models = ordered(models.to_vec());
        let mut known: BTreeSet<&str> = BTreeSet::new();
        let mut ahead = Vec::new();
        let mut others = BTreeSet::new();
        let mut views = Vec::new();
        for model in &models {
            views.push(ModelView {
                doc: prose::cpp(&model.doc),
                class: face.view(&model.name),
                handle: face.c.model(&model.name),
                getters: all_getters(face, model, &known),
                helpers: helpers(face, model),
            });
            for part in model.fields.iter().filter_map(|field| part(&field.ty)) {
                let view = face.view(part);
                if !known.contains(part) && !ahead.contains(&view) {
                    ahead.push(view);
                }
                others.insert(c::model_group(part));
            }
            known.insert(&model.name);
        }
        others.remove(name);
        Self {
            head: Head::below(face.api, "models", name),
            name: name.to_owned(),
            ahead,
            views,
            others,
            owners: models.iter().map(|model| owners(face, model)).collect(),
        }
    }

    fn has_later(&self) -> bool {
        self.views.iter().any(|view| view.later().next().is_some())
    }
}

fn helpers(face: &Face<'_>, model: &Model) -> Vec<HelperView> {
    let handle = face.c.model(&model.name);
    let all = model.helpers().iter();
    all.map(|helper| HelperView::new(&handle, helper)).collect()
}

fn all_getters(face: &Face<'_>, model: &Model, known: &BTreeSet<&str>) -> Vec<Getter> {
    let ty = face.c.model(&model.name);
    let mut all = Vec::new();
    for names in getters(model) {
        let field = names.field;
        let function = |part: Part| face.c.part(&ty, &field.name, part);
        let handle = || "handle_".to_owned();
        let absent = field.can_be_absent();
        let later = part(&field.ty).is_some_and(|part| !known.contains(part));
        let optional = |inner: &str| {
            if absent {
                format!("std::optional<{inner}>")
            } else {
                inner.to_owned()
            }
        };
        let helper = |name: &str| {
            let optional = if absent { "optional_" } else { "" };
            format!("detail::{optional}{name}(")
        };
        let getter = |ty: String, calls: String, arguments: Vec<String>| Getter {
            doc: prose::cpp(field.doc.trim()),
            ty,
            name: names.get.clone(),
            calls,
            arguments,
            end: ")",
            later,
        };
        let of_text = |name: &str, ty: String, calls: String, arguments| Getter {
            doc: prose::cpp(&format!("{} as received.", field.name)),
            ty,
            name: name.to_owned(),
            calls,
            arguments,
            end: ")",
            later: false,
        };
        match &field.ty {
            ty if is_read_as_json(ty) => all.push(Getter {
                doc: prose::cpp(&format!("{} As JSON.", field.doc.trim())),
                ..getter(
                    "std::optional<std::string_view>".to_owned(),
                    "detail::optional_view(".to_owned(),
                    vec![format!("{}(handle_)", function(Part::Json))],
                )
            }),
            Type::String => all.push(getter(
                optional("std::string_view"),
                helper("text"),
                vec![handle(), function(Part::Get), function(Part::Length)],
            )),
            Type::Timestamp => all.push(getter(
                optional("Timestamp"),
                helper("time"),
                vec![handle(), function(Part::Get), function(Part::Nanoseconds)],
            )),
            Type::StringOrInteger => all.push(getter(
                optional("StringOrInteger"),
                helper("either"),
                vec![handle(), function(Part::Get), function(Part::Integer)],
            )),
            Type::Integer | Type::Unsigned | Type::Number | Type::Boolean => all.push(if absent {
                getter(
                    optional(&given(face, &field.ty)),
                    "detail::optional(".to_owned(),
                    vec![handle(), function(Part::Has), function(Part::Get)],
                )
            } else {
                getter(
                    given(face, &field.ty),
                    format!("{}(", function(Part::Get)),
                    vec![handle()],
                )
            }),
            Type::Enum(of) => {
                all.push(Getter {
                    end: "))",
                    ..getter(
                        face.class(of),
                        format!("static_cast<{}>({}(", face.class(of), function(Part::Get)),
                        vec![handle()],
                    )
                });
                all.push(of_text(
                    &names.text,
                    optional("std::string_view"),
                    helper("view"),
                    vec![format!("{}(handle_)", function(Part::Text))],
                ));
            }
            Type::Model(of) => all.push(if absent {
                getter(
                    optional(&face.view(of)),
                    format!("detail::optional_part<{}>(", face.view(of)),
                    vec![handle(), function(Part::Get)],
                )
            } else {
                getter(
                    face.view(of),
                    format!("{}(", face.view(of)),
                    vec![format!("{}(handle_)", function(Part::Get))],
                )
            }),
            Type::List(item) => {
                let functions = |parts: &[Part]| {
                    let named = parts.iter().map(|part| function(*part));
                    std::iter::once(handle()).chain(named).collect::<Vec<_>>()
                };
                let list = |ty: String, parts: &[Part]| Getter {
                    end: "}",
                    ..getter(ty, "{".to_owned(), functions(parts))
                };
                all.push(match item.as_ref() {
                    // What an item is given as is asked of its class, which may not be there yet.
                    Type::Model(of) if later => list(
                        format!(
                            "ListView<{}, {ty}, const {}*>",
                            face.view(of),
                            face.c.model(of)
                        ),
                        &[Part::Count, Part::At],
                    ),
                    Type::Model(of) => list(
                        format!("ListView<{}, {ty}>", face.view(of)),
                        &[Part::Count, Part::At],
                    ),
                    Type::Enum(of) => list(
                        format!(
                            "ListView<{}, {ty}, {}>",
                            face.class(of),
                            face.c.enumeration(of)
                        ),
                        &[Part::Count, Part::At],
                    ),
                    item if item.is_by_value() => list(
                        format!("ListView<{}, {ty}>", given(face, item)),
                        &[Part::Count, Part::At],
                    ),
                    // A text may hold a NUL, so its length is read as well.
                    Type::String => list(
                        format!("ListView<std::string_view, {ty}>"),
                        &[Part::Count, Part::At, Part::LengthAt],
                    ),
                    _ => list(
                        format!("ListView<std::string_view, {ty}>"),
                        &[Part::Count, Part::At],
                    ),
                });
                if matches!(item.as_ref(), Type::Enum(_)) {
                    all.push(Getter {
                        end: "}",
                        ..of_text(
                            &names.text,
                            format!("ListView<std::string_view, {ty}>"),
                            "{".to_owned(),
                            functions(&[Part::Count, Part::TextAt]),
                        )
                    });
                }
                if absent {
                    all.push(Getter {
                        doc: prose::cpp(&format!("Whether {} is there at all.", field.name)),
                        ty: "bool".to_owned(),
                        name: names.has.clone(),
                        calls: format!("{}(", function(Part::Has)),
                        arguments: vec![handle()],
                        end: ")",
                        later: false,
                    });
                }
            }
            // Those are read as JSON, and bytes are no field of it.
            Type::Map(_) | Type::Json | Type::Union(_) | Type::Bytes => {}
        }
    }
    all
}

/// The owner of a model, and what calls give of it: lists, pages and walks.
fn owners(face: &Face<'_>, model: &Model) -> Vec<Alias> {
    let alias = |name: String, ty: String, template, functions: &[&str]| {
        let named = functions.iter().map(|function| format!("{ty}_{function}"));
        let view = face.view(&model.name);
        let doc = match template {
            "OwnedObject" => prose::cpp(&model.doc),
            "OwnedList" => vec![format!(" {view} by {view}, as a call gives them.")],
            "Page" | "CursorPage" => vec![format!(" One page of {view} by {view}.")],
            _ => vec![format!(" Each {view} of a list, page by page.")],
        };
        Alias {
            doc,
            name,
            template,
            arguments: std::iter::once(view).chain(named).collect(),
        }
    };
    let own = face.c.model(&model.name);
    let mut all = vec![alias(
        face.class(&model.name),
        own,
        "OwnedObject",
        &["free", "from_json"],
    )];
    let gives = |wanted: fn(&Form) -> bool| {
        face.api
            .calls()
            .any(|call| wanted(call.form.something()) && is_of(call.form.item(), model))
    };
    if gives(|form| matches!(form, Form::List(_))) {
        let functions = ["count", "at", "free"];
        all.push(alias(
            face.list(&model.name),
            face.c.list(&model.name),
            "OwnedList",
            &functions,
        ));
    }
    if gives(|form| matches!(form, Form::Page { .. })) {
        let mut functions = vec!["count", "at", "number", "next_page", "total", "free"];
        let mut template = "Page";
        if face.api.goes_by_cursor(&model.name) {
            functions.push("next_cursor");
            template = "CursorPage";
        }
        all.push(alias(
            face.page(&model.name),
            face.c.page(&model.name),
            template,
            &functions,
        ));
        let functions = ["next", "free"];
        all.push(alias(
            face.items(&model.name),
            face.c.iter(&model.name),
            "Items",
            &functions,
        ));
    }
    all
}

fn is_of(ty: Option<&Type>, model: &Model) -> bool {
    matches!(ty, Some(Type::Model(of)) if model.name == **of)
}

#[derive(Template)]
#[template(path = "face/cpp/resource.hpp")]
pub(super) struct ResourceHeader {
    head: Head,
    doc: Vec<String>,
    /// The headers of the provider that it needs.
    needs: Vec<String>,
    /// The function of the client that gives it.
    accessor: Child,
    /// The header in C.
    c_file: String,
    client: String,
    /// Those below before those that give them.
    resources: Vec<ResourceView>,
}

struct ResourceView {
    doc: Vec<String>,
    class: String,
    structs: Vec<Struct>,
    children: Vec<Child>,
    calls: Vec<CallView>,
}

struct Child {
    doc: Vec<String>,
    class: String,
    name: String,
}

/// A call as functions of a class.
struct CallView {
    doc: Vec<String>,
    /// The name of that which throws.
    name: String,
    /// The name from which `try_x` and `x_async` are made.
    bare: String,
    /// The type of what it gives.
    value: String,
    /// The same, with the type of what the C library gives for it, where one does not tell the other.
    taken: String,
    /// The function in C.
    function: String,
    background: String,
    is_wait: bool,
    /// The parameters beside options and what comes back.
    inputs: Vec<String>,
    args: Option<ArgsView>,
    /// The inputs by name.
    names: Vec<String>,
    /// The inputs as the C library takes them.
    passed: Vec<String>,
    walk: Option<Walk>,
}

struct ArgsView {
    class: String,
    /// Whether all of them may be left out.
    optional: bool,
}

/// The functions that walk over all items of a list.
struct Walk {
    doc: Vec<String>,
    name: String,
    bare: String,
    items: String,
    /// The function in C.
    function: String,
}

impl CallView {
    fn options(&self) -> &'static str {
        if self.is_wait {
            "const WaitOptions& options"
        } else {
            "const CallOptions& options"
        }
    }

    /// The parameters of the function that blocks, and of the one that throws.
    fn parameters(&self) -> Vec<String> {
        let mut all = self.walked();
        if !self.is_wait {
            all.push("Response* response = nullptr".to_owned());
        }
        all
    }

    /// The parameters of a walk.
    fn walked(&self) -> Vec<String> {
        let mut all = self.inputs.clone();
        if let Some(args) = &self.args {
            let default = if args.optional { " = {}" } else { "" };
            all.push(format!("const {}& args{default}", args.class));
        }
        all.push(format!("{} = {{}}", self.options()));
        all
    }

    /// The parameters of the function that returns at once.
    fn in_background(&self) -> Vec<String> {
        let mut all = self.inputs.clone();
        if let Some(args) = &self.args {
            all.push(format!("const {}& args", args.class));
        }
        all.push(self.options().to_owned());
        all.push("Done done".to_owned());
        all
    }

    /// The arguments of the function that does not throw.
    fn forwarded(&self) -> Vec<String> {
        let mut all = self.forwarded_walk();
        if !self.is_wait {
            all.push("response".to_owned());
        }
        all
    }

    fn forwarded_walk(&self) -> Vec<String> {
        let mut all = self.names.clone();
        if self.args.is_some() {
            all.push("args".to_owned());
        }
        all.push("options".to_owned());
        all
    }

    /// Arguments of `detail::Call`, behind `first`: a function of the C library and what it takes.
    fn sent(&self, first: &str, function: &str) -> Vec<String> {
        let mut all = Vec::new();
        if !first.is_empty() {
            all.push(first.to_owned());
        }
        all.push(function.to_owned());
        all.push("client_".to_owned());
        all.extend(self.passed.iter().cloned());
        if self.args.is_some() {
            all.push("call.make(args).get()".to_owned());
        }
        all
    }
}

impl ResourceHeader {
    pub(super) fn new(
        face: &Face<'_>,
        (resource, given): (&Resource, &str),
        structs: &StructFiles<'_>,
        (file, c_file): (&str, String),
    ) -> Self {
        let mut parts = resource.walk();
        // A resource gives those below it, which must be there first.
        parts.reverse();
        let calls = || parts.iter().flat_map(|part| &part.calls);
        let items = calls().filter_map(|call| call.form.item());
        let arguments = calls().flat_map(|call| &call.params).map(|param| &param.ty);
        let mut groups = BTreeSet::new();
        let mut made = BTreeSet::new();
        for model in items.filter_map(part) {
            groups.insert(c::model_group(model));
        }
        for model in arguments.filter_map(part) {
            groups.insert(c::model_group(model));
            made.extend(structs.of(model));
        }
        let groups = groups.iter().map(|group| format!("models/{group}"));
        let made = made.iter().map(|file| format!("structs/{file}"));
        let needs = std::iter::once("client".to_owned())
            .chain(groups)
            .chain(made);
        Self {
            needs: needs.collect(),
            accessor: child(face, resource, given),
            head: Head::new(face.api, file),
            doc: prose::c(&resource.doc),
            c_file,
            client: face.c.client(),
            resources: parts.iter().map(|part| resource_view(face, part)).collect(),
        }
    }
}

fn child(face: &Face<'_>, resource: &Resource, name: &str) -> Child {
    Child {
        doc: prose::cpp(&resource.doc),
        class: face.resource(resource),
        name: name.to_owned(),
    }
}

fn resource_view(face: &Face<'_>, resource: &Resource) -> ResourceView {
    let functions = Functions::of(resource);
    let structs = resource.calls.iter().filter_map(|call| {
        let values: Vec<Value<'_>> = call.held().map(Value::from).collect();
        let doc = format!("Arguments of {}.", call.dotted());
        (!values.is_empty())
            .then(|| structure(face, face.args(call), face.c.args(call), &doc, &values))
    });
    let children = resource.children.iter().zip(&functions.children);
    let calls = resource.calls.iter().zip(&functions.calls);
    ResourceView {
        doc: prose::cpp(&resource.doc),
        class: face.resource(resource),
        structs: structs.collect(),
        children: children.map(|(of, name)| child(face, of, name)).collect(),
        calls: calls
            .map(|(call, name)| call_view(face, call, name))
            .collect(),
    }
}

fn call_view(face: &Face<'_>, call: &Call, name: &str) -> CallView {
    let names = parameters(call.direct().map(|id| id.name.as_str()));
    let (mut inputs, mut passed) = (Vec::new(), Vec::new());
    for (id, name) in call.direct().zip(&names) {
        let copied = format!("call.copy({name}, {:?}).c_str()", id.name);
        let (input, argument) = match &id.ty {
            ty if ty.is_by_value() => (format!("{} {name}", given(face, &id.ty)), name.clone()),
            Type::Model(of) => (
                format!("const {}& {name}", face.view(of)),
                format!("{name}.handle()"),
            ),
            Type::StringOrInteger => (format!("const StringOrInteger& {name}"), copied),
            _ => (format!("std::string_view {name}"), copied),
        };
        inputs.push(input);
        passed.push(argument);
    }
    let args = call.held().next().map(|_| ArgsView {
        class: face.args(call),
        optional: !call.held().any(|param| param.required),
    });
    let walk = match &call.form {
        Form::Page {
            item: Type::Model(of),
            pages,
        } => Some(Walk {
            doc: prose::cpp(&format!(
                "{} Gives all items, page by page; nothing is sent before the first is asked for. {}",
                call.summary,
                words::walking(pages)
            )),
            name: Functions::walking(name),
            bare: call.name.clone(),
            items: face.items(of),
            function: face.c.call_form(call, "iter"),
        }),
        _ => None,
    };
    let doc = match (&call.form, words::longest(call)) {
        (Form::Page { .. }, _) => format!("{} Gives one page.", call.summary),
        (_, Some(longest)) => format!(
            "{} At most {longest}, unless its options say otherwise.",
            call.summary
        ),
        _ => call.summary.clone(),
    };
    CallView {
        doc: prose::cpp(&doc),
        name: name.to_owned(),
        bare: name.trim_end_matches('_').to_owned(),
        value: value(face, &call.form),
        taken: match call.form.something() {
            Form::One(Type::Bytes) => format!("{}, snapline_bytes", value(face, &call.form)),
            _ => value(face, &call.form),
        },
        function: face.c.call(call),
        background: face.c.call_form(call, "async"),
        is_wait: call.is_wait(),
        inputs,
        args,
        names,
        passed,
        walk,
    }
}

/// The type of what a call gives.
pub(super) fn value(face: &Face<'_>, form: &Form) -> String {
    match form {
        Form::Nothing => "void".to_owned(),
        Form::One(Type::Model(of)) => face.class(of),
        Form::List(Type::Model(of)) => face.list(of),
        Form::Page {
            item: Type::Model(of),
            ..
        } => face.page(of),
        Form::Maybe(form) => format!("std::optional<{}>", value(face, form)),
        _ => "std::string".to_owned(),
    }
}

#[derive(Template)]
#[template(path = "face/cpp/client.hpp")]
pub(super) struct Client {
    head: Head,
    name: String,
    doc: Vec<String>,
    handle: String,
    /// Each with the header that has it.
    resources: Vec<(Child, String)>,
}

impl Client {
    pub(super) fn new(face: &Face<'_>) -> Self {
        let provider = &face.api.provider;
        let names = of_client(face.api);
        let resources = face.api.resources.iter().zip(&names).zip(files(face.api));
        let mut doc = format!(
            "A client for {}. Any number of threads may use one at once; it is moved, not copied.\n\n\
             Resources borrow it. Without a token in the settings it is taken from the environment: {}.{}",
            provider.client,
            provider.token_variables.join(" or "),
            words::of_token(provider),
        );
        if !provider.credentials.is_empty() {
            doc.push_str(
                "\n\nOther credentials that the settings may name, else the environment:\n",
            );
        }
        for credential in &provider.credentials {
            doc.push_str(&format!(
                "\n- {}: {} {} in the environment.",
                credential.name, credential.doc, credential.variable
            ));
        }
        Self {
            head: Head::new(face.api, "client"),
            name: prose::c_line(&provider.client),
            doc: prose::cpp(&doc),
            handle: face.c.client(),
            resources: resources
                .map(|((of, name), file)| (child(face, of, name), file))
                .collect(),
        }
    }
}
