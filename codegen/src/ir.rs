//! What a provider's API is, in no language's words: resources, methods, models, enums.
//!
//! Emitters see this and nothing else. Names are split words in snake case (`share_id`) or Pascal
//! case (`NfsShare`); each emitter dresses them as its language wants.

mod build;
mod sound;

use serde_json::Value;

pub use build::build;

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
    /// The header in which the token stands alone, where it is not `Authorization: Bearer`.
    pub token_header: Option<String>,
    /// What else a client can be given to show who it is, beside a token.
    pub credentials: Vec<Credential>,
    /// Where an error body keeps what.
    pub errors: ErrorShape,
    /// What the document says of the API as a whole.
    pub doc: String,
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
    /// Calls, in document order.
    pub methods: Vec<Method>,
    /// Waits, in document order.
    pub waiters: Vec<Waiter>,
    /// Resources below this one.
    pub children: Vec<Resource>,
}

impl Resource {
    /// Its own name, without those above it.
    pub fn name(&self) -> &str {
        self.path.last().map_or("", String::as_str)
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

impl Api {
    /// Every resource, parents before children.
    pub fn all_resources(&self) -> Vec<&Resource> {
        self.resources.iter().flat_map(Resource::walk).collect()
    }

    /// A model by name.
    pub fn model(&self, name: &str) -> Option<&Model> {
        self.models.iter().find(|model| model.name == name)
    }

    /// An enum by name.
    pub fn enumeration(&self, name: &str) -> Option<&Enum> {
        self.enums.iter().find(|item| item.name == name)
    }

    /// A union by name.
    pub fn union(&self, name: &str) -> Option<&Union> {
        self.unions.iter().find(|item| item.name == name)
    }

    /// An operation by id.
    pub fn operation(&self, id: &str) -> Option<&Operation> {
        self.operations.iter().find(|operation| operation.id == id)
    }

    /// The plain method of an operation, with its resource.
    pub fn method_of(&self, operation: &str) -> Option<(&Resource, &Method)> {
        self.all_resources().into_iter().find_map(|resource| {
            let method = resource.methods.iter().find(|method| {
                method.operation == operation && !matches!(method.body, Body::Variant { .. })
            })?;
            Some((resource, method))
        })
    }

    /// A method by the operation it sends and its name.
    pub fn method(&self, resource: &[String], name: &str) -> Option<&Method> {
        self.all_resources()
            .into_iter()
            .find(|candidate| candidate.path == resource)?
            .methods
            .iter()
            .find(|method| method.name == name)
    }
}

/// One operation of the document: what goes over the wire.
#[derive(Debug, Clone)]
pub struct Operation {
    /// Operation id, as the document has it.
    pub id: String,
    /// HTTP method in capitals.
    pub method: String,
    /// Path template: `/v2/nfs/{nfs_id}`.
    pub path: String,
    /// Whether sending it twice is the same as sending it once (B7).
    pub idempotent: bool,
    /// The documented success status.
    pub success: u16,
    /// The documented example of a success body.
    pub example: Option<Value>,
    /// Documented error statuses (`404`, `4XX`) with their examples.
    pub errors: Vec<(String, Option<Value>)>,
    /// Every path and query parameter, in the document's order.
    pub parameters: Vec<Param>,
    /// The type of the body, where there is one: a model or a union.
    pub body: Option<Type>,
    /// The media type that the body is sent as, where it is not plain JSON.
    pub sends: Option<String>,
    /// The media type of a success, where it is not plain JSON.
    pub accepts: Option<String>,
    /// Whether the body may be left out.
    pub body_required: bool,
    /// The type of a success body before unwrapping, where there is one.
    pub success_type: Option<Type>,
    /// Scopes a token needs for it.
    pub scopes: Vec<String>,
}

/// One call as the user sees it.
#[derive(Debug, Clone)]
pub struct Method {
    /// Verb in snake case: `get`, `switch_performance_tier`.
    pub name: String,
    /// The operation it sends.
    pub operation: String,
    /// What its body is made of.
    pub body: Body,
    /// Arguments in order: path, then required, then optional.
    pub params: Vec<Param>,
    /// What comes back.
    pub returns: Returns,
    /// What it does, in a sentence.
    pub summary: String,
    /// What else there is to know.
    pub doc: String,
}

impl Method {
    /// Arguments that must be given.
    pub fn required(&self) -> impl Iterator<Item = &Param> {
        self.params.iter().filter(|param| param.required)
    }

    /// Arguments that may be left out.
    pub fn optional(&self) -> impl Iterator<Item = &Param> {
        self.params.iter().filter(|param| !param.required)
    }
}

/// How a method makes its request body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Body {
    /// There is none.
    None,
    /// A model, whose fields are the arguments with [`Location::Body`].
    Model(String),
    /// One value of a union, whose fields are the arguments with [`Location::Body`].
    Variant {
        /// The union.
        union: String,
        /// The value of its tag.
        value: String,
    },
    /// A whole union, given as the argument with [`Location::WholeBody`].
    Union(String),
}

/// Where an argument goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Location {
    /// Into the path.
    Path,
    /// Into the query.
    Query,
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

/// What a successful call gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Returns {
    /// Nothing.
    Nothing,
    /// The whole body, of this type.
    Whole(Type),
    /// One field of the body (B11: an envelope of one value is unwrapped).
    Field {
        /// The model of the whole body.
        envelope: String,
        /// The field's name on the wire.
        field: String,
        /// The field's type.
        ty: Type,
    },
    /// One page of a list (B16).
    Page {
        /// The model of the whole body.
        envelope: String,
        /// The field that holds the items.
        field: String,
        /// The type of one item.
        item: Type,
        /// How pages go on.
        pages: Pages,
    },
}

impl Returns {
    /// The type a caller gets, where there is one; for a page, the item's.
    pub fn ty(&self) -> Option<&Type> {
        match self {
            Self::Nothing => None,
            Self::Whole(ty) | Self::Field { ty, .. } | Self::Page { item: ty, .. } => Some(ty),
        }
    }
}

/// How a list is cut into pages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pages {
    /// Query parameter with the page's number, from 1.
    pub page: String,
    /// Query parameter with the page's size.
    pub size: String,
    /// The largest size, which is asked for unless the caller gives one (B16).
    pub largest: Option<i64>,
    /// The field by which an item is known again, if items have one.
    pub id: Option<String>,
    /// Field names down to the link to the next page.
    pub next: Vec<String>,
    /// Field names down to the number of items in all pages.
    pub total: Vec<String>,
}

impl Pages {
    /// What a walk does when items come or go, for every language's docs.
    pub fn walking(&self) -> &'static str {
        if self.id.is_some() {
            "Walking gives each item once, also while the items given are deleted. What is created meanwhile may \
             or may not be among them."
        } else {
            "Take all items before you delete any: items have no id, so that a walk cannot tell which ones moved \
             to a page it has passed."
        }
    }
}

/// A wait until an object is in a state, or gone (B17).
#[derive(Debug, Clone)]
pub struct Waiter {
    /// Name in snake case: `wait_until_active`.
    pub name: String,
    /// The resource of the method that is called again and again.
    pub resource: Vec<String>,
    /// That method's name.
    pub method: String,
    /// Arguments in order: the object it goes by, those of the method, some made required, and the one
    /// that picks.
    pub params: Vec<Param>,
    /// The field of a list's items that must equal the picking argument.
    pub pick: Option<String>,
    /// The field of a list's items that says which is the newest.
    pub created: Option<String>,
    /// The object that the wait goes by, where there is one.
    pub origin: Option<Origin>,
    /// The call that tells whether what a list belongs to is there: its parameters, and arguments.
    pub parent: Option<Link>,
    /// The wait that takes the id of what was found in a list.
    pub resume: Option<Resume>,
    /// Seconds that the whole wait may take, unless the caller says otherwise.
    pub timeout: u64,
    /// The model of the object that is waited for.
    pub model: String,
    /// The field that holds its state.
    pub status: String,
    /// States that end the wait well.
    pub ready: Vec<String>,
    /// States that end it badly.
    pub failed: Vec<String>,
    /// Listed states that end nothing.
    pub pending: Vec<String>,
    /// Whether a 404 ends it well.
    pub gone: bool,
    /// What it waits for, in a sentence.
    pub summary: String,
}

/// What a call answered, such as an action, which a wait goes by.
#[derive(Debug, Clone)]
pub struct Origin {
    /// The argument's name.
    pub param: String,
    /// Its model.
    pub model: String,
    /// Parameters of the polled method, and the object's fields that are given for them.
    pub arguments: Vec<(String, String)>,
    /// The field that says when the call was made: nothing older is taken from a list.
    pub since: Option<String>,
    /// How the object names what is waited for, if it does.
    pub by_id: Option<ById>,
}

/// A call that is polled instead, where an object names what it has made.
#[derive(Debug, Clone)]
pub struct ById {
    /// The call: its parameters, and the object's fields.
    pub link: Link,
    /// The object's fields, and the values of which each must have one.
    pub when: Vec<(String, Vec<String>)>,
}

/// Another operation's plain method.
#[derive(Debug, Clone)]
pub struct Link {
    /// The operation's id.
    pub operation: String,
    /// Its parameters on the wire, and where their values come from.
    pub arguments: Vec<(String, String)>,
}

/// The wait that takes the id of an object.
#[derive(Debug, Clone)]
pub struct Resume {
    /// Its name with its resource: `nfs.snapshots.wait_until_active_by_id`.
    pub wait: String,
    /// Its argument.
    pub argument: String,
    /// The object's field that is given for it.
    pub field: String,
}

impl Waiter {
    /// Arguments that must be given.
    pub fn required(&self) -> impl Iterator<Item = &Param> {
        self.params.iter().filter(|param| param.required)
    }

    /// Arguments that may be left out.
    pub fn optional(&self) -> impl Iterator<Item = &Param> {
        self.params.iter().filter(|param| !param.required)
    }
}

/// The type of a value.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Type {
    /// Text.
    String,
    /// A signed 64-bit integer.
    Integer,
    /// A 64-bit float.
    Number,
    /// True or false.
    Boolean,
    /// An instant, RFC 3339 on the wire.
    Timestamp,
    /// A string or an integer.
    StringOrInteger,
    /// One of an [`Enum`]'s strings, or one that is not listed.
    Enum(String),
    /// A [`Model`].
    Model(String),
    /// A [`Union`].
    Union(String),
    /// A list.
    List(Box<Type>),
    /// Named values of one type.
    Map(Box<Type>),
    /// Any JSON.
    Json,
}

/// An object with named fields.
#[derive(Debug, Clone)]
pub struct Model {
    /// Name in Pascal case.
    pub name: String,
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
    /// Where it stands in the normalised document.
    pub pointer: String,
}

impl Model {
    /// Whether one in JSON is read as a call reads an answer (B12). What may be sent is not: a field that is
    /// missing would be sent with a value that nobody gave.
    pub fn is_read_leniently(&self) -> bool {
        self.received && !self.requested
    }

    /// How one in JSON is read, for every language's docs.
    pub fn reading(&self) -> &'static str {
        if self.is_read_leniently() {
            "It is read as a call reads it: what departs from the document is told in a warning, each field once \
             in a process."
        } else {
            "What departs from the document is an error, since it may be sent."
        }
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
    pub name: String,
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
    pub name: String,
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
    /// Fields besides the tag.
    pub fields: Vec<Field>,
    /// What it does.
    pub doc: String,
}
