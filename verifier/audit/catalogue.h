/* Every finding that `hallmark audit` can make, in one table: report, JSON and docs/auditing.md come from
 * it. Codes are stable: a number is never used again for something else.
 *
 * HA-1… what the node publishes · HA-2… times · HA-3… anchors · HA-4… keys · HA-5… the endpoints ·
 * HA-9… what kept the audit from being complete */
#ifndef VERIFIER_AUDIT_CATALOGUE_H
#define VERIFIER_AUDIT_CATALOGUE_H

enum catalogue_severity {
    CATALOGUE_NOTICE,     /* to know: the log is sound, exit 0 */
    CATALOGUE_WARNING,    /* unusual, and the issuer should explain it: exit 1 */
    CATALOGUE_ERROR,      /* the log or an endpoint contradicts itself: exit 1 */
    CATALOGUE_INCOMPLETE, /* something could not be looked at: exit 2, unless there is more */
};

enum catalogue_language { CATALOGUE_ENGLISH, CATALOGUE_FRENCH };

/* symbol, code, name, severity, English, French */
#define CATALOGUE(X)                                                                                \
    X(HEAD_DIFFERS, "HA-1001", "head-differs", ERROR,                                               \
      "The newest batch is not the one that the log names as its head.",                            \
      "Le lot le plus récent n’est pas celui que le registre nomme comme dernier.")                 \
    X(LIST_ORDER, "HA-1002", "list-order", ERROR,                                                   \
      "The batches are not listed in the order of their numbers.",                                  \
      "Les lots ne sont pas listés dans l’ordre de leurs numéros.")                                 \
    X(NUMBER_REPEATED, "HA-1003", "number-repeated", ERROR,                                         \
      "Two batches carry the same number.",                                                         \
      "Deux lots portent le même numéro.")                                                          \
    X(NUMBER_GAP, "HA-1004", "number-gap", ERROR,                                                   \
      "Batches are missing before this one, and no gap is declared.",                               \
      "Des lots manquent avant celui-ci, et aucune lacune n’est déclarée.")                         \
    X(HEADER_DIFFERS, "HA-1005", "header-differs", ERROR,                                           \
      "The list says something else about this batch than its header.",                             \
      "La liste dit de ce lot autre chose que son en-tête.")                                        \
    X(HEADER_FOREIGN, "HA-1006", "header-foreign", ERROR,                                           \
      "The header of this batch is not a header of this log.",                                      \
      "L’en-tête de ce lot n’est pas un en-tête de ce registre.")                                   \
    X(LEAVES_MISSING, "HA-1007", "leaves-missing", ERROR,                                           \
      "The batch does not have as many leaves as its header says.",                                 \
      "Le lot n’a pas autant de feuilles que le dit son en-tête.")                                  \
    X(ROOT_DIFFERS, "HA-1008", "root-differs", ERROR,                                               \
      "The leaves of this batch do not lead to its root: a leaf was changed, swapped or moved.",    \
      "Les feuilles de ce lot ne mènent pas à sa racine : une feuille a été changée, échangée ou "  \
      "déplacée.")                                                                                  \
    X(SEAL_DIFFERS, "HA-1009", "seal-differs", ERROR,                                               \
      "Root and header of this batch do not lead to its seal: one of them was changed.",            \
      "La racine et l’en-tête de ce lot ne mènent pas à son sceau : l’un d’eux a été changé.")      \
    X(PREVIOUS_DIFFERS, "HA-1010", "previous-differs", ERROR,                                       \
      "This batch does not follow the one before it.",                                              \
      "Ce lot ne fait pas suite au précédent.")                                                     \
    X(VALUE_DIFFERS, "HA-1011", "value-differs", ERROR,                                             \
      "The seal of this batch does not lead to the value that it names.",                           \
      "Le sceau de ce lot ne mène pas à la valeur qu’il indique.")                                  \
    X(ANNEX_DIFFERS, "HA-1012", "annex-differs", ERROR,                                             \
      "The annex of this batch is not the one that its header commits to.",                         \
      "L’annexe de ce lot n’est pas celle à laquelle son en-tête l’engage.")                        \
    X(ANNEX_MISSING, "HA-1013", "annex-missing", ERROR,                                             \
      "The header of this batch commits to an annex, and there is none.",                           \
      "L’en-tête de ce lot l’engage à une annexe, et il n’y en a pas.")                             \
    X(ANNEX_MALFORMED, "HA-1014", "annex-malformed", WARNING,                                       \
      "The annex of this batch cannot be read.",                                                    \
      "L’annexe de ce lot ne peut pas être lue.")                                                   \
    X(LEAF_REPEATED, "HA-1015", "leaf-repeated", ERROR,                                             \
      "The same leaf stands in the log twice.",                                                     \
      "La même feuille figure deux fois dans le registre.")                                         \
    X(AFTER_CLOSURE, "HA-1016", "after-closure", ERROR,                                             \
      "The log was declared closed, and this batch follows.",                                       \
      "Le registre a été déclaré clos, et ce lot y fait suite.")                                    \
    X(BATCH_CHANGED, "HA-1017", "batch-changed", ERROR,                                             \
      "The node has changed a batch that it had published.",                                        \
      "Le nœud a modifié un lot qu’il avait publié.")                                               \
    X(GAP_DECLARED, "HA-1020", "gap-declared", NOTICE,                                              \
      "The log goes on after a loss, as this batch declares; no anchored value is unknown.",        \
      "Le registre reprend après une perte, comme ce lot le déclare ; aucune valeur inscrite "      \
      "n’est inconnue.")                                                                            \
    X(GAP_WITH_LOSS, "HA-1021", "gap-with-loss", WARNING,                                           \
      "The log goes on after a loss, as this batch declares; anchored batches are gone.",           \
      "Le registre reprend après une perte, comme ce lot le déclare ; des lots inscrits ont "       \
      "disparu.")                                                                                   \
    X(GAP_FALSE, "HA-1022", "gap-false", ERROR,                                                     \
      "The gap that this batch declares is not the one that log and chain show.",                   \
      "La lacune que ce lot déclare n’est pas celle que montrent le registre et la chaîne.")        \
    X(GAP_NUMBER, "HA-1023", "gap-number", ERROR,                                                   \
      "The batch after a declared gap does not have the number that the rule gives.",               \
      "Le lot qui suit une lacune déclarée n’a pas le numéro que donne la règle.")                  \
                                                                                                    \
    X(SEALED_AT_BACK, "HA-2001", "sealed-at-back", ERROR,                                           \
      "The time of sealing lies before that of the batch before.",                                  \
      "L’heure de scellement précède celle du lot d’avant.")                                        \
    X(SEALED_AFTER_ANCHOR, "HA-2002", "sealed-after-anchor", ERROR,                                 \
      "The time of sealing lies after the block that records the batch.",                           \
      "L’heure de scellement suit le bloc qui inscrit le lot.")                                     \
    X(SEALED_BEFORE_BLOCK, "HA-2003", "sealed-before-block", ERROR,                                 \
      "The time of sealing lies before the recent block in the header: the batch is backdated.",    \
      "L’heure de scellement précède le bloc récent de l’en-tête : le lot est antidaté.")           \
    X(RECENT_BLOCK_FOREIGN, "HA-2004", "recent-block-foreign", ERROR,                               \
      "The recent block in the header is not on the chain.",                                        \
      "Le bloc récent de l’en-tête ne figure pas dans la chaîne.")                                  \
    X(RECENT_BLOCK_LATE, "HA-2005", "recent-block-late", ERROR,                                     \
      "The recent block in the header does not come before the block that records the batch.",      \
      "Le bloc récent de l’en-tête ne précède pas le bloc qui inscrit le lot.")                     \
    X(RECENT_BLOCK_BACK, "HA-2006", "recent-block-back", WARNING,                                   \
      "The recent block in the header is older than that of the batch before.",                     \
      "Le bloc récent de l’en-tête est plus ancien que celui du lot d’avant.")                      \
    X(RECENT_CHAIN, "HA-2007", "recent-chain", WARNING,                                             \
      "The recent block in the header is of another chain than the log.",                           \
      "Le bloc récent de l’en-tête est d’une autre chaîne que le registre.")                        \
    X(ANCHOR_LATE, "HA-2008", "anchor-late", WARNING,                                               \
      "The batch was recorded more than seven days after it says that it was sealed.",              \
      "Le lot a été inscrit plus de sept jours après l’heure de scellement qu’il indique.")         \
                                                                                                    \
    X(NEVER_ANCHORED, "HA-3001", "never-anchored", ERROR,                                           \
      "Neither this batch nor a later one is on the chain.",                                        \
      "Ni ce lot ni un lot ultérieur ne figurent dans la chaîne.")                                  \
    X(ANCHOR_PENDING, "HA-3002", "anchor-pending", NOTICE,                                          \
      "The batch is recent and not final on the chain yet.",                                        \
      "Le lot est récent et pas encore définitif dans la chaîne.")                                  \
    X(ANCHORED_LATER, "HA-3003", "anchored-later", NOTICE,                                          \
      "The batch itself was never recorded; a later one proves it.",                                \
      "Le lot lui-même n’a jamais été inscrit ; un lot ultérieur le prouve.")                       \
    X(ANCHOR_CLAIM_FALSE, "HA-3004", "anchor-claim-false", ERROR,                                   \
      "The node names a transaction for this batch that is not on the chain as it says.",           \
      "Le nœud nomme pour ce lot une transaction qui ne figure pas ainsi dans la chaîne.")          \
    X(UNKNOWN_ANCHOR, "HA-3005", "unknown-anchor", ERROR,                                           \
      "A key of the log has recorded a value that the log does not hold, after all it holds.",      \
      "Une clé du registre a inscrit, après tout ce que le registre contient, une valeur qu’il "    \
      "ne contient pas.")                                                                           \
    X(EQUIVOCATION, "HA-3006", "equivocation", ERROR,                                               \
      "A key of the log has recorded a value that the log neither holds nor declares, and the log " \
      "goes on after it: a fork or a second log.",                                                  \
      "Une clé du registre a inscrit une valeur que le registre ne contient ni ne déclare, et le "  \
      "registre continue après elle : un embranchement ou un second registre.")                     \
    X(HISTORY_REWRITTEN, "HA-3007", "history-rewritten", ERROR,                                     \
      "A key of the log has recorded a value that the log does not hold before anything that it "   \
      "holds: the history was rewritten from its beginning.",                                       \
      "Une clé du registre a inscrit, avant tout ce que le registre contient, une valeur qu’il ne " \
      "contient pas : l’histoire a été réécrite depuis son début.")                                 \
    X(ANCHOR_REPEATED, "HA-3008", "anchor-repeated", WARNING,                                       \
      "The batch was recorded more than once.",                                                     \
      "Le lot a été inscrit plus d’une fois.")                                                      \
    X(ANCHOR_ORDER, "HA-3009", "anchor-order", ERROR,                                               \
      "The batch was recorded before an earlier one.",                                              \
      "Le lot a été inscrit avant un lot antérieur.")                                               \
    X(ANCHOR_FAILED, "HA-3010", "anchor-failed", NOTICE,                                            \
      "A transaction of a key failed, or the registry did not record it.",                          \
      "Une transaction d’une clé a échoué, ou le registre ne l’a pas inscrite.")                    \
    X(ANCHOR_ELSEWHERE, "HA-3011", "anchor-elsewhere", WARNING,                                     \
      "A key of the log has recorded 32 bytes elsewhere: a second log could stand there.",          \
      "Une clé du registre a inscrit 32 octets ailleurs : un second registre pourrait s’y tenir.")  \
    X(OTHER_TRANSACTION, "HA-3012", "other-transaction", NOTICE,                                    \
      "A key of the log has done something else than record batches.",                              \
      "Une clé du registre a fait autre chose qu’inscrire des lots.")                               \
                                                                                                    \
    X(ANCHOR_BY_REMOVED_KEY, "HA-4001", "anchor-by-removed-key", ERROR,                             \
      "A key has recorded a value after it had been removed from the log.",                         \
      "Une clé a inscrit une valeur après avoir été retirée du registre.")                          \
    X(ANCHOR_BEFORE_KEY, "HA-4002", "anchor-before-key", ERROR,                                     \
      "A key has recorded a batch before it was added to the log.",                                 \
      "Une clé a inscrit un lot avant d’avoir été ajoutée au registre.")                            \
    X(KEY_EVENT_INVALID, "HA-4003", "key-event-invalid", ERROR,                                     \
      "A key that was not in force has tried to add or remove a key; this has no effect.",          \
      "Une clé qui n’était pas en vigueur a tenté d’ajouter ou de retirer une clé ; c’est sans "    \
      "effet.")                                                                                     \
    X(KEY_ONE_WAY, "HA-4004", "key-one-way", NOTICE,                                                \
      "A key was added to the log and has not recorded anything for it.",                           \
      "Une clé a été ajoutée au registre et n’y a rien inscrit.")                                   \
    X(KEY_UNDECLARED, "HA-4005", "key-undeclared", NOTICE,                                          \
      "A key was added or removed, and no annex names it.",                                         \
      "Une clé a été ajoutée ou retirée, et aucune annexe ne la nomme.")                            \
    X(KEY_UNFOUNDED, "HA-4006", "key-unfounded", ERROR,                                             \
      "An annex names a change of keys that the chain does not show.",                              \
      "Une annexe nomme un changement de clés que la chaîne ne montre pas.")                        \
                                                                                                    \
    X(LOG_HIDDEN, "HA-5001", "log-hidden", ERROR,                                                   \
      "The endpoint left out an event of the registry that is on the chain.",                       \
      "La source a omis un événement du registre qui figure dans la chaîne.")                       \
    X(LOG_FALSE, "HA-5002", "log-false", ERROR,                                                     \
      "The endpoint told of an event of the registry that the chain does not show.",                \
      "La source a rapporté un événement du registre que la chaîne ne montre pas.")                 \
    X(NONCE_FALSE, "HA-5003", "nonce-false", ERROR,                                                 \
      "The endpoint counts fewer transactions of a key than there are.",                            \
      "La source compte moins de transactions d’une clé qu’il n’y en a.")                           \
    X(TAIL_UNSCANNED, "HA-5004", "tail-unscanned", NOTICE,                                          \
      "The newest blocks were not all searched: for them the endpoint's own lists are relied on.",  \
      "Les blocs les plus récents n’ont pas tous été fouillés : pour eux on s’en remet aux listes " \
      "de la source.")                                                                              \
                                                                                                    \
    X(CHAIN_INCOMPLETE, "HA-9001", "chain-incomplete", INCOMPLETE,                                  \
      "The chain could not be read to the end.",                                                    \
      "La chaîne n’a pas pu être lue jusqu’au bout.")                                               \
    X(SOURCE_INCOMPLETE, "HA-9002", "source-incomplete", INCOMPLETE,                                \
      "The log could not be read to the end.",                                                      \
      "Le registre n’a pas pu être lu jusqu’au bout.")                                              \
    X(TRANSACTION_MISSING, "HA-9003", "transaction-missing", INCOMPLETE,                            \
      "A key has used a nonce, and the endpoints show no transaction for it.",                      \
      "Une clé a utilisé un numéro d’ordre, et les sources ne montrent aucune transaction pour "    \
      "lui.")                                                                                       \
    X(TOO_MANY, "HA-9004", "too-many", INCOMPLETE,                                                  \
      "There are more findings than are listed here.",                                              \
      "Il y a plus de constats qu’il n’en est listé ici.")

enum finding_code {
#define X(symbol, code, name, severity, en, fr) FINDING_##symbol,
    CATALOGUE(X)
#undef X
    FINDING_CODES
};

/* A row of the table; the strings are static. */
struct catalogue_row {
    const char *code; /* "HA-1008" */
    const char *name; /* "root-differs" */
    enum catalogue_severity severity;
    const char *sentence[2]; /* by enum catalogue_language */
};

const struct catalogue_row *catalogue_row(enum finding_code code);

/** "notice", "warning", "error", "incomplete"; "remarque", "avertissement", "erreur", "incomplet". */
const char *catalogue_severity_word(enum catalogue_severity severity, enum catalogue_language language);

#endif
