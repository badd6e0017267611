#include "policy/rdata_text.h"

#include <ldns/ldns.h>
#include <stdlib.h>

#include "base/bytes.h"

/* Of more than this ldns has no part: for each string of a TXT record it takes as much memory as
 * for all of it, which makes gigabytes of the longest. */
#define KNOWN_MAX 4096

/* ldns 1.8.3 writes the names of SVCB's parameters without making room for them, and a full buffer
 * ends the process. So there is room for all before it begins: a key of two bytes has a name of at
 * most 15 characters and a comma, which is eight for a byte. What may be longer makes itself room.
 */
#define ROOM_MAX (LDNS_MIN_BUFLEN + 16 * KNOWN_MAX)

/* The types whose text is left to ldns. Of others it is not: it looks up each bit of a WKS record
 * in /etc/services, which takes seconds, and there are more that nobody has looked at. */
static bool is_known(const struct dns_rr *rr)
{
    static const uint16_t types[] = {
        LDNS_RR_TYPE_A,       LDNS_RR_TYPE_NS,         LDNS_RR_TYPE_CNAME,  LDNS_RR_TYPE_SOA,
        LDNS_RR_TYPE_PTR,     LDNS_RR_TYPE_HINFO,      LDNS_RR_TYPE_MX,     LDNS_RR_TYPE_TXT,
        LDNS_RR_TYPE_RP,      LDNS_RR_TYPE_AFSDB,      LDNS_RR_TYPE_AAAA,   LDNS_RR_TYPE_LOC,
        LDNS_RR_TYPE_SRV,     LDNS_RR_TYPE_NAPTR,      LDNS_RR_TYPE_KX,     LDNS_RR_TYPE_CERT,
        LDNS_RR_TYPE_DNAME,   LDNS_RR_TYPE_DS,         LDNS_RR_TYPE_SSHFP,  LDNS_RR_TYPE_RRSIG,
        LDNS_RR_TYPE_NSEC,    LDNS_RR_TYPE_DNSKEY,     LDNS_RR_TYPE_DHCID,  LDNS_RR_TYPE_NSEC3,
        LDNS_RR_TYPE_TLSA,    LDNS_RR_TYPE_NSEC3PARAM, LDNS_RR_TYPE_SMIMEA, LDNS_RR_TYPE_CDS,
        LDNS_RR_TYPE_CDNSKEY, LDNS_RR_TYPE_OPENPGPKEY, LDNS_RR_TYPE_CSYNC,  LDNS_RR_TYPE_ZONEMD,
        LDNS_RR_TYPE_SVCB,    LDNS_RR_TYPE_HTTPS,      LDNS_RR_TYPE_SPF,    LDNS_RR_TYPE_EUI48,
        LDNS_RR_TYPE_EUI64,   LDNS_RR_TYPE_URI,        LDNS_RR_TYPE_CAA,
    };
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        if (types[i] == rr->type)
            return rr->rdlen <= KNOWN_MAX;
    }
    return false;
}

static void add_unknown(struct text *out, const struct dns_rr *rr)
{
    text_addf(out, "TYPE%u \\# %u", rr->type, rr->rdlen);
    for (unsigned i = 0; i < rr->rdlen; i++)
        text_addf(out, i == 0 ? " %02x" : "%02x", rr->rdata[i]);
}

/* ldns takes RDATA that ends too early for what there is of it, and leaves what is too much. */
static bool is_whole(const ldns_rr *rr)
{
    const ldns_rr_descriptor *type = ldns_rr_descript(ldns_rr_get_type(rr));
    return ldns_rr_rd_count(rr) >= ldns_rr_descriptor_minimum(type);
}

/* ldns reads the record as if the root owned it; NULL when it can't. */
static ldns_rr *to_ldns(const struct dns_rr *rr)
{
    ldns_rr *parsed = NULL;
    size_t at = 0, size = 1 + 10 + (size_t)rr->rdlen;
    uint8_t *wire = malloc(size);
    struct writer w;
    if (!wire)
        return NULL;
    writer_init(&w, wire, size);
    writer_u8(&w, 0);
    writer_u16(&w, rr->type);
    writer_u16(&w, rr->class);
    writer_u32(&w, rr->ttl);
    writer_u16(&w, rr->rdlen);
    writer_bytes(&w, rr->rdata, rr->rdlen);
    ldns_status status = ldns_wire2rr(&parsed, wire, size, &at, LDNS_SECTION_ANSWER);
    free(wire);
    if (status != LDNS_STATUS_OK)
        return NULL;
    if (at == size && is_whole(parsed))
        return parsed;
    ldns_rr_free(parsed);
    return NULL;
}

/* ldns parts owner, TTL, class, type and RDATA by tabs. */
static bool add_fields(struct text *out, char *line)
{
    char *at = line;
    for (int i = 0; i < 3; i++) {
        at = strchr(at, '\t');
        if (!at)
            return false;
        at++;
    }
    at[strcspn(at, "\n")] = '\0';
    char *tab = strchr(at, '\t');
    if (!tab)
        return false;
    *tab = ' ';
    text_add(out, at);
    return true;
}

/* The record's line as ldns writes it; NULL when it can't. To be freed. */
static char *to_line(const struct dns_rr *rr)
{
    char *line = NULL;
    ldns_rr *parsed = to_ldns(rr);
    ldns_buffer *buffer = parsed ? ldns_buffer_new(ROOM_MAX) : NULL;
    if (buffer &&
        ldns_rr2buffer_str_fmt(buffer, ldns_output_format_nocomments, parsed) == LDNS_STATUS_OK)
        line = ldns_buffer_export2str(buffer);
    ldns_buffer_free(buffer);
    ldns_rr_free(parsed);
    return line;
}

enum err rdata_text_add(struct text *out, const struct dns_rr *rr)
{
    bool added = false;
    char *line = is_known(rr) ? to_line(rr) : NULL;
    if (line)
        added = add_fields(out, line);
    free(line);
    if (!added)
        add_unknown(out, rr);
    return out->failed ? ERR_NOMEM : ERR_OK;
}
