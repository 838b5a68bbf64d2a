//! An action of the overlay, and the overlay as text.

use serde_json::Value;

use super::yaml;
use crate::pointer::unescape;

/// The parts of the overlay, in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Section {
    Ids,
    Corrections,
    Secrets,
    Provider,
    Names,
    Pages,
    Waits,
}

impl Section {
    fn title(self) -> &'static str {
        match self {
            Self::Ids => "ids",
            Self::Corrections => "corrections",
            Self::Secrets => "secrets",
            Self::Provider => "the provider",
            Self::Names => "names of resources and calls",
            Self::Pages => "pages",
            Self::Waits => "waits",
        }
    }
}

/// What a person should look at.
#[derive(Debug, Clone)]
pub(super) struct Look {
    pub(super) what: String,
    pub(super) help: String,
}

/// One action.
#[derive(Debug, Clone)]
pub(super) struct Action {
    pub(super) section: Section,
    /// The pointer to the place it is about.
    pub(super) place: String,
    target: String,
    reason: String,
    /// Nothing where the place is removed.
    update: Option<Value>,
    pub(super) look: Option<Look>,
    /// Whether the document is as good without it.
    pub(super) optional: bool,
}

impl Action {
    /// An action that adds to a place.
    pub(super) fn update(
        section: Section,
        place: impl Into<String>,
        reason: impl Into<String>,
        update: Value,
    ) -> Self {
        let place = place.into();
        Self {
            section,
            target: json_path(&place),
            place,
            reason: reason.into(),
            update: Some(update),
            look: None,
            optional: false,
        }
    }

    /// An action that removes a place.
    pub(super) fn remove(
        section: Section,
        place: impl Into<String>,
        reason: impl Into<String>,
    ) -> Self {
        Self {
            update: None,
            ..Self::update(section, place, reason, Value::Null)
        }
    }

    /// It is about all that this JSONPath finds.
    pub(super) fn at(mut self, target: impl Into<String>) -> Self {
        self.target = target.into();
        self
    }

    /// A person should look at it.
    pub(super) fn look(mut self, what: impl Into<String>, help: impl Into<String>) -> Self {
        self.look = Some(Look {
            what: what.into(),
            help: help.into(),
        });
        self
    }

    /// The document is as good without it.
    pub(super) fn optional(mut self) -> Self {
        self.optional = true;
        self
    }

    /// What it adds under a key.
    pub(super) fn given(&self, key: &str) -> Option<&Value> {
        self.update.as_ref()?.get(key)
    }

    /// The extension that it adds, or the first of what it adds.
    pub(super) fn key(&self) -> &str {
        let update = self.update.as_ref().and_then(Value::as_object);
        let first = update.and_then(|update| update.keys().next());
        first.map_or("", String::as_str)
    }

    fn text(&self) -> String {
        let mut text = String::new();
        if let Some(look) = &self.look {
            let remark = format!("Guess: {}; {}.", look.what, look.help);
            for line in yaml::wrapped(&remark, 110) {
                text.push_str(&format!("  # {line}\n"));
            }
        }
        text.push_str(&format!("  - target: {}\n", yaml::line(&self.target)));
        text.push_str(&format!("    description: {}\n", yaml::line(&self.reason)));
        match &self.update {
            Some(update) => text.push_str(&format!("    update:{}\n", yaml::value(update, 4))),
            None => text.push_str("    remove: true\n"),
        }
        text
    }
}

/// The overlay with these actions, which stand in the order of their sections.
pub(super) fn overlay(client: &str, actions: &[Action]) -> String {
    let mut text = format!(
        "# Corrections of upstream.json, then the behaviour model: what the document cannot say.\n\
         # OpenAPI Overlay 1.0. Every action gives its reason; one that matches nothing is an error.\n\
         # Begun by `cargo xtask new-provider`: look at what is a guess, and drop the remark when it holds.\n\
         overlay: 1.0.0\ninfo:\n  title: snapline's corrections and behaviour model for {client}\n  version: 1.0.0\n\
         extends: upstream.json\nactions:{}\n",
        if actions.is_empty() { " []" } else { "" }
    );
    let mut last = None;
    for action in actions {
        if last != Some(action.section) {
            let title = action.section.title();
            text.push_str(&format!("  # {} {title}\n\n", "-".repeat(64)));
            last = Some(action.section);
        }
        text.push_str(&action.text());
        text.push('\n');
    }
    format!("{}\n", text.trim_end())
}

/// The JSONPath that leads to the place of a JSON pointer; a token of digits alone is taken for an index
/// unless it is a response's status or a name among others.
pub(super) fn json_path(pointer: &str) -> String {
    let mut path = "$".to_owned();
    let mut before = String::new();
    for token in pointer.split('/').skip(1).map(unescape) {
        let mut letters = token.chars();
        let plain = letters
            .next()
            .is_some_and(|c| c.is_ascii_alphabetic() || c == '_')
            && letters.all(|c| c.is_ascii_alphanumeric() || c == '_');
        let named = matches!(
            before.as_str(),
            "responses" | "properties" | "schemas" | "paths"
        );
        if plain {
            path.push_str(&format!(".{token}"));
        } else if !named && !token.is_empty() && token.bytes().all(|b| b.is_ascii_digit()) {
            path.push_str(&format!("[{token}]"));
        } else {
            path.push_str(&format!(
                "['{}']",
                token.replace('\\', "\\\\").replace('\'', "\\'")
            ));
        }
        before = token;
    }
    path
}

#[cfg(test)]
mod tests {
    use super::json_path;

    #[test]
    fn a_pointer_becomes_a_path() {
        for (pointer, path) in [
            ("", "$"),
            ("/servers/0", "$.servers[0]"),
            (
                "/paths/~1v1~1a{b}/get/responses/204",
                "$.paths['/v1/a{b}'].get.responses['204']",
            ),
            (
                "/components/schemas/it's/properties/a-b",
                "$.components.schemas['it\\'s'].properties['a-b']",
            ),
        ] {
            assert_eq!(json_path(pointer), path);
        }
    }
}
