#include "policy/contradict.h"

#include <stdio.h>
#include <string.h>

#define HINT_CNAME "a CNAME must be alone at its name (RFC 1034 §3.6.2)"
#define HINT_HOST  "put all its addresses in one entry"
#define HINT_ONE   "keep one of the two"

#define WILDCARD       "*."
#define OWNER_TEXT_MAX (DNS_NAME_TEXT_MAX + 2)

/* Whether a was written before b, as far as that can be told: by line in one file, else in the
 * order that files were read. */
static bool is_before(const struct part_list *list, const struct part *a, const struct part *b)
{
    struct place at_a = part_place(list, a), at_b = part_place(list, b);
    if (a->source == b->source)
        return a->index <= b->index;
    if (at_a.file == at_b.file && at_a.line != at_b.line)
        return at_a.line < at_b.line;
    return a->source < b->source;
}

/* The owner as text, a wildcard with its star. */
static const char *owner_text(const struct part_list *list, const struct part *part,
                              char out[OWNER_TEXT_MAX])
{
    struct dns_name scratch, name;
    struct part_name view = part_owner(list, part, &scratch);
    size_t star = part->wildcard ? strlen(WILDCARD) : 0;
    memcpy(name.wire, view.wire, view.len);
    name.len = (uint8_t)view.len;
    memcpy(out, WILDCARD, star);
    dns_name_to_text(&name, out + star);
    return out;
}

/* Of two parts the later one is at fault, and its message names the place of the earlier. */
static void report(const struct part_list *list, const struct part *a, const struct part *b,
                   const char *what, const char *hint, struct diag_list *diags)
{
    char owner[OWNER_TEXT_MAX], where[32] = "";
    const struct part *first = is_before(list, a, b) ? a : b;
    const struct part *second = first == a ? b : a;
    struct place place = part_place(list, first), at = part_place(list, second);
    if (second->scope != PART_OWN)
        return; /* said where the policy for all is compiled */
    if (place.line > 0)
        snprintf(where, sizeof(where), ":%u", place.line);
    diag_add(diags, DIAG_ERROR, "contradiction", &at, hint, "%s %s, first at %s%s",
             owner_text(list, a, owner), what, place.file ? place.file : "the policy", where);
}

/* Records of one owner and type come together from anywhere; all else is whole in one place. */
static bool same_giver(const struct part *a, const struct part *b)
{
    if (a->source == PART_RECORD && b->source == PART_RECORD)
        return true;
    return a->source == b->source && a->index == b->index;
}

static void find_twice(const struct part_list *list, size_t first, size_t end,
                       struct diag_list *diags)
{
    const struct part *start = &list->items[first];
    for (size_t i = first + 1; i < end; i++) {
        const struct part *part = &list->items[i];
        if (same_giver(start, part) || same_giver(part - 1, part))
            continue;
        if (part->source == PART_DOMAIN)
            report(list, start, part, "is answered by two domain blocks", HINT_ONE, diags);
        else if (part->source == PART_HOST && part->type == DNS_TYPE_A)
            report(list, start, part, "is listed twice in hosts", HINT_HOST, diags);
        else if (part->source == PART_RECORD && start->source == PART_HOST)
            report(list, start, part, "has addresses from hosts and from records", HINT_ONE, diags);
        else if (part->source == PART_RECORD)
            report(list, start, part, "has SRV from a domain and from records", HINT_ONE, diags);
    }
}

static void find_two_aliases(const struct part_list *list, size_t first, size_t end,
                             struct diag_list *diags)
{
    const struct policy_record *records = list->model->records;
    const struct policy_record *start = &records[list->items[first].index];
    for (size_t i = first + 1; i < end; i++) {
        const struct policy_record *record = &records[list->items[i].index];
        if (record->rdlen == start->rdlen &&
            memcmp(policy_record_rdata(record), policy_record_rdata(start), start->rdlen) == 0)
            continue;
        report(list, &list->items[first], &list->items[i], "has two CNAMEs", HINT_CNAME, diags);
    }
}

/* RFC 4034 §3 and §4: the records of DNSSEC stand beside a CNAME. A wildcard domain has its
 * services at names below, where its wildcard CNAME isn't asked. */
static bool bars_alias(const struct part *part)
{
    if (part->upstream)
        return false;
    if (part->wildcard && part->source == PART_DOMAIN)
        return false;
    return part->type != DNS_TYPE_CNAME && part->type != DNS_TYPE_RRSIG &&
           part->type != DNS_TYPE_NSEC;
}

static void find_beside_alias(const struct part_list *list, size_t first, size_t end,
                              const struct part *alias, struct diag_list *diags)
{
    for (size_t i = first; i < end; i++) {
        if (!bars_alias(&list->items[i]))
            continue;
        report(list, alias, &list->items[i], "has a CNAME beside other data", HINT_CNAME, diags);
        return;
    }
}

void contradict_find(const struct part_list *list, size_t first, size_t end,
                     struct diag_list *diags)
{
    const struct part *alias = NULL;
    for (size_t at = first; at < end;) {
        const struct part *start = &list->items[at];
        size_t next = part_rrset_end(list, at, end);
        if (!start->upstream)
            find_twice(list, at, next, diags);
        if (start->type == DNS_TYPE_CNAME) {
            alias = start;
            find_two_aliases(list, at, next, diags);
        }
        at = next;
    }
    if (alias)
        find_beside_alias(list, first, end, alias, diags);
}
