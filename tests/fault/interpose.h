/* SPDX-License-Identifier: MIT */
/*
 * For a file whose functions stand before libc's: the ones that they hide. It must not be renamed
 * by the header (calls.c).
 */
#ifndef INTERPOSE_H
#define INTERPOSE_H

#include <dlfcn.h>

/* The next definition of this function's name, as a pointer of its type. */
#define REAL(name) (__extension__(__typeof__(&name)) dlsym(RTLD_NEXT, #name))

#endif
