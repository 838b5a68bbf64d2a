//! What a provider's API is, in no language's words: resources, methods, models, enums.
//!
//! Emitters see this and nothing else. Names are split words in snake case (`share_id`) or Pascal
//! case (`NfsShare`); each emitter dresses them as its language wants.

mod build;
pub mod bytes;
mod call;
mod id;
pub mod kind;
mod mounted;
mod sound;
pub mod words;

use serde::Deserialize;
use serde_json::Value;

use crate::document::Document;
use crate::finding::{Finding, Kind as FindingKind};

pub use build::build;
pub(crate) use build::{custom_verb, deepest, placed};
pub use call::{
    Body, By, ById, Call, Find, FindCall, Form, Given, Kind, Link, Next, Origin, Pages, Pick,
    Request, RequestCall, Resume, Returns, Source, Status, Step, Surround, Take, TakeCall, Turn,
    Wait, WaitCall, Within,
};
pub use id::{CallId, EnumId, ModelId, OperationId, UnionId};
pub use kind::ThingKind;
pub use mounted::{Helper, Mounted};

/// One provider's API.
#[derive(Debug, Clone)]
pub struct Api {
    /// Who it is.
    pub provider: Provider,
    /// Top-level resources in document order; children hang below them.
    pub resources: Vec<Resource>,
    /// Every object that is received or sent, by name.
    pub models: Vec<Model>,
    /// Every set of named strings, by name.
    pub enums: Vec<Enum>,
    /// Every body that is one of several shapes, by name.
    pub unions: Vec<Union>,
    /// Every operation of the document, in its order.
    pub operations: Vec<Operation>,
    /// What snapshots are taken of.
    pub kinds: Vec<ThingKind>,
}

/// Facts about a provider that hold for every call.
#[derive(Debug, Clone)]
pub struct Provider {
    /// Module name, in lower case: `digitalocean`.
    pub name: String,
    /// Short prefix for names in languages without modules: `do`.
    pub prefix: String,
    /// Client name in Pascal case, as the provider writes itself: `DigitalOcean`.
    pub client: String,
    /// Where the API is, unless the caller says otherwise.
    pub server_url: String,
    /// Environment variable that overrides the server.
    pub url_variable: String,
    /// Environment variables that hold the token, first one wins.
    pub token_variables: Vec<String>,
    /// Where a request has the token.
    pub token_place: TokenPlace,
    /// What else a client can be given to show who it is, beside a token.
    pub credentials: Vec<Credential>,
    /// How a client shows who it is, where that is more than a token; then the crate has an `auth.rs` by hand.
    pub authentication: Option<String>,
    /// Where the provider's own program keeps tokens by name.
    pub contexts: Option<Contexts>,
    /// Where an error body keeps what.
    pub errors: ErrorShape,
    /// What the document says of the API as a whole.
    pub doc: String,
    /// The version that the document gives itself.
    pub version: String,
    /// The day from which the document is, where that is known.
    pub date: Option<String>,
}

/// Where a request has the token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TokenPlace {
    /// `Authorization: Bearer`.
    Bearer,
    /// `Authorization: Basic`: it is a user name and a password with a colon between them.
    Basic,
    /// Alone in a header of this name, in lower case.
    Header(String),
}

/// A YAML file in which the provider's own program keeps tokens, each under the name of a context.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Contexts {
    /// The program: `doctl`.
    pub tool: String,
    /// The file, below where programs keep their settings.
    pub file: String,
    /// The environment variable that names the context.
    pub variable: String,
    /// The key of the file that names it.
    pub chosen: String,
    /// The context that has its token under a key of its own.
    pub usual: String,
    /// That key.
    pub token: String,
    /// The key with the tokens of all other contexts, by their names.
    pub named: String,
}

/// One thing that a client shows who it is with.
#[derive(Debug, Clone)]
pub struct Credential {
    /// Name in snake case: `application_key`.
    pub name: String,
    /// Environment variable that holds it.
    pub variable: String,
    /// Whether it must not be shown.
    pub secret: bool,
    /// What it is, in a sentence.
    pub doc: String,
}

/// The fields of an error body, tried in order.
#[derive(Debug, Clone, Default)]
pub struct ErrorShape {
    /// The service's own code.
    pub code: Vec<String>,
    /// The sentence for a person.
    pub message: Vec<String>,
    /// The id to give to support.
    pub request_id: Vec<String>,
    /// Response headers that carry the id instead.
    pub request_id_headers: Vec<String>,
}

/// A thing with methods: `nfs`, and below it `nfs.snapshots`.
#[derive(Debug, Clone)]
pub struct Resource {
    /// Words from the top, `["nfs", "snapshots"]`.
    pub path: Vec<String>,
    /// What it is, in a sentence.
    pub doc: String,
    /// Requests in document order, then waits, requests with waits behind them, and looks for what
    /// may have been made, each in document order.
    pub calls: Vec<Call>,
    /// Resources below this one.
    pub children: Vec<Resource>,
}

impl Resource {
    /// Its own name, without those above it.
    pub fn name(&self) -> &str {
        self.path.last().map_or("", String::as_str)
    }

    /// The calls that are requests.
    pub fn requests(&self) -> impl Iterator<Item = RequestCall<'_>> {
        self.calls.iter().filter_map(Call::as_request)
    }

    /// The calls that are waits.
    pub fn waits(&self) -> impl Iterator<Item = WaitCall<'_>> {
        self.calls.iter().filter_map(Call::as_wait)
    }

    /// The calls that send a request and wait for what it began.
    pub fn takes(&self) -> impl Iterator<Item = TakeCall<'_>> {
        self.calls.iter().filter_map(Call::as_take)
    }

    /// The calls that look for what a request may have made.
    pub fn finds(&self) -> impl Iterator<Item = FindCall<'_>> {
        self.calls.iter().filter_map(Call::as_find)
    }

    /// This resource and all below it.
    pub fn walk(&self) -> Vec<&Resource> {
        let mut all = vec![self];
        for child in &self.children {
            all.extend(child.walk());
        }
        all
    }
}

/// The states that no list of a wait has, wait by wait.
pub fn unknown_states(document: &Document, api: &Api) -> Vec<Finding> {
    let waits = api.calls().filter_map(Call::as_wait);
    waits
        .filter(|wait| !wait.wait.unknown.is_empty())
        .map(|wait| {
            let error = document.error(
                &wait.wait.place,
                format!(
                    "no list of `{}` has the states `{}`, so it goes on waiting when it sees one",
                    wait.call.name,
                    wait.wait.unknown.join("`, `")
                ),
                "say in overlay.yaml whether they are ready, failed or pending",
            );
            Finding::new(FindingKind::UnknownState, error)
        })
        .collect()
}

impl Api {
    /// Every resource, parents before children.
    pub fn all_resources(&self) -> Vec<&Resource> {
        self.resources.iter().flat_map(Resource::walk).collect()
    }

    /// The models that users see: those that they receive or make, and not only what is wrapped around them.
    pub fn visible(&self) -> impl Iterator<Item = &Model> {
        self.models
            .iter()
            .filter(|model| !model.envelope && (model.received || model.sent))
    }

    /// The models that users receive, and can read from JSON and write as it.
    pub fn received(&self) -> impl Iterator<Item = &Model> {
        self.visible().filter(|model| model.received)
    }

    /// All calls, parents before children.
    pub fn calls(&self) -> impl Iterator<Item = &Call> {
        self.all_resources()
            .into_iter()
            .flat_map(|resource| &resource.calls)
    }

    /// A model.
    #[allow(
        clippy::expect_used,
        reason = "a finished IR has no id that leads nowhere"
    )]
    pub fn model(&self, id: &ModelId) -> &Model {
        self.models
            .iter()
            .find(|model| model.name == *id)
            .expect("the builder makes ids of models that are there")
    }

    /// An enum.
    #[allow(
        clippy::expect_used,
        reason = "a finished IR has no id that leads nowhere"
    )]
    pub fn enumeration(&self, id: &EnumId) -> &Enum {
        self.enums
            .iter()
            .find(|item| item.name == *id)
            .expect("the builder makes ids of enums that are there")
    }

    /// A union.
    #[allow(
        clippy::expect_used,
        reason = "a finished IR has no id that leads nowhere"
    )]
    pub fn union(&self, id: &UnionId) -> &Union {
        self.unions
            .iter()
            .find(|item| item.name == *id)
            .expect("the builder makes ids of unions that are there")
    }

    /// An operation.
    #[allow(
        clippy::expect_used,
        reason = "a finished IR has no id that leads nowhere"
    )]
    pub fn operation(&self, id: &OperationId) -> &Operation {
        self.operations
            .iter()
            .find(|operation| operation.id == *id)
            .expect("the builder makes ids of operations that are there")
    }

    /// A call.
    #[allow(
        clippy::expect_used,
        reason = "a finished IR has no id that leads nowhere"
    )]
    pub fn call(&self, id: &CallId) -> &Call {
        self.calls()
            .find(|call| call.resource == id.resource() && call.name == id.name())
            .expect("the builder makes ids of calls that are there")
    }

    /// Whether a list of such items goes by a cursor.
    pub fn goes_by_cursor(&self, item: &str) -> bool {
        self.calls().any(|call| match &call.form {
            Form::Page { item: ty, pages } => pages.by == By::Cursor && ty.name() == Some(item),
            _ => false,
        })
    }

    /// The request that a link or a wait refers to.
    #[allow(
        clippy::expect_used,
        reason = "the builder makes such links to requests only"
    )]
    pub fn request(&self, id: &CallId) -> RequestCall<'_> {
        self.call(id)
            .as_request()
            .expect("the builder makes such links to requests only")
    }

    /// A wait that a step refers to.
    #[allow(
        clippy::expect_used,
        reason = "the builder makes such links to waits only"
    )]
    pub fn wait(&self, id: &CallId) -> WaitCall<'_> {
        self.call(id)
            .as_wait()
            .expect("the builder makes such links to waits only")
    }
}

/// One operation of the document: what goes over the wire.
#[derive(Debug, Clone)]
pub struct Operation {
    /// Operation id, as the document has it.
    pub id: OperationId,
    /// HTTP method in capitals.
    pub method: String,
    /// Path template: `/v2/nfs/{nfs_id}`.
    pub path: String,
    /// The server that it goes to, where that is not the provider's.
    pub server: Option<String>,
    /// Whether sending it twice is the same as sending it once (B7).
    pub idempotent: bool,
    /// The limits that the service keeps for it (B13).
    pub limits: Vec<Limit>,
    /// The documented success status.
    pub success: u16,
    /// The documented example of a success body.
    pub example: Option<Value>,
    /// Documented error statuses (`404`, `4XX`) with their examples.
    pub errors: Vec<(String, Option<Value>)>,
    /// Every path and query parameter: first the path's, in its order, then the query's, in the document's.
    pub parameters: Vec<Param>,
    /// The type of the body, where there is one: a model or a union.
    pub body: Option<Type>,
    /// The media type that the body is sent as, where it is not plain JSON.
    pub sends: Option<String>,
    /// Whether the body is text or bytes by themselves, and no JSON.
    pub raw_body: bool,
    /// The media type of a success, where it is not plain JSON; several are parted by commas.
    pub accepts: Option<String>,
    /// Whether a success is text or bytes by themselves, and no JSON.
    pub raw_success: bool,
    /// Whether the body may be left out.
    pub body_required: bool,
    /// The type of a success body before unwrapping, where there is one.
    pub success_type: Option<Type>,
    /// Whether a success may hold nothing where others hold something: it has no body, or is null.
    pub maybe_nothing: bool,
    /// The documented status of a success without a body, beside one that has one.
    pub empty_success: Option<u16>,
    /// What a token must be allowed for it: scopes, or the service's names of permissions.
    pub scopes: Vec<String>,
}

/// A limit of the service: how a refusal tells of it, and what is said of it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limit {
    /// Its name, in snake case.
    pub name: String,
    /// The statuses with which it is refused.
    pub statuses: Vec<u16>,
    /// Parts of code and message: all of one of the lists tell of it.
    pub words: Vec<Vec<String>>,
    /// The sentence about it, without a full stop.
    pub says: String,
    /// After how many seconds there is room again; nothing where time alone makes none.
    pub again_after: Option<u64>,
    /// How many there may be at once, where it is a limit of number.
    pub most: Option<u32>,
}

/// Where an argument goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Location {
    /// Into the path.
    Path,
    /// Into the query.
    Query,
    /// Into a header.
    Header,
    /// Into the body, below these field names.
    Body(Vec<String>),
    /// It is the body.
    WholeBody,
    /// Nowhere: a waiter uses it to pick its object out of a list.
    Pick,
    /// Nowhere: it is the object that a waiter goes by.
    Origin,
}

/// One argument of a method.
#[derive(Debug, Clone)]
pub struct Param {
    /// The name on the wire.
    pub wire: String,
    /// The name in snake case.
    pub name: String,
    /// Its type.
    pub ty: Type,
    /// Whether it must be given.
    pub required: bool,
    /// Whether it may be null, which is not the same as left out.
    pub nullable: bool,
    /// Whether it must not be shown (B19).
    pub secret: bool,
    /// Where it goes.
    pub location: Location,
    /// What stands between the items of a list in a URL, where its name is not repeated for each.
    pub separator: Option<String>,
    /// Bounds that are checked before sending.
    pub rules: Vec<Rule>,
    /// What it is.
    pub doc: String,
    /// A valid value, as JSON.
    pub example: Value,
}

impl Param {
    /// Whether it says which thing is meant. Languages without named arguments take it by itself, the rest
    /// together.
    pub fn is_direct(&self) -> bool {
        matches!(self.location, Location::Path | Location::Origin)
    }
}

/// A bound of JSON Schema on a value that is sent.
#[derive(Debug, Clone, PartialEq)]
pub enum Rule {
    /// Shortest text, in characters.
    MinLength(u64),
    /// Longest text, in characters.
    MaxLength(u64),
    /// ECMA 262 pattern.
    Pattern(String),
    /// Smallest number.
    Minimum(f64),
    /// Largest number.
    Maximum(f64),
    /// Number it must be above.
    ExclusiveMinimum(f64),
    /// Number it must be below.
    ExclusiveMaximum(f64),
    /// Number it must be a multiple of.
    MultipleOf(f64),
    /// The integers it may be.
    OneOf(Vec<i64>),
    /// Fewest items.
    MinItems(u64),
    /// Most items.
    MaxItems(u64),
    /// No item twice.
    UniqueItems,
}

/// The type of a value.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Type {
    /// Text.
    String,
    /// A signed 64-bit integer.
    Integer,
    /// An unsigned 64-bit integer.
    Unsigned,
    /// A 64-bit float.
    Number,
    /// True or false.
    Boolean,
    /// An instant, RFC 3339 on the wire.
    Timestamp,
    /// A string or an integer.
    StringOrInteger,
    /// One of an [`Enum`]'s strings, or one that is not listed.
    Enum(EnumId),
    /// A [`Model`].
    Model(ModelId),
    /// A [`Union`].
    Union(UnionId),
    /// A list.
    List(Box<Type>),
    /// Named values of one type.
    Map(Box<Type>),
    /// Any JSON.
    Json,
    /// Bytes that are no JSON: all of a body or of an answer.
    Bytes,
}

impl Type {
    /// Whether it is a whole number.
    pub fn is_whole(&self) -> bool {
        matches!(self, Self::Integer | Self::Unsigned)
    }

    /// Whether it is a number, or true or false: what every language passes by value.
    pub fn is_by_value(&self) -> bool {
        self.is_whole() || matches!(self, Self::Number | Self::Boolean)
    }

    /// The name of the enum, model or union that it is.
    pub fn name(&self) -> Option<&str> {
        match self {
            Self::Enum(id) => Some(id),
            Self::Model(id) => Some(id),
            Self::Union(id) => Some(id),
            _ => None,
        }
    }
}

/// An object with named fields.
#[derive(Debug, Clone)]
pub struct Model {
    /// Name in Pascal case.
    pub name: ModelId,
    /// Fields in the document's order.
    pub fields: Vec<Field>,
    /// What it is.
    pub doc: String,
    /// Whether it can be received.
    pub received: bool,
    /// Whether it can be sent as an argument, so that users have to make one.
    pub sent: bool,
    /// Whether it is part of a request body.
    pub requested: bool,
    /// Whether it only wraps what users see: a body, or a page of a list.
    pub envelope: bool,
    /// Whether the document wrote it in place, so that its fields are opened up into arguments.
    pub inline: bool,
    /// The field whose value alone may come in place of the object, in a list of them.
    pub bare: Option<String>,
    /// What it says of where a share is mounted.
    pub mounted: Option<Mounted>,
    /// Where it stands in the normalised document.
    pub pointer: String,
}

impl Model {
    /// Whether it is received and only wraps what users see: what it lacks is seen where it is unwrapped.
    pub fn is_wrapping(&self) -> bool {
        self.received && self.envelope
    }

    /// Its fields as a type has them: those of what only wraps can all be absent, also where it is sent as well.
    pub fn shaped_fields(&self) -> Vec<Field> {
        let mut fields = self.fields.clone();
        for field in fields.iter_mut().filter(|_| self.is_wrapping()) {
            field.required = false;
        }
        fields
    }

    /// Functions that ask no service.
    pub fn helpers(&self) -> &'static [Helper] {
        self.mounted.as_ref().map_or(&[], Mounted::helpers)
    }

    /// Whether one in JSON is read as a call reads an answer (B12). What may be sent is not: a field that is
    /// missing would be sent with a value that nobody gave.
    pub fn is_read_leniently(&self) -> bool {
        self.received && !self.requested
    }

    /// A field by its name on the wire.
    pub fn field(&self, wire: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.wire == wire)
    }

    /// Whether a field can be left out and be null, and the two are told apart: where it is sent.
    pub fn tells_null(&self, field: &Field) -> bool {
        self.requested && !field.read_only && !field.required && field.nullable
    }
}

/// One field of a model.
#[derive(Debug, Clone)]
pub struct Field {
    /// The name on the wire.
    pub wire: String,
    /// The name in snake case.
    pub name: String,
    /// Its type.
    pub ty: Type,
    /// Whether the document says it is always there.
    pub required: bool,
    /// Whether it may be null.
    pub nullable: bool,
    /// Whether only the service sets it.
    pub read_only: bool,
    /// Whether it must not be shown (B19).
    pub secret: bool,
    /// Bounds that are checked before sending.
    pub rules: Vec<Rule>,
    /// What it is.
    pub doc: String,
    /// A valid value, as JSON.
    pub example: Value,
}

impl Field {
    /// Whether a received object may lack it: optional, or allowed to be null.
    pub fn can_be_absent(&self) -> bool {
        !self.required || self.nullable
    }
}

/// A set of named strings that may grow (B12).
#[derive(Debug, Clone)]
pub struct Enum {
    /// Name in Pascal case.
    pub name: EnumId,
    /// The values listed.
    pub values: Vec<EnumValue>,
    /// What it is.
    pub doc: String,
}

/// One listed value.
#[derive(Debug, Clone)]
pub struct EnumValue {
    /// The string on the wire.
    pub wire: String,
    /// The name in snake case.
    pub name: String,
    /// What it means.
    pub doc: String,
}

/// A body that is one of several shapes, told apart by a tag.
#[derive(Debug, Clone)]
pub struct Union {
    /// Name in Pascal case.
    pub name: UnionId,
    /// The field that tells the shapes apart.
    pub tag: String,
    /// The shapes.
    pub variants: Vec<Variant>,
    /// What it is.
    pub doc: String,
}

/// One shape of a union.
#[derive(Debug, Clone)]
pub struct Variant {
    /// The tag's value.
    pub value: String,
    /// The name in snake case.
    pub name: String,
    /// Fields besides the tag.
    pub fields: Vec<Field>,
    /// What it does.
    pub doc: String,
}
