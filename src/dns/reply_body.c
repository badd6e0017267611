#include "dns/reply_body.h"

#include "dns/record.h"

void dns_reply_body_record(struct writer *w, const struct dns_answer *a, unsigned index,
                           const struct ttl_rule *rule)
{
    size_t ttl_at = dns_answer_offsets(a)[index];
    size_t start = record_start(a, index);
    size_t len = record_end(a->data, ttl_at) - start;
    uint8_t *room = writer_reserve(w, len);

    if (!room)
        return;
    memcpy(room, a->data + start, len);
    ttl_apply(rule, room + (ttl_at - start));
}

void dns_reply_body_write(struct writer *w, const struct dns_answer *a, unsigned sections,
                          const struct dns_arrangement *arrangement, const struct ttl_rule *rule)
{
    const uint16_t *offsets = dns_answer_offsets(a);
    unsigned records = 0, done = 0;

    for (unsigned s = 0; s < sections; s++)
        records += a->counts[s];
    for (; arrangement->count > 0 && done < a->counts[DNS_ANSWER]; done++)
        dns_reply_body_record(w, a, dns_arrangement_at(arrangement, done), rule);
    size_t start = record_start(a, done);
    size_t end = sections == DNS_SECTIONS ? a->body_len : record_start(a, records);
    uint8_t *room = writer_reserve(w, end - start);
    if (!room)
        return;
    memcpy(room, a->data + start, end - start);
    if (rule->age == 0 && rule->stale_ttl == 0)
        return;
    for (; done < records; done++)
        ttl_apply(rule, room + (offsets[done] - start));
}
