import { usernameOf } from "./password-file.ts";

/**
 * Puts lines in the place of those of a user, or at the end where there are none. Everything else stays as it is, byte for byte.
 * @param hashes none: the user is taken out
 * @returns undefined for a user to be taken out who is not there
 */
export function replaceUser(text: string, username: string, hashes: readonly string[]): string | undefined {
  const lines = text.split("\n");
  const endsInLine = lines.at(-1) === "";
  if (endsInLine) lines.pop();
  const first = lines.findIndex((line) => usernameOf(line) === username);
  if (first === -1 && hashes.length === 0) return undefined;
  const others = lines.filter((line) => usernameOf(line) !== username);
  others.splice(first === -1 ? others.length : first, 0, ...hashes.map((hash) => `${username}:${hash}`));
  if (others.length === 0) return "";
  return others.join("\n") + (endsInLine || hashes.length > 0 ? "\n" : "");
}
