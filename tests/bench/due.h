/* SPDX-License-Identifier: MIT */
/*
 * What has to work for a figure to mean anything: else the program says what did not, and ends with
 * 1.
 */
#ifndef DUE_H
#define DUE_H

#define DUE(expr) due_zero((expr), #expr, __FILE__, __LINE__)       /* gives 0 */
#define DUE_THAT(expr) due_zero(!(expr), #expr, __FILE__, __LINE__) /* holds */

void due_zero(int rc, const char *what, const char *file, int line);

#endif
