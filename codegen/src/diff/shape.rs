//! What stands under a keyword of the specification, and how it is compared.

use crate::pointer::METHODS;

/// An object of the specification whose keys are keywords.
#[derive(Debug, Clone, Copy)]
pub(super) enum Node {
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
pub(super) enum Shape {
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
pub(super) fn shape(node: Node, key: &str) -> Shape {
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
