//! What is known of a kind of thing: which calls do what, and where the answers have what is needed. All of it is data
//! made from a provider's documents.

/// The words of a table of kinds, short enough to be read in one.
pub mod words {
    pub use super::Asked::{Name, Region, Since, Size};
    pub use super::Object::{Found, Last, Parent, Snapshot, Thing};
    pub use super::{
        Argument, Asked, Becomes, From, Kind, Make, Mount, Object, Parents, Price, Restore, Sizes,
        Snapshots, States, Things, Use,
    };

    /// See [`Use::new`].
    #[must_use]
    pub const fn call(name: &'static str, arguments: &'static [Argument]) -> Use {
        Use::new(name, arguments)
    }

    /// See [`Argument::of`].
    #[must_use]
    pub const fn of(name: &'static str, object: Object, field: &'static str) -> Argument {
        Argument::of(name, object, field)
    }

    /// See [`Argument::asked`].
    #[must_use]
    pub const fn asked(name: &'static str, asked: Asked) -> Argument {
        Argument::asked(name, asked)
    }
}

/// A kind of thing that snapshots are taken of.
///
/// ```
/// # use snapline_lifecycle::Kind;
/// // What a provider's generated table has.
/// fn told(kinds: &[Kind]) {
///     for kind in kinds {
///         println!("{}: {}", kind.name, kind.summary);
///         println!("  a snapshot is taken by {}", kind.take.call.call);
///     }
/// }
/// ```
#[derive(Debug)]
pub struct Kind {
    /// Its name, such as `volume`.
    pub name: &'static str,
    /// What it is, in a sentence.
    pub summary: &'static str,
    /// What the things are listed by, where one list has not all of them.
    pub parents: Option<Parents>,
    /// The things.
    pub things: Things,
    /// Their snapshots.
    pub snapshots: Snapshots,
    /// How one is taken.
    pub take: Make,
    /// The call that does so while the thing is switched off.
    pub powered_off: Option<&'static str>,
    /// How many characters a snapshot's name has at most.
    pub longest_name: Option<usize>,
    /// How a snapshot is deleted.
    pub delete: Use,
    /// How a thing is made from one.
    pub restore: Option<Restore>,
    /// What else to do where none can be made.
    pub instead: &'static str,
    /// How one is copied to another region.
    pub copy: Option<Make>,
    /// How many snapshots a thing has at most.
    pub most: Option<u32>,
    /// Seconds between two of them at least.
    pub interval: Option<u64>,
    /// What one costs.
    pub price: Option<Price>,
    /// Why nothing is said of what one costs.
    pub unpriced: &'static str,
    /// Where one is on a mounted share.
    pub mount: Option<Mount>,
}

/// Objects that each have a list of things.
#[derive(Debug)]
pub struct Parents {
    /// What lists them.
    pub list: Use,
    /// Where they have their id; fields are given with dots throughout.
    pub id: &'static str,
}

/// What snapshots are taken of.
#[derive(Debug)]
pub struct Things {
    /// What lists them.
    pub list: Use,
    /// The argument of the list that leaves those with one tag.
    pub tagged: Option<&'static str>,
    /// What tells whether one is there.
    pub get: Use,
    /// Where they have their id.
    pub id: &'static str,
    /// Where they have their name.
    pub name: &'static str,
    /// Where they have their tags.
    pub tags: Option<&'static str>,
    /// Whether capitals do not tell tags apart.
    pub any_case: bool,
}

/// The snapshots of all things, or of one.
#[derive(Debug)]
pub struct Snapshots {
    /// What lists them: all at once, unless it takes something of the thing.
    pub list: Use,
    /// Where they have the id of the thing.
    pub of: Option<&'static str>,
    /// Where they have their id.
    pub id: &'static str,
    /// Where they have their name.
    pub name: &'static str,
    /// Where they say when they were taken.
    pub created: &'static str,
    /// Where they have their size in gigabytes.
    pub size: Option<&'static str>,
    /// Where they have the regions they are in.
    pub regions: Option<&'static str>,
    /// Where they have their tags.
    pub tags: Option<&'static str>,
    /// What is known of their state; nothing where one that is there can be used.
    pub state: Option<States>,
}

/// What is known of a state.
#[derive(Debug)]
pub struct States {
    /// Where it is.
    pub field: &'static str,
    /// The states in which a snapshot can be used.
    pub ready: &'static [&'static str],
    /// The states that it does not leave for one of these.
    pub failed: &'static [&'static str],
}

/// A call that makes something and waits, and what to do where its answer is lost.
#[derive(Debug)]
pub struct Make {
    /// The call.
    pub call: Use,
    /// What looks for what it may have made.
    pub find: Use,
    /// The waits for what was found.
    pub found: &'static [Use],
    /// Whether what is found is not yet the thing itself.
    pub begun: bool,
}

/// How a thing is made from a snapshot.
#[derive(Debug)]
pub struct Restore {
    /// The call.
    pub make: Make,
    /// Where the size is that the thing has at least.
    pub least: (Object, &'static str),
    /// Where sizes have names, how one is chosen.
    pub sizes: Option<Sizes>,
}

/// The sizes that a thing can have.
#[derive(Debug)]
pub struct Sizes {
    /// What lists them.
    pub list: Use,
    /// Where they have their name.
    pub id: &'static str,
    /// Where they say what fits on them.
    pub disk: &'static str,
    /// Where they say whether they can be had.
    pub available: &'static str,
    /// Where they say in which regions.
    pub regions: &'static str,
    /// Where they say what they cost.
    pub price: &'static str,
}

/// What a snapshot costs.
#[derive(Debug)]
pub struct Price {
    /// For a gigabyte and a month.
    pub month: f64,
    /// The least that one costs.
    pub least: f64,
    /// The currency, as ISO 4217 has it.
    pub currency: &'static str,
    /// The provider's page that says so.
    pub source: &'static str,
    /// The day on which it did.
    pub date: &'static str,
}

/// Where a snapshot is on a mounted share.
#[derive(Debug)]
pub struct Mount {
    /// What lists from where a thing is mounted, unless the thing says so itself.
    pub list: Option<Use>,
    /// Which of several is preferred.
    pub prefer: Option<&'static str>,
    /// The snapshot's field with a path that ends in the name of its directory.
    pub path: Option<&'static str>,
    /// The snapshot's fields that make that name otherwise.
    pub parts: &'static [&'static str],
    /// The source's field with the host, unless it stands before the path.
    pub host: Option<&'static str>,
    /// The source's field with the path.
    pub from: &'static str,
}

/// A call with where its arguments come from.
#[derive(Debug)]
pub struct Use {
    /// The call, with its resource.
    pub call: &'static str,
    /// Its arguments.
    pub arguments: &'static [Argument],
}

/// An argument of a call.
#[derive(Debug)]
pub struct Argument {
    /// Its name.
    pub name: &'static str,
    /// Where it comes from.
    pub from: From,
    /// What it becomes.
    pub becomes: Becomes,
}

/// Where an argument comes from.
#[derive(Debug, Clone, Copy)]
pub enum From {
    /// A field of an object, or all of it where no field is named.
    Field(Object, &'static str),
    /// What is asked for.
    Asked(Asked),
    /// Always the same text.
    Text(&'static str),
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

/// What a value becomes on its way into an argument.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Becomes {
    /// What it is.
    Itself,
    /// A text: the id that is a number elsewhere.
    Text,
    /// A number: the id that is a text elsewhere.
    Number,
}

impl Price {
    /// What a snapshot of so many gigabytes costs in a month.
    #[must_use]
    pub fn of(&self, gigabytes: f64) -> f64 {
        (gigabytes * self.month).max(self.least)
    }
}

impl Argument {
    const fn new(name: &'static str, from: From) -> Self {
        Self {
            name,
            from,
            becomes: Becomes::Itself,
        }
    }

    /// One that is a field of an object, or all of it.
    #[must_use]
    pub const fn of(name: &'static str, object: Object, field: &'static str) -> Self {
        Self::new(name, From::Field(object, field))
    }

    /// One that is asked for.
    #[must_use]
    pub const fn asked(name: &'static str, asked: Asked) -> Self {
        Self::new(name, From::Asked(asked))
    }

    /// One that is always the same text.
    #[must_use]
    pub const fn fixed(name: &'static str, text: &'static str) -> Self {
        Self::new(name, From::Text(text))
    }

    /// One that is true.
    #[must_use]
    pub const fn yes(name: &'static str) -> Self {
        Self::new(name, From::True)
    }

    /// The same as a text.
    #[must_use]
    pub const fn text(mut self) -> Self {
        self.becomes = Becomes::Text;
        self
    }

    /// The same as a number.
    #[must_use]
    pub const fn number(mut self) -> Self {
        self.becomes = Becomes::Number;
        self
    }
}

impl Use {
    /// A call with its arguments.
    #[must_use]
    pub const fn new(call: &'static str, arguments: &'static [Argument]) -> Self {
        Self { call, arguments }
    }

    /// Whether an argument is settled by what is asked for or by the snapshot, so that nobody else may give it.
    #[must_use]
    pub fn settles(&self, name: &str) -> bool {
        let mut own = self.arguments.iter().filter(|it| it.name == name);
        own.any(|it| !matches!(it.from, From::Field(Object::Thing | Object::Parent, _)))
    }

    /// Whether an argument comes from an object.
    #[must_use]
    pub fn takes(&self, object: Object) -> bool {
        let mut all = self.arguments.iter();
        all.any(|it| matches!(it.from, From::Field(of, _) if of == object))
    }
}
