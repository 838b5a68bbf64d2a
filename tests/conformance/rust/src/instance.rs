//! Random instances of a model, made from the normalised document.

use std::path::Path;

use fastrand::Rng;
use serde_json::{Map, Value, json};

/// A normalised document, of which instances are made.
#[derive(Debug)]
pub struct Schemas(Map<String, Value>);

/// Deeper than this no list has items and no optional field is there.
const DEEP: usize = 4;

const TEXTS: [&str; 9] = [
    "",
    "text",
    "Grüße, 日本, 🦀",
    "\"quoted\" \\ / ",
    "a NUL \u{0} within",
    "two\nlines\ttab",
    "null",
    "-1.5e3",
    "\u{7f}\u{2028}\u{feff}\u{10ffff}",
];

const INSTANTS: [&str; 5] = [
    "2026-03-04T05:06:07Z",
    "1970-01-01T00:00:00Z",
    "2038-01-19T03:14:08.123456789Z",
    "0001-01-01T00:00:00Z",
    "9999-12-31T23:59:59.9Z",
];

impl Schemas {
    /// Those of a provider.
    ///
    /// # Errors
    /// When the document cannot be read.
    pub fn load(provider: &str) -> Result<Self, String> {
        let path = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../../../spec")
            .join(provider)
            .join("normalised.json");
        let bad = |error: &dyn std::fmt::Display| format!("{}: {error}", path.display());
        let text = std::fs::read_to_string(&path).map_err(|error| bad(&error))?;
        let document: Value = serde_json::from_str(&text).map_err(|error| bad(&error))?;
        let schemas = document.pointer("/components/schemas");
        let schemas = schemas.and_then(Value::as_object).cloned();
        schemas.map(Self).ok_or_else(|| bad(&"it has no schemas"))
    }

    /// An instance of a model; the same for the same seed.
    #[must_use]
    pub fn instance(&self, model: &str, seed: u64) -> Value {
        let schema = self.0.get(model).unwrap_or(&Value::Null);
        self.value(schema, &mut Rng::with_seed(seed), 0)
    }

    fn value(&self, schema: &Value, rng: &mut Rng, depth: usize) -> Value {
        let name = schema.get("$ref").and_then(Value::as_str);
        if let Some(name) = name.and_then(|name| name.rsplit('/').next()) {
            // A text or an integer; an unlisted value where there is a list of them.
            return self.value(self.0.get(name).unwrap_or(&Value::Null), rng, depth);
        }
        // A part that may be null stands alone in an `allOf`.
        if let Some([part]) = schema
            .get("allOf")
            .and_then(Value::as_array)
            .map(Vec::as_slice)
        {
            return self.value(part, rng, depth);
        }
        if let Some(one) = schema.get("oneOf").and_then(Value::as_array) {
            let chosen = rng.choice(one);
            return chosen.map_or(Value::Null, |chosen| self.value(chosen, rng, depth));
        }
        if let Some(listed) = schema.get("enum").and_then(Value::as_array) {
            if rng.u8(..5) == 0 {
                return json!("a-value-nobody-knows");
            }
            return rng.choice(listed).cloned().unwrap_or_default();
        }
        let text = |name: &str| schema.get(name).and_then(Value::as_str);
        match text("type") {
            Some("object") => Value::Object(self.object(schema, rng, depth)),
            Some("array") => {
                let item = schema.get("items").unwrap_or(&Value::Null);
                let count = if depth > DEEP { 0 } else { rng.usize(..4) };
                Value::Array(
                    (0..count)
                        .map(|_| self.value(item, rng, depth + 1))
                        .collect(),
                )
            }
            Some("string") if text("format") == Some("date-time") => {
                json!(rng.choice(INSTANTS))
            }
            Some("string") => json!(rng.choice(TEXTS)),
            Some("integer") if text("format") == Some("uint64") => json!(match rng.u8(..6) {
                0 => u64::MAX,
                1 => 0,
                _ => rng.u64(..1000),
            }),
            Some("integer") => json!(match rng.u8(..6) {
                0 => i64::MAX,
                1 => i64::MIN,
                _ => rng.i64(-5..1000),
            }),
            // Quarters are exact in binary and in every language's decimals.
            Some("number") => json!(f64::from(rng.i32(-4000..4000)) / 4.0),
            Some("boolean") => json!(rng.bool()),
            _ => json!({"any": [1, "value"]}),
        }
    }

    fn object(&self, schema: &Value, rng: &mut Rng, depth: usize) -> Map<String, Value> {
        let mut whole = Map::new();
        let required: Vec<&str> = schema
            .get("required")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        let fields = schema.get("properties").and_then(Value::as_object);
        for (name, field) in fields.into_iter().flatten() {
            if required.contains(&name.as_str()) || (depth <= DEEP && rng.bool()) {
                whole.insert(name.clone(), self.value(field, rng, depth + 1));
            }
        }
        if let Some(entry) = schema
            .get("additionalProperties")
            .filter(|it| it.is_object())
        {
            for index in 0..rng.usize(..3) {
                whole.insert(format!("key {index}"), self.value(entry, rng, depth + 1));
            }
        }
        whole
    }
}
