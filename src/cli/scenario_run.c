#include "cli/scenario_run.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/scenario_print.h"

#define COMMAND "shunt scenario"

/* A handler of signals has nothing but this to write to. */
static volatile sig_atomic_t interrupted;

struct follow {
    bool progress;  /* standard error is a terminal */
    json_t *report; /* once it is over */
};

static void on_signal(int number)
{
    (void)number;
    interrupted = 1;
}

/* The first signal stops the scenario, the second one us. */
static void take_signals(void)
{
    const struct sigaction action = {.sa_handler = on_signal, .sa_flags = (int)SA_RESETHAND};
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGHUP, &action, NULL);
}

static bool on_event(void *arg, const struct client_event *event)
{
    struct follow *f = arg;
    struct text line = {0};
    json_t *what = json_loads(event->data, 0, NULL);
    if (what && strcmp(event->name, "end") == 0) {
        f->report = what;
        return false;
    }
    if (f->progress && what)
        scenario_print_event(event->name, what, &line);
    if (line.data)
        fputs(line.data, stderr);
    text_deinit(&line);
    json_decref(what);
    return true;
}

static void print(const json_t *report, const struct scenario_options *options)
{
    struct text out = {0};
    if (options->json) {
        json_dumpf(report, stdout, JSON_COMPACT);
        putchar('\n');
        return;
    }
    scenario_print_report(report, &out);
    fputs(out.data ? out.data : "", stdout);
    text_deinit(&out);
}

static bool write_junit(FILE *file, const char *path, const json_t *report)
{
    struct text out = {0};
    scenario_junit(report, &out);
    bool done = out.data && !out.failed && fputs(out.data, file) >= 0;
    text_deinit(&out);
    done = fclose(file) == 0 && done;
    if (!done)
        fprintf(stderr, COMMAND ": %s cannot be written: %s\n", path, strerror(errno));
    return done;
}

/* The report as the daemon has it; NULL if it has none. */
static json_t *fetch_report(struct client *client, const char *name)
{
    char path[API_PATH_MAX];
    struct client_reply reply;
    snprintf(path, sizeof(path), "/v1/scenarios/%s", name);
    const struct client_request get = {.method = API_GET, .path = path};
    client_request(client, &get, &reply);
    json_t *report = reply.status == 200 ? json_incref(reply.json) : NULL;
    client_reply_deinit(&reply);
    return report;
}

/* After an interruption: the daemon has seen us go, or else it sees this. */
static void stop(struct client *client, const char *name)
{
    char path[API_PATH_MAX];
    struct client_reply reply;
    snprintf(path, sizeof(path), "/v1/scenarios/%s/stop", name);
    const struct client_request request = {.method = API_POST, .path = path, .timeout_ms = 10000};
    client_request(client, &request, &reply);
    client_reply_deinit(&reply);
}

/* Runs it and waits; the report, or NULL when it was said why there is none. */
static json_t *follow(struct client *client, const struct scenario_options *options,
                      const char *name)
{
    char path[API_PATH_MAX];
    struct follow f = {.progress = isatty(STDERR_FILENO) != 0};
    struct client_reply reply;
    json_t *body = options->has_seed ? json_pack("{s:I}", "seed", (json_int_t)options->seed) : NULL;
    const struct client_request request = {.method = API_POST,
                                           .path = path,
                                           .body = body,
                                           .timeout_ms = CLIENT_FOREVER,
                                           .stop = &interrupted};
    snprintf(path, sizeof(path), "/v1/scenarios/%s/run", name);
    take_signals();
    enum err e = client_follow(client, &request, on_event, &f, &reply);
    json_decref(body);
    if (!f.report && e == ERR_LIMIT) {
        stop(client, name);
        f.report = fetch_report(client, name);
    } else if (f.report && !json_object_get(f.report, "steps")) {
        json_decref(f.report); /* it was too large for the stream */
        f.report = fetch_report(client, name);
    } else if (!f.report && e == ERR_OK && reply.status == 200) {
        fprintf(stderr, COMMAND ": the daemon at %s ended before the scenario did\n",
                client_where(client));
    } else if (!f.report) {
        client_complain(client, COMMAND, &reply);
    }
    client_reply_deinit(&reply);
    return f.report;
}

int scenario_run(struct client *client, const struct scenario_options *options, const char *name)
{
    FILE *junit = options->junit ? fopen(options->junit, "w") : NULL;
    if (options->junit && !junit) {
        fprintf(stderr, COMMAND ": %s cannot be written: %s\n", options->junit, strerror(errno));
        return CLI_EXIT_NO;
    }
    json_t *report = follow(client, options, name);
    bool held = scenario_text_is(report, "result", "held");
    if (report)
        print(report, options);
    if (report && junit)
        held = write_junit(junit, options->junit, report) && held;
    else if (junit)
        fclose(junit);
    json_decref(report);
    return held ? CLI_EXIT_OK : CLI_EXIT_NO;
}
