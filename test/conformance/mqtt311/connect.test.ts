import { once } from "node:events";
import { describe, expect, it } from "vitest";
import type { ClientInfo } from "../../../src/index.ts";
import { startBroker } from "../../support/broker.ts";
import { expectNoMessage, publishFrom, subscribeTo, takeMessage, withWitness } from "../../support/flows.ts";
import { disconnect, pingreq, puback, pubcomp, pubrec, pubrel } from "../../support/packets.ts";
import { bodyStart, field, packet } from "../../support/wire.ts";
import { connect, enter, expectNoAnswer, expectReturnCode, open, publish, subscribe, unsubscribe } from "./clients.ts";

/** CONNECT of MQTT 3.1.1 (§3.1). */

const USER_NAME = 0x80;
const PASSWORD = 0x40;
const WILL_RETAIN = 0x20;
const WILL_QOS_1 = 0x08;
const WILL = 0x04;
const CLEAN_SESSION = 0x02;

/** A CONNECT with these flags and these fields behind the client identifier. */
function flagged(flags: number, ...fields: string[]): Buffer {
  const start = connect({ flags, clientIdentifier: "c" });
  return packet(0x10, start.subarray(bodyStart(start)), ...fields.map(field));
}

describe("the first packet", () => {
  it.each([
    ["PUBLISH", publish({ topic: "early" })],
    ["PUBACK", puback(1)],
    ["PUBREC", pubrec(1)],
    ["PUBREL", pubrel(1)],
    ["PUBCOMP", pubcomp(1)],
    ["SUBSCRIBE", subscribe(["a"])],
    ["UNSUBSCRIBE", unsubscribe(["a"])],
    ["PINGREQ", pingreq()],
    ["DISCONNECT", disconnect()],
  ])("[MQTT-3.1.0-1 of 3.1.1] closes the connection when it is a %s", async (_name, bytes) => {
    const test = await startBroker();
    const witness = await withWitness(test);
    await expectNoAnswer(test, bytes, connect());
    await expectNoMessage(test, witness);
  });

  it("[MQTT-3.1.0-2 of 3.1.1] may not be followed by a second CONNECT: that closes the connection", async () => {
    const test = await startBroker();
    const witness = await withWitness(test);
    const client = await enter(test, "c", { will: { topic: "will" } });
    client.send(connect({ clientIdentifier: "other" }), pingreq());
    await client.expectClosed();
    expect(await witness.expect("publish")).toMatchObject({ topic: "will" });
  });
});

describe("protocol name and level", () => {
  it.each(["MQTT5", "mqtt", "MQT", "", "AMQP"])(
    "[MQTT-3.1.2-1 of 3.1.1] the name %j is not served as MQTT 3.1.1",
    async (protocolName) => {
      const test = await startBroker();
      const witness = await withWitness(test);
      const client = await open(test);
      client.send(connect({ protocolName }), publish({ topic: "served" }));
      const answer = await client.next().catch(() => undefined);
      if (answer !== undefined) expect(answer).toMatchObject({ type: "connack", sessionPresent: false, reasonCode: 1 });
      await client.expectClosed();
      await expectNoMessage(test, witness);
    },
  );

  it.each([0, 1, 2, 3, 6, 7, 127, 255])(
    "[MQTT-3.1.2-2 of 3.1.1] [MQTT-3.2.2-5 of 3.1.1] level %i is answered by return code 1, then closed",
    async (level) => {
      await expectReturnCode(await startBroker(), connect({ level }), 1);
    },
  );
});

describe("connect flags", () => {
  it("[MQTT-3.1.2-3 of 3.1.1] the reserved one may not be set", async () => {
    const test = await startBroker();
    await expectNoAnswer(test, flagged(CLEAN_SESSION | 1));
    await expectNoAnswer(test, flagged(CLEAN_SESSION | WILL | 1, "topic", "message"));
  });

  it("[MQTT-3.1.2-9 of 3.1.1] the will flag asks for topic and message", async () => {
    const test = await startBroker();
    await expectNoAnswer(test, flagged(CLEAN_SESSION | WILL));
    await expectNoAnswer(test, flagged(CLEAN_SESSION | WILL, "topic"));
    await enter(test, "control", { will: { topic: "topic", payload: "message" } });
  });

  it("[MQTT-3.1.2-11 of 3.1.1] without the will flag there may be no will fields", async () => {
    await expectNoAnswer(await startBroker(), flagged(CLEAN_SESSION, "topic", "message"));
  });

  it.each([1, 2, 3])(
    "[MQTT-3.1.2-11 of 3.1.1] [MQTT-3.1.2-13 of 3.1.1] without the will flag a will QoS %i is refused",
    async (qos) => {
      await expectNoAnswer(await startBroker(), flagged(CLEAN_SESSION | (qos * WILL_QOS_1)));
    },
  );

  it("[MQTT-3.1.2-11 of 3.1.1] [MQTT-3.1.2-15 of 3.1.1] without the will flag a will retain is refused", async () => {
    await expectNoAnswer(await startBroker(), flagged(CLEAN_SESSION | WILL_RETAIN));
  });

  it("[MQTT-3.1.2-14 of 3.1.1] a will QoS 3 is refused", async () => {
    const test = await startBroker();
    await expectNoAnswer(test, flagged(CLEAN_SESSION | WILL | (3 * WILL_QOS_1), "topic", "message"));
    for (const qos of [0, 1, 2]) await enter(test, `control${qos}`, { will: { topic: "topic", qos } });
  });

  it("[MQTT-3.1.2-18 of 3.1.1] without the user name flag there may be no user name", async () => {
    await expectNoAnswer(await startBroker(), flagged(CLEAN_SESSION, "name"));
  });

  it("[MQTT-3.1.2-19 of 3.1.1] the user name flag asks for a user name", async () => {
    await expectNoAnswer(await startBroker(), flagged(CLEAN_SESSION | USER_NAME));
  });

  it("[MQTT-3.1.2-20 of 3.1.1] without the password flag there may be no password", async () => {
    await expectNoAnswer(await startBroker(), flagged(CLEAN_SESSION | USER_NAME, "name", "password"));
  });

  it("[MQTT-3.1.2-21 of 3.1.1] the password flag asks for a password", async () => {
    await expectNoAnswer(await startBroker(), flagged(CLEAN_SESSION | USER_NAME | PASSWORD, "name"));
  });

  it("[MQTT-3.1.2-22 of 3.1.1] the password flag without the user name flag is refused", async () => {
    await expectNoAnswer(await startBroker(), flagged(CLEAN_SESSION | PASSWORD, "password"));
  });
});

describe("payload", () => {
  it("[MQTT-3.1.3-1 of 3.1.1] is client identifier, will topic, will message, user name, password", async () => {
    const seen: [string, string | undefined, string][] = [];
    const authenticate = ({ clientIdentifier, username }: ClientInfo, password: Uint8Array | undefined): number => {
      seen.push([clientIdentifier, username, Buffer.from(password ?? []).toString()]);
      return 0;
    };
    const test = await startBroker({ access: { authenticate } });
    const witness = await enter(test, "w");
    await subscribeTo(witness, "#");
    const client = await open(test);
    client.send(flagged(CLEAN_SESSION | WILL | USER_NAME | PASSWORD, "topic", "message", "name", "word"));
    expect(await client.expect("connack")).toMatchObject({ reasonCode: 0 });
    client.destroy();
    const { topic, payload } = await takeMessage(witness);
    expect([topic, payload.toString()]).toEqual(["topic", "message"]);
    expect(seen).toEqual([
      ["w", undefined, ""],
      ["c", "name", "word"],
    ]);
  });

  it("[MQTT-3.1.3-3 of 3.1.1] has to have a client identifier", async () => {
    const whole = connect({ clientIdentifier: "" });
    await expectNoAnswer(await startBroker(), packet(0x10, whole.subarray(bodyStart(whole), -2)));
  });

  it("[MQTT-3.1.4-1 of 3.1.1] cut off anywhere, it is closed without an answer", async () => {
    const test = await startBroker();
    const whole = connect({ will: { topic: "t", payload: "m" }, username: "u", password: "p" });
    const body = whole.subarray(bodyStart(whole));
    for (let length = 0; length < body.length; length++)
      await expectNoAnswer(test, packet(0x10, body.subarray(0, length)));
  });

  it("[MQTT-3.1.4-1 of 3.1.1] with a byte behind its last field it is closed without an answer", async () => {
    const whole = connect({ username: "u", password: "p" });
    await expectNoAnswer(await startBroker(), packet(0x10, whole.subarray(bodyStart(whole)), Buffer.alloc(1)));
  });
});

describe("client identifier", () => {
  const LETTERS = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

  it("[MQTT-3.1.3-5 of 3.1.1] may be of any 1 to 23 digits and letters", async () => {
    const test = await startBroker();
    const lengths = Array.from({ length: 23 }, (_, index) => "x".repeat(index + 1));
    const pieces = [LETTERS.slice(0, 23), LETTERS.slice(23, 46), LETTERS.slice(39)];
    for (const clientIdentifier of [...LETTERS, ...lengths, ...pieces])
      await (await enter(test, clientIdentifier)).close();
  });

  it("[MQTT-3.1.3-6 of 3.1.1] may be empty with CleanSession 1, and is then made, one for each client", async () => {
    const test = await startBroker();
    const made: string[] = [];
    test.broker.on("connect", ({ clientIdentifier }) => made.push(clientIdentifier));
    const [first, second] = [await enter(test, ""), await enter(test, "")];
    await subscribeTo(first, "a");
    await publishFrom(second, "a", "x");
    expect(await takeMessage(first)).toMatchObject({ topic: "a" });
    await expect.poll(() => made.length, { timeout: 5_000 }).toBe(2);
    expect(new Set([...made, ""]).size).toBe(3);
  });

  it("[MQTT-3.1.3-7 of 3.1.1] [MQTT-3.1.3-8 of 3.1.1] empty with CleanSession 0 it is answered by return code 2, then closed", async () => {
    const test = await startBroker();
    await expectReturnCode(test, connect({ clientIdentifier: "", cleanStart: false }), 2);
    expect(test.broker.gauges.sessions).toBe(0);
  });

  it("[MQTT-3.1.3-9 of 3.1.1] that the server refuses is answered by return code 2, then closed", async () => {
    const authenticate = ({ clientIdentifier }: ClientInfo): number => (clientIdentifier === "no" ? 0x85 : 0);
    const test = await startBroker({ access: { authenticate } });
    await expectReturnCode(test, connect({ clientIdentifier: "no" }), 2);
    await enter(test, "yes");
  });
});

describe("keep alive", () => {
  it("[MQTT-3.1.2-24 of 3.1.1] a client silent for 1.5 times as long is dropped, and its will goes out", async () => {
    const test = await startBroker();
    const witness = await withWitness(test);
    const gone = once(test.broker, "disconnect");
    const silent = await enter(test, "c", { keepAlive: 1, will: { topic: "will" } });
    const startedAt = performance.now();
    const unwatched = await enter(test, "u", { keepAlive: 0 });
    await silent.expectClosed();
    await gone;
    expect(performance.now() - startedAt).toBeGreaterThan(1_490);
    expect(await witness.expect("publish")).toMatchObject({ topic: "will" });
    await unwatched.expectNothing();
  });
});
