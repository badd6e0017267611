#include "base/err.h"

const char *err_text(enum err e)
{
    switch (e) {
    case ERR_OK:
        return "no error";
    case ERR_NOMEM:
        return "out of memory";
    case ERR_INVALID:
        return "malformed";
    case ERR_RANGE:
        return "out of range";
    case ERR_NOTFOUND:
        return "not found";
    case ERR_EXISTS:
        return "exists already";
    case ERR_LIMIT:
        return "limit reached";
    case ERR_TIMEOUT:
        return "timed out";
    case ERR_SYSTEM:
        return "system error";
    }
    return "unknown error";
}
