/* What all of snapline's C++ is made of: errors, results, options, views. Needs C++17. */

#ifndef SNAPLINE_CORE_HPP
#define SNAPLINE_CORE_HPP

#include <snapline.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <initializer_list>
#include <iterator>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "generated/status.hpp"

/* Without exceptions only the functions whose names begin with try_ are there. */
#if defined(__cpp_exceptions) || defined(_CPPUNWIND)
#define SNAPLINE_EXCEPTIONS 1
#else
#define SNAPLINE_EXCEPTIONS 0
#endif

namespace snapline {

namespace detail {

template <class T, void (*Free)(T*)>
struct Deleter {
    void operator()(T* given) const noexcept { Free(given); }
};

/// Owns a handle of the C library.
template <class T, void (*Free)(T*)>
using Handle = std::unique_ptr<T, Deleter<T, Free>>;

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

    /// How long the service asks to wait.
    std::optional<std::chrono::milliseconds> retry_after() const noexcept {
        const std::int64_t milliseconds = snapline_error_retry_after_ms(handle_.get());
        if (milliseconds < 0 || handle_ == nullptr) return std::nullopt;
        return std::chrono::milliseconds(milliseconds);
    }

    /// What a wait saw last, as JSON.
    std::optional<std::string_view> last_object_json() const noexcept {
        return detail::optional_view(snapline_error_last_object_json(handle_.get()));
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
    Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
    Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}

    bool has_value() const noexcept { return state_.index() == 0; }
    explicit operator bool() const noexcept { return has_value(); }

    /// The value; there must be one.
    T& operator*() & noexcept { return *std::get_if<0>(&state_); }
    const T& operator*() const& noexcept { return *std::get_if<0>(&state_); }
    T&& operator*() && noexcept { return std::move(*std::get_if<0>(&state_)); }
    T* operator->() noexcept { return std::get_if<0>(&state_); }
    const T* operator->() const noexcept { return std::get_if<0>(&state_); }

    /// The error; there must be one.
    const Error& error() const noexcept { return *std::get_if<1>(&state_); }

#if SNAPLINE_EXCEPTIONS
    /// The value, or throws the error.
    T& value() & { return check(), **this; }
    const T& value() const& { return check(), **this; }
    T&& value() && { return check(), std::move(**this); }

private:
    void check() const {
        if (!has_value()) detail::raise(error());
    }
#endif

private:
    std::variant<T, Error> state_;
};

/// Success without a value, or an error.
template <>
class [[nodiscard]] Result<void> {
public:
    Result() = default;
    Result(Error error) : error_(std::move(error)) {}

    bool has_value() const noexcept { return !error_.has_value(); }
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

    const T& operator*() const noexcept { return value_; }
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

    const std::vector<T>& operator*() const noexcept { return values_; }
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

    bool is_null() const noexcept { return null_; }
    bool has_value() const noexcept { return value_.has_value(); }

    /// The value; there must be one.
    const T& operator*() const noexcept { return *value_; }

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

    bool is_cancelled() const noexcept { return snapline_cancel_token_is_cancelled(handle_.get()); }

    /// The handle of the C library.
    const snapline_cancel_token* handle() const noexcept { return handle_.get(); }

private:
    detail::Handle<snapline_cancel_token, snapline_cancel_token_free> handle_;
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

/// Options of one call. What is not set is as set on the client.
struct CallOptions {
    /// The bound of the whole call with its retries.
    std::optional<std::chrono::milliseconds> timeout{};
    /// The bound of each attempt.
    std::optional<std::chrono::milliseconds> attempt_timeout{};
    /// The moment by which everything that is done with these options must be over.
    std::optional<std::chrono::steady_clock::time_point> deadline{};
    /// How often the call is sent at most, from 1 to 100.
    std::optional<std::uint32_t> max_attempts{};
    /// The longest first pause between two attempts; each later one is up to twice as long.
    std::optional<std::chrono::milliseconds> backoff_base{};
    /// The longest pause between two attempts that the service did not ask for.
    std::optional<std::chrono::milliseconds> backoff_cap{};
    /// The longest pause that the service may ask for; a longer one ends the call.
    std::optional<std::chrono::milliseconds> max_retry_after{};
    /// How many bytes the answer may have after decompression.
    std::optional<std::uint64_t> max_body_bytes{};
    /// Headers to add.
    std::vector<std::pair<std::string, std::string>> headers{};
    /// Query parameters to add.
    std::vector<std::pair<std::string, std::string>> query{};
    /// Lets a POST be sent again although it may have been carried out.
    bool retry_post = false;
    /// Makes an answer that departs from the document an error.
    std::optional<bool> strict{};
    /// Holds the call back while the last answer said that no request is left.
    std::optional<bool> pacing{};
    /// Checks arguments against the bounds that the document states before anything is sent, or leaves that
    /// to the service. What a path cannot hold is refused all the same.
    std::optional<bool> check_bounds{};
    /// Ends the call; it may be gone once the call began.
    const CancelToken* cancel = nullptr;
};

/// Settings of a client. What is not set comes from the environment or has a default.
struct Settings {
    /// The API token, in place of the one in the environment.
    std::optional<std::string> token{};
    /// Other credentials by name; the client says which it takes.
    std::vector<std::pair<std::string, std::string>> credentials{};
    /// Where requests go. A path prefix is kept.
    std::optional<std::string> base_url{};
    /// The bound of a whole call with its retries [90 s].
    std::optional<std::chrono::milliseconds> timeout{};
    /// The bound of each attempt, body included [30 s].
    std::optional<std::chrono::milliseconds> attempt_timeout{};
    /// The bound of making a connection [5 s].
    std::optional<std::chrono::milliseconds> connect_timeout{};
    /// How often a call is sent at most, from 1 to 100 [4].
    std::optional<std::uint32_t> max_attempts{};
    /// The longest first pause between two attempts; each later one is up to twice as long [0.5 s].
    std::optional<std::chrono::milliseconds> backoff_base{};
    /// The longest pause between two attempts that the service did not ask for [8 s].
    std::optional<std::chrono::milliseconds> backoff_cap{};
    /// The longest pause that the service may ask for; a longer one ends the call [120 s].
    std::optional<std::chrono::milliseconds> max_retry_after{};
    /// How many bytes an answer may have after decompression [64 MiB].
    std::optional<std::uint64_t> max_body_bytes{};
    /// Lets the token go over plain http to a host that is not loopback.
    bool allow_insecure = false;
    /// Makes an answer that departs from the document an error.
    bool strict = false;
    /// Holds calls back while the last answer said that no request is left.
    bool pacing = false;
    /// Checks arguments against the bounds that the document states before anything is sent. Without, the
    /// service is the judge; what a path cannot hold is refused all the same.
    bool check_bounds = true;
    /// How many retries the client's calls may make together before successes earn more [100].
    std::optional<std::uint32_t> retry_budget{};
    /// Text added to the User-Agent.
    std::optional<std::string> user_agent{};
    /// A PEM file of certificates to trust beside the system's.
    std::optional<std::string> ca_file{};
    /// The proxy for every request, instead of the one the environment names.
    std::optional<std::string> proxy{};
    /// Hosts that the proxy is not used for, separated by commas; "*" turns proxies off.
    std::optional<std::string> no_proxy{};
    /// Headers added to every request.
    std::vector<std::pair<std::string, std::string>> headers{};
};

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

/// An answer as it came.
class Response {
public:
    /// Takes over an answer of the C library.
    explicit Response(snapline_response* owned) noexcept : handle_(owned) {}

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
        for (std::size_t i = 0; i < count; ++i) all.push_back(detail::view(snapline_response_drift_at(handle_.get(), i)));
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
    detail::Handle<snapline_response, snapline_response_free> handle_;
};

/// A typed value with the answer that it came in.
template <class T>
struct Raw {
    T value;
    Response response;
};

/// What a wait shows after each look: the state seen, if there was one, and how many looks there were.
/// Returns whether to go on. What it throws leaves the wait.
using PollFunction = std::function<bool(std::optional<std::string_view>, std::uint32_t)>;

/// Gets the outcome of a call that went on in the background.
template <class T>
using Done = std::function<void(Result<T>)>;

/// The version of the library.
inline std::string_view version() noexcept { return snapline_version(); }

namespace detail {

/// Remembers the first argument that cannot go to the C library.
class Fault {
public:
    void nul_inside(const char* name) {
        if (!error_) {
            error_ = Error(Status::invalid_argument, std::string("`") + name + "` has a NUL inside");
        }
    }
    explicit operator bool() const noexcept { return error_.has_value(); }
    const Error& error() const noexcept { return *error_; }

private:
    std::optional<Error> error_;
};

inline const char* text(const std::string& given, const char* name, Fault& fault) {
    if (given.find('\0') != std::string::npos) fault.nul_inside(name);
    return given.c_str();
}

/// Texts as the C library takes them.
class Texts {
public:
    Texts(const std::vector<std::string>& given, const char* name, Fault& fault) {
        for (const auto& item : given) items_.push_back(text(item, name, fault));
    }
    template <class E>
    Texts(const std::vector<Open<E>>& given, const char* name, Fault& fault) {
        for (const auto& item : given) items_.push_back(text(item.text(), name, fault));
    }
    const char* const* data() const noexcept { return items_.data(); }
    std::size_t size() const noexcept { return items_.size(); }

private:
    std::vector<const char*> items_;
};

/// Milliseconds for the C library, which takes none below zero.
inline std::uint64_t count(std::chrono::milliseconds given) noexcept {
    return given.count() < 0 ? 0 : static_cast<std::uint64_t>(given.count());
}

using OptionsHandle = Handle<snapline_options, snapline_options_free>;

inline OptionsHandle make(const CallOptions& given, Fault& fault) {
    OptionsHandle made(snapline_options_new());
    snapline_options* it = made.get();
    if (given.timeout) snapline_options_set_timeout_ms(it, count(*given.timeout));
    if (given.attempt_timeout) snapline_options_set_attempt_timeout_ms(it, count(*given.attempt_timeout));
    if (given.deadline) {
        const auto left = *given.deadline - std::chrono::steady_clock::now();
        snapline_options_set_deadline_ms(it, count(std::chrono::ceil<std::chrono::milliseconds>(left)));
    }
    if (given.max_attempts) snapline_options_set_max_attempts(it, *given.max_attempts);
    if (given.backoff_base) snapline_options_set_backoff_base_ms(it, count(*given.backoff_base));
    if (given.backoff_cap) snapline_options_set_backoff_cap_ms(it, count(*given.backoff_cap));
    if (given.max_retry_after) snapline_options_set_max_retry_after_ms(it, count(*given.max_retry_after));
    if (given.max_body_bytes) snapline_options_set_max_body_bytes(it, *given.max_body_bytes);
    for (const auto& [name, value] : given.headers) {
        snapline_options_add_header(it, text(name, "header", fault), text(value, "header", fault));
    }
    for (const auto& [name, value] : given.query) {
        snapline_options_add_query(it, text(name, "query", fault), text(value, "query", fault));
    }
    if (given.retry_post) snapline_options_set_retry_post(it, true);
    if (given.strict) snapline_options_set_strict(it, *given.strict);
    if (given.pacing) snapline_options_set_pacing(it, *given.pacing);
    if (given.check_bounds) snapline_options_set_check_bounds(it, *given.check_bounds);
    if (given.cancel != nullptr) snapline_options_set_cancel_token(it, given.cancel->handle());
    return made;
}

using SettingsHandle = Handle<snapline_settings, snapline_settings_free>;

inline SettingsHandle make(const Settings& given, Fault& fault) {
    SettingsHandle made(snapline_settings_new());
    snapline_settings* it = made.get();
    snapline_settings_set_language(it, "cpp", "17");
    if (given.token) snapline_settings_set_token(it, text(*given.token, "token", fault));
    for (const auto& [name, value] : given.credentials) {
        snapline_settings_set_credential(it, text(name, "credential", fault), text(value, "credential", fault));
    }
    if (given.base_url) snapline_settings_set_base_url(it, text(*given.base_url, "base_url", fault));
    if (given.timeout) snapline_settings_set_timeout_ms(it, count(*given.timeout));
    if (given.attempt_timeout) snapline_settings_set_attempt_timeout_ms(it, count(*given.attempt_timeout));
    if (given.connect_timeout) snapline_settings_set_connect_timeout_ms(it, count(*given.connect_timeout));
    if (given.max_attempts) snapline_settings_set_max_attempts(it, *given.max_attempts);
    if (given.backoff_base) snapline_settings_set_backoff_base_ms(it, count(*given.backoff_base));
    if (given.backoff_cap) snapline_settings_set_backoff_cap_ms(it, count(*given.backoff_cap));
    if (given.max_retry_after) snapline_settings_set_max_retry_after_ms(it, count(*given.max_retry_after));
    if (given.max_body_bytes) snapline_settings_set_max_body_bytes(it, *given.max_body_bytes);
    if (given.allow_insecure) snapline_settings_set_allow_insecure(it, true);
    if (given.strict) snapline_settings_set_strict(it, true);
    if (given.pacing) snapline_settings_set_pacing(it, true);
    if (!given.check_bounds) snapline_settings_set_check_bounds(it, false);
    if (given.retry_budget) snapline_settings_set_retry_budget(it, *given.retry_budget);
    if (given.user_agent) snapline_settings_set_user_agent(it, text(*given.user_agent, "user_agent", fault));
    if (given.ca_file) snapline_settings_set_ca_file(it, text(*given.ca_file, "ca_file", fault));
    if (given.proxy) snapline_settings_set_proxy(it, text(*given.proxy, "proxy", fault));
    if (given.no_proxy) snapline_settings_set_no_proxy(it, text(*given.no_proxy, "no_proxy", fault));
    for (const auto& [name, value] : given.headers) {
        snapline_settings_add_header(it, text(name, "header", fault), text(value, "header", fault));
    }
    return made;
}

/// Carries looks from the C library to a function; what that throws waits here until the call is over.
class Watch {
public:
    explicit Watch(const PollFunction& function) noexcept : function_(function) {}

    snapline_poll_callback callback() const noexcept { return function_ ? &Watch::look : nullptr; }

    void rethrow() const {
#if SNAPLINE_EXCEPTIONS
        if (thrown_) std::rethrow_exception(thrown_);
#endif
    }

private:
    static bool look(void* self, const char* status, std::uint32_t polls) noexcept {
        auto& watch = *static_cast<Watch*>(self);
#if SNAPLINE_EXCEPTIONS
        try {
            return watch.function_(optional_view(status), polls);
        } catch (...) {
            watch.thrown_ = std::current_exception();
            return false;
        }
#else
        return watch.function_(optional_view(status), polls);
#endif
    }

    const PollFunction& function_;
    std::exception_ptr thrown_;
};

template <class Item, class Given>
Item item(Given given) {
    if constexpr (std::is_same_v<Item, std::string_view>) {
        return view(given);
    } else if constexpr (std::is_enum_v<Item> || std::is_arithmetic_v<Item>) {
        return static_cast<Item>(given);
    } else {
        return Item(given);
    }
}

/// Walks something by an index.
template <class Sequence, class Item>
class IndexIterator {
public:
    using iterator_category = std::input_iterator_tag;
    using value_type = Item;
    using difference_type = std::ptrdiff_t;
    using pointer = void;
    using reference = Item;

    IndexIterator(const Sequence* of, std::size_t index) noexcept : of_(of), index_(index) {}
    Item operator*() const { return (*of_)[index_]; }
    IndexIterator& operator++() noexcept {
        ++index_;
        return *this;
    }
    IndexIterator operator++(int) noexcept {
        auto before = *this;
        ++index_;
        return before;
    }
    friend bool operator==(const IndexIterator& a, const IndexIterator& b) noexcept { return a.index_ == b.index_; }
    friend bool operator!=(const IndexIterator& a, const IndexIterator& b) noexcept { return !(a == b); }

private:
    const Sequence* of_;
    std::size_t index_;
};

}  // namespace detail

/// A list inside an object, borrowed from it. Length tells how long a text is, where items are texts
/// that may hold a NUL.
template <class Item, class Owner, auto Count, auto At, auto... Length>
class ListView {
public:
    using iterator = detail::IndexIterator<ListView, Item>;
    using const_iterator = iterator;

    explicit ListView(const Owner* owner) noexcept : owner_(owner) {}

    std::size_t size() const noexcept { return Count(owner_); }
    bool empty() const noexcept { return size() == 0; }

    /// The item at an index below size().
    Item operator[](std::size_t index) const {
        if constexpr (sizeof...(Length) > 0) {
            return Item(At(owner_, index), Length(owner_, index)...);
        } else {
            return detail::item<Item>(At(owner_, index));
        }
    }

    iterator begin() const noexcept { return iterator(this, 0); }
    iterator end() const noexcept { return iterator(this, size()); }

private:
    const Owner* owner_;
};

/// Items that a call returned, which are freed with this.
template <class Item, class Owner, auto Count, auto At, void (*Free)(Owner*)>
class OwnedList {
public:
    using iterator = detail::IndexIterator<OwnedList, Item>;
    using const_iterator = iterator;

    explicit OwnedList(Owner* owned) noexcept : handle_(owned) {}

    std::size_t size() const noexcept { return Count(handle_.get()); }
    bool empty() const noexcept { return size() == 0; }

    /// The item at an index below size(), borrowed from the list.
    Item operator[](std::size_t index) const { return detail::item<Item>(At(handle_.get(), index)); }

    iterator begin() const noexcept { return iterator(this, 0); }
    iterator end() const noexcept { return iterator(this, size()); }

    /// The handle of the C library.
    const Owner* handle() const noexcept { return handle_.get(); }

private:
    detail::Handle<Owner, Free> handle_;
};

/// All items of a list, page by page; pages are fetched as they are needed. One walk, by one thread.
template <class Item, class Walk, auto Next, void (*Free)(Walk*)>
class Items {
public:
    explicit Items(Walk* owned) noexcept : handle_(owned) {}

    /// The next item, borrowed until the one after; nothing behind the last.
    Result<std::optional<Item>> try_next() {
        decltype(std::declval<Item>().handle()) item = nullptr;
        snapline_error* error = nullptr;
        if (Next(handle_.get(), &item, &error) != SNAPLINE_OK) return Error(error);
        if (item == nullptr) return std::optional<Item>();
        return std::optional<Item>(Item(item));
    }

#if SNAPLINE_EXCEPTIONS
    /// As try_next, or throws.
    std::optional<Item> next() { return std::move(try_next()).value(); }

    class iterator {
    public:
        using iterator_category = std::input_iterator_tag;
        using value_type = Item;
        using difference_type = std::ptrdiff_t;
        using pointer = const Item*;
        using reference = const Item&;

        iterator() = default;
        explicit iterator(Items* of) : of_(of) { ++*this; }
        const Item& operator*() const noexcept { return *item_; }
        const Item* operator->() const noexcept { return &*item_; }
        iterator& operator++() {
            item_ = of_->next();
            if (!item_) of_ = nullptr;
            return *this;
        }
        void operator++(int) { ++*this; }
        friend bool operator==(const iterator& a, const iterator& b) noexcept { return a.of_ == b.of_; }
        friend bool operator!=(const iterator& a, const iterator& b) noexcept { return !(a == b); }

    private:
        Items* of_ = nullptr;
        std::optional<Item> item_;
    };

    /// Fetches the first page; an item is borrowed until the iterator moves on.
    iterator begin() { return iterator(this); }
    iterator end() noexcept { return iterator(); }
#endif

private:
    detail::Handle<Walk, Free> handle_;
};

namespace detail {

/// A text that the C library gave away.
inline std::string take(char* given) {
    const Handle<char, snapline_string_free> owned(given);
    return std::string(view(given));
}

/// What a call in the background holds on to.
template <class T>
struct State {
    State(Done<T> given, PollFunction poll) : done(std::move(given)), on_poll(std::move(poll)), watch(on_poll) {}
    State(const State&) = delete;
    State& operator=(const State&) = delete;

    Done<T> done;
    PollFunction on_poll;
    Watch watch;
};

/// Tells the outcome of a call that gives something.
template <class T, class Out>
struct Later {
    static void tell(void* user_data, snapline_status status, Out* out, snapline_error* error) noexcept {
        const std::unique_ptr<State<T>> state(static_cast<State<T>*>(user_data));
        if (status != SNAPLINE_OK) {
            state->done(Error(error));
        } else if constexpr (std::is_same_v<T, std::string>) {
            state->done(take(out));
        } else {
            state->done(T(out));
        }
    }
};

/// Tells the outcome of a call that gives nothing.
struct LaterNothing {
    static void tell(void* user_data, snapline_status status, snapline_error* error) noexcept {
        const std::unique_ptr<State<void>> state(static_cast<State<void>*>(user_data));
        if (status != SNAPLINE_OK) {
            state->done(Error(error));
        } else {
            state->done(Result<void>());
        }
    }
};

}  // namespace detail

}  // namespace snapline

#endif
