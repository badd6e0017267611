#include <stdlib.h>
#include <string.h>

#include "policy/build.h"
#include "policy/contradict.h"
#include "policy/table.h"

/* The policy's own copies of the names of files: the model may go. */
static enum err copy_files(struct policy *policy, const struct part_list *parts)
{
    if (parts->file_count > POLICY_RRSET_FILES_MAX)
        return ERR_NOMEM;
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

static size_t count_services(const struct policy_domain *domain)
{
    size_t count = 0;
    for (int s = 0; s < POLICY_SERVICES; s++)
        count += part_kind(domain, (enum policy_service)s) != POLICY_SET_UPSTREAM;
    return count;
}

static void count_model(struct policy *policy, const struct policy_model *model, const char *view)
{
    policy->counts.records = model->record_count;
    for (size_t i = 0; i < model->host_count; i++)
        policy->counts.hosts += part_view(model->hosts[i].view, view) != PART_ELSEWHERE;
    for (size_t i = 0; i < model->domain_count; i++) {
        if (part_view(model->domains[i].view, view) == PART_ELSEWHERE)
            continue;
        policy->counts.domains++;
        policy->counts.services += count_services(&model->domains[i]);
    }
}

/* One pass does it all, because each step to the next owner is one into cold memory. After the
 * first error nothing is built any more, but contradictions are still looked for. */
static enum err add_nodes(struct policy *policy, struct part_list *parts, struct diag_list *diags)
{
    struct node_builder builder;
    struct policy_marks marks = {0};
    size_t errors_before = diags->errors;
    enum err e = node_builder_init(&builder, parts, policy->generation, &policy->arena, diags);
    for (size_t end, at = 0; at < parts->count && e == ERR_OK; at = end) {
        uint32_t node;
        part_prefetch(parts, at);
        end = part_group_end(parts, at);
        contradict_find(parts, at, end, diags);
        if (diags->errors > errors_before)
            continue;
        e = node_build(&builder, at, end, &node);
        if (e == ERR_OK)
            e = policy_put(policy, &marks, node, part_hash(&parts->items[at]));
    }
    node_builder_deinit(&builder);
    return e == ERR_OK ? policy_marks_finish(policy, &marks) : e;
}

static struct policy *new_for(const struct part_list *parts, const struct hash_key *key)
{
    size_t wildcards = 0; /* stand last */
    while (wildcards < parts->count && parts->items[parts->count - wildcards - 1].wildcard)
        wildcards++;
    return policy_new(key, parts->names, wildcards);
}

struct policy *policy_compile(const struct policy_model *model, const struct hash_key *key,
                              uint32_t generation, const char *view, struct diag_list *diags)
{
    struct part_list parts;
    struct policy *policy = NULL;
    size_t errors_before = diags->errors;
    enum err e = part_list_init(&parts, model, key, view, diags);
    if (e != ERR_OK)
        goto out;
    policy = new_for(&parts, key);
    if (!policy)
        goto out;
    policy->generation = generation;
    count_model(policy, model, view);
    e = copy_files(policy, &parts);
    if (e == ERR_OK)
        e = add_nodes(policy, &parts, diags);
    names_fit(&policy->names);
    policy_arena_fit(&policy->arena);
    if (e != ERR_OK || diags->errors > errors_before) {
        policy_free(policy);
        policy = NULL;
    }
out:
    part_list_deinit(&parts);
    return policy;
}
