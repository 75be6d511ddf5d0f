/**
 * Writes until files may not grow any more, and then with room again; tells what happened as JSON. A limit on this process's files stands for a full
 * disk: `node full-disk.js <directory> <level>`
 */
import { execFileSync } from "node:child_process";
import { statSync } from "node:fs";
import { join } from "node:path";
import { Message } from "../../../dist/src/delivery/message.js";
import { Batch } from "../../../dist/src/persistence/disk/batch.js";
import { openDisk } from "../../../dist/src/persistence/disk/disk.js";
import { deafVisitor } from "./visitor.js";

const [, , directory, level] = process.argv;
const message = Message.of(Buffer.from("a/b"), Buffer.alloc(2_000), 1, false);
const batch = new Batch();
let sequence = 0;

function limitFiles(bytes) {
  execFileSync("prlimit", ["--pid", String(process.pid), `--fsize=${bytes}:unlimited`]);
}

function fill(deliveries) {
  for (let delivery = 0; delivery < deliveries; delivery++) {
    batch.putDelivery(1, ++sequence, 1, false, undefined, undefined, 0, message);
  }
}

async function tryWrite() {
  try {
    await disk.write(batch, level);
    return "kept";
  } catch (error) {
    return error.code;
  }
}

async function countRows() {
  const rows = await disk.fetch(1, 0, 1_000_000).catch((error) => error.code);
  return typeof rows === "string" ? rows : rows.length;
}

const disk = await openDisk(directory, { repair: false, visitor: deafVisitor });
fill(10);
const first = await tryWrite();
await countRows();
limitFiles(statSync(join(directory, "data.mdb")).size + 20_000);
fill(100);
const operations = batch.operations;
const full = [await tryWrite(), await tryWrite()];
const keptOperations = batch.operations === operations;
const rowsWhenFull = await countRows();
limitFiles("unlimited");
const again = await tryWrite();
const rowsAfter = await countRows();
await disk.close();
process.stdout.write(JSON.stringify({ first, full, keptOperations, rowsWhenFull, again, rowsAfter }));
