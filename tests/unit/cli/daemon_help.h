/* Control in a thread of its own, for tests of commands that talk to it, and what a command prints.
 * Included by one source file of a test program. */
#ifndef SHUNT_TESTS_DAEMON_HELP_H
#define SHUNT_TESTS_DAEMON_HELP_H

#include <fcntl.h>
#include <pthread.h>

#include "unit/control/control_fixture.h"
#include "unit/control/event_help.h"

#define WORDS_MAX 12

struct daemon {
    struct fixture f;
    pthread_t thread;
    int pipe[2];
    struct event *quit;
    /* Called every few milliseconds in the daemon's thread; NULL = not. */
    void (*on_turn)(struct daemon *d);
    struct event *turn;
    unsigned step; /* of on_turn's own */
};

static inline void daemon_on_quit(evutil_socket_t fd, short what, void *arg)
{
    (void)fd;
    (void)what;
    event_base_loopbreak(arg);
}

static inline void daemon_turn(evutil_socket_t fd, short what, void *arg)
{
    struct daemon *d = arg;
    (void)fd;
    (void)what;
    if (d->on_turn)
        d->on_turn(d);
}

/* Ends with control as a whole: sockets are closed when the thread is over. */
static inline void *daemon_run(void *arg)
{
    struct daemon *d = arg;
    rcu_register_thread();
    event_base_dispatch(d->f.base);
    control_free(d->f.control);
    d->f.control = NULL;
    rcu_unregister_thread();
    return NULL;
}

/* Made, but not running: lookups may be put in with daemon_lookup. */
static inline void daemon_init(struct daemon *d)
{
    const struct timeval often = {.tv_usec = 2000};
    int status;
    *d = (struct daemon){0};
    fixture_prepare(&d->f);
    d->f.rings[0] = event_ring_new(1 << 20);
    d->f.ring_count = 1;
    d->f.control = fixture_control(&d->f, &status);
    assert_non_null(d->f.control);
    assert_int_equal(pipe(d->pipe), 0);
    d->quit = event_new(d->f.base, d->pipe[0], EV_READ, daemon_on_quit, d->f.base);
    d->turn = event_new(d->f.base, -1, EV_PERSIST, daemon_turn, d);
    event_add(d->quit, NULL);
    event_add(d->turn, &often);
    setenv("SHUNT_CONFIG", "/dev/null", 1);
    unsetenv("SHUNT_TOKEN");
    char url[140];
    snprintf(url, sizeof(url), "unix://%s", d->f.socket_path);
    setenv("SHUNT_URL", url, 1);
}

static inline void daemon_start(struct daemon *d)
{
    assert_int_equal(pthread_create(&d->thread, NULL, daemon_run, d), 0);
}

static inline void daemon_stop(struct daemon *d)
{
    assert_int_equal(write(d->pipe[1], "x", 1), 1);
    pthread_join(d->thread, NULL);
    event_free(d->quit);
    event_free(d->turn);
    close(d->pipe[0]);
    close(d->pipe[1]);
    fixture_deinit(&d->f);
}

/* A lookup of now: before the daemon runs, or from its thread. */
static inline void daemon_lookup(struct daemon *d, const char *client, const char *name,
                                 int service)
{
    struct told told;
    control_clock(d->f.control);
    event_make(&told, client, name, service >= 0 ? DNS_TYPE_SRV : DNS_TYPE_A, service,
               d->f.control->now);
    event_ring_push(d->f.rings[0], &told.event);
}

static inline void daemon_drain(struct daemon *d)
{
    struct control *c = d->f.control;
    control_clock(c);
    while (events_drain(c->events, (int64_t)(c->wall_now - c->now)))
        continue;
}

/* How many clients wait or follow. */
static inline unsigned daemon_streams(const struct daemon *d)
{
    unsigned count = 0;
    for (struct http_conn *c = d->f.control->http->conns; c; c = c->next)
        count += c->stream != NULL;
    return count;
}

struct printed {
    int status;
    char out[8192], err[2048];
};

static inline int redirect(int fd, FILE **file)
{
    int saved = dup(fd);
    *file = tmpfile();
    assert_non_null(*file);
    assert_true(saved >= 0);
    assert_int_equal(dup2(fileno(*file), fd), fd);
    return saved;
}

static inline void restore(int fd, int saved, FILE *file, char *out, size_t size)
{
    assert_int_equal(dup2(saved, fd), fd);
    close(saved);
    rewind(file);
    out[fread(out, 1, size - 1, file)] = '\0';
    fclose(file);
}

/* Runs a command with these words, NULL at the end; argv[0] is the first of them. */
static inline void command_run(struct printed *p, int (*run)(int argc, char **argv),
                               const char *const *words)
{
    char copy[WORDS_MAX][128], *argv[WORDS_MAX + 1] = {0};
    FILE *out, *err;
    int argc = 0;
    for (; words[argc]; argc++) {
        assert_true(argc < WORDS_MAX);
        snprintf(copy[argc], sizeof(copy[0]), "%s", words[argc]);
        argv[argc] = copy[argc];
    }
    fflush(stdout);
    int saved_out = redirect(STDOUT_FILENO, &out), saved_err = redirect(STDERR_FILENO, &err);
    p->status = run(argc, argv);
    fflush(stdout);
    fflush(stderr);
    restore(STDOUT_FILENO, saved_out, out, p->out, sizeof(p->out));
    restore(STDERR_FILENO, saved_err, err, p->err, sizeof(p->err));
}

#define RUN(printed, run, ...) command_run(printed, run, (const char *const[]){__VA_ARGS__, NULL})

static inline unsigned lines(const char *text)
{
    unsigned count = 0;
    for (; (text = strchr(text, '\n')); text++)
        count++;
    return count;
}

#endif
