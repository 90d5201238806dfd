import type { HealthCheck, ImageConfigFile } from "@apkmill/oci";

/** What an image says about running it, a line for each thing it says. */
export function describeRunConfig(config: ImageConfigFile["config"]): string[] {
  const { Entrypoint, Cmd, User, WorkingDir, Env, Volumes, ExposedPorts, StopSignal, Healthcheck, Labels } = config;
  const names = (of: Readonly<Record<string, unknown>> | null | undefined): string => Object.keys(of ?? {}).join(" ");
  return [
    `entrypoint: ${JSON.stringify(Entrypoint ?? [])}  cmd: ${JSON.stringify(Cmd ?? [])}`,
    `user: ${User === undefined || User === "" ? "root" : User}  working directory: ${WorkingDir === undefined || WorkingDir === "" ? "/" : WorkingDir}`,
    ...(Env ?? []).map((text) => `environment: ${text}`),
    ...line("volumes", names(Volumes)),
    ...line("exposed ports", names(ExposedPorts)),
    ...line("stop signal", StopSignal ?? ""),
    ...(Healthcheck === undefined ? [] : [`health check: ${describeHealthCheck(Healthcheck)}`]),
    ...Object.entries(Labels ?? {}).map(([name, value]) => `label: ${name}=${value}`),
  ];
}

/** A health check in words; times in seconds. */
function describeHealthCheck({ Test, Interval, Timeout, StartPeriod, Retries }: HealthCheck): string {
  const seconds = (name: string, nanoseconds: number | undefined): string[] =>
    nanoseconds === undefined ? [] : [`${name} ${String(nanoseconds / 1e9)} s`];
  return [
    JSON.stringify(Test ?? []),
    ...seconds("every", Interval),
    ...seconds("timeout", Timeout),
    ...seconds("start period", StartPeriod),
    ...(Retries === undefined ? [] : [`${String(Retries)} retries`]),
  ].join(", ");
}

function line(title: string, text: string): string[] {
  return text === "" ? [] : [`${title}: ${text}`];
}
