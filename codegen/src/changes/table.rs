//! The table of rules as `docs/changes.md` has it.

use super::rules::{FACES, RULES};

/// A row for each rule: number, id, what, the five verdicts and why.
#[must_use]
pub fn table() -> String {
    let mut out = format!("| number | id | what | {} | why |\n", FACES.join(" | "));
    out.push_str(&"|---".repeat(FACES.len() + 4));
    out.push_str("|\n");
    for rule in RULES {
        let verdicts = rule.verdicts.all().map(|verdict| match verdict.word() {
            "breaking" => "**breaking**",
            word => word,
        });
        out.push_str(&format!(
            "| {} | {} | {} {} | {} | {} |\n",
            rule.number(),
            rule.id,
            rule.subject,
            rule.what,
            verdicts.join(" | "),
            rule.why
        ));
    }
    out
}
