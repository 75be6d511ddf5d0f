import type { Engine } from "./engine.ts";
import { TopicError } from "./errors.ts";
import { addId, addTopic } from "./operations.ts";
import { SnapshotReader, SnapshotWriter, snapshotError } from "./snapshot-bytes.ts";
import { forEachText, idsFrom } from "./walks.ts";

/**
 * All integers are little-endian.
 *
 *     +-----------+-------------+------------+---------+--------+--------------+
 *     | "tqm1"    | filters u32 | topics u32 | filter… | topic… | checksum u32 |   checksum: FNV-1a of all bytes before it
 *     +-----------+-------------+------------+---------+--------+--------------+
 *     filter: | length u16 | text | ids u32 | id u32… |        topic: | length u16 | text |
 */
const MAGIC = 0x316d7174;

export function writeSnapshot(engine: Engine): Uint8Array<ArrayBuffer> {
  const writer = new SnapshotWriter();
  let filters = 0;
  let topics = 0;
  for (const word of [MAGIC, 0, 0]) writer.u32(word);
  forEachText(engine, engine.filters, (first, length) => {
    filters++;
    writer.text(engine.bytes(length));
    const ids = idsFrom(engine, first);
    writer.u32(ids.length);
    for (const id of ids) writer.u32(id);
  });
  forEachText(engine, engine.topics, (_, length) => {
    topics++;
    writer.text(engine.bytes(length));
  });
  return writer.finish([MAGIC, filters, topics]);
}

/** Adds what a snapshot holds. Throws ERR_INVALID_SNAPSHOT or ERR_MATCHER_MEMORY, when part of it may be added. */
export function readSnapshot(engine: Engine, snapshot: Uint8Array): void {
  const reader = new SnapshotReader(snapshot);
  if (reader.u32() !== MAGIC) throw snapshotError();
  const filters = reader.u32();
  const topics = reader.u32();
  try {
    for (let i = 0; i < filters; i++) readFilter(engine, reader);
    for (let i = 0; i < topics; i++) must(addTopic(engine, readText(engine, reader)));
  } catch (error) {
    throw error instanceof TopicError ? snapshotError() : error;
  }
  must(reader.isAtEnd);
}

function readFilter(engine: Engine, reader: SnapshotReader): void {
  const length = readText(engine, reader);
  const count = reader.u32();
  must(count > 0);
  for (let i = 0; i < count; i++) must(addId(engine, length, reader.u32()));
}

function readText(engine: Engine, reader: SnapshotReader): number {
  const text = reader.text();
  engine.putBytes(text, 0, text.length);
  return text.length;
}

/** Throws unless the snapshot is as `writeSnapshot` makes it: nothing twice, nothing left over. */
function must(holds: boolean): void {
  if (!holds) throw snapshotError();
}
