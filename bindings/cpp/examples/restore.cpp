// Makes a volume or a droplet from a snapshot, whichever it was taken of, and waits until it can be used.
//
// Usage: restore SNAPSHOT_ID NAME [SIZE]. SIZE is the slug of a droplet's size; without it the cheapest is taken
// that the snapshot fits on. It is made in the first region where the snapshot is.

#include <algorithm>
#include <iostream>

#include <snapline.hpp>

#include "outcome.hpp"

using namespace snapline::digitalocean;

namespace {

// The cheapest size in a region with a disk that is large enough; empty where there is none.
std::string cheapest(const Client& client, std::int64_t disk, std::string_view region) {
    std::string found;
    double price = 0;
    for (const auto& it : client.sizes().list()) {
        const auto regions = it.regions();
        if (!it.available() || it.disk() < disk || std::find(regions.begin(), regions.end(), region) == regions.end()) {
            continue;
        }
        if (found.empty() || it.price_monthly() < price) {
            found = it.slug();
            price = it.price_monthly();
        }
    }
    return found;
}

// Neither is sent twice: after a request whose outcome is unknown the service is asked what it made of it.
Volume make(const Client& client, const VolumesCreateAndWaitArgs& args) try {
    return client.volumes().create_and_wait(args);
} catch (const snapline::Error& error) {
    if (!error.outcome_unknown() || !error.sent_at()) throw;
    const auto since = snapline::rfc3339(*error.sent_at());
    const auto found = client.volumes().find_created({since, *args.name, *args.region, *args.size_gigabytes});
    return client.volumes().wait_until_there(only(found, error).id());
}

Droplet make(const Client& client, const DropletsCreateAndWaitArgs& args) try {
    return client.droplets().create_and_wait(args);
} catch (const snapline::Error& error) {
    if (!error.outcome_unknown() || !error.sent_at()) throw;
    const auto since = snapline::rfc3339(*error.sent_at());
    const auto found = client.droplets().find_created({since, *args.name, *args.size, args.region});
    return client.droplets().wait_until_active(only(found, error).id());
}

}  // namespace

int main(int count, char** given) try {
    if (count < 3 || count > 4 || *given[1] == '\0' || *given[2] == '\0') {
        std::cerr << "usage: restore SNAPSHOT_ID NAME [SIZE]\n\n"
                     "Makes a volume or a droplet called NAME, whichever SNAPSHOT_ID was taken of. SIZE is the slug\n"
                     "of a droplet's size; unless given it is the cheapest that the snapshot fits on.\n"
                  << surroundings;
        return 2;
    }
    const std::string name = given[2];
    const auto client = Client::from_env();
    const auto snapshot = client.snapshots().get(given[1]);
    if (snapshot.regions().empty()) {
        std::cerr << "the snapshot " << snapshot.name() << " is in no region yet\n";
        return 1;
    }
    const std::string region(snapshot.regions()[0]);
    if (snapshot.resource_type() == ResourceType::volume) {
        VolumesCreateAndWaitArgs args{name, snapshot.min_disk_size(), region};
        args.snapshot_id = snapshot.id();
        std::cout << "making the volume " << name << " of " << snapshot.name() << std::endl;
        const auto volume = make(client, args);
        std::cout << "volume " << volume.id() << " can be used in " << region << '\n';
        return 0;
    }
    if (snapshot.resource_type() == ResourceType::droplet) {
        const auto size = count > 3 ? given[3] : cheapest(client, snapshot.min_disk_size(), region);
        if (size.empty()) {
            std::cerr << "no size in " << region << " has a disk of " << snapshot.min_disk_size() << " GiB\n";
            return 1;
        }
        // The image that a droplet's snapshot is has the same number.
        DropletsCreateAndWaitArgs args{name, size, std::stoll(std::string(snapshot.id()))};
        args.region = region;
        std::cout << "making the droplet " << name << " (" << size << ") of " << snapshot.name() << std::endl;
        const auto droplet = make(client, args);
        std::cout << "droplet " << droplet.id() << " can be used in " << region << '\n';
        return 0;
    }
    std::cerr << "a snapshot of a " << snapshot.resource_type_string() << " is nothing this program knows\n";
    return 1;
} catch (const snapline::Error& error) {
    std::cerr << error.what() << '\n';
    return 1;
}
