//! Statuses, the version, and the enums of a provider.

use super::Names;
use super::lock::{Lock, STATUSES};
use super::names::constant_ending;
use super::writer::{Claims, Writer};
use crate::emit::rust::type_ident;
use crate::error::Result;
use crate::ir::{Api, Field, Type};

/// The status that every call returns.
pub(super) fn status(lock: &Lock, claims: &mut Claims) -> Result<String> {
    let mut out = Writer::file("What a call comes to.");
    out.line("use std::ffi::CStr;\n");
    claims.claim("snapline_status", "the status")?;
    out.section("Statuses");
    out.open();
    out.doc(
        "What a call comes to: 0 is success, everything else a kind of error.",
        "",
    );
    out.line(
        "#[repr(i32)]\n#[derive(Clone, Copy, Debug, PartialEq, Eq)]\npub enum snapline_status {",
    );
    for (name, _, doc) in STATUSES {
        let constant = format!("SNAPLINE_{name}");
        claims.claim(&constant, "a status")?;
        out.doc(doc, "    ");
        out.line(&format!("    {constant} = {},", lock.status(name)));
    }
    out.line("}\n");
    out.line("/// Every status with the name of its kind.");
    out.line("pub(crate) const STATUSES: &[(snapline_status, &CStr)] = &[");
    for (name, kind, _) in STATUSES {
        out.line(&format!(
            "    (snapline_status::SNAPLINE_{name}, c\"{kind}\"),"
        ));
    }
    out.line("];");
    Ok(out.into_text())
}

/// The version of the header, in numbers.
pub(super) fn version() -> String {
    let mut out = Writer::file("The version of the header.");
    let mut parts = env!("CARGO_PKG_VERSION").split(['.', '-', '+']);
    for part in ["MAJOR", "MINOR", "PATCH"] {
        let number = parts.next().unwrap_or("0");
        out.doc(
            &format!(
                "The {} number of the header's version.",
                part.to_lowercase()
            ),
            "",
        );
        out.line(&format!(
            "pub const SNAPLINE_VERSION_{part}: i32 = {number};\n"
        ));
    }
    out.into_text()
}

/// The enums of a provider, with their texts.
pub(super) fn enums(api: &Api, names: &Names, lock: &Lock, claims: &mut Claims) -> Result<String> {
    let mut out = Writer::file("Sets of strings that may grow, as numbers.");
    out.line("use std::ffi::CStr;\n");
    out.line(&format!("use {}::models;\n", names.crate_name()));
    out.line("use crate::shape::Choices;\n");
    out.section(&format!("{}: enums", api.provider.client));
    for item in &api.enums {
        let name = names.enumeration(&item.name);
        claims.claim(&name, &format!("the enum {}", item.name))?;
        out.open();
        out.doc(&item.doc, "");
        out.line(&format!(
            "#[repr(i32)]\n#[derive(Clone, Copy, Debug, PartialEq, Eq)]\npub enum {name} {{"
        ));
        let unknown = names.constant(&item.name, "UNKNOWN");
        claims.claim(&unknown, "a constant")?;
        out.doc(
            "A value that is not listed here; the getter of the string has it.",
            "    ",
        );
        out.line(&format!("    {unknown} = 0,"));
        let mut entries = Vec::new();
        for value in &item.values {
            let ending = constant_ending(&value.name);
            let constant = names.constant(&item.name, &ending);
            claims.claim(&constant, "a constant")?;
            let number = lock.value(&api.provider.prefix, &item.name, &ending);
            let text = format!("\"{}\": {}", value.wire, value.doc);
            out.doc(text.trim_end_matches([' ', ':']), "    ");
            out.line(&format!("    {constant} = {number},"));
            entries.push((constant, number, &value.wire));
        }
        out.line("}\n");
        // A getter gives the number of what was received; what is only sent has none.
        let has_getter = api.models.iter().any(|model| {
            let wanted = Type::Enum(item.name.clone());
            let fits = |field: &Field| match &field.ty {
                Type::List(inner) => **inner == wanted,
                ty => *ty == wanted,
            };
            !model.envelope && model.fields.iter().any(fits)
        });
        if has_getter {
            // C may pass any number, so numbers are compared and never turned into the enum unchecked.
            out.line(&format!(
                "impl {name} {{\n    /// The value of a number; unknown where it is not listed."
            ));
            out.line("    pub(crate) fn of(number: i32) -> Self {\n        match number {");
            for (constant, number, _) in &entries {
                out.line(&format!("            {number} => Self::{constant},"));
            }
            out.line(&format!(
                "            _ => Self::{unknown},\n        }}\n    }}\n}}\n"
            ));
        }
        out.line(&format!(
            "impl Choices for models::{} {{",
            type_ident(&item.name)
        ));
        out.line("    const ENTRIES: &'static [(i32, &'static CStr)] = &[");
        for (_, number, wire) in &entries {
            out.line(&format!("        ({number}, c{wire:?}),"));
        }
        out.line("    ];\n}\n");
    }
    Ok(out.into_text())
}
