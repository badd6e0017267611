/* Zone text from anywhere: read, checked, compiled and dumped. Its place is in a folder that does
 * not exist, so that a relative $INCLUDE finds nothing. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/hash.h"
#include "policy/policy.h"
#include "policy/zone.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
const char *__lsan_default_suppressions(void);

/* ldns forgets a few bytes when it refuses the text of some types, such as CERT and IPSECKEY: that
 * much a reload of a bad file costs. The unit tests would see us forget what ldns hands out. */
const char *__lsan_default_suppressions(void)
{
    return "leak:libldns\n";
}

/* Absolute paths would lead out of that folder, and a mutated one to whatever this machine has. */
static int has_absolute_include(const uint8_t *data, size_t size)
{
    static const char word[] = "$include";
    const size_t len = sizeof(word) - 1;
    int found = 0;
    for (size_t i = 0; i + len <= size && !found; i++)
        found = strncasecmp((const char *)data + i, word, len) == 0;
    return found && memchr(data, '/', size);
}

static void compile(const struct policy_model *model, struct diag_list *diags)
{
    static const struct hash_key key = {1, 2};
    struct text dump = {0};
    size_t errors = diags->errors;
    struct policy *policy = policy_compile(model, &key, 1, NULL, diags);
    if (policy)
        policy_dump(policy, &dump);
    else
        assert(diags->errors > errors);
    text_deinit(&dump);
    policy_free(policy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct place place = {.file = "/nonexistent/folder/zone", .line = 1, .column = 1};
    struct policy_model model = {0};
    struct diag_list diags = {0};
    if (has_absolute_include(data, size))
        return 0;
    enum err err = policy_zone_read(&model, (const char *)data, size, &place, 5, &diags);
    assert(!err);
    for (size_t i = 0; i < model.record_count; i++) {
        const struct policy_record *r = &model.records[i];
        assert(r->owner_len > 0 && r->owner[r->owner_len - 1] == 0);
        assert(r->ttl <= INT32_MAX && r->class == 1);
        assert(r->place.line > 0 && r->place.column > 0);
    }
    policy_check(&model, &diags);
    compile(&model, &diags);
    policy_model_deinit(&model);
    diag_list_deinit(&diags);
    return 0;
}
