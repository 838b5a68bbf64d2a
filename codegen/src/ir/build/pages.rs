//! What an answer gives: its body, the one value in it, or a page of a list.

use serde::Deserialize;
use serde_json::{Map, Value};

use super::{Builder, extension};
use crate::document::join;
use crate::error::Result;
use crate::ir::{Field, Location, Operation, Pages, Param, Returns, Rule, Type, words};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PageFacts {
    page: String,
    size: String,
    next: String,
    total: String,
    #[serde(default)]
    id: Option<String>,
}

impl Builder<'_> {
    pub(super) fn returns(
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
            let id = self.id_of(item, facts.id.as_deref());
            if let (None, Some(wanted)) = (&id, &facts.id) {
                return Err(self.document.error(
                    at,
                    format!("the items have no text or integer field `{wanted}`"),
                    "name the field that tells an item from all others, or leave `id` out",
                ));
            }
            return Ok(Returns::Page {
                envelope: name.clone(),
                field: field.wire.clone(),
                item: (*item).clone(),
                pages: Pages {
                    page: facts.page,
                    largest: largest(operation, &facts.size),
                    size: facts.size,
                    id,
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

    /// The field of an item that tells it from all others: `id`, unless the overlay names another.
    fn id_of(&self, item: &Type, named: Option<&str>) -> Option<String> {
        let Type::Model(name) = item else {
            return None;
        };
        let fields = &self.models.get(&**name)?.fields;
        let id = fields
            .iter()
            .find(|field| field.wire == named.unwrap_or("id"))?;
        matches!(id.ty, Type::String | Type::Integer | Type::StringOrInteger)
            .then(|| id.wire.clone())
    }

    pub(super) fn field_at(&self, model: &str, path: &[String]) -> Option<&Field> {
        self.fields_at(model, path)?.pop()
    }

    /// All fields on a way down through models.
    pub(super) fn fields_at(&self, model: &str, path: &[String]) -> Option<Vec<&Field>> {
        let mut fields: Vec<&Field> = Vec::new();
        for wire in path {
            let model = match fields.last().map(|field| &field.ty) {
                None => model,
                Some(Type::Model(model)) => model,
                Some(_) => return None,
            };
            fields.push(self.models.get(model)?.field(wire)?);
        }
        Some(fields)
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
pub(super) fn explain_pages(pages: &Pages, params: &mut [Param], doc: &mut String) {
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

#[cfg(test)]
mod tests {
    use super::super::tiny;
    use crate::ir::{Form, Returns, Type};

    const PAGED: &str = "
/things:
  get:
    operationId: a
    x-snapline-pages: {page: page, size: per_page, next: next, total: total}
    parameters:
      - {name: page, in: query, schema: {type: integer}}
      - {name: per_page, in: query, schema: {type: integer, maximum: 50}}
    responses:
      '200': {description: Some., content: {application/json: {schema: {$ref: '#/components/schemas/page'}}}}";
    const SCHEMAS: &str = "
page:
  type: object
  properties:
    things: {type: array, items: {$ref: '#/components/schemas/thing'}}
    next: {type: string}
    total: {type: integer}
thing:
  type: object
  properties: {id: {type: string}}";

    #[test]
    fn an_envelope_of_one_value_is_taken_off() {
        let paths = "
/things:
  get:
    operationId: a
    responses:
      '200': {description: Some., content: {application/json: {schema: {$ref: '#/components/schemas/wrap'}}}}";
        let api = tiny::build(
            paths,
            "wrap:\n  type: object\n  properties: {things: {type: array, items: {type: string}}}",
        );
        let api = api.unwrap();
        let call = api.calls().next().unwrap();
        assert_eq!(call.form, Form::List(Type::String));
        let returns = &call.as_request().unwrap().request.returns;
        assert!(
            matches!(returns, Returns::Field { field, .. } if field == "things"),
            "{returns:?}"
        );
        assert_eq!(api.visible().count(), 0);
    }

    #[test]
    fn a_page_knows_its_largest_size_and_the_id_of_its_items() {
        let api = tiny::build(PAGED, SCHEMAS).unwrap();
        let call = api.calls().next().unwrap();
        let Form::Page { item, pages } = &call.form else {
            panic!("{:?}", call.form);
        };
        assert_eq!(item.name(), Some("Thing"));
        assert_eq!((pages.largest, pages.id.as_deref()), (Some(50), Some("id")));
        assert!(
            call.doc.contains("Walking gives each item once"),
            "{}",
            call.doc
        );
    }

    #[test]
    fn a_page_names_parameters_that_are_there() {
        let error =
            tiny::build(&PAGED.replace("size: per_page", "size: no_such"), SCHEMAS).unwrap_err();
        let wanted = "tiny.yaml at /paths/~1things/get/x-snapline-pages (operation a): the operation has no optional integer parameter `no_such`";
        assert!(error.starts_with(wanted), "{error}");
        let error =
            tiny::build(&PAGED.replace("next: next", "next: no.such"), SCHEMAS).unwrap_err();
        assert!(
            error.contains("`Page` has no text field `no.such`"),
            "{error}"
        );
        let error = tiny::build(
            &PAGED.replace("page: page,", "page: page, id: no_such,"),
            SCHEMAS,
        )
        .unwrap_err();
        assert!(
            error.contains("the items have no text or integer field `no_such`"),
            "{error}"
        );
    }
}
