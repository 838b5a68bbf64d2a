//! What goes over the wire: operations and their parameters.

use heck::ToSnakeCase;
use serde_json::{Map, Value};

use super::Builder;
use super::text::{doc, flag, text};
use crate::document::join;
use crate::error::Result;
use crate::ir::{Location, Operation, OperationId, Param, Type};
use crate::normalise::media::{self, Raw};
use crate::normalise::responses::EMPTY;
use crate::normalise::wire::{self, SEPARATOR};

impl Builder<'_> {
    pub(super) fn operation(
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
        // Arguments go from the whole to its part, as in the path; documents list them in any order.
        parameters.sort_by_key(|param: &Param| {
            let template =
                (param.location == Location::Path).then(|| format!("{{{}}}", param.wire));
            template.map_or(usize::MAX, |template| {
                path.find(&template).unwrap_or(usize::MAX)
            })
        });
        let content_at =
            |of: &[&str]| join(pointer, &[of, &["content", "application/json"]].concat());
        let body_at = content_at(&["requestBody"]);
        let content = self.document.root.pointer(&body_at);
        let body = match (object.get("requestBody"), content) {
            (_, Some(content)) => self.content(content, &body_at)?,
            (Some(_), None) => {
                return Err(self.document.error(
                    join(pointer, &["requestBody"]),
                    "a request body of this type is not supported",
                    "describe a body of JSON, text or bytes, or leave the operation out",
                ));
            }
            (None, None) => None,
        };
        let medium = |key: &str| object.get(key)?.as_str().map(str::to_owned);
        let sends = medium(wire::SENDS);
        if let (Some(body), Some(media::FORM)) = (&body, sends.as_deref()) {
            self.fits_a_form(body, &join(&body_at, &["schema"]))?;
        }
        let success_at = content_at(&["responses", "2XX"]);
        let success = self.document.root.pointer(&success_at);
        let success_type = match success {
            Some(content) => self.content(content, &success_at)?,
            None => None,
        };
        let raw = |content: Option<&Value>| content.and_then(Raw::of).is_some();
        let status = |key: &str| u16::try_from(object.get(key)?.as_u64()?).ok();
        let empty_success = status(EMPTY).filter(|_| success_type.is_some());
        let is_null = success
            .and_then(|content| content.get("schema"))
            // Any JSON has null among its values.
            .filter(|_| !matches!(success_type, None | Some(Type::Json)))
            .is_some_and(|schema| self.nullable(schema));
        let example = success.and_then(|content| content.get("example"));
        Ok(Operation {
            id: OperationId::new(text(object, "operationId")),
            method: method.to_uppercase(),
            path: path.to_owned(),
            server: wire::own_server(self.document, path, object),
            idempotent: object
                .get("x-snapline-idempotent")
                .and_then(Value::as_bool)
                .unwrap_or(method != "post" && method != "patch"),
            limits: self.limits(pointer, object)?,
            success: status("x-snapline-success").unwrap_or(200),
            // What an example of YAML shows may be what its text says.
            example: example
                .filter(|example| !raw(success) || example.is_string())
                .cloned(),
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
            sends,
            raw_body: raw(content),
            accepts: medium(wire::ACCEPTS),
            raw_success: raw(success),
            body_required: object
                .get("requestBody")
                .is_some_and(|body| flag(body, "required")),
            success_type,
            maybe_nothing: is_null || empty_success.is_some(),
            empty_success,
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
                .chain(self.permissions(object))
                .map(str::to_owned)
                .collect(),
        })
    }

    /// The type of a body or an answer.
    fn content(&self, content: &Value, at: &str) -> Result<Option<Type>> {
        match (Raw::of(content), content.get("schema")) {
            (Some(Raw::Text), _) => Ok(Some(Type::String)),
            (Some(Raw::Bytes), _) => Ok(Some(Type::Bytes)),
            (None, Some(schema)) => self.ty(schema, &join(at, &["schema"])).map(Some),
            (None, None) => Ok(None),
        }
    }

    /// Refuses a form with a field that is more than one value or a list of such.
    fn fits_a_form(&self, body: &Type, at: &str) -> Result<()> {
        let what = match body {
            Type::Map(value) if is_listed(value) => return Ok(()),
            Type::Model(name) => {
                let fields = self.models.get(&**name).map(|model| model.fields.iter());
                let mut sent = fields
                    .into_iter()
                    .flatten()
                    .filter(|field| !field.read_only);
                match sent.find(|field| !is_listed(&field.ty)) {
                    Some(field) => format!("the field `{}` has", field.wire),
                    None => return Ok(()),
                }
            }
            _ => "the body has".to_owned(),
        };
        Err(self.document.error(
            at,
            format!("{what} a shape that is not supported in a form"),
            "describe an object of texts, numbers, true or false and lists of those, or leave the operation out",
        ))
    }

    /// The permissions that an operation needs, where an extension lists them.
    fn permissions<'b>(&self, object: &'b Map<String, Value>) -> impl Iterator<Item = &'b str> {
        let listed = self
            .permissions
            .as_ref()
            .and_then(|name| object.get(name)?.as_array());
        let needed = listed.into_iter().flatten().filter(|one| {
            let optional = one.get("required") == Some(&Value::Bool(false));
            !optional
        });
        needed.filter_map(|one| one.get("name").unwrap_or(one).as_str())
    }

    fn parameter(&self, parameter: &Value, at: &str) -> Result<Param> {
        let wire = parameter
            .get("name")
            .and_then(Value::as_str)
            .unwrap_or_default();
        let location = match parameter.get("in").and_then(Value::as_str) {
            Some("path") => Location::Path,
            Some("query") => Location::Query,
            Some("header") => Location::Header,
            other => {
                return Err(self.document.error(
                    at,
                    format!(
                        "a parameter in `{}` is not supported",
                        other.unwrap_or("nothing")
                    ),
                    "describe parameters in the path, the query and headers only",
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
        let fits = match location {
            Location::Query => is_listed(&ty),
            _ => is_scalar(&ty),
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
}

/// Whether a type is one value, or a list of such.
fn is_listed(ty: &Type) -> bool {
    match ty {
        Type::List(item) => is_scalar(item),
        ty => is_scalar(ty),
    }
}

/// Whether a type is one value, which a text says.
fn is_scalar(ty: &Type) -> bool {
    !matches!(
        ty,
        Type::Model(_) | Type::Union(_) | Type::List(_) | Type::Map(_) | Type::Json | Type::Bytes
    )
}

#[cfg(test)]
mod tests {
    use super::super::tiny;
    use crate::ir::Type;

    #[test]
    fn an_operation_is_what_goes_over_the_wire() {
        let paths = "
/things/{id}:
  put:
    operationId: things_update
    parameters: [{name: id, in: path, required: true, schema: {type: integer}}]
    responses: {'202': {description: Begun.}, '404': {description: None.}}";
        let api = tiny::build(paths, "").unwrap();
        let operation = api.operations.first().unwrap();
        assert_eq!(
            (&*operation.id, &*operation.method, operation.success),
            ("things_update", "PUT", 202)
        );
        assert!(operation.idempotent && operation.body.is_none());
        assert_eq!(operation.errors.first().unwrap().0, "404");
        assert!(operation.scopes.is_empty());
    }

    #[test]
    fn a_body_is_text_or_bytes_where_it_is_no_json() {
        let paths = "
/things/{id}:
  put:
    operationId: a
    parameters: [{name: id, in: path, required: true, schema: {type: string}}]
    requestBody: {content: {application/yaml: {schema: {type: object}, example: {a: 1}}}}
    responses: {'200': {description: It., content: {application/pdf: {}, image/png: {}}}}
  post:
    operationId: b
    parameters: [{name: id, in: path, required: true, schema: {type: string}}]
    requestBody: {content: {image/png: {schema: {type: string, format: binary}}}}
    responses: {'200': {description: It., content: {text/csv: {example: 'a,b'}}}}
  patch:
    operationId: c
    parameters: [{name: id, in: path, required: true, schema: {type: string}}]
    requestBody: {content: {application/json: {schema: {type: string}}}}
    responses: {'200': {description: It., content: {text/csv: {}, text/json: {schema: {type: string}}}}}";
        let api = tiny::build(paths, "").unwrap();
        let shapes: Vec<_> = api
            .operations
            .iter()
            .map(|it| (it.body.clone().unwrap(), it.raw_body, it.sends.as_deref()))
            .collect();
        assert_eq!(
            shapes,
            [
                (Type::String, true, Some("application/yaml")),
                (Type::Bytes, true, Some("image/png")),
                (Type::String, false, None),
            ]
        );
        let shapes: Vec<_> = api
            .operations
            .iter()
            .map(|it| {
                let ty = it.success_type.clone().unwrap();
                (ty, it.raw_success, it.accepts.as_deref())
            })
            .collect();
        assert_eq!(
            shapes,
            [
                (Type::Bytes, true, Some("application/pdf, image/png")),
                (Type::String, true, Some("text/csv")),
                (Type::String, false, Some("text/json")),
            ]
        );
        let examples: Vec<_> = api.operations.iter().map(|it| it.example.clone()).collect();
        assert_eq!(examples, [None, Some("a,b".into()), None]);
        let body = api.calls().next().unwrap().params.last().unwrap();
        assert_eq!((&*body.name, body.example.as_str()), ("body", Some("text")));
    }

    #[test]
    fn arguments_of_the_path_go_in_its_order() {
        let paths = "
/boxes/{box}/things/{id}:
  get:
    operationId: things_get
    parameters:
      - {name: detail, in: query, schema: {type: boolean}}
      - {name: id, in: path, required: true, schema: {type: string}}
      - {name: box, in: path, required: true, schema: {type: string}}
      - {name: brief, in: query, schema: {type: boolean}}
    responses: {'204': {description: Done.}}";
        let api = tiny::build(paths, "").unwrap();
        let operation = api.operations.first().unwrap();
        let names: Vec<&str> = operation.parameters.iter().map(|p| &*p.wire).collect();
        assert_eq!(names, ["box", "id", "detail", "brief"]);
    }

    #[test]
    fn a_map_has_no_place_in_a_query() {
        let paths = "
/things:
  get:
    operationId: a
    parameters: [{name: like, in: query, schema: {type: object, additionalProperties: {type: string}}}]
    responses: {'204': {description: Done.}}";
        let error = tiny::build(paths, "").unwrap_err();
        let wanted = "tiny.yaml at /paths/~1things/get/parameters/0/schema (operation a): the parameter `like`";
        assert!(error.starts_with(wanted), "{error}");
    }
}
