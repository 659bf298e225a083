/* Hash N-Degree Quads: see ndegree.h. Step numbers are those of the Recommendation, section 4.8.3. */
#include "verifier/rdf/ndegree.h"

#include <stdlib.h>

/* A neighbour, and the hash of how it is related. */
struct related {
    struct digest hash;
    uint32_t id;
};

/* Scratch of one depth of recursion, used again by every call at that depth. */
struct ndegree_level {
    struct related *related;
    uint32_t *order;   /* a permutation of one group */
    uint32_t *pending; /* neighbours to descend into: the "recursion list" */
    size_t cap;        /* of the three above */
    uint32_t *tail;    /* what the best permutation issued */
    size_t tail_cap, n_tail;
    struct buffer path, best, data;
};

enum err_code ndegree_init(struct ndegree *nd, struct blanks *blanks, size_t n_ambiguous,
                           enum digest_algorithm algorithm, const struct ndegree_limits *limits,
                           size_t max_bytes, struct err *e)
{
    struct arena *arena = blanks->dataset->arena;
    *nd = (struct ndegree){.blanks = blanks, .arena = arena, .algorithm = algorithm,
                           .limits = *limits, .max_bytes = max_bytes, .e = e};
    nd->limits.calls = n_ambiguous * (limits->calls > n_ambiguous ? limits->calls : n_ambiguous);
    nd->issued = arena_array(arena, blanks->n, sizeof *nd->issued);
    nd->levels = arena_array(arena, blanks->n, sizeof *nd->levels);
    nd->scratch = buffer(arena, 0, max_bytes);
    return arena_check(arena, e);
}

/* ---- sticky errors and work ---- */

static void too_complex(struct ndegree *nd, const char *what, size_t limit)
{
    if (nd->rc == ERR_OK)
        nd->rc = err_set(nd->e, ERR_LIMIT, "too complex: more than %zu %s", limit, what);
}

static void check_memory(struct ndegree *nd)
{
    if (nd->rc == ERR_OK)
        nd->rc = arena_check(nd->arena, nd->e);
}

static void check_buffer(struct ndegree *nd, const struct buffer *b)
{
    if (nd->rc == ERR_OK)
        nd->rc = buffer_check(b, nd->e);
}

static bool spend(struct ndegree *nd, size_t units)
{
    nd->work += units;
    if (nd->work > nd->limits.work)
        too_complex(nd, "steps to tell its blank nodes apart", nd->limits.work);
    return nd->rc == ERR_OK;
}

/* ---- the temporary issuer ---- */

static void issue(struct ndegree *nd, uint32_t id)
{
    struct blank *blank = &nd->blanks->at[id];
    if (blank->temporary != 0)
        return;
    nd->issued[nd->n_issued++] = id;
    blank->temporary = nd->n_issued;
}

/* Take back every temporary identifier but the first n. */
static void take_back(struct ndegree *nd, uint32_t n)
{
    while (nd->n_issued > n)
        nd->blanks->at[nd->issued[--nd->n_issued]].temporary = 0;
}

/* ---- Hash Related Blank Node (4.7) ---- */

static void put_digest(struct ndegree *nd, struct buffer *b, const struct digest *digest)
{
    struct slice text = digest_text(digest, nd->algorithm);
    buffer_put_slice(b, text);
}

static struct digest hash_related(struct ndegree *nd, uint32_t id, const struct rdf_quad *quad,
                                  size_t place)
{
    static const char LETTER[BLANKS_PLACES] = {'s', 'o', 'g'};
    const struct blank *blank = &nd->blanks->at[id];
    struct buffer *b = &nd->scratch;
    b->len = 0;
    buffer_put(b, &LETTER[place], 1);
    if (LETTER[place] != 'g') {
        buffer_put(b, "<", 1);
        buffer_put_slice(b, quad->predicate.value);
        buffer_put(b, ">", 1);
    }
    if (blank->canonical != 0 || blank->temporary != 0)
        blanks_put_identifier(b, blank);
    else
        put_digest(nd, b, &blank->hash);
    check_buffer(nd, b);
    return digest_of(nd->algorithm, buffer_slice(b));
}

/* ---- Hash N-Degree Quads (4.8) ---- */

/* The scratch of one depth, with room for n neighbours. */
static struct ndegree_level *level_at(struct ndegree *nd, size_t depth, size_t n)
{
    struct ndegree_level *level = &nd->levels[depth];
    if (n > level->cap) {
        level->cap = n > 2 * level->cap ? n : 2 * level->cap;
        level->related = arena_array(nd->arena, level->cap, sizeof *level->related);
        level->order = arena_array(nd->arena, level->cap, sizeof *level->order);
        level->pending = arena_array(nd->arena, level->cap, sizeof *level->pending);
    }
    if (level->path.arena == NULL)
        level->path = level->best = level->data =
            buffer(nd->arena, 0, nd->max_bytes);
    level->data.len = 0;
    check_memory(nd);
    return level;
}

static int compare_related(const void *x, const void *y)
{
    const struct related *a = x, *b = y;
    int order = digest_compare(&a->hash, &b->hash);
    return order != 0 ? order : (a->id > b->id) - (a->id < b->id);
}

/* Step 3: the neighbours of a blank node, sorted by the hash of their relation. Returns: how many. */
static size_t find_related(struct ndegree *nd, uint32_t id, struct ndegree_level *level)
{
    const struct blanks *blanks = nd->blanks;
    const struct blank *blank = &blanks->at[id];
    size_t n = 0;
    for (uint32_t i = 0; i < blank->n_quads; i++)
        for (size_t k = 0; k < BLANKS_PLACES; k++) {
            uint32_t other = blanks->places[blank->quads[i]].id[k];
            if (other == BLANKS_NONE || other == id)
                continue;
            if (!spend(nd, NDEGREE_WORK_HASH))
                return 0;
            const struct rdf_quad *quad = &blanks->dataset->quads[blank->quads[i]];
            level->related[n++] = (struct related){hash_related(nd, other, quad, k), other};
        }
    qsort(level->related, n, sizeof *level->related, compare_related);
    return n;
}

/* The next permutation in lexicographic order; equal elements are not exchanged.
 * Returns: false after the last one. */
static bool next_permutation(uint32_t *order, size_t n)
{
    size_t tail = n; /* order[tail - 1 … n) falls */
    while (tail > 1 && order[tail - 2] >= order[tail - 1])
        tail--;
    if (tail <= 1)
        return false;
    uint32_t *pivot = &order[tail - 2], *swap = &order[n - 1], t;
    while (*swap <= *pivot)
        swap--;
    t = *pivot, *pivot = *swap, *swap = t;
    for (size_t i = tail - 1, j = n - 1; i < j; i++, j--)
        t = order[i], order[i] = order[j], order[j] = t;
    return true;
}

static int compare_paths(const struct buffer *x, const struct buffer *y)
{
    return slice_compare(buffer_slice(x), buffer_slice(y));
}

/* Whether a path that may still grow can no longer become the best one (steps 5.4.4.3, 5.4.5.5). */
static bool is_beaten(const struct ndegree_level *level)
{
    return level->best.len > 0 && level->path.len >= level->best.len &&
           compare_paths(&level->path, &level->best) > 0;
}

static struct digest hash_n_degree(struct ndegree *nd, uint32_t id, size_t depth);

/* Step 5.4 for one permutation: fills .path and issues. Returns: false if it was given up. */
static bool walk(struct ndegree *nd, struct ndegree_level *level, size_t n, size_t depth)
{
    size_t n_pending = 0;
    level->path.len = 0;
    for (size_t i = 0; i < n; i++) {
        const struct blank *blank = &nd->blanks->at[level->order[i]];
        if (blank->canonical == 0 && blank->temporary == 0) {
            level->pending[n_pending++] = level->order[i];
            issue(nd, level->order[i]);
        }
        blanks_put_identifier(&level->path, blank);
        if (!spend(nd, 1) || is_beaten(level))
            return false;
    }
    for (size_t i = 0; i < n_pending; i++) {
        struct digest hash = hash_n_degree(nd, level->pending[i], depth + 1);
        blanks_put_identifier(&level->path, &nd->blanks->at[level->pending[i]]);
        buffer_put(&level->path, "<", 1);
        put_digest(nd, &level->path, &hash);
        buffer_put(&level->path, ">", 1);
        if (nd->rc != ERR_OK || is_beaten(level))
            return false;
    }
    check_buffer(nd, &level->path);
    return nd->rc == ERR_OK;
}

static void swap_paths(struct ndegree_level *level)
{
    struct buffer other = level->best;
    level->best = level->path;
    level->path = other;
}

/* Remember the path just walked, and what it issued after the first `kept` identifiers. */
static void keep_best(struct ndegree *nd, struct ndegree_level *level, uint32_t kept)
{
    size_t n = nd->n_issued - kept;
    swap_paths(level);
    spend(nd, n / NDEGREE_WORK_HASH);
    if (n > level->tail_cap) {
        level->tail_cap = 2 * n;
        level->tail = arena_array(nd->arena, level->tail_cap, sizeof *level->tail);
    }
    check_memory(nd);
    level->n_tail = nd->rc == ERR_OK ? n : 0;
    if (level->n_tail > 0)
        memcpy(level->tail, nd->issued + kept, n * sizeof *level->tail);
}

/* Steps 5.2 to 5.6: the permutation of a group with the least path; its identifiers stay issued. */
static void choose_path(struct ndegree *nd, struct ndegree_level *level, const struct related *group,
                        size_t n, size_t depth)
{
    const uint32_t kept = nd->n_issued;
    level->best.len = 0;
    level->n_tail = 0;
    for (size_t i = 0; i < n; i++)
        level->order[i] = group[i].id;
    if (n == 1) { /* the normal case: nothing to choose, so nothing to take back */
        if (walk(nd, level, n, depth))
            swap_paths(level);
        return;
    }
    do {
        if (walk(nd, level, n, depth) &&
            (level->best.len == 0 || compare_paths(&level->path, &level->best) < 0))
            keep_best(nd, level, kept);
        take_back(nd, kept);
    } while (nd->rc == ERR_OK && next_permutation(level->order, n));
    for (size_t i = 0; i < level->n_tail; i++)
        issue(nd, level->tail[i]);
}

/* End of the run of equal hashes that begins at `first`. */
static size_t run_end(const struct related *related, size_t n, size_t first)
{
    size_t end = first + 1;
    while (end < n && digest_compare(&related[first].hash, &related[end].hash) == 0)
        end++;
    return end;
}

/* The whole of 4.8.3. Returns: the hash; not defined once .rc is set. */
static struct digest hash_n_degree(struct ndegree *nd, uint32_t id, size_t depth)
{
    const struct digest nothing = {0};
    if (++nd->calls > nd->limits.calls)
        too_complex(nd, "looks at the neighbours of its blank nodes", nd->limits.calls);
    if (nd->rc != ERR_OK)
        return nothing;
    struct ndegree_level *level =
        level_at(nd, depth, BLANKS_PLACES * (size_t)nd->blanks->at[id].n_quads);
    if (nd->rc != ERR_OK)
        return nothing;
    size_t n = find_related(nd, id, level);
    for (size_t first = 0, end; first < n && nd->rc == ERR_OK; first = end) {
        end = run_end(level->related, n, first);
        if (end - first > nd->limits.group)
            too_complex(nd, "blank nodes alike around one", nd->limits.group);
        else
            choose_path(nd, level, level->related + first, end - first, depth);
        put_digest(nd, &level->data, &level->related[first].hash);
        buffer_put_slice(&level->data, buffer_slice(&level->best));
    }
    check_buffer(nd, &level->data);
    if (!spend(nd, NDEGREE_WORK_HASH))
        return nothing;
    return digest_of(nd->algorithm, buffer_slice(&level->data));
}

/* ---- one group of alike blank nodes ---- */

/* What one start gave: an entry of the "hash path list". */
struct attempt {
    struct digest hash;
    uint32_t *issued;
    uint32_t n;
};

static struct attempt start_at(struct ndegree *nd, uint32_t id)
{
    struct attempt attempt;
    issue(nd, id);
    attempt.hash = hash_n_degree(nd, id, 0);
    attempt.n = nd->n_issued;
    attempt.issued = arena_array(nd->arena, attempt.n, sizeof *attempt.issued);
    if (attempt.issued != NULL)
        memcpy(attempt.issued, nd->issued, attempt.n * sizeof *attempt.issued);
    take_back(nd, 0);
    check_memory(nd);
    return attempt;
}

static int compare_attempts(const void *x, const void *y)
{
    const struct attempt *a = x, *b = y;
    return digest_compare(&a->hash, &b->hash);
}

enum err_code ndegree_resolve(struct ndegree *nd, const uint32_t *group, size_t n)
{
    struct attempt *attempts = arena_array(nd->arena, n, sizeof *attempts);
    size_t n_attempts = 0;
    check_memory(nd);
    for (size_t i = 0; i < n && nd->rc == ERR_OK; i++)
        if (nd->blanks->at[group[i]].canonical == 0)
            attempts[n_attempts++] = start_at(nd, group[i]);
    if (nd->rc != ERR_OK)
        return nd->rc;
    qsort(attempts, n_attempts, sizeof *attempts, compare_attempts);
    for (size_t i = 0; i < n_attempts; i++)
        for (uint32_t k = 0; k < attempts[i].n; k++)
            blanks_issue(nd->blanks, attempts[i].issued[k]);
    return ERR_OK;
}
