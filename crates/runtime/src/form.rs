//! Bodies that are forms: names and values as in a query.

use serde::ser::Error as _;
use serde::{Serialize, Serializer};
use serde_json::Value;

/// The media type of a form.
pub(crate) const MEDIA: &str = "application/x-www-form-urlencoded";

/// What is sent as `application/x-www-form-urlencoded`: each field under its name, each item of a list under the
/// list's, and nothing for a field that is null or an empty list.
#[derive(Debug)]
pub struct Form<'a, T>(pub &'a T);

impl<T: Serialize> Serialize for Form<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let told = serde_json::to_value(self.0).map_err(S::Error::custom)?;
        let Value::Object(fields) = told else {
            return Err(S::Error::custom("a form is an object"));
        };
        let mut pairs = Vec::new();
        for (name, value) in &fields {
            let items = match value {
                Value::Array(items) => items.as_slice(),
                one => std::slice::from_ref(one),
            };
            for item in items {
                let text = match item {
                    Value::Null => continue,
                    Value::String(text) => text.clone(),
                    Value::Bool(_) | Value::Number(_) => item.to_string(),
                    Value::Array(_) | Value::Object(_) => {
                        let what = format!("`{name}` is no value that a form can hold");
                        return Err(S::Error::custom(what));
                    }
                };
                pairs.push((name, text));
            }
        }
        serializer.collect_seq(pairs)
    }
}
