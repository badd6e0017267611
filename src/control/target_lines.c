#include "control/target_lines.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"

#define LINES_MAX 64 /* of a set; what is beyond is told as one more line */

/* A set while its lines are made: twice over its rows, first for what they have in common. */
struct job {
    struct target_lines *out;
    const struct live *live;
    const struct dns_name *domain;
    uint32_t all_ttl, ttl, edit_ttl; /* the lowest of all, of what stays, of what edits gave */
    size_t rows, stay;
    bool edited, none;
    struct text owner;
};

static void live_of(const struct job *job, const struct target_row *row, struct live_outcome *out)
{
    const struct dns_name *domain = job->domain;
    if (!domain && !row->wildcard)
        domain = &row->domain;
    live_outcome(job->live, domain, row->service, &row->target, row->port, out);
}

static uint32_t lower_of(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

void target_lines_owner(const struct target_row *row, const struct dns_name *domain,
                        struct text *out)
{
    char text[DNS_NAME_TEXT_MAX];
    if (row->owner) {
        text_add(out, dns_name_to_text(row->owner, text));
        return;
    }
    text_addf(out, "_%s._tcp.%s", policy_service_name((enum policy_service)row->service),
              row->wildcard && !domain ? "*." : "");
    text_add(out, dns_name_to_text(domain ? domain : &row->domain, text));
}

static bool on_first(void *arg, const struct target_row *row)
{
    struct job *job = arg;
    struct live_outcome live;
    if (job->rows++ == 0)
        target_lines_owner(row, job->domain, &job->owner);
    if (row->amends) {
        job->out->unknown = true;
        return true;
    }
    live_of(job, row, &live);
    job->all_ttl = lower_of(job->all_ttl, row->ttl);
    job->none |= (live.fields & POLICY_EDIT_NONE) != 0;
    if (live.fields & POLICY_EDIT_REMOVE)
        return true;
    job->stay++;
    job->ttl = lower_of(job->ttl, row->ttl);
    if (!(live.fields & POLICY_EDIT_TTL))
        return true;
    job->edit_ttl = lower_of(job->edit_ttl, live.ttl);
    job->edited = true;
    return true;
}

static bool add_line(json_t *list, struct text *line)
{
    bool done = !line->failed && json_array_append_new(list, json_string(line->data)) == 0;
    text_deinit(line);
    return done;
}

static bool on_second(void *arg, const struct target_row *row)
{
    struct job *job = arg;
    struct live_outcome live;
    struct text line = {0};
    char target[DNS_NAME_TEXT_MAX];
    live_of(job, row, &live);
    if (live.fields & POLICY_EDIT_REMOVE)
        return true;
    if (json_array_size(job->out->list) >= LINES_MAX)
        return false;
    text_addf(&line, "%s %u IN SRV %u %u %u %s", job->owner.data, job->out->ttl,
              live.fields & POLICY_EDIT_PRIORITY ? live.priority : row->priority,
              live.fields & POLICY_EDIT_WEIGHT ? live.weight : row->weight,
              live.fields & POLICY_EDIT_PORT ? live.port : row->port,
              dns_name_to_text(&row->target, target));
    return add_line(job->out->list, &line);
}

static bool add_none(struct job *job)
{
    struct text line = {0};
    text_addf(&line, "%s %u IN SRV 0 0 0 .", job->owner.data, job->out->ttl);
    return add_line(job->out->list, &line);
}

void target_lines_make(struct target_lines *out, const struct targets *targets,
                       const struct live *live, const struct target_set *set,
                       const struct dns_name *domain)
{
    struct job job = {.out = out,
                      .live = live,
                      .domain = domain,
                      .all_ttl = UINT32_MAX,
                      .ttl = UINT32_MAX,
                      .edit_ttl = UINT32_MAX};
    *out = (struct target_lines){.list = json_array()};
    targets_rows(targets, set, on_first, &job);
    out->ttl = job.edited ? job.edit_ttl : job.ttl;
    out->emptied = job.stay == 0 && !job.none;
    if (out->emptied)
        out->ttl = job.all_ttl;
    if (!out->list || job.owner.failed || job.rows == 0)
        out->unknown = true;
    if (out->unknown)
        out->ttl = 0;
    else if (job.none)
        add_none(&job);
    else
        targets_rows(targets, set, on_second, &job);
    text_deinit(&job.owner);
}

/* The addresses of a target. */
struct addresses {
    json_t *list;
    const char *owner;
    uint32_t ttl;
    size_t count; /* that the files have, "none" included */
    bool failed;
};

static void add_address(struct addresses *job, const struct addr *addr, uint32_t ttl)
{
    struct text line = {0};
    char text[ADDR_TEXT_MAX];
    text_addf(&line, "%s %u IN %s %s", job->owner, ttl,
              addr->sa.sa_family == AF_INET ? "A" : "AAAA", addr_format_host(addr, text));
    job->ttl = ttl > job->ttl ? ttl : job->ttl;
    if (!add_line(job->list, &line))
        job->failed = true;
}

static bool on_address(void *arg, const char *view, const struct addr *addr, uint32_t ttl)
{
    struct addresses *job = arg;
    (void)view;
    job->count++;
    job->ttl = ttl > job->ttl ? ttl : job->ttl;
    if (addr && json_array_size(job->list) < LINES_MAX)
        add_address(job, addr, ttl);
    return !job->failed;
}

json_t *target_lines_address(const struct targets *targets, const struct live *live,
                             const struct dns_name *target, uint32_t *ttl, bool *failed)
{
    char owner[DNS_NAME_TEXT_MAX];
    struct addresses job = {.list = json_array(), .owner = dns_name_to_text(target, owner)};
    const struct addr *addresses;
    size_t count = 0;
    if (!job.list) {
        *failed = true;
        return NULL;
    }
    if (live_address(live, target, &job.ttl, &addresses, &count)) {
        job.count = 1;
        for (size_t i = 0; i < count; i++)
            add_address(&job, &addresses[i], job.ttl);
    } else {
        targets_addresses(targets, target, on_address, &job);
    }
    *ttl = job.ttl;
    *failed |= job.failed;
    if (job.count > 0)
        return job.list;
    json_decref(job.list);
    return NULL;
}
