/* Merkle-Patricia tries: see mpt.h. */
#include "common/mpt.h"

#include <stdlib.h>
#include <string.h>

#include "common/keccak.h"
#include "common/limits.h"
#include "common/rlp.h"

#define BRANCH 17 /* items of a branch: one for each nibble, and a value */
#define HASHED 32 /* nodes of so many bytes or more stand in their parent as a hash */

/* Flags in the first nibble of a path, as it stands in a leaf or an extension. */
#define PATH_ODD 1
#define PATH_LEAF 2

static size_t n_nibbles(struct slice key)
{
    return 2 * key.len;
}

static unsigned nibble(struct slice key, size_t i)
{
    return i % 2 == 0 ? key.data[i / 2] >> 4 : key.data[i / 2] & 15;
}

size_t mpt_index_key(uint8_t ret[static MPT_INDEX_LEN], uint64_t index)
{
    struct bytes_writer w = bytes_writer(ret, MPT_INDEX_LEN);
    rlp_put_u64(&w, index);
    return w.len;
}

/* --- build ------------------------------------------------------------------------------------- */

struct builder {
    const struct mpt_pair *pairs; /* sorted by key */
    size_t proven;                /* place of the proven pair among them, or MPT_NONE */
    struct bytes_writer node;     /* room for the largest node; used when its children are done */
    struct blobs proof;           /* nodes on the way, the deepest first */
    struct hash32 last;           /* hash of the node that was finished last: in the end, the root */
};

/* What a parent writes for a child: the RLP of its hash, or the child itself. */
struct reference {
    uint8_t len;
    uint8_t b[1 + sizeof(struct hash32)];
};

/* Turn the node that was just written into its reference. The root is always hashed. */
static struct reference finish_node(struct builder *t, size_t lo, size_t hi, size_t depth)
{
    struct reference ref = {0};
    struct bytes_writer w = bytes_writer(ref.b, sizeof ref.b);
    t->last = keccak_256(t->node.data, t->node.len);
    bool hashed = t->node.len >= HASHED || depth == 0;
    if (hashed)
        rlp_put_bytes(&w, t->last.b, sizeof t->last.b);
    else
        bytes_put(&w, t->node.data, t->node.len);
    if (hashed && lo <= t->proven && t->proven < hi)
        blobs_add(&t->proof, t->node.data, t->node.len);
    ref.len = (uint8_t)w.len;
    return ref;
}

/* Write nibbles from … to of a key in compact form. */
static void put_path(struct bytes_writer *w, struct slice key, size_t from, size_t to, unsigned flags)
{
    uint8_t path[1 + MPT_MAX_KEY];
    size_t n = 0;
    if ((to - from) % 2 != 0)
        path[n++] = (uint8_t)((flags | PATH_ODD) << 4 | nibble(key, from++));
    else
        path[n++] = (uint8_t)(flags << 4);
    for (; from < to; from += 2)
        path[n++] = (uint8_t)(nibble(key, from) << 4 | nibble(key, from + 1));
    rlp_put_bytes(w, path, n);
}

static void put_leaf(struct bytes_writer *w, const struct mpt_pair *pair, size_t depth)
{
    w->len = 0;
    size_t list = rlp_open(w);
    put_path(w, pair->key, depth, n_nibbles(pair->key), PATH_LEAF);
    rlp_put_bytes(w, pair->value.data, pair->value.len);
    rlp_close(w, list);
}

static void put_extension(struct bytes_writer *w, struct slice key, size_t from, size_t to,
                          const struct reference *child)
{
    w->len = 0;
    size_t list = rlp_open(w);
    put_path(w, key, from, to, 0);
    bytes_put(w, child->b, child->len);
    rlp_close(w, list);
}

static void put_branch(struct bytes_writer *w, const struct reference children[16],
                       const struct mpt_pair *own)
{
    w->len = 0;
    size_t list = rlp_open(w);
    for (size_t i = 0; i < 16; i++) {
        if (children[i].len > 0)
            bytes_put(w, children[i].b, children[i].len);
        else
            rlp_put_bytes(w, NULL, 0);
    }
    rlp_put_bytes(w, own != NULL ? own->value.data : NULL, own != NULL ? own->value.len : 0);
    rlp_close(w, list);
}

/* How far all keys of a sorted range agree: as far as the first and the last do. */
static size_t shared_until(const struct mpt_pair *first, const struct mpt_pair *last, size_t depth)
{
    while (depth < n_nibbles(first->key) && depth < n_nibbles(last->key) &&
           nibble(first->key, depth) == nibble(last->key, depth))
        depth++;
    return depth;
}

static struct reference build_node(struct builder *t, size_t lo, size_t hi, size_t depth);

/* The keys lo … hi differ at this depth; the first may end here and is then the branch's own. */
static void build_branch(struct builder *t, size_t lo, size_t hi, size_t depth)
{
    const struct mpt_pair *own = n_nibbles(t->pairs[lo].key) == depth ? &t->pairs[lo++] : NULL;
    struct reference children[16] = {0};
    while (lo < hi) {
        unsigned digit = nibble(t->pairs[lo].key, depth);
        size_t end = lo + 1;
        while (end < hi && nibble(t->pairs[end].key, depth) == digit)
            end++;
        children[digit] = build_node(t, lo, end, depth + 1);
        lo = end;
    }
    put_branch(&t->node, children, own);
}

/* Build the node over the pairs lo … hi, whose keys agree up to depth. Recursion ends with the key. */
static struct reference build_node(struct builder *t, size_t lo, size_t hi, size_t depth)
{
    const struct mpt_pair *first = &t->pairs[lo];
    size_t shared = shared_until(first, &t->pairs[hi - 1], depth);
    if (hi - lo == 1) {
        put_leaf(&t->node, first, depth);
    } else if (shared > depth) {
        struct reference child = build_node(t, lo, hi, shared);
        put_extension(&t->node, first->key, depth, shared, &child);
    } else {
        build_branch(t, lo, hi, depth);
    }
    return finish_node(t, lo, hi, depth);
}

static int by_key(const void *a, const void *b)
{
    struct slice x = ((const struct mpt_pair *)a)->key, y = ((const struct mpt_pair *)b)->key;
    int order = memcmp(x.data, y.data, x.len < y.len ? x.len : y.len);
    return order != 0 ? order : (x.len > y.len) - (x.len < y.len);
}

/* Every pair fit for a trie? Out: room for its largest node. */
static enum err_code check_pairs(const struct mpt_pair *sorted, size_t n, size_t *ret_room,
                                 struct err *e)
{
    size_t largest = 0;
    for (size_t i = 0; i < n; i++) {
        if (sorted[i].key.len == 0 || sorted[i].key.len > MPT_MAX_KEY)
            return err_set(e, ERR_INVALID, "trie: a key has %zu bytes", sorted[i].key.len);
        if (sorted[i].value.len == 0)
            return err_set(e, ERR_INVALID, "trie: a value is empty");
        if (i > 0 && by_key(&sorted[i - 1], &sorted[i]) == 0)
            return err_set(e, ERR_INVALID, "trie: a key stands there twice");
        if (sorted[i].value.len > largest)
            largest = sorted[i].value.len;
    }
    *ret_room = largest + 16 * sizeof(struct reference) + 64;
    return ERR_OK;
}

static size_t place_of(const struct mpt_pair *sorted, size_t n, const struct mpt_pair *pair)
{
    const struct mpt_pair *at = bsearch(pair, sorted, n, sizeof *sorted, by_key);
    return (size_t)(at - sorted);
}

static enum err_code build_sorted(struct builder *t, size_t n, size_t room, struct hash32 *ret_root,
                                  struct blobs *ret_proof, struct err *e)
{
    t->node = bytes_writer(malloc(room), room);
    size_t n_before = ret_proof != NULL ? ret_proof->n : 0;
    bool ok = t->node.data != NULL;
    if (ok)
        build_node(t, 0, n, 0);
    for (size_t i = t->proof.n; ok && i-- > 0;) {
        struct slice node = blobs_get(&t->proof, i);
        blobs_add(ret_proof, node.data, node.len);
    }
    ok = ok && !t->proof.failed && (ret_proof == NULL || !ret_proof->failed);
    if (ok)
        *ret_root = t->last;
    else if (ret_proof != NULL)
        blobs_cut(ret_proof, n_before);
    blobs_done(&t->proof);
    free(t->node.data);
    return ok ? ERR_OK : err_set(e, ERR_NOMEM, "%s", err_text(ERR_NOMEM));
}

enum err_code mpt_build(const struct mpt_pair *pairs, size_t n, size_t proven,
                        struct hash32 *ret_root, struct blobs *ret_proof, struct err *e)
{
    static const uint8_t EMPTY = 0x80; /* the RLP of an empty string */
    if (n == 0) {
        *ret_root = keccak_256(&EMPTY, 1);
        return ERR_OK;
    }
    struct mpt_pair *sorted = n > SIZE_MAX / sizeof *sorted ? NULL : malloc(n * sizeof *sorted);
    if (sorted == NULL)
        return err_set(e, ERR_NOMEM, "%s", err_text(ERR_NOMEM));
    memcpy(sorted, pairs, n * sizeof *sorted);
    qsort(sorted, n, sizeof *sorted, by_key);
    size_t room = 0;
    enum err_code rc = check_pairs(sorted, n, &room, e);
    if (rc == ERR_OK) {
        struct builder t = {.pairs = sorted, .proven = MPT_NONE};
        if (proven < n)
            t.proven = place_of(sorted, n, &pairs[proven]);
        rc = build_sorted(&t, n, room, ret_root, ret_proof, e);
    }
    free(sorted);
    return rc;
}

enum err_code mpt_build_list(const struct blobs *values, size_t proven, struct hash32 *ret_root,
                             struct blobs *ret_proof, struct err *e)
{
    struct mpt_pair *pairs = calloc(values->n + 1, sizeof *pairs);
    uint8_t(*keys)[MPT_INDEX_LEN] = calloc(values->n + 1, sizeof *keys);
    enum err_code rc = err_set(e, ERR_NOMEM, "%s", err_text(ERR_NOMEM));
    if (pairs != NULL && keys != NULL) {
        for (size_t i = 0; i < values->n; i++) {
            size_t len = mpt_index_key(keys[i], i);
            pairs[i] = (struct mpt_pair){{keys[i], len}, blobs_get(values, i)};
        }
        rc = mpt_build(pairs, values->n, proven, ret_root, ret_proof, e);
    }
    free(keys);
    free(pairs);
    return rc;
}

/* --- verify ------------------------------------------------------------------------------------ */

struct walk {
    struct slice key;
    size_t depth; /* nibbles of the key that are used up */
    const struct blobs *proof;
    size_t used; /* nodes of the proof */
    struct slice node; /* where we are: a node of the proof, or one inside it */
    struct slice value; /* found at the end; len 0 until then */
};

static enum err_code refuse(const struct walk *k, enum err_code code, const char *why, struct err *e)
{
    return err_set(e, code, "proof node %zu: %s", k->used - 1, why);
}

/* Take the next node of the proof; its hash must be the one expected. */
static enum err_code next_node(struct walk *k, const uint8_t *hash, struct err *e)
{
    if (k->used == k->proof->n)
        return err_set(e, ERR_INVALID, "proof ends before the value");
    k->node = blobs_get(k->proof, k->used++);
    struct hash32 got = keccak_256(k->node.data, k->node.len);
    if (memcmp(got.b, hash, sizeof got.b) != 0)
        return refuse(k, ERR_INVALID, "not the node that its parent names", e);
    return ERR_OK;
}

/* Follow a reference: to the next node of the proof, or into this one. */
static enum err_code follow(struct walk *k, struct slice item, struct err *e)
{
    struct rlp_reader r = rlp_reader(item.data, item.len);
    if (rlp_is_list(&r)) {
        if (item.len >= HASHED)
            return refuse(k, ERR_PARSE, "a node inside it should be a hash", e);
        k->node = item;
        return ERR_OK;
    }
    struct slice hash = rlp_get_bytes(&r);
    if (hash.len == 0)
        return refuse(k, ERR_INVALID, "the trie does not hold this key", e);
    if (hash.len != sizeof(struct hash32))
        return refuse(k, ERR_PARSE, "a reference is not of 32 bytes", e);
    return next_node(k, hash.data, e);
}

static enum err_code take_value(struct walk *k, struct slice item, struct err *e)
{
    struct rlp_reader r = rlp_reader(item.data, item.len);
    k->value = rlp_get_bytes(&r);
    if (k->value.len == 0)
        return refuse(k, ERR_INVALID, "no value ends here", e);
    return ERR_OK;
}

static enum err_code step_branch(struct walk *k, const struct slice items[BRANCH], struct err *e)
{
    if (k->depth == n_nibbles(k->key))
        return take_value(k, items[BRANCH - 1], e);
    return follow(k, items[nibble(k->key, k->depth++)], e);
}

/* A leaf or an extension: its path must be the next part of the key. */
static enum err_code step_path(struct walk *k, struct slice path_item, struct slice target, struct err *e)
{
    struct rlp_reader r = rlp_reader(path_item.data, path_item.len);
    struct slice path = rlp_get_bytes(&r);
    if (path.len == 0 || path.data[0] >> 4 > (PATH_LEAF | PATH_ODD))
        return refuse(k, ERR_PARSE, "a path is malformed", e);
    unsigned flags = path.data[0] >> 4;
    bool odd = flags & PATH_ODD, leaf = flags & PATH_LEAF;
    if ((!odd && (path.data[0] & 15) != 0) || (!leaf && !odd && path.len == 1))
        return refuse(k, ERR_PARSE, "a path is malformed", e);
    for (size_t i = odd ? 1 : 2; i < n_nibbles(path); i++, k->depth++)
        if (k->depth == n_nibbles(k->key) || nibble(k->key, k->depth) != nibble(path, i))
            return refuse(k, ERR_INVALID, "leads to another key", e);
    if (!leaf)
        return follow(k, target, e);
    if (k->depth != n_nibbles(k->key))
        return refuse(k, ERR_INVALID, "leads to another key", e);
    return take_value(k, target, e);
}

static enum err_code step(struct walk *k, struct err *e)
{
    struct slice items[BRANCH];
    size_t n = 0;
    struct rlp_reader r = rlp_reader(k->node.data, k->node.len);
    rlp_enter(&r);
    while (rlp_more(&r) && n < BRANCH)
        items[n++] = rlp_skip(&r);
    rlp_leave(&r);
    enum err_code rc = rlp_finish(&r, "trie node", e);
    if (rc != ERR_OK)
        return rc;
    if (n == BRANCH)
        return step_branch(k, items, e);
    if (n == 2)
        return step_path(k, items[0], items[1], e);
    return refuse(k, ERR_PARSE, "neither 2 nor 17 items", e);
}

static enum err_code check_limits(const struct blobs *proof, struct err *e)
{
    if (proof->n > LIMITS_NODES_PER_PROOF)
        return err_set(e, ERR_LIMIT, "proof has more than %d nodes", LIMITS_NODES_PER_PROOF);
    for (size_t i = 0; i < proof->n; i++)
        if (blobs_get(proof, i).len > LIMITS_NODE_BYTES)
            return err_set(e, ERR_LIMIT, "proof node %zu is longer than %u bytes", i, LIMITS_NODE_BYTES);
    return ERR_OK;
}

enum err_code mpt_find(const struct hash32 *root, struct slice key, const struct blobs *proof,
                       struct slice *ret, struct err *e)
{
    struct walk k = {.key = key, .proof = proof};
    enum err_code rc = check_limits(proof, e);
    if (rc == ERR_OK)
        rc = next_node(&k, root->b, e);
    while (rc == ERR_OK && k.value.len == 0) /* every step uses up some of the key */
        rc = step(&k, e);
    if (rc != ERR_OK)
        return rc;
    if (k.used != proof->n)
        return err_set(e, ERR_INVALID, "proof has nodes that lead nowhere");
    *ret = k.value;
    return ERR_OK;
}

enum err_code mpt_verify(const struct hash32 *root, struct slice key, struct slice value,
                         const struct blobs *proof, struct err *e)
{
    struct slice found;
    enum err_code rc = mpt_find(root, key, proof, &found, e);
    if (rc == ERR_OK && (found.len != value.len || memcmp(found.data, value.data, value.len) != 0))
        return err_set(e, ERR_INVALID, "proof holds another value");
    return rc;
}
