/* shunt log, against control in another thread. */
#include "unit/cli/daemon_help.h"

#include "cli/cli.h"
#include "control/stream.h"

static struct daemon d;
static struct printed p;

static int setup(void **state)
{
    (void)state;
    daemon_init(&d);
    daemon_lookup(&d, "10.5.0.20", CLIENT_NAME, POLICY_XMPP_CLIENT);
    daemon_lookup(&d, "fd00::21", "xmpp1.lab.example.", -1);
    daemon_drain(&d);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    daemon_stop(&d);
    return 0;
}

static void test_shows(void **state)
{
    (void)state;
    daemon_start(&d);
    RUN(&p, cli_log, "log");
    assert_int_equal(p.status, CLI_EXIT_OK);
    assert_string_equal(p.err, "");
    assert_int_equal(lines(p.out), 2);
    /* HH:MM:SS.mmm, and columns. */
    assert_int_equal(p.out[8], '.');
    assert_non_null(strstr(p.out, " 10.5.0.20       -> _xmpp-client._tcp.lab.example.       SRV   "
                                  "xmpp-client  NOERROR  policy   lab.yaml:12          10 5 5222 "
                                  "xmpp1.lab.example.; 20 5 5222 xmpp2.lab.example.\n"));
    assert_non_null(strstr(p.out, " fd00::21        -> xmpp1.lab.example.                   A     "
                                  "-            NOERROR  policy   lab.yaml:12          -\n"));
    RUN(&p, cli_log, "log", "--limit", "1", "--json");
    assert_int_equal(p.status, CLI_EXIT_OK);
    assert_int_equal(lines(p.out), 1);
    json_t *event = json_loads(p.out, 0, NULL);
    assert_string_equal(event_field(event, "client"), "fd00::21");
    json_decref(event);
}

static void test_filters(void **state)
{
    (void)state;
    daemon_start(&d);
    RUN(&p, cli_log, "log", "--client", "10.5.0.0/16", "--service", "xmpp-client", "--domain",
        "lab.example", "--answer=xmpp2", "--since", "1h");
    assert_int_equal(p.status, CLI_EXIT_OK);
    assert_int_equal(lines(p.out), 1);
    RUN(&p, cli_log, "log", "--rcode", "NXDOMAIN");
    assert_int_equal(p.status, CLI_EXIT_OK);
    assert_string_equal(p.out, "");
    RUN(&p, cli_log, "log", "--name", "xmpp1.lab.example");
    assert_int_equal(lines(p.out), 1);
}

static void test_refusals(void **state)
{
    (void)state;
    daemon_start(&d);
    RUN(&p, cli_log, "log", "--rcode", "BAD");
    assert_int_equal(p.status, CLI_EXIT_USAGE);
    assert_non_null(strstr(p.err, "shunt log: \"BAD\" is not an RCODE"));
    RUN(&p, cli_log, "log", "all");
    assert_int_equal(p.status, CLI_EXIT_USAGE);
    assert_non_null(strstr(p.err, "unexpected argument 'all'"));
    RUN(&p, cli_log, "log", "--colour");
    assert_int_equal(p.status, CLI_EXIT_USAGE);
    RUN(&p, cli_log, "log", "--url", "nowhere");
    assert_int_equal(p.status, CLI_EXIT_USAGE);
    RUN(&p, cli_log, "log", "--url", "unix:///nonexistent/c.sock");
    assert_int_equal(p.status, CLI_EXIT_NO);
    assert_non_null(strstr(p.err, "no daemon answers on unix:///nonexistent/c.sock"));
    RUN(&p, cli_log, "log", "--follow", "--url", "unix:///nonexistent/c.sock");
    assert_int_equal(p.status, CLI_EXIT_NO);
    RUN(&p, cli_log, "log", "--help");
    assert_int_equal(p.status, CLI_EXIT_OK);
    assert_non_null(strstr(p.out, "--follow"));
}

static void end_streams(struct daemon *daemon)
{
    for (struct http_conn *c = daemon->f.control->http->conns; c; c = c->next) {
        if (c->stream)
            http_stream_close(c->stream);
    }
}

/* Cuts the follower off after one lookup, and puts in another while nobody follows. From then on
 * every follower is cut off, once it has got what there is: the first comes back for the other
 * lookup, and then, since nothing came any more, no more. */
static void cut_off(struct daemon *daemon)
{
    if (daemon->step == 0 && daemon_streams(daemon) == 0)
        return;
    if (daemon->step == 0) {
        daemon_lookup(daemon, "10.5.0.30", CLIENT_NAME, POLICY_XMPP_CLIENT);
        daemon_drain(daemon);
    }
    end_streams(daemon);
    if (daemon->step == 0) {
        daemon_lookup(daemon, "10.5.0.31", CLIENT_NAME, POLICY_XMPP_CLIENT);
        daemon_drain(daemon);
    }
    daemon->step = 1;
}

static void test_follows(void **state)
{
    (void)state;
    d.on_turn = cut_off;
    daemon_start(&d);
    RUN(&p, cli_log, "log", "-f", "-n", "1");
    assert_int_equal(p.status, CLI_EXIT_NO);
    assert_non_null(strstr(p.err, "ended the log"));
    assert_int_equal(lines(p.out), 3); /* one of the past, and each of the others once */
    const char *past = strstr(p.out, "fd00::21"), *first = strstr(p.out, "10.5.0.30");
    const char *second = strstr(p.out, "10.5.0.31");
    assert_true(past && first && second);
    assert_true(past < first && first < second);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_shows, setup, teardown),
        cmocka_unit_test_setup_teardown(test_filters, setup, teardown),
        cmocka_unit_test_setup_teardown(test_refusals, setup, teardown),
        cmocka_unit_test_setup_teardown(test_follows, setup, teardown),
    };
    rcu_register_thread();
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    rcu_unregister_thread();
    return failed;
}
