//! Takes tonight's snapshot of every DigitalOcean droplet and volume that carries a tag, and deletes those of earlier
//! nights that are no longer to be kept: of seven days and of four weeks one each stays.
//!
//! It deletes only what is called `nightly-…`, and only of what has a snapshot of tonight that can be used. To run it
//! twice in a night takes nothing twice. It ends with 1 if anything failed.

mod surely;

use std::collections::{HashMap, HashSet};
use std::process::ExitCode;
use std::time::{Duration, SystemTime};

use snapline::digitalocean::models::{ResourceType, Snapshot};
use snapline::digitalocean::{Client, Error, Timestamp};
use snapline::retention::{self, Item, Policy};

use surely::surely;

const USAGE: &str = "usage: nightly TAG [PARALLEL]

Takes a snapshot of everything that carries TAG, PARALLEL (8) at once, and deletes old ones.
DIGITALOCEAN_TOKEN is the token; SNAPLINE_DIGITALOCEAN_URL points at another server, such as snapline-mock.";

/// What the names of our snapshots begin with.
pub(crate) const PREFIX: &str = "nightly-";

/// One night's work.
pub(crate) struct Night<'a> {
    pub(crate) client: &'a Client,
    /// What it is for carries this.
    pub(crate) tag: &'a str,
    /// The name of tonight's snapshots.
    pub(crate) name: String,
    /// How many calls at once.
    pub(crate) parallel: usize,
    /// How long something that was made may take to show.
    pub(crate) grace: Duration,
}

/// What a snapshot is taken of.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Target {
    Droplet(i64),
    Volume(String),
}

impl Target {
    /// What a snapshot was taken of; none for a kind that this program does not know.
    pub(crate) fn of(snapshot: &Snapshot) -> Option<Self> {
        let id = &snapshot.resource_id;
        match snapshot.resource_type {
            ResourceType::Droplet => id.parse().ok().map(Self::Droplet),
            ResourceType::Volume => Some(Self::Volume(id.clone())),
            _ => None,
        }
    }

    fn text(&self) -> String {
        match self {
            Self::Droplet(id) => format!("droplet {id}"),
            Self::Volume(id) => format!("volume {id}"),
        }
    }
}

/// What became of one target.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    pub(crate) taken: bool,
    pub(crate) deleted: usize,
    pub(crate) kept: usize,
    pub(crate) failures: Vec<String>,
}

/// Every target with what became of it.
pub(crate) type Report = Vec<(Target, Outcome)>;

impl Night<'_> {
    /// Takes what is missing, then deletes what need not be kept. What goes wrong with one target is in the report.
    pub(crate) async fn work(&self) -> Result<Report, Error> {
        let targets = self.targets().await?;
        let wanted: HashSet<&Target> = targets.iter().collect();
        let mut snapshots: HashMap<Target, Vec<Snapshot>> = HashMap::new();
        // One walk for all: a list for each would be a request for each.
        let mut walk = self.client.snapshots().list().items();
        while let Some(snapshot) = walk.try_next().await? {
            if let Some(target) = Target::of(&snapshot).filter(|it| wanted.contains(it)) {
                snapshots.entry(target).or_default().push(snapshot);
            }
        }
        let is_tonights = |one: &Snapshot| one.name == self.name;
        let (there, missing): (Vec<Target>, Vec<Target>) = targets.into_iter().partition(|it| {
            snapshots
                .get(it)
                .is_some_and(|all| all.iter().any(is_tonights))
        });
        let mut report: Report = there
            .into_iter()
            .map(|it| (it, Outcome::default()))
            .collect();

        let mut taking = snapline::each(missing, self.parallel, async |target: Target| {
            self.take(&target).await
        });
        while let Some((target, result)) = taking.next().await {
            let mut outcome = Outcome::default();
            match result {
                Ok(snapshot) => {
                    eprintln!("{}: {} is there", target.text(), self.name);
                    outcome.taken = true;
                    snapshots.entry(target.clone()).or_default().push(snapshot);
                }
                Err(error) => {
                    eprintln!("{}: {error}", target.text());
                    outcome.failures.push(error.to_string());
                    // Without tonight's nothing older goes.
                    snapshots.remove(&target);
                }
            }
            report.push((target, outcome));
        }
        self.prune(&snapshots, &mut report).await?;
        Ok(report)
    }

    /// Everything that carries the tag. Volumes cannot be asked for by it.
    async fn targets(&self) -> Result<Vec<Target>, Error> {
        let mut targets = Vec::new();
        let mut droplets = self.client.droplets().list().tag_name(self.tag).items();
        while let Some(droplet) = droplets.try_next().await? {
            targets.push(Target::Droplet(droplet.id));
        }
        let mut volumes = self.client.volumes().list().items();
        while let Some(volume) = volumes.try_next().await? {
            // Capitals do not tell tags apart at DigitalOcean.
            let is_ours = |tag: &String| tag.eq_ignore_ascii_case(self.tag);
            if volume.tags.iter().flatten().any(is_ours) {
                targets.push(Target::Volume(volume.id));
            }
        }
        Ok(targets)
    }

    async fn take(&self, target: &Target) -> Result<Snapshot, Error> {
        match target {
            Target::Volume(id) => {
                let snapshots = self.client.volumes().snapshots();
                surely(
                    async || snapshots.create_and_wait(id, &self.name).await,
                    async |since| {
                        let found = snapshots.find_created(id, since, &self.name);
                        Ok(found.not_found_grace(self.grace).await?.pop())
                    },
                )
                .await
            }
            Target::Droplet(id) => {
                let actions = self.client.droplets().actions();
                surely(
                    async || actions.snapshot_and_wait(*id).name(&self.name).await,
                    async |since| self.find_of_droplet(*id, since).await,
                )
                .await
            }
        }
    }

    /// Waits for the snapshot of an action whose answer was lost.
    async fn find_of_droplet(&self, id: i64, since: SystemTime) -> Result<Option<Snapshot>, Error> {
        let droplets = self.client.droplets();
        let found = droplets.actions().find_snapshot(id, since);
        let Some(action) = found.not_found_grace(self.grace).await?.pop() else {
            return Ok(None);
        };
        droplets.actions().wait_for(&action).await?;
        let taken = droplets
            .snapshots()
            .wait_until_taken(&action)
            .name(&self.name);
        let taken = taken.await?;
        let snapshot = self.client.snapshots().wait_until_there(taken.id).await?;
        Ok(Some(snapshot))
    }

    async fn prune(
        &self,
        snapshots: &HashMap<Target, Vec<Snapshot>>,
        report: &mut Report,
    ) -> Result<(), Error> {
        let policy = Policy {
            name_prefix: Some(PREFIX.to_owned()),
            keep_daily: 7,
            keep_weekly: 4,
            ..Policy::default()
        };
        let mut items = Vec::new();
        let mut owners = HashMap::new();
        for (target, all) in snapshots {
            for snapshot in all {
                owners.insert(snapshot.id.clone(), target);
                items.push(Item {
                    name: snapshot.name.clone(),
                    created_at: snapshot.created_at.unix_nanos(),
                    group: target.text(),
                    ..Item::new(&snapshot.id)
                });
            }
        }
        let plan =
            retention::plan(&policy, &items).map_err(|error| Error::config(error.to_string()))?;
        let mut deleted: HashMap<&Target, usize> = HashMap::new();
        let mut failed: HashMap<&Target, Vec<String>> = HashMap::new();
        let delete = async |id: &str| self.client.snapshots().delete(id).send().await;
        let mut deleting = snapline::each(plan.to_delete(), self.parallel, delete);
        while let Some((id, result)) = deleting.next().await {
            let Some(target) = owners.get(id).copied() else {
                continue;
            };
            match result {
                // Somebody else may have deleted it.
                Err(error) if !error.is_not_found() => {
                    eprintln!("{}: {error}", target.text());
                    failed.entry(target).or_default().push(error.to_string());
                }
                _ => *deleted.entry(target).or_default() += 1,
            }
        }
        for (target, outcome) in report {
            outcome.deleted = deleted.get(target).copied().unwrap_or_default();
            outcome.kept = snapshots.get(target).map_or(0, Vec::len) - outcome.deleted;
            outcome
                .failures
                .extend(failed.remove(target).unwrap_or_default());
        }
        Ok(())
    }
}

/// A line for each target and one for all.
pub(crate) fn lines(report: &Report, name: &str) -> Vec<String> {
    let mut lines = Vec::new();
    for (target, it) in report {
        let what = match (it.taken, it.failures.is_empty()) {
            (_, false) => format!("FAILED: {}", it.failures.join("; ")),
            (true, true) => format!("{name} taken"),
            (false, true) => format!("{name} was there"),
        };
        let (deleted, kept) = (it.deleted, it.kept);
        lines.push(format!(
            "{}: {what}; {deleted} deleted, {kept} kept",
            target.text()
        ));
    }
    let taken = report.iter().filter(|(_, it)| it.taken).count();
    let failed = report
        .iter()
        .filter(|(_, it)| !it.failures.is_empty())
        .count();
    let deleted: usize = report.iter().map(|(_, it)| it.deleted).sum();
    let all = report.len();
    lines.push(format!(
        "{all} in all: {taken} taken, {deleted} deleted, {failed} failed"
    ));
    lines
}

/// The name of tonight's snapshots; days are those of UTC.
fn tonight() -> String {
    let now = Timestamp::from(SystemTime::now());
    let day = now.as_str().split('T').next().unwrap_or_default();
    format!("{PREFIX}{day}")
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (tag, parallel) = match arguments.as_slice() {
        [tag] => (tag, Some(8)),
        [tag, parallel] => (tag, parallel.parse().ok().filter(|it| *it > 0)),
        _ => {
            eprintln!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    let (false, Some(parallel)) = (tag.starts_with('-'), parallel) else {
        eprintln!("{USAGE}");
        return ExitCode::from(2);
    };
    match run(tag, parallel).await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("nightly: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Whether all went well.
async fn run(tag: &str, parallel: usize) -> Result<bool, Error> {
    // A night has time: calls wait rather than run into the rate limit.
    let client = Client::builder().pacing(true).build()?;
    let night = Night {
        client: &client,
        tag,
        name: tonight(),
        parallel,
        grace: Duration::from_secs(30),
    };
    let report = night.work().await?;
    for line in lines(&report, &night.name) {
        println!("{line}");
    }
    Ok(report.iter().all(|(_, it)| it.failures.is_empty()))
}
