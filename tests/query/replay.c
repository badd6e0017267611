/* Plays a .case file (README.md) and stops at the first step that goes otherwise. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "message.h"
#include "world.h"

#define WORDS_MAX 64

struct play {
    const char *file;
    unsigned line;
    struct world *world;
    char *words[WORDS_MAX];
    size_t word_count;
    char *block;
    unsigned steps;
    bool asked_rd; /* RD of the last query, which replies must copy */
};

static void fail(const struct play *p, const char *what, const char *wanted, const char *got)
{
    fprintf(stderr, "%s:%u: %s: %s\n--- wanted\n%s\n--- got\n%s\n", p->file, p->line, p->words[0],
            what, wanted ? wanted : "", got ? got : "");
    exit(1);
}

static bool has_word(const struct play *p, const char *word)
{
    for (size_t i = 1; i < p->word_count; i++) {
        if (strcmp(p->words[i], word) == 0)
            return true;
    }
    return false;
}

/* The value of KEY=VALUE, or `absent`. */
static const char *word_value(const struct play *p, const char *key, const char *absent)
{
    size_t len = strlen(key);
    for (size_t i = 1; i < p->word_count; i++) {
        if (strncmp(p->words[i], key, len) == 0 && p->words[i][len] == '=')
            return p->words[i] + len + 1;
    }
    return absent;
}

static const char *word_at(const struct play *p, size_t i)
{
    if (i >= p->word_count)
        fail(p, "too few words", NULL, NULL);
    return p->words[i];
}

static void step_config(struct play *p)
{
    if (p->world)
        world_configure(p->world, p->block);
    else
        p->world = world_new(p->block);
}

static void step_ask(struct play *p)
{
    uint8_t packet[DNS_MESSAGE_MAX];
    const char *size = word_value(p, "size", NULL);
    struct message_options o = {.id = 4660, .payload = (uint16_t)atoi(size ? size : "1232")};
    const char *version = word_value(p, "version", NULL);
    o.edns_version = version ? atoi(version) : 0;
    o.dnssec_ok = has_word(p, "do");
    o.edns = size || version || o.dnssec_ok || has_word(p, "edns");
    p->asked_rd = !has_word(p, "norec");
    o.flags = (uint16_t)((p->asked_rd ? DNS_FLAG_RD : 0) | (has_word(p, "cd") ? DNS_FLAG_CD : 0) |
                         (has_word(p, "ad") ? DNS_FLAG_AD : 0));
    size_t len = message_write(&o, word_at(p, 1), word_at(p, 2), word_value(p, "class", "IN"), NULL,
                               packet, sizeof(packet));
    world_ask(p->world, packet, len, word_value(p, "from", "127.0.0.1"), has_word(p, "tcp"));
}

/* The step's words as bytes; returns how many. */
static size_t read_hex(const struct play *p, uint8_t *out, size_t capacity)
{
    size_t digits = 0;
    for (size_t i = 1; i < p->word_count; i++) {
        for (const char *c = p->words[i]; *c; c++) {
            int value =
                isdigit((unsigned char)*c) ? *c - '0' : tolower((unsigned char)*c) - 'a' + 10;
            if (digits / 2 >= capacity || value < 0 || value > 15)
                fail(p, "bad hex", NULL, p->words[i]);
            out[digits / 2] = (uint8_t)((digits & 1 ? out[digits / 2] << 4 : 0) | value);
            digits++;
        }
    }
    return digits / 2;
}

static void step_raw(struct play *p)
{
    uint8_t packet[4096];
    size_t len = read_hex(p, packet, sizeof(packet));
    p->asked_rd = len >= 3 && (packet[2] & 1);
    world_ask(p->world, packet, len, "127.0.0.1", false);
}

static void step_packet(struct play *p)
{
    uint8_t packet[4096];
    if (p->world->question_count == 0)
        fail(p, "nothing was asked upstream", NULL, NULL);
    size_t len = read_hex(p, packet, sizeof(packet));
    world_finish(p->world, UPSTREAM_REPLY, packet, len);
}

static void step_query(struct play *p)
{
    char wanted[2048], got[2048], name[DNS_NAME_TEXT_MAX], type[16];
    if (p->world->question_count == 0)
        fail(p, "nothing was asked upstream", word_at(p, 1), NULL);
    const struct dns_question *q = &p->world->questions[0].question;
    snprintf(got, sizeof(got), "%s %s%s%s%s", dns_name_to_text(&q->name, name),
             dns_type_to_text(q->type, type), q->dnssec_ok ? " do" : "",
             q->checking_off ? " cd" : "", q->recursion ? "" : " norec");
    snprintf(wanted, sizeof(wanted), "%s %s%s%s%s", word_at(p, 1), word_at(p, 2),
             has_word(p, "do") ? " do" : "", has_word(p, "cd") ? " cd" : "",
             has_word(p, "norec") ? " norec" : "");
    if (strcmp(got, wanted) != 0)
        fail(p, "another question went upstream", wanted, got);
}

static uint16_t rcode_value(const struct play *p, const char *word)
{
    char text[16];
    for (uint16_t i = 0; i < 24; i++) {
        if (strcmp(dns_rcode_to_text(i, text), word) == 0)
            return i;
    }
    fail(p, "no such RCODE", NULL, word);
    return 0;
}

static void step_answer(struct play *p)
{
    uint8_t packet[DNS_MESSAGE_MAX];
    char name[DNS_NAME_TEXT_MAX], type[16];
    if (p->world->question_count == 0)
        fail(p, "nothing was asked upstream", NULL, NULL);
    const struct dns_question *q = &p->world->questions[0].question;
    struct message_options o = {.edns = true, .payload = 1232};
    o.flags =
        (uint16_t)(DNS_FLAG_QR | DNS_FLAG_RD | DNS_FLAG_RA | rcode_value(p, word_at(p, 1)) |
                   (has_word(p, "aa") ? DNS_FLAG_AA : 0) | (has_word(p, "ad") ? DNS_FLAG_AD : 0) |
                   (has_word(p, "tc") ? DNS_FLAG_TC : 0));
    size_t len =
        message_write(&o, dns_name_to_text(&q->name, name), dns_type_to_text(q->type, type), "IN",
                      p->block, packet, sizeof(packet));
    world_finish(p->world, UPSTREAM_REPLY, packet, len);
}

static void step_fail(struct play *p)
{
    bool timeout = strcmp(word_at(p, 1), "timeout") == 0;
    world_finish(p->world, timeout ? UPSTREAM_TIMEOUT : UPSTREAM_UNREACHABLE, NULL, 0);
}

static const struct world_reply *first_reply(const struct play *p)
{
    if (p->world->reply_count == 0)
        fail(p, "there is no reply", NULL, NULL);
    if (!p->world->replies[0].bytes)
        fail(p, "the query was dropped", NULL, NULL);
    return &p->world->replies[0];
}

/* The block without indentation, and with the words of the step as first line. */
static char *wanted_text(const struct play *p)
{
    struct text t = {0};
    for (size_t i = 1; i < p->word_count; i++)
        text_addf(&t, "%s%s", i > 1 ? " " : "", p->words[i]);
    text_add(&t, "\n");
    char *rest = NULL;
    for (char *line = strtok_r(p->block, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
        while (isspace((unsigned char)*line))
            line++;
        text_addf(&t, "%s\n", line);
    }
    return t.data;
}

/* Flags in the step's words come in message_text's order but for rd and ra. */
static void step_reply(struct play *p)
{
    const struct world_reply *reply = first_reply(p);
    char *got = message_text(reply->bytes, reply->len);
    uint16_t flags = bytes_get16(reply->bytes + 2);
    if (!(flags & DNS_FLAG_RA))
        fail(p, "RA is not set", NULL, got);
    if (((flags & DNS_FLAG_RD) != 0) != p->asked_rd)
        fail(p, "RD was not copied", NULL, got);
    char *line_end = strchr(got, '\n');
    for (const char *word = " rd"; word; word = strcmp(word, " rd") == 0 ? " ra" : NULL) {
        char *at = strstr(got, word);
        if (at && at < line_end)
            memmove(at, at + 3, strlen(at + 3) + 1);
        line_end = strchr(got, '\n');
    }
    char *wanted = wanted_text(p);
    if (strcmp(got, wanted) != 0)
        fail(p, "the reply is another", wanted, got);
    free(wanted);
    free(got);
    free(p->world->replies[0].bytes);
    p->world->reply_count--;
    memmove(p->world->replies, p->world->replies + 1,
            p->world->reply_count * sizeof(p->world->replies[0]));
}

static void step_replies(struct play *p)
{
    char got[32];
    snprintf(got, sizeof(got), "%zu", p->world->reply_count);
    if (strcmp(got, word_at(p, 1)) != 0)
        fail(p, "another number of replies", word_at(p, 1), got);
}

static void step_size(struct play *p)
{
    char got[32];
    snprintf(got, sizeof(got), "%zu", first_reply(p)->len);
    if (first_reply(p)->len > (size_t)atoi(word_at(p, 1)))
        fail(p, "the reply is too large", word_at(p, 1), got);
}

static void step_echo(struct play *p)
{
    const struct world_reply *reply = first_reply(p);
    struct dns_name name;
    struct reader r;
    char got[DNS_NAME_TEXT_MAX];
    reader_init(&r, reply->bytes + DNS_HEADER_LEN, reply->len - DNS_HEADER_LEN);
    if (dns_name_read(&name, &r) != ERR_OK)
        fail(p, "the reply has no question", NULL, NULL);
    if (strcmp(dns_name_to_text(&name, got), word_at(p, 1)) != 0)
        fail(p, "another question is echoed", word_at(p, 1), got);
}

static void step_silence(struct play *p)
{
    if (p->world->verdict != RESOLVE_DROP || p->world->reply_count > 0)
        fail(p, "it was answered", NULL, NULL);
}

/* The oldest waiting query ended without a reply. */
static void step_silence_late(struct play *p)
{
    if (p->world->reply_count == 0 || p->world->replies[0].bytes)
        fail(p, "it was answered, or still waits", NULL, NULL);
    p->world->reply_count--;
    memmove(p->world->replies, p->world->replies + 1,
            p->world->reply_count * sizeof(p->world->replies[0]));
}

static void step_pending(struct play *p)
{
    if (p->world->verdict != RESOLVE_PENDING)
        fail(p, "it is not waiting", NULL, NULL);
}

static void step_nothing(struct play *p)
{
    char name[DNS_NAME_TEXT_MAX];
    if (p->world->question_count > 0)
        fail(p, "a question went upstream", NULL,
             dns_name_to_text(&p->world->questions[0].question.name, name));
}

static void step_wait(struct play *p)
{
    world_wait(p->world, (uint64_t)(atof(word_at(p, 1)) * 1000));
}

/* live fail TARGET HOW | set TARGET KEY=N… | restore TARGET | remove-fault NAME | reset; words
 * domain=D service=S for=SECONDS count=N. */
static void step_live(struct play *p)
{
    struct live_target t = {.service = -1};
    struct world *w = p->world;
    const char *verb = word_at(p, 1);
    uint32_t id;
    size_t count;
    enum err e = ERR_INVALID;
    const struct {
        const char *key;
        unsigned field;
        uint16_t *value;
    } fields[] = {{"priority", POLICY_EDIT_PRIORITY, &t.priority},
                  {"weight", POLICY_EDIT_WEIGHT, &t.weight},
                  {"port", POLICY_EDIT_PORT, &t.port}};
    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
        const char *value = word_value(p, fields[i].key, NULL);
        if (value) {
            t.fields |= fields[i].field;
            *fields[i].value = (uint16_t)atoi(value);
        }
    }
    if (p->word_count > 2 && strcmp(verb, "remove-fault") != 0 &&
        policy_name_from_user(&t.target, word_at(p, 2)) != ERR_OK)
        fail(p, "bad name", NULL, word_at(p, 2));
    const char *domain = word_value(p, "domain", NULL);
    if (domain && policy_name_from_user(&t.domain, domain) != ERR_OK)
        fail(p, "bad name", NULL, domain);
    t.for_ms = (uint64_t)atoi(word_value(p, "for", "0")) * 1000;
    t.uses = (uint64_t)atoi(word_value(p, "count", "0"));
    if (strcmp(verb, "fail") == 0)
        t.how = word_at(p, 3);
    if (strcmp(verb, "fail") == 0 || strcmp(verb, "set") == 0)
        e = live_target_set(w->live, &t, -1, w->now, w->now, &id);
    else if (strcmp(verb, "restore") == 0)
        e = live_target_restore(w->live, &t, -1, w->now, w->now, &count);
    else if (strcmp(verb, "remove-fault") == 0)
        e = live_fault_remove(w->live, word_at(p, 2), -1, w->now, w->now);
    else if (strcmp(verb, "reset") == 0)
        e = live_reset(w->live, w->now, w->now, &count);
    if (e != ERR_OK)
        fail(p, "the change was refused", NULL, err_text(e));
}

/* The way in which the last client's transport was broken. */
static void step_broken(struct play *p)
{
    static const char *const names[] = {"reset", "half-length", "close", "source"};
    const char *got = p->world->broken < 0 ? "no" : names[p->world->broken];
    if (strcmp(got, word_at(p, 1)) != 0)
        fail(p, "the transport was not broken so", word_at(p, 1), got);
    p->world->broken = -1;
}

static const struct {
    const char *name;
    void (*run)(struct play *p);
} steps[] = {
    {"config", step_config},   {"ask", step_ask},         {"raw", step_raw},
    {"query", step_query},     {"answer", step_answer},   {"fail", step_fail},
    {"reply", step_reply},     {"replies", step_replies}, {"size", step_size},
    {"echo", step_echo},       {"silence", step_silence}, {"pending", step_pending},
    {"nothing", step_nothing}, {"wait", step_wait},       {"packet", step_packet},
    {"live", step_live},       {"broken", step_broken},   {"silence-late", step_silence_late},
};

static void run_step(struct play *p, char *line)
{
    char *rest = NULL;
    p->word_count = 0;
    for (char *w = strtok_r(line, " \t\n", &rest); w && p->word_count < WORDS_MAX;
         w = strtok_r(NULL, " \t\n", &rest))
        p->words[p->word_count++] = w;
    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
        if (strcmp(steps[i].name, p->words[0]) != 0)
            continue;
        if (!p->world && steps[i].run != step_config)
            fail(p, "the first step must be config", NULL, NULL);
        steps[i].run(p);
        p->steps++;
        return;
    }
    fail(p, "no such step", NULL, NULL);
}

/* Replies and questions that no step looked at are failures too. */
static void check_end(struct play *p)
{
    p->words[0] = (char[]){"end"};
    if (!p->world || p->steps < 2)
        fail(p, "the case has no steps", NULL, NULL);
    if (p->world->reply_count > 0)
        fail(p, "a reply that no step looked at", NULL,
             message_text(p->world->replies[0].bytes, p->world->replies[0].len));
    if (p->world->broken >= 0)
        fail(p, "a broken transport that no step looked at", NULL, NULL);
    step_nothing(p);
}

int main(int argc, char **argv)
{
    struct play p = {.file = argc > 1 ? argv[1] : ""};
    FILE *file = fopen(p.file, "r");
    char line[4096], step[4096] = "";
    unsigned number = 0;
    struct text block = {0};
    if (!file) {
        fprintf(stderr, "usage: query_replay FILE.case\n");
        return 2;
    }
    bool more = true;
    while (more) {
        more = fgets(line, sizeof(line), file) != NULL;
        number++;
        if (more && (line[0] == ' ' || line[0] == '\n')) {
            text_add(&block, line[0] == ' ' ? line + 2 : line);
            continue;
        }
        if (more && line[0] == '#')
            continue;
        if (step[0]) {
            text_add(&block, "");
            p.block = block.data;
            run_step(&p, step);
        }
        text_deinit(&block);
        p.line = number;
        snprintf(step, sizeof(step), "%s", more ? line : "");
    }
    fclose(file);
    check_end(&p);
    world_free(p.world);
    printf("%s: %u steps passed\n", p.file, p.steps);
    return 0;
}
