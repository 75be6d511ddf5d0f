import { readdirSync, readFileSync } from "node:fs";

/** For each tag the names of what carries it. A tag that no statement has is kept as it stands. */
export type TagIndex = ReadonlyMap<string, readonly string[]>;

/** A tag that is written `[MQTT-1.2.3-4] of 3.1.1` comes out with its bracket, so that it is none that exists. */
const TAG = /\[(MQTT-[^\]]*(?:\] of 3\.1\.1)?)\]?/g;

/** The tags in a text, each once. */
export function tagsIn(text: string): string[] {
  return [...new Set(Array.from(text.matchAll(TAG), ([, tag = ""]) => tag))];
}

/** Turns "what has which tags" around; each list is in order and without repetition. */
export function indexTags(entries: Iterable<readonly [name: string, text: string]>): TagIndex {
  const index = new Map<string, Set<string>>();
  for (const [name, text] of entries) {
    for (const tag of tagsIn(text)) index.set(tag, (index.get(tag) ?? new Set()).add(name));
  }
  return new Map(Array.from(index, ([tag, names]) => [tag, [...names].toSorted()]));
}

/** The files below the folders, by the tags in them. */
export function indexCode(folders: readonly string[]): TagIndex {
  return indexTags(folders.flatMap(sources).map((path) => [path, readFileSync(path, "utf8")]));
}

function sources(folder: string): string[] {
  const names = readdirSync(folder, { recursive: true, encoding: "utf8" });
  return names.filter((name) => name.endsWith(".ts")).map((name) => `${folder}/${name.replaceAll("\\", "/")}`);
}
