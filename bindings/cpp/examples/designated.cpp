// The C++ of the documentation: with C++20 arguments are named in place. -std=c++20
//
// Usage: designated SHARE_ID

#include <iostream>

#include <snapline.hpp>

int main(int count, char** given) try {
    const auto client = snapline::digitalocean::Client::from_env();
    const auto share = client.nfs().get(count > 1 ? given[1] : "");
    auto action = client.nfs().snapshot(share.id(), {.name = "designated", .region = "atl1"});
    std::cout << action.status_string() << '\n';
    std::size_t seen = 0;
    for (auto const& s : client.snapshots().list({.per_page = 100, .resource_type = "volume"})) {
        if (seen++ < 3) std::cout << s.id() << '\n';
    }
    const auto snapshot = client.nfs().snapshots().wait_until_active(
        {.share_id = std::string(share.id()), .name = "designated", .options = {.max_attempts = 2}});
    return seen > 0 && snapshot.status() == snapline::digitalocean::NfsSnapshotStatus::active ? 0 : 1;
} catch (const snapline::Error& error) {
    std::cerr << error.what() << '\n';
    return 1;
}
