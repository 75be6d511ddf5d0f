import { describe, expect, it } from "vitest";
import { AccessRules } from "../../../../src/security/acl/access-rules.ts";
import { parseAclFile, readAclFile } from "../../../../src/security/acl/acl-file.ts";
import type { ClientAccess } from "../../../../src/security/acl/client-access.ts";
import { topicRange } from "../../../../src/security/acl/topic-range.ts";

const FILE = `# who is nobody
topic read $SYS/#
topic public/#

user alice
topic deny home/alice/secret
topic home/alice/#
topic read weather/+
topic write a topic with blanks

user bob
topic readwrite home/%u

pattern write devices/%c/up
pattern read devices/%c/down/%u 100%
`;

function accessOf(username: string | undefined, clientIdentifier = "c1"): ClientAccess {
  const rules = new AccessRules(parseAclFile("acl", FILE));
  return rules.for({ username, groups: [], clientIdentifier, remoteAddress: "127.0.0.1" });
}

function rights(access: ClientAccess, topic: string): string {
  const range = topicRange(Buffer.from(topic));
  access.lookAtReceived();
  const write = access.mayPublish(range) ? "w" : "-";
  return `${access.mayReceive(range) ? "r" : "-"}${write}`;
}

function problems(text: string): string[] {
  try {
    parseAclFile("acl", text);
  } catch (error) {
    return String((error as Error).message).split("\n");
  }
  return [];
}

describe("Mosquitto's acl_file", () => {
  it("gives clients without a user name what stands in front of the first user", () => {
    const access = accessOf(undefined);
    expect(["$SYS/broker", "public/x", "home/alice/x", "weather/x"].map((topic) => rights(access, topic))).toEqual([
      "r-",
      "rw",
      "--",
      "--",
    ]);
  });

  it("gives a user what stands behind its name, and what is denied is so wherever it stands", () => {
    const access = accessOf("alice");
    const topics = ["home/alice/x", "home/alice/secret", "weather/x", "a topic with blanks", "public/x"];
    expect(topics.map((topic) => rights(access, topic))).toEqual(["rw", "--", "r-", "-w", "--"]);
    const later = new AccessRules(parseAclFile("acl", "user u\ntopic a/#\ntopic deny a/b\n"));
    const subject = { username: "u", groups: [], clientIdentifier: "c", remoteAddress: "" };
    expect(rights(later.for(subject), "a/b")).toBe("--");
  });

  it("takes names for several levels, and gives nothing by patterns to those with wildcards", () => {
    expect(rights(accessOf("bob", "a/b"), "devices/a/b/up")).toBe("-w");
    expect(rights(accessOf("bob", "a/b"), "devices/a/c/up")).toBe("--");
    const rules = new AccessRules(parseAclFile("acl", "pattern read news/#\npattern write %c/up\nuser u\ntopic own\n"));
    const mayRead = (username: string, clientIdentifier: string, topic: string) =>
      rights(rules.for({ username, groups: [], clientIdentifier, remoteAddress: "" }), topic);
    expect(mayRead("u", "c", "news/x")).toBe("r-");
    expect([mayRead("u", "+", "news/x"), mayRead("u", "+", "c/up"), mayRead("u", "+", "own")]).toEqual([
      "--",
      "--",
      "rw",
    ]);
    expect([mayRead("a#", "c", "news/x"), mayRead("a#", "c", "c/up")]).toEqual(["--", "--"]);
  });

  it("puts names in place in patterns alone", () => {
    expect(rights(accessOf("bob"), "home/bob")).toBe("--");
    expect(rights(accessOf("bob"), "home/%u")).toBe("rw");
    expect(rights(accessOf("bob", "c9"), "devices/c9/up")).toBe("-w");
    expect(rights(accessOf("bob", "c9"), "devices/c8/up")).toBe("--");
    expect(rights(accessOf("bob", "c9"), "devices/c9/down/bob 100%")).toBe("r-");
    expect(rights(accessOf(undefined, "c9"), "devices/c9/down/")).toBe("--");
  });

  it("lets everybody subscribe, since each message is looked at on its way", () => {
    expect(accessOf("alice").maySubscribe("#", false)).toBe(true);
    expect(accessOf(undefined).maySubscribe("$SYS/#", false)).toBe(true);
  });

  it("takes the line ends of Windows", () => {
    const rules = new AccessRules(parseAclFile("acl", "user alice\r\ntopic read a\r\n"));
    const access = rules.for({ username: "alice", groups: [], clientIdentifier: "c", remoteAddress: "" });
    expect(rights(access, "a")).toBe("r-");
  });

  it("tells file, line and column of everything that is wrong", () => {
    expect(problems("user\ntopic\ntopic reed a\ntopic read a/#/b\n topic a\nusers x\npattern write %c+\n")).toEqual([
      "acl:1:5: a user name has to follow",
      'acl:2:6: "" is no topic filter: it needs at least one character',
      'acl:3:7: expected read, write, readwrite or deny, not "reed"',
      expect.stringMatching(/^acl:4:12: "a\/#\/b" is no topic filter/),
      'acl:5:1: expected user, topic or pattern, not ""',
      'acl:6:1: expected user, topic or pattern, not "users"',
      expect.stringMatching(/^acl:7:15: "%c\+" is no topic filter/),
    ]);
    expect(problems("nonsense\n".repeat(30)).at(-1)).toBe("... and 10 more");
  });

  it("tells which file cannot be read", async () => {
    await expect(readAclFile("/nowhere/acl")).rejects.toThrow(
      /cannot read the access control list \/nowhere\/acl: ENOENT/,
    );
  });
});
