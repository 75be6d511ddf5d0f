/**
 * Opens a store, reads all deliveries, adds one for each session and closes it; tells as JSON "used", or what went wrong: `node use-store.js <directory>`
 */
import { Message } from "../../../dist/src/delivery/message.js";
import { Batch } from "../../../dist/src/persistence/disk/batch.js";
import { openDisk } from "../../../dist/src/persistence/disk/disk.js";
import { deafVisitor } from "./visitor.js";

const message = Message.of(Buffer.from("a/b"), Buffer.alloc(5_000), 1, false);

async function readAll(disk, owner) {
  let last = 0;
  for (;;) {
    const rows = await disk.fetch(owner, last, 1_000);
    if (rows.length === 0) return last;
    last = rows.at(-1).sequence;
  }
}

async function use(disk, owners) {
  const batch = new Batch();
  for (const owner of owners) {
    const last = await readAll(disk, owner);
    batch.putDelivery(owner, last + 1, 1, false, undefined, undefined, 0, message);
  }
  await disk.write(batch, "fsync");
}

async function openAndUse(directory) {
  const owners = [];
  const visitor = { ...deafVisitor, session: ({ owner }) => owners.push(owner) };
  const disk = await openDisk(directory, { repair: false, visitor });
  await use(disk, owners).finally(() => disk.close());
  return "used";
}

const answer = await openAndUse(process.argv[2]).catch(({ code, message }) => ({ code, message }));
process.stdout.write(JSON.stringify(answer));
