#include "policy/overlay.h"

#include <stdlib.h>

#include "policy/overlay_parts.h"

static uint32_t *slot_of(struct overlay *overlay, uint64_t hash)
{
    return &overlay->heads[hash & overlay->mask];
}

static void add_entry(struct overlay *overlay, uint32_t index, const struct overlay_change *change)
{
    struct overlay_entry *entry = &overlay->entries[index];
    entry->change = *change;
    dns_name_lower(&entry->change.edit.target);
    dns_name_lower(&entry->change.domain);
    if (entry->change.address_count > OVERLAY_ADDRESSES_MAX)
        entry->change.address_count = OVERLAY_ADDRESSES_MAX;
    const struct dns_name *target = &entry->change.edit.target;
    entry->hash = hash_bytes(&overlay->key, target->wire, target->len);
    uint32_t *head = change->edit.any_target ? &overlay->any : slot_of(overlay, entry->hash);
    entry->next = *head;
    *head = index;
}

struct overlay *overlay_new(const struct overlay_change *changes, size_t count,
                            const struct hash_key *key)
{
    size_t slots = 8;
    if (count >= OVERLAY_END)
        return NULL;
    while (slots < 2 * count)
        slots *= 2;
    struct overlay *overlay = calloc(1, sizeof(*overlay));
    if (!overlay)
        return NULL;
    overlay->entries = calloc(count ? count : 1, sizeof(*overlay->entries));
    overlay->heads = malloc(slots * sizeof(*overlay->heads));
    if (!overlay->entries || !overlay->heads) {
        overlay_free(overlay);
        return NULL;
    }
    overlay->key = *key;
    overlay->mask = slots - 1;
    overlay->any = OVERLAY_END;
    for (size_t i = 0; i < slots; i++)
        overlay->heads[i] = OVERLAY_END;
    for (size_t i = 0; i < count; i++)
        add_entry(overlay, (uint32_t)i, &changes[i]);
    return overlay;
}

void overlay_free(struct overlay *overlay)
{
    if (!overlay)
        return;
    free(overlay->entries);
    free(overlay->heads);
    free(overlay);
}

static uint32_t same_hash(const struct overlay *overlay, uint32_t index, uint64_t hash)
{
    while (index != OVERLAY_END && overlay->entries[index].hash != hash)
        index = overlay->entries[index].next;
    return index;
}

void overlay_cursor_init(struct overlay_cursor *cursor, const struct overlay *overlay,
                         uint64_t hash, bool with_any)
{
    cursor->overlay = overlay;
    cursor->hash = hash;
    cursor->own = same_hash(overlay, overlay->heads[hash & overlay->mask], hash);
    cursor->any = with_any ? overlay->any : OVERLAY_END;
}

const struct overlay_change *overlay_cursor_next(struct overlay_cursor *cursor)
{
    const struct overlay_entry *entries = cursor->overlay->entries;
    bool own = cursor->own != OVERLAY_END;
    if (own && cursor->any != OVERLAY_END)
        own = cursor->own > cursor->any; /* the later one first */
    uint32_t index = own ? cursor->own : cursor->any;
    if (index == OVERLAY_END)
        return NULL;
    if (own)
        cursor->own = same_hash(cursor->overlay, entries[index].next, cursor->hash);
    else
        cursor->any = entries[index].next;
    return &entries[index].change;
}

bool overlay_change_is_usable(const struct overlay_change *change)
{
    return !change->uses || atomic_load_explicit(&change->uses->left, memory_order_relaxed) > 0;
}

bool overlay_change_use(const struct overlay_change *change)
{
    if (!change->uses)
        return true;
    if (!overlay_change_is_usable(change)) /* so that the number stays near 0 for ever */
        return false;
    return atomic_fetch_sub_explicit(&change->uses->left, 1, memory_order_relaxed) > 0;
}
