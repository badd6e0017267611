/* The one timer of a worker's upstream side: time-outs of tries, deadlines of questions, ages of
 * sockets. */
#ifndef SHUNT_UPSTREAM_TIMER_H
#define SHUNT_UPSTREAM_TIMER_H

#include <stdint.h>

#define TIMER_NEVER UINT64_MAX

struct upstream;

void timer_init(struct upstream *u);
void timer_deinit(struct upstream *u);

/* Makes the timer fire at `due` unless it does so earlier. */
void timer_set(struct upstream *u, uint64_t due, uint64_t now);

#endif
