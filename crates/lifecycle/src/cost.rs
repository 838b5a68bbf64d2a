//! What snapshots cost.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::kind::Kind;
use crate::look::{Snapshot, Thing};

/// What all of them cost.
#[derive(Debug, Clone, Serialize)]
pub struct Cost {
    /// Sums of all kinds whose price is known, by currency.
    pub month: BTreeMap<&'static str, f64>,
    /// The kinds that are in no such sum, since nobody knows what their snapshots cost.
    pub unpriced: Vec<&'static str>,
    /// Each kind.
    pub kinds: Vec<Sum>,
    /// Each tag of the things; what has several counts under each.
    pub tags: Vec<Sum>,
    /// Each thing, the dearest first.
    pub things: Vec<Sum>,
    /// Where the prices are from.
    pub prices: Vec<Source>,
}

/// A sum.
#[derive(Debug, Clone, Serialize)]
pub struct Sum {
    /// The kind, where it is one of one kind.
    pub kind: &'static str,
    /// What it is the sum of.
    pub of: String,
    /// How many snapshots.
    pub snapshots: usize,
    /// How many gigabytes.
    pub gigabytes: f64,
    /// What they cost in a month; nothing where no price is known.
    pub month: Option<f64>,
    /// In which currency.
    pub currency: &'static str,
}

/// Where a price is from.
#[derive(Debug, Clone, Serialize)]
pub struct Source {
    /// The kind.
    pub kind: &'static str,
    /// For a gigabyte and a month.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub month: Option<f64>,
    /// In which currency.
    pub currency: &'static str,
    /// The page that says so, or why there is none.
    pub source: &'static str,
    /// The day on which it did.
    pub date: &'static str,
}

impl Cost {
    /// Rounds sums to hundredths, of money and of gigabytes.
    pub fn round(&mut self) {
        let hundredths = |number: &mut f64| *number = (*number * 100.0).round() / 100.0;
        self.month.values_mut().for_each(hundredths);
        let sums = self
            .kinds
            .iter_mut()
            .chain(&mut self.tags)
            .chain(&mut self.things);
        for sum in sums {
            hundredths(&mut sum.gigabytes);
            sum.month.iter_mut().for_each(hundredths);
        }
    }
}

/// What is said of the tag of what has none.
pub const NO_TAG: &str = "(no tag)";
/// What is said of a thing that is gone.
pub const GONE: &str = "(gone)";

impl Sum {
    fn new(kind: &'static Kind, of: String) -> Self {
        Self {
            kind: kind.name,
            of,
            snapshots: 0,
            gigabytes: 0.0,
            month: kind.price.as_ref().map(|_| 0.0),
            currency: kind.price.as_ref().map_or("", |price| price.currency),
        }
    }

    fn add(&mut self, snapshot: &Snapshot) {
        let size = snapshot.size.unwrap_or(0.0);
        self.snapshots += 1;
        self.gigabytes += size;
        if let (Some(month), Some(price)) = (&mut self.month, &snapshot.kind.price) {
            *month += price.of(size);
        }
    }
}

/// Sums up what snapshots cost, by the kind, the tag and the thing that they are of.
#[must_use]
pub fn cost(kinds: &[&'static Kind], snapshots: &[Snapshot], things: &[Thing]) -> Cost {
    let mut of_kind: BTreeMap<&str, Sum> = BTreeMap::new();
    let mut of_tag: BTreeMap<(&str, String), Sum> = BTreeMap::new();
    let mut of_thing: BTreeMap<(&str, String), Sum> = BTreeMap::new();
    let known: BTreeMap<(&str, &str), &Thing> = things
        .iter()
        .map(|it| ((it.kind.name, it.id.as_str()), it))
        .collect();
    for snapshot in snapshots {
        let kind = snapshot.kind;
        let thing = known.get(&(kind.name, snapshot.of.as_str()));
        let add = |sum: &mut Sum| sum.add(snapshot);
        add(of_kind
            .entry(kind.name)
            .or_insert_with(|| Sum::new(kind, kind.name.to_owned())));
        let name = thing.map_or(GONE, |thing| thing.name.as_str());
        let label = format!("{} {name}", snapshot.of);
        add(of_thing
            .entry((kind.name, snapshot.of.clone()))
            .or_insert_with(|| Sum::new(kind, label)));
        let mut tags: Vec<String> = thing.map(|thing| thing.tags.clone()).unwrap_or_default();
        if tags.is_empty() {
            tags.push(if thing.is_some() { NO_TAG } else { GONE }.to_owned());
        }
        for tag in tags {
            let sum = of_tag
                .entry((kind.name, tag.clone()))
                .or_insert_with(|| Sum::new(kind, tag));
            sum.add(snapshot);
        }
    }
    let mut month = BTreeMap::new();
    let mut unpriced = Vec::new();
    for sum in of_kind.values() {
        match sum.month {
            Some(costs) => *month.entry(sum.currency).or_insert(0.0) += costs,
            None => unpriced.push(sum.kind),
        }
    }
    let mut things: Vec<Sum> = of_thing.into_values().collect();
    things.sort_by(|one, other| {
        other
            .month
            .unwrap_or(0.0)
            .total_cmp(&one.month.unwrap_or(0.0))
    });
    let prices = kinds.iter().map(|kind| match &kind.price {
        Some(price) => Source {
            kind: kind.name,
            month: Some(price.month),
            currency: price.currency,
            source: price.source,
            date: price.date,
        },
        None => Source {
            kind: kind.name,
            month: None,
            currency: "",
            source: kind.unpriced,
            date: "",
        },
    });
    Cost {
        month,
        unpriced,
        kinds: of_kind.into_values().collect(),
        tags: of_tag.into_values().collect(),
        things,
        prices: prices.collect(),
    }
}
