//! A policy over a year of nights, without any service.

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use snapline::retention::{self, Item};

use crate::kind::Kind;
use crate::policy::{Error, Rotation};

/// What a rotation comes to.
#[derive(Debug, Clone, Serialize)]
pub struct Simulated {
    /// Its name.
    pub rotation: String,
    /// How many snapshots are taken.
    pub nights: usize,
    /// Seconds between two of them.
    pub every_seconds: i64,
    /// How many stand at the end.
    pub at_the_end: usize,
    /// How many stood at once at most: a new one is there before old ones go.
    pub most: usize,
    /// On which night that was so for the first time, from 1.
    pub most_on: usize,
    /// How many seconds old the oldest is at the end.
    pub oldest_seconds: i64,
    /// The longest stretch in seconds without one, among those that stand at the end.
    pub longest_gap_seconds: i64,
    /// What stands at the end, the newest first, by its age in seconds and the rules that keep it.
    pub stands: Vec<Stands>,
    /// How many stood after each night.
    pub after_each: Vec<usize>,
    /// The kinds whose limit it would meet.
    pub over: Vec<Over>,
}

/// A snapshot at the end.
#[derive(Debug, Clone, Serialize)]
pub struct Stands {
    /// How old it is.
    pub age_seconds: i64,
    /// When it was taken.
    pub taken: Timestamp,
    /// The rules that keep it.
    pub why: Vec<&'static str>,
}

/// A limit that is met.
#[derive(Debug, Clone, Serialize)]
pub struct Over {
    /// The kind.
    pub kind: &'static str,
    /// How many of its snapshots there may be.
    pub most: u32,
    /// On which night one is refused, from 1; nothing where only the interval is too short.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub on: Option<usize>,
    /// What to tell a person.
    pub says: String,
}

/// Goes through nights from `from` on, for `length`, with a snapshot `every` so often.
///
/// # Errors
/// Where the policy cannot be worked with, or there is no night in that time.
pub fn simulate(
    rotation: &Rotation,
    kinds: &[&'static Kind],
    from: Timestamp,
    length: SignedDuration,
    every: SignedDuration,
) -> Result<Simulated, Error> {
    let wrong = |message: &str| Error {
        setting: "simulate".to_owned(),
        message: message.to_owned(),
    };
    if every < SignedDuration::from_secs(60) || length < every {
        return Err(wrong(
            "a simulation has one night at least, and a minute between two",
        ));
    }
    let nights = length.as_secs() / every.as_secs();
    if nights > 100_000 {
        return Err(wrong(
            "that would be more than 100000 nights; take a shorter time, or more between two",
        ));
    }
    let mut stands: Vec<Item> = Vec::new();
    let mut simulated = Simulated {
        rotation: rotation.name.clone(),
        nights: 0,
        every_seconds: every.as_secs(),
        at_the_end: 0,
        most: 0,
        most_on: 0,
        oldest_seconds: 0,
        longest_gap_seconds: 0,
        stands: Vec::new(),
        after_each: Vec::new(),
        over: Vec::new(),
    };
    let mut taken = None;
    for night in 0..nights {
        let now = from
            .checked_add(every.saturating_mul(i32::try_from(night).unwrap_or(i32::MAX)))
            .map_err(|_| wrong("that goes beyond the calendar"))?;
        let due = |last: Timestamp| {
            let least = rotation.min_interval.unwrap_or_default();
            now.duration_since(last) >= least
        };
        let name = rotation.snapshot_name(now, "thing");
        if taken.is_none_or(due) && stands.iter().all(|it| it.name != name) {
            taken = Some(now);
            simulated.nights += 1;
            stands.push(Item {
                name,
                created_at: Some(now.as_nanosecond()),
                ..Item::new(format!("{night}"))
            });
        }
        // What the night finds is refused before anything goes.
        let index = usize::try_from(night).unwrap_or_default() + 1;
        if stands.len() > simulated.most {
            (simulated.most, simulated.most_on) = (stands.len(), index);
        }
        for kind in kinds {
            let count = u32::try_from(stands.len()).unwrap_or(u32::MAX);
            let met = simulated.over.iter().any(|over| over.kind == kind.name);
            if let Some(most) = kind.most.filter(|most| count > *most && !met) {
                simulated.over.push(Over {
                    kind: kind.name,
                    most,
                    on: Some(index),
                    says: format!(
                        "a {} has {most} snapshots at most, and on night {index} there would be {count}: it is refused",
                        kind.name
                    ),
                });
            }
        }
        let plan = retention::plan(&rotation.keep, &stands).map_err(|error| Error {
            setting: error.parameter().to_owned(),
            message: error.to_string(),
        })?;
        let gone: Vec<String> = plan.to_delete().map(str::to_owned).collect();
        if night + 1 == nights {
            simulated.stands = plan
                .decisions()
                .iter()
                .filter(|decision| !decision.is_delete())
                .filter_map(|decision| {
                    let item = stands.iter().find(|it| it.id == decision.id())?;
                    let taken = Timestamp::from_nanosecond(item.created_at?).ok()?;
                    let why = decision
                        .reasons()
                        .iter()
                        .map(|reason| reason.rule().as_str());
                    Some(Stands {
                        age_seconds: now.duration_since(taken).as_secs(),
                        taken,
                        why: why.collect(),
                    })
                })
                .collect();
        }
        stands.retain(|it| !gone.contains(&it.id));
        simulated.after_each.push(stands.len());
    }
    for kind in kinds {
        let seconds = kind
            .interval
            .and_then(|seconds| i64::try_from(seconds).ok());
        if let Some(seconds) = seconds.filter(|seconds| *seconds > every.as_secs()) {
            simulated.over.push(Over {
                kind: kind.name,
                most: kind.most.unwrap_or_default(),
                on: None,
                says: format!(
                    "a {} takes one snapshot in {seconds} s, and this asks for more",
                    kind.name
                ),
            });
        }
    }
    simulated.stands.sort_by_key(|it| it.age_seconds);
    simulated.at_the_end = stands.len();
    simulated.oldest_seconds = simulated.stands.last().map_or(0, |it| it.age_seconds);
    let ages = simulated.stands.iter().map(|it| it.age_seconds);
    let older = ages.clone().skip(1);
    simulated.longest_gap_seconds = ages
        .zip(older)
        .map(|(new, old)| old - new)
        .max()
        .unwrap_or(0);
    Ok(simulated)
}
