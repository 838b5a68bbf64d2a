//! Bounds of values that are sent.

use serde_json::Value;

use super::Builder;
use crate::error::Result;
use crate::ir::Rule;
use crate::normalise::constraints::CONSTRAINTS;

impl Builder<'_> {
    pub(super) fn rules(&self, schema: &Value, at: &str) -> Result<Vec<Rule>> {
        let bounds = schema
            .get(CONSTRAINTS)
            .or_else(|| self.target(schema).get(CONSTRAINTS));
        let mut rules = Vec::new();
        for (keyword, bound) in bounds.and_then(Value::as_object).into_iter().flatten() {
            let count = bound.as_u64();
            let number = bound.as_f64();
            let exclusive = |keyword: &str| {
                bounds
                    .and_then(|bounds| bounds.get(keyword))
                    .and_then(Value::as_bool)
                    == Some(true)
            };
            let rule = match keyword.as_str() {
                "minLength" => count.map(Rule::MinLength),
                "maxLength" => count.map(Rule::MaxLength),
                "minItems" => count.map(Rule::MinItems),
                "maxItems" => count.map(Rule::MaxItems),
                "pattern" => bound
                    .as_str()
                    .map(|pattern| Rule::Pattern(pattern.to_owned())),
                "minimum" if exclusive("exclusiveMinimum") => number.map(Rule::ExclusiveMinimum),
                "minimum" => number.map(Rule::Minimum),
                "maximum" if exclusive("exclusiveMaximum") => number.map(Rule::ExclusiveMaximum),
                "maximum" => number.map(Rule::Maximum),
                "exclusiveMinimum" | "exclusiveMaximum" if bound.is_boolean() => continue,
                "multipleOf" => number.map(Rule::MultipleOf),
                "uniqueItems" if bound.as_bool() == Some(false) => continue,
                "uniqueItems" => Some(Rule::UniqueItems),
                "enum" => bound
                    .as_array()
                    .and_then(|values| {
                        let listed = values.iter().filter(|value| !value.is_null());
                        listed.map(Value::as_i64).collect()
                    })
                    .map(Rule::OneOf),
                _ => None,
            };
            let Some(rule) = rule else {
                return Err(self.document.error(
                    at,
                    format!("the bound `{keyword}: {bound}` is not supported"),
                    "write it as OpenAPI 3.0 has it",
                ));
            };
            rules.push(rule);
        }
        Ok(rules)
    }
}

#[cfg(test)]
mod tests {
    use super::super::tiny;
    use crate::ir::Rule;

    #[test]
    fn bounds_come_from_where_the_document_states_them() {
        let paths = "
/things:
  get:
    operationId: a
    parameters:
      - {name: name, in: query, schema: {type: string, minLength: 1, maxLength: 9}}
      - {name: size, in: query, schema: {type: integer, minimum: 0, exclusiveMinimum: true}}
      - {name: tags, in: query, schema: {type: array, items: {type: string}, maxItems: 3, uniqueItems: true}}
    responses: {'204': {description: Done.}}";
        let api = tiny::build(paths, "").unwrap();
        let call = api.calls().next().unwrap();
        let rules: Vec<&[Rule]> = call.params.iter().map(|param| &*param.rules).collect();
        assert_eq!(rules[0], [Rule::MinLength(1), Rule::MaxLength(9)]);
        assert_eq!(rules[1], [Rule::ExclusiveMinimum(0.0)]);
        assert_eq!(rules[2], [Rule::MaxItems(3), Rule::UniqueItems]);
    }
}
