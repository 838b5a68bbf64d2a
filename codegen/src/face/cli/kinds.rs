//! What snapshots are taken of, as a table: the words of it stand by hand in `crates/lifecycle/src/kind.rs`.

use super::literal::Literal;
use crate::ir::kind::{
    Asked, From, Make, Mount, Object, Price, Restore, Snapshots, State, ThingKind, Things, Use,
};
use crate::ir::{Api, CallId, Field, ModelId, Mounted, Param, Rule, Type};

/// The path under which the table has those words.
pub(super) const WORDS: &str = "use snapline_lifecycle::kind::words as life;\n";

fn object(name: &str, members: impl IntoIterator<Item = (&'static str, Literal)>) -> Literal {
    Literal::object(&format!("life::{name}"), members)
}

/// One kind.
pub(super) fn kind(api: &Api, kind: &ThingKind) -> Literal {
    let parents = kind.parents.as_ref().map(|parents| {
        object(
            "Parents",
            [
                ("list: ", using(&parents.list)),
                ("id: ", path(&parents.id)),
            ],
        )
    });
    object(
        "Kind",
        [
            ("name: ", Literal::text(&kind.name)),
            ("summary: ", Literal::text(&kind.summary)),
            ("parents: ", Literal::option(parents)),
            ("things: ", things(&kind.things)),
            ("snapshots: ", snapshots(&kind.snapshots)),
            ("take: ", make(&kind.take)),
            (
                "powered_off: ",
                Literal::option(kind.powered_off.as_ref().map(call)),
            ),
            (
                "longest_name: ",
                Literal::option(longest_name(&kind.take).map(Literal::word)),
            ),
            ("delete: ", using(&kind.delete)),
            (
                "restore: ",
                Literal::option(kind.restore.as_ref().map(restore)),
            ),
            ("instead: ", Literal::text(&kind.instead)),
            ("copy: ", Literal::option(kind.copy.as_ref().map(make))),
            ("most: ", Literal::option(kind.most.map(Literal::word))),
            (
                "interval: ",
                Literal::option(kind.interval.map(Literal::word)),
            ),
            ("price: ", Literal::option(kind.price.as_ref().map(price))),
            ("unpriced: ", Literal::text(&kind.unpriced)),
            (
                "mount: ",
                Literal::option(kind.mount.as_ref().map(|it| mount(api, kind, it))),
            ),
        ],
    )
}

fn things(things: &Things) -> Literal {
    let tagged = things
        .tagged
        .as_ref()
        .map(|param| Literal::text(&param.name));
    object(
        "Things",
        [
            ("list: ", using(&things.list)),
            ("tagged: ", Literal::option(tagged)),
            ("get: ", using(&things.get)),
            ("id: ", path(&things.id)),
            ("name: ", path(&things.name)),
            ("tags: ", maybe(things.tags.as_ref())),
            ("any_case: ", Literal::word(things.any_case)),
        ],
    )
}

fn snapshots(snapshots: &Snapshots) -> Literal {
    let state = |state: &State| {
        object(
            "States",
            [
                ("field: ", Literal::text(&state.field.wire)),
                ("ready: ", Literal::texts(&state.ready)),
                ("failed: ", Literal::texts(&state.failed)),
            ],
        )
    };
    object(
        "Snapshots",
        [
            ("list: ", using(&snapshots.list)),
            ("of: ", maybe(snapshots.of.as_ref())),
            ("id: ", path(&snapshots.id)),
            ("name: ", path(&snapshots.name)),
            ("created: ", path(&snapshots.created)),
            ("size: ", maybe(snapshots.size.as_ref())),
            ("regions: ", maybe(snapshots.regions.as_ref())),
            ("tags: ", maybe(snapshots.tags.as_ref())),
            (
                "state: ",
                Literal::option(snapshots.state.as_ref().map(state)),
            ),
        ],
    )
}

fn make(make: &Make) -> Literal {
    object(
        "Make",
        [
            ("call: ", using(&make.call)),
            ("find: ", using(&make.find)),
            ("found: ", Literal::list(make.found.iter().map(using))),
            ("begun: ", Literal::word(make.begun)),
        ],
    )
}

fn restore(restore: &Restore) -> Literal {
    let sizes = restore.sizes.as_ref().map(|sizes| {
        object(
            "Sizes",
            [
                ("list: ", using(&sizes.list)),
                ("id: ", path(&sizes.id)),
                ("disk: ", path(&sizes.disk)),
                ("available: ", path(&sizes.available)),
                ("regions: ", path(&sizes.regions)),
                ("price: ", path(&sizes.price)),
            ],
        )
    });
    let least = match &restore.least {
        From::Field(of, fields) => Literal::call("", [self::of(*of), path(fields)]),
        // The builder takes nothing else for it.
        _ => Literal::call("", [self::of(Object::Snapshot), Literal::text("")]),
    };
    object(
        "Restore",
        [
            ("make: ", make(&restore.make)),
            ("least: ", least),
            ("sizes: ", Literal::option(sizes)),
        ],
    )
}

fn price(price: &Price) -> Literal {
    object(
        "Price",
        [
            ("month: ", Literal::word(format!("{:?}", price.month))),
            ("least: ", Literal::word(format!("{:?}", price.least))),
            ("currency: ", Literal::text(&price.currency)),
            ("source: ", Literal::text(&price.source)),
            ("date: ", Literal::text(&price.date)),
        ],
    )
}

fn mount(api: &Api, kind: &ThingKind, mount: &Mount) -> Literal {
    // What is mounted names fields as users do; answers have them as the document does.
    let wire = |model: &ModelId, name: &str| {
        let fields = &api.model(model).fields;
        let field = fields.iter().find(|field| field.name == name);
        Literal::text(field.map_or(name, |field| field.wire.as_str()))
    };
    let of_snapshot = |name: &String| wire(&kind.snapshots.model, name);
    let of_source = |name: &String| wire(&mount.model, name);
    let (named, parts) = match &mount.snapshot {
        Mounted::Snapshot { path, name } => (path.as_ref(), name.as_slice()),
        Mounted::Source { .. } => (None, &[][..]),
    };
    let (host, from) = match &mount.source {
        Mounted::Source { host, path } => (host.as_ref(), of_source(path)),
        Mounted::Snapshot { .. } => (None, Literal::text("")),
    };
    object(
        "Mount",
        [
            ("list: ", Literal::option(mount.list.as_ref().map(using))),
            ("prefer: ", maybe(mount.prefer.as_ref())),
            ("path: ", Literal::option(named.map(of_snapshot))),
            ("parts: ", Literal::list(parts.iter().map(of_snapshot))),
            ("host: ", Literal::option(host.map(of_source))),
            ("from: ", from),
        ],
    )
}

/// The most characters that the call which takes a snapshot lets its name have.
fn longest_name(take: &Make) -> Option<u64> {
    let named = |(_, from): &&(Param, From)| matches!(from, From::Asked(Asked::Name));
    let (param, _) = take.call.arguments.iter().find(named)?;
    param.rules.iter().find_map(|rule| match rule {
        Rule::MaxLength(most) => Some(*most),
        _ => None,
    })
}

fn using(using: &Use) -> Literal {
    let arguments = using
        .arguments
        .iter()
        .map(|(param, from)| argument(param, from));
    Literal::call("life::call", [call(&using.call), Literal::list(arguments)])
}

fn argument(param: &Param, from: &From) -> Literal {
    let made = |name: &str, more: Vec<Literal>| {
        let first = Literal::text(&param.name);
        Literal::call(name, std::iter::once(first).chain(more))
    };
    match from {
        From::Field(object, fields) => {
            let made = made("life::of", vec![of(*object), path(fields)]);
            match (fields.last().map(|field| &field.ty), &param.ty) {
                (Some(Type::Integer | Type::Unsigned), Type::String) => made.with("text", []),
                (Some(Type::String), Type::Integer | Type::Unsigned) => made.with("number", []),
                _ => made,
            }
        }
        From::Asked(asked) => made(
            "life::asked",
            vec![Literal::word(format!("life::{asked:?}"))],
        ),
        From::Text(text) => made("life::Argument::fixed", vec![Literal::text(text)]),
        From::True => made("life::Argument::yes", Vec::new()),
    }
}

fn of(object: Object) -> Literal {
    Literal::word(format!("life::{object:?}"))
}

fn call(id: &CallId) -> Literal {
    Literal::text(id.to_string())
}

/// Fields, as answers have them.
fn path(fields: &[Field]) -> Literal {
    let wires: Vec<&str> = fields.iter().map(|field| field.wire.as_str()).collect();
    Literal::text(wires.join("."))
}

fn maybe(fields: Option<&Vec<Field>>) -> Literal {
    Literal::option(fields.map(|fields| path(fields)))
}
