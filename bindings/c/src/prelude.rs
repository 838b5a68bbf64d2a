//! What generated functions are made of: not each of them needs all of it.

#![allow(
    unused_imports,
    reason = "the documents decide which kinds of values there are"
)]

pub(crate) use std::collections::BTreeMap;
pub(crate) use std::ffi::{c_char, c_void};
pub(crate) use std::mem::MaybeUninit;
pub(crate) use std::time::Duration;

pub(crate) use snapline_runtime::{Error, Nullable, Page, StringOrInteger, Timestamp};

pub(crate) use crate::background::{
    snapline_done_callback, snapline_response_callback, snapline_text_callback,
};
pub(crate) use crate::call::{Call, Connected, from_json, to_json};
pub(crate) use crate::error::snapline_error;
pub(crate) use crate::generated::status::snapline_status;
pub(crate) use crate::guard::{free, get, guard, make, part};
pub(crate) use crate::handle::{boxed, place, shaped};
pub(crate) use crate::input::{
    choice, choices, json, keep, list, named, need, needed, object, objects, optional_text, text,
    texts, whole,
};
pub(crate) use crate::macros::{given, shape};
pub(crate) use crate::options::snapline_options;
pub(crate) use crate::outcome::call;
pub(crate) use crate::read::{self, Field};
pub(crate) use crate::response::{give_rate_limit, snapline_response};
pub(crate) use crate::setter::{check, faults, put, put_shaped, put_some, set};
pub(crate) use crate::settings::{snapline_settings, unknown_credential};
pub(crate) use crate::shape::{Argument, Choice, Either, Given, Json, Paged, Shape, Stamp, Text};
pub(crate) use crate::string::{give_json, give_text};
pub(crate) use crate::walk::{self, Walk};
