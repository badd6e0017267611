#include "control/targets.h"

#include <stdlib.h>
#include <string.h>

#include "control/target_rows.h"

#define END UINT32_MAX /* of a chain */

enum key_kind {
    KEY_TARGET, /* what SRV records and amendments name */
    KEY_OWNER,  /* of records; domains, components, hosts */
};

enum entry_kind {
    ENTRY_SET,    /* item: domain; its service `service` names the target */
    ENTRY_RECORD, /* item: record */
    ENTRY_DOMAIN, /* item: domain; component as in target_set */
    ENTRY_HOST,   /* item: host */
};

struct entry {
    uint32_t next; /* with the same name */
    uint32_t item, component;
    uint8_t kind;
    int8_t service;
};

/* A name inside the model, perhaps in RDATA. */
struct key {
    const uint8_t *wire;
    uint32_t hash; /* of all three */
    uint8_t len, kind;
};

/* All entries of a name. */
struct head {
    struct key key;
    uint32_t next; /* in its bucket */
    uint32_t first, last;
    uint32_t count, ttl;
};

struct targets {
    const struct policy_model *model;
    struct entry *entries;
    struct head *heads;
    uint32_t *buckets;
    size_t entry_count, entry_capacity, head_count, head_capacity, bucket_count;
    bool failed;
};

static uint8_t lower(uint8_t c)
{
    return c >= 'A' && c <= 'Z' ? (uint8_t)(c + 0x20) : c; /* lengths of labels are below 'A' */
}

/* Names of the administrator's own files: there is nobody to make them collide. */
static struct key key_of_wire(const uint8_t *wire, size_t len, enum key_kind kind)
{
    uint32_t hash = 2166136261u + (uint32_t)kind; /* FNV-1a */
    for (size_t i = 0; i < len; i++)
        hash = (hash ^ lower(wire[i])) * 16777619u;
    return (struct key){wire, hash ^ (hash >> 15), (uint8_t)len, (uint8_t)kind};
}

static struct key key_of(const struct dns_name *name, enum key_kind kind)
{
    return key_of_wire(name->wire, name->len, kind);
}

static bool key_equal(const struct key *a, const struct key *b)
{
    if (a->hash != b->hash || a->kind != b->kind || a->len != b->len)
        return false;
    size_t i = 0;
    while (i < a->len && lower(a->wire[i]) == lower(b->wire[i]))
        i++;
    return i == a->len;
}

static struct head *find_head(const struct targets *t, const struct key *key)
{
    if (t->bucket_count == 0)
        return NULL;
    uint32_t at = t->buckets[key->hash & (t->bucket_count - 1)];
    while (at != END && !key_equal(&t->heads[at].key, key))
        at = t->heads[at].next;
    return at == END ? NULL : &t->heads[at];
}

static void hang_in(struct targets *t, uint32_t index)
{
    struct head *head = &t->heads[index];
    uint32_t *bucket = &t->buckets[head->key.hash & (t->bucket_count - 1)];
    head->next = *bucket;
    *bucket = index;
}

static bool grow_buckets(struct targets *t)
{
    size_t count = t->bucket_count ? t->bucket_count * 2 : 64;
    uint32_t *buckets = malloc(count * sizeof(*buckets));
    if (!buckets)
        return false;
    free(t->buckets);
    t->buckets = buckets;
    t->bucket_count = count;
    for (size_t i = 0; i < count; i++)
        buckets[i] = END;
    for (size_t i = 0; i < t->head_count; i++)
        hang_in(t, (uint32_t)i);
    return true;
}

static struct head *add_head(struct targets *t, const struct key *key)
{
    if (t->head_count == t->head_capacity) {
        size_t larger = t->head_capacity ? t->head_capacity * 2 : 64;
        struct head *moved = reallocarray(t->heads, larger, sizeof(*moved));
        if (!moved)
            return NULL;
        t->heads = moved;
        t->head_capacity = larger;
    }
    if (t->head_count >= t->bucket_count && !grow_buckets(t))
        return NULL;
    struct head *head = &t->heads[t->head_count];
    *head = (struct head){.key = *key, .first = END, .last = END};
    hang_in(t, (uint32_t)t->head_count++);
    return head;
}

static uint32_t add_entry(struct targets *t, const struct entry *entry)
{
    if (t->entry_count == t->entry_capacity) {
        size_t larger = t->entry_capacity ? t->entry_capacity * 2 : 64;
        struct entry *moved = reallocarray(t->entries, larger, sizeof(*moved));
        if (!moved)
            return END;
        t->entries = moved;
        t->entry_capacity = larger;
    }
    t->entries[t->entry_count] = *entry;
    t->entries[t->entry_count].next = END;
    return (uint32_t)t->entry_count++;
}

static void add_key(struct targets *t, const struct key *key, const struct entry *entry,
                    uint32_t ttl)
{
    struct head *head = find_head(t, key);
    if (!head)
        head = add_head(t, key);
    uint32_t index = head ? add_entry(t, entry) : END;
    if (index == END) {
        t->failed = true;
        return;
    }
    if (head->last == END)
        head->first = index;
    else
        t->entries[head->last].next = index;
    head->last = index;
    head->count++;
    head->ttl = ttl > head->ttl ? ttl : head->ttl;
}

static void add(struct targets *t, const struct dns_name *name, enum key_kind kind,
                const struct entry *entry, uint32_t ttl)
{
    struct key key = key_of(name, kind);
    add_key(t, &key, entry, ttl);
}

static void add_set(struct targets *t, uint32_t index, int service)
{
    const struct policy_domain *domain = &t->model->domains[index];
    const struct policy_set *set = &domain->sets[service];
    struct entry entry = {.item = index, .kind = ENTRY_SET, .service = (int8_t)service};
    for (size_t i = 0; i < set->target_count; i++)
        add(t, &set->targets[i].name, KEY_TARGET, &entry, domain->ttl);
    for (size_t i = 0; i < set->edit_count; i++) {
        const struct policy_edit *edit = &set->edits[i];
        if (!edit->any_target)
            add(t, &edit->target, KEY_TARGET, &entry, 0);
        if (edit->fields & POLICY_EDIT_REPLACE)
            add(t, &edit->replace, KEY_TARGET, &entry, 0);
    }
}

static void add_domain(struct targets *t, uint32_t index)
{
    const struct policy_domain *domain = &t->model->domains[index];
    struct entry entry = {.item = index, .kind = ENTRY_DOMAIN, .service = -1};
    add(t, &domain->name, KEY_OWNER, &entry, domain->ttl);
    for (size_t i = 0; i < domain->component_count && !domain->wildcard; i++) {
        entry.component = (uint32_t)i + 1;
        add(t, &domain->components[i], KEY_OWNER, &entry, domain->ttl);
    }
    for (int service = 0; service < POLICY_SERVICES; service++)
        add_set(t, index, service);
}

static void add_record(struct targets *t, uint32_t index)
{
    const struct policy_record *record = &t->model->records[index];
    struct entry entry = {.item = index, .kind = ENTRY_RECORD, .service = -1};
    bool srv = target_rows_is_srv(record);
    bool address = record->type == DNS_TYPE_A || record->type == DNS_TYPE_AAAA;
    if (record->class != DNS_CLASS_IN)
        return;
    struct key owner = key_of_wire(record->owner, record->owner_len, KEY_OWNER);
    if (srv || address)
        add_key(t, &owner, &entry, record->ttl);
    if (!srv)
        return;
    struct key target = key_of_wire(policy_record_rdata(record) + TARGET_ROWS_SRV_FIXED,
                                    record->rdlen - (size_t)TARGET_ROWS_SRV_FIXED, KEY_TARGET);
    add_key(t, &target, &entry, record->ttl);
}

struct targets *targets_new(const struct policy_model *model)
{
    struct targets *t = calloc(1, sizeof(*t));
    if (!t)
        return NULL;
    t->model = model;
    for (size_t i = 0; i < model->domain_count; i++)
        add_domain(t, (uint32_t)i);
    for (size_t i = 0; i < model->record_count; i++)
        add_record(t, (uint32_t)i);
    for (size_t i = 0; i < model->host_count; i++) {
        struct entry entry = {.item = (uint32_t)i, .kind = ENTRY_HOST, .service = -1};
        add(t, &model->hosts[i].name, KEY_OWNER, &entry, model->hosts[i].ttl);
    }
    if (!t->failed)
        return t;
    targets_free(t);
    return NULL;
}

void targets_free(struct targets *targets)
{
    if (!targets)
        return;
    free(targets->entries);
    free(targets->heads);
    free(targets->buckets);
    free(targets);
}

bool targets_known(const struct targets *targets, const struct dns_name *target, size_t *count,
                   uint32_t *ttl)
{
    struct key key = key_of(target, KEY_TARGET);
    const struct head *head = find_head(targets, &key);
    if (!head)
        return false;
    *count = head->count;
    *ttl = head->ttl;
    return true;
}

static uint32_t first_of(const struct targets *t, const struct dns_name *name, enum key_kind kind)
{
    struct key key = key_of(name, kind);
    const struct head *head = find_head(t, &key);
    return head ? head->first : END;
}

/* The set of an owner's SRV records goes by the first of them. */
static struct target_set record_set(const struct targets *t, const struct dns_name *owner)
{
    struct target_set set = {.service = -1};
    uint32_t at = first_of(t, owner, KEY_OWNER);
    while (at != END) {
        const struct entry *entry = &t->entries[at];
        at = entry->next;
        if (entry->kind != ENTRY_RECORD || !target_rows_is_srv(&t->model->records[entry->item]))
            continue;
        set.item = entry->item;
        break;
    }
    return set;
}

/* A domain's set, and the same of its components, which have those between servers only. */
static bool visit_sets(const struct targets *t, const struct entry *entry, target_set_fn visit,
                       void *arg)
{
    const struct policy_domain *domain = &t->model->domains[entry->item];
    bool servers = entry->service == POLICY_XMPP_SERVER || entry->service == POLICY_XMPPS_SERVER;
    size_t components = servers && !domain->wildcard ? domain->component_count : 0;
    for (size_t i = 0; i <= components; i++) {
        struct target_set set = {entry->item, (uint32_t)i, entry->service};
        if (!visit(arg, &set))
            return false;
    }
    return true;
}

void targets_of(const struct targets *targets, const struct dns_name *target, target_set_fn visit,
                void *arg)
{
    uint32_t at = first_of(targets, target, KEY_TARGET);
    struct dns_name owner;
    while (at != END) {
        const struct entry *entry = &targets->entries[at];
        struct target_set set = {0};
        at = entry->next;
        if (entry->kind == ENTRY_RECORD) {
            policy_record_owner(&targets->model->records[entry->item], &owner);
            set = record_set(targets, &owner);
        }
        if (entry->kind == ENTRY_RECORD && !visit(arg, &set))
            return;
        if (entry->kind == ENTRY_SET && !visit_sets(targets, entry, visit, arg))
            return;
    }
}

static bool is_set(const struct policy_set *set)
{
    return set->target_count > 0 || set->edit_count > 0;
}

/* The sets of the domains of this name, exact ones or wildcards; true when there is such a domain.
 */
static bool domain_sets(const struct targets *t, const struct dns_name *name, bool wildcard,
                        target_set_fn visit, void *arg)
{
    bool found = false;
    for (uint32_t at = first_of(t, name, KEY_OWNER); at != END; at = t->entries[at].next) {
        const struct entry *entry = &t->entries[at];
        if (entry->kind != ENTRY_DOMAIN)
            continue;
        const struct policy_domain *domain = &t->model->domains[entry->item];
        if (domain->wildcard != wildcard)
            continue;
        found = true;
        for (int service = 0; service < POLICY_SERVICES; service++) {
            struct target_set set = {entry->item, entry->component, (int8_t)service};
            bool to_servers = service == POLICY_XMPP_SERVER || service == POLICY_XMPPS_SERVER;
            if (entry->component > 0 && !to_servers)
                continue;
            if (is_set(&domain->sets[service]) && !visit(arg, &set))
                return true;
        }
    }
    return found;
}

static bool record_sets(const struct targets *t, const struct dns_name *domain, target_set_fn visit,
                        void *arg)
{
    bool found = false;
    for (int service = 0; service < POLICY_SERVICES; service++) {
        struct dns_name owner;
        if (!target_rows_owner(&owner, (enum policy_service)service, domain))
            continue;
        struct target_set set = record_set(t, &owner);
        if (first_of(t, &owner, KEY_OWNER) == END)
            continue;
        found = true;
        if (!visit(arg, &set))
            return true;
    }
    return found;
}

bool targets_of_domain(const struct targets *targets, const struct dns_name *domain,
                       target_set_fn visit, void *arg)
{
    struct dns_name above = *domain;
    bool found = domain_sets(targets, domain, false, visit, arg);
    found |= record_sets(targets, domain, visit, arg);
    while (!found && dns_name_parent(&above, &above))
        found = domain_sets(targets, &above, true, visit, arg);
    return found;
}

void targets_rows(const struct targets *targets, const struct target_set *set, target_row_fn visit,
                  void *arg)
{
    const struct policy_model *model = targets->model;
    if (set->service >= 0) {
        target_rows_of_set(&model->domains[set->item], set->component, set->service, visit, arg);
        return;
    }
    struct dns_name owner;
    policy_record_owner(&model->records[set->item], &owner);
    uint32_t at = first_of(targets, &owner, KEY_OWNER);
    for (bool more = true; more && at != END; at = targets->entries[at].next) {
        const struct entry *entry = &targets->entries[at];
        if (entry->kind == ENTRY_RECORD && target_rows_is_srv(&model->records[entry->item]))
            more = target_rows_of_record(&model->records[entry->item], visit, arg);
    }
}

static bool visit_host(const struct policy_host *host, target_address_fn visit, void *arg)
{
    if (host->address_count == 0)
        return visit(arg, host->view, NULL, host->ttl);
    for (size_t i = 0; i < host->address_count; i++) {
        if (!visit(arg, host->view, &host->addresses[i], host->ttl))
            return false;
    }
    return true;
}

static bool visit_address(const struct policy_record *record, target_address_fn visit, void *arg)
{
    struct addr addr;
    bool address = record->type == DNS_TYPE_A || record->type == DNS_TYPE_AAAA;
    if (!address || (record->rdlen != 4 && record->rdlen != 16))
        return true;
    addr_from_bytes(&addr, policy_record_rdata(record), record->rdlen, 0);
    return visit(arg, NULL, &addr, record->ttl);
}

void targets_addresses(const struct targets *targets, const struct dns_name *host,
                       target_address_fn visit, void *arg)
{
    uint32_t at = first_of(targets, host, KEY_OWNER);
    for (bool more = true; more && at != END; at = targets->entries[at].next) {
        const struct entry *entry = &targets->entries[at];
        if (entry->kind == ENTRY_HOST)
            more = visit_host(&targets->model->hosts[entry->item], visit, arg);
        if (entry->kind == ENTRY_RECORD)
            more = visit_address(&targets->model->records[entry->item], visit, arg);
    }
}
