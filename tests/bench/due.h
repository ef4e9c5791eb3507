/* SPDX-License-Identifier: MIT */
/*
 * Conditions without which a figure means nothing: if one fails, the program says which and exits
 * with 1.
 */
#ifndef DUE_H
#define DUE_H

#define DUE(expr) due_zero((expr), #expr, __FILE__, __LINE__)       /* gives 0 */
#define DUE_THAT(expr) due_zero(!(expr), #expr, __FILE__, __LINE__) /* holds */

void due_zero(int rc, const char *what, const char *file, int line);

#endif
