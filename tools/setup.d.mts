export function ensureChromium(): Promise<string>;
export function ensurePackages(): void;
export function run(command: string, args: readonly string[], env?: Readonly<Record<string, string>>): number;
