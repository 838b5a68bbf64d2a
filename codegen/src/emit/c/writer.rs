//! Writes Rust text, and sees to it that no name is given twice.

use std::collections::BTreeMap;

use crate::emit::prose;
use crate::emit::rust::BANNER;
use crate::error::{Error, Result};

/// Every name of the C library with what it stands for. C has one space for them all.
#[derive(Debug, Default)]
pub(super) struct Claims(BTreeMap<String, String>);

impl Claims {
    /// Takes a name, once.
    pub(super) fn claim(&mut self, name: &str, what: &str) -> Result<()> {
        match self.0.insert(name.to_owned(), what.to_owned()) {
            None => Ok(()),
            Some(other) => Err(Error::new(
                "overlay.yaml",
                "",
                format!("in C, `{name}` would be both {other} and {what}"),
                "rename one of them with x-snapline-name or x-snapline-verb in the overlay",
            )),
        }
    }
}

/// One exported function.
pub(super) struct Function<'a> {
    /// Its name.
    pub(super) name: String,
    /// What it does.
    pub(super) doc: String,
    /// Parameters as name and Rust type.
    pub(super) params: Vec<(String, String)>,
    /// The Rust type of what it returns; empty for nothing.
    pub(super) returns: &'a str,
    /// The statements of its body.
    pub(super) body: String,
}

/// The text of one file.
pub(super) struct Writer {
    text: String,
    section: Option<String>,
}

impl Writer {
    /// A file with the banner and a line that says what it is.
    pub(super) fn file(text: &str) -> Self {
        let mut file = Self {
            text: format!("// {BANNER}\n\n"),
            section: None,
        };
        for line in prose::c(text) {
            file.line(&format!("//!{line}"));
        }
        file.line("");
        file
    }

    /// The next function opens a section of the header.
    pub(super) fn section(&mut self, title: &str) {
        self.section = Some(title.to_owned());
    }

    /// Opens the section that is due. The header gathers handles elsewhere, so none opens there.
    pub(super) fn open(&mut self) {
        if let Some(title) = self.section.take() {
            self.line(&format!("/// @section {title}\n///"));
        }
    }

    /// One line, or several.
    pub(super) fn line(&mut self, line: &str) {
        self.text.push_str(line);
        self.text.push('\n');
    }

    /// A doc comment.
    pub(super) fn doc(&mut self, text: &str, indent: &str) {
        for line in prose::c(text) {
            self.line(format!("{indent}///{line}").trim_end());
        }
    }

    /// An exported function.
    pub(super) fn function(&mut self, claims: &mut Claims, function: Function<'_>) -> Result<()> {
        let Function {
            name,
            doc,
            params,
            returns,
            body,
        } = function;
        claims.claim(&name, "a function")?;
        self.open();
        self.doc(&doc, "");
        self.line("#[unsafe(no_mangle)]");
        let returns = if returns.is_empty() {
            String::new()
        } else {
            format!(" -> {returns}")
        };
        if params.is_empty() {
            self.line(&format!("pub extern \"C\" fn {name}(){returns} {{"));
        } else {
            self.line(&format!("pub unsafe extern \"C\" fn {name}("));
            for (name, ty) in params {
                self.line(&format!("    {name}: {ty},"));
            }
            self.line(&format!("){returns} {{"));
        }
        for line in body.lines() {
            self.line(format!("    {line}").trim_end());
        }
        self.line("}\n");
        Ok(())
    }

    /// The finished text.
    pub(super) fn into_text(self) -> String {
        let mut text = self.text.trim_end().to_owned();
        text.push('\n');
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_given_once() {
        let mut claims = Claims::default();
        claims
            .claim("snapline_do_nfs_snapshot", "a function")
            .unwrap();
        let error = claims
            .claim("snapline_do_nfs_snapshot", "the model NfsSnapshot")
            .unwrap_err();
        assert_eq!(
            error.what,
            "in C, `snapline_do_nfs_snapshot` would be both a function and the model NfsSnapshot"
        );
    }

    #[test]
    fn a_section_opens_at_the_next_function() {
        let mut out = Writer::file("A file.");
        out.section("Things");
        let function = Function {
            name: "snapline_thing".to_owned(),
            doc: "Does it.".to_owned(),
            params: vec![("thing".to_owned(), "i64".to_owned())],
            returns: "bool",
            body: "thing > 0".to_owned(),
        };
        out.function(&mut Claims::default(), function).unwrap();
        let expected = "/// @section Things\n///\n/// Does it.\n#[unsafe(no_mangle)]\n\
                        pub unsafe extern \"C\" fn snapline_thing(\n    thing: i64,\n) -> bool {\n    thing > 0\n}\n";
        assert!(out.into_text().ends_with(expected));
    }
}
