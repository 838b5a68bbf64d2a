//! `cargo xtask test referees`: tools that are not ours judge what the tests rest on. Schemathesis
//! judges the mock by the document; Prism judges every request of every face by upstream's document;
//! the providers' own clients judge the mock by whether they can use it; others judge the change report, and the examples of the command line. What is special of a provider
//! stands in `tests/referees/<provider>.toml`.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::thread;
use std::time::Duration;

use serde::Deserialize;
use serde_json::{Value, json};

use crate::change_referees;
use crate::conformance::{Face, build_runners, faces};
use crate::example_referees;
use crate::fault::{Fault, Result};
use crate::http::{Answer, ask};
use crate::mock::{CASES, LIMIT, MockServer};
use crate::python_env::PythonEnv;
use crate::referee_tools::{HERE, PINNED, install_npm, install_python, write};
use crate::run::{limited, program, text, timed};
use crate::sources;

/// Upstream's documents, where they lie beside the checkout.
const UPSTREAM: &str = "../shared/upstream";

/// A provider as the referees see it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Provider {
    #[serde(skip)]
    name: String,
    /// What the mock puts before every path.
    base: String,
    /// The name of upstream's document.
    upstream: String,
    /// What a request carries.
    header: String,
    /// What is to exist.
    things: Vec<Things>,
    /// Checks that are wrong of an operation.
    #[serde(default)]
    unchecked: Vec<Unchecked>,
}

/// A check of Schemathesis that is wrong of an operation.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Unchecked {
    /// Method and path.
    operation: String,
    /// The check.
    check: String,
}

/// Steps of one sort.
#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Things {
    /// Done once.
    Once(Vec<Step>),
    /// Done [`THINGS`] times.
    Often(Vec<Step>),
}

/// Something that is made, looked up or known.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Step {
    /// The path that makes it.
    post: Option<String>,
    #[serde(default)]
    body: String,
    /// The path that lists it.
    get: Option<String>,
    /// Where in the list its id stands.
    #[serde(default = "id")]
    field: String,
    /// The ids themselves.
    #[serde(default)]
    ids: Vec<String>,
    /// The parameters that take the id.
    #[serde(default)]
    names: Vec<String>,
}

fn id() -> String {
    "id".to_owned()
}

/// Every provider of `spec/sources.toml`.
fn providers() -> Result<Vec<Provider>> {
    let names = sources::names(Path::new("spec"))?;
    let read = |name: String| {
        let path = Path::new(PINNED).join(format!("{name}.toml"));
        let provider: Provider = toml::from_str(&sources::text(&path)?)
            .map_err(|error| Fault::new(format!("{}: {error}", path.display())))?;
        Ok(Provider { name, ..provider })
    };
    names.into_iter().map(read).collect()
}

/// Requests that break upstream's documents knowingly, each with its reason.
const EXPECTED: &str = "tests/referees/expected.toml";

/// How many requests of a kind Schemathesis makes up for each operation.
const EXAMPLES: &str = "60";

/// So many things of each sort exist from the start, since Schemathesis deletes some.
const THINGS: usize = 30;

/// Schemathesis runs some thousand requests, each judged by some ten checks.
const PATIENCE: Duration = Duration::from_secs(900);

/// Headers of a kept request that belong to its connection and are made anew.
const FRAMING: [&str; 5] = [
    "host",
    "connection",
    "content-length",
    "accept-encoding",
    "transfer-encoding",
];

/// All referees, or the one that is named, one after the other; the first that finds something ends it.
pub(crate) fn run(only: &str) -> Result<()> {
    let wanted = |name: &str| only.is_empty() || only == name;
    if !["peers", "schemathesis", "prism", "changes", "examples"]
        .into_iter()
        .any(wanted)
    {
        return Err(Fault::new(
            "the referees are `peers`, `schemathesis`, `prism`, `changes` and `examples`",
        ));
    }
    fs::create_dir_all(HERE).map_err(|error| Fault::path(Path::new(HERE), "made", &error))?;
    if !["changes", "examples"].contains(&only) {
        MockServer::build()?;
    }
    if wanted("peers") {
        peers()?;
    }
    if wanted("schemathesis") {
        schemathesis()?;
    }
    if wanted("prism") {
        prism()?;
    }
    if wanted("changes") {
        change_referees::run()?;
    }
    if wanted("examples") {
        example_referees::run()?;
    }
    Ok(())
}

/// The providers' own clients call every operation of the mock, which is as strict as ever.
fn peers() -> Result<()> {
    let python = install_python("peers", "requirements-peers.txt", "python")?;
    let mock = MockServer::start(&["--settle-ms", "0"])?;
    let script = format!("{PINNED}/peers.py");
    let mut command = program(python, [script.as_str(), "spec"]);
    for environment in mock.environments() {
        environment.apply(&mut command);
    }
    limited(
        "the providers' own clients call every operation of the mock",
        LIMIT,
        &mut command,
    )
}

/// The mock against our documents.
fn schemathesis() -> Result<()> {
    let tool = install_python("venv", "requirements.txt", "schemathesis")?;
    for provider in &providers()? {
        let mock = MockServer::start(&[
            "--token",
            "test",
            "--settle-ms",
            "0",
            "--snapshots",
            &(2 * THINGS).to_string(),
        ])?;
        let things = things(provider, &mock)?;
        let settings = format!("{}.toml", provider.name);
        let written = config(&things, &provider.unchecked);
        write(&Path::new(HERE).join(&settings), &written)?;
        let document = corrected(provider)?;
        limited(
            &format!("Schemathesis judges the mock's {}", provider.name),
            PATIENCE,
            // It leaves what it remembers where it runs.
            program(&tool, ["--config-file", &settings, "--no-color"])
                .current_dir(HERE)
                .args([
                    "run",
                    &document,
                    "--url",
                    &format!("{}{}", mock.url(), provider.base),
                    "--header",
                    &provider.header,
                    "--continue-on-failure",
                    "--max-examples",
                    EXAMPLES,
                    // The same requests in every run.
                    "--seed",
                    "7",
                    // What it could not reach it says at length; what matters is what it found.
                    "--warnings",
                    "off",
                ]),
        )?;
    }
    Ok(())
}

/// A document as our words and corrections make it: what the mock stands for.
fn corrected(provider: &Provider) -> Result<String> {
    let source = sources::source(Path::new("spec"), &provider.name)?;
    let name = format!("{}.json", provider.name);
    let document = snapline_codegen::overlaid(&source)?;
    write(&Path::new(HERE).join(&name), &document.root.to_string())?;
    Ok(name)
}

/// Things that exist, by the parameter that names them: made-up ids would only ever meet a 404.
fn things(provider: &Provider, mock: &MockServer) -> Result<BTreeMap<String, Vec<String>>> {
    let mut found = BTreeMap::new();
    for things in &provider.things {
        let (steps, rounds) = match things {
            Things::Once(steps) => (steps, 1),
            Things::Often(steps) => (steps, THINGS),
        };
        for round in 0..rounds {
            for step in steps {
                step.take(round, mock, &mut found)?;
            }
        }
    }
    Ok(found)
}

impl Step {
    fn take(
        &self,
        round: usize,
        mock: &MockServer,
        found: &mut BTreeMap<String, Vec<String>>,
    ) -> Result<()> {
        let filled = |text: &str| {
            let text = text.replace("<number>", &round.to_string());
            found.iter().fold(text, |text, (name, ids)| {
                let last = ids.last().map_or("", String::as_str);
                text.replace(&format!("<{name}>"), last)
            })
        };
        let mut ids = self.ids.clone();
        if let Some(path) = &self.post {
            ids.push(mock.create(&filled(path), &filled(&self.body))?);
        }
        if let Some(path) = &self.get {
            ids.extend(texts(&mock.json("GET", &filled(path), "")?, &self.field));
        }
        for name in &self.names {
            found.entry(name.clone()).or_default().extend(ids.clone());
        }
        Ok(())
    }
}

fn texts(list: &Value, field: &str) -> Vec<String> {
    let inside = list
        .as_object()
        .and_then(|whole| whole.values().find(|value| value.is_array()));
    inside
        .unwrap_or(list)
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|item| item.get(field)?.as_str().map(str::to_owned))
        .collect()
}

/// Schemathesis's settings: which ids to try beside made-up ones.
fn config(things: &BTreeMap<String, Vec<String>>, unchecked: &[Unchecked]) -> String {
    // The mock refuses what the document does not name, so that a client that sends it is caught; by the letter of
    // JSON Schema such a request is valid.
    let mut out =
        String::from("[checks]\npositive_data_acceptance.enabled = false\n\n[parameters]\n");
    for name in things.keys() {
        out.push_str(&format!(
            "\"path.{name}\" = {{ dictionary = \"{name}\", probability = 0.7 }}\n"
        ));
    }
    for (name, ids) in things {
        // A number is one in TOML as well, a text is written as in JSON.
        let ids: Vec<Value> = ids
            .iter()
            .map(|id| id.parse::<i64>().map_or_else(|_| json!(id), Value::from))
            .collect();
        out.push_str(&format!(
            "\n[dictionaries.{name}]\nvalues = {}\n",
            Value::from(ids)
        ));
    }
    for Unchecked { operation, check } in unchecked {
        out.push_str(&format!(
            "\n[[operations]]\ninclude-name = {}\nchecks.{check}.enabled = false\n",
            json!(operation)
        ));
    }
    out
}

/// A request that a case took, as the mock keeps it.
#[derive(Deserialize)]
struct Kept {
    provider: String,
    method: String,
    target: String,
    headers: Vec<(String, String)>,
    body: String,
}

/// The file of what is expected.
#[derive(Deserialize)]
struct List {
    expected: Vec<Expected>,
}

/// Requests that break a document where nothing is wrong with them.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Expected {
    reason: String,
    provider: String,
    /// What stands in method and target, such as `POST /v2/droplets/actions?`.
    request: String,
    /// What stands in the body.
    #[serde(default)]
    body: String,
    /// What stands in what Prism says, one of these in each of its sentences.
    says: Vec<String>,
}

impl Expected {
    fn fits(&self, request: &Kept, found: &str) -> bool {
        self.provider == request.provider
            && format!("{} {}", request.method, request.target).contains(&self.request)
            && request.body.contains(&self.body)
            && self.says.iter().any(|said| found.contains(said))
    }
}

/// The requests of every face against upstream's documents.
fn prism() -> Result<()> {
    let tool = install_npm(
        "prism",
        PINNED,
        "node_modules/@stoplight/prism-cli/dist/index.js",
    )?;
    let env = PythonEnv::prepare()?;
    env.install_wheel()?;
    let faces = faces(&env)?;
    build_runners()?;
    let mut requests = Vec::new();
    for face in &faces {
        requests.push((face, requests_of(face)?));
    }
    let list: List = toml::from_str(&sources::text(Path::new(EXPECTED))?)
        .map_err(|error| Fault::new(format!("{EXPECTED}: {error}")))?;
    let mut met = vec![false; list.expected.len()];
    let mut all_upstream = true;
    let mock = MockServer::start(&[])?;
    for provider in &providers()? {
        let upstream = Path::new(UPSTREAM).join(&provider.upstream);
        let document = if upstream.is_file() {
            upstream
        } else {
            all_upstream = false;
            println!(
                "{} is not here, so our own document is taken",
                upstream.display()
            );
            Path::new(HERE).join(corrected(provider)?)
        };
        let title = format!("start Prism with {}", document.display());
        let proxy = timed(&title, || {
            Prism::start(
                &tool,
                &document,
                &format!("{}{}", mock.url(), provider.base),
            )
        })?;
        awake(&proxy, provider, &requests)?;
        let mut asked: Vec<(&str, BTreeSet<String>)> = Vec::new();
        let (mut violations, mut expected) = (0, 0);
        for (face, kept) in &requests {
            let mut seen = BTreeSet::new();
            let mut operations = BTreeSet::new();
            for request in kept.iter().filter(|kept| kept.provider == provider.name) {
                // A wait asks the same again and again.
                if !seen.insert(format!(
                    "{} {} {}",
                    request.method, request.target, request.body
                )) {
                    continue;
                }
                operations.insert(format!("{} {}", request.method, request.target));
                let found = proxy.judge(request)?;
                let mut unknown = Vec::new();
                for sentence in &found {
                    let one = |one: &Expected| one.fits(request, sentence);
                    match list
                        .expected
                        .iter()
                        .position(one)
                        .and_then(|index| met.get_mut(index))
                    {
                        Some(met) => *met = true,
                        None => unknown.push(sentence),
                    }
                }
                expected += usize::from(!found.is_empty() && unknown.is_empty());
                violations += usize::from(!unknown.is_empty());
                for sentence in unknown {
                    println!(
                        "{}: {} {} {}: {sentence}",
                        face.title,
                        request.method,
                        request.target,
                        shortened(&request.body)
                    );
                }
            }
            println!(
                "{}: {} different requests to {}",
                face.title,
                seen.len(),
                provider.name
            );
            asked.push((face.title, operations));
        }
        if violations > 0 {
            return Err(Fault::new(format!(
                "{violations} requests break {}; they are above",
                document.display()
            )));
        }
        println!("{expected} of them break it in ways that {EXPECTED} explains");
        same(&asked)?;
    }
    let gone = list.expected.iter().zip(met).find(|(_, met)| !met);
    match gone {
        // Our own documents have some of upstream's faults mended.
        Some((one, _)) if all_upstream => Err(Fault::new(format!(
            "{EXPECTED}: nothing breaks a document as this says any more, so remove it: {}",
            one.reason
        ))),
        _ => Ok(()),
    }
}

/// A face that asked for less than another would be judged for less.
fn same(asked: &[(&str, BTreeSet<String>)]) -> Result<()> {
    for pair in asked.windows(2) {
        let [(one, left), (two, right)] = pair else {
            continue;
        };
        if let Some(only) = left.symmetric_difference(right).next() {
            return Err(Fault::new(format!(
                "only one of {one} and {two} asked for {only}"
            )));
        }
    }
    Ok(())
}

/// Runs every case through a face and gives the requests that arrived.
fn requests_of(face: &Face) -> Result<Vec<Kept>> {
    let path = PathBuf::from(format!("{HERE}/{}.jsonl", face.name));
    let mock = MockServer::start(&["--cases", CASES, "--keep", &text(&path)])?;
    let mut command = program(
        "target/debug/snapline-case-runner",
        ["--server", mock.url(), "--face", face.name],
    );
    if !face.agent.is_empty() {
        command.arg("--").args(&face.agent);
    }
    limited(
        &format!("run the cases in {}", face.title),
        LIMIT,
        &mut command,
    )?;
    sources::text(&path)?
        .lines()
        .map(|line| {
            serde_json::from_str(line)
                .map_err(|error| Fault::new(format!("{}: {error}", path.display())))
        })
        .collect()
}

/// A referee that finds nothing wrong in what is wrong would find nothing in anything.
fn awake(proxy: &Prism, provider: &Provider, requests: &[(&Face, Vec<Kept>)]) -> Result<()> {
    let with_body = requests
        .iter()
        .flat_map(|(_, kept)| kept)
        .find(|kept| kept.provider == provider.name && kept.body.starts_with('{'))
        .ok_or_else(|| Fault::new(format!("no request to {} has a body", provider.name)))?;
    let wrong = Kept {
        provider: with_body.provider.clone(),
        method: with_body.method.clone(),
        target: with_body.target.clone(),
        headers: with_body.headers.clone(),
        body: "[]".to_owned(),
    };
    if proxy.judge(&wrong)?.is_empty() {
        return Err(Fault::new(format!(
            "Prism takes a list as the body of {} {}, so it judges nothing",
            wrong.method, wrong.target
        )));
    }
    Ok(())
}

fn shortened(body: &str) -> String {
    body.chars().take(200).collect()
}

/// A validating proxy that ends when this is dropped.
struct Prism {
    child: Child,
    url: String,
}

impl Prism {
    fn start(tool: &Path, document: &Path, upstream: &str) -> Result<Self> {
        // Prism does not tell a port that it was given by the system, so a free one is looked for.
        let port = TcpListener::bind("127.0.0.1:0")
            .and_then(|listener| listener.local_addr())
            .map_err(|error| Fault::new(format!("there is no free port: {error}")))?
            .port();
        let mut child = program("node", [tool])
            .arg("proxy")
            .arg(document)
            .args([upstream, "--errors", "--port", &port.to_string()])
            // In production it would fork, and the fork outlive it.
            .env_remove("NODE_ENV")
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| Fault::new(format!("Prism cannot be started: {error}")))?;
        let output = child.stdout.take();
        let prism = Self {
            child,
            url: format!("http://127.0.0.1:{port}"),
        };
        let mut said = String::new();
        let mut lines = output
            .map(BufReader::new)
            .into_iter()
            .flat_map(BufRead::lines);
        for line in lines.by_ref().map_while(std::result::Result::ok) {
            if line.contains("is listening on") {
                // It writes a line for each request and would stop where nobody reads them.
                thread::spawn(move || lines.for_each(drop));
                return Ok(prism);
            }
            said.push_str(&line);
            said.push('\n');
        }
        Err(Fault::new(format!("Prism did not start:\n{said}")))
    }

    /// What is wrong with a request.
    fn judge(&self, request: &Kept) -> Result<Vec<String>> {
        let headers = request
            .headers
            .iter()
            .filter(|(name, _)| !FRAMING.contains(&name.as_str()))
            .map(|(name, value)| (name.as_str(), value.as_str()));
        let answer = ask(
            &self.url,
            &request.method,
            &request.target,
            headers,
            &request.body,
        )
        .map_err(|error| {
            Fault::new(format!(
                "Prism does not answer {} {}: {error}",
                request.method, request.target
            ))
        })?;
        Ok(violations(&answer))
    }
}

impl Drop for Prism {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What an answer of Prism's says about the request. What it says about the response is left out:
/// the upstream is the mock, which another referee judges.
fn violations(answer: &Answer) -> Vec<String> {
    let about_response = |entry: &Value| entry.pointer("/location/0") == Some(&json!("response"));
    let mut found = Vec::new();
    for (_, value) in answer
        .headers
        .iter()
        .filter(|(name, _)| name == "sl-violations")
    {
        let list: Vec<Value> = serde_json::from_str(value).unwrap_or_default();
        let bad = list.iter().filter(|entry| !about_response(entry));
        found.extend(bad.map(Value::to_string));
    }
    let problem: Value = serde_json::from_str(&answer.body).unwrap_or_default();
    let kind = problem.get("type").and_then(Value::as_str).unwrap_or("");
    if let Some(kind) = kind.strip_prefix("https://stoplight.io/prism/errors#") {
        match problem.get("validation").and_then(Value::as_array) {
            Some(all) => found.extend(
                all.iter()
                    .filter(|entry| kind != "VIOLATIONS" || !about_response(entry))
                    .map(Value::to_string),
            ),
            None => found.push(format!("{} {}", answer.status, answer.body)),
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(headers: &[(&str, &str)], body: &str) -> usize {
        violations(&Answer {
            status: 422,
            headers: headers
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect(),
            body: body.to_owned(),
        })
        .len()
    }

    #[test]
    fn what_is_said_of_a_request_counts_and_of_a_response_does_not() {
        assert_eq!(judged(&[], r#"{"shares": []}"#), 0);
        let refused = r#"{"type": "https://stoplight.io/prism/errors#UNPROCESSABLE_ENTITY", "validation": [{"location": ["body"]}]}"#;
        assert_eq!(judged(&[], refused), 1);
        let unknown = r#"{"type": "https://stoplight.io/prism/errors#NO_PATH_MATCHED_ERROR"}"#;
        assert_eq!(judged(&[], unknown), 1);
        let answered = r#"{"type": "https://stoplight.io/prism/errors#VIOLATIONS", "validation": [{"location": ["response", "body"]}]}"#;
        assert_eq!(judged(&[], answered), 0);
        let both = r#"[{"location": ["response"]}, {"location": ["request", "header"]}]"#;
        assert_eq!(judged(&[("sl-violations", both)], ""), 1);
    }
}
