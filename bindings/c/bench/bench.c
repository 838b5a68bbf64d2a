/* CPU time of one request, beside libcurl with cJSON, against the same server on the loopback.
 *
 * The server is a child process, so that its time is not counted. `cargo xtask bench c` builds and runs this.
 * Usage: bench [REQUESTS [ROUNDS]] */

#define _GNU_SOURCE

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cjson/cJSON.h>
#include <curl/curl.h>

#include <snapline.h>

#define ITEMS 50

static char small_answer[2048];
static char list_answer[65536];

static void fill_answer(char *answer, size_t room, const char *body)
{
    snprintf(answer, room,
             "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %zu\r\n"
             "ratelimit-limit: 5000\r\nratelimit-remaining: 4999\r\nratelimit-reset: 1900000000\r\n\r\n%s",
             strlen(body), body);
}

static void fill_answers(void)
{
    static char body[60000];
    size_t length;
    fill_answer(small_answer, sizeof small_answer,
                "{\"share\":{\"id\":\"0a1b2c3d-0000-4000-8000-000000000001\",\"name\":\"logs\",\"size_gib\":50,"
                "\"region\":\"atl1\",\"status\":\"ACTIVE\",\"created_at\":\"2026-03-04T05:06:07Z\","
                "\"vpc_ids\":[\"796c6fe3-2a1d-4da2-9f3e-38239827dc91\"]}}");
    length = (size_t)snprintf(body, sizeof body, "{\"snapshots\":[");
    for (int i = 0; i < ITEMS; i++) {
        length += (size_t)snprintf(
            body + length, sizeof body - length,
            "%s{\"id\":\"fbe805e8-866b-11e6-96bf-0000000%05d\",\"name\":\"nightly-%d\",\"regions\":[\"nyc1\",\"ams3\"],"
            "\"created_at\":\"2026-09-30T18:%02d:00Z\",\"resource_id\":\"89bcc42f-85cf-11e6-a004-0000000%05d\","
            "\"resource_type\":\"volume\",\"min_disk_size\":%d,\"size_gigabytes\":%d.25,\"tags\":[\"a\",\"b\"]}",
            i == 0 ? "" : ",", i, i, i % 60, i, i + 1, i);
    }
    snprintf(body + length, sizeof body - length, "],\"links\":{},\"meta\":{\"total\":%d}}", ITEMS);
    fill_answer(list_answer, sizeof list_answer, body);
}

/* Answers every request on every connection, for ever. */
static void serve(int listener)
{
    static struct pollfd all[16];
    static char request[8192];
    nfds_t count = 1;
    all[0].fd = listener;
    all[0].events = POLLIN;
    for (;;) {
        poll(all, count, -1);
        if (all[0].revents & POLLIN && count < 16) {
            int on = 1;
            int connection = accept(listener, NULL, NULL);
            setsockopt(connection, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
            all[count].fd = connection;
            all[count].events = POLLIN;
            all[count++].revents = 0;
        }
        for (nfds_t i = 1; i < count; i++) {
            if (all[i].revents) {
                ssize_t got = read(all[i].fd, request, sizeof request - 1);
                if (got <= 0) {
                    close(all[i].fd);
                    all[i--] = all[--count];
                    continue;
                }
                request[got] = '\0';
                const char *answer = strstr(request, "/v2/snapshots") != NULL ? list_answer : small_answer;
                if (write(all[i].fd, answer, strlen(answer)) < 0) {
                    _exit(1);
                }
            }
        }
    }
}

static void must(int holds, const char *what)
{
    if (!holds) {
        fprintf(stderr, "%s failed\n", what);
        exit(1);
    }
}

/* --- libcurl with cJSON, its values copied into structs ------------------------------------------------ */

struct buffer {
    char *data;
    size_t length, room;
};

static size_t take(char *data, size_t size, size_t count, void *to)
{
    struct buffer *buffer = to;
    size_t more = size * count;
    if (buffer->length + more + 1 > buffer->room) {
        buffer->room = 2 * (buffer->length + more + 1);
        buffer->data = realloc(buffer->data, buffer->room);
        must(buffer->data != NULL, "realloc");
    }
    memcpy(buffer->data + buffer->length, data, more);
    buffer->length += more;
    buffer->data[buffer->length] = '\0';
    return more;
}

struct object {
    char *texts[16];
    size_t count;
    double numbers[4];
};

static void copy_object(struct object *to, const cJSON *from)
{
    const cJSON *field, *item;
    size_t numbers = 0;
    to->count = 0;
    cJSON_ArrayForEach(field, from)
    {
        if (cJSON_IsString(field)) {
            to->texts[to->count++] = strdup(field->valuestring);
        } else if (cJSON_IsNumber(field)) {
            to->numbers[numbers++ % 4] = field->valuedouble;
        } else {
            cJSON_ArrayForEach(item, field) { to->texts[to->count++] = strdup(item->valuestring); }
        }
    }
}

static void free_object(struct object *object)
{
    for (size_t i = 0; i < object->count; i++) {
        free(object->texts[i]);
    }
}

static CURL *curl;
static char share_url[128], snapshots_url[128];
static struct buffer received;

static cJSON *fetch(const char *url)
{
    long status = 0;
    cJSON *json;
    received.length = 0;
    curl_easy_setopt(curl, CURLOPT_URL, url);
    must(curl_easy_perform(curl) == CURLE_OK, "curl_easy_perform");
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    must(status == 200, "the request");
    json = cJSON_ParseWithLength(received.data, received.length);
    must(json != NULL, "cJSON_Parse");
    return json;
}

static void curl_small(void)
{
    struct object share;
    cJSON *json = fetch(share_url);
    copy_object(&share, cJSON_GetObjectItemCaseSensitive(json, "share"));
    must(share.count == 6, "the share");
    free_object(&share);
    cJSON_Delete(json);
}

static void curl_list(void)
{
    static struct object all[ITEMS];
    size_t count = 0;
    const cJSON *item;
    cJSON *json = fetch(snapshots_url);
    cJSON_ArrayForEach(item, cJSON_GetObjectItemCaseSensitive(json, "snapshots")) { copy_object(&all[count++], item); }
    must(count == ITEMS, "the list");
    for (size_t i = 0; i < count; i++) {
        free_object(&all[i]);
    }
    cJSON_Delete(json);
}

/* --- snapline ------------------------------------------------------------------------------------------ */

static snapline_do_client *client;
static snapline_do_SnapshotsListArgs *list_args;

static void snapline_small(void)
{
    snapline_do_NfsShare *share = NULL;
    must(snapline_do_nfs_get(client, "0a1b2c3d-0000-4000-8000-000000000001", NULL, NULL, &share, NULL,
            NULL) == SNAPLINE_OK,
         "snapline_do_nfs_get");
    must(snapline_do_NfsShare_size_gib(share) == 50, "the share");
    snapline_do_NfsShare_free(share);
}

static void snapline_list(void)
{
    snapline_do_SnapshotPage *page = NULL;
    must(snapline_do_snapshots_list(client, list_args, NULL, &page, NULL, NULL) == SNAPLINE_OK,
            "snapline_do_snapshots_list");
    must(snapline_do_SnapshotPage_count(page) == ITEMS, "the list");
    snapline_do_SnapshotPage_free(page);
}

/* --- measuring ----------------------------------------------------------------------------------------- */

static double cpu(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1e6 +
           (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
}

static double wall(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

struct row {
    const char *name;
    void (*call)(void);
    double cpu, wall;
};

int main(int count, char **given)
{
    int requests = count > 1 ? atoi(given[1]) : 2000;
    int rounds = count > 2 ? atoi(given[2]) : 7;
    struct row rows[] = {{"small GET, libcurl + cJSON", curl_small, 1e12, 1e12},
                         {"small GET, snapline", snapline_small, 1e12, 1e12},
                         {"list of 50, libcurl + cJSON", curl_list, 1e12, 1e12},
                         {"list of 50, snapline", snapline_list, 1e12, 1e12}};
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    struct curl_slist *headers = NULL;
    snapline_settings *settings = snapline_settings_new();
    char url[64];
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    fill_answers();
    must(bind(listener, (struct sockaddr *)&address, sizeof address) == 0 && listen(listener, 16) == 0 &&
             getsockname(listener, (struct sockaddr *)&address, &length) == 0,
         "listening");
    pid_t server = fork();
    if (server == 0) {
        serve(listener);
    }
    snprintf(url, sizeof url, "http://127.0.0.1:%u", (unsigned)ntohs(address.sin_port));
    snprintf(share_url, sizeof share_url, "%s/v2/nfs/0a1b2c3d-0000-4000-8000-000000000001", url);
    snprintf(snapshots_url, sizeof snapshots_url, "%s/v2/snapshots?per_page=50", url);

    curl_global_init(CURL_GLOBAL_DEFAULT);
    curl = curl_easy_init();
    headers = curl_slist_append(headers, "Authorization: Bearer dop_v1_test");
    headers = curl_slist_append(headers, "Accept: application/json");
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, &received);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, 30000L);
    curl_easy_setopt(curl, CURLOPT_USERAGENT, "bench");

    snapline_settings_set_token(settings, "dop_v1_test");
    snapline_settings_set_base_url(settings, url);
    must(snapline_do_client_new(settings, &client, NULL) == SNAPLINE_OK, "snapline_do_client_new");
    list_args = snapline_do_SnapshotsListArgs_new();
    snapline_do_SnapshotsListArgs_set_per_page(list_args, ITEMS);

    /* The best of some rounds, in turns: what else the machine does makes a round only slower. */
    for (int round = -1; round < rounds; round++) {
        for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
            double cpu_before = cpu(), wall_before = wall();
            for (int n = 0; n < requests; n++) {
                rows[i].call();
            }
            double cpu_each = (cpu() - cpu_before) / requests, wall_each = (wall() - wall_before) / requests;
            if (round >= 0) {
                rows[i].cpu = cpu_each < rows[i].cpu ? cpu_each : rows[i].cpu;
                rows[i].wall = wall_each < rows[i].wall ? wall_each : rows[i].wall;
            }
        }
    }
    printf("| what | CPU per request | time per request | CPU over libcurl |\n|---|---|---|---|\n");
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        printf("| %s | %.1f us | %.1f us | %.2fx |\n", rows[i].name, rows[i].cpu, rows[i].wall,
               rows[i].cpu / rows[i - i % 2].cpu);
    }
    kill(server, SIGTERM);
    waitpid(server, NULL, 0);
    snapline_do_SnapshotsListArgs_free(list_args);
    snapline_do_client_free(client);
    snapline_settings_free(settings);
    curl_slist_free_all(headers);
    curl_easy_cleanup(curl);
    curl_global_cleanup();
    free(received.data);
    return 0;
}
