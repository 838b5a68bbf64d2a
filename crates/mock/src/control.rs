//! Control over HTTP, for tests in any language: what the crate's own functions do, under one prefix.
//!
//! | request | does |
//! |---|---|
//! | `GET /_mock` | version, address, time, and each provider's environment |
//! | `POST /_mock/reset` | begins anew: state, faults, requests, clock; the body says what is other than at the start |
//! | `GET /_mock/state` | all that the services remember |
//! | `GET`, `POST /_mock/clock` | the time; moves it: `{"days": 1, "seconds": 5}`, `{"time": "2026-03-01T02:00:00Z"}` |
//! | `GET`, `POST`, `DELETE /_mock/faults` | what is planned; plans a fault or a list of them; takes back all |
//! | `DELETE /_mock/faults/{id}` | takes back one |
//! | `GET`, `DELETE /_mock/requests` | what came, by `method`, `path` and `operation` of the query; forgets it |
//! | `GET /_mock/requests/count` | how many those are, for whoever reads no JSON |
//! | `GET /_mock/counts` | how often each operation was asked for |
use std::time::{Duration, SystemTime};

use hyper::StatusCode;
use jiff::Timestamp;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use crate::cases::Arrived;
use crate::lock::lock;
use crate::options::Setup;
use crate::planned::{self, Fault};
use crate::record::Recorded;
use crate::respond::{Answer, Refusal};
use crate::validate;
use crate::world::{World, Worlds};

/// Paths that belong to control begin so.
const PREFIX: &str = "/_mock";

/// What an order comes to; an error is told with 400.
type Outcome = Result<Answer, String>;

/// By how much the clock is moved, or where to.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Move {
    time: Option<Timestamp>,
    #[serde(default)]
    days: f64,
    #[serde(default)]
    hours: f64,
    #[serde(default)]
    minutes: f64,
    #[serde(default)]
    seconds: f64,
}

/// One fault, or several.
#[derive(Deserialize)]
#[serde(untagged)]
enum Faults {
    Several(Vec<Value>),
    One(Value),
}

/// What is below the prefix, if a path is.
pub(crate) fn order(path: &str) -> Option<&str> {
    let rest = path.strip_prefix(PREFIX)?;
    (rest.is_empty() || rest.starts_with('/')).then(|| rest.trim_matches('/'))
}

/// Carries out what is asked for below the prefix.
pub(crate) fn answer(worlds: &Worlds, url: &str, order: &str, arrived: &Arrived<'_>) -> Answer {
    let world = worlds.now();
    let body = arrived.body;
    let outcome = match (arrived.method, order) {
        ("GET", "") => Ok(about(&world, url)),
        ("POST", "reset") => reset(worlds, url, body),
        ("GET", "state") => Ok(Answer::json(200, &world.state())),
        ("GET", "clock") => Ok(time(&world)),
        ("POST", "clock") => set_clock(&world, body),
        ("GET", "faults") => Ok(Answer::json(200, &lock(&world.plans).told())),
        ("POST", "faults") => plan(&world, body),
        ("DELETE", "faults") => {
            lock(&world.plans).clear();
            Ok(Answer::empty(204))
        }
        ("GET", "requests") => requests(&world, arrived.query, |found| {
            let found: Vec<Value> = found.into_iter().map(shown).collect();
            Answer::json(200, &found)
        }),
        ("GET", "requests/count") => requests(&world, arrived.query, |found| {
            Answer::json(200, &found.len())
        }),
        ("DELETE", "requests") => {
            *lock(&world.log) = Default::default();
            Ok(Answer::empty(204))
        }
        ("GET", "counts") => Ok(Answer::json(200, &*lock(&world.counts))),
        ("DELETE", other) if other.starts_with("faults/") => {
            let id = other.trim_start_matches("faults/").parse();
            match id.is_ok_and(|id| lock(&world.plans).remove(id)) {
                true => Ok(Answer::empty(204)),
                false => Ok(refused(404, format!("There is no {PREFIX}/{other}."))),
            }
        }
        (method, _) => Ok(refused(
            404,
            format!("There is no {method} {}.", arrived.path),
        )),
    };
    outcome.unwrap_or_else(|why| refused(400, why))
}

fn refused(status: u16, why: String) -> Answer {
    let known = StatusCode::from_u16(status).ok();
    let known = known.and_then(|status| status.canonical_reason());
    Answer::json(status, &json!({"error": known, "message": why}))
}

/// The body of an order; an empty one says nothing.
fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, String> {
    let body = if body.is_empty() { b"{}" } else { body };
    serde_json::from_slice(body).map_err(|error| format!("the body: {error}"))
}

fn about(world: &World, url: &str) -> Answer {
    let providers = world.providers().map(|provider| {
        let variables = provider.environment(url).into_iter();
        let variables = variables.map(|(name, value)| (name.to_owned(), Value::from(value)));
        let about = json!({
            "environment": Value::Object(variables.collect()),
            "note": provider.note(),
        });
        (provider.name().to_owned(), about)
    });
    Answer::json(
        200,
        &json!({
            "version": env!("CARGO_PKG_VERSION"),
            "url": url,
            "time": world.options.clock.timestamp().to_string(),
            "providers": Value::Object(providers.collect::<Map<_, _>>()),
        }),
    )
}

fn reset(worlds: &Worlds, url: &str, body: &[u8]) -> Outcome {
    let setup: Setup = read(body)?;
    let options = setup.over(worlds.begun().clone())?;
    worlds.reset(options).map_err(|error| error.to_string())?;
    Ok(about(&worlds.now(), url))
}

fn time(world: &World) -> Answer {
    Answer::json(
        200,
        &json!({"time": world.options.clock.timestamp().to_string()}),
    )
}

fn set_clock(world: &World, body: &[u8]) -> Outcome {
    let to: Move = read(body)?;
    let clock = &world.options.clock;
    let by = ((to.days * 24.0 + to.hours) * 60.0 + to.minutes) * 60.0 + to.seconds;
    match to.time {
        Some(_) if by != 0.0 => return Err("only one of a time and by how much goes".to_owned()),
        Some(time) => clock.set(time),
        None => {
            let by = Duration::try_from_secs_f64(by);
            let by = by.map_err(|error| format!("the clock goes forward alone: {error}"))?;
            clock.advance(by)?;
        }
    }
    Ok(time(world))
}

fn plan(world: &World, body: &[u8]) -> Outcome {
    let read: Faults = read(body)?;
    let several = match read {
        Faults::Several(several) => several,
        Faults::One(one) => vec![one],
    };
    let several = several.into_iter().map(serde_json::from_value);
    let several: Result<Vec<Fault>, _> = several.collect();
    let several = several.map_err(|error| format!("the fault: {error}"))?;
    let ids = lock(&world.plans).add_all(several)?;
    Ok(Answer::json(200, &json!({"ids": ids})))
}

/// What is told of the requests that fit a query, oldest first.
fn requests(world: &World, query: &str, tell: impl FnOnce(Vec<&Recorded>) -> Answer) -> Outcome {
    let mut path = None;
    let (mut method, mut operation) = (None, None);
    let pairs = validate::query_pairs(query).map_err(|refusal: Refusal| refusal.message)?;
    for (name, value) in pairs {
        match name.as_str() {
            "method" => method = Some(value),
            "operation" => operation = Some(value),
            "path" => path = Some(planned::pattern(&value)?),
            other => {
                return Err(format!(
                    "query/{other}: it is none of method, operation, path"
                ));
            }
        }
    }
    let fits = |request: &&Recorded| {
        method
            .as_ref()
            .is_none_or(|it| it.eq_ignore_ascii_case(&request.method))
            && (operation.is_none() || operation == request.operation)
            && path
                .as_ref()
                .is_none_or(|it| planned::fits(it, request.path()))
    };
    let log = lock(&world.log);
    Ok(tell(log.all().filter(fits).collect()))
}

/// A request as it is told, without its credentials.
fn shown(request: &Recorded) -> Value {
    let query = request
        .target
        .split_once('?')
        .map_or("", |(_, query)| query);
    let headers: Vec<_> = request.shown_headers().collect();
    json!({
        "method": request.method,
        "path": request.path(),
        "query": validate::query_pairs(query).unwrap_or_default(),
        "headers": headers,
        "body": request.shown_body(),
        "status": request.status,
        "time": date(request.time),
        "operation": request.operation,
        "fault": request.fault,
    })
}

fn date(time: SystemTime) -> Option<String> {
    Timestamp::try_from(time).ok().map(|time| time.to_string())
}
