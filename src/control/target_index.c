#include "control/target_index.h"

#include <stdlib.h>
#include <string.h>

#include "base/pages.h"
#include "control/target_rows.h"

#define CROWD 64 /* so many entries are counted in microseconds */
#define DIGIT 16 /* bits of a hash that are sorted at a time */

static uint8_t lower(uint8_t c)
{
    return c >= 'A' && c <= 'Z' ? (uint8_t)(c + 0x20) : c; /* lengths of labels are below 'A' */
}

/* Names of the administrator's own files: there is nobody to make them collide. */
static uint32_t hash_of(struct policy_name name, enum target_index_kind kind)
{
    uint32_t hash = 2166136261u + (uint32_t)kind; /* FNV-1a */
    for (size_t i = 0; i < name.len; i++)
        hash = (hash ^ lower(name.wire[i])) * 16777619u;
    return hash ^ (hash >> 15);
}

static bool name_equal(struct policy_name a, struct policy_name b)
{
    size_t i = 0;
    if (a.len != b.len)
        return false;
    while (i < a.len && lower(a.wire[i]) == lower(b.wire[i]))
        i++;
    return i == a.len;
}

static struct policy_name plain(const struct dns_name *name)
{
    return (struct policy_name){name->wire, name->len};
}

static struct policy_name record_target(const struct policy_record *record)
{
    return (struct policy_name){policy_record_rdata(record) + TARGET_ROWS_SRV_FIXED,
                                (uint8_t)(record->rdlen - TARGET_ROWS_SRV_FIXED)};
}

static struct policy_name set_name(const struct policy_set *set, size_t which)
{
    if (which < set->target_count)
        return set->targets[which].name;
    which -= set->target_count;
    const struct policy_edit *edit = &set->edits[which / 2];
    return plain(which % 2 == 0 ? &edit->target : &edit->replace);
}

/* The name that an entry is there for. */
static struct policy_name entry_name(const struct policy_model *model,
                                     const struct target_entry *entry)
{
    const struct policy_domain *domain;
    const struct policy_record *record;
    switch (entry->kind) {
    case TARGET_SET:
        return set_name(&model->domains[entry->item].sets[entry->service], entry->which);
    case TARGET_RECORD:
        record = &model->records[entry->item];
        if (entry->index == TARGET_INDEX_TARGET)
            return record_target(record);
        return (struct policy_name){record->owner, record->owner_len};
    case TARGET_DOMAIN:
        domain = &model->domains[entry->item];
        return entry->which > 0 ? plain(&domain->components[entry->which - 1]) : domain->name;
    default:
        return plain(&model->hosts[entry->item].name);
    }
}

static uint32_t entry_ttl(const struct policy_model *model, const struct target_entry *entry)
{
    if (entry->kind == TARGET_RECORD)
        return model->records[entry->item].ttl;
    const struct policy_domain *domain = &model->domains[entry->item];
    return entry->which < domain->sets[entry->service].target_count ? domain->ttl : 0;
}

#define FETCH 8 /* entries ahead */

/* Sorted entries are anywhere in the model: what later ones are there for is fetched in time. */
static void fetch(const struct target_index *index, size_t at)
{
    const struct policy_record *records = index->model->records;
    if (at + 2 * FETCH >= index->count)
        return;
    const struct target_entry *near = &index->entries[at + FETCH], *far = near + FETCH;
    if (far->kind == TARGET_RECORD)
        __builtin_prefetch(&records[far->item]);
    if (near->kind == TARGET_RECORD)
        __builtin_prefetch(policy_record_rdata(&records[near->item]));
}

/* Counts the entry, and keeps it once there is room. */
static void add(struct target_index *index, const struct target_entry *entry)
{
    struct target_entry *added = index->entries ? &index->entries[index->count] : NULL;
    index->count++;
    if (!added)
        return;
    *added = *entry;
    added->hash = hash_of(entry_name(index->model, entry), (enum target_index_kind)entry->index);
}

static void add_set(struct target_index *index, uint32_t item, unsigned service)
{
    const struct policy_set *set = &index->model->domains[item].sets[service];
    struct target_entry entry = {
        .item = item, .kind = TARGET_SET, .index = TARGET_INDEX_TARGET, .service = service & 3};
    for (size_t i = 0; i < set->target_count; i++, entry.which++)
        add(index, &entry);
    for (size_t i = 0; i < set->edit_count; i++) {
        if (!set->edits[i].any_target)
            add(index, &entry);
        entry.which++;
        if (set->edits[i].fields & POLICY_EDIT_REPLACE)
            add(index, &entry);
        entry.which++;
    }
}

static void add_domain(struct target_index *index, uint32_t item)
{
    const struct policy_domain *domain = &index->model->domains[item];
    size_t components = domain->wildcard ? 0 : domain->component_count;
    struct target_entry entry = {.item = item, .kind = TARGET_DOMAIN, .index = TARGET_INDEX_OWNER};
    for (size_t i = 0; i <= components; i++, entry.which++)
        add(index, &entry);
    for (unsigned service = 0; service < POLICY_SERVICES; service++)
        add_set(index, item, service);
}

static void add_record(struct target_index *index, uint32_t item)
{
    const struct policy_record *record = &index->model->records[item];
    struct target_entry entry = {.item = item, .kind = TARGET_RECORD, .index = TARGET_INDEX_OWNER};
    bool srv = target_rows_is_srv(record);
    bool address = record->type == DNS_TYPE_A || record->type == DNS_TYPE_AAAA;
    if (record->class != DNS_CLASS_IN)
        return;
    if (srv || address)
        add(index, &entry);
    entry.index = TARGET_INDEX_TARGET;
    if (srv)
        add(index, &entry);
}

static void add_all(struct target_index *index)
{
    const struct policy_model *model = index->model;
    index->count = 0;
    for (size_t i = 0; i < model->domain_count; i++)
        add_domain(index, (uint32_t)i);
    for (size_t i = 0; i < model->record_count; i++)
        add_record(index, (uint32_t)i);
    for (size_t i = 0; i < model->host_count; i++)
        add(index, &(struct target_entry){
                       .item = (uint32_t)i, .kind = TARGET_HOST, .index = TARGET_INDEX_OWNER});
}

/* By 16 bits of the hash; entries that are equal there keep their order. Each start is moved to
 * where the next 16 bits begin. */
static void sort_by(const struct target_entry *from, struct target_entry *to, size_t count,
                    unsigned shift, uint32_t *starts)
{
    uint32_t sum = 0;
    memset(starts, 0, sizeof(*starts) << DIGIT);
    for (size_t i = 0; i < count; i++)
        starts[from[i].hash >> shift & UINT16_MAX]++;
    for (size_t n = 0; n <= UINT16_MAX; n++) {
        uint32_t here = starts[n];
        starts[n] = sum;
        sum += here;
    }
    for (size_t i = 0; i < count; i++)
        to[starts[from[i].hash >> shift & UINT16_MAX]++] = from[i];
}

static enum err sort(struct target_index *index)
{
    struct target_entry *other = pages_new((index->count + 1) * sizeof(*other));
    uint32_t *ends = calloc((size_t)1 << DIGIT, sizeof(*ends));
    bool ready = other && ends && index->count < UINT32_MAX;
    if (ready) {
        sort_by(index->entries, other, index->count, 0, ends);
        sort_by(other, index->entries, index->count, DIGIT, ends);
    }
    free(other);
    if (ready && index->count >> DIGIT > 0) {
        index->ends = ends;
        ends = NULL;
    }
    free(ends);
    return ready ? ERR_OK : ERR_NOMEM;
}

/* Counts the entries from `first` to `end`, if all are there for one target. */
static enum err add_crowd(struct target_index *index, size_t first, size_t end)
{
    struct target_crowd crowd = {first, end - first, 0};
    const struct target_entry *entries = index->entries;
    struct policy_name name = entry_name(index->model, &entries[first]);
    for (size_t i = first; i < end; i++) {
        fetch(index, i);
        if (entries[i].index != TARGET_INDEX_TARGET)
            return ERR_OK;
        if (!name_equal(name, entry_name(index->model, &entries[i])))
            return ERR_OK;
        uint32_t ttl = entry_ttl(index->model, &entries[i]);
        crowd.ttl = ttl > crowd.ttl ? ttl : crowd.ttl;
    }
    void *moved = reallocarray(index->crowds, index->crowd_count + 1, sizeof(*index->crowds));
    if (!moved)
        return ERR_NOMEM;
    index->crowds = moved;
    index->crowds[index->crowd_count++] = crowd;
    return ERR_OK;
}

static enum err find_crowds(struct target_index *index)
{
    enum err e = ERR_OK;
    for (size_t end, i = 0; i < index->count && e == ERR_OK; i = end) {
        for (end = i + 1; end < index->count; end++) {
            if (index->entries[end].hash != index->entries[i].hash)
                break;
        }
        if (end - i > CROWD)
            e = add_crowd(index, i, end);
    }
    return e;
}

enum err target_index_init(struct target_index *index, const struct policy_model *model)
{
    *index = (struct target_index){.model = model};
    add_all(index);
    index->entries = pages_new((index->count + 1) * sizeof(*index->entries));
    if (!index->entries)
        return ERR_NOMEM;
    add_all(index);
    enum err e = sort(index);
    return e == ERR_OK ? find_crowds(index) : e;
}

void target_index_deinit(struct target_index *index)
{
    free(index->entries);
    free(index->crowds);
    free(index->ends);
    *index = (struct target_index){0};
}

/* The first entry whose hash is not below. */
static size_t lower_bound(const struct target_index *index, uint32_t hash)
{
    size_t low = 0, high = index->count, first = hash >> DIGIT;
    if (index->ends) {
        low = first > 0 ? index->ends[first - 1] : 0;
        high = index->ends[first];
    }
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (index->entries[middle].hash < hash)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

void target_index_find(const struct target_index *index, const struct dns_name *name,
                       enum target_index_kind kind, struct target_cursor *out)
{
    *out = (struct target_cursor){index, name, kind, 0, hash_of(plain(name), kind)};
    out->at = lower_bound(index, out->hash);
}

const struct target_entry *target_index_next(struct target_cursor *cursor)
{
    const struct target_index *index = cursor->index;
    for (; cursor->at < index->count; cursor->at++) {
        const struct target_entry *entry = &index->entries[cursor->at];
        if (entry->hash != cursor->hash)
            return NULL;
        if (entry->index != cursor->kind)
            continue;
        if (!name_equal(plain(cursor->name), entry_name(index->model, entry)))
            continue;
        cursor->at++;
        return entry;
    }
    return NULL;
}

static int crowd_compare(const void *key, const void *crowd)
{
    size_t first = *(const size_t *)key, other = ((const struct target_crowd *)crowd)->first;
    return (first > other) - (first < other);
}

static const struct target_crowd *crowd_at(const struct target_index *index, size_t first)
{
    if (index->crowd_count == 0)
        return NULL;
    return bsearch(&first, index->crowds, index->crowd_count, sizeof(*index->crowds),
                   crowd_compare);
}

bool target_index_count(const struct target_index *index, const struct dns_name *target,
                        size_t *count, uint32_t *ttl)
{
    struct target_cursor cursor;
    const struct target_entry *entry;
    target_index_find(index, target, TARGET_INDEX_TARGET, &cursor);
    const struct target_crowd *crowd = crowd_at(index, cursor.at);
    *count = 0;
    *ttl = 0;
    if (crowd && target_index_next(&cursor)) { /* all of a crowd are the same */
        *count = crowd->count;
        *ttl = crowd->ttl;
        return true;
    }
    while ((entry = target_index_next(&cursor))) {
        uint32_t here = entry_ttl(index->model, entry);
        (*count)++;
        *ttl = here > *ttl ? here : *ttl;
    }
    return *count > 0;
}
