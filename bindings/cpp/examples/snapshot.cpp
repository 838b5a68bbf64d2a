// Takes a snapshot of an NFS share and waits until it can be used.
//
// Usage: snapshot SHARE_ID NAME [REGION]
//
// The token comes from DIGITALOCEAN_TOKEN; SNAPLINE_DIGITALOCEAN_URL names another server.

#include <iostream>

#include <snapline/digitalocean/nfs.hpp>

using namespace snapline::digitalocean;

int main(int count, char** given) try {
    if (count < 3) {
        std::cerr << "usage: snapshot SHARE_ID NAME [REGION]\n";
        return 2;
    }
    const std::string share_id = given[1];
    const std::string name = given[2];
    NfsSnapshotArgs take{name};
    NfsSnapshotsWaitUntilActiveArgs wait{share_id, name};
    if (count > 3) {
        take.region = given[3];
        wait.region = given[3];
    }
    snapline::WaitOptions options;
    options.first_interval = std::chrono::milliseconds(500);
    options.on_poll = [&](std::optional<std::string_view> status, std::uint32_t polls) {
        std::cout << name << ": look " << polls << ": " << status.value_or("not there yet") << '\n';
        return true;
    };

    const auto client = Client::from_env();
    const auto action = client.nfs().snapshot(share_id, take);
    std::cout << name << ": action " << action.status_string() << '\n';
    const auto snapshot = client.nfs().snapshots().wait_until_active(action, wait, options);
    std::cout << snapshot.name() << ": " << snapshot.id() << ", " << snapshot.size_gib() << " GiB\n";
    return 0;
} catch (const snapline::Error& error) {
    std::cerr << error.what() << '\n';
    if (error.outcome_unknown()) {
        std::cerr << "the snapshot may have been taken all the same: look before trying again\n";
    }
    return 1;
}
