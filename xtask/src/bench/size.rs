//! How large things are, what an import takes, and what a client takes that does nothing.

use std::fs;
use std::path::Path;

use super::build::{Built, wheels};
use super::plan::Plan;
use super::results::Figure;
use crate::artefact::size_of;
use crate::c_package;
use crate::fault::{Fault, Result};
use crate::run::program;
use crate::sources::entries;
use crate::wheel::IMPORT;

/// Tells by how many MiB a process with a client exceeds one without.
const IDLE: &str = include_str!("../../../tests/bench/python/idle.py");

/// Tells where the package was installed.
const PLACE: &str = "import snapline, os; print(os.path.dirname(snapline.__file__))";

pub(super) fn figures(plan: &Plan, built: &Built) -> Result<Vec<Figure>> {
    let mut all = Vec::new();
    if let Some(env) = built.python() {
        let say = |code: &str| -> Result<String> {
            let output = program(env.python(), ["-c", code])
                .output()
                .map_err(|error| Fault::new(format!("Python cannot be started: {error}")))?;
            let told = String::from_utf8_lossy(&output.stdout).trim().to_owned();
            match output.status.success() {
                true => Ok(told),
                false => Err(Fault::new(String::from_utf8_lossy(&output.stderr))),
            }
        };
        let number = |code| {
            let told = say(code)?;
            let number = told.parse::<f64>();
            number.map_err(|_| Fault::new(format!("`{told}` was said where a number was expected")))
        };
        all.push(figure(plan, "python_import_ms", Some(number(IMPORT)?))?);
        let wheels: Vec<_> = entries(&wheels())?;
        let wheel = wheels
            .iter()
            .find(|path| path.extension().is_some_and(|it| it == "whl"));
        let wheel = wheel.ok_or_else(|| Fault::new("maturin made no wheel"))?;
        all.push(figure(
            plan,
            "python_wheel_mb",
            Some(megabytes(size_of(wheel)?)),
        )?);
        let installed = folder_size(Path::new(&say(PLACE)?))?;
        all.push(figure(
            plan,
            "python_installed_mb",
            Some(megabytes(installed)),
        )?);
        all.push(figure(plan, "python_idle_mib", Some(number(IDLE)?))?);
    }
    if let Some(prefix) = built.library() {
        let lib = prefix.join(c_package::LIB);
        let shared = size_of(&lib.join("libsnapline.so"))?;
        all.push(figure(plan, "c_shared_mb", Some(megabytes(shared)))?);
        let fixed = size_of(&lib.join("libsnapline.a"))?;
        all.push(Figure {
            name: "c_static_mb".to_owned(),
            title: "libsnapline.a".to_owned(),
            unit: "MB".to_owned(),
            value: Some(megabytes(fixed)),
            most: None,
            note: String::new(),
        });
    }
    Ok(all)
}

/// A figure that the plan has a limit for.
pub(super) fn figure(plan: &Plan, name: &str, value: Option<f64>) -> Result<Figure> {
    let limit = plan.limits.iter().find(|limit| limit.figure == name);
    let limit = limit.ok_or_else(|| Fault::new(format!("the plan has no limit for {name}")))?;
    Ok(Figure {
        name: name.to_owned(),
        title: limit.title.clone(),
        unit: limit.unit.clone(),
        value,
        most: Some(limit.most),
        note: String::new(),
    })
}

pub(super) fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}

/// The files below a folder, without what Python compiled of them meanwhile.
fn folder_size(folder: &Path) -> Result<u64> {
    let mut all = 0;
    for path in entries(folder)? {
        let about =
            fs::symlink_metadata(&path).map_err(|error| Fault::path(&path, "read", &error))?;
        if about.is_file() {
            all += about.len();
        } else if !path.ends_with("__pycache__") {
            all += folder_size(&path)?;
        }
    }
    Ok(all)
}
