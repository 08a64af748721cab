import type { Command } from '../command.ts';
import { EXIT } from '../usage-error.ts';
export const emulate: Command = { name: 'emulate', summary: '', description: '', options: {}, examples: [], run: () => Promise.resolve(EXIT.ok) };
