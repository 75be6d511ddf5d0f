/** Writes batches of three deliveries each until it is killed, and tells of each that was acknowledged: `node writer.js <directory> <level>` */
import { writeSync } from "node:fs";
import { Message } from "../../../dist/src/delivery/message.js";
import { Batch } from "../../../dist/src/persistence/disk/batch.js";
import { openDisk } from "../../../dist/src/persistence/disk/disk.js";
import { deafVisitor } from "./visitor.js";

const [, , directory, level] = process.argv;
const disk = await openDisk(directory, { repair: false, visitor: deafVisitor });
const rows = await disk.fetch(1, 0, 1_000_000);
let sequence = rows.at(-1)?.sequence ?? 0;
const message = Message.of(Buffer.from("a/b"), Buffer.alloc(500), 1, false);
const batch = new Batch();
for (;;) {
  for (let delivery = 0; delivery < 3; delivery++) {
    sequence++;
    batch.putDelivery(1, sequence, 1, false, undefined, undefined, 0, message);
  }
  await disk.write(batch, level);
  writeSync(1, `${sequence}\n`);
}
