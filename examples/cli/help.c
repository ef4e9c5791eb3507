/* SPDX-License-Identifier: MIT */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "command.h"
#include "report.h"

#define LEFT_WIDTH 24

/* If the option is too wide for its column, its help goes to the next line. */
static void print_option(int id) {
    const struct option_form *form = &option_forms[id];
    char left[40], letter[8] = "    ";
    if (form->letter) (void)snprintf(letter, sizeof letter, "-%c, ", form->letter);
    (void)snprintf(left, sizeof left, "%s--%s%s%s", letter, form->name, form->value ? " " : "",
                   form->value ? form->value : "");
    if (strlen(left) > LEFT_WIDTH) printf("  %s\n", left), left[0] = '\0';
    printf("  %-*s %s\n", LEFT_WIDTH, left, form->help);
}

static void print_options(uint64_t ids) {
    for (int id = 0; id < OPTION_COUNT; id++) {
        if (ids & OPTION_BIT(id)) print_option(id);
    }
}

/* The command with an option that excludes most others. */
static void print_sole(const struct command *command, const struct option_form *sole) {
    const uint64_t beside = command->beside_sole | OPTION_BIT(OPTION_ACTOR);
    printf("       apitoken %s --%s", command->name, sole->name);
    for (int id = 0; id < OPTION_COUNT; id++) {
        const struct option_form *form = &option_forms[id];
        if (beside & OPTION_BIT(id))
            printf(" [--%s%s%s]", form->name, form->value ? " " : "",
                   form->value ? form->value : "");
    }
    printf("\n");
}

/* Omits --store and --keys: they are in the list below, and mostly come from the environment. */
static void print_synopsis(const struct command *command) {
    printf("usage: apitoken %s", command->name);
    for (int id = OPTION_OWNER; id < OPTION_COUNT; id++) {
        const struct option_form *form = &option_forms[id];
        if (!(command->options & OPTION_BIT(id)) || (command->sole & OPTION_BIT(id))) continue;
        bool is_optional = !(command->required & OPTION_BIT(id));
        printf(" %s--%s%s%s%s", is_optional ? "[" : "", form->name, form->value ? " " : "",
               form->value ? form->value : "", is_optional ? "]" : "");
    }
    if (*command->operands) printf(command->operands_min ? " %s" : " [%s]", command->operands);
    printf("\n");
    for (int id = 0; id < OPTION_COUNT; id++)
        if (command->sole & OPTION_BIT(id)) print_sole(command, &option_forms[id]);
}

void help_print_command(const struct command *command) {
    print_synopsis(command);
    printf("%s\n", command->summary);
    if (command->notes) printf("%s\n", command->notes);
    if (!command->options) return;
    printf("\n");
    print_options(command->options);
}

void help_print_overview(void) {
    printf("usage: apitoken [-s DIR] [-k FILE] COMMAND [OPTION]...\n\n");
    for (int i = 0; i < command_count; i++)
        printf("  %-19s %s\n", commands[i].name, commands[i].summary);
    printf("\nOptions of every command, before or after its name:\n");
    print_options(OPTIONS_EVERYWHERE);
    printf(
        "\nExit status: 0 done, or the token is valid; 1 the answer is no; 2 wrong usage or "
        "input;\n"
        "3 the store or the keyring cannot be used. More: apitoken help COMMAND, man apitoken.\n");
}

enum exit_code run_help(const struct command_line *line) {
    if (line->operand_count == 0) {
        help_print_overview();
        return EXIT_DONE;
    }
    int used, found = 0;
    const struct command *one = command_find(line->operands, line->operand_count, &used);
    if (one) {
        help_print_command(one);
        return EXIT_DONE;
    }
    /* "keys" alone names a group of commands. */
    size_t len = strlen(line->operands[0]);
    for (int i = 0; i < command_count && line->operand_count == 1; i++) {
        if (strncmp(commands[i].name, line->operands[0], len) != 0 || commands[i].name[len] != ' ')
            continue;
        if (found++) printf("\n");
        help_print_command(&commands[i]);
    }
    return found ? EXIT_DONE : report_usage("unknown command: see 'apitoken help'");
}
