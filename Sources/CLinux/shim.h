// What Swift's Glibc module does not show.
#include <linux/openat2.h>
#include <malloc.h>
#include <sys/syscall.h>
#include <unistd.h>

// openat2(2), which the C library does not wrap. Returns a descriptor, or -1 with errno set.
static inline int moraine_openat2(int folder, const char *path, unsigned long long flags, unsigned long long resolve) {
  struct open_how how = {.flags = flags, .mode = 0, .resolve = resolve};
  return (int)syscall(SYS_openat2, folder, path, &how, sizeof how);
}

// renameat2(2) with RENAME_NOREPLACE, within one folder. Returns 0, or -1 with errno set.
static inline int moraine_rename_new(int folder, const char *from, const char *to) {
  return (int)syscall(SYS_renameat2, folder, from, folder, to, 1u);
}
