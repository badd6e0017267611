/* Events for tests: what a worker would tell of a query. */
#ifndef SHUNT_TESTS_EVENT_HELP_H
#define SHUNT_TESTS_EVENT_HELP_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/bytes.h"
#include "control/event_record.h"
#include "dns/message.h"
#include "policy/model.h"
#include "resolve/resolve.h"

/* An event, and what it points to. */
struct told {
    struct resolve_event event;
    struct addr client;
    struct dns_name name;
    uint8_t reply[EVENT_REPLY_MAX];
};

/* Puts a message with no records but a question into the event. */
static inline void event_question(struct told *told, struct writer *w)
{
    writer_init(w, told->reply, sizeof(told->reply));
    writer_u16(w, 0x1234);
    writer_u16(w, DNS_FLAG_QR);
    writer_u16(w, 1);
    for (int i = 0; i < 3; i++)
        writer_u16(w, 0);
    writer_bytes(w, told->name.wire, told->name.len);
    writer_u16(w, told->event.type);
    writer_u16(w, DNS_CLASS_IN);
    told->event.reply_len = (uint16_t)writer_len(w);
}

/* Adds a record to the answer section, owned by the question's name. */
static inline void event_record(struct told *told, struct writer *w, uint16_t type,
                                const void *rdata, size_t len)
{
    writer_u16(w, 0xc00c);
    writer_u16(w, type);
    writer_u16(w, DNS_CLASS_IN);
    writer_u32(w, 5);
    writer_u16(w, (uint16_t)len);
    writer_bytes(w, rdata, len);
    assert_false(w->failed);
    bytes_put16(told->reply + 6, (uint16_t)(bytes_get16(told->reply + 6) + 1));
    told->event.reply_len = (uint16_t)writer_len(w);
}

static inline void event_srv(struct told *told, struct writer *w, uint16_t priority, uint16_t port,
                             const char *target)
{
    uint8_t rdata[6 + DNS_NAME_MAX];
    struct dns_name name;
    assert_int_equal(dns_name_from_text(&name, target), ERR_OK);
    bytes_put16(rdata, priority);
    bytes_put16(rdata + 2, 5);
    bytes_put16(rdata + 4, port);
    memcpy(rdata + 6, name.wire, name.len);
    event_record(told, w, DNS_TYPE_SRV, rdata, 6u + name.len);
}

/* A lookup of `name` by `client`, answered by the policy with two targets when it is for SRV. */
static inline void event_make(struct told *told, const char *client, const char *name,
                              uint16_t type, int service, uint64_t now)
{
    struct writer w;
    *told = (struct told){.event = {.now = now,
                                    .duration_ms = 1,
                                    .source = RESOLVE_FROM_POLICY,
                                    .service = (int8_t)service,
                                    .type = type,
                                    .rule_line = 12,
                                    .rule_file = "lab.yaml",
                                    .client = &told->client,
                                    .name = &told->name,
                                    .reply = told->reply}};
    assert_int_equal(addr_parse(&told->client, client, 4711), ERR_OK);
    assert_int_equal(dns_name_from_text(&told->name, name), ERR_OK);
    event_question(told, &w);
    if (type == DNS_TYPE_SRV) {
        event_srv(told, &w, 10, 5222, "xmpp1.lab.example.");
        event_srv(told, &w, 20, 5222, "xmpp2.lab.example.");
    }
}

#define CLIENT_NAME "_xmpp-client._tcp.lab.example."

/* The usual one. */
static inline void event_usual(struct told *told, uint64_t now)
{
    event_make(told, "10.5.0.20", CLIENT_NAME, DNS_TYPE_SRV, POLICY_XMPP_CLIENT, now);
}

static inline const char *event_field(const json_t *event, const char *key)
{
    const char *text = json_string_value(json_object_get(event, key));
    return text ? text : "(null)";
}

#endif
