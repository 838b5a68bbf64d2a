//! What the C face needs to know of a call, whichever kind it is.

use std::ops::Deref;

use super::models::model_of;
use crate::ir::{self, Form, ModelId, Resource, Type, words};

/// A method or a wait.
#[derive(Debug, Clone)]
pub(crate) struct Call<'a> {
    /// The call.
    call: &'a ir::Call,
    /// What it gives.
    pub(crate) gives: Gives,
    /// Whether it may give NULL in its place.
    pub(crate) maybe: bool,
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
    /// Bytes that are no JSON.
    Bytes,
    /// A value without a form of its own, as JSON text.
    Json,
}

impl Deref for Call<'_> {
    type Target = ir::Call;

    fn deref(&self) -> &ir::Call {
        self.call
    }
}

impl<'a> Call<'a> {
    /// The requests and then the waits of a resource, without those below it.
    pub(crate) fn all(resource: &'a Resource) -> Vec<Self> {
        resource.calls.iter().map(Self::of).collect()
    }

    /// One call.
    pub(crate) fn of(call: &'a ir::Call) -> Self {
        Self {
            call,
            gives: gives(&call.form),
            maybe: call.form.is_maybe(),
            text: text(call),
        }
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
        Form::One(Type::Bytes) => Gives::Bytes,
        Form::Page {
            item: Type::Model(of),
            pages,
        } => Gives::Page(of.clone(), words::walking(pages)),
        Form::Maybe(form) => gives(form),
        Form::One(_) | Form::List(_) | Form::Page { .. } | Form::Json => Gives::Json,
    }
}

fn text(call: &ir::Call) -> String {
    let ends = words::ending(
        call,
        |text| format!("\"{text}\""),
        "ends it with SNAPLINE_WAIT_FAILED",
    );
    match ends.zip(words::longest(call)) {
        Some((ends, longest)) => format!(
            "{} {ends} Its bound is {longest} unless the options say otherwise.",
            call.summary
        ),
        None => format!("{} {}", call.summary, call.doc)
            .trim_end()
            .to_owned(),
    }
}
