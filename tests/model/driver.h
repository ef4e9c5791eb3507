/* SPDX-License-Identifier: MIT */
/* What the commands of the driver share. */
#ifndef DRIVER_H
#define DRIVER_H

#include <stdint.h>

#include "apitoken/apitoken.h"
#include "request.h"

enum { STORES_MAX = 3 };

struct driver {
    apitoken_store *store[STORES_MAX];
    int64_t now_ms; /* what the clock of all says; below 0: it fails */
};

/* Does what the command says, writes items to standard output, each with a tab behind it. */
typedef int (*command_fn)(struct driver *driver, const struct request *request);

struct command {
    const char *verb;
    command_fn run;
};

/* Each list ends with an entry without a verb. */
extern const struct command store_commands[], change_commands[], read_commands[];

/* The store that a command names. */
apitoken_store *driver_store(const struct driver *driver, const struct request *request);

#endif
