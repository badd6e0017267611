#include "control/state.h"
#include "control/targets.h"

const struct targets *control_targets(struct control *control)
{
    const struct control_host *host = &control->init.host;
    if (!control->targets)
        control->targets = targets_new(&host->config(host->ctx)->policy);
    return control->targets;
}
