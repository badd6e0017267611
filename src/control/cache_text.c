#include "control/cache_text.h"

#include "base/text.h"
#include "dns/message.h"
#include "policy/rdata_text.h"

static json_t *record_json(const struct dns_rr *rr, uint32_t age)
{
    struct text line = {0};
    char owner[DNS_NAME_TEXT_MAX];
    text_addf(&line, "%s %u IN ", dns_name_to_text(&rr->owner, owner),
              rr->ttl > age ? rr->ttl - age : 0);
    rdata_text_add(&line, rr);
    json_t *json = json_string(line.data ? line.data : "");
    text_deinit(&line);
    return json;
}

static const char *type_text(uint16_t type, char out[16])
{
    return type == CACHE_TYPE_NXDOMAIN ? "ANY" : dns_type_to_text(type, out);
}

json_t *cache_entry_json(const struct cache_key *key, const struct dns_answer *answer, uint32_t age,
                         uint32_t left)
{
    struct dns_answer_walk walk;
    struct dns_rr rr;
    char name[DNS_NAME_TEXT_MAX], type[16], rcode[16];
    json_t *records = json_array();
    dns_answer_walk_init(&walk, answer, key->name);
    while (dns_answer_walk_next(&walk, &rr))
        json_array_append_new(records, record_json(&rr, age));
    return json_pack("{s:s, s:s, s:s, s:I, s:I, s:b, s:o}", "name",
                     dns_name_to_text(key->name, name), "type", type_text(key->type, type), "rcode",
                     dns_rcode_to_text(dns_answer_rcode(answer), rcode), "age", (json_int_t)age,
                     "left", (json_int_t)left, "dnssec", (key->flags & CACHE_KEY_DO) != 0,
                     "records", records);
}
