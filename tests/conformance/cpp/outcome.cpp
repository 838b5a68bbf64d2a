/* What the agent tells of a call, and the JSON that it reads and writes. */

#include "agent.hpp"

#include <cctype>
#include <cstdio>

namespace {

/* How much of a body is told. */
constexpr std::size_t looked_at = 65536;

std::string member(const char* name, const std::string& json) { return Json::quoted(name) + ":" + json + ","; }

std::string text(const char* name, std::optional<std::string_view> value) {
    return value ? member(name, Json::quoted(*value)) : "";
}

/* Errors and answers have these in common. */
template <class T>
std::string answered(const T& of) {
    std::string line;
    std::string headers;
    for (const auto& [name, value] : of.headers()) {
        headers += (headers.empty() ? "" : ",") + Json::quoted(name) + ":" + Json::quoted(value);
    }
    line += member("headers", "{" + headers + "}");
    std::string attempts;
    for (const auto& attempt : of.attempts()) {
        std::string one = text("error", attempt.reason);
        if (attempt.http_status) one += member("status", std::to_string(*attempt.http_status));
        if (!one.empty()) one.pop_back();
        attempts += (attempts.empty() ? "{" : ",{") + one + "}";
    }
    line += member("attempts", "[" + attempts + "]");
    const std::string_view body = of.body();
    line += member("body_length", std::to_string(body.size())) + text("request_id", of.request_id());
    return line + "\"body_hex\":\"" + Json::hex(body.substr(0, looked_at)) + "\"";
}

/* The length of the UTF-8 sequence that a text begins with; 0 if it begins with none. */
std::size_t sequence(std::string_view text) {
    const auto first = static_cast<unsigned char>(text[0]);
    const std::size_t length =
        first < 0x80 ? 1 : first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0;
    if (length > text.size()) return 0;
    for (std::size_t i = 1; i < length; ++i) {
        if ((static_cast<unsigned char>(text[i]) & 0xc0) != 0x80) return 0;
    }
    return length;
}

void encode(std::string& to, unsigned long code) {
    if (code < 0x80) {
        to += static_cast<char>(code);
        return;
    }
    const int more = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
    static const unsigned char heads[] = {0, 0xc0, 0xe0, 0xf0};
    to += static_cast<char>(heads[more] | (code >> (6 * more)));
    for (int i = more - 1; i >= 0; --i) to += static_cast<char>(0x80 | ((code >> (6 * i)) & 0x3f));
}

[[noreturn]] void malformed() { throw std::runtime_error("an argument is no JSON"); }

char take(std::string_view& rest) {
    if (rest.empty()) malformed();
    const char first = rest[0];
    rest.remove_prefix(1);
    return first;
}

void skip(std::string_view& rest) {
    while (!rest.empty() && std::isspace(static_cast<unsigned char>(rest[0]))) rest.remove_prefix(1);
}

unsigned long four_digits(std::string_view& rest) {
    if (rest.size() < 4) malformed();
    const auto code = std::stoul(std::string(rest.substr(0, 4)), nullptr, 16);
    rest.remove_prefix(4);
    return code;
}

std::string string_of(std::string_view& rest) {
    std::string text;
    for (char next = take(rest); next != '"'; next = take(rest)) {
        if (next != '\\') {
            text += next;
            continue;
        }
        static const std::string_view from = "\"\\/bfnrt";
        static const std::string_view to = "\"\\/\b\f\n\r\t";
        const char escaped = take(rest);
        if (escaped == 'u') {
            auto code = four_digits(rest);
            if (code >= 0xd800 && code < 0xdc00 && rest.substr(0, 2) == "\\u") {
                rest.remove_prefix(2);
                code = 0x10000 + ((code - 0xd800) << 10) + (four_digits(rest) - 0xdc00);
            }
            encode(text, code);
        } else if (const auto at = from.find(escaped); at != std::string_view::npos) {
            text += to[at];
        } else {
            malformed();
        }
    }
    return text;
}

}  // namespace

Json Json::parse(std::string_view text) {
    Json value = parse(text, 0);
    skip(text);
    if (!text.empty()) malformed();
    return value;
}

Json Json::parse(std::string_view& rest, int depth) {
    if (depth > 200) malformed();
    skip(rest);
    if (rest.empty()) malformed();
    if (rest[0] == '"') {
        take(rest);
        return Json(Kind::text, string_of(rest));
    }
    if (rest[0] == '{' || rest[0] == '[') {
        const bool object = take(rest) == '{';
        const char end = object ? '}' : ']';
        Json value(object ? Kind::object : Kind::array, "");
        skip(rest);
        if (!rest.empty() && rest[0] == end) {
            take(rest);
            return value;
        }
        char next = ',';
        while (next == ',') {
            skip(rest);
            std::string name;
            if (object) {
                if (take(rest) != '"') malformed();
                name = string_of(rest);
                skip(rest);
                if (take(rest) != ':') malformed();
            }
            Json item = parse(rest, depth + 1);
            object ? value.put(std::move(name), std::move(item)) : value.push(std::move(item));
            skip(rest);
            next = take(rest);
        }
        if (next != end) malformed();
        return value;
    }
    const auto length = std::min(rest.find_first_of(" \t\r\n,]}"), rest.size());
    const std::string word(rest.substr(0, length));
    rest.remove_prefix(length);
    if (word == "null") return Json();
    if (word == "true" || word == "false") return Json(Kind::boolean, word);
    return Json(Kind::number, word);
}

std::string Json::hex(std::string_view bytes) {
    static const char* const digits = "0123456789abcdef";
    std::string hex;
    for (const char byte : bytes) {
        const auto value = static_cast<unsigned char>(byte);
        hex += digits[value >> 4];
        hex += digits[value & 15];
    }
    return hex;
}

std::string Json::from_hex(std::string_view hex) {
    std::string bytes;
    for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
        bytes += static_cast<char>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16));
    }
    return bytes;
}

std::string Json::quoted(std::string_view text) {
    std::string line = "\"";
    while (!text.empty()) {
        const auto byte = static_cast<unsigned char>(text[0]);
        const std::size_t length = sequence(text);
        if (length == 0) {
            /* The value of a header need not be UTF-8. */
            line += "\\ufffd";
        } else if (byte == '"' || byte == '\\' || byte < 0x20) {
            char escaped[8];
            std::snprintf(escaped, sizeof escaped, "\\u%04x", static_cast<unsigned>(byte));
            line += escaped;
        } else {
            line += text.substr(0, length);
        }
        text.remove_prefix(length == 0 ? 1 : length);
    }
    return line + '"';
}

std::string Json::written() const {
    switch (kind_) {
        case Kind::null:
            return "null";
        case Kind::text:
            return quoted(text_);
        case Kind::boolean:
        case Kind::number:
            return text_;
        case Kind::array:
        case Kind::object:
            break;
    }
    std::string line;
    for (std::size_t i = 0; i < items_.size(); ++i) {
        if (i > 0) line += ',';
        if (kind_ == Kind::object) line += quoted(names_[i]) + ':';
        line += items_[i].written();
    }
    return kind_ == Kind::object ? "{" + line + "}" : "[" + line + "]";
}

const Json& Json::at(const std::string& name) const {
    for (std::size_t i = 0; i < names_.size(); ++i) {
        if (names_[i] == name) return items_[i];
    }
    throw std::runtime_error("the case gives no `" + name + "`");
}

bool Json::has(const std::string& name) const {
    for (const auto& known : names_) {
        if (known == name) return true;
    }
    return false;
}

void Json::put(std::string name, Json value) {
    names_.push_back(std::move(name));
    items_.push_back(std::move(value));
}

void Json::push(Json value) { items_.push_back(std::move(value)); }

void Call::tell(const std::string& kind, const std::string& name, const std::string& json) {
    outcome += ",\"kind\":\"" + kind + "\"";
    if (!name.empty()) outcome += ",\"" + name + "\":" + json;
}

std::string Call::joined(const std::vector<std::string>& all) {
    std::string line;
    for (const auto& item : all) line += (line.empty() ? "" : ",") + item;
    return "[" + line + "]";
}

std::string told(const snapline::Error& error) {
    std::string line = "{";
    if (error.http_status()) line += member("status", std::to_string(*error.http_status()));
    line += member("kind", Json::quoted(snapline_status_name(static_cast<std::int32_t>(error.status()))));
    line += text("code", error.code()) + text("message", error.reason()) + text("shown", error.what());
    line += text("parameter", error.parameter()) + text("operation", error.operation());
    line += text("limit", error.limit()) + text("limit_message", error.limit_message());
    line += member("outcome_unknown", error.outcome_unknown() ? "true" : "false");
    if (error.retry_after()) line += member("retry_after_ms", std::to_string(error.retry_after()->count()));
    if (error.last_object_json()) line += member("last_object", std::string(*error.last_object_json()));
    if (error.started_json()) line += member("started", std::string(*error.started_json()));
    /* C++ prints nothing by itself: these are all the texts that a program could print. */
    std::string debug = error.what();
    for (const auto& part : {error.code(), error.request_id(), error.rule(), error.last_object_json(),
                             error.started_json()}) {
        debug += "\n" + std::string(part.value_or("-"));
    }
    for (const auto& attempt : error.attempts()) debug += "\n" + std::string(attempt.reason.value_or("-"));
    return line + text("debug", debug) + answered(error) + "}";
}

std::string told(const snapline::RateLimit& limit) {
    const auto number = [](std::optional<std::int64_t> given) { return given ? std::to_string(*given) : "null"; };
    std::string reset = "null";
    if (limit.reset) {
        const auto since = limit.reset->time_since_epoch();
        reset = std::to_string(std::chrono::duration_cast<std::chrono::seconds>(since).count());
    }
    return "{\"limit\":" + number(limit.limit) + ",\"remaining\":" + number(limit.remaining) + ",\"reset\":" + reset +
           "}";
}

std::string told(const snapline::Response& response) {
    std::string drift;
    for (const auto& one : response.drift()) drift += (drift.empty() ? "" : ",") + Json::quoted(one);
    std::string line = "{" + member("status", std::to_string(response.http_status()));
    line += member("drift", "[" + drift + "]");
    if (const auto limit = response.rate_limit()) line += member("rate_limit", told(*limit));
    return line + answered(response) + "}";
}
