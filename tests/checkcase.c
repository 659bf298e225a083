/* One registered file, its proof and a reader: see checkcase.h. */
#include "tests/checkcase.h"

#include <stdio.h>
#include <stdlib.h>

#include "common/sha256.h"
#include "tests/harness.h"
#include "verifier/report.h"

const char *const checkcase_urls[2] = {"http://node.example:8545/secret-key", "http://second.example/"};

void checkcase_put_file(const char *path, const char *data, size_t len)
{
    remove(path); /* truncating instead would make the file system flush */
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(data, 1, len, f), len);
    fclose(f);
}

void checkcase_save_proof(struct checkcase *f)
{
    struct text t = {0};
    struct err e;
    assert_ok(proof_write(&t, &f->proof, &e), e);
    checkcase_put_file(f->proof_file, t.data, t.len);
    text_done(&t);
}

void checkcase_without_registry(struct checkcase *f)
{
    struct seal_address none = {{0}}, first = fakechain_address(CHECKCASE_ISSUER);
    struct hash32 target = f->batch.targets[0];
    sample_done(&f->batch);
    proof_done(&f->proof);
    f->genesis = sample_genesis(&none, &first);
    f->batch = sample_batch(&f->genesis, NULL, 5, &target, 42);
    f->proof = sample_proof(&f->batch, 0);
}

struct proof_anchor *checkcase_anchor(struct checkcase *f, struct fakechain_tx tx)
{
    if (tx.input == NULL) {
        tx.input = f->batch.value.b;
        tx.input_len = 32;
    }
    struct proof_anchor *a = sample_anchor(&f->proof, NULL, 0);
    fakechain_fill(&f->chain, fakechain_send(&f->chain, &tx), a);
    fakechain_settle(&f->chain);
    checkcase_save_proof(f);
    return a;
}

struct checkcase *checkcase_new(void)
{
    struct checkcase *f = calloc(1, sizeof *f);
    struct seal_address first = fakechain_address(CHECKCASE_ISSUER);
    struct hash32 target = sha256(CHECKCASE_CONTENT, strlen(CHECKCASE_CONTENT));
    snprintf(f->file, sizeof f->file, "%s/diploma.txt", harness_folder());
    snprintf(f->proof_file, sizeof f->proof_file, "%s.proof.json", f->file);
    checkcase_put_file(f->file, CHECKCASE_CONTENT, strlen(CHECKCASE_CONTENT));
    fakechain_open(&f->chain, SAMPLE_CHAIN);
    f->genesis = sample_genesis(&f->chain.registry, &first);
    f->batch = sample_batch(&f->genesis, NULL, 5, &target, 42);
    f->proof = sample_proof(&f->batch, 0);
    struct endpoints_transport transport = fakechain_transport(&f->chain);
    endpoints_open(&f->endpoints, &transport, checkcase_urls, 1);
    f->entry = (struct trust_entry){.name = (char *)"Institut Exemple",
                                    .is_address = true,
                                    .address = first,
                                    .until = UINT64_MAX};
    f->trust = (struct trust){&f->entry, 1};
    canonize_init(&f->canonize);
    f->setup = (struct check_setup){.endpoints = &f->endpoints,
                                    .canonize = &f->canonize,
                                    .trust = &f->trust,
                                    .checkpoints = &f->checkpoints};
    return f;
}

int checkcase_setup(void **state)
{
    *state = checkcase_new();
    return 0;
}

int checkcase_teardown(void **state)
{
    struct checkcase *f = *state;
    remove(f->proof_file);
    proof_done(&f->proof);
    sample_done(&f->batch);
    endpoints_close(&f->endpoints);
    canonize_done(&f->canonize);
    registrylog_done(&f->setup.registrylog);
    fakechain_close(&f->chain);
    free(f);
    return 0;
}

void checkcase_expect(struct checkcase *f, enum reason reason, int exit)
{
    f->setup.memory.filled = false; /* ask again: the chain may have changed */
    check_file(&f->setup, f->file, NULL, &f->result);
    const struct verdict *v = &f->result.verdict;
    if (v->reason == reason && (int)v->exit == exit)
        return;
    struct text t = {0};
    report_text(&t, &f->result, REASONS_ENGLISH, 0, 0);
    fail_msg("expected %s, exit %d; got exit %d:\n%s", reasons_row(reason)->code, exit, v->exit,
             t.data);
}

struct fakechain_tx checkcase_to_registry(const struct checkcase *f, uint8_t key)
{
    return (struct fakechain_tx){.key = key, .to = f->chain.registry};
}
