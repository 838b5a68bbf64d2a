/* {{ banner }} */

/* What can be set on a client, on one call and on a wait. */

#ifndef SNAPLINE_OPTIONS_HPP
#define SNAPLINE_OPTIONS_HPP

namespace snapline {

/// Options of one call. What is not set is as set on the client.
struct CallOptions {
{%- for option in call %}
{%- for line in option.doc %}
    ///{{ line }}
{%- endfor %}
    {{ option.member }}
{%- endfor %}
    /// The moment by which everything that is done with these options must be over.
    std::optional<std::chrono::steady_clock::time_point> deadline{};
    /// Ends the call; it may be gone once the call began.
    const CancelToken* cancel = nullptr;
};

/// Options of a wait. The default of its bound is each wait's own.
struct WaitOptions {
{%- for option in wait %}
{%- for line in option.doc %}
    ///{{ line }}
{%- endfor %}
    {{ option.member }}
{%- endfor %}
    /// Called after each poll; says whether to go on. What it throws leaves the wait.
    PollFunction on_poll{};
    /// Options of each call that is made.
    CallOptions call{};
};

/// Settings of a client. What is not set comes from the environment or has a default.
struct Settings {
    /// The API token, in place of the one in the environment.
    std::optional<std::string> token{};
    /// Other credentials by name; the client says which it takes.
    std::vector<std::pair<std::string, std::string>> credentials{};
{%- for setting in client %}
{%- for line in setting.doc %}
    ///{{ line }}
{%- endfor %}
    {{ setting.member }}
{%- endfor %}
    /// Looks at each request before it goes out, and may add headers; see BeforeSend.
    BeforeSend before_send{};
    /// Looks at what came of each request; see AfterAnswer.
    AfterAnswer after_answer{};
};

namespace detail {

inline Handle<snapline_options_free> make_options(const CallOptions& from, [[maybe_unused]] Input& input) {
    Handle<snapline_options_free> made(snapline_options_new());
    snapline_options* to = made.get();
{%- for option in call %}
    {{ option.set }}
{%- endfor %}
    if (from.deadline) {
        const auto left = *from.deadline - std::chrono::steady_clock::now();
        snapline_options_set_deadline_ms(to, milliseconds(std::chrono::ceil<std::chrono::milliseconds>(left)));
    }
    if (from.cancel != nullptr) snapline_options_set_cancel_token(to, from.cancel->handle());
    return made;
}

inline Handle<snapline_options_free> make_options(const WaitOptions& from, Input& input) {
    Handle<snapline_options_free> made = make_options(from.call, input);
    snapline_options* to = made.get();
{%- for option in wait %}
    {{ option.set }}
{%- endfor %}
    return made;
}

inline Handle<snapline_settings_free> make_settings(const Settings& from, Input& input) {
    Handle<snapline_settings_free> made(snapline_settings_new());
    snapline_settings* to = made.get();
    snapline_settings_set_language(to, "cpp", "17");
    if (from.token) snapline_settings_set_token(to, input.text(*from.token, "token"));
    for (const auto& [name, value] : from.credentials) {
        snapline_settings_set_credential(to, input.text(name, "credential"), input.text(value, "credential"));
    }
{%- for setting in client %}
    {{ setting.set }}
{%- endfor %}
    set_hooks(to, from.before_send, from.after_answer);
    return made;
}

}  // namespace detail

}  // namespace snapline

#endif
