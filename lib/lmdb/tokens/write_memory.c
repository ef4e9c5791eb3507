/* SPDX-License-Identifier: MIT */
#include "lmdb/tokens/write_memory.h"

#include <sys/mman.h>

#include "base/limits.h"

/* Mapped, not allocated: what is freed is there for every thread, wherever it allocates from. */
bool atk_write_memory_hold(struct atk_write_memory *memory) {
    if (memory->held) return true;
    char *more = mmap(NULL, 2 * ATK_WRITE_MEMORY, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (more == MAP_FAILED) return false;
    (void)munmap(more + ATK_WRITE_MEMORY, ATK_WRITE_MEMORY);
    memory->held = more;
    return true;
}

bool atk_write_memory_free(struct atk_write_memory *memory) {
    if (!memory->held) return false;
    (void)munmap(memory->held, ATK_WRITE_MEMORY);
    memory->held = NULL;
    return true;
}
