//! Names in Python, and in the Rust that stands behind them.

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::{Ident, Span};
use quote::format_ident;

use super::view::Options;
use crate::emit::rust::type_ident;
use crate::ir::{Api, Resource};

// `keyword.kwlist` of Python, with the soft ones left out, since they may be names.
const KEYWORDS: &[&str] = &[
    "False", "None", "True", "and", "as", "assert", "async", "await", "break", "class", "continue",
    "def", "del", "elif", "else", "except", "finally", "for", "from", "global", "if", "import",
    "in", "is", "lambda", "nonlocal", "not", "or", "pass", "raise", "return", "try", "while",
    "with", "yield",
];

// What every object has of its own, and what the function that makes one does.
const MODEL_MEMBERS: &[&str] = &["from_dict", "guard", "inner", "to_dict"];

// What every client has of its own.
const CLIENT_MEMBERS: &[&str] = &[
    "close",
    "rate_limit",
    "request",
    "with_options",
    "with_raw_response",
];

// What the function behind every call names its own.
const ARGUMENTS: &[&str] = &["call", "client", "guard", "options", "py"];

// What the stubs and the extension import beside the classes of a document.
const IMPORTED: &[&str] = &[
    "Any",
    "AsyncClient",
    "AsyncPage",
    "Bound",
    "CallOptions",
    "Client",
    "ClientOptions",
    "Coroutine",
    "OptionalArgument",
    "IntoPython",
    "Iterable",
    "Literal",
    "Mapping",
    "Model",
    "OpenEnum",
    "Page",
    "PageCall",
    "Py",
    "PyAny",
    "PyClassInitializer",
    "PyResult",
    "Python",
    "RateLimit",
    "Response",
    "TracebackType",
    "TypeAlias",
    "Unpack",
    "Unset",
    "WaitOptions",
];

// Names that Rust does not take even in their raw form.
const NEVER_RAW: &[&str] = &["self", "Self", "super", "crate", "_"];

/// A name that Python takes: a keyword gets a trailing underscore.
pub(crate) fn python(name: &str) -> String {
    if KEYWORDS.contains(&name) || NEVER_RAW.contains(&name) {
        format!("{name}_")
    } else {
        name.to_owned()
    }
}

/// Names of one place, each given once: one that is taken gets a trailing underscore (PEP 8).
pub(crate) struct Claims(BTreeSet<String>);

impl Claims {
    fn of<'a>(taken: impl IntoIterator<Item = &'a str>) -> Self {
        Self(taken.into_iter().map(str::to_owned).collect())
    }

    /// The arguments of a call: every option is one already.
    pub(crate) fn of_call() -> Self {
        let mut claims = Self::of(ARGUMENTS.iter().copied());
        for options in [Options::call(), Options::wait()] {
            let keywords = options.keywords.into_iter();
            claims.0.extend(keywords.map(|keyword| keyword.name));
        }
        claims
    }

    /// The attributes of an object.
    pub(crate) fn of_model() -> Self {
        Self::of(MODEL_MEMBERS.iter().copied())
    }

    /// The members of a client.
    pub(crate) fn of_client() -> Self {
        Self::of(CLIENT_MEMBERS.iter().copied())
    }

    /// The members of a resource.
    pub(crate) fn of_resource() -> Self {
        Self::of([])
    }

    /// A name in Python for one of a document.
    pub(crate) fn claim(&mut self, name: &str) -> String {
        let mut name = python(name);
        while !self.0.insert(name.clone()) {
            name.push('_');
        }
        name
    }

    // The same for a class that has one for calls that are awaited beside it.
    fn claim_both(&mut self, name: &str) -> String {
        let mut name = name.to_owned();
        while self.0.contains(&name) || self.0.contains(&awaited(&name)) {
            name.push('_');
        }
        self.0.extend([name.clone(), awaited(&name)]);
        name
    }
}

/// The classes of a provider that are no types of its document.
pub(crate) struct Classes {
    /// That of the client.
    pub(crate) client: String,
    resources: BTreeMap<Vec<String>, String>,
}

impl Classes {
    /// Types keep their names; the client and the resources yield where they would meet one.
    pub(crate) fn new(api: &Api) -> Self {
        let mut claims = Claims::of(["AsyncClient", "Client"]);
        let enums = api.enums.iter().map(|item| class(&item.name));
        let models = api.visible().map(|model| class(&model.name));
        let types = enums.chain(models).map(|name| name.to_string());
        claims.0.extend(types);
        let client = type_ident_as_written(&api.provider.client).to_string();
        let client = claims.claim_both(&client);
        let resources = api.all_resources().into_iter().map(|resource| {
            let path = resource.path.clone();
            let name = format!("{}Resource", type_ident(&path.join("_")));
            let name = claims.claim_both(&name);
            (path, name)
        });
        let resources = resources.collect();
        Self { client, resources }
    }

    /// That of a resource: `NfsSnapshotsResource`.
    pub(crate) fn resource(&self, resource: &Resource) -> String {
        // Every resource of the IR is among them.
        self.resources
            .get(&resource.path)
            .cloned()
            .unwrap_or_default()
    }
}

/// The Rust identifier that PyO3 shows to Python under a name of Python.
pub(crate) fn raw(name: &str) -> Ident {
    match syn::parse_str::<Ident>(name) {
        Ok(ident) => ident,
        Err(_) => Ident::new_raw(name, Span::call_site()),
    }
}

/// The class of an object or an enum.
pub(crate) fn class(name: &str) -> Ident {
    let class = type_ident(name);
    if IMPORTED.iter().any(|imported| class == imported) {
        format_ident!("{class}_")
    } else {
        class
    }
}

/// The struct that has the methods of a resource's classes: `NfsMethods`, in Python `_NfsResource`.
pub(crate) fn methods(class: &str) -> Ident {
    format_ident!("{}Methods", class.strip_suffix("Resource").unwrap_or(class))
}

/// The class whose calls are awaited.
pub(crate) fn awaited(class: &str) -> String {
    format!("Async{class}")
}

// The provider writes its own name; `DigitalOcean` stays as it is.
fn type_ident_as_written(name: &str) -> Ident {
    match syn::parse_str::<Ident>(name) {
        Ok(ident) => ident,
        Err(_) => type_ident(name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ir::{Enum, EnumId, ErrorShape, Provider, TokenPlace};

    fn resource(path: &[&str], children: Vec<Resource>) -> Resource {
        Resource {
            path: path.iter().map(ToString::to_string).collect(),
            doc: String::new(),
            calls: Vec::new(),
            children,
        }
    }

    fn api(resources: Vec<Resource>, enums: &[&str]) -> Api {
        let enums = enums.iter().map(|name| Enum {
            name: EnumId::of(name),
            values: Vec::new(),
            doc: String::new(),
        });
        Api {
            provider: Provider {
                name: "cloud".to_owned(),
                prefix: "c".to_owned(),
                client: "Cloud".to_owned(),
                server_url: String::new(),
                url_variable: String::new(),
                token_variables: Vec::new(),
                token_place: TokenPlace::Bearer,
                credentials: Vec::new(),
                authentication: None,
                errors: ErrorShape::default(),
                contexts: None,
                doc: String::new(),
                version: String::new(),
                date: None,
            },
            resources,
            models: Vec::new(),
            enums: enums.collect(),
            unions: Vec::new(),
            operations: Vec::new(),
            kinds: Vec::new(),
        }
    }

    #[test]
    fn keywords_of_either_language() {
        assert_eq!(python("from"), "from_");
        assert_eq!(python("self"), "self_");
        assert_eq!(python("type"), "type");
        assert_eq!(raw("type").to_string(), "r#type");
        assert_eq!(raw(&python("from")).to_string(), "from_");
        assert_eq!(raw(&python("crate")).to_string(), "crate_");
        assert_eq!(raw("name").to_string(), "name");
    }

    #[test]
    fn a_name_that_is_taken_gets_an_underscore() {
        let mut claims = Claims::of_call();
        for name in ["timeout", "extra_headers", "on_poll", "options", "from"] {
            assert_eq!(claims.claim(name), format!("{name}_"));
        }
        assert_eq!(claims.claim("name"), "name");
        assert_eq!(claims.claim("name"), "name_");
        assert_eq!(Claims::of_client().claim("close"), "close_");
        assert_eq!(Claims::of_model().claim("to_dict"), "to_dict_");
    }

    #[test]
    fn classes_that_meet_yield() {
        let nested = resource(&["a"], vec![resource(&["a", "b"], Vec::new())]);
        let tops = vec![
            resource(&["a_b"], Vec::new()),
            resource(&["c"], Vec::new()),
            nested,
        ];
        let api = api(tops, &["CResource", "AsyncCloud", "Page"]);
        let classes = Classes::new(&api);
        assert_eq!(classes.client, "Cloud_");
        let names: Vec<String> = api
            .all_resources()
            .into_iter()
            .map(|item| classes.resource(item))
            .collect();
        assert_eq!(
            names,
            ["ABResource", "CResource_", "AResource", "ABResource_"]
        );
        assert_eq!(class("Page").to_string(), "Page_");
        assert_eq!(methods("ABResource_").to_string(), "ABResource_Methods");
    }
}
