// Hallmark and cert-verifier-js on the same certificates in the same run: see bench_verify.sh.
//
// Each certificate: cert-verifier-js in this process, warm, its fetch answered from the recorded file, wall time
// and CPU time of one verification (median of the repetitions); Hallmark the difference between a run over
// MANY + 1 copies and one over a single one. Start to verdict: a whole process for one file. A folder of 1,000.
import {spawnSync} from 'node:child_process';
import {copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {createRequire} from 'node:module';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {readIndex} from './contexts.mjs';

const [program, folder] = process.argv.slice(2);
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

function run(...args) {
  const start = performance.now();
  const {status, error} = spawnSync(program, ['verify', '--json', ...args], {stdio: 'ignore'});
  if (error) throw error;
  return {status, ms: performance.now() - start};
}

function measureOurs(id) {
  const options = ['--recorded', env(id)];
  const one = Array.from({length: 20}, () => run(...options, file(id)));
  const copies = Array(MANY + 1).fill(file(id));
  const many = Array.from({length: 5}, () => run(...options, ...copies).ms);
  const single = median(one.map(r => r.ms));
  return {exit: one[0].status, single, each: Math.max(median(many) - single, 0.001) / MANY};
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
  return median(Array.from({length: 5}, () => run('--recorded', join(scratch, 'recorded.json'), files).ms));
}

// -- The table --

const scratch = mkdtempSync(join(tmpdir(), 'hallmark-bench-'));
try {
  console.log('certificate                          bytes   cert-verifier-js wall   CPU ms   hallmark ms   faster   start to verdict');
  for (const id of CERTIFICATES) {
    const ours = measureOurs(id), peer = await measurePeer(id);
    console.log(`${id.padEnd(36)} ${String(readFileSync(file(id)).length).padStart(7)}  ` +
      `${peer.status.padEnd(8)} ${peer.wall.toFixed(1).padStart(12)} ${peer.cpu.toFixed(1).padStart(8)} ` +
      `${ours.each.toFixed(2).padStart(13)} ${(peer.wall / ours.each).toFixed(0).padStart(7)}x ` +
      `${ours.single.toFixed(1).padStart(11)} ms, exit ${ours.exit}`);
  }
  const nothing = median(Array.from({length: 20}, () => {
    const start = performance.now();
    spawnSync('/bin/true');
    return performance.now() - start;
  }));
  console.log(`starting a program that does nothing: ${nothing.toFixed(1)} ms`);
  console.log(`${FILES} files in a folder: ${(measureFolder(scratch) / 1000).toFixed(2)} s`);
} finally {
  rmSync(scratch, {recursive: true});
}
