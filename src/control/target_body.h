/* The body of PATCH /v1/targets/{target}. Private to api_target*.c. */
#ifndef SHUNT_CONTROL_TARGET_BODY_H
#define SHUNT_CONTROL_TARGET_BODY_H

#include "control/api.h"
#include "control/live.h"

struct target_body {
    struct live_target spec;
    bool restore;
    bool unknown; /* the policy need not know the target, however near one is that it knows */
};

/* Reads the target of the path and the body; false after filling the reply. */
bool target_body_read(struct target_body *out, const struct api_request *request,
                      struct api_reply *reply);

#endif
