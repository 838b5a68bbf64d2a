//! What things are called in C.

use std::collections::{BTreeMap, BTreeSet};

use heck::{ToShoutySnakeCase, ToUpperCamelCase};
use proc_macro2::TokenStream;
use quote::quote;

pub(crate) use crate::emit::variables::{last_word, numbered};

use crate::emit::rust::{ident, type_ident};
use crate::ir::{Api, Call, Enum, EnumValue, Field, Model, Type};

/// Words that are no identifiers in C or C++.
const KEYWORDS: &[&str] = &[
    "alignas",
    "alignof",
    "and",
    "asm",
    "auto",
    "bitand",
    "bitor",
    "bool",
    "break",
    "case",
    "catch",
    "char",
    "class",
    "compl",
    "concept",
    "const",
    "constexpr",
    "continue",
    "decltype",
    "default",
    "delete",
    "do",
    "double",
    "else",
    "enum",
    "explicit",
    "export",
    "extern",
    "false",
    "float",
    "for",
    "friend",
    "goto",
    "if",
    "inline",
    "int",
    "long",
    "mutable",
    "namespace",
    "new",
    "noexcept",
    "not",
    "nullptr",
    "operator",
    "or",
    "private",
    "protected",
    "public",
    "register",
    "requires",
    "restrict",
    "return",
    "short",
    "signed",
    "sizeof",
    "static",
    "struct",
    "switch",
    "template",
    "this",
    "throw",
    "true",
    "try",
    "typedef",
    "typeid",
    "typename",
    "union",
    "unsigned",
    "using",
    "virtual",
    "void",
    "volatile",
    "while",
    "xor",
    "linux",
    "unix",
    "stdin",
    "stdout",
    "stderr",
    "errno",
];

/// Names that stand for something else in the emitted functions, those of what they are made of (`prelude.rs`) too.
const TAKEN: &[&str] = &[
    "accept",
    "accept_object",
    "arg",
    "args",
    "boxed",
    "call",
    "callback",
    "check",
    "client",
    "enum_texts",
    "error",
    "faults",
    "free",
    "from_json",
    "get",
    "guard",
    "helped",
    "index",
    "it",
    "iterator",
    "json_to_c",
    "keep",
    "make",
    "member",
    "members",
    "models",
    "object",
    "objects",
    "optional_text",
    "options",
    "out",
    "output",
    "part",
    "place",
    "put",
    "put_shaped",
    "put_some",
    "read",
    "request",
    "required",
    "response",
    "session",
    "set",
    "text_to_c",
    "to_json",
    "unknown_credential",
    "user_data",
    "walk",
    "write_rate_limit",
];

/// What a function of a type does with a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Part {
    /// Reads it.
    Get,
    /// Reads it as JSON text.
    Json,
    /// How many items it has.
    Count,
    /// An item.
    At,
    /// The length of its text.
    Length,
    /// The length of an item's text.
    LengthAt,
    /// The text of an enum.
    Text,
    /// The text of an item that is an enum.
    TextAt,
    /// It in nanoseconds.
    Nanoseconds,
    /// It as an integer.
    Integer,
    /// Whether it is there.
    Has,
    /// Sets it.
    Set,
    /// Sets an enum by its text.
    SetText,
    /// Sets a list of enums by their texts.
    SetTexts,
    /// Sets it to an integer.
    SetInteger,
    /// Sets it to null.
    SetNull,
}

impl Part {
    /// What stands behind the type's name, where nothing else has that name.
    fn of(self, field: &str) -> String {
        match self {
            Self::Get => field.to_owned(),
            Self::Json => format!("{field}_json"),
            Self::Count => format!("{field}_count"),
            Self::At => format!("{field}_at"),
            Self::Length => format!("{field}_length"),
            Self::LengthAt => format!("{field}_length_at"),
            Self::Text => format!("{field}_string"),
            Self::TextAt => format!("{field}_string_at"),
            Self::Nanoseconds => format!("{field}_ns"),
            Self::Integer => format!("{field}_integer"),
            Self::Has => format!("has_{field}"),
            Self::Set => format!("set_{field}"),
            Self::SetText => format!("set_{field}_string"),
            Self::SetTexts => format!("set_{field}_strings"),
            Self::SetInteger => format!("set_{field}_integer"),
            Self::SetNull => format!("set_{field}_null"),
        }
    }

    /// The functions that read a field of a type, the one of its own name first.
    pub(crate) fn getters(ty: &Type, absent: bool) -> Vec<Self> {
        let mut parts = match ty {
            Type::String => vec![Self::Get, Self::Length],
            Type::Timestamp => vec![Self::Get, Self::Nanoseconds],
            Type::StringOrInteger => vec![Self::Get, Self::Integer],
            Type::Enum(_) => vec![Self::Get, Self::Text],
            Type::Integer
            | Type::Unsigned
            | Type::Number
            | Type::Boolean
            | Type::Model(_)
            | Type::Bytes => {
                vec![Self::Get]
            }
            Type::List(item) => match item.as_ref() {
                Type::List(_) | Type::Map(_) | Type::Json | Type::Union(_) => vec![Self::Json],
                Type::String => vec![Self::Count, Self::At, Self::LengthAt],
                Type::Enum(_) => vec![Self::Count, Self::At, Self::TextAt],
                _ => vec![Self::Count, Self::At],
            },
            Type::Map(_) | Type::Json | Type::Union(_) => vec![Self::Json],
        };
        let tells_by_null =
            matches!(parts.first(), Some(Self::Get | Self::Json)) && !ty.is_by_value();
        if absent && !tells_by_null {
            parts.push(Self::Has);
        }
        parts
    }

    /// The functions that set a value of a type.
    pub(crate) fn setters(ty: &Type, nullable: bool) -> Vec<Self> {
        let mut parts = vec![Self::Set];
        match ty {
            Type::Enum(_) => parts.push(Self::SetText),
            Type::StringOrInteger => parts.push(Self::SetInteger),
            Type::List(item) if matches!(item.as_ref(), Type::Enum(_)) => {
                parts.push(Self::SetTexts)
            }
            _ => {}
        }
        if nullable {
            parts.push(Self::SetNull);
        }
        parts
    }
}

/// The names of one provider, no two of which are the same.
///
/// Types are spelled in Pascal case and calls in snake case, so that they cannot meet; and every function of
/// a type begins with the type's name, which has no underscore of its own, so that those of two types cannot.
/// Inside a type, and among calls, a name that is derived from another one may meet a third: whoever comes
/// later then gets a number. What a document names comes before what is derived from it.
#[derive(Debug)]
pub(crate) struct Names {
    prefix: String,
    crate_name: String,
    taken: BTreeSet<String>,
    /// Names by what they are for, where they had to yield.
    renamed: BTreeMap<String, String>,
}

/// What every type has beside its fields' functions.
const OF_MODELS: &[&str] = &["free", "new", "to_json", "from_json", "callback"];
/// What the types that are made for a model are called behind its name.
const DERIVED: &[&str] = &["List", "Page", "Iter"];

impl Names {
    /// The names that follow from an API.
    pub(crate) fn new(api: &Api) -> Self {
        let mut names = Self {
            prefix: format!("snapline_{}", api.provider.prefix),
            crate_name: format!("snapline_{}", api.provider.name),
            taken: BTreeSet::new(),
            renamed: BTreeMap::new(),
        };
        for function in [
            "new",
            "free",
            "close",
            "request",
            "request_async",
            "rate_limit",
        ] {
            names.claim(format!("{}_{function}", names.client()), "");
        }
        names.claim(names.client(), "");
        let models: Vec<&Model> = api.models.iter().filter(|model| !model.envelope).collect();
        for model in &models {
            names.claim_type(&model.name, "");
        }
        for item in &api.enums {
            names.claim_type(&item.name, "");
        }
        for model in &models {
            for derived in DERIVED {
                names.claim_type(&model.name, derived);
            }
        }
        for call in api.calls() {
            names.claim_type(&pascal(call), "Args");
        }
        for model in &models {
            names.claim_parts(&names.model(&model.name), &model.fields);
        }
        for call in api.calls() {
            names.claim(names.spelled(call), &call_key(call, ""));
        }
        for call in api.calls() {
            for form in ["async", "iter"] {
                names.claim(
                    format!("{}_{form}", names.call(call)),
                    &call_key(call, form),
                );
            }
            names.claim_arguments(call);
        }
        names
    }

    /// Takes a name, or the next one with a number.
    fn claim(&mut self, wanted: String, key: &str) {
        let key = if key.is_empty() { wanted.as_str() } else { key };
        if self.taken.insert(wanted.clone()) {
            return;
        }
        let name = numbered(&wanted, |name| !self.taken.contains(name));
        self.taken.insert(name.clone());
        self.renamed.insert(key.to_owned(), name);
    }

    fn claim_type(&mut self, name: &str, derived: &str) {
        self.claim(
            format!("{}{derived}", self.pascal(name)),
            &format!("type {name} {derived}"),
        );
    }

    fn claim_parts(&mut self, ty: &str, fields: &[Field]) {
        for function in OF_MODELS {
            self.claim(format!("{ty}_{function}"), "");
        }
        let all: Vec<(&Field, Part)> = fields
            .iter()
            .flat_map(|field| {
                let getters = Part::getters(&field.ty, field.can_be_absent());
                let setters = Part::setters(&field.ty, field.nullable);
                getters
                    .into_iter()
                    .chain(setters)
                    .map(move |part| (field, part))
            })
            .collect();
        self.claim_all(
            ty,
            all.into_iter()
                .map(|(field, part)| (field.name.as_str(), part))
                .collect(),
        );
    }

    fn claim_arguments(&mut self, call: &Call) {
        let ty = self.args(call);
        for function in ["free", "new"] {
            self.claim(format!("{ty}_{function}"), "");
        }
        let all = call.held().flat_map(|param| {
            let setters = Part::setters(&param.ty, param.nullable);
            setters.into_iter().map(|part| (param.name.as_str(), part))
        });
        self.claim_all(&ty, all.collect());
    }

    /// A getter of a field's own name comes before all that is derived from one.
    fn claim_all(&mut self, ty: &str, mut parts: Vec<(&str, Part)>) {
        parts.sort_by_key(|(_, part)| *part != Part::Get);
        for (field, part) in parts {
            self.claim(
                format!("{ty}_{}", part.of(field)),
                &format!("{ty} {field} {part:?}"),
            );
        }
    }

    fn found(&self, key: &str, spelled: String) -> String {
        self.renamed.get(key).cloned().unwrap_or(spelled)
    }

    fn pascal(&self, name: &str) -> String {
        format!("{}_{}", self.prefix, name.to_upper_camel_case())
    }

    fn spelled(&self, call: &Call) -> String {
        format!("{}_{}_{}", self.prefix, call.resource.join("_"), call.name)
    }

    /// `snapline_do_client`.
    pub(crate) fn client(&self) -> String {
        format!("{}_client", self.prefix)
    }

    /// The Rust crate of the provider.
    pub(crate) fn crate_name(&self) -> &str {
        &self.crate_name
    }

    /// The function of a call: `snapline_do_nfs_snapshot`.
    pub(crate) fn call(&self, call: &Call) -> String {
        self.found(&call_key(call, ""), self.spelled(call))
    }

    /// Another function of a call: `async`, or `iter` where it gives pages.
    pub(crate) fn call_form(&self, call: &Call, form: &str) -> String {
        let spelled = format!("{}_{form}", self.call(call));
        self.found(&call_key(call, form), spelled)
    }

    /// The handle of a call's arguments: `snapline_do_NfsSnapshotsListArgs`.
    pub(crate) fn args(&self, call: &Call) -> String {
        self.ty(&pascal(call), "Args")
    }

    /// A type by its name in the document, or one that is derived from it.
    fn ty(&self, name: &str, derived: &str) -> String {
        let spelled = format!("{}{derived}", self.pascal(name));
        self.found(&format!("type {name} {derived}"), spelled)
    }

    /// The type of a model's handle, which begins all its functions: `snapline_do_NfsShare`.
    pub(crate) fn model(&self, model: &str) -> String {
        self.ty(model, "")
    }

    /// The type of a list of models.
    pub(crate) fn list(&self, model: &str) -> String {
        self.ty(model, "List")
    }

    /// The type of a page of models.
    pub(crate) fn page(&self, model: &str) -> String {
        self.ty(model, "Page")
    }

    /// The type that walks models.
    pub(crate) fn iter(&self, model: &str) -> String {
        self.ty(model, "Iter")
    }

    /// A function of a type that has to do with a field.
    pub(crate) fn part(&self, ty: &str, field: &str, part: Part) -> String {
        self.found(
            &format!("{ty} {field} {part:?}"),
            format!("{ty}_{}", part.of(field)),
        )
    }

    /// The type of an enum: `snapline_do_NfsShareStatus`.
    pub(crate) fn enumeration(&self, name: &str) -> String {
        self.ty(name, "")
    }

    /// The constant of an enum's value: `SNAPLINE_DO_NfsShareStatus_ACTIVE`.
    pub(crate) fn constant(&self, name: &str, ending: &str) -> String {
        let ty = self.enumeration(name);
        let name = ty.strip_prefix(&self.prefix).unwrap_or(&ty);
        format!("{}{name}_{ending}", self.prefix.to_shouty_snake_case())
    }

    /// A Rust type of the provider's crate.
    pub(crate) fn rust(&self, ty: &Type) -> TokenStream {
        match ty {
            Type::String => quote!(String),
            Type::Integer => quote!(i64),
            Type::Unsigned => quote!(u64),
            Type::Number => quote!(f64),
            Type::Boolean => quote!(bool),
            Type::Timestamp => quote!(Timestamp),
            Type::StringOrInteger => quote!(StringOrInteger),
            Type::Enum(_) | Type::Model(_) | Type::Union(_) => {
                let name = type_ident(ty.name().unwrap_or_default());
                quote!(models::#name)
            }
            Type::List(item) => {
                let item = self.rust(item);
                quote!(Vec<#item>)
            }
            Type::Map(item) => {
                let item = self.rust(item);
                quote!(BTreeMap<String, #item>)
            }
            Type::Json => quote!(serde_json::Value),
            Type::Bytes => quote!(Bytes),
        }
    }
}

fn call_key(call: &Call, form: &str) -> String {
    format!("call {} {form}", call.dotted())
}

/// `NfsSnapshotsList`.
fn pascal(call: &Call) -> String {
    format!("{}_{}", call.resource.join("_"), call.name).to_upper_camel_case()
}

/// The ending of an enum's constant: 0 is UNKNOWN, so a value of that name is UNKNOWN_VALUE.
pub(crate) fn constant_ending(value: &str) -> String {
    match value.to_shouty_snake_case().as_str() {
        "UNKNOWN" => "UNKNOWN_VALUE".to_owned(),
        ending => ending.to_owned(),
    }
}

/// The endings of an enum's constants, no two of which are the same: one that had to yield to UNKNOWN yields to
/// the others too.
pub(crate) fn constant_endings(item: &Enum) -> Vec<String> {
    let shouted = |value: &EnumValue| value.name.to_shouty_snake_case();
    let mut taken: BTreeSet<String> = item.values.iter().map(shouted).collect();
    item.values
        .iter()
        .map(|value| {
            let ending = constant_ending(&value.name);
            if ending == shouted(value) {
                return ending;
            }
            let free = if taken.contains(&ending) {
                numbered(&ending, |name| !taken.contains(name))
            } else {
                ending
            };
            taken.insert(free.clone());
            free
        })
        .collect()
}

/// Names of one function's parameters, no two of which are the same.
#[derive(Debug, Default)]
pub(crate) struct Parameters(BTreeSet<String>);

impl Parameters {
    /// A name that stands for itself.
    pub(crate) fn own(&mut self, name: &str) -> String {
        self.0.insert(name.to_owned());
        name.to_owned()
    }

    /// A name that no other parameter has.
    pub(crate) fn name(&mut self, wanted: &str) -> String {
        let spelled = parameter(wanted);
        let name = if self.0.contains(&spelled) {
            numbered(&spelled, |name| !self.0.contains(name))
        } else {
            spelled
        };
        self.own(&name)
    }
}

/// A parameter's name in C and C++.
pub(crate) fn parameter(name: &str) -> String {
    if TAKEN.contains(&name) || KEYWORDS.contains(&name) {
        format!("{name}_")
    } else {
        ident(name).to_string()
    }
}

/// A name that is an identifier in C++.
pub(crate) fn word(name: &str) -> String {
    if KEYWORDS.contains(&name) {
        format!("{name}_")
    } else {
        name.to_owned()
    }
}

/// What a handle of a model is called as a parameter: the last word of its name.
pub(crate) fn handle(model: &str) -> String {
    parameter(&last_word(model))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keywords_of_c_and_cpp_get_an_underscore() {
        assert_eq!(parameter("new"), "new_");
        assert_eq!(parameter("template"), "template_");
        assert_eq!(parameter("type"), "type_");
        assert_eq!(parameter("error"), "error_");
        assert_eq!(parameter("region"), "region");
        assert_eq!(handle("NfsAccessPolicy"), "policy");
    }

    #[test]
    fn zero_stays_unknown() {
        assert_eq!(constant_ending("unknown"), "UNKNOWN_VALUE");
        assert_eq!(constant_ending("in_progress"), "IN_PROGRESS");
    }

    #[test]
    fn texts_become_c_strings() {
        assert_eq!(literal("a\"b\\c"), "\"a\\\"b\\\\c\"");
        assert_eq!(literal("??="), "\"\\?\\?=\"");
        assert_eq!(literal("é1\n"), "\"\\303\\2511\\n\"");
    }
}
