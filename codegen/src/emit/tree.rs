//! Things between brackets, on one line where they fit, else each on a line of its own.

/// A piece of code that may be broken into lines.
pub(crate) enum Tree {
    /// What stays on one line.
    Text(String),
    /// What stands between two brackets.
    Group {
        /// All up to the things, the opening bracket included.
        head: String,
        /// The things.
        items: Vec<Tree>,
        /// The closing bracket and all behind it.
        tail: String,
    },
}

/// How wide a line may be, and whether a comma follows the last thing where each has its own line.
#[derive(Clone, Copy)]
pub(crate) struct Style {
    pub(crate) width: usize,
    pub(crate) last_comma: bool,
}

impl Tree {
    /// Things between two brackets.
    pub(crate) fn group(
        head: impl Into<String>,
        items: Vec<Self>,
        tail: impl Into<String>,
    ) -> Self {
        Self::Group {
            head: head.into(),
            items,
            tail: tail.into(),
        }
    }

    /// The same behind a text.
    pub(crate) fn behind(self, text: &str) -> Self {
        match self {
            Self::Text(own) => Self::Text(format!("{text}{own}")),
            Self::Group { head, items, tail } => Self::Group {
                head: format!("{text}{head}"),
                items,
                tail,
            },
        }
    }

    /// On one line.
    fn flat(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Group { head, items, tail } => {
                let items: Vec<String> = items.iter().map(Self::flat).collect();
                format!("{head}{}{tail}", items.join(", "))
            }
        }
    }

    /// In lines, the first of which stands behind `indent` columns that are there already.
    pub(crate) fn laid_out(&self, indent: usize, style: Style) -> String {
        let flat = self.flat();
        let Self::Group { head, items, tail } = self else {
            return flat;
        };
        // A comma may follow.
        if indent + flat.chars().count() < style.width || items.is_empty() {
            return flat;
        }
        let margin = " ".repeat(indent + 4);
        let count = items.len();
        let lines: Vec<String> = items
            .iter()
            .enumerate()
            .map(|(index, item)| {
                let last = index + 1 == count && !style.last_comma;
                let comma = if last { "" } else { "," };
                format!("{margin}{}{comma}", item.laid_out(indent + 4, style))
            })
            .collect();
        format!("{head}\n{}\n{}{tail}", lines.join("\n"), " ".repeat(indent))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_is_broken_from_the_outside_in() {
        let inner = Tree::group(
            "g(",
            vec![Tree::Text("a".into()), Tree::Text("b".into())],
            ")",
        );
        let whole = Tree::group("f(", vec![inner, Tree::Text("c".into())], ")");
        let style = |width, last_comma| Style { width, last_comma };
        assert_eq!(whole.laid_out(0, style(40, true)), "f(g(a, b), c)");
        assert_eq!(
            whole.laid_out(0, style(13, true)),
            "f(\n    g(a, b),\n    c,\n)"
        );
        assert_eq!(
            whole.laid_out(0, style(13, false)),
            "f(\n    g(a, b),\n    c\n)"
        );
    }
}
