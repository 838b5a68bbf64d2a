/* Takes a snapshot of an NFS share and waits until it can be used.
 *
 * Usage: snapshot SHARE_ID NAME [REGION]
 *
 * The token comes from DIGITALOCEAN_TOKEN; SNAPLINE_DIGITALOCEAN_URL names another server. */

#include <stdbool.h>
#include <stdio.h>

#include <snapline.h>

/* Shows an error and frees it. */
static int failed(const char *what, snapline_error *error)
{
    fprintf(stderr, "%s: %s\n", what, snapline_error_message(error));
    if (snapline_error_outcome_unknown(error)) {
        fprintf(stderr, "the snapshot may have been taken all the same: look before trying again\n");
    }
    snapline_error_free(error);
    return 1;
}

/* Called after each look at the snapshot; returns whether to go on waiting. */
static bool watch(void *user_data, const char *status, uint32_t polls)
{
    const char *name = user_data;
    printf("%s: look %u: %s\n", name, (unsigned)polls, status == NULL ? "not there yet" : status);
    return true;
}

/* Gives the action that takes the snapshot, or NULL. */
static snapline_do_NfsAction *take(const snapline_do_client *client, const char *share_id, const char *name,
                                    const char *region)
{
    snapline_do_NfsSnapshotArgs *args = snapline_do_NfsSnapshotArgs_new(name);
    snapline_do_NfsAction *action = NULL;
    snapline_error *error = NULL;

    if (region != NULL) {
        snapline_do_NfsSnapshotArgs_set_region(args, region);
    }
    if (snapline_do_nfs_snapshot(client, share_id, args, NULL, &action, NULL, &error) != SNAPLINE_OK) {
        failed("taking the snapshot", error);
    } else {
        printf("%s: action %s\n", name, snapline_do_NfsAction_status_string(action));
    }
    snapline_do_NfsSnapshotArgs_free(args);
    return action;
}

static int wait(const snapline_do_client *client, const snapline_do_NfsAction *action, const char *share_id,
                char *name, const char *region)
{
    snapline_do_NfsSnapshotsWaitUntilActiveArgs *args =
        snapline_do_NfsSnapshotsWaitUntilActiveArgs_new(share_id, name);
    snapline_options *options = snapline_options_new();
    snapline_do_NfsSnapshot *snapshot = NULL;
    snapline_error *error = NULL;
    int result = 0;

    if (region != NULL) {
        snapline_do_NfsSnapshotsWaitUntilActiveArgs_set_region(args, region);
    }
    snapline_options_set_wait_first_interval_ms(options, 500);
    snapline_options_set_on_poll(options, watch, name);
    if (snapline_do_nfs_snapshots_wait_until_active(client, action, args, options, &snapshot, &error) !=
        SNAPLINE_OK) {
        result = failed("waiting for the snapshot", error);
    } else {
        printf("%s: %s, %lld GiB, taken %s\n", snapline_do_NfsSnapshot_name(snapshot),
               snapline_do_NfsSnapshot_id(snapshot),
               (long long)snapline_do_NfsSnapshot_size_gib(snapshot),
               snapline_do_NfsSnapshot_created_at(snapshot));
    }
    snapline_do_NfsSnapshot_free(snapshot);
    snapline_options_free(options);
    snapline_do_NfsSnapshotsWaitUntilActiveArgs_free(args);
    return result;
}

int main(int count, char **given)
{
    snapline_do_client *client = NULL;
    snapline_error *error = NULL;
    const char *region = count > 3 ? given[3] : NULL;
    snapline_do_NfsAction *action;
    int result = 1;

    if (count < 3) {
        fprintf(stderr, "usage: snapshot SHARE_ID NAME [REGION]\n");
        return 2;
    }
    if (snapline_do_client_new(NULL, &client, &error) != SNAPLINE_OK) {
        return failed("making the client", error);
    }
    action = take(client, given[1], given[2], region);
    if (action != NULL) {
        result = wait(client, action, given[1], given[2], region);
    }
    snapline_do_NfsAction_free(action);
    snapline_do_client_free(client);
    return result;
}
