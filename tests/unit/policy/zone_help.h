/* What the tests of zone text share: reading into a fresh model, and printing what came of it. */
#ifndef TESTS_POLICY_ZONE_HELP_H
#define TESTS_POLICY_ZONE_HELP_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "policy/zone.h"

struct zone_result {
    struct policy_model model;
    struct diag_list diags;
};

static inline void zone_read_bytes(struct zone_result *z, const char *text, size_t len)
{
    struct place place = {.file = "lab.yaml", .line = 1, .column = 1};
    *z = (struct zone_result){0};
    /* Exactly as large as the text, so that a sanitizer sees one byte too far. */
    char *copy = malloc(len ? len : 1);
    assert_non_null(copy);
    memcpy(copy, text, len);
    assert_int_equal(policy_zone_read(&z->model, copy, len, &place, 5, &z->diags), ERR_OK);
    free(copy);
}

static inline void zone_read_text(struct zone_result *z, const char *text)
{
    zone_read_bytes(z, text, strlen(text));
}

static inline void zone_result_deinit(struct zone_result *z)
{
    policy_model_deinit(&z->model);
    diag_list_deinit(&z->diags);
}

/* "OWNER TTL TYPE HEX", a line each; the caller frees it. */
static inline struct text zone_print(const struct zone_result *z)
{
    struct text out = {0};
    char owner[DNS_NAME_TEXT_MAX];
    struct dns_name name;
    text_add(&out, "");
    for (size_t i = 0; i < z->model.record_count; i++) {
        const struct policy_record *r = &z->model.records[i];
        assert_int_equal(r->class, 1);
        policy_record_owner(r, &name);
        text_addf(&out, "%s %u %u ", dns_name_to_text(&name, owner), r->ttl, r->type);
        for (size_t k = 0; k < r->rdlen; k++)
            text_addf(&out, "%02x", policy_record_rdata(r)[k]);
        text_add(&out, "\n");
    }
    return out;
}

/* Shows the findings that a test did not expect. */
static inline void zone_expect_clean(const struct zone_result *z)
{
    struct text out = {0};
    if (z->diags.count) {
        diag_list_print(&z->diags, &out);
        fail_msg("%s", out.data);
    }
}

#endif
