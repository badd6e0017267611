/* Text that the YAML scanner need not see. */
#include <stdint.h>
#include <string.h>

#include "config/yaml.h"

/* Bytes of the UTF-8 character at `at` (RFC 3629 §4: the table of well-formed sequences), or 0. */
static size_t utf8_len(const uint8_t *at, const uint8_t *end)
{
    uint8_t lead = at[0], low = 0x80, high = 0xbf;
    size_t len;
    if (lead < 0x80)
        return 1;
    if (lead >= 0xc2 && lead <= 0xdf)
        len = 2;
    else if (lead >= 0xe0 && lead <= 0xef)
        len = 3;
    else if (lead >= 0xf0 && lead <= 0xf4)
        len = 4;
    else
        return 0;
    if ((size_t)(end - at) < len)
        return 0;
    if (lead == 0xe0)
        low = 0xa0;
    if (lead == 0xed)
        high = 0x9f;
    if (lead == 0xf0)
        low = 0x90;
    if (lead == 0xf4)
        high = 0x8f;
    if (at[1] < low || at[1] > high)
        return 0;
    for (size_t i = 2; i < len; i++) {
        if ((at[i] & 0xc0) != 0x80)
            return 0;
    }
    return len;
}

/* YAML 1.2 §5.1: of the control characters only tab and line ends may stand in a file. */
static bool is_forbidden(uint8_t c)
{
    if (c == 0x7f)
        return true;
    if (c == '\t' || c == '\n' || c == '\r')
        return false;
    return c < 0x20;
}

/* How many bytes of printable ASCII come first: those need no second look. Eight at a time: in none
 * is the top bit set after adding what takes DEL over it, or after taking away what takes control
 * characters below zero. */
static size_t plain_run(const uint8_t *at, const uint8_t *end)
{
    const uint64_t ones = UINT64_C(0x0101010101010101);
    const uint8_t *start = at;
    while (end - at >= 8) {
        uint64_t word;
        memcpy(&word, at, sizeof(word));
        if ((word | (word + ones) | (word - ' ' * ones)) & 0x80 * ones)
            break;
        at += 8;
    }
    return (size_t)(at - start);
}

static enum err check_character(const uint8_t *at, size_t size, const struct place *place,
                                struct diag_list *diags)
{
    if (size == 0) {
        diag_add(diags, DIAG_ERROR, "encoding", place, "save the file as UTF-8",
                 "byte 0x%02x is not UTF-8 text here", at[0]);
        return ERR_INVALID;
    }
    if (is_forbidden(at[0])) {
        diag_add(diags, DIAG_ERROR, "encoding", place, "remove it",
                 "control character 0x%02x does not belong in a text file", at[0]);
        return ERR_INVALID;
    }
    return ERR_OK;
}

static enum err report_long(struct place *place, struct diag_list *diags)
{
    place->column = 0;
    diag_add(diags, DIAG_ERROR, "too-large", place, "break it up", "the line is longer than %u MiB",
             YAML_LINE_MAX >> 20);
    return ERR_INVALID;
}

enum err yaml_check_text(const char *file, const char *text, size_t len, struct diag_list *diags)
{
    const uint8_t *at = (const uint8_t *)text, *end = at + len, *line = at;
    struct place place = {.file = file, .line = 1, .column = 1};
    if (len > YAML_BYTES_MAX) {
        diag_add(diags, DIAG_ERROR, "too-large", &(struct place){.file = file},
                 "put records into files named by `zones`", "the file is larger than %u MiB",
                 YAML_BYTES_MAX >> 20);
        return ERR_INVALID;
    }
    while (at < end) {
        size_t plain = plain_run(at, end);
        at += plain;
        place.column += (unsigned)plain;
        if ((size_t)(at - line) > YAML_LINE_MAX + 1)
            return report_long(&place, diags);
        if (at == end)
            break;
        size_t size = utf8_len(at, end);
        if (check_character(at, size, &place, diags))
            return ERR_INVALID;
        place.column++;
        if ((size_t)(at - line) > YAML_LINE_MAX)
            return report_long(&place, diags);
        if (*at == '\n') {
            place.line++;
            place.column = 1;
            line = at + 1;
        }
        at += size;
    }
    return ERR_OK;
}
