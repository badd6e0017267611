/* What stands before a record's data: [owner] [TTL] [class] type, TTL and class in either order
 * (RFC 1035 §5.1). */
#include <ctype.h>
#include <string.h>

#include "base/text.h"
#include "policy/zone_parts.h"

static const char *const head_types[] = {
    "A",          "AAAA",       "AFSDB", "APL",   "CAA",    "CDNSKEY", "CDS",   "CERT",  "CNAME",
    "CSYNC",      "DHCID",      "DLV",   "DNAME", "DNSKEY", "DS",      "EUI48", "EUI64", "HINFO",
    "HTTPS",      "IPSECKEY",   "KX",    "LOC",   "MX",     "NAPTR",   "NS",    "NSEC",  "NSEC3",
    "NSEC3PARAM", "OPENPGPKEY", "PTR",   "RP",    "RRSIG",  "SMIMEA",  "SOA",   "SPF",   "SRV",
    "SSHFP",      "SVCB",       "TLSA",  "TXT",   "URI",    "ZONEMD",
};
#define HEAD_TYPE_COUNT (sizeof(head_types) / sizeof(head_types[0]))

/* The longest word that can be a type or a class: "NSEC3PARAM", "CLASS65535". */
#define HEAD_WORD_MAX 16

static bool head_word(const struct zone_token *token, char out[HEAD_WORD_MAX])
{
    if (token->len >= HEAD_WORD_MAX)
        return false;
    for (size_t i = 0; i < token->len; i++)
        out[i] = (char)toupper((unsigned char)token->at[i]);
    out[token->len] = '\0';
    return true;
}

/* TYPE65280 and CLASS1 (RFC 3597 §5). */
static bool head_numbered(const char *word, const char *prefix, uint16_t *out)
{
    size_t skip = strlen(prefix);
    uint64_t value;
    if (strncmp(word, prefix, skip) != 0 || text_number(&value, word + skip, UINT16_MAX))
        return false;
    *out = (uint16_t)value;
    return true;
}

static bool head_type(const struct zone_token *token, uint16_t *out)
{
    char word[HEAD_WORD_MAX];
    if (!head_word(token, word))
        return false;
    if (strncmp(word, "TYPE", 4) == 0)
        return head_numbered(word, "TYPE", out);
    *out = (uint16_t)ldns_get_rr_type_by_name(word);
    return *out != 0;
}

static bool head_class(const struct zone_token *token, uint16_t *out)
{
    static const struct {
        const char *word;
        uint16_t number;
    } classes[] = {{"IN", 1}, {"CH", 3}, {"HS", 4}, {"NONE", 254}};
    char word[HEAD_WORD_MAX];
    if (!head_word(token, word))
        return false;
    for (size_t i = 0; i < sizeof(classes) / sizeof(classes[0]); i++) {
        if (strcmp(word, classes[i].word) == 0) {
            *out = classes[i].number;
            return true;
        }
    }
    return head_numbered(word, "CLASS", out);
}

/* Whether an indented line goes on without an owner. A line that is merely indented has a name
 * there, and is read as if it began at the margin. */
static bool head_is_field(const struct zone_token *token)
{
    uint16_t number;
    uint32_t ttl;
    return zone_period(&ttl, token, UINT32_MAX) != ERR_INVALID || head_class(token, &number) ||
           head_type(token, &number);
}

static bool head_owner(struct zone_source *source, size_t *next)
{
    const struct zone_token *first = &source->entry.tokens[0];
    if (source->entry.indented && head_is_field(first)) {
        if (source->owner_state == ZONE_OWNER_NONE)
            zone_fault(source, first, "record-owner",
                       "a line that begins with a blank goes on with the name of the record before",
                       "a record without a name");
        return source->owner_state == ZONE_OWNER_KNOWN;
    }
    if (first->at[0] == '#') {
        zone_fault(source, first, "record-owner", "a comment begins with ; here",
                   "a name that begins with #");
        return false;
    }
    *next = 1;
    source->owner_state = ZONE_OWNER_BAD; /* so that records after it do not join another name */
    if (!zone_name(source, first, &source->owner))
        return false;
    dns_name_lower(&source->owner);
    source->owner_state = ZONE_OWNER_KNOWN;
    return true;
}

static bool head_ttl(struct zone_source *source, const struct zone_token *token, uint32_t *ttl)
{
    char quote[ZONE_QUOTE_MAX];
    switch (zone_period(ttl, token, ZONE_TTL_MAX)) {
    case ERR_OK:
        return true;
    case ERR_RANGE:
        zone_fault(source, token, "record-ttl", "a TTL is at most 2147483647 seconds",
                   "the TTL '%s' is too large", zone_quote(token, quote));
        return false;
    default:
        zone_fault(source, token, "record-ttl",
                   "NAME TTL IN TYPE DATA, with a TTL such as 3600 or 1h",
                   "'%s' is neither a TTL nor a type", zone_quote(token, quote));
        return false;
    }
}

static bool head_check_class(struct zone_source *source, const struct zone_token *token,
                             uint16_t class)
{
    char quote[ZONE_QUOTE_MAX];
    if (class == 1)
        return true;
    zone_fault(source, token, "record-class", "only records of class IN are served",
               "the class '%s'", zone_quote(token, quote));
    return false;
}

/* Types that no record has: 0, OPT, and the range of questions and meta types (RFC 6895 §3.1). */
static bool head_type_is_meta(uint16_t type)
{
    return type == 0 || type == LDNS_RR_TYPE_OPT || (type >= 128 && type <= 255);
}

static bool head_check_type(struct zone_source *source, const struct zone_token *token,
                            uint16_t *type)
{
    char quote[ZONE_QUOTE_MAX], word[HEAD_WORD_MAX], hint[64];
    if (!head_type(token, type)) {
        const char *near =
            head_word(token, word) ? text_nearest(word, head_types, HEAD_TYPE_COUNT) : NULL;
        if (near)
            snprintf(hint, sizeof(hint), "did you mean %s?", near);
        zone_fault(source, token, "record-type",
                   near ? hint : "NAME TTL IN TYPE DATA, with a type such as SRV, A or TYPE65280",
                   "'%s' is not a record type", zone_quote(token, quote));
        return false;
    }
    if (head_type_is_meta(*type)) {
        zone_fault(source, token, "record-type", "it is for questions and messages, not for data",
                   "no record can have the type '%s'", zone_quote(token, quote));
        return false;
    }
    return true;
}

bool zone_head_read(struct zone_source *source, struct zone_head *head)
{
    const struct zone_entry *e = &source->entry;
    bool have_ttl = false, have_class = false;
    uint16_t class = 0;
    size_t i = 0;
    *head = (struct zone_head){.ttl = source->ttl};
    if (!head_owner(source, &i))
        return false;
    for (; i < e->count; i++) {
        const struct zone_token *token = &e->tokens[i];
        if (!have_ttl && isdigit((unsigned char)token->at[0])) {
            if (!head_ttl(source, token, &head->ttl))
                return false;
            have_ttl = true;
        } else if (!have_class && head_class(token, &class)) {
            if (!head_check_class(source, token, class))
                return false;
            have_class = true;
        } else {
            head->type_index = i;
            return head_check_type(source, token, &head->type);
        }
    }
    zone_fault(source, &e->tokens[e->count - 1], "record-type", "NAME TTL IN TYPE DATA",
               "a record without a type");
    return false;
}
