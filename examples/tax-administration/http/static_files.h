/* SPDX-License-Identifier: MIT */
/* GET / and the files of the web page. The HTML is sent in the language the browser asks for. */
#ifndef TAX_ADMINISTRATION_STATIC_FILES_H
#define TAX_ADMINISTRATION_STATIC_FILES_H

#include "http/request.h"

/* Sets the request's answer. */
void static_file_get(struct request *request);

#endif
