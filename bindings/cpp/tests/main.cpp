// Tests by hand: what the cases cannot say. Usage: tests MOCK_URL

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <thread>
#include <type_traits>
#include <vector>

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <snapline.hpp>

#include "../../c/tests/server.h"

using namespace snapline::digitalocean;

namespace {

unsigned failures = 0;
std::string mock_url;

#define CHECK(holds)                                                                  \
    do {                                                                              \
        if (!(holds)) {                                                               \
            ++failures;                                                               \
            std::cout << "  " << __FILE__ << ':' << __LINE__ << ": " #holds "\n"; \
        }                                                                             \
    } while (false)

snapline::Settings settings_for(const std::string& url) {
    snapline::Settings settings;
    settings.base_url = url;
    settings.token = "dop_v1_test";
    return settings;
}

Client mock_client() { return Client(settings_for(mock_url)); }

// Handles are moved and never copied; errors can be copied, as exceptions must.
static_assert(!std::is_copy_constructible_v<Client> && std::is_nothrow_move_constructible_v<Client>);
static_assert(!std::is_copy_constructible_v<NfsShare> && std::is_nothrow_move_constructible_v<NfsShare>);
static_assert(std::is_base_of_v<std::runtime_error, snapline::Error>);
static_assert(std::is_base_of_v<snapline::SnaplineError, snapline::APIError>);
static_assert(std::is_base_of_v<snapline::APIError, snapline::NotFoundError>);
static_assert(std::is_base_of_v<snapline::APIError, snapline::RateLimitError>);
static_assert(std::is_base_of_v<snapline::TimeoutError, snapline::WaitTimeoutError>);
static_assert(std::is_nothrow_copy_constructible_v<snapline::Error>);
// What cannot be left out has no default.
static_assert(!std::is_default_constructible_v<NfsSnapshotArgs>);
static_assert(std::is_default_constructible_v<NfsListArgs>);

void an_error_is_thrown_by_its_kind() {
    const auto client = mock_client();
    bool thrown = false;
    try {
        static_cast<void>(client.nfs().get("796c6fe3-2a1d-4da2-9f3e-000000000000"));
    } catch (const snapline::NotFoundError& error) {
        thrown = error.is_not_found() && error.http_status() == 404 && error.status() == snapline::Status::api;
    }
    CHECK(thrown);
    const auto failed = client.nfs().try_get("796c6fe3-2a1d-4da2-9f3e-000000000000");
    CHECK(!failed && failed.error().is_not_found());
    CHECK(failed.error().operation() == "nfs_get");
    const snapline::Error copy = failed.error();
    CHECK(std::string_view(copy.what()) == failed.error().what());
}

void b3_an_id_is_a_number_or_a_text() {
    const auto client = mock_client();
    const std::int64_t number = 190288552;
    const auto by_number = client.snapshots().try_get(number);
    CHECK(!by_number && by_number.error().is_not_found());
    const auto by_text = client.snapshots().try_get("190288552");
    CHECK(!by_text && by_text.error().is_not_found());
    const auto empty = client.snapshots().try_get("");
    CHECK(!empty && empty.error().parameter() == "snapshot_id");
}

void a_rule_is_checked_before_sending() {
    const auto client = mock_client();
    const auto failed = client.nfs().snapshots().try_get("");
    CHECK(!failed && failed.error().status() == snapline::Status::invalid_argument);
    CHECK(!failed && failed.error().parameter() == "nfs_snapshot_id");
    const auto nul = client.nfs().try_get(std::string_view("a\0b", 3));
    CHECK(!nul && nul.error().status() == snapline::Status::invalid_argument);
    NfsSnapshotArgs args{std::string("a\0b", 3)};
    const auto inside = client.nfs().try_snapshot("id", args);
    CHECK(!inside && inside.error().status() == snapline::Status::invalid_argument);
}

void arguments_are_set_by_name() {
    SnapshotsListArgs args;
    args.per_page = 7;
    args.resource_type = "volume";
    CHECK(args.per_page == 7 && args.resource_type && args.resource_type->text() == "volume");
    const auto page = mock_client().snapshots().list_page(args);
    CHECK(page.size() == 7 && page.number() == 1 && page.next_page() == 2u);
    CHECK(page.total().value_or(0) > 7);
    for (const auto& item : page) CHECK(item.resource_type() == ResourceType::volume);
}

void a_list_is_walked_across_pages() {
    const auto client = mock_client();
    std::size_t seen = 0;
    std::size_t stopped = 0;
    SnapshotsListArgs args;
    args.per_page = 150;
    for (const auto& item : client.snapshots().list(args)) {
        CHECK(!item.id().empty());
        ++seen;
    }
    CHECK(static_cast<std::int64_t>(seen) == client.snapshots().list_page(args).total());
    for (const auto& item : client.snapshots().list(args)) {
        static_cast<void>(item);
        if (++stopped == 3) break;
    }
    CHECK(stopped == 3);
}

void a_moved_object_leaves_an_empty_one() {
    auto first = Region::from_json(R"({"name":"Atlanta","slug":"atl1","features":["nfs"],"available":true,"sizes":[]})");
    const auto second = std::move(first);
    CHECK(second.name() == "Atlanta" && second.features().size() == 1 && second.features()[0] == "nfs");
    CHECK(first.name().empty());
    const auto bad = Region::try_from_json("[]");
    CHECK(!bad && bad.error().status() == snapline::Status::invalid_argument);
    const auto nul = Region::from_json("{\"name\":\"a\\u0000b\",\"slug\":\"\",\"features\":[],\"available\":true,\"sizes\":[]}");
    CHECK(nul.name() == std::string_view("a\0b", 3));
}

void b12_json_is_read_as_a_call_reads_it() {
    const auto odd = Region::from_json(R"({"slug":5,"features":"nfs"})");
    CHECK(odd.name().empty() && odd.slug() == "5" && odd.features().size() == 1);
    const auto sent = NfsAccessPolicy::try_from_json(R"({"anonuid":1})");
    CHECK(!sent && sent.error().status() == snapline::Status::invalid_argument);
}

void an_answer_as_it_came_is_there_beside_the_value() {
    const auto client = mock_client();
    snapline::Response response;
    CHECK(response.http_status() == 0 && response.body().empty());
    const auto page = client.snapshots().list_page({}, {}, &response);
    CHECK(page.size() > 0);
    CHECK(response.http_status() == 200 && response.body().front() == '{');
    CHECK(response.header("Content-Type").has_value());
    // A call that fails leaves it as it is.
    CHECK(!client.snapshots().try_get("190288552", {}, &response));
    CHECK(response.http_status() == 200);
    CHECK(client.rate_limit().has_value());
    const auto answer = client.request("GET", "/v2/snapshots?per_page=1");
    CHECK(answer.http_status() == 200);
}

void b20_a_call_is_cancelled_from_another_thread() {
    const auto client = mock_client();
    const snapline::CancelToken token;
    std::thread thread([&] {
        std::this_thread::sleep_for(std::chrono::milliseconds(100));
        token.cancel();
    });
    // The share never goes: the wait would last ten minutes.
    snapline::WaitOptions options;
    options.call.cancel = &token;
    options.first_interval = std::chrono::seconds(5);
    const auto shares = client.nfs().list();
    CHECK(!shares.empty());
    const auto begun = std::chrono::steady_clock::now();
    bool thrown = false;
    try {
        client.nfs().wait_until_deleted(shares[0].id(), {}, options);
    } catch (const snapline::CancelledError&) {
        thrown = true;
    }
    thread.join();
    CHECK(thrown);
    CHECK(std::chrono::steady_clock::now() - begun < std::chrono::seconds(2));
}

void what_a_watching_function_throws_leaves_the_wait() {
    const auto client = mock_client();
    const auto shares = client.nfs().list();
    snapline::WaitOptions options;
    options.on_poll = [](std::optional<std::string_view>, std::uint32_t) -> bool {
        throw std::runtime_error("mine");
    };
    std::string seen;
    try {
        client.nfs().wait_until_deleted(shares[0].id(), {}, options);
    } catch (const std::runtime_error& error) {
        seen = error.what();
    }
    CHECK(seen == "mine");
}

void a_deadline_bounds_what_is_done() {
    const auto client = mock_client();
    const auto shares = client.nfs().list();
    snapline::WaitOptions options;
    options.first_interval = std::chrono::milliseconds(20);
    options.call.deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(150);
    const auto begun = std::chrono::steady_clock::now();
    const auto failed = client.nfs().try_wait_until_deleted(shares[0].id(), {}, options);
    CHECK(!failed && failed.error().status() == snapline::Status::wait_timeout);
    CHECK(std::chrono::steady_clock::now() - begun < std::chrono::seconds(2));
}

void a_call_in_the_background_tells_once() {
    std::mutex mutex;
    std::condition_variable changed;
    int told = 0;
    int good = 0;
    bool elsewhere = true;
    const auto here = std::this_thread::get_id();
    {
        const auto client = mock_client();
        for (int index = 0; index < 16; ++index) {
            const auto begun = client.nfs().list_async({}, {}, [&](snapline::Result<NfsShareList> answer) {
                const std::lock_guard<std::mutex> lock(mutex);
                ++told;
                if (answer) ++good;
                elsewhere = elsewhere && std::this_thread::get_id() != here;
                changed.notify_one();
            });
            CHECK(begun.has_value());
        }
        const auto refused = client.nfs().get_async("", {}, {}, [&](snapline::Result<NfsShare> answer) {
            const std::lock_guard<std::mutex> lock(mutex);
            ++told;
            CHECK(!answer && answer.error().status() == snapline::Status::invalid_argument);
            changed.notify_one();
        });
        CHECK(refused.has_value());
        // The client goes; the calls go on.
    }
    std::unique_lock<std::mutex> lock(mutex);
    CHECK(changed.wait_for(lock, std::chrono::seconds(20), [&] { return told == 17; }));
    lock.unlock();
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    lock.lock();
    CHECK(told == 17 && good == 16 && elsewhere);
}

void b21_many_threads_share_a_client() {
    const auto client = mock_client();
    std::atomic<int> good{0};
    std::vector<std::thread> threads;
    for (int index = 0; index < 32; ++index) {
        threads.emplace_back([&] {
            for (int call = 0; call < 5; ++call) {
                if (client.snapshots().try_list_page()) ++good;
            }
        });
    }
    for (auto& thread : threads) thread.join();
    CHECK(good == 32 * 5);
}

// Goes when the program does, and so when a child exits.
std::optional<Client> lasting;

// Runs something in a child, which then exits; waits for it. The work says by a pipe whether it holds, since
// a sanitizer or valgrind, which count what a child leaves to its parent, have their own exit status.
template <class Work>
void in_a_child(Work work) {
    std::cout.flush();
    int ends[2] = {-1, -1};
    CHECK(pipe(ends) == 0);
    const pid_t child = fork();
    if (child == 0) {
        // A sanitizer would tell of what the child leaves to its parent.
        std::fclose(stderr);
        const char told = work() ? 'y' : 'n';
        std::exit(write(ends[1], &told, 1) == 1 ? 0 : 1);
    }
    close(ends[1]);
    char told = 'n';
    int ended = -1;
    CHECK(child > 0 && read(ends[0], &told, 1) == 1 && told == 'y');
    CHECK(waitpid(child, &ended, 0) == child && WIFEXITED(ended));
    close(ends[0]);
}

void b22_what_goes_out_of_scope_in_a_child_stays_with_its_parent() {
    static server kept;
    server_start(&kept, 0);
    const auto begun = std::chrono::steady_clock::now();
    lasting.emplace(settings_for(kept.url));
    auto client = std::make_unique<Client>(settings_for(kept.url));
    auto items = std::make_unique<decltype(client->snapshots().list())>(client->snapshots().list());
    CHECK(!items->next());
    CHECK(client->nfs().list().empty() && lasting->nfs().list().empty());
    in_a_child([&] {
        const auto failed = client->nfs().try_list();
        return !failed.has_value() && failed.error().status() == snapline::Status::closed;
    });
    in_a_child([&] {
        client->close();
        items.reset();
        client.reset();
        return true;
    });
    CHECK(client->nfs().list().empty() && lasting->nfs().list().empty());
    // And while another thread waits for an answer.
    kept.delay_ms = 800;
    std::thread waiting([&] { CHECK(client->nfs().list().empty()); });
    pause_ms(300);
    in_a_child([&] {
        items.reset();
        client.reset();
        return true;
    });
    waiting.join();
    CHECK(std::chrono::steady_clock::now() - begun < std::chrono::seconds(25));
    CHECK(server_read(&kept, &kept.connections) == 2);
    lasting.reset();
    items.reset();
    client.reset();
    CHECK(server_reaches(&kept, &kept.open, 0));
    close(kept.listener);
}

void b25_a_closed_client_says_so() {
    const auto client = mock_client();
    client.close();
    bool thrown = false;
    try {
        static_cast<void>(client.nfs().list());
    } catch (const snapline::ClientClosedError&) {
        thrown = true;
    }
    CHECK(thrown);
}

void b19_a_bad_token_is_told_but_not_shown() {
    auto settings = settings_for(mock_url);
    settings.token = "dop_v1_secret\n";
    const auto failed = Client::try_make(settings);
    CHECK(!failed);
    CHECK(!failed && std::string_view(failed.error().what()).find("secret") == std::string_view::npos);
}

void b5_without_file_descriptors_it_is_said_and_works_later() {
    const auto before = mock_client();
    rlimit usual{};
    CHECK(getrlimit(RLIMIT_NOFILE, &usual) == 0);
    std::vector<int> taken{open("/dev/null", O_RDONLY)};
    // Above all that is open, and with room for what is taken here.
    rlimit few = usual;
    few.rlim_cur = static_cast<rlim_t>(taken.front()) + 32;
    CHECK(taken.front() >= 0 && setrlimit(RLIMIT_NOFILE, &few) == 0);
    for (int next = 0; next >= 0;) {
        next = open("/dev/null", O_RDONLY);
        if (next >= 0) taken.push_back(next);
    }
    const auto told = [](const snapline::Error& error) {
        return error.status() == snapline::Status::connection &&
               std::string_view(error.what()).find("ulimit -n") != std::string_view::npos;
    };
    const auto made = Client::try_make(settings_for(mock_url));
    CHECK(!made && told(made.error()));
    const auto called = before.nfs().try_list();
    CHECK(!called && told(called.error()));
    for (const int descriptor : taken) close(descriptor);
    CHECK(setrlimit(RLIMIT_NOFILE, &usual) == 0);
    CHECK(before.nfs().try_list());
    CHECK(Client::try_make(settings_for(mock_url)));
}

void a_plan_says_what_to_delete_and_why() {
    namespace retention = snapline::retention;
    const auto night = [](const char* id, const char* created_at) {
        retention::Item item{id};
        item.name = "nightly";
        item.created_at = created_at;
        return item;
    };
    const std::vector<retention::Item> items = {
        night("3", "2026-03-03T02:00:00Z"), night("1", "2026-03-01T02:00:00Z"), night("2", "2026-03-02T02:00:00Z"),
        night("0", "unknown")};
    retention::Policy policy;
    policy.name_prefix = "night";
    policy.keep_within_daily = "12h";
    policy.now = snapline::Timestamp::Time(std::chrono::seconds(1772600000));  // 2026-03-04
    const auto plan = retention::plan(policy, items);
    std::vector<std::string> kept;
    for (const auto decision : plan) {
        CHECK(decision.reasons().size() == 1 && !decision.reasons()[0].text.empty());
        if (!decision.is_delete()) kept.emplace_back(decision.reasons()[0].rule);
    }
    CHECK((kept == std::vector<std::string>{"keep_within_daily", "no_time"}));
    std::vector<std::string> gone;
    for (const auto id : plan.to_delete()) gone.emplace_back(id);
    CHECK((gone == std::vector<std::string>{"1", "2"}));
    // What is set of a struct reaches the rules.
    policy.keep_tags = {{""}};
    CHECK(retention::plan(policy, items).to_delete().empty());
    policy.keep_tags.clear();
    policy.keep_last = retention::all;
    CHECK(retention::plan(policy, items).to_delete().empty());
}

void a_plan_is_refused_where_nothing_says_what_is_ours() {
    namespace retention = snapline::retention;
    retention::Policy policy;
    CHECK(retention::plan(policy, {}).empty());
    policy.keep_yearly = 1;
    const auto refused = retention::try_plan(policy, {});
    CHECK(!refused && refused.error().parameter() == "name_prefix");
    policy.own_tag = "ours";
    CHECK(retention::try_plan(policy, {}).has_value());
    policy.utc_offset = std::chrono::hours(24);
    bool thrown = false;
    try {
        static_cast<void>(retention::plan(policy, {}));
    } catch (const snapline::InvalidArgumentError& error) {
        thrown = error.parameter() == "utc_offset_minutes";
    }
    CHECK(thrown);
    policy.utc_offset = std::chrono::minutes(-90);
    policy.own_tag = std::string("a\0b", 3);
    CHECK(!retention::try_plan(policy, {}));
}

void a_snapshot_is_found_on_a_mounted_share() {
    namespace fs = std::filesystem;
    const std::string id = "43f6aa58-481a-4481-8032-567598ec0f13";
    const auto called = [&](const std::string& name) {
        return NfsSnapshot::from_json(R"({"id":")" + id + R"(","name":")" + name +
                                      R"(","size_gib":50,"region":"ams3","status":"ACTIVE",)"
                                      R"("created_at":"2026-05-11T04:30:07Z","share_id":"s-1"})");
    };
    char name[] = "/tmp/snapline-cpp-XXXXXX";
    CHECK(mkdtemp(name) != nullptr);
    const fs::path mount = name;
    const auto snapshot = called("nightly");
    const auto told = [&] {
        const auto found = snapshot.try_find_below(mount.string());
        return found ? *found : std::string(found.error().what());
    };
    CHECK(snapshot.directory_name() == "nightly" + id);
    CHECK(snapshot.path_below("/mnt") == "/mnt/.snapshot/nightly" + id);
    CHECK(told().find("can be entered by its name") != std::string::npos);
    const auto first = mount / ".snapshot" / ("NIGHTLY " + id);
    fs::create_directories(first);
    CHECK(snapshot.find_below(mount.string()) == first.string());
    fs::create_directories(mount / ".snapshot" / ("nightly-" + id));
    CHECK(told().find("several directories") != std::string::npos);
    try {
        called("a/b").find_below(mount.string());
        CHECK(false);
    } catch (const snapline::InvalidArgumentError& error) {
        CHECK(error.parameter() == "name");
    }
    fs::remove_all(mount);
    const auto share = NfsShare::from_json(
        R"({"id":"s-1","name":"media","size_gib":50,"region":"ams3","status":"ACTIVE",)"
        R"("created_at":"2026-05-11T04:30:07Z","host":"10.114.16.9","mount_path":"/7/it's"})");
    CHECK(share.mount_command("/mnt") == R"(mount -t nfs '10.114.16.9:/7/it'\''s' /mnt)");
    CHECK(!share.try_mount_command("mnt"));
}

void no_more_calls_run_at_once_than_were_asked_for() {
    std::vector<int> items(40);
    for (std::size_t i = 0; i < items.size(); ++i) items[i] = static_cast<int>(i);
    std::atomic<int> running{0};
    std::atomic<int> most{0};
    const auto here = std::this_thread::get_id();
    std::vector<int> told;
    int sum = 0;
    snapline::each(
        items, 3,
        [&](int item) {
            const int now = ++running;
            for (int seen = most; now > seen && !most.compare_exchange_weak(seen, now);) {
            }
            std::this_thread::sleep_for(std::chrono::milliseconds(3));
            --running;
            return item * 2;
        },
        [&](int item, snapline::Result<int> result) {
            CHECK(std::this_thread::get_id() == here);
            told.push_back(item);
            sum += result.value();
        });
    std::sort(told.begin(), told.end());
    CHECK(told == items && sum == 2 * 780);
    CHECK(most == 3 && running == 0);
    // Nothing to do, and a bound that is none.
    items.clear();
    snapline::each(items, 3, [](int) {}, [](int, snapline::Result<void>) { CHECK(false); });
    const std::vector<int> one{7};
    int seen = 0;
    snapline::each(one, 0, [](int) {}, [&](int item, snapline::Result<void> result) { seen += result ? item : 0; });
    CHECK(seen == 7);
}

void a_call_that_fails_stops_no_other() {
    const auto client = mock_client();
    std::vector<std::string> ids;
    SnapshotsListArgs args;
    args.per_page = 6;
    for (const auto& it : client.snapshots().list_page(args)) ids.emplace_back(it.id());
    ids.insert(ids.begin(), {"0", "1"});
    std::size_t good = 0;
    std::vector<std::string> missing;
    const auto tell = [&](const std::string& id, snapline::Result<Snapshot> result) {
        if (result) {
            CHECK(result->id() == id);
            ++good;
        } else {
            CHECK(result.error().is_not_found());
            missing.push_back(id);
        }
    };
    const auto check = [&] {
        std::sort(missing.begin(), missing.end());
        CHECK(good == 6 && missing == std::vector<std::string>({"0", "1"}));
        good = 0;
        missing.clear();
    };
    // An error comes as a result however it is told.
    snapline::each(ids, 4, [&](const std::string& id) { return client.snapshots().get(id); }, tell);
    check();
    snapline::each(ids, 4, [&](const std::string& id) { return client.snapshots().try_get(id); }, tell);
    check();
}

void what_is_no_error_of_the_library_ends_it() {
    std::vector<int> items(100);
    for (std::size_t i = 0; i < items.size(); ++i) items[i] = static_cast<int>(i);
    std::atomic<int> begun{0};
    int told = 0;
    const auto call = [&](int item) {
        ++begun;
        std::this_thread::sleep_for(std::chrono::milliseconds(2));
        if (item == 5) throw std::logic_error("five");
    };
    const auto fails = [&](auto call, auto done, const char* with) {
        begun = told = 0;
        try {
            snapline::each(items, 2, call, done);
        } catch (const std::logic_error& error) {
            return std::string_view(error.what()) == with;
        }
        return false;
    };
    CHECK(fails(call, [&](int, snapline::Result<void>) { ++told; }, "five"));
    CHECK(begun < 100 && told == begun - 1);
    const auto refuse = [](int, snapline::Result<void>) { throw std::logic_error("told"); };
    CHECK(fails([&](int) { ++begun; }, refuse, "told"));
}

void b29_hooks_look_at_each_sending_and_live_as_long_as_the_client() {
    static server server;
    server_start(&server, 0);
    const auto seen = std::make_shared<std::vector<std::string>>();
    auto settings = settings_for(server.url);
    settings.before_send = [seen](snapline::Outgoing& request) -> std::optional<std::string> {
        for (const auto& [name, value] : request.headers()) CHECK(name != "authorization" && value != "dop_v1_test");
        seen->push_back(std::string(request.method()) + ' ' + std::string(request.operation()));
        CHECK(request.attempt() == 1 && request.url().find("/v2/nfs") != std::string_view::npos);
        request.set_header("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
        return std::nullopt;
    };
    settings.after_answer = [seen](const snapline::Attempted& attempted) -> std::optional<std::string> {
        CHECK(attempted.operation() == "nfs_list" && attempted.attempt() == 1 && !attempted.error());
        CHECK(!attempted.request_id() && attempted.elapsed().count() > 0 && attempted.headers().size() == 2);
        seen->push_back(std::to_string(attempted.http_status().value_or(0)));
        return std::nullopt;
    };
    {
        Client client(settings);
        settings = snapline::Settings();
        client.nfs().list();
        CHECK((*seen == std::vector<std::string>{"GET nfs_list", "200"}));
        CHECK(seen.use_count() > 1);
        const Client moved = std::move(client);
        moved.nfs().list();
        CHECK(seen->size() == 4);
    }
    CHECK(seen.use_count() == 1);
}

void b29_a_hook_fails_the_call_by_what_it_says_or_throws() {
    static server server;
    server_start(&server, 0);
    const auto message = [&](snapline::BeforeSend before, snapline::AfterAnswer after) {
        auto settings = settings_for(server.url);
        settings.before_send = std::move(before);
        settings.after_answer = std::move(after);
        const auto failed = Client(settings).nfs().try_list();
        CHECK(!failed && failed.error().status() == snapline::Status::hook && !failed.error().outcome_unknown());
        return std::string(failed.error().what());
    };
    const auto has = [](const std::string& text, const char* part) { return text.find(part) != std::string::npos; };
    CHECK(has(message([](snapline::Outgoing&) { return "no trace"; }, {}), "`before_send` failed: no trace"));
    CHECK(has(message([](snapline::Outgoing&) -> std::optional<std::string> { throw std::logic_error("thrown"); }, {}),
              "`before_send` failed: thrown"));
    CHECK(has(message([](snapline::Outgoing&) -> std::optional<std::string> { throw 7; }, {}), "std::exception"));
    const auto cut = [](snapline::Outgoing& request) -> std::optional<std::string> {
        request.set_header("x-cut", std::string("a\0b", 3));
        return std::nullopt;
    };
    CHECK(has(message(cut, {}), "`value`"));
    CHECK(server_read(&server, &server.requests) == 0);
    CHECK(has(message({}, [](const snapline::Attempted&) { return "no trace"; }), "`after_answer` failed: no trace"));
    CHECK(server_read(&server, &server.requests) == 1);
}

void a_moment_is_written_as_rfc_3339_has_it() {
    const auto at = [](std::int64_t nanoseconds) {
        const auto since = std::chrono::nanoseconds(nanoseconds);
        return snapline::rfc3339(std::chrono::system_clock::time_point(
            std::chrono::duration_cast<std::chrono::system_clock::duration>(since)));
    };
    CHECK(at(0) == "1970-01-01T00:00:00.000000000Z");
    CHECK(at(951'827'696'000'000'001) == "2000-02-29T12:34:56.000000001Z");
    CHECK(at(1'767'225'599'987'654'321) == "2025-12-31T23:59:59.987654321Z");
    CHECK(at(-1) == "1969-12-31T23:59:59.999999999Z");
    CHECK(at(4'107'542'400'000'000'000) == "2100-03-01T00:00:00.000000000Z");
}

}  // namespace

int main(int count, char** given) {
    if (count < 2) {
        std::cerr << "usage: tests MOCK_URL\n";
        return 2;
    }
    mock_url = given[1];
    // Something to read.
    const auto client = mock_client();
    client.nfs().create(NfsCreateArgs{"tests", 50, "atl1", {"796c6fe3-2a1d-4da2-9f3e-38239827dc91"}});
    const std::vector<void (*)()> tests = {
        an_error_is_thrown_by_its_kind,
        b3_an_id_is_a_number_or_a_text,
        a_rule_is_checked_before_sending,
        arguments_are_set_by_name,
        a_list_is_walked_across_pages,
        a_moved_object_leaves_an_empty_one,
        b12_json_is_read_as_a_call_reads_it,
        a_snapshot_is_found_on_a_mounted_share,
        an_answer_as_it_came_is_there_beside_the_value,
        b20_a_call_is_cancelled_from_another_thread,
        what_a_watching_function_throws_leaves_the_wait,
        a_deadline_bounds_what_is_done,
        a_call_in_the_background_tells_once,
        b21_many_threads_share_a_client,
        b22_what_goes_out_of_scope_in_a_child_stays_with_its_parent,
        b25_a_closed_client_says_so,
        b19_a_bad_token_is_told_but_not_shown,
        b5_without_file_descriptors_it_is_said_and_works_later,
        a_plan_says_what_to_delete_and_why,
        a_plan_is_refused_where_nothing_says_what_is_ours,
        no_more_calls_run_at_once_than_were_asked_for,
        a_call_that_fails_stops_no_other,
        what_is_no_error_of_the_library_ends_it,
        b29_hooks_look_at_each_sending_and_live_as_long_as_the_client,
        b29_a_hook_fails_the_call_by_what_it_says_or_throws,
        a_moment_is_written_as_rfc_3339_has_it,
    };
    unsigned broken = 0;
    for (std::size_t index = 0; index < tests.size(); ++index) {
        failures = 0;
        try {
            tests[index]();
        } catch (const std::exception& error) {
            ++failures;
            std::cout << "  " << error.what() << '\n';
        }
        if (failures > 0) {
            ++broken;
            std::cout << "FAILED test " << index + 1 << '\n';
        }
    }
    std::cout << tests.size() - broken << " passed, " << broken << " failed" << std::endl;
    return broken == 0 ? 0 : 1;
}
