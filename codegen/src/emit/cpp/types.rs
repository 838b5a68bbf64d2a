//! How values look in C++, and how they reach the C library.

use crate::emit::c::Names;
use crate::emit::c::names::word;
use crate::emit::rust::type_ident;
use crate::emit::wait_options::is_wait_option;
use crate::ir::Type;

/// A class's name.
pub(crate) fn class(name: &str) -> String {
    word(&type_ident(name).to_string())
}

/// Whether a type goes over as JSON text.
pub(super) fn is_json(ty: &Type) -> bool {
    match ty {
        Type::List(item) => {
            matches!(
                item.as_ref(),
                Type::List(_) | Type::Map(_) | Type::Json | Type::Union(_)
            ) || matches!(item.as_ref(), Type::StringOrInteger | Type::Timestamp)
        }
        Type::Map(_) | Type::Json | Type::Union(_) => true,
        _ => false,
    }
}

/// The name of a value that is given.
pub(crate) fn given_name(name: &str, ty: &Type) -> String {
    if is_json(ty) {
        format!("{name}_json")
    } else {
        match name {
            // Members that every argument struct has, or may have, by itself.
            "options" | "on_poll" => format!("{name}_"),
            name if is_wait_option(name) => format!("{name}_"),
            other => word(other),
        }
    }
}

/// The type of a value that is given.
pub(super) fn given(ty: &Type) -> String {
    if is_json(ty) {
        return "std::string".to_owned();
    }
    match ty {
        Type::Integer => "std::int64_t".to_owned(),
        Type::Number => "double".to_owned(),
        Type::Boolean => "bool".to_owned(),
        Type::StringOrInteger => "StringOrInteger".to_owned(),
        Type::Enum(of) => format!("Open<{}>", class(of)),
        Type::Model(of) => input_class(of),
        Type::List(item) => format!("std::vector<{}>", given(item)),
        _ => "std::string".to_owned(),
    }
}

/// The struct from which a model is made.
pub(crate) fn input_class(of: &str) -> String {
    format!("{}Input", class(of))
}

/// How a value is passed to the C library.
pub(super) struct Passed {
    /// Statements before the call.
    pub(super) before: String,
    /// Arguments of the call.
    pub(super) arguments: Vec<String>,
    /// What stands behind the setter's name.
    pub(super) ending: &'static str,
}

/// Passes `value`, an expression, to a setter.
pub(super) fn passed(names: &Names, name: &str, ty: &Type, value: &str) -> Passed {
    let plain = |argument: String, ending| Passed {
        before: String::new(),
        arguments: vec![argument],
        ending,
    };
    let text = |of: &str| format!("snapline::detail::text({of}, {name:?}, fault)");
    if is_json(ty) {
        return plain(text(value), "");
    }
    match ty {
        Type::Integer | Type::Number | Type::Boolean => plain(value.to_owned(), ""),
        Type::StringOrInteger => plain(text(&format!("({value}).text()")), ""),
        Type::Enum(_) => plain(text(&format!("({value}).text()")), "_string"),
        Type::Model(_) => Passed {
            before: format!("    const auto made_{name} = make({value}, fault);\n"),
            arguments: vec![format!("made_{name}.get()")],
            ending: "",
        },
        Type::List(item) => match item.as_ref() {
            Type::Enum(_) => Passed {
                before: format!(
                    "    const snapline::detail::Texts texts_{name}({value}, {name:?}, fault);\n"
                ),
                arguments: vec![
                    format!("texts_{name}.data()"),
                    format!("texts_{name}.size()"),
                ],
                ending: "_strings",
            },
            Type::Model(of) => {
                let handle = names.model(of);
                Passed {
                    before: format!(
                        "    std::vector<decltype(make(({value}).front(), fault))> made_{name};\n    \
                         std::vector<const {handle}*> items_{name};\n    \
                         for (const auto& item : {value}) {{\n        \
                         made_{name}.push_back(make(item, fault));\n        \
                         items_{name}.push_back(made_{name}.back().get());\n    }}\n"
                    ),
                    arguments: vec![
                        format!("items_{name}.data()"),
                        format!("items_{name}.size()"),
                    ],
                    ending: "",
                }
            }
            Type::Integer | Type::Number => Passed {
                before: String::new(),
                arguments: vec![format!("({value}).data()"), format!("({value}).size()")],
                ending: "",
            },
            Type::Boolean => Passed {
                // A vector of bool has no array inside.
                before: format!(
                    "    const auto count_{name} = ({value}).size();\n    \
                     const std::unique_ptr<bool[]> items_{name}(new bool[count_{name} + 1]);\n    \
                     std::copy(({value}).begin(), ({value}).end(), items_{name}.get());\n"
                ),
                arguments: vec![format!("items_{name}.get()"), format!("count_{name}")],
                ending: "",
            },
            _ => Passed {
                before: format!(
                    "    const snapline::detail::Texts texts_{name}({value}, {name:?}, fault);\n"
                ),
                arguments: vec![
                    format!("texts_{name}.data()"),
                    format!("texts_{name}.size()"),
                ],
                ending: "",
            },
        },
        _ => plain(text(value), ""),
    }
}

/// Arguments for a `_new` of C that can be replaced by a setter: what stands there until then.
pub(super) fn placeholder(names: &Names, api: &crate::ir::Api, ty: &Type) -> Option<String> {
    match ty {
        // The number of some listed value; the setter of the text tells which one it really is.
        Type::Enum(of) => {
            api.enumeration(of).values.first().map(|value| {
                names.constant(of, &crate::emit::c::names::constant_ending(&value.name))
            })
        }
        Type::List(item) if matches!(item.as_ref(), Type::Enum(_)) => Some("nullptr, 0".to_owned()),
        Type::StringOrInteger => Some("nullptr".to_owned()),
        _ => None,
    }
}
