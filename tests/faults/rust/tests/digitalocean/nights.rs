//! The nightly rotation under every fault of the scenarios, at each of its requests: no fault makes it take a snapshot
//! twice, or delete what has no successor, or keep quiet about what failed.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test may stop where it stands"
)]

#[path = "../../../../../crates/snapline/examples/nightly.rs"]
#[allow(dead_code, reason = "its `main` is not run here")]
mod nightly;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::time::Duration;

use nightly::{Night, Report, Target};
use serde_json::{Map, Value, json};
use snapline::digitalocean::models::Snapshot;
use snapline::digitalocean::{Client, ClientBuilder, Error};
use snapline_faults::{Control, SECRET, Scenario, Server, folders};
use snapline_mock::Mock;
use tokio::time::timeout;

const NAME: &str = "nightly-2999-01-01";

/// How many resources are worked on at once, in all nights together. With more of them an honest answer may come later
/// than a client waits for it.
const AT_ONCE: usize = 60;

/// A night that still waits then is stopped.
const STOPPED: Duration = Duration::from_secs(4);

/// A request of the night that meets a fault.
#[derive(Clone, Copy)]
struct Place {
    method: &'static str,
    path: &'static str,
    /// How many of these requests a night makes at least, each of which can meet a fault of its own.
    in_a_night: usize,
    /// What is lost before, so that this request is made at all: the answer to a POST below this path (`after`) or the
    /// POST itself (`before`).
    lost: Option<(&'static str, &'static str)>,
}

/// So many volumes a night has where something is done for each, and so many droplets it always has.
const VOLUMES: usize = 18;
const DROPLETS: usize = 2;

/// A step of the scenarios as it can be played to any request.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Trouble {
    step: String,
    /// What the service does when this is played.
    when: &'static str,
}

/// Why a step is played to no request of the night.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum LeftOut {
    /// It comes before any request, of which it is not known which that will be. What it does (a reset, an end, a
    /// silence) others do in place of an answer.
    BeforeARequest,
    /// Only HTTP/2 has it, which the mock does not speak.
    OfHttp2,
    /// A good answer to another request. Told of a list or a poll it is a lie that nobody could see through; what
    /// spoils it (its status, its headers, its end) is played around the mock's own answer.
    GoodAnswer,
    /// A refusal that differs from one that is played in the words of its body alone.
    OtherWords,
}

/// How a step is played to a request, or why it is not. What only reads has not acted `before` and `after`.
fn troubles_of(step: &Map<String, Value>, acts: bool) -> Result<Vec<Trouble>, LeftOut> {
    if step.get("on").is_some_and(|on| on != "request") {
        return Err(LeftOut::BeforeARequest);
    }
    let then = step.get("then").and_then(Value::as_str);
    if matches!(then, Some("refuse" | "goaway" | "deaf")) {
        return Err(LeftOut::OfHttp2);
    }
    let status = status(step);
    let mut step = step.clone();
    let whens: &[_] = if (200..300).contains(&status) && says_something(&step) {
        step.retain(|key, _| key != "json" && key != "text");
        if step.len() == 1 {
            return Err(LeftOut::GoodAnswer);
        }
        &["spoilt"]
    } else if !acts || status == 429 {
        // Who is told 429 was refused, and asks again: if the service had acted all the same, it would be twice.
        &["before"]
    } else {
        &["before", "after"]
    };
    let step = Value::Object(step).to_string();
    let played = whens.iter().map(|when| Trouble {
        step: step.clone(),
        when,
    });
    Ok(played.collect())
}

fn status(step: &Map<String, Value>) -> u64 {
    step.get("status").and_then(Value::as_u64).unwrap_or(0)
}

/// Whether a body has something in it, as all good answers do.
fn says_something(step: &Map<String, Value>) -> bool {
    let text = step.get("text").and_then(Value::as_str);
    let read = text.and_then(|text| serde_json::from_str(text).ok());
    match step.get("json").or(read.as_ref()) {
        Some(Value::Object(body)) => body.values().any(|it| !it.is_null()),
        Some(Value::Array(items)) => !items.is_empty(),
        _ => false,
    }
}

/// All that can be played to a request, and how many distinct steps are not, for what reason.
fn troubles(acts: bool) -> (BTreeSet<Trouble>, BTreeMap<LeftOut, usize>) {
    let scenarios = Scenario::load(&folders()).unwrap();
    let steps: BTreeMap<String, Map<String, Value>> = scenarios
        .iter()
        .flat_map(|it| &it.server)
        .map(|step| (step.to_string(), step.as_object().unwrap().clone()))
        .collect();
    let (mut left_out, mut all) = (BTreeMap::new(), BTreeSet::new());
    let mut refusals = BTreeSet::new();
    for step in steps.into_values() {
        let plain = step.keys().all(|key| key == "status" || key == "json");
        let again = plain && status(&step) >= 300 && !refusals.insert(status(&step));
        let played = if again {
            Err(LeftOut::OtherWords)
        } else {
            troubles_of(&step, acts)
        };
        match played {
            Ok(played) => all.extend(played),
            Err(reason) => *left_out.entry(reason).or_default() += 1,
        }
    }
    (all, left_out)
}

/// One night, in which some requests of a place each meet a fault.
#[derive(Clone)]
struct Play {
    place: Place,
    troubles: Vec<Trouble>,
}

impl Play {
    /// The nights that there are for a place, so many faults in each as it has requests.
    fn all(place: Place) -> Vec<Self> {
        let (troubles, _) = troubles(place.method != "GET");
        // What says something of the client's whole budget, or makes it wait, has a night for itself.
        let (alone, together): (Vec<_>, Vec<_>) = troubles
            .into_iter()
            .partition(|it| it.step.contains("ratelimit-") || it.step.contains("retry-after"));
        let mut plays: Vec<Self> = alone.iter().map(|it| Self::of(place, it)).collect();
        plays.extend(together.chunks(place.in_a_night).map(|troubles| Self {
            place,
            troubles: troubles.to_vec(),
        }));
        plays
    }

    /// One fault in a night that is as small as can be.
    fn of(place: Place, trouble: &Trouble) -> Self {
        let place = Place {
            in_a_night: 1,
            ..place
        };
        let troubles = vec![trouble.clone()];
        Self { place, troubles }
    }

    /// The faults in turn, and once more for those requests that are made again.
    fn faults(&self) -> Vec<Value> {
        let Place { method, path, .. } = self.place;
        let twice = self.troubles.iter().chain(&self.troubles);
        let mut faults: Vec<Value> = (1..)
            .zip(twice)
            .map(|(nth, it)| {
                let step: Value = serde_json::from_str(&it.step).unwrap();
                json!({"method": method, "path": path, "nth": nth, "when": it.when, "step": step})
            })
            .collect();
        if let Some((path, when)) = self.place.lost {
            let step = json!({"then": "close"});
            faults.push(
                json!({"method": "POST", "path": path, "times": 1000, "when": when, "step": step}),
            );
        }
        faults
    }

    /// What went wrong, or nothing. On a machine so busy that the night did not come as far as its faults it has
    /// another chance.
    async fn run(&self, control: &Control) -> Result<(), String> {
        let mut unmet = Vec::new();
        while unmet.len() < 3 {
            match self.night(control).await? {
                None => return Ok(()),
                Some(met) => unmet.push(met),
            }
        }
        Err(format!("not all were met: {}", unmet.join("; ")))
    }

    /// Has a night and another; says what the faults met if that was not all.
    async fn night(&self, control: &Control) -> Result<Option<String>, String> {
        let account = Account::new(self.place.in_a_night).await;
        let opened = control.open_upstream(&account.mock.url(), &self.faults(), SECRET)?;
        let client = client(opened["base_url"].as_str().unwrap())
            .attempt_timeout(Duration::from_secs(1))
            .timeout(Duration::from_secs(3))
            .max_body_bytes(1 << 20)
            .build()
            .unwrap();
        // A service that asks for hours gets them in real life; here somebody stops the night as by Ctrl-C.
        let first = timeout(STOPPED, account.work(&client)).await.ok();
        let report = control.close(opened["id"].as_str().unwrap())?;
        account.look(first.as_ref()).await?;
        let again = account.work(&account.client).await;
        account.look(Some(&again)).await?;
        let sound = |report: &Report| report.iter().all(|(_, it)| it.failures.is_empty());
        if !again.as_ref().is_ok_and(sound) {
            return Err(format!("the second run came to {again:?}"));
        }
        let met = report["met"].as_array().unwrap();
        let all = met.iter().take(self.troubles.len()).all(|it| *it == 1);
        Ok((!all).then(|| format!("{met:?} in {first:?}")))
    }
}

/// Plays every fault at one place.
fn nights(place: Place) {
    let server = Server::start().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let run = async |play: Play| play.run(server.control()).await;
    let (single, shared): (Vec<_>, Vec<_>) = Play::all(place)
        .into_iter()
        .partition(|it| it.place.in_a_night == 1);
    let problems = runtime.block_on(async {
        let mut problems = Vec::new();
        let mut singles = single;
        let mut playing = snapline::each(shared, AT_ONCE / place.in_a_night, run);
        while let Some((play, result)) = playing.next().await {
            if let Err(why) = result {
                problems.push(format!("{} faults together: {why}", play.troubles.len()));
                // Which of them it is shows where each is played alone.
                singles.extend(play.troubles.iter().map(|it| Play::of(place, it)));
            }
        }
        // Each has three resources and a few requests.
        let mut playing = snapline::each(singles, AT_ONCE / 3, run);
        while let Some((play, result)) = playing.next().await {
            if let Err(why) = result {
                problems.push(format!("{:?}: {why}", play.troubles));
            }
        }
        problems
    });
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

fn client(url: &str) -> ClientBuilder {
    Client::builder()
        .token("dop_v1_long_enough")
        .base_url(url)
        .backoff_base(Duration::from_millis(1))
        .backoff_cap(Duration::from_millis(2))
        .pacing(true)
}

/// A mock with what is to be rotated, and a client whose requests meet nothing.
struct Account {
    mock: Mock,
    client: Client,
    targets: HashSet<Target>,
    before: Vec<Snapshot>,
}

impl Account {
    /// With so many volumes that carry the tag, and one more.
    async fn new(volumes: usize) -> Self {
        let volumes = volumes + 1;
        let builder = Mock::builder().volumes(volumes).snapshots(volumes * 10);
        let mock = builder.settle(Duration::ZERO).start_blocking().unwrap();
        let client = client(&mock.url()).build().unwrap();
        // One of them has tonight's already: whoever does not see that takes another.
        let volume = mock.volumes().pop().unwrap();
        let snapshots = client.volumes().snapshots();
        snapshots.create(&volume, NAME).send().await.unwrap();
        let droplets = client.droplets().list().tag_name(mock.tag()).items();
        let mut targets: HashSet<Target> = droplets
            .try_collect()
            .await
            .unwrap()
            .into_iter()
            .map(|it| Target::Droplet(it.id))
            .collect();
        let volumes = client.volumes().list().items().try_collect().await;
        let tag = mock.tag();
        let ours = |tags: &Option<Vec<String>>| tags.iter().flatten().any(|it| *it == tag);
        let volumes = volumes.unwrap().into_iter().filter(|it| ours(&it.tags));
        targets.extend(volumes.map(|it| Target::Volume(it.id)));
        let mut account = Self {
            mock,
            client,
            targets,
            before: Vec::new(),
        };
        account.before = account.snapshots().await;
        account
    }

    async fn snapshots(&self) -> Vec<Snapshot> {
        let list = self.client.snapshots().list();
        list.items().try_collect().await.unwrap()
    }

    async fn work(&self, client: &Client) -> Result<Report, Error> {
        let night = Night {
            client,
            tag: &self.mock.tag(),
            name: NAME.to_owned(),
            parallel: 2 * VOLUMES,
            grace: Duration::from_millis(300),
        };
        night.work().await
    }

    /// Holds what is there to what was reported.
    async fn look(&self, report: Option<&Result<Report, Error>>) -> Result<(), String> {
        let now = self.snapshots().await;
        let mut tonights: HashMap<Target, usize> = HashMap::new();
        for snapshot in now.iter().filter(|it| it.name == NAME) {
            *tonights.entry(Target::of(snapshot).unwrap()).or_default() += 1;
        }
        if let Some((target, count)) = tonights.iter().find(|(_, count)| **count > 1) {
            return Err(format!("{target:?} has {count} of this night: {report:?}"));
        }
        let left: HashSet<&String> = now.iter().map(|it| &it.id).collect();
        for gone in self.before.iter().filter(|it| !left.contains(&it.id)) {
            let target = Target::of(gone).unwrap();
            if !tonights.contains_key(&target) || !self.targets.contains(&target) {
                return Err(format!("{} of {target:?} was deleted", gone.name));
            }
        }
        let Some(Ok(report)) = report else {
            return Ok(());
        };
        let told: HashSet<&Target> = report.iter().map(|(target, _)| target).collect();
        if told.len() != report.len() || told != self.targets.iter().collect() {
            return Err(format!("the report is about {told:?}"));
        }
        for (target, outcome) in report {
            if outcome.failures.is_empty() && !tonights.contains_key(target) {
                return Err(format!("{target:?} has none, and nobody says so"));
            }
            if outcome.taken && !tonights.contains_key(target) {
                return Err(format!("{target:?} has none, though one was taken"));
            }
        }
        Ok(())
    }
}

const fn read(path: &'static str) -> Place {
    Place {
        method: "GET",
        path,
        in_a_night: 1,
        lost: None,
    }
}

#[test]
fn b27_a_fault_at_the_list_of_volumes() {
    nights(read("/v2/volumes?"));
}

#[test]
fn b27_a_fault_at_the_list_of_snapshots() {
    nights(read("/v2/snapshots?"));
}

#[test]
fn b27_a_fault_at_the_snapshot_of_a_volume() {
    nights(Place {
        method: "POST",
        in_a_night: VOLUMES,
        ..read("/v2/volumes/")
    });
}

#[test]
fn b27_a_fault_at_the_snapshot_of_a_droplet() {
    nights(Place {
        method: "POST",
        in_a_night: DROPLETS,
        ..read("/v2/droplets/")
    });
}

#[test]
fn b27_a_fault_at_a_poll_of_a_snapshot() {
    nights(Place {
        in_a_night: VOLUMES,
        ..read("/v2/volumes/snapshots/")
    });
}

#[test]
fn b27_a_fault_at_a_poll_of_an_action() {
    nights(Place {
        in_a_night: DROPLETS,
        ..read("/v2/droplets/")
    });
}

#[test]
fn b27_a_fault_at_the_look_for_what_was_lost_of_a_volume() {
    nights(Place {
        in_a_night: VOLUMES,
        lost: Some(("/v2/volumes/", "after")),
        ..read("/v2/volumes/")
    });
}

#[test]
fn b27_a_fault_at_the_look_for_what_was_not_done_to_a_volume() {
    nights(Place {
        in_a_night: VOLUMES,
        lost: Some(("/v2/volumes/", "before")),
        ..read("/v2/volumes/")
    });
}

#[test]
fn b27_a_fault_at_the_look_for_what_was_lost_of_a_droplet() {
    nights(Place {
        in_a_night: DROPLETS,
        lost: Some(("/v2/droplets/", "after")),
        ..read("/v2/droplets/")
    });
}

#[test]
fn b27_a_fault_at_a_deletion() {
    nights(Place {
        method: "DELETE",
        in_a_night: VOLUMES,
        ..read("/v2/snapshots/")
    });
}

#[test]
fn few_steps_are_left_out_and_each_for_a_reason() {
    let (played, left_out) = troubles(true);
    let (read, _) = troubles(false);
    println!(
        "{} faults of what acts, {} of what reads; left out: {left_out:?}",
        played.len(),
        read.len()
    );
    assert!(played.len() > 200 && read.len() > 120);
    let few = |reason| left_out.get(&reason).is_some_and(|count| *count < 10);
    assert!(
        few(LeftOut::BeforeARequest) && few(LeftOut::OfHttp2),
        "{left_out:?}"
    );
}
