/* The store: the latest events as records, in a ring of slots, and those who follow. */
#include "control/events.h"

#include <stdlib.h>
#include <string.h>

#include "control/event_record.h"

#define DRAIN_MAX 4096 /* events at a time: the control thread has other work too */
#define MARKS     128

/* Its bytes stay when the next event takes its place, and grow when they are too few. */
struct slot {
    struct event_head *record;
    uint16_t capacity;
    bool filled;   /* false: there was no memory for it */
    uint64_t wall; /* ms */
};

struct source {
    struct event_ring *ring;
    const struct event_head *oldest; /* that it holds; NULL = it has to be asked */
};

struct event_follower {
    struct event_follower *next;
    struct events *events;
    struct event_filter filter;
    event_visit_fn visit;
    void *arg;
    bool gone; /* to be freed once nobody walks the list */
};

struct mark {
    uint64_t revision, number;
};

struct events {
    struct source *sources;
    size_t source_count;
    struct slot *slots; /* event n is in slot n % keep */
    size_t keep;
    uint64_t next; /* number of the next event */
    uint64_t lost; /* without memory */
    char **views;
    size_t view_count;
    struct event_follower *followers;
    unsigned walking; /* depth of walks over the followers */
    struct mark marks[MARKS];
    size_t mark_count; /* ever made */
};

struct events *events_new(struct event_ring *const *rings, size_t ring_count, size_t keep)
{
    struct events *e = calloc(1, sizeof(*e));
    if (!e)
        return NULL;
    e->keep = keep > 0 ? keep : 1;
    e->next = 1;
    e->source_count = ring_count;
    e->sources = calloc(ring_count > 0 ? ring_count : 1, sizeof(*e->sources));
    e->slots = calloc(e->keep, sizeof(*e->slots));
    if (!e->sources || !e->slots) {
        events_free(e);
        return NULL;
    }
    for (size_t i = 0; i < ring_count; i++)
        e->sources[i].ring = rings[i];
    return e;
}

static void free_views(struct events *e)
{
    for (size_t i = 0; i < e->view_count; i++)
        free(e->views[i]);
    free(e->views);
    e->views = NULL;
    e->view_count = 0;
}

void events_free(struct events *events)
{
    if (!events)
        return;
    while (events->followers) {
        struct event_follower *next = events->followers->next;
        free(events->followers);
        events->followers = next;
    }
    for (size_t i = 0; events->slots && i < events->keep; i++)
        free(events->slots[i].record);
    free_views(events);
    free(events->slots);
    free(events->sources);
    free(events);
}

void events_set_views(struct events *events, const char *const *names, size_t count)
{
    free_views(events);
    events->views = calloc(count > 0 ? count : 1, sizeof(*events->views));
    if (!events->views)
        return; /* views then go without a name */
    events->view_count = count;
    for (size_t i = 0; i < count; i++)
        events->views[i] = strdup(names[i]);
}

static json_t *to_json(const struct events *e, const struct event_view *view, uint64_t number,
                       uint64_t wall)
{
    size_t index = view->head.view;
    const char *name = index > 0 && index <= e->view_count ? e->views[index - 1] : NULL;
    return event_json(view, number, wall, name);
}

/* The number of the oldest that is kept. */
static uint64_t first_kept(const struct events *e)
{
    return e->next > e->keep ? e->next - e->keep : 1;
}

/* A kept event that fits, taken apart; false for one that does not, or that memory was short for.
 */
static bool find(const struct events *e, uint64_t number, const struct event_filter *filter,
                 struct event_view *view)
{
    const struct slot *slot = &e->slots[number % e->keep];
    if (!slot->filled)
        return false;
    event_record_read(view, slot->record);
    return event_filter_match(filter, view, slot->wall);
}

/* Frees the followers that have gone, unless somebody walks over them. */
static void sweep(struct events *e)
{
    struct event_follower **at = &e->followers;
    while (e->walking == 0 && *at) {
        struct event_follower *f = *at;
        if (f->gone) {
            *at = f->next;
            free(f);
        } else {
            at = &f->next;
        }
    }
}

/* The JSON is made when the first follower wants it. */
static void tell(struct events *e, uint64_t number)
{
    struct event_view view;
    json_t *json = NULL;
    uint64_t wall = e->slots[number % e->keep].wall;
    e->walking++;
    for (struct event_follower *f = e->followers; f; f = f->next) {
        if (f->gone || !find(e, number, &f->filter, &view))
            continue;
        if (!json)
            json = to_json(e, &view, number, wall);
        if (json && !f->visit(f->arg, number, json))
            f->gone = true;
    }
    e->walking--;
    json_decref(json);
}

/* The ring whose oldest event is the oldest of all, or NULL: workers' events are told in order. */
static struct source *pick(struct events *e)
{
    struct source *best = NULL;
    for (size_t i = 0; i < e->source_count; i++) {
        struct source *s = &e->sources[i];
        if (!s->oldest)
            s->oldest = event_ring_oldest(s->ring);
        if (s->oldest && (!best || s->oldest->now < best->oldest->now))
            best = s;
    }
    return best;
}

static void keep_record(struct events *e, const struct event_head *record, int64_t wall_offset)
{
    struct slot *slot = &e->slots[e->next++ % e->keep];
    slot->filled = false;
    if (slot->capacity < record->size) {
        struct event_head *larger = realloc(slot->record, record->size);
        if (!larger) {
            e->lost++;
            return;
        }
        slot->record = larger;
        slot->capacity = record->size;
    }
    memcpy(slot->record, record, record->size);
    slot->filled = true;
    slot->wall = record->now + (uint64_t)wall_offset;
}

bool events_drain(struct events *events, int64_t wall_offset)
{
    for (unsigned n = 0; n < DRAIN_MAX; n++) {
        struct source *source = pick(events);
        if (!source)
            return false;
        uint64_t number = events->next;
        keep_record(events, source->oldest, wall_offset);
        source->oldest = NULL;
        event_ring_pass(source->ring);
        tell(events, number);
        sweep(events);
    }
    return pick(events) != NULL;
}

void events_mark(struct events *events, uint64_t revision, int64_t wall_offset)
{
    /* Workers may write as fast as this reads: so many rounds are more than any ring holds. */
    for (unsigned i = 0; i < 64 && events_drain(events, wall_offset); i++)
        continue;
    events->marks[events->mark_count++ % MARKS] =
        (struct mark){.revision = revision, .number = events->next};
}

enum err events_since_revision(const struct events *events, uint64_t revision, uint64_t *number)
{
    size_t kept = events->mark_count < MARKS ? events->mark_count : MARKS;
    for (size_t back = 1; back <= kept; back++) {
        const struct mark *mark = &events->marks[(events->mark_count - back) % MARKS];
        if (mark->revision == revision) {
            *number = mark->number;
            return ERR_OK;
        }
    }
    return ERR_NOTFOUND;
}

uint64_t events_latest(const struct events *events, const struct event_filter *filter,
                       uint64_t from, size_t limit)
{
    struct event_view view;
    uint64_t first = first_kept(events), number = events->next;
    if (from > first)
        first = from;
    while (number > first && limit > 0) {
        if (find(events, --number, filter, &view))
            limit--;
    }
    return number;
}

void events_walk(struct events *events, const struct event_filter *filter, uint64_t from,
                 event_visit_fn visit, void *arg)
{
    struct event_view view;
    uint64_t end = events->next;
    bool more = true;
    for (uint64_t n = first_kept(events) > from ? first_kept(events) : from; more && n < end; n++) {
        if (!find(events, n, filter, &view))
            continue;
        json_t *json = to_json(events, &view, n, events->slots[n % events->keep].wall);
        more = json && visit(arg, n, json);
        json_decref(json);
    }
}

uint64_t events_next(const struct events *events)
{
    return events->next;
}

struct event_follower *events_follow(struct events *events, const struct event_filter *filter,
                                     event_visit_fn visit, void *arg)
{
    struct event_follower *f = malloc(sizeof(*f));
    if (!f)
        return NULL;
    *f = (struct event_follower){
        .next = events->followers, .events = events, .filter = *filter, .visit = visit, .arg = arg};
    events->followers = f;
    return f;
}

void events_unfollow(struct event_follower *follower)
{
    if (!follower)
        return;
    follower->gone = true;
    sweep(follower->events);
}

void events_stats(const struct events *events, struct events_stats *out)
{
    *out = (struct events_stats){.recorded = events->next - 1, .dropped = events->lost};
    for (size_t i = 0; i < events->source_count; i++)
        out->dropped += event_ring_dropped(events->sources[i].ring);
}
