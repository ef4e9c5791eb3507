/* SPDX-License-Identifier: MIT */
/*
 * A store's whole life on each file system, on a disk of its own: create, fill the disk, revoke
 * all, reopen, validate, free space, go on. Either it is refused when it is created, or nobody
 * dies, nobody gets in and every revoke works.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "cases.h"
#include "child.h"
#include "figure.h"
#include "fixture.h"
#include "loop_disk.h"
#include "real.h"
#include "storage.h"
#include "temp_dir.h"

#define MAP_MIN (UINT64_C(16) << 20)
#define TOKENS 400
#define KEPT 10 /* the last ones are never revoked */
#define TYPE_F2FS 0xF2F52010u
#define TYPE_ZFS 0x2FC12FC1u
#define TYPE_BCACHEFS 0xCA451A4Eu

/* What processes tell each other, and what was counted. */
struct life {
    struct made_token token[TOKENS];
    uint32_t begun[TOKENS], revoked[TOKENS]; /* 1: a revoke has begun, was acknowledged */
    uint32_t rounds;                         /* of the validating process */
    uint32_t ends;
    uint32_t wrong_accepts, wrong_denials, revokes, failed_revokes;
};

/* One store on one disk. */
struct world {
    struct fixture f;
    char image_dir[64];
    struct life *life;
};

/* Of all cases. */
static uint64_t deaths, wrong_accepts, wrong_denials, failed_revokes, revokes, refused;
static uint64_t begun, lived; /* lives; a skipped case begins none */

/* Unless 0, what every file system claims to be. */
static unsigned long pretended;

int fstatfs(int fd, struct statfs *fs) {
    int (*real)(int, struct statfs *);
    REAL(real, "fstatfs64");
    int rc = real(fd, fs);
    if (rc == 0 && pretended) memcpy(&fs->f_type, &pretended, sizeof fs->f_type);
    return rc;
}

/* ---- what a process does --------------------------------------------------------------------- */

static int validate(apitoken_store *store, const struct made_token *token) {
    return apitoken_validate(store, token->text, token->len, NULL, NULL, NULL);
}

/* Judges one answer by what was acknowledged before the call, and had begun when it was over. */
static void judge(struct life *life, apitoken_store *store, uint32_t i) {
    const uint32_t is_revoked = reads(&life->revoked[i]);
    int rc = validate(store, &life->token[i]);
    if (is_revoked && rc == 0) raise_by_one(&life->wrong_accepts);
    if (!reads(&life->begun[i]) && rc != 0) raise_by_one(&life->wrong_denials);
}

/* Goes on through all that happens to the store. */
static int validate_on(void *ctx) {
    struct world *w = ctx;
    apitoken_store *store = fixture_open(&w->f, APITOKEN_MODE_VERIFY_ONLY);
    while (!reads(&w->life->ends)) {
        for (uint32_t i = 0; i < TOKENS; i++) judge(w->life, store, i);
        w->f.now_ms += 60000; /* so that uses are noted again */
        raise_by_one(&w->life->rounds);
    }
    apitoken_store_close(store);
    return 0;
}

static int revoke_all(void *ctx) {
    struct world *w = ctx;
    apitoken_store *store = fixture_open(&w->f, APITOKEN_MODE_READ_WRITE);
    for (uint32_t i = 0; i < TOKENS - KEPT; i++) {
        apitoken_error err = APITOKEN_ERROR_INIT;
        const struct made_token *token = &w->life->token[i];
        raise_to(&w->life->begun[i], 1);
        int rc = apitoken_revoke(store, LIT("owner"), token->id, strlen(token->id), NULL, &err);
        if (rc != 0) print_error("revoke %u: %s (%d)\n", (unsigned)i, err.text, err.os_code);
        raise_by_one(rc == 0 ? &w->life->revokes : &w->life->failed_revokes);
        raise_to(&w->life->revoked[i], rc == 0);
    }
    apitoken_store_close(store);
    return 0;
}

static int validate_all_in(struct world *w, uint32_t mode) {
    apitoken_store *store = fixture_open(&w->f, mode);
    for (uint32_t i = 0; i < TOKENS; i++) judge(w->life, store, i);
    apitoken_store_close(store);
    return 0;
}

static int validate_all(void *ctx) { return validate_all_in(ctx, APITOKEN_MODE_VERIFY_ONLY); }

/* A host that was restarted: it asks for no space that the store has. */
static int create_after_restart(void *ctx) {
    struct world *w = ctx;
    (void)validate_all_in(w, APITOKEN_MODE_READ_WRITE);
    w->f.store = fixture_open(&w->f, APITOKEN_MODE_READ_WRITE);
    struct made_token token = fixture_create(w->f.store, "owner", "name", NULL);
    assert_code(validate(w->f.store, &token), 0);
    apitoken_store_close(w->f.store);
    return 0;
}

static int go_on(void *ctx) {
    struct world *w = ctx;
    (void)create_after_restart(w);
    assert_code(apitoken_store_check(w->f.store_path, w->f.keyring, NULL, NULL), 0);
    return 0;
}

/* ---- a life ---------------------------------------------------------------------------------- */

static void count_death(int status, const char *what) {
    if (status != 0) print_error("%s ended with %d\n", what, status);
    deaths += status > 128;
    assert_int_equal(status, 0);
}

static void run_in_child(struct world *w, child_fn run, const char *what) {
    count_death(child_wait(child_start(run, w)), what);
}

static const char *in_disk(const struct world *w, const char *name) {
    static char path[128];
    (void)snprintf(path, sizeof path, "%s/%s", w->f.dir, name);
    return path;
}

static int make_store(struct world *w, uint32_t flags) {
    apitoken_store_create_opts opts = APITOKEN_STORE_CREATE_OPTS_INIT;
    opts.map_bytes = MAP_MIN;
    opts.copy_policy = APITOKEN_COPY_ALWAYS; /* a revoke changes the length of a row */
    opts.flags = flags;
    return apitoken_store_create(w->f.store_path, w->f.keyring, &opts, NULL);
}

static int make_tokens(void *ctx) {
    struct world *w = ctx;
    w->f.store = fixture_open(&w->f, APITOKEN_MODE_READ_WRITE);
    for (size_t i = 0; i < TOKENS; i++)
        w->life->token[i] = fixture_create(w->f.store, "owner", "name", NULL);
    apitoken_store_close(w->f.store);
    return 0;
}

static void add_up(const struct life *life) {
    wrong_accepts += life->wrong_accepts;
    wrong_denials += life->wrong_denials;
    failed_revokes += life->failed_revokes;
    revokes += life->revokes;
    assert_int_equal(life->wrong_accepts + life->wrong_denials + life->failed_revokes, 0);
}

/* From a store with its tokens on. */
static void live_on(struct world *w) {
    begun++;
    pid_t validator = child_start(validate_on, w);
    const bool is_up = wait_for(&w->life->rounds, 1);
    loop_disk_fill(in_disk(w, "junk"));
    run_in_child(w, create_after_restart, "a restarted host on a full disk");
    run_in_child(w, revoke_all, "the revokes on a full disk");
    run_in_child(w, validate_all, "a verify-only host on a full disk");
    const uint32_t rounds = reads(&w->life->rounds);
    const bool goes_on = wait_for(&w->life->rounds, rounds + 2);
    assert_int_equal(unlink(in_disk(w, "junk")), 0);
    run_in_child(w, go_on, "a host with space again");
    raise_to(&w->life->ends, 1);
    count_death(child_wait(validator), "the validating host");
    assert_true(is_up && goes_on);
    add_up(w->life);
    lived++;
}

static void live(struct world *w) {
    assert_code(make_store(w, 0), 0);
    run_in_child(w, make_tokens, "a host that creates");
    live_on(w);
}

/* ---- disks ----------------------------------------------------------------------------------- */

static const struct loop_disk ext4 = { "ext4", "mkfs.ext4 -q -F", NULL, 64 };
static const struct loop_disk ext3 = { "ext3", "mkfs.ext3 -q -F", NULL, 64 };
static const struct loop_disk xfs = { "xfs", "mkfs.xfs -q -f -m reflink=1", NULL, 320 };
static const struct loop_disk tmpfs = { "tmpfs", NULL, NULL, 48 };

static int setup(void **state) {
    struct world *w = calloc(1, sizeof *w);
    assert_non_null(w);
    fixture_make_dir(&w->f);
    temp_dir_make(w->image_dir, sizeof w->image_dir);
    w->life = shared_memory(sizeof *w->life);
    *state = w;
    return 0;
}

static int teardown(void **state) {
    struct world *w = *state;
    pretended = 0;
    loop_disk_unmount(w->f.dir);
    loop_disk_unmount(w->image_dir);
    temp_dir_remove(w->image_dir);
    w->f.store = NULL;
    fixture_remove(&w->f);
    free(w);
    return 0;
}

/* The keys stand on the disk, too. */
static void stand_on(struct world *w, const struct loop_disk *disk) {
    char image[96];
    (void)snprintf(image, sizeof image, "%s/image", w->image_dir);
    const char *why = loop_disk_mount(disk, image, w->f.dir);
    if (why) skip_case(why);
    fixture_make_keys(&w->f);
}

static void live_on_disk(struct world *w, const struct loop_disk *disk) {
    stand_on(w, disk);
    live(w);
}

static void ext4_is_lived_on(void **state) { live_on_disk(*state, &ext4); }
static void xfs_is_lived_on(void **state) { live_on_disk(*state, &xfs); }
static void tmpfs_is_lived_on(void **state) { live_on_disk(*state, &tmpfs); }

/* Neither of them can allocate. */
static void ext3_is_lived_on(void **state) { live_on_disk(*state, &ext3); }
static void ext2_is_lived_on(void **state) {
    live_on_disk(*state, &(struct loop_disk){ "ext2", "mkfs.ext2 -q -F", NULL, 64 });
}

static void be_refused(struct world *w) {
    assert_code(make_store(w, 0), APITOKEN_E_FILE_SYSTEM);
    assert_int_equal(access(w->f.store_path, F_OK), -1);
    refused++;
}

/* Here and as long as there is space it works, and nobody may open it by mistake. */
static void be_refused_but_for_the_flag(struct world *w) {
    apitoken_open_opts opts = APITOKEN_OPEN_OPTS_INIT;
    apitoken_store *store = NULL;
    be_refused(w);
    assert_code(make_store(w, APITOKEN_ANY_FILE_SYSTEM), 0);
    assert_code(apitoken_store_open(w->f.store_path, w->f.keyring, NULL, &store, NULL),
                APITOKEN_E_FILE_SYSTEM);
    opts.flags = APITOKEN_ANY_FILE_SYSTEM;
    assert_code(apitoken_store_open(w->f.store_path, w->f.keyring, &opts, &store, NULL), 0);
    struct made_token token = fixture_create(store, "owner", "name", NULL);
    assert_code(validate(store, &token), 0);
    apitoken_store_close(store);
}

static void be_refused_on(struct world *w, const struct loop_disk *disk) {
    stand_on(w, disk);
    be_refused_but_for_the_flag(w);
}

static void btrfs_is_refused(void **state) {
    be_refused_on(*state, &(struct loop_disk){ "btrfs", "mkfs.btrfs -q -f", NULL, 256 });
}
static void mixed_btrfs_is_refused(void **state) {
    be_refused_on(*state, &(struct loop_disk){ "btrfs", "mkfs.btrfs -q -f --mixed", NULL, 128 });
}
static void btrfs_without_copies_is_refused(void **state) {
    be_refused_on(*state, &(struct loop_disk){ "btrfs", "mkfs.btrfs -q -f", "nodatacow", 256 });
}

/* One that this kernel cannot mount is known by the number that it has. */
static void others_are_refused(void **state) {
    static const struct {
        const char *type;
        unsigned long number;
    } rows[] = { { "f2fs", TYPE_F2FS }, { "zfs", TYPE_ZFS }, { "bcachefs", TYPE_BCACHEFS } };
    struct world *w = *state;
    stand_on(w, &tmpfs);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        pretended = rows[i].number;
        be_refused(w);
    }
}

/* ---- overlays -------------------------------------------------------------------------------- */

/* Mounts an overlay whose layers stand on a disk of this kind. */
static void overlay_on(struct world *w, const struct loop_disk *disk) {
    static const char *const names[] = { "lower", "upper", "work" };
    char options[512], path[128], at[96], image[96];
    (void)snprintf(at, sizeof at, "%s/disk", w->image_dir);
    (void)snprintf(image, sizeof image, "%s/image", w->image_dir);
    assert_int_equal(mkdir(at, 0700), 0);
    const char *why = loop_disk_mount(disk, image, at);
    if (why) skip_case(why);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        (void)snprintf(path, sizeof path, "%s/%s", at, names[i]);
        assert_int_equal(mkdir(path, 0755), 0);
    }
    (void)snprintf(options, sizeof options, "lowerdir=%s/lower,upperdir=%s/upper,workdir=%s/work",
                   at, at, at);
    if (mount("overlay", w->f.dir, "overlay", 0, options) != 0) skip_case(strerror(errno));
}

static int overlay_teardown(void **state) {
    struct world *w = *state;
    char at[96];
    loop_disk_unmount(w->f.dir);
    (void)snprintf(at, sizeof at, "%s/disk", w->image_dir);
    loop_disk_unmount(at);
    return teardown(state);
}

static void live_in_overlay(struct world *w, const struct loop_disk *disk) {
    overlay_on(w, disk);
    fixture_make_keys(&w->f);
    live(w);
}

static void an_overlay_over_ext4_is_lived_on(void **state) { live_in_overlay(*state, &ext4); }
static void an_overlay_over_xfs_is_lived_on(void **state) { live_in_overlay(*state, &xfs); }
static void an_overlay_over_tmpfs_is_lived_on(void **state) { live_in_overlay(*state, &tmpfs); }

static void an_overlay_over_btrfs_is_refused(void **state) {
    struct world *w = *state;
    overlay_on(w, &(struct loop_disk){ "btrfs", "mkfs.btrfs -q -f", NULL, 256 });
    fixture_make_keys(&w->f);
    be_refused_but_for_the_flag(w);
}

/* ---- copies ---------------------------------------------------------------------------------- */

/* Puts a copy of the store in its place. */
static void replace_by_copy(struct world *w, const char *options) {
    char command[512];
    (void)snprintf(command, sizeof command,
                   "cd %s && cp -a %s store copy && mv store original && mv copy store", w->f.dir,
                   options);
    assert_int_equal(system(command), 0);
}

static void live_as_copy(struct world *w, const struct loop_disk *disk, const char *options) {
    stand_on(w, disk);
    assert_code(make_store(w, 0), 0);
    run_in_child(w, make_tokens, "a host that creates");
    replace_by_copy(w, options);
    run_in_child(w, create_after_restart, "a host that opens the copy");
    live_on(w);
}

/* The first open that may write makes the blocks the copy's own. */
static void a_copy_that_shares_blocks_gets_its_own(void **state) {
    live_as_copy(*state, &xfs, "--reflink=always");
}
static void a_copy_with_holes_gets_blocks(void **state) {
    live_as_copy(*state, &ext4, "--sparse=always");
}
static void a_copy_with_holes_gets_blocks_on_ext3(void **state) {
    live_as_copy(*state, &ext3, "--sparse=always");
}

static int open_shared(void *ctx) {
    static const uint32_t modes[] = { APITOKEN_MODE_VERIFY_ONLY, APITOKEN_MODE_READ_WRITE };
    struct world *w = ctx;
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
        apitoken_open_opts opts = APITOKEN_OPEN_OPTS_INIT;
        apitoken_store *store = NULL;
        opts.mode = modes[i];
        assert_code(apitoken_store_open(w->f.store_path, w->f.keyring, &opts, &store, NULL),
                    APITOKEN_E_DISK_FULL);
    }
    return 0;
}

/* What is written through a map must not need a copy: there an error would be a SIGBUS. */
static void a_copy_that_shares_blocks_is_not_opened_on_a_full_disk(void **state) {
    struct world *w = *state;
    stand_on(w, &xfs);
    assert_code(make_store(w, 0), 0);
    run_in_child(w, make_tokens, "a host that creates");
    replace_by_copy(w, "--reflink=always");
    loop_disk_fill(in_disk(w, "junk"));
    run_in_child(w, open_shared, "a host that opens the copy on a full disk");
    assert_int_equal(unlink(in_disk(w, "junk")), 0);
    run_in_child(w, go_on, "a host with space again");
}

static void none_failed(void **state) {
    (void)state;
    if (begun + refused == 0) skip_case("there were no disks");
    figure_at_least("file systems and copies on which a store lived", lived, begun);
    figure_told("file systems that are refused", refused);
    figure_at_least("revokes on full disks of all file systems", revokes, begun * (TOKENS - KEPT));
    figure_at_most("processes that died on a full disk", deaths, 0);
    figure_at_most("wrong accepts on a full disk", wrong_accepts, 0);
    figure_at_most("wrong denials on a full disk", wrong_denials, 0);
    figure_at_most("revokes that failed on full disks of all file systems", failed_revokes, 0);
}

#define ON_DISK(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
#define IN_OVERLAY(test) cmocka_unit_test_setup_teardown(test, setup, overlay_teardown)

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        ON_DISK(ext4_is_lived_on),
        ON_DISK(ext3_is_lived_on),
        ON_DISK(ext2_is_lived_on),
        ON_DISK(xfs_is_lived_on),
        ON_DISK(tmpfs_is_lived_on),
        ON_DISK(btrfs_is_refused),
        ON_DISK(mixed_btrfs_is_refused),
        ON_DISK(btrfs_without_copies_is_refused),
        ON_DISK(others_are_refused),
        IN_OVERLAY(an_overlay_over_ext4_is_lived_on),
        IN_OVERLAY(an_overlay_over_xfs_is_lived_on),
        IN_OVERLAY(an_overlay_over_tmpfs_is_lived_on),
        IN_OVERLAY(an_overlay_over_btrfs_is_refused),
        ON_DISK(a_copy_that_shares_blocks_gets_its_own),
        ON_DISK(a_copy_with_holes_gets_blocks),
        ON_DISK(a_copy_with_holes_gets_blocks_on_ext3),
        ON_DISK(a_copy_that_shares_blocks_is_not_opened_on_a_full_disk),
        cmocka_unit_test(none_failed),
    };
    storage_in_memory(UINT64_C(1) << 30);
    return run_cases(argc, argv, tests, NULL, NULL);
}
