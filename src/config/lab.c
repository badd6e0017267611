/* lab: addresses at which nobody serves. */
#include <string.h>

#include "config/sections.h"

/* TEST-NET-1 (RFC 5737 §3) and the discard prefix (RFC 6666 §4): nothing comes back from there. */
static const char *const blackholes[] = {"192.0.2.1", "100::1"};
#define BLACKHOLES (sizeof(blackholes) / sizeof(*blackholes))

static void address_add(struct config_reader *r, struct addr **list, size_t *count,
                        const struct addr *addr)
{
    struct addr *grown = config_grow(r, *list, *count, sizeof(*addr));
    if (!grown)
        return;
    *list = grown;
    grown[(*count)++] = *addr;
}

static void read_addresses(struct config_reader *r, const struct config_key *key,
                           const struct yaml_node *node, struct addr **list, size_t *count)
{
    const struct yaml_node *item = config_list_some(r, key, node);
    for (; item; item = item->next) {
        struct addr addr;
        const char *text = config_scalar_item(r, key, item);
        if (!text)
            continue;
        if (config_plain_address(&addr, text) != ERR_OK)
            config_bad_value(r, key, item, "is not an IPv4 or IPv6 address");
        else
            address_add(r, list, count, &addr);
    }
}

static void read_refuse(struct config_reader *r, const struct config_key *key,
                        const struct yaml_node *node, void *target)
{
    struct config *c = target;
    read_addresses(r, key, node, &c->lab_refuse, &c->lab_refuse_count);
}

static void read_blackhole(struct config_reader *r, const struct config_key *key,
                           const struct yaml_node *node, void *target)
{
    struct config *c = target;
    read_addresses(r, key, node, &c->lab_blackhole, &c->lab_blackhole_count);
}

void config_read_lab(struct config_reader *r, const struct config_key *key,
                     const struct yaml_node *node, void *target)
{
    static const struct config_key keys[] = {
        {.name = "refuse-address",
         .read = read_refuse,
         .expects = "a list of addresses",
         .item = "an address",
         .example = "refuse-address: [10.5.0.2]",
         .once = true,
         .max = CONFIG_LAB_MAX},
        {.name = "blackhole-address",
         .read = read_blackhole,
         .expects = "a list of addresses",
         .item = "an address",
         .example = "blackhole-address: [192.0.2.1, \"100::1\"]",
         .once = true,
         .max = CONFIG_LAB_MAX},
    };
    static const struct config_keys table = {keys, sizeof(keys) / sizeof(*keys)};
    config_read_map(r, key, node, &table, target);
}

void config_fill_lab(struct config_reader *r)
{
    struct config *c = r->config;
    if (c->lab_blackhole_count > 0)
        return;
    for (size_t i = 0; i < BLACKHOLES; i++) {
        struct addr addr;
        if (config_plain_address(&addr, blackholes[i]) == ERR_OK)
            address_add(r, &c->lab_blackhole, &c->lab_blackhole_count, &addr);
    }
}
