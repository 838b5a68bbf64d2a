//! The statuses and kinds the behaviour needs, looked up in the document.
use crate::document::Document;
use crate::error::Error;
use crate::options::States;

type Word = &'static str;

/// The document's words for what the behaviour needs to say.
#[derive(Debug)]
pub(super) struct Words {
    pub(super) share_creating: Word,
    pub(super) share_ready: Word,
    pub(super) share_detached: Word,
    pub(super) share_failed: Word,
    pub(super) share_gone: Word,
    pub(super) snapshot_creating: Word,
    pub(super) snapshot_ready: Word,
    pub(super) snapshot_failed: Word,
    pub(super) snapshot_gone: Word,
    pub(super) point_creating: Word,
    pub(super) point_ready: Word,
    pub(super) point_failed: Word,
    pub(super) point_gone: Word,
    pub(super) nfs_action_running: Word,
    pub(super) nfs_action_done: Word,
    pub(super) on_share: Word,
    /// Where it is lacking, the action that takes a snapshot names the share.
    pub(super) on_snapshot: Option<Word>,
    pub(super) snapshot_taken: Word,
    pub(super) action_running: Word,
    pub(super) action_done: Word,
    pub(super) action_failed: Word,
    pub(super) droplet_new: Word,
    pub(super) droplet_ready: Word,
    pub(super) droplet_off: Word,
    pub(super) droplet: Word,
    pub(super) volume: Word,
    pub(super) by_hand: Word,
    pub(super) nfs_action_numbers: bool,
    pub(super) live: bool,
}

/// Where words stand in the answer of an operation.
struct Field {
    document: &'static Document,
    operation: &'static str,
    fields: &'static [&'static str],
}

impl Field {
    /// The first candidate that the document lists here. Where it lists nothing, any will do.
    fn word(&self, meaning: &str, candidates: &[Option<Word>]) -> Result<Word, Error> {
        let listed = self.document.listed(self.operation, self.fields);
        let mut offered = candidates.iter().flatten().copied();
        let found = offered.find(|word| listed.is_empty() || listed.contains(word));
        found.ok_or_else(|| {
            let tried: Vec<Word> = candidates.iter().flatten().copied().collect();
            Error::Document(format!(
                "the answer of {} has no value for \"{meaning}\" at {}: the stand-in knows {}, the document lists {}. \
                 Correct the waiter in the overlay, or the candidates in crates/mock/src/state/words.rs.",
                self.operation,
                self.fields.join("."),
                tried.join(", "),
                listed.join(", "),
            ))
        })
    }
}

impl Words {
    /// The words of a dialect.
    pub(super) fn load(document: &'static Document, states: States) -> Result<Self, Error> {
        let documented = Self::documented(document)?;
        Ok(match states {
            States::Documented => documented,
            // The document knows none of these words, so they stand here.
            States::Live => Self {
                snapshot_creating: "SNAPSHOT_CREATING",
                snapshot_ready: "SNAPSHOT_AVAILABLE",
                snapshot_failed: "SNAPSHOT_FAILED",
                snapshot_gone: "SNAPSHOT_DELETED",
                live: true,
                ..documented
            },
            States::Older => Self {
                nfs_action_running: "in-progress",
                nfs_action_done: "completed",
                on_share: "network_file_share",
                on_snapshot: None,
                snapshot_taken: "snapshot",
                nfs_action_numbers: true,
                ..documented
            },
        })
    }

    /// Looks all of them up: in the waiters, then in the examples, then by the name known so far.
    fn documented(document: &'static Document) -> Result<Self, Error> {
        let field = |operation, fields| Field {
            document,
            operation,
            fields,
        };
        let waiter = |operation, name, list| document.waiter_status(operation, name, list);
        let example = |operation, pointer| document.success_example(operation, pointer);

        let share = field("nfs_get", &["share", "status"]);
        let share_ready = share.word(
            "ready",
            &[
                waiter("nfs_get", "wait_until_active", "ready"),
                Some("ACTIVE"),
            ],
        )?;
        let snapshot = field("nfs_get_snapshot", &["snapshot", "status"]);
        let snapshot_waiter = |name, list| waiter("nfs_get_snapshot", name, list);
        let point = field("nfs_get_access_point", &["access_point", "status"]);
        let point_waiter = |name, list| waiter("nfs_get_access_point", name, list);
        let nfs_action = field("nfs_create_action", &["action", "status"]);
        let nfs_resource = field("nfs_create_action", &["action", "resource_type"]);
        let action = field("actions_get", &["action", "status"]);
        let action_waiter = |list| waiter("actions_get", "wait_until_completed", list);
        let kind = field("snapshots_get", &["snapshot", "resource_type"]);
        let droplet = field("droplets_get", &["droplet", "status"]);

        Ok(Self {
            droplet_new: droplet.word("being made", &[Some("new")])?,
            droplet_ready: droplet.word(
                "ready",
                &[
                    waiter("droplets_get", "wait_until_active", "ready"),
                    Some("active"),
                ],
            )?,
            droplet_off: droplet.word("switched off", &[Some("off")])?,
            share_creating: share.word(
                "being made",
                &[example("nfs_create", "/share/status"), Some("CREATING")],
            )?,
            share_ready,
            // Without a word of its own a detached share stays what it was.
            share_detached: share.word(
                "attached to nothing",
                &[Some("INACTIVE"), Some(share_ready)],
            )?,
            share_failed: share.word(
                "failed",
                &[
                    waiter("nfs_get", "wait_until_active", "failed"),
                    Some("FAILED"),
                ],
            )?,
            share_gone: share.word(
                "deleted",
                &[
                    waiter("nfs_get", "wait_until_deleted", "ready"),
                    Some("DELETED"),
                ],
            )?,
            snapshot_creating: snapshot.word("being taken", &[Some("CREATING")])?,
            snapshot_ready: snapshot.word(
                "ready",
                &[
                    snapshot_waiter("wait_until_active_by_id", "ready"),
                    Some("ACTIVE"),
                ],
            )?,
            snapshot_failed: snapshot.word(
                "failed",
                &[
                    snapshot_waiter("wait_until_active_by_id", "failed"),
                    Some("FAILED"),
                ],
            )?,
            snapshot_gone: snapshot.word(
                "deleted",
                &[
                    snapshot_waiter("wait_until_deleted", "ready"),
                    Some("DELETED"),
                ],
            )?,
            point_creating: point.word(
                "being made",
                &[
                    example("nfs_create_access_point", "/access_point/status"),
                    Some("ACCESS_POINT_CREATING"),
                ],
            )?,
            point_ready: point.word(
                "ready",
                &[
                    point_waiter("wait_until_active", "ready"),
                    Some("ACCESS_POINT_ACTIVE"),
                ],
            )?,
            point_failed: point.word(
                "failed",
                &[
                    point_waiter("wait_until_active", "failed"),
                    Some("ACCESS_POINT_FAILED"),
                ],
            )?,
            point_gone: point.word(
                "deleted",
                &[
                    point_waiter("wait_until_deleted", "ready"),
                    Some("ACCESS_POINT_DELETED"),
                ],
            )?,
            nfs_action_running: nfs_action.word(
                "running",
                &[
                    example("nfs_create_action", "/action/status"),
                    Some("IN_PROGRESS"),
                ],
            )?,
            nfs_action_done: nfs_action.word(
                "done",
                &[
                    example("nfs_delete_access_point", "/action/status"),
                    Some("COMPLETED"),
                ],
            )?,
            on_share: nfs_resource.word(
                "a share",
                &[
                    example("nfs_create_access_point", "/action/resource_type"),
                    Some("SHARE"),
                ],
            )?,
            on_snapshot: Some(nfs_resource.word(
                "a snapshot",
                &[
                    example("nfs_create_action", "/action/resource_type"),
                    Some("SNAPSHOT"),
                ],
            )?),
            snapshot_taken: field("nfs_create_action", &["action", "type"]).word(
                "a snapshot being taken",
                &[
                    example("nfs_create_action", "/action/type"),
                    Some("CREATE_SNAPSHOT"),
                ],
            )?,
            action_running: action.word(
                "running",
                &[
                    example("dropletActions_post", "/action/status"),
                    Some("in-progress"),
                ],
            )?,
            action_done: action.word("done", &[action_waiter("ready"), Some("completed")])?,
            action_failed: action.word("failed", &[action_waiter("failed"), Some("errored")])?,
            droplet: kind.word("a droplet", &[Some("droplet")])?,
            volume: kind.word("a volume", &[Some("volume")])?,
            by_hand: field("droplets_list_snapshots", &["snapshots", "type"])
                .word("asked for by somebody", &[Some("snapshot")])?,
            nfs_action_numbers: false,
            live: false,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::Unknown;

    #[test]
    fn a_word_the_document_lost_is_named() {
        let document = crate::digitalocean::document().unwrap();
        let status = Field {
            document,
            operation: "nfs_get",
            fields: &["share", "status"],
        };
        assert_eq!(
            status
                .word("ready", &[Some("GONE"), Some("ACTIVE")])
                .unwrap(),
            "ACTIVE"
        );
        let error = status
            .word("ready", &[Some("READY"), None])
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("nfs_get") && error.contains("READY") && error.contains("CREATING"),
            "{error}"
        );
        let free = Field {
            document,
            operation: "nfs_get",
            fields: &["share", "name"],
        };
        assert_eq!(free.word("any", &[Some("x")]).unwrap(), "x");
    }

    /// The words of the document with one text replaced everywhere but in names of fields.
    fn with(old: &str, new: &str) -> Result<Words, Error> {
        let text =
            crate::digitalocean::DOCUMENT.replace(&format!("\"{old}\""), &format!("\"{new}\""));
        assert_ne!(
            text,
            crate::digitalocean::DOCUMENT,
            "{old} is not in the document"
        );
        Words::documented(Box::leak(Box::new(
            Document::parse(&text, Unknown::Refused).unwrap(),
        )))
    }

    #[test]
    fn a_renamed_status_is_followed() {
        assert_eq!(with("ACTIVE", "READY").unwrap().share_ready, "READY");
        assert_eq!(
            with("ACCESS_POINT_CREATING", "NEW").unwrap().point_creating,
            "NEW"
        );
        assert_eq!(
            with("in-progress", "running").unwrap().action_running,
            "running"
        );
        assert_eq!(
            with("IN_PROGRESS", "RUNNING").unwrap().nfs_action_running,
            "RUNNING"
        );
        assert_eq!(
            with("INACTIVE", "DORMANT").unwrap().share_detached,
            "ACTIVE"
        );
        assert!(
            with("volume", "disk")
                .unwrap_err()
                .to_string()
                .contains("a volume")
        );
    }
}
