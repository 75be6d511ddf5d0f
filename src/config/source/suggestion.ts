import { closest, distance } from "fastest-levenshtein";

/** As the end of a message: `; did you mean "port"?`, or nothing where no name is near. */
export function didYouMean(name: string, names: readonly string[]): string {
  if (names.length === 0) return "";
  const nearest = closest(name, names);
  return distance(name.toLowerCase(), nearest.toLowerCase()) <= Math.max(2, name.length / 3)
    ? `; did you mean "${nearest}"?`
    : "";
}
