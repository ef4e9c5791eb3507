/* SPDX-License-Identifier: MIT */
/* apitoken: create, list, check, copy and revoke API tokens from the command line. */
#include <apitoken/apitoken.h>
#include <signal.h>
#include <stdio.h>

#include "command.h"
#include "options.h"
#include "output.h"

static enum exit_code run(int argc, char **argv) {
    struct command_line line;
    enum exit_code code = options_read(argc, argv, &line);
    if (code != EXIT_DONE) return code;
    if (line.value[OPTION_VERSION]) {
        printf("apitoken %s (library %s)\n", APITOKEN_VERSION_STRING, apitoken_version_string());
        return EXIT_DONE;
    }
    if (!line.value[OPTION_HELP]) return line.command->run(&line);
    if (line.command)
        help_print_command(line.command);
    else
        help_print_overview();
    return EXIT_DONE;
}

int main(int argc, char **argv) {
    /* the parent may have ignored it; `apitoken list | head` should end silently */
    (void)signal(SIGPIPE, SIG_DFL);
    return (int)output_finish(run(argc, argv));
}
