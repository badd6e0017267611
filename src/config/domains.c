/* domains: which services of which domain are ours. */
#include <stdio.h>
#include <string.h>

#include "config/sections.h"

static const struct config_word mode_words[] = {{"override", POLICY_MODE_OVERRIDE},
                                                {"synthesize", POLICY_MODE_SYNTHESIZE},
                                                {"amend", POLICY_MODE_AMEND},
                                                {NULL, 0}};

static const struct config_word others_words[] = {{"upstream", POLICY_SET_UPSTREAM},
                                                  {"nodata", POLICY_SET_NODATA},
                                                  {"nxdomain", POLICY_SET_NXDOMAIN},
                                                  {"none", POLICY_SET_NONE},
                                                  {NULL, 0}};

static const struct config_word order_words[] = {{"fixed", DNS_ORDER_FIXED},
                                                 {"rotate", DNS_ORDER_ROTATE},
                                                 {"shuffle", DNS_ORDER_SHUFFLE},
                                                 {NULL, 0}};

static void read_others(struct config_reader *r, const struct config_key *key,
                        const struct yaml_node *node, void *target)
{
    struct policy_domain *domain = target;
    domain->others_set = true;
    config_read_word(r, key, node, target);
}

static bool starts_with_underscore(const struct dns_name *name)
{
    return name->wire[0] > 0 && name->wire[1] == '_';
}

static void read_name(struct config_reader *r, const struct config_key *key,
                      const struct yaml_node *node, struct policy_domain *domain)
{
    struct yaml_node rest = *node;
    struct dns_name name;
    if (node->kind == YAML_SCALAR && strncmp(node->text, "*.", 2) == 0) {
        domain->wildcard = true;
        rest.text += 2;
        rest.len -= 2;
    }
    if (node->kind == YAML_SCALAR && strcmp(node->text, "*") == 0) {
        config_bad_value(r, key, node, "would be every domain there is");
        return;
    }
    if (!config_name(r, key, &rest, &name))
        return;
    if (policy_model_name(&r->config->policy, &domain->name, &name))
        r->no_memory = true;
    if (name.len == 1)
        config_bad_value(r, key, node, "is the root");
    else if (starts_with_underscore(&name))
        config_bad_value(r, key, node, "is the name of a service: the domain alone belongs here");
    else if (name.wire[1] == '*')
        config_bad_value(r, key, node, "has a star that is not its whole first label");
}

static void add_component(struct config_reader *r, const struct config_key *key,
                          const struct yaml_node *item, struct policy_domain *domain)
{
    struct dns_name label, whole, name;
    char quoted[CONFIG_QUOTE_MAX];
    policy_name_get(&domain->name, &name);
    if (!config_name_item(r, key, item, &label))
        return;
    if (name.len > 1 && dns_name_is_within(&label, &name)) {
        config_error(r, item, "bad-value", "write the part before the domain only",
                     "components %s has the domain in it", config_quote(item, quoted));
        return;
    }
    if (label.len == 1 || dns_name_join(&whole, &label, &name)) {
        config_bad_value(r, key, item, "does not make a domain name");
        return;
    }
    for (size_t i = 0; i < domain->component_count; i++) {
        if (dns_name_equal(&domain->components[i], &whole)) {
            config_error(r, item, "twice", "keep one of them", "components has %s twice",
                         config_quote(item, quoted));
            return;
        }
    }
    if (policy_domain_add_component(domain, &whole))
        r->no_memory = true;
}

static void read_components(struct config_reader *r, const struct config_key *key,
                            const struct yaml_node *node, void *target)
{
    struct policy_domain *domain = target;
    const struct yaml_node *item = config_list_some(r, key, node);
    if (item && domain->wildcard) {
        config_error(r, node, "bad-value", "the wildcard serves all names below already",
                     "a wildcard domain cannot have components");
        return;
    }
    for (; item; item = item->next)
        add_component(r, key, item, domain);
}

#define SERVICE(text, which, port)                                                                 \
    {                                                                                              \
        .name = (text), .read = config_read_service,                                               \
        .expects = "a list of targets, or none, nodata, nxdomain, upstream",                       \
        .example = text ": [{target: xmpp1.example.com, port: " port "}], or " text ": none",      \
        .offset = (which), .max = 1000                                                             \
    }

static const struct config_key domain_keys[] = {
    {.name = "name",
     .read = config_read_nothing,
     .expects = "a domain name",
     .example = "name: lab.example, or name: '*.lab.example'"},
    {.name = "mode",
     .read = config_read_nothing, /* read before the services */
     .expects = "override, synthesize or amend",
     .example = "mode: override",
     .offset = offsetof(struct policy_domain, mode),
     .words = mode_words},
    {.name = "ttl",
     .read = config_read_seconds,
     .expects = "a duration",
     .example = "ttl: 5s",
     .offset = offsetof(struct policy_domain, ttl)},
    {.name = "others",
     .read = read_others,
     .expects = "upstream, nodata, nxdomain or none",
     .example = "others: upstream",
     .offset = offsetof(struct policy_domain, others),
     .words = others_words},
    {.name = "order",
     .read = config_read_word,
     .expects = "fixed, rotate or shuffle",
     .example = "order: fixed",
     .offset = offsetof(struct policy_domain, order),
     .words = order_words},
    SERVICE("xmpp-client", POLICY_XMPP_CLIENT, "5222"),
    SERVICE("xmpp-server", POLICY_XMPP_SERVER, "5269"),
    SERVICE("xmpps-client", POLICY_XMPPS_CLIENT, "5223"),
    SERVICE("xmpps-server", POLICY_XMPPS_SERVER, "5270"),
    {.name = "components",
     .read = read_components,
     .expects = "a list of subdomains",
     .item = "a name",
     .example = "components: [conference, upload]",
     .max = 1000},
    {.name = "view",
     .read = config_read_view_name,
     .expects = "the name of a view",
     .example = "view: inside",
     .offset = offsetof(struct policy_domain, view)},
};
static const struct config_keys domain_table = {domain_keys,
                                                sizeof(domain_keys) / sizeof(*domain_keys)};

void config_read_domains(struct config_reader *r, const struct config_key *key,
                         const struct yaml_node *node, void *target)
{
    struct policy_model *model = &((struct config *)target)->policy;
    const struct yaml_node *item = config_list(r, key, node);
    for (; item; item = item->next) {
        struct policy_domain *domain = policy_model_add_domain(model);
        if (!domain) {
            r->no_memory = true;
            return;
        }
        const struct yaml_node *name = config_find(item, "name");
        const struct yaml_node *mode = config_find(item, "mode");
        domain->ttl = r->config->ttl;
        domain->place = config_place(r, item);
        if (name)
            read_name(r, &domain_keys[0], name, domain);
        if (mode)
            config_read_word(r, &domain_keys[1], mode, domain);
        if (!config_read_item(r, key, item, &domain_table, domain))
            continue;
        if (!name)
            config_missing(r, &domain_keys[0], item, "this domain");
    }
}
