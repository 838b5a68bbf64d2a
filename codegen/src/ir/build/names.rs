//! Names of arguments: no two of one call meet, and none meets what every call has in some language.

use crate::ir::{Location, Param};
use crate::spelling::word;
use crate::surface::{CALL, WAIT};

/// What every call takes or has beside the options of [`CALL`] and [`WAIT`], in any language.
const OWN: &[&str] = &[
    "args",
    "callback",
    "client",
    "clone",
    "cls",
    "core",
    "error",
    "into_future",
    "items",
    "on_poll",
    "options",
    "out",
    "request",
    "response",
    "self",
    "send",
    "send_raw",
    "this",
    "waiter",
];

/// Gives each argument a name of its own. One that meets another, or what every call has, gets the place that it
/// goes to in front: `query_timeout`, `body_name`; of two the one in the path keeps the name, then the one in
/// the query, then the first in the body.
pub(super) fn settle(params: &mut [Param]) {
    let mut order: Vec<usize> = (0..params.len()).collect();
    order.sort_by_key(|at| params.get(*at).map(|param| rank(&param.location)));
    let mut taken: Vec<String> = Vec::new();
    for at in order {
        let Some(param) = params.get_mut(at) else {
            continue;
        };
        let free = |name: &String| !taken.contains(name) && !is_of_every_call(name);
        if let Some(name) = candidates(param).find(free) {
            param.name.clone_from(&name);
            taken.push(name);
        }
    }
}

/// Names for an argument, the best first; there is always one more.
fn candidates(param: &Param) -> impl Iterator<Item = String> + use<> {
    let place = place(&param.location);
    let placed = match word(&format!("{place}_{}", param.name)) {
        Some(placed) if param.name.contains(|c: char| c.is_ascii_alphanumeric()) => placed,
        _ => format!("{place}_argument"),
    };
    // Of an object that was opened up, where it stood says more than `body` does.
    let opened = match &param.location {
        Location::Body(path) if path.len() > 1 => word(&path.join("_")),
        _ => None,
    };
    let own = word(&param.name);
    let numbered = placed.clone();
    own.into_iter()
        .chain(opened)
        .chain([placed])
        .chain((2_u32..).map(move |number| format!("{numbered}_{number}")))
}

fn rank(location: &Location) -> u8 {
    match location {
        Location::Path => 0,
        Location::Query | Location::Header => 1,
        Location::Body(path) if path.len() == 1 => 2,
        Location::Body(_) | Location::WholeBody => 3,
        Location::Pick => 4,
        Location::Origin => 5,
    }
}

fn place(location: &Location) -> &'static str {
    match location {
        Location::Path => "path",
        Location::Query => "query",
        Location::Header => "header",
        Location::Body(_) | Location::WholeBody => "body",
        Location::Pick => "item",
        Location::Origin => "origin",
    }
}

/// Whether every call, or every wait, has something of this name in some language.
fn is_of_every_call(name: &str) -> bool {
    let mut options = CALL.iter().chain(WAIT);
    OWN.contains(&name) || options.any(|option| option.is_named(name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ir::Type;

    fn names(params: &[(&str, Location)]) -> Vec<String> {
        let mut params: Vec<Param> = params
            .iter()
            .map(|(name, location)| Param {
                wire: (*name).to_owned(),
                name: (*name).to_owned(),
                ty: Type::String,
                required: true,
                nullable: false,
                secret: false,
                location: location.clone(),
                separator: None,
                rules: Vec::new(),
                doc: String::new(),
                example: serde_json::Value::Null,
            })
            .collect();
        settle(&mut params);
        params.into_iter().map(|param| param.name).collect()
    }

    fn body(path: &[&str]) -> Location {
        Location::Body(path.iter().map(|&name| name.to_owned()).collect())
    }

    #[test]
    fn what_meets_nothing_keeps_its_name() {
        assert_eq!(
            names(&[
                ("id", Location::Path),
                ("from", Location::Query),
                ("name", body(&["name"]))
            ]),
            ["id", "from", "name"]
        );
    }

    #[test]
    fn path_goes_before_query_and_query_before_body() {
        assert_eq!(
            names(&[
                ("id", body(&["id"])),
                ("id", Location::Query),
                ("id", Location::Path)
            ]),
            ["body_id", "query_id", "id"]
        );
    }

    #[test]
    fn an_object_that_was_opened_up_says_where_it_stood() {
        assert_eq!(
            names(&[
                ("name", body(&["name"])),
                ("name", body(&["owner", "name"]))
            ]),
            ["name", "owner_name"]
        );
        assert_eq!(
            names(&[
                ("name", Location::Path),
                ("owner_name", Location::Query),
                ("name", body(&["owner", "name"])),
                ("name", body(&["name"])),
                ("name", Location::Pick),
            ]),
            [
                "name",
                "owner_name",
                "body_name_2",
                "body_name",
                "item_name"
            ]
        );
    }

    #[test]
    fn no_argument_is_an_option_of_a_call_or_a_wait() {
        assert_eq!(
            names(&[
                ("timeout", Location::Query),
                ("headers", body(&["headers"])),
                ("options", Location::Path),
                ("first_interval", Location::Query),
                ("client", Location::Query),
            ]),
            [
                "query_timeout",
                "body_headers",
                "path_options",
                "query_first_interval",
                "query_client"
            ]
        );
    }

    #[test]
    fn what_no_name_can_be_made_of_has_one_all_the_same() {
        assert_eq!(
            names(&[
                ("2fa", Location::Query),
                ("+", Location::Query),
                ("日本", body(&["日本"]))
            ]),
            ["query_2fa", "query_argument", "body_argument"]
        );
    }
}
