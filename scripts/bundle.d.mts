/** Writes the built JavaScript into the folder `dir`. */
export function bundle(dir: string): Promise<void>;
