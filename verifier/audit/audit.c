/* The audit command: options, rounds, what is printed and written. See audit.h. */
#include "verifier/audit/audit.h"

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "verifier/audit/chainscan.h"
#include "verifier/audit/collect.h"
#include "verifier/audit/metrics.h"
#include "verifier/audit/outputs.h"
#include "verifier/audit/reportmd.h"
#include "verifier/endpoints.h"

#define DEFAULT_EVERY 10 /* seconds between the rounds of --follow */
#define MAX_EVERY 86400

struct options {
    const char *node, *store, *folder, *seed;
    const char *rpc[ENDPOINTS_MAX];
    size_t n_rpc, sample;
    unsigned every;
    bool follow, json, help;
    enum catalogue_language language;
};

/* An audit under way. */
struct audit {
    const struct options *options;
    struct fetch fetch;
    struct endpoints endpoints;
    struct source source;
    struct ledger ledger;
    struct chainscan scan;
    struct journal journal;
    struct draw sample;
    struct collect collect;
    struct progress progress;
    struct judge judge;
    struct findings told; /* what --follow has printed; sorted */
    uint64_t rounds;
};

static volatile sig_atomic_t stopping;

static void on_signal(int number)
{
    (void)number;
    stopping = 1;
}

/* -- Options -------------------------------------------------------------------------------- */

static int add_rpc(const struct command *self, struct options *o, const char *url)
{
    if (strncmp(url, "http://", 7) != 0 && strncmp(url, "https://", 8) != 0)
        return command_usage(self, "--rpc must be an http or https URL");
    if (o->n_rpc == ENDPOINTS_MAX)
        return command_usage(self, "--rpc may be given %d times at most", ENDPOINTS_MAX);
    o->rpc[o->n_rpc++] = url;
    return 0;
}

static int set_node(const struct command *self, struct options *o, char *url)
{
    size_t len = strlen(url);
    if (strncmp(url, "http://", 7) != 0 && strncmp(url, "https://", 8) != 0)
        return command_usage(self, "--node must be an http or https URL");
    while (len > 0 && url[len - 1] == '/')
        url[--len] = '\0';
    o->node = url;
    return 0;
}

/* Returns: false unless it is a decimal number from 1 to max. */
static bool read_number(const char *text, unsigned long max, unsigned long *ret)
{
    char *end;
    errno = 0;
    unsigned long n = strtoul(text, &end, 10);
    if (text[0] < '0' || text[0] > '9' || *end != '\0' || errno != 0 || n < 1 || n > max)
        return false;
    *ret = n;
    return true;
}

static int set_sample(const struct command *self, struct options *o, const char *text)
{
    unsigned long n;
    if (!read_number(text, DRAW_MAX, &n))
        return command_usage(self, "--sample must be 1 to %d", DRAW_MAX);
    o->sample = n;
    return 0;
}

static int set_every(const struct command *self, struct options *o, const char *text)
{
    unsigned long n;
    if (!read_number(text, MAX_EVERY, &n))
        return command_usage(self, "--every must be 1 to %d seconds", MAX_EVERY);
    o->every = (unsigned)n;
    return 0;
}

static int set_language(const struct command *self, struct options *o, const char *word)
{
    if (strcmp(word, "en") != 0 && strcmp(word, "fr") != 0)
        return command_usage(self, "--lang must be en or fr");
    o->language = word[0] == 'f' ? CATALOGUE_FRENCH : CATALOGUE_ENGLISH;
    return 0;
}

static int set_option(const struct command *self, struct options *o, int option)
{
    switch (option) {
    case 'n': return set_node(self, o, optarg);
    case 's': o->store = optarg; return 0;
    case 'r': return add_rpc(self, o, optarg);
    case 'f': o->follow = true; return 0;
    case 'N': return set_sample(self, o, optarg);
    case 'S': o->seed = optarg; return 0;
    case 'e': return set_every(self, o, optarg);
    case 'j': o->json = true; return 0;
    case 'o': o->folder = optarg; return 0;
    case 'l': return set_language(self, o, optarg);
    case 'h': o->help = true; return 0;
    default: return command_usage(self, "unknown option, or one without its value");
    }
}

static int check_options(const struct command *self, const struct options *o, int n_files)
{
    if (n_files > 0)
        return command_usage(self, "it takes no file");
    if ((o->node == NULL) == (o->store == NULL))
        return command_usage(self, "give either --node or --store");
    if (o->n_rpc == 0)
        return command_usage(self, "give at least one --rpc: the chain is what the log is compared with");
    if ((o->sample == 0) != (o->seed == NULL))
        return command_usage(self, "--sample and --seed go together: who has the seed can draw again");
    if (o->seed != NULL && (strlen(o->seed) > 200 || o->seed[0] == '\0'))
        return command_usage(self, "--seed is 1 to 200 characters");
    return 0;
}

static int read_options(const struct command *self, struct options *o, int argc, char **argv)
{
    static const struct option OPTIONS[] = {
        {"node", required_argument, NULL, 'n'},   {"store", required_argument, NULL, 's'},
        {"rpc", required_argument, NULL, 'r'},    {"follow", no_argument, NULL, 'f'},
        {"sample", required_argument, NULL, 'N'}, {"seed", required_argument, NULL, 'S'},
        {"every", required_argument, NULL, 'e'},  {"json", no_argument, NULL, 'j'},
        {"lang", required_argument, NULL, 'l'},   {"help", no_argument, NULL, 'h'},
        {0},
    };
    opterr = 0;
    for (int option; (option = getopt_long(argc, argv, "ho:", OPTIONS, NULL)) != -1;) {
        int exit = set_option(self, o, option);
        if (exit != 0)
            return exit;
    }
    return o->help ? 0 : check_options(self, o, argc - optind);
}

/* -- Start and end -------------------------------------------------------------------------- */

static void keep_tx(void *arg, const struct ledger_tx *tx)
{
    journal_tx(arg, tx);
}

static enum err_code make_folder(const char *folder, struct err *e)
{
    if (mkdir(folder, 0755) != 0 && errno != EEXIST)
        return err_set(e, ERR_IO, "%s: %s", folder, strerror(errno));
    return ERR_OK;
}

static enum err_code start(struct audit *a, const struct options *o, struct err *e)
{
    a->options = o;
    progress_open(&a->progress);
    enum err_code rc = fetch_open(&a->fetch, e);
    if (rc == ERR_OK && o->folder != NULL)
        rc = make_folder(o->folder, e);
    if (rc == ERR_OK)
        rc = o->node != NULL ? source_node_open(&a->source, &a->fetch, o->node, e)
                             : source_store_open(&a->source, o->store, e);
    if (rc == ERR_OK)
        rc = chainscan_open(&a->scan, &a->endpoints, &a->progress, e);
    if (rc != ERR_OK)
        return rc;
    struct endpoints_transport http = endpoints_over_http(&a->fetch);
    endpoints_open(&a->endpoints, &http, o->rpc, o->n_rpc);
    a->scan.on_tx = keep_tx;
    a->scan.arg = &a->journal;
    a->collect = (struct collect){.source = &a->source, .journal = &a->journal, .progress = &a->progress,
                                  .ledger = &a->ledger, .sample = &a->sample, .sample_n = o->sample,
                                  .sample_seed = o->seed};
    return ERR_OK;
}

static void done(struct audit *a)
{
    progress_clear(&a->progress);
    journal_close(&a->journal, false);
    judge_done(&a->judge);
    findings_done(&a->told);
    draw_done(&a->sample);
    chainscan_close(&a->scan);
    ledger_done(&a->ledger);
    source_close(&a->source);
    endpoints_close(&a->endpoints);
    fetch_close(&a->fetch);
}

/* -- One round ------------------------------------------------------------------------------ */

/* What could not be read the last time may be readable now. */
static void forget_failures(struct findings *f)
{
    size_t kept = 0;
    for (size_t i = 0; i < f->n; i++)
        if (catalogue_row(f->items[i].code)->severity != CATALOGUE_INCOMPLETE)
            f->items[kept++] = f->items[i];
    f->n = kept;
}

/* The genesis says on which chain and by which keys; the final block is asked for before the list, so that
 * what is recorded up to there is listed. */
static enum err_code identify(struct audit *a, struct err *e)
{
    enum err_code rc = source_log(&a->source, &a->ledger, e);
    if (rc == ERR_OK && a->journal.file == NULL && a->ledger.n_batches == 0 && a->options->folder != NULL)
        rc = journal_open(&a->journal, a->options->folder, a->options->node != NULL ? a->options->node : a->options->store,
                          &a->ledger, e);
    return rc;
}

static enum err_code read_chain(struct audit *a, struct err *e)
{
    struct ledger *l = &a->ledger;
    enum err_code rc = chainscan_keys(&a->scan, l, e);
    for (size_t i = 0; i < l->n_batches && rc == ERR_OK; i++) {
        bool asked = l->batches[i].recent.asked;
        progress_step(&a->progress, "recent blocks", i, l->n_batches);
        rc = chainscan_recent(&a->scan, l, i, e);
        if (rc == ERR_NOT_FOUND) {
            l->batches[i].recent = (struct ledger_block){.asked = true};
            rc = ERR_OK;
        }
        if (rc == ERR_OK && !asked)
            journal_recent(&a->journal, &l->batches[i]);
    }
    return rc;
}

static void note_failure(struct audit *a, enum finding_code code, const struct err *e)
{
    findings_add(&a->ledger.seen, (struct finding){.code = code}, "%s", e->msg);
}

/* Returns: ERR_OK, also if not all could be read (a finding says so); ERR_NOMEM. */
static enum err_code run_round(struct audit *a, struct err *e)
{
    struct ledger *l = &a->ledger;
    struct err why = {0};
    forget_failures(&l->seen);
    l->log_complete = l->chain_complete = false;
    enum err_code rc = identify(a, &why), chain = ERR_OK;
    if (rc != ERR_OK) {
        note_failure(a, FINDING_SOURCE_INCOMPLETE, &why);
    } else if ((chain = chainscan_final(&a->scan, l, &why)) != ERR_OK) {
        note_failure(a, FINDING_CHAIN_INCOMPLETE, &why);
    }
    if (rc == ERR_OK && (rc = collect_round(&a->collect, &why)) != ERR_OK)
        note_failure(a, FINDING_SOURCE_INCOMPLETE, &why);
    l->log_complete = rc == ERR_OK;
    if (l->log_complete && chain == ERR_OK && (chain = read_chain(a, &why)) != ERR_OK)
        note_failure(a, FINDING_CHAIN_INCOMPLETE, &why);
    l->chain_complete = l->log_complete && chain == ERR_OK;
    a->rounds++;
    progress_clear(&a->progress);
    judge_done(&a->judge);
    a->judge = (struct judge){0};
    return judge_ledger(l, &a->judge, e);
}

static struct results results_of(const struct audit *a)
{
    return (struct results){&a->ledger, &a->judge, &a->sample, a->options->seed, a->options->sample};
}

/* -- Printing ------------------------------------------------------------------------------- */

static void print_finding(const struct options *o, const struct finding *finding)
{
    struct text t = {0};
    if (o->json)
        outputs_finding(&t, finding);
    else
        reportmd_finding(&t, finding, o->language);
    text_putc(&t, '\n');
    fputs(text_string(&t), stdout);
    text_done(&t);
}

static int compare_findings(const void *a, const void *b)
{
    return findings_compare(a, b);
}

/* Print what was not printed before; while the log is followed, batches on their way are no news. */
static void print_new(struct audit *a)
{
    const struct findings *f = &a->judge.findings;
    size_t n_told = a->told.n;
    for (size_t i = 0; i < f->n; i++) {
        const struct finding *finding = &f->items[i];
        bool was_told = n_told > 0 && bsearch(finding, a->told.items, n_told, sizeof *finding, compare_findings) != NULL;
        if (was_told || (a->options->follow && finding->code == FINDING_ANCHOR_PENDING))
            continue;
        print_finding(a->options, finding);
        findings_add(&a->told, *finding, "%s", finding->detail);
    }
    findings_sort(&a->told);
    fflush(stdout);
}

static void print_summary(const struct audit *a, int exit)
{
    static const char *const WORDS[][3] = {{"clean", "findings", "not complete"},
                                           {"conforme", "constats", "incomplet"}};
    const struct ledger *l = &a->ledger;
    struct results results = results_of(a);
    if (a->options->json) {
        struct text t = {0};
        outputs_summary(&t, &results, exit);
        fputs(text_string(&t), stdout);
        text_done(&t);
        return;
    }
    printf(a->options->language == CATALOGUE_FRENCH
               ? "%s : %s ; %zu lots, %zu feuilles, %zu transactions de %zu clés, jusqu’au bloc %" PRIu64 "\n"
               : "%s: %s; %zu batches, %zu leaves, %zu transactions of %zu keys, up to block %" PRIu64 "\n",
           l->name[0] != '\0' ? l->name : "?", WORDS[a->options->language][exit], l->n_batches, l->n_leaves, l->n_txs,
           l->n_keys, l->final.number);
}

static enum err_code write_metrics(const struct audit *a, struct err *e)
{
    char path[4096];
    struct text t = {0};
    struct results results = results_of(a);
    metrics_write(&t, &results, a->rounds, (uint64_t)time(NULL));
    enum err_code rc = snprintf(path, sizeof path, "%s/" METRICS_NAME, a->options->folder) < (int)sizeof path
                           ? command_write_file(path, text_string(&t), t.len, e)
                           : err_set(e, ERR_INVALID, "%s: the name is too long", a->options->folder);
    text_done(&t);
    return rc;
}

static enum err_code write_all(const struct audit *a, struct err *e)
{
    struct results results = results_of(a);
    if (a->options->folder == NULL)
        return ERR_OK;
    enum err_code rc = outputs_write(&results, a->options->folder, e);
    return rc == ERR_OK && a->options->follow ? write_metrics(a, e) : rc;
}

/* -- The command ---------------------------------------------------------------------------- */

static void wait_for_round(unsigned seconds)
{
    struct timespec left = {.tv_sec = (time_t)seconds};
    while (!stopping && nanosleep(&left, &left) != 0 && errno == EINTR)
        ;
}

static enum err_code run_rounds(struct audit *a, struct err *e)
{
    enum err_code rc;
    do {
        rc = run_round(a, e);
        if (rc == ERR_OK) {
            print_new(a);
            rc = write_all(a, e);
        }
        if (rc == ERR_OK && a->options->follow)
            wait_for_round(a->options->every);
    } while (rc == ERR_OK && a->options->follow && !stopping);
    return rc;
}

static void catch_signals(void)
{
    struct sigaction action = {.sa_handler = on_signal};
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
}

static int run(const struct command *self, int argc, char **argv)
{
    static struct audit audit; /* large */
    struct options o = {.every = DEFAULT_EVERY};
    struct err e = {0};
    int exit = read_options(self, &o, argc, argv);
    if (exit != 0 || o.help)
        return exit != 0 ? exit : command_help(self);
    if (o.follow)
        catch_signals();
    enum err_code rc = start(&audit, &o, &e);
    if (rc == ERR_OK)
        rc = run_rounds(&audit, &e);
    if (rc == ERR_OK) {
        exit = findings_exit(&audit.judge.findings);
        print_summary(&audit, exit);
        journal_close(&audit.journal, exit != 2);
    } else {
        progress_clear(&audit.progress);
        command_complain("%s", e.msg);
        exit = VERDICT_EXIT_COULD_NOT_CHECK;
    }
    done(&audit);
    return exit;
}

const struct command audit_command = {
    .name = "audit",
    .arguments = "--node URL|--store DIR --rpc URL... [--follow [--every SECONDS]] [--sample N --seed S] [--json] "
                 "[--lang en|fr] [-o DIR]",
    .summary = "Replay every record of an issuer against the chain.",
    .run = run,
};
