/* Accounts of chains as keys: an address names a secp256k1 key without telling it. Pure. */
#ifndef VERIFIER_KEYS_ACCOUNT_H
#define VERIFIER_KEYS_ACCOUNT_H

#include "verifier/keys/key.h"

/** blockchainAccountId: CAIP-10, "eip155:1:0x…" or "bip122:000000000019d6689c085ae165831e93:1…"; the
 *  older "0x…@eip155:1"; a bare Ethereum address (ethereumAddress) or Bitcoin address.
 *
 *  In:      an Ethereum address in mixed case must have the case of EIP-55
 *  Out:     ret  KEY_ETH_ACCOUNT, or KEY_BTC_ACCOUNT (P2PKH of the main and test networks)
 *  Returns: ERR_OK; ERR_PARSE; ERR_INVALID a wrong checksum; ERR_UNSUPPORTED another chain or form.
 */
enum err_code account_read(struct key *ret, struct slice text, struct err *e)
    __attribute__((warn_unused_result));

/** The account of a key. In: key  KEY_SECP256K1; kind  one of the two (asserted). */
struct key account_of(const struct key *key, enum key_kind kind);

/** Write an address and a NUL: EIP-55, or base58 of the main network.
 *  In: account  of one of the two kinds (asserted). */
#define ACCOUNT_ROOM 48
void account_write(char text[static ACCOUNT_ROOM], const struct key *account);

#endif
