//! The settings of a client and the options of calls and waits, from the table of all languages.

use askama::Template;

use super::layout;
use crate::emit::errors::{ERRORS, ErrorClass, ROOT};
use crate::emit::prose;
use crate::emit::rust::BANNER;
use crate::face::c::lock::STATUSES;
use crate::face::c::names::{self, word};
use crate::surface::{CALL, CLIENT, Kind, Setting, Value, WAIT};

#[derive(Template)]
#[template(path = "face/cpp/options.hpp")]
pub(super) struct Options {
    banner: &'static str,
    call: Vec<OptionView>,
    wait: Vec<OptionView>,
    client: Vec<OptionView>,
}

struct OptionView {
    doc: Vec<String>,
    /// The declaration of the member.
    member: String,
    /// The statement that hands it to the C library.
    set: String,
}

impl Options {
    pub(super) fn new() -> Self {
        let views = |table: &[Setting], setter: &str| {
            let views = table.iter().map(|setting| option(setting, setter));
            views.collect::<Vec<_>>()
        };
        Self {
            banner: BANNER,
            call: views(CALL, "snapline_options_"),
            wait: views(WAIT, "snapline_options_wait_"),
            client: views(CLIENT, "snapline_settings_"),
        }
    }
}

/// The member of one setting.
pub(crate) fn member(setting: &Setting) -> String {
    word(&setting.member())
}

fn option(setting: &Setting, prefix: &str) -> OptionView {
    let (name, member) = (setting.name, member(setting));
    let (object, of_wait) = match prefix.strip_suffix("wait_") {
        Some(object) => (object, "wait_"),
        None => (prefix, ""),
    };
    let setter = format!("{object}set_{of_wait}{}", setting.in_milliseconds());
    let optional = |ty: &str, value: String| {
        (
            format!("std::optional<{ty}> {member}{{}};"),
            layout::when(
                &format!("from.{member}"),
                &format!("{setter}("),
                &["to".to_owned(), value],
                ");",
            ),
        )
    };
    let given = format!("*from.{member}");
    let (declared, set) = match (setting.kind, setting.default) {
        (Kind::Duration, _) => optional(
            "std::chrono::milliseconds",
            format!("milliseconds({given})"),
        ),
        (Kind::Count, _) => optional("std::uint32_t", given),
        (Kind::Bytes, _) => optional("std::uint64_t", given),
        (Kind::Flag, Some(Value::Flag(default))) => (
            format!("bool {member} = {default};"),
            format!("{setter}(to, from.{member});"),
        ),
        (Kind::Flag, _) => optional("bool", given),
        (Kind::Text | Kind::Path, _) => {
            optional("std::string", format!("input.text({given}, {member:?})"))
        }
        (Kind::Pairs, _) => (
            format!("std::vector<std::pair<std::string, std::string>> {member}{{}};"),
            format!(
                "for (const auto& [name, value] : from.{member}) {{\n        \
                 {object}add_{name}(to, input.text(name, {name:?}), input.text(value, {name:?}));\n    }}"
            ),
        ),
    };
    let doc = match setting.default {
        Some(default) if setting.kind != Kind::Flag => format!("{} [{default}]", setting.doc),
        _ => setting.doc.to_owned(),
    };
    OptionView {
        doc: prose::cpp(&doc),
        member: declared,
        set,
    }
}

#[derive(Template)]
#[template(path = "face/cpp/status.hpp")]
pub(super) struct Statuses {
    banner: &'static str,
    statuses: Vec<Status>,
}

struct Status {
    name: String,
    constant: &'static str,
    doc: &'static str,
}

impl Statuses {
    pub(super) fn new() -> Self {
        let statuses = STATUSES.iter().map(|&(constant, kind, doc)| Status {
            name: word(kind),
            constant,
            doc,
        });
        Self {
            banner: BANNER,
            statuses: statuses.collect(),
        }
    }
}

#[derive(Template)]
#[template(path = "face/cpp/errors.hpp")]
pub(super) struct Errors {
    banner: &'static str,
    root: &'static str,
    classes: &'static [ErrorClass],
}

impl Errors {
    pub(super) fn new() -> Self {
        Self {
            banner: BANNER,
            root: ROOT,
            classes: ERRORS,
        }
    }

    /// The classes that stand for a kind of error as a whole.
    fn kinds(&self) -> impl Iterator<Item = &ErrorClass> {
        self.classes.iter().filter(|class| class.statuses.is_none())
    }

    /// The narrower classes of a kind, with the HTTP statuses that they stand for.
    fn narrower(&self, kind: &ErrorClass) -> impl Iterator<Item = (&ErrorClass, String)> {
        self.classes
            .iter()
            .filter(|class| class.kind == kind.kind)
            .filter_map(|class| {
                let (first, last) = class.statuses?;
                let condition = if first == last {
                    format!("error.http_status() == {first}")
                } else {
                    format!("error.http_status() >= {first} && error.http_status() <= {last}")
                };
                Some((class, condition))
            })
    }
}
