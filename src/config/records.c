/* records and zones: zone-file text, in the file and in files of its own. */
#include <stdlib.h>

#include "config/sections.h"
#include "policy/zone.h"

void config_read_records(struct config_reader *r, const struct config_key *key,
                         const struct yaml_node *node, void *target)
{
    struct config *c = target;
    if (node->kind == YAML_NULL)
        return;
    if (!config_scalar(r, key, node))
        return;
    if (node->folded) {
        config_error(r, node, "wrong-kind", "begin with `records: |`, and one record a line below",
                     "records are joined into one line here");
        return;
    }
    struct place place = config_place(r, node);
    if (policy_zone_read(&c->policy, node->text, node->len, &place, c->ttl, r->diags))
        r->no_memory = true;
}

void config_read_zones(struct config_reader *r, const struct config_key *key,
                       const struct yaml_node *node, void *target)
{
    struct config *c = target;
    const struct yaml_node *item = config_list(r, key, node);
    for (; item; item = item->next) {
        const char *text = config_scalar_item(r, key, item);
        if (!text)
            continue;
        if (!*text) {
            config_bad_value(r, key, item, "is not a file's name");
            continue;
        }
        char *path = config_path_beside(r->file, text);
        struct place place = config_place(r, item);
        if (!path || policy_zone_read_file(&c->policy, path, &place, c->ttl, r->diags))
            r->no_memory = true;
        free(path);
    }
}
