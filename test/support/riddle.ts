import type { AuthenticationMethod, AuthenticationStep, BrokerOptions } from "../../src/index.ts";
import { startBroker, type TestBroker } from "./broker.ts";
import { auth, type ConnectOptions } from "./packets.ts";

export const CONTINUE = 0x18;
export const RE_AUTHENTICATE = 0x19;
export const bytes = (text: string): Uint8Array => Buffer.from(text);

/**
 * A toy: the client says hello, is asked a riddle, and has to answer "42". "skip" gets in at once, "again" is asked once more, "throw"
 * breaks the method. Any other answer is refused with 0x87, one of the user "unnamed" with 0x86.
 */
export function riddle(wait: () => Promise<void> | undefined = () => undefined): AuthenticationMethod {
  const answer = (data: string, reasonCode: number): AuthenticationStep => {
    if (data === "throw") throw new Error("broken");
    if (data === "hello" || data === "again") return { status: "continue", data: bytes("riddle") };
    if (data === "42" || data === "skip") return { status: "success", data: bytes("welcome") };
    if (data === "silently") return { status: "success" };
    return { status: "failure", reasonCode, reasonString: "wrong answer" };
  };
  return {
    name: "riddle",
    begin: ({ username }) => ({
      step(data) {
        const said = Buffer.from(data ?? []).toString();
        const reasonCode = username === "unnamed" ? 0x86 : 0x87;
        const waiting = wait();
        return waiting === undefined ? answer(said, reasonCode) : waiting.then(() => answer(said, reasonCode));
      },
    }),
  };
}

/** A broker that authenticates by the toy. */
export const startRiddler = (options: BrokerOptions = {}): Promise<TestBroker> =>
  startBroker({ authenticationMethods: [riddle()], ...options });

/** A CONNECT that begins the exchange with these data. */
export function greeting(data: string | undefined, options: ConnectOptions = {}): ConnectOptions {
  const authenticationData = data === undefined ? {} : { authenticationData: bytes(data) };
  return { clientIdentifier: "c", properties: { authenticationMethod: "riddle", ...authenticationData }, ...options };
}

export function say(data: string, reasonCode = CONTINUE, authenticationMethod = "riddle"): Buffer {
  return auth({ reasonCode, properties: { authenticationMethod, authenticationData: bytes(data) } });
}
