import {
  PublishForm,
  packetIdentifierOffset,
  patchPacketIdentifier,
  publishLength,
  writePublish,
} from "../../src/codec/publish.ts";
import { encodePublish } from "./baselines/js-publish.ts";
import type { Comparison, MicroBenchmark } from "./support/comparison.ts";

const TOPIC = "site42/device4711/temperature";
const RECEIVERS = 100;

export const encode: MicroBenchmark = {
  id: "encode",
  title: "a PUBLISH of MQTT 3.1.1 for one of 100 receivers, into the place where its bytes are sent from",
  hasSizes: false,
  *comparisons() {
    for (const qos of [0, 1]) for (const payloadBytes of [64, 1024]) yield compare(qos, payloadBytes);
  },
};

function compare(qos: number, payloadBytes: number): Comparison {
  const payload = Buffer.alloc(payloadBytes, 0x2e);
  const out = Buffer.allocUnsafe(RECEIVERS * (payloadBytes + 64));
  const form = new PublishForm();
  form.version = 4;
  form.qos = qos;
  form.setTopic(Buffer.from(TOPIC));
  form.setPayload(payload);
  return {
    title: `QoS ${qos}, ${payloadBytes} bytes of payload`,
    operations: RECEIVERS,
    contenders: [
      { name: "encoded once, copied, packet identifier patched", run: () => void copyEach(form, out) },
      { name: "encoded in place for each", run: () => void writeEach(form, out) },
      {
        name: "JS: a Buffer made for each, copied",
        run: () => {
          let at = 0;
          for (let i = 0; i < RECEIVERS; i++) {
            const packet = encodePublish(TOPIC, payload, qos, i + 1);
            out.set(packet, at);
            at += packet.length;
          }
        },
      },
    ],
  };
}

function copyEach(form: PublishForm, out: Buffer): void {
  const length = publishLength(form);
  form.packetIdentifier = 1;
  writePublish(out, 0, form);
  const identifierAt = packetIdentifierOffset(form);
  for (let i = 1; i < RECEIVERS; i++) {
    out.copyWithin(i * length, 0, length);
    if (identifierAt !== 0) patchPacketIdentifier(out, i * length + identifierAt, i + 1);
  }
}

function writeEach(form: PublishForm, out: Buffer): void {
  const length = publishLength(form);
  for (let i = 0; i < RECEIVERS; i++) {
    form.packetIdentifier = i + 1;
    writePublish(out, i * length, form);
  }
}
