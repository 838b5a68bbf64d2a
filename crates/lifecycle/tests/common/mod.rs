//! A service in memory, with disks in racks and their snapshots, that can be told to lose answers and to fail.

#![allow(dead_code, reason = "each test takes what it needs")]

use std::cell::{Cell, RefCell};

use jiff::Timestamp;
use serde_json::{Map, Value, json};
use snapline_lifecycle::kind::{
    Argument, Asked, Kind, Make, Object, Parents, Price, Restore, Snapshots, States, Things, Use,
};
use snapline_lifecycle::{Failure, Service};

const RACK: Argument = Argument::of("rack", Object::Parent, "id");
const DISK: Argument = Argument::of("disk", Object::Thing, "id").text();
const NAME: Argument = Argument::asked("name", Asked::Name);
const PLACE: Argument = Argument::asked("place", Asked::Region);
const SINCE: Argument = Argument::asked("since", Asked::Since);
const SIZE: Argument = Argument::asked("size", Asked::Size);
const SHOT_NUMBER: Argument = SHOT.number();
const WAIT: Use = Use::new("shots.wait", &[FOUND]);
const FOUND: Argument = Argument::of("shot", Object::Found, "id");
const SHOT: Argument = Argument::of("shot", Object::Snapshot, "id");

/// Disks, whose snapshots are listed all together.
pub(crate) static KINDS: &[Kind] = &[disks(false)];

/// The same, where what is found is not yet the snapshot.
pub(crate) static BEGUN: &[Kind] = &[disks(true)];

const fn disks(begun: bool) -> Kind {
    Kind {
        name: "disk",
        summary: "Disks.",
        parents: Some(Parents {
            list: Use::new("racks.list", &[]),
            id: "id",
        }),
        things: Things {
            list: Use::new("disks.list", &[RACK]),
            tagged: Some("label"),
            get: Use::new("disks.get", &[DISK]),
            id: "id",
            name: "about.name",
            tags: Some("tags"),
            any_case: true,
        },
        snapshots: Snapshots {
            list: Use::new("shots.list", &[]),
            of: Some("disk"),
            id: "id",
            name: "name",
            created: "made",
            size: Some("size"),
            regions: Some("places"),
            tags: None,
            state: Some(States {
                field: "state",
                ready: &["UP"],
                failed: &["DOWN"],
            }),
        },
        take: Make {
            call: Use::new("shots.take", &[RACK, DISK, NAME]),
            find: Use::new("shots.find", &[SINCE, DISK, NAME]),
            found: &[WAIT],
            begun,
        },
        powered_off: Some("shots.take_off"),
        longest_name: Some(20),
        delete: Use::new("shots.delete", &[RACK, SHOT]),
        restore: Some(Restore {
            make: Make {
                call: Use::new("disks.make", &[NAME, SIZE, PLACE, SHOT]),
                find: Use::new("disks.find", &[SINCE, NAME]),
                found: &[],
                begun: false,
            },
            least: (Object::Snapshot, "size"),
            sizes: None,
        }),
        instead: "",
        copy: Some(Make {
            call: Use::new("shots.copy", &[SHOT_NUMBER, PLACE]),
            find: Use::new("shots.find_copy", &[SINCE]),
            found: &[],
            begun: true,
        }),
        most: Some(9),
        interval: Some(600),
        price: Some(Price {
            month: 0.5,
            least: 0.25,
            currency: "EUR",
            source: "https://example.com/prices",
            date: "2026-01-02",
        }),
        unpriced: "",
        mount: None,
    }
}

/// What becomes of the next calls of a name.
pub(crate) enum Fault {
    /// It is done, and nobody hears.
    Lost,
    /// It is not done, and nobody knows.
    Unknown,
    /// It has begun, and nobody knows what became of it.
    Begun,
    /// It is refused.
    Refused,
    /// There is no such thing.
    Gone,
    /// What is made stays in a state.
    State(&'static str),
    /// All is well.
    None,
    /// It never ends.
    Never,
}

/// The service.
pub(crate) struct Memory {
    pub(crate) disks: RefCell<Vec<Value>>,
    pub(crate) shots: RefCell<Vec<Value>>,
    pub(crate) calls: RefCell<Vec<String>>,
    pub(crate) faults: RefCell<Vec<(&'static str, Fault)>>,
    pub(crate) now: Cell<Timestamp>,
    pub(crate) told: RefCell<Vec<String>>,
    pub(crate) since: RefCell<Vec<String>>,
    next: Cell<i64>,
}

impl Memory {
    pub(crate) fn new() -> Self {
        Self {
            disks: RefCell::new(vec![
                json!({"id": 7, "about": {"name": "orders"}, "tags": ["db"]}),
                json!({"id": 8, "about": {"name": "logs"}, "tags": ["DB", "skip"]}),
                json!({"id": 9, "about": {"name": "cache"}, "tags": []}),
            ]),
            shots: RefCell::default(),
            calls: RefCell::default(),
            faults: RefCell::default(),
            now: Cell::new("2026-03-01T02:00:00Z".parse().unwrap()),
            told: RefCell::default(),
            since: RefCell::default(),
            next: Cell::new(100),
        }
    }

    pub(crate) fn fault(&self, call: &'static str, fault: Fault) {
        self.faults.borrow_mut().push((call, fault));
    }

    pub(crate) fn disk(&self, number: i64) {
        let disk =
            json!({"id": number, "about": {"name": format!("disk {number}")}, "tags": ["db"]});
        self.disks.borrow_mut().push(disk);
    }

    pub(crate) fn nights(&self, nights: i64) {
        let day = jiff::SignedDuration::from_hours(24 * nights);
        self.now.set(self.now.get().checked_add(day).unwrap());
    }

    /// How often a call was made since the last time it was asked.
    pub(crate) fn count(&self, call: &str) -> usize {
        self.calls
            .borrow()
            .iter()
            .filter(|made| *made == call)
            .count()
    }

    pub(crate) fn names(&self) -> Vec<String> {
        let shots = self.shots.borrow();
        let names = shots
            .iter()
            .map(|it| it["name"].as_str().unwrap().to_owned());
        names.collect()
    }

    pub(crate) fn shot(&self, disk: &str, name: &str, state: &str) -> Value {
        self.next.set(self.next.get() + 1);
        let shot = json!({
            "id": self.next.get().to_string(), "disk": disk, "name": name, "state": state, "size": 3.5,
            "made": self.now.get().to_string(), "places": ["here"],
        });
        self.shots.borrow_mut().push(shot.clone());
        shot
    }
}

impl Service for Memory {
    async fn call(&self, call: &str, arguments: Map<String, Value>) -> Result<Value, Failure> {
        self.calls.borrow_mut().push(call.to_owned());
        let fault = {
            let mut faults = self.faults.borrow_mut();
            let at = faults.iter().position(|(of, _)| *of == call);
            at.map(|at| faults.remove(at).1)
        };
        let failure = |message: &str| Failure {
            code: 4,
            ..Failure::new(format!("{call}: {message}"))
        };
        let unknown = || Failure {
            outcome_unknown: true,
            sent_at: Some(self.now.get()),
            code: 12,
            ..failure("no answer")
        };
        match fault {
            Some(Fault::Refused) => return Err(failure("refused")),
            Some(Fault::Unknown) => return Err(unknown()),
            Some(Fault::Begun) => {
                return Err(Failure {
                    begun: true,
                    ..unknown()
                });
            }
            Some(Fault::Gone) => {
                return Err(Failure {
                    not_found: true,
                    ..failure("not found")
                });
            }
            Some(Fault::Never) => std::future::pending().await,
            _ => {}
        }
        let text = |name: &str| {
            arguments
                .get(name)
                .and_then(Value::as_str)
                .unwrap()
                .to_owned()
        };
        let all = |all: &RefCell<Vec<Value>>, keep: &dyn Fn(&Value) -> bool| {
            let kept: Vec<Value> = all.borrow().iter().filter(|it| keep(it)).cloned().collect();
            Value::Array(kept)
        };
        let made = match call {
            "racks.list" => json!([{"id": "r1"}]),
            "disks.list" => {
                assert_eq!(text("rack"), "r1");
                let label = arguments.get("label").and_then(Value::as_str);
                all(&self.disks, &|disk| {
                    let tags = disk["tags"].as_array().unwrap();
                    label.is_none_or(|label| {
                        tags.iter()
                            .any(|tag| tag.as_str().unwrap().eq_ignore_ascii_case(label))
                    })
                })
            }
            "disks.get" => {
                let id = text("disk");
                let found = all(&self.disks, &|disk| disk["id"].as_i64() == id.parse().ok());
                match found.get(0) {
                    Some(disk) => disk.clone(),
                    None => {
                        return Err(Failure {
                            not_found: true,
                            ..failure("not found")
                        });
                    }
                }
            }
            "shots.list" => all(&self.shots, &|_| true),
            "shots.take" | "shots.take_off" => {
                let state = match fault {
                    Some(Fault::State(state)) => state,
                    _ => "up",
                };
                self.shot(&text("disk"), &text("name"), state)
            }
            "shots.find" => {
                let (disk, name) = (text("disk"), text("name"));
                self.since.borrow_mut().push(text("since"));
                assert!(text("since") <= self.now.get().to_string());
                all(&self.shots, &|it| {
                    it["disk"] == disk.as_str() && it["name"] == name.as_str()
                })
            }
            "shots.wait" => {
                let id = text("shot");
                for shot in self.shots.borrow_mut().iter_mut() {
                    if shot["id"] == id.as_str() {
                        shot["state"] = json!("up");
                    }
                }
                all(&self.shots, &|it| it["id"] == id.as_str())[0].clone()
            }
            "shots.delete" => {
                let id = text("shot");
                self.shots.borrow_mut().retain(|it| it["id"] != id.as_str());
                Value::Null
            }
            "shots.copy" => {
                assert!(arguments["shot"].is_number());
                json!({"id": arguments["shot"]})
            }
            "disks.make" => {
                let disk = json!({"id": 50, "about": {"name": text("name")}, "size": arguments["size"],
                                  "place": arguments["place"], "shot": arguments["shot"], "tags": []});
                self.disks.borrow_mut().push(disk.clone());
                disk
            }
            other => panic!("there is no call `{other}`"),
        };
        match fault {
            Some(Fault::Lost) => Err(unknown()),
            _ => Ok(made),
        }
    }

    fn now(&self) -> Timestamp {
        self.now.get()
    }

    fn tell(&self, line: &str) {
        self.told.borrow_mut().push(line.to_owned());
    }
}
