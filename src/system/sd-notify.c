// Sends one datagram to a unix socket: the one step of sd_notify(3) that Node cannot do, having no AF_UNIX datagram sockets.
// Addresses, texts and what to do about a failure are sd-notify.ts's business. Node-API 8, so that one build loads into every Node since 16.
#define NAPI_VERSION 8
#include <errno.h>
#include <node_api.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

// A PID 1 that does not read for this long has other worries; the daemon must go on.
static const struct timeval patience = {.tv_sec = 1};

static int send_to(const char *path, size_t path_length, const char *text, size_t text_length) {
  struct sockaddr_un to = {.sun_family = AF_UNIX};
  if (path_length == 0 || path_length >= sizeof to.sun_path) return ENAMETOOLONG;
  memcpy(to.sun_path, path, path_length);
  if (path[0] == '@') to.sun_path[0] = '\0'; // the abstract namespace
  int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return errno;
  setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  socklen_t to_length = offsetof(struct sockaddr_un, sun_path) + path_length;
  ssize_t sent = sendto(fd, text, text_length, MSG_NOSIGNAL, (struct sockaddr *)&to, to_length);
  int error = sent < 0 ? errno : 0;
  close(fd);
  return error;
}

// send(path: string, text: string): number -- 0, or errno
static napi_value send_datagram(napi_env env, napi_callback_info info) {
  char path[256] = "", text[4096] = "";
  size_t path_length = 0, text_length = 0, count = 2;
  napi_value arguments[2], result;
  napi_get_cb_info(env, info, &count, arguments, NULL, NULL);
  int error = EINVAL;
  if (count == 2 && napi_get_value_string_utf8(env, arguments[0], path, sizeof path, &path_length) == napi_ok &&
      napi_get_value_string_utf8(env, arguments[1], text, sizeof text, &text_length) == napi_ok)
    error = send_to(path, path_length, text, text_length);
  napi_create_int32(env, error, &result);
  return result;
}

NAPI_MODULE_INIT() {
  napi_value function;
  napi_create_function(env, "send", NAPI_AUTO_LENGTH, send_datagram, NULL, &function);
  napi_set_named_property(env, exports, "send", function);
  return exports;
}
