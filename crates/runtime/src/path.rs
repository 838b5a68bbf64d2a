//! Values in a URL: path segments, and lists that a query holds under one name.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Serialize;
use serde_json::Value;
use std::fmt::{self, Display, Formatter, Write};

// Everything but the unreserved characters, so that no URL parser gives a byte a meaning.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// Percent-encodes a path value whole: every byte but `A-Z a-z 0-9 - . _ ~`.
#[must_use]
pub fn encode_path(value: &str) -> String {
    utf8_percent_encode(value, SEGMENT).to_string()
}

/// A value as one segment of a path, percent-encoded as [`encode_path`] does it.
#[must_use]
pub fn segment<T: Display>(value: &T) -> impl Display {
    Segment(value)
}

struct Segment<'a, T>(&'a T);

impl<T: Display> Display for Segment<'_, T> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(Encoder(f), "{}", self.0)
    }
}

// Encodes what is written, piece by piece: a piece is whole characters.
struct Encoder<'a, 'f>(&'a mut Formatter<'f>);

impl Write for Encoder<'_, '_> {
    fn write_str(&mut self, piece: &str) -> fmt::Result {
        utf8_percent_encode(piece, SEGMENT).fmt(self.0)
    }
}

/// Adds a list to a request's query under one name. The separator stands between the items as it is,
/// and encoded where it is part of one, so that the two are told apart. An empty list is left out.
pub fn add_list<T: Serialize>(
    request: &mut reqwest::Request,
    name: &str,
    separator: &str,
    items: Option<&Vec<T>>,
) {
    let items: Vec<String> = items
        .into_iter()
        .flatten()
        .map(|item| match serde_json::to_value(item) {
            Ok(Value::String(text)) => encode_path(&text),
            // Numbers and the like; what else there is has no place in a URL, and the generator makes none.
            other => encode_path(&other.unwrap_or_default().to_string()),
        })
        .collect();
    if items.is_empty() {
        return;
    }
    let list = format!("{}={}", encode_path(name), items.join(separator));
    let url = request.url_mut();
    let query = match url.query() {
        Some(before) if !before.is_empty() => format!("{before}&{list}"),
        _ => list,
    };
    url.set_query(Some(&query));
}

#[cfg(test)]
mod tests {
    use super::{add_list, encode_path, segment};

    #[test]
    fn o51_a_list_under_one_name_is_told_from_its_items() {
        let url = reqwest::Url::parse("http://h/a?b=c").unwrap();
        let mut request = reqwest::Request::new(reqwest::Method::GET, url);
        add_list(&mut request, "ids", ",", Some(&vec!["a", "b,c", "d e"]));
        add_list(&mut request, "n[]", "%20", Some(&vec![1, 2]));
        add_list(&mut request, "none", ",", Some(&Vec::<String>::new()));
        add_list(&mut request, "absent", ",", None::<&Vec<String>>);
        assert_eq!(
            request.url().query(),
            Some("b=c&ids=a,b%2Cc,d%20e&n%5B%5D=1%202")
        );
    }

    #[test]
    fn b3_reserved_bytes_are_encoded() {
        assert_eq!(encode_path("a/b\\c?d#e%f g"), "a%2Fb%5Cc%3Fd%23e%25f%20g");
        assert_eq!(encode_path("AZaz09-._~"), "AZaz09-._~");
        assert_eq!(encode_path("é"), "%C3%A9");
    }

    proptest::proptest! {
        #[test]
        fn b3_any_value_is_one_segment_and_comes_back(value in ".*") {
            let url = format!("http://h/a/{}/b?c=d", segment(&value));
            proptest::prop_assert_eq!(segment(&value).to_string(), encode_path(&value));
            let url = reqwest::Url::parse(&url).unwrap();
            let segments: Vec<_> = url.path_segments().unwrap().collect();
            // The two names that a path gives a meaning are refused before they get here.
            if !matches!(value.as_str(), "." | "..") {
                proptest::prop_assert_eq!(segments.len(), 3);
                let back = percent_encoding::percent_decode_str(segments[1]).decode_utf8().unwrap();
                proptest::prop_assert_eq!(back, value.as_str());
            }
            proptest::prop_assert_eq!(url.query(), Some("c=d"));
            proptest::prop_assert_eq!(url.host_str(), Some("h"));
        }
    }

    #[test]
    fn b3_an_encoded_dot_stays_a_name() {
        let url = format!("http://h/a/{}/b", encode_path("%2e%2e"));
        assert_eq!(reqwest::Url::parse(&url).unwrap().path(), "/a/%252e%252e/b");
    }
}
