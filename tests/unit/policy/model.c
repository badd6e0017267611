/* The lists of the model, and the table of services. */
#include "unit/policy/policy_fixture.h"

#include "policy/service.h"

static void test_lists_grow(void **state)
{
    struct policy_model model = {0};
    (void)state;
    const struct dns_name owner = {3, "\001x"};
    for (unsigned i = 0; i < 100; i++) {
        struct policy_domain *domain = policy_model_add_domain(&model);
        struct policy_host *host = policy_model_add_host(&model);
        struct policy_record *record = policy_model_add_record(&model, &owner, NULL, 0);
        assert_int_equal(domain->ttl, 0);
        assert_int_equal(host->address_count, 0);
        assert_int_equal(record->rdlen, 0);
        domain->ttl = host->ttl = record->ttl = i + 1;
    }
    assert_int_equal(model.domain_count, 100);
    assert_int_equal(model.host_count, 100);
    assert_int_equal(model.record_count, 100);
    for (unsigned i = 0; i < 100; i++) {
        assert_int_equal(model.domains[i].ttl, i + 1);
        assert_int_equal(model.hosts[i].ttl, i + 1);
        assert_int_equal(model.records[i].ttl, i + 1);
    }
    policy_model_deinit(&model);
    assert_int_equal(model.domain_count, 0);
    policy_model_deinit(&model); /* an empty one is fine too */
}

static void test_short_lists_grow(void **state)
{
    struct policy_model model = {0};
    struct policy_domain *domain = policy_model_add_domain(&model);
    struct policy_host *host = policy_model_add_host(&model);
    struct dns_name name = lab_name("conference.lab.example");
    (void)state;
    for (uint16_t i = 0; i < 40; i++) {
        struct policy_target *target =
            policy_set_add_target(&model, &domain->sets[POLICY_XMPP_CLIENT]);
        struct addr address;
        assert_int_equal(target->port, 0);
        target->port = i;
        assert_int_equal(policy_domain_add_component(domain, &name), ERR_OK);
        addr_from_bytes(&address, (const uint8_t[]){10, 0, 0, (uint8_t)i}, 4, 0);
        assert_int_equal(policy_host_add_address(host, &address), ERR_OK);
    }
    assert_int_equal(domain->sets[POLICY_XMPP_CLIENT].target_count, 40);
    assert_int_equal(domain->component_count, 40);
    assert_int_equal(host->address_count, 40);
    for (uint16_t i = 0; i < 40; i++) {
        size_t len;
        assert_int_equal(domain->sets[POLICY_XMPP_CLIENT].targets[i].port, i);
        assert_true(dns_name_equal(&domain->components[i], &name));
        assert_int_equal(addr_bytes(&host->addresses[i], &len)[3], i);
    }
    policy_model_deinit(&model);
}

static void test_files(void **state)
{
    struct policy_model model = {0};
    char name[32];
    (void)state;
    const char *first = policy_model_file(&model, "a.yaml");
    for (int i = 0; i < 100; i++) {
        snprintf(name, sizeof(name), "%d.yaml", i);
        assert_string_equal(policy_model_file(&model, name), name);
    }
    assert_ptr_equal(policy_model_file(&model, "a.yaml"), first);
    assert_ptr_not_equal(policy_model_file(&model, "99.yaml"), name);
    assert_int_equal(model.file_count, 101);
    policy_model_deinit(&model);
}

static void test_services(void **state)
{
    static const struct {
        const char *name;
        uint16_t port;
        const char *owner;
    } cases[POLICY_SERVICES] = {
        [POLICY_XMPP_CLIENT] = {"xmpp-client", 5222, "_xmpp-client._tcp.lab.example"},
        [POLICY_XMPP_SERVER] = {"xmpp-server", 5269, "_xmpp-server._tcp.lab.example"},
        [POLICY_XMPPS_CLIENT] = {"xmpps-client", 5223, "_xmpps-client._tcp.lab.example"},
        [POLICY_XMPPS_SERVER] = {"xmpps-server", 5270, "_xmpps-server._tcp.lab.example"},
    };
    (void)state;
    for (int i = 0; i < POLICY_SERVICES; i++) {
        struct dns_name domain = lab_name("lab.example"), owner = lab_name(cases[i].owner), made;
        assert_string_equal(policy_service_name((enum policy_service)i), cases[i].name);
        assert_int_equal(policy_service_port((enum policy_service)i), cases[i].port);
        assert_int_equal(policy_service_owner(&made, (enum policy_service)i, &domain), ERR_OK);
        assert_true(dns_name_equal(&made, &owner));
        assert_int_equal(policy_service_of(&owner), i);
    }
}

static void test_service_of_others(void **state)
{
    static const char *const names[] = {
        ".",
        "_tcp.lab.example",
        "_xmpp-client._udp.lab.example",
        "_xmpp-clienT.lab.example",
        "_xmpp-client",
        "_tcp._xmpp-client.lab.example",
        "_xmpp-clients._tcp.lab.example",
        "_xmpp-bclient._tcp.lab.example",
        "xxmpp-client._tcp.lab.example",
        "_jabber._tcp.lab.example",
        "_xmpp-client._tcpx.lab.example",
        "a._xmpp-client._tcp.lab.example",
    };
    (void)state;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        struct dns_name name = lab_name(names[i]);
        assert_int_equal(policy_service_of(&name), -1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lists_grow),
        cmocka_unit_test(test_short_lists_grow),
        cmocka_unit_test(test_files),
        cmocka_unit_test(test_services),
        cmocka_unit_test(test_service_of_others),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
