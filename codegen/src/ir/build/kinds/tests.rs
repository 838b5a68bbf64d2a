//! Kinds of an invented provider.

use super::super::tiny;
use super::*;
use crate::ir::Param;

const PATHS: &str = "
/racks:
  get:
    operationId: racks_list
    responses:
      '200': {description: All., content: {application/json: {schema: {type: array, items: {$ref: '#/components/schemas/rack'}}}}}
/racks/{rack}/disks:
  get:
    operationId: disks_list
    parameters:
      - {name: rack, in: path, required: true, schema: {type: string}}
      - {name: label, in: query, schema: {type: string}}
      - {name: detail, in: query, schema: {type: boolean}}
    responses:
      '200': {description: All., content: {application/json: {schema: {type: array, items: {$ref: '#/components/schemas/disk'}}}}}
  post:
    operationId: disks_make
    parameters: [{name: rack, in: path, required: true, schema: {type: string}}]
    requestBody:
      required: true
      content: {application/json: {schema: {$ref: '#/components/schemas/disk_request'}}}
    responses:
      '201': {description: It., content: {application/json: {schema: {$ref: '#/components/schemas/disk'}}}}
    x-snapline-takes:
      - {name: make_and_wait, id: id, steps: [{wait: racks.disks.wait_until_there, arguments: {disk: answer.id}}], summary: Makes}
    x-snapline-finds:
      - {name: find_made, list: disks_list, same: {name: name}, summary: Looks}
/racks/{rack}/disks/{disk}:
  get:
    operationId: disks_get
    parameters:
      - {name: rack, in: path, required: true, schema: {type: string}}
      - {name: disk, in: path, required: true, schema: {type: integer}}
    responses: {'200': {description: It., content: {application/json: {schema: {$ref: '#/components/schemas/disk'}}}}}
    x-snapline-waiters: [{name: wait_until_there, summary: Waits}]
/racks/{rack}/disks/{disk}/shots:
  get:
    operationId: shots_list
    parameters:
      - {name: rack, in: path, required: true, schema: {type: string}}
      - {name: disk, in: path, required: true, schema: {type: integer}}
    responses:
      '200': {description: All., content: {application/json: {schema: {type: array, items: {$ref: '#/components/schemas/shot'}}}}}
  post:
    operationId: shots_make
    parameters:
      - {name: rack, in: path, required: true, schema: {type: string}}
      - {name: disk, in: path, required: true, schema: {type: integer}}
    requestBody:
      required: true
      content: {application/json: {schema: {$ref: '#/components/schemas/shot_request'}}}
    responses:
      '201': {description: It., content: {application/json: {schema: {$ref: '#/components/schemas/shot'}}}}
    x-snapline-limits: [{name: shots, statuses: [429], words: [[few]], says: A few, again_after: 60, most: 9}]
    x-snapline-takes:
      - {name: make_and_wait, id: id, steps: [{wait: racks.disks.shots.wait_until_up, arguments: {shot: answer.id}}], summary: Takes}
    x-snapline-finds:
      - {name: find_made, list: shots_list, same: {name: name}, created: made, summary: Looks}
/racks/{rack}/disks/{disk}/shots/{shot}:
  get:
    operationId: shots_get
    parameters:
      - {name: rack, in: path, required: true, schema: {type: string}}
      - {name: disk, in: path, required: true, schema: {type: integer}}
      - {name: shot, in: path, required: true, schema: {type: string}}
    responses: {'200': {description: It., content: {application/json: {schema: {$ref: '#/components/schemas/shot'}}}}}
    x-snapline-waiters: [{name: wait_until_up, status: state, ready: [up], failed: [down], summary: Waits}]
  delete:
    operationId: shots_delete
    parameters:
      - {name: rack, in: path, required: true, schema: {type: string}}
      - {name: disk, in: path, required: true, schema: {type: integer}}
      - {name: shot, in: path, required: true, schema: {type: string}}
    responses: {'204': {description: Gone.}}";
const SCHEMAS: &str = "
rack:
  type: object
  required: [id]
  properties: {id: {type: string}}
disk:
  type: object
  required: [id]
  properties: {id: {type: integer}, name: {type: string}, gigabytes: {type: integer}, labels: {type: array, items: {type: string}}}
disk_request:
  type: object
  required: [name]
  properties: {name: {type: string}, gigabytes: {type: integer}, shot: {type: string}}
shot:
  type: object
  required: [id]
  properties: {id: {type: string}, name: {type: string}, made: {type: string, format: date-time}, state: {type: string, enum: [up, down, new]}}
shot_request:
  type: object
  required: [name]
  properties: {name: {type: string}}";
const KIND: &str = "{
        summary: Disks,
        parents: {list: {call: racks.list}, id: id},
        things: {list: {call: racks.disks.list, arguments: {rack: parent.id}, with: {detail: true}}, tagged: label,
          get: {call: racks.disks.get, arguments: {rack: parent.id, disk: thing.id}}, id: id, name: name, tags: labels},
        snapshots: {list: {call: racks.disks.shots.list, arguments: {rack: parent.id, disk: thing.id}},
          id: id, name: name, created: made},
        take: {call: racks.disks.shots.make_and_wait, arguments: {rack: parent.id, disk: thing.id, name: name},
          find: racks.disks.shots.find_made},
        delete: {call: racks.disks.shots.delete, arguments: {rack: parent.id, disk: thing.id, shot: snapshot.id}},
        restore: {call: racks.disks.make_and_wait,
          arguments: {rack: parent.id, name: name, gigabytes: size, shot: snapshot.id},
          find: racks.disks.find_made, least: thing.gigabytes},
        unpriced: nobody knows
    }";

fn built(kind: &str) -> std::result::Result<ThingKind, String> {
    let info = format!(", x-snapline-kinds: {{disk: {}}}", kind.replace('\n', " "));
    let api = tiny::build_with(&info, PATHS, SCHEMAS)?;
    Ok(api.kinds.into_iter().next().unwrap())
}

fn dotted(arguments: &[(Param, From)]) -> Vec<String> {
    let named = arguments.iter().map(|(param, from)| match from {
        From::Field(object, fields) => {
            let fields: Vec<&str> = fields.iter().map(|field| &*field.name).collect();
            format!("{}={object:?}.{}", param.name, fields.join("."))
        }
        other => format!("{}={other:?}", param.name),
    });
    named.collect()
}

#[test]
fn a_kind_says_what_each_call_gets_and_what_a_lost_answer_leads_to() {
    let kind = built(KIND).unwrap();
    assert_eq!(
        dotted(&kind.things.list.arguments),
        ["rack=Parent.id", "detail=True"]
    );
    assert_eq!(kind.things.tagged.unwrap().name, "label");
    let delete = dotted(&kind.delete.arguments);
    assert_eq!(
        delete,
        ["rack=Parent.id", "disk=Thing.id", "shot=Snapshot.id"]
    );
    let find = dotted(&kind.take.find.arguments);
    assert_eq!(
        find,
        [
            "since=Asked(Since)",
            "rack=Parent.id",
            "disk=Thing.id",
            "name=Asked(Name)"
        ]
    );
    // The waits of the call itself, by what was found in place of the answer.
    let found: Vec<_> = kind
        .take
        .found
        .iter()
        .map(|it| dotted(&it.arguments))
        .collect();
    assert_eq!(
        found,
        [["rack=Parent.id", "disk=Thing.id", "shot=Found.id"]]
    );
    let state = kind.snapshots.state.unwrap();
    assert_eq!(
        (&*state.field.name, &*state.ready, &*state.failed),
        ("state", &["up".to_owned()][..], &["down".to_owned()][..])
    );
    assert_eq!(
        (kind.most, kind.interval, kind.take.begun),
        (Some(9), Some(60), false)
    );
    let restore = kind.restore.unwrap();
    assert_eq!(
        dotted(&restore.make.find.arguments),
        ["since=Asked(Since)", "rack=Parent.id", "name=Asked(Name)"]
    );
    assert!(matches!(restore.least, From::Field(Object::Thing, _)));
}

#[test]
fn what_a_kind_cannot_mean_is_refused_at_its_place() {
    for (old, new, place, wanted) in [
        (
            "racks.list",
            "racks.all",
            "parents",
            "there is no call `racks.all`",
        ),
        (
            "call: racks.list",
            "call: racks.disks.get",
            "parents",
            "nothing gives `racks.disks.get` its",
        ),
        (
            "rack: parent.id}, with",
            "rack: parent.key}, with",
            "things",
            "there is no field `key`",
        ),
        (
            "rack: parent.id}, with",
            "rack: host.id}, with",
            "things",
            "nothing is known of `host.id`",
        ),
        (
            "rack: parent.id}, with",
            "rack: thing.id}, with",
            "things",
            "nothing is known of `thing.id`",
        ),
        (
            "detail: true",
            "detail: 3",
            "things",
            "`detail` of `racks.disks.list` cannot be that",
        ),
        (
            "detail: true",
            "depth: true",
            "things",
            "has no argument `depth`",
        ),
        (
            "tagged: label",
            "tagged: detail",
            "things",
            "the list has no text argument `detail`",
        ),
        (
            "tags: labels",
            "tags: name",
            "things",
            "`name` of `Disk` is of another type",
        ),
        (
            "created: made",
            "created: name",
            "snapshots",
            "`name` of `Shot` is of another type",
        ),
        (
            "created: made",
            "created: made, of: id",
            "snapshots",
            "not clear of which thing",
        ),
        (
            "call: racks.disks.shots.make_and_wait",
            "call: racks.disks.shots.create",
            "take",
            "waits for nothing",
        ),
        (
            "call: racks.disks.shots.make_and_wait",
            "call: racks.disks.make_and_wait",
            "take",
            "has no argument `disk`",
        ),
        (
            "find: racks.disks.shots.find_made",
            "find: racks.disks.find_made",
            "find",
            "does not look for what",
        ),
        (
            "find: racks.disks.shots.find_made",
            "find: racks.disks.shots.find_made, found: []",
            "",
            "",
        ),
        (
            "find: racks.disks.shots.find_made",
            "find: racks.disks.shots.find_made, found: [{call: racks.disks.wait_until_there, arguments: {rack: parent.id, disk: thing.id}}]",
            "find",
            "what is found does not become a `Shot`",
        ),
        (
            "shot: snapshot.id}}",
            "shot: thing.labels}}",
            "delete",
            "cannot be the `shot`",
        ),
        (
            ", shot: snapshot.id}}",
            "}}",
            "delete",
            "nothing gives `racks.disks.shots.delete` its `shot`",
        ),
        (
            "least: thing.gigabytes",
            "least: thing.name",
            "restore",
            "`least` is no number",
        ),
        (
            "unpriced: nobody knows",
            "unpriced: ''",
            "price",
            "nothing says what a snapshot costs",
        ),
        (
            "unpriced: nobody",
            "mount: {}, unpriced: nobody",
            "mount",
            "do not say where they are",
        ),
        ("summary", "says", "", "unknown field `says`"),
    ] {
        let changed = KIND.replacen(old, new, 1);
        assert_ne!(changed, KIND, "{old}");
        match built(&changed) {
            Ok(_) => assert_eq!(wanted, "", "{new}"),
            Err(error) => {
                let place = match place {
                    "" => format!("tiny.yaml at {AT}/disk"),
                    place => format!("tiny.yaml at {AT}/disk/{place}: "),
                };
                assert!(error.starts_with(&place), "{error}");
                assert!(
                    !wanted.is_empty() && error.contains(wanted),
                    "{wanted}: {error}"
                );
            }
        }
    }
    let info = format!(", x-snapline-kinds: {{Disk: {}}}", KIND.replace('\n', " "));
    let error = tiny::build_with(&info, PATHS, SCHEMAS).unwrap_err();
    assert!(error.contains("no name in snake case"), "{error}");
}
