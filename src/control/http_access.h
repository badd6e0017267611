/* Who may ask over TCP: the checks that keep foreign web pages, and those without a token, out. */
#ifndef SHUNT_CONTROL_HTTP_ACCESS_H
#define SHUNT_CONTROL_HTTP_ACCESS_H

#include <stdbool.h>

#include "base/addr.h"

/* Whether a Host header (RFC 9110 §7.2) names us, and not a name that somebody else pointed at our
 * address (DNS rebinding): the address that we listen on, or any address when that is a wildcard,
 * any loopback address when it is one; localhost; `own_name`, the machine's ("" = none). Ports are
 * not looked at: a forwarded port is another one. */
bool http_host_is_ours(const struct addr *listening, const char *own_name, const char *host);

/* Whether an Origin header (RFC 6454 §7) is that of a page that came from `host`, a Host header
 * that is ours. */
bool http_origin_is_ours(const char *origin, const char *host);

/* Whether a Sec-Fetch-Site header comes from a page of ours, or from no page. */
bool http_fetch_site_is_ours(const char *site);

/* Whether an Authorization header is "Bearer TOKEN" (RFC 6750 §2.1). Takes as long for a wrong
 * token as for the right one. */
bool http_bearer_is(const char *authorization, const char *token);

#endif
