//! Where an operation hangs in the tree of resources, and how it is called there.

use std::collections::BTreeMap;

use heck::ToSnakeCase;
use serde_json::{Map, Value};

use super::text::tidy;
use crate::ir::Resource;

/// Where an operation hangs in the tree of resources.
pub(super) struct Placement {
    pub(super) resource: Vec<String>,
    pub(super) verb: String,
}

/// `/v2/volumes/{volume_id}/snapshots` with GET is `volumes.snapshots.list`; the overlay may
/// say otherwise.
pub(super) fn placement(path: &str, method: &str, operation: &Map<String, Value>) -> Placement {
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

pub(super) fn resource_at<'a>(
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

#[cfg(test)]
mod tests {
    use super::super::tiny;

    const NOTHING: &str = "responses: {'204': {description: Done.}}";

    #[test]
    fn a_path_says_where_a_call_hangs_and_what_it_is_called() {
        let paths = format!(
            "/v2/bigVolumes/{{volume_id}}/snapshots:\n  get: {{operationId: a, \
             parameters: [{{name: volume_id, in: path, required: true, schema: {{type: string}}}}], {NOTHING}}}"
        );
        let api = tiny::build(&paths, "").unwrap();
        let calls: Vec<String> = api.calls().map(crate::ir::Call::dotted).collect();
        assert_eq!(calls, ["big_volumes.snapshots.list"]);
        let top = api.resources.first().unwrap();
        assert_eq!(
            (top.name(), top.doc.as_str()),
            ("big_volumes", "The calls below `big_volumes`.")
        );
    }

    #[test]
    fn a_path_without_a_word_needs_a_resource() {
        let error =
            tiny::build(&format!("/:\n  get: {{operationId: a, {NOTHING}}}"), "").unwrap_err();
        assert!(
            error.starts_with(
                "tiny.yaml at /paths/~1/get (operation a): the path `/` names no resource"
            ),
            "{error}"
        );
    }
}
