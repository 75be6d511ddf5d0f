import type { AccessRule, Subject } from "./rule.ts";

/** Whom a rule is about, beside certain users. */
export type About = Pick<AccessRule, "groups" | "clients" | "addresses" | "anonymous">;

export function isAbout({ groups, addresses, anonymous, clients }: About, subject: Subject): boolean {
  if (anonymous === true && subject.username !== undefined) return false;
  if (groups !== undefined && !groups.some((group) => subject.groups.includes(group))) return false;
  if (clients !== undefined && !clients.some((pattern) => isLike(pattern, subject.clientIdentifier))) return false;
  return addresses?.has(subject.remoteAddress) ?? true;
}

/**
 * Whether a text is what the pattern says, in which `*` stands for any characters. Each part is looked for once, behind the one before: a regular
 * expression would try all ways, for minutes, with a client identifier that is made for that.
 */
export function isLike(pattern: string, text: string): boolean {
  const [first = "", ...others] = pattern.split("*");
  const last = others.pop();
  if (last === undefined) return text === pattern;
  if (!text.startsWith(first)) return false;
  let at = first.length;
  for (const part of others) {
    const found = text.indexOf(part, at);
    if (found === -1) return false;
    at = found + part.length;
  }
  return text.length - at >= last.length && text.endsWith(last);
}
