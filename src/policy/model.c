#include "policy/model.h"

#include <stdlib.h>
#include <string.h>

#include "base/chunk.h"
#include "base/pages.h"
#include "dns/message.h"

/* Room for one more element of `size` bytes, zeroed, at the end of a list that doubles. */
static void *list_add(void **items, size_t *count, size_t *capacity, size_t size)
{
    if (*count == *capacity) {
        size_t larger = *capacity ? *capacity * 2 : 8;
        void *moved = pages_resize(*items, *count * size, larger * size);
        if (!moved)
            return NULL;
        *items = moved;
        *capacity = larger;
    }
    void *item = (char *)*items + *count * size;
    memset(item, 0, size);
    (*count)++;
    return item;
}

/* The same for short lists that keep no capacity: it is the count's next power of two. */
static void *short_list_add(void **items, size_t *count, size_t size)
{
    size_t capacity = *count;
    if (*count > 0 && (*count & (*count - 1)) != 0)
        capacity = *count + 1; /* between powers of two there is room */
    if (*count == capacity) {
        size_t larger = capacity ? capacity * 2 : 1;
        void *moved = reallocarray(*items, larger, size);
        if (!moved)
            return NULL;
        *items = moved;
    }
    void *item = (char *)*items + *count * size;
    memset(item, 0, size);
    (*count)++;
    return item;
}

static void domain_deinit(struct policy_domain *domain)
{
    for (int i = 0; i < POLICY_SERVICES; i++)
        free(domain->sets[i].edits);
    free(domain->components);
}

void policy_model_deinit(struct policy_model *model)
{
    for (size_t i = 0; i < model->domain_count; i++)
        domain_deinit(&model->domains[i]);
    for (size_t i = 0; i < model->host_count; i++)
        free(model->hosts[i].addresses);
    chunk_free_all(model->chunks);
    for (size_t i = 0; i < model->file_count; i++)
        free(model->files[i]);
    for (size_t i = 0; i < model->view_count; i++)
        free(model->views[i]);
    free(model->domains);
    free(model->hosts);
    free(model->records);
    free(model->files);
    free(model->views);
    *model = (struct policy_model){0};
}

struct policy_domain *policy_model_add_domain(struct policy_model *model)
{
    void *items = model->domains;
    struct policy_domain *domain =
        list_add(&items, &model->domain_count, &model->domain_capacity, sizeof(*domain));
    model->domains = items;
    if (domain)
        domain->name = POLICY_NAME_ROOT;
    return domain;
}

struct policy_host *policy_model_add_host(struct policy_model *model)
{
    void *items = model->hosts;
    struct policy_host *host =
        list_add(&items, &model->host_count, &model->host_capacity, sizeof(*host));
    model->hosts = items;
    return host;
}

struct policy_record *policy_model_add_record(struct policy_model *model,
                                              const struct dns_name *owner, const uint8_t *rdata,
                                              size_t rdlen)
{
    void *items = model->records;
    uint8_t *bytes = chunk_take(&model->chunks, owner->len + rdlen);
    if (!bytes)
        return NULL;
    struct policy_record *record =
        list_add(&items, &model->record_count, &model->record_capacity, sizeof(*record));
    model->records = items;
    if (!record)
        return NULL;
    memcpy(bytes, owner->wire, owner->len);
    if (rdlen > 0)
        memcpy(bytes + owner->len, rdata, rdlen);
    record->owner = bytes;
    record->owner_len = owner->len;
    record->rdlen = (uint16_t)rdlen;
    record->class = DNS_CLASS_IN;
    return record;
}

enum err policy_model_name(struct policy_model *model, struct policy_name *out,
                           const struct dns_name *name)
{
    uint8_t *wire = chunk_take(&model->chunks, name->len);
    if (!wire)
        return ERR_NOMEM;
    memcpy(wire, name->wire, name->len);
    *out = (struct policy_name){wire, name->len};
    return ERR_OK;
}

void policy_name_get(const struct policy_name *name, struct dns_name *out)
{
    out->len = name->len;
    memcpy(out->wire, name->wire, name->len);
}

void policy_record_owner(const struct policy_record *record, struct dns_name *out)
{
    out->len = record->owner_len;
    memcpy(out->wire, record->owner, record->owner_len);
}

_Static_assert(sizeof(struct policy_target) % CHUNK_ALIGN == 0, "targets are taken one by one");

/* Room doubles whenever the count is a power of two; what it was before stays behind in its chunk.
 */
struct policy_target *policy_set_add_target(struct policy_model *model, struct policy_set *set)
{
    size_t count = set->target_count;
    if ((count & (count - 1)) == 0) {
        struct policy_target *moved =
            chunk_take_aligned(&model->chunks, (count ? 2 * count : 1) * sizeof(*moved));
        if (!moved)
            return NULL;
        if (count > 0)
            memcpy(moved, set->targets, count * sizeof(*moved));
        set->targets = moved;
    }
    struct policy_target *target = &set->targets[set->target_count++];
    *target = (struct policy_target){.name = POLICY_NAME_ROOT};
    return target;
}

struct policy_edit *policy_set_add_edit(struct policy_set *set)
{
    void *items = set->edits;
    size_t count = set->edit_count;
    struct policy_edit *edit = short_list_add(&items, &count, sizeof(*edit));
    set->edits = items;
    set->edit_count = (uint32_t)count;
    return edit;
}

enum err policy_domain_add_component(struct policy_domain *domain, const struct dns_name *name)
{
    void *items = domain->components;
    struct dns_name *component = short_list_add(&items, &domain->component_count, sizeof(*name));
    domain->components = items;
    if (!component)
        return ERR_NOMEM;
    component->len = name->len;
    memcpy(component->wire, name->wire, name->len);
    return ERR_OK;
}

enum err policy_host_add_address(struct policy_host *host, const struct addr *address)
{
    void *items = host->addresses;
    struct addr *added = short_list_add(&items, &host->address_count, sizeof(*added));
    host->addresses = items;
    if (!added)
        return ERR_NOMEM;
    *added = *address;
    return ERR_OK;
}

/* The latest is the likeliest. */
static const char *word_find(char *const *words, size_t count, const char *name)
{
    for (size_t i = count; i > 0; i--) {
        if (strcmp(words[i - 1], name) == 0)
            return words[i - 1];
    }
    return NULL;
}

static const char *word_add(char ***words, size_t *count, size_t *capacity, const char *name)
{
    char *copy = strdup(name);
    if (!copy)
        return NULL;
    void *items = *words;
    char **slot = list_add(&items, count, capacity, sizeof(*slot));
    *words = items;
    if (!slot) {
        free(copy);
        return NULL;
    }
    *slot = copy;
    return copy;
}

const char *policy_model_file(struct policy_model *model, const char *name)
{
    const char *found = word_find(model->files, model->file_count, name);
    return found ? found : word_add(&model->files, &model->file_count, &model->file_capacity, name);
}

const char *policy_model_view(struct policy_model *model, const char *name)
{
    const char *found = word_find(model->views, model->view_count, name);
    return found ? found : word_add(&model->views, &model->view_count, &model->view_capacity, name);
}
