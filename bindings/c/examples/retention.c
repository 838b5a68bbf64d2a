/* Deletes the snapshots of an NFS share that a policy does not keep: the C of docs/retention.md, word for word.
 *
 * Usage: retention SHARE_ID. Only what is called `nightly-…` is ever deleted. */

#include <stdio.h>

#include <snapline.h>

/* Whether data can be had back from it. */
static bool usable(const snapline_do_NfsSnapshot *snapshot)
{
    switch (snapline_do_NfsSnapshot_status(snapshot)) {
    case SNAPLINE_DO_NfsSnapshotStatus_ACTIVE:
    case SNAPLINE_DO_NfsSnapshotStatus_SNAPSHOT_ACTIVE:
    case SNAPLINE_DO_NfsSnapshotStatus_SNAPSHOT_AVAILABLE:
        return true;
    default:
        return false;
    }
}

/* Shows what is decided, and deletes; each handle is freed by whoever made it. */
static snapline_status thin_out(const snapline_do_client *client, const snapline_do_NfsSnapshotList *list,
                                snapline_error **error)
{
    snapline_retention_policy *policy = snapline_retention_policy_new();
    snapline_retention_policy_set_name_prefix(policy, "nightly-");
    snapline_retention_policy_set_keep_daily(policy, 7);
    snapline_retention_policy_set_keep_weekly(policy, 4);
    snapline_retention_policy_set_keep_within(policy, "1d12h");

    snapline_retention_items *items = snapline_retention_items_new();
    for (size_t i = 0; i < snapline_do_NfsSnapshotList_count(list); i++) {
        const snapline_do_NfsSnapshot *it = snapline_do_NfsSnapshotList_at(list, i);
        snapline_retention_items_add(items, snapline_do_NfsSnapshot_id(it), snapline_do_NfsSnapshot_name(it),
                                     snapline_do_NfsSnapshot_created_at(it), snapline_do_NfsSnapshot_share_id(it),
                                     NULL, 0, usable(it));
    }
    snapline_retention_plan *plan = NULL;
    snapline_status status = snapline_retention_apply(policy, items, &plan, error);
    for (size_t i = 0; i < snapline_retention_plan_count(plan); i++) {
        printf("%s %s: %s\n", snapline_retention_plan_is_delete_at(plan, i) ? "delete" : "keep",
               snapline_retention_plan_id_at(plan, i), snapline_retention_plan_reason_text_at(plan, i, 0));
    }
    for (size_t i = 0; status == SNAPLINE_OK && i < snapline_retention_plan_to_delete_count(plan); i++) {
        const char *id = snapline_retention_plan_to_delete_at(plan, i);
        status = snapline_do_nfs_snapshots_delete(client, id, NULL, NULL, NULL, error);
    }

    snapline_retention_plan_free(plan);
    snapline_retention_items_free(items);
    snapline_retention_policy_free(policy);
    return status;
}

int main(int count, char **given)
{
    snapline_do_client *client = NULL;
    snapline_do_NfsSnapshotList *list = NULL;
    snapline_error *error = NULL;
    snapline_do_NfsSnapshotsListArgs *args = snapline_do_NfsSnapshotsListArgs_new();

    if (count < 2) {
        fprintf(stderr, "usage: retention SHARE_ID\n");
        return 2;
    }
    snapline_do_NfsSnapshotsListArgs_set_share_id(args, given[1]);
    if (snapline_do_client_new(NULL, &client, &error) == SNAPLINE_OK &&
        snapline_do_nfs_snapshots_list(client, args, NULL, &list, NULL, &error) == SNAPLINE_OK) {
        thin_out(client, list, &error);
    }
    if (error != NULL) {
        fprintf(stderr, "%s\n", snapline_error_message(error));
    }
    snapline_do_NfsSnapshotList_free(list);
    snapline_do_NfsSnapshotsListArgs_free(args);
    snapline_do_client_free(client);
    if (error != NULL) {
        snapline_error_free(error);
        return 1;
    }
    return 0;
}
