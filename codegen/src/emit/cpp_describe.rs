//! Objects told field by field through the getters of C++, for the agent: what it compares is what a
//! user reads, not what the library writes as JSON.

use crate::emit::c::names::{literal, word};
use crate::emit::c_describe::told;
use crate::emit::cpp::{as_json, class};
use crate::emit::rust::BANNER;
use crate::file_set::FileSet;
use crate::ir::{Api, EnumId, Field, Type};

const FOLDER: &str = "tests/conformance/cpp/generated";

/// Writes a function for each model of all providers.
pub fn emit(apis: &[Api]) -> FileSet {
    let mut files = FileSet::default();
    let mut declared = String::new();
    for api in apis {
        let provider = &api.provider.name;
        let mut text = format!(
            "/* {BANNER} */\n\n#include \"../described.hpp\"\n\nnamespace api = snapline::{provider};\n"
        );
        for model in told(api) {
            let view = format!("{}View", class(&model.name));
            declared.push_str(&format!(
                "std::string described(const snapline::{provider}::{view}& it);\n"
            ));
            text.push_str(&format!(
                "\nstd::string described(const api::{view}& it) {{\n    Described told;\n"
            ));
            for field in &model.fields {
                text.push_str(&describe(api, field));
            }
            text.push_str("    return told.whole();\n}\n");
        }
        files.add(format!("{FOLDER}/describe_{provider}.cpp"), text);
    }
    files.add(
        format!("{FOLDER}/describe.hpp"),
        format!(
            "/* {BANNER} */\n\n#ifndef SNAPLINE_DESCRIBE_HPP\n#define SNAPLINE_DESCRIBE_HPP\n\n#include <string>\n\n#include <snapline.hpp>\n\n{declared}\n#endif\n"
        ),
    );
    files
}

/// A statement that tells one field, if it is there.
fn describe(api: &Api, field: &Field) -> String {
    let wire = literal(&field.wire);
    let name = word(&field.name);
    let listed = |of: &EnumId| {
        let values: Vec<String> = api
            .enumeration(of)
            .values
            .iter()
            .map(|value| literal(&value.wire))
            .collect();
        format!("{{{}}}", values.join(", "))
    };
    match &field.ty {
        ty if as_json(ty) => format!("    told.json({wire}, it.{name}_json());\n"),
        Type::Enum(of) => format!(
            "    told.constant({wire}, it.{name}(), it.{}_string(), {});\n",
            field.name,
            listed(of)
        ),
        Type::List(item) => {
            let there = if field.can_be_absent() {
                format!("if (it.has_{}()) ", field.name)
            } else {
                String::new()
            };
            match item.as_ref() {
                Type::Enum(of) => format!(
                    "    {there}told.constants({wire}, it.{name}(), it.{}_strings(), {});\n",
                    field.name,
                    listed(of)
                ),
                _ => format!("    {there}told.list({wire}, it.{name}());\n"),
            }
        }
        _ => format!("    told.field({wire}, it.{name}());\n"),
    }
}
