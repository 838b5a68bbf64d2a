//! A sample of every call: with which arguments it is shown, what is done with what comes, and what goes over the
//! wire. The faces write it in their languages; the tests run what they write, word for word.

use serde_json::{Map, Value, json};

use crate::cases::{self, Exchange};
use crate::error::Result;
use crate::ir::{Api, Call, Field, Form, Given, Kind, Location, Model, Param, Resource, Type};

/// Arguments that may be left out and are shown all the same, where something is written.
const WRITTEN: usize = 3;
/// The same where something is read.
const READ: usize = 1;

/// What ends the name of a case in which the first page is asked for without a number.
pub(crate) const UNNUMBERED: &str = ".unnumbered";

/// A call, shown in use.
pub(crate) struct Sample<'a> {
    pub(crate) api: &'a Api,
    pub(crate) call: &'a Call,
    /// What is given, in the order of the call's arguments, but for the object that a wait goes by.
    pub(crate) given: Vec<(&'a Param, &'a Value)>,
    /// The request whose answer is the object that a wait goes by.
    pub(crate) begins: Option<Box<Self>>,
    /// What an error is looked at for.
    pub(crate) error: Look,
    exchanges: Vec<Exchange>,
}

/// What is looked at of an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Look {
    /// Whether the service may have done it all the same.
    Outcome,
    /// Whether the thing is not there.
    Missing,
    /// Nothing but its message.
    Message,
}

/// A language in which samples are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// Rust.
    Rust,
    /// Python that waits.
    Python,
    /// Python with asyncio.
    AsyncPython,
    /// C11.
    C,
    /// C++20.
    Cpp,
    /// The command line.
    Cli,
}

impl Language {
    /// All, in the order in which they are shown.
    pub const ALL: [Self; 6] = [
        Self::Rust,
        Self::Python,
        Self::AsyncPython,
        Self::C,
        Self::Cpp,
        Self::Cli,
    ];

    /// Its name in paths.
    pub fn name(self) -> &'static str {
        match self {
            Self::Rust => "rust",
            Self::Python => "python",
            Self::AsyncPython => "python-async",
            Self::C => "c",
            Self::Cpp => "cpp",
            Self::Cli => "cli",
        }
    }

    /// Its name as people write it, and as the marks of pages have it.
    pub fn title(self) -> &'static str {
        match self {
            Self::Rust => "Rust",
            Self::Python => "Python",
            Self::AsyncPython => "async Python",
            Self::C => "C",
            Self::Cpp => "C++",
            Self::Cli => "CLI",
        }
    }

    /// The tag of its blocks of code.
    pub fn fence(self) -> &'static str {
        match self {
            Self::AsyncPython => Self::Python.name(),
            Self::Cli => "sh",
            other => other.name(),
        }
    }
}

/// A sample of every call, in the order of the resources.
pub(crate) fn of(api: &Api) -> Vec<Sample<'_>> {
    let all = api.all_resources().into_iter();
    all.flat_map(|resource| {
        let calls = resource.calls.iter();
        calls.map(move |call| Sample::new(api, resource, call))
    })
    .collect()
}

impl<'a> Sample<'a> {
    fn new(api: &'a Api, resource: &'a Resource, call: &'a Call) -> Self {
        let given: Vec<(&Param, &Value)> = shown(api, call)
            .map(|param| (param, &param.example))
            .collect();
        let begins = beginning(api, call).map(|call| {
            let mut all = api.all_resources().into_iter();
            // Every call is of a resource that is there.
            let its = all.find(|one| one.path == call.resource);
            Box::new(Self::new(api, its.unwrap_or(resource), call))
        });
        let arguments = named(&given);
        let its = begins.as_ref().map(|begins| named(&begins.given));
        let began = begins.as_ref().map(|begins| begins.call.id());
        let exchanges = cases::exchanges(
            api,
            resource,
            call,
            &arguments,
            began.as_ref().zip(its.as_ref()),
        );
        Self {
            api,
            call,
            given,
            begins,
            error: look(api, call),
            exchanges: exchanges.unwrap_or_default(),
        }
    }

    /// What the mock serves for it: once for languages that ask for the first page by its number, and once for those
    /// that ask for no page.
    pub(crate) fn cases(&self) -> Vec<Value> {
        let case = |name: String, exchanges: &[Exchange]| {
            let exchanges: Vec<Value> = exchanges.iter().map(Exchange::to_json).collect();
            json!({"name": name, "provider": self.api.provider.name, "exchanges": exchanges})
        };
        let name = format!("{}.{}", self.api.provider.name, self.call.dotted());
        let mut all = vec![case(name.clone(), &self.exchanges)];
        if let Form::Page { pages, .. } = &self.call.form {
            let mut exchanges = self.exchanges.clone();
            if let Some(first) = exchanges.first_mut() {
                first.query.remove(&pages.page);
            }
            all.push(case(format!("{name}{UNNUMBERED}"), &exchanges));
        }
        all
    }

    /// What is given for the arguments that say which thing is meant.
    pub(crate) fn direct(&self) -> impl Iterator<Item = (&'a Param, &'a Value)> {
        let all = self.given.iter().copied();
        all.filter(|(param, _)| param.is_direct())
    }

    /// What is given for all others.
    pub(crate) fn held(&self) -> impl Iterator<Item = (&'a Param, &'a Value)> {
        let all = self.given.iter().copied();
        all.filter(|(param, _)| !param.is_direct())
    }

    /// What stands between the two of them.
    pub(crate) fn between(&self) -> &'static str {
        match self.fields().get(1) {
            Some(field) if matches!(field.ty, Type::Enum(_)) => " is ",
            _ => " ",
        }
    }

    /// The fields that are shown of what comes: by what it is known, and its state or what else there is.
    pub(crate) fn fields(&self) -> Vec<&'a Field> {
        let whole = self.call.form.item();
        let Some(model) = self
            .inside()
            .map_or_else(|| self.model(whole), |(_, model)| Some(model))
        else {
            return Vec::new();
        };
        let id = match &self.call.form {
            Form::Page { pages, .. } => pages.id.as_deref(),
            _ => None,
        };
        let fields = || plain_fields(model);
        let known = fields().find(|field| field.wire == id.unwrap_or("id"));
        let Some(first) = known.or_else(|| fields().next()) else {
            return Vec::new();
        };
        let others = || fields().filter(|field| field.wire != first.wire);
        let state = others().find(|field| matches!(field.ty, Type::Enum(_)));
        let second = state.or_else(|| others().next());
        std::iter::once(first).chain(second).collect()
    }

    /// The part of what comes that is shown, where itself has nothing to show.
    pub(crate) fn inside(&self) -> Option<(&'a Field, &'a Model)> {
        let model = self.model(self.call.form.item())?;
        if model.fields.iter().any(is_plain) {
            return None;
        }
        let mut parts = model.fields.iter().filter(|field| !field.can_be_absent());
        parts.find_map(|field| Some((field, self.model(Some(&field.ty))?)))
    }

    fn model(&self, ty: Option<&Type>) -> Option<&'a Model> {
        match ty? {
            Type::Model(of) => Some(self.api.model(of)),
            _ => None,
        }
    }
}

/// The fields of a model that can be shown as they are.
pub(crate) fn plain_fields(model: &Model) -> impl Iterator<Item = &Field> {
    model.fields.iter().filter(|field| is_plain(field))
}

/// Whether a field can be shown as it is.
fn is_plain(field: &Field) -> bool {
    let shown = matches!(
        field.ty,
        Type::String | Type::Integer | Type::Unsigned | Type::Enum(_)
    );
    shown && !field.secret
}

/// A sample as a function of a program.
pub(crate) struct Function {
    pub(crate) name: String,
    pub(crate) call: String,
    pub(crate) lines: Vec<String>,
}

/// The functions of a program that has all samples of a provider.
pub(crate) fn functions(
    samples: &[Sample<'_>],
    text: impl Fn(&Sample<'_>) -> Result<String>,
) -> Result<Vec<Function>> {
    let function = |sample: &Sample<'_>| {
        Ok(Function {
            name: sample.call.dotted().replace('.', "_"),
            call: sample.call.dotted(),
            lines: text(sample)?.lines().map(str::to_owned).collect(),
        })
    };
    samples.iter().map(function).collect()
}

/// What a sample gives, by name.
fn named(given: &[(&Param, &Value)]) -> Map<String, Value> {
    let all = given.iter();
    all.map(|(param, value)| (param.name.clone(), (*value).clone()))
        .collect()
}

/// The arguments that are shown: what must be given, and the first of the rest but for pages, which a walk asks for.
fn shown<'a>(api: &Api, call: &'a Call) -> impl Iterator<Item = &'a Param> {
    let pages = match &call.form {
        Form::Page { pages, .. } => vec![pages.page.clone(), pages.size.clone()],
        _ => Vec::new(),
    };
    let reads = api.operation(&call.operation).method == "GET" && call.as_find().is_none();
    let mut left = if reads { READ } else { WRITTEN };
    call.params.iter().filter(move |param| {
        if param.location == Location::Origin {
            return false;
        }
        if !param.required && pages.contains(&param.wire) {
            return false;
        }
        if !param.required {
            let wanted = left > 0;
            left = left.saturating_sub(1);
            return wanted;
        }
        true
    })
}

/// What an error of a call is looked at for.
fn look(api: &Api, call: &Call) -> Look {
    let operation = api.operation(&call.operation);
    let missing = operation.errors.iter().any(|(status, _)| status == "404");
    let many = matches!(call.form.something(), Form::List(_) | Form::Page { .. });
    match &call.kind {
        Kind::Request(_) | Kind::Take(_) if !operation.idempotent => Look::Outcome,
        Kind::Request(_) if missing && !many => Look::Missing,
        _ => Look::Message,
    }
}

/// The request whose answer a wait goes by: the one that a call begins with which then waits so; else one beside the
/// wait that gives such an object, at best one that begins something.
fn beginning<'a>(api: &'a Api, call: &Call) -> Option<&'a Call> {
    let origin = call.as_wait()?.wait.origin.as_ref()?;
    let wanted = Form::One(Type::Model(origin.model.clone()));
    let takes = || api.calls().filter_map(Call::as_take);
    let own = takes().find(|take| {
        let mut steps = take.take.steps.iter();
        steps.any(|step| {
            let mut given = step.arguments.iter();
            let whole = given.any(|(param, source)| {
                param.name == origin.param.name
                    && matches!(source, Given::Answer(path) if path.is_empty())
            });
            whole && step.wait == call.id()
        })
    });
    let begins = own.map(|take| api.call(&take.take.begins));
    let near = || {
        let fits = |one: &&Call| {
            let whole = one
                .params
                .iter()
                .any(|it| matches!(it.location, Location::WholeBody));
            one.as_request().is_some() && one.form == wanted && !whole
        };
        let mut calls: Vec<&Call> = api.calls().filter(fits).collect();
        let taken = |one: &Call| takes().any(|take| take.take.begins == one.id());
        // Sorting keeps the document's order where nothing else decides.
        calls.sort_by_key(|one| {
            let shared = one.resource.iter().zip(&call.resource);
            let shared = shared.take_while(|(one, other)| one == other).count();
            let begins = api.operation(&one.operation).method != "GET";
            (std::cmp::Reverse(shared), !taken(one), !begins)
        });
        calls.into_iter().next()
    };
    begins.or_else(near)
}
