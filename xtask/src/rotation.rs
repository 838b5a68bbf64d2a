//! The whole programs of C and C++ that work on all snapshots of an account, run against the mock and looked at:
//! `nightly`, `restore` and `move_region`.

use std::collections::BTreeSet;
use std::path::PathBuf;

use serde_json::{Value, json};

use crate::fault::{Fault, Result};
use crate::mock::{MockServer, with_server};
use crate::run::{program, timed};

/// What the mock's droplets encoder-01 and encoder-02 carry from the start.
const TAG: &str = "team:video";

/// The last line where nothing failed and nothing was deleted.
const ALL_WELL: &str = "3 resources, 3 with a snapshot of tonight, 0 old ones deleted, 0 failed\n";

/// Compiles them and runs them all.
pub(crate) fn programs(language: &str, compile: impl Fn(&str) -> Result<PathBuf>) -> Result<()> {
    let account = Account::new()?;
    let look = |name: &str, look: fn(&Program<'_>) -> Result<()>| {
        let path = compile(name)?;
        let account = &account;
        timed(&format!("run the {language} example {name}"), || {
            look(&Program { account, path })
        })
    };
    look("nightly", |it| it.nightly())?;
    look("restore", |it| it.restore())?;
    look("move_region", |it| it.move_region())
}

/// A mock of its own: what is counted here nobody else makes or deletes.
struct Account {
    mock: MockServer,
}

impl Account {
    /// Two droplets and a volume carry the tag. Each droplet and each seeded volume has ten snapshots, which are
    /// called NAME-NUMBER and are all of one day.
    fn new() -> Result<Self> {
        MockServer::build()?;
        let mock = MockServer::start(&["--snapshots", "60"])?;
        mock.create(
            "/v2/volumes",
            // In other letters than it is asked for: these count as the same.
            r#"{"name": "archive", "size_gigabytes": 10, "region": "fra1", "tags": ["Team:Video"]}"#,
        )?;
        Ok(Self { mock })
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

    /// The names of all snapshots, each of which must be there once.
    fn names(&self) -> Result<BTreeSet<String>> {
        let all = self.snapshots()?;
        let names: BTreeSet<String> = all.iter().map(|one| text(one, "name")).collect();
        check(
            names.len() == all.len(),
            format!("a name is there twice among {names:?}"),
        )?;
        Ok(names)
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
        self.run(&[], 2, &["usage: nightly TAG [PREFIX]\n"])?;
        self.run(&[TAG, ""], 2, &["usage: "])?;
        let nobody = "nothing carries the tag team:audio\n";
        self.run(&["team:audio"], 1, &[nobody])?;
        self.twice_in_a_night()?;
        self.old_ones_are_deleted()?;
        self.nothing_is_deleted_where_tonight_failed()
    }

    fn twice_in_a_night(&self) -> Result<()> {
        let before = self.account.names()?;
        let took = ["encoder-01: took nightly-", "archive: took nightly-"];
        self.run(&[TAG], 0, &[took.as_slice(), &[ALL_WELL]].concat())?;
        let after = self.account.names()?;
        let new: Vec<&String> = after.difference(&before).collect();
        check(
            after.is_superset(&before)
                && new.len() == 3
                && new.iter().all(|name| name.starts_with("nightly-")),
            format!("nightly made {new:?}"),
        )?;
        let has = ["encoder-02: has nightly-", "archive: has nightly-"];
        self.run(&[TAG], 0, &[has.as_slice(), &[ALL_WELL]].concat())?;
        check(
            self.account.names()? == after,
            "a second run in a night changed something".to_owned(),
        )
    }

    /// What is called after one droplet passes for old snapshots by that prefix: of ten of one day the newest is
    /// kept, and the oldest of all.
    fn old_ones_are_deleted(&self) -> Result<()> {
        let before = self.account.names()?;
        let expected = [
            "; 3 kept, 8 deleted\n",
            "3 with a snapshot of tonight, 8 old ones deleted, 0 failed\n",
        ];
        self.run(&[TAG, "encoder-01"], 0, &expected)?;
        let after = self.account.names()?;
        let gone: Vec<&String> = before.difference(&after).collect();
        check(
            gone.len() == 8 && gone.iter().all(|name| name.starts_with("encoder-01-0")),
            format!("nightly deleted {gone:?}"),
        )
    }

    /// The mock fails what is called so; there is enough to delete but for that.
    fn nothing_is_deleted_where_tonight_failed(&self) -> Result<()> {
        let old = self.account.snapshots()?;
        let of = |one: &&Value| text(one, "name").starts_with("encoder-02-0");
        for (number, one) in old.iter().filter(of).enumerate() {
            let path = format!("/v2/images/{}", text(one, "id"));
            let named = json!({"name": format!("fail-{number}")});
            self.account.mock.json("PUT", &path, &named.to_string())?;
        }
        let before = self.account.names()?;
        let expected = [
            "encoder-02: no snapshot of tonight, so nothing is deleted\n",
            "the state became `errored`",
            "3 resources, 1 with a snapshot of tonight, 0 old ones deleted, 2 failed\n",
        ];
        self.run(&[TAG, "fail"], 1, &expected)?;
        let after = self.account.names()?;
        check(
            after.is_superset(&before) && after.len() == before.len() + 1,
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
        self.run(&[&droplet, "again", "s-2vcpu-4gb"], 0, &made)?;
        for (path, key) in [
            ("volumes?name=again&", "volumes"),
            ("droplets?name=again&", "droplets"),
        ] {
            let found = self.account.list(path, key)?.len();
            check(found == 1, format!("restore made {found} {key}"))?;
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
