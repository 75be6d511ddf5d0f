import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { lasting } from "../support/durable.ts";
import { clientOf, expectFilled, fill } from "../support/filled-broker.ts";
import { publishFrom, subscribeTo } from "../support/flows.ts";
import { CLI, Program } from "../support/program.ts";
import { brokerOn, END, exported, folder, HEADER, imported, SESSION, store } from "../support/store-command.ts";

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
