#include <iostream>

#include <snapline/digitalocean/client.hpp>

// A client needs no network until it is asked for something.
int main() try {
    snapline::Settings settings;
    settings.token = "a-token-of-nobody";
    const snapline::digitalocean::Client client(settings);
    std::cout << "snapline " << snapline_version() << '\n';
    return 0;
} catch (const snapline::Error& error) {
    std::cerr << error.what() << '\n';
    return 1;
}
