/* shunt fault: what goes wrong on purpose. */
#include "cli/runner.h"
#include "cli/table.h"

static const char help[] =
    "Usage: shunt fault list [OPTION]...\n"
    "       shunt fault add NAME KEY=VALUE... [OPTION]...\n"
    "       shunt fault remove NAME [OPTION]...\n"
    "Faults of DNS itself: replies that are late, lost, refused or broken.\n\n"
    "Which replies, all of them by default:\n"
    "  name=NAME domain=NAME service=SERVICE type=TYPE client=ADDR/BITS view=VIEW\n"
    "  transport=udp|tcp source=policy|cache|upstream\n"
    "What happens to them, at least one:\n"
    "  rcode=RCODE drop=true delay=TIME jitter=TIME truncate=true ttl=TIME\n"
    "  tcp=reset|half-length|refuse\n"
    "  mangle=compressed-srv|ra-clear|wrong-id|wrong-question|garbage|case|wrong-source|\n"
    "         additional-poison|no-edns\n"
    "To how many of them:\n"
    "  share=30% first=N every=N\n\n"
    "      --for TIME       remove it after that time, such as 30s or 5m; also for=TIME\n"
    "      --count N        remove it after it befell so many replies\n" RUNNER_HELP
    "\nExample: shunt fault add slow-aaaa type=AAAA domain=lab.example delay=3s\n"
    "         shunt fault add flaky service=xmpp-client rcode=SERVFAIL share=30% --for 5m\n"
    "         shunt fault remove flaky\n" RUNNER_HELP_STATUS;

/* "on, 25s or 3 replies left" */
static void add_state(struct table *table, const json_t *fault)
{
    struct text state = {0};
    bool timed = json_object_get(fault, "left") != NULL;
    bool counted = json_object_get(fault, "uses_left") != NULL;
    text_addf(&state, "%s%s", runner_text(fault, "status"), timed || counted ? ", " : "");
    if (timed)
        runner_duration(&state, runner_number(fault, "left"));
    text_add(&state, timed && counted ? " or " : "");
    if (counted)
        text_addf(&state, "%lld more", (long long)runner_number(fault, "uses_left"));
    text_add(&state, timed || counted ? " left" : "");
    table_add(table, state.data);
    table->failed = table->failed || state.failed;
    text_deinit(&state);
}

static int print_list(struct runner_reply *reply)
{
    static const char *const heads[] = {"fault", "state", "matched", "used", "from", "what", NULL};
    const json_t *faults = json_object_get(reply->json, "faults");
    struct table table;
    if (json_array_size(faults) == 0) {
        text_add(&reply->out, "there are no faults\n");
        return CLI_EXIT_OK;
    }
    table_init(&table, heads);
    for (size_t i = 0; i < json_array_size(faults); i++) {
        const json_t *fault = json_array_get(faults, i);
        const char *place = runner_text(fault, "place");
        table_add(&table, runner_text(fault, "name"));
        add_state(&table, fault);
        table_addf(&table, "%lld", (long long)runner_number(fault, "matched"));
        table_addf(&table, "%lld", (long long)runner_number(fault, "used"));
        table_add(&table, *place ? place : runner_text(fault, "from"));
        table_add(&table, runner_text(fault, "text"));
    }
    table_print(&table, 0, &reply->out);
    table_deinit(&table);
    return CLI_EXIT_OK;
}

static int print_added(struct runner_reply *reply)
{
    const json_t *fault = json_object_get(reply->json, "fault");
    text_add(&reply->out, "added ");
    text_add_plain(&reply->out, runner_text(fault, "name"));
    text_add(&reply->out, ": ");
    text_add_plain(&reply->out, runner_text(fault, "text"));
    text_addf(&reply->out, "; revision %lld\n", (long long)runner_number(reply->json, "revision"));
    return CLI_EXIT_OK;
}

static int print_removed(struct runner_reply *reply)
{
    text_add(&reply->out, "removed ");
    text_add_plain(&reply->out, runner_text(reply->json, "removed"));
    text_addf(&reply->out, "; revision %lld\n", (long long)runner_number(reply->json, "revision"));
    return CLI_EXIT_OK;
}

static int print(struct runner_reply *reply)
{
    switch (reply->request->method) {
    case API_GET:
        return print_list(reply);
    case API_POST:
        return print_added(reply);
    default:
        return print_removed(reply);
    }
}

int cli_fault(int argc, char **argv)
{
    static const struct runner runner = {.name = "fault", .help = help, .print = print};
    return runner_run(&runner, argc, argv);
}
