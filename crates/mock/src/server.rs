//! The HTTP side: connections in, answers out.
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http_body_util::{BodyExt, Limited};
use hyper::body::{Body, Frame, Incoming, SizeHint};
use hyper::header::{CONTENT_LENGTH, DATE, HOST, HeaderMap, HeaderName, HeaderValue};
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use jiff::fmt::rfc2822::DateTimePrinter;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::cases::{self, Arrived, Cases};
use crate::control;
use crate::document::{Document, Found, Operation};
use crate::faults::{self, Asked, Fate};
use crate::ids::Ids;
use crate::lock::lock;
use crate::options::States;
use crate::planned::Then;
use crate::provider::{Call, Provider};
use crate::record::{Recorded, Secrets};
use crate::respond::{Answer, Delivery, Refusal};
use crate::validate;
use crate::world::{World, Worlds};

/// The largest request body, 1 MiB.
const BODY_LIMIT: usize = 1 << 20;
/// What all connections share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) worlds: Worlds,
    pub(crate) cases: Option<Cases>,
    /// Whether requests may ask for faults.
    pub(crate) faults: bool,
    /// What requests meet that ask for no fault.
    pub(crate) usual_faults: Vec<String>,
    pub(crate) record: bool,
    pub(crate) verbose: bool,
    pub(crate) request_ids: Mutex<Ids>,
    pub(crate) address: SocketAddr,
}

/// What came of a request beside its answer.
#[derive(Debug, Default)]
struct Noted {
    operation: Option<String>,
    fault: Option<u64>,
    secrets: Secrets,
    /// Whether it was answered without being carried out, by a connection that is closed.
    dropped: bool,
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

async fn respond(shared: Arc<Shared>, request: Request<Incoming>) -> io::Result<Response<Sent>> {
    let begun = Instant::now();
    let (head, body) = request.into_parts();
    let body = Limited::new(body, BODY_LIMIT)
        .collect()
        .await
        .map(|whole| whole.to_bytes());
    let (method, path) = (head.method.as_str(), head.uri.path());
    let query = head.uri.query().unwrap_or_default();

    let world = shared.worlds.now();
    let time = world.options.clock.system_time();
    let mut noted = Noted::default();
    let order = control::order(path);
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
            match (&shared.cases, order) {
                (_, Some(order)) => control::answer(&shared.worlds, &base, order, &arrived),
                (Some(cases), _) if path.starts_with(cases::PREFIX) => cases.answer(&arrived),
                _ => shared.answer(&world, &arrived, &mut noted).await,
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
    if shared.record && order.is_none() {
        let headers = head.headers.iter().map(|(name, value)| {
            (
                name.to_string(),
                String::from_utf8_lossy(value.as_bytes()).into_owned(),
            )
        });
        lock(&world.log).add(Recorded {
            method: method.to_owned(),
            target: head.uri.to_string(),
            headers: headers.collect(),
            body: body.unwrap_or_default().to_vec(),
            status: if noted.dropped { 0 } else { answer.status },
            time,
            operation: noted.operation,
            fault: noted.fault,
            secrets: noted.secrets,
        });
    }
    if answer.delivery == Delivery::Lost {
        // hyper closes the connection of a service that fails.
        return Err(io::Error::other("the answer is lost"));
    }
    let mut response = build(answer);
    // The time of the answer, by the clock that all in it goes by.
    let date = DateTimePrinter::new().timestamp_to_rfc9110_string(&world.options.clock.timestamp());
    if let Some(date) = date.ok().and_then(|date| HeaderValue::try_from(date).ok()) {
        response.headers_mut().entry(DATE).or_insert(date);
    }
    Ok(response)
}

/// A body that is sent whole, or to a point at which the connection is closed.
struct Sent {
    left: Bytes,
    cut: Cut,
}

/// How a body ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cut {
    Never,
    /// After what is left.
    Soon,
    /// Once the connection had a turn to send it.
    Now,
}

impl Sent {
    fn new(body: Bytes, delivery: Delivery) -> Self {
        match delivery {
            Delivery::Cut(most) if most < body.len() => Self {
                left: body.slice(..most),
                cut: Cut::Soon,
            },
            _ => Self {
                left: body,
                cut: Cut::Never,
            },
        }
    }
}

impl Body for Sent {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        if !self.left.is_empty() {
            let bytes = std::mem::take(&mut self.left);
            return Poll::Ready(Some(Ok(Frame::data(bytes))));
        }
        match self.cut {
            Cut::Never => Poll::Ready(None),
            Cut::Soon => {
                self.cut = Cut::Now;
                context.waker().wake_by_ref();
                Poll::Pending
            }
            Cut::Now => Poll::Ready(Some(Err(io::Error::other("the answer is cut short")))),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.left.is_empty() && self.cut == Cut::Never
    }

    fn size_hint(&self) -> SizeHint {
        match (self.cut, u64::try_from(self.left.len())) {
            (Cut::Never, Ok(length)) => SizeHint::with_exact(length),
            _ => SizeHint::default(),
        }
    }
}

fn build(answer: Answer) -> Response<Sent> {
    let whole = answer.body.len();
    let mut response = Response::new(Sent::new(answer.body, answer.delivery));
    if response.body().cut == Cut::Soon {
        // A client sees that something is missing.
        response.headers_mut().insert(CONTENT_LENGTH, whole.into());
    }
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
    async fn answer(&self, world: &World, arrived: &Arrived<'_>, noted: &mut Noted) -> Answer {
        let claimed = |(_, provider): &&(_, Box<dyn Provider>)| provider.claims(arrived.path);
        let Some((document, provider)) = world.services.iter().find(claimed) else {
            return nothing(arrived.path).answer(None, arrived.request_id);
        };
        let provider = &**provider;
        let (header, _) = document.token_header();
        noted.secrets.headers = [&[header], provider.credentials()].concat();
        let found = document.find(arrived.method, provider.path(arrived.path));
        if let Found::Operation(operation, _) = &found {
            noted.operation = Some(operation.id.clone());
            noted.secrets.fields = &operation.secrets;
            let mut counts = lock(&world.counts);
            *counts.entry(operation.id.clone()).or_default() += 1;
        }
        let operation = noted.operation.as_deref();
        let met = lock(&world.plans).meet(arrived.method, arrived.path, operation);
        let mut planned = None;
        if let Some(met) = met {
            noted.fault = Some(met.id);
            // In real time: the clock of the services has nothing to do with it.
            tokio::time::sleep(met.delay).await;
            planned = Some(met.then);
        }
        let mut answer = match planned {
            Some(Then::Drop) => {
                noted.dropped = true;
                Answer {
                    delivery: Delivery::Lost,
                    ..Answer::empty(503)
                }
            }
            Some(Then::Refuse {
                status,
                retry_after: seconds,
                body,
            }) => {
                let mut answer = match (body, &found) {
                    (Some(body), _) => Answer::json(status, &body),
                    (None, _) if status < 400 => Answer::empty(status),
                    (None, found) => {
                        let why = "A fault was planned for this request.";
                        let operation = match found {
                            Found::Operation(operation, _) => Some(*operation),
                            _ => None,
                        };
                        let refusal = Refusal::new(status, "fault", why);
                        provider.refuse(&refusal, operation, arrived)
                    }
                };
                answer.headers.extend(seconds.map(retry_after));
                answer
            }
            then => {
                let aside = provider.aside(arrived);
                // What is no operation is asked with credentials in its body.
                noted.secrets.body = aside.is_some();
                let mut answer = match aside {
                    Some(answer) => answer,
                    None => {
                        self.answer_by_document(world, document, provider, found, arrived)
                            .await
                    }
                };
                match then {
                    Some(Then::Lose) => answer.delivery = Delivery::Lost,
                    Some(Then::Cut(bytes)) => answer.delivery = Delivery::Cut(bytes),
                    _ => {}
                }
                answer
            }
        };
        answer.headers.extend(provider.headers(arrived));
        if let Some(limits) = provider.limits() {
            let now = world.options.clock.instant();
            let told = limits.headers(provider.caller(arrived), now);
            answer.headers.extend(told);
        }
        answer
    }

    async fn answer_by_document(
        &self,
        world: &World,
        document: &'static Document,
        provider: &dyn Provider,
        found: Found<'static>,
        arrived: &Arrived<'_>,
    ) -> Answer {
        let (operation, found) = match found {
            Found::Operation(operation, values) => (Some(operation), Ok((operation, values))),
            Found::OtherMethods(methods) => (None, Err(methods)),
            Found::Nothing => (None, Err(Vec::new())),
        };
        if let Err(refused) = provider.admit(arrived, operation) {
            return refused;
        }
        let mut headers = Vec::new();
        let outcome = match found {
            Ok((operation, values)) => {
                self.run(world, provider, operation, values, arrived, &mut headers)
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
        if checks_itself(world)
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

    /// Checks a request that was let in, and carries it out.
    async fn run(
        &self,
        world: &World,
        provider: &dyn Provider,
        operation: &Operation,
        values: Vec<(&str, String)>,
        arrived: &Arrived<'_>,
        headers: &mut Vec<(String, String)>,
    ) -> Result<Answer, Refusal> {
        let now = world.options.clock.instant();
        if let Some(limits) = provider.limits()
            && let Err((refusal, seconds)) = limits.take(provider.caller(arrived), now)
        {
            headers.extend(seconds.map(retry_after));
            return Err(refusal);
        }
        let delivery = self.fault(world, arrived, headers).await?;
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
        Ok(Answer { delivery, ..answer })
    }

    /// The fault that the request asks for or else the usual ones, where faults are allowed; how its answer is
    /// delivered.
    async fn fault(
        &self,
        world: &World,
        arrived: &Arrived<'_>,
        headers: &mut Vec<(String, String)>,
    ) -> Result<Delivery, Refusal> {
        if !self.faults {
            return Ok(Delivery::Whole);
        }
        let asked = match asked_fault(arrived.headers) {
            Some(asked) => vec![asked],
            None => self.usual_faults.iter().map(String::as_str).collect(),
        };
        for asked in asked {
            let fault = Asked::parse(asked)?;
            if fault.only.as_deref().is_some_and(|it| it != arrived.method) {
                continue;
            }
            tokio::time::sleep(fault.delay).await;
            let key = format!("{} {} {asked}", arrived.method, arrived.path);
            let status = match lock(&world.faults).meet(&key, &fault) {
                Fate::Answered => continue,
                Fate::Lost => return Ok(Delivery::Lost),
                Fate::Refused(status) => status,
            };
            headers.extend(fault.retry_after.map(retry_after));
            let why = format!("The fault {asked} was asked for.");
            return Err(Refusal::new(status, "fault", why));
        }
        Ok(Delivery::Whole)
    }
}

/// Whether answers are held against the document, which knows one of the ways to answer alone.
fn checks_itself(world: &World) -> bool {
    cfg!(debug_assertions) && world.options.states == States::Documented
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
