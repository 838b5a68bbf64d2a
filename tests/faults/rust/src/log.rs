//! Captures all that is logged on one thread.

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::{Map, Value, json};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::layer::{Context, SubscriberExt as _};
use tracing_subscriber::{Layer, fmt, registry};

/// What was logged.
#[derive(Clone, Debug, Default)]
pub struct Log(Arc<Mutex<Inner>>);

#[derive(Debug, Default)]
struct Inner {
    text: Vec<u8>,
    open: BTreeMap<u64, Map<String, Value>>,
    spans: Vec<Value>,
    warnings: Vec<String>,
}

impl Log {
    /// Takes in all that `work` logs, at every level, `log` records among it.
    pub fn capture<R>(&self, work: impl FnOnce() -> R) -> R {
        // Fails where somebody set it before, which is as good.
        let _ = tracing_log::LogTracer::init();
        let text = fmt::layer()
            .with_ansi(false)
            .with_writer({
                let log = self.clone();
                move || log.clone()
            })
            .with_span_events(fmt::format::FmtSpan::FULL);
        let subscriber = registry().with(text).with(Collect(self.clone()));
        tracing::subscriber::with_default(subscriber, work)
    }

    /// All of it as text.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.inner().text).into_owned()
    }

    /// The fields of each span that a call opened and closed.
    #[must_use]
    pub fn spans(&self) -> Vec<Value> {
        let inner = self.inner();
        let calls = inner.spans.iter().filter(|span| span["name"] == "call");
        calls.cloned().collect()
    }

    /// The warnings of the runtime.
    #[must_use]
    pub fn warnings(&self) -> Vec<String> {
        self.inner().warnings.clone()
    }

    fn inner(&self) -> std::sync::MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.inner().text.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

struct Collect(Log);

fn ours(metadata: &tracing::Metadata<'_>) -> bool {
    metadata.target().starts_with("snapline_runtime")
}

impl<S: Subscriber> Layer<S> for Collect {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, _: Context<'_, S>) {
        if ours(attributes.metadata()) {
            let mut fields = Map::new();
            fields.insert("name".into(), json!(attributes.metadata().name()));
            attributes.record(&mut Fields(&mut fields));
            self.0.inner().open.insert(id.into_u64(), fields);
        }
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, _: Context<'_, S>) {
        if let Some(fields) = self.0.inner().open.get_mut(&id.into_u64()) {
            values.record(&mut Fields(fields));
        }
    }

    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        if ours(event.metadata()) && *event.metadata().level() <= Level::WARN {
            let mut fields = Map::new();
            event.record(&mut Fields(&mut fields));
            let text = Value::Object(fields).to_string();
            self.0.inner().warnings.push(text);
        }
    }

    fn on_close(&self, id: Id, _: Context<'_, S>) {
        let mut inner = self.0.inner();
        if let Some(fields) = inner.open.remove(&id.into_u64()) {
            inner.spans.push(Value::Object(fields));
        }
    }
}

struct Fields<'a>(&'a mut Map<String, Value>);

impl Fields<'_> {
    fn put(&mut self, field: &Field, value: Value) {
        self.0.insert(field.name().to_owned(), value);
    }
}

impl Visit for Fields<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        self.put(field, json!(format!("{value:?}")));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.put(field, json!(value));
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.put(field, json!(value));
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.put(field, json!(value));
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.put(field, json!(value));
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.put(field, json!(value));
    }
}
