//! A documented answer, varied: fields left out, null, awkward texts, every value of every enum.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use crate::ir::bytes::bytes;
use crate::ir::{Api, EnumId, Field, Type};

/// A value that no enum lists.
const UNLISTED: &str = "a-value-nobody-knows";

/// Texts that are easily lost, cut or changed on their way through a language.
pub(super) const AWKWARD: [&str; 8] = [
    "Grüße, 日本, 🦀",
    "\"quoted\" and \\backslashed\\",
    "a NUL \u{0} within",
    "two\nlines\r\nand a\ttab",
    "",
    "  spaces around  ",
    "%2F%00 is no escape here & a+b=c?#",
    "\u{7f}\u{80}\u{2028}\u{feff}",
];

/// How long the longest text is.
const LONG: usize = 65_536;

/// One way in which a type's value was varied.
pub(super) struct Variation {
    /// What it is called in a case's name.
    pub(super) name: String,
    /// The value, varied.
    pub(super) value: Value,
}

/// What was tried already with another method of the API.
#[derive(Default)]
pub(super) struct Seen {
    enums: BTreeSet<EnumId>,
    long: bool,
}

/// The value of a type, varied in every way that it allows.
pub(super) fn of(api: &Api, ty: &Type, value: &Value, seen: &mut Seen) -> Vec<Variation> {
    let mut all = Vec::new();
    let mut add = |name: &str, changed: Value| {
        if changed != *value {
            all.push(Variation {
                name: name.to_owned(),
                value: changed,
            });
        }
    };
    if *ty == Type::Bytes {
        let every: Vec<u8> = (0..=u8::MAX).collect();
        add("every_byte", bytes(&every));
        add("empty", bytes(&[]));
    }
    let sparse = changed(api, ty, value, &mut |place| match place {
        Place::Field(field) if field.can_be_absent() => Change::Remove,
        _ => Change::Keep,
    });
    add("sparse", sparse);
    let nulls = changed(api, ty, value, &mut |place| match place {
        Place::Field(field) if field.can_be_absent() => Change::Set(Value::Null),
        _ => Change::Keep,
    });
    add("nulls", nulls);
    let mut texts = AWKWARD.iter().cycle();
    let awkward = changed(api, ty, value, &mut |place| match (place, texts.next()) {
        (Place::Text, Some(text)) => Change::Set(json!(text)),
        _ => Change::Keep,
    });
    add("awkward", awkward);
    if !seen.long {
        let mut first = true;
        let long = changed(api, ty, value, &mut |place| match place {
            Place::Text if std::mem::take(&mut first) => {
                Change::Set(json!("long ".repeat(LONG / 5)))
            }
            _ => Change::Keep,
        });
        seen.long = long != *value;
        add("long", long);
    }
    for name in enums_in(api, ty, value) {
        if !seen.enums.insert(name.clone()) {
            continue;
        }
        let listed = api
            .enumeration(&name)
            .values
            .iter()
            .map(|value| &*value.wire);
        for wire in listed.chain([UNLISTED]) {
            let other = changed(api, ty, value, &mut |place| match place {
                Place::Enum(enumeration) if *enumeration == name => Change::Set(json!(wire)),
                _ => Change::Keep,
            });
            add(&format!("{}_{wire}", heck::AsSnakeCase(&name)), other);
        }
    }
    all
}

/// The enums that a value has places for.
fn enums_in(api: &Api, ty: &Type, value: &Value) -> BTreeSet<EnumId> {
    let mut names = BTreeSet::new();
    changed(api, ty, value, &mut |place| {
        if let Place::Enum(name) = place {
            names.insert(name.clone());
        }
        Change::Keep
    });
    names
}

/// A place in a value.
enum Place<'a> {
    /// A field of a model, before what it holds.
    Field(&'a Field),
    /// A text.
    Text,
    /// A value of this enum.
    Enum(&'a EnumId),
}

/// What is to be done at a place.
enum Change {
    Keep,
    Remove,
    Set(Value),
}

/// The value with its places changed.
fn changed(
    api: &Api,
    ty: &Type,
    value: &Value,
    change: &mut dyn FnMut(Place<'_>) -> Change,
) -> Value {
    let place = match (ty, value) {
        (Type::Model(name), Value::Object(object)) => {
            let fields = &api.model(name).fields;
            return Value::Object(fields_changed(api, fields, object, change));
        }
        (Type::List(item), Value::Array(items)) => {
            let items = items.iter().map(|value| changed(api, item, value, change));
            return Value::Array(items.collect());
        }
        (Type::Map(item), Value::Object(entries)) => {
            let entries = entries
                .iter()
                .map(|(name, value)| (name.clone(), changed(api, item, value, change)));
            return Value::Object(entries.collect());
        }
        (Type::String, Value::String(_)) => Place::Text,
        (Type::Enum(name), Value::String(_)) => Place::Enum(name),
        _ => return value.clone(),
    };
    match change(place) {
        Change::Keep | Change::Remove => value.clone(),
        Change::Set(value) => value,
    }
}

fn fields_changed(
    api: &Api,
    fields: &[Field],
    object: &Map<String, Value>,
    change: &mut dyn FnMut(Place<'_>) -> Change,
) -> Map<String, Value> {
    let mut whole = Map::new();
    for (name, value) in object {
        // What the document does not know stays as it is.
        let Some(field) = fields.iter().find(|field| field.wire == *name) else {
            whole.insert(name.clone(), value.clone());
            continue;
        };
        match change(Place::Field(field)) {
            Change::Remove => {}
            Change::Set(value) => {
                whole.insert(name.clone(), value);
            }
            Change::Keep => {
                whole.insert(name.clone(), changed(api, &field.ty, value, change));
            }
        }
    }
    whole
}
