/* Makes a volume or a droplet from a snapshot, whichever it was taken of, and waits until it can be used.
 *
 * Usage: restore SNAPSHOT_ID NAME [SIZE]. SIZE is the slug of a droplet's size; without it the cheapest is taken
 * that the snapshot fits on. It is made in the first region where the snapshot is. */

#include <stdlib.h>
#include <string.h>

#include "outcome.h"

static bool sold_in(const snapline_do_Size *size, const char *region)
{
    size_t index;
    for (index = 0; index < snapline_do_Size_regions_count(size); index++) {
        if (strcmp(snapline_do_Size_regions_at(size, index), region) == 0) {
            return true;
        }
    }
    return false;
}

/* The cheapest size in a region with a disk that is large enough, in a buffer that stays empty where there is none. */
static bool cheapest(const snapline_do_client *client, int64_t disk, const char *region, char *found, size_t room)
{
    snapline_do_SizeIter *sizes = NULL;
    const snapline_do_Size *size = NULL;
    snapline_error *error = NULL;
    double price = 0;
    snapline_status status = snapline_do_sizes_list_iter(client, NULL, NULL, &sizes, &error);

    found[0] = '\0';
    while (status == SNAPLINE_OK) {
        status = snapline_do_SizeIter_next(sizes, &size, &error);
        if (status != SNAPLINE_OK || size == NULL) {
            break;
        }
        if (snapline_do_Size_available(size) && snapline_do_Size_disk(size) >= disk && sold_in(size, region) &&
            (found[0] == '\0' || snapline_do_Size_price_monthly(size) < price)) {
            snprintf(found, room, "%s", snapline_do_Size_slug(size));
            price = snapline_do_Size_price_monthly(size);
        }
    }
    snapline_do_SizeIter_free(sizes);
    if (status == SNAPLINE_OK && found[0] == '\0') {
        fprintf(stderr, "no size in %s has a disk of %" PRId64 " GiB\n", region, disk);
    }
    return told("the sizes", error) && found[0] != '\0';
}

/* Looks for the volume that a request without an answer may have made, and frees that request's error. */
static snapline_status find_volume(const snapline_do_client *client, const char *name, int64_t size,
                                   const char *region, snapline_error *unknown, snapline_do_Volume **out,
                                   snapline_error **error)
{
    snapline_do_VolumesFindCreatedArgs *args;
    snapline_do_VolumeList *found = NULL;
    snapline_status status = snapline_error_status(unknown);
    char since[64];

    if (!sent_at(unknown, since, sizeof since)) {
        *error = unknown;
        return status;
    }
    told(name, unknown);
    args = snapline_do_VolumesFindCreatedArgs_new(since, name, region, size);
    status = snapline_do_volumes_find_created(client, args, NULL, &found, error);
    if (status == SNAPLINE_OK && only(name, snapline_do_VolumeList_count(found))) {
        const char *id = snapline_do_Volume_id(snapline_do_VolumeList_at(found, 0));
        status = snapline_do_volumes_wait_until_there(client, id, NULL, out, error);
    }
    snapline_do_VolumeList_free(found);
    snapline_do_VolumesFindCreatedArgs_free(args);
    return status;
}

/* Nothing is sent twice: after a request whose outcome is unknown the service is asked what it made of it. */
static bool make_volume(const snapline_do_client *client, const snapline_do_Snapshot *snapshot, const char *name)
{
    const char *region = snapline_do_Snapshot_regions_at(snapshot, 0);
    const int64_t size = snapline_do_Snapshot_min_disk_size(snapshot);
    snapline_do_VolumesCreateAndWaitArgs *args = snapline_do_VolumesCreateAndWaitArgs_new(name, size, region);
    snapline_do_Volume *volume = NULL;
    snapline_error *error = NULL;
    bool good;

    snapline_do_VolumesCreateAndWaitArgs_set_snapshot_id(args, snapline_do_Snapshot_id(snapshot));
    printf("making the volume %s of %s\n", name, snapline_do_Snapshot_name(snapshot));
    fflush(stdout);
    if (snapline_do_volumes_create_and_wait(client, args, NULL, &volume, &error) != SNAPLINE_OK &&
        snapline_error_outcome_unknown(error)) {
        snapline_error *unknown = error;
        error = NULL;
        find_volume(client, name, size, region, unknown, &volume, &error);
    }
    good = told(name, error) && volume != NULL;
    if (good) {
        printf("volume %s can be used in %s\n", snapline_do_Volume_id(volume), region);
    }
    snapline_do_Volume_free(volume);
    snapline_do_VolumesCreateAndWaitArgs_free(args);
    return good;
}

/* Looks for the droplet that a request without an answer may have made, and frees that request's error. */
static snapline_status find_droplet(const snapline_do_client *client, const char *name, const char *size,
                                    const char *region, snapline_error *unknown, snapline_do_Droplet **out,
                                    snapline_error **error)
{
    snapline_do_DropletsFindCreatedArgs *args;
    snapline_do_DropletList *found = NULL;
    snapline_status status = snapline_error_status(unknown);
    char since[64];

    if (!sent_at(unknown, since, sizeof since)) {
        *error = unknown;
        return status;
    }
    told(name, unknown);
    args = snapline_do_DropletsFindCreatedArgs_new(since, name, size);
    snapline_do_DropletsFindCreatedArgs_set_region(args, region);
    status = snapline_do_droplets_find_created(client, args, NULL, &found, error);
    if (status == SNAPLINE_OK && only(name, snapline_do_DropletList_count(found))) {
        const int64_t id = snapline_do_Droplet_id(snapline_do_DropletList_at(found, 0));
        status = snapline_do_droplets_wait_until_active(client, id, NULL, out, error);
    }
    snapline_do_DropletList_free(found);
    snapline_do_DropletsFindCreatedArgs_free(args);
    return status;
}

/* As make_volume; the image that a droplet's snapshot is has the same number. */
static bool make_droplet(const snapline_do_client *client, const snapline_do_Snapshot *snapshot, const char *name,
                         const char *size)
{
    const char *region = snapline_do_Snapshot_regions_at(snapshot, 0);
    snapline_do_DropletsCreateAndWaitArgs *args = snapline_do_DropletsCreateAndWaitArgs_new(name, size, NULL);
    snapline_do_Droplet *droplet = NULL;
    snapline_error *error = NULL;
    bool good;

    snapline_do_DropletsCreateAndWaitArgs_set_image_integer(
        args, strtoll(snapline_do_Snapshot_id(snapshot), NULL, 10));
    snapline_do_DropletsCreateAndWaitArgs_set_region(args, region);
    printf("making the droplet %s (%s) of %s\n", name, size, snapline_do_Snapshot_name(snapshot));
    fflush(stdout);
    if (snapline_do_droplets_create_and_wait(client, args, NULL, &droplet, &error) != SNAPLINE_OK &&
        snapline_error_outcome_unknown(error)) {
        snapline_error *unknown = error;
        error = NULL;
        find_droplet(client, name, size, region, unknown, &droplet, &error);
    }
    good = told(name, error) && droplet != NULL;
    if (good) {
        printf("droplet %" PRId64 " can be used in %s\n", snapline_do_Droplet_id(droplet), region);
    }
    snapline_do_Droplet_free(droplet);
    snapline_do_DropletsCreateAndWaitArgs_free(args);
    return good;
}

static bool restore(const snapline_do_client *client, const snapline_do_Snapshot *snapshot, const char *name,
                    const char *wanted)
{
    const char *region = snapline_do_Snapshot_regions_at(snapshot, 0);
    char size[128];

    if (region == NULL) {
        fprintf(stderr, "the snapshot %s is in no region yet\n", snapline_do_Snapshot_name(snapshot));
        return false;
    }
    switch (snapline_do_Snapshot_resource_type(snapshot)) {
    case SNAPLINE_DO_ResourceType_VOLUME:
        return make_volume(client, snapshot, name);
    case SNAPLINE_DO_ResourceType_DROPLET:
        if (wanted != NULL) {
            return make_droplet(client, snapshot, name, wanted);
        }
        return cheapest(client, snapline_do_Snapshot_min_disk_size(snapshot), region, size, sizeof size) &&
               make_droplet(client, snapshot, name, size);
    default:
        fprintf(stderr, "a snapshot of a %s is nothing this program knows\n",
            snapline_do_Snapshot_resource_type_string(snapshot));
        return false;
    }
}

int main(int count, char **given)
{
    snapline_do_client *client = NULL;
    snapline_do_Snapshot *snapshot = NULL;
    snapline_error *error = NULL;
    bool good = false;

    if (count < 3 || count > 4 || *given[1] == '\0' || *given[2] == '\0') {
        fprintf(stderr,
            "usage: restore SNAPSHOT_ID NAME [SIZE]\n\n"
            "Makes a volume or a droplet called NAME, whichever SNAPSHOT_ID was taken of. SIZE is the slug of a\n"
            "droplet's size; unless given it is the cheapest that the snapshot fits on.\n" SURROUNDINGS);
        return 2;
    }
    if (snapline_do_client_new(NULL, &client, &error) == SNAPLINE_OK &&
        snapline_do_snapshots_get(client, given[1], NULL, &snapshot, NULL, &error) == SNAPLINE_OK) {
        good = restore(client, snapshot, given[2], count > 3 ? given[3] : NULL);
    }
    told("restore", error);
    snapline_do_Snapshot_free(snapshot);
    snapline_do_client_free(client);
    return good ? 0 : 1;
}
