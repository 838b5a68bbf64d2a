/* What the generated cases check with. Each check that fails prints one line and is counted. */

#ifndef SNAPLINE_CHECK_H
#define SNAPLINE_CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "snapline.h"

/* One run of one case. */
typedef struct check_run {
    const char *mock_url;
    const char *run_id;
    const char *name;
    unsigned failures;
} check_run;

/* A case: its name and what it does. */
typedef struct check_case {
    const char *name;
    void (*run)(check_run *run);
} check_case;

/* Every case, generated. */
extern const check_case check_cases[];
extern const size_t check_cases_count;

/* Settings for a client that talks to the mock as this case. The caller frees them. */
snapline_settings *check_settings(check_run *run);

void check_true(check_run *run, const char *what, bool holds);
void check_bool(check_run *run, const char *what, bool got, bool expected);
void check_integer(check_run *run, const char *what, int64_t got, int64_t expected);
void check_size(check_run *run, const char *what, size_t got, size_t expected);
void check_number(check_run *run, const char *what, double got, double expected);

/* Either text may be NULL. */
void check_text(check_run *run, const char *what, const char *got, const char *expected);

/* On a surprise the error, which may be NULL, is shown. */
void check_status(check_run *run, const char *what, snapline_status got, snapline_status expected,
                  const snapline_error *error);

#endif
