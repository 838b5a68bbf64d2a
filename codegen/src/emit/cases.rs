//! Conformance cases as files, one for each top-level resource.

use serde_json::Value;

use crate::cases::{Case, cases};
use crate::file_set::FileSet;
use crate::ir::Api;

/// Writes `tests/conformance/cases/<provider>-<resource>.json`.
pub fn emit(api: &Api) -> FileSet {
    let mut files = FileSet::default();
    let all = cases(api);
    for resource in &api.resources {
        let here: Vec<Value> = all
            .iter()
            .filter(|case| case.resource.first() == resource.path.first())
            .map(Case::to_json)
            .collect();
        // A `Value` cannot fail to serialise: its keys are strings and its numbers finite.
        let text = serde_json::to_string_pretty(&here).unwrap_or_default();
        let name = format!("{}-{}.json", api.provider.name, resource.name());
        files.add(format!("tests/conformance/cases/{name}"), text);
    }
    files
}
