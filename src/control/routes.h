/* The handlers of the API, one function a route; routes.c has the table. */
#ifndef SHUNT_CONTROL_ROUTES_H
#define SHUNT_CONTROL_ROUTES_H

#include "control/api.h"

/* All routes; *count of them. */
const struct api_route *control_routes(size_t *count);

/* api_status.c */
void api_status_get(struct control *control, const struct api_request *request,
                    struct api_reply *reply);
void api_reload_post(struct control *control, const struct api_request *request,
                     struct api_reply *reply);
void api_reset_post(struct control *control, const struct api_request *request,
                    struct api_reply *reply);

/* health.c */
void api_health_get(struct control *control, const struct api_request *request,
                    struct api_reply *reply);
void api_ready_get(struct control *control, const struct api_request *request,
                   struct api_reply *reply);

/* metrics.c */
void api_metrics_get(struct control *control, const struct api_request *request,
                     struct api_reply *reply);

/* api_cache.c */
void api_cache_get(struct control *control, const struct api_request *request,
                   struct api_reply *reply);
void api_cache_delete(struct control *control, const struct api_request *request,
                      struct api_reply *reply);

/* api_targets.c, api_target.c */
void api_targets_get(struct control *control, const struct api_request *request,
                     struct api_reply *reply);
void api_target_patch(struct control *control, const struct api_request *request,
                      struct api_reply *reply);

/* api_faults.c */
void api_faults_get(struct control *control, const struct api_request *request,
                    struct api_reply *reply);
void api_faults_post(struct control *control, const struct api_request *request,
                     struct api_reply *reply);
void api_fault_delete(struct control *control, const struct api_request *request,
                      struct api_reply *reply);

/* api_scenarios.c */
void api_scenarios_get(struct control *control, const struct api_request *request,
                       struct api_reply *reply);
void api_scenario_get(struct control *control, const struct api_request *request,
                      struct api_reply *reply);
void api_scenario_run(struct control *control, const struct api_request *request,
                      struct api_reply *reply);
void api_scenario_next(struct control *control, const struct api_request *request,
                       struct api_reply *reply);
void api_scenario_pause(struct control *control, const struct api_request *request,
                        struct api_reply *reply);
void api_scenario_resume(struct control *control, const struct api_request *request,
                         struct api_reply *reply);
void api_scenario_stop(struct control *control, const struct api_request *request,
                       struct api_reply *reply);

/* openapi.c */
void api_openapi_get(struct control *control, const struct api_request *request,
                     struct api_reply *reply);

#endif
