//! Models: a view with getters for each, an owner of one, and a struct from which one is made.

use std::collections::BTreeSet;

use super::types::{class, given, given_name, input_class, is_json, passed, placeholder};
use super::{Header, file_of};
use crate::emit::c::Names;
use crate::emit::c::names::word;
use crate::error::Result;
use crate::ir::words;
use crate::ir::{Api, Call, Field, Model, Returns, Type};

/// The header of a provider's models.
pub(super) fn models(api: &Api, names: &Names) -> Result<String> {
    let mut out = Header::of(
        api,
        &file_of("models"),
        &["enums.hpp"],
        "Objects: views with getters that borrow, and owners of such objects.",
    );
    let shown: Vec<&Model> = api
        .models
        .iter()
        .filter(|model| !model.envelope && (model.received || model.sent))
        .collect();
    for model in &shown {
        out.line(&format!("class {};", view_class(&model.name)));
    }
    out.line("");
    let mut later = String::new();
    for model in &shown {
        view(&mut out, &mut later, names, model);
    }
    out.line(later.trim_end());
    out.line("");
    for model in &shown {
        owner(&mut out, names, model);
    }
    lists(&mut out, api, names);
    for model in ordered(api) {
        input(&mut out, api, names, model);
    }
    Ok(out.close(api))
}

/// The class that borrows a model.
pub(crate) fn view_class(name: &str) -> String {
    format!("{}View", class(name))
}

/// The name of a getter; a few names are taken by what every view has.
pub(crate) fn getter(name: &str) -> String {
    match name {
        "handle" | "to_json" | "from_json" => format!("{name}_"),
        other => word(other),
    }
}

fn view(out: &mut Header, later: &mut String, names: &Names, model: &Model) {
    let ty = names.model(&model.name);
    let class = view_class(&model.name);
    out.doc(
        &format!(
            "{}\n\nBorrowed: it must not outlive what it was read from, and neither may texts and parts read from it.",
            model.doc
        ),
        "",
    );
    out.line(&format!("class {class} {{\npublic:"));
    out.line(&format!(
        "    explicit {class}(const {ty}* borrowed) noexcept : handle_(borrowed) {{}}\n"
    ));
    for field in &model.fields {
        getters(out, later, &ty, &class, field);
    }
    out.line("    /// The object as JSON, with the service's names.");
    out.line("    Result<std::string> try_to_json() const {");
    out.line(&format!(
        "        char* text = nullptr;\n        snapline_error* error = nullptr;\n        \
         if ({ty}_to_json(handle_, &text, &error) != SNAPLINE_OK) return Error(error);\n        \
         return snapline::detail::take(text);\n    }}\n"
    ));
    out.line("#if SNAPLINE_EXCEPTIONS\n    /// As try_to_json, or throws.");
    out.line("    std::string to_json() const { return try_to_json().value(); }\n#endif\n");
    out.line(&format!(
        "    /// The handle of the C library, still borrowed.\n    const {ty}* handle() const noexcept {{ return handle_; }}\n"
    ));
    out.line(&format!("protected:\n    const {ty}* handle_;\n}};\n"));
}

fn getters(out: &mut Header, later: &mut String, ty: &str, class_name: &str, field: &Field) {
    let name = getter(&field.name);
    let get = format!("{ty}_{}", field.name);
    let absent = field.can_be_absent();
    let doc = if absent {
        format!("{} Nothing if it is absent.", field.doc.trim())
    } else {
        field.doc.trim().to_owned()
    };
    let mut one = |returns: &str, name: &str, doc: &str, body: String| {
        out.doc(doc, "    ");
        out.line(&format!(
            "    {returns} {name}() const noexcept {{ {body} }}\n"
        ));
    };
    let optional = |inner: &str| {
        if absent {
            format!("std::optional<{inner}>")
        } else {
            inner.to_owned()
        }
    };
    match &field.ty {
        Type::String => {
            let text = "std::string_view";
            let found = format!(
                "const char* text = {get}(handle_); if (text == nullptr) return {}; \
                 return std::string_view(text, {get}_length(handle_));",
                if absent { "std::nullopt" } else { "{}" }
            );
            one(&optional(text), &name, &doc, found);
        }
        Type::Timestamp => {
            let body = format!(
                "const char* text = {get}(handle_); if (text == nullptr) return {}; std::int64_t at = 0; \
                 const bool known = {get}_ns(handle_, &at); \
                 return Timestamp(text, known ? std::optional<std::int64_t>(at) : std::nullopt);",
                if absent {
                    "std::nullopt"
                } else {
                    "Timestamp({}, std::nullopt)"
                }
            );
            one(&optional("Timestamp"), &name, &doc, body);
        }
        Type::StringOrInteger => {
            let body = format!(
                "const char* text = {get}(handle_); if (text == nullptr) return {}; std::int64_t number = 0; \
                 if ({get}_integer(handle_, &number)) return StringOrInteger(number); \
                 return StringOrInteger(text);",
                if absent {
                    "std::nullopt"
                } else {
                    "StringOrInteger(\"\")"
                }
            );
            one(&optional("StringOrInteger"), &name, &doc, body);
        }
        Type::Integer | Type::Number | Type::Boolean => {
            let body = if absent {
                format!(
                    "if (!{ty}_has_{}(handle_)) return std::nullopt; return {get}(handle_);",
                    field.name
                )
            } else {
                format!("return {get}(handle_);")
            };
            one(&optional(&given(&field.ty)), &name, &doc, body);
        }
        Type::Enum(of) => {
            let kind = class(of);
            one(
                &kind,
                &name,
                &format!(
                    "{} Unknown if it is absent or not listed.",
                    field.doc.trim()
                ),
                format!("return static_cast<{kind}>({get}(handle_));"),
            );
            let (returns, view) = if absent {
                ("std::optional<std::string_view>", "optional_view")
            } else {
                ("std::string_view", "view")
            };
            one(
                returns,
                &format!("{}_string", field.name),
                &format!("{} as the string received.", field.name),
                format!("return snapline::detail::{view}({get}_string(handle_));"),
            );
        }
        Type::Model(of) => {
            let part = view_class(of);
            let returns = optional(&part);
            out.doc(&doc, "    ");
            out.line(&format!("    {returns} {name}() const noexcept;\n"));
            let none = if absent {
                format!("    if ({get}(handle_) == nullptr) return std::nullopt;\n")
            } else {
                String::new()
            };
            later.push_str(&format!(
                "inline {returns} {class_name}::{name}() const noexcept {{\n{none}    return {part}({get}(handle_));\n}}\n\n"
            ));
        }
        Type::List(item) if !is_list_json(item) => {
            let list =
                |item: &str, at: &str| format!("ListView<{item}, {ty}, &{get}_count, &{get}_{at}>");
            let item_type = match item.as_ref() {
                Type::Model(of) => view_class(of),
                Type::Enum(of) => class(of),
                Type::Integer | Type::Number | Type::Boolean => given(item),
                _ => "std::string_view".to_owned(),
            };
            // A text may hold a NUL, so its length is read as well.
            let returns = match item.as_ref() {
                Type::String => format!(
                    "ListView<std::string_view, {ty}, &{get}_count, &{get}_at, &{get}_length_at>"
                ),
                _ => list(&item_type, "at"),
            };
            one(
                &returns,
                &name,
                field.doc.trim(),
                format!("return {returns}(handle_);"),
            );
            if matches!(item.as_ref(), Type::Enum(_)) {
                let returns = list("std::string_view", "string_at");
                one(
                    &returns,
                    &format!("{}_strings", field.name),
                    &format!("{} as the strings received.", field.name),
                    format!("return {returns}(handle_);"),
                );
            }
            if absent {
                one(
                    "bool",
                    &format!("has_{}", field.name),
                    &format!("Whether {} is there at all.", field.name),
                    format!("return {ty}_has_{}(handle_);", field.name),
                );
            }
        }
        Type::List(_) | Type::Map(_) | Type::Json | Type::Union(_) => {
            one(
                "std::optional<std::string_view>",
                &format!("{}_json", field.name),
                &format!("{} As JSON.", field.doc.trim()),
                format!("return snapline::detail::optional_view({get}_json(handle_));"),
            );
        }
    }
}

/// Whether the C library gives a list of this as JSON.
pub(crate) fn is_list_json(item: &Type) -> bool {
    matches!(
        item,
        Type::List(_) | Type::Map(_) | Type::Json | Type::Union(_)
    )
}

fn owner(out: &mut Header, names: &Names, model: &Model) {
    let ty = names.model(&model.name);
    let name = class(&model.name);
    let view = view_class(&model.name);
    let reading = words::reading(model);
    out.doc(&format!("Owns a {view}. Move it; it is not copied."), "");
    out.line(&format!(
        "class {name} : public {view} {{\npublic:\n    \
         /// Takes over an object of the C library.\n    \
         explicit {name}({ty}* owned) noexcept : {view}(owned), owned_(owned) {{}}\n    \
         {name}({name}&& other) noexcept : {view}(other), owned_(std::move(other.owned_)) {{ other.handle_ = nullptr; }}\n    \
         {name}& operator=({name}&& other) noexcept {{\n        \
         owned_ = std::move(other.owned_);\n        \
         handle_ = owned_.get();\n        \
         other.handle_ = other.owned_.get();\n        \
         return *this;\n    }}\n\n    \
         /// Makes one from JSON with the service's names.\n    /// {reading}\n    \
         static Result<{name}> try_from_json(const std::string& json) {{\n        \
         snapline::detail::Fault fault;\n        \
         const char* text = snapline::detail::text(json, \"json\", fault);\n        \
         if (fault) return fault.error();\n        \
         {ty}* made = nullptr;\n        \
         snapline_error* error = nullptr;\n        \
         if ({ty}_from_json(text, &made, &error) != SNAPLINE_OK) return Error(error);\n        \
         return {name}(made);\n    }}\n\n\
         #if SNAPLINE_EXCEPTIONS\n    \
         /// As try_from_json, or throws.\n    \
         static {name} from_json(const std::string& json) {{ return try_from_json(json).value(); }}\n\
         #endif\n\n\
         private:\n    snapline::detail::Handle<{ty}, &{ty}_free> owned_;\n}};\n"
    ));
}

fn lists(out: &mut Header, api: &Api, names: &Names) {
    let mut listed = BTreeSet::new();
    let mut paged = BTreeSet::new();
    for method in api.calls().filter_map(Call::as_request) {
        match &method.request.returns {
            Returns::Whole(Type::List(item))
            | Returns::Field {
                ty: Type::List(item),
                ..
            } => {
                if let Type::Model(of) = item.as_ref() {
                    listed.insert(of.clone());
                }
            }
            Returns::Page {
                item: Type::Model(of),
                ..
            } => {
                paged.insert(of.clone());
            }
            _ => {}
        }
    }
    for of in &listed {
        let (ty, view, name) = (names.model(of), view_class(of), class(of));
        out.line(&format!(
            "/// A list of objects, each borrowed from it.\nusing {name}List =\n    \
             OwnedList<{view}, {ty}_list, &{ty}_list_count, &{ty}_list_at, &{ty}_list_free>;\n"
        ));
    }
    for of in &paged {
        let (ty, view, name) = (names.model(of), view_class(of), class(of));
        out.line(&format!(
            "/// One page of a list; each object is borrowed from it.\nclass {name}Page : public OwnedList<{view}, {ty}_page, &{ty}_page_count, &{ty}_page_at, &{ty}_page_free> {{\n\
             public:\n    using OwnedList::OwnedList;\n\n    \
             /// The number of this page, from 1.\n    \
             std::uint64_t number() const noexcept {{ return {ty}_page_number(handle()); }}\n\n    \
             /// The number of the next page; nothing if this is the last one.\n    \
             std::optional<std::uint64_t> next_page() const noexcept {{\n        \
             const std::uint64_t next = {ty}_page_next_page(handle());\n        \
             if (next == 0) return std::nullopt;\n        return next;\n    }}\n\n    \
             /// How many items all pages have together, if the service says so.\n    \
             std::optional<std::int64_t> total() const noexcept {{\n        \
             const std::int64_t total = {ty}_page_total(handle());\n        \
             if (total < 0) return std::nullopt;\n        return total;\n    }}\n}};\n\n\
             /// All objects of a list, page by page.\nusing {name}Items = Items<{view}, {ty}_iter, &{ty}_iter_next, &{ty}_iter_free>;\n"
        ));
    }
}

/// Models that are sent, each behind those that are parts of it.
fn ordered(api: &Api) -> Vec<&Model> {
    fn visit<'a>(
        api: &'a Api,
        model: &'a Model,
        seen: &mut BTreeSet<&'a str>,
        all: &mut Vec<&'a Model>,
    ) {
        if !seen.insert(&model.name) {
            return;
        }
        for field in &model.fields {
            let part = match &field.ty {
                Type::List(item) => item.as_ref(),
                other => other,
            };
            if let Type::Model(of) = part
                && let part = api.model(of)
                && part.sent
            {
                visit(api, part, seen, all);
            }
        }
        all.push(model);
    }
    let mut seen = BTreeSet::new();
    let mut all = Vec::new();
    for model in api
        .models
        .iter()
        .filter(|model| model.sent && !model.envelope)
    {
        visit(api, model, &mut seen, &mut all);
    }
    all
}

fn input(out: &mut Header, api: &Api, names: &Names, model: &Model) {
    let ty = names.model(&model.name);
    let name = input_class(&model.name);
    let fields: Vec<&Field> = model
        .fields
        .iter()
        .filter(|field| !field.read_only)
        .collect();
    let required = |field: &&&Field| !field.can_be_absent();
    out.doc(&format!("What a {} is made of.", class(&model.name)), "");
    out.line(&format!("struct {name} {{"));
    let in_order: Vec<&Field> = fields
        .iter()
        .filter(required)
        .chain(fields.iter().filter(|field| !required(field)))
        .copied()
        .collect();
    for field in &in_order {
        out.doc(
            &crate::ir::words::with_bounds(&field.doc, &field.rules),
            "    ",
        );
        let member = member(&field.ty, !field.can_be_absent(), field.nullable);
        out.line(&format!(
            "    {member} {}{};",
            given_name(&field.name, &field.ty),
            initial(&member)
        ));
    }
    out.line("};\n");
    out.line(&format!(
        "inline snapline::detail::Handle<{ty}, &{ty}_free> make(const {name}& given, [[maybe_unused]] snapline::detail::Fault& fault) {{"
    ));
    let mut before = String::new();
    let mut arguments = Vec::new();
    let mut after = String::new();
    for field in &in_order {
        let value = format!("given.{}", given_name(&field.name, &field.ty));
        let setter = format!("{ty}_set_{}", field.name);
        if field.can_be_absent() {
            after.push_str(&set_optional(
                names,
                &field.name,
                &field.ty,
                field.nullable,
                &value,
                &setter,
            ));
            continue;
        }
        let value = if member(&field.ty, true, false).starts_with("Required") {
            format!("*{value}")
        } else {
            value
        };
        let form = passed(names, &field.name, &field.ty, &value);
        before.push_str(&form.before);
        match placeholder(names, api, &field.ty) {
            Some(placeholder) => {
                arguments.push(placeholder);
                after.push_str(&format!(
                    "    {setter}{}(it, {});\n",
                    form.ending,
                    form.arguments.join(", ")
                ));
            }
            None => arguments.extend(form.arguments),
        }
    }
    out.line(&format!(
        "{before}    snapline::detail::Handle<{ty}, &{ty}_free> made({ty}_new({}));\n    \
         [[maybe_unused]] {ty}* it = made.get();\n{after}    return made;\n}}\n",
        arguments.join(", ")
    ));
}

/// The type of a member that is given.
pub(super) fn member(ty: &Type, required: bool, nullable: bool) -> String {
    let value = given(ty);
    match (required, nullable) {
        (_, true) => format!("Nullable<{value}>"),
        // Its own members see to what must be given.
        (true, false) if matches!(ty, Type::Model(_)) => value,
        (true, false) => format!("Required<{value}>"),
        (false, false) => format!("std::optional<{value}>"),
    }
}

/// What a member is until it is given.
pub(super) fn initial(member: &str) -> &'static str {
    if member.starts_with("std::optional<") || member.starts_with("Nullable<") {
        "{}"
    } else {
        ""
    }
}

/// Statements that set a value that may be left out, on `it`.
pub(super) fn set_optional(
    names: &Names,
    name: &str,
    ty: &Type,
    nullable: bool,
    value: &str,
    setter: &str,
) -> String {
    let form = passed(names, name, ty, &format!("*{value}"));
    let mut set = form.before.replace("    ", "        ");
    if *ty == Type::StringOrInteger {
        set.push_str(&format!(
            "        if (const auto number = (*{value}).integer()) {setter}_integer(it, *number);\n        \
             else {setter}(it, {});\n",
            form.arguments.join(", ")
        ));
    } else {
        set.push_str(&format!(
            "        {setter}{}(it, {});\n",
            form.ending,
            form.arguments.join(", ")
        ));
    }
    let test = if nullable {
        format!("{value}.has_value()")
    } else {
        value.to_owned()
    };
    let mut text = format!("    if ({test}) {{\n{set}    }}\n");
    if nullable {
        text.push_str(&format!("    if ({value}.is_null()) {setter}_null(it);\n"));
    }
    text
}

/// Whether a value of this type is a text in JSON for the C library; told to the tests too.
pub(crate) fn as_json(ty: &Type) -> bool {
    is_json(ty)
}
