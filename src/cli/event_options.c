#include "cli/event_options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli/cli.h"
#include "control/event_text.h"

enum err event_options_init(struct event_options *o)
{
    *o = (struct event_options){.query = json_object()};
    return o->query ? ERR_OK : ERR_NOMEM;
}

void event_options_deinit(struct event_options *o)
{
    json_decref(o->query);
}

void event_options_set(struct event_options *o, const char *key, const char *value)
{
    /* Not UTF-8: the daemon gets an empty text, and says what would be right. */
    json_t *text = json_string(value);
    json_object_set_new(o->query, key, text ? text : json_string(""));
}

bool event_option(struct event_options *o, int option, const char *value)
{
    static const char *const keys[] = {
        [EVENT_OPTION_CLIENT - EVENT_OPTION_FIRST] = "client",
        [EVENT_OPTION_NAME - EVENT_OPTION_FIRST] = "name",
        [EVENT_OPTION_DOMAIN - EVENT_OPTION_FIRST] = "domain",
        [EVENT_OPTION_SERVICE - EVENT_OPTION_FIRST] = "service",
        [EVENT_OPTION_RCODE - EVENT_OPTION_FIRST] = "rcode",
        [EVENT_OPTION_ANSWER - EVENT_OPTION_FIRST] = "answer",
        [EVENT_OPTION_SINCE - EVENT_OPTION_FIRST] = "since",
    };
    if (option == EVENT_OPTION_JSON)
        return o->json = true;
    if (option < EVENT_OPTION_FIRST || option > EVENT_OPTION_SINCE)
        return client_option(&o->client, option, value);
    event_options_set(o, keys[option - EVENT_OPTION_FIRST], value);
    return true;
}

/* The time of day here, from RFC 3339. */
static void add_time(struct text *out, const char *time)
{
    struct tm utc = {0}, here;
    char text[16];
    const char *rest = strptime(time, "%Y-%m-%dT%H:%M:%S", &utc);
    time_t seconds = timegm(&utc);
    if (!rest || !localtime_r(&seconds, &here)) {
        text_add_plain(out, time);
        return;
    }
    strftime(text, sizeof(text), "%H:%M:%S", &here);
    text_addf(out, "%s%.4s", text, *rest == '.' ? rest : "");
}

void event_print(const struct event_options *o, const json_t *event)
{
    if (o->json) {
        json_dumpf(event, stdout, JSON_COMPACT);
        putchar('\n');
    } else {
        struct text line = {0};
        const char *time = json_string_value(json_object_get(event, "time"));
        add_time(&line, time ? time : "-");
        text_add(&line, " ");
        event_text(event, &line);
        puts(line.data ? line.data : "");
        text_deinit(&line);
    }
    fflush(stdout); /* somebody may be reading along */
}

int event_complain(const struct client *client, const char *command,
                   const struct client_reply *reply)
{
    client_complain(client, command, reply);
    return reply->status == 400 ? CLI_EXIT_USAGE : CLI_EXIT_NO;
}
