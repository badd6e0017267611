#include <stdlib.h>
#include <string.h>

#include "dns/message.h"
#include "policy/check_parts.h"

/* Open addressing; the table is made large enough at the start and never grows. */
static struct check_name *names_slot(const struct check_names *names, const uint8_t *wire,
                                     size_t len)
{
    size_t i = hash_bytes(&names->key, wire, len) & names->mask;
    while (names->slots[i].wire) {
        if (names->slots[i].len == len && memcmp(names->slots[i].wire, wire, len) == 0)
            break;
        i = (i + 1) & names->mask;
    }
    return &names->slots[i];
}

static struct check_name *names_add(struct check_names *names, const uint8_t *wire, size_t len)
{
    struct check_name *slot = names_slot(names, wire, len);
    slot->wire = wire;
    slot->len = len;
    return slot;
}

static void names_add_address(struct check_names *names, const uint8_t *wire, size_t len)
{
    size_t label = wire[0] > 0 ? 1u + wire[0] : 0; /* the root's parent is the root */
    names_add(names, wire, len)->address = true;
    names_add(names, wire + label, len - label)->parent = true;
}

static void names_add_record(struct check_names *names, const struct policy_record *record)
{
    if (record->type == DNS_TYPE_A || record->type == DNS_TYPE_AAAA)
        names_add_address(names, record->owner, record->owner_len);
    else if (record->type == DNS_TYPE_CNAME)
        names_add(names, record->owner, record->owner_len)->cname = record;
}

/* How many names names_add_record adds at most. */
static size_t names_of_record(const struct policy_record *record)
{
    if (record->type == DNS_TYPE_A || record->type == DNS_TYPE_AAAA)
        return 2;
    return record->type == DNS_TYPE_CNAME ? 1 : 0;
}

enum err check_names_init(struct check_names *names, const struct policy_model *model)
{
    size_t most = 2 * model->host_count; /* each with its parent */
    size_t size = 16;
    for (size_t i = 0; i < model->record_count; i++)
        most += names_of_record(&model->records[i]);
    while (size < 2 * most)
        size *= 2;
    names->slots = calloc(size, sizeof(*names->slots));
    if (!names->slots)
        return ERR_NOMEM;
    names->mask = size - 1;
    hash_key_init(&names->key);
    for (size_t i = 0; i < model->host_count; i++)
        names_add_address(names, model->hosts[i].name.wire, model->hosts[i].name.len);
    for (size_t i = 0; i < model->record_count; i++)
        names_add_record(names, &model->records[i]);
    return ERR_OK;
}

void check_names_deinit(struct check_names *names)
{
    free(names->slots);
    names->slots = NULL;
}

const struct check_name *check_names_find(const struct check_names *names, const uint8_t *wire,
                                          size_t len)
{
    const struct check_name *slot = names_slot(names, wire, len);
    return slot->wire ? slot : NULL;
}

bool check_names_has_address(const struct check_names *names, const struct dns_name *name)
{
    const struct check_name *found = check_names_find(names, name->wire, name->len);
    if (found && found->address)
        return true;
    for (unsigned labels = 1; labels <= dns_name_labels(name); labels++) {
        uint8_t wildcard[DNS_NAME_MAX + 2] = {1, '*'};
        size_t len;
        const uint8_t *above = dns_name_suffix(name, labels, &len);
        memcpy(wildcard + 2, above, len);
        found = check_names_find(names, wildcard, len + 2);
        if (found && found->address)
            return true;
    }
    return false;
}
