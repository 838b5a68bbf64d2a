// Copies the snapshot of a droplet to other regions, and waits until it can be used in each.
//
// Usage: move_region SNAPSHOT_ID REGION...
//
// Where it is already nothing is done. A region that fails does not stop the others; it exits with 1 then.

#include <algorithm>
#include <charconv>
#include <cstring>
#include <iostream>

#include <snapline.hpp>

#include "outcome.hpp"

using namespace snapline::digitalocean;

namespace {

// Nothing is sent twice: after a request whose outcome is unknown the service is asked what it made of it.
void transfer(const Client& client, std::int64_t image_id, const std::string& region) try {
    client.images().actions().transfer_and_wait(image_id, {region});
} catch (const snapline::Error& error) {
    if (!error.outcome_unknown() || !error.sent_at()) throw;
    const auto found =
        client.images().actions().find_transfer(image_id, {snapline::rfc3339(*error.sent_at()), region});
    client.images().actions().wait_for(only(found, error));
    client.images().wait_until_available(image_id);
}

}  // namespace

int main(int count, char** given) try {
    std::int64_t image_id = 0;
    const char* end = count < 3 ? nullptr : given[1] + std::strlen(given[1]);
    if (count < 3 || std::from_chars(given[1], end, image_id).ptr != end || image_id < 1) {
        std::cerr << "usage: move_region SNAPSHOT_ID REGION...\n\n"
                     "SNAPSHOT_ID is the number of a droplet's snapshot; those of volumes stay in their region.\n"
                  << surroundings;
        return 2;
    }
    const auto client = Client::from_env();
    const auto image = client.images().get(image_id);
    const auto regions = image.regions();
    int broken = 0;
    // One after the other: the service does one thing at a time with an image.
    for (int index = 2; index < count; ++index) {
        const std::string region = given[index];
        if (std::find(regions.begin(), regions.end(), std::string_view(region)) != regions.end()) {
            std::cout << region << ": there already\n";
            continue;
        }
        std::cout << region << ": copying" << std::endl;
        try {
            transfer(client, image_id, region);
            std::cout << region << ": usable" << std::endl;
        } catch (const snapline::Error& error) {
            std::cerr << region << ": " << error.what() << '\n';
            ++broken;
        }
    }
    return broken == 0 ? 0 : 1;
} catch (const snapline::Error& error) {
    std::cerr << error.what() << '\n';
    return 1;
}
