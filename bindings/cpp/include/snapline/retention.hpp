/* Which snapshots of a list to keep and which to delete: rules over a list, and nothing else. Needs C++17. */

#ifndef SNAPLINE_RETENTION_HPP
#define SNAPLINE_RETENTION_HPP

#include "call.hpp"

#include <snapline/retention.h>

namespace snapline::retention {

/// As a count of a rule: keep all of them.
inline constexpr std::uint32_t all = SNAPLINE_RETENTION_ALL;

/// What a list is divided by before the rules go over each part.
enum class GroupKey {
    /// Item::group.
    group,
    /// The set of an item's tags.
    tags,
};

/// What is ours, and what of it to keep. A snapshot is kept if one rule says so; a count of 0 and an empty text
/// are no rule, and without a rule nothing is deleted.
struct Policy {
    /// Ours are those whose name begins with this. Where own_tag is set as well, both must hold. One of the two
    /// must be set before anything is deleted.
    std::optional<std::string> name_prefix{};
    /// Ours are those that have this tag.
    std::optional<std::string> own_tag{};
    /// How many of the newest to keep; retention::all for all of them, here and below.
    std::uint32_t keep_last = 0;
    /// For how many hours that have a snapshot to keep the newest of each; counted from the latest such hour.
    std::uint32_t keep_hourly = 0;
    /// The same for days.
    std::uint32_t keep_daily = 0;
    /// The same for weeks, which begin on Monday.
    std::uint32_t keep_weekly = 0;
    /// The same for months.
    std::uint32_t keep_monthly = 0;
    /// The same for years.
    std::uint32_t keep_yearly = 0;
    /// Keep all that are not so much older than the newest, written as in "2y5m7d3h".
    std::string keep_within{};
    /// Of those that are not so much older than the newest keep the newest of each hour.
    std::string keep_within_hourly{};
    /// The same for days.
    std::string keep_within_daily{};
    /// The same for weeks.
    std::string keep_within_weekly{};
    /// The same for months.
    std::string keep_within_monthly{};
    /// The same for years.
    std::string keep_within_yearly{};
    /// Keep what has all tags of one of these lists. The list of the empty text alone stands for what has no tag.
    std::vector<std::vector<std::string>> keep_tags{};
    /// What a list is divided by; empty for one group.
    std::vector<GroupKey> group_by{GroupKey::group};
    /// How many that can be used stay in each group whatever the rules say; no less than 1.
    std::uint32_t keep_at_least = 1;
    /// By how much the clock that hours and days go by is ahead of UTC; less than a day.
    std::chrono::minutes utc_offset{0};
    /// The time now: what claims to be younger is kept and counts as nothing. Without it all times are believed.
    std::optional<Timestamp::Time> now{};
};

/// A snapshot as far as retention looks at it.
struct Item {
    /// What a decision names it by; no two of a list have the same.
    std::string id{};
    /// Its name.
    std::string name{};
    /// When it was made, as RFC 3339 has it; what is no such time is kept.
    std::string created_at{};
    /// Its tags.
    std::vector<std::string> tags{};
    /// What it is a snapshot of, such as a share's id: each has its own to keep.
    std::string group{};
    /// Whether data can be had back from it; one that is being made or has failed is not usable.
    bool usable = true;
};

/// Why a snapshot is kept or deleted; borrowed from the plan.
struct Reason {
    /// What it goes by, such as "keep_daily", "not_ours" or "no_rule".
    std::string_view rule;
    /// Whether the rule keeps it only since it is the oldest of all, and there are fewer than it may keep.
    bool is_oldest;
    /// Half a sentence for a person.
    std::string_view text;
};

/// What is to become of one snapshot; borrowed from the plan.
class Decision {
public:
    Decision(const snapline_retention_plan* plan, std::size_t index) noexcept : plan_(plan), index_(index) {}

    /// The id of the item.
    std::string_view id() const noexcept { return detail::view(snapline_retention_plan_id_at(plan_, index_)); }

    /// Whether it is to be deleted; else it is kept.
    bool is_delete() const noexcept { return snapline_retention_plan_is_delete_at(plan_, index_); }

    /// Why; there is always one reason at least.
    std::vector<Reason> reasons() const {
        std::vector<Reason> all;
        const std::size_t count = snapline_retention_plan_reason_count_at(plan_, index_);
        all.reserve(count);
        for (std::size_t i = 0; i < count; ++i) {
            all.push_back({detail::view(snapline_retention_plan_reason_rule_at(plan_, index_, i)),
                           snapline_retention_plan_reason_is_oldest_at(plan_, index_, i),
                           detail::view(snapline_retention_plan_reason_text_at(plan_, index_, i))});
        }
        return all;
    }

private:
    const snapline_retention_plan* plan_;
    std::size_t index_;
};

/// The decisions about a list, in the list's order. Move it; it is not copied.
class Plan {
public:
    using iterator = detail::IndexIterator<Plan, Decision>;
    using const_iterator = iterator;

    /// Takes over a plan of the C library.
    explicit Plan(snapline_retention_plan* owned) noexcept : handle_(owned) {}

    /// How many decisions there are.
    std::size_t size() const noexcept { return snapline_retention_plan_count(handle_.get()); }
    /// Whether there are none.
    bool empty() const noexcept { return size() == 0; }

    /// The decision about the item at an index below size(), borrowed from the plan.
    Decision operator[](std::size_t index) const noexcept { return Decision(handle_.get(), index); }

    /// The first one, for a range-based for loop.
    iterator begin() const noexcept { return iterator(this, 0); }
    /// Where a loop ends.
    iterator end() const noexcept { return iterator(this, size()); }

    /// The ids of what is to be deleted, borrowed from the plan. The oldest comes first: whoever stops in between
    /// has lost the least.
    ListView<std::string_view, snapline_retention_plan> to_delete() const noexcept {
        return {handle_.get(), snapline_retention_plan_to_delete_count, snapline_retention_plan_to_delete_at};
    }

    /// The handle of the C library.
    const snapline_retention_plan* handle() const noexcept { return handle_.get(); }

private:
    detail::Handle<snapline_retention_plan_free> handle_;
};

}  // namespace snapline::retention

namespace snapline::detail {

inline Handle<snapline_retention_policy_free> make_policy(const retention::Policy& from, Input& input) {
    Handle<snapline_retention_policy_free> made(snapline_retention_policy_new());
    snapline_retention_policy* to = made.get();
    if (from.name_prefix) snapline_retention_policy_set_name_prefix(to, input.text(*from.name_prefix, "name_prefix"));
    if (from.own_tag) snapline_retention_policy_set_own_tag(to, input.text(*from.own_tag, "own_tag"));
    snapline_retention_policy_set_keep_last(to, from.keep_last);
    snapline_retention_policy_set_keep_hourly(to, from.keep_hourly);
    snapline_retention_policy_set_keep_daily(to, from.keep_daily);
    snapline_retention_policy_set_keep_weekly(to, from.keep_weekly);
    snapline_retention_policy_set_keep_monthly(to, from.keep_monthly);
    snapline_retention_policy_set_keep_yearly(to, from.keep_yearly);
    const auto within = [&](auto set, const std::string& value, const char* name) {
        if (!value.empty()) set(to, input.text(value, name));
    };
    within(snapline_retention_policy_set_keep_within, from.keep_within, "keep_within");
    within(snapline_retention_policy_set_keep_within_hourly, from.keep_within_hourly, "keep_within_hourly");
    within(snapline_retention_policy_set_keep_within_daily, from.keep_within_daily, "keep_within_daily");
    within(snapline_retention_policy_set_keep_within_weekly, from.keep_within_weekly, "keep_within_weekly");
    within(snapline_retention_policy_set_keep_within_monthly, from.keep_within_monthly, "keep_within_monthly");
    within(snapline_retention_policy_set_keep_within_yearly, from.keep_within_yearly, "keep_within_yearly");
    for (const auto& tags : from.keep_tags) {
        input.set_texts(to, snapline_retention_policy_add_keep_tags, tags, "keep_tags");
    }
    std::vector<std::string> keys;
    for (const auto key : from.group_by) keys.emplace_back(key == retention::GroupKey::group ? "group" : "tags");
    input.set_texts(to, snapline_retention_policy_set_group_by, keys, "group_by");
    snapline_retention_policy_set_keep_at_least(to, from.keep_at_least);
    // Beyond what an int holds is beyond a day as well, which the plan refuses.
    const auto minutes = from.utc_offset.count();
    const bool fits = minutes > INT16_MIN && minutes < INT16_MAX;
    snapline_retention_policy_set_utc_offset_minutes(to, fits ? static_cast<std::int32_t>(minutes) : INT16_MAX);
    if (from.now) snapline_retention_policy_set_now_ns(to, from.now->time_since_epoch().count());
    return made;
}

inline Handle<snapline_retention_items_free> make_items(const std::vector<retention::Item>& from, Input& input) {
    Handle<snapline_retention_items_free> made(snapline_retention_items_new());
    for (const auto& item : from) {
        std::vector<const char*> tags;
        for (const auto& tag : item.tags) tags.push_back(input.text(tag, "tags"));
        const char* id = input.text(item.id, "id");
        const char* name = input.text(item.name, "name");
        const char* created_at = input.text(item.created_at, "created_at");
        const char* group = input.text(item.group, "group");
        snapline_retention_items_add(made.get(), id, name, created_at, group, tags.data(), tags.size(), item.usable);
    }
    return made;
}

}  // namespace snapline::detail

namespace snapline::retention {

/// Decides about each item of a list. Nothing is deleted by this, and nothing is to be deleted where it fails: for
/// a value that cannot be, an id that is listed twice, or a policy that has a rule and does not say what is ours.
///
/// Never to be deleted is what nothing marks as ours, what has no time that can be read or one that is yet to come,
/// what is not usable, anything of a group whose newest is not usable, and what would leave too few.
inline Result<Plan> try_plan(const Policy& policy, const std::vector<Item>& items) {
    detail::Input input;
    const auto made_policy = detail::make_policy(policy, input);
    const auto made_items = detail::make_items(items, input);
    if (input.error()) return *input.error();
    snapline_retention_plan* out = nullptr;
    snapline_error* error = nullptr;
    if (snapline_retention_apply(made_policy.get(), made_items.get(), &out, &error) != SNAPLINE_OK) {
        return Error(error);
    }
    return Plan(out);
}

#if SNAPLINE_EXCEPTIONS
/// As try_plan, or throws.
inline Plan plan(const Policy& policy, const std::vector<Item>& items) { return try_plan(policy, items).value(); }
#endif

}  // namespace snapline::retention

#endif
