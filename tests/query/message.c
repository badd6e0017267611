#include "message.h"

#include <ctype.h>
#include <ldns/ldns.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dns/edns.h"
#include "dns/message.h"

static void die(const char *what, const char *text)
{
    fprintf(stderr, "test text is wrong: %s: %s\n", what, text);
    exit(2);
}

static void push_line(ldns_pkt *pkt, ldns_pkt_section section, const char *line)
{
    ldns_rr *rr;
    if (ldns_rr_new_frm_str(&rr, line, 60, NULL, NULL) != LDNS_STATUS_OK)
        die("record", line);
    ldns_pkt_push_rr(pkt, section, rr);
}

static void push_records(ldns_pkt *pkt, const char *records)
{
    ldns_pkt_section section = LDNS_SECTION_ANSWER;
    char *copy = strdup(records), *rest = NULL;
    for (char *line = strtok_r(copy, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
        while (isspace((unsigned char)*line))
            line++;
        if (strcmp(line, ";authority") == 0)
            section = LDNS_SECTION_AUTHORITY;
        else if (strcmp(line, ";additional") == 0)
            section = LDNS_SECTION_ADDITIONAL;
        else if (*line)
            push_line(pkt, section, line);
    }
    free(copy);
}

size_t message_write(const struct message_options *o, const char *name, const char *type,
                     const char *class, const char *records, uint8_t *out, size_t capacity)
{
    ldns_rdf *owner = ldns_dname_new_frm_str(name);
    if (!owner)
        die("name", name);
    ldns_pkt *pkt = ldns_pkt_query_new(owner, ldns_get_rr_type_by_name(type),
                                       ldns_get_rr_class_by_name(class), 0);
    push_records(pkt, records ? records : "");
    if (o->edns) {
        ldns_pkt_set_edns_udp_size(pkt, o->payload);
        ldns_pkt_set_edns_do(pkt, o->dnssec_ok);
        ldns_pkt_set_edns_version(pkt, (uint8_t)o->edns_version);
    }
    uint8_t *wire;
    size_t len;
    if (ldns_pkt2wire(&wire, pkt, &len) != LDNS_STATUS_OK || len > capacity)
        die("message", name);
    memcpy(out, wire, len);
    bytes_put16(out, o->id);
    bytes_put16(out + 2, o->flags);
    free(wire);
    ldns_pkt_free(pkt);
    return len;
}

/* One record as "owner ttl IN TYPE rdata", with single spaces. */
static void add_rr(FILE *out, const ldns_rr *rr)
{
    char *text = ldns_rr2str(rr);
    bool space = false;
    for (const char *p = text; *p && *p != '\n'; p++) {
        bool blank = *p == '\t' || *p == ' ';
        if (!blank)
            fprintf(out, "%s%c", space ? " " : "", *p);
        space = blank;
    }
    fputc('\n', out);
    free(text);
}

static void add_section(FILE *out, const char *heading, const ldns_rr_list *list)
{
    if (ldns_rr_list_rr_count(list) > 0 && *heading)
        fprintf(out, "%s\n", heading);
    for (size_t i = 0; i < ldns_rr_list_rr_count(list); i++)
        add_rr(out, ldns_rr_list_rr(list, i));
}

static void add_flags(FILE *out, const uint8_t *message, size_t len)
{
    static const struct {
        uint16_t flag;
        const char *name;
    } flags[] = {{DNS_FLAG_AA, "aa"}, {DNS_FLAG_TC, "tc"}, {DNS_FLAG_RD, "rd"},
                 {DNS_FLAG_RA, "ra"}, {DNS_FLAG_AD, "ad"}, {DNS_FLAG_CD, "cd"}};
    char rcode[16];
    uint16_t word = bytes_get16(message + 2);
    struct dns_edns edns = {.ede = DNS_EDE_NONE};
    struct dns_walk walk;
    struct dns_rr rr;
    bool has_edns = false;
    if (dns_walk_init(&walk, message, len) == ERR_OK) {
        while (dns_walk_next(&walk, &rr) == 1) {
            if (rr.type == DNS_TYPE_OPT)
                has_edns = dns_edns_read(&edns, &rr) == ERR_OK;
        }
    }
    fputs(
        dns_rcode_to_text((uint16_t)((word & DNS_RCODE_MASK) | (edns.extended_rcode << 4)), rcode),
        out);
    for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
        if (word & flags[i].flag)
            fprintf(out, " %s", flags[i].name);
    }
    if (has_edns)
        fputs(" edns", out);
    if (edns.ede != DNS_EDE_NONE)
        fprintf(out, " ede=%u", edns.ede);
    fputc('\n', out);
}

char *message_text(const uint8_t *message, size_t len)
{
    char *text = NULL;
    size_t size;
    ldns_pkt *pkt;
    FILE *out = open_memstream(&text, &size);
    if (len < DNS_HEADER_LEN || ldns_wire2pkt(&pkt, message, len) != LDNS_STATUS_OK) {
        fprintf(out, "UNREADABLE\n");
        fclose(out);
        return text;
    }
    add_flags(out, message, len);
    add_section(out, "", ldns_pkt_answer(pkt));
    add_section(out, ";authority", ldns_pkt_authority(pkt));
    add_section(out, ";additional", ldns_pkt_additional(pkt));
    ldns_pkt_free(pkt);
    fclose(out);
    return text;
}
