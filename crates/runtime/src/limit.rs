//! The limits of a service: which one a refusal is about, and when to come again (B13).

use std::time::Duration;

/// A limit that a service keeps for an operation, generated as a static.
#[derive(Debug)]
pub struct Limit {
    /// Its name, such as `snapshots_per_volume`.
    pub name: &'static str,
    /// The statuses with which it is refused.
    pub statuses: &'static [u16],
    /// What code and message say then: all parts of one of the lists.
    pub words: &'static [&'static [&'static str]],
    /// The sentence about it.
    pub says: &'static str,
    /// After how many seconds there is room again; nothing where time alone makes none.
    pub again_after: Option<u64>,
}

impl Limit {
    /// The first of `limits` that an answer is about. The texts of services are not published, so that
    /// neither case nor what stands between words counts.
    pub(crate) fn met<'a>(
        limits: &'a [Self],
        status: u16,
        code: &str,
        message: &str,
    ) -> Option<&'a Self> {
        let mut of_status = limits
            .iter()
            .filter(|limit| limit.statuses.contains(&status))
            .peekable();
        of_status.peek()?;
        let said = words(&format!("{code} {message}"));
        of_status.find(|limit| {
            let all = |parts: &&[&str]| parts.iter().all(|part| said.contains(&words(part)));
            limit.words.iter().any(all)
        })
    }

    pub(crate) fn again_after(&self) -> Option<Duration> {
        self.again_after.map(Duration::from_secs)
    }
}

// The words of a text in small letters, each with one blank before it: a part is found at the beginning of a
// word, so that `10m` is in `per 10m0s` and not in `110m`.
fn words(text: &str) -> String {
    text.split(|character: char| !character.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .flat_map(|word| [" ".to_owned(), word.to_lowercase()])
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    static LIMITS: [Limit; 2] = [
        Limit {
            name: "often",
            statuses: &[429],
            words: &[&["rate-limited", "10m"], &["thing", "10 minutes"]],
            says: "One thing in 10 minutes",
            again_after: Some(600),
        },
        Limit {
            name: "many",
            statuses: &[409, 429],
            words: &[&["25 things"]],
            says: "25 things at most",
            again_after: None,
        },
    ];

    fn met(status: u16, code: &str, message: &str) -> Option<&'static str> {
        Limit::met(&LIMITS, status, code, message).map(|limit| limit.name)
    }

    #[test]
    fn b13_a_limit_is_known_by_status_and_words() {
        let often = Some("often");
        assert_eq!(met(429, "", "RATE_LIMITED - one request per 10m0s"), often);
        assert_eq!(met(429, "rate limited", "once in  10M"), often);
        assert_eq!(met(429, "", "A Thing\n10\tminutes ago"), often);
        assert_eq!(met(429, "x", "no more than 25\u{a0}things"), Some("many"));
        assert_eq!(met(409, "25_things", ""), Some("many"));
    }

    #[test]
    fn b13_other_refusals_are_about_no_limit() {
        for (status, message) in [
            (422, "rate-limited: 10m"),
            (409, "rate-limited: 10m"),
            (429, "rate-limited: 110m"),
            (429, "unrate-limited 10m"),
            (429, "API Rate limit exceeded."),
            (429, ""),
        ] {
            assert_eq!(met(status, "too_many_requests", message), None, "{message}");
        }
        assert!(Limit::met(&[], 429, "", "25 things").is_none());
    }
}
