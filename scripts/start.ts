// `npm start`: runs examples/quickstart.ts, against a Portal emulator unless a token is set.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { startPortalEmulator } from 'quix-streams-auth/testing';

const quickstart = fileURLToPath(new URL('../examples/quickstart.ts', import.meta.url));

async function run(env: NodeJS.ProcessEnv, onMessage?: () => void): Promise<number> {
  const child = spawn(process.execPath, ['--import', 'tsx', quickstart], {
    env,
    stdio: ['inherit', 'inherit', 'inherit', ...(onMessage ? (['ipc'] as const) : [])],
  });
  child.on('message', () => {
    onMessage?.();
    child.send('rotated');
  });
  const [code] = (await once(child, 'exit')) as [number | null];
  return code ?? 1;
}

if (process.env['Quix__Sdk__Token']?.trim()) {
  console.log('Quix__Sdk__Token is set: using your own Portal, read-only.');
  process.exitCode = await run(process.env);
} else {
  const portal = await startPortalEmulator();
  console.log(`Quix__Sdk__Token is not set: using a Portal emulator at ${portal.url}.`);
  const env = {
    ...process.env,
    ...portal.env,
    MY_QUIX_TOKEN_2: portal.token2,
    // Blank counts as unset: what is set for other programs does not concern this one.
    Quix__Workspace__Id: '',
    Quix__Broker__Address: '',
  };
  process.exitCode = await run(env, () => portal.rotateTokens());
  await portal.close();
}
