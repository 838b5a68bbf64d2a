//! Values that come from C: their parameters, how they are taken, and setters.

use super::Names;
use super::names::parameter;
use super::writer::{Claims, Function, Writer};
use crate::emit::rust::type_ident;
use crate::error::Result;
use crate::ir::words;
use crate::ir::{Rule, Type};

/// How one value is taken from C.
pub(super) struct Input {
    /// Parameters as name and Rust type.
    pub(super) params: Vec<(String, String)>,
    /// The condition under which a pointer that must be there is NULL.
    pub(super) missing: Option<String>,
    /// An expression of type `Result<the Rust type, Error>`.
    pub(super) taken: String,
    /// Whether the expression reads through pointers.
    pub(super) reads: bool,
    /// What a reader of the header must know about its form.
    pub(super) form: &'static str,
}

impl Input {
    /// The expression, in an unsafe block where it needs one.
    pub(super) fn expression(&self) -> String {
        if self.reads {
            format!("unsafe {{ {} }}", self.taken)
        } else {
            self.taken.clone()
        }
    }

    /// The comment that the unsafe block needs.
    pub(super) fn safety(&self) -> &'static str {
        if self.reads {
            "// SAFETY: the header asks for values that can be read during the call.\n"
        } else {
            ""
        }
    }
}

/// How a value of a type is taken.
pub(super) fn input(names: &Names, name: &str, ty: &Type) -> Input {
    let c = parameter(name);
    let text = "*const c_char".to_owned();
    let pointer = |ty: String, taken: String, form: &'static str| Input {
        params: vec![(c.clone(), ty)],
        missing: Some(format!("{c}.is_null()")),
        taken,
        reads: true,
        form,
    };
    let plain = |ty: &str, form: &'static str| Input {
        params: vec![(c.clone(), ty.to_owned())],
        missing: None,
        taken: format!("Ok({c})"),
        reads: false,
        form,
    };
    let count = format!("{c}_count");
    let list = |item: String, taken: String, form: &'static str| Input {
        params: vec![
            (c.clone(), format!("*const {item}")),
            (count.clone(), "usize".to_owned()),
        ],
        missing: Some(format!("{c}.is_null() && {count} > 0")),
        taken,
        reads: true,
        form,
    };
    match ty {
        Type::String => pointer(text, format!("text({name:?}, {c})"), ""),
        Type::Timestamp => pointer(
            text,
            format!("text({name:?}, {c}).map(Timestamp::from)"),
            "An RFC 3339 time.",
        ),
        Type::StringOrInteger => Input {
            // NULL is fine: the number is then given by another setter.
            missing: None,
            ..pointer(
                text,
                format!("text({name:?}, {c}).map(StringOrInteger::from)"),
                "",
            )
        },
        Type::Integer => plain("i64", ""),
        Type::Number => plain("f64", ""),
        Type::Boolean => plain("bool", ""),
        Type::Enum(of) => Input {
            params: vec![(c.clone(), "i32".to_owned())],
            missing: None,
            taken: format!("choice::<models::{}>({name:?}, {c})", type_ident(of)),
            reads: false,
            form: "",
        },
        Type::Model(of) => pointer(
            format!("*const {}", names.model(of)),
            format!("borrow({name:?}, {c}).and_then(|given| given.checked())"),
            "",
        ),
        Type::List(item) => match item.as_ref() {
            Type::String => list(text, format!("texts({name:?}, {c}, {count})"), ""),
            Type::Integer => list(
                "i64".to_owned(),
                format!("list({name:?}, {c}, {count}).map(<[i64]>::to_vec)"),
                "",
            ),
            Type::Number => list(
                "f64".to_owned(),
                format!("list({name:?}, {c}, {count}).map(<[f64]>::to_vec)"),
                "",
            ),
            Type::Boolean => list(
                "bool".to_owned(),
                format!("list({name:?}, {c}, {count}).map(<[bool]>::to_vec)"),
                "",
            ),
            Type::Enum(of) => list(
                "i32".to_owned(),
                format!(
                    "choices::<models::{}>({name:?}, {c}, {count})",
                    type_ident(of)
                ),
                "",
            ),
            Type::Model(of) => list(
                format!("*const {}", names.model(of)),
                format!(
                    "list({name:?}, {c}, {count}).and_then(|items| items.iter().map(|item| \
                     borrow({name:?}, *item).and_then(|given| given.checked())).collect::<Result<Vec<_>, _>>())"
                ),
                "",
            ),
            _ => json(names, name, ty),
        },
        Type::Union(_) | Type::Map(_) | Type::Json => json(names, name, ty),
    }
}

fn json(names: &Names, name: &str, ty: &Type) -> Input {
    let c = format!("{name}_json");
    Input {
        params: vec![(c.clone(), "*const c_char".to_owned())],
        missing: Some(format!("{c}.is_null()")),
        taken: format!("json::<{}>({name:?}, {c})", names.rust(ty)),
        reads: true,
        form: "JSON text.",
    }
}

/// Which enum's numbers a type takes.
pub(super) fn numbers_of(names: &Names, ty: &Type) -> Option<String> {
    match ty {
        Type::Enum(of) => Some(names.enumeration(of)),
        Type::List(item) => numbers_of(names, item),
        _ => None,
    }
}

/// A value's description with its bounds and its form in C.
pub(super) fn described(names: &Names, doc: &str, rules: &[Rule], ty: &Type, form: &str) -> String {
    let mut text = words::with_bounds(doc, rules);
    if let Some(of) = numbers_of(names, ty) {
        text.push_str(&format!(" A value of {of}, not its UNKNOWN."));
    }
    if !form.is_empty() {
        text.push_str(&format!(" {form}"));
    }
    text.trim().to_owned()
}

/// What setters are made for.
pub(super) struct Owner<'a> {
    /// The type of the handle.
    pub(super) ty: &'a str,
    /// What the handle is called as a parameter.
    pub(super) param: &'a str,
}

/// A value that can be set.
pub(super) struct Settable<'a> {
    /// Its name in snake case.
    pub(super) name: &'a str,
    /// Its type.
    pub(super) ty: &'a Type,
    /// What it is.
    pub(super) doc: String,
    /// Statement that keeps `value`, of the Rust type.
    pub(super) keep: String,
    /// Statement that keeps null, where null is allowed.
    pub(super) null: Option<String>,
}

/// Writes the setters of a value: one, and others for forms that one signature cannot take.
pub(super) fn setters(
    out: &mut Writer,
    claims: &mut Claims,
    names: &Names,
    owner: &Owner<'_>,
    value: &Settable<'_>,
) -> Result<()> {
    let main = input(names, value.name, value.ty);
    let set = format!("{}_set_{}", owner.ty, value.name);
    let copied = if main.reads { " Copied." } else { "" };
    let doc = format!("Sets {}. {}{copied}", value.name, value.doc);
    let mut one = |name: String, doc: String, input: &Input, keep: &str| {
        setter(out, claims, owner, name, doc, input, keep)
    };
    one(set.clone(), doc, &main, &value.keep)?;
    let text = |taken: &str| Input {
        params: vec![(parameter(value.name), "*const c_char".to_owned())],
        missing: None,
        taken: taken
            .replace("NAME", &format!("{:?}", value.name))
            .replace("VALUE", &parameter(value.name)),
        reads: true,
        form: "",
    };
    match value.ty {
        Type::Enum(of) => one(
            format!("{set}_string"),
            format!(
                "Sets {} as a string. One that is not listed is for calls that do not check bounds. Copied.",
                value.name
            ),
            &text(&format!(
                "text(NAME, VALUE).map(models::{}::from)",
                type_ident(of)
            )),
            &value.keep,
        )?,
        Type::List(item) => {
            if let Type::Enum(of) = item.as_ref() {
                let strings = Input {
                    taken: format!(
                        "texts({0:?}, {1}, {1}_count).map(|items| items.into_iter().map(models::{2}::from).collect::<Vec<_>>())",
                        value.name,
                        parameter(value.name),
                        type_ident(of)
                    ),
                    ..input(names, value.name, &Type::List(Box::new(Type::String)))
                };
                one(
                    format!("{set}_strings"),
                    format!(
                        "Sets {} as strings. One that is not listed is for calls that do not check bounds. Copied.",
                        value.name
                    ),
                    &strings,
                    &value.keep,
                )?;
            }
        }
        Type::StringOrInteger => {
            let integer = Input {
                taken: format!("Ok(StringOrInteger::from({}))", parameter(value.name)),
                ..input(names, value.name, &Type::Integer)
            };
            one(
                format!("{set}_integer"),
                format!("Sets {} as an integer.", value.name),
                &integer,
                &value.keep,
            )?;
        }
        _ => {}
    }
    if let Some(null) = &value.null {
        let nothing = Input {
            params: vec![],
            missing: None,
            taken: "Ok(())".to_owned(),
            reads: false,
            form: "",
        };
        one(
            format!("{set}_null"),
            format!(
                "Sets {} to null, which is not the same as leaving it out.",
                value.name
            ),
            &nothing,
            null,
        )?;
    }
    Ok(())
}

fn setter(
    out: &mut Writer,
    claims: &mut Claims,
    owner: &Owner<'_>,
    name: String,
    doc: String,
    input: &Input,
    keep: &str,
) -> Result<()> {
    let mut params = vec![(owner.param.to_owned(), format!("*mut {}", owner.ty))];
    params.extend(input.params.iter().cloned());
    let bind = if input.params.is_empty() {
        String::new()
    } else {
        format!(
            "    {}    let value = {}?;\n",
            input.safety(),
            result(input)
        )
    };
    let body = format!(
        "let body = |it: &mut {}| {{\n{bind}    {keep}\n    Ok(())\n}};\n\
         // SAFETY: the header asks for NULL or a live handle.\n\
         unsafe {{ set({}, body) }}",
        owner.ty, owner.param
    );
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

/// The expression with its error type told, which `Ok(…)` alone leaves open.
fn result(input: &Input) -> String {
    match input.taken.strip_prefix("Ok(") {
        Some(rest) if !input.reads => format!("Ok::<_, Error>({rest}"),
        _ => input.expression(),
    }
}
