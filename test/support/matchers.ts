import { readFileSync } from "node:fs";
import { TopicMatcher } from "../../src/matcher/index.ts";

function moduleOf(file: string): WebAssembly.Module {
  return new WebAssembly.Module(readFileSync(new URL(`../../dist/wasm/${file}`, import.meta.url)));
}

/** The builds that tests of the matcher run on. */
export const MATCHERS: readonly (readonly [name: string, module: WebAssembly.Module])[] = [
  ["release", moduleOf("matcher.wasm")],
  ["debug", moduleOf("matcher.debug.wasm")],
];

/** The ids that match, sorted. */
export function matched(matcher: TopicMatcher, topic: string): number[] {
  return Array.from(matcher.match(topic)).sort((a, b) => a - b);
}

/** A matcher that has allocated what its first filter and topic name need for good. */
export function warmMatcher(module: WebAssembly.Module): TopicMatcher {
  const matcher = new TopicMatcher({ module });
  matcher.add("a", 0);
  matcher.addTopic("a");
  matcher.clear();
  return matcher;
}
