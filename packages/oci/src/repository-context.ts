import type { RegistryPorts, RegistryTransport } from "./registry-transport.ts";

/** One repository of one registry, and what it takes to speak to it. */
export interface RepositoryContext {
  readonly ports: RegistryPorts;
  readonly transport: RegistryTransport;
  readonly repository: string;
}
