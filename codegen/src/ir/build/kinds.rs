//! Kinds of things that snapshots are taken of: what `x-snapline-kinds` says, as the IR has it.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value};

use super::entries::find;
use super::text::sentence;
use super::{Builder, extension};
use crate::document::join;
use crate::error::Result;
use crate::ir::kind::{
    From, Mount, Object, Parents, Price, Restore, Sizes, Snapshots, State, ThingKind, Things,
};
use crate::ir::{ModelId, Mounted, Operation, Resource, TakeCall, Type};

mod uses;

const AT: &str = "/info/x-snapline-kinds";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Facts {
    summary: String,
    parents: Option<ParentFacts>,
    things: ThingFacts,
    snapshots: SnapshotFacts,
    take: MakeFacts,
    delete: UseFacts,
    restore: Option<RestoreFacts>,
    #[serde(default)]
    instead: String,
    copy: Option<MakeFacts>,
    price: Option<Price>,
    #[serde(default)]
    unpriced: String,
    mount: Option<MountFacts>,
}

/// A call, with the arguments that something gives and those that are always the same.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct UseFacts {
    call: String,
    #[serde(default)]
    arguments: BTreeMap<String, String>,
    #[serde(default, rename = "with")]
    fixed: BTreeMap<String, Value>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ParentFacts {
    list: UseFacts,
    id: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ThingFacts {
    list: UseFacts,
    tagged: Option<String>,
    get: UseFacts,
    id: String,
    name: String,
    tags: Option<String>,
    #[serde(default)]
    any_case: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SnapshotFacts {
    list: UseFacts,
    of: Option<String>,
    id: String,
    name: String,
    created: String,
    size: Option<String>,
    regions: Option<String>,
    tags: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MakeFacts {
    call: String,
    arguments: BTreeMap<String, String>,
    powered_off: Option<String>,
    find: String,
    /// Where the waits of the call cannot go by what is found.
    found: Option<Vec<UseFacts>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RestoreFacts {
    call: String,
    arguments: BTreeMap<String, String>,
    find: String,
    found: Option<Vec<UseFacts>>,
    least: String,
    sizes: Option<SizeFacts>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SizeFacts {
    list: UseFacts,
    id: String,
    disk: String,
    available: String,
    regions: String,
    price: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MountFacts {
    list: Option<UseFacts>,
    prefer: Option<String>,
}

impl Builder<'_> {
    /// Reads the kinds, once all calls are there.
    pub(super) fn kinds(
        &self,
        resources: &[Resource],
        operations: &[Operation],
    ) -> Result<Vec<ThingKind>> {
        let Some(said) = self.document.root.pointer(AT) else {
            return Ok(Vec::new());
        };
        let said: Map<String, Value> = extension(self.document, AT, said)?;
        let kinds = said.iter().map(|(name, facts)| {
            let at = join(AT, &[name]);
            let telling = Telling {
                builder: self,
                resources,
                operations,
                at: &at,
            };
            telling.kind(name, &extension(self.document, &at, facts)?)
        });
        kinds.collect()
    }
}

/// The models of the objects that a call's arguments may come from.
#[derive(Clone, Default)]
struct Known<'m>(Vec<(Object, &'m ModelId)>);

impl<'m> Known<'m> {
    fn with(&self, object: Object, model: &'m ModelId) -> Self {
        let mut all = self.clone();
        all.0.retain(|(known, _)| *known != object);
        all.0.push((object, model));
        all
    }
}

/// One entry with all that is known when it is read.
struct Telling<'a> {
    builder: &'a Builder<'a>,
    resources: &'a [Resource],
    operations: &'a [Operation],
    at: &'a str,
}

impl<'a> Telling<'a> {
    fn fault<T>(&self, place: &str, what: impl Into<String>, help: &str) -> Result<T> {
        let at = join(self.at, &[place]);
        Err(self.builder.document.error(at, what.into(), help))
    }

    fn kind(&self, name: &str, facts: &Facts) -> Result<ThingKind> {
        let snake = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        if !name.starts_with(|c: char| c.is_ascii_lowercase()) || !name.chars().all(snake) {
            return Err(self.builder.document.error(
                self.at,
                format!("`{name}` is no name in snake case"),
                "users write it: use lower-case letters, digits and underscores",
            ));
        }
        let mut known = Known::default();
        let mut parents = None;
        if let Some(facts) = &facts.parents {
            let (list, model) = self.list("parents", &facts.list, &known)?;
            let id = self.id("parents", model, &facts.id)?;
            parents = Some(Parents { list, id });
            known = known.with(Object::Parent, model);
        }
        let (things, thing) = self.things(&facts.things, &known)?;
        let known = known.with(Object::Thing, thing);
        let (mut snapshots, snapshot) = self.snapshots(&facts.snapshots, &known)?;
        let take = self.make("take", &facts.take.call, &facts.take.arguments, &known)?;
        let (take, begins) =
            self.found(take, &facts.take.find, facts.take.found.as_deref(), &known)?;
        if begins.take.model != *snapshot {
            return self.fault(
                "take",
                format!("`{}` gives no `{snapshot}`", facts.take.call),
                "name a call that gives what the list of snapshots has",
            );
        }
        snapshots.state = self.state(begins);
        let powered_off = match &facts.take.powered_off {
            Some(other) => {
                let other = self.make("take", other, &facts.take.arguments, &known)?;
                Some(other.0.call)
            }
            None => None,
        };
        let known = known.with(Object::Snapshot, snapshot);
        let delete = self.using("delete", &facts.delete, &known)?;
        let restore = match &facts.restore {
            Some(restore) => Some(self.restore(restore, &known)?),
            None => None,
        };
        if restore.is_none() && facts.instead.trim().is_empty() {
            return self.fault(
                "restore",
                "nothing says how a thing is made from a snapshot",
                "say it, or say in `instead` what else to do",
            );
        }
        let copy = match &facts.copy {
            Some(copy) => {
                let call = self.make("copy", &copy.call, &copy.arguments, &known)?;
                Some(
                    self.found(call, &copy.find, copy.found.as_deref(), &known)?
                        .0,
                )
            }
            None => None,
        };
        if facts.price.is_none() && facts.unpriced.trim().is_empty() {
            return self.fault(
                "price",
                "nothing says what a snapshot costs",
                "say it with its source and date, or say in `unpriced` why not",
            );
        }
        let limits = self.operations.iter();
        let limits = limits.filter(|operation| operation.id == begins.operation);
        let limits: Vec<_> = limits.flat_map(|operation| &operation.limits).collect();
        Ok(ThingKind {
            name: name.to_owned(),
            summary: sentence(&facts.summary),
            parents,
            powered_off,
            delete,
            restore,
            instead: facts.instead.trim().to_owned(),
            copy,
            most: limits.iter().find_map(|limit| limit.most),
            interval: limits.iter().find_map(|limit| limit.again_after),
            price: facts.price.clone(),
            unpriced: facts.unpriced.trim().to_owned(),
            mount: self.mount(facts.mount.as_ref(), &known, thing, snapshot)?,
            things,
            snapshots,
            take,
        })
    }

    fn things(&self, facts: &ThingFacts, known: &Known<'a>) -> Result<(Things, &'a ModelId)> {
        let place = "things";
        let (list, model) = self.list(place, &facts.list, known)?;
        let params = &self.call(place, &facts.list.call)?.params;
        let tagged = match &facts.tagged {
            Some(wire) => match params.iter().find(|param| param.wire == *wire) {
                Some(param) if param.ty == Type::String => Some(param.clone()),
                _ => {
                    return self.fault(
                        place,
                        format!("the list has no text argument `{wire}`"),
                        "name the argument that takes a tag",
                    );
                }
            },
            None => None,
        };
        let things = Things {
            get: self.using(place, &facts.get, &known.with(Object::Thing, model))?,
            id: self.id(place, model, &facts.id)?,
            name: self.field(place, model, &facts.name, &[Type::String])?,
            tags: self.maybe(place, model, facts.tags.as_ref(), &[texts()])?,
            any_case: facts.any_case,
            model: model.clone(),
            tagged,
            list,
        };
        Ok((things, model))
    }

    fn snapshots(
        &self,
        facts: &SnapshotFacts,
        known: &Known<'a>,
    ) -> Result<(Snapshots, &'a ModelId)> {
        let place = "snapshots";
        let (list, model) = self.list(place, &facts.list, known)?;
        let all = !list.takes(Object::Thing);
        if all != facts.of.is_some() {
            return self.fault(
                place,
                "it is not clear of which thing a snapshot is",
                "name in `of` the field that has the thing's id, unless the list is that of one thing",
            );
        }
        let numbers = [Type::Integer, Type::Unsigned, Type::Number];
        let snapshots = Snapshots {
            of: match &facts.of {
                Some(of) => Some(self.id(place, model, of)?),
                None => None,
            },
            id: self.id(place, model, &facts.id)?,
            name: self.field(place, model, &facts.name, &[Type::String])?,
            created: self.field(place, model, &facts.created, &[Type::Timestamp])?,
            size: self.maybe(place, model, facts.size.as_ref(), &numbers)?,
            regions: self.maybe(
                place,
                model,
                facts.regions.as_ref(),
                &[texts(), Type::String],
            )?,
            tags: self.maybe(place, model, facts.tags.as_ref(), &[texts()])?,
            state: None,
            model: model.clone(),
            list,
        };
        Ok((snapshots, model))
    }

    /// What the last wait behind a call says of the states of what it gives.
    fn state(&self, begins: TakeCall<'_>) -> Option<State> {
        let last = begins.take.steps.last()?;
        let wait = find(self.resources, &last.wait)?.as_wait()?.wait;
        let field = wait.status.as_ref()?.field.clone();
        Some(State {
            field,
            ready: wait.ready.clone(),
            failed: wait.failed.clone(),
        })
    }

    fn restore(&self, facts: &RestoreFacts, known: &Known<'a>) -> Result<Restore> {
        let place = "restore";
        let call = self.make(place, &facts.call, &facts.arguments, known)?;
        let (make, _) = self.found(call, &facts.find, facts.found.as_deref(), known)?;
        let (least, ty) = self.from(place, &facts.least, known)?;
        if !matches!(
            (&least, ty),
            (
                From::Field(..),
                Some(Type::Integer | Type::Unsigned | Type::Number)
            )
        ) {
            return self.fault(place, "`least` is no number", "name a field with a size");
        }
        let sizes = match &facts.sizes {
            Some(facts) => {
                let (list, model) = self.list(place, &facts.list, known)?;
                let numbers = [Type::Integer, Type::Unsigned, Type::Number];
                Some(Sizes {
                    id: self.field(place, model, &facts.id, &[Type::String])?,
                    disk: self.field(place, model, &facts.disk, &numbers)?,
                    available: self.field(place, model, &facts.available, &[Type::Boolean])?,
                    regions: self.field(place, model, &facts.regions, &[texts()])?,
                    price: self.field(place, model, &facts.price, &numbers)?,
                    list,
                })
            }
            None => None,
        };
        Ok(Restore { make, least, sizes })
    }

    /// Where snapshots are on a mounted share, if this is a kind of share.
    fn mount(
        &self,
        facts: Option<&MountFacts>,
        known: &Known<'a>,
        thing: &ModelId,
        snapshot: &ModelId,
    ) -> Result<Option<Mount>> {
        let place = "mount";
        let mounted = |model: &ModelId| {
            let model = self.builder.models.get(&**model);
            model.and_then(|model| model.mounted.clone())
        };
        let mut list = None;
        let mut prefer = None;
        let mut source = thing;
        if let Some(facts) = facts
            && let Some(listed) = &facts.list
        {
            let (call, model) = self.list(place, listed, known)?;
            prefer = self.maybe(place, model, facts.prefer.as_ref(), &[Type::Boolean])?;
            list = Some(call);
            source = model;
        }
        match (mounted(snapshot), mounted(source)) {
            (Some(about @ Mounted::Snapshot { .. }), Some(from @ Mounted::Source { .. })) => {
                Ok(Some(Mount {
                    list,
                    prefer,
                    model: source.clone(),
                    snapshot: about,
                    source: from,
                }))
            }
            (None, _) if facts.is_none() => Ok(None),
            _ => self.fault(
                place,
                format!("`{snapshot}` and `{source}` do not say where they are on a mounted share"),
                "say it in `x-snapline-mounted` of both, and name in `list` what has the source",
            ),
        }
    }
}

fn texts() -> Type {
    Type::List(Box::new(Type::String))
}

#[cfg(test)]
mod tests;
