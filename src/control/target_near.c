/* Names that may have been meant. */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "control/targets.h"

#define LOOKED_AT 10000 /* records */

struct names {
    bool domains;
    char **list;
    size_t count, seen;
    bool failed;
};

static void add_name(struct names *names, const struct dns_name *name)
{
    char text[DNS_NAME_TEXT_MAX];
    dns_name_to_text(name, text);
    size_t len = strlen(text);
    if (len > 1)
        text[len - 1] = '\0'; /* as people write it */
    for (size_t i = names->count; i > 0 && i + 8 > names->count; i--) {
        if (strcmp(names->list[i - 1], text) == 0)
            return; /* neighbours often are the same */
    }
    names->list[names->count] = strdup(text);
    if (names->list[names->count])
        names->count++;
    else
        names->failed = true;
}

static bool on_row(void *arg, const struct target_row *row)
{
    struct names *names = arg;
    if (names->domains)
        add_name(names, &row->domain);
    else if (!row->any_target)
        add_name(names, &row->target);
    return !names->failed && ++names->seen < LOOKED_AT;
}

static bool is_among(char (*out)[DNS_NAME_TEXT_MAX], size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(out[i], name) == 0)
            return true;
    }
    return false;
}

/* Takes the nearest, and looks again without it. */
static size_t take_nearest(struct names *names, const char *word, char (*out)[DNS_NAME_TEXT_MAX],
                           size_t max)
{
    size_t taken = 0;
    while (taken < max) {
        size_t at = 0;
        const char *near = text_nearest(word, (const char *const *)names->list, names->count);
        if (!near)
            break;
        while (names->list[at] != near)
            at++;
        if (!is_among(out, taken, near))
            strcpy(out[taken++], near);
        free(names->list[at]);
        names->list[at] = names->list[--names->count];
    }
    return taken;
}

size_t targets_near(const struct policy_model *model, bool domains, const char *word,
                    char (*out)[DNS_NAME_TEXT_MAX], size_t max)
{
    struct names names = {.domains = domains, .list = calloc(LOOKED_AT, sizeof(char *))};
    char plain[DNS_NAME_TEXT_MAX];
    size_t len = strlen(word), taken = 0;
    if (!names.list || len == 0 || len >= sizeof(plain))
        goto done;
    memcpy(plain, word, len + 1);
    if (plain[len - 1] == '.')
        plain[len - 1] = '\0';
    targets_walk(model, on_row, &names);
    taken = take_nearest(&names, plain, out, max);
done:
    for (size_t i = 0; i < names.count; i++)
        free(names.list[i]);
    free(names.list);
    return taken;
}
