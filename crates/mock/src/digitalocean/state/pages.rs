//! One page of a list, with links to the others.
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

use super::{Call, Outcome};
use crate::respond::Refusal;

/// Everything but RFC 3986's unreserved characters.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

#[derive(Serialize, Default)]
struct Links {
    #[serde(skip_serializing_if = "Option::is_none")]
    pages: Option<Others>,
}

#[derive(Serialize, Default)]
struct Others {
    #[serde(skip_serializing_if = "Option::is_none")]
    first: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    prev: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last: Option<String>,
}

#[derive(Serialize)]
struct Meta {
    total: usize,
}

struct Page<T> {
    key: &'static str,
    items: Vec<T>,
    links: Links,
    meta: Meta,
}

impl<T: Serialize> Serialize for Page<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(3))?;
        map.serialize_entry(self.key, &self.items)?;
        map.serialize_entry("links", &self.links)?;
        map.serialize_entry("meta", &self.meta)?;
        map.end()
    }
}

/// Answers with the page of `all` that the call asks for.
pub(super) fn page<T: Serialize>(
    call: &Call<'_>,
    key: &'static str,
    all: impl Iterator<Item = T>,
) -> Outcome {
    let pages = call.operation.pages.as_ref().ok_or_else(|| {
        Refusal::new(
            500,
            "server_error",
            "The document gives this list no pages.",
        )
    })?;
    let asked = |name: &str, default: u64| {
        let value = call
            .value(name)
            .and_then(serde_json::Value::as_u64)
            .unwrap_or(default);
        usize::try_from(value).unwrap_or(usize::MAX).max(1)
    };
    let size = asked(&pages.size, pages.default_size);
    let number = asked(&pages.page, 1);
    let start = (number - 1).saturating_mul(size);

    let mut total = 0;
    let mut items = Vec::new();
    for item in all {
        if total >= start && items.len() < size {
            items.push(item);
        }
        total += 1;
    }
    let last = total.div_ceil(size).max(1);
    let link = |to: usize| Some(link(call, &pages.page, to));
    let mut others = Others::default();
    if number > 1 {
        others.first = link(1);
        others.prev = link((number - 1).min(last));
    }
    if number < last {
        others.next = link(number + 1);
        others.last = link(last);
    }
    let pages = (last > 1 || number > 1).then_some(others);
    let links = Links { pages };
    call.success(&Page {
        key,
        items,
        links,
        meta: Meta { total },
    })
}

fn link(call: &Call<'_>, name: &str, number: usize) -> String {
    let number = number.to_string();
    let kept = call.checked.query.iter().filter(|(known, _)| known != name);
    let pairs = kept
        .map(|(key, value)| (key.as_str(), value.as_str()))
        .chain([(name, &*number)]);
    let query: Vec<String> = pairs
        .map(|(key, value)| {
            let encode = |text| utf8_percent_encode(text, RESERVED);
            format!("{}={}", encode(key), encode(value))
        })
        .collect();
    format!("{}{}?{}", call.base, call.path, query.join("&"))
}
