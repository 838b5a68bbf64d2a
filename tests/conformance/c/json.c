/* Texts that grow, and JSON written into them. */

#include "agent.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void agent_add_bytes(agent_buffer *buffer, const char *bytes, size_t length)
{
    if (buffer->length + length + 1 > buffer->room) {
        buffer->room = 2 * (buffer->length + length) + 64;
        buffer->data = realloc(buffer->data, buffer->room);
        if (buffer->data == NULL) {
            abort();
        }
    }
    memcpy(buffer->data + buffer->length, bytes, length);
    buffer->length += length;
    buffer->data[buffer->length] = '\0';
}

void agent_add(agent_buffer *buffer, const char *text)
{
    agent_add_bytes(buffer, text, strlen(text));
}

void agent_add_format(agent_buffer *buffer, const char *format, ...)
{
    char text[128];
    va_list values;
    va_start(values, format);
    vsnprintf(text, sizeof text, format, values);
    va_end(values);
    agent_add(buffer, text);
}

/* The length of the UTF-8 sequence that a text begins with; 0 if it begins with none. */
static size_t sequence(const unsigned char *text)
{
    size_t length = *text < 0x80 ? 1 : *text < 0xc2 ? 0 : *text < 0xe0 ? 2 : *text < 0xf0 ? 3 : *text < 0xf5 ? 4 : 0;
    for (size_t i = 1; i < length; i++) {
        if ((text[i] & 0xc0) != 0x80) {
            return 0;
        }
    }
    return length;
}

void agent_add_string(agent_buffer *buffer, const char *text)
{
    if (text == NULL) {
        agent_add(buffer, "null");
        return;
    }
    agent_add(buffer, "\"");
    while (*text != '\0') {
        unsigned char byte = (unsigned char)*text;
        size_t length = sequence((const unsigned char *)text);
        if (length == 0) {
            /* The value of a header need not be UTF-8. */
            agent_add(buffer, "\\ufffd");
        } else if (byte == '"' || byte == '\\' || byte < 0x20) {
            agent_add_format(buffer, "\\u%04x", (unsigned)byte);
        } else {
            agent_add_bytes(buffer, text, length);
        }
        text += length == 0 ? 1 : length;
    }
    agent_add(buffer, "\"");
}

void agent_add_name(agent_buffer *buffer, const char *name)
{
    if (buffer->length > 0 && buffer->data[buffer->length - 1] != '{') {
        agent_add(buffer, ",");
    }
    agent_add_string(buffer, name);
    agent_add(buffer, ":");
}
