import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { type ClientInfo, createBroker, type ListenerOptions, type TernmqBroker } from "../../src/index.ts";
import { Authority } from "../support/certificates.ts";
import { requireMosquitto } from "../support/mosquitto.ts";
import { connectMqttJs } from "../support/mqtt-js.ts";
import { connect as connectPacket } from "../support/packets.ts";
import { launchChromium, openPage } from "../support/page.ts";
import { run } from "../support/program.ts";
import { proxyHeader2 } from "../support/proxy-header.ts";

const authority = Authority.create();
const server = authority.issue("server", { names: "DNS:localhost,IP:127.0.0.1" });
const sensor = authority.issue("sensor");
const ca = readFileSync(authority.certificate);
const directory = mkdtempSync(join(tmpdir(), "ternmq-transports-"));
const socketFile = join(directory, "mqtt.sock");
const pskFile = authority.write("psk", "sensor-7:0123456789abcdef\n");

const listeners: readonly ListenerOptions[] = [
  { name: "tls", protocol: "mqtts", port: 0, tls: server },
  {
    name: "mutual",
    protocol: "mqtts",
    port: 0,
    tls: { ...server, clientCertificate: "required", ca: authority.certificate },
  },
  { name: "psk", protocol: "mqtts", port: 0, tls: { pskFile } },
  { name: "wss", protocol: "wss", port: 0, path: "/mqtt", tls: server },
  { name: "unix", protocol: "unix", path: socketFile },
  {
    name: "proxied",
    protocol: "mqtt",
    port: 0,
    proxyProtocolFrom: ["127.0.0.1"],
    authentication: { allowAnonymous: true },
  },
];

let broker: TernmqBroker;

beforeAll(async () => {
  await requireMosquitto();
  broker = createBroker({ listeners });
  await broker.start();
});

afterAll(async () => {
  await broker.stop();
  rmSync(directory, { recursive: true });
});

function port(name: string): number {
  return broker.addresses.find((each) => each.name === name)?.port ?? 0;
}

async function nextClient(): Promise<ClientInfo> {
  const [info] = await once(broker, "connect");
  return info;
}

/** What mosquitto_pub with these options publishes, or what it complains about. */
async function published(...options: string[]): Promise<string> {
  const received = new Promise<string>((resolve) => {
    const unsubscribe = broker.subscribe("from/mosquitto", ({ payload }) => resolve(payload.toString()));
    onTestFinished(unsubscribe);
  });
  const { code, stderr } = await run("mosquitto_pub", [...options, "-q", "1", "-t", "from/mosquitto", "-m", "hello"]);
  return code === 0 ? received : stderr;
}

const at = (name: string): string[] => ["-h", "127.0.0.1", "-p", String(port(name))];

describe("mosquitto_pub", () => {
  it.each(["tlsv1.2", "tlsv1.3"])("--cafile publishes over TLS, %s", async (version) => {
    expect(await published(...at("tls"), "--cafile", authority.certificate, "--tls-version", version)).toBe("hello");
  });

  it("--tls-alpn mqtt is agreed on, and another protocol refused", async () => {
    const options = [...at("tls"), "--cafile", authority.certificate];
    expect(await published(...options, "--tls-alpn", "mqtt")).toBe("hello");
    expect(await published(...options, "--tls-alpn", "h2")).not.toBe("hello");
  });

  it("--cert --key shows its certificate", async () => {
    const client = nextClient();
    const files = ["--cafile", authority.certificate, "--cert", sensor.certificate, "--key", sensor.key];
    expect(await published(...at("mutual"), ...files)).toBe("hello");
    expect((await client).certificate?.commonName).toBe("sensor");
  });

  it("without a certificate does not get in where one is required", async () => {
    expect(await published(...at("mutual"), "--cafile", authority.certificate)).not.toBe("hello");
  });

  it("--psk --psk-identity gets in with its key only", async () => {
    const client = nextClient();
    const identity = ["--psk-identity", "sensor-7"];
    expect(await published(...at("psk"), "--psk", "0123456789abcdef", ...identity)).toBe("hello");
    expect((await client).pskIdentity).toBe("sensor-7");
    expect(await published(...at("psk"), "--psk", "00", ...identity)).not.toBe("hello");
  });

  it("--unix publishes by the socket file", async () => {
    expect(await published("--unix", socketFile)).toBe("hello");
  });
});

describe("MQTT.js", () => {
  it.each([
    ["mqtts", () => [`mqtts://127.0.0.1:${port("tls")}`, { ca }] as const],
    [
      "mqtts with a certificate",
      () =>
        [
          `mqtts://127.0.0.1:${port("mutual")}`,
          { ca, cert: readFileSync(sensor.certificate), key: readFileSync(sensor.key) },
        ] as const,
    ],
    ["wss", () => [`wss://127.0.0.1:${port("wss")}/mqtt`, { wsOptions: { ca } }] as const],
    ["a Unix socket", () => [`mqtt+unix://${socketFile}`, {}] as const],
  ])("goes both ways by %s", async (_what, target) => {
    const [url, options] = target();
    const mqttJs = await connectMqttJs(url, { ...options, protocolVersion: 5 });
    await mqttJs.client.subscribeAsync("mqtt/js", { qos: 2 });
    const text = "x".repeat(300_000);
    await mqttJs.client.publishAsync("mqtt/js", text, { qos: 2 });
    expect(await mqttJs.next()).toMatchObject({ topic: "mqtt/js", qos: 2, text });
  });
});

describe("a proxy", () => {
  it("tells the client's address", async () => {
    const client = nextClient();
    const socket = connect(port("proxied"), "127.0.0.1");
    onTestFinished(() => {
      socket.destroy();
    });
    socket.write(Buffer.concat([proxyHeader2({ address: "203.0.113.9", port: 50_000 }), connectPacket()]));
    expect(await client).toMatchObject({ remoteAddress: "203.0.113.9", remotePort: 50_000, listener: "proxied" });
  });
});

const PAGE = `<!doctype html><script src="mqtt.js"></script><body><script>
  const client = mqtt.connect(location.hash.slice(1), { protocolVersion: 5 });
  client.on("connect", () => client.subscribe("to/browser", { qos: 1 }, () => client.publish("from/browser", "hello")));
  client.on("message", (topic, payload) => { document.body.append(topic + "=" + payload); });
</script>`;

describe("a page in Chromium", () => {
  let browser: Browser;
  let origin: string;

  beforeAll(async () => {
    const bundle = readFileSync(new URL("../../node_modules/mqtt/dist/mqtt.min.js", import.meta.url));
    const pages = createServer((request, response) => response.end(request.url === "/mqtt.js" ? bundle : PAGE));
    pages.listen(0, "127.0.0.1");
    await once(pages, "listening");
    origin = `http://127.0.0.1:${(pages.address() as AddressInfo).port}`;
    browser = await launchChromium();
    return async () => {
      await browser.close();
      pages.close();
    };
  });

  it("publishes and receives with MQTT.js over wss", async () => {
    const unsubscribe = broker.subscribe("from/browser", () => broker.publish("to/browser", "welcome", { qos: 1 }));
    onTestFinished(unsubscribe);
    const client = nextClient();
    const { page } = await openPage(browser, `${origin}/#wss://127.0.0.1:${port("wss")}/mqtt`, {
      ignoreHTTPSErrors: true,
    });
    await page.getByText("to/browser=welcome").waitFor();
    expect(await client).toMatchObject({ transport: "secure websocket", remoteAddress: "127.0.0.1" });
    await page.context().close();
  });
});
