//! Calls over real sockets, against a server that does exactly what each test tells it to.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    missing_docs,
    reason = "a test may stop where it stands"
)]

use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use snapline_runtime::{
    Bearer, Call, CallOptions, Core, DriftKind, Error, ErrorKind, ErrorShape, Lenient, Operation,
    Provider, Response, Secret, Settings, TypedRequest, model, open_enum,
};
use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

const TOKEN: &str = "dop_v1_hunter2";

static PROVIDER: Provider = Provider {
    name: "test",
    server_url: "https://api.test.invalid",
    url_variable: "SNAPLINE_RUNTIME_TEST_URL",
    errors: ErrorShape {
        code: &["id"],
        message: &["message"],
        request_id: &["request_id"],
        request_id_headers: &["x-request-id"],
    },
};
static GET: Operation = Operation {
    id: "thing_get",
    method: "GET",
    path: "/v2/thing",
    redirects: false,
    server: None,
    idempotent: true,
    limits: &[],
};
static POST: Operation = Operation {
    id: "thing_create",
    method: "POST",
    path: "/v2/thing",
    redirects: false,
    server: None,
    idempotent: false,
    limits: &[],
};
static DELETE: Operation = Operation {
    id: "thing_delete",
    method: "DELETE",
    path: "/v2/thing",
    redirects: false,
    server: None,
    idempotent: true,
    limits: &[],
};

open_enum! {
    /// A state.
    pub enum State {
        /// There.
        Active = "ACTIVE",
    }
}

#[derive(Debug)]
struct Thing {
    id: String,
    size: i64,
    state: Option<State>,
}
model! { Thing { required id: "id", required size: "size", optional state: "state" } }

#[derive(Debug)]
struct Envelope {
    thing: Thing,
}
model! { Envelope { required thing: "thing" } }

const GOOD: &str = r#"{"thing":{"id":"a","size":1,"state":"ACTIVE"}}"#;

enum Step {
    /// Send these bytes and keep the connection.
    Send(Vec<u8>),
    /// Send these bytes, then close.
    SendAndClose(Vec<u8>),
    /// Send these bytes and close a little later, when the client looks elsewhere.
    SendAndCloseLater(Vec<u8>),
    /// Send these bytes, then nothing more.
    SendAndHang(Vec<u8>),
}

fn reply(status: u16, headers: &str, body: &str) -> Step {
    Step::Send(raw(status, headers, body.as_bytes()))
}

fn raw(status: u16, headers: &str, body: &[u8]) -> Vec<u8> {
    let length = body.len();
    let mut bytes =
        format!("HTTP/1.1 {status} X\r\ncontent-length: {length}\r\n{headers}\r\n").into_bytes();
    bytes.extend_from_slice(body);
    bytes
}

fn ok() -> Step {
    reply(200, "x-request-id: r-1\r\n", GOOD)
}

struct Seen {
    head: String,
    body: String,
    bytes: Vec<u8>,
}

struct Server {
    address: SocketAddr,
    seen: Arc<Mutex<Vec<Seen>>>,
    connections: Arc<Mutex<u32>>,
}

impl Server {
    async fn start(steps: Vec<Step>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let server = Self {
            address: listener.local_addr().unwrap(),
            seen: Arc::default(),
            connections: Arc::default(),
        };
        let steps = Arc::new(Mutex::new(VecDeque::from(steps)));
        let (seen, connections) = (Arc::clone(&server.seen), Arc::clone(&server.connections));
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                *connections.lock().unwrap() += 1;
                tokio::spawn(serve(stream, Arc::clone(&steps), Arc::clone(&seen)));
            }
        });
        server
    }

    fn settings(&self) -> Settings {
        Settings::default()
            .base_url(format!("http://{}", self.address))
            .backoff_base(Duration::from_millis(1))
            .timeout(Duration::from_secs(10))
    }

    fn core(&self) -> Core {
        core(self.settings())
    }

    fn count(&self) -> usize {
        self.seen.lock().unwrap().len()
    }

    fn head(&self, index: usize) -> String {
        self.seen.lock().unwrap()[index].head.clone()
    }
}

async fn serve(
    mut stream: TcpStream,
    steps: Arc<Mutex<VecDeque<Step>>>,
    seen: Arc<Mutex<Vec<Seen>>>,
) {
    let mut buffer = Vec::new();
    loop {
        let end = loop {
            if let Some(at) = buffer.windows(4).position(|w| w == b"\r\n\r\n") {
                break at + 4;
            }
            if stream.read_buf(&mut buffer).await.unwrap_or(0) == 0 {
                return;
            }
        };
        let head = String::from_utf8(buffer.drain(..end).collect()).unwrap();
        let length: usize = head
            .lines()
            .find_map(|line| line.strip_prefix("content-length: "))
            .map_or(0, |n| n.parse().unwrap());
        while buffer.len() < length {
            if stream.read_buf(&mut buffer).await.unwrap_or(0) == 0 {
                return;
            }
        }
        let bytes: Vec<u8> = buffer.drain(..length).collect();
        let body = String::from_utf8_lossy(&bytes).into_owned();
        seen.lock().unwrap().push(Seen { head, body, bytes });
        let step = steps.lock().unwrap().pop_front();
        match step {
            Some(Step::Send(bytes)) => stream.write_all(&bytes).await.unwrap(),
            Some(Step::SendAndClose(bytes)) => {
                stream.write_all(&bytes).await.unwrap();
                stream.shutdown().await.unwrap();
                return;
            }
            Some(Step::SendAndCloseLater(bytes)) => {
                stream.write_all(&bytes).await.unwrap();
                tokio::time::sleep(Duration::from_millis(5)).await;
                return;
            }
            Some(Step::SendAndHang(bytes)) => {
                stream.write_all(&bytes).await.unwrap();
                tokio::time::sleep(Duration::from_secs(60)).await;
            }
            None => stream
                .write_all(&raw(418, "", b"the test told the server nothing more"))
                .await
                .unwrap(),
        }
    }
}

fn core(settings: Settings) -> Core {
    let bearer = Bearer::new(Secret::new("token", TOKEN.to_owned()).unwrap()).unwrap();
    Core::new(&PROVIDER, Arc::new(bearer), settings).unwrap()
}

// What a generated method does.
async fn send<T: Lenient + DeserializeOwned>(
    core: &Core,
    operation: &'static Operation,
    options: CallOptions,
) -> Result<Response<T>, Error> {
    let call = Call::new(core, operation, options);
    let method = http::Method::from_bytes(operation.method.as_bytes()).unwrap();
    let mut request = core
        .http()
        .request(method, format!("{}{}", core.base_url(), operation.path));
    if operation.method == "POST" {
        request = request.json(&json!({"name": "n"}));
    }
    call.send(Ok(TypedRequest::reads(request.build().unwrap())))
        .await
}

// The same with text or bytes both ways.
async fn send_raw<T>(
    core: &Core,
    operation: &'static Operation,
    body: &'static [u8],
    reads: fn(reqwest::Request) -> TypedRequest<T>,
) -> Result<Response<T>, Error> {
    let call = Call::new(core, operation, CallOptions::default());
    let request = core
        .http()
        .put(format!("{}{}", core.base_url(), operation.path))
        .header("content-type", "application/pdf")
        .body(body);
    call.send(Ok(reads(request.build().unwrap()))).await
}

async fn get(core: &Core) -> Result<Response<Envelope>, Error> {
    send(core, &GET, CallOptions::default()).await
}

async fn post(core: &Core) -> Result<Response<Envelope>, Error> {
    send(core, &POST, CallOptions::default()).await
}

#[tokio::test]
async fn b1_b4_b15_a_plain_call() {
    let server = Server::start(vec![reply(
        200,
        "x-request-id: r-1\r\nratelimit-remaining: 12\r\nratelimit-limit: lots\r\n",
        GOOD,
    )])
    .await;
    let core = core(
        server
            .settings()
            .user_agent("backup/1")
            .header("x-all", "1"),
    );
    let options = CallOptions::default()
        .header("x-one", "2")
        .query("a b", "c&d");
    let response: Response<Envelope> = send(&core, &GET, options).await.unwrap();
    assert_eq!(response.value().thing.state, Some(State::Active));
    assert_eq!(response.status(), 200);
    assert_eq!(response.body(), GOOD);
    assert_eq!(response.request_id(), Some("r-1"));
    assert_eq!(response.headers()["x-request-id"], "r-1");
    assert_eq!(response.attempts().len(), 1);
    assert_eq!(response.rate_limit().unwrap().remaining, Some(12));
    assert_eq!(core.rate_limit(), response.rate_limit());
    assert!(response.drift().is_empty());
    let head = server.head(0).to_lowercase();
    assert!(
        head.starts_with("get /v2/thing?a+b=c%26d http/1.1"),
        "{head}"
    );
    for part in [
        &format!("authorization: bearer {TOKEN}\r\n"),
        "x-all: 1\r\n",
        "x-one: 2\r\n",
        "accept-encoding: gzip\r\n",
        " backup/1\r\n",
    ] {
        assert!(head.contains(part), "{part} in {head}");
    }
}

#[tokio::test]
async fn b7_get_is_retried_on_503_and_closed_connections() {
    let server = Server::start(vec![
        reply(503, "", ""),
        Step::SendAndClose(Vec::new()),
        Step::SendAndClose(b"HTTP/1.1 200 OK\r\ncontent-length: 500\r\n\r\n{\"thing\"".to_vec()),
        ok(),
    ])
    .await;
    let response = get(&server.core()).await.unwrap();
    assert_eq!(server.count(), 4);
    let attempts = response.attempts();
    assert_eq!(attempts[0].status, Some(503));
    assert_eq!(attempts[1].status, None);
    assert!(
        attempts[1].error.as_ref().unwrap().contains("closed"),
        "{attempts:?}"
    );
    assert_eq!(attempts[2].status, Some(200));
    assert!(
        attempts[2].error.as_ref().unwrap().contains("cut short"),
        "{attempts:?}"
    );
    assert_eq!(attempts[3].error, None);
}

#[tokio::test]
async fn b7_no_more_attempts_than_allowed() {
    let server = Server::start((0..9).map(|_| reply(502, "", "")).collect()).await;
    let error = get(&server.core()).await.unwrap_err();
    assert_eq!(server.count(), 4);
    assert_eq!(error.attempts().len(), 4);
    assert!(
        error.to_string().contains("4 attempts: 502, 502, 502, 502"),
        "{error}"
    );
    assert!(!error.outcome_unknown());
    let options = CallOptions::default().max_attempts(1);
    let error = send::<Envelope>(&server.core(), &GET, options)
        .await
        .unwrap_err();
    assert_eq!(error.attempts().len(), 1);
    assert_eq!(server.count(), 5);
}

#[tokio::test]
async fn b8_a_post_that_may_have_arrived_is_sent_once() {
    for (step, status, unknown) in [
        (reply(500, "", ""), Some(500), true),
        (reply(503, "retry-after: 0\r\n", ""), Some(503), true),
        (reply(524, "", ""), Some(524), true),
        (reply(408, "", ""), Some(408), true),
        (reply(422, "", ""), Some(422), false),
        (Step::SendAndClose(Vec::new()), None, true),
    ] {
        let server = Server::start(vec![step, ok()]).await;
        let error = post(&server.core()).await.unwrap_err();
        assert_eq!(server.count(), 1, "{error}");
        assert_eq!(error.status(), status, "{error}");
        assert_eq!(error.outcome_unknown(), unknown, "{error}");
    }
}

#[tokio::test]
async fn b8_a_post_is_repeated_only_if_the_caller_says_so() {
    let server = Server::start(vec![reply(500, "", ""), ok()]).await;
    let options = CallOptions::default().retry_post(true);
    let response: Response<Envelope> = send(&server.core(), &POST, options).await.unwrap();
    assert_eq!(response.attempts().len(), 2);
    let seen = server.seen.lock().unwrap();
    assert_eq!(seen[0].body, r#"{"name":"n"}"#);
    assert_eq!(seen[1].body, seen[0].body);
}

#[tokio::test]
async fn b7_bytes_are_sent_again_as_they_were() {
    const BODY: &[u8] = b"%P\xff\0\x80\r\n";
    let bytes = raw(200, "content-type: image/png\r\n", b"\x89\0\xff\n");
    let server = Server::start(vec![reply(503, "", ""), Step::Send(bytes)]).await;
    let response = send_raw(&server.core(), &GET, BODY, TypedRequest::reads_bytes)
        .await
        .unwrap();
    assert_eq!(&response.value()[..], b"\x89\0\xff\n");
    assert_eq!(response.value().as_ptr(), response.body().as_ptr());
    assert_eq!(response.attempts().len(), 2);
    let seen = server.seen.lock().unwrap();
    assert_eq!(seen.len(), 2);
    for seen in seen.iter() {
        assert_eq!(seen.bytes, BODY);
        let typed = "content-type: application/pdf\r\n";
        assert!(seen.head.contains(typed), "{}", seen.head);
    }
}

#[tokio::test]
async fn b11_text_is_given_as_it_came_and_is_utf8() {
    let csv = "id,name\r\n1,\"Grüße, 日本\"\r\n";
    let bad = raw(200, "content-type: text/csv\r\n", b"a,\xffb\n");
    let good = reply(200, "content-type: text/csv\r\n", csv);
    let server = Server::start(vec![good, reply(200, "", ""), Step::Send(bad)]).await;
    let core = server.core();
    let text = || send_raw(&core, &GET, b"", TypedRequest::reads_text);
    assert_eq!(text().await.unwrap().into_value(), csv);
    assert_eq!(text().await.unwrap().into_value(), "");
    let error = text().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Decode);
    assert_eq!(error.status(), Some(200));
    assert_eq!(&error.body()[..], b"a,\xffb\n");
    assert!(error.message().contains("at byte 2"), "{error}");
}

#[tokio::test]
async fn b7_429_is_retried_for_a_post_after_the_hint() {
    let server = Server::start(vec![reply(429, "retry-after: 1\r\n", ""), ok()]).await;
    let started = Instant::now();
    let response = post(&server.core()).await.unwrap();
    assert!(started.elapsed() >= Duration::from_secs(1));
    assert!(response.attempts()[1].waited >= Duration::from_secs(1));
    assert_eq!(server.count(), 2);
}

#[tokio::test]
async fn b7_a_hint_that_does_not_fit_ends_the_call_at_once() {
    for settings in [
        Settings::default(),
        Settings::default().max_retry_after(Duration::from_secs(1)),
    ] {
        let server = Server::start(vec![reply(429, "retry-after: 60\r\n", ""), ok()]).await;
        let settings = settings
            .base_url(format!("http://{}", server.address))
            .timeout(Duration::from_secs(30));
        let started = Instant::now();
        let error = get(&core(settings)).await.unwrap_err();
        assert!(started.elapsed() < Duration::from_secs(2));
        assert_eq!(error.kind(), ErrorKind::RateLimited);
        assert_eq!(error.retry_after(), Some(Duration::from_secs(60)));
        assert_eq!(server.count(), 1);
    }
}

#[tokio::test]
async fn b7_a_refused_connection_is_retried_for_every_method() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let settings = Settings::default()
        .base_url(format!("http://{address}"))
        .backoff_base(Duration::from_millis(1));
    let error = post(&core(settings)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Connection);
    assert_eq!(error.attempts().len(), 4);
    assert!(!error.outcome_unknown());
    assert!(error.message().contains(&address.to_string()), "{error}");
    assert!(error.message().contains("refused"), "{error}");
    assert!(std::error::Error::source(&error).is_some());
}

#[tokio::test]
async fn b6_attempts_and_calls_are_bounded() {
    let server = Server::start((0..9).map(|_| Step::SendAndHang(Vec::new())).collect()).await;
    let core = core(
        server
            .settings()
            .attempt_timeout(Duration::from_millis(100))
            .max_attempts(2),
    );
    let error = get(&core).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout);
    assert_eq!(error.attempts().len(), 2);
    assert!(!error.outcome_unknown());
    let error = post(&core).await.unwrap_err();
    assert_eq!(error.attempts().len(), 1);
    assert!(error.outcome_unknown());
    let started = Instant::now();
    let options = CallOptions::default()
        .timeout(Duration::from_millis(150))
        .attempt_timeout(Duration::from_secs(9));
    let error = send::<Envelope>(&core, &GET, options).await.unwrap_err();
    assert!(started.elapsed() < Duration::from_secs(1));
    assert!(error.message().contains("the call's 0.15 s"), "{error}");
}

#[tokio::test]
async fn b6_a_stalled_body_counts() {
    let start = b"HTTP/1.1 200 OK\r\ncontent-length: 500\r\n\r\n{".to_vec();
    let server = Server::start(vec![Step::SendAndHang(start)]).await;
    let core = core(
        server
            .settings()
            .attempt_timeout(Duration::from_millis(100))
            .max_attempts(1),
    );
    let error = get(&core).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout);
    assert_eq!(error.status(), Some(200));
    assert_eq!(error.body(), "{");
}

#[tokio::test]
async fn b13_a_404_has_all_its_parts() {
    let body = r#"{"id":"not_found","message":"no such thing","request_id":"4851"}"#;
    let server = Server::start(vec![reply(404, "x-a: b\r\n", body)]).await;
    let error = get(&server.core()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Api);
    assert_eq!(error.status(), Some(404));
    assert_eq!(error.code(), Some("not_found"));
    assert_eq!(error.message(), "no such thing");
    assert_eq!(error.request_id(), Some("4851"));
    assert_eq!(error.headers()["x-a"], "b");
    assert_eq!(error.body(), body);
    assert_eq!(error.operation_id(), Some("thing_get"));
    assert_eq!(
        error.to_string(),
        "thing_get: 404 not_found: no such thing (request 4851, 1 attempt)"
    );
}

#[tokio::test]
async fn b13_a_proxys_page_is_kept_and_shortened() {
    let page = format!("<html><h1>Bad Gateway</h1>{}</html>", "filler ".repeat(200));
    let server = Server::start(vec![reply(502, "content-type: text/html\r\n", &page)]).await;
    let error = post(&server.core()).await.unwrap_err();
    assert_eq!(error.status(), Some(502));
    assert_eq!(error.body(), page.as_bytes());
    assert!(error.message().starts_with("Bad Gateway filler"), "{error}");
    assert!(error.to_string().len() < 500, "{error}");
    assert!(!error.to_string().contains('\n'));
}

#[tokio::test]
async fn b13_an_error_cut_short_is_still_that_error() {
    let start = b"HTTP/1.1 409 X\r\ncontent-length: 500\r\n\r\nbusy".to_vec();
    let server = Server::start(vec![Step::SendAndClose(start)]).await;
    let error = post(&server.core()).await.unwrap_err();
    assert_eq!((error.status(), error.message()), (Some(409), "busy"));
    assert!(!error.outcome_unknown());
}

#[tokio::test]
async fn b8_a_truncated_answer_to_a_post_leaves_the_outcome_open() {
    let start = b"HTTP/1.1 201 X\r\ncontent-length: 500\r\n\r\n{".to_vec();
    let server = Server::start(vec![Step::SendAndClose(start), ok()]).await;
    let error = post(&server.core()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Connection);
    assert_eq!(error.status(), Some(201));
    assert!(error.outcome_unknown());
    assert_eq!(server.count(), 1);
}

#[tokio::test]
async fn b13_a_body_that_is_no_json_says_where() {
    let server = Server::start(vec![reply(200, "", "{\"thing\": {\"id\": nope}}")]).await;
    let error = get(&server.core()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Decode);
    assert_eq!(error.status(), Some(200));
    assert!(
        error.message().contains("$.thing.id (line 1, column 1"),
        "{error}"
    );
    assert_eq!(error.body(), "{\"thing\": {\"id\": nope}}");
    assert_eq!(error.attempts().len(), 1);
}

#[tokio::test]
async fn b8_a_deletion_lost_once_and_then_not_found_is_done() {
    let server = Server::start(vec![
        Step::SendAndClose(Vec::new()),
        reply(404, "", "{}"),
        reply(429, "retry-after: 0\r\n", ""),
        reply(404, "", "{}"),
    ])
    .await;
    let core = server.core();
    let done: Response<()> = send(&core, &DELETE, CallOptions::default()).await.unwrap();
    assert_eq!(done.status(), 404);
    assert_eq!(done.attempts().len(), 2);
    // A refusal before acting is no lost attempt.
    let error = send::<()>(&core, &DELETE, CallOptions::default())
        .await
        .unwrap_err();
    assert!(error.is_not_found());
}

#[tokio::test]
async fn b9_redirects_stay_within_the_origin() {
    let server = Server::start(vec![
        reply(302, "location: /v2/other?x=1\r\n", ""),
        ok(),
        reply(301, "location: http://127.0.0.1:1/steal?token=1\r\n", ""),
        reply(307, "location: /a\r\n", ""),
        reply(307, "location: /b\r\n", ""),
        reply(307, "location: /c\r\n", ""),
        reply(307, "location: /d\r\n", ""),
        reply(307, "location: /v2/other\r\n", ""),
    ])
    .await;
    let core = server.core();
    let response = get(&core).await.unwrap();
    assert_eq!(response.value().thing.id, "a");
    assert!(server.head(1).starts_with("GET /v2/other?x=1 "));
    assert!(server.head(1).contains(TOKEN));
    let error = get(&core).await.unwrap_err();
    assert_eq!((error.kind(), error.status()), (ErrorKind::Api, Some(301)));
    assert!(error.message().contains("another origin"), "{error}");
    assert!(!error.message().contains("steal"), "{error}");
    let error = get(&core).await.unwrap_err();
    assert!(error.message().contains("more than 3 times"), "{error}");
    assert_eq!(server.count(), 7);
    let error = post(&core).await.unwrap_err();
    assert_eq!(error.status(), Some(307));
    assert_eq!(server.count(), 8);
}

#[tokio::test]
async fn b9_a_redirect_that_is_the_answer_is_not_followed() {
    static LOGIN: Operation = Operation {
        redirects: true,
        ..GET
    };
    static SIGN: Operation = Operation {
        redirects: true,
        ..POST
    };
    let elsewhere = "location: https://elsewhere.example/?state=1\r\n";
    let server = Server::start(vec![
        reply(302, elsewhere, "<p>Moved</p>"),
        reply(303, "location: /v2/other\r\n", ""),
        reply(204, "", ""),
        reply(304, "", ""),
    ])
    .await;
    let core = server.core();
    let mut seen = Vec::new();
    for operation in [&LOGIN, &SIGN, &LOGIN] {
        let done = send_raw(&core, operation, b"", TypedRequest::reads_nothing)
            .await
            .unwrap();
        let location = done.headers().get("location").cloned();
        seen.push((done.status(), location));
    }
    let at = |place: &'static str| Some(http::HeaderValue::from_static(place));
    assert_eq!(
        seen,
        [
            (302, at("https://elsewhere.example/?state=1")),
            (303, at("/v2/other")),
            (204, None)
        ]
    );
    let error = send_raw(&core, &LOGIN, b"", TypedRequest::reads_nothing)
        .await
        .unwrap_err();
    assert_eq!(error.status(), Some(304));
    assert_eq!(server.count(), 4);
}

#[tokio::test]
async fn b10_a_body_has_a_limit_also_after_decompression() {
    let server = Server::start(vec![
        reply(200, "", &format!("{{\"x\":\"{}\"}}", "y".repeat(2000))),
        // 5,000 zeros in gzip.
        Step::Send(raw(200, "content-encoding: gzip\r\n", &gzip_of_zeros(5000))),
        Step::Send(raw(200, "content-encoding: gzip\r\n", b"not gzip at all")),
    ])
    .await;
    let core = core(server.settings().max_body_bytes(1000));
    for _ in 0..2 {
        let error = get(&core).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Decode);
        assert!(error.message().contains("limit of 1000 bytes"), "{error}");
        assert_eq!(error.status(), Some(200));
        assert_eq!(error.attempts().len(), 1);
    }
    let error = get(&core).await.unwrap_err();
    assert!(error.message().contains("decompressed"), "{error}");
}

// One stored deflate block per 60 kB would do; small sizes need just one.
fn gzip_of_zeros(length: u16) -> Vec<u8> {
    let data = vec![b'0'; usize::from(length)];
    let mut bytes = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255, 1];
    bytes.extend_from_slice(&length.to_le_bytes());
    bytes.extend_from_slice(&(!length).to_le_bytes());
    bytes.extend_from_slice(&data);
    let mut crc = u32::MAX;
    for byte in &data {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = (crc >> 1) ^ (0xedb8_8320 & (0_u32.wrapping_sub(crc & 1)));
        }
    }
    bytes.extend_from_slice(&(!crc).to_le_bytes());
    bytes.extend_from_slice(&u32::from(length).to_le_bytes());
    bytes
}

#[tokio::test]
async fn b10_gzip_is_decoded() {
    let server = Server::start(vec![Step::Send(raw(
        200,
        "content-encoding: gzip\r\n",
        &gzip_of_zeros(3),
    ))])
    .await;
    let core = server.core();
    let error = core
        .request("GET", "/x", None, CallOptions::default())
        .await
        .unwrap_err();
    // 000 is no JSON, which is the proof that it was unpacked.
    assert_eq!(error.body(), "000");
}

#[tokio::test]
async fn b10_connections_are_reused() {
    let server = Server::start(vec![ok(), ok(), ok()]).await;
    let core = server.core();
    for _ in 0..3 {
        get(&core).await.unwrap();
    }
    assert_eq!(*server.connections.lock().unwrap(), 1);
}

#[test]
fn b10_a_connection_closed_while_idle_never_fails_a_post() {
    // Two runtimes: the client's must not run while the server closes the connection.
    let servers = tokio::runtime::Runtime::new().unwrap();
    let server = servers.block_on(Server::start(
        (0..20)
            .map(|_| Step::SendAndCloseLater(raw(200, "", GOOD.as_bytes())))
            .collect(),
    ));
    let client = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let core = core(server.settings().max_attempts(1));
    for _ in 0..20 {
        client.block_on(post(&core)).unwrap();
        std::thread::sleep(Duration::from_millis(30));
    }
    assert_eq!(server.count(), 20);
}

#[cfg(feature = "blocking")]
#[test]
fn b10_a_blocking_call_sees_a_connection_closed_while_nobody_drove() {
    let servers = tokio::runtime::Runtime::new().unwrap();
    let server = servers.block_on(Server::start(
        (0..5)
            .map(|_| Step::SendAndCloseLater(raw(200, "", GOOD.as_bytes())))
            .collect(),
    ));
    let client = snapline_runtime::Runtime::new(|| ()).unwrap();
    let core = core(server.settings());
    for _ in 0..5 {
        let response = client.block_on(get(&core)).unwrap().unwrap();
        // Written to the closed connection it would have been tried twice.
        assert_eq!(response.attempts().len(), 1);
        std::thread::sleep(Duration::from_millis(30));
    }
}

#[tokio::test]
async fn b11_any_2xx_and_an_empty_body() {
    let server = Server::start(vec![
        reply(202, "", ""),
        reply(204, "", ""),
        reply(299, "", GOOD),
        reply(200, "", ""),
    ])
    .await;
    let core = server.core();
    for status in [202, 204] {
        let done: Response<()> = send(&core, &DELETE, CallOptions::default()).await.unwrap();
        assert_eq!(done.status(), status);
    }
    assert_eq!(post(&core).await.unwrap().status(), 299);
    let error = get(&core).await.unwrap_err();
    assert_eq!(error.message(), "the answer has no body");
}

#[tokio::test]
async fn b12_repeated_keys_and_unknown_values_are_no_drift() {
    let body = r#"{"thing":{"id":"first","id":"last","size":2,"state":"NEW_STATE","extra":[{}]}}"#;
    let server = Server::start(vec![reply(200, "", body)]).await;
    let response = get(&core(server.settings().strict(true))).await.unwrap();
    let thing = &response.value().thing;
    assert_eq!(thing.id, "last");
    let state = thing.state.as_ref().unwrap();
    assert_eq!((state.as_str(), state.is_listed()), ("NEW_STATE", false));
    assert!(response.body().windows(5).any(|w| w == b"extra"));
}

#[tokio::test]
async fn b12_drift_is_told_and_strict_makes_it_an_error() {
    let body = r#"{"thing":{"size":"big","state":null}}"#;
    let server = Server::start(vec![reply(200, "", body), reply(200, "", body)]).await;
    let core = server.core();
    let response = get(&core).await.unwrap();
    assert_eq!(response.value().thing.id, "");
    assert_eq!(response.value().thing.size, 0);
    assert_eq!(response.value().thing.state, None);
    let drift: Vec<_> = response
        .drift()
        .iter()
        .map(|d| (d.model, d.field, d.what))
        .collect();
    assert_eq!(
        drift,
        [
            ("Thing", "id", DriftKind::Missing),
            ("Thing", "size", DriftKind::Wrong)
        ]
    );
    let options = CallOptions::default().strict(true);
    let error = send::<Envelope>(&core, &GET, options).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Decode);
    assert!(
        error
            .message()
            .contains("Thing.id is missing at $.thing.id"),
        "{error}"
    );
    assert_eq!(error.body(), body);
}

#[tokio::test]
async fn b15_raw_requests_share_everything() {
    let server = Server::start(vec![
        reply(503, "", ""),
        reply(200, "", r#"{"a":1}"#),
        reply(201, "", ""),
    ])
    .await;
    let core = server.core();
    let options = CallOptions::default();
    let response = core
        .request("get", "/v2/any?x=%20", None, options)
        .await
        .unwrap();
    assert_eq!(response.value(), &json!({"a": 1}));
    assert_eq!(response.attempts().len(), 2);
    assert!(server.head(1).starts_with("GET /v2/any?x=%20 "));
    assert!(server.head(1).contains(TOKEN));
    let body = Some(json!({"b": 2}));
    let response = core
        .request("POST", "/v2/any", body, CallOptions::default())
        .await
        .unwrap();
    assert_eq!(response.into_value(), Value::Null);
    assert_eq!(server.seen.lock().unwrap()[2].body, r#"{"b":2}"#);
    for (method, path) in [
        ("GET", "v2"),
        ("GET", "@evil.example/"),
        ("GET", "/a#b"),
        ("G T", "/"),
        ("CONNECT", "/"),
    ] {
        let error = core
            .request(method, path, None, CallOptions::default())
            .await
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidArgument, "{method} {path}");
    }
    assert_eq!(server.count(), 3);
}

#[tokio::test]
async fn b2_the_token_leaves_only_over_https_or_to_this_machine() {
    let build = |settings| {
        let bearer = Bearer::new(Secret::new("token", TOKEN.to_owned()).unwrap()).unwrap();
        Core::new(&PROVIDER, Arc::new(bearer), settings)
    };
    for bad in [
        "http://api.example.com",
        "ftp://api.example.com",
        "api.example.com",
        "https://me:hunter2@api.example.com",
        "https://api.example.com?x=1",
        "",
    ] {
        let error = build(Settings::default().base_url(bad)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config, "{bad}");
        assert!(!error.to_string().contains("hunter2"), "{error}");
    }
    let insecure = Settings::default()
        .base_url("http://api.example.com")
        .allow_insecure(true);
    assert!(build(insecure).is_ok());
    let prefixed = build(Settings::default().base_url("https://h/1.0/")).unwrap();
    assert_eq!(prefixed.base_url(), "https://h/1.0");
    let default = build(Settings::default()).unwrap();
    assert_eq!(default.base_url(), "https://api.test.invalid");
    let other = CallOptions::default();
    let call = Call::new(&prefixed, &GET, other);
    let astray = prefixed.http().get("https://other/x").build().unwrap();
    let request = TypedRequest::<Envelope>::reads(astray);
    let error = call.send(Ok(request)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Internal);
    assert!(error.attempts().is_empty());
}

/// The server and the operation of a document, as a generated client has them.
fn served_at(document: String, own: String) -> (&'static Provider, &'static Operation) {
    let provider = Provider {
        server_url: document.leak(),
        name: "test",
        url_variable: "SNAPLINE_RUNTIME_TEST_URL",
        errors: PROVIDER.errors,
    };
    let operation = Operation {
        server: Some(own.leak()),
        ..GET
    };
    (
        Box::leak(Box::new(provider)),
        Box::leak(Box::new(operation)),
    )
}

#[tokio::test]
async fn b2_an_operation_goes_to_its_own_server_unless_a_base_url_is_given() {
    let (usual, own) = (Server::start(vec![]).await, Server::start(vec![ok()]).await);
    let at = |server: &Server| format!("http://{}", server.address);
    let (provider, operation) = served_at(at(&usual), format!("{}/own", at(&own)));
    let bearer = || {
        let token = Secret::new("token", TOKEN.to_owned()).unwrap();
        Arc::new(Bearer::new(token).unwrap())
    };
    let call = async |core: &Core, address: reqwest::Url| {
        let request = core.http().get(address).build().unwrap();
        let call = Call::new(core, operation, CallOptions::default());
        call.send(Ok(TypedRequest::<Envelope>::reads(request)))
            .await
    };
    let core = Core::new(provider, bearer(), Settings::default()).unwrap();
    let address = core.url_at(operation.server.unwrap(), operation.path);
    call(&core, address).await.unwrap();
    let head = own.head(0);
    assert!(head.starts_with("GET /own/v2/thing "), "{head}");
    assert!(
        head.contains(&format!("authorization: Bearer {TOKEN}")),
        "{head}"
    );
    assert_eq!(usual.count(), 0);
    // Nothing else goes there, and it goes nowhere else.
    let error = call(&core, core.url(operation.path)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Internal);
    let request = core.http().get(format!("{}/own/v2/thing", at(&own)));
    let other = Call::new(&core, &GET, CallOptions::default());
    let request = TypedRequest::<Envelope>::reads(request.build().unwrap());
    let error = other.send(Ok(request)).await.unwrap_err();
    assert_eq!((error.kind(), own.count()), (ErrorKind::Internal, 1));

    let given = Server::start(vec![ok()]).await;
    let core = Core::new(provider, bearer(), given.settings()).unwrap();
    let address = core.url_at(operation.server.unwrap(), operation.path);
    call(&core, address).await.unwrap();
    assert!(given.head(0).starts_with("GET /v2/thing "));
    assert_eq!(own.count(), 1);

    // A token does not go there in the open.
    let (provider, operation) = served_at(at(&usual), "http://api.example.com".to_owned());
    let core = Core::new(provider, bearer(), Settings::default()).unwrap();
    let address = core.url_at(operation.server.unwrap(), operation.path);
    let request = core.http().get(address).build().unwrap();
    let call = Call::new(&core, operation, CallOptions::default());
    let request = TypedRequest::<Envelope>::reads(request);
    let error = call.send(Ok(request)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
    assert!(error.message().contains("allow_insecure"), "{error}");
}

#[tokio::test]
async fn b19_a_token_that_the_service_repeats_is_redacted() {
    let body = format!(r#"{{"id":"unauthorized","message":"bad token {TOKEN}"}}"#);
    let server = Server::start(vec![reply(
        401,
        &format!("x-echo: Bearer {TOKEN}\r\n"),
        &body,
    )])
    .await;
    let core = server.core();
    let error = get(&core).await.unwrap_err();
    assert_eq!(error.message(), "bad token [redacted]");
    let body = String::from_utf8(error.body().to_vec()).unwrap();
    let all = format!("{error} {error:?} {body} {:?} {core:?}", error.headers());
    assert!(!all.contains("hunter2"), "{all}");
    assert!(body.ends_with(r#"bad token [redacted]"}"#), "{body}");
}

#[tokio::test]
async fn b19_a_success_shows_its_id_without_the_token() {
    let id = format!("x-request-id: r-{TOKEN}-1\r\n");
    let server = Server::start(vec![reply(200, &id, GOOD)]).await;
    let core = server.core();
    let response: Response<Envelope> = send(&core, &GET, CallOptions::default()).await.unwrap();
    assert_eq!(response.request_id(), Some("r-[redacted]-1"));
}

#[tokio::test]
async fn b14_pacing_waits_for_the_reset() {
    let reset = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap()
        .as_secs()
        + 2;
    let spent = format!("ratelimit-remaining: 0\r\nratelimit-reset: {reset}\r\n");
    let far = format!(
        "ratelimit-remaining: 0\r\nratelimit-reset: {}\r\n",
        reset + 1000
    );
    let server = Server::start(vec![reply(200, &spent, GOOD), reply(200, &far, GOOD)]).await;
    let core = core(server.settings().pacing(true));
    get(&core).await.unwrap();
    let started = Instant::now();
    get(&core).await.unwrap();
    assert!(started.elapsed() > Duration::from_millis(500));
    let error = post(&core).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::RateLimited);
    assert!(error.retry_after().unwrap() > Duration::from_secs(900));
    assert!(!error.outcome_unknown());
    assert_eq!(server.count(), 2);
}

#[tokio::test]
async fn b25_a_closed_client_says_so() {
    let server = Server::start(vec![ok()]).await;
    let core = server.core();
    get(&core).await.unwrap();
    core.clone().close();
    assert!(core.is_closed());
    let error = get(&core).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Closed);
    assert_eq!(error.operation_id(), Some("thing_get"));
    assert_eq!(server.count(), 1);
}

#[tokio::test]
async fn bad_call_options_send_nothing() {
    let server = Server::start(vec![ok()]).await;
    for options in [
        CallOptions::default().max_attempts(0),
        CallOptions::default().timeout(Duration::ZERO),
        CallOptions::default().header("authorization", "x"),
    ] {
        let error = send::<Envelope>(&server.core(), &GET, options)
            .await
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidArgument);
    }
    assert_eq!(server.count(), 0);
}

#[tokio::test]
async fn b5_a_server_that_speaks_no_tls_is_a_connection_error() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
        }
    });
    let settings = Settings::default()
        .base_url(format!("https://{address}"))
        .backoff_base(Duration::from_millis(1));
    let error = post(&core(settings)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Connection);
    assert!(error.message().starts_with("could not connect"), "{error}");
    assert!(!error.outcome_unknown());
    assert_eq!(error.attempts().len(), 4);
}

#[tokio::test]
async fn b5_a_proxy_that_speaks_no_tls_is_told_from_the_service() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let proxy = format!("https://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
        }
    });
    let settings = Settings::default()
        .base_url("https://storage.example")
        .proxy(&proxy)
        .backoff_base(Duration::from_millis(1));
    let error = post(&core(settings)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Connection);
    let wanted =
        format!("could not connect to the proxy {proxy} (`proxy`): TLS is not spoken there");
    assert!(error.message().starts_with(&wanted), "{error}");
    assert!(!error.outcome_unknown());
}

#[tokio::test]
async fn b5_a_proxy_of_an_unknown_name_is_told_from_the_service() {
    let settings = Settings::default()
        .base_url("https://storage.example")
        .proxy("http://proxy.invalid:3128")
        .max_attempts(1);
    let error = post(&core(settings)).await.unwrap_err();
    // A resolver may take its time, too.
    assert!(
        error
            .message()
            .contains("the proxy http://proxy.invalid:3128"),
        "{error}"
    );
    assert!(!error.outcome_unknown());
}
