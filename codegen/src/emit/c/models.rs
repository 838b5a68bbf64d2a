//! Models: a handle for each, with getters, and builders for those that are sent.

use std::collections::BTreeMap;

use heck::ToSnakeCase;

use super::Names;
use super::args::{Input, Owner, Settable, described, input, numbers_of, setters};
use super::names::handle;
use super::writer::{Claims, Function, Writer};
use crate::emit::rust::{ident, type_ident};
use crate::error::Result;
use crate::ir::words;
use crate::ir::{Api, Field, Model, ModelId, Resource, Returns, Type};

/// Models by the first word of their names, which keeps the files small.
pub(super) fn groups(api: &Api) -> Vec<(String, Vec<&Model>)> {
    let mut groups: BTreeMap<String, Vec<&Model>> = BTreeMap::new();
    for model in api
        .models
        .iter()
        .filter(|model| !model.envelope && (model.received || model.sent))
    {
        let words = model.name.to_snake_case();
        let first = words.split('_').next().unwrap_or(&words).to_owned();
        groups.entry(first).or_default().push(model);
    }
    groups.into_iter().collect()
}

/// The file of one group.
pub(super) fn models(
    api: &Api,
    names: &Names,
    members: &[&Model],
    claims: &mut Claims,
) -> Result<String> {
    let mut out = Writer::file("Objects as C sees them: handles with getters that borrow.");
    out.line("#![allow(unused_imports, reason = \"not every group has every kind of field\")]\n");
    out.line("use std::ffi::{c_char, c_void};\n");
    out.line(&format!("use {}::{{Client, models}};", names.crate_name()));
    out.line(
        "use snapline_runtime::{Error, Nullable, Page, StringOrInteger, Timestamp};\n\n\
         use super::*;\n\
         use crate::error::snapline_error;\n\
         use crate::generated::status::snapline_status;\n\
         use crate::guard::{Faulty, call, free, get, make, part, set};\n\
         use crate::handle::{Out, write};\n\
         use crate::input::{borrow, borrow_mut, choice, choices, json, keep, list, text, texts};\n\
         use crate::shape::{Choice, Either, Json, Shape, Stamp, Text, pointer};\n\
         use crate::string::give_json;\n\
         use crate::walk::Walk;",
    );
    out.line(&format!(
        "use crate::generated::{}::enums::*;\n",
        api.provider.name
    ));
    for model in members {
        Emitter {
            api,
            names,
            model,
            ty: names.model(&model.name),
            param: handle(&model.name),
        }
        .write(&mut out, claims)?;
    }
    Ok(out.into_text())
}

struct Emitter<'a> {
    api: &'a Api,
    names: &'a Names,
    model: &'a Model,
    ty: String,
    param: String,
}

impl Emitter<'_> {
    fn write(&self, out: &mut Writer, claims: &mut Claims) -> Result<()> {
        let Self { model, ty, .. } = self;
        claims.claim(ty, &format!("the model {}", model.name))?;
        let made = if model.sent {
            format!("Make one with {ty}_new; change it from one thread at a time.")
        } else {
            "Reading it is safe from any number of threads.".to_owned()
        };
        out.doc(
            &format!(
                "{}\n\nFree one that you own with {ty}_free; one that a getter returns is borrowed and lives as \
                 long as what it is part of. {made}",
                model.doc
            ),
            "",
        );
        self.shape(out);
        out.section(&format!("{}: {}", self.api.provider.client, model.name));
        if model.sent {
            self.builder(out, claims)?;
        }
        for field in &model.fields {
            self.getters(out, claims, field)?;
        }
        self.json(out, claims)?;
        self.end(
            out,
            claims,
            ty,
            &self.param,
            "an object that you own; texts and parts borrowed from it go with it",
        )?;
        let used = Used::of(self.api, &model.name);
        if used.one {
            callback(out, claims, ty)?;
        }
        if used.list {
            self.list(out, claims)?;
        }
        if used.page {
            self.page(out, claims)?;
            self.iterator(out, claims)?;
        }
        Ok(())
    }

    /// The struct, and how it is made from and turned into the Rust model.
    fn shape(&self, out: &mut Writer) {
        let Self { model, ty, .. } = self;
        let rust = type_ident(&model.name);
        out.line(&format!("pub struct {ty} {{"));
        if model.sent {
            out.line("    fault_: Option<Error>,");
        }
        for field in &model.fields {
            out.line(&format!(
                "    {}: {},",
                ident(&field.name),
                self.kept(field)
            ));
        }
        out.line("}\n");
        out.line(&format!(
            "impl Shape for {ty} {{\n    type Rust = models::{rust};\n"
        ));
        out.line(&format!(
            "    fn from_rust(value: models::{rust}) -> Self {{\n        Self {{"
        ));
        if model.sent {
            out.line("            fault_: None,");
        }
        for field in &model.fields {
            let name = ident(&field.name);
            out.line(&format!(
                "            {name}: Shape::from_rust(value.{name}),"
            ));
        }
        out.line(&format!(
            "        }}\n    }}\n\n    fn to_rust(&self) -> models::{rust} {{"
        ));
        let mut given: Vec<&Field> = Vec::new();
        if model.received {
            out.line(&format!(
                "        let mut value = models::{rust}::default();"
            ));
        } else {
            given = model
                .fields
                .iter()
                .filter(|field| !field.can_be_absent() && !field.read_only)
                .collect();
            let arguments: Vec<String> = given
                .iter()
                .map(|field| format!("self.{}.to_rust()", ident(&field.name)))
                .collect();
            out.line(&format!(
                "        let mut value = models::{rust}::new({});",
                arguments.join(", ")
            ));
        }
        for field in &model.fields {
            if !given.iter().any(|other| other.name == field.name) {
                let name = ident(&field.name);
                out.line(&format!("        value.{name} = self.{name}.to_rust();"));
            }
        }
        out.line("        value\n    }\n}\n");
        if model.sent {
            out.line(&format!(
                "impl Faulty for {ty} {{\n    fn fault(&mut self) -> &mut Option<Error> {{\n        &mut self.fault_\n    }}\n}}\n"
            ));
            out.line(&format!(
                "impl {ty} {{\n    /// The object as an argument, unless a value of it could not be taken.\n    \
                 pub(crate) fn checked(&self) -> Result<models::{rust}, Error> {{\n        \
                 self.fault_.clone().map_or_else(|| Ok(self.to_rust()), Err)\n    }}\n}}\n"
            ));
        }
    }

    fn is_nullable(&self, field: &Field) -> bool {
        self.model.tells_null(field)
    }

    /// The type a field is kept as.
    fn kept(&self, field: &Field) -> String {
        let ty = self.shaped(&field.ty);
        if self.is_nullable(field) {
            format!("Option<Nullable<{ty}>>")
        } else if field.can_be_absent() {
            format!("Option<{ty}>")
        } else {
            ty
        }
    }

    fn shaped(&self, ty: &Type) -> String {
        match ty {
            Type::String => "Text".to_owned(),
            Type::Integer => "i64".to_owned(),
            Type::Number => "f64".to_owned(),
            Type::Boolean => "bool".to_owned(),
            Type::Timestamp => "Stamp".to_owned(),
            Type::StringOrInteger => "Either".to_owned(),
            Type::Enum(name) => format!("Choice<models::{}>", type_ident(name)),
            Type::Model(name) => self.names.model(name),
            Type::List(item) if has_form(item) => format!("Vec<{}>", self.shaped(item)),
            Type::List(_) | Type::Map(_) | Type::Json | Type::Union(_) => {
                format!("Json<{}>", self.names.rust(ty))
            }
        }
    }

    /// An expression of type `Option<&the kept type>`, of `it`.
    fn found(&self, field: &Field) -> String {
        let name = ident(&field.name);
        if self.is_nullable(field) {
            format!("it.{name}.as_ref().and_then(Nullable::as_option)")
        } else if field.can_be_absent() {
            format!("it.{name}.as_ref()")
        } else {
            format!("Some(&it.{name})")
        }
    }

    fn getter(
        &self,
        out: &mut Writer,
        claims: &mut Claims,
        field: &Field,
        getter: &Getter<'_>,
    ) -> Result<()> {
        let mut params = vec![(self.param.clone(), format!("*const {}", self.ty))];
        params.extend(
            getter
                .params
                .iter()
                .map(|(name, ty)| ((*name).to_owned(), (*ty).to_owned())),
        );
        let read = getter.read.replace("FOUND", &self.found(field));
        let read = format!(
            "unsafe {{ {}({}, |it| {read}) }}",
            getter.through, self.param
        );
        let body = match getter.wrap {
            Some(wrap) => format!("{wrap}({read})"),
            None => read,
        };
        let function = Function {
            name: format!("{}_{}", self.ty, getter.name),
            doc: getter.doc.clone(),
            params,
            returns: getter.returns,
            body: format!("// SAFETY: the header asks for NULL or a live handle.\n{body}"),
        };
        out.function(claims, function)
    }

    fn getters(&self, out: &mut Writer, claims: &mut Claims, field: &Field) -> Result<()> {
        let name = field.name.as_str();
        let absent = field.can_be_absent();
        let doc = field.doc.trim();
        let text = "*const c_char";
        let get = |name: String, doc: String, returns, read: &str| Getter {
            name,
            doc,
            params: vec![],
            returns,
            read: read.to_owned(),
            through: "get",
            wrap: None,
        };
        let null = if absent { " NULL if it is absent." } else { "" };
        let has = |out: &mut Writer, claims: &mut Claims| -> Result<()> {
            if !absent {
                return Ok(());
            }
            let doc = format!("Whether {name} is there; false for NULL.");
            self.getter(
                out,
                claims,
                field,
                &get(format!("has_{name}"), doc, "bool", "FOUND.is_some()"),
            )
        };
        match &field.ty {
            Type::String => {
                let told = format!("{doc} Borrowed from the handle.{null}");
                self.getter(
                    out,
                    claims,
                    field,
                    &get(name.to_owned(), told, text, "pointer(FOUND)"),
                )?;
                let told = format!(
                    "The length of {name} in bytes, which tells of a NUL inside it; 0 if it is absent."
                );
                let length = get(
                    format!("{name}_length"),
                    told,
                    "usize",
                    "FOUND.map_or(0, Text::len)",
                );
                self.getter(out, claims, field, &length)
            }
            Type::Timestamp => {
                let told = format!("{doc} The text as received, borrowed from the handle.{null}");
                self.getter(
                    out,
                    claims,
                    field,
                    &get(
                        name.to_owned(),
                        told,
                        text,
                        "pointer(FOUND.map(|stamp| &stamp.text))",
                    ),
                )?;
                let told = format!(
                    "Reads {name} in nanoseconds since the Unix epoch. Returns false, and writes nothing, if it is \
                     absent, is no RFC 3339 time, or lies outside the years 1678 to 2261."
                );
                self.number(
                    out,
                    claims,
                    field,
                    &format!("{name}_ns"),
                    &told,
                    "FOUND.and_then(|stamp| stamp.nanoseconds)",
                )
            }
            Type::StringOrInteger => {
                let told = format!("{doc} As a text, borrowed from the handle.{null}");
                self.getter(
                    out,
                    claims,
                    field,
                    &get(
                        name.to_owned(),
                        told,
                        text,
                        "pointer(FOUND.map(|either| &either.text))",
                    ),
                )?;
                let told = format!(
                    "Reads {name} as an integer. Returns false, and writes nothing, if it is none."
                );
                self.number(
                    out,
                    claims,
                    field,
                    &format!("{name}_integer"),
                    &told,
                    "FOUND.and_then(|either| either.integer)",
                )
            }
            Type::Integer | Type::Number | Type::Boolean => {
                let (returns, zero) = match &field.ty {
                    Type::Integer => ("i64", "0"),
                    Type::Number => ("f64", "0"),
                    _ => ("bool", "false"),
                };
                let told = if absent {
                    format!("{doc} {zero} if it is absent.")
                } else {
                    doc.to_owned()
                };
                self.getter(
                    out,
                    claims,
                    field,
                    &get(
                        name.to_owned(),
                        told,
                        returns,
                        "FOUND.copied().unwrap_or_default()",
                    ),
                )?;
                has(out, claims)
            }
            Type::Enum(of) => {
                let enumeration = self.names.enumeration(of);
                let wrap = format!("{enumeration}::of");
                let number = Getter {
                    wrap: Some(&wrap),
                    ..get(
                        name.to_owned(),
                        format!("{doc} UNKNOWN if it is absent or not listed."),
                        &enumeration,
                        "FOUND.map_or(0, |choice| choice.number)",
                    )
                };
                self.getter(out, claims, field, &number)?;
                let told =
                    format!("{name} as the string received, borrowed from the handle.{null}");
                let string = get(
                    format!("{name}_string"),
                    told,
                    text,
                    "FOUND.map_or(std::ptr::null(), Choice::as_ptr)",
                );
                self.getter(out, claims, field, &string)
            }
            Type::Model(of) => {
                let inner = self.names.model(of);
                let returns = format!("*const {inner}");
                let part = Getter {
                    through: "part",
                    ..get(
                        name.to_owned(),
                        format!("{doc} Borrowed from the handle: do not free it.{null}"),
                        &returns,
                        "FOUND",
                    )
                };
                self.getter(out, claims, field, &part)
            }
            Type::List(item) if has_form(item) => {
                let told = format!("How many items {name} has. {doc}");
                self.getter(
                    out,
                    claims,
                    field,
                    &get(
                        format!("{name}_count"),
                        told,
                        "usize",
                        "FOUND.map_or(0, Vec::len)",
                    ),
                )?;
                self.item(out, claims, field, item)?;
                has(out, claims)
            }
            Type::List(_) | Type::Map(_) | Type::Json | Type::Union(_) => {
                let told = format!("{doc} As JSON text, borrowed from the handle.{null}");
                self.getter(
                    out,
                    claims,
                    field,
                    &get(
                        format!("{name}_json"),
                        told,
                        text,
                        "pointer(FOUND.map(|json| &json.text))",
                    ),
                )
            }
        }
    }

    /// A getter that returns whether there is a number, and writes it.
    fn number(
        &self,
        out: &mut Writer,
        claims: &mut Claims,
        field: &Field,
        name: &str,
        doc: &str,
        read: &str,
    ) -> Result<()> {
        let read = read.replace("FOUND", &self.found(field));
        let body = format!(
            "let read = |it: &{}| {{\n    \
                 let Some(found) = {read} else {{\n        return false;\n    }};\n    \
                 // SAFETY: the header asks for NULL or a place for the number.\n    \
                 unsafe {{ write(out, found) }};\n    \
                 true\n\
             }};\n\
             // SAFETY: the header asks for NULL or a live handle.\n\
             unsafe {{ get({}, read) }}",
            self.ty, self.param
        );
        let function = Function {
            name: format!("{}_{name}", self.ty),
            doc: doc.to_owned(),
            params: vec![
                (self.param.clone(), format!("*const {}", self.ty)),
                ("out".to_owned(), "*mut i64".to_owned()),
            ],
            returns: "bool",
            body,
        };
        out.function(claims, function)
    }

    fn item(
        &self,
        out: &mut Writer,
        claims: &mut Claims,
        field: &Field,
        item: &Type,
    ) -> Result<()> {
        let name = field.name.as_str();
        let at = "FOUND.and_then(|items| items.get(index))";
        let get = |name: String, doc: String, returns, read: String| Getter {
            name,
            doc,
            params: vec![("index", "usize")],
            returns,
            read,
            through: "get",
            wrap: None,
        };
        let text = "*const c_char";
        let borrowed = format!(
            "An item of {name} by its index from 0, borrowed from the handle; NULL past the end."
        );
        match item {
            Type::String => {
                let read = format!("pointer({at})");
                self.getter(
                    out,
                    claims,
                    field,
                    &get(format!("{name}_at"), borrowed, text, read),
                )?;
                let told = format!(
                    "The length in bytes of an item of {name}, which tells of a NUL inside it; 0 past the end."
                );
                let read = format!("{at}.map_or(0, Text::len)");
                self.getter(
                    out,
                    claims,
                    field,
                    &get(format!("{name}_length_at"), told, "usize", read),
                )
            }
            Type::Timestamp => {
                let read = format!("pointer({at}.map(|stamp| &stamp.text))");
                self.getter(
                    out,
                    claims,
                    field,
                    &get(format!("{name}_at"), borrowed, text, read),
                )
            }
            Type::StringOrInteger => {
                let read = format!("pointer({at}.map(|either| &either.text))");
                self.getter(
                    out,
                    claims,
                    field,
                    &get(format!("{name}_at"), borrowed, text, read),
                )
            }
            Type::Enum(of) => {
                let enumeration = self.names.enumeration(of);
                let wrap = format!("{enumeration}::of");
                let told = format!(
                    "An item of {name} by its index from 0; UNKNOWN past the end or if it is not listed."
                );
                let number = Getter {
                    wrap: Some(&wrap),
                    ..get(
                        format!("{name}_at"),
                        told,
                        &enumeration,
                        format!("{at}.map_or(0, |choice| choice.number)"),
                    )
                };
                self.getter(out, claims, field, &number)?;
                let read = format!("{at}.map_or(std::ptr::null(), Choice::as_ptr)");
                self.getter(
                    out,
                    claims,
                    field,
                    &get(format!("{name}_string_at"), borrowed, text, read),
                )
            }
            Type::Model(of) => {
                let returns = format!("*const {}", self.names.model(of));
                let part = Getter {
                    through: "part",
                    ..get(format!("{name}_at"), borrowed, &returns, at.to_owned())
                };
                self.getter(out, claims, field, &part)
            }
            other => {
                let returns = match other {
                    Type::Integer => "i64",
                    Type::Number => "f64",
                    _ => "bool",
                };
                let told = format!("An item of {name} by its index from 0; zero past the end.");
                let read = format!("{at}.copied().unwrap_or_default()");
                self.getter(
                    out,
                    claims,
                    field,
                    &get(format!("{name}_at"), told, returns, read),
                )
            }
        }
    }

    /// `_new` with what is required, and setters.
    fn builder(&self, out: &mut Writer, claims: &mut Claims) -> Result<()> {
        let Self {
            names,
            model,
            ty,
            param,
            ..
        } = self;
        let given: Vec<&Field> = model
            .fields
            .iter()
            .filter(|field| !field.can_be_absent() && !field.read_only)
            .collect();
        let mut told = Vec::new();
        let mut params = Vec::new();
        let mut body = String::from("make(|| {\n");
        let mut binds = String::new();
        for field in &given {
            let input = input(names, &field.name, &field.ty);
            if let Some(missing) = &input.missing {
                body.push_str(&format!(
                    "    if {missing} {{\n        return None;\n    }}\n"
                ));
            }
            binds.push_str(&self.bind(field, &input));
            told.push(argument_line(
                names,
                &field.name,
                &field.ty,
                &field.doc,
                &field.rules,
                &input,
            ));
            params.extend(input.params);
        }
        if given.is_empty() {
            body.push_str("    let fault_ = None;\n");
        } else {
            body.push_str(&format!("    let mut fault_ = None;\n{binds}"));
        }
        body.push_str(&format!("    Some({ty} {{\n        fault_,\n"));
        for field in &model.fields {
            let name = ident(&field.name);
            let value = if given.iter().any(|other| other.name == field.name) {
                format!("Shape::from_rust(field_{})", field.name)
            } else if field.can_be_absent() {
                "None".to_owned()
            } else {
                "Shape::from_rust(Default::default())".to_owned()
            };
            body.push_str(&format!("        {name}: {value},\n"));
        }
        body.push_str("    })\n})");
        let doc = format!(
            "Makes one with what is required. Free it with {ty}_free.{}\n\n\
             Returns NULL only if a pointer that must be there is NULL. A value that cannot be taken is \
             reported by the call that uses the object.",
            listed(&told)
        );
        out.function(
            claims,
            Function {
                name: format!("{ty}_new"),
                doc,
                params,
                returns: &format!("*mut {ty}"),
                body,
            },
        )?;
        for field in model.fields.iter().filter(|field| !field.read_only) {
            let name = ident(&field.name);
            let value = "Shape::from_rust(value)";
            let (keep, null) = if self.is_nullable(field) {
                (
                    format!("Some(Nullable::Value({value}))"),
                    Some("Some(Nullable::Null)"),
                )
            } else if field.can_be_absent() {
                (format!("Some({value})"), field.nullable.then_some("None"))
            } else {
                (value.to_owned(), None)
            };
            let form = input(names, &field.name, &field.ty).form;
            let settable = Settable {
                name: &field.name,
                ty: &field.ty,
                doc: described(names, &field.doc, &field.rules, &field.ty, form),
                keep: format!("it.{name} = {keep};"),
                null: null.map(|null| format!("it.{name} = {null};")),
            };
            setters(out, claims, names, &Owner { ty, param }, &settable)?;
        }
        Ok(())
    }

    fn bind(&self, field: &Field, input: &Input) -> String {
        let name = &field.name;
        if let Type::Model(_) = &field.ty {
            // There is no zero value of an object: a faulty one is kept with its fault.
            let (c, _) = input.params.first().cloned().unwrap_or_default();
            return format!(
                "    // SAFETY: not NULL, and the header asks for a live handle.\n    \
                 let given = unsafe {{ &*{c} }};\n    \
                 keep(&mut fault_, given.checked());\n    \
                 let field_{name} = given.to_rust();\n"
            );
        }
        format!(
            "    {}    let field_{name} = keep(&mut fault_, {}).unwrap_or_default();\n",
            input.safety(),
            input.expression()
        )
    }

    fn json(&self, out: &mut Writer, claims: &mut Claims) -> Result<()> {
        let Self {
            ty, param, model, ..
        } = self;
        let error = ("error".to_owned(), "*mut *mut snapline_error".to_owned());
        out.function(
            claims,
            Function {
                name: format!("{ty}_to_json"),
                doc: "Writes the object as JSON, with the service's names.\n\n\
                     - out: set to a new text on success; free it with snapline_string_free.\n\
                     - error: NULL, or set to a new error on failure; free it with snapline_error_free."
                    .to_owned(),
                params: vec![
                    (param.clone(), format!("*const {ty}")),
                    ("out".to_owned(), "*mut *mut c_char".to_owned()),
                    error.clone(),
                ],
                returns: "snapline_status",
                body: format!(
                    "let body = || {{\n    \
                         // SAFETY: the header asks for a live handle and a place for the text.\n    \
                         let (it, out) = unsafe {{ (borrow({param:?}, {param})?, Out::new(\"out\", out)?) }};\n    \
                         out.put(give_json(&it.to_rust())?);\n    \
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
                name: format!("{ty}_from_json"),
                doc: format!(
                    "Makes one from JSON with the service's names. {}\n\n\
                     - json_text: an object as text, borrowed for the call.\n\
                     - out: set to a new handle on success; free it with {ty}_free.\n\
                     - error: NULL, or set to a new error on failure; free it with snapline_error_free.",
                    words::reading(model)
                ),
                params: vec![
                    ("json_text".to_owned(), "*const c_char".to_owned()),
                    ("out".to_owned(), format!("*mut *mut {ty}")),
                    error,
                ],
                returns: "snapline_status",
                body: format!(
                    "let body = || {{\n    \
                         // SAFETY: the header asks for a text and a place for the handle.\n    \
                         let (value, out) = unsafe {{ (json::<models::{}>(\"json_text\", json_text)?, Out::new(\"out\", out)?) }};\n    \
                         out.give({ty}::from_rust(value));\n    \
                         Ok(())\n\
                     }};\n\
                     // SAFETY: the header asks for NULL or a place for the error.\n\
                     unsafe {{ call(error, body) }}",
                    type_ident(&model.name)
                ),
            },
        )
    }

    fn end(
        &self,
        out: &mut Writer,
        claims: &mut Claims,
        ty: &str,
        param: &str,
        what: &str,
    ) -> Result<()> {
        out.function(
            claims,
            Function {
                name: format!("{ty}_free"),
                doc: format!("Frees {what}. NULL is fine."),
                params: vec![(param.to_owned(), format!("*mut {ty}"))],
                returns: "",
                body: format!(
                    "// SAFETY: the header asks for NULL or a handle that was not freed yet.\nunsafe {{ free({param}) }};"
                ),
            },
        )
    }

    fn counted(&self, out: &mut Writer, claims: &mut Claims, ty: &str, param: &str) -> Result<()> {
        out.function(
            claims,
            Function {
                name: format!("{ty}_count"),
                doc: format!("How many items the {param} has; 0 for NULL."),
                params: vec![(param.to_owned(), format!("*const {ty}"))],
                returns: "usize",
                body: format!(
                    "// SAFETY: the header asks for NULL or a live handle.\nunsafe {{ get({param}, |it| it.items.len()) }}"
                ),
            },
        )?;
        out.function(
            claims,
            Function {
                name: format!("{ty}_at"),
                doc: format!("The item at an index from 0, borrowed from the {param}; NULL past its end and for NULL."),
                params: vec![(param.to_owned(), format!("*const {ty}")), ("index".to_owned(), "usize".to_owned())],
                returns: &format!("*const {}", self.ty),
                body: format!(
                    "// SAFETY: the header asks for NULL or a live handle.\nunsafe {{ part({param}, |it| it.items.get(index)) }}"
                ),
            },
        )
    }

    fn list(&self, out: &mut Writer, claims: &mut Claims) -> Result<()> {
        let item = &self.ty;
        let ty = format!("{item}_list");
        claims.claim(&ty, "a list")?;
        out.doc(
            &format!("Items that a call returned. Free it with {ty}_free. Reading it is safe from any number of threads."),
            "",
        );
        out.line(&format!(
            "pub struct {ty} {{\n    items: Vec<{item}>,\n}}\n"
        ));
        out.line(&format!(
            "impl {ty} {{\n    /// The items that a call returned.\n    \
             pub(crate) fn from_rust(items: Vec<models::{}>) -> Self {{\n        Self {{ items: Shape::from_rust(items) }}\n    }}\n}}\n",
            type_ident(&self.model.name)
        ));
        self.counted(out, claims, &ty, "list")?;
        self.end(out, claims, &ty, "list", "a list and its items")?;
        callback(out, claims, &ty)
    }

    fn page(&self, out: &mut Writer, claims: &mut Claims) -> Result<()> {
        let item = &self.ty;
        let ty = format!("{item}_page");
        claims.claim(&ty, "a page")?;
        out.doc(
            &format!("One page of a list. Free it with {ty}_free. Reading it is safe from any number of threads."),
            "",
        );
        out.line(&format!(
            "pub struct {ty} {{\n    items: Vec<{item}>,\n    number: u64,\n    next: Option<u64>,\n    total: Option<u64>,\n}}\n"
        ));
        out.line(&format!(
            "impl {ty} {{\n    /// The page that a call returned.\n    \
             pub(crate) fn from_rust(page: Page<models::{}>) -> Self {{\n        \
             Self {{ number: page.number, next: page.next, total: page.total, items: Shape::from_rust(page.items) }}\n    }}\n}}\n",
            type_ident(&self.model.name)
        ));
        self.counted(out, claims, &ty, "page")?;
        let numbers = [
            (
                "number",
                "The number of this page, from 1; 0 for NULL.",
                "it.number",
            ),
            (
                "next_page",
                "The number of the next page; 0 if this is the last one.",
                "it.next.unwrap_or(0)",
            ),
            (
                "total",
                "How many items all pages have together; -1 if the service does not say.",
                "TOTAL",
            ),
        ];
        for (name, doc, read) in numbers {
            let body = if read == "TOTAL" {
                "// SAFETY: the header asks for NULL or a live handle.\n\
                 unsafe { get(page, |it| it.total.and_then(|total| i64::try_from(total).ok()).unwrap_or(-1)) }"
                    .to_owned()
            } else {
                format!(
                    "// SAFETY: the header asks for NULL or a live handle.\nunsafe {{ get(page, |it| {read}) }}"
                )
            };
            out.function(
                claims,
                Function {
                    name: format!("{ty}_{name}"),
                    doc: doc.to_owned(),
                    params: vec![("page".to_owned(), format!("*const {ty}"))],
                    returns: if name == "total" { "i64" } else { "u64" },
                    body,
                },
            )?;
        }
        self.end(out, claims, &ty, "page", "a page and its items")?;
        callback(out, claims, &ty)
    }

    fn iterator(&self, out: &mut Writer, claims: &mut Claims) -> Result<()> {
        let item = &self.ty;
        let ty = format!("{item}_iter");
        claims.claim(&ty, "an iterator")?;
        out.doc(
            &format!(
                "Walks all items of a list, fetching pages as they are needed. Free it with {ty}_free. Use it from \
                 one thread at a time. It may outlive its client."
            ),
            "",
        );
        out.line(&format!(
            "pub struct {ty} {{\n    walk: Walk<Client, {item}>,\n}}\n"
        ));
        out.line(&format!(
            "impl {ty} {{\n    /// An iterator over these items.\n    \
             pub(crate) fn new(walk: Walk<Client, {item}>) -> Self {{\n        Self {{ walk }}\n    }}\n}}\n"
        ));
        out.function(
            claims,
            Function {
                name: format!("{ty}_next"),
                doc: "Moves on to the next item.\n\n\
                     - out: set to the item on success, borrowed until the next call or the end of the iterator; \
                     set to NULL after the last item.\n\
                     - error: NULL, or set to a new error on failure; free it with snapline_error_free.\n\n\
                     Blocks while a page is fetched. After an error there are no more items."
                    .to_owned(),
                params: vec![
                    ("iterator".to_owned(), format!("*mut {ty}")),
                    ("out".to_owned(), format!("*mut *const {item}")),
                    ("error".to_owned(), "*mut *mut snapline_error".to_owned()),
                ],
                returns: "snapline_status",
                body: "let body = || {\n    \
                         // SAFETY: the header asks for a live handle that nobody else uses now.\n    \
                         let it = unsafe { borrow_mut(\"iterator\", iterator)? };\n    \
                         if out.is_null() {\n        return Err(crate::handle::null(\"out\"));\n    }\n    \
                         let item = it.walk.next()?;\n    \
                         // SAFETY: not NULL, and the header asks for a place for the item.\n    \
                         unsafe { write(out, item) };\n    \
                         Ok(())\n\
                     };\n\
                     // SAFETY: the header asks for NULL or a place for the error.\n\
                     unsafe { call(error, body) }"
                    .to_owned(),
            },
        )?;
        self.end(
            out,
            claims,
            &ty,
            "iterator",
            "an iterator and the item borrowed from it",
        )
    }
}

/// The type of a function that gets a handle in the background.
fn callback(out: &mut Writer, claims: &mut Claims, ty: &str) -> Result<()> {
    let name = format!("{ty}_callback");
    claims.claim(&name, "a callback")?;
    out.doc(
        &format!("Gets the outcome of a call that gives a {ty}, which is freed with {ty}_free. The rules stand at snapline_response_callback."),
        "",
    );
    out.line(&format!(
        "pub type {name} = Option<\n    unsafe extern \"C\" fn(user_data: *mut c_void, status: snapline_status, out: *mut {ty}, error: *mut snapline_error),\n>;\n"
    ));
    Ok(())
}

/// One function that reads a field.
struct Getter<'a> {
    name: String,
    doc: String,
    params: Vec<(&'static str, &'static str)>,
    returns: &'a str,
    /// Expression of `it`; FOUND stands for the field.
    read: String,
    through: &'static str,
    wrap: Option<&'a str>,
}

/// Whether a list of this has an item getter of its own.
fn has_form(item: &Type) -> bool {
    !matches!(
        item,
        Type::List(_) | Type::Map(_) | Type::Json | Type::Union(_)
    )
}

/// A line of a list of arguments.
pub(super) fn argument_line(
    names: &Names,
    name: &str,
    ty: &Type,
    doc: &str,
    rules: &[crate::ir::Rule],
    input: &Input,
) -> String {
    let shown: Vec<&str> = input.params.iter().map(|(name, _)| name.as_str()).collect();
    let mut text = described(names, doc, rules, ty, input.form);
    if let Type::StringOrInteger = ty {
        text.push_str(&format!(" NULL if it is set with `_set_{name}_integer`."));
    }
    if matches!(ty, Type::List(_)) && numbers_of(names, ty).is_some() {
        text.push_str(" An array of int32_t.");
    }
    format!("- {}: {text}", shown.join(", "))
}

/// Lines as a list behind a paragraph; nothing where there are none.
pub(super) fn listed(lines: &[String]) -> String {
    if lines.is_empty() {
        String::new()
    } else {
        format!("\n\n{}", lines.join("\n"))
    }
}

/// In which forms calls return a model.
struct Used {
    one: bool,
    list: bool,
    page: bool,
}

impl Used {
    fn of(api: &Api, model: &ModelId) -> Self {
        let methods = |resource: &Resource| {
            resource
                .requests()
                .map(|method| method.request.returns.clone())
                .collect::<Vec<_>>()
        };
        let returns: Vec<Returns> = api.all_resources().into_iter().flat_map(methods).collect();
        let wanted = Type::Model(model.clone());
        let list = returns.iter().any(|returns| match returns {
            Returns::Whole(Type::List(item))
            | Returns::Field {
                ty: Type::List(item),
                ..
            } => **item == wanted,
            _ => false,
        });
        let page = returns
            .iter()
            .any(|returns| matches!(returns, Returns::Page { item, .. } if *item == wanted));
        let one = returns.iter().any(|returns| match returns {
            Returns::Whole(ty) | Returns::Field { ty, .. } => *ty == wanted,
            _ => false,
        });
        let waited = api
            .all_resources()
            .into_iter()
            .flat_map(Resource::waits)
            .any(|waiter| !waiter.wait.gone && waiter.wait.model == *model);
        Self {
            one: one || waited,
            list,
            page,
        }
    }
}
