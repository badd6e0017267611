#include "control/command_words.h"

#include <stdlib.h>
#include <string.h>

#include "control/live.h"

enum kind { KIND_FLAG, KIND_TEXT, KIND_NUMBER, KIND_DURATION, KIND_TTL, KIND_COUNT, KIND_HOW };

static const struct {
    const char *name;
    enum kind kind;
} options[COMMAND_OPTIONS] = {
    [COMMAND_DOMAIN] = {"domain", KIND_TEXT},
    [COMMAND_SERVICE] = {"service", KIND_TEXT},
    [COMMAND_PRIORITY] = {"priority", KIND_NUMBER},
    [COMMAND_WEIGHT] = {"weight", KIND_NUMBER},
    [COMMAND_PORT] = {"port", KIND_NUMBER},
    [COMMAND_TTL] = {"ttl", KIND_TTL},
    [COMMAND_HOW] = {"how", KIND_HOW},
    [COMMAND_FOR] = {"for", KIND_DURATION},
    [COMMAND_COUNT] = {"count", KIND_COUNT},
    [COMMAND_BELOW] = {"below", KIND_FLAG},
    [COMMAND_RESET] = {"reset", KIND_FLAG},
    [COMMAND_UNKNOWN] = {"unknown", KIND_FLAG},
};

const char *command_option_name(enum command_option option)
{
    return options[option].name;
}

void command_offer(struct text *why, const char *word, const char *const *words, size_t count)
{
    const char *near = text_nearest(word, words, count);
    if (near) {
        text_addf(why, ": did you mean \"%s\"?", near);
        return;
    }
    for (size_t i = 0; i < count; i++)
        text_addf(why, "%s%s", i == 0 ? ": it is one of " : ", ", words[i]);
}

/* The option whose name is the first `len` bytes of `name`, or COMMAND_OPTIONS. */
static int find_option(const char *name, size_t len)
{
    int i = 0;
    while (i < COMMAND_OPTIONS &&
           (strlen(options[i].name) != len || memcmp(options[i].name, name, len) != 0))
        i++;
    return i;
}

static enum err no_option(const char *word, struct text *why)
{
    static const char *const names[] = {"--domain", "--service", "--priority", "--weight",
                                        "--port",   "--ttl",     "--how",      "--for",
                                        "--count",  "--below",   "--reset",    "--unknown"};
    char name[32];
    size_t len = strcspn(word, "=");
    if (len >= sizeof(name))
        len = sizeof(name) - 1;
    memcpy(name, word, len);
    name[len] = '\0';
    text_add(why, "there is no option ");
    text_add_json(why, word);
    command_offer(why, name, names, sizeof(names) / sizeof(names[0]));
    return ERR_INVALID;
}

/* Takes the option at words[*at], and its value when that stands behind it. */
static enum err take_option(struct command_words *out, size_t count, const char *const *words,
                            size_t *at, struct text *why)
{
    const char *word = words[*at], *name = word + 2;
    const char *equals = strchr(name, '=');
    int i = find_option(name, equals ? (size_t)(equals - name) : strlen(name));
    if (word[1] != '-' || i == COMMAND_OPTIONS)
        return no_option(word, why);
    if (out->values[i]) {
        text_addf(why, "--%s is given twice", options[i].name);
        return ERR_INVALID;
    }
    if (options[i].kind == KIND_FLAG && !equals) {
        out->values[i] = "";
        return ERR_OK;
    }
    if (options[i].kind == KIND_FLAG) {
        text_addf(why, "--%s takes no value", options[i].name);
        return ERR_INVALID;
    }
    if (!equals && *at + 1 == count) {
        text_addf(why, "--%s needs a value", options[i].name);
        return ERR_INVALID;
    }
    out->values[i] = equals ? equals + 1 : words[++*at];
    return ERR_OK;
}

enum err command_words_read(struct command_words *out, size_t count, const char *const *words,
                            struct text *why)
{
    bool only_arguments = false;
    *out = (struct command_words){0};
    for (size_t i = 0; i < count; i++) {
        const char *word = words[i];
        enum err e = ERR_OK;
        if (!only_arguments && strcmp(word, "--") == 0) {
            only_arguments = true;
        } else if (!only_arguments && word[0] == '-' && word[1] != '\0') {
            e = take_option(out, count, words, &i, why);
        } else if (out->count == COMMAND_WORDS_MAX) {
            text_addf(why, "a command has no more than %d words", COMMAND_WORDS_MAX);
            e = ERR_INVALID;
        } else {
            out->arguments[out->count++] = word;
        }
        if (e != ERR_OK)
            return e;
    }
    return ERR_OK;
}

/* What is wrong with a value, as a text to follow "it takes"; NULL when nothing is. */
static const char *value_problem(enum kind kind, const char *value, uint64_t *number)
{
    switch (kind) {
    case KIND_NUMBER:
        return text_number(number, value, UINT16_MAX) == ERR_OK ? NULL : "a number from 0 to 65535";
    case KIND_COUNT:
        if (text_number(number, value, UINT32_MAX) == ERR_OK && *number > 0)
            return NULL;
        return "a number from 1 to 4294967295";
    case KIND_DURATION:
        if (text_duration(number, value) == ERR_OK && *number > 0)
            return NULL;
        return "a duration, such as 250ms, 30s or 5m";
    case KIND_TTL:
        if (text_duration(number, value) == ERR_OK && *number % 1000 == 0)
            return NULL;
        return "a duration in whole seconds, such as 0, 5s or 1h";
    case KIND_FLAG:
        return NULL;
    default:
        return *value ? NULL : "a name";
    }
}

static bool is_how(const char *value, struct text *why)
{
    size_t count;
    const char *const *hows = live_hows(&count);
    for (size_t i = 0; i < count; i++) {
        if (strcmp(hows[i], value) == 0)
            return true;
    }
    text_add(why, "--how does not know ");
    text_add_json(why, value);
    command_offer(why, value, hows, count);
    return false;
}

enum err command_option_put(const struct command_words *words, enum command_option option,
                            json_t *body, struct text *why)
{
    const char *value = words->values[option], *name = options[option].name;
    enum kind kind = options[option].kind;
    uint64_t number = 0;
    if (!value)
        return ERR_OK;
    if (kind == KIND_HOW && !is_how(value, why))
        return ERR_INVALID;
    const char *expected = value_problem(kind, value, &number);
    if (expected) {
        text_addf(why, "--%s ", name);
        text_add_json(why, value);
        text_addf(why, ": it takes %s", expected);
        return ERR_INVALID;
    }
    json_t *json = NULL;
    if (kind == KIND_FLAG)
        json = json_true();
    else if (kind == KIND_NUMBER || kind == KIND_COUNT)
        json = json_integer((json_int_t)number);
    else
        json = json_string(value);
    if (json_object_set_new(body, name, json) == 0)
        return ERR_OK;
    text_addf(why, "--%s: its value is not UTF-8", name);
    return ERR_INVALID;
}

/* Copies one word to `room`, quotes taken off, and moves *at behind it; its end in `room`, or NULL
 * when a quote has no end. */
static char *cut_word(const char **at, char *room)
{
    char quote = '\0';
    for (; **at; (*at)++) {
        char c = **at;
        if (quote == '\0' && (c == ' ' || c == '\t' || c == '\n' || c == '\r'))
            break;
        if (quote == '\0' && (c == '"' || c == '\''))
            quote = c;
        else if (c == quote && quote != '\0')
            quote = '\0';
        else
            *room++ = c;
    }
    *room++ = '\0';
    return quote == '\0' ? room : NULL;
}

enum err command_line_cut(const char *line, char *room, const char **words, size_t *count,
                          struct text *why)
{
    *count = 0;
    for (line += strspn(line, " \t\r\n"); *line; line += strspn(line, " \t\r\n")) {
        if (*count == COMMAND_WORDS_MAX) {
            text_addf(why, "a command has no more than %d words", COMMAND_WORDS_MAX);
            return ERR_INVALID;
        }
        words[(*count)++] = room;
        room = cut_word(&line, room);
        if (!room) {
            text_add(why, "a quote has no end");
            return ERR_INVALID;
        }
    }
    return ERR_OK;
}
