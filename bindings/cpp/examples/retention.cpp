// Deletes the snapshots of an NFS share that a policy does not keep: the C++ of docs/retention.md, word for word.
//
// Usage: retention SHARE_ID. Only what is called `nightly-…` is ever deleted.

#include <iostream>
#include <vector>

#include <snapline.hpp>

using namespace snapline::digitalocean;

namespace {

// Whether data can be had back from it.
bool usable(NfsSnapshotStatus status) {
    return status == NfsSnapshotStatus::active || status == NfsSnapshotStatus::snapshot_active ||
           status == NfsSnapshotStatus::snapshot_available;
}

}  // namespace

int main(int count, char** given) try {
    if (count < 2) {
        std::cerr << "usage: retention SHARE_ID\n";
        return 2;
    }
    const auto client = Client::from_env();
    NfsSnapshotsListArgs of_share;
    of_share.share_id = given[1];

    snapline::retention::Policy policy;
    policy.name_prefix = "nightly-";
    policy.keep_daily = 7;
    policy.keep_weekly = 4;
    policy.keep_within = "1d12h";

    std::vector<snapline::retention::Item> items;
    for (const auto& it : client.nfs().snapshots().list(of_share)) {
        auto& item = items.emplace_back();
        item.id = it.id();
        item.name = it.name();
        item.created_at = it.created_at().text();
        item.group = it.share_id();
        item.usable = usable(it.status());
    }
    const auto plan = snapline::retention::plan(policy, items);
    for (const auto decision : plan) {
        std::cout << (decision.is_delete() ? "delete " : "keep ") << decision.id() << ": "
                  << decision.reasons().front().text << '\n';
    }
    for (const auto id : plan.to_delete()) client.nfs().snapshots().delete_(std::string(id));
    return 0;
} catch (const snapline::Error& error) {
    std::cerr << error.what() << '\n';
    return 1;
}
