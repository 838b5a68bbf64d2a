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
    snapline_do_nfs_snapshot_args *args = snapline_do_nfs_snapshot_args_new(name);
    snapline_do_nfs_snapshots_wait_until_active_args *wait =
        snapline_do_nfs_snapshots_wait_until_active_args_new(share_id, name);
    snapline_do_nfs_action *action = NULL;
    snapline_do_nfs_snapshot_info *snapshot = NULL;
    snapline_error *error = NULL;
    bool good = true;

    snapline_do_nfs_snapshots_wait_until_active_args_set_first_interval_ms(wait, 500);
    if (snapline_do_nfs_snapshot(client, share_id, args, &action, &error) != SNAPLINE_OK) {
        good = failed("taking the snapshot", error);
    } else if (snapline_do_nfs_snapshots_wait_until_active(client, action, wait, &snapshot, &error) != SNAPLINE_OK) {
        good = failed("waiting for the snapshot", error);
    } else {
        printf("took %s\n", name);
    }
    snapline_do_nfs_snapshot_info_free(snapshot);
    snapline_do_nfs_action_free(action);
    snapline_do_nfs_snapshots_wait_until_active_args_free(wait);
    snapline_do_nfs_snapshot_args_free(args);
    return good;
}

/* Newest first. */
static int by_age(const void *left, const void *right)
{
    const snapline_do_nfs_snapshot_info *const *a = left;
    const snapline_do_nfs_snapshot_info *const *b = right;
    int64_t taken_a = 0;
    int64_t taken_b = 0;
    snapline_do_nfs_snapshot_info_created_at_ns(*a, &taken_a);
    snapline_do_nfs_snapshot_info_created_at_ns(*b, &taken_b);
    return taken_a > taken_b ? -1 : taken_a < taken_b;
}

/* Whether this program took it; one without a time that can be read is never deleted. */
static bool ours(const snapline_do_nfs_snapshot_info *snapshot, const char *prefix)
{
    const char *name = snapline_do_nfs_snapshot_info_name(snapshot);
    size_t length = strlen(prefix);
    int64_t taken = 0;
    return strncmp(name, prefix, length) == 0 && name[length] == '-' &&
           snapline_do_nfs_snapshot_info_created_at_ns(snapshot, &taken);
}

static bool rotate(const snapline_do_client *client, const char *share_id, const char *prefix, size_t keep)
{
    snapline_do_nfs_snapshots_list_args *args = snapline_do_nfs_snapshots_list_args_new();
    snapline_do_nfs_snapshot_info_list *list = NULL;
    const snapline_do_nfs_snapshot_info **found;
    snapline_error *error = NULL;
    size_t count = 0;
    size_t index;
    bool good = true;

    snapline_do_nfs_snapshots_list_args_set_share_id(args, share_id);
    if (snapline_do_nfs_snapshots_list(client, args, &list, &error) != SNAPLINE_OK) {
        snapline_do_nfs_snapshots_list_args_free(args);
        return failed("listing the snapshots", error);
    }
    found = calloc(snapline_do_nfs_snapshot_info_list_count(list) + 1, sizeof *found);
    if (found == NULL) {
        good = false;
    }
    for (index = 0; good && index < snapline_do_nfs_snapshot_info_list_count(list); index++) {
        const snapline_do_nfs_snapshot_info *snapshot = snapline_do_nfs_snapshot_info_list_at(list, index);
        if (ours(snapshot, prefix)) {
            found[count++] = snapshot;
        }
    }
    if (count > 0) {
        qsort(found, count, sizeof *found, by_age);
    }
    for (index = keep; index < count; index++) {
        if (snapline_do_nfs_snapshots_delete(client, snapline_do_nfs_snapshot_info_id(found[index]), NULL, &error) !=
            SNAPLINE_OK) {
            good = failed("deleting a snapshot", error);
            error = NULL;
        } else {
            printf("deleted %s\n", snapline_do_nfs_snapshot_info_name(found[index]));
        }
    }
    printf("kept %zu\n", count < keep ? count : keep);
    free(found);
    snapline_do_nfs_snapshot_info_list_free(list);
    snapline_do_nfs_snapshots_list_args_free(args);
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
