/* The C of README.md, word for word, around a share that is there to be snapshotted. */

#include <stdio.h>

#include <snapline.h>

int main(int argc, char **argv)
{
    const char *share_id = argc > 1 ? argv[1] : "";
    snapline_do_client *client = NULL;
    if (snapline_do_client_new(NULL, &client, NULL) != SNAPLINE_OK) {
        fprintf(stderr, "there is no token\n");
        return 1;
    }
    snapline_do_NfsSnapshotArgs *args = snapline_do_NfsSnapshotArgs_new("nightly");
    snapline_do_NfsSnapshotArgs_set_region(args, "atl1");
    snapline_do_NfsAction *action = NULL;
    snapline_error *error = NULL;
    if (snapline_do_nfs_snapshot(client, share_id, args, NULL, &action, NULL, &error) != SNAPLINE_OK) {
        fprintf(stderr, "%s\n", snapline_error_message(error));
        snapline_error_free(error);
    }
    int failed = action == NULL;
    snapline_do_NfsAction_free(action);
    snapline_do_NfsSnapshotArgs_free(args);
    snapline_do_client_free(client);
    return failed;
}
