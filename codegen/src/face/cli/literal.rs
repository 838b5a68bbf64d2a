//! Constant expressions of Rust, many on a line: prettyplease would give each member of a table a line of its own.

/// How long a line may be.
const WIDTH: usize = 110;

/// A constant expression.
pub(super) enum Literal {
    /// A word or a number.
    Word(String),
    /// A text.
    Text(String),
    /// Several with something around them: `&[a, b]`, `name(a, b)`, `Name { a: b }`.
    Several(String, Vec<(&'static str, Literal)>, &'static str),
    /// A value, and a call of one of its methods.
    With(Box<Literal>, &'static str, Vec<Literal>),
}

impl Literal {
    pub(super) fn word(word: impl ToString) -> Self {
        Self::Word(word.to_string())
    }

    pub(super) fn text(text: impl AsRef<str>) -> Self {
        Self::Text(text.as_ref().to_owned())
    }

    pub(super) fn call(name: &str, arguments: impl IntoIterator<Item = Self>) -> Self {
        Self::Several(format!("{name}("), unnamed(arguments), ")")
    }

    pub(super) fn list(items: impl IntoIterator<Item = Self>) -> Self {
        Self::Several("&[".to_owned(), unnamed(items), "]")
    }

    pub(super) fn texts<T: AsRef<str>>(texts: impl IntoIterator<Item = T>) -> Self {
        Self::list(texts.into_iter().map(Self::text))
    }

    pub(super) fn object(
        name: &str,
        members: impl IntoIterator<Item = (&'static str, Self)>,
    ) -> Self {
        Self::Several(format!("{name} {{"), members.into_iter().collect(), "}")
    }

    pub(super) fn option(value: Option<Self>) -> Self {
        match value {
            Some(value) => Self::call("Some", [value]),
            None => Self::word("None"),
        }
    }

    /// The same with a method called on it.
    pub(super) fn with(
        self,
        name: &'static str,
        arguments: impl IntoIterator<Item = Self>,
    ) -> Self {
        Self::With(Box::new(self), name, arguments.into_iter().collect())
    }

    /// On one line.
    fn flat(&self) -> String {
        match self {
            Self::Word(word) => word.clone(),
            Self::Text(text) => format!("{text:?}"),
            Self::Several(open, items, close) => {
                let blank = if *close == "}" { " " } else { "" };
                let items: Vec<String> = items
                    .iter()
                    .map(|(name, value)| format!("{name}{}", value.flat()))
                    .collect();
                format!("{open}{blank}{}{blank}{close}", items.join(", "))
            }
            Self::With(value, name, arguments) => {
                let arguments: Vec<String> = arguments.iter().map(Self::flat).collect();
                format!("{}.{name}({})", value.flat(), arguments.join(", "))
            }
        }
    }

    /// From `column` on, and where that is too long on several lines, which stand within `indent`.
    pub(super) fn print(&self, indent: usize, column: usize) -> String {
        let flat = self.flat();
        if column + flat.len() <= WIDTH {
            return flat;
        }
        match self {
            Self::Word(word) => word.clone(),
            Self::Text(text) => broken(text, indent + 4, column),
            Self::Several(open, items, close) => {
                format!(
                    "{open}\n{}{}{close}",
                    filled(items, indent + 4),
                    blank(indent)
                )
            }
            Self::With(value, name, arguments) => {
                let before = value.print(indent, column);
                let at = match before.rsplit_once('\n') {
                    Some((_, last)) => last.len(),
                    None => column + before.len(),
                };
                let flat: Vec<String> = arguments.iter().map(Self::flat).collect();
                let flat = format!(".{name}({})", flat.join(", "));
                if at + flat.len() <= WIDTH {
                    return format!("{before}{flat}");
                }
                let inner = indent + 4;
                let method = format!(".{name}(");
                let mut after = method.clone();
                for (number, argument) in arguments.iter().enumerate() {
                    if number > 0 {
                        after.push_str(", ");
                    }
                    let used = after.rsplit('\n').next().map_or(0, str::len);
                    let used = if after.contains('\n') {
                        used
                    } else {
                        inner + used
                    };
                    after.push_str(&argument.print(inner, used));
                }
                format!("{before}\n{}{after})", blank(inner))
            }
        }
    }
}

fn unnamed(items: impl IntoIterator<Item = Literal>) -> Vec<(&'static str, Literal)> {
    items.into_iter().map(|item| ("", item)).collect()
}

fn blank(columns: usize) -> String {
    " ".repeat(columns)
}

/// Items one after the other, as many on a line as fit.
fn filled(items: &[(&'static str, Literal)], indent: usize) -> String {
    let mut text = String::new();
    let mut line = String::new();
    for (name, item) in items {
        let flat = format!("{name}{},", item.flat());
        if !line.is_empty() && indent + line.len() + 1 + flat.len() <= WIDTH {
            line.push(' ');
            line.push_str(&flat);
            continue;
        }
        if !line.is_empty() {
            text.push_str(&format!("{}{line}\n", blank(indent)));
            line.clear();
        }
        if indent + flat.len() <= WIDTH {
            line = flat;
        } else {
            let item = item.print(indent, indent + name.len());
            text.push_str(&format!("{}{name}{item},\n", blank(indent)));
        }
    }
    if !line.is_empty() {
        text.push_str(&format!("{}{line}\n", blank(indent)));
    }
    text
}

/// A text on several lines: a backslash at the end of one takes the line break and the blanks after it away.
fn broken(text: &str, indent: usize, column: usize) -> String {
    let mut out = String::from("\"");
    let mut used = column + 1;
    let mut push = |piece: &str, out: &mut String| {
        // What begins with a blank would lose it.
        if used + piece.len() > WIDTH && out.len() > 1 && !piece.starts_with(' ') {
            out.push_str(&format!("\\\n{}", blank(indent)));
            used = indent;
        }
        out.push_str(piece);
        used += piece.len();
    };
    // A single quote means nothing in a text.
    let escape = |text: &str| text.escape_debug().to_string().replace("\\'", "'");
    for word in text.split_inclusive(' ') {
        let escaped = escape(word);
        if escaped.len() + indent <= WIDTH {
            push(&escaped, &mut out);
            continue;
        }
        for letter in word.chars() {
            push(&escape(&letter.to_string()), &mut out);
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fits_stands_on_one_line() {
        let value = Literal::object(
            "Thing",
            [
                ("name: ", Literal::text("a \"b\"")),
                ("list: ", Literal::texts(["x", "y"])),
            ],
        );
        assert_eq!(
            value.print(0, 0),
            r#"Thing { name: "a \"b\"", list: &["x", "y"] }"#
        );
    }

    #[test]
    fn a_long_text_is_the_same_on_several_lines() {
        let text = format!("{} end  of\nit, {}", "word ".repeat(60), "é\"w".repeat(80));
        let printed = Literal::text(&text).print(4, 30);
        assert!(
            printed.lines().all(|line| line.len() <= WIDTH + 1),
            "{printed}"
        );
        let read: syn::LitStr = syn::parse_str(&printed).unwrap();
        assert_eq!(read.value(), text);
    }

    #[test]
    fn what_does_not_fit_is_broken_inside() {
        let long = Literal::texts((0..40).map(|n| format!("item number {n}")));
        let value = Literal::call("field", [Literal::text("name"), Literal::word("Text")])
            .with("required", [])
            .with("rules", [long]);
        let printed = value.print(0, 0);
        assert!(
            printed.lines().all(|line| line.len() <= WIDTH + 1),
            "{printed}"
        );
        syn::parse_str::<syn::Expr>(&printed).unwrap();
    }
}
