/* $ORIGIN and $INCLUDE (RFC 1035 §5.1), $TTL (RFC 2308 §4). */
#include <limits.h>
#include <string.h>

#include "base/text.h"
#include "policy/zone_parts.h"

/* The operands must be `min` to `max` in number. */
static bool directive_check_count(struct zone_source *source, size_t min, size_t max,
                                  const char *usage)
{
    size_t given = source->entry.count - 1;
    char quote[ZONE_QUOTE_MAX];
    if (given >= min && given <= max)
        return true;
    const struct zone_token *at = &source->entry.tokens[given > max ? max + 1 : 0];
    zone_fault(source, at, "zone-directive", usage, "too %s after %s",
               given > max ? "much" : "little", zone_quote(&source->entry.tokens[0], quote));
    return false;
}

static void directive_origin(struct zone_source *source)
{
    struct dns_name name;
    if (directive_check_count(source, 1, 1, "$ORIGIN NAME, such as $ORIGIN lab.example.") &&
        zone_name(source, &source->entry.tokens[1], &name))
        source->origin = name;
}

static void directive_ttl(struct zone_source *source)
{
    static const char usage[] = "$TTL SECONDS, at most 2147483647, or with a unit, such as 1h";
    const struct zone_token *token = &source->entry.tokens[1];
    char quote[ZONE_QUOTE_MAX];
    uint32_t ttl;
    if (!directive_check_count(source, 1, 1, usage))
        return;
    if (zone_period(&ttl, token, ZONE_TTL_MAX))
        zone_fault(source, token, "record-ttl", usage, "'%s' is not a TTL",
                   zone_quote(token, quote));
    else
        source->ttl = ttl;
}

static void directive_include(struct zone_source *source)
{
    static const char usage[] = "$INCLUDE FILE [ORIGIN]";
    const struct zone_token *token = &source->entry.tokens[1];
    struct dns_name origin = source->origin;
    uint8_t path[PATH_MAX];
    size_t len;
    if (!directive_check_count(source, 1, 2, usage))
        return;
    if (source->entry.count == 3 && !zone_name(source, token + 1, &origin))
        return;
    if (zone_unquote(path, &len, token, sizeof(path) - 1) || len == 0 || memchr(path, 0, len)) {
        char quote[ZONE_QUOTE_MAX];
        zone_fault(source, token, "zone-include", usage, "'%s' is not the name of a file",
                   zone_quote(token, quote));
        return;
    }
    path[len] = '\0';
    zone_include(source, token, (const char *)path, &origin);
}

void zone_directive(struct zone_source *source)
{
    static const struct {
        const char *word;
        void (*run)(struct zone_source *source);
    } directives[] = {
        {"$ORIGIN", directive_origin}, {"$TTL", directive_ttl}, {"$INCLUDE", directive_include}};
    const struct zone_token *token = &source->entry.tokens[0];
    char quote[ZONE_QUOTE_MAX];
    for (size_t i = 0; i < sizeof(directives) / sizeof(directives[0]); i++) {
        if (zone_token_is(token, directives[i].word)) {
            directives[i].run(source);
            return;
        }
    }
    zone_fault(source, token, "zone-directive", "there are $ORIGIN, $TTL and $INCLUDE",
               "'%s' is not a directive", zone_quote(token, quote));
}
