/* Objects told field by field, as their getters give them. */

#ifndef SNAPLINE_DESCRIBED_HPP
#define SNAPLINE_DESCRIBED_HPP

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include "agent.hpp"
#include "generated/describe.hpp"

inline std::string told_value(std::string_view text) { return Json::quoted(text); }
inline std::string told_value(std::int64_t number) { return std::to_string(number); }
inline std::string told_value(std::uint64_t number) { return std::to_string(number); }
inline std::string told_value(bool flag) { return flag ? "true" : "false"; }

inline std::string told_value(double number) {
    char text[64];
    std::snprintf(text, sizeof text, "%.17g", number);
    return text;
}

inline std::string told_value(const snapline::Timestamp& instant) { return Json::quoted(instant.text()); }

inline std::string told_value(const snapline::StringOrInteger& value) {
    const auto integer = value.integer();
    return integer ? std::to_string(*integer) : Json::quoted(value.text());
}

template <class View>
std::string told_value(const View& view) {
    return described(view);
}

/* An object under way. */
class Described {
public:
    template <class T>
    void field(const char* name, const T& value) {
        add(name, told_value(value));
    }

    /* One that is not there is not told. */
    template <class T>
    void field(const char* name, const std::optional<T>& value) {
        if (value) add(name, told_value(*value));
    }

    template <class Items>
    void list(const char* name, const Items& items) {
        std::string all;
        for (const auto& item : items) all += (all.empty() ? "" : ",") + told_value(item);
        add(name, "[" + all + "]");
    }

    /* A text of an enum, and the value that stands for it. */
    template <class Enum>
    void constant(const char* name, Enum value, std::optional<std::string_view> text,
                  std::initializer_list<std::string_view> listed) {
        if (text) add(name, constant(value, *text, listed));
    }

    template <class Values, class Texts>
    void constants(const char* name, const Values& values, const Texts& texts,
                   std::initializer_list<std::string_view> listed) {
        std::string all;
        for (std::size_t i = 0; i < texts.size(); i++) {
            all += (all.empty() ? "" : ",") + constant(values[i], texts[i], listed);
        }
        add(name, "[" + all + "]");
    }

    void json(const char* name, std::optional<std::string_view> text) {
        if (text) add(name, std::string(*text));
    }

    std::string whole() const { return "{" + told_ + "}"; }

private:
    template <class Enum>
    static std::string constant(Enum value, std::string_view text, std::initializer_list<std::string_view> listed) {
        const bool is_listed = std::find(listed.begin(), listed.end(), text) != listed.end();
        const bool fits = is_listed ? to_string(value) == text : value == Enum::unknown;
        return Json::quoted(fits ? text : "a value that does not stand for its text");
    }

    void add(const char* name, const std::string& value) {
        if (!told_.empty()) told_ += ",";
        told_ += Json::quoted(name) + ":" + value;
    }

    std::string told_;
};

#endif
