//! The client of a provider.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use super::function::{Function, Parameter, doc, error, place};
use super::models::end;
use super::names::Names;
use crate::emit::rust::ident;
use crate::ir::{Api, words};

/// The handle of a client and what is done with it.
pub(super) fn client(api: &Api, names: &Names) -> TokenStream {
    let provider = &api.provider;
    let client = names.client();
    let (ty, crate_name) = (
        format_ident!("{client}"),
        format_ident!("{}", names.crate_name()),
    );
    let text = doc(&format!(
        "A client for {}. Any number of threads may use one at once.",
        provider.client
    ));
    let title = format!(" The client of {}.", provider.client);
    let mut functions = vec![new(api, &client), request(&client), request_async(&client)];
    functions.extend(rate_limit_and_close(&client));
    functions.push(end(
        &client,
        "client",
        "a client. No call may be running on it; iterators made from it go on, and so do `_async` calls",
    ));
    quote! {
        #![doc = #title]

        use std::sync::Arc;

        use #crate_name::Client;

        use crate::connection::Connection;
        use crate::prelude::*;

        #text
        pub struct #ty {
            connection: Arc<Connection<Client>>,
        }

        impl ClientHandle for #ty {
            type Client = Client;
            fn connection(&self) -> &Arc<Connection<Client>> { &self.connection }
        }

        #(#functions)*
    }
}

fn handle(client: &str) -> Parameter {
    let ty = format_ident!("{client}");
    Parameter::new("client", quote!(Option<&#ty>))
}

fn new(api: &Api, client: &str) -> Function {
    let provider = &api.provider;
    let ty = format_ident!("{client}");
    let (told, taken) = credentials(api);
    let variables = provider.token_variables.join(" or ");
    let what = words::of_token(provider);
    Function {
        name: format!("{client}_new"),
        doc: format!(
            "Makes a client. Fails with SNAPLINE_CONFIG when there are no credentials or a setting does not fit.\n\
             - settings: NULL stands for the defaults. Without a token it is taken from the environment: \
             {variables}; without a base URL it is that of {}, else {}.{what}{told}",
            provider.url_variable, provider.server_url
        ),
        params: vec![
            Parameter::new("settings", quote!(Option<&snapline_settings>)),
            Parameter::new("out", place(client)),
            error(),
        ],
        returns: quote!(-> snapline_status),
        body: quote! {
            call(error).run(|| {
                let out = place("out", out)?;
                let config = snapline_settings::checked(settings)?;
                let mut builder = Client::builder().settings(config.settings);
                if let Some(token) = config.token {
                    builder = builder.token(token);
                }
                #taken
                let connection = Connection::new(builder.build()?, config.timeout)?;
                out.write(boxed(#ty { connection: Arc::new(connection) }));
                Ok(())
            })
        },
    }
}

fn raw_params(client: &str) -> Vec<Parameter> {
    vec![
        handle(client),
        Parameter::new("method", quote!(*const c_char)),
        Parameter::new("path", quote!(*const c_char)),
        Parameter::new("body_json", quote!(*const c_char)),
        Parameter::new("options", quote!(Option<&snapline_options>)),
    ]
}

fn request(client: &str) -> Function {
    let mut params = raw_params(client);
    params.extend([Parameter::new("out", place("snapline_response")), error()]);
    Function {
        name: format!("{client}_request"),
        doc: "Sends any method and path with the same credentials, retries and errors as all other calls. The answer \
              must be JSON or empty.\n\
              - method: such as \"GET\". GET, HEAD, OPTIONS, PUT and DELETE may be sent again after a failure.\n\
              - path: starts with \"/\" and may carry a query; its values must be encoded.\n\
              - body_json: the body as JSON text; NULL for none."
            .to_owned(),
        params,
        returns: quote!(-> snapline_status),
        body: quote! {
            let call = Call::new(client, options, error).output(out);
            call.run(|session, out| {
                let (method, path, body) = (text!(method)?, text!(path)?, optional_text!(body_json)?);
                let body = body.map(|body| json("body_json", Ok(body))).transpose()?;
                let request = session.client().request(&method, &path, body, session.call());
                out.write(boxed(snapline_response::new(&session.run(Box::pin(request))?)));
                Ok(())
            })
        },
    }
}

fn request_async(client: &str) -> Function {
    let mut params = raw_params(client);
    params.extend([
        Parameter::new("callback", quote!(snapline_response_callback)),
        Parameter::new("user_data", quote!(*mut c_void)),
        error(),
    ]);
    Function {
        name: format!("{client}_request_async"),
        doc: format!("As {client}_request, in the background.\n- body_json: NULL for none."),
        params,
        returns: quote!(-> snapline_status),
        body: quote! {
            let call = Call::new(client, options, error).background(callback, user_data);
            call.run(|session, caller| {
                let (method, path, body) = (text!(method)?, text!(path)?, optional_text!(body_json)?);
                let body = body.map(|body| json("body_json", Ok(body))).transpose()?;
                let (inner, call) = (session.client().clone(), session.call());
                let request = async move { inner.request(&method, &path, body, call).await };
                session.begin_raw(Box::pin(request), caller)
            })
        },
    }
}

fn rate_limit_and_close(client: &str) -> [Function; 2] {
    let number = |name: &str| Parameter::new(name, quote!(Option<&mut MaybeUninit<i64>>));
    let rate_limit = Function {
        name: format!("{client}_rate_limit"),
        doc: "Reads the rate limit as the last answer gave it. Returns false while no answer gave one.\n\
              - limit: set to how many requests a period allows, -1 where it is not known; NULL is fine.\n\
              - remaining: set to how many are left, as limit.\n\
              - reset: set to when more become available, in Unix seconds, as limit."
            .to_owned(),
        params: vec![handle(client), number("limit"), number("remaining"), number("reset")],
        returns: quote!(-> bool),
        body: quote! {
            get(client, |client| {
                write_rate_limit(client.connection.client().rate_limit(), limit, remaining, reset)
            })
        },
    };
    let close = Function {
        name: format!("{client}_close"),
        doc: "Closes a client: its idle connections end, calls under way go on, later ones fail with \
              SNAPLINE_CLOSED. It must still be freed. Closing twice is fine, and so is NULL."
            .to_owned(),
        params: vec![handle(client)],
        returns: quote!(),
        body: quote! {
            guard((), || {
                if let Some(client) = client {
                    client.connection.close(Client::close);
                }
            });
        },
    };
    [rate_limit, close]
}

/// What the header says of credentials beside a token, and the code that takes them.
fn credentials(api: &Api) -> (String, TokenStream) {
    let provider = &api.provider;
    let known = &provider.credentials;
    let client = &provider.client;
    if known.is_empty() {
        let taken = quote! {
            if let Some((name, _)) = config.credentials.first() {
                return Err(unknown_credential(#client, name, &[]));
            }
        };
        return (String::new(), taken);
    }
    let lines = known.iter().map(|credential| {
        format!(
            "\n- {}: {} {} in the environment.",
            credential.name, credential.doc, credential.variable
        )
    });
    let told = format!(
        "\n\nOther credentials are given by snapline_settings_set_credential, or taken from the environment:{}",
        lines.collect::<String>()
    );
    let names: Vec<&str> = known.iter().map(|known| known.name.as_str()).collect();
    let setters = names.iter().map(|name| ident(name));
    let taken = quote! {
        for (name, value) in &config.credentials {
            builder = match name.as_str() {
                #(#names => builder.#setters(value.expose()),)*
                other => return Err(unknown_credential(#client, other, &[#(#names),*])),
            };
        }
    };
    (told, taken)
}
