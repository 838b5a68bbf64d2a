//! What the library does, told to a function of the caller's (B24).

use std::ffi::{c_char, c_void};
use std::fmt::{Debug, Write as _};
use std::mem::MaybeUninit;
use std::sync::atomic::{AtomicI32, AtomicPtr, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use snapline_runtime::Error;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::Interest;
use tracing::{Event, Level, Metadata, Subscriber};

use crate::error::snapline_error;
use crate::generated::status::snapline_status;
use crate::guard::{get, guard};
use crate::outcome::call;
use crate::shape::{Text, pointer};

/// How much a log record matters.
#[repr(i32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum snapline_log_level {
    /// Nothing is told.
    SNAPLINE_LOG_OFF = 0,
    /// Something failed that should not.
    SNAPLINE_LOG_ERROR = 1,
    /// Something is odd, such as an answer that departs from the document.
    SNAPLINE_LOG_WARN = 2,
    /// One record for each call, at its end.
    SNAPLINE_LOG_INFO = 3,
    /// Why a call is tried again.
    SNAPLINE_LOG_DEBUG = 4,
}

/// One log record. It never holds a body or a secret.
///
/// It is borrowed until the callback returns, and so are texts read from it.
pub struct snapline_log_record {
    level: i32,
    title: Text,
    message: Text,
    operation: Option<Text>,
    request_id: Option<Text>,
    attempts: u64,
    http_status: i64,
    duration_us: i64,
    fields: Vec<(Text, Text)>,
}

/// Gets what the library logs. It is called on any thread, by several at once, also inside calls of this
/// library; it must be quick, and must not call the library, throw or jump out.
///
/// `user_data` is as given to snapline_log_set_callback. `record` is borrowed until it returns.
pub type snapline_log_callback =
    Option<unsafe extern "C" fn(user_data: *mut c_void, record: *const snapline_log_record)>;

type Callback = unsafe extern "C" fn(*mut c_void, *const snapline_log_record);

/// A callback with its data. One that was set stays in memory: a thread may still be calling it.
struct Listener {
    callback: Callback,
    user_data: *mut c_void,
}

static LISTENER: AtomicPtr<Listener> = AtomicPtr::new(std::ptr::null_mut());
static LEVEL: AtomicI32 = AtomicI32::new(0);
/// Every listener there ever was, so that none is lost sight of.
static LISTENERS: Mutex<Vec<Registered>> = Mutex::new(Vec::new());
static INSTALLED: OnceLock<bool> = OnceLock::new();

#[allow(dead_code, reason = "it is held to stay in memory")]
struct Registered(Box<Listener>);

// SAFETY: the header says that the callback is called on any thread with its data.
unsafe impl Send for Registered {}

/// Sets the function that gets what the library logs, for the whole process, in place of the one before.
///
/// - callback: NULL turns logging off. It and `user_data` must stay valid to the end of the process, since
///   a thread may be calling it while another one is set.
/// - user_data: passed on to the callback; NULL is fine.
/// - level: a value of snapline_log_level; records that matter less are left out.
/// - error: NULL, or set to a new error on failure; free it with snapline_error_free.
///
/// Until it is first called, logging costs nothing. Safe from any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snapline_log_set_callback(
    callback: snapline_log_callback,
    user_data: *mut c_void,
    level: i32,
    error: Option<&mut MaybeUninit<Option<Box<snapline_error>>>>,
) -> snapline_status {
    let body = || {
        let most = snapline_log_level::SNAPLINE_LOG_DEBUG as i32;
        if !(0..=most).contains(&level) {
            return Err(Error::invalid_argument(
                "level",
                "a value of snapline_log_level",
                format!("`level` must be from 0 to {most}, not {level}"),
            ));
        }
        let Some(callback) = callback else {
            LEVEL.store(0, Ordering::Relaxed);
            tracing::callsite::rebuild_interest_cache();
            return Ok(());
        };
        let installed = INSTALLED
            .get_or_init(|| tracing::subscriber::set_global_default(LogSubscriber).is_ok());
        if !installed {
            return Err(Error::config(
                "another part of this process listens to what is logged already",
            ));
        }
        let mut kept = lock(&LISTENERS);
        kept.push(Registered(Box::new(Listener {
            callback,
            user_data,
        })));
        if let Some(Registered(listener)) = kept.last_mut() {
            LISTENER.store(&raw mut **listener, Ordering::Release);
        }
        drop(kept);
        LEVEL.store(level, Ordering::Relaxed);
        tracing::callsite::rebuild_interest_cache();
        Ok(())
    };
    call(error).run(body)
}

/// How much the record matters; SNAPLINE_LOG_OFF for NULL.
#[unsafe(no_mangle)]
pub extern "C" fn snapline_log_record_level(
    record: Option<&snapline_log_record>,
) -> snapline_log_level {
    match get(record, |record| record.level) {
        1 => snapline_log_level::SNAPLINE_LOG_ERROR,
        2 => snapline_log_level::SNAPLINE_LOG_WARN,
        3 => snapline_log_level::SNAPLINE_LOG_INFO,
        4 => snapline_log_level::SNAPLINE_LOG_DEBUG,
        _ => snapline_log_level::SNAPLINE_LOG_OFF,
    }
}

/// The whole record as one line, borrowed from it; NULL for NULL.
#[unsafe(no_mangle)]
pub extern "C" fn snapline_log_record_message(
    record: Option<&snapline_log_record>,
) -> *const c_char {
    get(record, |record| record.message.as_ptr())
}

/// The operation that the record is about, borrowed from it; NULL if it is about none.
#[unsafe(no_mangle)]
pub extern "C" fn snapline_log_record_operation(
    record: Option<&snapline_log_record>,
) -> *const c_char {
    get(record, |record| pointer(record.operation.as_ref()))
}

/// The id under which the service knows the request, borrowed; NULL if it is not known.
#[unsafe(no_mangle)]
pub extern "C" fn snapline_log_record_request_id(
    record: Option<&snapline_log_record>,
) -> *const c_char {
    get(record, |record| pointer(record.request_id.as_ref()))
}

/// How often the request was sent; 0 if the record does not say.
#[unsafe(no_mangle)]
pub extern "C" fn snapline_log_record_attempts(record: Option<&snapline_log_record>) -> u64 {
    get(record, |record| record.attempts)
}

/// The HTTP status of the answer; 0 if there was none.
#[unsafe(no_mangle)]
pub extern "C" fn snapline_log_record_http_status(record: Option<&snapline_log_record>) -> i64 {
    get(record, |record| record.http_status)
}

/// How long the call took, in microseconds; -1 if the record does not say, and 0 for NULL.
#[unsafe(no_mangle)]
pub extern "C" fn snapline_log_record_duration_us(record: Option<&snapline_log_record>) -> i64 {
    get(record, |record| record.duration_us)
}

/// How many fields the record has, those included that have a function of their own; 0 for NULL.
#[unsafe(no_mangle)]
pub extern "C" fn snapline_log_record_field_count(record: Option<&snapline_log_record>) -> usize {
    get(record, |record| record.fields.len())
}

/// The name of a field by its index from 0, borrowed; NULL where there is no such field.
#[unsafe(no_mangle)]
pub extern "C" fn snapline_log_record_field_name_at(
    record: Option<&snapline_log_record>,
    index: usize,
) -> *const c_char {
    get(record, |record| {
        pointer(record.fields.get(index).map(|(name, _)| name))
    })
}

/// The value of a field by its index from 0, as text, borrowed; NULL where there is no such field.
#[unsafe(no_mangle)]
pub extern "C" fn snapline_log_record_field_value_at(
    record: Option<&snapline_log_record>,
    index: usize,
) -> *const c_char {
    get(record, |record| {
        pointer(record.fields.get(index).map(|(_, value)| value))
    })
}

/// What the record is, without its fields: "call" for the end of a call, else a sentence. Borrowed; NULL
/// for NULL.
#[unsafe(no_mangle)]
pub extern "C" fn snapline_log_record_title(record: Option<&snapline_log_record>) -> *const c_char {
    get(record, |record| record.title.as_ptr())
}

pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn number_of(level: &Level) -> i32 {
    let level = match *level {
        Level::ERROR => snapline_log_level::SNAPLINE_LOG_ERROR,
        Level::WARN => snapline_log_level::SNAPLINE_LOG_WARN,
        Level::INFO => snapline_log_level::SNAPLINE_LOG_INFO,
        _ => snapline_log_level::SNAPLINE_LOG_DEBUG,
    };
    level as i32
}

/// The fields of a span or an event, in the order in which they were told.
#[derive(Default)]
struct Fields {
    message: String,
    operation: Option<String>,
    request_id: Option<String>,
    attempts: u64,
    http_status: i64,
    duration_us: Option<i64>,
    all: Vec<(&'static str, String)>,
}

impl Fields {
    fn add(&mut self, field: &Field, value: &dyn std::fmt::Display) {
        self.all.push((field.name(), value.to_string()));
    }
}

impl Visit for Fields {
    fn record_str(&mut self, field: &Field, value: &str) {
        match field.name() {
            "message" => {
                self.message = value.to_owned();
                return;
            }
            "operation" => self.operation = Some(value.to_owned()),
            "request_id" => self.request_id = Some(value.to_owned()),
            _ => {}
        }
        self.add(field, &value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        match field.name() {
            "attempts" => self.attempts = value,
            "status" => self.http_status = i64::try_from(value).unwrap_or_default(),
            _ => {}
        }
        self.add(field, &value);
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        if field.name() == "duration_ms" {
            // Far below the largest integer: a call is bounded by minutes.
            self.duration_us = Some((value * 1000.0) as i64);
        }
        self.add(field, &value);
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        if field.name() == "message" {
            self.message = format!("{value:?}");
        } else {
            self.add(field, &format_args!("{value:?}"));
        }
    }
}

/// A span that is open.
struct OpenSpan {
    level: i32,
    name: &'static str,
    fields: Mutex<Fields>,
}

fn emit(level: i32, name: &str, fields: &Fields) {
    let listener = LISTENER.load(Ordering::Acquire);
    if listener.is_null() || level > LEVEL.load(Ordering::Relaxed) {
        return;
    }
    let title = if fields.message.is_empty() {
        name.to_owned()
    } else {
        fields.message.clone()
    };
    let mut line = title.clone();
    for (name, value) in &fields.all {
        // Writing to a text cannot fail.
        let _ = write!(line, " {name}={value}");
    }
    let record = snapline_log_record {
        level,
        title: Text::new(title),
        message: Text::new(line),
        operation: fields.operation.clone().map(Text::new),
        request_id: fields.request_id.clone().map(Text::new),
        attempts: fields.attempts,
        http_status: fields.http_status,
        duration_us: fields.duration_us.unwrap_or(-1),
        fields: fields
            .all
            .iter()
            .map(|(name, value)| (Text::new(*name), Text::new(value.clone())))
            .collect(),
    };
    // SAFETY: listeners are never freed, and the header asks for a function that takes this data.
    unsafe {
        let listener = &*listener;
        (listener.callback)(listener.user_data, &raw const record);
    }
}

/// Passes on what the crates of this library log.
struct LogSubscriber;

impl LogSubscriber {
    /// A span by its id, which is a pointer that `new_span` gave away.
    ///
    /// # Safety
    /// The span is open.
    unsafe fn open(id: &Id) -> *const OpenSpan {
        // Ids are addresses, and addresses fit.
        id.into_u64() as usize as *const OpenSpan
    }
}

impl Subscriber for LogSubscriber {
    fn register_callsite(&self, metadata: &'static Metadata<'static>) -> Interest {
        if self.enabled(metadata) {
            Interest::always()
        } else {
            Interest::never()
        }
    }

    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with("snapline")
            && number_of(metadata.level()) <= LEVEL.load(Ordering::Relaxed)
    }

    fn new_span(&self, attributes: &Attributes<'_>) -> Id {
        let mut fields = Fields::default();
        attributes.record(&mut fields);
        let open = Arc::new(OpenSpan {
            level: number_of(attributes.metadata().level()),
            name: attributes.metadata().name(),
            fields: Mutex::new(fields),
        });
        // No address is 0.
        Id::from_u64(Arc::into_raw(open) as usize as u64)
    }

    fn record(&self, id: &Id, values: &Record<'_>) {
        // SAFETY: `tracing` asks this of open spans only.
        let open = unsafe { &*Self::open(id) };
        values.record(&mut *lock(&open.fields));
    }

    fn record_follows_from(&self, _span: &Id, _follows: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut fields = Fields::default();
        event.record(&mut fields);
        let metadata = event.metadata();
        guard((), || {
            emit(number_of(metadata.level()), metadata.name(), &fields)
        });
    }

    fn enter(&self, _span: &Id) {}

    fn exit(&self, _span: &Id) {}

    fn clone_span(&self, id: &Id) -> Id {
        // SAFETY: `tracing` asks this of open spans only, whose pointer came from an `Arc`.
        unsafe { Arc::increment_strong_count(Self::open(id)) };
        id.clone()
    }

    fn try_close(&self, id: Id) -> bool {
        // SAFETY: `tracing` closes a span once for `new_span` and once for each `clone_span`.
        let open = unsafe { Arc::from_raw(Self::open(&id)) };
        // Whoever closes it last tells of it.
        match Arc::into_inner(open) {
            Some(open) => {
                guard((), || emit(open.level, open.name, &lock(&open.fields)));
                true
            }
            None => false,
        }
    }
}
