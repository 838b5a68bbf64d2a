/* {{ head.banner() }} */

/* The client of {{ name }}. What it gives is declared here alone: the header of a resource has its class. */

#ifndef {{ head.guard }}
#define {{ head.guard }}

#include "../call.hpp"

#include <snapline/{{ head.provider }}/client.h>

namespace snapline::{{ head.provider }} {
{% for (resource, _) in resources %}
class {{ resource.class }};
{%- endfor %}
{% for line in doc %}
///{{ line }}
{%- endfor %}
class Client {
public:
    /// Makes a client.
    static Result<Client> try_make(const Settings& settings = {}) {
        detail::Input input;
        const auto made = detail::make_settings(settings, input);
        if (input.error()) return *input.error();
        {{ handle }}* out = nullptr;
        snapline_error* error = nullptr;
        if ({{ handle }}_new(made.get(), &out, &error) != SNAPLINE_OK) return Error(error);
        return Client(out);
    }

#if SNAPLINE_EXCEPTIONS
    /// As try_make, or throws.
    explicit Client(const Settings& settings) : Client(try_make(settings).value()) {}

    /// A client with what the environment says, or throws.
    static Client from_env() { return try_make().value(); }

    /// As try_request, or throws.
    Response request(const std::string& method, const std::string& path,
                     const std::optional<std::string>& body_json = {}, const CallOptions& options = {}) const {
        return try_request(method, path, body_json, options).value();
    }
#endif

    /// Takes over a client of the C library.
    explicit Client({{ handle }}* owned) noexcept : handle_(owned) {}
{% for (resource, file) in resources %}
{%- for line in resource.doc %}
    ///{{ line }}
{%- endfor %}
    /// In {{ file }}.hpp.
    {{ resource.class }} {{ resource.name }}() const noexcept;
{% endfor %}
    /// Sends any method and path with the same credentials, retries and errors.
    Result<Response> try_request(const std::string& method, const std::string& path,
                                 const std::optional<std::string>& body_json = {},
                                 const CallOptions& options = {}) const {
        detail::Call call(options);
        return call.walk<Response>(
                {{ handle }}_request, handle(), call.text(method, "method"), call.text(path, "path"),
                body_json ? call.text(*body_json, "body_json") : nullptr);
    }

    /// The rate limit as the last answer gave it; nothing while no answer gave one.
    std::optional<RateLimit> rate_limit() const noexcept {
        std::int64_t limit = 0;
        std::int64_t remaining = 0;
        std::int64_t reset = 0;
        if (!{{ handle }}_rate_limit(handle_.get(), &limit, &remaining, &reset)) return std::nullopt;
        return detail::rate_limit(limit, remaining, reset);
    }

    /// Closes the client: calls under way go on, later ones fail with Status::closed.
    void close() const noexcept { {{ handle }}_close(handle_.get()); }

    /// The handle of the C library, still owned by this.
    const {{ handle }}* handle() const noexcept { return handle_.get(); }

private:
    detail::Handle<{{ handle }}_free> handle_;
};

}  // namespace snapline::{{ head.provider }}

#endif
