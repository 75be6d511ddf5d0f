import type { Version } from "../../support/packets.ts";
import { packet } from "../../support/wire.ts";
import { type Case, MALFORMED_PACKET, named, plainlyNamed, refused, refusedConnect, type Statements } from "./case.ts";
import { bodyOf, type Form, formsOf } from "./forms.ts";

/** A malformed packet of this form. Before its protocol level is read nobody knows which words the client understands. */
export function refusedForm(version: Version, form: Form, isVersionKnown = true): string[] {
  if (form.connect !== false) return refused(version, [MALFORMED_PACKET]);
  return isVersionKnown ? refusedConnect(version, [MALFORMED_PACKET]) : ["closed"];
}

const CONNECT_IS_CHECKED: Statements = { 4: "[MQTT-3.1.4-1 of 3.1.1]", 5: "[MQTT-3.1.4-1]" };

/** What a malformed packet of this form violates where there is nothing more special. */
export function violated(form: Form, given: Statements = {}): Statements {
  return form.connect === false ? { ...CONNECT_IS_CHECKED, ...given } : given;
}

/** Behind how many bytes of the body each field starts. */
function startsOf({ parts }: Form): number[] {
  let at = 0;
  return parts.map(({ bytes }) => {
    at += bytes.length;
    return at - bytes.length;
  });
}

/** What comes of the form when only `length` bytes of the field with this index are left. */
function outcome(version: Version, form: Form, index: number, length: number): Pick<Case, "accepted" | "delivered"> {
  const delivered = form.delivered ?? 0;
  const end = length === 0 ? form.ends?.[index] : undefined;
  if (end !== undefined) return { accepted: end.accepted, delivered };
  if (form.parts[index]?.isPayload) return { accepted: [form.accepted], delivered };
  return { accepted: refusedForm(version, form, index > 1) };
}

function statementsOf(form: Form, index: number, length: number): Statements {
  const end = length === 0 ? form.ends?.[index] : undefined;
  return violated(form, end?.statements ?? form.parts[index]?.missing);
}

function truncation(version: Version, form: Form, index: number, length: number): Case {
  const { name = "" } = form.parts[index] ?? {};
  const at = (startsOf(form)[index] ?? 0) + length;
  const what = `${form.name} that ends ${length === 0 ? "in front of" : `behind byte ${length} of`} its ${name}`;
  const { accepted, delivered = 0 } = outcome(version, form, index, length);
  const isRefused = accepted.every((each) => each !== form.accepted && !each.endsWith("alive"));
  return {
    name: (isRefused ? named : plainlyNamed)(version, statementsOf(form, index, length), what),
    version,
    bytes: packet(form.firstByte, bodyOf(form).subarray(0, at)),
    accepted,
    delivered,
    ...(form.connect !== undefined && { connect: form.connect }),
  };
}

/** Each packet cut off behind each of its bytes, with a remaining length that tells so. */
export function truncations(version: Version): Case[] {
  return formsOf(version).flatMap((form) =>
    form.parts.flatMap(({ bytes }, index) =>
      Array.from(bytes, (_, length) => truncation(version, form, index, length)),
    ),
  );
}
