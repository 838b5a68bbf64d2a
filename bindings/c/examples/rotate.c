/* Nightly rotation: takes a snapshot of an NFS share, keeps the newest of those it took, deletes the rest.
 *
 * Usage: rotate SHARE_ID PREFIX KEEP
 *
 * Meant for cron: it exits with 1 if anything failed, and says what. */

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <snapline.h>

/* Shows an error and frees it. */
static bool failed(const char *what, snapline_error *error)
{
    fprintf(stderr, "%s: %s\n", what, snapline_error_message(error));
    snapline_error_free(error);
    return false;
}

/* Takes a snapshot and waits until it can be used. */
static bool take(const snapline_do_client *client, const char *share_id, const char *name)
{
    snapline_do_NfsSnapshotArgs *args = snapline_do_NfsSnapshotArgs_new(name);
    snapline_do_NfsSnapshotsWaitUntilActiveArgs *wait =
        snapline_do_NfsSnapshotsWaitUntilActiveArgs_new(share_id, name);
    snapline_options *options = snapline_options_new();
    snapline_do_NfsAction *action = NULL;
    snapline_do_NfsSnapshot *snapshot = NULL;
    snapline_error *error = NULL;
    bool good = true;

    snapline_options_set_wait_first_interval_ms(options, 500);
    if (snapline_do_nfs_snapshot(client, share_id, args, NULL, &action, NULL, &error) != SNAPLINE_OK) {
        good = failed("taking the snapshot", error);
    } else if (snapline_do_nfs_snapshots_wait_until_active(client, action, wait, options, &snapshot, &error) !=
               SNAPLINE_OK) {
        good = failed("waiting for the snapshot", error);
    } else {
        printf("took %s\n", name);
    }
    snapline_do_NfsSnapshot_free(snapshot);
    snapline_do_NfsAction_free(action);
    snapline_options_free(options);
    snapline_do_NfsSnapshotsWaitUntilActiveArgs_free(wait);
    snapline_do_NfsSnapshotArgs_free(args);
    return good;
}

/* Newest first. */
static int by_age(const void *left, const void *right)
{
    const snapline_do_NfsSnapshot *const *a = left;
    const snapline_do_NfsSnapshot *const *b = right;
    int64_t taken_a = 0;
    int64_t taken_b = 0;
    snapline_do_NfsSnapshot_created_at_ns(*a, &taken_a);
    snapline_do_NfsSnapshot_created_at_ns(*b, &taken_b);
    return taken_a > taken_b ? -1 : taken_a < taken_b;
}

/* Whether this program took it; one without a time that can be read is never deleted. */
static bool ours(const snapline_do_NfsSnapshot *snapshot, const char *prefix)
{
    const char *name = snapline_do_NfsSnapshot_name(snapshot);
    size_t length = strlen(prefix);
    int64_t taken = 0;
    return strncmp(name, prefix, length) == 0 && name[length] == '-' &&
           snapline_do_NfsSnapshot_created_at_ns(snapshot, &taken);
}

static bool rotate(const snapline_do_client *client, const char *share_id, const char *prefix, size_t keep)
{
    snapline_do_NfsSnapshotsListArgs *args = snapline_do_NfsSnapshotsListArgs_new();
    snapline_do_NfsSnapshotList *list = NULL;
    const snapline_do_NfsSnapshot **found;
    snapline_error *error = NULL;
    size_t count = 0;
    size_t index;
    bool good = true;

    snapline_do_NfsSnapshotsListArgs_set_share_id(args, share_id);
    if (snapline_do_nfs_snapshots_list(client, args, NULL, &list, NULL, &error) != SNAPLINE_OK) {
        snapline_do_NfsSnapshotsListArgs_free(args);
        return failed("listing the snapshots", error);
    }
    found = calloc(snapline_do_NfsSnapshotList_count(list) + 1, sizeof *found);
    if (found == NULL) {
        good = false;
    }
    for (index = 0; good && index < snapline_do_NfsSnapshotList_count(list); index++) {
        const snapline_do_NfsSnapshot *snapshot = snapline_do_NfsSnapshotList_at(list, index);
        if (ours(snapshot, prefix)) {
            found[count++] = snapshot;
        }
    }
    if (count > 0) {
        qsort(found, count, sizeof *found, by_age);
    }
    for (index = keep; index < count; index++) {
        if (snapline_do_nfs_snapshots_delete(client, snapline_do_NfsSnapshot_id(found[index]), NULL, NULL, NULL,
                &error) !=
            SNAPLINE_OK) {
            good = failed("deleting a snapshot", error);
            error = NULL;
        } else {
            printf("deleted %s\n", snapline_do_NfsSnapshot_name(found[index]));
        }
    }
    printf("kept %zu\n", count < keep ? count : keep);
    free(found);
    snapline_do_NfsSnapshotList_free(list);
    snapline_do_NfsSnapshotsListArgs_free(args);
    return good;
}

int main(int count, char **given)
{
    snapline_do_client *client = NULL;
    snapline_error *error = NULL;
    struct timespec now;
    char name[256];
    int keep;
    bool good;

    if (count < 4) {
        fprintf(stderr, "usage: rotate SHARE_ID PREFIX KEEP\n");
        return 2;
    }
    keep = atoi(given[3]);
    /* A name that is used once. The service takes 20 characters, so milliseconds are written in hex. */
    timespec_get(&now, TIME_UTC);
    snprintf(name, sizeof name, "%s-%llx", given[2],
             (unsigned long long)now.tv_sec * 1000 + (unsigned long long)(now.tv_nsec / 1000000));
    if (snapline_do_client_new(NULL, &client, &error) != SNAPLINE_OK) {
        failed("making the client", error);
        return 1;
    }
    /* Nothing is deleted before the new one can be used. */
    good = take(client, given[1], name) && rotate(client, given[1], given[2], keep < 1 ? 1 : (size_t)keep);
    snapline_do_client_free(client);
    return good ? 0 : 1;
}
