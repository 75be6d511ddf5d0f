import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { Database } from "../../src/persistence/disk/database.ts";
import { u64 } from "../../src/persistence/disk/numbers.ts";
import { lasting, settle, takeAll, takeUnacknowledged } from "../support/durable.ts";
import { publishFrom, subscribeTo, takeMessage } from "../support/flows.ts";
import { type ConnectOptions, publish, pubrec, pubrel } from "../support/packets.ts";
import { CLI, Program } from "../support/program.ts";
import { RawClient } from "../support/raw-client.ts";
import { brokerOn, exported, folder, kept, store } from "../support/store-command.ts";
import type { Ternmq } from "../support/ternmq.ts";

const HEADER = '{"ternmq-store":1,"format":1,"counters":{"owner":1,"sequence":1,"message":1}}';
const SESSION = '{"table":"sessions","owner":1,"clientIdentifier":"c","expiryInterval":60}';
const END = '{"table":"end"}';
const PROPERTIES = {
  userProperties: [["a", "1"]] as [string, string][],
  contentType: "text/plain",
  correlationData: Buffer.of(0, 255),
};

async function clientOf(broker: Ternmq, connect: ConnectOptions): Promise<RawClient> {
  const client = await RawClient.connect(broker.port, { connect });
  onTestFinished(() => client.destroy());
  return client;
}

/** A store directory of the lines; what import said of them. */
async function imported(lines: readonly string[]) {
  const place = folder();
  const file = join(place, "lines.jsonl");
  writeFileSync(file, lines.map((line) => `${line}\n`).join(""));
  const directory = join(place, "store");
  return { file, directory, ...(await store("import", file, "--data-dir", directory)) };
}

/** Sessions with messages that wait, or are under way in each of the ways there are; a retained message and a will. */
async function fill(broker: Ternmq): Promise<{ released: number }> {
  const will = { topic: "will", payload: "gone", qos: 1, properties: { ...PROPERTIES, willDelayInterval: 3_600 } };
  const subscriptions: [options: ConnectOptions, filters: string[]][] = [
    [lasting("waits"), ["q/#", "$share/g/s"]],
    [{ ...lasting("dies"), will }, ["q/#"]],
  ];
  for (const [options, filters] of subscriptions) {
    const client = await clientOf(broker, options);
    for (const filter of filters) await subscribeTo(client, filter, 2);
    client.destroy();
  }
  const gets = await clientOf(broker, lasting("gets"));
  await subscribeTo(gets, "got", 2);
  const sender = await clientOf(broker, lasting("sends"));
  for (const [payload, qos] of [
    ["one", 1],
    ["two", 2],
  ] as const)
    await publishFrom(sender, "q/1", payload, { qos });
  await publishFrom(sender, "s", "shared");
  sender.send(publish({ topic: "kept", payload: "r", qos: 1, retain: true, properties: PROPERTIES }));
  await sender.expect("puback");
  sender.send(publish({ topic: "other", qos: 2, packetIdentifier: 77 }));
  await sender.expect("pubrec");
  for (const [payload, qos] of [
    ["1", 1],
    ["2", 2],
    ["3", 2],
  ] as const)
    await publishFrom(sender, "got", payload, { qos });
  const [, , third] = await takeUnacknowledged(gets, 3);
  const released = third?.packetIdentifier ?? 0;
  gets.send(pubrec(released));
  await gets.expect("pubrel");
  await kept(broker);
  return { released };
}

/** What `fill` left is there, with all that belongs to it. */
async function expectFilled(broker: Ternmq, { released }: { released: number }): Promise<void> {
  const gets = await clientOf(broker, lasting("gets"));
  expect(gets.connack).toMatchObject({ sessionPresent: true });
  expect(await gets.expect("pubrel")).toMatchObject({ packetIdentifier: released });
  const resent = await takeUnacknowledged(gets, 2);
  expect(resent.map(({ payload, duplicate }) => [payload.toString(), duplicate])).toEqual([
    ["1", true],
    ["2", true],
  ]);
  for (const message of resent) await settle(gets, message);
  for (const [clientIdentifier, payloads] of Object.entries({
    waits: ["one", "shared", "two"],
    dies: ["one", "two"],
  })) {
    const client = await clientOf(broker, lasting(clientIdentifier));
    expect(client.connack).toMatchObject({ sessionPresent: true });
    const messages = await takeAll(client, payloads.length);
    expect(messages.map(({ payload }) => payload.toString()).sort()).toEqual(payloads);
    await client.expectNothing();
  }
  const sender = await clientOf(broker, lasting("sends"));
  sender.send(publish({ topic: "got", qos: 2, packetIdentifier: 77, duplicate: true, payload: "again" }));
  await sender.expect("pubrec");
  sender.send(pubrel(77));
  await sender.expect("pubcomp");
  await gets.expectNothing();
  const reader = await clientOf(broker, { clientIdentifier: "reader" });
  await subscribeTo(reader, "kept", 1);
  expect(await takeMessage(reader)).toMatchObject({ retain: true, properties: PROPERTIES });
}

describe("ternmq store export and import", () => {
  it("make a store from the one that a broker is using, and with it all clients go on where they were", async () => {
    const place = folder();
    const [directory, copy, file] = [join(place, "store"), join(place, "copy"), join(place, "lines.jsonl")];
    const before = await brokerOn(directory);
    const left = await fill(before);
    const lines = await exported(directory);
    expect(await store("export", "--data-dir", directory, "--output", file)).toMatchObject({ code: 0, stdout: "" });
    expect(
      readFileSync(file, "utf8")
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line)),
    ).toEqual(lines);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(await store("import", file, "--data-dir", copy)).toEqual({ code: 0, stdout: "", stderr: "" });
    expect(await exported(copy)).toEqual(lines);
    expect(await store("check", "--data-dir", copy)).toEqual({ code: 0, stdout: `${copy} is sound`, stderr: "" });
    await before.kill();
    await expectFilled(await brokerOn(copy), left);
  });

  it("tell what a store holds, so that other programs can read it", async () => {
    const directory = folder();
    await fill(await brokerOn(directory));
    const lines = await exported(directory);
    expect(lines[0]).toMatchObject({ "ternmq-store": 1, format: 1 });
    expect(lines.at(-1)).toEqual({ table: "end" });
    const properties = [
      ["contentType", "text/plain"],
      ["correlationData", "AP8="],
      ["userProperties", "a", "1"],
    ];
    expect(lines).toContainEqual(
      expect.objectContaining({
        table: "retained",
        message: expect.objectContaining({
          topic: "kept",
          payload: "cg==",
          retain: true,
          properties: expect.arrayContaining(properties),
        }),
      }),
    );
    expect(lines).toContainEqual(
      expect.objectContaining({
        clientIdentifier: "dies",
        will: {
          topic: "will",
          payload: "Z29uZQ==",
          qos: 1,
          retain: false,
          properties: [...properties.slice(0, 2), ["willDelayInterval", 3_600], ...properties.slice(2)],
        },
      }),
    );
    expect(lines).toContainEqual(expect.objectContaining({ table: "groups", filter: "$share/g/s" }));
    expect(lines).toContainEqual(expect.objectContaining({ table: "received", packetIdentifier: 77 }));
    const states = lines.filter(({ table }) => table === "exchanges").map(({ state }) => state);
    expect(states.sort()).toEqual(["PUBREL under way", "delivery under way", "delivery under way"]);
  });

  it.each(["stops", "is killed", "goes on"])(
    "at the level commit, tell all that was acknowledged before, when the broker %s",
    async (then) => {
      const directory = folder();
      const broker = await brokerOn(directory, "--durability", "commit");
      const client = await clientOf(broker, { clientIdentifier: "c" });
      for (let round = 0; round < 30; round++) await publishFrom(client, `t/${round}`, "x", { retain: true });
      if (then === "is killed") await broker.kill();
      if (then === "stops") broker.signal("SIGTERM");
      if (then === "stops") await broker.exit;
      const lines = await exported(directory);
      expect(lines.filter(({ table }) => table === "retained")).toHaveLength(30);
    },
  );

  it("tell the state of one moment, however much is written meanwhile", async () => {
    const place = folder();
    const directory = join(place, "store");
    const broker = await brokerOn(directory);
    const waits = await clientOf(broker, lasting("waits"));
    await subscribeTo(waits, "#", 1);
    waits.destroy();
    const sender = await clientOf(broker, { clientIdentifier: "sends" });
    let isDone = false;
    const sending = (async () => {
      for (let number = 0; !isDone; number++)
        await publishFrom(sender, `t/${number % 10}`, `${number}`, { retain: true });
    })();
    for (const name of ["one", "two", "three"]) {
      const file = join(place, name);
      expect(await store("export", "--data-dir", directory, "--output", file)).toMatchObject({ code: 0 });
      expect(await store("check", "--data-dir", directory)).toMatchObject({ code: 0 });
      expect(await store("import", file, "--data-dir", join(place, `${name}.store`))).toMatchObject({ code: 0 });
      expect(await store("check", "--data-dir", join(place, `${name}.store`))).toMatchObject({ code: 0 });
    }
    isDone = true;
    await sending;
  });

  it("work through pipes, and end with 1 when the pipe is closed", async () => {
    const { directory } = await imported([HEADER, SESSION, END]);
    const copy = join(folder(), "copy");
    const command = `'${process.execPath}' '${CLI}' store`;
    const piped = new Program("sh", [
      "-c",
      `${command} export --data-dir '${directory}' | ${command} import - --data-dir '${copy}'`,
    ]);
    expect(await piped.exit).toMatchObject({ code: 0 });
    expect(await exported(copy)).toEqual(await exported(directory));
    const closed = new Program("bash", [
      "-c",
      `${command} export --data-dir '${directory}' | true; exit \${PIPESTATUS[0]}`,
    ]);
    expect(await closed.exit).toMatchObject({ code: 1 });
    expect(closed.stderr).toBe("ternmq: standard output cannot be written: write EPIPE\n");
  });

  it("leave the file alone that has the name when the export fails", async () => {
    const file = join(folder(), "lines.jsonl");
    writeFileSync(file, "before");
    const { code, stderr } = await store("export", "--data-dir", folder(), "--output", file);
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringMatching(/^ternmq: .* holds no store: /) });
    expect(readFileSync(file, "utf8")).toBe("before");
    const { directory } = await imported([HEADER, SESSION, END]);
    const nowhere = await store("export", "--data-dir", directory, "--output", "/nowhere/lines.jsonl");
    expect(nowhere).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^ternmq: \/nowhere\/lines.jsonl cannot be written: /),
    });
  });
});

describe("ternmq store import", () => {
  const MESSAGE = '"topic":"a","payload":"","qos":1,"retain":false,"receivedAt":1,"publisher":""';
  const DELIVERY = `{"table":"deliveries","owner":1,"sequence":1,"qos":1,"retain":false,"message":{${MESSAGE}}}`;
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
    [
      [
        HEADER,
        SESSION,
        '{"table":"exchanges","owner":1,"packetIdentifier":1,"state":"delivery under way","sequence":1}',
        END,
      ],
      3,
      "no line before has the delivery with sequence 1 of owner 1",
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
