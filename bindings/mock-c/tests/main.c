/* The helper against the program: no library of ours, only what a test of one's own has. */

#define _POSIX_C_SOURCE 200809L

#include "snapline_mock.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int failures;

static void check(int holds, const char *what, int line)
{
    if (!holds) {
        fprintf(stderr, "main.c:%d: %s (errno: %s)\n", line, what, strerror(errno));
        failures++;
    }
}

#define CHECK(what) check((what) ? 1 : 0, #what, __LINE__)

/* Whether the answer to a GET has a text in it. */
static int tells(const snapline_mock *mock, const char *path, const char *text)
{
    char *answer = NULL;
    int status = snapline_mock_ask(mock, "GET", path, NULL, &answer);
    int found = status == 200 && answer != NULL && strstr(answer, text) != NULL;

    if (!found) {
        fprintf(stderr, "%s: %d %s\n", path, status, answer == NULL ? "" : answer);
    }
    free(answer);
    return found;
}

static void it_is_controlled(void)
{
    static const char *const arguments[] = {"--time", "2026-03-01T02:00:00Z", "--snapshots", "3", NULL};
    snapline_mock *mock = snapline_mock_start(NULL, arguments);

    CHECK(mock != NULL);
    if (mock == NULL) {
        return;
    }
    CHECK(strncmp(snapline_mock_url(mock), "http://127.0.0.1:", 17) == 0);

    /* A fault is met by those that fit, and as often as it says. */
    CHECK(snapline_mock_fault(mock, "{\"status\": 503, \"method\": \"GET\", \"times\": 2}") == 0);
    CHECK(snapline_mock_ask(mock, "GET", "/v2/volumes", NULL, NULL) == 503);
    CHECK(snapline_mock_ask(mock, "DELETE", "/v2/volumes", NULL, NULL) == 405);
    CHECK(snapline_mock_ask(mock, "GET", "/v2/volumes", NULL, NULL) == 503);
    CHECK(snapline_mock_ask(mock, "GET", "/v2/volumes", NULL, NULL) == 401);
    CHECK(snapline_mock_fault(mock, "{\"drop\": true}") == 0);
    CHECK(snapline_mock_ask(mock, "GET", "/v2/volumes", NULL, NULL) == -1 && errno == ECONNRESET);
    CHECK(snapline_mock_fault(mock, "{\"stats\": 503}") == -1 && errno == EINVAL);

    /* What came is counted and told. */
    CHECK(snapline_mock_requests(mock, NULL) == 5);
    CHECK(snapline_mock_requests(mock, "method=DELETE") == 1);
    CHECK(snapline_mock_requests(mock, "colour=red") == -1 && errno == EINVAL);
    CHECK(tells(mock, "/_mock/requests?method=DELETE", "\"status\":405"));

    /* Time passes. */
    CHECK(tells(mock, "/_mock/clock", "2026-03-01T02:00:"));
    CHECK(snapline_mock_advance(mock, 30 * 86400.0 + 0.5) == 0);
    CHECK(tells(mock, "/_mock/clock", "2026-03-31T02:00:"));
    CHECK(snapline_mock_advance(mock, -1) == -1 && errno == EINVAL);

    /* All begins anew. */
    CHECK(snapline_mock_reset(mock, "{\"volumes\": 2, \"snapshots\": 4}") == 0);
    CHECK(snapline_mock_requests(mock, NULL) == 0);
    CHECK(tells(mock, "/_mock/clock", "2026-03-01T02:00:"));
    CHECK(tells(mock, "/_mock/state", "nightly-2026-02-27"));
    CHECK(snapline_mock_reset(mock, NULL) == 0);
    CHECK(snapline_mock_reset(mock, "{\"volume\": 2}") == -1 && errno == EINVAL);

    CHECK(snapline_mock_setenv(mock) == 0);
    CHECK(getenv("SNAPLINE_DIGITALOCEAN_URL") != NULL);
    CHECK(strcmp(getenv("SNAPLINE_DIGITALOCEAN_URL"), snapline_mock_url(mock)) == 0);
    CHECK(getenv("OVH_CONSUMER_KEY") != NULL && *getenv("OVH_CONSUMER_KEY") != '\0');
    snapline_mock_stop(mock);
}

/* One that was stopped is gone, whatever was started since. */
static void each_ends_when_it_is_stopped(void)
{
    const char *arguments[] = {"--port", NULL, NULL};
    snapline_mock *first = snapline_mock_start(NULL, NULL);
    snapline_mock *second = snapline_mock_start(NULL, NULL);
    snapline_mock *third;
    char port[16] = "";

    CHECK(first != NULL && second != NULL);
    if (first != NULL) {
        snprintf(port, sizeof port, "%s", strrchr(snapline_mock_url(first), ':') + 1);
    }
    snapline_mock_stop(first);
    arguments[1] = port;
    third = snapline_mock_start(NULL, arguments);
    CHECK(third != NULL);
    snapline_mock_stop(third);
    snapline_mock_stop(second);
}

static void it_says_why_it_does_not_start(void)
{
    static const char *const wrong[] = {"--nothing", NULL};

    CHECK(snapline_mock_start("/nowhere/snapline-mock", NULL) == NULL && errno == ENOENT);
    CHECK(snapline_mock_start(NULL, wrong) == NULL && errno == ENOENT);
    snapline_mock_stop(NULL);
}

int main(void)
{
    it_is_controlled();
    each_ends_when_it_is_stopped();
    it_says_why_it_does_not_start();
    if (failures != 0) {
        fprintf(stderr, "%d checks failed\n", failures);
        return 1;
    }
    printf("the helper works\n");
    return 0;
}
