/* shunt status: what runs, since when, and how it does. */
#include "cli/runner.h"
#include "cli/table.h"

static const char help[] =
    "Usage: shunt status [OPTION]...\n"
    "Show since when the daemon runs, what is in force, its counters and its upstream "
    "servers.\n\n" RUNNER_HELP "\nExample: shunt status\n"
    "         shunt status --json --url unix:///tmp/lab.sock\n" RUNNER_HELP_STATUS;

/* "udp 3, tcp 1" of an object of numbers; those that are 0 are left out. */
static void add_counts(struct text *line, const json_t *counts)
{
    const char *key;
    json_t *value;
    size_t shown = 0;
    json_object_foreach((json_t *)(uintptr_t)counts, key, value)
    {
        if (!json_is_integer(value) || json_integer_value(value) == 0)
            continue;
        text_addf(line, "%s%s %lld", shown++ ? ", " : "", key,
                  (long long)json_integer_value(value));
    }
    text_add(line, shown ? "" : "none");
}

/* One row; the line is emptied for the next. */
static void add_row(struct table *table, const char *head, struct text *line)
{
    table_add(table, head);
    table_add(table, line->data);
    table->failed = table->failed || line->failed;
    text_deinit(line);
}

static void add_daemon(struct table *table, const json_t *json)
{
    struct text line = {0};
    const json_t *listen = json_object_get(json, "listen");
    text_addf(&line, "shunt %s, up ", runner_text(json, "version"));
    runner_duration(&line, runner_number(json, "uptime"));
    text_addf(&line, ", since %s", runner_text(json, "since"));
    add_row(table, "daemon", &line);
    for (size_t i = 0; i < json_array_size(listen); i++)
        text_addf(&line, "%s%s", i ? ", " : "", json_string_value(json_array_get(listen, i)));
    text_add(&line, "; ");
    runner_count(&line, runner_number(json, "workers"), "worker");
    add_row(table, "listen", &line);
}

static void add_policy(struct table *table, const json_t *json)
{
    struct text line = {0};
    const json_t *policy = json_object_get(json, "policy"), *live = json_object_get(json, "live");
    runner_count(&line, runner_number(policy, "services"), "service");
    text_add(&line, " of ");
    runner_count(&line, runner_number(policy, "domains"), "domain");
    text_add(&line, ", ");
    runner_count(&line, runner_number(policy, "hosts"), "host");
    text_add(&line, ", ");
    runner_count(&line, runner_number(policy, "records"), "record");
    text_addf(&line, "; generation %lld", (long long)runner_number(policy, "generation"));
    add_row(table, "policy", &line);
    runner_count(&line, runner_number(live, "targets"), "change");
    text_add(&line, " to targets, ");
    runner_count(&line, runner_number(live, "faults"), "fault");
    text_addf(&line, "; revision %lld, changed %s", (long long)runner_number(json, "revision"),
              runner_text(json, "changed"));
    add_row(table, "live", &line);
}

static void add_queries(struct table *table, const json_t *json)
{
    struct text line = {0};
    const json_t *queries = json_object_get(json, "queries");
    const json_t *responses = json_object_get(json, "responses");
    text_addf(&line, "%lld over UDP, %lld over TCP, %lld waiting",
              (long long)runner_number(queries, "udp"), (long long)runner_number(queries, "tcp"),
              (long long)runner_number(queries, "pending"));
    add_row(table, "queries", &line);
    add_counts(&line, json_object_get(queries, "services"));
    add_row(table, "for XMPP", &line);
    add_counts(&line, json_object_get(responses, "sources"));
    add_row(table, "replies from", &line);
    add_counts(&line, json_object_get(responses, "rcodes"));
    add_row(table, "replies with", &line);
    add_counts(&line, json_object_get(json, "dropped"));
    add_row(table, "dropped", &line);
}

static void add_cache(struct table *table, const json_t *json)
{
    struct text line = {0};
    const json_t *cache = json_object_get(json, "cache");
    text_addf(&line, "%lld entries, %lld of %lld KiB; %lld hits, %lld misses",
              (long long)runner_number(cache, "entries"),
              (long long)runner_number(cache, "used") / 1024,
              (long long)runner_number(cache, "capacity") / 1024,
              (long long)runner_number(cache, "hits"), (long long)runner_number(cache, "misses"));
    add_row(table, "cache", &line);
}

static void print_servers(const json_t *servers, struct text *out)
{
    static const char *const heads[] = {"upstream", "state",    "rtt ms", "queries",
                                        "replies",  "timeouts", NULL};
    static const char *const numbers[] = {"srtt_ms", "queries", "replies", "timeouts"};
    struct table table;
    if (json_array_size(servers) == 0)
        return;
    text_add(out, "\n");
    table_init(&table, heads);
    for (size_t i = 0; i < json_array_size(servers); i++) {
        const json_t *server = json_array_get(servers, i);
        table_add(&table, runner_text(server, "server"));
        table_add(&table, json_is_true(json_object_get(server, "up")) ? "up" : "down");
        for (size_t n = 0; n < sizeof(numbers) / sizeof(numbers[0]); n++)
            table_addf(&table, "%lld", (long long)runner_number(server, numbers[n]));
    }
    table_print(&table, 0, out);
    table_deinit(&table);
}

static int print(struct runner_reply *reply)
{
    static const char *const heads[] = {"", "", NULL};
    struct table table;
    table_init(&table, heads);
    add_daemon(&table, reply->json);
    add_policy(&table, reply->json);
    add_queries(&table, reply->json);
    add_cache(&table, reply->json);
    table_print(&table, 0, &reply->out);
    table_deinit(&table);
    print_servers(json_object_get(reply->json, "upstream"), &reply->out);
    return CLI_EXIT_OK;
}

int cli_status(int argc, char **argv)
{
    static const struct runner runner = {.name = "status", .help = help, .print = print};
    return runner_run(&runner, argc, argv);
}
