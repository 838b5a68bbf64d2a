//! The version that each artefact needs after the changes.

use serde::Serialize;

use super::report::Change;
use super::rules::{Verdict, Verdicts};

/// The version of one artefact.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Step {
    /// What is released.
    pub artefact: &'static str,
    /// Its version now.
    pub from: String,
    /// The version that it needs.
    pub to: String,
    /// The part of the version that rises: `major`, `minor`, `patch` or `none`.
    pub part: &'static str,
    /// For the C library, what becomes of its SONAME.
    pub soname: Option<&'static str>,
}

/// The steps of all artefacts; before version 1 the minor number says that something breaks.
pub(super) fn steps(version: &str, changes: &[Change]) -> Vec<Step> {
    type Of = fn(&Verdicts) -> Verdict;
    let artefacts: [(&'static str, Of); 4] = [
        ("Rust crates", |verdicts| verdicts.rust),
        ("Python wheel", |verdicts| verdicts.python),
        ("C library", |verdicts| verdicts.c),
        ("C++ headers", |verdicts| verdicts.cpp),
    ];
    artefacts
        .into_iter()
        .map(|(artefact, of)| {
            let worst = changes
                .iter()
                .map(|change| of(&change.verdicts))
                .fold(Verdict::None, Verdict::max);
            let (part, to) = next(version, worst);
            let soname = (artefact == "C library").then_some(match worst {
                Verdict::Breaking => "libsnapline.so.N gets the next N",
                _ => "stays",
            });
            Step {
                artefact,
                from: version.to_owned(),
                to,
                part,
                soname,
            }
        })
        .collect()
}

fn next(version: &str, worst: Verdict) -> (&'static str, String) {
    // What stands behind the numbers, such as `-rc.1`, is not carried on.
    let numbers = version.split(['-', '+']).next().unwrap_or(version);
    let mut numbers = numbers
        .split('.')
        .map(|number| number.parse::<u64>().unwrap_or(0));
    let mut number = || numbers.next().unwrap_or(0);
    let (major, minor, patch) = (number(), number(), number());
    match (worst, major) {
        (Verdict::None, _) => ("none", version.to_owned()),
        (Verdict::Breaking, 0) => ("minor", format!("0.{}.0", minor + 1)),
        (Verdict::Compatible, 0) => ("patch", format!("0.{minor}.{}", patch + 1)),
        (Verdict::Breaking, _) => ("major", format!("{}.0.0", major + 1)),
        (Verdict::Compatible, _) => ("minor", format!("{major}.{}.0", minor + 1)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn before_version_one_the_minor_number_says_that_something_breaks() {
        let steps = [Verdict::Breaking, Verdict::Compatible, Verdict::None];
        let all = |version: &str| steps.map(|worst| next(version, worst).1);
        assert_eq!(all("0.1.2"), ["0.2.0", "0.1.3", "0.1.2"]);
        assert_eq!(all("1.2.3"), ["2.0.0", "1.3.0", "1.2.3"]);
        assert_eq!(all("odd"), ["0.1.0", "0.0.1", "odd"]);
    }
}
