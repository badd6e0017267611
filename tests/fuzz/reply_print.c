/* What a server sends to `shunt query`, printed in each of its forms. */
#undef NDEBUG /* the checks are the point, in every build */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "cli/reply_print.h"
#include "dns/message.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
const char *__lsan_default_suppressions(void);

/* ldns loses the first of two TSIG records: that much a command that ends may leave. */
const char *__lsan_default_suppressions(void)
{
    return "leak:libldns\n";
}

static void check(enum err err, enum err wanted, struct text *out)
{
    assert(err == wanted);
    assert(!out->data || strlen(out->data) == out->len);
    text_deinit(out);
    *out = (struct text){0};
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct reply_origin origin = {.time_ms = 1};
    struct text out = {0};
    if (size > DNS_MESSAGE_MAX)
        return 0;
    assert(addr_parse(&origin.server, "192.0.2.1", 53) == ERR_OK);
    enum err err = reply_print(data, size, &origin, &out);
    assert(err == ERR_OK || err == ERR_INVALID);
    check(err, err, &out);
    check(reply_print_short(data, size, &out), err, &out);
    check(reply_print_json(data, size, &origin, &out), err, &out);
    return 0;
}
