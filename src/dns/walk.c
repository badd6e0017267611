#include "dns/message.h"

enum err dns_walk_init(struct dns_walk *walk, const uint8_t *message, size_t len)
{
    unsigned questions;

    *walk = (struct dns_walk){0};
    reader_init(&walk->r, message, len);
    reader_bytes(&walk->r, 4);
    questions = reader_u16(&walk->r);
    for (int s = 0; s < DNS_SECTIONS; s++)
        walk->left[s] = reader_u16(&walk->r);
    for (; questions > 0 && !walk->r.failed; questions--) {
        dns_name_skip_compressed(&walk->r);
        reader_bytes(&walk->r, 4);
    }
    return walk->r.failed ? ERR_INVALID : ERR_OK;
}

/* The section of the next record; DNS_SECTIONS at the end. */
static int next_section(const struct dns_walk *walk)
{
    int section = DNS_ANSWER;
    while (section < DNS_SECTIONS && walk->left[section] == 0)
        section++;
    return section;
}

/* What follows the owner. */
static inline int read_rest(struct dns_walk *walk, struct dns_rr *rr, int section)
{
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

int dns_walk_next(struct dns_walk *walk, struct dns_rr *rr)
{
    int section = next_section(walk);
    if (section == DNS_SECTIONS)
        return walk->r.failed ? ERR_INVALID : 0;
    dns_name_read_compressed(&rr->owner, &walk->r);
    return read_rest(walk, rr, section);
}

int dns_walk_skim(struct dns_walk *walk, struct dns_rr *rr)
{
    int section = next_section(walk);
    if (section == DNS_SECTIONS)
        return walk->r.failed ? ERR_INVALID : 0;
    dns_name_skip_compressed(&walk->r);
    return read_rest(walk, rr, section);
}
