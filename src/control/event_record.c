#include "control/event_record.h"

#include <string.h>

static uint8_t *put(uint8_t *at, const void *bytes, size_t len)
{
    if (len > 0)
        memcpy(at, bytes, len);
    return at + len;
}

size_t event_record_write(const struct resolve_event *event, uint8_t *out)
{
    size_t client_len;
    const uint8_t *client = addr_bytes(&event->client, &client_len);
    const char *file = event->rule_file ? event->rule_file : "";
    size_t file_len = strlen(file);
    if (file_len > EVENT_FILE_MAX) {
        file += file_len - EVENT_FILE_MAX;
        file_len = EVENT_FILE_MAX;
    }
    size_t kept = event->kept <= RESOLVE_EVENT_REPLY_MAX ? event->kept : RESOLVE_EVENT_REPLY_MAX;
    struct event_head head = {
        .now = event->now,
        .duration_ms = event->duration_ms,
        .rule_line = event->rule_line,
        .change_id = event->change_id,
        .type = event->type,
        .rcode = event->rcode,
        .view = event->view,
        .reply_len = event->reply_len,
        .kept = (uint16_t)kept,
        .client_len = (uint8_t)client_len,
        .name_len = event->name.len,
        .fault_len = (uint8_t)strnlen(event->fault, sizeof(event->fault)),
        .file_len = (uint8_t)file_len,
        .source = event->source,
        .flags = event->flags,
        .service = event->service,
    };
    uint8_t *at = out + sizeof(head);
    at = put(at, client, head.client_len);
    at = put(at, event->name.wire, head.name_len);
    at = put(at, event->fault, head.fault_len);
    at = put(at, file, head.file_len);
    at = put(at, event->reply, head.kept);
    head.size = (uint16_t)(at - out);
    memcpy(out, &head, sizeof(head));
    return head.size;
}

void event_record_read(struct event_view *out, const uint8_t *record)
{
    memcpy(&out->head, record, sizeof(out->head));
    const uint8_t *at = record + sizeof(out->head);
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
