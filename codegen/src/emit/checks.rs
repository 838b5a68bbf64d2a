//! Bounds checked before sending (B3), as calls of the runtime.

use proc_macro2::{TokenStream, TokenTree};
use quote::quote;

use crate::emit::rust::{ident, rule, type_ident};
use crate::ir::{Api, Field, Rule, Type};

/// Checks one value; `place` gives its name, `value` a reference to it. Empty where there is
/// nothing to check.
pub(crate) fn value(
    ty: &Type,
    rules: &[Rule],
    secret: bool,
    place: &TokenStream,
    value: &TokenStream,
) -> TokenStream {
    if !checked(ty, rules) {
        return quote!();
    }
    let listed = match ty {
        Type::Enum(_) => quote!(check::listed(#place, #value)?;),
        Type::List(item) if matches!(item.as_ref(), Type::Enum(_)) => {
            quote!(check::each_listed(#place, #value)?;)
        }
        _ => quote!(),
    };
    if rules.is_empty() {
        return listed;
    }
    let rules = rules.iter().map(rule);
    let by_value = dereferenced(value);
    match ty {
        Type::String if secret => quote!(check::secret(#place, #value, &[#(#rules),*])?;),
        Type::List(_) if secret => quote!(check::secrets(#place, #value, &[#(#rules),*])?;),
        Type::String => quote!(check::text(#place, #value, &[#(#rules),*])?;),
        Type::Integer => quote!(check::integer(#place, #by_value, &[#(#rules),*])?;),
        Type::Unsigned => quote!(check::unsigned(#place, #by_value, &[#(#rules),*])?;),
        Type::Number => quote!(check::number(#place, #by_value, &[#(#rules),*])?;),
        Type::List(_) => quote!(check::list(#place, #value, &[#(#rules),*])?; #listed),
        _ => listed,
    }
}

/// Whether a value of a type is checked itself: it has bounds, or only some texts are listed for it.
pub(crate) fn checked(ty: &Type, rules: &[Rule]) -> bool {
    let listed = match ty {
        Type::List(item) => matches!(item.as_ref(), Type::Enum(_)),
        ty => matches!(ty, Type::Enum(_)),
    };
    listed || !rules.is_empty()
}

/// What a reference refers to: `&self.size` is `self.size`, `value` is `*value`.
fn dereferenced(reference: &TokenStream) -> TokenStream {
    let mut tokens = reference.clone().into_iter();
    match tokens.next() {
        Some(TokenTree::Punct(first)) if first.as_char() == '&' => tokens.collect(),
        _ => quote!(*#reference),
    }
}

/// Whether anything in a type is bounded.
pub(crate) fn bounded(api: &Api, ty: &Type) -> bool {
    let any = |fields: &[Field]| fields.iter().any(|field| field_checked(api, field));
    match ty {
        Type::Model(name) => any(&api.model(name).fields),
        Type::Union(name) => api
            .union(name)
            .variants
            .iter()
            .any(|variant| any(&variant.fields)),
        Type::List(item) | Type::Map(item) => bounded(api, item),
        _ => false,
    }
}

/// Whether a field is checked. What only the service sets is not the caller's to get right.
fn field_checked(api: &Api, field: &Field) -> bool {
    !field.read_only && (checked(&field.ty, &field.rules) || bounded(api, &field.ty))
}

/// The statements that check the fields of an object; `access` reaches a field by reference.
pub(crate) fn fields(
    api: &Api,
    fields: &[Field],
    sent: bool,
    access: impl Fn(&Field) -> TokenStream,
) -> TokenStream {
    let statements = fields.iter().filter(|field| !field.read_only).map(|field| {
        let wire = &field.name;
        let own_name = format!("{{above}}{wire}");
        let prefix = format!("{{above}}{wire}.");
        let place = quote!(&format!(#own_name));
        let own = value(&field.ty, &field.rules, field.secret, &place, &quote!(value));
        let inside = match &field.ty {
            // What was written inline is opened up into arguments, so its name is not one of them.
            Type::Model(_) if bounded(api, &field.ty) && inline(api, &field.ty) => quote!(value.check(above)?;),
            Type::Model(_) | Type::Union(_) if bounded(api, &field.ty) => {
                quote!(value.check(&format!(#prefix))?;)
            }
            Type::List(item) if bounded(api, item) => {
                quote!(for value in value { value.check(&format!(#prefix))?; })
            }
            _ => quote!(),
        };
        if own.is_empty() && inside.is_empty() {
            return quote!();
        }
        let access = access(field);
        match (field.required, field.nullable) {
            (true, false) => quote!({ let value = #access; #own #inside }),
            (false, true) if sent => {
                quote!(if let Some(::snapline_runtime::Nullable::Value(value)) = #access { #own #inside })
            }
            _ => quote!(if let Some(value) = #access { #own #inside }),
        }
    });
    quote!(#(#statements)*)
}

fn inline(api: &Api, ty: &Type) -> bool {
    matches!(ty, Type::Model(name) if api.model(name).inline)
}

/// `check` for a model that is sent.
pub(crate) fn model(api: &Api, name: &str, model_fields: &[Field]) -> TokenStream {
    let name = type_ident(name);
    let statements = fields(api, model_fields, true, |field| {
        let ident = ident(&field.name);
        quote!(&self.#ident)
    });
    method(&name, &statements)
}

/// `check` for a union that is sent.
pub(crate) fn union(api: &Api, union: &crate::ir::Union) -> TokenStream {
    let name = type_ident(&union.name);
    let arms = union.variants.iter().filter_map(|variant| {
        let statements = fields(api, &variant.fields, true, |field| {
            let ident = ident(&field.name);
            quote!(#ident)
        });
        if statements.is_empty() {
            return None;
        }
        let variant_name = type_ident(&variant.name);
        let names = variant
            .fields
            .iter()
            .filter(|field| field_checked(api, field))
            .map(|field| ident(&field.name));
        Some(quote!(Self::#variant_name { #(#names,)* .. } => { #statements }))
    });
    let arms: Vec<TokenStream> = arms.collect();
    let statements = if arms.is_empty() {
        quote!()
    } else {
        let rest = (arms.len() < union.variants.len()).then(|| quote!(_ => {}));
        quote!(match self { #(#arms)* #rest })
    };
    method(&name, &statements)
}

fn method(name: &syn::Ident, statements: &TokenStream) -> TokenStream {
    quote! {
        impl #name {
            /// Checks the bounds that the document states; `above` names what this is part of.
            #[allow(clippy::collapsible_match, clippy::single_match, reason = "one field and one shape after the other, as they come")]
            pub(crate) fn check(&self, above: &str) -> Result<(), ::snapline_runtime::Error> {
                #[allow(unused_imports, reason = "not every object has bounds")]
                use ::snapline_runtime::check::{self, Rule};
                let _ = above;
                #statements
                Ok(())
            }
        }
    }
}
