import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join as joinPath } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import type { BrokerOptions } from "../../src/index.ts";
import type { AccessOptions, AccessRuleOptions } from "../../src/security/acl/options.ts";
import { startBroker, type TestBroker } from "../support/broker.ts";
import { messages, publishAcknowledged, subscribeTo } from "../support/exchange.ts";
import { disconnect, publish, type Version } from "../support/packets.ts";
import type { RawClient } from "../support/raw-client.ts";
import { itAt } from "../support/title.ts";

/** Lets in everybody as who they say they are. */
const access = { authenticate: () => 0 };

function allow(filters: readonly string[], more: Partial<AccessRuleOptions> = {}): AccessRuleOptions {
  return { effect: "allow", filters, ...more };
}

function deny(filters: readonly string[], more: Partial<AccessRuleOptions> = {}): AccessRuleOptions {
  return { effect: "deny", filters, ...more };
}

function startWith(accessRules: AccessOptions, more: BrokerOptions = {}): Promise<TestBroker> {
  return startBroker({ access, accessRules, ...more });
}

/** A client whose client identifier is its user name, too. */
function enter(test: TestBroker, username: string, version: Version = 5, expiry?: number): Promise<RawClient> {
  const lasting = expiry === undefined ? {} : { cleanStart: false, properties: { sessionExpiryInterval: expiry } };
  return test.connect({ version, clientIdentifier: username, username, ...lasting }, { autoAck: true });
}

describe.each<Version>([3, 4, 5])("access rules, at protocol level %i", (version) => {
  const it = itAt(version);

  it("keep a message that may not be published from everybody, and tell the publisher as its version can", async () => {
    const test = await startWith({ rules: [allow(["open/#"]), allow(["#"], { users: ["root"] })] });
    const root = await enter(test, "root");
    await subscribeTo(root, ["#"]);
    const client = await enter(test, "client", version);
    client.send(publish({ version, topic: "closed/0", payload: "x", retain: true }));
    const { reasonCode } = await publishAcknowledged(client, "closed/1", "x", { retain: true });
    expect(reasonCode).toBe(version === 5 ? 0x87 : 0);
    client.send(publish({ version, qos: 2, packetIdentifier: 9, topic: "closed/2", payload: "x" }));
    expect(await client.expect("pubrec")).toMatchObject({ packetIdentifier: 9, reasonCode: version === 5 ? 0x87 : 0 });
    await publishAcknowledged(client, "open/1", "y");
    expect(await messages(root, 1)).toEqual(["open/1=y"]);
    expect(test.broker.gauges.retainedMessages).toBe(0);
  });

  it("refuse a subscription to more than is allowed", async () => {
    const test = await startWith({ rules: [deny(["a/secret"]), allow(["a/#"])] });
    const client = await enter(test, "client", version);
    const { reasonCodes } = await subscribeTo(client, ["a/b", "a/+", "#", "a/b/#", "b"]);
    const no = version === 5 ? 0x87 : 0x80;
    expect(reasonCodes).toEqual(version === 3 ? [0, 0, 0, 0, 0] : [0, no, no, 0, no]);
    for (const topic of ["a/secret", "b", "a/x", "a/b"]) test.broker.publish(topic, "");
    expect(await messages(client, 1)).toEqual(["a/b="]);
    await client.expectNothing();
  });

  it("refuse a client whose will it may not publish", async () => {
    const test = await startWith({ rules: [allow(["a"])] });
    const will = { topic: "b", payload: "gone" };
    const client = await test.connect({ version, clientIdentifier: "client", will });
    expect(client.connack).toMatchObject({ reasonCode: version === 5 ? 0x87 : 5 });
    await client.expectClosed();
    expect(test.broker.gauges.sessions).toBe(0);
  });

  it("keep from a subscriber what it may not receive, live and retained, and count it", async () => {
    const rules = [deny(["a/+/secret"], { actions: ["receive"] }), allow(["a/#"])];
    const test = await startWith({ rules });
    for (const topic of ["a/1/secret", "a/1/open"]) test.broker.publish(topic, "old", { retain: true });
    const client = await enter(test, "client", version);
    await subscribeTo(client, ["a/#"]);
    expect(await messages(client, 1)).toEqual(["a/1/open=old"]);
    for (const qos of [0, 1, 2] as const) {
      test.broker.publish("a/2/secret", "new", { qos });
      test.broker.publish("a/2/open", "new", { qos });
    }
    expect(await messages(client, 3)).toEqual(["a/2/open=new", "a/2/open=new", "a/2/open=new"]);
    await client.expectNothing();
    expect(test.broker.statistics.messagesDroppedNotAuthorized).toBe(4);
  });
});

describe("access rules", () => {
  it("hold for topics behind an alias", async () => {
    const test = await startWith({ rules: [allow(["a"])] }, { limits: { topicAliasMaximum: 5 } });
    const client = await enter(test, "client");
    const send = (topic: string, topicAlias: number) =>
      publishAcknowledged(client, topic, "", { properties: { topicAlias } });
    expect([await send("a", 1), await send("b", 2)].map(({ reasonCode }) => reasonCode)).toEqual([0x10, 0x87]);
    expect([await send("", 1), await send("", 2)].map(({ reasonCode }) => reasonCode)).toEqual([0x10, 0x87]);
  });

  it("hold behind $share, where all of it has to be receivable", async () => {
    const rules = [deny(["a/secret"], { actions: ["receive"] }), allow(["a/#"])];
    const test = await startWith({ rules });
    const client = await enter(test, "client");
    const { reasonCodes } = await subscribeTo(client, ["$share/g/a/#", "$share/g/a/b", "$share/g/#"]);
    expect(reasonCodes).toEqual([0x87, 0, 0x87]);
    for (const topic of ["a/secret", "a/b"]) test.broker.publish(topic, "");
    expect(await messages(client, 1)).toEqual(["a/b="]);
    await client.expectNothing();
  });

  it("tell clients apart by user, client identifier and address, and put their names in place", async () => {
    const rules = [
      allow(["users/%u/#", "clients/%c"]),
      allow(["local"], { addresses: ["127.0.0.0/8"] }),
      allow(["far"], { addresses: ["10.0.0.0/8"] }),
    ];
    const test = await startWith({ rules });
    const alice = await enter(test, "alice");
    const topics = ["users/alice/x", "users/bob/x", "clients/alice", "clients/bob", "local", "far"];
    const codes = [];
    for (const topic of topics) codes.push((await publishAcknowledged(alice, topic)).reasonCode);
    expect(codes).toEqual([0x10, 0x87, 0x10, 0x87, 0x10, 0x87]);
  });

  it("take rights away from a session that waits, from what waits for it too, and give them back", async () => {
    const test = await startWith({ rules: [allow(["a"]), allow(["b"])] });
    const first = await enter(test, "client", 5, 1_000);
    await subscribeTo(first, [
      { filter: "a", qos: 1 },
      { filter: "b", qos: 1 },
    ]);
    first.send(disconnect());
    await first.expectClosed();
    for (const topic of ["a", "b"]) test.broker.publish(topic, "while away", { qos: 1 });
    (await test.broker.prepareSecurity({ accessRules: { rules: [allow(["b"])] } }))();
    const second = await enter(test, "client", 5, 1_000);
    expect(second.connack).toMatchObject({ sessionPresent: true });
    for (const topic of ["a", "b"]) test.broker.publish(topic, "after", { qos: 1 });
    expect(await messages(second, 2)).toEqual(["b=while away", "b=after"]);
    (await test.broker.prepareSecurity({ accessRules: { rules: [allow(["+"])] } }))();
    test.broker.publish("a", "again", { qos: 1 });
    expect(await messages(second, 1)).toEqual(["a=again"]);
  });

  it("change for clients that are online, publishers and subscribers alike, and for nobody where they are not valid", async () => {
    const test = await startWith({ otherwise: "allow" });
    const client = await enter(test, "client");
    await subscribeTo(client, ["a"]);
    const publisher = await enter(test, "publisher");
    await expect(test.broker.prepareSecurity({ accessRules: { rules: [allow(["#/a"])] } })).rejects.toThrow(/#\/a/);
    expect(await publishAcknowledged(publisher, "a", "1")).toMatchObject({ reasonCode: 0 });
    expect(await messages(client, 1)).toEqual(["a=1"]);
    (await test.broker.prepareSecurity({ accessRules: {} }))();
    expect(await publishAcknowledged(publisher, "a", "2")).toMatchObject({ reasonCode: 0x87 });
    test.broker.publish("a", "3");
    await client.expectNothing();
  });

  it("may differ from listener to listener", async () => {
    const listeners = [
      { protocol: "mqtt", port: 0 },
      { protocol: "mqtt", port: 0, name: "inside", accessRules: { otherwise: "allow" } },
    ] as const;
    const test = await startWith({ rules: [allow(["a"])] }, { listeners });
    const outside = await enter(test, "outside");
    expect(await publishAcknowledged(outside, "b")).toMatchObject({ reasonCode: 0x87 });
  });

  it("of a file of Mosquitto's let everybody subscribe, and look at each message on its way", async () => {
    const folder = mkdtempSync(joinPath(tmpdir(), "ternmq-acl-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const aclFile = joinPath(folder, "acl");
    writeFileSync(aclFile, "user client\ntopic read a/#\ntopic deny a/secret\npattern write from/%c\n");
    const test = await startWith({ aclFile });
    const client = await enter(test, "client");
    expect(await subscribeTo(client, ["#"])).toMatchObject({ reasonCodes: [0] });
    for (const topic of ["a/b", "a/secret", "b"]) test.broker.publish(topic, "");
    expect(await messages(client, 1)).toEqual(["a/b="]);
    expect(await publishAcknowledged(client, "from/client")).toMatchObject({ reasonCode: 0 });
    expect(await publishAcknowledged(client, "from/other")).toMatchObject({ reasonCode: 0x87 });
    await client.expectNothing();
  });

  it("that cannot be read keep the broker from starting", async () => {
    await expect(startWith({ aclFile: "/nowhere/acl" })).rejects.toThrow(
      /cannot read the access control list \/nowhere\/acl/,
    );
  });
});

describe("topics that begin with $", () => {
  it("are for the broker to publish to, also without any rules", async () => {
    const test = await startBroker();
    const client = await enter(test, "client");
    await subscribeTo(client, ["$SYS/#", "$other"]);
    for (const topic of ["$SYS/x", "$SYS", "$other"]) {
      expect(await publishAcknowledged(client, topic, "x", { retain: true })).toMatchObject({ reasonCode: 0x87 });
    }
    await client.expectNothing();
    test.broker.publish("$SYS/x", "real");
    expect(await messages(client, 1)).toEqual(["$SYS/x=real"]);
  });

  it("are open to clients where a rule says so, but for $SYS", async () => {
    const test = await startWith({ rules: [allow(["$other/#", "$SYS/#", "$SYSTEM"])] });
    const client = await enter(test, "client");
    const codes = [];
    for (const topic of ["$other/x", "$SYSTEM", "$SYS/x", "$SYS"])
      codes.push((await publishAcknowledged(client, topic)).reasonCode);
    expect(codes).toEqual([0x10, 0x10, 0x87, 0x87]);
  });
});
