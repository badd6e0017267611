/* The API over real sockets: what is served, and what is refused with which words. */
#include "unit/control/control_fixture.h"

#define TOKEN "s3cret-token"

static struct fixture f;

static int setup(void **state)
{
    (void)state;
    fixture_init(&f);
    f.config.control_token = NULL;
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    fixture_deinit(&f);
    return 0;
}

static void test_status(void **state)
{
    struct response r;
    char value[256];
    (void)state;
    client_once(&f, client_unix(&f), "GET /v1/status HTTP/1.1\r\nHost: x\r\n\r\n", &r);
    assert_int_equal(r.status, 200);
    assert_string_equal(response_header(&r, "Content-Type", value), "application/json");
    assert_string_equal(response_header(&r, "Cache-Control", value), "no-store");
    assert_string_equal(response_header(&r, "ETag", value), "\"1\"");
    assert_string_equal(json_string_value(json_object_get(r.json, "version")), SHUNT_VERSION);
    assert_int_equal(json_integer_value(json_object_get(r.json, "workers")), 2);
    response_deinit(&r);
}

/* Requests over the Unix socket, and what the reply says. */
static const struct {
    const char *request;
    int status;
    const char *error; /* a part of it */
    const char *field;
    const char *allow;
} refusals[] = {
    {"GET /nowhere HTTP/1.1\r\n\r\n", 404, "there is no /nowhere", NULL, NULL},
    {"GET /v1/status/ HTTP/1.1\r\n\r\n", 404, "there is no /v1/status/", NULL, NULL},
    {"GET /v1/a%0Ab%FF HTTP/1.1\r\n\r\n", 404, "there is no /v1/a\\x0ab\\xff", NULL, NULL},
    {"POST /v1/status HTTP/1.1\r\nContent-Length: 0\r\n\r\n", 405, "does not take POST", NULL,
     "GET, HEAD"},
    {"PUT /v1/cache HTTP/1.1\r\nContent-Length: 0\r\n\r\n", 405, "it takes GET, HEAD, DELETE", NULL,
     "GET, HEAD, DELETE"},
    {"OPTIONS /v1/reset HTTP/1.1\r\n\r\n", 405, "it takes POST", NULL, "POST"},
    {"PATCH /metrics HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}", 405, "PATCH", NULL, "GET, HEAD"},
    {"GET /v1/status?x=1 HTTP/1.1\r\n\r\n", 400, "no parameter \"x\"", "x", NULL},
    {"GET /v1/cache?nmae=a HTTP/1.1\r\n\r\n", 400, "did you mean \"name\"?", "nmae", NULL},
    {"GET /v1/cache?name=%FF%FE HTTP/1.1\r\n\r\n", 400, "UTF-8", "name", NULL},
    {"GET /v1/cache?name HTTP/1.1\r\n\r\n", 400, "name=value", NULL, NULL},
    {"GET /v1/cache?type=SRV HTTP/1.1\r\n\r\n", 400, "need a name", "name", NULL},
    {"GET /v1/cache?name=a..b HTTP/1.1\r\n\r\n", 400, "\"a..b\" is not a domain name", "name",
     NULL},
    {"GET /v1/cache?name=a&type=SVR HTTP/1.1\r\n\r\n", 400, "\"SVR\" is not a record type", "type",
     NULL},
    {"DELETE /v1/cache?name=a&below=maybe HTTP/1.1\r\n\r\n", 400, "neither true nor false", "below",
     NULL},
    {"GET /v1/%00 HTTP/1.1\r\n\r\n", 400, "zero byte", NULL, NULL},
    {"POST /v1/reload HTTP/1.1\r\nContent-Length: 8\r\n\r\n{\"a\": 1,", 400,
     "not JSON: line 1, column 8", NULL, NULL},
    {"POST /v1/reload HTTP/1.1\r\nContent-Length: 9\r\n\r\n{\"a\":\n\n x", 400,
     "not JSON: line 3, column 2", NULL, NULL},
    {"POST /v1/reload HTTP/1.1\r\nContent-Length: 2\r\n\r\n[]", 400, "a JSON object", NULL, NULL},
    {"POST /v1/reload HTTP/1.1\r\nContent-Length: 13\r\n\r\n{\"rset\":true}", 400,
     "did you mean \"reset\"?", "rset", NULL},
    {"POST /v1/reload HTTP/1.1\r\nContent-Length: 11\r\n\r\n{\"reset\":1}", 400,
     "reset is to be true or false", "reset", NULL},
    {"POST /v1/reload HTTP/1.1\r\nContent-Length: 29\r\n\r\n{\"reset\":true,\"reset\":false }", 400,
     "not JSON", NULL, NULL},
    {"POST /v1/reset HTTP/1.1\r\nIf-Match: \"0\"\r\nContent-Length: 0\r\n\r\n", 409,
     "revision 0 is not the present one, which is 1", "If-Match", NULL},
    {"POST /v1/reset HTTP/1.1\r\nIf-Match: \"x\"\r\nContent-Length: 0\r\n\r\n", 400,
     "not a revision", "If-Match", NULL},
};

static void test_refusals(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
        struct response r;
        char value[256];
        print_message("%s\n", refusals[i].request);
        client_once(&f, client_unix(&f), refusals[i].request, &r);
        assert_int_equal(r.status, refusals[i].status);
        assert_non_null(r.json);
        if (!strstr(response_error(&r), refusals[i].error))
            fail_msg("\"%s\" does not say \"%s\"", response_error(&r), refusals[i].error);
        const char *field = json_string_value(json_object_get(r.json, "field"));
        if (refusals[i].field)
            assert_string_equal(field, refusals[i].field);
        else
            assert_null(field);
        if (refusals[i].allow)
            assert_string_equal(response_header(&r, "Allow", value), refusals[i].allow);
        response_deinit(&r);
    }
}

/* What evhttp refuses itself: the words are its own. */
static void test_refused_below(void **state)
{
    static const struct {
        const char *request;
        int status;
    } cases[] = {
        {"GARBAGE\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nno colon\r\n\r\n", 400},
        {"POST /v1/reset HTTP/1.1\r\nContent-Length: -5\r\n\r\n", 400},
        {"POST /v1/reset HTTP/1.1\r\nContent-Length: 12x\r\n\r\n", 400},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct response r;
        client_once(&f, client_unix(&f), cases[i].request, &r);
        assert_int_equal(r.status, cases[i].status);
        response_deinit(&r);
    }
}

static void test_head(void **state)
{
    struct response r;
    char value[256];
    int fd = client_unix(&f);
    (void)state;
    client_ask(&f, fd, "HEAD /health HTTP/1.1\r\nHost: x\r\n\r\n", &r);
    assert_int_equal(r.status, 200);
    assert_string_equal(response_header(&r, "Content-Length", value), "16");
    response_deinit(&r);
    /* No body came: the next response follows at once. */
    client_ask(&f, fd, "GET /health HTTP/1.1\r\nHost: x\r\n\r\n", &r);
    assert_int_equal(r.status, 200);
    assert_string_equal(r.body, "{\"status\":\"ok\"}\n");
    response_deinit(&r);
    close(fd);
}

static void test_many_on_one_connection(void **state)
{
    int fd = client_unix(&f);
    (void)state;
    for (int i = 0; i < 50; i++) {
        struct response r;
        client_ask(&f, fd, "POST /v1/reset HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}", &r);
        assert_int_equal(r.status, 200);
        response_deinit(&r);
    }
    assert_int_equal(f.control->http->conn_count, 1);
    close(fd);
}

/* Over TCP: Host, Origin and Sec-Fetch-Site of a request that changes nothing. */
static void test_browsers(void **state)
{
    static const struct {
        const char *headers;
        int status;
        const char *field;
    } cases[] = {
        {"Host: 127.0.0.1\r\n", 200, NULL},
        {"Host: 127.0.0.1:5253\r\n", 200, NULL},
        {"Host: localhost:8080\r\n", 200, NULL},
        {"Host: LOCALHOST.\r\n", 200, NULL},
        {"Host: [::1]:5253\r\n", 200, NULL},
        {"", 400, "Host"},
        {"Host: localhost\r\nHost: localhost\r\n", 400, "Host"},
        {"Host: evil.example\r\n", 403, "Host"},
        {"Host: 192.0.2.1\r\n", 403, "Host"},
        {"Host: localhost.evil.example\r\n", 403, "Host"},
        {"Host: localhost\r\nOrigin: http://localhost\r\n", 200, NULL},
        {"Host: localhost:5253\r\nOrigin: http://localhost:5253\r\n", 200, NULL},
        {"Host: localhost:5253\r\nOrigin: http://localhost:80\r\n", 403, "Origin"},
        {"Host: localhost\r\nOrigin: http://evil.example\r\n", 403, "Origin"},
        {"Host: localhost\r\nOrigin: null\r\n", 403, "Origin"},
        {"Host: localhost\r\nSec-Fetch-Site: same-origin\r\n", 200, NULL},
        {"Host: localhost\r\nSec-Fetch-Site: none\r\n", 200, NULL},
        {"Host: localhost\r\nSec-Fetch-Site: cross-site\r\n", 403, "Sec-Fetch-Site"},
        {"Host: localhost\r\nSec-Fetch-Site: same-site\r\n", 403, "Sec-Fetch-Site"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct response r;
        char request[512];
        print_message("%s\n", cases[i].headers);
        snprintf(request, sizeof(request), "GET /health HTTP/1.1\r\n%s\r\n", cases[i].headers);
        client_once(&f, client_tcp(&f), request, &r);
        assert_int_equal(r.status, cases[i].status);
        const char *field = json_string_value(json_object_get(r.json, "field"));
        if (cases[i].field)
            assert_string_equal(field, cases[i].field);
        response_deinit(&r);
    }
}

static void test_absolute_uri(void **state)
{
    struct response r;
    (void)state;
    client_once(&f, client_tcp(&f),
                "GET http://evil.example/health HTTP/1.1\r\nHost: localhost\r\n\r\n", &r);
    assert_int_equal(r.status, 400);
    response_deinit(&r);
}

static void test_token(void **state)
{
    static const struct {
        const char *header;
        int status;
    } cases[] = {
        {"", 401},
        {"Authorization: Bearer " TOKEN "\r\n", 200},
        {"Authorization: bearer  " TOKEN "\r\n", 200},
        {"Authorization: Bearer " TOKEN "x\r\n", 401},
        {"Authorization: Bearer s3cret-toke\r\n", 401},
        {"Authorization: Bearer \r\n", 401},
        {"Authorization: Bearer\r\n", 401},
        {"Authorization: Basic " TOKEN "\r\n", 401},
        {"Authorization: " TOKEN "\r\n", 401},
    };
    char token[] = TOKEN, value[256];
    (void)state;
    f.config.control_token = token;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct response r;
        char request[512];
        print_message("%s\n", cases[i].header);
        snprintf(request, sizeof(request),
                 "POST /v1/reset HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n%s\r\n",
                 cases[i].header);
        client_once(&f, client_tcp(&f), request, &r);
        assert_int_equal(r.status, cases[i].status);
        if (r.status == 401) {
            assert_string_equal(response_header(&r, "WWW-Authenticate", value),
                                "Bearer realm=\"shunt\"");
            assert_null(strstr(r.body, TOKEN));
        }
        response_deinit(&r);
    }
}

static void test_no_token_configured(void **state)
{
    struct response r;
    (void)state;
    client_once(&f, client_tcp(&f),
                "POST /v1/reload HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n"
                "Authorization: Bearer x\r\n\r\n",
                &r);
    assert_int_equal(r.status, 401);
    assert_non_null(strstr(response_error(&r), "control.token"));
    assert_int_equal(f.reloads, 0);
    response_deinit(&r);
    /* The Unix socket needs none: its mode decides. */
    client_once(&f, client_unix(&f), "POST /v1/reload HTTP/1.1\r\nContent-Length: 0\r\n\r\n", &r);
    assert_int_equal(r.status, 200);
    assert_int_equal(f.reloads, 1);
    response_deinit(&r);
}

/* A change that needs a token says so before it says anything of the body. */
static void test_token_before_body(void **state)
{
    struct response r;
    (void)state;
    client_once(&f, client_tcp(&f),
                "POST /v1/reload HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\n\r\n{", &r);
    assert_int_equal(r.status, 401);
    response_deinit(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_status, setup, teardown),
        cmocka_unit_test_setup_teardown(test_refusals, setup, teardown),
        cmocka_unit_test_setup_teardown(test_refused_below, setup, teardown),
        cmocka_unit_test_setup_teardown(test_head, setup, teardown),
        cmocka_unit_test_setup_teardown(test_many_on_one_connection, setup, teardown),
        cmocka_unit_test_setup_teardown(test_browsers, setup, teardown),
        cmocka_unit_test_setup_teardown(test_absolute_uri, setup, teardown),
        cmocka_unit_test_setup_teardown(test_token, setup, teardown),
        cmocka_unit_test_setup_teardown(test_no_token_configured, setup, teardown),
        cmocka_unit_test_setup_teardown(test_token_before_body, setup, teardown),
    };
    rcu_register_thread();
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    rcu_unregister_thread();
    return failed;
}
