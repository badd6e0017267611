#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "dns/message.h"
#include "policy/check_parts.h"

/* A target and what is said about it. */
struct target {
    const struct check_srv *srv;
    const struct check_names *names;
    struct diag_list *diags;
    struct dns_name name; /* lower-cased */
};

static void name_from_wire(struct dns_name *out, const uint8_t *wire, size_t len)
{
    out->len = (uint8_t)len;
    memcpy(out->wire, wire, len);
}

static void target_warn(const struct target *t, const char *code, const char *hint,
                        const char *what)
{
    char text[DNS_NAME_TEXT_MAX];
    diag_add(t->diags, DIAG_WARNING, code, &t->srv->place, hint, "the target %s %s",
             dns_name_to_text(&t->name, text), what);
}

/* 192.0.2.1. as four labels, alone or before an origin that was added to it; or an IPv6 address as
 * one label. */
static bool target_is_address(const struct target *t)
{
    char text[DNS_NAME_TEXT_MAX];
    uint8_t bytes[16];
    unsigned dots = 0;
    size_t len = 0;
    if (!memchr("0123456789", t->name.wire[1], 10) && !memchr(t->name.wire, ':', t->name.len))
        return false; /* nearly all */
    dns_name_to_text(&t->name, text);
    for (; text[len] && dots < 4; len++)
        dots += text[len] == '.';
    text[len ? len - (text[len - 1] == '.') : 0] = '\0';
    if (inet_pton(AF_INET, text, bytes) == 1)
        return true;
    text[strcspn(text, ".")] = '\0';
    return inet_pton(AF_INET6, text, bytes) == 1;
}

static bool target_is_localhost(const struct target *t)
{
    static const struct dns_name plain = {.len = 11, .wire = "\11localhost"};
    static const struct dns_name domain = {.len = 23, .wire = "\11localhost\13localdomain"};
    return dns_name_is_within(&t->name, &plain) || dns_name_is_within(&t->name, &domain);
}

static bool target_report_cname(const struct target *t)
{
    const struct check_name *found = check_names_find(t->names, t->name.wire, t->name.len);
    char lead[DNS_NAME_TEXT_MAX], hint[DNS_NAME_TEXT_MAX + 64];
    struct dns_name to;
    struct reader r;
    if (!found || !found->cname)
        return false;
    reader_init(&r, policy_record_rdata(found->cname), found->cname->rdlen);
    if (dns_name_read(&to, &r))
        return false;
    snprintf(hint, sizeof(hint), "write the name that it leads to, %s",
             dns_name_to_text(&to, lead));
    target_warn(t, "srv-target-cname", hint, "is a CNAME, which RFC 2782 forbids");
    return true;
}

/* Upstream may know what we do not, so this warns only where that is unlikely: the policy has
 * addresses for neighbours of the target, the names next to it in the same domain, and so this one
 * was forgotten or misspelt; or it is below `example`, which the public DNS does not have (RFC 6761
 * §6.5). Neighbours in a top-level domain mean nothing. */
static bool target_lacks_address(const struct target *t)
{
    static const struct dns_name example = {.len = 9, .wire = "\7example"};
    size_t len;
    if (check_names_has_address(t->names, &t->name))
        return false;
    if (dns_name_is_within(&t->name, &example))
        return true;
    const uint8_t *wire = dns_name_suffix(&t->name, 1, &len);
    const struct check_name *parent = check_names_find(t->names, wire, len);
    return dns_name_labels(&t->name) > 2 && parent && parent->parent;
}

static void target_report_twin(const struct target *t)
{
    const struct place *other = &t->srv->twin->place;
    char hint[160], message[160];
    snprintf(hint, sizeof(hint), "a port takes one or the other: direct TLS is usually on %s",
             t->srv->service == POLICY_XMPPS_CLIENT ? "5223" : "5270");
    if (other->line)
        snprintf(message, sizeof(message), "has port %u for STARTTLS too, at %.80s:%u",
                 t->srv->port, other->file ? other->file : "line", other->line);
    else
        snprintf(message, sizeof(message), "has port %u for STARTTLS too", t->srv->port);
    target_warn(t, "tls-and-starttls-same-port", hint, message);
}

/* The queries for a special-use domain are lost anyway: one finding about the domain will do. */
static void target_report_special(const struct target *t)
{
    struct dns_name domain;
    name_from_wire(&domain, t->srv->domain, t->srv->domain_len);
    if (!check_special(domain.wire, domain.len))
        check_special_report(&t->name, &t->srv->place, t->diags);
}

static void target_report_name(const struct target *t)
{
    if (target_is_address(t))
        target_warn(t, "srv-target-address",
                    "a target is a name: give it one in hosts, with this address",
                    "is an IP address, which no client looks up");
    else if (target_is_localhost(t))
        target_warn(t, "srv-target-localhost", "write the name of the host that serves the domain",
                    "is each client's own machine");
    else if (check_special(t->name.wire, t->name.len))
        target_report_special(t);
    else if (!target_report_cname(t) && target_lacks_address(t))
        target_warn(t, "srv-target-no-address",
                    "add it to hosts, or look at its spelling; fine if your upstream knows it",
                    "has no address in the policy");
}

void check_target(const struct check_srv *srv, const struct check_names *names,
                  struct diag_list *diags)
{
    struct target t = {.srv = srv, .names = names, .diags = diags};
    name_from_wire(&t.name, srv->target, srv->target_len);
    dns_name_lower(&t.name);
    if (srv->root_among_others)
        target_warn(&t, "srv-target-root-among-others",
                    "keep the '.' alone to switch the service off, or the others to offer it",
                    "means that there is no such service, beside targets that serve it");
    if (srv->twin)
        target_report_twin(&t);
    if (t.name.len > 1)
        target_report_name(&t);
}
