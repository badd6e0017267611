#include "upstream/network.h"

#include <errno.h>

enum err network_err(int error)
{
    static const int shortages[] = {EMFILE, ENFILE, ENOBUFS, ENOMEM, EAGAIN, EADDRNOTAVAIL};
    for (unsigned i = 0; i < sizeof(shortages) / sizeof(shortages[0]); i++)
        if (error == shortages[i])
            return ERR_LIMIT;
    return ERR_SYSTEM;
}
