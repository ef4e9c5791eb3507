/* SPDX-License-Identifier: MIT */
#include "secret_prompt.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "secret_input.h"

/* Signals that would end or stop the program with the echo off. */
static const int caught[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP };
#define CAUGHT_COUNT (sizeof caught / sizeof *caught)

static volatile sig_atomic_t caught_signal; /* 0 = none */

static void note_signal(int number) { caught_signal = number; }

/*
 * Reads up to the line end or until buf is full, one byte at a time: what follows the line is for
 * another reader.
 */
static int read_line(char *buf, size_t cap, size_t *ret_len) {
    size_t used = 0;
    while (used < cap && !caught_signal) {
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
    struct termios with_echo, without_echo;
    struct sigaction action = { .sa_handler = note_signal }, before[CAUGHT_COUNT];
    if (tcgetattr(STDIN_FILENO, &with_echo) != 0) return -1;
    caught_signal = 0;
    for (size_t i = 0; i < CAUGHT_COUNT; i++) (void)sigaction(caught[i], &action, &before[i]);
    without_echo = with_echo;
    without_echo.c_lflag &= ~(tcflag_t)ECHO;
    int rc = tcsetattr(STDIN_FILENO, TCSAFLUSH, &without_echo);
    if (rc == 0) {
        (void)fputs(question, stderr);
        rc = read_line(buf, cap, ret_len);
        (void)fputs("\n", stderr);
    }
    int error = errno;
    (void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &with_echo);
    for (size_t i = 0; i < CAUGHT_COUNT; i++) (void)sigaction(caught[i], &before[i], NULL);
    if (caught_signal || rc != 0) explicit_bzero(buf, cap);
    if (caught_signal) {
        (void)raise(caught_signal);
        /* still here: the signal is ignored, or the program was stopped and resumed */
        error = EINTR;
        rc = -1;
    }
    errno = error;
    return rc;
}
