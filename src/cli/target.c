/* shunt target: where clients are sent, and changes to it while running. */
#include <string.h>

#include "cli/runner.h"
#include "cli/table.h"

static const char help[] =
    "Usage: shunt target list [DOMAIN] [OPTION]...\n"
    "       shunt target set TARGET[:PORT] FIELD... [OPTION]...\n"
    "       shunt target fail TARGET[:PORT] [--how HOW] [OPTION]...\n"
    "       shunt target restore TARGET[:PORT] [OPTION]...\n"
    "Show the targets of SRV records, change their records, let them fail, and take that back. A\n"
    "TARGET is a host name, in whatever domain and service it is used, in the policy or upstream;\n"
    "with :PORT only in records that have it. A change is in force when the command returns.\n\n"
    "      --domain D       only in records of this domain\n"
    "      --service S      only of this service: xmpp-client, xmpps-client, xmpp-server,\n"
    "                       xmpps-server\n"
    "      --priority N, --weight N, --port N, --ttl TIME\n"
    "                       fields: what to set in its records\n"
    "      --how HOW        how it fails (default remove):\n"
    "                         remove      its records leave their sets\n"
    "                         demote      priority 65535\n"
    "                         none        the whole service becomes '.', not available\n"
    "                         no-address  no A and no AAAA (NODATA)\n"
    "                         nxdomain    no such host\n"
    "                         refuse      an address that refuses connections\n"
    "                         blackhole   an address that never answers\n"
    "      --for TIME       undo it after that time, such as 30s or 5m\n"
    "      --count N        undo it after so many answers\n"
    "      --unknown        although the policy has no such target, but one that is near: for\n"
    "                       targets that only upstream's answers name\n" RUNNER_HELP
    "\nExample: shunt target fail xmpp1.lab.example --how refuse --for 5m\n"
    "         shunt target set xmpp2.lab.example --priority 5 --service xmpp-client\n"
    "         shunt target restore xmpp1.lab.example\n" RUNNER_HELP_STATUS;

static const char *const fields[] = {"priority", "weight", "port", "ttl"};
#define FIELDS (sizeof(fields) / sizeof(fields[0]))

/* "10", or "65535 (10)" where a change took the place of 10. */
static void add_field(struct table *table, const json_t *row, const char *field)
{
    const json_t *value = json_object_get(row, field);
    const json_t *was = json_object_get(json_object_get(row, "was"), field);
    if (!value)
        table_add(table, "");
    else if (was)
        table_addf(table, "%lld (%lld)", (long long)json_integer_value(value),
                   (long long)json_integer_value(was));
    else
        table_addf(table, "%lld", (long long)json_integer_value(value));
}

static void add_row(struct table *table, const json_t *row)
{
    const char *service = runner_text(row, "service");
    table_add(table, runner_text(row, "domain"));
    table_add(table, *service ? service : runner_text(row, "owner"));
    for (size_t i = 0; i < FIELDS; i++)
        add_field(table, row, fields[i]);
    table_add(table, runner_text(row, "target"));
    table_add(table, runner_text(row, "view"));
    table_add(table, json_is_true(json_object_get(row, "amends")) ? "amends upstream" : "");
    table_add(table, runner_text(row, "state"));
}

/* What a change does: "fail remove", or the fields that it gives. */
static void add_what(struct table *table, const json_t *change)
{
    struct text what = {0};
    const char *how = runner_text(change, "how");
    text_addf(&what, "%s%s", *how ? "fail --how " : "set", how);
    for (size_t i = 0; i < FIELDS; i++) {
        if (json_object_get(change, fields[i]))
            text_addf(&what, " --%s %lld", fields[i], (long long)runner_number(change, fields[i]));
    }
    table_add(table, what.data);
    table->failed = table->failed || what.failed;
    text_deinit(&what);
}

/* When it ends by itself. */
static void add_end(struct table *table, const json_t *change)
{
    struct text end = {0};
    text_add(&end, "");
    if (json_object_get(change, "left")) {
        text_add(&end, "in ");
        runner_duration(&end, runner_number(change, "left"));
    }
    if (json_object_get(change, "uses_left")) {
        text_addf(&end, "%safter ", end.len > 0 ? " or " : "");
        runner_count(&end, runner_number(change, "uses_left"), "answer");
    }
    table_add(table, end.data);
    table->failed = table->failed || end.failed;
    text_deinit(&end);
}

static void add_change(struct table *table, const json_t *change)
{
    json_int_t port = runner_number(change, "match-port");
    table_addf(table, "%lld", (long long)runner_number(change, "change"));
    if (port > 0)
        table_addf(table, "%s:%lld", runner_text(change, "target"), (long long)port);
    else
        table_add(table, runner_text(change, "target"));
    table_add(table, runner_text(change, "domain"));
    table_add(table, runner_text(change, "service"));
    add_what(table, change);
    add_end(table, change);
}

/* A table of what an array holds. */
static void print_rows(struct text *out, const char *const *heads, const json_t *rows,
                       void (*add)(struct table *table, const json_t *row))
{
    struct table table;
    table_init(&table, heads);
    for (size_t i = 0; i < json_array_size(rows); i++)
        add(&table, json_array_get(rows, i));
    table_print(&table, 0, out);
    table_deinit(&table);
}

static int print_list(struct runner_reply *reply)
{
    static const char *const heads[] = {"domain", "service", "priority", "weight", "port", "ttl",
                                        "target", "view",    "mode",     "state",  NULL};
    static const char *const change_heads[] = {"change", "target", "domain", "service",
                                               "what",   "ends",   NULL};
    const json_t *targets = json_object_get(reply->json, "targets");
    const json_t *changes = json_object_get(reply->json, "changes");
    if (json_array_size(targets) > 0)
        print_rows(&reply->out, heads, targets, add_row);
    else
        text_add(&reply->out, "the policy has no targets\n");
    if (json_array_size(changes) > 0) {
        text_add(&reply->out, "\n");
        print_rows(&reply->out, change_heads, changes, add_change);
    }
    if (runner_number(reply->json, "more") > 0)
        text_addf(&reply->warnings,
                  "shunt target: %lld more records are not shown: name a domain\n",
                  (long long)runner_number(reply->json, "more"));
    return CLI_EXIT_OK;
}

static bool has_line(const json_t *lines, const char *line)
{
    for (size_t i = 0; i < json_array_size(lines); i++) {
        const char *other = json_string_value(json_array_get(lines, i));
        if (other && line && strcmp(other, line) == 0)
            return true;
    }
    return false;
}

/* Lines that are in `lines`: those in `others` too with a blank before them, others with `mark`. */
static void print_lines(struct text *out, char mark, const json_t *lines, const json_t *others,
                        bool shared)
{
    for (size_t i = 0; i < json_array_size(lines); i++) {
        const char *line = json_string_value(json_array_get(lines, i));
        bool is_shared = has_line(others, line);
        if (is_shared && !shared)
            continue;
        text_addf(out, "  %c ", is_shared ? ' ' : mark);
        text_add_plain(out, line ? line : "");
        text_add(out, "\n");
    }
}

/* The old records that are gone, then the new ones. */
static void print_old_new(struct text *out, const json_t *object)
{
    const json_t *old = json_object_get(object, "old"), *new = json_object_get(object, "new");
    print_lines(out, '-', old, new, false);
    if (old && json_array_size(old) == 0 && json_array_size(new) > 0)
        text_add(out, "  - (no records)\n");
    print_lines(out, '+', new, old, true);
    if (old && !new)
        text_add(out, "  + (as upstream says)\n");
    if (new &&json_array_size(new) == 0)
        text_add(out, "  + (no records)\n");
}

static void print_set(struct text *out, const json_t *set)
{
    const char *view = runner_text(set, "view");
    text_add_plain(out, runner_text(set, "owner"));
    text_add(out, *view ? " for " : "");
    text_add_plain(out, view);
    if (json_is_true(json_object_get(set, "amended"))) {
        text_add(out, ": upstream's answers are amended\n");
        return;
    }
    text_add(out, json_equal(json_object_get(set, "old"), json_object_get(set, "new"))
                      ? " stays:\n"
                      : " changes:\n");
    print_old_new(out, set);
}

/* The first line: what was done, under which number, and when it ends. */
static void print_head(struct text *out, const json_t *json)
{
    const char *how = runner_text(json, "how"), *ends = runner_text(json, "ends");
    json_int_t count = runner_number(json, "count");
    text_add_plain(out, runner_text(json, "target"));
    if (json_object_get(json, "restored")) {
        text_add(out, ": took back ");
        runner_count(out, runner_number(json, "restored"), "change");
    } else {
        text_addf(out, ": %s%s%s, change %lld", *how ? "failed (" : "changed", how, *how ? ")" : "",
                  (long long)runner_number(json, "change"));
    }
    text_addf(out, ", revision %lld", (long long)runner_number(json, "revision"));
    text_addf(out, "%s%s", *ends ? ", until " : "", ends);
    if (count > 0) {
        text_addf(out, "%s ", *ends ? " or for" : ", for");
        runner_count(out, count, "answer");
    }
    text_add(out, "\n");
}

static int print_changed(struct runner_reply *reply)
{
    const json_t *json = reply->json, *sets = json_object_get(json, "sets");
    const json_t *addresses = json_object_get(json, "addresses");
    struct text *out = &reply->out;
    print_head(out, json);
    for (size_t i = 0; i < json_array_size(sets); i++)
        print_set(out, json_array_get(sets, i));
    if (runner_number(json, "more") > 0)
        text_addf(out, "and %lld more records\n", (long long)runner_number(json, "more"));
    if (addresses) {
        text_add_plain(out, runner_text(json, "target"));
        text_add(out, " addresses change:\n");
        print_old_new(out, addresses);
    }
    if (*runner_text(json, "old_until")) {
        text_addf(out, "Clients may use the old until %s (", runner_text(json, "old_until"));
        runner_duration(out, runner_number(json, "old_for"));
        text_add(out, ").\n");
    }
    runner_warnings(reply, "target");
    return CLI_EXIT_OK;
}

static int print(struct runner_reply *reply)
{
    return reply->request->method == API_GET ? print_list(reply) : print_changed(reply);
}

int cli_target(int argc, char **argv)
{
    static const struct runner runner = {.name = "target", .help = help, .print = print};
    return runner_run(&runner, argc, argv);
}
