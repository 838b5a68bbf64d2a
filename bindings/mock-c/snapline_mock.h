/* snapline-mock for tests in C and C++: the server is started, controlled and stopped.
 *
 * Two files to take into a test: this one and snapline_mock.c, which needs POSIX and nothing else. What the server can
 * do, and the JSON that it takes, is in docs/testing.md and in `snapline-mock --help`.
 *
 * A function that fails gives NULL or -1, and errno says why. A string that is given is yours where it says `char **`,
 * and belongs to the server otherwise. One server may be used from several threads, but for its stop. */

#ifndef SNAPLINE_MOCK_H
#define SNAPLINE_MOCK_H

#ifdef __cplusplus
extern "C" {
#endif

/* A server of one's own. */
typedef struct snapline_mock snapline_mock;

/* Starts one on a free port of this machine. It ends with the process that started it.
 * program: its name or path; NULL for what SNAPLINE_MOCK_PROGRAM says, and else the `snapline-mock` of PATH.
 * arguments: what else it shall be told, with a NULL behind the last one; NULL for nothing. */
snapline_mock *snapline_mock_start(const char *program, const char *const *arguments);

/* Its address, such as http://127.0.0.1:41001. */
const char *snapline_mock_url(const snapline_mock *mock);

/* Leads clients of this process there that go by the environment. 0, or -1. Call it before there are other threads. */
int snapline_mock_setenv(const snapline_mock *mock);

/* Begins anew. json: settings that are other than at the start, such as {"volumes": 3}; NULL for none. 0, or -1 with
 * EINVAL for what cannot be. */
int snapline_mock_reset(const snapline_mock *mock, const char *json);

/* Plans a fault or a list of them, such as {"status": 503, "method": "POST", "times": 2}. 0, or -1 with EINVAL for what
 * cannot be. */
int snapline_mock_fault(const snapline_mock *mock, const char *json);

/* Lets time pass at the server, whatever the clock of this machine says. 0, or -1 with EINVAL for what cannot be. */
int snapline_mock_advance(const snapline_mock *mock, double seconds);

/* How many requests came. query: which of them, such as method=POST, in percent encoding; NULL for all. */
long snapline_mock_requests(const snapline_mock *mock, const char *query);

/* Asks for anything else, such as GET /_mock/state. Gives the status.
 * json: the body; NULL for none. answer: where the body of the answer goes, to be freed by free(); NULL if nobody wants it. */
int snapline_mock_ask(const snapline_mock *mock, const char *method, const char *path, const char *json, char **answer);

/* Ends it. NULL is fine. */
void snapline_mock_stop(snapline_mock *mock);

#ifdef __cplusplus
}
#endif

#endif
