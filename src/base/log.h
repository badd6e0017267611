/* Log lines for people and for programs, to standard error. A `struct log` is shared by all
 * threads: each line is one write. Never logs per packet; secrets never go through here. */
#ifndef SHUNT_BASE_LOG_H
#define SHUNT_BASE_LOG_H

#include <stdbool.h>
#include <stdint.h>

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARNING, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };
enum log_format { LOG_FORMAT_TEXT, LOG_FORMAT_JSON };

struct log {
    enum log_level level; /* lines above it are not written; once other threads log, level and
                             format change by log_configure only */
    enum log_format format;
    int fd; /* 2 as a rule; -1 = nowhere */
};

/* Other level and format from the next line on; threads that log meanwhile are not disturbed. */
void log_configure(struct log *log, enum log_level level, enum log_format format);

/* One line. Text: `2026-01-31T12:00:00.123Z warning message`; JSON: an object with time, level and
 * message. Control characters in the message are escaped, so that names from the network cannot
 * forge lines. */
void log_write(const struct log *log, enum log_level level, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

#define log_error(log, ...)   log_write(log, LOG_LEVEL_ERROR, __VA_ARGS__)
#define log_warning(log, ...) log_write(log, LOG_LEVEL_WARNING, __VA_ARGS__)
#define log_info(log, ...)    log_write(log, LOG_LEVEL_INFO, __VA_ARGS__)
#define log_debug(log, ...)   log_write(log, LOG_LEVEL_DEBUG, __VA_ARGS__)

/* Lets one line through each `interval_ms`, and counts those held back meanwhile. */
struct log_limit {
    uint64_t next; /* `now` from which the next line passes; 0 at first */
    uint64_t held;
};
/* True when a line may be written at `now`; then *held says how many were held back before it. */
bool log_limit_pass(struct log_limit *limit, uint64_t now, uint64_t interval_ms, uint64_t *held);

#endif
