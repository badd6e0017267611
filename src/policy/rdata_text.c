#include "policy/rdata_text.h"

#include <ldns/ldns.h>
#include <stdlib.h>

#include "base/bytes.h"

static void add_unknown(struct text *out, const struct dns_rr *rr)
{
    text_addf(out, "TYPE%u \\# %u", rr->type, rr->rdlen);
    for (unsigned i = 0; i < rr->rdlen; i++)
        text_addf(out, i == 0 ? " %02x" : "%02x", rr->rdata[i]);
}

/* ldns takes RDATA that ends too early for what there is of it. */
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
    if (is_whole(parsed))
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

enum err rdata_text_add(struct text *out, const struct dns_rr *rr)
{
    bool added = false;
    char *line = NULL;
    ldns_rr *parsed = to_ldns(rr);
    if (parsed) {
        ldns_buffer *buffer = ldns_buffer_new(LDNS_MIN_BUFLEN);
        if (buffer &&
            ldns_rr2buffer_str_fmt(buffer, ldns_output_format_nocomments, parsed) == LDNS_STATUS_OK)
            line = ldns_buffer_export2str(buffer);
        ldns_buffer_free(buffer);
        ldns_rr_free(parsed);
    }
    if (line)
        added = add_fields(out, line);
    free(line);
    if (!added)
        add_unknown(out, rr);
    return out->failed ? ERR_NOMEM : ERR_OK;
}
