/* What a check of a store can find: by store_check.h inside it, by daemon/ctl/fsck.h around it (anchors, mirror). */
#ifndef COMMON_DB_STORE_FINDING_H
#define COMMON_DB_STORE_FINDING_H

#include <stdbool.h>
#include <stdint.h>

/* Name, stable code, what it means, what to do. Codes are never given another meaning. */
#define STORE_FINDINGS(X)                                                                                        \
    X(RECORD_MISSING, "FS-101", "an accepted hash has no record", RESTORE)                                             \
    X(RECORD_DAMAGED, "FS-102", "the record of a hash cannot be read", RESTORE)                                        \
    X(FORGOTTEN_LOST, "FS-103", "a forgotten hash has lost its leaf or its revoke id", RESTORE)                        \
    X(FORGOTTEN_LEFT, "FS-104", "a forgotten hash or its salt is still in its record", RESTORE)                        \
    X(KEPT_WRONGLY, "FS-105", "leaf and revoke id are kept of a hash that was not forgotten", RESTORE)                 \
    X(INDEX_GAP, "FS-201", "the index leaves out a range of hashes", REINDEX)                                          \
    X(INDEX_ENTRY, "FS-202", "an entry of the index leads to another hash, or to none", REINDEX)                       \
    X(INDEX_COUNT, "FS-203", "the index lacks some hashes of a range", REINDEX)                                        \
    X(INDEX_ORDER, "FS-204", "entries of the index are out of order", REINDEX)                                         \
    X(BATCH_DAMAGED, "FS-301", "the record of a batch cannot be read", RESTORE)                                        \
    X(HEADER_WRONG, "FS-302", "the header of a batch says something else than its record", RESTORE)                    \
    X(SEAL_WRONG, "FS-303", "the seal of a batch is not that of its root and header", RESTORE)                         \
    X(CHAIN_BROKEN, "FS-304", "the anchored value of a batch does not follow from the one before", RESTORE)            \
    X(RANGE_WRONG, "FS-305", "the sealed ranges leave out hashes, overlap, or belong to no batch", RESTORE)            \
    X(VALUE_WRONG, "FS-306", "a batch is not found by its anchored value", RESTORE)                                    \
    X(ANNEX_WRONG, "FS-307", "the annex of a batch is missing, or is not the one in its header", RESTORE)              \
    X(TREE_MISSING, "FS-401", "a batch has no tree, or not all of it", RESTORE)                                        \
    X(ROOT_WRONG, "FS-402", "the leaves of a batch lead to another root", RESTORE)                                     \
    X(LEAF_WRONG, "FS-403", "a leaf is not that of its hash and salt (only with --deep)", RESTORE)                     \
    X(NODE_WRONG, "FS-404", "a node of a tree is not that of the two below it (only with --deep)", RESTORE)            \
    X(ANCHOR_MISSING, "FS-501", "a batch has no anchor job", RESTORE)                                                  \
    X(ANCHOR_DAMAGED, "FS-502", "the anchor job of a batch cannot be read", RESTORE)                                   \
    X(ANCHOR_WRONG, "FS-503", "the anchor job of a batch contradicts it", RESTORE)                                     \
    X(ANCHOR_LIST, "FS-504", "the list of anchors that are not final is wrong", RESTORE)                               \
    X(ATTEMPT_WRONG, "FS-505", "a transaction of an anchor is missing, or is not the one that is named", RESTORE)      \
    X(MIRROR_MISSING, "FS-601", "the mirror has no file of a batch", REMIRROR)                                         \
    X(MIRROR_DAMAGED, "FS-602", "a file of the mirror is damaged", REMIRROR)                                           \
    X(MIRROR_DIFFERS, "FS-603", "a file of the mirror says something else than the store", REMIRROR)                   \
    X(MIRROR_FORGOTTEN, "FS-604", "a file of the mirror still holds a forgotten hash", COMPACT)                        \
    X(MIRROR_AHEAD, "FS-605", "the mirror holds batches that the store does not know", NEWER)

enum store_finding_code {
#define X(name, code, text, remedy) STORE_FINDING_##name,
    STORE_FINDINGS(X)
#undef X
        STORE_FINDING_N
};

struct store_finding_info {
    const char *code;   /* "FS-101" */
    const char *text;   /* one sentence without full stop */
    const char *remedy; /* the same */
};

/** Static. */
const struct store_finding_info *store_finding_info(enum store_finding_code code);

struct store_finding {
    enum store_finding_code code;
    uint64_t sequence; /* of the hash, or the first of a range; 0: not about one */
    uint64_t k;        /* of the batch; 0: not about one */
};

struct store_check_counts {
    uint64_t records;       /* forgotten ones too */
    uint64_t forgotten;
    uint64_t index_entries; /* those in memory only are made from the records at each opening */
    uint64_t batches;
    uint64_t nodes;         /* of trees: read, and with deep each compared with what it should be */
};

struct store_check_options {
    bool deep; /* compute every leaf and every node again */
    void (*found)(void *ctx, const struct store_finding *finding);
    void *ctx;
};

#endif
