#include "control/target_body.h"

#include <string.h>

#include "base/text.h"

/* A body while it is read. */
struct job {
    struct target_body *out;
    const json_t *body;
    struct api_reply *reply;
};

static bool has(const struct job *job, const char *key)
{
    return json_object_get(job->body, key) != NULL;
}

/* A text, "" when there is none of this name. */
static const char *text_of(const struct job *job, const char *key)
{
    const char *text = json_string_value(json_object_get(job->body, key));
    return text ? text : "";
}

static bool read_name(struct job *job, const char *key, const char *text, struct dns_name *out)
{
    enum err e = policy_name_from_user(out, text);
    if (e != ERR_OK) {
        api_fail(job->reply, 400, key, "\"%.200s\" is not a host name: %s", text,
                 e == ERR_RANGE ? "it is too long" : err_text(e));
        return false;
    }
    if (out->wire[0] != 1 || out->wire[1] != '*')
        return true;
    api_fail(job->reply, 400, key,
             "\"%.200s\": a live change speaks of one name; write one without \"*\"", text);
    return false;
}

static bool read_domain(struct job *job)
{
    if (!has(job, "domain"))
        return true;
    return read_name(job, "domain", text_of(job, "domain"), &job->out->spec.domain);
}

/* "xmpp-client", and also "_xmpp-client._tcp". */
static bool read_service(struct job *job)
{
    const char *word = text_of(job, "service"), *names[POLICY_SERVICES];
    char plain[64];
    size_t len = strcspn(word[0] == '_' ? word + 1 : word, ".");
    job->out->spec.service = -1;
    if (!has(job, "service"))
        return true;
    if (len >= sizeof(plain))
        len = sizeof(plain) - 1;
    memcpy(plain, word[0] == '_' ? word + 1 : word, len);
    plain[len] = '\0';
    for (int i = 0; i < POLICY_SERVICES; i++) {
        names[i] = policy_service_name((enum policy_service)i);
        if (strcmp(names[i], plain) == 0)
            job->out->spec.service = i;
    }
    if (job->out->spec.service >= 0)
        return true;
    const char *near = text_nearest(plain, names, POLICY_SERVICES);
    api_fail(job->reply, 404, "service", "there is no service \"%.80s\": %s%s%s", word,
             near ? "did you mean \"" : "it is one of xmpp-client, xmpp-server, xmpps-client, ",
             near ? near : "xmpps-server", near ? "\"?" : "");
    return false;
}

static bool read_how(struct job *job)
{
    size_t count;
    const char *word = text_of(job, "how"), *const *hows = live_hows(&count);
    if (!has(job, "how"))
        return true;
    for (size_t i = 0; i < count; i++) {
        if (strcmp(hows[i], word) == 0)
            job->out->spec.how = hows[i];
    }
    if (job->out->spec.how)
        return true;
    const char *near = text_nearest(word, hows, count);
    api_fail(job->reply, 400, "how", "a target does not fail by \"%.80s\": %s%s%s", word,
             near ? "did you mean \""
                  : "how is one of remove, demote, none, no-address, nxdomain, ",
             near ? near : "refuse, blackhole", near ? "\"?" : "");
    return false;
}

/* A whole number from `min` to `max`; 0 when it is not there. */
static bool read_number(struct job *job, const char *key, uint64_t min, uint64_t max, uint64_t *out)
{
    const json_t *value = json_object_get(job->body, key);
    json_int_t number = json_integer_value(value);
    *out = 0;
    if (!value)
        return true;
    if (json_is_integer(value) && number >= (json_int_t)min && (uint64_t)number <= max) {
        *out = (uint64_t)number;
        return true;
    }
    api_fail(job->reply, 400, key, "%s takes a number from %llu to %llu", key,
             (unsigned long long)min, (unsigned long long)max);
    return false;
}

static bool read_field(struct job *job, const char *key, unsigned field, uint16_t *out)
{
    uint64_t number;
    if (!read_number(job, key, 0, UINT16_MAX, &number))
        return false;
    *out = (uint16_t)number;
    job->out->spec.fields |= has(job, key) ? field : 0;
    return true;
}

static bool read_ttl(struct job *job)
{
    uint64_t ms = 0;
    if (!has(job, "ttl"))
        return true;
    enum err e = text_duration(&ms, text_of(job, "ttl"));
    if (e == ERR_OK && ms % 1000 == 0 && ms / 1000 <= INT32_MAX) { /* RFC 2181 §8 */
        job->out->spec.ttl = (uint32_t)(ms / 1000);
        job->out->spec.fields |= POLICY_EDIT_TTL;
        return true;
    }
    api_fail(job->reply, 400, "ttl",
             "ttl \"%.80s\": it takes a duration in whole seconds, such as \"0\", \"5s\" or \"1h\"",
             text_of(job, "ttl"));
    return false;
}

static bool read_for(struct job *job)
{
    const char *text = text_of(job, "for");
    if (!has(job, "for"))
        return true;
    enum err e = text_duration(&job->out->spec.for_ms, text);
    if (e == ERR_OK && job->out->spec.for_ms > 0)
        return true;
    api_fail(job->reply, 400, "for",
             "for \"%.80s\": it takes a duration of more than 0, such as \"30s\"", text);
    return false;
}

static bool read_restore(struct job *job)
{
    const json_t *value = json_object_get(job->body, "restore");
    job->out->restore = json_is_true(value);
    if (!value || json_is_boolean(value))
        return true;
    api_fail(job->reply, 400, "restore", "restore takes true");
    return false;
}

static bool read_unknown(struct job *job)
{
    const json_t *value = json_object_get(job->body, "unknown");
    job->out->unknown = json_is_true(value);
    if (!value || json_is_boolean(value))
        return true;
    api_fail(job->reply, 400, "unknown", "unknown takes true");
    return false;
}

static bool read_numbers(struct job *job)
{
    struct live_target *spec = &job->out->spec;
    uint64_t match_port;
    if (!read_field(job, "priority", POLICY_EDIT_PRIORITY, &spec->priority))
        return false;
    if (!read_field(job, "weight", POLICY_EDIT_WEIGHT, &spec->weight))
        return false;
    if (!read_field(job, "port", POLICY_EDIT_PORT, &spec->port))
        return false;
    if (!read_number(job, "match-port", 1, UINT16_MAX, &match_port))
        return false;
    spec->match_port = (uint16_t)match_port;
    return read_number(job, "count", 1, UINT32_MAX, &spec->uses);
}

/* What goes with what. */
static bool refuse_beside(struct job *job, const char *with, const char *key, const char *why)
{
    if (!has(job, key))
        return false;
    api_fail(job->reply, 400, key, "%s does not go with %s: %s", key, with, why);
    return true;
}

static bool check_restore(struct job *job)
{
    static const char *const others[] = {"how", "priority", "weight", "port",
                                         "ttl", "for",      "count"};
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        if (refuse_beside(job, "restore", others[i], "restore takes changes back"))
            return false;
    }
    return true;
}

static bool check_how(struct job *job)
{
    static const char *const fields[] = {"priority", "weight", "port"};
    static const char *const scope[] = {"domain", "service", "match-port"};
    const char *how = job->out->spec.how;
    for (size_t i = 0; i < 3; i++) {
        if (refuse_beside(job, "how", fields[i], "change fields, or let the target fail"))
            return false;
        if (live_how_is_address(how) &&
            refuse_beside(job, how, scope[i],
                          "it changes the addresses of the target, whoever leads to it"))
            return false;
    }
    return true;
}

static bool check_all(struct job *job)
{
    if (job->out->restore)
        return check_restore(job);
    if (job->out->spec.how)
        return check_how(job);
    if (job->out->spec.fields != 0)
        return true;
    api_fail(job->reply, 400, NULL,
             "nothing is to change: give how, restore, priority, weight, port or ttl");
    return false;
}

bool target_body_read(struct target_body *out, const struct api_request *request,
                      struct api_reply *reply)
{
    struct job job = {out, request->body, reply};
    *out = (struct target_body){0};
    if (!json_is_object(request->body)) {
        api_fail(reply, 400, NULL,
                 "the body is to be a JSON object, such as {\"how\": \"remove\"}");
        return false;
    }
    if (!read_name(&job, "target", request->arguments[0], &out->spec.target))
        return false;
    if (!read_domain(&job) || !read_service(&job) || !read_how(&job))
        return false;
    if (!read_numbers(&job) || !read_ttl(&job) || !read_for(&job) || !read_restore(&job) ||
        !read_unknown(&job))
        return false;
    return check_all(&job);
}
