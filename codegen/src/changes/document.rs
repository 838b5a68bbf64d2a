//! Compares what two documents say as a whole, and pairs their operations.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::graph::{Graph, Trail};
use super::operation::Operation;
use super::rules;
use super::same::same;
use super::schema::At;
use super::uses::Scope;
use crate::diff::place::{canonical, path_item, short, sorted_keys};
use crate::keywords::Node;
use crate::normalise::wire::filled;
use crate::pointer::METHODS;

/// Every operation of a document, sorted by path and method.
pub(super) fn operations(document: &Value) -> Vec<Operation<'_>> {
    let mut found = Vec::new();
    for path in sorted_keys(document.get("paths")) {
        // Anything else among the paths is an extension.
        let Some(item) = path_item(document, path).filter(|_| path.starts_with('/')) else {
            continue;
        };
        for method in METHODS {
            if let Some(object) = item.get(method).filter(|object| object.is_object()) {
                found.push(Operation {
                    document,
                    path,
                    method,
                    item,
                    object,
                });
            }
        }
    }
    found
}

/// A path in which no parameter has a name.
pub(super) fn nameless(path: &str) -> String {
    path.split(['{', '}'])
        .enumerate()
        .map(|(number, part)| if number % 2 == 0 { part } else { "{}" })
        .collect()
}

/// Operations that only one document has, and pairs of those that both have.
pub(super) struct Paired<'d> {
    pub(super) both: Vec<(Operation<'d>, Operation<'d>)>,
    pub(super) gone: Vec<Operation<'d>>,
    pub(super) come: Vec<Operation<'d>>,
}

/// Pairs operations by method and path, first as it is written, then without the names in it.
pub(super) fn paired<'d>(old: &'d Value, new: &'d Value) -> Paired<'d> {
    let mut both = Vec::new();
    let mut gone = operations(old);
    let mut come = operations(new);
    for exact in [true, false] {
        let key = |operation: &Operation<'_>| {
            let path = if exact {
                operation.path.to_owned()
            } else {
                nameless(operation.path)
            };
            (path, operation.method)
        };
        let mut left: BTreeMap<_, Vec<Operation<'d>>> = BTreeMap::new();
        for operation in come {
            left.entry(key(&operation)).or_default().push(operation);
        }
        let mut alone = Vec::new();
        for operation in gone {
            match left
                .get_mut(&key(&operation))
                .filter(|list| !list.is_empty())
            {
                Some(list) => both.push((operation, list.remove(0))),
                None => alone.push(operation),
            }
        }
        gone = alone;
        come = left.into_values().flatten().collect();
    }
    Paired { both, gone, come }
}

/// The addresses of servers, the defaults of their variables filled in.
pub(super) fn urls(servers: &Value) -> Vec<String> {
    let list = servers.as_array().into_iter().flatten();
    list.map(|server| {
        let url = server.get("url").and_then(Value::as_str);
        filled(url.unwrap_or_default(), server)
    })
    .collect()
}

/// What an operation asks of credentials: alternatives, each the schemes with their scopes.
fn needs(security: Option<&Value>) -> Option<Vec<&Map<String, Value>>> {
    let list = security.and_then(Value::as_array)?;
    let all: Vec<_> = list.iter().filter_map(Value::as_object).collect();
    // An empty one stands for no credentials at all.
    let open = all.is_empty() || all.iter().any(|need| need.is_empty());
    (!open).then_some(all)
}

fn scopes(need: &Map<String, Value>, scheme: &str) -> BTreeSet<String> {
    let list = need.get(scheme).and_then(Value::as_array);
    list.into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .map(str::to_owned)
        .collect()
}

/// A way to authenticate as a reader of the report knows it: `token (things:read), key`.
fn asked(need: &Map<String, Value>) -> String {
    let all = schemes(need).into_iter().map(|scheme| {
        let scopes: Vec<String> = scopes(need, scheme).into_iter().collect();
        match scopes.is_empty() {
            true => scheme.to_owned(),
            false => format!("{scheme} ({})", scopes.join(", ")),
        }
    });
    all.collect::<Vec<_>>().join(", ")
}

fn schemes(need: &Map<String, Value>) -> BTreeSet<&str> {
    need.keys().map(String::as_str).collect()
}

impl<'d> Graph<'d> {
    /// Compares what holds for the documents as wholes; answers its node.
    pub(super) fn documents(&mut self) -> usize {
        let node = self.root();
        let at = At {
            node,
            trail: &Trail::Root,
            scope: Scope::SAME,
        };
        self.servers(at);
        self.tags(at);
        self.security(self.old.get("security"), self.new.get("security"), at);
        self.security_schemes(at);
        self.kinds(at);
        node
    }

    /// What snapshots are taken of, and how.
    fn kinds(&mut self, at: At<'_>) {
        use rules::Kind;
        const PLACE: &str = "/info/x-snapline-kinds";
        let (old, new) = (self.old.pointer(PLACE), self.new.pointer(PLACE));
        let of = |kinds: Option<&'d Value>, name: &str| kinds?.get(name);
        for name in either(old, new) {
            let words = format!("kind {name}");
            let (before, after) = match (of(old, name), of(new, name)) {
                (Some(before), Some(after)) => (before, after),
                (Some(_), None) => {
                    self.always(at, Kind::ThingsRemoved, &words);
                    continue;
                }
                (None, _) => {
                    self.always(at, Kind::ThingsAdded, &words);
                    continue;
                }
            };
            for key in either(Some(before), Some(after)) {
                let (was, is) = (before.get(key), after.get(key));
                if SENTENCES.contains(&key) || was.map(canonical) == is.map(canonical) {
                    continue;
                }
                let rule = match (was, is) {
                    _ if PRICES.contains(&key) => Kind::PriceChanged,
                    (None, _) if ABILITIES.contains(&key) => Kind::AbilityAdded,
                    (_, None) if ABILITIES.contains(&key) => Kind::AbilityRemoved,
                    _ => Kind::ThingsChanged,
                };
                let words = format!("{words} {key}");
                self.told(at, rule, &words, was.map(short), is.map(short));
            }
        }
    }

    /// What two operations ask of credentials, unless both leave that to their documents.
    pub(super) fn own_security(&mut self, old: Operation<'d>, new: Operation<'d>, node: usize) {
        if old.get("security").is_none() && new.get("security").is_none() {
            return;
        }
        let at = At {
            node,
            trail: &Trail::Root,
            scope: Scope::SAME,
        };
        let of = |operation: Operation<'d>| {
            operation
                .get("security")
                .or_else(|| operation.document.get("security"))
        };
        self.security(of(old), of(new), at);
    }

    fn servers(&mut self, at: At<'_>) {
        use rules::Kind;
        let list = |document: &Value| document.get("servers").map(urls).unwrap_or_default();
        let (before, after) = (list(self.old), list(self.new));
        if before.first() != after.first() {
            let shown = |list: &[String]| list.first().cloned();
            self.told(
                at,
                Kind::DefaultServerChanged,
                "servers",
                shown(&before),
                shown(&after),
            );
        }
        for url in before.iter().skip(1).filter(|url| !after.contains(url)) {
            self.told(at, Kind::ServerRemoved, "servers", Some(url.clone()), None);
        }
        for url in after.iter().skip(1).filter(|url| !before.contains(url)) {
            self.told(at, Kind::ServerAdded, "servers", None, Some(url.clone()));
        }
    }

    fn tags(&mut self, at: At<'_>) {
        let names = |document: &'d Value| -> BTreeSet<&'d str> {
            let tags = document.get("tags").and_then(Value::as_array);
            tags.into_iter()
                .flatten()
                .filter_map(|tag| tag.get("name")?.as_str())
                .collect()
        };
        let (before, after) = (names(self.old), names(self.new));
        for tag in before.difference(&after) {
            self.always(at, rules::Kind::TagRemoved, &format!("tag {tag}"));
        }
        for tag in after.difference(&before) {
            self.always(at, rules::Kind::TagAdded, &format!("tag {tag}"));
        }
    }

    fn security(&mut self, old: Option<&Value>, new: Option<&Value>, at: At<'_>) {
        use rules::Kind;
        let (before, after) = match (needs(old), needs(new)) {
            (None, None) => return,
            (None, Some(_)) => return self.always(at, Kind::SecurityNeeded, "security"),
            (Some(_), None) => return self.always(at, Kind::SecurityNotNeeded, "security"),
            (Some(before), Some(after)) => (before, after),
        };
        // The same scheme may stand there more than once, with other scopes.
        let mut left: Vec<&Map<String, Value>> = after.clone();
        left.retain(|need| !before.iter().any(|other| asked(other) == asked(need)));
        let lost = before
            .into_iter()
            .filter(|need| !after.iter().any(|other| asked(other) == asked(need)));
        for need in lost {
            let place = left
                .iter()
                .position(|other| schemes(other) == schemes(need));
            let Some(other) = place.map(|place| left.remove(place)) else {
                self.told(
                    at,
                    Kind::SecurityRemoved,
                    "security",
                    Some(asked(need)),
                    None,
                );
                continue;
            };
            for scheme in need.keys() {
                let (had, has) = (scopes(need, scheme), scopes(other, scheme));
                let words = format!("security {scheme}");
                for scope in had.difference(&has) {
                    self.told(at, Kind::ScopeRemoved, &words, Some(scope.clone()), None);
                }
                for scope in has.difference(&had) {
                    self.told(at, Kind::ScopeAdded, &words, None, Some(scope.clone()));
                }
            }
        }
        for need in left {
            self.told(at, Kind::SecurityAdded, "security", None, Some(asked(need)));
        }
    }

    fn security_schemes(&mut self, at: At<'_>) {
        use rules::Kind;
        const PLACE: &str = "/components/securitySchemes";
        let (old, new) = (self.old.pointer(PLACE), self.new.pointer(PLACE));
        let of = |schemes: Option<&'d Value>, name: &str| schemes?.get(name);
        for name in either(old, new) {
            let words = format!("security scheme {name}");
            let (before, after) = match (of(old, name), of(new, name)) {
                (Some(before), Some(after)) => (before, after),
                (Some(_), None) => {
                    self.always(at, Kind::SchemeRemoved, &words);
                    continue;
                }
                (None, _) => {
                    self.always(at, Kind::SchemeAdded, &words);
                    continue;
                }
            };
            let (had, has) = (flow_scopes(before), flow_scopes(after));
            for scope in had.difference(&has) {
                self.told(
                    at,
                    Kind::SchemeScopeRemoved,
                    &words,
                    Some(scope.clone()),
                    None,
                );
            }
            for scope in has.difference(&had) {
                self.told(
                    at,
                    Kind::SchemeScopeAdded,
                    &words,
                    None,
                    Some(scope.clone()),
                );
            }
            if !same(
                Node::SecurityScheme,
                &without_scopes(before),
                &without_scopes(after),
            ) {
                self.always(at, Kind::SchemeChanged, &words);
            }
        }
    }
}

/// What of a kind of thing need not be there: without it a command refuses.
const ABILITIES: [&str; 3] = ["restore", "copy", "mount"];
/// What says what a snapshot costs.
const PRICES: [&str; 2] = ["price", "unpriced"];
/// What is for people alone.
const SENTENCES: [&str; 2] = ["summary", "instead"];

/// The keys of one object or the other.
fn either<'v>(old: Option<&'v Value>, new: Option<&'v Value>) -> BTreeSet<&'v str> {
    let keys = sorted_keys(old).into_iter();
    keys.chain(sorted_keys(new)).collect()
}

/// The scopes of a scheme's flows, each with its flow.
fn flow_scopes(scheme: &Value) -> BTreeSet<String> {
    let flows = scheme.get("flows").and_then(Value::as_object);
    let mut found = BTreeSet::new();
    for (flow, facts) in flows.into_iter().flatten() {
        for scope in sorted_keys(facts.get("scopes")) {
            found.insert(format!("{flow} {scope}"));
        }
    }
    found
}

fn without_scopes(scheme: &Value) -> Value {
    let mut scheme = scheme.clone();
    let flows = scheme.get_mut("flows").and_then(Value::as_object_mut);
    for flow in flows.into_iter().flat_map(Map::values_mut) {
        if let Some(flow) = flow.as_object_mut() {
            flow.remove("scopes");
        }
    }
    // The two words of RFC 7235 are read in any case.
    if let Some(word) = scheme.get("scheme").map(canonical) {
        let word = word.to_lowercase();
        if let Some(scheme) = scheme.as_object_mut() {
            scheme.insert("scheme".to_owned(), Value::String(word));
        }
    }
    scheme
}
