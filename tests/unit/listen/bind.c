/* Binding listen addresses. */
#include "fixture.h"

static int bound_port(int fd)
{
    struct addr a = {0};
    socklen_t len = sizeof(a);
    assert_int_equal(getsockname(fd, &a.sa, &len), 0);
    return addr_port(&a);
}

static int get_option(int fd, int level, int option)
{
    int value = -1;
    socklen_t len = sizeof(value);
    assert_int_equal(getsockopt(fd, level, option, &value, &len), 0);
    return value;
}

/* Port 0 finds one port for both, and says which. */
static void any_port(void **state)
{
    static const char *const hosts[] = {"127.0.0.1", "0.0.0.0", "::1", "::"};
    (void)state;
    for (size_t i = 0; i < sizeof(hosts) / sizeof(hosts[0]); i++) {
        struct addr a = address(hosts[i]);
        struct listen_sockets s;
        if (listen_bind(&s, &a) != ERR_OK) {
            assert_true(errno == EADDRNOTAVAIL || errno == EAFNOSUPPORT);
            continue;
        }
        assert_int_not_equal(addr_port(&s.addr), 0);
        assert_int_equal(bound_port(s.udp), addr_port(&s.addr));
        assert_int_equal(bound_port(s.tcp), addr_port(&s.addr));
        assert_int_equal(s.wildcard, addr_is_wildcard(&a));
        listen_close(&s);
        assert_int_equal(s.udp, -1);
        assert_int_equal(s.tcp, -1);
    }
}

/* The port that was found can be bound again, for the next worker. */
static void shared(void **state)
{
    (void)state;
    struct addr a = address("127.0.0.1");
    struct listen_sockets first, second;
    assert_int_equal(listen_bind(&first, &a), ERR_OK);
    assert_int_equal(listen_bind(&second, &first.addr), ERR_OK);
    assert_true(addr_equal(&first.addr, &second.addr));
    assert_int_equal(listen_probe(&first.addr), ERR_SYSTEM);
    assert_int_equal(errno, EADDRINUSE);
    listen_close(&second);
    listen_close(&first);
    assert_int_equal(listen_probe(&first.addr), ERR_OK);
}

/* Ports of the kernel's choice are never shared, though every socket would allow it. */
static void different_ports(void **state)
{
    enum { COUNT = 50 };
    struct listen_sockets s[COUNT];
    struct addr a = address("127.0.0.1");
    (void)state;
    for (unsigned i = 0; i < COUNT; i++) {
        assert_int_equal(listen_bind(&s[i], &a), ERR_OK);
        for (unsigned j = 0; j < i; j++)
            assert_int_not_equal(addr_port(&s[i].addr), addr_port(&s[j].addr));
    }
    for (unsigned i = 0; i < COUNT; i++)
        listen_close(&s[i]);
}

/* Both families on one port, side by side. */
static void both_families(void **state)
{
    (void)state;
    struct addr v6 = address("::");
    struct listen_sockets six, four;
    if (listen_bind(&six, &v6) != ERR_OK)
        skip();
    struct addr v4 = address("0.0.0.0");
    addr_set_port(&v4, addr_port(&six.addr));
    enum err e = listen_bind(&four, &v4);
    assert_true(e == ERR_OK || errno == EADDRINUSE); /* somebody else may have that port */
    assert_int_equal(get_option(six.udp, IPPROTO_IPV6, IPV6_V6ONLY), 1);
    assert_int_equal(get_option(six.tcp, IPPROTO_IPV6, IPV6_V6ONLY), 1);
    if (e == ERR_OK)
        listen_close(&four);
    listen_close(&six);
}

/* Another program's socket on either protocol is an error, and nothing is left open. */
static void taken(void **state)
{
    static const int types[] = {SOCK_DGRAM, SOCK_STREAM};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct addr a = address("127.0.0.1");
        struct listen_sockets s;
        int other = socket(AF_INET, types[i], 0);
        assert_int_equal(bind(other, &a.sa, addr_len(&a)), 0);
        if (types[i] == SOCK_STREAM)
            assert_int_equal(listen(other, 1), 0);
        addr_set_port(&a, (uint16_t)bound_port(other));
        int next = dup(other);
        close(next);
        assert_int_equal(listen_bind(&s, &a), ERR_SYSTEM);
        assert_int_equal(errno, EADDRINUSE);
        assert_int_equal(s.udp, -1);
        assert_int_equal(s.tcp, -1);
        int after = dup(other);
        assert_int_equal(after, next);
        close(after);
        close(other);
    }
}

static void not_ours(void **state)
{
    (void)state;
    struct addr a = address("192.0.2.1:5353");
    struct listen_sockets s;
    assert_int_equal(listen_bind(&s, &a), ERR_SYSTEM);
    assert_int_equal(errno, EADDRNOTAVAIL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_port),        cmocka_unit_test(shared),
        cmocka_unit_test(different_ports), cmocka_unit_test(both_families),
        cmocka_unit_test(taken),           cmocka_unit_test(not_ours),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
