import { expect, it } from "vitest";
import { silentLog } from "../../../src/observability/log.ts";
import type { ClientInfo } from "../../../src/security/access.ts";
import { AuthenticationChain } from "../../../src/security/authentication-chain.ts";
import { PASSWORD_WORK } from "../../../src/security/options.ts";
import { PasswordAuthenticator } from "../../../src/security/passwords/password-authenticator.ts";
import { PasswordChecks } from "../../../src/security/passwords/password-checks.ts";
import type { PasswordEntry } from "../../../src/security/passwords/password-file.ts";
import { holdTime, pass } from "../../support/time.ts";

/** A chain of two password files, of one user each, that counts the checks of hashes. The password is the user's name. */
function counting(cacheSeconds = 3_600) {
  let checks = 0;
  const entry = (username: string): PasswordEntry => ({
    username,
    text: `hash of ${username}`,
    hash: {
      form: "test",
      isCheap: false,
      scram: undefined,
      matches: async (password) => {
        checks++;
        return Buffer.from(password).toString() === username;
      },
    },
  });
  const work = new PasswordChecks({ ...PASSWORD_WORK, cacheSeconds }, 10_000);
  const files = ["alice", "bob"].map((user) => new PasswordAuthenticator(user, new Map([[user, [entry(user)]]]), work));
  const chain = new AuthenticationChain(files, false, silentLog());
  const ask = async (username: string, password: string) => {
    const before = checks;
    const client = { username, clientIdentifier: "c" } as ClientInfo;
    const { outcome } = await chain.authenticate(client, Buffer.from(password));
    return [outcome, checks - before];
  };
  return { ask };
}

it("a user that does not exist costs what one costs that does, again and again", async () => {
  const { ask } = counting();
  for (const user of ["alice", "bob", "nobody"]) {
    expect([user, await ask(user, "first guess")]).toEqual([user, ["deny", 1]]);
    expect([user, await ask(user, "first guess")]).toEqual([user, ["deny", 0]]);
    expect([user, await ask(user, "second guess")]).toEqual([user, ["deny", 1]]);
  }
});

it("nobody comes in as a user that does not exist by the password of another one", async () => {
  const { ask } = counting();
  for (const user of ["alice", "bob"]) expect(await ask("nobody", user)).toEqual(["deny", 1]);
});

it("a password that was right is checked again after a while, or always", async () => {
  holdTime();
  const { ask } = counting(60);
  expect(await ask("alice", "alice")).toEqual(["allow", 1]);
  expect(await ask("alice", "alice")).toEqual(["allow", 0]);
  pass(61);
  expect(await ask("alice", "alice")).toEqual(["allow", 1]);
  const always = counting(0);
  expect(await always.ask("alice", "alice")).toEqual(["allow", 1]);
  expect(await always.ask("alice", "alice")).toEqual(["allow", 1]);
});
