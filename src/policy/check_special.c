/* Special-use domains (RFC 6761 and its successors) whose queries do not reach us, whatever the
 * policy says. */
#include <stdio.h>
#include <string.h>

#include "policy/check_parts.h"

struct special {
    const char *wire; /* the whole name */
    size_t len;
    const char *text, *reason;
};

#define SPECIAL(wire, text, reason)                                                                \
    {                                                                                              \
        wire, sizeof(wire), text, reason                                                           \
    }

#define REASON_UNBOUND "libunbound, and so Prosody, answers it alone and asks nobody"

static const struct special specials[] = {
    SPECIAL("\4test", "test", REASON_UNBOUND),
    SPECIAL("\7invalid", "invalid", REASON_UNBOUND),
    SPECIAL("\5onion", "onion", REASON_UNBOUND),
    SPECIAL("\4home\4arpa", "home.arpa", REASON_UNBOUND),
    SPECIAL("\11localhost", "localhost", "systems answer it alone, with their own address"),
    SPECIAL("\5local", "local", "systems ask for it by multicast (RFC 6762)"),
};

static const struct special *special_find(const struct dns_name *name)
{
    for (size_t i = 0; i < sizeof(specials) / sizeof(specials[0]); i++) {
        struct dns_name domain = {.len = (uint8_t)specials[i].len};
        memcpy(domain.wire, specials[i].wire, specials[i].len);
        if (dns_name_is_within(name, &domain))
            return &specials[i];
    }
    return NULL;
}

bool check_special(const struct dns_name *name)
{
    return special_find(name) != NULL;
}

void check_special_report(const struct dns_name *name, const struct place *place,
                          struct diag_list *diags)
{
    char text[DNS_NAME_TEXT_MAX], hint[160];
    const struct special *special = special_find(name);
    if (!special)
        return;
    snprintf(hint, sizeof(hint), "%s: use a name below lab.example, or below a domain of yours",
             special->reason);
    diag_add(diags, DIAG_WARNING, "special-use-domain", place, hint,
             "%s is in the special-use domain %s", dns_name_to_text(name, text), special->text);
}
