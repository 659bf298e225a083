// Hallmark and jsonld.js on the same credentials in the same run: CPU time of one document from JSON
// text to canonical N-Quads, contexts in memory and warm, one thread.
//
//   node bench_canon.mjs BENCH_CANON FILE.json...      see bench_canon.sh
//
// jsonld.js gets the contexts of config/contexts/index, as Hallmark does. CPU time is user + system of
// a batch divided by its length; the median of the batches is shown.
import {execFileSync} from 'node:child_process';
import {createHash} from 'node:crypto';
import {readFileSync} from 'node:fs';
import {createRequire} from 'node:module';
import {basename} from 'node:path';
import jsonld from 'jsonld';
import {readIndex} from './contexts.mjs';

const BATCHES = 9;
const BATCH_MS = 150;

const files = readIndex();
const loaded = new Map();
const require = createRequire(import.meta.url);

async function documentLoader(url) {
  if (!loaded.has(url)) {
    const file = files.get(url);
    if (file === undefined) throw new Error(`not an embedded context: ${url}`);
    const document = file.endsWith('.js') ? require(file) : JSON.parse(readFileSync(file, 'utf8'));
    loaded.set(url, {documentUrl: url, contextUrl: null, document});
  }
  return loaded.get(url);
}

const canonize = text => jsonld.canonize(JSON.parse(text), {
  algorithm: 'RDFC-1.0', format: 'application/n-quads', documentLoader, safe: false});

// CPU microseconds of one document.
async function measure(text) {
  await canonize(text);
  const results = [];
  for (let i = 0; i < BATCHES; i++) {
    const start = process.cpuUsage();
    const until = performance.now() + BATCH_MS;
    let n = 0;
    do {
      await canonize(text);
      n++;
    } while (performance.now() < until);
    const {user, system} = process.cpuUsage(start);
    results.push((user + system) / n);
  }
  return results.sort((a, b) => a - b)[BATCHES >> 1];
}

// One line of bench_canon: file, bytes, cold, median, minimum, …
function measureOurs(program, file) {
  const [, line] = execFileSync(program, [file], {encoding: 'utf8'}).split('\n');
  return Number(line.trim().split(/\s+/)[3]);
}

const sha256 = text => createHash('sha256').update(text).digest('hex');

const [program, ...documents] = process.argv.slice(2);
console.log(`${'CPU microseconds'.padEnd(44)}   bytes  hallmark  jsonld.js  times  same result`);
let same = true;
for (const file of documents) {
  const text = readFileSync(file, 'utf8');
  const theirs = await measure(text);
  const ours = measureOurs(program, file);
  const equal = sha256(await canonize(text)) ===
      sha256(execFileSync(program, ['-c', file], {maxBuffer: 1 << 28}));
  same &&= equal;
  console.log(`${basename(file).padEnd(44)} ${String(text.length).padStart(7)} ${ours.toFixed(1).padStart(9)} ` +
      `${theirs.toFixed(0).padStart(10)} ${(theirs / ours).toFixed(0).padStart(6)}  ${equal ? 'yes' : 'NO'}`);
}
process.exit(same ? 0 : 1);
