//! Which models users receive, which they have to make, and which they never see.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::Builder;
use crate::document::join;
use crate::error::Result;
use crate::ir::{Field, Location, Operation, Resource, Type};

impl Builder<'_> {
    /// Notes that the items of a list may come as the value of one field alone.
    pub(super) fn bare(
        &mut self,
        pointer: &str,
        object: &Map<String, Value>,
        operation: &Operation,
    ) -> Result<()> {
        let Some(wire) = object.get("x-snapline-bare").and_then(Value::as_str) else {
            return Ok(());
        };
        let fault = |what: String| {
            Err(self.document.error(
                join(pointer, &["x-snapline-bare"]),
                what,
                "name a text field of the objects in the list, or drop it",
            ))
        };
        let model = match &operation.success_type {
            Some(Type::List(item)) => match item.as_ref() {
                Type::Model(name) => name.clone(),
                _ => return fault("the list holds no objects".to_owned()),
            },
            _ => return fault("the operation does not answer with a list".to_owned()),
        };
        if self
            .field_at(&model, &[wire.to_owned()])
            .is_none_or(|field| field.ty != Type::String)
        {
            return fault(format!("`{model}` has no text field `{wire}`"));
        }
        if let Some(model) = self.models.get_mut(&*model) {
            model.bare = Some(wire.to_owned());
        }
        Ok(())
    }

    /// Marks which models users receive, which they have to make, and which they never see.
    pub(super) fn mark_uses(&mut self, operations: &[Operation], resources: &[Resource]) {
        let mut received = BTreeSet::new();
        let mut sent = BTreeSet::new();
        let mut seen = BTreeSet::new();
        let mut requested = BTreeSet::new();
        for operation in operations {
            if let Some(ty) = &operation.body {
                self.reach(ty, &mut requested);
            }
            if let Some(ty) = &operation.success_type {
                self.reach(ty, &mut received);
            }
        }
        for method in resources
            .iter()
            .flat_map(Resource::walk)
            .flat_map(Resource::requests)
        {
            if let Some(ty) = method.request.returns.ty() {
                self.reach(ty, &mut seen);
            }
            for param in &method.params {
                let whole =
                    param.location == Location::WholeBody && !matches!(param.ty, Type::Union(_));
                if whole || matches!(param.location, Location::Body(_) | Location::Query) {
                    self.reach(&param.ty, &mut sent);
                    self.reach(&param.ty, &mut seen);
                }
            }
        }
        for (name, model) in &mut self.models {
            model.received = received.contains(name);
            model.sent = sent.contains(name);
            model.requested = requested.contains(name);
            model.envelope = !seen.contains(name);
            if model.requested {
                unset_what_the_service_sets(&mut model.fields);
            }
        }
        for union in self.unions.values_mut() {
            for variant in &mut union.variants {
                unset_what_the_service_sets(&mut variant.fields);
            }
        }
    }

    fn reach(&self, ty: &Type, found: &mut BTreeSet<String>) {
        match ty {
            Type::Model(name) => {
                if found.insert(name.to_string())
                    && let Some(model) = self.models.get(&**name)
                {
                    for field in &model.fields {
                        self.reach(&field.ty, found);
                    }
                }
            }
            Type::Union(name) if found.insert(name.to_string()) => {
                for field in self
                    .unions
                    .get(&**name)
                    .into_iter()
                    .flat_map(|union| &union.variants)
                    .flat_map(|variant| &variant.fields)
                {
                    self.reach(&field.ty, found);
                }
            }
            Type::List(inner) | Type::Map(inner) => self.reach(inner, found),
            _ => {}
        }
    }
}

/// What the service alone sets is required of its answers, and never sent.
fn unset_what_the_service_sets(fields: &mut [Field]) {
    for field in fields.iter_mut().filter(|field| field.read_only) {
        field.required = false;
    }
}

#[cfg(test)]
mod tests {
    use super::super::tiny;

    #[test]
    fn a_model_knows_who_makes_and_who_receives_it() {
        let paths = "
/things:
  post:
    operationId: a
    requestBody:
      required: true
      content: {application/json: {schema: {type: object, properties: {part: {$ref: '#/components/schemas/part'}}}}}
    responses:
      '200': {description: One., content: {application/json: {schema: {$ref: '#/components/schemas/thing'}}}}";
        let schemas = "
part:
  type: object
  properties: {size: {type: number}}
thing:
  type: object
  properties: {id: {type: string}, name: {type: string}}";
        let api = tiny::build(paths, schemas).unwrap();
        let told: Vec<_> = api
            .visible()
            .map(|model| (&*model.name, model.received, model.sent, model.requested))
            .collect();
        assert_eq!(
            told,
            [("Part", false, true, true), ("Thing", true, false, false)]
        );
    }

    #[test]
    fn what_may_come_bare_is_a_text_of_objects_in_a_list() {
        let paths = "
/things:
  get:
    operationId: a
    x-snapline-bare: id
    responses: {'204': {description: Done.}}";
        let error = tiny::build(paths, "").unwrap_err();
        let wanted = "tiny.yaml at /paths/~1things/get/x-snapline-bare (operation a): the operation does not answer with a list";
        assert!(error.starts_with(wanted), "{error}");
    }
}
