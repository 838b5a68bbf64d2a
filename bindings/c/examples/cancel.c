/* Waits until a share is gone; Ctrl-C ends the wait at once.
 *
 * Usage: cancel SHARE_ID */

#include <signal.h>
#include <stdio.h>

#include <snapline.h>

static snapline_cancel_token *token;

static void on_interrupt(int number)
{
    (void)number;
    /* Safe in a signal handler: it only sets a flag. */
    snapline_cancel_token_cancel(token);
}

int main(int count, char **given)
{
    snapline_options *options = snapline_options_new();
    snapline_do_client *client = NULL;
    snapline_error *error = NULL;
    snapline_status status;
    int result = 0;

    token = snapline_cancel_token_new();
    signal(SIGINT, on_interrupt);
    snapline_options_set_cancel_token(options, token);
    status = snapline_do_client_new(NULL, &client, &error);
    if (status == SNAPLINE_OK) {
        printf("waiting\n");
        fflush(stdout);
        status = snapline_do_nfs_wait_until_deleted(client, count > 1 ? given[1] : "", NULL, options, &error);
    }
    if (status == SNAPLINE_CANCELLED) {
        printf("cancelled\n");
        result = 130;
    } else if (status != SNAPLINE_OK) {
        fprintf(stderr, "%s\n", snapline_error_message(error));
        result = 1;
    } else {
        printf("gone\n");
    }
    snapline_error_free(error);
    snapline_do_client_free(client);
    snapline_options_free(options);
    snapline_cancel_token_free(token);
    return result;
}
