/* Live changes to targets that a reload takes out of the policy: they stay, but may be forgotten.
 */
#ifndef SHUNT_CONTROL_LIVE_GONE_H
#define SHUNT_CONTROL_LIVE_GONE_H

#include <jansson.h>

#include "control/live.h"
#include "control/targets.h"

/* Before the reload: the changes to targets that the policy has. New reference, NULL without
 * memory. */
json_t *live_in_policy(const struct live *live, const struct targets *targets, uint64_t now);

/* After it: one sentence for each of these whose target the policy has no more. New reference, NULL
 * without memory. */
json_t *live_gone(const json_t *in_policy, const struct targets *targets);

#endif
