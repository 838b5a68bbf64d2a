/* Tests of what no document states: NULL, errors, cancelling, closing, freeing.
 *
 * Usage: tests. Needs no server: it listens on a loopback port of its own and never answers there.
 * The last line is `N passed, N failed`. */

#define _POSIX_C_SOURCE 200809L

#include <dirent.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <snapline.h>

#include "server.h"

static unsigned failures;

#define CHECK(condition)                                                                           \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            failures++;                                                                            \
            printf("  %s:%d: %s\n", __FILE__, __LINE__, #condition);                               \
        }                                                                                          \
    } while (0)

/* A port where connections are taken and never answered. */
static char silent_url[64];

static snapline_do_client *client_for(const char *url)
{
    snapline_settings *settings = snapline_settings_new();
    snapline_do_client *client = NULL;
    snapline_error *error = NULL;
    CHECK(snapline_settings_set_token(settings, "dop_v1_test") == SNAPLINE_OK);
    CHECK(snapline_settings_set_base_url(settings, url) == SNAPLINE_OK);
    CHECK(snapline_settings_set_max_attempts(settings, 1) == SNAPLINE_OK);
    CHECK(snapline_do_client_new(settings, &client, &error) == SNAPLINE_OK);
    CHECK(error == NULL);
    snapline_settings_free(settings);
    return client;
}

/* How many times as long as usual things may take: valgrind is slow. */
static double slack(void)
{
    const char *given = getenv("SNAPLINE_TEST_SLACK");
    double times = given == NULL ? 1 : atof(given);
    return times < 1 ? 1 : times;
}

static void the_library_is_the_one_of_the_header(void)
{
    char numbers[64];
    snprintf(numbers, sizeof numbers, "%d.%d.%d", SNAPLINE_VERSION_MAJOR, SNAPLINE_VERSION_MINOR,
             SNAPLINE_VERSION_PATCH);
    CHECK(strcmp(snapline_version(), SNAPLINE_VERSION) == 0);
    CHECK(strcmp(snapline_version(), numbers) == 0);
}

static void freeing_null_is_fine(void)
{
    snapline_error_free(NULL);
    snapline_string_free(NULL);
    snapline_cancel_token_free(NULL);
    snapline_settings_free(NULL);
    snapline_options_free(NULL);
    snapline_response_free(NULL);
    snapline_do_client_close(NULL);
    snapline_do_client_free(NULL);
    snapline_do_NfsShare_free(NULL);
    snapline_do_NfsShareList_free(NULL);
    snapline_do_SnapshotPage_free(NULL);
    snapline_do_SnapshotIter_free(NULL);
    snapline_do_NfsSnapshotArgs_free(NULL);
    snapline_do_NfsWaitUntilActiveArgs_free(NULL);
}

static void null_reads_as_nothing(void)
{
    size_t length = 7;
    CHECK(snapline_error_status(NULL) == SNAPLINE_OK);
    CHECK(snapline_error_message(NULL) == NULL);
    CHECK(snapline_error_http_status(NULL) == 0);
    CHECK(snapline_error_retry_after_ms(NULL) == -1);
    CHECK(snapline_error_limit(NULL) == NULL);
    CHECK(snapline_error_limit_message(NULL) == NULL);
    CHECK(snapline_error_header(NULL, "x") == NULL);
    CHECK(snapline_error_body(NULL, &length) == NULL && length == 0);
    CHECK(snapline_error_body(NULL, NULL) == NULL);
    CHECK(!snapline_error_outcome_unknown(NULL));
    CHECK(snapline_response_http_status(NULL) == 0);
    CHECK(!snapline_cancel_token_is_cancelled(NULL));
    snapline_cancel_token_cancel(NULL);
    CHECK(snapline_do_NfsShare_id(NULL) == NULL);
    CHECK(snapline_do_NfsShare_id_length(NULL) == 0);
    CHECK(snapline_do_NfsShare_size_gib(NULL) == 0);
    CHECK(snapline_do_NfsShare_status(NULL) == SNAPLINE_DO_NfsShareStatus_UNKNOWN);
    CHECK(snapline_do_NfsShare_status_string(NULL) == NULL);
    CHECK(!snapline_do_NfsShare_created_at_ns(NULL, NULL));
    CHECK(snapline_do_NfsShare_vpc_ids_count(NULL) == 0);
    CHECK(snapline_do_NfsShare_vpc_ids_at(NULL, 0) == NULL);
    CHECK(snapline_do_Action_region(NULL) == NULL);
    CHECK(snapline_do_NfsShareList_at(NULL, 0) == NULL);
    CHECK(snapline_do_SnapshotPage_total(NULL) == 0);
    CHECK(!snapline_do_client_rate_limit(NULL, NULL, NULL, NULL));
}

/* Checks that a call was refused because of `parameter`, and takes its error away. */
static void refused(snapline_status status, snapline_error **place, const char *parameter)
{
    snapline_error *error = *place;
    const char *named = snapline_error_parameter(error);
    CHECK(status == SNAPLINE_INVALID_ARGUMENT);
    CHECK(snapline_error_status(error) == SNAPLINE_INVALID_ARGUMENT);
    CHECK(snapline_error_attempt_count(error) == 0);
    if (named == NULL || strcmp(named, parameter) != 0) {
        failures++;
        printf("  %s was blamed instead of %s\n", named == NULL ? "nothing" : named, parameter);
    }
    snapline_error_free(error);
    *place = NULL;
}

static void null_where_a_value_must_be_is_refused(void)
{
    snapline_do_client *client = client_for(silent_url);
    snapline_do_NfsSnapshotArgs *args = snapline_do_NfsSnapshotArgs_new("nightly");
    snapline_do_NfsAction *action = NULL;
    snapline_error *error = NULL;
    snapline_do_SnapshotIter *iterator = NULL;
    const snapline_do_Snapshot *item = NULL;

    refused(snapline_do_nfs_snapshot(NULL, "id", args, NULL, &action, NULL, &error), &error, "client");
    refused(snapline_do_nfs_snapshot(client, NULL, args, NULL, &action, NULL, &error), &error, "nfs_id");
    refused(snapline_do_nfs_snapshot(client, "id", NULL, NULL, &action, NULL, &error), &error, "args");
    refused(snapline_do_nfs_snapshot(client, "id", args, NULL, NULL, NULL, &error), &error, "out");
    CHECK(action == NULL);
    /* Without a place for the error the status alone tells. */
    CHECK(snapline_do_nfs_snapshot(client, NULL, args, NULL, &action, NULL, NULL) == SNAPLINE_INVALID_ARGUMENT);
    error = NULL;
    refused(snapline_do_client_request(client, NULL, "/", NULL, NULL, NULL, &error), &error, "out");
    refused(snapline_do_SnapshotIter_next(NULL, &item, &error), &error, "iterator");
    CHECK(snapline_do_snapshots_list_iter(client, NULL, NULL, &iterator, &error) == SNAPLINE_OK);
    refused(snapline_do_SnapshotIter_next(iterator, NULL, &error), &error, "out");

    CHECK(snapline_do_NfsSnapshotArgs_new(NULL) == NULL);
    CHECK(snapline_do_NfsSnapshotArgs_set_region(NULL, "atl1") == SNAPLINE_INVALID_ARGUMENT);
    CHECK(snapline_do_NfsSnapshotArgs_set_region(args, NULL) == SNAPLINE_INVALID_ARGUMENT);
    CHECK(snapline_options_set_timeout_ms(NULL, 1) == SNAPLINE_INVALID_ARGUMENT);

    snapline_do_SnapshotIter_free(iterator);
    snapline_do_NfsSnapshotArgs_free(args);
    snapline_do_client_free(client);
}

static void a_value_that_cannot_be_taken_is_told_by_the_call(void)
{
    snapline_do_client *client = client_for(silent_url);
    snapline_do_NfsSnapshotArgs *args = snapline_do_NfsSnapshotArgs_new("nightly");
    snapline_do_NfsAccessPointsListArgs *list = snapline_do_NfsAccessPointsListArgs_new();
    snapline_do_NfsCreateActionArgs *general = snapline_do_NfsCreateActionArgs_new("{\"type\":");
    snapline_do_NfsSnapshotArgs *long_name = snapline_do_NfsSnapshotArgs_new("a name of over twenty characters");
    snapline_do_NfsAction *action = NULL;
    snapline_do_NfsAccessPointList *points = NULL;
    snapline_error *error = NULL;

    /* B3: bounds, and path values that would change the path. */
    refused(snapline_do_nfs_snapshot(client, "id", long_name, NULL, &action, NULL, &error), &error, "name");
    refused(snapline_do_nfs_snapshot(client, "..", args, NULL, &action, NULL, &error), &error, "nfs_id");
    refused(snapline_do_nfs_snapshot(client, "", args, NULL, &action, NULL, &error), &error, "nfs_id");
    refused(snapline_do_nfs_create_action(client, "id", general, NULL, &action, NULL, &error), &error, "body");
    CHECK(snapline_do_NfsSnapshotArgs_set_region(args, "\xff") == SNAPLINE_INVALID_ARGUMENT);
    refused(snapline_do_nfs_snapshot(client, "id", args, NULL, &action, NULL, &error), &error, "region");
    CHECK(snapline_do_NfsAccessPointsListArgs_set_status(list, SNAPLINE_DO_NfsAccessPointStatus_UNKNOWN) ==
          SNAPLINE_INVALID_ARGUMENT);
    refused(snapline_do_nfs_access_points_list(client, "id", list, NULL, &points, NULL, &error), &error, "status");

    snapline_do_NfsSnapshotArgs_free(long_name);
    snapline_do_NfsCreateActionArgs_free(general);
    snapline_do_NfsAccessPointsListArgs_free(list);
    snapline_do_NfsSnapshotArgs_free(args);
    snapline_do_client_free(client);
}

static void settings_that_do_not_fit_are_told(void)
{
    snapline_settings *settings = snapline_settings_new();
    snapline_do_client *client = NULL;
    snapline_error *error = NULL;

    /* B1, B19: the token is refused and never shown. */
    CHECK(snapline_settings_set_token(settings, "hunter2\n") == SNAPLINE_CONFIG);
    CHECK(snapline_do_client_new(settings, &client, &error) == SNAPLINE_CONFIG);
    CHECK(client == NULL && error != NULL);
    CHECK(error != NULL && strstr(snapline_error_message(error), "hunter2") == NULL);
    snapline_error_free(error);
    snapline_settings_free(settings);

    /* B2: no token over plain http to another host. */
    error = NULL;
    settings = snapline_settings_new();
    CHECK(snapline_settings_set_token(settings, "dop_v1_test") == SNAPLINE_OK);
    CHECK(snapline_settings_set_base_url(settings, "http://example.com") == SNAPLINE_OK);
    CHECK(snapline_do_client_new(settings, &client, &error) == SNAPLINE_CONFIG);
    CHECK(snapline_error_status(error) == SNAPLINE_CONFIG);
    snapline_error_free(error);
    snapline_settings_free(settings);
}

static void an_object_is_built_and_read(void)
{
    const int32_t protocols[] = {SNAPLINE_DO_NfsProtocol_NFS4};
    const char *const strings[] = {"NFS4", "NFS9"};
    snapline_do_NfsAccessPolicy *policy = snapline_do_NfsAccessPolicy_new(
        65534, 65533, protocols, 1, SNAPLINE_DO_NfsSquashConfig_ROOT_SQUASH, true);
    snapline_do_NfsAccessPolicy *again = NULL;
    snapline_error *error = NULL;
    char *json = NULL;

    CHECK(policy != NULL);
    CHECK(snapline_do_NfsAccessPolicy_new(1, 2, NULL, 1, 1, true) == NULL);
    CHECK(snapline_do_NfsAccessPolicy_anongid(policy) == 65533);
    CHECK(snapline_do_NfsAccessPolicy_protocols_count(policy) == 1);
    CHECK(snapline_do_NfsAccessPolicy_protocols_at(policy, 0) == SNAPLINE_DO_NfsProtocol_NFS4);
    CHECK(snapline_do_NfsAccessPolicy_set_protocols_strings(policy, strings, 2) == SNAPLINE_OK);
    CHECK(snapline_do_NfsAccessPolicy_protocols_at(policy, 1) == SNAPLINE_DO_NfsProtocol_UNKNOWN);
    CHECK(strcmp(snapline_do_NfsAccessPolicy_protocols_string_at(policy, 1), "NFS9") == 0);
    CHECK(snapline_do_NfsAccessPolicy_protocols_string_at(policy, 2) == NULL);
    CHECK(snapline_do_NfsAccessPolicy_set_squash_config_string(policy, "SOME_SQUASH") == SNAPLINE_OK);
    CHECK(snapline_do_NfsAccessPolicy_squash_config(policy) == SNAPLINE_DO_NfsSquashConfig_UNKNOWN);
    CHECK(snapline_do_NfsAccessPolicy_to_json(policy, &json, &error) == SNAPLINE_OK);
    CHECK(json != NULL && strstr(json, "\"squash_config\":\"SOME_SQUASH\"") != NULL);
    CHECK(snapline_do_NfsAccessPolicy_from_json(json, &again, &error) == SNAPLINE_OK);
    CHECK(strcmp(snapline_do_NfsAccessPolicy_squash_config_string(again), "SOME_SQUASH") == 0);
    snapline_do_NfsAccessPolicy_free(again);
    again = NULL;
    CHECK(snapline_do_NfsAccessPolicy_from_json("[]", &again, &error) == SNAPLINE_INVALID_ARGUMENT);
    CHECK(again == NULL && error != NULL);
    snapline_error_free(error);
    snapline_string_free(json);
    snapline_do_NfsAccessPolicy_free(policy);
}

static void a_nul_inside_a_text_is_kept(void)
{
    snapline_do_Region *region = NULL;
    const char *json = "{\"name\":\"a\\u0000b\",\"slug\":\"\",\"features\":[],\"available\":true,\"sizes\":[]}";
    CHECK(snapline_do_Region_from_json(json, &region, NULL) == SNAPLINE_OK);
    CHECK(strcmp(snapline_do_Region_name(region), "a") == 0);
    CHECK(snapline_do_Region_name_length(region) == 3);
    CHECK(region != NULL && memcmp(snapline_do_Region_name(region), "a\0b", 4) == 0);
    snapline_do_Region_free(region);
}

/* What is missing is zero, what is of another type is kept. */
static void b12_json_is_read_as_a_call_reads_it(void)
{
    snapline_do_Region *region = NULL;
    snapline_do_NfsAccessPolicy *policy = NULL;
    CHECK(snapline_do_Region_from_json("{\"slug\":5,\"features\":\"nfs\"}", &region, NULL) == SNAPLINE_OK);
    CHECK(region != NULL && strcmp(snapline_do_Region_name(region), "") == 0);
    CHECK(strcmp(snapline_do_Region_slug(region), "5") == 0);
    CHECK(snapline_do_Region_features_count(region) == 1);
    snapline_do_Region_free(region);
    /* What may be sent must not hold what nobody gave. */
    CHECK(snapline_do_NfsAccessPolicy_from_json("{\"anonuid\":1}", &policy, NULL) == SNAPLINE_INVALID_ARGUMENT);
}

/* When the last token was cancelled. */
static double cancelled_at;

static void *cancel_soon(void *token)
{
    pause_ms(100);
    cancelled_at = seconds();
    snapline_cancel_token_cancel(token);
    return NULL;
}

/* Options with a token that can end the call. */
static snapline_options *options_with(const snapline_cancel_token *token)
{
    snapline_options *options = snapline_options_new();
    CHECK(snapline_options_set_cancel_token(options, token) == SNAPLINE_OK);
    return options;
}

static void b20_a_call_is_cancelled_from_another_thread(void)
{
    snapline_do_client *client = client_for(silent_url);
    snapline_cancel_token *token = snapline_cancel_token_new();
    snapline_options *options = options_with(token);
    snapline_do_NfsShare *share = NULL;
    snapline_error *error = NULL;
    double ended;
    pthread_t thread;

    CHECK(pthread_create(&thread, NULL, cancel_soon, token) == 0);
    CHECK(snapline_do_nfs_get(client, "id", NULL, options, &share, NULL, &error) == SNAPLINE_CANCELLED);
    ended = seconds();
    CHECK(share == NULL);
    CHECK(snapline_error_status(error) == SNAPLINE_CANCELLED);
    CHECK(snapline_cancel_token_is_cancelled(token));
    pthread_join(thread, NULL);
    CHECK(ended - cancelled_at < 0.25 * slack());
    snapline_error_free(error);
    snapline_options_free(options);
    snapline_cancel_token_free(token);
    snapline_do_client_free(client);
}

static const snapline_cancel_token *signalled;

static void on_alarm(int number)
{
    (void)number;
    cancelled_at = seconds();
    snapline_cancel_token_cancel(signalled);
}

static void b20_a_wait_is_cancelled_from_a_signal_handler(void)
{
    snapline_do_client *client = client_for(silent_url);
    snapline_cancel_token *token = snapline_cancel_token_new();
    snapline_options *options = options_with(token);
    snapline_do_NfsShare *share = NULL;
    snapline_error *error = NULL;
    struct sigaction action;
    struct itimerval timer;

    signalled = token;
    memset(&action, 0, sizeof action);
    memset(&timer, 0, sizeof timer);
    action.sa_handler = on_alarm;
    timer.it_value.tv_usec = 100000;
    CHECK(sigaction(SIGALRM, &action, NULL) == 0);
    CHECK(setitimer(ITIMER_REAL, &timer, NULL) == 0);
    CHECK(snapline_do_nfs_wait_until_active(client, "id", NULL, options, &share, &error) == SNAPLINE_CANCELLED);
    CHECK(seconds() - cancelled_at < 0.25 * slack());
    snapline_error_free(error);
    snapline_options_free(options);
    snapline_cancel_token_free(token);
    snapline_do_client_free(client);
}

static void b6_a_call_has_a_bound(void)
{
    snapline_do_client *client = client_for(silent_url);
    snapline_options *options = snapline_options_new();
    snapline_response *response = NULL;
    snapline_error *error = NULL;
    double begun = seconds();

    CHECK(snapline_options_set_timeout_ms(options, 150) == SNAPLINE_OK);
    CHECK(snapline_do_client_request(client, "POST", "/v2/things", "{}", options, &response, &error) ==
          SNAPLINE_TIMEOUT);
    CHECK(seconds() - begun < 1.5 * slack());
    /* B8: a POST that may have arrived is told to be so. */
    CHECK(snapline_error_outcome_unknown(error));
    CHECK(snapline_error_attempt_count(error) == 1);
    CHECK(snapline_error_attempt_http_status(error, 0) == 0);
    CHECK(snapline_error_attempt_reason(error, 0) != NULL);
    CHECK(snapline_error_attempt_reason(error, 1) == NULL);
    CHECK(response == NULL);
    snapline_error_free(error);
    snapline_options_free(options);
    snapline_do_client_free(client);
}

static void b13_no_server_is_a_connection_error(void)
{
    /* Port 1 of the loopback address is taken by nobody. */
    snapline_do_client *client = client_for("http://127.0.0.1:1");
    snapline_do_NfsShareList *list = NULL;
    snapline_error *error = NULL;
    CHECK(snapline_do_nfs_list(client, NULL, NULL, &list, NULL, &error) == SNAPLINE_CONNECTION);
    CHECK(strcmp(snapline_error_operation(error), "nfs_list") == 0);
    CHECK(strchr(snapline_error_message(error), '\n') == NULL);
    snapline_error_free(error);
    snapline_do_client_free(client);
}

static void b25_a_closed_client_says_so(void)
{
    snapline_do_client *client = client_for(silent_url);
    snapline_do_NfsShareList *list = NULL;
    snapline_error *error = NULL;
    snapline_do_client_close(client);
    snapline_do_client_close(client);
    CHECK(snapline_do_nfs_list(client, NULL, NULL, &list, NULL, &error) == SNAPLINE_CLOSED);
    snapline_error_free(error);
    snapline_do_client_free(client);
}

static void b22_a_child_process_is_told_to_make_its_own_client(void)
{
    snapline_do_client *client = client_for(silent_url);
    int answers[2];
    char answer = '-';
    pid_t child;
    fflush(stdout);
    CHECK(pipe(answers) == 0);
    child = fork();
    if (child == 0) {
        snapline_do_NfsShareList *list = NULL;
        snapline_error *error = NULL;
        snapline_status got = snapline_do_nfs_list(client, NULL, NULL, &list, NULL, &error);
        bool told = got == SNAPLINE_CLOSED && strstr(snapline_error_message(error), "fork") != NULL;
        snapline_error_free(error);
        snapline_do_client_free(client);
        /* Not by its exit code: valgrind sets that to what the missing worker thread left behind. */
        _exit(write(answers[1], told ? "y" : "n", 1) == 1 ? 0 : 1);
    }
    close(answers[1]);
    CHECK(child > 0 && read(answers[0], &answer, 1) == 1 && answer == 'y');
    CHECK(waitpid(child, NULL, 0) == child);
    close(answers[0]);
    snapline_do_client_free(client);
}

static void an_iterator_outlives_its_client(void)
{
    snapline_do_client *client = client_for("http://127.0.0.1:1");
    snapline_do_SnapshotIter *iterator = NULL;
    const snapline_do_Snapshot *item = NULL;
    CHECK(snapline_do_snapshots_list_iter(client, NULL, NULL, &iterator, NULL) == SNAPLINE_OK);
    snapline_do_client_free(client);
    CHECK(snapline_do_SnapshotIter_next(iterator, &item, NULL) == SNAPLINE_CONNECTION);
    CHECK(item == NULL);
    snapline_do_SnapshotIter_free(iterator);
}

/* What callbacks told; the mutex guards it. */
static pthread_mutex_t told_mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t told_changed = PTHREAD_COND_INITIALIZER;
static int told;
static int told_wrong;
static snapline_status told_status;
static pthread_t told_by;

static void note(snapline_status status, bool as_promised)
{
    pthread_mutex_lock(&told_mutex);
    told++;
    told_wrong += as_promised ? 0 : 1;
    told_status = status;
    told_by = pthread_self();
    pthread_cond_signal(&told_changed);
    pthread_mutex_unlock(&told_mutex);
}

static void on_share(void *user_data, snapline_status status, snapline_do_NfsShare *share, snapline_error *error)
{
    note(status, user_data == &told && (status == SNAPLINE_OK) == (share != NULL) &&
                     (status == SNAPLINE_OK) == (error == NULL) && snapline_error_status(error) == status);
    snapline_do_NfsShare_free(share);
    snapline_error_free(error);
}

static void on_done(void *user_data, snapline_status status, snapline_error *error)
{
    note(status, user_data == &told && (status == SNAPLINE_OK) == (error == NULL));
    snapline_error_free(error);
}

/* Waits until so many callbacks were called, and a little longer for one too many. */
static void wait_told(int wanted)
{
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += (time_t)(10 * slack());
    pthread_mutex_lock(&told_mutex);
    while (told < wanted && pthread_cond_timedwait(&told_changed, &told_mutex, &until) == 0) {
    }
    pthread_mutex_unlock(&told_mutex);
    pause_ms(50);
    pthread_mutex_lock(&told_mutex);
    CHECK(told == wanted);
    CHECK(told_wrong == 0);
    pthread_mutex_unlock(&told_mutex);
}

static void a_call_in_the_background_tells_once(void)
{
    snapline_do_client *client = client_for("http://127.0.0.1:1");
    snapline_error *error = NULL;
    told = 0;
    CHECK(snapline_do_nfs_get_async(client, "id", NULL, NULL, on_share, &told, &error) == SNAPLINE_OK);
    /* The client goes at once; the call goes on. */
    snapline_do_client_free(client);
    wait_told(1);
    CHECK(told_status == SNAPLINE_CONNECTION);
    CHECK(!pthread_equal(told_by, pthread_self()));

    /* What is refused is told by the return value alone. */
    client = client_for(silent_url);
    told = 0;
    CHECK(snapline_do_nfs_get_async(client, "id", NULL, NULL, NULL, &told, &error) == SNAPLINE_INVALID_ARGUMENT);
    CHECK(strcmp(snapline_error_parameter(error), "callback") == 0);
    snapline_error_free(error);
    CHECK(snapline_do_nfs_get_async(client, NULL, NULL, NULL, on_share, &told, NULL) == SNAPLINE_INVALID_ARGUMENT);
    CHECK(snapline_do_nfs_get_async(NULL, "id", NULL, NULL, on_share, &told, NULL) == SNAPLINE_INVALID_ARGUMENT);
    wait_told(0);
    snapline_do_client_free(client);
}

static void b20_a_call_in_the_background_is_cancelled(void)
{
    snapline_do_client *client = client_for(silent_url);
    snapline_cancel_token *token = snapline_cancel_token_new();
    snapline_options *options = options_with(token);
    told = 0;
    CHECK(snapline_do_nfs_get_async(client, "id", NULL, options, on_share, &told, NULL) == SNAPLINE_OK);
    CHECK(snapline_do_nfs_wait_until_deleted_async(client, "id", NULL, options, on_done, &told, NULL) == SNAPLINE_OK);
    /* All that they were given may go at once. */
    snapline_options_free(options);
    pause_ms(50);
    snapline_cancel_token_cancel(token);
    wait_told(2);
    CHECK(told_status == SNAPLINE_CANCELLED);
    snapline_cancel_token_free(token);
    snapline_do_client_free(client);
}

static void b6_a_deadline_is_shared_by_calls(void)
{
    snapline_do_client *client = client_for(silent_url);
    snapline_options *options = snapline_options_new();
    snapline_do_NfsShare *share = NULL;
    double begun = seconds();
    CHECK(snapline_options_set_deadline_ms(options, 150) == SNAPLINE_OK);
    CHECK(snapline_do_nfs_get(client, "id", NULL, options, &share, NULL, NULL) == SNAPLINE_TIMEOUT);
    CHECK(seconds() - begun >= 0.14 && seconds() - begun < 1.5 * slack());
    /* It is past: the next call has no time left. */
    begun = seconds();
    CHECK(snapline_do_nfs_get(client, "id", NULL, options, &share, NULL, NULL) != SNAPLINE_OK);
    CHECK(seconds() - begun < 0.25 * slack());
    CHECK(share == NULL);
    snapline_options_free(options);
    snapline_do_client_free(client);
}

/* What a child does with what it has of its parent. */
struct inherited {
    snapline_do_client *client;
    snapline_do_client *other;
    snapline_do_SnapshotIter *iterator;
    snapline_do_NfsShareList *list;
    snapline_error *error;
    snapline_cancel_token *token;
    snapline_options *options;
    bool at_exit;
};

static struct inherited inherited;

static void free_inherited(void)
{
    snapline_do_client_close(inherited.client);
    snapline_do_SnapshotIter_free(inherited.iterator);
    snapline_do_NfsShareList_free(inherited.list);
    snapline_error_free(inherited.error);
    snapline_cancel_token_cancel(inherited.token);
    snapline_cancel_token_free(inherited.token);
    snapline_options_free(inherited.options);
    snapline_do_client_free(inherited.client);
    snapline_do_client_free(inherited.other);
    inherited.client = NULL;
}

/* Lets a child free all that it has, now or when it exits, and waits for it. */
static void a_child_frees_all(bool at_exit)
{
    pid_t child;
    fflush(stdout);
    child = fork();
    if (child == 0) {
        /* A sanitizer would tell of what the child leaves to its parent. */
        fclose(stderr);
        if (!at_exit) {
            free_inherited();
            _exit(0);
        }
        atexit(free_inherited);
        exit(0);
    }
    CHECK(child > 0 && waitpid(child, NULL, 0) == child);
}

static void *list_once(void *client)
{
    snapline_do_NfsShareList *list = NULL;
    const snapline_status status = snapline_do_nfs_list(client, NULL, NULL, &list, NULL, NULL);
    snapline_do_NfsShareList_free(list);
    return status == SNAPLINE_OK ? client : NULL;
}

static void on_list(void *user_data, snapline_status status, snapline_do_NfsShareList *list, snapline_error *error)
{
    note(status, user_data == &told && status == SNAPLINE_OK && list != NULL && error == NULL);
    snapline_do_NfsShareList_free(list);
}

/* `kept`: a thread of the library drives the client's connections. */
static void a_child_leaves_its_parent_alone(bool kept, bool at_exit)
{
    static struct server servers[4];
    struct server *server = &servers[kept * 2 + at_exit];
    snapline_do_client *client;
    const snapline_do_Snapshot *item = NULL;
    pthread_t thread;
    void *good = NULL;
    double begun;

    server_start(server, 0);
    client = client_for(server->url);
    memset(&inherited, 0, sizeof inherited);
    inherited.client = client;
    inherited.other = client_for(server->url);
    inherited.token = snapline_cancel_token_new();
    inherited.options = options_with(inherited.token);
    CHECK(snapline_do_nfs_list(client, NULL, NULL, &inherited.list, NULL, NULL) == SNAPLINE_OK);
    CHECK(snapline_do_nfs_list(client, NULL, NULL, NULL, NULL, &inherited.error) == SNAPLINE_INVALID_ARGUMENT);
    CHECK(snapline_do_snapshots_list_iter(client, NULL, NULL, &inherited.iterator, NULL) == SNAPLINE_OK);
    CHECK(snapline_do_SnapshotIter_next(inherited.iterator, &item, NULL) == SNAPLINE_OK && item == NULL);
    if (kept) {
        told = 0;
        CHECK(snapline_do_nfs_list_async(client, NULL, NULL, on_list, &told, NULL) == SNAPLINE_OK);
        wait_told(1);
    }
    /* A thread of the library, if one drives, puts the connection back when it is its turn. */
    pause_ms(100);

    a_child_frees_all(at_exit);
    begun = seconds();
    CHECK(list_once(client) == client);
    CHECK(seconds() - begun < 10 * slack());

    /* And while another thread waits for an answer. */
    pause_ms(100);
    server->delay_ms = 800;
    begun = seconds();
    CHECK(pthread_create(&thread, NULL, list_once, client) == 0);
    pause_ms(300);
    a_child_frees_all(at_exit);
    pthread_join(thread, &good);
    CHECK(good == client);
    CHECK(seconds() - begun < 10 * slack());
    CHECK(server_read(server, &server->connections) == 1);

    free_inherited();
    CHECK(server_reaches(server, &server->open, 0));
    close(server->listener);
}

static void b22_what_a_child_frees_stays_with_its_parent(void)
{
    a_child_leaves_its_parent_alone(false, false);
    a_child_leaves_its_parent_alone(true, false);
}

static void b22_a_child_that_exits_leaves_its_parent_alone(void)
{
    a_child_leaves_its_parent_alone(false, true);
    a_child_leaves_its_parent_alone(true, true);
}

static void b25_closing_ends_idle_connections(void)
{
    static struct server server;
    snapline_do_client *client;
    server_start(&server, 0);
    client = client_for(server.url);
    CHECK(list_once(client) == client);
    CHECK(server_read(&server, &server.open) == 1);
    snapline_do_client_close(client);
    /* Before anything else is done with it. */
    CHECK(server_reaches(&server, &server.open, 0));
    snapline_do_client_free(client);
    close(server.listener);
}

/* Answers one request with an action that goes on. */
static void *answer_once(void *listener)
{
    static const char answer[] = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 42\r\n"
                                 "connection: close\r\n\r\n{\"action\":{\"id\":1,\"status\":\"in-progress\"}}";
    char request[4096];
    int connection = accept(*(int *)listener, NULL, NULL);
    CHECK(connection >= 0 && read(connection, request, sizeof request) > 0);
    CHECK(write(connection, answer, sizeof answer - 1) == (ssize_t)(sizeof answer - 1));
    close(connection);
    return NULL;
}

/* The mask of the thread that waits, as a look sees it. */
static bool held_back;

static bool on_look(void *user_data, const char *status, uint32_t polls)
{
    sigset_t mask;
    (void)user_data;
    (void)status;
    (void)polls;
    pthread_sigmask(SIG_BLOCK, NULL, &mask);
    held_back = sigismember(&mask, SIGPIPE) == 1;
    return false;
}

/* A lost connection raises SIGPIPE where something is written to it, and nobody here expects it. */
static void no_signal_comes_from_a_lost_connection(void)
{
    char url[64];
    int listener = listen_on(url, sizeof url);
    snapline_do_client *client = client_for(url);
    pthread_t server;
    snapline_options *args = snapline_options_new();
    snapline_do_Action *action = NULL;
    sigset_t mask;
    DIR *threads = opendir("/proc/self/task");
    CHECK(snapline_options_set_on_poll(args, on_look, NULL) == SNAPLINE_OK);
    CHECK(pthread_create(&server, NULL, answer_once, &listener) == 0);
    held_back = false;
    CHECK(snapline_do_actions_wait_until_completed(client, 1, args, &action, NULL) == SNAPLINE_CANCELLED);
    CHECK(held_back);
    pthread_join(server, NULL);
    close(listener);
    pthread_sigmask(SIG_BLOCK, NULL, &mask);
    CHECK(sigismember(&mask, SIGPIPE) == 0);
    /* Signals to the process must come to its own threads, not to the library's. */
    for (struct dirent *entry = threads == NULL ? NULL : readdir(threads); entry != NULL; entry = readdir(threads)) {
        char path[300], line[256], name[64] = "";
        unsigned long long blocked = 0;
        FILE *file;
        snprintf(path, sizeof path, "/proc/self/task/%s/status", entry->d_name);
        file = fopen(path, "r");
        while (file != NULL && fgets(line, sizeof line, file) != NULL) {
            sscanf(line, "Name: %63s", name);
            sscanf(line, "SigBlk: %llx", &blocked);
        }
        if (file != NULL) {
            fclose(file);
        }
        if (strncmp(name, "snapline", 8) == 0) {
            CHECK((blocked >> (SIGPIPE - 1) & 1) == 1);
            CHECK((blocked >> (SIGINT - 1) & 1) == 1);
        }
    }
    if (threads != NULL) {
        closedir(threads);
    }
    snapline_options_free(args);
    snapline_do_client_free(client);
}

static int records;
static int records_wrong;

static void on_record(void *user_data, const snapline_log_record *record)
{
    const char *message = snapline_log_record_message(record);
    pthread_mutex_lock(&told_mutex);
    if (user_data == &records && snapline_log_record_level(record) == SNAPLINE_LOG_INFO) {
        const char *operation = snapline_log_record_operation(record);
        records++;
        records_wrong += operation == NULL || strcmp(operation, "nfs_list") != 0;
        records_wrong += message == NULL || strstr(message, "operation=nfs_list") == NULL;
        records_wrong += snapline_log_record_duration_us(record) < 0;
        records_wrong += snapline_log_record_attempts(record) != 1;
        records_wrong += snapline_log_record_http_status(record) != 0;
    }
    records_wrong += message != NULL && strstr(message, "dop_v1_test") != NULL;
    pthread_mutex_unlock(&told_mutex);
}

static void b24_each_call_is_logged_once(void)
{
    snapline_do_client *client = client_for("http://127.0.0.1:1");
    snapline_do_NfsShareList *list = NULL;
    snapline_error *error = NULL;
    CHECK(snapline_log_set_callback(on_record, &records, 9, &error) == SNAPLINE_INVALID_ARGUMENT);
    snapline_error_free(error);
    CHECK(snapline_log_set_callback(on_record, &records, SNAPLINE_LOG_INFO, NULL) == SNAPLINE_OK);
    CHECK(snapline_do_nfs_list(client, NULL, NULL, &list, NULL, NULL) == SNAPLINE_CONNECTION);
    CHECK(records == 1);
    CHECK(snapline_do_nfs_list(client, NULL, NULL, &list, NULL, NULL) == SNAPLINE_CONNECTION);
    CHECK(records == 2);
    CHECK(records_wrong == 0);
    CHECK(snapline_log_set_callback(NULL, NULL, SNAPLINE_LOG_INFO, NULL) == SNAPLINE_OK);
    CHECK(snapline_do_nfs_list(client, NULL, NULL, &list, NULL, NULL) == SNAPLINE_CONNECTION);
    CHECK(records == 2);
    snapline_do_client_free(client);
}

static void *list_often(void *client)
{
    size_t good = 0;
    int call;
    for (call = 0; call < 5; call++) {
        snapline_do_NfsShareList *list = NULL;
        snapline_error *error = NULL;
        good += snapline_do_nfs_list(client, NULL, NULL, &list, NULL, &error) == SNAPLINE_CONNECTION && list == NULL;
        snapline_error_free(error);
    }
    return good == 5 ? client : NULL;
}

/* What hooks have seen, and whether they are to fail. */
static struct {
    int before;
    int after;
    int freed;
    const char *why_before;
    const char *why_after;
} looked;

static const char *look_before(void *user_data, snapline_outgoing *request)
{
    size_t i;
    CHECK(user_data == &looked);
    looked.before++;
    CHECK(strcmp(snapline_outgoing_method(request), "GET") == 0);
    CHECK(strcmp(snapline_outgoing_operation(request), "nfs_list") == 0);
    CHECK(strstr(snapline_outgoing_url(request), "/v2/nfs") != NULL);
    CHECK(snapline_outgoing_attempt(request) == 1);
    for (i = 0; i < snapline_outgoing_header_count(request); i++) {
        CHECK(strcmp(snapline_outgoing_header_name_at(request, i), "authorization") != 0);
        CHECK(strstr(snapline_outgoing_header_value_at(request, i), "dop_v1_test") == NULL);
    }
    CHECK(snapline_outgoing_header_name_at(request, i) == NULL);
    CHECK(snapline_outgoing_set_header(request, "traceparent", "00-1-2-01") == SNAPLINE_OK);
    return looked.why_before;
}

static const char *look_after(void *user_data, const snapline_attempted *attempted)
{
    CHECK(user_data == &looked);
    looked.after++;
    CHECK(strcmp(snapline_attempted_operation(attempted), "nfs_list") == 0);
    CHECK(snapline_attempted_attempt(attempted) == 1 && snapline_attempted_http_status(attempted) == 200);
    CHECK(snapline_attempted_elapsed_us(attempted) > 0 && snapline_attempted_header_count(attempted) == 2);
    CHECK(strcmp(snapline_attempted_header_name_at(attempted, 0), "content-type") == 0);
    CHECK(strcmp(snapline_attempted_header_value_at(attempted, 0), "application/json") == 0);
    CHECK(snapline_attempted_request_id(attempted) == NULL && snapline_attempted_error(attempted) == NULL);
    return looked.why_after;
}

static void free_looked(void *user_data)
{
    CHECK(user_data == &looked);
    looked.freed++;
}

static snapline_status hook(snapline_settings *settings)
{
    return snapline_settings_set_hooks(settings, look_before, look_after, &looked, free_looked);
}

static void b29_hooks_look_at_each_sending_and_their_data_is_freed_once(void)
{
    static struct server server;
    snapline_settings *settings = snapline_settings_new();
    snapline_do_client *client = NULL;
    snapline_do_NfsShareList *list = NULL;
    snapline_error *error = NULL;
    server_start(&server, 0);
    memset(&looked, 0, sizeof looked);
    CHECK(hook(NULL) == SNAPLINE_INVALID_ARGUMENT && looked.freed == 1);
    CHECK(hook(settings) == SNAPLINE_OK && looked.freed == 1);
    CHECK(hook(settings) == SNAPLINE_OK && looked.freed == 2);
    CHECK(snapline_settings_set_token(settings, "dop_v1_test") == SNAPLINE_OK);
    CHECK(snapline_settings_set_base_url(settings, server.url) == SNAPLINE_OK);
    CHECK(snapline_do_client_new(settings, &client, &error) == SNAPLINE_OK);
    snapline_settings_free(settings);
    CHECK(looked.freed == 2);
    CHECK(snapline_do_nfs_list(client, NULL, NULL, &list, NULL, &error) == SNAPLINE_OK);
    CHECK(looked.before == 1 && looked.after == 1);
    snapline_do_NfsShareList_free(list);
    looked.why_before = "no trace";
    CHECK(snapline_do_nfs_list(client, NULL, NULL, &list, NULL, &error) == SNAPLINE_HOOK);
    CHECK(strstr(snapline_error_message(error), "`before_send` failed: no trace") != NULL);
    CHECK(!snapline_error_outcome_unknown(error));
    snapline_error_free(error);
    CHECK(server_read(&server, &server.requests) == 1 && looked.before == 2 && looked.after == 1);
    looked.why_before = NULL;
    looked.why_after = "no trace";
    CHECK(snapline_do_nfs_list(client, NULL, NULL, &list, NULL, &error) == SNAPLINE_HOOK);
    CHECK(strstr(snapline_error_message(error), "`after_answer` failed: no trace") != NULL);
    CHECK(snapline_error_http_status(error) == 200);
    snapline_error_free(error);
    CHECK(server_read(&server, &server.requests) == 2);
    snapline_do_client_free(client);
    CHECK(looked.freed == 3);
    /* Of two hooks either can be left out. */
    settings = snapline_settings_new();
    CHECK(snapline_settings_set_hooks(settings, NULL, NULL, NULL, NULL) == SNAPLINE_OK);
    CHECK(snapline_settings_set_token(settings, "dop_v1_test") == SNAPLINE_OK);
    CHECK(snapline_settings_set_base_url(settings, server.url) == SNAPLINE_OK);
    CHECK(snapline_do_client_new(settings, &client, NULL) == SNAPLINE_OK);
    CHECK(snapline_do_nfs_list(client, NULL, NULL, &list, NULL, NULL) == SNAPLINE_OK);
    snapline_do_NfsShareList_free(list);
    snapline_do_client_free(client);
    snapline_settings_free(settings);
}

static void b21_32_threads_share_a_client(void)
{
    snapline_do_client *client = client_for("http://127.0.0.1:1");
    pthread_t threads[32];
    size_t index;
    for (index = 0; index < 32; index++) {
        CHECK(pthread_create(&threads[index], NULL, list_often, client) == 0);
    }
    for (index = 0; index < 32; index++) {
        void *good = NULL;
        CHECK(pthread_join(threads[index], &good) == 0 && good == client);
    }
    snapline_do_client_free(client);
}

static void b5_without_file_descriptors_it_is_said_and_works_later(void)
{
    snapline_settings *settings = snapline_settings_new();
    snapline_do_client *before = client_for("http://127.0.0.1:1");
    snapline_do_client *client = NULL;
    snapline_do_NfsShareList *list = NULL;
    snapline_error *error = NULL;
    struct rlimit usual, few;
    int taken[64];
    size_t count = 0;

    CHECK(snapline_settings_set_token(settings, "dop_v1_test") == SNAPLINE_OK);
    CHECK(snapline_settings_set_base_url(settings, "http://127.0.0.1:1") == SNAPLINE_OK);
    CHECK(getrlimit(RLIMIT_NOFILE, &usual) == 0);
    few = usual;
    /* Above all that is open, and with room for what is taken here. */
    taken[0] = open("/dev/null", O_RDONLY);
    few.rlim_cur = (rlim_t)taken[0] + 32;
    CHECK(taken[0] >= 0 && close(taken[0]) == 0 && setrlimit(RLIMIT_NOFILE, &few) == 0);
    while (count < 64 && (taken[count] = open("/dev/null", O_RDONLY)) >= 0) {
        count++;
    }
    CHECK(count < 64);
    CHECK(snapline_do_client_new(settings, &client, &error) == SNAPLINE_CONNECTION);
    CHECK(client == NULL && strstr(snapline_error_message(error), "ulimit -n") != NULL);
    snapline_error_free(error);
    error = NULL;
    CHECK(snapline_do_nfs_list(before, NULL, NULL, &list, NULL, &error) == SNAPLINE_CONNECTION);
    CHECK(strstr(snapline_error_message(error), "ulimit -n") != NULL);
    snapline_error_free(error);
    error = NULL;
    while (count > 0) {
        close(taken[--count]);
    }
    CHECK(setrlimit(RLIMIT_NOFILE, &usual) == 0);
    /* Now it is only that nobody listens. */
    CHECK(snapline_do_nfs_list(before, NULL, NULL, &list, NULL, &error) == SNAPLINE_CONNECTION);
    CHECK(strstr(snapline_error_message(error), "ulimit") == NULL);
    snapline_error_free(error);
    error = NULL;
    CHECK(snapline_do_client_new(settings, &client, &error) == SNAPLINE_OK);
    snapline_do_client_free(client);
    snapline_do_client_free(before);
    snapline_settings_free(settings);
}

static void add_item(snapline_retention_items *items, const char *id, const char *created_at, bool usable)
{
    CHECK(snapline_retention_items_add(items, id, "nightly", created_at, "share-7", NULL, 0, usable) == SNAPLINE_OK);
}

/* Three nights, the second of which failed, and one that nothing is known of. */
static snapline_retention_items *three_nights(void)
{
    static const char *const tags[] = {"by hand"};
    snapline_retention_items *items = snapline_retention_items_new();
    add_item(items, "1", "2026-03-01T02:00:00Z", true);
    add_item(items, "2", "2026-03-02T02:00:00Z", false);
    add_item(items, "3", "2026-03-03T02:00:00+00:00", true);
    CHECK(snapline_retention_items_add(items, "4", NULL, NULL, NULL, tags, 1, true) == SNAPLINE_OK);
    return items;
}

static void a_plan_says_what_to_delete_and_why(void)
{
    snapline_retention_policy *policy = snapline_retention_policy_new();
    snapline_retention_items *items = three_nights();
    snapline_retention_plan *plan = NULL;
    static const char *const rules[] = {"no_rule", "not_usable", "keep_last", "not_ours"};
    size_t index;
    CHECK(snapline_retention_policy_set_name_prefix(policy, "night") == SNAPLINE_OK);
    CHECK(snapline_retention_policy_set_keep_last(policy, 1) == SNAPLINE_OK);
    CHECK(snapline_retention_apply(policy, items, &plan, NULL) == SNAPLINE_OK);
    CHECK(snapline_retention_plan_count(plan) == 4);
    for (index = 0; index < 4; index++) {
        CHECK(strcmp(snapline_retention_plan_reason_rule_at(plan, index, 0), rules[index]) == 0);
        CHECK(snapline_retention_plan_is_delete_at(plan, index) == (index == 0));
    }
    CHECK(snapline_retention_plan_to_delete_count(plan) == 1);
    CHECK(strcmp(snapline_retention_plan_to_delete_at(plan, 0), "1") == 0);
    snapline_retention_plan_free(plan);
    /* Whoever raises what must stay deletes nothing, and reads why. */
    CHECK(snapline_retention_policy_set_keep_at_least(policy, 2) == SNAPLINE_OK);
    CHECK(snapline_retention_apply(policy, items, &plan, NULL) == SNAPLINE_OK);
    CHECK(snapline_retention_plan_to_delete_count(plan) == 0);
    CHECK(strcmp(snapline_retention_plan_reason_text_at(plan, 0, 0), "fewer than 2 would be left of its group") == 0);
    snapline_retention_plan_free(plan);
    snapline_retention_items_free(items);
    snapline_retention_policy_free(policy);
}

static void a_plan_is_refused_where_nothing_says_what_is_ours(void)
{
    snapline_retention_policy *policy = snapline_retention_policy_new();
    snapline_retention_items *items = three_nights();
    snapline_retention_plan *plan = NULL;
    snapline_error *error = NULL;
    CHECK(snapline_retention_policy_set_keep_daily(policy, SNAPLINE_RETENTION_ALL) == SNAPLINE_OK);
    CHECK(snapline_retention_apply(policy, items, &plan, &error) == SNAPLINE_INVALID_ARGUMENT);
    CHECK(plan == NULL);
    CHECK(strcmp(snapline_error_parameter(error), "name_prefix") == 0);
    CHECK(strstr(snapline_error_message(error), "set `name_prefix` or `own_tag`") != NULL);
    snapline_error_free(error);
    error = NULL;
    /* What a setter or the list could not take is told by the plan as well. */
    CHECK(snapline_retention_policy_set_name_prefix(policy, "night") == SNAPLINE_OK);
    add_item(items, "1", NULL, true);
    CHECK(snapline_retention_apply(policy, items, &plan, &error) == SNAPLINE_INVALID_ARGUMENT);
    CHECK(strcmp(snapline_error_parameter(error), "items[4].id") == 0);
    snapline_error_free(error);
    error = NULL;
    CHECK(snapline_retention_policy_set_keep_within(policy, "1w") == SNAPLINE_INVALID_ARGUMENT);
    CHECK(snapline_retention_apply(policy, items, &plan, &error) == SNAPLINE_INVALID_ARGUMENT);
    CHECK(strcmp(snapline_error_parameter(error), "duration") == 0);
    snapline_error_free(error);
    snapline_retention_items_free(items);
    snapline_retention_policy_free(policy);
}

#define SNAPSHOT_ID "43f6aa58-481a-4481-8032-567598ec0f13"

/* A snapshot of a name. */
static snapline_do_NfsSnapshot *snapshot_called(const char *name)
{
    snapline_do_NfsSnapshot *snapshot = NULL;
    char json[400];
    snprintf(json, sizeof json,
             "{\"id\":\"" SNAPSHOT_ID "\",\"name\":\"%s\",\"size_gib\":50,\"region\":\"ams3\",\"status\":\"ACTIVE\","
             "\"created_at\":\"2026-05-11T04:30:07Z\",\"share_id\":\"s-1\"}",
             name);
    CHECK(snapline_do_NfsSnapshot_from_json(json, &snapshot, NULL) == SNAPLINE_OK);
    return snapshot;
}

/* Looks for a snapshot, and whether what is found or told holds a text. */
static void finds(const snapline_do_NfsSnapshot *snapshot, const char *mount, snapline_status wanted, const char *part)
{
    snapline_error *error = NULL;
    char *path = NULL;
    snapline_status status = snapline_do_NfsSnapshot_find_below(snapshot, mount, &path, &error);
    const char *told = status == SNAPLINE_OK ? path : snapline_error_message(error);
    CHECK(status == wanted);
    if (told == NULL || strstr(told, part) == NULL) {
        failures++;
        printf("  %s is not in: %s\n", part, told == NULL ? "nothing" : told);
    }
    if (status != SNAPLINE_OK) {
        CHECK(strcmp(snapline_error_parameter(error), "mount") == 0);
    }
    snapline_string_free(path);
    snapline_error_free(error);
}

static void a_snapshot_is_found_on_a_mounted_share(void)
{
    char mount[] = "/tmp/snapline-c-XXXXXX";
    char place[200], first[300], second[300];
    char *path = NULL;
    snapline_error *error = NULL;
    snapline_do_NfsSnapshot *snapshot = snapshot_called("nightly");
    snapline_do_NfsSnapshot *elsewhere = snapshot_called("../..");
    CHECK(mkdtemp(mount) != NULL);
    snprintf(place, sizeof place, "%s/.snapshot", mount);
    snprintf(first, sizeof first, "%s/Nightly_" SNAPSHOT_ID, place);
    snprintf(second, sizeof second, "%s/NIGHTLY-" SNAPSHOT_ID, place);
    CHECK(snapline_do_NfsSnapshot_path_below(snapshot, "/mnt", &path, NULL) == SNAPLINE_OK);
    CHECK(strcmp(path, "/mnt/.snapshot/nightly" SNAPSHOT_ID) == 0);
    snapline_string_free(path);
    finds(snapshot, mount, SNAPLINE_INVALID_ARGUMENT, "`ls -a` does not show it");
    CHECK(mkdir(place, 0700) == 0);
    finds(snapshot, mount, SNAPLINE_INVALID_ARGUMENT, "it is empty");
    CHECK(mkdir(first, 0700) == 0);
    finds(snapshot, mount, SNAPLINE_OK, first);
    CHECK(mkdir(second, 0700) == 0);
    finds(snapshot, mount, SNAPLINE_INVALID_ARGUMENT, "take one of");
    path = NULL;
    refused(snapline_do_NfsSnapshot_find_below(elsewhere, mount, &path, &error), &error, "name");
    refused(snapline_do_NfsSnapshot_directory_name(elsewhere, &path, &error), &error, "name");
    refused(snapline_do_NfsSnapshot_path_below(snapshot, NULL, &path, &error), &error, "mount");
    CHECK(path == NULL);
    CHECK(rmdir(first) == 0 && rmdir(second) == 0 && rmdir(place) == 0 && rmdir(mount) == 0);
    snapline_do_NfsSnapshot_free(snapshot);
    snapline_do_NfsSnapshot_free(elsewhere);
}

static void a_share_is_mounted_by_a_command(void)
{
    const char *json = "{\"id\":\"s-1\",\"name\":\"media\",\"size_gib\":50,\"region\":\"ams3\",\"status\":\"ACTIVE\","
                       "\"created_at\":\"2026-05-11T04:30:07Z\",\"host\":\"10.114.16.9\",\"mount_path\":\"/7/media\"}";
    snapline_do_NfsShare *share = NULL;
    snapline_error *error = NULL;
    char *command = NULL;
    CHECK(snapline_do_NfsShare_from_json(json, &share, NULL) == SNAPLINE_OK);
    CHECK(snapline_do_NfsShare_mount_command(share, "/mnt/our files", &command, NULL) == SNAPLINE_OK);
    CHECK(strcmp(command, "mount -t nfs 10.114.16.9:/7/media '/mnt/our files'") == 0);
    snapline_string_free(command);
    command = NULL;
    refused(snapline_do_NfsShare_mount_command(share, "mnt", &command, &error), &error, "mount_point");
    CHECK(command == NULL);
    snapline_do_NfsShare_free(share);
}

int main(void)
{
    static void (*const tests[])(void) = {
        the_library_is_the_one_of_the_header,
        freeing_null_is_fine,
        null_reads_as_nothing,
        null_where_a_value_must_be_is_refused,
        a_value_that_cannot_be_taken_is_told_by_the_call,
        settings_that_do_not_fit_are_told,
        an_object_is_built_and_read,
        a_nul_inside_a_text_is_kept,
        b12_json_is_read_as_a_call_reads_it,
        a_snapshot_is_found_on_a_mounted_share,
        a_share_is_mounted_by_a_command,
        b20_a_call_is_cancelled_from_another_thread,
        b20_a_wait_is_cancelled_from_a_signal_handler,
        b6_a_call_has_a_bound,
        b13_no_server_is_a_connection_error,
        b25_a_closed_client_says_so,
        b25_closing_ends_idle_connections,
        b22_a_child_process_is_told_to_make_its_own_client,
        b22_what_a_child_frees_stays_with_its_parent,
        b22_a_child_that_exits_leaves_its_parent_alone,
        an_iterator_outlives_its_client,
        a_call_in_the_background_tells_once,
        b20_a_call_in_the_background_is_cancelled,
        b6_a_deadline_is_shared_by_calls,
        no_signal_comes_from_a_lost_connection,
        b24_each_call_is_logged_once,
        b29_hooks_look_at_each_sending_and_their_data_is_freed_once,
        b21_32_threads_share_a_client,
        b5_without_file_descriptors_it_is_said_and_works_later,
        a_plan_says_what_to_delete_and_why,
        a_plan_is_refused_where_nothing_says_what_is_ours,
    };
    size_t index;
    unsigned broken = 0;
    listen_on(silent_url, sizeof silent_url);
    for (index = 0; index < sizeof tests / sizeof tests[0]; index++) {
        failures = 0;
        tests[index]();
        if (failures > 0) {
            broken++;
            printf("FAILED test %zu\n", index + 1);
        }
    }
    printf("%zu passed, %u failed\n", index - broken, broken);
    return broken == 0 ? 0 : 1;
}
