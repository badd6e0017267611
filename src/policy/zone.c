#include "policy/zone.h"

#include <stdlib.h>
#include <string.h>

#include "dns/message.h"
#include "policy/zone_parts.h"

static enum err zone_reader_init(struct zone_reader *reader, struct policy_model *model,
                                 struct diag_list *diags)
{
    *reader = (struct zone_reader){.model = model, .diags = diags};
    reader->scratch = malloc(ZONE_SCRATCH_MAX);
    reader->rdata = malloc(ZONE_RDATA_MAX);
    reader->wire = ldns_buffer_new(LDNS_MIN_BUFLEN);
    return reader->scratch && reader->rdata && reader->wire ? ERR_OK : ERR_NOMEM;
}

static void zone_reader_deinit(struct zone_reader *reader)
{
    free(reader->scratch);
    free(reader->rdata);
    if (reader->wire)
        ldns_buffer_free(reader->wire);
}

/* The heading of the tables in Prosody's documentation, which people copy along with the lines. */
static bool entry_is_heading(const struct zone_entry *e)
{
    static const char *const words[] = {"record",   "name",   "TTL",  "class", "type",
                                        "priority", "weight", "port", "target"};
    size_t n = sizeof(words) / sizeof(words[0]);
    if (e->count != n)
        return false;
    for (size_t i = 0; i < n; i++)
        if (!zone_token_is(&e->tokens[i], words[i]))
            return false;
    return true;
}

static void source_add_record(struct zone_source *source, const struct zone_head *head, size_t len)
{
    struct zone_reader *reader = source->reader;
    struct policy_record *record =
        policy_model_add_record(reader->model, &source->owner, reader->rdata, len);
    if (!record) {
        reader->err = ERR_NOMEM;
        return;
    }
    record->type = head->type;
    record->ttl = head->ttl;
    record->place = zone_place(source, &source->entry.tokens[0]);
}

static void source_on_entry(struct zone_source *source)
{
    struct zone_head head;
    size_t len = 0;
    if (source->entry.tokens[0].at[0] == '$')
        zone_directive(source);
    else if (!entry_is_heading(&source->entry) && zone_head_read(source, &head) &&
             zone_rdata_read(source, &head, &len))
        source_add_record(source, &head, len);
}

bool zone_source_step(struct zone_source *source, enum zone_step *step)
{
    const struct zone_flaw *flaw = &source->scan.flaw;
    *step = zone_scan_next(&source->scan, &source->entry);
    if (*step == ZONE_STEP_NOMEM)
        source->reader->err = ERR_NOMEM;
    else if (*step == ZONE_STEP_ENTRY)
        source_on_entry(source);
    else if (*step == ZONE_STEP_FLAW)
        zone_fault_at(source, flaw->line, flaw->column, flaw->code, flaw->hint, flaw->message);
    return source->reader->err == ERR_OK;
}

void zone_source_skip_mark(struct zone_source *source)
{
    struct zone_scan *s = &source->scan;
    if (s->end - s->at >= 3 && memcmp(s->at, "\xef\xbb\xbf", 3) == 0)
        s->at += 3;
}

static void source_read_text(struct zone_source *source, const char *text, size_t len)
{
    enum zone_step step;
    source->scan.at = len ? text : ""; /* `text` may be NULL */
    source->scan.end = source->scan.at + len;
    source->scan.last = true;
    zone_source_skip_mark(source);
    while (zone_source_step(source, &step) && step != ZONE_STEP_END)
        ;
}

static const struct dns_name zone_root = {.len = 1};

enum err policy_zone_read(struct policy_model *model, const char *text, size_t len,
                          const struct place *place, uint32_t default_ttl, struct diag_list *diags)
{
    struct zone_reader reader;
    struct zone_source source = {
        .reader = &reader, .lineless = place->line == 0, .origin = zone_root, .ttl = default_ttl};
    enum err err = zone_reader_init(&reader, model, diags);
    source.file = place->file ? policy_model_file(model, place->file) : NULL;
    if (!err && place->file && !source.file)
        err = ERR_NOMEM;
    if (!err) {
        zone_scan_init(&source.scan, place->line ? place->line : 1,
                       place->column ? place->column : 1);
        source_read_text(&source, text, len);
        err = reader.err;
    }
    zone_entry_deinit(&source.entry);
    zone_reader_deinit(&reader);
    return err;
}

enum err policy_zone_read_file(struct policy_model *model, const char *path,
                               const struct place *place, uint32_t default_ttl,
                               struct diag_list *diags)
{
    struct zone_reader reader;
    struct zone_source source = {.reader = &reader, .origin = zone_root, .ttl = default_ttl};
    enum err err = zone_reader_init(&reader, model, diags);
    if (!err) {
        zone_source_read_file(&source, path, place);
        err = reader.err;
    }
    zone_entry_deinit(&source.entry);
    zone_reader_deinit(&reader);
    return err;
}
