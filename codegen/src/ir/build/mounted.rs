//! What objects of a file share know of where it is mounted.

use serde_json::Value;

use super::{Builder, extension};
use crate::document::join;
use crate::error::Result;
use crate::ir::{Field, Model, Mounted, Type};

const KEY: &str = "x-snapline-mounted";

impl Builder<'_> {
    /// Notes of the models what the overlay says of them.
    pub(super) fn mounted(&mut self) -> Result<()> {
        let mut all = Vec::new();
        for model in self.models.values() {
            let schema = self.document.root.pointer(&model.pointer);
            if let Some(said) = schema.and_then(|schema| schema.get(KEY)) {
                all.push((model.name.to_string(), self.mounted_of(model, said)?));
            }
        }
        for (name, mounted) in all {
            if let Some(model) = self.models.get_mut(&name) {
                model.mounted = Some(mounted);
            }
        }
        Ok(())
    }

    fn mounted_of(&self, model: &Model, said: &Value) -> Result<Mounted> {
        let at = join(&model.pointer, &[KEY]);
        let fault = |what: String, hint: &str| self.document.error(&at, what, hint);
        let mut mounted: Mounted = extension(self.document, &at, said)?;
        // A field goes by its name from here on.
        let named = |wire: &mut String| {
            let text = |field: &&Field| field.ty == Type::String && !field.secret;
            match model.field(wire).filter(text) {
                Some(field) if !model.requested => {
                    wire.clone_from(&field.name);
                    Ok(())
                }
                _ => Err(fault(
                    format!(
                        "`{}` has no text `{wire}` that is only received",
                        model.name
                    ),
                    "name a text field of an object that no request holds",
                )),
            }
        };
        match &mut mounted {
            Mounted::Snapshot { path, name } => path.iter_mut().chain(name).try_for_each(named)?,
            Mounted::Source { host, path } => host.iter_mut().chain([path]).try_for_each(named)?,
        }
        if matches!(&mounted, Mounted::Snapshot { name, .. } if name.is_empty()) {
            return Err(fault(
                "a directory without a name".to_owned(),
                "name the fields that its name is made of",
            ));
        }
        let taken = |helper: &str| model.fields.iter().any(|field| field.name == helper);
        if let Some(helper) = mounted.helpers().iter().find(|it| taken(it.name)) {
            return Err(fault(
                format!("`{}` has a field called `{}`", model.name, helper.name),
                "leave the extension out: a function of that name would hide the field",
            ));
        }
        Ok(mounted)
    }
}

#[cfg(test)]
mod tests {
    use super::super::tiny;
    use crate::ir::Mounted;

    fn built(said: &str) -> Result<Option<Mounted>, String> {
        let paths = "
/things:
  get:
    operationId: a
    responses:
      '200': {description: One., content: {application/json: {schema: {$ref: '#/components/schemas/thing'}}}}";
        let schemas = format!(
            "
thing:
  type: object
  required: [id]
  x-snapline-mounted: {said}
  properties:
    id: {{type: string}}
    Name: {{type: string, nullable: true}}
    size: {{type: integer}}
    key: {{type: string, format: password}}"
        );
        let api = tiny::build(paths, &schemas)?;
        Ok(api.models.into_iter().next().unwrap().mounted)
    }

    #[test]
    fn what_is_said_of_a_mounted_share_is_read() {
        let snapshot = built("{snapshot: {name: [Name, id]}}");
        let wanted = Mounted::Snapshot {
            path: None,
            name: vec!["name".to_owned(), "id".to_owned()],
        };
        assert_eq!(snapshot, Ok(Some(wanted)));
        let source = built("{source: {host: Name, path: id}}");
        let wanted = Mounted::Source {
            host: Some("name".to_owned()),
            path: "id".to_owned(),
        };
        assert_eq!(source, Ok(Some(wanted)));
    }

    #[test]
    fn what_no_path_can_be_made_of_is_refused() {
        for (said, wanted) in [
            ("{snapshot: {name: [nothing]}}", "has no text `nothing`"),
            ("{snapshot: {name: [size]}}", "has no text `size`"),
            ("{source: {path: key}}", "has no text `key`"),
            ("{snapshot: {name: []}}", "without a name"),
            ("{share: {path: id}}", "unknown variant `share`"),
            ("{source: {}}", "missing field `path`"),
        ] {
            let error = built(said).unwrap_err();
            let place = "tiny.yaml at /components/schemas/thing/x-snapline-mounted";
            assert!(error.starts_with(place), "{error}");
            assert!(error.contains(wanted), "{error}");
        }
    }
}
