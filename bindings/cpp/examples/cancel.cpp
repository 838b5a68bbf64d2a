// Waits until a share is gone; Ctrl-C ends the wait at once.
//
// Usage: cancel SHARE_ID

#include <csignal>
#include <iostream>

#include <snapline.hpp>

using namespace snapline::digitalocean;

namespace {

const snapline::CancelToken* token = nullptr;

extern "C" void on_interrupt(int) {
    // Safe in a signal handler: it only sets a flag.
    token->cancel();
}

}  // namespace

int main(int count, char** given) try {
    if (count < 2) {
        std::cerr << "usage: cancel SHARE_ID\n";
        return 2;
    }
    const snapline::CancelToken stop;
    token = &stop;
    std::signal(SIGINT, on_interrupt);

    const auto client = Client::from_env();
    snapline::WaitOptions options;
    options.call.cancel = &stop;
    std::cout << "waiting" << std::endl;
    client.nfs().wait_until_deleted(given[1], {}, options);
    std::cout << "gone\n";
    return 0;
} catch (const snapline::CancelledError&) {
    std::cout << "cancelled\n";
    return 130;
} catch (const snapline::Error& error) {
    std::cerr << error.what() << '\n';
    return 1;
}
