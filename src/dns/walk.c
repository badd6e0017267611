#include "dns/message.h"

enum err dns_walk_init(struct dns_walk *walk, const uint8_t *message, size_t len)
{
    struct dns_name name;
    unsigned questions;

    *walk = (struct dns_walk){0};
    reader_init(&walk->r, message, len);
    reader_bytes(&walk->r, 4);
    questions = reader_u16(&walk->r);
    for (int s = 0; s < DNS_SECTIONS; s++)
        walk->left[s] = reader_u16(&walk->r);
    for (; questions > 0 && !walk->r.failed; questions--) {
        dns_name_read_compressed(&name, &walk->r);
        reader_bytes(&walk->r, 4);
    }
    return walk->r.failed ? ERR_INVALID : ERR_OK;
}

int dns_walk_next(struct dns_walk *walk, struct dns_rr *rr)
{
    int section = DNS_ANSWER;
    while (section < DNS_SECTIONS && walk->left[section] == 0)
        section++;
    if (section == DNS_SECTIONS)
        return walk->r.failed ? ERR_INVALID : 0;

    dns_name_read_compressed(&rr->owner, &walk->r);
    rr->type = reader_u16(&walk->r);
    rr->class = reader_u16(&walk->r);
    rr->ttl = reader_u32(&walk->r);
    rr->rdlen = reader_u16(&walk->r);
    rr->rdata = reader_bytes(&walk->r, rr->rdlen);
    rr->section = (enum dns_section)section;
    if (walk->r.failed)
        return ERR_INVALID;
    walk->left[section]--;
    return 1;
}
