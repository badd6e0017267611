/* shunt cache: what is kept of upstream's answers. */
#include "cli/runner.h"
#include "cli/table.h"

static const char help[] =
    "Usage: shunt cache stats [OPTION]...\n"
    "       shunt cache show NAME [TYPE] [--below] [OPTION]...\n"
    "       shunt cache flush [NAME [TYPE]] [--below] [OPTION]...\n"
    "Count what is kept of upstream's answers, show what is kept for a name, or remove all, a\n"
    "name, or a name and type. Answers of the policy are not kept, and so need no flush.\n\n"
    "      --below          NAME and all names below it\n" RUNNER_HELP
    "\nExample: shunt cache show _xmpp-client._tcp.example.com SRV\n"
    "         shunt cache flush example.com --below\n" RUNNER_HELP_STATUS;

static int print_stats(struct runner_reply *reply)
{
    static const char *const heads[] = {"", "", "", NULL};
    static const struct {
        const char *key, *text;
    } rows[] = {
        {"entries", "answers that are kept"},  {"used", "bytes that they take"},
        {"capacity", "bytes that there are"},  {"hits", "answered from the cache"},
        {"misses", "not found in it"},         {"insertions", "put into it"},
        {"evictions", "removed to make room"}, {"expired", "found past their end"},
    };
    const json_t *stats = json_object_get(reply->json, "stats");
    struct table table;
    table_init(&table, heads);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        table_add(&table, rows[i].key);
        table_addf(&table, "%lld", (long long)runner_number(stats, rows[i].key));
        table_add(&table, rows[i].text);
    }
    table_print(&table, 0, &reply->out);
    table_deinit(&table);
    return CLI_EXIT_OK;
}

static void print_entry(const json_t *entry, struct text *out)
{
    const json_t *records = json_object_get(entry, "records");
    text_addf(out, "; %s, kept for ", runner_text(entry, "rcode"));
    runner_duration(out, runner_number(entry, "age"));
    text_add(out, ", ends in ");
    runner_duration(out, runner_number(entry, "left"));
    text_add(out, json_is_true(json_object_get(entry, "dnssec")) ? ", DNSSEC\n" : "\n");
    text_add(out, "; ");
    text_add_plain(out, runner_text(entry, "name"));
    text_addf(out, " %s\n", runner_text(entry, "type"));
    for (size_t i = 0; i < json_array_size(records); i++) {
        text_add_plain(out, json_string_value(json_array_get(records, i)));
        text_add(out, "\n");
    }
}

static int print_entries(struct runner_reply *reply)
{
    const json_t *entries = json_object_get(reply->json, "entries");
    for (size_t i = 0; i < json_array_size(entries); i++) {
        text_add(&reply->out, i ? "\n" : "");
        print_entry(json_array_get(entries, i), &reply->out);
    }
    if (json_is_true(json_object_get(reply->json, "more")))
        text_addf(&reply->warnings, "shunt cache: there is more than these %zu entries\n",
                  json_array_size(entries));
    if (json_array_size(entries) > 0)
        return CLI_EXIT_OK;
    text_add(&reply->warnings, "shunt cache: nothing is kept for ");
    text_add_plain(&reply->warnings, runner_text(reply->request->query, "name"));
    text_add(&reply->warnings, "\n");
    return CLI_EXIT_NO;
}

static int print_flushed(struct runner_reply *reply)
{
    json_int_t count = runner_number(reply->json, "flushed");
    text_addf(&reply->out, "removed %lld entr%s\n", (long long)count, count == 1 ? "y" : "ies");
    return CLI_EXIT_OK;
}

static int print(struct runner_reply *reply)
{
    if (reply->request->method == API_DELETE)
        return print_flushed(reply);
    return json_object_get(reply->json, "entries") ? print_entries(reply) : print_stats(reply);
}

int cli_cache(int argc, char **argv)
{
    static const struct runner runner = {.name = "cache", .help = help, .print = print};
    return runner_run(&runner, argc, argv);
}
