import { readdirSync, readFileSync } from "node:fs";
import { expect, it } from "vitest";

/** The server is no client of others (§7): its sources, read for whatever could open a connection, or hides what it loads. */

const ROOT = new URL("../../../src/", import.meta.url);

/** What `src/` may load that is not its own. Only node:net, node:tls and node:http could open a connection, and only with more than stands in `NET`. */
const MODULES = new Set([
  ...["@assemblyscript/loader", "@node-rs/argon2", "commander", "fastest-levenshtein", "jose", "lmdb", "pino"],
  ...["pino-pretty", "read", "uWebSockets.js", "yaml", "zod"],
  ...["node:buffer", "node:crypto", "node:events", "node:fs", "node:fs/promises", "node:http", "node:module"],
  ...[
    "node:net",
    "node:os",
    "node:path",
    "node:timers/promises",
    "node:readline",
    "node:stream",
    "node:tls",
    "node:url",
    "node:util",
    "node:v8",
    "node:zlib",
  ],
]);
/** The configuration is read in a thread of its own. */
const CONFIGURATION = [
  ["config/load-apart.ts", ["node:worker_threads"]],
  ["config/load-worker.ts", ["node:worker_threads"]],
];
/** The store has a thread of its own, and asks by a Unix socket in its directory who owns that. */
const STORE = [
  ["persistence/disk/directory-lock.ts", ["connect"]],
  ["persistence/disk/worker-disk.ts", ["node:worker_threads"]],
  ["persistence/disk/worker.ts", ["node:worker_threads"]],
];
/** Where the configuration says so, a service is asked about clients, or a module of the user's own, which is loaded by its name. */
const AUTHENTICATION = [
  ["security/http/http-authenticator.ts", ["fetch("]],
  ["security/module-hooks.ts", ["import(a"]],
];
/** Before a socket file is replaced, it is tried whether a program listens at it; and it is asked whether this is a thread. */
const TRANSPORT = [
  ["transport/socket-file.ts", ["connect"]],
  ["transport/unix-listener.ts", ["node:worker_threads"]],
];
/** What of node:net, node:tls and node:http listens, reads or is a type. */
const NET = new Set([
  ...["createServer", "createSecureContext", "DEFAULT_CIPHERS", "BlockList", "isIP", "isIPv4", "isIPv6"],
  ...["BlockList", "IncomingMessage", "ListenOptions", "SecureContext", "SecureContextOptions"].map(
    (name) => `type ${name}`,
  ),
  ...["Server", "Socket", "TLSSocket"].map((name) => `type ${name}`),
]);

const LOADED = [
  /\b(?:from|import)\s*["']([^"'\n]+)["']\s*(?:;|$|with\b)/gm,
  /\b(?:import|require|getBuiltinModule)\s*\(\s*["'`]([^"'`]+)["'`]/g,
];
const FROM_NET = /\b(?:import|export)\s+(type\s+)?([^;"'`]*?)\s*\bfrom\s*["'](?:node:)?(?:net|tls|http)["']/g;
const SUSPECT = [
  /** node:net, node:tls or node:http as a whole. */
  /\b(?:import|require|getBuiltinModule)\s*\(?\s*["'`](?:node:)?(?:net|tls|http)["'`]/g,
  /** Modules, parts of Node.js and code whose names are not written there. */
  /\b(?:import|require|getBuiltinModule|dlopen|eval|Function)\s*\(\s*[^"'`\s)]/g,
  /\bcreateRequire\s*\([^()]*\)(?!\.resolve\()/g,
  /** Globals and methods that dial, but no method of another meaning that is declared: `fetch(owner: Owner)`. */
  /(?<![\w.#])(?:globalThis\.)?fetch\s*\((?!\w+:|\))|\b(?:EventSource|XMLHttpRequest|createConnection|createSocket)\b|\.connect\d?\s*\(/g,
  /\bnew\s+(?:\w+\.)?(?:Socket|TLSSocket|WebSocket|QuicEndpoint|TCP|UDP|Pipe)\b/g,
  /** What is behind the modules of Node.js; `stream_wrap`, which is used, has only what a socket that is there does. */
  /\b(?:tcp|udp|pipe|tls)_wrap\b|\b(?:_linkedBinding|internalBinding)\b/g,
];

function foreignModules(source: string): string[] {
  const names = LOADED.flatMap((pattern) => [...source.matchAll(pattern)].map(([, name = ""]) => name));
  return names.filter((name) => !/^(?:\.\.?\/|#wasm\/)/.test(name) && !MODULES.has(name));
}

function partsOfNet(source: string): string[] {
  return [...source.matchAll(FROM_NET)].flatMap(([, type, clause = ""]) => {
    const names = clause.split(/[{},]/).map((part) => part.trim());
    const parts = names.filter((name) => name !== "").map((name) => (type === undefined ? name : `type ${name}`));
    return parts.filter((part) => !NET.has(part));
  });
}

/** What in the source could open a connection. */
function dialling(source: string): string[] {
  const suspect = SUSPECT.flatMap((pattern) => [...source.matchAll(pattern)].map(([found]) => found));
  return [...foreignModules(source), ...partsOfNet(source), ...suspect];
}

it("[MQTT-7.0.0-1 of 3.1.1] the server is no client of others: nothing in it opens a connection", () => {
  const names = readdirSync(ROOT, { recursive: true, encoding: "utf8" }).filter((name) => /\.[cm]?[jt]s$/.test(name));
  expect(names.length).toBeGreaterThan(50);
  const found = names.map((name) => [name, dialling(readFileSync(new URL(name, ROOT), "utf8"))] as const);
  const dialled = found.filter(([, suspects]) => suspects.length > 0);
  expect(dialled.sort()).toEqual([...CONFIGURATION, ...STORE, ...AUTHENTICATION, ...TRANSPORT].sort());
});

it.each([
  'import { connect } from "node:net";',
  'import { createServer, Socket as S } from "node:net";',
  'import * as net from "node:net";',
  'import net from "net";',
  'export * from "node:net";',
  'const net = await import("node:net");',
  'import { createSocket } from "node:dgram";',
  'import { request } from "node:http";',
  'import { get } from "https";',
  'import { connect } from "node:http2";',
  'import { connect } from "node:tls";',
  'import tls from "node:tls";',
  'import { Agent, createServer } from "node:http";',
  'await import("node:http");',
  'import { QuicEndpoint } from "node:quic";',
  'import { spawn } from "node:child_process";',
  'import { Worker } from "node:worker_threads";',
  'import "ws";',
  'import { connect } from "mqtt";',
  'createRequire(import.meta.url)("node:dgram");',
  "await import(name);",
  'process.getBuiltinModule("node:net");',
  'fetch("http://127.0.0.1");',
  'globalThis.fetch("http://127.0.0.1");',
  'new WebSocket("ws://127.0.0.1");',
  "socket.connect(1883);",
  "new (socket.constructor as never)(); socket.connect({ port });",
  'binding?.call(process, "tcp_wrap");',
])("what could open one would be seen: %s", (source) => {
  expect(dialling(source)).not.toEqual([]);
});
