import { FRAME_END, FRAME_MORE } from "../../assembly/shared/status.ts";
import type { Core } from "../../src/wasm/core.ts";
import { recordRoutes } from "../support/cores.ts";
import type { ModelFrames, ModelRecord } from "./framer.ts";

export interface RoutedRecord extends ModelRecord {
  routes: number[];
  overlap: boolean;
}

export interface StreamFrames extends ModelFrames {
  records: RoutedRecord[];
}

/** Gives the core a stream in pieces, as a connection does: the tail of a cut packet goes in front of the next piece. */
export function frameInPieces(
  core: Core,
  pieces: readonly Uint8Array[],
  version: number,
  maximum: number,
): StreamFrames {
  const records: RoutedRecord[] = [];
  let tail = new Uint8Array(0);
  let base = 0;
  for (const piece of pieces) {
    const chunk = Buffer.concat([tail, piece]);
    const consumed = frameWhole(core, chunk, version, maximum, base, records);
    base += consumed;
    if (core.status !== FRAME_END) return { records, status: core.status, consumed: base };
    tail = chunk.subarray(consumed);
    checkNeeded(core.needed, tail);
  }
  return { records, status: FRAME_END, consumed: base };
}

/** Frames until the status is not FRAME_MORE, and answers how far. */
function frameWhole(
  core: Core,
  chunk: Uint8Array,
  version: number,
  maximum: number,
  base: number,
  records: RoutedRecord[],
): number {
  core.load(chunk);
  for (let from = 0; ; from = core.consumed) {
    const count = core.frame(from, version, maximum);
    for (let i = 0; i < count; i++) records.push(readRecord(core, i, base));
    if (core.status !== FRAME_MORE) return core.consumed;
    if (core.consumed === from) throw new Error("FRAME_MORE without progress");
  }
}

function checkNeeded(needed: number, tail: Uint8Array): void {
  if (tail.length === 0 ? needed !== 0 : needed <= tail.length || needed < 2) {
    throw new Error(`${needed} bytes needed with a tail of ${tail.length}`);
  }
}

function readRecord(core: Core, i: number, base: number): RoutedRecord {
  const { records } = core;
  const absolute = (offset: number) => (offset === 0 ? 0 : offset + base);
  return {
    type: records.type(i),
    firstByte: records.firstByte(i),
    start: records.start(i) + base,
    body: records.body(i) + base,
    end: records.end(i) + base,
    packetIdentifier: records.packetIdentifier(i),
    reasonCode: records.reasonCode(i),
    topic: absolute(records.topic(i)),
    topicLength: records.topicLength(i),
    properties: absolute(records.properties(i)),
    propertiesLength: records.propertiesLength(i),
    payload: absolute(records.payload(i)),
    routes: recordRoutes(core, i),
    overlap: records.routesOverlap(i),
  };
}
