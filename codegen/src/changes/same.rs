//! Whether two places say the same, sentences and the order of keys left out.

use serde_json::{Map, Value};

use crate::diff::place::canonical;
use crate::keywords::{Node, Shape, shape};

/// Whether two objects of the specification say the same; references are compared as they are written.
pub(super) fn same(node: Node, old: &Value, new: &Value) -> bool {
    alike(Shape::One(node), old, new)
}

fn alike(kind: Shape, old: &Value, new: &Value) -> bool {
    match (kind, old, new) {
        (shape, _, _) if !shape.is_structure() => true,
        (Shape::One(node), Value::Object(x), Value::Object(y)) => all(x, y, |key| shape(node, key)),
        (Shape::Names(node), Value::Object(x), Value::Object(y)) => all(x, y, |_| Shape::One(node)),
        (Shape::NamesAndExtensions(node), Value::Object(x), Value::Object(y)) => {
            all(x, y, |key| match key.starts_with("x-") {
                true => Shape::Extension,
                false => Shape::One(node),
            })
        }
        (Shape::NamesOnly, Value::Object(x), Value::Object(y)) => {
            x.len() == y.len() && x.keys().all(|key| y.contains_key(key))
        }
        (Shape::List(node), Value::Array(x), Value::Array(y)) => {
            x.len() == y.len() && x.iter().zip(y).all(|(x, y)| alike(Shape::One(node), x, y))
        }
        (Shape::Set, Value::Array(x), Value::Array(y)) => {
            let sorted = |list: &[Value]| {
                let mut texts: Vec<String> = list.iter().map(canonical).collect();
                texts.sort();
                texts
            };
            sorted(x) == sorted(y)
        }
        _ => canonical(old) == canonical(new),
    }
}

fn all(old: &Map<String, Value>, new: &Map<String, Value>, kind: impl Fn(&str) -> Shape) -> bool {
    old.keys().chain(new.keys()).all(|key| match kind(key) {
        kind if !kind.is_structure() => true,
        kind => match (old.get(key), new.get(key)) {
            (Some(x), Some(y)) => alike(kind, x, y),
            _ => false,
        },
    })
}
