//! A C program that calls every exported function with NULL in each place where a pointer goes, on a
//! closed client, and in a child process. It is made from the header, so that no function is left out.

use std::fmt::Write as _;

use crate::c_header::{CFunction, CHeader};

/// What stands before the functions.
const HEAD: &str = include_str!("null_matrix.c");

/// The program's text.
pub(crate) fn program_text(header: &CHeader) -> String {
    let mut out = HEAD.to_owned();
    let matrix = Matrix { header };
    let clients: Vec<&String> = header
        .handles
        .iter()
        .filter(|it| it.ends_with("_client"))
        .collect();
    for client in &clients {
        let _ = writeln!(out, "ONE_CLIENT({client})");
    }
    for handle in &header.handles {
        let _ = writeln!(out, "static {handle} *make_{handle}(void);");
    }
    // One that no function of these providers takes would not be used.
    let taken = |callback: &&CFunction| {
        let mut params = header.functions.iter().flat_map(|it| &it.params);
        params.any(|(ty, _)| *ty == callback.name)
    };
    for callback in header.callbacks.iter().filter(taken) {
        matrix.callback(&mut out, callback);
    }
    for handle in &header.handles {
        matrix.maker(&mut out, handle);
    }
    for function in &header.functions {
        matrix.test(&mut out, function);
    }
    out.push_str("\nstatic const test tests[] = {\n");
    for function in &header.functions {
        let closed = u8::from(takes_client(function));
        let _ = writeln!(out, "    {{\"{0}\", test_{0}, {closed}}},", function.name);
    }
    out.push_str("    {NULL, NULL, 0},\n};\n");
    for (name, each) in [
        ("open_clients", "open_CLIENT(&closed_CLIENT);"),
        ("close_clients", "CLIENT_close(closed_CLIENT);"),
        ("free_clients", "CLIENT_free(closed_CLIENT);"),
    ] {
        let all: Vec<String> = clients
            .iter()
            .map(|it| format!("    {}\n", each.replace("CLIENT", it)))
            .collect();
        let _ = writeln!(out, "\nstatic void {name}(void)\n{{\n{}}}", all.concat());
    }
    // Answers and errors are the same whoever they come from.
    let client = clients.first().map_or("void", |it| it.as_str());
    out.push_str(&include_str!("null_matrix_main.c").replace("CLIENT", client));
    out
}

struct Matrix<'a> {
    header: &'a CHeader,
}

/// A value that is passed.
struct Passed {
    /// Statements before the call.
    before: String,
    /// The expression.
    value: String,
    /// Statements after the call.
    after: String,
}

impl Matrix<'_> {
    /// A statement that frees a handle; nothing for one that is only lent.
    fn free(&self, handle: &str, what: &str) -> String {
        let lent = handle.ends_with("_client") || self.has(&format!("{handle}_free")).is_none();
        if lent {
            String::new()
        } else {
            format!("    {handle}_free({what});\n")
        }
    }

    fn has(&self, name: &str) -> Option<&CFunction> {
        self.header.functions.iter().find(|it| it.name == name)
    }

    /// The function that says what this one takes: other forms of a call take what the call does.
    fn told<'t>(&'t self, function: &'t CFunction) -> &'t CFunction {
        let base = ["_async", "_iter"]
            .into_iter()
            .find_map(|form| function.name.strip_suffix(form));
        base.and_then(|base| self.has(base)).unwrap_or(function)
    }

    fn handle_of<'t>(&self, ty: &'t str) -> Option<&'t str> {
        let name = ty.trim_start_matches("const ").split([' ', '*']).next()?;
        self.header.handles.contains(name).then_some(name)
    }

    /// A function that the library calls back: it counts, and frees what it is given.
    fn callback(&self, out: &mut String, callback: &CFunction) {
        let params: Vec<String> = callback
            .params
            .iter()
            .map(|(ty, name)| format!("{ty}{}{name}", gap(ty)))
            .collect();
        let _ = writeln!(
            out,
            "static {} on_{}({})\n{{",
            callback.returns,
            callback.name,
            params.join(", ")
        );
        let outcome = callback.params.iter().any(|(_, name)| name == "error");
        for (ty, name) in &callback.params {
            match self.handle_of(ty) {
                Some(handle)
                    if !ty.starts_with("const ")
                        && self.has(&format!("{handle}_free")).is_some() =>
                {
                    let _ = writeln!(out, "    {handle}_free({name});");
                }
                _ if ty == "char *" => {
                    let _ = writeln!(out, "    snapline_string_free({name});");
                }
                _ => {
                    let _ = writeln!(out, "    (void){name};");
                }
            }
        }
        if outcome {
            out.push_str("    count_told(status);\n");
        }
        match callback.returns.as_str() {
            "void" => {}
            "bool" => out.push_str("    return true;\n"),
            _ => out.push_str("    return NULL;\n"),
        }
        out.push_str("}\n");
    }

    /// How a live handle is got, where that can be without an answer.
    fn maker(&self, out: &mut String, handle: &str) {
        let _ = writeln!(out, "static {handle} *make_{handle}(void)\n{{");
        let new = self.has(&format!("{handle}_new"));
        let from_json = self.has(&format!("{handle}_from_json"));
        let by_call = self.header.functions.iter().find(|it| {
            // A client's other calls need an answer.
            (it.name.ends_with("_iter") || !takes_client(it))
                && it
                    .params
                    .iter()
                    .any(|(ty, _)| *ty == format!("{handle} **"))
        });
        if handle.ends_with("_client") {
            // The one that is there already; it is closed.
            let _ = writeln!(out, "    return closed_{handle};\n}}");
            return;
        }
        if handle == "snapline_settings" {
            out.push_str("    return good_settings();\n}\n");
            return;
        }
        if handle == "snapline_error" || handle == "snapline_response" {
            let _ = writeln!(
                out,
                "    return make_{}();\n}}",
                handle.trim_start_matches("snapline_")
            );
            return;
        }
        match (new, from_json, by_call) {
            (Some(new), _, _) => {
                let mut call = Call::default();
                for (index, _) in new.params.iter().enumerate() {
                    call.add(self.good(new, index));
                }
                let _ = writeln!(
                    out,
                    "{}    {handle} *made = {}({});",
                    call.before,
                    new.name,
                    call.values.join(", ")
                );
                for bound in ["set_timeout_ms", "set_wait_timeout_ms"] {
                    if self.has(&format!("{handle}_{bound}")).is_some() {
                        let _ = writeln!(out, "    {handle}_{bound}(made, 5);");
                    }
                }
                let _ = writeln!(
                    out,
                    "{}    return need(made, \"{handle}\");\n}}",
                    call.after
                );
            }
            (None, Some(_), _) => {
                let _ = writeln!(
                    out,
                    "    {handle} *made = NULL;\n    {handle}_from_json({}, &made, NULL);\n    return need(made, \"{handle}\");\n}}",
                    c_string(&self.json_of(handle, 0))
                );
            }
            (None, None, Some(call)) => {
                let mut made = Call::default();
                for (index, (ty, _)) in call.params.iter().enumerate() {
                    if *ty == format!("{handle} **") {
                        made.values.push("&made".to_owned());
                    } else if ty == "snapline_error **" {
                        made.values.push("NULL".to_owned());
                    } else {
                        made.add(self.good(call, index));
                    }
                }
                let _ = writeln!(
                    out,
                    "    {handle} *made = NULL;\n{}    {}({});\n{}    return need(made, \"{handle}\");\n}}",
                    made.before,
                    call.name,
                    made.values.join(", "),
                    made.after
                );
            }
            // A list or a page comes with an answer alone, a record with a call of the library's; each of
            // their functions has one pointer.
            (None, None, None) => out.push_str("    return NULL;\n}\n"),
        }
    }

    /// An object of a handle's type as JSON, told by its getters.
    fn json_of(&self, handle: &str, depth: usize) -> String {
        let begins = format!("{handle}_");
        let mut members = Vec::new();
        for getter in &self.header.functions {
            let (Some(name), [(ty, _)]) =
                (getter.name.strip_prefix(&begins), getter.params.as_slice())
            else {
                continue;
            };
            if *ty != format!("const {handle} *") || name.starts_with("has_") {
                continue;
            }
            let (name, value) = match (name.strip_suffix("_count"), getter.returns.as_str()) {
                (Some(list), _) => (list, "[]".to_owned()),
                (None, "bool") => (name, "true".to_owned()),
                (None, "int64_t" | "double") => (name, "1".to_owned()),
                // What may be a time is one.
                (None, "const char *") => (name, "\"2026-03-04T05:06:07Z\"".to_owned()),
                (None, returns) if self.header.enums.contains(returns) => {
                    (name, "\"x\"".to_owned())
                }
                (None, returns) => match self.handle_of(returns) {
                    Some(part) if depth < 5 => (name, self.json_of(part, depth + 1)),
                    _ => continue,
                },
            };
            // The service's spelling is one of these; what it does not know is ignored.
            let spoken = name.to_owned();
            members.push(format!("\"{spoken}\":{value}"));
            let camel = camel(name);
            if camel != spoken {
                members.push(format!("\"{camel}\":{value}"));
            }
        }
        format!("{{{}}}", members.join(","))
    }

    /// A good value for a parameter.
    fn good(&self, function: &CFunction, index: usize) -> Passed {
        let plain = |value: &str| Passed {
            before: String::new(),
            value: value.to_owned(),
            after: String::new(),
        };
        let Some((ty, name)) = function.params.get(index) else {
            return plain("0");
        };
        let counted = function
            .params
            .get(index + 1)
            .is_some_and(|(_, next)| *next == format!("{name}_count"));
        let own = format!("own_{name}");
        let made = |before: String, value: String, after: String| Passed {
            before,
            value,
            after,
        };
        if self.header.callbacks.iter().any(|it| it.name == *ty) {
            return plain(&format!("on_{ty}"));
        }
        if let Some(handle) = self.handle_of(ty) {
            if counted {
                return made(
                    format!(
                        "    {handle} *{own} = make_{handle}();\n    const {handle} *list_{name}[] = {{{own}}};\n"
                    ),
                    format!("list_{name}"),
                    self.free(handle, &own),
                );
            }
            if ty.ends_with("**") {
                let after = if ty.starts_with("const ") {
                    String::new()
                } else {
                    format!("    {handle}_free({own});\n")
                };
                return made(
                    format!("    {ty}{own} = NULL;\n").replace("**", "*"),
                    format!("&{own}"),
                    after,
                );
            }
            // The client is everybody's.
            let after = self.free(handle, &own);
            return made(
                format!("    {handle} *{own} = make_{handle}();\n"),
                own,
                after,
            );
        }
        match ty.as_str() {
            "const char *" if function.name.ends_with("_from_json") => plain(&c_string(
                &self.json_of(function.name.trim_end_matches("_from_json"), 0),
            )),
            "const char *" if name.ends_with("json") => plain("\"{}\""),
            "const char *" if name == "method" => plain("\"GET\""),
            "const char *" if name == "path" => plain("\"/v2/x\""),
            "const char *" => plain("\"x\""),
            "const char *const *" => plain("texts"),
            "char **" => made(
                format!("    char *{own} = NULL;\n"),
                format!("&{own}"),
                format!("    snapline_string_free({own});\n"),
            ),
            "char *" => plain("NULL"),
            "void *" => plain("&marker"),
            "const int64_t *" => plain("integers"),
            "const int32_t *" => plain("choices"),
            "const double *" => plain("numbers"),
            "const bool *" => plain("flags"),
            pointer if pointer.ends_with('*') => {
                let value = pointer.trim_end_matches('*').trim();
                made(
                    format!("    {value} {own} = 0;\n"),
                    format!("&{own}"),
                    format!("    (void){own};\n"),
                )
            }
            _ => plain("1"),
        }
    }

    fn test(&self, out: &mut String, function: &CFunction) {
        let pointers: Vec<usize> = function
            .params
            .iter()
            .enumerate()
            .filter(|(_, (ty, _))| ty.contains('*') || ty.ends_with("_callback"))
            .map(|(index, _)| index)
            .collect();
        let _ = writeln!(out, "\nstatic void test_{}(void)\n{{", function.name);
        let count = pointers.len();
        // -1 has none that is NULL, and the last has all.
        let _ = writeln!(out, "    for (int null = -1; null <= {count}; null++) {{");
        let frees = function.name.ends_with("_free") || function.name.ends_with("_client_close");
        let mut call = Call::default();
        for (index, (ty, name)) in function.params.iter().enumerate() {
            let mut good = self.good(function, index);
            if frees {
                good.after.clear();
                if let Some(handle) = self.handle_of(ty).filter(|it| it.ends_with("_client")) {
                    good.before = format!("    {handle} *own_{name} = NULL;\n");
                    if function.name.ends_with("_free") {
                        good.before
                            .push_str(&format!("    open_{handle}(&own_{name});\n"));
                    } else {
                        good.before = format!("    {handle} *own_{name} = closed_{handle};\n");
                    }
                }
            }
            if let Some(place) = pointers.iter().position(|it| *it == index) {
                let ty_of = if ty == "char *" { "char *" } else { ty };
                let value = good.value.clone();
                let _ = writeln!(
                    good.before,
                    "    {ty_of}{}given_{name} = null == {place} || null == {count} ? NULL : {value};",
                    gap(ty)
                );
                good.value = format!("given_{name}");
                if frees && ty != "char *" {
                    // What is not given away is freed here.
                    if let Some(handle) = self.handle_of(ty)
                        && function.name.ends_with("_free")
                    {
                        good.after = format!(
                            "    if (given_{name} == NULL) {{\n        {handle}_free(own_{name});\n    }}\n"
                        );
                    }
                }
            }
            call.add(good);
        }
        let values = call.values.join(", ");
        let name = &function.name;
        let _ = write!(out, "{}", call.before.replace("    ", "        "));
        match function.returns.as_str() {
            "void" => {
                let _ = writeln!(out, "        {name}({values});");
            }
            returns => {
                let _ = writeln!(
                    out,
                    "        {returns}{}got = {name}({values});",
                    gap(returns)
                );
                self.judge(out, function, &pointers);
            }
        }
        let _ = writeln!(
            out,
            "        calls++;\n{}    }}\n}}",
            call.after.replace("    ", "        ")
        );
    }

    /// What must come out where a pointer is NULL.
    fn judge(&self, out: &mut String, function: &CFunction, pointers: &[usize]) {
        let error = function
            .params
            .iter()
            .any(|(ty, _)| ty == "snapline_error **");
        let status = function.returns == "snapline_status";
        let error_of = if error { "own_error" } else { "NULL" };
        for (place, index) in pointers.iter().enumerate() {
            let Some((ty, name)) = function.params.get(*index) else {
                continue;
            };
            let told = self.told(function).doc_of(name);
            // What holds for every function is said once, at the top of core.h.
            let everywhere = ["error", "options", "response", "user_data"];
            let optional = everywhere.contains(&name.as_str())
                || (told.contains("NULL") && !told.contains("not NULL"));
            // A setter says nothing of its handle: none takes NULL.
            let sets = function.name.contains("_set_") || function.name.contains("_add_");
            let handle = *index == 0 && sets && self.handle_of(ty).is_some();
            if status && (handle || !optional) {
                let _ = writeln!(
                    out,
                    "        if (null == {place}) {{\n            refused(\"{}\", \"{name}\", got, {error_of}, {});\n        }}",
                    function.name,
                    u8::from(error)
                );
            } else if status && takes_client(function) {
                let _ = writeln!(
                    out,
                    "        if (null == {place}) {{\n            not_refused(\"{}\", \"{name}\", got, {error_of});\n        }}",
                    function.name
                );
            } else if !status && function.name.ends_with("_new") && !optional {
                let _ = writeln!(
                    out,
                    "        if (null == {place}) {{\n            check(got == NULL, \"{}\", \"{name}\");\n        }}",
                    function.name
                );
            } else if !status && !function.name.ends_with("_new") && *index == 0 {
                let _ = writeln!(
                    out,
                    "        if (null == {place}) {{\n            check(got == 0 || NEGATIVE(got), \"{}\", \"{name}\");\n        }}",
                    function.name
                );
            }
        }
        if status && takes_client(function) && error {
            let _ = writeln!(
                out,
                "        if (null == -1) {{\n            whole(\"{}\", got, own_error);\n        }}",
                function.name
            );
        }
        if function.name.ends_with("_new") {
            let handle = function.returns.trim_end_matches('*').trim().to_owned();
            if self.header.handles.contains(&handle) {
                let _ = writeln!(out, "        {handle}_free(got);");
            }
        }
        if function.name.ends_with("_async") {
            out.push_str("        count_begun(got);\n");
        }
        out.push_str("        (void)got;\n");
    }
}

#[derive(Default)]
struct Call {
    before: String,
    values: Vec<String>,
    after: String,
}

impl Call {
    fn add(&mut self, passed: Passed) {
        self.before.push_str(&passed.before);
        self.values.push(passed.value);
        self.after.push_str(&passed.after);
    }
}

/// `created_at` as `createdAt`.
fn camel(name: &str) -> String {
    let mut words = name.split('_');
    let mut text = words.next().unwrap_or_default().to_owned();
    for word in words {
        let mut letters = word.chars();
        text.extend(letters.next().map(|first| first.to_ascii_uppercase()));
        text.extend(letters);
    }
    text
}

fn c_string(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

fn takes_client(function: &CFunction) -> bool {
    function
        .params
        .first()
        .is_some_and(|(ty, _)| ty.starts_with("const ") && ty.ends_with("_client *"))
}

/// What stands between a type and a name.
fn gap(ty: &str) -> &'static str {
    if ty.ends_with('*') { "" } else { " " }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_function_is_called_with_null_in_each_place() {
        let header = CHeader::parse(
            "typedef struct h_client h_client;\ntypedef struct h h;\n\
             /**\n * Makes.\n *\n * - name: NULL for none.\n * - out: set.\n */\n\
             snapline_status h_make(const h_client *client, const char *name, h **out);\n\
             void h_free(h *it);\nvoid h_client_free(h_client *client);\n",
        );
        let text = program_text(&header);
        assert!(text.contains("ONE_CLIENT(h_client)"));
        for function in ["h_make", "h_free", "h_client_free"] {
            assert!(
                text.contains(&format!("{{\"{function}\", test_{function},")),
                "{function}"
            );
        }
        assert!(text.contains("for (int null = -1; null <= 3; null++)"));
        assert!(text.contains("refused(\"h_make\", \"client\", got, NULL, 0)"));
        assert!(text.contains("not_refused(\"h_make\", \"name\", got, NULL)"));
        assert!(text.contains("refused(\"h_make\", \"out\", got, NULL, 0)"));
    }

    #[test]
    fn names_are_spoken_as_services_do() {
        assert_eq!(camel("created_at"), "createdAt");
        assert_eq!(c_string("a\"\\"), "\"a\\\"\\\\\"");
    }
}
