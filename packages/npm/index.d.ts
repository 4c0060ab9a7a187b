/** What a grid is started with. */
export interface GridOptions {
  /** A folder that keeps what was written; without it everything is in memory and gone at the end. */
  data?: string;
  /** Further options of `portway grid`. */
  arguments?: readonly string[];
  /** Another binary than the one in this package. */
  binary?: string;
}

/** The grid did not start; its message says what the grid said. */
export declare class GridError extends Error {}

/** `portway grid` at a port of its own on the loopback interface. */
export declare class Grid {
  /** Starts a grid and waits until it accepts connections. */
  static start(options?: GridOptions): Promise<Grid>;
  private constructor();
  readonly host: string;
  readonly port: number;
  /** HOST:PORT. */
  readonly address: string;
  /** Ends it and waits until it is gone; does nothing the second time. */
  stop(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}
