//! Compares two OpenAPI 3.0 documents by structure alone: sentences, examples and key order do not count.
//!
//! The comparison is limited to the operations of the first document and to the components they reach, so
//! a small document can be held against the large one it follows. Pure: two values in, a list out.

use std::collections::{BTreeMap, BTreeSet, HashSet, VecDeque};
use std::fmt::{self, Write as _};

use serde_json::{Map, Value};

/// One place where two documents differ in structure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// JSON pointer to the place in A, or in B where only B has it; `what` then begins with `only in B`.
    pub pointer: String,
    /// Operation of A that first led to the place; none for what concerns the document as a whole.
    pub operation: Option<String>,
    /// What A says and what B says, shortened.
    pub what: String,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut line = format!("{}: {}", self.pointer, self.what);
        if let Some(operation) = &self.operation {
            write!(line, " [operation {operation}]")?;
        }
        // A key may hold a line break, and the promise is one line.
        line.chars().try_for_each(|c| {
            if c.is_control() {
                write!(f, "{}", c.escape_default())
            } else {
                f.write_char(c)
            }
        })
    }
}

/// Lists where B departs from the structure of A, limited to the operations of A and what they reach.
///
/// Operations are matched by path and method. Descriptions, summaries, titles, examples, links, `info`,
/// external documentation and `x-` extensions are passed over; properties that merely bear such a name
/// are not. The order of the answer depends only on the two documents' contents. An A without any
/// operation is itself a difference, since nothing could be compared.
#[must_use]
pub fn spec_diff(a: &Value, b: &Value) -> Vec<Difference> {
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

/// A difference that is meant, in the words of [`Difference`]'s `Display`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expectation(pub String);

/// Differences held against those that are meant.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Against {
    /// Differences that nobody expected, one a line.
    pub unexpected: Vec<String>,
    /// Expected ones that are not there.
    pub gone: Vec<String>,
}

/// Sorts differences into those that are expected and those that are not; each expectation stands
/// for one difference.
#[must_use]
pub fn against(differences: &[Difference], expected: &[Expectation]) -> Against {
    let mut open: Vec<&str> = expected.iter().map(|line| line.0.as_str()).collect();
    let mut unexpected = Vec::new();
    for line in differences.iter().map(ToString::to_string) {
        match open.iter().position(|known| *known == line) {
            Some(index) => {
                open.remove(index);
            }
            None => unexpected.push(line),
        }
    }
    Against {
        unexpected,
        gone: open.into_iter().map(str::to_owned).collect(),
    }
}

const METHODS: [&str; 8] = [
    "delete", "get", "head", "options", "patch", "post", "put", "trace",
];

/// An object of the specification whose keys are keywords.
#[derive(Debug, Clone, Copy)]
enum Node {
    Callback,
    Discriminator,
    Encoding,
    Flow,
    Flows,
    Header,
    MediaType,
    Operation,
    Parameter,
    PathItem,
    RequestBody,
    Response,
    Schema,
    SecurityScheme,
    Server,
    ServerVariable,
}

/// How the value of a key is compared.
#[derive(Debug, Clone, Copy)]
enum Shape {
    /// Not at all.
    Ignored,
    /// As plain data.
    Raw,
    /// As one object with keywords, or a reference to one.
    One(Node),
    /// As a map whose keys are all names.
    Names(Node),
    /// As a map whose keys are names, but for `x-` extensions.
    NamesAndExtensions(Node),
    /// As a list of objects.
    List(Node),
    /// As a list whose order means nothing.
    Set,
    /// As a map of which only the names count.
    NamesOnly,
    /// As the parameters of an operation, matched by place and name.
    Parameters,
    /// As security requirements.
    Security,
    /// As the mapping of a discriminator: names to references.
    Mapping,
}

/// Says what stands under a keyword, which is how a keyword `title` is told from a property `title`.
fn shape(node: Node, key: &str) -> Shape {
    use Node as N;
    if key.starts_with("x-") {
        return Shape::Ignored;
    }
    match (node, key) {
        // The keys of these two are expressions and kinds of flow, so no word is a sentence there.
        (N::Callback, _) => Shape::One(N::PathItem),
        (N::Flows, _) => Shape::One(N::Flow),
        (_, "description" | "summary" | "title" | "example" | "examples" | "externalDocs") => {
            Shape::Ignored
        }
        (N::Response, "links") => Shape::Ignored,
        (N::PathItem, method) if METHODS.contains(&method) => Shape::One(N::Operation),
        (N::PathItem | N::Operation, "parameters") => Shape::Parameters,
        (N::PathItem | N::Operation, "servers") => Shape::List(N::Server),
        (N::Operation, "requestBody") => Shape::One(N::RequestBody),
        (N::Operation, "responses") => Shape::NamesAndExtensions(N::Response),
        (N::Operation, "callbacks") => Shape::Names(N::Callback),
        (N::Operation, "security") => Shape::Security,
        (N::Operation, "tags") => Shape::Set,
        (N::Response | N::Encoding, "headers") => Shape::Names(N::Header),
        (N::Response | N::RequestBody | N::Parameter | N::Header, "content") => {
            Shape::Names(N::MediaType)
        }
        (N::MediaType | N::Parameter | N::Header, "schema") => Shape::One(N::Schema),
        (N::MediaType, "encoding") => Shape::Names(N::Encoding),
        (N::Schema, "properties") => Shape::Names(N::Schema),
        (N::Schema, "items" | "not" | "additionalProperties") => Shape::One(N::Schema),
        (N::Schema, "allOf" | "anyOf" | "oneOf") => Shape::List(N::Schema),
        (N::Schema, "enum" | "required") | (N::ServerVariable, "enum") => Shape::Set,
        (N::Schema, "discriminator") => Shape::One(N::Discriminator),
        (N::Discriminator, "mapping") => Shape::Mapping,
        (N::SecurityScheme, "flows") => Shape::One(N::Flows),
        (N::Flow, "scopes") => Shape::NamesOnly,
        (N::Server, "variables") => Shape::Names(N::ServerVariable),
        _ => Shape::Raw,
    }
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
            (Self::Key(parent, key), _) => format!("{}/{}", parent.pointer(side), escape(key)),
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
            (Shape::Ignored, _, _) | (_, None, None) => {}
            (_, Some(a), Some(b)) => self.compare(shape, a, b, at),
            (_, Some(a), None) => self.only_a(at, a),
            (_, None, Some(b)) => self.only_b(at, b),
        }
    }

    fn compare(&mut self, shape: Shape, a: &Value, b: &Value, at: &Trail<'_>) {
        match (shape, a, b) {
            (Shape::Ignored, _, _) => {}
            (Shape::One(node), _, _) => self.one(node, a, b, at),
            (Shape::Names(node), Value::Object(x), Value::Object(y)) => {
                self.map(x, y, at, |_| Shape::One(node));
            }
            (Shape::NamesAndExtensions(node), Value::Object(x), Value::Object(y)) => {
                self.map(x, y, at, |key| {
                    if key.starts_with("x-") {
                        Shape::Ignored
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
            let place = format!("/components/securitySchemes/{}", escape(name));
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

/// The path item as the document holds it, its own reference followed.
fn path_item<'d>(document: &'d Value, path: &str) -> Option<&'d Value> {
    resolve(document, document.get("paths")?.get(path)?)
}

/// Follows references until something else than a reference; nothing when they lead nowhere or in a circle.
fn resolve<'d>(document: &'d Value, mut value: &'d Value) -> Option<&'d Value> {
    let mut seen = HashSet::new();
    while let Some(to) = reference(value) {
        if !seen.insert(to) {
            return None;
        }
        value = document.pointer(&target(to))?;
    }
    Some(value)
}

fn reference(value: &Value) -> Option<&str> {
    value.get("$ref").and_then(Value::as_str)
}

/// The JSON pointer of a reference within the document. Of one to another file it is the text itself,
/// which as a pointer finds nothing.
fn target(reference: &str) -> String {
    let Some(fragment) = reference.strip_prefix('#') else {
        return reference.to_owned();
    };
    if !fragment.contains('%') {
        return fragment.to_owned();
    }
    let mut bytes = fragment.bytes();
    let mut out = Vec::with_capacity(fragment.len());
    while let Some(byte) = bytes.next() {
        let mut ahead = bytes.clone();
        let digit = |byte: Option<u8>| byte.and_then(|b| char::from(b).to_digit(16));
        match (byte, digit(ahead.next()), digit(ahead.next())) {
            (b'%', Some(high), Some(low)) => {
                out.extend(u8::try_from(high * 16 + low));
                bytes = ahead;
            }
            _ => out.push(byte),
        }
    }
    String::from_utf8(out).unwrap_or_else(|_| fragment.to_owned())
}

/// A mapping may name a schema alone instead of a reference to it.
fn mapped(to: &str) -> String {
    if to.contains(['#', '/', '.']) {
        target(to)
    } else {
        format!("/components/schemas/{}", escape(to))
    }
}

fn operation_place(document: &Value, id: &str) -> Option<String> {
    for path in sorted_keys(document.get("paths")) {
        let Some(item) = path_item(document, path) else {
            continue;
        };
        for method in METHODS {
            let found = item.get(method).and_then(|o| o.get("operationId"));
            if found.and_then(Value::as_str) == Some(id) {
                return Some(format!("{} {path}", method.to_uppercase()));
            }
        }
    }
    None
}

fn parameter_key(document: &Value, parameter: &Value) -> String {
    let found = resolve(document, parameter);
    let word = |key| found.and_then(|p| p.get(key)).and_then(Value::as_str);
    match (word("in"), word("name")) {
        (Some(place), Some(name)) => format!("{place} parameter {name:?}"),
        _ => format!("parameter {}", short(parameter)),
    }
}

fn requirement(value: &Value) -> String {
    let Some(map) = value.as_object() else {
        return canonical(value);
    };
    let mut schemes: Vec<String> = Vec::new();
    for (name, scopes) in map {
        let mut texts: Vec<String> = scopes.as_array().map_or_else(
            || vec![canonical(scopes)],
            |list| list.iter().map(canonical).collect(),
        );
        texts.sort();
        schemes.push(format!("{name:?}: {texts:?}"));
    }
    schemes.sort();
    schemes.join(", ")
}

fn sorted_keys(value: Option<&Value>) -> BTreeSet<&str> {
    let map = value.and_then(Value::as_object);
    map.into_iter()
        .flat_map(Map::keys)
        .map(String::as_str)
        .collect()
}

fn escape(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

/// JSON with sorted keys, in which 1 and 1.0 are the same, as YAML and JSON writers differ there.
fn canonical(value: &Value) -> String {
    match value {
        Value::Array(list) => {
            let items: Vec<String> = list.iter().map(canonical).collect();
            format!("[{}]", items.join(","))
        }
        Value::Object(map) => {
            let sorted: BTreeMap<&String, &Value> = map.iter().collect();
            let items: Vec<String> = sorted
                .into_iter()
                .map(|(key, value)| format!("{}:{}", Value::from(key.as_str()), canonical(value)))
                .collect();
            format!("{{{}}}", items.join(","))
        }
        Value::Number(number) => match number.as_f64() {
            // Display of a float without a fraction has no point, so it reads like the whole number.
            Some(float) if number.is_f64() => format!("{float}"),
            _ => number.to_string(),
        },
        _ => value.to_string(),
    }
}

fn short(value: &Value) -> String {
    const MOST: usize = 70;
    let text = value.to_string();
    if text.chars().count() <= MOST {
        return text;
    }
    text.chars().take(MOST - 1).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const OURS: &str = include_str!("../../spec/digitalocean/openapi.yaml");

    fn ours() -> Value {
        serde_saphyr::from_str(OURS).unwrap()
    }

    /// A tiny document with one of each thing that can differ.
    fn tiny() -> Value {
        json!({
            "openapi": "3.0.0",
            "info": {"title": "Kettles", "version": "1"},
            "servers": [{"url": "https://{zone}.example.test", "variables": {"zone": {"default": "north", "enum": ["north", "south"]}}}],
            "security": [{"key": []}],
            "tags": [{"name": "Kettles", "description": "To boil water."}],
            "paths": {
                "x-order": 1,
                "/kettles/{id}": {
                    "parameters": [{"$ref": "#/components/parameters/id"}],
                    "get": {
                        "operationId": "kettle_get",
                        "summary": "Get a kettle",
                        "tags": ["Kettles"],
                        "deprecated": false,
                        "parameters": [{"name": "unit", "in": "query", "schema": {"type": "string"}, "example": "litre"}],
                        "security": [{"key": ["kettle:read", "lid:read"]}],
                        "responses": {
                            "200": {"$ref": "#/components/responses/kettle"},
                            "default": {"description": "Failed.", "content": {"text/plain": {"schema": {"type": "string"}}}},
                        },
                    },
                    "put": {
                        "operationId": "kettle_put",
                        "parameters": [],
                        "requestBody": {"required": true, "content": {"application/json": {"schema": {
                            "oneOf": [{"$ref": "#/components/schemas/kettle"}, {"$ref": "#/components/schemas/lid"}],
                            "discriminator": {"propertyName": "kind", "mapping": {
                                "kettle": "#/components/schemas/kettle", "lid": "#/components/schemas/lid"}},
                        }}}},
                        "responses": {"204": {"description": "Done."}},
                        "callbacks": {"boiled": {"{$request.body#/hook}": {"post": {
                            "responses": {"200": {"description": "Heard."}}}}}},
                    },
                },
            },
            "components": {
                "securitySchemes": {"key": {"type": "oauth2", "flows": {"clientCredentials": {
                    "tokenUrl": "https://example.test/token", "scopes": {"kettle:read": "Look.", "lid:read": "Peek."}}}}},
                "parameters": {"id": {"name": "id", "in": "path", "required": true, "schema": {"type": "integer", "minimum": 1}}},
                "responses": {"kettle": {
                    "description": "A kettle.",
                    "headers": {"x-limit": {"description": "Left.", "schema": {"type": "integer"}}},
                    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/kettle"}, "example": {"title": "red"}}},
                    "links": {"next": {"operationId": "kettle_put"}},
                }},
                "schemas": {
                    "kettle": {
                        "type": "object",
                        "title": "Kettle",
                        "description": "To boil water.",
                        "required": ["title", "kind"],
                        "properties": {
                            "title": {"type": "string", "maxLength": 20, "example": "red"},
                            "description": {"type": "string", "nullable": true},
                            "example": {"type": "number", "default": 1},
                            "x-rays": {"type": "boolean"},
                            "kind": {"type": "string", "enum": ["whistling", "silent"], "x-enum-descriptions": {"silent": "Mute."}},
                            "parts": {"type": "array", "items": {"$ref": "#/components/schemas/kettle"}},
                        },
                        "additionalProperties": false,
                    },
                    "lid": {"allOf": [{"$ref": "#/components/schemas/kettle"}, {"type": "object"}]},
                    "unused": {"type": "string"},
                },
            },
        })
    }

    fn at<'v>(document: &'v mut Value, pointer: &str) -> &'v mut Value {
        document
            .pointer_mut(pointer)
            .unwrap_or_else(|| panic!("nothing at {pointer}"))
    }

    /// The differences once `change` was made to the value at `pointer` of B, one line each.
    fn after(pointer: &str, change: impl FnOnce(&mut Value)) -> Vec<String> {
        let mut b = tiny();
        change(at(&mut b, pointer));
        lines(&tiny(), &b)
    }

    fn lines(a: &Value, b: &Value) -> Vec<String> {
        spec_diff(a, b).iter().map(ToString::to_string).collect()
    }

    fn remove(key: &str) -> impl FnOnce(&mut Value) + '_ {
        move |value| {
            let removed = value.as_object_mut().unwrap().remove(key);
            assert!(removed.is_some(), "no {key} to remove");
        }
    }

    fn set(to: Value) -> impl FnOnce(&mut Value) {
        move |value| {
            assert_ne!(*value, to);
            *value = to;
        }
    }

    #[test]
    fn a_document_equals_itself() {
        assert_eq!(lines(&tiny(), &tiny()), [""; 0]);
        assert_eq!(spec_diff(&ours(), &ours()), []);
    }

    #[test]
    fn sentences_examples_and_key_order_do_not_count() {
        fn reword(value: &mut Value) {
            match value {
                Value::Object(map) => {
                    let entries: Vec<_> = std::mem::take(map).into_iter().collect();
                    for (key, mut inner) in entries.into_iter().rev() {
                        reword(&mut inner);
                        map.insert(key, inner);
                    }
                }
                Value::Array(list) => list.iter_mut().for_each(reword),
                _ => {}
            }
        }
        let mut b = tiny();
        reword(&mut b);
        assert_ne!(b.to_string(), tiny().to_string());
        *at(&mut b, "/info") = json!({"title": "Pots", "version": "9"});
        *at(&mut b, "/tags/0/description") = json!("Else.");
        *at(&mut b, "/paths/x-order") = json!(2);
        let get = "/paths/~1kettles~1{id}/get";
        *at(&mut b, &format!("{get}/summary")) = json!("Else");
        *at(&mut b, &format!("{get}/parameters/0/example")) = json!("pint");
        at(&mut b, get)["externalDocs"] = json!({"url": "https://example.test"});
        at(&mut b, get)["x-team"] = json!("tea");
        *at(&mut b, &format!("{get}/responses/default/description")) = json!("Else.");
        at(&mut b, &format!("{get}/responses"))["x-note"] = json!("else");
        *at(&mut b, "/components/responses/kettle/links") = json!({});
        at(
            &mut b,
            "/components/responses/kettle/content/application~1json",
        )["examples"] = json!({});
        at(&mut b, "/components/responses/kettle/headers/x-limit")["example"] = json!(3);
        *at(&mut b, "/components/schemas/kettle/title") = json!("Else");
        remove("description")(at(&mut b, "/components/schemas/kettle"));
        remove("x-enum-descriptions")(at(&mut b, "/components/schemas/kettle/properties/kind"));
        remove("example")(at(&mut b, "/components/schemas/kettle/properties/title"));
        let scopes = "/components/securitySchemes/key/flows/clientCredentials/scopes";
        at(&mut b, scopes)["kettle:read"] = json!("Else.");
        at(&mut b, "/components/schemas/kettle/required")
            .as_array_mut()
            .unwrap()
            .reverse();
        *at(
            &mut b,
            "/components/schemas/kettle/properties/example/default",
        ) = json!(1.0);
        assert_eq!(lines(&tiny(), &b), [""; 0]);
    }

    #[test]
    fn what_a_does_not_reach_does_not_count() {
        let mut b = tiny();
        at(&mut b, "/components/schemas")["more"] = json!({});
        *at(&mut b, "/components/schemas/unused/type") = json!("integer");
        at(&mut b, "/paths")["/pots"] = json!({"get": {"responses": {}}});
        at(&mut b, "/paths/~1kettles~1{id}")["delete"] = json!({"responses": {}});
        at(&mut b, "/tags")
            .as_array_mut()
            .unwrap()
            .push(json!({"name": "Pots"}));
        assert_eq!(lines(&tiny(), &b), [""; 0]);
    }

    #[test]
    fn properties_named_like_sentences_count() {
        for name in ["title", "description", "example", "x-rays"] {
            let found = after("/components/schemas/kettle/properties", remove(name));
            assert_eq!(found.len(), 1, "{name}: {found:?}");
            assert!(
                found[0].starts_with(&format!(
                    "/components/schemas/kettle/properties/{name}: A says"
                )),
                "{found:?}"
            );
        }
    }

    #[test]
    fn scalars_and_missing_keys_are_named() {
        assert_eq!(
            after(
                "/components/schemas/kettle/properties/title/maxLength",
                set(json!(21))
            ),
            [
                "/components/schemas/kettle/properties/title/maxLength: A says 20, B says 21 [operation kettle_get]"
            ]
        );
        assert_eq!(
            after(
                "/components/schemas/kettle/properties/description",
                remove("nullable")
            ),
            [
                "/components/schemas/kettle/properties/description/nullable: A says true, B says nothing [operation kettle_get]"
            ]
        );
        assert_eq!(
            after("/components/schemas/kettle/properties", |p| p["colour"] =
                json!({"type": "string"})),
            [
                r#"/components/schemas/kettle/properties/colour: only in B, which says {"type":"string"} [operation kettle_get]"#
            ]
        );
        assert_eq!(
            after(
                "/components/schemas/kettle/properties/example/default",
                set(json!(2))
            ),
            [
                "/components/schemas/kettle/properties/example/default: A says 1, B says 2 [operation kettle_get]"
            ]
        );
        assert_eq!(
            after("/openapi", set(json!("3.0.1"))),
            [r#"/openapi: A says "3.0.0", B says "3.0.1""#]
        );
    }

    #[test]
    fn sets_name_the_missing_and_the_added() {
        assert_eq!(
            after(
                "/components/schemas/kettle/properties/kind/enum",
                set(json!(["silent", "electric"]))
            ),
            [
                r#"/components/schemas/kettle/properties/kind/enum: B lacks "whistling"; B adds "electric" [operation kettle_get]"#
            ]
        );
        assert_eq!(
            after("/components/schemas/kettle/required", set(json!(["title"]))),
            [r#"/components/schemas/kettle/required: B lacks "kind" [operation kettle_get]"#]
        );
        assert_eq!(
            after(
                "/components/schemas/kettle/required",
                set(json!(["title", "kind", "kind"]))
            ),
            [r#"/components/schemas/kettle/required: B adds "kind" [operation kettle_get]"#]
        );
        assert_eq!(
            after("/paths/~1kettles~1{id}/get/tags/0", set(json!("Pots"))),
            [
                r#"/paths/~1kettles~1{id}/get/tags: B lacks "Kettles"; B adds "Pots" [operation kettle_get]"#
            ]
        );
    }

    #[test]
    fn operations_are_matched_by_path_and_method() {
        assert_eq!(
            after("/paths/~1kettles~1{id}", remove("get")),
            ["/paths/~1kettles~1{id}/get: B has no GET /kettles/{id} [operation kettle_get]"]
        );
        assert_eq!(
            after("/paths/~1kettles~1{id}", |item| {
                let get = item.as_object_mut().unwrap().remove("get").unwrap();
                item["head"] = get;
            }),
            [
                "/paths/~1kettles~1{id}/get: B has no GET /kettles/{id}; its operation of that id is HEAD /kettles/{id} [operation kettle_get]"
            ]
        );
        assert_eq!(
            after(
                "/paths/~1kettles~1{id}/get/operationId",
                set(json!("kettle_read"))
            ),
            [
                r#"/paths/~1kettles~1{id}/get/operationId: A says "kettle_get", B says "kettle_read" [operation kettle_get]"#
            ]
        );
        assert_eq!(
            after("/paths/~1kettles~1{id}/get/deprecated", set(json!(true))),
            [
                "/paths/~1kettles~1{id}/get/deprecated: A says false, B says true [operation kettle_get]"
            ]
        );
        assert_eq!(
            after("", remove("paths")).len(),
            2,
            "each operation of A is missing"
        );
    }

    #[test]
    fn parameters_are_matched_by_place_and_name() {
        let mut b = tiny();
        let parameters = at(&mut b, "/paths/~1kettles~1{id}/get/parameters");
        parameters
            .as_array_mut()
            .unwrap()
            .insert(0, json!({"name": "unit", "in": "header", "schema": {}}));
        assert_eq!(
            lines(&tiny(), &b),
            [
                r#"/paths/~1kettles~1{id}/get/parameters/0: only in B, which has header parameter "unit" [operation kettle_get]"#
            ]
        );
        assert_eq!(
            lines(&b, &tiny()),
            [
                r#"/paths/~1kettles~1{id}/get/parameters/0: B has no header parameter "unit" [operation kettle_get]"#
            ]
        );
        *at(
            &mut b,
            "/paths/~1kettles~1{id}/get/parameters/1/schema/type",
        ) = json!("integer");
        remove("unused")(at(&mut b, "/components/schemas"));
        assert!(lines(&tiny(), &b).contains(
            &r#"/paths/~1kettles~1{id}/get/parameters/0/schema/type: A says "string", B says "integer" [operation kettle_get]"#.to_owned()
        ));
        assert_eq!(
            after("/components/parameters/id/schema/minimum", set(json!(0))),
            ["/components/parameters/id/schema/minimum: A says 1, B says 0"]
        );
    }

    #[test]
    fn bodies_responses_and_headers_count() {
        let get = "/paths/~1kettles~1{id}/get";
        assert_eq!(
            after(&format!("{get}/responses"), remove("default")).len(),
            1
        );
        assert_eq!(
            after(&format!("{get}/responses"), |r| r["404"] =
                json!({"description": "None."})),
            [format!(
                r#"{get}/responses/404: only in B, which says {{"description":"None."}} [operation kettle_get]"#
            )]
        );
        assert_eq!(
            after("/components/responses/kettle/headers", remove("x-limit")),
            [
                r#"/components/responses/kettle/headers/x-limit: A says {"description":"Left.","schema":{"type":"integer"}}, B says nothing [operation kettle_get]"#
            ]
        );
        assert_eq!(
            after(
                "/components/responses/kettle/content",
                remove("application/json")
            )
            .len(),
            1
        );
        assert_eq!(
            after(
                "/paths/~1kettles~1{id}/put/requestBody/required",
                set(json!(false))
            ),
            [
                "/paths/~1kettles~1{id}/put/requestBody/required: A says true, B says false [operation kettle_put]"
            ]
        );
        assert_eq!(
            after(
                "/paths/~1kettles~1{id}/put/callbacks/boiled/{$request.body#~1hook}/post/responses",
                remove("200")
            )
            .len(),
            1
        );
    }

    #[test]
    fn security_and_its_schemes_count() {
        let get = "/paths/~1kettles~1{id}/get";
        assert_eq!(
            after(&format!("{get}/security/0/key"), set(json!(["lid:read"]))),
            [format!(
                r#"{get}/security/0/key: B lacks "kettle:read" [operation kettle_get]"#
            )]
        );
        assert_eq!(
            after(
                &format!("{get}/security/0/key"),
                set(json!(["lid:read", "kettle:read"]))
            ),
            [""; 0],
            "scopes have no order"
        );
        assert_eq!(
            after(get, remove("security")),
            [format!(
                r#"{get}/security: A says [{{"key":["kettle:read","lid:read"]}}], B says nothing [operation kettle_get]"#
            )]
        );
        assert_eq!(
            after("/security", set(json!([]))),
            [r#"/security/0: A says {"key":[]}, B says nothing"#]
        );
        let flow = "/components/securitySchemes/key/flows/clientCredentials";
        assert_eq!(
            after(&format!("{flow}/scopes"), remove("lid:read")),
            [format!(r#"{flow}/scopes: B lacks "lid:read""#)]
        );
        assert_eq!(
            after("/components/securitySchemes", remove("key")),
            [
                "/components/securitySchemes/key: A defines it, B has nothing at /components/securitySchemes/key"
            ]
        );
    }

    #[test]
    fn servers_and_tags_count() {
        assert_eq!(
            after("/servers/0/url", set(json!("https://example.test"))),
            [
                r#"/servers/0/url: A says "https://{zone}.example.test", B says "https://example.test""#
            ]
        );
        assert_eq!(
            after("/servers/0/variables/zone/enum/0", set(json!("west"))),
            [r#"/servers/0/variables/zone/enum: B lacks "north"; B adds "west""#]
        );
        assert_eq!(
            after("/tags/0/name", set(json!("Pots"))),
            [r#"/tags/0: B declares no tag "Kettles""#]
        );
    }

    #[test]
    fn references_are_followed_and_their_names_compared() {
        let body = "/paths/~1kettles~1{id}/put/requestBody/content/application~1json/schema";
        let mut b = tiny();
        let kettle = b["components"]["schemas"]["kettle"].clone();
        b["components"]["schemas"]["pot"] = kettle;
        let content = "/components/responses/kettle/content/application~1json/schema";
        *at(&mut b, &format!("{content}/$ref")) = json!("#/components/schemas/pot");
        assert_eq!(
            lines(&tiny(), &b),
            [format!(
                "{content}/$ref: A refers to #/components/schemas/kettle, B to #/components/schemas/pot [operation kettle_get]"
            )]
        );
        *at(&mut b, "/components/schemas/pot/type") = json!("array");
        assert!(lines(&tiny(), &b).contains(
            &r#"/components/schemas/kettle/type: A says "object", B says "array" [operation kettle_get]"#.to_owned()
        ));
        let in_place =
            |target: &mut Value| *target = tiny()["components"]["schemas"]["kettle"].clone();
        assert_eq!(
            after(content, in_place),
            [format!(
                "{content}: A refers to #/components/schemas/kettle, B has it in place [operation kettle_get]"
            )]
        );
        let found = after(
            &format!("{body}/discriminator/mapping/lid"),
            set(json!("#/components/schemas/kettle")),
        );
        assert_eq!(
            found.first().unwrap(),
            &format!(
                r##"{body}/discriminator/mapping/lid: A says "#/components/schemas/lid", B says "#/components/schemas/kettle" [operation kettle_put]"##
            )
        );
        let places: Vec<&str> = found
            .iter()
            .map(|l| l.split(": ").next().unwrap())
            .collect();
        assert_eq!(
            places[1..],
            [
                "/components/schemas/kettle/additionalProperties",
                "/components/schemas/lid/allOf",
                "/components/schemas/kettle/properties",
                "/components/schemas/kettle/required",
                "/components/schemas/kettle/type",
            ],
            "what the names lead to is compared as well"
        );
        assert_eq!(
            after(&format!("{body}/oneOf"), |list| list
                .as_array_mut()
                .unwrap()
                .reverse()),
            [""; 0],
            "the order of references means nothing"
        );
        assert_eq!(
            after(&format!("{body}/oneOf"), |list| drop(
                list.as_array_mut().unwrap().remove(0)
            )),
            [format!(
                r##"{body}/oneOf/0: A says {{"$ref":"#/components/schemas/kettle"}}, B says nothing [operation kettle_put]"##
            )]
        );
        assert_eq!(
            after("/components/schemas", remove("lid")),
            [
                "/components/schemas/lid: A defines it, B has nothing at /components/schemas/lid [operation kettle_put]"
            ]
        );
    }

    #[test]
    fn circles_dead_ends_and_odd_documents_end_with_an_answer() {
        let dead = json!({"paths": {"/a": {"get": {"operationId": "a", "responses": {"200": {"$ref": "#/components/responses/none"}}}}}});
        assert_eq!(
            lines(&dead, &dead),
            ["/components/responses/none: neither A nor B defines it [operation a]"]
        );
        let mut circle = dead.clone();
        circle["components"] =
            json!({"responses": {"none": {"$ref": "#/components/responses/none"}}});
        assert_eq!(lines(&circle, &circle), [""; 0]);
        circle["paths"]["/a"] = json!({"$ref": "#/paths/~1a"});
        assert_eq!(
            lines(&circle, &circle),
            [
                "/paths/~1a: A refers to a path item that it does not define",
                "/paths: A has no operations, so nothing was compared"
            ]
        );
        for odd in [json!(null), json!([]), json!({"paths": 7}), json!("text")] {
            assert!(
                lines(&odd, &tiny())
                    .iter()
                    .any(|l| l.contains("nothing was compared"))
            );
            assert!(!spec_diff(&tiny(), &odd).is_empty());
        }
        let far =
            json!({"paths": {"/a": {"get": {"responses": {"200": {"$ref": "other.yaml#/x"}}}}}});
        assert_eq!(
            lines(&far, &far),
            ["other.yaml#/x: neither A nor B defines it [operation GET /a]"]
        );
        assert_eq!(target("#/a%2Fb/50%/%7e1"), "/a/b/50%/~1");
    }

    #[test]
    fn a_long_chain_of_references_needs_no_deep_stack() {
        let mut schemas = Map::new();
        for i in 0..20_000 {
            schemas.insert(
                format!("s{i}"),
                json!({"items": {"$ref": format!("#/components/schemas/s{}", i + 1)}}),
            );
        }
        schemas.insert("s20000".to_owned(), json!({"type": "string"}));
        let mut a = json!({"components": {"schemas": schemas}});
        a["paths"] = json!({"/a": {"get": {"operationId": "a", "requestBody": {"content": {"text/plain": {"schema": {"$ref": "#/components/schemas/s0"}}}}}}});
        let mut b = a.clone();
        b["components"]["schemas"]["s20000"]["type"] = json!("number");
        assert_eq!(
            lines(&a, &b),
            [r#"/components/schemas/s20000/type: A says "string", B says "number" [operation a]"#]
        );
    }

    #[test]
    fn the_answer_is_one_line_each_and_does_not_depend_on_key_order() {
        let mut b = ours();
        for pointer in [
            "/components/schemas/nfs_request/properties",
            "/components/schemas/error/properties",
            "/paths/~1v2~1nfs/get/responses",
        ] {
            let map = at(&mut b, pointer).as_object_mut().unwrap();
            let first = map.keys().next().unwrap().clone();
            map.remove(&first);
        }
        let mut a = ours();
        let before = lines(&a, &b);
        assert_eq!(before.len(), 3);
        a.sort_all_objects();
        b.sort_all_objects();
        assert_eq!(lines(&a, &b).len(), before.len());
        let places = |list: &[String]| -> Vec<String> {
            list.iter()
                .map(|l| l.split(": ").next().unwrap().to_owned())
                .collect()
        };
        assert_eq!(places(&lines(&a, &b)), places(&before));
        let odd = Difference {
            pointer: "/a\nb".to_owned(),
            operation: None,
            what: "A says 1".to_owned(),
        };
        assert_eq!(odd.to_string(), "/a\\nb: A says 1");
    }

    /// Pointers into our document: those of structure, leaves and inner places alike, and those of sentences.
    /// Written apart from `shape`, by what our document holds, so that one checks the other.
    fn places(
        value: &Value,
        pointer: &str,
        names: bool,
        structure: &mut Vec<String>,
        sentences: &mut Vec<String>,
    ) {
        let entries: Vec<(String, &Value)> = match value {
            Value::Object(map) => map.iter().map(|(k, v)| (k.clone(), v)).collect(),
            Value::Array(list) => list
                .iter()
                .enumerate()
                .map(|(i, v)| (i.to_string(), v))
                .collect(),
            _ => Vec::new(),
        };
        for (key, inner) in entries {
            let pointer = format!("{pointer}/{}", escape(&key));
            let keyword = value.is_object() && !names;
            if keyword
                && [
                    "info",
                    "summary",
                    "description",
                    "example",
                    "x-enum-descriptions",
                ]
                .contains(&key.as_str())
            {
                sentences.push(pointer);
                continue;
            }
            structure.push(pointer.clone());
            let holds_names = keyword
                && inner.is_object()
                && [
                    "paths",
                    "properties",
                    "responses",
                    "headers",
                    "schemas",
                    "parameters",
                    "content",
                    "securitySchemes",
                    "mapping",
                ]
                .contains(&key.as_str());
            places(inner, &pointer, holds_names, structure, sentences);
        }
    }

    fn changed(value: &Value) -> Value {
        match value {
            Value::Null => json!(1),
            Value::Bool(flag) => json!(!flag),
            Value::Number(number) => json!(number.as_f64().unwrap() + 1.0),
            Value::String(text) => json!(format!("{text}x")),
            Value::Array(list) => {
                let mut list = list.clone();
                list.push(json!("added"));
                Value::Array(list)
            }
            Value::Object(map) => {
                let mut map = map.clone();
                map.insert("added".to_owned(), json!({"type": "string"}));
                Value::Object(map)
            }
        }
    }

    #[test]
    fn every_structural_change_of_our_document_is_found_and_no_other() {
        let a = ours();
        let (mut structure, mut sentences) = (Vec::new(), Vec::new());
        places(&a, "", false, &mut structure, &mut sentences);
        assert!(structure.len() > 1500 && sentences.len() > 500);

        let mut b = a.clone();
        for pointer in &sentences {
            let place = at(&mut b, pointer);
            *place = changed(place);
        }
        assert_eq!(lines(&a, &b), [""; 0]);

        // Each part is tried on a document cut down to one operation that reaches it, as the whole is slow.
        let depth = |pointer: &str| pointer.matches('/').count();
        let holds_parts =
            |p: &str| (p.starts_with("/paths") || p.starts_with("/components")) && depth(p) < 3;
        let (mut parts, containers): (Vec<&String>, Vec<&String>) = structure
            .iter()
            .filter(|p| {
                depth(p) == 1 || holds_parts(p) || holds_parts(p.rsplit_once('/').unwrap().0)
            })
            .partition(|p| !holds_parts(p));
        for pointer in containers {
            assert!(
                without(&a, &mut a.clone(), pointer),
                "removing {pointer} was not found"
            );
        }
        for (path, item) in a["paths"].as_object().unwrap() {
            for (method, operation) in item.as_object().unwrap() {
                let mut only = a.clone();
                only["paths"] = json!({path: {method: operation}});
                let mut b = only.clone();
                parts.retain(|part| {
                    if only.pointer(part).is_none() || !without(&only, &mut b, part) {
                        return true;
                    }
                    let inside = format!("{part}/");
                    for pointer in structure
                        .iter()
                        .filter(|p| p == part || p.starts_with(&inside))
                    {
                        assert!(
                            without(&only, &mut b, pointer),
                            "removing {pointer} was not found"
                        );
                        assert!(
                            with_a_change(&only, &mut b, pointer),
                            "a change at {pointer} was not found"
                        );
                    }
                    false
                });
                assert_eq!(only, b);
            }
        }
        assert_eq!(parts, [""; 0], "no operation reaches these");
    }

    /// Whether leaving out one place of B, which is put back, makes a difference.
    fn without(a: &Value, b: &mut Value, pointer: &str) -> bool {
        let (parent, key) = pointer.rsplit_once('/').unwrap();
        let key = key.replace("~1", "/").replace("~0", "~");
        let holder = at(b, parent);
        let before = holder.clone();
        match holder {
            Value::Object(map) => drop(map.remove(&key)),
            Value::Array(list) => drop(list.remove(key.parse().unwrap())),
            _ => panic!("{parent} holds nothing"),
        }
        let found = !spec_diff(a, b).is_empty();
        *at(b, parent) = before;
        found
    }

    /// Whether changing one place of B, which is put back, makes a difference.
    fn with_a_change(a: &Value, b: &mut Value, pointer: &str) -> bool {
        let place = at(b, pointer);
        // What stands beside a reference is to be ignored, says OpenAPI 3.0.
        if reference(place).is_some() {
            return true;
        }
        let replacement = changed(place);
        let before = std::mem::replace(place, replacement);
        let found = !spec_diff(a, b).is_empty();
        *at(b, pointer) = before;
        found
    }

    #[test]
    fn our_document_follows_upstream_where_upstream_is_at_hand() {
        let path = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../../shared/upstream/digitalocean.json"
        );
        let Ok(text) = std::fs::read_to_string(path) else {
            println!("upstream's document is not at hand: it was not compared");
            return;
        };
        let upstream: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(lines(&ours(), &upstream), [""; 0]);
    }

    #[test]
    fn expected_differences_must_be_there_and_no_other() {
        let a = json!({"openapi": "3.0.0", "servers": [{"url": "a"}], "paths": {"/x": {"get": {"responses": {}}}}});
        let b = json!({"openapi": "3.0.1", "servers": [{"url": "b"}], "paths": {"/x": {"get": {"responses": {}}}}});
        let found = spec_diff(&a, &b);
        let lines: Vec<String> = found.iter().map(ToString::to_string).collect();
        let expect = |lines: &[String]| -> Vec<Expectation> {
            lines.iter().cloned().map(Expectation).collect()
        };
        assert_eq!(against(&found, &expect(&lines)), Against::default());
        let one_less = against(&found, &expect(&lines[..1]));
        assert_eq!(one_less.unexpected, lines[1..]);
        assert!(one_less.gone.is_empty());
        let mut twice = lines.clone();
        twice.push(lines[0].clone());
        let one_more = against(&found, &expect(&twice));
        assert_eq!(one_more.gone, lines[..1]);
        assert!(one_more.unexpected.is_empty());
    }
}
