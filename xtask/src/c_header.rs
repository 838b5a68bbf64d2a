//! What the C headers declare, read back from their text.

use std::collections::BTreeSet;

use crate::c_library::files;
use crate::fault::Result;
use crate::sources::text;

/// The functions and types of the header.
#[derive(Debug, Default)]
pub(crate) struct CHeader {
    /// In the header's order.
    pub(crate) functions: Vec<CFunction>,
    /// Types of handles.
    pub(crate) handles: BTreeSet<String>,
    /// Types of enums.
    pub(crate) enums: BTreeSet<String>,
    /// Types of functions that the library calls, with what they take.
    pub(crate) callbacks: Vec<CFunction>,
    /// Constants of enums with their values, and macros with their text.
    pub(crate) constants: Vec<(String, String)>,
}

/// A function, or the type of one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CFunction {
    /// Its name.
    pub(crate) name: String,
    /// What it returns, as in C.
    pub(crate) returns: String,
    /// Types and names of what it takes.
    pub(crate) params: Vec<(String, String)>,
    /// Its comment, a line each.
    pub(crate) doc: Vec<String>,
}

impl CFunction {
    /// The declaration on one line, as the same text for the same types.
    pub(crate) fn signature(&self) -> String {
        let params: Vec<&str> = self.params.iter().map(|(ty, _)| ty.as_str()).collect();
        let params = if params.is_empty() {
            "void".to_owned()
        } else {
            params.join(", ")
        };
        format!("{} {}({params})", self.returns, self.name)
    }

    /// What the comment says of a parameter; all of it where it has no list of parameters.
    pub(crate) fn doc_of(&self, param: &str) -> String {
        let begins = format!("- {param}:");
        let lines = self
            .doc
            .iter()
            .skip_while(|line| !line.starts_with(&begins));
        if !self.doc.iter().any(|line| line.starts_with("- ")) {
            return self.doc.join(" ").trim().to_owned();
        }
        let mut told: Vec<&str> = Vec::new();
        for line in lines {
            if line.is_empty() || (!told.is_empty() && line.starts_with("- ")) {
                break;
            }
            told.push(line);
        }
        told.join(" ")
    }
}

impl CHeader {
    /// Reads all headers of the library.
    pub(crate) fn read() -> Result<Self> {
        Self::below("bindings/c/include")
    }

    /// Reads all headers below a folder.
    pub(crate) fn below(folder: &str) -> Result<Self> {
        let mut whole = String::new();
        for path in files(folder, "h")? {
            whole.push_str(&text(&path)?);
        }
        Ok(Self::parse(&whole))
    }

    /// Reads headers as cbindgen writes them.
    pub(crate) fn parse(text: &str) -> Self {
        let mut header = Self::default();
        let mut doc = Vec::new();
        let mut statement = String::new();
        let mut comment = false;
        let mut body = false;
        // Whether the line before was one of a comment that goes on.
        let mut told = false;
        for line in text.lines().map(str::trim) {
            if let Some(words) = line.strip_prefix("///") {
                if !told {
                    doc.clear();
                }
                told = true;
                doc.push(words.trim().to_owned());
                continue;
            }
            told = false;
            if comment || line.starts_with("/*") {
                if !comment {
                    doc.clear();
                }
                let words = line.trim_start_matches("/**").trim_start_matches("/*");
                let words = words.trim_end_matches("*/").trim();
                doc.push(
                    words
                        .strip_prefix("* ")
                        .unwrap_or(words.trim_matches('*'))
                        .trim()
                        .to_owned(),
                );
                comment = !line.ends_with("*/");
                continue;
            }
            if let Some(rest) = line.strip_prefix("#define ") {
                if let Some((name, value)) = rest.split_once(' ') {
                    header
                        .constants
                        .push((name.to_owned(), value.trim().to_owned()));
                }
                continue;
            }
            if line.is_empty() || line.starts_with("//") || (!body && line.starts_with(['#', '}']))
            {
                continue;
            }
            if body {
                match line.trim_end_matches(',').split_once(" = ") {
                    Some((name, value)) => {
                        header.constants.push((name.to_owned(), value.to_owned()))
                    }
                    None => body = !line.starts_with('}'),
                }
                continue;
            }
            if line == "{" || line.ends_with(" {") || line.starts_with("enum ") {
                // The body of an enum; `extern "C"` has none of its own.
                body = line.contains('{') && !line.starts_with("extern");
                statement.clear();
                continue;
            }
            statement.push(' ');
            statement.push_str(line);
            if line.ends_with(';') {
                header.take(
                    statement.trim().trim_end_matches(';'),
                    std::mem::take(&mut doc),
                );
                statement.clear();
            }
        }
        header
    }

    fn take(&mut self, statement: &str, doc: Vec<String>) {
        if let Some(rest) = statement.strip_prefix("typedef struct ") {
            self.handles
                .extend(rest.split(' ').next_back().map(str::to_owned));
        } else if let Some(rest) = statement.strip_prefix("typedef int32_t ") {
            self.enums.insert(rest.to_owned());
        } else if let Some(rest) = statement.strip_prefix("typedef ") {
            if let Some((returns, rest)) = rest.split_once("(*")
                && let Some((name, params)) = rest.split_once(")(")
            {
                self.callbacks
                    .push(function(returns.trim_end(), name, params, doc));
            }
        } else if let Some((before, params)) = statement.split_once('(') {
            let at = before.rfind([' ', '*']).map_or(0, |at| at + 1);
            let (returns, name) = before.split_at(at);
            self.functions.push(function(returns, name, params, doc));
        }
    }
}

/// How wide a line of a header may be.
const WIDTH: usize = 118;

/// The text with long declarations filled: cbindgen lines parameters up below the first, one on a line,
/// however far to the right that is.
pub(crate) fn reflowed(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut open = String::new();
    for line in text.lines() {
        let begins = line.contains('(') && !line.starts_with(['#', '/', ' ', '*', '}']);
        if open.is_empty() && !begins {
            out.push_str(line);
            out.push('\n');
            continue;
        }
        if !open.is_empty() {
            open.push(' ');
        }
        open.push_str(line.trim());
        if line.ends_with(';') {
            fill(&mut out, &open);
            open.clear();
        }
    }
    out
}

fn fill(out: &mut String, declaration: &str) {
    // A callback's type has its name in parentheses of its own.
    let at = declaration.find(")(").map(|at| at + 2);
    let at = at.or_else(|| declaration.find('(').map(|at| at + 1));
    if declaration.len() > WIDTH
        && let Some((head, params)) = at.and_then(|at| declaration.split_at_checked(at))
    {
        out.push_str(head);
        let mut width = WIDTH;
        for param in params.split(", ") {
            if width + param.len() + 2 > WIDTH {
                out.push_str("\n    ");
                width = 4;
            } else {
                out.push(' ');
                width += 1;
            }
            out.push_str(param);
            width += param.len() + 1;
            if !param.ends_with(';') {
                out.push(',');
            }
        }
    } else {
        out.push_str(declaration);
    }
    out.push('\n');
}

fn function(returns: &str, name: &str, params: &str, doc: Vec<String>) -> CFunction {
    let params = params.trim_end_matches(')');
    let params = params
        .split(',')
        .map(str::trim)
        .filter(|it| !it.is_empty() && *it != "void");
    CFunction {
        name: name.trim().to_owned(),
        returns: returns.trim().to_owned(),
        params: params
            .map(|param| {
                let at = param.rfind([' ', '*']).map_or(0, |at| at + 1);
                let (ty, name) = param.split_at(at);
                (
                    ty.split_whitespace().collect::<Vec<_>>().join(" "),
                    name.to_owned(),
                )
            })
            .collect(),
        doc,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "#define A \"b\"\n\n/** Handle. */\ntypedef struct h h;\n\n/** What. */\nenum e\n#if X\n  : int32_t\n#endif\n {\n    \
                        /** One. */\n    E_ONE = 1,\n};\n\n/** Told. */\ntypedef void (*cb)(void *user_data,\n   h *out);\n\n\
                        #ifdef __cplusplus\nextern \"C\" {\n#endif // __cplusplus\n\n\
                        /**\n * Makes.\n *\n * - name: NULL for\n *   none.\n * - out: set.\n *\n * Blocks.\n */\n\
                        int32_t h_make(const char *name,\n    h **out);\n\n/** Gives. */\nconst char *h_name(const h *it);\n\nvoid none(void);\n";

    #[test]
    fn a_long_declaration_is_filled() {
        let name = "a_function_whose_name_is_so_long_that_nothing_fits_behind_it_on_the_line";
        let lined = format!(
            "/// ( stays.\nvoid {name}(const char *first,\n      int32_t second,\n      const struct thing *third);\nint f(void);\n"
        );
        let expected = format!(
            "/// ( stays.\nvoid {name}(\n    const char *first, int32_t second, const struct thing *third);\nint f(void);\n"
        );
        assert_eq!(reflowed(&lined), expected);
        let callback =
            format!("typedef void (*{name})(void *user_data,\n      const struct thing *out);\n");
        let expected =
            format!("typedef void (*{name})(\n    void *user_data, const struct thing *out);\n");
        assert_eq!(reflowed(&callback), expected);
    }

    #[test]
    fn comments_of_slashes_are_read_too() {
        let header = CHeader::parse(
            "/// Makes.\n/// - name: NULL for\n///   none.\nint f(const char *name);\n",
        );
        assert_eq!(header.functions[0].doc_of("name"), "- name: NULL for none.");
    }

    #[test]
    fn declarations_are_read_back() {
        let header = CHeader::parse(TEXT);
        let constant = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(
            header.constants,
            [constant("A", "\"b\""), constant("E_ONE", "1")]
        );
        assert!(header.handles.contains("h"));
        assert_eq!(header.callbacks[0].signature(), "void cb(void *, h *)");
        let signatures: Vec<String> = header.functions.iter().map(CFunction::signature).collect();
        assert_eq!(
            signatures,
            [
                "int32_t h_make(const char *, h **)",
                "const char * h_name(const h *)",
                "void none(void)"
            ]
        );
        let make = &header.functions[0];
        assert_eq!(make.doc_of("name"), "- name: NULL for none.");
        assert_eq!(make.doc_of("out"), "- out: set.");
        assert_eq!(make.doc_of("other"), "");
        assert_eq!(header.functions[1].doc_of("it"), "Gives.");
    }
}
