#include "dns/rrset_ttl.h"

#include "dns/name_bytes.h"
#include "dns/record.h"

/* A few records are compared each with each. RRsets of more are found through a small open hash of
 * their first records. A server may send thousands of records, and may choose names that collide:
 * so the steps of a look-up are bounded, and a record that finds no place keeps its own TTL. It is
 * one of a set that was broken to begin with. */
#define SLOTS_MAX 16384 /* twice the records that a body can have, as a power of two */
#define PROBES    16
#define FEW       12 /* records */
#define SLOT_FREE 0xffff

struct sets {
    const struct dns_answer *answer;
    const uint16_t *offsets;
    unsigned mask;
    uint16_t slots[SLOTS_MAX]; /* index of a set's first record */
};

/* What tells RRsets apart. Owners that are equal are equal in the body too, but for case, since
 * they all share their longest ending with the question. */
struct set_key {
    const uint8_t *owner;
    size_t owner_len;
    enum dns_section section;
    uint16_t type, class;
    uint16_t covered; /* signatures are sets by the type they cover (RFC 4034 §3) */
};

static enum dns_section section_of(const struct dns_answer *a, unsigned index)
{
    unsigned answers = a->counts[DNS_ANSWER];
    if (index < answers)
        return DNS_ANSWER;
    return index < answers + a->counts[DNS_AUTHORITY] ? DNS_AUTHORITY : DNS_ADDITIONAL;
}

static struct set_key key_of(const struct dns_answer *a, unsigned index)
{
    size_t ttl_at = dns_answer_offsets(a)[index];
    size_t start = record_start(a, index);
    struct set_key key = {
        .owner = a->data + start,
        .owner_len = ttl_at - 4 - start,
        .section = section_of(a, index),
        .type = record_type(a->data, ttl_at),
        .class = record_class(a->data, ttl_at),
    };
    bool signature = key.type == DNS_TYPE_RRSIG || key.type == DNS_TYPE_SIG;
    if (signature && record_rdlen(a->data, ttl_at) >= 2)
        key.covered = bytes_get16(record_rdata(a->data, ttl_at));
    return key;
}

static uint32_t key_hash(const struct set_key *key)
{
    uint32_t hash = 2166136261u; /* FNV-1a */
    for (size_t i = 0; i < key->owner_len; i++)
        hash = (hash ^ name_lower_byte(key->owner[i])) * 16777619u;
    hash = (hash ^ key->type) * 16777619u;
    hash = (hash ^ key->class) * 16777619u;
    hash = (hash ^ key->covered) * 16777619u;
    hash = (hash ^ (uint32_t)key->section) * 16777619u;
    return hash ^ (hash >> 15);
}

/* The last two bytes may be a pointer, which has no case. */
static bool owners_equal(const uint8_t *a, const uint8_t *b, size_t len)
{
    if (len < 2 || a[len - 2] < 0xc0)
        return name_bytes_equal(a, b, len);
    return name_bytes_equal(a, b, len - 2) && memcmp(a + len - 2, b + len - 2, 2) == 0;
}

static bool keys_equal(const struct set_key *a, const struct set_key *b)
{
    if (a->type != b->type || a->class != b->class)
        return false;
    if (a->section != b->section || a->covered != b->covered)
        return false;
    return a->owner_len == b->owner_len && owners_equal(a->owner, b->owner, a->owner_len);
}

/* The first record of the set that record `index` is in; itself when it is the first, or when
 * there was no place to note it. */
static unsigned set_first(struct sets *sets, unsigned index)
{
    struct set_key key = key_of(sets->answer, index);
    uint32_t slot = key_hash(&key);
    for (unsigned i = 0; i < PROBES; i++, slot++) {
        uint16_t *first = &sets->slots[slot & sets->mask];
        if (*first == SLOT_FREE)
            *first = (uint16_t)index;
        if (*first == index)
            return index;
        struct set_key other = key_of(sets->answer, *first);
        if (keys_equal(&key, &other))
            return *first;
    }
    return index;
}

static void sets_init(struct sets *sets, const struct dns_answer *a)
{
    unsigned size = 16;
    while (size < 2 * dns_answer_records(a) && size < SLOTS_MAX)
        size *= 2;
    sets->answer = a;
    sets->offsets = dns_answer_offsets(a);
    sets->mask = size - 1;
    memset(sets->slots, 0xff, size * sizeof(sets->slots[0]));
}

static void lower_few(struct dns_answer *a, unsigned records)
{
    const uint16_t *offsets = dns_answer_offsets(a);
    struct set_key keys[FEW];
    unsigned first[FEW];

    for (unsigned i = 0; i < records; i++) {
        uint32_t ttl = bytes_get32(a->data + offsets[i]);
        keys[i] = key_of(a, i);
        first[i] = 0;
        while (first[i] < i && !keys_equal(&keys[first[i]], &keys[i]))
            first[i]++;
        if (ttl < bytes_get32(a->data + offsets[first[i]]))
            bytes_put32(a->data + offsets[first[i]], ttl);
    }
    for (unsigned i = 0; i < records; i++)
        if (first[i] != i)
            bytes_put32(a->data + offsets[i], bytes_get32(a->data + offsets[first[i]]));
}

void dns_rrset_ttl_lower(struct dns_answer *a)
{
    struct sets sets;
    unsigned records = dns_answer_records(a);

    if (records <= FEW) {
        lower_few(a, records);
        return;
    }
    sets_init(&sets, a);
    for (unsigned i = 0; i < records; i++) { /* the first record gathers the lowest … */
        uint8_t *first = a->data + sets.offsets[set_first(&sets, i)];
        uint32_t ttl = bytes_get32(a->data + sets.offsets[i]);
        if (ttl < bytes_get32(first))
            bytes_put32(first, ttl);
    }
    for (unsigned i = 0; i < records; i++) { /* … and gives it to the others */
        const uint8_t *first = a->data + sets.offsets[set_first(&sets, i)];
        bytes_put32(a->data + sets.offsets[i], bytes_get32(first));
    }
}

/* The MINIMUM field, the last of a SOA's RDATA; its size was checked as it was expanded. */
static uint32_t soa_minimum(const struct dns_answer *a, size_t ttl_at)
{
    return bytes_get32(a->data + record_end(a->data, ttl_at) - 4);
}

uint32_t dns_rrset_ttl_limit(struct dns_answer *a, uint16_t question_type,
                             const struct dns_ttl_limits *limits)
{
    const uint16_t *offsets = dns_answer_offsets(a);
    unsigned records = dns_answer_records(a);
    bool negative = dns_answer_is_negative(a, question_type);
    uint32_t lowest = UINT32_MAX;

    for (unsigned i = 0; i < records; i++) {
        uint32_t ttl = bytes_get32(a->data + offsets[i]);
        bool soa = record_type(a->data, offsets[i]) == DNS_TYPE_SOA;
        soa = soa && negative && section_of(a, i) == DNS_AUTHORITY;
        if (soa && ttl > soa_minimum(a, offsets[i]))
            ttl = soa_minimum(a, offsets[i]);
        if (ttl > limits->max)
            ttl = limits->max;
        if (ttl < limits->min)
            ttl = limits->min;
        if (soa && ttl > limits->max_negative)
            ttl = limits->max_negative;
        bytes_put32(a->data + offsets[i], ttl);
        lowest = ttl < lowest ? ttl : lowest;
    }
    return lowest;
}
