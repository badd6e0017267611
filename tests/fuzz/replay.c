/* Runs a fuzz target over every file of the folders that are named: saved inputs as a test. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int replay_file(const char *path)
{
    FILE *f = fopen(path, "rb");
    if (!f)
        return 0;
    if (fseek(f, 0, SEEK_END) != 0) {
        fclose(f);
        return 0;
    }
    long size = ftell(f);
    rewind(f);
    /* Exactly as large as the input, so that a sanitizer sees one byte too far. */
    uint8_t *data = size >= 0 ? malloc((size_t)size ? (size_t)size : 1) : NULL;
    int done = data && fread(data, 1, (size_t)size, f) == (size_t)size;
    fclose(f);
    if (done)
        LLVMFuzzerTestOneInput(data, (size_t)size);
    free(data);
    return done;
}

int main(int argc, char **argv)
{
    int count = 0;
    for (int i = 1; i < argc; i++) {
        DIR *dir = opendir(argv[i]);
        for (struct dirent *e; dir && (e = readdir(dir));) {
            char path[4096];
            if (e->d_name[0] == '.')
                continue;
            snprintf(path, sizeof(path), "%s/%s", argv[i], e->d_name);
            count += replay_file(path);
        }
        if (dir)
            closedir(dir);
    }
    printf("%d inputs replayed\n", count);
    return count > 0 ? 0 : 1;
}
