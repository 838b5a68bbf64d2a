//! What a scenario tells the server to do. The part for clients is none of its business.

use serde::Deserialize;
use serde_json::Value;

/// The server's side of a scenario.
#[derive(Clone, Debug, Default, Deserialize)]
pub(crate) struct Script {
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) listener: Listener,
    /// One step for each connection or request that is expected, in order.
    #[serde(default)]
    pub(crate) server: Vec<Step>,
    /// In place of the steps: another server that answers, but for some requests.
    #[serde(skip)]
    pub(crate) upstream: Option<Upstream>,
}

/// Another server, and what happens on the way to it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Upstream {
    /// Where it listens: `http://127.0.0.1:PORT`.
    pub(crate) url: String,
    #[serde(default)]
    pub(crate) faults: Vec<Fault>,
}

/// A step that some of the requests to another server meet.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Fault {
    pub(crate) method: String,
    /// A part of path and query; any will do when left out.
    #[serde(default)]
    pub(crate) path: String,
    /// Which of these requests is the first that meets it, from 1.
    #[serde(default = "one")]
    pub(crate) nth: u64,
    /// How many meet it.
    #[serde(default = "one")]
    pub(crate) times: u64,
    pub(crate) when: When,
    pub(crate) step: Step,
}

fn one() -> u64 {
    1
}

/// What the other server has to do with a fault.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub(crate) enum When {
    /// It is not asked.
    Before,
    /// It has acted, and its answer is thrown away.
    After,
    /// It has acted, and its answer is what the step spoils: the step's own body is left out.
    Spoilt,
}

/// How clients reach the server.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Listener {
    /// TLS with one of these certificates; plain HTTP without.
    pub(crate) tls: Option<Certificate>,
    /// What TLS offers, best first; `http/1.1` alone when left out.
    pub(crate) alpn: Vec<String>,
    /// The host in the base URL; 127.0.0.1 when left out. Another one is reached through the proxy.
    pub(crate) host: Option<String>,
    /// Nobody listens on the port.
    pub(crate) refuse: bool,
    /// Nobody listens on the port at first.
    pub(crate) opens_after_ms: Option<u64>,
    /// There is a proxy too.
    pub(crate) proxy: Option<Proxy>,
    /// There is a second server, on another port, that must not be asked.
    pub(crate) other: bool,
}

/// A certificate, good or bad.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, PartialOrd, Ord)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Certificate {
    /// For 127.0.0.1, localhost and storage.example, by the CA that `ca_file` names.
    Good,
    /// By itself.
    SelfSigned,
    /// By the CA, but over.
    Expired,
    /// By the CA, but not yet begun.
    NotYetValid,
    /// By the CA, for other.example.
    WrongHost,
    /// By a CA that nobody names.
    OtherCa,
}

/// A proxy that takes CONNECT and whole URLs.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Proxy {
    /// What CONNECT is answered with; 200 when left out.
    pub(crate) status: Option<u16>,
    /// The proxy never answers.
    pub(crate) hang: bool,
    /// `user:password` to put into the proxy's URL.
    pub(crate) login: Option<String>,
}

/// When a step is due.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub(crate) enum On {
    /// A connection was accepted; nothing was read, TLS has not begun.
    Connect,
    /// Something can be read, and none of it is.
    FirstByte,
    /// A request arrived whole.
    #[default]
    Request,
}

/// What happens after a step's answer, or instead of one.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Then {
    /// The connection stays open for the next request.
    #[default]
    Keep,
    /// The connection is closed in good order.
    Close,
    /// The connection is reset.
    Reset,
    /// Nothing more happens until the client goes away.
    Hang,
    /// HTTP/2: the request is refused unread.
    Refuse,
    /// HTTP/2: the server says that it goes away, then does.
    Goaway,
    /// HTTP/2: the connection stays open and nothing on it is read or answered any more.
    Deaf,
}

/// How the end of a body is marked.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Framing {
    /// By its length.
    #[default]
    Length,
    /// In chunks.
    Chunked,
    /// By the end of the connection.
    Close,
    /// Not at all: neither length nor body.
    None,
}

/// What is done to a body.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Gzip {
    /// It is compressed.
    Good,
    /// Each half is compressed for itself.
    Two,
    /// It says it is compressed, and is not.
    Not,
    /// It is compressed and loses its second half.
    Cut,
    /// It is compressed and its checksum is wrong.
    Checksum,
}

/// A body too long to write down.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Repeat {
    #[serde(default)]
    pub(crate) before: String,
    pub(crate) unit: String,
    pub(crate) times: usize,
    #[serde(default)]
    pub(crate) after: String,
}

/// A pace for writing.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Slow {
    pub(crate) bytes: usize,
    pub(crate) every_ms: u64,
    /// The head is slow too.
    #[serde(default)]
    pub(crate) head: bool,
}

/// One step. Without a status and `raw` nothing is answered.
///
/// `{base}`, `{other}`, `{token}`, `{date:+N}` and `{unix:+N}` in headers and bodies stand for the
/// URLs, the token that the run was opened with, and a time N seconds from now.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Step {
    pub(crate) on: On,
    /// The pause before anything is done.
    pub(crate) delay_ms: u64,
    pub(crate) status: Option<u16>,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) json: Option<Value>,
    pub(crate) text: Option<String>,
    pub(crate) hex: Option<String>,
    pub(crate) repeat: Option<Repeat>,
    /// All that is sent, byte for byte.
    pub(crate) raw: Option<String>,
    pub(crate) gzip: Option<Gzip>,
    pub(crate) framing: Framing,
    /// The length that is told, whatever it is.
    pub(crate) content_length: Option<u64>,
    /// How much of the body is sent.
    pub(crate) send_bytes: Option<usize>,
    pub(crate) slow: Option<Slow>,
    pub(crate) then: Then,
    /// The pause before `then`.
    pub(crate) then_after_ms: u64,
}
