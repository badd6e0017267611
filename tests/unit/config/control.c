/* control, state and tokens: defaults, what a file makes of them, and that a token stays secret. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config/config.h"

struct folder {
    char path[64]; /* of a folder of our own */
    char file[80]; /* "lab.yaml" in it: what findings call the text */
    char token[80];
};

static int setup(void **state)
{
    static struct folder folder;
    snprintf(folder.path, sizeof(folder.path), "/tmp/shunt-config-XXXXXX");
    if (!mkdtemp(folder.path))
        return -1;
    snprintf(folder.file, sizeof(folder.file), "%s/lab.yaml", folder.path);
    snprintf(folder.token, sizeof(folder.token), "%s/token", folder.path);
    *state = &folder;
    return 0;
}

static int teardown(void **state)
{
    struct folder *folder = *state;
    unlink(folder->token);
    unlink(folder->file);
    return rmdir(folder->path);
}

static void write_file(const char *path, const char *text, mode_t mode)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    assert_int_equal(fchmod(fd, mode), 0);
    assert_int_equal(close(fd), 0);
}

/* The findings; without errors *config is to be freed. */
static enum err parse(struct folder *folder, const char *text, struct config *config,
                      struct text *found)
{
    struct diag_list diags = {0};
    enum err e = config_parse(config, folder->file, text, strlen(text), NULL, &diags);
    *found = (struct text){0};
    text_add(found, "");
    diag_list_print(&diags, found);
    diag_list_deinit(&diags);
    return e;
}

static void parse_right(struct folder *folder, const char *text, struct config *config)
{
    struct text found;
    assert_int_equal(parse(folder, text, config, &found), ERR_OK);
    assert_string_equal(found.data, "");
    text_deinit(&found);
}

static void test_defaults(void **state)
{
    struct config config;
    char shown[ADDR_TEXT_MAX];
    parse_right(*state, "", &config);
    assert_string_equal(config.control_socket, "/run/shunt/control.sock");
    assert_false(config.control_socket_set);
    assert_true(config.has_control_http);
    assert_string_equal(addr_format(&config.control_http, shown), "127.0.0.1:5253");
    assert_false(config.control_http_set);
    assert_null(config.control_token);
    assert_string_equal(config.state_path, "/var/lib/shunt/state.json");
    assert_false(config.state_set);
    assert_false(config.log_queries);
    config_deinit(&config);
}

static void test_off(void **state)
{
    struct config config;
    parse_right(*state, "control: {socket: off, http: off}\nstate: off\nlog: {queries: on}\n",
                &config);
    assert_null(config.control_socket);
    assert_true(config.control_socket_set);
    assert_false(config.has_control_http);
    assert_true(config.control_http_set);
    assert_null(config.state_path);
    assert_true(config.state_set);
    assert_true(config.log_queries);
    config_deinit(&config);
}

/* Paths are seen from the file, as all others are. */
static void test_values(void **state)
{
    struct folder *folder = *state;
    struct config config;
    char shown[ADDR_TEXT_MAX], path[80];
    parse_right(folder, "control: {socket: c.sock, http: \"[::1]\", token: s3cr3t}\nstate: /s\n",
                &config);
    snprintf(path, sizeof(path), "%s/c.sock", folder->path);
    assert_string_equal(config.control_socket, path);
    assert_true(config.control_socket_set);
    assert_string_equal(addr_format(&config.control_http, shown), "[::1]:5253");
    assert_string_equal(config.control_token, "s3cr3t");
    assert_string_equal(config.state_path, "/s");
    config_deinit(&config);
}

/* The first line counts, without blanks around it. */
static void test_token_file(void **state)
{
    struct folder *folder = *state;
    struct config config;
    static const char *const texts[] = {"s3cr3t", "s3cr3t\n", " \ts3cr3t \t\r\nsecond line\n"};
    for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
        write_file(folder->token, texts[i], 0640);
        parse_right(folder, "control: {token-file: token}\n", &config);
        assert_string_equal(config.control_token, "s3cr3t");
        config_deinit(&config);
    }
}

static void test_token_file_readable(void **state)
{
    struct folder *folder = *state;
    struct config config;
    struct text found;
    write_file(folder->token, "s3cr3t\n", 0644);
    assert_int_equal(parse(folder, "control: {token-file: token}\n", &config, &found), ERR_OK);
    assert_non_null(strstr(found.data, "lab.yaml:1:23: warning: everyone on this machine"));
    assert_null(strstr(found.data, "s3cr3t"));
    config_deinit(&config);
    text_deinit(&found);
}

static void test_token_file_wrong(void **state)
{
    struct folder *folder = *state;
    static const struct {
        const char *text, *why;
    } cases[] = {
        {"", "its first line is empty"},
        {"\ns3cr3t\n", "its first line is empty"},
        {"   \n", "its first line is empty"},
        {"s3cr3t s3cr3t\n", "its first line is to be visible ASCII without blanks"},
        {"s3cr3t\xc3\xa4\n", "its first line is to be visible ASCII without blanks"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct config config;
        struct text found;
        write_file(folder->token, cases[i].text, 0600);
        assert_int_equal(parse(folder, "control: {token-file: token}\n", &config, &found),
                         ERR_INVALID);
        assert_non_null(strstr(found.data, cases[i].why));
        assert_null(strstr(found.data, "s3cr3t"));
        text_deinit(&found);
    }
}

/* Commands want to know where the daemon is, and do not mind what else is in the file. */
static void test_control_only(void **state)
{
    struct folder *folder = *state;
    struct config config;
    struct diag_list diags = {0};
    char path[80];
    write_file(folder->file,
               "zones: [missing.zone]\nlisten: nowhere\ncontrol: {socket: c.sock, token: s3cr3t}\n",
               0600);
    assert_int_equal(config_load_control(&config, folder->file, &diags), ERR_OK);
    assert_int_equal(diags.count, 0);
    snprintf(path, sizeof(path), "%s/c.sock", folder->path);
    assert_string_equal(config.control_socket, path);
    assert_string_equal(config.control_token, "s3cr3t");
    config_deinit(&config);
    write_file(folder->file, "control: {socket: []}\n", 0600);
    assert_int_equal(config_load_control(&config, folder->file, &diags), ERR_INVALID);
    assert_int_equal(diags.errors, 1);
    diag_list_deinit(&diags);
}

/* Whatever is wrong with a token, or beside it, is said without it. */
static void test_secret(void **state)
{
    static const char *const texts[] = {
        "control: {token: \"s3cr3t s3cr3t\"}\n",
        "control: {token: [s3cr3t]}\n",
        "control: {token: {s3cr3t: s3cr3t}}\n",
        "control: {token: s3cr3t, token-file: token}\n",
        "control: {token: s3cr3t, http: nowhere}\n",
        "control:\n  token: s3cr3t\n  token: s3cr3t\n",
        "control: {tokn: s3cr3t}\n",
        "control: {token: \"s3cr3t\n",
    };
    for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
        struct config config;
        struct text found;
        assert_int_equal(parse(*state, texts[i], &config, &found), ERR_INVALID);
        assert_string_not_equal(found.data, "");
        if (strstr(found.data, "s3cr3t"))
            fail_msg("%s shows its secret: %s", texts[i], found.data);
        text_deinit(&found);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_defaults),
        cmocka_unit_test(test_off),
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_token_file),
        cmocka_unit_test(test_token_file_readable),
        cmocka_unit_test(test_token_file_wrong),
        cmocka_unit_test(test_secret),
        cmocka_unit_test(test_control_only),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
