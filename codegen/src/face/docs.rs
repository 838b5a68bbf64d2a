//! The reference: pages of Markdown that say of every call what it does, takes and gives, how it fails, and how it is
//! called in each language. They are made when they are read or tested, and are no part of the tree.
//!
//! `reference/<provider>/<resource>.md` has the calls of a resource, `types.md` beside them the objects and values,
//! `reference/options.md` and `errors.md` what all calls have in common; `reference/SUMMARY.md` is a list of links to
//! all of them. A sample is a block of code behind a line `<!-- sample: LANGUAGE -->`, one for each [`Language`].

mod names;
mod view;

use crate::error::Result;
use crate::file_set::FileSet;
use crate::ir::Api;
use crate::samples;

/// All pages.
///
/// # Errors
/// When a sample cannot be written, or a template not be filled, which is a fault of this program.
pub(crate) fn emit(apis: &[Api]) -> Result<FileSet> {
    let mut files = FileSet::default();
    for api in apis {
        let all = samples::of(api);
        let faces = view::Faces::new(api);
        let provider = &api.provider.name;
        for resource in api.all_resources() {
            let page = view::Page::new(&faces, resource, &all)?;
            files.render(names::page(provider, &resource.path), &page)?;
        }
        files.render(names::own(provider, "types"), &view::Types::new(&faces))?;
        files.render(names::own(provider, "index"), &view::Index::new(api))?;
    }
    files.render(names::shared("options"), &view::Options::new())?;
    files.render(names::shared("errors"), &view::Errors::new())?;
    files.render(names::shared("SUMMARY"), &view::Summary::new(apis))?;
    Ok(files)
}
