//! Snapshots on a mounted share: where one is, and how a share is mounted. Nothing here asks a service.

use crate::error::{Error, one_line};
use std::io;
use std::path::{Path, PathBuf};

/// The directory at the root of a share that holds a directory for each snapshot.
pub const SNAPSHOTS: &str = ".snapshot";

const HIDDEN: &str = "the server leaves it out of every listing, so that `ls -a` does not show it either, but it can \
                      be entered by its name";

// How many names an error lists.
const MOST_LISTED: usize = 20;

/// What is known of the directory of one snapshot.
#[derive(Debug)]
pub struct Directory<'a> {
    path: Option<&'a str>,
    parts: Vec<(&'static str, Option<&'a str>)>,
}

impl<'a> Directory<'a> {
    /// One whose name is the last part of `path`, where the service tells it, else all `parts` together: fields of
    /// the snapshot, the one that people gave it first.
    #[must_use]
    pub fn new(
        path: Option<&'a str>,
        parts: impl IntoIterator<Item = (&'static str, Option<&'a str>)>,
    ) -> Self {
        Self {
            path: path.filter(|path| !path.is_empty()),
            parts: parts.into_iter().collect(),
        }
    }

    /// The name of the directory.
    ///
    /// # Errors
    /// `invalid_argument` where the snapshot lacks a field that it is made of, or holds what no name can be.
    pub fn name(&self) -> Result<String, Error> {
        let name = match self.path {
            Some(path) => {
                let last = path.trim_end_matches('/').rsplit('/').next();
                let name = last.unwrap_or_default();
                usable("path", name)?;
                name.to_owned()
            }
            None => {
                let mut name = String::new();
                for (field, value) in &self.parts {
                    let value = value.unwrap_or_default();
                    usable(field, value)?;
                    name.push_str(value);
                }
                name
            }
        };
        usable("path", &name)?;
        if name == SNAPSHOTS {
            return Err(unusable("path", &name));
        }
        Ok(name)
    }

    /// Where it is, if it is spelled as documented; nothing is looked at.
    ///
    /// # Errors
    /// As for [`name`](Self::name), and for a mount point that is empty.
    pub fn path_below(&self, mount: &Path) -> Result<PathBuf, Error> {
        Ok(root(mount)?.join(self.name()?))
    }

    /// Where it is on the disk, if need be in another spelling: neither case nor what stands between letters and
    /// digits counts, and of name and id the name alone, the id at the end or a part of the id behind the name will do.
    ///
    /// # Errors
    /// `invalid_argument` for `mount` where no directory fits or several do; it lists what is there.
    pub fn find_below(&self, mount: &Path) -> Result<PathBuf, Error> {
        let root = root(mount)?;
        let name = self.name()?;
        let exact = root.join(&name);
        if exact.is_dir() {
            return Ok(exact);
        }
        let (mut names, others) = directories(&root)?;
        names.sort();
        let fitting = self.fitting(&name, &names);
        match fitting.as_slice() {
            [one] => Ok(root.join(one)),
            [] => Err(fault(
                "holds the snapshot",
                format!(
                    "{} has no directory for the snapshot `{name}`; {}",
                    root.display(),
                    listed("there is", &names, others)
                ),
            )),
            several => Err(fault(
                "holds the snapshot once",
                format!(
                    "{} has several directories that may be the snapshot `{name}`: {}",
                    root.display(),
                    listed("take one of", several, 0)
                ),
            )),
        }
    }

    // The names that fit, of the closest kind that any has.
    fn fitting<'n>(&self, name: &str, names: &'n [String]) -> Vec<&'n String> {
        let whole = folded(name);
        let part = |index: usize| {
            let value = self.parts.get(index).and_then(|(_, value)| *value);
            value.map(folded).filter(|value| !value.is_empty())
        };
        let (begin, id) = (part(0), part(1));
        let is_whole = |found: &str| found == whole;
        let is_both = |found: &str| match (&begin, &id) {
            (Some(begin), Some(id)) => {
                found.len() >= begin.len() + id.len()
                    && found.starts_with(begin)
                    && found.ends_with(id)
            }
            _ => false,
        };
        let has_id = |found: &str| id.as_ref().is_some_and(|id| found.ends_with(id));
        // What stands behind the name may only be a part of the id, or it is another snapshot.
        let has_name = |found: &str| {
            let rest = begin
                .as_ref()
                .and_then(|begin| found.strip_prefix(begin.as_str()));
            rest.is_some_and(|rest| {
                rest.is_empty() || id.as_ref().is_some_and(|id| id.starts_with(rest))
            })
        };
        let kinds: [&dyn Fn(&str) -> bool; 4] = [&is_whole, &is_both, &has_id, &has_name];
        let of = |kind: &&dyn Fn(&str) -> bool| {
            let fits = names.iter().filter(|name| kind(&folded(name)));
            Some(fits.collect::<Vec<_>>()).filter(|found| !found.is_empty())
        };
        kinds.iter().find_map(of).unwrap_or_default()
    }
}

/// From where a share is mounted.
#[derive(Debug)]
pub struct Source<'a> {
    host: Option<(&'static str, Option<&'a str>)>,
    path: (&'static str, Option<&'a str>),
}

impl<'a> Source<'a> {
    /// A host and a path on it, or without a host a path that begins with one.
    #[must_use]
    pub fn new(
        host: Option<(&'static str, Option<&'a str>)>,
        path: (&'static str, Option<&'a str>),
    ) -> Self {
        Self { host, path }
    }

    /// The command that mounts it, for a POSIX shell.
    ///
    /// # Errors
    /// `invalid_argument` where host or path is not there yet, or for a mount point that is not absolute.
    pub fn mount_command(&self, mount_point: &Path) -> Result<String, Error> {
        let there = |(field, value): (&'static str, Option<&'a str>)| match value {
            Some(value) if !value.is_empty() && !value.contains(char::is_control) => Ok(value),
            Some("") | None => Err(Error::invalid_argument(
                field,
                "is there",
                format!("there is no `{field}` to mount from yet; wait until the share is ready"),
            )),
            Some(_) => Err(Error::invalid_argument(
                field,
                "has no control characters",
                format!("`{field}` holds a control character"),
            )),
        };
        let path = there(self.path)?;
        let source = match self.host {
            None => path.to_owned(),
            Some(host) => {
                let host = there(host)?;
                // The first colon ends the host, unless that is in brackets.
                if host.contains(':') && !host.starts_with('[') {
                    format!("[{host}]:{path}")
                } else {
                    format!("{host}:{path}")
                }
            }
        };
        if source.starts_with('-') {
            let (field, _) = self.host.unwrap_or(self.path);
            return Err(unusable(field, &source));
        }
        let target = mount_point
            .to_str()
            .filter(|text| mount_point.is_absolute() && !text.contains(char::is_control));
        let Some(target) = target else {
            return Err(Error::invalid_argument(
                "mount_point",
                "is an absolute path",
                format!(
                    "`mount_point` is `{}`; name a directory from the root on, such as /mnt/share",
                    one_line(&mount_point.to_string_lossy(), 200)
                ),
            ));
        };
        Ok(format!(
            "mount -t nfs {} {}",
            quoted(&source),
            quoted(target)
        ))
    }
}

// A word of a POSIX shell.
fn quoted(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/:._-,+@%".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}

fn root(mount: &Path) -> Result<PathBuf, Error> {
    if mount.as_os_str().is_empty() {
        return Err(fault(
            "is the path where the share is mounted",
            "`mount` is empty; name the path where the share is mounted".to_owned(),
        ));
    }
    Ok(mount.join(SNAPSHOTS))
}

fn fault(rule: &str, message: String) -> Error {
    Error::invalid_argument("mount", rule, message)
}

// A part of a name: one that leads elsewhere is refused.
fn usable(field: &str, part: &str) -> Result<(), Error> {
    match part {
        "" => Err(Error::invalid_argument(
            field,
            "is there",
            format!("the snapshot has no `{field}`, and so no directory that could be named"),
        )),
        "." | ".." => Err(unusable(field, part)),
        _ if part.contains(['/', '\\']) || part.contains(char::is_control) => {
            Err(unusable(field, part))
        }
        _ => Ok(()),
    }
}

fn unusable(field: &str, value: &str) -> Error {
    Error::invalid_argument(
        field,
        "names one directory",
        format!(
            "`{field}` is `{}`, which would lead to another place",
            one_line(value, 200)
        ),
    )
}

// The names of the directories in one, and how many names there are that are no text.
fn directories(root: &Path) -> Result<(Vec<String>, usize), Error> {
    let shown = root.display();
    let told = |error: io::Error| {
        let why = match error.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => {
                format!(
                    "there is no directory {shown}: is the share mounted there, at its root? {HIDDEN}"
                )
            }
            _ => format!("{shown} cannot be read: {error}"),
        };
        fault("is where the share is mounted", why)
    };
    let mut names = Vec::new();
    let mut others = 0;
    for entry in std::fs::read_dir(root).map_err(told)? {
        let entry = entry.map_err(told)?;
        // Of a link it says what is behind it.
        if !entry.path().is_dir() {
            continue;
        }
        match entry.file_name().into_string() {
            Ok(name) => names.push(name),
            Err(_) => others += 1,
        }
    }
    Ok((names, others))
}

fn listed(begin: &str, names: &[impl AsRef<str>], others: usize) -> String {
    if names.is_empty() && others == 0 {
        return "it is empty".to_owned();
    }
    let some: Vec<String> = names
        .iter()
        .take(MOST_LISTED)
        .map(|name| format!("`{}`", one_line(name.as_ref(), 100)))
        .collect();
    let rest = names.len().saturating_sub(MOST_LISTED) + others;
    let more = (rest > 0).then(|| format!(" and {rest} more"));
    format!("{begin} {}{}", some.join(", "), more.unwrap_or_default())
}

// Small letters and digits alone.
fn folded(text: &str) -> String {
    let kept = text.chars().filter(|c| c.is_alphanumeric());
    kept.flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ErrorKind;
    use std::fs;

    const ID: &str = "43f6aa58-481a-4481-8032-567598ec0f13";
    const OTHER: &str = "9b1c6a52-70d4-4e3f-8f0b-61a2c3d45e78";

    // A share with these directories among its snapshots; it goes when it is dropped.
    struct Share(PathBuf);

    impl Share {
        fn with(names: &[&str]) -> Self {
            let number = fastrand::u64(..);
            let path = std::env::temp_dir().join(format!("snapline-mounted-{number:x}"));
            fs::create_dir(&path).unwrap();
            for name in names {
                fs::create_dir_all(path.join(SNAPSHOTS).join(name)).unwrap();
            }
            Self(path)
        }

        fn find(&self, of: &Directory<'_>) -> Result<String, String> {
            let root = self.0.join(SNAPSHOTS);
            match of.find_below(&self.0) {
                Ok(path) => Ok(path
                    .strip_prefix(root)
                    .unwrap()
                    .to_str()
                    .unwrap()
                    .to_owned()),
                Err(error) => {
                    assert_eq!(error.kind(), ErrorKind::InvalidArgument);
                    Err(error.to_string().replace(self.0.to_str().unwrap(), "/m"))
                }
            }
        }
    }

    impl Drop for Share {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    fn nightly() -> Directory<'static> {
        Directory::new(None, [("name", Some("nightly")), ("id", Some(ID))])
    }

    fn told(path: &str) -> Directory<'_> {
        Directory::new(Some(path), [("name", Some("other"))])
    }

    #[test]
    fn the_name_is_made_of_fields_or_is_the_last_part_of_a_path() {
        assert_eq!(nightly().name().unwrap(), format!("nightly{ID}"));
        assert_eq!(told("/scans/.snapshot/before/").name().unwrap(), "before");
        let by_name = Directory::new(None, [("name", Some("b"))]);
        assert_eq!(by_name.name().unwrap(), "b");
        let below = nightly().path_below(Path::new("/mnt/share")).unwrap();
        let wanted = format!("/mnt/share/.snapshot/nightly{ID}");
        assert_eq!(below, PathBuf::from(wanted));
    }

    #[test]
    fn what_would_lead_elsewhere_is_refused() {
        for name in [
            "", ".", "..", "a/b", "/etc", "../..", "a\\b", "a\nb", "a\0b",
        ] {
            for of in [
                Directory::new(None, [("name", Some(name)), ("id", Some(ID))]),
                Directory::new(None, [("id", Some(ID)), ("name", Some(name))]),
            ] {
                let error = of.path_below(Path::new("/m")).unwrap_err();
                assert_eq!(error.parameter(), Some("name"), "{error}");
                assert!(of.find_below(Path::new("/m")).is_err(), "{name:?}");
            }
        }
        for path in ["/", "/a/..", "/a/.snapshot", "/a/.snapshot/.", "a\nb"] {
            assert!(told(path).name().is_err(), "{path:?}");
        }
        let split = Directory::new(None, [("name", Some(".snap")), ("id", Some("shot"))]);
        assert!(split.name().is_err());
        assert!(Directory::new(None, [("name", None)]).name().is_err());
        assert!(nightly().path_below(Path::new("")).is_err());
    }

    #[test]
    fn the_documented_spelling_is_taken_at_once() {
        let exact = format!("nightly{ID}");
        let share = Share::with(&[&exact, &format!("Nightly-{ID}"), "nightly"]);
        assert_eq!(share.find(&nightly()), Ok(exact));
    }

    #[test]
    fn other_spellings_are_found() {
        let beside = [format!("weekly{ID}1"), format!("nightly{OTHER}")];
        for spelled in [
            format!("nightly-{ID}"),
            format!("NIGHTLY_{}", ID.to_uppercase()),
            format!("nightly{}", ID.replace('-', "")),
            format!("nightly 2026-05-11 {ID}"),
            ID.to_owned(),
            format!("@GMT-{ID}"),
            "nightly".to_owned(),
            "nightly-43f6aa58".to_owned(),
        ] {
            let share = Share::with(&[&spelled, &beside[0], &beside[1]]);
            fs::write(share.0.join(SNAPSHOTS).join("nightly.txt"), "a file").unwrap();
            assert_eq!(share.find(&nightly()), Ok(spelled));
        }
        let share = Share::with(&["Before_Upgrade", "after"]);
        let of = told("/scans/.snapshot/before-upgrade");
        assert_eq!(share.find(&of), Ok("Before_Upgrade".to_owned()));
    }

    #[test]
    fn another_snapshot_of_the_name_is_not_taken() {
        let (one, two) = (format!("nightly{OTHER}"), format!("nightly-2{OTHER}"));
        let share = Share::with(&[&one, &two]);
        let wanted = format!(
            "/m/.snapshot has no directory for the snapshot `nightly{ID}`; there is `{two}`, `{one}`"
        );
        assert_eq!(share.find(&nightly()), Err(wanted));
    }

    #[test]
    fn two_that_fit_are_told_and_none_is_taken() {
        let share = Share::with(&[&format!("nightly-{ID}"), &format!("nightly_{ID}")]);
        let wanted = format!(
            "/m/.snapshot has several directories that may be the snapshot `nightly{ID}`: take one of \
             `nightly-{ID}`, `nightly_{ID}`"
        );
        assert_eq!(share.find(&nightly()), Err(wanted));
    }

    #[test]
    fn without_snapshots_the_error_says_why_they_are_not_seen() {
        let share = Share::with(&[]);
        let error = share.find(&nightly()).unwrap_err();
        assert!(
            error.starts_with("there is no directory /m/.snapshot: is the share mounted there")
        );
        assert!(error.contains("`ls -a` does not show it"), "{error}");
        assert!(error.contains("can be entered by its name"), "{error}");
        fs::create_dir(share.0.join(SNAPSHOTS)).unwrap();
        let error = share.find(&nightly()).unwrap_err();
        assert!(error.ends_with("; it is empty"), "{error}");
        let many: Vec<String> = (0..23).map(|number| format!("s{number:02}")).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        let error = Share::with(&many).find(&nightly()).unwrap_err();
        assert!(error.ends_with("`s19` and 3 more"), "{error}");
    }

    fn mount(host: Option<&str>, path: Option<&str>, at: &str) -> Result<String, Error> {
        Source::new(Some(("host", host)), ("mount_path", path)).mount_command(Path::new(at))
    }

    #[test]
    fn a_share_is_mounted_by_a_command_for_a_shell() {
        let plain = mount(
            Some("10.114.16.9"),
            Some("/702114/media-store"),
            "/mnt/media",
        );
        let wanted = "mount -t nfs 10.114.16.9:/702114/media-store /mnt/media";
        assert_eq!(plain.unwrap(), wanted);
        let whole = Source::new(None, ("path", Some("10.20.0.7:/scans")));
        let command = whole.mount_command(Path::new("/mnt")).unwrap();
        assert_eq!(command, "mount -t nfs 10.20.0.7:/scans /mnt");
        let six = mount(Some("fd00::7"), Some("/s"), "/mnt").unwrap();
        assert_eq!(six, "mount -t nfs '[fd00::7]:/s' /mnt");
    }

    #[test]
    fn no_word_of_it_is_more_than_one_to_a_shell() {
        let evil = "/$(touch x)`id`;'\"&& rm *~#\\ é";
        let command = mount(Some("h"), Some(evil), &format!("/mnt{evil}")).unwrap();
        let script = format!("set -- {}; printf '%s\\n' \"$#\" \"$@\"", command);
        let out = std::process::Command::new("sh")
            .args(["-c", &script])
            .output();
        let said = String::from_utf8(out.unwrap().stdout).unwrap();
        assert_eq!(said, format!("5\nmount\n-t\nnfs\nh:{evil}\n/mnt{evil}\n"));
    }

    #[test]
    fn what_cannot_be_mounted_is_refused() {
        for (host, path, at, blamed) in [
            (None, Some("/s"), "/mnt", "host"),
            (Some(""), Some("/s"), "/mnt", "host"),
            (Some("h"), None, "/mnt", "mount_path"),
            (Some("-h"), Some("/s"), "/mnt", "host"),
            (Some("h"), Some("/s\n"), "/mnt", "mount_path"),
            (Some("h"), Some("/s"), "mnt", "mount_point"),
            (Some("h"), Some("/s"), "", "mount_point"),
            (Some("h"), Some("/s"), "/a\nb", "mount_point"),
        ] {
            let error = mount(host, path, at).unwrap_err();
            assert_eq!(error.parameter(), Some(blamed), "{error}");
        }
    }
}
