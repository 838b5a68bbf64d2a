//! `cargo xtask check minimal-versions`: what users build compiles with the oldest versions that its manifests allow, as
//! somebody may have them whose own lock is old.

use std::path::Path;

use toml_edit::{Array, DocumentMut, value};

use crate::copy;
use crate::fault::{Fault, Result};
use crate::referee_tools::write;
use crate::run::{cargo, step};
use crate::sources;

const TREE: &str = "target/minimal-versions/tree";

pub(crate) fn run() -> Result<()> {
    let tree = Path::new(TREE);
    copy::copy_anew(tree)?;
    let file = tree.join("Cargo.toml");
    write(&file, &shipped(&sources::text(&file)?)?)?;
    step(
        "choose the oldest versions of what is named",
        cargo(["generate-lockfile", "-Z", "direct-minimal-versions"])
            // Not settled in cargo, and nothing that is compiled sees it.
            .env("RUSTC_BOOTSTRAP", "1")
            .current_dir(tree),
    )?;
    step(
        "compile with them what users build (minutes)",
        cargo(["check", "--workspace", "--all-features", "--locked"])
            .args(["--quiet", "--target-dir", "../built"])
            .current_dir(tree),
    )
}

/// The workspace with what users build and nothing else: nobody else's lock has our tools.
fn shipped(manifest: &str) -> Result<String> {
    let mut document: DocumentMut = manifest
        .parse()
        .map_err(|error| Fault::new(format!("Cargo.toml: {error}")))?;
    let workspace = document.get_mut("workspace");
    let members = workspace
        .and_then(|workspace| workspace.get_mut("members"))
        .ok_or_else(|| Fault::new("Cargo.toml has no members"))?;
    let all = members.as_array().into_iter().flatten();
    let kept: Array = all
        .filter_map(|member| member.as_str())
        .filter(|member| member.starts_with("crates/") || member.starts_with("bindings/"))
        .collect();
    *members = value(kept);
    Ok(document.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tools_and_tests_are_left_out() {
        let manifest =
            "[workspace]\nmembers = [\"codegen\", \"crates/a\", \"bindings/c\", \"tests/b\"]\n";
        let kept = shipped(manifest).unwrap();
        assert_eq!(
            kept,
            "[workspace]\nmembers = [\"crates/a\", \"bindings/c\"]\n"
        );
        assert!(shipped("[package]\n").is_err());
    }
}
