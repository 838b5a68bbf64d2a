//! What the generator makes: paths and contents, nothing on disk.

use std::collections::BTreeMap;

use askama::DynTemplate;

use crate::error::{Error, Result};

/// Generated files by path from the repository's root, with `/` between folders.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FileSet {
    files: BTreeMap<String, String>,
}

impl FileSet {
    /// Adds a file; a path is made once.
    pub fn add(&mut self, path: impl Into<String>, contents: impl Into<String>) {
        let mut contents = contents.into();
        if !contents.ends_with('\n') {
            contents.push('\n');
        }
        let path = path.into();
        let earlier = self.files.insert(path.clone(), contents);
        debug_assert!(earlier.is_none(), "two emitters make the file {path}");
    }

    /// Adds a file that a template writes.
    ///
    /// # Errors
    /// When the template cannot be filled.
    pub(crate) fn render(&mut self, path: String, template: &dyn DynTemplate) -> Result<()> {
        let text = template.dyn_render().map_err(|error| {
            let what = format!("its template cannot be filled: {error}");
            Error::of_generator(&path, what)
        })?;
        self.add(path, text.trim_end());
        Ok(())
    }

    /// Takes in all files of another set.
    pub fn merge(&mut self, other: Self) {
        for (path, contents) in other.files {
            self.add(path, contents);
        }
    }

    /// The files in the order of their paths.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.files
            .iter()
            .map(|(path, contents)| (path.as_str(), contents.as_str()))
    }

    /// One file's contents.
    pub fn get(&self, path: &str) -> Option<&str> {
        self.files.get(path).map(String::as_str)
    }
}
