#include "control/event_record.h"

#include <string.h>

/* NULL goes with a length of 0. */
static uint8_t *put(uint8_t *at, const void *bytes, size_t len)
{
    if (bytes)
        memcpy(at, bytes, len);
    return at + len;
}

/* Copies of known sizes need no call. */
static uint8_t *put_client(uint8_t *at, const struct addr *client, uint8_t *len)
{
    *len = 0;
    if (client && client->sa.sa_family == AF_INET)
        memcpy(at, &client->v4.sin_addr, *len = sizeof(client->v4.sin_addr));
    else if (client && client->sa.sa_family == AF_INET6)
        memcpy(at, &client->v6.sin6_addr, *len = sizeof(client->v6.sin6_addr));
    return at + *len;
}

/* Of a text that is too long the end, which says more of a path. */
static const char *file_of(const struct resolve_event *event, size_t *len)
{
    *len = event->rule_file ? strlen(event->rule_file) : 0;
    if (*len <= EVENT_FILE_MAX)
        return event->rule_file;
    const char *end = event->rule_file + *len;
    *len = EVENT_FILE_MAX;
    return end - EVENT_FILE_MAX;
}

void event_record_write(const struct resolve_event *event, struct event_head *out)
{
    size_t file_len;
    const char *file = file_of(event, &file_len);
    out->now = event->now;
    out->duration_ms = event->duration_ms;
    out->rule_line = event->rule_line;
    out->change_id = event->change_id;
    out->type = event->type;
    out->rcode = event->rcode;
    out->view = event->view;
    out->kept = event->reply_len < EVENT_REPLY_MAX ? event->reply_len : EVENT_REPLY_MAX;
    out->name_len = event->name ? event->name->len : 0;
    out->fault_len = event->fault ? (uint8_t)strnlen(event->fault, EVENT_FAULT_MAX) : 0;
    out->file_len = (uint8_t)file_len;
    out->source = event->source;
    out->flags = event->flags;
    out->service = event->service;
    uint8_t *at = (uint8_t *)(out + 1);
    at = put_client(at, event->client, &out->client_len);
    at = put(at, event->name ? event->name->wire : NULL, out->name_len);
    at = put(at, event->fault, out->fault_len);
    at = put(at, file, out->file_len);
    at = put(at, event->reply, out->kept);
    out->size = (uint16_t)(at - (uint8_t *)out);
}

void event_record_read(struct event_view *out, const struct event_head *record)
{
    out->head = *record;
    const uint8_t *at = (const uint8_t *)(record + 1);
    out->client = (struct addr){0};
    if (out->head.client_len > 0)
        addr_from_bytes(&out->client, at, out->head.client_len, 0);
    at += out->head.client_len;
    out->name.len = out->head.name_len;
    memcpy(out->name.wire, at, out->head.name_len);
    at += out->head.name_len;
    out->fault = (const char *)at;
    at += out->head.fault_len;
    out->file = (const char *)at;
    at += out->head.file_len;
    out->reply = at;
}
