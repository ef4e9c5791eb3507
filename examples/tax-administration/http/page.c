/* SPDX-License-Identifier: MIT */
#include "http/page.h"

#include <stdlib.h>
#include <string.h>

#include "http/language.h"
#include "http/page_files.h"

static struct MHD_Response *plain(const struct page_file *file) {
    /* The library does not write to it. */
    return MHD_create_response_from_buffer(file->length, (void *)(uintptr_t)file->bytes,
                                           MHD_RESPMEM_PERSISTENT);
}

static struct MHD_Response *in_language(const struct page_file *file, const char *language) {
    char *text = malloc(file->length);
    if (!text) return NULL;
    memcpy(text, file->bytes, file->length);
    memcpy(text + file->language_at, language, LANGUAGE_LEN);
    struct MHD_Response *response =
        MHD_create_response_from_buffer(file->length, text, MHD_RESPMEM_MUST_FREE);
    if (!response) free(text);
    return response;
}

void page_answer(struct request *request) {
    const struct page_file *file = request->route.file;
    const char *language = file->language_at ? language_of(request->connection) : NULL;

    http_answer_response(&request->answer, MHD_HTTP_OK,
                         language ? in_language(file, language) : plain(file));
    http_answer_header(&request->answer, MHD_HTTP_HEADER_CONTENT_TYPE, file->type);
    if (!language) return;
    http_answer_header(&request->answer, MHD_HTTP_HEADER_CONTENT_LANGUAGE, language);
    http_answer_header(&request->answer, MHD_HTTP_HEADER_VARY, "Accept-Language, Cookie");
}
