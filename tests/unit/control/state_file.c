/* What survives a restart: the file itself, what live changes make of it, and a kill at any
 * moment. */
#include "unit/control/live_help.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "control/state_file.h"

struct folder {
    char path[64], file[96];
};

static void folder_init(struct folder *f)
{
    snprintf(f->path, sizeof(f->path), "/tmp/shunt-state-XXXXXX");
    assert_non_null(mkdtemp(f->path));
    snprintf(f->file, sizeof(f->file), "%s/state.json", f->path);
}

static void folder_deinit(struct folder *f)
{
    static const char *const names[] = {"", ".tmp", ".bad"};
    char path[128];
    for (size_t i = 0; i < 3; i++) {
        snprintf(path, sizeof(path), "%s%s", f->file, names[i]);
        unlink(path);
    }
    assert_int_equal(rmdir(f->path), 0);
}

static void put(const struct folder *f, const char *text)
{
    assert_int_equal(state_file_write(f->file, text, strlen(text)), ERR_OK);
}

static bool exists(const struct folder *f, const char *ending)
{
    char path[128];
    snprintf(path, sizeof(path), "%s%s", f->file, ending);
    return access(path, F_OK) == 0;
}

static void test_file(void **state)
{
    struct folder f;
    struct stat stat;
    char *data = NULL;
    size_t len = 99;
    (void)state;
    folder_init(&f);
    assert_int_equal(state_file_read(f.file, &data, &len), ERR_NOTFOUND);
    put(&f, "");
    assert_int_equal(state_file_read(f.file, &data, &len), ERR_OK);
    assert_int_equal(len, 0);
    free(data);
    put(&f, "one, and longer");
    put(&f, "two");
    assert_int_equal(state_file_read(f.file, &data, &len), ERR_OK);
    assert_string_equal(data, "two");
    assert_int_equal(len, 3);
    free(data);
    assert_false(exists(&f, ".tmp"));
    assert_int_equal(lstat(f.file, &stat), 0);
    assert_int_equal(stat.st_mode & 07, 0); /* none of others' business */
    assert_int_equal(state_file_set_aside(f.file), ERR_OK);
    assert_true(exists(&f, ".bad"));
    assert_int_equal(state_file_set_aside(f.file), ERR_SYSTEM);
    assert_int_equal(truncate(f.file, 0) == 0, 0);
    put(&f, "x");
    assert_int_equal(truncate(f.file, (off_t)STATE_FILE_MAX + 1), 0);
    assert_int_equal(state_file_read(f.file, &data, &len), ERR_RANGE);
    assert_int_equal(state_file_read(f.path, &data, &len), ERR_RANGE);
    assert_int_equal(state_file_write("/nowhere/at/all", "x", 1), ERR_SYSTEM);
    assert_int_equal(errno, ENOENT);
    folder_deinit(&f);
}

/* Nobody may point the temporary file somewhere else: not by a link of either kind. */
static void test_link(void **state)
{
    struct folder f;
    char temporary[128], victim[128];
    struct stat stat;
    (void)state;
    folder_init(&f);
    snprintf(temporary, sizeof(temporary), "%s.tmp", f.file);
    snprintf(victim, sizeof(victim), "%s.bad", f.file);
    int fd = open(victim, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    assert_int_equal(write(fd, "keep", 4), 4);
    close(fd);
    assert_int_equal(symlink(victim, temporary), 0);
    put(&f, "x");
    assert_int_equal(link(victim, temporary), 0);
    put(&f, "y");
    assert_int_equal(lstat(victim, &stat), 0);
    assert_int_equal(stat.st_size, 4);
    assert_int_equal(lstat(f.file, &stat), 0);
    assert_true(S_ISREG(stat.st_mode) && stat.st_size == 1);
    folder_deinit(&f);
}

static void restart(struct lab *lab, const struct folder *f, uint64_t later)
{
    uint64_t wall = lab_wall(lab) + later;
    lab_deinit(lab);
    lab_open(lab, f->file);
    lab->now = 77; /* the clock that never jumps begins anew */
    assert_int_equal(live_restore(lab->live, lab->now, wall), ERR_OK);
    const struct live_lab files = {.ttl = 5};
    assert_int_equal(live_configure(lab->live, &files, NULL, 0, lab->now, wall), ERR_OK);
}

/* Everything that can be said comes back as it was. */
static void test_round(void **state)
{
    struct lab lab;
    struct folder f;
    (void)state;
    folder_init(&f);
    lab_open(&lab, f.file);
    assert_int_equal(live_restore(lab.live, lab.now, lab_wall(&lab)), ERR_OK);
    lab_configure(&lab, NULL, 0);
    assert_false(exists(&f, ""));
    struct live_target spec = lab_target("x\\.y\\255.example", "demote");
    spec.domain = lab_name("lab.example");
    spec.service = POLICY_XMPPS_SERVER;
    spec.match_port = 65535;
    lab_set(&lab, &spec);
    spec = lab_priority("y.example", 65535);
    spec.fields = POLICY_EDIT_PRIORITY | POLICY_EDIT_WEIGHT | POLICY_EDIT_PORT | POLICY_EDIT_TTL;
    spec.weight = 65534;
    spec.port = 65533;
    spec.ttl = INT32_MAX;
    lab_set(&lab, &spec);
    spec = lab_priority("z.example", 0); /* 0 is a value, not an absence */
    spec.uses = 4000000000u;
    lab_set(&lab, &spec);
    struct fault_spec fault = lab_fault(
        "all-of-it", "name=a.lab.example domain=lab.example service=xmpps-client type=TYPE65280 "
                     "client=fd00::/8 view=in transport=tcp source=cache rcode=23 delay=1500ms "
                     "jitter=20ms tcp=half-length mangle=case share=0.25% first=3 every=2");
    fault.uses_max = 5;
    strcpy(fault.match.view, "with blanks; and = such");
    lab_add(&lab, &fault);
    fault = lab_fault("second", "drop=true");
    lab_add(&lab, &fault);
    fault = lab_fault("third", "truncate=true ttl=0");
    lab_add(&lab, &fault);
    uint64_t revision = live_revision(lab.live), changed = live_changed_at(lab.live);
    char *before = lab_text(&lab);
    restart(&lab, &f, 50000);
    char *after = lab_text(&lab);
    assert_string_equal(before, after);
    assert_int_equal(live_revision(lab.live), revision);
    assert_int_equal(live_changed_at(lab.live), changed);
    assert_int_equal(lab_set(&lab, &spec), 4); /* numbers go on */
    free(before);
    free(after);
    lab_deinit(&lab);
    folder_deinit(&f);
}

/* The time goes on while nothing runs. */
static void test_time(void **state)
{
    struct lab lab;
    struct folder f;
    (void)state;
    folder_init(&f);
    lab_open(&lab, f.file);
    lab_configure(&lab, NULL, 0);
    struct live_target spec = lab_target("x.example", "remove");
    spec.for_ms = 30000;
    lab_set(&lab, &spec);
    spec.target = lab_name("y.example");
    spec.for_ms = 60000;
    lab_set(&lab, &spec);
    struct fault_spec fault = lab_fault("f", "drop=true for=20s");
    lab_add(&lab, &fault);
    restart(&lab, &f, 29999);
    assert_int_equal(lab_count(&lab), 2);
    assert_int_equal(lab_tick(&lab, 77), 78);
    assert_int_equal(live_revision(lab.live), 5); /* the fault has ended */
    restart(&lab, &f, 1);
    assert_int_equal(lab_count(&lab), 2);
    restart(&lab, &f, 31000); /* what has come to its end meanwhile is not in force at all */
    assert_int_equal(lab_count(&lab), 1);
    lab_deinit(&lab);
    folder_deinit(&f);
}

/* Uses that workers took are known after a stop, and a damaged clock ends nothing early. */
static void test_uses(void **state)
{
    struct lab lab;
    struct folder f;
    (void)state;
    folder_init(&f);
    lab_open(&lab, f.file);
    lab_configure(&lab, NULL, 0);
    struct fault_spec fault = lab_fault("f", "drop=true");
    fault.uses_max = 3;
    lab_add(&lab, &fault);
    assert_string_equal(lab_befalls(&lab), "f");
    assert_string_equal(lab_befalls(&lab), "f");
    restart(&lab, &f, 0);
    assert_string_equal(lab_befalls(&lab), "f");
    assert_string_equal(lab_befalls(&lab), "");
    lab_deinit(&lab);
    folder_deinit(&f);
}

/* What a daemon that is killed now would find. */
static json_int_t saved_uses(const struct folder *f)
{
    json_error_t error;
    json_t *json = json_load_file(f->file, 0, &error);
    const json_t *fault = json_array_get(json_object_get(json, "faults"), 0);
    json_int_t used = json_integer_value(json_object_get(fault, "used"));
    assert_non_null(fault);
    json_decref(json);
    return used;
}

/* Uses are written now and then, and not each second. */
static void test_uses_saved(void **state)
{
    struct lab lab;
    struct folder f;
    (void)state;
    folder_init(&f);
    lab_open(&lab, f.file);
    lab_configure(&lab, NULL, 0);
    struct fault_spec fault = lab_fault("f", "drop=true");
    lab_add(&lab, &fault);
    assert_string_equal(lab_befalls(&lab), "f");
    lab_tick(&lab, 10999);
    assert_int_equal(saved_uses(&f), 0);
    lab_tick(&lab, 11000);
    assert_int_equal(saved_uses(&f), 1);
    lab_deinit(&lab);
    folder_deinit(&f);
}

static void test_removed(void **state)
{
    struct lab lab;
    struct folder f;
    (void)state;
    folder_init(&f);
    lab_open(&lab, f.file);
    struct fault_spec fault = lab_fault("file", "drop=true");
    lab_configure(&lab, &fault, 1);
    assert_int_equal(live_fault_remove(lab.live, "file", -1, lab.now, lab_wall(&lab)), ERR_OK);
    restart(&lab, &f, 0);
    lab_configure(&lab, &fault, 1);
    assert_string_equal(lab_befalls(&lab), "");
    lab_reset(&lab, 1);
    restart(&lab, &f, 0);
    lab_configure(&lab, &fault, 1);
    assert_string_equal(lab_befalls(&lab), "file");
    lab_deinit(&lab);
    folder_deinit(&f);
}

static const char whole[] =
    "{\"version\": 1, \"revision\": 9, \"next-id\": 5, \"changed\": 1700000000000, \"targets\": "
    "[{\"id\": 4, \"target\": \"x.example.\", \"how\": \"remove\", \"made\": 1}], \"faults\": [], "
    "\"removed-faults\": []}";

static void test_damaged(void **state)
{
    static const char *const cases[] = {
        "",
        "{",
        "[]",
        "\"state\"",
        "{\"version\": 2, \"targets\": [], \"faults\": [], \"removed-faults\": []}",
        "{\"version\": 1, \"faults\": [], \"removed-faults\": []}",
        "{\"version\": 1, \"targets\": {}, \"faults\": [], \"removed-faults\": []}",
        "{\"version\": 1, \"targets\": [{}], \"faults\": [], \"removed-faults\": []}",
        "{\"version\": 1, \"targets\": [7], \"faults\": [], \"removed-faults\": []}",
        "{\"version\": 1, \"targets\": [{\"target\": \"x\", \"how\": \"explode\"}], \"faults\": "
        "[], "
        "\"removed-faults\": []}",
        "{\"version\": 1, \"targets\": [{\"target\": \"x\", \"service\": \"http\"}], \"faults\": "
        "[], "
        "\"removed-faults\": []}",
        "{\"version\": 1, \"targets\": [{\"target\": \"a..b\"}], \"faults\": [], "
        "\"removed-faults\": []}",
        "{\"version\": 1, \"targets\": [{\"target\": \"x\", \"priority\": 65536}], \"faults\": [], "
        "\"removed-faults\": []}",
        "{\"version\": 1, \"targets\": [{\"target\": \"x\", \"ends\": -1}], \"faults\": [], "
        "\"removed-faults\": []}",
        "{\"version\": 1, \"targets\": [], \"faults\": [{}], \"removed-faults\": []}",
        "{\"version\": 1, \"targets\": [], \"faults\": [{\"fault\": {\"name\": \"f\"}}], "
        "\"removed-faults\": []}",
        "{\"version\": 1, \"targets\": [], \"faults\": [{\"fault\": {\"name\": \"f\", \"drop\": "
        "true}, \"used\": \"x\"}], \"removed-faults\": []}",
        "{\"version\": 1, \"targets\": [], \"faults\": [], \"removed-faults\": [1]}",
        "{\"version\": 1, \"revision\": \"x\", \"targets\": [], \"faults\": [], "
        "\"removed-faults\": []}",
        "{\"version\": 1, \"version\": 1, \"targets\": [], \"faults\": [], \"removed-faults\": []}",
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct lab lab;
        struct folder f;
        folder_init(&f);
        put(&f, cases[i]);
        lab_open(&lab, f.file);
        if (live_restore(lab.live, lab.now, lab_wall(&lab)) != ERR_INVALID)
            fail_msg("taken: %s", cases[i]);
        lab_configure(&lab, NULL, 0);
        assert_int_equal(lab_count(&lab), 0);
        assert_true(exists(&f, ".bad"));
        assert_false(exists(&f, ""));
        struct live_target spec = lab_target("x.example", "remove");
        lab_set(&lab, &spec);
        assert_true(exists(&f, ""));
        lab_deinit(&lab);
        folder_deinit(&f);
    }
}

/* Each beginning of a file, and each file with one bit turned, is taken or set aside; none
 * crashes. */
static void test_cut(void **state)
{
    (void)state;
    for (size_t i = 0; i < 8 * (sizeof(whole) - 1); i++) {
        struct lab lab;
        struct folder f;
        char copy[sizeof(whole)];
        memcpy(copy, whole, sizeof(whole));
        folder_init(&f);
        if (i % 8 == 7)
            copy[i / 8] = '\0';
        else
            copy[i / 8] = (char)(copy[i / 8] ^ (1 << i % 8));
        put(&f, copy);
        lab_open(&lab, f.file);
        enum err e = live_restore(lab.live, lab.now, lab_wall(&lab));
        assert_true(e == ERR_OK || e == ERR_INVALID);
        if (i % 8 == 7)
            assert_int_equal(e, ERR_INVALID);
        assert_int_equal(exists(&f, ".bad"), e == ERR_INVALID);
        lab_configure(&lab, NULL, 0);
        lab_deinit(&lab);
        folder_deinit(&f);
    }
}

/* When the file cannot be written nothing is changed, and later it is again. */
static void test_unwritable(void **state)
{
    struct lab lab;
    struct folder f;
    char blocker[128];
    uint32_t id;
    (void)state;
    folder_init(&f);
    snprintf(blocker, sizeof(blocker), "%s.tmp", f.file);
    lab_open(&lab, f.file);
    lab_configure(&lab, NULL, 0);
    struct live_target spec = lab_target("x.example", "remove");
    spec.for_ms = 1000;
    lab_set(&lab, &spec);
    assert_int_equal(mkdir(blocker, 0700), 0);
    unsigned published = lab.published;
    char *before = lab_text(&lab);
    struct live_target other = lab_target("y.example", "remove");
    assert_int_equal(live_target_set(lab.live, &other, -1, lab.now, lab_wall(&lab), &id),
                     ERR_SYSTEM);
    assert_int_equal(errno, EISDIR);
    char *after = lab_text(&lab);
    assert_string_equal(before, after);
    assert_int_equal(lab.published, published);
    assert_int_equal(live_revision(lab.live), 2);
    lab_tick(&lab, 3000); /* what ends, ends */
    assert_int_equal(lab_count(&lab), 0);
    assert_null(lab.overlay);
    assert_int_equal(rmdir(blocker), 0);
    lab_tick(&lab, 4000);
    restart(&lab, &f, 0);
    assert_int_equal(lab_count(&lab), 0);
    assert_int_equal(live_revision(lab.live), 3);
    free(before);
    free(after);
    lab_deinit(&lab);
    folder_deinit(&f);
}

/* The child: change after change, each told through the pipe once it is acknowledged. */
static void change_on(const char *path, int out, uint32_t seed)
{
    struct lab lab;
    lab_open(&lab, path);
    if (live_restore(lab.live, lab.now, lab_wall(&lab)) != ERR_OK)
        _exit(1);
    lab_configure(&lab, NULL, 0);
    for (;;) {
        seed = seed * 1103515245u + 12345u;
        char name[32];
        snprintf(name, sizeof(name), "t%u.example", seed >> 16 & 7);
        struct live_target spec = lab_priority(name, (uint16_t)(seed >> 8));
        uint32_t id;
        size_t count;
        enum err e = ERR_OK;
        uint64_t wall = lab_wall(&lab);
        if ((seed >> 24 & 15) == 0)
            e = live_reset(lab.live, lab.now, wall, &count);
        else if ((seed >> 24 & 3) == 1)
            e = live_target_restore(lab.live, &spec, -1, lab.now, wall, &count);
        else
            e = live_target_set(lab.live, &spec, -1, lab.now, wall, &id);
        if (e == ERR_NOTFOUND)
            continue;
        if (e != ERR_OK)
            _exit(2);
        uint64_t told[2] = {live_revision(lab.live), lab_count(&lab)};
        if (write(out, told, sizeof(told)) != (ssize_t)sizeof(told))
            _exit(3);
    }
}

/* Reads until the child has acknowledged `enough` changes, kills it, and reads the rest: the last
 * that was acknowledged. */
static void kill_after(pid_t child, int in, unsigned enough, unsigned spin, uint64_t last[2])
{
    uint64_t told[2];
    int status;
    for (unsigned i = 0; i < enough; i++) {
        assert_int_equal(read(in, told, sizeof(told)), sizeof(told));
        memcpy(last, told, sizeof(told));
    }
    for (volatile unsigned i = 0; i < spin; i++)
        continue;
    assert_int_equal(kill(child, SIGKILL), 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status)); /* it did not give up by itself */
    while (read(in, told, sizeof(told)) == (ssize_t)sizeof(told))
        memcpy(last, told, sizeof(told));
}

/* After a kill at any moment the file is whole, and holds the last change that was acknowledged,
 * or the one after it, which was about to be. */
static void test_kill(void **state)
{
    struct folder f;
    uint32_t seed = 20260131;
    uint64_t last[2] = {1, 0};
    (void)state;
    folder_init(&f);
    for (int round = 0; round < 200; round++) {
        int pipes[2];
        struct lab lab;
        seed = seed * 1103515245u + 12345u;
        assert_int_equal(pipe(pipes), 0);
        pid_t child = fork();
        assert_true(child >= 0);
        if (child == 0) {
            close(pipes[0]);
            change_on(f.file, pipes[1], seed);
        }
        close(pipes[1]);
        kill_after(child, pipes[0], seed >> 28, (seed >> 8) % 200000, last);
        close(pipes[0]);
        lab_open(&lab, f.file);
        assert_int_equal(live_restore(lab.live, lab.now, lab_wall(&lab)), ERR_OK);
        uint64_t revision = live_revision(lab.live);
        assert_in_range(revision, last[0], last[0] + 1);
        if (revision == last[0])
            assert_int_equal(lab_count(&lab), last[1]);
        assert_false(exists(&f, ".bad"));
        last[0] = revision;
        last[1] = lab_count(&lab);
        lab_deinit(&lab);
    }
    assert_true(last[0] > 200);
    folder_deinit(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_file),    cmocka_unit_test(test_link),
        cmocka_unit_test(test_round),   cmocka_unit_test(test_time),
        cmocka_unit_test(test_uses),    cmocka_unit_test(test_uses_saved),
        cmocka_unit_test(test_removed), cmocka_unit_test(test_damaged),
        cmocka_unit_test(test_cut),     cmocka_unit_test(test_unwritable),
        cmocka_unit_test(test_kill),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
