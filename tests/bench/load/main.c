/* Load for a DNS server on 127.0.0.1, made to cost less than the server does.
 *
 *     load udp|warm|tcp|idle PORT [KEY=VALUE...]
 *     kind=cached|policy|unique names=N first=N seconds=S rate=N connections=N window=N */
#include "load.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

uint64_t load_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

void load_die(const char *what)
{
    fprintf(stderr, "load: %s\n", what);
    exit(1);
}

struct sockaddr_in load_address(uint16_t port)
{
    return (struct sockaddr_in){
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

struct latency *latency_new(void)
{
    struct latency *l = calloc(1, sizeof(*l));
    if (!l)
        load_die("no memory");
    return l;
}

void latency_add(struct latency *l, uint64_t ns)
{
    uint64_t us = ns / 1000;
    l->steps[us < LATENCY_STEPS ? us : LATENCY_STEPS - 1]++;
    l->count++;
    if (us > l->most)
        l->most = (unsigned)us;
}

unsigned latency_at(const struct latency *l, double share)
{
    uint64_t seen = 0;
    for (unsigned us = 0; us < LATENCY_STEPS; us++) {
        seen += l->steps[us];
        if (seen > 0 && (double)seen >= share * (double)l->count)
            return us;
    }
    return 0;
}

void load_print(const struct load_result *r)
{
    printf("{\"answers\": %llu, \"lost\": %llu, \"other\": %llu, \"seconds\": %.4f, "
           "\"p50\": %u, \"p99\": %u, \"p999\": %u, \"most\": %u}\n",
           (unsigned long long)r->answers, (unsigned long long)r->lost,
           (unsigned long long)r->other, r->seconds, latency_at(r->latency, .5),
           latency_at(r->latency, .99), latency_at(r->latency, .999), r->latency->most);
    fflush(stdout);
}

static bool is_key(const char *word, size_t len, const char *key)
{
    return len == strlen(key) && memcmp(word, key, len) == 0;
}

static void set_option(struct options *o, const char *word)
{
    const char *value = strchr(word, '=');
    size_t len = value ? (size_t)(value - word) : 0;
    if (len == 0)
        load_die("an option is KEY=VALUE");
    value++;
    if (is_key(word, len, "kind") && question_kind_parse(&o->kind, value) == 0)
        return;
    if (is_key(word, len, "names"))
        o->names = strtoull(value, NULL, 10);
    else if (is_key(word, len, "first"))
        o->first = strtoull(value, NULL, 10);
    else if (is_key(word, len, "seconds"))
        o->seconds = strtod(value, NULL);
    else if (is_key(word, len, "rate"))
        o->rate = strtod(value, NULL);
    else if (is_key(word, len, "connections"))
        o->connections = (unsigned)strtoul(value, NULL, 10);
    else if (is_key(word, len, "window"))
        o->window = (unsigned)strtoul(value, NULL, 10);
    else
        load_die("no such option");
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        int (*run)(const struct options *);
    } commands[] = {{"udp", load_udp}, {"warm", load_warm}, {"tcp", load_tcp}, {"idle", load_idle}};
    struct options o = {.names = 1000, .seconds = 1, .connections = 16, .window = 16};
    if (argc < 3)
        load_die("udp|warm|tcp|idle PORT [KEY=VALUE...]");
    o.port = (uint16_t)atoi(argv[2]);
    for (int i = 3; i < argc; i++)
        set_option(&o, argv[i]);
    if (o.names == 0 || o.connections == 0 || o.window == 0)
        load_die("names, connections and window are 1 or more");
    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
        if (strcmp(argv[1], commands[i].name) == 0)
            return commands[i].run(&o);
    }
    load_die("the commands are udp, warm, tcp and idle");
}
