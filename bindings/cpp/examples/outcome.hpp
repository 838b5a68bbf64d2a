// What the examples have in common that look for what a request without an answer made.

#ifndef SNAPLINE_EXAMPLES_OUTCOME_HPP
#define SNAPLINE_EXAMPLES_OUTCOME_HPP

#include <snapline.hpp>

// The end of what they say of their use.
constexpr const char* surroundings =
    "DIGITALOCEAN_TOKEN is the token; SNAPLINE_DIGITALOCEAN_URL points at another server, such as snapline-mock.\n";

// The one thing that was found; else an error that says why nobody knows.
template <class List>
auto only(const List& found, const snapline::Error& error) {
    if (found.size() == 1) return found[0];
    const std::string why = found.empty() ? "; it did not happen" : "; there are several that it may have made";
    throw snapline::Error(error.status(), error.what() + why);
}

#endif
