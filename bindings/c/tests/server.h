/* A server that answers every request and keeps its connections, for tests of what becomes of them.
 * For C and C++. */

#ifndef SNAPLINE_TESTS_SERVER_H
#define SNAPLINE_TESTS_SERVER_H

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/* Lives as long as the program: its threads are not waited for. */
struct server {
    char url[64];
    int listener;
    long delay_ms;
    pthread_mutex_t mutex;
    int connections;
    int open;
    int requests;
};

struct server_connection {
    struct server *server;
    int socket;
};

static inline double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static inline void pause_ms(long milliseconds)
{
    struct timespec pause;
    pause.tv_sec = milliseconds / 1000;
    pause.tv_nsec = milliseconds % 1000 * 1000000;
    nanosleep(&pause, NULL);
}

/* A socket that listens on a loopback port of its own. */
static inline int listen_on(char *url, size_t room)
{
    struct sockaddr_in address;
    socklen_t length = sizeof address;
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    memset(&address, 0, sizeof address);
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (listener < 0 || bind(listener, (struct sockaddr *)&address, sizeof address) != 0 ||
        listen(listener, 16) != 0 || getsockname(listener, (struct sockaddr *)&address, &length) != 0) {
        perror("listening on a loopback port");
        exit(2);
    }
    snprintf(url, room, "http://127.0.0.1:%u", (unsigned)ntohs(address.sin_port));
    return listener;
}

static inline void server_count(struct server *server, int *number, int by)
{
    pthread_mutex_lock(&server->mutex);
    *number += by;
    pthread_mutex_unlock(&server->mutex);
}

/* One of the counters now. */
static inline int server_read(struct server *server, const int *number)
{
    int now;
    pthread_mutex_lock(&server->mutex);
    now = *number;
    pthread_mutex_unlock(&server->mutex);
    return now;
}

/* Waits up to ten seconds until a counter has a value. */
static inline int server_reaches(struct server *server, const int *number, int value)
{
    int left;
    for (left = 1000; left > 0 && server_read(server, number) != value; left--) {
        pause_ms(10);
    }
    return left > 0;
}

static inline void *server_answer(void *given)
{
    static const char body[] = "{\"shares\":[],\"snapshots\":[]}";
    struct server_connection *connection = (struct server_connection *)given;
    struct server *server = connection->server;
    const int socket = connection->socket;
    char request[8192], answer[256];
    size_t length = 0;
    free(connection);
    for (;;) {
        const char *end;
        const ssize_t more = read(socket, request + length, sizeof request - 1 - length);
        if (more <= 0) {
            break;
        }
        length += (size_t)more;
        request[length] = '\0';
        /* Requests of these tests have no body, and come one after the other. */
        end = strstr(request, "\r\n\r\n");
        if (end == NULL) {
            continue;
        }
        length = 0;
        server_count(server, &server->requests, 1);
        pause_ms(server->delay_ms);
        snprintf(answer, sizeof answer,
                 "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %zu\r\n\r\n%s",
                 sizeof body - 1, body);
        if (write(socket, answer, strlen(answer)) != (ssize_t)strlen(answer)) {
            break;
        }
    }
    close(socket);
    server_count(server, &server->open, -1);
    return NULL;
}

static inline void *server_accept(void *given)
{
    struct server *server = (struct server *)given;
    for (;;) {
        pthread_t thread;
        struct server_connection *connection;
        const int socket = accept(server->listener, NULL, NULL);
        if (socket < 0) {
            return NULL;
        }
        connection = (struct server_connection *)malloc(sizeof *connection);
        if (connection == NULL) {
            return NULL;
        }
        connection->server = server;
        connection->socket = socket;
        server_count(server, &server->connections, 1);
        server_count(server, &server->open, 1);
        if (pthread_create(&thread, NULL, server_answer, connection) == 0) {
            pthread_detach(thread);
        }
    }
}

/* Starts one that lets each request wait so long. */
static inline void server_start(struct server *server, long delay_ms)
{
    pthread_t thread;
    memset(server, 0, sizeof *server);
    server->delay_ms = delay_ms;
    pthread_mutex_init(&server->mutex, NULL);
    server->listener = listen_on(server->url, sizeof server->url);
    if (pthread_create(&thread, NULL, server_accept, server) != 0) {
        perror("starting a server");
        exit(2);
    }
    pthread_detach(thread);
}

#endif
