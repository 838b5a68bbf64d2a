//! The package around the extension: stubs, modules, enums and the types of keywords, from templates.

use askama::Template;

use super::docs;
use super::names::{self, Classes};
use super::types::{self, Face};
use super::view::{Argument, Attribute, Call, Enum, Model, Options, Provider, Resource};
use crate::emit::rust::BANNER;
use crate::error::Result;
use crate::file_set::FileSet;
use crate::ir::Api;

/// Where the package is.
const FOLDER: &str = "bindings/python/python/snapline";

/// No line is longer.
const WIDTH: usize = 120;

/// `_native/<provider>.pyi`.
#[derive(Template)]
#[template(path = "face/python/native.pyi", escape = "none")]
struct Native<'a> {
    banner: &'a str,
    provider: &'a Provider<'a>,
    /// Calls that wait and calls that are awaited, each plain and as `with_raw_response` has them.
    faces: [Face; 4],
}

/// `<provider>/__init__.py`.
#[derive(Template)]
#[template(path = "face/python/package.py", escape = "none")]
struct Package<'a> {
    banner: &'a str,
    provider: &'a Provider<'a>,
    native: Vec<String>,
    exported: Vec<String>,
}

/// `<provider>/enums.py`.
#[derive(Template)]
#[template(path = "face/python/enums.py", escape = "none")]
struct Enums<'a> {
    banner: &'a str,
    provider: &'a Provider<'a>,
    exported: Vec<&'a str>,
}

/// `_providers.py`.
#[derive(Template)]
#[template(path = "face/python/providers.py", escape = "none")]
struct Providers<'a> {
    banner: &'a str,
    providers: Vec<Listed<'a>>,
}

/// A provider in the list of all.
struct Listed<'a> {
    module: &'a str,
    client: String,
}

impl Listed<'_> {
    fn awaited(&self) -> String {
        names::awaited(&self.client)
    }

    /// What `snapline` has of it.
    fn exported(&self) -> Vec<String> {
        let module = self.module.to_owned();
        sorted(vec![self.awaited(), self.client.clone(), module])
    }
}

/// `_options.py`.
#[derive(Template)]
#[template(path = "face/python/options.py", escape = "none")]
struct Keywords<'a> {
    banner: &'a str,
    options: &'a [Options],
}

/// A provider's stubs and modules.
pub(super) fn provider(provider: &Provider<'_>) -> Result<FileSet> {
    let name = provider.module;
    let face = |awaited, raw| Face { awaited, raw };
    let native = Native {
        banner: BANNER,
        provider,
        faces: [
            face(false, false),
            face(true, false),
            face(false, true),
            face(true, true),
        ],
    };
    let enums: Vec<&str> = provider
        .enums
        .iter()
        .map(|item| item.class.as_str())
        .collect();
    let mut all = provider.native();
    all.extend(enums.iter().map(ToString::to_string));
    all.extend(["AsyncClient".to_owned(), "Client".to_owned()]);
    let package = Package {
        banner: BANNER,
        provider,
        native: sorted(provider.native()),
        exported: sorted(all),
    };
    let enums = Enums {
        banner: BANNER,
        provider,
        exported: sorted(enums),
    };
    let mut files = FileSet::default();
    files.render(format!("{FOLDER}/_native/{name}.pyi"), &native)?;
    files.render(format!("{FOLDER}/{name}/__init__.py"), &package)?;
    files.render(format!("{FOLDER}/{name}/enums.py"), &enums)?;
    Ok(files)
}

/// What `snapline` takes from the providers, and the types of keywords.
pub(super) fn index<'a>(apis: &'a [Api]) -> Result<FileSet> {
    let listed = |api: &'a Api| Listed {
        module: &api.provider.name,
        client: Classes::new(api).client,
    };
    let providers = Providers {
        banner: BANNER,
        providers: apis.iter().map(listed).collect(),
    };
    let keywords = Keywords {
        banner: BANNER,
        options: &Options::all(),
    };
    let mut files = FileSet::default();
    files.render(format!("{FOLDER}/_providers.py"), &providers)?;
    files.render(format!("{FOLDER}/_options.py"), &keywords)?;
    Ok(files)
}

fn sorted<T: Ord>(mut names: Vec<T>) -> Vec<T> {
    names.sort();
    names
}

/// A function's head as a formatter lays it out: on one line, else its arguments on one, else each on its own.
fn head(indent: usize, before: &str, arguments: &[String], after: &str) -> String {
    let (pad, inner) = (" ".repeat(indent), " ".repeat(indent + 4));
    let all = arguments.join(", ");
    let whole = format!("{pad}{before}({all}){after}");
    if whole.chars().count() <= WIDTH {
        return whole;
    }
    let line = format!("{inner}{all}");
    if line.chars().count() <= WIDTH {
        return format!("{pad}{before}(\n{line}\n{pad}){after}");
    }
    let lines: Vec<String> = arguments
        .iter()
        .map(|one| format!("{inner}{one},\n"))
        .collect();
    format!("{pad}{before}(\n{}{pad}){after}", lines.concat())
}

impl Provider<'_> {
    fn docstring(&self, face: &Face) -> String {
        docs::literal(&docs::client(self.api, face.awaited), 4)
    }

    fn constructor(&self, face: &Face) -> String {
        let mut arguments = vec!["cls".to_owned(), "token: str | None = None".to_owned()];
        if !self.credentials.is_empty() {
            arguments.push("*".to_owned());
        }
        let credentials = self.credentials.iter();
        arguments.extend(credentials.map(|name| format!("{name}: str | None = None")));
        arguments.push("**options: Unpack[ClientOptions]".to_owned());
        let after = format!(" -> {}: ...", face.class(&self.client));
        head(4, "def __new__", &arguments, &after)
    }

    fn request(&self, face: &Face) -> String {
        let arguments = [
            "self",
            "method: str",
            "path: str",
            "json: Any | None = None",
            "**options: Unpack[CallOptions]",
        ];
        let after = format!(" -> {}:", face.result("Response[Any]"));
        head(4, "def request", &arguments.map(str::to_owned), &after)
    }

    fn text(&self, words: Vec<String>) -> String {
        docs::literal(&words, 8)
    }
}

impl Resource<'_> {
    fn docstring(&self, face: &Face) -> String {
        let lines = if face.awaited {
            docs::resource(self.resource)
        } else {
            docs::resource_class(self.resource)
        };
        docs::literal(&lines, 4)
    }
}

impl Call<'_> {
    /// Its first lines in a face.
    fn head(&self, face: &Face) -> String {
        let (first, rest) = self.ordered();
        let argument = |argument: &&Argument<'_>| types::argument(argument);
        let mut arguments = vec!["self".to_owned()];
        arguments.extend(first.iter().map(argument));
        if !rest.is_empty() {
            arguments.push("*".to_owned());
        }
        arguments.extend(rest.iter().map(argument));
        arguments.push(format!("**options: Unpack[{}]", self.options()));
        let end = if face.raw { " ..." } else { "" };
        let after = format!(" -> {}:{end}", face.returned(self));
        head(4, &format!("def {}", self.name), &arguments, &after)
    }

    /// What it does; its arguments are explained where it waits.
    fn docstring(&self, face: &Face, class: &str) -> String {
        if !face.awaited {
            return docs::literal(&self.doc, 8);
        }
        let summary = self.doc.first().map_or("", String::as_str);
        let place = format!("{summary} `{class}.{}` says more.", self.name);
        docs::literal(&docs::text(&place), 8)
    }
}

impl Provider<'_> {
    /// Whether an object has functions that take a path.
    fn helps(&self) -> bool {
        self.models.iter().any(|it| !it.model.helpers().is_empty())
    }
}

impl Model<'_> {
    fn docstring(&self) -> String {
        docs::literal(&docs::model(self.model), 4)
    }

    /// The type of `__match_args__`.
    fn names(&self) -> String {
        let names = match self.model.fields.len() {
            0 => vec!["()"],
            count => vec!["str"; count],
        };
        let name = "    __match_args__: ";
        let all = format!("tuple[{}]", names.join(", "));
        if name.len() + all.len() <= WIDTH {
            return all;
        }
        // As ruff lays it out.
        format!("tuple[\n        {},\n    ]", names.join(",\n        "))
    }

    /// How a user makes one, where that can be.
    fn constructor(&self) -> Option<String> {
        if !self.model.sent {
            return None;
        }
        let (required, optional) = self.given();
        let mut arguments = vec!["cls".to_owned()];
        if !required.is_empty() || !optional.is_empty() {
            arguments.push("*".to_owned());
        }
        arguments.extend(
            required
                .iter()
                .map(|field| types::given(field, true, false)),
        );
        arguments.extend(
            optional
                .iter()
                .map(|field| types::given(field, false, self.model.tells_null(field.field))),
        );
        let after = format!(" -> {}: ...", self.class);
        Some(head(4, "def __new__", &arguments, &after))
    }
}

impl Attribute<'_> {
    fn ty(&self) -> String {
        types::attribute(self)
    }

    fn docstring(&self) -> String {
        docs::literal(&docs::attribute(self), 8)
    }
}

impl Enum<'_> {
    fn docstring(&self) -> String {
        docs::literal(&self.doc, 4)
    }

    /// What an argument of this type takes.
    fn alias(&self) -> String {
        let values: Vec<&str> = self
            .values
            .iter()
            .map(|value| value.literal.as_str())
            .collect();
        let (class, all) = (&self.class, values.join(", "));
        let before = format!("_{class}: TypeAlias =");
        let fits = |line: &str| line.chars().count() <= WIDTH;
        let line = format!("{before} {class} | Literal[{all}]");
        if fits(&line) {
            return line;
        }
        let line = format!("    {class} | Literal[{all}]");
        if fits(&line) {
            return format!("{before} (\n{line}\n)");
        }
        let line = format!("    | Literal[{all}]");
        if fits(&line) {
            return format!("{before} (\n    {class}\n{line}\n)");
        }
        let lines: Vec<String> = values
            .iter()
            .map(|value| format!("        {value},\n"))
            .collect();
        let lines = lines.concat();
        format!("{before} (\n    {class}\n    | Literal[\n{lines}    ]\n)")
    }
}

impl super::view::Value {
    fn docstring(&self) -> String {
        docs::literal(&self.doc, 4)
    }
}

impl Options {
    fn docstring(&self) -> String {
        docs::literal(&self.doc, 4)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_is_laid_out_as_a_formatter_would() {
        let arguments = |name: &str, count: usize| vec![format!("{name}: str"); count];
        assert_eq!(
            head(0, "def f", &arguments("a", 2), ":"),
            "def f(a: str, a: str):"
        );
        let wide = head(4, "def f", &arguments("long_name", 7), " -> Something:");
        let line = ["long_name: str"; 7].join(", ");
        assert_eq!(
            wide,
            format!("    def f(\n        {line}\n    ) -> Something:")
        );
        let tall = head(4, "def f", &arguments("longer_name", 9), ":");
        assert_eq!(tall.lines().count(), 11);
        assert!(tall.ends_with("        longer_name: str,\n    ):"));
    }
}
