/* The daemon's insides, shared by the files of this folder. */
#ifndef SHUNT_DAEMON_STATE_H
#define SHUNT_DAEMON_STATE_H

#include <event2/event.h>
#include <sys/stat.h>

#include "control/control.h"
#include "daemon/daemon.h"
#include "daemon/setup.h"
#include "daemon/worker.h"

struct daemon {
    const struct daemon_options *options;
    struct log log;
    struct hash_key hash_key;
    uint32_t numbers; /* the next for setup_load; 1 at first */
    struct setup setup;
    struct setup_routes routes;
    struct resolve_settings *settings; /* the root that workers read; the same as setup's */
    struct resolve_settings *spare;    /* takes its place with the next live change */
    struct control *control;
    struct probe *probe;
    struct event_ring **rings; /* one a worker */
    struct cache *cache;
    struct addr *addrs; /* as bound */
    size_t addr_count;
    struct listen_sockets *sockets; /* worker by worker, addr_count each */
    size_t socket_count;            /* open ones that no worker has taken yet come last */
    size_t sockets_taken;
    struct worker **workers;
    size_t worker_count;
    char server_id[65];
    struct event_base *base;
    struct event *signals[4];
    struct event *resolv_timer;
    struct stat resolv_stat; /* of resolv.conf, from before it was read */
};

/* Reads the files again and puts them in force; a bad file changes nothing. Findings go to `diags`.
 */
enum err reload_run(struct daemon *d, struct diag_list *diags);
/* The same for a signal: findings are logged. */
void reload_logged(struct daemon *d);
/* Opens the control sockets (host.c). */
enum daemon_exit host_open(struct daemon *d);
/* The end of it, and of the live changes. No worker may be left. */
void host_close(struct daemon *d);
/* What resolv.conf is now, all zeros if it is not there. To be taken before it is read, so that no
 * change goes unseen. */
void reload_stat(struct stat *out);
/* Looks every second whether resolv.conf changed, if the servers came from there. */
enum err reload_watch(struct daemon *d);

#endif
