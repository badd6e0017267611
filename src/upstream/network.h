/* What an errno of the network says about whose fault it is. */
#ifndef SHUNT_UPSTREAM_NETWORK_H
#define SHUNT_UPSTREAM_NETWORK_H

#include "base/err.h"

/* ERR_LIMIT when we are out of something (descriptors, buffers, ports), so that the server is not
 * to blame; ERR_SYSTEM for all else. */
enum err network_err(int error);

#endif
