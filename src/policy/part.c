#include "policy/part.h"

#include <stdlib.h>
#include <string.h>

#include "base/pages.h"
#include "policy/service.h"

void part_list_deinit(struct part_list *list)
{
    free(list->items);
    free(list->files);
    free(list->addresses);
    free(list->places);
    order_deinit(&list->order);
    *list = (struct part_list){0};
}

enum part_scope part_view(const char *of, const char *compiled)
{
    if (!of)
        return compiled ? PART_GENERAL : PART_OWN;
    return compiled && strcmp(of, compiled) == 0 ? PART_OWN : PART_ELSEWHERE;
}

enum policy_set_kind part_kind(const struct policy_domain *domain, enum policy_service service)
{
    const struct policy_set *set = &domain->sets[service];
    return set->listed ? set->kind : domain->others;
}

struct place part_place(const struct part_list *list, const struct part *part)
{
    const struct policy_domain *domain;
    const struct spot *spot;
    switch (part->source) {
    case PART_HOST:
        return list->model->hosts[part->index].place;
    case PART_RECORD:
        return list->model->records[part->index].place;
    default:
        domain = &list->model->domains[part->index];
        spot = &domain->sets[part->service].place;
        if (domain->sets[part->service].listed && spot->line > 0)
            return spot_place(domain->place.file, *spot);
        return domain->place;
    }
}

static struct part_name domain_owner(const struct policy_domain *domain, const struct part *part,
                                     struct dns_name *scratch)
{
    if (part->wildcard)
        return (struct part_name){domain->name.wire, domain->name.len};
    if (part->component > 0)
        *scratch = domain->components[part->component - 1];
    else
        policy_name_get(&domain->name, scratch);
    policy_service_owner(scratch, (enum policy_service)part->service, scratch);
    return (struct part_name){scratch->wire, scratch->len};
}

struct part_name part_owner(const struct part_list *list, const struct part *part,
                            struct dns_name *scratch)
{
    const struct policy_model *model = list->model;
    const struct policy_record *record;
    const struct dns_name *name;
    size_t skip;
    switch (part->source) {
    case PART_HOST:
        name = &model->hosts[part->index].name;
        return (struct part_name){name->wire, name->len};
    case PART_RECORD:
        record = &model->records[part->index];
        skip = part->wildcard ? 1u + record->owner[0] : 0;
        return (struct part_name){record->owner + skip, record->owner_len - skip};
    default:
        return domain_owner(&model->domains[part->index], part, scratch);
    }
}

static int compare_numbers(uint64_t a, uint64_t b)
{
    return (a > b) - (a < b);
}

static int compare_names(struct part_name a, struct part_name b)
{
    if (a.len != b.len)
        return a.len < b.len ? -1 : 1;
    return memcmp(a.wire, b.wire, a.len);
}

static int compare_owners(const struct part_list *list, const struct part *a, const struct part *b)
{
    struct dns_name scratch_a, scratch_b;
    if (a->key != b->key)
        return compare_numbers(a->key, b->key);
    if (a->source == PART_HOST && b->source == PART_HOST && a->index == b->index)
        return 0; /* its two parts meet often */
    return compare_names(part_owner(list, a, &scratch_a), part_owner(list, b, &scratch_b));
}

static int compare_parts(const void *left, const void *right, void *arg)
{
    const struct part *a = left, *b = right;
    int order = compare_owners(arg, a, b);
    if (order == 0)
        order = compare_numbers(a->type, b->type);
    if (order == 0 && a->wildcard)
        order = (a->source == PART_RECORD ? -1 : a->service) -
                (b->source == PART_RECORD ? -1 : b->service);
    if (order == 0)
        order = (int)a->upstream - (int)b->upstream;
    if (order == 0)
        order = (int)a->source - (int)b->source;
    return order != 0 ? order : compare_numbers(a->index, b->index);
}

enum err part_list_sort(struct part_list *list)
{
    return order_sort(&list->order, list->items, list->count, sizeof(*list->items), compare_parts,
                      list);
}

bool part_group_begins(const struct part_list *list, size_t at)
{
    return at == 0 || compare_owners(list, &list->items[at - 1], &list->items[at]) != 0;
}

size_t part_group_end(const struct part_list *list, size_t first)
{
    size_t end = first + 1;
    while (end < list->count && compare_owners(list, &list->items[first], &list->items[end]) == 0)
        end++;
    return end;
}

size_t part_rrset_end(const struct part_list *list, size_t first, size_t end)
{
    const struct part *start = &list->items[first];
    size_t at = first + 1;
    for (; at < end; at++) {
        const struct part *part = &list->items[at];
        if (part->type != start->type)
            break;
        if (part->upstream != start->upstream)
            break;
        if (start->wildcard && part->service != start->service)
            break;
    }
    return at;
}

enum err part_list_places(struct part_list *list)
{
    list->places = pages_new((list->place_count + 1) * sizeof(*list->places));
    if (!list->places)
        return ERR_NOMEM;
    memset(list->places, 0xff, list->place_count * sizeof(*list->places)); /* PART_NOWHERE */
    for (size_t i = 0; i < list->count; i++)
        list->places[list->items[i].sequence] = (uint32_t)i;
    return ERR_OK;
}

/* A bit for every name with addresses, and by chance for others: a sparse map, 8 bits a part. */
static uint64_t *address_word(const struct part_list *list, uint64_t key, uint64_t *bit)
{
    uint64_t place = key << 1 >> list->address_shift;
    *bit = UINT64_C(1) << place % 64;
    return &list->addresses[place / 64];
}

enum err part_list_map(struct part_list *list)
{
    unsigned bits = 6;
    uint64_t bit;
    while (bits < 40 && (size_t)1 << bits < 8 * list->count)
        bits++;
    list->addresses = calloc((size_t)1 << (bits - 6), sizeof(*list->addresses));
    if (!list->addresses)
        return ERR_NOMEM;
    list->address_shift = 64 - bits;
    for (size_t i = 0; i < list->count; i++) {
        const struct part *part = &list->items[i];
        if (part->type == DNS_TYPE_A || part->type == DNS_TYPE_AAAA)
            *address_word(list, part->key, &bit) |= bit;
    }
    return ERR_OK;
}

size_t part_address_find(const struct part_list *list, const struct dns_name *name)
{
    uint64_t bit, key = part_key(hash_bytes(list->key, name->wire, name->len), false);
    if (!(*address_word(list, key, &bit) & bit))
        return list->count;
    struct part_name wanted = {name->wire, name->len};
    struct dns_name scratch;
    size_t at = order_start(&list->order, key);
    while (at < list->count && list->items[at].key < key)
        at++;
    for (; at < list->count && list->items[at].key == key; at++) {
        if (compare_names(part_owner(list, &list->items[at], &scratch), wanted) == 0)
            return at;
    }
    return list->count;
}
