/* Commands in words, as typed after `shunt`, into API requests: one parser for the command line and
 * for the steps of scenarios, so that each `do` can be any command. */
#ifndef SHUNT_CONTROL_COMMAND_H
#define SHUNT_CONTROL_COMMAND_H

#include <stddef.h>

#include "base/text.h"
#include "control/api.h"

/* A request that owns its parts. */
struct command {
    enum api_method method;
    char path[600];
    json_t *query;
    json_t *body;
};

/* Understands: target list|set|fail|restore, fault list|add|remove, reset, reload, cache
 * stats|show|flush, status, scenario list|run|next|pause|resume|stop|status. Options may stand
 * anywhere: `--domain D`, `--domain=D`. ERR_INVALID with a sentence in `why` that quotes the bad
 * word and says what would be right. */
enum err command_parse(struct command *out, size_t count, const char *const *words,
                       struct text *why);
/* The same for one line; quotes group words. */
enum err command_parse_line(struct command *out, const char *line, struct text *why);
void command_deinit(struct command *command);

#endif
