/* SPDX-License-Identifier: MIT */
/*
 * For a test that defines a function of a shared library itself: finds the original, so that the
 * test can call it.
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
