//! Methods and waits: a function for each, with a handle for its arguments.

use super::Names;
use super::args::{Owner, Settable, described, input, setters};
use super::models::{argument_line, listed};
use super::names::parameter;
use super::writer::{Claims, Function, Writer};
use crate::emit::rust::{ident, type_ident};
use crate::emit::wait_options::WAIT_OPTIONS;
use crate::error::{Error, Result};
use crate::face::rust::names::call_ident;
use crate::ir::words;
use crate::ir::{Api, Location, Param, RequestCall, Resource, Returns, Type, WaitCall};

/// The file of one resource, without those below it.
pub(super) fn resource(
    api: &Api,
    names: &Names,
    resource: &Resource,
    claims: &mut Claims,
) -> Result<String> {
    let mut out = Writer::file(&resource.doc);
    out.line(
        "#![allow(unused_imports, reason = \"not every resource has every kind of argument\")]\n",
    );
    out.line("use std::ffi::{c_char, c_void};\nuse std::sync::Arc;\nuse std::time::Duration;\n");
    out.line(&format!(
        "use {}::{{models, resources}};",
        names.crate_name()
    ));
    out.line(
        "use snapline_runtime::{Error, Nullable, StringOrInteger, Timestamp, Waiter};\n\n\
         use crate::background::{Teller, UserData, snapline_done_callback, snapline_text_callback};\n\
         use crate::error::snapline_error;\n\
         use crate::generated::status::snapline_status;\n\
         use crate::guard::{Faulty, call, free, make, set};\n\
         use crate::handle::{self, Out};\n\
         use crate::input::{Base, borrow, choice, choices, json, keep, list, need, text, texts};\n\
         use crate::options::{options_or_default, snapline_options};\n\
         use crate::response::snapline_response;\n\
         use crate::shape::Shape;\n\
         use crate::string::{give_json, give_text};\n\
         use crate::wait::{Pace, snapline_poll_callback};\n\
         use crate::walk::Walk;",
    );
    let name = &api.provider.name;
    out.line(&format!(
        "use crate::generated::{name}::client::*;\nuse crate::generated::{name}::models::*;\n"
    ));
    out.section(&format!(
        "{}: {}",
        api.provider.client,
        resource.path.join(".")
    ));
    for method in resource.requests() {
        Emitter {
            names,
            resource,
            call: Called::Method(method),
        }
        .write(&mut out, claims)?;
    }
    for waiter in resource.waits() {
        Emitter {
            names,
            resource,
            call: Called::Wait(waiter),
        }
        .write(&mut out, claims)?;
    }
    Ok(out.into_text())
}

enum Called<'a> {
    Method(RequestCall<'a>),
    Wait(WaitCall<'a>),
}

struct Emitter<'a> {
    names: &'a Names,
    resource: &'a Resource,
    call: Called<'a>,
}

/// What a function takes besides its arguments, and what it does with the request.
#[derive(Default)]
struct Given {
    params: Vec<(String, String)>,
    told: Vec<String>,
    binds: String,
    run: String,
    end: String,
    threads: &'static str,
}

impl Given {
    /// A place for a handle.
    fn place(&mut self, name: &str, ty: &str, doc: &str) {
        self.params
            .push((name.to_owned(), format!("*mut *mut {ty}")));
        self.told.push(format!("- {name}: {doc}"));
        self.binds.push_str(&format!(
            "    // SAFETY: the header asks for a place for the result.\n    let {name} = unsafe {{ Out::new({name:?}, {name})? }};\n"
        ));
    }
}

/// What a call gives: its parameter, and the statement that gives it out.
struct Output {
    ty: String,
    doc: String,
    give: String,
    /// Expression of a result, a pointer to what is given, of `value`.
    pointer: String,
    /// The type of the function that gets it in the background.
    callback: String,
}

impl Emitter<'_> {
    fn verb(&self) -> &str {
        match self.call {
            Called::Method(method) => &method.call.name,
            Called::Wait(waiter) => &waiter.call.name,
        }
    }

    fn params(&self) -> &[Param] {
        match self.call {
            Called::Method(method) => &method.call.params,
            Called::Wait(waiter) => &waiter.call.params,
        }
    }

    fn function(&self) -> String {
        self.names.method(&self.resource.path, self.verb())
    }

    fn args(&self) -> String {
        format!("{}_args", self.function())
    }

    fn waits(&self) -> bool {
        matches!(self.call, Called::Wait(_))
    }

    /// Arguments that stand in the arguments' handle: all but those of the function.
    fn held(&self) -> impl Iterator<Item = &Param> {
        self.params().iter().filter(|param| !is_direct(param))
    }

    /// Ids in the path and the object that a wait goes by, which are parameters of the function.
    fn ids(&self) -> impl Iterator<Item = &Param> {
        self.params().iter().filter(|param| is_direct(param))
    }

    fn needs_args(&self) -> bool {
        self.held().any(|param| param.required)
    }

    fn write(&self, out: &mut Writer, claims: &mut Claims) -> Result<()> {
        self.handle(out, claims)?;
        self.constructor(out, claims)?;
        for param in self.held() {
            let name = ident(&param.name);
            let value = if param.nullable {
                "Nullable::Value(value)"
            } else {
                "value"
            };
            let form = input(self.names, &param.name, &param.ty).form;
            let settable = Settable {
                name: &param.name,
                ty: &param.ty,
                doc: described(self.names, &param.doc, &param.rules, &param.ty, form),
                keep: format!("it.{name} = Some({value});"),
                null: param
                    .nullable
                    .then(|| format!("it.{name} = Some(Nullable::Null);")),
            };
            setters(
                out,
                claims,
                self.names,
                &Owner {
                    ty: &self.args(),
                    param: "args",
                },
                &settable,
            )?;
        }
        if let Called::Wait(waiter) = self.call {
            self.pace(waiter, out, claims)?;
        }
        self.options(out, claims)?;
        self.free(out, claims)?;
        self.request(out);
        self.calls(out, claims)
    }

    fn handle(&self, out: &mut Writer, claims: &mut Claims) -> Result<()> {
        let args = self.args();
        claims.claim(&args, "a handle for arguments")?;
        let null = if self.needs_args() {
            ""
        } else {
            " Where NULL is passed instead, nothing is set."
        };
        out.doc(
            &format!(
                "Arguments of {}. Make them with {args}_new and free them with {args}_free.{null} They can be used \
                 for any number of calls; change them from one thread at a time.",
                self.function()
            ),
            "",
        );
        out.line("#[derive(Default)]");
        out.line(&format!("pub struct {args} {{\n    base_: Base,"));
        if self.waits() {
            out.line("    pace_: Pace,");
        }
        for param in self.held() {
            let ty = self.names.rust(&param.ty);
            let ty = if param.nullable {
                format!("Nullable<{ty}>")
            } else {
                ty
            };
            out.line(&format!("    {}: Option<{ty}>,", ident(&param.name)));
        }
        out.line("}\n");
        out.line(&format!(
            "impl Faulty for {args} {{\n    fn fault(&mut self) -> &mut Option<Error> {{\n        &mut self.base_.fault\n    }}\n}}\n"
        ));
        Ok(())
    }

    fn constructor(&self, out: &mut Writer, claims: &mut Claims) -> Result<()> {
        let args = self.args();
        let required: Vec<&Param> = self.held().filter(|param| param.required).collect();
        if required.is_empty() {
            return out.function(
                claims,
                Function {
                    name: format!("{args}_new"),
                    doc: format!(
                        "Makes arguments where nothing is set. Free them with {args}_free."
                    ),
                    params: vec![],
                    returns: &format!("*mut {args}"),
                    body: format!("make(|| Some({args}::default()))"),
                },
            );
        }
        let mut told = Vec::new();
        let mut params = Vec::new();
        let mut checks = String::new();
        let mut binds = String::new();
        for param in required {
            let input = input(self.names, &param.name, &param.ty);
            let value = if param.nullable {
                ".map(Nullable::Value)"
            } else {
                ""
            };
            let taken = format!("keep(&mut args_.base_.fault, {})", input.expression());
            let mut line = argument_line(
                self.names,
                &param.name,
                &param.ty,
                &param.doc,
                &param.rules,
                &input,
            );
            let name = ident(&param.name);
            let first = input
                .params
                .first()
                .map(|(name, _)| name.clone())
                .unwrap_or_default();
            match (&input.missing, &param.ty) {
                (Some(missing), _) if param.nullable => {
                    line.push_str(" NULL stands for null.");
                    binds.push_str(&format!(
                        "    {}    args_.{name} = if {missing} {{ Some(Nullable::Null) }} else {{ {taken}{value} }};\n",
                        input.safety()
                    ));
                }
                (None, Type::StringOrInteger) => binds.push_str(&format!(
                    "    if !{first}.is_null() {{\n        {}        args_.{name} = {taken}{value};\n    }}\n",
                    input.safety()
                )),
                (missing, _) => {
                    if let Some(missing) = missing {
                        checks.push_str(&format!("    if {missing} {{\n        return None;\n    }}\n"));
                    }
                    binds.push_str(&format!("    {}    args_.{name} = {taken}{value};\n", input.safety()));
                }
            }
            told.push(line);
            params.extend(input.params);
        }
        let doc = format!(
            "Makes arguments with what is required. Free them with {args}_free.{}\n\n\
             Returns NULL only if a pointer that must be there is NULL. A value that cannot be taken is \
             reported by the call. All values are copied.",
            listed(&told)
        );
        let body = format!(
            "make(|| {{\n{checks}    let mut args_ = {args}::default();\n{binds}    Some(args_)\n}})"
        );
        out.function(
            claims,
            Function {
                name: format!("{args}_new"),
                doc,
                params,
                returns: &format!("*mut {args}"),
                body,
            },
        )
    }

    fn pace(&self, waiter: WaitCall<'_>, out: &mut Writer, claims: &mut Claims) -> Result<()> {
        let args = self.args();
        for option in WAIT_OPTIONS {
            let name = option.name;
            let doc = format!(
                "Sets {}, in milliseconds [{}].",
                option.doc,
                option.default(waiter) * 1000
            );
            out.function(
                claims,
                Function {
                    name: format!("{args}_set_{name}_ms"),
                    doc,
                    params: vec![
                        ("args".to_owned(), format!("*mut {args}")),
                        ("milliseconds".to_owned(), "u64".to_owned()),
                    ],
                    returns: "snapline_status",
                    body: format!(
                        "let body = |it: &mut {args}| {{\n    \
                             it.pace_.options.{name} = Some(Duration::from_millis(milliseconds));\n    Ok(())\n\
                         }};\n\
                         // SAFETY: the header asks for NULL or a live handle.\n\
                         unsafe {{ set(args, body) }}"
                    ),
                },
            )?;
        }
        out.function(
            claims,
            Function {
                name: format!("{args}_set_on_poll"),
                doc: "Sets a function that is called after each poll and says whether to go on; NULL for none.\n\n\
                     It is called while the call waits, as a rule on the thread that waits. `user_data` is passed on to it and never read; it must \
                     stay valid while a call uses these arguments."
                    .to_owned(),
                params: vec![
                    ("args".to_owned(), format!("*mut {args}")),
                    ("callback".to_owned(), "snapline_poll_callback".to_owned()),
                    ("user_data".to_owned(), "*mut c_void".to_owned()),
                ],
                returns: "snapline_status",
                body: format!(
                    "let body = |it: &mut {args}| {{\n    it.pace_.watch(callback, user_data);\n    Ok(())\n}};\n\
                     // SAFETY: the header asks for NULL or a live handle.\n\
                     unsafe {{ set(args, body) }}"
                ),
            },
        )
    }

    fn options(&self, out: &mut Writer, claims: &mut Claims) -> Result<()> {
        let args = self.args();
        let what = if self.waits() {
            "the call of each poll"
        } else {
            "the call"
        };
        out.function(
            claims,
            Function {
                name: format!("{args}_set_options"),
                doc: format!("Sets the options of {what}: time bounds, attempts, headers, a cancel token. Copied; NULL for the defaults."),
                params: vec![
                    ("args".to_owned(), format!("*mut {args}")),
                    ("options".to_owned(), "*const snapline_options".to_owned()),
                ],
                returns: "snapline_status",
                body: format!(
                    "let body = |it: &mut {args}| {{\n    \
                         // SAFETY: the header asks for NULL or live options.\n    \
                         it.base_.options = unsafe {{ options_or_default(options)? }};\n    Ok(())\n\
                     }};\n\
                     // SAFETY: the header asks for NULL or a live handle.\n\
                     unsafe {{ set(args, body) }}"
                ),
            },
        )
    }

    fn free(&self, out: &mut Writer, claims: &mut Claims) -> Result<()> {
        let args = self.args();
        out.function(
            claims,
            Function {
                name: format!("{args}_free"),
                doc: "Frees arguments. No call may be using them. NULL is fine.".to_owned(),
                params: vec![("args".to_owned(), format!("*mut {args}"))],
                returns: "",
                body: "// SAFETY: the header asks for NULL or a handle that was not freed yet.\nunsafe { free(args) };".to_owned(),
            },
        )
    }

    /// The function itself, and for pages the one that walks them.
    fn calls(&self, out: &mut Writer, claims: &mut Claims) -> Result<()> {
        let (summary, output) = match self.call {
            Called::Method(method) => (method_text(method), self.output(&method.request.returns)?),
            Called::Wait(waiter) => (waiter_text(waiter), self.waited(waiter)),
        };
        let bind = if output.is_some() { "let value = " } else { "" };
        let run = match self.call {
            // Taken whole, so that all functions of a call have its future in common.
            Called::Method(_) => format!(
                "let answer = client.connection().run(&args.base_.options, request.send_raw())?;\n    \
                 {bind}answer.into_value();\n"
            ),
            Called::Wait(waiter) => {
                let object = if waiter.wait.gone {
                    ""
                } else {
                    "    let value = value.ok_or_else(|| Error::internal(\"a wait for a state ended without an object\"))?;\n"
                };
                format!(
                    "{bind}client.connection().run(&args.base_.options, Box::pin(request.run()))?;\n{object}"
                )
            }
        };
        self.call(
            out,
            claims,
            self.function(),
            &summary,
            output.as_ref(),
            &run,
        )?;
        self.background(out, claims, output.as_ref())?;
        let Called::Method(method) = self.call else {
            return Ok(());
        };
        self.raw(out, claims, output.as_ref())?;
        let Returns::Page {
            item: Type::Model(item),
            pages,
            ..
        } = &method.request.returns
        else {
            return Ok(());
        };
        let iter = format!("{}_iter", self.names.model(item));
        let output = Output {
            doc: format!("set to a new iterator on success; free it with {iter}_free."),
            give: format!("out.give({iter}::new(walk));"),
            pointer: String::new(),
            callback: String::new(),
            ty: iter,
        };
        let summary = format!(
            "Walks all items, page by page, from the one that the arguments name or the first. Nothing is sent \
             yet: {}_next does that. {}",
            output.ty,
            words::walking(pages)
        );
        let run = "let walk = Walk::new(Arc::clone(client.connection()), args.base_.options.clone(), request.items());\n";
        self.call(
            out,
            claims,
            format!("{}_iter", self.function()),
            &summary,
            Some(&output),
            run,
        )
    }

    fn call(
        &self,
        out: &mut Writer,
        claims: &mut Claims,
        name: String,
        summary: &str,
        output: Option<&Output>,
        run: &str,
    ) -> Result<()> {
        let mut given = Given::default();
        if let Some(output) = output {
            given.place("out", &output.ty, &output.doc);
            given.end = format!("    {}\n", output.give);
        }
        given.run = format!("    {run}");
        given.threads = "Blocks. Any number of threads may call it at once, with one client.";
        self.exported(out, claims, name, summary, given)
    }

    /// The call with the answer beside what it gives (B15).
    fn raw(&self, out: &mut Writer, claims: &mut Claims, output: Option<&Output>) -> Result<()> {
        let mut given = Given::default();
        let mut value = "";
        if let Some(output) = output {
            given.place("out", &output.ty, &output.doc);
            given.end = format!("    {}\n", output.give);
            value = "    let value = answer.into_value();\n";
        }
        given.place(
            "response",
            "snapline_response",
            "set to a new answer on success; free it with snapline_response_free.",
        );
        given.run = format!(
            "    let answer = client.connection().run(&args.base_.options, request.send_raw())?;\n    \
             let received = snapline_response::new(&answer);\n{value}"
        );
        given.end.push_str("    response.give(received);\n");
        given.threads = "Blocks. Any number of threads may call it at once, with one client.";
        let summary = format!(
            "As {}, with the status, the headers and the body of the answer.",
            self.function()
        );
        self.exported(
            out,
            claims,
            format!("{}_raw", self.function()),
            &summary,
            given,
        )
    }

    /// The call in the background, whose outcome goes to a function.
    fn background(
        &self,
        out: &mut Writer,
        claims: &mut Claims,
        output: Option<&Output>,
    ) -> Result<()> {
        let callback = output.map_or("snapline_done_callback", |output| output.callback.as_str());
        let (future, value) = match self.call {
            Called::Method(_) => ("request.send_raw()", "answer.into_value()"),
            Called::Wait(_) => ("Box::pin(request.run())", "answer"),
        };
        let object = match self.call {
            Called::Wait(waiter) if !waiter.wait.gone => {
                "            let value = value.ok_or_else(|| Error::internal(\"a wait for a state ended without an object\"))?;\n"
            }
            _ => "",
        };
        let (out_name, shape) = match output {
            Some(output) => (
                "out, ",
                format!(
                    "|answer| {{\n            let value = {value};\n{object}            {}\n        }}",
                    output.pointer
                ),
            ),
            None => ("", "|_| Ok(std::ptr::null_mut::<c_void>())".to_owned()),
        };
        let ignored = if output.is_some() { "out" } else { "_" };
        let given = Given {
            params: vec![
                ("callback".to_owned(), callback.to_owned()),
                ("user_data".to_owned(), "*mut c_void".to_owned()),
            ],
            told: vec![
                format!(
                    "- callback: called exactly once, on a thread of the library, if this returns SNAPLINE_OK; else \
                     never. What it gets is its own. The rules stand at {}.",
                    if callback == "snapline_response_callback" {
                        callback
                    } else {
                        "snapline_response_callback"
                    }
                ),
                "- user_data: passed on to the callback; NULL is fine.".to_owned(),
            ],
            binds: "    let callback = callback.ok_or_else(|| handle::null(\"callback\"))?;\n"
                .to_owned(),
            run: format!(
                "    let background = client.connection().background()?;\n    \
                 let data = UserData(user_data);\n    \
                 let teller = Teller::new(move |status, {ignored}, error| {{\n        \
                     // SAFETY: the header asks for a function that takes this data and what it is given.\n        \
                     unsafe {{ callback(data.pointer(), status, {out_name}error) }}\n    \
                 }});\n    \
                 background.spawn(&args.base_.options, {future}, move |outcome| {{\n        \
                     teller.tell(outcome, {shape});\n    \
                 }});\n"
            ),
            end: String::new(),
            threads: "Does not block: what it is given may be freed or changed once it returned, the client too. Any number \
                 of threads may call it at once, with one client.",
        };
        let summary = format!(
            "As {}, but returns at once; the outcome goes to `callback`.",
            self.function()
        );
        self.exported(
            out,
            claims,
            format!("{}_async", self.function()),
            &summary,
            given,
        )
    }

    fn exported(
        &self,
        out: &mut Writer,
        claims: &mut Claims,
        name: String,
        summary: &str,
        given: Given,
    ) -> Result<()> {
        let args = self.args();
        let mut params = vec![(
            "client".to_owned(),
            format!("*const {}", self.names.client()),
        )];
        let mut told = Vec::new();
        let mut binds = String::new();
        for param in self.ids() {
            let ty = id_type(param).0;
            let input = input(self.names, &param.name, &ty);
            told.push(argument_line(
                self.names,
                &param.name,
                &ty,
                &param.doc,
                &param.rules,
                &input,
            ));
            if input.reads {
                let (c, _) = input.params.first().cloned().unwrap_or_default();
                let (what, taken) = match &ty {
                    Type::Model(_) => (
                        "an object",
                        format!(
                            "unsafe {{ borrow({:?}, {c}).map(|given| given.to_rust()) }}",
                            param.name
                        ),
                    ),
                    _ => ("a text", input.expression()),
                };
                binds.push_str(&format!(
                    "    // SAFETY: the header asks for {what}.\n    let {c} = {taken}?;\n"
                ));
            }
            params.extend(input.params);
        }
        params.push(("args".to_owned(), format!("*const {args}")));
        let may_be_null = if self.needs_args() {
            "not NULL"
        } else {
            "NULL if nothing is set"
        };
        told.push(format!("- args: borrowed for the call; {may_be_null}."));
        params.extend(given.params);
        told.extend(given.told);
        binds.push_str(&given.binds);
        params.push(("error".to_owned(), "*mut *mut snapline_error".to_owned()));
        told.push(
            "- error: NULL, or set to a new error on failure; free it with snapline_error_free."
                .to_owned(),
        );
        if self.needs_args() {
            binds.push_str(
                "    // SAFETY: the header asks for live arguments.\n    let args = unsafe { borrow(\"args\", args)? };\n",
            );
        } else {
            binds.push_str(&format!(
                "    let none = {args}::default();\n    \
                 // SAFETY: the header asks for NULL or live arguments.\n    \
                 let args = unsafe {{ args.as_ref() }}.unwrap_or(&none);\n"
            ));
        }
        let ids: String = self
            .ids()
            .map(|param| format!(", {}", parameter(&param.name)))
            .collect();
        let ids = format!("client{ids}");
        let body = format!(
            "let body = || {{\n    \
                 // SAFETY: the header asks for a live client.\n    \
                 let client = unsafe {{ borrow(\"client\", client)? }};\n{binds}    \
                 let request = args.request({ids})?;\n{}{}    Ok(())\n}};\n\
             // SAFETY: the header asks for NULL or a place for the error.\nunsafe {{ call(error, body) }}",
            given.run, given.end
        );
        let doc = format!("{summary}{}\n\n{}", listed(&told), given.threads);
        out.function(
            claims,
            Function {
                name,
                doc,
                params,
                returns: "snapline_status",
                body,
            },
        )
    }

    /// What all functions of a call begin with: the request with the arguments given.
    fn request(&self, out: &mut Writer) {
        let path = &self.resource.path;
        let chain: String = path
            .iter()
            .map(|name| format!(".{}()", ident(name)))
            .collect();
        let ids: String = self
            .ids()
            .map(|param| format!(", {}: {}", parameter(&param.name), id_type(param).1))
            .collect();
        let given: Vec<String> = self
            .params()
            .iter()
            .filter(|param| param.required)
            .map(|param| match &param.location {
                Location::Path => parameter(&param.name),
                Location::Origin => format!("&{}", parameter(&param.name)),
                _ => format!("need({:?}, &self.{})?", param.name, ident(&param.name)),
            })
            .collect();
        let optional: Vec<&Param> = self
            .params()
            .iter()
            .filter(|param| !param.required)
            .collect();
        let mutable = if optional.is_empty() { "" } else { "mut " };
        let options = "options(client.connection().call(&self.base_.options))";
        let (returns, end) = match self.call {
            Called::Method(method) => (
                format!("resources::{}", call_ident(path, &method.call.name)),
                format!("Ok(request.{options})"),
            ),
            Called::Wait(waiter) => (
                format!("Waiter<models::{}>", type_ident(&waiter.wait.model)),
                format!("Ok(self.pace_.apply(&self.base_.options, request.waiter().{options}))"),
            ),
        };
        let mut text = format!(
            "impl {} {{\n    fn request(&self, client: &{}{ids}) -> Result<{returns}, Error> {{\n        \
                 self.base_.check()?;\n        \
                 let {mutable}request = client.connection().client(){chain}.{}({});\n",
            self.args(),
            self.names.client(),
            ident(self.verb()),
            given.join(", ")
        );
        for param in optional {
            let name = ident(&param.name);
            let copy = match param.ty {
                Type::Integer | Type::Number | Type::Boolean => "*value",
                _ => "value.clone()",
            };
            text.push_str(&format!(
                "        if let Some(value) = &self.{name} {{\n            request = request.{name}({copy});\n        }}\n"
            ));
        }
        text.push_str(&format!("        {end}\n    }}\n}}\n"));
        out.line(&text);
    }

    fn output(&self, returns: &Returns) -> Result<Option<Output>> {
        let handle = handle_output;
        Ok(match returns {
            Returns::Nothing => None,
            Returns::Whole(ty) | Returns::Field { ty, .. } => Some(match ty {
                Type::Model(name) => {
                    let ty = self.names.model(name);
                    handle(ty)
                }
                Type::List(item) => match item.as_ref() {
                    Type::Model(name) => {
                        let ty = format!("{}_list", self.names.model(name));
                        handle(ty)
                    }
                    _ => json_output(),
                },
                Type::String => Output {
                    ty: "c_char".to_owned(),
                    doc: "set to a new text on success; free it with snapline_string_free."
                        .to_owned(),
                    give: "out.put(give_text(value)?);".to_owned(),
                    pointer: "give_text(value)".to_owned(),
                    callback: "snapline_text_callback".to_owned(),
                },
                _ => json_output(),
            }),
            Returns::Page {
                item: Type::Model(name),
                ..
            } => {
                let ty = format!("{}_page", self.names.model(name));
                Some(handle(ty))
            }
            Returns::Page { field, .. } => {
                return Err(Error::new(
                    "overlay.yaml",
                    "",
                    format!(
                        "`{}` returns pages of `{field}`, whose items are no objects",
                        self.function()
                    ),
                    "take x-snapline-pages off the operation, or extend codegen/src/emit/c",
                ));
            }
        })
    }

    fn waited(&self, waiter: WaitCall<'_>) -> Option<Output> {
        if waiter.wait.gone {
            return None;
        }
        Some(handle_output(self.names.model(&waiter.wait.model)))
    }
}

/// Whether an argument is a parameter of the function itself: it says which thing is meant.
pub(crate) fn is_direct(param: &Param) -> bool {
    matches!(param.location, Location::Path | Location::Origin)
}

/// An id's type, and what the request takes: plain text or a number. What else a path may hold is
/// written as text. The object that a wait goes by is taken as it is.
fn id_type(param: &Param) -> (Type, String) {
    match &param.ty {
        Type::Integer => (Type::Integer, "i64".to_owned()),
        Type::Model(of) => (param.ty.clone(), format!("models::{}", type_ident(of))),
        _ => (Type::String, "String".to_owned()),
    }
}

/// A call that gives a handle.
fn handle_output(ty: String) -> Output {
    Output {
        doc: format!("set to a new handle on success; free it with {ty}_free."),
        give: format!("out.give({ty}::from_rust(value));"),
        pointer: format!("Ok(handle::give({ty}::from_rust(value)))"),
        callback: format!("{ty}_callback"),
        ty,
    }
}

/// `value` as JSON text that is given away.
const JSON_TEXT: &str = "give_json(&value)";

fn json_output() -> Output {
    Output {
        ty: "c_char".to_owned(),
        doc: "set to a new JSON text on success; free it with snapline_string_free.".to_owned(),
        give: format!("out.put({JSON_TEXT}?);"),
        pointer: JSON_TEXT.to_owned(),
        callback: "snapline_text_callback".to_owned(),
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

fn method_text(method: RequestCall<'_>) -> String {
    let mut text = sentence(&method.call.summary);
    if !method.doc.is_empty() && method.doc != method.summary {
        text.push_str(&format!("\n\n{}", method.doc));
    }
    text
}

fn waiter_text(waiter: WaitCall<'_>) -> String {
    let ends = words::ending(
        waiter,
        |text| format!("\"{text}\""),
        "ends it with SNAPLINE_WAIT_FAILED, and its bound with SNAPLINE_WAIT_TIMEOUT. Both errors carry the last object",
    );
    format!("{}\n\n{ends}", sentence(&waiter.call.summary))
}
