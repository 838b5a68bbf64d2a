//! The arguments of a call, out of what is known.

use jiff::Timestamp;
use serde_json::{Map, Value};

use crate::kind::{Argument, Asked, Becomes, From, Object, Use};
use crate::service::Failure;

/// What the arguments of a call may come from.
#[derive(Clone, Copy, Default)]
pub(crate) struct Known<'a> {
    pub(crate) parent: Option<&'a Value>,
    pub(crate) thing: Option<&'a Value>,
    pub(crate) snapshot: Option<&'a Value>,
    pub(crate) found: Option<&'a Value>,
    pub(crate) last: Option<&'a Value>,
    pub(crate) name: Option<&'a str>,
    pub(crate) region: Option<&'a str>,
    pub(crate) size: Option<&'a Value>,
    pub(crate) since: Option<Timestamp>,
    /// Arguments beside those that a call is said to have; they go before what comes from objects.
    pub(crate) further: Option<&'a Map<String, Value>>,
}

impl Known<'_> {
    fn object(&self, object: Object) -> Option<&Value> {
        match object {
            Object::Parent => self.parent,
            Object::Thing => self.thing,
            Object::Snapshot => self.snapshot,
            Object::Found => self.found,
            Object::Last => self.last,
        }
    }

    fn value(&self, from: From) -> Option<Value> {
        match from {
            From::Field(of, dotted) => field(self.object(of)?, dotted).cloned(),
            From::Asked(Asked::Name) => self.name.map(Value::from),
            From::Asked(Asked::Region) => self.region.map(Value::from),
            From::Asked(Asked::Size) => self.size.cloned(),
            From::Asked(Asked::Since) => self.since.map(|since| Value::from(since.to_string())),
            From::Text(text) => Some(Value::from(text)),
            From::True => Some(Value::Bool(true)),
        }
    }

    /// The arguments of a call that makes something, with further ones.
    pub(crate) fn all_arguments(&self, call: &Use) -> Result<Map<String, Value>, Failure> {
        let mut all = self.arguments(call)?;
        for (name, value) in self.further.into_iter().flatten() {
            all.insert(name.clone(), value.clone());
        }
        Ok(all)
    }

    /// The arguments of a call; what is not known is left out.
    pub(crate) fn arguments(&self, call: &Use) -> Result<Map<String, Value>, Failure> {
        let mut all = Map::new();
        for argument in call.arguments {
            if let Some(value) = self.value(argument.from) {
                all.insert(argument.name.to_owned(), becomes(call, argument, value)?);
            }
        }
        Ok(all)
    }
}

/// The value as the argument has it.
fn becomes(call: &Use, argument: &Argument, value: Value) -> Result<Value, Failure> {
    match (argument.becomes, &value) {
        (Becomes::Text, Value::Number(number)) => Ok(Value::from(number.to_string())),
        (Becomes::Number, Value::String(text)) => match text.parse::<i64>() {
            Ok(number) => Ok(Value::from(number)),
            Err(_) => Err(Failure::new(format!(
                "`{text}` cannot be the `{}` of `{}`, which is a number",
                argument.name, call.call
            ))),
        },
        _ => Ok(value),
    }
}

/// A field by its dotted name; none where it is missing or null, and the whole object for an empty name.
pub(crate) fn field<'v>(value: &'v Value, dotted: &str) -> Option<&'v Value> {
    let mut value = value;
    for name in dotted.split('.').filter(|name| !name.is_empty()) {
        value = value.get(name)?;
    }
    Some(value).filter(|value| !value.is_null())
}

/// A text, or a number as text.
pub(crate) fn text(value: &Value, dotted: &str) -> Option<String> {
    match field(value, dotted)? {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// The texts of a list, or of one text.
pub(crate) fn texts(value: &Value, dotted: Option<&str>) -> Vec<String> {
    match dotted.and_then(|dotted| field(value, dotted)) {
        Some(Value::Array(items)) => {
            let texts = items.iter().filter_map(Value::as_str);
            texts.map(str::to_owned).collect()
        }
        Some(Value::String(text)) => vec![text.clone()],
        _ => Vec::new(),
    }
}

/// The items of what a list gave.
pub(crate) fn items(call: &str, value: Value) -> Result<Vec<Value>, Failure> {
    match value {
        Value::Array(items) => Ok(items),
        _ => Err(Failure::unreadable(format!("`{call}` gave no list"))),
    }
}
