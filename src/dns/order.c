#include "dns/order.h"

#include "dns/record.h"

/* The run of records of `type`; no run when others stand between them, as any of those may belong
 * where it is. */
static void find_run(struct order *order, const struct dns_answer *a, uint16_t type)
{
    const uint16_t *offsets = dns_answer_offsets(a);
    for (unsigned i = 0; i < a->counts[DNS_ANSWER]; i++) {
        if (record_type(a->data, offsets[i]) != type)
            continue;
        if (order->count == 0)
            order->first = i;
        if (i != order->first + order->count) {
            order->count = 0;
            return;
        }
        order->count++;
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

static void shuffle(struct order *order, uint32_t seed)
{
    for (unsigned left = order->count; left > 1; left--) {
        unsigned other = (unsigned)(((uint64_t)next_random(&seed) * left) >> 32);
        uint8_t swapped = order->at[left - 1];
        order->at[left - 1] = order->at[other];
        order->at[other] = swapped;
    }
}

void order_init(struct order *order, const struct dns_answer *answer, uint16_t type,
                enum dns_order how, uint32_t seed)
{
    order->first = 0;
    order->count = 0;
    if (how == DNS_ORDER_FIXED)
        return;
    find_run(order, answer, type);
    if (order->count < 2 || order->count > ORDER_MAX) {
        order->count = 0;
        return;
    }
    unsigned start = how == DNS_ORDER_ROTATE ? seed % order->count : 0;
    for (unsigned i = 0; i < order->count; i++)
        order->at[i] = (uint8_t)((start + i) % order->count);
    if (how == DNS_ORDER_SHUFFLE)
        shuffle(order, seed);
}
