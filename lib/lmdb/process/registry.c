/* SPDX-License-Identifier: MIT */
#include "lmdb/process/registry.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/attr.h"
#include "base/error.h"
#include "outside/files.h"
#include "lmdb/process/descriptors.h"
#include "lmdb/form/meta.h"

/*
 * In memory that the kernel zeroes in a forked child. There the list is empty, the mutex free (all
 * zeros is its initialiser in glibc and musl) and the identity 0, whatever the parent's threads
 * were doing at the fork. The environments belong to the parent; the child must not touch them.
 */
struct fork_page {
    pthread_mutex_t mutex;
    struct atk_env *envs;
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

/* Locks this process's registry; in a forked child the first call starts a new one. */
static int lock_registry(apitoken_error *err) {
    (void)pthread_once(&once, map_fork_page);
    if (!fork_page)
        return atk_fail(err, APITOKEN_E_NOMEM, "no memory that is wiped on fork is available");
    (void)pthread_mutex_lock(&fork_page->mutex);
    if (fork_page->identity != 0) return 0;
    atk_descriptors_close_inherited();
    __atomic_store_n(&fork_page->identity, ++identities, __ATOMIC_RELEASE);
    return 0;
}

static void unlock_registry(void) { (void)pthread_mutex_unlock(&fork_page->mutex); }

static struct atk_env *find_env(const struct stat *data) {
    struct atk_env *env = fork_page->envs;
    while (env && (env->dev != data->st_dev || env->ino != data->st_ino)) env = env->next;
    return env;
}

/* Takes over dir_fd, also if it fails. */
static int share_or_open(int dir_fd, const struct atk_env_open *how, struct atk_env **ret_env,
                         apitoken_error *err) {
    struct stat data;
    int rc = atk_member_require_safe(dir_fd, ATK_DATA_FILE, how->read_only, &data, err);
    if (rc < 0) {
        (void)close(dir_fd);
        return rc;
    }
    struct atk_env *env = find_env(&data);
    if (!env) {
        ATK_TRY(atk_env_open(dir_fd, &data, how, &env, err));
        env->next = fork_page->envs;
        fork_page->envs = env;
    } else {
        (void)close(dir_fd);
        if (env->read_only && !how->read_only)
            return atk_fail(err, APITOKEN_E_MODE, "this process has the store open verify-only");
    }
    env->refs++;
    *ret_env = env;
    return 0;
}

int atk_registry_acquire(const char *path, const struct atk_env_open *how, struct atk_env **ret_env,
                         apitoken_error *err) {
    int dir_fd = -1;
    int rc = atk_dir_open(path, how->read_only, &dir_fd, err);
    if (rc == 0) rc = lock_registry(err);
    if (rc == 0) {
        rc = share_or_open(dir_fd, how, ret_env, err);
        unlock_registry();
    } else if (dir_fd >= 0) {
        (void)close(dir_fd);
    }
    return rc;
}

void atk_registry_release(struct atk_env *env) {
    (void)pthread_mutex_lock(&fork_page->mutex);
    if (--env->refs == 0) {
        struct atk_env **link = &fork_page->envs;
        while (*link != env) link = &(*link)->next;
        *link = env->next;
        atk_env_close(env);
    }
    unlock_registry();
}
