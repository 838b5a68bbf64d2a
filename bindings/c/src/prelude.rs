//! What generated functions are made of: not each of them needs all of it.

#![allow(
    unused_imports,
    reason = "the documents decide which kinds of values there are"
)]

pub(crate) use std::collections::BTreeMap;
pub(crate) use std::ffi::{c_char, c_void};
pub(crate) use std::mem::MaybeUninit;
pub(crate) use std::time::Duration;

pub(crate) use snapline_runtime::{Bytes, Error, Nullable, Page, StringOrInteger, Timestamp};

pub(crate) use crate::background::{
    CallbackOutput, snapline_bytes_callback, snapline_done_callback, snapline_response_callback,
    snapline_text_callback,
};
pub(crate) use crate::bytes::snapline_bytes;
pub(crate) use crate::call::{Call, ClientHandle, from_json, helped, to_json};
pub(crate) use crate::error::snapline_error;
pub(crate) use crate::generated::status::snapline_status;
pub(crate) use crate::guard::{free, get, guard, make, part};
pub(crate) use crate::handle::{boxed, output, place};
pub(crate) use crate::input::{
    accept, accept_object, arg, enum_texts, json, list, member, members, object, objects,
    optional_text, required, text, texts,
};
pub(crate) use crate::macros::{output, shape};
pub(crate) use crate::options::snapline_options;
pub(crate) use crate::outcome::call;
pub(crate) use crate::read::{self, Field};
pub(crate) use crate::response::{snapline_response, write_rate_limit};
pub(crate) use crate::setter::{check, faults, put, put_shaped, put_some, set};
pub(crate) use crate::settings::{snapline_settings, unknown_credential};
pub(crate) use crate::shape::{
    Argument, EnumValue, Json, Moment, Output, Paged, Shape, Text, TextOrInteger,
};
pub(crate) use crate::string::{json_to_c, text_to_c};
pub(crate) use crate::walk::{self, Walk};
