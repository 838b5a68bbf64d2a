//! Bodies of answers, made of one example of each thing.

use std::collections::HashMap;
use std::path::Path;

use bytes::Bytes;
use http::Method;
use serde_json::Value;

use crate::Error;

/// Stands for the number of a thing.
const NUMBER: &str = "{n}";

/// As many bodies are kept: those of a workload, and not those of a walk over a million.
const KEPT: usize = 256;

/// The examples, and bodies that were made before.
pub(crate) struct Answers {
    examples: HashMap<String, String>,
    made: HashMap<String, Bytes>,
}

impl Answers {
    pub(crate) fn read(file: &Path) -> Result<Self, Error> {
        let text = std::fs::read(file).map_err(|error| format!("{}: {error}", file.display()))?;
        let examples: HashMap<String, Value> = serde_json::from_slice(&text)
            .map_err(|error| format!("{}: {error}", file.display()))?;
        Ok(Self {
            examples: examples
                .into_iter()
                .map(|(name, value)| (name, value.to_string()))
                .collect(),
            made: HashMap::new(),
        })
    }

    /// The body for a request, or nothing where no workload has it.
    pub(crate) fn find(&mut self, method: &Method, path: &str, query: &str) -> Option<Bytes> {
        let key = format!("{method} {path}?{query}");
        if let Some(body) = self.made.get(&key) {
            return Some(body.clone());
        }
        let body = Bytes::from(self.make(method, path, query)?);
        if self.made.len() < KEPT {
            self.made.insert(key, body.clone());
        }
        Some(body)
    }

    fn make(&self, method: &Method, path: &str, query: &str) -> Option<String> {
        let (things, path) = path.strip_prefix('/')?.split_once('/')?;
        let things: u64 = things.parse().ok()?;
        let parts: Vec<&str> = path.split('/').collect();
        match (method, parts.as_slice()) {
            (&Method::GET, ["v2", "nfs", "snapshots"]) => Some(format!(
                r#"{{"snapshots":[{}]}}"#,
                self.several("nfs_snapshot", 0..things)?
            )),
            (&Method::GET, ["v2", "nfs", _]) => {
                Some(format!(r#"{{"share":{}}}"#, self.several("share", 1..2)?))
            }
            (&Method::POST, ["v2", "nfs", _, "actions"]) => {
                Some(format!(r#"{{"action":{}}}"#, self.several("action", 1..2)?))
            }
            (&Method::GET, ["v2", "snapshots"]) => self.page(things, query),
            _ => None,
        }
    }

    fn page(&self, things: u64, query: &str) -> Option<String> {
        let number = |name: &str, missing: u64| {
            query
                .split('&')
                .filter_map(|pair| pair.split_once('='))
                .find(|(key, _)| *key == name)
                .map_or(Some(missing), |(_, value)| value.parse().ok())
        };
        let size = number("per_page", 200)?;
        let page = number("page", 1)?;
        let first = page.checked_sub(1)?.checked_mul(size)?.min(things);
        let end = first.saturating_add(size).min(things);
        let links = if end < things {
            format!(
                r#"{{"pages":{{"next":"https://example.com/v2/snapshots?page={}&per_page={size}"}}}}"#,
                page.checked_add(1)?
            )
        } else {
            "{}".to_owned()
        };
        Some(format!(
            r#"{{"snapshots":[{}],"links":{links},"meta":{{"total":{things}}}}}"#,
            self.several("snapshot", first..end)?
        ))
    }

    fn several(&self, name: &str, numbers: std::ops::Range<u64>) -> Option<String> {
        let example = self.examples.get(name)?;
        let mut all = String::new();
        for number in numbers {
            if !all.is_empty() {
                all.push(',');
            }
            all.push_str(&example.replace(NUMBER, &format!("{number:012}")));
        }
        Some(all)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_workload_has_its_answer() {
        let mut answers = Answers::read(Path::new("../answers.json")).unwrap();
        let mut ask = |method, path: &str, query: &str| -> Value {
            serde_json::from_slice(&answers.find(&method, path, query).unwrap()).unwrap()
        };
        assert_eq!(
            ask(Method::GET, "/1/v2/nfs/s-1", "")["share"]["name"],
            "logs"
        );
        assert_eq!(
            ask(Method::POST, "/1/v2/nfs/s-1/actions", "")["action"]["type"],
            "CREATE_SNAPSHOT"
        );
        let list = ask(Method::GET, "/50/v2/nfs/snapshots", "");
        assert_eq!(list["snapshots"].as_array().unwrap().len(), 50);
        let page = ask(Method::GET, "/450/v2/snapshots", "per_page=200&page=2");
        assert_eq!(page["snapshots"][0]["name"], "nightly-000000000200");
        assert!(page["links"]["pages"]["next"].is_string());
        let last = ask(Method::GET, "/450/v2/snapshots", "per_page=200&page=3");
        assert_eq!(last["snapshots"].as_array().unwrap().len(), 50);
        assert_eq!(last["links"], serde_json::json!({}));
        assert!(answers.find(&Method::GET, "/v2/other", "").is_none());
    }
}
