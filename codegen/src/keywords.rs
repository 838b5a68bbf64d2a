//! What stands under a keyword of OpenAPI 3.0: how a keyword `title` is told from a field `title`.
//!
//! Whoever walks a document of unknown shape goes by this table: the comparison of two documents, the
//! bundling of many files and the parting of structure from sentences.

use crate::pointer::{METHODS, unescape};

/// An object of the specification whose keys are keywords.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Node {
    Callback,
    Components,
    Discriminator,
    Document,
    Encoding,
    Example,
    Flow,
    Flows,
    Header,
    Info,
    Link,
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
    Tag,
}

/// What the value of a key is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    /// A sentence or an example: no structure.
    Words,
    /// A map of examples by name: no structure.
    Examples,
    /// A map of links by name: no structure, since nothing is sent by it.
    Links,
    /// An `x-` extension: no structure of OpenAPI's.
    Extension,
    /// Plain data.
    Raw,
    /// One object with keywords, or a reference to one.
    One(Node),
    /// A map whose keys are all names.
    Names(Node),
    /// A map whose keys are names, but for `x-` extensions.
    NamesAndExtensions(Node),
    /// A list of objects.
    List(Node),
    /// A list whose order means nothing.
    Set,
    /// A map of which only the names count: what stands behind each is a sentence.
    NamesOnly,
    /// The parameters of an operation, matched by place and name.
    Parameters,
    /// Security requirements.
    Security,
    /// The mapping of a discriminator: names to references.
    Mapping,
}

impl Shape {
    /// Whether it says something of what is sent and received.
    pub(crate) fn is_structure(self) -> bool {
        !matches!(
            self,
            Self::Words | Self::Examples | Self::Links | Self::Extension
        )
    }
}

/// The maps among the components, and what stands in each.
pub(crate) const COMPONENTS: [(&str, Node); 9] = [
    ("schemas", Node::Schema),
    ("responses", Node::Response),
    ("parameters", Node::Parameter),
    ("examples", Node::Example),
    ("requestBodies", Node::RequestBody),
    ("headers", Node::Header),
    ("securitySchemes", Node::SecurityScheme),
    ("links", Node::Link),
    ("callbacks", Node::Callback),
];

impl Node {
    /// The map among the components in which such objects stand, for those that have one.
    pub(crate) fn components(self) -> Option<&'static str> {
        let mut all = COMPONENTS.iter();
        all.find(|(_, node)| *node == self).map(|(kind, _)| *kind)
    }
}

/// Says what stands under a keyword, which is how a keyword `title` is told from a property `title`.
pub(crate) fn shape(node: Node, key: &str) -> Shape {
    use Node as N;
    if key.starts_with("x-") {
        return Shape::Extension;
    }
    match (node, key) {
        // The keys of these two are expressions and kinds of flow, so no word is a sentence there.
        (N::Callback, _) => Shape::One(N::PathItem),
        (N::Flows, _) => Shape::One(N::Flow),
        (N::Components, "examples") | (N::MediaType | N::Parameter | N::Header, "examples") => {
            Shape::Examples
        }
        (N::Components | N::Response, "links") => Shape::Links,
        (N::Components, kind) => {
            let mut all = COMPONENTS.iter();
            let known = all.find(|(known, _)| *known == kind);
            known.map_or(Shape::Raw, |(_, node)| Shape::Names(*node))
        }
        (N::Document, "info") => Shape::One(N::Info),
        (N::Document, "paths") => Shape::NamesAndExtensions(N::PathItem),
        (N::Document, "components") => Shape::One(N::Components),
        (N::Document, "servers") => Shape::List(N::Server),
        (N::Document, "security") => Shape::Security,
        (N::Document, "tags") => Shape::List(N::Tag),
        (N::Info, "contact" | "termsOfService") => Shape::Words,
        (_, "description" | "summary" | "title" | "example" | "examples" | "externalDocs") => {
            Shape::Words
        }
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

impl Shape {
    /// What stands under a key or number of it.
    pub(crate) fn inside(self, key: &str) -> Self {
        match self {
            Self::One(node) => shape(node, key),
            Self::NamesAndExtensions(_) if key.starts_with("x-") => Self::Extension,
            Self::Names(node) | Self::NamesAndExtensions(node) | Self::List(node) => {
                Self::One(node)
            }
            Self::Parameters => Self::One(Node::Parameter),
            Self::NamesOnly => Self::Words,
            other => other,
        }
    }
}

/// What stands at a place of a document.
pub(crate) fn at(pointer: &str) -> Shape {
    let tokens = pointer.split('/').skip(1);
    tokens.fold(Shape::One(Node::Document), |outer, token| {
        outer.inside(&unescape(token))
    })
}
