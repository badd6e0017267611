/* config_resolv_conf: name servers out of a resolv.conf. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config/config.h"

/* Servers of a file with this text, a space after each; to be freed. */
static char *servers_of(const char *text, enum err expected)
{
    char path[] = "/tmp/shunt-resolv-XXXXXX", shown[ENDPOINT_TEXT_MAX];
    struct endpoint *servers = NULL;
    struct text out = {0};
    size_t count = 0;
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    close(fd);
    enum err e = config_resolv_conf(path, &servers, &count);
    unlink(path);
    assert_int_equal(e, expected);
    text_add(&out, "");
    for (size_t i = 0; i < count; i++)
        text_addf(&out, "%s ", endpoint_format(&servers[i], shown));
    free(servers);
    return out.data;
}

static void test_lines(void **state)
{
    static const struct {
        const char *text, *servers;
    } cases[] = {
        {"nameserver 192.0.2.1\n", "192.0.2.1:53 "},
        {"nameserver 192.0.2.1", "192.0.2.1:53 "},
        {"search example\noptions edns0\nnameserver\t192.0.2.1 \n", "192.0.2.1:53 "},
        {"nameserver 192.0.2.1 # ours\nnameserver ::1;x\r\n", "192.0.2.1:53 [::1]:53 "},
        {"nameserver fe80::1%lo\n", "[fe80::1%lo]:53 "},
        {"nameserver 10.0.0.1\nnameserver 10.0.0.2\nnameserver 10.0.0.3\nnameserver 10.0.0.4\n",
         "10.0.0.1:53 10.0.0.2:53 10.0.0.3:53 10.0.0.4:53 "},
        {"nameserver example\nnameserver 10.0.0.1\n", "10.0.0.1:53 "},
        {"# nameserver 10.0.0.9\n; nameserver 10.0.0.9\nnameserver 10.0.0.1\n", "10.0.0.1:53 "},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        char *got = servers_of(cases[i].text, ERR_OK);
        assert_string_equal(got, cases[i].servers);
        free(got);
    }
}

static void test_none(void **state)
{
    static const char *const cases[] = {"",
                                        "search example\n",
                                        "nameserver\n",
                                        "nameserver \n",
                                        "nameserver10.0.0.1\n",
                                        "nameservers 10.0.0.1\n",
                                        " nameserver 10.0.0.1\n"};
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
        free(servers_of(cases[i], ERR_NOTFOUND));
}

/* What stands beyond the length of a line is not the start of another. */
static void test_long_line(void **state)
{
    char text[3000];
    (void)state;
    memset(text, ' ', sizeof(text));
    memcpy(text, "search", 6);
    memcpy(text + 1023, "nameserver 10.0.0.9", 19);
    strcpy(text + 2000, "\nnameserver 10.0.0.1\n");
    char *got = servers_of(text, ERR_OK);
    assert_string_equal(got, "10.0.0.1:53 ");
    free(got);
}

static void test_no_file(void **state)
{
    struct endpoint *servers;
    size_t count;
    (void)state;
    assert_int_equal(config_resolv_conf("/nonexistent/resolv.conf", &servers, &count), ERR_SYSTEM);
    assert_null(servers);
    assert_int_equal(count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines),
        cmocka_unit_test(test_none),
        cmocka_unit_test(test_long_line),
        cmocka_unit_test(test_no_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
