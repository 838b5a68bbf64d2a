//! DigitalOcean: file shares, snapshots of volumes and droplets, and actions.
mod state;

use std::sync::Mutex;

use serde_json::Value;

use crate::cases::Arrived;
use crate::document::{Document, Once, Operation};
use crate::error::Error;
use crate::limits::{Limits, RateLimit};
use crate::lock::lock;
use crate::options::Options;
use crate::provider::{Call, Provider};
use crate::respond::{Answer, Refusal};
use crate::schema::Unknown;
use crate::{Mock, validate};

use state::State;

/// The document this crate was built with.
pub(crate) const DOCUMENT: &str = include_str!("../generated/digitalocean.json");
/// What every path of the API begins with.
const BASE: &str = "/v2";
/// How many requests a token has in an hour.
const HOURLY: u64 = 5000;

/// The document this crate was built with.
///
/// # Errors
/// When the document has a shape that this server does not know.
pub fn document() -> Result<&'static Document, Error> {
    read(Unknown::Refused)
}

fn read(unknown: Unknown) -> Result<&'static Document, Error> {
    static PARSED: Once = Once::new();
    Document::once(&PARSED, DOCUMENT, unknown)
}

/// What is remembered of DigitalOcean.
#[derive(Debug)]
pub(crate) struct Service {
    state: Mutex<State>,
    limits: Limits,
    tokens: Vec<String>,
    droplets: Vec<i64>,
    volumes: Vec<String>,
    tag: String,
}

/// A new service.
pub(crate) fn service(asked: &Options) -> Result<Box<dyn Provider>, Error> {
    Ok(Box::new(Service::new(asked)?))
}

impl Service {
    fn new(asked: &Options) -> Result<Self, Error> {
        let state = State::new(read(Unknown::of(asked.strict))?, asked)?;
        Ok(Self {
            droplets: state.droplet_ids(),
            volumes: state.volume_ids(),
            tag: state.tag().unwrap_or_default(),
            state: Mutex::new(state),
            limits: Limits::new(&asked.limits, RateLimit::per_hour(HOURLY)),
            tokens: asked.tokens.clone(),
        })
    }
}

impl Mock {
    /// Ids of DigitalOcean's droplets that there are from the start.
    #[must_use]
    pub fn droplets(&self) -> Vec<i64> {
        self.of(|it: &Service| it.droplets.clone())
    }

    /// Ids of DigitalOcean's volumes that there are from the start.
    #[must_use]
    pub fn volumes(&self) -> Vec<String> {
        self.of(|it: &Service| it.volumes.clone())
    }

    /// The tag that the first two of DigitalOcean's droplets carry.
    #[must_use]
    pub fn tag(&self) -> String {
        self.of(|it: &Service| it.tag.clone())
    }
}

impl Provider for Service {
    fn name(&self) -> &'static str {
        "digitalocean"
    }

    fn document(&self, unknown: Unknown) -> Result<&'static Document, Error> {
        read(unknown)
    }

    fn claims(&self, path: &str) -> bool {
        path.strip_prefix(BASE)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }

    fn admit(&self, arrived: &Arrived<'_>, operation: Option<&Operation>) -> Result<(), Answer> {
        if !operation.is_some_and(|operation| operation.secured) {
            return Ok(());
        }
        validate::authorization(arrived.headers, &self.tokens)
            .map(|_| ())
            .map_err(|refusal| self.refuse(&refusal, operation, arrived))
    }

    fn limits(&self) -> Option<&Limits> {
        Some(&self.limits)
    }

    fn caller<'a>(&self, arrived: &Arrived<'a>) -> &'a str {
        validate::authorization(arrived.headers, &self.tokens).unwrap_or_default()
    }

    fn run(&self, call: &Call<'_>) -> Result<Answer, Refusal> {
        lock(&self.state).run(call)
    }

    fn headers(&self, arrived: &Arrived<'_>) -> Vec<(String, String)> {
        vec![("x-request-id".to_owned(), arrived.request_id.to_owned())]
    }

    fn environment(&self, url: &str) -> Vec<(&'static str, String)> {
        let token = self.tokens.first().map_or("any", String::as_str);
        vec![
            ("SNAPLINE_DIGITALOCEAN_URL", url.to_owned()),
            ("DIGITALOCEAN_TOKEN", token.to_owned()),
        ]
    }

    fn state(&self) -> Value {
        lock(&self.state).whole()
    }

    fn note(&self) -> Option<String> {
        // The line is for people, who need no hundred of them.
        let droplets: Vec<String> = self.droplets.iter().map(i64::to_string).collect();
        let volumes: Vec<&str> = self.volumes.iter().take(10).map(String::as_str).collect();
        Some(format!(
            "droplets {} (the first two tagged {}), volumes {}",
            droplets.join(" "),
            self.tag,
            volumes.join(" ")
        ))
    }
}

#[cfg(test)]
mod tests {
    use crate::document::{Document, Found};
    use crate::schema::Unknown;
    use crate::violations;

    fn bundled() -> &'static Document {
        super::document().unwrap()
    }

    #[test]
    fn literal_segments_win_over_parameters() {
        let Found::Operation(operation, values) = bundled().find("GET", "/v2/nfs/snapshots") else {
            panic!("not found");
        };
        assert_eq!(operation.id, "nfs_list_snapshot");
        assert!(values.is_empty());
        let Found::Operation(operation, values) = bundled().find("GET", "/v2/nfs/a%2Fb") else {
            panic!("not found");
        };
        assert_eq!(operation.id, "nfs_get");
        assert_eq!(values, [("nfs_id", "a/b".to_owned())]);
    }

    #[test]
    fn a_path_without_its_method_or_parameter_is_not_found() {
        assert!(
            matches!(bundled().find("PUT", "/v2/nfs"), Found::OtherMethods(m) if m == ["POST", "GET"])
        );
        assert!(matches!(bundled().find("GET", "/v2/nfs/"), Found::Nothing));
        assert!(matches!(
            bundled().find("GET", "/v2/nfs/a/b"),
            Found::Nothing
        ));
    }

    #[test]
    fn every_documented_example_is_valid() {
        for operation in bundled().operations() {
            for status in [operation.success, 400, 401, 404, 409, 429, 500] {
                if let Some(example) = operation.exact_example(status).or_else(|| {
                    (status == operation.success)
                        .then(|| operation.example(status))
                        .flatten()
                }) {
                    let body = serde_json::to_vec(example).unwrap();
                    bundled().check_response(operation, status, &body).unwrap();
                }
            }
            let lenient = super::read(Unknown::Ignored).unwrap();
            let lenient = lenient.operation(&operation.id).unwrap();
            for body in bundled().request_examples(operation) {
                for operation in [operation, lenient] {
                    let rules = operation.body.as_ref().unwrap();
                    if let Err(why) = violations::against(&rules.validator, &body) {
                        panic!("{}: {body}: {why}", operation.id);
                    }
                }
            }
        }
    }

    #[test]
    fn a_wrong_answer_is_noticed() {
        let get = bundled().operation("nfs_get").unwrap();
        let check = |status, body: &str| bundled().check_response(get, status, body.as_bytes());
        check(200, "{}").unwrap();
        assert!(
            check(200, r#"{"share":{"id":1}}"#)
                .unwrap_err()
                .contains("/share")
        );
        assert!(check(200, r#"{"shard":{}}"#).is_err());
        assert!(check(201, "{}").unwrap_err().contains("201 instead of 200"));
        assert!(check(200, "").unwrap_err().contains("not JSON"));
        let delete = bundled().operation("nfs_delete").unwrap();
        assert!(bundled().check_response(delete, 204, b"{}").is_err());
        bundled().check_response(delete, 204, b"").unwrap();
        bundled().check_response(delete, 204, b"null").unwrap();
    }
}
