//! Models, enums and unions, and the type of a value.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::Builder;
use super::text::{doc, flag, tidy};
use crate::document::{join, schema_name};
use crate::error::Result;
use crate::ir::{Enum, EnumId, EnumValue, Field, Model, ModelId, Type, Union, UnionId, Variant};
use crate::normalise::compositions::annotated_reference;
use crate::normalise::formats::{SECRET, UNSIGNED};
use crate::normalise::unions::STRING_OR_INTEGER;
use crate::spelling::Names;

impl Builder<'_> {
    fn schemas(&self) -> impl Iterator<Item = (&String, &Value)> {
        self.document
            .root
            .pointer("/components/schemas")
            .and_then(Value::as_object)
            .into_iter()
            .flatten()
    }

    pub(super) fn components(&mut self) -> Result<()> {
        let mut models = BTreeMap::new();
        let mut enums = BTreeMap::new();
        let mut unions = BTreeMap::new();
        for (name, schema) in self.schemas() {
            let at = join("/components/schemas", &[name]);
            if name == STRING_OR_INTEGER {
                continue;
            }
            if let Some(tag) = schema.get("x-snapline-tag").and_then(Value::as_str) {
                unions.insert(name.clone(), self.union(name, tag, schema, &at)?);
            } else if schema.get("properties").is_some() {
                models.insert(
                    name.clone(),
                    Model {
                        name: ModelId::new(name),
                        fields: self.fields(schema, &at, None)?,
                        doc: doc(schema),
                        received: false,
                        sent: false,
                        requested: false,
                        envelope: false,
                        inline: flag(schema, "x-snapline-inline"),
                        bare: None,
                        mounted: None,
                        pointer: at,
                    },
                );
            } else if schema.get("enum").is_some() {
                enums.insert(name.clone(), Self::enumeration(name, schema));
            }
        }
        self.models = models;
        self.enums = enums;
        self.unions = unions;
        Ok(())
    }

    fn enumeration(name: &str, schema: &Value) -> Enum {
        let meanings = schema.get("x-enum-descriptions");
        let listed = schema.get("enum").and_then(Value::as_array);
        // `null` in an enum only says that the field is nullable.
        let mut listed: Vec<&str> = listed
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        let mut seen = BTreeSet::new();
        listed.retain(|value| seen.insert(*value));
        let mut names = Names::new("value").with_digits();
        let names = names.all(listed.iter().copied());
        let values = listed.iter().zip(names).map(|(wire, name)| EnumValue {
            wire: (*wire).to_owned(),
            name,
            doc: meanings
                .and_then(|meanings| meanings.get(wire))
                .and_then(Value::as_str)
                .map_or_else(|| format!("`{wire}`."), tidy),
        });
        Enum {
            name: EnumId::new(name),
            values: values.collect(),
            doc: doc(schema),
        }
    }

    fn union(&self, name: &str, tag: &str, schema: &Value, at: &str) -> Result<Union> {
        let mut variants = Vec::new();
        for (index, variant) in schema
            .get("oneOf")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .enumerate()
        {
            let here = join(at, &["oneOf", &index.to_string()]);
            let value = variant
                .pointer(&join("/properties", &[tag, "enum", "0"]))
                .and_then(Value::as_str)
                .unwrap_or_default();
            variants.push(Variant {
                value: value.to_owned(),
                name: String::new(),
                fields: self.fields(variant, &here, Some(tag))?,
                doc: doc(variant),
            });
        }
        let names = Names::new("kind").all(variants.iter().map(|variant| &*variant.value));
        for (variant, name) in variants.iter_mut().zip(names) {
            variant.name = name;
        }
        Ok(Union {
            name: UnionId::new(name),
            tag: tag.to_owned(),
            variants,
            doc: doc(schema),
        })
    }

    fn fields(&self, schema: &Value, at: &str, without: Option<&str>) -> Result<Vec<Field>> {
        let required = schema.get("required").and_then(Value::as_array);
        let mut fields: Vec<Field> = Vec::new();
        for (wire, property) in schema
            .get("properties")
            .and_then(Value::as_object)
            .into_iter()
            .flatten()
            .filter(|(wire, _)| Some(wire.as_str()) != without)
        {
            let here = join(at, &["properties", wire]);
            let field = Field {
                wire: wire.clone(),
                name: String::new(),
                ty: self.ty(property, &here)?,
                required: required.is_some_and(|list| list.iter().any(|name| name == wire)),
                nullable: self.nullable(property),
                read_only: flag(property, "readOnly"),
                secret: self.secret(property),
                rules: self.rules(property, &here)?,
                doc: self.doc_of(property),
                example: self.example(property),
            };
            fields.push(field);
        }
        let names = Names::new("field").all(fields.iter().map(|field| &*field.wire));
        for (field, name) in fields.iter_mut().zip(names) {
            field.name = name;
        }
        Ok(fields)
    }

    /// The schema itself, or the component it is a bare or annotated reference to.
    pub(super) fn target<'a>(&'a self, schema: &'a Value) -> &'a Value {
        let reference = schema
            .get("$ref")
            .and_then(Value::as_str)
            .or_else(|| annotated_reference(schema));
        reference
            .and_then(|reference| self.document.root.pointer(reference.strip_prefix('#')?))
            .unwrap_or(schema)
    }

    pub(super) fn nullable(&self, schema: &Value) -> bool {
        flag(schema, "nullable") || flag(self.target(schema), "nullable")
    }

    fn doc_of(&self, schema: &Value) -> String {
        let own = doc(schema);
        if own.is_empty() {
            doc(self.target(schema))
        } else {
            own
        }
    }

    pub(super) fn ty(&self, schema: &Value, at: &str) -> Result<Type> {
        let reference = schema
            .get("$ref")
            .and_then(Value::as_str)
            .or_else(|| annotated_reference(schema));
        if let Some(name) = reference.and_then(schema_name) {
            let target = self.target(schema);
            if std::ptr::eq(target, schema) {
                return Err(self.document.error(
                    at,
                    format!("there is no schema `{name}`"),
                    "add it to the components, or correct the reference",
                ));
            }
            return Ok(if name == STRING_OR_INTEGER {
                Type::StringOrInteger
            } else if target.get("x-snapline-tag").is_some() {
                Type::Union(UnionId::new(name))
            } else if target.get("properties").is_some() {
                Type::Model(ModelId::new(name))
            } else if target.get("enum").is_some() {
                Type::Enum(EnumId::new(name))
            } else {
                // A component that only names a list, a map or a scalar.
                self.ty(target, &join("/components/schemas", &[&name]))?
            });
        }
        let kind = schema.get("type").and_then(Value::as_str);
        Ok(match (kind, schema.get("format").and_then(Value::as_str)) {
            (Some("string"), Some("date-time")) => Type::Timestamp,
            (Some("string"), _) => Type::String,
            (Some("integer"), Some(UNSIGNED)) => Type::Unsigned,
            (Some("integer"), _) => Type::Integer,
            (Some("number"), _) => Type::Number,
            (Some("boolean"), _) => Type::Boolean,
            (Some("array"), _) => match schema.get("items") {
                Some(items) => Type::List(Box::new(self.ty(items, &join(at, &["items"]))?)),
                None => Type::List(Box::new(Type::Json)),
            },
            (Some("object") | None, _) => match schema.get("additionalProperties") {
                Some(values) if values.is_object() => Type::Map(Box::new(
                    self.ty(values, &join(at, &["additionalProperties"]))?,
                )),
                _ => Type::Json,
            },
            (Some(other), _) => {
                return Err(self.document.error(
                    at,
                    format!("the type `{other}` is not supported"),
                    "use string, integer, number, boolean, array or object",
                ));
            }
        })
    }

    /// Whether a text, or one in a list or map, must not be shown.
    pub(super) fn secret(&self, schema: &Value) -> bool {
        let target = self.target(schema);
        let inner = ["items", "additionalProperties"];
        target.get("format").and_then(Value::as_str) == Some(SECRET)
            || inner.iter().any(|key| {
                // A schema that is a reference is a model, which hides its own.
                let inner = target.get(*key).filter(|inner| inner.get("$ref").is_none());
                inner.is_some_and(|inner| self.secret(inner))
            })
    }
}

#[cfg(test)]
mod tests {
    use super::super::tiny;
    use crate::ir::Type;

    #[test]
    fn what_nothing_is_said_of_is_described_by_its_name() {
        let paths = "
/things:
  get:
    operationId: a
    responses:
      '200': {description: One., content: {application/json: {schema: {$ref: '#/components/schemas/bigThing'}}}}";
        let schemas = "
bigThing:
  type: object
  properties:
    first_part: {$ref: '#/components/schemas/part'}
    other: {type: string, description: Told.}
part:
  type: object
  properties: {size: {type: number}}";
        let api = tiny::build(paths, schemas).unwrap();
        let thing = api.models.iter().find(|model| model.name == "BigThing");
        let thing = thing.unwrap();
        let docs: Vec<&str> = thing.fields.iter().map(|field| &*field.doc).collect();
        assert_eq!(
            (&*thing.doc, docs),
            ("Big thing.", vec!["First part.", "Told."])
        );
    }

    #[test]
    fn a_field_is_what_its_schema_says() {
        let paths = "
/things:
  get:
    operationId: a
    responses:
      '200': {description: One., content: {application/json: {schema: {$ref: '#/components/schemas/thing'}}}}";
        let schemas = "
thing:
  type: object
  required: [id, at]
  properties:
    id: {type: string, readOnly: true, description: Its id}
    at: {type: string, format: date-time, nullable: true}
    parts: {type: array, items: {$ref: '#/components/schemas/part'}}
    labels: {type: object, additionalProperties: {type: string}}
    state: {type: string, enum: [made, broken]}
part:
  type: object
  properties: {size: {type: number}}";
        let api = tiny::build(paths, schemas).unwrap();
        let thing = api.visible().find(|model| model.name == "Thing").unwrap();
        let field = |wire: &str| thing.field(wire).unwrap();
        assert!(field("id").read_only && !field("id").can_be_absent());
        assert_eq!(field("id").doc, "Its id.");
        assert!(field("at").ty == Type::Timestamp && field("at").can_be_absent());
        let Type::List(part) = &field("parts").ty else {
            panic!("{:?}", field("parts").ty);
        };
        assert_eq!(part.name(), Some("Part"));
        assert_eq!(field("labels").ty, Type::Map(Box::new(Type::String)));
        let Type::Enum(state) = &field("state").ty else {
            panic!("{:?}", field("state").ty);
        };
        assert_eq!(api.enumeration(state).values.len(), 2);
    }
}
