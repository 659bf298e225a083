/* Genesis, header, seal and the exact shape of a path: see seal.h and design.md section 2. */
#include "common/seal.h"

#include "common/bytes.h"
#include "common/sha256.h"

static const char GENESIS_MAGIC[] = "hallmark log 1\n";
static const char HEADER_MAGIC[] = "HMB1";
static const char REVOKE_MAGIC[] = "hallmark revoke 1\n";
#define MAGIC_LEN(m) (sizeof(m) - 1)

bool seal_name_ok(const char *name, size_t len)
{
    if (len < 1 || len > SEAL_NAME_MAX)
        return false;
    for (size_t i = 0; i < len; i++) {
        char c = name[i];
        if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-'))
            return false;
    }
    return true;
}

void seal_genesis_encode(uint8_t bytes[SEAL_GENESIS_LEN], const struct seal_genesis *genesis)
{
    struct bytes_writer w = bytes_writer(bytes, SEAL_GENESIS_LEN);
    bytes_put(&w, GENESIS_MAGIC, MAGIC_LEN(GENESIS_MAGIC));
    bytes_put_u64(&w, genesis->created_at);
    bytes_put_u64(&w, genesis->chain_id);
    bytes_put(&w, genesis->registry.b, sizeof genesis->registry.b);
    bytes_put(&w, genesis->issuer.b, sizeof genesis->issuer.b);
    bytes_put(&w, genesis->name_hash.b, sizeof genesis->name_hash.b);
}

enum err_code seal_genesis_decode(struct seal_genesis *ret, const uint8_t bytes[SEAL_GENESIS_LEN],
                                  struct err *e)
{
    struct bytes_reader r = bytes_reader(bytes, SEAL_GENESIS_LEN);
    struct slice magic = bytes_get_slice(&r, MAGIC_LEN(GENESIS_MAGIC));
    if (memcmp(magic.data, GENESIS_MAGIC, magic.len) != 0)
        return err_set(e, ERR_PARSE, "genesis does not begin with \"hallmark log 1\"");
    ret->created_at = bytes_get_u64(&r);
    ret->chain_id = bytes_get_u64(&r);
    bytes_get(&r, ret->registry.b, sizeof ret->registry.b);
    bytes_get(&r, ret->issuer.b, sizeof ret->issuer.b);
    bytes_get(&r, ret->name_hash.b, sizeof ret->name_hash.b);
    return ERR_OK;
}

void seal_header_encode(uint8_t bytes[SEAL_HEADER_LEN], const struct seal_header *header)
{
    struct bytes_writer w = bytes_writer(bytes, SEAL_HEADER_LEN);
    bytes_put(&w, HEADER_MAGIC, MAGIC_LEN(HEADER_MAGIC));
    bytes_put(&w, header->r0.b, sizeof header->r0.b);
    bytes_put_u64(&w, header->number);
    bytes_put_u64(&w, header->leaf_count);
    bytes_put_u64(&w, header->sealed_at);
    bytes_put_u64(&w, header->chain_id);
    bytes_put_u64(&w, header->block);
    bytes_put(&w, header->block_hash.b, sizeof header->block_hash.b);
    bytes_put(&w, header->annex_hash.b, sizeof header->annex_hash.b);
}

enum err_code seal_header_decode(struct seal_header *ret, const uint8_t bytes[SEAL_HEADER_LEN],
                                 struct err *e)
{
    struct bytes_reader r = bytes_reader(bytes, SEAL_HEADER_LEN);
    struct slice magic = bytes_get_slice(&r, MAGIC_LEN(HEADER_MAGIC));
    if (memcmp(magic.data, HEADER_MAGIC, magic.len) != 0)
        return err_set(e, ERR_PARSE, "batch header does not begin with \"HMB1\"");
    bytes_get(&r, ret->r0.b, sizeof ret->r0.b);
    ret->number = bytes_get_u64(&r);
    ret->leaf_count = bytes_get_u64(&r);
    ret->sealed_at = bytes_get_u64(&r);
    ret->chain_id = bytes_get_u64(&r);
    ret->block = bytes_get_u64(&r);
    bytes_get(&r, ret->block_hash.b, sizeof ret->block_hash.b);
    bytes_get(&r, ret->annex_hash.b, sizeof ret->annex_hash.b);
    return ERR_OK;
}

struct hash32 seal_leaf(const struct hash32 *target, const struct seal_salt *salt)
{
    uint8_t bytes[SEAL_LEAF_LEN];
    memcpy(bytes, target->b, sizeof target->b);
    memcpy(bytes + sizeof target->b, salt->b, sizeof salt->b);
    return sha256(bytes, sizeof bytes);
}

struct hash32 seal_of(const struct hash32 *root, const struct hash32 *header_hash)
{
    return sha256_pair(root, header_hash);
}

struct hash32 seal_next(const struct hash32 *previous, const struct hash32 *seal)
{
    return sha256_pair(previous, seal);
}

struct hash32 seal_revoke_id(const struct hash32 *target, const struct seal_salt *salt)
{
    uint8_t bytes[MAGIC_LEN(REVOKE_MAGIC) + SEAL_LEAF_LEN];
    struct bytes_writer w = bytes_writer(bytes, sizeof bytes);
    bytes_put(&w, REVOKE_MAGIC, MAGIC_LEN(REVOKE_MAGIC));
    bytes_put(&w, target->b, sizeof target->b);
    bytes_put(&w, salt->b, sizeof salt->b);
    return sha256(bytes, sizeof bytes);
}

static struct hash32 step_hash(const struct seal_step *step)
{
    struct hash32 h;
    memcpy(h.b, step->bytes, sizeof h.b);
    return h;
}

/* The tree part: steps[0 … n) must be what (index, count) dictate, no more and no less. */
static enum err_code fold_tree(const struct seal_claim *claim, struct hash32 *node, struct err *e)
{
    uint8_t level[MERKLE_MAX_LEVELS];
    bool left[MERKLE_MAX_LEVELS];
    unsigned n = merkle_path_shape(claim->leaf_index, claim->leaf_count, level, left);
    if (claim->n_path != n + 3)
        return err_set(e, ERR_INVALID,
                       "path has %zu steps, leaf %llu of %llu needs %u", claim->n_path,
                       (unsigned long long)claim->leaf_index, (unsigned long long)claim->leaf_count, n + 3);
    for (unsigned i = 0; i < n; i++) {
        const struct seal_step *step = &claim->path[1 + i];
        if (step->len != 32 || step->left != left[i])
            return err_set(e, ERR_INVALID, "step %u of the path must be 32 bytes on the %s", 1 + i,
                           left[i] ? "left" : "right");
        struct hash32 sibling = step_hash(step);
        *node = step->left ? sha256_pair(&sibling, node) : sha256_pair(node, &sibling);
    }
    return ERR_OK;
}

enum err_code seal_check_path(const struct seal_claim *claim, struct hash32 *ret_value,
                              struct hash32 *ret_leaf, struct seal_salt *ret_salt, struct err *e)
{
    struct seal_genesis genesis;
    struct seal_header header;
    enum err_code rc = seal_genesis_decode(&genesis, claim->genesis, e);
    if (rc == ERR_OK)
        rc = seal_header_decode(&header, claim->header, e);
    if (rc != ERR_OK)
        return rc;
    struct hash32 r0 = sha256(claim->genesis, SEAL_GENESIS_LEN);
    if (!hash32_equal(&header.r0, &r0))
        return err_set(e, ERR_INVALID, "batch header belongs to another log");
    if (header.number == 0)
        return err_set(e, ERR_INVALID, "batch number is 0");
    if (header.leaf_count != claim->leaf_count)
        return err_set(e, ERR_INVALID, "leaf count is not the header's");
    if (claim->leaf_index >= claim->leaf_count)
        return err_set(e, ERR_INVALID, "leaf index is not below the leaf count");
    if (claim->n_path > SEAL_MAX_STEPS)
        return err_set(e, ERR_LIMIT, "path has more than %d steps", SEAL_MAX_STEPS);
    if (claim->n_path < 3)
        return err_set(e, ERR_INVALID, "path is too short");

    const struct seal_step *salt_step = &claim->path[0];
    const struct seal_step *header_step = &claim->path[claim->n_path - 2];
    const struct seal_step *previous_step = &claim->path[claim->n_path - 1];
    if (salt_step->left || salt_step->len != SEAL_SALT_LEN)
        return err_set(e, ERR_INVALID, "first step of the path must be 16 bytes on the right");
    if (header_step->left || header_step->len != 32)
        return err_set(e, ERR_INVALID, "the step before the last must be 32 bytes on the right");
    if (!previous_step->left || previous_step->len != 32)
        return err_set(e, ERR_INVALID, "last step of the path must be 32 bytes on the left");
    struct hash32 header_hash = sha256(claim->header, SEAL_HEADER_LEN);
    struct hash32 given = step_hash(header_step), previous = step_hash(previous_step);
    if (!hash32_equal(&given, &header_hash))
        return err_set(e, ERR_INVALID, "the path does not hold the hash of the header");
    if (header.number == 1 && !hash32_equal(&previous, &r0))
        return err_set(e, ERR_INVALID, "the first batch does not follow the genesis");

    struct seal_salt salt;
    memcpy(salt.b, salt_step->bytes, sizeof salt.b);
    struct hash32 leaf = seal_leaf(&claim->target, &salt);
    struct hash32 node = leaf;
    rc = fold_tree(claim, &node, e);
    if (rc != ERR_OK)
        return rc;
    struct hash32 seal = seal_of(&node, &header_hash);
    *ret_value = seal_next(&previous, &seal);
    if (ret_leaf != NULL)
        *ret_leaf = leaf;
    if (ret_salt != NULL)
        *ret_salt = salt;
    return ERR_OK;
}

enum err_code seal_check_tail(struct hash32 value, const struct seal_step *tail, size_t n_tail,
                              size_t n_path, struct hash32 *ret_value, struct err *e)
{
    if (n_path > SEAL_MAX_STEPS || n_tail > SEAL_MAX_STEPS - n_path)
        return err_set(e, ERR_LIMIT, "path and tail have more than %d steps", SEAL_MAX_STEPS);
    for (size_t i = 0; i < n_tail; i++) {
        if (tail[i].left || tail[i].len != 32)
            return err_set(e, ERR_INVALID, "step %zu of the tail must be 32 bytes on the right", i);
        struct hash32 seal = step_hash(&tail[i]);
        value = seal_next(&value, &seal);
    }
    *ret_value = value;
    return ERR_OK;
}
