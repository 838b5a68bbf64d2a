// The C++ of README.md, word for word, around a share that is there to be snapshotted. -std=c++20
//
// Usage: readme SHARE_ID

#include <iostream>
#include <string>

#include <snapline.hpp>

static int work(const std::string& share_id) {
    auto client = snapline::digitalocean::Client::from_env();
    auto action = client.nfs().snapshot(share_id, {.name = "nightly", .region = "atl1"});
    auto snapshot = client.nfs().snapshots().wait_until_active(
        action, {.share_id = share_id, .name = "nightly", .region = "atl1"});
    std::cout << snapshot.name() << " is " << snapshot.status_string() << '\n';
    for (auto const& s : client.snapshots().list({.resource_type = "volume"}))  // pages as needed
        std::cout << s.id() << ' ' << s.size_gigabytes() << '\n';
    return 0;
}

int main(int count, char** given) try {
    return work(count > 1 ? given[1] : "");
} catch (const snapline::Error& error) {
    std::cerr << error.what() << '\n';
    return 1;
}
