#include <stdlib.h>
#include <string.h>

#include "base/pages.h"
#include "policy/check_parts.h"
#include "policy/order.h"

/* What is found about a record while sorted, to be said in the order of the file. */
enum mark {
    MARK_SET = 1,     /* the first of its owner and type in the file */
    MARK_OWNER = 2,   /* the first of its owner */
    MARK_ZERO = 4,    /* the set has a TTL of 0 */
    MARK_DIFFERS = 8, /* the first with another TTL than the first of its set */
    MARK_ALONE = 16,  /* the only one of its owner */
};

/* A record in the order in which owners and types stand together. */
struct place_in_order {
    uint64_t key; /* of the owner */
    uint32_t index;
};

static int owner_compare(const struct policy_record *a, const struct policy_record *b)
{
    if (a->owner_len != b->owner_len)
        return a->owner_len < b->owner_len ? -1 : 1;
    return memcmp(a->owner, b->owner, a->owner_len);
}

/* By owner and type, and then in the order of the file. */
static int record_compare(const void *left, const void *right, void *arg)
{
    const struct place_in_order *a = left, *b = right;
    const struct policy_record *records = *(const struct policy_record **)arg;
    if (a->key != b->key)
        return a->key < b->key ? -1 : 1;
    int order = owner_compare(&records[a->index], &records[b->index]);
    if (order == 0)
        order = (int)records[a->index].type - (int)records[b->index].type;
    return order != 0 ? order : (a->index > b->index) - (a->index < b->index);
}

static bool same_owner(const struct policy_model *model, const struct place_in_order *a,
                       const struct place_in_order *b)
{
    if (a->key != b->key)
        return false;
    return owner_compare(&model->records[a->index], &model->records[b->index]) == 0;
}

/* Marks one set, sorted[0] to sorted[n - 1]. */
static void records_mark_set(const struct policy_model *model, const struct place_in_order *sorted,
                             size_t n, uint8_t *marks)
{
    uint32_t ttl = model->records[sorted[0].index].ttl;
    uint8_t *first = &marks[sorted[0].index];
    bool differs = false;
    *first |= MARK_SET;
    for (size_t i = 0; i < n; i++) {
        const struct policy_record *record = &model->records[sorted[i].index];
        if (record->ttl == 0)
            *first |= MARK_ZERO;
        if (record->ttl != ttl && !differs) {
            marks[sorted[i].index] |= MARK_DIFFERS;
            differs = true;
        }
    }
}

static bool is_alone(const struct place_in_order *sorted, size_t i, size_t count)
{
    if (i > 0 && sorted[i - 1].key == sorted[i].key)
        return false;
    return i + 1 == count || sorted[i + 1].key != sorted[i].key;
}

static void records_mark(const struct policy_model *model, const struct place_in_order *sorted,
                         uint8_t *marks)
{
    size_t n, count = model->record_count;
    for (size_t i = 0; i < count; i += n) {
        if (is_alone(sorted, i, count)) { /* most are, and need not be fetched */
            marks[sorted[i].index] = MARK_SET | MARK_OWNER | MARK_ALONE;
            n = 1;
            continue;
        }
        const struct policy_record *first = &model->records[sorted[i].index];
        for (n = 1; i + n < count; n++) {
            if (!same_owner(model, &sorted[i], &sorted[i + n]))
                break;
            if (first->type != model->records[sorted[i + n].index].type)
                break;
        }
        records_mark_set(model, sorted + i, n, marks);
        if (i == 0 || !same_owner(model, &sorted[i - 1], &sorted[i]))
            marks[sorted[i].index] |= MARK_OWNER;
    }
}

static void record_report(const struct policy_record *record, unsigned marks,
                          struct diag_list *diags)
{
    char text[DNS_NAME_TEXT_MAX];
    struct dns_name owner;
    if ((marks & MARK_OWNER) && check_special(record->owner, record->owner_len)) {
        policy_record_owner(record, &owner);
        check_special_report(&owner, &record->place, diags);
    }
    if (marks & MARK_SET)
        check_owner_record(record, diags);
    if ((marks & MARK_ALONE) && record->ttl == 0)
        marks |= MARK_ZERO;
    if (!(marks & (MARK_ZERO | MARK_DIFFERS)))
        return;
    policy_record_owner(record, &owner);
    if (marks & MARK_ZERO)
        check_ttl_zero(0, &owner, &record->place, diags);
    if (marks & MARK_DIFFERS)
        diag_add(diags, DIAG_WARNING, "ttl-differs", &record->place,
                 "give all records of one name and type the same TTL, as RFC 2181 wants",
                 "the TTL %u of %s is not that of the same set before it", record->ttl,
                 dns_name_to_text(&owner, text));
}

static enum err records_sort(const struct policy_model *model, struct place_in_order *sorted)
{
    struct hash_key key;
    struct order order;
    const struct policy_record *records = model->records;
    hash_key_init(&key);
    for (size_t i = 0; i < model->record_count; i++) {
        sorted[i].key = hash_bytes(&key, records[i].owner, records[i].owner_len);
        sorted[i].index = (uint32_t)i;
    }
    enum err e =
        order_sort(&order, sorted, model->record_count, sizeof(*sorted), record_compare, &records);
    order_deinit(&order);
    return e;
}

enum err check_records(const struct policy_model *model, struct diag_list *diags)
{
    size_t n = model->record_count;
    if (n == 0)
        return ERR_OK;
    enum err err = ERR_NOMEM;
    uint8_t *marks = calloc(n, 1);
    struct place_in_order *sorted = pages_new(n * sizeof(*sorted));
    if (marks && sorted)
        err = records_sort(model, sorted);
    if (err == ERR_OK)
        records_mark(model, sorted, marks);
    for (size_t i = 0; i < n && err == ERR_OK; i++)
        record_report(&model->records[i], marks[i], diags);
    free(sorted);
    free(marks);
    return err;
}
