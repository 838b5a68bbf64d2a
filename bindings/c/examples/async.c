/* Asks for several things at once and waits for all answers with a condition variable.
 *
 * Usage: async [CALLS] */

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include <snapline.h>

/* What the callbacks share; the mutex guards it all. */
struct shared {
    pthread_mutex_t mutex;
    pthread_cond_t done;
    int open;
    int failed;
    size_t seen;
};

/* Called once for each call, on a thread of the library. */
static void answered(void *user_data, snapline_status status, snapline_do_SnapshotPage *page, snapline_error *error)
{
    struct shared *shared = user_data;
    pthread_mutex_lock(&shared->mutex);
    if (status == SNAPLINE_OK) {
        shared->seen += snapline_do_SnapshotPage_count(page);
    } else {
        shared->failed++;
        fprintf(stderr, "%s\n", snapline_error_message(error));
    }
    shared->open--;
    pthread_cond_signal(&shared->done);
    pthread_mutex_unlock(&shared->mutex);
    snapline_do_SnapshotPage_free(page);
    snapline_error_free(error);
}

int main(int count, char **given)
{
    struct shared shared = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0, 0, 0};
    int wanted = count > 1 ? atoi(given[1]) : 8;
    snapline_do_client *client = NULL;
    snapline_error *error = NULL;
    int page;

    if (snapline_do_client_new(NULL, &client, &error) != SNAPLINE_OK) {
        fprintf(stderr, "%s\n", snapline_error_message(error));
        snapline_error_free(error);
        return 1;
    }
    for (page = 1; page <= wanted; page++) {
        snapline_do_SnapshotsListArgs *args = snapline_do_SnapshotsListArgs_new();
        snapline_do_SnapshotsListArgs_set_page(args, page);
        pthread_mutex_lock(&shared.mutex);
        shared.open++;
        pthread_mutex_unlock(&shared.mutex);
        if (snapline_do_snapshots_list_async(client, args, NULL, answered, &shared, &error) != SNAPLINE_OK) {
            /* It never began, so nothing will be called for it. */
            fprintf(stderr, "%s\n", snapline_error_message(error));
            snapline_error_free(error);
            error = NULL;
            pthread_mutex_lock(&shared.mutex);
            shared.open--;
            shared.failed++;
            pthread_mutex_unlock(&shared.mutex);
        }
        snapline_do_SnapshotsListArgs_free(args);
    }
    /* The calls go on without it. */
    snapline_do_client_free(client);
    pthread_mutex_lock(&shared.mutex);
    while (shared.open > 0) {
        pthread_cond_wait(&shared.done, &shared.mutex);
    }
    pthread_mutex_unlock(&shared.mutex);
    printf("%d calls, %zu snapshots, %d failed\n", wanted, shared.seen, shared.failed);
    return shared.failed == 0 ? 0 : 1;
}
