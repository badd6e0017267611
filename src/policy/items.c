#include "policy/items.h"

#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"

#define SRV_FIXED 6 /* priority, weight, port (RFC 2782) */

void item_list_deinit(struct item_list *list)
{
    free(list->items);
    free(list->made);
    *list = (struct item_list){0};
}

static enum err item_add(struct item_list *list, const uint8_t *rdata, size_t rdlen)
{
    if (list->count == list->capacity) {
        size_t larger = list->capacity ? list->capacity * 2 : 16;
        struct item *moved = reallocarray(list->items, larger, sizeof(*moved));
        if (!moved)
            return ERR_NOMEM;
        list->items = moved;
        list->capacity = larger;
    }
    list->items[list->count] =
        (struct item){.rdata = rdata, .rdlen = (uint32_t)rdlen, .sequence = (uint32_t)list->count};
    list->count++;
    return ERR_OK;
}

static enum err made_reserve(struct item_list *list, size_t size)
{
    if (size <= list->made_capacity)
        return ERR_OK;
    uint8_t *moved = realloc(list->made, size);
    if (!moved)
        return ERR_NOMEM;
    list->made = moved;
    list->made_capacity = size;
    return ERR_OK;
}

static enum err add_target(struct item_list *list, struct writer *w,
                           const struct policy_target *target)
{
    const uint8_t *rdata = w->at;
    writer_u16(w, target->priority);
    writer_u16(w, target->weight);
    writer_u16(w, target->port);
    writer_bytes(w, target->name.wire, target->name.len);
    return item_add(list, rdata, (size_t)(w->at - rdata));
}

static enum err add_targets(struct item_list *list, const struct policy_target *targets,
                            size_t count)
{
    struct writer w;
    size_t size = 0;
    for (size_t i = 0; i < count; i++)
        size += SRV_FIXED + targets[i].name.len;
    enum err e = made_reserve(list, size);
    if (e != ERR_OK)
        return e;
    writer_init(&w, list->made, size);
    for (size_t i = 0; i < count && e == ERR_OK; i++)
        e = add_target(list, &w, &targets[i]);
    return e;
}

static enum err add_set(struct item_list *list, const struct policy_domain *domain, int service)
{
    /* RFC 2782: a target of "." means that the service is decidedly not available. */
    static const struct policy_target none = {.name = {(const uint8_t *)"", 1}};
    const struct policy_set *set = &domain->sets[service];
    switch (part_kind(domain, (enum policy_service)service)) {
    case POLICY_SET_TARGETS:
        return add_targets(list, set->targets, set->target_count);
    case POLICY_SET_NONE:
        return add_targets(list, &none, 1);
    default:
        return ERR_OK;
    }
}

static enum err add_addresses(struct item_list *list, const struct policy_host *host, uint16_t type)
{
    sa_family_t family = type == DNS_TYPE_A ? AF_INET : AF_INET6;
    enum err e = ERR_OK;
    for (size_t i = 0; i < host->address_count && e == ERR_OK; i++) {
        size_t len;
        const uint8_t *bytes = addr_bytes(&host->addresses[i], &len);
        if (host->addresses[i].sa.sa_family == family)
            e = item_add(list, bytes, len);
    }
    return e;
}

static void lower_ttl(struct item_list *list, uint32_t ttl)
{
    if (ttl < list->ttl)
        list->ttl = ttl;
}

static enum err add_part(struct item_list *list, const struct part_list *parts,
                         const struct part *part)
{
    const struct policy_model *model = parts->model;
    switch (part->source) {
    case PART_DOMAIN:
        lower_ttl(list, model->domains[part->index].ttl);
        return add_set(list, &model->domains[part->index], part->service);
    case PART_HOST:
        lower_ttl(list, model->hosts[part->index].ttl);
        return add_addresses(list, &model->hosts[part->index], part->type);
    default:
        lower_ttl(list, model->records[part->index].ttl);
        return item_add(list, policy_record_rdata(&model->records[part->index]),
                        model->records[part->index].rdlen);
    }
}

static int compare_rdata(const struct item *a, const struct item *b)
{
    if (a->rdlen != b->rdlen)
        return a->rdlen < b->rdlen ? -1 : 1;
    return a->rdlen > 0 ? memcmp(a->rdata, b->rdata, a->rdlen) : 0;
}

static int by_rdata(const void *left, const void *right)
{
    const struct item *a = left, *b = right;
    int order = compare_rdata(a, b);
    return order != 0 ? order : (a->sequence > b->sequence) - (a->sequence < b->sequence);
}

static int by_sequence(const void *left, const void *right)
{
    const struct item *a = left, *b = right;
    return (a->sequence > b->sequence) - (a->sequence < b->sequence);
}

/* Of equal records the first stays (RFC 2181 §5: a set has no duplicates). Sorting keeps a huge set
 * from costing its square. */
static void drop_duplicates(struct item_list *list)
{
    size_t kept = 1;
    if (list->count < 2)
        return;
    qsort(list->items, list->count, sizeof(*list->items), by_rdata);
    for (size_t i = 1; i < list->count; i++) {
        if (compare_rdata(&list->items[kept - 1], &list->items[i]) != 0)
            list->items[kept++] = list->items[i];
    }
    list->count = kept;
    qsort(list->items, list->count, sizeof(*list->items), by_sequence);
}

enum err item_list_gather(struct item_list *list, const struct part_list *parts, size_t first,
                          size_t end)
{
    enum err e = ERR_OK;
    list->count = 0;
    list->ttl = UINT32_MAX;
    for (size_t i = first; i < end && e == ERR_OK; i++) {
        const struct part *part = &parts->items[i];
        if (i > first && part->source == PART_DOMAIN)
            continue; /* the same component twice in one list */
        e = add_part(list, parts, part);
    }
    drop_duplicates(list);
    return e;
}
