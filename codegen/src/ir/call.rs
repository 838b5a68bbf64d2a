//! What a user can call: a request, or a wait that sends one again and again.

use std::ops::Deref;

use super::{CallId, EnumId, Field, ModelId, OperationId, Param, Type, UnionId};

/// One call as the user sees it.
#[derive(Debug, Clone)]
pub struct Call {
    /// Verb in snake case: `get`, `switch_performance_tier`, `wait_until_active`.
    pub name: String,
    /// The words of its resource, from the top.
    pub resource: Vec<String>,
    /// The operation that it sends, or that a wait polls.
    pub operation: OperationId,
    /// Arguments in order: the object that a wait goes by, those in the path, required ones, optional ones.
    pub params: Vec<Param>,
    /// What the user gets.
    pub form: Form,
    /// What it does, in a sentence.
    pub summary: String,
    /// What else there is to know.
    pub doc: String,
    /// What it is.
    pub kind: Kind,
}

/// What a successful call gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Form {
    /// Nothing.
    Nothing,
    /// One value.
    One(Type),
    /// All items of a list, each of this type.
    List(Type),
    /// One page of a list (B16).
    Page {
        /// The type of one item.
        item: Type,
        /// How pages go on.
        pages: Pages,
    },
    /// Any JSON.
    Json,
    /// What this is, or nothing, where a success may come without it.
    Maybe(Box<Form>),
}

/// What a call is.
#[derive(Debug, Clone)]
pub enum Kind {
    /// It sends one operation.
    Request(Box<Request>),
    /// It polls one until something holds (B17).
    Wait(Box<Wait>),
    /// It sends one and waits for what that began (B26).
    Take(Box<Take>),
    /// It looks for what a request without an answer may have made (B27).
    Find(Box<Find>),
}

/// What a request is made of and what its answer is.
#[derive(Debug, Clone)]
pub struct Request {
    /// What its body is made of.
    pub body: Body,
    /// Where in a success body stands what the user gets.
    pub returns: Returns,
}

impl Call {
    /// Its id, by which others refer to it.
    pub fn id(&self) -> CallId {
        CallId::new(&self.resource, &self.name)
    }

    /// Its name with its resource: `nfs.snapshots.get`.
    pub fn dotted(&self) -> String {
        format!("{}.{}", self.resource.join("."), self.name)
    }

    /// Arguments that must be given.
    pub fn required(&self) -> impl Iterator<Item = &Param> {
        self.params.iter().filter(|param| param.required)
    }

    /// Arguments that may be left out.
    pub fn optional(&self) -> impl Iterator<Item = &Param> {
        self.params.iter().filter(|param| !param.required)
    }

    /// Arguments that say which thing is meant.
    pub fn direct(&self) -> impl Iterator<Item = &Param> {
        self.params.iter().filter(|param| param.is_direct())
    }

    /// All other arguments.
    pub fn held(&self) -> impl Iterator<Item = &Param> {
        self.params.iter().filter(|param| !param.is_direct())
    }

    /// Whether it waits, and so takes the options of a wait.
    pub fn is_wait(&self) -> bool {
        !matches!(self.kind, Kind::Request(_))
    }

    /// Seconds that it may wait, unless the caller says otherwise.
    pub fn timeout(&self) -> Option<u64> {
        match &self.kind {
            Kind::Request(_) => None,
            Kind::Wait(wait) => Some(wait.timeout),
            Kind::Take(take) => Some(take.timeout),
            Kind::Find(_) => Some(FIND_TIMEOUT),
        }
    }

    /// The call as a request, if it is one.
    pub fn as_request(&self) -> Option<RequestCall<'_>> {
        match &self.kind {
            Kind::Request(request) => Some(RequestCall {
                call: self,
                request,
            }),
            Kind::Wait(_) | Kind::Take(_) | Kind::Find(_) => None,
        }
    }

    /// The call as a wait alone, if it is one.
    pub fn as_wait(&self) -> Option<WaitCall<'_>> {
        match &self.kind {
            Kind::Request(_) | Kind::Take(_) | Kind::Find(_) => None,
            Kind::Wait(wait) => Some(WaitCall { call: self, wait }),
        }
    }

    /// The call as a look for what may have been made, if it is one.
    pub fn as_find(&self) -> Option<FindCall<'_>> {
        match &self.kind {
            Kind::Request(_) | Kind::Wait(_) | Kind::Take(_) => None,
            Kind::Find(find) => Some(FindCall { call: self, find }),
        }
    }

    /// The call as a request with a wait behind it, if it is one.
    pub fn as_take(&self) -> Option<TakeCall<'_>> {
        match &self.kind {
            Kind::Request(_) | Kind::Wait(_) | Kind::Find(_) => None,
            Kind::Take(take) => Some(TakeCall { call: self, take }),
        }
    }
}

/// A call that is a request.
#[derive(Debug, Clone, Copy)]
pub struct RequestCall<'a> {
    /// The call.
    pub call: &'a Call,
    /// What only a request has.
    pub request: &'a Request,
}

impl Deref for RequestCall<'_> {
    type Target = Call;

    fn deref(&self) -> &Call {
        self.call
    }
}

/// A call that is a wait.
#[derive(Debug, Clone, Copy)]
pub struct WaitCall<'a> {
    /// The call.
    pub call: &'a Call,
    /// What only a wait has.
    pub wait: &'a Wait,
}

impl Deref for WaitCall<'_> {
    type Target = Call;

    fn deref(&self) -> &Call {
        self.call
    }
}

/// A call that sends a request and waits for what that began.
#[derive(Debug, Clone, Copy)]
pub struct TakeCall<'a> {
    /// The call.
    pub call: &'a Call,
    /// What only such a call has.
    pub take: &'a Take,
}

impl Deref for TakeCall<'_> {
    type Target = Call;

    fn deref(&self) -> &Call {
        self.call
    }
}

/// A call that looks for what a request without an answer may have made.
#[derive(Debug, Clone, Copy)]
pub struct FindCall<'a> {
    /// The call.
    pub call: &'a Call,
    /// What only such a call has.
    pub find: &'a Find,
}

impl Deref for FindCall<'_> {
    type Target = Call;

    fn deref(&self) -> &Call {
        self.call
    }
}

/// How a request makes its body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Body {
    /// There is none.
    None,
    /// A model, whose fields are the arguments with [`Location::Body`](super::Location::Body).
    Model(ModelId),
    /// One value of a union, whose fields are the arguments with [`Location::Body`](super::Location::Body).
    Variant {
        /// The union.
        union: UnionId,
        /// The value of its tag.
        value: String,
    },
    /// All of it is the argument with [`Location::WholeBody`](super::Location::WholeBody): a union, or what is no
    /// object with named fields.
    Whole(Type),
}

/// Where in a success body stands what a call gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Returns {
    /// Nowhere: it gives nothing.
    Nothing,
    /// It is the whole body, of this type.
    Whole(Type),
    /// In one field of the body (B11: an envelope of one value is unwrapped).
    Field {
        /// The model of the whole body.
        envelope: ModelId,
        /// The field's name on the wire.
        field: String,
        /// The field's type.
        ty: Type,
    },
    /// One page of a list (B16).
    Page {
        /// Where its items stand; nothing where they are the whole body.
        within: Option<Within>,
        /// The type of one item.
        item: Type,
        /// How pages go on.
        pages: Pages,
    },
}

/// Where in an answer the items of a page stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Within {
    /// The model of the whole body.
    pub envelope: ModelId,
    /// The field that holds them.
    pub field: String,
}

impl Returns {
    /// The type a caller gets, where there is one; for a page, the item's.
    pub fn ty(&self) -> Option<&Type> {
        match self {
            Self::Nothing => None,
            Self::Whole(ty) | Self::Field { ty, .. } | Self::Page { item: ty, .. } => Some(ty),
        }
    }

    /// The same as users see it, where a success may hold nothing or always holds something.
    pub fn form(&self, maybe_nothing: bool) -> Form {
        match self {
            Self::Nothing => Form::Nothing,
            Self::Whole(ty) | Self::Field { ty, .. } if maybe_nothing => {
                Form::Maybe(Box::new(Form::of(ty.clone())))
            }
            Self::Whole(ty) | Self::Field { ty, .. } => Form::of(ty.clone()),
            // A page of nothing has no items, and is the last.
            Self::Page { item, pages, .. } => Form::Page {
                item: item.clone(),
                pages: pages.clone(),
            },
        }
    }
}

impl Form {
    /// The form of a value that comes at once.
    pub(in crate::ir) fn of(ty: Type) -> Self {
        match ty {
            Type::List(item) => Self::List(*item),
            Type::Json => Self::Json,
            ty => Self::One(ty),
        }
    }

    /// The type of what comes, one by one where there are several.
    pub fn item(&self) -> Option<&Type> {
        match self {
            Self::One(ty) | Self::List(ty) | Self::Page { item: ty, .. } => Some(ty),
            Self::Maybe(form) => form.item(),
            Self::Nothing | Self::Json => None,
        }
    }

    /// What it is where there is something.
    pub fn something(&self) -> &Self {
        match self {
            Self::Maybe(form) => form,
            form => form,
        }
    }

    /// Whether there may be nothing where else there is something.
    pub fn is_maybe(&self) -> bool {
        matches!(self, Self::Maybe(_))
    }
}

/// How a list is cut into pages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pages {
    /// Query parameter that says where a page begins.
    pub page: String,
    /// What it says.
    pub by: By,
    /// Query parameter with the page's size.
    pub size: String,
    /// The largest size, which is asked for unless the caller gives one (B16).
    pub largest: Option<i64>,
    /// The field by which an item is known again, if items have one.
    pub id: Option<String>,
    /// What an answer says of the next page.
    pub next: Next,
    /// Field names down to the number of items in all pages, where it is told.
    pub total: Option<Vec<String>>,
}

/// What says where a page begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// The number of the page, from this one on.
    Number(u64),
    /// How many items stand before it.
    Offset,
    /// A name that the service gives it.
    Cursor,
}

impl By {
    /// What the first page begins with, where that is a number.
    pub fn first(self) -> Option<u64> {
        match self {
            Self::Number(first) => Some(first),
            Self::Offset => Some(0),
            Self::Cursor => None,
        }
    }
}

/// What an answer says of the page behind it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    /// Field names down to a link, whose query says where that page begins.
    Link(Vec<String>),
    /// Field names down to what says where it begins.
    Value(Vec<String>),
    /// It begins behind the last item, whose field is what the parameter is to say.
    Last {
        /// The field's name.
        id: String,
        /// Field names down to whether there is one.
        more: Vec<String>,
    },
    /// A header `Link`, by the relation `next` (RFC 8288).
    Header,
    /// Nothing: there is one while items are left.
    Untold,
}

/// A wait until an object is in a state, or gone (B17).
#[derive(Debug, Clone)]
pub struct Wait {
    /// The request that is sent again and again.
    pub polls: Link,
    /// How the object is found, where a list is polled.
    pub pick: Option<Pick>,
    /// The object that the wait goes by, where there is one.
    pub origin: Option<Origin>,
    /// The request that tells whether what a list belongs to is there.
    pub parent: Option<Link>,
    /// The wait that takes the id of what was found in a list.
    pub resume: Option<Resume>,
    /// Seconds that the whole wait may take, unless the caller says otherwise.
    pub timeout: u64,
    /// The model of the object that is waited for.
    pub model: ModelId,
    /// The field that holds its state; without one, what is there is ready.
    pub status: Option<Status>,
    /// States that end the wait well.
    pub ready: Vec<String>,
    /// States that end it badly.
    pub failed: Vec<String>,
    /// Listed states that end nothing.
    pub pending: Vec<String>,
    /// Those of them that what the overlay lists as pending does not have: nobody has looked at them yet.
    pub unknown: Vec<String>,
    /// JSON pointer to what the overlay says of it.
    pub place: String,
    /// Whether a 404 ends it well.
    pub gone: bool,
}

/// Where an object has its state.
#[derive(Debug, Clone)]
pub struct Status {
    /// The field.
    pub field: Field,
    /// The enum of its states.
    pub states: EnumId,
}

/// How a wait finds its object among the items of a list.
#[derive(Debug, Clone)]
pub struct Pick {
    /// The argument that is compared, where it is given.
    pub param: Param,
    /// The items' field that must equal it.
    pub field: Field,
    /// The items' field that says which is the newest.
    pub created: Field,
}

/// What a call answered, such as an action, which a wait goes by.
#[derive(Debug, Clone)]
pub struct Origin {
    /// The argument that it is given as.
    pub param: Param,
    /// Its model.
    pub model: ModelId,
    /// The field that says when the call was made: nothing older is taken from a list.
    pub since: Option<Field>,
    /// How the object names what is waited for, if it does.
    pub by_id: Option<ById>,
}

/// A request that is polled instead, where an object names what it has made.
#[derive(Debug, Clone)]
pub struct ById {
    /// The request.
    pub link: Link,
    /// The object's fields, and the values of which each must have one.
    pub when: Vec<(Field, Vec<String>)>,
}

/// A request that a wait sends.
#[derive(Debug, Clone)]
pub struct Link {
    /// The request.
    pub call: CallId,
    /// Its arguments, and where their values come from; what is not among them is left out.
    pub arguments: Vec<(Param, Source)>,
}

/// Where a wait takes the value of a request's argument from.
#[derive(Debug, Clone)]
pub enum Source {
    /// An argument of the wait.
    Argument(Param),
    /// A field of the object that the wait goes by.
    Origin(Field),
    /// True, whatever the caller says.
    True,
}

impl Link {
    /// The source of an argument, by its name on the wire.
    pub fn source(&self, wire: &str) -> Option<&Source> {
        let mut arguments = self.arguments.iter();
        let (_, source) = arguments.find(|(param, _)| param.wire == wire)?;
        Some(source)
    }

    /// The arguments that come out of the object that the wait goes by.
    pub fn from_origin(&self) -> impl Iterator<Item = (&Param, &Field)> {
        self.arguments
            .iter()
            .filter_map(|(param, source)| match source {
                Source::Origin(field) => Some((param, field)),
                Source::Argument(_) | Source::True => None,
            })
    }
}

/// The wait that takes the id of an object.
#[derive(Debug, Clone)]
pub struct Resume {
    /// The wait.
    pub wait: CallId,
    /// Its argument.
    pub argument: Param,
    /// The object's field that is given for it.
    pub field: Field,
}

/// A request, and the waits for what it begins, one after the other (B26).
#[derive(Debug, Clone)]
pub struct Take {
    /// The request, whose arguments are the call's own.
    pub begins: CallId,
    /// Fields of its answer down to the id of what it begins; none where the answer has no id.
    pub id: Vec<Field>,
    /// The waits, of which there is one at least.
    pub steps: Vec<Step>,
    /// The model of what the last one gives.
    pub model: ModelId,
    /// Seconds that all of it may take, unless the caller says otherwise.
    pub timeout: u64,
    /// The state of a thing that it is done in, where there is one.
    pub surround: Option<Surround>,
}

/// A state of a thing that something is done in, and that is left again afterwards.
#[derive(Debug, Clone)]
pub struct Surround {
    /// The request that shows the state.
    pub look: Link,
    /// The field of its answer that holds the state.
    pub status: Field,
    /// The states in which it is done.
    pub wanted: Vec<String>,
    /// What leads to such a state, in the order in which it is tried.
    pub enter: Vec<Turn>,
    /// What leads out of it.
    pub leave: Turn,
}

/// A request that changes a state, and the wait for what it begins.
#[derive(Debug, Clone)]
pub struct Turn {
    /// The request.
    pub request: Link,
    /// The wait.
    pub step: Step,
    /// Seconds that it is given.
    pub seconds: u64,
}

/// One wait of several, and where its arguments come from; what is not among them is left out.
#[derive(Debug, Clone)]
pub struct Step {
    /// The wait.
    pub wait: CallId,
    /// Its arguments.
    pub arguments: Vec<(Param, Given)>,
}

/// Where a step takes an argument from.
#[derive(Debug, Clone)]
pub enum Given {
    /// An argument of the call.
    Argument(Box<Param>),
    /// What the request was answered, or a field below it.
    Answer(Vec<Field>),
    /// What the step before gave, or a field below it.
    Last(Vec<Field>),
}

/// Seconds that a look for what may have been made takes at most, unless the caller says otherwise.
const FIND_TIMEOUT: u64 = 120;

/// A list, and how it shows what a request without an answer made (B27).
#[derive(Debug, Clone)]
pub struct Find {
    /// The request.
    pub begins: CallId,
    /// The list.
    pub list: Link,
    /// Arguments of the request, and where the items have the same; what is not given is not compared.
    pub same: Vec<(Param, Vec<Field>)>,
    /// Fields of the items, and the text that each has, whatever the request said.
    pub fixed: Vec<(Vec<Field>, String)>,
    /// Where the items say when they were made; nowhere if they do not.
    pub created: Vec<Field>,
    /// The argument with the time when the request was sent.
    pub since: Param,
    /// The model of the items.
    pub model: ModelId,
}
