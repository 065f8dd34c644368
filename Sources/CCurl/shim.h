#pragma once
#include <curl/curl.h>

// curl_easy_setopt, curl_easy_getinfo and curl_multi_setopt are variadic, which Swift can't call: one typed inline
// function per kind of argument.
static inline CURLcode krp_easy_setopt_long(CURL *easy, CURLoption option, long value) {
    return curl_easy_setopt(easy, option, value);
}
static inline CURLcode krp_easy_setopt_pointer(CURL *easy, CURLoption option, void *value) {
    return curl_easy_setopt(easy, option, value);
}
static inline CURLcode krp_easy_setopt_string(CURL *easy, CURLoption option, const char *value) {
    return curl_easy_setopt(easy, option, value);
}

// For the Kubernetes API client (Discovery).
typedef size_t (*krp_data_callback)(char *data, size_t size, size_t count, void *context);
static inline CURLcode krp_easy_setopt_data_callback(CURL *easy, CURLoption option, krp_data_callback callback) {
    return curl_easy_setopt(easy, option, callback);
}
// libcurl copies the bytes.
static inline CURLcode krp_easy_setopt_blob(CURL *easy, CURLoption option, const void *bytes, size_t length) {
    struct curl_blob blob = {(void *)bytes, length, CURL_BLOB_COPY};
    return curl_easy_setopt(easy, option, &blob);
}
static inline CURLcode krp_easy_getinfo_status(CURL *easy, long *value) {
    return curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, value);
}
static inline CURLcode krp_easy_getinfo_retry_after(CURL *easy, curl_off_t *seconds) {
    return curl_easy_getinfo(easy, CURLINFO_RETRY_AFTER, seconds);
}
// The result of the next finished transfer; 0 where there is none (CURLMsg holds a union).
static inline int krp_multi_next_done(CURLM *multi, CURLcode *result) {
    int left = 0;
    CURLMsg *message;
    while ((message = curl_multi_info_read(multi, &left))) {
        if (message->msg == CURLMSG_DONE) {
            *result = message->data.result;
            return 1;
        }
    }
    return 0;
}

// For connections that we speak HTTP on ourselves (Connections).
static inline CURLcode krp_easy_getinfo_socket(CURL *easy, curl_socket_t *value) {
    return curl_easy_getinfo(easy, CURLINFO_ACTIVESOCKET, value);
}
typedef int (*krp_close_socket_callback)(void *context, curl_socket_t socket);
static inline CURLcode krp_easy_setopt_close_socket(CURL *easy, krp_close_socket_callback callback, void *context) {
    CURLcode code = curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, callback);
    return code ? code : curl_easy_setopt(easy, CURLOPT_CLOSESOCKETDATA, context);
}
typedef int (*krp_socket_callback)(CURL *easy, curl_socket_t socket, int what, void *context, void *socketContext);
typedef int (*krp_timer_callback)(CURLM *multi, long milliseconds, void *context);
static inline CURLMcode krp_multi_set_callbacks(
    CURLM *multi, krp_socket_callback socket, krp_timer_callback timer, void *context) {
    CURLMcode code = curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, socket);
    if (!code) code = curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, context);
    if (!code) code = curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, timer);
    if (!code) code = curl_multi_setopt(multi, CURLMOPT_TIMERDATA, context);
    return code;
}
