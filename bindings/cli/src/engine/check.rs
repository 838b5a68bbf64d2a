//! Bounds of arguments and bodies, checked before anything is sent (B3), by the rules that all languages have.

use serde_json::{Map, Value};
use snapline_runtime::{Error, Rule, check};

use super::values::{kind, shown, timestamp};
use crate::table::{Api, Field, Type};

/// What is checked, and what it is called.
pub(super) struct Checked<'a> {
    pub(super) place: &'a str,
    pub(super) ty: Type,
    pub(super) rules: &'a [Rule],
    pub(super) secret: bool,
}

impl Checked<'_> {
    pub(super) fn check(&self, api: &Api, value: &Value) -> Result<(), Error> {
        let place = self.place;
        match (self.ty, value) {
            (Type::RawText | Type::Bytes, Value::String(_)) => Ok(()),
            (Type::Text, Value::String(text)) if self.secret => {
                check::secret(place, text, self.rules)
            }
            (Type::Text, Value::String(text)) => check::text(place, text, self.rules),
            (Type::Integer, Value::Number(number)) => match number.as_i64() {
                Some(number) => check::integer(place, number, self.rules),
                None => Err(self.misfit(api, value)),
            },
            (Type::Unsigned, Value::Number(number)) => match number.as_u64() {
                Some(number) => check::unsigned(place, number, self.rules),
                None => Err(self.misfit(api, value)),
            },
            (Type::Number, Value::Number(number)) => {
                check::number(place, number.as_f64().unwrap_or(f64::NAN), self.rules)
            }
            (Type::Boolean, Value::Bool(_))
            | (Type::TextOrInteger, Value::String(_))
            | (Type::Json, _) => Ok(()),
            (Type::TextOrInteger, Value::Number(number)) if number.is_i64() => Ok(()),
            (Type::Timestamp, value) if timestamp(value).is_some() => Ok(()),
            (Type::Enum(name), Value::String(text)) => check::one_of(place, text, api.values(name)),
            (Type::List(item), Value::Array(items)) => {
                match self.secret {
                    true => check::secrets(place, items, self.rules)?,
                    false => check::list(place, items, self.rules)?,
                }
                let item = Checked {
                    place,
                    ty: *item,
                    rules: &[],
                    secret: self.secret,
                };
                items.iter().try_for_each(|value| item.check(api, value))
            }
            (Type::Map(item), Value::Object(entries)) => {
                entries.iter().try_for_each(|(name, value)| {
                    let place = format!("{place}.{name}");
                    let item = Checked {
                        place: &place,
                        ty: *item,
                        rules: &[],
                        secret: self.secret,
                    };
                    item.check(api, value)
                })
            }
            (Type::Model(name), Value::Object(object)) => match api.model(name) {
                Some(model) => fields(api, model.fields, object, &format!("{place}."), None),
                None => Ok(()),
            },
            (Type::Union(name), Value::Object(object)) => {
                union(api, name, object, &format!("{place}."))
            }
            _ => Err(self.misfit(api, value)),
        }
    }

    fn misfit(&self, api: &Api, value: &Value) -> Error {
        let (place, what) = (self.place, kind(api, self.ty));
        let shown = if self.secret {
            "[redacted]".to_owned()
        } else {
            shorter(&shown(value))
        };
        let message = format!("`{place}` must be {what}, but is `{shown}`");
        Error::invalid_argument(place, what, message)
    }
}

fn shorter(text: &str) -> String {
    match text.char_indices().nth(40) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

/// A body that is one of several shapes.
pub(super) fn union(
    api: &Api,
    name: &str,
    object: &Map<String, Value>,
    above: &str,
) -> Result<(), Error> {
    let Some(union) = api.union(name) else {
        return Ok(());
    };
    let values: Vec<&str> = union.variants.iter().map(|variant| variant.value).collect();
    let place = format!("{above}{}", union.tag);
    let given = match object.get(union.tag) {
        Some(Value::String(text)) => text,
        Some(other) => {
            let ty = Type::Text;
            return Checked {
                place: &place,
                ty,
                rules: &[],
                secret: false,
            }
            .check(api, other);
        }
        None => return Err(needed(&place)),
    };
    check::one_of(&place, given, &values)?;
    let variant = union.variants.iter().find(|variant| variant.value == given);
    let known = variant.map_or(&[][..], |variant| variant.fields);
    fields(api, known, object, above, Some(union.tag))
}

/// The fields of an object. `above` stands before their names.
pub(super) fn fields(
    api: &Api,
    known: &'static [Field],
    object: &Map<String, Value>,
    above: &str,
    tag: Option<&str>,
) -> Result<(), Error> {
    for name in object.keys() {
        let is_known = known.iter().any(|field| field.wire == name) || tag == Some(name);
        if !is_known {
            let names: Vec<&str> = known.iter().map(|field| field.wire).collect();
            let message = format!(
                "`{above}{name}` is no field here; there are {}",
                names.join(", ")
            );
            return Err(Error::invalid_argument(
                format!("{above}{name}"),
                "a field",
                message,
            ));
        }
    }
    for field in known.iter().filter(|field| !field.read_only) {
        let place = format!("{above}{}", field.name);
        match object.get(field.wire) {
            None if field.required => return Err(needed(&place)),
            None => {}
            Some(Value::Null) if field.nullable || !field.required => {}
            // What was written in place is opened up into arguments, so its name is not one of them.
            Some(Value::Object(inner)) if is_inline(api, field.ty) => {
                let model = match field.ty {
                    Type::Model(name) => api.model(name),
                    _ => None,
                };
                self::fields(
                    api,
                    model.map_or(&[], |model| model.fields),
                    inner,
                    above,
                    None,
                )?;
            }
            Some(value) => {
                let Field {
                    ty, rules, secret, ..
                } = *field;
                Checked {
                    place: &place,
                    ty,
                    rules,
                    secret,
                }
                .check(api, value)?;
            }
        }
    }
    Ok(())
}

fn is_inline(api: &Api, ty: Type) -> bool {
    matches!(ty, Type::Model(name) if api.model(name).is_some_and(|model| model.inline))
}

/// Something without which nothing can be sent.
pub(super) fn needed(place: &str) -> Error {
    Error::invalid_argument(place, "required", format!("`{place}` must be given"))
}
