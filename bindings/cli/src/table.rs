//! What the tables in `generated` are made of: the calls of a provider as data.

use std::path::PathBuf;
use std::time::Duration;

use serde_json::Value;
use snapline_runtime::{Core, Error, Operation, Rule, Settings, THERE, WaitRule};

/// A provider and all that it can be asked.
#[derive(Debug)]
pub(crate) struct Api {
    pub(crate) provider: Provider,
    /// Parents before children.
    pub(crate) resources: &'static [Resource],
    pub(crate) calls: &'static [Call],
    pub(crate) models: &'static [Model],
    pub(crate) unions: &'static [Union],
    pub(crate) enums: &'static [Enum],
    /// What snapshots are taken of.
    pub(crate) kinds: &'static [snapline_lifecycle::Kind],
}

/// Makes a client of credentials, each by its name.
type Connect = fn(Vec<(&str, String)>, Settings) -> Result<Core, Error>;

/// What holds for every call of a provider.
#[derive(Debug)]
pub(crate) struct Provider {
    /// `digitalocean`.
    pub(crate) name: &'static str,
    /// `do`.
    pub(crate) short: &'static str,
    /// As the provider writes itself.
    pub(crate) title: &'static str,
    /// The document's version, and the day from which it is.
    pub(crate) document: &'static str,
    pub(crate) server_url: &'static str,
    pub(crate) url_variable: &'static str,
    pub(crate) token_variables: &'static [&'static str],
    /// What a token is, where it is more than a text that the provider gives.
    pub(crate) of_token: &'static str,
    /// What else shows who the client is, beside a token.
    pub(crate) credentials: &'static [Credential],
    /// Where the provider's own program keeps tokens by name.
    pub(crate) contexts: Option<Contexts>,
    pub(crate) connect: Connect,
    pub(crate) operations: fn() -> &'static [&'static Operation],
}

/// A YAML file of another program, with a token for each context.
#[derive(Debug)]
pub(crate) struct Contexts {
    pub(crate) tool: &'static str,
    /// Below where programs keep their settings.
    pub(crate) file: &'static str,
    /// The variable that names the context.
    pub(crate) variable: &'static str,
    /// The key of the file that names it.
    pub(crate) chosen: &'static str,
    /// The context that has its token under a key of its own, and that key.
    pub(crate) usual: &'static str,
    pub(crate) token: &'static str,
    /// The key with the tokens of all others.
    pub(crate) named: &'static str,
}

#[derive(Debug)]
pub(crate) struct Credential {
    pub(crate) name: &'static str,
    pub(crate) variable: &'static str,
    pub(crate) secret: bool,
}

/// What calls hang on, by its words from the top.
#[derive(Debug)]
pub(crate) struct Resource {
    pub(crate) path: &'static [&'static str],
    pub(crate) doc: &'static str,
}

/// One call.
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) resource: &'static [&'static str],
    pub(crate) name: &'static str,
    /// `nfs.snapshots.get`.
    pub(crate) dotted: &'static str,
    pub(crate) operation: &'static str,
    pub(crate) summary: &'static str,
    pub(crate) doc: &'static str,
    pub(crate) params: &'static [Param],
    pub(crate) kind: Kind,
}

#[derive(Debug)]
pub(crate) enum Kind {
    /// Sends one operation.
    Request(Request),
    /// Sends one again and again until something holds (B17).
    Wait(Wait),
    /// Sends one and waits for what that began (B26).
    Take(Take),
    /// Looks for what a request without an answer may have made (B27).
    Find(Find),
}

#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) body: Body,
    pub(crate) returns: Returns,
    /// Whether an answer may hold nothing of that.
    pub(crate) maybe: bool,
    /// Media types, where they are not plain JSON.
    pub(crate) sends: Option<&'static str>,
    pub(crate) accepts: Option<&'static str>,
    /// What a token must be allowed to.
    pub(crate) scopes: &'static [&'static str],
}

#[derive(Debug, Clone, Copy)]
pub(crate) enum Body {
    None,
    /// A model, made of the arguments that say where in it they go.
    Model(&'static str),
    /// The same for one shape of a union: its name and the value of its tag.
    Variant(&'static str, &'static str),
    /// A union, given whole.
    Union(&'static str),
    /// What is no object with named fields, given whole.
    #[allow(dead_code, reason = "no provider of this build may have such a body")]
    Whole,
}

#[derive(Debug)]
pub(crate) enum Returns {
    Nothing,
    Whole(Type),
    /// One field of the answer.
    Field(&'static str, Type),
    /// One page of a list, and what its items are.
    Page(Pages, Type),
}

#[derive(Debug)]
pub(crate) struct Pages {
    /// The field with the items; none where they are the whole answer.
    pub(crate) field: Option<&'static str>,
    /// The arguments with the place of the page and its size, by their names on the wire.
    pub(crate) page: &'static str,
    /// What the place of the first page is, where places are numbers.
    pub(crate) first: Option<u64>,
    pub(crate) size: &'static str,
    pub(crate) largest: Option<i64>,
    /// The items' field by which a walk knows them again.
    pub(crate) id: Option<&'static str>,
    /// What an answer says of the next page.
    pub(crate) next: Next,
    /// Fields down to the number of all items; none where it is not told.
    pub(crate) total: &'static [&'static str],
}

impl Pages {
    /// Where the page begins that an argument names, or the first one.
    pub(crate) fn place(&self, argument: Option<&Value>) -> snapline_runtime::Place {
        match self.first {
            Some(first) => {
                snapline_runtime::Place::number_of(argument.and_then(Value::as_i64), first)
            }
            None => {
                snapline_runtime::Place::Cursor(argument.and_then(Value::as_str).map(str::to_owned))
            }
        }
    }
}

/// What an answer says of the page behind it.
#[derive(Debug)]
#[allow(dead_code, reason = "the documents decide which there are")]
pub(crate) enum Next {
    /// The field of the last item that says where that page begins, and fields down to whether there is one.
    Last(&'static str, &'static [&'static str]),
    /// Fields down to a link, whose query says where that page begins.
    Link(&'static [&'static str]),
    /// Fields down to what says where it begins.
    Value(&'static [&'static str]),
    /// A header `Link`.
    Header,
    /// Nothing.
    Untold,
}

/// One argument.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Param {
    /// In snake case.
    pub(crate) name: &'static str,
    /// What it is called in path and query.
    pub(crate) wire: &'static str,
    /// Its option, where that is not its name: one of ours is called so.
    pub(crate) long: Option<&'static str>,
    pub(crate) ty: Type,
    pub(crate) place: Place,
    pub(crate) required: bool,
    pub(crate) nullable: bool,
    pub(crate) secret: bool,
    /// What stands between the items of a list in a URL, where its name is not repeated.
    pub(crate) separator: Option<&'static str>,
    pub(crate) rules: &'static [Rule],
    pub(crate) doc: &'static str,
}

#[derive(Debug, Clone, Copy)]
pub(crate) enum Place {
    Path,
    Query,
    #[allow(
        dead_code,
        reason = "no provider of this build may have such a parameter"
    )]
    Header,
    /// Below these fields of the body; below that of its own name where there are none.
    Body(&'static [&'static str]),
    /// It is the body.
    Whole,
    /// A wait picks its object out of a list by it.
    Pick,
    /// The object that a wait goes by.
    Origin,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Type {
    Text,
    Integer,
    #[allow(dead_code, reason = "no provider of this build may have such a number")]
    Unsigned,
    Number,
    Boolean,
    /// RFC 3339.
    Timestamp,
    TextOrInteger,
    Enum(&'static str),
    Model(&'static str),
    Union(&'static str),
    List(&'static Type),
    Map(&'static Type),
    Json,
    /// A body or an answer that is text by itself, and no JSON.
    #[allow(dead_code, reason = "no provider of this build may have such a body")]
    RawText,
    /// The same of bytes, each of which is a character up to U+00FF of a text where an argument holds them.
    #[allow(dead_code, reason = "no provider of this build may have such a body")]
    Bytes,
}

impl Type {
    /// Whether it is all of a body or an answer by itself.
    pub(crate) fn is_raw(self) -> bool {
        matches!(self, Self::RawText | Self::Bytes)
    }
}

#[derive(Debug)]
pub(crate) struct Model {
    pub(crate) name: &'static str,
    pub(crate) fields: &'static [Field],
    /// Its fields are arguments by themselves, so that its own name is none.
    pub(crate) inline: bool,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Field {
    pub(crate) name: &'static str,
    pub(crate) wire: &'static str,
    pub(crate) ty: Type,
    pub(crate) required: bool,
    pub(crate) nullable: bool,
    pub(crate) read_only: bool,
    pub(crate) secret: bool,
    pub(crate) rules: &'static [Rule],
}

#[derive(Debug)]
pub(crate) struct Union {
    pub(crate) name: &'static str,
    pub(crate) tag: &'static str,
    pub(crate) variants: &'static [Variant],
}

#[derive(Debug)]
pub(crate) struct Variant {
    pub(crate) value: &'static str,
    pub(crate) fields: &'static [Field],
}

#[derive(Debug)]
pub(crate) struct Enum {
    pub(crate) name: &'static str,
    pub(crate) values: &'static [&'static str],
}

#[derive(Debug)]
pub(crate) struct Wait {
    pub(crate) rule: WaitRule,
    /// The request that is sent again and again.
    pub(crate) polls: Link,
    /// How the object is found in a list.
    pub(crate) pick: Option<Pick>,
    pub(crate) origin: Option<Origin>,
    /// The request that tells whether what a list belongs to is there.
    pub(crate) parent: Option<Link>,
    /// The field with the state; without one, what is there is ready.
    pub(crate) status: Option<&'static str>,
    pub(crate) model: &'static str,
}

/// A request, and where its arguments come from.
#[derive(Debug)]
pub(crate) struct Link {
    /// By its name with its resource.
    pub(crate) call: &'static str,
    pub(crate) arguments: &'static [(&'static str, Source)],
}

#[derive(Debug)]
pub(crate) enum Source {
    /// An argument of the wait.
    Argument(&'static str),
    /// A field of the object that the wait goes by.
    Origin(&'static str),
    True,
}

#[derive(Debug)]
pub(crate) struct Pick {
    /// The argument that is compared, where it is given.
    pub(crate) argument: &'static str,
    /// The items' field that must equal it.
    pub(crate) field: &'static str,
    /// The items' field that says which is the newest.
    pub(crate) created: &'static str,
}

/// What a call answered, such as an action, which a wait goes by.
#[derive(Debug)]
pub(crate) struct Origin {
    pub(crate) argument: &'static str,
    /// The field that says when the call was made.
    pub(crate) since: Option<&'static str>,
    pub(crate) by_id: Option<ById>,
}

/// A request that is polled instead, where the object names what it has made.
#[derive(Debug)]
pub(crate) struct ById {
    pub(crate) link: Link,
    /// The object's fields, and the values of which each must have one.
    pub(crate) when: &'static [(&'static str, &'static [&'static str])],
}

#[derive(Debug)]
pub(crate) struct Take {
    /// The request, whose arguments are the call's own.
    pub(crate) begins: &'static str,
    /// It is the command of the request with `--wait`, and none by itself.
    pub(crate) usual: bool,
    /// Fields of its answer down to the id of what it begins.
    pub(crate) id: &'static [&'static str],
    pub(crate) steps: &'static [Step],
    pub(crate) model: &'static str,
    pub(crate) timeout: Duration,
    pub(crate) surround: Option<Surround>,
}

/// One wait of several, and where its arguments come from.
#[derive(Debug)]
pub(crate) struct Step {
    pub(crate) wait: &'static str,
    pub(crate) arguments: &'static [(&'static str, Given)],
}

#[derive(Debug)]
pub(crate) enum Given {
    Argument(&'static str),
    /// What the request was answered, or a field below it.
    Answer(&'static [&'static str]),
    /// What the step before gave, or a field below it.
    Last(&'static [&'static str]),
}

/// A state of a thing that something is done in, and that is left again afterwards.
#[derive(Debug)]
pub(crate) struct Surround {
    pub(crate) look: Link,
    pub(crate) status: &'static str,
    pub(crate) wanted: &'static [&'static str],
    pub(crate) enter: &'static [Turn],
    pub(crate) leave: Turn,
}

#[derive(Debug)]
pub(crate) struct Turn {
    pub(crate) request: Link,
    pub(crate) step: Step,
    pub(crate) seconds: u64,
}

#[derive(Debug)]
pub(crate) struct Find {
    pub(crate) rule: WaitRule,
    pub(crate) list: Link,
    /// Arguments of the request, and where the items have the same.
    pub(crate) same: &'static [(&'static str, &'static [&'static str])],
    /// Fields of the items, and the text that each has.
    pub(crate) fixed: &'static [(&'static [&'static str], &'static str)],
    /// Where the items say when they were made; nowhere if they do not.
    pub(crate) created: &'static [&'static str],
    /// The argument with the time when the request was sent.
    pub(crate) since: &'static str,
    pub(crate) model: &'static str,
}

/// Something that can be set on a client, a call or a wait.
pub(crate) struct Setting<T: 'static> {
    pub(crate) name: &'static str,
    pub(crate) doc: &'static str,
    pub(crate) set: Set<T>,
}

pub(crate) enum Set<T> {
    Duration(fn(T, Duration) -> T),
    Count(fn(T, u32) -> T),
    Bytes(fn(T, u64) -> T),
    Flag(fn(T, bool) -> T),
    Text(fn(T, String) -> T),
    Path(fn(T, PathBuf) -> T),
    Pair(fn(T, String, String) -> T),
}

impl Api {
    /// Whether a provider is called so, long or short.
    pub(crate) fn is_called(&self, name: &str) -> bool {
        [self.provider.name, self.provider.short].contains(&name)
    }

    /// A call by its name with its resource.
    pub(crate) fn call(&self, dotted: &str) -> Result<&'static Call, Error> {
        let found = self.calls.iter().find(|call| call.dotted == dotted);
        found.ok_or_else(|| Error::internal(format!("there is no call `{dotted}`")))
    }

    pub(crate) fn model(&self, name: &str) -> Option<&'static Model> {
        self.models.iter().find(|model| model.name == name)
    }

    pub(crate) fn union(&self, name: &str) -> Option<&'static Union> {
        self.unions.iter().find(|union| union.name == name)
    }

    /// The values that an enum lists.
    pub(crate) fn values(&self, name: &str) -> &'static [&'static str] {
        let found = self.enums.iter().find(|item| item.name == name);
        found.map_or(&[], |item| item.values)
    }

    pub(crate) fn operation(&self, id: &str) -> Result<&'static Operation, Error> {
        let all = (self.provider.operations)().iter();
        let found = all.copied().find(|operation| operation.id == id);
        found.ok_or_else(|| Error::internal(format!("there is no operation `{id}`")))
    }

    /// The call that sends a request and waits for what it began, where it is the usual one for it.
    pub(crate) fn take_of(&self, request: &Call) -> Option<&'static Call> {
        self.calls.iter().find(|call| match &call.kind {
            Kind::Take(take) => take.usual && take.begins == request.dotted,
            _ => false,
        })
    }
}

impl Call {
    pub(crate) fn param(&self, name: &str) -> Option<&'static Param> {
        self.params.iter().find(|param| param.name == name)
    }

    /// The type of what it gives, one by one where there are several; nothing where it gives nothing.
    pub(crate) fn item(&self) -> Option<Type> {
        match &self.kind {
            Kind::Request(request) => match request.returns {
                Returns::Nothing => None,
                Returns::Whole(Type::List(item)) | Returns::Field(_, Type::List(item)) => {
                    Some(*item)
                }
                Returns::Whole(ty) | Returns::Field(_, ty) | Returns::Page(_, ty) => Some(ty),
            },
            Kind::Wait(wait) if wait.rule.gone => None,
            Kind::Wait(Wait { model, .. })
            | Kind::Take(Take { model, .. })
            | Kind::Find(Find { model, .. }) => Some(Type::Model(model)),
        }
    }

    /// Whether it gives several things at once.
    pub(crate) fn gives_list(&self) -> bool {
        match &self.kind {
            Kind::Request(request) => matches!(
                request.returns,
                Returns::Page(..)
                    | Returns::Whole(Type::List(_))
                    | Returns::Field(_, Type::List(_))
            ),
            Kind::Find(_) => true,
            Kind::Wait(_) | Kind::Take(_) => false,
        }
    }

    /// How its pages go on, where it gives such.
    pub(crate) fn pages(&'static self) -> Option<&'static Pages> {
        match &self.kind {
            Kind::Request(Request {
                returns: Returns::Page(pages, _),
                ..
            }) => Some(pages),
            _ => None,
        }
    }
}

pub(crate) const fn credential(
    name: &'static str,
    variable: &'static str,
    secret: bool,
) -> Credential {
    Credential {
        name,
        variable,
        secret,
    }
}

pub(crate) const fn resource(path: &'static [&'static str], doc: &'static str) -> Resource {
    Resource { path, doc }
}

/// A request of plain JSON.
pub(crate) const fn request(body: Body, returns: Returns, scopes: &'static [&'static str]) -> Kind {
    Kind::Request(Request {
        body,
        returns,
        maybe: false,
        sends: None,
        accepts: None,
        scopes,
    })
}

const fn param(name: &'static str, ty: Type, place: Place) -> Param {
    Param {
        name,
        wire: name,
        long: None,
        ty,
        place,
        required: false,
        nullable: false,
        secret: false,
        separator: None,
        rules: &[],
        doc: "",
    }
}

pub(crate) const fn path(name: &'static str, ty: Type) -> Param {
    param(name, ty, Place::Path)
}

pub(crate) const fn query(name: &'static str, ty: Type) -> Param {
    param(name, ty, Place::Query)
}

#[allow(
    dead_code,
    reason = "no provider of this build may have such a parameter"
)]
pub(crate) const fn header(name: &'static str, ty: Type) -> Param {
    param(name, ty, Place::Header)
}

pub(crate) const fn body(name: &'static str, ty: Type) -> Param {
    param(name, ty, Place::Body(&[]))
}

pub(crate) const fn whole(name: &'static str, ty: Type) -> Param {
    param(name, ty, Place::Whole)
}

pub(crate) const fn pick(name: &'static str, ty: Type) -> Param {
    param(name, ty, Place::Pick)
}

pub(crate) const fn origin(name: &'static str, ty: Type) -> Param {
    param(name, ty, Place::Origin)
}

/// The setters that arguments and fields share.
macro_rules! described {
    ($($of:ty),*) => {$(
        impl $of {
            pub(crate) const fn wire(mut self, wire: &'static str) -> Self {
                self.wire = wire;
                self
            }

            pub(crate) const fn required(mut self) -> Self {
                self.required = true;
                self
            }

            pub(crate) const fn nullable(mut self) -> Self {
                self.nullable = true;
                self
            }

            pub(crate) const fn secret(mut self) -> Self {
                self.secret = true;
                self
            }

            pub(crate) const fn rules(mut self, rules: &'static [Rule]) -> Self {
                self.rules = rules;
                self
            }
        }
    )*};
}

described!(Param, Field);

impl Param {
    pub(crate) const fn place(mut self, place: &'static [&'static str]) -> Self {
        self.place = Place::Body(place);
        self
    }

    #[allow(dead_code, reason = "not every document has lists under one name")]
    pub(crate) const fn separator(mut self, separator: &'static str) -> Self {
        self.separator = Some(separator);
        self
    }

    #[allow(dead_code, reason = "not every document has such a name")]
    pub(crate) const fn long(mut self, long: &'static str) -> Self {
        self.long = Some(long);
        self
    }

    pub(crate) const fn doc(mut self, doc: &'static str) -> Self {
        self.doc = doc;
        self
    }

    /// Whether it says which thing is meant, and so stands by itself.
    pub(crate) fn is_direct(&self) -> bool {
        matches!(self.place, Place::Path | Place::Origin)
    }
}

impl Field {
    pub(crate) const fn read_only(mut self) -> Self {
        self.read_only = true;
        self
    }
}

impl Model {
    pub(crate) const fn inline(mut self) -> Self {
        self.inline = true;
        self
    }
}

pub(crate) const fn field(name: &'static str, ty: Type) -> Field {
    Field {
        name,
        wire: name,
        ty,
        required: false,
        nullable: false,
        read_only: false,
        secret: false,
        rules: &[],
    }
}

pub(crate) const fn model(name: &'static str, fields: &'static [Field]) -> Model {
    Model {
        name,
        fields,
        inline: false,
    }
}

pub(crate) const fn union(
    name: &'static str,
    tag: &'static str,
    variants: &'static [Variant],
) -> Union {
    Union {
        name,
        tag,
        variants,
    }
}

pub(crate) const fn variant(value: &'static str, fields: &'static [Field]) -> Variant {
    Variant { value, fields }
}

pub(crate) const fn enumeration(name: &'static str, values: &'static [&'static str]) -> Enum {
    Enum { name, values }
}

pub(crate) const fn link(call: &'static str, arguments: &'static [(&'static str, Source)]) -> Link {
    Link { call, arguments }
}

pub(crate) const fn pick_by(
    argument: &'static str,
    field: &'static str,
    created: &'static str,
) -> Pick {
    Pick {
        argument,
        field,
        created,
    }
}

pub(crate) const fn by_id(
    link: Link,
    when: &'static [(&'static str, &'static [&'static str])],
) -> ById {
    ById { link, when }
}

pub(crate) const fn step(wait: &'static str, arguments: &'static [(&'static str, Given)]) -> Step {
    Step { wait, arguments }
}

pub(crate) const fn turn(request: Link, step: Step, seconds: u64) -> Turn {
    Turn {
        request,
        step,
        seconds,
    }
}

/// Ready once something is there.
pub(crate) const fn there(name: &'static str, seconds: u64) -> WaitRule {
    WaitRule {
        name,
        ready: &[THERE],
        failed: &[],
        pending: &[],
        gone: false,
        timeout: Duration::from_secs(seconds),
        resume: None,
    }
}
