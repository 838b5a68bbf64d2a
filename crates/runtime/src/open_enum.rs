//! Enums that keep values nobody has told us about yet.

use std::fmt;

/// The text of an enum value that the document does not list.
// Not a `Box<str>`: an enum has room for its other variants in a `String`'s capacity, so that looking whether
// there is a text to free never reads a part of one that is not there, which valgrind takes for a fault.
#[derive(Clone, PartialEq, Eq, Hash, Default)]
pub struct Unlisted(String);

impl Unlisted {
    // Only the generated `From` builds one, so that a listed value is never hidden in here.
    #[doc(hidden)]
    #[must_use]
    pub fn __new(text: String) -> Self {
        Self(text)
    }

    /// The value as received.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Unlisted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&*self.0, f)
    }
}

impl fmt::Display for Unlisted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// An enum made by [`open_enum!`](crate::open_enum).
pub trait OpenEnum: AsRef<str> {
    /// The values that the document lists.
    const VALUES: &'static [&'static str];
}

/// Defines an enum of strings that is open to values not listed, which land in `Other`.
///
/// ```
/// snapline_runtime::open_enum! {
///     /// How a share is doing.
///     pub enum Status {
///         /// Being made.
///         Creating = "CREATING",
///     }
/// }
/// assert_eq!(Status::from("CREATING"), Status::Creating);
/// assert_eq!(Status::from("RESIZING").as_str(), "RESIZING");
/// ```
#[macro_export]
macro_rules! open_enum {
    ($(
        $(#[$meta:meta])*
        $vis:vis enum $Name:ident {
            $( $(#[$variant_meta:meta])* $Variant:ident = $text:literal ),* $(,)?
        }
    )+) => { $(
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        $vis enum $Name {
            $( $(#[$variant_meta])* $Variant, )*
            /// A value that the document does not list. It is received as it is; sent, it breaks a bound.
            Other($crate::Unlisted),
        }

        impl $Name {
            /// The values that the document lists.
            $vis const VALUES: &'static [&'static str] = &[$($text),*];

            /// The value as the service writes it.
            #[must_use]
            $vis fn as_str(&self) -> &str {
                match self {
                    $(Self::$Variant => $text,)*
                    Self::Other(other) => other.as_str(),
                }
            }

            /// Whether the document lists this value.
            #[must_use]
            $vis fn is_listed(&self) -> bool {
                !::std::matches!(self, Self::Other(_))
            }
        }

        impl $crate::OpenEnum for $Name {
            const VALUES: &'static [&'static str] = Self::VALUES;
        }

        impl ::std::default::Default for $Name {
            fn default() -> Self {
                Self::Other(::std::default::Default::default())
            }
        }

        impl ::std::convert::From<&str> for $Name {
            fn from(text: &str) -> Self {
                match text {
                    $($text => Self::$Variant,)*
                    other => Self::Other($crate::Unlisted::__new(other.into())),
                }
            }
        }

        impl ::std::convert::From<::std::string::String> for $Name {
            fn from(text: ::std::string::String) -> Self {
                match text.as_str() {
                    $($text => Self::$Variant,)*
                    _ => Self::Other($crate::Unlisted::__new(text)),
                }
            }
        }

        impl ::std::convert::From<&::std::string::String> for $Name {
            fn from(text: &::std::string::String) -> Self {
                Self::from(text.as_str())
            }
        }

        impl ::std::str::FromStr for $Name {
            type Err = ::std::convert::Infallible;
            fn from_str(text: &str) -> ::std::result::Result<Self, Self::Err> {
                ::std::result::Result::Ok(Self::from(text))
            }
        }

        impl ::std::fmt::Display for $Name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl ::std::convert::AsRef<str> for $Name {
            fn as_ref(&self) -> &str {
                self.as_str()
            }
        }

        impl ::std::cmp::PartialOrd for $Name {
            fn partial_cmp(&self, other: &Self) -> ::std::option::Option<::std::cmp::Ordering> {
                ::std::option::Option::Some(::std::cmp::Ord::cmp(self, other))
            }
        }

        impl ::std::cmp::Ord for $Name {
            fn cmp(&self, other: &Self) -> ::std::cmp::Ordering {
                self.as_str().cmp(other.as_str())
            }
        }

        impl ::std::cmp::PartialEq<str> for $Name {
            fn eq(&self, other: &str) -> bool {
                self.as_str() == other
            }
        }

        impl ::std::cmp::PartialEq<&str> for $Name {
            fn eq(&self, other: &&str) -> bool {
                self.as_str() == *other
            }
        }

        impl $crate::__private::serde::Serialize for $Name {
            fn serialize<S>(&self, serializer: S) -> ::std::result::Result<S::Ok, S::Error>
            where
                S: $crate::__private::serde::Serializer,
            {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> $crate::__private::serde::Deserialize<'de> for $Name {
            fn deserialize<D>(deserializer: D) -> ::std::result::Result<Self, D::Error>
            where
                D: $crate::__private::serde::Deserializer<'de>,
            {
                struct Text;
                impl $crate::__private::serde::de::Visitor<'_> for Text {
                    type Value = $Name;
                    fn expecting(
                        &self,
                        f: &mut ::std::fmt::Formatter<'_>,
                    ) -> ::std::fmt::Result {
                        f.write_str("a string")
                    }
                    fn visit_str<E>(self, text: &str) -> ::std::result::Result<$Name, E> {
                        ::std::result::Result::Ok($Name::from(text))
                    }
                }
                deserializer.deserialize_str(Text)
            }
        }

        $crate::json_text!($Name);

        impl $crate::Lenient for $Name {
            fn lenient(
                value: $crate::Json,
                log: &mut $crate::DriftLog,
            ) -> ::std::option::Option<Self> {
                <::std::string::String as $crate::Lenient>::lenient(value, log).map(Self::from)
            }
        }
    )+ };
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use std::collections::BTreeSet;

    crate::open_enum! {
        /// A state.
        pub(super) enum Status {
            /// One.
            Creating = "CREATING",
            /// Two.
            Active = "active-now",
        }
    }

    #[test]
    fn b12_listed_and_unlisted_values_round_trip() {
        for text in ["CREATING", "active-now", "creating", ""] {
            let status: Status = serde_json::from_value(json!(text)).unwrap();
            assert_eq!(status.is_listed(), Status::VALUES.contains(&text));
            assert_eq!(status, text);
            assert_eq!(serde_json::to_value(&status).unwrap(), json!(text));
            assert_eq!(Status::from(text.to_owned()), status);
            assert_eq!(text.parse::<Status>().unwrap(), status);
        }
        assert_eq!(Status::from("CREATING"), Status::Creating);
        assert_eq!(Status::default().as_str(), "");
        assert_eq!(Status::VALUES, ["CREATING", "active-now"]);
        assert!(serde_json::from_str::<Status>("7").is_err());
    }

    #[test]
    fn order_is_that_of_the_strings() {
        let all: BTreeSet<Status> = ["b", "active-now", "CREATING"].map(Status::from).into();
        let all: Vec<_> = all.iter().map(Status::as_str).collect();
        assert_eq!(all, ["CREATING", "active-now", "b"]);
        assert_eq!(format!("{:?}", Status::from("x")), "Other(\"x\")");
    }
}
