//! abi.lock: the numbers of statuses and enum values, which never change.

use std::collections::{BTreeMap, BTreeSet};

use heck::ToSnakeCase;

use super::names::constant_endings;
use crate::error::{Error, Result};
use crate::ir::Api;

/// Statuses in the order they came to be, with the runtime's name for the kind and what it means.
pub(crate) const STATUSES: &[(&str, &str, &str)] = &[
    ("OK", "ok", "The call succeeded; its outputs were written."),
    (
        "CONFIG",
        "config",
        "The client cannot be made or used with these settings.",
    ),
    (
        "INVALID_ARGUMENT",
        "invalid_argument",
        "An argument breaks a rule; nothing was sent.",
    ),
    ("CONNECTION", "connection", "No connection, or it broke."),
    ("TIMEOUT", "timeout", "A time bound was reached."),
    ("RATE_LIMITED", "rate_limited", "The service answered 429."),
    ("API", "api", "The service answered with an error."),
    ("DECODE", "decode", "The answer cannot be read."),
    (
        "WAIT_FAILED",
        "wait_failed",
        "What was waited for reached a failed state.",
    ),
    (
        "WAIT_TIMEOUT",
        "wait_timeout",
        "What was waited for did not happen in time.",
    ),
    ("CANCELLED", "cancelled", "The caller stopped the work."),
    (
        "CLOSED",
        "closed",
        "The client was closed, or made before the process forked.",
    ),
    ("INTERNAL", "internal", "A fault of this library."),
    ("HOOK", "hook", "A hook of the caller's failed."),
];

const GROUP: &str = "status";

/// Numbers by group and name, in the order of the file. A group is `status` or `enum <name>`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lock {
    groups: Vec<(String, Vec<(String, i32)>)>,
}

/// The lock that goes on from `previous`: names that are new get numbers behind those of their group,
/// all others keep theirs, and the number of a name that is gone stays reserved.
///
/// # Errors
/// When `previous` is not a lock, or gives a number of a group twice.
pub fn abi_lock(previous: Option<&str>, apis: &[Api]) -> Result<Lock> {
    let mut lock = Lock::parse(previous.unwrap_or_default())?;
    for (name, _, _) in STATUSES {
        lock.add(GROUP, name, 0);
    }
    for api in apis {
        for item in &api.enums {
            let group = enum_group(&api.provider.prefix, &item.name);
            for ending in constant_endings(item) {
                // 0 is UNKNOWN in every enum.
                lock.add(&group, &ending, 1);
            }
        }
    }
    Ok(lock)
}

fn enum_group(prefix: &str, name: &str) -> String {
    format!("enum {prefix}_{}", name.to_snake_case())
}

impl Lock {
    fn parse(text: &str) -> Result<Self> {
        let mut lock = Self::default();
        let mut seen: BTreeMap<String, (BTreeSet<String>, BTreeSet<i32>)> = BTreeMap::new();
        for (index, line) in text.lines().enumerate() {
            if line.trim().is_empty() || line.starts_with('#') {
                continue;
            }
            let fault = |what: &str| {
                Error::new(
                    "bindings/c/abi.lock",
                    format!("line {}", index + 1),
                    format!("`{line}` {what}"),
                    "put the file back to its last committed state",
                )
            };
            let words: Vec<&str> = line.split(' ').collect();
            let (group, name, number) = match words.as_slice() {
                ["status", name, number] => (GROUP.to_owned(), *name, *number),
                ["enum", group, name, number] => (format!("enum {group}"), *name, *number),
                _ => {
                    return Err(fault(
                        "is neither `status NAME NUMBER` nor `enum ENUM NAME NUMBER`",
                    ));
                }
            };
            let number: i32 = number
                .parse()
                .map_err(|_| fault("does not end with a number"))?;
            let (names, numbers) = seen.entry(group.clone()).or_default();
            if number < i32::from(group != GROUP)
                || !names.insert(name.to_owned())
                || !numbers.insert(number)
            {
                return Err(fault("gives a name or a number that is taken"));
            }
            lock.push(&group, name, number);
        }
        Ok(lock)
    }

    fn push(&mut self, group: &str, name: &str, number: i32) {
        let entry = (name.to_owned(), number);
        match self.groups.iter_mut().find(|(known, _)| known == group) {
            Some((_, entries)) => entries.push(entry),
            None => self.groups.push((group.to_owned(), vec![entry])),
        }
    }

    fn add(&mut self, group: &str, name: &str, first: i32) {
        let entries = self.entries(group);
        if entries.iter().any(|(known, _)| known == name) {
            return;
        }
        let number = entries
            .iter()
            .map(|(_, number)| number + 1)
            .max()
            .unwrap_or(first);
        self.push(group, name, number);
    }

    fn entries(&self, group: &str) -> &[(String, i32)] {
        self.groups
            .iter()
            .find(|(known, _)| known == group)
            .map_or(&[], |(_, entries)| entries)
    }

    fn number(&self, group: &str, name: &str) -> i32 {
        self.entries(group)
            .iter()
            .find(|(known, _)| known == name)
            .map_or(0, |(_, number)| *number)
    }

    /// The number of a status.
    pub(super) fn status(&self, name: &str) -> i32 {
        self.number(GROUP, name)
    }

    /// The number of an enum's value.
    pub(super) fn value(&self, prefix: &str, name: &str, value: &str) -> i32 {
        self.number(&enum_group(prefix, name), value)
    }

    /// The lock as the file holds it.
    pub fn to_text(&self) -> String {
        let mut text = "# Numbers of the C library that never change and are never used again.\n\
             # `cargo xtask regenerate` appends to this file; nobody edits it.\n"
            .to_owned();
        for (group, entries) in &self.groups {
            for (name, number) in entries {
                text.push_str(&format!("{group} {name} {number}\n"));
            }
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(previous: &str) -> String {
        abi_lock(Some(previous), &[]).unwrap().to_text()
    }

    #[test]
    fn numbers_are_given_in_order() {
        let lock = abi_lock(None, &[]).unwrap();
        assert_eq!(lock.status("OK"), 0);
        assert_eq!(lock.status("CONFIG"), 1);
        let numbers = STATUSES.iter().map(|(name, _, _)| lock.status(name));
        assert!(numbers.eq(0..STATUSES.len() as i32));
    }

    #[test]
    fn a_second_run_changes_nothing() {
        let first = text("");
        assert_eq!(text(&first), first);
    }

    #[test]
    fn numbers_stay_and_those_gone_stay_reserved() {
        let mut lock = Lock::parse("enum do_state OLD 1\nenum do_state READY 4\n").unwrap();
        lock.add("enum do_state", "READY", 1);
        lock.add("enum do_state", "NEW", 1);
        assert_eq!(lock.value("do", "State", "OLD"), 1);
        assert_eq!(lock.value("do", "State", "READY"), 4);
        assert_eq!(lock.value("do", "State", "NEW"), 5);
        assert!(
            lock.to_text()
                .ends_with("enum do_state OLD 1\nenum do_state READY 4\nenum do_state NEW 5\n")
        );
        let lock = abi_lock(Some("status GONE 40\n"), &[]).unwrap();
        assert_eq!(lock.status("GONE"), 40);
        assert_eq!(lock.status("OK"), 41);
    }

    #[test]
    fn a_lock_that_is_none_is_refused() {
        for bad in [
            "status OK",
            "status OK zero",
            "status OK -1",
            "status OK 0\nstatus OK 1",
            "status OK 0\nstatus API 0",
            "enum do_state A 0",
            "union do_state A 1",
        ] {
            let error = Lock::parse(bad).unwrap_err();
            assert_eq!(error.file, "bindings/c/abi.lock", "{bad}");
            assert!(error.pointer.starts_with("line "), "{bad}");
        }
    }
}
