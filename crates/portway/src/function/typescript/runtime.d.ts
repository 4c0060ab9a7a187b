// Written by `portway function`; changes are lost with the next build.

/** An error that a service answered with. */
export declare class RpcError<Data = unknown> extends Error {
  /** One of JSON-RPC's codes, or -32000 for a method's own error. */
  readonly code: number;
  /** The method's own error. */
  readonly data: Data;
  /** Service and method, with a dot between. */
  readonly method: string;
  constructor(message: string, code: number, data: Data, method: string);
}

/** How a service is called. */
export interface ServiceOptions {
  /** Headers of each request, such as `authorization`. */
  headers?: Record<string, string>;
  /** Milliseconds that a call may take; 30,000 unless said otherwise. */
  timeout?: number;
  /** Another implementation of `fetch`. */
  fetch?: (
    url: string,
    request: { method: string; headers: Record<string, string>; body: string; signal: AbortSignal },
  ) => Promise<{ status: number; text(): Promise<string> }>;
}
