/* Objects told field by field, as their getters give them. */

#include "agent.h"

#include <ctype.h>
#include <string.h>

void agent_add_text(agent_buffer *to, const char *text, size_t length)
{
    agent_add(to, "\"");
    for (size_t i = 0; i < length; i++) {
        unsigned char byte = (unsigned char)text[i];
        if (byte == '"' || byte == '\\' || byte < 0x20) {
            agent_add_format(to, "\\u%04x", byte);
        } else {
            agent_add_bytes(to, text + i, 1);
        }
    }
    agent_add(to, "\"");
}

/* Whether a text is a time that fits in 64 bits of nanoseconds beyond doubt. */
static bool is_plain(const char *text)
{
    const char *shape = "dddd-dd-ddTdd:dd:dd";
    size_t i = 0;
    for (; shape[i] != '\0'; i++) {
        if (shape[i] == 'd' ? !isdigit((unsigned char)text[i]) : text[i] != shape[i]) {
            return false;
        }
    }
    return text[i] == 'Z' && strncmp(text, "1700", 4) > 0 && strncmp(text, "2200", 4) < 0;
}

void agent_add_instant(agent_buffer *to, const char *text, bool known)
{
    if (!known && is_plain(text)) {
        agent_add(to, "\"a time that has no number\"");
    } else {
        agent_add_string(to, text);
    }
}

void agent_add_constant(agent_buffer *to, const char *text, int32_t value, const agent_constant *listed)
{
    int32_t expected = 0;
    for (; listed->text != NULL; listed++) {
        if (strcmp(listed->text, text) == 0) {
            expected = listed->value;
        }
    }
    if (value == expected) {
        agent_add_string(to, text);
    } else {
        agent_add_format(to, "\"the number %d for a text whose number is %d\"", (int)value, (int)expected);
    }
}
