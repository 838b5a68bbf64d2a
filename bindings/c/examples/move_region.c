/* Copies the snapshot of a droplet to other regions, and waits until it can be used in each.
 *
 * Usage: move_region SNAPSHOT_ID REGION...
 *
 * Where it is already nothing is done. A region that fails does not stop the others; it exits with 1 then. */

#include <stdlib.h>
#include <string.h>

#include "outcome.h"

static bool is_in(const snapline_do_Image *image, const char *region)
{
    size_t index;
    for (index = 0; index < snapline_do_Image_regions_count(image); index++) {
        if (strcmp(snapline_do_Image_regions_at(image, index), region) == 0) {
            return true;
        }
    }
    return false;
}

/* Waits for what a request without an answer began, and frees that request's error. */
static bool follow(const snapline_do_client *client, int64_t image_id, const char *region, snapline_error *unknown)
{
    snapline_do_ImagesActionsFindTransferArgs *args;
    snapline_do_ActionList *found = NULL;
    snapline_do_Action *action = NULL;
    snapline_do_Image *image = NULL;
    snapline_error *error = NULL;
    char since[64];
    char id[32];
    bool good = false;

    if (!sent_at(unknown, since, sizeof since)) {
        return told(region, unknown);
    }
    told(region, unknown);
    snprintf(id, sizeof id, "%" PRId64, image_id);
    args = snapline_do_ImagesActionsFindTransferArgs_new(since, region);
    if (snapline_do_images_actions_find_transfer(client, image_id, args, NULL, &found, &error) == SNAPLINE_OK &&
        only(region, snapline_do_ActionList_count(found)) &&
        snapline_do_images_actions_wait_for(client, snapline_do_ActionList_at(found, 0), NULL, &action, &error) ==
            SNAPLINE_OK &&
        snapline_do_images_wait_until_available(client, id, NULL, &image, &error) == SNAPLINE_OK) {
        good = true;
    }
    told(region, error);
    snapline_do_Image_free(image);
    snapline_do_Action_free(action);
    snapline_do_ActionList_free(found);
    snapline_do_ImagesActionsFindTransferArgs_free(args);
    return good;
}

/* Nothing is sent twice: after a request whose outcome is unknown the service is asked what it made of it. */
static bool transfer(const snapline_do_client *client, int64_t image_id, const char *region)
{
    snapline_do_ImagesActionsTransferAndWaitArgs *args = snapline_do_ImagesActionsTransferAndWaitArgs_new(region);
    snapline_do_Image *image = NULL;
    snapline_error *error = NULL;
    bool good = true;

    if (snapline_do_images_actions_transfer_and_wait(client, image_id, args, NULL, &image, &error) != SNAPLINE_OK) {
        good = snapline_error_outcome_unknown(error) ? follow(client, image_id, region, error) : told(region, error);
    }
    snapline_do_Image_free(image);
    snapline_do_ImagesActionsTransferAndWaitArgs_free(args);
    return good;
}

int main(int count, char **given)
{
    snapline_do_client *client = NULL;
    snapline_do_Image *image = NULL;
    snapline_error *error = NULL;
    char *end = NULL;
    int64_t image_id = count < 3 ? 0 : strtoll(given[1], &end, 10);
    bool good = false;
    int index;

    if (image_id < 1 || *end != '\0') {
        fprintf(stderr,
            "usage: move_region SNAPSHOT_ID REGION...\n\n"
            "SNAPSHOT_ID is the number of a droplet's snapshot; those of volumes stay in their region.\n" SURROUNDINGS);
        return 2;
    }
    if (snapline_do_client_new(NULL, &client, &error) == SNAPLINE_OK &&
        snapline_do_images_get(client, given[1], NULL, &image, NULL, &error) == SNAPLINE_OK) {
        good = true;
        /* One after the other: the service does one thing at a time with an image. */
        for (index = 2; index < count; index++) {
            if (is_in(image, given[index])) {
                printf("%s: there already\n", given[index]);
                continue;
            }
            printf("%s: copying\n", given[index]);
            fflush(stdout);
            if (transfer(client, image_id, given[index])) {
                printf("%s: usable\n", given[index]);
            } else {
                good = false;
            }
        }
    }
    told("move_region", error);
    snapline_do_Image_free(image);
    snapline_do_client_free(client);
    return good ? 0 : 1;
}
