//! What the C face needs to know of a call, whichever kind it is.

use heck::ToUpperCamelCase;

use super::models::model_of;
use super::names::is_direct;
use crate::ir::{self, Api, Form, Model, ModelId, Param, Resource, Type, WaitCall, words};
use crate::surface::Value;

/// A method or a wait.
#[derive(Debug, Clone)]
pub(crate) struct Call<'a> {
    /// The resource's path.
    pub(crate) path: Vec<String>,
    /// Its verb.
    pub(crate) name: &'a str,
    /// All its arguments.
    pub(crate) params: &'a [Param],
    /// What it gives.
    pub(crate) gives: Gives,
    /// Whether it waits.
    pub(crate) waits: bool,
    /// What it does.
    pub(crate) text: String,
}

/// What a call gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Gives {
    /// Nothing.
    Nothing,
    /// A handle of this model.
    One(ModelId),
    /// A list of this model.
    List(ModelId),
    /// A page of this model, and what a walk over all pages does.
    Page(ModelId, &'static str),
    /// A text.
    Text,
    /// A value without a form of its own, as JSON text.
    Json,
}

impl<'a> Call<'a> {
    /// The requests and then the waits of a resource, without those below it.
    pub(crate) fn all(resource: &'a Resource) -> Vec<Self> {
        resource.calls.iter().map(Self::new).collect()
    }

    fn new(call: &'a ir::Call) -> Self {
        let (waits, text) = match call.as_wait() {
            Some(wait) => (Some(&wait.wait.model), wait_text(wait)),
            None => (None, request_text(call)),
        };
        Self {
            path: call.resource.clone(),
            name: &call.name,
            params: &call.params,
            gives: gives(&call.form),
            waits: waits.is_some(),
            text,
        }
    }

    /// `NfsSnapshotsList`.
    pub(crate) fn pascal(&self) -> String {
        format!("{}_{}", self.path.join("_"), self.name).to_upper_camel_case()
    }

    /// Arguments that are parameters of the function.
    pub(crate) fn direct(&self) -> impl Iterator<Item = &'a Param> {
        self.params.iter().filter(|param| is_direct(param))
    }

    /// Arguments that stand in a handle.
    pub(crate) fn held(&self) -> impl Iterator<Item = &'a Param> {
        self.params.iter().filter(|param| !is_direct(param))
    }

    /// The models that it gives or takes.
    pub(crate) fn models(&self) -> Vec<ModelId> {
        let mut all: Vec<ModelId> = self
            .params
            .iter()
            .filter_map(|param| model_of(&param.ty))
            .collect();
        if let Gives::One(of) | Gives::List(of) | Gives::Page(of, _) = &self.gives {
            all.push(of.clone());
        }
        all
    }

    /// Whether it takes a handle with arguments.
    pub(crate) fn has_args(&self) -> bool {
        self.held().next().is_some()
    }

    /// Whether that handle must be there.
    pub(crate) fn needs_args(&self) -> bool {
        self.held().any(|param| param.required)
    }
}

fn gives(form: &Form) -> Gives {
    match form {
        Form::Nothing => Gives::Nothing,
        Form::One(Type::Model(of)) => Gives::One(of.clone()),
        Form::List(Type::Model(of)) => Gives::List(of.clone()),
        Form::One(Type::String) => Gives::Text,
        Form::Page {
            item: Type::Model(of),
            pages,
        } => Gives::Page(of.clone(), words::walking(pages)),
        Form::One(_) | Form::List(_) | Form::Page { .. } | Form::Json => Gives::Json,
    }
}

fn sentence(text: &str) -> String {
    let text = text.trim();
    if text.ends_with(['.', '!', '?']) {
        text.to_owned()
    } else {
        format!("{text}.")
    }
}

fn request_text(call: &ir::Call) -> String {
    let mut text = sentence(&call.summary);
    if !call.doc.is_empty() && call.doc != call.summary {
        text.push_str(&format!(" {}", call.doc));
    }
    text
}

fn wait_text(call: WaitCall<'_>) -> String {
    let ends = words::ending(
        call,
        |text| format!("\"{text}\""),
        "ends it with SNAPLINE_WAIT_FAILED",
    );
    let bound = Value::Milliseconds(call.wait.timeout * 1_000);
    format!(
        "{} {ends} Its bound is {bound} unless the options say otherwise.",
        sentence(&call.summary)
    )
}

/// The models that users read.
pub(crate) fn told(api: &Api) -> impl Iterator<Item = &Model> {
    api.models
        .iter()
        .filter(|model| model.received && !model.envelope)
}
