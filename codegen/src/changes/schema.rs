//! Compares two schemas, keyword by keyword, without regard to who uses them.

use std::collections::BTreeSet;

use serde_json::Value;

use super::bounds::bounds;
use super::facts::{Class, Fact, Way};
use super::graph::{Finding, Graph, Kind, Trail};
use super::parts::{Parts, Type};
use super::rules;
use super::same::same;
use super::uses::{Scope, Uses};
use crate::diff::place::{canonical, mapped, reference, short, sorted_keys, target};
use crate::keywords::Node;

/// Where two schemas stand: their node, the way there, and what it is used for.
#[derive(Clone, Copy)]
pub(super) struct At<'p> {
    pub(super) node: usize,
    pub(super) trail: &'p Trail<'p>,
    pub(super) scope: Scope,
}

impl<'p> At<'p> {
    pub(super) fn into(self, trail: &'p Trail<'p>) -> At<'p> {
        At { trail, ..self }
    }

    pub(super) fn scoped(self, scope: Scope) -> Self {
        Self { scope, ..self }
    }
}

/// What a field says of itself besides its values.
struct Flags {
    required: bool,
    nullable: bool,
    read_only: bool,
    write_only: bool,
    class: Class,
}

impl Flags {
    fn of(document: &Value, field: &Value, required: bool) -> Self {
        let whole = Parts::whole(document, field);
        Self {
            required,
            nullable: whole.flag("nullable"),
            read_only: whole.flag("readOnly"),
            write_only: whole.flag("writeOnly"),
            class: whole.class(document),
        }
    }

    fn may_be_absent(&self) -> bool {
        !self.required || self.nullable
    }
}

impl<'d> Graph<'d> {
    /// Notes a change at a place.
    pub(super) fn note(
        &mut self,
        at: At<'_>,
        fact: Fact,
        old: Option<String>,
        new: Option<String>,
    ) {
        let place = at.trail.text();
        let scope = at.scope;
        self.find(
            at.node,
            Finding {
                fact,
                scope,
                place,
                old,
                new,
            },
        );
    }

    /// The components that two references lead to, their references followed.
    pub(super) fn component(&mut self, node: usize, old: &str, new: &str) {
        let (old_value, new_value) = (self.old.pointer(old), self.new.pointer(new));
        let at = At {
            node,
            trail: &Trail::Root,
            scope: Scope::SAME,
        };
        match (old_value, new_value) {
            (Some(old), Some(new)) => self.schema(old, new, at),
            (old, new) => self.lost(old, new, at),
        }
    }

    /// Notes that a reference leads nowhere in one of the documents alone.
    pub(super) fn lost(&mut self, old: Option<&Value>, new: Option<&Value>, at: At<'_>) {
        let nowhere = |there: Option<&Value>| there.is_none().then(|| "nothing".to_owned());
        if old.is_some() != new.is_some() {
            let fact = Fact::Always(rules::Kind::SchemaLost);
            self.note(at, fact, nowhere(old), nowhere(new));
        }
    }

    /// Compares two schemas wherever they stand.
    pub(super) fn schema(&mut self, old: &'d Value, new: &'d Value, at: At<'_>) {
        let (mut was, mut is) = (Parts::of(old), Parts::of(new));
        self.follow(&mut was, &mut is, at);
        if was.is_bare() && is.is_bare() {
            self.beside(&was, &is, at);
            return;
        }
        let (from, to) = (was.kind(), is.kind());
        // Where a part is a component, the type may stand there.
        let unknown = |parts: &Parts<'_>, kind: Type| kind == Type::Any && !parts.refs.is_empty();
        if from != to && !unknown(&was, from) && !unknown(&is, to) {
            let told = |parts: &Parts<'_>, kind: Type| Some(told(parts, kind));
            self.note(at, Fact::Type(from.to(to)), told(&was, from), told(&is, to));
            return;
        }
        self.beside(&was, &is, at);
        self.values(&was, &is, at);
        if from == Type::Choice {
            self.choices(&was, &is, at);
        }
        self.fields(&was, &is, at);
        if let (Some(old), Some(new)) = (was.get("items"), is.get("items")) {
            let trail = Trail::Items(at.trail);
            self.value(old, new, false, at.into(&trail).scoped(at.scope.inside()));
        }
        self.other_fields(&was, &is, at);
    }

    /// Compares what is no field, and so is not left out by itself: items, parameters, bodies.
    pub(super) fn value(&mut self, old: &'d Value, new: &'d Value, required: bool, at: At<'_>) {
        let before = Flags::of(self.old, old, required);
        let after = Flags::of(self.new, new, required);
        if before.nullable != after.nullable {
            let told = |flags: &Flags| {
                Some(
                    if flags.nullable {
                        "may be null"
                    } else {
                        "never null"
                    }
                    .to_owned(),
                )
            };
            let allowed = after.nullable;
            for fact in [
                Fact::Null { allowed, required },
                Fact::AbsentOtherwise(allowed),
            ] {
                self.note(at, fact, told(&before), told(&after));
            }
        }
        self.schema(old, new, at);
    }

    /// Pairs the components that both refer to; what only one of them refers to is read as if it stood here.
    fn follow(&mut self, was: &mut Parts<'d>, is: &mut Parts<'d>, at: At<'_>) {
        let alone = (
            was.refs.len() == 1 && was.is_bare(),
            is.refs.len() == 1 && is.is_bare(),
        );
        let in_place = (was.refs.is_empty(), is.refs.is_empty());
        let mut left = Vec::new();
        let mut rest = std::mem::take(&mut is.refs);
        for to in std::mem::take(&mut was.refs) {
            if let Some(place) = rest.iter().position(|other| *other == to) {
                let other = rest.remove(place);
                was.refs.push(to);
                is.refs.push(other);
                let node = self.pair(Kind::Schema, to, other);
                self.link(at.node, node, at.scope);
            } else {
                left.push(to);
            }
        }
        if let (true, true, [old], [new]) = (alone.0, alone.1, left.as_slice(), rest.as_slice()) {
            let node = self.pair(Kind::Schema, old, new);
            self.link(at.node, node, at.scope);
            self.renamed(Some(old), Some(new), at);
            was.refs.push(old);
            is.refs.push(new);
            return;
        }
        match (left.as_slice(), rest.as_slice()) {
            ([old], []) if alone.0 && in_place.1 => self.renamed(Some(old), None, at),
            ([], [new]) if alone.1 && in_place.0 => self.renamed(None, Some(new), at),
            _ => {}
        }
        for to in left {
            was.absorb(self.old, to);
        }
        for to in rest {
            is.absorb(self.new, to);
        }
    }

    /// Notes that what faces call by a component's name goes by another one, or by its place.
    fn renamed(&mut self, old: Option<&str>, new: Option<&str>, at: At<'_>) {
        let named = |document: &Value, to: Option<&str>| {
            to.is_none_or(|to| {
                let schema = document.pointer(&target(to));
                schema.is_some_and(|schema| Parts::whole(document, schema).is_named())
            })
        };
        if named(self.old, old) && named(self.new, new) {
            let told = |to: Option<&str>| Some(to.unwrap_or("in place").to_owned());
            let fact = Fact::Value(rules::Kind::SchemaRenamed);
            self.note(at, fact, told(old), told(new));
        }
    }

    /// What may stand beside a reference too.
    fn beside(&mut self, was: &Parts<'_>, is: &Parts<'_>, at: At<'_>) {
        if was.flag("deprecated") != is.flag("deprecated") {
            let kind = if is.flag("deprecated") {
                rules::Kind::FieldDeprecated
            } else {
                rules::Kind::FieldUndeprecated
            };
            self.note(at, Fact::Value(kind), None, None);
        }
        const NAME: &str = "x-snapline-name";
        if was.get(NAME).map(canonical) != is.get(NAME).map(canonical) {
            let told = |parts: &Parts<'_>| parts.text(NAME).map(str::to_owned);
            let fact = Fact::Value(rules::Kind::SchemaRenamed);
            self.note(at, fact, told(was), told(is));
        }
        self.mounted(was, is, at);
    }

    /// What faces know of a mounted share by the object.
    fn mounted(&mut self, was: &Parts<'_>, is: &Parts<'_>, at: At<'_>) {
        const MOUNTED: &str = "x-snapline-mounted";
        let (before, after) = (was.get(MOUNTED), is.get(MOUNTED));
        let mut kinds = sorted_keys(before);
        kinds.extend(sorted_keys(after));
        for kind in kinds {
            let (old, new) = (
                before.and_then(|all| all.get(kind)),
                after.and_then(|all| all.get(kind)),
            );
            let rule = match (old, new) {
                (Some(old), Some(new)) if canonical(old) == canonical(new) => continue,
                (None, _) => rules::Kind::MountedAdded,
                (_, None) => rules::Kind::MountedRemoved,
                _ => rules::Kind::MountedChanged,
            };
            let trail = Trail::Words(at.trail, kind);
            self.note(
                at.into(&trail),
                Fact::Value(rule),
                old.map(short),
                new.map(short),
            );
        }
    }

    /// Formats, lists of values, bounds and defaults.
    fn values(&mut self, was: &Parts<'d>, is: &Parts<'d>, at: At<'_>) {
        self.format(was, is, at);
        self.listed(was, is, at);
        for bound in bounds(was, is) {
            self.note(at, Fact::Bound(bound.way), bound.old, bound.new);
        }
        let (old, new) = (was.get("default"), is.get("default"));
        let fact = match (old.map(canonical), new.map(canonical)) {
            (None, Some(_)) => Some(Fact::DefaultAdded),
            (Some(_), None) => Some(Fact::DefaultRemoved),
            (old, new) => (old != new).then_some(Fact::DefaultChanged),
        };
        if let Some(fact) = fact {
            self.note(at, fact, old.map(short), new.map(short));
        }
        let same_not = match (was.get("not"), is.get("not")) {
            (Some(old), Some(new)) => same(Node::Schema, old, new),
            (old, new) => old.is_none() && new.is_none(),
        };
        if !same_not {
            let fact = Fact::Value(rules::Kind::NotChanged);
            self.note(
                at,
                fact,
                was.get("not").map(short),
                is.get("not").map(short),
            );
        }
    }

    fn format(&mut self, was: &Parts<'d>, is: &Parts<'d>, at: At<'_>) {
        let (from, to) = (was.text("format"), is.text("format"));
        if from == to {
            return;
        }
        let shown = |format: Option<&str>| Some(format.unwrap_or("any").to_owned());
        let (old, new) = (shown(from), shown(to));
        let text = was.kind() == Type::Text;
        if text && [from, to].contains(&Some("password")) {
            let kind = if to == Some("password") {
                rules::Kind::SecretSet
            } else {
                rules::Kind::SecretLifted
            };
            self.note(at, Fact::Value(kind), old.clone(), new.clone());
        }
        // A secret is any text.
        let any = |format: Option<&'d str>| format.filter(|format| *format != "password");
        let fact = match (any(from), any(to)) {
            (from, to) if from == to => return,
            (_, Some("date-time")) if text => Fact::Time(true),
            (Some("date-time"), _) if text => Fact::Time(false),
            (Some(_), None) | (Some("int32"), Some("int64")) | (Some("float"), Some("double")) => {
                Fact::Format(Way::Wider)
            }
            (None, Some(_)) | (Some("int64"), Some("int32")) | (Some("double"), Some("float")) => {
                Fact::Format(Way::Narrower)
            }
            _ => Fact::Format(Way::Other),
        };
        self.note(at, fact, old, new);
    }

    fn listed(&mut self, was: &Parts<'_>, is: &Parts<'_>, at: At<'_>) {
        let shown = |values: &BTreeSet<String>| {
            let all: Vec<&str> = values.iter().map(String::as_str).collect();
            Some(all.join(", "))
        };
        // A list of numbers is a bound to all faces.
        let named = was.kind() == Type::Text || was.kind() == Type::Any;
        let (old, new) = (was.values(), is.values());
        let added = |way: Way, fact: Fact| if named { fact } else { Fact::Bound(way) };
        match (&old, &new) {
            (None, None) => {}
            (None, Some(new)) => {
                let fact = added(Way::Narrower, Fact::EnumIntroduced);
                self.note(at, fact, Some("any".to_owned()), shown(new));
            }
            (Some(old), None) => {
                let fact = added(Way::Wider, Fact::EnumLifted);
                self.note(at, fact, shown(old), Some("any".to_owned()));
            }
            (Some(old), Some(new)) => {
                let gone: BTreeSet<String> = old.difference(new).cloned().collect();
                let come: BTreeSet<String> = new.difference(old).cloned().collect();
                let facts = match (gone.is_empty(), come.is_empty()) {
                    (true, true) => return,
                    (false, false) if named => {
                        let fact = Fact::Value(rules::Kind::EnumReplaced);
                        self.note(at, fact, shown(&gone), shown(&come));
                        return;
                    }
                    (false, false) => vec![Fact::Bound(Way::Other)],
                    (true, false) => vec![added(Way::Wider, Fact::EnumAdded)],
                    (false, true) => vec![added(Way::Narrower, Fact::EnumRemoved)],
                };
                for fact in facts {
                    self.note(at, fact, shown(old), shown(new));
                }
            }
        }
    }

    fn fields(&mut self, was: &Parts<'d>, is: &Parts<'d>, at: At<'_>) {
        let shapes = (was.shape(), is.shape());
        if was.kind() == Type::Object
            && is.kind() == Type::Object
            && shapes.0 != shapes.1
            && was.refs.is_empty()
            && is.refs.is_empty()
        {
            let fact = Fact::Value(rules::Kind::ObjectShapeChanged);
            let told = |parts: &Parts<'_>| Some(told(parts, Type::Object));
            self.note(at, fact, told(was), told(is));
        }
        let (old, new) = (was.fields(), is.fields());
        let (old_required, new_required) = (was.required(), is.required());
        let outer = at.scope;
        for (name, field) in &old {
            let trail = Trail::Field(at.trail, name);
            let here = at.into(&trail);
            let before = Flags::of(self.old, field, old_required.contains(name));
            let Some((_, other)) = new.iter().find(|(other, _)| other == name) else {
                let scope = only(outer, &before);
                self.note(here.scoped(scope), Fact::FieldRemoved, None, None);
                continue;
            };
            let after = Flags::of(self.new, other, new_required.contains(name));
            let scope = self.flags(&before, &after, here);
            self.schema(field, other, here.scoped(scope.inside()));
        }
        for (place, (name, field)) in new.iter().enumerate() {
            if old.iter().any(|(other, _)| other == name) {
                continue;
            }
            let trail = Trail::Field(at.trail, name);
            let flags = Flags::of(self.new, field, new_required.contains(name));
            let behind = new.iter().skip(place + 1);
            let last = behind.into_iter().all(|(later, _)| {
                new_required.contains(later) || !old.iter().any(|(other, _)| other == later)
            });
            let required = flags.required;
            let fact = Fact::FieldAdded { required, last };
            self.note(
                at.into(&trail).scoped(only(outer, &flags)),
                fact,
                None,
                None,
            );
        }
        // What a part says of the fields of another one that is a component.
        for name in old_required.symmetric_difference(&new_required) {
            let elsewhere =
                |fields: &[(&str, &Value)]| !fields.iter().any(|(other, _)| other == name);
            if elsewhere(&old) && elsewhere(&new) {
                self.required_elsewhere(was, is, name, at);
            }
        }
    }

    fn required_elsewhere(&mut self, was: &Parts<'d>, is: &Parts<'d>, name: &str, at: At<'_>) {
        let flags = |document: &'d Value, parts: &Parts<'d>| {
            let mut whole = Parts::default();
            for to in &parts.refs {
                whole.absorb(document, to);
            }
            let field = whole
                .fields()
                .into_iter()
                .find(|(other, _)| *other == name)?
                .1;
            let required = whole.required().contains(name) || parts.required().contains(name);
            Some(Flags::of(document, field, required))
        };
        if let (Some(before), Some(after)) = (flags(self.old, was), flags(self.new, is)) {
            let trail = Trail::Field(at.trail, name);
            self.presence(&before, &after, at.into(&trail));
        }
    }

    /// What a field says of itself; gives what its values are still used for in both documents.
    fn flags(&mut self, before: &Flags, after: &Flags, at: At<'_>) -> Scope {
        if before.read_only != after.read_only {
            let required = after.required;
            let fact = if after.read_only {
                Fact::ReadOnly
            } else {
                Fact::Settable { required }
            };
            self.note(at, fact, None, None);
        }
        if before.write_only != after.write_only {
            let fact = if after.write_only {
                Fact::WriteOnly
            } else {
                Fact::Readable
            };
            self.note(at, fact, None, None);
        }
        let scope = only(only(at.scope, before), after);
        self.presence(before, after, at.scoped(scope));
        scope
    }

    /// Whether a field has to be there, and whether it may be null.
    fn presence(&mut self, before: &Flags, after: &Flags, at: At<'_>) {
        let told = |flags: &Flags| {
            let required = if flags.required {
                "required"
            } else {
                "optional"
            };
            let null = if flags.nullable { " or null" } else { "" };
            Some(format!("{required}{null}"))
        };
        let (old, new) = (told(before), told(after));
        if before.required != after.required {
            let fact = Fact::Required(after.required);
            self.note(at, fact, old.clone(), new.clone());
        }
        if before.nullable != after.nullable {
            let fact = Fact::Null {
                allowed: after.nullable,
                required: after.required,
            };
            self.note(at, fact, old.clone(), new.clone());
        }
        let absent = (before.may_be_absent(), after.may_be_absent());
        let fact = match absent {
            (false, true) => Fact::Absent(true, after.class),
            (true, false) => Fact::Absent(false, after.class),
            _ if told(before) == told(after) => return,
            // Required or not, and null or not, count for one each.
            _ => {
                let ways = |flags: &Flags| u8::from(!flags.required) + u8::from(flags.nullable);
                Fact::AbsentOtherwise(ways(after) >= ways(before))
            }
        };
        self.note(at, fact, old, new);
    }

    fn other_fields(&mut self, was: &Parts<'d>, is: &Parts<'d>, at: At<'_>) {
        const KEY: &str = "additionalProperties";
        let (old, new) = (was.get(KEY), is.get(KEY));
        if let (Some(old @ Value::Object(_)), Some(new @ Value::Object(_))) = (old, new) {
            let trail = Trail::Values(at.trail);
            self.value(old, new, false, at.into(&trail).scoped(at.scope.inside()));
            return;
        }
        // Without a word they are allowed.
        let taken = |value: Option<&Value>| value != Some(&Value::Bool(false));
        if taken(old) != taken(new) {
            self.note(at, Fact::OtherFields(taken(new)), None, None);
        }
    }

    /// The members of a union, by the values that tell them apart, else by what they refer to and in order.
    fn choices(&mut self, was: &Parts<'d>, is: &Parts<'d>, at: At<'_>) {
        let tag = |parts: &Parts<'d>| {
            parts
                .get("discriminator")
                .and_then(|it| it.get("propertyName"))
        };
        let (old, new) = (tag(was), tag(is));
        if old.map(canonical) != new.map(canonical) {
            let fact = Fact::Value(rules::Kind::DiscriminatorChanged);
            self.note(at, fact, old.map(short), new.map(short));
        }
        let scope = at.scope.member();
        if let (Some(old), Some(new)) = (mapping(was), mapping(is)) {
            for (value, to) in &old {
                let other = new.iter().find(|(other, _)| other == value);
                match other {
                    Some((_, other)) => {
                        let node = self.pair(Kind::Schema, to, other);
                        self.link(at.node, node, scope);
                    }
                    None => self.note(at, Fact::MemberRemoved, Some((*value).to_owned()), None),
                }
            }
            for (value, _) in new
                .iter()
                .filter(|(value, _)| !old.iter().any(|(other, _)| other == value))
            {
                self.note(at, Fact::MemberAdded, None, Some((*value).to_owned()));
            }
            return;
        }
        let (old, new) = (was.choices(), is.choices());
        let mut rest: Vec<&Value> = new.into_iter().flatten().collect();
        let mut left: Vec<&Value> = Vec::new();
        let mut pairs = Vec::new();
        for member in old.into_iter().flatten() {
            let same = rest.iter().position(|other| {
                reference(member).is_some() && reference(member) == reference(other)
            });
            match same {
                Some(place) => pairs.push((member, rest.remove(place))),
                None => left.push(member),
            }
        }
        let common = left.len().min(rest.len());
        let (gone, come) = (left.split_off(common), rest.split_off(common));
        pairs.extend(left.into_iter().zip(rest));
        for (number, (old, new)) in pairs.into_iter().enumerate() {
            let name = reference(new).map_or_else(|| (number + 1).to_string(), last);
            let trail = Trail::Member(at.trail, &name);
            self.schema(old, new, at.into(&trail).scoped(scope));
        }
        for member in gone {
            self.note(at, Fact::MemberRemoved, Some(shown(member)), None);
        }
        for member in come {
            self.note(at, Fact::MemberAdded, None, Some(shown(member)));
        }
    }
}

/// The uses that a field takes part in.
fn only(scope: Scope, flags: &Flags) -> Scope {
    let scope = if flags.read_only {
        scope.only(Uses::RECEIVED)
    } else {
        scope
    };
    if flags.write_only {
        scope.only(Uses::SENT)
    } else {
        scope
    }
}

/// The values of a discriminator with what they lead to.
fn mapping<'d>(parts: &Parts<'d>) -> Option<Vec<(&'d str, String)>> {
    let mapping = parts.get("discriminator")?.get("mapping")?.as_object()?;
    let named = mapping
        .iter()
        .filter_map(|(value, to)| Some((value.as_str(), format!("#{}", mapped(to.as_str()?)))));
    Some(named.collect())
}

fn last(to: &str) -> String {
    to.rsplit('/').next().unwrap_or(to).to_owned()
}

fn shown(member: &Value) -> String {
    reference(member).map_or_else(|| short(member), last)
}

/// A type as a reader of the report knows it.
fn told(parts: &Parts<'_>, kind: Type) -> String {
    use super::parts::Shape;
    let word = match kind {
        Type::Any => "any",
        Type::Text => "string",
        Type::Integer => "integer",
        Type::Number => "number",
        Type::Boolean => "boolean",
        Type::List => "array",
        Type::TextOrInteger => "string or integer",
        Type::Choice => "one of several",
        Type::Object => match parts.shape() {
            Shape::Fields => "object",
            Shape::Map => "map",
            Shape::Json => "any object",
        },
    };
    word.to_owned()
}
