/* What commands that ask the daemon have in common: words become a request (control/command.h), the
 * reply becomes text. */
#ifndef SHUNT_CLI_RUNNER_H
#define SHUNT_CLI_RUNNER_H

#include "cli/cli.h"
#include "cli/client.h"
#include "control/command.h"

/* A reply of the daemon, to be printed. */
struct runner_reply {
    const struct command *request;
    const json_t *json;
    struct text out;      /* for standard output */
    struct text warnings; /* for standard error: whole lines */
};

/* Adds to `out` and `warnings`; the result is the exit status. */
typedef int (*runner_print_fn)(struct runner_reply *reply);

struct runner {
    const char *name; /* the first word: "target" */
    const char *help;
    /* The rest may be 0. */
    runner_print_fn print;
    void (*print_refusal)(struct runner_reply *reply); /* more than the reply's "error" */
    uint64_t timeout_ms;                               /* 0: that of the client */
};

/* For the end of every help. */
#define RUNNER_HELP                                                                                \
    "      --json           print the daemon's reply as one line of JSON\n" CLIENT_HELP            \
    "  -h, --help           this text\n"
#define RUNNER_HELP_STATUS                                                                         \
    "\nExit status: 0 done, 1 the answer is no or no daemon answers, 2 wrong usage.\n"

/* argv[0] is "shunt NAME". The exit status. */
int runner_run(const struct runner *runner, int argc, char **argv);

/* A field of an object: 0, "" or false when it is not there or of another kind. */
json_int_t runner_number(const json_t *object, const char *key);
const char *runner_text(const json_t *object, const char *key);
/* "5 records", "1 record". */
void runner_count(struct text *out, json_int_t count, const char *noun);
/* Seconds as "42s", "3m 5s", "2h 10m", "4d 2h". */
void runner_duration(struct text *out, json_int_t seconds);
/* Findings of a reload, one a line, as `shunt check` prints them. */
void runner_findings(struct text *out, const json_t *findings);
/* The "warnings" of a reply: sentences or findings. */
void runner_warnings(struct runner_reply *reply, const char *command);

#endif
