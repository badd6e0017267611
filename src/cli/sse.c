#include "cli/sse.h"

#include <stdio.h>
#include <string.h>

void sse_deinit(struct sse *sse)
{
    text_deinit(&sse->line);
    text_deinit(&sse->data);
}

static void clear(struct text *text)
{
    text->len = 0;
    if (text->data)
        text->data[0] = '\0';
}

/* An empty line ends the event; one without data is none. */
static enum err dispatch(struct sse *sse, client_event_fn on_event, void *arg)
{
    bool more = true;
    const struct client_event event = {.name = sse->name[0] ? sse->name : "message",
                                       .id = sse->id,
                                       .data = sse->data.data ? sse->data.data : ""};
    if (sse->has_data)
        more = on_event(arg, &event);
    sse->has_data = false;
    sse->name[0] = '\0';
    clear(&sse->data);
    return more ? ERR_OK : ERR_LIMIT;
}

static enum err add_data(struct sse *sse, const char *value)
{
    if (sse->data.len + strlen(value) > SSE_DATA_MAX)
        return ERR_RANGE;
    if (sse->has_data)
        text_add(&sse->data, "\n");
    text_add(&sse->data, value);
    sse->has_data = true;
    return sse->data.failed ? ERR_NOMEM : ERR_OK;
}

/* "field: value", "field:value", "field"; ":" at the start is a comment. */
static enum err take_line(struct sse *sse, client_event_fn on_event, void *arg)
{
    const char *line = sse->line.data ? sse->line.data : "";
    size_t field = strcspn(line, ":");
    const char *value = line + field + (line[field] == ':');
    if (*value == ' ')
        value++;
    if (!*line)
        return dispatch(sse, on_event, arg);
    if (field == 4 && strncmp(line, "data", 4) == 0)
        return add_data(sse, value);
    if (field == 5 && strncmp(line, "event", 5) == 0)
        snprintf(sse->name, sizeof(sse->name), "%s", value);
    if (field == 2 && strncmp(line, "id", 2) == 0)
        snprintf(sse->id, sizeof(sse->id), "%s", value);
    return ERR_OK;
}

/* How many bytes are of the present line, line end not counted. */
static size_t line_part(const char *bytes, size_t len)
{
    size_t n = 0;
    while (n < len && bytes[n] != '\n' && bytes[n] != '\r')
        n++;
    return n;
}

enum err sse_feed(struct sse *sse, const char *bytes, size_t len, client_event_fn on_event,
                  void *arg)
{
    enum err e = ERR_OK;
    while (len > 0 && e == ERR_OK) {
        if (sse->after_cr && *bytes == '\n') {
            bytes++;
            len--;
        }
        sse->after_cr = false;
        size_t part = line_part(bytes, len);
        if (sse->line.len + part > SSE_LINE_MAX)
            return ERR_RANGE;
        if (part > 0)
            text_addf(&sse->line, "%.*s", (int)part, bytes);
        if (sse->line.failed)
            return ERR_NOMEM;
        if (part == len)
            return ERR_OK;
        sse->after_cr = bytes[part] == '\r';
        e = take_line(sse, on_event, arg);
        clear(&sse->line);
        bytes += part + 1;
        len -= part + 1;
    }
    return e;
}
