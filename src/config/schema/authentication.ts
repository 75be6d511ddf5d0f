import { z } from "zod";
import {
  type AuthenticationOptions,
  GUARD,
  type ListenerAuthenticationOptions,
  PASSWORD_WORK,
} from "../../security/options.ts";
import { certificateSchema, httpSchema, jwtSchema, moduleSchema, passwordFileSchema } from "./authenticators.ts";
import { duration, list, networks, section, trueOrFalse, wholeNumber } from "./types.ts";

const A_YEAR = 31_536_000;
const SECONDS = [0, A_YEAR] as const;
const SOME_SECONDS = [1, A_YEAR] as const;
const ATTEMPTS = [0, 1_000_000] as const;

const authenticatorSchema = z.discriminatedUnion(
  "type",
  [passwordFileSchema, jwtSchema, certificateSchema, httpSchema, moduleSchema],
  { error: "give one of password-file, jwt, certificate, http and module" },
);

const listenerShape = {
  authenticators: list(authenticatorSchema, "authenticators")
    .exactOptional()
    .describe("who is asked, in this order; the first that knows the client decides"),
  allowAnonymous: trueOrFalse()
    .exactOptional()
    .describe(
      "whether clients that show nothing may come in; by default where nobody is to be asked and only this machine reaches the listener",
    ),
};

export const listenerAuthenticationSchema = section(listenerShape).describe(
  "how its clients show who they are; what the section `authentication` says by default",
) satisfies z.ZodType<ListenerAuthenticationOptions>;

const passwordsSchema = section({
  concurrency: wholeNumber([1, 64])
    .prefault(PASSWORD_WORK.concurrency)
    .describe("checks of hashes under way at a time, each in a thread"),
  maximumWaiting: wholeNumber([0, 1_000_000])
    .prefault(PASSWORD_WORK.maximumWaiting)
    .describe("clients that may wait for one; others are told to try again later"),
  cacheSeconds: duration("s", SECONDS)
    .prefault(PASSWORD_WORK.cacheSeconds)
    .describe("for how long a password that was right needs no check; 0 checks each time"),
});

const guardSchema = section({
  window: duration("s", SOME_SECONDS).prefault(GUARD.window).describe("for how long a failed attempt counts"),
  addressDelayAfter: wholeNumber(ATTEMPTS)
    .prefault(GUARD.addressDelayAfter)
    .describe("failed attempts of one address (IPv6: of one /64) from which on its answers come late"),
  addressBanAfter: wholeNumber(ATTEMPTS)
    .prefault(GUARD.addressBanAfter)
    .describe("failed attempts of one address until it is banned; 0 is never"),
  banSeconds: duration("s", SOME_SECONDS).prefault(GUARD.banSeconds).describe("how long a ban lasts"),
  userDelayAfter: wholeNumber(ATTEMPTS)
    .prefault(GUARD.userDelayAfter)
    .describe("failed attempts for one user from which on answers come late at addresses that are new for this user"),
  userBanAfter: wholeNumber(ATTEMPTS)
    .prefault(GUARD.userBanAfter)
    .describe("failed attempts for one user until only addresses that this user came from before may try; 0 is never"),
  maximumDelay: duration("ms", [0, 60_000]).prefault(GUARD.maximumDelay).describe("the longest delay"),
  flappingLimit: wholeNumber(ATTEMPTS)
    .prefault(GUARD.flappingLimit)
    .describe("connections of one client in flappingWindow beyond which it is held off; 0 is any number"),
  flappingWindow: duration("s", SOME_SECONDS).prefault(GUARD.flappingWindow).describe("see flappingLimit"),
  flappingHold: duration("s", SOME_SECONDS).prefault(GUARD.flappingHold).describe("how long such a client is held off"),
  trusted: networks()
    .prefault([...GUARD.trusted])
    .describe("addresses and networks that are not watched"),
});

export const authenticationSchema = section({
  ...listenerShape,
  passwords: passwordsSchema.prefault({}).describe("how the hashes of passwords are checked"),
  guard: guardSchema
    .prefault({})
    .describe("what is done about those who try passwords, and about clients that connect in a loop"),
})
  .prefault({})
  .describe(
    "how clients show who they are, where their listener does not say otherwise",
  ) satisfies z.ZodType<AuthenticationOptions>;
