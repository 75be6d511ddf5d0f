import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loadConfig } from "../../../src/config/load.ts";
import { ConfigError, problemText } from "../../../src/config/source/problem.ts";

const FIXTURES = "test/fixtures/mosquitto";

function load(mosquittoFile: string) {
  return loadConfig({ mosquittoFile, environment: {} });
}

function loadFixture(name: string) {
  const file = `${FIXTURES}/${name}`;
  const { config, warnings } = load(file);
  return { config, warnings: warnings.map((warning) => problemText(warning).replace(`${file}:`, "")) };
}

let folder = "";

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "ternmq-mosquitto-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

function loadText(text: string) {
  const file = join(folder, "mosquitto.conf");
  writeFileSync(file, text);
  return load(file);
}

function problems(text: string): string[] {
  try {
    loadText(text);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.message.replaceAll(`${folder}/`, "").split("\n");
  }
  return [];
}

describe("a mosquitto.conf", () => {
  it("that says nothing lets everybody in from this machine, in memory", () => {
    const { config, warnings } = loadText("# nothing\n\n");
    expect(config.listeners).toEqual([{ protocol: "mqtt", host: "127.0.0.1", port: 1883 }]);
    expect(config.authentication).toMatchObject({ allowAnonymous: true });
    expect(config.persistence.enabled).toBe(false);
    expect(config.limits.maximumPacketSize).toBe(2_000_000);
    expect(warnings).toEqual([]);
  });

  it("is read with the files that it includes, a.conf before B.conf", () => {
    const { config, warnings } = loadFixture("debian.conf");
    expect(config).toMatchObject({
      listeners: [{ protocol: "mqtt", host: "127.0.0.1", port: 1883, maximumConnections: 200 }],
      authentication: { allowAnonymous: true },
      limits: { maximumInflightMessages: 32_767 },
      persistence: { enabled: true, directory: "/var/lib/mosquitto/ternmq-data" },
      pidFile: "/run/mosquitto/mosquitto.pid",
    });
    expect(warnings).toEqual([expect.stringMatching(/^8: log_dest: the log goes to standard output/)]);
  });

  it("of a broker on the internet gives its listeners, users and limits", () => {
    const { config, warnings } = loadFixture("public.conf");
    const certificate = "/etc/mosquitto/certs/server.crt";
    const key = "/etc/mosquitto/certs/server.key";
    const ciphers = "ECDHE-RSA-AES128-GCM-SHA256:TLS_AES_128_GCM_SHA256";
    expect(config.listeners).toEqual([
      { protocol: "mqtt", host: "127.0.0.1", port: 1883, noDelay: true },
      {
        protocol: "mqtts",
        host: "::",
        port: 8883,
        noDelay: true,
        tls: { certificate, key, minimumVersion: "1.2", ciphers },
      },
      {
        protocol: "wss",
        host: "0.0.0.0",
        port: 8083,
        noDelay: true,
        tls: { certificate, key, chain: "/etc/mosquitto/certs/ca.crt" },
        origins: ["https://example.com", "https://www.example.com"],
      },
    ]);
    expect(config.authentication).toMatchObject({
      allowAnonymous: false,
      authenticators: [{ type: "password-file", file: "/etc/mosquitto/passwd" }],
    });
    expect(config.limits).toMatchObject({
      maximumQueuedMessages: 5_000,
      maximumPacketSize: 262_144,
      maximumSessionExpiryInterval: 1_209_600,
      maximumKeepAlive: 600,
      queueQos0Messages: true,
    });
    expect(config.log.level).toBe("info");
    expect(warnings).toEqual([
      expect.stringMatching(/^15: connection_messages: /),
      expect.stringMatching(/^16: autosave_interval: /),
      expect.stringMatching(/^36: http_dir: /),
    ]);
  });

  it("may say of each listener who comes in", () => {
    const { config, warnings } = loadFixture("per-listener.conf");
    const files = {
      certificate: "/etc/mosquitto/server.crt",
      key: "/etc/mosquitto/server.key",
      ca: "/etc/mosquitto/ca.crt",
    };
    expect(config.listeners).toEqual([
      {
        protocol: "mqtt",
        host: "0.0.0.0",
        port: 1883,
        versions: [4, 5],
        authentication: { authenticators: [], allowAnonymous: true },
      },
      {
        protocol: "mqtts",
        host: "::",
        port: 8883,
        tls: { ...files, crl: "/etc/mosquitto/crl.pem", clientCertificate: "required" },
        authentication: {
          authenticators: [{ type: "password-file", file: "/etc/mosquitto/passwd" }],
          allowAnonymous: false,
        },
      },
      {
        protocol: "mqtts",
        host: "::",
        port: 8884,
        tls: { ...files, clientCertificate: "required" },
        authentication: { authenticators: [{ type: "certificate", username: "cn" }], allowAnonymous: false },
      },
      {
        protocol: "mqtts",
        host: "::",
        port: 8885,
        ipv6Only: true,
        tls: { pskFile: "/etc/mosquitto/psk", pskHint: "hint" },
        authentication: { authenticators: [{ type: "certificate", username: "psk-identity" }], allowAnonymous: false },
      },
      { protocol: "unix", path: "/run/mosquitto.sock", authentication: { authenticators: [], allowAnonymous: true } },
    ]);
    expect(warnings).toEqual([]);
  });

  it("may have clients known by their user names", () => {
    const directives = ["listener 1", "use_username_as_clientid true", "listener 2", "use_username_as_clientid false"];
    const { listeners } = loadText(`${directives.join("\n")}\n`).config;
    expect(listeners.map(({ usernameAsClientIdentifier }) => usernameAsClientIdentifier)).toEqual([true, undefined]);
  });

  it("with a bridge says once that there are none", () => {
    const { config, warnings } = loadFixture("bridge.conf");
    expect(config.listeners).toEqual([{ protocol: "mqtt", host: "192.0.2.1", port: 1884 }]);
    expect(config.authentication).toMatchObject({ allowAnonymous: false });
    expect(warnings).toEqual([
      expect.stringMatching(/^5: connection: ternmq has no bridges: "bridge-01" is not connected/),
    ]);
  });

  it("takes blanks as Mosquitto does, and comments behind numbers", () => {
    const { config } = loadText("  listener   1900   127.0.0.1 \r\n\tmax_connections 5 # five\n");
    expect(config.listeners).toEqual([{ protocol: "mqtt", host: "127.0.0.1", port: 1900, maximumConnections: 5 }]);
  });

  it("says where ternmq has the nearest only", () => {
    const { config, warnings } = loadText("max_packet_size 20\nmax_queued_messages 0\nlog_type all\nlog_type error");
    expect(config.limits).toMatchObject({ maximumPacketSize: 128, maximumQueuedMessages: 100_000_000 });
    expect(config.log.level).toBe("debug");
    expect(warnings.map(({ message }) => message)).toEqual(["max_packet_size: 128 is the nearest that ternmq has"]);
  });

  const byDefault = [
    ...["max_connections -1", "max_topic_alias 5", "protocol mqtt", "tls_version tlsv1.2", "require_certificate false"],
    ...["use_username_as_clientid false", "use_identity_as_username false", "listener_allow_anonymous true"],
  ];
  it.each(byDefault)("opens no listener for %j in front of the first", (directive) => {
    const { config } = loadText(`${directive}\nlistener 8883 127.0.0.1`);
    expect(config.listeners).toMatchObject([{ port: 8883 }]);
    expect(loadText(directive).config.listeners).toEqual([{ protocol: "mqtt", host: "127.0.0.1", port: 1883 }]);
  });

  it.each(["max_connections 5", "socket_domain ipv4", "ciphers A", "require_certificate true"])(
    "opens one, as Mosquitto does, for %j",
    (directive) => {
      expect(loadText(`${directive}\nlistener 1884`).config.listeners).toMatchObject([{ port: 1883 }, { port: 1884 }]);
    },
  );

  it("is taken with websockets_origin where no WebSocket is", () => {
    const { config, warnings } = loadText("listener 1884 ::1\nwebsockets_origin https://a");
    expect(config.listeners).toEqual([{ protocol: "mqtt", host: "::1", port: 1884 }]);
    expect(warnings.map(({ message }) => message)).toEqual(["websockets_origin: this listener is not for WebSocket"]);
  });

  const wrong: [text: string, ...problems: RegExp[]][] = [
    [
      "max_inflight_mesages 5",
      /^mosquitto.conf:1: max_inflight_mesages: Mosquitto has no such directive; did you mean "max_inflight_messages"\?$/,
    ],
    ["constructor x", /^mosquitto.conf:1: constructor: Mosquitto has no such directive/],
    ["\n# x\n # x", /^mosquitto.conf:3: #: Mosquitto has no such directive/],
    ["allow_anonymous yes", /^mosquitto.conf:1: allow_anonymous: "yes" is not allowed: give true or false$/],
    ["listener 99999", /^mosquitto.conf:1: listener: "99999" is not allowed: give a whole number from 0 to 65535$/],
    ["listener 0", /^mosquitto.conf:1: listener: .*Unix socket/],
    ["password_file", /^mosquitto.conf:1: password_file: "" is not allowed: a value is missing$/],
    ["max_keepalive 5 6", /^mosquitto.conf:1: max_keepalive: "5 6" is not allowed: "6" stands behind the value$/],
    ["persistent_client_expiration 5", /^mosquitto.conf:1: persistent_client_expiration: .*14d$/],
    ["per_listener_settings true\npassword_file x", /^mosquitto.conf:2: password_file: .*stands behind its listener$/],
    ["include_dir /nowhere", /^mosquitto.conf:1: include_dir: .*no such file/],
    ["listener 8883\npsk_hint x", /^mosquitto.conf:2: psk_hint: a psk_file is missing$/],
    [
      "listener 8883\ncertfile x",
      /^mosquitto.conf:1: listeners\[0\]\.tls\.key is missing: a certificate and its key go together/,
    ],
    [
      "listener 5\nlistener 5",
      /^mosquitto.conf:2: listeners\[1\].port: 5 is not allowed: listeners\[0\] listens there/,
    ],
  ];
  it.each(wrong)("with %j cannot be used", (text, expected) => {
    expect(problems(text)).toEqual([expect.stringMatching(expected)]);
  });

  const weaker = [
    ...["plugin /usr/lib/p.so", "auth_plugin x", "clientid_prefixes a-", "listener 1\nmount_point a/"],
    ...["listener 1\nbind_interface eth0", "listener 1\ncapath /x"],
  ];
  it.each(weaker)("is refused with %j, as more would be allowed without that", (text) => {
    const name = text.split("\n").at(-1)?.split(" ")[0];
    const line = text.split("\n").length;
    expect(problems(text)).toEqual([
      expect.stringMatching(new RegExp(`^mosquitto.conf:${line}: ${name}: .*; remove this line to start without it$`)),
    ]);
  });
});
