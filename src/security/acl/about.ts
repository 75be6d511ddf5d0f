import type { AccessRule, Subject } from "./rule.ts";

/** Whom a rule is about, beside certain users. */
export interface About extends Pick<AccessRule, "groups" | "addresses" | "anonymous"> {
  readonly clients: RegExp | undefined;
}

export function isAbout({ groups, addresses, anonymous, clients }: About, subject: Subject): boolean {
  if (anonymous === true && subject.username !== undefined) return false;
  if (groups !== undefined && !groups.some((group) => subject.groups.includes(group))) return false;
  if (clients !== undefined && !clients.test(subject.clientIdentifier)) return false;
  return addresses?.has(subject.remoteAddress) ?? true;
}

/** @param clients client identifiers, where `*` stands for any characters */
export function patternOf(clients: readonly string[] | undefined): RegExp | undefined {
  if (clients === undefined) return undefined;
  const escaped = clients.map((text) => text.replace(/[\\^$.|?+()[\]{}]/g, "\\$&").replaceAll("*", ".*"));
  return new RegExp(`^(?:${escaped.join("|")})$`, "s");
}
