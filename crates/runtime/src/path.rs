//! Path segments.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

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

#[cfg(test)]
mod tests {
    use super::encode_path;

    #[test]
    fn b3_reserved_bytes_are_encoded() {
        assert_eq!(encode_path("a/b\\c?d#e%f g"), "a%2Fb%5Cc%3Fd%23e%25f%20g");
        assert_eq!(encode_path("AZaz09-._~"), "AZaz09-._~");
        assert_eq!(encode_path("é"), "%C3%A9");
    }

    proptest::proptest! {
        #[test]
        fn b3_any_value_is_one_segment_and_comes_back(value in ".*") {
            let url = format!("http://h/a/{}/b?c=d", encode_path(&value));
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
