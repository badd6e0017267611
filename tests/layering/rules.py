"""Who may include whom in src/. The same table, with its reasons, is in docs/architecture.md.

Every folder may include itself. A library's headers may be included by the folders named for it and
by no others; a header that no line here knows is a breach too, so that a new library is a decision.
"""

FOLDERS = {
    "base": set(),
    "dns": {"base"},
    "cache": {"base", "dns"},
    "policy": {"base", "dns"},
    "upstream": {"base", "dns"},
    "config": {"base", "dns", "policy"},
    "resolve": {"base", "dns", "cache", "policy", "upstream"},
    "listen": {"base", "dns", "resolve"},
    "control": {"base", "dns", "cache", "policy", "upstream", "config", "resolve"},
    "daemon": {"base", "dns", "cache", "policy", "upstream", "config", "resolve", "listen", "control"},
}
FOLDERS["cli"] = FOLDERS["daemon"] | {"daemon"}
FOLDERS["."] = FOLDERS["cli"] | {"cli"}  # src/main.c

# Beginnings of header names, and the folders that may use them.
LIBRARIES = {
    "event2/": {"upstream", "listen", "control", "daemon", "cli"},
    "ldns/": {"policy", "control", "cli"},  # text to records and back, never on a query's way
    "libfyaml.h": {"config"},
    "openssl/": {"upstream"},
    "urcu": {"resolve", "daemon", "cli"},  # the policy's readers, and those who replace it
    "idn2.h": {"policy"},
    "jansson.h": {"control", "cli"},
    "cap-ng.h": {"daemon"},
    "curl/": {"cli"},
}

# The C library and the kernel's interface: open to all.
SYSTEM_PREFIXES = ("sys/", "netinet/", "arpa/", "net/", "linux/")
SYSTEM_HEADERS = {
    "assert.h", "ctype.h", "dirent.h", "endian.h", "errno.h", "fcntl.h", "fnmatch.h", "getopt.h",
    "glob.h", "grp.h", "ifaddrs.h", "inttypes.h", "libgen.h", "limits.h", "locale.h", "malloc.h",
    "math.h", "netdb.h",
    "poll.h", "pthread.h", "pwd.h", "sched.h", "search.h", "signal.h", "stdalign.h", "stdarg.h",
    "stdatomic.h", "stdbool.h", "stddef.h", "stdint.h", "stdio.h", "stdlib.h", "string.h",
    "strings.h", "termios.h", "threads.h", "time.h", "unistd.h", "wchar.h",
}

FILE_LINES = 500
HEADER_LINES = 150  # in src/; a header of the tests holds fixtures, and counts as any file
FUNCTION_LINES = 60
# Dispatch tables and state machines, which are easier to read in one piece: up to 100 lines.
LONG_FUNCTION_LINES = 100
LONG_FUNCTIONS = {"tests/unit/dns/rdata.c:test_expands_every_type"}
