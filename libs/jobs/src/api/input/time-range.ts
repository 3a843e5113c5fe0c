/** A span of time as it is told over HTTP and in payloads, in ISO 8601; as the services take it, in dates. */
export function timeRange({ from, to }: { readonly from?: string | undefined; readonly to?: string | undefined }): {
  readonly from?: Date;
  readonly to?: Date;
} {
  return {
    ...(from === undefined ? {} : { from: new Date(from) }),
    ...(to === undefined ? {} : { to: new Date(to) }),
  };
}
