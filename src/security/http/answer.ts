import type { Identity } from "../identity.ts";

/** Characters. */
const LARGEST_ANSWER = 65_536;
const OK = 200;
const RESULTS = ["allow", "deny", "ignore"] as const;

export interface Answer {
  readonly result: (typeof RESULTS)[number];
  readonly identity: Partial<Identity>;
}

/**
 * Reads `{"result": "allow" | "deny" | "ignore", "username"?, "groups"?, "expiresAt"?, "acl"?}`; `expiresAt` is in seconds since 1970.
 * @throws {Error} for anything else
 */
export async function readAnswer(response: Response): Promise<Answer> {
  if (response.status !== OK) {
    await response.body?.cancel();
    throw new Error(`the authentication service answered with status ${response.status}`);
  }
  const answer = parse(await textOf(response));
  const { result, username, groups, expiresAt, acl } = answer;
  const known = RESULTS.find((each) => each === result);
  if (known === undefined) throw new Error(`the authentication service gave no "result" of ${RESULTS.join(", ")}`);
  return {
    result: known,
    identity: {
      ...(username !== undefined && { username: checked("username", username, isText) }),
      ...(groups !== undefined && { groups: checked("groups", groups, isTexts) }),
      ...(expiresAt !== undefined && { expiresAt: 1000 * checked("expiresAt", expiresAt, isNumber) }),
      acl,
    },
  };
}

/** No more than that is read. */
async function textOf({ body }: Response): Promise<string> {
  let text = "";
  const decoder = new TextDecoder();
  for await (const chunk of body ?? []) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length > LARGEST_ANSWER) throw new Error("the answer of the authentication service is too long");
  }
  return text;
}

function parse(text: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Error("the authentication service did not answer with JSON");
  }
  if (typeof value === "object" && value !== null) return value as Record<string, unknown>;
  throw new Error("the authentication service did not answer with a JSON object");
}

function checked<T>(name: string, value: unknown, is: (value: unknown) => value is T): T {
  if (is(value)) return value;
  throw new Error(`the authentication service gave a wrong "${name}"`);
}

const isText = (value: unknown): value is string => typeof value === "string";
const isTexts = (value: unknown): value is string[] => Array.isArray(value) && value.every(isText);
const isNumber = (value: unknown): value is number => typeof value === "number" && Number.isFinite(value);
