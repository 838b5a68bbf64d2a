/* What the generated cases check with. Each check that fails prints one line and is counted. */

#ifndef SNAPLINE_CHECK_HPP
#define SNAPLINE_CHECK_HPP

#include <cmath>
#include <iostream>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include <snapline.hpp>

/* One run of one case. */
class Run {
public:
    Run(std::string url, std::string run_id, std::string name)
        : url_(std::move(url)), run_id_(std::move(run_id)), name_(std::move(name)) {}

    unsigned failures() const { return failures_; }

    /* A client that talks to the mock as this case. */
    template <class Client>
    Client client() const {
        snapline::Settings settings;
        settings.base_url = url_ + "/case/" + name_ + "/" + run_id_;
        settings.token = "dop_v1_conformance";
        return Client(settings);
    }

    /* Asks the mock whether every request was sent. */
    template <class Client>
    void done(const Client& client) {
        const auto answer = client.try_request("GET", "/_done");
        if (!answer) failed("every request was sent") << answer.error().what() << '\n';
    }

    template <class Got, class Expected>
    void check(const char* what, const Got& got, const Expected& expected) {
        if constexpr (std::is_enum_v<Got>) {
            if (got != expected) {
                failed(what) << static_cast<int>(got) << " instead of " << static_cast<int>(expected) << '\n';
            }
        } else if constexpr (std::is_floating_point_v<Got>) {
            if (!(std::fabs(got - expected) <= 1e-9 * std::fabs(expected))) {
                failed(what) << got << " instead of " << expected << '\n';
            }
        } else {
            if (!(got == expected)) failed(what) << got << " instead of " << expected << '\n';
        }
    }

    template <class Got, class Expected>
    void check_there(const char* what, const std::optional<Got>& got, const Expected& expected) {
        if (there(what, got)) check(what, *got, expected);
    }

    template <class Got>
    bool there(const char* what, const std::optional<Got>& got) {
        if (!got) failed(what) << "is not there\n";
        return got.has_value();
    }

    std::ostream& failed(const char* what) {
        ++failures_;
        return std::cout << "  " << name_ << ": " << what << ": ";
    }

private:
    std::string url_;
    std::string run_id_;
    std::string name_;
    unsigned failures_ = 0;
};

/* A case: its name and what it does. */
struct Case {
    const char* name;
    void (*run)(Run& run);
};

/* Every case, generated. */
extern const std::vector<Case> all_cases;

#endif
