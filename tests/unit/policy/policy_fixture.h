/* A small lab for the tests of src/policy: models written in a few lines, and what the compiled
 * policy says to a question as one line of text. */
#ifndef SHUNT_TESTS_POLICY_FIXTURE_H
#define SHUNT_TESTS_POLICY_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "policy/policy.h"
#include "policy/rdata_text.h"
#include "policy/zone.h"

struct lab {
    struct policy_model model;
    struct diag_list diags;
    struct hash_key key;
    struct policy *policy;
    struct text said; /* by lab_ask, lab_dump and lab_findings */
};

static inline void lab_init(struct lab *lab)
{
    *lab = (struct lab){.key = {UINT64_C(0x0123456789abcdef), UINT64_C(0xfedcba9876543210)}};
}

static inline void lab_deinit(struct lab *lab)
{
    policy_free(lab->policy);
    policy_model_deinit(&lab->model);
    diag_list_deinit(&lab->diags);
    text_deinit(&lab->said);
}

static inline struct place lab_place(struct lab *lab, unsigned line)
{
    return (struct place){policy_model_file(&lab->model, "lab.yaml"), line, 3};
}

static inline struct dns_name lab_name(const char *text)
{
    struct dns_name name;
    assert_int_equal(dns_name_from_text(&name, text), ERR_OK);
    dns_name_lower(&name);
    return name;
}

static inline struct policy_name lab_model_name(struct lab *lab, const char *text)
{
    struct dns_name name = lab_name(text);
    struct policy_name out;
    assert_int_equal(policy_model_name(&lab->model, &out, &name), ERR_OK);
    return out;
}

/* A domain that overrides, with a TTL of 5 s; "*." before its name makes it a wildcard. */
static inline struct policy_domain *lab_domain(struct lab *lab, unsigned line, const char *name)
{
    struct policy_domain *domain = policy_model_add_domain(&lab->model);
    assert_non_null(domain);
    domain->wildcard = strncmp(name, "*.", 2) == 0;
    domain->name = lab_model_name(lab, domain->wildcard ? name + 2 : name);
    domain->ttl = 5;
    domain->place = lab_place(lab, line);
    return domain;
}

static inline struct policy_set *lab_set(struct lab *lab, struct policy_domain *domain,
                                         unsigned line, enum policy_service service,
                                         enum policy_set_kind kind)
{
    struct policy_set *set = &domain->sets[service];
    struct place place = lab_place(lab, line);
    set->listed = true;
    set->kind = kind;
    set->place = (struct spot){place.line, place.column};
    return set;
}

/* Adds a target, and lists the service. */
static inline void lab_target(struct lab *lab, struct policy_domain *domain, unsigned line,
                              enum policy_service service, uint16_t priority, const char *name)
{
    struct policy_set *set = lab_set(lab, domain, line, service, POLICY_SET_TARGETS);
    struct policy_target *target = policy_set_add_target(&lab->model, set);
    assert_non_null(target);
    target->name = lab_model_name(lab, name);
    target->priority = priority;
    target->weight = 5;
    target->port = policy_service_port(service);
    target->place = set->place;
}

static inline void lab_component(struct policy_domain *domain, const char *name)
{
    struct dns_name component = lab_name(name);
    assert_int_equal(policy_domain_add_component(domain, &component), ERR_OK);
}

/* A host; `addresses` parted by blanks. */
static inline void lab_host(struct lab *lab, unsigned line, const char *name, uint32_t ttl,
                            const char *addresses)
{
    char copy[256], *rest = NULL;
    struct policy_host *host = policy_model_add_host(&lab->model);
    assert_non_null(host);
    host->name = lab_name(name);
    host->ttl = ttl;
    host->place = lab_place(lab, line);
    snprintf(copy, sizeof(copy), "%s", addresses);
    for (char *word = strtok_r(copy, " ", &rest); word; word = strtok_r(NULL, " ", &rest)) {
        struct addr address;
        assert_int_equal(addr_parse(&address, word, 0), ERR_OK);
        assert_int_equal(policy_host_add_address(host, &address), ERR_OK);
    }
}

/* Zone-file lines, the first of which is at `line`. */
static inline void lab_records(struct lab *lab, unsigned line, const char *text)
{
    struct place place = lab_place(lab, line);
    enum err e = policy_zone_read(&lab->model, text, strlen(text), &place, 3600, &lab->diags);
    assert_int_equal(e, ERR_OK);
    assert_int_equal(lab->diags.count, 0);
}

/* Adds a change to what upstream says of a target, "*" for all, and lists the service. */
static inline struct policy_edit *lab_edit(struct lab *lab, struct policy_domain *domain,
                                           unsigned line, enum policy_service service,
                                           const char *target, unsigned fields)
{
    struct policy_set *set = lab_set(lab, domain, line, service, POLICY_SET_EDITS);
    struct policy_edit *edit = policy_set_add_edit(set);
    assert_non_null(edit);
    domain->mode = POLICY_MODE_AMEND;
    edit->any_target = strcmp(target, "*") == 0;
    edit->target = lab_name(edit->any_target ? "." : target);
    edit->fields = fields;
    return edit;
}

/* What was compiled before is forgotten. */
static inline bool lab_compile_view(struct lab *lab, const char *view)
{
    policy_free(lab->policy);
    lab->policy = policy_compile(&lab->model, &lab->key, 7, view, &lab->diags);
    return lab->policy != NULL;
}

static inline bool lab_compile(struct lab *lab)
{
    return lab_compile_view(lab, NULL);
}

static inline void lab_forget(struct lab *lab)
{
    text_deinit(&lab->said);
    lab->said = (struct text){0};
}

static inline void lab_add_answer(struct text *out, const struct dns_answer *answer,
                                  const struct dns_name *name)
{
    static const char *const marks[] = {" | ", " | auth ", " | add "};
    char owner[DNS_NAME_TEXT_MAX], rcode[16];
    struct dns_answer_walk walk;
    struct dns_rr rr;
    text_addf(out, " %s", dns_rcode_to_text(dns_answer_rcode(answer), rcode));
    assert_int_equal(answer->flags & ~DNS_RCODE_MASK, DNS_FLAG_AA);
    assert_int_equal(answer->ede, DNS_EDE_NONE);
    dns_answer_walk_init(&walk, answer, name);
    while (dns_answer_walk_next(&walk, &rr)) {
        assert_int_equal(rr.class, DNS_CLASS_IN);
        text_addf(out, "%s%s %u ", marks[rr.section], dns_name_to_text(&rr.owner, owner), rr.ttl);
        assert_int_equal(rdata_text_add(out, &rr), ERR_OK);
    }
    assert_int_equal(walk.index, dns_answer_records(answer));
}

/* What the policy says, as "override lab.yaml:12 NOERROR | OWNER TTL TYPE RDATA | add …". */
static inline const char *lab_ask(struct lab *lab, const char *text, uint16_t type,
                                  struct policy_match *match)
{
    static const char *const verdicts[] = {"upstream", "override", "synthesize", "alias", "amend"};
    char target[DNS_NAME_TEXT_MAX];
    struct dns_name name = lab_name(text);
    lab_forget(lab);
    policy_find(lab->policy, &name, hash_bytes(&lab->key, name.wire, name.len), type, match);
    text_add(&lab->said, verdicts[match->verdict]);
    if (match->verdict == POLICY_NOT_OURS) {
        assert_null(match->answer);
        return lab->said.data;
    }
    text_addf(&lab->said, " %s:%u", match->rule_file, match->rule_line);
    if (match->verdict == POLICY_AMEND) {
        assert_null(match->answer);
        for (size_t i = 0; i < match->edit_count; i++)
            text_addf(&lab->said, " | %s %u",
                      match->edits[i].any_target
                          ? "*"
                          : dns_name_to_text(&match->edits[i].target, target),
                      match->edits[i].priority);
        return lab->said.data;
    }
    assert_null(match->edits);
    if (match->verdict == POLICY_ALIAS) {
        struct dns_name alias;
        policy_match_alias(match, &alias);
        text_addf(&lab->said, " to %s", dns_name_to_text(&alias, target));
    }
    lab_add_answer(&lab->said, match->answer, &name);
    return lab->said.data;
}

static inline bool lab_exists(struct lab *lab, const char *text)
{
    struct dns_name name = lab_name(text);
    return policy_name_exists(lab->policy, &name, hash_bytes(&lab->key, name.wire, name.len));
}

static inline const char *lab_dump(struct lab *lab)
{
    lab_forget(lab);
    assert_int_equal(policy_dump(lab->policy, &lab->said), ERR_OK);
    return lab->said.data ? lab->said.data : "";
}

static inline const char *lab_findings(struct lab *lab)
{
    lab_forget(lab);
    diag_list_print(&lab->diags, &lab->said);
    return lab->said.data ? lab->said.data : "";
}

/* A question and what is expected to be said to it. */
struct lab_case {
    const char *name;
    uint16_t type;
    const char *said;
};

static inline void lab_check(struct lab *lab, const struct lab_case *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct policy_match match;
        assert_string_equal(lab_ask(lab, cases[i].name, cases[i].type, &match), cases[i].said);
    }
}
#define LAB_CHECK(lab, cases) lab_check(lab, cases, sizeof(cases) / sizeof((cases)[0]))

#endif
