//! Resources and their calls, each with a struct of arguments; and the client.

use super::models::{initial, member, set_optional};
use super::types::{class, given_name, passed, placeholder};
use super::{Header, file_of};
use crate::emit::c::Names;
use crate::emit::c::methods::is_direct;
use crate::emit::c::names::word;
use crate::emit::rust::type_ident;
use crate::emit::wait_options::WAIT_OPTIONS;
use crate::error::Result;
use crate::ir::words;
use crate::ir::{Api, Param, Resource, Returns, Type, WaitCall};

/// The class of a resource.
fn resource_class(path: &[String]) -> String {
    format!("{}Resource", type_ident(&path.join("_")))
}

/// The struct of a call's arguments.
pub(crate) fn args_class(path: &[String], name: &str) -> String {
    format!("{}Args", type_ident(&format!("{}_{name}", path.join("_"))))
}

/// The header of a top-level resource.
pub(super) fn resource(api: &Api, names: &Names, resource: &Resource) -> Result<String> {
    let mut out = Header::of(
        api,
        &file_of(resource.name()),
        &["models.hpp"],
        &resource.doc,
    );
    let mut parts = resource.walk();
    // A resource gives those below it, which must be there first.
    parts.reverse();
    for part in parts {
        let calls = calls(part);
        for call in &calls {
            arguments(&mut out, api, names, part, call);
        }
        out.doc(
            &format!(
                "{}\n\nIt borrows the client. Any number of threads may use it at once.",
                part.doc
            ),
            "",
        );
        let name = resource_class(&part.path);
        let client = names.client();
        out.line(&format!(
            "class {name} {{\npublic:\n    explicit {name}(const {client}* client) noexcept : client_(client) {{}}\n"
        ));
        for child in &part.children {
            let class = resource_class(&child.path);
            out.doc(&child.doc, "    ");
            out.line(&format!(
                "    {class} {}() const noexcept {{ return {class}(client_); }}\n",
                word(child.name())
            ));
        }
        let mut throwing = String::new();
        for call in &calls {
            functions(&mut out, &mut throwing, names, part, call);
        }
        if !throwing.is_empty() {
            out.line(&format!("#if SNAPLINE_EXCEPTIONS\n{throwing}#endif\n"));
        }
        out.line(&format!("private:\n    const {client}* client_;\n}};\n"));
    }
    Ok(out.close(api))
}

/// A method or a wait.
struct Call<'a> {
    name: &'a str,
    summary: &'a str,
    params: &'a [Param],
    returns: Returns,
    waits: Option<WaitCall<'a>>,
}

fn calls(resource: &Resource) -> Vec<Call<'_>> {
    let methods = resource.requests().map(|method| Call {
        name: &method.call.name,
        summary: &method.call.summary,
        params: &method.call.params,
        returns: method.request.returns.clone(),
        waits: None,
    });
    let waiters = resource.waits().map(|waiter| Call {
        name: &waiter.call.name,
        summary: &waiter.call.summary,
        params: &waiter.call.params,
        returns: if waiter.wait.gone {
            Returns::Nothing
        } else {
            Returns::Whole(Type::Model(waiter.wait.model.clone()))
        },
        waits: Some(waiter),
    });
    methods.chain(waiters).collect()
}

impl Call<'_> {
    fn ids(&self) -> impl Iterator<Item = &Param> {
        self.params.iter().filter(|param| is_direct(param))
    }

    fn held(&self) -> impl Iterator<Item = &Param> {
        self.params.iter().filter(|param| !is_direct(param))
    }
}

fn arguments(out: &mut Header, api: &Api, names: &Names, resource: &Resource, call: &Call<'_>) {
    let name = args_class(&resource.path, call.name);
    let ty = format!("{}_args", names.method(&resource.path, call.name));
    out.doc(
        &format!("Arguments of {}.{}.", resource.path.join("."), call.name),
        "",
    );
    out.line(&format!("struct {name} {{"));
    let mut setters = String::new();
    let mut setter = |kind: &str, member: &str| {
        setters.push_str(&format!(
            "    {name}& with_{member}({kind} value) & {{ {member} = std::move(value); return *this; }}\n    \
             {name}&& with_{member}({kind} value) && {{ {member} = std::move(value); return std::move(*this); }}\n"
        ));
    };
    for param in call.held() {
        out.doc(&words::with_bounds(&param.doc, &param.rules), "    ");
        let kind = member(&param.ty, param.required, param.nullable);
        let own = given_name(&param.name, &param.ty);
        out.line(&format!("    {kind} {own}{};", initial(&kind)));
        if !param.required {
            let plain = kind
                .strip_prefix("std::optional<")
                .and_then(|kind| kind.strip_suffix('>'))
                .unwrap_or(&kind);
            setter(plain, &own);
        }
    }
    if let Some(waiter) = call.waits {
        for option in WAIT_OPTIONS {
            let name = option.name;
            let doc = format!("Sets {} [{}].", option.doc, option.default_words(waiter));
            out.doc(&doc, "    ");
            out.line(&format!(
                "    std::optional<std::chrono::milliseconds> {name}{{}};"
            ));
            setter("std::chrono::milliseconds", name);
        }
        out.line(
            "    /// Called after each poll; says whether to go on.\n    PollFunction on_poll{};",
        );
        setter("PollFunction", "on_poll");
    }
    out.line("    /// Options of the call.\n    CallOptions options{};");
    setter("CallOptions", "options");
    out.line(&format!("\n{setters}}};\n"));

    out.line(&format!(
        "inline snapline::detail::Handle<{ty}, &{ty}_free> make(const {name}& given, [[maybe_unused]] snapline::detail::Fault& fault) {{"
    ));
    let mut before = String::new();
    let mut arguments = Vec::new();
    let mut after = String::new();
    for param in call.held() {
        let given = format!("given.{}", given_name(&param.name, &param.ty));
        let setter = format!("{ty}_set_{}", param.name);
        if !param.required || param.nullable {
            after.push_str(&set_optional(
                names,
                &param.name,
                &param.ty,
                param.nullable,
                &given,
                &setter,
            ));
            if param.required {
                arguments.push(match &param.ty {
                    Type::Integer | Type::Number => "0".to_owned(),
                    Type::Boolean => "false".to_owned(),
                    Type::List(_) => "nullptr, 0".to_owned(),
                    other => placeholder(names, api, other).unwrap_or_else(|| "nullptr".to_owned()),
                });
            }
            continue;
        }
        let value = if matches!(param.ty, Type::Model(_)) {
            given
        } else {
            format!("*{given}")
        };
        let form = passed(names, &param.name, &param.ty, &value);
        before.push_str(&form.before);
        let set = format!(
            "    {setter}{}(it, {});\n",
            form.ending,
            form.arguments.join(", ")
        );
        match (placeholder(names, api, &param.ty), &param.ty) {
            (Some(placeholder), Type::StringOrInteger) => {
                arguments.push(placeholder);
                after.push_str(&format!(
                    "    if (const auto number = ({value}).integer()) {setter}_integer(it, *number);\n    else\n    {set}"
                ));
            }
            (Some(placeholder), _) => {
                arguments.push(placeholder);
                after.push_str(&set);
            }
            (None, _) => arguments.extend(form.arguments),
        }
    }
    if call.waits.is_some() {
        for bound in WAIT_OPTIONS.iter().map(|option| option.name) {
            after.push_str(&format!(
                "    if (given.{bound}) {ty}_set_{bound}_ms(it, snapline::detail::count(*given.{bound}));\n"
            ));
        }
    }
    out.line(&format!(
        "{before}    snapline::detail::Handle<{ty}, &{ty}_free> made({ty}_new({}));\n    \
         {ty}* it = made.get();\n{after}    \
         {ty}_set_options(it, snapline::detail::make(given.options, fault).get());\n    return made;\n}}\n",
        arguments.join(", ")
    ));
}

/// What a call gives: the type in C++, the one in C, and how the one becomes the other.
struct Given {
    cpp: String,
    c: String,
    take: String,
}

fn given(names: &Names, returns: &Returns) -> Option<Given> {
    let handle = |cpp: String, c: String| Given {
        take: format!("{cpp}(out)"),
        cpp,
        c,
    };
    match returns {
        Returns::Nothing => None,
        Returns::Whole(ty) | Returns::Field { ty, .. } => Some(match ty {
            Type::Model(of) => handle(class(of), names.model(of)),
            Type::List(item) => match item.as_ref() {
                Type::Model(of) => handle(
                    format!("{}List", class(of)),
                    format!("{}_list", names.model(of)),
                ),
                _ => text(),
            },
            _ => text(),
        }),
        Returns::Page { item, .. } => match item {
            Type::Model(of) => Some(handle(
                format!("{}Page", class(of)),
                format!("{}_page", names.model(of)),
            )),
            _ => Some(text()),
        },
    }
}

fn text() -> Given {
    Given {
        cpp: "std::string".to_owned(),
        c: "char".to_owned(),
        take: "snapline::detail::take(out)".to_owned(),
    }
}

fn functions(
    out: &mut Header,
    throwing: &mut String,
    names: &Names,
    resource: &Resource,
    call: &Call<'_>,
) {
    let function = names.method(&resource.path, call.name);
    let args = args_class(&resource.path, call.name);
    let given = given(names, &call.returns);
    let value = given.as_ref().map_or("void", |given| given.cpp.as_str());
    let mut params = Vec::new();
    let mut passed_on = Vec::new();
    let mut binds = String::new();
    for id in call.ids() {
        let name = word(&id.name);
        passed_on.push(name.clone());
        if id.ty == Type::Integer {
            params.push(format!("std::int64_t {name}"));
        } else if let Type::Model(of) = &id.ty {
            params.push(format!("const {}View& {name}", class(of)));
        } else if id.ty == Type::StringOrInteger {
            params.push(format!("const StringOrInteger& {name}"));
            binds.push_str(&format!(
                "        const std::string& {name}_text = {name}.text();\n"
            ));
        } else {
            params.push(format!("std::string_view {name}"));
            binds.push_str(&format!("        const std::string {name}_text({name});\n"));
        }
    }
    let optional = !call.held().any(|param| param.required);
    let default = if optional { " = {}" } else { "" };
    let ids = params.clone();
    params.push(format!("const {args}& args{default}"));
    passed_on.push("args".to_owned());
    let params = params.join(", ");
    let passed_on = passed_on.join(", ");
    // Texts are looked at before the call, since a fault must keep it from being made.
    let mut c_arguments = String::new();
    let mut looked = String::new();
    for id in call.ids() {
        let name = word(&id.name);
        if id.ty == Type::Integer {
            c_arguments.push_str(&format!(", {name}"));
        } else if matches!(id.ty, Type::Model(_)) {
            c_arguments.push_str(&format!(", {name}.handle()"));
        } else {
            looked.push_str(&format!(
                "        snapline::detail::text({name}_text, {:?}, fault);\n",
                id.name
            ));
            c_arguments.push_str(&format!(", {name}_text.c_str()"));
        }
    }
    let watch = if call.waits.is_some() {
        format!(
            "        snapline::detail::Watch watch(args.on_poll);\n        \
             {function}_args_set_on_poll(made.get(), watch.callback(), &watch);\n"
        )
    } else {
        String::new()
    };
    let prepared = format!(
        "        snapline::detail::Fault fault;\n{binds}{looked}        \
         const auto made = make(args, fault);\n        if (fault) return fault.error();\n"
    );
    let declared = given.as_ref().map_or_else(String::new, |given| {
        format!("        {}* out = nullptr;\n", given.c)
    });
    let place = if given.is_some() { ", &out" } else { "" };
    let taken = given
        .as_ref()
        .map_or("Result<void>()", |given| given.take.as_str());

    let page = matches!(call.returns, Returns::Page { .. });
    let own = if page {
        format!("{}_page", call.name)
    } else {
        call.name.to_owned()
    };
    let shown = word(&own);
    let throws = |throwing: &mut String, returns: &str, name: &str| {
        // The keyword of `try_x` is none any more.
        throwing.push_str(&format!(
            "    /// As try_{}, or throws.\n    {returns} {name}({params}) const {{ return try_{}({passed_on}).value(); }}\n\n",
            name.trim_end_matches('_'),
            name.trim_end_matches('_'),
        ));
    };

    out.doc(
        &if page {
            format!("{} Gives one page.", call.summary)
        } else {
            call.summary.to_owned()
        },
        "    ",
    );
    out.line(&format!(
        "    Result<{value}> try_{own}({params}) const {{\n{prepared}{watch}{declared}        \
         snapline_error* error = nullptr;\n        \
         const snapline_status status = {function}(client_{c_arguments}, made.get(){place}, &error);\n{}        \
         if (status != SNAPLINE_OK) return Error(error);\n        return {taken};\n    }}\n",
        if call.waits.is_some() {
            // What the watching function threw goes before the error that it led to.
            "        snapline::detail::Handle<snapline_error, &snapline_error_free> kept(error);\n        watch.rethrow();\n        error = kept.release();\n"
        } else {
            ""
        }
    ));
    throws(throwing, value, &shown);

    if call.waits.is_none() {
        let (raw, made) = match &given {
            Some(given) => (
                format!("Raw<{value}>"),
                format!("Raw<{value}>{{{}, Response(response)}}", given.take),
            ),
            None => ("Response".to_owned(), "Response(response)".to_owned()),
        };
        out.doc(
            &format!("As try_{own}, with the answer as it came."),
            "    ",
        );
        out.line(&format!(
            "    Result<{raw}> try_{own}_raw({params}) const {{\n{prepared}{declared}        \
             snapline_response* response = nullptr;\n        snapline_error* error = nullptr;\n        \
             if ({function}_raw(client_{c_arguments}, made.get(){place}, &response, &error) != SNAPLINE_OK) return Error(error);\n        \
             return {made};\n    }}\n"
        ));
        throws(throwing, &raw, &format!("{own}_raw"));
    }

    let mut async_params = ids;
    async_params.push(format!("const {args}& args"));
    async_params.push(format!("Done<{value}> done"));
    let (trampoline, c_out) = match &given {
        Some(given) => ("&snapline::detail::Later", format!("{value}, {}", given.c)),
        None => ("&snapline::detail::LaterNothing", String::new()),
    };
    let trampoline = if c_out.is_empty() {
        format!("{trampoline}::tell")
    } else {
        format!("{trampoline}<{c_out}>::tell")
    };
    let watched = if call.waits.is_some() {
        format!(
            "        {function}_args_set_on_poll(made.get(), state->watch.callback(), &state->watch);\n"
        )
    } else {
        String::new()
    };
    let poll = if call.waits.is_some() {
        "args.on_poll"
    } else {
        "PollFunction()"
    };
    out.doc(
        &format!(
            "As try_{own}, but returns at once. If it returns success, `done` is called exactly once, on a thread of the \
             library; else never. `done` must not throw."
        ),
        "    ",
    );
    out.line(&format!(
        "    Result<void> {own}_async({}) const {{\n{prepared}        \
         auto state = std::make_unique<snapline::detail::State<{value}>>(std::move(done), {poll});\n{watched}        \
         snapline_error* error = nullptr;\n        \
         if ({function}_async(client_{c_arguments}, made.get(), {trampoline}, state.get(), &error) != SNAPLINE_OK) return Error(error);\n        \
         // The callback owns it now.\n        \
         static_cast<void>(state.release());\n        return Result<void>();\n    }}\n",
        async_params.join(", ")
    ));

    if let Returns::Page {
        item: Type::Model(of),
        pages,
        ..
    } = &call.returns
    {
        let items = format!("{}Items", class(of));
        let iter = format!("{}_iter", names.model(of));
        let name = call.name;
        out.doc(
            &format!(
                "{} Gives all items, page by page; nothing is sent before the first is asked for. {}",
                call.summary,
                words::walking(pages)
            ),
            "    ",
        );
        out.line(&format!(
            "    Result<{items}> try_{name}({params}) const {{\n{prepared}        \
             {iter}* out = nullptr;\n        snapline_error* error = nullptr;\n        \
             if ({function}_iter(client_{c_arguments}, made.get(), &out, &error) != SNAPLINE_OK) return Error(error);\n        \
             return {items}(out);\n    }}\n"
        ));
        throws(throwing, &items, &word(name));
    }
}

/// What a client can be given to show who it is, beside a token.
fn credentials(api: &Api) -> String {
    let known = &api.provider.credentials;
    if known.is_empty() {
        return String::new();
    }
    let mut text =
        "\n\nOther credentials that the settings may name, else the environment:\n".to_owned();
    for credential in known {
        text.push_str(&format!(
            "\n- {}: {} {} in the environment.",
            credential.name, credential.doc, credential.variable
        ));
    }
    text
}

/// The header of the client.
pub(super) fn client(api: &Api, names: &Names) -> String {
    let files: Vec<String> = api
        .resources
        .iter()
        .map(|resource| format!("{}.hpp", file_of(resource.name())))
        .collect();
    let includes: Vec<&str> = files.iter().map(String::as_str).collect();
    let provider = &api.provider;
    let mut out = Header::of(
        api,
        &file_of("client"),
        &includes,
        &format!("The client of {}.", provider.client),
    );
    let client = names.client();
    out.doc(
        &format!(
            "A client for {}. Any number of threads may use one at once; it is moved, not copied.\n\n\
             Resources borrow it. Without a token in the settings it is taken from the environment: {}.{}",
            provider.client,
            provider.token_variables.join(" or "),
            credentials(api)
        ),
        "",
    );
    out.line(&format!(
        "class Client {{\npublic:\n    \
         /// Makes a client.\n    \
         static Result<Client> try_make(const Settings& settings = {{}}) {{\n        \
         snapline::detail::Fault fault;\n        \
         const auto made = snapline::detail::make(settings, fault);\n        \
         if (fault) return fault.error();\n        \
         {client}* out = nullptr;\n        \
         snapline_error* error = nullptr;\n        \
         if ({client}_new(made.get(), &out, &error) != SNAPLINE_OK) return Error(error);\n        \
         return Client(out);\n    }}\n\n\
         #if SNAPLINE_EXCEPTIONS\n    \
         /// As try_make, or throws.\n    \
         explicit Client(const Settings& settings) : Client(try_make(settings).value()) {{}}\n\n    \
         /// A client with what the environment says, or throws.\n    \
         static Client from_env() {{ return try_make().value(); }}\n\n    \
         /// As try_request, or throws.\n    \
         Response request(const std::string& method, const std::string& path, const std::optional<std::string>& body_json = {{}}, const CallOptions& options = {{}}) const {{\n        \
         return try_request(method, path, body_json, options).value();\n    }}\n\
         #endif\n\n    \
         /// Takes over a client of the C library.\n    \
         explicit Client({client}* owned) noexcept : handle_(owned) {{}}\n"
    ));
    for resource in &api.resources {
        let class = resource_class(&resource.path);
        out.doc(&resource.doc, "    ");
        out.line(&format!(
            "    {class} {}() const noexcept {{ return {class}(handle_.get()); }}\n",
            word(resource.name())
        ));
    }
    out.line(&format!(
        "    /// Sends any method and path with the same credentials, retries and errors.\n    \
         Result<Response> try_request(const std::string& method, const std::string& path, const std::optional<std::string>& body_json = {{}}, const CallOptions& options = {{}}) const {{\n        \
         snapline::detail::Fault fault;\n        \
         const char* body = body_json ? snapline::detail::text(*body_json, \"body_json\", fault) : nullptr;\n        \
         const char* method_text = snapline::detail::text(method, \"method\", fault);\n        \
         const char* path_text = snapline::detail::text(path, \"path\", fault);\n        \
         const auto made = snapline::detail::make(options, fault);\n        \
         if (fault) return fault.error();\n        \
         snapline_response* out = nullptr;\n        \
         snapline_error* error = nullptr;\n        \
         if ({client}_request(handle_.get(), method_text, path_text, body, made.get(), &out, &error) != SNAPLINE_OK) return Error(error);\n        \
         return Response(out);\n    }}\n\n    \
         /// The rate limit as the last answer gave it; nothing while no answer gave one.\n    \
         std::optional<RateLimit> rate_limit() const noexcept {{\n        \
         std::int64_t limit = 0;\n        std::int64_t remaining = 0;\n        std::int64_t reset = 0;\n        \
         if (!{client}_rate_limit(handle_.get(), &limit, &remaining, &reset)) return std::nullopt;\n        \
         return snapline::detail::rate_limit(limit, remaining, reset);\n    }}\n\n    \
         /// Closes the client: calls under way go on, later ones fail with Status::closed.\n    \
         void close() const noexcept {{ {client}_close(handle_.get()); }}\n\n    \
         /// The handle of the C library, still owned by this.\n    \
         const {client}* handle() const noexcept {{ return handle_.get(); }}\n\n\
         private:\n    snapline::detail::Handle<{client}, &{client}_free> handle_;\n}};\n"
    ));
    out.close(api)
}
