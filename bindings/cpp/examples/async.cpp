// Asks for several things at once and waits for all answers with a condition variable.
//
// Usage: async [CALLS]

#include <condition_variable>
#include <cstdlib>
#include <iostream>
#include <mutex>

#include <snapline.hpp>

using namespace snapline::digitalocean;

int main(int count, char** given) try {
    const int wanted = count > 1 ? std::atoi(given[1]) : 8;
    const auto client = Client::from_env();

    std::mutex mutex;
    std::condition_variable done;
    int open = 0;
    std::size_t seen = 0;
    int broken = 0;

    for (int page = 1; page <= wanted; ++page) {
        SnapshotsListArgs args;
        args.page = page;
        {
            const std::lock_guard<std::mutex> lock(mutex);
            ++open;
        }
        // Called once, on a thread of the library.
        const auto begun = client.snapshots().list_page_async(args, {}, [&](snapline::Result<SnapshotPage> answer) {
            const std::lock_guard<std::mutex> lock(mutex);
            if (answer) {
                seen += answer->size();
            } else {
                ++broken;
                std::cerr << answer.error().what() << '\n';
            }
            --open;
            done.notify_one();
        });
        if (!begun) {
            // It never began, so nothing will be called for it.
            const std::lock_guard<std::mutex> lock(mutex);
            --open;
            ++broken;
        }
    }
    std::unique_lock<std::mutex> lock(mutex);
    done.wait(lock, [&] { return open == 0; });
    std::cout << wanted << " calls, " << seen << " snapshots, " << broken << " failed\n";
    return broken == 0 ? 0 : 1;
} catch (const snapline::Error& error) {
    std::cerr << error.what() << '\n';
    return 1;
}
