/* The words of a command, sorted into arguments and options. Private to command*.c. */
#ifndef SHUNT_CONTROL_COMMAND_WORDS_H
#define SHUNT_CONTROL_COMMAND_WORDS_H

#include "control/command.h"

#define COMMAND_WORDS_MAX 64

enum command_option {
    COMMAND_DOMAIN,
    COMMAND_SERVICE,
    COMMAND_PRIORITY,
    COMMAND_WEIGHT,
    COMMAND_PORT,
    COMMAND_TTL,
    COMMAND_HOW,
    COMMAND_FOR,
    COMMAND_COUNT,
    COMMAND_BELOW,
    COMMAND_RESET,
    COMMAND_UNKNOWN,
    COMMAND_OPTIONS,
};

struct command_words {
    const char *arguments[COMMAND_WORDS_MAX];
    size_t count;
    const char *values[COMMAND_OPTIONS]; /* NULL = not given; "" for one without value */
};

/* ERR_INVALID with a sentence in `why`. */
enum err command_words_read(struct command_words *out, size_t count, const char *const *words,
                            struct text *why);

/* "domain", which is also the key in bodies and queries. */
const char *command_option_name(enum command_option option);

/* Puts the value of an option, when it is given, into a body: numbers as numbers. ERR_INVALID with
 * a sentence. */
enum err command_option_put(const struct command_words *words, enum command_option option,
                            json_t *body, struct text *why);

/* Adds ": did you mean "x"?" when one of the words is near, and a full list otherwise. */
void command_offer(struct text *why, const char *word, const char *const *words, size_t count);

/* Cuts a line at its blanks; quotes, ' or ", keep words together. The words point into `room`,
 * which has the line's length and one byte more. ERR_INVALID with a sentence. */
enum err command_line_cut(const char *line, char *room, const char **words, size_t *count,
                          struct text *why);

#endif
