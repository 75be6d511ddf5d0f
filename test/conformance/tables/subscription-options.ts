import { subscribe, type Version } from "../../support/packets.ts";
import {
  type Case,
  FORBIDDEN,
  hex,
  MALFORMED_PACKET,
  named,
  PROTOCOL_ERROR,
  plainlyNamed,
  refused,
  type Statements,
  type Sweep,
} from "./case.ts";

const QOS = 0x03;
const NO_LOCAL = 0x04;
const RETAIN_HANDLING = 0x30;
const FIVE_RESERVED = 0xc0;

interface Rule {
  readonly name: string;
  readonly statements?: Statements;
  readonly breaks: (options: number) => boolean;
  readonly reasonCodes: readonly number[];
}

const asksForQos3 = (options: number): boolean => (options & QOS) === QOS;

/** What the options byte may not be. MQTT 3.1 does not use the upper six bits. */
const RULES: Readonly<Record<Version, readonly Rule[]>> = {
  3: [{ name: "QoS 3", breaks: asksForQos3, reasonCodes: FORBIDDEN }],
  4: [
    {
      name: "any value but 0, 1 and 2",
      statements: { 4: "[MQTT-3.8.3-4 of 3.1.1]" },
      breaks: (options) => options > 2,
      reasonCodes: FORBIDDEN,
    },
  ],
  5: [
    {
      name: "a reserved bit",
      statements: { 5: "[MQTT-3.8.3-5]" },
      breaks: (options) => (options & FIVE_RESERVED) !== 0,
      reasonCodes: [MALFORMED_PACKET],
    },
    { name: "QoS 3", breaks: asksForQos3, reasonCodes: [PROTOCOL_ERROR] },
    {
      name: "Retain Handling 3",
      breaks: (options) => (options & RETAIN_HANDLING) === RETAIN_HANDLING,
      reasonCodes: [PROTOCOL_ERROR],
    },
  ],
};

const ALL = Array.from({ length: 256 }, (_, options) => options);

function caseOf(version: Version, options: number, accepted: readonly string[], filter = "options"): Case {
  return {
    name: `subscription options ${hex(options)}`,
    version,
    bytes: subscribe({ version, subscriptions: [{ filter, options }] }),
    accepted,
  };
}

const broken = (version: Version, options: number): readonly Rule[] =>
  RULES[version].filter(({ breaks }) => breaks(options));

const granted = (options: number): string[] => [`suback ${hex(options & QOS)}, alive`];

/** Every value of the options, by the one rule that it breaks, by none, or by several. */
export function subscriptionOptions(version: Version): Sweep[] {
  const severally = ALL.filter((options) => broken(version, options).length > 1);
  const allowed = ALL.filter((options) => broken(version, options).length === 0);
  return [
    ...RULES[version].map((rule) => ({
      name: named(version, rule.statements ?? {}, `${rule.name} is refused`),
      cases: ALL.filter(
        (options) => broken(version, options).every((each) => each === rule) && rule.breaks(options),
      ).map((options) => caseOf(version, options, refused(version, rule.reasonCodes))),
    })),
    {
      name: plainlyNamed(version, {}, "all that are allowed are granted"),
      cases: allowed.map((options) => caseOf(version, options, granted(options))),
    },
    {
      name: named(version, {}, "all that break several rules are refused"),
      cases: severally.map((options) => caseOf(version, options, refused(version, FORBIDDEN))),
    },
  ].filter(({ cases }) => cases.length > 0);
}

/** Every allowed value on a shared subscription, which may not have No Local. */
export function sharedOptions(): Sweep[] {
  const allowed = ALL.filter((options) => broken(5, options).length === 0);
  const [local, withoutLocal] = [
    allowed.filter((each) => !(each & NO_LOCAL)),
    allowed.filter((each) => each & NO_LOCAL),
  ];
  const of = (options: number, accepted: readonly string[]): Case =>
    caseOf(5, options, accepted, "$share/name/options");
  return [
    {
      name: named(5, { 5: "[MQTT-3.8.3-4]" }, "a shared subscription with No Local is refused"),
      cases: withoutLocal.map((options) => of(options, refused(5, [PROTOCOL_ERROR]))),
    },
    { name: "a shared subscription may have all others", cases: local.map((options) => of(options, granted(options))) },
  ];
}
