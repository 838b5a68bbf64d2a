//! What can be set on a client, a call and a wait, as options of the command line and keys of its file.

use super::literal::Literal;
use crate::emit::rust::ident;
use crate::surface::{CALL, CLIENT, Kind, Setting, WAIT};

/// What means nothing there: the program shows what came, and reads it into no types that it could depart from.
const NOT_THERE: &[&str] = &["strict"];

/// `generated/settings.rs`.
pub(super) fn tables() -> String {
    // What a client has as well is set there, for the one call that a command makes.
    let call = CALL
        .iter()
        .filter(|setting| CLIENT.iter().all(|known| known.name != setting.name));
    let tables = [
        table("CLIENT", "Of a client", "Settings", CLIENT.iter()),
        table(
            "CALL",
            "Of a call, beside those of a client",
            "CallOptions",
            call,
        ),
        table("WAIT", "Of a wait", "WaitOptions", WAIT.iter()),
    ];
    format!(
        "//! What can be set on a client, on a call and on a wait.\n\n\
         use snapline_runtime::{{CallOptions, Settings, WaitOptions}};\n\n\
         use crate::table::{{Set, Setting}};\n\n{}",
        tables.join("\n")
    )
}

fn table<'a>(
    name: &str,
    text: &str,
    of: &str,
    settings: impl Iterator<Item = &'a Setting>,
) -> String {
    let settings = settings.filter(|setting| !NOT_THERE.contains(&setting.name));
    let rows = Literal::list(settings.map(row));
    format!(
        "/// {text}.\npub(crate) static {name}: &[Setting<{of}>] = {};\n",
        rows.print(0, 50)
    )
}

fn row(setting: &Setting) -> Literal {
    let setter = ident(setting.name);
    let (set, arguments) = match setting.kind {
        Kind::Duration => ("Duration", "value"),
        Kind::Count => ("Count", "value"),
        Kind::Bytes => ("Bytes", "value"),
        Kind::Flag => ("Flag", "value"),
        Kind::Text => ("Text", "value"),
        Kind::Path => ("Path", "value"),
        Kind::Pairs => ("Pair", "name, value"),
    };
    let set = Literal::word(format!(
        "Set::{set}(|it, {arguments}| it.{setter}({arguments}))"
    ));
    Literal::object(
        "Setting",
        [
            ("name: ", Literal::text(setting.name)),
            ("doc: ", Literal::text(setting.sentence())),
            ("set: ", set),
        ],
    )
}
