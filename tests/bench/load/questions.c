#include "questions.h"

#include <string.h>

#define HEADER    12
#define TYPE_A    1
#define TYPE_SRV  33
#define PER_NAME  5
#define LABEL_HEX 16

struct form {
    const char *before; /* labels in wire form */
    uint16_t type;
};

static const struct form cached[PER_NAME] = {
    {"\14_xmpp-client\4_tcp", TYPE_SRV},
    {"\15_xmpps-client\4_tcp", TYPE_SRV},
    {"\14_xmpp-server\4_tcp", TYPE_SRV},
    {"", TYPE_A},
    {"\4xmpp", TYPE_A},
};

int question_kind_parse(enum question_kind *kind, const char *word)
{
    static const char *const words[] = {"cached", "policy", "unique"};
    for (int i = 0; i < 3; i++) {
        if (strcmp(word, words[i]) == 0) {
            *kind = (enum question_kind)i;
            return 0;
        }
    }
    return -1;
}

static uint8_t *put_text(uint8_t *at, const char *wire)
{
    size_t len = strlen(wire);
    memcpy(at, wire, len);
    return at + len;
}

/* A label of a letter and a number. */
static uint8_t *put_number(uint8_t *at, char letter, uint64_t number, unsigned base)
{
    uint8_t digits[24];
    size_t n = 0;
    do {
        digits[n++] = (uint8_t) "0123456789abcdef"[number % base];
        number /= base;
    } while (number > 0);
    *at++ = (uint8_t)(n + 1);
    *at++ = (uint8_t)letter;
    while (n > 0)
        *at++ = digits[--n];
    return at;
}

static uint8_t *put_name(uint8_t *at, enum question_kind kind, uint64_t number, uint16_t *type)
{
    const struct form *form = &cached[number % PER_NAME];
    switch (kind) {
    case QUESTION_POLICY:
        *type = TYPE_SRV;
        at = put_text(at, cached[0].before);
        at = put_number(at, 'd', number, 10);
        return put_text(at, "\6policy\7example");
    case QUESTION_UNIQUE:
        *type = TYPE_SRV;
        at = put_number(at, 'u', number, LABEL_HEX);
        return put_text(at, "\4miss\5bench\7example");
    default:
        *type = form->type;
        at = put_text(at, form->before);
        at = put_number(at, 'd', number / PER_NAME, 10);
        return put_text(at, "\5bench\7example");
    }
}

size_t question_write(enum question_kind kind, uint64_t number, uint16_t id, uint8_t *out)
{
    static const uint8_t header[HEADER] = {0, 0, 1, 0, 0, 1}; /* RD, one question */
    uint16_t type;
    memcpy(out, header, HEADER);
    out[0] = (uint8_t)(id >> 8);
    out[1] = (uint8_t)id;
    uint8_t *at = put_name(out + HEADER, kind, number, &type);
    const uint8_t tail[] = {0, 0, (uint8_t)type, 0, 1}; /* the root, type, class IN */
    memcpy(at, tail, sizeof(tail));
    return (size_t)(at - out) + sizeof(tail);
}
