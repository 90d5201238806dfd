import { compareBytes } from "@apkmill/core";
import type { Answer, Exchange } from "./loopback.ts";
import { keys, type RegistryState } from "./registry-state.ts";

/** `GET /v2/<name>/tags/list?n=&last=`, in code-unit order. */
export async function answerTags({ storage }: RegistryState, { query }: Exchange, repository: string): Promise<Answer> {
  const all = await storage.list(keys.tags(repository));
  const last = query.get("last");
  const rest = last === null ? all : all.filter((tag) => compareBytes(tag, last) > 0);
  const limit = /^\d+$/.test(query.get("n") ?? "") ? Number(query.get("n")) : rest.length;
  const tags = rest.slice(0, limit);
  const more = new URLSearchParams({ n: String(limit), last: tags.at(-1) ?? "" });
  return {
    status: 200,
    headers: {
      "content-type": "application/json",
      ...(tags.length > 0 && tags.length < rest.length
        ? { link: `</v2/${repository}/tags/list?${more.toString()}>; rel="next"` }
        : {}),
    },
    body: Buffer.from(JSON.stringify({ name: repository, tags })),
  };
}
