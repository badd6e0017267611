/* A lookup that finds nothing may leave anything in what it was given: another thread changed the
 * entry in its midst. Here it always does. */
#include <string.h>

#include "cache/cache.h"

bool __real_cache_get(struct cache_reader *r, const struct cache_key *key, uint64_t now,
                      struct dns_answer *out, size_t capacity, struct cache_hit *hit);
bool __wrap_cache_get(struct cache_reader *r, const struct cache_key *key, uint64_t now,
                      struct dns_answer *out, size_t capacity, struct cache_hit *hit);

bool __wrap_cache_get(struct cache_reader *r, const struct cache_key *key, uint64_t now,
                      struct dns_answer *out, size_t capacity, struct cache_hit *hit)
{
    if (__real_cache_get(r, key, now, out, capacity, hit))
        return true;
    memset(out, 0xff, capacity);
    memset(hit, 0xff, sizeof(*hit));
    return false;
}
