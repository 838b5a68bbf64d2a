//! What a user can call: the requests of an operation, with the fields of its body as arguments.

use serde_json::{Map, Value, json};

use super::pages::explain_pages;
use super::text::{append, sentence, split_sentence, text, tidy};
use super::{Builder, names};
use crate::document::join;
use crate::error::Result;
use crate::ir::bytes::{SOME_BYTES, bytes};
use crate::ir::{
    Body, Call, Field, Kind, Location, Operation, Param, Request, Returns, Type, words,
};

impl Builder<'_> {
    pub(super) fn requests(
        &self,
        pointer: &str,
        object: &Map<String, Value>,
        operation: &Operation,
        verb: &str,
    ) -> Result<Vec<Call>> {
        let returns = self.returns(pointer, object, operation)?;
        let method = |name: &str, body: Body, extra: Vec<Param>, summary: String, doc: String| {
            let mut params = operation.parameters.clone();
            params.extend(extra);
            let mut doc = doc;
            if let Returns::Page { pages, .. } = &returns {
                explain_pages(pages, &mut params, &mut doc);
            } else if operation.maybe_nothing {
                append(&mut doc, words::MAYBE);
            }
            if doc == summary {
                doc.clear();
            }
            // A stable sort: path first, then what must be given, then the rest, each in order.
            params.sort_by_key(|param| (param.location != Location::Path, !param.required));
            names::settle(&mut params);
            Call {
                name: name.to_owned(),
                resource: Vec::new(),
                operation: operation.id.clone(),
                params,
                form: returns.form(operation.maybe_nothing),
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
            None => vec![method(verb, Body::None, Vec::new(), summary, long)],
            Some(Type::Model(name)) => {
                let fields = self
                    .models
                    .get(&**name)
                    .map(|model| model.fields.as_slice())
                    .unwrap_or_default();
                let params = self.body_params(fields, &[], true);
                vec![method(
                    verb,
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
                    ..whole_body(&Type::Union(name.clone()))
                };
                let mut all = vec![method(
                    verb,
                    Body::Whole(Type::Union(name.clone())),
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
                    all.push(method(&variant.name, body, params, first, rest));
                }
                all
            }
            Some(ty) => {
                let content_at = join(pointer, &["requestBody", "content", "application/json"]);
                let content = self.document.root.pointer(&content_at);
                let schema = content.and_then(|content| content.get("schema"));
                let schema = schema.unwrap_or(&Value::Null);
                let text = content
                    .filter(|_| operation.raw_body)
                    .and_then(|content| content.get("example"))
                    .filter(|example| example.is_string());
                let whole = Param {
                    secret: self.secret(schema),
                    rules: self.rules(schema, &join(&content_at, &["schema"]))?,
                    example: match (ty, text) {
                        (Type::Bytes, _) => bytes(&SOME_BYTES),
                        (_, Some(text)) => text.clone(),
                        _ => self.example(schema),
                    },
                    ..whole_body(ty)
                };
                let whole = match &operation.sends {
                    Some(media) if operation.raw_body => Param {
                        doc: format!("What is sent, as it is: {media}."),
                        ..whole
                    },
                    _ => whole,
                };
                vec![method(
                    verb,
                    Body::Whole(ty.clone()),
                    vec![whole],
                    summary,
                    long,
                )]
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
}

/// The argument that is the body.
fn whole_body(ty: &Type) -> Param {
    Param {
        wire: "body".to_owned(),
        name: "body".to_owned(),
        ty: ty.clone(),
        required: true,
        nullable: false,
        secret: false,
        location: Location::WholeBody,
        separator: None,
        rules: Vec::new(),
        doc: "What is sent.".to_owned(),
        example: Value::Null,
    }
}

#[cfg(test)]
mod tests {
    use super::super::tiny;

    #[test]
    fn the_fields_of_a_body_are_arguments_beside_those_of_the_path() {
        let paths = "
/things/{name}:
  post:
    operationId: a
    parameters: [{name: name, in: path, required: true, schema: {type: string}}]
    requestBody:
      required: true
      content:
        application/json:
          schema:
            type: object
            required: [size, owner]
            properties:
              name: {type: string}
              size: {type: integer}
              owner: {type: object, required: [name], properties: {name: {type: string}}}
              from: {type: string}
              timeout: {type: integer}
    responses: {'204': {description: Done.}}";
        let api = tiny::build(paths, "").unwrap();
        let call = api.calls().next().unwrap();
        let names: Vec<&str> = call.params.iter().map(|param| &*param.name).collect();
        assert_eq!(
            names,
            [
                "name",
                "size",
                "owner_name",
                "body_name",
                "from",
                "body_timeout"
            ]
        );
        assert_eq!(call.required().count(), 3);
    }
}
