//! What snapshots are taken of: for each kind of thing, which calls list, take, find, delete and restore, and where the
//! answers have what a program needs to know of them.

use serde::Deserialize;

use super::{CallId, Field, ModelId, Mounted, Param};

/// A kind of thing that snapshots are taken of.
#[derive(Debug, Clone)]
pub struct ThingKind {
    /// Its name in snake case, which its users write: `volume`.
    pub name: String,
    /// What it is, in a sentence.
    pub summary: String,
    /// What the things are listed by, where one list has not all of them.
    pub parents: Option<Parents>,
    /// The things.
    pub things: Things,
    /// Their snapshots.
    pub snapshots: Snapshots,
    /// How one is taken.
    pub take: Make,
    /// The same while the thing is switched off.
    pub powered_off: Option<CallId>,
    /// How one is deleted.
    pub delete: Use,
    /// How a thing is made from one.
    pub restore: Option<Restore>,
    /// What else to do where none can be made, in a sentence.
    pub instead: String,
    /// How one is copied to another region.
    pub copy: Option<Make>,
    /// How many snapshots a thing has at most.
    pub most: Option<u32>,
    /// Seconds between two of them at least.
    pub interval: Option<u64>,
    /// What one costs.
    pub price: Option<Price>,
    /// Why nothing is said of what one costs, in a sentence.
    pub unpriced: String,
    /// Where one is on a mounted share.
    pub mount: Option<Mount>,
}

/// Objects that each have a list of things.
#[derive(Debug, Clone)]
pub struct Parents {
    /// What lists them.
    pub list: Use,
    /// Their id.
    pub id: Vec<Field>,
}

/// What snapshots are taken of.
#[derive(Debug, Clone)]
pub struct Things {
    /// What lists them.
    pub list: Use,
    /// The argument of the list that leaves those with one tag.
    pub tagged: Option<Param>,
    /// What tells whether one is there.
    pub get: Use,
    /// Their model.
    pub model: ModelId,
    /// Their id.
    pub id: Vec<Field>,
    /// Their name.
    pub name: Vec<Field>,
    /// Their tags.
    pub tags: Option<Vec<Field>>,
    /// Whether capitals do not tell tags apart.
    pub any_case: bool,
}

/// The snapshots of all things, or of one.
#[derive(Debug, Clone)]
pub struct Snapshots {
    /// What lists them: all at once, unless it takes something of the thing.
    pub list: Use,
    /// Their model.
    pub model: ModelId,
    /// The id of the thing, where the list has those of all.
    pub of: Option<Vec<Field>>,
    /// Their id.
    pub id: Vec<Field>,
    /// Their name.
    pub name: Vec<Field>,
    /// When they were taken.
    pub created: Vec<Field>,
    /// Their size in gigabytes.
    pub size: Option<Vec<Field>>,
    /// The regions they are in.
    pub regions: Option<Vec<Field>>,
    /// Their tags.
    pub tags: Option<Vec<Field>>,
    /// Their state; none where one that is there can be used.
    pub state: Option<State>,
}

/// What is known of a state.
#[derive(Debug, Clone)]
pub struct State {
    /// The field.
    pub field: Field,
    /// The states in which it can be used.
    pub ready: Vec<String>,
    /// The states that it does not leave for one of these.
    pub failed: Vec<String>,
}

/// A call that makes something and waits, and what to do where its answer is lost.
#[derive(Debug, Clone)]
pub struct Make {
    /// The call.
    pub call: Use,
    /// What looks for what it may have made.
    pub find: Use,
    /// The waits for what was found.
    pub found: Vec<Use>,
    /// Whether what is found is not yet the thing itself.
    pub begun: bool,
}

/// How a thing is made from a snapshot.
#[derive(Debug, Clone)]
pub struct Restore {
    /// The call.
    pub make: Make,
    /// The size of a thing that it fits on.
    pub least: From,
    /// Where sizes have names, how one is chosen.
    pub sizes: Option<Sizes>,
}

/// The sizes that a thing can have.
#[derive(Debug, Clone)]
pub struct Sizes {
    /// What lists them.
    pub list: Use,
    /// Their name.
    pub id: Vec<Field>,
    /// What fits on them.
    pub disk: Vec<Field>,
    /// Whether they can be had.
    pub available: Vec<Field>,
    /// Where they can be had.
    pub regions: Vec<Field>,
    /// What they cost.
    pub price: Vec<Field>,
}

/// What a snapshot costs.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Price {
    /// For a gigabyte and a month.
    pub month: f64,
    /// The least that one costs.
    #[serde(default)]
    pub least: f64,
    /// The currency, as ISO 4217 has it.
    pub currency: String,
    /// The provider's page that says so.
    pub source: String,
    /// The day on which it did.
    pub date: String,
}

/// Where a snapshot is on a mounted share.
#[derive(Debug, Clone)]
pub struct Mount {
    /// What lists from where a thing is mounted, unless the thing says so itself.
    pub list: Option<Use>,
    /// Which of several is preferred.
    pub prefer: Option<Vec<Field>>,
    /// The model of what says so.
    pub model: ModelId,
    /// What the snapshot says of its directory.
    pub snapshot: Mounted,
    /// What it is mounted from.
    pub source: Mounted,
}

/// A call with where its arguments come from; what is not among them is left out.
#[derive(Debug, Clone)]
pub struct Use {
    /// The call.
    pub call: CallId,
    /// Its arguments.
    pub arguments: Vec<(Param, From)>,
}

impl Use {
    /// Whether an argument comes from an object.
    pub fn takes(&self, object: Object) -> bool {
        let mut all = self.arguments.iter();
        all.any(|(_, from)| matches!(from, From::Field(of, _) if *of == object))
    }
}

/// Where an argument comes from.
#[derive(Debug, Clone)]
pub enum From {
    /// A field of an object, or all of it.
    Field(Object, Vec<Field>),
    /// What is asked for.
    Asked(Asked),
    /// Always the same text.
    Text(String),
    /// True.
    True,
}

/// An object that is known when a call is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Object {
    /// What the thing is listed by.
    Parent,
    /// The thing.
    Thing,
    /// The snapshot.
    Snapshot,
    /// What a look found.
    Found,
    /// What the wait before gave.
    Last,
}

impl Object {
    /// All of them, by their names in an overlay.
    pub const ALL: [(&'static str, Self); 5] = [
        ("parent", Self::Parent),
        ("thing", Self::Thing),
        ("snapshot", Self::Snapshot),
        ("found", Self::Found),
        ("last", Self::Last),
    ];
}

/// What whoever makes a call is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// The name of what is made.
    Name,
    /// The region of what is made.
    Region,
    /// The size of what is made.
    Size,
    /// When a request was sent.
    Since,
}

impl Asked {
    /// Those of an overlay, by their names there.
    pub const ALL: [(&'static str, Self); 3] = [
        ("name", Self::Name),
        ("region", Self::Region),
        ("size", Self::Size),
    ];
}
