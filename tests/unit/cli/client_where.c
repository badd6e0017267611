/* Where the daemon is, and who gets the token. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "cli/client_where.h"

static char file[] = "/tmp/shunt-test-XXXXXX";

static int setup(void **state)
{
    (void)state;
    int fd = mkstemp(file);
    assert_true(fd >= 0);
    close(fd);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    return unlink(file);
}

static const struct where_case {
    const char *config;                             /* of the file; NULL = nothing */
    const char *url, *env_url, *token, *env_token;  /* NULL = not set */
    const char *where, *socket, *base, *want_token; /* where NULL = refused */
    const char *why;                                /* a part of it; or of the note */
} cases[] = {
    /* The order in which places are looked at. */
    {.where = "unix:///run/shunt/control.sock", .socket = "/run/shunt/control.sock"},
    {.config = "control: {socket: /tmp/a.sock}\n",
     .where = "unix:///tmp/a.sock",
     .socket = "/tmp/a.sock"},
    {.config = "control: {socket: /tmp/a.sock}\n",
     .env_url = "unix:///tmp/b.sock",
     .where = "unix:///tmp/b.sock",
     .socket = "/tmp/b.sock"},
    {.config = "control: {socket: /tmp/a.sock}\n",
     .env_url = "unix:///tmp/b.sock",
     .url = "http://[::1]:5253/",
     .where = "http://[::1]:5253/",
     .base = "http://[::1]:5253"},
    {.env_url = "", .where = "unix:///run/shunt/control.sock", .socket = "/run/shunt/control.sock"},
    /* Without the socket it is TCP; a wildcard is reached on this machine. */
    {.config = "control: {socket: off, http: \"127.0.0.1:99\"}\n",
     .base = "http://127.0.0.1:99",
     .where = "http://127.0.0.1:99"},
    {.config = "control: {socket: off, http: \"0.0.0.0:99\"}\n",
     .base = "http://127.0.0.1:99",
     .where = "http://127.0.0.1:99"},
    {.config = "control: {socket: off, http: \"[::]:99\"}\n",
     .base = "http://[::1]:99",
     .where = "http://[::1]:99"},
    {.config = "control: {socket: off, http: off}\n", .why = "switches control.socket"},
    /* A file with errors keeps nobody away. */
    {.config = "listn: 5\ncontrol: {socket: /tmp/a.sock}\n",
     .where = "unix:///tmp/a.sock",
     .socket = "/tmp/a.sock"},
    {.config = "control: 5\n",
     .where = "unix:///run/shunt/control.sock",
     .socket = "/run/shunt/control.sock",
     .why = "shunt check"},
    /* Tokens, and to whom they go. */
    {.url = "http://h:1",
     .token = "a",
     .env_token = "b",
     .where = "http://h:1",
     .base = "http://h:1",
     .want_token = "a"},
    {.url = "http://h:1",
     .env_token = "b",
     .where = "http://h:1",
     .base = "http://h:1",
     .want_token = "b"},
    {.config = "control: {http: \"127.0.0.1:99\", token: sesame}\n",
     .url = "http://127.0.0.1:99",
     .where = "http://127.0.0.1:99",
     .base = "http://127.0.0.1:99",
     .want_token = "sesame"},
    {.config = "control: {http: \"127.0.0.1:99\", token: sesame}\n",
     .url = "http://localhost:99/",
     .where = "http://localhost:99/",
     .base = "http://localhost:99",
     .want_token = "sesame"},
    {.config = "control: {http: \"127.0.0.1:99\", token: sesame}\n",
     .url = "http://127.0.0.1:98",
     .where = "http://127.0.0.1:98",
     .base = "http://127.0.0.1:98"},
    {.config = "control: {http: \"127.0.0.1:99\", token: sesame}\n",
     .url = "http://other:99",
     .where = "http://other:99",
     .base = "http://other:99"},
    {.config = "control: {http: \"127.0.0.1:99\", token: sesame}\n",
     .url = "http://127.0.0.1:99",
     .env_token = "mine",
     .where = "http://127.0.0.1:99",
     .base = "http://127.0.0.1:99",
     .want_token = "mine"},
    {.url = "http://h:1", .token = "a\r\nb", .why = "line end"},
    /* What is no place. */
    {.url = "", .why = "no place"},
    {.url = "control.sock", .why = "no place"},
    {.url = "/run/shunt/control.sock", .why = "no place"},
    {.url = "unix://control.sock", .why = "no place"},
    {.url = "unix:///", .why = "no place"},
    {.url = "ftp://h:1", .why = "no place"},
    {.url = "http://", .why = "no place"},
    {.url = "http://h:1?x=y", .why = "no place"},
    {.url = "http://u:p@h:1", .why = "no place"},
    {.url = "http://h:99999", .why = "no place"},
    {.url = "http://h:1\x1b[31m", .why = "no place"},
    {.url = "unix:///"
            "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
            "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
     .why = "too long"},
};

static void set(const char *name, const char *value)
{
    if (value)
        setenv(name, value, 1);
    else
        unsetenv(name);
}

static void write_file(const char *text)
{
    FILE *f = fopen(file, "w");
    assert_non_null(f);
    fputs(text ? text : "", f);
    fclose(f);
}

static bool same(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

static void check(const struct where_case *c)
{
    const struct client_options options = {.url = c->url, .token = c->token, .file = file};
    struct client_where where;
    struct text why = {0};
    set("SHUNT_URL", c->env_url);
    set("SHUNT_TOKEN", c->env_token);
    write_file(c->config);
    enum err e = client_where_find(&where, &options, &why);
    assert_int_equal(e, c->where ? ERR_OK : ERR_INVALID);
    assert_true(same(where.where, c->where));
    assert_true(same(where.socket, c->socket));
    assert_true(same(where.base, c->socket ? "http://localhost" : c->base));
    assert_true(same(where.token, c->want_token));
    if (e != ERR_OK) {
        assert_non_null(strstr(why.data, c->why));
        assert_null(strchr(why.data, '\x1b'));
    } else {
        assert_true(c->why ? strstr(where.note, c->why) != NULL : !where.note);
    }
    text_deinit(&why);
    client_where_deinit(&where);
}

static void test_where(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        check(&cases[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_where)};
    return cmocka_run_group_tests(tests, setup, teardown);
}
