/** A folder that holds a module.as.ts, and who reads the module.ts made from it. */
export interface WasmModule {
  readonly folder: string;
  readonly reader: string;
  readonly pages: number;
  readonly isGivenMemory?: boolean;
}
/** All of them. */
export const WASM_MODULES: readonly WasmModule[];
/** Whether the compiler is installed. */
export function hasCompiler(): boolean;
/** The generated text of a module; `named`: its functions keep their names. Throws with the compiler's messages. */
export function compileWasm(module: WasmModule, named?: boolean): Promise<string>;
/** Writes the modules that have changed. */
export function buildWasm(): Promise<void>;
