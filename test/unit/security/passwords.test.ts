import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { replaceUser } from "../../../src/security/passwords/edit.ts";
import { parsePasswordFile } from "../../../src/security/passwords/password-file.ts";
import { parseStoredHash } from "../../../src/security/passwords/stored-hash.ts";
import { createScramVerifier } from "../../../src/security/scram/verifier.ts";
import { SECRET_HASHES } from "../../support/passwords.ts";

const bytes = (text: string): Uint8Array => Buffer.from(text);

describe("a stored hash", () => {
  it.each(Object.entries(SECRET_HASHES))("%s knows its password, and no other", async (_form, text) => {
    const hash = parseStoredHash(text);
    expect(await hash.matches(bytes("secret"))).toBe(true);
    for (const other of ["", "Secret", "secret ", "secre"]) expect(await hash.matches(bytes(other))).toBe(false);
  });

  it.each(["sha256", "sha512"] as const)(
    "for SCRAM with %s knows the password itself, written in any way",
    async (name) => {
      const verifier = await createScramVerifier(name, "pa\u00a0\u017f\u00adword");
      const hash = parseStoredHash(String(verifier));
      expect(await hash.matches(bytes("pa sword"))).toBe(true);
      expect(await hash.matches(bytes("pa  sword"))).toBe(false);
      expect(await hash.matches(bytes("\u0007"))).toBe(false);
    },
  );

  it("may have the padding that Mosquitto leaves in argon2", async () => {
    const [, , ...parts] = SECRET_HASHES.argon2id.split("$");
    const padded = `$argon2id$${parts.join("$").replace(/\$([^$]+)$/, "==$$$1=")}`;
    expect(padded).toContain("==$");
    expect(await parseStoredHash(padded).matches(bytes("secret"))).toBe(true);
  });

  it.each([
    ["plain text", "hunter2"],
    ["nothing", ""],
    ["an unknown form", "$5$rounds=5000$salt$hash"],
    ["half an argon2", "$argon2id$v=19$m=256,t=1,p=1$hunter2"],
    ["a $6$ without a hash", "$6$aHVudGVyMg=="],
    ["a $6$ with a short hash", "$6$aHVudGVyMg==$aHVudGVyMg=="],
    ["a $7$ without iterations", SECRET_HASHES.pbkdf2.replace("101", "0")],
    ["a $7$ with too many", SECRET_HASHES.pbkdf2.replace("101", "99999999")],
    ["a $7$ with something behind it", `${SECRET_HASHES.pbkdf2}$hunter2`],
    ["half a verifier of SCRAM", "$scram-sha-256$4096$aHVudGVyMg==$aHVudGVyMg=="],
  ])("that is %s is refused, without telling any of it", (_name, text) => {
    expect(() => parseStoredHash(text)).toThrow(/not (a password hash|a whole)/);
    expect(() => parseStoredHash(text)).not.toThrow(/hunter2|aHVudGVyMg/);
  });
});

describe("a password file", () => {
  it("has comments, empty lines, either end of line, and users with any other characters", () => {
    const text = `# users\r\n\r\nalice:${SECRET_HASHES.pbkdf2}\r\nÄ b#c:${SECRET_HASHES.sha512}  \n`;
    expect([...parsePasswordFile("f", text).keys()]).toEqual(["alice", "Ä b#c"]);
  });

  it("names file, line and column of all that is wrong, and no secret", () => {
    const text = `alice:${SECRET_HASHES.pbkdf2}\nhunter2\n:x\nbob:hunter2\n  alice\nalice:${SECRET_HASHES.pbkdf2}`;
    const lines = messageOf(() => parsePasswordFile("/etc/users", text)).split("\n");
    expect(lines.map((line) => line.split(": ")[0])).toEqual([
      "/etc/users:2:1",
      "/etc/users:3:1",
      "/etc/users:4:5",
      "/etc/users:5:1",
      "/etc/users:6:1",
    ]);
    expect(lines.join()).toContain("ternmq passwd");
    expect(lines.join()).not.toContain("hunter2");
  });

  it("may have a line for each form of a user's password", async () => {
    const verifiers = await Promise.all((["sha256", "sha512"] as const).map((name) => createScramVerifier(name, "p")));
    const text = [SECRET_HASHES.argon2id, ...verifiers].map((hash) => `alice:${hash}\n`).join("");
    expect(parsePasswordFile("f", text).get("alice")).toHaveLength(3);
  });

  it("of many wrong lines tells the first ones", () => {
    const message = messageOf(() => parsePasswordFile("f", "x\n".repeat(1_000)));
    expect(message.split("\n")).toHaveLength(21);
    expect(message).toContain("and 980 more");
  });
});

describe("a change of a password file", () => {
  it("leaves everything else as it is, byte for byte", () => {
    const name = fc.constantFrom("a", "b", "c", "# a", "");
    const line = fc.tuple(name, fc.constantFrom("", ":", ":x", ":y\r", ":z ")).map(([user, rest]) => user + rest);
    const content = fc.tuple(fc.array(line), fc.constantFrom("", "\n")).map(([lines, end]) => lines.join("\n") + end);
    const others = (text: string): string[] => text.split("\n").filter((each) => !each.startsWith("a:") && each !== "");
    const check = fc.property(content, fc.array(fc.constantFrom("$1", "$2"), { maxLength: 2 }), (text, hashes) => {
      const changed = replaceUser(text, "a", hashes);
      if (changed === undefined) {
        expect(hashes).toEqual([]);
        expect(text.split("\n").some((each) => each.startsWith("a:"))).toBe(false);
        return;
      }
      expect(others(changed)).toEqual(others(text));
      expect(changed.split("\n").filter((each) => each.startsWith("a:"))).toEqual(hashes.map((hash) => `a:${hash}`));
    });
    fc.assert(check, { numRuns: 500 });
  });

  it("puts the user where it was, and a new one at the end", () => {
    expect(replaceUser("# x\na:1\nb:2", "a", ["3"])).toBe("# x\na:3\nb:2\n");
    expect(replaceUser("# x\na:1", "b", ["2"])).toBe("# x\na:1\nb:2\n");
    expect(replaceUser("", "b", ["2"])).toBe("b:2\n");
    expect(replaceUser("b:2\n", "b", [])).toBe("");
  });
});

function messageOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    return error instanceof Error ? error.message : "";
  }
  throw new Error("nothing was thrown");
}
