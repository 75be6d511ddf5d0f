import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { AccessRules } from "../../../../src/security/acl/access-rules.ts";
import type { ClientAccess } from "../../../../src/security/acl/client-access.ts";
import type { AccessRule, Subject } from "../../../../src/security/acl/rule.ts";
import { topicRange } from "../../../../src/security/acl/topic-range.ts";
import { AddressList } from "../../../../src/transport/proxy/address-list.ts";

const ALICE: Subject = { username: "alice", groups: ["staff"], clientIdentifier: "phone-1", remoteAddress: "10.0.0.7" };
const NOBODY: Subject = { username: undefined, groups: [], clientIdentifier: "x", remoteAddress: "" };

function allow(rule: Partial<AccessRule>): AccessRule {
  return { isAllowed: true, actions: ["publish", "subscribe", "receive"], ...rule };
}

function deny(rule: Partial<AccessRule>): AccessRule {
  return { ...allow(rule), isAllowed: false };
}

function may(action: "publish" | "receive", access: ClientAccess, topic: string): boolean {
  const range = { ...topicRange(Buffer.from(`<${topic}>`)), topicStart: 1 };
  access.lookAtReceived();
  const ask = action === "publish" ? access.mayPublish : access.mayReceive;
  return ask.call(access, { ...range, topicEnd: range.topicEnd - 1 });
}

function mayPublish(rules: readonly AccessRule[], topic: string, subject = ALICE): boolean {
  return may("publish", new AccessRules(rules).for(subject), topic);
}

function maySubscribe(rules: readonly AccessRule[], filter: string, subject = ALICE): boolean {
  return new AccessRules(rules).for(subject).maySubscribe(filter, false);
}

describe("a list of access rules", () => {
  it("denies what no rule is about, unless it is open", () => {
    expect(mayPublish([], "a")).toBe(false);
    const open = new AccessRules([], true).for(ALICE);
    expect([may("publish", open, "a"), may("receive", open, "$SYS/x"), may("publish", open, "$x")]).toEqual([
      true,
      true,
      false,
    ]);
    expect(new AccessRules([], true).for(ALICE).maySubscribe("#", false)).toBe(true);
  });

  it("goes by the first rule that is about the topic", () => {
    const rules = [deny({ filters: ["a/secret"] }), allow({ filters: ["a/+"] }), deny({ filters: ["a/b"] })];
    expect(mayPublish(rules, "a/secret")).toBe(false);
    expect(mayPublish(rules, "a/b")).toBe(true);
    expect(mayPublish(rules, "a/b/c")).toBe(false);
  });

  it("looks at rules about the action alone", () => {
    const rules = [
      allow({ filters: ["up/#"], actions: ["publish"] }),
      allow({ filters: ["down/#"], actions: ["receive"] }),
    ];
    const access = new AccessRules(rules).for(ALICE);
    expect([may("publish", access, "up/1"), may("publish", access, "down/1")]).toEqual([true, false]);
    expect([may("receive", access, "up/1"), may("receive", access, "down/1")]).toEqual([false, true]);
    expect([access.maySubscribe("up/1", false), access.maySubscribe("down/1", false)]).toEqual([false, false]);
  });

  it("is about topics with $ only where the filter says so, or there is none", () => {
    expect(mayPublish([allow({ filters: ["#", "+/x"] })], "$SYS/x")).toBe(false);
    expect(maySubscribe([allow({ filters: ["#"] })], "$SYS/#")).toBe(false);
    expect(maySubscribe([allow({ filters: ["$SYS/#"] })], "$SYS/broker/+")).toBe(true);
    expect(mayPublish([allow({})], "$SYS/x")).toBe(true);
  });

  it("allows a filter that lies within an allowed one, and no wider one", () => {
    const rules = [allow({ filters: ["a/+/c", "b/#"] })];
    const allowed = ["a/+/c", "a/x/c", "b", "b/#", "b/+/x/#"];
    const refused = ["a/+/+", "a/#", "#", "+/x/c", "+/#", "a/x/c/#", "c", "a/x"];
    expect(allowed.filter((filter) => !maySubscribe(rules, filter))).toEqual([]);
    expect(refused.filter((filter) => maySubscribe(rules, filter))).toEqual([]);
  });

  it("refuses a filter that reaches into what is denied before", () => {
    const rules = [deny({ filters: ["a/secret/#"] }), allow({ filters: ["a/#"] })];
    expect(["a/#", "a/+", "a/+/x", "a/secret"].filter((filter) => maySubscribe(rules, filter))).toEqual([]);
    expect(["a/b/#", "a/b", "a"].filter((filter) => !maySubscribe(rules, filter))).toEqual([]);
  });

  it("knows users, groups, client identifiers and addresses, and clients without a user name", () => {
    const addresses = new AddressList(["10.0.0.0/8", "fd00::/8"]);
    const applies = (rule: Partial<AccessRule>, subject: Partial<Subject> = {}) =>
      mayPublish([allow({ ...rule, filters: ["t"] })], "t", { ...ALICE, ...subject });
    expect([applies({ users: ["bob", "alice"] }), applies({ users: ["bob"] })]).toEqual([true, false]);
    expect([applies({ groups: ["staff"] }), applies({ groups: ["root"] })]).toEqual([true, false]);
    expect([applies({ clients: ["phone-*"] }), applies({ clients: ["phone"] })]).toEqual([true, false]);
    expect([applies({ clients: ["phone.1"] }), applies({ clients: ["*"] })]).toEqual([false, true]);
    expect(applies({ addresses })).toBe(true);
    expect(applies({ addresses }, { remoteAddress: "fd00::1" })).toBe(true);
    expect(applies({ addresses }, { remoteAddress: "192.0.2.1" })).toBe(false);
    expect(applies({ addresses }, { remoteAddress: "" })).toBe(false);
    expect([applies({ anonymous: true }), applies({ anonymous: true }, { username: undefined })]).toEqual([
      false,
      true,
    ]);
    expect(applies({ users: ["alice"], groups: ["root"] })).toBe(false);
  });

  it("keeps the order between rules about one user and rules about all", () => {
    const rules = [
      deny({ filters: ["a"] }),
      allow({ filters: ["a", "b"], users: ["alice"] }),
      deny({ filters: ["b"] }),
    ];
    expect([mayPublish(rules, "a"), mayPublish(rules, "b")]).toEqual([false, true]);
  });

  it("asks rules that came with the identity first", () => {
    const access = new AccessRules([deny({ filters: ["a"] })]).for(ALICE, [allow({ filters: ["a"] })]);
    expect(may("publish", access, "a")).toBe(true);
  });

  it("puts user name and client identifier in place, and one that would reach further nowhere", () => {
    const rules = [allow({ filters: ["u/%u/#", "c/%c", "100%%u"] })];
    expect(["u/alice/x", "c/phone-1", "100%u"].filter((topic) => !mayPublish(rules, topic))).toEqual([]);
    expect(["u/bob/x", "c/%c", "u/%u/x"].filter((topic) => mayPublish(rules, topic))).toEqual([]);
    for (const clientIdentifier of ["+", "#", "a/b", ""]) {
      expect(maySubscribe(rules, `c/${clientIdentifier}`, { ...ALICE, clientIdentifier })).toBe(false);
      expect(maySubscribe(rules, "c/other", { ...ALICE, clientIdentifier })).toBe(false);
    }
    expect(mayPublish(rules, "u//x", NOBODY)).toBe(false);
  });

  it("lets no name stand for the broker's own topics", () => {
    const subject = { ...ALICE, clientIdentifier: "$SYS" };
    expect(maySubscribe([allow({ filters: ["%c/#"] })], "$SYS/#", subject)).toBe(false);
  });

  it("decides about topics of any length", () => {
    const access = new AccessRules([allow({ filters: ["a/#"] })]).for(ALICE);
    const long = "x".repeat(60_000);
    const topics = ["a/1", `a/${long}`, "b", `b/${long}`, `a/${long}`, "a/1", "b"];
    expect(topics.map((topic) => may("publish", access, topic))).toEqual([true, true, false, false, true, true, false]);
  });

  it("does not read names as patterns of replacement or of another placeholder", () => {
    const rules = [allow({ filters: ["x/%u/%c"] })];
    const subject = { ...ALICE, username: "$&%c", clientIdentifier: "$1" };
    expect(mayPublish(rules, "x/$&%c/$1", subject)).toBe(true);
  });
});

const level = fc.constantFrom("a", "b", "", "$x");
const topic = fc
  .array(level, { minLength: 1, maxLength: 4 })
  .map((levels) => levels.join("/"))
  .filter((name) => name !== "");
const filter = fc
  .tuple(fc.array(fc.oneof(level, fc.constant("+")), { minLength: 0, maxLength: 3 }), fc.boolean())
  .map(([levels, isDeep]) => (isDeep || levels.length === 0 ? [...levels, "#"] : levels).join("/"));

/** [MQTT-4.7.1-2] [MQTT-4.7.1-3] [MQTT-4.7.2-1], as plainly as can be. */
function matches(filterText: string, topicText: string): boolean {
  if (topicText.startsWith("$") && /^[+#]/.test(filterText)) return false;
  const source = filterText
    .split("/")
    .map((part) => (part === "+" ? "[^/]*" : part.replace("$", "\\$")))
    .join("/");
  const deep = source === "#" ? ".*" : source.replace(/\/#$/, "(/.*)?");
  return new RegExp(`^${deep}$`, "s").test(topicText);
}

describe("what an allowed subscription brings", () => {
  const secret = topicRange(Buffer.from("a/secret"));
  const mayReceiveSecret = (access: ClientAccess) => access.mayReceive(secret);

  it("is looked at where a rule is about receiving alone, or the subscription may be older than the rights", () => {
    const restricted = [deny({ filters: ["a/secret"], actions: ["receive"] }), allow({ filters: ["a/+"] })];
    expect(mayReceiveSecret(new AccessRules(restricted).for(ALICE))).toBe(false);
    const access = new AccessRules([allow({ filters: ["b"] })]).for(ALICE);
    expect(mayReceiveSecret(access)).toBe(true);
    access.lookAtReceived();
    expect(mayReceiveSecret(access)).toBe(false);
  });

  it("is never anything that may not be received", () => {
    const rule = fc.record({ isAllowed: fc.boolean(), filters: fc.array(filter, { minLength: 1, maxLength: 3 }) });
    const rules = fc.array(rule, { maxLength: 5 });
    fc.assert(
      fc.property(rules, filter, topic, fc.boolean(), (given, wanted, name, isOpen) => {
        const all = given.map((one) => allow(one));
        const access = new AccessRules(all, isOpen).for(ALICE);
        fc.pre(access.maySubscribe(wanted, false) && matches(wanted, name));
        return may("receive", access, name);
      }),
      { numRuns: 2_000 },
    );
  });

  it("is decided as the rules say, topic by topic, whatever was decided before", () => {
    const rule = fc.record({ isAllowed: fc.boolean(), filters: fc.array(filter, { minLength: 1, maxLength: 3 }) });
    const topics = fc.array(
      fc.oneof(
        topic,
        fc.nat(300).map((n) => `many/${n}`),
      ),
      { minLength: 1, maxLength: 300 },
    );
    fc.assert(
      fc.property(fc.array(rule, { maxLength: 5 }), topics, (given, names) => {
        const access = new AccessRules(given.map((one) => allow(one))).for(ALICE);
        const expected = names.map((name) => {
          const first = given.find(({ filters }) => filters.some((text) => matches(text, name)));
          return first?.isAllowed ?? false;
        });
        expect(names.map((name) => may("publish", access, name))).toEqual(expected);
      }),
    );
  });
});
