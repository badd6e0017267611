#include <stdlib.h>
#include <string.h>

#include "policy/rdata_text.h"
#include "policy/service.h"
#include "policy/table.h"

#define LABELS_MAX 128

/* One record set in force. */
struct entry {
    const struct policy_node *node;
    const struct policy_rrset *rrset;
};

struct entry_list {
    struct entry *items;
    size_t count, capacity;
};

/* The owner as it is written: a wildcard begins with "*", a service of a wildcard domain has its
 * two labels before that. A name that is too long with them matches nothing, and stays without. */
static void owner_name(const struct entry *entry, struct dns_name *out)
{
    static const struct dns_name star = {3, "\001*"};
    out->len = entry->node->name_len;
    memcpy(out->wire, policy_node_name(entry->node), out->len);
    if (!(entry->node->flags & POLICY_NODE_WILDCARD))
        return;
    if (dns_name_join(out, &star, out) != ERR_OK)
        return;
    if (entry->rrset->service >= 0)
        policy_service_owner(out, (enum policy_service)entry->rrset->service, out);
}

static unsigned label_starts(const struct dns_name *name, uint8_t starts[LABELS_MAX])
{
    unsigned count = 0;
    for (unsigned at = 0; name->wire[at] != 0; at += 1u + name->wire[at])
        starts[count++] = (uint8_t)at;
    return count;
}

static int compare_labels(const uint8_t *a, const uint8_t *b)
{
    int order = memcmp(a + 1, b + 1, *a < *b ? *a : *b);
    return order != 0 ? order : *a - *b;
}

/* Canonical order: by label, the last one first (RFC 4034 §6.1). */
static int compare_names(const struct dns_name *a, const struct dns_name *b)
{
    uint8_t starts_a[LABELS_MAX], starts_b[LABELS_MAX];
    unsigned left_a = label_starts(a, starts_a), left_b = label_starts(b, starts_b);
    while (left_a > 0 && left_b > 0) {
        int order = compare_labels(a->wire + starts_a[--left_a], b->wire + starts_b[--left_b]);
        if (order != 0)
            return order;
    }
    return (left_a > left_b) - (left_a < left_b);
}

static int compare_entries(const void *left, const void *right)
{
    const struct entry *a = left, *b = right;
    struct dns_name name_a, name_b;
    owner_name(a, &name_a);
    owner_name(b, &name_b);
    int order = compare_names(&name_a, &name_b);
    return order != 0 ? order : a->rrset->type - b->rrset->type;
}

static enum err collect_node(struct entry_list *list, const struct policy_node *node)
{
    for (unsigned i = 0; i < node->rrset_count; i++) {
        if (list->count == list->capacity) {
            size_t larger = list->capacity ? list->capacity * 2 : 64;
            struct entry *moved = reallocarray(list->items, larger, sizeof(*moved));
            if (!moved)
                return ERR_NOMEM;
            list->items = moved;
            list->capacity = larger;
        }
        list->items[list->count++] = (struct entry){node, &node->rrsets[i]};
    }
    return ERR_OK;
}

static enum err collect_table(struct entry_list *list, const struct policy *policy,
                              const struct names *table)
{
    for (uint32_t b = 0; b < table->bucket_count; b++) {
        const struct names_bucket *bucket = &table->buckets[b];
        for (unsigned i = 0; i < NAMES_SLOTS && bucket->refs[i] != 0; i++) {
            if (bucket->refs[i] & NAMES_ABOVE)
                continue;
            enum err e = collect_node(list, policy_arena_at(&policy->arena, bucket->refs[i]));
            if (e != ERR_OK)
                return e;
        }
    }
    return ERR_OK;
}

/* "; lab.yaml:12 override" */
static void add_rule(const struct policy *policy, const struct policy_rrset *rrset,
                     struct text *out)
{
    static const char *const verdicts[] = {[POLICY_OVERRIDE] = "override",
                                           [POLICY_SYNTHESIZE] = "synthesize",
                                           [POLICY_AMEND] = "amend"};
    text_addf(out, " ; %s", policy->files[rrset->file]);
    if (rrset->line > 0)
        text_addf(out, ":%u", rrset->line);
    text_addf(out, " %s\n", verdicts[rrset->verdict]);
}

/* A set without records is a comment: what is answered stands where the RDATA would. */
static void add_negative(const struct policy *policy, const struct entry *entry, const char *owner,
                         uint32_t ttl, struct text *out)
{
    char type[16], rcode[16];
    uint16_t code = dns_answer_rcode(policy_node_answer(entry->node, entry->rrset));
    const char *what = code == DNS_RCODE_NOERROR ? "NODATA" : dns_rcode_to_text(code, rcode);
    text_addf(out, "; %s %u IN %s %s", owner, ttl, dns_type_to_text(entry->rrset->type, type),
              what);
    add_rule(policy, entry->rrset, out);
}

/* "old.example. priority=30 replace=new.example.", the target "*" for all. */
static void add_edit(const struct policy_edit *edit, struct text *out)
{
    char name[DNS_NAME_TEXT_MAX];
    text_add(out, edit->any_target ? "*" : dns_name_to_text(&edit->target, name));
    if (edit->match_port != 0)
        text_addf(out, ":%u", edit->match_port);
    if (edit->fields & POLICY_EDIT_PRIORITY)
        text_addf(out, " priority=%u", edit->priority);
    if (edit->fields & POLICY_EDIT_WEIGHT)
        text_addf(out, " weight=%u", edit->weight);
    if (edit->fields & POLICY_EDIT_PORT)
        text_addf(out, " port=%u", edit->port);
    if (edit->fields & POLICY_EDIT_TTL)
        text_addf(out, " ttl=%u", edit->ttl);
    if (edit->fields & POLICY_EDIT_REPLACE)
        text_addf(out, " replace=%s", dns_name_to_text(&edit->replace, name));
    if (edit->fields & POLICY_EDIT_REMOVE)
        text_add(out, " remove");
    if (edit->fields & POLICY_EDIT_NONE)
        text_add(out, " none");
}

/* What is amended is a comment for each edit: only upstream knows the records. */
static void add_amended(const struct policy *policy, const struct entry *entry, const char *owner,
                        struct text *out)
{
    const struct policy_edit *edits = policy_node_edits(entry->node, entry->rrset);
    for (unsigned i = 0; i < entry->rrset->edit_count; i++) {
        char type[16];
        text_addf(out, "; %s IN %s ", owner, dns_type_to_text(entry->rrset->type, type));
        add_edit(&edits[i], out);
        add_rule(policy, entry->rrset, out);
    }
}

static enum err add_entry(const struct policy *policy, const struct entry *entry, struct text *out)
{
    struct dns_answer_walk walk;
    struct dns_name name;
    struct dns_rr rr;
    char owner[DNS_NAME_TEXT_MAX];
    enum err e = ERR_OK;
    owner_name(entry, &name);
    dns_name_to_text(&name, owner);
    if (entry->rrset->verdict == POLICY_AMEND) {
        add_amended(policy, entry, owner, out);
        return ERR_OK;
    }
    dns_answer_walk_init(&walk, policy_node_answer(entry->node, entry->rrset), &name);
    while (e == ERR_OK && dns_answer_walk_next(&walk, &rr)) {
        if (rr.section == DNS_AUTHORITY)
            add_negative(policy, entry, owner, rr.ttl, out);
        if (rr.section != DNS_ANSWER)
            continue;
        text_addf(out, "%s %u IN ", owner, rr.ttl);
        e = rdata_text_add(out, &rr);
        add_rule(policy, entry->rrset, out);
    }
    return e;
}

enum err policy_dump(const struct policy *policy, struct text *out)
{
    struct entry_list list = {0};
    enum err e = collect_table(&list, policy, &policy->names);
    if (e == ERR_OK)
        e = collect_table(&list, policy, &policy->wildcards);
    if (e == ERR_OK && list.count > 1)
        qsort(list.items, list.count, sizeof(*list.items), compare_entries);
    for (size_t i = 0; i < list.count && e == ERR_OK; i++)
        e = add_entry(policy, &list.items[i], out);
    free(list.items);
    if (out->failed)
        return ERR_NOMEM;
    return e;
}
