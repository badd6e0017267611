/* Which servers a name goes to, and which are the same server. */
#include "unit/upstream/support/check.h"

#include "upstream/worker.h"

struct fixture {
    struct event_base *base;
    struct random random;
    struct log log;
    struct upstream *u;
    struct endpoint endpoints[4];
};

static int set_up(void **state)
{
    static struct fixture f;
    f = (struct fixture){.log = {.fd = -1}};
    f.base = event_base_new();
    random_init(&f.random);
    f.u = upstream_new(f.base, NULL, 0, &f.random, &f.log, NULL);
    assert_non_null(f.u);
    for (unsigned i = 0; i < 4; i++) {
        assert_int_equal(endpoint_parse(&f.endpoints[i], "192.0.2.1"), ERR_OK);
        addr_set_port(&f.endpoints[i].addr, (uint16_t)(53 + i));
    }
    *state = &f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    upstream_free(f->u);
    event_base_free(f->base);
    return 0;
}

static struct upstream_route route(const char *domain, const struct endpoint *servers, size_t count)
{
    struct upstream_route r = {.servers = servers, .server_count = count};
    assert_int_equal(dns_name_from_text(&r.domain, domain), ERR_OK);
    return r;
}

static void test_longest_suffix(void **state)
{
    static const struct {
        const char *name;
        unsigned server; /* port - 53, or 9 for no route */
    } cases[] = {
        {"corp.example", 1},
        {"a.corp.example", 1},
        {"CORP.Example", 1},
        {"lab.corp.example", 2},
        {"x.y.lab.corp.example", 2},
        {"xcorp.example", 9},
        {"example", 9},
        {".", 9},
        {"notlab.corp.example", 1},
    };
    struct fixture *f = *state;
    const struct upstream_route routes[] = {
        route("corp.example", &f->endpoints[1], 1), route("lab.corp.example", &f->endpoints[2], 1),
        route("corp.example", &f->endpoints[3], 1), /* the first of two holds */
        route("none.corp.example", NULL, 0),        /* as if not there */
    };
    assert_int_equal(upstream_configure(f->u, routes, 4), ERR_OK);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct dns_name name;
        assert_int_equal(dns_name_from_text(&name, cases[i].name), ERR_OK);
        const struct route *found = routes_find(f->u->routes, &name);
        if (cases[i].server == 9) {
            assert_null(found);
            continue;
        }
        assert_non_null(found);
        assert_int_equal(addr_port(&found->servers[0]->endpoint.addr), 53 + cases[i].server);
    }
}

static void test_default_route(void **state)
{
    struct fixture *f = *state;
    const struct upstream_route routes[] = {
        route(".", &f->endpoints[0], 1),
        route("corp.example", &f->endpoints[1], 1),
    };
    struct dns_name name;
    assert_int_equal(upstream_configure(f->u, routes, 2), ERR_OK);
    assert_int_equal(dns_name_from_text(&name, "a.example"), ERR_OK);
    assert_int_equal(addr_port(&routes_find(f->u->routes, &name)->servers[0]->endpoint.addr), 53);
    assert_int_equal(dns_name_from_text(&name, "."), ERR_OK);
    assert_non_null(routes_find(f->u->routes, &name));
}

static void count_visit(void *arg, const struct upstream_health *health)
{
    unsigned *count = arg;
    assert_true(health->up);
    (*count)++;
}

static unsigned count_servers(const struct fixture *f)
{
    unsigned walked = 0;
    upstream_walk(f->u, count_visit, &walked);
    return walked;
}

/* A server that several routes name is one server, and is met once. */
static void test_shared_servers(void **state)
{
    struct fixture *f = *state;
    const struct upstream_route routes[] = {
        route(".", &f->endpoints[0], 2),
        route("corp.example", &f->endpoints[1], 2),
    };
    assert_int_equal(upstream_configure(f->u, routes, 2), ERR_OK);
    assert_int_equal(count_servers(f), 3);
    assert_ptr_equal(f->u->routes->routes[0].servers[0], f->u->routes->routes[1].servers[1]);
}

static void test_servers_that_stay(void **state)
{
    struct fixture *f = *state;
    const struct upstream_route before[] = {route(".", &f->endpoints[0], 2)};
    const struct upstream_route after[] = {route(".", &f->endpoints[1], 3)};
    assert_int_equal(upstream_configure(f->u, before, 1), ERR_OK);
    struct server *stays = f->u->routes->routes[0].servers[1];
    stays->health.replies = 42;
    assert_int_equal(upstream_configure(f->u, after, 1), ERR_OK);
    assert_ptr_equal(f->u->routes->routes[0].servers[0], stays);
    assert_int_equal(stays->health.replies, 42);
    assert_int_equal(count_servers(f), 3);
    assert_int_equal(upstream_configure(f->u, NULL, 0), ERR_OK);
    assert_int_equal(count_servers(f), 0);
    assert_true(TAILQ_EMPTY(&f->u->servers));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_longest_suffix, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_default_route, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_shared_servers, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_servers_that_stay, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
