//! Names of which no two in one place are the same.

use std::collections::BTreeSet;

use heck::ToSnakeCase as _;

/// What an object is called where nothing else is meant: the last word of its model's name.
pub(crate) fn last_word(model: &str) -> String {
    let words = model.to_snake_case();
    words.rsplit('_').next().unwrap_or(&words).to_owned()
}

/// The first of a name with 2, 3 and so on behind it that is free.
pub(crate) fn numbered(name: &str, is_free: impl Fn(&str) -> bool) -> String {
    let numbers = (2..).map(|number: u64| format!("{name}{number}"));
    let mut free = numbers.filter(|name| is_free(name));
    // Numbers do not end before names do.
    free.next().unwrap_or_default()
}

/// The variables of one sample, no two of which have one name.
pub(crate) struct Variables(BTreeSet<String>);

impl Variables {
    /// With names that are used already.
    pub(crate) fn of(taken: &[&str]) -> Self {
        Self(taken.iter().map(|&name| name.to_owned()).collect())
    }

    /// A name as a language spells it, or with a number where it is used already.
    pub(crate) fn claim(&mut self, spelled: String) -> String {
        let free = if self.0.contains(&spelled) {
            numbered(&spelled, |name| !self.0.contains(name))
        } else {
            spelled
        };
        self.0.insert(free.clone());
        free
    }
}
