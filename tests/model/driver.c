/* SPDX-License-Identifier: MIT */
/*
 * A process of the model test: carries out the commands that come on standard input, one a line,
 * and answers each with one line: what the library returned, then the code. run.py says them.
 */
#include "driver.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

apitoken_store *driver_store(const struct driver *driver, const struct request *request) {
    return driver->store[request_number(request, "s") % STORES_MAX];
}

static const struct command *find_command(const char *verb) {
    const struct command *const lists[] = { store_commands, change_commands, read_commands };
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++)
        for (const struct command *command = lists[i]; command->verb; command++)
            if (strcmp(command->verb, verb) == 0) return command;
    (void)fprintf(stderr, "driver: no command %s\n", verb);
    exit(3);
}

static void answer(struct driver *driver, char *line) {
    struct request request;
    request_split(line, &request);
    if (request_text(&request, "now")) driver->now_ms = request_number(&request, "now");
    const int code = find_command(request.verb)->run(driver, &request);
    (void)printf("%d\n", code);
    (void)fflush(stdout);
}

int main(void) {
    struct driver driver = { .now_ms = 0 };
    char *line = NULL;
    size_t size = 0;
    while (getline(&line, &size, stdin) > 0) answer(&driver, line);
    for (int i = 0; i < STORES_MAX; i++) apitoken_store_close(driver.store[i]);
    free(line);
    return 0;
}
