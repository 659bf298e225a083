/* Every hard limit on what a stranger can send, in one place, with unit and reason. Limits that an
 * operator may set are in daemon/settings.c. */
#ifndef COMMON_LIMITS_H
#define COMMON_LIMITS_H

#define LIMITS_PROOF_BYTES (8u << 20)     /* a proof document: 65,536 steps of 100 bytes fit */
#define LIMITS_PROOF_ANCHORS 16           /* anchors in one proof: the same value on several chains */
#define LIMITS_PROOF_VALUE_BYTES (64u << 10) /* base58btc of a MerkleProof2019: the time to read it is quadratic */
#define LIMITS_ANNEX_BYTES (1u << 20)     /* design.md section 2 */
#define LIMITS_JSON_DEPTH 64              /* nesting of any JSON we read */
#define LIMITS_RPC_REPLY_BYTES (4u << 20) /* a JSON-RPC reply, except whole blocks */
#define LIMITS_RPC_BLOCK_BYTES (64u << 20) /* a block or its receipts, read once for evidence */
#define LIMITS_BLOCK_ITEMS 65536u         /* transactions of a block, logs of a reply, entries of a list in one */
#define LIMITS_KEY_FILE_BYTES (16u << 10) /* a key file (usual: 500 bytes); read into locked memory */
#define LIMITS_KEY_SCRYPT_BYTES (1ull << 30) /* memory that a key file may ask of scrypt (usual: 256 MiB) */
#define LIMITS_KEY_SCRYPT_WORK (1ull << 25)  /* n × r × p: a key file may cost us 16 times the usual second */
#define LIMITS_KEY_PBKDF2_ROUNDS (1u << 24)  /* rounds that a key file may ask for (usual: 2^18) */
#define LIMITS_PASSPHRASE_BYTES 4096      /* a passphrase file */
#define LIMITS_CONFIG_BYTES (1u << 20)    /* hallmarkd.conf */
#define LIMITS_CREDENTIAL_BYTES (16u << 20) /* a credential in JSON or N-Quads; longer text is a file */
#define LIMITS_TRUST_BYTES (1u << 20)     /* a trust or checkpoint file */
#define LIMITS_LOOKUP_BYTES (4u << 20)    /* an issuer profile, DID document or status list */
#define LIMITS_STATUS_BITS_BYTES (16u << 20) /* a status list once it is inflated: 134 million entries */
#define LIMITS_STATUS_ENTRIES 16          /* entries of one credentialStatus */
#define LIMITS_INPUT_BYTES (256u << 20)   /* an archive or picture, held in memory; what is longer is a file */
#define LIMITS_ZIP_MEMBERS 65534          /* members of one archive */
#define LIMITS_UNPACKED_BYTES (1u << 30)  /* what one archive may inflate to */
#define LIMITS_FOLDER_FILES 1000000u      /* files below one folder */
#define LIMITS_FOLDER_DEPTH 32            /* folders in folders */
#define LIMITS_RECORDED_BYTES (64u << 20) /* a file of recorded look-ups */
#define LIMITS_NODES_PER_PROOF 16         /* Merkle-Patricia nodes: 64 nibbles are impossible for an index key */
#define LIMITS_NODE_BYTES (64u << 10)     /* one such node; the leaf holds a whole receipt or transaction */
#define LIMITS_LINKS 64                   /* links of one evidence */
#define LIMITS_LINK_HEADERS 8192          /* headers of one link; a proof document holds fewer */

#endif
