//! What `regenerate` takes: warm, and over documents that grow.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde::Deserialize;
use serde_json::Value;

use super::plan::Plan;
use super::results::{Chart, Figure, Line};
use super::size::figure;
use crate::copy;
use crate::fault::{Fault, Result};
use crate::run::{build, cargo, program, quiet, text, under};
use crate::sources::{self, LIST, absolute};
use crate::taking_in::pretty;

/// Where whole documents lie beside the checkout, by the providers' names.
const UPSTREAM: &str = "../shared/upstream";

/// Where cut documents and what is made of them go.
const FOLDER: &str = "target/bench/documents";

/// How many operations of a whole document are taken, besides those that have words; all come last.
const STEPS: [usize; 6] = [80, 110, 165, 220, 330, 440];

/// Runs a program and tells its seconds, the most memory it had in MB, and whether it succeeded.
const TIMED: &str = "
import resource, subprocess, sys, time
started = time.perf_counter()
done = subprocess.run(sys.argv[1:], capture_output=True, text=True)
took = time.perf_counter() - started
print(took, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1000)
print(done.stdout, end='')
sys.exit(done.stderr.strip() if done.returncode else 0)
";

/// What one run took.
pub(crate) struct Took {
    operations: usize,
    pub(crate) seconds: f64,
    pub(crate) megabytes: f64,
    /// What it said first, where it failed.
    pub(crate) error: Option<String>,
    /// All that it said.
    pub(crate) said: String,
    /// All that it printed.
    pub(crate) printed: String,
}

/// An operation that is refused, as `regenerate --json` tells it.
#[derive(Deserialize)]
pub(crate) struct Refusal {
    pub(crate) operation: String,
    pub(crate) what: String,
}

impl Took {
    /// What `regenerate --json` told of the operations that it refuses.
    fn refused(&self) -> Vec<Refusal> {
        #[derive(Default, Deserialize)]
        struct Printed {
            #[serde(default)]
            refused: Vec<Refusal>,
        }
        let printed: Printed = serde_json::from_str(&self.printed).unwrap_or_default();
        printed.refused
    }
}

/// Figures and the growth with the operations of a document.
pub(super) fn measure(plan: &Plan, quick: bool) -> Result<(Vec<Figure>, Vec<Chart>)> {
    // Where figures mean something it is built as its users build it, else as it is here.
    let (mut command, built) = match quick {
        true => (build(["--bin", "xtask"]), "target/debug"),
        false => {
            let user = ["build", "--quiet", "-p", "xtask", "--profile", "user"];
            (cargo(user), "target/user")
        }
    };
    quiet("build the generator", &mut command)?;
    let xtask = absolute(Path::new(built).join("xtask"))?;
    let mut seconds = Vec::new();
    for _ in 0..(if quick { 1 } else { 5 }) {
        // All is as it should be, so that nothing is written.
        let took = timed(&xtask, &["--check"])?;
        if let Some(error) = took.error {
            return Err(Fault::new(format!("`regenerate` fails: {error}")));
        }
        seconds.push(took.seconds);
    }
    let best = seconds.into_iter().fold(f64::MAX, f64::min);
    let mut figures = vec![figure(plan, "regenerate_s", Some(best))?];
    let mut line = Line {
        title: "seconds".to_owned(),
        points: Vec::new(),
    };
    let mut whole = None;
    for name in sources::names(Path::new("spec"))? {
        let file = PathBuf::from(UPSTREAM).join(format!("{name}.json"));
        let documents = Documents::read(&xtask, &name, &file)?;
        documents.measure(quick, &mut line.points, &mut whole)?;
    }
    line.points.sort_by(|one, other| one.0.total_cmp(&other.0));
    let chart = Chart {
        name: "operations".to_owned(),
        title: "`regenerate` over the operations of a document".to_owned(),
        x: "operations".to_owned(),
        y: "seconds".to_owned(),
        lines: vec![line],
    };
    for (name, value) in [
        ("regenerate_whole_s", whole.as_ref().map(|it| it.seconds)),
        ("regenerate_whole_mb", whole.as_ref().map(|it| it.megabytes)),
    ] {
        let error = whole.as_ref().and_then(|it| it.error.as_deref());
        let note = match (&whole, error) {
            (None, _) => format!("not measured: no whole document lies in {UPSTREAM}"),
            (_, Some(error)) => format!("not yet: {error}"),
            _ => String::new(),
        };
        let value = value.filter(|_| note.is_empty());
        figures.push(Figure {
            note,
            ..figure(plan, name, value)?
        });
    }
    Ok((figures, vec![chart]))
}

/// A provider's documents.
struct Documents<'a> {
    xtask: &'a Path,
    name: &'a str,
    /// What spec/ has.
    ours: Value,
    /// All that upstream has, where it lies beside the checkout.
    whole: Option<Value>,
}

impl<'a> Documents<'a> {
    fn read(xtask: &'a Path, name: &'a str, file: &Path) -> Result<Self> {
        let parsed = |text: &str, file: &str| {
            serde_json::from_str(text).map_err(|error| Fault::new(format!("{file}: {error}")))
        };
        let ours = sources::source(Path::new("spec"), name)?;
        let whole = sources::existing(file)?;
        Ok(Self {
            xtask,
            name,
            ours: parsed(&ours.document, &ours.document_file)?,
            whole: whole.map(|it| parsed(&it, &text(file))).transpose()?,
        })
    }

    /// What we have, and then more and more of the whole; what all of that took comes last.
    fn measure(
        &self,
        quick: bool,
        points: &mut Vec<(f64, f64)>,
        last: &mut Option<Took>,
    ) -> Result<()> {
        let mut ids = operations(&self.ours);
        let own = ids.len();
        let mut one = |document: &Value, ids: &[String]| {
            let took = self.generated(document, ids)?;
            if took.error.is_none() {
                points.push((took.operations as f64, took.seconds));
            }
            Ok::<_, Fault>(took)
        };
        one(&self.ours, &ids)?;
        let Some(whole) = &self.whole else {
            return Ok(());
        };
        // Those that have words come first.
        let more = operations(whole).into_iter().filter(|id| !ids.contains(id));
        ids.extend(more.collect::<Vec<_>>());
        let steps = STEPS
            .into_iter()
            .filter(|step| !quick && (own..ids.len()).contains(step));
        for step in steps {
            one(whole, ids.get(..step).unwrap_or(&ids))?;
        }
        *last = Some(one(whole, &ids)?);
        Ok(())
    }

    fn generated(&self, document: &Value, ids: &[String]) -> Result<Took> {
        let mut ids = ids.to_vec();
        let laid = pretty(document)?;
        let (mut took, _) = without_refused(self.xtask, |refused| {
            ids.retain(|id| refused.iter().all(|one| one.operation != *id));
            let folder = cut(self.name, &laid, &ids)?;
            let (spec, out) = (text(&folder), text(&folder.join("out")));
            Ok(["--spec", &spec, "--out", &out].map(str::to_owned).to_vec())
        })?;
        // Where none is named all are taken.
        took.operations = match ids.len() {
            0 => count(document),
            named => named,
        };
        println!(
            "    {} operations: {}",
            took.operations,
            match &took.error {
                None => format!("{:.2} s, {:.0} MB", took.seconds, took.megabytes),
                Some(error) => format!("not yet: {error}"),
            }
        );
        Ok(took)
    }
}

/// The ids of all operations, in their order.
fn operations(document: &Value) -> Vec<String> {
    let paths = document.get("paths").and_then(Value::as_object);
    let items = paths
        .into_iter()
        .flatten()
        .filter_map(|(_, item)| item.as_object());
    let operations = items
        .flatten()
        .filter_map(|(_, value)| value.get("operationId")?.as_str());
    operations.map(str::to_owned).collect()
}

/// How many there are: some documents give them no ids.
fn count(document: &Value) -> usize {
    let paths = document.get("paths").and_then(Value::as_object);
    let items = paths
        .into_iter()
        .flatten()
        .filter_map(|(_, item)| item.as_object());
    items
        .flatten()
        .filter(|(_, value)| value.get("responses").is_some())
        .count()
}

/// A folder like spec/ with these operations alone.
pub(super) fn cut(name: &str, document: &str, wanted: &[String]) -> Result<PathBuf> {
    let folder = absolute(FOLDER)?.join(wanted.len().to_string());
    copy::remove(&folder)?;
    let own = folder.join(name);
    fs::create_dir_all(&own).map_err(|error| Fault::path(&own, "made", &error))?;
    let write = |path: PathBuf, text: &str| {
        fs::write(&path, text).map_err(|error| Fault::path(&path, "written", &error))
    };
    write(own.join("upstream.json"), document)?;
    for file in ["words.yaml", "overlay.yaml"] {
        let from = Path::new("spec").join(name).join(file);
        if let Some(text) = sources::existing(&from)? {
            write(own.join(file), &text)?;
        }
    }
    write(
        folder.join(LIST),
        &format!("[{name}]\noperations = {wanted:?}\n"),
    )?;
    Ok(folder)
}

/// One run of the generator.
pub(crate) fn timed(xtask: &Path, arguments: &[&str]) -> Result<Took> {
    measured(program(xtask, ["regenerate", "--json"]).args(arguments))
}

/// Generates what is not refused: what is laid out without what is refused so far, for which there are arguments, until
/// nothing more is. Gives the last run, and what is refused.
pub(crate) fn without_refused(
    xtask: &Path,
    mut lay: impl FnMut(&[Refusal]) -> Result<Vec<String>>,
) -> Result<(Took, Vec<Refusal>)> {
    let mut refused: Vec<Refusal> = Vec::new();
    loop {
        let arguments = lay(&refused)?;
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let took = timed(xtask, &arguments)?;
        let known = |one: &Refusal| refused.iter().any(|it| it.operation == one.operation);
        let more: Vec<Refusal> = took.refused().into_iter().filter(|it| !known(it)).collect();
        if more.is_empty() {
            return Ok((took, refused));
        }
        refused.extend(more);
    }
}

/// What a command takes, with all that it starts: the memory is that of the largest of them.
pub(crate) fn measured(command: &Command) -> Result<Took> {
    let output = under(program("python3", ["-c", TIMED]), command)
        .output()
        .map_err(|error| Fault::new(format!("python3 cannot be started: {error}")))?;
    let told = String::from_utf8_lossy(&output.stdout);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let (figures, printed) = told.split_once('\n').unwrap_or_default();
    let mut numbers = figures.split_whitespace().map(str::parse);
    let (Some(Ok(seconds)), Some(Ok(megabytes))) = (numbers.next(), numbers.next()) else {
        let name = command.get_program().to_string_lossy();
        return Err(Fault::new(format!("`{name}` was not timed: {said}")));
    };
    let error = said
        .lines()
        .next()
        .unwrap_or_default()
        .trim_start_matches("error: ");
    Ok(Took {
        operations: 0,
        seconds,
        megabytes,
        // Paths of this machine are nobody's business.
        error: (!output.status.success()).then(|| error.replace(&here(), "")),
        printed: printed.to_owned(),
        said,
    })
}

fn here() -> String {
    std::env::current_dir().map_or_else(|_| String::new(), |it| format!("{}/", it.display()))
}
