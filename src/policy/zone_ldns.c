/* Record data by way of ldns, which knows every type. It is handed one clean line: type and data,
 * with single blanks, no comments and no parentheses. */
#include <stdio.h>
#include <string.h>

#include "policy/zone_parts.h"

/* ldns reads the data of a record into a buffer of this size. */
#define LDNS_TEXT_MAX (LDNS_MAX_PACKETLEN - 1)

static const struct {
    uint16_t type;
    const char *usage;
} ldns_usages[] = {
    {LDNS_RR_TYPE_CAA, "CAA needs flags tag value, such as 0 issue \"ca.example\""},
    {LDNS_RR_TYPE_NAPTR,
     "NAPTR needs order preference flags service regexp replacement, such as 100 10 \"S\" "
     "\"SIP+D2U\" \"\" _sip._udp.lab.example."},
    {LDNS_RR_TYPE_SSHFP, "SSHFP needs algorithm type fingerprint-in-hex"},
    {LDNS_RR_TYPE_DS, "DS needs key-tag algorithm digest-type digest-in-hex"},
    {LDNS_RR_TYPE_SVCB, "SVCB needs priority target parameters, such as 1 . alpn=h2"},
    {LDNS_RR_TYPE_HTTPS, "HTTPS needs priority target parameters, such as 1 . alpn=h2"},
    {LDNS_RR_TYPE_URI, "URI needs priority weight \"target\""},
    {LDNS_RR_TYPE_HINFO, "HINFO needs \"cpu\" \"system\""},
};

static const char *ldns_usage(uint16_t type)
{
    for (size_t i = 0; i < sizeof(ldns_usages) / sizeof(ldns_usages[0]); i++)
        if (ldns_usages[i].type == type)
            return ldns_usages[i].usage;
    const ldns_rr_descriptor *d = ldns_rr_descript(type);
    if (!d || !d->_name)
        return "a type without a name takes its data as \\# LENGTH HEX, such as \\# 4 0a000001";
    return NULL;
}

/* Names in these types are left to ldns, which would take UTF-8 for raw bytes. */
static bool ldns_check_ascii(struct zone_source *source, const struct zone_token *token)
{
    char quote[ZONE_QUOTE_MAX];
    for (size_t i = 0; i < token->len && token->at[0] != '"'; i++) {
        if ((unsigned char)token->at[i] >= 0x80) {
            zone_fault(source, token, "record-value",
                       "write names in their xn-- form, and other text in quotes",
                       "'%s' is not ASCII", zone_quote(token, quote));
            return false;
        }
    }
    return true;
}

/* The line for ldns in reader->scratch. Owner, TTL and class are placeholders: they are known. */
static bool ldns_line(struct zone_source *source, const struct zone_head *head)
{
    const struct zone_entry *e = &source->entry;
    char *line = source->reader->scratch;
    size_t len = (size_t)snprintf(line, ZONE_SCRATCH_MAX, ". 1 IN TYPE%u", head->type);
    size_t start = len;
    for (size_t i = head->type_index + 1; i < e->count; i++) {
        const struct zone_token *token = &e->tokens[i];
        if (!ldns_check_ascii(source, token))
            return false;
        if (len - start + 1 + token->len > LDNS_TEXT_MAX) {
            zone_fault(source, token, "zone-too-long", "at most 65534 characters are read",
                       "data of over 64 KiB of text");
            return false;
        }
        line[len++] = ' ';
        memcpy(line + len, token->at, token->len);
        len += token->len;
    }
    line[len] = '\0';
    return true;
}

static ldns_rr *ldns_parse(struct zone_source *source, const struct zone_head *head)
{
    struct zone_reader *reader = source->reader;
    const struct zone_token *type = &source->entry.tokens[head->type_index];
    ldns_rdf *origin =
        ldns_rdf_new_frm_data(LDNS_RDF_TYPE_DNAME, source->origin.len, source->origin.wire);
    ldns_rr *rr = NULL;
    if (!origin) {
        reader->err = ERR_NOMEM;
        return NULL;
    }
    ldns_status status = ldns_rr_new_frm_str(&rr, reader->scratch, 1, origin, NULL);
    ldns_rdf_deep_free(origin);
    if (status == LDNS_STATUS_OK)
        return rr;
    if (status == LDNS_STATUS_MEM_ERR) {
        reader->err = ERR_NOMEM;
    } else {
        char quote[ZONE_QUOTE_MAX];
        bool empty = head->type_index + 1 == source->entry.count;
        zone_fault(source, empty ? type : type + 1, "record-value", ldns_usage(head->type),
                   "not the data of a record of type %s: %s", zone_quote(type, quote),
                   ldns_get_errorstr_by_id(status));
    }
    return NULL;
}

/* \# LENGTH HEX: ldns does not mind more bytes than the type has, and drops them. */
static bool ldns_check_length(struct zone_source *source, const struct zone_head *head, size_t len)
{
    const struct zone_token *data = &source->entry.tokens[head->type_index + 1];
    size_t given = source->entry.count - head->type_index - 1;
    uint32_t wanted;
    if (given < 2 || !zone_token_is(data, "\\#"))
        return true;
    if (zone_number(&wanted, data + 1, UINT16_MAX) == ERR_OK && wanted == len)
        return true;
    zone_fault(source, data + 1, "record-value", "\\# LENGTH HEX: the data must be as long as said",
               "data whose length is not that of its type");
    return false;
}

bool zone_ldns_read(struct zone_source *source, const struct zone_head *head, size_t *len)
{
    struct zone_reader *reader = source->reader;
    if (!ldns_line(source, head))
        return false;
    ldns_rr *rr = ldns_parse(source, head);
    if (!rr)
        return false;
    ldns_buffer_clear(reader->wire);
    ldns_status status = ldns_rr_rdata2buffer_wire(reader->wire, rr);
    ldns_rr_free(rr);
    *len = ldns_buffer_position(reader->wire);
    if (status != LDNS_STATUS_OK || *len > ZONE_RDATA_MAX) {
        zone_fault(source, &source->entry.tokens[head->type_index], "zone-too-long", NULL,
                   "data of over 65535 bytes");
        return false;
    }
    memcpy(reader->rdata, ldns_buffer_begin(reader->wire), *len);
    return ldns_check_length(source, head, *len);
}
