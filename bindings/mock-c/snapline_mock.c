/* See snapline_mock.h. */

#define _POSIX_C_SOURCE 200809L

#include "snapline_mock.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

/* macOS has a setting of the socket for it instead. */
#ifndef MSG_NOSIGNAL
#define MSG_NOSIGNAL 0
#endif

#define MOST_ARGUMENTS 64

struct snapline_mock {
    pid_t process;
    /* Its standard input: closed, it ends. */
    int input;
    char *url;
    char *host;
    char *port;
    /* NAME=value, a line each. */
    char *variables;
};

/* Text that grows. */
struct text {
    char *bytes;
    size_t length;
};

static int append(struct text *text, const char *bytes, size_t length)
{
    char *grown = (char *)realloc(text->bytes, text->length + length + 1);

    if (grown == NULL) {
        return -1;
    }
    memcpy(grown + text->length, bytes, length);
    text->bytes = grown;
    text->length += length;
    grown[text->length] = '\0';
    return 0;
}

static char *copy(const char *bytes, size_t length)
{
    struct text text = {NULL, 0};

    return append(&text, bytes, length) == 0 ? text.bytes : NULL;
}

/* Reads once more; 0 at the end. */
static ssize_t more(int from, struct text *text)
{
    char chunk[4096];
    ssize_t got;

    do {
        got = read(from, chunk, sizeof chunk);
    } while (got < 0 && errno == EINTR);
    if (got > 0 && append(text, chunk, (size_t)got) != 0) {
        return -1;
    }
    return got;
}

/* A pipe whose ends no other child gets. */
static int pipe_of_ours(int ends[2])
{
    if (pipe(ends) != 0) {
        return -1;
    }
    fcntl(ends[0], F_SETFD, FD_CLOEXEC);
    fcntl(ends[1], F_SETFD, FD_CLOEXEC);
    return 0;
}

static void close_both(const int ends[2])
{
    int error = errno;

    close(ends[0]);
    close(ends[1]);
    errno = error;
}

/* Starts the program with its input and output at the ends of pipes. */
static int spawn(pid_t *process, const char *program, const char *const *arguments, const int input[2],
                 const int output[2])
{
    const char *words[MOST_ARGUMENTS + 3];
    posix_spawn_file_actions_t actions;
    size_t count = 0;
    int error;

    words[count++] = program;
    words[count++] = "--exit-with-stdin";
    for (; arguments != NULL && *arguments != NULL; arguments++) {
        if (count == MOST_ARGUMENTS + 2) {
            errno = E2BIG;
            return -1;
        }
        words[count++] = *arguments;
    }
    words[count] = NULL;
    error = posix_spawn_file_actions_init(&actions);
    if (error == 0) {
        error = posix_spawn_file_actions_adddup2(&actions, input[0], STDIN_FILENO);
        if (error == 0) {
            error = posix_spawn_file_actions_adddup2(&actions, output[1], STDOUT_FILENO);
        }
        if (error == 0) {
            /* It changes none of the words, whatever the declaration says. */
            error = posix_spawnp(process, program, &actions, NULL, (char *const *)words, environ);
        }
        posix_spawn_file_actions_destroy(&actions);
    }
    errno = error;
    return error == 0 ? 0 : -1;
}

/* Takes the address and the environment out of what it says: a line for each provider, with its name first. */
static int read_lines(snapline_mock *mock, const char *said)
{
    static const char begin[] = "listening on http://";
    const char *end = strchr(said, '\n');
    const char *colon;
    const char *line;
    struct text variables = {NULL, 0};

    if (end == NULL || strncmp(said, begin, sizeof begin - 1) != 0) {
        /* Why it could not start is on standard error. */
        errno = ENOENT;
        return -1;
    }
    said += sizeof begin - 1;
    for (colon = end; *colon != ':'; colon--) {
    }
    mock->host = copy(said, (size_t)(colon - said));
    mock->port = copy(colon + 1, (size_t)(end - colon - 1));
    mock->url = copy(said - 7, (size_t)(end - said + 7));
    /* The second line is for people. */
    line = strchr(end + 1, '\n');
    while (line != NULL && line[1] != '\n' && line[1] != '\0') {
        const char *stop = strchr(line + 1, '\n');
        const char *word = line + 1 + strcspn(line + 1, " \n");

        while (*word == ' ') {
            size_t length = strcspn(word + 1, " \n");

            if (append(&variables, word + 1, length) != 0 || append(&variables, "\n", 1) != 0) {
                break;
            }
            word += 1 + length;
        }
        line = stop;
    }
    mock->variables = variables.bytes;
    return mock->host != NULL && mock->port != NULL && mock->url != NULL && variables.bytes != NULL ? 0 : -1;
}

snapline_mock *snapline_mock_start(const char *program, const char *const *arguments)
{
    snapline_mock *mock = (snapline_mock *)calloc(1, sizeof *mock);
    struct text said = {NULL, 0};
    int input[2];
    int output[2];
    int error = 0;

    if (program == NULL) {
        program = getenv("SNAPLINE_MOCK_PROGRAM");
    }
    if (program == NULL || *program == '\0') {
        program = "snapline-mock";
    }
    if (mock == NULL) {
        return NULL;
    }
    if (pipe_of_ours(input) != 0) {
        free(mock);
        return NULL;
    }
    if (pipe_of_ours(output) != 0) {
        close_both(input);
        free(mock);
        return NULL;
    }
    if (spawn(&mock->process, program, arguments, input, output) != 0) {
        close_both(input);
        close_both(output);
        free(mock);
        return NULL;
    }
    close(input[0]);
    close(output[1]);
    mock->input = input[1];
    /* An empty line ends what it says; one that cannot start says nothing. */
    while ((said.bytes == NULL || strstr(said.bytes, "\n\n") == NULL) && more(output[0], &said) > 0) {
    }
    if (said.bytes == NULL || read_lines(mock, said.bytes) != 0) {
        error = said.bytes == NULL ? ENOENT : errno;
    }
    /* It says nothing more. */
    close(output[0]);
    free(said.bytes);
    if (error != 0) {
        snapline_mock_stop(mock);
        errno = error;
        return NULL;
    }
    return mock;
}

const char *snapline_mock_url(const snapline_mock *mock)
{
    return mock->url;
}

int snapline_mock_setenv(const snapline_mock *mock)
{
    const char *line = mock->variables;

    while (*line != '\0') {
        size_t length = strcspn(line, "\n");
        size_t name_length = strcspn(line, "=\n");
        char *name = copy(line, name_length);
        char *value = name_length < length ? copy(line + name_length + 1, length - name_length - 1) : copy("", 0);
        int status = name != NULL && value != NULL ? setenv(name, value, 1) : -1;

        free(name);
        free(value);
        if (status != 0) {
            return -1;
        }
        line += length + 1;
    }
    return 0;
}

/* A connection to the server. */
static int connected(const snapline_mock *mock)
{
    struct addrinfo hints;
    struct addrinfo *found = NULL;
    int place;

    memset(&hints, 0, sizeof hints);
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV;
    if (getaddrinfo(mock->host, mock->port, &hints, &found) != 0) {
        errno = EADDRNOTAVAIL;
        return -1;
    }
    place = socket(found->ai_family, found->ai_socktype, found->ai_protocol);
    if (place >= 0 && connect(place, found->ai_addr, found->ai_addrlen) != 0) {
        int error = errno;

        close(place);
        errno = error;
        place = -1;
    }
    freeaddrinfo(found);
    return place;
}

static int send_all(int place, const struct text *text)
{
    size_t sent = 0;

    while (sent < text->length) {
        ssize_t now = send(place, text->bytes + sent, text->length - sent, MSG_NOSIGNAL);

        if (now < 0 && errno != EINTR) {
            return -1;
        }
        sent += now > 0 ? (size_t)now : 0;
    }
    return 0;
}

int snapline_mock_ask(const snapline_mock *mock, const char *method, const char *path, const char *json, char **answer)
{
    struct text request = {NULL, 0};
    struct text got = {NULL, 0};
    char length[32];
    const char *parts[12];
    size_t count = 0;
    size_t part;
    int status = -1;
    int place;
    const char *body;

    if (answer != NULL) {
        *answer = NULL;
    }
    snprintf(length, sizeof length, "%lu", (unsigned long)(json == NULL ? 0 : strlen(json)));
    parts[count++] = method;
    parts[count++] = " ";
    parts[count++] = path;
    parts[count++] = " HTTP/1.1\r\nHost: ";
    parts[count++] = mock->host;
    parts[count++] = ":";
    parts[count++] = mock->port;
    parts[count++] = "\r\nConnection: close\r\nContent-Length: ";
    parts[count++] = length;
    parts[count++] = "\r\n\r\n";
    parts[count++] = json == NULL ? "" : json;
    for (part = 0; part < count; part++) {
        if (append(&request, parts[part], strlen(parts[part])) != 0) {
            free(request.bytes);
            return -1;
        }
    }
    place = connected(mock);
    if (place >= 0) {
        ssize_t last = 1;

        if (send_all(place, &request) == 0) {
            while ((last = more(place, &got)) > 0) {
            }
            if (last == 0 && got.bytes != NULL && sscanf(got.bytes, "HTTP/1.1 %d", &status) != 1) {
                status = -1;
            }
            if (last == 0 && status < 0) {
                errno = ECONNRESET;
            }
        }
        close(place);
    }
    body = got.bytes == NULL ? NULL : strstr(got.bytes, "\r\n\r\n");
    if (status >= 0 && answer != NULL && body != NULL) {
        *answer = copy(body + 4, strlen(body + 4));
        status = *answer == NULL ? -1 : status;
    }
    free(request.bytes);
    free(got.bytes);
    return status;
}

/* Posts an order, which is carried out or cannot be. */
static int order(const snapline_mock *mock, const char *path, const char *json)
{
    int status = snapline_mock_ask(mock, "POST", path, json, NULL);

    if (status >= 400) {
        errno = EINVAL;
    }
    return status >= 0 && status < 400 ? 0 : -1;
}

int snapline_mock_reset(const snapline_mock *mock, const char *json)
{
    return order(mock, "/_mock/reset", json);
}

int snapline_mock_fault(const snapline_mock *mock, const char *json)
{
    return order(mock, "/_mock/faults", json);
}

int snapline_mock_advance(const snapline_mock *mock, double seconds)
{
    char json[64];

    /* In thousandths, since some locales write a comma. */
    snprintf(json, sizeof json, "{\"seconds\": %.0fe-3}", seconds * 1000);
    return order(mock, "/_mock/clock", json);
}

long snapline_mock_requests(const snapline_mock *mock, const char *query)
{
    struct text path = {NULL, 0};
    char *answer = NULL;
    long count = -1;

    if (append(&path, "/_mock/requests/count?", 22) == 0 &&
        append(&path, query == NULL ? "" : query, query == NULL ? 0 : strlen(query)) == 0 &&
        snapline_mock_ask(mock, "GET", path.bytes, NULL, &answer) == 200) {
        count = strtol(answer, NULL, 10);
    } else if (answer != NULL) {
        errno = EINVAL;
    }
    free(path.bytes);
    free(answer);
    return count;
}

void snapline_mock_stop(snapline_mock *mock)
{
    if (mock == NULL) {
        return;
    }
    close(mock->input);
    while (waitpid(mock->process, NULL, 0) < 0 && errno == EINTR) {
    }
    free(mock->url);
    free(mock->host);
    free(mock->port);
    free(mock->variables);
    free(mock);
}
