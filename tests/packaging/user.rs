//! A program that has the crates as crates.io gives them: a night's work against the mock, then what may go.

use snapline::digitalocean::Client;
use snapline::retention::{Item, Policy, parse_time, plan};
use snapline_lifecycle::policy;
use snapline_mock::{Fault, Mock};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mock = Mock::builder().start().await?;
    let client = Client::builder().token("any").base_url(mock.url()).build()?;
    mock.fault(Fault::status(503).method("GET"))?;
    let Some(volume) = client.volumes().list().items().try_next().await? else {
        return Err("the mock has no volume".into());
    };
    let snapshots = client.volumes().snapshots();
    let first = snapshots.create(&volume.id, "nightly-1").send().await?;
    mock.advance(std::time::Duration::from_secs(86_400))?;
    let second = snapshots.create(&volume.id, "nightly-2").send().await?;
    let item = |id: &str, name: &str, time: &str| Item {
        name: name.to_owned(),
        created_at: parse_time(time),
        ..Item::new(id)
    };
    let rules = Policy {
        name_prefix: Some("nightly-".to_owned()),
        keep_last: 1,
        ..Policy::default()
    };
    let plan = plan(
        &rules,
        &[
            item(&first.id, &first.name, "2026-03-01T02:00:00Z"),
            item(&second.id, &second.name, "2026-03-02T02:00:00Z"),
        ],
    )?;
    assert_eq!(plan.to_delete().collect::<Vec<_>>(), [first.id.as_str()]);
    println!("{}", std::any::type_name::<policy::Policies>());
    Ok(())
}
