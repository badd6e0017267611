/* The values of a fault's keys, read and written. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "dns/message.h"
#include "policy/fault_key.h"

#define RCODE_MAX 4095 /* 12 bits (RFC 6891 §6.1.3) */

static enum err refuse(enum err e, const char **expected, const char *text)
{
    if (e != ERR_OK)
        *expected = text;
    return e;
}

enum err fault_read_word(int *out, const char *value, const struct fault_words *words,
                         const char **expected)
{
    for (size_t i = 0; i < words->count; i++) {
        if (strcasecmp(words->words[i], value) != 0)
            continue;
        *out = (int)i;
        return ERR_OK;
    }
    const char *near = text_nearest(value, words->words, words->count);
    return refuse(ERR_INVALID, expected, near ? near : words->all);
}

enum err fault_read_name(struct dns_name *out, const char *value, const char **expected)
{
    struct dns_name name;
    enum err e = policy_name_from_user(&name, value);
    if (e == ERR_OK)
        *out = name;
    return refuse(e, expected, "a domain name, such as lab.example");
}

enum err fault_read_type(uint16_t *out, const char *value, const char **expected)
{
    uint16_t type;
    enum err e = dns_type_from_text(&type, value);
    if (e == ERR_NOTFOUND || (e == ERR_OK && type == 0))
        e = ERR_INVALID;
    if (e == ERR_OK)
        *out = type;
    return refuse(e, expected, "a record type, such as SRV, AAAA or TYPE65280");
}

enum err fault_read_client(struct fault_match *out, const char *value, const char **expected)
{
    enum err e = subnet_parse(&out->client, value);
    if (e == ERR_OK)
        out->has_client = true;
    return refuse(e, expected, "an address or a network, such as 10.5.0.20 or 10.5.0.0/16");
}

enum err fault_read_rcode(uint16_t *out, const char *value, const char **expected)
{
    static const char *const names[] = {
        "NOERROR",  "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP",  "REFUSED",
        "YXDOMAIN", "YXRRSET", "NXRRSET",  "NOTAUTH",  "NOTZONE",
    };
    static const struct fault_words words = {
        names, sizeof(names) / sizeof(names[0]),
        "an RCODE, such as SERVFAIL, NXDOMAIN, REFUSED or a number up to 4095"};
    uint64_t number;
    int index;
    if (strcasecmp(value, "BADVERS") == 0) {
        *out = DNS_RCODE_BADVERS;
        return ERR_OK;
    }
    const char *digits = strncasecmp(value, "RCODE", 5) == 0 ? value + 5 : value;
    enum err e = text_number(&number, digits, RCODE_MAX);
    if (e == ERR_OK)
        *out = (uint16_t)number;
    if (e != ERR_INVALID)
        return refuse(e, expected, words.all);
    e = fault_read_word(&index, value, &words, expected);
    if (e == ERR_OK)
        *out = (uint16_t)index;
    return e;
}

/* "30%", "0.5%", "12.25%": digits, at most two behind the point, and the sign. */
static enum err read_percent(unsigned *out, const char *value)
{
    unsigned whole = 0, part = 0, scale = 100;
    const char *at = value;
    for (; *at >= '0' && *at <= '9'; at++)
        whole = whole > 1000 ? whole : whole * 10 + (unsigned)(*at - '0');
    if (at == value)
        return ERR_INVALID;
    if (*at == '.') {
        const char *first = ++at;
        for (; *at >= '0' && *at <= '9' && scale > 1; at++) {
            scale /= 10;
            part += (unsigned)(*at - '0') * scale;
        }
        if (at == first)
            return ERR_INVALID;
    }
    if (strcmp(at, "%") != 0)
        return ERR_INVALID;
    *out = whole * 100 + part;
    return *out > FAULT_SHARE_ALL ? ERR_RANGE : ERR_OK;
}

enum err fault_read_share(uint16_t *out, const char *value, const char **expected)
{
    unsigned share;
    enum err e = read_percent(&share, value);
    if (e == ERR_OK)
        *out = (uint16_t)share;
    return refuse(e, expected, "a share from 0% to 100%, such as 30% or 0.25%");
}

enum err fault_read_ttl(uint32_t *out, const char *value, const char **expected)
{
    uint64_t ms;
    enum err e = text_duration(&ms, value);
    if (e == ERR_OK && ms % 1000 != 0)
        e = ERR_INVALID;
    if (e == ERR_OK && ms / 1000 > INT32_MAX) /* RFC 2181 §8 */
        e = ERR_RANGE;
    if (e == ERR_OK)
        *out = (uint32_t)(ms / 1000);
    return refuse(e, expected, "a duration in whole seconds, such as 0, 5s or 1h");
}

enum err fault_read_bool(bool *out, const char *value, const char **expected)
{
    static const char *const names[] = {"false", "true", "no", "yes", "off", "on"};
    static const struct fault_words words = {names, sizeof(names) / sizeof(names[0]),
                                             "true or false"};
    int index;
    enum err e = fault_read_word(&index, value, &words, expected);
    if (e == ERR_OK)
        *out = index % 2 == 1;
    return e;
}

enum err fault_read_delay(uint32_t *out, const char *value, const char **expected)
{
    uint64_t ms;
    enum err e = text_duration(&ms, value);
    if (e == ERR_OK && ms > FAULT_DELAY_MAX)
        e = ERR_RANGE;
    if (e == ERR_OK)
        *out = (uint32_t)ms;
    return refuse(e, expected, "a duration of at most 1h, such as 250ms or 3s");
}

enum err fault_read_period(uint64_t *out, const char *value, const char **expected)
{
    uint64_t ms;
    enum err e = text_duration(&ms, value);
    if (e == ERR_OK && ms == 0)
        e = ERR_RANGE;
    if (e == ERR_OK)
        *out = ms;
    return refuse(e, expected, "a duration of more than 0, such as 30s or 5m");
}

enum err fault_read_count(uint64_t *out, const char *value, const char **expected)
{
    uint64_t number;
    enum err e = text_number(&number, value, UINT32_MAX);
    if (e == ERR_OK && number == 0)
        e = ERR_RANGE;
    if (e == ERR_OK)
        *out = number;
    return refuse(e, expected, "a number from 1 to 4294967295");
}

void fault_write_duration(struct text *out, uint64_t ms)
{
    static const struct {
        uint64_t ms;
        const char *name;
    } units[] = {{86400000, "d"}, {3600000, "h"}, {60000, "m"}, {1000, "s"}, {1, "ms"}};
    size_t i = 0;
    while (ms % units[i].ms != 0)
        i++;
    text_addf(out, "%llu%s", (unsigned long long)(ms / units[i].ms), ms ? units[i].name : "");
}

void fault_write_share(struct text *out, uint16_t share)
{
    unsigned part = share % 100;
    text_addf(out, "%u", share / 100u);
    if (part % 10 != 0)
        text_addf(out, ".%02u", part);
    else if (part != 0)
        text_addf(out, ".%u", part / 10);
    text_add(out, "%");
}

void fault_write_client(struct text *out, const struct subnet *client)
{
    static const uint8_t v4_mapped[12] = {[10] = 0xff, [11] = 0xff};
    char host[ADDR_TEXT_MAX];
    struct addr address;
    bool v4 = client->bits >= 96 && memcmp(client->bytes, v4_mapped, 12) == 0;
    unsigned skipped = v4 ? 12 : 0;
    addr_from_bytes(&address, client->bytes + skipped, 16 - skipped, 0);
    text_add(out, addr_format_host(&address, host));
    if (client->bits < 128)
        text_addf(out, "/%u", client->bits - skipped * 8);
}
