//! What is laid out in a prefix, as a .tar.gz and a Debian package: the same bytes whoever packs it, whenever.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::artefact::{VERSION, of_one_day, one_day, scratch, write};
use crate::fault::{Fault, Result};
use crate::run::{program, quiet, silent, text};
use crate::sources::entries;

/// What is packed.
pub(crate) struct Packed<'p> {
    /// What the .tar.gz and the folder in it are called, with the version.
    pub(crate) archive: &'p str,
    /// One line.
    pub(crate) summary: &'p str,
    /// The file of the prefix that needs what the machine has.
    pub(crate) binary: &'p Path,
    /// What Debian has of it.
    pub(crate) packages: &'p [Deb<'p>],
}

/// A Debian package.
pub(crate) struct Deb<'p> {
    pub(crate) name: &'p str,
    pub(crate) section: &'p str,
    /// Some more than the summary, a line each.
    pub(crate) description: &'p [&'p str],
    /// What it needs, where that is not what the binary does.
    pub(crate) depends: Option<&'p str>,
    /// Files for dpkg beside `control`, by their names.
    pub(crate) control: &'p [(&'p str, &'p str)],
    /// Lays out below `usr`, the second folder, what it has of the prefix, the first one.
    pub(crate) lay_out: &'p dyn Fn(&Path, &Path) -> Result<()>,
}

/// The archives of one thing.
pub(crate) struct Archives {
    pub(crate) tarball: PathBuf,
    /// The Debian packages; what others need comes first.
    pub(crate) debs: Vec<PathBuf>,
}

/// Copies all of a folder that is there into another, with links and modes.
pub(crate) fn copied(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to).map_err(|error| Fault::path(to, "made", &error))?;
    silent(
        "copy a folder",
        program("cp", ["-a"]).arg(from.join(".")).arg(to),
    )
}

/// Packs a folder, under another name, in a .tar.gz.
pub(crate) fn packed(tarball: &Path, folder: &Path, name: &str) -> Result<()> {
    quiet(
        "pack the .tar.gz",
        tar(tarball, folder, ".").arg(format!("--transform=flags=r;s,^\\.,{name},")),
    )?;
    println!("    {}", tarball.display());
    Ok(())
}

impl Packed<'_> {
    /// Packs a prefix in every way.
    pub(crate) fn archives(&self, prefix: &Path, folder: &Path) -> Result<Archives> {
        let tarball = folder.join(format!("{}.tar.gz", self.archive));
        packed(&tarball, prefix, self.archive)?;
        let debs = self
            .packages
            .iter()
            .map(|deb| self.deb(deb, prefix, folder));
        Ok(Archives {
            tarball,
            debs: debs.collect::<Result<_>>()?,
        })
    }

    fn deb(&self, deb: &Deb<'_>, prefix: &Path, folder: &Path) -> Result<PathBuf> {
        let scratch = scratch()?;
        let root = scratch.path();
        let usr = root.join("usr");
        fs::create_dir_all(&usr).map_err(|error| Fault::path(&usr, "made", &error))?;
        (deb.lay_out)(prefix, &usr)?;
        deb.licensed(&usr)?;
        let needs = match deb.depends {
            Some(needs) => needs.to_owned(),
            None => depends(&prefix.join(self.binary))?,
        };
        let control = deb.described(self.summary, &needs, &usr)?;
        write(&root.join("DEBIAN/control"), &control)?;
        for (name, text) in deb.control {
            write(&root.join("DEBIAN").join(name), text)?;
        }
        quiet(
            "leave reading to all and writing to the owner",
            program("chmod", ["-R", "u=rwX,go=rX"]).arg(root),
        )?;
        let to = folder.join(format!("{}_{VERSION}_{}.deb", deb.name, architecture()));
        quiet(
            &format!("pack the .deb {}", deb.name),
            deb_of(root, &to)?.current_dir(root),
        )?;
        println!("    {}", to.display());
        Ok(to)
    }
}

impl Deb<'_> {
    fn described(&self, summary: &str, depends: &str, usr: &Path) -> Result<String> {
        let mut control = format!(
            "Package: {}\nVersion: {VERSION}\nArchitecture: {}\n\
             Maintainer: The snapline maintainers <maintainers@snapline.invalid>\n\
             Installed-Size: {}\nSection: {}\nPriority: optional\nDepends: {depends}\n\
             Homepage: {}\nDescription: {}\n",
            self.name,
            architecture(),
            size_below(usr)?.div_ceil(1024),
            self.section,
            env!("CARGO_PKG_REPOSITORY"),
            summary,
        );
        for line in self.description {
            control.push_str(&format!(" {line}\n"));
        }
        Ok(control)
    }

    /// Whose it is and how it may be used, where Debian looks for that.
    fn licensed(&self, usr: &Path) -> Result<()> {
        let copyright = format!(
            "snapline, {}\n\nMIT or Apache-2.0, as you like. The text of Apache-2.0 is in \
             /usr/share/common-licenses/Apache-2.0.\n\n{}",
            env!("CARGO_PKG_REPOSITORY"),
            include_str!("../../LICENSE-MIT")
        );
        let doc = usr.join("share/doc").join(self.name);
        write(&doc.join("copyright"), &copyright)
    }
}

impl Archives {
    /// Unpacks the .tar.gz in an empty folder; gives what is a prefix then.
    pub(crate) fn unpacked(&self, to: &Path) -> Result<PathBuf> {
        fs::create_dir_all(to).map_err(|error| Fault::path(to, "made", &error))?;
        quiet(
            "unpack the .tar.gz in an empty folder",
            program("tar", ["--strip-components=1", "-xzf"])
                .arg(&self.tarball)
                .current_dir(to),
        )?;
        Ok(to.to_owned())
    }

    /// Installs Debian packages below an empty folder, held to what this machine's packages are; where there is no dpkg
    /// they are unpacked there. Gives what is a prefix then.
    pub(crate) fn installed(&self, root: &Path) -> Result<PathBuf> {
        installed(&self.debs, root)
    }
}

/// The same for any of them.
pub(crate) fn installed(debs: &[PathBuf], root: &Path) -> Result<PathBuf> {
    fs::create_dir_all(root).map_err(|error| Fault::path(root, "made", &error))?;
    if !by_dpkg(debs, root)? {
        debs.iter().try_for_each(|deb| deb_unpacked(deb, root))?;
    }
    Ok(root.join("usr"))
}

/// What our packages may need of the system.
const OF_THE_SYSTEM: [&str; 2] = ["libc6", "libgcc-s1"];

fn by_dpkg(debs: &[PathBuf], root: &Path) -> Result<bool> {
    let known = program("dpkg-query", ["--status"])
        .args(OF_THE_SYSTEM)
        .output();
    let Some(known) = known.ok().filter(|output| output.status.success()) else {
        return Ok(false);
    };
    let database = root.join("var/lib/dpkg");
    write(
        &database.join("status"),
        &format!("{}\n", String::from_utf8_lossy(&known.stdout)),
    )?;
    for folder in ["info", "updates"] {
        let folder = database.join(folder);
        fs::create_dir_all(&folder).map_err(|error| Fault::path(&folder, "made", &error))?;
    }
    quiet(
        "install the .deb below an empty folder",
        program("dpkg", ["--force-not-root", "--force-bad-path"])
            .arg(format!("--log={}", text(&root.join("dpkg.log"))))
            .arg(format!("--root={}", text(root)))
            .arg("--install")
            .args(debs),
    )?;
    Ok(true)
}

/// Unpacks a Debian package with what every system has.
fn deb_unpacked(deb: &Path, to: &Path) -> Result<()> {
    let parts = scratch()?;
    quiet(
        "take the .deb apart",
        program("ar", ["x"]).arg(deb).current_dir(parts.path()),
    )?;
    let data = entries(parts.path())?.into_iter().find(|path| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name.starts_with("data.tar")
    });
    let data = data.ok_or_else(|| Fault::new("the .deb has no data"))?;
    quiet(
        "unpack it",
        program("tar", ["-xf"]).arg(&data).current_dir(to),
    )
}

/// As Debian calls it.
fn architecture() -> &'static str {
    match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    }
}

/// The command that packs a part of a folder.
fn tar(to: &Path, folder: &Path, what: &str) -> Command {
    let mut command = program("tar", ["--use-compress-program=gzip -n", "-cf"]);
    command
        .arg(to)
        .args(["--format=gnu", "--owner=0", "--group=0", "--numeric-owner"])
        .args(["--sort=name", "--mode=u=rwX,go=rX"])
        .arg(format!("--mtime=@{}", one_day()))
        .arg("-C")
        .arg(folder)
        .arg(what);
    command
}

/// The command that packs a laid out package: dpkg-deb's, or where that is missing the same by ar.
fn deb_of(root: &Path, package: &Path) -> Result<Command> {
    if program("dpkg-deb", ["--version"]).output().is_ok() {
        // The default, xz, takes minutes for the static library, and the last percent of gzip half of one.
        let pack = ["-Zgzip", "-z6", "--root-owner-group", "--build"];
        let mut command = program("dpkg-deb", pack);
        of_one_day(command.arg(root).arg(package));
        return Ok(command);
    }
    write(&root.join("debian-binary"), "2.0\n")?;
    for (name, folder, what) in [
        ("control.tar.gz", "DEBIAN", "."),
        ("data.tar.gz", ".", "./usr"),
    ] {
        quiet(
            "pack a part of the .deb",
            &mut tar(&root.join(name), &root.join(folder), what),
        )?;
    }
    let _ = fs::remove_file(package);
    // Without times and owners.
    let mut command = program("ar", ["rcD"]);
    command
        .arg(package)
        .args(["debian-binary", "control.tar.gz", "data.tar.gz"]);
    Ok(command)
}

/// What readelf says of a file.
pub(crate) fn readelf(of: &str, file: &Path) -> Result<String> {
    let output = program("readelf", [of]).arg(file).output();
    let output = output.map_err(|error| {
        Fault::new(format!(
            "readelf cannot be started: {error}; install binutils"
        ))
    })?;
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// The libraries that readelf says are needed, sorted.
pub(crate) fn needed(dynamic: &str) -> Vec<&str> {
    let mut needed: Vec<&str> = dynamic
        .lines()
        .filter(|line| line.contains("(NEEDED)"))
        .filter_map(|line| line.split_once('[')?.1.strip_suffix(']'))
        .collect();
    needed.sort_unstable();
    needed
}

/// The parts of glibc that were libraries of their own.
const GLIBC: [&str; 6] = [
    "libc.so.6",
    "libdl.so.2",
    "libm.so.6",
    "libpthread.so.0",
    "librt.so.1",
    "libutil.so.1",
];

/// The packages of Debian that a file needs, in the version that it needs of glibc.
fn depends(file: &Path) -> Result<String> {
    packages(
        &needed(&readelf("-dW", file)?),
        &readelf("--version-info", file)?,
    )
}

fn packages(libraries: &[&str], versions: &str) -> Result<String> {
    let mut all = Vec::new();
    for library in libraries {
        let package = match *library {
            name if GLIBC.contains(&name) => match newest_glibc(versions) {
                Some((major, minor)) => format!("libc6 (>= {major}.{minor})"),
                None => "libc6".to_owned(),
            },
            "libgcc_s.so.1" => "libgcc-s1".to_owned(),
            name if name.starts_with("ld-linux") => continue,
            other => {
                return Err(Fault::new(format!(
                    "it needs {other}, and nothing says in which package of Debian that is"
                )));
            }
        };
        if !all.contains(&package) {
            all.push(package);
        }
    }
    Ok(all.join(", "))
}

/// The newest version of glibc of which a file needs a symbol.
fn newest_glibc(versions: &str) -> Option<(u32, u32)> {
    let named = versions.split("Name: GLIBC_").skip(1);
    let numbers = named.filter_map(|rest| {
        let mut parts = rest.split_whitespace().next()?.split('.');
        Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
    });
    numbers.max()
}

/// How many bytes the files below a folder have; of a link, which may lead to another package, its own.
pub(crate) fn size_below(folder: &Path) -> Result<u64> {
    entries(folder)?
        .iter()
        .map(|path| {
            let about =
                fs::symlink_metadata(path).map_err(|error| Fault::path(path, "read", &error))?;
            match about.is_dir() {
                true => size_below(path),
                false => Ok(about.len()),
            }
        })
        .sum()
}

/// Packs the files of a folder one by one, as Debian has manual pages.
pub(crate) fn gzipped(folder: &Path) -> Result<()> {
    let files = entries(folder)?;
    quiet(
        &format!("pack {} files of {}", files.len(), text(folder)),
        program("gzip", ["-9n"]).args(&files),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn needed_libraries_are_read() {
        let told = " 0x1 (NEEDED)  Shared library: [libgcc_s.so.1]\n 0x1 (NEEDED)  Shared library: \
                    [libc.so.6]\n 0xe (SONAME)  Library soname: [libsnapline.so.0]\n";
        assert_eq!(needed(told), ["libc.so.6", "libgcc_s.so.1"]);
    }

    #[test]
    fn a_package_needs_the_newest_glibc_that_its_symbols_do() {
        let versions =
            "  Name: GLIBC_2.9  Flags: none\n  Name: GLIBC_2.17  Flags: none\n  Name: GCC_3.0\n";
        let told = packages(
            &["ld-linux-x86-64.so.2", "libc.so.6", "libm.so.6"],
            versions,
        );
        assert_eq!(told.unwrap(), "libc6 (>= 2.17)");
        let told = packages(&["libc.so.6", "libgcc_s.so.1"], "").unwrap();
        assert_eq!(told, "libc6, libgcc-s1");
        let refused = packages(&["libssl.so.3"], versions).unwrap_err();
        assert!(refused.to_string().contains("libssl.so.3"), "{refused}");
    }

    #[test]
    fn a_link_to_what_another_package_has_counts_as_itself() {
        let folder = scratch().unwrap();
        write(&folder.path().join("lib/a"), "abc").unwrap();
        let before = size_below(folder.path()).unwrap();
        assert_eq!(before, 3);
        std::os::unix::fs::symlink("nowhere", folder.path().join("lib/b")).unwrap();
        assert_eq!(size_below(folder.path()).unwrap(), 3 + 7);
    }

    #[test]
    fn the_same_is_packed_to_the_same_bytes() {
        let pack = |mode: &str, when: &str| {
            let prefix = scratch().unwrap();
            let out = scratch().unwrap();
            // A program that is there wherever there are tests.
            let own = std::env::current_exe().unwrap();
            let bin = prefix.path().join("bin");
            fs::create_dir_all(&bin).unwrap();
            write(&prefix.path().join("share/read.me"), "text\n").unwrap();
            std::os::unix::fs::symlink(&own, bin.join("program")).unwrap();
            let file = prefix.path().join("share/read.me");
            quiet("mode", program("chmod", [mode]).arg(&file)).unwrap();
            quiet("time", program("touch", ["-d", when]).arg(&file)).unwrap();
            let packed = Packed {
                archive: "thing",
                summary: "A thing",
                binary: Path::new("bin/program"),
                packages: &[Deb {
                    name: "libthing",
                    section: "utils",
                    description: &["It does nothing."],
                    depends: None,
                    control: &[("triggers", "activate-noawait ldconfig\n")],
                    lay_out: &copied,
                }],
            };
            let made = packed.archives(prefix.path(), out.path()).unwrap();
            (
                fs::read(made.tarball).unwrap(),
                fs::read(&made.debs[0]).unwrap(),
            )
        };
        assert!(pack("600", "2001-02-03") == pack("664", "2021-02-03"));
    }
}
