/* control and state: how the daemon is talked to while it runs, and what it keeps. */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "config/sections.h"

#define HTTP_PORT      5253
#define TOKEN_FILE_MAX 4096 /* bytes that are read of it */

static bool is_off(const struct yaml_node *node)
{
    return node->kind == YAML_SCALAR && strcmp(node->text, "off") == 0;
}

/* A path as seen from the file's folder, to be freed. NULL after reporting. */
static char *read_path(struct config_reader *r, const struct config_key *key,
                       const struct yaml_node *node)
{
    const char *text = config_scalar(r, key, node);
    if (!text)
        return NULL;
    if (!*text) {
        config_bad_value(r, key, node, NULL);
        return NULL;
    }
    char *path = config_path_beside(r->file, text);
    r->no_memory = r->no_memory || !path;
    return path;
}

/* The same, or `off`, which is NULL. False after reporting. */
static bool read_path_or_off(struct config_reader *r, const struct config_key *key,
                             const struct yaml_node *node, char **out)
{
    char *path = NULL;
    if (!is_off(node)) {
        path = read_path(r, key, node);
        if (!path)
            return false;
    }
    free(*out);
    *out = path;
    return true;
}

static void read_socket(struct config_reader *r, const struct config_key *key,
                        const struct yaml_node *node, void *target)
{
    struct config *c = target;
    struct sockaddr_un address;
    if (!read_path_or_off(r, key, node, &c->control_socket))
        return;
    c->control_socket_set = true;
    if (c->control_socket && strlen(c->control_socket) >= sizeof(address.sun_path))
        config_error(r, node, "bad-value", "sockets have short paths, of 107 bytes at most",
                     "socket \"%.60s...\" is too long", c->control_socket);
}

static void read_http(struct config_reader *r, const struct config_key *key,
                      const struct yaml_node *node, void *target)
{
    struct config *c = target;
    if (is_off(node)) {
        c->has_control_http = false;
        c->control_http_set = true;
        return;
    }
    const char *text = config_scalar(r, key, node);
    if (!text || !config_address(r, key, node, text, HTTP_PORT, &c->control_http))
        return;
    c->has_control_http = true;
    c->control_http_set = true;
}

/* What goes into a header of HTTP as it is. */
static bool is_token(const char *text)
{
    if (!*text)
        return false;
    for (; *text; text++) {
        if (!isgraph((unsigned char)*text))
            return false;
    }
    return true;
}

static void keep_token(struct config_reader *r, const char *text)
{
    char *copy = strdup(text);
    if (!copy) {
        r->no_memory = true;
        return;
    }
    free(r->config->control_token);
    r->config->control_token = copy;
}

/* What is wrong with a token is said without it. */
static void read_token(struct config_reader *r, const struct config_key *key,
                       const struct yaml_node *node, void *target)
{
    (void)target;
    if (node->kind == YAML_SCALAR && is_token(node->text))
        keep_token(r, node->text);
    else
        config_error(r, node, "bad-value", NULL, "%s is to be %s", key->name, key->expects);
}

static void token_file_error(struct config_reader *r, const struct yaml_node *node,
                             const char *path, const char *why)
{
    config_error(r, node, "file", NULL, "the file %.300s cannot be used as token-file: %s", path,
                 why);
}

/* The first line, without blanks around it. */
static void read_first_line(struct config_reader *r, const struct yaml_node *node, const char *path,
                            int fd)
{
    char data[TOKEN_FILE_MAX + 1], *token = data;
    ssize_t len = read(fd, data, TOKEN_FILE_MAX);
    if (len < 0) {
        token_file_error(r, node, path, strerror(errno));
        return;
    }
    data[len] = '\0';
    data[strcspn(data, "\r\n")] = '\0';
    token += strspn(token, " \t");
    size_t end = strlen(token);
    while (end > 0 && (token[end - 1] == ' ' || token[end - 1] == '\t'))
        token[--end] = '\0';
    if (is_token(token))
        keep_token(r, token);
    else
        token_file_error(r, node, path,
                         *token ? "its first line is to be visible ASCII without blanks"
                                : "its first line is empty");
    explicit_bzero(data, sizeof(data));
}

static void warn_readable(struct config_reader *r, const struct yaml_node *node, const char *path,
                          mode_t mode)
{
    struct place place = config_place(r, node);
    if (mode & S_IROTH)
        diag_add(r->diags, DIAG_WARNING, "token-readable", &place, "chmod o-rwx it",
                 "everyone on this machine can read the token-file %s", path);
}

static void read_token_file(struct config_reader *r, const struct config_key *key,
                            const struct yaml_node *node, void *target)
{
    (void)target;
    struct stat st;
    char *path = is_off(node) ? NULL : read_path(r, key, node);
    if (!path)
        return;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0 && errno == EACCES && r->only_control) {
        free(path); /* the daemon can read it, and this user need not */
        return;
    }
    if (fd < 0 || fstat(fd, &st) != 0) {
        token_file_error(r, node, path, strerror(errno));
    } else if (!S_ISREG(st.st_mode)) {
        token_file_error(r, node, path, "it is not a regular file");
    } else {
        warn_readable(r, node, path, st.st_mode);
        read_first_line(r, node, path, fd);
    }
    if (fd >= 0)
        close(fd);
    free(path);
}

static const struct config_key control_keys[] = {
    {.name = "socket",
     .read = read_socket,
     .expects = "off or a path",
     .example = "socket: /run/shunt/control.sock",
     .once = true},
    {.name = "http",
     .read = read_http,
     .expects = "off or an address",
     .example = "http: \"127.0.0.1:5253\"",
     .once = true},
    {.name = "token",
     .read = read_token,
     .expects = "visible ASCII characters without blanks",
     .once = true},
    {.name = "token-file",
     .read = read_token_file,
     .expects = "a file's name",
     .example = "token-file: /etc/shunt/token",
     .once = true},
};

void config_read_control(struct config_reader *r, const struct config_key *key,
                         const struct yaml_node *node, void *target)
{
    static const struct config_keys table = {control_keys,
                                             sizeof(control_keys) / sizeof(*control_keys)};
    if (!config_read_map(r, key, node, &table, target))
        return;
    const struct yaml_node *file = config_find(node, "token-file");
    if (file && config_find(node, "token"))
        config_error(r, file, "set-twice", "keep one of them", "there is a token and a token-file");
}

void config_read_state(struct config_reader *r, const struct config_key *key,
                       const struct yaml_node *node, void *target)
{
    struct config *c = target;
    c->state_set = read_path_or_off(r, key, node, &c->state_path);
}

enum err config_control_defaults(struct config *c)
{
    c->control_socket = strdup(CONFIG_DEFAULT_SOCKET);
    c->state_path = strdup(CONFIG_DEFAULT_STATE);
    if (!c->control_socket || !c->state_path)
        return ERR_NOMEM;
    c->has_control_http = true;
    return addr_parse(&c->control_http, CONFIG_DEFAULT_HTTP, HTTP_PORT);
}

void config_control_deinit(struct config *c)
{
    if (c->control_token)
        explicit_bzero(c->control_token, strlen(c->control_token));
    free(c->control_token);
    free(c->control_socket);
    free(c->state_path);
}
