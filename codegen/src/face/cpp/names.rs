//! What things are called in C++. Names that a document gives are kept; a name that is made of one yields where it
//! meets another, and gets a number.

use std::collections::{BTreeMap, BTreeSet};

use crate::emit::rust::type_ident;
use crate::face::c::Names;
use crate::face::c::names::{Part, numbered, word};
use crate::ir::{Api, Call, Field, Form, Model, Resource, Type};

/// Classes of `snapline` that generated code of a provider uses, and its client.
const OF_ALL_PROVIDERS: &[&str] = &[
    "CallOptions",
    "Client",
    "Error",
    "Items",
    "ListView",
    "Nullable",
    "Open",
    "OwnedList",
    "OwnedObject",
    "Page",
    "RateLimit",
    "Required",
    "Response",
    "Result",
    "Settings",
    "StringOrInteger",
    "Timestamp",
    "WaitOptions",
];

/// Members of every view and every owner.
const OF_ALL_OBJECTS: &[&str] = &[
    "from_json",
    "handle",
    "handle_",
    "to_json",
    "try_from_json",
    "try_to_json",
];

/// Members of every client.
const OF_ALL_CLIENTS: &[&str] = &[
    "close",
    "from_env",
    "handle",
    "handle_",
    "rate_limit",
    "request",
    "try_make",
    "try_request",
];

/// What every function of a resource calls things itself.
const OF_ALL_CALLS: &[&str] = &["args", "call", "client_", "done", "options", "response"];

/// Names that are used in one place, such as a class or the arguments of a function.
#[derive(Default)]
struct Scope(BTreeSet<String>);

impl Scope {
    fn of(taken: &[&str]) -> Self {
        Self(taken.iter().map(|&name| name.to_owned()).collect())
    }

    /// The name for one thing, or with a number where that is used already.
    fn claim(&mut self, name: &str) -> String {
        self.claim_all(name, &|name| vec![name.to_owned()])
    }

    /// The names of values, of which some are JSON and are called so. Those that the document names come first.
    fn claim_values<'a>(&mut self, values: impl Iterator<Item = (&'a str, bool)>) -> Vec<String> {
        let values: Vec<(&str, bool)> = values.collect();
        let mut names = vec![String::new(); values.len()];
        for wanted in [false, true] {
            let ending = if wanted { "_json" } else { "" };
            for ((value, json), name) in values.iter().zip(&mut names) {
                if *json == wanted {
                    *name = self.claim(&format!("{value}{ending}"));
                }
            }
        }
        names
    }

    /// The name from which several are made, which must all be free.
    fn claim_all(&mut self, name: &str, made: &dyn Fn(&str) -> Vec<String>) -> String {
        let free = |own: &str| !made(own).iter().any(|name| self.0.contains(name));
        let spelled = word(name);
        let own = if free(&spelled) {
            spelled
        } else {
            numbered(name, free)
        };
        self.0.extend(made(&own));
        own
    }
}

/// One provider as C++ sees it: its names in C, and its classes, no two of which have one name.
pub(crate) struct Face<'a> {
    pub(crate) api: &'a Api,
    pub(crate) c: Names,
    /// Classes by what they are of, and what they are to it.
    classes: BTreeMap<(String, &'static str), String>,
}

impl<'a> Face<'a> {
    /// The face of an API.
    pub(crate) fn new(api: &'a Api) -> Self {
        let mut scope = Scope::of(OF_ALL_PROVIDERS);
        let mut classes = BTreeMap::new();
        let mut claim = |of: String, ending: &'static str| {
            let name = scope.claim(&format!("{}{ending}", type_ident(&of)));
            classes.insert((of, ending), name);
        };
        let models: Vec<&Model> = api.visible().collect();
        for model in &models {
            claim(model.name.to_string(), "");
        }
        for item in &api.enums {
            claim(item.name.to_string(), "");
        }
        for model in &models {
            for ending in ["View", "Input", "List", "Page", "Items"] {
                claim(model.name.to_string(), ending);
            }
        }
        for resource in api.all_resources() {
            claim(resource.path.join("_"), "Resource");
        }
        for call in api.calls() {
            claim(whole_name(call), "Args");
        }
        Self {
            api,
            c: Names::new(api),
            classes,
        }
    }

    fn named(&self, of: &str, ending: &'static str) -> String {
        let known = self.classes.get(&(of.to_owned(), ending));
        known
            .cloned()
            .unwrap_or_else(|| format!("{}{ending}", type_ident(of)))
    }

    /// The class of an enum, or that which owns a model.
    pub(crate) fn class(&self, name: &str) -> String {
        self.named(name, "")
    }

    /// The class that borrows a model.
    pub(crate) fn view(&self, model: &str) -> String {
        self.named(model, "View")
    }

    /// The struct from which a model is made.
    pub(crate) fn input(&self, model: &str) -> String {
        self.named(model, "Input")
    }

    /// A list of models.
    pub(crate) fn list(&self, model: &str) -> String {
        self.named(model, "List")
    }

    /// One page of a list of models.
    pub(crate) fn page(&self, model: &str) -> String {
        self.named(model, "Page")
    }

    /// A walk over models.
    pub(crate) fn items(&self, model: &str) -> String {
        self.named(model, "Items")
    }

    /// The class of a resource.
    pub(crate) fn resource(&self, resource: &Resource) -> String {
        self.named(&resource.path.join("_"), "Resource")
    }

    /// The struct of a call's arguments.
    pub(crate) fn args(&self, call: &Call) -> String {
        self.named(&whole_name(call), "Args")
    }
}

fn whole_name(call: &Call) -> String {
    format!("{}_{}", call.resource.join("_"), call.name)
}

/// The enumerators beside `unknown`, from the endings of their constants; a digit cannot begin one.
pub(crate) fn enumerators(endings: &[String]) -> Vec<String> {
    let mut scope = Scope::of(&["unknown"]);
    let name = |ending: &String| {
        let name = ending.to_lowercase();
        if name.starts_with(|c: char| c.is_ascii_digit()) {
            scope.claim(&format!("v{name}"))
        } else {
            scope.claim(&name)
        }
    };
    endings.iter().map(name).collect()
}

/// The headers of the top-level resources, in their order. One may be called like another part.
pub(crate) fn files(api: &Api) -> Vec<String> {
    let mut scope = Scope::of(&["client", "enums", "models"]);
    let names = api.resources.iter().map(Resource::name);
    names
        .map(|name| scope.claim_all(name, &|file| vec![file.to_owned()]))
        .collect()
}

/// The functions of the client that give the top-level resources, in their order.
pub(crate) fn of_client(api: &Api) -> Vec<String> {
    let mut scope = Scope::of(OF_ALL_CLIENTS);
    let names = api.resources.iter().map(Resource::name);
    names.map(|name| scope.claim(name)).collect()
}

/// The getters of one field.
pub(crate) struct Getters<'a> {
    pub(crate) field: &'a Field,
    /// That of the value, or of its JSON.
    pub(crate) get: String,
    /// That of an enum's string, or of a list's strings.
    pub(crate) text: String,
    /// Whether a list is there at all.
    pub(crate) has: String,
}

/// The getters of all fields of a model.
pub(crate) fn getters(model: &Model) -> Vec<Getters<'_>> {
    let mut scope = Scope::of(OF_ALL_OBJECTS);
    let named = model.fields.iter().map(|field| {
        let json = is_read_as_json(&field.ty);
        (field.name.as_str(), json)
    });
    let values = scope.claim_values(named);
    let mut all: Vec<Getters<'_>> = model
        .fields
        .iter()
        .zip(values)
        .map(|(field, get)| Getters {
            field,
            get,
            text: String::new(),
            has: String::new(),
        })
        .collect();
    for getters in &mut all {
        let name = &getters.field.name;
        match &getters.field.ty {
            Type::Enum(_) => getters.text = scope.claim(&format!("{name}_string")),
            Type::List(item) if !is_read_as_json(&getters.field.ty) => {
                if matches!(item.as_ref(), Type::Enum(_)) {
                    getters.text = scope.claim(&format!("{name}_strings"));
                }
                getters.has = scope.claim(&format!("has_{name}"));
            }
            _ => {}
        }
    }
    all
}

/// Whether the C library gives a value as JSON text.
pub(crate) fn is_read_as_json(ty: &Type) -> bool {
    Part::getters(ty, false).first() == Some(&Part::Json)
}

/// Whether the C library takes a value as JSON text.
pub(crate) fn is_given_as_json(ty: &Type) -> bool {
    match ty {
        Type::List(item) => {
            is_given_as_json(item)
                || matches!(
                    item.as_ref(),
                    Type::List(_) | Type::StringOrInteger | Type::Timestamp
                )
        }
        Type::Map(_) | Type::Json | Type::Union(_) => true,
        _ => false,
    }
}

/// The members of a struct, by the names and types of what it is made of.
pub(crate) fn members<'a>(fields: impl Iterator<Item = (&'a str, &'a Type)>) -> Vec<String> {
    Scope::default().claim_values(fields.map(|(name, ty)| (name, is_given_as_json(ty))))
}

/// The parameters of a call's functions beside those that every call has.
pub(crate) fn parameters<'a>(names: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut scope = Scope::of(OF_ALL_CALLS);
    names.map(|name| scope.claim(name)).collect()
}

/// The functions of a resource.
pub(crate) struct Functions {
    /// Those that give the resources below, in their order.
    pub(crate) children: Vec<String>,
    /// Those of calls, in their order: the name from which `try_x` and `x_async` are made.
    pub(crate) calls: Vec<String>,
}

impl Functions {
    /// The functions of one resource.
    pub(crate) fn of(resource: &Resource) -> Self {
        let mut scope = Scope::of(&["client_"]);
        let children = resource
            .children
            .iter()
            .map(|child| scope.claim(child.name()))
            .collect();
        let calls = resource
            .calls
            .iter()
            .map(|call| {
                let name = match call.form {
                    // `list` walks over all items, so what gives one page says so.
                    Form::Page { .. } => format!("{}_page", call.name),
                    _ => call.name.clone(),
                };
                scope.claim_all(&name, &functions)
            })
            .collect();
        Self { children, calls }
    }

    /// The function that walks over all items, from that which gives one page.
    pub(crate) fn walking(page: &str) -> String {
        word(page.strip_suffix("_page").unwrap_or(page))
    }
}

/// All functions of one call.
fn functions(name: &str) -> Vec<String> {
    let bare = name.trim_end_matches('_');
    let mut all = vec![
        name.to_owned(),
        format!("try_{bare}"),
        format!("{bare}_async"),
    ];
    if let Some(walking) = name.strip_suffix("_page") {
        all.extend([word(walking), format!("try_{walking}")]);
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_is_made_yields_to_one_that_is_given() {
        let mut scope = Scope::of(&["handle"]);
        assert_eq!(scope.claim("handle"), "handle2");
        assert_eq!(scope.claim("new"), "new_");
        assert_eq!(scope.claim("new"), "new2");
        assert_eq!(scope.claim_all("list_page", &functions), "list_page");
        assert_eq!(scope.claim("list"), "list2");
        assert_eq!(scope.claim_all("try_list", &functions), "try_list2");
    }

    #[test]
    fn a_digit_begins_no_enumerator() {
        let endings = ["7_DAYS", "DELETE", "V7_DAYS"].map(str::to_owned);
        assert_eq!(enumerators(&endings), ["v7_days", "delete_", "v7_days2"]);
    }
}
