/* GET /v1/status, POST /v1/reload, POST /v1/reset. */
#include <stdlib.h>
#include <string.h>

#include "control/report.h"
#include "control/routes.h"
#include "control/state.h"

static json_t *policy_json(const struct control *control)
{
    const struct control_host *host = &control->init.host;
    const struct resolve_settings *settings = host->settings(host->ctx);
    struct policy_counts counts;
    policy_counts(settings->policy, &counts);
    return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I}", "generation",
                     (json_int_t)policy_generation(settings->policy), "domains",
                     (json_int_t)counts.domains, "services", (json_int_t)counts.services, "hosts",
                     (json_int_t)counts.hosts, "records", (json_int_t)counts.records, "owners",
                     (json_int_t)counts.owners);
}

static json_t *listen_json(const struct control *control)
{
    json_t *list = json_array();
    char text[ADDR_TEXT_MAX];
    for (size_t i = 0; i < control->init.addr_count; i++)
        json_array_append_new(list, json_string(addr_format(&control->init.addrs[i], text)));
    return list;
}

static json_t *live_json(const struct control *control)
{
    json_t *targets = live_targets_json(control->live, control->now);
    json_t *faults = live_faults_json(control->live, control->now);
    json_t *json = json_pack("{s:I, s:I}", "targets", (json_int_t)json_array_size(targets),
                             "faults", (json_int_t)json_array_size(faults));
    json_decref(targets);
    json_decref(faults);
    return json;
}

static json_t *events_json(const struct control *control)
{
    struct events_stats stats;
    events_stats(control->events, &stats);
    return json_pack("{s:I, s:I}", "recorded", (json_int_t)stats.recorded, "dropped",
                     (json_int_t)stats.dropped);
}

void api_status_get(struct control *control, const struct api_request *request,
                    struct api_reply *reply)
{
    char since[REPORT_TIME_MAX], changed[REPORT_TIME_MAX];
    struct control_stats stats = {0};
    struct report_servers servers = {0};
    (void)request;
    control->init.host.stats(control->init.host.ctx, &stats);
    report_servers(control, &servers);
    reply->revision = control_revision(control);
    reply->json = json_pack(
        "{s:s, s:s, s:I, s:I, s:s, s:I, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "version",
        SHUNT_VERSION, "since", report_time(control->started, since), "uptime",
        (json_int_t)((control->wall_now - control->started) / 1000), "revision",
        (json_int_t)reply->revision, "changed",
        report_time(live_changed_at(control->live), changed), "workers", (json_int_t)stats.workers,
        "listen", listen_json(control), "policy", policy_json(control), "live", live_json(control),
        "queries", report_queries(&stats), "responses", report_responses(&stats), "dropped",
        report_dropped(&stats), "cache", report_cache(control->init.cache), "upstream",
        report_servers_json(&servers), "events", events_json(control));
    report_servers_deinit(&servers);
}

/* Names of files, and what a file says, may be no UTF-8. */
static json_t *plain_json(const char *string)
{
    struct text plain = {0};
    if (!string)
        return json_null();
    text_add_plain(&plain, string);
    json_t *json = json_string(plain.data ? plain.data : "");
    text_deinit(&plain);
    return json;
}

static json_t *finding_json(const struct diag *d)
{
    return json_pack("{s:s, s:s, s:o, s:I, s:I, s:o, s:o}", "level",
                     d->level == DIAG_ERROR ? "error" : "warning", "code", d->code, "file",
                     plain_json(d->file), "line", (json_int_t)d->line, "column",
                     (json_int_t)d->column, "message", plain_json(d->message), "hint",
                     plain_json(d->hint));
}

static json_t *findings_json(const struct diag_list *diags)
{
    json_t *list = json_array();
    for (size_t i = 0; i < diags->count; i++)
        json_array_append_new(list, finding_json(&diags->items[i]));
    return list;
}

/* What is odd in the files, and which live changes have lost their targets to them. */
static json_t *warnings_json(const struct control *control, const struct diag_list *diags,
                             bool reset)
{
    json_t *list = findings_json(diags);
    for (size_t i = 0; !reset && i < json_array_size(control->gone); i++)
        json_array_append_new(list,
                              json_pack("{s:s, s:s, s:s, s:i, s:i, s:O, s:n}", "level", "warning",
                                        "code", "live-target-gone", "file", "", "line", 0, "column",
                                        0, "message", json_array_get(control->gone, i), "hint"));
    return list;
}

static void reload_failed(enum err e, const struct diag_list *diags, struct api_reply *reply)
{
    if (diags->errors > 0 && diags->count > 0) {
        const struct diag *d = &diags->items[0];
        for (size_t i = 0; i < diags->count && d->level != DIAG_ERROR; i++)
            d = &diags->items[i];
        api_fail(reply, 409, NULL, "%s:%u:%u: %s: the configuration before it stays in force",
                 d->file, d->line, d->column, d->message);
    } else {
        api_fail(reply, 409, NULL, "%s: the configuration before it stays in force", err_text(e));
    }
    json_object_set_new(reply->json, "findings", findings_json(diags));
}

void api_reload_post(struct control *control, const struct api_request *request,
                     struct api_reply *reply)
{
    const struct control_host *host = &control->init.host;
    struct diag_list diags = {0};
    size_t dropped;
    bool reset = json_is_true(json_object_get(request->body, "reset"));
    enum err e = host->reload(host->ctx, &diags);
    if (e == ERR_OK && reset)
        e = live_reset(control->live, control->now, control->wall_now, &dropped);
    reply->revision = control_revision(control);
    if (e == ERR_OK) {
        const struct resolve_settings *settings = host->settings(host->ctx);
        log_info(control->init.log, "%s reloaded the configuration", request->actor);
        reply->json = json_pack("{s:I, s:I, s:o}", "revision", (json_int_t)reply->revision,
                                "generation", (json_int_t)policy_generation(settings->policy),
                                "warnings", warnings_json(control, &diags, reset));
    } else {
        reload_failed(e, &diags, reply);
    }
    diag_list_deinit(&diags);
}

void api_reset_post(struct control *control, const struct api_request *request,
                    struct api_reply *reply)
{
    size_t count = 0;
    int64_t present = control_revision(control);
    if (request->if_match >= 0 && request->if_match != present) {
        api_fail(reply, 409, "If-Match", "revision %lld is not the present one, which is %lld",
                 (long long)request->if_match, (long long)present);
        return;
    }
    enum err e = live_reset(control->live, control->now, control->wall_now, &count);
    if (e != ERR_OK) {
        api_fail(reply, 500, NULL, "the changes stay in force: %s", err_text(e));
        return;
    }
    log_info(control->init.log, "%s dropped %zu live changes", request->actor, count);
    reply->revision = control_revision(control);
    reply->json = json_pack("{s:I, s:I}", "revision", (json_int_t)reply->revision, "dropped",
                            (json_int_t)count);
}
