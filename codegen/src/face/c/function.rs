//! How a function of the C library is written in Rust.

use proc_macro2::TokenStream;
use quote::{ToTokens, format_ident, quote};

use crate::emit::prose;
use crate::emit::rust::ident;

/// One parameter: its name, and its type in Rust.
#[derive(Clone)]
pub(super) struct Parameter {
    /// Its name.
    pub(super) name: String,
    ty: TokenStream,
    pointer: bool,
}

impl Parameter {
    /// A parameter of a name.
    pub(super) fn new(name: &str, ty: TokenStream) -> Self {
        let mut words = ty.clone().into_iter();
        let star = words.next().is_some_and(|first| first.to_string() == "*");
        Self {
            name: name.to_owned(),
            ty,
            pointer: star,
        }
    }
}

impl ToTokens for Parameter {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        let (name, ty) = (ident(&self.name), &self.ty);
        tokens.extend(quote!(#name: #ty));
    }
}

/// One exported function.
pub(super) struct Function {
    /// Its name.
    pub(super) name: String,
    /// What it does.
    pub(super) doc: String,
    /// What it takes.
    pub(super) params: Vec<Parameter>,
    /// `-> T`, or nothing.
    pub(super) returns: TokenStream,
    /// Its statements.
    pub(super) body: TokenStream,
}

impl ToTokens for Function {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        let (params, returns, body) = (&self.params, &self.returns, &self.body);
        let (name, doc) = (format_ident!("{}", self.name), doc(&self.doc));
        // What is read through a pointer is readable by C's word alone.
        let unsafety = params
            .iter()
            .any(|param| param.pointer)
            .then(|| quote!(unsafe));
        tokens.extend(quote! {
            #doc
            #[unsafe(no_mangle)]
            pub #unsafety extern "C" fn #name(#(#params),*) #returns { #body }
        });
    }
}

/// A comment that reaches the header.
pub(super) fn doc(text: &str) -> TokenStream {
    let lines = prose::c(text);
    quote! { #(#[doc = #lines])* }
}

/// A place for a handle.
pub(super) fn place(ty: &str) -> TokenStream {
    let ty = format_ident!("{ty}");
    quote!(Option<&mut MaybeUninit<Option<Box<#ty>>>>)
}

/// The last parameter of what can fail.
pub(super) fn error() -> Parameter {
    Parameter::new("error", place("snapline_error"))
}
