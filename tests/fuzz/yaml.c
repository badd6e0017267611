/* A configuration file, whatever it holds, becomes a configuration or findings. Files that it
 * includes are looked for in a folder that does not exist. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "config/config.h"
#include "policy/policy.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
const char *__lsan_default_suppressions(void);

/* libfyaml 0.7.12 loses a buffer of 4 KiB for each single-quoted scalar with more than some sixty
 * doubled quotes in it; ldns forgets a few bytes when it refuses the text of some types. What our
 * own code loses is found all the same. */
const char *__lsan_default_suppressions(void)
{
    return "leak:libfyaml.so\nleak:libldns\n";
}

/* What was read is compiled for everyone and for each view. */
static void compile(const struct config *config, const char *view, struct diag_list *diags)
{
    static const struct hash_key key = {1, 2};
    struct text dump = {0};
    size_t errors = diags->errors;
    struct policy *policy = policy_compile(&config->policy, &key, 1, view, diags);
    if ((policy == NULL) != (diags->errors > errors))
        abort();
    if (policy && policy_dump(policy, &dump) != ERR_OK)
        abort();
    text_deinit(&dump);
    policy_free(policy);
}

static void use(struct config *config, struct diag_list *diags)
{
    policy_check(&config->policy, diags);
    compile(config, NULL, diags);
    for (size_t i = 0; i < config->view_count && i < 8; i++)
        compile(config, config->views[i].name, diags);
    config_deinit(config);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct config config;
    struct diag_list diags = {0};
    struct text out = {0};
    enum err e =
        config_parse(&config, "/nonexistent/fuzz.yaml", (const char *)data, size, NULL, &diags);
    if ((e == ERR_OK) != (diags.errors == 0))
        abort();
    if (e == ERR_OK)
        use(&config, &diags);
    diag_list_print_json(&diags, &out);
    text_deinit(&out);
    diag_list_deinit(&diags);
    return 0;
}
