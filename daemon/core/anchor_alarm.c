/* What each alarm says to an operator. */
#include "daemon/core/anchor.h"

/* By bit number. */
static const struct anchor_alarm_info ALARMS[ANCHOR_N_ALARMS] = {
    {"fee-capped", false, "the market price is above the configured caps; what was sent is sent again",
     "wait, or raise [fees] max_fee_per_gas or max_priority_fee and reload"},
    {"budget", false, "the daily budget is used up or tied up",
     "wait for the next day (UTC), or raise [fees] daily_budget and reload"},
    {"funds", true, "the balance does not cover the next transaction", "send funds to the address of the key"},
    {"gas", true, "the gas estimate fails or is out of bounds",
     "check that [chain] registry is the registry and that the endpoint is in sync"},
    {"signer", true, "the signer does not answer; hashes are accepted and sealed, and wait to be anchored",
     "start the signer again, or look at its log; anchoring then goes on by itself"},
    {"attempts", false, "no dearer attempt can be recorded; what was sent is sent again",
     "wait; if it lasts, check that the endpoints forward transactions"},
    {"stuck", false, "a transaction was sent more than an hour ago and is not mined",
     "check that the endpoints forward transactions, or raise the caps of [fees]"},
    {"nonce-used", false, "the chain has used the nonce, and no receipt shows by which transaction",
     "wait; if it lasts, an endpoint lags or prunes, or somebody else uses the key"},
    {"foreign", false, "a transaction that is not ours took a nonce of ours",
     "find out who else uses the key; a key must belong to one daemon alone"},
    {"reverted", true, "a transaction was mined and is no anchor, since it failed or the event is missing",
     "check [chain] registry, then run hallmarkctl resume"},
    {"finality-broken", true, "the chain took back a block that was final; the anchor is sent again",
     "check the endpoints; proofs given out as final may name a block that is gone"},
    {"disagree", false, "the endpoints do not agree on the block of an anchor",
     "find the endpoint that is on another fork and remove it"},
    {"no-finality", true, "the endpoints do not know the tag finalized",
     "set [chain] finality = depth, or use other endpoints"},
    {"endpoint-cap", false, "an endpoint refuses a transaction by a fee cap of its own",
     "raise the cap of the node, or use another endpoint"},
    {"evidence", false, "the evidence of a final anchor could not be captured",
     "use an endpoint that gives whole blocks and receipts"},
    {"store", true, "the state of an anchor could not be saved; nothing is sent",
     "look for a full or failing disk"},
    {"rpc-down", true, "too few endpoints answer", "check [chain] rpc and the network"},
    {"wrong-chain", true, "the endpoints are on another chain than this log", "check [chain] rpc and chain_id"},
    {"low-funds", false, "the balance is low", "send funds to the address of the key"},
    {"key-elsewhere", false, "the key has sent transactions that this daemon does not know",
     "find out who else uses the key; a key must belong to one daemon alone"},
    {"old-store", true, "the store was restored, or the chain holds what this log did and the store does not know",
     "wait: once all nonces agree the gap is declared and the log goes on; or stop, and restore from a mirror"},
    {"settling", false, "the nonces of the chain do not agree yet; no new transaction is made",
     "wait until the last transactions of the key are final"},
    {"nonce-gap", true, "a lower nonce of the key is not used, so later transactions wait",
     "wait; if it lasts, send a transfer of nothing to the key itself, with the missing nonce, by a wallet that holds the key"},
    {"signer-refuses", true, "the signer refuses to sign; hallmarkctl status says why",
     "compare its settings (chain, registry, caps, budget, keys) with ours; anchoring then goes on by itself"},
    {"signer-wrong", true, "the signer answered with something else than was asked for; nothing of it was sent",
     "do not trust this signer before you know why: it may be broken, changed, or hold another key"},
    {"key-gone", true, "the store is older than a change of the key, and its key is no key of the log any more; nothing is sealed",
     "stop, put the key file in force in its place, and restore the newest backup or the mirror with hallmarkctl restore"},
};

const struct anchor_alarm_info *anchor_alarm_info(enum anchor_alarm alarm)
{
    return &ALARMS[__builtin_ctz((unsigned)alarm) % ANCHOR_N_ALARMS];
}
