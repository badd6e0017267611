/* The running daemon: everything wired together, from the configuration to the last reply. */
#ifndef SHUNT_DAEMON_DAEMON_H
#define SHUNT_DAEMON_DAEMON_H

#include "config/config.h"

struct daemon_options {
    const char *file; /* the configuration, NULL = built-in defaults; read again on SIGHUP */
    struct config_overrides overrides;
    bool has_seed; /* of what faults draw (`share`); otherwise it is random */
    uint64_t seed;
};

/* Exit status of `shunt serve` (shunt-serve(1)). */
enum daemon_exit {
    DAEMON_EXIT_OK = 0,
    DAEMON_EXIT_CONFIG = 1,
    DAEMON_EXIT_NETWORK = 2,
    DAEMON_EXIT_FILES = 3,
    DAEMON_EXIT_MEMORY = 4,
    DAEMON_EXIT_OTHER = 5,
};

/* Serves in the foreground until SIGTERM or SIGINT. Says what is wrong on standard error. */
enum daemon_exit daemon_run(const struct daemon_options *options);

#endif
