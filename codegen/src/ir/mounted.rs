//! What objects of a file share know of where it is mounted.

use serde::Deserialize;

/// What an object says of a mounted share.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub enum Mounted {
    /// It is a snapshot, which has a directory of its own there.
    Snapshot {
        /// The field with a path that ends in the directory's name, where the service tells it.
        path: Option<String>,
        /// The fields whose texts make the name otherwise.
        name: Vec<String>,
    },
    /// It says from where the share is mounted.
    Source {
        /// The field with the host, unless it stands before the path.
        host: Option<String>,
        /// The field with the path.
        path: String,
    },
}

/// A function that asks no service, the same in every language.
#[derive(Debug)]
pub struct Helper {
    /// Its name.
    pub name: &'static str,
    /// What it takes: a name, and what that is.
    pub argument: Option<(&'static str, &'static str)>,
    /// What it gives, in a sentence.
    pub doc: &'static str,
    /// What else is to be known of it.
    pub more: &'static str,
    /// Whether it gives a path, and not just a text.
    pub path: bool,
}

const MOUNT: (&str, &str) = ("mount", "Where the share is mounted, at its root.");

const SNAPSHOT: &[Helper] = &[
    Helper {
        name: "directory_name",
        argument: None,
        doc: "The name of the snapshot's directory below `.snapshot` on the mounted share.",
        more: "",
        path: false,
    },
    Helper {
        name: "path_below",
        argument: Some(MOUNT),
        doc: "Where the snapshot is on the mounted share, if it is spelled as documented.",
        more: "Nothing is looked at. `ls -a` does not show `.snapshot`, since the server leaves it out of every \
               listing, but it can be entered by its name.",
        path: true,
    },
    Helper {
        name: "find_below",
        argument: Some(MOUNT),
        doc: "Where the snapshot is on the mounted share, looked up there: other spellings are found too.",
        more: "What fits none or several directories is an error of the argument `mount` that lists what is there.",
        path: true,
    },
];

const SOURCE: &[Helper] = &[Helper {
    name: "mount_command",
    argument: Some((
        "mount_point",
        "The directory to mount at, from the root on.",
    )),
    doc: "The command that mounts the share, for a POSIX shell.",
    more: "Nothing is run. It needs the rights of root, and a machine in the share's network.",
    path: false,
}];

impl Mounted {
    /// The functions of such an object.
    #[must_use]
    pub fn helpers(&self) -> &'static [Helper] {
        match self {
            Self::Snapshot { .. } => SNAPSHOT,
            Self::Source { .. } => SOURCE,
        }
    }
}
