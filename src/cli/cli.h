/* The subcommands of shunt: one file each, and a table. */
#ifndef SHUNT_CLI_CLI_H
#define SHUNT_CLI_CLI_H

#include <stddef.h>

/* Exit status of every command but serve. */
enum cli_exit {
    CLI_EXIT_OK = 0,
    CLI_EXIT_NO = 1,    /* the answer is no: a check failed, nobody answered, no such name */
    CLI_EXIT_USAGE = 2, /* the command line is wrong */
};

struct cli_command {
    const char *name;
    const char *summary; /* for `shunt --help` */
    /* argv[0] is "shunt" and the command; the result is the exit status. */
    int (*run)(int argc, char **argv);
};

int cli_serve(int argc, char **argv);
int cli_check(int argc, char **argv);
int cli_query(int argc, char **argv);
int cli_log(int argc, char **argv);
int cli_wait(int argc, char **argv);
int cli_status(int argc, char **argv);
int cli_explain(int argc, char **argv);
int cli_target(int argc, char **argv);
int cli_fault(int argc, char **argv);
int cli_reset(int argc, char **argv);
int cli_reload(int argc, char **argv);
int cli_cache(int argc, char **argv);
int cli_scenario(int argc, char **argv);

/* Finds argv[1] in the table and runs it; prints help, the version, or what was meant. */
int cli_run(int argc, char **argv);

#endif
