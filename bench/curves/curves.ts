import { PEER } from "../compare/setting.ts";
import {
  figure,
  group,
  type LoadScenario,
  load,
  pairs,
  type Qos,
  type Scenario,
  underWayOf,
} from "../load/scenarios.ts";

/** One point of a curve: what is varied, and what is run there. */
export interface Point {
  readonly x: number;
  readonly scenario: LoadScenario;
}

/** How the cost of a message grows with one thing, all else being equal. */
export interface Curve {
  readonly id: string;
  /** What does not change. */
  readonly title: string;
  /** What is varied. */
  readonly axis: string;
  readonly points: readonly Point[];
}

const PAYLOADS = [16, 64, 256, 1_024, 4_096, 16_384, 65_536, 262_144, 1_000_000];
const RECEIVERS = [1, 10, 100, 1_000];
const PAIRS = [10, 30, 100, 300, 1_000];
const SUBSCRIPTIONS = [0, 1_000, 10_000, 100_000, 1_000_000];
const UNDER_WAY = [1, 4, 16, 64, 256];

const USUAL_PAIRS = 50;
const USUAL_UNDER_WAY = 64;
/** Mosquitto adds 13,000 subscriptions a second: more than these are left out, a million would take as long as all other runs together. */
const PEER_SUBSCRIPTIONS_MAX = 100_000;

/** @param scenarioOf what is run at a value; it gets a name that tells it from all others */
function curve(
  [id, title, axis]: readonly [string, string, string],
  values: readonly number[],
  scenarioOf: (name: string, x: number) => LoadScenario,
): Curve {
  return { id, title, axis, points: values.map((x) => ({ x, scenario: scenarioOf(`${id}-${x}`, x) })) };
}

function withPayload(id: string, payloadBytes: number): LoadScenario {
  const underWay = underWayOf(payloadBytes, USUAL_UNDER_WAY);
  return load(id, pairs(USUAL_PAIRS, underWay), { payloadBytes });
}

function toReceivers(underWay: number, qos: Qos) {
  return (id: string, receivers: number) => load(id, group(1, receivers, underWay), { qos });
}

function ofPairs(underWay: number) {
  return (id: string, count: number) => load(id, pairs(count, underWay));
}

function besideSubscriptions(id: string, standing: number): LoadScenario {
  const more = standing === 0 ? {} : { standing, title: `${figure(standing)} subscriptions more` };
  return load(id, pairs(USUAL_PAIRS, USUAL_UNDER_WAY), more);
}

function underWayAt(qos: Qos) {
  return (id: string, underWay: number) => load(id, pairs(USUAL_PAIRS, underWay), { qos });
}

const PAIRS_AXIS = "pairs of a publisher and a subscriber";
const UNDER_WAY_AXIS = "messages under way of each publisher";

export const CURVES: readonly Curve[] = [
  curve(["payload", "50 pairs, QoS 0, up to 64 under way", "payload in bytes"], PAYLOADS, withPayload),
  curve(["receivers", "1 publisher, QoS 0, 16 under way", "receivers of a message"], RECEIVERS, toReceivers(16, 0)),
  curve(["receivers-qos1", "1 publisher, QoS 1, 4 under way", "receivers of a message"], RECEIVERS, toReceivers(4, 1)),
  curve(["connections", "QoS 0, 64 under way", PAIRS_AXIS], PAIRS, ofPairs(64)),
  curve(["connections-1", "QoS 0, 1 under way", PAIRS_AXIS], PAIRS, ofPairs(1)),
  curve(
    ["subscriptions", "50 pairs, QoS 0, 64 under way", "subscriptions in place"],
    SUBSCRIPTIONS,
    besideSubscriptions,
  ),
  curve(["under-way", "50 pairs, QoS 0", UNDER_WAY_AXIS], UNDER_WAY, underWayAt(0)),
  curve(["under-way-qos1", "50 pairs, QoS 1", UNDER_WAY_AXIS], UNDER_WAY, underWayAt(1)),
];

/** Whether a scenario is run on a broker. */
export function isRunOn(broker: string, scenario: Scenario): boolean {
  return broker !== PEER || scenario.kind !== "load" || (scenario.standing ?? 0) <= PEER_SUBSCRIPTIONS_MAX;
}

/**
 * The curves asked for, with those of their points that are asked for; without curves that have none of them.
 * @param only ids; undefined: all
 * @param at values; undefined: all
 */
export function chosenCurves(only: readonly string[] | undefined, at: readonly number[] | undefined): Curve[] {
  return CURVES.filter(({ id }) => only?.includes(id) ?? true)
    .map((one) => ({ ...one, points: one.points.filter(({ x }) => at?.includes(x) ?? true) }))
    .filter(({ points }) => points.length > 0);
}

const UNITS = [
  [1_048_576, "Mi"],
  [1_000_000, "M"],
  [1_024, "Ki"],
  [1_000, "k"],
] as const;

/** As short as an axis has room for: 4 Ki, 100 k. */
export function valueText(x: number): string {
  const unit = UNITS.find(([size]) => x >= size && x % size === 0);
  return unit === undefined ? `${x}` : `${x / unit[0]} ${unit[1]}`;
}
