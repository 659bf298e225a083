/* Why the daemon is not ready, in words: for /readyz, and in two languages for the status page.
 *
 * Strangers read them: no path, no endpoint, no key. `hallmarkctl status` says more.
 * Pure. Texts are static.
 */
#ifndef DAEMON_READY_H
#define DAEMON_READY_H

/* Name, English, French. The first that holds is told. */
#define READY_REASONS(X)                                                                                           \
    X(STOPPING, "the service is stopping", "le service s’arrête")                                                 \
    X(CLOSED, "the key in use was removed from the log: nothing is anchored any more",                            \
      "la clé en usage a été retirée du journal : plus rien n’est ancré")                                         \
    X(STORE, "the store cannot be read", "le stockage ne peut pas être lu")                                       \
    X(NOT_SEALING, "no batch can be sealed; hashes are accepted and wait",                                        \
      "aucun lot ne peut être scellé ; les empreintes sont acceptées et attendent")                               \
    X(OTHER_CHAIN, "the chain endpoints are on another chain than this log; hashes are accepted and wait",        \
      "les nœuds interrogés sont sur une autre chaîne que ce journal ; les empreintes sont acceptées et attendent") \
    X(NO_CHAIN, "no chain endpoint answers; hashes are accepted and wait",                                        \
      "aucun nœud de la chaîne ne répond ; les empreintes sont acceptées et attendent")

enum ready_reason {
    READY, /* no reason: it is */
#define X(name, english, french) READY_##name,
    READY_REASONS(X)
#undef X
        READY_N
};

/** A sentence without a full stop; "" for READY. */
const char *ready_english(enum ready_reason reason);
const char *ready_french(enum ready_reason reason);

#endif
