/* What the agent and the generated calls share. tests/conformance/README.md describes the orders. */

#ifndef SNAPLINE_AGENT_HPP
#define SNAPLINE_AGENT_HPP

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <snapline.hpp>

#include "generated/describe.hpp"

/* A value of JSON; numbers keep their text. */
class Json {
public:
    enum class Kind { null, boolean, number, text, array, object };

    Json() = default;
    Json(Kind kind, std::string text) : kind_(kind), text_(std::move(text)) {}

    static Json parse(std::string_view text);
    static std::string quoted(std::string_view text);
    /* Bytes, which a case has in hex. */
    static std::string hex(std::string_view bytes);
    static std::string from_hex(std::string_view hex);

    Kind kind() const { return kind_; }
    const std::string& text() const { return text_; }
    const std::vector<Json>& items() const { return items_; }

    /* A member; an object that lacks it does not fit the call. */
    const Json& at(const std::string& name) const;
    bool has(const std::string& name) const;
    /* The same value as text. */
    std::string written() const;

    void put(std::string name, Json value);
    void push(Json value);
    Json& last() { return items_.back(); }

private:
    static Json parse(std::string_view& rest, int depth);

    Kind kind_ = Kind::null;
    std::string text_;
    std::vector<std::string> names_;
    std::vector<Json> items_;
};

/* How a value is read as a type. */
template <class T>
struct Read {
    static T from(const Json& json) {
        if constexpr (std::is_same_v<T, bool>) {
            return json.text() == "true";
        } else if constexpr (std::is_same_v<T, double>) {
            return std::stod(json.text());
        } else if constexpr (std::is_unsigned_v<T>) {
            return static_cast<T>(std::stoull(json.text()));
        } else if constexpr (std::is_integral_v<T>) {
            return static_cast<T>(std::stoll(json.text()));
        } else if constexpr (std::is_same_v<T, snapline::StringOrInteger>) {
            if (json.kind() == Json::Kind::number) return T(std::stoll(json.text()));
            return T(json.text());
        } else {
            return T(json.text());
        }
    }
};

template <class T>
struct Read<std::vector<T>> {
    static std::vector<T> from(const Json& json) {
        std::vector<T> all;
        for (const auto& item : json.items()) all.push_back(Read<T>::from(item));
        return all;
    }
};

/* Members of an object; one that must be there is asked for by its type. */
template <class T>
T required(const Json& from, const char* name) {
    return Read<T>::from(from.at(name));
}

template <class T>
snapline::Nullable<T> nullable(const Json& from, const char* name) {
    if (!from.has(name)) return {};
    if (from.at(name).kind() == Json::Kind::null) return nullptr;
    return Read<T>::from(from.at(name));
}

template <class T>
void read(const Json& from, const char* name, std::optional<T>& to) {
    if (from.has(name)) to = required<T>(from, name);
}

template <class T>
void read(const Json& from, const char* name, snapline::Nullable<T>& to) {
    to = nullable<T>(from, name);
}

/* One that goes to the library as JSON. */
template <class Text>
void read_json(const Json& from, const char* name, Text& to) {
    if (from.has(name)) to = from.at(name).written();
}

/* Written to one line of JSON. */
std::string told(const snapline::Error& error);
std::string told(const snapline::Response& response);
std::string told(const snapline::RateLimit& limit);

enum class Mode { value, raw, items };

/* One call as it was ordered, and what it came to. */
class Call {
public:
    Json arguments{Json::Kind::object, ""};
    snapline::CallOptions options;
    snapline::WaitOptions wait;
    std::optional<std::size_t> limit;
    Mode mode = Mode::value;
    const void* of = nullptr;
    std::string outcome;

    template <class Client>
    const Client& client() const {
        return *static_cast<const Client*>(of);
    }

    /* Arguments that say which thing is meant, and the object that a wait goes by. */
    template <class T>
    T get(const char* name) const {
        return required<T>(arguments, name);
    }
    const std::string& text(const char* name) const { return arguments.at(name).text(); }
    template <class T>
    T object(const char* name) const {
        return T::from_json(arguments.at(name).written());
    }

    /* Where the answer as it came goes, if it is wanted. */
    snapline::Response* response() { return mode == Mode::raw ? &answer_ : nullptr; }

    const snapline::WaitOptions& waiting() {
        wait.call = options;
        return wait;
    }

    template <class Make>
    void value(const Make& make) {
        const auto made = timed(make);
        if (!made) return;
        if constexpr (std::is_same_v<decltype(made), const snapline::Result<void>>) {
            tell("nothing");
        } else {
            const auto* got = something(*made);
            if (got == nullptr) {
                tell("value", "value", "null");
            } else {
                good(*got);
            }
        }
        if (mode == Mode::raw) with(answer_);
    }

    /* An answer as it came, whose value is its body. */
    template <class Make>
    void request(const Make& make) {
        const auto made = timed(make);
        if (!made) return;
        const bool empty = made->body().empty();
        tell("value", "value", empty ? "null" : std::string(made->body()));
        with(*made);
    }

    template <class Make>
    void json(const Make& make) {
        const auto made = timed(make);
        if (!made) return;
        const auto* got = something(*made);
        tell("value", "value", got == nullptr ? "null" : *got);
        if (mode == Mode::raw) with(answer_);
    }

    template <class Make>
    void bytes(const Make& make) {
        const auto made = timed(make);
        if (!made) return;
        const auto* got = something(*made);
        tell("value", "value", got == nullptr ? "null" : "{\"$bytes\":\"" + Json::hex(*got) + "\"}");
        if (mode == Mode::raw) with(answer_);
    }

    template <class Make>
    void items(const Make& make) {
        std::vector<std::string> all;
        const auto walked = timed([&]() -> snapline::Result<bool> {
            auto items = make();
            if (!items) return items.error();
            while (!limit || all.size() < *limit) {
                auto item = items->try_next();
                if (!item) return item.error();
                if (!*item) break;
                all.push_back(described(**item));
            }
            return true;
        });
        if (walked) tell("items", "items", joined(all));
    }

    void tell(const std::string& kind, const std::string& name = "", const std::string& json = "");
    void with(const snapline::Response& response) { outcome += ",\"meta\":" + told(response); }
    void failed(const snapline::Error& error) { tell("error", "error", told(error)); }

private:
    /* Copies of a call, which are made before it is, have none yet. */
    struct Answer : snapline::Response {
        Answer() = default;
        Answer(const Answer&) : snapline::Response() {}
        Answer& operator=(const Answer&) { return *this; }
        using snapline::Response::operator=;
    };

    Answer answer_;

    template <class Make>
    auto timed(const Make& make) {
        const auto begun = std::chrono::steady_clock::now();
        auto made = make();
        const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - begun;
        outcome = "\"elapsed_ms\":" + std::to_string(took.count());
        if (!made) failed(made.error());
        return made;
    }

    /* What there is, where there may be nothing. */
    template <class T>
    static const T* something(const T& got) {
        return &got;
    }
    template <class T>
    static const T* something(const std::optional<T>& got) {
        return got ? &*got : nullptr;
    }

    template <class T>
    void good(const T& got) {
        if constexpr (std::is_same_v<T, std::string>) {
            tell("value", "value", Json::quoted(got));
        } else if constexpr (is_list<T>(0)) {
            std::vector<std::string> all;
            for (const auto& item : got) all.push_back(described(item));
            list(got, joined(all));
        } else {
            tell("value", "value", described(got));
        }
    }

    template <class T>
    void list(const T& got, const std::string& items) {
        if constexpr (is_page<T>(0)) {
            tell("page", "items", items);
            if (got.total()) outcome += ",\"total\":" + std::to_string(*got.total());
            if (got.next_page()) outcome += ",\"next\":" + std::to_string(*got.next_page());
            if constexpr (has_cursor<T>(0)) {
                if (got.next_cursor()) outcome += ",\"next\":" + Json::quoted(*got.next_cursor());
            }
        } else {
            tell("value", "value", items);
        }
    }

    template <class T>
    static constexpr auto is_list(int) -> decltype(std::declval<const T&>().begin(), true) {
        return true;
    }
    template <class T>
    static constexpr bool is_list(...) {
        return false;
    }
    template <class T>
    static constexpr auto is_page(int) -> decltype(std::declval<const T&>().next_page(), true) {
        return true;
    }
    template <class T>
    static constexpr bool is_page(...) {
        return false;
    }

    template <class T>
    static constexpr auto has_cursor(int) -> decltype(std::declval<const T&>().next_cursor(), true) {
        return true;
    }
    template <class T>
    static constexpr bool has_cursor(...) {
        return false;
    }

    static std::string joined(const std::vector<std::string>& all);
};

/* A provider: how its client is made, and its methods by name. */
struct Provider {
    std::function<snapline::Result<std::shared_ptr<const void>>(const snapline::Settings&)> open;
    std::map<std::string, void (*)(Call&)> methods;
    std::map<std::string, std::string (*)(const std::string&)> models;
};

/* Reads an instance of a model and writes it again. */
template <class Model>
std::string again(const std::string& json) {
    return Model::from_json(json).to_json();
}

/* A provider with what the client itself can do. */
template <class Client>
Provider provider() {
    std::map<std::string, void (*)(Call&)> methods;
    methods["client.request"] = [](Call& call) {
        const auto& given = call.arguments;
        std::optional<std::string> body;
        if (given.has("body") && given.at("body").kind() != Json::Kind::null) body = given.at("body").written();
        call.request([&] {
            return call.client<Client>().try_request(given.at("method").text(), given.at("path").text(), body,
                                                     call.options);
        });
    };
    methods["client.rate_limit"] = [](Call& call) {
        const auto limit = call.client<Client>().rate_limit();
        call.outcome = "\"elapsed_ms\":0";
        if (limit) {
            call.tell("value", "value", told(*limit));
        } else {
            call.tell("nothing");
        }
    };
    methods["client.close"] = [](Call& call) {
        call.client<Client>().close();
        call.outcome = "\"elapsed_ms\":0";
        call.tell("nothing");
    };
    return {[](const snapline::Settings& settings) -> snapline::Result<std::shared_ptr<const void>> {
                auto made = Client::try_make(settings);
                if (!made) return made.error();
                return std::shared_ptr<const void>(std::make_shared<const Client>(std::move(*made)));
            },
            std::move(methods),
            {}};
}

extern const std::map<std::string, Provider> providers;

#endif
