/* SPDX-License-Identifier: MIT */
#include "lmdb/tokens/last_use.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cases.h"
#include "child.h"
#include "real.h"
#include "samples.h"
#include "store_file.h"

#define MAP ATK_MAP_MIN
#define SLOTS 131072
#define DUE (ATK_LAST_USE_HEAD + SLOTS * ATK_SLOT_BYTES) /* length of the file */

static int no_map;  /* an errno */
static int of_file; /* it fails for a map of the file, not for the address space around it */

void *mmap(void *at, size_t len, int protection, int flags, int fd, off_t offset) {
    void *(*real)(void *, size_t, int, int, int, off_t);
    REAL(real, "mmap64");
    if (!no_map || (fd >= 0) != of_file) return real(at, len, protection, flags, fd, offset);
    errno = no_map;
    return MAP_FAILED;
}

/* A last-use file as creation leaves it. */
static int setup(void **state) {
    struct store_file *p = calloc(1, sizeof *p);
    assert_non_null(p);
    fixture_make_dir(&p->fixture);
    store_file_open(p, ATK_LAST_USE_FILE, O_CREAT);
    assert_code(atk_last_use_format(p->fd, NULL), 0);
    assert_int_equal(ftruncate(p->fd, DUE), 0);
    *state = p;
    return 0;
}

static int open_slots(const struct store_file *p, uint64_t map_bytes, uint64_t used,
                      struct atk_last_use *use) {
    const struct atk_last_use_place place = { .dir_fd = p->dir_fd, .map_bytes = map_bytes };
    int rc = atk_last_use_open(&place, use, NULL);
    if (rc == 0) atk_last_use_begin(use, used);
    return rc;
}

static int open_use(const struct store_file *p, uint64_t map_bytes, struct atk_last_use *use) {
    memset(use, 0x55, sizeof *use);
    struct atk_last_use before = *use;
    int rc = open_slots(p, map_bytes, 0, use);
    if (rc < 0) assert_memory_equal(use, &before, sizeof before);
    return rc;
}

static struct stat stat_of(const struct store_file *p) {
    struct stat st;
    assert_int_equal(fstat(p->fd, &st), 0);
    return st;
}

static void test_slots_of_a_map(void **state) {
    (void)state;
    assert_true(atk_last_use_slots(ATK_MAP_MIN) == 131072);
    assert_true(atk_last_use_slots(ATK_MAP_DEFAULT) == 8388608);
    /* the number that means "none" is no slot */
    assert_true(atk_last_use_slots(UINT64_C(1) << 39) == ATK_SLOT_NONE);
    assert_true(atk_last_use_slots(ATK_MAP_MAX) == ATK_SLOT_NONE);
}

static void test_a_new_file_is_a_head(void **state) {
    const struct store_file *p = *state;
    uint8_t head[64], zeros[64] = { 0 };
    assert_int_equal(ftruncate(p->fd, 0), 0);
    assert_code(atk_last_use_format(p->fd, NULL), 0);
    struct stat st = stat_of(p);
    assert_int_equal(st.st_size, ATK_LAST_USE_HEAD);
    assert_in_range(st.st_blocks * 512, ATK_LAST_USE_HEAD, 65536);
    assert_int_equal(pread(p->fd, head, sizeof head, 0), sizeof head);
    assert_memory_equal(head, zeros, sizeof head); /* until there is a commit to tell of */
}

static void test_opening(void **state) {
    const struct store_file *p = *state;
    struct atk_last_use use;
    assert_code(open_use(p, MAP, &use), 0);
    assert_true(use.slots == 131072 && use.slots_given == 131072);
    assert_true(use.map_len == (uint64_t)stat_of(p).st_size);
    assert_int_equal(fcntl(use.fd, F_GETFD), FD_CLOEXEC);
    atk_last_use_close(&use);
    assert_null(use.map);
    assert_int_equal(use.fd, -1);
    atk_last_use_close(&use);
}

static void test_a_file_without_its_head_is_refused(void **state) {
    const struct store_file *p = *state;
    struct atk_last_use use;
    static const off_t lengths[] = { ATK_LAST_USE_HEAD - 1, 48, 1, 0 };
    const struct atk_last_use_place place = { .dir_fd = p->dir_fd,
                                              .any_owner = true,
                                              .map_bytes = MAP };
    assert_int_equal(ftruncate(p->fd, ATK_LAST_USE_HEAD), 0);
    assert_false(atk_last_use_is_lost(&place));
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        assert_int_equal(ftruncate(p->fd, lengths[i]), 0);
        assert_code(atk_last_use_open(&place, &use, NULL), APITOKEN_E_DAMAGED);
        assert_true(atk_last_use_is_lost(&place));
    }
    const int lock = openat(p->dir_fd, "writer.lock", O_RDWR | O_CREAT | O_CLOEXEC, 0660);
    assert_true(lock >= 0);
    assert_code(atk_last_use_renew(&place, NULL), 0); /* in place */
    assert_false(atk_last_use_is_lost(&place));
    assert_int_equal(close(lock), 0);
    assert_int_equal(unlinkat(p->dir_fd, ATK_LAST_USE_FILE, 0), 0);
    assert_true(atk_last_use_is_lost(&place));
    /* what stands in its place is no loss, but refused */
    assert_int_equal(symlinkat("elsewhere", p->dir_fd, ATK_LAST_USE_FILE), 0);
    assert_false(atk_last_use_is_lost(&place));
    assert_int_equal(unlinkat(p->dir_fd, ATK_LAST_USE_FILE, 0), 0);
    assert_code(open_use(p, MAP, &use), APITOKEN_E_DAMAGED);
}

/* Whoever may only verify takes the file as it is. */
static void test_a_short_file_works_as_far_as_it_goes(void **state) {
    const struct store_file *p = *state;
    struct atk_last_use use;
    static const struct {
        off_t len;
        uint64_t slots;
    } rows[] = { { ATK_LAST_USE_HEAD, 0 },
                 { ATK_LAST_USE_HEAD + 15, 0 },
                 { ATK_LAST_USE_HEAD + 16, 1 },
                 { ATK_LAST_USE_HEAD + 5000, 312 } };
    const struct atk_last_use_place place = { .dir_fd = p->dir_fd,
                                              .any_owner = true,
                                              .map_bytes = MAP };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_int_equal(ftruncate(p->fd, rows[i].len), 0);
        assert_code(atk_last_use_open(&place, &use, NULL), 0);
        assert_int_equal(stat_of(p).st_size, rows[i].len);
        assert_true(use.slots == rows[i].slots && use.slots_given == 131072);
        const struct atk_use last = { (uint32_t)rows[i].slots, 1, 1 };
        atk_last_use_note(&use, last, FIXTURE_NOW);
        assert_true(atk_last_use_ms(&use, last) == 0);
        atk_last_use_close(&use);
    }
}

/*
 * As long as the limit asks for, or as the slots that are used already, which have their blocks by
 * then; never shorter.
 */
static void test_a_short_file_is_made_longer(void **state) {
    static const struct {
        uint64_t limit, used, due;
    } rows[] = { { MAP / 2, 0, SLOTS / 2 },
                 { MAP / 4, 0, SLOTS / 2 },
                 { MAP / 4, SLOTS / 2 + 1, SLOTS / 2 + ATK_SLOTS_PER_BLOCK },
                 { MAP, 0, SLOTS },
                 { MAP, UINT64_MAX, SLOTS } };
    const struct store_file *p = *state;
    struct atk_last_use use;
    assert_int_equal(ftruncate(p->fd, ATK_LAST_USE_HEAD), 0);
    assert_code(open_use(p, MAP, &use), 0);
    assert_true(use.slots == 0);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_code(atk_last_use_lengthen(&use, rows[i].limit, rows[i].used, NULL), 0);
        assert_int_equal(stat_of(p).st_size, ATK_LAST_USE_HEAD + rows[i].due * ATK_SLOT_BYTES);
        assert_true(use.slots == rows[i].due);
        if (rows[i].used) assert_true(stat_of(p).st_blocks * 512 >= stat_of(p).st_size);
    }
    atk_last_use_close(&use);
}

/* By another process: it is seen when the file is looked at, and only then. */
static void test_the_slots_of_a_longer_file_are_used(void **state) {
    const struct store_file *p = *state;
    struct atk_last_use use;
    const struct atk_use last = { SLOTS - 1, 7, 0 };
    assert_int_equal(ftruncate(p->fd, ATK_LAST_USE_HEAD), 0);
    assert_code(open_use(p, MAP, &use), 0);
    assert_int_equal(ftruncate(p->fd, DUE + 4096), 0);
    atk_last_use_note(&use, last, FIXTURE_NOW);
    assert_true(atk_last_use_ms(&use, last) == 0);
    atk_last_use_follow(&use, DUE + 4096);
    assert_true(use.slots == SLOTS); /* what is mapped */
    atk_last_use_follow(&use, DUE - 4096);
    assert_true(use.slots == SLOTS);
    atk_last_use_note(&use, last, FIXTURE_NOW);
    assert_true(atk_last_use_ms(&use, last) == FIXTURE_NOW);
    atk_last_use_close(&use);
}

static void test_what_cannot_be_mapped_is_not_open(void **state) {
    static const struct {
        int os_code, code;
    } cases[] = { { ENOMEM, APITOKEN_E_NOMEM }, { EIO, APITOKEN_E_IO } };
    const struct store_file *p = *state;
    for (size_t i = 0; i < 2 * sizeof cases / sizeof cases[0]; i++) {
        struct atk_last_use use;
        of_file = (int)(i % 2);
        no_map = cases[i / 2].os_code;
        int rc = open_use(p, MAP, &use);
        no_map = 0;
        assert_code(rc, cases[i / 2].code);
    }
}

/* Until the next look. */
static void test_slots_that_cannot_be_mapped_are_not_used(void **state) {
    const struct store_file *p = *state;
    struct atk_last_use use;
    const struct atk_use last = { SLOTS - 1, 7, 0 };
    assert_int_equal(ftruncate(p->fd, ATK_LAST_USE_HEAD), 0);
    assert_code(open_use(p, MAP, &use), 0);
    assert_int_equal(ftruncate(p->fd, DUE), 0);
    of_file = 1;
    no_map = ENOMEM;
    atk_last_use_follow(&use, DUE);
    no_map = 0;
    assert_true(use.slots == 0);
    atk_last_use_note(&use, last, FIXTURE_NOW);
    assert_true(atk_last_use_ms(&use, last) == 0);
    atk_last_use_follow(&use, DUE);
    atk_last_use_note(&use, last, FIXTURE_NOW);
    assert_true(atk_last_use_ms(&use, last) == FIXTURE_NOW);
    atk_last_use_close(&use);
}

/* Bytes of the map of a file that this process may write. */
static uint64_t count_writable(const struct atk_last_use *use) {
    FILE *maps = fopen("/proc/self/maps", "re");
    const uintptr_t begin = (uintptr_t)use->map, end = begin + use->map_len;
    uint64_t count = 0;
    char line[512], access[5];
    assert_non_null(maps);
    while (fgets(line, sizeof line, maps)) {
        uint64_t from, to;
        assert_int_equal(sscanf(line, "%" SCNx64 "-%" SCNx64 " %4s", &from, &to, access), 3);
        if (from >= begin && to <= end && access[1] == 'w') count += to - from;
    }
    assert_int_equal(fclose(maps), 0);
    return count;
}

/* A tool that reads all writable memory of a process meets no page that the file does not have. */
static void test_no_more_than_the_file_is_writable(void **state) {
    const struct store_file *p = *state;
    struct atk_last_use use;
    assert_int_equal(ftruncate(p->fd, ATK_LAST_USE_HEAD), 0);
    assert_code(open_use(p, MAP, &use), 0);
    for (uint64_t slots = 0; slots <= SLOTS; slots += SLOTS / 4) {
        const uint64_t len = ATK_LAST_USE_HEAD + slots * ATK_SLOT_BYTES;
        assert_int_equal(ftruncate(p->fd, (off_t)len), 0);
        atk_last_use_follow(&use, len);
        assert_true(use.slots == slots && count_writable(&use) == (slots > 0 ? len : 0));
    }
    atk_last_use_close(&use);
}

static void test_a_file_that_is_too_long_is_harmless(void **state) {
    const struct store_file *p = *state;
    struct atk_last_use use;
    assert_int_equal(ftruncate(p->fd, 2 * (off_t)DUE), 0);
    assert_code(open_use(p, MAP, &use), 0);
    assert_true(use.slots == SLOTS && use.map_len == DUE);
    atk_last_use_close(&use);
}

static void test_preparing_a_slot_takes_its_block(void **state) {
    const struct store_file *p = *state;
    struct atk_last_use use;
    assert_code(open_use(p, MAP, &use), 0);
    const off_t size = stat_of(p).st_size;
    static const uint64_t rows[][2] = {
        { 0, 8192 }, { 255, 8192 }, { 256, 12288 }, { 100, 12288 }, { SLOTS - 1, 4096 + SLOTS * 16 }
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_code(atk_last_use_prepare(&use, rows[i][0], NULL), 0);
        assert_true(use.allocated == rows[i][1]);
        assert_true((uint64_t)stat_of(p).st_blocks * 512 >= rows[i][1]);
        assert_int_equal(stat_of(p).st_size, size);
    }
    use.map[use.map_len - 1] = 1; /* no SIGBUS */
    atk_last_use_close(&use);
}

static void test_preparing_a_slot_makes_a_short_file_longer(void **state) {
    const struct store_file *p = *state;
    struct atk_last_use use;
    assert_int_equal(ftruncate(p->fd, ATK_LAST_USE_HEAD), 0);
    assert_code(open_use(p, MAP, &use), 0);
    assert_code(atk_last_use_prepare(&use, 300, NULL), 0);
    assert_int_equal(stat_of(p).st_size, 12288);
    assert_true(use.slots == 512);
    atk_last_use_note(&use, (struct atk_use){ 511, 7, 0 }, FIXTURE_NOW); /* no SIGBUS */
    assert_code(atk_last_use_prepare(&use, SLOTS - 1, NULL), 0);
    assert_int_equal(stat_of(p).st_size, DUE);
    assert_true(use.slots == SLOTS);
    atk_last_use_close(&use);
}

/* ---- uses ------------------------------------------------------------------------------------ */

#define MARK 0x84030201u
#define AT(slot) ((struct atk_use){ (uint32_t)(slot), MARK, 0 })
#define MINUTE INT64_C(60000)

static void test_a_use_is_noted_to_the_minute(void **state) {
    const struct store_file *p = *state;
    struct atk_last_use use, other;
    uint8_t bytes[2 * ATK_SLOT_BYTES];
    assert_code(open_use(p, MAP, &use), 0);
    assert_code(open_use(p, MAP, &other), 0);
    assert_true(atk_last_use_ms(&use, AT(7)) == 0);
    atk_last_use_note(&use, AT(7), FIXTURE_NOW + 59999);
    assert_true(atk_last_use_ms(&use, AT(7)) == FIXTURE_NOW);
    assert_true(atk_last_use_ms(&other, AT(7)) == FIXTURE_NOW); /* through whatever map */
    assert_true(atk_last_use_ms(&use, AT(6)) == 0 && atk_last_use_ms(&use, AT(8)) == 0);
    /* mark; minute 30,000,000; and the other word */
    assert_int_equal(pread(p->fd, bytes, sizeof bytes, ATK_LAST_USE_HEAD + 7 * ATK_SLOT_BYTES),
                     sizeof bytes);
    assert_bytes(bytes, 8,
                 "01020384"
                 "80c3c901");
    assert_bytes(bytes + 8, 8, "0000000000000000");
    atk_last_use_close(&use);
    atk_last_use_close(&other);
}

static void test_a_use_only_goes_forward(void **state) {
    static const int64_t rows[][2] = { { 5, 5 },      { 4, 5 }, { 0, 5 },
                                       { 6, 6 },      { 5, 6 }, { 1000000, 1000000 },
                                       { 6, 1000000 } };
    const struct store_file *p = *state;
    struct atk_last_use use;
    assert_code(open_use(p, MAP, &use), 0);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        atk_last_use_note(&use, AT(0), rows[i][0] * MINUTE + 30000);
        assert_true(atk_last_use_ms(&use, AT(0)) == rows[i][1] * MINUTE);
    }
    atk_last_use_note(&use, AT(1), 59999); /* minute 0 is never */
    assert_true(atk_last_use_ms(&use, AT(1)) == 0);
    atk_last_use_note(&use, AT(1), ATK_MS_MAX);
    assert_true(atk_last_use_ms(&use, AT(1)) == ATK_MS_MAX / MINUTE * MINUTE);
    atk_last_use_close(&use);
}

/* What another id left, or nobody could have written, is never, and gives way to any use. */
static void test_a_strange_slot_is_never(void **state) {
    const struct store_file *p = *state;
    struct atk_last_use use;
    assert_code(open_use(p, MAP, &use), 0);
    for (unsigned bit = 0; bit < 32; bit++) {
        const struct atk_use other = { 3, MARK ^ 1u << bit, 0 };
        atk_last_use_note(&use, AT(3), FIXTURE_NOW + (int64_t)(2 * bit) * MINUTE);
        assert_true(atk_last_use_ms(&use, other) == 0);
        atk_last_use_note(&use, other, FIXTURE_NOW - MINUTE);
        assert_true(atk_last_use_ms(&use, other) == FIXTURE_NOW - MINUTE);
        assert_true(atk_last_use_ms(&use, AT(3)) == 0);
    }
    uint8_t *slot = use.map + ATK_LAST_USE_HEAD + 5 * ATK_SLOT_BYTES;
    atk_last_use_note(&use, AT(5), FIXTURE_NOW);
    memset(slot + 4, 0xFF, 4);
    assert_true(atk_last_use_ms(&use, AT(5)) == 0);
    atk_last_use_note(&use, AT(5), FIXTURE_NOW);
    assert_true(atk_last_use_ms(&use, AT(5)) == FIXTURE_NOW);
    atk_last_use_close(&use);
}

/* A secret that replaces another one notes its uses beside those of the old one. */
static void test_two_secrets_have_a_word_each(void **state) {
    const struct store_file *p = *state;
    struct atk_last_use use;
    const struct atk_use first = { 4, MARK, 0 }, second = { 4, 77, 1 };
    assert_code(open_use(p, MAP, &use), 0);
    atk_last_use_note(&use, first, FIXTURE_NOW);
    assert_true(atk_last_use_ms(&use, second) == 0);
    atk_last_use_note(&use, second, FIXTURE_NOW + MINUTE);
    atk_last_use_note(&use, first, FIXTURE_NOW + 2 * MINUTE);
    assert_true(atk_last_use_ms(&use, first) == FIXTURE_NOW + 2 * MINUTE);
    assert_true(atk_last_use_ms(&use, second) == FIXTURE_NOW + MINUTE);
    assert_true(atk_last_use_ms(&use, AT(3)) == 0 && atk_last_use_ms(&use, AT(5)) == 0);
    atk_last_use_close(&use);
}

static void test_a_copy_takes_both_words(void **state) {
    const struct store_file *p = *state;
    struct atk_last_use use, copy;
    const struct atk_use first = { 4, MARK, 0 }, second = { 4, 77, 1 };
    char name[] = "copy";
    int fd = openat(p->dir_fd, name, O_RDWR | O_CREAT | O_CLOEXEC, 0660);
    assert_true(fd >= 0);
    assert_code(atk_last_use_format(fd, NULL), 0);
    assert_int_equal(ftruncate(fd, DUE), 0);
    assert_code(open_use(p, MAP, &use), 0);
    assert_int_equal(renameat(p->dir_fd, name, p->dir_fd, ATK_LAST_USE_FILE), 0);
    assert_code(open_use(p, MAP, &copy), 0);
    atk_last_use_note(&use, first, FIXTURE_NOW);
    atk_last_use_note(&use, second, FIXTURE_NOW + MINUTE);
    atk_last_use_copy(&use, &copy, 4);
    atk_last_use_copy(&use, &copy, 131072); /* is none */
    atk_last_use_copy(&use, &copy, ATK_SLOT_NONE);
    assert_true(atk_last_use_ms(&copy, first) == FIXTURE_NOW);
    assert_true(atk_last_use_ms(&copy, second) == FIXTURE_NOW + MINUTE);
    atk_last_use_close(&use);
    atk_last_use_close(&copy);
    (void)close(fd);
}

static void test_no_slot_no_use(void **state) {
    const struct store_file *p = *state;
    struct atk_last_use use;
    assert_code(open_use(p, MAP, &use), 0);
    const uint32_t slots[] = { (uint32_t)use.slots, (uint32_t)use.slots + 1, ATK_SLOT_NONE };
    for (size_t i = 0; i < sizeof slots / sizeof slots[0]; i++) {
        atk_last_use_note(&use, AT(slots[i]), FIXTURE_NOW);
        assert_true(atk_last_use_ms(&use, AT(slots[i])) == 0);
    }
    atk_last_use_note(&use, AT((uint32_t)use.slots - 1), FIXTURE_NOW);
    assert_true(atk_last_use_ms(&use, AT((uint32_t)use.slots - 1)) == FIXTURE_NOW);
    atk_last_use_close(&use);
}

/* The file goes on behind the last slot of a smaller map, and so may the last page of that. */
static void test_a_slot_behind_the_map_is_none(void **state) {
    const struct store_file *p = *state;
    struct atk_last_use large, small;
    assert_int_equal(ftruncate(p->fd, 2 * (off_t)DUE), 0);
    assert_code(open_use(p, 2 * MAP, &large), 0);
    assert_code(open_use(p, MAP + ATK_SLOT_SHARE, &small), 0);
    assert_true(small.map_len % 4096 != 0);
    for (uint32_t slot = (uint32_t)small.slots - 1; slot < small.slots + 2; slot++) {
        atk_last_use_note(&large, AT(slot), FIXTURE_NOW);
        assert_true(atk_last_use_ms(&small, AT(slot)) == (slot < small.slots ? FIXTURE_NOW : 0));
    }
    atk_last_use_close(&large);
    atk_last_use_close(&small);
}

/* A slot that says what it should is not written: no other processor's cache loses the line. */
static void test_a_use_in_the_same_minute_writes_nothing(void **state) {
    const struct store_file *p = *state;
    struct atk_last_use use;
    assert_code(open_use(p, MAP, &use), 0);
    atk_last_use_note(&use, AT(0), FIXTURE_NOW);
    assert_int_equal(mprotect(use.map, use.map_len, PROT_READ), 0);
    /* or SIGSEGV */
    for (int64_t ms = 0; ms < MINUTE; ms += 100) atk_last_use_note(&use, AT(0), FIXTURE_NOW + ms);
    atk_last_use_close(&use);
}

/* A copy that lost its blocks: they are there again before anybody writes through the map. */
static void test_opening_allocates_what_was_given(void **state) {
    const struct store_file *p = *state;
    struct atk_last_use use;
    assert_code(open_slots(p, MAP, 1000, &use), 0);
    assert_int_equal(use.is_noted, 1);
    assert_true(use.allocated == 20480);
    assert_true((uint64_t)stat_of(p).st_blocks * 512 >= 20480);
    atk_last_use_close(&use);
    /* a state that says nonsense */
    assert_code(open_slots(p, MAP, UINT64_MAX, &use), 0);
    assert_int_equal(use.is_noted, 1);
    assert_true((uint64_t)stat_of(p).st_blocks * 512 >= use.map_len);
    atk_last_use_close(&use);
}

static int note_by_turns(void *ctx) {
    const struct store_file *p = ctx;
    struct atk_last_use use;
    if (open_slots(p, MAP, 1, &use) != 0) return 1;
    for (int64_t i = 1; i <= 100000; i++) atk_last_use_note(&use, AT(0), 2 * i * MINUTE);
    atk_last_use_close(&use);
    return 0;
}

static void test_processes_note_together(void **state) {
    struct store_file *p = *state;
    struct atk_last_use use;
    assert_code(open_slots(p, MAP, 1, &use), 0);
    pid_t pid = fork();
    if (pid == 0) _exit(note_by_turns(p));
    int64_t seen = 0;
    for (int64_t i = 1; i <= 100000; i++) {
        atk_last_use_note(&use, AT(0), (2 * i - 1) * MINUTE);
        int64_t now = atk_last_use_ms(&use, AT(0));
        assert_true(now >= seen && now >= (2 * i - 1) * MINUTE);
        seen = now;
    }
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    assert_true(atk_last_use_ms(&use, AT(0)) == 200000 * MINUTE);
    atk_last_use_close(&use);
}

#define WITH_FILE(test) cmocka_unit_test_setup_teardown(test, setup, store_file_teardown)

/* What is not touched is not prefetched. Any number of a slot may be asked for. */
static void test_a_use_touches_its_block(void **state) {
    const struct store_file *p = *state;
    struct atk_last_use use;
    assert_code(open_slots(p, MAP, 131072, &use), 0);
    static const uint32_t noted[] = { 0, ATK_SLOTS_PER_BLOCK - 1, 2 * ATK_SLOTS_PER_BLOCK, 131071 };
    for (size_t i = 0; i < sizeof noted / sizeof noted[0]; i++)
        atk_last_use_note(&use, (struct atk_use){ noted[i], 7, 0 }, ATK_MINUTE_MS);
    atk_last_use_note(&use, (struct atk_use){ 131072, 7, 0 }, ATK_MINUTE_MS);
    for (uint32_t block = 0; block < 131072 / ATK_SLOTS_PER_BLOCK; block++)
        assert_int_equal(use.touched[block], block == 0 || block == 2 || block == 511);
    for (size_t i = 0; i < sizeof noted / sizeof noted[0]; i++) atk_last_use_expect(&use, noted[i]);
    atk_last_use_expect(&use, 131072);
    atk_last_use_expect(&use, ATK_SLOT_NONE);
    atk_last_use_close(&use);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_slots_of_a_map),
        WITH_FILE(test_a_new_file_is_a_head),
        WITH_FILE(test_opening),
        WITH_FILE(test_a_file_without_its_head_is_refused),
        WITH_FILE(test_a_short_file_works_as_far_as_it_goes),
        WITH_FILE(test_what_cannot_be_mapped_is_not_open),
        WITH_FILE(test_slots_that_cannot_be_mapped_are_not_used),
        WITH_FILE(test_no_more_than_the_file_is_writable),
        WITH_FILE(test_a_short_file_is_made_longer),
        WITH_FILE(test_the_slots_of_a_longer_file_are_used),
        WITH_FILE(test_a_file_that_is_too_long_is_harmless),
        WITH_FILE(test_preparing_a_slot_takes_its_block),
        WITH_FILE(test_preparing_a_slot_makes_a_short_file_longer),
        WITH_FILE(test_a_use_is_noted_to_the_minute),
        WITH_FILE(test_a_use_only_goes_forward),
        WITH_FILE(test_a_strange_slot_is_never),
        WITH_FILE(test_two_secrets_have_a_word_each),
        WITH_FILE(test_a_copy_takes_both_words),
        WITH_FILE(test_no_slot_no_use),
        WITH_FILE(test_a_slot_behind_the_map_is_none),
        WITH_FILE(test_a_use_in_the_same_minute_writes_nothing),
        WITH_FILE(test_a_use_touches_its_block),
        WITH_FILE(test_opening_allocates_what_was_given),
        WITH_FILE(test_processes_note_together),
    };
    return run_cases(argc, argv, tests, NULL, NULL);
}
