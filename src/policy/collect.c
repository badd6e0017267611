#include <stdlib.h>

#include "base/pages.h"
#include "policy/part.h"
#include "policy/service.h"

/* The index of a file's name, which is mostly that of the part before. */
static enum err file_index(struct part_list *list, const char *file, uint32_t *out)
{
    for (size_t i = list->file_count; i > 0; i--) {
        if (list->files[i - 1] == file) {
            *out = (uint32_t)(i - 1);
            return ERR_OK;
        }
    }
    if (list->file_count == list->file_capacity) {
        size_t larger = list->file_capacity ? list->file_capacity * 2 : 8;
        const char **moved = reallocarray(list->files, larger, sizeof(*moved));
        if (!moved)
            return ERR_NOMEM;
        list->files = moved;
        list->file_capacity = larger;
    }
    *out = (uint32_t)list->file_count;
    list->files[list->file_count++] = file;
    return ERR_OK;
}

/* So many at least, but for services that go upstream; what is not used costs nothing. */
static size_t parts_likely(const struct policy_model *model)
{
    return 64 + POLICY_SERVICES * model->domain_count + 2 * model->host_count + model->record_count;
}

static enum err part_add(struct part_list *list, const struct part *part)
{
    struct dns_name scratch;
    if (list->count == list->capacity) {
        size_t larger = list->capacity ? list->capacity * 2 : parts_likely(list->model);
        struct part *moved =
            pages_resize(list->items, list->count * sizeof(*moved), larger * sizeof(*moved));
        if (!moved)
            return ERR_NOMEM;
        list->items = moved;
        list->capacity = larger;
    }
    struct part *added = &list->items[list->count];
    *added = *part;
    struct part_name owner = part_owner(list, added, &scratch);
    added->key = part_key(hash_bytes(list->key, owner.wire, owner.len), added->wildcard);
    added->sequence = (uint32_t)list->place_count++;
    list->count++;
    list->names += !added->wildcard;
    return file_index(list, part_place(list, added).file, &added->file);
}

/* Whether `_service._tcp.` fits before a domain's name, and a label more if it is a wildcard. */
static bool has_room(const struct policy_domain *domain, const struct dns_name *name,
                     enum policy_service service)
{
    size_t star = domain->wildcard ? 2 : 0;
    return policy_service_prefix(service)->len - 1u + star + name->len <= DNS_NAME_MAX;
}

static void report_no_room(const struct policy_domain *domain, const struct dns_name *name,
                           enum policy_service service, struct diag_list *diags)
{
    char text[DNS_NAME_TEXT_MAX];
    diag_add(diags, DIAG_ERROR, "name-too-long", &domain->place, NULL,
             "%s has no room for _%s._tcp before it in the 255 bytes of a name",
             dns_name_to_text(name, text), policy_service_name(service));
}

/* One service of a domain or of a component. What goes upstream matters only to wildcards, and
 * where a view says so of what the policy for all answers. */
static enum err add_set(struct part_list *list, const struct part *part, bool wildcards,
                        struct diag_list *diags)
{
    const struct policy_domain *domain = &list->model->domains[part->index];
    enum policy_service service = (enum policy_service)part->service;
    struct part added = *part;
    added.upstream = part_kind(domain, service) == POLICY_SET_UPSTREAM;
    added.implied = added.upstream && !domain->sets[service].listed && !domain->others_set;
    bool takes_place = list->view && added.scope == PART_OWN && !added.implied;
    if (added.upstream && !wildcards && !takes_place)
        return ERR_OK;
    struct dns_name name;
    if (part->component > 0)
        name = domain->components[part->component - 1];
    else
        policy_name_get(&domain->name, &name);
    if (has_room(domain, &name, service))
        return part_add(list, &added);
    if (!added.upstream && added.scope == PART_OWN)
        report_no_room(domain, &name, service, diags);
    return ERR_OK;
}

/* The components of a wildcard domain are below it, and so have its records already. */
static enum err add_domain(struct part_list *list, uint32_t index, bool wildcards,
                           struct diag_list *diags)
{
    const struct policy_domain *domain = &list->model->domains[index];
    enum part_scope scope = part_view(domain->view, list->view);
    size_t components = domain->wildcard ? 0 : domain->component_count;
    enum err e = ERR_OK;
    if (scope == PART_ELSEWHERE)
        return ERR_OK;
    list->names += domain->wildcard ? 0 : 2 * (components + 1); /* _tcp.D and D */
    for (size_t c = 0; c <= components; c++) {
        for (int s = 0; s < POLICY_SERVICES && e == ERR_OK; s++) {
            bool c2s = s == POLICY_XMPP_CLIENT || s == POLICY_XMPPS_CLIENT;
            struct part part = {.source = PART_DOMAIN,
                                .index = index,
                                .component = (uint32_t)c,
                                .type = DNS_TYPE_SRV,
                                .service = (int8_t)s,
                                .scope = (uint8_t)scope,
                                .wildcard = domain->wildcard};
            if (c == 0 || !c2s)
                e = add_set(list, &part, wildcards, diags);
        }
    }
    return e;
}

static enum err add_host(struct part_list *list, uint32_t index)
{
    enum part_scope scope = part_view(list->model->hosts[index].view, list->view);
    struct part part = {.source = PART_HOST,
                        .index = index,
                        .service = -1,
                        .type = DNS_TYPE_A,
                        .scope = (uint8_t)scope};
    if (scope == PART_ELSEWHERE)
        return ERR_OK;
    enum err e = part_add(list, &part);
    list->names--; /* two parts, one name */
    part.type = DNS_TYPE_AAAA;
    return e == ERR_OK ? part_add(list, &part) : e;
}

static bool is_wildcard(const uint8_t *owner)
{
    return owner[0] == 1 && owner[1] == '*';
}

static enum err add_record(struct part_list *list, uint32_t index, struct diag_list *diags)
{
    const struct policy_record *record = &list->model->records[index];
    struct part part = {.source = PART_RECORD,
                        .index = index,
                        .service = -1,
                        .type = record->type,
                        .scope = (uint8_t)part_view(NULL, list->view),
                        .wildcard = is_wildcard(record->owner)};
    list->names += record->owner[1] == '_' ? 2 : 0; /* likely _tcp.D and D */
    if (record->class == DNS_CLASS_IN)
        return part_add(list, &part);
    if (part.scope == PART_OWN)
        diag_add(diags, DIAG_WARNING, "class", &record->place, "leave the class out, or write IN",
                 "a record of class %u is never used: only class IN is answered", record->class);
    return ERR_OK;
}

static bool has_wildcards(const struct policy_model *model)
{
    for (size_t i = 0; i < model->domain_count; i++) {
        if (model->domains[i].wildcard)
            return true;
    }
    for (size_t i = 0; i < model->record_count; i++) {
        if (is_wildcard(model->records[i].owner))
            return true;
    }
    return false;
}

enum err part_list_init(struct part_list *list, const struct policy_model *model,
                        const struct hash_key *key, const char *view, struct diag_list *diags)
{
    enum err e = ERR_OK;
    bool wildcards = has_wildcards(model);
    *list = (struct part_list){.model = model, .key = key, .view = view};
    for (size_t i = 0; i < model->domain_count && e == ERR_OK; i++)
        e = add_domain(list, (uint32_t)i, wildcards, diags);
    for (size_t i = 0; i < model->host_count && e == ERR_OK; i++)
        e = add_host(list, (uint32_t)i);
    for (size_t i = 0; i < model->record_count && e == ERR_OK; i++)
        e = add_record(list, (uint32_t)i, diags);
    if (e != ERR_OK)
        return e;
    e = part_list_sort(list);
    if (e == ERR_OK && view) {
        part_list_mask(list);
        order_deinit(&list->order); /* of a list that was longer */
        e = part_list_sort(list);
    }
    if (e == ERR_OK)
        e = part_list_places(list);
    return e == ERR_OK ? part_list_map(list) : e;
}
