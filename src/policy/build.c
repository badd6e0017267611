#include "policy/build.h"

#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "policy/policy.h"

enum err node_builder_init(struct node_builder *b, struct part_list *parts, uint32_t serial,
                           struct policy_arena *arena, struct diag_list *diags)
{
    *b = (struct node_builder){.parts = parts, .arena = arena, .diags = diags};
    return rrset_maker_init(&b->maker, parts, serial);
}

void node_builder_deinit(struct node_builder *b)
{
    rrset_maker_deinit(&b->maker);
    free(b->rrsets);
    free(b->answers);
    free(b->edits);
    *b = (struct node_builder){0};
}

/* Copies an answer behind the others, at an even offset. */
static enum err keep_answer(struct node_builder *b, const struct dns_answer *answer, uint32_t *at)
{
    size_t size = dns_answer_size(answer);
    size_t start = b->answers_len + (b->answers_len & 1);
    if (start + size > b->answers_capacity) {
        size_t larger = 2 * (start + size);
        uint8_t *moved = realloc(b->answers, larger);
        if (!moved)
            return ERR_NOMEM;
        b->answers = moved;
        b->answers_capacity = larger;
    }
    if (start > b->answers_len)
        b->answers[b->answers_len] = 0;
    memcpy(b->answers + start, answer, size);
    b->answers_len = start + size;
    *at = (uint32_t)start;
    return ERR_OK;
}

static enum err keep_rrset(struct node_builder *b, const struct policy_rrset *rrset)
{
    if (b->rrset_count == b->rrset_capacity) {
        size_t larger = b->rrset_capacity ? b->rrset_capacity * 2 : 8;
        struct policy_rrset *moved = reallocarray(b->rrsets, larger, sizeof(*moved));
        if (!moved)
            return ERR_NOMEM;
        b->rrsets = moved;
        b->rrset_capacity = larger;
    }
    b->rrsets[b->rrset_count++] = *rrset;
    return ERR_OK;
}

static void describe(const struct part_list *parts, const struct part *part,
                     struct policy_rrset *rrset)
{
    *rrset = (struct policy_rrset){.type = part->type,
                                   .verdict = POLICY_OVERRIDE,
                                   .order = DNS_ORDER_FIXED,
                                   .service = (part->wildcard ? part->service : -1),
                                   .file = part->file & (POLICY_RRSET_FILES_MAX - 1),
                                   .line = part_place(parts, part).line};
    if (part->source != PART_DOMAIN)
        return;
    const struct policy_domain *domain = &parts->model->domains[part->index];
    rrset->order = domain->order & 3;
    if (part_kind(domain, (enum policy_service)part->service) == POLICY_SET_EDITS)
        rrset->verdict = POLICY_AMEND;
    else if (domain->mode == POLICY_MODE_SYNTHESIZE)
        rrset->verdict = POLICY_SYNTHESIZE;
}

/* RDATA of a CNAME that is no name leads nowhere, and is answered as it is. */
static bool is_alias(const struct item *item)
{
    struct dns_name alias;
    struct reader r;
    reader_init(&r, item->rdata, item->rdlen);
    return dns_name_read(&alias, &r) == ERR_OK && alias.len == item->rdlen;
}

static enum err report_too_large(struct node_builder *b, const struct part *part,
                                 const struct dns_name *owner)
{
    char type[16], name[DNS_NAME_TEXT_MAX];
    if (part->scope != PART_OWN)
        return ERR_OK; /* said where the policy for all is compiled */
    struct place place = part_place(b->parts, part);
    diag_add(b->diags, DIAG_ERROR, "too-large", &place, NULL,
             "the %s records of %s do not fit a DNS message of 64 KiB",
             dns_type_to_text(part->type, type), dns_name_to_text(owner, name));
    return ERR_OK;
}

/* A set that amends has no answer, but edits; and it makes no name exist. */
static enum err build_edits(struct node_builder *b, const struct part *part,
                            const struct dns_name *owner, struct policy_rrset *rrset)
{
    const struct policy_set *set = &b->parts->model->domains[part->index].sets[part->service];
    size_t count = b->edit_count + set->edit_count;
    if (set->edit_count > UINT16_MAX)
        return report_too_large(b, part, owner);
    if (count > b->edit_capacity) {
        struct policy_edit *moved = reallocarray(b->edits, 2 * count, sizeof(*moved));
        if (!moved)
            return ERR_NOMEM;
        b->edits = moved;
        b->edit_capacity = 2 * count;
    }
    if (set->edit_count > 0)
        memcpy(b->edits + b->edit_count, set->edits, set->edit_count * sizeof(*set->edits));
    rrset->answer = (uint32_t)b->edit_count;
    rrset->edit_count = (uint16_t)set->edit_count;
    b->edit_count = count;
    return keep_rrset(b, rrset);
}

static enum err build_rrset(struct node_builder *b, size_t first, size_t end,
                            const struct dns_name *owner)
{
    const struct part *part = &b->parts->items[first];
    const struct dns_answer *answer;
    struct policy_rrset rrset;
    describe(b->parts, part, &rrset);
    if (rrset.verdict == POLICY_AMEND)
        return build_edits(b, part, owner, &rrset);
    enum err e = rrset_make(&b->maker, first, end, owner, &answer);
    if (e == ERR_RANGE)
        return report_too_large(b, part, owner);
    if (e != ERR_OK)
        return e;
    rrset.data = b->maker.set.count > 0;
    if (part->type == DNS_TYPE_CNAME && is_alias(&b->maker.set.items[0]))
        b->flags |= POLICY_NODE_ALIAS;
    e = keep_answer(b, answer, &rrset.answer);
    return e == ERR_OK ? keep_rrset(b, &rrset) : e;
}

static uint8_t part_flags(const struct part *part)
{
    if (!part->wildcard)
        return 0;
    if (part->source == PART_DOMAIN)
        return POLICY_NODE_WILDCARD | POLICY_NODE_DOMAIN;
    return POLICY_NODE_WILDCARD | POLICY_NODE_RECORDS;
}

enum err node_build(struct node_builder *b, size_t first, size_t end, uint32_t *out)
{
    struct dns_name name, scratch;
    struct part_name view = part_owner(b->parts, &b->parts->items[first], &scratch);
    enum err e = ERR_OK;

    memcpy(name.wire, view.wire, view.len);
    name.len = (uint8_t)view.len;
    b->rrset_count = 0;
    b->answers_len = 0;
    b->edit_count = 0;
    b->flags = 0;
    for (size_t at = first; at < end && e == ERR_OK;) {
        size_t next = part_rrset_end(b->parts, at, end);
        b->flags |= part_flags(&b->parts->items[at]);
        if (!b->parts->items[at].upstream)
            e = build_rrset(b, at, next, &name);
        at = next;
    }
    if (e != ERR_OK)
        return e;
    struct policy_node_draft draft = {.name = name.wire,
                                      .name_len = name.len,
                                      .flags = b->flags,
                                      .rrsets = b->rrsets,
                                      .rrset_count = b->rrset_count,
                                      .answers = b->answers,
                                      .answers_len = b->answers_len,
                                      .edits = b->edits,
                                      .edit_count = b->edit_count};
    *out = policy_node_new(b->arena, &draft);
    return *out ? ERR_OK : ERR_NOMEM;
}
