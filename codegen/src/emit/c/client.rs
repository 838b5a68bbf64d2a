//! The client of a provider.

use super::Names;
use super::writer::{Claims, Function, Writer};
use crate::error::Result;
use crate::ir::Api;

/// The handle of a client and what is done with it.
pub(super) fn client(api: &Api, names: &Names, claims: &mut Claims) -> Result<String> {
    let provider = &api.provider;
    let client = names.client();
    let variables = provider.token_variables.join(" or ");
    let mut out = Writer::file(&format!("The client of {}.", provider.client));
    out.line("use std::ffi::{c_char, c_void};\nuse std::sync::Arc;\n");
    out.line(&format!("use {}::Client;", names.crate_name()));
    out.line("use snapline_runtime::Error;\n");
    out.line(
        "use crate::background::{Teller, UserData, snapline_response_callback};\n\
         use crate::connection::Connection;\n\
         use crate::error::snapline_error;\n\
         use crate::generated::status::snapline_status;\n\
         use crate::guard::{call, free, get, guard};\n\
         use crate::handle::{self, Out};\n\
         use crate::input::{borrow, optional_text, text};\n\
         use crate::options::{options_or_default, snapline_options};\n\
         use crate::response::{give_rate_limit, snapline_response};\n\
         use crate::settings::{settings_or_default, snapline_settings};\n",
    );
    claims.claim(&client, "a client")?;
    out.doc(
        &format!(
            "A client for {}. Any number of threads may use one at once.\n\nMake it with {client}_new and \
             free it with {client}_free once no call runs on it any more. After fork() it cannot be used in \
             the child process, where every call fails at once with SNAPLINE_CLOSED; make a new one there.",
            provider.client
        ),
        "",
    );
    out.line(&format!(
        "pub struct {client} {{\n    connection: Arc<Connection<Client>>,\n}}\n\n\
         impl {client} {{\n    /// What a call needs of the client.\n    \
         pub(crate) fn connection(&self) -> &Arc<Connection<Client>> {{\n        &self.connection\n    }}\n}}\n"
    ));
    let (told, taken) = credentials(api);
    let error = ("error".to_owned(), "*mut *mut snapline_error".to_owned());
    let shared = ("client".to_owned(), format!("*const {client}"));
    out.section(&format!("{}: client", provider.client));
    out.function(
        claims,
        Function {
            name: format!("{client}_new"),
            doc: format!(
                "Makes a client.\n\n\
                 - settings: borrowed for the call; NULL stands for the defaults.\n\
                 - out: set to a new client on success; free it with {client}_free.\n\
                 - error: NULL, or set to a new error on failure; free it with snapline_error_free.\n\n\
                 Without a token in the settings it is taken from the environment: {variables}. Without a \
                 base URL, from {}, else it is {}.\n\n\
                 {told}Fails with SNAPLINE_CONFIG when there are no credentials or a setting does not fit.",
                provider.url_variable, provider.server_url
            ),
            params: vec![
                ("settings".to_owned(), "*const snapline_settings".to_owned()),
                ("out".to_owned(), format!("*mut *mut {client}")),
                error.clone(),
            ],
            returns: "snapline_status",
            body: format!(
                "let body = || {{\n    \
                     // SAFETY: the header asks for a place for the client.\n    \
                     let out = unsafe {{ Out::new(\"out\", out)? }};\n    \
                     // SAFETY: the header asks for NULL or a live handle.\n    \
                     let plan = unsafe {{ settings_or_default(settings)? }};\n    \
                     let mut builder = Client::builder().settings(plan.settings);\n    \
                     if let Some(token) = plan.token {{\n        builder = builder.token(token);\n    }}\n\
                     {taken}    \
                     let connection = Connection::new(builder.build()?, plan.timeout)?;\n    \
                     out.give({client} {{ connection: Arc::new(connection) }});\n    \
                     Ok(())\n\
                 }};\n\
                 // SAFETY: the header asks for NULL or a place for the error.\n\
                 unsafe {{ call(error, body) }}"
            ),
        },
    )?;
    out.function(
        claims,
        Function {
            name: format!("{client}_request"),
            doc: "Sends any method and path with the same credentials, retries and errors as all other calls.\n\n\
                 - method: such as \"GET\". GET, HEAD, OPTIONS, PUT and DELETE may be sent again after a failure.\n\
                 - path: starts with \"/\" and may carry a query; its values must be encoded.\n\
                 - body_json: the body as JSON text; NULL for none.\n\
                 - options: borrowed for the call; NULL stands for the defaults.\n\
                 - out: set to a new answer on success; free it with snapline_response_free.\n\
                 - error: NULL, or set to a new error on failure; free it with snapline_error_free.\n\n\
                 The answer must be JSON or empty. Blocks; any number of threads may call at once."
                .to_owned(),
            params: vec![
                shared.clone(),
                ("method".to_owned(), "*const c_char".to_owned()),
                ("path".to_owned(), "*const c_char".to_owned()),
                ("body_json".to_owned(), "*const c_char".to_owned()),
                ("options".to_owned(), "*const snapline_options".to_owned()),
                ("out".to_owned(), "*mut *mut snapline_response".to_owned()),
                error.clone(),
            ],
            returns: "snapline_status",
            body: "let body = || {\n    \
                     // SAFETY: the header asks for a live client and a place for the answer.\n    \
                     let (client, out) = unsafe { (borrow(\"client\", client)?, Out::new(\"out\", out)?) };\n    \
                     // SAFETY: the header asks for texts and for NULL or live options.\n    \
                     let (method, path, body, options) = unsafe {\n        \
                         let json = optional_text(\"body_json\", body_json)?.is_some();\n        \
                         let body = if json { Some(crate::input::json(\"body_json\", body_json)?) } else { None };\n        \
                         (text(\"method\", method)?, text(\"path\", path)?, body, options_or_default(options)?)\n    \
                     };\n    \
                     let connection = client.connection();\n    \
                     let request = connection.client().request(&method, &path, body, connection.call(&options));\n    \
                     let response = connection.run(&options, Box::pin(request))?;\n    \
                     out.give(snapline_response::new(&response));\n    \
                     Ok(())\n\
                 };\n\
                 // SAFETY: the header asks for NULL or a place for the error.\n\
                 unsafe { call(error, body) }"
                .to_owned(),
        },
    )?;
    out.function(
        claims,
        Function {
            name: format!("{client}_request_async"),
            doc: format!(
                "As {client}_request, but returns at once; the outcome goes to `callback`.\n\n\
                 - method: as there.\n\
                 - path: as there.\n\
                 - body_json: as there; NULL for none.\n\
                 - options: as there; NULL stands for the defaults.\n\
                 - callback: called exactly once, on a thread of the library, if this returns SNAPLINE_OK; else never. \
                 The rules stand at snapline_response_callback.\n\
                 - user_data: passed on to the callback; NULL is fine.\n\
                 - error: NULL, or set to a new error on failure; free it with snapline_error_free.\n\n\
                 Does not block: what it is given may be freed or changed once it returned, the client too. Any number of threads may call at once."
            ),
            params: vec![
                shared.clone(),
                ("method".to_owned(), "*const c_char".to_owned()),
                ("path".to_owned(), "*const c_char".to_owned()),
                ("body_json".to_owned(), "*const c_char".to_owned()),
                ("options".to_owned(), "*const snapline_options".to_owned()),
                ("callback".to_owned(), "snapline_response_callback".to_owned()),
                ("user_data".to_owned(), "*mut c_void".to_owned()),
                error,
            ],
            returns: "snapline_status",
            body: "let body = || {\n    \
                     // SAFETY: the header asks for a live client.\n    \
                     let client = unsafe { borrow(\"client\", client)? };\n    \
                     let callback = callback.ok_or_else(|| handle::null(\"callback\"))?;\n    \
                     // SAFETY: the header asks for texts and for NULL or live options.\n    \
                     let (method, path, body, options) = unsafe {\n        \
                         let json = optional_text(\"body_json\", body_json)?.is_some();\n        \
                         let body = if json { Some(crate::input::json(\"body_json\", body_json)?) } else { None };\n        \
                         (text(\"method\", method)?, text(\"path\", path)?, body, options_or_default(options)?)\n    \
                     };\n    \
                     let connection = Arc::clone(client.connection());\n    \
                     let background = connection.background()?;\n    \
                     let call = connection.call(&options);\n    \
                     let inner = connection.client().clone();\n    \
                     let request = async move { inner.request(&method, &path, body, call).await };\n    \
                     let data = UserData(user_data);\n    \
                     let teller = Teller::new(move |status, out, error| {\n        \
                         // SAFETY: the header asks for a function that takes this data and what it is given.\n        \
                         unsafe { callback(data.pointer(), status, out, error) }\n    \
                     });\n    \
                     background.spawn(&options, Box::pin(request), move |outcome| {\n        \
                         teller.tell(outcome, |answer| Ok(handle::give(snapline_response::new(&answer))));\n    \
                     });\n    \
                     Ok(())\n\
                 };\n\
                 // SAFETY: the header asks for NULL or a place for the error.\n\
                 unsafe { call(error, body) }"
                .to_owned(),
        },
    )?;
    out.function(
        claims,
        Function {
            name: format!("{client}_rate_limit"),
            doc: "Reads the rate limit as the last answer gave it. Returns false while no answer gave one.\n\n\
                 - limit: set to how many requests a period allows.\n\
                 - remaining: set to how many are left.\n\
                 - reset: set to when more become available, in Unix seconds.\n\n\
                 Each may be NULL, and is set to -1 where it is not known. Safe from any thread."
                .to_owned(),
            params: vec![
                shared.clone(),
                ("limit".to_owned(), "*mut i64".to_owned()),
                ("remaining".to_owned(), "*mut i64".to_owned()),
                ("reset".to_owned(), "*mut i64".to_owned()),
            ],
            returns: "bool",
            body: "let read = |client: &SELF| {\n    \
                     let seen = client.connection.client().rate_limit();\n    \
                     // SAFETY: the header asks for NULL or places for the numbers.\n    \
                     unsafe { give_rate_limit(seen, limit, remaining, reset) }\n\
                 };\n\
                 // SAFETY: the header asks for NULL or a live client.\n\
                 unsafe { get(client, read) }"
                .replace("SELF", &client),
        },
    )?;
    out.function(
        claims,
        Function {
            name: format!("{client}_close"),
            doc: "Closes a client: its idle connections end, calls under way go on, later ones fail with SNAPLINE_CLOSED.\n\n\
                 It must still be freed. Closing twice is fine, and so is NULL. Safe from any thread."
                .to_owned(),
            params: vec![shared],
            returns: "",
            body: "// SAFETY: the header asks for NULL or a live client.\n\
                 let client = unsafe { client.as_ref() };\n\
                 guard((), || {\n    \
                     if let Some(client) = client {\n        client.connection.close(Client::close);\n    }\n\
                 });"
                .to_owned(),
        },
    )?;
    out.function(
        claims,
        Function {
            name: format!("{client}_free"),
            doc: "Frees a client. No call may be running on it; iterators made from it go on, and so do `_async` calls. NULL is fine.".to_owned(),
            params: vec![("client".to_owned(), format!("*mut {client}"))],
            returns: "",
            body: "// SAFETY: the header asks for NULL or a handle that was not freed yet.\nunsafe { free(client) };".to_owned(),
        },
    )?;
    Ok(out.into_text())
}

/// What the header says of credentials beside a token, and the code that takes them.
fn credentials(api: &Api) -> (String, String) {
    let provider = &api.provider;
    let known = &provider.credentials;
    if known.is_empty() {
        let refusal = format!(
            "    if let Some((name, _)) = plan.credentials.first() {{\n        \
                 return Err(Error::config(format!(\"a client for {} takes a token, and no credential `{{name}}`\")));\n    }}\n",
            provider.client
        );
        return (String::new(), refusal);
    }
    let mut told =
        "Other credentials are given by snapline_settings_set_credential, or taken from the environment:\n\n".to_owned();
    let mut arms = String::new();
    for credential in known {
        let name = &credential.name;
        told.push_str(&format!(
            "- {name}: {} {} in the environment.\n",
            credential.doc, credential.variable
        ));
        arms.push_str(&format!(
            "            {name:?} => builder.{name}(value.expose()),\n"
        ));
    }
    told.push('\n');
    let names: Vec<&str> = known.iter().map(|known| known.name.as_str()).collect();
    let taken = format!(
        "    for (name, value) in &plan.credentials {{\n        builder = match name.as_str() {{\n{arms}            \
             other => return Err(Error::config(format!(\"a client for {} takes no credential `{{other}}`; it takes {}\"))),\n        \
         }};\n    }}\n",
        provider.client,
        names.join(", ")
    );
    (told, taken)
}
