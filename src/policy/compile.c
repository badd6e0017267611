#include <stdlib.h>
#include <string.h>

#include "policy/build.h"
#include "policy/contradict.h"
#include "policy/table.h"

static void find_contradictions(const struct part_list *parts, struct diag_list *diags)
{
    for (size_t at = 0; at < parts->count;) {
        size_t end = part_group_end(parts, at);
        contradict_find(parts, at, end, diags);
        at = end;
    }
}

/* The policy's own copies of the names of files: the model may go. */
static enum err copy_files(struct policy *policy, const struct part_list *parts)
{
    policy->files = calloc(parts->file_count + 1, sizeof(*policy->files));
    if (!policy->files)
        return ERR_NOMEM;
    for (size_t i = 0; i < parts->file_count; i++) {
        policy->files[i] = strdup(parts->files[i] ? parts->files[i] : "policy");
        if (!policy->files[i])
            return ERR_NOMEM;
        policy->file_count++;
    }
    return ERR_OK;
}

static void count_model(struct policy *policy, const struct policy_model *model)
{
    policy->counts.domains = model->domain_count;
    policy->counts.hosts = model->host_count;
    policy->counts.records = model->record_count;
    for (size_t i = 0; i < model->domain_count; i++) {
        for (int s = 0; s < POLICY_SERVICES; s++) {
            if (part_kind(&model->domains[i], (enum policy_service)s) != POLICY_SET_UPSTREAM)
                policy->counts.services++;
        }
    }
}

static enum err add_nodes(struct policy *policy, struct part_list *parts, struct diag_list *diags)
{
    struct node_builder builder;
    enum err e = node_builder_init(&builder, parts, policy->generation, diags);
    for (size_t at = 0; at < parts->count && e == ERR_OK;) {
        const struct part *part = &parts->items[at];
        struct policy_node *node;
        size_t end = part_group_end(parts, at);
        e = node_build(&builder, at, end, &node);
        if (e != ERR_OK)
            break;
        policy_table_add(part->wildcard ? policy->wildcards : policy->names, node, part->hash);
        policy->counts.owners += node->rrset_count > 0;
        at = end;
    }
    node_builder_deinit(&builder);
    return e;
}

/* The parts of wildcards come last. Parts are as many as nodes or more, but a host has two. */
static struct policy *new_for(const struct part_list *parts, const struct hash_key *key)
{
    size_t names = 0;
    while (names < parts->count && !parts->items[names].wildcard)
        names++;
    size_t twice = parts->model->host_count < names ? parts->model->host_count : names;
    return policy_new(key, names - twice, parts->count - names);
}

struct policy *policy_compile(const struct policy_model *model, const struct hash_key *key,
                              uint32_t generation, struct diag_list *diags)
{
    struct part_list parts;
    struct policy *policy = NULL;
    size_t errors_before = diags->errors;
    enum err e = part_list_init(&parts, model, key, diags);
    if (e != ERR_OK)
        goto out;
    find_contradictions(&parts, diags);
    if (diags->errors > errors_before)
        goto out;
    policy = new_for(&parts, key);
    if (!policy)
        goto out;
    policy->generation = generation;
    count_model(policy, model);
    e = copy_files(policy, &parts);
    if (e == ERR_OK)
        e = add_nodes(policy, &parts, diags);
    if (e == ERR_OK)
        e = policy_mark_alive(policy);
    if (e != ERR_OK || diags->errors > errors_before) {
        policy_free(policy);
        policy = NULL;
    }
out:
    part_list_deinit(&parts);
    return policy;
}
