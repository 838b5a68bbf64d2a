// Nightly rotation: takes a snapshot of an NFS share, keeps the newest of those it took, deletes the rest.
//
// Usage: rotate SHARE_ID PREFIX KEEP
//
// Meant for cron: it exits with 1 if anything failed, and says what.

#include <algorithm>
#include <chrono>
#include <iostream>
#include <sstream>
#include <vector>

#include <snapline.hpp>

using namespace snapline::digitalocean;

namespace {

struct Kept {
    std::string id;
    std::string name;
    snapline::Timestamp::Time taken;
};

// A name that is used once. The service takes 20 characters, so milliseconds are written in hex.
std::string fresh_name(const std::string& prefix) {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    std::ostringstream name;
    name << prefix << '-' << std::hex << std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
    return name.str();
}

// Snapshots of the share that this program took, newest first.
std::vector<Kept> taken_here(const Client& client, const std::string& share_id, const std::string& prefix) {
    NfsSnapshotsListArgs args;
    args.share_id = share_id;
    std::vector<Kept> found;
    for (const auto& it : client.nfs().snapshots().list(args)) {
        const std::string name(it.name());
        // One without a time that can be read is never deleted.
        if (const auto taken = it.created_at().time(); taken && name.rfind(prefix + "-", 0) == 0) {
            found.push_back({std::string(it.id()), name, *taken});
        }
    }
    std::sort(found.begin(), found.end(), [](const Kept& a, const Kept& b) { return a.taken > b.taken; });
    return found;
}

}  // namespace

int main(int count, char** given) try {
    if (count < 4) {
        std::cerr << "usage: rotate SHARE_ID PREFIX KEEP\n";
        return 2;
    }
    const std::string share_id = given[1];
    const std::string prefix = given[2];
    const auto keep = static_cast<std::size_t>(std::max(1, std::atoi(given[3])));
    const auto client = Client::from_env();

    const std::string name = fresh_name(prefix);
    const auto action = client.nfs().snapshot(share_id, NfsSnapshotArgs{name});
    // Nothing is deleted before the new one can be used.
    snapline::WaitOptions options;
    options.first_interval = std::chrono::milliseconds(500);
    client.nfs().snapshots().wait_until_active(action, {share_id, name}, options);
    std::cout << "took " << name << '\n';

    const auto found = taken_here(client, share_id, prefix);
    for (std::size_t index = keep; index < found.size(); ++index) {
        client.nfs().snapshots().delete_(found[index].id);
        std::cout << "deleted " << found[index].name << '\n';
    }
    std::cout << "kept " << std::min(keep, found.size()) << '\n';
    return 0;
} catch (const snapline::Error& error) {
    std::cerr << error.what() << '\n';
    return 1;
}
