import { mediaTypes } from "@apkmill/oci";
import type { Answer, Exchange } from "./loopback.ts";
import { parseManifest } from "./registry-manifest.ts";
import { isDigest } from "./registry-routes.ts";
import { keys, refuse, type RegistryState } from "./registry-state.ts";

/** `GET /v2/<name>/referrers/<digest>?artifactType=`, in pages; an empty list for a subject that nobody knows. */
export async function answerReferrers(
  state: RegistryState,
  { query }: Exchange,
  repository: string,
  subject: string,
): Promise<Answer> {
  if (!state.referrersApi) return refuse(404, "MANIFEST_UNKNOWN", "no such path");
  if (!isDigest(subject)) return refuse(400, "DIGEST_INVALID", "not a digest");
  const names = await state.storage.list(keys.referrers(repository, subject));
  const described = await Promise.all(names.map((digest) => describe(state, repository, digest)));
  const wanted = query.get("artifactType");
  const all = described.flat().filter(({ artifactType }) => wanted === null || artifactType === wanted);
  const start = /^\d+$/.test(query.get("from") ?? "") ? Number(query.get("from")) : 0;
  const end = start + state.referrersPageSize;
  const next = new URLSearchParams({ from: String(end), ...(wanted === null ? {} : { artifactType: wanted }) });
  return {
    status: 200,
    headers: {
      "content-type": mediaTypes.index,
      ...(wanted === null ? {} : { "oci-filters-applied": "artifactType" }),
      ...(end < all.length ? { link: `</v2/${repository}/referrers/${subject}?${next.toString()}>; rel="next"` } : {}),
    },
    body: Buffer.from(
      JSON.stringify({ schemaVersion: 2, mediaType: mediaTypes.index, manifests: all.slice(start, end) }),
    ),
  };
}

interface ListedReferrer {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  readonly artifactType?: string;
  readonly annotations?: Readonly<Record<string, unknown>>;
}

async function describe({ storage }: RegistryState, repository: string, digest: string): Promise<ListedReferrer[]> {
  const bytes = await storage.get(keys.manifest(repository, digest));
  const type = await storage.get(keys.mediaType(repository, digest));
  const manifest = bytes === undefined ? undefined : parseManifest(bytes, type?.toString("utf8"));
  if (bytes === undefined || manifest === undefined) return [];
  const { mediaType, artifactType, annotations } = manifest;
  return [
    {
      mediaType,
      digest,
      size: bytes.byteLength,
      ...(artifactType === undefined ? {} : { artifactType }),
      ...(annotations === undefined ? {} : { annotations }),
    },
  ];
}
