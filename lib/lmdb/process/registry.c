/* SPDX-License-Identifier: MIT */
#include "lmdb/process/registry.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/attr.h"
#include "base/error.h"
#include "outside/files.h"
#include "lmdb/process/descriptors.h"
#include "lmdb/form/meta.h"

/* A store that this process has open, or that one of its threads is opening or closing. */
struct atk_held_store {
    struct atk_held_store *next;
    struct atk_file_id data; /* data.mdb */
    struct atk_env *env;     /* NULL while it is opened or closed */
    unsigned handles;
};

/*
 * In memory that the kernel zeroes in a forked child. There the list is empty, the mutex free (all
 * zeros is its initialiser in glibc and musl) and the identity 0, whatever the parent's threads
 * were doing at the fork. The environments belong to the parent; the child must not touch them.
 */
struct fork_page {
    pthread_mutex_t mutex; /* held for moments, never while a store is opened or closed */
    struct atk_held_store *stores;
    uint64_t identity; /* atomic */
};

static struct fork_page *fork_page;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static uint64_t identities; /* in ordinary memory: the child continues the count */

static void map_fork_page(void) {
    long size = sysconf(_SC_PAGESIZE);
    void *map =
        mmap(NULL, (size_t)size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (map == MAP_FAILED) return;
    if (madvise(map, (size_t)size, MADV_WIPEONFORK) != 0) {
        (void)munmap(map, (size_t)size);
        return;
    }
    fork_page = map;
}

uint64_t atk_registry_identity(void) {
    return fork_page ? __atomic_load_n(&fork_page->identity, __ATOMIC_RELAXED) : 0;
}

static void lock_registry(void) { (void)pthread_mutex_lock(&fork_page->mutex); }

static void unlock_registry(void) { (void)pthread_mutex_unlock(&fork_page->mutex); }

/* Before each open; in a forked child the first one starts a new registry. */
static int enter_registry(apitoken_error *err) {
    (void)pthread_once(&once, map_fork_page);
    if (!fork_page)
        return atk_fail(err, APITOKEN_E_NOMEM, "no memory that is wiped on fork is available");
    lock_registry();
    if (fork_page->identity == 0) {
        atk_descriptors_close_inherited();
        __atomic_store_n(&fork_page->identity, ++identities, __ATOMIC_RELEASE);
    }
    unlock_registry();
    return 0;
}

/* ---- the list, with the registry locked ------------------------------------------------------ */

static struct atk_held_store *find_store(const struct stat *data) {
    struct atk_held_store *held = fork_page->stores;
    while (held && !atk_file_is(held->data, data)) held = held->next;
    return held;
}

static struct atk_held_store *add_store(const struct stat *data) {
    struct atk_held_store *held = malloc(sizeof *held);
    if (!held) return NULL;
    *held = (struct atk_held_store){ fork_page->stores, atk_file_id_of(data), NULL, 1 };
    fork_page->stores = held;
    return held;
}

static void remove_store(struct atk_held_store *held) {
    struct atk_held_store **link = &fork_page->stores;
    while (*link != held) link = &(*link)->next;
    *link = held->next;
    free(held);
}

/* ---- opening and closing --------------------------------------------------------------------- */

/*
 * Shares the environment, or adds one for the caller to open: then *ret_own is not NULL.
 * APITOKEN_E_BUSY, without a detail, while another thread opens or closes it.
 */
static int share_or_claim(const struct stat *data, bool read_only, struct atk_env **ret_env,
                          struct atk_held_store **ret_own, apitoken_error *err) {
    struct atk_held_store *held = find_store(data);
    if (!held) {
        *ret_own = add_store(data);
        return *ret_own ? 0 : atk_fail(err, APITOKEN_E_NOMEM, NULL);
    }
    if (!held->env) return APITOKEN_E_BUSY;
    if (held->env->read_only && !read_only)
        return atk_fail(err, APITOKEN_E_MODE, "this process has the store open verify-only");
    held->handles++;
    *ret_env = held->env;
    return 0;
}

/* Waits while another thread opens or closes this very store; *ret_data is its data.mdb. */
static int wait_to_share_or_claim(int dir_fd, const struct atk_env_open *how, struct stat *ret_data,
                                  struct atk_env **ret_env, struct atk_held_store **ret_own,
                                  apitoken_error *err) {
    ATK_TRY(enter_registry(err));
    atk_member_copy_up(dir_fd, ATK_DATA_FILE);
    for (;;) {
        ATK_TRY(atk_member_require_safe(dir_fd, ATK_DATA_FILE, how->read_only, ret_data, err));
        lock_registry();
        int rc = share_or_claim(ret_data, how->read_only, ret_env, ret_own, err);
        unlock_registry();
        if (rc != APITOKEN_E_BUSY) return rc;
        if (atk_deadline_pause(how->deadline) < 0)
            return atk_fail(err, rc,
                            "timed out waiting for a thread that opens or closes the store");
    }
}

/* Ends the opening (env) or closing (NULL) of a store: who waits for that may go on. */
static void settle_store(struct atk_held_store *held, struct atk_env *env) {
    lock_registry();
    held->env = env;
    if (env)
        env->held = held;
    else
        remove_store(held);
    unlock_registry();
}

int atk_registry_acquire(const char *path, const struct atk_env_open *how, struct atk_env **ret_env,
                         apitoken_error *err) {
    int dir_fd = -1;
    struct stat data;
    struct atk_held_store *own = NULL;
    struct atk_env *env = NULL;
    const unsigned allowed =
        (how->read_only ? ATK_DIR_ANY_OWNER : 0) | (how->any_fs ? ATK_DIR_ANY_FS : 0);
    ATK_TRY(atk_dir_open(path, allowed, &dir_fd, err));
    int rc = wait_to_share_or_claim(dir_fd, how, &data, &env, &own, err);
    if (own) {
        rc = atk_env_open(dir_fd, &data, how, &env, err);
        settle_store(own, env);
    } else {
        (void)close(dir_fd);
    }
    if (rc == 0) *ret_env = env;
    return rc;
}

void atk_registry_release(struct atk_env *env, struct atk_deadline *deadline) {
    lock_registry();
    struct atk_held_store *held = env->held;
    const bool is_last = --held->handles == 0;
    if (is_last) held->env = NULL;
    unlock_registry();
    if (!is_last) return;
    atk_env_close(env, deadline);
    settle_store(held, NULL);
}
