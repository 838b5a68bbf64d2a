/* A program outside the repository, built against an installed snapline. */

#include <stdio.h>
#include <string.h>

#include <snapline.h>

int main(void)
{
    snapline_do_client *client = NULL;
    snapline_do_NfsShareList *shares = NULL;
    snapline_error *error = NULL;
    if (strcmp(snapline_version(), SNAPLINE_VERSION) != 0) {
        fprintf(stderr, "library %s, header %s\n", snapline_version(), SNAPLINE_VERSION);
        return 1;
    }
    if (snapline_do_client_new(NULL, &client, &error) != SNAPLINE_OK ||
        snapline_do_nfs_list(client, NULL, NULL, &shares, NULL, &error) != SNAPLINE_OK) {
        fprintf(stderr, "%s\n", snapline_error_message(error));
        snapline_error_free(error);
        return 1;
    }
    printf("%zu shares\n", snapline_do_NfsShareList_count(shares));
    snapline_do_NfsShareList_free(shares);
    snapline_do_client_free(client);
    return 0;
}
