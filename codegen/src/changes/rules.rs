//! The table of rules: every kind of change, and what it means on the wire and to each face.

use serde::{Serialize, Serializer};

/// What a change means to somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// It is not noticed.
    None,
    /// It can be seen, and what was written before goes on.
    Compatible,
    /// What was written before may fail, or does not compile.
    Breaking,
}

impl Verdict {
    /// One letter, for a line that has five of them.
    pub(super) fn letter(self) -> char {
        match self {
            Self::None => '-',
            Self::Compatible => 'c',
            Self::Breaking => 'B',
        }
    }

    pub(super) fn word(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Compatible => "compatible",
            Self::Breaking => "breaking",
        }
    }
}

/// The verdicts of one rule, or the worst of several.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Verdicts {
    /// Programs that send and read by the old document themselves.
    pub wire: Verdict,
    /// Programs over the Rust crate.
    pub rust: Verdict,
    /// Programs over the Python package, and their type checkers.
    pub python: Verdict,
    /// Programs linked against the C library.
    pub c: Verdict,
    /// Programs over the C++ headers.
    pub cpp: Verdict,
}

/// What the five verdicts are called, in their order.
pub const FACES: [&str; 5] = ["wire", "Rust", "Python", "C", "C++"];

impl Verdicts {
    /// The five in the order of [`FACES`].
    #[must_use]
    pub fn all(&self) -> [Verdict; 5] {
        [self.wire, self.rust, self.python, self.c, self.cpp]
    }

    /// The worst of the five.
    #[must_use]
    pub fn worst(&self) -> Verdict {
        self.all().into_iter().fold(Verdict::None, Verdict::max)
    }

    pub(super) fn or(self, other: Self) -> Self {
        Self {
            wire: self.wire.max(other.wire),
            rust: self.rust.max(other.rust),
            python: self.python.max(other.python),
            c: self.c.max(other.c),
            cpp: self.cpp.max(other.cpp),
        }
    }

    /// The five as letters: `BBcc-`.
    pub(super) fn letters(&self) -> String {
        self.all().into_iter().map(Verdict::letter).collect()
    }
}

/// Whether something is part of what is sent or of what is received.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// By the client to the service.
    Sent,
    /// By the client from the service.
    Received,
}

/// Where in a changelog a change belongs, unless it breaks something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Group {
    Added,
    Changed,
    Removed,
}

/// One kind of change.
#[derive(Debug, PartialEq, Eq)]
pub struct Rule {
    pub(super) kind: Kind,
    number: u16,
    /// A few words joined by hyphens, which stay with the number.
    pub id: &'static str,
    /// What it is said of.
    pub subject: &'static str,
    /// What is said of it.
    pub what: &'static str,
    /// What it means.
    pub verdicts: Verdicts,
    /// Why it means that.
    pub why: &'static str,
}

impl Rule {
    /// Its number, which no other rule ever gets: `S001`.
    #[must_use]
    pub fn number(&self) -> String {
        format!("S{:03}", self.number)
    }

    /// What it says, to go on with behind a colon.
    pub(super) fn said(&self) -> String {
        let mut subject = self.subject.chars();
        let first = subject.next().map(|first| first.to_ascii_lowercase());
        let subject: String = first.into_iter().chain(subject).collect();
        format!("{subject} {}", self.what)
    }

    /// The direction that it is about; none for what is neither sent nor received, or may be both.
    pub(super) fn direction(&self) -> Option<Direction> {
        let begins = |word: &str| self.id.starts_with(word);
        if begins("request-") || begins("parameter-") {
            Some(Direction::Sent)
        } else if begins("response-") || begins("error-") || begins("header-") {
            Some(Direction::Received)
        } else {
            None
        }
    }

    pub(super) fn group(&self) -> Group {
        match self.id {
            id if id.contains("-added") => Group::Added,
            id if id.contains("-removed") => Group::Removed,
            _ => Group::Changed,
        }
    }
}

impl Serialize for Rule {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeStruct;
        let mut rule = serializer.serialize_struct("Rule", 3)?;
        rule.serialize_field("number", &self.number())?;
        rule.serialize_field("id", self.id)?;
        rule.serialize_field("what", &format!("{} {}", self.subject, self.what))?;
        rule.end()
    }
}

macro_rules! verdict {
    (B) => {
        Verdict::Breaking
    };
    (c) => {
        Verdict::Compatible
    };
    (n) => {
        Verdict::None
    };
}

macro_rules! rules {
    ($( $number:literal $Kind:ident $id:literal [$wire:ident $rust:ident $python:ident $c:ident $cpp:ident]
        $subject:literal $what:literal; $why:literal )+) => {
        /// The kinds of change by name.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub(super) enum Kind { $($Kind,)+ }

        /// Every rule. A number stays with its id for good, and a rule that is given up leaves its number unused.
        pub static RULES: &[Rule] = &[$(Rule {
            kind: Kind::$Kind,
            number: $number,
            id: $id,
            subject: $subject,
            what: $what,
            verdicts: Verdicts {
                wire: verdict!($wire),
                rust: verdict!($rust),
                python: verdict!($python),
                c: verdict!($c),
                cpp: verdict!($cpp),
            },
            why: $why,
        },)+];

        impl Kind {
            /// Its rule.
            #[allow(clippy::indexing_slicing, reason = "the table has a row for each kind, in their order")]
            pub(super) fn rule(self) -> &'static Rule { &RULES[self as usize] }
        }
    };
}

// In brackets: wire, Rust, Python, C, C++; `B` is breaking, `c` compatible, `n` none.
rules! {
    // Operations.
    1 OperationAdded "operation-added" [c c c c c]
        "An operation" "was added"; "Nobody calls it yet."
    2 OperationRemoved "operation-removed" [B B B B B]
        "An operation" "was removed"; "Its calls are gone."
    3 PathParameterRenamed "path-parameter-renamed" [n c B n c]
        "A parameter of a path" "has another name"; "The path that is sent is the same; Python takes it by name too."
    4 OperationIdChanged "operation-id-changed" [n B B B B]
        "The id of an operation with shapes of its own" "changed"; "Types of objects and enums written in place are named after it."
    5 OperationIdChangedAlone "operation-id-changed-alone" [n c c c c]
        "The id of an operation without shapes of its own" "changed"; "Only errors and logs name it: a call is named after its path."
    6 OperationDeprecated "operation-deprecated" [c n n n n]
        "An operation" "is deprecated"; "It works until it goes; no face marks it."
    7 OperationUndeprecated "operation-undeprecated" [c n n n n]
        "An operation" "is no longer deprecated"; "It stays; no face marks it."
    8 OperationTagAdded "operation-tag-added" [n n n n n]
        "A tag of an operation" "was added"; "Tags are neither sent nor generated."
    9 OperationTagRemoved "operation-tag-removed" [n n n n n]
        "A tag of an operation" "was removed"; "Tags are neither sent nor generated."
    10 TagAdded "tag-added" [n n n n n]
        "A tag of the document" "was added"; "Tags are neither sent nor generated."
    11 TagRemoved "tag-removed" [n n n n n]
        "A tag of the document" "was removed"; "Tags are neither sent nor generated."
    12 PlacementChanged "placement-changed" [n B B B B]
        "The resource or verb of an operation" "changed"; "Its call has another name everywhere."
    13 WaitAdded "wait-added" [n c c c c]
        "A wait" "was added"; "Nobody calls it yet."
    14 WaitRemoved "wait-removed" [n B B B B]
        "A wait" "was removed"; "Its call is gone."
    15 WaitStatesChanged "wait-states-changed" [n c c c c]
        "The states or the time of a wait" "changed"; "It ends by other states or later, and is called as before."
    16 WaitChanged "wait-changed" [n B B B B]
        "The way a wait finds its object" "changed"; "What it takes or polls is another thing."
    17 PagesChanged "pages-changed" [n B B B B]
        "The pages of a list" "changed"; "A list gives pages or does not, and walks by other parameters."
    18 UnwrappingChanged "unwrapping-changed" [n B B B B]
        "The unwrapping of an answer" "changed"; "The call gives the object, or what is in it."
    19 RepeatingChanged "repeating-changed" [n c c c c]
        "Whether an operation may be sent again" "changed"; "Only what is done after a failure differs."

    // Where to, and with which credentials.
    20 DefaultServerChanged "default-server-changed" [B c c c c]
        "The first server" "changed"; "Who wrote the old address asks there; a library has the new one as its default."
    21 ServerAdded "server-added" [c n n n n]
        "A further server" "was added"; "A library's default is the first."
    22 ServerRemoved "server-removed" [B n n n n]
        "A further server" "was removed"; "Who uses its address is lost; a library's default is the first."
    23 OperationServersChanged "operation-servers-changed" [B n n n n]
        "The servers of an operation or path" "changed"; "Requests go elsewhere."
    24 SecurityAdded "security-added" [c n n n n]
        "A way to authenticate" "was added"; "The old ones are still taken."
    25 SecurityRemoved "security-removed" [B n n n n]
        "A way to authenticate" "was removed"; "Who shows itself so is refused; a library's way stands in the overlay."
    26 SecurityNeeded "security-needed" [B n n n n]
        "Credentials" "are needed now"; "A request without is refused; a library always sends them."
    27 SecurityNotNeeded "security-not-needed" [c n n n n]
        "Credentials" "are no longer needed"; "A request with them is still taken."
    28 ScopeAdded "scope-added" [B n n n n]
        "A scope that is needed" "was added"; "A token without it is refused."
    29 ScopeRemoved "scope-removed" [c n n n n]
        "A scope that is needed" "was removed"; "Tokens that have it still do."
    30 SchemeAdded "security-scheme-added" [c n n n n]
        "A security scheme" "was added"; "Nobody uses it yet."
    31 SchemeRemoved "security-scheme-removed" [B n n n n]
        "A security scheme" "was removed"; "Who shows itself so is refused; a library's way stands in the overlay."
    32 SchemeChanged "security-scheme-changed" [B n n n n]
        "A security scheme" "changed"; "Credentials go elsewhere; a library's way stands in the overlay."
    33 SchemeScopeAdded "security-scheme-scope-added" [c n n n n]
        "A scope of a security scheme" "was added"; "Nobody asks for it yet."
    34 SchemeScopeRemoved "security-scheme-scope-removed" [B n n n n]
        "A scope of a security scheme" "was removed"; "A token can no longer be asked for with it."

    // Parameters.
    40 ParameterAddedRequired "parameter-added-required" [B B B B B]
        "A required parameter" "was added"; "Requests without it are refused, and calls take one argument more."
    41 ParameterAddedLast "parameter-added-optional-last" [c c c c c]
        "An optional parameter" "was added behind the arguments that were there"; "Who leaves it out sends what was sent before."
    42 ParameterAddedBefore "parameter-added-optional-before-others" [c c c c B]
        "An optional parameter" "was added before other optional arguments"; "In C++ the members of the struct of arguments move, for who fills it by order."
    43 ParameterAddedFirst "parameter-added-optional-first" [c c c B B]
        "An optional parameter" "was added to a call that took nothing but its path"; "In C and C++ its function gets a place for arguments."
    44 ParameterRemoved "parameter-removed" [B B B B B]
        "A parameter" "was removed"; "What was asked for is passed over or refused, and its argument is gone."
    45 ParameterRequired "parameter-required" [B B B B B]
        "A parameter" "is required now"; "Requests without it are refused, and calls take one argument more."
    46 ParameterOptional "parameter-optional" [c B B B B]
        "A parameter" "is optional now"; "It moves from what is given by order to a setter, a keyword, or a place further back."
    47 ParameterOrderOfPath "parameter-order-in-path" [n B B B B]
        "Parameters of the path" "come in another order"; "They are given by order everywhere: ids would be swapped in silence."
    48 ParameterOrderOfRequired "parameter-order-of-required" [n B B B B]
        "Required parameters" "come in another order"; "They are given by order, in C++ as members of a struct."
    49 ParameterOrderOfOptional "parameter-order-of-optional" [n n n n B]
        "Optional parameters" "come in another order"; "In C++ the members of the struct of arguments move, for who fills it by order."
    50 ParameterStyleChanged "parameter-style-changed" [B n n n n]
        "The way a parameter is written" "changed"; "The service reads it otherwise; a library writes it as it is told."
    51 ParameterDeprecated "parameter-deprecated" [c n n n n]
        "A parameter" "is deprecated"; "It works until it goes; no face marks it."
    52 ParameterUndeprecated "parameter-undeprecated" [c n n n n]
        "A parameter" "is no longer deprecated"; "It stays; no face marks it."
    53 ParameterNullAllowed "parameter-null-allowed" [c n n n n]
        "A parameter" "may be null now"; "No face sends null in a URL."
    54 ParameterNullRefused "parameter-null-refused" [B n n n n]
        "A parameter" "may no longer be null"; "Who sent null is refused; no face sends it in a URL."

    // What is sent in a body.
    60 RequestBodyAddedRequired "request-body-added-required" [B B B B B]
        "A required body" "was added"; "Requests without it are refused."
    61 RequestBodyAdded "request-body-added-optional" [c c c c c]
        "An optional body" "was added to a call with other arguments"; "Who leaves it out sends what was sent before."
    62 RequestBodyAddedFirst "request-body-added-optional-first" [c c c B B]
        "An optional body" "was added to a call that took nothing but its path"; "In C and C++ its function gets a place for arguments."
    63 RequestBodyRemoved "request-body-removed" [B B B B B]
        "The body of a request" "was removed"; "What was sent is passed over or refused, and its arguments are gone."
    64 RequestBodyRequired "request-body-required" [B n n n n]
        "The body of a request" "is required now"; "Requests without it are refused; a library sends one anyway."
    65 RequestBodyOptional "request-body-optional" [c n n n n]
        "The body of a request" "is optional now"; "It is still taken; a library sends one anyway."
    66 RequestMediaAdded "request-media-type-added" [c n n n n]
        "A media type that a body is taken in" "was added"; "The old ones are still taken."
    67 RequestMediaRemoved "request-media-type-removed" [B c c c c]
        "A media type that a body is taken in" "was removed"; "Who sends it is refused; a library sends what is left."
    68 RequestEncodingChanged "request-encoding-changed" [B n n n n]
        "The encoding of a body's parts" "changed"; "The service reads them otherwise; the generator takes JSON alone."
    70 RequestFieldAddedRequired "request-field-added-required" [B B B B B]
        "A required field that is sent" "was added"; "Requests without it are refused, and calls take one argument more."
    71 RequestFieldAddedLast "request-field-added-optional-last" [c c c c c]
        "An optional field that is sent" "was added behind the others"; "Who leaves it out sends what was sent before."
    72 RequestFieldAddedBefore "request-field-added-optional-before-others" [c c c c B]
        "An optional field that is sent" "was added before others"; "In C++ the members of the struct move, for who fills it by order."
    73 RequestFieldAddedToMember "request-field-added-optional-to-member" [c B c c c]
        "An optional field of a union's member" "was added behind the others"; "In Rust a variant is written out with all its fields."
    74 RequestFieldAddedToMemberBefore "request-field-added-optional-to-member-before-others" [c B c c B]
        "An optional field of a union's member" "was added before others"; "In Rust a variant is written out with all its fields, and in C++ the members of the struct move."
    75 RequestFieldRemoved "request-field-removed" [B B B B B]
        "A field that is sent" "was removed"; "What was asked for is passed over or refused, and its argument is gone."
    76 RequestFieldRequired "request-field-required" [B B B B B]
        "A field that is sent" "is required now"; "Requests without it are refused, and calls take one argument more."
    77 RequestFieldOptional "request-field-optional" [c B c B B]
        "A field that is sent" "is optional now"; "It moves from what is given by order to a setter; Python takes it by name before and after."
    78 RequestFieldReadOnly "request-field-read-only" [B B B B B]
        "A field that was sent" "is read-only now"; "What was asked for is passed over or refused, and its argument is gone."
    79 RequestFieldSettable "request-field-settable" [c c c c c]
        "An optional field" "is no longer read-only"; "Who leaves it out sends what was sent before."
    80 RequestFieldSettableRequired "request-field-settable-required" [B B B B B]
        "A required field" "is no longer read-only"; "Requests without it are refused, and calls take one argument more."
    81 RequestNullAllowed "request-null-allowed" [c B B c B]
        "An optional field that is sent" "may be null now"; "In Rust and C++ its type changes; in Python None no longer means left out, it is sent."
    82 RequestNullAllowedRequired "request-null-allowed-required" [c B c B B]
        "A required field that is sent" "may be null now"; "In Rust and C++ its type changes, and in C `_new` no longer takes it."
    83 RequestNullRefused "request-null-refused" [B B B B B]
        "A field that is sent" "may no longer be null"; "Null is refused, and there is no way to send it."
    84 RequestTypeWidened "request-type-widened" [c B c B B]
        "The type of what is sent" "takes more now"; "What was sent is still taken; all but Python have another type for it."
    85 RequestTypeChanged "request-type-changed" [B B B B B]
        "The type of what is sent" "changed"; "What was sent is refused, and the argument has another type."
    86 RequestTextBecomesTime "request-text-becomes-time" [B B c c c]
        "A text that is sent" "is a time now"; "Other texts are refused; all but Rust still take it as text."
    87 RequestTimeBecomesText "request-time-becomes-text" [c B B c c]
        "A time that is sent" "is any text now"; "In Rust its type changes, and Python takes no datetime any more."
    88 RequestFormatNarrower "request-format-narrower" [B n n n n]
        "The format of what is sent" "takes less now"; "Other values are refused; no face tells such formats apart."
    89 RequestFormatWider "request-format-wider" [c n n n n]
        "The format of what is sent" "takes more now"; "What was sent is still taken."
    90 RequestEnumAdded "request-enum-added" [c c c c c]
        "A value of an enum that is sent" "was added"; "The old ones are still taken."
    91 RequestEnumRemoved "request-enum-removed" [B B B B B]
        "A value of an enum that is sent" "was removed"; "It is refused, and its name is gone."
    92 RequestEnumIntroduced "request-enum-introduced" [B B B B B]
        "A text that is sent" "must be one of a list now"; "Other texts are refused, and its type changes."
    93 RequestEnumLifted "request-enum-lifted" [c B B B B]
        "What is sent" "may be any text now"; "What was sent is still taken; the enum's names are gone."
    94 RequestBoundTightened "request-bound-tightened" [B c c c c]
        "A bound of what is sent" "is tighter now"; "Values that were taken are refused, by a library before they are sent."
    95 RequestBoundLoosened "request-bound-loosened" [c c c c c]
        "A bound of what is sent" "is looser now"; "What was taken still is."
    96 RequestDefaultAdded "request-default-added" [c n n n n]
        "A default of what is sent" "was added"; "It says what happens anyway; a library never sends it by itself."
    97 RequestDefaultChanged "request-default-changed" [B n n n n]
        "A default of what is sent" "changed"; "Leaving it out means something else."
    98 RequestDefaultRemoved "request-default-removed" [B n n n n]
        "A default of what is sent" "was removed"; "Nobody knows what leaving it out means."
    99 RequestOtherFieldsRefused "request-other-fields-refused" [B n n n n]
        "Fields that are not listed" "are refused now"; "Who sends some is refused; a library sends what is listed."
    100 RequestOtherFieldsTaken "request-other-fields-taken" [c n n n n]
        "Fields that are not listed" "are taken now"; "What was sent is still taken."
    101 RequestMemberAdded "request-union-member-added" [c c c c c]
        "A member of a union that is sent" "was added"; "Nobody sends it yet."
    102 RequestMemberRemoved "request-union-member-removed" [B B B B B]
        "A member of a union that is sent" "was removed"; "It is refused, and its call is gone."

    // What is received.
    110 ResponseSuccessAdded "response-success-added" [c n n n n]
        "A status of success" "was added"; "Any status in 200 to 299 is a success."
    111 ResponseSuccessRemoved "response-success-removed" [B n n n n]
        "A status of success" "was removed"; "Who waits for just that number waits in vain; to a library any in 200 to 299 is a success."
    112 ResponseErrorAdded "error-status-added" [c n n n n]
        "A status of failure" "was added"; "A library gives an error for any."
    113 ResponseErrorRemoved "error-status-removed" [c n n n n]
        "A status of failure" "was removed"; "A library gives an error for any."
    114 ResponseBodyAdded "response-body-added" [c B B B B]
        "The body of an answer" "was added"; "A call that gave nothing gives something."
    115 ResponseBodyRemoved "response-body-removed" [B B B B B]
        "The body of an answer" "was removed"; "A call that gave something gives nothing."
    116 ResponseMediaAdded "response-media-type-added" [c n n n n]
        "A media type of an answer" "was added"; "The old ones can still be asked for."
    117 ResponseMediaRemoved "response-media-type-removed" [B c c c c]
        "A media type of an answer" "was removed"; "Who asks for it is refused; a library asks for what is left."
    118 ResponseHeaderAdded "header-added" [c n n n n]
        "A header of an answer" "was added"; "Headers are texts to all faces."
    119 ResponseHeaderRemoved "header-removed" [B n n n n]
        "A header of an answer" "was removed"; "Who reads it finds nothing; headers are texts to all faces."
    120 ResponseHeaderOptional "header-optional" [B n n n n]
        "A header of an answer" "may be absent now"; "Who reads it may find nothing; headers are texts to all faces."
    121 ResponseHeaderRequired "header-required" [c n n n n]
        "A header of an answer" "is always there now"; "Who looked whether it is there still may."
    122 ResponseHeaderChanged "header-changed" [B n n n n]
        "The value of a header of an answer" "changed"; "Who reads it by the old document may fail; headers are texts to all faces."
    123 ResponseHeaderTold "header-told-better" [c n n n n]
        "The value of a header of an answer" "is told more closely"; "It reads as before."
    124 ErrorBodyBroken "error-body-broken" [B c n n n]
        "The body of a refusal" "lost or changed something"; "Who reads it by the old document may fail; a library looks for code and message and bears what it does not find."
    125 ErrorBodyGrown "error-body-grown" [c c n n n]
        "The body of a refusal" "gained something"; "It reads as before; Rust's ErrorBody has what every refusal has."
    130 ResponseFieldAdded "response-field-added" [c c c c c]
        "A field that is received" "was added"; "Readers pass over what they do not know; objects get a getter."
    131 ResponseFieldRemoved "response-field-removed" [B B B B B]
        "A field that is received" "was removed"; "Its readers find nothing, and its getter is gone."
    132 ResponseEnvelopeGrown "response-envelope-grown" [c B B B B]
        "An answer that held one field" "holds others beside it"; "It is no longer unwrapped, so the call gives another type."
    133 ResponseFieldMayBeAbsent "response-field-may-be-absent" [B B B c B]
        "A field that is received" "may be absent now"; "Its type becomes one that may hold nothing; in C its getter may give nothing."
    134 ResponseListMayBeAbsent "response-list-may-be-absent" [B B B c c]
        "A list, map or any JSON that is received" "may be absent now"; "Its type becomes one that may hold nothing; in C and C++ it is one already."
    135 ResponseFieldIsSure "response-field-is-sure" [c B c c B]
        "A text or object that is received" "is always there now"; "In Rust and C++ its type is no longer one that may hold nothing."
    136 ResponseNumberIsSure "response-number-is-sure" [c B c B B]
        "A number, a list or true or false that is received" "is always there now"; "In Rust and C++ its type changes, and in C the function that tells whether it is there is gone."
    137 ResponseJsonIsSure "response-json-is-sure" [c B c c c]
        "A map or any JSON that is received" "is always there now"; "In Rust its type is no longer one that may hold nothing; C and C++ read it as text."
    138 ResponseAbsenceAdded "response-absence-added" [B n n n n]
        "What is received" "may be absent in one more way"; "It may be left out and be null; a library takes both alike."
    139 ResponseAbsenceRemoved "response-absence-removed" [c n n n n]
        "What is received" "may be absent in one way less"; "A library takes both alike."
    140 ResponseWriteOnly "response-field-write-only" [B c c c c]
        "A field that was received" "is write-only now"; "Its readers find nothing; its getters stay."
    141 ResponseReadable "response-field-readable" [c c c c c]
        "A field" "is no longer write-only"; "Its getters were there before it."
    142 ResponseTypeNarrowed "response-type-narrowed" [c B c B B]
        "The type of what is received" "holds less now"; "What could be read still can; all but Python have another type for it."
    143 ResponseTypeChanged "response-type-changed" [B B B B B]
        "The type of what is received" "changed"; "It reads otherwise, and its getter gives another type."
    144 ResponseTextBecomesTime "response-text-becomes-time" [c B B B B]
        "A text that is received" "is a time now"; "It can still be read as text on the wire; its getter gives another type."
    145 ResponseTimeBecomesText "response-time-becomes-text" [B B B B B]
        "A time that is received" "is any text now"; "It may be no time, and its getter gives another type."
    146 ResponseFormatWider "response-format-wider" [B n n n n]
        "The format of what is received" "allows more now"; "Who relies on the old one may fail; no face tells such formats apart."
    147 ResponseFormatNarrower "response-format-narrower" [c n n n n]
        "The format of what is received" "allows less now"; "What could be read still can."
    148 ResponseEnumAdded "response-enum-added" [c c c c c]
        "A value of an enum that is received" "was added"; "A list of states grows with its service; every face keeps a value that it does not know."
    149 ResponseEnumRemoved "response-enum-removed" [c B B B B]
        "A value of an enum that is received" "was removed"; "It comes no more, and its name is gone."
    150 ResponseEnumIntroduced "response-enum-introduced" [c B c B B]
        "A text that is received" "is one of a list now"; "Its type changes; Python's enums are texts."
    151 ResponseEnumLifted "response-enum-lifted" [B B B B B]
        "What is received" "may be any text now"; "Nothing says what may come, and the enum's names are gone."
    152 ResponseBoundTightened "response-bound-tightened" [c n n n n]
        "A bound of what is received" "is tighter now"; "What could be read still can; no face checks an answer."
    153 ResponseBoundLoosened "response-bound-loosened" [B n n n n]
        "A bound of what is received" "is looser now"; "Who made room for the old one gets more than fits; no face checks an answer."
    154 ResponseDefaultChanged "response-default-changed" [c n n n n]
        "A default of what is received" "changed"; "It says what a service gives by itself; no face fills it in."
    155 ResponseOtherFieldsChanged "response-other-fields-changed" [c n n n n]
        "Whether fields that are not listed are received" "changed"; "Readers pass over what they do not know."
    156 ResponseMemberAdded "response-union-member-added" [B c c c c]
        "A member of a union that is received" "was added"; "Who knows the old ones alone cannot read it; faces keep what they do not know."
    157 ResponseMemberRemoved "response-union-member-removed" [c B c c c]
        "A member of a union that is received" "was removed"; "It comes no more; in Rust its variant is gone, elsewhere it is read as JSON."
    158 ResponseFieldAddedToMember "response-field-added-to-member" [c B c c c]
        "A field of a union's member that is received" "was added"; "In Rust a pattern names all fields of a variant; elsewhere it is read as JSON."

    // Either way.
    170 EnumReplaced "enum-values-replaced" [B B B B B]
        "Values of an enum" "were replaced by others"; "What was sent is refused, what was waited for never comes, and the old names are gone."
    171 SchemaRenamed "schema-renamed" [n B B B B]
        "An object, enum or union" "has another name"; "Types are named after it."
    172 ObjectShapeChanged "object-shape-changed" [n B B B B]
        "An object" "is any JSON, a map or named fields, and was another of them"; "Each of them is another type."
    173 DiscriminatorChanged "discriminator-changed" [B B B B B]
        "The field that tells the members of a union apart" "changed"; "It is looked for elsewhere, in what is sent as JSON too."
    174 NotChanged "not-changed" [B n n n n]
        "What a value must not be" "changed"; "Values may be refused or come that could not before; no face knows `not`."
    175 SecretSet "secret-set" [n c c c c]
        "A text" "is a secret now"; "Nothing shows it any more."
    176 SecretLifted "secret-lifted" [n c c c c]
        "A text" "is no longer a secret"; "It is shown again."
    177 FieldDeprecated "field-deprecated" [c n n n n]
        "A field or value" "is deprecated"; "It works until it goes; no face marks it."
    178 FieldUndeprecated "field-undeprecated" [c n n n n]
        "A field or value" "is no longer deprecated"; "It stays; no face marks it."
    179 CallbackAdded "callback-added" [c n n n n]
        "A callback" "was added"; "No face knows callbacks."
    180 CallbackRemoved "callback-removed" [B n n n n]
        "A callback" "was removed"; "Who listens hears nothing; no face knows callbacks."
    181 CallbackChanged "callback-changed" [B n n n n]
        "A callback" "changed"; "Who listens by the old document may fail; no face knows callbacks."
    182 SchemaLost "schema-lost" [B B B B B]
        "A reference" "leads nowhere or to somewhere again"; "Nothing says what is there, and the generator refuses such a document."
    183 LimitsChanged "limits-changed" [n c c c c]
        "The limits of an operation" "changed"; "Only what the error about a limit says differs, and whether the call waits for it."
    184 TakeAdded "take-added" [n c c c c]
        "A request with waits behind it" "was added"; "Nobody calls it yet."
    185 TakeRemoved "take-removed" [n B B B B]
        "A request with waits behind it" "was removed"; "Its call is gone."
    186 TakeStateChanged "take-state-changed" [n c c c c]
        "The state that a request with waits behind it is made in, or the id it is told by," "changed"; "It takes and gives the same, and asks for something else on the way."
    187 TakeChanged "take-changed" [n B B B B]
        "The request or a wait of a request with waits behind it" "changed"; "What it takes or gives is another thing."
    188 FindAdded "find-added" [n c c c c]
        "A look for what a request made" "was added"; "Nobody calls it yet."
    189 FindRemoved "find-removed" [n B B B B]
        "A look for what a request made" "was removed"; "Its call is gone."
    190 FindFactsChanged "find-facts-changed" [n c c c c]
        "What a look for what a request made goes by" "changed"; "It finds more or fewer, and is called as before."
    191 FindChanged "find-changed" [n B B B B]
        "The list that a look for what a request made asks, or what it compares," "changed"; "What it takes or gives is another thing."
    192 MountedAdded "mounted-added" [n c c c c]
        "A function for a mounted share" "was added"; "Nobody calls it yet."
    193 MountedRemoved "mounted-removed" [n B B B B]
        "A function for a mounted share" "was removed"; "Its callers do not find it."
    194 MountedChanged "mounted-changed" [n c c c c]
        "The fields that a function for a mounted share reads" "changed"; "It is called as before, and says something else."

    // What the command line alone knows.
    195 ThingsAdded "kind-added" [n n n n n]
        "A kind of thing that snapshots are taken of" "was added"; "The command line rotates it too; no face knows kinds."
    196 ThingsRemoved "kind-removed" [n n n n n]
        "A kind of thing that snapshots are taken of" "was removed"; "The command line refuses policies and options that name it; no face knows kinds."
    197 ThingsChanged "kind-changed" [n n n n n]
        "What a kind of thing is listed, snapshotted, deleted, restored, copied or mounted by" "changed"; "The command line makes other calls for the same command; no face knows kinds."
    198 AbilityAdded "kind-ability-added" [n n n n n]
        "What can be done with a snapshot of a kind of thing" "was added"; "A command of the command line does what it refused; no face knows kinds."
    199 AbilityRemoved "kind-ability-removed" [n n n n n]
        "What can be done with a snapshot of a kind of thing" "was removed"; "A command of the command line refuses what it did; no face knows kinds."
    200 PriceChanged "kind-price-changed" [n n n n n]
        "The price of a snapshot of a kind of thing" "changed"; "`snapline cost` says another sum; no face knows kinds."
}
