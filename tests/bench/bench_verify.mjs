// Hallmark and cert-verifier-js on the same certificates in the same run: see bench_verify.sh.
//
// Each certificate in the steady state of one process: cert-verifier-js warm, its fetch answered from the recorded
// file, wall and CPU time of one verification (median of the repetitions); Hallmark the difference between a run over
// MANY + 1 copies and one over a single one, divided. From the start of a process to the verdict on one file: both,
// beside a program that does nothing. A folder of 1,000.
//
// Hallmark proves the signature of an issuer's page once a process; cert-verifier-js once a certificate. The start of
// cert-verifier-js is this script with --once.
import {spawnSync} from 'node:child_process';
import {copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {createRequire} from 'node:module';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {readIndex} from './contexts.mjs';

const once = process.argv[2] === '--once' ? process.argv[3] : null;
const [program, starter, folder] = once ? [null, null, process.argv[4]] : process.argv.slice(2);
const CERTIFICATES = ['ethereum-main-v2-valid', 'ethereum-sepolia-v3', 'mocknet-vc-v2-data-integrity-proof',
  'proof-chain-example-ed25519'];
const WARM_UP = 3;
const SECONDS = 3;
const MANY = 100;
const FILES = 1000;

const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  console.log('skipped: cert-verifier-js needs Node 20.19 or later');
  process.exit(77);
}

const median = values => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
const json = path => JSON.parse(readFileSync(path, 'utf8'));
const file = id => join(folder, `${id}.json`);
const env = id => join(folder, 'env', `${id}.env.json`);

// -- cert-verifier-js, with recorded look-ups --

const contexts = readIndex();
let recorded = {http: {}, chain: {}};

globalThis.fetch = async resource => {
  const url = resource.url ?? String(resource);
  const body = recorded.http[url] ?? (contexts.has(url) ? readFileSync(contexts.get(url), 'utf8') : null);
  if (body === null) throw new Error(`not recorded: ${url}`);
  return new Response(typeof body === 'string' ? body : JSON.stringify(body), {status: 200, headers: {'Content-Type': 'application/ld+json'}});
};
for (const level of ['log', 'warn', 'error', 'info', 'debug']) if (level !== 'log') console[level] = () => {};

async function lookUp({transactionId}) {
  const id = transactionId.replace(/^0x/, '');
  const found = recorded.chain[id] ?? recorded.chain['0x' + id];
  if (found === undefined) throw new Error('not recorded');
  return {...found, time: new Date(found.time), revokedAddresses: found.revokedAddresses ?? []};
}

const {Certificate} = createRequire(new URL('../package.json', import.meta.url))(
  '@blockcerts/cert-verifier-js/dist/verifier-node/index.js');

async function verifyOnce(text) {
  const explorerAPIs = ['eth', 'btc'].map(chainType => (
    {serviceURL: 'https://recorded.example', priority: 0, apiType: 'rpc', chainType, parsingFunction: lookUp}));
  const certificate = new Certificate(JSON.parse(text), {explorerAPIs});
  await certificate.init();
  return (await certificate.verify()).status;
}

async function measurePeer(id) {
  const text = readFileSync(file(id), 'utf8');
  const wall = [], cpu = [];
  const log = console.log;
  console.log = () => {};
  recorded = json(env(id));
  let status = '';
  for (let i = 0; i < WARM_UP; i++) status = await verifyOnce(text);
  const until = performance.now() + 1000 * SECONDS;
  do {
    const start = performance.now(), used = process.cpuUsage();
    await verifyOnce(text);
    wall.push(performance.now() - start);
    const {user, system} = process.cpuUsage(used);
    cpu.push((user + system) / 1000);
  } while (performance.now() < until);
  console.log = log;
  return {status, wall: median(wall), cpu: median(cpu)};
}

// -- Hallmark --

// Medians of so many runs, measured by a small process: starting a child of this one takes milliseconds.
function measure(times, ...command) {
  const {stdout, status, error} = spawnSync(starter, [String(times), ...command], {encoding: 'utf8'});
  if (error || status !== 0) throw error ?? new Error(`bench_start: exit ${status}`);
  return JSON.parse(stdout);
}

const verify = (times, ...args) => measure(times, program, 'verify', '--json', ...args);

function measureOurs(id) {
  const options = ['--recorded', env(id)];
  const single = verify(50, ...options, file(id));
  const many = verify(5, ...options, ...Array(MANY + 1).fill(file(id)));
  const each = which => Math.max(many[which] - single[which], 0.001) / MANY;
  return {exit: single.exit, single, wall: each('wall'), cpu: each('cpu')};
}

function measureFolder(scratch) {
  const ids = CERTIFICATES.slice(1);
  const all = {http: {}, chain: {}, options: {}};
  for (const id of ids) {
    const {http, chain} = json(env(id));
    for (const url of Object.keys(http)) all.http[url] ??= http[url];
    Object.assign(all.chain, chain);
  }
  writeFileSync(join(scratch, 'recorded.json'), JSON.stringify(all));
  const files = mkdtempSync(join(scratch, 'files-'));
  for (let i = 0; i < FILES; i++) copyFileSync(file(ids[i % ids.length]), join(files, `${i}.json`));
  return verify(5, '--recorded', join(scratch, 'recorded.json'), files);
}

// -- The table --

if (once) {
  recorded = json(env(once));
  console.log = () => {};
  await verifyOnce(readFileSync(file(once), 'utf8'));
  process.exit(0);
}

const scratch = mkdtempSync(join(tmpdir(), 'hallmark-bench-'));
const ms = (value, width) => value.toFixed(value < 10 ? 2 : 1).padStart(width);
try {
  console.log('one process, each certificate, ms          bytes   cert-verifier-js wall   CPU   hallmark wall    CPU   faster by wall   CPU');
  const starts = [];
  for (const id of CERTIFICATES) {
    const ours = measureOurs(id), peer = await measurePeer(id);
    starts.push([id, ours.single]);
    console.log(`${id.padEnd(36)} ${String(readFileSync(file(id)).length).padStart(11)}  ${peer.status.padEnd(8)} ` +
      `${ms(peer.wall, 14)} ${ms(peer.cpu, 6)} ${ms(ours.wall, 14)} ${ms(ours.cpu, 6)} ` +
      `${(peer.wall / ours.wall).toFixed(0).padStart(15)}x ${(peer.cpu / ours.cpu).toFixed(0).padStart(5)}x`);
  }
  console.log('start of a process to the verdict, ms');
  const line = (name, one) => console.log(`${name.padEnd(48)} wall ${ms(one.wall, 7)}  CPU ${ms(one.cpu, 7)}`);
  line('a program that does nothing', measure(100, '/bin/true'));
  for (const [id, single] of starts) line(`hallmark ${id}`, single);
  line(`cert-verifier-js ${CERTIFICATES[1]}`, measure(3, process.execPath, process.argv[1], '--once', CERTIFICATES[1], folder));
  line(`hallmark, ${FILES} files in a folder`, measureFolder(scratch));
} finally {
  rmSync(scratch, {recursive: true});
}
