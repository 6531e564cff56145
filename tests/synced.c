/* What a disk would hold after a power cut: at each sync, the file as it is then goes to $HUTCH_SYNCED, and
 * when a folder is synced, what was removed from it is removed there too. Preloaded into a process;
 * whatever that process wrote and never synced is not in $HUTCH_SYNCED.
 * With $HUTCH_SYNCED_TREE whole folders are kept so, by the letter of POSIX: a name is there after its folder
 * was synced, also a new one and one that a file was renamed to, and what is in a file after the file was.
 * tests/power.py puts them together again.
 * With $HUTCH_SYNCS each sync is told there, a line with the file's name and the monotonic time in seconds at
 * which it began; with $HUTCH_SYNC_MS each takes so
 * many milliseconds longer, as on a slow card. */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
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
    /* By the same descriptor: closing another one would drop SQLite's locks on the file. Who only writes to
     * a file has none there. */
    int only_writes = (fcntl(fd, F_GETFL) & O_ACCMODE) == O_WRONLY, from = fd;
    if (only_writes) {
        snprintf(block, sizeof block, "/proc/self/fd/%d", fd);
        from = open(block, O_RDONLY);
    }
    for (off_t at = 0; (got = pread(from, block, sizeof block, at)) > 0; at += got)
        if (write(copy, block, got) != got)
            abort();
    if (got < 0)
        abort();
    if (only_writes)
        close(from);
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

/* Which file it is, whatever it is called and whoever had its inode before. */
static void key_of(int fd, const char *name, char *key, size_t room)
{
    struct statx found;
    if (statx(fd, name, AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW, STATX_INO | STATX_TYPE | STATX_BTIME, &found) != 0)
        snprintf(key, room, "gone");
    else
        snprintf(key, room, "%c%llu-%lld.%09u", S_ISDIR(found.stx_mode) ? 'd' : 'f', (unsigned long long)found.stx_ino,
                 (long long)found.stx_btime.tv_sec, found.stx_btime.tv_nsec);
}

static void keep_folder(int fd, const char *path, const char *kept)
{
    char draft[8192], key[128];
    snprintf(draft, sizeof draft, "%s.draft", kept);
    FILE *list = fopen(draft, "w");
    DIR *names = opendir(path);
    fprintf(list, "%s\n", path);
    for (struct dirent *name; names != NULL && (name = readdir(names)) != NULL;) {
        if (strcmp(name->d_name, ".") == 0 || strcmp(name->d_name, "..") == 0)
            continue;
        key_of(fd, name->d_name, key, sizeof key);
        fprintf(list, "%s %s\n", key, name->d_name);
    }
    if (names != NULL)
        closedir(names);
    if (fclose(list) != 0)
        abort();
    rename(draft, kept);
}

static void keep_in_tree(int fd, const char *path, int is_folder, const char *tree)
{
    char key[128], kept[8000];
    key_of(fd, "", key, sizeof key);
    snprintf(kept, sizeof kept, "%s/%s", tree, key);
    if (is_folder)
        keep_folder(fd, path, kept);
    else
        keep_file(fd, kept);
}

static void keep(int fd)
{
    char link[64], path[4096], kept[8192];
    const char *synced = getenv("HUTCH_SYNCED"), *tree = getenv("HUTCH_SYNCED_TREE");
    struct stat found;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if ((synced == NULL && tree == NULL) || length < 0 || fstat(fd, &found) != 0)
        return;
    path[length] = 0;
    if (tree != NULL)
        keep_in_tree(fd, path, S_ISDIR(found.st_mode), tree);
    if (synced == NULL)
        return;
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
    /* One after the other: a folder as it was must not take the place of the folder as it is. */
    static pthread_mutex_t one_at_once = PTHREAD_MUTEX_INITIALIZER;
    pthread_mutex_lock(&one_at_once);
    if (result == 0)
        keep(fd);
    pthread_mutex_unlock(&one_at_once);
    return result;
}

int fsync(int fd) { return sync_by("fsync", fd); }
int fdatasync(int fd) { return sync_by("fdatasync", fd); }
