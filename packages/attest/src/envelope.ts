/** What a DSSE signature covers (DSSE v1.0.2, "PAE"): type and payload with their lengths, so that neither can be moved. */
export function preAuthEncoding(payloadType: string, payload: Uint8Array): Buffer {
  const type = `${String(Buffer.byteLength(payloadType))} ${payloadType}`;
  return Buffer.concat([Buffer.from(`DSSEv1 ${type} ${String(payload.byteLength)} `), payload]);
}
