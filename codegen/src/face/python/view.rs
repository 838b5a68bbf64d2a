//! What the Python face shows of an API, with Python's names and words. The extension's classes and the stubs
//! are made of the same.

use heck::ToShoutySnakeCase;

use super::names::{Claims, Classes};
use super::{arguments, docs, names, types};
use crate::emit::prose::is_hidden;
use crate::ir::{self, Api, Field, Form, Param};
use crate::surface::{self, Setting};

/// One provider.
pub(crate) struct Provider<'a> {
    pub(crate) api: &'a Api,
    /// Its module: `digitalocean`.
    pub(crate) module: &'a str,
    /// Its client's class.
    pub(crate) client: String,
    /// Its credentials beside the token.
    pub(crate) credentials: Vec<&'a str>,
    /// The resources of the client itself.
    pub(crate) children: Vec<Child<'a>>,
    /// All resources, parents before children.
    pub(crate) resources: Vec<Resource<'a>>,
    pub(crate) models: Vec<Model<'a>>,
    pub(crate) enums: Vec<Enum<'a>>,
}

/// A resource as a member of what is above it.
pub(crate) struct Child<'a> {
    pub(crate) name: String,
    /// The class whose calls wait.
    pub(crate) class: String,
    pub(crate) resource: &'a ir::Resource,
}

/// A resource.
pub(crate) struct Resource<'a> {
    /// The class whose calls wait: `NfsResource`.
    pub(crate) class: String,
    pub(crate) resource: &'a ir::Resource,
    pub(crate) children: Vec<Child<'a>>,
    pub(crate) calls: Vec<Call<'a>>,
}

/// An argument of a call.
pub(crate) struct Argument<'a> {
    /// Its name in Python.
    pub(crate) name: String,
    pub(crate) param: &'a Param,
}

/// A call of a resource.
pub(crate) struct Call<'a> {
    /// Its name in Python.
    pub(crate) name: String,
    pub(crate) call: &'a ir::Call,
    /// In the order of the Rust function.
    pub(crate) arguments: Vec<Argument<'a>>,
    pub(crate) doc: Vec<String>,
}

/// An object of the document.
pub(crate) struct Model<'a> {
    pub(crate) class: String,
    pub(crate) model: &'a ir::Model,
    pub(crate) attributes: Vec<Attribute<'a>>,
}

/// A field of an object.
pub(crate) struct Attribute<'a> {
    /// Its name in Python.
    pub(crate) name: String,
    pub(crate) field: &'a Field,
}

/// A set of strings.
pub(crate) struct Enum<'a> {
    pub(crate) class: String,
    pub(crate) doc: Vec<String>,
    pub(crate) values: Vec<Value>,
    pub(crate) item: &'a ir::Enum,
}

/// One of its strings.
pub(crate) struct Value {
    /// The member's name.
    pub(crate) name: String,
    /// The string as a literal.
    pub(crate) literal: String,
    pub(crate) doc: Vec<String>,
}

/// The keywords of a client, of a call or of a wait.
pub(crate) struct Options {
    /// The class that types them: `CallOptions`.
    pub(crate) class: &'static str,
    pub(crate) doc: Vec<String>,
    pub(crate) keywords: Vec<Keyword>,
}

/// One keyword.
pub(crate) struct Keyword {
    pub(crate) name: String,
    /// Its type, None left out.
    pub(crate) ty: &'static str,
    pub(crate) doc: String,
    /// What it sets; hooks, and a wait's `on_poll` and `progress` are set otherwise.
    pub(crate) setting: Option<&'static Setting>,
}

impl<'a> Provider<'a> {
    pub(crate) fn new(api: &'a Api) -> Self {
        let enums = api.enums.iter().map(Enum::new).collect();
        let classes = Classes::new(api);
        let resources = api.all_resources().into_iter();
        let credentials = api.provider.credentials.iter();
        Self {
            api,
            module: &api.provider.name,
            credentials: credentials.map(|known| known.name.as_str()).collect(),
            children: children(&classes, &mut Claims::of_client(), &api.resources),
            resources: resources
                .map(|resource| Resource::new(api, &classes, resource))
                .collect(),
            models: api.visible().map(Model::new).collect(),
            enums,
            client: classes.client,
        }
    }

    /// The names of all classes that the extension has for it, in their order.
    pub(crate) fn native(&self) -> Vec<String> {
        let face = |class: &dyn Fn(&str) -> String| -> Vec<String> {
            let resources = self.resources.iter().map(|resource| &resource.class);
            std::iter::once(&self.client)
                .chain(resources)
                .map(|name| class(name))
                .collect()
        };
        let mut all = face(&str::to_owned);
        all.extend(self.models.iter().map(|model| model.class.clone()));
        all.extend(face(&names::awaited));
        all
    }
}

fn children<'a>(
    classes: &Classes,
    claims: &mut Claims,
    resources: &'a [ir::Resource],
) -> Vec<Child<'a>> {
    let child = |resource: &'a ir::Resource| Child {
        name: claims.claim(resource.name()),
        class: classes.resource(resource),
        resource,
    };
    resources.iter().map(child).collect()
}

impl<'a> Resource<'a> {
    fn new(api: &'a Api, classes: &Classes, resource: &'a ir::Resource) -> Self {
        let mut claims = Claims::of_resource();
        let children = children(classes, &mut claims, &resource.children);
        let calls = resource.calls.iter();
        Self {
            class: classes.resource(resource),
            resource,
            children,
            calls: calls
                .map(|call| Call::new(api, claims.claim(&call.name), call))
                .collect(),
        }
    }
}

impl<'a> Call<'a> {
    fn new(api: &Api, name: String, call: &'a ir::Call) -> Self {
        let mut claims = Claims::of_call();
        let argument = |param: &'a Param| Argument {
            name: claims.claim(&param.name),
            param,
        };
        let arguments: Vec<Argument<'_>> = call.params.iter().map(argument).collect();
        Self {
            name,
            call,
            doc: docs::call(api, call, &arguments),
            arguments,
        }
    }

    /// Arguments in a signature: those that may stand without their names, then the rest.
    pub(crate) fn ordered(&self) -> (Vec<&Argument<'a>>, Vec<&Argument<'a>>) {
        let all = self.arguments.iter();
        all.partition(|argument| arguments::positional(argument.param))
    }

    /// The class that types its keywords.
    pub(crate) fn options(&self) -> &'static str {
        if self.call.is_wait() {
            "WaitOptions"
        } else {
            "CallOptions"
        }
    }

    /// Whether it gives one page of several.
    pub(crate) fn gives_page(&self) -> bool {
        matches!(self.call.form, Form::Page { .. })
    }
}

impl<'a> Model<'a> {
    fn new(model: &'a ir::Model) -> Self {
        let mut claims = Claims::of_model();
        let attribute = |field: &'a Field| Attribute {
            name: claims.claim(&field.name),
            field,
        };
        Self {
            class: names::class(&model.name).to_string(),
            attributes: model.fields.iter().map(attribute).collect(),
            model,
        }
    }

    /// The attributes a user gives: required ones first, as the Rust constructor has them.
    pub(crate) fn given(&self) -> (Vec<&Attribute<'a>>, Vec<&Attribute<'a>>) {
        let given = self
            .attributes
            .iter()
            .filter(|attribute| !attribute.field.read_only);
        given.partition(|attribute| !attribute.field.can_be_absent())
    }
}

impl<'a> Enum<'a> {
    fn new(item: &'a ir::Enum) -> Self {
        let value = |value: &ir::EnumValue| Value {
            name: member(&value.name),
            literal: literal(&value.wire),
            doc: docs::text(&value.doc),
        };
        Self {
            class: names::class(&item.name).to_string(),
            doc: docs::text(&item.doc),
            values: item.values.iter().map(value).collect(),
            item,
        }
    }
}

/// A member's name: `ACCESS_POINT_ACTIVE`.
fn member(name: &str) -> String {
    let name = name.to_shouty_snake_case();
    if name.starts_with(|c: char| c.is_ascii_digit()) {
        format!("V{name}")
    } else {
        name
    }
}

/// A string literal of Python.
pub(crate) fn literal(text: &str) -> String {
    // JSON's escapes are Python's too. A string cannot fail to serialise.
    let quoted = serde_json::to_string(text).unwrap_or_default();
    // A reader of the source sees what is there.
    let shown = |c: char| match u32::from(c) {
        _ if !is_hidden(c) => c.to_string(),
        number => format!("\\U{number:08x}"),
    };
    quoted.chars().map(shown).collect()
}

impl Options {
    /// Those of a client.
    pub(crate) fn client() -> Self {
        let mut keywords: Vec<Keyword> = surface::CLIENT.iter().map(Keyword::new).collect();
        keywords.extend([
            Keyword {
                name: "before_send".to_owned(),
                ty: "Callable[[Outgoing], Optional[Mapping[str, str]]]",
                doc: "Called before each sending of a request; what it returns are headers to add. If it raises, the \
                    call fails with HookError, and nothing is sent."
                    .to_owned(),
                setting: None,
            },
            Keyword {
                name: "after_answer".to_owned(),
                ty: "Callable[[Attempted], object]",
                doc: "Called after each answer, and where none came. If it raises, the call fails with HookError, \
                    whatever the service did."
                    .to_owned(),
                setting: None,
            },
        ]);
        Self::new("ClientOptions", docs::CLIENT_OPTIONS, keywords)
    }

    /// Those of a call.
    pub(crate) fn call() -> Self {
        let keywords = surface::CALL.iter().map(|setting| match setting.kind {
            surface::Kind::Pairs => {
                let keyword = Keyword::new(setting);
                let name = format!("extra_{}", keyword.name);
                Keyword { name, ..keyword }
            }
            _ => Keyword::new(setting),
        });
        Self::new("CallOptions", docs::CALL_OPTIONS, keywords.collect())
    }

    /// Those of a wait.
    pub(crate) fn wait() -> Self {
        let mut keywords: Vec<Keyword> = surface::WAIT.iter().map(Keyword::new).collect();
        keywords.extend([
            Keyword {
                name: "on_poll".to_owned(),
                ty: "Callable[[Poll], object]",
                doc: "Called with each poll; it ends the wait by returning False or raising."
                    .to_owned(),
                setting: None,
            },
            Keyword {
                name: "progress".to_owned(),
                ty: "bool",
                doc: "Shows a progress bar, which needs the package tqdm.".to_owned(),
                setting: None,
            },
        ]);
        Self::new("WaitOptions", docs::WAIT_OPTIONS, keywords)
    }

    /// All three.
    pub(crate) fn all() -> [Self; 3] {
        [Self::client(), Self::call(), Self::wait()]
    }

    fn new(class: &'static str, words: (&str, &str), keywords: Vec<Keyword>) -> Self {
        Self {
            class,
            doc: docs::options(words, &keywords),
            keywords,
        }
    }
}

impl Keyword {
    fn new(setting: &'static Setting) -> Self {
        Self {
            name: setting.member(),
            ty: types::setting(setting.kind),
            doc: docs::setting(setting),
            setting: Some(setting),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_are_names_of_python() {
        assert_eq!(member("in_progress"), "IN_PROGRESS");
        assert_eq!(member("2_weeks"), "V2_WEEKS");
        assert_eq!(literal("a\"b\\\u{e9}\n"), "\"a\\\"b\\\\\u{e9}\\n\"");
    }

    #[test]
    fn keywords_have_the_names_that_python_gives_them() {
        let names = |options: Options| -> Vec<String> {
            let keywords = options.keywords.into_iter();
            keywords.map(|keyword| keyword.name).collect()
        };
        assert!(names(Options::client()).contains(&"headers".to_owned()));
        for name in ["extra_headers", "extra_query", "timeout"] {
            assert!(names(Options::call()).contains(&name.to_owned()), "{name}");
        }
        assert!(names(Options::wait()).contains(&"on_poll".to_owned()));
    }
}
