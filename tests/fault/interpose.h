/* SPDX-License-Identifier: MIT */
/*
 * For a file that defines functions of libc itself: the originals behind them. The system's headers
 * must not rename the functions of such a file to their 64-bit names (calls.c).
 */
#ifndef INTERPOSE_H
#define INTERPOSE_H

#include <dlfcn.h>

/* The next definition of this function's name, as a pointer of its type. */
#define REAL(name) (__extension__(__typeof__(&name)) dlsym(RTLD_NEXT, #name))

#endif
