/* SPDX-License-Identifier: MIT */
#include "apitoken/apitoken.h"

uint32_t apitoken_version(void) { return APITOKEN_VERSION; }

const char *apitoken_version_string(void) { return APITOKEN_VERSION_STRING; }
