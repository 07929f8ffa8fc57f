/** What else to write, and how; see bundle.mjs. */
export interface BundleOptions {
  readonly more?: Readonly<Record<string, string>>;
  readonly profiled?: boolean;
  readonly hasCommand?: boolean;
}
/** Writes the built JavaScript into the folder `dir`. */
export function bundle(dir: string, options?: BundleOptions): Promise<void>;
