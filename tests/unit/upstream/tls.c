/* DNS over TLS, with certificates made here: whom we trust, and whom we do not. */
#include "unit/upstream/support/world.h"

#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>

#include "upstream/worker.h"

/* An authority of our own: the certificate of a server that signs for itself. */
struct authority {
    EVP_PKEY *key;
    X509 *certificate;
    char file[64];
};

static void add_extension(X509 *certificate, int nid, const char *value)
{
    X509V3_CTX ctx;
    X509V3_set_ctx_nodb(&ctx);
    X509V3_set_ctx(&ctx, certificate, certificate, NULL, NULL, 0);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
    assert_non_null(extension);
    assert_int_equal(X509_add_ext(certificate, extension, -1), 1);
    X509_EXTENSION_free(extension);
}

static void authority_init(struct authority *a, const char *names)
{
    a->key = EVP_EC_gen("P-256");
    a->certificate = X509_new();
    X509_set_version(a->certificate, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(a->certificate), 1);
    X509_gmtime_adj(X509_getm_notBefore(a->certificate), -3600);
    X509_gmtime_adj(X509_getm_notAfter(a->certificate), 3600);
    X509_set_pubkey(a->certificate, a->key);
    X509_NAME *subject = X509_get_subject_name(a->certificate);
    X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, (const unsigned char *)"test", -1, -1,
                               0);
    X509_set_issuer_name(a->certificate, subject);
    add_extension(a->certificate, NID_basic_constraints, "critical,CA:TRUE");
    add_extension(a->certificate, NID_subject_alt_name, names);
    assert_true(X509_sign(a->certificate, a->key, EVP_sha256()) > 0);
    strcpy(a->file, "/tmp/shunt-test-XXXXXX");
    int fd = mkstemp(a->file);
    assert_true(fd >= 0);
    FILE *file = fdopen(fd, "w");
    assert_int_equal(PEM_write_X509(file, a->certificate), 1);
    fclose(file);
}

static void authority_deinit(struct authority *a)
{
    unlink(a->file);
    X509_free(a->certificate);
    EVP_PKEY_free(a->key);
}

static SSL_CTX *server_context(const struct authority *a, int newest)
{
    SSL_CTX *tls = SSL_CTX_new(TLS_server_method());
    assert_non_null(tls);
    SSL_CTX_set_min_proto_version(tls, TLS1_VERSION);
    SSL_CTX_set_max_proto_version(tls, newest);
    SSL_CTX_set_security_level(tls, 0);
    assert_int_equal(SSL_CTX_use_certificate(tls, a->certificate), 1);
    assert_int_equal(SSL_CTX_use_PrivateKey(tls, a->key), 1);
    return tls;
}

static const char *seen_sni;
static char seen_name[256];

static void answer_noting_sni(struct fake *f, const struct fake_query *q)
{
    seen_sni =
        SSL_get_servername(bufferevent_openssl_get_ssl(q->stream), TLSEXT_NAMETYPE_host_name);
    snprintf(seen_name, sizeof(seen_name), "%s", seen_sni ? seen_sni : "");
    fake_answer(f, q);
}

struct tls_case {
    const char *name; /* in the endpoint */
    bool trusted;     /* the server's certificate is among those we trust */
    int newest;       /* protocol that the server speaks */
    bool answered;
    const char *sni;
};

static void check_case(const struct authority *a, const struct authority *other,
                       const struct tls_case *c)
{
    struct world *w = world_new(1, ENDPOINT_TLS);
    w->tls_ca = c->trusted ? a->file : other->file;
    w->servers[0].tls = server_context(a, c->newest);
    w->servers[0].on_tcp = answer_noting_sni;
    snprintf(w->endpoints[0].tls_name, sizeof(w->endpoints[0].tls_name), "%s", c->name);
    seen_name[0] = 0;
    world_start(w);
    /* The library's own policy may refuse old versions too; ours does not lean on it. */
    assert_int_equal(SSL_CTX_get_min_proto_version(w->u->tls), TLS1_2_VERSION);
    for (unsigned i = 0; i < 3; i++) {
        struct outcome *o = world_ask_run(w, "a.example");
        if (c->answered)
            expect_reply(w, o, 0, DNS_RCODE_NOERROR);
        else
            expect_failure(o, UPSTREAM_UNREACHABLE);
    }
    assert_int_equal(w->servers[0].connections, c->answered ? 1 : 3);
    assert_int_equal(w->servers[0].tcp_queries, c->answered ? 3 : 0);
    assert_string_equal(seen_name, c->sni);
    SSL_CTX *tls = w->servers[0].tls;
    world_free(w);
    SSL_CTX_free(tls);
}

static void test_whom_we_trust(void **state)
{
    static const struct tls_case cases[] = {
        {"dns.example", true, TLS1_3_VERSION, true, "dns.example"},
        {"dns.example", true, TLS1_2_VERSION, true, "dns.example"},
        {"dns.example", true, TLS1_1_VERSION, false, ""},
        {"DNS.example", true, TLS1_3_VERSION, true, "DNS.example"},
        {"other.example", true, TLS1_3_VERSION, false, ""},
        {"a.dns.example", true, TLS1_3_VERSION, false, ""},
        {"dns.example", false, TLS1_3_VERSION, false, ""},
        {"127.0.0.1", true, TLS1_3_VERSION, true, ""},
        {"127.0.0.2", true, TLS1_3_VERSION, false, ""},
        {"", true, TLS1_3_VERSION, true, ""},
        {"", false, TLS1_3_VERSION, true, ""},
        {"", false, TLS1_1_VERSION, false, ""},
    };
    struct authority a, other;
    (void)state;
    authority_init(&a, "DNS:dns.example,IP:127.0.0.1");
    authority_init(&other, "DNS:dns.example,IP:127.0.0.1");
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        check_case(&a, &other, &cases[i]);
    authority_deinit(&a);
    authority_deinit(&other);
}

static void test_next_server_without_trust(void **state)
{
    struct authority a;
    (void)state;
    authority_init(&a, "DNS:dns.example");
    struct world *w = world_new(2, ENDPOINT_TLS);
    w->tls_ca = a.file;
    SSL_CTX *tls = server_context(&a, TLS1_3_VERSION);
    for (unsigned i = 0; i < 2; i++) {
        w->servers[i].tls = tls;
        w->servers[i].on_tcp = fake_answer;
        strcpy(w->endpoints[i].tls_name, i == 0 ? "evil.example" : "dns.example");
    }
    world_start(w);
    for (unsigned i = 0; i < 200; i++)
        world_ask(w, "a.example");
    world_run(w);
    for (unsigned i = 0; i < 200; i++)
        expect_reply(w, &w->results[i], 1, DNS_RCODE_NOERROR);
    world_free(w);
    SSL_CTX_free(tls);
    authority_deinit(&a);
}

/* A server that does not speak TLS at all where we expect it. */
static void test_no_tls_there(void **state)
{
    (void)state;
    struct world *w = world_new(1, ENDPOINT_TLS);
    struct fake *f = &w->servers[0];
    world_start(w);
    struct outcome *o = world_ask(w, "a.example");
    while (f->connections == 0)
        event_base_loop(w->base, EVLOOP_ONCE);
    for (unsigned i = 0; i < 64; i++)
        if (f->streams[i]) {
            bufferevent_setcb(f->streams[i], NULL, NULL, on_fake_event, f);
            bufferevent_write(f->streams[i], "no such thing here\r\n", 20);
        }
    world_run(w);
    expect_failure(o, UPSTREAM_UNREACHABLE);
    world_free(w);
}

static void test_no_such_file(void **state)
{
    (void)state;
    struct world *w = world_new(1, ENDPOINT_TLS);
    struct upstream_route route = world_route(w);
    assert_null(upstream_new(w->base, &route, 1, &w->random, &w->log, "/nonexistent/ca.pem"));
    w->endpoints[0].transport = ENDPOINT_UDP;
    w->u = upstream_new(w->base, &route, 1, &w->random, &w->log, "/nonexistent/ca.pem");
    assert_non_null(w->u);
    w->endpoints[0].transport = ENDPOINT_TLS;
    assert_int_equal(upstream_configure(w->u, &route, 1), ERR_SYSTEM);
    world_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_whom_we_trust),
        cmocka_unit_test(test_next_server_without_trust),
        cmocka_unit_test(test_no_tls_there),
        cmocka_unit_test(test_no_such_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
