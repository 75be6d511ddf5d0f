import { routeList } from "../calls";
import { result } from "../result";
import { OUT_OF_MEMORY } from "../shared/status";
import { validateTopicName } from "../topic";
import { entryAt } from "../trie/entries";
import { matchedFilters, matchTopic } from "../trie/match";
import { Trie } from "../trie/trie";
import { removeDuplicates } from "./unique";

/** Matches a topic name: 0 or a status. Routes in the result struct are ids, each once, and stay until the next match. */
export function matchIds(matcher: Trie, at: usize, length: u32): i32 {
  result.routeCount = 0;
  const refused = validateTopicName(at, length);
  if (refused != 0) return refused;
  const list = routeList();
  const status = matchTopic(matcher, list, at, length);
  if (status != 0) return status;
  const entries = matcher.entries;
  const end = list.at + ((<usize>list.count) << 2);
  for (let word = list.at; word < end; word += 4) store<u32>(word, entryAt(entries, load<u32>(word)).target);
  if (matchedFilters() > 1 && !removeDuplicates(list)) return OUT_OF_MEMORY;
  result.routes = <u32>(list.at >> 2);
  result.routeCount = list.count;
  return 0;
}
