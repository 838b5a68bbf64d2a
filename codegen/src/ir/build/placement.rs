//! Where an operation hangs in the tree of resources, and how it is called there.

use std::collections::{BTreeMap, BTreeSet};

use heck::{ToSnakeCase, ToUpperCamelCase};
use serde_json::{Map, Value};

use super::text::sentence;
use crate::ir::Resource;
use crate::spelling::{self, word};

/// Where an operation hangs in the tree of resources.
pub(super) struct Placement {
    pub(super) resource: Vec<String>,
    pub(super) verb: String,
}

/// `/v2/volumes/{volume_id}/snapshots` with GET is `volumes.snapshots.list`; the overlay may
/// say otherwise.
pub(super) fn placement(path: &str, method: &str, operation: &Map<String, Value>) -> Placement {
    let text = |key: &str| operation.get(key).and_then(Value::as_str);
    let (path, custom) = custom_verb(path);
    let segments: Vec<&str> = path
        .split('/')
        .filter(|segment| !segment.is_empty())
        .collect();
    let is_version = |segment: &str| {
        segment
            .strip_prefix('v')
            .is_some_and(|number| number.chars().all(|c| c.is_ascii_digit()))
    };
    // A segment with a value in it names nothing that there is one of.
    let named = segments
        .iter()
        .filter(|segment| !segment.contains('{') && !is_version(segment));
    let on_one = segments.last().is_some_and(|segment| segment.contains('{'));
    let verb = match (method, on_one) {
        ("get", true) => "get",
        ("get", false) => "list",
        ("post", _) => "create",
        ("put", _) => "update",
        ("delete", _) => "delete",
        (other, _) => other,
    };
    let verb = custom.map_or_else(|| verb.to_owned(), ToSnakeCase::to_snake_case);
    Placement {
        resource: match text("x-snapline-resource") {
            Some(resource) => resource
                .split('.')
                .map(ToSnakeCase::to_snake_case)
                .collect(),
            None => named
                .map(|segment| spelling::Names::new("resource").one(segment))
                .collect(),
        },
        verb: text("x-snapline-verb").map_or(verb, str::to_owned),
    }
}

/// A path without what is done with it, as in `/things/{id}:cancel`, and that.
pub(crate) fn custom_verb(path: &str) -> (&str, Option<&str>) {
    let is_word = |verb: &&str| word(verb).is_some() && !verb.contains(['/', '{', '}', ':']);
    match path.rsplit_once(':') {
        Some((path, verb)) if is_word(&verb) && !path.ends_with('/') => (path, Some(verb)),
        _ => (path, None),
    }
}

/// Gives each resource and each call a name of its own, also in languages where the parts of a name run together.
/// Where two meet, the later one in the document yields: a call is then called as its operation, or gets a number,
/// a resource a number. Waits come after all requests.
#[derive(Default)]
pub(super) struct Names {
    taken: BTreeSet<String>,
    resources: BTreeMap<Vec<String>, Vec<String>>,
}

impl Names {
    /// The path of a resource, by the one that it would have alone.
    pub(super) fn resource(&mut self, wanted: &[String]) -> Vec<String> {
        let Some((last, above)) = wanted.split_last() else {
            return Vec::new();
        };
        if let Some(known) = self.resources.get(wanted) {
            return known.clone();
        }
        let mut path = self.resource(above);
        let name = self.claim(&path, last, None);
        path.push(name);
        self.resources.insert(wanted.to_vec(), path.clone());
        path
    }

    /// The name of a call, by the one that it would have alone and by its operation, where it is the one call
    /// that can be called so.
    pub(super) fn call(&mut self, at: &[String], wanted: &str, operation: Option<&str>) -> String {
        self.claim(at, wanted, operation.and_then(word))
    }

    fn claim(&mut self, at: &[String], wanted: &str, instead: Option<String>) -> String {
        let above = at.join("_");
        let numbered = (2_u32..).map(|number| format!("{wanted}_{number}"));
        std::iter::once(wanted.to_owned())
            .chain(instead)
            .chain(numbered)
            .find(|name| {
                let whole = format!("{above}_{name}");
                self.taken.insert(whole.to_upper_camel_case())
            })
            .unwrap_or_default()
    }
}

/// The resource of a path, made where it is not there; `wanted` is the path that it would have alone, by which the
/// overlay may explain it.
pub(super) fn resource_at<'a>(
    resources: &'a mut Vec<Resource>,
    path: &[String],
    wanted: &[String],
    docs: &BTreeMap<String, String>,
) -> &'a mut Resource {
    fn descend<'a>(
        siblings: &'a mut Vec<Resource>,
        path: &[String],
        depth: usize,
        doc: &dyn Fn(usize) -> String,
    ) -> &'a mut Resource {
        let here: Vec<String> = path.iter().take(depth).cloned().collect();
        let index = match siblings.iter().position(|resource| resource.path == here) {
            Some(index) => index,
            None => {
                siblings.push(Resource {
                    doc: doc(depth),
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
            descend(&mut resource.children, path, depth + 1, doc)
        }
    }
    let doc = |depth: usize| {
        let dotted = |path: &[String]| {
            path.iter()
                .take(depth)
                .cloned()
                .collect::<Vec<_>>()
                .join(".")
        };
        let own = docs
            .get(&dotted(path))
            .or_else(|| docs.get(&dotted(wanted)));
        own.map_or_else(
            || format!("The calls below `{}`.", dotted(path)),
            |text| sentence(text),
        )
    };
    descend(resources, path, 1, &doc)
}

#[cfg(test)]
mod tests {
    use super::super::tiny;

    const NOTHING: &str = "responses: {'204': {description: Done.}}";

    #[test]
    fn what_is_done_with_a_thing_may_stand_behind_a_colon() {
        let split = |path: &'static str| super::custom_verb(path);
        assert_eq!(
            split("/things/{id}:cancel"),
            ("/things/{id}", Some("cancel"))
        );
        assert_eq!(split("/things:batchGet"), ("/things", Some("batchGet")));
        for whole in [
            "/things/{a}:{b}",
            "/a:b/things",
            "/things/:id",
            "/things/{id}:",
        ] {
            assert_eq!(split(whole), (whole, None));
        }
        let one = super::placement("/v1/things/{id}:batchGet", "post", &serde_json::Map::new());
        assert_eq!(
            (one.resource, one.verb),
            (vec!["things".to_owned()], "batch_get".to_owned())
        );
    }

    #[test]
    fn a_segment_with_a_value_in_it_names_no_resource() {
        let one = super::placement(
            "/v{version}/tag-{tag}/things",
            "get",
            &serde_json::Map::new(),
        );
        assert_eq!(
            (one.resource, one.verb),
            (vec!["things".to_owned()], "list".to_owned())
        );
        let one = super::placement("/files/{name}.{ending}", "get", &serde_json::Map::new());
        assert_eq!(
            (one.resource, one.verb),
            (vec!["files".to_owned()], "get".to_owned())
        );
    }

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

    /// Operations without anything in them: path, method, id and what else is said.
    fn dotted(operations: &[(&str, &str, &str, &str)]) -> Vec<String> {
        let one = |(path, method, id, more): &(&str, &str, &str, &str)| {
            format!("{path}:\n  {method}: {{operationId: {id}, {more}{NOTHING}}}\n")
        };
        let paths: Vec<String> = operations.iter().map(one).collect();
        let api = tiny::build(&paths.concat(), "").unwrap();
        api.calls().map(crate::ir::Call::dotted).collect()
    }

    #[test]
    fn of_two_calls_of_one_name_the_later_is_called_as_its_operation() {
        let calls = dotted(&[
            ("/v1/things", "get", "things_list", ""),
            ("/v2/things", "get", "things_listAgain", ""),
            ("/things/seven", "get", "eight", ""),
            ("/v4/things", "get", "seven", ""),
        ]);
        let names = ["list", "things_list_again", "list_2", "seven.list"];
        assert_eq!(calls, names.map(|name| format!("things.{name}")));
    }

    #[test]
    fn of_two_resources_that_run_together_the_later_gets_a_number() {
        let calls = dotted(&[
            ("/things/old", "get", "a", ""),
            ("/things_old", "get", "b", ""),
            ("/things_old/new", "get", "c", ""),
            ("/thingsOld/new", "post", "d", ""),
        ]);
        let names = [
            "things.old.list",
            "things_old_2.list",
            "things_old_2.new.list",
            "things_old_2.new.create",
        ];
        assert_eq!(calls, names);
    }

    #[test]
    fn a_call_and_a_resource_do_not_meet_either() {
        let calls = dotted(&[
            ("/a", "get", "a", "x-snapline-verb: b, "),
            ("/a/b", "get", "b", ""),
            ("/c/d", "get", "c", ""),
            ("/c", "get", "e", "x-snapline-verb: d, "),
            ("/f/list1", "get", "f", ""),
            ("/f", "get", "g", "x-snapline-verb: list_1, "),
        ]);
        let names = [
            "a.b",
            "a.b_2.list",
            "c.e",
            "c.d.list",
            "f.g",
            "f.list1.list",
        ];
        assert_eq!(calls, names);
    }

    #[test]
    fn waits_yield_to_requests_and_to_earlier_waits() {
        let thing = "thing: {type: object, required: [state], properties: {name: {type: string}, state: {type: string, enum: [made, gone]}}}";
        let paths = "
/things/{id}:
  get:
    operationId: a
    parameters: [{name: id, in: path, required: true, schema: {type: string}}]
    responses: {'200': {description: It., content: {application/json: {schema: {$ref: '#/components/schemas/thing'}}}}}
    x-snapline-waiters:
      - {name: made, status: state, ready: [made], summary: Waits}
      - {name: made, status: state, ready: [gone], summary: Waits}
/things/made:
  get: {operationId: b, responses: {'204': {description: Done.}}}";
        let api = tiny::build(paths, thing).unwrap();
        let calls: Vec<String> = api.calls().map(crate::ir::Call::dotted).collect();
        let names = [
            "things.get",
            "things.made_2",
            "things.made_3",
            "things.made.list",
        ];
        assert_eq!(calls, names);
    }
}
