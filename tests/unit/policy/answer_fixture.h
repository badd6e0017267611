/* Prepared answers from zone-file lines, and back to one line of text: for the tests of what
 * changes answers. */
#ifndef SHUNT_TESTS_ANSWER_FIXTURE_H
#define SHUNT_TESTS_ANSWER_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "dns/answer.h"
#include "policy/rdata_text.h"
#include "policy/zone.h"

/* Two answers, since one is made of the other; too large for the stack. */
static uint16_t given_buffer[(DNS_ANSWER_MAX + 1) / 2];
static uint16_t made_buffer[(DNS_ANSWER_MAX + 1) / 2];

static inline struct dns_name name_of(const char *text)
{
    struct dns_name name;
    assert_int_equal(dns_name_from_text(&name, text), ERR_OK);
    return name;
}

/* Zone-file lines of each section. With `wildcard` it is made for a name that is not known yet, and
 * the records of the question's name are those of "*.". */
struct given {
    const char *question;
    const char *answer, *authority, *additional; /* NULL = none */
    bool wildcard;
    bool loud; /* owners in capitals, but for what they have in common with the question */
};

static inline void raise_name(struct dns_name *name)
{
    for (size_t i = 0; i < name->len; i++)
        if (name->wire[i] >= 'a' && name->wire[i] <= 'z')
            name->wire[i] -= 'a' - 'A';
}

static inline void add_lines(struct dns_builder *b, const struct given *given,
                             enum dns_section section, const char *lines)
{
    struct policy_model model = {0};
    struct diag_list diags = {0};
    struct place place = {"given", 1, 1};
    assert_int_equal(policy_zone_read(&model, lines, strlen(lines), &place, 3600, &diags), ERR_OK);
    assert_int_equal(diags.count, 0);
    for (size_t i = 0; i < model.record_count; i++) {
        const struct policy_record *record = &model.records[i];
        struct dns_rr rr = {.type = record->type,
                            .class = record->class,
                            .ttl = record->ttl,
                            .rdata = policy_record_rdata(record),
                            .rdlen = record->rdlen,
                            .section = section};
        policy_record_owner(record, &rr.owner);
        if (given->loud)
            raise_name(&rr.owner);
        dns_builder_add(b, &rr);
    }
    policy_model_deinit(&model);
    diag_list_deinit(&diags);
}

static inline const struct dns_answer *make_answer(const struct given *given)
{
    static struct dns_name question;
    struct dns_builder b;
    question = name_of(given->wildcard ? "*" : given->question);
    dns_builder_init(&b, given_buffer, sizeof(given_buffer), &question);
    if (given->wildcard)
        dns_builder_set_wildcard(&b);
    if (given->answer)
        add_lines(&b, given, DNS_ANSWER, given->answer);
    if (given->authority)
        add_lines(&b, given, DNS_AUTHORITY, given->authority);
    if (given->additional)
        add_lines(&b, given, DNS_ADDITIONAL, given->additional);
    const struct dns_answer *answer = dns_builder_finish(&b, 0);
    assert_non_null(answer);
    return answer;
}

/* The text below says nothing of bytes behind the last field. */
static inline void check_rdata(const struct dns_rr *rr)
{
    uint8_t copy[1024];
    struct writer w;
    writer_init(&w, copy, sizeof(copy));
    assert_int_equal(dns_rdata_expand(rr, rr->rdata, rr->rdlen, &w), ERR_OK);
    assert_int_equal(writer_len(&w), rr->rdlen);
}

/* "OWNER TTL TYPE RDATA", parted by " | ", " | auth " and " | add ". */
static inline void add_answer(struct text *out, const struct dns_answer *answer,
                              const struct dns_name *question)
{
    static const char *const marks[] = {"", "auth ", "add "};
    char owner[DNS_NAME_TEXT_MAX];
    struct dns_answer_walk walk;
    struct dns_rr rr;
    dns_answer_walk_init(&walk, answer, question);
    while (dns_answer_walk_next(&walk, &rr)) {
        assert_int_equal(rr.class, DNS_CLASS_IN);
        check_rdata(&rr);
        text_addf(out, "%s%s%s %u ", walk.index > 1 ? " | " : "", marks[rr.section],
                  dns_name_to_text(&rr.owner, owner), rr.ttl);
        assert_int_equal(rdata_text_add(out, &rr), ERR_OK);
    }
    assert_int_equal(walk.index, dns_answer_records(answer));
}

#endif
