//! The C++ face: headers over `snapline.h`, with no symbol of their own.

mod methods;
mod models;
mod types;

pub(crate) use methods::args_class;
pub(crate) use models::as_json;
pub(crate) use types::{class, given_name, input_class};

use crate::emit::c::Names;
use crate::emit::c::lock::STATUSES;
use crate::emit::c::names::{constant_ending, word};
use crate::emit::errors::{ROOT, cpp as classes};
use crate::emit::prose;
use crate::emit::rust::BANNER;
use crate::error::Result;
use crate::file_set::FileSet;
use crate::ir::Api;

const FOLDER: &str = "bindings/cpp/include/snapline/generated";

/// The headers of all providers, and the one that includes them.
///
/// # Errors
/// When two C++ classes get the same name, or a shape has no form in C++.
pub fn emit(apis: &[Api]) -> Result<FileSet> {
    let mut files = FileSet::default();
    files.add(format!("{FOLDER}/status.hpp"), status());
    files.add(format!("{FOLDER}/errors.hpp"), errors());
    let mut whole = Header::new("snapline for C++17 and later: everything.", "SNAPLINE_HPP");
    whole.line("#include \"snapline/core.hpp\"");
    for api in apis {
        let provider = &api.provider.name;
        for part in parts(api) {
            whole.line(&format!(
                "#include \"snapline/generated/{provider}/{part}.hpp\""
            ));
        }
        let names = Names::new(api);
        let mut add = |name: &str, text: String| {
            files.add(format!("{FOLDER}/{provider}/{name}.hpp"), text);
        };
        add("enums", enums(api, &names));
        add("models", models::models(api, &names)?);
        for resource in &api.resources {
            let text = methods::resource(api, &names, resource)?;
            add(&file_of(resource.name()), text);
        }
        add("client", methods::client(api, &names));
    }
    files.add("bindings/cpp/include/snapline.hpp", whole.finish());
    Ok(files)
}

fn parts(api: &Api) -> Vec<String> {
    let mut parts = vec!["enums".to_owned(), "models".to_owned()];
    parts.extend(api.resources.iter().map(|it| file_of(it.name())));
    parts.push("client".to_owned());
    parts
}

/// The file of a resource, which must not be that of another part.
fn file_of(resource: &str) -> String {
    match resource {
        "enums" | "models" | "client" => format!("{resource}_resource"),
        other => other.to_owned(),
    }
}

/// The text of one header.
struct Header {
    text: String,
}

impl Header {
    fn new(about: &str, guard: &str) -> Self {
        Self {
            text: format!(
                "/* {BANNER} */\n\n/* {} */\n\n#ifndef {guard}\n#define {guard}\n\n",
                prose::c_line(about)
            ),
        }
    }

    /// A part of a provider, inside its namespace.
    fn of(api: &Api, part: &str, includes: &[&str], about: &str) -> Self {
        let provider = &api.provider.name;
        let guard = format!(
            "SNAPLINE_{}_{}_HPP",
            provider.to_uppercase(),
            part.to_uppercase()
        );
        let mut header = Self::new(about, &guard);
        for include in includes {
            header.line(&format!("#include \"{include}\""));
        }
        header.line(&format!("\nnamespace snapline::{provider} {{\n"));
        header
    }

    fn line(&mut self, line: &str) {
        self.text.push_str(line);
        self.text.push('\n');
    }

    /// A doc comment.
    fn doc(&mut self, text: &str, indent: &str) {
        for line in prose::cpp(text) {
            self.line(format!("{indent}///{line}").trim_end());
        }
    }

    fn close(mut self, api: &Api) -> String {
        self.line(&format!("}}  // namespace snapline::{}", api.provider.name));
        self.line("");
        self.finish()
    }

    fn finish(mut self) -> String {
        self.line("\n#endif");
        self.text
    }
}

fn status() -> String {
    let mut out = Header::new("What a call comes to.", "SNAPLINE_STATUS_HPP");
    out.line(
        "namespace snapline {\n\n/// What a call comes to.\nenum class Status : std::int32_t {",
    );
    for (name, kind, doc) in STATUSES {
        out.doc(doc, "    ");
        out.line(&format!("    {} = SNAPLINE_{name},", word(kind)));
    }
    out.line("};\n\n}  // namespace snapline");
    out.finish()
}

fn errors() -> String {
    let mut out = Header::new(
        "A class of exceptions for each kind of error.",
        "SNAPLINE_ERRORS_HPP",
    );
    out.line("namespace snapline {\n");
    out.line(&format!(
        "/// Anything that can go wrong, by the name that it has in every language.\nusing {ROOT} = Error;\n"
    ));
    let (classes, raised) = classes();
    for (class, doc) in classes {
        out.doc(doc, "");
        out.line(&class);
    }
    out.line(&format!(
        "#if SNAPLINE_EXCEPTIONS\nnamespace detail {{\n\n[[noreturn]] inline void raise(const Error& error) {{\n    \
         switch (error.status()) {{\n{raised}        case Status::ok:\n            break;\n    }}\n    throw Error(error);\n}}\n\n}}  // namespace detail\n#endif\n\n}}  // namespace snapline"
    ));
    out.finish()
}

/// An enumerator's name; a digit cannot begin one.
fn enumerator(ending: &str) -> String {
    let name = ending.to_lowercase();
    if name.starts_with(|c: char| c.is_ascii_digit()) {
        format!("v{name}")
    } else {
        word(&name)
    }
}

fn enums(api: &Api, names: &Names) -> String {
    let mut out = Header::of(
        api,
        "enums",
        &["../../core.hpp"],
        "Sets of strings that may grow.",
    );
    for item in &api.enums {
        let class = types::class(&item.name);
        out.doc(&item.doc, "");
        out.line(&format!("enum class {class} : std::int32_t {{"));
        out.doc(
            "A value that this version does not list; the getter of the text has it.",
            "    ",
        );
        out.line(&format!(
            "    unknown = {},",
            names.constant(&item.name, "UNKNOWN")
        ));
        let mut texts = String::new();
        for value in &item.values {
            let ending = constant_ending(&value.name);
            let constant = names.constant(&item.name, &ending);
            let enumerator = enumerator(&ending);
            let doc = format!("\"{}\": {}", value.wire, value.doc);
            out.doc(doc.trim_end_matches([' ', ':']), "    ");
            out.line(&format!("    {enumerator} = {constant},"));
            texts.push_str(&format!(
                "        case {class}::{enumerator}:\n            return {};\n",
                crate::emit::c::names::literal(&value.wire)
            ));
        }
        out.line("};\n");
        out.line(&format!(
            "/// The string of a value; \"\" for unknown.\ninline const char* to_string({class} value) noexcept {{\n    \
             switch (value) {{\n{texts}        case {class}::unknown:\n            break;\n    }}\n    return \"\";\n}}\n"
        ));
    }
    out.close(api)
}
