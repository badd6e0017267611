#include "cli/client_where.h"

#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>

#include "base/addr.h"
#include "config/config.h"

void client_where_deinit(struct client_where *where)
{
    free(where->where);
    free(where->socket);
    free(where->base);
    free(where->token);
    free(where->note);
    *where = (struct client_where){0};
}

static const char *environment(const char *name)
{
    const char *value = getenv(name);
    return value && *value ? value : NULL;
}

static enum err set_socket(struct client_where *out, const char *path, struct text *why)
{
    if (strlen(path) >= sizeof(((struct sockaddr_un *)0)->sun_path)) {
        text_addf(why, "the path of the socket is too long: %s", path);
        return ERR_INVALID;
    }
    out->socket = strdup(path);
    out->base = strdup("http://localhost");
    if (!out->socket || !out->base || asprintf(&out->where, "unix://%s", path) < 0) {
        out->where = NULL;
        return ERR_NOMEM;
    }
    return ERR_OK;
}

/* One part of a URL; "" when it has none. To be freed by curl_free. */
static char *url_part(CURLU *url, CURLUPart part)
{
    char *text = NULL;
    return curl_url_get(url, part, &text, 0) == CURLUE_OK ? text : NULL;
}

static bool is_http(const char *text)
{
    CURLU *url = curl_url();
    bool good = url && curl_url_set(url, CURLUPART_URL, text, 0) == CURLUE_OK;
    char *scheme = good ? url_part(url, CURLUPART_SCHEME) : NULL;
    char *query = good ? url_part(url, CURLUPART_QUERY) : NULL;
    char *user = good ? url_part(url, CURLUPART_USER) : NULL;
    good = scheme && (strcmp(scheme, "http") == 0 || strcmp(scheme, "https") == 0);
    good = good && !query && !user;
    curl_free(scheme);
    curl_free(query);
    curl_free(user);
    curl_url_cleanup(url);
    return good;
}

static enum err set_url(struct client_where *out, const char *text, struct text *why)
{
    if (strncmp(text, "unix:///", 8) == 0 && text[8])
        return set_socket(out, text + 7, why);
    if (!is_http(text)) {
        text_add(why, "'");
        text_add_plain(why, text);
        text_add(why, "' is no place of a daemon: unix:///run/shunt/control.sock or "
                      "http://127.0.0.1:5253 would be");
        return ERR_INVALID;
    }
    size_t len = strlen(text);
    while (len > 0 && text[len - 1] == '/')
        len--;
    out->base = strndup(text, len);
    out->where = strdup(text);
    return out->base && out->where ? ERR_OK : ERR_NOMEM;
}

/* The address that control.http is reached at from this machine. */
static struct addr http_address(const struct config *config)
{
    static const uint8_t v4[4] = {127, 0, 0, 1}, v6[16] = {[15] = 1};
    struct addr a = config->control_http;
    if (addr_is_wildcard(&a) && a.sa.sa_family == AF_INET6)
        addr_from_bytes(&a, v6, sizeof(v6), addr_port(&config->control_http));
    else if (addr_is_wildcard(&a))
        addr_from_bytes(&a, v4, sizeof(v4), addr_port(&config->control_http));
    return a;
}

static enum err set_from_config(struct client_where *out, const struct config *config,
                                struct text *why)
{
    char address[ADDR_TEXT_MAX], url[ADDR_TEXT_MAX + 8];
    if (config->control_socket)
        return set_socket(out, config->control_socket, why);
    if (!config->has_control_http) {
        text_add(why, "the configuration switches control.socket and control.http off: no daemon "
                      "can be spoken to");
        return ERR_INVALID;
    }
    struct addr a = http_address(config);
    snprintf(url, sizeof(url), "http://%s", addr_format(&a, address));
    return set_url(out, url, why);
}

/* The configuration's token goes to the configuration's address, and to nobody else. */
static bool is_configured(const struct client_where *where, const struct config *config)
{
    char address[ADDR_TEXT_MAX], port[32];
    if (where->socket || !config->has_control_http || strncmp(where->base, "http://", 7) != 0)
        return false;
    struct addr a = http_address(config);
    const char *rest = where->base + 7;
    if (strcmp(rest, addr_format(&a, address)) == 0)
        return true;
    snprintf(port, sizeof(port), "localhost:%u", addr_port(&a));
    return strcmp(rest, port) == 0;
}

static enum err take_config(struct client_where *out, const struct config *config, struct text *why)
{
    enum err e = out->base ? ERR_OK : set_from_config(out, config, why);
    if (e != ERR_OK || out->token || !config->control_token || !is_configured(out, config))
        return e;
    out->token = strdup(config->control_token);
    return out->token ? ERR_OK : ERR_NOMEM;
}

/* A configuration with errors in it does not keep anybody from the daemon, which may run with what
 * it was before: then the daemon is where it is by default. */
static enum err ask_config(struct client_where *out, const char *option, struct text *why)
{
    const char *file = config_file(option);
    struct diag_list diags = {0};
    struct config config;
    enum err e = file ? config_load_control(&config, file, &diags) : ERR_NOTFOUND;
    if (e == ERR_OK) {
        e = take_config(out, &config, why);
        config_deinit(&config);
    } else {
        if (e != ERR_NOTFOUND && asprintf(&out->note, "%s has errors: see `shunt check`", file) < 0)
            out->note = NULL;
        e = out->base ? ERR_OK : set_socket(out, CONFIG_DEFAULT_SOCKET, why);
    }
    diag_list_deinit(&diags);
    return e;
}

static enum err find(struct client_where *out, const struct client_options *options,
                     struct text *why)
{
    const char *url = options->url ? options->url : environment("SHUNT_URL");
    const char *token = options->token ? options->token : environment("SHUNT_TOKEN");
    if (token && !(out->token = strdup(token)))
        return ERR_NOMEM;
    if (token && strpbrk(token, "\r\n")) {
        text_add(why, "a token has no line end in it");
        return ERR_INVALID;
    }
    enum err e = url ? set_url(out, url, why) : ERR_OK;
    if (e != ERR_OK || (url && (out->socket || token)))
        return e;
    return ask_config(out, options->file, why);
}

enum err client_where_find(struct client_where *out, const struct client_options *options,
                           struct text *why)
{
    *out = (struct client_where){0};
    enum err e = find(out, options, why);
    if (e == ERR_OK)
        return ERR_OK;
    if (e == ERR_NOMEM)
        text_add(why, "out of memory");
    client_where_deinit(out);
    return e;
}
