import { it, type TestAPI } from "vitest";
import type { Version } from "./packets.ts";

const TAG = /\[MQTT-[^\]]*\] ?/g;

/** The title of a test that runs for several versions, with the tags of this version's statements only. MQTT 3.1 numbers none. */
export function titleAt(version: Version, title: string): string {
  return title.replace(TAG, (tag) => (versionOf(tag) === version ? tag : ""));
}

type Run = (title: string, run: () => void | Promise<void>) => void;

/** `it` for a block that is described for each of several versions: its titles are `titleAt` this one. */
export function itAt(version: Version): Run & Pick<TestAPI, "each"> {
  const each = new Proxy(it.each, {
    apply(target, _this, rows) {
      const define = Reflect.apply(target, it, rows);
      return (title: string, run: unknown) => define(titleAt(version, title), run);
    },
  });
  return Object.assign((title: string, run: () => void | Promise<void>) => it(titleAt(version, title), run), { each });
}

function versionOf(tag: string): Version {
  return tag.includes(" of 3.1.1]") ? 4 : 5;
}
