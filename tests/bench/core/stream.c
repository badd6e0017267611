/* Plays recorded queries through the core, in batches, so that the instructions which a query takes
 * can be counted: the gate of CI (tests/bench/gate.py). Nothing in it depends on the machine: fixed
 * keys, a clock and an upstream server of its own. Counted are stream_queries and
 * stream_arrival.
 *
 * A line of the file is `NAME TYPE [edns] [do] [new]`. All are asked once before, so that the cache
 * knows them, but for the new ones, which have to be asked upstream. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "batch.h"
#include "bench.h"
#include "upstream.h"
#include "world.h"

#define QUERIES_MAX 65536
#define BATCH_MS    3 /* between two batches */

static const char config[] = "ttl: 5s\n"
                             "domains:\n"
                             "  - name: lab.example\n"
                             "    xmpp-client:\n"
                             "      - {target: xmpp1.lab.example, priority: 10}\n"
                             "      - {target: xmpp2.lab.example, priority: 20}\n"
                             "    xmpp-server: [{target: xmpp1.lab.example}]\n"
                             "    xmpps-client: none\n"
                             "    components: [conference, upload]\n"
                             "  - name: '*.customers.example'\n"
                             "    xmpp-client: [{target: gw.lab.example}]\n"
                             "hosts:\n"
                             "  - {name: xmpp1.lab.example, addresses: [10.5.0.11, 'fd00::11']}\n"
                             "  - {name: xmpp2.lab.example, addresses: [10.5.0.12]}\n"
                             "  - {name: gw.lab.example, addresses: [10.5.0.13]}\n";

struct recorded {
    uint16_t len;
    bool is_new;
    uint8_t packet[DNS_QUERY_MAX];
};

struct stream {
    struct world *world;
    struct resolver *resolver;
    struct resolve_client client;
    struct recorded *queries;
    unsigned count;
    struct batch_tally tally;
    uint64_t late; /* replies to what had to be asked */
};

static void on_send(const struct resolve_client *client, const uint8_t *message, size_t len,
                    uint64_t now)
{
    struct stream *s = client->owner;
    (void)len;
    (void)now;
    s->late += message != NULL;
}

static bool read_line(struct recorded *out, const char *line)
{
    char name[512], type[32], words[64] = "";
    struct dns_question q = {.class = DNS_CLASS_IN, .recursion = true};
    int fields = sscanf(line, "%511s %31s %63[a-z ]", name, type, words);
    if (fields < 2 || name[0] == '#')
        return false;
    if (dns_name_from_text(&q.name, name) != ERR_OK || dns_type_from_text(&q.type, type) != ERR_OK)
        bench_die(line);
    q.dnssec_ok = strstr(words, "do") != NULL;
    out->is_new = strstr(words, "new") != NULL;
    out->len = (uint16_t)dns_query_write(&q, 1, strstr(words, "edns") != NULL, out->packet,
                                         sizeof(out->packet));
    return true;
}

static void read_file(struct stream *s, const char *path)
{
    char line[1024];
    FILE *file = fopen(path, "r");
    if (!file)
        bench_die(path);
    s->queries = bench_alloc(QUERIES_MAX, sizeof(*s->queries));
    while (s->count < QUERIES_MAX && fgets(line, sizeof(line), file))
        s->count += read_line(&s->queries[s->count], line);
    fclose(file);
}

/* What is counted: queries, and the arrival of answers from upstream. */
BENCH_COUNTED void stream_queries(struct stream *s, const struct batch_query *queries,
                                  unsigned count);
void stream_queries(struct stream *s, const struct batch_query *queries, unsigned count)
{
    batch_run(s->resolver, &s->client, queries, count, s->world->now, &s->tally);
}

BENCH_COUNTED void stream_arrival(const struct world_question *question,
                                  const struct upstream_result *result);
void stream_arrival(const struct world_question *question, const struct upstream_result *result)
{
    question->done(question->arg, result);
}

static void answer_questions(struct world *w, bool counted)
{
    uint8_t message[UPSTREAM_MESSAGE_MAX];
    for (size_t i = 0; i < w->question_count; i++) {
        const struct world_question question = w->questions[i];
        const struct upstream_result result = {.status = UPSTREAM_REPLY,
                                               .message = message,
                                               .len = upstream_answer(&question.question, message),
                                               .server = &w->server,
                                               .now = w->now};
        if (counted)
            stream_arrival(&question, &result);
        else
            question.done(question.arg, &result);
    }
    w->question_count = 0;
}

static void play_batch(struct stream *s, const struct batch_query *queries, unsigned count,
                       bool counted)
{
    struct world *w = s->world;
    memset(w->random.pool, 42, sizeof(w->random.pool));
    w->random.left = sizeof(w->random.pool);
    if (counted)
        stream_queries(s, queries, count);
    else
        batch_run(s->resolver, &s->client, queries, count, w->now, &s->tally);
    answer_questions(w, counted);
    w->now += BATCH_MS;
}

static void play(struct stream *s, bool counted)
{
    struct batch_query batch[BATCH_MAX];
    unsigned count = 0;
    s->tally = (struct batch_tally){0};
    s->late = 0;
    for (unsigned i = 0; i < s->count; i++) {
        const struct recorded *q = &s->queries[i];
        if (q->is_new && !counted)
            continue;
        batch[count++] = (struct batch_query){q->packet, q->len};
        if (count == BATCH_MAX) {
            play_batch(s, batch, count, counted);
            count = 0;
        }
    }
    play_batch(s, batch, count, counted);
}

static void stream_init(struct stream *s, const char *file)
{
    read_file(s, file);
    s->world = world_new("");
    s->world->key = bench_key;
    world_configure(s->world, config);
    s->resolver = s->world->resolver;
    s->client = (struct resolve_client){.send = on_send, .owner = s};
    if (addr_parse(&s->client.peer, "127.0.0.1", 5353) != ERR_OK)
        bench_die("bad address");
}

int stream_play(const char *file)
{
    struct stream s = {0};
    stream_init(&s, file);
    play(&s, false);
    play(&s, true);
    printf("queries %u replies %llu asked %llu late %llu dropped %llu bytes %llu\n", s.count,
           (unsigned long long)s.tally.replies, (unsigned long long)s.tally.pending,
           (unsigned long long)s.late, (unsigned long long)s.tally.dropped,
           (unsigned long long)s.tally.bytes);
    world_free(s.world);
    free(s.queries);
    return s.tally.dropped > 0 || s.late != s.tally.pending;
}
