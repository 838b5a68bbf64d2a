//! What is wrong with a value, in the words of JSON Schema.
use jsonschema::Validator;
use jsonschema::error::{ValidationError, ValidationErrorKind};
use serde_json::Value;

/// Checks a value; the message gives JSON pointer, rule and reason of the first few violations.
pub(crate) fn against(validator: &Validator, value: &Value) -> Result<(), String> {
    if validator.is_valid(value) {
        return Ok(());
    }
    let all: Vec<String> = validator
        .iter_errors(value)
        .take(3)
        .map(|e| describe(&e))
        .collect();
    Err(all.join("; "))
}

fn describe(error: &ValidationError<'_>) -> String {
    if let ValidationErrorKind::OneOfNotValid { context } | ValidationErrorKind::AnyOf { context } =
        error.kind()
    {
        // The choice that was meant is the one whose tag fits.
        let tagged = |errors: &&Vec<ValidationError<'static>>| {
            !errors.iter().any(|error| tag_options(error).is_some())
        };
        if let Some(meant) = context.iter().find(tagged)
            && context.len() > 1
            && context.iter().any(|errors| !tagged(&errors))
        {
            return meant
                .iter()
                .take(3)
                .map(describe)
                .collect::<Vec<_>>()
                .join("; ");
        }
        let offered: Vec<String> = context.iter().flatten().filter_map(tag_options).collect();
        let first = context
            .iter()
            .flatten()
            .find(|error| tag_options(error).is_some());
        if let Some(first) = first
            && offered.len() == context.len()
        {
            let pointer = first.instance_path().as_str();
            return format!("{pointer}: enum: it is none of {}", offered.join(", "));
        }
    }
    let pointer = error.instance_path().as_str();
    if matches!(error.kind(), ValidationErrorKind::FalseSchema) {
        return format!("{pointer}: readOnly: only the service sets it");
    }
    format!("{pointer}: {}: {error}", error.kind().keyword())
}

/// The one value a tag may have, when the error says that it has another.
fn tag_options(error: &ValidationError<'_>) -> Option<String> {
    match error.kind() {
        ValidationErrorKind::Enum { options } => match options.as_array().map(Vec::as_slice) {
            Some([only]) => Some(only.to_string()),
            _ => None,
        },
        ValidationErrorKind::Constant { expected_value } => Some(expected_value.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn why(value: Value) -> String {
        let schema = json!({"oneOf": [
            {"type": "object", "required": ["type", "name"], "additionalProperties": false,
             "properties": {"type": {"enum": ["a"]}, "name": {"type": "string", "maxLength": 3}}},
            {"type": "object", "required": ["type"], "additionalProperties": false,
             "properties": {"type": {"enum": ["b"]}}}]});
        against(&jsonschema::validator_for(&schema).unwrap(), &value).unwrap_err()
    }

    #[test]
    fn the_message_speaks_of_the_choice_that_was_meant() {
        assert!(why(json!({"type": "a", "name": "long"})).starts_with("/name: maxLength: "));
        assert!(why(json!({"type": "a"})).starts_with(": required: "));
        assert_eq!(
            why(json!({"type": "c"})),
            r#"/type: enum: it is none of "a", "b""#
        );
    }
}
