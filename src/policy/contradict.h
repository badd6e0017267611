/* Two places of the policy that cannot both hold. Private to src/policy. */
#ifndef SHUNT_POLICY_CONTRADICT_H
#define SHUNT_POLICY_CONTRADICT_H

#include "policy/part.h"

/* Adds an error "contradiction" for each in the group first … end-1, at the place that was written
 * later. */
void contradict_find(const struct part_list *list, size_t first, size_t end,
                     struct diag_list *diags);

#endif
