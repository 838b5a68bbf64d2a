//! The comparison of two documents, place by place.

use std::collections::{BTreeMap, BTreeSet, HashSet, VecDeque};

use serde_json::{Map, Value};

use super::Difference;
use super::place::{
    canonical, mapped, operation_place, parameter_key, path_item, reference, requirement, short,
    sorted_keys, target,
};
use crate::keywords::{Node, Shape, shape};
use crate::pointer::{METHODS, join};

/// Everything that is found.
pub(super) fn differences(a: &Value, b: &Value) -> Vec<Difference> {
    let mut comparison = Comparison {
        a,
        b,
        seen: HashSet::new(),
        waiting: VecDeque::new(),
        operation: None,
        found: Vec::new(),
    };
    comparison.document();
    comparison.found
}

#[derive(Debug, Clone, Copy)]
enum Side {
    A,
    B,
}

/// The way to a place in both documents. Written out only when there is something to report.
enum Trail<'p> {
    Root { a: &'p str, b: &'p str },
    Key(&'p Trail<'p>, &'p str),
    Item(&'p Trail<'p>, usize, usize),
}

impl Trail<'_> {
    fn pointer(&self, side: Side) -> String {
        match (self, side) {
            (Self::Root { a, .. }, Side::A) => (*a).to_owned(),
            (Self::Root { b, .. }, Side::B) => (*b).to_owned(),
            (Self::Key(parent, key), _) => join(&parent.pointer(side), &[key]),
            (Self::Item(parent, a, _), Side::A) => format!("{}/{a}", parent.pointer(side)),
            (Self::Item(parent, _, b), Side::B) => format!("{}/{b}", parent.pointer(side)),
        }
    }
}

/// A pair of places that references lead to, still to be compared.
struct Follow {
    a: String,
    b: String,
    node: Node,
}

struct Comparison<'d> {
    a: &'d Value,
    b: &'d Value,
    /// Pairs already taken up, so that recursive schemas end.
    seen: HashSet<(String, String)>,
    /// References wait here instead of being followed at once, so long chains need no deep stack.
    waiting: VecDeque<Follow>,
    operation: Option<String>,
    found: Vec<Difference>,
}

impl<'d> Comparison<'d> {
    fn document(&mut self) {
        let (a, b) = (self.a, self.b);
        let root = Trail::Root { a: "", b: "" };
        for (key, shape) in [
            ("openapi", Shape::Raw),
            ("servers", Shape::List(Node::Server)),
            ("security", Shape::Security),
        ] {
            self.pair(shape, a.get(key), b.get(key), &Trail::Key(&root, key));
        }
        self.tags(&Trail::Key(&root, "tags"));
        self.drain();

        let paths = Trail::Key(&root, "paths");
        let mut operations = 0_usize;
        for path in sorted_keys(a.get("paths")) {
            // Anything else among the paths is an extension.
            if path.starts_with('/') {
                operations += self.path(path, &Trail::Key(&paths, path));
            }
        }
        if operations == 0 {
            self.add(
                &paths,
                Side::A,
                "A has no operations, so nothing was compared".to_owned(),
            );
        }
    }

    /// Compares the operations that A has on one path; answers how many those are.
    fn path(&mut self, path: &str, at: &Trail<'_>) -> usize {
        let (Some(item_a), item_b) = (path_item(self.a, path), path_item(self.b, path)) else {
            self.add(
                at,
                Side::A,
                "A refers to a path item that it does not define".to_owned(),
            );
            return 0;
        };
        if let Some(item_b) = item_b {
            // These two hold for every operation of the path; B's further methods are not A's concern.
            for key in ["parameters", "servers"] {
                self.pair(
                    shape(Node::PathItem, key),
                    item_a.get(key),
                    item_b.get(key),
                    &Trail::Key(at, key),
                );
            }
            self.drain();
        }
        let mut operations = 0;
        for method in METHODS {
            let Some(operation_a) = item_a.get(method) else {
                continue;
            };
            operations += 1;
            let verb = method.to_uppercase();
            let id = operation_a.get("operationId").and_then(Value::as_str);
            self.operation = Some(id.map_or_else(|| format!("{verb} {path}"), str::to_owned));
            let at = Trail::Key(at, method);
            if let Some(operation_b) = item_b.and_then(|item| item.get(method)) {
                self.one(Node::Operation, operation_a, operation_b, &at);
            } else {
                let mut what = format!("B has no {verb} {path}");
                if let Some(place) = id.and_then(|id| operation_place(self.b, id)) {
                    what.push_str(&format!("; its operation of that id is {place}"));
                }
                self.add(&at, Side::A, what);
            }
            self.drain();
            self.operation = None;
        }
        operations
    }

    /// Tags that A declares must be declared by B; B may declare more, being the larger document.
    fn tags(&mut self, at: &Trail<'_>) {
        let names = |document: &'d Value| -> Vec<Option<&'d str>> {
            let tags = document.get("tags").and_then(Value::as_array);
            tags.into_iter()
                .flatten()
                .map(|tag| tag.get("name").and_then(Value::as_str))
                .collect()
        };
        let in_b: BTreeSet<_> = names(self.b).into_iter().flatten().collect();
        for (index, name) in names(self.a).into_iter().enumerate() {
            let at = Trail::Item(at, index, index);
            match name {
                Some(name) if in_b.contains(name) => {}
                Some(name) => self.add(&at, Side::A, format!("B declares no tag {name:?}")),
                None => self.add(&at, Side::A, "A declares a tag without a name".to_owned()),
            }
        }
    }

    fn drain(&mut self) {
        while let Some(Follow { a, b, node }) = self.waiting.pop_front() {
            let at = Trail::Root { a: &a, b: &b };
            match (self.a.pointer(&a), self.b.pointer(&b)) {
                (Some(x), Some(y)) => self.one(node, x, y, &at),
                (Some(_), None) => {
                    self.add(&at, Side::A, format!("A defines it, B has nothing at {b}"));
                }
                (None, Some(_)) => {
                    self.add(&at, Side::A, format!("A does not define it, B does at {b}"));
                }
                (None, None) => {
                    self.add(&at, Side::A, "neither A nor B defines it".to_owned());
                }
            }
        }
    }

    fn follow(&mut self, a: String, b: String, node: Node) {
        if self.seen.insert((a.clone(), b.clone())) {
            self.waiting.push_back(Follow { a, b, node });
        }
    }

    fn add(&mut self, at: &Trail<'_>, side: Side, what: String) {
        self.found.push(Difference {
            pointer: at.pointer(side),
            operation: self.operation.clone(),
            what,
        });
    }

    fn only_a(&mut self, at: &Trail<'_>, a: &Value) {
        self.add(at, Side::A, format!("A says {}, B says nothing", short(a)));
    }

    fn only_b(&mut self, at: &Trail<'_>, b: &Value) {
        self.add(at, Side::B, format!("only in B, which says {}", short(b)));
    }

    /// Compares what may be missing on either side.
    fn pair(&mut self, shape: Shape, a: Option<&Value>, b: Option<&Value>, at: &Trail<'_>) {
        match (shape, a, b) {
            (_, None, None) => {}
            (shape, _, _) if !shape.is_structure() => {}
            (_, Some(a), Some(b)) => self.compare(shape, a, b, at),
            (_, Some(a), None) => self.only_a(at, a),
            (_, None, Some(b)) => self.only_b(at, b),
        }
    }

    fn compare(&mut self, shape: Shape, a: &Value, b: &Value, at: &Trail<'_>) {
        match (shape, a, b) {
            (shape, _, _) if !shape.is_structure() => {}
            (Shape::One(node), _, _) => self.one(node, a, b, at),
            (Shape::Names(node), Value::Object(x), Value::Object(y)) => {
                self.map(x, y, at, |_| Shape::One(node));
            }
            (Shape::NamesAndExtensions(node), Value::Object(x), Value::Object(y)) => {
                self.map(x, y, at, |key| {
                    if key.starts_with("x-") {
                        Shape::Extension
                    } else {
                        Shape::One(node)
                    }
                });
            }
            (Shape::NamesOnly, Value::Object(x), Value::Object(y)) => {
                let names =
                    |map: &Map<String, Value>| map.keys().map(|k| format!("{k:?}")).collect();
                self.set(names(x), names(y), at);
            }
            (Shape::Mapping, Value::Object(x), Value::Object(y)) => self.mapping(x, y, at),
            (Shape::List(node), Value::Array(x), Value::Array(y)) => self.list(node, x, y, at),
            (Shape::Set, Value::Array(x), Value::Array(y)) if x != y => {
                let texts = |list: &[Value]| list.iter().map(canonical).collect();
                self.set(texts(x), texts(y), at);
            }
            (Shape::Parameters, Value::Array(x), Value::Array(y)) => self.parameters(x, y, at),
            (Shape::Security, Value::Array(x), Value::Array(y)) => self.security(x, y, at),
            (Shape::Set, Value::Array(_), Value::Array(_)) => {}
            // Plain data, or a document that does not have here what the specification asks for.
            _ => self.raw(a, b, at),
        }
    }

    fn raw(&mut self, a: &Value, b: &Value, at: &Trail<'_>) {
        // Almost all data is equal, and then there is nothing to write out.
        if a != b && canonical(a) != canonical(b) {
            self.add(
                at,
                Side::A,
                format!("A says {}, B says {}", short(a), short(b)),
            );
        }
    }

    fn one(&mut self, node: Node, a: &Value, b: &Value, at: &Trail<'_>) {
        let (to_a, to_b) = (reference(a), reference(b));
        match (to_a, to_b) {
            (None, None) => {
                return match (a, b) {
                    (Value::Object(x), Value::Object(y)) => {
                        self.map(x, y, at, |key| shape(node, key));
                    }
                    _ => self.raw(a, b, at),
                };
            }
            (Some(x), Some(y)) if x == y => {}
            (Some(x), Some(y)) => self.add(
                &Trail::Key(at, "$ref"),
                Side::A,
                format!("A refers to {x}, B to {y}"),
            ),
            (Some(x), None) => {
                self.add(at, Side::A, format!("A refers to {x}, B has it in place"));
            }
            (None, Some(y)) => {
                self.add(at, Side::A, format!("A has it in place, B refers to {y}"));
            }
        }
        let a = to_a.map_or_else(|| at.pointer(Side::A), target);
        let b = to_b.map_or_else(|| at.pointer(Side::B), target);
        self.follow(a, b, node);
    }

    fn map(
        &mut self,
        a: &Map<String, Value>,
        b: &Map<String, Value>,
        at: &Trail<'_>,
        shape: impl Fn(&str) -> Shape,
    ) {
        // Sorted, so that the answer does not depend on the order of keys.
        let keys: BTreeSet<&String> = a.keys().chain(b.keys()).collect();
        for key in keys {
            self.pair(shape(key), a.get(key), b.get(key), &Trail::Key(at, key));
        }
    }

    fn set(&mut self, a: Vec<String>, b: Vec<String>, at: &Trail<'_>) {
        // Counted, so that a doubled entry does not pass for a single one.
        let mut counts: BTreeMap<String, isize> = BTreeMap::new();
        for text in a {
            *counts.entry(text).or_default() += 1;
        }
        for text in b {
            *counts.entry(text).or_default() -= 1;
        }
        let names = |wanted: fn(&isize) -> bool| -> Vec<&str> {
            counts
                .iter()
                .filter(|(_, count)| wanted(count))
                .map(|(text, _)| text.as_str())
                .collect()
        };
        let (lacking, added) = (names(|n| *n > 0), names(|n| *n < 0));
        let mut parts = Vec::new();
        if !lacking.is_empty() {
            parts.push(format!("B lacks {}", lacking.join(", ")));
        }
        if !added.is_empty() {
            parts.push(format!("B adds {}", added.join(", ")));
        }
        if !parts.is_empty() {
            self.add(at, Side::A, parts.join("; "));
        }
    }

    /// Equal references are paired wherever they stand, the rest in order: one insertion is one difference.
    fn list(&mut self, node: Node, a: &[Value], b: &[Value], at: &Trail<'_>) {
        let mut rest_b: Vec<(usize, &Value)> = b.iter().enumerate().collect();
        let mut rest_a = Vec::new();
        let mut pairs = Vec::new();
        for (i, x) in a.iter().enumerate() {
            let same = rest_b
                .iter()
                .position(|(_, y)| reference(x).is_some() && reference(x) == reference(y));
            match same {
                Some(place) => {
                    let (j, y) = rest_b.remove(place);
                    pairs.push((i, x, j, y));
                }
                None => rest_a.push((i, x)),
            }
        }
        let common = rest_a.len().min(rest_b.len());
        let (more_a, more_b) = (rest_a.split_off(common), rest_b.split_off(common));
        pairs.extend(
            rest_a
                .into_iter()
                .zip(rest_b)
                .map(|((i, x), (j, y))| (i, x, j, y)),
        );
        pairs.sort_by_key(|(i, ..)| *i);
        for (i, x, j, y) in pairs {
            self.one(node, x, y, &Trail::Item(at, i, j));
        }
        for (i, x) in more_a {
            self.only_a(&Trail::Item(at, i, i), x);
        }
        for (j, y) in more_b {
            self.only_b(&Trail::Item(at, j, j), y);
        }
    }

    fn parameters(&mut self, a: &[Value], b: &[Value], at: &Trail<'_>) {
        let mut rest_b: Vec<(usize, &Value, String)> = b
            .iter()
            .enumerate()
            .map(|(j, y)| (j, y, parameter_key(self.b, y)))
            .collect();
        for (i, x) in a.iter().enumerate() {
            let key = parameter_key(self.a, x);
            if let Some(place) = rest_b.iter().position(|(_, _, other)| *other == key) {
                let (j, y, _) = rest_b.remove(place);
                self.one(Node::Parameter, x, y, &Trail::Item(at, i, j));
            } else {
                self.add(&Trail::Item(at, i, i), Side::A, format!("B has no {key}"));
            }
        }
        for (j, _, key) in rest_b {
            self.add(
                &Trail::Item(at, j, j),
                Side::B,
                format!("only in B, which has {key}"),
            );
        }
    }

    fn security(&mut self, a: &[Value], b: &[Value], at: &Trail<'_>) {
        let alternatives = |list: &[Value]| -> Vec<String> {
            let mut texts: Vec<String> = list.iter().map(requirement).collect();
            texts.sort();
            texts
        };
        if a != b && alternatives(a) != alternatives(b) {
            for index in 0..a.len().max(b.len()) {
                let at = Trail::Item(at, index, index);
                match (a.get(index), b.get(index)) {
                    (Some(Value::Object(x)), Some(Value::Object(y))) => {
                        self.map(x, y, &at, |_| Shape::Set);
                    }
                    (x, y) => self.pair(Shape::Raw, x, y, &at),
                }
            }
        }
        for name in a.iter().filter_map(Value::as_object).flat_map(Map::keys) {
            let place = join("/components/securitySchemes", &[name]);
            self.follow(place.clone(), place, Node::SecurityScheme);
        }
    }

    fn mapping(&mut self, a: &Map<String, Value>, b: &Map<String, Value>, at: &Trail<'_>) {
        self.map(a, b, at, |_| Shape::Raw);
        for (name, to_a) in a {
            let to_b = b.get(name).and_then(Value::as_str);
            if let (Some(to_a), Some(to_b)) = (to_a.as_str(), to_b) {
                self.follow(mapped(to_a), mapped(to_b), Node::Schema);
            }
        }
    }
}
