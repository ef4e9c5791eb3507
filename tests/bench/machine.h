/* SPDX-License-Identifier: MIT */
/* Clocks, processors, and random numbers that are the same in every run. */
#ifndef MACHINE_H
#define MACHINE_H

#include <stdint.h>

double wall_ns(void);
double cpu_ns(void); /* of this thread alone: leaves out when others had the processor */

/*
 * Binds this thread to one processor, counted from 0 among those that the process may use: 0 is the
 * one that devices interrupt most, 1 the one that they interrupt least. -1 = all of these again.
 */
void pin_to(int number);
int processors(void);

/* xorshift64*: good enough to draw tokens, cheap and repeatable. */
uint64_t draw(uint64_t *state);

#endif
