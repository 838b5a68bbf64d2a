//! How the handles and enums that are generated take part in what is by hand.

/// How the handle of a model is made of it and turned into it: the model's constructor with the fields that it
/// takes, the fields that are set, and where a handle that users make keeps its fault.
macro_rules! shape {
    ($Handle:ty, $Model:ty, $new:ident($($required:ident),*), set($($field:ident),*) $(, $fault:ident)?) => {
        impl $crate::shape::Shape for $Handle {
            type Rust = $Model;
            #[allow(unused_variables, reason = "a model may have no fields")]
            fn from_rust(value: $Model) -> Self {
                Self {
                    $($required: $crate::shape::Shape::from_rust(value.$required),)*
                    $($field: $crate::shape::Shape::from_rust(value.$field),)*
                    $($fault: None,)?
                }
            }
            #[allow(unused_mut, reason = "a model may have no fields")]
            fn to_rust(&self) -> $Model {
                let mut value = <$Model>::$new($(self.$required.to_rust()),*);
                $(value.$field = self.$field.to_rust();)*
                value
            }
        }

        $(
            $crate::setter::faults!($Handle: $fault);

            impl $crate::shape::Argument for $Handle {
                fn argument(&self) -> Result<$Model, snapline_runtime::Error> {
                    $crate::setter::check(&self.$fault).map(|()| self.to_rust())
                }
            }
        )?
    };
}
pub(crate) use shape;

/// How a handle that is only given out is made: its one field, and of what.
macro_rules! output {
    ($Handle:ty, $Value:ty, |$field:ident| $make:expr) => {
        impl $crate::shape::Output for $Handle {
            type Value = $Value;
            fn from_value($field: $Value) -> Self {
                Self { $field: $make }
            }
        }
    };
}
pub(crate) use output;

/// How an enum of C's goes with the one of the Rust crates: each constant's number and text.
macro_rules! enum_entries {
    ($Enum:ident, $Model:ty, $unknown:ident, [$($constant:ident = $text:literal),* $(,)?]) => {
        impl $Enum {
            /// The value of a number; unknown where it is not listed.
            #[allow(dead_code, reason = "what is only sent is read from no object")]
            pub(crate) fn of(number: i32) -> Self {
                match number {
                    $(number if number == Self::$constant as i32 => Self::$constant,)*
                    _ => Self::$unknown,
                }
            }
        }

        impl $crate::shape::EnumEntries for $Model {
            const ENTRIES: &'static [(i32, &'static std::ffi::CStr)] =
                &[$(($Enum::$constant as i32, $text)),*];
        }
    };
}
pub(crate) use enum_entries;
