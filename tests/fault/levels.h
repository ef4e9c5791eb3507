/* SPDX-License-Identifier: MIT */
/*
 * What a soak test measures again and again: memory and descriptors of its processes, reader slots,
 * and the file. The last quarter of the time is compared with the first.
 */
#ifndef LEVELS_H
#define LEVELS_H

#include <stdint.h>
#include <sys/types.h>

#include "fixture.h"

enum { VALIDATOR, VALIDATOR_REOPENING, WRITER, LISTER, SOAKERS };
enum { LEVELS = 240 }; /* how often it looks */

/*
 * Takes sample `at`. `done` are the calls of each process, `created` the tokens made, both so far.
 */
void levels_take(int at, const struct fixture *f, const pid_t pids[SOAKERS],
                 const uint64_t done[SOAKERS], uint32_t created);

/* After all samples: a line for each value. */
void levels_show(void);

/*
 * How many values are not flat. Memory may grow by a twentieth and 256 KiB: what a process needs
 * once, it may need late. Descriptors and slots may not grow at all. The file may grow as its
 * tokens do: by as many bytes a token as before. And each process must have gone on to the end.
 */
uint64_t levels_not_flat(void);

#endif
