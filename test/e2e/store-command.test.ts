import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { Database } from "../../src/persistence/disk/database.ts";
import { u64 } from "../../src/persistence/disk/numbers.ts";
import { fill } from "../support/filled-broker.ts";
import { brokerOn, END, exported, folder, HEADER, imported, SESSION, store } from "../support/store-command.ts";

describe("ternmq store import", () => {
  const MESSAGE = '"topic":"a","payload":"","qos":1,"retain":false,"receivedAt":1,"publisher":""';
  const DELIVERY = `{"table":"deliveries","owner":1,"sequence":1,"qos":1,"retain":false,"message":{${MESSAGE}}}`;
  const EXCHANGE = '{"table":"exchanges","owner":1,"packetIdentifier":1,"state":"delivery under way","sequence":1}';
  const wrong: [lines: string[], line: number, reason: string][] = [
    [["hello"], 1, "the line is no JSON"],
    [[SESSION], 1, '"ternmq-store" of the first line is missing; allowed: 1'],
    [[HEADER, SESSION, "{", END], 3, "the line is no JSON"],
    [
      [HEADER, SESSION.replace("60", "-1"), END],
      2,
      '"expiryInterval" is -1; allowed: a whole number from 0 to 4294967295',
    ],
    [[HEADER, SESSION, SESSION, END], 3, "a line before has the owner number 1 already"],
    [[HEADER, SESSION, SESSION.replace(":1", ":2"), END], 3, 'a line before has the client identifier "c" already'],
    [[HEADER, DELIVERY, END], 2, "no line before has a session or a group with the owner number 1"],
    [[HEADER, SESSION, DELIVERY, DELIVERY, END], 4, "a line before has sequence 1 of owner 1 already"],
    [
      [HEADER, '{"table":"received","owner":1,"packetIdentifier":1}', END],
      2,
      "no line before has a session with the owner number 1",
    ],
    [[HEADER, SESSION, EXCHANGE, END], 3, "no line before has the delivery with sequence 1 of owner 1"],
    [
      [HEADER, SESSION, DELIVERY, EXCHANGE, EXCHANGE.replace('er":1,"s', 'er":2,"s'), END],
      5,
      "a line before has an exchange with sequence 1 of owner 1 already",
    ],
    [[HEADER, '{"table":"retained","messageNumber":5}', END], 2, "no line before has the message number 5"],
    [[HEADER, SESSION], 2, 'the file ends without the line {"table":"end"}: it is cut off'],
    [[HEADER, SESSION, END, SESSION], 4, 'nothing may follow the line {"table":"end"}'],
  ];
  it.each(wrong)("of %j says line %i, %s, and leaves no store", async (lines, line, reason) => {
    const { file, directory, code, stdout, stderr } = await imported(lines);
    expect({ code, stdout, stderr }).toEqual({ code: 1, stdout: "", stderr: expect.stringContaining(reason) });
    expect(stderr.startsWith(`ternmq: ${file}:${line}: `)).toBe(true);
    expect(readdirSync(directory)).toEqual([]);
  });

  it("says which line is not UTF-8", async () => {
    const file = join(folder(), "lines.jsonl");
    writeFileSync(file, Buffer.concat([Buffer.from(`${HEADER}\n`), Buffer.of(0x22, 0xff, 0x22, 0x0a)]));
    const { code, stderr } = await store("import", file, "--data-dir", join(folder(), "store"));
    expect({ code, stderr }).toEqual({ code: 1, stderr: `ternmq: ${file}:2: the line is not UTF-8\n` });
  });

  it("leaves out messages that no line refers to, and counts on from the highest numbers", async () => {
    const message = `{"table":"messages","number":7,${MESSAGE}}`;
    const { directory, code } = await imported([HEADER, SESSION, message, DELIVERY, END]);
    expect(code).toBe(0);
    const lines = await exported(directory);
    expect(lines[0]).toMatchObject({ counters: { owner: 2, sequence: 2, message: 8 } });
    expect(lines.map(({ table }) => table)).toEqual([undefined, "sessions", "deliveries", "end"]);
  });

  it("wants a directory without a store, and without a broker", async () => {
    const { file, directory } = await imported([HEADER, SESSION, END]);
    const again = await store("import", file, "--data-dir", directory);
    expect(again).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/holds a store already .*: give a directory/),
    });
    await brokerOn(directory);
    const used = await store("import", file, "--data-dir", directory);
    expect(used).toMatchObject({ code: 1, stderr: expect.stringMatching(/is in use by another broker/) });
    expect(await exported(directory)).toHaveLength(3);
  });

  it("says that there is no such file", async () => {
    const { code, stderr } = await store("import", "/nowhere", "--data-dir", join(folder(), "store"));
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: expect.stringMatching(/^ternmq: \/nowhere cannot be read: ENOENT/),
    });
  });
});

describe("ternmq store inspect", () => {
  it("tells how much there is and whose queues are the longest, while a broker is using it", async () => {
    const directory = folder();
    await fill(await brokerOn(directory));
    const { code, stdout } = await store("inspect", "--json", "--queues", "2", "--data-dir", directory);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      directory,
      format: 1,
      sessions: { offline: 2, withWill: 1 },
      tables: { sessions: { rows: 5 }, deliveries: { rows: 7 }, retained: { rows: 1 }, received: { rows: 1 } },
      longestQueues: [{ deliveries: 2 }, { deliveries: 2 }],
    });
  });

  it("tells it to people", async () => {
    const message = '{"topic":"a","payload":"","qos":1,"retain":false,"receivedAt":1,"publisher":""}';
    const delivery = `{"table":"deliveries","owner":1,"sequence":1,"qos":1,"retain":false,"message":${message}}`;
    const { directory } = await imported([HEADER, SESSION, delivery, END]);
    const { code, stdout, stderr } = await store("inspect", "--data-dir", directory);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(/^store {5}.*store, format 1, \d+ KiB$/m);
    expect(stdout).toMatch(/^sessions {2}0 offline, 1 online when last written, 0 with a will$/m);
    expect(stdout).toMatch(/^sessions +1 {2}4 KiB$/m);
    expect(stdout).toMatch(/^"c" +1$/m);
  });
});

describe("ternmq store check", () => {
  it("lists what is wrong, a line each, and ends with 1", async () => {
    const { directory } = await imported([HEADER, SESSION, END]);
    const database = new Database(join(directory, "data.mdb"));
    database.transaction(() => {
      for (const owner of [8, 9])
        database.tables.received.put(Buffer.concat([u64(owner), Buffer.of(0, 1)]), Buffer.alloc(0));
    });
    await database.close();
    const { code, stdout, stderr } = await store("check", "--data-dir", directory);
    expect({ code, stderr }).toEqual({ code: 1, stderr: "" });
    expect(stdout.split("\n")).toEqual([
      "received: there is no session with the owner number 8",
      "received: there is no session with the owner number 9",
      `${directory} has 2 problems`,
    ]);
  });

  it("says which pages of a file that is cut off are broken, and ends with 1", async () => {
    const { directory } = await imported([HEADER, SESSION, END]);
    truncateSync(join(directory, "data.mdb"), statSync(join(directory, "data.mdb")).size - 4_096);
    const { code, stderr } = await store("check", "--data-dir", directory);
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: expect.stringMatching(/^ternmq: .*data.mdb is damaged \(page /),
    });
  });

  it("changes nothing", async () => {
    const { directory } = await imported([HEADER, SESSION, END]);
    const before = readFileSync(join(directory, "data.mdb"));
    expect((await store("check", "--data-dir", directory)).code).toBe(0);
    expect(readFileSync(join(directory, "data.mdb")).equals(before)).toBe(true);
    expect(existsSync(join(directory, "journal.bin"))).toBe(false);
  });
});

describe("ternmq store", () => {
  it.each(["inspect", "export", "check"])("%s makes no store where there is none", async (command) => {
    const directory = folder();
    const { code, stdout, stderr } = await store(command, "--data-dir", directory);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toBe(`ternmq: ${directory} holds no store: give the broker's data directory\n`);
    expect(readdirSync(directory)).toEqual([]);
  });

  it.each(["inspect", "export"])("%s says when it cannot read what is in a store", async (command) => {
    const { directory } = await imported([HEADER, SESSION, END]);
    mkdirSync(join(directory, "journal.bin"));
    const { code, stdout, stderr } = await store(command, "--data-dir", directory);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toMatch(/^ternmq: .* cannot be used \(EISDIR: .*\n$/);
  });

  const wrong: [args: string[], reason: RegExp][] = [
    [["nonsense"], /unknown command 'nonsense'/],
    [["import"], /missing required argument 'file'/],
    [["export", "file"], /too many arguments/],
    [["inspect", "--queues", "many"], /--queues.* 'many' .*from 0 to 1000000/],
    [["check", "--data-dir", ""], /--data-dir.* path/],
  ];
  it.each(wrong)("%j ends with 2 and the reason", async (args, reason) => {
    const { code, stdout, stderr } = await store(...args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toMatch(reason);
  });
});
