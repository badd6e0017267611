#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "dns/message.h"

const struct hash_key bench_key = {UINT64_C(0x0123456789abcdef), UINT64_C(0xfedcba9876543210)};

void bench_die(const char *what)
{
    fprintf(stderr, "bench_core: %s\n", what);
    exit(1);
}

void *bench_alloc(size_t count, size_t size)
{
    void *p = calloc(count, size);
    if (!p)
        bench_die("no memory");
    return p;
}

struct dns_name bench_name(const char *text)
{
    struct dns_name name;
    if (dns_name_from_text(&name, text) != ERR_OK)
        bench_die(text);
    dns_name_lower(&name);
    return name;
}

size_t bench_query(const char *name, uint16_t type, bool edns, uint8_t *out)
{
    struct dns_question q = {
        .name = bench_name(name), .type = type, .class = DNS_CLASS_IN, .recursion = true};
    return dns_query_write(&q, 1, edns, out, DNS_QUERY_MAX);
}

void bench_names_init(struct bench_names *names, const char *form, uint32_t count)
{
    const char *place = strchr(form, '#');
    uint64_t random = 7;
    if (!place)
        bench_die(form);
    names->count = count;
    names->next = 0;
    names->wire = bench_alloc(count, sizeof(*names->wire));
    for (uint32_t i = 0; i < count; i++) {
        char text[DNS_NAME_TEXT_MAX];
        snprintf(text, sizeof(text), "%.*s%u%s", (int)(place - form), form, i, place + 1);
        struct dns_name name = bench_name(text);
        if (name.len >= sizeof(*names->wire))
            bench_die("the name is too long");
        /* Fisher and Yates' shuffle, as the names come. */
        random = random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        uint32_t at = (uint32_t)((random >> 33) % (i + 1));
        memcpy(names->wire[i], names->wire[at], sizeof(*names->wire));
        names->wire[at][0] = name.len;
        memcpy(names->wire[at] + 1, name.wire, name.len);
    }
}

void bench_names_deinit(struct bench_names *names)
{
    free(names->wire);
}

void bench_names_next(struct bench_names *names, struct dns_name *out)
{
    const uint8_t *wire = names->wire[names->next];
    names->next = names->next + 1 < names->count ? names->next + 1 : 0;
    out->len = wire[0];
    memcpy(out->wire, wire + 1, sizeof(*names->wire) - 1);
}
