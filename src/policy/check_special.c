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

/* Nearly every name is told by its last bytes; where these fit, labels are counted. */
static bool is_within(const uint8_t *wire, size_t len, const struct special *special)
{
    if (len < special->len || memcmp(wire + len - special->len, special->wire, special->len) != 0)
        return false;
    while (len > special->len) {
        len -= 1u + *wire;
        wire += 1u + *wire;
    }
    return len == special->len;
}

static const struct special *special_find(const uint8_t *wire, size_t len)
{
    for (size_t i = 0; i < sizeof(specials) / sizeof(specials[0]); i++) {
        if (is_within(wire, len, &specials[i]))
            return &specials[i];
    }
    return NULL;
}

bool check_special(const uint8_t *wire, size_t len)
{
    return special_find(wire, len) != NULL;
}

void check_special_report(const struct dns_name *name, const struct place *place,
                          struct diag_list *diags)
{
    char text[DNS_NAME_TEXT_MAX], hint[160];
    const struct special *special = special_find(name->wire, name->len);
    if (!special)
        return;
    snprintf(hint, sizeof(hint), "%s: use a name below lab.example, or below a domain of yours",
             special->reason);
    diag_add(diags, DIAG_WARNING, "special-use-domain", place, hint,
             "%s is in the special-use domain %s", dns_name_to_text(name, text), special->text);
}
