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

#define FETCH 16 /* parts ahead */

/* Parts are anywhere among the sorted ones, where they are compared with those beside them, and
 * their owners anywhere in the table. */
static void fetch(const struct policy *policy, const struct part_list *parts, size_t sequence)
{
    size_t far = sequence + 2 * FETCH, near = sequence + FETCH;
    if (far < parts->place_count && parts->places[far] != PART_NOWHERE) {
        const struct part *part = &parts->items[parts->places[far]];
        __builtin_prefetch(part > parts->items ? part - 1 : part);
        __builtin_prefetch(part + 1);
    }
    if (near < parts->place_count && parts->places[near] != PART_NOWHERE)
        policy_prefetch(policy, part_hash(&parts->items[parts->places[near]]));
}

struct compiling {
    struct policy *policy;
    struct node_builder builder;
    struct policy_marks marks;
    struct diag_list *diags;
    size_t errors_before;
};

/* After the first error nothing is built any more, but contradictions are still looked for. */
static enum err add_group(struct compiling *c, const struct part_list *parts, size_t first)
{
    size_t end = part_group_end(parts, first);
    uint32_t node;
    contradict_find(parts, first, end, c->diags);
    if (c->diags->errors > c->errors_before)
        return ERR_OK;
    enum err e = node_build(&c->builder, first, end, &node);
    if (e != ERR_OK)
        return e;
    return policy_put(c->policy, &c->marks, node, part_hash(&parts->items[first]));
}

/* One pass does it all, in the order of the model: what it says of an owner, and of the next one,
 * mostly stands together. */
static enum err add_nodes(struct policy *policy, struct part_list *parts, struct diag_list *diags)
{
    struct compiling c = {.policy = policy, .diags = diags, .errors_before = diags->errors};
    enum err e = node_builder_init(&c.builder, parts, policy->generation, &policy->arena, diags);
    for (size_t n = 0; n < parts->place_count && e == ERR_OK; n++) {
        size_t at = parts->places[n];
        fetch(policy, parts, n);
        if (at != PART_NOWHERE && part_group_begins(parts, at))
            e = add_group(&c, parts, at);
    }
    node_builder_deinit(&c.builder);
    return e == ERR_OK ? policy_marks_finish(policy, &c.marks) : e;
}

#define NODE_USUAL 128 /* bytes; more than most have, and what is too much is given back */

static struct policy *new_for(const struct part_list *parts, const struct hash_key *key)
{
    size_t wildcards = 0; /* stand last */
    while (wildcards < parts->count && parts->items[parts->count - wildcards - 1].wildcard)
        wildcards++;
    struct policy *policy = policy_new(key, parts->names, wildcards);
    if (policy && policy_arena_init(&policy->arena, parts->count * NODE_USUAL) != ERR_OK) {
        policy_free(policy);
        policy = NULL;
    }
    return policy;
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
