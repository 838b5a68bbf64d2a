#include <chrono>
#include <iostream>
#include <string>

#include <snapline.hpp>

int main(int count, char** given) try {
    const std::string share_id = count > 1 ? given[1] : "";
    const std::string name = "from-cpp";
    const auto client = snapline::digitalocean::Client::from_env();
    const auto action = client.nfs().snapshot(share_id, {name, "atl1"});
    BLOCK
    std::cout << page.size() << ' ' << response.http_status() << '\n';
    return 0;
} catch (const snapline::Error& error) {
    std::cerr << error.what() << '\n';
    return 1;
}
