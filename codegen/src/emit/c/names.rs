//! What things are called in C.

use std::collections::BTreeSet;

use heck::{ToShoutySnakeCase, ToSnakeCase};

use crate::emit::rust::{ident, type_ident};
use crate::ir::{Api, Type};

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

/// Names that the emitted functions use themselves, their helpers' among them.
#[rustfmt::skip]
const TAKEN: &[&str] = &[
    "answer", "args", "background", "body", "borrow", "borrow_mut", "call", "callback", "choice",
    "choices", "client", "error", "free", "get", "give_json", "give_text", "handle", "index", "it",
    "iterator", "json", "keep", "list", "make", "need", "none", "options", "out", "page", "part",
    "pointer", "received", "request", "response", "set", "teller", "text", "texts", "user_data",
    "value", "write",
];

/// The names of one provider.
pub(crate) struct Names {
    prefix: String,
    crate_name: String,
    functions: BTreeSet<String>,
}

impl Names {
    /// The names that follow from an API.
    pub(crate) fn new(api: &Api) -> Self {
        let mut names = Self {
            prefix: format!("snapline_{}", api.provider.prefix),
            crate_name: format!("snapline_{}", api.provider.name),
            functions: BTreeSet::new(),
        };
        for resource in api.all_resources() {
            for method in resource.requests() {
                names
                    .functions
                    .insert(names.method(&resource.path, &method.name));
            }
            for waiter in resource.waits() {
                names
                    .functions
                    .insert(names.method(&resource.path, &waiter.name));
            }
        }
        names
    }

    /// `snapline_do_client`.
    pub(crate) fn client(&self) -> String {
        format!("{}_client", self.prefix)
    }

    /// The Rust crate of the provider.
    pub(crate) fn crate_name(&self) -> &str {
        &self.crate_name
    }

    /// The function of a method or wait: `snapline_do_nfs_snapshot`.
    pub(crate) fn method(&self, resource: &[String], name: &str) -> String {
        format!("{}_{}_{name}", self.prefix, resource.join("_"))
    }

    /// The type of a model's handle, which begins all its functions: `snapline_do_nfs_share`. A
    /// model that has the name of a method, as NfsSnapshot and `nfs.snapshot`, gets `_info` behind.
    pub(crate) fn model(&self, model: &str) -> String {
        let name = format!("{}_{}", self.prefix, model.to_snake_case());
        if self.functions.contains(&name) {
            format!("{name}_info")
        } else {
            name
        }
    }

    /// The type of an enum: `snapline_do_nfs_share_status_enum`. Without the ending it would be the
    /// name of a getter.
    pub(crate) fn enumeration(&self, name: &str) -> String {
        format!("{}_{}_enum", self.prefix, name.to_snake_case())
    }

    /// The constant of an enum's value: `SNAPLINE_DO_NFS_SHARE_STATUS_ACTIVE`.
    pub(crate) fn constant(&self, name: &str, value: &str) -> String {
        format!(
            "{}_{}_{value}",
            self.prefix.to_shouty_snake_case(),
            name.to_shouty_snake_case()
        )
    }

    /// A Rust type of the provider's crate.
    pub(crate) fn rust(&self, ty: &Type) -> String {
        match ty {
            Type::String => "String".to_owned(),
            Type::Integer => "i64".to_owned(),
            Type::Number => "f64".to_owned(),
            Type::Boolean => "bool".to_owned(),
            Type::Timestamp => "Timestamp".to_owned(),
            Type::StringOrInteger => "StringOrInteger".to_owned(),
            Type::Enum(_) | Type::Model(_) | Type::Union(_) => {
                format!("models::{}", type_ident(ty.name().unwrap_or_default()))
            }
            Type::List(item) => format!("Vec<{}>", self.rust(item)),
            Type::Map(item) => format!("std::collections::BTreeMap<String, {}>", self.rust(item)),
            Type::Json => "serde_json::Value".to_owned(),
        }
    }
}

/// The ending of an enum's constant: 0 is UNKNOWN, so a value of that name is UNKNOWN_VALUE.
pub(crate) fn constant_ending(value: &str) -> String {
    match value.to_shouty_snake_case().as_str() {
        "UNKNOWN" => "UNKNOWN_VALUE".to_owned(),
        ending => ending.to_owned(),
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
    let words = model.to_snake_case();
    parameter(words.rsplit('_').next().unwrap_or(&words))
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
