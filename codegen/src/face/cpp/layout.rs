//! How C++ is broken into lines: nothing is wider than a reviewer's window.

/// How many columns a line has at most.
pub(crate) const WIDTH: usize = 120;

/// A head, things between commas and an end: on one line where it fits behind `indent`, else the things stand on
/// lines of their own, eight columns further in. The first line has no indent, since the template has it.
pub(crate) fn list(
    indent: usize,
    head: impl AsRef<str>,
    things: impl AsRef<[String]>,
    end: &str,
) -> String {
    let (head, things) = (head.as_ref(), things.as_ref());
    let line = format!("{head}{}{end}", things.join(", "));
    if indent + line.len() <= WIDTH || things.is_empty() {
        return line;
    }
    let margin = " ".repeat(indent + 8);
    let mut lines = vec![head.to_owned()];
    let mut current = margin.clone();
    for (index, thing) in things.iter().enumerate() {
        let last = index + 1 == things.len();
        let thing = if last {
            format!("{thing}{end}")
        } else {
            format!("{thing},")
        };
        if current.len() > margin.len() {
            if current.len() + 1 + thing.len() <= WIDTH {
                current.push(' ');
            } else {
                lines.push(std::mem::replace(&mut current, margin.clone()));
            }
        }
        current.push_str(thing.trim_start());
    }
    lines.push(current);
    lines.join("\n")
}

/// A member function of one statement: on one line where it fits.
pub(crate) fn body(head: impl AsRef<str>, statement: impl AsRef<str>) -> String {
    let (head, statement) = (head.as_ref(), statement.as_ref());
    let line = format!("{head} {{ {statement} }}");
    if 4 + line.len() <= WIDTH {
        return line;
    }
    format!("{head} {{\n        {statement}\n    }}")
}

/// A statement of a function under a condition: on one line where it fits.
pub(crate) fn when(condition: &str, head: &str, things: &[String], end: &str) -> String {
    let line = format!("if ({condition}) {head}{}{end}", things.join(", "));
    if 4 + line.len() <= WIDTH {
        return line;
    }
    let statement = list(8, head, things, end);
    format!("if ({condition}) {{\n        {statement}\n    }}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_list_is_broken_between_things_and_a_short_one_is_not() {
        let things = |length: usize| vec!["x".repeat(length), "y".repeat(length), "z".repeat(60)];
        assert_eq!(list(4, "f(", things(1), ");").lines().count(), 1);
        let broken = list(4, "f(", things(50), ");");
        let lines: Vec<&str> = broken.lines().collect();
        assert_eq!(lines.first().copied(), Some("f("));
        assert_eq!(lines.len(), 3);
        assert!(lines.iter().all(|line| line.len() <= WIDTH));
        assert!(
            lines
                .iter()
                .skip(1)
                .all(|line| line.starts_with("            "))
        );
        assert!(broken.ends_with("z);"));
    }
}
