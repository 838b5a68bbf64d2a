//! Snapshots over their life, by the program itself against the stand-in: that nothing is taken twice and nothing is
//! deleted that should stay, whatever goes wrong.

#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod common;

use std::fs::File;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use common::{Home, Ran};
use serde_json::Value;
use snapline_mock::{Builder, Mock};

/// A server, and a home directory of nobody.
struct Place {
    mock: Mock,
    home: Home,
}

fn place(builder: Builder) -> Place {
    slow_place(builder, Duration::ZERO)
}

/// One where things stay in the making for a while.
fn slow_place(builder: Builder, settle: Duration) -> Place {
    Place {
        mock: builder
            .faults(true)
            .settle(settle)
            .start_blocking()
            .unwrap(),
        home: Home::new(),
    }
}

impl Place {
    /// The program for one provider.
    fn of(&self, provider: &str, words: &[&str]) -> Ran {
        self.program(provider, words).output().unwrap().into()
    }

    fn program(&self, provider: &str, words: &[&str]) -> Command {
        let all = self.mock.environments();
        let (_, environment) = all.iter().find(|(name, _)| *name == provider).unwrap();
        let brief = ["--backoff-base", "1ms", "--backoff-cap", "2ms"];
        let mut program = self
            .home
            .command(&[&brief[..], &["--retry-budget", "10000"], words].concat());
        program
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .envs(environment.iter().map(|(name, value)| (name, value)));
        program
    }

    fn run(&self, words: &[&str]) -> Ran {
        self.of("digitalocean", words)
    }

    /// A night over what carries the stand-in's tag, with other words before it.
    fn night(&self, more: &[&str]) -> Ran {
        let tag = [
            "rotate",
            "--tag",
            &self.mock.tag(),
            "--json",
            "--wait-not-found-grace",
            "50ms",
        ];
        self.run(&[&tag, more].concat())
    }

    fn requests(&self, method: &str) -> usize {
        let all = self.mock.requests();
        all.iter().filter(|it| it.method == method).count()
    }

    fn file(&self, name: &str) -> String {
        self.home.path().join(name).to_str().unwrap().to_owned()
    }

    fn snapshots(&self) -> Vec<Value> {
        let listed = self
            .run(&["do", "snapshots", "list", "--all", "--json"])
            .ok();
        listed.json().as_array().unwrap().clone()
    }
}

const KEEP: [&str; 4] = ["--keep-daily", "3", "--keep-weekly", "1"];

/// What the only rotation of a report came to.
fn counts(report: &Value) -> (u64, u64, u64) {
    let rotated = &report["rotations"][0];
    let number = |name: &str| rotated[name].as_u64().unwrap();
    (number("taken"), number("deleted"), number("failed"))
}

#[test]
fn a_night_takes_one_of_each_and_a_second_run_sends_no_post() {
    let place = place(Mock::builder().volumes(3).snapshots(30));
    let foreseen = place
        .night(&[&KEEP[..], &["--dry-run"]].concat())
        .ok()
        .json();
    assert_eq!((place.requests("POST"), place.requests("DELETE")), (0, 0));
    let report = place.night(&KEEP).ok().json();
    let (taken, deleted, failed) = counts(&report);
    // Three volumes and two droplets; of each volume ten days were there.
    assert_eq!((taken, failed), (5, 0));
    assert_eq!(counts(&foreseen).1, deleted);
    assert!((21..=24).contains(&deleted), "{deleted}");
    let posts = place.requests("POST");
    assert_eq!(posts, 5);
    // A tag that nothing has is a slip of somebody who believes that it is kept safe.
    let none = place.run(&["rotate", "--tag", "mistyped", "--json"]);
    assert_eq!(
        (none.code, counts(&none.json())),
        (5, (0, 0, 1)),
        "{}",
        none.stderr
    );
    let before = place.mock.requests().len();
    let again = place.night(&KEEP).ok().json();
    assert_eq!(counts(&again), (0, 0, 0));
    // One page each of droplets, volumes and the snapshots of both; shares have no tags, and are not listed.
    assert_eq!(place.mock.requests().len() - before, 4);
    assert_eq!(place.requests("POST"), posts);
    // The next night has another name.
    let next = [&KEEP[..], &["--snapshot-name", "nightly-{date}-b"]].concat();
    assert_eq!(counts(&place.night(&next).ok().json()), (5, 3, 0));
}

#[test]
fn b27_lost_answers_and_refusals_make_no_second_snapshot() {
    for fault in ["lose*1", "503*1", "503*1,lose*1", "503*2,only:GET"] {
        let place = place(Mock::builder().volumes(3).snapshots(30));
        let header = format!("x-mock-fault={fault}");
        let report = place.night(&[&KEEP[..], &["--header", &header]].concat());
        let (taken, _, failed) = counts(&report.json());
        assert_eq!(
            (report.code, taken, failed),
            (0, 5, 0),
            "{fault}: {}{}",
            report.stdout,
            report.stderr
        );
        let rotated = report.json();
        let name = rotated["rotations"][0]["things"][0]["snapshot"]["name"]
            .as_str()
            .unwrap()
            .to_owned();
        let tonights = place
            .snapshots()
            .iter()
            .filter(|it| it["name"] == name.as_str())
            .count();
        assert_eq!(tonights, 5, "{fault}");
        let posts = place.requests("POST");
        place.night(&KEEP).ok();
        assert_eq!(place.requests("POST"), posts, "{fault}");
    }
}

#[test]
fn what_goes_on_when_a_run_ends_is_waited_for_by_the_next() {
    let place = slow_place(Mock::builder().snapshots(0), Duration::from_secs(2));
    let droplets = ["--kind", "droplet", "--wait-first-interval", "100ms"];
    let ended = place.night(&[&droplets[..], &["--wait-timeout", "200ms"]].concat());
    assert_eq!(
        (ended.code, counts(&ended.json())),
        (11, (0, 0, 2)),
        "{}",
        ended.stderr
    );
    let report = place.night(&droplets).ok().json();
    assert_eq!(report["rotations"][0]["things"][0]["outcome"], "there");
    assert_eq!((place.requests("POST"), place.snapshots().len()), (2, 2));
}

#[test]
fn a_droplet_is_switched_off_for_its_snapshot_and_on_again() {
    let place = place(Mock::builder().snapshots(0));
    place.night(&["--kind", "droplet", "--powered-off"]).ok();
    // Each of the two is shut down, its snapshot taken, and it is switched on.
    assert_eq!((place.requests("POST"), place.snapshots().len()), (6, 2));
}

#[cfg(unix)]
#[test]
fn a_run_that_is_stopped_tells_what_it_did_lets_the_lock_go_and_the_next_goes_on() {
    for signal in ["-INT", "-TERM"] {
        let place = slow_place(
            Mock::builder().volumes(2).snapshots(4),
            Duration::from_secs(3),
        );
        let (report, told) = (place.file("report.json"), place.file("told.json"));
        let command = format!("cat > {told}");
        let tag = &place.mock.tag();
        let words = [
            "rotate",
            "--tag",
            tag,
            "--wait-first-interval",
            "100ms",
            "--json",
            "--parallel",
            "1",
        ];
        let more = ["--report", &report, "--exec-on-failure", &command];
        let mut program = place.program("digitalocean", &[&words[..], &more].concat());
        let running = program
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // The first of two droplets has its snapshot, and that of the second is being made.
        while place.requests("POST") < 2 {
            std::thread::sleep(Duration::from_millis(20));
        }
        std::thread::sleep(Duration::from_millis(300));
        let id = running.id().to_string();
        let stopped = Command::new("kill").args([signal, &id]).status().unwrap();
        assert!(stopped.success());
        let ended = Ran::from(running.wait_with_output().unwrap());
        assert_eq!(ended.code, 130, "{signal}: {}", ended.stderr);
        assert_eq!(ended.error()["kind"], "cancelled");
        let written = ended.json();
        assert_eq!(
            (&written["stopped"], &written["ok"]),
            (&true.into(), &false.into())
        );
        let rotated = &written["rotations"][0];
        let things = rotated["things"].as_array().unwrap();
        let outcomes: Vec<&str> = things
            .iter()
            .map(|it| it["outcome"].as_str().unwrap())
            .collect();
        assert_eq!(outcomes, ["taken", "stopped", "not_begun", "not_begun"]);
        assert_eq!(
            (&rotated["taken"], &rotated["failed"], &rotated["not_begun"]),
            (&1.into(), &1.into(), &2.into())
        );
        assert_eq!(things[1]["failures"][0]["code"], 130);
        for file in [&report, &told] {
            let text = std::fs::read_to_string(file).unwrap();
            let value: Value = serde_json::from_str(&text).unwrap();
            assert_eq!(value, written, "{file}");
        }
        let report = place.run(&words).ok().json();
        let outcomes: Vec<&Value> = report["rotations"][0]["things"]
            .as_array()
            .unwrap()
            .iter()
            .map(|it| &it["outcome"])
            .collect();
        assert_eq!(outcomes, ["there", "there", "taken", "taken"]);
        // One of each thing, whatever was stopped.
        assert_eq!((place.requests("POST"), place.snapshots().len()), (4, 8));
    }
}

#[cfg(unix)]
#[test]
fn b26_machines_that_were_switched_off_when_a_run_is_stopped_are_on_again() {
    let place = slow_place(Mock::builder().snapshots(0), Duration::from_secs(1));
    let tag = &place.mock.tag();
    let words = [
        "rotate",
        "--tag",
        tag,
        "--kind",
        "droplet",
        "--powered-off",
        "--wait-first-interval",
        "100ms",
        "--json",
    ];
    let running = place
        .program("digitalocean", &words)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // Both are off, and their snapshots being made.
    while place.requests("POST") < 4 {
        std::thread::sleep(Duration::from_millis(20));
    }
    std::thread::sleep(Duration::from_millis(300));
    let id = running.id().to_string();
    Command::new("kill").args(["-TERM", &id]).status().unwrap();
    let ended = Ran::from(running.wait_with_output().unwrap());
    assert_eq!(ended.code, 130, "{}", ended.stderr);
    for droplet in place.mock.droplets() {
        let words = ["do", "droplets", "get", &droplet.to_string(), "--json"];
        let shown = place.run(&words).ok().json();
        assert_eq!(shown["status"], "active", "{}", ended.stderr);
    }
}

#[test]
fn of_what_is_refused_nothing_is_deleted_and_the_report_goes_to_whoever_looks() {
    let place = place(Mock::builder().volumes(3).snapshots(30));
    let (told, report) = (place.file("told.json"), place.file("report.json"));
    let command = format!("cat > {told}");
    let more = [
        "--header",
        "x-mock-fault=422*9,only:POST",
        "--exec-on-failure",
        &command,
        "--report",
        &report,
    ];
    let ended = place.night(&[&KEEP[..], &more].concat());
    assert_eq!(ended.code, 4, "{}", ended.stderr);
    assert_eq!(
        (counts(&ended.json()), place.requests("DELETE")),
        ((0, 0, 5), 0)
    );
    let read = |path: &str| -> Value {
        serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
    };
    assert_eq!((read(&told), read(&report)), (ended.json(), ended.json()));
    let failed = &read(&told)["rotations"][0]["things"][0];
    assert_eq!(
        (&failed["outcome"], &failed["failures"][0]["code"]),
        (&"failed".into(), &4.into())
    );
    // A command that fails is told, and changes nothing; one of a night that went well is not run.
    let ended = place.night(&[
        "--header",
        "x-mock-fault=422*9,only:POST",
        "--exec-on-failure",
        "exit 7",
    ]);
    assert!(
        ended.stderr.contains("`exit 7` ended with exit status: 7"),
        "{}",
        ended.stderr
    );
    std::fs::remove_file(&told).unwrap();
    place.night(&["--exec-on-failure", &command]).ok();
    assert!(!Path::new(&told).exists());
}

#[test]
fn b13_limits_of_the_service_are_told_and_nothing_goes_for_them() {
    let place = place(
        Mock::builder()
            .volumes(2)
            .snapshots(50)
            .snapshot_limits(true),
    );
    let volumes = ["--kind", "volume"];
    let ended = place.night(&[&KEEP[..], &volumes].concat());
    assert_eq!(
        (ended.code, place.requests("DELETE")),
        (4, 0),
        "{}",
        ended.stdout
    );
    let failed = ended.json()["rotations"][0]["things"][0]["failures"][0]["message"].clone();
    assert!(
        failed
            .as_str()
            .unwrap()
            .contains("a volume has 25 snapshots at most"),
        "{failed}"
    );
    let foreseen = place
        .night(&[&KEEP[..], &volumes, &["--dry-run"]].concat())
        .ok()
        .json();
    let warned = &foreseen["rotations"][0]["things"][0]["warnings"][0];
    assert!(warned.as_str().unwrap().contains("25"), "{warned}");
}

#[test]
fn b13_a_second_one_in_ten_minutes_is_refused_with_the_time_to_come_again() {
    let place = place(
        Mock::builder()
            .volumes(1)
            .snapshots(3)
            .snapshot_limits(true),
    );
    let volumes = ["--kind", "volume"];
    place.night(&[&KEEP[..], &volumes].concat()).ok();
    let next = [
        &KEEP[..],
        &volumes,
        &["--snapshot-name", "nightly-{date}-b"],
    ]
    .concat();
    let ended = place.night(&next);
    assert_eq!(ended.code, 6, "{}", ended.stdout);
    assert!(
        ended
            .stdout
            .contains("a volume takes one snapshot in 10 minutes"),
        "{}",
        ended.stdout
    );
    // With a least interval it is not asked for.
    let posts = place.requests("POST");
    let ended = place
        .night(&[&next[..], &["--min-interval", "20h"]].concat())
        .ok();
    assert_eq!(
        ended.json()["rotations"][0]["things"][0]["outcome"],
        "not_due"
    );
    assert_eq!(place.requests("POST"), posts);
}

/// Makes a share; gives what the command prints of it.
fn share_called_media(place: &Place) -> Value {
    let make = [
        "do",
        "nfs",
        "create",
        "--name",
        "media",
        "--size-gib",
        "50",
        "--region",
        "ams3",
        "--vpc-ids",
        "0b9c8d7e-1f2a-4b3c-8d4e-5f6a7b8c9d0e",
        "--wait",
        "--json",
    ];
    place.run(&make).ok().json()
}

#[test]
fn a_share_whose_snapshot_fails_keeps_the_old_ones_and_its_paths_are_told() {
    let place = place(Mock::builder().snapshots(0));
    let share = share_called_media(&place);
    let night = |more: &[&str]| {
        let words = [
            "rotate",
            "--name",
            "media",
            "--kind",
            "nfs",
            "--keep-last",
            "1",
            "--json",
        ];
        place.run(&[&words, more].concat())
    };
    assert_eq!(counts(&night(&[]).ok().json()), (1, 0, 0));
    let ended = night(&["--snapshot-name", "fail-{date}", "--prefix", "fail"]);
    assert_eq!(
        (ended.code, counts(&ended.json())),
        (10, (0, 0, 1)),
        "{}",
        ended.stdout
    );
    let id = share["id"].as_str().unwrap();
    let path = place
        .run(&["path", "media", "--mount", "/mnt/media", "--json"])
        .ok()
        .json();
    let mount = path["mount"][0].as_str().unwrap();
    assert!(
        mount.starts_with("mount -t nfs ") && mount.ends_with(" /mnt/media"),
        "{mount}"
    );
    assert_eq!(path["share"], id);
    let place_of = path["snapshots"][0]["path"].as_str().unwrap();
    assert!(
        place_of.starts_with("/mnt/media/.snapshot/nightly-"),
        "{place_of}"
    );
    let refused = place.run(&[
        "restore", "--of", "media", "--kind", "nfs", "--name", "again",
    ]);
    assert!(
        refused.code == 2 && refused.stderr.contains("snapline path"),
        "{}",
        refused.stderr
    );
    let none = place.run(&["path", "none", "--json"]);
    assert_eq!((none.code, &none.error()["kind"]), (5, &"api".into()));
    let none = place.run(&["path", "media", "--snapshot", "none"]);
    assert!(
        none.code == 5 && none.stderr.contains("has no snapshot `none`"),
        "{}",
        none.stderr
    );
}

#[test]
fn one_run_at_a_time_holds_the_lock_and_none_is_left_behind() {
    let place = place(Mock::builder().volumes(1).snapshots(3));
    let path = place.file("lock");
    std::fs::write(&path, "process 4711 since yesterday\n").unwrap();
    let held = File::open(&path).unwrap();
    held.lock().unwrap();
    let ended = place.night(&["--lock", &path]);
    assert_eq!((ended.code, place.mock.requests().len()), (14, 0));
    assert!(
        ended.stderr.contains("process 4711 since yesterday"),
        "{}",
        ended.stderr
    );
    // To try out takes no lock.
    place.night(&["--lock", &path, "--dry-run"]).ok();
    drop(held);
    place.night(&["--lock", &path]).ok();
    assert!(
        std::fs::read_to_string(&path)
            .unwrap()
            .starts_with("process ")
    );
    // Without a name it is in the home directory.
    place.night(&[]).ok();
    assert!(
        place
            .home
            .path()
            .join(".local/state/snapline/rotate.lock")
            .exists()
    );
}

#[test]
fn a_year_of_nights_is_told_without_a_request() {
    let place = place(Mock::builder());
    let year = |more: &[&str]| {
        let words = ["rotate", "--tag", "db", "--simulate", "--json"];
        place.run(&[&words, more].concat())
    };
    let ended = year(&["--keep-daily", "7", "--keep-weekly", "4"])
        .ok()
        .json();
    let told = &ended[0];
    let number = |name: &str| told[name].as_u64().unwrap();
    assert_eq!(
        (
            number("nights"),
            number("most"),
            told["over"].as_array().unwrap().len()
        ),
        (365, 11, 0)
    );
    assert!((9..=10).contains(&number("at_the_end")), "{told}");
    assert_eq!(number("longest_gap_seconds"), 7 * 86_400);
    assert_eq!(told["after_each"].as_array().unwrap().len(), 365);
    // 25 days are as many as there may be, and then there is one more.
    let ended = year(&["--keep-daily", "25"]);
    assert_eq!(
        (ended.code, &ended.json()[0]["over"][0]["on"]),
        (4, &26.into())
    );
    assert_eq!(year(&["--keep-daily", "24"]).code, 0);
    assert_eq!(place.mock.requests().len(), 0);
}

#[test]
fn a_file_of_rotations_is_done_one_after_the_other() {
    let place = place(Mock::builder().volumes(2).snapshots(8));
    let path = place.file("policy.toml");
    let policy = format!(
        "[[rotation]]\nname = 'tagged'\nprovider = 'do'\ntags = ['{}']\nkinds = ['volume']\nkeep_daily = 3\n\n\
         [[rotation]]\nname = 'elsewhere'\nprovider = 'ovhcloud'\nnames = ['x']\nkeep_daily = 3\n",
        place.mock.tag()
    );
    std::fs::write(&path, &policy).unwrap();
    let ended = place.run(&["rotate", "--policy", &path, "--json"]);
    // The second has no credentials, and the first is done all the same.
    assert_eq!(ended.code, 3, "{}{}", ended.stdout, ended.stderr);
    let rotations = &ended.json()["rotations"];
    assert_eq!(
        (&rotations[0]["taken"], &rotations[0]["failed"]),
        (&2.into(), &0.into())
    );
    assert_eq!(
        (&rotations[1]["rotation"], &rotations[1]["failed"]),
        (&"elsewhere".into(), &1.into())
    );
    place
        .run(&["rotate", "--policy", &path, "--rotation", "tagged"])
        .ok();
    for (text, said) in [
        (
            policy.replace("keep_daily", "keep_dayly"),
            "there is no setting `keep_dayly`",
        ),
        (
            policy.replace("tags = ", "tag = "),
            "there is no setting `tag`",
        ),
        ("[[rotation".to_owned(), "the policy file"),
    ] {
        std::fs::write(&path, text).unwrap();
        let ended = place.run(&["rotate", "--policy", &path]);
        assert!(
            ended.code == 2 && ended.stderr.contains(said),
            "{}: {}",
            ended.code,
            ended.stderr
        );
    }
    let ended = place.run(&["rotate", "--keep-daily", "7"]);
    assert!(
        ended.code == 2 && ended.stderr.contains("nothing says what it is for"),
        "{}",
        ended.stderr
    );
}

#[test]
fn b28_a_rotation_goes_by_the_profile_that_it_names() {
    let place = place(
        Mock::builder()
            .volumes(1)
            .snapshots(3)
            .token("dop_v1_of_production"),
    );
    let folder = place.home.path().join(".config").join("snapline");
    std::fs::create_dir_all(&folder).unwrap();
    let url = place.mock.url();
    let token = place.file("token");
    std::fs::write(&token, "dop_v1_of_production\n").unwrap();
    let profile =
        format!("[profiles.production.digitalocean]\ntoken_file = '{token}'\nbase_url = '{url}'\n");
    std::fs::write(folder.join("config.toml"), profile).unwrap();
    let path = place.file("policy.toml");
    let policy = format!(
        "[[rotation]]\nprofile = 'production'\ntags = ['{}']\nkinds = ['volume']\n",
        place.mock.tag()
    );
    std::fs::write(&path, &policy).unwrap();
    // What the environment has is another account's.
    let words = ["rotate", "--policy", &path, "--json"];
    let ended = Ran::from(
        place
            .program("digitalocean", &words)
            .env("DIGITALOCEAN_TOKEN", "dop_v1_of_another")
            .output()
            .unwrap(),
    );
    assert_eq!(counts(&ended.ok().json()), (1, 0, 0));
    std::fs::write(&path, policy.replace("production", "nobody")).unwrap();
    let ended = place.run(&words);
    assert!(
        ended.code == 3 && ended.stdout.contains("no profile `nobody`"),
        "{}{}",
        ended.stdout,
        ended.stderr
    );
}

#[test]
fn a_snapshot_becomes_a_new_thing_once() {
    let place = place(Mock::builder().volumes(1).snapshots(3));
    let volume = &place.mock.volumes().pop().unwrap();
    let words = [
        "restore", "--of", volume, "--prefix", "nightly-", "--name", "again", "--json",
    ];
    let foreseen = place
        .run(&[&words[..], &["--dry-run"]].concat())
        .ok()
        .json();
    assert_eq!(
        (&foreseen["kind"], place.requests("POST")),
        (&"volume".into(), 0)
    );
    let lossy = [
        "--header",
        "x-mock-fault=lose*1",
        "--wait-not-found-grace",
        "50ms",
    ];
    let made = place.run(&[&words[..], &lossy].concat()).ok().json();
    let all = place
        .run(&["do", "volumes", "list", "--all", "--json"])
        .ok()
        .json();
    let again: Vec<&Value> = all
        .as_array()
        .unwrap()
        .iter()
        .filter(|it| it["name"] == "again")
        .collect();
    assert_eq!(again.len(), 1);
    assert_eq!(
        (&again[0]["id"], &made["size"]),
        (&made["id"], &again[0]["size_gigabytes"])
    );
    // A droplet goes on the cheapest size that its snapshot fits on.
    place.night(&["--kind", "droplet"]).ok();
    let droplet = place.mock.droplets()[0].to_string();
    let words = ["restore", "--of", &droplet, "--name", "clone", "--json"];
    let lossy = [
        "--header",
        "x-mock-fault=lose*1,only:POST",
        "--wait-not-found-grace",
        "50ms",
    ];
    let made = place.run(&[&words[..], &lossy].concat()).ok().json();
    let all = place
        .run(&["do", "droplets", "list", "--all", "--json"])
        .ok()
        .json();
    let clones = all
        .as_array()
        .unwrap()
        .iter()
        .filter(|it| it["name"] == "clone");
    assert_eq!(clones.count(), 1);
    assert!(
        made["size"].is_string() && made["thing"]["status"] == "active",
        "{made}"
    );
    // Whether a request was carried out whose look failed too is as unknown as before.
    let refused = ["--header", "x-mock-fault=503*1,only:POST"];
    let words = ["restore", "--of", volume, "--name", "third", "--json"];
    let unknown = place.run(&[&words[..], &refused, &["--wait-timeout", "100ms"]].concat());
    let why = "whether it was carried out could not be found out either";
    assert!(
        unknown.code == 12 && unknown.stderr.contains(why),
        "{}",
        unknown.stderr
    );
    assert_eq!(unknown.error()["outcome_unknown"], true);
    let none = place.run(&["restore", "404", "--name", "again"]);
    assert!(
        none.code == 5 && none.stderr.contains("no snapshot with the id `404`"),
        "{}",
        none.stderr
    );
}

#[test]
fn b30_what_is_made_of_a_snapshot_takes_the_options_of_its_own_command() {
    let place = place(Mock::builder().volumes(1).snapshots(3));
    place.night(&["--kind", "droplet"]).ok();
    let droplet = place.mock.droplets()[0].to_string();
    let restore = |further: &[&str]| {
        let words = [
            "restore", "--of", &droplet, "--name", "clone", "--json", "--",
        ];
        place.run(&[&words, further].concat())
    };
    let posts = place.requests("POST");
    let made = restore(&["--tags", "web", "--tags", "db", "--monitoring"])
        .ok()
        .json();
    assert_eq!(
        (&made["thing"]["tags"], &made["further"]["monitoring"]),
        (&serde_json::json!(["web", "db"]), &true.into())
    );
    let sent = place.mock.requests();
    let sent = sent.iter().filter(|it| it.method == "POST").nth(posts);
    assert_eq!(sent.unwrap().target, "/v2/droplets");
    // What it would be is told without making it.
    let posts = place.requests("POST");
    let words = [
        "restore",
        "--of",
        &droplet,
        "--name",
        "x",
        "--dry-run",
        "--json",
    ];
    let foreseen = place
        .run(&[&words[..], &["--", "--ipv6"]].concat())
        .ok()
        .json();
    assert_eq!(foreseen["further"], serde_json::json!({"ipv6": true}));
    // What restore itself says, what no such command knows, and what has another type.
    for (further, said) in [
        (&["--image", "1"][..], "unexpected argument '--image'"),
        (&["--sssh-keys", "1"], "unexpected argument '--sssh-keys'"),
    ] {
        let refused = restore(further);
        assert!(
            refused.code == 2 && refused.stderr.contains(said),
            "{}",
            refused.stderr
        );
    }
    // Where there is one kind alone, nothing is sent at all.
    let requests = place.mock.requests().len();
    let words = [
        "restore", "1", "--name", "x", "--kind", "droplet", "--", "--size", "s",
    ];
    assert_eq!(place.run(&words).code, 2);
    assert_eq!(place.mock.requests().len(), requests);
    // A volume has other options: what its snapshot does not know is found out before anything is made.
    let volume = &place.mock.volumes().pop().unwrap();
    let words = ["restore", "--of", volume, "--name", "again", "--", "--ipv6"];
    let refused = place.run(&words);
    let said = "options of `snapline do volumes create` stand for a volume";
    assert!(
        refused.code == 2 && refused.stderr.contains(said),
        "{}",
        refused.stderr
    );
    assert_eq!(place.requests("POST"), posts);
    let help = place.run(&["restore", "--help"]).ok().stdout;
    for line in [
        "  droplet, `snapline do droplets create`: --ssh-keys ",
        "  volume, `snapline do volumes create`: --description ",
        "  share, `snapline ovh netapp shares create`: --protocol ",
    ] {
        assert!(help.contains(line) && !help.contains("--image"), "{help}");
    }
}

#[test]
fn a_droplets_snapshot_is_copied_where_it_is_not_and_a_volumes_is_not() {
    let place = place(Mock::builder().volumes(1).snapshots(3));
    place.night(&[]).ok();
    let droplet = place.mock.droplets()[0].to_string();
    let words = ["copy", "--of", &droplet, "--to", "nyc3,sfo3", "--json"];
    let lossy = [
        "--header",
        "x-mock-fault=lose*1,only:POST",
        "--wait-not-found-grace",
        "50ms",
    ];
    let outcomes = |told: Value| -> Vec<String> {
        let all = told.as_array().unwrap().iter();
        all.map(|it| it["outcome"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(
        outcomes(
            place
                .run(&[&words[..], &["--dry-run"]].concat())
                .ok()
                .json()
        ),
        ["would_copy"; 2]
    );
    assert_eq!(
        outcomes(place.run(&[&words[..], &lossy].concat()).ok().json()),
        ["copied"; 2]
    );
    assert_eq!(outcomes(place.run(&words).ok().json()), ["there"; 2]);
    let none = place.run(&["copy", "--of", "none", "--to", "nyc3"]);
    assert_eq!(none.code, 5, "{}", none.stderr);
    let volume = &place.mock.volumes().pop().unwrap();
    let refused = place.run(&[
        "copy", "--of", volume, "--kind", "volume", "--to", "nyc3", "--json",
    ]);
    assert!(
        refused.code != 0 && refused.stderr.contains("cannot be copied"),
        "{}",
        refused.stderr
    );
}

#[test]
fn costs_are_summed_and_orphans_found_and_deleted_only_when_agreed() {
    let place = place(Mock::builder().volumes(2).snapshots(8));
    let cost = place.run(&["cost", "--json"]).ok().json();
    let volumes = &cost["kinds"][0];
    let (gigabytes, month) = (
        volumes["gigabytes"].as_f64().unwrap(),
        volumes["month"].as_f64().unwrap(),
    );
    assert_eq!(
        (&volumes["of"], &volumes["snapshots"]),
        (&"volume".into(), &8.into())
    );
    assert!((gigabytes * 0.06 - month).abs() < 0.01, "{volumes}");
    assert_eq!(cost["tags"][0]["of"], place.mock.tag());
    assert!(
        cost["prices"][0]["source"]
            .as_str()
            .unwrap()
            .starts_with("https://"),
        "{cost}"
    );
    let table = place.run(&["cost", "--by", "thing"]).ok();
    assert!(
        table.stdout.contains("tagged-0001") && table.stderr.contains("a month in all"),
        "{}{}",
        table.stdout,
        table.stderr
    );

    // What nobody knows the price of costs not nothing, but something that nobody knows.
    share_called_media(&place);
    place
        .run(&["rotate", "--name", "media", "--kind", "nfs"])
        .ok();
    let cost = place.run(&["cost", "--json"]).ok().json();
    let shares = cost["kinds"]
        .as_array()
        .unwrap()
        .iter()
        .find(|it| it["of"] == "nfs");
    assert_eq!(
        (&shares.unwrap()["month"], &cost["unpriced"]),
        (&Value::Null, &serde_json::json!(["nfs"]))
    );
    let table = place.run(&["cost"]).ok();
    let line = table.stdout.lines().find(|line| line.starts_with("nfs"));
    assert!(
        line.is_some_and(|line| line.contains("unknown"))
            && table
                .stderr
                .contains("the price of snapshots of nfs is unknown: they are in no sum")
            && table.stderr.contains("nfs: price unknown: DigitalOcean"),
        "{}{}",
        table.stdout,
        table.stderr
    );
    let table = place
        .run(&["cost", "--kind", "nfs", "--output", "csv"])
        .ok();
    assert!(
        table.stdout.contains(",unknown,") && table.stderr.contains("there is no sum"),
        "{}{}",
        table.stdout,
        table.stderr
    );

    assert_eq!(
        place.run(&["orphans", "--json"]).ok().json(),
        Value::Array(Vec::new())
    );
    let volume = &place.mock.volumes().pop().unwrap();
    place
        .run(&["do", "volumes", "delete", volume, "--yes"])
        .ok();
    let found = place.run(&["orphans", "--json"]).ok().json();
    let found = found.as_array().unwrap();
    assert!(
        found.len() == 4 && found.iter().all(|it| it["of"] == volume.as_str()),
        "{found:?}"
    );
    let deletes = place.requests("DELETE");
    let ended = place.run(&["orphans", "--delete"]);
    assert_eq!(
        (ended.code, place.requests("DELETE")),
        (2, deletes),
        "{}",
        ended.stderr
    );
    let gone = place
        .run(&["orphans", "--delete", "--yes", "--json"])
        .ok()
        .json();
    assert!(
        gone.as_array()
            .unwrap()
            .iter()
            .all(|it| it["deleted"] == true),
        "{gone}"
    );
    assert_eq!(place.snapshots().len(), 4);
}

#[test]
fn shares_that_are_listed_by_service_are_rotated_the_same() {
    let place = place(Mock::builder());
    let services = place
        .of("ovhcloud", &["ovh", "netapp", "list", "--json"])
        .ok()
        .json();
    let service = services[0]["id"].as_str().unwrap().to_owned();
    let make = [
        "ovh",
        "netapp",
        "shares",
        "create",
        &service,
        "--name",
        "books",
        "--protocol",
        "NFS",
        "--size",
        "100",
        "--wait",
        "--json",
    ];
    place.of("ovhcloud", &make).ok();
    let words = ["rotate", "--name", "books", "--keep-last", "1", "--json"];
    let lossy = [
        "--header",
        "x-mock-fault=lose*1,only:POST",
        "--wait-not-found-grace",
        "50ms",
    ];
    let report = place
        .of("ovhcloud", &[&words[..], &lossy].concat())
        .ok()
        .json();
    assert_eq!(counts(&report), (1, 0, 0));
    let next = ["--snapshot-name", "nightly-{date}-b"];
    let report = place
        .of("ovhcloud", &[&words[..], &next].concat())
        .ok()
        .json();
    assert_eq!(counts(&report), (1, 1, 0));
    let made = place
        .of(
            "ovhcloud",
            &["restore", "--of", "books", "--name", "again", "--json"],
        )
        .ok()
        .json();
    assert_eq!(
        (&made["kind"], &made["size"]),
        (&"share".into(), &100.into())
    );
    let path = place
        .of("ovhcloud", &["path", "books", "--json"])
        .ok()
        .json();
    assert!(
        path["mount"][0]
            .as_str()
            .unwrap()
            .starts_with("mount -t nfs "),
        "{path}"
    );
}
