//! Every operation and action value of the document, called with the document's examples.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]
mod common;

use std::collections::BTreeSet;

use common::{Client, quick};
use serde_json::{Value, json};
use snapline_mock::{Document, Mock, Operation, digitalocean};

/// Things of the kinds that path parameters name, made fresh.
fn id_for(
    parameter: &str,
    before: &str,
    operation: &Operation,
    mock: &Mock,
    client: &mut Client,
) -> String {
    match parameter {
        "nfs_id" | "share_id" => client.share("walk"),
        "nfs_snapshot_id" => {
            let share = client.share("walk");
            let body = json!({"type": "snapshot", "params": {"name": "walk"}});
            client
                .post(&format!("/v2/nfs/{share}/actions"), body)
                .ok()
                .at("/action/resource_id")
        }
        "access_point_id" => {
            let share = client.share("walk");
            let body = json!({"name": "walk", "path": "/walk", "vpc_id": "vpc-1",
                "access_policy": {"anonuid": 1, "anongid": 1, "protocols": ["NFS4"],
                    "squash_config": "NO_SQUASH", "identity_enforcement_enabled": false}});
            let path = format!("/v2/nfs/shares/{share}/access_points");
            client.post(&path, body).ok().at("/access_point/id")
        }
        "snapshot_id" => {
            let path = format!("/v2/volumes/{}/snapshots", mock.volumes()[0]);
            client
                .post(&path, json!({"name": "walk"}))
                .ok()
                .at("/snapshot/id")
        }
        "volume_id" => {
            let others = client.get("/v2/volumes").ok().at("/meta/total");
            let name = format!("walk-{}-{others}", operation.id());
            let body = json!({"name": name, "size_gigabytes": 5, "region": "fra1"});
            client.post("/v2/volumes", body).ok().at("/volume/id")
        }
        "droplet_id" => {
            let body = json!({"name": "walk", "region": "fra1", "size": "s-2vcpu-4gb", "image": "debian-13-x64"});
            client.post("/v2/droplets", body).ok().at("/droplet/id")
        }
        "image_id" => {
            let droplet = mock.droplets()[0];
            let body = json!({"type": "snapshot", "name": "walk"});
            let path = format!("/v2/droplets/{droplet}/actions");
            let action = client.post(&path, body).ok().at("/action/id");
            client.get(&format!("/v2/actions/{action}")).ok();
            client
                .get("/v2/images?private=true")
                .ok()
                .at("/images/0/id")
        }
        "tag_id" => {
            let name = format!("walk:{}", operation.id());
            client
                .post("/v2/tags", json!({"name": name}))
                .ok()
                .at("/tag/name")
        }
        "vpc_id" => client.get("/v2/vpcs").ok().at("/vpcs/0/id"),
        "action_id" => {
            let droplet = format!("/v2/droplets/{}/actions", mock.droplets()[0]);
            let (path, body) = match before.split('/').nth(2) {
                Some("volumes") => (before, json!({"type": "resize", "size_gigabytes": 9})),
                Some("images") => (before, json!({"type": "convert"})),
                Some("droplets") => (before, json!({"type": "reboot"})),
                _ => (droplet.as_str(), json!({"type": "reboot"})),
            };
            client.post(path, body).ok().at("/action/id")
        }
        other => panic!(
            "teach this test to make a {other} for {}",
            operation.template()
        ),
    }
}

/// The path with real ids in it.
fn path(operation: &Operation, mock: &Mock, client: &mut Client) -> String {
    let mut path = String::new();
    for segment in operation.template().split('/').skip(1) {
        let name = segment
            .strip_prefix('{')
            .and_then(|rest| rest.strip_suffix('}'));
        let own = match name {
            Some(name) => id_for(name, &path, operation, mock, client),
            None => segment.to_owned(),
        };
        path = format!("{path}/{own}");
    }
    path
}

/// The example's body, with things that are there in place of those that it names.
fn with_ids(
    number: usize,
    operation: &Operation,
    mut body: Value,
    mock: &Mock,
    client: &mut Client,
) -> Value {
    let volume = &mock.volumes()[1];
    if body.get("snapshot_id").is_some() {
        let path = format!("/v2/volumes/{volume}/snapshots");
        let made = client.post(&path, json!({"name": "walk"})).ok();
        body["snapshot_id"] = made.at("/snapshot/id").into();
    }
    if operation.id() == "volumes_create" {
        // Every example has the same name.
        body["name"] = format!("walk-{number}").into();
    }
    if operation.id().starts_with("tags_") && body.get("resources").is_some() {
        body["resources"] = json!([
            {"resource_id": mock.droplets()[0].to_string(), "resource_type": "droplet"},
            {"resource_id": volume, "resource_type": "volume"},
        ]);
    }
    body
}

/// What has to be there before an action on a share can work.
fn prepare(share: &str, body: &Value, client: &mut Client) {
    let attached = match body["type"].as_str() {
        Some("detach") => &body["params"]["vpc_id"],
        Some("reassign") => &body["params"]["old_vpc_id"],
        _ => return,
    };
    let attach = json!({"type": "attach", "params": {"vpc_id": attached}});
    client.post(&format!("{share}/actions"), attach).ok();
}

#[test]
fn every_operation_and_action_value_works_with_the_documents_examples() {
    let document = digitalocean::document().unwrap();
    let mock = quick();
    let mut client = Client::new(&mock);
    let mut called = BTreeSet::new();
    for operation in document.operations() {
        let mut bodies: Vec<Option<Value>> = document
            .request_examples(operation)
            .into_iter()
            .enumerate()
            .map(|(number, body)| Some(with_ids(number, operation, body, &mock, &mut client)))
            .collect();
        if bodies.is_empty() {
            bodies.push(None);
        }
        for body in bodies {
            let mut target = path(operation, &mock, &mut client);
            if let Some(body) = &body
                && let Some(share) = target.strip_suffix("/actions")
                && share.starts_with("/v2/nfs")
            {
                // Examples may ask for any region and for a smaller size than the share has.
                let mut body = body.clone();
                let region = client.get(share).ok().at("/share/region");
                body.as_object_mut()
                    .unwrap()
                    .insert("region".to_owned(), json!(region));
                prepare(share, &body, &mut client);
                let reply = client.send(operation.method(), &target, Some(&body));
                check(document, operation, &reply, Some(&body));
                called.insert(format!("{} {}", operation.id(), body["type"]));
                continue;
            }
            if operation.id() == "dropletActions_post_byTag" {
                target.push_str(&format!("?tag_name={}", mock.tag()));
            }
            let reply = client.send(operation.method(), &target, body.as_ref());
            check(document, operation, &reply, body.as_ref());
            let kind = body.as_ref().map_or(&Value::Null, |body| &body["type"]);
            called.insert(format!("{} {kind}", operation.id()));
        }
    }
    // The service facts list 17 droplet actions, 8 by tag and 6 on shares.
    let count = |id: &str| {
        called
            .iter()
            .filter(|one| one.starts_with(&format!("{id} ")))
            .count()
    };
    assert!(count("dropletActions_post") >= 17, "{called:?}");
    assert!(count("dropletActions_post_byTag") >= 8, "{called:?}");
    assert!(count("nfs_create_action") >= 6, "{called:?}");
    assert!(
        document
            .operations()
            .iter()
            .all(|operation| count(operation.id()) > 0)
    );
}

fn check(document: &Document, operation: &Operation, reply: &common::Reply, body: Option<&Value>) {
    let id = operation.id();
    assert_eq!(
        reply.status,
        operation.success(),
        "{id} {body:?}: {reply:?}"
    );
    document
        .check_response(operation, reply.status, reply.text.as_bytes())
        .unwrap();
    assert!(reply.header("x-request-id").is_some(), "{id}");
    for name in ["ratelimit-limit", "ratelimit-remaining", "ratelimit-reset"] {
        assert!(
            reply.header(name).unwrap().parse::<u64>().unwrap() > 0,
            "{id} {name}"
        );
    }
}

#[test]
fn a_missing_thing_is_a_404_in_the_documented_shape() {
    let document = digitalocean::document().unwrap();
    let mock = quick();
    let mut client = Client::new(&mock);
    let mut seen = 0;
    for operation in document.operations() {
        if !operation.template().contains('{') {
            continue;
        }
        let target: Vec<&str> = operation
            .template()
            .split('/')
            .map(|segment| match segment {
                "{droplet_id}" | "{action_id}" | "{image_id}" => "7",
                other if other.starts_with('{') => "nobody",
                other => other,
            })
            .collect();
        let body = document.request_examples(operation).into_iter().next();
        let reply = client.send(operation.method(), &target.join("/"), body.as_ref());
        assert_eq!(reply.status, 404, "{}: {reply:?}", operation.id());
        document
            .check_response(operation, 404, reply.text.as_bytes())
            .unwrap();
        assert_eq!(reply.at("/id"), "not_found");
        assert_eq!(
            reply.at("/request_id"),
            reply.header("x-request-id").unwrap()
        );
        seen += 1;
    }
    assert!(seen > 10);
}
