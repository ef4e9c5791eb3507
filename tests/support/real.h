/* SPDX-License-Identifier: MIT */
/*
 * For a test whose own definition of a function stands before that of a shared library, because a
 * program's goes first: the one behind it, to pass on to.
 */
#ifndef REAL_H
#define REAL_H

#include <dlfcn.h>
#include <string.h>

/* Into a pointer to a function, which ISO C does not let a pointer to data be. */
#define REAL(pointer, name)                       \
    do {                                          \
        void *found = dlsym(RTLD_NEXT, name);     \
        memcpy(&(pointer), &found, sizeof found); \
    } while (0)

#endif
