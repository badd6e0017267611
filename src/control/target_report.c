#include "control/target_report.h"

#include <stdlib.h>
#include <string.h>

#include "control/report.h"
#include "control/target_lines.h"

/* Whether a set has a record that the change speaks of. */
struct search {
    const struct live_target *spec;
    bool service_fits, found;
};

static bool on_row(void *arg, const struct target_row *row)
{
    struct search *search = arg;
    const struct live_target *spec = search->spec;
    search->service_fits = spec->service < 0 || spec->service == row->service;
    if (!search->service_fits)
        return false;
    if (row->any_target)
        return true;
    if (!row->amends && spec->match_port != 0 && spec->match_port != row->port)
        return true;
    search->found = dns_name_equal(&row->target, &spec->target);
    return !search->found;
}

static bool have_set(const struct target_report *report, const struct target_set *set)
{
    for (size_t i = 0; i < report->count; i++) {
        const struct target_set *have = &report->sets[i];
        if (have->item == set->item && have->component == set->component &&
            have->service == set->service)
            return true;
    }
    return false;
}

static bool on_set(void *arg, const struct target_set *set)
{
    struct target_report *report = arg;
    struct search search = {.spec = report->spec};
    if (report->visited++ == TARGET_REPORT_VISITED)
        return false;
    if (have_set(report, set))
        return true;
    targets_rows(report->targets, set, on_row, &search);
    if (!search.found)
        return true;
    if (report->count == TARGET_REPORT_SETS)
        return false;
    report->sets[report->count++] = *set;
    return true;
}

/* Where a change speaks of one domain, what it is called there: a wildcard stands for it. */
static const struct dns_name *narrowed(const struct target_report *report)
{
    return report->spec->domain.len > 0 ? &report->spec->domain : NULL;
}

static void keep_old(struct target_report *report)
{
    for (size_t i = 0; i < report->count; i++) {
        target_lines_make(&report->old[i], report->targets, report->live, &report->sets[i],
                          narrowed(report));
        report->failed |= !report->old[i].list;
    }
    uint32_t ttl;
    const struct addr *addresses;
    size_t count;
    report->old_how = live_address(report->live, &report->spec->target, &ttl, &addresses, &count);
    report->old_address = target_lines_address(report->targets, report->live, &report->spec->target,
                                               &report->address_ttl, &report->failed);
}

void target_report_before(struct target_report *report, const struct targets *targets,
                          const struct live *live, const struct live_target *spec)
{
    size_t count = 0;
    uint32_t ttl = 0;
    *report = (struct target_report){
        .targets = targets, .live = live, .spec = spec, .domain_known = true};
    report->known = targets_known(targets, &spec->target, &count, &ttl);
    if (spec->domain.len > 0)
        report->domain_known = targets_of_domain(targets, &spec->domain, on_set, report);
    else
        targets_of(targets, &spec->target, on_set, report);
    if (report->count == TARGET_REPORT_SETS && count > report->count) {
        report->more = count - report->count;
        report->more_ttl = ttl;
    }
    keep_old(report);
}

void target_report_deinit(struct target_report *report)
{
    for (size_t i = 0; i < report->count; i++)
        json_decref(report->old[i].list);
    json_decref(report->old_address);
}

/* The first row tells what is the same for all. */
static bool on_head(void *arg, const struct target_row *row)
{
    *(struct target_row *)arg = *row;
    return false;
}

static bool set_text(json_t *object, const char *key, const char *value)
{
    return json_object_set_new(object, key, json_string(value)) == 0;
}

static bool add_head(const struct target_report *report, const struct target_set *set,
                     json_t *object)
{
    struct target_row row = {0};
    struct text owner = {0};
    char text[DNS_NAME_TEXT_MAX];
    targets_rows(report->targets, set, on_head, &row);
    const struct dns_name *domain = narrowed(report) ? narrowed(report) : &row.domain;
    target_lines_owner(&row, narrowed(report), &owner);
    bool done = !owner.failed && set_text(object, "owner", owner.data);
    text_deinit(&owner);
    done = done && set_text(object, "domain", dns_name_to_text(domain, text));
    if (row.service >= 0)
        done = done &&
               set_text(object, "service", policy_service_name((enum policy_service)row.service));
    return done && (!row.view || set_text(object, "view", row.view));
}

static bool add_warning(json_t *warnings, struct text *text)
{
    bool done = !text->failed && json_array_append_new(warnings, json_string(text->data)) == 0;
    text_deinit(text);
    return done;
}

static bool warn_emptied(json_t *object, json_t *warnings)
{
    struct text text = {0};
    text_addf(&text,
              "%s has no records left: clients now try the addresses of the bare domain %s "
              "(--how none tells them that there is no service)",
              json_string_value(json_object_get(object, "owner")),
              json_string_value(json_object_get(object, "domain")));
    return add_warning(warnings, &text);
}

static bool add_set(const struct target_report *report, size_t i, json_t *list, json_t *warnings)
{
    struct target_lines now;
    const struct target_lines *old = &report->old[i];
    json_t *object = json_object();
    target_lines_make(&now, report->targets, report->live, &report->sets[i], narrowed(report));
    bool done = object && now.list && add_head(report, &report->sets[i], object);
    if (done && old->unknown)
        done = json_object_set_new(object, "amended", json_true()) == 0;
    else if (done)
        done = json_object_set(object, "old", old->list) == 0 &&
               json_object_set(object, "new", now.list) == 0;
    if (done && now.emptied && !now.unknown)
        done = warn_emptied(object, warnings);
    json_decref(now.list);
    done = done && json_array_append(list, object) == 0;
    json_decref(object);
    return done;
}

static const char *present_how(const struct target_report *report)
{
    uint32_t ttl;
    const struct addr *addresses;
    size_t count;
    return live_address(report->live, &report->spec->target, &ttl, &addresses, &count);
}

/* Only when something has become of them. */
static bool add_addresses(struct target_report *report, json_t *reply)
{
    uint32_t ttl;
    const char *how = present_how(report);
    if (how == report->old_how)
        return true;
    json_t *object = json_object();
    json_t *now = target_lines_address(report->targets, report->live, &report->spec->target, &ttl,
                                       &report->failed);
    bool done = object != NULL;
    if (done && how)
        done = set_text(object, "how", how);
    if (done && report->old_address)
        done = json_object_set(object, "old", report->old_address) == 0;
    if (done && now)
        done = json_object_set(object, "new", now) == 0;
    done = done && json_object_set(reply, "addresses", object) == 0;
    json_decref(now);
    json_decref(object);
    return done;
}

/* The longest that somebody may keep what was said before; false when only upstream knows. */
static bool old_for(const struct target_report *report, uint32_t *seconds)
{
    bool known = false;
    *seconds = report->more_ttl;
    if (present_how(report) != report->old_how) {
        *seconds = report->address_ttl;
        return report->old_address != NULL;
    }
    for (size_t i = 0; i < report->count; i++) {
        if (report->old[i].unknown)
            return false;
        known = true;
        if (report->old[i].ttl > *seconds)
            *seconds = report->old[i].ttl;
    }
    return known;
}

static bool add_until(const struct target_report *report, uint64_t wall_now, json_t *reply,
                      json_t *warnings)
{
    char until[REPORT_TIME_MAX];
    uint32_t seconds;
    if (old_for(report, &seconds)) {
        report_time(wall_now + (uint64_t)seconds * 1000, until);
        return json_object_set_new(reply, "old_for", json_integer(seconds)) == 0 &&
               set_text(reply, "old_until", until);
    }
    struct text text = {0};
    text_add(&text, "until when clients may use the old records is not known: they come from "
                    "upstream, with TTLs of its own");
    return json_object_set_new(reply, "old_for", json_null()) == 0 &&
           json_object_set_new(reply, "old_until", json_null()) == 0 &&
           add_warning(warnings, &text);
}

bool target_report_after(struct target_report *report, uint64_t wall_now, json_t *reply,
                         json_t *warnings)
{
    json_t *sets = json_array();
    bool done = sets && json_object_set(reply, "sets", sets) == 0;
    for (size_t i = 0; done && i < report->count; i++)
        done = add_set(report, i, sets, warnings);
    json_decref(sets);
    if (done && report->more > 0)
        done = json_object_set_new(reply, "more", json_integer((json_int_t)report->more)) == 0;
    done = done && add_addresses(report, reply);
    return done && add_until(report, wall_now, reply, warnings) && !report->failed;
}
