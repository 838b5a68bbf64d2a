//! From `tracing` to Python's `logging` (B24).
//!
//! What is told goes into a queue, on whatever thread it is, without the GIL. It comes out where
//! Python runs anyway: when a call returns, at each tick of a wait, when a loop takes results. So
//! nothing that logs ever waits for Python, and Python never waits for anything that logs.

use std::cell::RefCell;
use std::collections::HashMap;
use std::fmt::{Debug, Write as _};
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, TryLockError};

use pyo3::exceptions::PyException;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyString};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::Interest;
use tracing::{Event, Level, Metadata, Subscriber};

const WARNING: u32 = 30;
// The most records kept until Python takes them; what comes beyond is not told.
const MOST: usize = 10_000;

// From which of Python's levels on anything is told.
static LEVEL: AtomicU32 = AtomicU32::new(WARNING);
static PENDING: AtomicBool = AtomicBool::new(false);
static RECORDS: Mutex<Vec<LogRecord>> = Mutex::new(Vec::new());
static SPANS: Mutex<Option<HashMap<u64, Span>>> = Mutex::new(None);
static NUMBERS: AtomicU64 = AtomicU64::new(1);

thread_local! {
    static ENTERED: RefCell<Vec<u64>> = const { RefCell::new(Vec::new()) };
}

struct LogRecord {
    level: u32,
    // `call` for a call that ended, else what happened.
    event: String,
    text: String,
    fields: Vec<(&'static str, Value)>,
}

#[derive(Clone)]
enum Value {
    Text(String),
    Integer(i64),
    Number(f64),
}

struct Span {
    references: u32,
    level: u32,
    fields: Fields,
}

#[derive(Default)]
struct Fields {
    message: String,
    all: Vec<(&'static str, Value)>,
}

impl Fields {
    fn set(&mut self, field: &Field, value: Value) {
        self.all.retain(|(name, _)| *name != field.name());
        self.all.push((field.name(), value));
    }

    fn get(&self, name: &str) -> Option<&Value> {
        self.all
            .iter()
            .find_map(|(known, value)| (*known == name).then_some(value))
    }
}

impl Visit for Fields {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.set(field, Value::Text(value.to_owned()));
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.set(
            field,
            Value::Integer(i64::try_from(value).unwrap_or(i64::MAX)),
        );
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.set(field, Value::Integer(value));
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.set(field, Value::Number(value));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        if field.name() == "message" {
            // Writing to a string cannot fail.
            let _ = write!(self.message, "{value:?}");
        } else {
            self.set(field, Value::Text(format!("{value:?}")));
        }
    }
}

impl std::fmt::Display for Value {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::Integer(number) => write!(f, "{number}"),
            Self::Number(number) => write!(f, "{number:.1}"),
        }
    }
}

// These locks are held for a few lines and never while Python is asked for anything. After a fork
// one of them may stay locked for ever in the child: then nothing is told rather than waited for.
fn soon<T>(mutex: &Mutex<T>) -> Option<MutexGuard<'_, T>> {
    for _ in 0..10_000 {
        match mutex.try_lock() {
            Ok(guard) => return Some(guard),
            Err(TryLockError::Poisoned(guard)) => return Some(guard.into_inner()),
            Err(TryLockError::WouldBlock) => std::thread::yield_now(),
        }
    }
    None
}

fn level(level: Level) -> u32 {
    match level {
        Level::ERROR => 40,
        Level::WARN => WARNING,
        Level::INFO => 20,
        Level::DEBUG => 10,
        Level::TRACE => 5,
    }
}

fn tell(told: LogRecord) {
    if let Some(mut records) = soon(&RECORDS)
        && records.len() < MOST
    {
        records.push(told);
        PENDING.store(true, Ordering::Release);
    }
}

/// What the runtime tells, kept for Python.
struct Forward;

impl Subscriber for Forward {
    fn register_callsite(&self, metadata: &'static Metadata<'static>) -> Interest {
        // Nothing of the libraries below: theirs is not checked for secrets.
        if metadata.target().starts_with("snapline") {
            Interest::sometimes()
        } else {
            Interest::never()
        }
    }

    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with("snapline")
            && level(*metadata.level()) >= LEVEL.load(Ordering::Relaxed)
    }

    fn new_span(&self, attributes: &Attributes<'_>) -> Id {
        let number = NUMBERS.fetch_add(1, Ordering::Relaxed);
        let mut fields = Fields::default();
        attributes.record(&mut fields);
        if let Some(mut spans) = soon(&SPANS) {
            let span = Span {
                references: 1,
                level: level(*attributes.metadata().level()),
                fields,
            };
            spans.get_or_insert_default().insert(number, span);
        }
        Id::from_u64(number)
    }

    fn record(&self, id: &Id, values: &Record<'_>) {
        if let Some(mut spans) = soon(&SPANS)
            && let Some(span) = spans.as_mut().and_then(|all| all.get_mut(&id.into_u64()))
        {
            values.record(&mut span.fields);
        }
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut fields = Fields::default();
        event.record(&mut fields);
        let told = std::mem::take(&mut fields.message);
        let mut text = told.clone();
        let within = ENTERED.with_borrow(|entered| entered.last().copied());
        if fields.get("operation").is_none()
            && let Some(number) = within
            && let Some(spans) = soon(&SPANS)
            && let Some(span) = spans.as_ref().and_then(|all| all.get(&number))
            && let Some(operation) = span.fields.get("operation")
        {
            fields.all.insert(0, ("operation", operation.clone()));
        }
        if let Some(operation) = fields.get("operation") {
            text = format!("{operation}: {text}");
        }
        for (name, value) in &fields.all {
            if *name != "operation" {
                let _ = write!(text, " {name}={value}");
            }
        }
        tell(LogRecord {
            level: level(*event.metadata().level()),
            event: told,
            text,
            fields: fields.all,
        });
    }

    fn enter(&self, id: &Id) {
        ENTERED.with_borrow_mut(|entered| entered.push(id.into_u64()));
    }

    fn exit(&self, _: &Id) {
        ENTERED.with_borrow_mut(|entered| entered.pop());
    }

    fn clone_span(&self, id: &Id) -> Id {
        if let Some(mut spans) = soon(&SPANS)
            && let Some(span) = spans.as_mut().and_then(|all| all.get_mut(&id.into_u64()))
        {
            span.references += 1;
        }
        id.clone()
    }

    fn try_close(&self, id: Id) -> bool {
        let number = id.into_u64();
        let ended = {
            let Some(mut spans) = soon(&SPANS) else {
                return false;
            };
            let Some(all) = spans.as_mut() else {
                return false;
            };
            match all.get_mut(&number) {
                Some(span) if span.references > 1 => {
                    span.references -= 1;
                    None
                }
                _ => all.remove(&number),
            }
        };
        let Some(span) = ended else {
            return false;
        };
        tell(LogRecord {
            level: span.level,
            event: "call".to_owned(),
            text: summary(&span.fields),
            fields: span.fields.all,
        });
        true
    }
}

// `nfs_get: 200 in 12.3 ms, 1 attempt`.
fn summary(fields: &Fields) -> String {
    let mut text = fields
        .get("operation")
        .map_or_else(|| "a call".to_owned(), ToString::to_string);
    let Some(duration) = fields.get("duration_ms") else {
        text.push_str(": given up");
        return text;
    };
    let status = fields
        .get("status")
        .map_or_else(|| "no answer".to_owned(), ToString::to_string);
    let _ = write!(text, ": {status} in {duration} ms");
    if let Some(attempts) = fields.get("attempts") {
        let plural = if matches!(attempts, Value::Integer(1)) {
            ""
        } else {
            "s"
        };
        let _ = write!(text, ", {attempts} attempt{plural}");
    }
    if let Some(id) = fields.get("request_id") {
        let _ = write!(text, ", request id {id}");
    }
    text
}

/// Begins to listen. Only the first listener of the extension counts, and this is it.
pub(crate) fn listen() {
    let _ = tracing::subscriber::set_global_default(Forward);
}

static LOGGER: PyOnceLock<Py<PyAny>> = PyOnceLock::new();

fn logger<'py>(py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
    let logger = LOGGER.get_or_try_init(py, || {
        let logging = py.import("logging")?;
        let logger = logging.call_method1("getLogger", ("snapline",))?;
        // Without a handler anywhere, Python itself would print warnings: a cron job's mail.
        logger.call_method1("addHandler", (logging.call_method0("NullHandler")?,))?;
        Ok::<_, PyErr>(logger.unbind())
    })?;
    Ok(logger.bind(py).clone())
}

/// Looks at which level the logger is. Until somebody imports `logging` it is the default one.
pub(crate) fn refresh(py: Python<'_>) {
    let look = || -> PyResult<u32> {
        if LOGGER.get(py).is_none() {
            static MODULES: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
            let modules = MODULES.get_or_try_init(py, || {
                py.import("sys")?.getattr("modules").map(Bound::unbind)
            })?;
            if !modules.bind(py).contains(intern!(py, "logging"))? {
                return Ok(WARNING);
            }
        }
        logger(py)?
            .call_method0(intern!(py, "getEffectiveLevel"))?
            .extract()
    };
    LEVEL.store(look().unwrap_or(WARNING), Ordering::Relaxed);
}

/// Whether something was told that Python does not have yet.
pub(crate) fn is_pending() -> bool {
    PENDING.load(Ordering::Acquire)
}

/// Hands over what was told to Python. Fails where a signal came meanwhile, such as a Ctrl-C, and not where a
/// handler of the log fails.
pub(crate) fn deliver(py: Python<'_>) -> PyResult<()> {
    if !PENDING.swap(false, Ordering::AcqRel) {
        return Ok(());
    }
    let records = soon(&RECORDS).map(|mut records| std::mem::take(&mut *records));
    let mut outcome = Ok(());
    for told in records.unwrap_or_default() {
        match hand_over(py, told) {
            Err(error) if error.is_instance_of::<PyException>(py) => {
                error.write_unraisable(py, None);
            }
            Err(interrupted) => outcome = Err(interrupted),
            Ok(()) => {}
        }
    }
    outcome
}

fn hand_over(py: Python<'_>, told: LogRecord) -> PyResult<()> {
    let extra = PyDict::new(py);
    extra.set_item("event", told.event)?;
    for (name, value) in told.fields {
        match value {
            Value::Text(text) => extra.set_item(name, text)?,
            Value::Integer(number) => extra.set_item(name, number)?,
            Value::Number(number) => extra.set_item(name, number)?,
        }
    }
    let keywords = PyDict::new(py);
    keywords.set_item("extra", extra)?;
    // As an argument, since a percent sign in the text is no format.
    let arguments = (told.level, "%s", PyString::new(py, &told.text));
    logger(py)?.call_method(intern!(py, "log"), arguments, Some(&keywords))?;
    Ok(())
}
