#include <stdio.h>
#include <string.h>

#include "dns/message.h"
#include "policy/check_parts.h"

/* A label as lower-cased bytes. */
struct label {
    const char *at;
    size_t len;
};

/* The label with that number, from 0; empty when there is none. */
static struct label owner_label(const uint8_t *wire, unsigned number)
{
    for (; number > 0 && wire[0] > 0; number--)
        wire += 1u + wire[0];
    return (struct label){.at = (const char *)wire + 1, .len = wire[0]};
}

static bool label_is(struct label label, const char *word)
{
    return strlen(word) == label.len && memcmp(label.at, word, label.len) == 0;
}

static bool label_underscored(struct label label)
{
    return label.len > 0 && label.at[0] == '_';
}

static struct label label_bare(struct label label)
{
    bool skip = label_underscored(label);
    return (struct label){.at = label.at + skip, .len = label.len - skip};
}

/* The XMPP service that a label names, with or without its underscore; -1 when it is none. */
static int label_service(struct label label)
{
    struct label bare = label_bare(label);
    for (int i = 0; i < POLICY_SERVICES; i++)
        if (label_is(bare, policy_service_name((enum policy_service)i)))
            return i;
    return -1;
}

static bool label_protocol(struct label label)
{
    struct label bare = label_bare(label);
    return label_is(bare, "tcp") || label_is(bare, "udp");
}

int check_owner_service(const uint8_t *owner)
{
    struct label first = owner_label(owner, 0);
    if (!label_underscored(first) || !label_is(owner_label(owner, 1), "_tcp"))
        return -1;
    return label_service(first);
}

static void owner_report(const struct dns_name *owner, const struct place *place, int service,
                         unsigned skip, struct diag_list *diags)
{
    char text[DNS_NAME_TEXT_MAX], rest_text[DNS_NAME_TEXT_MAX], hint[DNS_NAME_TEXT_MAX + 64];
    struct dns_name rest;
    size_t len;
    const uint8_t *wire = dns_name_suffix(owner, skip, &len);
    rest.len = (uint8_t)len;
    memcpy(rest.wire, wire, len);
    dns_name_to_text(&rest, rest_text);
    if (service >= 0)
        snprintf(hint, sizeof(hint), "did you mean _%s._tcp.%s?",
                 policy_service_name((enum policy_service)service), rest_text);
    else
        snprintf(hint, sizeof(hint), "did you mean %s?", rest_text);
    diag_add(diags, DIAG_WARNING, "labels-swapped", place, hint,
             "nobody looks up %s for an XMPP service", dns_name_to_text(owner, text));
}

/* Owners that are nearly _SERVICE._tcp.DOMAIN: labels in the wrong order, an underscore or the
 * protocol forgotten, UDP. */
static void owner_check_labels(const struct policy_record *record, struct diag_list *diags)
{
    struct label first = owner_label(record->owner, 0);
    struct label second = owner_label(record->owner, 1);
    bool srv = record->type == DNS_TYPE_SRV;
    struct dns_name owner;
    if (label_protocol(first) && label_service(second) >= 0) {
        policy_record_owner(record, &owner);
        owner_report(&owner, &record->place, label_service(second), 2, diags);
        return;
    }
    if (label_service(first) < 0 || check_owner_service(record->owner) >= 0)
        return;
    policy_record_owner(record, &owner);
    /* A host may well be called xmpp-client; a set of SRV records may not. */
    if (srv || label_underscored(first))
        owner_report(&owner, &record->place, label_service(first), label_protocol(second) ? 2 : 1,
                     diags);
}

static const char *owner_text(const struct policy_record *record, char out[DNS_NAME_TEXT_MAX])
{
    struct dns_name owner;
    policy_record_owner(record, &owner);
    return dns_name_to_text(&owner, out);
}

void check_owner_record(const struct policy_record *record, struct diag_list *diags)
{
    char text[DNS_NAME_TEXT_MAX];
    struct label first = owner_label(record->owner, 0);
    bool srv = record->type == DNS_TYPE_SRV;
    if (srv || record->type == DNS_TYPE_CNAME)
        owner_check_labels(record, diags);
    if (record->type == DNS_TYPE_TXT && label_is(first, "_xmppconnect"))
        diag_add(diags, DIAG_WARNING, "xmppconnect-txt", &record->place,
                 "take it away, and publish BOSH and WebSocket addresses in "
                 "/.well-known/host-meta over HTTPS (XEP-0156)",
                 "%s TXT is insecure: anybody on the way can change it", owner_text(record, text));
    if (srv && label_is(first, "_jabber") && label_is(owner_label(record->owner, 1), "_tcp"))
        diag_add(diags, DIAG_WARNING, "jabber-legacy", &record->place,
                 "write _xmpp-server._tcp, which servers have asked for since RFC 3920",
                 "%s is asked for by old software only", owner_text(record, text));
}

/* `domains` takes the domain alone: the service labels are put before it. */
void check_owner_domain(const struct policy_domain *domain, struct diag_list *diags)
{
    unsigned skip = 0;
    struct label label = owner_label(domain->name.wire, skip);
    while (label_underscored(label) && (label_service(label) >= 0 || label_protocol(label)))
        label = owner_label(domain->name.wire, ++skip);
    if (skip == 0)
        return;
    struct dns_name name;
    policy_name_get(&domain->name, &name);
    owner_report(&name, &domain->place, -1, skip, diags);
}
