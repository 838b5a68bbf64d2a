//! Calls: a handle for the arguments where there are any, the call itself, in the background, and page by page.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use super::function::{Function, Parameter, doc, error, place};
use super::input::{As, Input, Settable, described, input, setters};
use super::models::{end, line, with_lines};
use super::names::{Names, Parameters, parameter};
use super::view::{Call, Gives};
use crate::emit::rust::ident;
use crate::face::rust::names::{call_ident, steps, wait_ident};
use crate::ir::{Api, Location, Param, Resource, Type};

/// The file of one resource, without those below it.
pub(super) fn resource(api: &Api, names: &Names, resource: &Resource) -> TokenStream {
    let calls = Call::all(resource);
    let faces: Vec<Face<'_>> = calls.iter().map(|call| Face { names, call }).collect();
    let types = type_names(names, resource);
    let handles: Vec<_> = types.iter().map(|ty| format_ident!("{ty}")).collect();
    let faults = (!handles.is_empty()).then(|| quote!(faults!(#(#handles: fault_),*);));
    let items = faces.iter().map(Face::items);
    let (crate_name, provider) = (
        format_ident!("{}", names.crate_name()),
        ident(&api.provider.name),
    );
    let text = crate::emit::prose::rust(&resource.doc);
    quote! {
        #(#![doc = #text])*

        use #crate_name::{Client, models, resources};

        use crate::generated::#provider::client::*;
        use crate::generated::#provider::types::*;
        use crate::prelude::*;

        #(#items)*

        #faults
    }
}

/// The types that the file of one resource brings.
pub(super) fn type_names(names: &Names, resource: &Resource) -> Vec<String> {
    let calls = Call::all(resource);
    let with_args = calls.iter().filter(|call| call.has_args());
    with_args.map(|call| names.args(call)).collect()
}

struct Face<'a> {
    names: &'a Names,
    call: &'a Call<'a>,
}

impl Face<'_> {
    fn args(&self) -> String {
        self.names.args(self.call)
    }

    fn function(&self) -> String {
        self.names.call(self.call)
    }

    fn items(&self) -> TokenStream {
        let handle = self.call.has_args().then(|| self.handle());
        let (request, calls) = (self.request(), self.calls());
        quote!(#handle #request #(#calls)*)
    }

    /// The handle of the arguments, with its functions.
    fn handle(&self) -> TokenStream {
        let name = self.args();
        let ty = format_ident!("{name}");
        let text = doc(&format!(
            "Arguments of {}, for any number of calls.",
            self.function()
        ));
        let held: Vec<&Param> = self.call.held().collect();
        let fields = held.iter().map(|param| ident(&param.name));
        let kept = held.iter().map(|param| {
            let ty = self.names.rust(&param.ty);
            if param.nullable {
                quote!(Nullable<#ty>)
            } else {
                ty
            }
        });
        let mut functions = vec![self.constructor()];
        // What `_new` takes has a setter only where it has another form, such as an enum's string or null, or is a list.
        let set_later = |param: &&&Param| {
            let ty = &param.ty;
            !param.required
                || param.nullable
                || matches!(ty, Type::Enum(_) | Type::StringOrInteger | Type::List(_))
        };
        for param in held.iter().filter(set_later) {
            functions.extend(setters(
                self.names,
                &Settable {
                    owner: &name,
                    handle: "args",
                    name: &param.name,
                    ty: &param.ty,
                    doc: &param.doc,
                    rules: &param.rules,
                    put: quote!(put_some),
                    steps: made_of(param),
                    null: param.nullable.then(|| quote!(Some(Nullable::Null))),
                },
            ));
        }
        functions.push(end(&name, "args", "arguments"));
        quote! {
            #text
            #[derive(Default)]
            pub struct #ty {
                fault_: Option<Error>,
                #(#fields: Option<#kept>,)*
            }

            #(#functions)*
        }
    }

    fn constructor(&self) -> Function {
        let name = self.args();
        let ty = format_ident!("{name}");
        let mut used = Parameters::default();
        let (mut params, mut lines, mut binds) = (Vec::new(), Vec::new(), Vec::new());
        for param in self.call.held().filter(|param| param.required) {
            let input = input(self.names, &mut used, &param.name, &param.ty, As::Value);
            let mut told = self.line(param, &param.ty, &input);
            let (member, first) = (ident(&param.name), input.first());
            let taken = input.taken(&made_of(param));
            let keep = quote!(it.#member = accept(&mut it.fault_, #taken)?;);
            binds.push(match (&param.ty, param.nullable) {
                (Type::StringOrInteger, _) => quote!(if !#first.is_null() { #keep }),
                (ty, true) if !input.plain => {
                    told.push_str(" NULL stands for null.");
                    let missing = if let Type::Model(_) = ty {
                        quote!(#first.is_none())
                    } else {
                        quote!(#first.is_null())
                    };
                    quote!(if #missing { it.#member = Some(Nullable::Null); } else { #keep })
                }
                _ => keep,
            });
            lines.push(told);
            params.extend(input.params);
        }
        let (what, body) = if params.is_empty() {
            (
                "where nothing is set",
                quote!(make(|| Some(#ty::default()))),
            )
        } else {
            let body = quote! {
                make(|| {
                    let mut it = #ty::default();
                    #(#binds)*
                    Some(it)
                })
            };
            ("with what is required", body)
        };
        Function {
            name: format!("{name}_new"),
            doc: with_lines(&format!("Makes arguments {what}."), &lines),
            params,
            returns: quote!(-> Option<Box<#ty>>),
            body,
        }
    }

    fn line(&self, param: &Param, ty: &Type, input: &Input) -> String {
        let text = described(self.names, &param.doc, &param.rules, ty, input.form);
        line(self.names, &param.name, ty, &text, &input.params)
    }

    /// How the request is made of what a function takes: in place where that is one line, else by a function
    /// that all functions of the call have in common.
    fn request(&self) -> Option<TokenStream> {
        let Self { names, call } = self;
        if !call.has_args() {
            return None;
        }
        let name = format_ident!("{}_request", call.name);
        let direct = call.direct().map(|param| {
            let (it, ty) = (
                ident(&parameter(&param.name)),
                names.rust(&direct_type(param)),
            );
            quote!(#it: #ty)
        });
        let made = self.made(&quote!(client), |param| {
            let it = ident(&parameter(&param.name));
            if param.location == Location::Origin {
                quote!(&#it)
            } else {
                quote!(#it)
            }
        });
        let optional: Vec<TokenStream> = call
            .params
            .iter()
            .filter(|param| !param.required)
            .map(|param| {
                let member = ident(&param.name);
                let copies = param.ty.is_by_value() && !param.nullable;
                let value = if copies {
                    quote!(*value)
                } else {
                    quote!(value.clone())
                };
                quote!(if let Some(value) = &args.#member { request = request.#member(#value); })
            })
            .collect();
        let of = if call.is_wait() {
            wait_ident(&call.resource, &call.name)
        } else {
            call_ident(&call.resource, &call.name)
        };
        let args_ty = format_ident!("{}", self.args());
        let needed = call.needs_args();
        let begin =
            needed.then(|| quote!(let args = required("args", args)?; check(&args.fault_)?;));
        let body = match (optional.is_empty(), needed) {
            (true, _) => quote!(Ok(#made)),
            (false, true) => quote! {
                let mut request = #made;
                #(#optional)*
                Ok(request)
            },
            (false, false) => quote! {
                let mut request = #made;
                if let Some(args) = args {
                    check(&args.fault_)?;
                    #(#optional)*
                }
                Ok(request)
            },
        };
        Some(quote! {
            fn #name(
                client: &Client
                #(, #direct)*
                , args: Option<&#args_ty>
            ) -> Result<resources::#of, Error> {
                #begin
                #body
            }
        })
    }

    /// The builder of the call with what it requires; `direct` gives what is a parameter of the function.
    fn made(&self, client: &TokenStream, direct: impl Fn(&Param) -> TokenStream) -> TokenStream {
        let chain = steps(&self.call.resource).map(|step| quote!(.#step()));
        let verb = ident(&self.call.name);
        let required = self
            .call
            .params
            .iter()
            .filter(|param| param.required)
            .map(|param| {
                if param.is_direct() {
                    return direct(param);
                }
                let (name, member) = (&param.name, ident(&param.name));
                quote!(arg(#name, &args.#member)?)
            });
        quote!(#client #(#chain)* .#verb(#(#required),*))
    }

    /// What every function of the call takes first, what the header says of it, and how the request is made.
    fn head(&self) -> (Vec<Parameter>, Vec<String>, TokenStream) {
        let Self { names, call } = self;
        let client = format_ident!("{}", names.client());
        let mut used = Parameters::default();
        let (mut lines, mut passed) = (Vec::new(), Vec::new());
        let mut params = vec![Parameter::new("client", quote!(Option<&#client>))];
        for param in call.direct() {
            let ty = direct_type(param);
            let input = input(names, &mut used, &param.name, &ty, As::Value);
            lines.push(self.line(param, &ty, &input));
            let taken = input.taken(&[]);
            let first = input.first();
            let value = if input.plain {
                quote!(#first)
            } else {
                quote!(#taken?)
            };
            passed.push((
                param.name.as_str(),
                param.location == Location::Origin,
                value,
            ));
            params.extend(input.params);
        }
        if call.has_args() {
            let args = format_ident!("{}", self.args());
            params.push(Parameter::new("args", quote!(Option<&#args>)));
            lines.push(if call.needs_args() {
                "- args: not NULL.".to_owned()
            } else {
                "- args: NULL where nothing is set.".to_owned()
            });
        }
        params.push(Parameter::new("options", quote!(Option<&snapline_options>)));
        let request = if call.has_args() {
            let function = format_ident!("{}_request", call.name);
            let values = passed.iter().map(|(_, _, value)| value);
            quote!(#function(session.client() #(, #values)*, args)?)
        } else {
            let client = quote!(session.client());
            self.made(&client, |param| {
                let value = passed.iter().find(|(name, _, _)| *name == param.name);
                let borrowed = value
                    .is_some_and(|(_, origin, _)| *origin)
                    .then(|| quote!(&));
                let value = value.map(|(_, _, value)| value);
                quote!(#borrowed #value)
            })
        };
        (params, lines, request)
    }

    fn calls(&self) -> Vec<Function> {
        let mut all = vec![self.sync(), self.background()];
        if let Gives::Page(of, walking) = &self.call.gives {
            all.push(self.walk(of, walking));
        }
        all
    }

    /// How the value is given: the type of its place, of its callback, and what makes it.
    fn gives(&self) -> Option<(TokenStream, String, TokenStream)> {
        let maybe = |give: TokenStream| match self.call.maybe {
            true => quote!(|value| Option::map_or(value, Ok(CallbackOutput::NONE), #give)),
            false => give,
        };
        let handle = |ty: String| (place(&ty), format!("{ty}_callback"), maybe(quote!(output)));
        let text = |give: TokenStream| {
            let ty = quote!(Option<&mut MaybeUninit<*mut c_char>>);
            (ty, "snapline_text_callback".to_owned(), maybe(give))
        };
        match &self.call.gives {
            Gives::Nothing => None,
            Gives::One(of) => Some(handle(self.names.model(of))),
            Gives::List(of) => Some(handle(self.names.list(of))),
            Gives::Page(of, _) => Some(handle(self.names.page(of))),
            Gives::Text => Some(text(quote!(text_to_c))),
            Gives::Bytes => Some(handle("snapline_bytes".to_owned())),
            Gives::Json => Some(text(quote!(json_to_c))),
        }
    }

    fn sync(&self) -> Function {
        let (mut params, lines, request) = self.head();
        let gives = self.gives();
        let make = gives.as_ref().map(|(_, _, make)| quote!(, #make));
        let out = gives.map(|(ty, _, _)| {
            params.push(Parameter::new("out", ty));
            quote!(, out)
        });
        let giving = out.is_some();
        let run = match (self.call.is_wait(), giving) {
            (true, given) => {
                let wait = if given {
                    quote!(wait)
                } else {
                    quote!(wait_until_gone)
                };
                quote! {
                    let waiter = #request.waiter();
                    session.#wait(waiter #out #make)
                }
            }
            (false, given) => {
                params.push(Parameter::new("response", place("snapline_response")));
                let send = if given {
                    quote!(send)
                } else {
                    quote!(send_only)
                };
                quote! {
                    let request = #request.options(session.call());
                    session.#send(request.send_raw() #out, response #make)
                }
            }
        };
        params.push(error());
        Function {
            name: self.function(),
            doc: with_lines(&self.call.text, &lines),
            params,
            returns: quote!(-> snapline_status),
            body: if giving {
                quote! {
                    let call = Call::new(client, options, error).output(out);
                    call.run(|session, out| { #run })
                }
            } else {
                quote! {
                    let call = Call::new(client, options, error);
                    call.run(|session| { #run })
                }
            },
        }
    }

    /// The call in the background, whose outcome goes to a function.
    fn background(&self) -> Function {
        let (mut params, _, request) = self.head();
        let gives = self.gives();
        let callback = gives
            .as_ref()
            .map_or("snapline_done_callback", |(_, callback, _)| {
                callback.as_str()
            });
        let callback = format_ident!("{callback}");
        params.push(Parameter::new("callback", quote!(#callback)));
        params.push(Parameter::new("user_data", quote!(*mut c_void)));
        params.push(error());
        let begin = match (self.call.is_wait(), gives) {
            (true, None) => quote! {
                let waiter = #request.waiter();
                session.begin_wait_until_gone(waiter, caller)
            },
            (true, Some((_, _, make))) => quote! {
                let waiter = #request.waiter();
                session.begin_wait(waiter, caller, #make)
            },
            (false, None) => quote! {
                let request = #request.options(session.call());
                session.begin_done(request.send_raw(), caller)
            },
            (false, Some((_, _, make))) => quote! {
                let request = #request.options(session.call());
                session.begin(request.send_raw(), caller, #make)
            },
        };
        Function {
            name: self.names.call_form(self.call, "async"),
            doc: format!("As {}, in the background.", self.function()),
            params,
            returns: quote!(-> snapline_status),
            body: quote! {
                let call = Call::new(client, options, error).background(callback, user_data);
                call.run(|session, caller| { #begin })
            },
        }
    }

    fn walk(&self, of: &str, walking: &str) -> Function {
        let (mut params, _, request) = self.head();
        let iter = self.names.iter(of);
        let ty = format_ident!("{iter}");
        params.push(Parameter::new("out", place(&iter)));
        params.push(error());
        Function {
            name: self.names.call_form(self.call, "iter"),
            doc: format!(
                "Walks all items, page by page, from the one that the arguments name or the first; nothing is sent \
                 before {iter}_next. {walking}"
            ),
            params,
            returns: quote!(-> snapline_status),
            body: quote! {
                let call = Call::new(client, options, error).output(out);
                call.run(|session, out| {
                    let request = #request.options(session.call());
                    out.write(boxed(#ty { walk: session.walk(request.items()) }));
                    Ok(())
                })
            },
        }
    }
}

/// What a value goes through before it is an argument.
fn made_of(param: &Param) -> Vec<TokenStream> {
    if param.nullable {
        vec![quote!(Nullable::Value)]
    } else {
        Vec::new()
    }
}

/// The type of an argument that is a parameter of the function. What else a path may hold is written as
/// text; the object that a wait goes by is taken as it is.
pub(super) fn direct_type(param: &Param) -> Type {
    match &param.ty {
        ty if ty.is_by_value() || matches!(ty, Type::Model(_)) => ty.clone(),
        _ => Type::String,
    }
}
