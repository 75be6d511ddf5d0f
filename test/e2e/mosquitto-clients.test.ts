import { beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { MosquittoSub, mosquittoPub, requireMosquitto } from "../support/mosquitto.ts";
import { connectMqttJs } from "../support/mqtt-js.ts";
import { Program } from "../support/program.ts";
import { Ternmq } from "../support/ternmq.ts";

const VERSIONS = ["31", "311", "5"] as const;
const QOS = [0, 1, 2] as const;

let broker: Ternmq;

async function sub(...args: string[]): Promise<MosquittoSub> {
  const subscriber = await MosquittoSub.start(broker.port, args);
  onTestFinished(() => subscriber.kill());
  return subscriber;
}

function pub(...args: string[]): Promise<void> {
  return mosquittoPub(broker.port, args);
}

describe("mosquitto_pub and mosquitto_sub", () => {
  beforeAll(async () => {
    await requireMosquitto();
    broker = await Ternmq.start();
    return async () => {
      broker.signal("SIGTERM");
      expect(await broker.exit).toEqual({ code: 0, signal: null });
      expect(broker.log.filter(({ level }) => Number(level) > 30)).toEqual([]);
    };
  });

  it("-V 5 -q 2 and MQTT.js over WebSocket receive what -V 311 -q 2 publishes", async () => {
    const subscriber = await sub("-V", "5", "-t", "a/#", "-q", "2");
    const browser = await connectMqttJs(`ws://127.0.0.1:${broker.wsPort}`, { protocolVersion: 5 });
    await browser.client.subscribeAsync("a/#", { qos: 2 });
    await pub("-V", "311", "-t", "a/b", "-q", "2", "-m", "x");
    expect(await subscriber.next()).toMatchObject({ topic: "a/b", qos: 2, retain: false, payload: "x" });
    expect(await browser.next()).toMatchObject({ topic: "a/b", qos: 2, retain: false, text: "x" });
  });

  it.each(VERSIONS)("-V %s receives from every version at every QoS", async (version) => {
    const topic = `versions/${version}`;
    const subscriber = await sub("-V", version, "-t", topic, "-q", "2");
    for (const from of VERSIONS) {
      for (const qos of QOS) {
        await pub("-V", from, "-t", topic, "-q", String(qos), "-m", `${from} at ${qos}`);
        expect(await subscriber.next()).toMatchObject({ topic, qos, payload: `${from} at ${qos}` });
      }
    }
  });

  it.each(QOS)("-q %d gets no more than this QoS", async (most) => {
    const subscriber = await sub("-t", `most/${most}`, "-q", String(most));
    for (const qos of QOS) {
      await pub("-t", `most/${most}`, "-q", String(qos), "-m", "x");
      expect((await subscriber.next()).qos).toBe(Math.min(qos, most));
    }
  });

  it.each(VERSIONS)("-V %s gets the retained message with its flag, until it is cleared", async (version) => {
    const topic = `retained/${version}`;
    await pub("-V", version, "-t", topic, "-q", "1", "-r", "-m", "old");
    await pub("-V", version, "-t", topic, "-q", "1", "-r", "-m", "new");
    const subscriber = await sub("-V", version, "-t", topic, "-q", "1");
    expect(await subscriber.next()).toMatchObject({ payload: "new", retain: true, qos: 1 });
    await pub("-V", version, "-t", topic, "-q", "1", "-r", "-n");
    expect(await subscriber.next()).toMatchObject({ payload: "", retain: false });

    const late = await sub("-V", version, "-t", topic, "-q", "1", "-W", "1");
    const { code } = await late.exit;
    expect({ code, messages: late.messages }).toEqual({ code: 27, messages: [] });
  });

  it.each([
    ["31", []],
    ["311", []],
    ["5", ["-x", "60"]],
  ] as const)("-V %s -c finds in its session what came while it was away, in order", async (version, expiry) => {
    const topic = `session/${version}`;
    const args = ["-V", version, "-c", "-i", `session-${version}`, "-t", topic, "-q", "2", ...expiry];
    const before = await sub(...args);
    await before.kill();
    for (const payload of ["1", "2", "3"]) await pub("-V", version, "-t", topic, "-q", "2", "-m", payload);
    const after = await sub(...args);
    for (const payload of ["1", "2", "3"]) expect(await after.next()).toMatchObject({ qos: 2, payload });
  });

  it.each(VERSIONS)("-V %s leaves its will when it is killed", async (version) => {
    const topic = `will/${version}`;
    const watcher = await sub("-t", topic, "-q", "1");
    const will = ["--will-topic", topic, "--will-payload", "gone", "--will-qos", "1"];
    const victim = await sub("-V", version, "-t", "any", ...will);
    await victim.kill();
    expect(await watcher.next()).toMatchObject({ qos: 1, payload: "gone" });
  });

  it("shares $share/group/filter: each message reaches one of the members", async () => {
    const members = [
      await sub("-t", "$share/group/shared/#", "-q", "1"),
      await sub("-t", "$share/group/shared/#", "-q", "1"),
    ];
    const witness = await sub("-t", "shared/#", "-q", "1");
    const payloads = Array.from({ length: 8 }, (_, i) => `${i}`);
    for (const payload of payloads) await pub("-t", "shared/x", "-q", "1", "-m", payload);
    for (const payload of payloads) expect((await witness.next()).payload).toBe(payload);
    const shares = await Promise.all(members.map((member) => take(member, payloads.length / members.length)));
    expect(shares.flat().sort()).toEqual(payloads);
  });

  it("-V 5 gets user properties in their order, repeated names included", async () => {
    const subscriber = await sub("-V", "5", "-t", "properties");
    const property = (name: string, value: string) => ["-D", "publish", "user-property", name, value];
    await pub(
      "-V",
      "5",
      "-t",
      "properties",
      "-m",
      "x",
      ...property("b", "1"),
      ...property("a", "2"),
      ...property("b", "3"),
    );
    expect((await subscriber.next()).userProperties).toBe("b:1 a:2 b:3");
  });

  it("carries a message of a megabyte", async () => {
    const subscriber = await sub("-t", "big", "-q", "1");
    const text = "0123456789".repeat(100_000);
    const publisher = new Program("mosquitto_pub", [
      "-h",
      "127.0.0.1",
      "-p",
      String(broker.port),
      "-t",
      "big",
      "-q",
      "1",
      "-s",
    ]);
    onTestFinished(() => publisher.kill());
    publisher.end(text);
    expect(await publisher.exit).toEqual({ code: 0, signal: null });
    expect((await subscriber.next()).payload).toBe(text);
  });

  it("mosquitto_rr gets the answer of an MQTT.js client by response topic and correlation data", async () => {
    const responder = await connectMqttJs(`mqtt://127.0.0.1:${broker.port}`, { protocolVersion: 5 });
    await responder.client.subscribeAsync("request");
    const args = [
      "-h",
      "127.0.0.1",
      "-p",
      String(broker.port),
      "-V",
      "5",
      "-t",
      "request",
      "-e",
      "response",
      "-m",
      "ping",
    ];
    const requester = new Program("mosquitto_rr", [...args, "-D", "publish", "correlation-data", "42"]);
    onTestFinished(() => requester.kill());
    const { properties, text } = await responder.next();
    expect(text).toBe("ping");
    expect(properties).toMatchObject({ responseTopic: "response", correlationData: Buffer.from("42") });
    await responder.client.publishAsync(properties?.responseTopic ?? "", "pong", {
      properties: { correlationData: properties?.correlationData ?? Buffer.alloc(0) },
    });
    expect(await requester.exit).toEqual({ code: 0, signal: null });
    expect(requester.lines).toEqual(["pong"]);
  });
});

async function take(subscriber: MosquittoSub, count: number): Promise<string[]> {
  const payloads: string[] = [];
  for (let i = 0; i < count; i++) payloads.push((await subscriber.next()).payload);
  return payloads;
}
