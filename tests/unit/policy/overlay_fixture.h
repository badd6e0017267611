/* Overlays from changes in a few words, and what they make of answers in one line. */
#ifndef SHUNT_TESTS_OVERLAY_FIXTURE_H
#define SHUNT_TESTS_OVERLAY_FIXTURE_H

#include "unit/policy/answer_fixture.h"

#include <stdio.h>

#include "policy/overlay.h"

#define LAB "_xmpp-client._tcp.lab.example."

static const struct hash_key key = {UINT64_C(0x0123456789abcdef), UINT64_C(0xfedcba9876543210)};

/* Changes with targets as text. Whatever the case does not say is as in a change of everything. */
struct change {
    const char *target, *domain;
    const char *service; /* NULL = every one */
    struct policy_edit edit;
    enum overlay_address address;
    const char *addresses; /* parted by blanks */
    uint32_t ttl;
    struct overlay_uses *uses;
};

static inline void fill_addresses(struct overlay_change *out, const char *addresses)
{
    char copy[256], *rest = NULL;
    strcpy(copy, addresses);
    for (char *word = strtok_r(copy, " ", &rest); word; word = strtok_r(NULL, " ", &rest))
        assert_int_equal(addr_parse(&out->addresses[out->address_count++], word, 0), ERR_OK);
}

static inline void fill_change(struct overlay_change *out, const struct change *in)
{
    *out = (struct overlay_change){
        .edit = in->edit, .service = -1, .address = in->address, .ttl = in->ttl, .uses = in->uses};
    out->edit.any_target = strcmp(in->target, "*") == 0;
    out->edit.target = name_of(in->target);
    if (in->domain)
        out->domain = name_of(in->domain);
    for (int i = 0; in->service && i < POLICY_SERVICES; i++)
        if (strcmp(in->service, policy_service_name((enum policy_service)i)) == 0)
            out->service = i;
    if (in->addresses)
        fill_addresses(out, in->addresses);
}

#define CHANGES_MAX 3

/* Up to the first change without a target; they are numbered from 1. */
static inline struct overlay *make_overlay(const struct change changes[CHANGES_MAX])
{
    struct overlay_change list[CHANGES_MAX];
    size_t count = 0;
    for (; count < CHANGES_MAX && changes[count].target; count++) {
        fill_change(&list[count], &changes[count]);
        list[count].id = (uint32_t)count + 1;
    }
    struct overlay *overlay = overlay_new(list, count, &key);
    assert_non_null(overlay);
    return overlay;
}

/* What an SRV answer becomes: "RESULT #CHANGE ANSWER"; "0" when it stays. */
static inline const char *say_srv(const struct overlay *overlay, const struct given *given,
                                  uint32_t age, struct text *said)
{
    struct dns_name question = name_of(given->question);
    const struct dns_answer *answer = make_answer(given);
    struct dns_builder b;
    uint32_t id = 0;
    dns_builder_init(&b, made_buffer, sizeof(made_buffer), &question);
    int result = overlay_edit_answer(overlay, answer, &question, age, &b, &id);
    text_deinit(said);
    *said = (struct text){0};
    text_addf(said, "%d", result);
    if (result == 0)
        return said->data;
    answer = dns_builder_finish(&b, 0);
    assert_non_null(answer);
    text_addf(said, " #%u ", id);
    add_answer(said, answer, &question);
    return said->data;
}

/* What a question for addresses gets: "RCODE #CHANGE ANSWER", or "-1". */
static inline const char *say_address(const struct overlay *overlay, const char *text,
                                      uint16_t type, struct text *said)
{
    struct dns_name name = name_of(text);
    struct dns_builder b;
    char rcode[16];
    uint32_t id = 0;
    text_deinit(said);
    *said = (struct text){0};
    dns_builder_init(&b, made_buffer, sizeof(made_buffer), &name);
    uint64_t hash = hash_bytes(&key, name.wire, name.len);
    int flags = overlay_address_answer(overlay, &name, hash, type, &b, &id);
    if (flags < 0) {
        text_addf(said, "%d", flags);
        return said->data;
    }
    assert_int_equal(flags & ~DNS_RCODE_MASK, DNS_FLAG_AA);
    const struct dns_answer *answer = dns_builder_finish(&b, (uint16_t)flags);
    assert_non_null(answer);
    text_addf(said, "%s #%u ", dns_rcode_to_text(dns_answer_rcode(answer), rcode), id);
    add_answer(said, answer, &name);
    return said->data;
}

#define PRIORITY(n)                                                                                \
    {                                                                                              \
        .fields = POLICY_EDIT_PRIORITY, .priority = n                                              \
    }

/* One target, and two with addresses. */
#define SINGLE(owner)                                                                              \
    {                                                                                              \
        .question = owner, .answer = owner " 60 SRV 10 5 5222 one.example.\n"                      \
    }
#define PAIR                                                                                       \
    {                                                                                              \
        .question = LAB,                                                                           \
        .answer = LAB " 60 SRV 10 5 5222 one.example.\n" LAB " 60 SRV 20 5 5222 two.example.\n",   \
        .additional = "one.example. 60 A 10.5.0.1\none.example. 60 AAAA fd00::1\n"                 \
                      "two.example. 60 A 10.5.0.2\n",                                              \
    }

#endif
