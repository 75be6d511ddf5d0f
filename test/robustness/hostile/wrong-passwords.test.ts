import { hash } from "@node-rs/argon2";
import { expect, it } from "vitest";
import type { GuardOptions } from "../../../src/index.ts";
import { startBroker, type TestBroker } from "../../support/broker.ts";
import { connect } from "../../support/packets.ts";
import { RawClient } from "../../support/raw-client.ts";
import { temporaryFile } from "../../support/temporary.ts";
import { SteadyPair } from "../support/steady-pair.ts";

const ATTACKERS = 50;

async function startGuarded(guard: Partial<GuardOptions>): Promise<TestBroker> {
  const file = temporaryFile(`alice:${await hash("secret")}\n`);
  const authenticators = [{ type: "password-file", file } as const];
  const passwords = { concurrency: 1, maximumWaiting: 10 };
  return startBroker({ authentication: { authenticators, allowAnonymous: true, passwords, guard } });
}

/** Many attackers at a time, each with one guess after the other; how often each answer came ("closed": none). */
async function guess(port: number, guesses: number): Promise<Map<number | "closed", number>> {
  const answers = new Map<number | "closed", number>();
  let next = 0;
  const attack = async (): Promise<void> => {
    for (let number = next++; number < guesses; number = next++) {
      const client = await RawClient.connect(port);
      client.send(connect({ clientIdentifier: `a${number}`, username: "alice", password: `guess ${number}` }));
      const packet = await client.nextOrClosed();
      const answer = packet?.type === "connack" ? packet.reasonCode : "closed";
      answers.set(answer, (answers.get(answer) ?? 0) + 1);
      client.destroy();
    }
  };
  await Promise.all(Array.from({ length: ATTACKERS }, attack));
  return answers;
}

/** Keeps a pair of clients talking until the attack is over. */
async function during<T>(pair: SteadyPair, attack: Promise<T>): Promise<T> {
  let isOver = false;
  const over = attack.finally(() => {
    isOver = true;
  });
  while (!isOver) await pair.exchange();
  return over;
}

it("wrong passwords by the thousand get an answer each, and others do not notice", async () => {
  const test = await startGuarded({});
  const pair = await SteadyPair.connect(test.port);
  const answers = await during(pair, guess(test.port, 2_000));
  expect([...answers.keys()].sort()).toEqual([0x86, 0x89]);
  expect([...answers.values()].reduce((sum, count) => sum + count)).toBe(2_000);
  const owner = await test.connect({ clientIdentifier: "owner", username: "alice", password: "secret" });
  expect(owner.connack).toMatchObject({ reasonCode: 0 });
  await pair.close();
});

it("an address that guesses gets no further than a few dozen of them", async () => {
  const test = await startGuarded({ trusted: [], addressDelayAfter: 1_000 });
  const pair = await SteadyPair.connect(test.port);
  const answers = await during(pair, guess(test.port, 2_000));
  expect(answers.get("closed")).toBeGreaterThan(1_900);
  expect(answers.get(0x86)).toBeLessThan(30);
  expect(test.broker.statistics.addressesBanned).toBe(1);
  await pair.close();
});
