/* Which servers are asked, and that none of them is ourselves. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "daemon/setup.h"

struct fixture {
    struct config config;
    struct diag_list diags;
    struct setup_routes routes;
    struct addr own[2];
    size_t own_count;
    char resolv[32];
};

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));
    strcpy(f->resolv, "/tmp/shunt-resolv-XXXXXX");
    int fd = mkstemp(f->resolv);
    assert_true(fd >= 0);
    close(fd);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    setup_routes_deinit(&f->routes);
    diag_list_deinit(&f->diags);
    config_deinit(&f->config);
    unlink(f->resolv);
    free(f);
    return 0;
}

static enum err run(struct fixture *f, const char *yaml, const char *resolv)
{
    const struct config_overrides none = {0};
    FILE *file = fopen(f->resolv, "w");
    assert_non_null(file);
    assert_true(fputs(resolv, file) >= 0);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(config_parse(&f->config, "t.yaml", yaml, strlen(yaml), &none, &f->diags),
                     ERR_OK);
    return setup_routes(&f->routes, &f->config, f->resolv, f->own, f->own_count, &f->diags);
}

static void own(struct fixture *f, const char *text)
{
    assert_int_equal(addr_parse(&f->own[f->own_count++], text, 53), ERR_OK);
}

static const char *server(const struct fixture *f, size_t route, size_t i)
{
    static char text[ENDPOINT_TEXT_MAX];
    assert_true(route < f->routes.count);
    assert_true(i < f->routes.routes[route].server_count);
    return endpoint_format(&f->routes.routes[route].servers[i], text);
}

static void test_resolv_conf_is_the_default(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(run(f, "", "nameserver 192.0.2.1\nnameserver 2001:db8::1\n"), ERR_OK);
    assert_true(f->routes.from_resolv_conf);
    assert_int_equal(f->routes.count, 1);
    assert_int_equal(f->routes.routes[0].domain.len, 1);
    assert_string_equal(server(f, 0, 0), "192.0.2.1:53");
    assert_string_equal(server(f, 0, 1), "[2001:db8::1]:53");
}

static void test_domains_need_a_default_too(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(run(f,
                         "upstreams:\n  - domains: [a.example, b.example]\n"
                         "    servers: [192.0.2.9]\n",
                         "nameserver 192.0.2.1\n"),
                     ERR_OK);
    assert_int_equal(f->routes.count, 3);
    assert_string_equal(server(f, 0, 0), "192.0.2.9:53");
    assert_string_equal(server(f, 1, 0), "192.0.2.9:53");
    assert_string_equal(server(f, 2, 0), "192.0.2.1:53");
}

static void test_configured_default_ignores_resolv_conf(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(run(f, "upstreams: [{servers: [192.0.2.9]}]\n", "no name servers here\n"),
                     ERR_OK);
    assert_false(f->routes.from_resolv_conf);
    assert_int_equal(f->routes.count, 1);
}

static void test_configured_self_is_an_error(void **state)
{
    struct fixture *f = *state;
    own(f, "192.0.2.9:53");
    assert_int_equal(run(f, "upstreams: [{servers: [192.0.2.9]}]\n", ""), ERR_INVALID);
    assert_int_equal(f->diags.errors, 1);
    assert_string_equal(f->diags.items[0].code, "upstream-loop");
    assert_int_equal(f->diags.items[0].line, 1);
}

static void test_another_port_is_another_server(void **state)
{
    struct fixture *f = *state;
    own(f, "192.0.2.9:5354");
    assert_int_equal(run(f, "upstreams: [{servers: [192.0.2.9]}]\n", ""), ERR_OK);
}

static void test_self_in_resolv_conf_is_left_out(void **state)
{
    struct fixture *f = *state;
    own(f, "0.0.0.0:53"); /* every address of this machine */
    assert_int_equal(run(f, "", "nameserver 127.0.0.1\nnameserver 192.0.2.1\n"), ERR_OK);
    assert_int_equal(f->diags.warnings, 1);
    assert_int_equal(f->routes.routes[0].server_count, 1);
    assert_string_equal(server(f, 0, 0), "192.0.2.1:53");
}

static void test_dockers_resolver_is_another_server(void **state)
{
    struct fixture *f = *state;
    own(f, "0.0.0.0:53");
    assert_int_equal(run(f, "", "nameserver 127.0.0.11\n"), ERR_OK);
    assert_int_equal(f->diags.warnings, 0);
    assert_string_equal(server(f, 0, 0), "127.0.0.11:53");
}

static void test_dockers_resolver_at_its_own_address_is_not(void **state)
{
    struct fixture *f = *state;
    own(f, "127.0.0.11:53");
    assert_int_equal(run(f, "", "nameserver 127.0.0.11\n"), ERR_NOTFOUND);
}

static void test_nobody_but_self_is_an_error(void **state)
{
    struct fixture *f = *state;
    own(f, "127.0.0.1:53");
    assert_int_equal(run(f, "", "nameserver 127.0.0.1\n"), ERR_NOTFOUND);
    assert_int_equal(f->diags.errors, 1);
    assert_string_equal(f->diags.items[1].code, "no-upstream");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_resolv_conf_is_the_default, setup, teardown),
        cmocka_unit_test_setup_teardown(test_domains_need_a_default_too, setup, teardown),
        cmocka_unit_test_setup_teardown(test_configured_default_ignores_resolv_conf, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_configured_self_is_an_error, setup, teardown),
        cmocka_unit_test_setup_teardown(test_another_port_is_another_server, setup, teardown),
        cmocka_unit_test_setup_teardown(test_self_in_resolv_conf_is_left_out, setup, teardown),
        cmocka_unit_test_setup_teardown(test_dockers_resolver_is_another_server, setup, teardown),
        cmocka_unit_test_setup_teardown(test_dockers_resolver_at_its_own_address_is_not, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_nobody_but_self_is_an_error, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
