/* /etc/resolv.conf: which name servers this machine uses (resolv.conf(5)). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/config.h"

#define RESOLV_SERVERS_MAX 64
#define RESOLV_LINE_MAX    1024

/* The address of a `nameserver` line, NUL-terminated in place; NULL for other lines. The keyword
 * stands at the start of the line, as the C library has it. */
static char *server_text(char *line)
{
    static const char keyword[] = "nameserver";
    size_t len = sizeof(keyword) - 1;
    if (strncmp(line, keyword, len) != 0)
        return NULL;
    line += len;
    size_t space = strspn(line, " \t");
    if (space == 0)
        return NULL;
    line += space;
    line[strcspn(line, " \t\r\n#;")] = '\0';
    return line;
}

static enum err read_servers(FILE *f, struct endpoint *servers, size_t *count)
{
    char line[RESOLV_LINE_MAX];
    bool whole = true; /* the line before ended with a line end */
    while (*count < RESOLV_SERVERS_MAX && fgets(line, sizeof(line), f)) {
        bool begins = whole;
        whole = strchr(line, '\n') != NULL;
        char *text = begins ? server_text(line) : NULL;
        struct endpoint server = {.transport = ENDPOINT_UDP};
        /* A line that the C library would not understand either is passed over. */
        if (text && addr_parse(&server.addr, text, 53) == ERR_OK)
            servers[(*count)++] = server;
    }
    return ferror(f) ? ERR_SYSTEM : ERR_OK;
}

enum err config_resolv_conf(const char *path, struct endpoint **servers, size_t *count)
{
    enum err e = ERR_NOMEM;
    *servers = NULL;
    *count = 0;
    FILE *f = fopen(path, "re");
    if (!f)
        return ERR_SYSTEM;
    struct endpoint *list = calloc(RESOLV_SERVERS_MAX, sizeof(*list));
    if (list)
        e = read_servers(f, list, count);
    fclose(f);
    if (!e && *count == 0)
        e = ERR_NOTFOUND;
    if (e) {
        free(list);
        *count = 0;
        return e;
    }
    *servers = list;
    return ERR_OK;
}
