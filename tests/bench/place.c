/* SPDX-License-Identifier: MIT */
#include "place.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "due.h"
#include "machine.h"

const uint8_t place_floor_key[FLOOR_KEY_LEN] = "the floor hashes under this key";

const char *place_path(const char *dir, const char *name) {
    static char path[8][PLACE_PATH];
    static unsigned at;
    char *out = path[at++ % 8];
    int len = snprintf(out, PLACE_PATH, "%s/%s", dir, name);
    DUE_THAT(len > 0 && len < PLACE_PATH);
    return out;
}

void place_owner(size_t number, char out[PLACE_OWNER_LEN + 1]) {
    (void)snprintf(out, PLACE_OWNER_LEN + 1, "owner-%010u", (unsigned)number);
}

/* Twice what its records take when they come in random order. */
size_t place_floor_map(size_t tokens) { return ((size_t)64 << 20) + tokens * 256; }

static void map_texts(struct place *place) {
    struct stat st;
    int fd = open(place_path(place->dir, "texts"), O_RDONLY | O_CLOEXEC);
    DUE_THAT(fd >= 0);
    DUE(fstat(fd, &st));
    place->texts = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_SHARED, fd, 0);
    DUE_THAT(place->texts != MAP_FAILED);
    (void)close(fd);
    const char *end = memchr(place->texts, '\n', (size_t)st.st_size);
    DUE_THAT(end != NULL);
    place->len = (size_t)(end - place->texts);
    place->tokens = (size_t)st.st_size / (place->len + 1);
}

static void read_owners(struct place *place) {
    FILE *file = fopen(place_path(place->dir, "owners"), "re");
    DUE_THAT(file && fscanf(file, "%zu", &place->owners) == 1);
    (void)fclose(file);
}

static void open_store(struct place *place, uint32_t mode) {
    apitoken_open_opts opts = APITOKEN_OPEN_OPTS_INIT;
    opts.mode = mode;
    opts.check_max_bytes = APITOKEN_CHECK_OFF;
    DUE(apitoken_keyring_load(place_path(place->dir, "keys"), NULL, &place->keyring, NULL));
    DUE(apitoken_store_open(place_path(place->dir, "store"), place->keyring, &opts, &place->store,
                            NULL));
    opts.flags = APITOKEN_OPEN_NO_RECENT;
    DUE(apitoken_store_open(place_path(place->dir, "store"), place->keyring, &opts,
                            &place->forgetful, NULL));
}

void place_open(struct place *place, const char *dir, uint32_t mode) {
    *place = (struct place){ .tokens = 0 };
    (void)snprintf(place->dir, sizeof place->dir, "%s", dir);
    map_texts(place);
    read_owners(place);
    open_store(place, mode);
    if (access(place_path(dir, "floor"), F_OK) != 0) return;
    place->floor =
        floor_open(place_path(dir, "floor"), place_floor_key, place_floor_map(place->tokens), 0);
    DUE_THAT(place->floor != NULL);
}

void place_close(struct place *place) {
    floor_close(place->floor);
    apitoken_store_close(place->forgetful);
    apitoken_store_close(place->store);
    apitoken_keyring_free(place->keyring);
    (void)munmap(place->texts, place->tokens * (place->len + 1));
}

const char *place_text(const struct place *place, size_t i) {
    return place->texts + i * (place->len + 1);
}

static char *room(const struct place *place, size_t count) {
    char *out = calloc(count, PLACE_STRIDE);
    DUE_THAT(out && place->len < PLACE_STRIDE);
    return out;
}

static void put(const struct place *place, char *out, size_t at, size_t token) {
    memcpy(out + at * PLACE_STRIDE, place_text(place, token), place->len);
}

static size_t of_set(const struct place *place, size_t among, size_t which, size_t number) {
    DUE_THAT(place->tokens / among > which);
    return number * (place->tokens / among) + which;
}

char *place_draw(const struct place *place, size_t count, uint64_t *random) {
    char *out = room(place, count);
    for (size_t i = 0; i < count; i++) put(place, out, i, draw(random) % place->tokens);
    return out;
}

char *place_draw_hot(const struct place *place, size_t count, size_t among, size_t which,
                     uint64_t *random) {
    char *out = room(place, count);
    for (size_t i = 0; i < count; i++)
        put(place, out, i, of_set(place, among, which, draw(random) % among));
    return out;
}

char *place_set(const struct place *place, size_t among, size_t which, uint64_t *random) {
    char *out = room(place, among);
    size_t *order = calloc(among, sizeof *order);
    DUE_THAT(order != NULL);
    for (size_t i = 0; i < among; i++) { /* shuffled as it grows */
        size_t at = draw(random) % (i + 1);
        order[i] = order[at];
        order[at] = i;
    }
    for (size_t i = 0; i < among; i++) put(place, out, i, of_set(place, among, which, order[i]));
    free(order);
    return out;
}
