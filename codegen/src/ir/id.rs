//! Names that are known to lead somewhere: only the builder of the IR makes them, and it has looked.

use std::borrow::Borrow;
use std::fmt;
use std::ops::Deref;

/// An id over a name: it reads as text, and only the IR makes one.
macro_rules! id {
    ($(#[doc = $doc:literal] $name:ident,)*) => {$(
        #[doc = $doc]
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(String);

        impl $name {
            pub(in crate::ir) fn new(name: impl Into<String>) -> Self {
                Self(name.into())
            }

            /// One for an IR that a test writes by hand.
            #[cfg(test)]
            #[allow(dead_code, reason = "not every kind of id is needed in tests")]
            pub(crate) fn of(name: &str) -> Self {
                Self(name.to_owned())
            }
        }

        impl Deref for $name {
            type Target = str;

            fn deref(&self) -> &str {
                &self.0
            }
        }

        impl Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl PartialEq<str> for $name {
            fn eq(&self, other: &str) -> bool {
                self.0 == other
            }
        }

        impl PartialEq<&str> for $name {
            fn eq(&self, other: &&str) -> bool {
                self.0 == *other
            }
        }

        impl PartialEq<String> for $name {
            fn eq(&self, other: &String) -> bool {
                self.0 == *other
            }
        }

        impl PartialEq<$name> for &str {
            fn eq(&self, other: &$name) -> bool {
                *self == other.0
            }
        }

        impl PartialEq<$name> for String {
            fn eq(&self, other: &$name) -> bool {
                *self == other.0
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(&self.0, f)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    )*};
}

id! {
    /// A model of an [`Api`](super::Api).
    ModelId,
    /// An enum of an [`Api`](super::Api).
    EnumId,
    /// A union of an [`Api`](super::Api).
    UnionId,
    /// An operation of an [`Api`](super::Api).
    OperationId,
}

/// A call of an [`Api`](super::Api).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct CallId {
    resource: Vec<String>,
    name: String,
}

impl CallId {
    pub(in crate::ir) fn new(resource: &[String], name: &str) -> Self {
        Self {
            resource: resource.to_vec(),
            name: name.to_owned(),
        }
    }

    /// The words of its resource.
    pub fn resource(&self) -> &[String] {
        &self.resource
    }

    /// Its own name.
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl fmt::Display for CallId {
    /// `nfs.snapshots.get`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.resource.join("."), self.name)
    }
}
