//! The normalised document becomes the IR.

mod names;
mod waiters;

use heck::ToSnakeCase;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

use crate::document::{Document, join, schema_name};
use crate::error::Result;
use crate::ir::sound;
use crate::ir::{
    Api, Body, Call, Credential, Enum, EnumId, EnumValue, ErrorShape, Field, Kind, Location, Model,
    ModelId, Operation, OperationId, Pages, Param, Provider, Request, Resource, Returns, Rule,
    Type, Union, UnionId, Variant, words,
};
use crate::normalise::compositions::annotated_reference;
use crate::normalise::constraints::CONSTRAINTS;
use crate::normalise::formats::SECRET;
use crate::normalise::inline::PROBLEM;
use crate::normalise::unions::STRING_OR_INTEGER;
use crate::normalise::wire::{self, SEPARATOR};

/// Reads the IR out of a normalised document.
pub fn build(document: &Document) -> Result<Api> {
    let facts = provider_facts(document)?;
    let mut builder = Builder {
        document,
        models: BTreeMap::new(),
        enums: BTreeMap::new(),
        unions: BTreeMap::new(),
    };
    builder.components()?;
    let operations = document
        .operations()
        .into_iter()
        .map(|(pointer, path, method, object)| builder.operation(&pointer, path, method, object))
        .collect::<Result<Vec<_>>>()?;
    let mut resources: Vec<Resource> = Vec::new();
    for ((pointer, path, method, object), operation) in
        document.operations().iter().zip(&operations)
    {
        let place = placement(path, method, object);
        if place.resource.is_empty() {
            return Err(document.error(
                pointer.clone(),
                format!("the path `{path}` names no resource"),
                "give the operation an `x-snapline-resource` in the overlay",
            ));
        }
        let resource = resource_at(&mut resources, &place.resource, &facts.resources);
        let methods = builder.methods(pointer, object, operation, &place)?;
        for method in methods {
            if resource.calls.iter().any(|other| other.name == method.name) {
                return Err(document.error(
                    pointer.clone(),
                    format!(
                        "`{}.{}` is a method already",
                        place.resource.join("."),
                        method.name
                    ),
                    "give the operation an `x-snapline-verb` or `x-snapline-resource` in the overlay",
                ));
            }
            resource.calls.push(method);
        }
        builder.bare(pointer, object, operation)?;
    }
    builder.waits(&mut resources)?;
    builder.mark_uses(&operations, &resources);
    let api = Api {
        provider: facts.provider(document),
        resources,
        models: builder.models.into_values().collect(),
        enums: builder.enums.into_values().collect(),
        unions: builder.unions.into_values().collect(),
        operations,
    };
    sound::check(document, &api)?;
    Ok(api)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ProviderFacts {
    name: String,
    prefix: String,
    client: String,
    url_variable: String,
    #[serde(default)]
    token_variables: Vec<String>,
    token_header: Option<String>,
    #[serde(default)]
    credentials: Vec<CredentialFacts>,
    errors: ErrorFacts,
    #[serde(default)]
    resources: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CredentialFacts {
    name: String,
    variable: String,
    #[serde(default)]
    secret: Option<bool>,
    summary: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ErrorFacts {
    code: Vec<String>,
    message: Vec<String>,
    #[serde(default)]
    request_id: Vec<String>,
    #[serde(default)]
    request_id_headers: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PageFacts {
    page: String,
    size: String,
    next: String,
    total: String,
}

fn provider_facts(document: &Document) -> Result<ProviderFacts> {
    let at = "/info/x-snapline-provider";
    let Some(facts) = document.root.pointer(at) else {
        return Err(document.error(
            at,
            "nothing says whose API this is",
            "add `x-snapline-provider` to `info` in the overlay",
        ));
    };
    extension(document, at, facts)
}

/// Reads one of our extensions, naming the place when it does not fit.
fn extension<T: serde::de::DeserializeOwned>(
    document: &Document,
    at: &str,
    value: &Value,
) -> Result<T> {
    serde_json::from_value(value.clone()).map_err(|error| {
        document.error(
            at,
            format!("this extension cannot be read: {error}"),
            "see ARCHITECTURE.md for the fields it takes",
        )
    })
}

impl ProviderFacts {
    fn provider(&self, document: &Document) -> Provider {
        let text = |pointer: &str| {
            document
                .root
                .pointer(pointer)
                .and_then(Value::as_str)
                .unwrap_or_default()
                .trim()
                .to_owned()
        };
        // What a problem's details have (RFC 9457) comes after what the overlay names.
        let problems = document.root.pointer(&format!("/info/{PROBLEM}")).is_some();
        let with = |names: &[String], more: &[&str]| {
            let mut names = names.to_vec();
            let more = more
                .iter()
                .filter(|_| problems)
                .map(|name| (*name).to_owned());
            for name in more {
                if !names.contains(&name) {
                    names.push(name);
                }
            }
            names
        };
        Provider {
            name: self.name.clone(),
            prefix: self.prefix.clone(),
            client: self.client.clone(),
            server_url: wire::server_url(document),
            url_variable: self.url_variable.clone(),
            token_variables: self.token_variables.clone(),
            token_header: self.token_header.as_deref().map(str::to_lowercase),
            credentials: self
                .credentials
                .iter()
                .map(|credential| Credential {
                    name: credential.name.clone(),
                    variable: credential.variable.clone(),
                    secret: credential.secret.unwrap_or(true),
                    doc: sentence(&credential.summary),
                })
                .collect(),
            errors: ErrorShape {
                code: with(&self.errors.code, &["type"]),
                message: with(&self.errors.message, &["detail", "title"]),
                request_id: self.errors.request_id.clone(),
                request_id_headers: self.errors.request_id_headers.clone(),
            },
            doc: text("/info/description"),
        }
    }
}

/// Where an operation hangs in the tree of resources.
struct Placement {
    resource: Vec<String>,
    verb: String,
}

/// `/v2/volumes/{volume_id}/snapshots` with GET is `volumes.snapshots.list`; the overlay may
/// say otherwise.
fn placement(path: &str, method: &str, operation: &Map<String, Value>) -> Placement {
    let text = |key: &str| operation.get(key).and_then(Value::as_str);
    let segments: Vec<&str> = path
        .split('/')
        .filter(|segment| !segment.is_empty())
        .collect();
    let is_version = |segment: &str| {
        segment
            .strip_prefix('v')
            .is_some_and(|number| number.chars().all(|c| c.is_ascii_digit()))
    };
    let named = segments
        .iter()
        .filter(|segment| !segment.starts_with('{') && !is_version(segment));
    let on_one = segments
        .last()
        .is_some_and(|segment| segment.starts_with('{'));
    let verb = match (method, on_one) {
        ("get", true) => "get",
        ("get", false) => "list",
        ("post", _) => "create",
        ("put", _) => "update",
        ("delete", _) => "delete",
        (other, _) => other,
    };
    Placement {
        resource: match text("x-snapline-resource") {
            Some(resource) => resource
                .split('.')
                .map(ToSnakeCase::to_snake_case)
                .collect(),
            None => named.map(|segment| segment.to_snake_case()).collect(),
        },
        verb: text("x-snapline-verb").unwrap_or(verb).to_owned(),
    }
}

fn resource_at<'a>(
    resources: &'a mut Vec<Resource>,
    path: &[String],
    docs: &BTreeMap<String, String>,
) -> &'a mut Resource {
    fn descend<'a>(
        siblings: &'a mut Vec<Resource>,
        path: &[String],
        depth: usize,
        docs: &BTreeMap<String, String>,
    ) -> &'a mut Resource {
        let here: Vec<String> = path.iter().take(depth).cloned().collect();
        let index = match siblings.iter().position(|resource| resource.path == here) {
            Some(index) => index,
            None => {
                let dotted = here.join(".");
                siblings.push(Resource {
                    doc: docs
                        .get(&dotted)
                        .map(|text| tidy(text))
                        .unwrap_or_else(|| format!("The calls below `{dotted}`.")),
                    path: here,
                    calls: Vec::new(),
                    children: Vec::new(),
                });
                siblings.len() - 1
            }
        };
        #[allow(
            clippy::indexing_slicing,
            reason = "the index was found or made just above"
        )]
        let resource = &mut siblings[index];
        if depth >= path.len() {
            resource
        } else {
            descend(&mut resource.children, path, depth + 1, docs)
        }
    }
    descend(resources, path, 1, docs)
}

struct Builder<'a> {
    document: &'a Document,
    models: BTreeMap<String, Model>,
    enums: BTreeMap<String, Enum>,
    unions: BTreeMap<String, Union>,
}

impl Builder<'_> {
    fn schemas(&self) -> impl Iterator<Item = (&String, &Value)> {
        self.document
            .root
            .pointer("/components/schemas")
            .and_then(Value::as_object)
            .into_iter()
            .flatten()
    }

    fn components(&mut self) -> Result<()> {
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
                        pointer: at,
                    },
                );
            } else if schema.get("enum").is_some() {
                enums.insert(name.clone(), self.enumeration(name, schema, &at)?);
            }
        }
        self.models = models;
        self.enums = enums;
        self.unions = unions;
        Ok(())
    }

    fn enumeration(&self, name: &str, schema: &Value, at: &str) -> Result<Enum> {
        let meanings = schema.get("x-enum-descriptions");
        let mut values: Vec<EnumValue> = Vec::new();
        for value in schema
            .get("enum")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
        {
            let Some(wire) = value.as_str() else {
                // `null` in an enum only says that the field is nullable.
                continue;
            };
            let snake = wire.to_snake_case();
            if snake.is_empty() || values.iter().any(|other| other.name == snake) {
                return Err(self.document.error(
                    at,
                    format!("the value `{wire}` of `{name}` has no name of its own"),
                    "give the values names that differ by more than punctuation",
                ));
            }
            values.push(EnumValue {
                wire: wire.to_owned(),
                name: snake,
                doc: meanings
                    .and_then(|meanings| meanings.get(wire))
                    .and_then(Value::as_str)
                    .map_or_else(|| format!("`{wire}`."), tidy),
            });
        }
        Ok(Enum {
            name: EnumId::new(name),
            values,
            doc: doc(schema),
        })
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
                fields: self.fields(variant, &here, Some(tag))?,
                doc: doc(variant),
            });
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
                name: wire.to_snake_case(),
                ty: self.ty(property, &here)?,
                required: required.is_some_and(|list| list.iter().any(|name| name == wire)),
                nullable: self.nullable(property),
                read_only: flag(property, "readOnly"),
                secret: self.secret(property),
                rules: self.rules(property, &here)?,
                doc: self.doc_of(property),
                example: self.example(property),
            };
            if let Some(other) = fields.iter().find(|other| other.name == field.name) {
                // Fields of one object are told apart before, so these came together from its parts.
                return Err(self.document.error(
                    at,
                    format!(
                        "the fields `{}` and `{wire}` are both called `{}`",
                        other.wire, field.name
                    ),
                    "remove one of them in the overlay: an unlisted field is passed over",
                ));
            }
            fields.push(field);
        }
        Ok(fields)
    }

    /// The schema itself, or the component it is a bare or annotated reference to.
    fn target<'a>(&'a self, schema: &'a Value) -> &'a Value {
        let reference = schema
            .get("$ref")
            .and_then(Value::as_str)
            .or_else(|| annotated_reference(schema));
        reference
            .and_then(|reference| self.document.root.pointer(reference.strip_prefix('#')?))
            .unwrap_or(schema)
    }

    fn nullable(&self, schema: &Value) -> bool {
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

    fn ty(&self, schema: &Value, at: &str) -> Result<Type> {
        let reference = schema
            .get("$ref")
            .and_then(Value::as_str)
            .or_else(|| annotated_reference(schema));
        if let Some(name) = reference.and_then(schema_name) {
            let target = self.target(schema);
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

    fn rules(&self, schema: &Value, at: &str) -> Result<Vec<Rule>> {
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
                    .map(|values| Rule::OneOf(values.iter().filter_map(Value::as_i64).collect())),
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

    /// Whether a text, or one in a list or map, must not be shown.
    fn secret(&self, schema: &Value) -> bool {
        let target = self.target(schema);
        let inner = ["items", "additionalProperties"];
        target.get("format").and_then(Value::as_str) == Some(SECRET)
            || inner.iter().any(|key| {
                // A schema that is a reference is a model, which hides its own.
                let inner = target.get(*key).filter(|inner| inner.get("$ref").is_none());
                inner.is_some_and(|inner| self.secret(inner))
            })
    }

    /// A valid value: the documented example, else one made from the schema.
    fn example(&self, schema: &Value) -> Value {
        self.example_inside(schema, 0, &mut Vec::new())
    }

    /// The same some levels down; `inside` holds the objects and lists that it is part of.
    fn example_inside<'a>(
        &'a self,
        schema: &'a Value,
        depth: usize,
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
        if depth > 8 {
            return Value::Null;
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
                    let item = self.example_inside(items, depth + 1, inside);
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
                        (
                            name.clone(),
                            self.example_inside(property, depth + 1, inside),
                        )
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

    fn operation(
        &self,
        pointer: &str,
        path: &str,
        method: &str,
        object: &Map<String, Value>,
    ) -> Result<Operation> {
        let mut parameters = Vec::new();
        for (index, parameter) in object
            .get("parameters")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .enumerate()
        {
            let at = join(pointer, &["parameters", &index.to_string()]);
            parameters.push(self.parameter(parameter, &at)?);
        }
        let body_at = join(
            pointer,
            &["requestBody", "content", "application/json", "schema"],
        );
        let body = match (
            object.get("requestBody"),
            self.document.root.pointer(&body_at),
        ) {
            (_, Some(schema)) => Some(self.ty(schema, &body_at)?),
            (Some(_), None) => {
                return Err(self.document.error(
                    join(pointer, &["requestBody"]),
                    "a request body that is not JSON is not supported",
                    "describe an `application/json` body, or leave the operation out",
                ));
            }
            (None, None) => None,
        };
        let success_at = join(
            pointer,
            &["responses", "2XX", "content", "application/json"],
        );
        let success = self.document.root.pointer(&success_at);
        let success_type = match success.and_then(|content| content.get("schema")) {
            Some(schema) => Some(self.ty(schema, &join(&success_at, &["schema"]))?),
            None => None,
        };
        let medium = |key: &str| object.get(key)?.as_str().map(str::to_owned);
        Ok(Operation {
            id: OperationId::new(text(object, "operationId")),
            method: method.to_uppercase(),
            path: path.to_owned(),
            idempotent: object
                .get("x-snapline-idempotent")
                .and_then(Value::as_bool)
                .unwrap_or(matches!(method, "get" | "put" | "delete" | "head")),
            success: object
                .get("x-snapline-success")
                .and_then(Value::as_u64)
                .and_then(|status| u16::try_from(status).ok())
                .unwrap_or(200),
            example: success.and_then(|content| content.get("example")).cloned(),
            errors: object
                .get("responses")
                .and_then(Value::as_object)
                .into_iter()
                .flatten()
                .filter(|(status, _)| status.starts_with(['4', '5']))
                .map(|(status, response)| {
                    let example = response.pointer("/content/application~1json/example");
                    (status.clone(), example.cloned())
                })
                .collect(),
            parameters,
            body,
            sends: medium(wire::SENDS),
            accepts: medium(wire::ACCEPTS),
            body_required: object
                .get("requestBody")
                .is_some_and(|body| flag(body, "required")),
            success_type,
            scopes: object
                .get("security")
                .and_then(Value::as_array)
                .into_iter()
                .flatten()
                .filter_map(Value::as_object)
                .flat_map(Map::values)
                .filter_map(Value::as_array)
                .flatten()
                .filter_map(Value::as_str)
                .map(str::to_owned)
                .collect(),
        })
    }

    fn parameter(&self, parameter: &Value, at: &str) -> Result<Param> {
        let wire = parameter
            .get("name")
            .and_then(Value::as_str)
            .unwrap_or_default();
        let location = match parameter.get("in").and_then(Value::as_str) {
            Some("path") => Location::Path,
            Some("query") => Location::Query,
            other => {
                return Err(self.document.error(
                    at,
                    format!(
                        "a parameter in `{}` is not supported",
                        other.unwrap_or("nothing")
                    ),
                    "describe path and query parameters only",
                ));
            }
        };
        let schema_at = join(at, &["schema"]);
        let Some(schema) = parameter.get("schema") else {
            return Err(self
                .document
                .error(at, "the parameter has no schema", "give it one"));
        };
        let ty = self.ty(schema, &schema_at)?;
        let scalar = |ty: &Type| {
            !matches!(
                ty,
                Type::Model(_) | Type::Union(_) | Type::List(_) | Type::Map(_) | Type::Json
            )
        };
        let fits = match &ty {
            Type::List(item) => location == Location::Query && scalar(item),
            ty => scalar(ty),
        };
        if !fits {
            return Err(self.document.error(
                schema_at,
                format!("the parameter `{wire}` has a shape that is not supported in a URL"),
                "describe a text, a number, true or false, or in a query a list of those",
            ));
        }
        Ok(Param {
            wire: wire.to_owned(),
            name: wire.to_snake_case(),
            ty,
            required: flag(parameter, "required"),
            nullable: false,
            secret: self.secret(schema),
            location,
            separator: parameter
                .get(SEPARATOR)
                .and_then(Value::as_str)
                .map(str::to_owned),
            rules: self.rules(schema, &schema_at)?,
            doc: doc(parameter),
            example: parameter
                .get("example")
                .cloned()
                .unwrap_or_else(|| self.example(schema)),
        })
    }

    fn methods(
        &self,
        pointer: &str,
        object: &Map<String, Value>,
        operation: &Operation,
        place: &Placement,
    ) -> Result<Vec<Call>> {
        let returns = self.returns(pointer, object, operation)?;
        let method = |name: &str, body: Body, extra: Vec<Param>, summary: String, doc: String| {
            let mut params = operation.parameters.clone();
            params.extend(extra);
            let mut doc = doc;
            if let Returns::Page { pages, .. } = &returns {
                explain_pages(pages, &mut params, &mut doc);
            }
            // A stable sort: path first, then what must be given, then the rest, each in order.
            params.sort_by_key(|param| (param.location != Location::Path, !param.required));
            names::settle(&mut params);
            Call {
                name: name.to_owned(),
                resource: place.resource.clone(),
                operation: operation.id.clone(),
                params,
                form: returns.form(),
                summary,
                doc,
                kind: Kind::Request(Box::new(Request {
                    body,
                    returns: returns.clone(),
                })),
            }
        };
        let summary = sentence(&text(object, "summary"));
        let long = tidy(&text(object, "description"));
        let methods = match &operation.body {
            None => vec![method(&place.verb, Body::None, Vec::new(), summary, long)],
            Some(Type::Model(name)) => {
                let fields = self
                    .models
                    .get(&**name)
                    .map(|model| model.fields.as_slice())
                    .unwrap_or_default();
                let params = self.body_params(fields, &[], true);
                vec![method(
                    &place.verb,
                    Body::Model(name.clone()),
                    params,
                    summary,
                    long,
                )]
            }
            Some(Type::Union(name)) => {
                let Some(union) = self.unions.get(&**name) else {
                    return Ok(Vec::new());
                };
                let whole = Param {
                    wire: "body".to_owned(),
                    name: "body".to_owned(),
                    ty: Type::Union(name.clone()),
                    required: true,
                    nullable: false,
                    secret: false,
                    location: Location::WholeBody,
                    separator: None,
                    rules: Vec::new(),
                    doc: "What to do, in its general form.".to_owned(),
                    example: union.variants.first().map_or(Value::Null, |variant| {
                        let mut example: Map<String, Value> = variant
                            .fields
                            .iter()
                            .map(|field| (field.wire.clone(), field.example.clone()))
                            .collect();
                        example.insert(union.tag.clone(), json!(variant.value));
                        Value::Object(example)
                    }),
                };
                let mut all = vec![method(
                    &place.verb,
                    Body::Union(name.clone()),
                    vec![whole],
                    summary.clone(),
                    long,
                )];
                for variant in &union.variants {
                    let body = Body::Variant {
                        union: name.clone(),
                        value: variant.value.clone(),
                    };
                    let params = self.body_params(&variant.fields, &[], true);
                    let told = if variant.doc.is_empty() {
                        summary.clone()
                    } else {
                        variant.doc.clone()
                    };
                    let (first, rest) = split_sentence(&told);
                    all.push(method(
                        &variant.value.to_snake_case(),
                        body,
                        params,
                        first,
                        rest,
                    ));
                }
                all
            }
            Some(_) => {
                return Err(self.document.error(
                    join(pointer, &["requestBody"]),
                    "a request body that is not an object is not supported",
                    "describe an object with named fields",
                ));
            }
        };
        Ok(methods)
    }

    /// Whether an object cannot be made of nothing: it stays whole where it may be left out.
    fn needs_values(&self, fields: &[Field]) -> bool {
        fields.iter().any(|field| {
            let inner = match &field.ty {
                Type::Model(name) => self.models.get(&**name).filter(|model| model.inline),
                _ => None,
            };
            field.required
                && !field.read_only
                && inner.is_none_or(|model| self.needs_values(&model.fields))
        })
    }

    /// The fields of a body as arguments; an object that was written inline is opened up.
    fn body_params(&self, fields: &[Field], above: &[String], required: bool) -> Vec<Param> {
        let mut params = Vec::new();
        for field in fields.iter().filter(|field| !field.read_only) {
            let mut path = above.to_vec();
            path.push(field.wire.clone());
            if let Type::Model(name) = &field.ty
                && let Some(model) = self.models.get(&**name)
                && model.inline
                && !field.nullable
                && ((required && field.required) || !self.needs_values(&model.fields))
            {
                params.extend(self.body_params(&model.fields, &path, required && field.required));
                continue;
            }
            params.push(Param {
                wire: field.wire.clone(),
                name: field.name.clone(),
                ty: field.ty.clone(),
                required: required && field.required,
                nullable: field.nullable,
                secret: field.secret,
                location: Location::Body(path),
                separator: None,
                rules: field.rules.clone(),
                doc: field.doc.clone(),
                example: field.example.clone(),
            });
        }
        params
    }

    fn returns(
        &self,
        pointer: &str,
        object: &Map<String, Value>,
        operation: &Operation,
    ) -> Result<Returns> {
        let pages = object.get("x-snapline-pages");
        let name = match (&operation.success_type, pages) {
            (Some(Type::Model(name)), _) => name,
            (Some(whole), None) => return Ok(Returns::Whole(whole.clone())),
            (None, None) => return Ok(Returns::Nothing),
            (_, Some(_)) => {
                return Err(self.document.error(
                    join(pointer, &["x-snapline-pages"]),
                    "a page must be an object that holds one list",
                    "correct the response, or drop `x-snapline-pages`",
                ));
            }
        };
        let fields = self
            .models
            .get(&**name)
            .map(|model| model.fields.as_slice())
            .unwrap_or_default();
        if let Some(facts) = pages {
            let at = join(pointer, &["x-snapline-pages"]);
            let facts: PageFacts = extension(self.document, &at, facts)?;
            let lists: Vec<(&Field, &Type)> = fields
                .iter()
                .filter_map(|field| match &field.ty {
                    Type::List(item) => Some((field, item.as_ref())),
                    _ => None,
                })
                .collect();
            let [(field, item)] = lists.as_slice() else {
                return Err(self.document.error(
                    at,
                    format!(
                        "a page must hold one list, but `{name}` holds {}",
                        lists.len()
                    ),
                    "correct the response, or drop `x-snapline-pages`",
                ));
            };
            for wanted in [&facts.page, &facts.size] {
                let fits = |param: &Param| {
                    param.wire == *wanted
                        && param.location == Location::Query
                        && param.ty == Type::Integer
                        && !param.required
                };
                if !operation.parameters.iter().any(fits) {
                    return Err(self.document.error(
                        at,
                        format!("the operation has no optional integer parameter `{wanted}` in its query"),
                        "name the query parameters that the operation takes",
                    ));
                }
            }
            let split = |dotted: &str| dotted.split('.').map(str::to_owned).collect::<Vec<_>>();
            for (path, ty) in [(&facts.next, Type::String), (&facts.total, Type::Integer)] {
                let found = self.field_at(name, &split(path));
                if found.is_none_or(|field| field.ty != ty) {
                    let kind = if ty == Type::String {
                        "text"
                    } else {
                        "integer"
                    };
                    return Err(self.document.error(
                        at,
                        format!("`{name}` has no {kind} field `{path}`"),
                        "name fields of the response",
                    ));
                }
            }
            return Ok(Returns::Page {
                envelope: name.clone(),
                field: field.wire.clone(),
                item: (*item).clone(),
                pages: Pages {
                    page: facts.page,
                    largest: largest(operation, &facts.size),
                    size: facts.size,
                    id: self.id_of(item),
                    next: split(&facts.next),
                    total: split(&facts.total),
                },
            });
        }
        Ok(match fields {
            // An envelope of one value is unwrapped.
            [only] if object.get("x-snapline-unwrap") != Some(&Value::Bool(false)) => {
                Returns::Field {
                    envelope: name.clone(),
                    field: only.wire.clone(),
                    ty: only.ty.clone(),
                }
            }
            _ => Returns::Whole(Type::Model(name.clone())),
        })
    }

    /// The field of an item that tells it from all others.
    fn id_of(&self, item: &Type) -> Option<String> {
        let Type::Model(name) = item else {
            return None;
        };
        let fields = &self.models.get(&**name)?.fields;
        let id = fields.iter().find(|field| field.wire == "id")?;
        matches!(id.ty, Type::String | Type::Integer | Type::StringOrInteger)
            .then(|| id.wire.clone())
    }

    fn field_at(&self, model: &str, path: &[String]) -> Option<&Field> {
        let (first, rest) = path.split_first()?;
        let field = self
            .models
            .get(model)?
            .fields
            .iter()
            .find(|field| field.wire == *first)?;
        match (rest, &field.ty) {
            ([], _) => Some(field),
            (rest, Type::Model(next)) => self.field_at(next, rest),
            _ => None,
        }
    }

    /// Notes that the items of a list may come as the value of one field alone.
    fn bare(
        &mut self,
        pointer: &str,
        object: &Map<String, Value>,
        operation: &Operation,
    ) -> Result<()> {
        let Some(wire) = object.get("x-snapline-bare").and_then(Value::as_str) else {
            return Ok(());
        };
        let fault = |what: String| {
            Err(self.document.error(
                join(pointer, &["x-snapline-bare"]),
                what,
                "name a text field of the objects in the list, or drop it",
            ))
        };
        let model = match &operation.success_type {
            Some(Type::List(item)) => match item.as_ref() {
                Type::Model(name) => name.clone(),
                _ => return fault("the list holds no objects".to_owned()),
            },
            _ => return fault("the operation does not answer with a list".to_owned()),
        };
        if self
            .field_at(&model, &[wire.to_owned()])
            .is_none_or(|field| field.ty != Type::String)
        {
            return fault(format!("`{model}` has no text field `{wire}`"));
        }
        if let Some(model) = self.models.get_mut(&*model) {
            model.bare = Some(wire.to_owned());
        }
        Ok(())
    }

    /// Marks which models users receive, which they have to make, and which they never see.
    fn mark_uses(&mut self, operations: &[Operation], resources: &[Resource]) {
        let mut received = BTreeSet::new();
        let mut sent = BTreeSet::new();
        let mut seen = BTreeSet::new();
        let mut requested = BTreeSet::new();
        for operation in operations {
            if let Some(ty) = &operation.body {
                self.reach(ty, &mut requested);
            }
            if let Some(ty) = &operation.success_type {
                self.reach(ty, &mut received);
            }
        }
        for method in resources
            .iter()
            .flat_map(Resource::walk)
            .flat_map(Resource::requests)
        {
            if let Some(ty) = method.request.returns.ty() {
                self.reach(ty, &mut seen);
            }
            for param in &method.params {
                if matches!(param.location, Location::Body(_) | Location::Query) {
                    self.reach(&param.ty, &mut sent);
                    self.reach(&param.ty, &mut seen);
                }
            }
        }
        for (name, model) in &mut self.models {
            model.received = received.contains(name);
            model.sent = sent.contains(name);
            model.requested = requested.contains(name);
            model.envelope = !seen.contains(name);
        }
    }

    fn reach(&self, ty: &Type, found: &mut BTreeSet<String>) {
        match ty {
            Type::Model(name) => {
                if found.insert(name.to_string())
                    && let Some(model) = self.models.get(&**name)
                {
                    for field in &model.fields {
                        self.reach(&field.ty, found);
                    }
                }
            }
            Type::Union(name) if found.insert(name.to_string()) => {
                for field in self
                    .unions
                    .get(&**name)
                    .into_iter()
                    .flat_map(|union| &union.variants)
                    .flat_map(|variant| &variant.fields)
                {
                    self.reach(&field.ty, found);
                }
            }
            Type::List(inner) | Type::Map(inner) => self.reach(inner, found),
            _ => {}
        }
    }
}

fn flag(value: &Value, key: &str) -> bool {
    value.get(key).and_then(Value::as_bool).unwrap_or(false)
}

fn text(object: &Map<String, Value>, key: &str) -> String {
    object
        .get(key)
        .and_then(Value::as_str)
        .unwrap_or_default()
        .trim()
        .to_owned()
}

fn doc(schema: &Value) -> String {
    // More is said after it: bounds, who frees, what stands for nothing.
    sentence(
        schema
            .get("description")
            .and_then(Value::as_str)
            .unwrap_or_default(),
    )
}

/// One space between words and no blank ends; paragraphs stay apart.
fn tidy(text: &str) -> String {
    text.replace("\r\n", "\n")
        .split("\n\n")
        .map(|paragraph| paragraph.split_whitespace().collect::<Vec<_>>().join(" "))
        .filter(|paragraph| !paragraph.is_empty())
        .collect::<Vec<_>>()
        .join("\n\n")
}

fn sentence(text: &str) -> String {
    let text = tidy(text);
    let last = text.trim_end_matches(['"', '\'', '`', ')', ']', '*', '_']);
    if text.is_empty() || last.ends_with(['.', '?', '!', ':', ';', '…', '。', '！', '？']) {
        text
    } else {
        format!("{text}.")
    }
}

/// The first sentence, and the rest.
fn split_sentence(text: &str) -> (String, String) {
    match text.split_once(". ") {
        Some((first, rest)) => (sentence(first), rest.to_owned()),
        None => (sentence(text), String::new()),
    }
}

/// The largest page that an operation gives.
fn largest(operation: &Operation, size: &str) -> Option<i64> {
    let param = operation
        .parameters
        .iter()
        .find(|param| param.wire == size && param.location == Location::Query)?;
    param.rules.iter().find_map(|rule| match rule {
        // Bounds that are no whole number are of no page.
        Rule::Maximum(most) if most.fract() == 0.0 && *most < 1e9 => Some(*most as i64),
        _ => None,
    })
}

/// Says in the docs of a list what a walk does (B16).
fn explain_pages(pages: &Pages, params: &mut [Param], doc: &mut String) {
    let size = params.iter_mut().find(|param| param.wire == pages.size);
    if let (Some(param), Some(largest)) = (size, pages.largest) {
        param.doc = format!("{} {largest} when absent.", param.doc)
            .trim_start()
            .to_owned();
    }
    if !doc.is_empty() {
        doc.push_str("\n\n");
    }
    doc.push_str(words::walking(pages));
}
