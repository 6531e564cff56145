/* What a disk would hold after a power cut: at each sync, the file as it is then goes to $HUTCH_SYNCED, and
 * when a folder is synced, what was removed from it is removed there too. Preloaded into a process;
 * whatever that process wrote and never synced is not in $HUTCH_SYNCED.
 * With $HUTCH_SYNCS each sync is told there, a line with the file's name and the monotonic time in seconds at
 * which it began; with $HUTCH_SYNC_MS each takes so
 * many milliseconds longer, as on a slow card. */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static void keep_file(int fd, const char *kept)
{
    char draft[8192], block[1 << 16];
    snprintf(draft, sizeof draft, "%s.draft", kept);
    int copy = open(draft, O_WRONLY | O_CREAT | O_TRUNC, 0644);
    ssize_t got;
    /* By the same descriptor: closing another one would drop SQLite's locks on the file. */
    for (off_t at = 0; (got = pread(fd, block, sizeof block, at)) > 0; at += got)
        if (write(copy, block, got) != got)
            abort();
    close(copy);
    rename(draft, kept);
}

static void keep_names(const char *folder, const char *synced)
{
    char here[8192], kept[8192];
    DIR *names = opendir(synced);
    for (struct dirent *name; names != NULL && (name = readdir(names)) != NULL;) {
        snprintf(here, sizeof here, "%s/%s", folder, name->d_name);
        snprintf(kept, sizeof kept, "%s/%s", synced, name->d_name);
        if (access(here, F_OK) != 0)
            unlink(kept);
    }
    if (names != NULL)
        closedir(names);
}

static void keep(int fd)
{
    char link[64], path[4096], kept[8192];
    const char *synced = getenv("HUTCH_SYNCED");
    struct stat found;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (synced == NULL || length < 0 || fstat(fd, &found) != 0)
        return;
    path[length] = 0;
    snprintf(kept, sizeof kept, "%s/%s", synced, strrchr(path, '/') + 1);
    if (S_ISDIR(found.st_mode))
        keep_names(path, synced);
    else
        keep_file(fd, kept);
}

static void tell(int fd, const struct timespec *began)
{
    char link[64], path[4096];
    const char *syncs = getenv("HUTCH_SYNCS"), *slow = getenv("HUTCH_SYNC_MS");
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (slow != NULL)
        usleep(atoi(slow) * 1000);
    if (syncs == NULL || length < 0)
        return;
    path[length] = 0;
    int told = open(syncs, O_WRONLY | O_CREAT | O_APPEND, 0644);
    if (dprintf(told, "%s %lld.%09ld\n", strrchr(path, '/') + 1, (long long)began->tv_sec, began->tv_nsec) < 0)
        abort();
    close(told);
}

static int sync_by(const char *name, int fd)
{
    int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, name);
    struct timespec began;
    clock_gettime(CLOCK_MONOTONIC, &began);
    int result = real(fd);
    tell(fd, &began);
    if (result == 0)
        keep(fd);
    return result;
}

int fsync(int fd) { return sync_by("fsync", fd); }
int fdatasync(int fd) { return sync_by("fdatasync", fd); }
