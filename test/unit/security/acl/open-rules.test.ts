import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { AccessRules } from "../../../../src/security/acl/access-rules.ts";
import type { ClientAccess } from "../../../../src/security/acl/client-access.ts";
import { openAccessRules, rulesOfClaim } from "../../../../src/security/acl/open-rules.ts";
import type { AccessOptions } from "../../../../src/security/acl/options.ts";
import type { Subject } from "../../../../src/security/acl/rule.ts";
import { topicRange } from "../../../../src/security/acl/topic-range.ts";

const ALICE: Subject = { username: "alice", groups: [], clientIdentifier: "phone", remoteAddress: "192.0.2.7" };

/** Which of publish, receive and subscribe are allowed, by their first letters. */
function rights(access: ClientAccess, topic: string): string {
  const range = topicRange(Buffer.from(topic));
  access.lookAtReceived();
  const publish = access.mayPublish(range) ? "p" : "";
  const receive = access.mayReceive(range) ? "r" : "";
  return `${publish}${receive}${access.maySubscribe(topic, false) ? "s" : ""}`;
}

async function rightsBy(options: AccessOptions, topic: string, subject: Partial<Subject> = {}): Promise<string> {
  return rights((await openAccessRules(options)).for({ ...ALICE, ...subject }), topic);
}

function aclFile(text: string): string {
  const folder = mkdtempSync(join(tmpdir(), "ternmq-acl-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, "acl");
  writeFileSync(file, text);
  return file;
}

describe("the access rules of a configuration", () => {
  it("deny what none of them is about, unless told otherwise", async () => {
    expect(await rightsBy({}, "a")).toBe("");
    expect(await rightsBy({ otherwise: "allow" }, "a")).toBe("prs");
  });

  it("are about all actions unless some are named, and subscribing says receiving", async () => {
    expect(await rightsBy({ rules: [{ effect: "allow" }] }, "a")).toBe("prs");
    expect(await rightsBy({ rules: [{ effect: "allow", actions: ["publish"] }] }, "a")).toBe("p");
    expect(await rightsBy({ rules: [{ effect: "allow", actions: ["subscribe"] }] }, "a")).toBe("rs");
    expect(await rightsBy({ rules: [{ effect: "allow", actions: ["receive"] }] }, "a")).toBe("r");
  });

  it("are about those who come from an address or network", async () => {
    const rules = [{ effect: "allow", addresses: ["192.0.2.0/24", "::1"] }] as const;
    expect(await rightsBy({ rules }, "a")).toBe("prs");
    expect(await rightsBy({ rules }, "a", { remoteAddress: "::1" })).toBe("prs");
    expect(await rightsBy({ rules }, "a", { remoteAddress: "198.51.100.1" })).toBe("");
  });

  it("stand in front of those of a file", async () => {
    const file = aclFile("user alice\ntopic readwrite a\ntopic read b\n");
    const options: AccessOptions = { rules: [{ effect: "deny", filters: ["a"] }], aclFile: file };
    expect([await rightsBy(options, "a"), await rightsBy(options, "b")]).toEqual(["", "rs"]);
  });

  it("tell which of them says nothing sensible", async () => {
    const refusal = (options: unknown) => openAccessRules(options as AccessOptions);
    const flawed = { rules: [{ effect: "allow" }, { effect: "allow", filters: ["a/#/b"] }] };
    await expect(refusal(flawed)).rejects.toThrow(/^accessRules\.rules\[1\]: "a\/#\/b" is no topic filter: /);
    await expect(refusal({ rules: [{ effect: "perhaps" }] })).rejects.toThrow(/allow or deny, not perhaps/);
    await expect(refusal({ rules: [{ effect: "deny", addresses: ["10.0.0.0/99"] }] })).rejects.toThrow(
      /10\.0\.0\.0\/99/,
    );
    await expect(refusal({ aclFile: aclFile("topics a\n") })).rejects.toThrow(/acl:1:1: /);
  });

  it.each([
    [
      "somebody by a name that rules do not have",
      { effect: "allow", user: ["admin"] },
      /rules\[0\]: there is no "user"/,
    ],
    ["users who are no list", { effect: "deny", users: "bob" }, /rules\[0\]\.users: give a list of texts/],
    ["groups that are no list", { effect: "deny", groups: "staff" }, /rules\[0\]\.groups: give a list of texts/],
    ["filters that are no list", { effect: "deny", filters: "a/#" }, /rules\[0\]\.filters: give a list of texts/],
    ["names that are no texts", { effect: "deny", users: [1] }, /rules\[0\]\.users: give a list of texts/],
    ["an action that is none", { effect: "deny", actions: ["write"] }, /publish, subscribe, receive, not write/],
    [
      "what is neither true nor false",
      { effect: "deny", anonymous: "no" },
      /rules\[0\]\.anonymous: give true or false/,
    ],
  ])("refuse a rule about %s", async (_name, rule, message) => {
    await expect(openAccessRules({ rules: [rule] } as unknown as AccessOptions)).rejects.toThrow(message);
  });

  it.each([
    [{ otherwise: "Allow" }, /accessRules\.otherwise: give allow or deny, not Allow/],
    [{ aclfile: "acl" }, /accessRules: there is no "aclfile"/],
  ])("refuse %j", async (options, message) => {
    await expect(openAccessRules(options as AccessOptions)).rejects.toThrow(message);
  });
});

describe("what a token says its bearer may do", () => {
  it("is all that it may", () => {
    const claim = { publish: ["up/%c"], subscribe: ["down/#"] };
    const access = new AccessRules([], true).for(ALICE, rulesOfClaim(claim));
    expect(["up/phone", "up/x", "down/1", "other"].map((topic) => rights(access, topic))).toEqual(["p", "", "rs", ""]);
  });

  it("is refused where it cannot be understood", () => {
    for (const claim of [
      null,
      "all",
      ["a"],
      { publish: "a" },
      { publish: [5] },
      { publish: ["#/a"] },
      { read: ["a"] },
    ]) {
      expect(() => rulesOfClaim(claim), JSON.stringify(claim)).toThrow(/^acl/);
    }
  });
});
