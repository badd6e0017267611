#include "control/target_offer.h"

#include <ctype.h>
#include <string.h>

#include "control/targets.h"

#define OFFERED     3
#define SLIP_EDITS  2
#define SHORT_LABEL 3 /* shorter ones are all near to each other */

/* The next character that is no digit, and no dot at the end. */
static const char *skip_digits(const char *text)
{
    while (isdigit((unsigned char)*text))
        text++;
    return strcmp(text, ".") == 0 ? text + 1 : text;
}

static bool differ_by_number(const char *a, const char *b)
{
    for (;; a++, b++) {
        a = skip_digits(a);
        b = skip_digits(b);
        if (tolower((unsigned char)*a) != tolower((unsigned char)*b))
            return false;
        if (!*a)
            return true;
    }
}

/* How many characters of the first label are no digits. */
static size_t first_letters(const char *word)
{
    size_t count = 0;
    for (; *word && *word != '.'; word++)
        count += !isdigit((unsigned char)*word);
    return count;
}

static bool is_host(const struct policy_model *model, const char *word)
{
    struct dns_name name;
    if (policy_name_from_user(&name, word) != ERR_OK)
        return false;
    for (size_t i = 0; i < model->host_count; i++) {
        if (dns_name_equal(&model->hosts[i].name, &name))
            return true;
    }
    return false;
}

bool target_is_slip(const struct policy_model *model, const char *word)
{
    char near[OFFERED][DNS_NAME_TEXT_MAX];
    if (first_letters(word) < SHORT_LABEL || is_host(model, word))
        return false;
    size_t count = targets_near(model, false, word, near, OFFERED);
    for (size_t i = 0; i < count; i++) {
        if (text_distance(near[i], word) <= SLIP_EDITS && !differ_by_number(near[i], word))
            return true;
    }
    return false;
}

bool target_offer(struct text *out, const struct policy_model *model, bool domains,
                  const char *word)
{
    char near[OFFERED][DNS_NAME_TEXT_MAX];
    size_t count = targets_near(model, domains, word, near, OFFERED);
    for (size_t i = 0; i < count; i++) {
        const char *before = i == 0 ? ": did you mean " : i + 1 == count ? " or " : ", ";
        text_addf(out, "%s%s", before, near[i]);
    }
    text_add(out, count > 0 ? "?" : "");
    return count > 0;
}
