/* Every reason that `hallmark verify` can give, in one table: text, JSON, exit codes and the man page
 * come from it. Codes are stable: a number is never used again for something else.
 *
 * HM-0… the whole · HM-1… file and proof document · HM-2… proof and chain · HM-3… issuer · HM-4… force
 */
#ifndef VERIFIER_REASONS_H
#define VERIFIER_REASONS_H

#include <stdbool.h>
#include <stddef.h>

/* What a reason does to the verdict, the gravest last. */
enum reasons_effect {
    REASONS_PASSED,  /* the step went well */
    REASONS_PROVES,  /* as well, and it is what carries the proof: without one nothing is genuine */
    REASONS_SKIPPED, /* there is nothing to check */
    /* on authenticity */
    REASONS_UNKNOWN_ISSUER,
    REASONS_PENDING,
    REASONS_COULD_NOT_CHECK,
    REASONS_MALFORMED,   /* could not check: a rule of its format is broken for certain */
    REASONS_NO_DOCUMENT, /* could not check: not a document we can read (exit 65) */
    REASONS_NO_FILE,     /* could not check: no such file (exit 66) */
    REASONS_NOT_GENUINE,
    /* on force */
    REASONS_FORCE_UNKNOWN,
    REASONS_NOT_YET,
    REASONS_EXPIRED,
    REASONS_REPLACED,
    REASONS_SUSPENDED,
    REASONS_REVOKED,
};

enum reasons_mender { REASONS_NOBODY, REASONS_YOU, REASONS_HOLDER, REASONS_ISSUER, REASONS_NODE };

enum reasons_language { REASONS_ENGLISH, REASONS_FRENCH };

/* name, code, step (that of cert-verifier-js where it has one), effect, who can mend it, English, French */
#define REASONS(X)                                                                                  \
    X(GENUINE, "HM-0001", "final", PASSED, NOBODY,                                                  \
      "This document is exactly the one that the issuer registered.",                               \
      "Ce document est exactement celui que l’émetteur a fait enregistrer.")                        \
    X(INCOMPLETE, "HM-0002", "final", COULD_NOT_CHECK, NOBODY,                                      \
      "The check could not be completed.",                                                          \
      "La vérification n’a pas pu être menée à terme.")                                             \
                                                                                                    \
    X(NO_SUCH_FILE, "HM-1001", "readDocument", NO_FILE, YOU,                                        \
      "There is no such file, or it cannot be opened.",                                             \
      "Ce fichier n’existe pas ou ne peut pas être ouvert.")                                        \
    X(CREDENTIAL_BROKEN, "HM-1003", "readDocument", NO_DOCUMENT, HOLDER,                            \
      "This looks like a digital credential, but its text is damaged; ask for the file again.",     \
      "Cela ressemble à une attestation numérique, mais le texte est abîmé ; "                      \
      "redemandez le fichier.")                                                                     \
    X(CREDENTIAL_LOSSY, "HM-1004", "readDocument", COULD_NOT_CHECK, ISSUER,                         \
      "Parts of this credential have no defined meaning, so that no fingerprint covers them; "      \
      "they must be defined or removed.",                                                           \
      "Des parties de cette attestation n’ont pas de sens défini, et aucune empreinte ne les couvre ; " \
      "il faut les définir ou les retirer.")                                                        \
    X(CREDENTIAL_INVALID, "HM-1005", "readDocument", NO_DOCUMENT, ISSUER,                           \
      "This credential breaks a rule of its format (JSON-LD), or changes what a standard vocabulary " \
      "means; it must be corrected.",                                                               \
      "Cette attestation enfreint une règle de son format (JSON-LD), ou change le sens d’un "       \
      "vocabulaire standard ; il faut la corriger.")                                                \
    X(CONTEXT_UNKNOWN, "HM-1006", "readDocument", COULD_NOT_CHECK, YOU,                             \
      "This credential uses a vocabulary (context) that is not built in; "                          \
      "give its file with --context URL=FILE.",                                                     \
      "Cette attestation emploie un vocabulaire (contexte) qui n’est pas intégré ; "                \
      "donnez son fichier avec --context URL=FICHIER.")                                             \
    X(CREDENTIAL_COMPLEX, "HM-1007", "readDocument", COULD_NOT_CHECK, ISSUER,                       \
      "This credential is too large or too complex to be read.",                                    \
      "Cette attestation est trop grande ou trop complexe pour être lue.")                          \
    X(DOCUMENT_READ, "HM-1000", "readDocument", PASSED, NOBODY,                                     \
      "The file was read.",                                                                         \
      "Le fichier a été lu.")                                                                       \
    X(PROOF_READ, "HM-1100", "readProof", PASSED, NOBODY,                                           \
      "The proof was read and is well formed.",                                                     \
      "La preuve a été lue et est bien formée.")                                                    \
    X(NO_PROOF, "HM-1101", "readProof", COULD_NOT_CHECK, HOLDER,                                    \
      "There is no proof beside the file; ask for the file that ends in .proof.json.",              \
      "Aucune preuve n’accompagne le fichier ; demandez le fichier qui finit par .proof.json.")     \
    X(PROOF_MALFORMED, "HM-1102", "readProof", COULD_NOT_CHECK, HOLDER,                             \
      "The proof is damaged or incomplete; ask for it again.",                                      \
      "La preuve est abîmée ou incomplète ; redemandez-la.")                                        \
    X(PROOF_VERSION, "HM-1103", "readProof", COULD_NOT_CHECK, YOU,                                  \
      "The proof was made by a newer version; update this program.",                                \
      "La preuve vient d’une version plus récente ; mettez ce programme à jour.")                   \
    X(NO_PROOF_FILE, "HM-1104", "readProof", NO_FILE, YOU,                                          \
      "The proof file does not exist or cannot be opened.",                                         \
      "Le fichier de preuve n’existe pas ou ne peut pas être ouvert.")                              \
    X(TAKEN_OUT, "HM-1400", "readDocument", PASSED, NOBODY,                                         \
      "The document was taken out of the picture that carries it.",                                 \
      "Le document a été extrait de l’image qui le porte.")                                         \
    X(PICTURE_ONLY, "HM-1401", "readDocument", COULD_NOT_CHECK, HOLDER,                             \
      "This is a picture without a badge inside (a screenshot or a scan), and no proof "            \
      "lies beside it; ask for the original file.",                                                 \
      "C’est une image sans badge à l’intérieur (une capture d’écran ou un scan), et "              \
      "aucune preuve ne l’accompagne ; demandez le fichier d’origine.")                             \
    X(PAPER_ONLY, "HM-1402", "readDocument", COULD_NOT_CHECK, HOLDER,                               \
      "This is a PDF, and no proof lies beside it; ask for the file that ends in "                  \
      ".proof.json, or for the digital credential.",                                                \
      "C’est un PDF, et aucune preuve ne l’accompagne ; demandez le fichier qui finit "             \
      "par .proof.json, ou l’attestation numérique.")                                               \
    X(LINK_ONLY, "HM-1403", "readDocument", NO_DOCUMENT, HOLDER,                                    \
      "This is only a link to a document; open it, save the document and check that.",              \
      "Ce n’est qu’un lien vers un document ; ouvrez-le, enregistrez le document et "               \
      "vérifiez celui-ci.")                                                                         \
    X(EMPTY_FILE, "HM-1404", "readDocument", NO_DOCUMENT, HOLDER,                                   \
      "The file is empty; ask for it again.",                                                       \
      "Le fichier est vide ; redemandez-le.")                                                       \
    X(LINK_UNREACHABLE, "HM-1405", "readDocument", COULD_NOT_CHECK, NODE,                           \
      "The picture holds only a link to the badge, and nobody answered there; try again.",          \
      "L’image ne contient qu’un lien vers le badge, et personne n’y a répondu ; "                  \
      "réessayez.")                                                                                 \
    X(PASTE_QUOTES, "HM-1410", "readDocument", NO_DOCUMENT, HOLDER,                                 \
      "The text was changed on its way: its quotation marks were replaced, as word "                \
      "processors do; ask for the file itself.",                                                    \
      "Le texte a été modifié en chemin : ses guillemets ont été remplacés, comme le "              \
      "font les traitements de texte ; demandez le fichier lui-même.")                              \
    X(PASTE_PAGE, "HM-1411", "readDocument", NO_DOCUMENT, HOLDER,                                   \
      "This is a web page or text copied out of one, not the document itself; ask for "             \
      "the file.",                                                                                  \
      "C’est une page web ou du texte copié d’une page, pas le document lui-même ; "                \
      "demandez le fichier.")                                                                       \
    X(PASTE_CUT, "HM-1412", "readDocument", NO_DOCUMENT, HOLDER,                                    \
      "The end of the text is missing: it was cut off on its way; ask for the whole file.",         \
      "La fin du texte manque : il a été coupé en chemin ; demandez le fichier entier.")            \
    X(PASTE_BASE64, "HM-1413", "readDocument", NO_DOCUMENT, HOLDER,                                 \
      "The text is wrapped in a transport encoding (base64); ask for the file itself.",             \
      "Le texte est enveloppé dans un codage de transport (base64) ; demandez le "                  \
      "fichier lui-même.")                                                                          \
    X(PASTE_WRAPPED, "HM-1414", "readDocument", NO_DOCUMENT, HOLDER,                                \
      "The text was changed on its way: lines were broken or marks inserted, as mail "              \
      "programs do; ask for the file itself.",                                                      \
      "Le texte a été modifié en chemin : des lignes ont été coupées ou des signes "                \
      "insérés, comme le font les messageries ; demandez le fichier lui-même.")                     \
    X(PASTE_ENCODING, "HM-1415", "readDocument", NO_DOCUMENT, HOLDER,                               \
      "The text was saved in another character encoding than UTF-8; ask for the file "              \
      "itself.",                                                                                    \
      "Le texte a été enregistré dans un autre codage de caractères que l’UTF-8 ; "                 \
      "demandez le fichier lui-même.")                                                              \
    X(BADGE_TWICE, "HM-1420", "readDocument", NO_DOCUMENT, ISSUER,                                  \
      "The picture carries several badges, and nothing says which one counts.",                     \
      "L’image porte plusieurs badges, et rien ne dit lequel compte.")                              \
    X(BADGE_DAMAGED, "HM-1421", "readDocument", NO_DOCUMENT, HOLDER,                                \
      "The picture, or the badge inside it, is damaged or cut off; ask for the file again.",        \
      "L’image, ou le badge qu’elle porte, est abîmée ou coupée ; redemandez le "                   \
      "fichier.")                                                                                   \
    X(ARCHIVE_DAMAGED, "HM-1430", "readDocument", NO_DOCUMENT, HOLDER,                              \
      "The archive is damaged or cut off; ask for it again.",                                       \
      "L’archive est abîmée ou coupée ; redemandez-la.")                                            \
    X(ARCHIVE_EMPTY, "HM-1431", "readDocument", NO_DOCUMENT, HOLDER,                                \
      "There is no document in it.",                                                                \
      "Il n’y a aucun document à l’intérieur.")                                                     \
    X(WRAPPING_LIMIT, "HM-1432", "readDocument", COULD_NOT_CHECK, HOLDER,                           \
      "It is packed in a way that is not opened here, or too large; unpack it and "                 \
      "check the files.",                                                                           \
      "C’est emballé d’une manière qui n’est pas ouverte ici, ou trop grand ; "                     \
      "déballez-le et vérifiez les fichiers.")                                                      \
                                                                                                    \
    X(PROOFLESS, "HM-1202", "readProof", COULD_NOT_CHECK, HOLDER,                                   \
      "This credential carries no proof, and there is none beside the file; ask for it "            \
      "with its proof.",                                                                            \
      "Cette attestation ne porte pas de preuve, et aucune n’accompagne le fichier ; "              \
      "redemandez-la avec sa preuve.")                                                              \
    X(PROOF_FOREIGN, "HM-1203", "readProof", COULD_NOT_CHECK, YOU,                                  \
      "This credential carries a kind of proof that this program does not know.",                   \
      "Cette attestation porte un genre de preuve que ce programme ne connaît pas.")                \
    X(RECEIPT_MALFORMED, "HM-1204", "readProof", COULD_NOT_CHECK, HOLDER,                           \
      "The proof inside this credential is damaged or incomplete; ask for the file again.",         \
      "La preuve que contient cette attestation est abîmée ou incomplète ; redemandez le "          \
      "fichier.")                                                                                   \
    X(RECEIPT_READ, "HM-1205", "readProof", PASSED, NOBODY,                                         \
      "The proof inside this credential was read.",                                                 \
      "La preuve que contient cette attestation a été lue.")                                        \
    X(PROOFS_MANY, "HM-1206", "readProof", COULD_NOT_CHECK, ISSUER,                                 \
      "This credential carries more proofs, or more credentials, than this program "                \
      "checks.",                                                                                    \
      "Cette attestation porte plus de preuves, ou d’attestations, que ce programme n’en "          \
      "vérifie.")                                                                                   \
    X(SHAPE_WRONG, "HM-1210", "formatValidation", MALFORMED, ISSUER,                                \
      "This credential does not have the form that its standard prescribes.",                       \
      "Cette attestation n’a pas la forme que prescrit son standard.")                              \
    X(SHAPE_RIGHT, "HM-1211", "formatValidation", PASSED, NOBODY,                                   \
      "This credential has the form that its standard prescribes.",                                 \
      "Cette attestation a la forme que prescrit son standard.")                                    \
    X(DATE_UNREADABLE, "HM-1220", "validateDateFormat", MALFORMED, ISSUER,                          \
      "A date in this credential cannot be read.",                                                  \
      "Une date de cette attestation est illisible.")                                               \
    X(DATE_FORM, "HM-1221", "validateDateFormat", MALFORMED, ISSUER,                                \
      "A date in this credential does not have the form that its standard prescribes, with a time " \
      "zone.",                                                                                      \
      "Une date de cette attestation n’a pas la forme que prescrit son standard, avec un fuseau "   \
      "horaire.")                                                                                   \
    X(DATES_HOLD, "HM-1222", "validateDateFormat", PASSED, NOBODY,                                  \
      "The dates have the form that its standard prescribes.",                                      \
      "Les dates ont la forme que prescrit son standard.")                                          \
    X(SCHEMA_HOLDS, "HM-1230", "checkCredentialSchemaConformity", PASSED, NOBODY,                   \
      "The credential has the form that its issuer laid down (schema).",                            \
      "L’attestation a la forme que son émetteur a fixée (schéma).")                                \
    X(SCHEMA_BROKEN, "HM-1231", "checkCredentialSchemaConformity", NOT_GENUINE, ISSUER,             \
      "The credential breaks the form that its issuer laid down (schema).",                         \
      "L’attestation enfreint la forme que son émetteur a fixée (schéma).")                         \
    X(SCHEMA_UNREACHABLE, "HM-1232", "checkCredentialSchemaConformity", SKIPPED, NOBODY,            \
      "The form that the issuer laid down (schema) could not be had; the form was not checked.",    \
      "La forme que l’émetteur a fixée (schéma) n’a pas pu être obtenue ; elle n’a pas été "        \
      "vérifiée.")                                                                                  \
    X(SCHEMA_FOREIGN, "HM-1233", "checkCredentialSchemaConformity", SKIPPED, NOBODY,                \
      "The issuer laid down a form (schema) in a language that this program does not "              \
      "read.",                                                                                      \
      "L’émetteur a fixé une forme (schéma) dans un langage que ce programme ne lit pas.")          \
    X(IMAGES_HOLD, "HM-1240", "checkImagesIntegrity", PASSED, NOBODY,                               \
      "The pictures that the credential links to are those that the issuer saw.",                   \
      "Les images auxquelles renvoie l’attestation sont celles que l’émetteur a vues.")             \
    X(IMAGE_DIFFERS, "HM-1241", "checkImagesIntegrity", NOT_GENUINE, ISSUER,                        \
      "A picture that the credential links to is not the one that the issuer saw.",                 \
      "Une image à laquelle renvoie l’attestation n’est pas celle que l’émetteur a vue.")           \
    X(IMAGE_UNREACHABLE, "HM-1242", "checkImagesIntegrity", SKIPPED, NOBODY,                        \
      "A picture that the credential links to could not be had; do not rely on pictures.",          \
      "Une image à laquelle renvoie l’attestation n’a pas pu être obtenue ; ne vous fiez "          \
      "pas aux images.")                                                                            \
    X(MEMBER_HOLDS, "HM-1300", "verifyCredentials", PASSED, NOBODY,                                 \
      "A credential in this presentation is genuine.",                                              \
      "Une attestation de cette présentation est authentique.")                                     \
    X(MEMBER_FORGED, "HM-1301", "verifyCredentials", NOT_GENUINE, HOLDER,                           \
      "A credential in this presentation is not genuine.",                                          \
      "Une attestation de cette présentation n’est pas authentique.")                               \
    X(MEMBER_UNCHECKED, "HM-1302", "verifyCredentials", COULD_NOT_CHECK, HOLDER,                    \
      "A credential in this presentation could not be checked.",                                    \
      "Une attestation de cette présentation n’a pas pu être vérifiée.")                            \
    X(MEMBER_UNKNOWN, "HM-1303", "verifyCredentials", UNKNOWN_ISSUER, YOU,                          \
      "A credential in this presentation is by an issuer who is not known here.",                   \
      "Une attestation de cette présentation est d’un émetteur inconnu ici.")                       \
    X(MEMBER_EXPIRED, "HM-1304", "verifyCredentials", EXPIRED, ISSUER,                              \
      "A credential in this presentation is no longer in force.",                                   \
      "Une attestation de cette présentation n’est plus en vigueur.")                               \
    X(MEMBER_NOT_YET, "HM-1305", "verifyCredentials", NOT_YET, NOBODY,                              \
      "A credential in this presentation is not in force yet.",                                     \
      "Une attestation de cette présentation n’est pas encore en vigueur.")                         \
    X(MEMBER_REVOKED, "HM-1306", "verifyCredentials", REVOKED, ISSUER,                              \
      "A credential in this presentation has been revoked.",                                        \
      "Une attestation de cette présentation a été révoquée.")                                      \
    X(MEMBER_SUSPENDED, "HM-1307", "verifyCredentials", SUSPENDED, ISSUER,                          \
      "A credential in this presentation is suspended.",                                            \
      "Une attestation de cette présentation est suspendue.")                                       \
    X(MEMBER_FORCE_UNKNOWN, "HM-1308", "verifyCredentials", FORCE_UNKNOWN, NODE,                    \
      "Whether a credential in this presentation is in force is not known.",                        \
      "On ne sait pas si une attestation de cette présentation est en vigueur.")                    \
    X(PRESENTATION_UNSIGNED, "HM-1310", "readProof", PASSED, NOBODY,                                \
      "The presentation itself is not signed: its credentials are judged, not who shows "           \
      "them.",                                                                                      \
      "La présentation elle-même n’est pas signée : ses attestations sont jugées, non "             \
      "celui qui les montre.")                                                                      \
    X(PRESENTATION_BARE, "HM-1313", "verifyCredentials", PASSED, NOBODY,                            \
      "The presentation holds no credential: it proves only who made it.",                          \
      "La présentation ne contient aucune attestation : elle prouve seulement qui l’a faite.")      \
    X(MEMBERS_PROVE, "HM-1312", "verifyCredentials", PROVES, NOBODY,                                \
      "All credentials in this presentation are genuine.",                                          \
      "Toutes les attestations de cette présentation sont authentiques.")                           \
    X(PRESENTATION_EMPTY, "HM-1311", "verifyCredentials", COULD_NOT_CHECK, HOLDER,                  \
      "The presentation holds no credential.",                                                      \
      "La présentation ne contient aucune attestation.")                                            \
                                                                                                    \
    X(LOCAL_HASH, "HM-2000", "computeLocalHash", PASSED, NOBODY,                                    \
      "The fingerprint of the document was computed.",                                              \
      "L’empreinte du document a été calculée.")                                                    \
    X(CONTEXT_VARIANT, "HM-2001", "computeLocalHash", PASSED, NOBODY,                               \
      "A vocabulary (context) of which several versions are known was read in this one.",           \
      "Un vocabulaire (contexte) connu en plusieurs versions a été lu dans celle-ci.")              \
    X(CONTEXT_GIVEN, "HM-2002", "computeLocalHash", PASSED, NOBODY,                                 \
      "A vocabulary (context) was read from the file that you gave.",                               \
      "Un vocabulaire (contexte) a été lu dans le fichier que vous avez donné.")                    \
    X(OLD_ESCAPES, "HM-2003", "computeLocalHash", PASSED, NOBODY,                                   \
      "The fingerprint is that of the text as older programs write it.",                            \
      "L’empreinte est celle du texte tel que l’écrivent d’anciens programmes.")                    \
    X(HASH_MATCHES, "HM-2010", "compareHashes", PASSED, NOBODY,                                     \
      "The proof was made for this document.",                                                      \
      "La preuve a été faite pour ce document.")                                                    \
    X(HASH_DIFFERS, "HM-2011", "compareHashes", NOT_GENUINE, HOLDER,                                \
      "This document is not the one that was registered: it was altered, "                          \
      "or the proof belongs to another document.",                                                  \
      "Ce document n’est pas celui qui a été enregistré : il a été modifié, "                       \
      "ou la preuve appartient à un autre document.")                                               \
    X(RECEIPT_HOLDS, "HM-2020", "checkReceipt", PASSED, NOBODY,                                     \
      "The proof leads from the document to the recorded value.",                                   \
      "La preuve mène du document à la valeur inscrite.")                                           \
    X(RECEIPT_CONTRADICTS, "HM-2021", "checkReceipt", NOT_GENUINE, HOLDER,                          \
      "The proof does not lead from this document to the value that was recorded.",                 \
      "La preuve ne mène pas de ce document à la valeur qui a été inscrite.")                       \
    X(TRANSACTION_NAMED, "HM-2030", "getTransactionId", PASSED, NOBODY,                             \
      "The proof names the transaction that records it.",                                           \
      "La preuve nomme la transaction qui l’inscrit.")                                              \
    X(NOT_ANCHORED, "HM-2031", "getTransactionId", PENDING, ISSUER,                                 \
      "The document was received but is not recorded yet; ask for a new proof later.",              \
      "Le document a été reçu mais n’est pas encore inscrit ; "                                     \
      "redemandez une preuve plus tard.")                                                           \
    X(EVIDENCE_HOLDS, "HM-2100", "checkEvidence", PASSED, NOBODY,                                   \
      "The evidence inside the proof is complete and consistent.",                                  \
      "Les pièces jointes à la preuve sont complètes et cohérentes.")                               \
    X(EVIDENCE_CONTRADICTS, "HM-2101", "checkEvidence", COULD_NOT_CHECK, HOLDER,                    \
      "The evidence inside the proof is damaged or contradicts it; ask for the proof again.",       \
      "Les pièces jointes à la preuve sont abîmées ou la contredisent ; "                           \
      "redemandez la preuve.")                                                                      \
    X(NO_EVIDENCE, "HM-2102", "checkEvidence", SKIPPED, NOBODY,                                     \
      "The proof carries no evidence of its own.",                                                  \
      "La preuve ne contient pas de pièces jointes.")                                               \
    X(EVIDENCE_VERSION, "HM-2103", "checkEvidence", COULD_NOT_CHECK, YOU,                           \
      "The evidence was made by a newer version; update this program.",                             \
      "Les pièces jointes viennent d’une version plus récente ; mettez ce programme à jour.")       \
    X(ANCHOR_FOUND, "HM-2200", "fetchRemoteHash", PASSED, NOBODY,                                   \
      "The transaction was found.",                                                                 \
      "La transaction a été trouvée.")                                                              \
    X(NO_ENDPOINT, "HM-2201", "fetchRemoteHash", COULD_NOT_CHECK, YOU,                              \
      "No source for this chain was given; name one with --rpc.",                                   \
      "Aucune source n’a été donnée pour cette chaîne ; indiquez-en une avec --rpc.")               \
    X(CHAIN_UNREACHABLE, "HM-2202", "fetchRemoteHash", COULD_NOT_CHECK, NODE,                       \
      "The chain could not be reached; try again.",                                                 \
      "La chaîne n’a pas pu être jointe ; réessayez.")                                              \
    X(CHAIN_WRONG, "HM-2203", "fetchRemoteHash", COULD_NOT_CHECK, YOU,                              \
      "The source that was given serves another chain; name one for this chain with --rpc.",        \
      "La source indiquée sert une autre chaîne ; indiquez-en une pour celle-ci avec --rpc.")       \
    X(CHAIN_GARBLED, "HM-2204", "fetchRemoteHash", COULD_NOT_CHECK, NODE,                           \
      "The source gave no usable answer; try again or name another one with --rpc.",                \
      "La source n’a pas donné de réponse utilisable ; "                                            \
      "réessayez ou indiquez-en une autre avec --rpc.")                                             \
    X(ANCHOR_NOT_FOUND, "HM-2205", "fetchRemoteHash", COULD_NOT_CHECK, ISSUER,                      \
      "The source does not know the transaction that the proof names; "                             \
      "try another source, or ask for a new proof.",                                                \
      "La source ne connaît pas la transaction que nomme la preuve ; "                              \
      "essayez une autre source ou demandez une nouvelle preuve.")                                  \
    X(ANCHOR_WAITING, "HM-2206", "fetchRemoteHash", PENDING, NODE,                                  \
      "The transaction waits to be recorded; try again in a few minutes.",                          \
      "La transaction attend d’être inscrite ; réessayez dans quelques minutes.")                   \
    X(ANCHOR_MOVED, "HM-2207", "fetchRemoteHash", COULD_NOT_CHECK, HOLDER,                          \
      "The chain tells another place, time or sender than the proof; ask for a new proof.",         \
      "La chaîne indique un autre endroit, une autre heure ou un autre expéditeur que la preuve ; " \
      "demandez une nouvelle preuve.")                                                              \
    X(NOT_ASKED, "HM-2208", "fetchRemoteHash", SKIPPED, NOBODY,                                     \
      "No chain was asked for the transaction: the evidence inside the proof stands for it.",       \
      "Aucune chaîne n’a été interrogée sur la transaction : les pièces jointes en tiennent lieu.") \
    X(VALUE_MATCHES, "HM-2210", "checkMerkleRoot", PASSED, NOBODY,                                  \
      "The transaction records exactly this value.",                                                \
      "La transaction inscrit exactement cette valeur.")                                            \
    X(VALUE_DIFFERS, "HM-2211", "checkMerkleRoot", NOT_GENUINE, HOLDER,                             \
      "The transaction records another value.",                                                     \
      "La transaction inscrit une autre valeur.")                                                   \
    X(NOT_AN_ANCHOR, "HM-2212", "checkMerkleRoot", NOT_GENUINE, ISSUER,                             \
      "The transaction is not one that can record a document.",                                     \
      "La transaction n’est pas de celles qui peuvent inscrire un document.")                       \
    X(TRANSACTION_DONE, "HM-2220", "checkTransaction", PASSED, NOBODY,                              \
      "The transaction was carried out.",                                                           \
      "La transaction a été exécutée.")                                                             \
    X(TRANSACTION_FAILED, "HM-2221", "checkTransaction", NOT_GENUINE, ISSUER,                       \
      "The transaction failed, or the registry did not record it.",                                 \
      "La transaction a échoué, ou le registre ne l’a pas inscrite.")                               \
    X(BLOCK_FINAL, "HM-2230", "checkFinality", PROVES, NOBODY,                                      \
      "The record is final.",                                                                       \
      "L’inscription est définitive.")                                                              \
    X(BLOCK_NOT_FINAL, "HM-2231", "checkFinality", PENDING, NODE,                                   \
      "The record is not final yet; try again in a few minutes.",                                   \
      "L’inscription n’est pas encore définitive ; réessayez dans quelques minutes.")               \
    X(BLOCK_NOT_CANONICAL, "HM-2232", "checkFinality", COULD_NOT_CHECK, NODE,                       \
      "The block that holds the record is not part of the chain (any more); try again.",            \
      "Le bloc qui porte l’inscription ne fait pas (ou plus) partie de la chaîne ; réessayez.")     \
    X(BLOCK_UNCONFIRMED, "HM-2233", "checkFinality", COULD_NOT_CHECK, YOU,                          \
      "Nothing confirms the block that holds the record; give --rpc, "                              \
      "or --checkpoint with a block that you trust.",                                               \
      "Rien ne confirme le bloc qui porte l’inscription ; donnez --rpc, "                           \
      "ou --checkpoint avec un bloc auquel vous vous fiez.")                                        \
    X(CHECKPOINT_HOLDS, "HM-2234", "checkFinality", PROVES, NOBODY,                                 \
      "The block that holds the record is confirmed by your checkpoint.",                           \
      "Le bloc qui porte l’inscription est confirmé par votre point de contrôle.")                  \
    X(HEIGHT_HOLDS, "HM-2235", "checkFinality", PROVES, NOBODY,                                     \
      "The source has exactly this block at this height, and it is final.",                         \
      "La source a exactement ce bloc à cette hauteur, et il est définitif.")                       \
    X(POLICY_CHECKPOINT, "HM-2241", "choosePolicy", PASSED, NOBODY,                                 \
      "Whether the block is part of the chain is answered by your checkpoints.",                    \
      "Vos points de contrôle disent si le bloc fait partie de la chaîne.")                         \
    X(POLICY_RPC, "HM-2242", "choosePolicy", PASSED, NOBODY,                                        \
      "Whether the block is part of the chain is answered by the source that you named; it "        \
      "was asked only for the blocks at this height, at the newest final one and at height "        \
      "0.",                                                                                         \
      "La source que vous avez nommée dit si le bloc fait partie de la chaîne ; elle n’a "          \
      "été interrogée que sur les blocs à cette hauteur, à la dernière hauteur définitive "         \
      "et à la hauteur 0.")                                                                         \
    X(POLICY_NONE, "HM-2243", "choosePolicy", SKIPPED, NOBODY,                                      \
      "Whether the block is part of the chain is left open: neither --checkpoint nor --rpc "        \
      "was given.",                                                                                 \
      "Que le bloc fasse partie de la chaîne reste ouvert : ni --checkpoint ni --rpc n’ont "        \
      "été donnés.")                                                                                \
    X(CHAIN_CONFIRMED, "HM-2251", "checkChain", PASSED, NOBODY,                                     \
      "The evidence names the first block of this chain rightly.",                                  \
      "Les pièces jointes nomment bien le premier bloc de cette chaîne.")                           \
    X(CHAIN_BY_ID, "HM-2252", "checkChain", SKIPPED, NOBODY,                                        \
      "Which chain it is rests only on the chain id that the sender has signed; the first "         \
      "block that the evidence names was not relied on.",                                           \
      "L’identité de la chaîne ne repose que sur le numéro de chaîne signé par "                    \
      "l’expéditeur ; il n’a pas été tenu compte du premier bloc que nomment les pièces "           \
      "jointes.")                                                                                   \
    X(CHAIN_CONTRADICTED, "HM-2253", "checkChain", COULD_NOT_CHECK, HOLDER,                         \
      "The evidence is of another chain than it says, or damaged; ask for the proof again.",        \
      "Les pièces jointes sont d’une autre chaîne qu’elles ne le disent, ou abîmées ; "             \
      "redemandez la preuve.")                                                                      \
                                                                                                    \
    X(OPTIONS_HOLD, "HM-2400", "assertProofValidity", PASSED, NOBODY,                               \
      "The proof was made for this use.",                                                           \
      "La preuve a été faite pour cet usage.")                                                      \
    X(PURPOSE_DIFFERS, "HM-2401", "assertProofValidity", NOT_GENUINE, HOLDER,                       \
      "The proof was made for another use.",                                                        \
      "La preuve a été faite pour un autre usage.")                                                 \
    X(DOMAIN_DIFFERS, "HM-2402", "assertProofValidity", NOT_GENUINE, HOLDER,                        \
      "The proof was made for another recipient (domain).",                                         \
      "La preuve a été faite pour un autre destinataire (domaine).")                                \
    X(CHALLENGE_DIFFERS, "HM-2403", "assertProofValidity", NOT_GENUINE, HOLDER,                     \
      "The proof was made for another question (challenge).",                                       \
      "La preuve a été faite pour une autre question (challenge).")                                 \
    X(OPTIONS_MISSING, "HM-2404", "assertProofValidity", COULD_NOT_CHECK, ISSUER,                   \
      "The proof does not say when, or for what use, it was made.",                                 \
      "La preuve ne dit pas quand, ou pour quel usage, elle a été faite.")                          \
    X(PARTS_UNSIGNED, "HM-2410", "computeLocalHash", COULD_NOT_CHECK, ISSUER,                       \
      "Parts of this document are not covered by its proof: nobody can say that they are "          \
      "as they were issued.",                                                                       \
      "Des parties de ce document ne sont pas couvertes par sa preuve : nul ne peut dire "          \
      "qu’elles sont telles qu’à l’émission.")                                                      \
    X(PARTS_ADDED, "HM-2411", "computeLocalHash", NOT_GENUINE, HOLDER,                              \
      "The document holds entries that its proof does not cover; they were added after it "         \
      "was issued.",                                                                                \
      "Le document contient des rubriques que sa preuve ne couvre pas ; elles ont été "             \
      "ajoutées après l’émission.")                                                                 \
    X(WORDS_REDEFINED, "HM-2412", "computeLocalHash", NOT_GENUINE, HOLDER,                          \
      "The document changes what its own words mean, so that it shows something else than "         \
      "what was registered.",                                                                       \
      "Le document change le sens de ses propres mots, de sorte qu’il montre autre chose "          \
      "que ce qui a été enregistré.")                                                               \
    X(PARTS_NEVER_COVERED, "HM-2413", "computeLocalHash", PASSED, NOBODY,                           \
      "Certificates of this age never covered some entries; do not rely on those.",                 \
      "Les certificats de cette époque ne couvraient pas certaines rubriques ; ne vous y fiez pas.") \
    X(WORDS_HIDDEN, "HM-2414", "computeLocalHash", COULD_NOT_CHECK, HOLDER,                         \
      "The document was rewritten so that dates, status or issuer stand under other words than "    \
      "usual; ask for it as it was issued.",                                                        \
      "Le document a été réécrit de sorte que dates, statut ou émetteur figurent sous d’autres "    \
      "mots que d’habitude ; redemandez-le tel qu’il a été émis.")                                  \
    X(DIRECTION_FREE, "HM-2415", "computeLocalHash", PASSED, NOBODY,                                \
      "The proof covers the texts, but not in which direction they are to be shown (right to "      \
      "left).",                                                                                     \
      "La preuve couvre les textes, mais pas le sens dans lequel les afficher (de droite à "        \
      "gauche).")                                                                                   \
    X(TEST_CHAIN, "HM-2420", "getTransactionId", COULD_NOT_CHECK, ISSUER,                           \
      "This is a trial document: its proof names a test chain that records nothing.",               \
      "C’est un document d’essai : sa preuve nomme une chaîne de test qui n’inscrit rien.")         \
    X(CHAIN_FOREIGN, "HM-2421", "getTransactionId", COULD_NOT_CHECK, YOU,                           \
      "The proof names a chain that this program does not know.",                                   \
      "La preuve nomme une chaîne que ce programme ne connaît pas.")                                \
    X(SOURCES_DISAGREE, "HM-2430", "fetchRemoteHash", COULD_NOT_CHECK, NODE,                        \
      "The sources of the chain data contradict each other; name others with --rpc.",               \
      "Les sources des données de la chaîne se contredisent ; indiquez-en d’autres avec "           \
      "--rpc.")                                                                                     \
    X(FROM_RECORD, "HM-2431", "checkTransaction", SKIPPED, NOBODY,                                  \
      "The look-ups were recorded earlier: chain, receipt and finality could not be "               \
      "checked again.",                                                                             \
      "Les consultations ont été enregistrées auparavant : chaîne, reçu et caractère "              \
      "définitif n’ont pas pu être revérifiés.")                                                    \
    X(PROFILE_READ, "HM-2500", "parseIssuerKeys", PASSED, NOBODY,                                   \
      "The issuer's own page with its keys was read.",                                              \
      "La page de l’émetteur, avec ses clés, a été lue.")                                           \
    X(PROFILE_UNREACHABLE, "HM-2501", "parseIssuerKeys", COULD_NOT_CHECK, ISSUER,                   \
      "The issuer's own page with its keys could not be reached; try again.",                       \
      "La page de l’émetteur, avec ses clés, n’a pas pu être jointe ; réessayez.")                  \
    X(PROFILE_UNUSABLE, "HM-2502", "parseIssuerKeys", COULD_NOT_CHECK, ISSUER,                      \
      "The issuer's own page cannot be used: it is damaged, or not what it should be.",             \
      "La page de l’émetteur est inutilisable : abîmée, ou autre que ce qu’elle devrait "           \
      "être.")                                                                                      \
    X(PROFILE_SIGNED, "HM-2510", "verifyIssuerProfile", PASSED, NOBODY,                             \
      "The issuer has signed this page.",                                                           \
      "L’émetteur a signé cette page.")                                                             \
    X(PROFILE_FORGED, "HM-2511", "verifyIssuerProfile", NOT_GENUINE, ISSUER,                        \
      "The signature on the issuer's own page does not match it.",                                  \
      "La signature de la page de l’émetteur ne lui correspond pas.")                               \
    X(PROFILE_UNCHECKED, "HM-2512", "verifyIssuerProfile", COULD_NOT_CHECK, ISSUER,                 \
      "The signature on the issuer's own page could not be checked.",                               \
      "La signature de la page de l’émetteur n’a pas pu être vérifiée.")                            \
    X(ACCOUNT_LISTED, "HM-2520", "checkAuthenticity", PROVES, NOBODY,                               \
      "It was recorded from an account that the issuer lists as its own.",                          \
      "L’inscription vient d’un compte que l’émetteur déclare comme sien.")                         \
    X(ACCOUNT_FOREIGN, "HM-2521", "checkAuthenticity", NOT_GENUINE, HOLDER,                         \
      "It was recorded from an account that the issuer does not list as its own.",                  \
      "L’inscription vient d’un compte que l’émetteur ne déclare pas comme sien.")                  \
    X(ACCOUNT_TOO_EARLY, "HM-2522", "checkAuthenticity", NOT_GENUINE, ISSUER,                       \
      "It was recorded before the issuer began to use this account.",                               \
      "L’inscription est antérieure à l’usage de ce compte par l’émetteur.")                        \
    X(ACCOUNT_REVOKED, "HM-2523", "checkAuthenticity", NOT_GENUINE, ISSUER,                         \
      "It was recorded after the issuer had withdrawn this account.",                               \
      "L’inscription est postérieure au retrait de ce compte par l’émetteur.")                      \
    X(ACCOUNT_EXPIRED, "HM-2524", "checkAuthenticity", NOT_GENUINE, ISSUER,                         \
      "It was recorded after this account of the issuer had expired.",                              \
      "L’inscription est postérieure à l’expiration de ce compte de l’émetteur.")                   \
    X(METHOD_ELSEWHERE, "HM-2530", "controlVerificationMethod", NOT_GENUINE, HOLDER,                \
      "The proof names a key of somebody else than the issuer.",                                    \
      "La preuve nomme une clé d’un autre que l’émetteur.")                                         \
    X(METHOD_OWN, "HM-2531", "controlVerificationMethod", PASSED, NOBODY,                           \
      "The proof names a key of the issuer.",                                                       \
      "La preuve nomme une clé de l’émetteur.")                                                     \
    X(ACCOUNT_DERIVED, "HM-2540", "deriveIssuingAddressFromPublicKey", PASSED, NOBODY,              \
      "The account of this key was computed.",                                                      \
      "Le compte de cette clé a été calculé.")                                                      \
    X(ACCOUNT_UNDERIVED, "HM-2541", "deriveIssuingAddressFromPublicKey", COULD_NOT_CHECK, ISSUER,   \
      "The key is of a kind that has no account on this chain.",                                    \
      "La clé est d’un genre qui n’a pas de compte sur cette chaîne.")                              \
    X(ACCOUNT_SAME, "HM-2550", "compareIssuingAddress", PASSED, NOBODY,                             \
      "The key and the account that recorded it are the same.",                                     \
      "La clé et le compte qui a inscrit le document concordent.")                                  \
    X(ACCOUNT_OTHER, "HM-2551", "compareIssuingAddress", NOT_GENUINE, HOLDER,                       \
      "The key that the proof names is not that of the account that recorded it.",                  \
      "La clé que nomme la preuve n’est pas celle du compte qui a inscrit le document.")            \
    X(BITCOIN_UNNAMED, "HM-2600", "fetchRemoteHash", COULD_NOT_CHECK, YOU,                          \
      "No source for Bitcoin was given; name one with --btc.",                                      \
      "Aucune source n’a été donnée pour Bitcoin ; indiquez-en une avec --btc.")                    \
    X(BITCOIN_OTHER, "HM-2601", "fetchRemoteHash", COULD_NOT_CHECK, YOU,                            \
      "The source that was given serves another Bitcoin network; name one for this "                \
      "network with --btc.",                                                                        \
      "La source indiquée sert un autre réseau Bitcoin ; indiquez-en une pour celui-ci "            \
      "avec --btc.")                                                                                \
    X(BITCOIN_GARBLED, "HM-2602", "fetchRemoteHash", COULD_NOT_CHECK, NODE,                         \
      "The Bitcoin source gave no usable answer; try again or name another one with "               \
      "--btc.",                                                                                     \
      "La source Bitcoin n’a pas donné de réponse utilisable ; réessayez ou indiquez-en "           \
      "une autre avec --btc.")                                                                      \
    X(BITCOIN_EMPTY, "HM-2610", "checkMerkleRoot", NOT_GENUINE, HOLDER,                             \
      "The transaction records nothing.",                                                           \
      "La transaction n’inscrit rien.")                                                             \
                                                                                                    \
    X(KEY_OF_GENESIS, "HM-3100", "parseIssuerKeys", PASSED, NOBODY,                                 \
      "It was recorded with the first key of the register.",                                        \
      "L’inscription porte la première clé du registre.")                                           \
    X(KEY_DELEGATED, "HM-3101", "parseIssuerKeys", PASSED, NOBODY,                                  \
      "It was recorded with a key that the first key of the register leads to.",                    \
      "L’inscription porte une clé à laquelle mène la première clé du registre.")                   \
    X(KEY_FOREIGN, "HM-3102", "parseIssuerKeys", NOT_GENUINE, ISSUER,                               \
      "It was recorded with a key that does not belong to the issuer.",                             \
      "L’inscription porte une clé qui n’appartient pas à l’émetteur.")                             \
    X(KEYS_UNKNOWN, "HM-3103", "parseIssuerKeys", COULD_NOT_CHECK, NODE,                            \
      "The issuer's keys could not be looked up; try again or name another source with --rpc.",     \
      "Les clés de l’émetteur n’ont pas pu être consultées ; "                                      \
      "réessayez ou indiquez une autre source avec --rpc.")                                         \
    X(ISSUER_LISTED, "HM-3200", "checkAuthenticity", PASSED, NOBODY,                                \
      "The issuer is on your trust list.",                                                          \
      "L’émetteur figure sur votre liste de confiance.")                                            \
    X(NO_TRUST_LIST, "HM-3201", "checkAuthenticity", UNKNOWN_ISSUER, YOU,                           \
      "The record is sound, but who made it is not known here; name the issuers that you trust "    \
      "with --trust.",                                                                              \
      "L’inscription est bonne, mais son auteur n’est pas connu ici ; indiquez les émetteurs "      \
      "auxquels vous vous fiez avec --trust.")                                                      \
    X(ISSUER_UNLISTED, "HM-3202", "checkAuthenticity", UNKNOWN_ISSUER, YOU,                         \
      "The record is sound, but the issuer is not on your trust list.",                             \
      "L’inscription est bonne, mais l’émetteur ne figure pas sur votre liste de confiance.")       \
    X(ISSUER_NOT_THEN, "HM-3203", "checkAuthenticity", UNKNOWN_ISSUER, YOU,                         \
      "The issuer is on your trust list, but not for the day of this record.",                      \
      "L’émetteur figure sur votre liste de confiance, mais pas pour la date de l’inscription.")    \
    X(KEY_FOUND, "HM-3300", "retrieveVerificationMethodPublicKey", PASSED, NOBODY,                  \
      "The key that signed was found, with its owner.",                                             \
      "La clé de signature a été trouvée, avec son titulaire.")                                     \
    X(KEY_UNREACHABLE, "HM-3301", "retrieveVerificationMethodPublicKey", COULD_NOT_CHECK, ISSUER,   \
      "The issuer's list of keys could not be reached; try again.",                                 \
      "La liste des clés de l’émetteur n’a pas pu être jointe ; réessayez.")                        \
    X(KEY_NOT_LISTED, "HM-3302", "retrieveVerificationMethodPublicKey", NOT_GENUINE, ISSUER,        \
      "The issuer's own list of keys does not hold the key that is said to have signed.",           \
      "La liste des clés de l’émetteur ne contient pas la clé qui est censée avoir signé.")         \
    X(KEY_UNREADABLE, "HM-3303", "retrieveVerificationMethodPublicKey", COULD_NOT_CHECK, ISSUER,    \
      "The key, or the issuer's list of keys, is damaged, too weak or of a kind that this "         \
      "program does not read.",                                                                     \
      "La clé, ou la liste des clés de l’émetteur, est abîmée, trop faible ou d’un genre "          \
      "que ce programme ne lit pas.")                                                               \
    X(DID_UNSUPPORTED, "HM-3304", "retrieveVerificationMethodPublicKey", COULD_NOT_CHECK, ISSUER,   \
      "The issuer is named in a way (DID method) that this program cannot look up.",                \
      "L’émetteur est désigné d’une façon (méthode DID) que ce programme ne sait pas "              \
      "consulter.")                                                                                 \
    X(IDENTITY_OTHER, "HM-3305", "retrieveVerificationMethodPublicKey", COULD_NOT_CHECK, ISSUER,    \
      "What was found at the issuer's address is the list of keys of somebody else.",               \
      "Ce qui se trouve à l’adresse de l’émetteur est la liste des clés de quelqu’un "              \
      "d’autre.")                                                                                   \
    X(KEY_UNBOUND, "HM-3306", "retrieveVerificationMethodPublicKey", UNKNOWN_ISSUER, ISSUER,        \
      "The key came with the document itself: nothing shows that it belongs to the issuer "         \
      "that is named.",                                                                             \
      "La clé est venue avec le document lui-même : rien ne montre qu’elle appartient à "           \
      "l’émetteur indiqué.")                                                                        \
    X(KEY_BY_RESOLVER, "HM-3307", "retrieveVerificationMethodPublicKey", PASSED, NOBODY,            \
      "The issuer's list of keys was given by a public resolver, which is believed.",               \
      "La liste des clés de l’émetteur a été donnée par un service public de résolution, "          \
      "que l’on croit.")                                                                            \
    X(REGISTRY_UNASKED, "HM-3308", "retrieveVerificationMethodPublicKey", PASSED, NOBODY,           \
      "The key is that of the address itself; its registry was not asked whether it was "           \
      "replaced since.",                                                                            \
      "La clé est celle de l’adresse même ; le registre n’a pas été interrogé sur un "              \
      "remplacement ultérieur.")                                                                    \
    X(KEY_FOR_PURPOSE, "HM-3400", "controlVerificationMethod", PASSED, NOBODY,                      \
      "The owner of the key names it for this use.",                                                \
      "Le titulaire de la clé la désigne pour cet usage.")                                          \
    X(KEY_WRONG_PURPOSE, "HM-3401", "controlVerificationMethod", NOT_GENUINE, ISSUER,               \
      "The owner of the key does not name it for signing documents of this kind.",                  \
      "Le titulaire de la clé ne la désigne pas pour signer ce genre de document.")                 \
    X(PURPOSES_UNSTATED, "HM-3402", "controlVerificationMethod", PASSED, NOBODY,                    \
      "The owner of the key does not say what its keys are for.",                                   \
      "Le titulaire de la clé ne dit pas à quoi servent ses clés.")                                 \
    X(SIGNER_NOT_ISSUER, "HM-3403", "controlVerificationMethod", NOT_GENUINE, ISSUER,               \
      "The key that signed belongs to somebody else than the issuer that the document "             \
      "names.",                                                                                     \
      "La clé de signature appartient à quelqu’un d’autre que l’émetteur indiqué dans le "          \
      "document.")                                                                                  \
    X(COSIGNED, "HM-3404", "controlVerificationMethod", PASSED, NOBODY,                             \
      "Somebody else has signed it too; this says nothing about the issuer.",                       \
      "Quelqu’un d’autre l’a signé aussi ; cela ne dit rien de l’émetteur.")                        \
    X(KEY_IN_FORCE, "HM-3410", "ensureVerificationMethodValidity", PASSED, NOBODY,                  \
      "The key was in force when the document was signed.",                                         \
      "La clé était en vigueur à la signature du document.")                                        \
    X(KEY_REVOKED_BEFORE, "HM-3411", "retrieveVerificationMethodPublicKey", NOT_GENUINE, ISSUER,    \
      "The key had been withdrawn before the document was signed.",                                 \
      "La clé avait été retirée avant la signature du document.")                                   \
    X(KEY_EXPIRED_BEFORE, "HM-3412", "ensureVerificationMethodValidity", NOT_GENUINE, ISSUER,       \
      "The key had expired before the document was signed.",                                        \
      "La clé avait expiré avant la signature du document.")                                        \
    X(KEY_NOT_YET, "HM-3413", "ensureVerificationMethodValidity", NOT_GENUINE, ISSUER,              \
      "The document is dated from before the key existed.",                                         \
      "Le document est daté d’avant l’existence de la clé.")                                        \
    X(KEY_ENDED_SINCE, "HM-3414", "ensureVerificationMethodValidity", COULD_NOT_CHECK, ISSUER,      \
      "The key has been withdrawn or has expired since, and nothing proves that the "               \
      "signature is older.",                                                                        \
      "La clé a été retirée ou a expiré depuis, et rien ne prouve que la signature soit "           \
      "antérieure.")                                                                                \
    X(TOKEN_READ, "HM-3500", "readProof", PASSED, NOBODY,                                           \
      "The signed token was read.",                                                                 \
      "Le jeton signé a été lu.")                                                                   \
    X(TOKEN_MALFORMED, "HM-3501", "readProof", NO_DOCUMENT, HOLDER,                                 \
      "This looks like a signed token (JWT), but it is damaged; ask for the file again.",           \
      "Cela ressemble à un jeton signé (JWT), mais il est abîmé ; redemandez le fichier.")          \
    X(TOKEN_UNSIGNED, "HM-3502", "readProof", COULD_NOT_CHECK, ISSUER,                              \
      "The token is not signed in a way that proves anything (its algorithm is refused).",          \
      "Le jeton n’est pas signé d’une façon qui prouve quoi que ce soit (son algorithme "           \
      "est refusé).")                                                                               \
    X(TOKEN_REFUSED, "HM-3503", "readProof", COULD_NOT_CHECK, ISSUER,                               \
      "The token asks for an extension that this program does not know, or is no "                  \
      "credential.",                                                                                \
      "Le jeton demande une extension que ce programme ne connaît pas, ou n’est pas une "           \
      "attestation.")                                                                               \
    X(ALGORITHM_NOT_OF_KEY, "HM-3504", "checkDocumentSignature", NOT_GENUINE, ISSUER,               \
      "The signature names another algorithm than that of the issuer's key.",                       \
      "La signature annonce un autre algorithme que celui de la clé de l’émetteur.")                \
    X(CLAIMS_AGREE, "HM-3510", "checkClaims", PASSED, NOBODY,                                       \
      "The token says the same as the document inside it.",                                         \
      "Le jeton dit la même chose que le document qu’il contient.")                                 \
    X(CLAIMS_OTHER_IDENTITY, "HM-3511", "checkClaims", NOT_GENUINE, ISSUER,                         \
      "The token names another issuer, holder or document than the document inside it.",            \
      "Le jeton désigne un autre émetteur, titulaire ou document que le document qu’il "            \
      "contient.")                                                                                  \
    X(CLAIMS_OTHER_DATES, "HM-3512", "checkClaims", COULD_NOT_CHECK, ISSUER,                        \
      "The token gives other dates than the document inside it.",                                   \
      "Le jeton donne d’autres dates que le document qu’il contient.")                              \
    X(SIGNATURE_HOLDS, "HM-3600", "checkDocumentSignature", PROVES, NOBODY,                         \
      "The signature matches exactly this document.",                                               \
      "La signature correspond exactement à ce document.")                                          \
    X(SIGNATURE_WRONG, "HM-3601", "checkDocumentSignature", NOT_GENUINE, HOLDER,                    \
      "The signature does not match: the document or its signature was altered, or another "        \
      "key signed.",                                                                                \
      "La signature ne correspond pas : le document ou sa signature a été modifié, ou une "         \
      "autre clé a signé.")                                                                         \
    X(SIGNATURE_MALFORMED, "HM-3602", "checkDocumentSignature", COULD_NOT_CHECK, HOLDER,            \
      "The signature is damaged; ask for the document again.",                                      \
      "La signature est abîmée ; redemandez le document.")                                          \
    X(SUITE_UNKNOWN, "HM-3603", "checkDocumentSignature", COULD_NOT_CHECK, ISSUER,                  \
      "The document is signed in a way that this program does not know.",                           \
      "Le document est signé d’une façon que ce programme ne connaît pas.")                         \
    X(SUITE_NOT_OF_KEY, "HM-3604", "checkDocumentSignature", NOT_GENUINE, ISSUER,                   \
      "The issuer's key is not of the kind that this way of signing needs.",                        \
      "La clé de l’émetteur n’est pas du genre que cette façon de signer exige.")                   \
    X(BASE_PROOF, "HM-3605", "checkDocumentSignature", COULD_NOT_CHECK, HOLDER,                     \
      "This is the copy for the holder, from which proofs for others are made; ask for "            \
      "such a proof.",                                                                              \
      "C’est l’exemplaire du titulaire, dont on tire les preuves destinées à autrui ; "             \
      "demandez une telle preuve.")                                                                 \
    X(COSIGNATURE_HOLDS, "HM-3606", "checkDocumentSignature", PASSED, NOBODY,                       \
      "The other signature matches this document too.",                                             \
      "L’autre signature correspond elle aussi à ce document.")                                     \
    X(PROOF_FITS, "HM-3610", "checkDocumentSignature", PASSED, NOBODY,                              \
      "The signature was made for this use.",                                                       \
      "La signature a été faite pour cet usage.")                                                   \
    X(PROOF_OTHER_PURPOSE, "HM-3611", "checkDocumentSignature", NOT_GENUINE, HOLDER,                \
      "The signature was made for another use.",                                                    \
      "La signature a été faite pour un autre usage.")                                              \
    X(PROOF_OTHER_DOMAIN, "HM-3612", "checkDocumentSignature", NOT_GENUINE, HOLDER,                 \
      "The signature was made for somebody else than you.",                                         \
      "La signature a été faite pour quelqu’un d’autre que vous.")                                  \
    X(PROOF_OTHER_CHALLENGE, "HM-3613", "checkDocumentSignature", NOT_GENUINE, HOLDER,              \
      "The signature answers another question than yours: it may be a copy of an old one.",         \
      "La signature répond à une autre demande que la vôtre : c’est peut-être la copie "            \
      "d’une ancienne.")                                                                            \
    X(PROOF_EXPIRED, "HM-3614", "checkDocumentSignature", EXPIRED, ISSUER,                          \
      "The signature itself has expired.",                                                          \
      "La signature elle-même a expiré.")                                                           \
    X(PROOF_INCOMPLETE, "HM-3615", "checkDocumentSignature", COULD_NOT_CHECK, HOLDER,               \
      "The proof in the document is damaged or incomplete; ask for the document again.",            \
      "La preuve dans le document est abîmée ou incomplète ; redemandez le document.")              \
    X(PROOF_LEANS, "HM-3620", "assertProofValidity", COULD_NOT_CHECK, HOLDER,                       \
      "The proof leans on another proof that is not in the document; ask for the whole "            \
      "document.",                                                                                  \
      "La preuve s’appuie sur une autre qui n’est pas dans le document ; redemandez le "            \
      "document entier.")                                                                           \
                                                                                                    \
    X(ISSUER_PROVEN, "HM-3000", "checkAuthenticity", PASSED, NOBODY,                                \
      "The issuer proves itself by its own address; whether to rely on it is for you to "           \
      "say (--trust).",                                                                             \
      "L’émetteur se prouve par sa propre adresse ; c’est à vous de dire si vous vous y "           \
      "fiez (--trust).")                                                                            \
    X(HOSTED_SAME, "HM-3010", "checkHosted", PROVES, NOBODY,                                        \
      "The issuer's site shows exactly this badge.",                                                \
      "Le site de l’émetteur montre exactement ce badge.")                                          \
    X(HOSTED_DIFFERS, "HM-3011", "checkHosted", NOT_GENUINE, HOLDER,                                \
      "The issuer's site shows another badge at this address.",                                     \
      "Le site de l’émetteur montre un autre badge à cette adresse.")                               \
    X(HOSTED_UNREACHABLE, "HM-3012", "checkHosted", COULD_NOT_CHECK, ISSUER,                        \
      "The issuer's site could not be reached; try again.",                                         \
      "Le site de l’émetteur n’a pas pu être joint ; réessayez.")                                   \
    X(HOSTED_GONE, "HM-3013", "checkRevokedStatus", REVOKED, ISSUER,                                \
      "The issuer's site says that this badge is withdrawn.",                                       \
      "Le site de l’émetteur indique que ce badge est retiré.")                                     \
    X(HOSTED_BLANK, "HM-3014", "checkHosted", COULD_NOT_CHECK, ISSUER,                              \
      "The issuer's site shows no more of this badge than that it is withdrawn.",                   \
      "Le site de l’émetteur ne montre de ce badge que son retrait.")                               \
    X(ORIGIN_ALLOWED, "HM-3020", "checkOrigin", PASSED, NOBODY,                                     \
      "The badge stands where its issuer keeps its badges.",                                        \
      "Le badge se trouve là où son émetteur tient ses badges.")                                    \
    X(ORIGIN_FOREIGN, "HM-3021", "checkOrigin", NOT_GENUINE, HOLDER,                                \
      "The badge does not stand where its issuer keeps its badges.",                                \
      "Le badge ne se trouve pas là où son émetteur tient ses badges.")                             \
    X(ORIGIN_UNSHOWN, "HM-3022", "checkOrigin", UNKNOWN_ISSUER, ISSUER,                             \
      "This description stands on another site than that of the issuer whom it names: nothing "     \
      "shows that it is the issuer's.",                                                             \
      "Cette description se trouve sur un autre site que celui de l’émetteur qu’elle nomme : "      \
      "rien ne montre qu’elle vienne de lui.")                                                      \
    X(BADGE_READ, "HM-3030", "readBadge", PASSED, NOBODY,                                           \
      "The description of the badge and its issuer were read.",                                     \
      "La description du badge et de son émetteur ont été lues.")                                   \
    X(BADGE_UNREACHABLE, "HM-3031", "readBadge", COULD_NOT_CHECK, ISSUER,                           \
      "The description of the badge or of its issuer could not be reached; try again.",             \
      "La description du badge ou de son émetteur n’a pas pu être jointe ; réessayez.")             \
    X(BADGE_UNUSABLE, "HM-3032", "readBadge", COULD_NOT_CHECK, ISSUER,                              \
      "The description of the badge or of its issuer does not have the form that its "              \
      "standard prescribes.",                                                                       \
      "La description du badge ou de son émetteur n’a pas la forme que prescrit son "               \
      "standard.")                                                                                  \
    X(BADGE_NO_ASSERTION, "HM-3033", "readBadge", COULD_NOT_CHECK, HOLDER,                          \
      "This describes a badge; it does not say that anybody has earned it.",                        \
      "Ceci décrit un badge, sans dire que quelqu’un l’a obtenu.")                                  \
                                                                                                    \
    X(BADGE_OLD, "HM-3034", "readBadge", COULD_NOT_CHECK, ISSUER,                                   \
      "This badge is of Open Badges 1, which this program does not check; ask for a newer one, or " \
      "ask the issuer.",                                                                            \
      "Ce badge est au format Open Badges 1, que ce programme ne vérifie pas ; demandez-en un plus " \
      "récent, ou interrogez l’émetteur.")                                                          \
                                                                                                    \
    X(STARTED, "HM-4201", "ensureValidityPeriodStarted", PASSED, NOBODY,                            \
      "Its first day has come.",                                                                    \
      "Son premier jour est arrivé.")                                                               \
    X(NOT_STARTED, "HM-4202", "ensureValidityPeriodStarted", NOT_YET, NOBODY,                       \
      "Its first day has not come yet.",                                                            \
      "Son premier jour n’est pas encore arrivé.")                                                  \
    X(RECORDED_LATER, "HM-4203", "ensureValidityPeriodStarted", NOT_YET, NOBODY,                    \
      "On the day that you asked about it was not recorded yet.",                                   \
      "Au jour demandé, il n’était pas encore inscrit.")                                            \
    X(NOT_ENDED, "HM-4301", "checkExpiresDate", PASSED, NOBODY,                                     \
      "Its last day has not passed.",                                                               \
      "Son dernier jour n’est pas passé.")                                                          \
    X(ENDED, "HM-4302", "checkExpiresDate", EXPIRED, ISSUER,                                        \
      "Its last day has passed.",                                                                   \
      "Son dernier jour est passé.")                                                                \
    X(NOT_REVOKED, "HM-4100", "checkRevokedStatus", PASSED, NOBODY,                                 \
      "The issuer has not revoked it.",                                                             \
      "L’émetteur ne l’a pas révoqué.")                                                             \
    X(REVOKED, "HM-4101", "checkRevokedStatus", REVOKED, ISSUER,                                    \
      "The issuer has revoked this document.",                                                      \
      "L’émetteur a révoqué ce document.")                                                          \
    X(REVOCATION_UNKNOWN, "HM-4102", "checkRevokedStatus", FORCE_UNKNOWN, NODE,                     \
      "It could not be asked whether the issuer has revoked it; try again.",                        \
      "Impossible de savoir si l’émetteur l’a révoqué ; réessayez.")                                \
    X(NO_REVOCATION, "HM-4103", "checkRevokedStatus", SKIPPED, NOBODY,                              \
      "This issuer's register has no way to revoke.",                                               \
      "Le registre de cet émetteur ne prévoit pas de révocation.")                                  \
    X(LIST_NOT_ASKED, "HM-4104", "checkRevokedStatus", SKIPPED, NOBODY,                             \
      "The issuer's page names no list of revocations; the one that the document names could not "  \
      "be asked.",                                                                                  \
      "La page de l’émetteur n’indique pas de liste de révocations ; celle que le document indique " \
      "n’a pas pu être interrogée.")                                                                \
    X(NO_START, "HM-4200", "ensureValidityPeriodStarted", SKIPPED, NOBODY,                          \
      "The file states no first day that we can read.",                                             \
      "Le fichier n’indique pas de date de début que nous sachions lire.")                          \
    X(NO_END, "HM-4300", "checkExpiresDate", SKIPPED, NOBODY,                                       \
      "The file states no last day that we can read.",                                              \
      "Le fichier n’indique pas de date de fin que nous sachions lire.")                            \
    X(NO_STATUS, "HM-4400", "checkRevokedStatus", SKIPPED, NOBODY,                                  \
      "Neither the document nor its issuer names a list of revocations.",                           \
      "Ni le document ni son émetteur n’indiquent de liste de révocations.")                        \
    X(NOT_SUSPENDED, "HM-4401", "checkRevokedStatus", PASSED, NOBODY,                               \
      "The issuer has not suspended it.",                                                           \
      "L’émetteur ne l’a pas suspendu.")                                                            \
    X(SUSPENDED, "HM-4402", "checkRevokedStatus", SUSPENDED, ISSUER,                                \
      "The issuer has suspended this document.",                                                    \
      "L’émetteur a suspendu ce document.")                                                         \
    X(STATUS_MESSAGE, "HM-4403", "checkRevokedStatus", PASSED, NOBODY,                              \
      "The issuer's list says something about it that does not touch whether it is in force.",      \
      "La liste de l’émetteur en dit quelque chose qui ne touche pas à sa validité.")               \
    X(STATUS_REFRESH, "HM-4404", "checkRevokedStatus", PASSED, NOBODY,                              \
      "The issuer offers a newer copy of this document.",                                           \
      "L’émetteur propose une copie plus récente de ce document.")                                  \
    X(STATUS_BY_OTHER, "HM-4405", "checkRevokedStatus", PASSED, NOBODY,                             \
      "The list of revocations is kept by somebody else, as the document itself says.",             \
      "La liste des révocations est tenue par un tiers, comme le document l’indique lui-même.")     \
    X(STATUS_INCOMPLETE, "HM-4500", "checkRevokedStatus", FORCE_UNKNOWN, ISSUER,                    \
      "The document names a list of revocations, but not its own place in it.",                     \
      "Le document indique une liste de révocations, mais pas sa propre place dans cette liste.")   \
    X(STATUS_KIND, "HM-4501", "checkRevokedStatus", FORCE_UNKNOWN, YOU,                             \
      "The document's revocation is kept in a way that this version does not know.",                \
      "La révocation de ce document est tenue d’une manière que cette version ne connaît pas.")     \
    X(STATUS_CUSTOM, "HM-4502", "checkRevokedStatus", FORCE_UNKNOWN, ISSUER,                        \
      "The issuer's list marks this document, with a meaning that only the issuer knows.",          \
      "La liste de l’émetteur porte une marque pour ce document, dont lui seul connaît le sens.")   \
    X(LIST_UNREADABLE, "HM-4600", "checkRevokedStatus", FORCE_UNKNOWN, ISSUER,                      \
      "The list of revocations is damaged or not in the form it should have.",                      \
      "La liste des révocations est abîmée ou n’a pas la forme voulue.")                            \
    X(LIST_NOT_PROVEN, "HM-4601", "checkRevokedStatus", FORCE_UNKNOWN, ISSUER,                      \
      "The list of revocations could not be proven genuine, so that it says nothing.",              \
      "La liste des révocations n’a pas pu être prouvée authentique ; elle ne dit donc rien.")      \
    X(LIST_STALE, "HM-4602", "checkRevokedStatus", FORCE_UNKNOWN, ISSUER,                           \
      "The list of revocations is itself not in force at the time that is judged.",                 \
      "La liste des révocations n’est elle-même pas en vigueur au moment considéré.")               \
    X(LIST_OTHER, "HM-4603", "checkRevokedStatus", FORCE_UNKNOWN, ISSUER,                           \
      "What was found is not the list of revocations that the document names.",                     \
      "Ce qui a été trouvé n’est pas la liste de révocations que le document indique.")             \
    X(STATUS_SINCE_WHEN, "HM-4700", "checkRevokedStatus", FORCE_UNKNOWN, ISSUER,                    \
      "It is revoked today; the list does not say whether it was so already at the time asked for.", \
      "Il est révoqué aujourd’hui ; la liste ne dit pas s’il l’était déjà à la date demandée.")     \
    X(STATUS_NOT_THEN, "HM-4701", "checkRevokedStatus", FORCE_UNKNOWN, ISSUER,                      \
      "The list tells today's suspensions only, and nothing about the time asked for.",             \
      "La liste n’indique que les suspensions d’aujourd’hui, rien pour la date demandée.")          \
    X(STATUS_NEVER, "HM-4702", "checkRevokedStatus", PASSED, NOBODY,                                \
      "It is not revoked today. A revocation is never taken back: it was not at the time asked for either.", \
      "Il n’est pas révoqué aujourd’hui. Une révocation ne s’annule pas : il ne l’était donc pas non plus " \
      "à la date demandée.")

enum reason {
#define X(name, code, step, effect, mender, en, fr) REASON_##name,
    REASONS(X)
#undef X
    REASONS_COUNT
};

/* A row of the table; the strings are static. */
struct reasons_row {
    const char *code; /* "HM-2011" */
    const char *step;
    enum reasons_effect effect;
    enum reasons_mender mender;
    const char *sentence[2]; /* by enum reasons_language */
};

const struct reasons_row *reasons_row(enum reason reason);

/** "passed", "failed", "skipped" or "unknown": how JSON calls the step that gave this reason. */
const char *reasons_status(enum reason reason);

/** Who can mend it, as a short sentence; "" if nobody needs to. */
const char *reasons_mend(enum reason reason, enum reasons_language language);

#endif
