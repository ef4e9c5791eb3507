/* SPDX-License-Identifier: MIT */
/* Exit codes of the hosts. The tool uses the same numbers. */
#ifndef EXAMPLES_HTTP_EXIT_H
#define EXAMPLES_HTTP_EXIT_H

enum { EXIT_DONE = 0, EXIT_NETWORK = 1, EXIT_USAGE = 2, EXIT_STORES = 3 };

#endif
