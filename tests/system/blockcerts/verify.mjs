// Blockcerts' own verifier on one certificate: prints {"status", "message", "steps"} as JSON.
//
//   node verify.mjs CERTIFICATE JSON-RPC-URL URL=SERVED-AT...
//
// Its look-up of the transaction is replaced because its own asks for "0x0x…". Issuer profile and contexts
// come from the server that the test runs, and nothing else is let onto the network.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const [certificateFile, rpcUrl, ...rest] = process.argv.slice(2);
const served = new Map(rest.map((pair) => pair.split("=")));
const realFetch = globalThis.fetch;
globalThis.fetch = (resource, options) => {
    const url = resource.url ?? String(resource);
    if (served.has(url)) return realFetch(served.get(url), options);
    if (url === rpcUrl) return realFetch(resource, options);
    return Promise.reject(new Error(`the test does not allow ${url}`));
};
for (const level of ["log", "warn", "error"]) console[level] = (...words) => process.stderr.write(words.join(" ") + "\n");

async function rpc(method, ...params) {
    const reply = await fetch(rpcUrl, {
        method: "POST", headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ jsonrpc: "2.0", id: 1, method, params }),
    });
    return (await reply.json()).result;
}

async function lookUp({ transactionId }) {
    const tx = await rpc("eth_getTransactionByHash", "0x" + transactionId.replace(/^0x/, ""));
    const block = await rpc("eth_getBlockByNumber", tx.blockNumber, false);
    return {
        remoteHash: tx.input.slice(2), issuingAddress: tx.from, time: new Date(Number(block.timestamp) * 1000),
        revokedAddresses: [],
    };
}

const { Certificate } = createRequire(import.meta.url)("@blockcerts/cert-verifier-js/dist/verifier-node/index.js");
const certificate = new Certificate(JSON.parse(readFileSync(certificateFile, "utf8")), {
    explorerAPIs: [{ serviceURL: rpcUrl, priority: 0, apiType: "rpc", chainType: "eth", parsingFunction: lookUp }],
});
const steps = {};
await certificate.init();
const result = await certificate.verify((step) => { steps[step.code] = step.status; });
process.stdout.write(JSON.stringify({ status: result.status, message: result.message, steps }) + "\n");
