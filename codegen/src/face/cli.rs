//! The command line: no code for any call, but a table of all of them for each provider, which the program reads.
//! What the words of the table mean stands by hand in `bindings/cli/src/table.rs`.

mod kinds;
mod literal;
pub(crate) mod names;
mod providers;
pub(crate) mod sample;
mod settings;
mod table;

use crate::emit::rust::{self, BANNER};
use crate::error::Result;
use crate::file_set::FileSet;
use crate::ir::Api;

const FOLDER: &str = "bindings/cli/src/generated";

/// Writes `bindings/cli/src/generated`.
pub(crate) fn emit(apis: &[Api]) -> Result<FileSet> {
    let mut files = FileSet::default();
    for api in apis {
        add(&mut files, &api.provider.name, &table::file(api));
    }
    add(&mut files, "settings", &settings::tables());
    let path = format!("{FOLDER}/mod.rs");
    files.add(path.clone(), rust::format(&path, providers::index(apis))?);
    Ok(files)
}

fn add(files: &mut FileSet, name: &str, text: &str) {
    let text = format!("// {BANNER}\n\n{text}");
    files.add(format!("{FOLDER}/{name}.rs"), text);
}
