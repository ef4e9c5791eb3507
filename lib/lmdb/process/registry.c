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
 * On a page that the kernel empties in a forked child: there the list is empty, the mutex free (all
 * zeros is glibc's and musl's initialiser) and the identity 0, whatever the parent's threads were
 * doing. Its environments are the parent's; the child leaves them alone.
 */
struct page {
    pthread_mutex_t mutex;
    struct atk_env *envs;
    uint64_t identity; /* atomic */
};

static struct page *page;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static uint64_t identities; /* in ordinary memory: goes on counting in the child */

static void map_page(void) {
    long size = sysconf(_SC_PAGESIZE);
    void *map =
        mmap(NULL, (size_t)size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (map == MAP_FAILED) return;
    if (madvise(map, (size_t)size, MADV_WIPEONFORK) != 0) {
        (void)munmap(map, (size_t)size);
        return;
    }
    page = map;
}

uint64_t atk_registry_identity(void) {
    return page ? __atomic_load_n(&page->identity, __ATOMIC_RELAXED) : 0;
}

/* Locks the registry of this process, which a child thereby begins anew. */
static int enter(apitoken_error *err) {
    (void)pthread_once(&once, map_page);
    if (!page) return atk_fail(err, APITOKEN_E_NOMEM, "no memory that is wiped on fork can be had");
    (void)pthread_mutex_lock(&page->mutex);
    if (page->identity != 0) return 0;
    atk_descriptors_close_inherited();
    __atomic_store_n(&page->identity, ++identities, __ATOMIC_RELEASE);
    return 0;
}

static void leave(void) { (void)pthread_mutex_unlock(&page->mutex); }

static struct atk_env *find(const struct stat *data) {
    struct atk_env *env = page->envs;
    while (env && (env->dev != data->st_dev || env->ino != data->st_ino)) env = env->next;
    return env;
}

/* dir_fd is taken over in any case. */
static int share_or_open(int dir_fd, int read_only, uint64_t check_max_bytes,
                         struct atk_deadline *deadline, struct atk_env **ret_env,
                         struct atk_backend_news *news, apitoken_error *err) {
    struct stat data;
    int rc = atk_member_check(dir_fd, ATK_DATA_FILE, read_only, &data, err);
    if (rc < 0) {
        (void)close(dir_fd);
        return rc;
    }
    struct atk_env *env = find(&data);
    if (!env) {
        ATK_TRY(atk_env_open(dir_fd, read_only, &data, check_max_bytes, deadline, &env, news, err));
        env->next = page->envs;
        page->envs = env;
    } else {
        (void)close(dir_fd);
        if (env->read_only && !read_only)
            return atk_fail(err, APITOKEN_E_MODE, "this process has the store open verify-only");
    }
    env->refs++;
    *ret_env = env;
    return 0;
}

int atk_registry_acquire(const char *path, int read_only, uint64_t check_max_bytes,
                         struct atk_deadline *deadline, struct atk_env **ret_env,
                         struct atk_backend_news *news, apitoken_error *err) {
    int dir_fd = -1;
    int rc = atk_dir_open(path, read_only, &dir_fd, err);
    if (rc == 0) rc = enter(err);
    if (rc == 0) {
        rc = share_or_open(dir_fd, read_only, check_max_bytes, deadline, ret_env, news, err);
        leave();
    } else if (dir_fd >= 0) {
        (void)close(dir_fd);
    }
    return rc;
}

void atk_registry_release(struct atk_env *env) {
    (void)pthread_mutex_lock(&page->mutex);
    if (--env->refs == 0) {
        struct atk_env **link = &page->envs;
        while (*link != env) link = &(*link)->next;
        *link = env->next;
        atk_env_close(env);
    }
    leave();
}
