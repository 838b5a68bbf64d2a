/* How a step is told, whatever the provider. */
#ifndef TELLING_H
#define TELLING_H

#include <snapline.h>

#include <stdbool.h>
#include <stddef.h>

/* How soon a wait looks for the first time: the mock is quick. */
#define SOON_MS 50

/* Whether a step failed, and what the current one saw. */
typedef struct telling {
    bool failed;
    char detail[256];
} telling;

/* A step gives true and sets `detail`, or gives false and sets `detail` or the error. */
typedef bool (*step)(telling *told, void *story, snapline_error **error);

/* Runs one step and prints how it went. */
void tell(telling *told, const char *name, step run, void *story);

/* Sets what a step saw, as printf does. */
void see(telling *told, const char *format, ...);

/* Gives whether what a step saw is as it must be; if not, `detail` says so. */
bool check(telling *told, bool holds);

/* True if a call met a 404; whatever else it met is the step's failure. Frees or hands on `met`. */
bool not_found(telling *told, snapline_status status, snapline_error *met, snapline_error **error);

/* Keeps an id; one that does not fit would be cut, so it is left out. */
void keep(char *place, size_t size, const char *id);

/* A provider's story; false if there is no client. */
bool tell_digitalocean(telling *told, bool read_only, snapline_error **error);
bool tell_ovhcloud(telling *told, bool read_only, snapline_error **error);

#endif
