//! Shares, snapshots, access rules and policies, and what each operation does to them.
use serde_json::{Map, Value, json};

use crate::clock::Clock;
use crate::document::{Document, Operation};
use crate::ids::Ids;
use crate::options::Options;
use crate::pending::{Pending, fails};
use crate::respond::{Answer, Refusal};
use crate::unseen::Unseen;
use crate::validate::Checked;

/// What an operation comes to.
type Outcome = Result<Answer, Refusal>;

/// An object as it is answered.
type Object = Map<String, Value>;

/// The most snapshots a share may have.
const MOST_SNAPSHOTS: usize = 200;

/// The parameters that name what can be made.
const MADE: [&str; 4] = ["shareId", "snapshotId", "aclRuleId", "snapshotPolicyId"];

/// What happens to a thing when its time has come.
#[derive(Debug, Clone, Copy)]
enum Then {
    /// It gets this status.
    Is(&'static str),
    /// A share can be used, and its policy takes a first snapshot.
    Begins,
    Gone,
}

#[derive(Debug)]
struct Share {
    object: Object,
    rules: Vec<Object>,
    snapshots: Vec<Object>,
    path: Object,
    policy: String,
    reserve: i64,
}

/// All that is remembered: one service, and what is in it.
#[derive(Debug)]
pub(super) struct State {
    clock: Clock,
    ids: Ids,
    pending: Pending<Then>,
    unseen: Unseen,
    service: Object,
    network: Object,
    infos: Object,
    policies: Vec<Object>,
    shares: Vec<Share>,
    /// The token of a termination that was asked for.
    ending: Option<String>,
}

/// The values of a request.
struct Asked<'a>(&'a Checked);

impl Asked<'_> {
    fn text(&self, name: &str) -> &str {
        self.0
            .values
            .iter()
            .find(|(known, _)| known == name)
            .and_then(|(_, value)| value.as_str())
            .unwrap_or_default()
    }

    fn flag(&self, name: &str) -> bool {
        let found = self.0.values.iter().find(|(known, _)| known == name);
        found.is_some_and(|(_, value)| value == &Value::Bool(true))
    }

    fn body(&self, name: &str) -> Value {
        self.0.body.get(name).cloned().unwrap_or_default()
    }
}

/// An answer that says nothing: `null` where the work is done, no body where it has only begun.
fn nothing(operation: &Operation) -> Answer {
    match operation.success() {
        200 => Answer::json(200, &Value::Null),
        status => Answer::empty(status),
    }
}

fn id_of(object: &Object) -> &str {
    object.get("id").and_then(Value::as_str).unwrap_or_default()
}

fn text_of<'a>(object: &'a Object, field: &str) -> &'a str {
    object
        .get(field)
        .and_then(Value::as_str)
        .unwrap_or_default()
}

fn set(object: &mut Object, field: &str, value: impl Into<Value>) {
    object.insert(field.to_owned(), value.into());
}

/// The example of an operation's success as an object.
fn example(document: &Document, operation: &str) -> Object {
    let found = document
        .operation(operation)
        .and_then(|operation| operation.example(operation.success()))
        .and_then(Value::as_object);
    found.cloned().unwrap_or_default()
}

/// A list, whole or with the ids alone; `also` names what a short item must have, as null.
fn list<'a>(objects: impl Iterator<Item = &'a Object>, whole: bool, also: &[&str]) -> Value {
    objects
        .map(|object| {
            if whole {
                return Value::Object(object.clone());
            }
            let mut short = Object::new();
            set(&mut short, "id", id_of(object));
            for field in also {
                set(&mut short, field, Value::Null);
            }
            Value::Object(short)
        })
        .collect()
}

/// Takes over name and description, where the body has them.
fn rename(object: &mut Object, asked: &Asked<'_>) {
    for field in ["name", "description"] {
        if asked.0.body.get(field).is_some() {
            set(object, field, asked.body(field));
        }
    }
}

fn find<'a>(objects: &'a mut [Object], what: &str, id: &str) -> Result<&'a mut Object, Refusal> {
    objects
        .iter_mut()
        .find(|object| id_of(object) == id)
        .ok_or_else(|| Refusal::not_found(what, id))
}

/// Refuses unless a thing is in the one status in which something can be done with it.
fn must_be(object: &Object, status: &str, what: &str) -> Result<(), Refusal> {
    match text_of(object, "status") {
        is if is == status => Ok(()),
        is => Err(Refusal::conflict(format!(
            "The {what} is {is}, not {status}."
        ))),
    }
}

impl State {
    pub(super) fn new(document: &'static Document, asked: &Options) -> Self {
        let mut policy = example(document, "netapp_snapshot_policies_get");
        set(&mut policy, "isDefault", true);
        Self {
            clock: asked.clock.clone(),
            ids: Ids::new(),
            pending: Pending::new(asked.settle, &asked.clock),
            unseen: Unseen::new(asked.visible_after, &asked.clock),
            service: example(document, "netapp_get"),
            network: example(document, "netapp_networks_get"),
            infos: example(document, "netapp_service_infos_get"),
            policies: vec![policy],
            shares: Vec::new(),
            ending: None,
        }
    }

    /// Carries out an operation. One without behaviour answers the document's example.
    pub(super) fn run(&mut self, operation: &Operation, checked: &Checked) -> Outcome {
        self.settle_due();
        self.unseen.show();
        let asked = Asked(checked);
        for name in MADE {
            let id = asked.text(name);
            if self.unseen.hides(id) {
                return Err(Refusal::not_found("resource", id));
            }
        }
        let service = asked.text("serviceName");
        if !service.is_empty() && service != id_of(&self.service) {
            return Err(Refusal::not_found("service", service));
        }
        let value = match operation.id() {
            "netapp_list" => Value::from(vec![Value::Object(self.service.clone())]),
            "netapp_get" => self.service.clone().into(),
            "netapp_update" => {
                set(&mut self.service, "name", asked.body("name"));
                let mut plain = self.service.clone();
                plain.remove("iam");
                plain.into()
            }
            "netapp_terminate" => {
                self.ending = Some(self.ids.uuid());
                json!("A mail with a token is on its way")
            }
            "netapp_confirm_termination" => {
                if self.ending.take().is_none() {
                    return Err(Refusal::conflict(
                        "Nobody asked for the end of the service.",
                    ));
                }
                json!("Termination of the service is confirmed")
            }
            "netapp_networks_list" => list([&self.network].into_iter(), asked.flag("detail"), &[]),
            "netapp_networks_get" => {
                if asked.text("networkId") != id_of(&self.network) {
                    return Err(Refusal::not_found("network", asked.text("networkId")));
                }
                self.network.clone().into()
            }
            "netapp_service_infos_get" => self.infos.clone().into(),
            "netapp_service_infos_update" => {
                set(&mut self.infos, "renew", asked.body("renew"));
                return Ok(nothing(operation));
            }
            id if id.starts_with("netapp_snapshot_policies") => {
                return self.policy(operation, &asked);
            }
            "netapp_shares_list" => {
                let mount = asked.text("mountPointName");
                let fits = |share: &&Share| {
                    mount.is_empty() || text_of(&share.object, "mountPointName") == mount
                };
                let shares = self.shares.iter().filter(fits).map(|share| &share.object);
                list(
                    self.shown(shares),
                    asked.flag("detail"),
                    &["protocol", "size"],
                )
            }
            "netapp_shares_create" => self.create_share(&asked)?,
            _ if !asked.text("shareId").is_empty() => return self.in_share(operation, &asked),
            _ => match operation.example(operation.success()) {
                Some(example) => example.clone(),
                None => return Ok(nothing(operation)),
            },
        };
        Ok(Answer::json(operation.success(), &value))
    }

    /// All that is remembered, as answers show it.
    pub(super) fn whole(&mut self) -> Value {
        self.settle_due();
        let shares = self.shares.iter().map(|share| {
            let mut shown = share.object.clone();
            set(&mut shown, "snapshots", share.snapshots.clone());
            set(&mut shown, "aclRules", share.rules.clone());
            set(&mut shown, "snapshotPolicyID", share.policy.as_str());
            Value::Object(shown)
        });
        json!({
            "services": [self.service],
            "shares": shares.collect::<Vec<_>>(),
            "snapshotPolicies": self.policies,
        })
    }

    /// Of these things those that show.
    fn shown<'a>(
        &'a self,
        objects: impl Iterator<Item = &'a Object>,
    ) -> impl Iterator<Item = &'a Object> {
        objects.filter(|object| !self.unseen.hides(id_of(object)))
    }

    fn create_share(&mut self, asked: &Asked<'_>) -> Result<Value, Refusal> {
        let from = asked.body("snapshotID");
        if let Some(from) = from.as_str() {
            let known = self
                .shares
                .iter()
                .flat_map(|share| &share.snapshots)
                .any(|snapshot| id_of(snapshot) == from);
            if !known {
                return Err(Refusal::not_found("snapshot", from));
            }
        }
        let id = self.ids.uuid();
        let mount = match asked.body("mountPointName") {
            Value::String(name) => name,
            _ => format!("share_{}", id.replace('-', "_")),
        };
        let mut object = Object::new();
        for field in ["name", "description", "protocol", "size"] {
            set(&mut object, field, asked.body(field));
        }
        set(&mut object, "id", id.as_str());
        set(&mut object, "mountPointName", mount.as_str());
        set(&mut object, "snapshotID", from);
        set(&mut object, "status", "creating");
        set(&mut object, "createdAt", self.clock.now());
        let mut path = Object::new();
        set(&mut path, "id", self.ids.uuid());
        set(&mut path, "path", format!("10.20.0.7:/{mount}"));
        set(&mut path, "preferred", true);
        let then = match fails(text_of(&object, "name")) {
            true => Then::Is("error"),
            false => Then::Begins,
        };
        self.unseen.add(&id);
        self.pending.add(&id, then);
        let policy = self.policies.first().map_or("", id_of).to_owned();
        self.shares.push(Share {
            object: object.clone(),
            rules: Vec::new(),
            snapshots: Vec::new(),
            path,
            policy,
            reserve: 5,
        });
        Ok(object.into())
    }

    /// What is done with one share and what belongs to it.
    fn in_share(&mut self, operation: &Operation, asked: &Asked<'_>) -> Outcome {
        let wanted = asked.text("shareId");
        for id in [wanted, asked.text("snapshotId"), asked.text("aclRuleId")] {
            // A thing that is looked at is in the state that its time has brought.
            while let Some(then) = self.pending.take_polled(id) {
                self.settle(id, then, self.clock.now());
            }
        }
        let Self {
            clock,
            ids,
            pending,
            unseen,
            policies,
            shares,
            ..
        } = self;
        let share = shares
            .iter_mut()
            .find(|share| id_of(&share.object) == wanted)
            .ok_or_else(|| Refusal::not_found("share", wanted))?;
        let shown = |object: &&Object| !unseen.hides(id_of(object));
        let done = || Ok(nothing(operation));
        let give = |value: Value| Ok(Answer::json(operation.success(), &value));
        match operation.id() {
            "netapp_shares_get" => give(share.object.clone().into()),
            "netapp_shares_update" => {
                rename(&mut share.object, asked);
                give(share.object.clone().into())
            }
            "netapp_shares_delete" => {
                let by_hand = |snapshot: &&Object| text_of(snapshot, "type") == "manual";
                let count = share.snapshots.iter().filter(by_hand).count();
                if count > 0 {
                    return Err(Refusal::conflict(format!(
                        "The share has manual snapshots, {count} of them: delete them first."
                    )));
                }
                set(&mut share.object, "status", "deleting");
                pending.forget(wanted);
                pending.add(wanted, Then::Gone);
                done()
            }
            "netapp_shares_extend" | "netapp_shares_shrink" => {
                must_be(&share.object, "available", "share")?;
                let old = share.object.get("size").and_then(Value::as_i64);
                let new = asked.body("size");
                let (larger, status) = match operation.id() {
                    "netapp_shares_extend" => (true, "extending"),
                    _ => (false, "shrinking"),
                };
                if new.as_i64() == old || (new.as_i64() > old) != larger {
                    return Err(Refusal::bad_request(format!(
                        "size: {new} is not {} than now.",
                        if larger { "larger" } else { "smaller" }
                    )));
                }
                set(&mut share.object, "size", new);
                set(&mut share.object, "status", status);
                pending.add(wanted, Then::Is("available"));
                done()
            }
            "netapp_shares_revert" => {
                must_be(&share.object, "available", "share")?;
                let target = asked.body("snapshotID");
                let place = share
                    .snapshots
                    .iter()
                    .position(|snapshot| snapshot.get("id") == Some(&target));
                let Some(place) = place else {
                    return Err(Refusal::not_found(
                        "snapshot",
                        target.as_str().unwrap_or_default(),
                    ));
                };
                // What was taken later is lost.
                share.snapshots.truncate(place + 1);
                set(&mut share.object, "status", "reverting");
                pending.add(wanted, Then::Is("available"));
                done()
            }
            "netapp_access_paths_list" => give(list([&share.path].into_iter(), true, &[])),
            "netapp_access_paths_get" => {
                let id = asked.text("accessPathId");
                if id != id_of(&share.path) {
                    return Err(Refusal::not_found("access path", id));
                }
                give(share.path.clone().into())
            }
            "netapp_acl_rules_list" => give(list(share.rules.iter().filter(shown), true, &[])),
            "netapp_acl_rules_create" => {
                let mut rule = Object::new();
                set(&mut rule, "id", ids.uuid());
                set(&mut rule, "accessLevel", asked.body("accessLevel"));
                set(&mut rule, "accessTo", asked.body("accessTo"));
                set(&mut rule, "accessType", "ip");
                set(&mut rule, "createdAt", clock.now());
                set(&mut rule, "status", "queued_to_apply");
                unseen.add(id_of(&rule));
                pending.add(id_of(&rule), Then::Is("active"));
                share.rules.push(rule.clone());
                give(rule.into())
            }
            "netapp_acl_rules_get" => {
                let rule = find(&mut share.rules, "access rule", asked.text("aclRuleId"))?;
                give(rule.clone().into())
            }
            "netapp_acl_rules_delete" => {
                let id = asked.text("aclRuleId");
                let rule = find(&mut share.rules, "access rule", id)?;
                set(rule, "status", "denying");
                pending.forget(id);
                pending.add(id, Then::Gone);
                done()
            }
            "netapp_snapshots_list" => {
                let snapshots = share.snapshots.iter().filter(shown);
                give(list(snapshots, asked.flag("detail"), &[]))
            }
            "netapp_snapshots_create" => {
                must_be(&share.object, "available", "share")?;
                if share.snapshots.len() >= MOST_SNAPSHOTS {
                    return Err(Refusal::conflict(format!(
                        "The share has {MOST_SNAPSHOTS} snapshots, which is the most."
                    )));
                }
                let mut snapshot = Object::new();
                set(&mut snapshot, "id", ids.uuid());
                rename(&mut snapshot, asked);
                set(&mut snapshot, "createdAt", clock.now());
                set(&mut snapshot, "type", "manual");
                set(&mut snapshot, "status", "creating");
                let then = match fails(text_of(&snapshot, "name")) {
                    true => "error",
                    false => "available",
                };
                unseen.add(id_of(&snapshot));
                pending.add(id_of(&snapshot), Then::Is(then));
                share.snapshots.push(snapshot.clone());
                give(snapshot.into())
            }
            "netapp_snapshots_get" => {
                let snapshot = find(&mut share.snapshots, "snapshot", asked.text("snapshotId"))?;
                give(snapshot.clone().into())
            }
            "netapp_snapshots_update" => {
                let snapshot = find(&mut share.snapshots, "snapshot", asked.text("snapshotId"))?;
                rename(snapshot, asked);
                give(snapshot.clone().into())
            }
            "netapp_snapshots_delete" => {
                let id = asked.text("snapshotId");
                let snapshot = find(&mut share.snapshots, "snapshot", id)?;
                if text_of(snapshot, "status") != "deleting" {
                    set(snapshot, "status", "deleting");
                    pending.forget(id);
                    pending.add(id, Then::Gone);
                }
                done()
            }
            "netapp_snapshots_hold" => {
                let snapshot = find(&mut share.snapshots, "snapshot", asked.text("snapshotId"))?;
                must_be(snapshot, "available", "snapshot")?;
                if text_of(snapshot, "type") != "automatic" {
                    return Err(Refusal::bad_request(
                        "Only an automatic snapshot can be held.",
                    ));
                }
                set(snapshot, "id", ids.uuid());
                set(snapshot, "type", "manual");
                give(snapshot.clone().into())
            }
            "netapp_share_snapshot_policy_get" => {
                give(json!({"id": share.policy, "status": "active"}))
            }
            "netapp_share_snapshot_policy_update" => {
                let target = asked.body("snapshotPolicyID");
                let id = target.as_str().unwrap_or_default();
                share.policy = id_of(find(policies, "snapshot policy", id)?).to_owned();
                done()
            }
            "netapp_share_snapshot_reserve_get" => {
                give(json!({"percent": share.reserve, "status": "active"}))
            }
            "netapp_share_snapshot_reserve_update" => {
                share.reserve = asked.body("percent").as_i64().unwrap_or_default();
                done()
            }
            other => Err(Refusal::new(
                501,
                "not_implemented",
                format!("The stand-in does not know {other}."),
            )),
        }
    }

    fn policy(&mut self, operation: &Operation, asked: &Asked<'_>) -> Outcome {
        let id = asked.text("snapshotPolicyId");
        let done = || Ok(nothing(operation));
        let give = |value: Value| Ok(Answer::json(operation.success(), &value));
        match operation.id() {
            "netapp_snapshot_policies_list" => {
                give(list(self.shown(self.policies.iter()), true, &[]))
            }
            "netapp_snapshot_policies_create" => {
                let mut policy = Object::new();
                set(&mut policy, "id", self.ids.uuid());
                rename(&mut policy, asked);
                set(&mut policy, "rules", asked.body("rules"));
                set(&mut policy, "isDefault", false);
                set(&mut policy, "createdAt", self.clock.now());
                set(&mut policy, "status", "creating");
                let answer = policy.clone();
                set(&mut policy, "status", "available");
                self.unseen.add(id_of(&policy));
                self.policies.push(policy);
                give(answer.into())
            }
            "netapp_snapshot_policies_get" => {
                let policy = find(&mut self.policies, "snapshot policy", id)?;
                give(policy.clone().into())
            }
            "netapp_snapshot_policies_update" => {
                rename(find(&mut self.policies, "snapshot policy", id)?, asked);
                done()
            }
            _ => {
                find(&mut self.policies, "snapshot policy", id)?;
                if self.shares.iter().any(|share| share.policy == id) {
                    return Err(Refusal::conflict("A share is under this policy."));
                }
                self.policies.retain(|policy| id_of(policy) != id);
                done()
            }
        }
    }

    /// Carries out the changes whose time has come.
    fn settle_due(&mut self) {
        while let Some((id, then, time)) = self.pending.take_due() {
            self.settle(&id, then, time);
        }
    }

    fn settle(&mut self, id: &str, then: Then, time: String) {
        for share in &mut self.shares {
            if id_of(&share.object) == id {
                match then {
                    Then::Is(status) => set(&mut share.object, "status", status),
                    Then::Begins => {
                        set(&mut share.object, "status", "available");
                        let mut snapshot = Object::new();
                        set(&mut snapshot, "id", self.ids.uuid());
                        set(&mut snapshot, "name", "daily.0");
                        set(&mut snapshot, "type", "automatic");
                        set(&mut snapshot, "createdAt", time.as_str());
                        set(&mut snapshot, "status", "available");
                        share.snapshots.push(snapshot);
                    }
                    Then::Gone => {}
                }
            }
            let path = format!("/{}/.snapshot", text_of(&share.object, "mountPointName"));
            let parts = share.rules.iter_mut().chain(&mut share.snapshots);
            for part in parts.filter(|part| id_of(part) == id) {
                if let Then::Is(status) = then {
                    set(part, "status", status);
                    if status == "available" {
                        let place = format!("{path}/{}", text_of(part, "name"));
                        set(part, "path", place);
                    }
                }
            }
            if matches!(then, Then::Gone) {
                share.rules.retain(|part| id_of(part) != id);
                share.snapshots.retain(|part| id_of(part) != id);
            }
        }
        if matches!(then, Then::Gone) {
            self.shares.retain(|share| id_of(&share.object) != id);
        }
    }
}
