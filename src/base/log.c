#include "base/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/escape.h"

#define LOG_MESSAGE_MAX 2048 /* longer messages are cut */
/* At most six bytes for one of the message (\u00NN), and what stands around it. */
#define LOG_LINE_MAX (LOG_MESSAGE_MAX * 6 + 128)

static const char *const level_names[] = {
    [LOG_LEVEL_ERROR] = "error",
    [LOG_LEVEL_WARNING] = "warning",
    [LOG_LEVEL_INFO] = "info",
    [LOG_LEVEL_DEBUG] = "debug",
};

static void log_time(char *out, size_t size)
{
    uint64_t wall = clock_wall();
    time_t seconds = (time_t)(wall / 1000);
    struct tm tm;
    gmtime_r(&seconds, &tm);
    size_t n = strftime(out, size, "%Y-%m-%dT%H:%M:%S", &tm);
    snprintf(out + n, size - n, ".%03uZ", (unsigned)(wall % 1000));
}

/* The whole line, line end included, without a NUL; returns its length. */
static size_t log_line(const struct log *log, enum log_level level, const char *message,
                       char out[LOG_LINE_MAX])
{
    bool json = __atomic_load_n(&log->format, __ATOMIC_RELAXED) == LOG_FORMAT_JSON;
    char when[64];
    log_time(when, sizeof(when));
    int head;
    if (json)
        head = snprintf(out, LOG_LINE_MAX, "{\"time\":\"%s\",\"level\":\"%s\",\"message\":\"", when,
                        level_names[level]);
    else
        head = snprintf(out, LOG_LINE_MAX, "%s %s ", when, level_names[level]);
    size_t len = (size_t)head;
    while (*message && len + ESCAPE_MAX + 4 < LOG_LINE_MAX)
        len += escape_next(&message, json ? ESCAPE_JSON : ESCAPE_TEXT, out + len);
    if (json) {
        out[len++] = '"';
        out[len++] = '}';
    }
    out[len++] = '\n';
    return len;
}

void log_write(const struct log *log, enum log_level level, const char *fmt, ...)
{
    if (level > __atomic_load_n(&log->level, __ATOMIC_RELAXED) || log->fd < 0)
        return;
    int saved = errno; /* callers log first and look at errno later */
    char message[LOG_MESSAGE_MAX];
    va_list args;
    va_start(args, fmt);
    vsnprintf(message, sizeof(message), fmt, args);
    va_end(args);

    char line[LOG_LINE_MAX];
    size_t len = log_line(log, level, message, line);
    /* One write, so that lines of several threads never mix; nobody could be told if it fails. */
    ssize_t n = write(log->fd, line, len);
    (void)n;
    errno = saved;
}

void log_configure(struct log *log, enum log_level level, enum log_format format)
{
    __atomic_store_n(&log->level, level, __ATOMIC_RELAXED);
    __atomic_store_n(&log->format, format, __ATOMIC_RELAXED);
}

bool log_limit_pass(struct log_limit *limit, uint64_t now, uint64_t interval_ms, uint64_t *held)
{
    *held = limit->held;
    if (now < limit->next) {
        limit->held++;
        return false;
    }
    limit->next = now + interval_ms;
    limit->held = 0;
    return true;
}
