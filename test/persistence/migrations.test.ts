import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { Database } from "../../src/persistence/disk/database.ts";
import { FORMAT_KEY } from "../../src/persistence/disk/keys.ts";
import { FORMAT, type Migration, migrate } from "../../src/persistence/disk/migrations.ts";
import { u32 } from "../../src/persistence/disk/numbers.ts";
import { openStore, temporaryDirectory } from "./support/store.ts";

/** A store of another format. */
async function storeOfFormat(format: number): Promise<string> {
  const directory = temporaryDirectory();
  await (await openStore(directory)).disk.close();
  const database = new Database(join(directory, "data.mdb"));
  database.transaction(() => database.tables.meta.put(FORMAT_KEY, u32(format)));
  await database.close();
  return directory;
}

async function withDatabase<T>(directory: string, use: (database: Database) => T): Promise<T> {
  const database = new Database(join(directory, "data.mdb"));
  try {
    return use(database);
  } finally {
    await database.close();
  }
}

const NAME = Buffer.from("made up");

function append(text: string): Migration {
  return ({ meta }) => {
    const before = meta.get(NAME) ?? Buffer.alloc(0);
    meta.put(NAME, Buffer.concat([before, Buffer.from(text)]));
  };
}

describe("a store", () => {
  it("of a newer version is refused, with what to do, and left alone", async () => {
    const directory = await storeOfFormat(FORMAT + 1);
    for (const repair of [false, true]) {
      await expect(openStore(directory, repair)).rejects.toMatchObject({
        code: "ERR_STORE_NEWER",
        message: expect.stringMatching(/format 2; this one knows 1.*start that version/),
      });
    }
  });

  it("of an older version is brought up by each migration in turn, once", async () => {
    const directory = await storeOfFormat(1);
    const migrations = new Map([1, 2, 3].map((from) => [from, append(`${from},`)]));
    const migrated = await withDatabase(directory, (database) => {
      migrate(database, directory, 3, migrations);
      migrate(database, directory, 3, migrations);
      return [database.tables.meta.get(NAME)?.toString(), database.tables.meta.get(FORMAT_KEY)?.readUInt32BE()];
    });
    expect(migrated).toEqual(["1,2,", 3]);
  });

  it("stays as it was when a migration fails", async () => {
    const directory = await storeOfFormat(1);
    const fail = () => {
      throw new Error("it cannot be done");
    };
    const migrations = new Map<number, Migration>([
      [1, append("1,")],
      [2, fail],
    ]);
    await withDatabase(directory, (database) => {
      expect(() => migrate(database, directory, 3, migrations)).toThrow("it cannot be done");
    });
    const row = await withDatabase(directory, ({ tables }) => [tables.meta.get(NAME), tables.meta.get(FORMAT_KEY)]);
    expect(row).toEqual([undefined, u32(1)]);
  });

  it("whose format nobody can bring up is refused", async () => {
    const directory = await storeOfFormat(0);
    await expect(openStore(directory)).rejects.toMatchObject({ code: "ERR_STORE_DAMAGED" });
  });
});
