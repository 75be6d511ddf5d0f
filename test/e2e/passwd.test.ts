import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { parsePasswordFile } from "../../src/security/passwords/password-file.ts";
import { CLI, Program, run } from "../support/program.ts";
import { temporaryDirectory } from "../support/temporary.ts";

/** `ternmq passwd` with the text as its standard input. */
async function passwd(args: readonly string[], input = "") {
  const program = new Program(process.execPath, [CLI, "passwd", ...args]);
  program.end(input);
  const { code } = await program.exit;
  return { code, stdout: program.lines.join("\n"), stderr: program.stderr };
}

async function matches(file: string, username: string, password: string): Promise<boolean> {
  const entries = parsePasswordFile(file, readFileSync(file, "utf8")).get(username) ?? [];
  if (entries.length === 0) throw new Error(`no ${username} in ${file}`);
  const results = await Promise.all(entries.map(({ hash }) => hash.matches(Buffer.from(password))));
  return results.every(Boolean);
}

describe("ternmq passwd", () => {
  it("makes a file for its owner only, and adds, changes and deletes users", async () => {
    const file = join(temporaryDirectory(), "users");
    expect(await passwd(["--stdin", file, "alice"], "one\n")).toEqual({ code: 0, stdout: "", stderr: "" });
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readFileSync(file, "utf8")).toMatch(/^alice:\$argon2id\$[^\n]+\n$/);
    await passwd(["--stdin", file, "Ä ö"], "two");
    await passwd(["--stdin", file, "alice"], "three\nfour\n");
    expect(await matches(file, "alice", "three")).toBe(true);
    expect(await matches(file, "Ä ö", "two")).toBe(true);
    expect(await passwd(["-D", file, "alice"])).toMatchObject({ code: 0 });
    expect([...parsePasswordFile(file, readFileSync(file, "utf8")).keys()]).toEqual(["Ä ö"]);
  });

  it("leaves alone what is no file, and a file that is not UTF-8", async () => {
    const folder = temporaryDirectory();
    const pipe = join(folder, "pipe");
    execFileSync("mkfifo", [pipe]);
    expect(await passwd(["--stdin", pipe, "alice"], "one")).toEqual({
      code: 1,
      stdout: "",
      stderr: `ternmq: ${pipe} is no file: give a password file\n`,
    });
    expect(statSync(pipe).isFIFO()).toBe(true);
    const latin = join(folder, "latin");
    writeFileSync(latin, "ren\xe9:x\n", "latin1");
    expect(await passwd(["--stdin", latin, "alice"], "one")).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/is not UTF-8/),
    });
    expect(readFileSync(latin, "latin1")).toBe("ren\xe9:x\n");
  });

  it("sets both verifiers of SCRAM", async () => {
    const file = join(temporaryDirectory(), "users");
    await passwd(["--scram", "--stdin", file, "alice"], "secret");
    expect(readFileSync(file, "utf8")).toMatch(
      /^alice:\$scram-sha-256\$15000\$.+\nalice:\$scram-sha-512\$15000\$.+\n$/,
    );
    expect(await matches(file, "alice", "secret")).toBe(true);
    await passwd(["--stdin", file, "alice"], "other");
    expect(readFileSync(file, "utf8")).toMatch(/^alice:\$argon2id\$[^\n]+\n$/);
  });

  it("keeps everything else in the file, its permissions, and the link that leads to it", async () => {
    const directory = temporaryDirectory();
    const [file, link] = [join(directory, "users"), join(directory, "link")];
    writeFileSync(file, "# ours\n\nbob:$6$x\n");
    chmodSync(file, 0o640);
    symlinkSync(file, link);
    const { code, stderr } = await passwd(["--stdin", link, "alice"], "secret");
    expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringContaining(`${link}:3:5: `) });
    expect(readFileSync(file, "utf8")).toMatch(/^# ours\n\nbob:\$6\$x\nalice:\$argon2id.+\n$/);
    expect(statSync(file).mode & 0o777).toBe(0o640);
    expect(existsSync(`${file}.new`)).toBe(false);
  });

  it("takes a password from the command line with --batch, and warns of that", async () => {
    const file = join(temporaryDirectory(), "users");
    const { code, stderr } = await passwd(["-b", file, "alice", "secret"]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringContaining("can be seen by others") });
    expect(await matches(file, "alice", "secret")).toBe(true);
  });

  it.each<[string, string[], string, number, RegExp]>([
    ["a user name with a colon", ["--stdin", "FILE", "a:b"], "x", 2, /colon/],
    ["a user name that is a comment", ["--stdin", "FILE", "#a"], "x", 2, /comment/],
    ["no user name", ["--stdin", "FILE"], "x", 2, /missing required argument 'user'/],
    ["a password without --batch", ["FILE", "a", "secret"], "", 2, /--batch/],
    ["--batch without a password", ["-b", "FILE", "a"], "", 2, /last argument/],
    ["two ways at a time", ["-D", "--stdin", "FILE", "a"], "", 2, /one of --delete, --batch and --stdin/],
    ["an empty password", ["--stdin", "FILE", "a"], "\n", 1, /empty/],
    ["no terminal to ask at", ["FILE", "a"], "", 1, /--stdin/],
    ["a password that SCRAM does not allow", ["--scram", "--stdin", "FILE", "a"], "\u0007", 1, /SCRAM/],
    ["a file that is not there, to delete from", ["-D", "FILE", "a"], "", 1, /no password file/],
    ["a directory that is not there", ["--stdin", "FILE/x/y", "a"], "x", 1, /cannot write/],
  ])("refuses %s and makes no file", async (_name, args, input, exitCode, words) => {
    const file = join(temporaryDirectory(), "users");
    const { code, stderr } = await passwd(
      args.map((arg) => arg.replace("FILE", file)),
      input,
    );
    expect({ code, stderr }).toEqual({ code: exitCode, stderr: expect.stringMatching(words) });
    expect(stderr).not.toMatch(/secret|\n {4}at /);
    expect(existsSync(file)).toBe(false);
  });

  it("does not delete a user who is not there", async () => {
    const file = join(temporaryDirectory(), "users");
    await passwd(["--stdin", file, "alice"], "x");
    expect(await passwd(["-D", file, "bob"])).toMatchObject({ code: 1, stderr: expect.stringContaining("bob") });
  });

  it("leaves the file alone while another one is changing it", async () => {
    const file = join(temporaryDirectory(), "users");
    writeFileSync(`${file}.new`, "");
    expect(await passwd(["--stdin", file, "alice"], "x")).toMatchObject({
      code: 1,
      stderr: expect.stringContaining(`${file}.new`),
    });
    expect(existsSync(file)).toBe(false);
  });
});

describe("the question for a password", () => {
  /** `ternmq passwd` at a terminal that `script` of util-linux makes; `answers` are typed when their question has come. */
  async function atTerminal(file: string, answers: readonly (readonly [question: string, answer: string])[]) {
    const { spawn } = await import("node:child_process");
    const command = `'${process.execPath}' '${CLI}' passwd '${file}' alice`;
    const child = spawn("script", ["--quiet", "--return", "--command", command, "/dev/null"]);
    onTestFinished(() => {
      child.kill("SIGKILL");
    });
    let screen = "";
    const left = [...answers];
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      screen += text;
      const [next] = left;
      if (next === undefined || !screen.includes(next[0])) return;
      left.shift();
      child.stdin.write(next[1]);
    });
    const code = await new Promise((resolve) => child.on("close", resolve));
    return { code, screen };
  }

  it("is put twice, without an echo", async () => {
    const file = join(temporaryDirectory(), "users");
    const typed = [
      ["Password for alice:", "secret\r"],
      ["The same again:", "secret\r"],
    ] as const;
    const { code, screen } = await atTerminal(file, typed);
    expect(code).toBe(0);
    expect(screen).not.toContain("secret");
    expect(await matches(file, "alice", "secret")).toBe(true);
  });

  it("that is answered in two ways, or not at all, changes nothing", async () => {
    const file = join(temporaryDirectory(), "users");
    const differing = [
      ["Password for alice:", "secret\r"],
      ["The same again:", "other\r"],
    ] as const;
    expect(await atTerminal(file, differing)).toMatchObject({ code: 1, screen: expect.stringContaining("differ") });
    const ended = [["Password for alice:", "\u0004"]] as const;
    expect(await atTerminal(file, ended)).toMatchObject({
      code: 1,
      screen: expect.stringContaining("nothing was changed"),
    });
    expect(existsSync(file)).toBe(false);
  });
});

it("ternmq passwd --help tells how to use it", async () => {
  const { code, stdout } = await run(process.execPath, [CLI, "passwd", "--help"]);
  expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringContaining("--scram") });
});
