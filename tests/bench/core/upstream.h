/* An upstream server for recorded queries, in memory. */
#ifndef BENCH_UPSTREAM_H
#define BENCH_UPSTREAM_H

#include <stddef.h>
#include <stdint.h>

#include "dns/query.h"

#define UPSTREAM_MESSAGE_MAX 1024

/* Writes the reply to a question; returns its length. Names that begin with "nx" do not exist; A,
 * SRV and TXT have records, every other name has an AAAA; other types have no data. The same
 * question is always answered alike. */
size_t upstream_answer(const struct dns_question *question, uint8_t out[UPSTREAM_MESSAGE_MAX]);

#endif
