#include <stdlib.h>
#include <string.h>

#include "policy/check_parts.h"

/* What is found about a record while sorted, to be said in the order of the file. */
enum mark {
    MARK_SET = 1,     /* the first of its owner and type in the file */
    MARK_OWNER = 2,   /* the first of its owner */
    MARK_ZERO = 4,    /* the set has a TTL of 0 */
    MARK_DIFFERS = 8, /* the first with another TTL than the first of its set */
};

static int owner_compare(const struct policy_record *a, const struct policy_record *b)
{
    if (a->owner.len != b->owner.len)
        return a->owner.len < b->owner.len ? -1 : 1;
    return memcmp(a->owner.wire, b->owner.wire, a->owner.len);
}

static int record_compare(const void *left, const void *right)
{
    const struct policy_record *a = *(const struct policy_record *const *)left;
    const struct policy_record *b = *(const struct policy_record *const *)right;
    int order = owner_compare(a, b);
    if (order)
        return order;
    if (a->type != b->type)
        return a->type < b->type ? -1 : 1;
    return a < b ? -1 : a > b; /* the order of the file */
}

/* Marks one set, sorted[0] to sorted[n - 1]. */
static void records_mark_set(const struct policy_model *model,
                             const struct policy_record *const *sorted, size_t n, uint8_t *marks)
{
    bool differs = false;
    uint8_t *first = &marks[sorted[0] - model->records];
    *first |= MARK_SET;
    for (size_t i = 0; i < n; i++) {
        if (sorted[i]->ttl == 0)
            *first |= MARK_ZERO;
        if (sorted[i]->ttl != sorted[0]->ttl && !differs) {
            marks[sorted[i] - model->records] |= MARK_DIFFERS;
            differs = true;
        }
    }
}

static void records_mark(const struct policy_model *model,
                         const struct policy_record *const *sorted, uint8_t *marks)
{
    size_t n;
    for (size_t i = 0; i < model->record_count; i += n) {
        const struct policy_record *first = sorted[i];
        bool same_owner = i > 0 && owner_compare(sorted[i - 1], first) == 0;
        for (n = 1; i + n < model->record_count; n++)
            if (owner_compare(first, sorted[i + n]) != 0 || first->type != sorted[i + n]->type)
                break;
        records_mark_set(model, sorted + i, n, marks);
        if (!same_owner)
            marks[first - model->records] |= MARK_OWNER;
    }
}

static void record_report(const struct policy_record *record, unsigned marks,
                          struct diag_list *diags)
{
    char text[DNS_NAME_TEXT_MAX];
    if (marks & MARK_OWNER)
        check_special_report(&record->owner, &record->place, diags);
    if (marks & MARK_SET)
        check_owner_record(record, diags);
    if (marks & MARK_ZERO)
        check_ttl_zero(0, &record->owner, &record->place, diags);
    if (marks & MARK_DIFFERS)
        diag_add(diags, DIAG_WARNING, "ttl-differs", &record->place,
                 "give all records of one name and type the same TTL, as RFC 2181 wants",
                 "the TTL %u of %s is not that of the same set before it", record->ttl,
                 dns_name_to_text(&record->owner, text));
}

enum err check_records(const struct policy_model *model, struct diag_list *diags)
{
    size_t n = model->record_count;
    if (n == 0)
        return ERR_OK;
    enum err err = ERR_NOMEM;
    uint8_t *marks = calloc(n, 1);
    const struct policy_record **sorted = calloc(n, sizeof(*sorted));
    if (marks && sorted) {
        for (size_t i = 0; i < n; i++)
            sorted[i] = &model->records[i];
        qsort(sorted, n, sizeof(*sorted), record_compare);
        records_mark(model, sorted, marks);
        for (size_t i = 0; i < n; i++)
            record_report(&model->records[i], marks[i], diags);
        err = ERR_OK;
    }
    free(sorted);
    free(marks);
    return err;
}
