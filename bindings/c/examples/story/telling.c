#define _POSIX_C_SOURCE 200809L

#include "telling.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static int64_t now_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void tell(telling *told, const char *name, step run, void *story) {
    int64_t started = now_ms();
    snapline_error *error = NULL;
    told->detail[0] = '\0';
    bool ok = run(told, story, &error);
    const char *detail = error != NULL ? snapline_error_message(error) : told->detail;
    printf("%s\t%lld\t%s\t%s\n", name, (long long)(now_ms() - started), ok ? "ok" : "failed", detail);
    fflush(stdout);
    snapline_error_free(error);
    told->failed = told->failed || !ok;
}

void see(telling *told, const char *format, ...) {
    va_list values;
    va_start(values, format);
    vsnprintf(told->detail, sizeof told->detail, format, values);
    va_end(values);
}

bool check(telling *told, bool holds) {
    if (!holds) {
        static const char why[] = "this is not so: ";
        size_t room = sizeof told->detail - sizeof why;
        memmove(told->detail + sizeof why - 1, told->detail, room);
        memcpy(told->detail, why, sizeof why - 1);
        told->detail[sizeof told->detail - 1] = '\0';
    }
    return holds;
}

bool not_found(telling *told, snapline_status status, snapline_error *met, snapline_error **error) {
    if (status == SNAPLINE_API && snapline_error_http_status(met) == 404) {
        see(told, "404 %s", snapline_error_code(met));
        snapline_error_free(met);
        return true;
    }
    see(told, "there is such a thing");
    *error = met;
    return false;
}

void keep(char *place, size_t size, const char *id) {
    place[0] = '\0';
    if (id != NULL && strlen(id) < size) {
        strcpy(place, id);
    }
}
