/* What the daemon says of itself: at start, after a reload, and on SIGUSR1. */
#ifndef SHUNT_DAEMON_REPORT_H
#define SHUNT_DAEMON_REPORT_H

#include "daemon/worker.h"

/* "listening on ADDR (UDP and TCP)" for each address. */
void report_listening(const struct log *log, const struct addr *addrs, size_t count);
/* Upstream servers, and which domains' services are answered here. */
void report_policy(const struct log *log, const struct setup *setup,
                   const struct setup_routes *routes);
/* A dig line that shows the first service of ours. */
void report_example(const struct log *log, const struct config *config, const struct addr *addr);
/* Findings as log lines: errors, and warnings. */
void report_diags(const struct log *log, const struct diag_list *diags);
/* Counters of all workers added up. */
void report_sum(struct worker *const *workers, size_t count, struct worker_stats *sum);
/* Counters of all workers together, and the state of cache and servers. */
void report_state(const struct log *log, struct worker *const *workers, size_t count,
                  struct cache *cache);

#endif
