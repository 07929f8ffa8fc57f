/** Writes the built JavaScript into the folder `dir`; `more`: modules that become files beside it, by name. */
export function bundle(dir: string, more?: Readonly<Record<string, string>>): Promise<void>;
