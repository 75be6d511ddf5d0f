import { describe, expect, it } from "vitest";
import type { BrokerOptions } from "../../src/index.ts";
import { startBroker, type TestBroker } from "../support/broker.ts";
import { startDurable } from "../support/durable.ts";
import { messages, subscribeTo } from "../support/exchange.ts";
import type { ConnectOptions, Version } from "../support/packets.ts";
import type { RawClient } from "../support/raw-client.ts";
import { itAt } from "../support/title.ts";

/** Lets in everybody as who they say they are, and those who say nothing. */
const OPEN: BrokerOptions = { access: { authenticate: ({ username }) => (username === undefined ? undefined : 0) } };
const options = (more: BrokerOptions = {}): BrokerOptions => ({
  ...OPEN,
  authentication: { allowAnonymous: true },
  ...more,
});

function enter(test: TestBroker, username: string | undefined, version: Version, more: ConnectOptions = {}) {
  const lasting = { cleanStart: false, properties: { sessionExpiryInterval: 1_000 } };
  const connect = {
    version,
    clientIdentifier: "device",
    ...lasting,
    ...(username !== undefined && { username }),
    ...more,
  };
  return test.connect(connect, { autoAck: true });
}

/** MQTT 3.1 has no flag that tells it. */
function present(version: Version, sessionPresent: boolean): object {
  return { reasonCode: 0, sessionPresent: sessionPresent && version !== 3 };
}

/** A session with a subscription and a message that waits. */
async function leaveSession(test: TestBroker, username: string | undefined, version: Version): Promise<void> {
  const client = await enter(test, username, version);
  await subscribeTo(client, [{ filter: "secret", qos: 1 }]);
  await client.close();
  test.broker.publish("secret", "waits", { qos: 1 });
}

async function expectNothingOfIt(client: RawClient, test: TestBroker): Promise<void> {
  expect(client.connack).toMatchObject({ reasonCode: 0, sessionPresent: false });
  test.broker.publish("secret", "later", { qos: 1 });
  await client.expectNothing();
}

describe.each<Version>([3, 4, 5])("a session, at protocol level %i", (version) => {
  const it = itAt(version);

  it("is not given to another user, nor to one without a name, and is gone then", async () => {
    for (const other of ["mallory", undefined]) {
      const test = await startBroker(options());
      await leaveSession(test, "alice", version);
      const stranger = await enter(test, other, version);
      await expectNothingOfIt(stranger, test);
      await stranger.close();
      const owner = await enter(test, "alice", version);
      expect(owner.connack).toMatchObject(present(version, other === undefined));
      await owner.expectNothing();
    }
  });

  it("whose client is connected is taken over by the same user only", async () => {
    const test = await startBroker(options());
    const alice = await enter(test, "alice", version);
    await subscribeTo(alice, ["a"]);
    for (const cleanStart of [true, false]) {
      for (const other of ["mallory", undefined]) {
        const stranger = await enter(test, other, version, { cleanStart });
        expect(stranger.connack).toMatchObject({ reasonCode: version === 5 ? 0x85 : 2, sessionPresent: false });
        await stranger.expectClosed();
      }
    }
    test.broker.publish("a", "still here");
    expect(await messages(alice, 1)).toEqual(["a=still here"]);
    const again = await enter(test, "alice", version);
    expect(again.connack).toMatchObject(present(version, true));
  });

  it("of nobody in particular is that of the user who takes it, from then on", async () => {
    const test = await startBroker(options());
    await leaveSession(test, undefined, version);
    const alice = await enter(test, "alice", version);
    expect(alice.connack).toMatchObject(present(version, true));
    expect(await messages(alice, 1)).toEqual(["secret=waits"]);
    await alice.close();
    await expectNothingOfIt(await enter(test, "mallory", version), test);
  });
});

describe("a session", () => {
  it("belongs to its user after a restart of the broker, too", async () => {
    for (const username of ["alice", "mallory"]) {
      const before = await startDurable(options());
      await leaveSession(before, "alice", 5);
      await before.kept();
      const test = await before.restart(options());
      const client = await enter(test, username, 5);
      if (username === "mallory") await expectNothingOfIt(client, test);
      else expect(await messages(client, 1)).toEqual(["secret=waits"]);
    }
  });
});

describe.each<Version>([3, 4, 5])(
  "where the user name takes the place of the client identifier, at protocol level %i",
  (version) => {
    const it = itAt(version);
    const byName = (more: BrokerOptions = {}) =>
      startBroker(
        options({
          ...more,
          listeners: [{ protocol: "mqtt", port: 0, usernameAsClientIdentifier: true }],
          accessRules: { rules: [{ effect: "allow", filters: ["of/%c/#"] }] },
        }),
      );

    it("a user has one session, whatever client identifiers it says, and nobody reaches another one's", async () => {
      const test = await byName();
      const phone = await enter(test, "ann", version, { clientIdentifier: "phone" });
      await subscribeTo(phone, [{ filter: "of/ann/x", qos: 1 }]);
      const other = await enter(test, "bob", version, { clientIdentifier: "ann" });
      expect(other.connack).toMatchObject({ reasonCode: 0, sessionPresent: false });
      await phone.close();
      test.broker.publish("of/ann/x", "waits", { qos: 1 });
      const tablet = await enter(test, "ann", version, { clientIdentifier: "tablet" });
      expect(tablet.connack).toMatchObject(present(version, true));
      expect(await messages(tablet, 1)).toEqual(["of/ann/x=waits"]);
      await enter(test, "ann", version, { clientIdentifier: "phone" });
      if (version === 5) expect(await tablet.expect("disconnect")).toMatchObject({ reasonCode: 0x8e });
      await tablet.expectClosed();
    });

    it("a user takes over where no others have room", async () => {
      const test = await byName({ limits: { maximumConnections: 1 } });
      const phone = await enter(test, "ann", version, { clientIdentifier: "phone" });
      const other = await enter(test, "bob", version, { clientIdentifier: "ann" });
      expect(other.connack).toMatchObject({ reasonCode: version === 5 ? 0x97 : 3 });
      const tablet = await enter(test, "ann", version, { clientIdentifier: "tablet" });
      expect(tablet.connack).toMatchObject(present(version, true));
      if (version === 5) await phone.expect("disconnect");
      await phone.expectClosed();
    });

    it("a client without a user name is refused", async () => {
      const test = await byName();
      const client = await enter(test, undefined, version);
      expect(client.connack).toMatchObject({ reasonCode: version === 5 ? 0x87 : 5 });
    });
  },
);
