/* GET /v1/targets: where the policy sends clients, and the live changes to it. */
#include <string.h>

#include "control/routes.h"
#include "control/state.h"
#include "control/target_offer.h"
#include "control/targets.h"

#define ROWS_MAX 1000 /* shown at once */

struct listing {
    const struct control *control;
    const struct dns_name *domain; /* only this; NULL = all */
    json_t *list;
    size_t more;
    bool failed;
};

static bool set_integer(json_t *object, const char *key, uint64_t value)
{
    return json_object_set_new(object, key, json_integer((json_int_t)value)) == 0;
}

static bool set_text(json_t *object, const char *key, const char *value)
{
    return json_object_set_new(object, key, json_string(value)) == 0;
}

static bool add_names(json_t *object, const struct target_row *row)
{
    char text[DNS_NAME_TEXT_MAX], domain[DNS_NAME_TEXT_MAX + 2] = "*.";
    dns_name_to_text(&row->target, text);
    dns_name_to_text(&row->domain, domain + 2);
    bool done = set_text(object, "target", row->any_target ? "*" : text);
    done = done && set_text(object, "domain", row->wildcard ? domain : domain + 2);
    if (row->service >= 0)
        done = done &&
               set_text(object, "service", policy_service_name((enum policy_service)row->service));
    else if (row->owner)
        done = done && set_text(object, "owner", dns_name_to_text(row->owner, text));
    if (row->view)
        done = done && set_text(object, "view", row->view);
    return done && (!row->amends || json_object_set_new(object, "amends", json_true()) == 0);
}

/* One number as it is in force, and under "was" as the files have it when that differs. */
struct number {
    const char *key;
    unsigned field;
    uint32_t file, live;
};

static bool add_number(json_t *object, json_t *was, unsigned known, unsigned changed,
                       const struct number *number)
{
    if (!((known | changed) & number->field))
        return true;
    bool differs = (changed & number->field) && number->live != number->file;
    if (differs && (known & number->field) && !set_integer(was, number->key, number->file))
        return false;
    return set_integer(object, number->key, changed & number->field ? number->live : number->file);
}

static bool add_numbers(json_t *object, const struct target_row *row,
                        const struct live_outcome *live)
{
    const struct number numbers[] = {
        {"priority", POLICY_EDIT_PRIORITY, row->priority, live->priority},
        {"weight", POLICY_EDIT_WEIGHT, row->weight, live->weight},
        {"port", POLICY_EDIT_PORT, row->port, live->port},
        {"ttl", POLICY_EDIT_TTL, row->ttl, live->ttl},
    };
    json_t *was = json_object();
    bool done = was != NULL;
    for (size_t i = 0; done && i < sizeof(numbers) / sizeof(numbers[0]); i++)
        done = add_number(object, was, row->fields, live->fields, &numbers[i]);
    if (done && json_object_size(was) > 0)
        done = json_object_set(object, "was", was) == 0;
    json_decref(was);
    return done;
}

/* What a live change made of it, in a word. */
static const char *state_of(const struct control *control, const struct target_row *row,
                            const struct live_outcome *live)
{
    uint32_t ttl;
    const struct addr *addresses;
    size_t count;
    if (live->fields & POLICY_EDIT_REMOVE)
        return "removed";
    if (live->fields & POLICY_EDIT_NONE)
        return "none";
    const char *how = live_address(control->live, &row->target, &ttl, &addresses, &count);
    if (how)
        return how;
    return live->fields != 0 ? "changed" : "ok";
}

static json_t *row_json(const struct control *control, const struct target_row *row)
{
    struct live_outcome live;
    const struct dns_name *domain = row->wildcard ? NULL : &row->domain;
    json_t *object = json_object();
    live_outcome(control->live, domain, row->service, &row->target, row->port, &live);
    bool done = object && add_names(object, row) && add_numbers(object, row, &live);
    done = done && set_text(object, "state", state_of(control, row, &live));
    if (done)
        done = json_object_set_new(object, "changes",
                                   live_changes_json(control->live, domain, row->service,
                                                     &row->target, row->port, control->now)) == 0;
    if (done)
        return object;
    json_decref(object);
    return NULL;
}

static bool on_row(void *arg, const struct target_row *row)
{
    struct listing *listing = arg;
    const struct dns_name *domain = listing->domain;
    bool below = domain && row->wildcard && domain->len > row->domain.len;
    if (domain && !dns_name_equal(&row->domain, domain) &&
        !(below && dns_name_is_within(domain, &row->domain)))
        return true;
    if (json_array_size(listing->list) >= ROWS_MAX) {
        listing->more++;
        return true;
    }
    if (json_array_append_new(listing->list, row_json(listing->control, row)) != 0)
        listing->failed = true;
    return !listing->failed;
}

static void refuse_domain(const struct policy_model *model, const char *word,
                          struct api_reply *reply)
{
    struct text offer = {0};
    text_add(&offer, "");
    target_offer(&offer, model, true, word);
    api_fail(reply, 404, "domain", "the policy has no targets for the domain \"%.200s\"%s", word,
             offer.failed ? "" : offer.data);
    text_deinit(&offer);
}

/* "*.lab.example" is asked for as it is shown. */
static bool read_domain(const char *word, struct dns_name *out, struct api_reply *reply)
{
    const char *plain = strncmp(word, "*.", 2) == 0 ? word + 2 : word;
    enum err e = policy_name_from_user(out, plain);
    if (e == ERR_OK)
        return true;
    api_fail(reply, 400, "domain", "\"%.200s\" is not a domain name: %s", word,
             e == ERR_RANGE ? "it is too long" : err_text(e));
    return false;
}

static void finish(const struct listing *listing, struct api_reply *reply)
{
    const struct control *control = listing->control;
    reply->revision = (int64_t)live_revision(control->live);
    reply->json =
        json_pack("{s:I, s:O, s:o}", "revision", (json_int_t)reply->revision, "targets",
                  listing->list, "changes", live_targets_json(control->live, control->now));
    if (listing->failed || !reply->json) {
        json_decref(reply->json);
        reply->json = NULL;
        api_fail(reply, 500, NULL, "out of memory");
        return;
    }
    if (listing->more > 0)
        json_object_set_new(reply->json, "more", json_integer((json_int_t)listing->more));
}

void api_targets_get(struct control *control, const struct api_request *request,
                     struct api_reply *reply)
{
    const struct policy_model *model = &control->init.host.config(control->init.host.ctx)->policy;
    const char *word = api_query_text(request, "domain");
    struct dns_name domain;
    struct listing listing = {.control = control, .list = json_array()};
    if (word && !read_domain(word, &domain, reply))
        goto done;
    listing.domain = word ? &domain : NULL;
    listing.failed = !listing.list;
    if (listing.list)
        targets_walk(model, on_row, &listing);
    if (word && !listing.failed && json_array_size(listing.list) == 0)
        refuse_domain(model, word, reply);
    else
        finish(&listing, reply);
done:
    json_decref(listing.list);
}
