#include "policy/check_parts.h"
#include "policy/policy.h"

void check_ttl_zero(uint32_t ttl, const struct dns_name *name, const struct place *place,
                    struct diag_list *diags)
{
    char text[DNS_NAME_TEXT_MAX];
    if (ttl == 0)
        diag_add(diags, DIAG_WARNING, "ttl-zero", place,
                 "some software keeps such an answer for ever: 1s is the shortest that is safe",
                 "the TTL of %s is 0", dns_name_to_text(name, text));
}

static void check_edits(const struct policy_domain *domain, const struct dns_name *name,
                        const struct policy_set *set, struct diag_list *diags)
{
    struct place place = spot_place(domain->place.file, set->place);
    for (size_t i = 0; i < set->edit_count; i++) {
        if (set->edits[i].fields & POLICY_EDIT_TTL)
            check_ttl_zero(set->edits[i].ttl, name, &place, diags);
    }
}

static void check_domain(const struct policy_domain *domain, struct diag_list *diags)
{
    struct dns_name name;
    policy_name_get(&domain->name, &name);
    check_owner_domain(domain, diags);
    check_special_report(&name, &domain->place, diags);
    check_ttl_zero(domain->ttl, &name, &domain->place, diags);
    for (int s = 0; s < POLICY_SERVICES; s++)
        check_edits(domain, &name, &domain->sets[s], diags);
}

static void check_host(const struct policy_host *host, struct diag_list *diags)
{
    check_special_report(&host->name, &host->place, diags);
    check_ttl_zero(host->ttl, &host->name, &host->place, diags);
}

void policy_check(const struct policy_model *model, struct diag_list *diags)
{
    struct check_names names = {0};
    for (size_t i = 0; i < model->domain_count; i++)
        check_domain(&model->domains[i], diags);
    for (size_t i = 0; i < model->host_count; i++)
        check_host(&model->hosts[i], diags);
    enum err err = check_names_init(&names, model);
    if (!err)
        err = check_records(model, diags);
    if (!err)
        err = check_srv_all(model, &names, diags);
    check_names_deinit(&names);
    if (err)
        diag_add(diags, DIAG_ERROR, "memory", NULL, NULL, "the policy could not be checked: %s",
                 err_text(err));
}
