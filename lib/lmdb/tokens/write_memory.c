/* SPDX-License-Identifier: MIT */
#include "lmdb/tokens/write_memory.h"

#include <sys/mman.h>

#include "base/limits.h"

/* Mapped, not allocated: what is freed is there for every thread, wherever it allocates from. */
bool atk_write_memory_hold(struct atk_write_memory *memory) {
    void *none = NULL;
    if (__atomic_load_n(&memory->held, __ATOMIC_RELAXED)) return true;
    char *more = mmap(NULL, 2 * ATK_WRITE_MEMORY, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (more == MAP_FAILED) return false;
    (void)munmap(more + ATK_WRITE_MEMORY, ATK_WRITE_MEMORY);
    if (!__atomic_compare_exchange_n(&memory->held, &none, more, 0, __ATOMIC_ACQ_REL,
                                     __ATOMIC_RELAXED))
        (void)munmap(more, ATK_WRITE_MEMORY); /* another thread was faster */
    return true;
}

bool atk_write_memory_free(struct atk_write_memory *memory) {
    void *held = __atomic_exchange_n(&memory->held, NULL, __ATOMIC_ACQ_REL);
    if (!held) return false;
    (void)munmap(held, ATK_WRITE_MEMORY);
    return true;
}
