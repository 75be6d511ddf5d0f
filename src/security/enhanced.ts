import type { ClientInfo } from "./access.ts";
import { checkIdentity, type Identity } from "./identity.ts";

/** A method of enhanced authentication (MQTT 5.0 §4.12), chosen by the name that the client gives. */
export interface AuthenticationMethod {
  readonly name: string;
  /** Called for a CONNECT that names the method, and again for each re-authentication. */
  begin(client: ClientInfo): AuthenticationExchange;
}

/** One exchange with one client. An error that is thrown ends it as a failure with 0x88 (0x80 in a re-authentication). */
export interface AuthenticationExchange {
  /** @param data the client's Authentication Data */
  step(data: Uint8Array | undefined): AuthenticationStep | Promise<AuthenticationStep>;
}

export type AuthenticationStep =
  | { readonly status: "continue"; readonly data?: Uint8Array }
  | {
      readonly status: "success";
      readonly data?: Uint8Array;
      /** Whom the client proved to be; a user name that it does not say is that of the CONNECT. The same user in a re-authentication. */
      readonly identity?: Partial<Identity>;
    }
  | { readonly status: "failure"; readonly reasonCode: number; readonly reasonString?: string };

/** What a method of a program says, whose types nobody has checked: what is no step lets nobody in. @throws {TypeError} */
export function checkStep(step: AuthenticationStep): AuthenticationStep {
  switch (step?.status) {
    case "success":
      checkIdentity(step.identity ?? {});
      return step;
    case "continue":
    case "failure":
      return step;
  }
  throw new TypeError('the method answered with no step: its status has to be "continue", "success" or "failure"');
}
