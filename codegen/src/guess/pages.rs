//! Lists that come in pages: by the number of a page, by how many items stand before it, or by a cursor.

use serde_json::{Map, Value, json};

use super::action::{Action, Section};
use super::view::{View, same};

/// How a list may go on, and what that is commonly called.
struct Way {
    /// The fact of an overlay that names the parameter.
    fact: &'static str,
    /// What the parameter is commonly called, and its type.
    begins: &'static [&'static str],
    kind: &'static str,
    /// Fields that say what the parameter is to say for the next page.
    values: &'static [&'static str],
    /// Whether the number of all items says enough.
    counts: bool,
}

/// The best first: what a service calls a page leads there also where a number stands beside it for show.
const WAYS: [Way; 3] = [
    Way {
        fact: "cursor",
        begins: &[
            "cursor",
            "page_token",
            "next_token",
            "pagination_token",
            "continuation_token",
            "page_cursor",
            "marker",
            "after",
            "starting_after",
        ],
        kind: "string",
        values: &[
            "next_cursor",
            "next_page_token",
            "next_token",
            "next_page_cursor",
            "next_marker",
            "continuation_token",
            "end_cursor",
            "next_page",
            "next",
            "after",
        ],
        counts: false,
    },
    Way {
        fact: "page",
        begins: &["page", "page_number", "page_no", "page_num"],
        kind: "integer",
        values: &["next_page", "next_page_number", "next"],
        counts: false,
    },
    Way {
        fact: "offset",
        begins: &["offset", "skip", "start_index", "start"],
        kind: "integer",
        values: &["next_offset", "next"],
        counts: true,
    },
];

/// What the size of a page, a link to the next one and the number of all items are commonly called.
const SIZES: [&str; 9] = [
    "per_page",
    "page_size",
    "limit",
    "size",
    "items_per_page",
    "page_limit",
    "results_per_page",
    "max_results",
    "max_items",
];
const NEXTS: [&str; 6] = [
    "next",
    "next_page",
    "next_url",
    "next_link",
    "next_page_url",
    "next_page_link",
];
const TOTALS: [&str; 8] = [
    "total",
    "total_count",
    "total_size",
    "total_items",
    "total_results",
    "total_entries",
    "total_records",
    "count",
];

/// What a parameter is called that takes the id of the item behind which a page begins, and what says whether there is one.
const BEHIND: [&str; 1] = ["starting_after"];
const MORE: &str = "has_more";

/// How deep in an answer they may stand.
const DEEP: usize = 3;

/// Guesses the pages of every operation that gives one list.
pub(super) fn guess(view: &View<'_>) -> Vec<Action> {
    let operations = view.document.operations();
    let pages = operations
        .iter()
        .filter_map(|(pointer, path, method, operation)| {
            let parameters = view.parameters(path, method);
            let parameter = |wanted: &[&str], kind: &str| {
                wanted.iter().find_map(|name| {
                    let fits = parameters
                        .iter()
                        .find(|one| one.text("in") == "query" && same(one.text("name")) == *name)?;
                    let schema = fits.value.get("schema")?;
                    (view.kind(schema) == kind).then(|| (fits.text("name"), schema))
                })
            };
            let (size, _) = parameter(&SIZES, "integer")?;
            let answer = view.success(operation)?;
            let linked = view
                .success_headers(operation)
                .any(|name| name.eq_ignore_ascii_case("link"));
            let field = |names: &[&str], kind| find(view, answer, names, kind, DEEP);
            let total = field(&TOTALS, "integer");
            let mut from_0 = false;
            let (way, begins, next) = WAYS.iter().find_map(|way| {
                let (begins, schema) = parameter(way.begins, way.kind)?;
                from_0 = way.fact == "page" && begins_with_0(view, schema);
                let value = || field(way.values, way.kind).map(|found| ("next_value", found.0));
                let link = || field(&NEXTS, "string").map(|found| ("next", found.0));
                let told = match way.kind {
                    // A text of that name may be either.
                    "string"
                        if field(way.values, "string")
                            .is_some_and(|(_, schema)| !is_link(view, schema)) =>
                    {
                        value()
                    }
                    "string" => link(),
                    _ => link().or_else(value),
                };
                let told = told.map(|(fact, next)| (fact, json!(next)));
                let told = told.or_else(|| linked.then(|| ("link_header", json!(true))));
                // An item's own name begins the next page only where nothing else is said to.
                let told = told.or_else(|| {
                    let behind = BEHIND.contains(&&*same(begins)) && last_has_id(view, answer);
                    behind.then(|| ("next_item", json!("id")))
                });
                let enough = way.counts && total.is_some();
                (told.is_some() || enough).then_some((way, begins, told))
            })?;
            let mut facts = Map::from_iter([
                (way.fact.to_owned(), json!(begins)),
                ("size".to_owned(), json!(size)),
            ]);
            let mut what = format!("pages go by `{begins}` and `{size}`");
            if from_0 {
                what.push_str(", from 0 on");
                facts.insert("first".to_owned(), json!(0));
            }
            if let Some((fact, next)) = next {
                if fact == "next_item" {
                    what.push_str(&format!(
                        ", behind the last item by its `id` while there are more by `{MORE}`"
                    ));
                    facts.extend([(fact.to_owned(), next), ("more".to_owned(), json!(MORE))]);
                } else {
                    let place = next.as_str().unwrap_or("Link");
                    what.push_str(&format!(", with the next in `{place}`"));
                    facts.insert(fact.to_owned(), next);
                }
            }
            if let Some((total, _)) = total {
                let and = if facts.len() > 2 { " and" } else { ", with" };
                what.push_str(&format!("{and} the number of items in `{total}`"));
                facts.insert("total".to_owned(), json!(total));
            }
            let action = Action::update(
                Section::Pages,
                pointer.clone(),
                "Its parameters and its answer are those of a list in pages.",
                json!({"x-snapline-pages": facts}),
            );
            Some(
                action
                    .optional()
                    .look(what, "check that these mean so, or drop it"),
            )
        });
    pages.collect()
}

/// Whether an answer says whether there are more items than those of its one list, each of which has a text `id`.
fn last_has_id<'d>(view: &View<'d>, answer: &'d Value) -> bool {
    let fields = view.fields(answer);
    let more = fields
        .iter()
        .any(|(name, field)| *name == MORE && view.kind(field) == "boolean");
    let mut lists = fields
        .iter()
        .filter(|(_, field)| view.kind(field) == "array")
        .filter_map(|(_, field)| view.keyword(field, "items"));
    let (Some(items), None, true) = (lists.next(), lists.next(), more) else {
        return false;
    };
    view.fields(items)
        .iter()
        .any(|(name, field)| *name == "id" && view.kind(field) == "string")
}

/// Whether a number is said to begin with 0.
fn begins_with_0<'d>(view: &View<'d>, schema: &'d Value) -> bool {
    let schema = view.follow(schema);
    let said = |key| schema.and_then(|schema| schema.get(key)?.as_i64());
    said("default").or_else(|| said("minimum")) == Some(0)
}

/// Whether a text is said or shown to be a link.
fn is_link<'d>(view: &View<'d>, schema: &'d Value) -> bool {
    let text = |key: &str| {
        let said = view
            .follow(schema)
            .and_then(|schema| schema.get(key)?.as_str());
        said.unwrap_or_default()
    };
    let example = text("example");
    text("format").starts_with("uri") || example.contains("://") || example.starts_with('/')
}

/// The dotted way to the first field of one of these names and this type, and what it is.
fn find<'d>(
    view: &View<'d>,
    schema: &'d Value,
    names: &[&str],
    kind: &str,
    deep: usize,
) -> Option<(String, &'d Value)> {
    let fields = view.fields(schema);
    let here = names.iter().find_map(|name| {
        let (field, schema) = fields
            .iter()
            .find(|(field, schema)| same(field) == *name && view.kind(schema) == kind)?;
        Some(((*field).to_owned(), *schema))
    });
    here.or_else(|| {
        let below = fields.iter().filter(|_| deep > 1);
        below
            .filter(|(name, _)| !name.contains('.'))
            .find_map(|(name, inner)| {
                let (path, found) = find(view, inner, names, kind, deep - 1)?;
                Some((format!("{name}.{path}"), found))
            })
    })
}
