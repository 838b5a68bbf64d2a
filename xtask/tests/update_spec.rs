//! `cargo xtask update-spec` as a person runs it, from trees on disk and over https.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod common;

use std::fs;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::{Arc, Mutex};

use common::{complaint, copy, root, said, snapshot, xtask};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::pki_types::PrivateKeyDer;
use serde_json::Value;
use tempfile::TempDir;

const ENTRY: &str = "
openapi: 3.0.3
info: {title: Kettles, version: '1'}
servers: [{url: 'https://kettles.example'}]
paths:
  /kettles:
    get: {$ref: kettles/list.yml}
  /kettles/{id}:
    get: {$ref: kettles/get.yml}
  /lids:
    get: {$ref: lids/list.yml}
";

const FILES: [(&str, &str); 6] = [
    ("api.yml", ENTRY),
    (
        "kettles/list.yml",
        "operationId: kettles_list\ntags: [Kettles]\ndescription: Their words.\n\
         responses: {'200': {description: Theirs, content: {application/json: {schema: {type: array, items: {$ref: models/kettle.yml}}}}}}\n",
    ),
    (
        "kettles/get.yml",
        "operationId: kettles_get\ntags: [Kettles]\nparameters: [{$ref: '../shared.yml#/id'}]\n\
         responses: {'200': {description: Theirs, content: {application/json: {schema: {$ref: models/kettle.yml}}}}}\n",
    ),
    (
        "kettles/models/kettle.yml",
        "type: object\nproperties:\n  id: {type: string, description: Their words.}\n  state: {type: string, enum: [cold, hot]}\n",
    ),
    (
        "lids/list.yml",
        "operationId: lids_list\ntags: [Lids]\nresponses: {'204': {description: Theirs}}\n",
    ),
    (
        "shared.yml",
        "id: {name: id, in: path, required: true, schema: {type: string}}\n",
    ),
];

const SOURCES: &str = "# The list.

[kettles]
# Where it is from.
upstream = \"https://kettles.example\"
commit = \"0000000\" # of theirs
operations = [{ tag = \"Kettles\" }]
";

const OVERLAY: &str = "
overlay: 1.0.0
info: {title: Ours, version: '1'}
actions:
  - target: $.info
    description: Who it is.
    update:
      x-snapline-provider:
        {name: kettles, prefix: ke, client: Kettles, url_variable: KETTLES_URL, errors: {code: [code], message: [message]}}
";

/// A provider's tree, and a spec/ that selects of it.
struct Both {
    folder: TempDir,
}

impl Both {
    fn new() -> Self {
        let both = Self {
            folder: tempfile::tempdir().unwrap(),
        };
        for (path, text) in FILES {
            both.put(path, text);
        }
        fs::create_dir_all(both.spec().join("kettles")).unwrap();
        fs::write(both.spec().join("sources.toml"), SOURCES).unwrap();
        fs::write(both.spec().join("kettles/overlay.yaml"), OVERLAY).unwrap();
        both
    }

    fn spec(&self) -> PathBuf {
        self.folder.path().join("spec")
    }

    fn tree(&self) -> PathBuf {
        self.folder.path().join("tree")
    }

    /// Writes a file of the tree.
    fn put(&self, path: &str, text: &str) {
        let path = self.tree().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn update(&self, more: &[&str]) -> Output {
        let entry = self.tree().join("api.yml");
        self.update_from(entry.to_str().unwrap(), more)
    }

    fn update_from(&self, from: &str, more: &[&str]) -> Output {
        let spec = self.spec();
        let mut arguments = vec![
            "update-spec",
            "kettles",
            "--spec",
            spec.to_str().unwrap(),
            "--from",
            from,
        ];
        arguments.extend(more);
        xtask(&arguments)
    }

    fn document(&self) -> Value {
        let text = fs::read_to_string(self.spec().join("kettles/upstream.json")).unwrap();
        serde_json::from_str(&text).unwrap()
    }

    fn list(&self) -> String {
        fs::read_to_string(self.spec().join("sources.toml")).unwrap()
    }
}

#[test]
fn a_tree_is_taken_in_and_the_second_time_changes_nothing() {
    let both = Both::new();
    let output = both.update(&["--commit", "abc1234", "--date", "2026-11-26"]);
    assert!(output.status.success(), "{output:?}");
    assert!(
        said(&output).contains("read 6 files from "),
        "{}",
        said(&output)
    );
    assert!(said(&output).contains("no words: "), "{}", said(&output));
    let document = both.document();
    let paths: Vec<&String> = document["paths"].as_object().unwrap().keys().collect();
    assert_eq!(paths, ["/kettles", "/kettles/{id}"]);
    assert!(!document.to_string().contains("Their"), "{document:#}");
    assert_eq!(
        document["x-snapline-upstream"]["not_selected"]["GET /lids"],
        "lids_list [Lids]"
    );
    let list = both.list();
    for kept in [
        "# The list.",
        "# Where it is from.",
        "commit = \"abc1234\" # of theirs",
        "date = \"2026-11-26\"",
        "sha256 = \"",
    ] {
        assert!(list.contains(kept), "{kept} in {list}");
    }

    let before = snapshot(both.folder.path());
    let output = both.update(&[]);
    assert!(
        said(&output).ends_with("upstream.json is as it was\n"),
        "{}",
        said(&output)
    );
    assert!(both.update(&["--check"]).status.success());
    assert_eq!(snapshot(both.folder.path()), before);
}

#[test]
fn a_dry_run_writes_nothing_and_a_check_fails() {
    let both = Both::new();
    let before = snapshot(both.folder.path());
    let output = both.update(&["--dry-run"]);
    assert!(output.status.success());
    assert!(
        said(&output).ends_with("upstream.json would be written; nothing was\n"),
        "{}",
        said(&output)
    );
    let told = complaint(&both.update(&["--check"]));
    assert!(
        told.ends_with("take it in with `cargo xtask update-spec kettles`"),
        "{told}"
    );
    assert_eq!(snapshot(both.folder.path()), before);
}

#[test]
fn tools_get_one_object() {
    let both = Both::new();
    let told: Value = serde_json::from_str(&said(&both.update(&["--json"]))).unwrap();
    assert_eq!(told["provider"], "kettles");
    assert_eq!(
        (&told["files"], &told["changed"], &told["written"]),
        (&6.into(), &true.into(), &true.into())
    );
    let first = &told["findings"][0];
    assert_eq!(first["kind"], "no-words");
    assert_eq!(first["pointer"], "/paths/~1kettles/get");
    assert_eq!(first["operation"], "kettles_list");
    assert!(first["help"].as_str().unwrap().contains("words.yaml"));
}

#[test]
fn what_changed_is_told_with_whom_it_breaks_and_what_is_new_upstream() {
    let both = Both::new();
    assert!(both.update(&[]).status.success());
    let model = FILES[3].1;
    both.put(FILES[3].0, &model.replace("[cold, hot]", "[COLD, HOT]"));
    both.put(
        "api.yml",
        &format!("{ENTRY}  /pots: {{get: {{$ref: pots/list.yml}}}}\n"),
    );
    both.put(
        "pots/list.yml",
        "operationId: pots_list\ntags: [Pots]\nresponses: {'204': {description: Theirs}}\n",
    );
    let told = said(&both.update(&["--dry-run"]));
    for line in [
        "1 change: 1 breaking, 0 compatible, 0 that nobody notices",
        "  S170 BBBBB schema kettle field state, received by GET /kettles, GET /kettles/{id}: values of an enum were \
         replaced by others: cold, hot → COLD, HOT",
        "  GET /pots (pots_list), tagged Pots",
        "## 0.2.0 (not released)",
    ] {
        assert!(told.contains(&format!("{line}\n")), "{line}\n{told}");
    }
    let told: Value = serde_json::from_str(&said(&both.update(&["--json"]))).unwrap();
    let change = &told["changes"]["changes"][0];
    assert_eq!(change["rules"][0]["number"], "S170", "{told:#}");
    assert_eq!(change["verdicts"]["python"], "breaking");
    assert_eq!(told["changes"]["new_tags"][0], "Pots");
    // Nothing of it is new any more.
    let told = said(&both.update(&[]));
    assert!(!told.contains("S170") && !told.contains("/pots"), "{told}");
}

#[test]
fn what_it_changes_for_users_comes_into_the_changelog() {
    let both = Both::new();
    let log = both.folder.path().join("CHANGELOG.md");
    let read = || fs::read_to_string(&log).unwrap();
    let begun = "# Changelog\n\n## 0.1.0 (not released)\n\n- Kettles.\n\n## 0.0.1\n\n- Nothing.\n";
    fs::write(&log, begun).unwrap();
    // All of it is new the first time, which is no change.
    assert!(both.update(&[]).status.success());
    assert_eq!(read(), begun);
    both.put(
        FILES[3].0,
        &FILES[3].1.replace("[cold, hot]", "[COLD, HOT]"),
    );
    let dry = both.update(&["--dry-run"]);
    assert!(dry.status.success());
    assert_eq!(read(), begun);
    let told = said(&both.update(&["--date", "2026-01-02"]));
    assert!(told.contains("CHANGELOG.md has what it changes"), "{told}");
    let log = read();
    let (ours, released) = log.split_once("\n## 0.0.1\n").unwrap();
    assert_eq!(released, "\n- Nothing.\n");
    let (kept, added) = ours
        .split_once("\n### The API of `kettles`, its document of 2026-01-02\n\n")
        .unwrap();
    assert!(kept.ends_with("- Kettles.\n"), "{log}");
    assert!(added.starts_with("- **Breaking.** "), "{log}");
    assert!(added.contains("`cold, hot → COLD, HOT`"), "{log}");
}

#[test]
fn one_line_selects_another_resource() {
    let both = Both::new();
    assert!(both.update(&[]).status.success());
    let list = both.list().replace(
        "{ tag = \"Kettles\" }",
        "{ tag = \"Kettles\" }, { tag = \"Lids\" }",
    );
    fs::write(both.spec().join("sources.toml"), list).unwrap();
    assert!(both.update(&[]).status.success());
    assert!(both.document()["paths"]["/lids"]["get"].is_object());
}

#[test]
fn the_commit_of_a_checkout_is_found() {
    let both = Both::new();
    let git = |arguments: &[&str]| {
        let mut command = Command::new("git");
        command.arg("-C").arg(both.tree()).args([
            "-c",
            "user.name=a",
            "-c",
            "user.email=a@example.test",
        ]);
        let output = command.args(arguments).output().unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    };
    git(&["init", "-q"]);
    git(&["add", "."]);
    git(&["commit", "-q", "-m", "As it is"]);
    let head = git(&["rev-parse", "--short=8", "HEAD"]);
    assert!(both.update(&[]).status.success());
    assert!(
        both.list().contains(&format!("commit = \"{head}\"")),
        "{}",
        both.list()
    );
    // What is not known any more is not claimed any more.
    fs::remove_dir_all(both.tree().join(".git")).unwrap();
    both.put(
        "lids/list.yml",
        &FILES[4].1.replace("lids_list", "lids_all"),
    );
    assert!(both.update(&[]).status.success());
    assert!(!both.list().contains("commit"), "{}", both.list());
}

#[test]
fn what_was_changed_by_hand_is_noticed() {
    let both = Both::new();
    assert!(both.update(&[]).status.success());
    let path = both.spec().join("kettles/upstream.json");
    let text = fs::read_to_string(&path)
        .unwrap()
        .replace("\"hot\"", "\"warm\"");
    fs::write(&path, text).unwrap();
    let (spec, out) = (both.spec(), both.folder.path().join("out"));
    let told = complaint(&xtask(&[
        "regenerate",
        "--spec",
        spec.to_str().unwrap(),
        "--out",
        out.to_str().unwrap(),
    ]));
    assert!(
        told.contains("upstream.json was changed by hand: "),
        "{told}"
    );
    assert!(
        told.ends_with("take upstream's in with `cargo xtask update-spec kettles`"),
        "{told}"
    );
}

#[test]
fn a_bad_tree_ends_in_one_error_and_changes_nothing() {
    let bomb = {
        let mut text = "x0: &x0 [a, a, a, a, a, a, a, a, a, a]\n".to_owned();
        for level in 1..10 {
            let items = vec![format!("*x{}", level - 1); 10].join(", ");
            text.push_str(&format!("x{level}: &x{level} [{items}]\n"));
        }
        text
    };
    let aliases = format!(
        "a: &a {{type: string}}\nb:\n{}",
        "  - *a\n".repeat(1_500_000)
    );
    assert!(aliases.len() > 10_000_000);
    let model = "kettles/models/kettle.yml";
    let large = format!("type: object\ndescription: {}\n", "a".repeat(17 << 20));
    let cases: [(&str, &str, &str); 8] = [
        (
            "shared.yml",
            "other: {}\n",
            "kettles/get.yml at /parameters/0: it refers to shared.yml#/id, and there is no such place",
        ),
        (
            model,
            "$ref: ../../../../etc/hostname\n",
            "outside the folder of the document",
        ),
        (
            model,
            "$ref: kettle.yml\n",
            "this reference leads back to itself",
        ),
        (
            model,
            "type: [object\n",
            "kettles/models/kettle.yml: this is not YAML: ",
        ),
        (
            model,
            &bomb,
            "kettles/models/kettle.yml: anchors and their aliases make the document too large",
        ),
        (
            model,
            &aliases,
            "kettles/models/kettle.yml: anchors and their aliases make the document too large",
        ),
        (
            model,
            &large,
            "kettles/models/kettle.yml: it is larger than 16 MiB",
        ),
        (
            "api.yml",
            "openapi: 4.0.0\ninfo: {title: a, version: '1'}\npaths: {}\n",
            "this is OpenAPI 4.0.0",
        ),
    ];
    for (path, text, wanted) in cases {
        let both = Both::new();
        assert!(both.update(&[]).status.success());
        both.put(path, text);
        let before = snapshot(&both.spec());
        let told = complaint(&both.update(&[]));
        assert!(told.contains(wanted), "{told}\n  wanted: {wanted}");
        assert_eq!(snapshot(&both.spec()), before, "{wanted}");
    }
    let both = Both::new();
    fs::remove_file(both.tree().join("shared.yml")).unwrap();
    let told = complaint(&both.update(&[]));
    assert!(
        told.contains(
            "kettles/get.yml at /parameters/0: it refers to shared.yml: it cannot be read: "
        ),
        "{told}"
    );
    assert!(!both.spec().join("kettles/upstream.json").exists());
}

#[cfg(unix)]
#[test]
fn a_link_out_of_the_folder_is_not_followed() {
    let both = Both::new();
    let secret = both.folder.path().join("secret.yml");
    fs::write(&secret, "id: {}\n").unwrap();
    fs::remove_file(both.tree().join("shared.yml")).unwrap();
    std::os::unix::fs::symlink(&secret, both.tree().join("shared.yml")).unwrap();
    let told = complaint(&both.update(&[]));
    assert!(
        told.contains("it is a link that leads out of the folder of the document"),
        "{told}"
    );
}

#[test]
fn files_beside_the_entrys_folder_need_a_root() {
    let both = Both::new();
    both.put("entry/api.yml", &ENTRY.replace("$ref: ", "$ref: ../"));
    let entry = both.tree().join("entry/api.yml");
    let told = complaint(&both.update_from(entry.to_str().unwrap(), &[]));
    assert!(
        told.contains("name the folder that holds all files by `--root`"),
        "{told}"
    );
    let tree = both.tree();
    assert!(
        both.update_from(entry.to_str().unwrap(), &["--root", tree.to_str().unwrap()])
            .status
            .success()
    );
}

#[test]
fn a_selection_or_provider_that_is_not_there_is_told() {
    let both = Both::new();
    let list = both.list().replace("Kettles", "Kettle");
    fs::write(both.spec().join("sources.toml"), list).unwrap();
    let told = complaint(&both.update(&[]));
    assert!(
        told.contains("all operations of the tag `Kettle` is asked for, but not in the document"),
        "{told}"
    );
    let spec = both.spec();
    let told = complaint(&xtask(&[
        "update-spec",
        "pots",
        "--spec",
        spec.to_str().unwrap(),
    ]));
    assert!(
        told.contains("has no provider `pots`; it has kettles"),
        "{told}"
    );
    let told = complaint(&xtask(&[
        "update-spec",
        "kettles",
        "--spec",
        spec.to_str().unwrap(),
    ]));
    assert!(
        told.contains("give the document's file or https address by `--from`"),
        "{told}"
    );
    let told = complaint(&both.update_from("http://kettles.example/api.yml", &[]));
    assert!(
        told.contains("documents are read over https alone"),
        "{told}"
    );
}

/// Serves a folder over https until the test ends; answers with its address, and the requests it gets.
fn served(folder: PathBuf) -> (String, TempDir, Arc<Mutex<Vec<String>>>) {
    let mut authority = CertificateParams::new(Vec::new()).unwrap();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority_key = KeyPair::generate().unwrap();
    let pem = authority.self_signed(&authority_key).unwrap().pem();
    let issuer = Issuer::new(authority, authority_key);
    let key = KeyPair::generate().unwrap();
    let own = CertificateParams::new(vec!["localhost".to_owned()])
        .unwrap()
        .signed_by(&key, &issuer)
        .unwrap();
    let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![own.der().clone()], key)
        .unwrap();
    let config = Arc::new(config);
    let trusted = tempfile::tempdir().unwrap();
    fs::write(trusted.path().join("ca.pem"), pem).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!(
        "https://localhost:{}",
        listener.local_addr().unwrap().port()
    );
    let asked = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&asked);
    std::thread::spawn(move || {
        for mut socket in listener.incoming().flatten() {
            let mut session = rustls::ServerConnection::new(Arc::clone(&config)).unwrap();
            let mut stream = rustls::Stream::new(&mut session, &mut socket);
            let mut request = Vec::new();
            let mut byte = [0];
            // A client that gives up, as one does that trusts nobody here, is none of the server's business.
            while !request.ends_with(b"\r\n\r\n")
                && stream.read(&mut byte).is_ok_and(|read| read == 1)
            {
                request.push(byte[0]);
            }
            let request = String::from_utf8_lossy(&request).into_owned();
            let Some(path) = request
                .split(' ')
                .nth(1)
                .map(|path| path.trim_start_matches('/').to_owned())
            else {
                continue;
            };
            seen.lock().unwrap().push(path.clone());
            let (status, body) = match (path.as_str(), fs::read(folder.join(&path))) {
                ("elsewhere.yml", _) => (
                    "302 Found\r\nlocation: http://localhost/api.yml",
                    Vec::new(),
                ),
                (_, Ok(body)) => ("200 OK", body),
                (_, Err(_)) => ("404 Not Found", Vec::new()),
            };
            let head = format!(
                "HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
                body.len()
            );
            let _ = stream
                .write_all(head.as_bytes())
                .and_then(|()| stream.write_all(&body));
            session.send_close_notify();
            let _ = session.write_tls(&mut socket);
        }
    });
    (address, trusted, asked)
}

#[test]
fn a_tree_is_read_over_https_and_nothing_else() {
    let both = Both::new();
    let (address, trusted, asked) = served(both.tree());
    let update = |from: &str, ca: Option<&Path>| {
        let spec = both.spec();
        let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
        command.args([
            "update-spec",
            "kettles",
            "--spec",
            spec.to_str().unwrap(),
            "--from",
            from,
        ]);
        if let Some(ca) = ca {
            command.env("SSL_CERT_FILE", ca);
        }
        command.output().unwrap()
    };
    let ca = trusted.path().join("ca.pem");
    let output = update(&format!("{address}/api.yml"), Some(&ca));
    assert!(output.status.success(), "{output:?}");
    assert!(
        said(&output).contains("read 6 files from https://localhost:"),
        "{}",
        said(&output)
    );
    assert_eq!(asked.lock().unwrap().len(), 6, "each file once");
    let over_https = both.document();
    assert!(both.update(&[]).status.success());
    assert_eq!(both.document(), over_https);

    let before = snapshot(&both.spec());
    for (path, ca, wanted) in [
        ("/gone.yml", Some(&*ca), "http status: 404"),
        (
            "/elsewhere.yml",
            Some(&*ca),
            "configured for https only: http://localhost/api.yml",
        ),
        ("/api.yml", None, "cannot be read: "),
    ] {
        let told = complaint(&update(&format!("{address}{path}"), ca));
        assert!(told.contains(wanted), "{told}");
        assert!(
            told.ends_with("try again later, or give a copy on disk by `--from PATH`"),
            "{told}"
        );
    }
    assert_eq!(snapshot(&both.spec()), before);
}

#[test]
fn the_providers_own_documents_give_ours_to_the_byte() {
    let shared = root().join("../shared/upstream");
    let trees = [
        (
            "digitalocean",
            "digitalocean-tree/DigitalOcean-public.v2.yaml",
        ),
        ("digitalocean", "digitalocean.json"),
        ("ovhcloud", "ovhcloud-storage-netapp.json"),
    ];
    let spec = tempfile::tempdir().unwrap();
    copy(&root().join("spec"), spec.path());
    for (provider, document) in trees {
        let document = shared.join(document);
        if !document.is_file() {
            println!(
                "{} is not here, so nothing was compared with it",
                document.display()
            );
            continue;
        }
        let output = xtask(&[
            "update-spec",
            provider,
            "--check",
            "--spec",
            spec.path().to_str().unwrap(),
            "--from",
            document.to_str().unwrap(),
        ]);
        assert!(output.status.success(), "{output:?}");
        assert!(
            said(&output).ends_with("upstream.json is as it was\n"),
            "{}",
            said(&output)
        );
    }
}
