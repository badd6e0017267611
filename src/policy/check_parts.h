/* The parts of policy_check, one file each; private to src/policy. All of it is linear or sorts, so
 * that a million records take a second. */
#ifndef SHUNT_POLICY_CHECK_PARTS_H
#define SHUNT_POLICY_CHECK_PARTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/diag.h"
#include "base/hash.h"
#include "dns/name.h"
#include "policy/model.h"

/* check.c */
void check_ttl_zero(uint32_t ttl, const struct dns_name *name, const struct place *place,
                    struct diag_list *diags);

/* check_names.c: what the policy knows about a name. */
struct check_name {
    const uint8_t *wire; /* in the model, lower-cased; NULL: a free slot */
    size_t len;
    const struct policy_record *cname; /* the CNAME record of this name, or NULL */
    bool address;                      /* A or AAAA, or an entry of hosts */
    bool parent;                       /* a name directly below has an address */
};

struct check_names {
    struct check_name *slots;
    size_t mask;
    struct hash_key key;
};
enum err check_names_init(struct check_names *names, const struct policy_model *model);
void check_names_deinit(struct check_names *names);
/* NULL when the policy says nothing about the name. The bytes must be lower-cased. */
const struct check_name *check_names_find(const struct check_names *names, const uint8_t *wire,
                                          size_t len);
/* An address by that very name, or by a wildcard above it. */
bool check_names_has_address(const struct check_names *names, const struct dns_name *name);

/* check_special.c: whether a lower-cased name is in a domain that software treats apart. */
bool check_special(const uint8_t *wire, size_t len);
void check_special_report(const struct dns_name *name, const struct place *place,
                          struct diag_list *diags);

/* check_owner.c: owners that nobody asks for, or only old software. */
void check_owner_domain(const struct policy_domain *domain, struct diag_list *diags);
void check_owner_record(const struct policy_record *record, struct diag_list *diags);
/* The XMPP service of an owner _SERVICE._tcp.DOMAIN; -1 when it is none. */
int check_owner_service(const uint8_t *owner);

/* check_records.c: sets of records. */
enum err check_records(const struct policy_model *model, struct diag_list *diags);

/* check_srv.c: the targets of SRV sets, of domains and of records alike. */
struct check_srv {
    const char *view;      /* as in the model, or NULL */
    const uint8_t *domain; /* wire form, lower-cased; the whole owner when it is no XMPP service */
    const uint8_t *target; /* wire form, in any case */
    struct place place;
    const struct check_srv *twin; /* the STARTTLS target with the same host and port */
    uint16_t port;
    uint8_t domain_len, target_len;
    int8_t service; /* enum policy_service, or -1: also of what amends */
    bool wildcard;
    bool root_among_others;
};
enum err check_srv_all(const struct policy_model *model, const struct check_names *names,
                       struct diag_list *diags);

/* check_target.c: what a single target says about itself. */
void check_target(const struct check_srv *srv, const struct check_names *names,
                  struct diag_list *diags);

#endif
