// Pages through all snapshots of the account, without exceptions: -fno-exceptions
//
// Usage: pages [PER_PAGE]

#include <cstdlib>
#include <iostream>

#include <snapline.hpp>

using namespace snapline::digitalocean;

namespace {

int failed(const snapline::Error& error) {
    std::cerr << error.what() << '\n';
    return 1;
}

}  // namespace

int main(int count, char** given) {
    auto client = Client::try_make();
    if (!client) return failed(client.error());

    SnapshotsListArgs args;
    if (count > 1) args.per_page = std::atoi(given[1]);
    auto items = client->snapshots().try_list(args);
    if (!items) return failed(items.error());

    std::size_t seen = 0;
    double gigabytes = 0;
    for (;;) {
        const auto item = items->try_next();
        if (!item) return failed(item.error());
        if (!item->has_value()) break;
        gigabytes += (*item)->size_gigabytes();
        ++seen;
    }
    std::cout << seen << " snapshots, " << gigabytes << " GB\n";
    return 0;
}
