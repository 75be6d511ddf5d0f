import { describe, expect, it } from "vitest";
import { silentLog } from "../../../src/observability/log.ts";
import { Statistics } from "../../../src/observability/statistics.ts";
import type { ClientInfo } from "../../../src/security/access.ts";
import { addressKey } from "../../../src/security/guard/address-key.ts";
import { Guard } from "../../../src/security/guard/guard.ts";
import { Tally } from "../../../src/security/guard/tally.ts";
import type { GuardOptions } from "../../../src/security/options.ts";
import { holdTime, pass } from "../../support/time.ts";

const ATTACKER = "192.0.2.1";
const HOME = "198.51.100.7";

function clientFrom(remoteAddress: string, username = "alice", clientIdentifier = "c"): ClientInfo {
  return { clientIdentifier, username, remoteAddress } as ClientInfo;
}

/** A guard, and attempts at a user whose password is "right". */
function guarded(options: Partial<GuardOptions> = {}) {
  const statistics = new Statistics();
  const guard = new Guard(options, statistics, silentLog());
  let tried = 0;
  const attempt = (client: ClientInfo, password: string) =>
    guard.watch({
      client,
      evidence: Buffer.from(password),
      run: () => {
        tried++;
        return password === "right";
      },
      judge: (isRight) => (isRight ? "success" : "guess"),
    });
  return { guard, statistics, attempt, tried: () => tried };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("the guard", () => {
  it("delays the answers to an address that guesses, and then bans it for a while", async () => {
    holdTime();
    const { guard, attempt, tried, statistics } = guarded({ addressDelayAfter: 3, addressBanAfter: 6, banSeconds: 60 });
    for (let guess = 0; guess < 3; guess++) expect(attempt(clientFrom(ATTACKER), `wrong ${guess}`)).toBe(false);
    for (let guess = 3; guess < 6; guess++) {
      const late = attempt(clientFrom(ATTACKER), `wrong ${guess}`);
      expect(late).toBeInstanceOf(Promise);
      pass(4);
      expect(await late).toBe(false);
    }
    expect(guard.isBanned(ATTACKER)).toBe(true);
    expect(guard.isBanned(HOME)).toBe(false);
    expect(statistics.addressesBanned).toBe(1);
    expect(tried()).toBe(6);
    pass(61);
    expect(guard.isBanned(ATTACKER)).toBe(false);
  });

  it("stops a burst of guesses as it stops a row of them", async () => {
    const { guard } = guarded({ addressDelayAfter: 1_000, addressBanAfter: 10 });
    const burst = Array.from({ length: 200 }, (_, guess) =>
      guard.watch({
        client: clientFrom(ATTACKER),
        evidence: Buffer.from(String(guess)),
        run: async () => {
          await turn();
          return "wrong";
        },
        judge: () => "guess",
      }),
    );
    const answers = await Promise.all(burst);
    expect(answers.filter((answer) => answer === "wrong").length).toBeLessThanOrEqual(14);
    expect(answers.at(-1)).toMatchObject({ outcome: "deny", reasonCode: 0x8a });
  });

  it("counts a wrong password that a device shows again and again once", () => {
    const { guard, attempt } = guarded({ addressDelayAfter: 5, addressBanAfter: 5 });
    for (let time = 0; time < 100; time++) expect(attempt(clientFrom(ATTACKER), "wrong")).toBe(false);
    expect(guard.isBanned(ATTACKER)).toBe(false);
  });

  it("makes a user who is attacked from everywhere wait for a moment at most, and not at all at home", async () => {
    holdTime();
    const { attempt } = guarded({ userDelayAfter: 5, maximumDelay: 4_000 });
    expect(attempt(clientFrom(HOME), "right")).toBe(true);
    for (let from = 0; from < 50; from++) {
      const answer = attempt(clientFrom(`203.0.113.${from}`), `wrong ${from}`);
      pass(4);
      expect(await answer).toBe(false);
    }
    expect(attempt(clientFrom(HOME), "right")).toBe(true);
    const elsewhere = attempt(clientFrom("198.51.100.8"), "right");
    expect(elsewhere).toBeInstanceOf(Promise);
    pass(4);
    expect(await elsewhere).toBe(true);
    expect(attempt(clientFrom("203.0.113.200", "bob"), "right")).toBe(true);
  });

  it("where it is told to, lets only familiar addresses try after too many guesses for a user", async () => {
    holdTime();
    const { attempt } = guarded({ userDelayAfter: 1_000, userBanAfter: 5, banSeconds: 60 });
    expect(attempt(clientFrom(HOME), "right")).toBe(true);
    for (let from = 0; from < 5; from++) attempt(clientFrom(`203.0.113.${from}`), `wrong ${from}`);
    const elsewhere = attempt(clientFrom("198.51.100.8"), "right");
    pass(1);
    expect(await elsewhere).toMatchObject({ outcome: "deny", reasonCode: 0x89 });
    expect(attempt(clientFrom(HOME), "right")).toBe(true);
    pass(60);
    expect(attempt(clientFrom("198.51.100.8"), "right")).toBe(true);
  });

  it("does not watch addresses that are trusted, nor those who show nothing", () => {
    const { guard, attempt } = guarded({ addressBanAfter: 1, trusted: ["10.0.0.0/8", "2001:db8::/32"] });
    for (const address of ["10.1.2.3", "::ffff:10.1.2.3", "2001:db8::1", ""]) {
      for (let guess = 0; guess < 3; guess++) attempt(clientFrom(address), `wrong ${guess}`);
      expect(guard.isBanned(address)).toBe(false);
    }
    const anonymous = {
      client: clientFrom(HOME),
      evidence: undefined,
      run: () => false,
      judge: () => "guess" as const,
    };
    expect(guard.watch(anonymous)).toBe(false);
    expect(guard.isBanned(HOME)).toBe(false);
  });

  it("says what is wrong with an address to be trusted", () => {
    expect(() => guarded({ trusted: ["10.0.0.0/33"] })).toThrow("10.0.0.0/33");
    expect(() => guarded({ trusted: ["nowhere"] })).toThrow("nowhere");
  });

  it("holds off a client that connects in a loop, and no other", () => {
    holdTime();
    const { guard, statistics } = guarded({ flappingLimit: 3, flappingWindow: 10, flappingHold: 30 });
    for (let time = 0; time < 3; time++) expect(guard.holdsOff(clientFrom(HOME))).toBe(false);
    expect(guard.holdsOff(clientFrom(HOME))).toBe(true);
    expect(guard.holdsOff(clientFrom(HOME))).toBe(true);
    expect(guard.holdsOff(clientFrom(HOME, "alice", "other"))).toBe(false);
    expect(statistics.clientsHeldOff).toBe(2);
    pass(31);
    expect(guard.holdsOff(clientFrom(HOME))).toBe(false);
  });
});

it("a tally forgets the oldest of too many keys", () => {
  const tally = new Tally({ window: 60_000, delayAfter: 1, banAfter: 0, banFor: 1, maximumDelay: 1_000 });
  for (let key = 0; key < 60_000; key++) tally.count(String(key));
  expect(tally.delay("0")).toBe(0);
  expect(tally.delay("59999")).toBeGreaterThan(0);
});

it("a ban is not pushed out by attempts of others", () => {
  const tally = new Tally({ window: 60_000, delayAfter: 1, banAfter: 2, banFor: 60_000, maximumDelay: 1_000 });
  for (const guess of ["1", "2"]) tally.count("attacker", guess);
  for (let key = 0; key < 60_000; key++) tally.count(String(key));
  expect(tally.isBanned("attacker")).toBe(true);
});

it.each([
  ["192.0.2.1", "192.0.2.1"],
  ["::ffff:192.0.2.1", "192.0.2.1"],
  ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
  ["2001:0DB8:0001:2::1", "2001:db8:1:2::/64"],
  ["2001:db8::1", "2001:db8:0:0::/64"],
  ["::1", "0:0:0:0::/64"],
  ["fe80::1%eth0", "fe80:0:0:0::/64"],
])("the address %s is counted under %s", (address, key) => {
  expect(addressKey(address)).toBe(key);
});

it("attempts of an address that cannot be looked at soon are refused, so that they do not pile up", async () => {
  const { guard } = guarded({ addressDelayAfter: 1_000, addressBanAfter: 0 });
  const ends: (() => void)[] = [];
  const attempts = Array.from({ length: 300 }, (_, guess) =>
    guard.watch({
      client: clientFrom(ATTACKER),
      evidence: Buffer.from(String(guess)),
      run: () => new Promise<string>((resolve) => ends.push(() => resolve("wrong"))),
      judge: () => "guess",
    }),
  );
  expect(await attempts.at(-1)).toMatchObject({ outcome: "deny", reasonCode: 0x89 });
  const others = guard.watch({
    client: clientFrom(HOME),
    evidence: Buffer.from("x"),
    run: () => 1,
    judge: () => "guess",
  });
  expect(others).toBe(1);
  const all = Promise.all(attempts);
  for (let done = 0; done < 204; done++) {
    await expect.poll(() => ends.length).toBeGreaterThan(0);
    ends.shift()?.();
  }
  expect((await all).filter((answer) => answer === "wrong")).toHaveLength(204);
});
