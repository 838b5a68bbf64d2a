//! Names for texts of any kind. A text that is a name keeps it; of another one is made as readable a name as can be:
//! letters of other scripts are written in Latin ones, signs by what they are called. Two of one place never meet.

use std::collections::BTreeSet;

use any_ascii::any_ascii;
use heck::{ToSnakeCase, ToUpperCamelCase};

/// A name in snake case, where the text has letters and digits that one can be made of.
pub(crate) fn word(text: &str) -> Option<String> {
    plain(text).filter(|word| word.starts_with(|first: char| first.is_ascii_lowercase()))
}

/// The same, which may begin with a digit.
fn plain(text: &str) -> Option<String> {
    let word = text.to_snake_case();
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    (word.contains(|c: char| c.is_ascii_alphanumeric()) && word.chars().all(fits)).then_some(word)
}

/// A name in Pascal case for any text; `kind` stands before a digit, and for a text of nothing.
pub(crate) fn pascal(text: &str, kind: &str) -> String {
    let own = text.to_upper_camel_case();
    let fits = own.starts_with(|c: char| c.is_ascii_alphabetic())
        && own.chars().all(|c| c.is_ascii_alphanumeric());
    let name = match fits {
        true => own,
        false => match lettered(made(text, false), kind) {
            bare if bare == kind => lettered(made(text, true), kind),
            name => name,
        }
        .to_upper_camel_case(),
    };
    // `a_b` is `AB`, and that is `Ab`: whoever spells it again finds the same.
    name.to_upper_camel_case()
}

/// Names of one place, such as the fields of an object.
pub(crate) struct Names {
    /// What stands before a digit, and for a text of nothing.
    kind: &'static str,
    /// Whether a name may begin with a digit.
    digits: bool,
    taken: BTreeSet<String>,
}

impl Names {
    /// A place in which nothing is named yet.
    pub(crate) fn new(kind: &'static str) -> Self {
        Self {
            kind,
            digits: false,
            taken: BTreeSet::new(),
        }
    }

    /// The same, where each language has a way of its own with a digit that begins a name.
    pub(crate) fn with_digits(self) -> Self {
        Self {
            digits: true,
            ..self
        }
    }

    /// A name for each text. What is a name as it stands comes first, then what only differs from one in its case or
    /// its punctuation, in the order of the texts.
    pub(crate) fn all<'a>(&mut self, texts: impl Iterator<Item = &'a str>) -> Vec<String> {
        let texts: Vec<&str> = texts.collect();
        let mut names = vec![None; texts.len()];
        for is_one in [
            (|own: &str, text: &str| own == text) as fn(&str, &str) -> bool,
            |_, _| true,
        ] {
            for (text, name) in texts.iter().zip(&mut names) {
                let own = if self.digits { plain(text) } else { word(text) };
                if name.is_none()
                    && let Some(own) = own.filter(|own| is_one(own, text))
                    && !has_signs(text)
                    && self.taken.insert(key(&own))
                {
                    *name = Some(own);
                }
            }
        }
        texts
            .iter()
            .zip(names)
            .map(|(text, name)| name.unwrap_or_else(|| self.one(text)))
            .collect()
    }

    /// A name for one text, which yields to all that are there.
    pub(crate) fn one(&mut self, text: &str) -> String {
        let own = if self.digits { plain(text) } else { word(text) };
        let letters = |signs| {
            let made = made(text, signs);
            match self.digits && !made.is_empty() {
                true => made,
                false => lettered(made, self.kind),
            }
        };
        let (bare, signed) = (letters(false), letters(true));
        let spelled = has_signs(text) || bare == self.kind;
        let base = if spelled { signed } else { bare.clone() };
        let numbered = (2_u32..).map(|number| format!("{base}_{number}"));
        let bare = Some(bare).filter(|bare| *bare != self.kind);
        let mut all = own
            .into_iter()
            .chain(bare)
            .chain([base.clone()])
            .chain(numbered);
        // There is always one more.
        all.find(|name| self.taken.insert(key(name)))
            .unwrap_or_default()
    }
}

/// What two names must differ in for every language: Rust's values and types are written without underscores.
fn key(name: &str) -> String {
    name.to_upper_camel_case()
}

/// Whether a text has a sign that says something, and is not only between two words.
fn has_signs(text: &str) -> bool {
    text.starts_with(['-', '+', '!', '~']) || text.contains(['*', '+', '!', '~', '<', '>', '='])
}

/// A text in Latin letters and digits, in snake case, its signs spelled where they say something or are all there is.
fn made(text: &str, signs: bool) -> String {
    let mut latin = String::new();
    for (at, c) in text.chars().enumerate() {
        match called(c) {
            Some(name) if signs || (at == 0 && c != '_' && c != '$' && c != '@') => {
                latin.push_str(&format!(" {name} "));
            }
            Some(_) => latin.push(' '),
            None => latin.push_str(&any_ascii(&c.to_string())),
        }
    }
    let snake = latin.to_snake_case();
    snake
        .chars()
        .filter(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || *c == '_')
        .collect()
}

/// The same with a letter first.
fn lettered(made: String, kind: &str) -> String {
    match made.chars().next() {
        None => kind.to_owned(),
        Some(first) if first.is_ascii_lowercase() => made,
        Some(_) => format!("{kind}_{made}"),
    }
}

/// What a sign is called.
fn called(c: char) -> Option<&'static str> {
    Some(match c {
        '+' => "plus",
        '-' => "minus",
        '*' => "star",
        '/' => "slash",
        '\\' => "backslash",
        '%' => "percent",
        '&' => "and",
        '|' => "or",
        '!' => "not",
        '=' => "equals",
        '<' => "less",
        '>' => "greater",
        '~' => "tilde",
        '^' => "caret",
        '@' => "at",
        '#' => "hash",
        '$' => "dollar",
        '?' => "question",
        '.' => "dot",
        ',' => "comma",
        ':' => "colon",
        ';' => "semicolon",
        '_' => "underscore",
        '\'' | '"' | '`' => "quote",
        '(' | ')' | '[' | ']' | '{' | '}' => "bracket",
        ' ' => "space",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(texts: &[&str]) -> Vec<String> {
        Names::new("field").all(texts.iter().copied())
    }

    #[test]
    fn what_is_a_name_keeps_it() {
        let texts = ["id", "userName", "a-b", "HTTPServer", "x_1"];
        assert_eq!(
            names(&texts),
            ["id", "user_name", "a_b", "http_server", "x_1"]
        );
    }

    #[test]
    fn what_is_none_gets_one_that_can_be_read() {
        let texts = [
            "1st", "größe", "+", "", "日本", "@type", "_", "2", "\u{0}", "🙂",
        ];
        let wanted = [
            "field_1st",
            "grosse",
            "plus",
            "field",
            "ri_ben",
            "type",
            "underscore",
            "field_2",
            "field_3",
            "slight_smile",
        ];
        assert_eq!(names(&texts), wanted);
    }

    #[test]
    fn of_two_that_meet_the_one_that_is_a_name_keeps_it() {
        assert_eq!(
            names(&["a-b", "a_b", "aB", "A_B"]),
            ["a_b_2", "a_b", "a_b_3", "a_b_4"]
        );
        assert_eq!(names(&["Code", "code"]), ["code_2", "code"]);
    }

    #[test]
    fn signs_tell_values_apart() {
        let texts = ["red*", "red", "-name", "name", "+name", "*", "5m", "v5m"];
        let wanted = [
            "red_star",
            "red",
            "minus_name",
            "name",
            "plus_name",
            "star",
            "5m",
            "v5m",
        ];
        assert_eq!(
            Names::new("value").with_digits().all(texts.into_iter()),
            wanted
        );
    }

    #[test]
    fn a_type_has_a_name_whatever_it_is_called() {
        let made = ["share_list", "1st", "größe", "+", "日本", "a_b", "", "_"]
            .map(|text| pascal(text, "model"));
        assert_eq!(
            made,
            [
                "ShareList",
                "Model1st",
                "Grosse",
                "Plus",
                "RiBen",
                "Ab",
                "Model",
                "Underscore"
            ]
        );
    }
}
