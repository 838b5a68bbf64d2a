//! The document: what may be asked, and what may be answered.
use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use jsonschema::Validator;
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value};

use crate::error::Error;
use crate::schema::{self, Direction, Unknown};
use crate::violations;

/// A document that was read in one way or the other, or why it could not be.
pub(crate) struct Once {
    refusing: OnceLock<Result<Document, String>>,
    ignoring: OnceLock<Result<Document, String>>,
}

impl Once {
    pub(crate) const fn new() -> Self {
        Self {
            refusing: OnceLock::new(),
            ignoring: OnceLock::new(),
        }
    }
}

/// An OpenAPI document, ready to check requests and answers.
#[derive(Debug)]
pub struct Document {
    raw: Value,
    operations: Vec<Operation>,
}

/// One operation of the document.
#[derive(Debug)]
pub struct Operation {
    pub(crate) id: String,
    pub(crate) method: String,
    pub(crate) template: String,
    pub(crate) parameters: Vec<Parameter>,
    pub(crate) body: Option<Body>,
    pub(crate) success: u16,
    /// The media type of a success that is no JSON.
    pub(crate) answers: Option<Raw>,
    pub(crate) secured: bool,
    pub(crate) pages: Option<Pages>,
    /// What is done with what a request has and the document does not name.
    pub(crate) unknown: Unknown,
    /// Fields of the body that are secrets, by their names.
    pub(crate) secrets: Vec<String>,
    responses: HashMap<String, Rule>,
}

/// Where a parameter stands in a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    Path,
    Query,
    Header,
}

/// What the text of a parameter is read as.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Kind {
    Text,
    Integer,
    Number,
    Boolean,
    List(Box<Kind>),
}

#[derive(Debug)]
pub(crate) struct Parameter {
    pub(crate) name: String,
    pub(crate) place: Place,
    pub(crate) required: bool,
    pub(crate) kind: Kind,
    pub(crate) validator: Arc<Validator>,
}

/// A body that is no JSON: what it is, and its media types.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Raw {
    pub(crate) is_text: bool,
    pub(crate) media: String,
}

impl Raw {
    /// That of content which the document calls JSON all the same; `media` is what it is really called.
    fn of(content: Option<&Value>, media: Option<&Value>) -> Option<Self> {
        let name = content?.get("x-snapline-raw")?.as_str()?;
        Some(Self {
            is_text: name == "text",
            media: media.and_then(Value::as_str).unwrap_or_default().to_owned(),
        })
    }

    /// The media type of an answer: one that is no range.
    pub(crate) fn answered(&self) -> &str {
        let mut all = self.media.split(", ");
        let usual = match self.is_text {
            true => "text/plain",
            false => "application/octet-stream",
        };
        all.find(|media| !media.contains('*')).unwrap_or(usual)
    }
}

/// A body of names and values: what each is.
#[derive(Debug)]
pub(crate) struct Form {
    fields: HashMap<String, Kind>,
    others: Kind,
}

impl Form {
    pub(crate) fn kind(&self, name: &str) -> &Kind {
        self.fields.get(name).unwrap_or(&self.others)
    }
}

/// The media type of a form.
const FORM: &str = "application/x-www-form-urlencoded";

/// A media type without its parameters.
pub(crate) fn essence(media: &str) -> &str {
    media.split(';').next().unwrap_or_default().trim()
}

#[derive(Debug)]
pub(crate) struct Body {
    pub(crate) required: bool,
    /// What it is where it is text or bytes by themselves.
    pub(crate) raw: Option<Raw>,
    /// Its media type, without parameters.
    pub(crate) media: String,
    /// Its fields, where it is a form.
    pub(crate) form: Option<Form>,
    pub(crate) validator: Arc<Validator>,
    schema: Value,
    example: Option<Value>,
}

/// The names of the paging parameters, and the size of a page when none is asked for.
#[derive(Debug)]
pub(crate) struct Pages {
    pub(crate) page: String,
    pub(crate) size: String,
    pub(crate) default_size: u64,
}

#[derive(Debug)]
struct Rule {
    validator: Option<Arc<Validator>>,
    example: Option<Value>,
}

/// Where most providers' tokens stand: the header, and the scheme in front of it.
pub(crate) const BEARER: (&str, &str) = ("Authorization", "Bearer");

/// Where those that are a user name and a password stand.
pub(crate) const BASIC: (&str, &str) = ("Authorization", "Basic");

/// What a method and a path lead to.
pub(crate) enum Found<'a> {
    Operation(&'a Operation, Vec<(&'a str, String)>),
    /// The path is there, but only with these methods.
    OtherMethods(Vec<&'a str>),
    Nothing,
}

impl Document {
    /// A document that is read when it is first wanted.
    pub(crate) fn once(
        parsed: &'static Once,
        text: &str,
        unknown: Unknown,
    ) -> Result<&'static Self, Error> {
        let parsed = match unknown {
            Unknown::Refused => &parsed.refusing,
            Unknown::Ignored => &parsed.ignoring,
        };
        parsed
            .get_or_init(|| Self::parse(text, unknown))
            .as_ref()
            .map_err(|message| Error::Document(message.clone()))
    }

    /// What the document says of its provider under a key.
    pub(crate) fn provider(&self, key: &str) -> Option<&Value> {
        self.raw.pointer("/info/x-snapline-provider")?.get(key)
    }

    /// The provider's name.
    pub(crate) fn name(&self) -> &str {
        let name = self.provider("name").and_then(Value::as_str);
        name.unwrap_or_default()
    }

    /// The header of the provider's token, and the scheme in front of it; the token stands alone in a header of
    /// its own.
    pub(crate) fn token_header(&self) -> (&str, &str) {
        match self.provider("token_header").and_then(Value::as_str) {
            Some(header) => (header, ""),
            None if self
                .provider("token_scheme")
                .is_some_and(|it| it == "basic") =>
            {
                BASIC
            }
            None => BEARER,
        }
    }

    /// Reads a normalised document; the message says what is wrong with it.
    pub(crate) fn parse(text: &str, unknown: Unknown) -> Result<Self, String> {
        let raw: Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
        let mut builder = Builder::new(&raw, unknown);
        let mut operations = Vec::new();
        let paths = raw
            .get("paths")
            .and_then(Value::as_object)
            .ok_or("it has no paths")?;
        for (template, item) in paths {
            for (method, operation) in item.as_object().into_iter().flatten() {
                if operation.get("operationId").is_some() {
                    let built = builder.operation(method, template, operation);
                    operations.push(built.map_err(|why| format!("{method} {template}: {why}"))?);
                }
            }
        }
        drop(builder);
        Ok(Self { raw, operations })
    }

    /// All operations, in the document's order.
    #[must_use]
    pub fn operations(&self) -> &[Operation] {
        &self.operations
    }

    /// The operation with this id.
    #[must_use]
    pub fn operation(&self, id: &str) -> Option<&Operation> {
        self.operations.iter().find(|operation| operation.id == id)
    }

    /// Checks an answer: its status, and its body against the schema for that status.
    ///
    /// # Errors
    /// The message says what the document does not allow.
    pub fn check_response(
        &self,
        operation: &Operation,
        status: u16,
        body: &[u8],
    ) -> Result<(), String> {
        let id = &operation.id;
        if (200..300).contains(&status) && status != operation.success {
            return Err(format!("{id}: {status} instead of {}", operation.success));
        }
        let Some(rule) = operation.rule(status) else {
            return Err(format!("{id}: status {status} is not documented"));
        };
        let Some(validator) = &rule.validator else {
            // In JSON nothing can be said as `null`, too.
            return if body.is_empty() || body == b"null" {
                Ok(())
            } else {
                Err(format!(
                    "{id}: a body with {status}, where none is documented"
                ))
            };
        };
        if let Some(raw) = operation.answers.as_ref().filter(|_| status < 300) {
            return match raw.is_text && std::str::from_utf8(body).is_err() {
                true => Err(format!("{id}: the body of {status} is no text")),
                false => Ok(()),
            };
        }
        let value: Value = serde_json::from_slice(body)
            .map_err(|error| format!("{id}: the body of {status} is not JSON: {error}"))?;
        violations::against(validator, &value)
            .map_err(|why| format!("{id}: the body of {status}: {why}"))
    }

    /// Valid bodies for an operation, made from the document's examples: its own example and, for a choice, one for each value.
    #[must_use]
    pub fn request_examples(&self, operation: &Operation) -> Vec<Value> {
        let Some(body) = &operation.body else {
            return Vec::new();
        };
        let make =
            |schema| schema::example(&self.raw, schema, Direction::Request(Unknown::Refused));
        let schema = schema::follow(&self.raw, &body.schema);
        let mut all: Vec<Value> = body.example.iter().cloned().collect();
        match schema.get("oneOf").and_then(Value::as_array) {
            Some(choices) => all.extend(choices.iter().map(make)),
            None => all.push(make(&body.schema)),
        }
        all
    }

    /// The documented example of a parameter.
    pub(crate) fn parameter_example(&self, operation: &str, name: &str) -> Option<&Value> {
        let operation = self.operation(operation)?;
        self.raw_operation(operation)?
            .get("parameters")?
            .as_array()?
            .iter()
            .find(|parameter| parameter.get("name").and_then(Value::as_str) == Some(name))?
            .get("example")
    }

    /// The text at a JSON pointer in the example of an operation's success.
    pub(crate) fn success_example(&self, operation: &str, pointer: &str) -> Option<&str> {
        let operation = self.operation(operation)?;
        operation
            .example(operation.success)?
            .pointer(pointer)?
            .as_str()
    }

    /// An example made from the schema at these fields of an operation's success.
    pub(crate) fn field_example(&self, operation: &str, fields: &[&str]) -> Option<Value> {
        let schema = self.success_field(operation, fields)?;
        Some(schema::example(&self.raw, schema, Direction::Response))
    }

    /// The values listed for a field of an operation's success; empty when the document lists none.
    pub(crate) fn listed(&self, operation: &str, fields: &[&str]) -> Vec<&str> {
        self.success_field(operation, fields)
            .and_then(|schema| schema.get("enum")?.as_array())
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect()
    }

    /// The first status in a list (`ready`, `failed`) of an operation's waiter.
    pub(crate) fn waiter_status(&self, operation: &str, waiter: &str, list: &str) -> Option<&str> {
        let operation = self.operation(operation)?;
        self.raw_operation(operation)?
            .get("x-snapline-waiters")?
            .as_array()?
            .iter()
            .find(|entry| entry.get("name").and_then(Value::as_str) == Some(waiter))?
            .get(list)?
            .get(0)?
            .as_str()
    }

    fn raw_operation(&self, operation: &Operation) -> Option<&Value> {
        let item = self.raw.get("paths")?.get(&operation.template)?;
        item.get(operation.method.to_ascii_lowercase())
    }

    fn success_field(&self, operation: &str, fields: &[&str]) -> Option<&Value> {
        let operation = self.operation(operation)?;
        let responses = self.raw_operation(operation)?.get("responses")?;
        let response = responses
            .get(operation.success.to_string())
            .or_else(|| responses.get("2XX"))?;
        let mut at = response.pointer("/content/application~1json/schema")?;
        for field in fields {
            at = schema::follow(&self.raw, at);
            if let Some(items) = at.get("items") {
                at = schema::follow(&self.raw, items);
            }
            at = at.get("properties")?.get(field)?;
        }
        Some(schema::follow(&self.raw, at))
    }

    /// What a method and a path (still encoded, without its query) lead to.
    pub(crate) fn find(&self, method: &str, path: &str) -> Found<'_> {
        let mut best: Option<(&str, Vec<(&str, String)>)> = None;
        let mut score = 0;
        for operation in &self.operations {
            if let Some((literals, values)) = operation.matches(path)
                && (best.is_none() || literals > score)
            {
                score = literals;
                best = Some((&operation.template, values));
            }
        }
        let Some((template, values)) = best else {
            return Found::Nothing;
        };
        let mut others = Vec::new();
        for operation in self
            .operations
            .iter()
            .filter(|one| one.template == template)
        {
            if operation.method == method {
                return Found::Operation(operation, values);
            }
            others.push(operation.method.as_str());
        }
        Found::OtherMethods(others)
    }
}

impl Operation {
    /// The id the document gives it.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The method, in capitals.
    #[must_use]
    pub fn method(&self) -> &str {
        &self.method
    }

    /// The path with its parameters in braces.
    #[must_use]
    pub fn template(&self) -> &str {
        &self.template
    }

    /// The status of success.
    #[must_use]
    pub fn success(&self) -> u16 {
        self.success
    }

    fn rule(&self, status: u16) -> Option<&Rule> {
        self.responses
            .get(&status.to_string())
            .or_else(|| self.responses.get(&format!("{}XX", status / 100)))
            .or_else(|| self.responses.get("default"))
    }

    /// The documented example of an answer with this status.
    pub(crate) fn example(&self, status: u16) -> Option<&Value> {
        self.rule(status)?.example.as_ref()
    }

    /// The documented example for exactly this status, not for its whole range.
    pub(crate) fn exact_example(&self, status: u16) -> Option<&Value> {
        self.responses.get(&status.to_string())?.example.as_ref()
    }

    /// The values of the path's parameters, and how much of it matched literally: a segment with a value in it counts
    /// half of one without.
    fn matches(&self, path: &str) -> Option<(usize, Vec<(&str, String)>)> {
        let mut template = self.template.split('/');
        let mut literals = 0;
        let mut values = Vec::new();
        for segment in path.split('/') {
            let expected = template.next()?;
            if expected == segment {
                literals += 2;
                continue;
            }
            let mut found = in_segment(expected, segment)?;
            // A segment that is a value alone has no text of its own.
            literals += usize::from(
                !(expected.starts_with('{') && found.len() == 1 && expected.ends_with('}')),
            );
            values.append(&mut found);
        }
        template.next().is_none().then_some((literals, values))
    }
}

/// The values in a segment of a path by its template; of several ways the one whose first values are longest.
fn in_segment<'t>(template: &'t str, segment: &str) -> Option<Vec<(&'t str, String)>> {
    let (before, rest) = match template.split_once('{') {
        Some(parts) => parts,
        None => return (template == segment).then(Vec::new),
    };
    let (name, rest) = rest.split_once('}')?;
    let segment = segment.strip_prefix(before)?;
    let ends = segment.char_indices().map(|(at, c)| at + c.len_utf8());
    ends.rev().find_map(|end| {
        let (value, behind) = segment.split_at(end);
        let mut values = in_segment(rest, behind)?;
        let value = percent_decode_str(value).decode_utf8().ok()?;
        values.insert(0, (name, value.into_owned()));
        Some(values)
    })
}

/// Compiles schemas, each only once.
struct Builder<'a> {
    raw: &'a Value,
    unknown: Unknown,
    request: Map<String, Value>,
    response: Map<String, Value>,
    known: HashMap<(Direction, String), Arc<Validator>>,
}

impl<'a> Builder<'a> {
    fn new(raw: &'a Value, unknown: Unknown) -> Self {
        Self {
            raw,
            unknown,
            request: schema::definitions(raw, Direction::Request(unknown)),
            response: schema::definitions(raw, Direction::Response),
            known: HashMap::new(),
        }
    }

    fn validator(
        &mut self,
        schema: &Value,
        direction: Direction,
    ) -> Result<Arc<Validator>, String> {
        let mut schema = schema::translate(self.raw, schema, direction, false);
        let key = (direction, schema.to_string());
        if let Some(known) = self.known.get(&key) {
            return Ok(Arc::clone(known));
        }
        let definitions = match direction {
            Direction::Request(_) => &self.request,
            Direction::Response => &self.response,
        };
        // Those alone that it leads to: each schema is read with all that stands beside it.
        let definitions = schema::led_to(definitions, &schema);
        if let Value::Object(map) = &mut schema {
            map.insert("$defs".to_owned(), definitions.into());
        }
        let validator = jsonschema::options()
            .with_draft(jsonschema::Draft::Draft202012)
            .should_validate_formats(true)
            .build(&schema)
            .map_err(|error| format!("its schema cannot be used: {error}"))?;
        let validator = Arc::new(validator);
        self.known.insert(key, Arc::clone(&validator));
        Ok(validator)
    }

    fn kind(&self, schema: &Value) -> Kind {
        let schema = schema::follow(self.raw, schema);
        match schema.get("type").and_then(Value::as_str) {
            Some("integer") => Kind::Integer,
            Some("number") => Kind::Number,
            Some("boolean") => Kind::Boolean,
            Some("array") => {
                let items = schema
                    .get("items")
                    .map_or(Kind::Text, |items| self.kind(items));
                Kind::List(Box::new(items))
            }
            _ => Kind::Text,
        }
    }

    fn form(&self, schema: &Value) -> Form {
        let schema = schema::follow(self.raw, schema);
        let fields = schema.get("properties").and_then(Value::as_object);
        let others = schema.get("additionalProperties");
        Form {
            fields: fields
                .into_iter()
                .flatten()
                .map(|(name, field)| (name.clone(), self.kind(field)))
                .collect(),
            others: others.map_or(Kind::Text, |others| self.kind(others)),
        }
    }

    fn operation(
        &mut self,
        method: &str,
        template: &str,
        source: &Value,
    ) -> Result<Operation, String> {
        let text =
            |value: &Value, key: &str| value.get(key).and_then(Value::as_str).map(str::to_owned);
        let yes = |value: &Value, key: &str| value.get(key) == Some(&Value::Bool(true));
        let mut parameters = Vec::new();
        let mut defaults = HashMap::new();
        for parameter in source
            .get("parameters")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
        {
            let name = text(parameter, "name").ok_or("a parameter has no name")?;
            let place = match parameter.get("in").and_then(Value::as_str) {
                Some("path") => Place::Path,
                Some("query") => Place::Query,
                Some("header") => Place::Header,
                other => {
                    return Err(format!(
                        "parameter {name} stands in {other:?}, which is unknown here"
                    ));
                }
            };
            let schema = parameter
                .get("schema")
                .ok_or_else(|| format!("parameter {name} has no schema"))?;
            let default = schema
                .get("default")
                .or_else(|| schema.get("x-snapline-default"));
            if let Some(default) = default.and_then(Value::as_u64) {
                defaults.insert(name.clone(), default);
            }
            parameters.push(Parameter {
                place,
                required: yes(parameter, "required"),
                kind: self.kind(schema),
                validator: self.validator(schema, Direction::Request(self.unknown))?,
                name,
            });
        }
        let body = match source.get("requestBody") {
            None => None,
            Some(body) => {
                let content = body
                    .pointer("/content/application~1json")
                    .ok_or("its body is not JSON")?;
                let schema = content.get("schema").ok_or("its body has no schema")?;
                let media = source.get("x-snapline-sends").and_then(Value::as_str);
                let media = essence(media.unwrap_or("application/json")).to_owned();
                Some(Body {
                    form: (media == FORM).then(|| self.form(schema)),
                    media,
                    required: yes(body, "required"),
                    raw: Raw::of(Some(content), source.get("x-snapline-sends")),
                    validator: self.validator(schema, Direction::Request(self.unknown))?,
                    schema: schema.clone(),
                    example: content.get("example").cloned(),
                })
            }
        };
        let mut responses = HashMap::new();
        for (status, response) in source
            .get("responses")
            .and_then(Value::as_object)
            .into_iter()
            .flatten()
        {
            let content = response.pointer("/content/application~1json");
            let validator = match content.and_then(|content| content.get("schema")) {
                Some(schema) => Some(self.validator(schema, Direction::Response)?),
                None => None,
            };
            let example = content.and_then(|content| content.get("example")).cloned();
            responses.insert(status.clone(), Rule { validator, example });
        }
        let pages = source.get("x-snapline-pages").and_then(|pages| {
            let size = text(pages, "size")?;
            Some(Pages {
                page: text(pages, "page")?,
                default_size: defaults.get(&size).copied().unwrap_or(20),
                size,
            })
        });
        let security = source.get("security").or_else(|| self.raw.get("security"));
        let success = source
            .get("x-snapline-success")
            .and_then(Value::as_u64)
            .and_then(|status| u16::try_from(status).ok())
            .ok_or("it has no x-snapline-success")?;
        let answers = source.pointer("/responses/2XX/content/application~1json");
        Ok(Operation {
            answers: Raw::of(answers, source.get("x-snapline-accepts")),
            id: text(source, "operationId").ok_or("it has no operationId")?,
            method: method.to_ascii_uppercase(),
            template: template.to_owned(),
            parameters,
            body,
            success,
            secured: security
                .and_then(Value::as_array)
                .is_some_and(|all| !all.is_empty()),
            pages,
            unknown: self.unknown,
            secrets: match source.pointer("/requestBody/content/application~1json/schema") {
                Some(schema) => schema::secrets(self.raw, schema),
                None => Vec::new(),
            },
            responses,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_this_server_cannot_serve_says_why() {
        let broken = r#"{"paths": {"/a": {"get": {"operationId": "a", "responses": {}}}}}"#;
        let error = Document::parse(broken, Unknown::Refused).unwrap_err();
        assert_eq!(error, "get /a: it has no x-snapline-success");
    }

    #[test]
    fn values_are_found_within_a_segment() {
        let found = |template, segment| {
            in_segment(template, segment).map(|values| {
                let each = values
                    .into_iter()
                    .map(|(name, value)| format!("{name}={value}"));
                each.collect::<Vec<_>>().join(" ")
            })
        };
        let is = |text: &str| Some(text.to_owned());
        assert_eq!(found("{a}.{b}", "x.tar.gz"), is("a=x.tar b=gz"));
        assert_eq!(found("v{a}", "v1%20b"), is("a=1 b"));
        assert_eq!(found("{a}:cancel", "1:2:cancel"), is("a=1:2"));
        assert_eq!(found("{a}", "größe"), is("a=größe"));
        assert_eq!(found("{a}:cancel", "1:stop"), None);
        assert_eq!(found("{a}", ""), None);
        assert_eq!(found("a", "b"), None);
    }
}
