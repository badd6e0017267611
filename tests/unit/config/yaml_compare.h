/* The two readers of YAML, held against each other. */
#ifndef SHUNT_TESTS_YAML_COMPARE_H
#define SHUNT_TESTS_YAML_COMPARE_H

#include <stdlib.h>
#include <string.h>

#include "config/yaml.h"

enum yaml_comparison {
    YAML_LEFT,      /* the fast reader did not take it */
    YAML_ALIKE,     /* both made the same of it */
    YAML_DIFFERENT, /* they did not */
};

static inline bool yaml_same(const struct yaml_node *a, const struct yaml_node *b)
{
    for (; a && b; a = a->next, b = b->next) {
        if (a->kind != b->kind || a->literal != b->literal || a->folded != b->folded)
            return false;
        if (a->line != b->line || a->column != b->column)
            return false;
        if (a->len != b->len || memcmp(a->text, b->text, a->len + 1) != 0)
            return false;
        if (!yaml_same(a->first, b->first) || !yaml_same(a->value, b->value))
            return false;
    }
    return a == b;
}

static inline enum yaml_comparison yaml_compare(const char *text, size_t len)
{
    struct yaml_doc plain = {0}, whole;
    struct diag_list diags = {0};
    enum yaml_comparison result = YAML_LEFT;
    char *copy = malloc(len ? len : 1); /* of just this size, for ASan to guard */
    if (!copy)
        abort();
    memcpy(copy, text, len);
    bool clean = yaml_check_text("a.yaml", copy, len, &diags) == ERR_OK;
    if (clean && yaml_plain_parse(&plain, copy, len) == ERR_OK) {
        result = YAML_DIFFERENT;
        if (yaml_scan(&whole, "a.yaml", copy, len, &diags) == ERR_OK) {
            result = yaml_same(plain.root, whole.root) ? YAML_ALIKE : YAML_DIFFERENT;
            yaml_doc_deinit(&whole);
        }
        yaml_doc_deinit(&plain);
    }
    diag_list_deinit(&diags);
    free(copy);
    return result;
}

#endif
