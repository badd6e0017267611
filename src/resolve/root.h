/* The root pointer to the settings in force, under RCU (liburcu, the QSBR flavour): workers read it
 * within resolver_enter and resolver_leave, one thread replaces it. */
#ifndef SHUNT_RESOLVE_ROOT_H
#define SHUNT_RESOLVE_ROOT_H

#include <urcu-qsbr.h>

#include "resolve/resolve.h"

/* liburcu is not built for ThreadSanitizer, which so is told what its calls order. */
#ifdef __SANITIZE_THREAD__
void __tsan_acquire(void *address);
void __tsan_release(void *address);
#define ROOT_ACQUIRE(address) __tsan_acquire((void *)(uintptr_t)(address))
#define ROOT_RELEASE(address) __tsan_release((void *)(uintptr_t)(address))
#else
#define ROOT_ACQUIRE(address) ((void)(address))
#define ROOT_RELEASE(address) ((void)(address))
#endif

/* Valid until root_leave. */
static inline const struct resolve_settings *root_read(struct resolve_settings *const *root)
{
    const struct resolve_settings *settings = rcu_dereference(*root);
    ROOT_ACQUIRE(settings);
    return settings;
}

/* A worker begins to read, or ends; what it has read it reads no more. */
static inline void root_enter(void)
{
    rcu_thread_online();
}

static inline void root_leave(struct resolve_settings *const *root)
{
    ROOT_RELEASE(root);
    rcu_thread_offline();
}

/* Every worker sees `next` with its next batch; returns when none reads the old settings any more.
 * The thread must not be reading itself. */
static inline void root_replace(struct resolve_settings **root, struct resolve_settings *next)
{
    ROOT_RELEASE(next);
    rcu_assign_pointer(*root, next);
    synchronize_rcu();
    ROOT_ACQUIRE(root);
}

#endif
