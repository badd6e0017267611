#include "upstream/schedule.h"

const uint32_t schedule_classes[SCHEDULE_CLASSES] = {
    5, 10, 20, 35, 50, 75, 110, 165, 250, 376, 565, 850, 1280, 1920, 2900, 4000, 6000,
};

/* Makes room for a step at `at` among `count`; the last falls out when all places are taken. */
static void steps_shift(struct schedule_step *steps, unsigned *ranks, size_t at, size_t count)
{
    size_t last = count < SCHEDULE_SERVERS_MAX ? count : SCHEDULE_SERVERS_MAX - 1;
    for (size_t i = last; i > at; i--) {
        ranks[i] = ranks[i - 1];
        steps[i] = steps[i - 1];
    }
}

void schedule_init(struct schedule *s, const struct health *const *servers, size_t count)
{
    unsigned ranks[SCHEDULE_SERVERS_MAX] = {0};
    size_t placed = 0;
    *s = (struct schedule){.count = 0};
    for (size_t i = 0; i < count && i <= UINT8_MAX; i++) {
        unsigned rank = health_rank(servers[i]);
        size_t at = placed;
        while (at > 0 && ranks[at - 1] > rank)
            at--;
        if (at == SCHEDULE_SERVERS_MAX)
            continue;
        steps_shift(s->steps, ranks, at, placed);
        ranks[at] = rank;
        s->steps[at] = (struct schedule_step){.server = (uint8_t)i, .down = servers[i]->down};
        if (placed < SCHEDULE_SERVERS_MAX)
            placed++;
    }
    s->count = (uint8_t)placed;
}

static bool step_is_open(const struct schedule *s, const struct schedule_step *step)
{
    if (step->out)
        return false;
    if (s->last_pass)
        return step->sends < (step->down ? 1 : 2);
    return true;
}

struct schedule_step *schedule_next(struct schedule *s)
{
    /* Every open step is met once in count + 1 turns, wherever the walk stands. */
    for (unsigned turn = 0; turn <= s->count; turn++) {
        if (s->sends >= SCHEDULE_SENDS_MAX && s->round > 0)
            return NULL;
        if (s->at == s->count) {
            s->at = 0;
            s->round++;
            continue;
        }
        struct schedule_step *step = &s->steps[s->at++];
        if (!step_is_open(s, step))
            continue;
        step->sends++;
        s->sends++;
        return step;
    }
    return NULL;
}

void schedule_settle(struct schedule *s)
{
    s->last_pass = true;
}

bool schedule_has_other(const struct schedule *s, const struct schedule_step *step)
{
    for (unsigned i = 0; i < s->count; i++)
        if (&s->steps[i] != step && step_is_open(s, &s->steps[i]))
            return true;
    return false;
}

static unsigned class_at_least(uint64_t ms)
{
    unsigned class = 0;
    while (class + 1 < SCHEDULE_CLASSES && schedule_classes[class] < ms)
        class ++;
    return class;
}

unsigned schedule_timeout(const struct schedule *s, uint32_t rto_ms, uint32_t left_ms)
{
    unsigned doublings = s->round > 6 ? 6 : s->round;
    unsigned class = class_at_least((uint64_t)rto_ms << doublings);
    uint32_t untried = 0;
    for (unsigned i = 0; i < s->count; i++)
        if (step_is_open(s, &s->steps[i]) && s->steps[i].sends == 0)
            untried++;
    if (untried == 0)
        return class;
    uint32_t share = left_ms / (untried + 1);
    while (class > 0 && schedule_classes[class] > share)
        class --;
    return class;
}
