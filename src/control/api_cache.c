/* GET and DELETE /v1/cache. */
#include <stdlib.h>
#include <string.h>

#include "control/cache_text.h"
#include "control/report.h"
#include "control/routes.h"
#include "control/state.h"

#define ENTRIES_MAX 1000 /* shown at once */

/* What the parameters ask for. */
struct selection {
    bool has_name, below;
    struct dns_name name;
    uint16_t type; /* 0 = every type */
};

static bool selection_name(struct selection *out, const char *text, struct api_reply *reply)
{
    enum err e = policy_name_from_user(&out->name, text);
    out->has_name = e == ERR_OK;
    if (e != ERR_OK)
        api_fail(reply, 400, "name", "\"%.200s\" is not a domain name: %s", text,
                 e == ERR_RANGE ? "it is too long" : err_text(e));
    return e == ERR_OK;
}

static bool selection_type(struct selection *out, const char *text, struct api_reply *reply)
{
    if (dns_type_from_text(&out->type, text) == ERR_OK && out->type != 0)
        return true;
    api_fail(reply, 400, "type", "\"%.80s\" is not a record type: say SRV, A, TYPE65280 …", text);
    return false;
}

static bool selection_below(struct selection *out, const char *text, struct api_reply *reply)
{
    out->below = strcmp(text, "true") == 0 || strcmp(text, "1") == 0 || *text == '\0';
    if (out->below || strcmp(text, "false") == 0 || strcmp(text, "0") == 0)
        return true;
    api_fail(reply, 400, "below", "\"%.80s\" is neither true nor false", text);
    return false;
}

static bool selection_read(struct selection *out, const struct api_request *request,
                           struct api_reply *reply)
{
    const char *name = api_query_text(request, "name");
    const char *type = api_query_text(request, "type");
    const char *below = api_query_text(request, "below");
    *out = (struct selection){0};
    if (name && !selection_name(out, name, reply))
        return false;
    if (type && !selection_type(out, type, reply))
        return false;
    if (below && !selection_below(out, below, reply))
        return false;
    if (out->has_name || (!type && !out->below))
        return true;
    api_fail(reply, 400, "name", "type and below need a name");
    return false;
}

struct collection {
    const struct selection *selection;
    json_t *entries;
    bool more;
};

static bool selection_fits(const struct selection *s, const struct cache_key *key)
{
    bool name =
        s->below ? dns_name_is_within(key->name, &s->name) : dns_name_equal(key->name, &s->name);
    if (!name)
        return false;
    return s->type == 0 || key->type == s->type || key->type == CACHE_TYPE_NXDOMAIN;
}

static bool on_entry(void *arg, const struct cache_key *key, const struct dns_answer *answer,
                     uint32_t age, uint32_t left)
{
    struct collection *c = arg;
    if (!selection_fits(c->selection, key))
        return true;
    c->more = json_array_size(c->entries) >= ENTRIES_MAX;
    if (c->more)
        return false;
    json_array_append_new(c->entries, cache_entry_json(key, answer, age, left));
    return true;
}

void api_cache_get(struct control *control, const struct api_request *request,
                   struct api_reply *reply)
{
    struct selection selection;
    if (!selection_read(&selection, request, reply))
        return;
    reply->json = json_pack("{s:o}", "stats", report_cache(control->init.cache));
    if (!selection.has_name)
        return;
    struct collection c = {.selection = &selection, .entries = json_array()};
    cache_walk(control->init.cache, control->now, on_entry, &c);
    json_object_set_new(reply->json, "entries", c.entries);
    json_object_set_new(reply->json, "more", json_boolean(c.more));
}

void api_cache_delete(struct control *control, const struct api_request *request,
                      struct api_reply *reply)
{
    struct selection s;
    if (!selection_read(&s, request, reply))
        return;
    size_t count = cache_flush(control->init.cache, s.has_name ? &s.name : NULL, s.below, s.type);
    log_info(control->init.log, "%s removed %zu entries from the cache", request->actor, count);
    reply->json = json_pack("{s:I}", "flushed", (json_int_t)count);
}
