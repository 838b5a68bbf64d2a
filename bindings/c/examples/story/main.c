/*
 * The stories that `cargo xtask demo` tells, in C: story PROVIDER [--read-only].
 *
 * Prints one line a step: name, milliseconds, `ok` or `failed`, detail, with tabs between. The client
 * finds its credentials, and the server if it is another than the provider's own, in the
 * environment. With --read-only nothing is made or deleted.
 */
#include "telling.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int main(int argc, char **argv) {
    telling told = {0};
    snapline_error *error = NULL;
    const char *provider = argc > 1 ? argv[1] : "";
    bool read_only = argc > 2 && strcmp(argv[2], "--read-only") == 0;
    bool begun;
    if (strcmp(provider, "digitalocean") == 0) {
        begun = tell_digitalocean(&told, read_only, &error);
    } else if (strcmp(provider, "ovhcloud") == 0) {
        begun = tell_ovhcloud(&told, read_only, &error);
    } else {
        fprintf(stderr, "usage: story PROVIDER [--read-only]\n");
        return EXIT_FAILURE;
    }
    if (!begun) {
        fprintf(stderr, "%s\n", snapline_error_message(error));
        snapline_error_free(error);
    }
    return begun && !told.failed ? EXIT_SUCCESS : EXIT_FAILURE;
}
