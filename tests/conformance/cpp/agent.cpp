/* Makes calls as it is told on its standard input, and tells on its standard output what came out.
 * tests/conformance/README.md describes the orders. */

#include "agent.hpp"
#include "generated/options.hpp"

#include <cstdlib>
#include <iostream>
#include <mutex>
#include <set>
#include <thread>

namespace {

using std::chrono::milliseconds;

/* The client that the orders are about, and the call that is being ordered. */
struct State {
    const Provider* provider = nullptr;
    snapline::Settings settings;
    std::shared_ptr<const void> client;
    std::string method;
    Call call;
    std::optional<milliseconds> cancel;
    std::size_t times = 1;
};

State state;
/* What was wrong with an order that has no answer of its own. */
std::string wrong;

std::mutex log_mutex;
std::vector<std::string> logged;

void on_record(const snapline::LogRecord& record) {
    static const char* const levels[] = {"off", "error", "warning", "info", "debug"};
    /* Fields that are numbers; C++ gets them all as text. */
    static const std::set<std::string_view> numbers = {"attempts", "status", "duration_ms", "attempt", "wait_ms"};
    std::string fields;
    for (const auto& [name, value] : record.fields()) {
        if (!fields.empty()) fields += ',';
        fields += Json::quoted(name) + ':' + (numbers.count(name) > 0 ? std::string(value) : Json::quoted(value));
    }
    const auto level = static_cast<std::size_t>(record.level());
    const std::lock_guard<std::mutex> lock(log_mutex);
    logged.push_back(std::string("{\"level\":\"") + levels[level] + "\",\"message\":" + Json::quoted(record.title()) +
                     ",\"fields\":{" + fields + "}}");
}

void answer(std::string line) {
    if (!wrong.empty()) line = "{\"agent\":" + Json::quoted(wrong) + "}";
    wrong.clear();
    /* A line has to stay one; no text of JSON has a line break that is not written out. */
    for (char& letter : line) {
        if (letter == '\n' || letter == '\r') letter = ' ';
    }
    std::cout << line << std::endl;
}

void begin_client(const std::string& name) {
    state = State();
    {
        const std::lock_guard<std::mutex> lock(log_mutex);
        logged.clear();
    }
    const auto found = providers.find(name);
    if (found == providers.end()) throw std::runtime_error("there is no such provider");
    state.provider = &found->second;
}

void open_client() {
    const auto made = state.provider->open(state.settings);
    if (!made) return answer("{\"error\":" + told(made.error()) + "}");
    state.client = *made;
    answer("{\"opened\":true}");
}

using Words = std::vector<std::string>;
using Setter = std::function<void(const Words&)>;

template <class T>
Setter to(T& member) {
    return [&member](const Words& words) {
        const std::string& text = words.at(2);
        if constexpr (std::is_same_v<T, bool> || std::is_same_v<T, std::optional<bool>>) {
            member = text == "true";
        } else if constexpr (std::is_same_v<T, std::optional<std::string>>) {
            member = text;
        } else if constexpr (std::is_same_v<T, std::optional<milliseconds>>) {
            member = milliseconds(std::stoll(text));
        } else if constexpr (std::is_same_v<T, std::optional<std::uint32_t>>) {
            member = static_cast<std::uint32_t>(std::stoull(text));
        } else if constexpr (std::is_same_v<T, std::optional<std::uint64_t>>) {
            member = std::stoull(text);
        } else {
            member.emplace_back(text, words.at(3));
        }
    };
}

void set_in(const std::map<std::string, Setter>& all, const Words& words) {
    const auto found = all.find(words.at(1));
    if (found == all.end()) throw std::runtime_error("there is no setting, option or bound `" + words[1] + "`");
    found->second(words);
}

const auto setter = [](auto& member) { return to(member); };

/* Hooks that tell in a header what they have seen, or fail as they are told. */
void set_hooks(const std::string& does) {
    const auto came = std::make_shared<std::string>("nothing");
    state.settings.before_send = [does, came](snapline::Outgoing& request) -> std::optional<std::string> {
        if (does == "fail_before") throw std::runtime_error("as it was told");
        if (does == "take_token") {
            request.set_header("authorization", "Bearer other");
            return std::nullopt;
        }
        request.set_header("x-hook", std::string(request.method()) + ' ' + std::string(request.operation()) + ' ' +
                                         std::to_string(request.attempt()) + ' ' + *came);
        return std::nullopt;
    };
    state.settings.after_answer = [does, came](const snapline::Attempted& attempted) -> std::optional<std::string> {
        if (does == "fail_after") return "as it was told";
        *came = attempted.http_status() ? std::to_string(*attempted.http_status()) : "none";
        return std::nullopt;
    };
}

void set(const Words& words) {
    if (words.at(1) == "hook") return set_hooks(words.at(2));
    auto all = settings(state.settings, setter);
    all.insert({{"token", to(state.settings.token)}, {"credential", to(state.settings.credentials)}});
    set_in(all, words);
}

void option(const Words& words) { set_in(call_options(state.call.options, setter), words); }

void wait_bound(const Words& words) { set_in(wait_options(state.call.wait, setter), words); }

Json typed(const std::string& type, const std::string& text) {
    if (type == "null") return Json();
    if (type == "bool") return Json(Json::Kind::boolean, text);
    if (type == "number") return Json(Json::Kind::number, text);
    if (type == "text") return Json(Json::Kind::text, text);
    if (type == "bytes") return Json(Json::Kind::text, Json::from_hex(text));
    if (type == "json") return Json::parse(text);
    if (type == "list") return Json(Json::Kind::array, "");
    throw std::runtime_error("there is no type `" + type + "`");
}

void go() {
    const auto method = state.provider == nullptr ? std::map<std::string, void (*)(Call&)>::const_iterator()
                                                  : state.provider->methods.find(state.method);
    if (state.client == nullptr || method == state.provider->methods.end()) {
        throw std::runtime_error("there is no client, or no method `" + state.method + "`");
    }
    const snapline::CancelToken token;
    state.call.options.cancel = &token;
    state.call.of = state.client.get();
    std::vector<Call> calls(state.times, state.call);
    std::vector<std::string> faults(state.times);
    std::vector<std::thread> threads;
    if (state.cancel) {
        threads.emplace_back([&token, after = *state.cancel] {
            std::this_thread::sleep_for(after);
            token.cancel();
        });
    }
    const auto make = [&](std::size_t index) {
        try {
            method->second(calls[index]);
        } catch (const std::exception& error) {
            faults[index] = error.what();
        }
    };
    if (state.times == 1) {
        make(0);
    } else {
        for (std::size_t index = 0; index < state.times; ++index) threads.emplace_back(make, index);
    }
    for (auto& thread : threads) thread.join();
    std::string line;
    for (std::size_t index = 0; index < state.times; ++index) {
        if (!faults[index].empty()) wrong = faults[index];
        line += (line.empty() ? "{" : ",{") + calls[index].outcome + "}";
    }
    answer("{\"done\":[" + line + "]}");
}

void tell_log() {
    std::string line;
    {
        const std::lock_guard<std::mutex> lock(log_mutex);
        for (const auto& record : logged) line += (line.empty() ? "" : ",") + record;
    }
    answer("{\"log\":[" + line + "]}");
}

std::string decoded(const std::string& word) {
    std::string text;
    for (std::size_t i = 0; i < word.size(); ++i) {
        if (word[i] == '%' && i + 2 < word.size()) {
            text += static_cast<char>(std::stoi(word.substr(i + 1, 2), nullptr, 16));
            i += 2;
        } else {
            text += word[i];
        }
    }
    return text;
}

void obey(const std::string& line) {
    static const std::map<std::string, Setter> orders = {
        {"client", [](const Words& words) { begin_client(words.at(1)); }},
        {"set", set},
        {"open", [](const Words&) { open_client(); }},
        {"call",
         [](const Words& words) {
             state.method = words.at(1);
             state.call = Call();
             state.cancel.reset();
             state.times = 1;
         }},
        {"arg",
         [](const Words& words) {
             state.call.arguments.put(words.at(1), typed(words.at(2), words.size() > 3 ? words[3] : ""));
         }},
        {"item",
         [](const Words& words) {
             state.call.arguments.last().push(typed(words.at(2), words.size() > 3 ? words[3] : ""));
         }},
        {"option", option},
        {"wait", wait_bound},
        {"mode",
         [](const Words& words) {
             state.call.mode = words.at(1) == "raw"     ? Mode::raw
                               : words.at(1) == "items" ? Mode::items
                                                        : Mode::value;
         }},
        {"limit", [](const Words& words) { state.call.limit = std::stoull(words.at(1)); }},
        {"cancel", [](const Words& words) { state.cancel = milliseconds(std::stoll(words.at(1))); }},
        {"times", [](const Words& words) { state.times = std::max<std::size_t>(1, std::stoull(words.at(1))); }},
        {"go", [](const Words&) { go(); }},
        {"model",
         [](const Words& words) {
             const auto& models = providers.at(words.at(1)).models;
             answer("{\"model\":" + models.at(words.at(2))(words.at(3)) + "}");
         }},
        {"log", [](const Words&) { tell_log(); }},
        {"end",
         [](const Words&) {
             state = State();
             answer("{\"ended\":true}");
         }},
    };
    Words words;
    std::size_t from = 0;
    for (std::size_t end = 0; end != std::string::npos; from = end + 1) {
        end = line.find(' ', from);
        words.push_back(decoded(line.substr(from, end == std::string::npos ? end : end - from)));
    }
    const auto found = orders.find(words[0]);
    try {
        if (found == orders.end()) throw std::runtime_error("there is no such order");
        found->second(words);
    } catch (const std::exception& error) {
        if (wrong.empty()) wrong = error.what();
        /* Only these are answered. */
        if (words[0] == "open" || words[0] == "go" || words[0] == "model") answer("");
    }
}

}  // namespace

int main() {
    snapline::set_log(on_record, snapline::LogLevel::debug);
    for (std::string line; std::getline(std::cin, line);) obey(line);
    state = State();
    return 0;
}
