//! Compares what happened with what a scenario expects.

use serde::Deserialize as _;
use serde_json::{Map, Value};
use snapline_conformance::{Attempt, Done, Failed, Failure, Hex, Outcome, compare, without_nulls};

use crate::scenario::{Expect, ExpectError, ExpectLog, ExpectRequest, Span};

/// Collects what is not as it should be.
#[derive(Debug, Default)]
pub(crate) struct Problems(pub(crate) Vec<String>);

impl Problems {
    fn must(&mut self, holds: bool, otherwise: impl FnOnce() -> String) {
        if !holds {
            self.0.push(otherwise());
        }
    }

    fn same(&mut self, what: &str, wanted: Option<&str>, got: Option<&str>) {
        self.must(wanted.is_none() || wanted == got, || {
            format!("{what}: expected {wanted:?}, got {got:?}")
        });
    }

    fn span(&mut self, what: &str, wanted: Option<Span>, got: f64) {
        self.must(wanted.is_none_or(|wanted| wanted.fits(got)), || {
            format!("{what}: expected {wanted:?}, got {got}")
        });
    }

    fn parts(&mut self, what: &str, wanted: &[String], got: &str) {
        for part in wanted {
            self.must(got.contains(part.as_str()), || {
                format!("{what}: expected `{part}` in `{}`", short(got))
            });
        }
    }

    fn has(&mut self, what: &str, wanted: &Value, got: &Value) {
        if let Err(why) = holds(wanted, got) {
            self.0.push(format!("{what}: {why}"));
        }
    }
}

fn short(text: &str) -> String {
    text.chars().take(400).collect()
}

/// Whether all of `wanted` is in `got`. `{"has": text}` is found within a text.
fn holds(wanted: &Value, got: &Value) -> Result<(), String> {
    match (wanted, got) {
        (Value::Object(wanted), Value::String(got)) => {
            match wanted.get("has").and_then(Value::as_str) {
                Some(part) if got.contains(part) => Ok(()),
                _ => Err(format!("expected {wanted:?}, got {got:?}")),
            }
        }
        (Value::Object(wanted), Value::Object(got)) => {
            wanted.iter().try_for_each(|(name, wanted)| {
                holds(wanted, got.get(name).unwrap_or(&Value::Null))
                    .map_err(|why| format!("{name}: {why}"))
            })
        }
        (Value::Array(wanted), Value::Array(got)) if wanted.len() == got.len() => wanted
            .iter()
            .zip(got)
            .try_for_each(|(wanted, got)| holds(wanted, got)),
        _ if without_nulls(wanted) == without_nulls(got) => Ok(()),
        _ => Err(format!("expected {wanted}, got {got}")),
    }
}

/// Checks what one call came to.
pub(crate) fn call(
    expect: &Expect,
    done: &Result<Done, Failure>,
    elapsed_ms: f64,
    problems: &mut Problems,
) {
    problems.span("elapsed_ms", expect.elapsed_ms, elapsed_ms);
    match (done, &expect.error) {
        (Err(Failure::Call(error)), Some(wanted)) => {
            problem_of(wanted, error, problems);
            attempts(expect, &error.attempts, problems);
        }
        (Err(failure), _) => problems.0.push(match failure {
            Failure::Call(error) => format!("unexpected error: {} {error:?}", error.shown),
            other => format!("{other:?}"),
        }),
        (Ok(done), Some(wanted)) => problems.0.push(format!(
            "expected an error of kind {}, got {:?}",
            wanted.kind, done.outcome
        )),
        (Ok(done), None) => success(expect, done, problems),
    }
}

fn success(expect: &Expect, done: &Done, problems: &mut Problems) {
    let mut told = expect.count.is_some();
    let mut whole = Map::new();
    for (name, wanted) in [
        ("value", expect.value.clone()),
        ("items", expect.items.clone()),
        ("page", expect.page.clone()),
        ("nothing", expect.nothing.then_some(Value::Bool(true))),
    ] {
        if let Some(wanted) = wanted {
            whole.insert(name.to_owned(), wanted);
        }
    }
    if !whole.is_empty() {
        told = true;
        if let Err(why) = compare(&Value::Object(whole), Ok(&done.outcome)) {
            problems.0.push(why);
        }
    }
    let items = match &done.outcome {
        Outcome::Items { items } | Outcome::Page { items, .. } => items.clone(),
        Outcome::Value {
            value: Value::Array(items),
        } => items.clone(),
        _ => Vec::new(),
    };
    if let Some(wanted) = &expect.items_have {
        told = true;
        problems.has(
            "items",
            &Value::Array(wanted.clone()),
            &Value::Array(items.clone()),
        );
    }
    if let Some(wanted) = &expect.value_has {
        told = true;
        match &done.outcome {
            Outcome::Value { value } => problems.has("value", wanted, value),
            other => problems.0.push(format!("expected a value, got {other:?}")),
        }
    }
    problems.must(told, || {
        format!(
            "the scenario does not say what {:?} should be",
            done.outcome
        )
    });
    #[allow(clippy::cast_precision_loss, reason = "there are not that many items")]
    problems.span("count", expect.count, items.len() as f64);
    let Some(meta) = &done.meta else {
        let asked = expect.status.is_some()
            || expect.attempts.is_some()
            || expect.drift.is_some()
            || expect.request_id.is_some()
            || expect.headers.is_some()
            || expect.rate_limit.is_some()
            || !expect.body_has.is_empty();
        problems.must(!asked, || {
            "the runner knows nothing but the value of this call".to_owned()
        });
        return;
    };
    problems.must(expect.status.is_none_or(|s| s == meta.status), || {
        format!("status: got {}", meta.status)
    });
    problems.same(
        "request_id",
        expect.request_id.as_deref(),
        meta.request_id.as_deref(),
    );
    problems.parts(
        "body",
        &expect.body_has,
        &String::from_utf8_lossy(&meta.body),
    );
    if let Some(wanted) = &expect.headers {
        problems.has(
            "headers",
            &Value::Object(wanted.clone()),
            &Value::Object(meta.headers.clone()),
        );
    }
    if let Some(wanted) = &expect.rate_limit {
        problems.has(
            "rate_limit",
            wanted,
            meta.rate_limit.as_ref().unwrap_or(&Value::Null),
        );
    }
    match &expect.drift {
        Some(wanted) => {
            let same = wanted.len() == meta.drift.len()
                && wanted
                    .iter()
                    .zip(&meta.drift)
                    .all(|(w, g)| g.starts_with(w));
            problems.must(same, || {
                format!("drift: expected {wanted:?}, got {:?}", meta.drift)
            });
        }
        None => problems.must(meta.drift.is_empty(), || {
            format!("unexpected drift: {:?}", meta.drift)
        }),
    }
    attempts(expect, &meta.attempts, problems);
}

fn attempts(expect: &Expect, got: &[Attempt], problems: &mut Problems) {
    let Some(wanted) = &expect.attempts else {
        return;
    };
    let fits = |wanted: &Value, got: &Attempt| match wanted {
        Value::Null => true,
        Value::Number(status) => {
            status.as_u64() == got.status.map(u64::from) && got.error.is_none()
        }
        Value::String(part) => got
            .error
            .as_ref()
            .is_some_and(|error| error.contains(part.as_str())),
        _ => false,
    };
    let same = wanted.len() == got.len() && wanted.iter().zip(got).all(|(w, g)| fits(w, g));
    problems.must(same, || {
        format!("attempts: expected {wanted:?}, got {got:?}")
    });
}

fn problem_of(wanted: &ExpectError, error: &Failed, problems: &mut Problems) {
    problems.same("kind", Some(&wanted.kind), Some(error.kind.as_str()));
    if let Some(status) = &wanted.status {
        let got = error.status.map_or(Value::Null, Value::from);
        problems.must(*status == got, || {
            format!("status: expected {status}, got {got}")
        });
    }
    problems.same("code", wanted.code.as_deref(), error.code.as_deref());
    problems.same(
        "message",
        wanted.message.as_deref(),
        Some(error.message.as_str()),
    );
    problems.parts("message", &wanted.message_has, error.message.as_str());
    for part in &wanted.message_lacks {
        problems.must(!error.message.as_str().contains(part.as_str()), || {
            format!(
                "message: did not expect `{part}` in `{}`",
                error.message.as_str()
            )
        });
    }
    let shown = &error.shown;
    problems.must(!shown.contains('\n') && !shown.is_empty(), || {
        format!("an error is shown in one line: {shown:?}")
    });
    problems.parts("shown", &wanted.shown_has, shown);
    if let Some(most) = wanted.shown_at_most {
        problems.must(shown.chars().count() <= most, || {
            format!("shown: more than {most} characters: {shown}")
        });
    }
    problems.same(
        "parameter",
        wanted.parameter.as_deref(),
        error.parameter.as_deref(),
    );
    problems.same(
        "operation",
        wanted.operation.as_deref(),
        error.operation.as_deref(),
    );
    problems.same(
        "request_id",
        wanted.request_id.as_deref(),
        error.request_id.as_deref(),
    );
    // Who stops a call in Python gets Python's own exception.
    let untold = error.kind == "cancelled" && error.outcome_unknown.is_none();
    let same = error.outcome_unknown == Some(wanted.outcome_unknown);
    problems.must(same || untold, || {
        format!("outcome_unknown is {:?}", error.outcome_unknown)
    });
    if let Some(span) = wanted.retry_after_ms {
        match error.retry_after_ms {
            Some(hint) => problems.span("retry_after_ms", Some(span), hint),
            None => problems.0.push("there is no retry_after".to_owned()),
        }
    }
    match (&wanted.started_has, &error.started) {
        (Some(_), None) if untold => {}
        (Some(wanted), started) => {
            problems.has("started", wanted, started.as_ref().unwrap_or(&Value::Null));
        }
        (None, started) => problems.must(started.is_none(), || format!("started is {started:?}")),
    }
    if let Some(limit) = &wanted.limit {
        let got = error.limit.clone().map_or(Value::Null, Value::from);
        problems.must(*limit == got, || {
            format!("limit: expected {limit}, got {got}")
        });
        if got.is_null() {
            let (told, hint) = (&error.limit_message, error.retry_after_ms);
            problems.must(told.is_none(), || format!("no limit, and yet {told:?}"));
            let asked = wanted.retry_after_ms.is_some();
            problems.must(asked || hint.is_none(), || {
                format!("retry_after is {hint:?}")
            });
        }
    }
    problems.same(
        "limit_message",
        wanted.limit_message.as_deref(),
        error.limit_message.as_deref(),
    );
    let body = String::from_utf8_lossy(&error.body);
    problems.parts("body", &wanted.body_has, &body);
    #[allow(clippy::cast_precision_loss, reason = "bodies are not that long")]
    problems.span("body_length", wanted.body_length, error.body_length as f64);
    if let Some(headers_wanted) = &wanted.headers {
        problems.has(
            "headers",
            &Value::Object(headers_wanted.clone()),
            &Value::Object(error.headers.clone()),
        );
    }
    if let Some(object) = &wanted.last_object_has {
        problems.has(
            "last_object",
            object,
            error.last_object.as_ref().unwrap_or(&Value::Null),
        );
    }
}

/// Checks what arrived at the server.
pub(crate) fn arrived(
    expect: &Expect,
    report: &Value,
    fill: &dyn Fn(&str) -> String,
    problems: &mut Problems,
) {
    let list = |name: &str| {
        report
            .get(name)
            .and_then(Value::as_array)
            .cloned()
            .unwrap_or_default()
    };
    let number = |name: &str| report.get(name).and_then(Value::as_f64).unwrap_or(-1.0);
    let attempts = list("attempts");
    #[allow(
        clippy::cast_precision_loss,
        reason = "there are not that many requests"
    )]
    match expect.arrived {
        Some(_) => problems.span("arrived", expect.arrived, attempts.len() as f64),
        None => problems.must(report.get("complete") == Some(&Value::Bool(true)), || {
            format!(
                "{} requests arrived, {} steps are left, {} requests were too many",
                attempts.len(),
                number("steps_left"),
                number("extra")
            )
        }),
    }
    requests("request", &expect.requests, &attempts, fill, problems);
    let times: Vec<f64> = attempts
        .iter()
        .filter_map(|attempt| attempt.get("at_ms")?.as_f64())
        .collect();
    for (index, (wanted, pair)) in expect.spacing_ms.iter().zip(times.windows(2)).enumerate() {
        if let [before, after] = pair {
            problems.span(&format!("spacing {index}"), Some(*wanted), after - before);
        }
    }
    problems.must(
        expect.spacing_ms.is_empty() || expect.spacing_ms.len() + 1 == times.len(),
        || format!("{} requests do not fit the spacing", times.len()),
    );
    if let Some(wanted) = expect.second_half {
        let half = times.split_at(times.len() / 2).1;
        match (times.first(), half.first(), half.last()) {
            (Some(begin), Some(first), Some(last)) => {
                problems.span("second half after", Some(wanted.after_ms), first - begin);
                problems.span("second half within", Some(wanted.within_ms), last - first);
            }
            _ => problems.0.push("there is no second half".to_owned()),
        }
    }
    problems.span("connections", expect.connections, number("connections"));
    problems.span("client_left", expect.client_left, number("client_left"));
    let other = list("other").len() as u64;
    problems.must(other == expect.other_arrived.unwrap_or(0), || {
        format!("{other} requests came to the other server")
    });
    let connects = list("connects");
    if let Some(wanted) = &expect.connects {
        problems.must(wanted.len() == connects.len(), || {
            format!("{} CONNECT requests came to the proxy", connects.len())
        });
        requests("CONNECT", wanted, &connects, fill, problems);
    }
    for connect in &connects {
        // The proxy is a stranger.
        problems.must(
            !connect
                .to_string()
                .to_lowercase()
                .contains("\"authorization\""),
            || "the proxy was shown the credentials".to_owned(),
        );
    }
}

fn requests(
    what: &str,
    wanted: &[ExpectRequest],
    got: &[Value],
    fill: &dyn Fn(&str) -> String,
    problems: &mut Problems,
) {
    for (index, wanted) in wanted.iter().enumerate() {
        let what = format!("{what} {}", index + 1);
        let Some(got) = got.get(index) else {
            problems.0.push(format!("{what} did not come"));
            continue;
        };
        let text = |name: &str| got.get(name).and_then(Value::as_str);
        problems.same(&what, wanted.method.as_deref(), text("method"));
        let path = wanted.path.as_deref().map(fill);
        problems.same(&what, path.as_deref(), text("path"));
        problems.same(&what, wanted.version.as_deref(), text("version"));
        if let Some(query) = &wanted.query {
            let got = got.get("query").unwrap_or(&Value::Null);
            problems.must(query == got, || {
                format!("{what}: expected query {query}, got {got}")
            });
        }
        if let Some(body) = &wanted.body {
            let got = text("body").unwrap_or_default();
            let got: Value = serde_json::from_str(got).unwrap_or(Value::Null);
            // Nulls count here: a null that is sent is not nothing.
            problems.must(same_json(body, &got), || {
                format!("{what}: expected body {body}, got {got}")
            });
        }
        if let Some(raw) = &wanted.raw {
            // The server tells what came as text.
            let lossy = |hex: Hex| String::from_utf8_lossy(hex.as_ref()).into_owned();
            let bytes = Hex::deserialize(raw).ok().map(lossy);
            let wanted = bytes.or_else(|| raw.as_str().map(str::to_owned));
            problems.same(&what, wanted.as_deref(), text("body"));
        }
        if let Some(form) = &wanted.form {
            let body = text("body").unwrap_or_default().as_bytes();
            let mut got: Vec<(String, String)> =
                form_urlencoded::parse(body).into_owned().collect();
            let mut wanted = form.clone();
            got.sort();
            wanted.sort();
            problems.must(wanted == got, || {
                format!("{what}: expected the form {wanted:?}, got {got:?}")
            });
        }
        if let Some(connection) = wanted.connection {
            let got = got.get("connection").and_then(Value::as_u64);
            problems.must(got == Some(connection), || {
                format!("{what}: expected connection {connection}, got {got:?}")
            });
        }
        let pairs = got.get("headers").and_then(Value::as_array);
        let headers: Map<String, Value> = pairs
            .into_iter()
            .flatten()
            .filter_map(|pair| Some((pair.get(0)?.as_str()?.to_owned(), pair.get(1)?.clone())))
            .collect();
        for (name, wanted) in &wanted.headers {
            let wanted = match wanted {
                Value::String(text) => Value::String(fill(text)),
                other => other.clone(),
            };
            problems.has(
                &format!("{what}: {name}"),
                &wanted,
                headers.get(name).unwrap_or(&Value::Null),
            );
        }
    }
}

/// Checks what was logged: the spans of calls, and the warnings.
pub(crate) fn logged(
    expect: &ExpectLog,
    (spans, warnings): (&[Value], &[String]),
    problems: &mut Problems,
) {
    if let Some(wanted) = &expect.spans {
        problems.has(
            "spans",
            &Value::Array(wanted.clone()),
            &Value::Array(spans.to_vec()),
        );
    }
    if let Some(wanted) = &expect.warnings {
        let same = wanted.len() == warnings.len()
            && wanted
                .iter()
                .zip(warnings)
                .all(|(w, g)| g.contains(w.as_str()));
        problems.must(same, || {
            format!("warnings: expected {wanted:?}, got {warnings:?}")
        });
    }
}

/// Whether two values are the same; a number is what it is worth, however it is written.
fn same_json(one: &Value, two: &Value) -> bool {
    match (one, two) {
        (Value::Object(one), Value::Object(two)) => {
            let same = |(key, value): (&String, &Value)| {
                two.get(key).is_some_and(|other| same_json(value, other))
            };
            one.len() == two.len() && one.iter().all(same)
        }
        (Value::Array(one), Value::Array(two)) => {
            one.len() == two.len() && one.iter().zip(two).all(|(one, two)| same_json(one, two))
        }
        (Value::Number(a), Value::Number(b)) if a.is_f64() != b.is_f64() => {
            a.as_f64() == b.as_f64()
        }
        _ => one == two,
    }
}
