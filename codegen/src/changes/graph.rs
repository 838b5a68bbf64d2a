//! Pairs of places of two documents that are compared once, and how they hang together.

use std::collections::{BTreeMap, HashMap, VecDeque};

use serde_json::Value;

use super::facts::Fact;
use super::uses::{Scope, Uses};
use crate::diff::place::target;

/// What a component is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Kind {
    Schema,
    Parameter,
    Body,
    Response,
    Header,
}

impl Kind {
    fn word(self) -> &'static str {
        match self {
            Self::Schema => "schema",
            Self::Parameter => "parameter",
            Self::Body => "request body",
            Self::Response => "response",
            Self::Header => "header",
        }
    }
}

/// Something that changed, where it was seen.
#[derive(Debug)]
pub(super) struct Finding {
    pub(super) fact: Fact,
    pub(super) scope: Scope,
    /// The place inside its node, in words.
    pub(super) place: String,
    pub(super) old: Option<String>,
    pub(super) new: Option<String>,
}

/// An operation, a component or the document as a whole.
#[derive(Debug, Default)]
pub(super) struct Node {
    /// What it is called: empty for an operation and the document.
    pub(super) place: String,
    /// Where the new document has it, for a component.
    pub(super) component: Option<String>,
    pub(super) findings: Vec<Finding>,
    pub(super) edges: Vec<(usize, Scope)>,
}

/// The way to a place inside a node. Written out only when there is something to report.
#[derive(Clone, Copy)]
pub(super) enum Trail<'p> {
    Root,
    /// Words of their own, such as `request body`.
    Words(&'p Trail<'p>, &'p str),
    Field(&'p Trail<'p>, &'p str),
    Items(&'p Trail<'p>),
    Values(&'p Trail<'p>),
    Member(&'p Trail<'p>, &'p str),
}

impl Trail<'_> {
    /// The words, and whether they end with a field.
    fn write(&self, out: &mut String) -> bool {
        match self {
            Self::Root => false,
            Self::Words(above, words) => {
                above.write(out);
                if !out.is_empty() {
                    out.push(' ');
                }
                out.push_str(words);
                false
            }
            Self::Field(above, name) => {
                if above.write(out) {
                    out.push('.');
                } else {
                    out.push_str(if out.is_empty() { "field " } else { " field " });
                }
                out.push_str(name);
                true
            }
            Self::Items(above) => above.suffix("[]", " items", out),
            Self::Values(above) => above.suffix("{}", " values", out),
            Self::Member(above, name) => {
                let field = above.write(out);
                out.push_str(&format!("({name})"));
                field
            }
        }
    }

    fn suffix(&self, behind_field: &str, alone: &str, out: &mut String) -> bool {
        let field = self.write(out);
        out.push_str(if field { behind_field } else { alone });
        field
    }

    pub(super) fn text(&self) -> String {
        let mut out = String::new();
        self.write(&mut out);
        out.trim().to_owned()
    }
}

/// Both documents, and what of them was paired so far.
pub(super) struct Graph<'d> {
    pub(super) old: &'d Value,
    pub(super) new: &'d Value,
    pub(super) nodes: Vec<Node>,
    known: HashMap<(Kind, String, String), usize>,
    /// Pairs wait here instead of being compared at once, so that what refers to itself ends.
    waiting: VecDeque<Pair>,
}

/// A pair of components still to be compared.
pub(super) struct Pair {
    pub(super) node: usize,
    pub(super) kind: Kind,
    pub(super) old: String,
    pub(super) new: String,
}

impl<'d> Graph<'d> {
    pub(super) fn new(old: &'d Value, new: &'d Value) -> Self {
        Self {
            old,
            new,
            nodes: Vec::new(),
            known: HashMap::new(),
            waiting: VecDeque::new(),
        }
    }

    /// A node that nothing refers to.
    pub(super) fn root(&mut self) -> usize {
        self.nodes.push(Node::default());
        self.nodes.len() - 1
    }

    /// The node of two references, made if there is none.
    pub(super) fn pair(&mut self, kind: Kind, old: &str, new: &str) -> usize {
        let (old, new) = (target(old), target(new));
        if let Some(node) = self.known.get(&(kind, old.clone(), new.clone())) {
            return *node;
        }
        let node = self.root();
        let name = |pointer: &str| {
            let last = pointer.rsplit('/').next().unwrap_or(pointer);
            crate::pointer::unescape(last)
        };
        if let Some(made) = self.nodes.get_mut(node) {
            made.place = format!("{} {}", kind.word(), name(&new));
            made.component = Some(format!("#{new}"));
        }
        self.known.insert((kind, old.clone(), new.clone()), node);
        self.waiting.push_back(Pair {
            node,
            kind,
            old,
            new,
        });
        node
    }

    pub(super) fn next(&mut self) -> Option<Pair> {
        self.waiting.pop_front()
    }

    /// Notes that one node leads to another.
    pub(super) fn link(&mut self, from: usize, to: usize, scope: Scope) {
        if let Some(node) = self.nodes.get_mut(from) {
            node.edges.push((to, scope));
        }
    }

    /// Notes a change.
    pub(super) fn find(&mut self, node: usize, finding: Finding) {
        if let Some(node) = self.nodes.get_mut(node) {
            node.findings.push(finding);
        }
    }

    /// The nodes that a root reaches, each with what it is used for there.
    pub(super) fn reach(&self, root: usize) -> BTreeMap<usize, Uses> {
        let mut reached = BTreeMap::from([(root, Uses::ALL)]);
        let mut waiting = vec![root];
        while let Some(at) = waiting.pop() {
            let uses = reached.get(&at).copied().unwrap_or_default();
            for (to, scope) in self.nodes.get(at).into_iter().flat_map(|node| &node.edges) {
                let known = reached.entry(*to).or_default();
                let all = *known | scope.of(uses);
                if all != *known {
                    *known = all;
                    waiting.push(*to);
                }
            }
        }
        reached
    }
}
