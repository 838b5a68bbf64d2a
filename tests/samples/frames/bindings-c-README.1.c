#include <stdio.h>

#include <snapline.h>

int main(int count, char **given)
{
    const char *share_id = count > 1 ? given[1] : "";
    const snapline_options *options = NULL;
    snapline_do_client *client = NULL;
    snapline_response *response = NULL;
    snapline_error *error = NULL;
    snapline_do_NfsSnapshotAndWaitArgs *args = snapline_do_NfsSnapshotAndWaitArgs_new("from-c");
    snapline_do_NfsSnapshotAndWaitArgs_set_region(args, "atl1");
    snapline_do_NfsSnapshot *taken = NULL;
    snapline_status status = snapline_do_client_new(NULL, &client, &error);
    if (status == SNAPLINE_OK) {
        status = snapline_do_nfs_snapshot_and_wait(client, share_id, args, NULL, &taken, &error);
    }
    if (status != SNAPLINE_OK) {
        fprintf(stderr, "%s\n", snapline_error_message(error));
        return 1;
    }
    const char *snapshot_id = snapline_do_NfsSnapshot_id(taken);
    BLOCK
    int failed = snapshot == NULL || response == NULL;
    snapline_error_free(error);
    snapline_response_free(response);
    snapline_do_NfsSnapshot_free(snapshot);
    snapline_do_NfsSnapshot_free(taken);
    snapline_do_NfsSnapshotAndWaitArgs_free(args);
    snapline_do_client_free(client);
    return failed;
}
