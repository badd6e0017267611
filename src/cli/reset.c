/* shunt reset: away with every live change. */
#include "cli/runner.h"

static const char help[] =
    "Usage: shunt reset [OPTION]...\n"
    "Drop every change that was made while running: to targets and faults. What the files say is\n"
    "in force again; they are not read again (`shunt reload` does that).\n\n" RUNNER_HELP
    "\nExample: shunt reset\n" RUNNER_HELP_STATUS;

static int print(struct runner_reply *reply)
{
    json_int_t dropped = runner_number(reply->json, "dropped");
    if (dropped == 0)
        text_add(&reply->out, "there was nothing to drop");
    else
        text_add(&reply->out, "dropped ");
    if (dropped > 0)
        runner_count(&reply->out, dropped, "live change");
    text_addf(&reply->out, "; revision %lld\n", (long long)runner_number(reply->json, "revision"));
    return CLI_EXIT_OK;
}

int cli_reset(int argc, char **argv)
{
    static const struct runner runner = {.name = "reset", .help = help, .print = print};
    return runner_run(&runner, argc, argv);
}
