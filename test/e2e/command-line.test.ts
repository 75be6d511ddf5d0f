import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { CLI, run } from "../support/program.ts";

const ternmq = (...args: string[]) => run(process.execPath, [CLI, ...args]);

describe("ternmq's command line", () => {
  it("lists its commands with --help, on standard output", async () => {
    const { code, stdout, stderr } = await ternmq("--help");
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(/^Usage: ternmq /);
    expect(stdout).toMatch(/^ {2}start /m);
  });

  it("lists the options of start, with what they are by default", async () => {
    const { code, stdout } = await ternmq("start", "--help");
    expect(code).toBe(0);
    expect(stdout).toMatch(/--host <address> .*127\.0\.0\.1/);
    expect(stdout).toMatch(/--port <port> .*1883/);
    expect(stdout).toMatch(/--ws-port <port> .*8083/);
    expect(stdout).toMatch(/--log-level <level> .*info/);
    expect(stdout).toMatch(/--max-packet-size <bytes> .*1048576/);
  });

  it.each(["start", "bench"])("shows the options of %s by help as by --help", async (command) => {
    const [help, option] = [await ternmq("help", command), await ternmq(command, "--help")];
    expect(help).toEqual(option);
    expect(help.stdout).toMatch(/^ {2}--/m);
  });

  it("tells the version of the package", async () => {
    const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
    expect(await ternmq("--version")).toEqual({ code: 0, stdout: version, stderr: "" });
  });

  const wrong: [args: string[], reason: RegExp][] = [
    [["help", "sart"], /unknown command 'sart'.*start/s],
    [[], /no command/],
    [["serve"], /unknown command 'serve'/],
    [["--nonsense"], /unknown option '--nonsense'/],
    [["start", "--nonsense"], /unknown option '--nonsense'/],
    [["start", "1883"], /too many arguments/],
    [["start", "--port"], /--port <port>' argument missing/],
    [["start", "--port", "mqtt"], /--port: .*"mqtt" .*whole number/],
    [["start", "--port", "-1"], /--port: .*-1 is not allowed/],
    [["start", "--ws-port", "65536"], /--ws-port: .*65536 .*from 0 to 65535/],
    [["start", "--host", ""], /--host: .* address/],
    [["start", "--log-level", "loud"], /--log-level: .*"loud" .*trace, debug, info/],
    [["start", "--receive-maximum", "0"], /--receive-maximum: .* 0 .*from 1 to 65535/],
    [["start", "--max-packet-size", "1e6x"], /--max-packet-size: .*"1e6x" .*whole number/],
    [["start", "--max-topic-levels", "129"], /--max-topic-levels: .* 129 .*from 1 to 128/],
  ];
  it("tells of all options what is wrong with them", async () => {
    const { code, stderr } = await ternmq("start", "--port", "x", "--log-level", "loud", "--set", "nope=1");
    expect(code).toBe(2);
    expect(stderr.split("\n").filter((line) => line.startsWith("--"))).toHaveLength(3);
  });

  it.each(wrong)("ends with 2, the reason and a hint for %j", async (args, reason) => {
    const { code, stdout, stderr } = await ternmq(...args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toMatch(/^error: /m);
    expect(stderr).toMatch(reason);
    expect(stderr).toMatch(/--help/);
  });
});
