/* What the examples have in common that tell of errors and look for what a request without an answer made. */

#ifndef SNAPLINE_EXAMPLES_OUTCOME_H
#define SNAPLINE_EXAMPLES_OUTCOME_H

#include <inttypes.h>
#include <stdio.h>
#include <time.h>

#include <snapline.h>

/* The end of what they say of their use. */
#define SURROUNDINGS \
    "DIGITALOCEAN_TOKEN is the token; SNAPLINE_DIGITALOCEAN_URL points at another server, such as snapline-mock.\n"

/* Shows an error, if there is one, and frees it; returns whether there was none. */
static inline bool told(const char *what, snapline_error *error)
{
    if (error == NULL) {
        return true;
    }
    fprintf(stderr, "%s: %s\n", what, snapline_error_message(error));
    snapline_error_free(error);
    return false;
}

/* When the request of an error was sent, as RFC 3339 has it: what the arguments of a `_find_` take. */
static inline bool sent_at(const snapline_error *error, char *text, size_t size)
{
    const int64_t moment = snapline_error_sent_at_ns(error);
    const time_t seconds = (time_t)(moment / 1000000000);
    const struct tm *utc = gmtime(&seconds);
    size_t length;

    if (moment < 0 || utc == NULL) {
        return false;
    }
    length = strftime(text, size, "%Y-%m-%dT%H:%M:%S", utc);
    return length > 0 && snprintf(text + length, size - length, ".%09" PRId64 "Z", moment % 1000000000) == 11;
}

/* Says why nobody knows what became of a request, where not exactly one thing was found that it made. */
static inline bool only(const char *what, size_t found)
{
    if (found == 1) {
        return true;
    }
    fprintf(stderr, "%s: %s\n", what, found == 0 ? "it did not happen" : "there are several that it may have made");
    return false;
}

#endif
