//! The HTTP side: connections in, answers out.
use std::collections::{BTreeMap, VecDeque};
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use hyper::header::{HOST, HeaderMap, HeaderName, HeaderValue};
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::cases::{self, Arrived, Cases};
use crate::document::{Document, Found, Operation};
use crate::faults::{self, Fate, Fault, Faults};
use crate::ids::Ids;
use crate::lock::lock;
use crate::options::States;
use crate::provider::{Call, Provider};
use crate::respond::{Answer, Refusal};
use crate::validate;

/// The largest request body, 1 MiB.
const BODY_LIMIT: usize = 1 << 20;
/// How many requests the log keeps.
const LOG_LIMIT: usize = 10_000;

/// Where it is told how often each operation was asked for.
const COUNTS: &str = "/requests";

/// A request that the server answered.
#[derive(Debug, Clone)]
pub struct Recorded {
    /// The method, in capitals.
    pub method: String,
    /// Path and query as they were sent.
    pub target: String,
    /// Headers in their order, names in small letters.
    pub headers: Vec<(String, String)>,
    /// The body; empty where there was none.
    pub body: Vec<u8>,
    /// The status of the answer.
    pub status: u16,
}

impl Recorded {
    /// The first header with this name, given in small letters.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }
}

/// What all connections share.
#[derive(Debug)]
pub(crate) struct Shared {
    /// Each with its document, as requests are checked against it.
    pub(crate) services: Vec<(&'static Document, Box<dyn Provider>)>,
    pub(crate) cases: Option<Cases>,
    pub(crate) states: States,
    pub(crate) faults: Option<Mutex<Faults>>,
    /// What requests meet that ask for no fault.
    pub(crate) usual_faults: Vec<String>,
    pub(crate) record: bool,
    pub(crate) verbose: bool,
    pub(crate) request_ids: Mutex<Ids>,
    pub(crate) log: Mutex<VecDeque<Recorded>>,
    /// How often each operation was asked for, refusals counted in.
    pub(crate) counts: Mutex<BTreeMap<String, u64>>,
    pub(crate) address: SocketAddr,
}

/// Serves until told to stop; then open connections are dropped.
pub(crate) async fn serve(
    listener: TcpListener,
    shared: Arc<Shared>,
    mut stop: watch::Receiver<bool>,
) {
    let mut connections = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = stop.wait_for(|stop| *stop) => return,
        };
        // Ended connections are forgotten as new ones come.
        while connections.try_join_next().is_some() {}
        let stream = match accepted {
            Ok((stream, _)) => stream,
            Err(_) => {
                // Out of file handles, most likely: some will be free soon.
                tokio::time::sleep(Duration::from_millis(20)).await;
                continue;
            }
        };
        // Small answers must not wait for the client's acknowledgement; without it they are only slower.
        let _ = stream.set_nodelay(true);
        let shared = Arc::clone(&shared);
        connections.spawn(async move {
            let service = service_fn(move |request| respond(Arc::clone(&shared), request));
            // A connection that breaks is the client's affair.
            let _ = hyper::server::conn::http1::Builder::new()
                .timer(TokioTimer::new())
                .pipeline_flush(true)
                .serve_connection(TokioIo::new(stream), service)
                .await;
        });
    }
}

async fn respond(
    shared: Arc<Shared>,
    request: Request<Incoming>,
) -> io::Result<Response<Full<Bytes>>> {
    let begun = Instant::now();
    let (head, body) = request.into_parts();
    let body = Limited::new(body, BODY_LIMIT)
        .collect()
        .await
        .map(|whole| whole.to_bytes());
    let (method, path) = (head.method.as_str(), head.uri.path());
    let query = head.uri.query().unwrap_or_default();

    let request_id = lock(&shared.request_ids).uuid();
    let answer = match &body {
        Err(_) => {
            let message = format!("body: it is cut short, or larger than {BODY_LIMIT} bytes.");
            Refusal::new(413, "too_large", message).answer(None, &request_id)
        }
        Ok(body) => {
            let host = head.headers.get(HOST).and_then(|host| host.to_str().ok());
            let base = match host {
                Some(host) => format!("http://{host}"),
                None => format!("http://{}", shared.address),
            };
            let headers = &head.headers;
            let arrived = Arrived {
                method,
                path,
                query,
                headers,
                body,
                base: &base,
                request_id: &request_id,
            };
            match &shared.cases {
                Some(cases) if path.starts_with(cases::PREFIX) => cases.answer(&arrived),
                _ => shared.answer(&arrived).await,
            }
        }
    };
    if shared.verbose {
        let note = if answer.status == 418 {
            String::from_utf8_lossy(&answer.body)
        } else {
            "".into()
        };
        eprintln!(
            "{method} {} -> {} in {:.1?} {note}",
            head.uri,
            answer.status,
            begun.elapsed()
        );
    }
    if shared.record {
        let headers = head.headers.iter().map(|(name, value)| {
            (
                name.to_string(),
                String::from_utf8_lossy(value.as_bytes()).into_owned(),
            )
        });
        let recorded = Recorded {
            method: method.to_owned(),
            target: head.uri.to_string(),
            headers: headers.collect(),
            body: body.unwrap_or_default().to_vec(),
            status: answer.status,
        };
        let mut log = lock(&shared.log);
        if log.len() == LOG_LIMIT {
            log.pop_front();
        }
        log.push_back(recorded);
    }
    if answer.lost {
        // hyper closes the connection of a service that fails.
        return Err(io::Error::other("the answer is lost"));
    }
    Ok(build(answer))
}

fn build(answer: Answer) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(answer.body));
    *response.status_mut() =
        StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    for (name, value) in answer.headers {
        if let (Ok(name), Ok(value)) = (
            HeaderName::try_from(name.as_str()),
            HeaderValue::try_from(value),
        ) {
            response.headers_mut().append(name, value);
        }
    }
    response
}

impl Shared {
    /// An answer of the provider whose path it is, with the headers that every answer of it has.
    async fn answer(&self, arrived: &Arrived<'_>) -> Answer {
        if arrived.path == COUNTS && arrived.method == "GET" {
            return Answer::json(200, &*lock(&self.counts));
        }
        let claimed = |(_, provider): &&(_, Box<dyn Provider>)| provider.claims(arrived.path);
        let Some((document, provider)) = self.services.iter().find(claimed) else {
            return nothing(arrived.path).answer(None, arrived.request_id);
        };
        let provider = &**provider;
        let mut answer = match provider.aside(arrived) {
            Some(answer) => answer,
            None => self.answer_by_document(document, provider, arrived).await,
        };
        answer.headers.extend(provider.headers(arrived));
        if let Some(limits) = provider.limits() {
            let told = limits.headers(provider.caller(arrived), Instant::now());
            answer.headers.extend(told);
        }
        answer
    }

    async fn answer_by_document(
        &self,
        document: &'static Document,
        provider: &dyn Provider,
        arrived: &Arrived<'_>,
    ) -> Answer {
        let (operation, found) = match document.find(arrived.method, provider.path(arrived.path)) {
            Found::Operation(operation, values) => (Some(operation), Ok((operation, values))),
            Found::OtherMethods(methods) => (None, Err(methods)),
            Found::Nothing => (None, Err(Vec::new())),
        };
        if let Some(operation) = operation {
            let mut counts = lock(&self.counts);
            *counts.entry(operation.id.clone()).or_default() += 1;
        }
        if let Err(refused) = provider.admit(arrived, operation) {
            return refused;
        }
        let mut headers = Vec::new();
        let outcome = match found {
            Ok((operation, values)) => {
                self.run(provider, operation, values, arrived, &mut headers)
                    .await
            }
            Err(methods) if !methods.is_empty() => {
                headers.push(("allow".to_owned(), methods.join(", ")));
                let message = format!("{} is not offered there.", arrived.method);
                Err(Refusal::new(405, "method_not_allowed", message))
            }
            Err(_) => Err(nothing(arrived.path)),
        };
        let mut answer =
            outcome.unwrap_or_else(|refusal| provider.refuse(&refusal, operation, arrived));
        // A page is what stands before a service answers, and in no document.
        let is_page = answer.headers.iter().any(|(_, value)| value == "text/html");
        if self.checks_itself()
            && !is_page
            && let Some(operation) = operation
            && let Err(why) = document.check_response(operation, answer.status, &answer.body)
        {
            let message = format!("The stand-in broke the document: {why}");
            let broken = Refusal::new(500, "broken_answer", message);
            answer = provider.refuse(&broken, None, arrived);
        }
        answer.headers.extend(headers);
        answer
    }

    /// Whether answers are held against the document, which knows one of the ways to answer alone.
    fn checks_itself(&self) -> bool {
        cfg!(debug_assertions) && self.states == States::Documented
    }

    /// Checks a request that was let in, and carries it out.
    async fn run(
        &self,
        provider: &dyn Provider,
        operation: &Operation,
        values: Vec<(&str, String)>,
        arrived: &Arrived<'_>,
        headers: &mut Vec<(String, String)>,
    ) -> Result<Answer, Refusal> {
        if let Some(limits) = provider.limits()
            && let Err((refusal, seconds)) = limits.take(provider.caller(arrived), Instant::now())
        {
            headers.extend(seconds.map(retry_after));
            return Err(refusal);
        }
        let lost = self.fault(arrived, headers).await?;
        let checked = validate::request(
            operation,
            values,
            arrived.query,
            arrived.headers,
            arrived.body,
        )?;
        let answer = provider.run(&Call {
            operation,
            checked: &checked,
            base: arrived.base,
            path: arrived.path,
        })?;
        Ok(Answer { lost, ..answer })
    }

    /// The fault that the request asks for or else the usual ones, where faults are allowed; whether its answer is to be
    /// lost.
    async fn fault(
        &self,
        arrived: &Arrived<'_>,
        headers: &mut Vec<(String, String)>,
    ) -> Result<bool, Refusal> {
        let Some(faults) = &self.faults else {
            return Ok(false);
        };
        let asked = match asked_fault(arrived.headers) {
            Some(asked) => vec![asked],
            None => self.usual_faults.iter().map(String::as_str).collect(),
        };
        for asked in asked {
            let fault = Fault::parse(asked)?;
            if fault.only.as_deref().is_some_and(|it| it != arrived.method) {
                continue;
            }
            tokio::time::sleep(fault.delay).await;
            let key = format!("{} {} {asked}", arrived.method, arrived.path);
            let status = match lock(faults).meet(&key, &fault) {
                Fate::Answered => continue,
                Fate::Lost => return Ok(true),
                Fate::Refused(status) => status,
            };
            headers.extend(fault.retry_after.map(retry_after));
            let why = format!("The fault {asked} was asked for.");
            return Err(Refusal::new(status, "fault", why));
        }
        Ok(false)
    }
}

fn nothing(path: &str) -> Refusal {
    Refusal::new(404, "not_found", format!("There is no {path}."))
}

fn retry_after(seconds: u64) -> (String, String) {
    ("retry-after".to_owned(), seconds.to_string())
}

fn asked_fault(headers: &HeaderMap) -> Option<&str> {
    headers
        .get(faults::HEADER)
        .and_then(|value| value.to_str().ok())
}
