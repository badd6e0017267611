/* shunt reload: the files again. */
#include "cli/runner.h"

#define RELOAD_MS 600000 /* a policy of millions of records takes its time */

static const char help[] =
    "Usage: shunt reload [--reset] [OPTION]...\n"
    "Have the daemon read its files again; returns when they are in force. When there is an error\n"
    "in them, what was in force before stays, and the place of the error is shown. Changes made\n"
    "while running stay.\n\n"
    "      --reset          drop the changes made while running, too\n" RUNNER_HELP
    "\nExample: shunt reload --reset\n" RUNNER_HELP_STATUS;

static int print(struct runner_reply *reply)
{
    text_addf(&reply->out, "reloaded; generation %lld, revision %lld\n",
              (long long)runner_number(reply->json, "generation"),
              (long long)runner_number(reply->json, "revision"));
    runner_warnings(reply, "reload");
    return CLI_EXIT_OK;
}

static void print_refusal(struct runner_reply *reply)
{
    runner_findings(&reply->warnings, json_object_get(reply->json, "findings"));
}

int cli_reload(int argc, char **argv)
{
    static const struct runner runner = {.name = "reload",
                                         .help = help,
                                         .print = print,
                                         .print_refusal = print_refusal,
                                         .timeout_ms = RELOAD_MS};
    return runner_run(&runner, argc, argv);
}
