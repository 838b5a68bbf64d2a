// Nightly rotation of everything that carries a tag: takes a snapshot of each droplet and volume, keeps the last 7
// days and 4 weeks of those it took, deletes the rest.
//
// Usage: nightly TAG [PARALLEL]. Snapshots are called nightly-DATE; what is not called nightly-… is never deleted, and
// of a resource without a usable snapshot of tonight nothing is.
//
// Meant for cron: a second run in a night takes nothing twice. It exits with 1 if anything failed, and says what.

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <iostream>
#include <map>
#include <vector>

#include <snapline.hpp>

#include "outcome.hpp"

using namespace snapline::digitalocean;

namespace {

// What the names of our snapshots begin with.
constexpr std::string_view prefix = "nightly-";

struct Resource {
    std::string kind;
    std::string id;
    // Whether tonight's snapshot can be used, and whether it was taken now.
    bool there = false;
    bool taken = false;
    std::size_t kept = 0;
    std::size_t deleted = 0;
    std::vector<std::string> problems{};
};

struct Unwanted {
    std::string id;
    Resource* of;
};

// Capital and small letters count as the same in tags.
bool same_tag(std::string_view left, std::string_view right) {
    const auto same = [](unsigned char a, unsigned char b) { return std::tolower(a) == std::tolower(b); };
    return std::equal(left.begin(), left.end(), right.begin(), right.end(), same);
}

// Droplets are asked for by their tag; volumes cannot be, so all are looked at.
std::vector<Resource> tagged(const Client& client, const std::string& tag) {
    std::vector<Resource> found;
    DropletsListArgs with_tag;
    with_tag.tag_name = tag;
    for (const auto& it : client.droplets().list(with_tag)) {
        found.push_back({"droplet", std::to_string(it.id())});
    }
    for (const auto& it : client.volumes().list()) {
        const auto tags = it.tags();
        if (std::any_of(tags.begin(), tags.end(), [&](std::string_view own) { return same_tag(own, tag); })) {
            found.push_back({"volume", std::string(it.id())});
        }
    }
    return found;
}

// Takes a snapshot and waits until it can be used. Nothing is sent twice: after a request whose outcome is unknown
// the service is asked what it made of it.
Snapshot take(const Client& client, const Resource& of, const std::string& name) try {
    if (of.kind == "volume") return client.volumes().snapshots().create_and_wait(of.id, {name});
    return client.droplets().actions().snapshot_and_wait(std::stoll(of.id), {name});
} catch (const snapline::Error& error) {
    if (!error.outcome_unknown() || !error.sent_at()) throw;
    const auto since = snapline::rfc3339(*error.sent_at());
    if (of.kind == "volume") {
        const auto snapshots = client.volumes().snapshots().find_created(of.id, {since, name});
        return client.snapshots().wait_until_there(only(snapshots, error).id());
    }
    const auto actions = client.droplets().actions().find_snapshot(std::stoll(of.id), {since});
    const auto action = client.droplets().actions().wait_for(only(actions, error));
    const auto taken = client.droplets().snapshots().wait_until_taken(action, {name});
    return client.snapshots().wait_until_there(taken.id());
}

snapline::retention::Item item_of(const SnapshotView& snapshot) {
    snapline::retention::Item item;
    item.id = snapshot.id();
    item.name = snapshot.name();
    item.created_at = snapshot.created_at().text();
    item.group = snapshot.resource_id();
    return item;
}

// What the policy does not keep of the resources that have tonight's snapshot.
std::vector<Unwanted> unwanted(const std::map<std::string, Resource*>& by_id,
                               std::vector<snapline::retention::Item> items) {
    const auto lacks = [&](const auto& item) { return !by_id.at(item.group)->there; };
    items.erase(std::remove_if(items.begin(), items.end(), lacks), items.end());
    snapline::retention::Policy policy;
    policy.name_prefix = prefix;
    policy.keep_daily = 7;
    policy.keep_weekly = 4;
    const auto plan = snapline::retention::plan(policy, items);
    std::map<std::string_view, Resource*> of;
    for (std::size_t i = 0; i < items.size(); ++i) {
        of[items[i].id] = by_id.at(items[i].group);
        of[items[i].id]->kept += plan[i].is_delete() ? 0 : 1;
    }
    std::vector<Unwanted> found;
    for (const auto id : plan.to_delete()) found.push_back({std::string(id), of.at(id)});
    return found;
}

// A line for each resource and one for all.
bool report(const std::vector<Resource>& resources, const std::string& tonight) {
    std::size_t broken = 0;
    std::size_t taken = 0;
    std::size_t deleted = 0;
    for (const auto& it : resources) {
        std::cout << it.kind << ' ' << it.id << ": ";
        if (it.problems.empty()) {
            std::cout << tonight << (it.taken ? " taken" : " was there");
        } else {
            std::cout << "FAILED";
            for (const auto& problem : it.problems) std::cout << ": " << problem;
        }
        std::cout << "; " << it.deleted << " deleted, " << it.kept << " kept\n";
        broken += it.problems.empty() ? 0 : 1;
        taken += it.taken ? 1 : 0;
        deleted += it.deleted;
    }
    std::cout << resources.size() << " in all: " << taken << " taken, " << deleted << " deleted, " << broken
              << " failed\n";
    return broken == 0;
}

}  // namespace

int main(int count, char** given) try {
    const int wanted = count > 2 ? std::atoi(given[2]) : 8;
    if (count < 2 || count > 3 || *given[1] == '-' || *given[1] == '\0' || wanted < 1) {
        std::cerr << "usage: nightly TAG [PARALLEL]\n\n"
                     "Takes a snapshot of everything that carries TAG, PARALLEL (8) at once, and deletes old ones.\n"
                  << surroundings;
        return 2;
    }
    const std::string tag = given[1];
    const auto parallel = static_cast<std::size_t>(wanted);
    const auto now = snapline::rfc3339(std::chrono::system_clock::now());
    const std::string tonight = std::string(prefix) + now.substr(0, now.find('T'));
    // A night has time: calls wait rather than run into the rate limit.
    snapline::Settings settings;
    settings.pacing = true;
    const Client client(settings);

    auto resources = tagged(client, tag);
    if (resources.empty()) {
        std::cerr << "nothing carries the tag " << tag << '\n';
        return 1;
    }
    std::map<std::string, Resource*> by_id;
    for (auto& it : resources) by_id[it.id] = &it;
    // One walk for all: what is there already, and what there is to delete.
    std::vector<snapline::retention::Item> items;
    for (const auto& it : client.snapshots().list()) {
        const auto of = by_id.find(std::string(it.resource_id()));
        if (of == by_id.end()) continue;
        items.push_back(item_of(it));
        if (it.name() == tonight) of->second->there = true;
    }

    std::vector<Resource*> lacking;
    for (auto& it : resources) {
        if (!it.there) lacking.push_back(&it);
    }
    snapline::each(
        lacking, parallel, [&](const Resource* of) { return take(client, *of, tonight); },
        [&](Resource* of, snapline::Result<Snapshot> taken) {
            if (taken) {
                of->there = of->taken = true;
                items.push_back(item_of(*taken));
                std::cerr << of->kind << ' ' << of->id << ": " << tonight << " is there\n";
            } else {
                of->problems.emplace_back(taken.error().what());
            }
        });

    const auto old = unwanted(by_id, std::move(items));
    snapline::each(
        old, parallel, [&](const Unwanted& it) { client.snapshots().delete_(it.id); },
        [](const Unwanted& it, snapline::Result<void> result) {
            // One that is gone is as it should be.
            if (result || result.error().is_not_found()) {
                ++it.of->deleted;
            } else {
                it.of->problems.emplace_back(result.error().what());
            }
        });
    return report(resources, tonight) ? 0 : 1;
} catch (const snapline::Error& error) {
    std::cerr << error.what() << '\n';
    return 1;
}
