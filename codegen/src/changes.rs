//! What changed between two OpenAPI 3.0 documents, and what each change means to a program on the wire and
//! to one over the Rust, Python, C and C++ faces.
//!
//! Pure: two values in, a [`Report`] out, which renders itself as text, Markdown or JSON. The documents may be
//! raw or have an overlay applied, whole or cut to what is selected; operations are paired by method and path,
//! so no ids are needed. A change inside a component is told once, with every operation that it reaches.
//! Sentences, examples and the order of keys do not count. `docs/changes.md` has the rules.

mod answers;
mod bounds;
mod changelog;
mod document;
mod facts;
mod graph;
mod operation;
mod parameters;
mod parts;
mod report;
mod rules;
mod same;
mod schema;
mod table;
mod text;
mod uses;
mod version;

use std::collections::BTreeMap;

use serde_json::Value;

use crate::select::Offer;

pub use report::{Change, Report, Touched, Unselected};
pub use rules::{Direction, FACES, RULES, Rule, Verdict, Verdicts};
pub use table::table;
pub use version::Step;

/// What upstream offers and is not selected, by `METHOD path`, in both versions of its document.
#[derive(Debug, Clone, Default)]
pub struct Offered {
    /// In the old version.
    pub old: BTreeMap<String, Offer>,
    /// In the new one.
    pub new: BTreeMap<String, Offer>,
}

/// Every change from one document to another.
#[must_use]
pub fn compare(old: &Value, new: &Value) -> Report {
    compare_with(old, new, &Offered::default())
}

/// The same, with what upstream offers beside it: what is new there and not selected is told as well.
#[must_use]
pub fn compare_with(old: &Value, new: &Value, offered: &Offered) -> Report {
    let mut graph = graph::Graph::new(old, new);
    let documents = graph.documents();
    let paired = document::paired(old, new);
    let mut roots = Vec::new();
    for (before, after) in paired.both {
        let node = graph.operation(before, after);
        graph.own_security(before, after, node);
        roots.push((node, before, after));
    }
    while let Some(pair) = graph.next() {
        graph.component_of(pair.kind, pair.node, &pair.old, &pair.new);
    }
    let changes = report::changes(&graph, documents, &roots, &paired.gone, &paired.come);
    Report::new(changes, report::offers(old, offered))
}
