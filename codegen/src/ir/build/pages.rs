//! What an answer gives: its body, the one value in it, or a page of a list.

use serde::Deserialize;
use serde_json::{Map, Value};

use super::text::append;
use super::{Builder, extension};
use crate::document::join;
use crate::error::Result;
use crate::ir::{
    By, Field, Location, ModelId, Next, Operation, Pages, Param, Returns, Rule, Type, Within, words,
};

/// What an overlay says of a list in pages: one parameter that says where a page begins, the one with its size, and fields of
/// the answer, dotted.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PageFacts {
    page: Option<String>,
    /// The number of the first page, where that is not 1.
    first: Option<u64>,
    offset: Option<String>,
    cursor: Option<String>,
    size: String,
    /// A link to the next page.
    next: Option<String>,
    /// What the parameter is to say for the next page.
    next_value: Option<String>,
    /// The field of the last item that the parameter is to say for the next page.
    next_item: Option<String>,
    /// Whether there are more items; beside `next_item`.
    more: Option<String>,
    /// Whether the header `Link` leads to the next page.
    #[serde(default)]
    link_header: bool,
    total: Option<String>,
    id: Option<String>,
}

impl PageFacts {
    /// The parameter that says where a page begins, and what it says.
    fn page(&self) -> Option<(&String, By)> {
        let all = [
            (&self.page, By::Number(self.first.unwrap_or(1))),
            (&self.offset, By::Offset),
            (&self.cursor, By::Cursor),
        ];
        let mut named = all
            .into_iter()
            .filter_map(|(name, by)| Some((name.as_ref()?, by)));
        let (name, by) = named.next().filter(|_| named.next().is_none())?;
        // Only pages have numbers.
        let fits = self.first.is_none() || matches!(by, By::Number(_));
        fits.then_some((name, by))
    }

    /// What an answer says of the next page, and the type of the field that says it.
    fn next(&self, by: By) -> Option<(Next, Type)> {
        let value = match by {
            By::Cursor => Type::String,
            By::Number(_) | By::Offset => Type::Integer,
        };
        match (&self.next_item, &self.more) {
            (None, None) => {}
            (Some(id), Some(more))
                if by == By::Cursor
                    && self.next.is_none()
                    && self.next_value.is_none()
                    && !self.link_header =>
            {
                let (id, more) = (id.clone(), split(more));
                return Some((Next::Last { id, more }, Type::Boolean));
            }
            _ => return None,
        }
        match (&self.next, &self.next_value, self.link_header) {
            (Some(link), None, false) => Some((Next::Link(split(link)), Type::String)),
            (None, Some(field), false) => Some((Next::Value(split(field)), value)),
            (None, None, true) => Some((Next::Header, Type::String)),
            (None, None, false) if by == By::Offset && self.total.is_some() => {
                Some((Next::Untold, value))
            }
            _ => None,
        }
    }
}

fn split(dotted: &str) -> Vec<String> {
    dotted.split('.').map(str::to_owned).collect()
}

impl Builder<'_> {
    pub(super) fn returns(
        &self,
        pointer: &str,
        object: &Map<String, Value>,
        operation: &Operation,
    ) -> Result<Returns> {
        if let Some(facts) = object.get("x-snapline-pages") {
            return self.page(join(pointer, &["x-snapline-pages"]), facts, operation);
        }
        let name = match &operation.success_type {
            Some(Type::Model(name)) => name,
            Some(whole) => return Ok(Returns::Whole(whole.clone())),
            None => return Ok(Returns::Nothing),
        };
        Ok(match self.fields_of(name) {
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

    fn fields_of(&self, model: &ModelId) -> &[Field] {
        let model = self.models.get(&**model);
        model
            .map(|model| model.fields.as_slice())
            .unwrap_or_default()
    }

    /// One page of a list, as the facts at a place say.
    fn page(&self, at: String, facts: &Value, operation: &Operation) -> Result<Returns> {
        let facts: PageFacts = extension(self.document, &at, facts)?;
        let correct = "correct the response, or drop `x-snapline-pages`";
        let (name, within, item) = match &operation.success_type {
            Some(Type::List(item)) => (None, None, item.as_ref()),
            Some(Type::Model(name)) => {
                let lists: Vec<(&Field, &Type)> = self
                    .fields_of(name)
                    .iter()
                    .filter_map(|field| match &field.ty {
                        Type::List(item) => Some((field, item.as_ref())),
                        _ => None,
                    })
                    .collect();
                let [(field, item)] = lists.as_slice() else {
                    let told = format!(
                        "a page must hold one list, but `{name}` holds {}",
                        lists.len()
                    );
                    return Err(self.document.error(at, told, correct));
                };
                let within = Within {
                    envelope: name.clone(),
                    field: field.wire.clone(),
                };
                (Some(name), Some(within), *item)
            }
            _ => {
                let told = "a page must be a list, or an object that holds one list";
                return Err(self.document.error(at, told, correct));
            }
        };
        let Some((page, by)) = facts.page() else {
            return Err(self.document.error(
                at,
                "nothing says where a page begins, or more than one thing",
                "name one query parameter: `page` has its number, from `first` on, `offset` how many items stand before \
                 it, `cursor` what the answer before said",
            ));
        };
        let begins = match by {
            By::Cursor => Type::String,
            By::Number(_) | By::Offset => Type::Integer,
        };
        for (wanted, ty) in [(page, &begins), (&facts.size, &Type::Integer)] {
            let fits = |param: &Param| {
                param.wire == *wanted && param.location == Location::Query && param.ty == *ty
            };
            if !operation.parameters.iter().any(fits) {
                return Err(self.document.error(
                    at,
                    format!(
                        "the operation has no {} parameter `{wanted}` in its query",
                        kind(ty)
                    ),
                    "name the query parameters that the operation takes",
                ));
            }
        }
        let Some((next, of)) = facts.next(by) else {
            return Err(self.document.error(
                at,
                "nothing says which page is the next, or more than one thing",
                "name one field of the answer: `next` has a link, `next_value` what the parameter is to say; or say \
                 `link_header: true`; or name by `next_item` the field of the last item that a `cursor` is to say, and by \
                 `more` what says whether there are more; a list by `offset` with a `total` needs none of these",
            ));
        };
        let total = facts.total.as_deref().map(split);
        let told = match &next {
            Next::Link(path) | Next::Value(path) | Next::Last { more: path, .. } => {
                Some((path, of))
            }
            Next::Header | Next::Untold => None,
        };
        let total_of = total.as_ref().map(|path| (path, Type::Integer));
        for (path, ty) in told.into_iter().chain(total_of) {
            let field = name.and_then(|name| self.field_at(name, path));
            let fits = |of: &Type| *of == ty || (of.is_whole() && ty.is_whole());
            if field.is_none_or(|field| !fits(&field.ty)) {
                let whole = name.map_or("the answer".to_owned(), |name| format!("`{name}`"));
                return Err(self.document.error(
                    at,
                    format!("{whole} has no {} field `{}`", kind(&ty), path.join(".")),
                    "name fields of the response",
                ));
            }
        }
        if let Next::Last { id, .. } = &next
            && self.id_of(item, Some(id)).is_none()
        {
            return Err(self.document.error(
                at,
                format!("the items have no text or integer field `{id}`"),
                "name the field of the last item that the parameter is to say",
            ));
        }
        let id = self.id_of(item, facts.id.as_deref());
        if let (None, Some(wanted)) = (&id, &facts.id) {
            return Err(self.document.error(
                at,
                format!("the items have no text or integer field `{wanted}`"),
                "name the field that tells an item from all others, or leave `id` out",
            ));
        }
        Ok(Returns::Page {
            within,
            item: item.clone(),
            pages: Pages {
                page: page.clone(),
                by,
                largest: largest(operation, &facts.size),
                size: facts.size,
                id,
                next,
                total,
            },
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
        (id.ty.is_whole() || matches!(id.ty, Type::String | Type::StringOrInteger))
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

/// What people call a type.
fn kind(ty: &Type) -> &'static str {
    match ty {
        Type::Integer => "integer",
        Type::Boolean => "boolean",
        _ => "text",
    }
}

/// The largest page that an operation gives.
fn largest(operation: &Operation, size: &str) -> Option<i64> {
    let param = operation
        .parameters
        .iter()
        .find(|param| param.wire == size && param.location == Location::Query)
        // One that is always given needs no other.
        .filter(|param| !param.required)?;
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
    let page = params.iter_mut().find(|param| param.wire == pages.page);
    if let (Some(param), By::Number(first)) = (page, pages.by)
        && first != 1
    {
        param.doc = format!("{} The first is {first}.", param.doc)
            .trim_start()
            .to_owned();
    }
    append(doc, words::walking(pages));
}

#[cfg(test)]
mod tests {
    use super::super::tiny;
    use crate::ir::{By, Form, Next, Returns, Type};

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
    fn a_page_begins_by_one_thing_and_something_says_the_next() {
        let facts = "{page: page, size: per_page, next: next, total: total}";
        let built = |other: &str| tiny::build(&PAGED.replace(facts, other), SCHEMAS);
        let api = built("{offset: page, size: per_page, total: total}").unwrap();
        let Form::Page { pages, .. } = &api.calls().next().unwrap().form else {
            panic!("no page");
        };
        assert_eq!((pages.by, &pages.next), (By::Offset, &Next::Untold));
        for (facts, wanted) in [
            (
                "{page: page, offset: page, size: per_page, next: next}",
                "nothing says where a page begins",
            ),
            (
                "{size: per_page, next: next}",
                "nothing says where a page begins",
            ),
            (
                "{page: page, size: per_page, total: total}",
                "nothing says which page is the next",
            ),
            (
                "{offset: page, size: per_page}",
                "nothing says which page is the next",
            ),
            (
                "{page: page, size: per_page, next: next, next_value: total}",
                "nothing says which page is the next",
            ),
            (
                "{page: page, size: per_page, next_value: next}",
                "`Page` has no integer field `next`",
            ),
            (
                "{cursor: page, size: per_page, next_value: next}",
                "no text parameter `page`",
            ),
        ] {
            let error = built(facts).unwrap_err();
            assert!(error.contains(wanted), "{facts}: {error}");
        }
    }

    #[test]
    fn pages_may_begin_with_0_or_behind_an_item() {
        let facts = "{page: page, size: per_page, next: next, total: total}";
        let built = |other: &str, kind: &str| {
            let paged = PAGED.replace(facts, other).replace(
                "{name: page, in: query, schema: {type: integer}}",
                &format!("{{name: page, in: query, schema: {{type: {kind}}}}}"),
            );
            let more = "    total: {type: integer}\n    more: {type: boolean}";
            tiny::build(&paged, &SCHEMAS.replace("    total: {type: integer}", more))
        };
        let pages = |facts: &str, kind: &str| match &built(facts, kind)
            .unwrap()
            .calls()
            .next()
            .unwrap()
            .form
        {
            Form::Page { pages, .. } => pages.clone(),
            form => panic!("{form:?}"),
        };
        let from_0 = pages(
            "{page: page, first: 0, size: per_page, next: next}",
            "integer",
        );
        assert_eq!((from_0.by, from_0.by.first()), (By::Number(0), Some(0)));
        let behind = pages(
            "{cursor: page, size: per_page, next_item: id, more: more}",
            "string",
        );
        let (id, more) = ("id".to_owned(), vec!["more".to_owned()]);
        assert_eq!(behind.next, Next::Last { id, more });
        for (facts, kind, wanted) in [
            (
                "{offset: page, first: 0, size: per_page, total: total}",
                "integer",
                "nothing says where a page begins",
            ),
            (
                "{cursor: page, size: per_page, next_item: id}",
                "string",
                "nothing says which page is the next",
            ),
            (
                "{cursor: page, size: per_page, next_item: id, more: more, next: next}",
                "string",
                "nothing says which page",
            ),
            (
                "{page: page, size: per_page, next_item: id, more: more}",
                "integer",
                "nothing says which page is the next",
            ),
            (
                "{cursor: page, size: per_page, next_item: name, more: more}",
                "string",
                "no text or integer field `name`",
            ),
            (
                "{cursor: page, size: per_page, next_item: id, more: total}",
                "string",
                "no boolean field `total`",
            ),
        ] {
            let error = built(facts, kind).unwrap_err();
            assert!(error.contains(wanted), "{facts}: {error}");
        }
    }

    #[test]
    fn a_page_names_parameters_that_are_there() {
        let error =
            tiny::build(&PAGED.replace("size: per_page", "size: no_such"), SCHEMAS).unwrap_err();
        let wanted = "tiny.yaml at /paths/~1things/get/x-snapline-pages (operation a): the operation has no integer parameter `no_such`";
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
