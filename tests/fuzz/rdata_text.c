/* The data of a record from anywhere, as text: two bytes of type, and the RDATA. */
#undef NDEBUG /* the checks are the point, in every build */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "base/bytes.h"
#include "dns/message.h"
#include "policy/rdata_text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct text out = {0};
    if (size < 2 || size - 2 > UINT16_MAX)
        return 0;
    const struct dns_rr rr = {
        .type = bytes_get16(data),
        .class = 1,
        .ttl = 60,
        .rdata = data + 2,
        .rdlen = (uint16_t)(size - 2),
    };
    assert(rdata_text_add(&out, &rr) == ERR_OK);
    assert(strlen(out.data) == out.len);
    /* "TYPE RDATA" on one line of ASCII; ldns leaves tabs as they are. */
    assert(strchr(out.data, ' '));
    for (size_t i = 0; i < out.len; i++)
        assert((out.data[i] >= ' ' && out.data[i] < 0x7f) || out.data[i] == '\t');
    text_deinit(&out);
    return 0;
}
