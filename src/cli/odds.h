/* In which order SRV targets are tried (RFC 2782), as numbers. Pure functions. */
#ifndef SHUNT_CLI_ODDS_H
#define SHUNT_CLI_ODDS_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/* What is known of one target of a set. */
struct odds_target {
    uint16_t priority, weight; /* given */
    /* The rest is filled in. */
    double first; /* chance that it is the first of its priority group, 0 to 1 */
    double place; /* the mean of its place in the order of the whole set, from 1; 0 = not known */
};

/* Fills in a set, sorting nothing. The groups come one after the other, the lowest priority first.
 * In a group one target after the other is drawn: the weights that are left are summed up in a
 * row, those of 0 first, a number from 0 to the sum is drawn, both ends included, and the first
 * whose running sum is not below it is taken. RFC 2782 leaves the order within the row open ("any
 * order"), and so it counts as drawn evenly each time.
 *
 * ERR_LIMIT when `place` would cost too much for some group (over about 20 different weights):
 * then it is 0 there, and all else is right. ERR_NOMEM. */
enum err odds_compute(struct odds_target *targets, size_t count);

#endif
