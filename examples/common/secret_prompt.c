/* SPDX-License-Identifier: MIT */
#include "secret_prompt.h"

#include "secret_input.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

/* Signals that would leave the terminal silent. */
static const int caught[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP };
#define CAUGHT_COUNT (sizeof caught / sizeof *caught)

/* The only thing that a handler can tell: which signal came. */
static volatile sig_atomic_t came;

static void remember(int number) { came = number; }

/*
 * Up to the line end or until buf is full, character for character: what stands behind it is not
 * ours.
 */
static int read_line(char *buf, size_t cap, size_t *ret_len) {
    size_t used = 0;
    while (used < cap && !came) {
        ssize_t got = read(STDIN_FILENO, buf + used, 1);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return -1;
        if (got == 0) break;
        if (buf[used++] == '\n') break;
    }
    *ret_len = secret_input_strip(buf, used);
    return 0;
}

int secret_prompt(const char *question, char *buf, size_t cap, size_t *ret_len) {
    struct termios shown, silent;
    struct sigaction action = { .sa_handler = remember }, before[CAUGHT_COUNT];
    if (tcgetattr(STDIN_FILENO, &shown) != 0) return -1;
    came = 0;
    for (size_t i = 0; i < CAUGHT_COUNT; i++) (void)sigaction(caught[i], &action, &before[i]);
    silent = shown;
    silent.c_lflag &= ~(tcflag_t)ECHO;
    int rc = tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
    if (rc == 0) {
        (void)fputs(question, stderr);
        rc = read_line(buf, cap, ret_len);
        (void)fputs("\n", stderr);
    }
    int error = errno;
    (void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &shown);
    for (size_t i = 0; i < CAUGHT_COUNT; i++) (void)sigaction(caught[i], &before[i], NULL);
    if (came || rc != 0) explicit_bzero(buf, cap);
    if (came) {
        (void)raise(came);
        error = EINTR; /* the signal was ignored, or the program was stopped and goes on */
        rc = -1;
    }
    errno = error;
    return rc;
}
