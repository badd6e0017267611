/* Finding what the policy says: among few names and among many, ours or not. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <urcu-qsbr.h>

#include "bench.h"
#include "policy/policy.h"

struct lookup {
    struct policy_model model;
    struct diag_list diags;
    struct policy *policy;
    struct bench_names names;
};

static void add_host(struct policy_model *model, const char *name, const char *address)
{
    struct addr a;
    struct policy_host *host = policy_model_add_host(model);
    if (!host || addr_parse(&a, address, 0) != ERR_OK)
        bench_die("the host cannot be added");
    host->name = bench_name(name);
    host->ttl = 5;
    host->place = (struct place){policy_model_file(model, "bench.yaml"), 1, 1};
    if (policy_host_add_address(host, &a) != ERR_OK)
        bench_die("no memory");
}

static void add_domain(struct policy_model *model, const struct dns_name *name, bool wildcard)
{
    struct policy_domain *domain = policy_model_add_domain(model);
    struct policy_set *set = domain ? &domain->sets[POLICY_XMPP_CLIENT] : NULL;
    struct policy_target *target = set ? policy_set_add_target(model, set) : NULL;
    if (!target)
        bench_die("no memory");
    if (policy_model_name(model, &domain->name, name) != ERR_OK)
        bench_die("no memory");
    domain->wildcard = wildcard;
    domain->ttl = 5;
    domain->place = (struct place){policy_model_file(model, "bench.yaml"), 1, 1};
    set->listed = true;
    set->kind = POLICY_SET_TARGETS;
    set->place = target->place = (struct spot){1, 1};
    const struct dns_name to = bench_name("xmpp1.lab.example.");
    if (policy_model_name(model, &target->name, &to) != ERR_OK)
        bench_die("no memory");
    target->port = 5222;
    target->weight = 5;
}

/* The names of a domain's service, below one domain each; or, with a wildcard, below one. */
static void *policy_open(const struct bench *bench)
{
    const char *form = bench->data;
    const struct dns_name all = bench_name("policy.example.");
    struct lookup *l = bench_alloc(1, sizeof(*l));
    struct dns_name name;
    rcu_register_thread();
    for (unsigned i = 0; i < bench->size; i++) {
        char text[64];
        snprintf(text, sizeof(text), "d%u.policy.example.", i);
        name = bench_name(text);
        add_domain(&l->model, &name, false);
    }
    add_domain(&l->model, &all, true);
    add_host(&l->model, "xmpp1.lab.example.", "10.5.0.11");
    l->policy = policy_compile(&l->model, &bench_key, 1, NULL, &l->diags);
    if (!l->policy)
        bench_die("the policy does not compile");
    bench_names_init(&l->names, form, bench->size);
    return l;
}

static void policy_close(void *state)
{
    struct lookup *l = state;
    bench_names_deinit(&l->names);
    policy_free(l->policy);
    policy_model_deinit(&l->model);
    diag_list_deinit(&l->diags);
    rcu_unregister_thread();
    free(l);
}

static void run_find(void *state, uint64_t count)
{
    struct lookup *l = state;
    struct dns_name name;
    struct policy_match match;
    for (uint64_t i = 0; i < count; i++) {
        bench_names_next(&l->names, &name);
        uint64_t hash = hash_bytes(&bench_key, name.wire, name.len);
        policy_find(l->policy, &name, hash, DNS_TYPE_SRV, &match);
        bench_keep(&match);
    }
}

static const char exact[] = "_xmpp-client._tcp.d#.policy.example.";
static const char below[] = "_xmpp-client._tcp.w#.policy.example.";
static const char other[] = "_xmpp-client._tcp.d#.other.example.";

const struct bench policy_benches[] = {
    {"policy/exact/1000", policy_open, run_find, policy_close, 1000, exact},
    {"policy/exact/100000", policy_open, run_find, policy_close, 100000, exact},
    {"policy/wildcard/1000", policy_open, run_find, policy_close, 1000, below},
    {"policy/not-ours/1000", policy_open, run_find, policy_close, 1000, other},
    {"policy/not-ours/100000", policy_open, run_find, policy_close, 100000, other},
    {0},
};
