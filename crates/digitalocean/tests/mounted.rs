//! Snapshots on a mounted share, in a folder made for it.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use snapline_digitalocean::models::{NfsShare, NfsSnapshot};
use snapline_runtime::JsonText;

const ID: &str = "43f6aa58-481a-4481-8032-567598ec0f13";

fn snapshot(name: &str) -> NfsSnapshot {
    let text = format!(
        r#"{{"id":"{ID}","name":"{name}","size_gib":50,"region":"ams3","status":"ACTIVE",
            "created_at":"2026-05-11T04:30:07Z","share_id":"s-1"}}"#
    );
    NfsSnapshot::from_json(&text).unwrap()
}

#[test]
fn a_snapshot_is_found_on_a_mounted_share() {
    let name = format!("snapline-mounted-{}", std::process::id());
    let mount = &std::env::temp_dir().join(name);
    std::fs::create_dir(mount).unwrap();
    let nightly = snapshot("nightly");
    assert_eq!(nightly.directory_name().unwrap(), format!("nightly{ID}"));
    let documented = mount.join(".snapshot").join(format!("nightly{ID}"));
    assert_eq!(nightly.path_below(mount).unwrap(), documented);
    let error = nightly.find_below(mount).unwrap_err();
    assert!(error.to_string().contains("can be entered by its name"));
    let other = mount.join(".snapshot").join(format!("Nightly {ID}"));
    std::fs::create_dir_all(&other).unwrap();
    assert_eq!(nightly.find_below(mount).unwrap(), other);
    std::fs::create_dir(&documented).unwrap();
    assert_eq!(nightly.find_below(mount).unwrap(), documented);
    for name in ["..", "a/b", ""] {
        let error = snapshot(name).path_below(mount).unwrap_err();
        assert_eq!(error.parameter(), Some("name"));
    }
    std::fs::remove_dir_all(mount).unwrap();
}

#[test]
fn a_share_is_mounted_by_host_and_path() {
    let text = r#"{"id":"s-1","name":"media","size_gib":50,"region":"ams3","status":"ACTIVE",
        "created_at":"2026-05-11T04:30:07Z","host":"10.114.16.9","mount_path":"/7/media"}"#;
    let mut share = NfsShare::from_json(text).unwrap();
    assert_eq!(
        share.mount_command("/mnt").unwrap(),
        "mount -t nfs 10.114.16.9:/7/media /mnt"
    );
    share.mount_path = None;
    let error = share.mount_command("/mnt").unwrap_err();
    assert_eq!(error.parameter(), Some("mount_path"));
}
