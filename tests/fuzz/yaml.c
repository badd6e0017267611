/* A configuration file, whatever it holds, becomes a configuration or findings. Files that it
 * includes are looked for in a folder that does not exist. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "config/config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
const char *__lsan_default_suppressions(void);

/* libfyaml 0.7.12 loses a buffer of 4 KiB for each single-quoted scalar with more than some sixty
 * doubled quotes in it. What our own code loses is found all the same. */
const char *__lsan_default_suppressions(void)
{
    return "leak:libfyaml.so";
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
    if (!e)
        config_deinit(&config);
    diag_list_print_json(&diags, &out);
    text_deinit(&out);
    diag_list_deinit(&diags);
    return 0;
}
