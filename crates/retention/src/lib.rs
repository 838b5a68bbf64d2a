//! Which snapshots of a list to keep and which to delete, with the reasons for each.
//!
//! The rules are restic's: the last few, the newest of each hour, day, week, month and year, all that is no
//! older than a duration, and those with a tag. Nothing here lists, deletes or looks at a clock: [`plan`] takes
//! a list and a [`Policy`], and gives a [`Plan`].
//!
//! What a plan never deletes, whatever the rules say:
//! - what nothing marks as ours ([`Policy::name_prefix`], [`Policy::own_tag`]);
//! - what has no time that can be read, or one that is yet to come;
//! - what is not usable; it does not count as kept either, so that it takes no other's place;
//! - anything in a group whose newest is not usable yet;
//! - so many that fewer than [`Policy::keep_at_least`] would be left in a group;
//! - anything at all where the policy has no rule.
//!
//! ```
//! use snapline_retention::{Item, Policy, parse_time, plan};
//!
//! let policy = Policy {
//!     name_prefix: Some("nightly-".to_owned()),
//!     keep_daily: 2,
//!     ..Policy::default()
//! };
//! let item = |id: &str, name: &str, time: &str| Item {
//!     name: name.to_owned(),
//!     created_at: parse_time(time),
//!     ..Item::new(id)
//! };
//! let plan = plan(&policy, &[
//!     item("1", "nightly-1", "2026-03-01T02:00:00Z"),
//!     item("2", "nightly-2", "2026-03-02T02:00:00Z"),
//!     item("3", "nightly-3", "2026-03-03T02:00:00Z"),
//!     item("4", "before the upgrade", "2026-03-01T12:00:00Z"),
//! ])?;
//! assert_eq!(plan.to_delete().collect::<Vec<_>>(), ["1"]);
//! for decision in plan.decisions() {
//!     println!("{decision}");
//! }
//! # Ok::<(), snapline_retention::Error>(())
//! ```

mod apply;
mod calendar;
mod error;
mod item;
mod plan;
mod policy;
mod reason;
mod within;

pub use error::Error;
pub use item::{Item, parse_time};
pub use plan::{Decision, Plan, plan};
pub use policy::{ALL, GroupKey, Policy};
pub use reason::{Reason, Rule};
pub use within::Within;
