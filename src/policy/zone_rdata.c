/* The data of the types that an XMPP lab writes most, field by field, so that each mistake is
 * reported at its field. All other types, and data as \# LENGTH HEX, go through ldns. */
#include <arpa/inet.h>
#include <string.h>

#include "base/hex.h"
#include "dns/message.h"
#include "policy/zone_parts.h"

enum field_kind {
    FIELD_NONE,
    FIELD_U8,
    FIELD_U16,
    FIELD_U32,
    FIELD_PERIOD, /* 32 bits, with units */
    FIELD_NAME,
    FIELD_IPV4,
    FIELD_IPV6,
    FIELD_STRINGS, /* one or more, to the end */
    FIELD_HEX,     /* one or more words, to the end */
};

struct field {
    enum field_kind kind;
    const char *name;
};

#define FIELDS_MAX 7

struct format {
    uint16_t type;
    const char *mnemonic;
    const char *usage; /* the hint */
    struct field fields[FIELDS_MAX];
};

#define SOA_USAGE                                                                                  \
    "SOA needs primary mailbox serial refresh retry expire minimum, such as "                      \
    "ns.lab.example. admin.lab.example. 1 3600 600 86400 5"

static const struct format formats[] = {
    {DNS_TYPE_SRV,
     "SRV",
     "SRV needs priority weight port target, such as 0 5 5222 xmpp1.lab.example.",
     {{FIELD_U16, "priority"}, {FIELD_U16, "weight"}, {FIELD_U16, "port"}, {FIELD_NAME, "target"}}},
    {DNS_TYPE_A, "A", "A needs an IPv4 address, such as 192.0.2.1", {{FIELD_IPV4, "address"}}},
    {DNS_TYPE_AAAA,
     "AAAA",
     "AAAA needs an IPv6 address, such as 2001:db8::1",
     {{FIELD_IPV6, "address"}}},
    {DNS_TYPE_CNAME, "CNAME", "CNAME needs the name it leads to", {{FIELD_NAME, "target"}}},
    {DNS_TYPE_DNAME, "DNAME", "DNAME needs the name it leads to", {{FIELD_NAME, "target"}}},
    {DNS_TYPE_NS, "NS", "NS needs the name of a server", {{FIELD_NAME, "server"}}},
    {DNS_TYPE_PTR, "PTR", "PTR needs a name", {{FIELD_NAME, "name"}}},
    {DNS_TYPE_MX,
     "MX",
     "MX needs preference exchange, such as 10 mail.lab.example.",
     {{FIELD_U16, "preference"}, {FIELD_NAME, "exchange"}}},
    {DNS_TYPE_TXT,
     "TXT",
     "TXT needs strings of up to 255 bytes each, such as \"v=spf1 -all\"",
     {{FIELD_STRINGS, "string"}}},
    {DNS_TYPE_TLSA,
     "TLSA",
     "TLSA needs usage selector matching-type data-in-hex, such as 3 1 1 5f8c...",
     {{FIELD_U8, "usage"},
      {FIELD_U8, "selector"},
      {FIELD_U8, "matching type"},
      {FIELD_HEX, "certificate data"}}},
    {DNS_TYPE_SOA,
     "SOA",
     SOA_USAGE,
     {{FIELD_NAME, "primary"},
      {FIELD_NAME, "mailbox"},
      {FIELD_U32, "serial"},
      {FIELD_PERIOD, "refresh"},
      {FIELD_PERIOD, "retry"},
      {FIELD_PERIOD, "expire"},
      {FIELD_PERIOD, "minimum"}}},
};

static const struct format *format_find(uint16_t type)
{
    for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++)
        if (formats[i].type == type)
            return &formats[i];
    return NULL;
}

static size_t format_fields(const struct format *f)
{
    size_t n = 0;
    while (n < FIELDS_MAX && f->fields[n].kind != FIELD_NONE)
        n++;
    return n;
}

static bool format_is_open(const struct format *f)
{
    enum field_kind last = f->fields[format_fields(f) - 1].kind;
    return last == FIELD_STRINGS || last == FIELD_HEX;
}

/* One field being read. */
struct field_job {
    struct zone_source *source;
    const struct format *format;
    const struct field *field;
    const struct zone_token *token;
    struct writer *out;
};

static bool field_fault(const struct field_job *job, const char *hint)
{
    char quote[ZONE_QUOTE_MAX];
    zone_fault(job->source, job->token, "record-value", hint ? hint : job->format->usage,
               "'%s' is not the %s of an %s record", zone_quote(job->token, quote),
               job->field->name, job->format->mnemonic);
    return false;
}

static bool field_number(const struct field_job *job)
{
    static const struct {
        enum field_kind kind;
        uint32_t max;
        const char *range;
    } ranges[] = {
        {FIELD_U8, UINT8_MAX, "a number from 0 to 255"},
        {FIELD_U16, UINT16_MAX, "a number from 0 to 65535"},
        {FIELD_U32, UINT32_MAX, "a number from 0 to 4294967295"},
        {FIELD_PERIOD, UINT32_MAX, "seconds from 0 to 4294967295, or with a unit, such as 1h"},
    };
    uint32_t value = 0;
    size_t i = 0;
    while (ranges[i].kind != job->field->kind)
        i++;
    enum err err = job->field->kind == FIELD_PERIOD
                       ? zone_period(&value, job->token, ranges[i].max)
                       : zone_number(&value, job->token, ranges[i].max);
    if (err)
        return field_fault(job, err == ERR_RANGE ? ranges[i].range : NULL);
    if (job->field->kind == FIELD_U8)
        writer_u8(job->out, (uint8_t)value);
    else if (job->field->kind == FIELD_U16)
        writer_u16(job->out, (uint16_t)value);
    else
        writer_u32(job->out, value);
    return true;
}

static bool field_name(const struct field_job *job)
{
    struct dns_name name;
    if (!zone_name(job->source, job->token, &name))
        return false;
    writer_bytes(job->out, name.wire, name.len);
    return true;
}

static bool field_address(const struct field_job *job)
{
    char text[INET6_ADDRSTRLEN];
    uint8_t bytes[16];
    bool want4 = job->field->kind == FIELD_IPV4;
    if (job->token->len >= sizeof(text))
        return field_fault(job, NULL);
    memcpy(text, job->token->at, job->token->len);
    text[job->token->len] = '\0';
    if (inet_pton(want4 ? AF_INET : AF_INET6, text, bytes) == 1) {
        writer_bytes(job->out, bytes, want4 ? 4 : 16);
        return true;
    }
    if (inet_pton(want4 ? AF_INET6 : AF_INET, text, bytes) == 1)
        return field_fault(job, want4 ? "it is an IPv6 address, whose type is AAAA"
                                      : "it is an IPv4 address, whose type is A");
    return field_fault(job, NULL);
}

static bool field_string(const struct field_job *job)
{
    uint8_t bytes[UINT8_MAX];
    size_t len;
    switch (zone_unquote(bytes, &len, job->token, sizeof(bytes))) {
    case ERR_OK:
        writer_u8(job->out, (uint8_t)len);
        writer_bytes(job->out, bytes, len);
        return true;
    case ERR_RANGE:
        return field_fault(job, "a string has at most 255 bytes: write it as several, \"...\" "
                                "\"...\", which readers join");
    default:
        return field_fault(job, "\\DDD is a byte from \\000 to \\255; \\\\ is a backslash");
    }
}

/* Hex may be split by blanks anywhere (RFC 6698 §2.2), so even inside a byte. */
static bool field_hex(struct field_job *job, size_t tokens)
{
    int high = -1;
    for (size_t i = 0; i < tokens; i++) {
        const struct zone_token *t = &job->token[i];
        for (size_t k = 0; k < t->len; k++) {
            int digit = hex_digit(t->at[k]);
            if (digit < 0) {
                job->token = t;
                return field_fault(job, NULL);
            }
            if (high >= 0)
                writer_u8(job->out, (uint8_t)(high << 4 | digit));
            high = high >= 0 ? -1 : digit;
        }
    }
    job->token += tokens - 1;
    return high < 0 ? true : field_fault(job, "two hex digits are a byte: one is missing");
}

/* Reads one field of `tokens` tokens; more than one only for those that go to the end. */
static bool field_read(struct field_job *job, size_t tokens)
{
    switch (job->field->kind) {
    case FIELD_NAME:
        return field_name(job);
    case FIELD_IPV4:
    case FIELD_IPV6:
        return field_address(job);
    case FIELD_STRINGS:
        for (; tokens > 0; tokens--, job->token++)
            if (!field_string(job))
                return false;
        return true;
    case FIELD_HEX:
        return field_hex(job, tokens);
    default:
        return field_number(job);
    }
}

static bool format_check_count(struct zone_source *source, const struct format *f,
                               const struct zone_token *type, size_t given)
{
    size_t wanted = format_fields(f);
    bool few = given < wanted;
    bool many = given > wanted && !format_is_open(f);
    if (!few && !many)
        return true;
    zone_fault(source, few ? type : type + 1 + wanted, "record-fields", f->usage,
               "%s with %zu field%s: %zu wanted", f->mnemonic, given, given == 1 ? "" : "s",
               wanted);
    return false;
}

static bool format_read(struct zone_source *source, const struct format *f,
                        const struct zone_token *type, size_t given, size_t *len)
{
    struct writer out;
    writer_init(&out, source->reader->rdata, ZONE_RDATA_MAX);
    struct field_job job = {.source = source, .format = f, .out = &out};
    for (size_t i = 0; i < FIELDS_MAX && f->fields[i].kind != FIELD_NONE; i++) {
        job.field = &f->fields[i];
        job.token = type + 1 + i;
        if (!field_read(&job, given - i))
            return false;
    }
    if (out.failed) {
        zone_fault(source, type + 1, "zone-too-long", NULL, "data of over 65535 bytes");
        return false;
    }
    *len = writer_len(&out);
    return true;
}

bool zone_rdata_read(struct zone_source *source, const struct zone_head *head, size_t *len)
{
    const struct zone_token *type = &source->entry.tokens[head->type_index];
    size_t given = source->entry.count - head->type_index - 1;
    const struct format *format = format_find(head->type);
    if (!format || (given > 0 && zone_token_is(type + 1, "\\#")))
        return zone_ldns_read(source, head, len);
    return format_check_count(source, format, type, given) &&
           format_read(source, format, type, given, len);
}
