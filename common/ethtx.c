/* Signed Ethereum transactions: see ethtx.h. */
#include "common/ethtx.h"

#include <secp256k1_preallocated.h>
#include <secp256k1_recovery.h>
#include <stdlib.h>

#include "common/keccak.h"
#include "common/rlp.h"

#define MAX_TYPE ETHTX_SET_CODE
#define EIP155_V 35 /* v = 35 + 2 × chain id + y; before EIP-155: 27 + y */
#define OLD_V 27

/* --- decode ------------------------------------------------------------------------------------ */

static void read_to(struct rlp_reader *r, struct ethtx *tx)
{
    struct slice to = rlp_get_bytes(r);
    if (to.len != 0 && to.len != sizeof tx->to.b)
        rlp_fail(r, ERR_PARSE, "an address is not of 20 bytes");
    tx->has_to = to.len == sizeof tx->to.b;
    if (tx->has_to)
        memcpy(tx->to.b, to.data, sizeof tx->to.b);
}

static void read_gas_to_data(struct rlp_reader *r, struct ethtx *tx)
{
    tx->gas = rlp_get_u64(r);
    read_to(r, tx);
    rlp_get_u256(r, tx->value);
    tx->data = rlp_get_bytes(r);
}

static void read_hash_list(struct rlp_reader *r)
{
    struct hash32 hash;
    rlp_enter(r);
    while (rlp_more(r))
        rlp_get_fixed(r, hash.b, sizeof hash.b);
    rlp_leave(r);
}

/* [[address, [key, …]], …] */
static void read_access_list(struct rlp_reader *r)
{
    struct seal_address address;
    rlp_enter(r);
    while (rlp_more(r)) {
        rlp_enter(r);
        rlp_get_fixed(r, address.b, sizeof address.b);
        read_hash_list(r);
        rlp_leave(r);
    }
    rlp_leave(r);
}

/* [[chain id, address, nonce, y, r, s], …] */
static void read_authorizations(struct rlp_reader *r)
{
    struct seal_address address;
    uint8_t number[32];
    rlp_enter(r);
    while (rlp_more(r)) {
        rlp_enter(r);
        rlp_get_u256(r, number);
        rlp_get_fixed(r, address.b, sizeof address.b);
        rlp_get_u64(r);
        for (int i = 0; i < 3; i++)
            rlp_get_u256(r, number);
        rlp_leave(r);
    }
    rlp_leave(r);
}

static void read_typed(struct rlp_reader *r, struct ethtx *tx)
{
    tx->has_chain_id = true;
    tx->chain_id = rlp_get_u64(r);
    tx->nonce = rlp_get_u64(r);
    tx->max_priority_fee = rlp_get_wei(r);
    tx->max_fee = tx->type == ETHTX_ACCESS_LIST ? tx->max_priority_fee : rlp_get_wei(r);
    read_gas_to_data(r, tx);
    read_access_list(r);
    if (tx->type == ETHTX_BLOB) {
        rlp_get_wei(r); /* max fee per blob gas */
        read_hash_list(r);
    } else if (tx->type == ETHTX_SET_CODE) {
        read_authorizations(r);
    }
}

static void read_legacy(struct rlp_reader *r, struct ethtx *tx)
{
    tx->nonce = rlp_get_u64(r);
    tx->max_fee = tx->max_priority_fee = rlp_get_wei(r);
    read_gas_to_data(r, tx);
}

/* Take v apart: it holds y, and since EIP-155 the chain id. */
static enum err_code read_v(struct ethtx *tx, uint64_t v, struct err *e)
{
    tx->has_chain_id = v >= EIP155_V;
    if (tx->has_chain_id) {
        tx->chain_id = (v - EIP155_V) / 2;
        tx->signature.y = (uint8_t)((v - EIP155_V) % 2);
    } else if (v == OLD_V || v == OLD_V + 1) {
        tx->signature.y = (uint8_t)(v - OLD_V);
    } else {
        return err_set(e, ERR_PARSE, "transaction: v is %llu", (unsigned long long)v);
    }
    return ERR_OK;
}

/* Hash the list of `fields`, and behind them chain id, 0, 0 where EIP-155 wants it. */
static struct hash32 sighash_of(const struct ethtx *tx, struct slice fields)
{
    uint8_t tail[16], head[10];
    struct bytes_writer t = bytes_writer(tail, sizeof tail), h = bytes_writer(head, sizeof head);
    if (tx->type == ETHTX_LEGACY && tx->has_chain_id) {
        rlp_put_u64(&t, tx->chain_id);
        rlp_put_u64(&t, 0);
        rlp_put_u64(&t, 0);
    }
    if (tx->type != ETHTX_LEGACY)
        bytes_put_u8(&h, (uint8_t)tx->type);
    rlp_put_list_prefix(&h, fields.len + t.len);
    struct keccak_stream s;
    keccak_init(&s);
    keccak_update(&s, head, h.len);
    keccak_update(&s, fields.data, fields.len);
    keccak_update(&s, tail, t.len);
    return keccak_final(&s);
}

/* Rules that every block keeps and that need no state. */
static enum err_code check_rules(const struct ethtx *tx, struct err *e)
{
    if (tx->nonce == UINT64_MAX)
        return err_set(e, ERR_LIMIT, "transaction: nonce is above the limit of EIP-2681");
    if (tx->max_priority_fee > tx->max_fee)
        return err_set(e, ERR_PARSE, "transaction: priority fee is above the fee");
    if (!tx->has_to && (tx->type == ETHTX_BLOB || tx->type == ETHTX_SET_CODE))
        return err_set(e, ERR_PARSE, "transaction: type %d cannot create a contract", (int)tx->type);
    return ERR_OK;
}

enum err_code ethtx_decode(struct ethtx *ret, const uint8_t *raw, size_t len, struct err *e)
{
    struct ethtx tx = {0};
    bool typed = len > 0 && raw[0] < 0x80;
    if (typed && (raw[0] == 0 || raw[0] > MAX_TYPE))
        return err_set(e, ERR_UNSUPPORTED, "transaction is of the unknown type %d", raw[0]);
    if (typed)
        tx.type = (enum ethtx_type)raw[0];

    struct rlp_reader r = rlp_reader(raw + typed, len - typed);
    rlp_enter(&r);
    size_t start = r.pos;
    if (typed)
        read_typed(&r, &tx);
    else
        read_legacy(&r, &tx);
    struct slice fields = {r.data + start, r.pos - start};
    uint64_t v = rlp_get_u64(&r);
    rlp_get_u256(&r, tx.signature.r);
    rlp_get_u256(&r, tx.signature.s);
    rlp_leave(&r);
    enum err_code rc = rlp_finish(&r, "transaction", e);
    if (rc == ERR_OK)
        rc = check_rules(&tx, e);
    if (rc != ERR_OK)
        return rc;
    if (typed && v > 1)
        return err_set(e, ERR_PARSE, "transaction: y is %llu", (unsigned long long)v);
    if (typed)
        tx.signature.y = (uint8_t)v;
    else if ((rc = read_v(&tx, v, e)) != ERR_OK)
        return rc;
    tx.sighash = sighash_of(&tx, fields);
    tx.hash = keccak_256(raw, len);
    *ret = tx;
    return ERR_OK;
}

/* --- who signed -------------------------------------------------------------------------------- */

struct seal_address ethtx_public_key_address(const uint8_t xy[static 64])
{
    struct hash32 h = keccak_256(xy, 64);
    struct seal_address address;
    memcpy(address.b, h.b + sizeof h.b - sizeof address.b, sizeof address.b);
    return address;
}

static struct seal_address address_of(const secp256k1_context *ctx, const secp256k1_pubkey *key)
{
    uint8_t bytes[65]; /* 0x04 ‖ x ‖ y */
    size_t len = sizeof bytes;
    secp256k1_ec_pubkey_serialize(ctx, bytes, &len, key, SECP256K1_EC_UNCOMPRESSED);
    return ethtx_public_key_address(bytes + 1);
}

/* The static context is a constant of the library: it serves everything that needs no secret. */
enum err_code ethtx_recover(const struct hash32 *sighash, const struct ethtx_signature *signature,
                            struct seal_address *ret, struct err *e)
{
    const secp256k1_context *ctx = secp256k1_context_static;
    secp256k1_ecdsa_recoverable_signature sig;
    secp256k1_ecdsa_signature plain;
    secp256k1_pubkey key;
    uint8_t rs[64];
    memcpy(rs, signature->r, 32);
    memcpy(rs + 32, signature->s, 32);
    if (signature->y > 1 ||
        !secp256k1_ecdsa_recoverable_signature_parse_compact(ctx, &sig, rs, signature->y))
        return err_set(e, ERR_INVALID, "signature is out of range");
    secp256k1_ecdsa_recoverable_signature_convert(ctx, &plain, &sig);
    if (secp256k1_ecdsa_signature_normalize(ctx, NULL, &plain))
        return err_set(e, ERR_INVALID, "signature has a high s (EIP-2)");
    if (!secp256k1_ecdsa_recover(ctx, &key, &sig, sighash->b))
        return err_set(e, ERR_INVALID, "signature fits no public key");
    *ret = address_of(ctx, &key);
    return ERR_OK;
}

enum err_code ethtx_sender(const struct ethtx *tx, struct seal_address *ret, struct err *e)
{
    return ethtx_recover(&tx->sighash, &tx->signature, ret, e);
}

/* --- secret keys ------------------------------------------------------------------------------- */

/* A context for one computation with a secret, blinded with a seed made from it. It is made anew each
 * time: an anchor every few seconds does not notice, and there is no global to share. */
static secp256k1_context *new_context(const uint8_t key[static 32], const struct hash32 *message)
{
    void *memory = malloc(secp256k1_context_preallocated_size(SECP256K1_CONTEXT_NONE));
    if (memory == NULL)
        return NULL;
    secp256k1_context *ctx = secp256k1_context_preallocated_create(memory, SECP256K1_CONTEXT_NONE);
    struct keccak_stream s;
    keccak_init(&s);
    keccak_update(&s, "blind", 5);
    keccak_update(&s, key, 32);
    keccak_update(&s, message->b, sizeof message->b);
    struct hash32 seed = keccak_final(&s);
    (void)!secp256k1_context_randomize(ctx, seed.b); /* a failure would only mean less blinding */
    explicit_bzero(&s, sizeof s);
    explicit_bzero(&seed, sizeof seed);
    return ctx;
}

static void free_context(secp256k1_context *ctx)
{
    secp256k1_context_preallocated_destroy(ctx);
    explicit_bzero(ctx, secp256k1_context_preallocated_size(SECP256K1_CONTEXT_NONE));
    free(ctx);
}

enum err_code ethtx_key_address(struct seal_address *ret, const uint8_t key[static 32], struct err *e)
{
    static const struct hash32 NO_MESSAGE;
    secp256k1_context *ctx = new_context(key, &NO_MESSAGE);
    if (ctx == NULL)
        return err_set(e, ERR_NOMEM, "%s", err_text(ERR_NOMEM));
    secp256k1_pubkey public_key;
    bool ok = secp256k1_ec_pubkey_create(ctx, &public_key, key);
    if (ok)
        *ret = address_of(ctx, &public_key);
    free_context(ctx);
    return ok ? ERR_OK : err_set(e, ERR_INVALID, "not a secret key of the curve");
}

enum err_code ethtx_sign_hash(struct ethtx_signature *ret, const struct hash32 *sighash,
                              const uint8_t key[static 32], struct err *e)
{
    secp256k1_context *ctx = new_context(key, sighash);
    if (ctx == NULL)
        return err_set(e, ERR_NOMEM, "%s", err_text(ERR_NOMEM));
    secp256k1_ecdsa_recoverable_signature sig;
    uint8_t rs[64];
    int recid = 0;
    bool ok = secp256k1_ecdsa_sign_recoverable(ctx, &sig, sighash->b, key, NULL, NULL);
    if (ok)
        secp256k1_ecdsa_recoverable_signature_serialize_compact(ctx, rs, &recid, &sig);
    free_context(ctx);
    if (!ok || recid > 1)
        return err_set(e, ERR_INVALID, "not a secret key of the curve");
    ret->y = (uint8_t)recid;
    memcpy(ret->r, rs, 32);
    memcpy(ret->s, rs + 32, 32);
    return ERR_OK;
}

/* --- our own transactions ---------------------------------------------------------------------- */

struct seal_address ethtx_contract_address(const struct seal_address *sender, uint64_t nonce)
{
    uint8_t bytes[40];
    struct bytes_writer w = bytes_writer(bytes, sizeof bytes);
    size_t list = rlp_open(&w);
    rlp_put_bytes(&w, sender->b, sizeof sender->b);
    rlp_put_u64(&w, nonce);
    rlp_close(&w, list);
    struct hash32 h = keccak_256(bytes, w.len);
    struct seal_address address;
    memcpy(address.b, h.b + sizeof h.b - sizeof address.b, sizeof address.b);
    return address;
}

size_t ethtx_room(const struct ethtx *tx)
{
    return tx->data.len + 320; /* type, prefixes, three numbers, two fees, address, value, v, r, s */
}

static void put_gas_to_data(struct bytes_writer *w, const struct ethtx *tx)
{
    rlp_put_u64(w, tx->gas);
    rlp_put_bytes(w, tx->to.b, tx->has_to ? sizeof tx->to.b : 0);
    rlp_put_uint(w, tx->value, sizeof tx->value);
    rlp_put_bytes(w, tx->data.data, tx->data.len);
}

static void put_fields(struct bytes_writer *w, const struct ethtx *tx)
{
    if (tx->type == ETHTX_LEGACY) {
        rlp_put_u64(w, tx->nonce);
        rlp_put_wei(w, tx->max_fee);
        put_gas_to_data(w, tx);
        return;
    }
    rlp_put_u64(w, tx->chain_id);
    rlp_put_u64(w, tx->nonce);
    rlp_put_wei(w, tx->max_priority_fee);
    rlp_put_wei(w, tx->max_fee);
    put_gas_to_data(w, tx);
    rlp_close(w, rlp_open(w)); /* no access list */
}

/* signature NULL: the form that is signed */
static void put_all(struct bytes_writer *w, const struct ethtx *tx,
                    const struct ethtx_signature *signature)
{
    bool legacy = tx->type == ETHTX_LEGACY;
    if (!legacy)
        bytes_put_u8(w, (uint8_t)tx->type);
    size_t list = rlp_open(w);
    put_fields(w, tx);
    if (signature != NULL) {
        uint64_t base = legacy ? EIP155_V + 2 * tx->chain_id : 0;
        rlp_put_u64(w, base + signature->y);
        rlp_put_uint(w, signature->r, sizeof signature->r);
        rlp_put_uint(w, signature->s, sizeof signature->s);
    } else if (legacy) {
        rlp_put_u64(w, tx->chain_id);
        rlp_put_u64(w, 0);
        rlp_put_u64(w, 0);
    }
    rlp_close(w, list);
}

static enum err_code put_checked(struct bytes_writer *w, const struct ethtx *tx,
                                 const struct ethtx_signature *signature, struct err *e)
{
    bool legacy = tx->type == ETHTX_LEGACY;
    if ((!legacy && tx->type != ETHTX_DYNAMIC_FEE) || !tx->has_chain_id)
        return err_set(e, ERR_UNSUPPORTED, "only EIP-1559 and EIP-155 transactions are made");
    if (legacy && tx->chain_id > (UINT64_MAX - EIP155_V - 1) / 2)
        return err_set(e, ERR_LIMIT, "chain id is too large for a legacy transaction");
    put_all(w, tx, signature);
    return w->failed ? err_set(e, ERR_LIMIT, "no room for the transaction") : ERR_OK;
}

enum err_code ethtx_put_unsigned(struct bytes_writer *w, const struct ethtx *tx, struct err *e)
{
    return put_checked(w, tx, NULL, e);
}

enum err_code ethtx_put_signed(struct bytes_writer *w, const struct ethtx *tx,
                               const struct ethtx_signature *signature, struct err *e)
{
    return put_checked(w, tx, signature, e);
}

enum err_code ethtx_sign(struct bytes_writer *w, const struct ethtx *tx,
                         const uint8_t key[static 32], struct err *e)
{
    /* The unsigned form stands where the longer signed one will. */
    struct bytes_writer payload = bytes_writer(w->data + w->len, w->cap - w->len);
    enum err_code rc = ethtx_put_unsigned(&payload, tx, e);
    if (rc != ERR_OK)
        return rc;
    struct hash32 sighash = keccak_256(payload.data, payload.len);
    struct ethtx_signature signature;
    rc = ethtx_sign_hash(&signature, &sighash, key, e);
    return rc != ERR_OK ? rc : ethtx_put_signed(w, tx, &signature, e);
}

/* --- what a signer gave back ------------------------------------------------------------------- */

static const char *first_difference(const struct ethtx *a, const struct ethtx *b)
{
    bool same_to = a->has_to == b->has_to &&
                   (!a->has_to || memcmp(a->to.b, b->to.b, sizeof a->to.b) == 0);
    bool same_data = a->data.len == b->data.len &&
                     (a->data.len == 0 || memcmp(a->data.data, b->data.data, a->data.len) == 0);
    const struct {
        bool same;
        const char *name;
    } fields[] = {
        {a->type == b->type, "type"},
        {a->has_chain_id == b->has_chain_id && a->chain_id == b->chain_id, "chain id"},
        {a->nonce == b->nonce, "nonce"},
        {a->gas == b->gas, "gas limit"},
        {a->max_fee == b->max_fee, "fee"},
        {a->type == ETHTX_LEGACY || a->max_priority_fee == b->max_priority_fee, "priority fee"},
        {same_to, "receiver"},
        {memcmp(a->value, b->value, sizeof a->value) == 0, "value"},
        {same_data, "data"},
    };
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
        if (!fields[i].same)
            return fields[i].name;
    return NULL;
}

enum err_code ethtx_check_signed(const uint8_t *raw, size_t len, const struct ethtx *expected,
                                 const struct seal_address *sender, struct hash32 *ret_hash,
                                 struct err *e)
{
    struct ethtx tx;
    struct seal_address got;
    enum err_code rc = ethtx_decode(&tx, raw, len, e);
    if (rc == ERR_OK)
        rc = ethtx_sender(&tx, &got, e);
    if (rc != ERR_OK)
        return rc;
    const char *field = first_difference(&tx, expected);
    if (field != NULL)
        return err_set(e, ERR_CONFLICT, "the signer changed the %s", field);
    if (memcmp(got.b, sender->b, sizeof got.b) != 0)
        return err_set(e, ERR_CONFLICT, "the signer used another key");
    if (ret_hash != NULL)
        *ret_hash = tx.hash;
    return ERR_OK;
}
