/* libcurl with cJSON, or with -DYYJSON with yyjson, as one would use them by hand: values are copied into structs. */

#include "client.h"

#include <curl/curl.h>

#ifdef YYJSON
#include <yyjson.h>
typedef yyjson_val json;
#else
#include <cjson/cJSON.h>
typedef const cJSON json;
#endif

static void *client_new(const struct order *order)
{
    static int begun;
    char *base = strdup(order->base);
    if (!begun) {
        must(curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK, "curl_global_init");
        begun = 1;
    }
    return base;
}

static void client_free(void *client)
{
    free(client);
}

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

/* One handle a thread, since handles cannot be shared. */
struct caller {
    CURL *curl;
    struct curl_slist *headers;
    struct buffer received;
};

static void *caller_new(void *client, const struct order *order)
{
    struct caller *caller = calloc(1, sizeof *caller);
    (void)client;
    must(caller != NULL && (caller->curl = curl_easy_init()) != NULL, "curl_easy_init");
    caller->headers = curl_slist_append(caller->headers, "Authorization: Bearer " TOKEN);
    caller->headers = curl_slist_append(caller->headers, "Accept: application/json");
    caller->headers = curl_slist_append(caller->headers, "Content-Type: application/json");
    curl_easy_setopt(caller->curl, CURLOPT_HTTPHEADER, caller->headers);
    curl_easy_setopt(caller->curl, CURLOPT_WRITEFUNCTION, take);
    curl_easy_setopt(caller->curl, CURLOPT_WRITEDATA, &caller->received);
    curl_easy_setopt(caller->curl, CURLOPT_TIMEOUT_MS, 30000L);
    curl_easy_setopt(caller->curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(caller->curl, CURLOPT_USERAGENT, "bench");
    curl_easy_setopt(caller->curl, CURLOPT_PROXY, "");
    if (is_secure(order)) {
        curl_easy_setopt(caller->curl, CURLOPT_CAINFO, getenv("BENCH_CA"));
    }
    return caller;
}

static void caller_free(void *given)
{
    struct caller *caller = given;
    curl_easy_cleanup(caller->curl);
    curl_slist_free_all(caller->headers);
    free(caller->received.data);
    free(caller);
}

struct object {
    char *texts[16];
    size_t count;
    double numbers[4];
    size_t read;
};

static void free_object(struct object *object)
{
    for (size_t i = 0; i < object->count; i++) {
        free(object->texts[i]);
    }
}

#ifdef YYJSON

static void copy_value(struct object *to, json *value)
{
    if (yyjson_is_str(value)) {
        to->texts[to->count++] = strdup(yyjson_get_str(value));
    } else if (yyjson_is_num(value)) {
        to->numbers[to->read++ % 4] = yyjson_get_num(value);
    }
}

static void copy_object(struct object *to, json *from)
{
    size_t i, most, j, many;
    json *key, *value, *item;
    memset(to, 0, sizeof *to);
    yyjson_obj_foreach(from, i, most, key, value)
    {
        copy_value(to, value);
        if (yyjson_is_arr(value)) {
            yyjson_arr_foreach(value, j, many, item) { copy_value(to, item); }
        }
    }
}

/* The things of an answer, and whether a page follows. */
static unsigned long read_answer(const struct buffer *from, int *more)
{
    unsigned long items = 0;
    size_t i, most;
    yyjson_doc *read = yyjson_read(from->data, from->length, 0);
    json *root = yyjson_doc_get_root(read), *list, *item;
    struct object object;
    must(root != NULL, "yyjson_read");
    *more = yyjson_obj_get(yyjson_obj_get(root, "links"), "pages") != NULL;
    list = yyjson_obj_get(root, "snapshots");
    if (list != NULL) {
        struct object *all = calloc(yyjson_arr_size(list), sizeof *all);
        yyjson_arr_foreach(list, i, most, item) { copy_object(&all[items++], item); }
        for (i = 0; i < items; i++) {
            free_object(&all[i]);
        }
        free(all);
    } else {
        item = yyjson_obj_get(root, "share");
        copy_object(&object, item != NULL ? item : yyjson_obj_get(root, "action"));
        items = object.count > 0;
        free_object(&object);
    }
    yyjson_doc_free(read);
    return items;
}

#else

static void copy_value(struct object *to, json *value)
{
    if (cJSON_IsString(value)) {
        to->texts[to->count++] = strdup(value->valuestring);
    } else if (cJSON_IsNumber(value)) {
        to->numbers[to->read++ % 4] = value->valuedouble;
    }
}

static void copy_object(struct object *to, json *from)
{
    json *value, *item;
    memset(to, 0, sizeof *to);
    cJSON_ArrayForEach(value, from)
    {
        copy_value(to, value);
        if (cJSON_IsArray(value)) {
            cJSON_ArrayForEach(item, value) { copy_value(to, item); }
        }
    }
}

/* The things of an answer, and whether a page follows. */
static unsigned long read_answer(const struct buffer *from, int *more)
{
    unsigned long items = 0;
    cJSON *root = cJSON_ParseWithLength(from->data, from->length);
    json *list, *item;
    struct object object;
    must(root != NULL, "cJSON_Parse");
    *more = cJSON_GetObjectItemCaseSensitive(cJSON_GetObjectItemCaseSensitive(root, "links"), "pages") != NULL;
    list = cJSON_GetObjectItemCaseSensitive(root, "snapshots");
    if (list != NULL) {
        struct object *all = calloc((size_t)cJSON_GetArraySize(list), sizeof *all);
        cJSON_ArrayForEach(item, list) { copy_object(&all[items++], item); }
        for (unsigned long i = 0; i < items; i++) {
            free_object(&all[i]);
        }
        free(all);
    } else {
        item = cJSON_GetObjectItemCaseSensitive(root, "share");
        copy_object(&object, item != NULL ? item : cJSON_GetObjectItemCaseSensitive(root, "action"));
        items = object.count > 0;
        free_object(&object);
    }
    cJSON_Delete(root);
    return items;
}

#endif

static unsigned long call(void *client, void *given, const struct order *order)
{
    struct caller *caller = given;
    char url[512];
    unsigned long items = 0;
    int more = 1;
    for (int page = 1; more; page++) {
        long status = 0;
        int walks = is(order, "walk"), length = snprintf(url, sizeof url, "%s%s", (char *)client, order->path);
        if (walks) {
            snprintf(url + length, sizeof url - (size_t)length, "%d", page);
        }
        caller->received.length = 0;
        curl_easy_setopt(caller->curl, CURLOPT_URL, url);
        if (order->body[0] != '\0') {
            curl_easy_setopt(caller->curl, CURLOPT_POSTFIELDS, order->body);
        } else {
            curl_easy_setopt(caller->curl, CURLOPT_HTTPGET, 1L);
        }
        must(curl_easy_perform(caller->curl) == CURLE_OK, "curl_easy_perform");
        curl_easy_getinfo(caller->curl, CURLINFO_RESPONSE_CODE, &status);
        must(status == 200 || status == 201, "the request");
        items += read_answer(&caller->received, &more);
        more = more && walks;
    }
    return items;
}
