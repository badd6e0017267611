/* The policy as the user wrote it: domains with their services, hosts, and records. Filled by
 * config, read by policy_compile and policy_check. Owns all it points to. */
#ifndef SHUNT_POLICY_MODEL_H
#define SHUNT_POLICY_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/diag.h"
#include "dns/name.h"
#include "dns/reply.h"
#include "policy/edit.h"

/* The SRV service names of RFC 6120 §3.2.1 and XEP-0368. */
enum policy_service {
    POLICY_XMPP_CLIENT,
    POLICY_XMPP_SERVER,
    POLICY_XMPPS_CLIENT,
    POLICY_XMPPS_SERVER,
    POLICY_SERVICES,
};

/* "xmpp-client" and so on; the SRV owner's first label is this after an underscore. */
const char *policy_service_name(enum policy_service service);
/* 5222, 5269, 5223, 5270: the port of a target that names none. */
uint16_t policy_service_port(enum policy_service service);

/* What a service of a domain is answered with. */
enum policy_set_kind {
    POLICY_SET_UPSTREAM, /* not ours */
    POLICY_SET_TARGETS,
    POLICY_SET_NONE, /* a single target ".": the service does not exist (RFC 2782) */
    POLICY_SET_NODATA,
    POLICY_SET_NXDOMAIN,
    POLICY_SET_EDITS, /* mode amend: upstream's answer with `edits` made to it */
};

enum policy_mode { POLICY_MODE_OVERRIDE, POLICY_MODE_SYNTHESIZE, POLICY_MODE_AMEND };

/* A name of as many bytes as it has, in memory of the model. */
struct policy_name {
    const uint8_t *wire; /* lower-cased */
    uint8_t len;
};
#define POLICY_NAME_ROOT ((struct policy_name){(const uint8_t *)"", 1})

struct policy_target {
    struct policy_name name;
    uint16_t port, priority, weight;
    struct spot place; /* in the file of its domain */
};

struct policy_set {
    bool listed; /* the file has this service; otherwise the domain's `others` holds */
    enum policy_set_kind kind;
    uint32_t target_count, edit_count;
    struct policy_target *targets; /* POLICY_SET_TARGETS, in memory of the model */
    struct policy_edit *edits;     /* POLICY_SET_EDITS, in the order in which they are written */
    struct spot place;
};

struct policy_domain {
    const char *view;        /* whom it is for: a name from policy_model_view; NULL = everyone */
    struct policy_name name; /* without the "*." of a wildcard */
    bool wildcard;           /* all names below `name`, not itself */
    enum policy_mode mode;
    enum dns_order order;
    uint32_t ttl;                /* seconds */
    enum policy_set_kind others; /* any but POLICY_SET_TARGETS and POLICY_SET_EDITS */
    bool others_set;             /* the file says so; then `upstream` is a word of a view's too */
    struct policy_set sets[POLICY_SERVICES];
    struct dns_name *components; /* whole names: component.domain */
    size_t component_count;
    struct place place;
};

struct policy_host {
    const char *view;       /* as of a domain */
    struct dns_name name;   /* lower-cased */
    struct addr *addresses; /* ports not used */
    size_t address_count;
    uint32_t ttl;
    struct place place;
};

struct policy_record {
    const uint8_t *owner; /* wire form, lower-cased; "*" as first label is a wildcard (RFC 4592).
                             The data follows it: policy_record_rdata */
    uint32_t ttl;
    uint16_t type, class;
    uint16_t rdlen;
    uint8_t owner_len;
    struct place place;
};

/* `rdlen` bytes in wire form, names written out. */
static inline const uint8_t *policy_record_rdata(const struct policy_record *record)
{
    return record->owner + record->owner_len;
}
void policy_record_owner(const struct policy_record *record, struct dns_name *out);

struct chunk;

struct policy_model {
    struct policy_domain *domains;
    size_t domain_count, domain_capacity;
    struct policy_host *hosts;
    size_t host_count, host_capacity;
    struct policy_record *records;
    size_t record_count, record_capacity;
    struct chunk *chunks; /* names, targets, and the data of records */
    char **files;         /* names that places point to */
    size_t file_count, file_capacity;
    char **views; /* names that domains and hosts point to */
    size_t view_count, view_capacity;
};

void policy_model_deinit(struct policy_model *model);

/* Each returns a zeroed new element, its name the root, at the end of its list, or NULL without
 * memory. The pointer is good until the next element of that kind is added. */
struct policy_domain *policy_model_add_domain(struct policy_model *model);
struct policy_host *policy_model_add_host(struct policy_model *model);
struct policy_target *policy_set_add_target(struct policy_model *model, struct policy_set *set);
struct policy_edit *policy_set_add_edit(struct policy_set *set);
/* The same with copies of a lower-cased owner and of data in wire form; the class is IN. */
struct policy_record *policy_model_add_record(struct policy_model *model,
                                              const struct dns_name *owner, const uint8_t *rdata,
                                              size_t rdlen);
enum err policy_domain_add_component(struct policy_domain *domain, const struct dns_name *name);
enum err policy_host_add_address(struct policy_host *host, const struct addr *address);
/* *out is a copy of a lower-cased name. ERR_NOMEM. */
enum err policy_model_name(struct policy_model *model, struct policy_name *out,
                           const struct dns_name *name);
void policy_name_get(const struct policy_name *name, struct dns_name *out);
/* A copy of a file's name that lives as long as the model, the same pointer for the same name; NULL
 * without memory. */
const char *policy_model_file(struct policy_model *model, const char *name);
/* The same for a view's name. */
const char *policy_model_view(struct policy_model *model, const char *name);

/* Reads a name that a user typed: presentation form, U-labels turned to A-labels by IDNA2008
 * (libidn2), lower-cased. Underscored labels and "*" as the first label are fine. ERR_INVALID,
 * ERR_RANGE (too long). */
enum err policy_name_from_user(struct dns_name *out, const char *text);

#endif
