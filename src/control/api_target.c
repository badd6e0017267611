/* PATCH /v1/targets/{target}: a live change to a target, or the end of its changes. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "control/report.h"
#include "control/routes.h"
#include "control/state.h"
#include "control/target_body.h"
#include "control/target_offer.h"
#include "control/target_report.h"

/* A request at work. */
struct job {
    struct control *control;
    const struct api_request *request;
    struct api_reply *reply;
    const struct policy_model *model;
    struct target_body body;
    struct target_report report;
    json_t *json, *warnings;
    uint32_t id;
    size_t restored;
};

static bool warn(struct job *job, struct text *text)
{
    bool done = !text->failed && json_array_append_new(job->warnings, json_string(text->data)) == 0;
    text_deinit(text);
    return done;
}

/* A domain that the files do not know is a slip, unless all of it may be upstream's. */
static bool check_domain(struct job *job)
{
    const char *word = json_string_value(json_object_get(job->request->body, "domain"));
    struct text text = {0};
    if (job->report.domain_known)
        return true;
    text_addf(&text, "the policy has no domain %.200s", word);
    bool near = target_offer(&text, job->model, true, word);
    if (!near && !job->report.known) {
        text_add(&text, ": this changes what upstream says of it");
        return warn(job, &text);
    }
    api_fail(job->reply, 404, "domain", "%s", text.failed ? err_text(ERR_NOMEM) : text.data);
    text_deinit(&text);
    return false;
}

static bool check_unknown(struct job *job, const char *word)
{
    struct text text = {0};
    text_addf(&text, "no record of the policy leads to %.200s", word);
    if (!target_offer(&text, job->model, false, word))
        text_add(&text, ": this changes answers of upstream that do");
    else if (!job->body.unknown && target_is_slip(job->model, word)) {
        text_add(&text, " (a target that only upstream names is changed with --unknown)");
        api_fail(job->reply, 404, "target", "%s", text.failed ? err_text(ERR_NOMEM) : text.data);
        text_deinit(&text);
        return false;
    }
    return warn(job, &text);
}

/* Upstream's answers may name any target; but one that is near to a target of the policy is a slip,
 * until it is said that it is none. */
static bool check_target(struct job *job)
{
    struct text text = {0};
    const char *word = job->request->arguments[0];
    if (job->body.restore)
        return true;
    if (!job->report.known) {
        return check_unknown(job, word);
    }
    if (job->report.count > 0)
        return true;
    text_addf(&text,
              "records of the policy lead to %.200s, but none of this domain, service and "
              "port",
              word);
    return warn(job, &text);
}

static void fail_change(struct job *job, enum err e, int error)
{
    struct api_reply *reply = job->reply;
    const char *word = job->request->arguments[0];
    switch (e) {
    case ERR_EXISTS:
        api_fail(reply, 409, "If-Match", "revision %lld is not the present one, which is %llu",
                 (long long)job->request->if_match,
                 (unsigned long long)live_revision(job->control->live));
        return;
    case ERR_NOTFOUND:
        api_fail(reply, 404, "target", "there is no live change to %.200s", word);
        return;
    case ERR_LIMIT:
        api_fail(reply, 409, NULL, "there are too many live changes: restore some, or reset");
        return;
    case ERR_SYSTEM:
        api_fail(reply, 500, NULL, "nothing is changed, since the state file cannot be written: %s",
                 strerror(error));
        return;
    default:
        api_fail(reply, 500, NULL, "nothing is changed: %s", err_text(e));
    }
}

static bool change(struct job *job)
{
    struct control *control = job->control;
    int64_t if_match = job->request->if_match;
    enum err e;
    errno = 0;
    if (job->body.restore)
        e = live_target_restore(control->live, &job->body.spec, if_match, control->now,
                                control->wall_now, &job->restored);
    else
        e = live_target_set(control->live, &job->body.spec, if_match, control->now,
                            control->wall_now, &job->id);
    if (e != ERR_OK)
        fail_change(job, e, errno);
    return e == ERR_OK;
}

static bool set_new(json_t *object, const char *key, json_t *value)
{
    return json_object_set_new(object, key, value) == 0;
}

/* What was asked for, and when it ends. */
static bool add_change(struct job *job)
{
    char text[DNS_NAME_TEXT_MAX], time[REPORT_TIME_MAX];
    const struct live_target *spec = &job->body.spec;
    json_t *json = job->json;
    job->reply->revision = (int64_t)live_revision(job->control->live);
    bool done = set_new(json, "revision", json_integer(job->reply->revision));
    done = done && set_new(json, "target", json_string(dns_name_to_text(&spec->target, text)));
    if (job->body.restore)
        return done && set_new(json, "restored", json_integer((json_int_t)job->restored));
    done = done && set_new(json, "change", json_integer(job->id));
    if (spec->how)
        done = done && set_new(json, "how", json_string(spec->how));
    if (spec->for_ms > 0)
        done =
            done && set_new(json, "ends",
                            json_string(report_time(job->control->wall_now + spec->for_ms, time)));
    if (spec->uses > 0)
        done = done && set_new(json, "count", json_integer((json_int_t)spec->uses));
    return done;
}

static void reply_changed(struct job *job)
{
    bool done = add_change(job);
    done =
        done && target_report_after(&job->report, job->control->wall_now, job->json, job->warnings);
    done = done && json_object_set(job->json, "warnings", job->warnings) == 0;
    if (done) {
        job->reply->json = json_incref(job->json);
        return;
    }
    api_fail(job->reply, 500, NULL, "the change is in force, but its report found no memory");
}

static void log_change(const struct job *job)
{
    char text[DNS_NAME_TEXT_MAX];
    const char *what = job->body.restore ? "restored" : "changed";
    log_info(job->control->init.log, "%s %s target %s (%s), revision %llu", job->request->actor,
             what, dns_name_to_text(&job->body.spec.target, text),
             job->body.spec.how  ? job->body.spec.how
             : job->body.restore ? "as ever"
                                 : "fields",
             (unsigned long long)live_revision(job->control->live));
}

static void run(struct job *job)
{
    target_report_before(&job->report, control_targets(job->control), job->control->live,
                         &job->body.spec);
    if (!check_domain(job) || !check_target(job) || !change(job))
        goto done;
    log_change(job);
    reply_changed(job);
done:
    target_report_deinit(&job->report);
}

void api_target_patch(struct control *control, const struct api_request *request,
                      struct api_reply *reply)
{
    const struct control_host *host = &control->init.host;
    struct job *job = calloc(1, sizeof(*job)); /* some kilobytes */
    if (!job || !control_targets(control)) {
        api_fail(reply, 500, NULL, "nothing is changed: %s", err_text(ERR_NOMEM));
        goto done;
    }
    *job = (struct job){.control = control,
                        .request = request,
                        .reply = reply,
                        .model = &host->config(host->ctx)->policy,
                        .json = json_object(),
                        .warnings = json_array()};
    if (!job->json || !job->warnings)
        api_fail(reply, 500, NULL, "nothing is changed: %s", err_text(ERR_NOMEM));
    else if (target_body_read(&job->body, request, reply))
        run(job);
    json_decref(job->json);
    json_decref(job->warnings);
done:
    free(job);
}
