// A program outside the repository, built against an installed snapline.

#include <iostream>

#include <snapline.hpp>

int main() try {
    const auto client = snapline::digitalocean::Client::from_env();
    std::cout << client.nfs().list().size() << " shares\n";
    return 0;
} catch (const snapline::Error& error) {
    std::cerr << error.what() << '\n';
    return 1;
}
