/* What a lookup makes of changes in its midst. The buffer that it fills lies across the edge of a
 * page that may not be written: so the second word stops it, and the handler of the fault does what
 * another thread might do meanwhile. And what it makes of an entry that is torn: every length in it
 * may be anything. */
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include "cache/shards.h"
#include "unit/cache/support.h"

#define BEFORE_EDGE 8 /* bytes of `out` */
#define BODY        200

struct race {
    struct cache *c;
    struct cache_reader *reader, *other; /* the one that is stopped, and one for the handler */
    struct cache_key key;
    struct dns_name name;
    void (*happening)(struct race *r);
    uint8_t *pages;
    size_t page;
    unsigned faults;
};

/* The handler has no argument of ours. */
static struct race *racing;

static void on_fault(int signal, siginfo_t *info, void *context)
{
    struct race *r = racing;
    (void)context;
    if ((uint8_t *)info->si_addr < r->pages + r->page || r->faults > 0)
        _exit(128 + signal);
    r->faults++;
    mprotect(r->pages + r->page, 2 * r->page, PROT_READ | PROT_WRITE);
    r->happening(r);
}

static void put_body(struct cache *c, const struct cache_key *key, uint32_t mark)
{
    union buffer b;
    cache_put(c, key, answer_fill(&b, BODY, mark), FIRST_MS, 60);
}

/* Enough for several laps of the small log; every place is overwritten. */
static void flood(struct cache *c)
{
    for (unsigned n = 0; n < 1000; n++)
        put_number(c, n, FIRST_MS, 60);
}

static void nothing(struct race *r)
{
    (void)r;
}

/* Out of the small log into the main log, where there is room, and then out of that: for names that
 * are put again. */
static void is_pushed_out(struct race *r)
{
    for (int round = 0; round < 8; round++)
        flood(r->c);
}

static void is_replaced(struct race *r)
{
    put_body(r->c, &r->key, 2);
}

static void is_replaced_and_overwritten(struct race *r)
{
    put_body(r->c, &r->key, 2);
    flood(r->c);
}

/* The lookup has found it, but has not marked it yet; another one does. */
static void moves_to_the_main_log(struct race *r)
{
    union buffer b;
    struct cache_hit hit;
    assert_true(cache_get(r->other, &r->key, FIRST_MS, &b.answer, sizeof(b), &hit));
    flood(r->c);
}

static void is_flushed(struct race *r)
{
    cache_flush(r->c, &r->name, false, 0);
}

static void is_flushed_and_overwritten(struct race *r)
{
    cache_flush(r->c, &r->name, true, 0);
    flood(r->c);
}

static void all_is_flushed(struct race *r)
{
    cache_flush(r->c, NULL, false, 0);
}

/* Positions start again, and every place is filled anew. */
static void positions_start_again(struct race *r)
{
    struct cache_ring *ring = &r->c->shards[0].logs[CACHE_SMALL];
    ring->head = CACHE_POSITION + 1 - (UINT64_C(4) << ring->bits);
    ring->tail = ring->head;
    for (unsigned n = 0; n < 20; n++)
        put_number(r->c, n, FIRST_MS, 60);
}

/* Both tell of the entry, not of its place. */
static void is_marked_and_found(struct race *r)
{
    union buffer b;
    struct cache_hit hit;
    assert_true(cache_get(r->other, &r->key, FIRST_MS, &b.answer, sizeof(b), &hit));
    cache_mark(r->c, &r->key, hit.place, 7);
}

/* Puts `mark` 1, looks it up while something happens, and returns the mark of what was found; 0 for
 * nothing. */
static uint32_t race_run(struct race *r)
{
    struct dns_answer *out = (void *)(r->pages + r->page - BEFORE_EDGE);
    struct cache_hit hit;
    uint32_t mark = 0;
    put_body(r->c, &r->key, 1);
    mprotect(r->pages + r->page, 2 * r->page, PROT_NONE);
    bool found = cache_get(r->reader, &r->key, FIRST_MS, out, 2 * r->page, &hit);
    assert_int_equal(r->faults, 1);
    if (found) {
        mark = out->data[0];
        assert_true(answer_shows(out, BODY, mark));
        assert_int_equal(hit.age, 0);
    }
    return mark;
}

static void test_changes_in_the_midst(void **state)
{
    static const struct {
        const char *what;
        void (*happening)(struct race *r);
        uint32_t found;
    } rows[] = {
        {"nothing", nothing, 1},
        {"pushed out", is_pushed_out, 0},
        {"replaced", is_replaced, 2},
        {"replaced, overwritten", is_replaced_and_overwritten, 2},
        {"moved to the main log", moves_to_the_main_log, 1},
        {"flushed", is_flushed, 0},
        {"flushed, overwritten", is_flushed_and_overwritten, 0},
        {"all flushed", all_is_flushed, 0},
        {"positions start again", positions_start_again, 0},
        {"marked and found", is_marked_and_found, 1},
    };
    struct sigaction action = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO}, before;
    struct race r = {.page = (size_t)sysconf(_SC_PAGESIZE)};
    (void)state;
    r.pages = mmap(NULL, 3 * r.page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_ptr_not_equal(r.pages, MAP_FAILED);
    r.name = name_of("a.example");
    r.key = key_of(&r.name, DNS_TYPE_A);
    racing = &r;
    sigaction(SIGSEGV, &action, &before);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        r.c = cache_new(65536, 0);
        r.reader = cache_reader_new(r.c);
        r.other = cache_reader_new(r.c);
        r.happening = rows[i].happening;
        r.faults = 0;
        uint32_t found = race_run(&r);
        if (found != rows[i].found)
            fail_msg("%s: found %u and not %u", rows[i].what, found, rows[i].found);
        cache_reader_free(r.reader);
        cache_reader_free(r.other);
        cache_free(r.c);
    }
    sigaction(SIGSEGV, &before, NULL);
    munmap(r.pages, 3 * r.page);
}

/* Lengths as they may be read while an entry is written; none of them may lead out of the entry, of
 * the log, or of `out`. The slot stays, so only the bounds can tell. */
static void test_torn_lengths(void **state)
{
    (void)state;
    static const struct {
        uint16_t units; /* 0 = as it is */
        uint16_t body_len, records;
        bool found;
    } rows[] = {
        {0, 40, 1, true},          {0, 38, 2, true},         {0, 48, 1, false},
        {0, 65535, 1, false},      {0, 40, 65535, false},    {0, 65535, 65535, false},
        {1, 40, 1, false},         {6, 40, 1, false},        {7, 40, 1, false},
        {65535, 40, 1, false},     {65535, 60000, 1, false}, {8000, 60000, 1, false},
        {UINT16_MAX, 0, 0, false},
    };
    struct dns_name name = name_of("a.example");
    struct cache_key key = key_of(&name, DNS_TYPE_A);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct cache *c = cache_new(65536, 0);
        union buffer b;
        struct cache_hit hit;
        cache_put(c, &key, answer_fill(&b, 40, 1), FIRST_MS, 60);
        struct cache_ring *ring = &c->shards[0].logs[CACHE_SMALL];
        struct cache_entry *e = cache_ring_at(ring, ring->tail);
        if (rows[i].units)
            e->units = rows[i].units;
        uint16_t lengths[] = {rows[i].records, 0, 0, DNS_EDE_NONE, rows[i].body_len};
        memcpy(e->data + 16 + 2, lengths, sizeof(lengths)); /* behind the name and the flags */
        bool found = get_once(c, &key, FIRST_MS, &b.answer, sizeof(b), &hit);
        if (found != rows[i].found)
            fail_msg("row %zu: %s", i, found ? "found" : "not found");
        cache_free(c);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_changes_in_the_midst),
        cmocka_unit_test(test_torn_lengths),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
