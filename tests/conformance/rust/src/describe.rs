//! What came out of a call as JSON, field by field through the public API; and the steps of a call that
//! are the same for all, as macros, since each call's builder is a type of its own.

use std::collections::BTreeMap;

use serde_json::{Map, Value};
use snapline_runtime::{Bytes, Nullable, StringOrInteger, Timestamp};

/// What can be told as JSON.
pub trait Describe {
    /// It, as JSON.
    fn describe(&self) -> Value;

    /// Tells it as the field of an object; nothing where there is no value.
    fn add(&self, name: &str, fields: &mut Map<String, Value>) {
        fields.insert(name.to_owned(), self.describe());
    }
}

macro_rules! by_itself {
    ($($Type:ty),+) => { $(
        impl Describe for $Type {
            fn describe(&self) -> Value {
                crate::plain(self)
            }
        }
    )+ };
}
by_itself!(i64, u64, f64, bool, String, StringOrInteger, Value, Map<String, Value>);

impl Describe for Timestamp {
    fn describe(&self) -> Value {
        Value::from(self.as_str())
    }
}

impl Describe for Bytes {
    fn describe(&self) -> Value {
        crate::in_hex(self)
    }
}

impl<T: Describe> Describe for Vec<T> {
    fn describe(&self) -> Value {
        self.iter().map(T::describe).collect()
    }
}

impl<T: Describe> Describe for BTreeMap<String, T> {
    fn describe(&self) -> Value {
        let fields = self.iter();
        Value::Object(
            fields
                .map(|(name, value)| (name.clone(), value.describe()))
                .collect(),
        )
    }
}

impl<T: Describe> Describe for Option<T> {
    fn describe(&self) -> Value {
        self.as_ref().map_or(Value::Null, T::describe)
    }

    fn add(&self, name: &str, fields: &mut Map<String, Value>) {
        if let Some(value) = self {
            value.add(name, fields);
        }
    }
}

impl<T: Describe> Describe for Nullable<T> {
    fn describe(&self) -> Value {
        match self {
            Self::Value(value) => value.describe(),
            Self::Null => Value::Null,
        }
    }

    fn add(&self, name: &str, fields: &mut Map<String, Value>) {
        if let Self::Value(value) = self {
            value.add(name, fields);
        }
    }
}

/// A model by its fields and their names on the wire.
macro_rules! describe_model {
    ($Model:path { $($field:ident: $wire:literal),* $(,)? }) => {
        impl $crate::Describe for $Model {
            fn describe(&self) -> serde_json::Value {
                let mut fields = serde_json::Map::new();
                $($crate::Describe::add(&self.$field, $wire, &mut fields);)*
                serde_json::Value::Object(fields)
            }
        }
    };
}

/// An enum, each value by its name in Rust: what stands for another text is seen.
macro_rules! describe_enum {
    ($Enum:path { $($variant:ident: $wire:literal),* $(,)? }) => {
        impl $crate::Describe for $Enum {
            fn describe(&self) -> serde_json::Value {
                type It = $Enum;
                serde_json::Value::from(match self {
                    $(It::$variant => $wire,)*
                    other => $crate::unlisted(other.as_str(), &[$($wire),*]),
                })
            }
        }
    };
}

/// Sets the arguments that the order gives.
macro_rules! set {
    ($order:ident, $call:ident, $($name:literal $setter:ident: $Type:ty),+) => { $(
        if let Some(value) = $order.arguments.optional::<$Type>($name)? {
            $call = $call.$setter(value);
        }
    )+ };
}

/// Makes a call in the form that the order wants.
macro_rules! answer {
    ($order:ident, $call:ident, $outcome:path) => {
        if $order.mode == $crate::Mode::Raw {
            $crate::Done::whole(&$call.send_raw().await?, $outcome)
        } else {
            $crate::Done::bare($outcome(&$call.send().await?))
        }
    };
}

/// The same for a list in pages.
macro_rules! pages {
    ($order:ident, $call:ident) => {
        if $order.mode == $crate::Mode::Items {
            let mut items = $call.items();
            if let Some(most) = $order.limit {
                items = items.limit(most);
            }
            $crate::Done::bare($crate::Outcome::items(&items.try_collect().await?))
        } else {
            answer!($order, $call, $crate::Outcome::page)
        }
    };
}

/// The same for a wait, whose lower form takes options.
macro_rules! wait {
    ($order:ident, $call:ident, $outcome:path) => {
        if $order.mode == $crate::Mode::Raw {
            let value = $call.waiter().options($order.options.clone()).run().await?;
            $crate::Done::bare(value.as_ref().map_or($crate::Outcome::Nothing, $outcome))
        } else {
            $crate::Done::bare($outcome(&$call.await?))
        }
    };
}

/// What a client can do beside its resources.
macro_rules! client_call {
    ($client:ident, $order:ident) => {
        match $order.method.as_str() {
            "client.request" => {
                let response = $client
                    .request(
                        &$order.arguments.get::<String>("method")?,
                        &$order.arguments.get::<String>("path")?,
                        $order.arguments.optional("body")?,
                        $order.options.clone(),
                    )
                    .await?;
                Ok($crate::Done::whole(&response, $crate::Outcome::value))
            }
            "client.rate_limit" => Ok($crate::Done::bare(match $client.rate_limit() {
                Some(limit) => $crate::Outcome::Value {
                    value: $crate::rate_limit(limit),
                },
                None => $crate::Outcome::Nothing,
            })),
            "client.close" => {
                $client.close();
                Ok($crate::Done::bare($crate::Outcome::Nothing))
            }
            other => Err($crate::Failure::Unknown(other.to_owned())),
        }
    };
}
