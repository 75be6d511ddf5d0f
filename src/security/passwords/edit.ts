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

/** What is wrong with a user name for a password file; undefined: nothing. */
export function usernameProblem(username: string): string | undefined {
  if (username === "") return "a user name has one character at least";
  if (username.includes(":")) return "a user name in a password file cannot have a colon";
  if (username.startsWith("#")) return "a user name in a password file cannot begin with #, which begins a comment";
  if (/\p{Cc}/u.test(username)) return "a user name cannot have control characters";
  if (Buffer.byteLength(username) > 65_535) return "a user name has 65,535 bytes at the most";
  return undefined;
}
