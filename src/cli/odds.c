#include "cli/odds.h"

#include <stdlib.h>
#include <string.h>

#define STATES_MAX (1u << 20)

/* Targets of one group with the same weight can't be told apart. */
struct class
{
    uint16_t weight;
    size_t count;  /* of targets in the group */
    size_t stride; /* of its count in the number of a state */
    double place;
};

struct group {
    struct class *classes; /* ascending by weight */
    size_t count;
    size_t states; /* 0 = too many */
};

/* The chance of one target with this weight to be drawn next, out of `count` with the sum `sum`,
 * `zeros` of which have weight 0. There are sum + 1 numbers to draw. A target of weight w > 0 owns
 * w of them; the number 0 goes to the head of the row: one of the zeros, if there is any, else any
 * of them. */
static double chance(uint16_t weight, size_t count, size_t zeros, uint64_t sum)
{
    double numbers = weight;
    if (zeros == 0)
        numbers += 1.0 / (double)count;
    else if (weight == 0)
        numbers += 1.0 / (double)zeros;
    return numbers / ((double)sum + 1);
}

/* How often each class is left in a state. */
static size_t left_of(const struct class *class, size_t state)
{
    return state / class->stride % (class->count + 1);
}

static void sums_of(const struct group *group, size_t state, size_t *count, size_t *zeros,
                    uint64_t *sum)
{
    *count = *zeros = 0;
    *sum = 0;
    for (size_t i = 0; i < group->count; i++) {
        size_t left = left_of(&group->classes[i], state);
        *count += left;
        *sum += (uint64_t)left * group->classes[i].weight;
        *zeros += group->classes[i].weight == 0 ? left : 0;
    }
}

/* A state is what is left of each class. From the full one, the chances of all states: taking one
 * target away lowers the number of the state, so a walk downwards meets each after all that lead
 * to it. A target's place is the number of draws at which it was still there. */
static enum err compute_places(struct group *group)
{
    size_t count, zeros;
    uint64_t sum;
    double *visited = calloc(group->states, sizeof(*visited));
    if (!visited)
        return ERR_NOMEM;
    visited[group->states - 1] = 1;
    for (size_t state = group->states - 1; state > 0; state--) {
        if (visited[state] <= 0)
            continue;
        sums_of(group, state, &count, &zeros, &sum);
        for (size_t i = 0; i < group->count; i++) {
            struct class *class = &group->classes[i];
            double left = (double)left_of(class, state);
            if (left <= 0)
                continue;
            class->place += visited[state] * left / (double)class->count;
            visited[state - class->stride] +=
                visited[state] * left * chance(class->weight, count, zeros, sum);
        }
    }
    free(visited);
    return ERR_OK;
}

static int compare(const void *a, const void *b)
{
    const uint16_t *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

/* The weights of a priority, sorted; their number. */
static size_t gather(const struct odds_target *targets, size_t count, uint16_t priority,
                     uint16_t *weights)
{
    size_t found = 0;
    for (size_t i = 0; i < count; i++) {
        if (targets[i].priority == priority)
            weights[found++] = targets[i].weight;
    }
    qsort(weights, found, sizeof(*weights), compare);
    return found;
}

static void group_make(struct group *group, struct class *classes, const uint16_t *weights,
                       size_t count)
{
    *group = (struct group){.classes = classes, .states = 1};
    for (size_t i = 0; i < count; i++) {
        if (i == 0 || weights[i] != weights[i - 1])
            classes[group->count++] = (struct class){.weight = weights[i]};
        classes[group->count - 1].count++;
    }
    for (size_t i = 0; i < group->count && group->states > 0; i++) {
        classes[i].stride = group->states;
        group->states *= classes[i].count + 1;
        if (group->states > STATES_MAX)
            group->states = 0;
    }
}

static void fill(struct odds_target *target, const struct group *group, size_t before, size_t count,
                 size_t zeros, uint64_t sum)
{
    const struct class *class = group->classes;
    while (class->weight != target->weight)
        class ++;
    target->first = chance(target->weight, count, zeros, sum);
    target->place = group->states > 0 ? (double)before + class->place : 0;
}

/* One priority group; `before` targets have lower priorities. `weights` has *members on return. */
static enum err compute_group(struct odds_target *targets, size_t count, uint16_t priority,
                              size_t before, uint16_t *weights, struct class *classes)
{
    struct group group;
    enum err e = ERR_LIMIT;
    size_t members = gather(targets, count, priority, weights), zeros = 0;
    uint64_t sum = 0;
    group_make(&group, classes, weights, members);
    if (group.states > 0)
        e = compute_places(&group);
    if (e == ERR_NOMEM)
        return e;
    for (size_t i = 0; i < members; i++) {
        sum += weights[i];
        zeros += weights[i] == 0;
    }
    for (size_t i = 0; i < count; i++) {
        if (targets[i].priority == priority)
            fill(&targets[i], &group, before, members, zeros, sum);
    }
    return e;
}

/* The least priority above `last` (-1: of all); -1 when there is none. *before: targets up to
 * `last`. */
static int next_priority(const struct odds_target *targets, size_t count, int last, size_t *before)
{
    int next = -1;
    *before = 0;
    for (size_t i = 0; i < count; i++) {
        if (targets[i].priority <= last)
            ++*before;
        else if (next < 0 || targets[i].priority < next)
            next = targets[i].priority;
    }
    return next;
}

enum err odds_compute(struct odds_target *targets, size_t count)
{
    uint16_t *weights = calloc(count + 1, sizeof(*weights));
    struct class *classes = calloc(count + 1, sizeof(*classes));
    enum err result = weights && classes ? ERR_OK : ERR_NOMEM;
    size_t before;
    int priority = -1;
    while (result != ERR_NOMEM) {
        priority = next_priority(targets, count, priority, &before);
        if (priority < 0)
            break;
        enum err e = compute_group(targets, count, (uint16_t)priority, before, weights, classes);
        if (e != ERR_OK)
            result = e;
    }
    free(weights);
    free(classes);
    return result;
}
