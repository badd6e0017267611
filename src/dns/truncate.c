#include "dns/record.h"
#include "dns/reply_body.h"

#define SRV_MAX (65536 / 18) /* the smallest has an owner of 1 byte and 7 bytes of RDATA */

/* The SRV records of an answer section as a heap, the lowest key on top: the priority in the upper
 * half of a key, the place in the lower, so that equals keep their order. */
struct srv_heap {
    unsigned count;
    uint32_t keys[SRV_MAX];
};

static void sift_down(struct srv_heap *heap, unsigned at)
{
    uint32_t key = heap->keys[at];
    for (;;) {
        unsigned child = 2 * at + 1;
        if (child >= heap->count)
            break;
        if (child + 1 < heap->count && heap->keys[child + 1] < heap->keys[child])
            child++;
        if (heap->keys[child] >= key)
            break;
        heap->keys[at] = heap->keys[child];
        at = child;
    }
    heap->keys[at] = key;
}

static uint16_t pop_place(struct srv_heap *heap)
{
    uint16_t place = (uint16_t)heap->keys[0];
    heap->keys[0] = heap->keys[--heap->count];
    if (heap->count > 0)
        sift_down(heap, 0);
    return place;
}

static bool is_srv(const struct dns_answer *a, unsigned index)
{
    size_t ttl_at = dns_answer_offsets(a)[index];
    return record_type(a->data, ttl_at) == DNS_TYPE_SRV && record_rdlen(a->data, ttl_at) >= 7;
}

static void heap_init(struct srv_heap *heap, const struct dns_answer *a,
                      const struct dns_arrangement *arrangement)
{
    const uint16_t *offsets = dns_answer_offsets(a);

    heap->count = 0;
    for (unsigned place = 0; place < a->counts[DNS_ANSWER]; place++) {
        unsigned index = dns_arrangement_at(arrangement, place);
        if (!is_srv(a, index))
            continue;
        uint32_t priority = bytes_get16(record_rdata(a->data, offsets[index]));
        heap->keys[heap->count++] = priority << 16 | place;
    }
    for (unsigned at = heap->count / 2; at-- > 0;)
        sift_down(heap, at);
}

unsigned dns_reply_body_truncate(struct writer *w, const struct dns_answer *a,
                                 const struct dns_arrangement *arrangement,
                                 const struct ttl_rule *rule)
{
    struct srv_heap heap;
    unsigned place = 0;

    heap_init(&heap, a, arrangement);
    for (; place < a->counts[DNS_ANSWER]; place++) {
        unsigned from =
            is_srv(a, dns_arrangement_at(arrangement, place)) ? pop_place(&heap) : place;
        dns_reply_body_record(w, a, dns_arrangement_at(arrangement, from), rule);
        if (w->failed)
            break;
    }
    return place;
}
