/* Evidence without its chain: everything in it was checked, and one question is left: is its block part of the
 * chain? A named policy answers it, and the verdict says which one did:
 *   checkpoint  a block that the reader trusts: the anchor's own, or the one that the evidence's links lead to
 *   rpc         an endpoint, asked only for the blocks at three heights: this one, the newest final one, block 0
 *   none        nobody: it stays open
 * Which chain it is, is a second question: block 0, as the evidence names it, must be that of a checkpoint, of
 * the endpoint or of a chain that everybody knows. Where none of these speaks, the verdict says that the chain id
 * in the signed transaction is all that names the chain; the evidence's block 0 is then not relied on. */
#ifndef VERIFIER_OFFLINE_H
#define VERIFIER_OFFLINE_H

#include "verifier/checkpoint.h"
#include "verifier/endpoints.h"
#include "verifier/record.h"
#include "verifier/verdict.h"

struct offline {
    const struct checkpoints *checkpoints; /* borrowed; may be empty */
    struct endpoints *endpoints;           /* borrowed; NULL or without any: nobody may be asked */
};

/** What the reader's checkpoints say of what evidence shows. */
enum checkpoint_answer offline_checkpoint(const struct checkpoints *checkpoints, uint64_t chain_id,
                                          const struct record_shown *shown);

/** Judge policy, chain and finality of evidence that holds: three findings. */
void offline_judge(struct verdict_findings *findings, const struct record_claim *claim,
                   const struct record_shown *shown, const struct offline *offline);

#endif
