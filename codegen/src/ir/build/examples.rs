//! Valid values: those of the document, else some made of the schema.

use std::collections::HashMap;

use serde_json::{Map, Value, json};

use super::Builder;
use crate::normalise::constraints::CONSTRAINTS;

impl Builder<'_> {
    /// A valid value: the documented example, else one made from the schema.
    pub(super) fn example(&self, schema: &Value) -> Value {
        let mut known = HashMap::new();
        let levels = deepest(LEVELS, |levels| self.values(schema, levels, &mut known));
        self.example_inside(schema, levels, &mut Vec::new())
    }

    /// How many values an example has at most, made to so many levels.
    fn values(
        &self,
        schema: &Value,
        levels: usize,
        known: &mut HashMap<(*const Value, usize), usize>,
    ) -> usize {
        let target = self.target(schema);
        let inner = match levels.checked_sub(1) {
            Some(inner) if schema.get("example").is_none() && target.get("example").is_none() => {
                inner
            }
            _ => return 1,
        };
        let key = (std::ptr::from_ref(target), levels);
        if let Some(values) = known.get(&key) {
            return *values;
        }
        let mut sum: usize = 1;
        let fields = target.get("properties").and_then(Value::as_object);
        let fields = fields.into_iter().flat_map(Map::values);
        let shape = target.get("oneOf").and_then(|shapes| shapes.get(0));
        for part in fields.chain(target.get("items")).chain(shape) {
            sum = sum.saturating_add(self.values(part, inner, known));
        }
        known.insert(key, sum);
        sum
    }

    /// The same some levels down, of which `levels` are left; `inside` holds the objects and lists that it is part
    /// of.
    fn example_inside<'a>(
        &'a self,
        schema: &'a Value,
        levels: usize,
        inside: &mut Vec<*const Value>,
    ) -> Value {
        if let Some(example) = schema.get("example") {
            return example.clone();
        }
        let target = self.target(schema);
        if let Some(example) = target.get("example") {
            return example.clone();
        }
        if let Some(first) = target.get("enum").and_then(|values| values.get(0)) {
            return first.clone();
        }
        let Some(levels) = levels.checked_sub(1) else {
            return Value::Null;
        };
        // Of several shapes the first is as good as any.
        if let Some(first) = target.get("oneOf").and_then(|shapes| shapes.get(0)) {
            return self.example_inside(first, levels, inside);
        }
        let bound = |key: &str| target.get(CONSTRAINTS).and_then(|bounds| bounds.get(key));
        let count = |key: &str| {
            bound(key)?
                .as_u64()
                .and_then(|count| usize::try_from(count).ok())
        };
        match target.get("type").and_then(Value::as_str) {
            Some("string") if target.get("format").and_then(Value::as_str) == Some("date-time") => {
                json!("2026-03-04T05:06:07Z")
            }
            Some("string") => {
                let most = count("maxLength").unwrap_or(usize::MAX);
                let length = count("minLength").unwrap_or(0).max(4).min(most);
                json!("text".chars().cycle().take(length).collect::<String>())
            }
            Some("integer") => match bound("enum").and_then(|values| values.get(0)) {
                Some(first) => first.clone(),
                None => self.example_number(target, &json!(1)),
            },
            Some("number") => self.example_number(target, &json!(1.5)),
            Some("boolean") => json!(true),
            Some("array") => match target.get("items") {
                // An object in a list of its own kind holds none.
                Some(items) if !inside.contains(&std::ptr::from_ref(self.target(items))) => {
                    inside.push(target);
                    let item = self.example_inside(items, levels, inside);
                    inside.pop();
                    Value::Array(vec![item; count("minItems").unwrap_or(1).clamp(1, 8)])
                }
                _ => json!([]),
            },
            _ => {
                inside.push(target);
                let fields: Map<String, Value> = target
                    .get("properties")
                    .and_then(Value::as_object)
                    .into_iter()
                    .flatten()
                    .map(|(name, property)| {
                        (name.clone(), self.example_inside(property, levels, inside))
                    })
                    .collect();
                inside.pop();
                Value::Object(fields)
            }
        }
    }

    /// A number within the bounds.
    fn example_number(&self, schema: &Value, usual: &Value) -> Value {
        let bound = |key: &str| schema.get(CONSTRAINTS).and_then(|bounds| bounds.get(key));
        let above = bound("exclusiveMinimum") == Some(&json!(true));
        match (bound("minimum"), bound("maximum")) {
            (Some(least), _) if above => match least.as_i64() {
                Some(least) => json!(least.saturating_add(1)),
                None => json!(least.as_f64().unwrap_or_default() + 1.0),
            },
            (Some(least), _) => least.clone(),
            (None, Some(most)) if most.as_f64() < usual.as_f64() => most.clone(),
            _ => usual.clone(),
        }
    }
}

/// How many levels deep an example is made.
const LEVELS: usize = 9;

/// How many values an example may have: of objects that hold one another several times it would have millions.
const MOST_VALUES: usize = 2_000;

/// The most levels, of those given at most, at which an example is not too large.
pub(crate) fn deepest(levels: usize, mut values: impl FnMut(usize) -> usize) -> usize {
    let mut fewer = (1..=levels).rev();
    fewer
        .find(|levels| values(*levels) <= MOST_VALUES)
        .unwrap_or(1)
}

#[cfg(test)]
mod tests {
    use super::super::tiny;
    use serde_json::json;

    #[test]
    fn an_example_is_the_documents_or_fits_the_schema() {
        let paths = "
/things:
  get:
    operationId: a
    parameters:
      - {name: told, in: query, schema: {type: string, example: mine}}
      - {name: long, in: query, schema: {type: string, minLength: 6}}
      - {name: more, in: query, schema: {type: integer, minimum: 5, exclusiveMinimum: true}}
      - {name: less, in: query, schema: {type: integer, maximum: -2}}
      - {name: one_of, in: query, schema: {type: string, enum: [b, a]}}
      - {name: either, in: query, schema: {oneOf: [{type: string}, {type: integer}]}}
      - {name: many, in: query, schema: {type: array, items: {type: boolean}, minItems: 2}}
    responses: {'204': {description: Done.}}";
        let api = tiny::build(paths, "").unwrap();
        let call = api.calls().next().unwrap();
        let examples: Vec<_> = call
            .params
            .iter()
            .map(|param| param.example.clone())
            .collect();
        assert_eq!(
            json!(examples),
            json!(["mine", "textte", 6, -2, "b", "text", [true, true]])
        );
    }
}
