/** What is wrong with a user name for a password file; undefined: nothing. */
export function usernameProblem(username: string): string | undefined {
  if (username === "") return "a user name has one character at least";
  if (username.includes(":")) return "a user name in a password file cannot have a colon";
  if (username.startsWith("#")) return "a user name in a password file cannot begin with #, which begins a comment";
  if (/\p{Cc}/u.test(username)) return "a user name cannot have control characters";
  if (Buffer.byteLength(username) > 65_535) return "a user name has 65,535 bytes at the most";
  return undefined;
}
