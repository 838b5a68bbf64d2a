//! Where credentials and settings come from (B28): what is named, the environment, files, in this order.

#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod common;

use common::{Home, Ran, create};
use snapline_mock::Mock;

const CONFIG: &str = ".config/snapline/config.toml";

/// A mock that takes one token alone.
fn mock(token: &str) -> Mock {
    Mock::builder().token(token).start_blocking().unwrap()
}

/// A home that knows where the mock is, and no credentials.
fn home(mock: &Mock) -> Home {
    let mut home = Home::new();
    home.set("SNAPLINE_DIGITALOCEAN_URL", &mock.url());
    home
}

fn lists(home: &Home, more: &[&str]) -> Ran {
    home.run(&[&["do", "nfs", "list", "--json"], more].concat())
}

#[test]
fn b28_a_profile_weighs_less_than_the_environment_unless_it_is_named() {
    let mock = mock("of-the-profile");
    let mut home = home(&mock);
    home.write(CONFIG, "[profiles.default.do]\ntoken = \"of-the-profile\"\n[profiles.other.do]\ntoken = \"of-the-profile\"\n");
    assert_eq!(lists(&home, &[]).code, 0);
    home.set("DIGITALOCEAN_TOKEN", "of-the-environment");
    let refused = lists(&home, &[]);
    assert_eq!(
        (refused.code, refused.error()["status"].as_u64()),
        (4, Some(401))
    );
    assert_eq!(lists(&home, &["--profile", "default"]).code, 0);
    home.set("SNAPLINE_PROFILE", "other");
    assert_eq!(lists(&home, &[]).code, 4);
    let nobody = lists(&home, &["--profile", "nobody"]);
    assert_eq!(nobody.code, 3);
    assert!(
        nobody.stderr.contains("there are default, other"),
        "{}",
        nobody.stderr
    );
}

#[test]
fn b28_a_token_can_be_in_a_file_or_come_from_a_program() {
    let mock = mock("kept-elsewhere");
    let home = home(&mock);
    home.write("secret", "kept-elsewhere\n");
    for line in [
        "token_file = \"~/secret\"",
        "token_command = [\"cat\", \"secret\"]",
    ] {
        home.write(CONFIG, format!("[profiles.default.digitalocean]\n{line}\n"));
        let ran = lists(&home, &[]);
        assert_eq!(ran.code, 0, "{line}: {}", ran.stderr);
    }
    for (line, why) in [
        ("token_file = \"nowhere\"", "cannot be read"),
        ("token_command = [\"false\"]", "ended with"),
        (
            "token_command = [\"no-such-program-here\"]",
            "cannot be started",
        ),
        ("token_command = \"cat secret\"", "must be a list"),
        ("token_command = [\"true\"]", "gives nothing"),
        ("tokn = \"a\"", "`tokn` is not known"),
        ("region = \"a\"", "`region` is not known"),
        ("timeout = \"soon\"", "must be a time"),
        ("defaults = {color = \"a\"}", "argument of no call"),
    ] {
        home.write(CONFIG, format!("[profiles.default.digitalocean]\n{line}\n"));
        let ran = home.run(&["do", "nfs", "list"]);
        assert_eq!(ran.code, 3, "{line}: {}", ran.stderr);
        assert!(ran.stderr.contains(why), "{line}: {}", ran.stderr);
    }
}

#[test]
fn b28_contexts_of_doctl_come_last() {
    let mock = mock("of-the-context");
    let mut home = home(&mock);
    let doctl = ".config/doctl/config.yaml";
    home.write(doctl, "access-token: of-nobody\nauth-contexts:\n  work: of-the-context\n  home: of-another\ncontext: work\n");
    assert_eq!(lists(&home, &[]).code, 0);
    assert_eq!(lists(&home, &["--context", "home"]).code, 4);
    assert_eq!(lists(&home, &["--context", "default"]).code, 4);
    let nobody = lists(&home, &["--context", "nobody"]);
    assert_eq!(nobody.code, 3);
    assert!(
        nobody.stderr.contains("there are work, home"),
        "{}",
        nobody.stderr
    );
    home.set("DIGITALOCEAN_TOKEN", "of-the-environment");
    assert_eq!(lists(&home, &[]).code, 4);
    assert_eq!(lists(&home, &["--context", "work"]).code, 0);
    // A file that makes no sense is no reason to show it.
    home.write(doctl, "access-token: [of-the-context\n");
    let broken = lists(&home, &["--context", "work"]);
    assert_eq!(broken.code, 3);
    assert!(
        !broken.stderr.contains("of-the-context"),
        "{}",
        broken.stderr
    );
    let ovh = home.run(&["ovh", "netapp", "list", "--context", "work"]);
    assert_eq!(ovh.code, 2, "{}", ovh.stderr);
}

#[test]
fn b28_ovhcloud_reads_what_its_own_tools_read() {
    let mock = Mock::builder().start_blocking().unwrap();
    let all = mock
        .environments()
        .into_iter()
        .find(|(name, _)| *name == "ovhcloud")
        .unwrap()
        .1;
    let value = |name: &str| {
        all.iter()
            .find(|(known, _)| *known == name)
            .unwrap()
            .1
            .clone()
    };
    let home = Home::new();
    home.write(
        ".ovh.conf",
        format!(
            "[default]\nendpoint={endpoint}\n[{endpoint}]\napplication_key={}\napplication_secret={}\nconsumer_key={}\n",
            value("OVH_APPLICATION_KEY"),
            value("OVH_APPLICATION_SECRET"),
            value("OVH_CONSUMER_KEY"),
            endpoint = value("OVH_ENDPOINT"),
        ),
    );
    let ran = home.run(&["ovh", "netapp", "list", "--json"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
}

#[test]
fn a_profile_has_settings_arguments_and_a_way_to_print() {
    let mock = Mock::builder().start_blocking().unwrap();
    let home = Home::at(&mock);
    home.write(
        CONFIG,
        "profile = \"work\"\n[profiles.work]\noutput = \"jsonl\"\ntimeout = \"20s\"\n\
         [profiles.work.digitalocean.defaults]\nregion = \"nyc3\"\n",
    );
    let shown = home.run(&create("a", "60", &["--dry-run"]));
    assert_eq!(shown.json()["body"]["region"], "nyc3", "{}", shown.stderr);
    let given = create("a", "60", &["--dry-run", "--region", "ams3"]);
    assert_eq!(home.run(&given).json()["body"]["region"], "ams3");
    let shown = home.run(&["do", "nfs", "list", "--region", "atl1", "--dry-run"]);
    // What only reads has no dry run.
    assert_eq!(shown.code, 2);
    let config = home.run(&["config", "show"]);
    assert!(
        config
            .stdout
            .contains(r#""name":"timeout","value":"20s","from":"profile work""#),
        "{}",
        config.stdout
    );
    assert!(
        config
            .stdout
            .contains(r#""value":"[redacted]","from":"DIGITALOCEAN_TOKEN""#),
        "{}",
        config.stdout
    );
    home.write(CONFIG, "[profiles.default]\noutput = \"paper\"\n");
    assert_eq!(home.run(&["config", "show"]).code, 3);
    home.write(CONFIG, "profiles = 1\n");
    assert_eq!(home.run(&["config", "show"]).code, 3);
    home.write(CONFIG, "token = oh no\n");
    let broken = home.run(&["config", "show"]);
    assert!(
        broken.stderr.contains("line 1 is no TOML") && !broken.stderr.contains("oh no"),
        "{}",
        broken.stderr
    );
}

#[cfg(unix)]
#[test]
fn b19_a_file_with_secrets_that_others_can_read_is_told() {
    use std::os::unix::fs::PermissionsExt as _;
    let home = Home::new();
    let path = home.write(
        CONFIG,
        "[profiles.default.digitalocean]\ntoken = \"a-secret-of-some-length\"\n",
    );
    let mode =
        |mode| std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
    mode(0o644);
    let ran = home.run(&["config", "show"]);
    assert!(ran.stderr.contains("chmod 600"), "{}", ran.stderr);
    assert!(!ran.stdout.contains("a-secret"), "{}", ran.stdout);
    mode(0o600);
    assert_eq!(home.run(&["config", "show"]).stderr, "");
    let shown = home.run(&["config", "path"]);
    assert_eq!(shown.stdout.trim_end(), path);
}
