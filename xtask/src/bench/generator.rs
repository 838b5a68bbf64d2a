//! What `regenerate` takes: warm, and over documents that grow.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::plan::Plan;
use super::results::{Chart, Figure, Line};
use super::size::figure;
use crate::fault::{Fault, Result};
use crate::run::{cargo, program, quiet};
use crate::sources::{self, LIST};
use crate::taking_in::pretty;

/// Where whole documents lie beside the checkout, by the providers' names.
const UPSTREAM: &str = "../shared/upstream";

/// Where cut documents and what is made of them go.
const FOLDER: &str = "target/bench/documents";

/// How many operations are taken; the whole comes last.
const STEPS: [usize; 6] = [14, 26, 55, 110, 220, 440];

/// Runs a program and tells its seconds, the most memory it had in MB, and whether it succeeded.
const TIMED: &str = "
import resource, subprocess, sys, time
started = time.perf_counter()
done = subprocess.run(sys.argv[1:], capture_output=True, text=True)
took = time.perf_counter() - started
print(took, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1000)
sys.exit(done.stderr.strip() if done.returncode else 0)
";

/// What one run took.
struct Took {
    seconds: f64,
    megabytes: f64,
    /// What it said where it failed.
    error: Option<String>,
}

/// Figures and the growth with the operations of a document.
pub(super) fn measure(plan: &Plan, quick: bool) -> Result<(Vec<Figure>, Vec<Chart>)> {
    let profile = if quick { "dev" } else { "user" };
    let mut build = cargo(["build", "--quiet", "-p", "xtask", "--profile", profile]);
    quiet("build the generator", &mut build)?;
    let built = Path::new("target").join(if quick { "debug" } else { "user" });
    let xtask = std::path::absolute(built.join("xtask"))
        .map_err(|error| Fault::path(&built, "resolved", &error))?;
    let warm = |spec: &str, out: &str| timed(&xtask, spec, out);
    let mut seconds = Vec::new();
    for _ in 0..(if quick { 1 } else { 5 }) {
        let took = warm("spec", ".")?;
        if let Some(error) = took.error {
            return Err(Fault::new(format!("`regenerate` fails: {error}")));
        }
        seconds.push(took.seconds);
    }
    let best = seconds.into_iter().fold(f64::MAX, f64::min);
    let mut figures = vec![figure(plan, "regenerate_s", Some(best))?];
    let mut charts = Vec::new();
    let mut whole = None;
    for name in sources::names(Path::new("spec"))? {
        let file = PathBuf::from(UPSTREAM).join(format!("{name}.json"));
        if file.exists() {
            let (last, chart) = documents(&xtask, &name, &file, quick)?;
            whole = Some(last);
            charts.push(chart);
        }
    }
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
    Ok((figures, charts))
}

/// A document cut to more and more operations; gives what the whole took.
fn documents(xtask: &Path, name: &str, file: &Path, quick: bool) -> Result<(Took, Chart)> {
    let whole: Value = serde_json::from_str(&sources::text(file)?)
        .map_err(|error| Fault::new(format!("{}: {error}", file.display())))?;
    let ours = sources::source(Path::new("spec"), name)?;
    let ours: Value = serde_json::from_str(&ours.document)
        .map_err(|error| Fault::new(format!("{}: {error}", ours.document_file)))?;
    // Those that have words come first.
    let mut ids = operations(&ours);
    let all = operations(&whole);
    ids.extend(
        all.iter()
            .filter(|id| !ids.contains(id))
            .cloned()
            .collect::<Vec<_>>(),
    );
    let mut line = Line {
        title: "seconds".to_owned(),
        points: Vec::new(),
    };
    let mut steps: Vec<usize> = STEPS.into_iter().filter(|step| *step < ids.len()).collect();
    if quick {
        steps.truncate(1);
    }
    steps.push(ids.len());
    let mut last = None;
    for step in steps {
        let wanted: Vec<&String> = ids.iter().take(step).collect();
        // Upstream's later words may differ from what the overlay corrects, so ours stay as they are.
        let document = if step <= operations(&ours).len() {
            &ours
        } else {
            &whole
        };
        let folder = cut(name, document, &wanted)?;
        let out = folder.join("out");
        let took = timed(
            xtask,
            &folder.display().to_string(),
            &out.display().to_string(),
        )?;
        println!(
            "    {step} operations: {}",
            match &took.error {
                None => format!("{:.2} s, {:.0} MB", took.seconds, took.megabytes),
                Some(error) => format!("not yet: {error}"),
            }
        );
        if took.error.is_none() {
            line.points.push((step as f64, took.seconds));
        }
        last = Some(took);
    }
    let last = last.ok_or_else(|| Fault::new(format!("{} has no operations", file.display())))?;
    let chart = Chart {
        name: "operations".to_owned(),
        title: "`regenerate` over the operations of a document".to_owned(),
        x: "operations".to_owned(),
        y: "seconds".to_owned(),
        lines: vec![line],
    };
    Ok((last, chart))
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

/// A folder like spec/ with these operations alone.
fn cut(name: &str, document: &Value, wanted: &[&String]) -> Result<PathBuf> {
    let folder = std::path::absolute(FOLDER)
        .map_err(|error| Fault::path(Path::new(FOLDER), "resolved", &error))?
        .join(wanted.len().to_string());
    let _ = fs::remove_dir_all(&folder);
    let own = folder.join(name);
    fs::create_dir_all(&own).map_err(|error| Fault::path(&own, "made", &error))?;
    let write = |path: PathBuf, text: String| {
        fs::write(&path, text).map_err(|error| Fault::path(&path, "written", &error))
    };
    write(own.join("upstream.json"), pretty(document)?)?;
    for file in ["words.yaml", "overlay.yaml"] {
        let from = Path::new("spec").join(name).join(file);
        if let Some(text) = sources::existing(&from)? {
            write(own.join(file), text)?;
        }
    }
    write(
        folder.join(LIST),
        format!("[{name}]\noperations = {wanted:?}\n"),
    )?;
    Ok(folder)
}

/// One run of the generator.
fn timed(xtask: &Path, spec: &str, out: &str) -> Result<Took> {
    let mut command = program("python3", ["-c", TIMED]);
    command
        .arg(xtask)
        .args(["regenerate", "--json", "--spec", spec, "--out", out]);
    let output = command
        .output()
        .map_err(|error| Fault::new(format!("python3 cannot be started: {error}")))?;
    let told = String::from_utf8_lossy(&output.stdout).into_owned();
    let mut numbers = told.split_whitespace().map(str::parse);
    let (Some(Ok(seconds)), Some(Ok(megabytes))) = (numbers.next(), numbers.next()) else {
        return Err(Fault::new(format!(
            "`regenerate` was not timed: {}",
            String::from_utf8_lossy(&output.stderr)
        )));
    };
    let error = String::from_utf8_lossy(&output.stderr);
    let error = error
        .lines()
        .next()
        .unwrap_or_default()
        .trim_start_matches("error: ");
    Ok(Took {
        seconds,
        megabytes,
        // Paths of this machine are nobody's business.
        error: (!output.status.success()).then(|| error.replace(&here(), "")),
    })
}

fn here() -> String {
    std::env::current_dir().map_or_else(|_| String::new(), |it| format!("{}/", it.display()))
}
