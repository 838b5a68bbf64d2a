//! The limits that a service keeps for an operation.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::text::tidy;
use super::{Builder, extension};
use crate::document::join;
use crate::error::Result;
use crate::ir::Limit;

const KEY: &str = "x-snapline-limits";

impl Builder<'_> {
    /// What the overlay says of the limits of an operation.
    pub(super) fn limits(&self, pointer: &str, object: &Map<String, Value>) -> Result<Vec<Limit>> {
        let mut names = BTreeSet::new();
        let said = object.get(KEY).and_then(Value::as_array);
        let read = said.into_iter().flatten().enumerate().map(|(index, said)| {
            let at = || join(pointer, &[KEY, &index.to_string()]);
            let fault = |what: String, hint: &str| self.document.error(at(), what, hint);
            let mut limit: Limit = extension(self.document, &at(), said)?;
            let Limit { name, statuses, words, .. } = &limit;
            let snake = |name: &str| {
                name.starts_with(|c: char| c.is_ascii_lowercase())
                    && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
            };
            if !snake(name) || !names.insert(name.clone()) {
                return Err(fault(
                    format!("`{name}` is no name in snake case, or stands twice"),
                    "give each limit of an operation a name of its own",
                ));
            }
            if statuses.is_empty() || !statuses.iter().all(|status| (400..500).contains(status)) {
                return Err(fault(
                    "a limit is refused with a status from 400 to 499".to_owned(),
                    "list the statuses with which the service refuses",
                ));
            }
            let wordless = |part: &String| !part.contains(char::is_alphanumeric);
            if words.is_empty() || words.iter().any(|all| all.is_empty() || all.iter().any(wordless)) {
                return Err(fault(
                    "nothing says how an answer tells of the limit".to_owned(),
                    "list words of the answer's code or message",
                ));
            }
            limit.says = tidy(&limit.says).trim_end_matches('.').to_owned();
            if limit.says.is_empty() || limit.says.contains('\n') || limit.again_after == Some(0) || limit.most == Some(0) {
                return Err(fault(
                    "a limit has one sentence, and a time and a number that are not 0".to_owned(),
                    "say in `says` what the limit is, and leave `again_after` out where time makes no room, and `most` where it is none of number",
                ));
            }
            Ok(limit)
        });
        read.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::tiny;
    use crate::ir::Limit;

    fn built(limits: &str) -> Result<Vec<Limit>, String> {
        let paths = format!(
            "
/things:
  post:
    operationId: a
    x-snapline-limits: {limits}
    responses: {{'204': {{description: Done.}}}}"
        );
        let api = tiny::build(&paths, "")?;
        Ok(api.operations.into_iter().next().unwrap().limits)
    }

    #[test]
    fn b13_a_limit_is_read() {
        let limits = "[{name: things, statuses: [409, 429], words: [[too many], [25, things]], says: '25 at  most.'}]";
        let wanted = Limit {
            name: "things".to_owned(),
            statuses: vec![409, 429],
            words: vec![
                vec!["too many".to_owned()],
                vec!["25".to_owned(), "things".to_owned()],
            ],
            says: "25 at most".to_owned(),
            again_after: None,
            most: None,
        };
        // YAML reads 25 as a number.
        assert!(built(limits).unwrap_err().contains("expected a string"));
        assert_eq!(built(&limits.replace("[25,", "['25',")), Ok(vec![wanted]));
    }

    #[test]
    fn b13_a_limit_that_says_too_little_is_refused() {
        let whole =
            "name: things, statuses: [429], words: [[too many]], says: A few., again_after: 600";
        assert_eq!(
            built(&format!("[{{{whole}}}]")).unwrap()[0].again_after,
            Some(600)
        );
        for (old, new, wanted) in [
            ("name: things", "name: Things", "no name in snake case"),
            ("[429]", "[]", "from 400 to 499"),
            ("[429]", "[503]", "from 400 to 499"),
            ("[[too many]]", "[]", "nothing says how"),
            ("[[too many]]", "[[]]", "nothing says how"),
            ("[[too many]]", "[['-']]", "nothing says how"),
            ("A few.", "'.'", "one sentence"),
            ("600", "0", "a time and a number that are not 0"),
            ("600", "600, most: 0", "a time and a number that are not 0"),
            ("says", "tells", "unknown field `tells`"),
        ] {
            let error = built(&format!("[{{{}}}]", whole.replace(old, new))).unwrap_err();
            assert!(error.contains(wanted), "{error}");
            let place = "tiny.yaml at /paths/~1things/post/x-snapline-limits/0 (operation a): ";
            assert!(error.starts_with(place), "{error}");
        }
        let twice = built(&format!("[{{{whole}}}, {{{whole}}}]")).unwrap_err();
        assert!(twice.contains("or stands twice"), "{twice}");
    }
}
