//! Compares two operations: what they are called, what they take and what they answer.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::facts::Fact;
use super::graph::{Graph, Kind, Trail};
use super::parameters::Arguments;
use super::parts::Parts;
use super::rules;
use super::same::same;
use super::schema::At;
use super::uses::{Scope, Uses};
use crate::diff::place::{canonical, reference, resolve, short, sorted_keys};
use crate::keywords::Node;

/// An operation of one document.
#[derive(Debug, Clone, Copy)]
pub(super) struct Operation<'d> {
    pub(super) document: &'d Value,
    pub(super) path: &'d str,
    pub(super) method: &'static str,
    /// What the path says for all its operations.
    pub(super) item: &'d Value,
    pub(super) object: &'d Value,
}

impl<'d> Operation<'d> {
    pub(super) fn get(&self, key: &str) -> Option<&'d Value> {
        self.object.get(key)
    }

    pub(super) fn id(&self) -> Option<&'d str> {
        self.get("operationId").and_then(Value::as_str)
    }

    pub(super) fn is_deprecated(&self) -> bool {
        self.get("deprecated") == Some(&Value::Bool(true))
    }

    /// `GET /v2/things`.
    pub(super) fn key(&self) -> String {
        format!("{} {}", self.method.to_uppercase(), self.path)
    }

    pub(super) fn tags(&self) -> Vec<&'d str> {
        let tags = self.get("tags").and_then(Value::as_array);
        tags.into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect()
    }

    /// The schemas of bodies and parameters, references to components of other kinds followed.
    fn schemas(&self) -> Vec<&'d Value> {
        let responses = self.get("responses").and_then(Value::as_object);
        let holders = responses
            .into_iter()
            .flat_map(Map::values)
            .chain(self.get("requestBody"))
            .filter_map(|holder| resolve(self.document, holder));
        let media = holders.filter_map(|holder| holder.get("content")?.as_object());
        let mut schemas: Vec<&Value> = media
            .flat_map(Map::values)
            .filter_map(|media| media.get("schema"))
            .collect();
        let parameters = self.get("parameters").and_then(Value::as_array);
        schemas.extend(
            parameters
                .into_iter()
                .flatten()
                .filter_map(|parameter| resolve(self.document, parameter)?.get("schema")),
        );
        schemas
    }
}

/// Calls that an extension of operations has in a list.
struct Calls {
    key: &'static str,
    /// What one is called in the report.
    word: &'static str,
    added: rules::Kind,
    removed: rules::Kind,
    /// What changes neither what it takes nor what it gives, and the rule for that.
    inner: &'static [&'static str],
    inner_changed: rules::Kind,
    changed: rules::Kind,
}

const CALLS: [Calls; 3] = [
    Calls {
        key: "x-snapline-waiters",
        word: "wait",
        added: rules::Kind::WaitAdded,
        removed: rules::Kind::WaitRemoved,
        inner: &["ready", "failed", "gone", "timeout"],
        inner_changed: rules::Kind::WaitStatesChanged,
        changed: rules::Kind::WaitChanged,
    },
    Calls {
        key: "x-snapline-takes",
        word: "call",
        added: rules::Kind::TakeAdded,
        removed: rules::Kind::TakeRemoved,
        inner: &["id", "while"],
        inner_changed: rules::Kind::TakeStateChanged,
        changed: rules::Kind::TakeChanged,
    },
    Calls {
        key: "x-snapline-finds",
        word: "call",
        added: rules::Kind::FindAdded,
        removed: rules::Kind::FindRemoved,
        inner: &["created", "where"],
        inner_changed: rules::Kind::FindFactsChanged,
        changed: rules::Kind::FindChanged,
    },
];

/// Whether faces name something that stands in a schema, or in what is inside it, after where it stands.
fn names_something(schema: &Value) -> bool {
    let parts = Parts::of(schema);
    let inside = parts.fields().into_iter().map(|(_, field)| field);
    let inside = inside.chain(parts.get("items"));
    parts.is_named() || inside.into_iter().any(names_something)
}

impl<'d> Graph<'d> {
    /// Compares two operations; answers the node of both.
    pub(super) fn operation(&mut self, old: Operation<'d>, new: Operation<'d>) -> usize {
        let node = self.root();
        let at = At {
            node,
            trail: &Trail::Root,
            scope: Scope::SAME,
        };
        self.names(old, new, at);
        self.behaviour(old, new, at);
        let (before, after) = (Arguments::of(old), Arguments::of(new));
        self.parameters(&before, &after, at);
        let others = before.takes_something();
        match (old.get("requestBody"), new.get("requestBody")) {
            (Some(old), Some(new)) => self.holder(
                Kind::Body,
                "request body",
                old,
                new,
                at.scoped(Scope::SAME.only(Uses::BODY)),
            ),
            (Some(_), None) => self.always(at, rules::Kind::RequestBodyRemoved, "request body"),
            (None, Some(body)) => {
                let body = resolve(new.document, body);
                let required =
                    body.and_then(|body| body.get("required")) == Some(&Value::Bool(true));
                let kind = match (required, others) {
                    (true, _) => rules::Kind::RequestBodyAddedRequired,
                    (false, true) => rules::Kind::RequestBodyAdded,
                    (false, false) => rules::Kind::RequestBodyAddedFirst,
                };
                self.always(at, kind, "request body");
            }
            (None, None) => {}
        }
        self.answers(old, new, at);
        self.callbacks(old, new, at);
        node
    }

    /// A change of a rule that nothing but its place decides.
    pub(super) fn always(&mut self, at: At<'_>, kind: rules::Kind, words: &str) {
        self.told(at, kind, words, None, None);
    }

    pub(super) fn told(
        &mut self,
        at: At<'_>,
        kind: rules::Kind,
        words: &str,
        old: Option<String>,
        new: Option<String>,
    ) {
        let trail = Trail::Words(at.trail, words);
        let at = if words.is_empty() {
            at
        } else {
            at.into(&trail)
        };
        self.note(at, Fact::Always(kind), old, new);
    }

    fn names(&mut self, old: Operation<'d>, new: Operation<'d>, at: At<'_>) {
        if old.id() != new.id() {
            let named =
                |operation: Operation<'d>| operation.schemas().into_iter().any(names_something);
            let kind = if named(old) && named(new) {
                rules::Kind::OperationIdChanged
            } else {
                rules::Kind::OperationIdChangedAlone
            };
            let shown = |id: Option<&str>| Some(id.unwrap_or("none").to_owned());
            self.told(at, kind, "", shown(old.id()), shown(new.id()));
        }
        if old.is_deprecated() != new.is_deprecated() {
            let kind = if new.is_deprecated() {
                rules::Kind::OperationDeprecated
            } else {
                rules::Kind::OperationUndeprecated
            };
            self.always(at, kind, "");
        }
        let (before, after) = (old.tags(), new.tags());
        for tag in before.iter().filter(|tag| !after.contains(tag)) {
            self.told(
                at,
                rules::Kind::OperationTagRemoved,
                "",
                Some((*tag).to_owned()),
                None,
            );
        }
        for tag in after.iter().filter(|tag| !before.contains(tag)) {
            self.told(
                at,
                rules::Kind::OperationTagAdded,
                "",
                None,
                Some((*tag).to_owned()),
            );
        }
        let servers = |operation: Operation<'d>| {
            let own = operation
                .get("servers")
                .or_else(|| operation.item.get("servers"))?;
            Some(super::document::urls(own).join(", "))
        };
        let (before, after) = (servers(old), servers(new));
        if before != after {
            self.told(at, rules::Kind::OperationServersChanged, "", before, after);
        }
    }

    /// What the overlay says of an operation.
    fn behaviour(&mut self, old: Operation<'d>, new: Operation<'d>, at: At<'_>) {
        use rules::Kind;
        for (key, kind) in [
            ("x-snapline-resource", Kind::PlacementChanged),
            ("x-snapline-verb", Kind::PlacementChanged),
            ("x-snapline-pages", Kind::PagesChanged),
            ("x-snapline-unwrap", Kind::UnwrappingChanged),
            ("x-snapline-bare", Kind::UnwrappingChanged),
            ("x-snapline-idempotent", Kind::RepeatingChanged),
            ("x-snapline-limits", Kind::LimitsChanged),
        ] {
            let (before, after) = (old.get(key), new.get(key));
            if before.map(canonical) != after.map(canonical) {
                self.told(at, kind, "", before.map(short), after.map(short));
            }
        }
        for calls in &CALLS {
            self.calls(calls, old, new, at);
        }
    }

    /// The further calls that an extension makes of an operation, each with its name.
    fn calls(&mut self, calls: &Calls, old: Operation<'d>, new: Operation<'d>, at: At<'_>) {
        let named = |operation: Operation<'d>| -> BTreeMap<&'d str, &'d Value> {
            let entries = operation.get(calls.key).and_then(Value::as_array);
            entries
                .into_iter()
                .flatten()
                .filter_map(|entry| Some((entry.get("name")?.as_str()?, entry)))
                .collect()
        };
        let (before, after) = (named(old), named(new));
        let words = |name: &str| format!("{} {name}", calls.word);
        for (name, entry) in &before {
            let Some(other) = after.get(name) else {
                self.always(at, calls.removed, &words(name));
                continue;
            };
            let differ = |key: &&str| {
                *key != "summary" && entry.get(key).map(canonical) != other.get(key).map(canonical)
            };
            let mut keys = sorted_keys(Some(entry));
            keys.extend(sorted_keys(Some(other)));
            let changed: Vec<&str> = keys.into_iter().filter(differ).collect();
            if changed.is_empty() {
                continue;
            }
            let kind = if changed.iter().all(|key| calls.inner.contains(key)) {
                calls.inner_changed
            } else {
                calls.changed
            };
            self.told(at, kind, &words(name), None, Some(changed.join(", ")));
        }
        for name in after.keys().filter(|name| !before.contains_key(*name)) {
            self.always(at, calls.added, &words(name));
        }
    }

    /// A body or answer: a component that both refer to, or what stands in place.
    pub(super) fn holder(
        &mut self,
        kind: Kind,
        words: &str,
        old: &'d Value,
        new: &'d Value,
        at: At<'_>,
    ) {
        if let (Some(from), Some(to)) = (reference(old), reference(new)) {
            let node = self.pair(kind, from, to);
            self.link(at.node, node, at.scope);
            return;
        }
        let trail = Trail::Words(at.trail, words);
        let at = at.into(&trail);
        match (resolve(self.old, old), resolve(self.new, new)) {
            (Some(old), Some(new)) => self.held(kind, old, new, at),
            (old, new) => self.lost(old, new, at),
        }
    }

    /// What stands in a component of any kind.
    pub(super) fn component_of(&mut self, kind: Kind, node: usize, old: &str, new: &str) {
        if kind == Kind::Schema {
            self.component(node, old, new);
            return;
        }
        let at = At {
            node,
            trail: &Trail::Root,
            scope: Scope::SAME,
        };
        let (old, new) = match (self.old.pointer(old), self.new.pointer(new)) {
            (Some(old), Some(new)) => (old, new),
            (old, new) => return self.lost(old, new, at),
        };
        if let (Some(from), Some(to)) = (reference(old), reference(new)) {
            let inner = self.pair(kind, from, to);
            self.link(node, inner, Scope::SAME);
            return;
        }
        match (resolve(self.old, old), resolve(self.new, new)) {
            (Some(old), Some(new)) => self.held(kind, old, new, at),
            (old, new) => self.lost(old, new, at),
        }
    }

    fn held(&mut self, kind: Kind, old: &'d Value, new: &'d Value, at: At<'_>) {
        match kind {
            Kind::Schema => self.schema(old, new, at),
            Kind::Parameter => self.parameter(old, new, at),
            Kind::Header => self.header(old, new, at),
            Kind::Response => self.response(old, new, at),
            Kind::Body => {
                let required = |body: &Value| body.get("required") == Some(&Value::Bool(true));
                if required(old) != required(new) {
                    let kind = if required(new) {
                        rules::Kind::RequestBodyRequired
                    } else {
                        rules::Kind::RequestBodyOptional
                    };
                    self.always(at, kind, "");
                }
                self.content(old, new, at);
            }
        }
    }

    /// The media types of a body; where the last one was replaced, what is in them is still compared.
    pub(super) fn content(&mut self, old: &'d Value, new: &'d Value, at: At<'_>) {
        let (before, after) = (old.get("content"), new.get("content"));
        let (were, are) = (sorted_keys(before), sorted_keys(after));
        let gone: Vec<&str> = were.difference(&are).copied().collect();
        let come: Vec<&str> = are.difference(&were).copied().collect();
        let schema = |content: Option<&'d Value>, media: &str| content?.get(media)?.get("schema");
        let says = |content: Option<&'d Value>, all: &std::collections::BTreeSet<&str>| {
            all.iter().any(|media| schema(content, media).is_some())
        };
        match (says(before, &were), says(after, &are)) {
            (false, true) => return self.note(at, Fact::BodyAdded, None, None),
            (true, false) => return self.note(at, Fact::BodyRemoved, None, None),
            _ => {}
        }
        for media in &gone {
            self.note(at, Fact::MediaRemoved, Some((*media).to_owned()), None);
        }
        for media in &come {
            self.note(at, Fact::MediaAdded, None, Some((*media).to_owned()));
        }
        let mut pairs: Vec<(&str, &str)> = were
            .intersection(&are)
            .map(|media| (*media, *media))
            .collect();
        if pairs.is_empty() {
            pairs.extend(gone.into_iter().zip(come));
        }
        for (from, to) in pairs {
            if let (Some(old), Some(new)) = (schema(before, from), schema(after, to)) {
                self.value(old, new, true, at);
            }
            let encoding =
                |content: Option<&'d Value>, media: &str| content?.get(media)?.get("encoding");
            let (old, new) = (encoding(before, from), encoding(after, to));
            let alike = match (old, new) {
                (Some(old), Some(new)) => named_alike(Node::Encoding, old, new),
                (old, new) => old.is_none() && new.is_none(),
            };
            if !alike {
                let scope = at.scope.only(Uses::SENT);
                self.told(
                    at.scoped(scope),
                    rules::Kind::RequestEncodingChanged,
                    "",
                    old.map(short),
                    new.map(short),
                );
            }
        }
    }

    fn callbacks(&mut self, old: Operation<'d>, new: Operation<'d>, at: At<'_>) {
        let (before, after) = (old.get("callbacks"), new.get("callbacks"));
        let of = |callbacks: Option<&'d Value>, name: &str| callbacks?.get(name);
        let mut names = sorted_keys(before);
        names.extend(sorted_keys(after));
        for name in names {
            let kind = match (of(before, name), of(after, name)) {
                (Some(old), Some(new)) if same(Node::Callback, old, new) => continue,
                (Some(_), Some(_)) => rules::Kind::CallbackChanged,
                (Some(_), None) => rules::Kind::CallbackRemoved,
                (None, _) => rules::Kind::CallbackAdded,
            };
            self.always(at, kind, &format!("callback {name}"));
        }
    }
}

/// Whether two maps have the same names, each with the same to say.
fn named_alike(node: Node, old: &Value, new: &Value) -> bool {
    let (before, after) = (sorted_keys(Some(old)), sorted_keys(Some(new)));
    before == after
        && before
            .into_iter()
            .all(|name| match (old.get(name), new.get(name)) {
                (Some(old), Some(new)) => same(node, old, new),
                _ => false,
            })
}
