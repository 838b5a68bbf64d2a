//! Names in Python, and in the Rust that stands behind them.

use proc_macro2::{Ident, Span};
use quote::format_ident;

use super::view::Options;
use crate::emit::rust::type_ident;
use crate::error::{Error, Result};
use crate::ir::{Api, Resource};

// `keyword.kwlist` of Python, with the soft ones left out, since they may be names.
const KEYWORDS: &[&str] = &[
    "False", "None", "True", "and", "as", "assert", "async", "await", "break", "class", "continue",
    "def", "del", "elif", "else", "except", "finally", "for", "from", "global", "if", "import",
    "in", "is", "lambda", "nonlocal", "not", "or", "pass", "raise", "return", "try", "while",
    "with", "yield",
];

// What every model or client class has of its own.
const MODEL_MEMBERS: &[&str] = &["to_dict", "from_dict"];
const CLIENT_MEMBERS: &[&str] = &[
    "close",
    "rate_limit",
    "request",
    "with_options",
    "with_raw_response",
];

// What the function behind every call names its own.
const ARGUMENTS: &[&str] = &["call", "client", "options", "py"];

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

/// The name of a call's argument: one that is an option's gets a trailing underscore (PEP 8).
pub(crate) fn argument(name: &str) -> String {
    let options = [Options::call(), Options::wait()];
    let mut keywords = options.into_iter().flat_map(|options| options.keywords);
    let taken = keywords.any(|keyword| keyword.name == name);
    if taken || ARGUMENTS.contains(&name) {
        format!("{name}_")
    } else {
        python(name)
    }
}

/// The Rust identifier that PyO3 shows to Python under a name of Python.
pub(crate) fn raw(name: &str) -> Ident {
    match syn::parse_str::<Ident>(name) {
        Ok(ident) => ident,
        Err(_) => Ident::new_raw(name, Span::call_site()),
    }
}

/// The class of a model.
pub(crate) fn class(model: &str) -> Ident {
    type_ident(model)
}

/// The class of a resource: `NfsSnapshotsResource`.
pub(crate) fn resource(path: &[String]) -> Ident {
    format_ident!("{}Resource", type_ident(&path.join("_")))
}

/// The class that has the methods of another: `NfsMethods`, in Python `_NfsResource`.
pub(crate) fn methods(path: &[String]) -> Ident {
    format_ident!("{}Methods", type_ident(&path.join("_")))
}

/// The class whose calls are awaited.
pub(crate) fn awaited(class: &str) -> String {
    format!("Async{class}")
}

/// The class of the client.
pub(crate) fn client(api: &Api) -> Ident {
    type_ident_as_written(&api.provider.client)
}

// The provider writes its own name; `DigitalOcean` stays as it is.
fn type_ident_as_written(name: &str) -> Ident {
    match syn::parse_str::<Ident>(name) {
        Ok(ident) => ident,
        Err(_) => type_ident(name),
    }
}

/// Refuses names that would hide one another.
pub(crate) fn check(api: &Api) -> Result<()> {
    let refuse = |place: &str, name: &str, other: &str| {
        Error::new(
            &api.provider.name,
            place,
            format!("in Python `{name}` would hide {other}"),
            "give it another name with x-snapline-name in the overlay",
        )
    };
    let mut classes = vec![client(api).to_string(), format!("Async{}", client(api))];
    let named = api.enums.iter().map(|item| class(&item.name));
    let named = named.chain(api.visible().map(|model| class(&model.name)));
    let resources = api.all_resources();
    let named = named.chain(resources.iter().map(|item| resource(&item.path)));
    let awaited = resources.iter().map(|item| resource(&item.path));
    let awaited = awaited.map(|name| format_ident!("Async{name}"));
    for name in named.chain(awaited).map(|name| name.to_string()) {
        if classes.contains(&name) {
            return Err(refuse("", &name, "another class"));
        }
        classes.push(name);
    }
    for model in api.visible() {
        if let Some(field) = model
            .fields
            .iter()
            .find(|field| MODEL_MEMBERS.contains(&field.name.as_str()))
        {
            return Err(refuse(
                &model.pointer,
                &field.name,
                "a method of every model",
            ));
        }
    }
    for resource in &api.resources {
        if CLIENT_MEMBERS.contains(&resource.name()) {
            return Err(refuse("", resource.name(), "a method of every client"));
        }
    }
    for resource in resources {
        check_resource(resource, &refuse)?;
    }
    Ok(())
}

fn check_resource(resource: &Resource, refuse: &dyn Fn(&str, &str, &str) -> Error) -> Result<()> {
    let place = resource.path.join(".");
    let mut members: Vec<&str> = resource.children.iter().map(Resource::name).collect();
    for call in &resource.calls {
        let name = &call.name;
        if members.contains(&name.as_str()) {
            return Err(refuse(&place, name, "another member of the resource"));
        }
        members.push(name);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ir::{
        Body, Call, ErrorShape, Form, Kind, Location, OperationId, Param, Provider, Request,
        Returns, Type,
    };

    fn param(name: &str) -> Param {
        Param {
            wire: name.to_owned(),
            name: name.to_owned(),
            ty: Type::String,
            required: true,
            nullable: false,
            secret: false,
            location: Location::Path,
            separator: None,
            rules: Vec::new(),
            doc: String::new(),
            example: serde_json::Value::Null,
        }
    }

    fn resource(name: &str, method: &str, params: Vec<Param>) -> Resource {
        Resource {
            path: vec![name.to_owned()],
            doc: String::new(),
            calls: vec![Call {
                name: method.to_owned(),
                resource: vec![name.to_owned()],
                operation: OperationId::of("get"),
                params,
                form: Form::Nothing,
                summary: String::new(),
                doc: String::new(),
                kind: Kind::Request(Box::new(Request {
                    body: Body::None,
                    returns: Returns::Nothing,
                })),
            }],
            children: Vec::new(),
        }
    }

    fn api(resource: Resource) -> Api {
        Api {
            provider: Provider {
                name: "cloud".to_owned(),
                prefix: "c".to_owned(),
                client: "Cloud".to_owned(),
                server_url: String::new(),
                url_variable: String::new(),
                token_variables: Vec::new(),
                token_header: None,
                credentials: Vec::new(),
                errors: ErrorShape::default(),
                doc: String::new(),
            },
            resources: vec![resource],
            models: Vec::new(),
            enums: Vec::new(),
            unions: Vec::new(),
            operations: Vec::new(),
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
        for name in [
            "timeout",
            "extra_headers",
            "on_poll",
            "options",
            "py",
            "from",
        ] {
            assert_eq!(argument(name), format!("{name}_"));
        }
    }

    #[test]
    fn names_that_hide_one_another_are_refused() {
        assert!(check(&api(resource("disks", "get", vec![param("id")]))).is_ok());
        let told = |resource| check(&api(resource)).unwrap_err().to_string();
        assert!(check(&api(resource("disks", "get", vec![param("timeout")]))).is_ok());
        let text = told(resource("close", "get", Vec::new()));
        assert!(
            text.contains("`close` would hide a method of every client"),
            "{text}"
        );
        let mut twice = resource("disks", "get", Vec::new());
        let again = twice.calls[0].clone();
        twice.calls.push(again);
        let text = told(twice);
        assert!(
            text.contains("`get` would hide another member of the resource"),
            "{text}"
        );
    }
}
