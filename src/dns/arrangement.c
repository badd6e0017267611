#include "dns/arrangement.h"

#include "dns/record.h"

/* The run of records of `type`; no run when others stand between them, as any of those may belong
 * where it is. */
static void find_run(struct dns_arrangement *arrangement, const struct dns_answer *a, uint16_t type)
{
    const uint16_t *offsets = dns_answer_offsets(a);
    for (unsigned i = 0; i < a->counts[DNS_ANSWER]; i++) {
        if (record_type(a->data, offsets[i]) != type)
            continue;
        if (arrangement->count == 0)
            arrangement->first = i;
        if (i != arrangement->first + arrangement->count) {
            arrangement->count = 0;
            return;
        }
        arrangement->count++;
    }
}

/* Spreads a seed's bits, one call after the other (the finaliser of MurmurHash3 over a counter). */
static uint32_t next_random(uint32_t *state)
{
    uint32_t x = *state += 0x9e3779b9u;
    x = (x ^ (x >> 16)) * 0x85ebca6bu;
    x = (x ^ (x >> 13)) * 0xc2b2ae35u;
    return x ^ (x >> 16);
}

static void shuffle(struct dns_arrangement *arrangement, uint32_t seed)
{
    for (unsigned left = arrangement->count; left > 1; left--) {
        unsigned other = (unsigned)(((uint64_t)next_random(&seed) * left) >> 32);
        uint8_t swapped = arrangement->at[left - 1];
        arrangement->at[left - 1] = arrangement->at[other];
        arrangement->at[other] = swapped;
    }
}

void dns_arrangement_init(struct dns_arrangement *arrangement, const struct dns_answer *answer,
                          uint16_t type, enum dns_order how, uint32_t seed)
{
    arrangement->first = 0;
    arrangement->count = 0;
    if (how == DNS_ORDER_FIXED)
        return;
    find_run(arrangement, answer, type);
    if (arrangement->count < 2 || arrangement->count > ARRANGEMENT_MAX) {
        arrangement->count = 0;
        return;
    }
    unsigned start = how == DNS_ORDER_ROTATE ? seed % arrangement->count : 0;
    for (unsigned i = 0; i < arrangement->count; i++)
        arrangement->at[i] = (uint8_t)((start + i) % arrangement->count);
    if (how == DNS_ORDER_SHUFFLE)
        shuffle(arrangement, seed);
}
