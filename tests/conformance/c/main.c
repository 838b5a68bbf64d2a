/* Runs the generated cases against the mock.
 *
 * Usage: conformance [URL [PART]]. Without a URL, SNAPLINE_MOCK_URL names the mock. With PART only
 * cases whose name holds it are run. The last line is `N passed, N failed`. */

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "check.h"

static void failed(check_run *run, const char *what)
{
    run->failures++;
    printf("  %s: %s: ", run->name, what);
}

snapline_settings *check_settings(check_run *run)
{
    char url[512];
    snapline_settings *settings = snapline_settings_new();
    snprintf(url, sizeof url, "%s/case/%s/%s", run->mock_url, run->name, run->run_id);
    check_status(run, "base_url", snapline_settings_set_base_url(settings, url), SNAPLINE_OK, NULL);
    check_status(run, "token", snapline_settings_set_token(settings, "dop_v1_conformance"), SNAPLINE_OK, NULL);
    return settings;
}

void check_true(check_run *run, const char *what, bool holds)
{
    if (!holds) {
        failed(run, what);
        printf("does not hold\n");
    }
}

void check_bool(check_run *run, const char *what, bool got, bool expected)
{
    if (got != expected) {
        failed(run, what);
        printf("%s instead of %s\n", got ? "true" : "false", expected ? "true" : "false");
    }
}

void check_integer(check_run *run, const char *what, int64_t got, int64_t expected)
{
    if (got != expected) {
        failed(run, what);
        printf("%" PRId64 " instead of %" PRId64 "\n", got, expected);
    }
}

void check_size(check_run *run, const char *what, size_t got, size_t expected)
{
    if (got != expected) {
        failed(run, what);
        printf("%zu instead of %zu\n", got, expected);
    }
}

void check_number(check_run *run, const char *what, double got, double expected)
{
    if (!(fabs(got - expected) <= 1e-9 * fabs(expected))) {
        failed(run, what);
        printf("%.17g instead of %.17g\n", got, expected);
    }
}

void check_text(check_run *run, const char *what, const char *got, const char *expected)
{
    bool same = got == NULL || expected == NULL ? got == expected : strcmp(got, expected) == 0;
    if (!same) {
        failed(run, what);
        printf("%s instead of %s\n", got == NULL ? "NULL" : got, expected == NULL ? "NULL" : expected);
    }
}

void check_status(check_run *run, const char *what, snapline_status got, snapline_status expected,
                  const snapline_error *error)
{
    if (got != expected) {
        const char *message = snapline_error_message(error);
        failed(run, what);
        printf("%s instead of %s%s%s\n", snapline_status_name((int32_t)got),
               snapline_status_name((int32_t)expected), message == NULL ? "" : ": ",
               message == NULL ? "" : message);
    }
}

int main(int count, char **given)
{
    const char *url = count > 1 ? given[1] : getenv("SNAPLINE_MOCK_URL");
    const char *part = count > 2 ? given[2] : "";
    char run_id[64];
    size_t index;
    unsigned passed = 0;
    unsigned broken = 0;
    if (url == NULL || *url == '\0') {
        fprintf(stderr, "name the mock: conformance http://127.0.0.1:PORT, or set SNAPLINE_MOCK_URL\n");
        return 2;
    }
    /* The mock keeps its place in a case for each run. */
    snprintf(run_id, sizeof run_id, "c-%ld", (long)time(NULL));
    for (index = 0; index < check_cases_count; index++) {
        check_run run = {url, run_id, check_cases[index].name, 0};
        if (strstr(run.name, part) == NULL) {
            continue;
        }
        check_cases[index].run(&run);
        if (run.failures == 0) {
            passed++;
        } else {
            broken++;
            printf("FAILED %s\n", run.name);
        }
    }
    printf("%u passed, %u failed\n", passed, broken);
    return broken == 0 && passed > 0 ? 0 : 1;
}
