/* SPDX-License-Identifier: MIT */
#include "user/user_password.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "exit_code.h"
#include "secret_input.h"
#include "secret_prompt.h"

/*
 * The longest password, CR LF, and one more: what fills it is too long to be a password, and is
 * refused as such.
 */
#define TEXT_CAP (PASSWORD_MAX + 3)

static int refuse(const char *text) {
    fprintf(stderr, "tax-administration: %s\n", text);
    return EXIT_REFUSED;
}

static int refuse_unread(void) {
    fprintf(stderr, "tax-administration: cannot read a password from standard input: %s\n",
            strerror(errno));
    return EXIT_REFUSED;
}

/* A slip of the finger that nobody sees would lock the user out. */
static int ask_again(const char *text, size_t length) {
    char again[TEXT_CAP];
    size_t again_length = 0;

    int code = secret_prompt("The same again: ", again, sizeof again, &again_length) == 0
                   ? EXIT_DONE
                   : refuse_unread();
    if (code == EXIT_DONE && (again_length != length || sodium_memcmp(again, text, length) != 0))
        code = refuse("the two differ");
    sodium_memzero(again, sizeof again);
    return code;
}

static int check(const char *text, size_t length) {
    if (!password_is_acceptable(text, length)) {
        fprintf(stderr, "tax-administration: a password has %d to %d bytes\n", PASSWORD_MIN,
                PASSWORD_MAX);
        return EXIT_REFUSED;
    }
    if (memchr(text, '\n', length) || memchr(text, '\r', length))
        return refuse("a password is one line");
    return EXIT_DONE;
}

static int read_text(char *text, size_t *ret_length) {
    bool on_terminal = isatty(STDIN_FILENO) == 1;
    int rc = on_terminal ? secret_prompt("New password: ", text, TEXT_CAP, ret_length)
                         : secret_input_read(STDIN_FILENO, text, TEXT_CAP, ret_length);

    if (rc != 0) return refuse_unread();
    int code = check(text, *ret_length);
    return code == EXIT_DONE && on_terminal ? ask_again(text, *ret_length) : code;
}

int user_password_read(char ret_verifier[PASSWORD_VERIFIER_CAP]) {
    char text[TEXT_CAP];
    size_t length = 0;

    int code = read_text(text, &length);
    if (code == EXIT_DONE && !(password_prepare() && password_hash(text, length, ret_verifier))) {
        fprintf(stderr, "tax-administration: memory is short\n");
        code = EXIT_STORES;
    }
    sodium_memzero(text, sizeof text);
    return code;
}
