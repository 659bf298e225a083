/* One sorted run on disk: see runfile.h. */
#include "common/db/runfile.h"

#include <endian.h>
#include <string.h>

#define ENTRY_LEN 13
#define KEY_LEN 17 /* run 4, tag 8, sequence 5 */
#define BITS_PER_TAG 10
#define BITS_PER_BLOCK (8 * sizeof(struct filter_block))
#define SORT_BITS 14

/* ------------------------------------------------------------------ encodings */

static struct slice encode_key(uint8_t key[KEY_LEN], uint32_t run, struct runfile_entry first)
{
    struct bytes_writer w = bytes_writer(key, KEY_LEN);
    bytes_put_u32(&w, run);
    bytes_put_u64(&w, first.tag);
    bytes_put_u8(&w, (uint8_t)(first.sequence >> 32));
    bytes_put_u32(&w, (uint32_t)first.sequence);
    return (struct slice){key, KEY_LEN};
}

static uint32_t run_of(struct slice key)
{
    struct bytes_reader r = bytes_reader(key.data, key.len);
    return bytes_get_u32(&r);
}

/* Hot, so by hand. */
static struct runfile_entry decode_entry(const uint8_t *p)
{
    uint64_t tag;
    uint32_t low;
    memcpy(&tag, p, sizeof tag);
    memcpy(&low, p + 9, sizeof low);
    return (struct runfile_entry){be64toh(tag), (uint64_t)p[8] << 32 | be32toh(low)};
}

static void encode_entry(uint8_t *p, struct runfile_entry entry)
{
    uint64_t tag = htobe64(entry.tag);
    uint32_t low = htobe32((uint32_t)entry.sequence);
    memcpy(p, &tag, sizeof tag);
    p[8] = (uint8_t)(entry.sequence >> 32);
    memcpy(p + 9, &low, sizeof low);
}

static uint64_t piece_key(uint32_t run, uint64_t piece)
{
    return (uint64_t)run << 32 | piece;
}

static uint64_t blocks_of(uint64_t count)
{
    return count * BITS_PER_TAG / BITS_PER_BLOCK + 1;
}

/* ------------------------------------------------------------------ writing */

void runfile_begin(struct runfile_writer *w, uint32_t run, uint64_t count)
{
    *w = (struct runfile_writer){.run = run, .n_blocks = blocks_of(count)};
}

static bool put_chunk(struct runfile_writer *w, struct dbtxn *t, struct runfile_tables tables)
{
    uint8_t key[KEY_LEN], *chunk;
    if (w->n == 0)
        return t->status == ERR_OK;
    if (!dbtxn_reserve(t, tables.entry, encode_key(key, w->run, w->chunk[0]), w->n * ENTRY_LEN, 0, &chunk))
        return false;
    for (size_t i = 0; i < w->n; i++)
        encode_entry(chunk + i * ENTRY_LEN, w->chunk[i]);
    w->n = 0;
    w->chunks++;
    return true;
}

static bool put_piece(struct runfile_writer *w, struct dbtxn *t, struct runfile_tables tables)
{
    uint64_t key = piece_key(w->run, w->piece), before = w->piece * RUNFILE_PER_PIECE;
    uint64_t n = w->n_blocks - before < RUNFILE_PER_PIECE ? w->n_blocks - before : RUNFILE_PER_PIECE;
    bool ok = dbtxn_put(t, tables.filter, dbtxn_u64(&key),
                        (struct slice){(const uint8_t *)w->block, n * sizeof w->block[0]}, 0);
    memset(w->block, 0, sizeof w->block);
    return ok;
}

bool runfile_append(struct runfile_writer *w, struct dbtxn *t, struct runfile_tables tables,
                    struct runfile_entry entry)
{
    uint64_t block = filter_block_of(entry.tag, w->n_blocks), piece = block / RUNFILE_PER_PIECE;
    if (t->status != ERR_OK || (piece != w->piece && w->count > 0 && !put_piece(w, t, tables)))
        return false;
    w->piece = piece;
    filter_block_add(&w->block[block % RUNFILE_PER_PIECE], entry.tag);
    w->chunk[w->n++] = entry;
    w->count++;
    return w->n < RUNFILE_PER_CHUNK || put_chunk(w, t, tables);
}

bool runfile_end(struct runfile_writer *w, struct dbtxn *t, struct runfile_tables tables)
{
    return w->count == 0 || (put_chunk(w, t, tables) && put_piece(w, t, tables));
}

void runfile_sort(struct runfile_entry *entry, struct runfile_entry *scratch, uint64_t n)
{
    static const uint64_t BUCKETS = 1u << SORT_BITS;
    uint64_t at[(1u << SORT_BITS) + 1];
    memset(at, 0, sizeof at);
    for (uint64_t i = 0; i < n; i++)
        at[(entry[i].tag >> (64 - SORT_BITS)) + 1]++;
    for (uint64_t b = 0; b < BUCKETS; b++)
        at[b + 1] += at[b];
    for (uint64_t i = 0; i < n; i++)
        scratch[at[entry[i].tag >> (64 - SORT_BITS)]++] = entry[i];
    /* Now all but sorted: each is a few places from its own. */
    for (uint64_t i = 0; i < n; i++) {
        uint64_t j = i;
        for (; j > 0 && entry[j - 1].tag > scratch[i].tag; j--)
            entry[j] = entry[j - 1];
        entry[j] = scratch[i];
    }
}

/* ------------------------------------------------------------------ reading */

/* Position of the first entry of a chunk that is not below `entry`. */
static size_t lower_bound(struct slice chunk, struct runfile_entry entry)
{
    size_t low = 0, high = chunk.len / ENTRY_LEN;
    while (low < high) {
        size_t mid = (low + high) / 2;
        if (runfile_below(decode_entry(chunk.data + mid * ENTRY_LEN), entry))
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

/* Move to a chunk; one of another run is as good as none. */
static int move(struct runfile_place *p, struct slice from, MDB_cursor_op op)
{
    MDB_val key = {from.len, (void *)(uintptr_t)from.data}, value;
    int rc = DBENV_CALL(mdb_cursor_get(p->cursor, &key, &value, op));
    if (rc != 0)
        return rc;
    if (run_of((struct slice){key.mv_data, key.mv_size}) != p->run)
        return MDB_NOTFOUND;
    if (value.mv_size == 0 || value.mv_size % ENTRY_LEN != 0)
        return MDB_CORRUPTED;
    p->chunk = (struct slice){value.mv_data, value.mv_size};
    return 0;
}

/* In the last chunk that begins below `entry`, or else the first entry of the chunk after it. */
int runfile_seek(struct runfile_place *p, struct runfile_entry entry)
{
    uint8_t bytes[KEY_LEN];
    struct slice from = encode_key(bytes, p->run, entry);
    MDB_val key = {from.len, bytes}, value;
    int rc = DBENV_CALL(mdb_cursor_get(p->cursor, &key, &value, MDB_SET_RANGE));
    if (rc != 0 && rc != MDB_NOTFOUND)
        return rc;
    rc = move(p, from, rc == 0 ? MDB_PREV : MDB_LAST);
    p->at = 0;
    if (rc == MDB_NOTFOUND)
        return move(p, from, MDB_SET_RANGE); /* the run begins above it */
    if (rc != 0)
        return rc;
    p->at = lower_bound(p->chunk, entry);
    if (p->at < p->chunk.len / ENTRY_LEN)
        return 0;
    p->at = 0;
    return move(p, from, MDB_NEXT);
}

int runfile_next(struct runfile_place *p)
{
    if (++p->at < p->chunk.len / ENTRY_LEN)
        return 0;
    p->at = 0;
    return move(p, (struct slice){0}, MDB_NEXT);
}

struct runfile_entry runfile_current(const struct runfile_place *p)
{
    return decode_entry(p->chunk.data + p->at * ENTRY_LEN);
}

int runfile_may_hold(MDB_txn *txn, struct runfile_tables tables, uint32_t run, uint64_t count, uint64_t tag,
                     bool *ret)
{
    uint64_t block = filter_block_of(tag, blocks_of(count));
    uint64_t piece = piece_key(run, block / RUNFILE_PER_PIECE);
    size_t at = (size_t)(block % RUNFILE_PER_PIECE) * sizeof(struct filter_block);
    MDB_val key = {sizeof piece, &piece}, value;
    struct filter_block b;
    int rc = DBENV_CALL(mdb_get(txn, tables.filter, &key, &value));
    *ret = false;
    if (rc != 0)
        return rc == MDB_NOTFOUND ? 0 : rc;
    if (value.mv_size < at + sizeof b)
        return MDB_CORRUPTED;
    memcpy(&b, (const uint8_t *)value.mv_data + at, sizeof b);
    *ret = filter_block_has(&b, tag);
    return 0;
}

/* ------------------------------------------------------------------ deleting */

static int delete_filter(struct dbtxn *t, struct runfile_tables tables, uint32_t run)
{
    MDB_cursor *c;
    int rc = DBENV_CALL(mdb_cursor_open(t->txn, tables.filter, &c));
    if (rc != 0)
        return rc;
    for (;;) {
        uint64_t first = piece_key(run, 0);
        MDB_val key = {sizeof first, &first}, value;
        rc = DBENV_CALL(mdb_cursor_get(c, &key, &value, MDB_SET_RANGE));
        if (rc != 0 || dbtxn_to_u64((struct slice){key.mv_data, key.mv_size}) >> 32 != run)
            break;
        rc = DBENV_CALL(mdb_cursor_del(c, 0));
        if (rc != 0)
            break;
    }
    mdb_cursor_close(c);
    return rc == MDB_NOTFOUND ? 0 : rc;
}

static int delete_chunks(struct dbtxn *t, struct runfile_tables tables, uint32_t run, unsigned chunks)
{
    uint8_t bytes[KEY_LEN];
    struct slice from = encode_key(bytes, run, (struct runfile_entry){0, 0});
    struct runfile_place p = {.run = run};
    int rc = DBENV_CALL(mdb_cursor_open(t->txn, tables.entry, &p.cursor));
    if (rc != 0)
        return rc;
    rc = move(&p, from, MDB_SET_RANGE);
    for (unsigned i = 0; i < chunks && rc == 0; i++) {
        rc = DBENV_CALL(mdb_cursor_del(p.cursor, 0));
        if (rc == 0)
            rc = move(&p, from, MDB_SET_RANGE);
    }
    mdb_cursor_close(p.cursor);
    return rc;
}

int runfile_delete(struct dbtxn *t, struct runfile_tables tables, uint32_t run, unsigned chunks, bool *ret_gone)
{
    int rc = delete_chunks(t, tables, run, chunks);
    *ret_gone = rc == MDB_NOTFOUND;
    return *ret_gone ? delete_filter(t, tables, run) : rc;
}
