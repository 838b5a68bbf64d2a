//! The whole programs of C and C++ that work on all snapshots of an account, run against the mock and looked at:
//! `nightly`, `restore` and `move_region`.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::fault::{Fault, Result};
use crate::mock::{MockServer, with_server};
use crate::run::{program, timed};
use crate::sources;

/// Says what the programs called nightly are run with.
const NIGHTS: &str = "crates/snapline/examples/nightly.toml";

/// What the rotations are of.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Nights {
    /// The provider whose snapshots they rotate.
    pub(crate) provider: String,
    /// What it is of carries this in the mock.
    pub(crate) tag: String,
}

impl Nights {
    pub(crate) fn read() -> Result<Self> {
        toml::from_str(&sources::text(Path::new(NIGHTS))?)
            .map_err(|error| Fault::new(format!("{NIGHTS}: {error}")))
    }
}

/// Compiles them and runs them all.
pub(crate) fn programs(language: &str, compile: impl Fn(&str) -> Result<PathBuf>) -> Result<()> {
    MockServer::build()?;
    // Three volumes with a snapshot of each of twelve nights.
    let account = Account::new(&["--volumes", "3", "--snapshots", "36"])?;
    let look = |name: &str, account: &Account, look: fn(&Program<'_>) -> Result<()>| {
        let path = compile(name)?;
        timed(&format!("run the {language} example {name}"), || {
            look(&Program { account, path })
        })
    };
    look("nightly", &account, |it| it.nightly())?;
    look("restore", &account, |it| it.restore())?;
    look("move_region", &account, |it| it.move_region())?;
    // No answer to what begins something arrives, and whatever is read is refused once.
    let lost = ["--fault", "lose*1,only:POST", "--fault", "503*1,only:GET"];
    let account = Account::new(&[&["--volumes", "3", "--snapshots", "36"], &lost[..]].concat())?;
    look("nightly", &account, |it| it.night_of_lost_answers())?;
    look("restore", &account, |it| it.restore_with_lost_answers())?;
    look("move_region", &account, |it| it.move_with_lost_answers())?;
    // Two volumes with as many snapshots as there may be: no other can be taken.
    let full = ["--volumes", "2", "--snapshots", "50", "--snapshot-limits"];
    look("nightly", &Account::new(&full)?, |it| it.failing_night())
}

/// A mock of its own: what is counted here nobody else makes or deletes.
struct Account {
    mock: MockServer,
    tag: String,
}

impl Account {
    fn new(options: &[&str]) -> Result<Self> {
        let mock = MockServer::start(options)?;
        let Nights { tag, .. } = Nights::read()?;
        Ok(Self { mock, tag })
    }

    fn list(&self, path: &str, key: &str) -> Result<Vec<Value>> {
        let answer = self
            .mock
            .json("GET", &format!("/v2/{path}per_page=200"), "")?;
        match answer.get(key) {
            Some(Value::Array(items)) => Ok(items.clone()),
            _ => Err(Fault::new(format!("the mock has no {key} in {answer}"))),
        }
    }

    fn snapshots(&self) -> Result<Vec<Value>> {
        self.list("snapshots?", "snapshots")
    }

    /// The names of all snapshots with what each is of, which must be there once.
    fn names(&self) -> Result<BTreeSet<String>> {
        let all = self.snapshots()?;
        let name = |one: &Value| format!("{} of {}", text(one, "name"), text(one, "resource_id"));
        let names: BTreeSet<String> = all.iter().map(name).collect();
        check(
            names.len() == all.len(),
            format!("a snapshot is there twice among {names:?}"),
        )?;
        Ok(names)
    }

    /// How many requests that begin something have arrived.
    fn begun(&self) -> Result<u64> {
        let counts = self.mock.json("GET", "/_mock/counts", "")?;
        let begins = [
            "dropletActions_post",
            "droplets_create",
            "imageActions_post",
            "volumeSnapshots_create",
            "volumes_create",
        ];
        let count = |id: &&str| counts.get(*id).and_then(Value::as_u64);
        Ok(begins.iter().filter_map(count).sum())
    }

    /// The id of the first snapshot of a droplet or volume.
    fn snapshot_of(&self, kind: &str) -> Result<String> {
        let all = self.snapshots()?;
        let found = all.iter().find(|one| text(one, "resource_type") == kind);
        found
            .map(|one| text(one, "id"))
            .ok_or_else(|| Fault::new(format!("the mock has no snapshot of a {kind}")))
    }
}

struct Program<'a> {
    account: &'a Account,
    path: PathBuf,
}

impl Program<'_> {
    /// Runs it: it must end with a code, and say something on either output.
    fn run(&self, arguments: &[&str], code: i32, expected: &[&str]) -> Result<()> {
        let output = with_server(&mut program(&self.path, arguments), &self.account.mock)
            .output()
            .map_err(|error| Fault::path(&self.path, "started", &error))?;
        let told = [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes));
        let told = told.concat();
        let lacking = expected.iter().find(|text| !told.contains(**text));
        check(
            output.status.code() == Some(code) && lacking.is_none(),
            format!(
                "{} {arguments:?} ended with {}, where {code} and `{}` were expected, and said:\n{told}",
                self.path.display(),
                output.status,
                lacking.unwrap_or(&"")
            ),
        )
    }

    fn nightly(&self) -> Result<()> {
        let tag = self.account.tag.as_str();
        let usage = "usage: nightly TAG [PARALLEL]\n";
        for wrong in [[].as_slice(), &["--help"], &[tag, "0"], &[tag, "2", "3"]] {
            self.run(wrong, 2, &[usage])?;
        }
        let nobody = "nothing carries the tag team:audio\n";
        self.run(&["team:audio"], 1, &[nobody])?;
        let volume = self.account.list("volumes?", "volumes")?;
        let volume = text(volume.last().unwrap_or(&Value::Null), "id");
        let by_hand = format!("/v2/volumes/{volume}/snapshots");
        self.account
            .mock
            .create(&by_hand, r#"{"name": "by-hand"}"#)?;
        // Capital and small letters count as the same in tags.
        self.account.mock.create(
            "/v2/volumes",
            r#"{"name": "archive", "size_gigabytes": 10, "region": "fra1", "tags": ["Team:Video"]}"#,
        )?;

        let before = self.account.names()?;
        let all_taken = [
            "droplet ",
            "volume ",
            " taken; ",
            "6 in all: 6 taken, ",
            ", 0 failed\n",
        ];
        self.run(&[tag, "2"], 0, &all_taken)?;
        let after = self.account.names()?;
        let new: Vec<&String> = after.difference(&before).collect();
        check(
            new.len() == 6 && new.iter().all(|name| name.starts_with("nightly-")),
            format!("nightly made {new:?}"),
        )?;
        // Seven days stay, the last of each week, and the oldest as long as there are fewer than four: of twelve
        // nights before four or five go.
        let gone: Vec<&String> = before.difference(&after).collect();
        check(
            (12..=15).contains(&gone.len()) && gone.iter().all(|name| name.starts_with("nightly-")),
            format!("nightly deleted {gone:?}"),
        )?;
        let nothing_to_do = [
            " was there; 0 deleted, ",
            "6 in all: 0 taken, 0 deleted, 0 failed\n",
        ];
        self.run(&[tag], 0, &nothing_to_do)?;
        check(
            self.account.names()? == after,
            "a second run in a night changed something".to_owned(),
        )
    }

    /// What is taken is found although nobody was told of it, and a second run begins nothing.
    fn night_of_lost_answers(&self) -> Result<()> {
        let before = self.account.names()?;
        let tag = self.account.tag.as_str();
        self.run(&[tag], 0, &["5 in all: 5 taken, ", ", 0 failed\n"])?;
        let after = self.account.names()?;
        let new: Vec<&String> = after.difference(&before).collect();
        check(
            new.len() == 5 && new.iter().all(|name| name.starts_with("nightly-")),
            format!("nightly made {new:?}"),
        )?;
        let begun = self.account.begun()?;
        check(begun == 5, format!("nightly began {begun} snapshots"))?;
        self.run(&[tag], 0, &["5 in all: 0 taken, 0 deleted, 0 failed\n"])?;
        check(
            self.account.begun()? == begun && self.account.names()? == after,
            "a second run in a night began something".to_owned(),
        )
    }

    /// Nothing is deleted of a volume whose snapshot cannot be taken.
    fn failing_night(&self) -> Result<()> {
        let before = self.account.names()?;
        let tag = self.account.tag.as_str();
        let refused = [
            "FAILED: ",
            "which is the most",
            "; 0 deleted, 0 kept\n",
            "4 in all: 2 taken, 0 deleted, 2 failed\n",
        ];
        self.run(&[tag], 1, &refused)?;
        let after = self.account.names()?;
        check(
            after.is_superset(&before) && after.len() == before.len() + 2,
            format!("nightly left {after:?} of {before:?}"),
        )
    }

    fn restore(&self) -> Result<()> {
        self.run(&["1"], 2, &["usage: restore SNAPSHOT_ID NAME [SIZE]\n"])?;
        self.run(&["1", "again"], 1, &["There is no snapshot 1."])?;
        let volume = self.account.snapshot_of("volume")?;
        let made = ["making the volume again of ", " can be used in fra1\n"];
        self.run(&[&volume, "again"], 0, &made)?;
        self.run(&[&volume, "again"], 1, &["409 conflict"])?;
        let droplet = self.account.snapshot_of("droplet")?;
        let made = [
            "making the droplet again (s-2vcpu-4gb) of ",
            " can be used in fra1\n",
        ];
        // The cheapest that it fits on; then one that is asked for.
        self.run(&[&droplet, "again"], 0, &made)?;
        let made = ["making the droplet larger (s-4vcpu-8gb) of "];
        self.run(&[&droplet, "larger", "s-4vcpu-8gb"], 0, &made)?;
        for (path, key) in [
            ("volumes?name=again&", "volumes"),
            ("droplets?name=again&", "droplets"),
        ] {
            let found = self.account.list(path, key)?.len();
            check(found == 1, format!("restore made {found} {key}"))?;
        }
        Ok(())
    }

    fn restore_with_lost_answers(&self) -> Result<()> {
        for (kind, path, key) in [
            ("volume", "volumes?name=found&", "volumes"),
            ("droplet", "droplets?name=found&", "droplets"),
        ] {
            let begun = self.account.begun()?;
            let snapshot = self.account.snapshot_of(kind)?;
            self.run(&[&snapshot, "found"], 0, &[" can be used in fra1\n"])?;
            let found = self.account.list(path, key)?.len();
            let sent = self.account.begun()? - begun;
            check(
                (found, sent) == (1, 1),
                format!("restore made {found} {key} with {sent} requests"),
            )?;
        }
        Ok(())
    }

    fn move_region(&self) -> Result<()> {
        let usage = "usage: move_region SNAPSHOT_ID REGION...\n";
        let droplet = self.account.snapshot_of("droplet")?;
        self.run(&[&droplet], 2, &[usage])?;
        let volume = self.account.snapshot_of("volume")?;
        self.run(&[&volume, "nyc3"], 2, &[usage])?;
        self.run(&["1", "nyc3"], 1, &["There is no image 1."])?;
        let moved = ["fra1: there already\n", "nyc3: usable\n", "lon1: usable\n"];
        self.run(&[&droplet, "nyc3", "fra1", "lon1"], 0, &moved)?;
        let path = format!("/v2/images/{droplet}");
        let image = self.account.mock.json("GET", &path, "")?;
        let regions = image.pointer("/image/regions");
        check(
            regions == Some(&json!(["fra1", "nyc3", "lon1"])),
            format!("the image is in {regions:?}"),
        )
    }

    fn move_with_lost_answers(&self) -> Result<()> {
        let begun = self.account.begun()?;
        let droplet = self.account.snapshot_of("droplet")?;
        self.run(&[&droplet, "nyc3"], 0, &["nyc3: usable\n"])?;
        let sent = self.account.begun()? - begun;
        check(sent == 1, format!("move_region began {sent} transfers"))
    }
}

fn text(object: &Value, key: &str) -> String {
    let value = object.get(key).and_then(Value::as_str);
    value.unwrap_or_default().to_owned()
}

fn check(holds: bool, otherwise: String) -> Result<()> {
    if holds {
        return Ok(());
    }
    Err(Fault::new(otherwise))
}
