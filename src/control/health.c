/* GET /health: the process lives and its control thread answers. GET /ready: DNS is served. */
#include "control/routes.h"
#include "control/state.h"

void api_health_get(struct control *control, const struct api_request *request,
                    struct api_reply *reply)
{
    (void)control;
    (void)request;
    reply->json = json_pack("{s:s}", "status", "ok");
}

void api_ready_get(struct control *control, const struct api_request *request,
                   struct api_reply *reply)
{
    struct control_stats stats = {0};
    (void)request;
    control->init.host.stats(control->init.host.ctx, &stats);
    bool serving = stats.workers > 0;
    reply->status = serving ? 200 : 503;
    reply->json = json_pack("{s:s}", "status", serving ? "ok" : "no worker answers queries yet");
}
