//! Lists that go on by the number of a page.

use serde_json::{Value, json};

use super::action::{Action, Section};
use super::view::{View, same};

/// What the number and the size of a page, the next one and the number of all items are commonly called.
const PAGES: [&str; 4] = ["page", "page_number", "page_no", "page_num"];
const SIZES: [&str; 7] = [
    "per_page",
    "page_size",
    "limit",
    "size",
    "items_per_page",
    "page_limit",
    "results_per_page",
];
const NEXTS: [&str; 6] = [
    "next",
    "next_page",
    "next_url",
    "next_link",
    "next_page_url",
    "next_page_link",
];
const TOTALS: [&str; 7] = [
    "total",
    "total_count",
    "total_items",
    "total_results",
    "total_entries",
    "total_records",
    "count",
];

/// How deep in an answer they may stand.
const DEEP: usize = 3;

/// Guesses the pages of every operation that gives one list.
pub(super) fn guess(view: &View<'_>) -> Vec<Action> {
    let operations = view.document.operations();
    let pages = operations.iter().filter_map(|(pointer, path, method, operation)| {
        let parameters = view.parameters(path, method);
        let parameter = |wanted: &[&str]| {
            wanted.iter().find_map(|name| {
                let fits = parameters.iter().find(|one| {
                    one.text("in") == "query" && same(one.text("name")) == *name && !one.is_required()
                });
                let schema = fits?.value.get("schema")?;
                (view.kind(schema) == "integer").then(|| fits.map(|one| one.text("name")))?
            })
        };
        let (page, size) = (parameter(&PAGES)?, parameter(&SIZES)?);
        let answer = view.success(operation)?;
        let next = find(view, answer, &NEXTS, "string", DEEP)?;
        let total = find(view, answer, &TOTALS, "integer", DEEP)?;
        let facts = json!({"page": page, "size": size, "next": next, "total": total});
        let what = format!("pages go by `{page}` and `{size}`, with the next in `{next}` and the number of items in `{total}`");
        let action = Action::update(
            Section::Pages,
            pointer.clone(),
            "Its parameters and its answer are those of a list in pages.",
            json!({"x-snapline-pages": facts}),
        );
        Some(action.optional().look(what, "check that these mean so, or drop it"))
    });
    pages.collect()
}

/// The dotted way to the first field of one of these names and this type.
fn find<'d>(
    view: &View<'d>,
    schema: &'d Value,
    names: &[&str],
    kind: &str,
    deep: usize,
) -> Option<String> {
    let fields = view.fields(schema);
    let here = names.iter().find_map(|name| {
        let field = fields
            .iter()
            .find(|(field, schema)| same(field) == *name && view.kind(schema) == kind);
        field.map(|(field, _)| (*field).to_owned())
    });
    here.or_else(|| {
        let below = fields.iter().filter(|_| deep > 1);
        below
            .filter(|(name, _)| !name.contains('.'))
            .find_map(|(name, inner)| {
                Some(format!(
                    "{name}.{}",
                    find(view, inner, names, kind, deep - 1)?
                ))
            })
    })
}
