/* Results of functions: 0 or one of these negative values, everywhere in shunt. */
#ifndef SHUNT_BASE_ERR_H
#define SHUNT_BASE_ERR_H

enum err {
    ERR_OK = 0,
    ERR_NOMEM = -1,    /* memory could not be had */
    ERR_INVALID = -2,  /* bytes or text that do not follow their format */
    ERR_RANGE = -3,    /* a value outside its limits, or an output buffer that is too small */
    ERR_NOTFOUND = -4, /* no such thing */
    ERR_EXISTS = -5,   /* it is there already */
    ERR_LIMIT = -6,    /* a configured limit is reached; the newest work is refused */
    ERR_TIMEOUT = -7,  /* nobody answered in time */
    ERR_SYSTEM = -8,   /* a system call failed: errno says why */
};

/* A short lower-case text for a value of enum err; static, never NULL. */
const char *err_text(enum err e);

#endif
