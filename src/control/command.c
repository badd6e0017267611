#include "control/command.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "control/command_words.h"
#include "control/fault_json.h"

#define BIT(option) (1u << (option))
#define SCOPE       (BIT(COMMAND_DOMAIN) | BIT(COMMAND_SERVICE))
#define LIMITS      (BIT(COMMAND_FOR) | BIT(COMMAND_COUNT))
#define FIELDS      (BIT(COMMAND_PRIORITY) | BIT(COMMAND_WEIGHT) | BIT(COMMAND_PORT) | BIT(COMMAND_TTL))

/* A command at work: its own arguments, without the words that name it. */
struct job {
    struct command *out;
    const struct command_words *words;
    const char *const *arguments;
    size_t count;
    struct text *why;
};

struct verb {
    const char *group, *word; /* "target", "set"; no word: the group is all */
    enum api_method method;
    const char *path;
    size_t min, max;  /* arguments */
    unsigned options; /* BIT(…) of those that it takes */
    enum err (*build)(struct job *job);
    const char *usage;
};

static enum err refuse(struct job *job, const char *before, const char *word, const char *after)
{
    text_add(job->why, before);
    text_add_json(job->why, word);
    text_add(job->why, after);
    return ERR_INVALID;
}

static json_t *body_of(struct command *command)
{
    if (!command->body)
        command->body = json_object();
    return command->body;
}

static json_t *query_of(struct command *command)
{
    if (!command->query)
        command->query = json_object();
    return command->query;
}

static bool is_utf8(const char *text, size_t len)
{
    json_t *json = json_stringn(text, len);
    json_decref(json);
    return json != NULL;
}

/* Appends a part to the path. */
static enum err path_add(struct job *job, const char *part, size_t len)
{
    char *path = job->out->path;
    size_t used = strlen(path);
    if (len == 0)
        return refuse(job, "a name is missing in ", part, "");
    if (memchr(part, '/', len))
        return refuse(job, "a name has no slash, as there is in ", part, "");
    if (!is_utf8(part, len))
        return refuse(job, "this is not UTF-8: ", part, "");
    if (used + 1 + len >= API_PATH_MAX)
        return refuse(job, "this name is too long: ", part, "");
    path[used] = '/';
    memcpy(path + used + 1, part, len);
    path[used + 1 + len] = '\0';
    return ERR_OK;
}

/* Puts all options that are given, and that the verb takes, into the body. */
static enum err put_options(struct job *job, unsigned options)
{
    for (int i = 0; i < COMMAND_OPTIONS; i++) {
        if (!(options & BIT(i)) || !job->words->values[i])
            continue;
        enum err e =
            command_option_put(job->words, (enum command_option)i, body_of(job->out), job->why);
        if (e != ERR_OK)
            return e;
    }
    return ERR_OK;
}

static enum err put_text(struct job *job, json_t *object, const char *key, const char *value)
{
    if (json_object_set_new(object, key, json_string(value)) == 0)
        return ERR_OK;
    return refuse(job, "this is not UTF-8: ", value, "");
}

/* TARGET[:PORT]. A colon is before a port when there is one only, or behind brackets: an IPv6
 * address, which somebody may have written where a name belongs, has more of them. */
static enum err take_target(struct job *job)
{
    const char *word = job->arguments[0], *port = NULL;
    const char *colon = strchr(word, ':'), *bracket = strchr(word, ']');
    const char *name = word;
    size_t len = strlen(word);
    uint64_t number;
    if (*word == '[' && bracket && (bracket[1] == ':' || bracket[1] == '\0')) {
        name = word + 1;
        len = (size_t)(bracket - name);
        port = bracket[1] == ':' ? bracket + 2 : NULL;
    } else if (colon && !strchr(colon + 1, ':')) {
        len = (size_t)(colon - word);
        port = colon + 1;
    }
    if (len == 0)
        return refuse(job, "the name of a target is missing in ", word, "");
    if (port && (text_number(&number, port, UINT16_MAX) != ERR_OK || number == 0))
        return refuse(job, "the port in ", word, " is no number from 1 to 65535");
    if (port &&
        json_object_set_new(body_of(job->out), "match-port", json_integer((json_int_t)number)) != 0)
        return ERR_NOMEM;
    return path_add(job, name, len);
}

static enum err build_target_list(struct job *job)
{
    if (job->count > 0 && job->words->values[COMMAND_DOMAIN])
        return refuse(job, "the domain is given twice: ", job->arguments[0], " and --domain");
    if (job->count > 0)
        return put_text(job, query_of(job->out), "domain", job->arguments[0]);
    if (job->words->values[COMMAND_DOMAIN])
        return command_option_put(job->words, COMMAND_DOMAIN, query_of(job->out), job->why);
    return ERR_OK;
}

static enum err build_target_set(struct job *job)
{
    enum err e = take_target(job);
    if (e == ERR_OK)
        e = put_options(job, SCOPE | FIELDS | LIMITS | BIT(COMMAND_UNKNOWN));
    if (e != ERR_OK)
        return e;
    for (int i = COMMAND_PRIORITY; i <= COMMAND_TTL; i++) {
        if (job->words->values[i])
            return ERR_OK;
    }
    return refuse(job, "nothing is to change for ", job->arguments[0],
                  ": give --priority, --weight, --port or --ttl");
}

static enum err build_target_fail(struct job *job)
{
    enum err e = take_target(job);
    if (e == ERR_OK)
        e = put_options(job, SCOPE | LIMITS | BIT(COMMAND_HOW) | BIT(COMMAND_TTL) |
                                 BIT(COMMAND_UNKNOWN));
    if (e != ERR_OK || job->words->values[COMMAND_HOW])
        return e;
    return put_text(job, body_of(job->out), "how", "remove");
}

static enum err build_target_restore(struct job *job)
{
    enum err e = take_target(job);
    if (e == ERR_OK)
        e = put_options(job, SCOPE);
    if (e == ERR_OK && json_object_set_new(body_of(job->out), "restore", json_true()) != 0)
        e = ERR_NOMEM;
    return e;
}

static enum err refuse_fault_key(struct job *job, const char *key)
{
    const char *const *keys = fault_keys();
    size_t count = 0;
    while (keys[count])
        count++;
    text_add(job->why, "a fault has no ");
    text_add_json(job->why, key);
    command_offer(job->why, key, keys, count);
    return ERR_INVALID;
}

/* KEY=VALUE; what is wrong with the value is for the server to say, which knows the views. */
static enum err put_fault_key(struct job *job, const char *word, json_t *match)
{
    char key[32];
    const char *value = strchr(word, '=');
    const char *const *known = fault_keys();
    if (!value)
        return refuse(job, "", word, " is not KEY=VALUE, such as type=SRV or delay=3s");
    size_t len = (size_t)(value++ - word);
    if (len >= sizeof(key))
        len = sizeof(key) - 1;
    memcpy(key, word, len);
    key[len] = '\0';
    while (*known && strcmp(*known, key) != 0)
        known++;
    if (!*known)
        return refuse_fault_key(job, key);
    json_t *object = fault_json_is_match(key) ? match : body_of(job->out);
    if (json_object_get(object, key))
        return refuse(job, "a key is given twice: ", key, "");
    return put_text(job, object, key, value);
}

/* The name of the fault, and `name=` of its match, are two things. */
static enum err build_fault_add(struct job *job)
{
    enum err e = ERR_OK;
    json_t *match = json_object();
    for (size_t i = 1; e == ERR_OK && i < job->count; i++)
        e = put_fault_key(job, job->arguments[i], match);
    if (e == ERR_OK && json_object_get(body_of(job->out), "for") && job->words->values[COMMAND_FOR])
        e = refuse(job, "a key is given twice: ", "for", "");
    if (e == ERR_OK)
        e = put_options(job, LIMITS);
    if (e == ERR_OK)
        e = put_text(job, body_of(job->out), "name", job->arguments[0]);
    if (e == ERR_OK && json_object_size(match) > 0 &&
        json_object_set(body_of(job->out), "match", match) != 0)
        e = ERR_NOMEM;
    json_decref(match);
    return e;
}

static enum err build_fault_remove(struct job *job)
{
    return path_add(job, job->arguments[0], strlen(job->arguments[0]));
}

static enum err build_reload(struct job *job)
{
    return put_options(job, BIT(COMMAND_RESET));
}

/* [NAME [TYPE]] [--below] as the query. */
static enum err build_cache(struct job *job)
{
    enum err e = ERR_OK;
    if (job->count > 0)
        e = put_text(job, query_of(job->out), "name", job->arguments[0]);
    if (e == ERR_OK && job->count > 1)
        e = put_text(job, query_of(job->out), "type", job->arguments[1]);
    if (e != ERR_OK || !job->words->values[COMMAND_BELOW])
        return e;
    if (job->count > 0)
        return put_text(job, query_of(job->out), "below", "true");
    text_add(job->why, "--below needs a name: all below which?");
    return ERR_INVALID;
}

/* NAME, or the scenario that runs, and then what is done to it. */
static enum err build_scenario(struct job *job)
{
    const char *name = job->count > 0 ? job->arguments[0] : "current";
    const char *action = job->words->arguments[1];
    enum err e = path_add(job, name, strlen(name));
    return e == ERR_OK ? path_add(job, action, strlen(action)) : e;
}

static const struct verb verbs[] = {
    {"target", "list", API_GET, "/v1/targets", 0, 1, BIT(COMMAND_DOMAIN), build_target_list,
     "target list [DOMAIN]"},
    {"target", "set", API_PATCH, "/v1/targets", 1, 1,
     SCOPE | FIELDS | LIMITS | BIT(COMMAND_UNKNOWN), build_target_set,
     "target set TARGET[:PORT] --priority N (or --weight, --port, --ttl)"},
    {"target", "fail", API_PATCH, "/v1/targets", 1, 1,
     SCOPE | LIMITS | BIT(COMMAND_HOW) | BIT(COMMAND_TTL) | BIT(COMMAND_UNKNOWN), build_target_fail,
     "target fail TARGET [--how HOW]"},
    {"target", "restore", API_PATCH, "/v1/targets", 1, 1, SCOPE, build_target_restore,
     "target restore TARGET"},
    {"fault", "list", API_GET, "/v1/faults", 0, 0, 0, NULL, "fault list"},
    {"fault", "add", API_POST, "/v1/faults", 2, COMMAND_WORDS_MAX, LIMITS, build_fault_add,
     "fault add NAME KEY=VALUE..."},
    {"fault", "remove", API_DELETE, "/v1/faults", 1, 1, 0, build_fault_remove, "fault remove NAME"},
    {"reset", NULL, API_POST, "/v1/reset", 0, 0, 0, NULL, "reset"},
    {"reload", NULL, API_POST, "/v1/reload", 0, 0, BIT(COMMAND_RESET), build_reload,
     "reload [--reset]"},
    {"cache", "stats", API_GET, "/v1/cache", 0, 0, 0, NULL, "cache stats"},
    {"cache", "show", API_GET, "/v1/cache", 1, 2, BIT(COMMAND_BELOW), build_cache,
     "cache show NAME [TYPE]"},
    {"cache", "flush", API_DELETE, "/v1/cache", 0, 2, BIT(COMMAND_BELOW), build_cache,
     "cache flush [NAME [TYPE]] [--below]"},
    {"status", NULL, API_GET, "/v1/status", 0, 0, 0, NULL, "status"},
    {"scenario", "list", API_GET, "/v1/scenarios", 0, 0, 0, NULL, "scenario list"},
    {"scenario", "status", API_GET, "/v1/scenarios", 0, 0, 0, NULL, "scenario status"},
    {"scenario", "run", API_POST, "/v1/scenarios", 1, 1, 0, build_scenario, "scenario run NAME"},
    {"scenario", "next", API_POST, "/v1/scenarios", 0, 1, 0, build_scenario, "scenario next"},
    {"scenario", "pause", API_POST, "/v1/scenarios", 0, 1, 0, build_scenario, "scenario pause"},
    {"scenario", "resume", API_POST, "/v1/scenarios", 0, 1, 0, build_scenario, "scenario resume"},
    {"scenario", "stop", API_POST, "/v1/scenarios", 0, 1, 0, build_scenario, "scenario stop"},
};
#define VERBS (sizeof(verbs) / sizeof(verbs[0]))

/* Adds a group, or the words of one, to a list without repetition; returns its new length. */
static size_t add_word(const char **words, size_t count, const char *word)
{
    if (count > 0 && strcmp(words[count - 1], word) == 0)
        return count;
    words[count] = word;
    return count + 1;
}

static const struct verb *no_verb(const struct command_words *words, const char *group,
                                  struct text *why)
{
    const char *known[VERBS];
    size_t count = 0;
    const char *word = words->count > (group ? 1 : 0) ? words->arguments[group ? 1 : 0] : NULL;
    for (size_t i = 0; i < VERBS; i++) {
        if (!group)
            count = add_word(known, count, verbs[i].group);
        else if (strcmp(verbs[i].group, group) == 0)
            count = add_word(known, count, verbs[i].word);
    }
    if (!word && !group)
        text_add(why, "a command is missing");
    else if (!word)
        text_addf(why, "%s is not all of a command", group);
    else
        text_addf(why, "there is no command %s%s", group ? group : "", group ? " " : "");
    if (word)
        text_add_json(why, word);
    command_offer(why, word ? word : "", known, count);
    return NULL;
}

static const struct verb *find_verb(const struct command_words *words, struct text *why)
{
    const char *group = NULL;
    for (size_t i = 0; i < VERBS && words->count > 0; i++) {
        if (strcmp(verbs[i].group, words->arguments[0]) != 0)
            continue;
        group = verbs[i].group;
        if (!verbs[i].word)
            return &verbs[i];
        if (words->count > 1 && strcmp(verbs[i].word, words->arguments[1]) == 0)
            return &verbs[i];
    }
    return no_verb(words, group, why);
}

static enum err check_options(const struct verb *verb, const struct command_words *words,
                              struct text *why)
{
    for (int i = 0; i < COMMAND_OPTIONS; i++) {
        if (!words->values[i] || (verb->options & BIT(i)))
            continue;
        text_addf(why, "%s%s%s does not take --%s", verb->group, verb->word ? " " : "",
                  verb->word ? verb->word : "", command_option_name((enum command_option)i));
        return ERR_INVALID;
    }
    return ERR_OK;
}

static enum err check_count(const struct verb *verb, const struct job *job)
{
    if (job->count < verb->min) {
        text_addf(job->why, "something is missing: %s", verb->usage);
        return ERR_INVALID;
    }
    if (job->count <= verb->max)
        return ERR_OK;
    text_add_json(job->why, job->arguments[verb->max]);
    text_addf(job->why, " is one word too many: %s", verb->usage);
    return ERR_INVALID;
}

enum err command_parse(struct command *out, size_t count, const char *const *words,
                       struct text *why)
{
    struct command_words sorted;
    *out = (struct command){0};
    enum err e = command_words_read(&sorted, count, words, why);
    if (e != ERR_OK)
        return e;
    const struct verb *verb = find_verb(&sorted, why);
    if (!verb)
        return ERR_INVALID;
    size_t named = verb->word ? 2 : 1;
    struct job job = {out, &sorted, sorted.arguments + named, sorted.count - named, why};
    out->method = verb->method;
    snprintf(out->path, sizeof(out->path), "%s", verb->path);
    e = check_count(verb, &job);
    if (e == ERR_OK)
        e = check_options(verb, &sorted, why);
    if (e == ERR_OK && verb->build)
        e = verb->build(&job);
    if (e != ERR_OK)
        command_deinit(out);
    return e;
}

enum err command_parse_line(struct command *out, const char *line, struct text *why)
{
    const char *words[COMMAND_WORDS_MAX];
    size_t count;
    *out = (struct command){0};
    char *room = malloc(strlen(line) + 1 + COMMAND_WORDS_MAX);
    if (!room)
        return ERR_NOMEM;
    enum err e = command_line_cut(line, room, words, &count, why);
    if (e == ERR_OK)
        e = command_parse(out, count, words, why);
    free(room);
    return e;
}

void command_deinit(struct command *command)
{
    json_decref(command->query);
    json_decref(command->body);
    *command = (struct command){0};
}
