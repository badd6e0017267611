#include "control/target_offer.h"

#include "control/targets.h"

#define OFFERED 3

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
