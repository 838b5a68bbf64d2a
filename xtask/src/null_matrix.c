/* Made from snapline.h by `cargo xtask test c`: every exported function with NULL in each place where a
 * pointer goes, on a closed client, and in a child process. The last line is `N passed, N failed`. */

#define _POSIX_C_SOURCE 200809L

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <snapline.h>

/* -1 stands for "not known" in some numbers. */
#define NEGATIVE(got) ((int64_t)(intptr_t)(got) == -1)

typedef struct {
    const char *name;
    void (*run)(void);
    int takes_client;
} test;

static unsigned calls;
static unsigned failures;
static int in_child;
static int marker;
static const char *const texts[] = {"x"};
static const int64_t integers[] = {1};
static const int32_t choices[] = {1};
static const double numbers[] = {1};
static const bool flags[] = {true};

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static unsigned begun;
static unsigned told;
static unsigned told_well;

/* Some lists are of no use to the functions that there are now. */
static void use_all(void)
{
    (void)texts, (void)integers, (void)choices, (void)numbers, (void)flags, (void)marker;
}

static void check(int holds, const char *function, const char *what)
{
    if (!holds) {
        failures++;
        printf("  %s: %s\n", function, what);
    }
}

static void count_told(snapline_status status)
{
    pthread_mutex_lock(&mutex);
    told++;
    told_well += status == SNAPLINE_CLOSED || status == SNAPLINE_INVALID_ARGUMENT;
    pthread_cond_signal(&changed);
    pthread_mutex_unlock(&mutex);
}

static void count_begun(snapline_status status)
{
    pthread_mutex_lock(&mutex);
    begun += status == SNAPLINE_OK;
    pthread_mutex_unlock(&mutex);
}

static bool about_null(const snapline_error *error)
{
    const char *rule = snapline_error_rule(error);
    return rule != NULL && strcmp(rule, "not NULL") == 0;
}

/* NULL where a value must be: nothing is done, and the error names the place. */
static void refused(const char *function, const char *name, snapline_status got, const snapline_error *error,
                    int tells)
{
    char what[160];
    snprintf(what, sizeof what, "NULL for `%s` gave %s", name, snapline_status_name((int32_t)got));
    if (in_child && got == SNAPLINE_CLOSED) {
        return;
    }
    check(got == SNAPLINE_INVALID_ARGUMENT, function, what);
    if (tells && got == SNAPLINE_INVALID_ARGUMENT) {
        const char *parameter = snapline_error_parameter(error);
        snprintf(what, sizeof what, "the error about NULL for `%s` is about `%s`", name,
                 parameter == NULL ? "nothing" : parameter);
        check(about_null(error) && parameter != NULL && strncmp(parameter, name, strlen(parameter)) == 0, function,
              what);
    }
}

/* NULL where it is fine. */
static void not_refused(const char *function, const char *name, snapline_status got, const snapline_error *error)
{
    char what[160];
    snprintf(what, sizeof what, "NULL for `%s` is fine, and gave %s", name, snapline_status_name((int32_t)got));
    check(!(got == SNAPLINE_INVALID_ARGUMENT && about_null(error)), function, what);
}

/* Nothing is NULL: the client is closed, or belongs to the parent process. */
static void whole(const char *function, snapline_status got, const snapline_error *error)
{
    size_t length = strlen(function);
    bool walks = length > 5 && strcmp(function + length - 5, "_iter") == 0;
    bool later = length > 6 && strcmp(function + length - 6, "_async") == 0;
    bool good = got == SNAPLINE_CLOSED || (got == SNAPLINE_INVALID_ARGUMENT && !about_null(error)) ||
                (got == SNAPLINE_OK && (walks || later));
    char what[160];
    if (in_child) {
        good = got == SNAPLINE_CLOSED || (got == SNAPLINE_INVALID_ARGUMENT && !about_null(error)) ||
               (got == SNAPLINE_OK && walks);
    }
    snprintf(what, sizeof what, "%s gave %s", in_child ? "after fork it" : "on a closed client it",
             snapline_status_name((int32_t)got));
    check(good, function, what);
}

static void *need(void *made, const char *handle)
{
    check(made != NULL, handle, "none could be made");
    return made;
}

static snapline_settings *good_settings(void)
{
    snapline_settings *settings = snapline_settings_new();
    snapline_settings_set_token(settings, "dop_v1_test");
    snapline_settings_set_base_url(settings, "http://127.0.0.1:9");
    snapline_settings_set_max_attempts(settings, 1);
    return settings;
}

/* A client that no call reaches a server on; all calls share it, and it is closed. */
#define ONE_CLIENT(client)                                                                         \
    static client *closed_##client;                                                                \
    static void open_##client(client **out)                                                        \
    {                                                                                              \
        snapline_settings *settings = good_settings();                                             \
        client##_new(settings, out, NULL);                                                         \
        need(*out, #client);                                                                       \
        snapline_settings_free(settings);                                                          \
    }

static const char *mock_url;
static snapline_error *make_error(void);
static snapline_response *make_response(void);
