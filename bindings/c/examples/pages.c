/* Pages through all snapshots of the account.
 *
 * Usage: pages [PER_PAGE] */

#include <stdio.h>
#include <stdlib.h>

#include <snapline.h>

int main(int count, char **given)
{
    snapline_do_SnapshotsListArgs *args = snapline_do_SnapshotsListArgs_new();
    snapline_do_client *client = NULL;
    snapline_do_SnapshotIter *iterator = NULL;
    const snapline_do_Snapshot *item = NULL;
    snapline_error *error = NULL;
    snapline_status status;
    size_t seen = 0;
    double gigabytes = 0;

    if (count > 1) {
        snapline_do_SnapshotsListArgs_set_per_page(args, atoi(given[1]));
    }
    status = snapline_do_client_new(NULL, &client, &error);
    if (status == SNAPLINE_OK) {
        status = snapline_do_snapshots_list_iter(client, args, NULL, &iterator, &error);
    }
    while (status == SNAPLINE_OK) {
        status = snapline_do_SnapshotIter_next(iterator, &item, &error);
        if (status != SNAPLINE_OK || item == NULL) {
            break;
        }
        seen++;
        gigabytes += snapline_do_Snapshot_size_gigabytes(item);
    }
    if (status != SNAPLINE_OK) {
        fprintf(stderr, "%s\n", snapline_error_message(error));
        snapline_error_free(error);
    } else {
        printf("%zu snapshots, %g GB\n", seen, gigabytes);
    }
    snapline_do_SnapshotIter_free(iterator);
    snapline_do_client_free(client);
    snapline_do_SnapshotsListArgs_free(args);
    return status == SNAPLINE_OK ? 0 : 1;
}
