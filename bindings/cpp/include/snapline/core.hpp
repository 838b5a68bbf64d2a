/* What all of snapline's C++ is made of: errors, results, options, views. Needs C++17. */

#ifndef SNAPLINE_CORE_HPP
#define SNAPLINE_CORE_HPP

#include <snapline.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <initializer_list>
#include <iterator>
#include <memory>
#include <new>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "generated/status.hpp"

#if defined(__cpp_exceptions) || defined(_CPPUNWIND)
/// 1 with exceptions, else 0: then only the functions whose names begin with try_ are there.
#define SNAPLINE_EXCEPTIONS 1
#else
#define SNAPLINE_EXCEPTIONS 0
#endif

namespace snapline {

namespace detail {

/// The type that a function of the C library frees.
template <class T>
T freed(void (*)(T*)) noexcept;

/// Owns a handle of the C library. It is not a std::unique_ptr since a program has hundreds of kinds of them,
/// and each of those takes the compiler long.
template <auto Free>
class Handle {
public:
    using Type = decltype(freed(Free));

    Handle() = default;
    explicit Handle(Type* owned) noexcept : owned_(owned) {}
    Handle(Handle&& other) noexcept : owned_(other.release()) {}
    Handle& operator=(Handle&& other) noexcept {
        if (this != &other) {
            Free(owned_);
            owned_ = other.release();
        }
        return *this;
    }
    ~Handle() { Free(owned_); }

    Type* get() const noexcept { return owned_; }
    Type* release() noexcept { return std::exchange(owned_, nullptr); }

private:
    Type* owned_ = nullptr;
};

inline std::string_view view(const char* text) noexcept {
    return text == nullptr ? std::string_view() : std::string_view(text);
}

inline std::optional<std::string_view> optional_view(const char* text) noexcept {
    if (text == nullptr) return std::nullopt;
    return std::string_view(text);
}

}  // namespace detail

/// Headers of an answer: names in lower case, with their values.
using Headers = std::vector<std::pair<std::string_view, std::string_view>>;

/// What one attempt of a call saw.
struct Attempt {
    /// The HTTP status, if one arrived.
    std::optional<int> http_status{};
    /// What went wrong below HTTP.
    std::optional<std::string_view> reason{};
};

namespace detail {

template <auto Count, auto Name, auto Value, class T>
Headers headers(const T* of) {
    Headers all;
    const std::size_t count = Count(of);
    all.reserve(count);
    for (std::size_t i = 0; i < count; ++i) all.emplace_back(view(Name(of, i)), view(Value(of, i)));
    return all;
}

template <auto Count, auto Status, auto Reason, class T>
std::vector<Attempt> attempts(const T* of) {
    std::vector<Attempt> all(Count(of));
    for (std::size_t i = 0; i < all.size(); ++i) {
        const int status = Status(of, i);
        if (status != 0) all[i].http_status = status;
        all[i].reason = optional_view(Reason(of, i));
    }
    return all;
}

}  // namespace detail

/// Why a call failed. Copies share what they hold, and are cheap; safe to read from any thread.
///
/// With exceptions, a class derived from it is thrown, by the name that it has in every language: APIError,
/// with NotFoundError and others for a status, TimeoutError with WaitTimeoutError, …
class Error : public std::runtime_error {
public:
    /// Takes over an error of the C library.
    explicit Error(snapline_error* owned)
        : std::runtime_error(text_of(owned)),
          handle_(owned, snapline_error_free),
          status_(static_cast<Status>(snapline_error_status(owned))) {}

    /// An error of the C++ layer itself.
    Error(Status status, const std::string& message) : std::runtime_error(message), status_(status) {}

    /// The kind of error.
    Status status() const noexcept { return status_; }

    /// The HTTP status; nothing if no answer came.
    std::optional<int> http_status() const noexcept {
        const int status = snapline_error_http_status(handle_.get());
        if (status == 0) return std::nullopt;
        return status;
    }

    /// The service's own code.
    std::optional<std::string_view> code() const noexcept {
        return detail::optional_view(snapline_error_code(handle_.get()));
    }

    /// The sentence alone, without what what() tells around it.
    std::string_view reason() const noexcept {
        const char* text = snapline_error_reason(handle_.get());
        return text == nullptr ? std::string_view(what()) : std::string_view(text);
    }

    /// The id under which the service knows the request.
    std::optional<std::string_view> request_id() const noexcept {
        return detail::optional_view(snapline_error_request_id(handle_.get()));
    }

    /// The operation that failed.
    std::optional<std::string_view> operation() const noexcept {
        return detail::optional_view(snapline_error_operation(handle_.get()));
    }

    /// The argument that broke a rule.
    std::optional<std::string_view> parameter() const noexcept {
        return detail::optional_view(snapline_error_parameter(handle_.get()));
    }

    /// The rule that it broke.
    std::optional<std::string_view> rule() const noexcept {
        return detail::optional_view(snapline_error_rule(handle_.get()));
    }

    /// The body of the answer, as received.
    std::string_view body() const noexcept {
        std::size_t length = 0;
        const char* body = snapline_error_body(handle_.get(), &length);
        return body == nullptr ? std::string_view() : std::string_view(body, length);
    }

    /// A header of the answer, by its name in any case.
    std::optional<std::string_view> header(const std::string& name) const noexcept {
        return detail::optional_view(snapline_error_header(handle_.get(), name.c_str()));
    }

    /// All headers of the answer; borrowed.
    Headers headers() const { return detail::headers<snapline_error_header_count, snapline_error_header_name_at,
                                                      snapline_error_header_value_at>(handle_.get()); }

    /// What each attempt saw, oldest first; borrowed.
    std::vector<Attempt> attempts() const {
        return detail::attempts<snapline_error_attempt_count, snapline_error_attempt_http_status,
                                snapline_error_attempt_reason>(handle_.get());
    }

    /// Whether the service may have done what was asked all the same.
    bool outcome_unknown() const noexcept { return snapline_error_outcome_unknown(handle_.get()); }

    /// How long to wait before another try: what the service asks for, else what the limit that was met takes.
    std::optional<std::chrono::milliseconds> retry_after() const noexcept {
        const std::int64_t milliseconds = snapline_error_retry_after_ms(handle_.get());
        if (milliseconds < 0 || handle_ == nullptr) return std::nullopt;
        return std::chrono::milliseconds(milliseconds);
    }

    /// The name of the service's limit that was met, such as `snapshots_per_volume`. Where there is one and no
    /// retry_after(), time alone makes no room.
    std::optional<std::string_view> limit() const noexcept {
        return detail::optional_view(snapline_error_limit(handle_.get()));
    }

    /// A sentence about that limit.
    std::optional<std::string_view> limit_message() const noexcept {
        return detail::optional_view(snapline_error_limit_message(handle_.get()));
    }

    /// What a wait saw last, as JSON.
    std::optional<std::string_view> last_object_json() const noexcept {
        return detail::optional_view(snapline_error_last_object_json(handle_.get()));
    }

    /// What the call had begun before it went wrong, as JSON with `call`, `id` and `answer`; it goes on.
    std::optional<std::string_view> started_json() const noexcept {
        return detail::optional_view(snapline_error_started_json(handle_.get()));
    }

    /// When the first attempt began, by this machine's clock.
    std::optional<std::chrono::system_clock::time_point> sent_at() const noexcept {
        const std::int64_t nanoseconds = snapline_error_sent_at_ns(handle_.get());
        if (nanoseconds < 0 || handle_ == nullptr) return std::nullopt;
        const auto since = std::chrono::nanoseconds(nanoseconds);
        return std::chrono::system_clock::time_point(
            std::chrono::duration_cast<std::chrono::system_clock::duration>(since));
    }

    /// Whether the service answered 404.
    bool is_not_found() const noexcept { return snapline_error_http_status(handle_.get()) == 404; }

private:
    static const char* text_of(const snapline_error* error) noexcept {
        const char* text = snapline_error_message(error);
        return text == nullptr ? "the call failed" : text;
    }

    std::shared_ptr<snapline_error> handle_;
    Status status_;
};

}  // namespace snapline

#include "generated/errors.hpp"

namespace snapline {

/// A value or the error why there is none, for code that does without exceptions.
template <class T>
class [[nodiscard]] Result {
public:
    Result(T value) : value_(std::move(value)), has_value_(true) {}
    Result(Error error) noexcept : error_(std::move(error)), has_value_(false) {}
    Result(Result&& other) noexcept : has_value_(other.has_value_) {
        if (has_value_) {
            ::new (static_cast<void*>(&value_)) T(std::move(other.value_));
        } else {
            ::new (static_cast<void*>(&error_)) Error(std::move(other.error_));
        }
    }
    Result& operator=(Result&& other) noexcept {
        if (this != &other) {
            this->~Result();
            ::new (static_cast<void*>(this)) Result(std::move(other));
        }
        return *this;
    }
    ~Result() {
        if (has_value_) {
            value_.~T();
        } else {
            error_.~Error();
        }
    }

    /// Whether there is a value, and no error.
    bool has_value() const noexcept { return has_value_; }
    /// The same as has_value().
    explicit operator bool() const noexcept { return has_value_; }

    /// The value; there must be one.
    T& operator*() & noexcept { return value_; }
    const T& operator*() const& noexcept { return value_; }
    T&& operator*() && noexcept { return std::move(value_); }
    /// A member of the value; there must be one.
    T* operator->() noexcept { return &value_; }
    const T* operator->() const noexcept { return &value_; }

    /// The error; there must be one.
    const Error& error() const noexcept { return error_; }

#if SNAPLINE_EXCEPTIONS
    /// The value, or throws the error.
    T& value() & { return check(), value_; }
    const T& value() const& { return check(), value_; }
    T&& value() && { return check(), std::move(value_); }

private:
    void check() const {
        if (!has_value_) detail::raise(error_);
    }
#endif

private:
    // A std::variant would do, but takes the compiler four times as long.
    union {
        T value_;
        Error error_;
    };
    bool has_value_;
};

/// Success without a value, or an error.
template <>
class [[nodiscard]] Result<void> {
public:
    Result() = default;
    Result(Error error) : error_(std::move(error)) {}

    /// Whether there is no error.
    bool has_value() const noexcept { return !error_.has_value(); }
    /// The same as has_value().
    explicit operator bool() const noexcept { return has_value(); }

    /// The error; there must be one.
    const Error& error() const noexcept { return *error_; }

#if SNAPLINE_EXCEPTIONS
    /// Throws the error, if there is one.
    void value() const {
        if (error_) detail::raise(*error_);
    }
#endif

private:
    std::optional<Error> error_;
};

/// A member of an argument struct that cannot be left out: it has no default.
template <class T>
class Required {
public:
    template <class U, class = std::enable_if_t<std::is_convertible_v<U&&, T> &&
                                                !std::is_same_v<std::decay_t<U>, Required>>>
    Required(U&& value) : value_(std::forward<U>(value)) {}

    /// The value.
    const T& operator*() const noexcept { return value_; }
    /// A member of the value.
    const T* operator->() const noexcept { return &value_; }

private:
    T value_;
};

/// A list that cannot be left out.
template <class T>
class Required<std::vector<T>> {
public:
    Required(std::vector<T> values) : values_(std::move(values)) {}
    Required(std::initializer_list<T> values) : values_(values) {}

    /// The list.
    const std::vector<T>& operator*() const noexcept { return values_; }
    /// A member of the list.
    const std::vector<T>* operator->() const noexcept { return &values_; }

private:
    std::vector<T> values_;
};

/// Left out, null, or a value: to the service these are three things.
template <class T>
class Nullable {
public:
    Nullable() = default;
    Nullable(std::nullptr_t) : null_(true) {}
    template <class U, class = std::enable_if_t<std::is_convertible_v<U&&, T> &&
                                                !std::is_same_v<std::decay_t<U>, Nullable> &&
                                                !std::is_same_v<std::decay_t<U>, std::nullptr_t>>>
    Nullable(U&& value) : value_(std::in_place, std::forward<U>(value)) {}

    /// Whether it is null, which is sent.
    bool is_null() const noexcept { return null_; }
    /// Whether it is a value; neither means that it is left out.
    bool has_value() const noexcept { return value_.has_value(); }

    /// The value; there must be one.
    const T& operator*() const noexcept { return *value_; }
    /// A member of the value; there must be one.
    const T* operator->() const noexcept { return &*value_; }

private:
    std::optional<T> value_;
    bool null_ = false;
};

/// A text or an integer, where the service takes both.
class StringOrInteger {
public:
    StringOrInteger(const char* text) : text_(text) {}
    StringOrInteger(std::string text) : text_(std::move(text)) {}
    StringOrInteger(std::string_view text) : text_(text) {}
    template <class I, class = std::enable_if_t<std::is_integral_v<I> && !std::is_same_v<I, bool>>>
    StringOrInteger(I integer)
        : text_(std::to_string(integer)), integer_(static_cast<std::int64_t>(integer)) {}

    /// The text, or the integer written out.
    const std::string& text() const noexcept { return text_; }

    /// The integer, if it is one.
    std::optional<std::int64_t> integer() const noexcept { return integer_; }

private:
    std::string text_;
    std::optional<std::int64_t> integer_;
};

/// A value of an enum, or a string that this version does not list; only a call that does not check bounds sends one.
template <class E>
class Open {
public:
    Open(E listed) : text_(to_string(listed)) {}
    Open(const char* text) : text_(text) {}
    Open(std::string text) : text_(std::move(text)) {}
    Open(std::string_view text) : text_(text) {}

    /// The string that is sent.
    const std::string& text() const noexcept { return text_; }

private:
    std::string text_;
};

/// A moment as the service gave it; borrows from the object that it was read from.
class Timestamp {
public:
    using Time = std::chrono::time_point<std::chrono::system_clock, std::chrono::nanoseconds>;

    Timestamp(std::string_view text, std::optional<std::int64_t> nanoseconds) noexcept
        : text_(text), nanoseconds_(nanoseconds) {}

    /// The text as received.
    std::string_view text() const noexcept { return text_; }

    /// The moment; nothing if the text is no RFC 3339 time between 1678 and 2261.
    std::optional<Time> time() const noexcept {
        if (!nanoseconds_) return std::nullopt;
        return Time(std::chrono::nanoseconds(*nanoseconds_));
    }

private:
    std::string_view text_;
    std::optional<std::int64_t> nanoseconds_;
};

/// Ends calls from another thread or from a signal handler.
class CancelToken {
public:
    CancelToken() : handle_(snapline_cancel_token_new()) {}

    /// Ends all calls that have the token, within 20 ms. Safe in a signal handler.
    void cancel() const noexcept { snapline_cancel_token_cancel(handle_.get()); }

    /// Whether it was used to end calls.
    bool is_cancelled() const noexcept { return snapline_cancel_token_is_cancelled(handle_.get()); }

    /// The handle of the C library.
    const snapline_cancel_token* handle() const noexcept { return handle_.get(); }

private:
    detail::Handle<snapline_cancel_token_free> handle_;
};

/// How much a log record matters.
enum class LogLevel : std::int32_t {
    /// Nothing is told.
    off = SNAPLINE_LOG_OFF,
    /// Something failed that should not.
    error = SNAPLINE_LOG_ERROR,
    /// Something is odd, such as an answer that departs from the document.
    warn = SNAPLINE_LOG_WARN,
    /// One record for each call, at its end.
    info = SNAPLINE_LOG_INFO,
    /// Why a call is tried again.
    debug = SNAPLINE_LOG_DEBUG,
};

/// One log record. It never holds a body or a secret. It is borrowed until the function that gets it
/// returns, and so are its texts.
class LogRecord {
public:
    explicit LogRecord(const snapline_log_record* record) noexcept : record_(record) {}

    /// How much it matters.
    LogLevel level() const noexcept { return static_cast<LogLevel>(snapline_log_record_level(record_)); }

    /// What the record is, without its fields: "call" for the end of a call, else a sentence.
    std::string_view title() const noexcept { return detail::view(snapline_log_record_title(record_)); }

    /// The whole record as one line.
    std::string_view message() const noexcept { return detail::view(snapline_log_record_message(record_)); }

    /// Its fields with their values as text.
    std::vector<std::pair<std::string_view, std::string_view>> fields() const {
        return detail::headers<snapline_log_record_field_count, snapline_log_record_field_name_at,
                               snapline_log_record_field_value_at>(record_);
    }

private:
    const snapline_log_record* record_;
};

/// Gets log records. It is called on any thread, by several at once, also inside calls; it must be quick
/// and must not throw or call the library.
using LogFunction = std::function<void(const LogRecord&)>;

namespace detail {

inline void pass_on(void* function, const snapline_log_record* record) noexcept {
    (*static_cast<const LogFunction*>(function))(LogRecord(record));
}

}  // namespace detail

/// Sets the function that gets what the library logs, for the whole process; an empty one turns logging off.
inline Result<void> try_set_log(LogFunction function, LogLevel level = LogLevel::info) {
    snapline_error* error = nullptr;
    const bool on = static_cast<bool>(function);
    // Never freed: a thread may still be calling it when another one is set.
    void* kept = on ? new LogFunction(std::move(function)) : nullptr;
    const auto number = static_cast<std::int32_t>(level);
    if (snapline_log_set_callback(on ? &detail::pass_on : nullptr, kept, number, &error) != SNAPLINE_OK) {
        return Error(error);
    }
    return {};
}

#if SNAPLINE_EXCEPTIONS
/// As try_set_log, or throws.
inline void set_log(LogFunction function, LogLevel level = LogLevel::info) {
    try_set_log(std::move(function), level).value();
}
#endif

/// What the service last said of its rate limit; what is not known is nothing.
struct RateLimit {
    std::optional<std::int64_t> limit{};
    std::optional<std::int64_t> remaining{};
    std::optional<std::chrono::system_clock::time_point> reset{};
};

namespace detail {

/// A rate limit as the C library gives it.
inline RateLimit rate_limit(std::int64_t limit, std::int64_t remaining, std::int64_t reset) noexcept {
    RateLimit seen;
    if (limit >= 0) seen.limit = limit;
    if (remaining >= 0) seen.remaining = remaining;
    if (reset >= 0) seen.reset = std::chrono::system_clock::time_point(std::chrono::seconds(reset));
    return seen;
}

}  // namespace detail

/// An answer as it came. A call that succeeds fills the one that it is given.
class Response {
public:
    using Owned = snapline_response;

    /// One without an answer, for a call to fill.
    Response() = default;

    /// Takes over an answer of the C library.
    explicit Response(snapline_response* owned) noexcept : handle_(owned) {}

    /// The HTTP status.
    int http_status() const noexcept { return snapline_response_http_status(handle_.get()); }

    /// The body as received, decompressed; borrowed.
    std::string_view body() const noexcept {
        std::size_t length = 0;
        const char* body = snapline_response_body(handle_.get(), &length);
        return body == nullptr ? std::string_view() : std::string_view(body, length);
    }

    /// A header by its name in any case; borrowed.
    std::optional<std::string_view> header(const std::string& name) const noexcept {
        return detail::optional_view(snapline_response_header(handle_.get(), name.c_str()));
    }

    /// The id under which the service knows the request, if it gave one.
    std::optional<std::string_view> request_id() const noexcept {
        return detail::optional_view(snapline_response_request_id(handle_.get()));
    }

    /// All headers; borrowed.
    Headers headers() const {
        return detail::headers<snapline_response_header_count, snapline_response_header_name_at,
                               snapline_response_header_value_at>(handle_.get());
    }

    /// What each attempt saw, oldest first; borrowed.
    std::vector<Attempt> attempts() const {
        return detail::attempts<snapline_response_attempt_count, snapline_response_attempt_http_status,
                                snapline_response_attempt_reason>(handle_.get());
    }

    /// Where the answer departs from the document, which it almost never does; borrowed.
    std::vector<std::string_view> drift() const {
        std::vector<std::string_view> all;
        const std::size_t count = snapline_response_drift_count(handle_.get());
        all.reserve(count);
        for (std::size_t i = 0; i < count; ++i) {
            all.push_back(detail::view(snapline_response_drift_at(handle_.get(), i)));
        }
        return all;
    }

    /// The rate limit that came with the answer.
    std::optional<RateLimit> rate_limit() const noexcept {
        std::int64_t limit = -1;
        std::int64_t remaining = -1;
        std::int64_t reset = -1;
        if (!snapline_response_rate_limit(handle_.get(), &limit, &remaining, &reset)) return std::nullopt;
        return detail::rate_limit(limit, remaining, reset);
    }

private:
    detail::Handle<snapline_response_free> handle_;
};

/// A moment as RFC 3339 has it, in UTC: what `since` takes of an Error's sent_at().
inline std::string rfc3339(std::chrono::system_clock::time_point moment) {
    const auto since = std::chrono::duration_cast<std::chrono::nanoseconds>(moment.time_since_epoch()).count();
    constexpr std::int64_t day = 86'400'000'000'000;
    const std::int64_t days = since / day - (since % day < 0 ? 1 : 0);
    const std::int64_t of_day = since - days * day;
    // Years are counted from March, in periods of 400, so that the day of a leap year is the last.
    const std::int64_t shifted = days + 719'468;
    const std::int64_t era = (shifted >= 0 ? shifted : shifted - 146'096) / 146'097;
    const std::int64_t of_era = shifted - era * 146'097;
    const std::int64_t year = (of_era - of_era / 1'460 + of_era / 36'524 - of_era / 146'096) / 365;
    const std::int64_t of_year = of_era - (365 * year + year / 4 - year / 100);
    const std::int64_t month = (5 * of_year + 2) / 153;
    std::string text;
    const auto digits = [&text](std::int64_t number, std::size_t width, const char* after) {
        const std::string written = std::to_string(number);
        text.append(width > written.size() ? width - written.size() : 0, '0').append(written).append(after);
    };
    digits(year + era * 400 + (month < 10 ? 0 : 1), 4, "-");
    digits(month < 10 ? month + 3 : month - 9, 2, "-");
    digits(of_year - (153 * month + 2) / 5 + 1, 2, "T");
    digits(of_day / 3'600'000'000'000, 2, ":");
    digits(of_day / 60'000'000'000 % 60, 2, ":");
    digits(of_day / 1'000'000'000 % 60, 2, ".");
    digits(of_day % 1'000'000'000, 9, "Z");
    return text;
}

/// What a wait shows after each look: the state seen, if there was one, and how many looks there were.
/// Returns whether to go on. What it throws leaves the wait.
using PollFunction = std::function<bool(std::optional<std::string_view>, std::uint32_t)>;

/// The version of the library.
inline std::string_view version() noexcept { return snapline_version(); }

namespace detail {

/// Hands values to the C library, for which a text ends at a NUL; it remembers the first that has one inside.
class Input {
public:
    const char* text(const std::string& value, const char* name) {
        if (value.find('\0') != std::string::npos && !error_) {
            error_ = Error(Status::invalid_argument, std::string("`") + name + "` has a NUL inside");
        }
        return value.c_str();
    }

    std::string copy(std::string_view value, const char* name) {
        std::string copied(value);
        text(copied, name);
        return copied;
    }

    std::string copy(const StringOrInteger& value, const char* name) {
        return copy(std::string_view(value.text()), name);
    }

    /// Makes the handle that a struct of arguments stands for.
    template <class Struct>
    auto make(const Struct& from) {
        return to_c(from, *this);
    }

    template <class To>
    void set_either(To* to, snapline_status (*set_text)(To*, const char*),
                    snapline_status (*set_integer)(To*, std::int64_t), const StringOrInteger& value, const char* name) {
        if (const auto integer = value.integer()) {
            set_integer(to, *integer);
        } else {
            set_text(to, text(value.text(), name));
        }
    }

    template <class To, class Text>
    void set_texts(To* to, snapline_status (*set)(To*, const char* const*, std::size_t),
                   const std::vector<Text>& values, const char* name) {
        std::vector<const char*> texts;
        for (const auto& value : values) texts.push_back(text(text_of(value), name));
        set(to, texts.data(), texts.size());
    }

    /// A vector of bool has no array inside.
    template <class To>
    void set_flags(To* to, snapline_status (*set)(To*, const bool*, std::size_t), const std::vector<bool>& values) {
        const std::unique_ptr<bool[]> flags(new bool[values.size() + 1]);
        std::size_t count = 0;
        for (const bool value : values) flags[count++] = value;
        set(to, flags.get(), count);
    }

    template <class To, class Object, class Struct>
    void set_objects(To* to, snapline_status (*set)(To*, const Object* const*, std::size_t),
                     const std::vector<Struct>& values) {
        std::vector<decltype(make(values.front()))> made;
        std::vector<const Object*> objects;
        for (const auto& value : values) {
            made.push_back(make(value));
            objects.push_back(made.back().get());
        }
        set(to, objects.data(), objects.size());
    }

    const std::optional<Error>& error() const noexcept { return error_; }

private:
    static const std::string& text_of(const std::string& value) noexcept { return value; }
    template <class E>
    static const std::string& text_of(const Open<E>& value) noexcept {
        return value.text();
    }

    std::optional<Error> error_;
};

/// Milliseconds for the C library, which takes none below zero.
inline std::uint64_t milliseconds(std::chrono::milliseconds span) noexcept {
    return span.count() < 0 ? 0 : static_cast<std::uint64_t>(span.count());
}

}  // namespace detail

/// A request that is about to go out, without credentials. It is borrowed until the hook that gets it returns, and so
/// are its texts.
class Outgoing {
public:
    explicit Outgoing(snapline_outgoing* request) noexcept : request_(request) {}

    /// The operation, such as "nfs_get".
    std::string_view operation() const noexcept { return detail::view(snapline_outgoing_operation(request_)); }

    /// The method in capitals.
    std::string_view method() const noexcept { return detail::view(snapline_outgoing_method(request_)); }

    /// Where it goes, with its query.
    std::string_view url() const noexcept { return detail::view(snapline_outgoing_url(request_)); }

    /// Which sending of the call it is, from 1.
    std::uint64_t attempt() const noexcept { return snapline_outgoing_attempt(request_); }

    /// The headers that the call gives it.
    std::vector<std::pair<std::string_view, std::string_view>> headers() const {
        return detail::headers<snapline_outgoing_header_count, snapline_outgoing_header_name_at,
                               snapline_outgoing_header_value_at>(request_);
    }

    /// Adds a header to this request alone, in place of one of the same name. One that the client sets itself, such as
    /// "authorization", fails the call, and so does a text with a NUL in it.
    void set_header(const std::string& name, const std::string& value) noexcept {
        const bool whole = name.find('\0') == std::string::npos && value.find('\0') == std::string::npos;
        snapline_outgoing_set_header(request_, name.c_str(), whole ? value.c_str() : nullptr);
    }

private:
    snapline_outgoing* request_;
};

/// What came of a request that went out. It is borrowed until the hook that gets it returns, and so are its texts.
class Attempted {
public:
    explicit Attempted(const snapline_attempted* attempted) noexcept : attempted_(attempted) {}

    /// The operation, such as "nfs_get".
    std::string_view operation() const noexcept { return detail::view(snapline_attempted_operation(attempted_)); }

    /// Which sending of the call it was, from 1.
    std::uint64_t attempt() const noexcept { return snapline_attempted_attempt(attempted_); }

    /// How long it took with all of the answer.
    std::chrono::microseconds elapsed() const noexcept {
        return std::chrono::microseconds(snapline_attempted_elapsed_us(attempted_));
    }

    /// The status, if an answer came.
    std::optional<int> http_status() const noexcept {
        const int status = snapline_attempted_http_status(attempted_);
        return status == 0 ? std::nullopt : std::optional<int>(status);
    }

    /// The headers of the answer.
    std::vector<std::pair<std::string_view, std::string_view>> headers() const {
        return detail::headers<snapline_attempted_header_count, snapline_attempted_header_name_at,
                               snapline_attempted_header_value_at>(attempted_);
    }

    /// The id under which the service knows the request, if it gave one.
    std::optional<std::string_view> request_id() const noexcept {
        return detail::optional_view(snapline_attempted_request_id(attempted_));
    }

    /// Why there is no answer that can be used; nothing if there is one.
    std::optional<std::string_view> error() const noexcept {
        return detail::optional_view(snapline_attempted_error(attempted_));
    }

private:
    const snapline_attempted* attempted_;
};

/// Looks at a request before it goes out. What it returns is why the call is to fail, and nothing lets the request out;
/// what it throws fails the call too. It is called on the thread that makes the call, for one in the background on the one
/// that all of these go on, and by several threads at once.
using BeforeSend = std::function<std::optional<std::string>(Outgoing&)>;

/// Looks at what came of a request, and fails the call in the same way, whatever the service did.
using AfterAnswer = std::function<std::optional<std::string>(const Attempted&)>;

namespace detail {

struct Hooks {
    BeforeSend before;
    AfterAnswer after;
};

// Why a call is to fail, where the C library can copy it.
inline const char* kept(std::optional<std::string> why) {
    thread_local std::string text;
    if (!why) return nullptr;
    text = std::move(*why);
    return text.c_str();
}

template <class Look>
const char* look(const Look& look_at) noexcept {
#if SNAPLINE_EXCEPTIONS
    try {
        return kept(look_at());
    } catch (const std::exception& thrown) {
        return kept(std::string(thrown.what()));
    } catch (...) {
        return "it threw what is no std::exception";
    }
#else
    return kept(look_at());
#endif
}

inline const char* before_send(void* hooks, snapline_outgoing* request) noexcept {
    return look([&] {
        Outgoing shown(request);
        return static_cast<const Hooks*>(hooks)->before(shown);
    });
}

inline const char* after_answer(void* hooks, const snapline_attempted* attempted) noexcept {
    return look([&] { return static_cast<const Hooks*>(hooks)->after(Attempted(attempted)); });
}

inline void free_hooks(void* hooks) noexcept { delete static_cast<Hooks*>(hooks); }

inline void set_hooks(snapline_settings* to, const BeforeSend& before, const AfterAnswer& after) {
    if (!before && !after) return;
    snapline_settings_set_hooks(to, before ? &before_send : nullptr, after ? &after_answer : nullptr,
                                new Hooks{before, after}, &free_hooks);
}

}  // namespace detail

}  // namespace snapline

#include "generated/options.hpp"

#endif
