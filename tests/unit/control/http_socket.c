/* The listening sockets: modes, files left behind, places that cannot be had. */
#include "unit/control/control_fixture.h"

#include <sys/stat.h>

#include "control/http_socket.h"

static const struct folder_owner nobody = {.set = false};

struct place_fixture {
    char folder[64], path[100];
};

static int setup(void **state)
{
    static struct place_fixture p;
    snprintf(p.folder, sizeof(p.folder), "/tmp/shunt-test-XXXXXX");
    assert_non_null(mkdtemp(p.folder));
    snprintf(p.path, sizeof(p.path), "%s/s", p.folder);
    *state = &p;
    return 0;
}

static int teardown(void **state)
{
    struct place_fixture *p = *state;
    unlink(p->path);
    return rmdir(p->folder);
}

static void test_mode(void **state)
{
    struct place_fixture *p = *state;
    struct http_socket s;
    struct stat st;
    mode_t before = umask(077);
    assert_int_equal(http_socket_unix(&s, p->path, &nobody), ERR_OK);
    assert_int_equal(stat(p->path, &st), 0);
    assert_true(S_ISSOCK(st.st_mode));
    assert_int_equal(st.st_mode & 0777, 0660);
    assert_int_equal(umask(before), 077); /* as it was */
    http_socket_close(&s);
    assert_int_equal(stat(p->path, &st), -1);
}

static void test_stale(void **state)
{
    struct place_fixture *p = *state;
    struct http_socket old, new;
    assert_int_equal(http_socket_unix(&old, p->path, &nobody), ERR_OK);
    close(old.fd); /* as kill -9 leaves it */
    old.fd = -1;
    assert_int_equal(http_socket_unix(&new, p->path, &nobody), ERR_OK);
    http_socket_close(&new);
    http_socket_close(&old);
}

static void test_in_use(void **state)
{
    struct place_fixture *p = *state;
    struct http_socket old, new;
    struct stat st;
    assert_int_equal(http_socket_unix(&old, p->path, &nobody), ERR_OK);
    assert_int_equal(http_socket_unix(&new, p->path, &nobody), ERR_EXISTS);
    assert_int_equal(stat(p->path, &st), 0); /* untouched */
    http_socket_close(&old);
}

/* A daemon that ends does not remove the socket of the one that came after it. */
static void test_close_leaves_others(void **state)
{
    struct place_fixture *p = *state;
    struct http_socket old, new;
    struct stat st;
    assert_int_equal(http_socket_unix(&old, p->path, &nobody), ERR_OK);
    assert_int_equal(unlink(p->path), 0);
    assert_int_equal(http_socket_unix(&new, p->path, &nobody), ERR_OK);
    http_socket_close(&old);
    assert_int_equal(stat(p->path, &st), 0);
    http_socket_close(&new);
}

static void test_file_in_the_way(void **state)
{
    struct place_fixture *p = *state;
    struct http_socket s;
    struct stat st;
    FILE *file = fopen(p->path, "w");
    assert_non_null(file);
    fclose(file);
    assert_int_equal(http_socket_unix(&s, p->path, &nobody), ERR_INVALID);
    assert_int_equal(stat(p->path, &st), 0); /* untouched */
}

static void test_bad_paths(void **state)
{
    struct place_fixture *p = *state;
    struct http_socket s;
    char path[200];
    memset(path, 'a', sizeof(path) - 1);
    path[sizeof(path) - 1] = '\0';
    assert_int_equal(http_socket_unix(&s, path, &nobody), ERR_RANGE);
    assert_int_equal(http_socket_unix(&s, "", &nobody), ERR_INVALID);
    snprintf(path, sizeof(path), "%s/a/b/s", p->folder);
    assert_int_equal(http_socket_unix(&s, path, &nobody), ERR_SYSTEM);
    assert_int_equal(errno, ENOENT);
}

static void test_folder_is_made(void **state)
{
    struct place_fixture *p = *state;
    struct http_socket s;
    char folder[80], path[100];
    snprintf(folder, sizeof(folder), "%s/run", p->folder);
    snprintf(path, sizeof(path), "%s/s", folder);
    assert_int_equal(http_socket_unix(&s, path, &nobody), ERR_OK);
    http_socket_close(&s);
    assert_int_equal(rmdir(folder), 0);
}

static void test_tcp(void **state)
{
    struct http_socket a, b;
    struct addr addr;
    (void)state;
    assert_int_equal(addr_parse(&addr, "127.0.0.1:0", 0), ERR_OK);
    assert_int_equal(http_socket_tcp(&a, &addr), ERR_OK);
    assert_int_not_equal(addr_port(&a.addr), 0);
    assert_int_equal(http_socket_tcp(&b, &a.addr), ERR_SYSTEM);
    assert_int_equal(errno, EADDRINUSE);
    http_socket_close(&a);
}

/* A place that the file names has to work; a default does without. */
static void test_asked_or_default(void **state)
{
    struct fixture f;
    int status = -1;
    char nowhere[] = "/proc/nowhere/s", path[100];
    (void)state;
    fixture_prepare(&f);
    f.config.control_socket = nowhere;
    assert_null(fixture_control(&f, &status));
    assert_int_equal(status, 3);
    f.config.control_socket_set = false;
    f.control = fixture_control(&f, &status);
    assert_non_null(f.control);
    assert_int_equal(f.control->http->listener_count, 1);

    /* The same address again, for another daemon. */
    struct fixture g;
    fixture_prepare(&g);
    g.config.control_http = *fixture_http_addr(&f);
    snprintf(path, sizeof(path), "%s", g.socket_path);
    assert_null(fixture_control(&g, &status));
    assert_int_equal(status, 2);
    assert_int_equal(access(path, F_OK), -1);
    g.config.control_http_set = false;
    g.control = fixture_control(&g, &status);
    assert_non_null(g.control);
    fixture_deinit(&g);
    fixture_deinit(&f);
}

static void test_off(void **state)
{
    struct fixture f;
    int status = -1;
    (void)state;
    fixture_prepare(&f);
    f.config.control_socket = NULL;
    f.config.has_control_http = false;
    f.control = fixture_control(&f, &status);
    assert_non_null(f.control);
    http_on_sweep(-1, 0, f.control->http); /* a second later */
    fixture_turn(&f);
    fixture_deinit(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_mode, setup, teardown),
        cmocka_unit_test_setup_teardown(test_stale, setup, teardown),
        cmocka_unit_test_setup_teardown(test_in_use, setup, teardown),
        cmocka_unit_test_setup_teardown(test_close_leaves_others, setup, teardown),
        cmocka_unit_test_setup_teardown(test_file_in_the_way, setup, teardown),
        cmocka_unit_test_setup_teardown(test_bad_paths, setup, teardown),
        cmocka_unit_test_setup_teardown(test_folder_is_made, setup, teardown),
        cmocka_unit_test(test_tcp),
        cmocka_unit_test(test_asked_or_default),
        cmocka_unit_test(test_off),
    };
    rcu_register_thread();
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    rcu_unregister_thread();
    return failed;
}
