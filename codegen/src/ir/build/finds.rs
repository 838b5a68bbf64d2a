//! Looks for what a request without an answer may have made: what `x-snapline-finds` says, as the IR has it (B27).

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};

use super::entries::add;
use super::placement::Names;
use super::text::sentence;
use super::{Builder, names};
use crate::error::Result;
use crate::ir::{
    Call, CallId, Find, Form, Kind, Link, Location, Param, RequestCall, Resource, Source, Type,
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Facts {
    name: String,
    /// Which of the operation's requests it is about, where there are several.
    of: Option<String>,
    list: String,
    /// Arguments of the list that are one of the request's by another name, or `true`.
    #[serde(default)]
    arguments: BTreeMap<String, Value>,
    /// Where the items have what the request said: its arguments, and fields of the items.
    #[serde(default)]
    same: BTreeMap<String, String>,
    /// Texts that fields of the items have, whatever the request said.
    #[serde(default, rename = "where")]
    fixed: BTreeMap<String, String>,
    created: Option<String>,
    summary: String,
}

impl Builder<'_> {
    /// Adds the looks for what may have been made.
    pub(super) fn finds(
        &self,
        resources: &mut [Resource],
        names: &mut Names,
        plain: &BTreeMap<String, CallId>,
    ) -> Result<()> {
        for entry in self.entries::<Facts>("x-snapline-finds", plain)? {
            let finding = Finding {
                builder: self,
                at: &entry.at,
                facts: &entry.facts,
                begins: self.request_of(resources, &entry, entry.facts.of.as_deref())?,
            };
            let call = finding.build(resources)?;
            add(resources, names, call);
        }
        Ok(())
    }
}

/// One entry with all that is known when it is built.
struct Finding<'a> {
    builder: &'a Builder<'a>,
    at: &'a str,
    facts: &'a Facts,
    begins: RequestCall<'a>,
}

impl Finding<'_> {
    fn fault<T>(&self, what: impl Into<String>, help: &str) -> Result<T> {
        Err(self.builder.document.error(self.at, what.into(), help))
    }

    fn build(&self, resources: &[Resource]) -> Result<Call> {
        let facts = self.facts;
        let list = self
            .builder
            .request_by_operation(resources, self.at, &facts.list)?;
        let model = match &list.form {
            Form::List(Type::Model(model))
            | Form::Page {
                item: Type::Model(model),
                ..
            } => model.clone(),
            _ => {
                return self.fault(
                    "that operation gives no list of objects",
                    "name one that does",
                );
            }
        };
        let mut params = vec![self.since()];
        let mut used = |param: &Param| {
            if !params.iter().any(|own| own.wire == param.wire) {
                params.push(param.clone());
            }
        };
        let arguments = self.list_arguments(list)?;
        for (_, source) in &arguments {
            if let Source::Argument(own) = source {
                used(own);
            }
        }
        let mut same = Vec::new();
        for (wire, path) in &facts.same {
            let own = self.own(wire)?;
            let fields = self.builder.fields_below(self.at, Some(&model), path)?;
            if own.nullable || fields.last().is_none_or(|field| field.ty != own.ty) {
                return self.fault(
                    format!("`{path}` cannot be compared with `{wire}`"),
                    "compare arguments with fields of the same type",
                );
            }
            used(own);
            same.push((own.clone(), fields));
        }
        let mut fixed = Vec::new();
        for (path, text) in &facts.fixed {
            let fields = self.builder.fields_below(self.at, Some(&model), path)?;
            if fields.last().is_none_or(|field| field.ty != Type::String) {
                return self.fault(
                    format!("`{path}` is no text"),
                    "name a text field of the items",
                );
            }
            fixed.push((fields, text.clone()));
        }
        let created = match &facts.created {
            Some(path) => self.builder.fields_below(self.at, Some(&model), path)?,
            None => Vec::new(),
        };
        if created
            .last()
            .is_some_and(|field| field.ty != Type::Timestamp)
        {
            return self.fault("`created` is no time", "name a time of the list's items");
        }
        params.sort_by_key(|param| (param.location != Location::Path, !param.required));
        names::settle(&mut params);
        let settled = |param: &Param| {
            let own = params.iter().find(|own| own.wire == param.wire);
            own.cloned().unwrap_or_else(|| param.clone())
        };
        let arguments = arguments.into_iter().map(|(param, source)| match source {
            Source::Argument(own) => (param, Source::Argument(settled(&own))),
            other => (param, other),
        });
        let find = Find {
            begins: self.begins.id(),
            list: Link {
                call: list.id(),
                arguments: arguments.collect(),
            },
            same: same
                .into_iter()
                .map(|(param, fields)| (settled(&param), fields))
                .collect(),
            fixed,
            created,
            since: settled(&self.since()),
            model: model.clone(),
        };
        Ok(Call {
            name: facts.name.clone(),
            resource: self.begins.resource.clone(),
            operation: list.operation.clone(),
            params,
            form: Form::List(Type::Model(model)),
            summary: sentence(&facts.summary),
            doc: String::new(),
            kind: Kind::Find(Box::new(find)),
        })
    }

    /// When the request was sent.
    fn since(&self) -> Param {
        Param {
            wire: "since".to_owned(),
            name: "since".to_owned(),
            ty: Type::Timestamp,
            required: true,
            nullable: false,
            secret: false,
            location: Location::Pick,
            separator: None,
            rules: Vec::new(),
            doc: "When the request was sent, by this machine's clock, as its error says."
                .to_owned(),
            example: json!("2026-03-04T05:06:07Z"),
        }
    }

    fn own(&self, wire: &str) -> Result<&Param> {
        match self.begins.params.iter().find(|param| param.wire == wire) {
            Some(param) => Ok(param),
            None => self.fault(
                format!("the request has no argument `{wire}`"),
                "name arguments of the request",
            ),
        }
    }

    /// What the list is asked with: as the overlay says, else the request's argument of the same name.
    fn list_arguments(&self, list: RequestCall<'_>) -> Result<Vec<(Param, Source)>> {
        let known = |wire: &String| list.params.iter().any(|param| param.wire == *wire);
        if let Some(stray) = self.facts.arguments.keys().find(|wire| !known(wire)) {
            return self.fault(
                format!("the list has no argument `{stray}`"),
                "name arguments of the list",
            );
        }
        let mut arguments = Vec::new();
        for param in &list.params {
            let source = match self.facts.arguments.get(&param.wire) {
                Some(Value::Bool(true)) if param.ty == Type::Boolean => Source::True,
                Some(Value::String(wire)) => Source::Argument(self.own(wire)?.clone()),
                Some(_) => {
                    return self.fault(
                        format!(
                            "`{}` can be an argument of the request, or `true`",
                            param.wire
                        ),
                        "say which",
                    );
                }
                None => match self.begins.params.iter().find(|own| own.wire == param.wire) {
                    Some(own) => Source::Argument(own.clone()),
                    None if param.required => {
                        return self.fault(
                            format!("nothing gives the list its `{}`", param.wire),
                            "say in `arguments` which argument of the request it is",
                        );
                    }
                    None => continue,
                },
            };
            if let Source::Argument(own) = &source
                && (own.ty != param.ty || own.nullable)
            {
                return self.fault(
                    format!("`{}` of the list is of another type", param.wire),
                    "give it an argument of its type",
                );
            }
            arguments.push((param.clone(), source));
        }
        Ok(arguments)
    }
}

#[cfg(test)]
mod tests {
    use super::super::tiny;
    use crate::ir::{Api, Call, Form, Source};

    const FINDS: &str = "{name: find_made, list: things_list, arguments: {detail: true, kind: sort}, \
        same: {name: name}, where: {label: ours}, created: made_at, summary: Looks}";

    fn built(finds: &str) -> Result<Api, String> {
        let paths = format!(
            "
/things:
  post:
    operationId: things_make
    requestBody:
      required: true
      content: {{application/json: {{schema: {{$ref: '#/components/schemas/request'}}}}}}
    responses: {{'204': {{description: Done.}}}}
    x-snapline-finds: [{finds}]
  get:
    operationId: things_list
    parameters:
      - {{name: detail, in: query, schema: {{type: boolean}}}}
      - {{name: kind, in: query, schema: {{type: string}}}}
      - {{name: size, in: query, schema: {{type: string}}}}
    responses:
      '200': {{description: All., content: {{application/json: {{schema: {{type: array, items: {{$ref: '#/components/schemas/thing'}}}}}}}}}}"
        );
        let schemas = "
request:
  type: object
  required: [name]
  properties: {name: {type: string}, sort: {type: string}, count: {type: integer}}
thing:
  type: object
  properties: {name: {type: string}, label: {type: string}, made_at: {type: string, format: date-time}}";
        tiny::build(&paths, schemas)
    }

    #[test]
    fn b27_a_look_takes_what_the_request_said_and_when() {
        let api = built(FINDS).unwrap();
        let find = api.calls().find_map(Call::as_find).unwrap();
        let names: Vec<&str> = find.params.iter().map(|param| &*param.name).collect();
        assert_eq!(names, ["since", "name", "sort"]);
        let required: Vec<&str> = find.required().map(|param| &*param.name).collect();
        assert_eq!(required, ["since", "name"]);
        let sources: Vec<_> = find.find.list.arguments.iter().collect();
        assert!(matches!(sources[0], (param, Source::True) if param.wire == "detail"));
        assert!(matches!(sources[1], (_, Source::Argument(own)) if own.wire == "sort"));
        assert_eq!((sources.len(), find.find.fixed.len()), (2, 1));
        assert!(matches!(find.form, Form::List(_)));
    }

    #[test]
    fn b27_what_cannot_be_compared_is_refused() {
        let place =
            "tiny.yaml at /paths/~1things/post/x-snapline-finds/0 (operation things_make): ";
        for (old, new, wanted) in [
            (
                "name: find",
                "of: other, name: find",
                "the operation became no such method",
            ),
            ("things_list", "nothing", "there is no operation `nothing`"),
            (
                "things_list",
                "things_make",
                "that operation gives no list of objects",
            ),
            ("detail", "details", "the list has no argument `details`"),
            (
                "detail: true",
                "detail: 3",
                "`detail` can be an argument of the request, or `true`",
            ),
            (
                "kind: sort",
                "kind: true",
                "`kind` can be an argument of the request, or `true`",
            ),
            (
                "kind: sort",
                "kind: other",
                "the request has no argument `other`",
            ),
            (
                "kind: sort",
                "kind: count",
                "`kind` of the list is of another type",
            ),
            (
                "same: {name: name}",
                "same: {other: name}",
                "the request has no argument `other`",
            ),
            (
                "same: {name: name}",
                "same: {name: other}",
                "there is no field `other`",
            ),
            (
                "same: {name: name}",
                "same: {count: name}",
                "`name` cannot be compared with `count`",
            ),
            ("label: ours", "made_at: ours", "`made_at` is no text"),
            ("created: made_at", "created: name", "`created` is no time"),
        ] {
            let error = built(&FINDS.replace(old, new)).unwrap_err();
            assert!(error.starts_with(place), "{error}");
            assert!(error.contains(wanted), "{wanted}: {error}");
        }
    }
}
