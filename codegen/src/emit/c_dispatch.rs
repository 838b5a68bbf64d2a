//! Calls by name in C, for the agent that makes them as it is told.

use crate::emit::c::Names;
use crate::emit::c::names::{constant_ending, literal};
use crate::emit::c_describe::told as models;
use crate::emit::rust::BANNER;
use crate::emit::wait_options::WAIT_OPTIONS;
use crate::file_set::FileSet;
use crate::ir::{Api, Location, Param, Resource, Returns, Type, WaitCall};

const FOLDER: &str = "tests/conformance/c/generated";

/// Writes a function for each method and waiter of all providers, and the tables that find them.
pub fn emit(apis: &[Api]) -> FileSet {
    let mut files = FileSet::default();
    let mut declared = String::new();
    let mut listed = String::new();
    for api in apis {
        let provider = &api.provider.name;
        let names = Names::new(api);
        let mut table = String::new();
        for resource in api.all_resources() {
            let calls = calls(resource);
            if calls.is_empty() {
                continue;
            }
            let mut text = format!("/* {BANNER} */\n\n#include \"describe.h\"\n");
            for call in &calls {
                let name = format!("agent_{provider}_{}_{}", resource.path.join("_"), call.name);
                text.push_str(&format!("\nvoid {name}(agent_call *call)\n{{\n"));
                text.push_str(&Writer::new(api, &names, resource, call).body());
                text.push_str("}\n");
                declared.push_str(&format!("void {name}(agent_call *call);\n"));
                let told = format!("{}.{}", resource.path.join("."), call.name);
                table.push_str(&format!("    {{{}, {name}}},\n", literal(&told)));
            }
            let file = resource.path.join("_");
            files.add(format!("{FOLDER}/dispatch_{provider}_{file}.c"), text);
        }
        let mut whole = String::new();
        for model in models(api) {
            let ty = names.model(&model.name);
            declared.push_str(&format!("AGENT_MODEL({ty})\n"));
            let name = literal(&model.name);
            whole.push_str(&format!("    {{{name}, again_{ty}}},\n"));
        }
        declared.push_str(&format!(
            "\nstatic const agent_model {provider}_models[] = {{\n{whole}    {{NULL, NULL}},\n}};\n\n"
        ));
        let client = names.client();
        listed.push_str(&format!("    AGENT_PROVIDER({provider}, {client}),\n"));
        declared.push_str(&format!(
            "AGENT_CLIENT({provider}, {client})\n\nstatic const agent_method {provider}_methods[] = {{\n{table}    \
             {{NULL, NULL}},\n}};\n\n"
        ));
    }
    files.add(
        format!("{FOLDER}/dispatch.c"),
        format!(
            "/* {BANNER} */\n\n#include \"../agent.h\"\n\n{declared}const agent_provider agent_providers[] = {{\n{listed}    \
             {{NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL}},\n}};\n"
        ),
    );
    files
}

/// A method or a waiter.
struct Call<'a> {
    name: &'a str,
    params: &'a [Param],
    returns: Returns,
    waits: bool,
}

fn calls(resource: &Resource) -> Vec<Call<'_>> {
    let methods = resource.requests().map(|method| Call {
        name: &method.call.name,
        params: &method.call.params,
        returns: method.request.returns.clone(),
        waits: false,
    });
    let waiters = resource.waits().map(|waiter| Call {
        name: &waiter.call.name,
        params: &waiter.call.params,
        returns: waited(waiter),
        waits: true,
    });
    methods.chain(waiters).collect()
}

/// What a wait gives.
pub(crate) fn waited(waiter: WaitCall<'_>) -> Returns {
    if waiter.wait.gone {
        Returns::Nothing
    } else {
        Returns::Whole(Type::Model(waiter.wait.model.clone()))
    }
}

/// What a call gives, and how it is told.
enum Output {
    Nothing,
    Object(String),
    List(String, String),
    Page(String, String),
    /// Text that is told as a string, or as the JSON that it is.
    Text {
        json: bool,
    },
}

struct Writer<'a> {
    api: &'a Api,
    names: &'a Names,
    call: &'a Call<'a>,
    function: String,
    text: String,
    frees: Vec<String>,
}

impl<'a> Writer<'a> {
    fn new(api: &'a Api, names: &'a Names, resource: &Resource, call: &'a Call<'a>) -> Self {
        Self {
            api,
            names,
            call,
            function: names.method(&resource.path, call.name),
            text: String::new(),
            frees: Vec::new(),
        }
    }

    fn line(&mut self, line: &str) {
        self.text.push_str(&format!("    {line}\n"));
    }

    fn output(&self) -> Output {
        let whole = |ty: &Type| match ty {
            Type::Model(of) => Output::Object(self.names.model(of)),
            Type::List(item) => match item.as_ref() {
                Type::Model(of) => {
                    let item = self.names.model(of);
                    Output::List(format!("{item}_list"), item)
                }
                _ => Output::Text { json: true },
            },
            Type::String => Output::Text { json: false },
            _ => Output::Text { json: true },
        };
        match &self.call.returns {
            Returns::Nothing => Output::Nothing,
            Returns::Whole(ty) | Returns::Field { ty, .. } => whole(ty),
            Returns::Page {
                item: Type::Model(of),
                ..
            } => {
                let item = self.names.model(of);
                Output::Page(format!("{item}_page"), item)
            }
            Returns::Page { .. } => Output::Text { json: true },
        }
    }

    fn body(mut self) -> String {
        let function = self.function.clone();
        let output = self.output();
        self.line(&format!(
            "const {} *client = call->client;",
            self.names.client()
        ));
        self.line("snapline_response *response = NULL;");
        self.line("snapline_error *error = NULL;");
        self.line("snapline_status status;");
        match &output {
            Output::Nothing => {}
            Output::Object(ty) | Output::List(ty, _) | Output::Page(ty, _) => {
                self.line(&format!("{ty} *out = NULL;"));
                self.frees.push(format!("{ty}_free(out);"));
            }
            Output::Text { .. } => {
                self.line("char *out = NULL;");
                self.frees.push("snapline_string_free(out);".to_owned());
            }
        }
        let ids = self.arguments();
        self.line(&format!(
            "{function}_args_set_options(args, call->options);"
        ));
        if self.call.waits {
            for bound in WAIT_OPTIONS.iter().map(|option| option.name) {
                self.line(&format!("if (call->{bound}_ms >= 0) {{"));
                self.line(&format!(
                    "    {function}_args_set_{bound}_ms(args, (uint64_t)call->{bound}_ms);"
                ));
                self.line("}");
            }
        }
        let place = if matches!(output, Output::Nothing) {
            ""
        } else {
            "&out, "
        };
        self.line("agent_begin(call);");
        if let Output::Page(_, item) = &output {
            self.items(&ids, item);
        }
        if self.call.waits {
            self.line(&format!("status = {function}({ids}{place}&error);"));
        } else {
            self.line("if (call->mode == AGENT_RAW) {");
            self.line(&format!(
                "    status = {function}_raw({ids}{place}&response, &error);"
            ));
            self.line("} else {");
            self.line(&format!("    status = {function}({ids}{place}&error);"));
            self.line("}");
        }
        self.line("if (agent_ended(call, status, error, response)) {");
        for line in told(&output) {
            self.line(&format!("    {line}"));
        }
        self.line("}");
        for free in std::mem::take(&mut self.frees).into_iter().rev() {
            self.line(&free);
        }
        self.text
    }

    /// Makes the arguments; gives what a call takes before its results.
    fn arguments(&mut self) -> String {
        let function = self.function.clone();
        let mut ids = vec!["client".to_owned()];
        let mut required = Vec::new();
        let mut after = Vec::new();
        for param in self.call.params {
            if param.location == Location::Origin {
                ids.extend(self.value(&param.name, &param.ty));
            } else if param.location == Location::Path {
                // An id is plain text or a number; what else a path may hold is written as text.
                let reader = if param.ty == Type::Integer {
                    "integer"
                } else {
                    "text"
                };
                ids.push(format!("agent_{reader}(call, {:?})", param.name));
            } else if param.required {
                let (given, later) = self.required(param);
                required.extend(given);
                after.extend(later);
            } else {
                after.push(self.set(param));
            }
        }
        self.line(&format!(
            "{function}_args *args = {function}_args_new({});",
            required.join(", ")
        ));
        self.frees.push(format!("{function}_args_free(args);"));
        for lines in after {
            self.text.push_str(&lines);
        }
        ids.push("args, ".to_owned());
        ids.join(", ")
    }

    /// What `_new` takes for an argument, and what a setter has to say afterwards.
    fn required(&mut self, param: &Param) -> (Vec<String>, Option<String>) {
        let null = param.nullable.then(|| self.null(param));
        match &param.ty {
            // Some listed value, until the setter of the text says which one it really is.
            Type::Enum(of) => {
                let listed = self.api.enumeration(of).values.first();
                let ending =
                    listed.map_or_else(|| "UNKNOWN".to_owned(), |it| constant_ending(&it.name));
                (
                    vec![self.names.constant(of, &ending)],
                    Some(self.set(param)),
                )
            }
            Type::List(item) if matches!(item.as_ref(), Type::Enum(_)) => (
                vec!["NULL".to_owned(), "0".to_owned()],
                Some(self.set(param)),
            ),
            Type::StringOrInteger => (vec!["NULL".to_owned()], Some(self.set(param))),
            ty => (self.value(&param.name, ty), null),
        }
    }

    /// Statements that set an argument, if it was given.
    fn set(&mut self, param: &Param) -> String {
        let name = &param.name;
        let set = format!("{}_args_set_{name}", self.function);
        let value = match &param.ty {
            Type::StringOrInteger => {
                return format!(
                    "    if (agent_has(call, {name:?}) && agent_is_number(call, {name:?})) {{\n        \
                     {set}_integer(args, agent_integer(call, {name:?}));\n    \
                     }} else if (agent_has(call, {name:?})) {{\n        \
                     {set}(args, agent_text(call, {name:?}));\n    }}\n"
                );
            }
            Type::Enum(_) => format!("{set}_string(args, agent_text(call, {name:?}));"),
            Type::List(item) if matches!(item.as_ref(), Type::Enum(_)) => {
                format!(
                    "{set}_strings(args, agent_texts(call, {name:?}), agent_count(call, {name:?}));"
                )
            }
            ty => format!("{set}(args, {});", self.value(name, ty).join(", ")),
        };
        let null = if param.nullable {
            self.null(param)
        } else {
            String::new()
        };
        format!("    if (agent_has(call, {name:?})) {{\n        {value}\n    }}\n{null}")
    }

    fn null(&self, param: &Param) -> String {
        format!(
            "    if (agent_is_null(call, {0:?})) {{\n        {1}_args_set_{0}_null(args);\n    }}\n",
            param.name, self.function
        )
    }

    /// Expressions for what a function takes for a value; what they refer to is declared before.
    fn value(&mut self, name: &str, ty: &Type) -> Vec<String> {
        let read = |reader: &str| format!("agent_{reader}(call, {name:?})");
        match ty {
            Type::String | Type::Timestamp | Type::StringOrInteger | Type::Enum(_) => {
                vec![read("text")]
            }
            Type::Integer => vec![read("integer")],
            Type::Number => vec![read("number")],
            Type::Boolean => vec![read("flag")],
            Type::Model(of) => {
                let model = self.names.model(of);
                self.line(&format!("{model} *made_{name} = NULL;"));
                self.line(&format!("if (agent_has(call, {name:?})) {{"));
                self.line(&format!(
                    "    agent_check(call, {model}_from_json({}, &made_{name}, NULL));",
                    read("json")
                ));
                self.line("}");
                self.frees.push(format!("{model}_free(made_{name});"));
                vec![format!("made_{name}")]
            }
            Type::List(item) => match item.as_ref() {
                Type::String => vec![read("texts"), read("count")],
                Type::Integer => vec![read("integers"), read("count")],
                Type::Number => vec![read("numbers"), read("count")],
                Type::Boolean => vec![read("flags"), read("count")],
                Type::Model(of) => {
                    let model = self.names.model(of);
                    self.line(&format!(
                        "{model} **made_{name} = calloc({} + 1, sizeof *made_{name});",
                        read("count")
                    ));
                    self.line(&format!(
                        "for (size_t i = 0; i < {}; i++) {{",
                        read("count")
                    ));
                    self.line(&format!(
                        "    agent_check(call, {model}_from_json(agent_texts(call, {name:?})[i], &made_{name}[i], NULL));"
                    ));
                    self.line("}");
                    self.frees.push(format!("free(made_{name});"));
                    self.frees.push(format!(
                        "for (size_t i = 0; i < {}; i++) {{\n        {model}_free(made_{name}[i]);\n    }}",
                        read("count")
                    ));
                    vec![
                        format!("(const {model} *const *)made_{name}"),
                        read("count"),
                    ]
                }
                _ => vec![read("json")],
            },
            Type::Union(_) | Type::Map(_) | Type::Json => vec![read("json")],
        }
    }

    fn items(&mut self, ids: &str, item: &str) {
        let function = self.function.clone();
        self.line("if (call->mode == AGENT_ITEMS) {");
        self.line(&format!("    {item}_iter *iterator = NULL;"));
        self.line(&format!("    const {item} *item = NULL;"));
        self.line(&format!(
            "    status = {function}_iter({ids}&iterator, &error);"
        ));
        self.line("    while (status == SNAPLINE_OK && agent_wants_more(call)) {");
        self.line(&format!(
            "        status = {item}_iter_next(iterator, &item, &error);"
        ));
        self.line("        if (status != SNAPLINE_OK || item == NULL) {");
        self.line("            break;");
        self.line("        }");
        self.line(&format!(
            "        AGENT_TELL(call, agent_item, {item}, item);"
        ));
        self.line("    }");
        self.line("    if (agent_ended(call, status, error, NULL)) {");
        self.line("        agent_items(call);");
        self.line("    }");
        self.line(&format!("    {item}_iter_free(iterator);"));
        for free in self.frees.clone().iter().rev() {
            self.line(&format!("    {free}"));
        }
        self.line("    return;");
        self.line("}");
    }
}

/// Statements that tell what came out.
fn told(output: &Output) -> Vec<String> {
    let each = |list: &str, item: &str| {
        vec![
            format!("for (size_t i = 0; i < {list}_count(out); i++) {{"),
            format!("    AGENT_TELL(call, agent_item, {item}, {list}_at(out, i));"),
            "}".to_owned(),
        ]
    };
    match output {
        Output::Nothing => vec!["agent_nothing(call);".to_owned()],
        Output::Object(ty) => vec![format!("AGENT_TELL(call, agent_value, {ty}, out);")],
        Output::List(list, item) => {
            let mut lines = each(list, item);
            lines.push("agent_list(call);".to_owned());
            lines
        }
        Output::Page(page, item) => {
            let mut lines = each(page, item);
            lines.push(format!(
                "agent_page(call, {page}_total(out), {page}_next_page(out));"
            ));
            lines
        }
        Output::Text { json: true } => vec!["agent_value(call, out);".to_owned()],
        Output::Text { json: false } => vec!["agent_string(call, out);".to_owned()],
    }
}
