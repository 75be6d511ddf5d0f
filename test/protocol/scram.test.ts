import { writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { GuardOptions } from "../../src/index.ts";
import { createScramVerifier } from "../../src/security/scram/verifier.ts";
import { startBroker } from "../support/broker.ts";
import { auth, connect } from "../support/packets.ts";
import { SECRET_HASHES } from "../support/passwords.ts";
import { METHODS, ScramClient } from "../support/scram-client.ts";
import { temporaryFile } from "../support/temporary.ts";

const HASHES = ["sha256", "sha512"] as const;

async function startScram(users = ["alice"], guard: Partial<GuardOptions> = {}) {
  const lines = [`plain:${SECRET_HASHES.sha512}\n`];
  for (const user of users) {
    for (const hash of HASHES) lines.push(`${user}:${await createScramVerifier(hash, `${user}'s secret`)}\n`);
  }
  const file = temporaryFile(lines.join(""));
  return startBroker({ authentication: { authenticators: [{ type: "password-file", file }], guard } });
}

describe.each(HASHES)("SCRAM with %s", (hash) => {
  it("lets a user in, and proves that the server knows it too", async () => {
    const test = await startScram(["a,b=c"]);
    const scram = new ScramClient(hash, "a,b=c", "a,b=c's secret");
    const { client, answer } = await scram.connect(test);
    expect(answer).toMatchObject({
      type: "connack",
      reasonCode: 0,
      properties: { authenticationMethod: METHODS[hash] },
    });
    scram.expectSignature(answer.type === "connack" ? answer.properties.authenticationData : undefined);
    expect(scram.iterations).toBeGreaterThanOrEqual(4_096);
    await client.expectNothing();
  });

  it("refuses a wrong password", async () => {
    const test = await startScram();
    const { client, answer } = await new ScramClient(hash, "alice", "wrong").connect(test);
    expect(answer).toMatchObject({ type: "connack", reasonCode: 0x87 });
    await client.expectClosed();
    expect(test.broker.statistics.authenticationsFailed).toBe(1);
  });

  it("takes a user that does not exist as far as one that does, with a salt that stays the same", async () => {
    const test = await startScram();
    const nobody = new ScramClient(hash, "nobody", "alice's secret");
    const { answer } = await nobody.connect(test);
    expect(answer).toMatchObject({
      type: "connack",
      reasonCode: 0x87,
      properties: { reasonString: "wrong user name or password" },
    });
    const { salt, iterations } = nobody;
    await nobody.connect(test);
    expect(nobody.salt).toBe(salt);
    const known = new ScramClient(hash, "alice", "wrong");
    expect((await known.connect(test)).answer).toMatchObject({
      properties: { reasonString: "wrong user name or password" },
    });
    expect([known.iterations, Buffer.from(known.salt, "base64").length]).toEqual([
      iterations,
      Buffer.from(salt, "base64").length,
    ]);
  });

  it("[MQTT-4.12.1-1] authenticates again on the same connection, the same user only", async () => {
    const test = await startScram(["alice", "bob"]);
    const scram = new ScramClient(hash, "alice", "alice's secret");
    const { client } = await scram.connect(test);
    expect(await scram.again(client)).toMatchObject({ type: "auth", reasonCode: 0 });
    await client.expectNothing();
    expect(await new ScramClient(hash, "bob", "bob's secret").again(client)).toMatchObject({
      type: "disconnect",
      reasonCode: 0x87,
    });
    await client.expectClosed();
  });

  it("[MQTT-4.12.1-2] ends the connection where authenticating again fails", async () => {
    const test = await startScram();
    const { client } = await new ScramClient(hash, "alice", "alice's secret").connect(test);
    expect(await new ScramClient(hash, "alice", "wrong").again(client)).toMatchObject({
      type: "disconnect",
      reasonCode: 0x87,
    });
    await client.expectClosed();
  });

  it("authenticates again by the users that there are since a reload", async () => {
    const line = async (password: string) => `alice:${await createScramVerifier(hash, password)}\n`;
    const file = temporaryFile(await line("old"));
    const test = await startBroker({ authentication: { authenticators: [{ type: "password-file", file }] } });
    const reload = async (text: string) => {
      writeFileSync(file, text);
      (await test.broker.prepareSecurity())();
    };
    const before = new ScramClient(hash, "alice", "old");
    const after = new ScramClient(hash, "alice", "new");
    const { client: first } = await before.connect(test, { clientIdentifier: "a" });
    const { client: second } = await before.connect(test, { clientIdentifier: "b" });
    await reload(await line("new"));
    expect(await after.again(first)).toMatchObject({ type: "auth", reasonCode: 0 });
    expect(await before.again(first)).toMatchObject({ type: "disconnect", reasonCode: 0x87 });
    await reload("");
    second.send(auth({ reasonCode: 0x19, properties: { authenticationMethod: METHODS[hash] } }));
    expect(await second.expect("disconnect")).toMatchObject({ reasonCode: 0x87 });
  });

  it("may begin with a CONNECT that has no data yet", async () => {
    const test = await startScram();
    const scram = new ScramClient(hash, "alice", "alice's secret");
    const client = await test.open();
    client.send(connect({ clientIdentifier: "c", properties: { authenticationMethod: scram.method } }));
    expect(await client.expect("auth")).toMatchObject({ reasonCode: 0x18 });
    client.send(auth({ reasonCode: 0x18, properties: scram.properties(scram.first) }));
    expect(await scram.finish(client)).toMatchObject({ type: "connack", reasonCode: 0 });
  });
});

it.each([
  ["another user name in the CONNECT", "n,,n=alice,r=abc", { username: "bob" }],
  ["channel binding", "p=tls-exporter,,n=alice,r=abc", {}],
  ["garbage", "\u0000", {}],
])("%s is refused", async (_name, first, options) => {
  const test = await startScram();
  const client = await test.open();
  const properties = { authenticationMethod: "SCRAM-SHA-256", authenticationData: Buffer.from(first) };
  client.send(connect({ clientIdentifier: "c", ...options, properties }));
  expect(await client.expect("connack")).toMatchObject({ reasonCode: 0x87 });
  await client.expectClosed();
});

it("an answer with the nonce of another exchange is refused", async () => {
  const test = await startScram();
  const scram = new ScramClient("sha256", "alice", "alice's secret");
  const [one, two] = await Promise.all([test.open(), test.open()]);
  const firsts: string[] = [];
  for (const [index, client] of [one, two].entries()) {
    client.send(connect({ clientIdentifier: `c${index}`, properties: scram.properties(scram.first) }));
    const { properties } = await client.expect("auth");
    firsts.push(Buffer.from(properties.authenticationData ?? []).toString());
  }
  two.send(auth({ reasonCode: 0x18, properties: scram.properties(scram.answer(firsts[0] ?? "")) }));
  expect(await two.expect("connack")).toMatchObject({ reasonCode: 0x87 });
});

it("a user that has verifiers for SCRAM may show the password itself, with any version", async () => {
  const test = await startScram();
  for (const version of [4, 5] as const) {
    const right = await test.connect({ version, clientIdentifier: "c", username: "alice", password: "alice's secret" });
    expect(right.connack).toMatchObject({ reasonCode: 0 });
  }
});

it("where no user has a verifier the method does not exist", async () => {
  const test = await startScram([]);
  const client = await test.connect({ clientIdentifier: "c", properties: { authenticationMethod: "SCRAM-SHA-256" } });
  expect(client.connack).toMatchObject({ reasonCode: 0x8c });
});

it("finds users in all password files, and keeps the salts of those that do not exist when the files are read anew", async () => {
  const files = await Promise.all(
    ["alice", "bob"].map(async (user) => temporaryFile(`${user}:${await createScramVerifier("sha256", user)}\n`)),
  );
  const authenticators = files.map((file) => ({ type: "password-file", file }) as const);
  const test = await startBroker({ authentication: { authenticators } });
  for (const user of ["alice", "bob"]) {
    const { answer } = await new ScramClient("sha256", user, user).connect(test);
    expect(answer).toMatchObject({ type: "connack", reasonCode: 0 });
  }
  const nobody = new ScramClient("sha256", "nobody", "x");
  await nobody.connect(test);
  const { salt } = nobody;
  (await test.broker.prepareSecurity())();
  await nobody.connect(test);
  expect(nobody.salt).toBe(salt);
});

it("guesses by SCRAM are counted like others", async () => {
  const test = await startScram(["alice"], { trusted: [], addressBanAfter: 2, addressDelayAfter: 100 });
  for (const guess of ["1", "2"]) await new ScramClient("sha256", "alice", guess).connect(test);
  const client = await test.open();
  await client.expectClosed();
  expect(test.broker.statistics.addressesBanned).toBe(1);
});
