// Compiles registry.sol with the pinned solc into registry.json, the one artifact that everything
// else reads. With --check nothing is written: it exits 1 unless the artifact is, byte for byte,
// what the source and the compiler give.
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import solc from "solc";

const SOURCE = "registry.sol";
const ARTIFACT = new URL("registry.json", import.meta.url);

// No metadata hash at the end of the code: the same source gives the same bytes everywhere.
const SETTINGS = {
  evmVersion: "shanghai", // the oldest with PUSH0; nothing newer is needed, so most chains can run it
  viaIR: true,
  optimizer: { enabled: true, runs: 200 },
  metadata: { appendCBOR: false, bytecodeHash: "none" },
};

// Written by hand: a contract that is only a fallback has no functions for the compiler to list.
const input = (type, name) => ({ indexed: true, internalType: type, name, type });
const event = (name, ...inputs) => ({ anonymous: false, inputs, name, type: "event" });
const call = (name, type, argument) => ({
  inputs: [{ internalType: type, name: argument, type }],
  name,
  outputs: [],
  stateMutability: "nonpayable",
  type: "function",
});
const EVENTS = [
  event("Anchored", input("bytes32", "root"), input("address", "issuer")),
  event("KeyAdded", input("address", "issuer"), input("address", "key")),
  event("KeyRemoved", input("address", "issuer"), input("address", "key")),
  event("Revoked", input("bytes32", "id"), input("address", "issuer")),
];
const ABI = [
  ...EVENTS,
  call("authorize", "address", "key"),
  call("deauthorize", "address", "key"),
  call("revoke", "bytes32", "id"),
  { stateMutability: "nonpayable", type: "fallback" },
];

function compile(source) {
  const output = JSON.parse(
    solc.compile(
      JSON.stringify({
        language: "Solidity",
        sources: { [SOURCE]: { content: source } },
        settings: {
          ...SETTINGS,
          outputSelection: { "*": { "*": ["abi", "evm.bytecode.object", "evm.deployedBytecode.object"] } },
        },
      }),
    ),
  );
  const problems = (output.errors || []).map((error) => error.formattedMessage);
  if (problems.length > 0) throw new Error(problems.join("\n"));
  return output.contracts[SOURCE].Registry;
}

// The compiler knows the events: the hand-written ABI must not say anything else about them.
function checkEvents(compiled) {
  const compilers = compiled.filter((entry) => entry.type === "event");
  if (JSON.stringify(compilers) !== JSON.stringify(EVENTS))
    throw new Error(`the ABI written by hand differs from the events of the source:\n${JSON.stringify(compilers)}`);
}

function artifact() {
  const source = readFileSync(new URL(SOURCE, import.meta.url), "utf8");
  const contract = compile(source);
  checkEvents(contract.abi);
  return {
    contract: "Registry",
    source: { file: SOURCE, sha256: createHash("sha256").update(source).digest("hex") },
    compiler: `solc ${solc.version()}`,
    settings: SETTINGS,
    abi: ABI,
    bytecode: `0x${contract.evm.bytecode.object}`,
    runtime: `0x${contract.evm.deployedBytecode.object}`,
  };
}

const text = `${JSON.stringify(artifact(), null, 2)}\n`;
if (process.argv[2] === "--check") {
  if (readFileSync(ARTIFACT, "utf8") !== text) {
    console.error("contracts/registry.json is not what contracts/registry.sol compiles to; run: npm run build");
    process.exit(1);
  }
  console.log("contracts/registry.json: ok");
} else {
  writeFileSync(ARTIFACT, text);
}
