import { constants } from "node:buffer";
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { LIMIT_DEFAULTS } from "../../../src/config/limits.ts";
import { loadConfig, type Sources } from "../../../src/config/load.ts";
import { ConfigError } from "../../../src/config/source/problem.ts";

let folder = "";

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "ternmq-config-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** The configuration of a file with this text. */
function load(text: string, sources: Partial<Sources> = {}) {
  const file = join(folder, "ternmq.yaml");
  writeFileSync(file, text);
  return loadConfig({ file, environment: {}, ...sources }).config;
}

/** What is wrong with a file, without its folder. */
function problems(text: string, sources: Partial<Sources> = {}): string[] {
  try {
    load(text, sources);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.message.replaceAll(`${folder}/`, "").split("\n");
  }
  return [];
}

describe("a configuration file", () => {
  it.each(["", "\n# nothing\n", "---\n", "limits:\npersistence:\n"])(
    "says nothing but defaults where it is %j",
    (text) => {
      const { listeners, limits, persistence } = load(text);
      expect(listeners).toEqual([
        { protocol: "mqtt", host: "127.0.0.1", port: 1883 },
        { protocol: "ws", host: "127.0.0.1", port: 8083 },
      ]);
      expect(limits).toEqual(LIMIT_DEFAULTS);
      expect(persistence).toMatchObject({ enabled: true, durability: "fsync" });
    },
  );

  it("takes sizes and times with units, in the unit of the option", () => {
    const text =
      "limits: {maximumPacketSize: 64KiB, stallTimeout: 2m, maximumSessionExpiryInterval: 14d, connectTimeout: 1500}";
    expect(load(text).limits).toMatchObject({
      maximumPacketSize: 65_536,
      stallTimeout: 120_000,
      maximumSessionExpiryInterval: 1_209_600,
      connectTimeout: 1_500,
    });
  });

  it("understands [::1]", () => {
    expect(load('listeners: [{protocol: mqtt, host: "[::1]", port: 0}]').listeners).toEqual([
      { protocol: "mqtt", host: "::1", port: 0 },
    ]);
  });

  it("takes paths relative to the file, and those of the environment relative to the current directory", () => {
    const text = "pidFile: ./run/pid\npersistence: {directory: data}";
    expect(load(text)).toMatchObject({
      pidFile: join(folder, "run/pid"),
      persistence: { directory: join(folder, "data") },
    });
    expect(load(text, { environment: { TERNMQ_PID_FILE: "pid" } }).pidFile).toBe(join(process.cwd(), "pid"));
  });

  it("leaves the path of a WebSocket listener as it is", () => {
    expect(load("listeners: [{protocol: ws, port: 0, path: /mqtt/}]").listeners[0]).toMatchObject({ path: "/mqtt/" });
  });

  it("follows aliases and merge keys, whose own options count less", () => {
    const text = `
listeners:
  - &door {protocol: mqtt, port: 1, durability: memory}
  - <<: *door
    port: 2
  - <<: [{port: 3, name: three}, *door]
`;
    expect(load(text).listeners).toEqual([
      { protocol: "mqtt", port: 1, durability: "memory" },
      { protocol: "mqtt", port: 2, durability: "memory" },
      { protocol: "mqtt", port: 3, durability: "memory", name: "three" },
    ]);
  });

  it("puts environment variables in the place of their names", () => {
    const text = `
pidFile: \${DIR}/\${NAME:-pid}
log: {level: "\${LEVEL:-warn}"}
limits: {maximumConnections: 5}
listeners:
  - protocol: mqtt
    port: \${PORT}
    name: "$\${PORT}"
`;
    const { pidFile, log, listeners } = load(text, { environment: { DIR: "/run", PORT: "1884", NAME: "" } });
    expect({ pidFile, log }).toEqual({ pidFile: "/run/pid", log: { level: "warn" } });
    expect(listeners).toEqual([{ protocol: "mqtt", port: 1884, name: `\${PORT}` }]);
  });

  it("takes the value of an environment variable for what the option is, with quotes and without", () => {
    const text = `limits: {receiveMaximum: "\${N}", queueQos0Messages: "\${YES}"}\nlisteners:\n- {protocol: mqtt, port: 0, name: "\${N}"}`;
    const { limits, listeners } = load(text, { environment: { N: "5", YES: "true" } });
    expect(limits).toMatchObject({ receiveMaximum: 5, queueQos0Messages: true });
    expect(listeners).toEqual([{ protocol: "mqtt", port: 0, name: "5" }]);
  });

  it("takes what an environment variable contains as it is, whatever YAML would make of it", () => {
    const name = "a: b # c\n- d";
    expect(
      load(`listeners: [{protocol: mqtt, port: 0, name: '\${NAME}'}]`, { environment: { NAME: name } }).listeners,
    ).toEqual([{ protocol: "mqtt", port: 0, name }]);
    expect(load(`pidFile: \${NAME}`, { environment: { NAME: "/a # b" } }).pidFile).toBe("/a # b");
  });
});

describe("what is wrong with a configuration", () => {
  const wrong: [text: string, ...problems: (string | RegExp)[]][] = [
    [
      "limits:\n  receiveMaximum: 0",
      /^ternmq.yaml:2:19: limits.receiveMaximum: 0 is not allowed: give a whole number from 1 to 65535$/,
    ],
    [
      "limits:\n  maximumConections: 5",
      'ternmq.yaml:2:3: there is no option "limits.maximumConections"; did you mean "maximumConnections"?',
    ],
    ["prot: 1", /^ternmq.yaml:1:1: there is no option "prot"; there are listeners, /],
    [
      "limits: {stallTimeout: 5x}",
      /^ternmq.yaml:1:24: limits.stallTimeout: "5x" is not allowed: give milliseconds .* 10s/,
    ],
    ["limits: {stallTimeout: 5ms}", /^ternmq.yaml:1:24: limits.stallTimeout: "5ms" is not allowed/],
    ["limits: {maximumKeepAlive: 1500ms}", /^ternmq.yaml:1:28: .*"1500ms" is not allowed: give seconds/],
    ["limits: {maximumPacketSize: 1.5}", /^ternmq.yaml:1:29: .*1\.5 is not allowed: give bytes/],
    ["limits: {queueQos0Messages: yes}", /^ternmq.yaml:1:29: .*"yes" is not allowed: give true or false/],
    ["limits:\n  receiveMaximum:", /^ternmq.yaml:2:18: limits.receiveMaximum: there is no value: give a whole number/],
    ["limits: 5", /^ternmq.yaml:1:9: limits: 5 is not allowed: give options/],
    ["limits: [1]", /^ternmq.yaml:1:9: limits: a list is not allowed: give options/],
    ["log: {level: {}}", /^ternmq.yaml:1:14: log.level: options are not allowed: give one of trace, /],
    ["- a", /^ternmq.yaml:1:1: a configuration is made of options/],
    ["listeners: []", /^ternmq.yaml:1:12: listeners: a list is not allowed: give a list of one listener at least/],
    ["listeners: [{port: 1}]", /^ternmq.yaml:1:13: listeners\[0\].protocol is missing: give one of mqtt /],
    ["listeners:\n  - protocol: mqtt", /^ternmq.yaml:2:5: listeners\[0\].port is missing: give a whole number/],
    [
      "listeners: [{protocol: mqtt, port: 1, tls: {}}]",
      /^ternmq.yaml:1:39: there is no option "listeners\[0\].tls"; there are /,
    ],
    ["a: 1\na: 2", "ternmq.yaml:2:1: this name stands here for the second time: leave one of them"],
    ["limits: {}\n---\nlog: {}", "ternmq.yaml:2:1: a second document begins here: a configuration is one document"],
    ["limits:\n\tx: 1", /^ternmq.yaml:2:1: a tab cannot indent/],
    ["limits: [", /^ternmq.yaml:1:10: this is not YAML: /],
    ["pidFile: *x", /^ternmq.yaml:1:10: there is no &x before this$/],
    ["limits: &a {<<: *a}", /^ternmq.yaml:1:17: \*a is inside of itself$/],
    ["limits: {<<: 5}", /^ternmq.yaml:1:10: << takes an alias/],
    ["? [a]\n: 1", /^ternmq.yaml:1:3: the name of an option is a word$/],
    ["pidFile: !!foo x", /^ternmq.yaml:1:10: this is not YAML: .*foo/],
    [
      "pidFile: $" + "{NOPE}/x",
      /^ternmq.yaml:1:10: the environment has no NOPE: set it, or give a default as in \$\{NOPE:-default\}$/,
    ],
    ["pidFile: $" + "{constructor}", /^ternmq.yaml:1:10: the environment has no constructor: set it/],
    ["pidFile: $" + "{a b}", /^ternmq.yaml:1:10: write \$\{NAME\} or /],
    ["limits: {receiveMaximum: $" + "{N}}", /^ternmq.yaml:1:27: between brackets, \$\{NAME\} stands in quotes/],
    ["pidFile: ''", /^ternmq.yaml:1:10: pidFile: "" is not allowed: give the path of a file/],
    [
      "listeners: [{protocol: unix, path: s, mode: 0440}]",
      /^ternmq.yaml:1:45: 0 stands in front of a number: write 0o660 for an octal one/,
    ],
    [`limits: ${"[".repeat(20_000)}`, /^ternmq.yaml:1:\d+: this is nested too deeply$/],
    ["limits: {receiveMaximum: '5'}", /"5" is not allowed: give a whole number from 1 to 65535, without quotes$/],
    ["listeners: [{protocol: mqtt, port: 0, name: 5}]", /name: 5 is not allowed: give a name, as text, in quotes$/],
    [
      "listeners: [{protocol: mqtt, port: 0, proxyProtocolFrom: [10.0.0.0/8, 10.0.0.0/33]}]",
      /^ternmq.yaml:1:71: listeners\[0\].proxyProtocolFrom\[1\]: "10.0.0.0\/33" is not allowed: give an address as/,
    ],
    ["accessRules: {rules: [{effect: allow, addresses: [host]}]}", /"host" is not allowed: give an address as/],
    [
      "accessRules: {rules: [{effect: allow, filters: [a, b/#/c]}]}",
      /^ternmq.yaml:1:52: accessRules.rules\[0\].filters\[1\]: "b\/#\/c" is not allowed: give a topic filter: "\+" has to be alone/,
    ],
    [
      "listeners: [{protocol: mqtt, port: 0, accessRules: {rules: [{effect: deny, filters: ['']}]}}]",
      /filters\[0\]: "" is not allowed: give a topic filter: it needs at least one character/,
    ],
    [
      "clientLimits: [{addresses: [10.0.0.0/33]}]",
      /^ternmq.yaml:1:29: clientLimits\[0\].addresses\[0\]: "10.0.0.0\/33"/,
    ],
    ["authentication: {guard: {trusted: [5]}}", /trusted\[0\]: 5 is not allowed: give an address as/],
    ["listeners: [{protocol: ws, port: 0, path: mqtt}]", /"mqtt" is not allowed: give a path as \/mqtt$/],
    [
      "listeners: [{protocol: ws, port: 0, origins: ['null', app://x, https://a.test/]}]",
      /origins\[2\]: "https:\/\/a.test\/" is not allowed: give an origin as https:\/\/example.com, without a path$/,
    ],
    ["limits: {receiveMaximum: .inf}", /limits.receiveMaximum: Infinity is not allowed/],
    ["__proto__: {a: 1}", /^ternmq.yaml:1:1: there is no option "__proto__"/],
  ];
  it.each(wrong)("in %j is told with its place", (text, expected) => {
    expect(problems(text)).toEqual([expected instanceof RegExp ? expect.stringMatching(expected) : expected]);
  });

  it("is told all at once, from top to bottom", () => {
    const text =
      "log:\n  level: loud\n  file: x\npidFile: $" + "{NOPE}\nlimits:\n  receiveMaximum: 0\n  maximumSessions: many\n";
    const places = problems(text, { environment: { TERNMQ_NOPE: "1" } }).map((line) => line.replace(/: .*/, ""));
    expect(places).toEqual([
      "ternmq.yaml:2:10",
      "ternmq.yaml:3:3",
      "ternmq.yaml:4:10",
      "ternmq.yaml:6:19",
      "ternmq.yaml:7:20",
      "TERNMQ_NOPE",
    ]);
  });

  it("includes two listeners at one address, which say so by the second", () => {
    const text =
      "listeners:\n- {protocol: mqtt, port: 5}\n- {protocol: ws, host: 127.0.0.1, port: 5}\n- {protocol: ws, host: 127.0.0.2, port: 5}";
    expect(problems(text)).toEqual([
      "ternmq.yaml:3:41: listeners[1].port: 5 is not allowed: listeners[0] listens there: give each a port of its own",
    ]);
  });

  it("includes two listeners of one name", () => {
    const text = "listeners:\n- {protocol: mqtt, port: 5, name: a}\n- {protocol: ws, port: 6, name: a}";
    expect(problems(text)).toEqual([
      expect.stringMatching(/^ternmq.yaml:3:33: listeners\[1\].name: "a" is not allowed: listeners\[0\] has/),
    ]);
  });

  it("does not show secrets", () => {
    const text = "listeners: [{protocol: mqtts, port: 1, tls: {certificate: x, key: y, passphrase: 99}}]";
    expect(problems(text)).toEqual([expect.stringContaining("passphrase: this value is not allowed")]);
  });

  it("stops at aliases that make much of little", () => {
    const levels = Array.from({ length: 9 }, (_, i) => `a${i + 1}: &a${i + 1} [${`*a${i},`.repeat(9)}]`);
    expect(problems(`a0: &a0 x\n${levels.join("\n")}`)).toEqual([expect.stringMatching(/aliases make this too large/)]);
  });

  it("takes any number of items without aliases", () => {
    const users = Array.from({ length: 30_000 }, (_, i) => `u${i}`);
    expect(load(`clientLimits: [{ users: [${users.join(", ")}] }]`).clientLimits).toEqual([{ users }]);
  });

  it("includes bytes that are no UTF-8, which would stand for something else", () => {
    const file = join(folder, "latin-1.yaml");
    writeFileSync(file, "log: {}\npidFile: caf\xe9", "latin1");
    expect(() => loadConfig({ file, environment: {} })).toThrow(/latin-1.yaml:2:13: this is not UTF-8/);
  });

  it("names a file that is not there", () => {
    const missing = { file: "nope.yaml", environment: {} };
    expect(() => loadConfig(missing)).toThrow("nope.yaml: cannot be read: there is no such file");
    expect(() => loadConfig({ ...missing, file: folder })).toThrow("cannot be read: this is a directory");
    const large = join(folder, "large.yaml");
    writeFileSync(large, "");
    truncateSync(large, constants.MAX_STRING_LENGTH + 1);
    expect(() => loadConfig({ ...missing, file: large })).toThrow(/large.yaml: cannot be read: it has more than/);
  });
});

describe("limits of clients", () => {
  it("stand in a list of rules and with listeners, with fractions for rates and units for bytes", () => {
    const { clientLimits, listeners } = load(`
listeners:
  - {protocol: mqtt, port: 1883, limits: {connectionRatePerAddress: 0.5, connectionBurstPerAddress: 20, messageRate: 100}}
clientLimits:
  - {users: [meter], messageRate: 0.2, messageBurst: 10}
  - {addresses: [10.0.0.0/8], byteRate: 64KiB, ratesPer: address, maximumPacketSize: 1MiB}
`);
    expect(listeners[0]?.limits).toEqual({
      connectionRatePerAddress: 0.5,
      connectionBurstPerAddress: 20,
      messageRate: 100,
    });
    expect(clientLimits).toEqual([
      { users: ["meter"], messageRate: 0.2, messageBurst: 10 },
      { addresses: ["10.0.0.0/8"], byteRate: 65_536, ratesPer: "address", maximumPacketSize: 1_048_576 },
    ]);
  });

  it.each([
    [
      "clientLimits: [{messageRat: 5}]",
      '1:17: there is no option "clientLimits[0].messageRat"; did you mean "messageRate"?',
    ],
    [
      "clientLimits:\n  - messageRate: fast",
      '2:18: clientLimits[0].messageRate: "fast" is not allowed: give a number per second from 0.001 to 10000000, as in 10 or 0.5',
    ],
    [
      "clientLimits:\n  - messageBurst: 5",
      "2:19: clientLimits[0].messageBurst: 5 is not allowed: give messageRate with it",
    ],
    [
      "listeners: [{protocol: mqtt, port: 1, limits: {connectionBurst: 5}}]",
      "1:65: listeners[0].limits.connectionBurst: 5 is not allowed: give connectionRate with it",
    ],
    [
      "clientLimits: [{ratesPer: group}]",
      '1:27: clientLimits[0].ratesPer: "group" is not allowed: give one of client, user, address',
    ],
  ])("are an error in %j", (text, problem) => {
    expect(problems(text)).toEqual([`ternmq.yaml:${problem}`]);
  });
});
