//! The report: what changed, how much of it breaks whom, and what upstream has beside it.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde_json::Value;

use super::Offered;
use super::document::{nameless, operations};
use super::facts::Fact;
use super::graph::{Finding, Graph, Node};
use super::operation::Operation;
use super::rules::{Direction, FACES, Kind, Rule, Verdict, Verdicts};
use super::uses::{Scope, Uses};
use super::version::{Step, steps};

/// An operation that a change reaches.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Touched {
    /// `GET /v2/things`, with the path as the new document has it.
    pub operation: String,
    /// Its id, where it has one.
    pub id: Option<String>,
}

/// One change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Change {
    /// The rules that it falls under: two where something is sent and received, else one.
    pub rules: Vec<&'static Rule>,
    /// The worst that the rules say.
    pub verdicts: Verdicts,
    /// Where it is, inside its operation or in words of its own: `schema share field status`.
    pub place: String,
    /// The component that it is in, as a reference into the new document.
    pub component: Option<String>,
    /// Every operation that it reaches; none for what holds for the whole document.
    pub operations: Vec<Touched>,
    /// Whether it is part of what is sent, of what is received, or of both; neither for what is not sent at all.
    pub directions: Vec<Direction>,
    /// What was, where that can be shown.
    pub old: Option<String>,
    /// What is now.
    pub new: Option<String>,
}

impl Change {
    /// Whether it breaks anybody.
    #[must_use]
    pub fn breaks(&self) -> bool {
        self.verdicts.worst() == Verdict::Breaking
    }

    pub(super) fn is_replaced_enum(&self) -> bool {
        self.rules
            .iter()
            .any(|rule| rule.kind == Kind::EnumReplaced)
    }

    /// What its rules say, in words.
    pub(super) fn what(&self) -> String {
        let said: Vec<String> = self.rules.iter().map(|rule| rule.said()).collect();
        said.join("; ")
    }

    /// The numbers of its rules: `S076+S135`.
    pub(super) fn numbers(&self) -> String {
        let numbers: Vec<String> = self.rules.iter().map(|rule| rule.number()).collect();
        numbers.join("+")
    }

    /// `a → b`, as far as it can be shown.
    pub(super) fn shown(&self) -> Option<String> {
        match (&self.old, &self.new) {
            (None, None) => None,
            (Some(old), None) => Some(old.clone()),
            (None, Some(new)) => Some(new.clone()),
            (Some(old), Some(new)) => Some(format!("{old} → {new}")),
        }
    }
}

/// An operation that upstream has lately and that is not selected.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Unselected {
    /// `GET /v2/things`.
    pub operation: String,
    /// Its id, where it has one.
    pub id: Option<String>,
    /// Its tags.
    pub tags: Vec<String>,
}

/// How many changes there are of each verdict.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Count {
    /// Those that break.
    pub breaking: usize,
    /// Those that do not.
    pub compatible: usize,
    /// Those that are not noticed.
    pub none: usize,
}

impl Count {
    fn of(verdicts: impl Iterator<Item = Verdict>) -> Self {
        let mut count = Self::default();
        for verdict in verdicts {
            match verdict {
                Verdict::Breaking => count.breaking += 1,
                Verdict::Compatible => count.compatible += 1,
                Verdict::None => count.none += 1,
            }
        }
        count
    }
}

/// Every change from one document to another, and what follows from them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    /// How many changes break anybody, nobody, or are not noticed.
    pub count: Count,
    /// The same for the wire and each face.
    pub counts: BTreeMap<&'static str, Count>,
    /// The changes: enums whose values were replaced, what else breaks, what does not, what is not noticed.
    pub changes: Vec<Change>,
    /// The version that each artefact needs.
    pub versions: Vec<Step>,
    /// What is new upstream and not selected.
    pub new_upstream: Vec<Unselected>,
    /// Tags of those that upstream never had before.
    pub new_tags: Vec<String>,
    /// A section for `CHANGELOG.md`.
    pub changelog: String,
}

impl Report {
    pub(super) fn new(
        mut changes: Vec<Change>,
        (new_upstream, new_tags): (Vec<Unselected>, Vec<String>),
    ) -> Self {
        changes.sort_by_cached_key(|change| {
            let group = match change.verdicts.worst() {
                Verdict::Breaking => 0,
                Verdict::Compatible => 1,
                Verdict::None => 2,
            };
            let first = change
                .operations
                .first()
                .map(|touched| touched.operation.clone());
            let place = change.component.clone().or(first);
            (
                !change.is_replaced_enum(),
                group,
                place,
                change.place.clone(),
                change.numbers(),
            )
        });
        let counts = FACES
            .into_iter()
            .enumerate()
            .map(|(number, face)| {
                let verdicts = changes
                    .iter()
                    .filter_map(|change| change.verdicts.all().get(number).copied());
                (face, Count::of(verdicts))
            })
            .collect();
        let report = Self {
            count: Count::of(changes.iter().map(|change| change.verdicts.worst())),
            counts,
            changes,
            versions: Vec::new(),
            new_upstream,
            new_tags,
            changelog: String::new(),
        };
        report.with_version(env!("CARGO_PKG_VERSION"))
    }

    /// The same report for artefacts whose version is another one than this workspace's.
    #[must_use]
    pub fn with_version(mut self, version: &str) -> Self {
        self.versions = steps(version, &self.changes);
        self.changelog = super::changelog::section(&self);
        self
    }

    /// The changes that anybody notices as a list in Markdown, for a changelog that has other things too; what breaks
    /// comes first and says so.
    #[must_use]
    pub fn list(&self) -> String {
        super::changelog::list(self)
    }

    /// Whether nothing changed and nothing is new upstream.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty() && self.new_upstream.is_empty() && self.new_tags.is_empty()
    }

    /// Whether a change breaks anybody.
    #[must_use]
    pub fn breaks(&self) -> bool {
        self.count.breaking > 0
    }

    /// The report as JSON.
    #[must_use]
    pub fn json(&self) -> String {
        // Its keys are strings and its numbers finite, so it cannot fail.
        let mut text = serde_json::to_string_pretty(self).unwrap_or_default();
        text.push('\n');
        text
    }
}

/// The changes that a graph found, one for each place and thing.
pub(super) fn changes(
    graph: &Graph<'_>,
    documents: usize,
    roots: &[(usize, Operation<'_>, Operation<'_>)],
    gone: &[Operation<'_>],
    come: &[Operation<'_>],
) -> Vec<Change> {
    let mut found = Vec::new();
    for (operations, kind) in [(gone, Kind::OperationRemoved), (come, Kind::OperationAdded)] {
        for operation in operations {
            let finding = Finding {
                fact: Fact::Always(kind),
                scope: Scope::SAME,
                place: String::new(),
                old: None,
                new: None,
            };
            let reach = [(touched(operation, None), Uses::ALL)];
            found.extend(change(&Node::default(), &finding, &reach));
        }
    }
    let mut reached: BTreeMap<usize, Vec<(Touched, Uses)>> = BTreeMap::new();
    for (root, old, new) in roots {
        for (node, uses) in graph.reach(*root) {
            let touched = touched(new, old.id());
            reached.entry(node).or_default().push((touched, uses));
        }
    }
    for (number, node) in graph.nodes.iter().enumerate() {
        let reach = reached.get(&number).map_or(&[][..], Vec::as_slice);
        for finding in &node.findings {
            if number == documents {
                let all = [(None, Uses::ALL)];
                found.extend(told(node, finding, &all));
            } else {
                found.extend(change(node, finding, reach));
            }
        }
    }
    found
}

fn touched(operation: &Operation<'_>, id: Option<&str>) -> Touched {
    Touched {
        operation: operation.key(),
        id: operation.id().or(id).map(str::to_owned),
    }
}

fn change(node: &Node, finding: &Finding, reach: &[(Touched, Uses)]) -> Option<Change> {
    let reach: Vec<(Option<&Touched>, Uses)> = reach
        .iter()
        .map(|(touched, uses)| (Some(touched), *uses))
        .collect();
    told(node, finding, &reach)
}

fn told(node: &Node, finding: &Finding, reach: &[(Option<&Touched>, Uses)]) -> Option<Change> {
    let mut kinds = BTreeSet::new();
    let mut directions = BTreeSet::new();
    let mut operations = BTreeSet::new();
    for (touched, uses) in reach {
        for at in finding.scope.of(*uses).each() {
            let Some(kind) = finding.fact.kind(at) else {
                continue;
            };
            kinds.insert(kind);
            operations.extend((*touched).cloned());
            directions.extend(match finding.fact {
                Fact::Always(kind) => kind.rule().direction(),
                _ if at.has(Uses::SENT) => Some(Direction::Sent),
                _ => Some(Direction::Received),
            });
        }
    }
    let rules: Vec<&'static Rule> = kinds.into_iter().map(Kind::rule).collect();
    let verdicts = rules
        .iter()
        .map(|rule| rule.verdicts)
        .reduce(Verdicts::or)?;
    let place = [node.place.as_str(), finding.place.as_str()]
        .into_iter()
        .filter(|words| !words.is_empty())
        .collect::<Vec<_>>()
        .join(" ");
    Some(Change {
        rules,
        verdicts,
        place,
        component: node.component.clone(),
        operations: operations.into_iter().collect(),
        directions: directions.into_iter().collect(),
        old: finding.old.clone(),
        new: finding.new.clone(),
    })
}

/// What is new upstream and not selected, and the tags that came with it.
pub(super) fn offers(old: &Value, offered: &Offered) -> (Vec<Unselected>, Vec<String>) {
    let selected = operations(old);
    let mut known: BTreeSet<String> = selected
        .iter()
        .map(|operation| nameless(&operation.key()))
        .collect();
    known.extend(offered.old.keys().map(|key| nameless(key)));
    let mut tags: BTreeSet<&str> = selected
        .iter()
        .flat_map(|operation| operation.tags())
        .collect();
    tags.extend(
        offered
            .old
            .values()
            .flat_map(|operation| &operation.tags)
            .map(String::as_str),
    );
    let mut new_tags: BTreeSet<&str> = BTreeSet::new();
    let mut offers = Vec::new();
    for (key, operation) in &offered.new {
        let unknown = |tag: &&String| !tags.contains(tag.as_str());
        new_tags.extend(operation.tags.iter().filter(unknown).map(String::as_str));
        if !known.contains(&nameless(key)) {
            offers.push(Unselected {
                operation: key.clone(),
                id: operation.id.clone(),
                tags: operation.tags.clone(),
            });
        }
    }
    (offers, new_tags.into_iter().map(str::to_owned).collect())
}
