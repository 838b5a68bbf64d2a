//! Objects told field by field through the getters of C, for the agent: what it compares is what a
//! user reads, not what the library writes as JSON.

use crate::emit::c::Names;
use crate::emit::c::names::{constant_ending, literal};
use crate::emit::rust::BANNER;
use crate::file_set::FileSet;
use crate::ir::{Api, Field, Model, Type};

const FOLDER: &str = "tests/conformance/c/generated";

/// Writes a function for each model of all providers.
pub fn emit(apis: &[Api]) -> FileSet {
    let mut files = FileSet::default();
    let mut declared = String::new();
    for api in apis {
        let names = Names::new(api);
        let mut text = format!("/* {BANNER} */\n\n#include \"describe.h\"\n");
        for model in told(api) {
            let ty = names.model(&model.name);
            declared.push_str(&format!(
                "void agent_describe_{ty}(agent_buffer *to, const {ty} *object);\n"
            ));
        }
        for item in &api.enums {
            text.push_str(&format!(
                "\nstatic const agent_constant {}[] = {{\n",
                table(&names, &item.name)
            ));
            for value in &item.values {
                text.push_str(&format!(
                    "    {{{}, {}}},\n",
                    literal(&value.wire),
                    names.constant(&item.name, &constant_ending(&value.name))
                ));
            }
            text.push_str("    {NULL, 0},\n};\n");
        }
        for model in told(api) {
            let ty = names.model(&model.name);
            text.push_str(&format!(
                "\nvoid agent_describe_{ty}(agent_buffer *to, const {ty} *object)\n{{\n    agent_add(to, \"{{\");\n"
            ));
            for field in &model.fields {
                text.push_str(&describe(&names, &ty, field));
            }
            text.push_str("    agent_add(to, \"}\");\n}\n");
        }
        let used = |name: &str| text.matches(name).count() > 1;
        let unused: Vec<String> = api
            .enums
            .iter()
            .map(|item| table(&names, &item.name))
            .filter(|table| !used(table))
            .collect();
        // An enum that is only sent has no place in what is received.
        for table in unused {
            text = without(
                &text,
                &format!("\nstatic const agent_constant {table}[] = {{\n"),
            );
        }
        files.add(format!("{FOLDER}/describe_{}.c", api.provider.name), text);
    }
    files.add(
        format!("{FOLDER}/describe.h"),
        format!(
            "/* {BANNER} */\n\n#ifndef SNAPLINE_DESCRIBE_H\n#define SNAPLINE_DESCRIBE_H\n\n#include \"../agent.h\"\n\n{declared}\n#endif\n"
        ),
    );
    files
}

/// The models that users read.
pub(crate) fn told(api: &Api) -> impl Iterator<Item = &Model> {
    api.models
        .iter()
        .filter(|model| model.received && !model.envelope)
}

fn table(names: &Names, of: &str) -> String {
    format!("{}_constants", names.enumeration(of))
}

/// The text without the table that begins so.
fn without(text: &str, begin: &str) -> String {
    match text.split_once(begin) {
        Some((before, rest)) => {
            let after = rest.split_once("};\n").map_or("", |(_, after)| after);
            format!("{before}{after}")
        }
        None => text.to_owned(),
    }
}

/// Statements that tell one field, if it is there.
fn describe(names: &Names, ty: &str, field: &Field) -> String {
    let get = format!("{ty}_{}", field.name);
    let name = format!("    agent_add_name(to, {});\n", literal(&field.wire));
    let when = |there: &str, told: &str| {
        let told: String = format!("{name}{told}")
            .lines()
            .map(|line| format!("    {line}\n"))
            .collect();
        format!("    if ({there}) {{\n{told}    }}\n")
    };
    let has = |told: &str| {
        if field.can_be_absent() {
            when(&format!("{ty}_has_{}(object)", field.name), told)
        } else {
            format!("{name}{told}")
        }
    };
    match &field.ty {
        Type::String => when(
            &format!("{get}(object) != NULL"),
            &format!("    agent_add_text(to, {get}(object), {get}_length(object));\n"),
        ),
        Type::Timestamp => when(
            &format!("{get}(object) != NULL"),
            &format!("    agent_add_instant(to, {get}(object), {get}_ns(object, NULL));\n"),
        ),
        Type::Integer => has(&format!(
            "    agent_add_format(to, \"%\" PRId64, {get}(object));\n"
        )),
        Type::Number => has(&format!(
            "    agent_add_format(to, \"%.17g\", {get}(object));\n"
        )),
        Type::Boolean => has(&format!(
            "    agent_add(to, {get}(object) ? \"true\" : \"false\");\n"
        )),
        Type::Enum(of) => when(
            &format!("{get}_string(object) != NULL"),
            &format!(
                "    agent_add_constant(to, {get}_string(object), (int32_t){get}(object), {});\n",
                table(names, of)
            ),
        ),
        Type::StringOrInteger => when(
            &format!("{get}(object) != NULL"),
            &format!("    agent_add_string(to, {get}(object));\n"),
        ),
        Type::Model(of) => when(
            &format!("{get}(object) != NULL"),
            &format!(
                "    agent_describe_{}(to, {get}(object));\n",
                names.model(of)
            ),
        ),
        Type::List(item) => match item_of(names, &get, item) {
            Some(told) => has(&format!(
                "    agent_add(to, \"[\");\n    \
                 for (size_t i = 0; i < {get}_count(object); i++) {{\n        \
                 agent_add(to, i > 0 ? \",\" : \"\");\n        {told}\n    }}\n    \
                 agent_add(to, \"]\");\n"
            )),
            None => as_json(&get, &when),
        },
        Type::Map(_) | Type::Json | Type::Union(_) => as_json(&get, &when),
    }
}

fn as_json(get: &str, when: &dyn Fn(&str, &str) -> String) -> String {
    when(
        &format!("{get}_json(object) != NULL"),
        &format!("    agent_add(to, {get}_json(object));\n"),
    )
}

/// A statement that tells one item of a list; nothing for a list that is read as JSON.
fn item_of(names: &Names, get: &str, item: &Type) -> Option<String> {
    let at = format!("{get}_at(object, i)");
    Some(match item {
        Type::Model(of) => format!("agent_describe_{}(to, {at});", names.model(of)),
        Type::Integer => format!("agent_add_format(to, \"%\" PRId64, {at});"),
        Type::Number => format!("agent_add_format(to, \"%.17g\", {at});"),
        Type::Boolean => format!("agent_add(to, {at} ? \"true\" : \"false\");"),
        Type::Enum(of) => format!(
            "agent_add_constant(to, {get}_string_at(object, i), (int32_t){at}, {});",
            table(names, of)
        ),
        Type::String => format!("agent_add_text(to, {at}, {get}_length_at(object, i));"),
        Type::StringOrInteger | Type::Timestamp => format!("agent_add_string(to, {at});"),
        Type::List(_) | Type::Map(_) | Type::Json | Type::Union(_) => return None,
    })
}
