#include "policy/soa.h"

#include "base/bytes.h"

/* There is no such zone, so its server and mailbox are names under "invalid", which never exist
 * (RFC 6761 §6.4). */
void policy_soa_add(struct dns_builder *b, const struct dns_name *apex, uint32_t serial,
                    uint32_t ttl)
{
    static const uint8_t mname[] = "\005shunt\007invalid", rname[] = "\006nobody\007invalid";
    uint8_t rdata[sizeof(mname) + sizeof(rname) + 5 * 4];
    struct writer w;
    struct dns_rr rr = {.owner = *apex,
                        .type = DNS_TYPE_SOA,
                        .class = DNS_CLASS_IN,
                        .ttl = ttl,
                        .rdata = rdata,
                        .rdlen = sizeof(rdata),
                        .section = DNS_AUTHORITY};
    writer_init(&w, rdata, sizeof(rdata));
    writer_bytes(&w, mname, sizeof(mname));
    writer_bytes(&w, rname, sizeof(rname));
    writer_u32(&w, serial);
    writer_u32(&w, 3600);  /* refresh, */
    writer_u32(&w, 600);   /* retry, */
    writer_u32(&w, 86400); /* expire: nobody transfers it */
    writer_u32(&w, ttl);
    dns_builder_add(b, &rr);
}
